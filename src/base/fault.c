#include "base/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A cut in the middle of a character would make the answer invalid UTF-8. */
static void drop_cut_character(char *text)
{
	size_t at = strlen(text);

	while (at > 0 && ((unsigned char)text[at - 1] & 0xC0) == 0x80)
		at--;
	if (at > 0 && (unsigned char)text[at - 1] >= 0xC0)
		text[at - 1] = '\0';
}

static void __attribute__((format(printf, 4, 0))) record(struct fault *fault,
    enum err code, enum cause cause, const char *format, va_list args)
{
	int length;

	fault->code = code;
	fault->cause = cause;
	fault->retry_after = 0;
	fault->member = NULL;
	fault->needed = fault->have = NULL;
	fault->limit_count = 0;
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

void fault_rights(struct fault *fault, const char *needed, const char *have)
{
	fault->needed = needed;
	fault->have = have;
}

void fault_number(struct fault *fault, const char *member, long long number)
{
	fault->member = member;
	fault->is_number = true;
	snprintf(fault->id, sizeof(fault->id), "%lld", number);
}

void fault_name(struct fault *fault, const char *member, const char *id)
{
	fault->member = member;
	fault->is_number = false;
	snprintf(fault->id, sizeof(fault->id), "%s", id);
}

void fault_limit(
    struct fault *fault, const char *name, int64_t allowed, int64_t current)
{
	if (fault->limit_count < FAULT_LIMITS)
		fault->limits[fault->limit_count++] = (struct fault_limit){
			name, allowed, current
		};
}
