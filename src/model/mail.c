#include "model/mail.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

enum {
	ADDRESS_MOST = 254, /* bytes: RFC 5321 section 4.5.3.1.3 less the < > */
	LINE_MOST = 76,     /* RFC 2045 section 6.7 (5) */
	WORD_BYTES = 18     /* of a header, in one encoded word of 75 at most */
};

/* --- addresses ------------------------------------------------------------ */

/* An atom more for each dot; none is empty. */
static bool is_dotted(const char *text, size_t length)
{
	bool was_dot = true;

	for (size_t i = 0; i < length; i++) {
		if (text[i] == '.' && was_dot)
			return false;
		was_dot = text[i] == '.';
	}
	return !was_dot;
}

static bool is_local_part(const char *text, size_t length)
{
	static const char more[] = LETTERS DIGITS "._+-=~&#$*^'?{}";

	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < 0x80 &&
		    strchr(more, text[i]) == NULL)
			return false;
	return text[0] != '-' && is_dotted(text, length);
}

bool mail_is_address(const char *text)
{
	size_t length = strcspn(text, "@");
	const char *domain = text + length + 1;

	if (text[length] == '\0' || length == 0 ||
	    strlen(text) > ADDRESS_MOST || !is_local_part(text, length))
		return false;
	length = strspn(domain, LETTERS DIGITS "-.");
	return domain[length] == '\0' && domain[0] != '-' &&
	    is_dotted(domain, length);
}

/* --- encodings ------------------------------------------------------------ */

static void put_byte(struct text *text, char c)
{
	text_put_part(text, &c, 1);
}

static void put_hex(struct text *text, unsigned char byte)
{
	static const char digits[] = "0123456789ABCDEF";
	const char hex[] = { '=', digits[byte >> 4], digits[byte & 15], '\0' };

	text_put(text, hex);
}

static bool is_begin(char c)
{
	return ((unsigned char)c & 0xC0) != 0x80;
}

/*
 * A header of one line as it is, if it is ASCII; else in encoded words (RFC
 * 2047 section 4.2), which are cut where a character begins.
 */
static void put_words(struct text *out, const char *text)
{
	size_t used = 0;

	if (text[strspn(text, LETTERS DIGITS " .,-:")] == '\0' &&
	    strlen(text) < LINE_MOST - sizeof("Subject: ")) {
		text_put(out, text);
		return;
	}
	text_put(out, "=?UTF-8?Q?");
	for (; *text != '\0'; text++) {
		/* four bytes: a character, but for text that is none */
		if (used >= WORD_BYTES + 3 ||
		    (used >= WORD_BYTES && is_begin(*text))) {
			text_put(out, "?=\n =?UTF-8?Q?");
			used = 0;
		}
		used++;
		if (strchr(LETTERS DIGITS, *text) != NULL)
			put_byte(out, *text);
		else
			put_hex(out, (unsigned char)*text);
	}
	text_put(out, "?=");
}

/* Whether a byte may stand for itself (RFC 2045 section 6.7, rules 2 and 3). */
static bool is_plain(const char *at)
{
	if ((*at == ' ' || *at == '\t') && (at[1] == '\n' || at[1] == '\0'))
		return false;
	return *at == ' ' || (*at > ' ' && *at <= '~' && *at != '=');
}

/* How many bytes from there on may, of `most` at most. */
static size_t plain_length(const char *at, size_t most)
{
	size_t length = 0;

	while (length < most && is_plain(at + length))
		length++;
	return length;
}

/* Quoted-printable; a dot or "From " at the begin of a line is encoded too. */
static void put_quoted(struct text *out, const char *text)
{
	size_t used = 0, length;

	while (*text != '\0') {
		if (*text == '\n') {
			put_byte(out, *text++);
			used = 0;
			continue;
		}
		if (used + 3 >= LINE_MOST) {
			text_put(out, "=\n");
			used = 0;
		}
		length = used == 0 && (*text == '.' || *text == 'F')
		    ? 0
		    : plain_length(text, LINE_MOST - 3 - used);
		if (length > 0) {
			text_put_part(out, text, length);
			text += length;
			used += length;
		} else {
			put_hex(out, (unsigned char)*text++);
			used += 3;
		}
	}
	if (used > 0)
		put_byte(out, '\n');
}

/* --- the whole ------------------------------------------------------------ */

/* RFC 5322 section 3.3; the day before 1970-01-02 was a Thursday. */
static void put_date(struct text *out, struct arena *mem, int64_t now)
{
	static const char days[] = "ThuFriSatSunMonTueWed";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	const struct clock_parts at = clock_split(now);
	const int day = (int)(now / 86400000 % 7);

	text_put(out,
	    arena_print(mem, "Date: %.3s, %d %.3s %04d %02d:%02d:%02d +0000\n",
		days + (size_t)(3 * day), at.day,
		months + (size_t)(3 * (at.month - 1)), at.year, at.hour,
		at.minute, at.second));
}

static void put_part(struct text *out, const char *boundary, const char *type,
    const char *content)
{
	text_put(out, "\n--");
	text_put(out, boundary);
	text_put(out, "\nContent-Type: text/");
	text_put(out, type);
	text_put(out,
	    "; charset=utf-8\nContent-Transfer-Encoding:"
	    " quoted-printable\n\n");
	put_quoted(out, content);
}

static void put_headers(struct text *out, struct arena *mem,
    const struct mail *mail, const char *boundary)
{
	text_put(out,
	    arena_print(mem, "From: <%s>\nTo: <%s>\n", mail->from, mail->to));
	text_put(out, "Subject: ");
	put_words(out, mail->subject);
	text_put(out, "\n");
	put_date(out, mem, mail->now);
	text_put(out,
	    arena_print(mem,
		"Message-ID: <%s%s>\nMIME-Version: 1.0\n"
		"Auto-Submitted: auto-generated\n"
		"Content-Type: multipart/alternative;\n boundary=\"%s\"\n",
		mail->id, strchr(mail->from, '@'), boundary));
}

char *mail_write(struct arena *mem, const struct mail *mail)
{
	/* each byte is at most `=XX`, and lines are broken */
	size_t size = 2048 + strlen(mail->from) + strlen(mail->to) +
	    5 *
		(strlen(mail->subject) + strlen(mail->text) +
		    strlen(mail->html));
	/* `=_` is in no quoted-printable text */
	const char *boundary = arena_print(mem, "=_%s", mail->id);
	char *whole = arena_alloc(mem, size);
	struct text out = text_in(whole, size);

	put_headers(&out, mem, mail, boundary);
	put_part(&out, boundary, "plain", mail->text);
	put_part(&out, boundary, "html", mail->html);
	text_put(&out, "\n--");
	text_put(&out, boundary);
	text_put(&out, "--\n");
	return whole;
}
