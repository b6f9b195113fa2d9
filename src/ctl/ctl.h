/*
 * What the commands of tenantryctl share: the options as they were given, the
 * settings and the store, and how a failure is told.
 */
#ifndef TENANTRY_CTL_CTL_H
#define TENANTRY_CTL_CTL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "edge/config.h"
#include "store/admin.h"
#include "store/statement.h"

enum option_id {
	OPTION_CONF,
	OPTION_HELP,
	OPTION_EMAIL,
	OPTION_NAME,
	OPTION_SYSTEM_ADMIN,
	OPTION_TYPE,
	OPTION_PROJECTS,
	OPTION_USERS,
	OPTION_EXPIRES,
	OPTION_ORG,
	OPTION_USER,
	OPTION_PROJECT,
	OPTION_ROLE,
	OPTION_PLANS,
	OPTION_DEEP,
	OPTION_COUNT
};

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

/* The commands. */
int setup_init(struct ctl *ctl);
int setup_migrate(struct ctl *ctl);
int setup_check(struct ctl *ctl);
int doctor_run(struct ctl *ctl);
int user_add(struct ctl *ctl);
int user_password(struct ctl *ctl);
int user_disable(struct ctl *ctl);
int licence_issue(struct ctl *ctl);
int licence_show(struct ctl *ctl);
int key_add(struct ctl *ctl);

/* `tenantryctl: ` and the message on standard error. */
void ctl_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says it and returns CTL_FAILED, or CTL_BAD_USAGE. */
int ctl_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
int ctl_refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says why the store failed; CTL_FAILED. */
int ctl_store_failed(const struct ctl *ctl, enum err err);

/* The user whom an option names by e-mail; CTL_DONE where he is there. */
int ctl_user_find(
    struct ctl *ctl, enum option_id option, struct admin_user *user);

/*
 * --expires in milliseconds, 0 where it is not given; says a warning where it
 * has passed.  False, and that is said, where it is no time.
 */
bool ctl_expires(const struct ctl *ctl, int64_t *expires_at);

#endif
