#include "base/cause.h"

static const char *const causes[] = {
	[CAUSE_NONE] = "-",
	[CAUSE_MISSING] = "missing",
	[CAUSE_KEY] = "key",
	[CAUSE_PASSWORD] = "password",
	[CAUSE_SESSION] = "session",
	[CAUSE_DISABLED] = "disabled",
	[CAUSE_EXPIRED] = "expired",
	[CAUSE_CROSS_SITE] = "cross-site",
	[CAUSE_ROLE] = "role",
	[CAUSE_MEMBERSHIP] = "membership",
	[CAUSE_CONTEXT] = "context",
	[CAUSE_RESTRICTED] = "restricted",
	[CAUSE_LICENCE] = "license",
	[CAUSE_STEP_UP] = "step-up",
	[CAUSE_ADDRESS] = "address",
	[CAUSE_THROTTLED] = "throttled",
	[CAUSE_RATE] = "rate",
	[CAUSE_BUSY] = "busy",
};

_Static_assert(sizeof(causes) / sizeof(causes[0]) == CAUSE_COUNT,
    "every cause has its word");

const char *cause_name(enum cause cause)
{
	return causes[(unsigned)cause < CAUSE_COUNT ? cause : CAUSE_NONE];
}
