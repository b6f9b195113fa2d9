#include <string.h>

#include "base/clock.h"
#include "edge/db_internal.h"

struct db_value db_text(const char *text)
{
	struct db_value value = { DB_NULL, text, 0, 0 };

	if (text != NULL && text[0] != '\0') {
		value.type = DB_TEXT;
		value.length = strlen(text);
	}
	return value;
}

struct db_value db_bytes(const void *data, size_t length)
{
	return (struct db_value){ DB_BYTES, data, length, 0 };
}

struct db_value db_integer(int64_t number)
{
	return (struct db_value){ DB_INTEGER, NULL, 0, number };
}

struct db_value db_time(int64_t ms)
{
	return (struct db_value){ ms == 0 ? DB_NULL : DB_TIME, NULL, 0, ms };
}

static MYSQL_TIME to_mysql_time(int64_t ms)
{
	struct clock_parts parts = clock_split(ms);
	MYSQL_TIME time;

	memset(&time, 0, sizeof(time));
	time.year = (unsigned)parts.year;
	time.month = (unsigned)parts.month;
	time.day = (unsigned)parts.day;
	time.hour = (unsigned)parts.hour;
	time.minute = (unsigned)parts.minute;
	time.second = (unsigned)parts.second;
	time.second_part = (unsigned long)parts.millisecond * 1000;
	time.time_type = MYSQL_TIMESTAMP_DATETIME;
	return time;
}

static int64_t from_mysql_time(const MYSQL_TIME *time)
{
	int64_t day = (int64_t)time->hour * 3600000 +
	    (int64_t)time->minute * 60000 + (int64_t)time->second * 1000 +
	    (int64_t)time->second_part / 1000;

	return clock_join(
	    (int)time->year, (int)time->month, (int)time->day, day);
}

void db_bind_parameter(struct db *db, size_t i, const struct db_value *v)
{
	MYSQL_BIND *bind = &db->parameters[i];

	memset(bind, 0, sizeof(*bind));
	switch (v->type) {
	case DB_NULL:
		bind->buffer_type = MYSQL_TYPE_NULL;
		break;
	case DB_TEXT:
	case DB_BYTES:
		bind->buffer_type = v->type == DB_TEXT ? MYSQL_TYPE_STRING
						       : MYSQL_TYPE_BLOB;
		/* the library takes a plain pointer and only reads */
		memcpy(&bind->buffer, &v->data, sizeof(bind->buffer));
		bind->buffer_length = v->length;
		break;
	case DB_INTEGER:
		bind->buffer_type = MYSQL_TYPE_LONGLONG;
		{
			const void *number = &v->number;

			memcpy(&bind->buffer, &number, sizeof(bind->buffer));
		}
		break;
	case DB_TIME:
		db->times[i] = to_mysql_time(v->number);
		bind->buffer_type = MYSQL_TYPE_DATETIME;
		bind->buffer = &db->times[i];
		break;
	}
}

static void bind_column(struct db *db, size_t i)
{
	const struct field *field = db->places[i].field;
	MYSQL_BIND *bind = &db->columns[i];

	memset(bind, 0, sizeof(*bind));
	bind->is_null = &db->nulls[i];
	bind->length = &db->lengths[i];
	switch (field->type) {
	case FIELD_TEXT:
	case FIELD_JSON:
		bind->buffer_type = MYSQL_TYPE_STRING;
		bind->buffer = db->places[i].at;
		bind->buffer_length = field->size - 1;
		break;
	case FIELD_BYTES:
		bind->buffer_type = MYSQL_TYPE_BLOB;
		bind->buffer = db->places[i].at;
		bind->buffer_length = field->size;
		break;
	case FIELD_TIME:
		bind->buffer_type = MYSQL_TYPE_DATETIME;
		bind->buffer = &db->scratch[i].time;
		bind->buffer_length = sizeof(MYSQL_TIME);
		break;
	default:
		bind->buffer_type = MYSQL_TYPE_LONGLONG;
		bind->buffer = &db->scratch[i].number;
		bind->buffer_length = sizeof(long long);
		break;
	}
}

size_t db_bind_columns(struct db *db, const struct db_target *target)
{
	size_t i = 0;

	db->changing = db->fixed = 0;
	for (size_t s = 0; s < target->count; s++) {
		const struct field_table *table = target->segments[s].table;

		for (size_t f = 0; f < table->count; f++) {
			const struct field *field = &table->rows[f];

			if (field->column == NULL || i == DB_COLUMNS_MAX)
				continue;
			db->places[i].field = field;
			db->places[i].at = (char *)target->segments[s].base +
			    field->offset;
			bind_column(db, i++);
		}
		if (s + 1 == target->fixed)
			db->fixed = i;
	}
	db->column_count = i;
	return i;
}

static void convert_column(struct db *db, size_t i)
{
	const struct field *field = db->places[i].field;
	char *at = db->places[i].at;
	bool is_null = db->nulls[i] != 0;
	int64_t number;

	switch (field->type) {
	case FIELD_TEXT:
	case FIELD_JSON:
		at[is_null ? 0 : db->lengths[i]] = '\0';
		break;
	case FIELD_BYTES:
		if (is_null)
			memset(at, 0, field->size);
		break;
	case FIELD_TIME:
		number = is_null ? 0 : from_mysql_time(&db->scratch[i].time);
		memcpy(at, &number, sizeof(number));
		break;
	case FIELD_BOOL:
		*(bool *)at = !is_null && db->scratch[i].number != 0;
		break;
	default:
		number = is_null ? 0 : db->scratch[i].number;
		memcpy(at, &number, sizeof(number));
		break;
	}
}

void db_convert_columns(struct db *db)
{
	for (size_t i = db->changing; i < db->column_count; i++)
		convert_column(db, i);
	db->changing = db->fixed;
}
