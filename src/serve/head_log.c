#include "serve/head_log.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "store/head.h"

enum { LETTERS_FROM = 16, LETTERS = 10 }; /* the random ones of an id */

#define PAUSE INT64_C(3600000000) /* us between two looks of a process */

/* Another number for other letters: 43 ** 10 is less than 2 ** 55. */
static uint64_t letters_of(const char *id)
{
	uint64_t number = 0;

	for (size_t i = LETTERS_FROM; i < LETTERS_FROM + LETTERS; i++)
		number = number * ('Z' - '0' + 1) + (uint64_t)(id[i] - '0');
	return number;
}

/* Whether this process has asked for it within the hour. */
static bool was_asked(struct head_log *log, const char *id)
{
	uint64_t letters = letters_of(id);
	size_t place = letters % HEAD_LOG_KEPT;
	int64_t now = clock_tick();

	if (log->kept[place].letters == letters && now < log->kept[place].until)
		return true;
	log->kept[place].letters = letters;
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
