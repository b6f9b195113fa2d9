#include "base/ulid.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/types.h>

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

enum { RANDOM_SIZE = 10, STEP_SIZE = 8, TIME_CHARACTERS = 10 };

/*
 * From a pool of 25 ids: a system call for each would cost a read 3 of its 100
 * us (on a loaded virtual machine).  Up to 256 bytes getrandom(2) gives whole
 * or not at all.
 */
static void random_take(
    struct ulid_clock *clock, unsigned char *out, size_t size)
{
	unsigned char *from;

	if (clock->pool_left < size) {
		if (getrandom(clock->pool, sizeof(clock->pool), 0) !=
		    (ssize_t)sizeof(clock->pool))
			abort();
		clock->pool_left = sizeof(clock->pool);
	}
	clock->pool_left = (unsigned char)(clock->pool_left - size);
	from = clock->pool + clock->pool_left;
	memcpy(out, from, size);
	/* what an id was made of is not to be found here any more */
	memset(from, 0, size);
}

/* Adds two big-endian numbers at their right ends; false on overflow. */
static bool random_add(
    unsigned char number[RANDOM_SIZE], const unsigned char step[STEP_SIZE])
{
	unsigned carry = 1; /* a step of zero still gives a greater id */

	for (int i = RANDOM_SIZE - 1; i >= 0; i--) {
		int at = i - (RANDOM_SIZE - STEP_SIZE);

		carry += number[i] + (at >= 0 ? step[at] : 0U);
		number[i] = (unsigned char)(carry & 0xFF);
		carry >>= 8;
	}
	return carry == 0;
}

static void ulid_print(const struct ulid_clock *clock, char out[ULID_SIZE])
{
	unsigned bits = 0, held = 0;
	char *to = out + 10;

	for (int i = 0; i < 10; i++)
		out[i] = alphabet[clock->ms >> (45 - 5 * i) & 31];
	for (int i = 0; i < RANDOM_SIZE; i++) {
		bits = bits << 8 | clock->random[i];
		for (held += 8; held >= 5; held -= 5)
			*to++ = alphabet[bits >> (held - 5) & 31];
	}
	*to = '\0';
}

void ulid_make(struct ulid_clock *clock, uint64_t now, char out[ULID_SIZE])
{
	unsigned char step[STEP_SIZE];

	now &= UINT64_C(0xFFFFFFFFFFFF);
	if (now > clock->ms) {
		clock->ms = now;
		random_take(clock, clock->random, sizeof(clock->random));
		ulid_print(clock, out);
		return;
	}
	/*
	 * Same millisecond, or the clock stepped back.  The step is random,
	 * since a step of one would make the next id known to whoever holds
	 * this one.
	 */
	random_take(clock, step, sizeof(step));
	if (!random_add(clock->random, step)) {
		clock->ms++;
		random_take(clock, clock->random, sizeof(clock->random));
	}
	ulid_print(clock, out);
}

static char to_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool is_ulid(const char *text, bool any_case)
{
	for (int i = 0; i < ULID_SIZE - 1; i++) {
		char c = any_case ? to_upper(text[i]) : text[i];

		if (c == '\0' || strchr(alphabet, c) == NULL)
			return false;
		/* 26 characters hold 130 bits: the first may use three. */
		if (i == 0 && c > '7')
			return false;
	}
	return text[ULID_SIZE - 1] == '\0';
}

int64_t ulid_time(const char *id)
{
	int64_t time = 0;

	for (int i = 0; i < TIME_CHARACTERS && id[i] != '\0'; i++) {
		const char *digit = strchr(alphabet, id[i]);

		time = time << 5 | (digit != NULL ? digit - alphabet : 0);
	}
	return time;
}

bool ulid_is_valid(const char *text)
{
	return is_ulid(text, false);
}

bool ulid_looks_like(const char *text)
{
	return is_ulid(text, true);
}
