#include "edge/gateway.h"

#include <errno.h>
#include <fastcgi.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

extern char **environ;

enum {
	DRAIN_MAX = 16 << 20,
	LONG_WRITE = 16 << 10, /* more than a short answer */
	LONG_QUEUE = 24 << 10
};

/* A parameter's text is `name=value`. */
struct param {
	const char *name;
	size_t name_length;
	const char *value;
};

/* libfcgi keeps one request; the process serves one at a time. */
struct gateway {
	bool is_cgi;
	bool is_used;   /* CGI: there is only one request */
	bool is_broken; /* the socket is none any more */
	bool is_local;  /* the listening socket is a Unix socket */
	bool is_long;   /* the answer is: its socket holds little at a time */
	size_t taken;   /* bytes of the body that were read */
	FCGX_Request request;
	struct param *params; /* of the request, in its arena */
	size_t param_count;
	sigset_t waiting; /* the signals let through while idle */
};

static struct gateway the_gateway;
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
static void take_signals(sigset_t *waiting)
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
	sigprocmask(SIG_BLOCK, &blocked, waiting);
	sigdelset(waiting, SIGTERM);
	sigdelset(waiting, SIGUSR1);
}

static bool is_local_socket(int fd)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);

	return getsockname(fd, (struct sockaddr *)&address, &length) == 0 &&
	    address.ss_family == AF_UNIX;
}

struct gateway *gateway_open(void)
{
	struct gateway *gateway = &the_gateway;

	gateway->is_cgi = FCGX_IsCGI() != 0;
	if (gateway->is_cgi) {
		if (getenv("GATEWAY_INTERFACE") == NULL)
			return NULL;
		gateway->is_used = false;
		take_signals(&gateway->waiting);
		return gateway;
	}
	if (FCGX_Init() != 0 ||
	    FCGX_InitRequest(&gateway->request, FCGI_LISTENSOCK_FILENO, 0))
		return NULL;
	/*
	 * Several workers may wait on one socket: the one that comes too late
	 * must not block in accept(2), where a signal could be lost.
	 */
	{
		int flags = fcntl(FCGI_LISTENSOCK_FILENO, F_GETFL);

		fcntl(FCGI_LISTENSOCK_FILENO, F_SETFL, flags | O_NONBLOCK);
	}
	gateway->is_local = is_local_socket(FCGI_LISTENSOCK_FILENO);
	take_signals(&gateway->waiting);
	return gateway;
}

bool gateway_is_cgi(const struct gateway *gateway)
{
	return gateway->is_cgi;
}

/* Also where the signal waits behind the block. */
static bool is_told_to_end(void)
{
	sigset_t pending;

	if (!is_ending && sigpending(&pending) == 0 &&
	    (sigismember(&pending, SIGTERM) == 1 ||
		sigismember(&pending, SIGUSR1) == 1))
		is_ending = 1;
	return is_ending != 0;
}

/*
 * Whether there is something to take from descriptor 0, a connection or the
 * body of a CGI request.  `seconds` 0: waits without end.
 */
static enum gateway_event wait_for_input(
    const struct gateway *gateway, int seconds)
{
	struct timespec time = { .tv_sec = seconds };

	/*
	 * pselect(2) lets no signal through where the descriptor is ready at
	 * once: the pending ones are looked at.
	 */
	while (!is_told_to_end()) {
		fd_set set;
		int count;

		FD_ZERO(&set);
		FD_SET(FCGI_LISTENSOCK_FILENO, &set);
		count = pselect(FCGI_LISTENSOCK_FILENO + 1, &set, NULL, NULL,
		    seconds > 0 ? &time : NULL, &gateway->waiting);
		if (count == 0)
			return GATEWAY_QUIET;
		if (count > 0 && !is_ending)
			return GATEWAY_REQUEST;
		if (count < 0 && errno != EINTR)
			break;
	}
	return GATEWAY_END;
}

enum gateway_event gateway_wait(struct gateway *gateway, int seconds)
{
	if (gateway->is_cgi)
		return gateway->is_used ? GATEWAY_END : GATEWAY_REQUEST;
	return gateway->is_broken ? GATEWAY_END
				  : wait_for_input(gateway, seconds);
}

/*
 * A request asks for two dozen parameters, most of them in vain: their names
 * are measured once.
 */
static void list_params(
    struct gateway *gateway, char *const *texts, struct arena *mem)
{
	size_t count = 0;

	while (texts[count] != NULL)
		count++;
	gateway->params = arena_alloc(mem, count * sizeof(struct param));
	gateway->param_count = 0;
	for (size_t i = 0; i < count; i++) {
		struct param *param = &gateway->params[gateway->param_count];
		const char *end = strchr(texts[i], '=');

		if (end == NULL)
			continue;
		param->name = texts[i];
		param->name_length = (size_t)(end - texts[i]);
		param->value = end + 1;
		gateway->param_count++;
	}
}

static bool accept_connection(struct gateway *gateway)
{
	int result;

	/* one whose next connection is always there already never waits */
	if (is_told_to_end())
		return false;
	result = FCGX_Accept_r(&gateway->request);
	/*
	 * Where the web server would keep the connection (FCGI_KEEP_CONN), its
	 * next request could not be seen by gateway_wait().
	 */
	gateway->request.keepConnection = 0;
	/* nobody is there, another worker was quicker, or the peer went away */
	gateway->is_broken = result != 0 && result != -EAGAIN &&
	    result != -EWOULDBLOCK && result != -EINTR &&
	    result != -ECONNABORTED;
	return result == 0;
}

bool gateway_accept(struct gateway *gateway, struct arena *mem)
{
	bool is_first = !gateway->is_used;

	gateway->is_used = true;
	gateway->taken = 0;
	gateway->is_long = false;
	if (!(gateway->is_cgi ? is_first : accept_connection(gateway)))
		return false;
	list_params(
	    gateway, gateway->is_cgi ? environ : gateway->request.envp, mem);
	return true;
}

static bool is_named(const struct param *param, const char *name, size_t length)
{
	return param->name_length == length &&
	    memcmp(param->name, name, length) == 0;
}

const char *gateway_param(const struct gateway *gateway, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < gateway->param_count; i++)
		if (is_named(&gateway->params[i], name, length))
			return gateway->params[i].value;
	return NULL;
}

const char *gateway_repeated(
    const struct gateway *gateway, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(names[i]);
		unsigned seen = 0;

		for (size_t k = 0; k < gateway->param_count; k++)
			if (is_named(&gateway->params[k], names[i], length))
				seen++;
		if (seen > 1)
			return names[i];
	}
	return NULL;
}

static size_t read_all(const struct gateway *gateway, char *buffer, size_t size)
{
	size_t used = 0;

	while (used < size && wait_for_input(gateway, 0) == GATEWAY_REQUEST) {
		ssize_t got = read(STDIN_FILENO, buffer + used, size - used);

		if (got == 0 || (got < 0 && errno != EINTR))
			break;
		used += got > 0 ? (size_t)got : 0;
	}
	return used;
}

size_t gateway_read(struct gateway *gateway, char *buffer, size_t size)
{
	size_t used = 0;

	if (gateway->is_cgi) {
		used = read_all(gateway, buffer, size);
		gateway->taken += used;
		return used;
	}
	while (used < size) {
		size_t part = size - used > INT_MAX ? INT_MAX : size - used;
		int got = FCGX_GetStr(
		    buffer + used, (int)part, gateway->request.in);

		if (got <= 0)
			break;
		used += (size_t)got;
	}
	gateway->taken += used;
	return used;
}

static bool write_all(const char *data, size_t length)
{
	while (length > 0) {
		ssize_t put = write(STDOUT_FILENO, data, length);

		if (put < 0 && errno != EINTR)
			return false;
		if (put > 0) {
			data += put;
			length -= (size_t)put;
		}
	}
	return true;
}

/*
 * lighttpd takes what the socket holds at once and puts all that is above
 * 64 KiB into files, however quickly its client reads.
 */
static void hold_little(struct gateway *gateway)
{
	int size = LONG_QUEUE;

	if (gateway->is_local)
		(void)setsockopt(gateway->request.ipcFd, SOL_SOCKET, SO_SNDBUF,
		    &size, sizeof(size));
	gateway->is_long = true;
}

bool gateway_write(struct gateway *gateway, const char *data, size_t length)
{
	if (gateway->is_cgi)
		return write_all(data, length);
	if (length >= LONG_WRITE && !gateway->is_long)
		hold_little(gateway);
	while (length > 0) {
		int part = length > INT_MAX ? INT_MAX : (int)length;

		if (FCGX_PutStr(data, part, gateway->request.out) != part)
			return false;
		data += part;
		length -= (size_t)part;
	}
	return true;
}

/*
 * libfcgi would shut the connection down, wait for the other side and read
 * what is left before it closes: three system calls against a reset that
 * could swallow the answer.  On a Unix socket nothing sent is ever lost, so
 * that a request that was read to its end is closed at once.  The end is a
 * record of its own, which mod_proxy_fcgi sends after the others.
 */
static bool may_close_at_once(struct gateway *gateway)
{
	const char *length = gateway_param(gateway, "CONTENT_LENGTH");

	if (!gateway->is_local)
		return false;
	if (length == NULL
		? gateway_param(gateway, "HTTP_TRANSFER_ENCODING") != NULL
		: strtoull(length, NULL, 10) > gateway->taken)
		return false; /* the rest may be long in coming */
	return FCGX_GetChar(gateway->request.in) == EOF;
}

/*
 * A CGI server that cannot hand over the rest of a body that was refused drops
 * the answer with it.  Without a length (chunks) the body ends with the input.
 */
static void drain(const struct gateway *gateway)
{
	const char *length = gateway_param(gateway, "CONTENT_LENGTH");
	size_t left = DRAIN_MAX, whole;
	char buffer[8192];

	if (length == NULL &&
	    gateway_param(gateway, "HTTP_TRANSFER_ENCODING") == NULL)
		return;
	if (length != NULL) {
		whole = (size_t)strtoull(length, NULL, 10);
		left = whole > gateway->taken ? whole - gateway->taken : 0;
		left = left < DRAIN_MAX ? left : DRAIN_MAX;
	}
	while (left > 0) {
		size_t part = left < sizeof(buffer) ? left : sizeof(buffer);

		if (read_all(gateway, buffer, part) < part)
			return;
		left -= part;
	}
}

void gateway_finish(struct gateway *gateway)
{
	if (gateway->is_cgi) {
		drain(gateway);
		return;
	}
	if (may_close_at_once(gateway))
		(void)FCGX_Detach(&gateway->request);
	FCGX_Finish_r(&gateway->request);
}
