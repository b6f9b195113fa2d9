#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define INFO LEVEL_INFO
#define WARN LEVEL_WARN
#define ERROR LEVEL_ERROR

static const struct err_info table[] = {
	[ERR_NONE] = { 200, "ok", "OK", INFO },

	[ERR_BAD_REQUEST] = { 400, "bad-request", "Malformed request", INFO },
	[ERR_BAD_BODY] = { 400, "bad-body", "Body is not acceptable JSON",
	    INFO },
	[ERR_BAD_FIELD] = { 400, "bad-field", "Invalid member", INFO },
	[ERR_BAD_LICENCE] = { 400, "bad-license", "Invalid license key", INFO },
	[ERR_UNAUTHENTICATED] = { 401, "unauthenticated",
	    "Credential missing or wrong", INFO },
	[ERR_FORBIDDEN] = { 403, "forbidden", "Not allowed", INFO },
	[ERR_LICENCE_EXPIRED] = { 403, "license-expired", "License expired",
	    INFO },
	[ERR_NO_ROUTE] = { 404, "no-route", "No such path", INFO },
	[ERR_NO_RESOURCE] = { 404, "no-resource", "No such resource", INFO },
	[ERR_NOT_CREATED] = { 404, "not-created", "Resource was not created",
	    INFO },
	[ERR_METHOD] = { 405, "method-not-allowed", "Method not allowed",
	    INFO },
	[ERR_NOT_ACCEPTABLE] = { 406, "not-acceptable", "Not acceptable",
	    INFO },
	[ERR_NAME_IN_USE] = { 409, "name-in-use", "Name in use", INFO },
	[ERR_LIMIT] = { 409, "limit-reached", "License limit reached", INFO },
	[ERR_KEY_IN_USE] = { 409, "idempotency-key-in-use",
	    "Idempotency key in use", INFO },
	[ERR_LENGTH_REQUIRED] = { 411, "length-required", "Length required",
	    INFO },
	[ERR_PRECONDITION] = { 412, "precondition-failed",
	    "Precondition failed", INFO },
	[ERR_TOO_LARGE] = { 413, "too-large", "Body too large", INFO },
	[ERR_MEDIA_TYPE] = { 415, "media-type", "Unsupported media type",
	    INFO },
	[ERR_KEY_REUSED] = { 422, "idempotency-key-reused",
	    "Idempotency key reused", INFO },
	[ERR_PRECONDITION_REQUIRED] = { 428, "precondition-required",
	    "Precondition required", INFO },
	[ERR_THROTTLED] = { 429, "throttled", "Too many attempts", INFO },

	[ERR_NO_CONTEXT] = { 500, "no-context",
	    "Organization could not be determined", ERROR },
	[ERR_NO_SIGNING_KEY] = { 500, "no-signing-key",
	    "No signing key is configured", ERROR },
	[ERR_INTERNAL] = { 500, "internal", "Internal error", ERROR },
	[ERR_UNAVAILABLE] = { 503, "unavailable", "Service unavailable", WARN },
	[ERR_SCHEMA] = { 503, "schema-mismatch",
	    "Schema does not fit the program", WARN },
	[ERR_BUSY] = { 503, "busy", "Service busy", WARN },
	[ERR_OUTCOME_UNKNOWN] = { 503, "outcome-unknown", "Outcome unknown",
	    WARN },

	[ERR_DUPLICATE] = { 500, "duplicate", "Internal error", ERROR },
	[ERR_REFERENCE] = { 500, "reference", "Internal error", ERROR },
	[ERR_REPEATED] = { 500, "repeated", "Internal error", ERROR },
	[ERR_NO_PROCEDURE] = { 500, "no-procedure", "Internal error", ERROR },
	[ERR_CONFLICT] = { 500, "conflict", "Internal error", ERROR },
	[ERR_LOST] = { 500, "lost", "Internal error", ERROR },
};

_Static_assert(
    sizeof(table) / sizeof(table[0]) == ERR_COUNT, "every error has its row");

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
	[CAUSE_THROTTLED] = "throttled",
	[CAUSE_BUSY] = "busy",
	[CAUSE_RATE] = "rate",
};

_Static_assert(sizeof(causes) / sizeof(causes[0]) == CAUSE_COUNT,
    "every cause has its word");

const char *cause_name(enum cause cause)
{
	return causes[(unsigned)cause < CAUSE_COUNT ? cause : CAUSE_NONE];
}

const struct err_info *err_info(enum err code)
{
	/* Through unsigned, since an enum may hold any int. */
	return &table[(unsigned)code < ERR_COUNT ? code : ERR_INTERNAL];
}

/* A cut in the middle of a character would make the answer invalid UTF-8. */
static void drop_cut_character(char *text)
{
	size_t at = strlen(text);

	while (at > 0 && ((unsigned char)text[at - 1] & 0xC0) == 0x80)
		at--;
	if (at > 0 && (unsigned char)text[at - 1] >= 0xC0)
		text[at - 1] = '\0';
}

static void record(struct fault *fault, enum err code, enum cause cause,
    const char *format, va_list args)
{
	int length;

	fault->code = code;
	fault->cause = cause;
	fault->retry_after = 0;
	length = vsnprintf(fault->detail, sizeof(fault->detail), format, args);
	if (length < 0)
		fault->detail[0] = '\0';
	else if ((size_t)length >= sizeof(fault->detail))
		drop_cut_character(fault->detail);
}

enum err fault_set(struct fault *fault, enum err code, const char *format, ...)
{
	va_list args;

	if (fault == NULL)
		return code;
	va_start(args, format);
	record(fault, code, CAUSE_NONE, format, args);
	va_end(args);
	return code;
}

enum err fault_refuse(struct fault *fault, enum err code, enum cause cause,
    const char *format, ...)
{
	va_list args;

	if (fault == NULL)
		return code;
	va_start(args, format);
	record(fault, code, cause, format, args);
	va_end(args);
	return code;
}
