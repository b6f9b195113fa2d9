#include "edge/licence_key.h"

#include <string.h>
#include <strings.h>

#include "base/field.h"
#include "base/ulid.h"
#include "edge/json.h"

enum {
	ABSENT = -1,
	LEEWAY = 60000 /* ms that the signer's clock may be ahead */
};

struct header {
	const char *alg;
	const char *kid;
	const char *typ;
};

static const struct field header_rows[] = {
	{ .member = "alg",
	    .type = FIELD_STRING,
	    .flags = FIELD_REQUIRED,
	    FIELD_AT(struct header, alg) },
	{ .member = "kid",
	    .type = FIELD_STRING,
	    .flags = FIELD_REQUIRED,
	    FIELD_AT(struct header, kid) },
	{ .member = "typ",
	    .type = FIELD_STRING,
	    .flags = FIELD_STRICT,
	    FIELD_AT(struct header, typ) },
};

static const struct field_table header_table = FIELD_TABLE(header_rows);

struct claims {
	const char *iss;
	const char *jti;
	const char *org;
	const char *type;
	int64_t iat, nbf, exp; /* ms */
};

static const struct field claims_rows[] = {
	{ .member = "iss",
	    .type = FIELD_STRING,
	    .flags = FIELD_REQUIRED,
	    FIELD_AT(struct claims, iss) },
	{ .member = "jti",
	    .type = FIELD_STRING,
	    .flags = FIELD_REQUIRED,
	    FIELD_AT(struct claims, jti) },
	{ .member = "licenseType",
	    .type = FIELD_STRING,
	    .flags = FIELD_REQUIRED,
	    FIELD_AT(struct claims, type) },
	{ .member = "org",
	    .type = FIELD_STRING,
	    .flags = FIELD_STRICT,
	    FIELD_AT(struct claims, org) },
	{ .member = "iat",
	    .type = FIELD_SECONDS,
	    .flags = FIELD_REQUIRED,
	    FIELD_AT(struct claims, iat) },
	{ .member = "nbf",
	    .type = FIELD_SECONDS,
	    .flags = FIELD_STRICT,
	    FIELD_AT(struct claims, nbf) },
	{ .member = "exp",
	    .type = FIELD_SECONDS,
	    .flags = FIELD_STRICT,
	    FIELD_AT(struct claims, exp) },
};

static const struct field_table claims_table = FIELD_TABLE(claims_rows);

static const struct field limits_rows[] = {
	{ .member = "projects",
	    .type = FIELD_INTEGER,
	    .flags = FIELD_STRICT,
	    FIELD_AT(struct licence_limits, projects) },
	{ .member = "users",
	    .type = FIELD_INTEGER,
	    .flags = FIELD_STRICT,
	    FIELD_AT(struct licence_limits, users) },
};

static const struct field_table limits_table = FIELD_TABLE(limits_rows);

/* The three parts of a key, decoded; all end with a NUL. */
struct parts {
	const char *signed_text; /* the first two as they were sent */
	size_t signed_length;
	struct json_source header, claims;
	const unsigned char *signature;
};

static enum err refuse(struct fault *fault, const char *why)
{
	return fault_set(fault, ERR_BAD_LICENCE, "the license key %s", why);
}

/* A key is copied by hand: white space at its ends is not the key's. */
static const char *trim(struct arena *mem, const char *key)
{
	static const char space[] = " \t\r\n\v\f";
	size_t length;

	key += strspn(key, space);
	length = strlen(key);
	while (length > 0 && strchr(space, key[length - 1]) != NULL)
		length--;
	return arena_copy(mem, key, length);
}

static enum err split(struct arena *mem, const char *key, struct parts *parts,
    struct fault *fault)
{
	size_t length = strlen(key), signature_length = 0;
	const char *first, *second, *end = key + length;

	if (length == 0)
		return refuse(fault, "is empty");
	if (length > LICENCE_KEY_LENGTH_MAX)
		return refuse(fault, "is too long");
	first = strchr(key, '.');
	second = first == NULL ? NULL : strchr(first + 1, '.');
	if (second == NULL || strchr(second + 1, '.') != NULL)
		return refuse(fault, "does not have three parts");

	parts->signed_text = key;
	parts->signed_length = (size_t)(second - key);
	parts->header.text = (char *)crypto_base64url_decode(
	    mem, key, (size_t)(first - key), &parts->header.length);
	parts->claims.text = (char *)crypto_base64url_decode(mem, first + 1,
	    (size_t)(second - first - 1), &parts->claims.length);
	parts->signature = crypto_base64url_decode(
	    mem, second + 1, (size_t)(end - second - 1), &signature_length);
	if (parts->header.text == NULL || parts->claims.text == NULL ||
	    parts->signature == NULL)
		return refuse(fault, "is not canonical base64url");
	if (signature_length != CRYPTO_ED25519_SIGNATURE_SIZE)
		return refuse(fault, "has a signature of the wrong length");
	return ERR_NONE;
}

static bool is_revoked(const struct licence_ring *ring, const char *kid)
{
	for (size_t i = 0; i < ring->revoked_count; i++) {
		if (strcmp(ring->revoked[i], kid) == 0)
			return true;
	}
	return false;
}

static const struct crypto_public_key *find_trusted(
    const struct licence_ring *ring, const char *kid)
{
	for (size_t i = 0; i < ring->trusted_count; i++) {
		if (strcmp(ring->trusted[i].kid, kid) == 0)
			return &ring->trusted[i];
	}
	return NULL;
}

/*
 * The header comes from whoever sent the key: it may choose among the
 * trusted keys, and nothing else.
 */
static enum err read_header(struct arena *mem, const struct parts *parts,
    struct header *header, struct fault *fault)
{
	struct fault inner = { 0 };
	bool is_object;

	if (json_decode(mem, parts->header, &header_table, header, &inner) !=
	    ERR_NONE)
		return fault_set(fault, ERR_BAD_LICENCE,
		    "the license key has a bad header: %s", inner.detail);
	if (strcmp(header->alg, "EdDSA") != 0 &&
	    strcmp(header->alg, "Ed25519") != 0)
		return refuse(fault, "is not signed with EdDSA (Ed25519)");
	if (header->typ != NULL && strcasecmp(header->typ, "JWT") != 0 &&
	    strcasecmp(header->typ, "licence+jwt") != 0)
		return refuse(fault, "is a token of another type");
	if (json_member(mem, parts->header, "crit", &is_object) != NULL)
		return refuse(fault, "has critical extensions");
	return ERR_NONE;
}

static bool is_jti(const char *text)
{
	static const char allowed[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789._~-";
	size_t length = strlen(text);

	return length > 0 && length < LICENCE_JTI_SIZE &&
	    strspn(text, allowed) == length;
}

static bool is_limit(int64_t limit)
{
	return limit >= 0 && limit <= LICENCE_LIMIT_MAX;
}

static enum err read_limits(struct arena *mem, const struct parts *parts,
    struct licence_limits *limits, struct fault *fault)
{
	struct fault inner = { 0 };
	bool is_object;
	const char *text = json_member(
	    mem, parts->claims, "limits", &is_object);

	if (text == NULL)
		return ERR_NONE;
	if (!is_object)
		return refuse(fault, "has limits that are not an object");
	if (json_decode(mem, (struct json_source){ text, strlen(text) },
		&limits_table, limits, &inner) != ERR_NONE)
		return fault_set(fault, ERR_BAD_LICENCE,
		    "the license key has a bad limit: %s", inner.detail);
	if (!is_limit(limits->projects) || !is_limit(limits->users))
		return refuse(fault, "has a limit that is out of range");
	return ERR_NONE;
}

/* Whether the claims are well formed, without asking when and for whom. */
static enum err check_claims(const struct claims *claims, struct fault *fault)
{
	if (claims->iss[0] == '\0')
		return refuse(fault, "has an empty issuer");
	if (!is_jti(claims->jti))
		return refuse(fault, "has a bad jti");
	if (licence_type_find(claims->type) == NULL)
		return refuse(fault, "has an unknown license type");
	if (claims->org != NULL && !ulid_is_valid(claims->org))
		return refuse(fault, "names no organization id in org");
	/* An exp of 0 would read as `never` once it is a licence's. */
	if (claims->exp == 0)
		return refuse(fault, "has a time that is out of range");
	return ERR_NONE;
}

/* Fills the licence from the claims of a key whose signature is good. */
static enum err read_claims(struct arena *mem, const struct parts *parts,
    struct licence *out, struct fault *fault)
{
	struct claims claims = { .nbf = ABSENT, .exp = ABSENT };
	const struct licence_type *type;
	struct fault inner = { 0 };
	enum err err;

	if (json_decode(mem, parts->claims, &claims_table, &claims, &inner) !=
	    ERR_NONE)
		return fault_set(fault, ERR_BAD_LICENCE,
		    "the license key has bad claims: %s", inner.detail);
	err = check_claims(&claims, fault);
	if (err != ERR_NONE)
		return err;

	type = licence_type_find(claims.type);
	memcpy(out->jti, claims.jti, strlen(claims.jti) + 1);
	memcpy(out->type, type->name, strlen(type->name) + 1);
	if (claims.org != NULL)
		memcpy(out->organization_id, claims.org, ULID_SIZE);
	out->issued_at = claims.iat;
	out->starts_at = claims.nbf == ABSENT ? 0 : claims.nbf;
	out->expires_at = claims.exp == ABSENT ? 0 : claims.exp;
	out->limits = type->limits;
	return read_limits(mem, parts, &out->limits, fault);
}

static enum err check_use(const struct licence *licence,
    const struct licence_check *check, struct fault *fault)
{
	const char *organization_id = check->organization_id;
	int64_t now = check->now;

	if (now != 0 && licence->starts_at > now + LEEWAY)
		return refuse(fault, "is not valid yet");
	if (now != 0 && licence->issued_at > now + LEEWAY)
		return refuse(fault, "was issued in the future");
	if (now != 0 && licence_is_expired(licence, now))
		return refuse(fault, "has expired");
	if (organization_id != NULL && licence->organization_id[0] != '\0' &&
	    strcmp(licence->organization_id, organization_id) != 0)
		return refuse(fault, "is for another organization");
	return ERR_NONE;
}

enum err licence_key_verify(const struct licence_check *check,
    struct arena *mem, const char *key, struct licence *out,
    struct fault *fault)
{
	const struct licence_ring *ring = check->ring;
	const struct crypto_public_key *signer;
	struct licence licence = { 0 };
	struct header header = { 0 };
	struct parts parts = { 0 };
	enum err err;

	err = split(mem, trim(mem, key), &parts, fault);
	if (err == ERR_NONE)
		err = read_header(mem, &parts, &header, fault);
	if (err != ERR_NONE)
		return err;
	if (is_revoked(ring, header.kid))
		return refuse(fault, "is signed by a revoked key");
	signer = find_trusted(ring, header.kid);
	if (signer == NULL)
		return refuse(fault, "is not signed by a trusted key");
	if (!crypto_verify(signer, parts.signed_text, parts.signed_length,
		parts.signature))
		return refuse(fault, "has a wrong signature");
	err = read_claims(mem, &parts, &licence, fault);
	if (err == ERR_NONE)
		err = check_use(&licence, check, fault);
	if (err != ERR_NONE)
		return err;
	memcpy(licence.kid, signer->kid, sizeof(signer->kid));
	*out = licence;
	return ERR_NONE;
}

static void put_member(
    struct json_writer *w, const char *name, const char *value)
{
	json_key(w, name);
	json_text(w, value);
}

static void put_number(struct json_writer *w, const char *name, int64_t value)
{
	json_key(w, name);
	json_integer(w, value);
}

static void put_claims(
    struct json_writer *w, const char *issuer, const struct licence *licence)
{
	json_open_object(w);
	put_member(w, "iss", issuer);
	put_member(w, "jti", licence->jti);
	put_number(w, "iat", licence->issued_at / 1000);
	if (licence->starts_at != 0)
		put_number(w, "nbf", licence->starts_at / 1000);
	if (licence->expires_at != 0)
		put_number(w, "exp", licence->expires_at / 1000);
	if (licence->organization_id[0] != '\0')
		put_member(w, "org", licence->organization_id);
	put_member(w, "licenseType", licence->type);
	json_key(w, "limits");
	json_open_object(w);
	put_number(w, "projects", licence->limits.projects);
	put_number(w, "users", licence->limits.users);
	json_close_object(w);
	json_close_object(w);
}

/* NULL: too long for a key. */
static const char *make_claims(const struct licence_ring *ring,
    struct arena *mem, const struct licence *licence)
{
	char *text = arena_alloc(mem, LICENCE_KEY_LENGTH_MAX + 1);
	struct json_writer w;

	json_start(&w, text, LICENCE_KEY_LENGTH_MAX, NULL, NULL);
	put_claims(&w, ring->issuer, licence);
	return w.failed == ERR_NONE ? text : NULL;
}

enum err licence_key_signer(
    const struct licence_ring *ring, const char **kid, struct fault *fault)
{
	if (!ring->has_signer)
		return fault_set(
		    fault, ERR_NO_SIGNING_KEY, "no signing key is configured");
	/* Nobody could install what it signs. */
	if (is_revoked(ring, ring->signer.public_key.kid))
		return fault_set(fault, ERR_NO_SIGNING_KEY,
		    "the signing key that is configured is revoked");
	*kid = ring->signer.public_key.kid;
	return ERR_NONE;
}

enum err licence_key_issue(const struct licence_ring *ring, struct arena *mem,
    const struct licence *licence, const char **key, struct fault *fault)
{
	const char *claims, *text = NULL, *kid;
	enum err err;

	if ((err = licence_key_signer(ring, &kid, fault)))
		return err;
	claims = make_claims(ring, mem, licence);
	if (claims != NULL)
		text = jws_sign(mem, &ring->signer, JWS_TYPE_LICENCE, claims);
	if (text == NULL)
		return fault_set(fault, ERR_INTERNAL,
		    "the license key could not be made: it would be too long");
	*key = text;
	return ERR_NONE;
}

size_t licence_key_list(
    const struct licence_ring *ring, struct jws_public out[LICENCE_KEYS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < ring->trusted_count; i++) {
		const struct crypto_public_key *key = &ring->trusted[i];

		if (!is_revoked(ring, key->kid))
			out[count++] = (struct jws_public){ key,
				JWS_TYPE_LICENCE };
	}
	return count;
}
