/*
 * The tables of tenantryctl: which commands there are, and which options.
 */
#ifndef TENANTRY_CTL_COMMAND_H
#define TENANTRY_CTL_COMMAND_H

#include <stdbool.h>

struct ctl;

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
	OPTION_EXPIRES_IN,
	OPTION_OVERLAP,
	OPTION_FIRST,
	OPTION_LABELS,
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
	bool any_schema;     /* asks for itself whether the schema fits */
	const char *operand; /* as the usage shows it, or NULL */
	const char *help;
};
extern const struct command commands[];
extern const unsigned command_count;

#endif
