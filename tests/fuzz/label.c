/*
 * Labels: what is taken is within its bounds, is valid JSON of valid UTF-8, and
 * is the same text when it is read again.
 */
#include "edge/label.h"
#include "edge/json.h"
#include "edge/json_scan.h"
#include "fuzz.h"

struct body {
	char labels[LABELS_SIZE];
};
static const struct field fields[] = {
	{ .member = "labels",
	    .type = FIELD_LABELS,
	    FIELD_AT(struct body, labels) },
};
static const struct field_table table = FIELD_TABLE(fields);

static enum err decode(struct arena *mem, struct json_source source,
    struct body *body, struct fault *fault)
{
	const char *text = arena_print(
	    mem, "{\"labels\":%.*s}", (int)source.length, source.text);
	const struct json_source whole = { text, strlen(text) };

	return json_decode(mem, whole, &table, body, fault);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_source source = { (const char *)data, size };
	struct fault fault = { .code = ERR_NONE };
	size_t length, at, members;
	struct body *body, *again;
	struct arena mem;

	arena_init(&mem);
	body = arena_alloc(&mem, sizeof(*body));
	again = arena_alloc(&mem, sizeof(*again));
	if (decode(&mem, source, body, &fault) != ERR_NONE) {
		MUST(fault.detail[0] != '\0');
		MUST(fuzz_is_utf8(fault.detail, strlen(fault.detail)));
	} else if (body->labels[0] != '\0') {
		length = strlen(body->labels);
		source = (struct json_source){ body->labels, length };
		MUST(fuzz_is_utf8(source.text, length));
		MUST(json_scan(source.text, length, LABELS_MAX + 1, &at,
			 &members) == NULL);
		MUST(members <= LABELS_MAX);
		MUST(decode(&mem, source, again, NULL) == ERR_NONE);
		MUST(strcmp(again->labels, body->labels) == 0);
	}
	arena_release(&mem);
	return 0;
}
