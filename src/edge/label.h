/*
 * Labels as clients send them: checks, and the one JSON text of them.
 */
#ifndef TENANTRY_EDGE_LABEL_H
#define TENANTRY_EDGE_LABEL_H

#include <stddef.h>

#include "base/fault.h"
#include "model/label.h"

/* The value is valid UTF-8 and ends with a NUL. */
struct label {
	const char *key;
	const char *value;
	size_t length;
};

/*
 * Sorts the labels by their keys, which must differ, and writes them as a JSON
 * object: the same labels in any order are the same text.  ERR_BAD_FIELD, and
 * the fault says which label is wrong and why: more than LABELS_MAX of them, a
 * key that is none of Kubernetes ([prefix/]name), a value of more than 63
 * characters, or with one that names may not have (edge/name.h).  White space
 * around a value is cut off.
 */
enum err labels_make(struct label *labels, size_t count, char out[LABELS_SIZE],
    struct fault *fault);

#endif
