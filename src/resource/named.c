#include "resource/named.h"

#include <string.h>

#include "base/text.h"

void named_make(const struct named_change *body,
    char display_name[NAME_DISPLAY_SIZE], char name_key[NAME_KEY_SIZE],
    char labels[LABELS_SIZE])
{
	const char *name = body->name.display;

	if (body->labels[0] != '\0')
		text_set(labels, LABELS_SIZE, body->labels);
	if (name[0] == '\0' || strcmp(display_name, name) == 0)
		return;
	text_set(display_name, NAME_DISPLAY_SIZE, name);
	text_set(name_key, NAME_KEY_SIZE, body->name.key);
}
