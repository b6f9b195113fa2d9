/*
 * Password hashes: crypt(3) yescrypt.  The only user of <crypt.h>.
 */
#ifndef TENANTRY_EDGE_PASSWORD_H
#define TENANTRY_EDGE_PASSWORD_H

#include <stdbool.h>

enum { PASSWORD_HASH_SIZE = 129, PASSWORD_MAX = 256 };

/*
 * Hashes a password of 1 to 256 bytes with a fresh salt.  False where it is
 * too long or crypt(3) fails.
 */
bool password_hash(const char *password, char out[PASSWORD_HASH_SIZE]);

enum password_check {
	PASSWORD_WRONG,
	PASSWORD_RIGHT,
	PASSWORD_UNCHECKED /* there was not enough memory to look */
};

/*
 * Whether the password belongs to the stored hash.  A NULL or empty hash (an
 * unknown user) takes the same work and is PASSWORD_WRONG.
 */
enum password_check password_check(const char *password, const char *stored);

const char *password_library_version(void);

#endif
