#include "edge/name_ranges.h"

#include <stddef.h>

struct range {
	int32_t first, last;
};

/* Scripts in which U+200C and U+200D say how letters are joined. */
static const struct range joined_scripts[] = {
	{ 0x0600, 0x08FF },   /* Arabic, Syriac, NKo, Mandaic */
	{ 0x0900, 0x0DFF },   /* Devanagari to Sinhala */
	{ 0x1000, 0x109F },   /* Myanmar */
	{ 0x1780, 0x17FF },   /* Khmer */
	{ 0x1800, 0x18AF },   /* Mongolian */
	{ 0x1B00, 0x1C4F },   /* Balinese, Sundanese, Batak, Lepcha */
	{ 0xA800, 0xABFF },   /* Syloti Nagri to Meetei Mayek */
	{ 0xFB50, 0xFEFC },   /* Arabic in its presentation forms */
	{ 0x10A00, 0x10D3F }, /* Kharoshthi to Hanifi Rohingya */
	{ 0x11000, 0x11FFF }, /* Brahmi to Tamil */
	{ 0x1E900, 0x1E95F }, /* Adlam */
};

/* Selectors, and the ranges that have all bases which Unicode lists. */
static const struct {
	struct range selectors, bases;
} variants[] = {
	{ { 0xFE0E, 0xFE0F }, { '#', '#' } },
	{ { 0xFE0E, 0xFE0F }, { '*', '*' } },
	{ { 0xFE0E, 0xFE0F }, { '0', '9' } },
	{ { 0xFE00, 0xFE00 }, { '0', '0' } },
	{ { 0xFE00, 0xFE00 }, { 0x1000, 0x109F } },   /* Myanmar */
	{ { 0xFE00, 0xFE01 }, { 0x2100, 0x214F } },   /* letter-like symbols */
	{ { 0xFE00, 0xFE00 }, { 0x2200, 0x22FF } },   /* mathematics */
	{ { 0xFE00, 0xFE00 }, { 0x2A00, 0x2AFF } },   /* more of it */
	{ { 0xFE00, 0xFE01 }, { 0x3001, 0x3002 } },   /* ideographic marks */
	{ { 0xFE00, 0xFE02 }, { 0x3400, 0x9FFF } },   /* ideographs */
	{ { 0xFE00, 0xFE00 }, { 0xA840, 0xA877 } },   /* Phags-pa */
	{ { 0xFE00, 0xFE00 }, { 0xAA60, 0xAA7F } },   /* Myanmar, extended */
	{ { 0xFE00, 0xFE01 }, { 0xFF01, 0xFF1F } },   /* full-width marks */
	{ { 0xFE00, 0xFE00 }, { 0x10AC0, 0x10AE4 } }, /* Manichaean */
	{ { 0xFE00, 0xFE06 }, { 0x13000, 0x1345F } }, /* hieroglyphs */
	{ { 0xFE00, 0xFE01 }, { 0x1D49C, 0x1D4B5 } }, /* script capitals */
	{ { 0xFE00, 0xFE02 }, { 0x20000, 0x3FFFD } }, /* more ideographs */
	{ { 0x180B, 0x180D }, { 0x1820, 0x18AA } },   /* Mongolian */
	{ { 0xE0100, 0xE01EF }, { 0x3400, 0x9FFF } },
	{ { 0xE0100, 0xE01EF }, { 0xF900, 0xFAFF } },
	{ { 0xE0100, 0xE01EF }, { 0x20000, 0x3FFFD } },
};

static bool is_in(int32_t c, const struct range *range)
{
	return c >= range->first && c <= range->last;
}

bool name_may_join(int32_t before, int32_t next)
{
	const size_t count = sizeof(joined_scripts) / sizeof(struct range);

	for (size_t i = 0; i < count; i++) {
		if (is_in(before, &joined_scripts[i]))
			return is_in(next, &joined_scripts[i]);
	}
	return false;
}

bool name_has_variant(int32_t base, int32_t selector)
{
	const size_t count = sizeof(variants) / sizeof(variants[0]);

	for (size_t i = 0; i < count; i++) {
		if (is_in(selector, &variants[i].selectors) &&
		    is_in(base, &variants[i].bases))
			return true;
	}
	return false;
}
