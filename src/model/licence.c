#include "model/licence.h"

#include <string.h>

static const struct licence_type types[] = {
	{ .name = "free", .limits = { .projects = 1 } },
	{ .name = "growth", .limits = { .projects = 3 } },
	{ .name = "enterprise" },
	{ .name = "google" },
	{ .name = "google-enterprise" },
};

const struct licence_type *licence_type_at(unsigned index)
{
	return index < sizeof(types) / sizeof(types[0]) ? &types[index] : NULL;
}

const struct licence_type *licence_type_find(const char *name)
{
	const struct licence_type *type;

	for (unsigned i = 0; (type = licence_type_at(i)) != NULL; i++) {
		if (strcmp(type->name, name) == 0)
			return type;
	}
	return NULL;
}

bool licence_is_expired(const struct licence *licence, int64_t now)
{
	return licence->expires_at != 0 && now >= licence->expires_at;
}

bool licence_allows(int64_t limit, int64_t count)
{
	return limit == 0 || count <= limit;
}
