/*
 * An organization comes back from the lines that export_write() has made: the
 * same ids, names and labels, in one transaction.  Knows no file: the lines are
 * handed down.
 */
#ifndef TENANTRY_STORE_IMPORT_H
#define TENANTRY_STORE_IMPORT_H

#include "edge/json.h"
#include "model/licence.h"
#include "store/statement.h"

/* The lines between the head and the last one. */
struct import_lines {
	void (*begin)(void *context); /* again from the first */
	bool (*next)(void *context, struct json_source *line);
	void *context;
};

struct import {
	const struct import_lines *lines;
	const char *user_id;     /* becomes its admin, and invites the others */
	const char *email_key;   /* of the user */
	struct licence *licence; /* it gets this one */
	const char *sha256;      /* of the file: the chain begins with it */
	bool is_trusted; /* who has an account here is a member at once */
	bool is_dry;     /* nothing is kept */
	struct fault *fault;
	/* results */
	char organization_id[ULID_SIZE];
	int64_t projects, members, invitations, left_out;
};

/*
 * ERR_NAME_IN_USE where an id or a name is known here; ERR_BAD_FIELD where a
 * line is not one of an export; with the fault.
 */
enum err import_run(struct store *st, struct import *in);

extern const struct statement *const import_statements[];

#endif
