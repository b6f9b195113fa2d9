#include <stdio.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/print.h"
#include "edge/crypto.h"
#include "edge/name.h"
#include "edge/password.h"
#include "resource/module.h"
#include "store/deep.h"
#include "store/genesis.h"
#include "store/grant.h"
#include "store/migrate.h"

enum {
	PASSWORD_BYTES = 18,
	PASSWORD_TEXT_SIZE = PASSWORD_BYTES / 3 * 4 + 1 /* in base64url */
};

static const char first_login[] = "admin@localhost";

/* --- schema --------------------------------------------------------------- */

static void say_grants(const struct grant_report *report, size_t applied)
{
	for (size_t i = 0; i < applied; i++)
		ctl_say("done: %s", report->lines[i]);
	if (applied == report->count)
		return;
	ctl_say("the service's account %s should have other rights; to be run"
		" by an administrator of the database:",
	    report->account);
	for (size_t i = applied; i < report->count; i++)
		(void)printf("%s;\n", report->lines[i]);
}

/* The service's account gets what it needs and no more, if we may grant. */
static int fit_rights(struct ctl *ctl)
{
	struct grant_report *report;
	struct store service;
	struct db *db;
	size_t applied = 0;
	enum err err;

	if (strcmp(ctl->config.db.user, ctl->config.migration.user) == 0)
		return CTL_DONE; /* one account does everything */
	report = arena_alloc(&ctl->mem, sizeof(*report));
	db = db_open(&ctl->config.db);
	store_init(&service, db, &ctl->mem);
	err = grant_compare(&service, &ctl->store, report);
	if (err)
		ctl_say("the service's account (db_user) cannot be used: %s",
		    db_error(db));
	store_release(&service);
	db_close(db);
	if (err)
		return CTL_DONE; /* the schema is as it should be */
	if (grant_apply(&ctl->store, report, &applied))
		ctl_say(
		    "%s: %s", report->lines[applied], db_error(ctl->store.db));
	say_grants(report, applied);
	return CTL_DONE;
}

/* The next literal segment of a path from `at` on; NULL: there is none. */
static const char *next_word(const char *at, size_t *length)
{
	for (;; at += *length) {
		at += strspn(at, "/");
		*length = strcspn(at, "/");
		if (*at != '{')
			return *at != '\0' ? at : NULL;
	}
}

/* Whether no path has had it before. */
static bool is_new(const char *const *paths, const char *word, size_t length)
{
	for (;; paths++) {
		size_t n = 0;
		const char *at = next_word(*paths, &n);

		for (; at != NULL; at = next_word(at + n, &n)) {
			if (at == word)
				return true;
			if (n == length && memcmp(at, word, n) == 0)
				return false;
		}
	}
}

static enum err name_slug_of(struct ctl *ctl, const char *word)
{
	struct admin_place place;
	bool found;
	enum err err = admin_organization_find(
	    &ctl->store, word, &place, &found);

	if (!err && found)
		ctl_say("organization %s has the slug %s, which is a word of"
			" a path by now: it is reached by its id",
		    place.organization_id, word);
	return err;
}

/* Slugs of a release that had fewer paths, and so fewer words. */
static int name_slugs(struct ctl *ctl)
{
	const char *const *paths = ctl->store.reserved;
	enum err err = ERR_NONE;

	for (size_t i = 0; paths[i] != NULL && !err; i++) {
		size_t n = 0;
		const char *at = next_word(paths[i], &n);

		for (; at != NULL && !err; at = next_word(at + n, &n))
			if (is_new(paths, at, n))
				err = name_slug_of(
				    ctl, arena_copy(&ctl->mem, at, n));
	}
	return err ? ctl_store_failed(ctl, err) : CTL_DONE;
}

/* Each slice has memory of its own: there may be many. */
static enum err begin_slice(struct ctl *ctl, struct genesis *genesis)
{
	struct arena *mem = ctl->store.mem, own;
	enum err err;

	arena_init(&own);
	ctl->store.mem = &own;
	err = genesis_slice(&ctl->store, genesis);
	ctl->store.mem = mem;
	arena_release(&own);
	return err;
}

/* Those that nobody has written in since the migration.  Workers serve. */
static int begin_chains(struct ctl *ctl)
{
	struct genesis genesis = { .begun = 0 };
	enum err err = ERR_NONE;

	while (!err && !genesis.is_done)
		err = begin_slice(ctl, &genesis);
	if (err)
		return ctl_store_failed(ctl, err);
	if (genesis.begun > 0)
		ctl_say("the audit chain of %lld organizations begins now",
		    (long long)genesis.begun);
	return CTL_DONE;
}

int run_migrate(struct ctl *ctl)
{
	int applied, status;

	if (migrate_run(&ctl->store, &applied, &ctl->fault))
		return ctl_fail("%s", ctl->fault.detail);
	ctl_say("schema %d, %d applied now", schema_version_known(), applied);
	if ((status = name_slugs(ctl)) || (status = fit_rights(ctl)))
		return status;
	return begin_chains(ctl);
}

static void report(const char *line)
{
	(void)printf("statement %s\n", line);
}

static void report_broken(const char *line)
{
	(void)printf("broken: %s\n", line);
}

static int check_deep(struct ctl *ctl)
{
	int broken = deep_check(&ctl->store, report_broken);

	if (broken < 0)
		return ctl_fail(
		    "the rows cannot be read: %s", db_error(ctl->store.db));
	if (broken > 0)
		return CTL_FAILED;
	(void)printf("all %d invariants hold\n", deep_count);
	return CTL_DONE;
}

int run_check(struct ctl *ctl)
{
	int found, differences, known = schema_version_known();
	struct schema_state state;
	enum err err = schema_find(&ctl->store, &state);

	if (err)
		return ctl_store_failed(ctl, err);
	found = state.version;
	if (found != known)
		(void)printf("the database has schema %d, this program knows"
			     " %d\n",
		    found, known);
	if (found == 0)
		return CTL_FAILED;
	differences = schema_check(
	    &ctl->store, modules_statements(&ctl->mem), report);
	if (differences < 0)
		return ctl_store_failed(ctl, ERR_UNAVAILABLE);
	if (found != known || differences > 0)
		return CTL_FAILED;
	(void)printf("schema %d: every statement fits\n", found);
	return ctl->options[OPTION_DEEP] ? check_deep(ctl) : CTL_DONE;
}

/* --- init ----------------------------------------------------------------- */

static int make_signing_key(struct ctl *ctl)
{
	bool made = false;

	if (ctl->config.signing_key_path == NULL) {
		ctl_say("licence_signing_key is not set: no licences can be"
			" issued");
		return CTL_DONE;
	}
	if (!config_make_signing_key(&ctl->config, &made, &ctl->fault))
		return ctl_fail("%s", ctl->fault.detail);
	if (made)
		ctl_say("made the licence signing key %s",
		    ctl->config.signing_key_path);
	return CTL_DONE;
}

static int make_token_key(
    struct ctl *ctl, const char *path, struct jws_signer *signer)
{
	bool made;

	if (!config_make_token_key(
		&ctl->config, path, signer, &made, &ctl->fault))
		return ctl_fail("%s", ctl->fault.detail);
	if (made)
		ctl_say("made the signing key %s", path);
	return CTL_DONE;
}

static int make_keys(struct ctl *ctl)
{
	struct config *config = &ctl->config;
	int status;

	if ((status = make_signing_key(ctl)) ||
	    (status = make_token_key(
		 ctl, config->check_key_path, &config->check_signer)))
		return status;
	return make_token_key(ctl, config->head_key_path, &config->head_signer);
}

struct administrator {
	char login[sizeof(first_login)];
	char password[PASSWORD_TEXT_SIZE];
	char key[API_KEY_SIZE];
};

#define ADMINISTRATOR(member_) \
	{ \
		.member = #member_, .type = FIELD_TEXT, \
		FIELD_AT(struct administrator, member_) \
	}
static const struct field administrator_fields[] = { ADMINISTRATOR(login),
	ADMINISTRATOR(password), ADMINISTRATOR(key) };
static const struct field_table administrator_table = FIELD_TABLE(
    administrator_fields);

struct giving {
	struct ctl *ctl;
	const struct administrator *made;
};

static enum err give(void *context)
{
	const struct giving *giving = context;
	const struct administrator *made = giving->made;

	if (giving->ctl->options[OPTION_JSON] != NULL)
		print_one(giving->ctl, &administrator_table, made);
	else
		(void)printf("login=%s\npassword=%s\nkey=%s\n", made->login,
		    made->password, made->key);
	return ctl_handed_over(giving->ctl);
}

static void make_password(struct ctl *ctl, char password[PASSWORD_TEXT_SIZE])
{
	unsigned char bytes[PASSWORD_BYTES];

	crypto_random(bytes, sizeof(bytes));
	memcpy(password, crypto_base64url(&ctl->mem, bytes, sizeof(bytes)),
	    PASSWORD_TEXT_SIZE);
}

static int make_administrator(struct ctl *ctl)
{
	struct administrator made = { .login = "" };
	struct giving giving = { ctl, &made };
	struct handover handover = { give, &giving, false };
	char hash[PASSWORD_HASH_SIZE], id[ULID_SIZE];
	struct name login;
	struct admin_new_user user = {
		.login = &login,
		.display_name = "Administrator",
		.password_hash = hash,
		.is_system_admin = true,
	};
	struct api_key key = { .handover = &handover };
	enum err err;

	memcpy(made.login, first_login, sizeof(first_login));
	make_password(ctl, made.password);
	if (name_make_login(first_login, strlen(first_login), &login) != NULL ||
	    !password_hash(made.password, hash))
		return ctl_fail("the password cannot be hashed");
	api_key_make(&key, KEY_TEXT_PERSONAL);
	memcpy(made.key, key.text, sizeof(made.key));
	err = admin_user_insert(&ctl->store, &user, &key, id);
	if (err == ERR_NAME_IN_USE)
		return ctl_fail("another init made %s meanwhile", first_login);
	return err ? ctl_store_failed(ctl, err) : CTL_DONE;
}

int run_init(struct ctl *ctl)
{
	int64_t count;
	int status;
	enum err err;

	if ((status = run_migrate(ctl)) || (status = make_keys(ctl)))
		return status;
	if ((err = admin_user_count(&ctl->store, &count)))
		return ctl_store_failed(ctl, err);
	if (count > 0) {
		ctl_say("there are users already: none made");
		return CTL_DONE;
	}
	return make_administrator(ctl);
}
