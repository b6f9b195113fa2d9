/*
 * Hands a mail to the program that sends it, as sendmail(8) takes it: the one
 * place where another program is run, and the workers do not have it.
 */
#ifndef TENANTRY_CTL_SENDMAIL_H
#define TENANTRY_CTL_SENDMAIL_H

enum { SENDMAIL_WORDS_MAX = 16, SENDMAIL_SAID = 161 };

enum sendmail_end {
	SENDMAIL_TAKEN,   /* it has taken the mail: exit status 0 */
	SENDMAIL_REFUSED, /* for good: what <sysexits.h> calls data and user */
	SENDMAIL_FAILED,  /* for now: another exit status, or a signal */
	SENDMAIL_LATE,    /* it was ended after the deadline */
	SENDMAIL_MISSING  /* it cannot be run */
};

struct sendmail_result {
	enum sendmail_end end;
	int status; /* exit status, or 128 and the signal */
	/* the begin of what it said, ASCII; words with an @ are left out */
	char said[SENDMAIL_SAID];
};

struct sendmail {
	const char *command;   /* a path, and arguments with spaces between */
	const char *from, *to; /* of mail_is_address() */
	const char *mail;      /* as mail_write() makes it */
	int seconds;           /* that it has */
};

/*
 * Runs the command (no shell reads it) with `-i -f FROM -- TO` behind, and the
 * mail as its standard input.  It gets an environment of PATH alone and none of
 * the caller's descriptors, and is ended with its children when its time is
 * over.
 */
void sendmail_run(const struct sendmail *what, struct sendmail_result *result);

#endif
