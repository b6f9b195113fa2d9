#include "base/address.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { MAPPED = 12, GROUP = 8, SIZE = 16 };

struct address {
	int family; /* 0: it is none */
	unsigned char bytes[SIZE];
};

struct range {
	int family;
	unsigned bits;
	unsigned char first[SIZE];
};

static const struct range loopback[] = {
	{ AF_INET, 8, { 127 } },
	{ AF_INET6, 128, { [15] = 1 } },
};

static const struct range private[] = {
	{ AF_INET, 8, { 10 } },
	{ AF_INET, 12, { 172, 16 } },
	{ AF_INET, 16, { 192, 168 } },
	{ AF_INET, 16, { 169, 254 } },
	{ AF_INET, 10, { 100, 64 } },
	{ AF_INET6, 7, { 0xFC } },
	{ AF_INET6, 10, { 0xFE, 0x80 } },
};

static struct address parse(const char *text)
{
	static const unsigned char mapped[MAPPED] = { [10] = 0xFF, 0xFF };
	struct address address = { .family = 0 };
	char plain[ADDRESS_SIZE];
	size_t length = strcspn(text, "%"); /* without the zone */

	if (length >= sizeof(plain))
		return address;
	memcpy(plain, text, length);
	plain[length] = '\0';
	if (inet_pton(AF_INET, plain, address.bytes) == 1) {
		address.family = AF_INET;
	} else if (inet_pton(AF_INET6, plain, address.bytes) == 1) {
		address.family = AF_INET6;
		if (memcmp(address.bytes, mapped, MAPPED) == 0) {
			address.family = AF_INET;
			memmove(address.bytes, address.bytes + MAPPED, 4);
		}
	}
	return address;
}

void address_group(const char *address, char out[ADDRESS_SIZE])
{
	struct address at = parse(address);
	size_t length;

	if (at.family == 0) {
		length = strnlen(address, ADDRESS_SIZE - 1);
		memcpy(out, address, length);
		out[length] = '\0';
		return;
	}
	if (at.family == AF_INET6)
		memset(at.bytes + GROUP, 0, SIZE - GROUP);
	(void)inet_ntop(at.family, at.bytes, out, ADDRESS_SIZE);
	if (at.family == AF_INET6)
		memcpy(out + strlen(out), "/64", sizeof("/64"));
}

static bool is_within(const struct address *at, const struct range *range)
{
	size_t whole = range->bits / 8;
	unsigned rest = range->bits % 8;
	unsigned mask = 0xFF00U >> rest & 0xFFU;

	return at->family == range->family &&
	    memcmp(at->bytes, range->first, whole) == 0 &&
	    (rest == 0 ||
		((at->bytes[whole] ^ range->first[whole]) & mask) == 0);
}

static bool is_in(
    const struct address *at, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_within(at, &ranges[i]))
			return true;
	return false;
}

bool address_is_loopback(const char *address)
{
	struct address at = parse(address);

	return is_in(&at, loopback, sizeof(loopback) / sizeof(loopback[0]));
}

bool address_is_private(const char *address)
{
	struct address at = parse(address);

	return at.family == 0 ||
	    is_in(&at, loopback, sizeof(loopback) / sizeof(loopback[0])) ||
	    is_in(&at, private, sizeof(private) / sizeof(private[0]));
}
