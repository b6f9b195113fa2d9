#include "unit.h"

#include <stdbool.h>
#include <stdio.h>

#include "edge/name.h"

/* A character repeated; room for 254 of 4 bytes. */
static const char *repeat(const char *text, size_t count)
{
	static char out[1024];
	size_t length = strlen(text);

	for (size_t i = 0; i < count; i++)
		memcpy(out + i * length, text, length);
	out[count * length] = '\0';
	return out;
}

static const char *make(const char *text, struct name *name)
{
	return name_make(text, strlen(text), name);
}

static void assert_same(const char *a, const char *b)
{
	struct name one, two;

	assert_null(make(a, &one));
	assert_null(make(b, &two));
	assert_string_equal(one.key, two.key);
}

static void assert_different(const char *a, const char *b)
{
	struct name one, two;

	assert_null(make(a, &one));
	assert_null(make(b, &two));
	assert_string_not_equal(one.key, two.key);
}

static void assert_refused(const char *text, const char *reason)
{
	const char *why;
	struct name name;

	why = make(text, &name);
	if (why == NULL || strcmp(why, reason) != 0)
		print_error("\"%s\": %s\n", text, why == NULL ? "-" : why);
	assert_non_null(why);
	assert_string_equal(why, reason);
}

#define INVISIBLE "contains an invisible character"
#define CONTROL "contains a control character"
#define BIDI "contains a bidirectional control character"
#define TOO_LONG "is longer than 100 characters"
#define NOT_UTF8 "is not valid UTF-8"

static void names_that_look_the_same_are_the_same(void **state)
{
	(void)state;
	assert_same("Acme", "aCME");
	assert_same("stra\xC3\x9F"
		    "e",
	    "STRASSE");
	assert_same("stra\xE1\xBA\x9E"
		    "e",
	    "strasse");
	assert_same("\xEF\xBC\xA1\xEF\xBD\x83\xEF\xBD\x8D\xEF\xBD\x85", "Acme");
	assert_same("Z\xC3\xBCrich", "Zu\xCC\x88rich");
	assert_same("\xCE\xA3\xCE\x91\xCE\xA3", "\xCF\x83\xCE\xB1\xCF\x82");
	assert_same("\xEF\xAC\x81le", "FILE");
	assert_same("a\xC2\xA0"
		    "b",
	    "a b");
	assert_same("a\xE3\x80\x80"
		    "b",
	    "a b");
	assert_same("\xE2\x84\xAA", "k"); /* KELVIN SIGN */
	assert_same("\xE2\x9D\xA4\xEF\xB8\x8F", "\xE2\x9D\xA4");
}

static void canonical_equivalents_are_the_same_whatever_folding_does(
    void **state)
{
	/* U+0345 folds to a letter: the marks must be in order before. */
	(void)state;
	assert_same("\xCE\xB1\xCD\x85\xCC\x81", "\xCE\xB1\xCC\x81\xCD\x85");
	assert_same("\xE1\xBE\xB4", "\xCE\xB1\xCD\x85\xCC\x81");
	/* Two marks of different classes in either order. */
	assert_same("a\xCC\xA3\xCC\x87", "a\xCC\x87\xCC\xA3");
}

/* The quick way of a text that is all ASCII, against that of any text. */
static void ascii_folds_as_it_does_beside_other_characters(void **state)
{
	static const char other[] = "\xC3\xA9"; /* stays as it is */
	struct name alone, beside;
	char text[8];

	(void)state;
	for (char c = 0x21; c < 0x7F; c++) {
		snprintf(text, sizeof(text), "a%c.", c);
		assert_null(make(text, &alone));
		snprintf(text, sizeof(text), "a%c.%s", c, other);
		assert_null(make(text, &beside));
		assert_memory_equal(beside.key, alone.key, strlen(alone.key));
		assert_string_equal(beside.key + strlen(alone.key), other);
	}
}

static void white_space_around_a_name_is_trimmed(void **state)
{
	static const char *const texts[] = {
		"Acme ",
		" Acme",
		"\t\r\n Acme \v\f",
		"Acme\xC2\x85",
		"\xE3\x80\x80"
		"Acme\xE2\x80\xA8\xE2\x80\xA9",
		"\xE2\x80\x80\xE1\x9A\x80\xE2\x81\x9F"
		"Acme\xC2\xA0",
		"\xE2\x80\xAF"
		"Acme",
	};
	struct name name;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		assert_null(make(texts[i], &name));
		assert_string_equal(name.display, "Acme");
		assert_string_equal(name.key, "acme");
	}
}

static void the_display_form_is_as_it_was_written(void **state)
{
	struct name name;

	(void)state;
	assert_null(make("  Zu\xCC\x88rich  STRASSE ", &name));
	assert_string_equal(name.display, "Zu\xCC\x88rich  STRASSE");
}

static void pictographs_may_have_a_variation_selector(void **state)
{
	static const char *const texts[] = {
		"\xE2\x9D\xA4\xEF\xB8\x8F",
		"\xE2\x98\x8E\xEF\xB8\x8E",
		"a \xE2\x9A\xA1\xEF\xB8\x8F b",
		"\xF0\x9F\x8C\xB1",
		"\xF0\x9F\x8F\x99\xEF\xB8\x8F",
		"\xC2\xA9\xEF\xB8\x8F",
		"\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA",
		"\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD",
	};
	struct name name;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_null(make(texts[i], &name));
}

static void a_variation_selector_elsewhere_is_refused(void **state)
{
	(void)state;
	assert_refused("a\xEF\xB8\x8F", INVISIBLE);
	assert_refused("\xEF\xB8\x8F", INVISIBLE);
	assert_refused("\xEF\xB8\x8F\xE2\x9D\xA4", INVISIBLE);
	assert_refused("\xE2\x9D\xA4\xEF\xB8\x8F\xEF\xB8\x8F", INVISIBLE);
	assert_refused("\xE2\x9D\xA4\xEF\xB8\x80", INVISIBLE);
}

static void a_name_of_nothing_is_refused(void **state)
{
	(void)state;
	assert_refused("", "is empty");
	assert_refused("   ", "is empty");
	assert_refused("\t\n", "is empty");
	assert_refused("\xE3\x80\x80\xC2\xA0\xE2\x80\xA9", "is empty");
}

static void a_name_has_at_most_100_characters(void **state)
{
	struct name name;

	(void)state;
	assert_null(make(repeat("a", 100), &name));
	assert_refused(repeat("a", 101), TOO_LONG);
	assert_null(make(repeat("\xF0\x9F\x8C\xB1", 100), &name));
	assert_int_equal(strlen(name.display), 400);
	assert_refused(repeat("\xF0\x9F\x8C\xB1", 101), TOO_LONG);
	assert_refused(repeat("u\xCC\x88", 51), TOO_LONG);
}

static void white_space_around_a_name_does_not_count(void **state)
{
	char text[1100];
	struct name name;

	(void)state;
	(void)snprintf(text, sizeof(text), "   %s   ", repeat("a", 100));
	assert_null(make(text, &name));
}

static void control_characters_are_refused(void **state)
{
	struct name name;

	(void)state;
	assert_refused("a\tb", CONTROL);
	assert_refused("a\nb", CONTROL);
	assert_refused("a\x1b[1m", CONTROL);
	assert_refused("a\x7f", CONTROL);
	assert_refused("a\xC2\x85"
		       "b",
	    CONTROL);
	assert_refused("\x01", CONTROL);
	assert_string_equal(name_make(BYTES("a\0b"), &name), CONTROL);
	assert_string_equal(name_make(BYTES("ab\0"), &name), CONTROL);
}

static void invisible_characters_are_refused(void **state)
{
	static const char *const texts[] = {
		"a\xE2\x80\x8B"
		"b", /* ZERO WIDTH SPACE */
		"a\xE2\x80\x8B", "\xE2\x80\x8B",
		"a\xE2\x80\x8C"
		"b",
		"a\xE2\x80\x8D"
		"b",
		"a\xE2\x81\xA0"
		"b", /* WORD JOINER */
		"\xEF\xBB\xBF"
		"a", /* BYTE ORDER MARK */
		"a\xC2\xAD"
		"b", /* SOFT HYPHEN */
		"a\xCD\x8F"
		"b", /* COMBINING GRAPHEME JOINER */
		"\xE1\x85\x9F", "\xE3\x85\xA4", "\xEF\xBE\xA0", /* fillers */
		"\xE2\xA0\x80", /* BRAILLE PATTERN BLANK */
		"a\xE2\x80\xA8"
		"b",
		"a\xE2\x80\xA9"
		"b",
		"a\xE1\xA0\x8E"
		"b", /* MONGOLIAN VOWEL SEPARATOR */
		"a\xE2\x81\xA5"
		"b", /* reserved: U+2065 */
		"a\xEF\xBF\xB0"
		"b",                 /* reserved: U+FFF0 */
		"a\xF3\xA0\x80\xA0", /* TAG SPACE */
		"a\xF3\xA0\x82\x80", /* reserved: U+E0080 */
		"a\xF3\xA0\x84\x80", /* VARIATION SELECTOR-17 */
		"a\xEF\xBF\xB9"
		"b", /* INTERLINEAR ANNOTATION ANCHOR */
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_refused(texts[i], INVISIBLE);
}

/* U+200C, U+200D, selectors and tags, where they are letters like others. */
static void what_joins_or_chooses_is_taken_where_it_has_a_meaning(void **state)
{
	static const struct {
		const char *text, *key;
	} rows[] = {
		{ "Haus 1\uFE0F\u20E3", "haus 1\u20E3" },
		{ "\U0001F468\u200D\U0001F469\u200D\U0001F467",
		    "\U0001F468\U0001F469\U0001F467" },
		{ "\U0001F3F3\uFE0F\u200D\U0001F308 Team",
		    "\U0001F3F3\U0001F308 team" },
		/* a family with skin: a modifier before the joiner */
		{ "\U0001F468\U0001F3FD\u200D\U0001F4BB",
		    "\U0001F468\U0001F3FD\U0001F4BB" },
		/* Persian and Sinhala */
		{ "\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645",
		    "\u0645\u06CC\u062E\u0648\u0627\u0647\u0645" },
		{ "\u0DC1\u0DCA\u200D\u0DBB\u0DD3",
		    "\u0DC1\u0DCA\u0DBB\u0DD3" },
		/* an old Malayalam chillu ends a word */
		{ "\u0D05\u0D35\u0D28\u0D4D\u200D",
		    "\u0D05\u0D35\u0D28\u0D4D" },
		{ "\u845B\U000E0100", "\u845B" },
		{ "\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063"
		  "\U000E0074\U000E007F",
		    "\U0001F3F4" },
	};
	struct name name;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_null(
		    name_make(rows[i].text, strlen(rows[i].text), &name));
		assert_string_equal(name.display, rows[i].text);
		assert_string_equal(name.key, rows[i].key);
	}
}

static void what_joins_or_chooses_nothing_is_refused(void **state)
{
	static const char *const texts[] = {
		"a\u200Db",
		"a\u200Cb",
		"\u200D",
		"\u200Da",
		"a\u200D",
		/* beside one letter of a script that uses it */
		"\u0645\u200Cb",
		"b\u200C\u0645",
		"\u0645\u200C",
		"\u0645\u200C\u200C\u0645",
		"\u0645\u200D \u0645",
		/* letters of two scripts */
		"\u0645\u200C\u0915",
		/* emoji that nothing follows, or no emoji */
		"\U0001F468\u200D",
		"\U0001F468\u200Da",
		"a\u200D\U0001F468",
		"\U0001F468 \u200D\U0001F468",
		"\U0001F468\u200D\u200D\U0001F469",
		"1\uFE0F\u200D\U0001F468",
		/* selectors behind nothing, or what has none */
		"\uFE0F",
		"a\uFE0F",
		"a\uFE00",
		" \uFE0Fa",
		"\u2764\uFE0F\uFE0F",
		"a\U000E0100",
		"\u845B\U000E0100\U000E0100",
		"1\uFE03",
		/* tags of no flag, of one that does not end, of none at all */
		"a\U000E0067\U000E007F",
		"\U0001F3F4\U000E0067",
		"\U0001F3F4\U000E0067a",
		"\U0001F3F4\U000E007F",
		"\U0001F3F4 \U000E0067\U000E007F",
		"\U0001F3F4\U000E0001",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_refused(texts[i], INVISIBLE);
}

static void bidirectional_controls_are_refused(void **state)
{
	static const char *const texts[] = {
		"a\xE2\x80\xAE"
		"b",
		"a\xE2\x80\xAA"
		"b",
		"\xE2\x80\x8F",
		"a\xE2\x80\x8E",
		"\xE2\x81\xA6"
		"a",
		"a\xE2\x81\xA9",
		"a\xD8\x9C",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_refused(texts[i], BIDI);
}

static void invalid_utf8_is_refused(void **state)
{
	static const char *const texts[] = {
		"a\xFF",
		"\x80",
		"a\xC3",
		"a\xE2\x82",
		"\xF0\x9F\x8C",
		"\xC0\xAF",
		"\xE0\x80\xAF",
		"\xED\xA0\x80",
		"\xF4\x90\x80\x80",
		"\xF8\x88\x80\x80\x80",
		"\xC3\xC3",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_refused(texts[i], NOT_UTF8);
}

static void different_names_stay_different(void **state)
{
	(void)state;
	assert_different("Acme", "Acme 2");
	assert_different("a b", "ab");
	assert_different("a  b", "a b");
	assert_different("Muller", "M\xC3\xBCller");
	assert_different("o", "0");
	assert_different("\xD0\xB0", "a"); /* Cyrillic */
}

static void a_key_that_is_too_long_is_a_digest(void **state)
{
	struct name all, less;

	(void)state;
	assert_null(make(repeat("\xEF\xB7\xBA", 100), &all));
	assert_int_equal(all.key[0], 0x01);
	assert_int_equal(strlen(all.key), 65);
	assert_null(make(repeat("\xEF\xB7\xBA", 99), &less));
	assert_int_equal(less.key[0], 0x01);
	assert_string_not_equal(all.key, less.key);
	assert_null(make(repeat("\xEF\xB7\xBA", 10), &less));
	assert_int_not_equal(less.key[0], 0x01);
}

static void an_email_is_checked_and_folded(void **state)
{
	struct name name;
	char text[1100];

	(void)state;
	assert_null(name_make_email(BYTES(" Ada@Example.COM\n"), &name));
	assert_string_equal(name.display, "Ada@Example.COM");
	assert_string_equal(name.key, "ada@example.com");
	(void)snprintf(text, sizeof(text), "%s@x", repeat("a", 252));
	assert_null(name_make_email(text, 254, &name));
}

static void what_is_no_email_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		" ",
		"a",
		"@",
		"a@",
		"@a",
		"a@b@c",
		"a@@b",
		"a b@c",
		"a@b c",
		"a\xC2\xA0@b",
		"a\xE3\x80\x80@b",
		"a\n@b",
		"a@b\xE2\x80\x8B",
		("\xE2\x80\xAE"
		 "a@b"),
		"a@\xFF",
	};
	struct name name;
	char text[1100];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_non_null(
		    name_make_email(texts[i], strlen(texts[i]), &name));
	(void)snprintf(text, sizeof(text), "%s@x", repeat("a", 253));
	assert_string_equal(
	    name_make_email(text, 255, &name), "is longer than 254 bytes");
}

static void a_login_has_no_at_and_few_characters(void **state)
{
	static const char *const wrong[] = { "", " ", "a b", "a:b", "a/b",
		"\xC3\xA4", "a\n.b", "a@", "@", "a\xE2\x80\x8B" };
	struct name name;

	(void)state;
	assert_null(name_make_login(BYTES(" Int-test_user.1\n"), &name));
	assert_string_equal(name.display, "Int-test_user.1");
	assert_string_equal(name.key, "int-test_user.1");
	assert_null(name_make_login(repeat("a", 64), 64, &name));
	assert_string_equal(name_make_login(repeat("a", 65), 65, &name),
	    "is longer than 64 characters");
	assert_null(name_make_login(BYTES("Ada@Example.COM"), &name));
	assert_string_equal(name.key, "ada@example.com");
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_non_null(
		    name_make_login(wrong[i], strlen(wrong[i]), &name));
}

static const char *const reserved[] = { "/v1/accounts/{id}/users", "projects",
	"/v1/organizations/verify", NULL };

static void a_slug_keeps_ascii_letters_and_digits(void **state)
{
	static const char *const rows[][2] = {
		{ "Acme", "acme" },
		{ "Acme  Inc. 2", "acme-inc-2" },
		{ "--Acme--", "acme" },
		{ "Z\xC3\xBCrich", "z-rich" },
		{ "a_b.c", "a-b-c" },
		{ "Users 2", "users-2" },
		{ "user", "user" },
		{ "verify v1", "verify-v1" },
	};
	char slug[NAME_SLUG_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		name_slug(
		    rows[i][0], "01ARYZ6S41TSV4RRFFQ69G5FAV", reserved, slug);
		assert_string_equal(slug, rows[i][1]);
	}
}

static void a_slug_that_cannot_be_is_the_id(void **state)
{
	static const char *const texts[] = {
		"",
		"---",
		"\xE6\x9D\xB1\xE4\xBA\xAC",
		"\xF0\x9F\x8C\xB1",
		"Users",
		"ACCOUNTS",
		" projects ",
		"verify!",
		"V1",
		"01ARYZ6S41TSV4RRFFQ69G5FAV",
		"01bryz6s41tsv4rrffq69g5fav",
	};
	char slug[NAME_SLUG_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		name_slug(
		    texts[i], "01ARYZ6S41TSV4RRFFQ69G5FAV", reserved, slug);
		assert_string_equal(slug, "01aryz6s41tsv4rrffq69g5fav");
	}
}

static void a_long_slug_is_cut_and_ends_with_no_hyphen(void **state)
{
	char slug[NAME_SLUG_SIZE], text[1100];

	(void)state;
	name_slug(repeat("a", 100), "x", NULL, slug);
	assert_int_equal(strlen(slug), 63);
	for (size_t head = 60; head < 66; head++) {
		(void)snprintf(text, sizeof(text), "%s bb", repeat("a", head));
		name_slug(text, "x", NULL, slug);
		assert_in_range(strlen(slug), 60, 63);
		assert_int_not_equal(slug[strlen(slug) - 1], '-');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_that_look_the_same_are_the_same),
		cmocka_unit_test(
		    canonical_equivalents_are_the_same_whatever_folding_does),
		cmocka_unit_test(
		    ascii_folds_as_it_does_beside_other_characters),
		cmocka_unit_test(white_space_around_a_name_is_trimmed),
		cmocka_unit_test(the_display_form_is_as_it_was_written),
		cmocka_unit_test(pictographs_may_have_a_variation_selector),
		cmocka_unit_test(a_variation_selector_elsewhere_is_refused),
		cmocka_unit_test(a_name_of_nothing_is_refused),
		cmocka_unit_test(a_name_has_at_most_100_characters),
		cmocka_unit_test(white_space_around_a_name_does_not_count),
		cmocka_unit_test(control_characters_are_refused),
		cmocka_unit_test(invisible_characters_are_refused),
		cmocka_unit_test(
		    what_joins_or_chooses_is_taken_where_it_has_a_meaning),
		cmocka_unit_test(what_joins_or_chooses_nothing_is_refused),
		cmocka_unit_test(bidirectional_controls_are_refused),
		cmocka_unit_test(invalid_utf8_is_refused),
		cmocka_unit_test(different_names_stay_different),
		cmocka_unit_test(a_key_that_is_too_long_is_a_digest),
		cmocka_unit_test(an_email_is_checked_and_folded),
		cmocka_unit_test(what_is_no_email_is_refused),
		cmocka_unit_test(a_login_has_no_at_and_few_characters),
		cmocka_unit_test(a_slug_keeps_ascii_letters_and_digits),
		cmocka_unit_test(a_slug_that_cannot_be_is_the_id),
		cmocka_unit_test(a_long_slug_is_cut_and_ends_with_no_hyphen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
