/*
 * The head of an organization's trail in the log, once a day: the log is often
 * kept where nobody who can write to the database can write.
 */
#ifndef TENANTRY_SERVE_HEAD_LOG_H
#define TENANTRY_SERVE_HEAD_LOG_H

#include "edge/config.h"
#include "store/caller.h"

enum { HEAD_LOG_KEPT = 1024 };

/*
 * Which organizations need not be asked for now, by the random letters of their
 * ids.  What a process has not used of it takes no memory.
 */
struct head_log {
	struct {
		uint64_t letters; /* as a number */
		int64_t until;    /* tick */
	} kept[HEAD_LOG_KEPT];
};

/* Behind a write of the caller; whatever fails is tried again later. */
void head_log_write(struct head_log *log, struct store *st,
    const struct config *config, const struct caller *caller);

#endif
