#include "store/values.h"

#include <stdbool.h>
#include <string.h>

static bool has_name(const struct given_text *text, const char *name)
{
	size_t length = strlen(name);

	return strncmp(text->name, name, length) == 0 &&
	    (text->name[length] == '\0' || text->name[length] == '}');
}

static const char *find(const struct given *given, const struct value *value)
{
	for (size_t i = 0; i < given->text_count; i++)
		if (given->texts[i].from == value->from &&
		    has_name(&given->texts[i], value->name))
			return given->texts[i].value;
	return NULL;
}

/* The ASCII columns of ids refuse other text, and overlook spaces. */
static struct db_value id_value(const char *text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789._-";

	if (text == NULL || text[strspn(text, allowed)] != '\0')
		text = NO_ID;
	return db_text(text);
}

static struct db_value value_of(
    const struct given *given, const struct value *value)
{
	const char *text;

	switch (value->from) {
	case FROM_PATH:
		return id_value(find(given, value));
	case FROM_QUERY:
		text = find(given, value);
		return text == NULL ? db_text(NULL)
				    : db_bytes(text, strlen(text));
	case FROM_AFTER:
		return db_text(given->after);
	case FROM_LIMIT:
		break;
	}
	return db_integer(given->limit);
}

void values_fill(const struct statement *statement, const struct given *given,
    struct db_value *out)
{
	for (size_t i = 0; i < statement->values; i++)
		out[i] = value_of(given, &statement->in[i]);
}
