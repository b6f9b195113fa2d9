#include "model/letter.h"

#include <string.h>

#include "base/text.h"

enum { HOUR = 3600, PARAGRAPHS = 5 };

/*
 * A paragraph each.  {about}, {inviter}, {link} and {hours} are filled in; the
 * paragraph {link} is the link alone.
 */
struct words {
	const char *subject;
	const char *paragraphs[PARAGRAPHS];
};

#define NOT_YOU_EN \
	"If you did not expect this mail, ignore it: nothing changes."
#define NOT_YOU_DE \
	"Wenn Sie diese Mail nicht erwartet haben, beachten Sie sie nicht:" \
	" dann \xc3\xa4ndert sich nichts."
#define LASTS_EN "The link works once, for {hours}."
#define LASTS_DE "Der Link gilt einmal, und zwar {hours} lang."

static const struct words all[LETTER_LANGUAGES][LETTER_KINDS] = {
	[LETTER_ENGLISH] = {
		[LETTER_INVITATION] = { "Invitation",
		    { "\xe2\x80\x9c{inviter}\xe2\x80\x9d invites you to the"
		      " organization \xe2\x80\x9c{about}\xe2\x80\x9d. To"
		      " accept, open:",
			"{link}", LASTS_EN, NOT_YOU_EN } },
		[LETTER_RESET] = { "Choose a new password",
		    { "Somebody has asked for a new password of your account."
		      " To choose one, open:",
			"{link}", LASTS_EN " Your sessions end then.",
			"If it was not you, ignore this mail: the password"
			" stays as it is." } },
		[LETTER_RESET_UNPROVED] = { "Choose a new password",
		    { "Somebody has asked for a new password of your account."
		      " To choose one, open:",
			"{link}",
			LASTS_EN " It also proves that this address is yours:"
				 " sessions, personal API keys and a change"
				 " of address that was begun end then.",
			"If it was not you, ignore this mail: the password"
			" stays as it is." } },
		[LETTER_OLD_ADDRESS] = { "Change of your address",
		    { "Your account is to get the address"
		      " \xe2\x80\x9c{about}\xe2\x80\x9d. To agree, open:",
			"{link}", LASTS_EN,
			"If it was not you, do not open the link, and change"
			" your password." } },
		[LETTER_NEW_ADDRESS] = { "Confirm your address",
		    { "This is to be the address of an account. To confirm it,"
		      " open:",
			"{link}", LASTS_EN, NOT_YOU_EN } },
	},
	[LETTER_GERMAN] = {
		[LETTER_INVITATION] = { "Einladung",
		    { "\xe2\x80\x9e{inviter}\xe2\x80\x9c l\xc3\xa4""dt Sie"
		      " in die Organisation \xe2\x80\x9e{about}\xe2\x80\x9c"
		      " ein. Zum Annehmen \xc3\xb6""ffnen Sie:",
			"{link}", LASTS_DE, NOT_YOU_DE } },
		[LETTER_RESET] = { "Neues Passwort w\xc3\xa4hlen",
		    { "Jemand hat f\xc3\xbcr Ihr Konto ein neues Passwort"
		      " verlangt. Um eines zu w\xc3\xa4hlen, \xc3\xb6""ffnen"
		      " Sie:",
			"{link}", LASTS_DE " Ihre Sitzungen enden dann.",
			"Wenn Sie das nicht waren, beachten Sie diese Mail"
			" nicht: das Passwort bleibt, wie es ist." } },
		[LETTER_RESET_UNPROVED] = { "Neues Passwort w\xc3\xa4hlen",
		    { "Jemand hat f\xc3\xbcr Ihr Konto ein neues Passwort"
		      " verlangt. Um eines zu w\xc3\xa4hlen, \xc3\xb6""ffnen"
		      " Sie:",
			"{link}",
			LASTS_DE " Er beweist auch, dass diese Adresse Ihnen"
				 " geh\xc3\xb6rt: Sitzungen, pers\xc3\xb6nliche"
				 " API-Schl\xc3\xbcssel und eine begonnene"
				 " \xc3\x84nderung der Adresse enden dann.",
			"Wenn Sie das nicht waren, beachten Sie diese Mail"
			" nicht: das Passwort bleibt, wie es ist." } },
		[LETTER_OLD_ADDRESS] = { "\xc3\x84nderung Ihrer Adresse",
		    { "Ihr Konto soll die Adresse \xe2\x80\x9e{about}"
		      "\xe2\x80\x9c bekommen. Um zuzustimmen, \xc3\xb6""ffnen"
		      " Sie:",
			"{link}", LASTS_DE,
			"Wenn Sie das nicht waren, \xc3\xb6""ffnen Sie den"
			" Link nicht und \xc3\xa4ndern Sie Ihr Passwort." } },
		[LETTER_NEW_ADDRESS] = { "Adresse best\xc3\xa4tigen",
		    { "Das soll die Adresse eines Kontos werden. Zum"
		      " Best\xc3\xa4tigen \xc3\xb6""ffnen Sie:",
			"{link}", LASTS_DE, NOT_YOU_DE } },
	},
};

bool letter_language(const char *code, enum letter_language *out)
{
	*out = strcmp(code, "de") == 0 ? LETTER_GERMAN : LETTER_ENGLISH;
	return *out == LETTER_GERMAN || strcmp(code, "en") == 0;
}

bool letter_kind(const char *word, bool is_unproved, enum letter_kind *out)
{
	static const struct {
		const char *word;
		enum letter_kind kind;
	} kinds[] = {
		{ "invitation", LETTER_INVITATION },
		{ "reset", LETTER_RESET },
		{ "old", LETTER_OLD_ADDRESS },
		{ "new", LETTER_NEW_ADDRESS },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(word, kinds[i].word) == 0) {
			*out = kinds[i].kind == LETTER_RESET && is_unproved
			    ? LETTER_RESET_UNPROVED
			    : kinds[i].kind;
			return true;
		}
	return false;
}

/* --- filling in ----------------------------------------------------------- */

static void put_escaped(struct text *out, const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&':
			text_put(out, "&amp;");
			break;
		case '<':
			text_put(out, "&lt;");
			break;
		case '>':
			text_put(out, "&gt;");
			break;
		case '"':
			text_put(out, "&quot;");
			break;
		case '\'':
			text_put(out, "&#39;");
			break;
		default:
			text_put_part(out, text, 1);
		}
	}
}

static const char *print_hours(struct arena *mem, const struct letter *letter)
{
	bool is_german = letter->language == LETTER_GERMAN;
	long long hours = (long long)(letter->life / HOUR);

	return arena_print(mem, "%lld %s", hours,
	    hours == 1 ? (is_german ? "Stunde" : "hour")
		       : (is_german ? "Stunden" : "hours"));
}

/* The key of a service need not have a description. */
static const char *inviter_of(const struct letter *letter)
{
	if (letter->inviter[0] != '\0')
		return letter->inviter;
	return letter->language == LETTER_GERMAN ? "Jemand" : "Somebody";
}

/* What stands for a place, and how long its name is; NULL: it is none. */
static const char *fill(struct arena *mem, const struct letter *letter,
    const char *at, size_t *length)
{
	static const char *const names[] = { "{about}", "{inviter}", "{link}",
		"{hours}" };
	const char *const values[] = { letter->about, inviter_of(letter),
		letter->link, print_hours(mem, letter) };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		*length = strlen(names[i]);
		if (strncmp(at, names[i], *length) == 0)
			return values[i];
	}
	return NULL;
}

static void put_filled(struct arena *mem, struct text *out,
    const struct letter *letter, const char *words, bool is_html)
{
	while (*words != '\0') {
		size_t length = 1;
		const char *value = *words == '{'
		    ? fill(mem, letter, words, &length)
		    : NULL;

		if (value == NULL)
			text_put_part(out, words, length = 1);
		else if (is_html)
			put_escaped(out, value);
		else
			text_put(out, value);
		words += length;
	}
}

static void put_html(struct arena *mem, struct text *out,
    const struct letter *letter, const char *words)
{
	if (strcmp(words, "{link}") != 0) {
		text_put(out, "<p>");
		put_filled(mem, out, letter, words, true);
		text_put(out, "</p>\n");
		return;
	}
	text_put(out, "<p><a href=\"");
	put_escaped(out, letter->link);
	text_put(out, "\">");
	put_escaped(out, letter->link);
	text_put(out, "</a></p>\n");
}

void letter_write(
    struct arena *mem, const struct letter *letter, struct letter_text *out)
{
	const struct words *words = &all[letter->language][letter->kind];
	/* an escaped byte is six at most; the link is there twice */
	size_t size = 4096 +
	    6 *
		(strlen(letter->about) + strlen(letter->inviter) +
		    2 * strlen(letter->link));
	char *plain = arena_alloc(mem, size), *html = arena_alloc(mem, size);
	struct text to_plain = text_in(plain, size);
	struct text to_html = text_in(html, size);

	text_put(&to_html, "<!DOCTYPE html>\n<html lang=\"");
	text_put(&to_html, letter->language == LETTER_GERMAN ? "de" : "en");
	text_put(&to_html, "\"><body>\n");
	for (size_t i = 0; i < PARAGRAPHS && words->paragraphs[i]; i++) {
		text_put(&to_plain, i == 0 ? "" : "\n");
		put_filled(mem, &to_plain, letter, words->paragraphs[i], false);
		text_put(&to_plain, "\n");
		put_html(mem, &to_html, letter, words->paragraphs[i]);
	}
	text_put(&to_html, "</body></html>\n");
	*out = (struct letter_text){ words->subject, plain, html };
}
