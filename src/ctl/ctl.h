/*
 * What the commands of tenantryctl share: what was given, the settings and the
 * store, and how a failure is reported.
 */
#ifndef TENANTRY_CTL_CTL_H
#define TENANTRY_CTL_CTL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "ctl/command.h"
#include "edge/config.h"
#include "store/admin.h"
#include "store/handover.h"
#include "store/statement.h"

/* Exit statuses; a command returns one. */
enum { CTL_DONE = 0, CTL_FAILED = 1, CTL_BAD_USAGE = 2 };

struct ctl {
	const char *options[OPTION_COUNT]; /* NULL = not given; flags: "" */
	const char *operand;               /* where the command takes one */
	struct config config;
	struct arena mem;
	struct store store;
	struct fault fault;
};

/* `tenantryctl: ` and the message on standard error. */
void ctl_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says it and returns CTL_FAILED, or CTL_BAD_USAGE. */
int ctl_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
int ctl_refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says why the store failed: the fault, else the database; CTL_FAILED. */
int ctl_store_failed(const struct ctl *ctl, enum err err);

/* The user whom --user, --email or --login names; CTL_DONE if there is one. */
int ctl_user_find(struct ctl *ctl, struct admin_user *user);

/* An option as a login, an address or either.  False, and said: it is none. */
bool ctl_login(
    const struct ctl *ctl, enum option_id option, struct name *login);

/*
 * Finds the project, or if that is NULL the organization, by id or slug.
 * CTL_DONE: found.
 */
struct ctl_names {
	const char *organization, *project;
};
int ctl_place_find(
    struct ctl *ctl, const struct ctl_names *names, struct admin_place *place);

/* --expires in ms, 0: not given; warns of the past.  False, said: no time. */
bool ctl_expires(const struct ctl *ctl, int64_t *expires_at);

/*
 * The end of a function that hands a secret over: ERR_NONE if all that was
 * printed has reached standard output, else ERR_INTERNAL and the fault.
 */
enum err ctl_handed_over(struct ctl *ctl);

#endif
