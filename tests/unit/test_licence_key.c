#include "unit.h"

#include <stdbool.h>

#include "base/fault.h"
#include "edge/licence_key.h"

#define NOW INT64_C(1790000000000) /* 2026-09-21 */

static const char org[] = "01ARYZ6S41TSV4RRFFQ69G5FAV";
static const char other_org[] = "01BRYZ6S41TSV4RRFFQ69G5FAV";

/* A ring of two trusted keys, the second revoked, and a stranger's key. */
struct bench {
	struct arena mem;
	struct licence_ring ring;
	struct crypto_private_key revoked, stranger;
	struct licence out;
	struct fault fault;
};

static int bench_setup(void **state)
{
	static struct bench b;

	b = (struct bench){ 0 };
	arena_init(&b.mem);
	crypto_private_key_make(&b.ring.signer);
	crypto_private_key_make(&b.revoked);
	crypto_private_key_make(&b.stranger);
	b.ring.has_signer = true;
	b.ring.issuer = "tenantry";
	b.ring.trusted[0] = b.ring.signer.public_key;
	b.ring.trusted[1] = b.revoked.public_key;
	b.ring.trusted_count = 2;
	memcpy(b.ring.revoked[0], b.revoked.public_key.kid, CRYPTO_KID_SIZE);
	b.ring.revoked_count = 1;
	*state = &b;
	return 0;
}

static int bench_teardown(void **state)
{
	struct bench *b = *state;

	arena_release(&b->mem);
	return 0;
}

static char *key_set(struct bench *b)
{
	struct jws_public keys[LICENCE_KEYS_MAX];

	return jws_key_set(&b->mem, keys, licence_key_list(&b->ring, keys));
}

static char *encode(struct bench *b, const char *text)
{
	return crypto_base64url(&b->mem, text, strlen(text));
}

static char *sign(
    struct bench *b, const struct crypto_private_key *key, const char *input)
{
	unsigned char signature[CRYPTO_ED25519_SIGNATURE_SIZE];

	assert_true(crypto_sign(key, input, strlen(input), signature));
	return arena_print(&b->mem, "%s.%s", input,
	    crypto_base64url(&b->mem, signature, sizeof(signature)));
}

static char *forge(struct bench *b, const struct crypto_private_key *key,
    const char *header, const char *claims)
{
	return sign(b, key,
	    arena_print(
		&b->mem, "%s.%s", encode(b, header), encode(b, claims)));
}

static char *good_header(struct bench *b)
{
	return arena_print(&b->mem, "{\"alg\":\"EdDSA\",\"kid\":\"%s\"}",
	    b->ring.signer.public_key.kid);
}

static const char good_claims[] =
    "{\"iss\":\"tenantry\",\"jti\":\"j-1\","
    "\"iat\":1780000000,\"licenseType\":\"growth\"}";

/* The good claims with more of them behind. */
static char *claims_with(struct bench *b, const char *more)
{
	return arena_print(&b->mem, "%.*s,%s}", (int)sizeof(good_claims) - 2,
	    good_claims, more);
}

static enum err verify_when(
    struct bench *b, const char *key, int64_t now, const char *organization)
{
	const struct licence_check check = { &b->ring, now, organization };

	return licence_key_verify(&check, &b->mem, key, &b->out, &b->fault);
}

static enum err verify(struct bench *b, const char *key)
{
	b->fault = (struct fault){ 0 };
	return verify_when(b, key, NOW, org);
}

static void refuse(struct bench *b, const char *key, const char *detail)
{
	const struct licence untouched = { 0 };

	b->out = untouched;
	assert_int_equal(verify(b, key), ERR_BAD_LICENCE);
	assert_int_equal(b->fault.code, ERR_BAD_LICENCE);
	if (!strstr(b->fault.detail, detail))
		print_error("%.200s: %s\n", key, b->fault.detail);
	assert_non_null(strstr(b->fault.detail, detail));
	assert_memory_equal(&b->out, &untouched, sizeof(untouched));
}

/* Claims that a trusted key signed, and that are wrong all the same. */
static void refuse_claims(
    struct bench *b, const char *claims, const char *detail)
{
	refuse(b, forge(b, &b->ring.signer, good_header(b), claims), detail);
}

static void refuse_header(
    struct bench *b, const char *header, const char *detail)
{
	refuse(b, forge(b, &b->ring.signer, header, good_claims), detail);
}

static enum err verify_claims(struct bench *b, const char *claims)
{
	return verify(b, forge(b, &b->ring.signer, good_header(b), claims));
}

static void a_key_made_here_verifies_here(void **state)
{
	struct bench *b = *state;
	const struct licence licence = {
		.organization_id = "01ARYZ6S41TSV4RRFFQ69G5FAV",
		.jti = "01ARYZ6S41TSV4RRFFQ69G5FA0",
		.type = "growth",
		.limits = { .projects = 5, .users = 0 },
		.issued_at = NOW - 1500,
		.starts_at = NOW - 500,
		.expires_at = NOW + 86400000,
	};
	const char *key = NULL;

	assert_int_equal(
	    licence_key_issue(&b->ring, &b->mem, &licence, &key, &b->fault),
	    ERR_NONE);
	assert_int_equal(verify(b, key), ERR_NONE);
	assert_string_equal(b->out.id, "");
	assert_string_equal(b->out.organization_id, licence.organization_id);
	assert_string_equal(b->out.jti, licence.jti);
	assert_string_equal(b->out.kid, b->ring.signer.public_key.kid);
	assert_string_equal(b->out.type, "growth");
	assert_true(b->out.limits.projects == 5);
	assert_true(b->out.limits.users == 0);
	assert_true(b->out.issued_at == NOW - 2000);
	assert_true(b->out.starts_at == NOW - 1000);
	assert_true(b->out.expires_at == NOW + 86400000);
}

static void what_is_optional_may_be_absent(void **state)
{
	struct bench *b = *state;

	assert_int_equal(verify_claims(b, good_claims), ERR_NONE);
	assert_string_equal(b->out.organization_id, "");
	assert_true(b->out.starts_at == 0);
	assert_true(b->out.expires_at == 0);
	assert_true(b->out.limits.projects == 3);
	assert_int_equal(
	    verify_claims(b, claims_with(b, "\"limits\":{}")), ERR_NONE);
	assert_true(b->out.limits.projects == 3);
	assert_int_equal(
	    verify_claims(b, claims_with(b, "\"x\":null,\"y\":1")), ERR_NONE);
}

static void a_limit_in_the_key_goes_before_the_plan(void **state)
{
	struct bench *b = *state;

	assert_int_equal(
	    verify_claims(b,
		claims_with(
		    b, "\"limits\":{\"projects\":0,\"users\":1000000000}")),
	    ERR_NONE);
	assert_true(b->out.limits.projects == 0);
	assert_true(b->out.limits.users == LICENCE_LIMIT_MAX);
	assert_int_equal(
	    verify_claims(b, claims_with(b, "\"limits\":{\"users\":7}")),
	    ERR_NONE);
	assert_true(b->out.limits.projects == 3);
	assert_true(b->out.limits.users == 7);
}

static void checks_without_a_time_or_an_organization_are_left_out(void **state)
{
	struct bench *b = *state;
	const char *key = forge(b, &b->ring.signer, good_header(b),
	    claims_with(b, "\"exp\":1,\"org\":\"01BRYZ6S41TSV4RRFFQ69G5FAV\""));

	assert_int_equal(verify_when(b, key, 0, NULL), ERR_NONE);
	assert_string_equal(b->out.organization_id, other_org);
	assert_true(b->out.expires_at == 1000);
	assert_int_equal(verify_when(b, key, NOW, NULL), ERR_BAD_LICENCE);
	assert_int_equal(verify_when(b, key, 0, org), ERR_BAD_LICENCE);
}

static void the_algorithm_none_is_refused(void **state)
{
	struct bench *b = *state;
	static const char *const names[] = { "none", "None", "NONE", "" };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		const char *input = arena_print(&b->mem, "%s.%s",
		    encode(b,
			arena_print(&b->mem, "{\"alg\":\"%s\",\"kid\":\"%s\"}",
			    names[i], b->ring.signer.public_key.kid)),
		    encode(b, good_claims));

		refuse(b, arena_print(&b->mem, "%s.", input), "signature");
		refuse(b, sign(b, &b->ring.signer, input), "EdDSA");
	}
}

static void hmac_with_the_public_key_as_its_secret_is_refused(void **state)
{
	struct bench *b = *state;
	const struct crypto_public_key *key = &b->ring.signer.public_key;
	unsigned char mac[CRYPTO_ED25519_SIGNATURE_SIZE] = { 0 };
	const char *input = arena_print(&b->mem, "%s.%s",
	    encode(b,
		arena_print(
		    &b->mem, "{\"alg\":\"HS256\",\"kid\":\"%s\"}", key->kid)),
	    encode(b, good_claims));

	crypto_hmac(key->bytes, sizeof(key->bytes), input, strlen(input), mac);
	refuse(b,
	    arena_print(&b->mem, "%s.%s", input,
		crypto_base64url(&b->mem, mac, CRYPTO_SHA256_SIZE)),
	    "wrong length");
	refuse(b,
	    arena_print(&b->mem, "%s.%s", input,
		crypto_base64url(&b->mem, mac, sizeof(mac))),
	    "EdDSA");
}

static void another_algorithm_is_refused(void **state)
{
	static const char *const names[] = {
		"RS256",
		"ES256",
		"HS256",
		"PS512",
		"eddsa",
		"EdDSA ",
		"ed25519",
		"Ed448",
		"EdDSA\\u200b",
	};
	struct bench *b = *state;

	for (size_t i = 0; i < COUNT_OF(names); i++)
		refuse_header(b,
		    arena_print(&b->mem, "{\"alg\":\"%s\",\"kid\":\"%s\"}",
			names[i], b->ring.signer.public_key.kid),
		    "EdDSA");
}

static void a_header_that_is_not_as_it_must_be_is_refused(void **state)
{
	struct bench *b = *state;
	const char *kid = b->ring.signer.public_key.kid;

	refuse_header(b, "{}", "alg is missing");
	refuse_header(b, "{\"alg\":\"EdDSA\"}", "kid is missing");
	refuse_header(b, "{\"alg\":\"EdDSA\",\"kid\":null}", "kid is missing");
	refuse_header(b, "{\"alg\":\"EdDSA\",\"kid\":1}", "must be a string");
	refuse_header(
	    b, "{\"alg\":[\"EdDSA\"],\"kid\":\"x\"}", "must be a string");
	refuse_header(b, "[]", "not an object");
	refuse_header(b, "", "bad header");
	refuse_header(b, "\xFF\xFE", "bad header");
	refuse_header(b,
	    arena_print(&b->mem,
		"{\"alg\":\"EdDSA\","
		"\"kid\":\"%s\",\"kid\":\"%s\"}",
		kid, kid),
	    "duplicate");
	refuse_header(b,
	    arena_print(&b->mem,
		"{\"alg\":\"none\","
		"\"\\u0061lg\":\"EdDSA\",\"kid\":\"%s\"}",
		kid),
	    "duplicate");
	refuse_header(b,
	    arena_print(&b->mem,
		"{\"alg\":\"EdDSA\","
		"\"kid\":\"%s\",\"crit\":[\"exp\"]}",
		kid),
	    "critical");
	refuse_header(b,
	    arena_print(&b->mem,
		"{\"alg\":\"EdDSA\","
		"\"kid\":\"%s\",\"b64\":false,\"crit\":[\"b64\"]}",
		kid),
	    "critical");
	refuse_header(b,
	    arena_print(&b->mem,
		"{\"alg\":\"EdDSA\","
		"\"kid\":\"%s\",\"crit\":{}}",
		kid),
	    "critical");
	refuse_header(b,
	    arena_print(&b->mem,
		"{\"alg\":\"EdDSA\","
		"\"kid\":\"%s\",\"crit\":null}",
		kid),
	    "critical");
}

static void a_kid_that_is_not_trusted_is_refused(void **state)
{
	struct bench *b = *state;
	const char *const kids[] = {
		"",
		" ",
		"../",
		"../../etc/passwd",
		"/dev/null",
		"%s%n",
		"' OR '1'='1",
		"x",
		b->stranger.public_key.kid,
		arena_print(&b->mem, "%.42s", b->ring.signer.public_key.kid),
		arena_print(&b->mem, "%sA", b->ring.signer.public_key.kid),
	};

	for (size_t i = 0; i < COUNT_OF(kids); i++) {
		refuse_header(b,
		    arena_print(
			&b->mem, "{\"alg\":\"EdDSA\",\"kid\":\"%s\"}", kids[i]),
		    "trusted");
		assert_null(strstr(b->fault.detail, ".."));
	}
}

static void a_key_in_the_header_is_not_used(void **state)
{
	struct bench *b = *state;
	const struct crypto_public_key *key = &b->stranger.public_key;
	const char *jwk = arena_print(&b->mem,
	    "{\"kty\":\"OKP\","
	    "\"crv\":\"Ed25519\",\"x\":\"%s\"}",
	    crypto_base64url(&b->mem, key->bytes, sizeof(key->bytes)));

	refuse(b,
	    forge(b, &b->stranger,
		arena_print(&b->mem,
		    "{\"alg\":\"EdDSA\",\"kid\":\"%s\",\"jwk\":%s}", key->kid,
		    jwk),
		good_claims),
	    "trusted");
	refuse(b,
	    forge(b, &b->stranger,
		arena_print(&b->mem,
		    "{\"alg\":\"EdDSA\",\"kid\":\"%s\",\"jwk\":%s}",
		    b->ring.signer.public_key.kid, jwk),
		good_claims),
	    "wrong signature");
}

static void a_revoked_key_is_refused(void **state)
{
	struct bench *b = *state;

	refuse(b,
	    forge(b, &b->revoked,
		arena_print(&b->mem, "{\"alg\":\"EdDSA\",\"kid\":\"%s\"}",
		    b->revoked.public_key.kid),
		good_claims),
	    "revoked");
}

static void a_signature_of_another_key_or_text_is_refused(void **state)
{
	struct bench *b = *state;
	char *good = forge(b, &b->ring.signer, good_header(b), good_claims);
	const char *signature = strrchr(good, '.');

	refuse(b, forge(b, &b->stranger, good_header(b), good_claims),
	    "wrong signature");
	refuse(b, forge(b, &b->revoked, good_header(b), good_claims),
	    "wrong signature");
	/* A good signature behind other claims. */
	refuse(b,
	    arena_print(&b->mem, "%s.%s%s", encode(b, good_header(b)),
		encode(b, claims_with(b, "\"limits\":{\"projects\":0}")),
		signature),
	    "wrong signature");
	/* The same claims written in another way. */
	refuse(b,
	    arena_print(&b->mem, "%s.%s%s", encode(b, good_header(b)),
		encode(b, arena_print(&b->mem, " %s", good_claims)), signature),
	    "wrong signature");
}

static void every_character_of_a_key_counts(void **state)
{
	struct bench *b = *state;
	char *key = forge(b, &b->ring.signer, good_header(b), good_claims);

	assert_int_equal(verify(b, key), ERR_NONE);
	for (size_t i = 0; key[i] != '\0'; i++) {
		char kept = key[i];

		key[i] = kept == 'A' ? 'B' : 'A';
		assert_int_equal(verify(b, key), ERR_BAD_LICENCE);
		key[i] = kept;
	}
}

static void a_key_that_is_cut_anywhere_is_refused(void **state)
{
	struct bench *b = *state;
	char *key = forge(b, &b->ring.signer, good_header(b), good_claims);

	for (size_t length = strlen(key); length > 0; length--) {
		key[length - 1] = '\0';
		assert_int_equal(verify(b, key), ERR_BAD_LICENCE);
	}
}

static void a_time_outside_the_key_is_refused(void **state)
{
	struct bench *b = *state;

	refuse_claims(b, claims_with(b, "\"exp\":1789999999"), "expired");
	refuse_claims(b, claims_with(b, "\"exp\":1790000000"), "expired");
	assert_int_equal(
	    verify_claims(b, claims_with(b, "\"exp\":1790000001")), ERR_NONE);
	/* a minute of leeway for the signer's clock */
	refuse_claims(b, claims_with(b, "\"nbf\":1790000061"), "not valid yet");
	assert_int_equal(
	    verify_claims(b, claims_with(b, "\"nbf\":1790000060")), ERR_NONE);
	refuse_claims(b,
	    "{\"iss\":\"t\",\"jti\":\"j\",\"iat\":1790000061,"
	    "\"licenseType\":\"free\"}",
	    "issued in the future");
	assert_int_equal(verify_claims(b,
			     "{\"iss\":\"t\",\"jti\":\"j\",\"iat\":1790000060,"
			     "\"licenseType\":\"free\"}"),
	    ERR_NONE);
}

static void a_time_may_have_a_fraction_or_an_exponent(void **state)
{
	struct bench *b = *state;

	assert_int_equal(verify_claims(b,
			     "{\"iss\":\"t\",\"jti\":\"j\","
			     "\"iat\":1780000000.25,\"nbf\":1.78e9,"
			     "\"exp\":1790000001.5,"
			     "\"licenseType\":\"free\"}"),
	    ERR_NONE);
	assert_true(b->out.issued_at == INT64_C(1780000000250));
	assert_true(b->out.starts_at == INT64_C(1780000000000));
	assert_true(b->out.expires_at == INT64_C(1790000001500));
}

static void a_time_that_is_none_is_refused(void **state)
{
	struct bench *b = *state;

	/* 0 must not become `never`. */
	refuse_claims(b, claims_with(b, "\"exp\":0"), "out of range");
	refuse_claims(b, claims_with(b, "\"exp\":-1"), "out of range");
	refuse_claims(
	    b, claims_with(b, "\"exp\":253402300800"), "out of range");
	refuse_claims(
	    b, claims_with(b, "\"exp\":18446744073709551616"), "out of range");
	refuse_claims(b, claims_with(b, "\"exp\":0.0004"), "out of range");
	refuse_claims(b, claims_with(b, "\"exp\":1e12"), "out of range");
	refuse_claims(b, claims_with(b, "\"exp\":1e400"), "out of range");
	refuse_claims(b, claims_with(b, "\"exp\":\"1790000001\""), "number");
	refuse_claims(b, claims_with(b, "\"exp\":false"), "number");
	refuse_claims(b, claims_with(b, "\"nbf\":-1"), "out of range");
	refuse_claims(b, claims_with(b, "\"nbf\":-0.5"), "out of range");
	refuse_claims(b, claims_with(b, "\"nbf\":\"x\""), "number");
	refuse_claims(b,
	    "{\"iss\":\"t\",\"jti\":\"j\",\"iat\":\"1\","
	    "\"licenseType\":\"free\"}",
	    "iat must be a number");
	refuse_claims(b,
	    "{\"iss\":\"t\",\"jti\":\"j\",\"iat\":253402300800,"
	    "\"licenseType\":\"free\"}",
	    "out of range");
}

static void a_key_of_another_organization_is_refused(void **state)
{
	struct bench *b = *state;

	assert_int_equal(
	    verify_claims(
		b, claims_with(b, "\"org\":\"01ARYZ6S41TSV4RRFFQ69G5FAV\"")),
	    ERR_NONE);
	refuse_claims(b,
	    claims_with(b, "\"org\":\"01BRYZ6S41TSV4RRFFQ69G5FAV\""),
	    "another organization");
	refuse_claims(b,
	    claims_with(b, "\"org\":\"01aryz6s41tsv4rrffq69g5fav\""),
	    "organization id");
	refuse_claims(b, claims_with(b, "\"org\":\"*\""), "organization id");
	refuse_claims(b, claims_with(b, "\"org\":7"), "must be a string");
	refuse_claims(b,
	    claims_with(b, "\"org\":[\"01ARYZ6S41TSV4RRFFQ69G5FAV\"]"),
	    "must be a string");
}

static void duplicate_claims_are_refused(void **state)
{
	struct bench *b = *state;

	refuse_claims(
	    b, claims_with(b, "\"licenseType\":\"enterprise\""), "duplicate");
	refuse_claims(b, claims_with(b, "\"j\\u0074i\":\"j-2\""), "duplicate");
	refuse_claims(
	    b, claims_with(b, "\"exp\":1,\"exp\":1800000000"), "duplicate");
	refuse_claims(b,
	    claims_with(b, "\"limits\":{\"projects\":1,\"projects\":0}"),
	    "duplicate");
	refuse_claims(
	    b, claims_with(b, "\"limits\":{},\"limits\":{}"), "duplicate");
}

static void a_claim_that_is_missing_or_unknown_is_refused(void **state)
{
	struct bench *b = *state;

	refuse_claims(b, "", "bad claims");
	refuse_claims(b, "null", "not an object");
	refuse_claims(b, "{}", "missing");
	refuse_claims(b, "{\"jti\":\"j\",\"iat\":1,\"licenseType\":\"free\"}",
	    "iss is missing");
	refuse_claims(b,
	    "{\"iss\":\"\",\"jti\":\"j\",\"iat\":1,"
	    "\"licenseType\":\"free\"}",
	    "issuer");
	refuse_claims(b, "{\"iss\":\"t\",\"iat\":1,\"licenseType\":\"free\"}",
	    "jti is missing");
	refuse_claims(b,
	    "{\"iss\":\"t\",\"jti\":\"j\","
	    "\"licenseType\":\"free\"}",
	    "iat is missing");
	refuse_claims(b, "{\"iss\":\"t\",\"jti\":\"j\",\"iat\":1}",
	    "licenseType is missing");
	refuse_claims(b,
	    "{\"iss\":\"t\",\"jti\":\"j\",\"iat\":1,"
	    "\"licenseType\":\"Growth\"}",
	    "unknown license type");
	refuse_claims(b,
	    "{\"iss\":\"t\",\"jti\":\"j\",\"iat\":1,"
	    "\"licenseType\":\"\"}",
	    "unknown license type");
}

/* A signer's bug must not make a licence everlasting or without limits. */
static void null_is_no_value_of_a_claim(void **state)
{
	static const char *const claims[] = { "\"exp\":null", "\"nbf\":null",
		"\"org\":null", "\"limits\":{\"projects\":null}",
		"\"limits\":{\"users\":null}" };
	struct bench *b = *state;

	for (size_t i = 0; i < COUNT_OF(claims); i++)
		refuse_claims(b, claims_with(b, claims[i]), "must not be null");
	refuse_claims(b, claims_with(b, "\"limits\":null"), "not an object");
	refuse_claims(b, claims_with(b, "\"org\":\"\""), "org is empty");
	refuse_claims(b,
	    "{\"iss\":\"t\",\"jti\":null,\"iat\":1,"
	    "\"licenseType\":\"free\"}",
	    "jti is missing");
}

static void the_algorithm_has_two_names(void **state)
{
	static const char *const names[] = { "EdDSA", "Ed25519" };
	struct bench *b = *state;

	for (size_t i = 0; i < COUNT_OF(names); i++)
		assert_int_equal(
		    verify(b,
			forge(b, &b->ring.signer,
			    arena_print(&b->mem,
				"{\"alg\":\"%s\",\"kid\":\"%s\"}", names[i],
				b->ring.signer.public_key.kid),
			    good_claims)),
		    ERR_NONE);
}

static void a_type_is_that_of_a_licence(void **state)
{
	static const char *const good[] = { "JWT", "jwt", "licence+jwt" };
	static const char *const bad[] = { "\"check+jwt\"", "\"JWS\"", "null",
		"\"\"", "1", "\"JWT \"" };
	struct bench *b = *state;
	const char *kid = b->ring.signer.public_key.kid;

	for (size_t i = 0; i < COUNT_OF(good); i++) {
		const char *typ = arena_print(&b->mem, "\"%s\"", good[i]);
		const char *header = arena_print(&b->mem,
		    "{\"alg\":\"EdDSA\",\"kid\":\"%s\",\"typ\":%s}", kid, typ);

		assert_int_equal(
		    verify(b, forge(b, &b->ring.signer, header, good_claims)),
		    ERR_NONE);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		refuse_header(b,
		    arena_print(&b->mem,
			"{\"alg\":\"EdDSA\",\"kid\":\"%s\",\"typ\":%s}", kid,
			bad[i]),
		    "license key");
}

static void white_space_at_the_ends_is_not_the_keys(void **state)
{
	static const char *const spaces[] = { " ", "\t", "\n", "\r\n",
		" \n \t" };
	struct bench *b = *state;
	const char *good = forge(
	    b, &b->ring.signer, good_header(b), good_claims);

	for (size_t i = 0; i < COUNT_OF(spaces); i++)
		assert_int_equal(verify(b,
				     arena_print(&b->mem, "%s%s%s", spaces[i],
					 good, spaces[i])),
		    ERR_NONE);
	refuse(b, " \n", "is empty");
}

static void a_bad_jti_is_refused(void **state)
{
	static const char *const ids[] = {
		"", " ", "a b", "a/b", "../x", "a'b", "\\u00e9", "a\\nb",
		("01234567890123456789012345678901234567890123456789"
		 "012345678901234"), /* 65 */
	};
	struct bench *b = *state;

	for (size_t i = 0; i < COUNT_OF(ids); i++)
		refuse_claims(b,
		    arena_print(&b->mem,
			"{\"iss\":\"t\","
			"\"jti\":\"%s\",\"iat\":1,\"licenseType\":\"free\"}",
			ids[i]),
		    "jti");
	assert_int_equal(verify_claims(b,
			     arena_print(&b->mem,
				 "{\"iss\":\"t\",\"jti\":\"%s\",\"iat\":1,"
				 "\"licenseType\":\"free\"}",
				 &ids[COUNT_OF(ids) - 1][1])),
	    ERR_NONE);
}

static void a_limit_that_is_no_small_whole_number_is_refused(void **state)
{
	static const char *const limits[] = {
		"-1",
		"-0.5",
		"1.0",
		"1e3",
		"1000000001",
		"9007199254740993",
		"18446744073709551616",
		"18446744073709551617",
		"-9223372036854775809",
		"1e400",
		"\"5\"",
		"true",
		"[]",
		"{}",
	};
	static const char *const objects[] = { "[]", "5", "\"{}\"", "false" };
	struct bench *b = *state;

	for (size_t i = 0; i < COUNT_OF(limits); i++) {
		refuse_claims(b,
		    claims_with(b,
			arena_print(&b->mem, "\"limits\":{\"projects\":%s}",
			    limits[i])),
		    "limit");
		refuse_claims(b,
		    claims_with(b,
			arena_print(
			    &b->mem, "\"limits\":{\"users\":%s}", limits[i])),
		    "limit");
	}
	for (size_t i = 0; i < COUNT_OF(objects); i++)
		refuse_claims(b,
		    claims_with(
			b, arena_print(&b->mem, "\"limits\":%s", objects[i])),
		    "not an object");
}

static void base64_of_another_kind_is_refused(void **state)
{
	struct bench *b = *state;
	const char *header = encode(b, good_header(b));
	const char *claims = encode(b, good_claims);
	char *key = forge(b, &b->ring.signer, good_header(b), good_claims);

	refuse(b, arena_print(&b->mem, "%s==", key), "base64url");
	refuse(b,
	    sign(b, &b->ring.signer,
		arena_print(&b->mem, "%s=.%s", header, claims)),
	    "base64url");
	refuse(b,
	    sign(b, &b->ring.signer,
		arena_print(&b->mem, "%s.%s=", header, claims)),
	    "base64url");
	refuse(b,
	    sign(b, &b->ring.signer,
		arena_print(&b->mem, "%s.+/%s", header, claims)),
	    "base64url");
}

static void unused_bits_that_are_not_zero_are_refused(void **state)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz0123456789-_";
	struct bench *b = *state;
	char *key = forge(b, &b->ring.signer, good_header(b), good_claims);
	char *last = key + strlen(key) - 1;
	const char *at = strchr(alphabet, *last);

	/* 64 bytes leave four bits: the same signature in another spelling. */
	for (int i = 1; i < 16; i++) {
		*last = at[i];
		refuse(b, key, "base64url");
	}
}

static void any_other_number_of_parts_is_refused(void **state)
{
	struct bench *b = *state;
	char *key = forge(b, &b->ring.signer, good_header(b), good_claims);

	refuse(b, "", "empty");
	refuse(b, "x", "three parts");
	refuse(b, encode(b, good_claims), "three parts");
	refuse(b,
	    arena_print(&b->mem, "%s.%s", encode(b, good_header(b)),
		encode(b, good_claims)),
	    "three parts");
	refuse(b, arena_print(&b->mem, "%s.", key), "three parts");
	refuse(b, arena_print(&b->mem, ".%s", key), "three parts");
	refuse(b, arena_print(&b->mem, "%s.AA", key), "three parts");
	refuse(b, arena_print(&b->mem, "%s.AA.AA", key), "three parts");
	refuse(b, "....", "three parts");
	refuse(b, "..", "wrong length");
}

static void a_key_that_is_too_long_is_refused(void **state)
{
	enum { MEBIBYTE = 1024 * 1024 };
	struct bench *b = *state;
	char *key = arena_alloc(&b->mem, MEBIBYTE + 1);

	memset(key, 'A', MEBIBYTE);
	refuse(b, key, "too long");
	memset(key, '.', MEBIBYTE);
	refuse(b, key, "too long");
	key[LICENCE_KEY_LENGTH_MAX] = '\0';
	refuse(b, key, "three parts");
}

/* Whatever else of the public key a careless verifier takes for a secret. */
static void hmac_with_what_is_published_is_refused(void **state)
{
	struct bench *b = *state;
	const struct crypto_public_key *key = &b->ring.signer.public_key;
	const char *const secrets[] = {
		"",
		key->kid,
		crypto_public_key_print(&b->mem, key),
		crypto_base64url(&b->mem, key->bytes, sizeof(key->bytes)),
		key_set(b),
	};
	static const char *const names[] = { "HS256", "HS512", "EdDSA" };

	for (size_t i = 0; i < COUNT_OF(secrets) * COUNT_OF(names); i++) {
		const char *secret = secrets[i / COUNT_OF(names)];
		const char *name = names[i % COUNT_OF(names)];
		unsigned char mac[CRYPTO_ED25519_SIGNATURE_SIZE] = { 0 };
		const char *input = arena_print(&b->mem, "%s.%s",
		    encode(b,
			arena_print(&b->mem, "{\"alg\":\"%s\",\"kid\":\"%s\"}",
			    name, key->kid)),
		    encode(b, good_claims));

		crypto_hmac(secret, strlen(secret), input, strlen(input), mac);
		refuse(b,
		    arena_print(&b->mem, "%s.%s", input,
			crypto_base64url(&b->mem, mac, CRYPTO_SHA256_SIZE)),
		    "wrong length");
		refuse(b,
		    arena_print(&b->mem, "%s.%s", input,
			crypto_base64url(&b->mem, mac, sizeof(mac))),
		    strcmp(name, "EdDSA") == 0 ? "wrong signature" : "EdDSA");
	}
}

/* RSA and ECDSA with the lengths that their signatures have. */
static void a_signature_of_another_algorithm_is_refused(void **state)
{
	static const struct {
		const char *alg;
		size_t length;
	} kinds[] = { { "RS256", 256 }, { "RS256", 512 }, { "PS256", 384 },
		{ "ES256", 64 }, { "ES384", 96 }, { "Ed448", 114 },
		{ "EdDSA", 0 }, { "EdDSA", 63 }, { "EdDSA", 65 },
		{ "EdDSA", 128 } };
	static const unsigned char zeroes[512];
	struct bench *b = *state;

	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		refuse(b,
		    arena_print(&b->mem, "%s.%s.%s",
			encode(b,
			    arena_print(&b->mem,
				"{\"alg\":\"%s\",\"kid\":\"%s\"}", kinds[i].alg,
				b->ring.signer.public_key.kid)),
			encode(b, good_claims),
			crypto_base64url(&b->mem, zeroes, kinds[i].length)),
		    kinds[i].length == 64 ? "EdDSA" : "wrong length");
}

/* The order L of Ed25519's group, little-endian (RFC 8032 section 5.1). */
static const unsigned char group_order[32] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a,
	0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
	0x14, [31] = 0x10 };

/* S + L verifies as S does where nobody looks: a second spelling of a key. */
static void a_signature_in_another_spelling_is_refused(void **state)
{
	struct bench *b = *state;
	const char *input = arena_print(&b->mem, "%s.%s",
	    encode(b, good_header(b)), encode(b, good_claims));
	unsigned char signature[CRYPTO_ED25519_SIGNATURE_SIZE];
	unsigned carry = 0;

	assert_true(
	    crypto_sign(&b->ring.signer, input, strlen(input), signature));
	for (size_t i = 0; i < sizeof(group_order); i++) {
		carry += signature[32 + i] + group_order[i];
		signature[32 + i] = (unsigned char)(carry & 0xFF);
		carry >>= 8;
	}
	assert_int_equal(carry, 0);
	refuse(b,
	    arena_print(&b->mem, "%s.%s", input,
		crypto_base64url(&b->mem, signature, sizeof(signature))),
	    "wrong signature");
}

/* R the neutral element, and S zero: right for a key of small order. */
static void a_signature_of_small_order_is_refused(void **state)
{
	struct bench *b = *state;
	unsigned char signature[CRYPTO_ED25519_SIGNATURE_SIZE] = { 1 };
	const char *input = arena_print(&b->mem, "%s.%s",
	    encode(b, good_header(b)), encode(b, good_claims));

	for (int i = 0; i < 2; i++, signature[0] = 0)
		refuse(b,
		    arena_print(&b->mem, "%s.%s", input,
			crypto_base64url(
			    &b->mem, signature, sizeof(signature))),
		    "wrong signature");
}

static void a_kid_that_names_a_file_or_place_is_refused(void **state)
{
	static const char *const before[] = { "./", "../", "../../../keys/",
		"/", "file:///", "https://example.org/", "\\\\\\\\host\\\\",
		"%2e%2e%2f", " ", "|" };
	static const char *const after[] = { " ", ".pub", "/", "/..", "\\n",
		"%00", ";", "=", "?x=1" };
	struct bench *b = *state;
	const char *kid = b->ring.signer.public_key.kid;

	for (size_t i = 0; i < COUNT_OF(before); i++)
		refuse_header(b,
		    arena_print(&b->mem, "{\"alg\":\"EdDSA\",\"kid\":\"%s%s\"}",
			before[i], kid),
		    "trusted");
	for (size_t i = 0; i < COUNT_OF(after); i++)
		refuse_header(b,
		    arena_print(&b->mem, "{\"alg\":\"EdDSA\",\"kid\":\"%s%s\"}",
			kid, after[i]),
		    "trusted");
	refuse_header(b,
	    arena_print(
		&b->mem, "{\"alg\":\"EdDSA\",\"kid\":\"%s\\u0000\"}", kid),
	    "NUL");
	refuse_header(b,
	    arena_print(&b->mem, "{\"alg\":\"EdDSA\",\"kid\":\"%05000d\"}", 0),
	    "trusted");
}

static char *header_with_place(
    struct bench *b, const char *kid, const char *member)
{
	return arena_print(&b->mem,
	    "{\"alg\":\"EdDSA\",\"kid\":\"%s\","
	    "\"%s\":\"https://127.0.0.1:1/key\"}",
	    kid, member);
}

static void a_place_for_the_key_in_the_header_is_not_visited(void **state)
{
	static const char *const members[] = { "jku", "x5u", "jwk", "x5c" };
	struct bench *b = *state;
	const char *own = b->stranger.public_key.kid;
	const char *trusted = b->ring.signer.public_key.kid;

	for (size_t i = 0; i < COUNT_OF(members); i++) {
		refuse(b,
		    forge(b, &b->stranger,
			header_with_place(b, own, members[i]), good_claims),
		    "trusted");
		refuse(b,
		    forge(b, &b->stranger,
			header_with_place(b, trusted, members[i]), good_claims),
		    "wrong signature");
	}
}

static void the_kid_of_a_revoked_key_is_refused_whoever_signs(void **state)
{
	struct bench *b = *state;
	const char *header = arena_print(&b->mem,
	    "{\"alg\":\"EdDSA\",\"kid\":\"%s\"}", b->revoked.public_key.kid);

	refuse(b, forge(b, &b->ring.signer, header, good_claims), "revoked");
	refuse(b, forge(b, &b->stranger, header, good_claims), "revoked");
	/* what the key has signed before ends with it */
	memcpy(
	    b->ring.revoked[0], b->ring.signer.public_key.kid, CRYPTO_KID_SIZE);
	refuse_claims(b, good_claims, "revoked");
}

static void a_revoked_key_that_takes_a_trusted_kid_is_refused(void **state)
{
	struct bench *b = *state;

	refuse(b, forge(b, &b->revoked, good_header(b), good_claims),
	    "wrong signature");
}

static void a_header_that_was_not_signed_is_refused(void **state)
{
	struct bench *b = *state;
	const char *good = forge(
	    b, &b->ring.signer, good_header(b), good_claims);
	const char *rest = strchr(good, '.');
	const char *kid = b->ring.signer.public_key.kid;

	refuse(b,
	    arena_print(&b->mem, "%s%s",
		encode(b,
		    arena_print(&b->mem,
			"{\"alg\":\"EdDSA\",\"kid\":\"%s\","
			"\"typ\":\"JWT\"}",
			kid)),
		rest),
	    "wrong signature");
	refuse(b,
	    arena_print(&b->mem, "%s%s",
		encode(b,
		    arena_print(
			&b->mem, "{\"kid\":\"%s\",\"alg\":\"EdDSA\"}", kid)),
		rest),
	    "wrong signature");
}

/* Claims that are signed well, and are no object that JSON allows. */
static void claims_that_are_no_strict_json_are_refused(void **state)
{
	struct bench *b = *state;
	char *deep = arena_alloc(&b->mem, 64);

	memset(deep, '[', 32);
	memset(deep + 32, ']', 31);
	refuse_claims(b, claims_with(b, arena_print(&b->mem, "\"x\":%s", deep)),
	    "bad claims");
	refuse_claims(b, claims_with(b, "\"x\":\"\xFF\""), "UTF-8");
	refuse_claims(b, claims_with(b, "\"x\":\"\\ud800\""), "surrogate");
	refuse_claims(b, claims_with(b, "\"x\":NaN"), "bad claims");
	refuse_claims(b, claims_with(b, "\"x\":1,"), "bad claims");
	refuse_claims(b,
	    arena_print(&b->mem, "%s %s", good_claims, good_claims),
	    "after the end");
	refuse_claims(
	    b, arena_print(&b->mem, "[%s]", good_claims), "not an object");
	refuse_claims(b, arena_print(&b->mem, "\xEF\xBB\xBF%s", good_claims),
	    "bad claims");
}

/* Each part with a byte in it that is not of the alphabet. */
static void white_space_and_padding_in_any_part_are_refused(void **state)
{
	static const char *const marks[] = { " ", "\t", "\n", "\r\n", "=",
		"==", "+", "/", "%", ",", "\x01", "\x7F", "\xC3\xA9",
		"\xC2\xA0" };
	struct bench *b = *state;
	char *good = forge(b, &b->ring.signer, good_header(b), good_claims);
	const size_t length = strlen(good);
	const size_t first = strcspn(good, ".");
	const size_t second = first + 1 + strcspn(good + first + 1, ".");
	const size_t places[] = { 0, 1, first, first + 1, first + 2, second,
		second + 1, second + 2, length };

	for (size_t i = 0; i < COUNT_OF(marks); i++) {
		/* white space at the ends is not the key's */
		bool is_space = strspn(marks[i], " \t\r\n") > 0;

		for (size_t k = is_space; k < COUNT_OF(places) - is_space; k++)
			refuse(b,
			    arena_print(&b->mem, "%.*s%s%s", (int)places[k],
				good, marks[i], good + places[k]),
			    "base64url");
	}
}

/* A text whose last character has bits set that no byte takes. */
static char *encode_with_bits(struct bench *b, const char *text)
{
	char *coded;

	while (strlen(text) % 3 == 0)
		text = arena_print(&b->mem, "%s ", text);
	coded = encode(b, text);
	coded[strlen(coded) - 1]++; /* a multiple of four before */
	return coded;
}

/* The signature is good: it is of the text as it was written. */
static void unused_bits_of_header_and_claims_are_refused(void **state)
{
	struct bench *b = *state;

	refuse(b,
	    sign(b, &b->ring.signer,
		arena_print(&b->mem, "%s.%s", encode(b, good_header(b)),
		    encode_with_bits(b, good_claims))),
	    "base64url");
	refuse(b,
	    sign(b, &b->ring.signer,
		arena_print(&b->mem, "%s.%s",
		    encode_with_bits(b, good_header(b)),
		    encode(b, good_claims))),
	    "base64url");
}

/* RFC 7515 section 7.2: only the compact form is a licence key. */
static void the_json_form_is_refused(void **state)
{
	struct bench *b = *state;
	const char *good = forge(
	    b, &b->ring.signer, good_header(b), good_claims);
	const char *signature = strrchr(good, '.') + 1;

	refuse(b,
	    arena_print(&b->mem,
		"{\"payload\":\"%s\",\"protected\":\"%s\","
		"\"signature\":\"%s\"}",
		encode(b, good_claims), encode(b, good_header(b)), signature),
	    "three parts");
	refuse(b, arena_print(&b->mem, "Bearer %s", good), "base64url");
}

/* The length is the first check: one byte over it is not looked at. */
static void a_good_key_is_taken_up_to_the_longest_length(void **state)
{
	struct bench *b = *state;
	char *key = forge(b, &b->ring.signer, good_header(b), good_claims);
	size_t more = (LICENCE_KEY_LENGTH_MAX - strlen(key)) / 4 * 3;
	char *claims;
	enum err err = ERR_BAD_LICENCE;

	for (; more > 0 && err != ERR_NONE; more--) {
		claims = claims_with(
		    b, arena_print(&b->mem, "\"x\":\"%0*d\"", (int)more, 0));
		key = forge(b, &b->ring.signer, good_header(b), claims);
		err = verify(b, key);
		assert_int_equal(
		    err == ERR_NONE, strlen(key) <= LICENCE_KEY_LENGTH_MAX);
	}
	assert_true(strlen(key) > LICENCE_KEY_LENGTH_MAX - 4);
}

static void nothing_is_trusted_by_an_empty_ring(void **state)
{
	struct bench *b = *state;
	char *key = forge(b, &b->ring.signer, good_header(b), good_claims);

	b->ring.trusted_count = 0;
	refuse(b, key, "trusted");
}

static void without_a_signer_nothing_is_issued(void **state)
{
	const struct licence licence = { .jti = "j", .type = "free" };
	struct bench *b = *state;
	const char *key = NULL;

	b->ring.has_signer = false;
	assert_int_equal(
	    licence_key_issue(&b->ring, &b->mem, &licence, &key, &b->fault),
	    ERR_NO_SIGNING_KEY);
	assert_string_equal(b->fault.detail, "no signing key is configured");
	b->ring.has_signer = true;
	b->ring.signer = b->revoked;
	assert_int_equal(
	    licence_key_issue(&b->ring, &b->mem, &licence, &key, &b->fault),
	    ERR_NO_SIGNING_KEY);
	assert_null(key);
}

static void a_key_too_long_to_verify_is_not_issued(void **state)
{
	const struct licence licence = { .jti = "j", .type = "free" };
	struct bench *b = *state;
	const char *key = NULL;
	static const int lengths[] = { 6200, 9000 };

	for (size_t i = 0; i < COUNT_OF(lengths); i++) {
		b->ring.issuer = arena_print(&b->mem, "%0*d", lengths[i], 0);
		assert_int_equal(licence_key_issue(&b->ring, &b->mem, &licence,
				     &key, &b->fault),
		    ERR_INTERNAL);
		assert_null(key);
	}
}

static void the_key_set_lists_what_is_not_revoked(void **state)
{
	struct bench *b = *state;
	const struct crypto_public_key *key = &b->ring.trusted[0];

	assert_string_equal(key_set(b),
	    arena_print(&b->mem,
		"{\"keys\":[{\"kty\":\"OKP\","
		"\"crv\":\"Ed25519\",\"use\":\"sig\",\"alg\":\"EdDSA\","
		"\"typ\":\"JWT\",\"kid\":\"%s\",\"x\":\"%s\"}]}",
		key->kid,
		crypto_base64url(&b->mem, key->bytes, sizeof(key->bytes))));
	b->ring.trusted_count = 0;
	assert_string_equal(key_set(b), "{\"keys\":[]}");
}

static void the_key_set_has_room_for_a_full_ring(void **state)
{
	struct bench *b = *state;
	const char *set;

	for (size_t i = 0; i < LICENCE_KEYS_MAX; i++)
		b->ring.trusted[i] = b->stranger.public_key;
	b->ring.trusted_count = LICENCE_KEYS_MAX;
	set = key_set(b);
	assert_string_equal(set + strlen(set) - 3, "}]}");
}

#define WITH_BENCH(test_) \
	cmocka_unit_test_setup_teardown(test_, bench_setup, bench_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BENCH(a_key_made_here_verifies_here),
		WITH_BENCH(what_is_optional_may_be_absent),
		WITH_BENCH(a_limit_in_the_key_goes_before_the_plan),
		WITH_BENCH(
		    checks_without_a_time_or_an_organization_are_left_out),
		WITH_BENCH(the_algorithm_none_is_refused),
		WITH_BENCH(hmac_with_the_public_key_as_its_secret_is_refused),
		WITH_BENCH(another_algorithm_is_refused),
		WITH_BENCH(a_header_that_is_not_as_it_must_be_is_refused),
		WITH_BENCH(a_kid_that_is_not_trusted_is_refused),
		WITH_BENCH(a_key_in_the_header_is_not_used),
		WITH_BENCH(a_revoked_key_is_refused),
		WITH_BENCH(a_signature_of_another_key_or_text_is_refused),
		WITH_BENCH(every_character_of_a_key_counts),
		WITH_BENCH(a_key_that_is_cut_anywhere_is_refused),
		WITH_BENCH(a_time_outside_the_key_is_refused),
		WITH_BENCH(a_time_that_is_none_is_refused),
		WITH_BENCH(a_key_of_another_organization_is_refused),
		WITH_BENCH(duplicate_claims_are_refused),
		WITH_BENCH(a_claim_that_is_missing_or_unknown_is_refused),
		WITH_BENCH(null_is_no_value_of_a_claim),
		WITH_BENCH(the_algorithm_has_two_names),
		WITH_BENCH(a_type_is_that_of_a_licence),
		WITH_BENCH(white_space_at_the_ends_is_not_the_keys),
		WITH_BENCH(a_time_may_have_a_fraction_or_an_exponent),
		WITH_BENCH(a_bad_jti_is_refused),
		WITH_BENCH(a_limit_that_is_no_small_whole_number_is_refused),
		WITH_BENCH(base64_of_another_kind_is_refused),
		WITH_BENCH(unused_bits_that_are_not_zero_are_refused),
		WITH_BENCH(any_other_number_of_parts_is_refused),
		WITH_BENCH(a_key_that_is_too_long_is_refused),
		WITH_BENCH(hmac_with_what_is_published_is_refused),
		WITH_BENCH(a_signature_of_another_algorithm_is_refused),
		WITH_BENCH(a_signature_in_another_spelling_is_refused),
		WITH_BENCH(a_signature_of_small_order_is_refused),
		WITH_BENCH(a_kid_that_names_a_file_or_place_is_refused),
		WITH_BENCH(a_place_for_the_key_in_the_header_is_not_visited),
		WITH_BENCH(the_kid_of_a_revoked_key_is_refused_whoever_signs),
		WITH_BENCH(a_revoked_key_that_takes_a_trusted_kid_is_refused),
		WITH_BENCH(a_header_that_was_not_signed_is_refused),
		WITH_BENCH(claims_that_are_no_strict_json_are_refused),
		WITH_BENCH(white_space_and_padding_in_any_part_are_refused),
		WITH_BENCH(unused_bits_of_header_and_claims_are_refused),
		WITH_BENCH(the_json_form_is_refused),
		WITH_BENCH(a_good_key_is_taken_up_to_the_longest_length),
		WITH_BENCH(nothing_is_trusted_by_an_empty_ring),
		WITH_BENCH(without_a_signer_nothing_is_issued),
		WITH_BENCH(a_key_too_long_to_verify_is_not_issued),
		WITH_BENCH(the_key_set_lists_what_is_not_revoked),
		WITH_BENCH(the_key_set_has_room_for_a_full_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
