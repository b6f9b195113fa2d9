/*
 * A name after normalisation: what is shown and what is compared.
 */
#ifndef TENANTRY_MODEL_NAME_H
#define TENANTRY_MODEL_NAME_H

enum {
	NAME_POINTS = 100,       /* code points at most */
	NAME_DISPLAY_SIZE = 401, /* 100 of 4 bytes, and the NUL */
	NAME_KEY_SIZE = 769,
	NAME_SLUG_SIZE = 64
};

struct name {
	char display[NAME_DISPLAY_SIZE];
	char key[NAME_KEY_SIZE];
};

#endif
