#include "http/html.h"

#include <stdio.h>
#include <string.h>

/* The hashes stand in the policies; tests/api/setup.bats compares them. */
#define STYLE \
	":root{color-scheme:light dark;--page:#fbfbfa;--surface:#" \
	"fff;--line:#8b9196;--hair:#e4e4e0;--text:#1d1f21;--muted" \
	":#62666b;--accent:#0f6b5c;--on:#fff;--soft:#e3f1ee;--dan" \
	"ger:#b3261e;--bad:#fbe9e7;--warning:#8a5a00;--warm:#fdf1" \
	"d8}@media(prefers-color-scheme:dark){:root{--page:#13151" \
	"6;--surface:#1a1d1e;--line:#6b7377;--hair:#2c3133;--text" \
	":#e8eaeb;--muted:#a2a8ac;--accent:#5cc4b0;--on:#131516;-" \
	"-soft:#16332e;--danger:#ff8a80;--bad:#3a1d1b;--warning:#" \
	"f0c060;--warm:#352a12}}*{box-sizing:border-box}body{font" \
	":16px/24px system-ui,sans-serif;background:var(--page);c" \
	"olor:var(--text);margin:0;overflow-wrap:anywhere}main{ma" \
	"x-width:480px;margin:0 auto;padding:64px 16px}.mark{disp" \
	"lay:block;width:32px;height:32px;margin:0 0 24px;border-" \
	"radius:6px;background:var(--accent);color:var(--on);font" \
	":600 14px/32px system-ui,sans-serif;text-align:center}h1" \
	"{font:600 24px/32px system-ui,sans-serif;margin:0 0 8px}" \
	"h2{font:600 16px/24px system-ui,sans-serif;margin:32px 0" \
	" 8px}p{margin:0 0 16px}small,.step{display:block;font-si" \
	"ze:14px;line-height:20px;color:var(--muted)}small{margin" \
	":6px 0 0}.step{margin:0 0 16px}label{display:block;font-" \
	"weight:600;font-size:14px;line-height:20px;margin:16px 0" \
	" 4px}input{font:inherit;width:100%;min-height:44px;paddi" \
	"ng:8px 12px;border:1px solid var(--line);border-radius:8" \
	"px;background:var(--surface);color:inherit}input:focus-v" \
	"isible,button:focus-visible,a:focus-visible,summary:focu" \
	"s-visible{outline:2px solid var(--accent);outline-offset" \
	":2px}button,.button{display:block;width:100%;min-height:" \
	"44px;margin:24px 0 16px;padding:10px 16px;border:0;borde" \
	"r-radius:8px;background:var(--accent);color:var(--on);fo" \
	"nt:600 16px/24px system-ui,sans-serif;text-align:center;" \
	"text-decoration:none;cursor:pointer}button:disabled{opac" \
	"ity:.5;cursor:default}a{color:var(--accent)}code{font:14" \
	"px/20px ui-monospace,monospace}.say{border-left:3px soli" \
	"d var(--warning);background:var(--warm);padding:8px 12px" \
	";border-radius:0 6px 6px 0}.bad{border-color:var(--dange" \
	"r);background:var(--bad)}.good{border-color:var(--accent" \
	");background:var(--soft)}progress{display:block;width:10" \
	"0%;height:12px;accent-color:var(--accent)}summary{cursor" \
	":pointer;padding:12px 0;color:var(--muted)}fieldset{bord" \
	"er:0;margin:0;padding:0}@media(max-width:719px){main{pad" \
	"ding:32px 16px}}"
#define STYLE_HASH "sha256-C90ugQyj0ImQI1zFbQWDTKZZ6kEWkD1y6ycSrRv5aQs="

#define SCRIPT \
	"/* Asks three things that only a browser sees: whether t" \
	"he program's folder can be read from outside, whether PU" \
	"T, PATCH and DELETE arrive, and for the next part of a l" \
	"ong step. */\n" \
	"(async()=>{\n" \
	"const form=document.querySelector(\"form[data-task]\");\n" \
	"if(!form)return;\n" \
	"const put=(name,value)=>{form.elements[name].value=value" \
	"};\n" \
	"const say=id=>{document.getElementById(id).hidden=false}" \
	";\n" \
	"const task=form.dataset.task;\n" \
	"if(task===\"go\"){form.requestSubmit();return}\n" \
	"if(task===\"folder\"){\n" \
	"document.getElementById(\"plain\").hidden=true;\n" \
	"say(\"asking\");\n" \
	"let seen=null;\n" \
	"try{\n" \
	"const answer=await fetch(form.dataset.address,{cache:\"n" \
	"o-store\",credentials:\"omit\"});\n" \
	"seen=(await answer.text()).includes(form.dataset.mark);\n" \
	"}catch(e){}\n" \
	"document.getElementById(\"asking\").hidden=true;\n" \
	"if(seen===false){put(\"folder\",\"closed\");form.request" \
	"Submit()}\n" \
	"else say(seen?\"open\":\"unknown\");\n" \
	"return}\n" \
	"for(const method of[\"PUT\",\"PATCH\",\"DELETE\"]){\n" \
	"let arrives=false;\n" \
	"try{\n" \
	"const answer=await fetch(location.pathname,{method,cache" \
	":\"no-store\"});\n" \
	"arrives=answer.headers.has(\"X-Request-Id\");\n" \
	"}catch(e){}\n" \
	"if(!arrives)put(\"override\",\"on\");\n" \
	"}\n" \
	"})();\n"
#define SCRIPT_HASH "sha256-Aa1jmPPg2vISfqmNjEiA5kBNp/+WDHLcQqo8zvcK4e8="

#define POLICY(script_) \
	"default-src 'none'; style-src '" STYLE_HASH "'; " script_ \
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none';" \
	" require-trusted-types-for 'script'; trusted-types 'none'"

static const char policy[] = POLICY("");
static const char policy_of_script[] = POLICY(
    "script-src '" SCRIPT_HASH "'; connect-src 'self'; ");

void html_put(struct response *rs, const char *markup)
{
	json_bytes(&rs->json, markup, strlen(markup));
}

void html_text(struct response *rs, const char *text)
{
	static const char special[] = "&<>\"'";
	static const char *const entities[] = { "&amp;", "&lt;", "&gt;",
		"&quot;", "&#39;" };

	while (*text != '\0') {
		size_t plain = strcspn(text, special);

		json_bytes(&rs->json, text, plain);
		text += plain;
		if (*text != '\0')
			html_put(
			    rs, entities[strchr(special, *text++) - special]);
	}
}

void html_number(struct response *rs, int64_t number)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%lld", (long long)number);
	html_put(rs, digits);
}

void html_begin(
    struct response *rs, int status, const char *title, bool has_script)
{
	response_type(rs, status, "text/html; charset=utf-8");
	response_header(rs, "Content-Security-Policy",
	    has_script ? policy_of_script : policy);
	/* by `no-referrer` a form would say `Origin: null` (Fetch, 3.2) */
	response_header(rs, "Referrer-Policy", "same-origin");
	response_header(rs, "Cross-Origin-Opener-Policy", "same-origin");
	response_header(rs, "Cross-Origin-Resource-Policy", "same-origin");
	html_put(rs,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width\">\n"
	    "<meta name=\"robots\" content=\"noindex\">\n<title>");
	html_text(rs, title);
	html_put(rs,
	    " – Tenantry</title>\n<style>" STYLE "</style>\n</head>\n"
	    "<body>\n<main>\n<span class=\"mark\" aria-hidden=\"true\">T"
	    "</span>\n<h1>");
	html_text(rs, title);
	html_put(rs, "</h1>\n");
}

static void put_attribute(
    struct response *rs, const char *name, const char *value)
{
	html_put(rs, " ");
	html_put(rs, name);
	html_put(rs, "=\"");
	html_text(rs, value);
	html_put(rs, "\"");
}

void html_field(struct response *rs, const struct html_field *field)
{
	html_put(rs, "<label");
	put_attribute(rs, "for", field->name);
	html_put(rs, ">");
	html_text(rs, field->label);
	html_put(rs, "</label>\n<input");
	put_attribute(rs, "id", field->name);
	put_attribute(rs, "name", field->name);
	put_attribute(rs, "type", field->type);
	if (field->value != NULL)
		put_attribute(rs, "value", field->value);
	if (field->hint != NULL)
		put_attribute(rs, "aria-describedby",
		    arena_print(rs->rq->mem, "%s-hint", field->name));
	html_put(rs, " ");
	html_put(rs, field->more);
	html_put(rs, ">\n");
	if (field->hint == NULL)
		return;
	html_put(rs, "<small");
	put_attribute(
	    rs, "id", arena_print(rs->rq->mem, "%s-hint", field->name));
	html_put(rs, ">");
	html_text(rs, field->hint);
	html_put(rs, "</small>\n");
}

void html_script(struct response *rs)
{
	html_put(rs, "<script>" SCRIPT "</script>\n");
}

enum err html_end(struct response *rs)
{
	html_put(rs, "</main>\n</body>\n</html>\n");
	return rs->json.failed;
}
