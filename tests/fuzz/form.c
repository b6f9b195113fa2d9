/*
 * The fields of a form: names are there once, all of it is UTF-8 without a NUL,
 * and what is written again as a form says the same.
 */
#include "http/form.h"
#include "fuzz.h"

/* Each byte as an escape. */
static char *encode(struct arena *mem, const char *text)
{
	static const char hex[] = "0123456789ABCDEF";
	char *out = arena_alloc(mem, 3 * strlen(text) + 1), *at = out;

	for (; *text != '\0'; text++) {
		*at++ = '%';
		*at++ = hex[(unsigned char)*text >> 4];
		*at++ = hex[(unsigned char)*text & 15];
	}
	return out;
}

static void check(const struct form *form)
{
	MUST(form->count <= FORM_FIELDS_MAX);
	for (size_t i = 0; i < form->count; i++) {
		const struct form_field *field = &form->fields[i];

		MUST(fuzz_is_utf8(field->name, strlen(field->name)));
		MUST(fuzz_is_utf8(field->value, strlen(field->value)));
		/* the one that is found by the name, so there is no other */
		MUST(form_value(form, field->name) == field->value);
	}
}

static void check_again(struct arena *mem, const struct form *form)
{
	struct fault fault = { .code = ERR_NONE };
	struct form again;
	const char *text = "";

	for (size_t i = 0; i < form->count; i++)
		text = arena_print(mem, "%s%s%s=%s", text, i > 0 ? "&" : "",
		    encode(mem, form->fields[i].name),
		    encode(mem, form->fields[i].value));
	MUST(form_read(mem, text, &again, &fault) == ERR_NONE);
	MUST(again.count == form->count);
	for (size_t i = 0; i < form->count; i++) {
		MUST(strcmp(again.fields[i].name, form->fields[i].name) == 0);
		MUST(strcmp(again.fields[i].value, form->fields[i].value) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size < 4000 ? size : 4000);
	struct fault fault = { .code = ERR_NONE };
	struct form form;
	struct arena mem;
	enum err err;

	arena_init(&mem);
	err = form_read(&mem, text, &form, &fault);
	MUST(err == ERR_NONE || err == ERR_BAD_BODY);
	MUST(fault.code == err);
	MUST((err == ERR_NONE) == (fault.detail[0] == '\0'));
	check(&form);
	if (err == ERR_NONE)
		check_again(&mem, &form);
	arena_release(&mem);
	free(text);
	return 0;
}
