#include <stdio.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/print.h"
#include "edge/crypto.h"
#include "edge/licence_key.h"
#include "edge/name.h"
#include "store/export.h"
#include "store/import.h"

enum { LINE_MAX_SIZE = 65536 /* bytes; the longest of an export is shorter */ };

/* --- the file ------------------------------------------------------------- */

struct reading {
	FILE *file;
	char *line;
	size_t length;
	int64_t lines, at; /* before the last one; read so far */
};

struct head {
	char format[24];
};
static const struct field head_fields[] = {
	{ .member = "format",
	    .type = FIELD_TEXT,
	    .flags = FIELD_REQUIRED,
	    FIELD_AT(struct head, format) },
};
static const struct field_table head_table = FIELD_TABLE(head_fields);

struct last {
	int64_t lines;
	char sha256[CRYPTO_SHA256_HEX_SIZE];
};
static const struct field last_fields[] = {
	{ .member = "lines",
	    .type = FIELD_INTEGER,
	    .flags = FIELD_REQUIRED,
	    FIELD_AT(struct last, lines) },
	{ .member = "sha256",
	    .type = FIELD_TEXT,
	    .flags = FIELD_REQUIRED,
	    FIELD_AT(struct last, sha256) },
};
static const struct field_table last_table = FIELD_TABLE(last_fields);

/* The next line with its line feed; false: there is none that is whole. */
static bool read_line(struct reading *r)
{
	if (fgets(r->line, LINE_MAX_SIZE, r->file) == NULL)
		return false;
	r->length = strlen(r->line);
	r->at++;
	return r->length > 0 && r->line[r->length - 1] == '\n';
}

static bool is_of(struct ctl *ctl, const struct reading *r,
    const struct field_table *table, void *out)
{
	const struct json_source source = { r->line, r->length - 1 };
	struct fault fault;

	return json_decode(&ctl->mem, source, table, out, &fault) == ERR_NONE;
}

/* Whether it is a whole export, as its last line says. */
static bool check_file(struct ctl *ctl, struct reading *r, struct last *last)
{
	struct crypto_sum *sum = crypto_sum_begin();
	char hex[CRYPTO_SHA256_HEX_SIZE];
	struct head head = { "" };
	bool is_good = read_line(r) && is_of(ctl, r, &head_table, &head) &&
	    strcmp(head.format, EXPORT_FORMAT) == 0;
	bool is_last = false;

	while (is_good && !is_last) {
		crypto_sum_add(sum, r->line, r->length);
		is_good = read_line(r);
		is_last = is_good && strncmp(r->line, "{\"lines\":", 9) == 0;
	}
	crypto_sum_end(sum, hex);
	r->lines = r->at - 1;
	return is_good && is_of(ctl, r, &last_table, last) &&
	    last->lines == r->lines && strcmp(last->sha256, hex) == 0 &&
	    fgetc(r->file) == EOF;
}

static void begin(void *context)
{
	struct reading *r = context;

	rewind(r->file);
	r->at = 0;
	(void)read_line(r);
}

static bool next(void *context, struct json_source *line)
{
	struct reading *r = context;

	if (r->at >= r->lines || !read_line(r))
		return false;
	*line = (struct json_source){ r->line, r->length - 1 };
	return true;
}

/* --- import --------------------------------------------------------------- */

#define RESULT(member_, type_, at_) \
	{ \
		.member = member_, .type = type_, FIELD_AT(struct import, at_) \
	}
static const struct field result_fields[] = {
	RESULT("organizationId", FIELD_TEXT, organization_id),
	RESULT("projects", FIELD_INTEGER, projects),
	RESULT("members", FIELD_INTEGER, members),
	RESULT("invitations", FIELD_INTEGER, invitations),
	RESULT("leftOut", FIELD_INTEGER, left_out),
};
static const struct field_table result_table = FIELD_TABLE(result_fields);

/* As each new organization gets one: no key of it is signed. */
static enum err make_licence(struct ctl *ctl, struct licence *out)
{
	const struct licence_type *type = licence_type_find("free");
	const char *kid;
	enum err err = licence_key_signer(&ctl->config.ring, &kid, &ctl->fault);

	if (err)
		return err;
	memset(out, 0, sizeof(*out));
	ulid_make(&ctl->store.ids, (uint64_t)ctl->store.now, out->jti);
	memcpy(out->type, type->name, strlen(type->name) + 1);
	memcpy(out->kid, kid, strlen(kid) + 1);
	out->limits = type->limits;
	out->issued_at = ctl->store.now;
	return ERR_NONE;
}

static int import_file(struct ctl *ctl, struct reading *r)
{
	const struct import_lines lines = { begin, next, r };
	struct admin_user user;
	struct licence licence;
	struct last last = { 0 };
	struct name login;
	struct import in = { .lines = &lines,
		.user_id = user.id,
		.email_key = login.key,
		.licence = &licence,
		.sha256 = last.sha256,
		.is_trusted = ctl->options[OPTION_TRUSTED] != NULL,
		.is_dry = ctl->options[OPTION_DRY_RUN] != NULL,
		.fault = &ctl->fault };
	int status;
	enum err err;

	r->line = arena_alloc(&ctl->mem, LINE_MAX_SIZE);
	if (!check_file(ctl, r, &last))
		return ctl_fail("%s is no whole export: its last line must have"
				" the SHA-256 of those before",
		    ctl->operand);
	if ((status = ctl_user_find(ctl, &user)) != CTL_DONE ||
	    !ctl_login(ctl, OPTION_USER, &login))
		return status;
	if (user.disabled_at != 0)
		return ctl_fail("this user is disabled");
	if ((err = make_licence(ctl, &licence)) ||
	    (err = import_run(&ctl->store, &in)))
		return ctl_store_failed(ctl, err);
	print_one(ctl, &result_table, &in);
	return CTL_DONE;
}

int run_import(struct ctl *ctl)
{
	struct reading reading = { .file = fopen(ctl->operand, "re") };
	int status;

	if (reading.file == NULL)
		return ctl_fail("%s cannot be read", ctl->operand);
	status = import_file(ctl, &reading);
	(void)fclose(reading.file);
	return status;
}
