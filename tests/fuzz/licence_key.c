/*
 * Licence keys.  A text that begins with `{` is a header, a line end and
 * claims, which the trusted key and two others sign; any other text is a key
 * as it is sent.  Nothing verifies but what the trusted key has signed, to the
 * letter, and what verifies keeps to the rules of the claims.
 */
#include "edge/licence_key.h"
#include "base/ulid.h"
#include "fuzz.h"
#include "service.h"

#define NOW INT64_C(1790000000000)

static const char organization[] = "01ARYZ6S41TSV4RRFFQ69G5FAV";

/* The first of these is trusted, the second revoked, the third a stranger. */
static void make_keys(
    struct licence_ring *ring, struct crypto_private_key others[2])
{
	memset(ring, 0, sizeof(*ring));
	fuzz_signer(ring);
	for (int i = 0; i < 2; i++) {
		memset(others[i].seed, 8 + i, sizeof(others[i].seed));
		MUST(crypto_private_key_complete(&others[i]));
	}
	ring->trusted[ring->trusted_count++] = others[0].public_key;
	memcpy(ring->revoked[0], others[0].public_key.kid, CRYPTO_KID_SIZE);
	ring->revoked_count = 1;
}

static char *sign(struct arena *mem, const struct crypto_private_key *key,
    const char *text, size_t length)
{
	unsigned char signature[CRYPTO_ED25519_SIGNATURE_SIZE];

	MUST(crypto_sign(key, text, length, signature));
	return arena_print(mem, "%.*s.%s", (int)length, text,
	    crypto_base64url(mem, signature, sizeof(signature)));
}

static enum err verify(const struct licence_ring *ring, struct arena *mem,
    const char *key, struct licence *out)
{
	const struct licence_check check = { ring, NOW, organization };
	const struct licence untouched = { .jti = "untouched" };
	struct fault fault = { .code = ERR_NONE };
	enum err err;

	*out = untouched;
	err = licence_key_verify(&check, mem, key, out, &fault);
	MUST(err == ERR_NONE || err == ERR_BAD_LICENCE);
	MUST(err == fault.code);
	MUST(fuzz_is_utf8(fault.detail, strlen(fault.detail)));
	if (err != ERR_NONE)
		MUST(memcmp(out, &untouched, sizeof(untouched)) == 0);
	return err;
}

static void check_licence(const struct licence *licence)
{
	const struct licence_limits *limits = &licence->limits;

	MUST(limits->projects >= 0 && limits->projects <= LICENCE_LIMIT_MAX);
	MUST(limits->users >= 0 && limits->users <= LICENCE_LIMIT_MAX);
	MUST(licence_type_find(licence->type) != NULL);
	MUST(licence->jti[0] != '\0');
	MUST(licence->starts_at <= NOW);
	MUST(licence->expires_at == 0 || licence->expires_at > NOW);
	MUST(licence->organization_id[0] == '\0' ||
	    strcmp(licence->organization_id, organization) == 0);
}

/* A key with one character changed, removed or added is refused. */
static void try_changes(const struct licence_ring *ring, struct arena *mem,
    const char *key, size_t at)
{
	size_t length = strlen(key);
	char *changed = arena_text(mem, key);
	struct licence out;

	at %= length;
	changed[at] = key[at] == 'A' ? 'B' : 'A';
	MUST(verify(ring, mem, changed, &out) != ERR_NONE);
	changed = arena_print(mem, "%.*s%s", (int)at, key, key + at + 1);
	MUST(verify(ring, mem, changed, &out) != ERR_NONE);
	changed = arena_print(mem, "%.*sA%s", (int)at, key, key + at);
	MUST(verify(ring, mem, changed, &out) != ERR_NONE);
}

/* What verifies is what the trusted key signs: Ed25519 has one answer. */
static void try_key(
    const struct licence_ring *ring, struct arena *mem, const char *key)
{
	struct licence licence, again;
	struct fault fault;
	const char *own;

	if (verify(ring, mem, key, &licence) != ERR_NONE)
		return;
	MUST(strcmp(key,
		 sign(mem, &ring->signer, key,
		     (size_t)(strrchr(key, '.') - key))) == 0);
	check_licence(&licence);
	try_changes(ring, mem, key, (size_t)key[strlen(key) / 2] * 31);
	MUST(licence_key_issue(ring, mem, &licence, &own, &fault) == ERR_NONE);
	MUST(verify(ring, mem, own, &again) == ERR_NONE);
	MUST(memcmp(&licence, &again, sizeof(again)) == 0);
}

static void try_claims(const struct licence_ring *ring,
    const struct crypto_private_key others[2], struct arena *mem,
    const char *text)
{
	size_t header = strcspn(text, "\n");
	const char *claims = text + header + (text[header] == '\n');
	const char *input = arena_print(mem, "%s.%s",
	    crypto_base64url(mem, text, header),
	    crypto_base64url(mem, claims, strlen(claims)));
	struct licence out;

	for (int i = 0; i < 2; i++)
		MUST(verify(ring, mem,
			 sign(mem, &others[i], input, strlen(input)),
			 &out) != ERR_NONE);
	try_key(ring, mem, sign(mem, &ring->signer, input, strlen(input)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct licence_ring ring;
	static struct crypto_private_key others[2];
	char *text = fuzz_text(data, size);
	struct arena mem;

	if (!ring.has_signer)
		make_keys(&ring, others);
	arena_init(&mem);
	if (text[0] == '{')
		try_claims(&ring, others, &mem, text);
	else
		try_key(&ring, &mem, text);
	arena_release(&mem);
	free(text);
	return 0;
}
