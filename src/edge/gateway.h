/*
 * One request at a time from the web server: FastCGI (libfcgi), or plain CGI
 * where that is how the program was started.  The only user of <fcgiapp.h>.
 */
#ifndef TENANTRY_EDGE_GATEWAY_H
#define TENANTRY_EDGE_GATEWAY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct gateway;

/*
 * Takes over the process's signals: SIGTERM and SIGUSR1 end an idle process
 * at once and a busy one behind its answer (for a CGI process that waits for
 * the body, the body ends); SIGPIPE is ignored.  One handle a process.  NULL
 * where the start is neither FastCGI nor CGI.
 */
struct gateway *gateway_open(void);

/* Whether the process serves one request and ends (plain CGI). */
bool gateway_is_cgi(const struct gateway *gateway);

/* Whether nobody but this machine's users can reach the program's socket. */
bool gateway_is_local(const struct gateway *gateway);

/*
 * How many seconds the body of a request may take in all, and how many the
 * writing of its answer may go without progress.  10 without this call.
 */
void gateway_limit(struct gateway *gateway, int seconds);

enum gateway_event {
	GATEWAY_REQUEST, /* one is there to be accepted */
	GATEWAY_QUIET,   /* none came in that time */
	GATEWAY_END      /* there will be none */
};

/* Waits for the next request; for so many seconds, 0: without end. */
enum gateway_event gateway_wait(struct gateway *gateway, int seconds);

/*
 * Lets time pass within a request: milliseconds.  False: a signal has come, and
 * the process is to answer and to end.
 */
bool gateway_pause(const struct gateway *gateway, int milliseconds);

/*
 * Takes the request; false where another worker was quicker.  The list of its
 * parameters is in `mem`, which is to outlive the finish.
 */
bool gateway_accept(struct gateway *gateway, struct arena *mem);

/* A parameter (RFC 3875 meta-variable), or NULL; lives until the finish. */
const char *gateway_param(const struct gateway *gateway, const char *name);

/*
 * The first of `names` that more than one parameter has, or NULL.  Some web
 * servers make one name of headers that differ by `-`, `_` or `.`.
 */
const char *gateway_repeated(
    const struct gateway *gateway, const char *const *names, size_t count);

/*
 * All parameters of that name as one list (RFC 9110 section 5.3), a comma
 * between them; NULL: none.  More than one is joined in `mem`.
 */
const char *gateway_list(
    const struct gateway *gateway, const char *name, struct arena *mem);

/*
 * Reads up to `size` bytes of the body; fewer only at its end, or where its
 * time is over: gateway_is_late().
 */
size_t gateway_read(struct gateway *gateway, char *buffer, size_t size);
bool gateway_is_late(const struct gateway *gateway);

/*
 * Writes; false when the web server has closed the connection, or took nothing
 * for as long as the limit allows.  Then the connection is closed.
 */
bool gateway_write(struct gateway *gateway, const char *data, size_t length);

/* Ends the request; everything written is on its way. */
void gateway_finish(struct gateway *gateway);

/*
 * Ends a request whose answer broke off, without the record of its end
 * (FastCGI 1.0 section 5.5): by this the web server knows that the answer is no
 * whole one, and ends its own without the last chunk (RFC 9112 section 8).  By
 * CGI nothing can say so.
 */
void gateway_abort(struct gateway *gateway);

#endif
