/*
 * From the request's headers to a credential: a key's digest, or a login
 * whose password fitted.
 */
#ifndef TENANTRY_SERVE_IDENTIFY_H
#define TENANTRY_SERVE_IDENTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "api/call.h"
#include "edge/password.h"
#include "edge/slots.h"

enum { IDENTIFY_REMEMBERED = 32, IDENTIFY_SECONDS = 60 };

/*
 * Passwords that fitted, so that not every request pays for yescrypt.  The
 * mark is keyed with the stored hash, and every statement asks for that hash:
 * a changed password or a disabled user is refused at once.
 */
struct remembered {
	unsigned char login[CRYPTO_SHA256_SIZE];
	unsigned char mark[CRYPTO_SHA256_SIZE];
	char password_hash[PASSWORD_HASH_SIZE];
	int64_t until; /* tick */
};

struct identify {
	unsigned char secret[CRYPTO_SHA256_SIZE]; /* of this process */
	struct remembered remembered[IDENTIFY_REMEMBERED];
	size_t next; /* the slot to overwrite */
	struct slots_file slots;
};

/* Begins with an empty memory; `run_dir` holds the file of hashing slots. */
void identify_init(struct identify *identify, const char *run_dir, int workers);
void identify_release(struct identify *identify);

/*
 * Fills call->asker.credential.  ERR_UNAUTHENTICATED without one or with a
 * wrong password, ERR_THROTTLED, or a store error.  `may_remember` false: the
 * password is verified anew; `*was_remembered` says whether it was not.
 */
enum err identify_caller(struct identify *identify, struct call *call,
    bool may_remember, bool *was_remembered);

#endif
