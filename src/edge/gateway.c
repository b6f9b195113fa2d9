#include "edge/gateway.h"

#include <errno.h>
#include <fastcgi.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "edge/gateway_wait.h"

extern char **environ;

enum {
	SECONDS = 10, /* where there are no settings */
	LINGER_SECONDS = 1,
	CGI_WRITE = 4096, /* a pipe that takes anything takes so much */
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
	bool is_used;    /* CGI: there is only one request */
	bool is_broken;  /* the socket is none any more */
	bool is_local;   /* the listening socket is a Unix socket */
	bool is_limited; /* writing the answer is, by time */
	bool is_late;    /* the body took too long */
	int seconds;     /* for a body, and for writing without progress */
	size_t taken;    /* bytes of the body that were read */
	FCGX_Request request;
	struct param *params; /* of the request, in its arena */
	size_t param_count;
};

static struct gateway the_gateway;
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

	gateway->seconds = SECONDS;
	gateway->is_cgi = FCGX_IsCGI() != 0;
	if (gateway->is_cgi) {
		if (getenv("GATEWAY_INTERFACE") == NULL)
			return NULL;
		gateway->is_used = false;
		wait_take_signals();
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
	wait_take_signals();
	return gateway;
}

bool gateway_is_cgi(const struct gateway *gateway)
{
	return gateway->is_cgi;
}

bool gateway_is_local(const struct gateway *gateway)
{
	return gateway->is_cgi || gateway->is_local;
}

void gateway_limit(struct gateway *gateway, int seconds)
{
	gateway->seconds = seconds;
}

bool gateway_is_late(const struct gateway *gateway)
{
	return gateway->is_late;
}

enum gateway_event gateway_wait(struct gateway *gateway, int seconds)
{
	if (gateway->is_cgi)
		return gateway->is_used ? GATEWAY_END : GATEWAY_REQUEST;
	if (gateway->is_broken)
		return GATEWAY_END;
	return wait_for_input(seconds > 0 ? wait_end(seconds) : 0);
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
	if (wait_is_told_to_end())
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

bool gateway_pause(const struct gateway *gateway, int milliseconds)
{
	(void)gateway;
	return wait_pause(
	    clock_tick() + (int64_t)milliseconds * (WAIT_SECOND / 1000));
}

bool gateway_accept(struct gateway *gateway, struct arena *mem)
{
	bool is_first = !gateway->is_used;

	gateway->is_used = true;
	gateway->taken = 0;
	gateway->is_limited = false;
	gateway->is_late = false;
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

const char *gateway_list(
    const struct gateway *gateway, const char *name, struct arena *mem)
{
	size_t length = strlen(name);
	const char *list = NULL;

	for (size_t i = 0; i < gateway->param_count; i++) {
		const struct param *param = &gateway->params[i];

		if (!is_named(param, name, length))
			continue;
		list = list == NULL
		    ? param->value
		    : arena_print(mem, "%s, %s", list, param->value);
	}
	return list;
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

static size_t read_input(
    struct gateway *gateway, char *buffer, size_t size, int64_t end)
{
	enum gateway_event event = GATEWAY_REQUEST;
	size_t used = 0;

	while (
	    used < size && (event = wait_for_input(end)) == GATEWAY_REQUEST) {
		ssize_t got = read(STDIN_FILENO, buffer + used, size - used);

		if (got == 0 || (got < 0 && errno != EINTR))
			break;
		used += got > 0 ? (size_t)got : 0;
	}
	gateway->is_late = event == GATEWAY_QUIET;
	return used;
}

static void set_time(const struct gateway *gateway, int option, int64_t us)
{
	const struct timeval time = { .tv_sec = us / WAIT_SECOND,
		.tv_usec = us % WAIT_SECOND };

	(void)setsockopt(
	    gateway->request.ipcFd, SOL_SOCKET, option, &time, sizeof(time));
}

/*
 * Takes what libfcgi has read already.  Where it has to read more, its socket
 * waits no longer than until `end`.
 */
static size_t read_records(
    struct gateway *gateway, char *buffer, size_t size, int64_t end)
{
	FCGX_Stream *in = gateway->request.in;
	size_t used = 0;

	while (used < size) {
		size_t part = (size_t)(in->stop - in->rdNext);
		int got;

		if (part == 0) {
			set_time(gateway, SO_RCVTIMEO, wait_left(end));
			part = 1;
		}
		part = part < size - used ? part : size - used;
		got = FCGX_GetStr(buffer + used, (int)part, in);
		if (got <= 0)
			break;
		used += (size_t)got;
	}
	gateway->is_late = used < size &&
	    (FCGX_GetError(in) == EAGAIN || FCGX_GetError(in) == EWOULDBLOCK);
	return used;
}

size_t gateway_read(struct gateway *gateway, char *buffer, size_t size)
{
	int64_t end = wait_end(gateway->seconds);
	size_t used = gateway->is_cgi
	    ? read_input(gateway, buffer, size, end)
	    : read_records(gateway, buffer, size, end);

	gateway->taken += used;
	return used;
}

static bool write_output(
    const struct gateway *gateway, const char *data, size_t length)
{
	while (length > 0) {
		size_t part = length < CGI_WRITE ? length : CGI_WRITE;
		ssize_t put;

		if (!wait_until_ready(
			STDOUT_FILENO, POLLOUT, wait_end(gateway->seconds)))
			return false;
		put = write(STDOUT_FILENO, data, part);
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
 * A short answer fits what a Unix socket holds.  Of a long one it holds little:
 * lighttpd takes what is there at once and puts all that is above 64 KiB into
 * files, however quickly its client reads.
 */
static void limit_writing(struct gateway *gateway)
{
	int size = LONG_QUEUE;

	set_time(gateway, SO_SNDTIMEO, (int64_t)gateway->seconds * WAIT_SECOND);
	if (gateway->is_local)
		(void)setsockopt(gateway->request.ipcFd, SOL_SOCKET, SO_SNDBUF,
		    &size, sizeof(size));
	gateway->is_limited = true;
}

static bool write_records(
    struct gateway *gateway, const char *data, size_t length)
{
	while (length > 0) {
		int part = length > INT_MAX ? INT_MAX : (int)length;

		if (FCGX_PutStr(data, part, gateway->request.out) != part)
			return false;
		data += part;
		length -= (size_t)part;
	}
	return true;
}

bool gateway_write(struct gateway *gateway, const char *data, size_t length)
{
	if (gateway->is_cgi)
		return write_output(gateway, data, length);
	if (!gateway->is_limited &&
	    (length >= LONG_WRITE || !gateway->is_local))
		limit_writing(gateway);
	if (write_records(gateway, data, length))
		return true;
	/* so that libfcgi does not wait again for its last record */
	(void)shutdown(gateway->request.ipcFd, SHUT_RDWR);
	return false;
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
static void drain(struct gateway *gateway)
{
	const char *length = gateway_param(gateway, "CONTENT_LENGTH");
	size_t left = DRAIN_MAX, whole;
	int64_t end = wait_end(gateway->seconds);
	char buffer[8192];

	if (gateway->is_late ||
	    (length == NULL &&
		gateway_param(gateway, "HTTP_TRANSFER_ENCODING") == NULL))
		return;
	if (length != NULL) {
		whole = (size_t)strtoull(length, NULL, 10);
		left = whole > gateway->taken ? whole - gateway->taken : 0;
		left = left < DRAIN_MAX ? left : DRAIN_MAX;
	}
	while (left > 0) {
		size_t part = left < sizeof(buffer) ? left : sizeof(buffer);

		if (read_input(gateway, buffer, part, end) < part)
			return;
		left -= part;
	}
}

/*
 * As libfcgi closes, but not for as long as something comes: the rest of a body
 * may come a byte a second.
 */
static void linger(int descriptor)
{
	int64_t end = wait_end(LINGER_SECONDS);
	char rest[8192];

	if (shutdown(descriptor, SHUT_WR) == 0)
		while (clock_tick() < end &&
		    wait_until_ready(descriptor, POLLIN, end) &&
		    read(descriptor, rest, sizeof(rest)) > 0)
			continue;
	(void)close(descriptor);
}

void gateway_finish(struct gateway *gateway)
{
	int descriptor = -1;

	if (gateway->is_cgi) {
		drain(gateway);
		return;
	}
	if (!may_close_at_once(gateway))
		descriptor = dup(gateway->request.ipcFd);
	(void)FCGX_Detach(&gateway->request);
	FCGX_Finish_r(&gateway->request);
	if (descriptor >= 0)
		linger(descriptor);
}

void gateway_abort(struct gateway *gateway)
{
	if (gateway->is_cgi)
		return;
	(void)FCGX_Detach(&gateway->request);
	FCGX_Free(&gateway->request, 1);
}
