/*
 * The one-time code of a set-up: a file that only who may read the program's
 * own files sees, and in it what is known of the set-up that is under way.
 */
#ifndef TENANTRY_SERVE_SETUP_CODE_H
#define TENANTRY_SERVE_SETUP_CODE_H

#include <stdbool.h>
#include <stdint.h>

#include "edge/crypto.h"
#include "serve/setup_place.h"

enum {
	SETUP_CODE_BYTES = 16,
	SETUP_CODE_SIZE = 2 * SETUP_CODE_BYTES + 1, /* as hex */
	SETUP_CODE_WRONG_MAX = 10
};

struct setup_code {
	int file;         /* open and locked */
	const char *path; /* not to be shown: the name may be a secret, too */
	char code[SETUP_CODE_SIZE];
	int wrong;              /* codes that were given since it was made */
	int64_t last;           /* when the last of them was, ms since 1970 */
	bool is_closed;         /* a browser could not read the folder */
	bool has_administrator; /* one is about to be made, or is */
	char session[CRYPTO_SHA256_HEX_SIZE]; /* digest; "": nobody's yet */
};

/*
 * Opens the file, or makes it with a new code (mode 0600).  Holds its lock
 * until it is closed, so that one request at a time goes on.  If the folder has
 * an address, the file gets a name that nobody can guess, and an index page
 * keeps the names from being listed.  False: errno says why.
 */
bool setup_code_open(struct request *rq, const struct setup_place *place,
    struct setup_code *out);

/* Writes it back; false: errno says why. */
bool setup_code_save(struct arena *mem, struct setup_code *code);
void setup_code_close(struct setup_code *code);

enum setup_code_check {
	SETUP_CODE_RIGHT,
	SETUP_CODE_WRONG,
	SETUP_CODE_EARLY /* wrong, within a second of another: not counted */
};

/*
 * Compares what was typed, whatever its case and what stands between its
 * digits.  After SETUP_CODE_WRONG_MAX wrong ones there is a new code.  The
 * right one is never early, so that who guesses keeps nobody out.
 */
enum setup_code_check setup_code_try(
    struct setup_code *code, const char *typed, int64_t now);

#endif
