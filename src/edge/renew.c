#include "edge/renew.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define TRIAL "TENANTRY_TRIAL"

enum {
	LOOK_EVERY = 1000, /* ms */
	SETTLED_AFTER = 1000,
	RETRY_AFTER = 10000, /* after a trial that failed */
	START_SLACK = 100,   /* between exec and main, and the clock's grain */
	TRIAL_SECONDS = 5
};

static int64_t milliseconds(struct timespec time)
{
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static struct renew_mark mark_of(const struct stat *status)
{
	struct renew_mark mark = { status->st_dev, status->st_ino,
		status->st_size, status->st_mtim };

	return mark;
}

static bool is_same(const struct renew_mark *a, const struct renew_mark *b)
{
	return a->device == b->device && a->inode == b->inode &&
	    a->size == b->size && a->changed.tv_sec == b->changed.tv_sec &&
	    a->changed.tv_nsec == b->changed.tv_nsec;
}

/*
 * Of no version where it may have changed since this process read it.  What
 * changed in the future did so by another clock, or by this one before it was
 * put back: nothing can be told from that.  Taken for new it would be new to
 * the next process, too, and to each one after that.
 */
static struct renew_mark first_mark(
    const char *path, int64_t started, int64_t now)
{
	struct renew_mark none;
	struct stat status;
	int64_t changed;

	memset(&none, 0, sizeof(none));
	if (stat(path, &status) != 0)
		return none;
	changed = milliseconds(status.st_ctim);
	return changed > started - START_SLACK && changed <= now + START_SLACK
	    ? none
	    : mark_of(&status);
}

static bool is_one_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
	    x.st_ino == y.st_ino;
}

/*
 * The path that the process was started by, where that is told: it may be a
 * symbolic link that a deploy points elsewhere.  Else what the kernel knows.
 */
static void find_program(struct renew *renew, const char *name)
{
	static const char running[] = "/proc/self/exe";
	static const char deleted[] = " (deleted)";
	ssize_t length;

	if (name != NULL && name[0] == '/' && strlen(name) < RENEW_PATH_SIZE &&
	    is_one_file(name, running)) {
		memcpy(renew->program, name, strlen(name) + 1);
		return;
	}
	length = readlink(running, renew->program, RENEW_PATH_SIZE - 1);
	if (length < 0)
		length = 0;
	renew->program[length] = '\0';
	length -= (ssize_t)sizeof(deleted) - 1;
	if (length > 0 && strcmp(renew->program + length, deleted) == 0)
		renew->program[length] = '\0';
}

void renew_init(struct renew *renew, char **arguments, const char *settings,
    int64_t started, int64_t now)
{
	memset(renew, 0, sizeof(*renew));
	renew->arguments = arguments;
	renew->settings = settings;
	find_program(renew, arguments[0]);
	renew->program_mark = first_mark(renew->program, started, now);
	renew->settings_mark = first_mark(settings, started, now);
	renew->next_look = now + LOOK_EVERY; /* a new process serves first */
}

/*
 * A file that is not there, or is still being written, is left for later.  A
 * change in the future is another machine's clock.
 */
static bool has_changed(
    const char *path, const struct renew_mark *known, int64_t now)
{
	struct renew_mark mark;
	struct stat status;
	int64_t age;

	if (stat(path, &status) != 0)
		return false;
	mark = mark_of(&status);
	age = now - milliseconds(status.st_ctim);
	return !is_same(&mark, known) && (age < 0 || age >= SETTLED_AFTER);
}

bool renew_is_due(struct renew *renew, int64_t now)
{
	int64_t wait = renew->next_look - now;

	if (renew->program[0] == '\0' || (wait > 0 && wait <= RETRY_AFTER))
		return false;
	renew->next_look = now + LOOK_EVERY;
	return has_changed(renew->program, &renew->program_mark, now) ||
	    has_changed(renew->settings, &renew->settings_mark, now);
}

/* In the child: without the socket, so that it can take no request. */
_Noreturn static void begin_trial(const struct renew *renew)
{
	int nothing = open("/dev/null", O_RDWR);

	if (nothing > 0 && dup2(nothing, STDIN_FILENO) == STDIN_FILENO &&
	    close(nothing) == 0 && setenv(TRIAL, "1", 1) == 0) {
		(void)alarm(TRIAL_SECONDS);
		(void)execv(renew->program, renew->arguments);
	}
	_exit(127);
}

static bool passes_trial(const struct renew *renew)
{
	pid_t child = fork();
	int status = -1;

	if (child == 0)
		begin_trial(renew);
	if (child < 0)
		return false;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

void renew_run(struct renew *renew)
{
	if (passes_trial(renew)) {
		log_write(LEVEL_INFO,
		    "program or settings are new: starting"
		    " over");
		(void)execv(renew->program, renew->arguments);
	}
	renew->next_look = clock_now() + RETRY_AFTER;
	log_write(LEVEL_ERROR,
	    "program or settings are new and do not start: going on with the"
	    " old ones");
}

bool renew_is_trial(void)
{
	return getenv(TRIAL) != NULL;
}
