#include "edge/crypto.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/types.h>

enum { BASE64_URL, BASE64_STANDARD };
enum { NONCE_SIZE = 12, TAG_SIZE = 16 }; /* of AES-GCM */

static const char alphabets[][65] = {
	[BASE64_URL] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		       "0123456789-_",
	[BASE64_STANDARD] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvw"
			    "xyz0123456789+/",
};

/* Digests and random bytes fail only where the process is past help. */
static void require(int ok)
{
	if (ok != 1)
		abort();
}

/* Kept for good: to look it up takes as long as to hash an API key. */
static EVP_MD *sha256;

void crypto_sha256(
    const void *data, size_t length, unsigned char out[CRYPTO_SHA256_SIZE])
{
	if (sha256 == NULL)
		sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	require(EVP_Digest(data, length, out, NULL, sha256, NULL));
}

static void print_hex(const unsigned char digest[CRYPTO_SHA256_SIZE],
    char out[CRYPTO_SHA256_HEX_SIZE])
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < CRYPTO_SHA256_SIZE; i++) {
		out[2 * i] = hex[digest[i] >> 4];
		out[2 * i + 1] = hex[digest[i] & 15];
	}
	out[2 * CRYPTO_SHA256_SIZE] = '\0';
}

void crypto_sha256_hex(
    const void *data, size_t length, char out[CRYPTO_SHA256_HEX_SIZE])
{
	unsigned char digest[CRYPTO_SHA256_SIZE];

	crypto_sha256(data, length, digest);
	print_hex(digest, out);
}

/* The library's own, under our name. */
struct crypto_sum *crypto_sum_begin(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	require(ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1);
	return (struct crypto_sum *)ctx;
}

void crypto_sum_add(struct crypto_sum *sum, const void *data, size_t length)
{
	require(EVP_DigestUpdate((EVP_MD_CTX *)sum, data, length) == 1);
}

void crypto_sum_end(struct crypto_sum *sum, char out[CRYPTO_SHA256_HEX_SIZE])
{
	EVP_MD_CTX *ctx = (EVP_MD_CTX *)sum;
	unsigned char digest[CRYPTO_SHA256_SIZE];

	require(EVP_DigestFinal_ex(ctx, digest, NULL) == 1);
	EVP_MD_CTX_free(ctx);
	print_hex(digest, out);
}

void crypto_hmac(const void *key, size_t key_length, const void *data,
    size_t length, unsigned char out[CRYPTO_SHA256_SIZE])
{
	size_t written = 0;

	require(EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, key_length,
		    data, length, out, CRYPTO_SHA256_SIZE, &written) != NULL);
	require(written == CRYPTO_SHA256_SIZE);
}

void crypto_encrypt(const unsigned char key[CRYPTO_SHA256_SIZE],
    const void *text, size_t length, unsigned char *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char *at = out + NONCE_SIZE;
	int n = 0;

	crypto_random(out, NONCE_SIZE);
	require(ctx != NULL);
	require(EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, out));
	require(EVP_EncryptUpdate(ctx, at, &n, text, (int)length));
	require(EVP_EncryptFinal_ex(ctx, at + n, &n));
	require(EVP_CIPHER_CTX_ctrl(
	    ctx, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, at + length));
	EVP_CIPHER_CTX_free(ctx);
}

bool crypto_decrypt(const unsigned char key[CRYPTO_SHA256_SIZE],
    unsigned char *data, size_t length, void *out)
{
	EVP_CIPHER_CTX *ctx;
	unsigned char *at = data + NONCE_SIZE, *text = out;
	int n = 0;
	bool done;

	if (length < CRYPTO_ENCRYPTED_MORE)
		return false;
	length -= CRYPTO_ENCRYPTED_MORE;
	ctx = EVP_CIPHER_CTX_new();
	require(ctx != NULL);
	require(EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, data));
	require(EVP_DecryptUpdate(ctx, text, &n, at, (int)length));
	require(EVP_CIPHER_CTX_ctrl(
	    ctx, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, at + length));
	done = EVP_DecryptFinal_ex(ctx, text + n, &n) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return done;
}

bool crypto_equal(const void *a, const void *b, size_t length)
{
	return CRYPTO_memcmp(a, b, length) == 0;
}

/* A generator of OpenSSL's costs a process two milliseconds at first. */
void crypto_random(void *out, size_t length)
{
	unsigned char *at = out;

	/* getrandom(2) gives up to 256 bytes whole or not at all */
	while (length > 0) {
		size_t part = length < 256 ? length : 256;

		require(getrandom(at, part, 0) == (ssize_t)part);
		at += part;
		length -= part;
	}
}

void crypto_wipe(void *data, size_t length)
{
	OPENSSL_cleanse(data, length);
}

/* Gives the characters written, without a NUL. */
static size_t base64url_put(char *out, const unsigned char *data, size_t length)
{
	const char *alphabet = alphabets[BASE64_URL];
	unsigned bits = 0, held = 0;
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		bits = (bits << 8 | data[i]) & 0xFFFF;
		for (held += 8; held >= 6; held -= 6)
			out[used++] = alphabet[bits >> (held - 6) & 63];
	}
	if (held > 0)
		out[used++] = alphabet[bits << (6 - held) & 63];
	return used;
}

char *crypto_base64url(struct arena *mem, const void *data, size_t length)
{
	char *text;

	require(length < SIZE_MAX / 2);
	text = arena_alloc(mem, length + length / 3 + 3);
	(void)base64url_put(text, data, length);
	return text;
}

static unsigned char *base64_decode(struct arena *mem, const char *alphabet,
    const char *text, size_t text_length, size_t *length)
{
	unsigned char *out = arena_alloc(mem, text_length / 4 * 3 + 4);
	unsigned bits = 0, held = 0;
	size_t used = 0;

	for (size_t i = 0; i < text_length; i++) {
		const char *at = memchr(alphabet, text[i], 64);

		if (at == NULL)
			return NULL;
		bits = (bits << 6 | (unsigned)(at - alphabet)) & 0xFFFF;
		held += 6;
		if (held >= 8) {
			held -= 8;
			out[used++] = (unsigned char)(bits >> held & 0xFF);
		}
	}
	/* A whole character left over, or unused bits that are not zero. */
	if (held >= 6 || (bits & ((1U << held) - 1)) != 0)
		return NULL;
	*length = used;
	return out;
}

unsigned char *crypto_base64url_decode(
    struct arena *mem, const char *text, size_t text_length, size_t *length)
{
	return base64_decode(
	    mem, alphabets[BASE64_URL], text, text_length, length);
}

unsigned char *crypto_base64_decode(
    struct arena *mem, const char *text, size_t text_length, size_t *length)
{
	if (text_length % 4 != 0)
		return NULL;
	for (int i = 0; i < 2; i++) {
		if (text_length > 0 && text[text_length - 1] == '=')
			text_length--;
	}
	return base64_decode(
	    mem, alphabets[BASE64_STANDARD], text, text_length, length);
}

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

	used += base64url_put(jwk + used, key->bytes, sizeof(key->bytes));
	jwk[used++] = '"';
	jwk[used++] = '}';
	crypto_sha256(jwk, used, digest);
	used = base64url_put(key->kid, digest, sizeof(digest));
	key->kid[used] = '\0';
}

void crypto_private_key_make(struct crypto_private_key *key)
{
	crypto_random(key->seed, sizeof(key->seed));
	require(crypto_private_key_complete(key));
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

	require(pkey != NULL && text != NULL);
	if (private)
		ok = PEM_write_bio_PKCS8PrivateKey(
		    text, pkey, NULL, NULL, 0, NULL, NULL);
	else
		ok = PEM_write_bio_PUBKEY(text, pkey);
	require(ok);
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

const char *crypto_library_version(void)
{
	return OpenSSL_version(OPENSSL_VERSION_STRING);
}
