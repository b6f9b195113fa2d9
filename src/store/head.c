#include "store/head.h"

static const struct statement was_logged = {
	.text = "SELECT 1 AS found FROM organizations WHERE id = ?"
		" AND head_logged_at > UTC_TIMESTAMP(3) - INTERVAL 1 DAY",
	.values = 1,
	.tables = { &statement_found_table },
};

static const struct statement take_turn = {
	.text = "UPDATE organizations SET head_logged_at = UTC_TIMESTAMP(3)"
		" WHERE id = ? AND audit_seq > 0 AND (head_logged_at IS NULL"
		" OR head_logged_at <= UTC_TIMESTAMP(3) - INTERVAL 1 DAY)",
	.values = 1,
};

const struct statement *const head_statements[] = { &was_logged, &take_turn,
	NULL };

const char *head_sign(struct arena *mem, const struct jws_signer *signer,
    const struct chain_head *head)
{
	const char *claims = arena_print(mem,
	    "{\"at\":\"%s\",%s\"hash\":\"%s\",\"org\":\"%s\",\"seq\":%lld}",
	    head->at, head->is_cut ? "\"cut\":true," : "", head->hash, head->id,
	    (long long)head->seq);

	if (head->seq == 0 || !signer->is_there)
		return NULL;
	return jws_sign(mem, &signer->key, JWS_TYPE_HEAD, claims);
}

/* Read before it is written: nobody waits for a lock on most days. */
enum err head_is_due(
    struct store *st, const char *organization_id, bool *is_due)
{
	const struct db_value id = db_text(organization_id);
	uint64_t affected = 0;
	bool found = false;
	enum err err;

	*is_due = false;
	if ((err = store_exists(st, &was_logged, &id, &found)) || found)
		return err;
	err = store_run_alone(st, &take_turn, &id, &affected);
	*is_due = affected == 1;
	return err;
}
