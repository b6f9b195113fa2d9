#include "store/values.h"

#include <stdbool.h>
#include <string.h>

#include "edge/crypto.h"

static bool has_name(const struct given_text *text, const char *name)
{
	size_t length = strlen(name);

	return strncmp(text->name, name, length) == 0 &&
	    (text->name[length] == '\0' || text->name[length] == '}');
}

static const char *find(
    const struct given *given, enum value_from from, const char *name)
{
	for (size_t i = 0; i < given->text_count; i++)
		if (given->texts[i].from == from &&
		    has_name(&given->texts[i], name))
			return given->texts[i].value;
	return NULL;
}

bool values_is_name(const char *text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789._-";

	return text[strspn(text, allowed)] == '\0';
}

static struct db_value id_value(const char *text)
{
	return db_text(text != NULL && values_is_name(text) ? text : NO_ID);
}

/* A member of a struct, as its type says. */
static struct db_value member_value(const void *from, const struct value *value)
{
	const char *at = (const char *)from + value->offset;
	const char *text;
	int64_t number;

	if (value->type == VALUE_ID) {
		memcpy(&text, at, sizeof(text));
		return text == NULL ? db_text(NULL) : id_value(text);
	}
	if (value->type == VALUE_TEXT)
		return db_text(at);
	if (value->type == VALUE_KEY)
		return db_bytes(at, strlen(at));
	if (value->type == VALUE_DIGEST)
		return db_bytes(at, CRYPTO_SHA256_SIZE);
	memcpy(&number, at, sizeof(number));
	return value->type == VALUE_TIME ? db_time(number) : db_integer(number);
}

static struct db_value value_of(
    const struct given *given, const struct value *value)
{
	const char *text;

	switch (value->from) {
	case FROM_PATH:
		return id_value(find(given, FROM_PATH, value->name));
	case FROM_PERSON:
		text = find(given, FROM_PATH, value->name);
		return text != NULL && strcmp(text, "me") == 0 ? db_text(NULL)
							       : id_value(text);
	case FROM_QUERY:
		text = find(given, FROM_QUERY, value->name);
		return text == NULL ? db_text(NULL)
				    : db_bytes(text, strlen(text));
	case FROM_AFTER:
		return db_text(given->after);
	case FROM_AFTER_OF:
		return db_text(given->after_of);
	case FROM_AFTER_IN:
		return db_text(given->after_in);
	case FROM_AFTER_AT:
		return db_text(
		    given->after_at ? given->after_at : VALUES_NO_END);
	case FROM_LIMIT:
		return db_integer(given->limit);
	case FROM_ROW:
		return member_value(given->row, value);
	case FROM_OLD:
		return member_value(given->old, value);
	case FROM_BODY: /* none: its query was wrong, which is said later */
		return given->body != NULL ? member_value(given->body, value)
					   : db_text(NULL);
	case FROM_CALLER:
		return member_value(given->caller, value);
	case FROM_OVER:
		return db_time(given->over_until);
	case FROM_NOW:
		break;
	}
	return db_time(given->now);
}

const char *values_text(const struct given *given, const struct value *value)
{
	const char *base = value->from == FROM_ROW ? given->row : given->old;
	const char *text = NULL;

	if (value->from == FROM_CALLER)
		base = (const char *)given->caller;
	if (value->from == FROM_BODY)
		base = given->body;
	if (value->type != VALUE_ID)
		return base + value->offset;
	if (base != NULL)
		memcpy(&text, base + value->offset, sizeof(text));
	return text != NULL ? text : "";
}

void values_fill(const struct statement *statement, const struct given *given,
    struct db_value *out)
{
	for (size_t i = 0; i < statement->values; i++)
		out[i] = value_of(given, &statement->in[i]);
}
