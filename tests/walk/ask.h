/*
 * One request of the walk.  Every answer is checked here for its headers, its
 * problem document, and that it shows nothing that its caller may not see.
 */
#ifndef TENANTRY_TESTS_WALK_ASK_H
#define TENANTRY_TESTS_WALK_ASK_H

#include "expect.h"

struct walk {
	struct world world;
	struct arena mem; /* of the row in hand */
	unsigned findings, shown;
	/* of the last finding, and how many were like it */
	const struct route *last_row;
	const char *last_format;
	unsigned of_a_kind;
	unsigned number; /* of the last request */
	bool is_apache;
	/* of which rows and statuses a call is recorded */
	struct {
		const struct route *row;
		int status;
	} recorded[4096];
	size_t recorded_count;
};

struct ask {
	const struct route *row;
	const struct visitor *caller; /* NULL: nobody, without a word */
	const struct target *target;
	const char *method, *path;
	char headers[8192];
	const char *body; /* NULL: none */
	size_t body_length;
	char filled[4096]; /* the body, where the target stands in it */
	char id[32];       /* the request id that is sent */
	struct answer answer;
};

/* Begins with the row's method and path, the credential and the context. */
void ask_begin(struct walk *walk, struct ask *ask, const struct route *row,
    const struct visitor *caller, const struct target *target);

/* Another method on that path. */
void ask_by(struct walk *walk, struct ask *ask, const char *method);

/* Adds a header, with printf(3)'s words and without a line end. */
void ask_header(struct ask *ask, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The text with the target's path for ROW_TARGET. */
const char *ask_fill(struct ask *ask, const char *body);

/* A text as the body; NULL: none. */
void ask_body(struct ask *ask, const char *body);

/*
 * Sends it and checks what holds for every answer.  False: no answer came, or
 * not from the program.
 */
bool ask_send(struct walk *walk, struct ask *ask);

/* The same; the answer must be that error, or a success for ERR_NONE. */
bool ask_expect(
    struct walk *walk, struct ask *ask, enum err err, const char *words);

/*
 * Reports API keys in the answer that its caller may not see; how many there
 * are.
 */
unsigned ask_check_keys(struct walk *walk, const struct ask *ask);

/* Reports what a read of that organization must not show, or does not. */
void ask_check_shown(
    struct walk *walk, const struct ask *ask, enum tenant organization);

/* Reports what is wrong with the answer. */
void ask_wrong(struct walk *walk, const struct ask *ask, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/* Reports what is wrong with a row itself. */
void walk_finding(struct walk *walk, const char *pattern, const char *what);

/* Whether the text is in the body. */
bool ask_shows(const struct ask *ask, const char *text);

/* Whether the header's value is that text. */
bool ask_has(const struct ask *ask, const char *name, const char *value);

#endif
