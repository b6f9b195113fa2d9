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

	if (err == ERR_OUTCOME_UNKNOWN)
		return ctl_fail("the connection was cut during COMMIT: look"
				" whether it was done");
	return ctl_fail(
	    "the database: %s", *why != '\0' ? why : err_info(err)->title);
}

int ctl_user_find(
    struct ctl *ctl, enum option_id option, struct admin_user *user)
{
	const char *email = ctl->options[option];
	struct name name;
	const char *wrong = name_make_email(email, strlen(email), &name);
	bool found = false;
	enum err err;

	if (wrong != NULL)
		return ctl_refuse("the e-mail address %s", wrong);
	if ((err = admin_user_find(&ctl->store, name.key, user, &found)))
		return ctl_store_failed(ctl, err);
	if (!found)
		return ctl_fail("there is no user %s", email);
	return CTL_DONE;
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
