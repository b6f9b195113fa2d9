/*
 * Labels of a resource: short texts with a key, kept as one JSON text.
 */
#ifndef TENANTRY_MODEL_LABEL_H
#define TENANTRY_MODEL_LABEL_H

enum {
	LABELS_MAX = 32,
	LABEL_PREFIX_MAX = 253, /* bytes */
	LABEL_NAME_MAX = 63,    /* bytes */
	LABEL_VALUE_MAX = 63,   /* code points */
	/* "prefix/name":"value" and a comma; none of 4 bytes is escaped */
	LABEL_SIZE = LABEL_PREFIX_MAX + LABEL_NAME_MAX + 4 * LABEL_VALUE_MAX +
	    7,
	LABELS_SIZE = LABELS_MAX * LABEL_SIZE + 3
};

#endif
