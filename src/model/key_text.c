#include "model/key_text.h"

#include <stdint.h>
#include <string.h>

enum {
	AT_KIND = sizeof(KEY_TEXT_PREFIX) - 1,
	LENGTH = KEY_TEXT_SIZE - 1,
	OLD_LENGTH = AT_KIND + KEY_TEXT_RANDOM
};

/* CRC-32 (ISO 3309), half a byte at a time; it finds what fingers do. */
static uint32_t sum_of(const char *text)
{
	static const uint32_t steps[16] = { 0x00000000, 0x1DB71064, 0x3B6E20C8,
		0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
		0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0,
		0x86D3D2D4, 0xA00AE278, 0xBDBDF21C };
	uint32_t sum = UINT32_MAX;

	for (size_t i = 0; i < KEY_TEXT_CHECKED; i++) {
		sum ^= (unsigned char)text[i];
		sum = sum >> 4 ^ steps[sum & 15];
		sum = sum >> 4 ^ steps[sum & 15];
	}
	return ~sum;
}

static void put_sum(const char *text, char out[KEY_TEXT_SUM])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";
	uint32_t sum = sum_of(text);

	for (int i = KEY_TEXT_SUM - 1; i >= 0; i--, sum >>= 6)
		out[i] = digits[sum & 63];
}

void key_text_make(
    char kind, const char random[KEY_TEXT_RANDOM], char text[KEY_TEXT_SIZE])
{
	memcpy(text, KEY_TEXT_PREFIX, AT_KIND);
	text[AT_KIND] = kind;
	memcpy(text + AT_KIND + 1, random, KEY_TEXT_RANDOM);
	put_sum(text, text + KEY_TEXT_CHECKED);
	text[LENGTH] = '\0';
}

bool key_text_is_service(const char *text)
{
	return strlen(text) == LENGTH &&
	    strncmp(text, KEY_TEXT_PREFIX, AT_KIND) == 0 &&
	    text[AT_KIND] == KEY_TEXT_SERVICE;
}

bool key_text_is_mistyped(const char *text)
{
	char sum[KEY_TEXT_SUM];
	size_t length;

	if (strncmp(text, KEY_TEXT_PREFIX, AT_KIND) != 0 ||
	    (text[AT_KIND] != KEY_TEXT_PERSONAL &&
		text[AT_KIND] != KEY_TEXT_SERVICE))
		return false;
	length = strlen(text);
	if (length != LENGTH)
		return length != OLD_LENGTH;
	put_sum(text, sum);
	return memcmp(sum, text + KEY_TEXT_CHECKED, sizeof(sum)) != 0;
}
