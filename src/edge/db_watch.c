#include "edge/db_watch.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { MS_PER_SECOND = 1000, NS_PER_MS = 1000000 };

/* What the signal handler reads and writes. */
static volatile sig_atomic_t watched = -1, has_fired;
static timer_t timer;
static bool has_timer;

static void on_alarm(int number)
{
	int saved = errno; /* of what the signal has interrupted */

	(void)number;
	if (watched < 0)
		return;
	has_fired = 1;
	(void)shutdown(watched, SHUT_RDWR);
	errno = saved;
}

void db_watch_init(void)
{
	struct sigaction action;
	struct sigevent event;

	if (has_timer)
		return;
	memset(&action, 0, sizeof(action));
	action.sa_handler = on_alarm;
	action.sa_flags = SA_RESTART;
	(void)sigemptyset(&action.sa_mask);
	memset(&event, 0, sizeof(event));
	event.sigev_notify = SIGEV_SIGNAL;
	event.sigev_signo = SIGALRM;
	if (sigaction(SIGALRM, &action, NULL) != 0 ||
	    timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
		abort();
	has_timer = true;
}

static void set_timer(int ms)
{
	struct itimerspec time;

	memset(&time, 0, sizeof(time));
	time.it_value.tv_sec = ms / MS_PER_SECOND;
	time.it_value.tv_nsec = (long)(ms % MS_PER_SECOND) * NS_PER_MS;
	(void)timer_settime(timer, 0, &time, NULL);
}

void db_watch_begin(int descriptor, int ms)
{
	has_fired = 0;
	watched = descriptor;
	set_timer(ms);
}

bool db_watch_end(void)
{
	watched = -1;
	set_timer(0);
	return has_fired != 0;
}
