#include "serve/head_log.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "store/head.h"

enum { LETTERS_FROM = 16, LETTERS = 10 }; /* the random ones of an id */

#define PAUSE INT64_C(3600000000) /* us between two looks of a process */

static size_t place_of(const char *id)
{
	size_t place = 0;

	for (size_t i = LETTERS_FROM; i < LETTERS_FROM + LETTERS; i++)
		place = place * 31 + (unsigned char)id[i];
	return place % HEAD_LOG_KEPT;
}

/* Whether this process has asked for it within the hour. */
static bool was_asked(struct head_log *log, const char *id)
{
	size_t place = place_of(id);
	int64_t now = clock_tick();

	if (strcmp(log->kept[place].id, id) == 0 &&
	    now < log->kept[place].until)
		return true;
	memcpy(log->kept[place].id, id, ULID_SIZE);
	log->kept[place].until = now + PAUSE;
	return false;
}

/* The signed head if it is due; NULL: it is not. */
static enum err find_due(struct store *st, const struct config *config,
    const char *id, const char **token)
{
	struct chain_head head;
	bool is_due, found = false;
	enum err err;

	*token = NULL;
	if ((err = head_is_due(st, id, &is_due)) || !is_due)
		return err;
	if ((err = chain_find(st, id, &head, &found)) || !found)
		return err;
	*token = head_sign(st->mem, &config->head_signer, &head);
	return *token != NULL ? ERR_NONE : ERR_INTERNAL;
}

void head_log_write(struct head_log *log, struct store *st,
    const struct config *config, const struct caller *caller)
{
	const char *id = caller->organization_id, *token;
	enum err err;

	if (id[0] == '\0' || !config->head_signer.is_there ||
	    was_asked(log, id))
		return;
	db_begin_request(st->db);
	err = find_due(st, config, id, &token);
	db_end_request(st->db);
	if (token != NULL)
		log_fields(LEVEL_INFO,
		    arena_print(st->mem, "org=%s head=%s", id, token));
	if (err || token != NULL)
		metric_head(!err);
}
