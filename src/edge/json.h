/*
 * JSON both ways: strict parsing into a struct by its field table, and a
 * writer that streams.  The only user of json-c (for parsing; the writer
 * builds no tree, so that a list of any length takes constant memory).
 */
#ifndef TENANTRY_EDGE_JSON_H
#define TENANTRY_EDGE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/field.h"

enum { JSON_DEPTH = 32, JSON_VALUES = 2000 };

/* A text that need not end with a NUL. */
struct json_source {
	const char *text;
	size_t length;
};

/*
 * Decodes an object into `out` by the table (RFC 8259, and stricter where it
 * leaves freedom): a duplicate member, invalid UTF-8, a NUL (raw or \u0000),
 * a lone surrogate, nesting over 32, trailing text, single quotes, NaN,
 * comments are ERR_BAD_BODY; a missing required member, a wrong type, a name
 * that name_make() refuses, an integer outside 0..2^53-1 or written with
 * fraction or exponent, and a member given under both its names with
 * different values are ERR_BAD_FIELD.  Unknown members are ignored; null and
 * "" count as absent, but "" of a required member, and either of a
 * FIELD_STRICT one, is ERR_BAD_FIELD.  FIELD_STRING values are copied to the
 * arena; FIELD_TEXT too long for its array is ERR_BAD_FIELD.  Where a member
 * is absent `out` keeps what it held: zeroes, or a default.  The fault says
 * what and where.
 */
enum err json_decode(struct arena *mem, struct json_source source,
    const struct field_table *table, void *out, struct fault *fault);

/*
 * Gives the text of the object that is the member `name` of a text, to be
 * decoded in turn: claims and headers of a licence have members within members.
 * json_decode() has accepted the text before.  Owned by the arena.  NULL: there
 * is no such member.  `*is_object` false: it is something else than an object,
 * such as null.
 */
const char *json_member(struct arena *mem, struct json_source source,
    const char *name, bool *is_object);

/*
 * Takes what the full buffer holds; non-zero stops the writer for good.  It
 * is called only when more is to come: the last `used` bytes are left to the
 * owner of the buffer.
 */
typedef enum err (*json_flush)(void *context, const char *data, size_t length);

struct json_writer {
	char *buffer;
	size_t size, used;
	json_flush flush;
	void *context;
	enum err failed; /* the first error of flush; later calls do nothing */
	unsigned depth;
	bool need_comma;
};

/*
 * Starts a document in the given buffer.  Where `flush` is NULL a document
 * over `size` bytes fails with ERR_INTERNAL.
 */
void json_start(struct json_writer *w, char *buffer, size_t size,
    json_flush flush, void *context);

/*
 * Commas are the writer's business.  Texts must be valid UTF-8; keys are words
 * of the program, in which nothing is escaped.
 */
void json_open_object(struct json_writer *w);
void json_close_object(struct json_writer *w);
void json_open_list(struct json_writer *w);
void json_close_list(struct json_writer *w);
void json_key(struct json_writer *w, const char *name);
void json_text(struct json_writer *w, const char *value); /* NULL: null */
void json_integer(struct json_writer *w, int64_t value);
void json_boolean(struct json_writer *w, bool value);
void json_time(struct json_writer *w, int64_t ms);
/* The end of a line that is a JSON value: the next value has no comma. */
void json_end_line(struct json_writer *w);
/* Puts bytes as they are: for what is no JSON. */
void json_bytes(struct json_writer *w, const char *bytes, size_t length);
/* Puts a text that is JSON already, as a value. */
void json_raw(struct json_writer *w, const char *text, size_t length);
/* The same for an object's begin up to a colon, and its end from a comma on. */
void json_raw_open(struct json_writer *w, const char *text);
void json_raw_close(struct json_writer *w, const char *text);

/* One member of a struct as a value; null for FIELD_BYTES and no time. */
void json_field(
    struct json_writer *w, const struct field *field, const void *row);

/*
 * The member `name` of the same, a list of objects, by a table of their
 * members: rows of `size` bytes, one behind the other, owned by the arena.
 * None where it is absent.  ERR_BAD_FIELD where it is no such list (null and ""
 * are none) or has more than `most` rows; the fault names the list.
 */
struct json_rows {
	const struct field_table *table;
	size_t size, most;
	char *rows;
	size_t count;
};
enum err json_list(struct arena *mem, struct json_source source,
    const char *name, struct json_rows *list, struct fault *fault);

const char *json_library_version(void);

#endif
