#include "unit.h"

#include <stdbool.h>

#include "edge/crypto.h"
#include "edge/crypto_key.h"

/* RFC 8037 appendix A. */
static const char rfc_seed[] = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
static const char rfc_public[] = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
static const char rfc_kid[] = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
static const char rfc_input[] = "eyJhbGciOiJFZERTQSJ9"
				".RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
static const char rfc_signature[] =
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIb"
    "QR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

/* RFC 8410 section 10. */
static const char rfc_private_pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
    "-----END PRIVATE KEY-----\n";
static const char rfc_public_pem[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
    "-----END PUBLIC KEY-----\n";

static const char x25519_pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VuBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
    "-----END PRIVATE KEY-----\n";
static const char x25519_public_pem[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VuAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
    "-----END PUBLIC KEY-----\n";

static void decode_exact(
    struct arena *mem, const char *text, void *out, size_t size)
{
	size_t length = 0;
	unsigned char *data = crypto_base64url_decode(
	    mem, text, strlen(text), &length);

	assert_non_null(data);
	assert_int_equal(length, size);
	memcpy(out, data, size);
}

static struct crypto_private_key rfc_key(struct arena *mem)
{
	struct crypto_private_key key = { 0 };

	decode_exact(mem, rfc_seed, key.seed, sizeof(key.seed));
	assert_true(crypto_private_key_complete(&key));
	return key;
}

static void sha256_gives_the_vectors_of_fips_180(void **state)
{
	char hex[CRYPTO_SHA256_HEX_SIZE];

	(void)state;
	crypto_sha256_hex("abc", 3, hex);
	assert_string_equal(hex,
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	crypto_sha256_hex("", 0, hex);
	assert_string_equal(hex,
	    "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855");
}

static void hmac_gives_the_vector_of_rfc_4231(void **state)
{
	unsigned char mac[CRYPTO_SHA256_SIZE];
	char *text;

	crypto_hmac(BYTES("Jefe"), BYTES("what do ya want for nothing?"), mac);
	text = crypto_base64url(*state, mac, sizeof(mac));
	assert_string_equal(
	    text, "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM");
}

static void comparison_sees_every_byte(void **state)
{
	(void)state;
	assert_true(crypto_equal("abc", "abc", 3));
	assert_true(crypto_equal("abc", "abd", 2));
	assert_true(crypto_equal("a", "b", 0));
	assert_false(crypto_equal("abc", "abd", 3));
	assert_false(crypto_equal("abc", "bbc", 3));
	assert_false(crypto_equal("a\0b", "a\0c", 3));
}

static void random_bytes_do_not_repeat(void **state)
{
	unsigned char a[32] = { 0 }, b[32] = { 0 }, none[32] = { 0 };

	(void)state;
	crypto_random(a, sizeof(a));
	crypto_random(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	assert_memory_not_equal(a, none, sizeof(a));
	crypto_wipe(a, sizeof(a));
	assert_memory_equal(a, none, sizeof(a));
}

static void base64_gives_the_vectors_of_rfc_4648(void **state)
{
	static const char *const rows[][3] = {
		{ "", "", "" },
		{ "f", "Zg", "Zg==" },
		{ "fo", "Zm8", "Zm8=" },
		{ "foo", "Zm9v", "Zm9v" },
		{ "foob", "Zm9vYg", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy", "Zm9vYmFy" },
		{ "\xFB\xFF\xFE", "-__-", "+//+" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		size_t length = strlen(rows[i][0]), got = 42;
		unsigned char *data;

		assert_string_equal(
		    crypto_base64url(*state, rows[i][0], length), rows[i][1]);
		data = crypto_base64url_decode(
		    *state, rows[i][1], strlen(rows[i][1]), &got);
		assert_non_null(data);
		assert_int_equal(got, length);
		assert_string_equal((char *)data, rows[i][0]);
		data = crypto_base64_decode(
		    *state, rows[i][2], strlen(rows[i][2]), &got);
		assert_non_null(data);
		assert_int_equal(got, length);
		assert_string_equal((char *)data, rows[i][0]);
	}
}

static void base64url_takes_only_the_canonical_form(void **state)
{
	static const struct {
		const char *text;
		size_t length;
	} rows[] = {
		{ BYTES("Zg==") },
		{ BYTES("Zm8=") },
		{ BYTES("=") },
		{ BYTES("Zh") },
		{ BYTES("Zm9") }, /* unused bits */
		{ BYTES("Z") },
		{ BYTES("Zm9vY") }, /* half a byte */
		{ BYTES("+//+") },
		{ BYTES("Zm 9v") },
		{ BYTES("Zm9v\n") },
		{ BYTES(" Zm9v") },
		{ BYTES("Zm9v\0") },
		{ BYTES("Zm.v") },
		{ BYTES("Zm\xC3\xBCv") },
		{ BYTES("Zm9v%3D") },
	};
	size_t length;

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_null(crypto_base64url_decode(
		    *state, rows[i].text, rows[i].length, &length));
}

static void base64_takes_only_the_canonical_form(void **state)
{
	static const struct {
		const char *text;
		size_t length;
	} rows[] = {
		{ BYTES("Zg") },
		{ BYTES("Zg=") },
		{ BYTES("Zg===") },
		{ BYTES("Zh==") },
		{ BYTES("Zm9=") },
		{ BYTES("====") },
		{ BYTES("Z===") },
		{ BYTES("Zg==Zg==") },
		{ BYTES("=Zg=") },
		{ BYTES("-__-") },
		{ BYTES("Zm9v\n") },
		{ BYTES("Zm9vZg=a") },
		{ BYTES("Zm9v\0\0\0\0") },
		{ BYTES("==") },
		{ BYTES("Z=g=") },
	};
	size_t length;

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_null(crypto_base64_decode(
		    *state, rows[i].text, rows[i].length, &length));
}

static void a_key_gives_the_vectors_of_rfc_8037(void **state)
{
	struct crypto_private_key key = rfc_key(*state);
	unsigned char signature[CRYPTO_ED25519_SIGNATURE_SIZE];

	assert_string_equal(crypto_base64url(*state, key.public_key.bytes,
				sizeof(key.public_key.bytes)),
	    rfc_public);
	assert_string_equal(key.public_key.kid, rfc_kid);
	assert_true(crypto_sign(&key, BYTES(rfc_input), signature));
	assert_string_equal(
	    crypto_base64url(*state, signature, sizeof(signature)),
	    rfc_signature);
}

static void a_signature_of_rfc_8037_verifies(void **state)
{
	unsigned char signature[CRYPTO_ED25519_SIGNATURE_SIZE];
	struct crypto_public_key key;

	decode_exact(*state, rfc_public, key.bytes, sizeof(key.bytes));
	decode_exact(*state, rfc_signature, signature, sizeof(signature));
	assert_true(crypto_verify(&key, BYTES(rfc_input), signature));
}

static void a_signature_of_other_bytes_is_refused(void **state)
{
	struct crypto_private_key key = rfc_key(*state);
	unsigned char signature[CRYPTO_ED25519_SIGNATURE_SIZE];

	assert_true(crypto_sign(&key, BYTES("message"), signature));
	assert_false(
	    crypto_verify(&key.public_key, BYTES("massage"), signature));
	assert_false(
	    crypto_verify(&key.public_key, BYTES("message "), signature));
	assert_false(
	    crypto_verify(&key.public_key, BYTES("messag"), signature));
	assert_false(crypto_verify(&key.public_key, "", 0, signature));
}

static void a_signature_with_any_bit_turned_is_refused(void **state)
{
	struct crypto_private_key key = rfc_key(*state);
	unsigned char signature[CRYPTO_ED25519_SIGNATURE_SIZE];

	assert_true(crypto_sign(&key, BYTES("message"), signature));
	for (unsigned bit = 0; bit < 8 * sizeof(signature); bit++) {
		signature[bit / 8] ^= (unsigned char)(1U << bit % 8);
		assert_false(crypto_verify(
		    &key.public_key, BYTES("message"), signature));
		signature[bit / 8] ^= (unsigned char)(1U << bit % 8);
	}
}

static void a_signature_of_another_key_is_refused(void **state)
{
	unsigned char signature[CRYPTO_ED25519_SIGNATURE_SIZE];
	unsigned char zeroes[CRYPTO_ED25519_SIGNATURE_SIZE] = { 0 };
	struct crypto_private_key one, other;

	(void)state;
	crypto_private_key_make(&one);
	crypto_private_key_make(&other);
	assert_string_not_equal(one.public_key.kid, other.public_key.kid);
	assert_true(crypto_sign(&one, BYTES("message"), signature));
	assert_true(
	    crypto_verify(&one.public_key, BYTES("message"), signature));
	assert_false(
	    crypto_verify(&other.public_key, BYTES("message"), signature));
	assert_false(crypto_verify(&one.public_key, BYTES("message"), zeroes));
}

static void keys_go_to_pem_and_back(void **state)
{
	struct crypto_private_key key, again;
	struct crypto_public_key public_key;

	assert_true(crypto_private_key_read(rfc_private_pem, &key));
	assert_true(crypto_public_key_read(rfc_public_pem, &public_key));
	assert_memory_equal(&key.public_key, &public_key, sizeof(public_key));
	assert_string_equal(
	    crypto_private_key_print(*state, &key), rfc_private_pem);
	assert_string_equal(
	    crypto_public_key_print(*state, &public_key), rfc_public_pem);

	crypto_private_key_make(&key);
	assert_true(crypto_private_key_read(
	    crypto_private_key_print(*state, &key), &again));
	assert_memory_equal(&key, &again, sizeof(key));
}

static void what_is_no_ed25519_pem_is_refused(void **state)
{
	/* An Ed25519 key; nobody is to be asked for its password. */
	static const char encrypted[] =
	    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
	    "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAj0C5EmjzD1dgICCAAw\n"
	    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEMdqFWLn+5muzlaZ9noS5ycEQCCp\n"
	    "aNl/EJ+ww0GlLcDvnGTbTFv/OZAyl/7YYaQL58D0594VkUIkP2kis6v8ASJ7Bjhc\n"
	    "FqzY/YHGyea6sUfbAr0=\n"
	    "-----END ENCRYPTED PRIVATE KEY-----\n";
	static const char short_pem[] = "-----BEGIN PRIVATE KEY-----\nAAAA\n"
					"-----END PRIVATE KEY-----\n";
	const char *const texts[] = {
		"",
		"key",
		"-----BEGIN PRIVATE KEY-----\n",
		encrypted,
		short_pem,
		x25519_pem,
		x25519_public_pem,
	};
	struct crypto_private_key key;
	struct crypto_public_key public_key;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		assert_false(crypto_private_key_read(texts[i], &key));
		assert_false(crypto_public_key_read(texts[i], &public_key));
	}
	assert_false(crypto_private_key_read(rfc_public_pem, &key));
	assert_false(crypto_public_key_read(rfc_private_pem, &public_key));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_gives_the_vectors_of_fips_180),
		WITH_ARENA(hmac_gives_the_vector_of_rfc_4231),
		cmocka_unit_test(comparison_sees_every_byte),
		cmocka_unit_test(random_bytes_do_not_repeat),
		WITH_ARENA(base64_gives_the_vectors_of_rfc_4648),
		WITH_ARENA(base64url_takes_only_the_canonical_form),
		WITH_ARENA(base64_takes_only_the_canonical_form),
		WITH_ARENA(a_key_gives_the_vectors_of_rfc_8037),
		WITH_ARENA(a_signature_of_rfc_8037_verifies),
		WITH_ARENA(a_signature_of_other_bytes_is_refused),
		WITH_ARENA(a_signature_with_any_bit_turned_is_refused),
		cmocka_unit_test(a_signature_of_another_key_is_refused),
		WITH_ARENA(keys_go_to_pem_and_back),
		cmocka_unit_test(what_is_no_ed25519_pem_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
