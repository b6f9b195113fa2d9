#include "edge/jws.h"

#include <string.h>

#include "edge/json.h"

enum { JWK_SIZE = 256 };

static void put_member(
    struct json_writer *w, const char *name, const char *value)
{
	json_key(w, name);
	json_text(w, value);
}

/* The header of a token, in base64url (RFC 7515 section 3). */
static char *make_header(struct arena *mem, const char *kid, const char *typ)
{
	const char *text = arena_print(
	    mem, "{\"alg\":\"EdDSA\",\"kid\":\"%s\",\"typ\":\"%s\"}", kid, typ);

	return crypto_base64url(mem, text, strlen(text));
}

char *jws_sign(struct arena *mem, const struct crypto_private_key *key,
    const char *typ, const char *claims)
{
	unsigned char signature[CRYPTO_ED25519_SIGNATURE_SIZE];
	char *input, *token;

	if (strlen(claims) > JWS_LENGTH_MAX)
		return NULL;
	input = arena_print(mem, "%s.%s",
	    make_header(mem, key->public_key.kid, typ),
	    crypto_base64url(mem, claims, strlen(claims)));
	if (!crypto_sign(key, input, strlen(input), signature))
		return NULL;
	token = arena_print(mem, "%s.%s", input,
	    crypto_base64url(mem, signature, sizeof(signature)));
	return strlen(token) <= JWS_LENGTH_MAX ? token : NULL;
}

char *jws_open(struct arena *mem, const struct crypto_public_key *key,
    const char *typ, const char *token)
{
	const char *header = make_header(mem, key->kid, typ);
	size_t length = strlen(header), size;
	const unsigned char *signature;
	const char *claims, *end;

	if (strlen(token) > JWS_LENGTH_MAX ||
	    strncmp(token, header, length) != 0 || token[length] != '.')
		return NULL;
	claims = token + length + 1;
	if ((end = strchr(claims, '.')) == NULL)
		return NULL;
	signature = crypto_base64url_decode(
	    mem, end + 1, strlen(end + 1), &size);
	if (signature == NULL || size != CRYPTO_ED25519_SIGNATURE_SIZE ||
	    !crypto_verify(key, token, (size_t)(end - token), signature))
		return NULL;
	return (char *)crypto_base64url_decode(
	    mem, claims, (size_t)(end - claims), &size);
}

static void put_key(
    struct json_writer *w, struct arena *mem, const struct jws_public *public)
{
	const struct crypto_public_key *key = public->key;

	json_open_object(w);
	put_member(w, "kty", "OKP");
	put_member(w, "crv", "Ed25519");
	put_member(w, "use", "sig");
	put_member(w, "alg", "EdDSA");
	put_member(w, "typ", public->typ);
	put_member(w, "kid", key->kid);
	put_member(
	    w, "x", crypto_base64url(mem, key->bytes, sizeof(key->bytes)));
	json_close_object(w);
}

char *jws_key_set(
    struct arena *mem, const struct jws_public *keys, size_t count)
{
	const size_t size = JWK_SIZE * (count + 1);
	char *buffer = arena_alloc(mem, size);
	struct json_writer w;

	/* One byte less: the set ends with a NUL. */
	json_start(&w, buffer, size - 1, NULL, NULL);
	json_open_object(&w);
	json_key(&w, "keys");
	json_open_list(&w);
	for (size_t i = 0; i < count; i++)
		put_key(&w, mem, &keys[i]);
	json_close_list(&w);
	json_close_object(&w);
	return buffer;
}
