#include "edge/crypto_key.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#include "edge/crypto.h"
#include "edge/crypto_internal.h"

static EVP_PKEY *open_private(const struct crypto_private_key *key)
{
	return EVP_PKEY_new_raw_private_key(
	    EVP_PKEY_ED25519, NULL, key->seed, sizeof(key->seed));
}

static EVP_PKEY *open_public(const struct crypto_public_key *key)
{
	return EVP_PKEY_new_raw_public_key(
	    EVP_PKEY_ED25519, NULL, key->bytes, sizeof(key->bytes));
}

/* Frees the key; what OpenSSL noted about a bad one is nobody's business. */
static void close_key(EVP_PKEY *pkey)
{
	EVP_PKEY_free(pkey);
	ERR_clear_error();
}

static bool take_public(const EVP_PKEY *pkey, struct crypto_public_key *key)
{
	size_t size = sizeof(key->bytes);

	if (pkey == NULL || !EVP_PKEY_is_a(pkey, "ED25519") ||
	    EVP_PKEY_get_raw_public_key(pkey, key->bytes, &size) != 1 ||
	    size != sizeof(key->bytes))
		return false;
	crypto_public_key_name(key);
	return true;
}

void crypto_public_key_name(struct crypto_public_key *key)
{
	/* RFC 7638: the required members in this order, no white space. */
	char jwk[128] = "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"";
	unsigned char digest[CRYPTO_SHA256_SIZE];
	size_t used = strlen(jwk);

	used += crypto_base64url_put(
	    jwk + used, key->bytes, sizeof(key->bytes));
	jwk[used++] = '"';
	jwk[used++] = '}';
	crypto_sha256(jwk, used, digest);
	used = crypto_base64url_put(key->kid, digest, sizeof(digest));
	key->kid[used] = '\0';
}

void crypto_private_key_make(struct crypto_private_key *key)
{
	crypto_random(key->seed, sizeof(key->seed));
	crypto_require(crypto_private_key_complete(key));
}

bool crypto_private_key_complete(struct crypto_private_key *key)
{
	EVP_PKEY *pkey = open_private(key);
	bool ok = take_public(pkey, &key->public_key);

	close_key(pkey);
	return ok;
}

/* Without this OpenSSL asks for the password of a PEM on the terminal. */
static int no_password(char *out, int size, int writing, void *context)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)context;
	return -1;
}

typedef EVP_PKEY *(*pem_reader)(BIO *, EVP_PKEY **, pem_password_cb *, void *);

static EVP_PKEY *pem_read(const char *pem, pem_reader reader)
{
	BIO *text = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *pkey = NULL;

	if (text != NULL)
		pkey = reader(text, NULL, no_password, NULL);
	BIO_free(text);
	return pkey;
}

bool crypto_private_key_read(const char *pem, struct crypto_private_key *key)
{
	EVP_PKEY *pkey = pem_read(pem, PEM_read_bio_PrivateKey);
	size_t size = sizeof(key->seed);
	bool ok = take_public(pkey, &key->public_key) &&
	    EVP_PKEY_get_raw_private_key(pkey, key->seed, &size) == 1 &&
	    size == sizeof(key->seed);

	close_key(pkey);
	return ok;
}

bool crypto_public_key_read(const char *pem, struct crypto_public_key *key)
{
	EVP_PKEY *pkey = pem_read(pem, PEM_read_bio_PUBKEY);
	bool ok = take_public(pkey, key);

	close_key(pkey);
	return ok;
}

size_t crypto_rsa_encrypt(const char *pem, const void *data, size_t length,
    unsigned char out[CRYPTO_RSA_SIZE])
{
	EVP_PKEY *pkey = pem_read(pem, PEM_read_bio_PUBKEY);
	EVP_PKEY_CTX *ctx = NULL;
	size_t written = CRYPTO_RSA_SIZE;

	if (pkey != NULL && EVP_PKEY_is_a(pkey, "RSA") &&
	    EVP_PKEY_get_size(pkey) <= CRYPTO_RSA_SIZE)
		ctx = EVP_PKEY_CTX_new(pkey, NULL);
	if (ctx == NULL || EVP_PKEY_encrypt_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) != 1 ||
	    EVP_PKEY_encrypt(ctx, out, &written, data, length) != 1)
		written = 0;
	EVP_PKEY_CTX_free(ctx);
	close_key(pkey);
	return written;
}

static char *pem_print(struct arena *mem, EVP_PKEY *pkey, bool private)
{
	BIO *text = BIO_new(BIO_s_mem());
	char *data = NULL, *copy;
	long length;
	int ok;

	crypto_require(pkey != NULL && text != NULL);
	if (private)
		ok = PEM_write_bio_PKCS8PrivateKey(
		    text, pkey, NULL, NULL, 0, NULL, NULL);
	else
		ok = PEM_write_bio_PUBKEY(text, pkey);
	crypto_require(ok);
	length = BIO_get_mem_data(text, &data);
	copy = arena_copy(mem, data, (size_t)length);
	OPENSSL_cleanse(data, (size_t)length);
	BIO_free(text);
	close_key(pkey);
	return copy;
}

char *crypto_private_key_print(
    struct arena *mem, const struct crypto_private_key *key)
{
	return pem_print(mem, open_private(key), true);
}

char *crypto_public_key_print(
    struct arena *mem, const struct crypto_public_key *key)
{
	return pem_print(mem, open_public(key), false);
}

bool crypto_sign(const struct crypto_private_key *key, const void *data,
    size_t length, unsigned char out[CRYPTO_ED25519_SIGNATURE_SIZE])
{
	EVP_PKEY *pkey = open_private(key);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t size = CRYPTO_ED25519_SIGNATURE_SIZE;
	bool ok = pkey != NULL && context != NULL &&
	    EVP_DigestSignInit(context, NULL, NULL, NULL, pkey) == 1 &&
	    EVP_DigestSign(context, out, &size, data, length) == 1 &&
	    size == CRYPTO_ED25519_SIGNATURE_SIZE;

	EVP_MD_CTX_free(context);
	close_key(pkey);
	return ok;
}

bool crypto_verify(const struct crypto_public_key *key, const void *data,
    size_t length, const unsigned char signature[CRYPTO_ED25519_SIGNATURE_SIZE])
{
	EVP_PKEY *pkey = open_public(key);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool ok = pkey != NULL && context != NULL &&
	    EVP_DigestVerifyInit(context, NULL, NULL, NULL, pkey) == 1 &&
	    EVP_DigestVerify(context, signature, CRYPTO_ED25519_SIGNATURE_SIZE,
		data, length) == 1;

	EVP_MD_CTX_free(context);
	close_key(pkey);
	return ok;
}
