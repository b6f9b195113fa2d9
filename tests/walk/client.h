/*
 * A small HTTP/1.1 client that keeps its connection: one request at a time, as
 * it is written.  Knows nothing of the service.
 */
#ifndef TENANTRY_TESTS_WALK_CLIENT_H
#define TENANTRY_TESTS_WALK_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

struct client {
	char host[64], port[8];
	const char *mount; /* what each path begins with, "" at the root */
	int socket;        /* -1: not connected */
	bool is_used;      /* the connection has had an answer */
	unsigned requests, connections;
	char *buffer; /* of the last answer */
	size_t size, length;
};

struct message {
	const char *method;
	const char *path;    /* below the mount */
	const char *headers; /* each with its CR and LF */
	const char *body;    /* NULL: no body and no Content-Length */
	size_t body_length;
};

/* Valid until the next request. */
struct answer {
	int status;
	const char *head; /* status line and headers, NUL-terminated */
	const char *body; /* NUL-terminated */
	size_t body_length;
	bool is_whole; /* its length, or its last chunk, was there */
};

/* `url` must live as long as the client; false: it is no http://host:port. */
bool client_open(struct client *client, const char *url);
void client_close(struct client *client);

/*
 * Sends a request, on a new connection where the server has closed the kept
 * one, and reads the answer.  False: there was none within 60 seconds.
 */
bool client_send(struct client *client, const struct message *message,
    struct answer *answer);

/*
 * Copies the header's value; several fields are joined by ", ".  False and an
 * empty text if it is absent.
 */
bool answer_header(
    const struct answer *answer, const char *name, char *out, size_t size);

#endif
