#include "http/date.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define MINUTE INT64_C(60000)
#define HOUR INT64_C(3600000)

enum { YEAR_LEAST = 1000, YEAR_MOST = 9999 };

/* What is still to be read, and what was. */
struct reading {
	const char *at;
	struct clock_parts parts;
	bool has_time, has_fraction;
	int microsecond;
	int64_t offset; /* ms east of UTC */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool skip(struct reading *r, char c)
{
	if (*r->at != c)
		return false;
	r->at++;
	return true;
}

static bool number(struct reading *r, int digits, int high, int *value)
{
	*value = 0;
	for (int i = 0; i < digits; i++) {
		if (!is_digit(*r->at))
			return false;
		*value = *value * 10 + (*r->at++ - '0');
	}
	return *value <= high;
}

/* A day that the month does not have would be one of the next month. */
static bool is_day(const struct clock_parts *parts)
{
	struct clock_parts same;

	if (parts->month < 1 || parts->month > 12 || parts->day < 1)
		return false;
	same = clock_split(
	    clock_join(parts->year, parts->month, parts->day, 0));
	return same.month == parts->month && same.day == parts->day;
}

static bool read_date(struct reading *r, bool *is_compact)
{
	struct clock_parts *parts = &r->parts;

	if (!number(r, 4, YEAR_MOST, &parts->year))
		return false;
	*is_compact = !skip(r, '-');
	return number(r, 2, 12, &parts->month) &&
	    (*is_compact || skip(r, '-')) && number(r, 2, 31, &parts->day) &&
	    is_day(parts);
}

static bool read_fraction(struct reading *r)
{
	int unit = 100000;

	if (!skip(r, '.'))
		return true;
	r->has_fraction = true;
	if (!is_digit(*r->at))
		return false;
	for (; is_digit(*r->at); unit /= 10)
		r->microsecond += (*r->at++ - '0') * unit;
	return true;
}

static bool read_time(struct reading *r, bool is_compact)
{
	struct clock_parts *parts = &r->parts;

	r->has_time = true;
	return number(r, 2, 23, &parts->hour) && (is_compact || skip(r, ':')) &&
	    number(r, 2, 59, &parts->minute) && (is_compact || skip(r, ':')) &&
	    number(r, 2, 59, &parts->second) && read_fraction(r);
}

/* Z, +07, +0700, +07:00, or none. */
static bool read_offset(struct reading *r)
{
	int sign = *r->at == '-' ? -1 : 1, hour, minute = 0;

	if (*r->at == '\0' || skip(r, 'Z') || skip(r, 'z'))
		return true;
	if (!skip(r, '+') && !skip(r, '-') && !skip(r, ' '))
		return false;
	if (!number(r, 2, 23, &hour))
		return false;
	if (*r->at != '\0' &&
	    ((skip(r, ':') && *r->at == '\0') || !number(r, 2, 59, &minute)))
		return false;
	r->offset = sign * (hour * HOUR + minute * MINUTE);
	return true;
}

static bool read_all(struct reading *r)
{
	bool is_compact;

	if (!read_date(r, &is_compact))
		return false;
	if (*r->at == '\0')
		return true;
	if (!is_compact && !skip(r, 'T') && !skip(r, 't') && !skip(r, ' '))
		return false;
	return read_time(r, is_compact) && read_offset(r) && *r->at == '\0';
}

bool date_read(const char *text, bool is_end, char out[DATE_SIZE])
{
	struct reading r = { .at = text };
	struct clock_parts *parts = &r.parts;
	char printed[CLOCK_TEXT_SIZE];
	int64_t ms;

	if (!read_all(&r))
		return false;
	if (is_end && !r.has_time) {
		parts->hour = 23;
		parts->minute = parts->second = 59;
	}
	if (is_end && !r.has_fraction)
		r.microsecond = 999999;
	ms = clock_join(parts->year, parts->month, parts->day,
	    parts->hour * HOUR + parts->minute * MINUTE +
		parts->second * INT64_C(1000));
	ms -= r.offset;
	*parts = clock_split(ms);
	if (parts->year < YEAR_LEAST || parts->year > YEAR_MOST)
		return false;
	clock_print(ms, printed);
	printed[10] = ' ';
	(void)snprintf(out, DATE_SIZE, "%.20s%06d", printed, r.microsecond);
	return true;
}
