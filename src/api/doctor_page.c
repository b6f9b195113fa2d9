#include "api/doctor_page.h"

#include <string.h>

#include "base/text.h"

/* Its hash stands in the policy below; tests/api/doctor.bats compares them. */
#define STYLE \
	":root{color-scheme:light dark;--line:#d5d9de;--soft:#57606a;" \
	"--ok:#1a7f37;--warn:#8a5a00;--fail:#c0182b}" \
	"@media(prefers-color-scheme:dark){:root{--line:#3a4149;" \
	"--soft:#a3adb8;--ok:#57c878;--warn:#e3b341;--fail:#ff7b72}}" \
	"html{background:Canvas;color:CanvasText}" \
	"body{font:1rem/1.5 system-ui,sans-serif;max-width:52rem;" \
	"margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}" \
	"h1{font-size:1.5rem;margin:0}" \
	"header p{color:var(--soft);margin:.25rem 0 1.5rem}" \
	"ul{list-style:none;margin:0;padding:0}" \
	"li{border-top:1px solid var(--line);padding:.6rem 0 .6rem 4.5rem;" \
	"position:relative}" \
	"li p{margin:0}" \
	"b{position:absolute;left:0;width:3.5rem;text-align:center;" \
	"border:1px solid;border-radius:.3rem;font-size:.85rem}" \
	".ok b{color:var(--ok)}.warn b{color:var(--warn)}" \
	".fail b{color:var(--fail)}" \
	"h2{font:600 1rem/1.5 ui-monospace,monospace;margin:0}" \
	".todo{border-left:3px solid;padding-left:.6rem;margin-top:.3rem}"
#define STYLE_HASH "sha256-NJyfSlEVOYprLjZLOu6GSShJgMOQjugsB+4bzNK1RK0="

#define HEAD \
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n" \
	"<meta charset=\"utf-8\">\n" \
	"<meta name=\"viewport\" content=\"width=device-width\">\n" \
	"<meta name=\"robots\" content=\"noindex\">\n" \
	"<title>Tenantry doctor</title>\n" \
	"<style>" STYLE "</style>\n</head>\n<body>\n" \
	"<header>\n<h1>Tenantry doctor: "

static const char policy[] = "default-src 'none'; style-src '" STYLE_HASH
			     "'; base-uri 'none';"
			     " form-action 'none'; frame-ancestors 'none';"
			     " require-trusted-types-for 'script';"
			     " trusted-types 'none'";

static const char *const summaries[] = {
	[FINDING_OK] = "Everything is as it should be.",
	[FINDING_WARN] = "The service works; what is marked should be mended.",
	[FINDING_FAIL] = "Something must be mended.",
};

static void put_escaped(struct text *page, const char *text)
{
	static const char special[] = "&<>\"";
	static const char *const entities[] = { "&amp;", "&lt;", "&gt;",
		"&quot;" };

	while (*text != '\0') {
		size_t plain = strcspn(text, special);

		text_put_part(page, text, plain);
		text += plain;
		if (*text != '\0')
			text_put(
			    page, entities[strchr(special, *text++) - special]);
	}
}

static void put_finding(struct text *page, const struct finding *finding)
{
	const char *state = finding_state_name(finding->state);

	text_put(page, "<li class=\"");
	text_put(page, state);
	text_put(page, "\"><b>");
	text_put(page, state);
	text_put(page, "</b>\n<h2>");
	put_escaped(page, finding->check);
	text_put(page, "</h2>\n<p>");
	put_escaped(page, finding->detail);
	text_put(page, "</p>\n");
	if (finding->remedy[0] != '\0') {
		text_put(page, "<p class=\"todo\">To do: ");
		put_escaped(page, finding->remedy);
		text_put(page, "</p>\n");
	}
	text_put(page, "</li>\n");
}

/* Every character may become an entity of six. */
static size_t size_of(const struct findings *findings)
{
	size_t size = sizeof(HEAD) + 1024;

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *row = &findings->rows[i];

		size += 256 +
		    6 *
			(strlen(row->check) + strlen(row->detail) +
			    strlen(row->remedy));
	}
	return size;
}

static void put_page(struct text *page, const struct findings *findings)
{
	enum finding_state worst = findings_state(findings);

	text_put(page, HEAD);
	text_put(page, finding_state_name(worst));
	text_put(page, "</h1>\n<p>");
	text_put(page, summaries[worst]);
	text_put(page, "</p>\n</header>\n<main>\n<ul>\n");
	for (int state = FINDING_FAIL; state >= FINDING_OK; state--) {
		for (size_t i = 0; i < findings->count; i++)
			if ((int)findings->rows[i].state == state)
				put_finding(page, &findings->rows[i]);
	}
	text_put(page, "</ul>\n</main>\n</body>\n</html>\n");
}

enum err doctor_page(struct response *rs, const struct findings *findings)
{
	size_t size = size_of(findings);
	char *buffer = arena_alloc(findings->mem, size);
	struct text page = text_in(buffer, size);
	enum err err = response_precondition(rs, NULL);

	if (err || rs->status == 304)
		return err;
	put_page(&page, findings);
	response_type(rs, 200, "text/html; charset=utf-8");
	response_header(rs, "Content-Security-Policy", policy);
	response_header(rs, "Referrer-Policy", "no-referrer");
	response_header(rs, "Vary", "Accept");
	json_raw(&rs->json, buffer, (size_t)(page.at - buffer));
	return rs->json.failed;
}
