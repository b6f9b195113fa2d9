/* Slugs: what a path segment may hold, whatever the name was. */
#include "base/ulid.h"
#include "edge/name.h"
#include "fuzz.h"

static const char id[] = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
static const char *const reserved[] = { "/v1/accounts/{id}/users", "verify",
	NULL };
static const char lower_id[] = "01arz3ndektsv4rrffq69g5fav";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	char slug[NAME_SLUG_SIZE], again[NAME_SLUG_SIZE];
	size_t length;

	name_slug(text, id, reserved, slug);
	length = strlen(slug);
	MUST(length > 0 && length < NAME_SLUG_SIZE);
	MUST(strspn(slug, "abcdefghijklmnopqrstuvwxyz0123456789-") == length);
	MUST(slug[0] != '-' && slug[length - 1] != '-');
	MUST(strstr(slug, "--") == NULL);
	MUST(!ulid_looks_like(slug) || strcmp(slug, lower_id) == 0);
	MUST(strcmp(slug, "accounts") != 0 && strcmp(slug, "v1") != 0);
	MUST(strcmp(slug, "users") != 0 && strcmp(slug, "verify") != 0);
	name_slug(slug, id, reserved, again);
	MUST(strcmp(again, slug) == 0);
	free(text);
	return 0;
}
