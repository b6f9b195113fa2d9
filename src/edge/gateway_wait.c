#include "edge/gateway_wait.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/select.h>
#include <unistd.h>

#include "base/clock.h"

static sigset_t waiting; /* the signals let through while idle */
static volatile sig_atomic_t is_ending;

static void end(int number)
{
	(void)number;
	is_ending = 1;
}

/*
 * Signals stay blocked but for the waits of wait_for_input(): none is lost
 * between looking at the flag and waiting, and none interrupts an answer.
 */
void wait_take_signals(void)
{
	struct sigaction action = { .sa_handler = end };
	sigset_t blocked;

	sigemptyset(&action.sa_mask);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, &waiting);
	sigdelset(&waiting, SIGTERM);
	sigdelset(&waiting, SIGUSR1);
}

int64_t wait_end(int seconds)
{
	return clock_tick() + (int64_t)seconds * WAIT_SECOND;
}

int64_t wait_left(int64_t end)
{
	int64_t left = end - clock_tick();

	return left > 0 ? left : 1;
}

bool wait_is_told_to_end(void)
{
	sigset_t pending;

	if (!is_ending && sigpending(&pending) == 0 &&
	    (sigismember(&pending, SIGTERM) == 1 ||
		sigismember(&pending, SIGUSR1) == 1))
		is_ending = 1;
	return is_ending != 0;
}

enum gateway_event wait_for_input(int64_t end)
{
	/*
	 * pselect(2) lets no signal through where the descriptor is ready at
	 * once: the pending ones are looked at.
	 */
	while (!wait_is_told_to_end()) {
		int64_t left = end > 0 ? wait_left(end) : 0;
		const struct timespec time = { .tv_sec = left / WAIT_SECOND,
			.tv_nsec = left % WAIT_SECOND * 1000 };
		fd_set set;
		int count;

		FD_ZERO(&set);
		FD_SET(STDIN_FILENO, &set);
		count = pselect(STDIN_FILENO + 1, &set, NULL, NULL,
		    end > 0 ? &time : NULL, &waiting);
		if (count == 0)
			return GATEWAY_QUIET;
		if (count > 0 && !is_ending)
			return GATEWAY_REQUEST;
		if (count < 0 && errno != EINTR)
			break;
	}
	return GATEWAY_END;
}

bool wait_pause(int64_t end)
{
	while (!wait_is_told_to_end() && clock_tick() < end) {
		int64_t left = wait_left(end);
		const struct timespec time = { .tv_sec = left / WAIT_SECOND,
			.tv_nsec = left % WAIT_SECOND * 1000 };

		(void)pselect(0, NULL, NULL, NULL, &time, &waiting);
	}
	return is_ending == 0;
}

bool wait_until_ready(int descriptor, short events, int64_t end)
{
	struct pollfd at = { .fd = descriptor, .events = events };
	int count;

	do
		count = poll(&at, 1, (int)(wait_left(end) / 1000 + 1));
	while (count < 0 && errno == EINTR);
	return count > 0;
}
