#include "base/clock.h"

#include <time.h>

#define MS_OF_DAY INT64_C(86400000)

static int64_t read_clock(clockid_t id, int64_t units_of_second)
{
	struct timespec now = { 0 };

	(void)clock_gettime(id, &now);
	return (int64_t)now.tv_sec * units_of_second +
	    now.tv_nsec / (1000000000 / units_of_second);
}

int64_t clock_now(void)
{
	return read_clock(CLOCK_REALTIME, 1000);
}

int64_t clock_tick(void)
{
	return read_clock(CLOCK_MONOTONIC, 1000000);
}

/*
 * Both conversions count years from March, so that the leap day is the last
 * of its year, and in eras of 400 years, which are all 146097 days long.
 * 719468 days lie between 0000-03-01 and 1970-01-01.
 */
int64_t clock_join(int year, int month, int day, int64_t ms_of_day)
{
	int64_t y = month > 2 ? year : (int64_t)year - 1;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t from_march = (month + 9) % 12;
	int64_t day_of_year = (153 * from_march + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 -
	    year_of_era / 100 + day_of_year;

	return (era * 146097 + day_of_era - 719468) * MS_OF_DAY + ms_of_day;
}

struct clock_parts clock_split(int64_t ms)
{
	int64_t in_day = (ms % MS_OF_DAY + MS_OF_DAY) % MS_OF_DAY;
	int64_t day = (ms - in_day) / MS_OF_DAY + 719468;
	int64_t era = (day >= 0 ? day : day - 146096) / 146097;
	int64_t day_of_era = day - era * 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 +
				  day_of_era / 36524 - day_of_era / 146096) /
	    365;
	int64_t day_of_year = day_of_era -
	    (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t from_march = (5 * day_of_year + 2) / 153;
	int month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);

	return (struct clock_parts){
		.year = (int)(year_of_era + era * 400 + (month <= 2)),
		.month = month,
		.day = (int)(day_of_year - (153 * from_march + 2) / 5 + 1),
		.hour = (int)(in_day / 3600000),
		.minute = (int)(in_day / 60000 % 60),
		.second = (int)(in_day / 1000 % 60),
		.millisecond = (int)(in_day % 1000),
	};
}

static char *put_digits(char *out, int value, int digits)
{
	for (int i = digits - 1; i >= 0; i--) {
		out[i] = (char)('0' + value % 10);
		value /= 10;
	}
	return out + digits;
}

void clock_print(int64_t ms, char out[CLOCK_TEXT_SIZE])
{
	/* RFC 3339 has four digits for the year. */
	const int64_t first = INT64_C(-62167219200000); /* 0000-01-01 */
	const int64_t last = INT64_C(253402300799999);  /* 9999-12-31 */
	struct clock_parts at;

	ms = ms < first ? first : ms > last ? last : ms;
	at = clock_split(ms);

	out = put_digits(out, at.year, 4);
	*out++ = '-';
	out = put_digits(out, at.month, 2);
	*out++ = '-';
	out = put_digits(out, at.day, 2);
	*out++ = 'T';
	out = put_digits(out, at.hour, 2);
	*out++ = ':';
	out = put_digits(out, at.minute, 2);
	*out++ = ':';
	out = put_digits(out, at.second, 2);
	*out++ = '.';
	out = put_digits(out, at.millisecond, 3);
	*out++ = 'Z';
	*out = '\0';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads exactly `digits` digits of a number from `low` to `high`. */
static bool read_number(
    const char **text, int digits, int low, int high, int *value)
{
	int number = 0;

	for (int i = 0; i < digits; i++) {
		if (!is_digit(**text))
			return false;
		number = number * 10 + (*(*text)++ - '0');
	}
	*value = number;
	return number >= low && number <= high;
}

static bool read_char(const char **text, char upper)
{
	char c = **text;

	if (c != upper && !(upper >= 'A' && c == upper - 'A' + 'a'))
		return false;
	(*text)++;
	return true;
}

static int days_of_month(int year, int month)
{
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (month == 2)
		return leap ? 29 : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static bool read_date(const char **text, struct clock_parts *at)
{
	return read_number(text, 4, 0, 9999, &at->year) &&
	    read_char(text, '-') && read_number(text, 2, 1, 12, &at->month) &&
	    read_char(text, '-') &&
	    read_number(
		text, 2, 1, days_of_month(at->year, at->month), &at->day);
}

static bool read_fraction(const char **text, int *millisecond)
{
	int unit = 100;

	if (**text != '.')
		return true;
	if (!is_digit(*++*text))
		return false;
	for (; is_digit(**text); unit /= 10)
		*millisecond += (*(*text)++ - '0') * unit;
	return true;
}

static bool read_time(const char **text, struct clock_parts *at)
{
	return read_number(text, 2, 0, 23, &at->hour) && read_char(text, ':') &&
	    read_number(text, 2, 0, 59, &at->minute) && read_char(text, ':') &&
	    read_number(text, 2, 0, 60, &at->second) &&
	    read_fraction(text, &at->millisecond);
}

static bool read_offset(const char **text, int64_t *ms)
{
	int sign = **text == '-' ? -1 : 1;
	int hour, minute;

	*ms = 0;
	if (read_char(text, 'Z'))
		return true;
	if (!read_char(text, '+') && !read_char(text, '-'))
		return false;
	if (!read_number(text, 2, 0, 23, &hour) || !read_char(text, ':') ||
	    !read_number(text, 2, 0, 59, &minute))
		return false;
	*ms = sign * (hour * INT64_C(3600000) + minute * INT64_C(60000));
	return true;
}

bool clock_parse(const char *text, int64_t *ms)
{
	struct clock_parts at = { 0 };
	int64_t offset, in_day, result;
	int year;

	if (!read_date(&text, &at) || !read_char(&text, 'T') ||
	    !read_time(&text, &at) || !read_offset(&text, &offset) ||
	    *text != '\0')
		return false;
	in_day = at.hour * INT64_C(3600000) + at.minute * INT64_C(60000) +
	    at.second * INT64_C(1000) + at.millisecond;
	result = clock_join(at.year, at.month, at.day, in_day) - offset;
	year = clock_split(result).year;
	if (year < 0 || year > 9999)
		return false;
	/* A leap second ends a UTC day; Unix time counts it as the next one. */
	if (at.second == 60 &&
	    (result % MS_OF_DAY + MS_OF_DAY) % MS_OF_DAY >= 1000)
		return false;
	*ms = result;
	return true;
}
