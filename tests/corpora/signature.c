/*
 * Ed25519: the 1,024 vectors of the algorithm's authors (sign.input, from
 * Debian's python3-cryptography-vectors).  A line is seed and public key,
 * public key, message, signature and message, with colons between.
 */
#include "corpus.h"

#include "edge/crypto_key.h"

enum { MESSAGE_MAX = 1024, LINE_MAX_ = 8 * MESSAGE_MAX };

/* The order of the group, least byte first (RFC 8032 section 5.1). */
static const unsigned char order[32] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63,
	0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
	0x14, [31] = 0x10 };

struct vector {
	struct crypto_private_key key;
	unsigned char public_bytes[CRYPTO_ED25519_KEY_SIZE];
	unsigned char message[MESSAGE_MAX];
	size_t length;
	unsigned char signature[CRYPTO_ED25519_SIGNATURE_SIZE + MESSAGE_MAX];
};

static bool next_vector(FILE *file, struct vector *v)
{
	static char text[LINE_MAX_];
	unsigned char both[2 * CRYPTO_ED25519_KEY_SIZE];
	const char *at = text;

	if (fgets(text, sizeof(text), file) == NULL)
		return false;
	assert_int_equal(corpus_bytes(at, both, sizeof(both)), sizeof(both));
	memset(&v->key, 0, sizeof(v->key));
	memcpy(v->key.seed, both, sizeof(v->key.seed));
	at = strchr(at, ':') + 1;
	assert_int_equal(
	    corpus_bytes(at, v->public_bytes, sizeof(v->public_bytes)),
	    sizeof(v->public_bytes));
	at = strchr(at, ':') + 1;
	v->length = corpus_bytes(at, v->message, sizeof(v->message));
	at = strchr(at, ':') + 1;
	assert_int_equal(corpus_bytes(at, v->signature, sizeof(v->signature)),
	    CRYPTO_ED25519_SIGNATURE_SIZE + v->length);
	return true;
}

/* The same number modulo the order: another text of the same signature. */
static void add_order(unsigned char *s)
{
	unsigned carry = 0;

	for (size_t i = 0; i < sizeof(order); i++) {
		carry += (unsigned)s[i] + order[i];
		s[i] = (unsigned char)(carry & 0xff);
		carry >>= 8;
	}
	assert_int_equal(carry, 0);
}

static void expect_signature(const struct vector *v)
{
	unsigned char made[CRYPTO_ED25519_SIGNATURE_SIZE];

	assert_true(crypto_sign(&v->key, v->message, v->length, made));
	assert_memory_equal(made, v->signature, sizeof(made));
	assert_true(crypto_verify(
	    &v->key.public_key, v->message, v->length, v->signature));
}

/* Each bit in turn is another one, from vector to vector. */
static void expect_refusals(const struct vector *v, size_t n)
{
	unsigned char other[CRYPTO_ED25519_SIGNATURE_SIZE];
	struct crypto_public_key key = v->key.public_key;

	memcpy(other, v->signature, sizeof(other));
	other[n / 8 % sizeof(other)] ^= (unsigned char)(1U << n % 8);
	assert_false(crypto_verify(&key, v->message, v->length, other));
	memcpy(other, v->signature, sizeof(other));
	add_order(other + 32);
	assert_false(crypto_verify(&key, v->message, v->length, other));
	key.bytes[n / 8 % sizeof(key.bytes)] ^= (unsigned char)(1U << n % 8);
	assert_false(crypto_verify(&key, v->message, v->length, v->signature));
	if (v->length > 0)
		assert_false(crypto_verify(&v->key.public_key, v->message,
		    v->length - 1, v->signature));
}

static void each_vector_is_signed_and_verified(void **state)
{
	FILE *file = corpus_open("ed25519.txt");
	static struct vector v;
	size_t count = 0;

	(void)state;
	for (; next_vector(file, &v); count++) {
		assert_true(crypto_private_key_complete(&v.key));
		assert_memory_equal(v.key.public_key.bytes, v.public_bytes,
		    sizeof(v.public_bytes));
		expect_signature(&v);
		expect_refusals(&v, count);
	}
	fclose(file);
	assert_int_equal(count, 1024);
}

/* RFC 8037 appendix A: key, thumbprint and signature. */
static void the_key_of_the_standard_has_its_name(void **state)
{
	FILE *file = corpus_open("ed25519.txt");
	static struct vector v;

	(void)state;
	assert_true(next_vector(file, &v));
	fclose(file);
	assert_true(crypto_private_key_complete(&v.key));
	assert_string_equal(v.key.public_key.kid,
	    "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_vector_is_signed_and_verified),
		cmocka_unit_test(the_key_of_the_standard_has_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
