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

int64_t licence_over_until(const struct licence_days *days, int64_t now)
{
	return now - days->grace * LICENCE_DAY;
}

bool licence_is_over(
    const struct licence_days *days, int64_t expires_at, int64_t now)
{
	return expires_at != 0 && expires_at <= licence_over_until(days, now);
}

const char *licence_state(const struct licence_days *days,
    const struct licence_facts *facts, int64_t now)
{
	const struct licence_limits *limits = &facts->limits;
	int64_t end = facts->expires_at;

	if (facts->is_revoked)
		return "revoked";
	if (licence_is_over(days, end, now))
		return "expired";
	if (end != 0 && now >= end)
		return "grace";
	if (!licence_allows(limits->projects, facts->use.projects) ||
	    !licence_allows(limits->users, facts->use.users))
		return "over_limit";
	if (end != 0 && now >= end - days->expiring * LICENCE_DAY)
		return "expiring";
	return "active";
}

int64_t licence_days_left(int64_t expires_at, int64_t now)
{
	if (expires_at == 0)
		return -1;
	return now >= expires_at
	    ? 0
	    : (expires_at - now + LICENCE_DAY - 1) / LICENCE_DAY;
}

bool licence_allows(int64_t limit, int64_t count)
{
	return limit == 0 || count <= limit;
}
