#include "serve/setup_code.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "edge/config_file.h"

static const char base_name[] = "setup-code";

enum {
	MODE_PRIVATE = 0600,
	MODE_PUBLIC = 0644,
	TEXT_SIZE = 1024,
	EARLY = 1000
};

static void print_hex(const unsigned char *bytes, size_t length, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < length; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

static void make_new(struct setup_code *code)
{
	unsigned char bytes[SETUP_CODE_BYTES];

	crypto_random(bytes, sizeof(bytes));
	print_hex(bytes, sizeof(bytes), code->code);
	code->wrong = 0;
}

/* --- its text ------------------------------------------------------------- */

static const char first_line[] = "code = ";

/* The code in groups of four characters, as a person types it. */
static void put_code(struct text *text, const char *code)
{
	for (size_t i = 0; code[i] != '\0'; i += 4) {
		if (i > 0)
			text_put(text, "-");
		text_put_part(text, code + i, 4);
	}
}

static void print(const struct setup_code *code, char out[TEXT_SIZE])
{
	struct text text = text_in(out, TEXT_SIZE);

	text_put(&text, first_line);
	put_code(&text, code->code);
	text_put(&text,
	    "\n# Type it at the page /setup.  This file goes when the set-up"
	    " is done.\nwrong = ");
	text_put_number(&text, code->wrong);
	text_put(&text, "\nlast = ");
	text_put_number(&text, code->last);
	text_put(&text, code->is_closed ? "\nclosed = 1" : "\nclosed = 0");
	text_put(&text,
	    code->has_administrator ? "\nadministrator = 1"
				    : "\nadministrator = 0");
	text_put(&text, "\nsession = ");
	text_put(&text, code->session);
	text_put(&text, "\n");
}

/* The hex digits of a text, at most as many as `out` holds. */
static void read_hex(const char *at, const char *end, char *out, size_t size)
{
	static const char upper[] = "ABCDEF", lower[] = "abcdef";
	size_t used = 0;

	for (; at < end && *at != '\0' && used + 1 < size; at++) {
		const char *big = strchr(upper, *at);
		char c = big != NULL ? lower[big - upper] : *at;

		if (strchr("0123456789abcdef", c) != NULL)
			out[used++] = c;
	}
	memset(out + used, 0, size - used);
}

/* What stands behind `name = `; "" where there is no such line. */
static const char *line_of(const char *text, const char *name)
{
	size_t length = strlen(name);

	while (*text != '\0') {
		if (strncmp(text, name, length) == 0 &&
		    strncmp(text + length, " = ", 3) == 0)
			return text + length + 3;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return "";
}

static void parse(struct setup_code *code, const char *text)
{
	const char *at = line_of(text, "code");

	read_hex(at, at + strcspn(at, "\n"), code->code, sizeof(code->code));
	at = line_of(text, "session");
	read_hex(
	    at, at + strcspn(at, "\n"), code->session, sizeof(code->session));
	code->wrong = (int)strtol(line_of(text, "wrong"), NULL, 10);
	code->last = strtoll(line_of(text, "last"), NULL, 10);
	code->is_closed = *line_of(text, "closed") == '1';
	code->has_administrator = *line_of(text, "administrator") == '1';
}

/* --- the file ------------------------------------------------------------- */

/* A disk of the network may have no locks: then two tabs are not kept apart. */
static bool lock(int file)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	while (fcntl(file, F_SETLKW, &lock) != 0)
		if (errno != EINTR)
			return errno == ENOLCK;
	return true;
}

static bool is_code_name(const char *name)
{
	size_t length = sizeof(base_name) - 1;

	return strncmp(name, base_name, length) == 0 &&
	    strchr("-", name[length]) != NULL;
}

/*
 * The first by name of those that are there.  Two first visitors at one time
 * may have made one each: the other is removed, so that its owner finds one.
 */
static const char *find_name(struct arena *mem, const char *folder)
{
	DIR *directory = opendir(folder);
	const struct dirent *entry;
	const char *found = NULL;

	if (directory == NULL)
		return NULL;
	/* cppcheck-suppress readdirCalled ; there is one thread */
	while ((entry = readdir(directory)) != NULL) {
		const char *other = entry->d_name;

		if (!is_code_name(other))
			continue;
		if (found == NULL || strcmp(other, found) < 0) {
			const char *before = found;

			found = arena_text(mem, other);
			other = before;
		}
		if (other != NULL)
			(void)unlink(arena_print(mem, "%s/%s", folder, other));
	}
	(void)closedir(directory);
	return found;
}

/* Who knows no name of a file asks for the folder. */
static void hide_names(struct request *rq, const struct setup_place *place)
{
	(void)config_file_write(
	    setup_place_file(rq, place, "index.html"), "", O_EXCL, MODE_PUBLIC);
}

static const char *make_name(
    struct request *rq, const struct setup_place *place)
{
	unsigned char bytes[SETUP_CODE_BYTES];
	char hex[SETUP_CODE_SIZE];

	if (place->address == NULL)
		return base_name;
	hide_names(rq, place);
	crypto_random(bytes, sizeof(bytes));
	print_hex(bytes, sizeof(bytes), hex);
	return arena_print(rq->mem, "%s-%s", base_name, hex);
}

static bool make_file(struct request *rq, const struct setup_place *place)
{
	const char *path = setup_place_file(rq, place, make_name(rq, place));
	struct setup_code fresh = { .file = -1 };
	char text[TEXT_SIZE];

	make_new(&fresh);
	print(&fresh, text);
	/* another first visitor may have been quicker */
	return config_file_write(path, text, O_EXCL, MODE_PRIVATE) ||
	    errno == EEXIST;
}

static bool read_file(struct setup_code *code)
{
	char text[TEXT_SIZE];
	ssize_t length = pread(code->file, text, sizeof(text) - 1, 0);

	if (length < 0)
		return false;
	text[length] = '\0';
	parse(code, text);
	return true;
}

/* Behind the lock it may be gone: the set-up was finished meanwhile. */
static bool is_current(const struct setup_code *code)
{
	struct stat status;

	errno = ENOENT;
	return fstat(code->file, &status) == 0 && status.st_nlink > 0;
}

bool setup_code_open(
    struct request *rq, const struct setup_place *place, struct setup_code *out)
{
	const char *name = find_name(rq->mem, place->folder);
	int saved;

	memset(out, 0, sizeof(*out));
	out->file = -1;
	if (name == NULL && !make_file(rq, place))
		return false;
	if (name == NULL)
		name = find_name(rq->mem, place->folder);
	if (name == NULL)
		return false;
	out->path = setup_place_file(rq, place, name);
	out->file = open(out->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (out->file < 0)
		return false;
	if (lock(out->file) && is_current(out) && read_file(out)) {
		/* one that was cut, or that somebody has emptied */
		if (strlen(out->code) == SETUP_CODE_SIZE - 1)
			return true;
		make_new(out);
		if (setup_code_save(rq->mem, out))
			return true;
	}
	saved = errno;
	setup_code_close(out);
	errno = saved;
	return false;
}

bool setup_code_save(struct arena *mem, struct setup_code *code)
{
	char *text = arena_alloc(mem, TEXT_SIZE);
	size_t length;

	print(code, text);
	length = strlen(text);
	return pwrite(code->file, text, length, 0) == (ssize_t)length &&
	    ftruncate(code->file, (off_t)length) == 0 && fsync(code->file) == 0;
}

void setup_code_close(struct setup_code *code)
{
	if (code->file >= 0)
		(void)close(code->file);
	code->file = -1;
}

/* --- what was typed ------------------------------------------------------- */

enum setup_code_check setup_code_try(
    struct setup_code *code, const char *typed, int64_t now)
{
	char read[SETUP_CODE_SIZE + 1]; /* one more than fits is seen */

	read_hex(typed, typed + strlen(typed), read, sizeof(read));
	if (strlen(read) == SETUP_CODE_SIZE - 1 &&
	    crypto_equal(read, code->code, SETUP_CODE_SIZE - 1)) {
		code->wrong = 0;
		return SETUP_CODE_RIGHT;
	}
	if (code->wrong > 0 && now >= code->last && now - code->last < EARLY)
		return SETUP_CODE_EARLY;
	code->last = now;
	if (++code->wrong >= SETUP_CODE_WRONG_MAX)
		make_new(code);
	return SETUP_CODE_WRONG;
}
