/*
 * The writer of mails, with bytes as names and addresses.  Nobody's text adds a
 * header or a part, every byte is ASCII but for an address (RFC 6532), no line is
 * too long, and the HTML has no markup but its own.
 */
#include "model/mail.h"
#include "fuzz.h"
#include "model/letter.h"

enum { LINE_MOST = 998, HEADERS = 8 };

static size_t count_of(const char *text, const char *what)
{
	size_t count = 0;

	for (; (text = strstr(text, what)) != NULL; text += strlen(what))
		count++;
	return count;
}

static void check_lines(const char *mail, bool is_ascii)
{
	while (*mail != '\0') {
		size_t length = strcspn(mail, "\n");

		MUST(length <= LINE_MOST && mail[length] == '\n');
		MUST(mail[0] != '.');
		for (size_t i = 0; i < length; i++) {
			unsigned char c = (unsigned char)mail[i];

			MUST(c >= 0x20 && c != 0x7F);
			MUST(!is_ascii || c < 0x80);
		}
		mail += length + 1;
	}
}

/* Each field is one that the writer makes, and the head ends where it says. */
static void check_head(const char *mail)
{
	static const char *const names[HEADERS] = { "From: <", "To: <",
		"Subject: ", "Date: ", "Message-ID: <", "MIME-Version: 1.0",
		"Auto-Submitted: auto-generated",
		"Content-Type: multipart/alternative;" };
	size_t seen = 0;

	while (*mail != '\n') {
		if (*mail != ' ') {
			MUST(seen < HEADERS);
			MUST(strncmp(mail, names[seen], strlen(names[seen])) ==
			    0);
			seen++;
		}
		mail += strcspn(mail, "\n") + 1;
	}
	MUST(seen == HEADERS);
	MUST(count_of(mail, "\n--=_ID\n") == 2);
	MUST(count_of(mail, "\n--=_ID--\n") == 1);
}

static bool is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

static void write_as(
    const char *text, const char *to, enum letter_kind kind, bool is_german)
{
	struct arena mem;
	struct letter letter = { .kind = kind,
		.language = is_german ? LETTER_GERMAN : LETTER_ENGLISH,
		.about = text,
		.inviter = text,
		.link = text,
		.life = 86400 };
	struct letter_text written;
	struct mail mail = { .from = "service@example.org",
		.to = to,
		.id = "ID",
		.now = INT64_C(1763630043512) };
	char *whole;

	arena_init(&mem);
	letter_write(&mem, &letter, &written);
	MUST(count_of(written.html, "<p>") == count_of(written.html, "</p>"));
	MUST(count_of(written.html, "<") ==
	    2 * count_of(written.html, "<p>") + 7);
	mail.subject = written.subject;
	mail.text = written.text;
	mail.html = written.html;
	whole = mail_write(&mem, &mail);
	check_lines(whole, is_ascii(to));
	check_head(whole);
	/* a subject is never theirs, but would do no harm */
	mail.subject = text;
	mail.text = mail.html = "";
	whole = mail_write(&mem, &mail);
	check_lines(whole, is_ascii(to));
	check_head(whole);
	arena_release(&mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;
	bool is_address;

	if (size < 2)
		return 0;
	text = fuzz_text(data + 1, size - 1);
	is_address = mail_is_address(text);
	MUST(!is_address || strpbrk(text, " \t\r\n<>,;:\"()\\|!%/`") == NULL);
	MUST(!is_address || (text[0] != '-' && count_of(text, "@") == 1));
	write_as(text, is_address ? text : "a@example.org",
	    data[0] % LETTER_KINDS, data[0] & 0x80);
	free(text);
	return 0;
}
