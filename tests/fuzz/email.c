/* E-mail addresses: one @ with something on both sides, no white space. */
#include "edge/name.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct name name, again;
	const char *at;
	size_t length;

	if (name_make_email((const char *)data, size, &name) != NULL)
		return 0;
	length = strlen(name.display);
	at = strchr(name.display, '@');
	MUST(length >= 3 && length <= 254);
	MUST(fuzz_is_utf8(name.display, length));
	MUST(fuzz_is_utf8(name.key, strlen(name.key)));
	MUST(at != NULL && at > name.display && at[1] != '\0');
	MUST(strchr(at + 1, '@') == NULL);
	MUST(strpbrk(name.display, " \t\r\n") == NULL);
	MUST(name_make_email(name.display, length, &again) == NULL);
	MUST(strcmp(again.display, name.display) == 0);
	MUST(strcmp(again.key, name.key) == 0);
	return 0;
}
