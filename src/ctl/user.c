#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/ctl.h"
#include "edge/crypto.h"
#include "edge/name.h"
#include "edge/password.h"

/* --- add ------------------------------------------------------------------ */

/* --name, else what stands before the @. */
static const char *make_name(
    const struct ctl *ctl, const struct name *email, struct name *out)
{
	const char *given = ctl->options[OPTION_NAME];

	if (given != NULL)
		return name_make(given, strlen(given), out);
	return name_make(email->display, strcspn(email->display, "@"), out);
}

int user_add(struct ctl *ctl)
{
	const char *given = ctl->options[OPTION_EMAIL], *wrong;
	struct name email, name;
	struct admin_new_user user = {
		.email = &email,
		.display_name = name.display,
		.is_system_admin = ctl->options[OPTION_SYSTEM_ADMIN] != NULL,
	};
	struct admin_key key = { .text = "" };
	char id[ULID_SIZE];
	enum err err;

	if ((wrong = name_make_email(given, strlen(given), &email)) != NULL)
		return ctl_refuse("the e-mail address %s", wrong);
	if ((wrong = make_name(ctl, &email, &name)) != NULL)
		return ctl_refuse("the name %s", wrong);
	admin_key_make(&key);
	err = admin_user_insert(&ctl->store, &user, &key, id);
	if (err == ERR_NAME_IN_USE)
		return ctl_fail("there is a user %s already", given);
	if (err)
		return ctl_store_failed(ctl, err);
	(void)printf("user %s %s\n%s\n", id, email.display, key.text);
	return CTL_DONE;
}

/* --- password ------------------------------------------------------------- */

enum { LINE_SIZE = PASSWORD_MAX + 3 }; /* CR, LF and the NUL */

/* False where there is no line, or it is no password. */
static bool read_line(char line[LINE_SIZE])
{
	size_t length;

	if (fgets(line, LINE_SIZE, stdin) == NULL)
		return false;
	length = strlen(line);
	if (length > 0 && line[length - 1] == '\n')
		line[--length] = '\0';
	else if (!feof(stdin))
		return false; /* too long, or a NUL inside */
	if (length > 0 && line[length - 1] == '\r')
		line[--length] = '\0';
	return length > 0 && length <= PASSWORD_MAX;
}

static void end_read(int number)
{
	(void)number;
}

/*
 * Without an echo.  Who ends it by a key or a signal gets the terminal back
 * as it was: the signals only end the read (no SA_RESTART), as no line.
 */
static bool read_quietly(char line[LINE_SIZE], const struct termios *terminal)
{
	static const int numbers[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };
	enum { COUNT = sizeof(numbers) / sizeof(numbers[0]) };
	struct sigaction before[COUNT], action = { .sa_handler = end_read };
	struct termios quiet = *terminal;
	bool good;

	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < COUNT; i++)
		(void)sigaction(numbers[i], &action, &before[i]);
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	(void)fputs("password: ", stderr);
	good = read_line(line);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, terminal);
	(void)fputc('\n', stderr);
	for (size_t i = 0; i < COUNT; i++)
		(void)sigaction(numbers[i], &before[i], NULL);
	return good;
}

static bool read_password(char line[LINE_SIZE])
{
	struct termios terminal;

	return tcgetattr(STDIN_FILENO, &terminal) == 0
	    ? read_quietly(line, &terminal)
	    : read_line(line);
}

int user_password(struct ctl *ctl)
{
	char line[LINE_SIZE], hash[PASSWORD_HASH_SIZE];
	struct admin_user user;
	bool good;
	int status;
	enum err err;

	if ((status = ctl_user_find(ctl, OPTION_EMAIL, &user)) != CTL_DONE)
		return status;
	good = read_password(line) && password_hash(line, hash);
	crypto_wipe(line, sizeof(line));
	if (!good)
		return ctl_fail("standard input must begin with a line of 1 to"
				" %d bytes",
		    PASSWORD_MAX);
	/* the person who typed may have taken his time */
	db_begin_request(ctl->store.db);
	ctl->store.now = clock_now();
	err = admin_user_password(&ctl->store, user.id, hash);
	if (err)
		return ctl_store_failed(ctl, err);
	if (user.disabled_at != 0)
		ctl_say("warning: this user is disabled");
	return CTL_DONE;
}

/* --- disable -------------------------------------------------------------- */

int user_disable(struct ctl *ctl)
{
	struct admin_user user;
	int status;
	enum err err;

	if ((status = ctl_user_find(ctl, OPTION_EMAIL, &user)) != CTL_DONE)
		return status;
	if (user.disabled_at != 0) {
		ctl_say("this user is disabled already");
		return CTL_DONE;
	}
	if ((err = admin_user_disable(&ctl->store, user.id)))
		return ctl_store_failed(ctl, err);
	return CTL_DONE;
}
