/*
 * NormalizationTest.txt of Unicode: the five forms of a line are one text, so
 * that they are one name, or none of them is a name.  Each stands between two
 * letters, since some begin or end with a space, which is no part of a name.
 */
#include "corpus.h"

#include "edge/name.h"

enum { FORMS = 5, FORM_SIZE = 200 };

static char *put_utf8(char *at, unsigned long c)
{
	if (c < 0x80) {
		*at++ = (char)c;
		return at;
	}
	if (c >= 0x10000) {
		*at++ = (char)(0xF0 | c >> 18);
		*at++ = (char)(0x80 | (c >> 12 & 0x3F));
	} else if (c >= 0x800) {
		*at++ = (char)(0xE0 | c >> 12);
	}
	*at++ = c >= 0x800 ? (char)(0x80 | (c >> 6 & 0x3F))
			   : (char)(0xC0 | c >> 6);
	*at++ = (char)(0x80 | (c & 0x3F));
	return at;
}

/* Behind the semicolon of the form. */
static const char *read_form(const char *at, char out[FORM_SIZE])
{
	char *end;

	*out++ = 'x';
	while (*at != ';') {
		assert_non_null(strchr(" 0123456789ABCDEF", *at));
		out = put_utf8(out, strtoul(at, &end, 16));
		at = end;
	}
	memcpy(out, "x", 2);
	return at + 1;
}

struct counts {
	int lines, names;
};

static void expect_one_name(const char *line, struct counts *counts)
{
	char forms[FORMS][FORM_SIZE];
	struct name name[FORMS];
	const char *at = line, *why[FORMS];

	for (int i = 0; i < FORMS; i++) {
		at = read_form(at, forms[i]);
		why[i] = name_make(forms[i], strlen(forms[i]), &name[i]);
		if ((why[i] == NULL) != (why[0] == NULL))
			fail_msg("form %d: %s, %s", i + 1,
			    why[i] != NULL ? why[i] : why[0], line);
		if (why[i] == NULL && strcmp(name[i].key, name[0].key) != 0)
			fail_msg("form %d is another name: %s", i + 1, line);
	}
	counts->lines++;
	counts->names += why[0] == NULL;
}

static void the_forms_of_a_text_are_one_name(void **state)
{
	FILE *file = corpus_open("NormalizationTest.txt");
	struct counts counts = { 0, 0 };
	char line[2048];

	(void)state;
	while (fgets(line, sizeof(line), file) != NULL)
		if (strchr("0123456789ABCDEF", line[0]) != NULL)
			expect_one_name(line, &counts);
	fclose(file);
	print_message(
	    "# %d lines, %d of them names\n", counts.lines, counts.names);
	assert_true(counts.lines > 18000);
	assert_true(counts.names > 18000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_forms_of_a_text_are_one_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
