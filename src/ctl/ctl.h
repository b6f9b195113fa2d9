/*
 * What the commands of tenantryctl share: the table of commands and options,
 * what was given, the settings and the store, and how a failure is reported.
 */
#ifndef TENANTRY_CTL_CTL_H
#define TENANTRY_CTL_CTL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "edge/config.h"
#include "store/admin.h"
#include "store/handover.h"
#include "store/statement.h"

enum option_id {
	OPTION_CONF,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_EMAIL,
	OPTION_LOGIN,
	OPTION_TO,
	OPTION_NAME,
	OPTION_SYSTEM_ADMIN,
	OPTION_USER,
	OPTION_OWNER,
	OPTION_TYPE,
	OPTION_PROJECTS,
	OPTION_USERS,
	OPTION_ORG,
	OPTION_PROJECT,
	OPTION_ROLE,
	OPTION_MANAGE,
	OPTION_EXPIRES,
	OPTION_FORCE,
	OPTION_DEEP,
	OPTION_KEYS,
	OPTION_NOW,
	OPTION_HEAD,
	OPTION_LIMIT,
	OPTION_TRUSTED,
	OPTION_DRY_RUN,
	OPTION_JSON,
	OPTION_COUNT
};

struct option_row {
	const char *name, *value; /* as the usage shows it, NULL: a flag */
};
extern const struct option_row option_rows[OPTION_COUNT];

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

/* A row of the table: all that is known of a command. */
struct command {
	const char *group, *name; /* its words; the first may be NULL */
	int (*run)(struct ctl *ctl);
	/* options beside --conf and --help; bits of enum option_id */
	unsigned needs, allows;
	unsigned one_of, either; /* exactly one, at most one of them */
	/* with the account that may change the schema: always, or with these */
	bool migrates;
	unsigned migrates_with;
	bool keeps_rights;   /* runs a program that has rights of its own */
	const char *operand; /* as the usage shows it, or NULL */
	const char *help;
};
extern const struct command commands[];
extern const unsigned command_count;

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

/* The project, or if NULL the organization (id or slug); CTL_DONE: there. */
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
