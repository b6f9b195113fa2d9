/*
 * Credentials: Authorization, X-Bindplane-Api-Key, X-Api-Key and REMOTE_ADDR
 * on a line each.  There is no database: a key is only hashed, and no password
 * is ever right.
 */
#include "base/log.h"
#include "edge/name.h"
#include "fuzz.h"
#include "gateway.h"
#include "serve/identify.h"

static const struct config no_settings;

static const struct db_settings nowhere = {
	.hosts = { { { .socket = "/nonexistent/socket" } }, 1 },
	.name = "n",
	.user = "u",
	.deadline = 1
};

static void open_request(
    struct gateway *gateway, const uint8_t *data, size_t size)
{
	static const char *const names[] = { "HTTP_AUTHORIZATION",
		"HTTP_X_BINDPLANE_API_KEY", "HTTP_X_API_KEY", "REMOTE_ADDR" };
	char *text = fuzz_text(data, size), *line = text;

	for (size_t i = 0; i < COUNT_OF(names) && line != NULL; i++) {
		char *end = strchr(line, '\n');

		if (end != NULL)
			*end++ = '\0';
		fuzz_param(gateway, names[i], line);
		line = end;
	}
	free(text);
}

/* The digest is that of the key that goes before the others. */
static void check_key(struct call *call)
{
	const char *key = request_header(call->rq, "HTTP_X_BINDPLANE_API_KEY");
	unsigned char digest[CRYPTO_SHA256_SIZE];

	if (key == NULL)
		key = request_header(call->rq, "HTTP_X_API_KEY");
	if (key == NULL) {
		key = request_header(call->rq, "HTTP_AUTHORIZATION");
		MUST(key != NULL && strlen(key) >= 7);
		key += 7;
		key += strspn(key, " ");
	}
	crypto_sha256(key, strlen(key), digest);
	MUST(call->asker.credential.kind == CREDENTIAL_KEY);
	MUST(
	    memcmp(call->asker.credential.digest, digest, sizeof(digest)) == 0);
}

/* The database was asked: it was a login and a password. */
static void check_login(struct call *call)
{
	const char *text = request_header(call->rq, "HTTP_AUTHORIZATION");
	size_t length;
	struct name name;
	char *pair, *colon;

	MUST(text != NULL && strlen(text) > 6);
	text += 6;
	text += strspn(text, " ");
	pair = (char *)crypto_base64_decode(
	    call->rq->mem, text, strlen(text), &length);
	MUST(pair != NULL && strlen(pair) == length);
	colon = strchr(pair, ':');
	MUST(colon != NULL && colon[1] != '\0');
	MUST(strlen(colon + 1) <= PASSWORD_MAX);
	MUST(name_make_login(pair, (size_t)(colon - pair), &name) == NULL);
	MUST(strcmp(name.key, call->asker.credential.login_key) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gateway *gateway = fuzz_request("", 0);
	bool was_remembered = true;
	struct identify identify;
	struct arena mem;
	struct request rq = { .gateway = gateway, .mem = &mem };
	struct store store;
	struct call call = {
		.rq = &rq, .st = &store, .slots = &identify.slots
	};
	struct db *db = db_open(&nowhere);
	enum err err;

	(void)log_open(LEVEL_ERROR, "/dev/null");
	arena_init(&mem);
	store_init(&store, db, &mem);
	db_begin_request(db);
	identify_init(&identify, NULL, 1);
	open_request(gateway, data, size);
	(void)request_begin(&rq, "01ARZ3NDEKTSV4RRFFQ69G5FAV", &no_settings);
	MUST(strlen(rq.address) <= 45 && strpbrk(rq.address, " \"=") == NULL);
	err = identify_caller(&identify, &call, true, &was_remembered);
	MUST(!was_remembered || err == ERR_UNAUTHENTICATED);
	MUST(err == ERR_NONE || err == ERR_UNAUTHENTICATED ||
	    err == ERR_UNAVAILABLE);
	if (err == ERR_NONE)
		check_key(&call);
	else if (err == ERR_UNAVAILABLE)
		check_login(&call);
	identify_release(&identify);
	store_release(&store);
	db_close(db);
	arena_release(&mem);
	return 0;
}
