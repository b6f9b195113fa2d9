/*
 * Commands that do what a route does: each is a row that says which, what the
 * options are in its body, and what is printed.
 */
#ifndef TENANTRY_CTL_ACT_H
#define TENANTRY_CTL_ACT_H

#include "ctl/ctl.h"
#include "store/listing.h"

enum { ACT_MEMBERS_MAX = 2 };

/* A member of the body. */
enum act_type { ACT_TEXT, ACT_SECONDS, ACT_OBJECT };
struct act_member {
	enum option_id option;
	const char *name; /* NULL: there is none */
	enum act_type type;
};

struct act {
	const char *operation_id;
	/* what the operand names: ids are looked up, a key is taken as it is */
	enum {
		OPERAND_NONE,
		OPERAND_ORGANIZATION,
		OPERAND_PROJECT,
		OPERAND_KEY,
		OPERAND_SECRET
	} operand;
	/* OPTION_ORG, OPTION_PROJECT: of the context; OPTION_COUNT: none */
	enum option_id place;
	struct act_member members[ACT_MEMBERS_MAX];
	/* the member of the answer that is a secret; NULL: there is none */
	const char *secret;
	/* with --json the row of this listing; LISTING_COUNT: its id alone */
	enum listing_id shows;
};

int act_run(struct ctl *ctl, const struct act *act);

#endif
