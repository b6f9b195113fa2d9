/*
 * A check: one question, what was found for it, and the answer.  Knows no
 * statement.
 */
#ifndef TENANTRY_RESOURCE_CHECK_H
#define TENANTRY_RESOURCE_CHECK_H

#include "api/call.h"
#include "model/licence.h"

/* The project that is asked about, and the license of the organization. */
struct check_place {
	char project_id[ULID_SIZE]; /* empty: not one of the organization */
	char project_role[ROLE_SIZE];
	char type[LICENCE_TYPE_SIZE];
	struct licence_facts licence;
};

/* The API key that is asked about. */
struct check_asked {
	struct caller holder; /* as if the key called */
	bool is_disabled, is_rotated, is_expired;
};

/* One question, and all that the answer follows from. */
struct check {
	struct call *call;
	const char *need, *project; /* no project: NULL */
	struct check_place place;
	struct check_asked asked;
	bool is_known;
	bool shows_all; /* limits and use, too */
	const char *state, *reason;
};

/* The project is of the organization, and not outside the key's bounds. */
bool check_project_is_there(const struct check *check);

/* ERR_BAD_FIELD and the fault of the call: no role that can be needed. */
enum err check_need(const struct check *check);

/* For the tool: the organization is that of the call, whoever asks. */
enum err check_by_tool(struct check *check, const char *credential);

/* {"allowed": …, "reason": …} and the rest. */
void check_write(struct json_writer *json, const struct check *check);

/* As JSON, or as a token for a client that prefers one. */
enum err check_respond(const struct check *check, struct response *rs);

#endif
