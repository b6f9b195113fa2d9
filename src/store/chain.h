/*
 * The chains of the audit trail, read and verified.  Knows no request and no
 * signature: a head that was kept elsewhere is handed down.
 */
#ifndef TENANTRY_STORE_CHAIN_H
#define TENANTRY_STORE_CHAIN_H

#include "store/statement.h"

enum {
	CHAIN_AT_SIZE = 28,  /* 2026-01-02T03:04:05.678901Z and the NUL */
	CHAIN_HASH_SIZE = 65 /* hex, and the NUL */
};

/* A row as it is hashed; what it has not is empty. */
struct chain_row {
	char chain_id[ULID_SIZE];
	int64_t seq;
	char at[CHAIN_AT_SIZE], hash[CHAIN_HASH_SIZE];
	char id[ULID_SIZE], organization_id[ULID_SIZE], user_id[ULID_SIZE];
	char key_id[ULID_SIZE], session_id[ULID_SIZE];
	char action[41], kind[21];
	char resource_id[ULID_SIZE], project_id[ULID_SIZE];
	char request_id[65];
	char detail[2001];
	char change[262144];
};
/* The members of a row as they are exported, sorted by name as bytes. */
extern const struct field_table chain_row_table;

/* The newest row, as the organization's row names it, or a signed head. */
struct chain_head {
	char id[ULID_SIZE]; /* of the chain */
	int64_t seq;        /* 0: the chain has not begun */
	char at[CHAIN_AT_SIZE], hash[CHAIN_HASH_SIZE];
	bool is_old; /* it may have been there before its chain */
	bool is_cut; /* signed as the newest of the rows that were cut */
};
extern const struct field_table chain_head_table;
enum err chain_find(
    struct store *st, const char *id, struct chain_head *head, bool *found);

/* The newest of the rows that were cut, if some were; else `seq` is 0. */
struct chain_beginning {
	struct chain_head last;
	char token[2001]; /* the same as a signed head; empty: without a key */
};
enum err chain_find_beginning(
    struct store *st, const char *id, struct chain_beginning *beginning);

/* The id of the chain behind `id`; empty: there is none. */
enum err chain_after(struct store *st, const char *id, char next[ULID_SIZE]);

/*
 * Calls `take` for each row of a chain behind the number `after`, in their
 * order, from one struct: memory does not grow.  It must run no statement.
 */
enum err chain_each(struct store *st, const char *id, int64_t after,
    void (*take)(void *context, const struct chain_row *row), void *context);

struct chain_verify {
	const struct chain_head *kept; /* a head of this chain, or NULL */
	/* what is wrong, in words; `seq` 0: with no row of its own */
	void (*report)(void *context, int64_t seq, const char *problem);
	void *context;
	int64_t rows, problems; /* how many there were */
};

/* Verifies one chain: all rows, and the newest against what names it. */
enum err chain_verify(
    struct store *st, const char *id, struct chain_verify *verify);

extern const struct statement *const chain_statements[];

#endif
