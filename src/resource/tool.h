/*
 * What the routes write, as the command-line tool writes it: by the same rows
 * of the tables, with the same bodies, statements, plans and locks, but for
 * nobody.  Whoever may run the tool may do all of it; the trail names no user.
 */
#ifndef TENANTRY_RESOURCE_TOOL_H
#define TENANTRY_RESOURCE_TOOL_H

#include "resource/module.h"
#include "store/handover.h"
#include "store/organization.h"

struct config;

struct tool_order {
	const char *operation_id; /* of a route that an operation does */
	const char *named;        /* what its path names; NULL: nothing */
	/* ids, of what would be the context; or NULL */
	const char *organization, *project;
	const char *body; /* JSON; NULL: the route takes none */
	bool is_forced;   /* also the last usable admin */
	struct handover *handover;
	/* the row as it is then, of the operation's shape, before `handover` */
	const void *row;
};

/*
 * In a transaction, with the audit row.  ERR_BAD_FIELD, ERR_BAD_BODY: what the
 * route says of such a body; ERR_NO_RESOURCE: there is nothing of that name;
 * else what the route refuses; with the fault.
 */
enum err tool_run(
    struct store *st, struct tool_order *order, struct fault *fault);

/* The id of that row, or of what it is about. */
const char *tool_id(const struct tool_order *order);
/* A text of that row by the member that the API shows it as, or NULL. */
const char *tool_text(const struct tool_order *order, const char *member);

/*
 * Makes an organization in the name of a user, who becomes its admin, with a
 * licence of a type that is issued here.  Names and results are of `in`.
 */
struct tool_creation {
	const char *user_id, *licence_type;
	struct organization_create *in;
};
enum err tool_create_organization(struct store *st, const struct config *config,
    const struct tool_creation *creation, struct fault *fault);

/*
 * Installs a licence key in the organization of that id, as a system
 * administrator does: the one that is replaced is revoked.
 */
enum err tool_install_licence(struct store *st, const struct config *config,
    const char *organization_id, const char *key, struct fault *fault);

#endif
