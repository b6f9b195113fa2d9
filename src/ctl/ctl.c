#include "ctl/ctl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "edge/name.h"

static void say(const char *format, va_list args)
    __attribute__((format(printf, 1, 0)));

static void say(const char *format, va_list args)
{
	(void)fputs("tenantryctl: ", stderr);
	(void)vfprintf(stderr, format, args);
	(void)fputc('\n', stderr);
}

void ctl_say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
}

int ctl_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	return CTL_FAILED;
}

int ctl_refuse(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	return CTL_BAD_USAGE;
}

int ctl_store_failed(const struct ctl *ctl, enum err err)
{
	const char *why = db_error(ctl->store.db);

	if (ctl->fault.code == err && ctl->fault.detail[0] != '\0')
		return ctl_fail("%s%s", ctl->fault.detail,
		    err == ERR_LAST_ADMIN ? "; --force does it nevertheless"
					  : "");
	if (err == ERR_OUTCOME_UNKNOWN)
		return ctl_fail("the connection was cut during COMMIT: look"
				" whether it was done");
	return ctl_fail(
	    "the database: %s", *why != '\0' ? why : err_info(err)->title);
}

bool ctl_login(const struct ctl *ctl, enum option_id option, struct name *login)
{
	const char *text = ctl->options[option];
	bool is_address = strchr(text, '@') != NULL;
	const char *wrong = name_make_login(text, strlen(text), login);

	if (option == OPTION_EMAIL || option == OPTION_TO)
		wrong = name_make_email(text, strlen(text), login);
	else if (option == OPTION_LOGIN && is_address)
		wrong = "has an @: give an e-mail address with --email";
	if (wrong == NULL)
		return true;
	ctl_say("the %s %s%s",
	    option == OPTION_EMAIL || option == OPTION_TO ? "e-mail address"
							  : "login",
	    wrong,
	    option == OPTION_EMAIL && !is_address
		? " (--login takes one without an @)"
		: "");
	return false;
}

int ctl_user_find(struct ctl *ctl, struct admin_user *user)
{
	enum option_id option = OPTION_USER;
	struct name name;
	bool found = false;
	enum err err;

	if (ctl->options[OPTION_EMAIL] != NULL)
		option = OPTION_EMAIL;
	else if (ctl->options[OPTION_LOGIN] != NULL)
		option = OPTION_LOGIN;
	if (!ctl_login(ctl, option, &name))
		return CTL_BAD_USAGE;
	if ((err = admin_user_find(&ctl->store, name.key, user, &found)))
		return ctl_store_failed(ctl, err);
	if (!found)
		return ctl_fail("there is no user %s", name.display);
	return CTL_DONE;
}

static bool is_name(const char *text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789._-";

	return *text != '\0' && text[strspn(text, allowed)] == '\0';
}

int ctl_place_find(
    struct ctl *ctl, const struct ctl_names *names, struct admin_place *place)
{
	const char *text = names->project != NULL ? names->project
						  : names->organization;
	bool found = is_name(text);
	enum err err = ERR_NONE;

	/* the ASCII columns refuse other text */
	if (found && names->project != NULL)
		err = admin_project_find(&ctl->store, text, place, &found);
	else if (found)
		err = admin_organization_find(&ctl->store, text, place, &found);
	if (err)
		return ctl_store_failed(ctl, err);
	if (!found)
		return ctl_fail("there is no %s %s",
		    names->project != NULL ? "project" : "organization", text);
	return CTL_DONE;
}

enum err ctl_handed_over(struct ctl *ctl)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return ERR_NONE;
	return fault_set(&ctl->fault, ERR_INTERNAL,
	    "standard output cannot be written: nothing was made");
}

bool ctl_expires(const struct ctl *ctl, int64_t *expires_at)
{
	const char *text = ctl->options[OPTION_EXPIRES];

	*expires_at = 0;
	if (text == NULL)
		return true;
	if (!clock_parse(text, expires_at) || *expires_at <= 0) {
		ctl_say("--expires must be a time such as"
			" 2030-12-31T23:59:59Z");
		return false;
	}
	if (*expires_at <= ctl->store.now)
		ctl_say("warning: %s has passed already", text);
	return true;
}
