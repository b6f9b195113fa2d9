#include "edge/json.h"

#include <json.h>
#include <limits.h>
#include <string.h>

#include "base/clock.h"
#include "edge/json_scan.h"
#include "edge/label.h"
#include "edge/name.h"

#define INTEGER_MAX ((INT64_C(1) << 53) - 1) /* exact in every JSON reader */

/* 9999-12-31T23:59:59.999Z, the last that RFC 3339 can say. */
#define SECONDS_MAX 253402300799.999

/* How many members a tree holds; its depth is bounded by the scanner. */
static size_t count_members(struct json_object *value)
{
	size_t count = 0;

	if (json_object_is_type(value, json_type_array)) {
		size_t length = json_object_array_length(value);

		for (size_t i = 0; i < length; i++)
			count += count_members(
			    json_object_array_get_idx(value, i));
	} else if (json_object_is_type(value, json_type_object)) {
		struct json_object_iterator at = json_object_iter_begin(value);
		struct json_object_iterator end = json_object_iter_end(value);

		for (; !json_object_iter_equal(&at, &end);
		     json_object_iter_next(&at))
			count += 1 +
			    count_members(json_object_iter_peek_value(&at));
	}
	return count;
}

static struct json_object *tree_read(const char *text, size_t length)
{
	/* json-c counts a scalar as a level of its own. */
	struct json_tokener *reader = json_tokener_new_ex(JSON_DEPTH + 1);
	struct json_object *tree;

	if (reader == NULL)
		return NULL;
	json_tokener_set_flags(
	    reader, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	tree = json_tokener_parse_ex(reader, text, (int)length);
	json_tokener_free(reader);
	return tree;
}

/* Does a text that is no JSON begin as a form's fields do, name=value? */
static bool is_form(const char *text, size_t length)
{
	static const char name[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz"
				   "0123456789._-+%[]";
	size_t at = 0;

	while (
	    at < length && text[at] != '\0' && strchr(name, text[at]) != NULL)
		at++;
	return at > 0 && at < length && text[at] == '=' && text[0] != '[';
}

/*
 * The tree of a text that is one acceptable object, or NULL and the fault.
 *
 * json-c replaces the first of two members of one name by the second and
 * tells nobody.  The scanner counts the members that are written, the tree
 * holds the different ones: where the counts differ there was a duplicate,
 * however its name was escaped.
 */
static struct json_object *tree_parse(
    const char *text, size_t length, struct fault *fault)
{
	struct json_object *tree;
	size_t at, members;
	const char *why;

	if (length > INT_MAX) {
		(void)fault_set(fault, ERR_BAD_BODY, "the JSON is too long");
		return NULL;
	}
	why = json_scan(text, length, JSON_VALUES, &at, &members);
	if (why != NULL && is_form(text, length)) {
		(void)fault_set(fault, ERR_BAD_BODY,
		    "the body is form-encoded (name=value): send a JSON"
		    " object, {\"name\": \"value\"}");
		return NULL;
	}
	if (why != NULL) {
		(void)fault_set(fault, ERR_BAD_BODY,
		    "the JSON is not acceptable: %s at byte %zu", why, at);
		return NULL;
	}
	tree = tree_read(text, length);
	if (!json_object_is_type(tree, json_type_object))
		why = "the JSON is not an object";
	else if (count_members(tree) != members)
		why = "the JSON has a duplicate member";
	if (why == NULL)
		return tree;
	(void)fault_set(fault, ERR_BAD_BODY, "%s", why);
	(void)json_object_put(tree);
	return NULL;
}

/* One member on its way into a struct. */
struct member {
	const struct field *field;
	const char *name; /* as it was given */
	struct json_object *value;
	char *at; /* where the struct holds it */
};

static enum err member_fail(
    const struct member *m, const char *why, struct fault *fault)
{
	return fault_set(fault, ERR_BAD_FIELD, "%s %s", m->name, why);
}

static enum err decode_text(
    struct arena *mem, const struct member *m, struct fault *fault)
{
	const char *text = json_object_get_string(m->value);
	size_t length = (size_t)json_object_get_string_len(m->value);
	const char *why = NULL, *copy;
	int64_t ms;

	switch (m->field->type) {
	case FIELD_TEXT:
		if (length >= m->field->size)
			return fault_set(fault, ERR_BAD_FIELD,
			    "%s is longer than %zu bytes", m->name,
			    m->field->size - 1);
		memcpy(m->at, text, length + 1);
		break;
	case FIELD_STRING:
		copy = arena_copy(mem, text, length);
		memcpy(m->at, &copy, sizeof(copy));
		break;
	case FIELD_NAME:
		why = name_make(text, length, (struct name *)(void *)m->at);
		break;
	default: /* FIELD_TIME */
		if (!clock_parse(text, &ms))
			why = "must be an RFC 3339 date and time";
		else
			memcpy(m->at, &ms, sizeof(ms));
		break;
	}
	return why == NULL ? ERR_NONE : member_fail(m, why, fault);
}

static enum err decode_integer(const struct member *m, struct fault *fault)
{
	int64_t value;

	/* A fraction or an exponent makes it a double. */
	if (!json_object_is_type(m->value, json_type_int))
		return member_fail(m, "must be an integer", fault);
	/*
	 * json-c gives the largest number for one that is too large: it stays
	 * too large for us.
	 */
	value = json_object_get_int64(m->value);
	if (value < 0 || value > INTEGER_MAX)
		return member_fail(m, "is out of range", fault);
	memcpy(m->at, &value, sizeof(value));
	return ERR_NONE;
}

/* Whole milliseconds; what is less than one is dropped. */
static enum err decode_seconds(const struct member *m, struct fault *fault)
{
	double seconds = json_object_get_double(m->value);
	int64_t ms;

	if (!json_object_is_type(m->value, json_type_int) &&
	    !json_object_is_type(m->value, json_type_double))
		return member_fail(m, "must be a number of seconds", fault);
	if (!(seconds >= 0 && seconds <= SECONDS_MAX))
		return member_fail(m, "is out of range", fault);
	ms = (int64_t)(seconds * 1000);
	memcpy(m->at, &ms, sizeof(ms));
	return ERR_NONE;
}

/* The labels of an object; null: there are none. */
static enum err decode_labels(const struct member *m, struct fault *fault)
{
	struct label labels[LABELS_MAX + 1];
	struct json_object_iterator at, end;
	size_t count = 0;

	if (m->value == NULL)
		return labels_make(labels, 0, m->at, fault);
	if (!json_object_is_type(m->value, json_type_object))
		return member_fail(m, "must be an object", fault);
	at = json_object_iter_begin(m->value);
	end = json_object_iter_end(m->value);
	for (; !json_object_iter_equal(&at, &end) && count <= LABELS_MAX;
	     json_object_iter_next(&at)) {
		struct json_object *value = json_object_iter_peek_value(&at);

		if (!json_object_is_type(value, json_type_string))
			return member_fail(
			    m, "must have strings as values", fault);
		labels[count++] = (struct label){
			json_object_iter_peek_name(&at),
			json_object_get_string(value),
			(size_t)json_object_get_string_len(value),
		};
	}
	return labels_make(labels, count, m->at, fault);
}

static enum err decode_member(
    struct arena *mem, const struct member *m, struct fault *fault)
{
	bool value;

	switch (m->field->type) {
	case FIELD_TEXT:
	case FIELD_STRING:
	case FIELD_NAME:
	case FIELD_TIME:
		if (!json_object_is_type(m->value, json_type_string))
			return member_fail(m, "must be a string", fault);
		return decode_text(mem, m, fault);
	case FIELD_INTEGER:
		return decode_integer(m, fault);
	case FIELD_SECONDS:
		return decode_seconds(m, fault);
	case FIELD_BOOL:
		if (!json_object_is_type(m->value, json_type_boolean))
			return member_fail(m, "must be true or false", fault);
		value = json_object_get_boolean(m->value);
		memcpy(m->at, &value, sizeof(value));
		return ERR_NONE;
	case FIELD_LABELS:
		return decode_labels(m, fault);
	case FIELD_CREATED:
	case FIELD_BYTES:
	case FIELD_JSON:
	case FIELD_EMPTY_LIST:
	case FIELD_EMPTY_OBJECT:
		break; /* not for clients to give */
	}
	return ERR_NONE;
}

/*
 * False where the member is absent; the value of null is NULL.  The name
 * `a.b` is that of a member of a member.
 */
static bool member_find(
    struct json_object *tree, const char *name, struct json_object **value)
{
	const char *dot = name != NULL ? strchr(name, '.') : NULL;
	char outer[32] = "";

	*value = NULL;
	if (dot != NULL && (size_t)(dot - name) < sizeof(outer)) {
		memcpy(outer, name, (size_t)(dot - name));
		return member_find(tree, outer, &tree) &&
		    member_find(tree, dot + 1, value);
	}
	return name != NULL && json_object_object_get_ex(tree, name, value);
}

static bool is_empty_text(struct json_object *value)
{
	return json_object_is_type(value, json_type_string) &&
	    json_object_get_string_len(value) == 0;
}

/* Many clients send null or "" for what they have not set. */
static bool is_nothing(struct json_object *value)
{
	return value == NULL || is_empty_text(value);
}

/* Chooses between a member and its alias: the one that says something. */
static enum err choose(struct json_object *tree, struct member *m,
    bool *is_there, struct fault *fault)
{
	const struct field *field = m->field;
	struct json_object *alias;
	bool has_alias = member_find(tree, field->alias, &alias);

	*is_there = member_find(tree, field->member, &m->value);
	if (!is_nothing(m->value) && !is_nothing(alias) &&
	    !json_object_equal(m->value, alias))
		return fault_set(fault, ERR_BAD_FIELD, "%s and %s differ",
		    field->member, field->alias);
	if (has_alias && (m->value == NULL || !is_nothing(alias)) &&
	    is_nothing(m->value)) {
		*is_there = true;
		m->value = alias;
		m->name = field->alias;
	}
	return ERR_NONE;
}

static enum err decode_field(struct arena *mem, struct json_object *tree,
    const struct field *field, void *out, struct fault *fault)
{
	struct member m = {
		.field = field,
		.name = field->member,
		.at = (char *)out + field->offset,
	};
	bool is_there;
	enum err err;

	if ((err = choose(tree, &m, &is_there, fault)))
		return err;
	if (is_there && (field->flags & FIELD_STRICT) && is_nothing(m.value))
		return member_fail(
		    &m, m.value ? "is empty" : "must not be null", fault);
	if (is_there && field->type == FIELD_LABELS)
		return decode_member(mem, &m, fault);
	if (m.value != NULL &&
	    (!is_nothing(m.value) || (field->flags & FIELD_REQUIRED)))
		return decode_member(mem, &m, fault);
	if (field->flags & FIELD_REQUIRED)
		return member_fail(&m, "is missing", fault);
	return ERR_NONE;
}

static enum err decode_object(struct arena *mem, struct json_object *tree,
    const struct field_table *table, void *out, struct fault *fault)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < table->count; i++) {
		if (table->rows[i].member != NULL)
			err = decode_field(
			    mem, tree, &table->rows[i], out, fault);
	}
	return err;
}

enum err json_decode(struct arena *mem, struct json_source source,
    const struct field_table *table, void *out, struct fault *fault)
{
	struct json_object *tree = tree_parse(
	    source.text, source.length, fault);
	enum err err;

	if (tree == NULL)
		return ERR_BAD_BODY;
	err = decode_object(mem, tree, table, out, fault);
	(void)json_object_put(tree);
	return err;
}

const char *json_member(struct arena *mem, struct json_source source,
    const char *name, bool *is_object)
{
	struct json_object *tree = tree_parse(source.text, source.length, NULL);
	struct json_object *value;
	const char *found = NULL;
	bool is_there = member_find(tree, name, &value);

	*is_object = json_object_is_type(value, json_type_object);
	if (is_there)
		found = arena_text(mem,
		    json_object_to_json_string_ext(value,
			JSON_C_TO_STRING_PLAIN |
			    JSON_C_TO_STRING_NOSLASHESCAPE));
	(void)json_object_put(tree);
	return found;
}

/* The value is a list already: each element becomes a row. */
static enum err decode_list(struct arena *mem, struct json_object *value,
    const char *name, struct json_rows *list, struct fault *fault)
{
	size_t count = json_object_array_length(value);
	enum err err = ERR_NONE;

	if (count > list->most)
		return fault_set(fault, ERR_BAD_FIELD,
		    "%s has more than %zu members", name, list->most);
	list->rows = arena_alloc(mem, (count + 1) * list->size);
	for (size_t i = 0; err == ERR_NONE && i < count; i++) {
		struct json_object *row = json_object_array_get_idx(value, i);

		if (!json_object_is_type(row, json_type_object))
			return fault_set(fault, ERR_BAD_FIELD,
			    "%s must be a list of objects", name);
		err = decode_object(mem, row, list->table,
		    list->rows + list->count++ * list->size, fault);
	}
	return err;
}

enum err json_list(struct arena *mem, struct json_source source,
    const char *name, struct json_rows *list, struct fault *fault)
{
	struct json_object *tree = tree_parse(source.text, source.length, NULL);
	struct json_object *value;
	enum err err = ERR_NONE;

	list->count = 0;
	if (member_find(tree, name, &value))
		err = json_object_is_type(value, json_type_array)
		    ? decode_list(mem, value, name, list, fault)
		    : fault_set(fault, ERR_BAD_FIELD,
			  "%s must be a list of objects", name);
	(void)json_object_put(tree);
	return err;
}

const char *json_library_version(void)
{
	return json_c_version();
}
