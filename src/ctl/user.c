#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/commands.h"
#include "ctl/line.h"
#include "ctl/print.h"
#include "edge/crypto.h"
#include "edge/name.h"
#include "edge/password.h"

enum { PASSWORD_SHORT = 8 }; /* bytes; a shorter one is warned of */

/* --- add ------------------------------------------------------------------ */

struct made {
	char id[ULID_SIZE];
	char login[NAME_DISPLAY_SIZE];
	char key[API_KEY_SIZE];
};

#define MADE(member_) \
	{ \
		.member = #member_, .type = FIELD_TEXT, \
		FIELD_AT(struct made, member_) \
	}
static const struct field made_fields[] = { MADE(id), MADE(login), MADE(key) };
static const struct field_table made_table = FIELD_TABLE(made_fields);

struct giving {
	struct ctl *ctl;
	const struct made *made;
};

static enum err give(void *context)
{
	const struct giving *giving = context;
	const struct made *made = giving->made;

	if (giving->ctl->options[OPTION_JSON] != NULL)
		print_one(giving->ctl, &made_table, made);
	else
		(void)printf(
		    "user %s %s\n%s\n", made->id, made->login, made->key);
	return ctl_handed_over(giving->ctl);
}

/* --name, else what is before the @. */
static const char *make_name(
    const struct ctl *ctl, const struct name *login, struct name *out)
{
	const char *given = ctl->options[OPTION_NAME];

	if (given != NULL)
		return name_make(given, strlen(given), out);
	return name_make(login->display, strcspn(login->display, "@"), out);
}

static int insert(struct ctl *ctl, const struct admin_new_user *user)
{
	struct made made;
	struct giving giving = { ctl, &made };
	struct handover handover = { give, &giving, false };
	struct api_key key = { .handover = &handover };
	enum err err;

	api_key_make(&key, KEY_TEXT_PERSONAL);
	memcpy(made.login, user->login->display, sizeof(made.login));
	memcpy(made.key, key.text, sizeof(made.key));
	err = admin_user_insert(&ctl->store, user, &key, made.id);
	if (err == ERR_NAME_IN_USE)
		return ctl_fail(
		    "there is a user %s already", user->login->display);
	return err ? ctl_store_failed(ctl, err) : CTL_DONE;
}

int run_user_add(struct ctl *ctl)
{
	enum option_id option = ctl->options[OPTION_LOGIN] != NULL
	    ? OPTION_LOGIN
	    : OPTION_EMAIL;
	struct name login, name;
	struct admin_new_user user = {
		.login = &login,
		.display_name = name.display,
		.is_system_admin = ctl->options[OPTION_SYSTEM_ADMIN] != NULL,
	};
	const char *wrong;

	if (!ctl_login(ctl, option, &login))
		return CTL_BAD_USAGE;
	if ((wrong = make_name(ctl, &login, &name)) != NULL)
		return ctl_refuse("the name %s", wrong);
	return insert(ctl, &user);
}

/* --- list ----------------------------------------------------------------- */

int run_user_list(struct ctl *ctl)
{
	const struct listing_filter all = { .id = NULL };

	return print_list(ctl, LISTING_USERS, &all);
}

/* --- password ------------------------------------------------------------- */

int run_user_password(struct ctl *ctl)
{
	char line[LINE_SIZE], hash[PASSWORD_HASH_SIZE];
	struct admin_user user;
	bool good, is_short;
	int status;
	enum err err;

	if ((status = ctl_user_find(ctl, &user)) != CTL_DONE)
		return status;
	good = line_read("password", line) && password_hash(line, hash);
	is_short = good && strlen(line) < PASSWORD_SHORT;
	crypto_wipe(line, sizeof(line));
	if (!good)
		return ctl_fail("standard input must begin with a line of 1 to"
				" %d bytes",
		    PASSWORD_MAX);
	/* the person who typed may have taken some time */
	db_begin_request(ctl->store.db);
	ctl->store.now = clock_now();
	err = admin_user_password(&ctl->store, user.id, hash);
	if (err)
		return ctl_store_failed(ctl, err);
	if (is_short)
		ctl_say("warning: this password has less than %d bytes",
		    PASSWORD_SHORT);
	if (user.disabled_at != 0)
		ctl_say("warning: this user is disabled");
	return CTL_DONE;
}

/* --- changes -------------------------------------------------------------- */

static int done(struct ctl *ctl, const struct admin_user *user)
{
	const struct listing_filter one = { .user_id = user->id };

	return print_result(ctl, LISTING_USERS, &one);
}

int run_user_email(struct ctl *ctl)
{
	struct admin_user user;
	struct name email;
	int status;
	enum err err;

	if (!ctl_login(ctl, OPTION_TO, &email))
		return CTL_BAD_USAGE;
	if ((status = ctl_user_find(ctl, &user)) != CTL_DONE)
		return status;
	err = admin_user_email(&ctl->store, user.id, &email);
	if (err == ERR_NAME_IN_USE)
		return ctl_fail("there is a user %s already", email.display);
	return err ? ctl_store_failed(ctl, err) : done(ctl, &user);
}

int run_user_disable(struct ctl *ctl)
{
	struct admin_user user;
	struct admin_guard guard = { .user_id = user.id,
		.is_forced = ctl->options[OPTION_FORCE] != NULL,
		.fault = &ctl->fault };
	int status;
	enum err err;

	if ((status = ctl_user_find(ctl, &user)) != CTL_DONE)
		return status;
	if (user.disabled_at != 0) {
		ctl_say("this user is disabled already");
		return done(ctl, &user);
	}
	guard.is_system_admin = user.is_system_admin;
	err = admin_user_disable(&ctl->store, &guard);
	return err ? ctl_store_failed(ctl, err) : done(ctl, &user);
}

int run_user_enable(struct ctl *ctl)
{
	struct admin_user user;
	int status;
	enum err err;

	if ((status = ctl_user_find(ctl, &user)) != CTL_DONE)
		return status;
	if (user.disabled_at == 0) {
		ctl_say("this user is not disabled");
		return done(ctl, &user);
	}
	err = admin_user_enable(&ctl->store, user.id);
	return err ? ctl_store_failed(ctl, err) : done(ctl, &user);
}
