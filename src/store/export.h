/*
 * All that there is of a person, or of an organization, row by row: no key, no
 * token, no digest and no hash.  Knows no format but that of a line.
 */
#ifndef TENANTRY_STORE_EXPORT_H
#define TENANTRY_STORE_EXPORT_H

#include "model/label.h"
#include "store/statement.h"

enum {
	EXPORT_TEXTS = 6,
	EXPORT_TEXT_SIZE = 1017, /* 254 characters of 4 bytes, and the NUL */
	EXPORT_TIMES = 4,
	EXPORT_NUMBERS = 2
};

/* A row of any section; what it has, its table says. */
struct export_row {
	char text[EXPORT_TEXTS][EXPORT_TEXT_SIZE];
	int64_t time[EXPORT_TIMES], number[EXPORT_NUMBERS];
	bool flag[2];
	char labels[LABELS_SIZE];
};

/* Rows of one kind; each value of the statement is the id asked for. */
struct export_section {
	const char *name; /* of the list in a document */
	const char *kind; /* of a row that stands alone */
	struct statement statement;
};

/* End with a NULL name. */
extern const struct export_section export_person[], export_organization[];

/*
 * Calls `take` for each row of each section in their order, from one struct.
 * Each section has the time of a request: who reads slowly gets all of it.
 * It must run no statement; the first error of it is the result.
 */
struct export_to {
	enum err (*take)(void *context, const struct export_section *section,
	    const struct export_row *row);
	void *context;
};
enum err export_each(struct store *st, const struct export_section *sections,
    const char *id, const struct export_to *to);

/* The first member of a file, and what it says. */
#define EXPORT_FORMAT "tenantry-export-1"

/*
 * An organization as lines of JSON: a head, a line for each row, and at last
 * how many lines stand before it and their SHA-256.  `put` gets each line with
 * its line feed.
 */
struct export_lines {
	enum err (*put)(void *context, const char *line, size_t length);
	void *context;
};
enum err export_write(struct store *st, const char *organization_id,
    const struct export_lines *out);

extern const struct statement *const export_statements[];

#endif
