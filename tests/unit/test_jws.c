#include "unit.h"

#include "edge/jws.h"
#include "edge/licence_key.h"

static const char claims[] = "{\"sub\":\"a\"}";

struct bench {
	struct arena mem;
	struct crypto_private_key key, other;
};

static int bench_setup(void **state)
{
	static struct bench b;

	arena_init(&b.mem);
	crypto_private_key_make(&b.key);
	crypto_private_key_make(&b.other);
	*state = &b;
	return 0;
}

static int bench_teardown(void **state)
{
	arena_release(&((struct bench *)*state)->mem);
	return 0;
}

static void a_token_brings_its_claims(void **state)
{
	struct bench *b = *state;
	const char *token = jws_sign(&b->mem, &b->key, "check+jwt", claims);

	assert_string_equal(
	    jws_open(&b->mem, &b->key.public_key, "check+jwt", token), claims);
}

static void a_token_of_another_type_or_key_is_refused(void **state)
{
	struct bench *b = *state;
	const char *token = jws_sign(&b->mem, &b->key, "check+jwt", claims);

	assert_null(jws_open(&b->mem, &b->key.public_key, "head+jwt", token));
	assert_null(
	    jws_open(&b->mem, &b->other.public_key, "check+jwt", token));
}

static void every_character_of_a_token_counts(void **state)
{
	struct bench *b = *state;
	char *token = jws_sign(&b->mem, &b->key, "check+jwt", claims);

	for (size_t i = 0; token[i] != '\0'; i++) {
		char was = token[i];

		token[i] = was == 'A' ? 'B' : 'A';
		assert_null(
		    jws_open(&b->mem, &b->key.public_key, "check+jwt", token));
		token[i] = '\0';
		assert_null(
		    jws_open(&b->mem, &b->key.public_key, "check+jwt", token));
		token[i] = was;
	}
	assert_null(jws_open(&b->mem, &b->key.public_key, "check+jwt",
	    arena_print(&b->mem, "%s.", token)));
}

static void a_token_that_would_be_too_long_is_not_made(void **state)
{
	struct bench *b = *state;

	assert_null(jws_sign(&b->mem, &b->key, "check+jwt",
	    arena_print(&b->mem, "{\"sub\":\"%06200d\"}", 0)));
}

/* Even by the very key that licences are trusted by. */
static void a_token_of_another_kind_is_no_licence(void **state)
{
	static const char good[] =
	    "{\"iss\":\"tenantry\",\"jti\":\"j-1\",\"iat\":1780000000,"
	    "\"licenseType\":\"growth\"}";
	static const struct {
		const char *typ;
		enum err err;
	} kinds[] = { { JWS_TYPE_LICENCE, ERR_NONE },
		{ JWS_TYPE_CHECK, ERR_BAD_LICENCE },
		{ JWS_TYPE_HEAD, ERR_BAD_LICENCE } };
	struct bench *b = *state;
	struct licence_ring *ring = arena_alloc(&b->mem, sizeof(*ring));
	const struct licence_check check = { ring, 0, NULL };
	struct fault fault = { 0 };
	struct licence out;

	ring->trusted[ring->trusted_count++] = b->key.public_key;
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		assert_int_equal(
		    licence_key_verify(&check, &b->mem,
			jws_sign(&b->mem, &b->key, kinds[i].typ, good), &out,
			&fault),
		    kinds[i].err);
}

#define WITH_BENCH(test_) \
	cmocka_unit_test_setup_teardown(test_, bench_setup, bench_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BENCH(a_token_brings_its_claims),
		WITH_BENCH(a_token_of_another_type_or_key_is_refused),
		WITH_BENCH(every_character_of_a_token_counts),
		WITH_BENCH(a_token_that_would_be_too_long_is_not_made),
		WITH_BENCH(a_token_of_another_kind_is_no_licence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
