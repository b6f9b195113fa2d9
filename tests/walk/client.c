#include "client.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { SECONDS = 60, STEP = 65536 };

bool client_open(struct client *client, const char *url)
{
	static const char scheme[] = "http://";
	const char *at = url + sizeof(scheme) - 1;
	size_t host, port;

	memset(client, 0, sizeof(*client));
	client->socket = -1;
	if (strncmp(url, scheme, sizeof(scheme) - 1) != 0)
		return false;
	host = strcspn(at, ":/");
	if (host >= sizeof(client->host) || at[host] != ':')
		return false;
	memcpy(client->host, at, host);
	at += host + 1;
	port = strspn(at, "0123456789");
	if (port == 0 || port >= sizeof(client->port))
		return false;
	memcpy(client->port, at, port);
	client->mount = at + port;
	return *client->mount == '\0' || *client->mount == '/';
}

static void hang_up(struct client *client)
{
	if (client->socket >= 0)
		(void)close(client->socket);
	client->socket = -1;
	client->is_used = false;
}

void client_close(struct client *client)
{
	hang_up(client);
	free(client->buffer);
	client->buffer = NULL;
}

static bool connect_to(struct client *client)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM };
	struct timeval limit = { SECONDS, 0 };
	struct addrinfo *list, *at;
	int now = 1;

	if (getaddrinfo(client->host, client->port, &hints, &list) != 0)
		return false;
	for (at = list; at != NULL && client->socket < 0; at = at->ai_next) {
		client->socket = socket(at->ai_family, at->ai_socktype, 0);
		if (client->socket >= 0 &&
		    connect(client->socket, at->ai_addr, at->ai_addrlen) != 0)
			hang_up(client);
	}
	freeaddrinfo(list);
	if (client->socket < 0)
		return false;
	(void)setsockopt(
	    client->socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	(void)setsockopt(
	    client->socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	(void)setsockopt(
	    client->socket, IPPROTO_TCP, TCP_NODELAY, &now, sizeof(now));
	client->connections++;
	return true;
}

/* Returns the end of the buffer, with room for `more` bytes. */
static char *make_room(struct client *client, size_t more)
{
	if (client->length + more + 1 > client->size) {
		client->size = client->length + more + 1;
		client->buffer = realloc(client->buffer, client->size);
		if (client->buffer == NULL)
			abort();
	}
	return client->buffer + client->length;
}

static bool send_all(struct client *client, const char *data, size_t length)
{
	while (length > 0) {
		ssize_t sent = send(client->socket, data, length, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		data += sent;
		length -= (size_t)sent;
	}
	return true;
}

/* A server may refuse a body before it has read it: the answer is read then. */
static bool send_message(struct client *client, const struct message *message)
{
	char *at;
	int length;

	client->length = 0;
	at = make_room(client, STEP);
	length = snprintf(at, STEP, "%s %s%s HTTP/1.1\r\nHost: %s:%s\r\n%s",
	    message->method, client->mount, message->path, client->host,
	    client->port, message->headers);
	if (message->body != NULL && length < STEP)
		length += snprintf(at + length, STEP - (size_t)length,
		    "Content-Length: %zu\r\n", message->body_length);
	if (length > STEP - 3)
		return false;
	client->length = (size_t)length + 2;
	memcpy(at + length, "\r\n", 2);
	/* in one write: Nagle's algorithm would hold a second one back */
	if (message->body != NULL && message->body_length > 0) {
		memcpy(make_room(client, message->body_length), message->body,
		    message->body_length);
		client->length += message->body_length;
	}
	length = (int)client->length;
	client->length = 0;
	return send_all(client, client->buffer, (size_t)length) ||
	    message->body != NULL;
}

/* Reads once; false at the end of the connection. */
static bool read_more(struct client *client)
{
	char *at = make_room(client, STEP);
	ssize_t got = recv(client->socket, at, STEP, 0);

	if (got <= 0)
		return false;
	client->length += (size_t)got;
	client->buffer[client->length] = '\0';
	return true;
}

/* Until at least `length` bytes are there. */
static bool read_to(struct client *client, size_t length)
{
	while (client->length < length)
		if (!read_more(client))
			return false;
	return true;
}

/* Reads the head; its length with the empty line, 0 if it did not come. */
static size_t read_head(struct client *client)
{
	const char *end;

	client->length = 0;
	do {
		if (!read_more(client))
			return 0;
		end = strstr(client->buffer, "\r\n\r\n");
	} while (end == NULL);
	return (size_t)(end - client->buffer) + 4;
}

/* Joins the chunks that begin at `from` in place; false: one is missing. */
static bool read_chunks(struct client *client, size_t from)
{
	size_t at = from, to = from, length;

	for (;;) {
		char *line, *end;

		while ((end = client->length > at
			       ? strstr(client->buffer + at, "\r\n")
			       : NULL) == NULL)
			if (!read_more(client))
				return false;
		line = client->buffer + at;
		length = strtoul(line, NULL, 16);
		at = (size_t)(end - client->buffer) + 2;
		if (!read_to(client, at + length + 2))
			return false;
		memmove(client->buffer + to, client->buffer + at, length);
		to += length;
		at += length + 2;
		if (length == 0)
			break;
	}
	client->length = to;
	return true;
}

static bool has_no_body(const struct message *message, int status)
{
	return strcmp(message->method, "HEAD") == 0 || status == 204 ||
	    status == 304;
}

/* The body that begins at `from`; false: it was cut. */
static bool read_body(
    struct client *client, const struct answer *answer, size_t from)
{
	char value[64];

	if (answer_header(answer, "Transfer-Encoding", value, sizeof(value)) &&
	    strcasecmp(value, "chunked") == 0)
		return read_chunks(client, from);
	if (answer_header(answer, "Content-Length", value, sizeof(value))) {
		size_t end = from + strtoul(value, NULL, 10);
		bool is_whole = read_to(client, end);

		client->length = end < client->length ? end : client->length;
		return is_whole;
	}
	while (read_more(client))
		continue;
	hang_up(client);
	return true;
}

static bool read_answer(
    struct client *client, const struct message *message, struct answer *answer)
{
	char value[64], *head;
	size_t from = read_head(client);

	if (from == 0 ||
	    sscanf(client->buffer, "HTTP/%*s %d", &answer->status) != 1)
		return false;
	/* the buffer moves while the body is read, the head does not change */
	head = malloc(from);
	if (head == NULL)
		abort();
	memcpy(head, client->buffer, from - 1);
	head[from - 1] = '\0';
	answer->head = head;
	answer->is_whole = true;
	if (has_no_body(message, answer->status))
		answer->is_whole = client->length == from;
	else
		answer->is_whole = read_body(client, answer, from);
	if (!answer->is_whole ||
	    (answer_header(answer, "Connection", value, sizeof(value)) &&
		strcasecmp(value, "close") == 0))
		hang_up(client);
	free(head);
	client->buffer[from - 1] = '\0';
	client->buffer[client->length] = '\0';
	answer->head = client->buffer;
	answer->body = client->buffer + from;
	answer->body_length = client->length - from;
	client->is_used = true;
	return true;
}

bool client_send(
    struct client *client, const struct message *message, struct answer *answer)
{
	bool was_used;

	client->requests++;
	do {
		was_used = client->socket >= 0 && client->is_used;
		if (client->socket < 0 && !connect_to(client))
			return false;
		if (send_message(client, message) &&
		    read_answer(client, message, answer))
			return true;
		hang_up(client);
	} while (was_used && client->length == 0);
	return false;
}

bool answer_header(
    const struct answer *answer, const char *name, char *out, size_t size)
{
	const char *line = answer->head;
	size_t length = strlen(name), used = 0;

	out[0] = '\0';
	while ((line = strstr(line, "\r\n")) != NULL) {
		const char *value;

		line += 2;
		if (strncasecmp(line, name, length) != 0 || line[length] != ':')
			continue;
		value = line + length + 1;
		value += strspn(value, " \t");
		used += (size_t)snprintf(out + used, size - used, "%s%.*s",
		    used > 0 ? ", " : "", (int)strcspn(value, "\r\n"), value);
		if (used >= size)
			used = size - 1;
	}
	return out[0] != '\0';
}
