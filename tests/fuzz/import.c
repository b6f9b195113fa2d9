/*
 * The lines of an export, as a file that came from elsewhere has them.  The
 * first line says how each statement goes (db.c), the others are the export's.
 * What is refused has a reason in UTF-8, and what is taken has an organization
 * with a project.
 */
#include "store/import.h"
#include "fuzz.h"
#include "gateway.h"
#include "store/store.h"

#define NOW INT64_C(1790000000000)
#define ULID "01ARZ3NDEKTSV4RRFFQ69G5FAV"

struct lines {
	const char *first, *at;
};

static void begin(void *context)
{
	struct lines *lines = context;

	lines->at = lines->first;
}

static bool next(void *context, struct json_source *line)
{
	struct lines *lines = context;

	if (*lines->at == '\0')
		return false;
	line->text = lines->at;
	line->length = strcspn(lines->at, "\n");
	lines->at += line->length;
	if (*lines->at == '\n')
		lines->at++;
	return true;
}

static void check_end(const struct import *in, enum err err)
{
	const struct fault *fault = in->fault;

	if (err == ERR_BAD_FIELD || err == ERR_NAME_IN_USE)
		MUST(fault->detail[0] != '\0');
	MUST(fuzz_is_utf8(fault->detail, strlen(fault->detail)));
	MUST(in->organization_id[0] == '\0' ||
	    strlen(in->organization_id) == ULID_SIZE - 1);
	if (err != ERR_NONE)
		return;
	MUST(in->organization_id[0] != '\0');
	MUST(in->projects > 0 && in->members >= 0 && in->left_out >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const reserved[] = { "users", "verify", NULL };
	char *text = fuzz_text(data, size), *end = strchr(text, '\n');
	struct lines lines = { end != NULL ? end + 1 : "", NULL };
	const struct import_lines source = { begin, next, &lines };
	struct licence licence = { .type = "free", .jti = "a", .kid = "b" };
	struct fault fault = { .code = ERR_NONE };
	struct import in = { .lines = &source,
		.user_id = ULID,
		.email_key = "a@example.org",
		.licence = &licence,
		.sha256 = "00",
		.fault = &fault };
	struct arena mem;
	struct store st;

	if (end != NULL)
		*end = '\0';
	fuzz_param(fuzz_request("", 0), "FUZZ_DB", text);
	arena_init(&mem);
	store_init(&st, db_open(NULL), &mem);
	st.reserved = reserved;
	store_begin(&st, NOW);
	db_begin_request(st.db);
	check_end(&in, import_run(&st, &in));
	store_release(&st);
	arena_release(&mem);
	free(text);
	return 0;
}
