/*
 * What is changed of a resource that has a display name and labels.
 */
#ifndef TENANTRY_RESOURCE_NAMED_H
#define TENANTRY_RESOURCE_NAMED_H

#include "model/label.h"
#include "model/name.h"

struct named_change {
	struct name name;         /* empty: as it is */
	char labels[LABELS_SIZE]; /* empty: as they are */
};

/*
 * Puts what the body says into the members of a row.  The key follows from the
 * name: where that is the same nothing changes, and the key stays empty.
 */
void named_make(const struct named_change *body,
    char display_name[NAME_DISPLAY_SIZE], char name_key[NAME_KEY_SIZE],
    char labels[LABELS_SIZE]);

#endif
