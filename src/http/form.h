/*
 * The fields of a form that a page of ours has sent (HTML, section 4.10.21:
 * application/x-www-form-urlencoded).  Knows no page.
 */
#ifndef TENANTRY_HTTP_FORM_H
#define TENANTRY_HTTP_FORM_H

#include "http/request.h"

enum { FORM_FIELDS_MAX = 24 };

struct form_field {
	const char *name, *value; /* in the arena of the reading */
};

struct form {
	struct form_field fields[FORM_FIELDS_MAX];
	size_t count;
};

/*
 * Reads a body.  ERR_BAD_BODY and the fault: a field that is there twice, more
 * than FORM_FIELDS_MAX of them, text that is no UTF-8, is malformed or has a
 * NUL.
 */
enum err form_read(
    struct arena *mem, const char *body, struct form *out, struct fault *fault);

/* The same for the body of a request: ERR_MEDIA_TYPE for another type. */
enum err form_read_body(struct request *rq, struct form *out);

/* The value of a field; "" where it is absent. */
const char *form_value(const struct form *form, const char *name);

#endif
