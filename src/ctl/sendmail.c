#include "ctl/sendmail.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	NOT_RUN = 127, /* of a child that could not run it */
	DESCRIPTORS = 1024,
	LOOK = 50, /* ms between two looks at the child */
	COMMAND_SIZE = 1024,
	READ_SIZE = 512,
	/* <sysexits.h>: wrong data, no such user, no such host */
	WRONG_DATA = 65,
	NO_USER = 67,
	NO_HOST = 68
};

/* --- the child ------------------------------------------------------------ */

struct pipes {
	int in[2], out[2];
};

static void close_all(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
}

static void move_descriptors(const struct pipes *pipes)
{
	(void)dup2(pipes->in[0], STDIN_FILENO);
	(void)dup2(pipes->out[1], STDOUT_FILENO);
	(void)dup2(pipes->out[1], STDERR_FILENO);
	for (int fd = STDERR_FILENO + 1; fd < DESCRIPTORS; fd++)
		(void)close(fd);
}

/* In a group of its own, so that it can be ended with its children. */
static void become(char *const *words, const struct pipes *pipes)
{
	char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:"
		      "/usr/bin:/sbin:/bin";
	char *const environment[] = { path, NULL };
	struct sigaction as_usual;

	memset(&as_usual, 0, sizeof(as_usual));
	as_usual.sa_handler = SIG_DFL;
	(void)sigaction(SIGPIPE, &as_usual, NULL);
	(void)setpgid(0, 0);
	move_descriptors(pipes);
	(void)execve(words[0], words, environment);
	_exit(NOT_RUN);
}

/* --- the parent ----------------------------------------------------------- */

struct running {
	pid_t pid;
	int to, from; /* its input and what it says; -1: closed */
	const char *mail;
	size_t left;
	int64_t until; /* tick */
	char heard[READ_SIZE];
	size_t heard_length;
};

static void feed(struct running *r)
{
	ssize_t written = write(r->to, r->mail, r->left);

	if (written > 0) {
		r->mail += written;
		r->left -= (size_t)written;
	} else if (errno != EAGAIN && errno != EINTR) {
		r->left = 0; /* it wants no more of it */
	}
	if (r->left == 0) {
		(void)close(r->to);
		r->to = -1;
	}
}

static void hear(struct running *r)
{
	char chunk[READ_SIZE];
	ssize_t got = read(r->from, chunk, sizeof(chunk));
	const size_t room = sizeof(r->heard) - 1 - r->heard_length;

	if (got > 0) {
		size_t take = (size_t)got < room ? (size_t)got : room;

		memcpy(r->heard + r->heard_length, chunk, take);
		r->heard_length += take;
	} else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
		(void)close(r->from);
		r->from = -1;
	}
}

/* True: it has ended, with what waitpid(2) says. */
static bool has_ended(const struct running *r, int *status)
{
	return waitpid(r->pid, status, WNOHANG) == r->pid;
}

static void talk(struct running *r)
{
	/* a descriptor below 0 is passed over */
	struct pollfd fds[2] = { { r->to, POLLOUT, 0 },
		{ r->from, POLLIN, 0 } };

	if (poll(fds, 2, LOOK) <= 0)
		return;
	if (r->to >= 0 && fds[0].revents != 0)
		feed(r);
	if (r->from >= 0 && fds[1].revents != 0)
		hear(r);
	if (r->to < 0 && r->from < 0)
		(void)poll(NULL, 0, LOOK);
}

/* Until it ends or its time is over; true: it has ended by itself. */
static bool attend(struct running *r, int *status)
{
	bool is_ended = false;

	while (!(is_ended = has_ended(r, status)) && clock_tick() < r->until)
		talk(r);
	if (!is_ended) {
		(void)kill(-r->pid, SIGKILL);
		(void)kill(r->pid, SIGKILL);
		while (waitpid(r->pid, status, 0) == -1 && errno == EINTR)
			;
	}
	/* what is in the pipe; a grandchild may hold it open */
	for (int i = 0; i < 4 && r->from >= 0; i++)
		hear(r);
	return is_ended;
}

/* The first line or two, as a client and a terminal can show it. */
static void set_said(struct running *r, char said[SENDMAIL_SAID])
{
	char *rest = r->heard, *word;
	size_t length = 0;

	r->heard[r->heard_length] = '\0';
	for (char *at = r->heard; *at != '\0'; at++)
		if (*at <= ' ' || *at > '~')
			*at = ' ';
	said[0] = '\0';
	while ((word = strtok_r(rest, " ", &rest)) != NULL) {
		size_t more = strlen(word);

		if (strchr(word, '@') != NULL ||
		    length + more + 2 > SENDMAIL_SAID)
			continue;
		if (length > 0)
			said[length++] = ' ';
		memcpy(said + length, word, more + 1);
		length += more;
	}
}

static enum sendmail_end end_of(int status, bool is_ended, int *number)
{
	if (!is_ended)
		return SENDMAIL_LATE;
	if (WIFSIGNALED(status)) {
		*number = 128 + WTERMSIG(status);
		return SENDMAIL_FAILED;
	}
	*number = WEXITSTATUS(status);
	if (*number == NOT_RUN)
		return SENDMAIL_MISSING;
	if (*number == WRONG_DATA || *number == NO_USER || *number == NO_HOST)
		return SENDMAIL_REFUSED;
	return *number == 0 ? SENDMAIL_TAKEN : SENDMAIL_FAILED;
}

static bool open_pipes(struct pipes *pipes)
{
	if (pipe(pipes->in) != 0)
		return false;
	if (pipe(pipes->out) != 0) {
		close_all(pipes->in, 2);
		return false;
	}
	return fcntl(pipes->in[1], F_SETFL, O_NONBLOCK) == 0 &&
	    fcntl(pipes->out[0], F_SETFL, O_NONBLOCK) == 0;
}

static void run(
    char *const *words, struct running *r, struct sendmail_result *result)
{
	struct pipes pipes;
	int status = 0;

	result->end = SENDMAIL_FAILED;
	if (!open_pipes(&pipes))
		return;
	r->pid = fork();
	if (r->pid == 0)
		become(words, &pipes);
	(void)close(pipes.in[0]);
	(void)close(pipes.out[1]);
	r->to = pipes.in[1];
	r->from = pipes.out[0];
	if (r->pid > 0) {
		bool is_ended = attend(r, &status);

		result->end = end_of(status, is_ended, &result->status);
	}
	close_all((const int[]){ r->to, r->from }, 2);
	set_said(r, result->said);
}

/* --- the whole ------------------------------------------------------------ */

/* False: there are too many words. */
static bool cut_up(char *command, char **words, size_t *count)
{
	char *word, *rest = command;

	*count = 0;
	while ((word = strtok_r(rest, " ", &rest)) != NULL) {
		if (*count == SENDMAIL_WORDS_MAX)
			return false;
		words[(*count)++] = word;
	}
	return *count > 0;
}

/* execve(2) takes them as char *, and leaves them as they are. */
static char *as_word(const char *text)
{
	char *word;

	memcpy(&word, &text, sizeof(word));
	return word;
}

static void add_words(char **words, size_t count, const struct sendmail *what)
{
	const char *const more[] = { "-i", "-f", what->from, "--", what->to };

	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		words[count++] = as_word(more[i]);
	words[count] = NULL;
}

void sendmail_run(const struct sendmail *what, struct sendmail_result *result)
{
	char text[COMMAND_SIZE], *words[SENDMAIL_WORDS_MAX + 6];
	struct sigaction ignored, before;
	struct running r = { .mail = what->mail,
		.left = strlen(what->mail),
		.until = clock_tick() + (int64_t)what->seconds * 1000000 };
	size_t count;

	memset(result, 0, sizeof(*result));
	result->end = SENDMAIL_MISSING;
	if (strlen(what->command) >= sizeof(text))
		return;
	memcpy(text, what->command, strlen(what->command) + 1);
	if (!cut_up(text, words, &count) || access(words[0], X_OK) != 0)
		return;
	add_words(words, count, what);
	memset(&ignored, 0, sizeof(ignored));
	ignored.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &ignored, &before);
	run(words, &r, result);
	(void)sigaction(SIGPIPE, &before, NULL);
}
