#include "edge/config_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "edge/config_file.h"

enum { MODE_PRIVATE = 0600, MODE_PUBLIC = 0644 };

static bool refuse(struct fault *fault, const char *path, const char *what)
{
	(void)fault_set(fault, ERR_INTERNAL, "%.200s: %s", path, what);
	return false;
}

/* False where the ring is full. */
static bool trust(
    struct licence_ring *ring, const struct crypto_public_key *key)
{
	for (size_t i = 0; i < ring->trusted_count; i++) {
		if (strcmp(ring->trusted[i].kid, key->kid) == 0)
			return true;
	}
	if (ring->trusted_count == LICENCE_KEYS_MAX)
		return false;
	ring->trusted[ring->trusted_count++] = *key;
	return true;
}

static bool trust_or_refuse(struct licence_ring *ring,
    const struct crypto_public_key *key, const char *path, struct fault *fault)
{
	return trust(ring, key) ||
	    refuse(fault, path, "is one licence key too many (16)");
}

/* A file that is not there is made by `tenantryctl init`. */
static bool read_private_key(struct config *config, const char *path,
    struct jws_signer *out, struct fault *fault)
{
	struct config_file file;
	char *pem;

	if (path == NULL)
		return true;
	pem = config_file_read(&config->mem, path, &file);
	if (pem == NULL)
		return errno == ENOENT || refuse(fault, path, strerror(errno));
	if (file.is_open) {
		crypto_wipe(pem, file.length);
		return refuse(fault, path,
		    "is a private key and others than"
		    " its owner may use it: chmod 600 it");
	}
	out->is_there = crypto_private_key_read(pem, &out->key);
	crypto_wipe(pem, file.length);
	if (!out->is_there)
		return refuse(fault, path,
		    "is no private Ed25519 key in"
		    " PEM");
	return true;
}

static bool read_signing_key(struct config *config, struct fault *fault)
{
	struct licence_ring *ring = &config->ring;
	const char *path = config->signing_key_path;
	struct jws_signer read = { .is_there = false };
	bool good = read_private_key(config, path, &read, fault);

	ring->signer = read.key;
	ring->has_signer = read.is_there;
	crypto_wipe(&read, sizeof(read));
	return good &&
	    (!ring->has_signer ||
		trust_or_refuse(ring, &ring->signer.public_key, path, fault));
}

/*
 * The one public key file whose absence is no error: while there is no signing
 * key yet, the first that is missing is where the public half will be written.
 */
static const char *pending_public_key(struct config *config)
{
	char *rest, *path;

	if (config->signing_key_path == NULL || config->ring.has_signer)
		return NULL;
	rest = arena_text(&config->mem, config->public_key_paths);
	while ((path = strtok_r(rest, "\n", &rest)) != NULL) {
		if (access(path, F_OK) != 0 && errno == ENOENT)
			return path;
	}
	return NULL;
}

static bool read_public_keys(struct config *config, struct fault *fault)
{
	const char *pending = pending_public_key(config), *path;
	char *rest = arena_text(&config->mem, config->public_key_paths);

	while ((path = strtok_r(rest, "\n", &rest)) != NULL) {
		struct crypto_public_key key;
		const char *pem = config_read_file(config, path);

		if (pem == NULL && errno == ENOENT && pending != NULL &&
		    strcmp(path, pending) == 0)
			continue;
		if (pem == NULL)
			return refuse(fault, path, strerror(errno));
		if (!crypto_public_key_read(pem, &key))
			return refuse(fault, path,
			    "is no public Ed25519"
			    " key in PEM");
		if (!trust_or_refuse(&config->ring, &key, path, fault))
			return false;
	}
	return true;
}

static bool is_same(
    const struct crypto_public_key *a, const struct crypto_public_key *b)
{
	return strcmp(a->kid, b->kid) == 0;
}

/* A key signs one kind of token, so that none is taken for another kind. */
static bool signs_more(
    const struct config *config, const struct jws_signer *signer)
{
	const struct jws_signer *other = signer == &config->check_signer
	    ? &config->head_signer
	    : &config->check_signer;
	const struct crypto_public_key *key = &signer->key.public_key;

	for (size_t i = 0; i < config->ring.trusted_count; i++)
		if (is_same(&config->ring.trusted[i], key))
			return true;
	return other->is_there && is_same(&other->key.public_key, key);
}

static bool read_token_key(struct config *config, const char *path,
    struct jws_signer *signer, struct fault *fault)
{
	if (!read_private_key(config, path, signer, fault))
		return false;
	return !signer->is_there || !signs_more(config, signer) ||
	    refuse(fault, path,
		"is the key of something else, too: licences, checks and"
		" heads need a key each");
}

bool config_keys_read(struct config *config, struct fault *fault)
{
	return read_signing_key(config, fault) &&
	    read_public_keys(config, fault) &&
	    read_token_key(
		config, config->check_key_path, &config->check_signer, fault) &&
	    read_token_key(
		config, config->head_key_path, &config->head_signer, fault);
}

void config_keys_forget(struct config *config)
{
	crypto_wipe(&config->ring.signer, sizeof(config->ring.signer));
	config->ring.has_signer = false;
	crypto_wipe(&config->check_signer, sizeof(config->check_signer));
	crypto_wipe(&config->head_signer, sizeof(config->head_signer));
}

/*
 * Both files, the private one last and by renaming: a signing key is never
 * without its public half.  The file to be renamed keeps others out meanwhile.
 */
static bool write_keys(struct config *config, const char *path,
    const char *public_path, const struct crypto_private_key *key,
    struct fault *fault)
{
	const char *public_pem = crypto_public_key_print(
	    &config->mem, &key->public_key);
	char *pem = crypto_private_key_print(&config->mem, key);
	char *new_path = arena_print(&config->mem, "%s.new", path);
	bool good = config_file_write(new_path, pem, O_EXCL, MODE_PRIVATE);

	if (public_path == NULL)
		public_path = arena_print(&config->mem, "%s.pub", path);
	crypto_wipe(pem, strlen(pem));
	if (!good)
		return refuse(fault, new_path, strerror(errno));
	if (access(path, F_OK) == 0)
		good = refuse(fault, path, strerror(EEXIST));
	else if (!config_file_write(
		     public_path, public_pem, O_TRUNC, MODE_PUBLIC))
		good = refuse(fault, public_path, strerror(errno));
	else if (rename(new_path, path) != 0)
		good = refuse(fault, path, strerror(errno));
	if (!good)
		(void)unlink(new_path);
	return good;
}

bool config_make_signing_key(
    struct config *config, bool *made, struct fault *fault)
{
	const char *path = config->signing_key_path;
	struct crypto_private_key key;

	*made = false;
	if (config->ring.has_signer)
		return true;
	if (path == NULL)
		return refuse(
		    fault, config->path, "licence_signing_key is not set");
	crypto_private_key_make(&key);
	if (write_keys(config, path, pending_public_key(config), &key, fault) &&
	    trust_or_refuse(&config->ring, &key.public_key, path, fault)) {
		config->ring.signer = key;
		config->ring.has_signer = *made = true;
	}
	crypto_wipe(&key, sizeof(key));
	return *made;
}

bool config_make_token_key(struct config *config, const char *path,
    struct jws_signer *signer, bool *made, struct fault *fault)
{
	*made = false;
	if (path == NULL || signer->is_there)
		return true;
	crypto_private_key_make(&signer->key);
	signer->is_there = *made = write_keys(
	    config, path, NULL, &signer->key, fault);
	return *made;
}
