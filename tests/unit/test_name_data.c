/*
 * Names against the data of Unicode (Debian's unicode-data): every emoji, every
 * variation and every named sequence is a name, and what joins or chooses in it
 * is no part of its key.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "edge/name.h"

#define DATA "/usr/share/unicode/"

enum { POINTS_MAX = 32, TEXT_SIZE = 4 * POINTS_MAX + 1 };

struct sequence {
	unsigned points[POINTS_MAX];
	size_t count;
	const char *line;
};

static char *put_utf8(char *at, unsigned c)
{
	if (c < 0x80) {
		*at++ = (char)c;
	} else if (c < 0x800) {
		*at++ = (char)(0xC0 | c >> 6);
	} else if (c < 0x10000) {
		*at++ = (char)(0xE0 | c >> 12);
		*at++ = (char)(0x80 | (c >> 6 & 0x3F));
	} else {
		*at++ = (char)(0xF0 | c >> 18);
		*at++ = (char)(0x80 | (c >> 12 & 0x3F));
		*at++ = (char)(0x80 | (c >> 6 & 0x3F));
	}
	if (c >= 0x80)
		*at++ = (char)(0x80 | (c & 0x3F));
	return at;
}

/* What has no form of its own: joiners, selectors and tags. */
static bool only_joins(unsigned c)
{
	return c == 0x200C || c == 0x200D || (c >= 0xFE00 && c <= 0xFE0F) ||
	    (c >= 0x180B && c <= 0x180D) || (c >= 0xE0020 && c <= 0xE01EF);
}

static void write_name(
    const struct sequence *sequence, bool is_whole, char text[TEXT_SIZE])
{
	for (size_t i = 0; i < sequence->count; i++) {
		if (is_whole || !only_joins(sequence->points[i]))
			text = put_utf8(text, sequence->points[i]);
	}
	*text = '\0';
}

/* Taken, and with the key that it has without what only joins. */
static void expect_name(const struct sequence *sequence)
{
	char text[TEXT_SIZE], bare[TEXT_SIZE];
	struct name name, plain;
	const char *why;

	write_name(sequence, true, text);
	write_name(sequence, false, bare);
	why = name_make(text, strlen(text), &name);
	if (why != NULL)
		fail_msg("%s: %s", sequence->line, why);
	why = name_make(bare, strlen(bare), &plain);
	if (why != NULL)
		fail_msg("bare, %s: %s", sequence->line, why);
	if (strcmp(name.key, plain.key) != 0)
		fail_msg("another key: %s", sequence->line);
}

/* Code points in hexadecimal up to a semicolon or the line's end. */
static bool read_points(const char *at, struct sequence *sequence)
{
	char *end;

	for (sequence->count = 0; strchr(";\n", *at) == NULL; at = end) {
		assert_in_range(sequence->count, 0, POINTS_MAX - 1);
		sequence->points[sequence->count++] = (unsigned)strtoul(
		    at, &end, 16);
		if (end == at)
			return false;
		end += strspn(end, " ");
	}
	return sequence->count > 0;
}

/*
 * Every line of a file whose field of that number is code points, where the
 * line has `word`.  How many there were.
 */
static int each_line(const char *path, int field, const char *word)
{
	FILE *file = fopen(path, "r");
	struct sequence sequence;
	char line[1024];
	int count = 0;

	if (file == NULL)
		fail_msg("%s: install the package unicode-data", path);
	while (fgets(line, sizeof(line), file) != NULL) {
		const char *at = line;

		if (line[0] == '#' || line[0] == '\n' ||
		    strstr(line, word) == NULL)
			continue;
		for (int i = 0; i < field; i++)
			at = strchr(at, ';') + 1;
		at += strspn(at, " ");
		sequence.line = line;
		assert_true(read_points(at, &sequence));
		expect_name(&sequence);
		count++;
	}
	fclose(file);
	return count;
}

static void every_emoji_is_a_name(void **state)
{
	(void)state;
	assert_true(each_line(DATA "emoji/emoji-test.txt", 0,
			"; fully-qualified") > 3000);
}

static void every_variation_is_a_name(void **state)
{
	(void)state;
	assert_true(each_line(DATA "StandardizedVariants.txt", 0, "") > 1000);
	assert_true(each_line(DATA "emoji/emoji-variation-sequences.txt", 0,
			"style") > 600);
}

static void every_named_sequence_is_a_name(void **state)
{
	(void)state;
	assert_true(each_line(DATA "NamedSequences.txt", 1, "") > 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_emoji_is_a_name),
		cmocka_unit_test(every_variation_is_a_name),
		cmocka_unit_test(every_named_sequence_is_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
