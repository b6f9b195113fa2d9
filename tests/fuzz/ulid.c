/* ULID: what is accepted is 128 bits, and written the same way again. */
#include "base/ulid.h"
#include "fuzz.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* 26 characters from 128 bits; the reverse of read_bits(). */
static void print_bits(const unsigned char bits[16], char out[ULID_SIZE])
{
	for (int i = 0; i < ULID_SIZE - 1; i++) {
		unsigned value = 0;

		for (int k = 0; k < 5; k++) {
			int bit = 5 * i + k - 2; /* two zero bits in front */

			value <<= 1;
			if (bit >= 0)
				value |= ((unsigned)bits[bit / 8] >>
					     (7 - bit % 8)) &
				    1U;
		}
		out[i] = alphabet[value];
	}
	out[ULID_SIZE - 1] = '\0';
}

static void read_bits(const char *text, unsigned char bits[16])
{
	memset(bits, 0, 16);
	for (int i = 0; i < ULID_SIZE - 1; i++) {
		const char *at = strchr(alphabet, text[i]);

		MUST(at != NULL);
		for (int k = 0; k < 5; k++) {
			int bit = 5 * i + k - 2;
			unsigned one = (unsigned)(at - alphabet) >> (4 - k) &
			    1U;

			MUST(bit >= 0 || one == 0);
			if (bit >= 0)
				bits[bit / 8] |= (unsigned char)(one
				    << (7 - bit % 8));
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), again[ULID_SIZE];
	unsigned char bits[16];

	if (ulid_is_valid(text)) {
		MUST(ulid_looks_like(text));
		read_bits(text, bits);
		print_bits(bits, again);
		MUST(strcmp(text, again) == 0);
	}
	if (ulid_looks_like(text)) {
		for (char *at = text; *at != '\0'; at++)
			if (*at >= 'a' && *at <= 'z')
				*at = (char)(*at - 'a' + 'A');
		MUST(ulid_is_valid(text));
	}
	if (size >= sizeof(bits)) { /* whatever the bits, they are an id */
		print_bits(data, again);
		MUST(ulid_is_valid(again));
	}
	free(text);
	return 0;
}
