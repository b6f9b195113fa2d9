/*
 * `tenantryctl purge` and the audit trail: rows older than audit_days go.
 */
#include "store/cut.h"

#include <stdio.h>
#include <string.h>

#include "ctl/commands.h"
#include "edge/config_admin.h"
#include "store/head.h"

#define DAY (INT64_C(24) * 60 * 60 * 1000)

static enum err cut_one(
    struct ctl *ctl, struct store *st, const char *id, int64_t *cut)
{
	const struct config *config = &ctl->config;
	int64_t before = st->now - config->audit_days * DAY;
	struct chain_head last;
	uint64_t count = 0;
	enum err err = cut_find(st, id, before, &last);

	last.is_cut = true;
	if (!err && last.seq > 0)
		err = cut_begin(st, &last,
		    head_sign(&ctl->mem, &config->head_signer, &last));
	/* also what a purge that was stopped has left */
	do {
		db_begin_request(st->db);
		if (!err && !(err = cut_slice(st, id, &count)))
			*cut += (int64_t)count;
	} while (!err && count > 0);
	return err;
}

static enum err cut_all(struct ctl *ctl, struct store *st, int64_t *cut)
{
	char id[ULID_SIZE] = "";
	enum err err = ERR_NONE;

	while (!err) {
		db_begin_request(st->db);
		if ((err = chain_after(st, id, id)) || id[0] == '\0')
			break;
		err = cut_one(ctl, st, id, cut);
	}
	return err;
}

int ctl_cut_trails(struct ctl *ctl, int64_t *cut)
{
	struct config *config = &ctl->config;
	struct store store;
	struct db *db;
	enum err err;

	if (config->audit_days == 0)
		return CTL_DONE;
	if (!config_load_admin(config, &ctl->fault))
		return ctl_fail("%s", ctl->fault.detail);
	db = db_open(&config->migration);
	store_init(&store, db, &ctl->mem);
	store.now = ctl->store.now;
	store.request_id = ctl->store.request_id;
	err = cut_all(ctl, &store, cut);
	if (err)
		ctl_say("the audit trail could not be cut: %s", db_error(db));
	store_release(&store);
	db_close(db);
	return err ? CTL_FAILED : CTL_DONE;
}
