/*
 * JSONTestSuite: what is JSON is taken, what is none is refused, and of what an
 * implementation may choose, what this one does.  A line of json.txt is the
 * name of a case and its bytes in hexadecimal.
 */
#include "corpus.h"

#include "base/err.h"
#include "edge/json.h"
#include "edge/json_scan.h"

enum { SIZE = 1 << 20 };

static struct {
	char name[128];
	char hex[2 * SIZE + 2];
	unsigned char bytes[SIZE + 1];
	size_t length;
} line;

static bool next_line(FILE *file)
{
	if (fscanf(file, "%127s", line.name) != 1)
		return false;
	/* an empty case has nothing behind its name */
	if (fgetc(file) != ' ' ||
	    fgets(line.hex, sizeof(line.hex), file) == NULL)
		fail_msg("%s has no data", line.name);
	line.length = corpus_bytes(line.hex, line.bytes, SIZE);
	line.bytes[line.length] = '\0';
	return true;
}

static const char *scan(void)
{
	size_t at, members;

	return json_scan(
	    (const char *)line.bytes, line.length, SIZE, &at, &members);
}

/*
 * Of what RFC 8259 leaves to an implementation, that which is taken: numbers of
 * any size, as long as no member wants one, and U+FFFD, which stands in the
 * package for bytes that are no UTF-8 (tests/unit/test_json.c has those).
 */
static const char *const taken[] = {
	"i_number_double_huge_neg_exp.json",
	"i_number_huge_exp.json",
	"i_number_neg_int_huge_exp.json",
	"i_number_pos_double_huge_exp.json",
	"i_number_real_neg_overflow.json",
	"i_number_real_pos_overflow.json",
	"i_number_real_underflow.json",
	"i_number_too_big_neg_int.json",
	"i_number_too_big_pos_int.json",
	"i_number_very_big_negative_int.json",
	"i_string_UTF-8_invalid_sequence.json",
	"i_string_UTF8_surrogate_U+D800.json",
	"i_string_invalid_utf-8.json",
	"i_string_iso_latin_1.json",
	"i_string_lone_utf8_continuation_byte.json",
	"i_string_not_in_unicode_range.json",
	"i_string_overlong_sequence_2_bytes.json",
	"i_string_overlong_sequence_6_bytes.json",
	"i_string_overlong_sequence_6_bytes_null.json",
	"i_string_truncated-utf-8.json",
};

/* And that which is refused, also two cases of JSON with a NUL in a text. */
static const struct refusal {
	const char *name, *why;
} refused[] = {
	{ "i_object_key_lone_2nd_surrogate.json", "a lone surrogate" },
	{ "i_string_1st_surrogate_but_2nd_missing.json", "a lone surrogate" },
	{ "i_string_1st_valid_surrogate_2nd_invalid.json", "a lone surrogate" },
	{ "i_string_UTF-16LE_with_BOM.json", "a value was expected" },
	{ "i_string_incomplete_surrogate_and_escape_valid.json",
	    "a lone surrogate" },
	{ "i_string_incomplete_surrogate_pair.json", "a lone surrogate" },
	{ "i_string_incomplete_surrogates_escape_valid.json",
	    "a lone surrogate" },
	{ "i_string_invalid_lonely_surrogate.json", "a lone surrogate" },
	{ "i_string_invalid_surrogate.json", "a lone surrogate" },
	{ "i_string_inverted_surrogates_U+1D11E.json", "a lone surrogate" },
	{ "i_string_lone_second_surrogate.json", "a lone surrogate" },
	{ "i_string_utf16BE_no_BOM.json", "a value was expected" },
	{ "i_string_utf16LE_no_BOM.json", "a value was expected" },
	{ "i_structure_500_nested_arrays.json", "nesting is too deep" },
	{ "i_structure_UTF-8_BOM_empty_object.json", "a value was expected" },
	{ "y_object_escaped_null_in_key.json", "a NUL character" },
	{ "y_string_null_escape.json", "a NUL character" },
};

static bool is_taken_by_rule(const char *name, const char *why)
{
	for (size_t i = 0; i < COUNT_OF(taken); i++)
		if (strcmp(taken[i], name) == 0)
			return true;
	for (size_t i = 0; i < COUNT_OF(refused); i++)
		if (strcmp(refused[i].name, name) == 0) {
			assert_string_equal(refused[i].why, why);
			return false;
		}
	if (name[0] == 'i')
		fail_msg("nobody has decided about %s", name);
	return name[0] == 'y';
}

static void each_case_is_taken_or_refused_as_it_must_be(void **state)
{
	FILE *file = corpus_open("json.txt");
	int count = 0;

	(void)state;
	while (next_line(file)) {
		const char *wrong = scan();

		if ((wrong == NULL) !=
		    is_taken_by_rule(
			line.name, wrong != NULL ? wrong : "it is taken"))
			fail_msg("%s: %s", line.name,
			    wrong != NULL ? wrong : "it is taken");
		count++;
	}
	fclose(file);
	assert_true(count > 300);
}

static bool is_object(void)
{
	return line.bytes[strspn((const char *)line.bytes, " \t\r\n")] == '{';
}

/* By a table without a member: what is no object is refused, too. */
static void what_is_refused_is_no_body_either(void **state)
{
	static const struct field_table table = { NULL, 0 };
	FILE *file = corpus_open("json.txt");

	while (next_line(file)) {
		const struct json_source source = { (const char *)line.bytes,
			line.length };
		struct fault fault = { .code = ERR_NONE };
		enum err err = json_decode(
		    *state, source, &table, NULL, &fault);

		if (err == ERR_NONE && (scan() != NULL || !is_object()))
			fail_msg("%s is a body", line.name);
		assert_int_equal(err, fault.code);
	}
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_case_is_taken_or_refused_as_it_must_be),
		WITH_ARENA(what_is_refused_is_no_body_either),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
