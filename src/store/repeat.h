/*
 * Writes that may be sent again: the key of one stands in a row that is entered
 * at the beginning of its transaction, and told at its end which answer the
 * write has, as a status and ids.  Who comes second waits for that row, and
 * finds it or does the write.  Knows no header and no status.
 */
#ifndef TENANTRY_STORE_REPEAT_H
#define TENANTRY_STORE_REPEAT_H

#include "edge/crypto.h"
#include "store/statement.h"

enum {
	REPEAT_HOURS = 24,      /* that an answer is kept */
	REPEAT_WAIT_SECONDS = 2 /* for one that is under way */
};

/* What a write was answered with; texts may be NULL or empty: none. */
struct repeat_answer {
	int64_t status;
	const char *id;        /* of what it shows */
	const char *beside_id; /* of what it shows beside that */
	const char *sealed;    /* the secret in it (edge/seal.h) */
};

/* The key of the write that is under way (store.repeat). */
struct repeat {
	unsigned char digest[CRYPTO_SHA256_SIZE]; /* who, what and the key */
	unsigned char fingerprint[CRYPTO_SHA256_SIZE]; /* of the request */
	char owner_id[ULID_SIZE]; /* the user, or the service key */
	int64_t
	    most; /* answers that may be kept for the owner; 0: any number */
	struct repeat_answer promised; /* before the write, or by `tell` */
	/* Called in the transaction, after the write; or NULL. */
	enum err (*tell)(void *context, struct repeat_answer *out);
	void *context;
};

/*
 * The answer that is kept under the digest, in the memory of the request; NULL
 * where there is none.  ERR_KEY_REUSED: it is that of another request;
 * ERR_TOO_MANY_KEYS: there is none, and no more are kept for the user.
 */
enum err repeat_find(struct store *st, const struct repeat *repeat,
    const struct repeat_answer **out);

/*
 * Begins a transaction (store_transact() calls it).  ERR_REPEATED: the answer
 * is there; ERR_KEY_IN_USE: whoever has entered the key did not end in time.
 */
enum err repeat_enter(struct store *st);

/* Ends one: asks for the answer and enters it. */
enum err repeat_record(struct store *st);

/*
 * For a write whose answer is known before it is made; its texts must live as
 * long.  Does nothing where the request has no key.
 */
void repeat_promise(struct store *st, struct repeat_answer promised);

/* Removes some of those that are too old; outside of a transaction. */
enum err repeat_purge(struct store *st);

extern const struct statement *const repeat_statements[];

#endif
