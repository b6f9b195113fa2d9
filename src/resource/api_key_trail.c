/*
 * What the audit trail says of other things that change with an API key.
 */
#include "resource/api_key.h"
#include "store/columns.h"
#include "store/invitation.h"

/* All that it has made, but for the key itself. */
const struct statement api_key_keys_going = {
	.bounded = "the keys that one key has made",
	.text = AUDIT_KEYS("f.made_by = ?"),
	.tables = { &statement_word_table },
	IN(OLD(TEXT, struct api_key_row, id)),
};

const struct statement api_key_invitations_going = {
	.text = INVITATIONS_REVOKED_OF_KEY,
	.tables = { &statement_word_table },
	IN(CALLER(organization_id), OLD(TEXT, struct api_key_row, id)),
};

/* The ends of what it has made, which are its own at the latest. */
#define END_OF_KEY \
	"COALESCE(CONCAT('\"', " MILLISECONDS("k.expires_at") ", '\"'), 'null')"
const struct statement api_key_made = {
	.bounded = "the keys that one key has made",
	.text = "WITH RECURSIVE made (id) AS (SELECT f.id FROM api_keys f"
		" WHERE f.made_by IN (?, ?) UNION SELECT g.id FROM made"
		" JOIN api_keys g ON g.made_by = made.id) SELECT CONCAT("
		"'{\"expiresAt\":', " END_OF_KEY
		", ',\"id\":\"', k.id, '\"}') AS value"
		" FROM made JOIN api_keys k ON k.id = made.id ORDER BY k.id",
	.tables = { &statement_word_table },
	IN(OLD(TEXT, struct api_key_row, id),
	    ROW(TEXT, struct api_key_row, id)),
};

static const struct statement *const statements[] = { &api_key_keys_going,
	&api_key_invitations_going, &api_key_made, NULL };

extern const struct module api_key_trail_module;
const struct module api_key_trail_module = { .statements = statements };
