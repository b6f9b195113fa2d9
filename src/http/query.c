#include "http/query.h"

#include <stdlib.h>
#include <string.h>

#include "edge/name.h"
#include "http/date.h"

enum { LIMIT_DIGITS = 4 };

struct reading {
	struct request *rq;
	struct query *out;
	bool ignores_unknown;
	struct fault *fault;
};

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)((at - digits) % 16);
}

char *query_decode(struct arena *mem, const char *text, size_t length)
{
	char *out = arena_alloc(mem, length + 1), *at = out;

	for (size_t i = 0; i < length; i++) {
		int high, low;

		if (text[i] != '%') {
			*at++ = text[i] == '+' ? ' ' : text[i];
			continue;
		}
		high = i + 2 < length ? hex_digit(text[i + 1]) : -1;
		low = high < 0 ? -1 : hex_digit(text[i + 2]);
		if (low < 0 || high * 16 + low == 0)
			return NULL;
		*at++ = (char)(high * 16 + low);
		i += 2;
	}
	return name_is_utf8(out, (size_t)(at - out)) ? out : NULL;
}

static enum err wrong(
    struct reading *reading, const char *name, const char *what)
{
	return fault_set(reading->fault, ERR_BAD_REQUEST,
	    "the query parameter %s %s", name, what);
}

/* --- values --------------------------------------------------------------- */

static enum err read_limit(
    struct reading *reading, const char *name, const char *value)
{
	size_t length = strlen(value);
	long number = strtol(value, NULL, 10);

	if (length == 0 || length > LIMIT_DIGITS ||
	    strspn(value, "0123456789") != length || number < 1 ||
	    number > QUERY_LIMIT_MAX)
		return wrong(
		    reading, name, "must be a whole number from 1 to 1000");
	reading->out->limit = number;
	return ERR_NONE;
}

static enum err read_number(
    struct reading *reading, const char *name, const char *value)
{
	size_t length = strlen(value);

	if (length > 0 && length <= QUERY_DIGITS &&
	    strspn(value, "0123456789") == length)
		return ERR_NONE;
	return wrong(reading, name, "must be a whole number, not below 0");
}

/* Compared with folded names: folded as they are. */
static enum err read_prefix(struct reading *reading, const char *name,
    const char **value, const char **sent)
{
	struct name *folded = arena_alloc(reading->rq->mem, sizeof(*folded));
	const char *problem;

	if (**value == '\0')
		return ERR_NONE;
	problem = name_make(*value, strlen(*value), folded);
	if (problem != NULL)
		return wrong(reading, name, problem);
	*value = folded->key;
	*sent = folded->display;
	return ERR_NONE;
}

/* In UTC; an empty one is as if it were absent. */
static enum err read_date(
    struct reading *reading, const char *name, const char **value, bool is_end)
{
	char *date;

	if (**value == '\0') {
		*value = NULL;
		return ERR_NONE;
	}
	date = arena_alloc(reading->rq->mem, DATE_SIZE);
	if (!date_read(*value, is_end, date))
		return wrong(reading, name,
		    "must be a date and time: YYYYMMDDHHMMSS, 2006-01-02"
		    " 15:04:05.000000-07, RFC 3339, or a date alone");
	*value = date;
	return ERR_NONE;
}

static bool is_word(const char *words, const char *value)
{
	size_t length = strlen(value);

	for (const char *at = words; *at != '\0' && length > 0;) {
		size_t end = strcspn(at, " ");

		if (end == length && strncmp(at, value, end) == 0)
			return true;
		at += end + strspn(at + end, " ");
	}
	return false;
}

static enum err read_value(struct reading *reading, size_t i)
{
	const struct query_parameter *parameter = &reading->out->table->rows[i];
	const char **value = &reading->out->values[i];

	switch (parameter->type) {
	case QUERY_LIMIT:
		return read_limit(reading, parameter->name, *value);
	case QUERY_PREFIX:
		return read_prefix(
		    reading, parameter->name, value, &reading->out->sent[i]);
	case QUERY_WORD:
		if (is_word(parameter->words, *value))
			return ERR_NONE;
		return wrong(reading, parameter->name,
		    arena_print(reading->rq->mem, "must be one of: %s",
			parameter->words));
	case QUERY_NUMBER:
		return read_number(reading, parameter->name, *value);
	case QUERY_ID:
		if (**value != '\0')
			return ERR_NONE;
		return wrong(reading, parameter->name, "must not be empty");
	case QUERY_ORGANIZATION:
	case QUERY_TEXT:
		if (**value == '\0')
			*value = NULL;
		break;
	case QUERY_FROM:
	case QUERY_UNTIL:
		return read_date(reading, parameter->name, value,
		    parameter->type == QUERY_UNTIL);
	case QUERY_CURSOR:
		break;
	}
	return ERR_NONE;
}

/* --- pairs ---------------------------------------------------------------- */

static size_t find(const struct query_table *table, const char *name)
{
	size_t i = 0;

	while (i < table->count && strcmp(table->rows[i].name, name) != 0)
		i++;
	return i;
}

static const char *names_of(const struct reading *reading)
{
	const struct query_table *table = reading->out->table;
	const char *names = "";

	for (size_t i = 0; i < table->count; i++)
		names = arena_print(reading->rq->mem, "%s%s %s", names,
		    i > 0 ? "," : "", table->rows[i].name);
	return names;
}

static enum err take(
    struct reading *reading, const char *name, const char *value)
{
	const struct query_table *table = reading->out->table;
	size_t i = find(table, name);

	if (i == table->count && reading->ignores_unknown)
		return ERR_NONE;
	if (i == table->count)
		return fault_set(reading->fault, ERR_BAD_REQUEST,
		    "a query parameter is not known here: this path takes%s",
		    names_of(reading));
	if (reading->out->sent[i] != NULL && reading->ignores_unknown)
		return ERR_NONE; /* the first one counts */
	if (reading->out->sent[i] != NULL)
		return wrong(reading, table->rows[i].name,
		    "was sent twice: send it once");
	reading->out->values[i] = reading->out->sent[i] = value;
	return read_value(reading, i);
}

/* `name=value`, or a name alone, which has an empty value. */
static enum err read_pair(
    struct reading *reading, const char *pair, size_t length)
{
	const char *equal = memchr(pair, '=', length);
	size_t name_length = equal ? (size_t)(equal - pair) : length;
	const char *name = query_decode(reading->rq->mem, pair, name_length);
	const char *value = "";

	if (equal != NULL)
		value = query_decode(
		    reading->rq->mem, equal + 1, length - name_length - 1);
	if (name != NULL && value != NULL)
		return take(reading, name, value);
	if (reading->ignores_unknown &&
	    (name == NULL ||
		find(reading->out->table, name) == reading->out->table->count))
		return ERR_NONE;
	return fault_set(reading->fault, ERR_BAD_REQUEST,
	    "what follows the question mark is not URL-encoded UTF-8");
}

enum err query_read(struct request *rq, const struct query_table *table,
    bool ignores_unknown, struct query *out, struct fault *fault)
{
	static const struct query_table none = { NULL, 0 };
	struct reading reading = { rq, out, ignores_unknown, fault };
	const char *at = request_header(rq, "QUERY_STRING");
	enum err err = ERR_NONE;

	memset(out, 0, sizeof(*out));
	out->table = table ? table : &none;
	out->values = arena_alloc(
	    rq->mem, (2 * out->table->count + 1) * sizeof(*out->values));
	out->sent = out->values + out->table->count;
	if (at == NULL || (out->table->count == 0 && ignores_unknown))
		return ERR_NONE;
	if (out->table->count == 0)
		return fault_set(fault, ERR_BAD_REQUEST,
		    "this path takes no query parameters: leave out what"
		    " follows the question mark");
	while (*at != '\0' && err == ERR_NONE) {
		size_t length = strcspn(at, "&");

		if (length > 0)
			err = read_pair(&reading, at, length);
		at += length;
		at += *at == '&';
	}
	return err;
}

/* The value of a pair of that name, "" if it has none; NULL: it has another. */
static const char *value_of_pair(
    struct arena *mem, const char *pair, size_t length, const char *wanted)
{
	const char *equal = memchr(pair, '=', length);
	size_t name_length = equal ? (size_t)(equal - pair) : length;
	const char *name = query_decode(mem, pair, name_length);
	const char *value = NULL;

	if (name == NULL || strcmp(name, wanted) != 0)
		return NULL;
	if (equal != NULL)
		value = query_decode(mem, equal + 1, length - name_length - 1);
	return value != NULL ? value : "";
}

const char *query_organization(
    struct request *rq, const struct query_table *table)
{
	const char *at = request_header(rq, "QUERY_STRING");
	const char *name = NULL, *value = NULL;

	for (size_t i = 0; table != NULL && i < table->count; i++)
		if (table->rows[i].type == QUERY_ORGANIZATION)
			name = table->rows[i].name;
	/* of two the first counts, as in query_read() */
	while (name != NULL && at != NULL && *at != '\0' && value == NULL) {
		size_t length = strcspn(at, "&");

		value = value_of_pair(rq->mem, at, length, name);
		at += length;
		at += *at == '&';
	}
	return value != NULL && *value != '\0' ? value : NULL;
}

const char *query_value(const struct query *query, const char *name)
{
	const struct query_table *table = query->table;
	size_t i = table != NULL ? find(table, name) : 0;

	return table != NULL && i < table->count ? query->values[i] : NULL;
}

int64_t query_number(const struct query *query, const char *name)
{
	const char *value = query_value(query, name);

	return value != NULL ? strtoll(value, NULL, 10) : 0;
}

bool query_is_true(const struct query *query, const char *name)
{
	const char *value = query_value(query, name);

	return value != NULL && strcmp(value, "true") == 0;
}
