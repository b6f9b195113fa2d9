#include "unit.h"

#include <string.h>

#include "model/letter.h"
#include "model/mail.h"

static void only_plain_addresses_get_mail(void **state)
{
	static const char *const good[] = { "ada@example.org", "a@b",
		"o'neil+news@xn--bcher-kva.example", "a.b.c@example.org",
		"\xc3\xbc@example.org" };
	static const char *const bad[] = { "", "@", "a", "a@", "@b", "a@b@c",
		"a b@c", "a,b@c", "\"a b\"@c", "a(b)@c", "<a@b>", "-a@b",
		"a%b@c", "a!b@c", "|a@b", "a/b@c", "`a`@b", "a;b@c", "a:b@c",
		".a@b", "a.@b", "a..b@c", "a@b.", "a@.b", "a@b..c", "a@-b",
		"a@b_c", "a@[1]", "a@\xc3\xbc", "a\n@b", "a@b\n" };
	char longest[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx@example.org";

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_true(mail_is_address(good[i]));
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(mail_is_address(bad[i]));
	assert_int_equal(strlen(longest), 254);
	assert_true(mail_is_address(longest));
	assert_false(mail_is_address(
	    "x" /* one more */
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "@example.org"));
}

static void a_mail_is_written_as_the_standards_have_it(void **state)
{
	static const char expected[] =
	    "From: <service@example.org>\n"
	    "To: <ada@example.org>\n"
	    "Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\n"
	    "Date: Thu, 20 Nov 2025 09:14:03 +0000\n"
	    "Message-ID: <ID@example.org>\n"
	    "MIME-Version: 1.0\n"
	    "Auto-Submitted: auto-generated\n"
	    "Content-Type: multipart/alternative;\n"
	    " boundary=\"=_ID\"\n"
	    "\n"
	    "--=_ID\n"
	    "Content-Type: text/plain; charset=utf-8\n"
	    "Content-Transfer-Encoding: quoted-printable\n"
	    "\n"
	    "a =3D b, =C3=BC\n"
	    "=2Edot=20\n"
	    "=46rom here\n"
	    "\n"
	    "--=_ID\n"
	    "Content-Type: text/html; charset=utf-8\n"
	    "Content-Transfer-Encoding: quoted-printable\n"
	    "\n"
	    "<p>0123456789012345678901234567890123456789012345678901234567890"
	    "123456789=\n"
	    "</p>\n"
	    "\n"
	    "--=_ID--\n";
	const struct mail mail = { .from = "service@example.org",
		.to = "ada@example.org",
		.subject = "Gr\xc3\xbc\xc3\x9f"
			   "e",
		.text = "a = b, \xc3\xbc\n.dot \nFrom here\n",
		.html = "<p>012345678901234567890123456789012345678901234567890"
			"1234567890123456789</p>\n",
		.id = "ID",
		.now = INT64_C(1763630043512) };
	struct arena mem;

	(void)state;
	arena_init(&mem);
	assert_string_equal(mail_write(&mem, &mail), expected);
	arena_release(&mem);
}

static void strangers_text_is_no_markup(void **state)
{
	const struct letter letter = { .kind = LETTER_INVITATION,
		.language = LETTER_ENGLISH,
		.about = "<b>&\"{link}'",
		.inviter = "Ada",
		.link = "https://example.org/#/accept/T",
		.life = 86400 };
	struct letter_text text;
	struct arena mem;

	(void)state;
	arena_init(&mem);
	letter_write(&mem, &letter, &text);
	assert_string_equal(text.subject, "Invitation");
	/* what is filled in is not looked at again */
	assert_non_null(strstr(text.text,
	    "\xe2\x80\x9c<b>&\"{link}'\xe2\x80\x9d. To accept, open:\n\n"
	    "https://example.org/#/accept/T\n\n"
	    "The link works once, for 24 hours.\n"));
	assert_non_null(strstr(text.html,
	    "\xe2\x80\x9c&lt;b&gt;&amp;&quot;{link}&#39;\xe2\x80\x9d"));
	arena_release(&mem);
}

/* A place that a language does not fill would be sent as it is. */
static void every_letter_is_whole_in_every_language(void **state)
{
	struct letter letter = { .about = "A", .inviter = "I", .life = 3600 };
	struct letter_text text;
	struct arena mem;

	(void)state;
	arena_init(&mem);
	letter.link = "https://example.org/#/x/T";
	for (int l = 0; l < LETTER_LANGUAGES; l++)
		for (int k = 0; k < LETTER_KINDS; k++) {
			letter.language = (enum letter_language)l;
			letter.kind = (enum letter_kind)k;
			letter_write(&mem, &letter, &text);
			assert_true(strlen(text.subject) > 5);
			assert_null(strpbrk(text.text, "{}"));
			assert_non_null(strstr(text.text, letter.link));
			assert_non_null(strstr(text.text,
			    l == LETTER_GERMAN ? "1 Stunde " : "1 hour."));
		}
	arena_release(&mem);
}

static void kinds_and_languages_have_their_words(void **state)
{
	enum letter_language language;
	enum letter_kind kind;

	(void)state;
	assert_true(letter_language("de", &language));
	assert_int_equal(language, LETTER_GERMAN);
	assert_true(letter_language("en", &language));
	assert_int_equal(language, LETTER_ENGLISH);
	assert_false(letter_language("fr", &language));
	assert_true(letter_kind("reset", false, &kind));
	assert_int_equal(kind, LETTER_RESET);
	assert_true(letter_kind("reset", true, &kind));
	assert_int_equal(kind, LETTER_RESET_UNPROVED);
	assert_true(letter_kind("new", true, &kind));
	assert_int_equal(kind, LETTER_NEW_ADDRESS);
	assert_false(letter_kind("other", true, &kind));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_plain_addresses_get_mail),
		cmocka_unit_test(a_mail_is_written_as_the_standards_have_it),
		cmocka_unit_test(strangers_text_is_no_markup),
		cmocka_unit_test(every_letter_is_whole_in_every_language),
		cmocka_unit_test(kinds_and_languages_have_their_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
