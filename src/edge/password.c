#include "edge/password.h"

#include <crypt.h>
#include <string.h>

#include "edge/crypto.h"

static const char scheme[] = "$y$"; /* yescrypt, at crypt(3)'s own cost */

/* The setting of password_hash() with a salt that no user has. */
static const char nobody[] = "$y$j9T$0123456789ABCDEFGHIJK/$";

_Static_assert(PASSWORD_MAX < CRYPT_MAX_PASSPHRASE_SIZE,
    "crypt(3) takes every password that is taken here");

static bool has_valid_length(const char *password)
{
	size_t length = strnlen(password, PASSWORD_MAX + 1);

	return length > 0 && length <= PASSWORD_MAX;
}

#ifdef TENANTRY_PORTABLE
/* libcrypt takes it from a C library that many hosts are too old for (2.36). */
void arc4random_buf(void *buffer, size_t length);

void arc4random_buf(void *buffer, size_t length)
{
	crypto_random(buffer, length);
}
#endif

/* False where crypt(3) refuses the setting or the result is no hash of ours. */
static bool hash(
    const char *password, const char *setting, char out[PASSWORD_HASH_SIZE])
{
	struct crypt_data data;
	const char *result;
	size_t length = PASSWORD_HASH_SIZE;

	memset(&data, 0, sizeof(data));
	result = crypt_rn(password, setting, &data, sizeof(data));
	if (result != NULL)
		length = strlen(result);
	if (length < PASSWORD_HASH_SIZE)
		memcpy(out, result, length + 1);
	crypto_wipe(&data, sizeof(data));
	return length < PASSWORD_HASH_SIZE;
}

bool password_hash(const char *password, char out[PASSWORD_HASH_SIZE])
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];

	/* Without bytes of the caller's the salt comes from the kernel. */
	return has_valid_length(password) &&
	    crypt_gensalt_rn(scheme, 0, NULL, 0, setting, sizeof(setting)) !=
	    NULL &&
	    hash(password, setting, out);
}

static bool is_same(const char *made, const char *stored)
{
	size_t length = strlen(stored);

	return strlen(made) == length && crypto_equal(made, stored, length);
}

/*
 * crypt(3) says of too little memory what it says of a hash that is none.  So
 * where it fails it is asked with a hash that is one: that tells them apart,
 * and takes an unknown user the time of a wrong password.
 */
enum password_check password_check(const char *password, const char *stored)
{
	char made[PASSWORD_HASH_SIZE];
	bool is_known = stored != NULL && stored[0] != '\0';

	if (!has_valid_length(password))
		return PASSWORD_WRONG;
	if (!is_known || !hash(password, stored, made)) {
		if (!hash(password, nobody, made))
			return PASSWORD_UNCHECKED;
		/* it failed for want of memory perhaps: once more */
		if (!is_known || !hash(password, stored, made))
			return PASSWORD_WRONG;
	}
	return is_same(made, stored) ? PASSWORD_RIGHT : PASSWORD_WRONG;
}

/* What it was built with: the library itself does not say. */
const char *password_library_version(void)
{
#ifdef XCRYPT_VERSION_STR
	return XCRYPT_VERSION_STR;
#else
	return "unknown";
#endif
}
