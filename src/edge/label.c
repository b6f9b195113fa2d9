#include "edge/label.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "edge/json.h"
#include "edge/name.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
#define LETTERS LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/*
 * Whether the first and the last character are in `ends`, and each between
 * them in `ends` or `more`.
 */
static bool is_word(
    const char *text, size_t length, const char *ends, const char *more)
{
	if (length == 0 || !is_one_of(text[0], ends) ||
	    !is_one_of(text[length - 1], ends))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!is_one_of(text[i], ends) && !is_one_of(text[i], more))
			return false;
	return true;
}

/* A domain in small letters: words with dots between. */
static bool is_prefix(const char *text, size_t length)
{
	while (length > 0) {
		const char *dot = memchr(text, '.', length);
		size_t word = dot ? (size_t)(dot - text) : length;

		if (!is_word(text, word, LOWER DIGITS, "-"))
			return false;
		if (dot == NULL)
			return true;
		text = dot + 1;
		length -= word + 1;
	}
	return false;
}

static bool is_key(const char *key)
{
	const char *slash = strchr(key, '/');
	const char *name = slash ? slash + 1 : key;
	size_t length = strlen(name);

	if (length > LABEL_NAME_MAX ||
	    !is_word(name, length, LETTERS DIGITS, "-_."))
		return false;
	return slash == NULL ||
	    (slash - key <= LABEL_PREFIX_MAX &&
		is_prefix(key, (size_t)(slash - key)));
}

static size_t count_points(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += ((unsigned char)*text & 0xC0) != 0x80;
	return count;
}

/* NULL, or what is wrong with the value; it may be empty, unlike a name. */
static const char *check_value(const struct label *label, struct name *out)
{
	out->display[0] = '\0';
	if (label->length == 0)
		return NULL;
	if (count_points(label->value) > LABEL_VALUE_MAX)
		return "is longer than 63 characters";
	return name_make(label->value, label->length, out);
}

static int compare(const void *a, const void *b)
{
	const struct label *one = a, *other = b;

	return strcmp(one->key, other->key);
}

static enum err put(
    struct json_writer *json, const struct label *label, struct fault *fault)
{
	struct name value;
	const char *why;

	if (!is_key(label->key))
		return fault_set(fault, ERR_BAD_FIELD,
		    "labels: a key is [prefix/]name; a name has 1 to 63 of"
		    " A-Z a-z 0-9 - _ . with a letter or digit at both ends, a"
		    " prefix is a domain");
	if ((why = check_value(label, &value)) != NULL)
		return fault_set(fault, ERR_BAD_FIELD,
		    "labels: the value of %.200s %s", label->key, why);
	json_key(json, label->key);
	json_text(json, value.display);
	return ERR_NONE;
}

enum err labels_make(struct label *labels, size_t count, char out[LABELS_SIZE],
    struct fault *fault)
{
	struct json_writer json;
	enum err err = ERR_NONE;

	if (count > LABELS_MAX)
		return fault_set(fault, ERR_BAD_FIELD,
		    "labels has more than %d members", LABELS_MAX);
	qsort(labels, count, sizeof(*labels), compare);
	json_start(&json, out, LABELS_SIZE - 1, NULL, NULL);
	json_open_object(&json);
	for (size_t i = 0; i < count && !err; i++)
		err = put(&json, &labels[i], fault);
	json_close_object(&json);
	out[err ? 0 : json.used] = '\0';
	return err ? err : json.failed;
}
