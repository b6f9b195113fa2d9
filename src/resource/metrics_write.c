#include <string.h>

#include "base/metric.h"
#include "base/version.h"
#include "http/request.h"
#include "resource/metrics.h"
#include "resource/module.h"

enum { SAMPLE_LABELS = 3 };

struct output {
	struct json_writer *out;
	struct arena *mem;
	bool is_json;
};

struct label {
	const char *name, *value;
};

/* One number; a label without a name is none. */
struct sample {
	const char *name;
	struct label labels[SAMPLE_LABELS];
	const char *value;
};

/* --- one number ----------------------------------------------------------- */

static void put(const struct output *o, const char *text)
{
	json_bytes(o->out, text, strlen(text));
}

static void put_text(const struct output *o, const struct sample *sample)
{
	const char *between = "{";

	put(o, sample->name);
	for (size_t i = 0; i < SAMPLE_LABELS; i++) {
		if (sample->labels[i].name == NULL)
			continue;
		put(o, between);
		put(o, sample->labels[i].name);
		put(o, "=\"");
		put(o, sample->labels[i].value);
		put(o, "\"");
		between = ",";
	}
	put(o, *between == ',' ? "} " : " ");
	put(o, sample->value);
	put(o, "\n");
}

static void put_json(const struct output *o, const struct sample *sample)
{
	json_open_object(o->out);
	json_key(o->out, "name");
	json_text(o->out, sample->name);
	json_key(o->out, "labels");
	json_open_object(o->out);
	for (size_t i = 0; i < SAMPLE_LABELS; i++) {
		if (sample->labels[i].name == NULL)
			continue;
		json_key(o->out, sample->labels[i].name);
		json_text(o->out, sample->labels[i].value);
	}
	json_close_object(o->out);
	json_key(o->out, "value");
	json_raw(o->out, sample->value, strlen(sample->value));
	json_close_object(o->out);
}

static void put_sample(const struct output *o, const struct sample *sample)
{
	if (o->is_json)
		put_json(o, sample);
	else
		put_text(o, sample);
}

/* What the numbers that follow are. */
static void begin(const struct output *o, const char *name, const char *type,
    const char *help)
{
	if (!o->is_json)
		put(o,
		    arena_print(o->mem, "# HELP %s %s\n# TYPE %s %s\n", name,
			help, name, type));
}

static const char *number(const struct output *o, uint64_t value)
{
	return arena_print(o->mem, "%llu", (unsigned long long)value);
}

static const char *seconds(const struct output *o, uint64_t microseconds)
{
	return arena_print(o->mem, "%llu.%06llu",
	    (unsigned long long)(microseconds / 1000000),
	    (unsigned long long)(microseconds % 1000000));
}

/* --- requests ------------------------------------------------------------- */

/* The rows of the table, and one behind it for what is no route. */
struct rows {
	struct route_table table;
	const struct metrics *all;
};

static struct sample sample_of(
    const struct rows *rows, size_t i, const char *name)
{
	const struct route *route = i < rows->table.count ? rows->table.rows[i]
							  : NULL;

	return (struct sample){ name,
		{ { "method",
		      route ? request_method_name(route->method) : "-" },
		    { "route", route ? route->pattern : "-" } },
		NULL };
}

static void put_requests(const struct output *o, const struct rows *rows)
{
	static const char name[] = "tenantry_requests_total";

	begin(o, name, "counter", "Requests by route and status.");
	for (size_t i = 0; i <= rows->table.count; i++) {
		const uint64_t *counts = rows->all->routes[i].statuses;
		struct sample sample = sample_of(rows, i, name);

		for (size_t s = 0; s < METRIC_STATUSES; s++) {
			bool is_known = s < METRIC_STATUSES - 1;
			uint64_t count = metric_read(&counts[s]);

			if (count == 0)
				continue;
			sample.labels[2] = (struct label){ "status",
				is_known
				    ? number(o, (uint64_t)metric_statuses[s])
				    : "other" };
			sample.value = number(o, count);
			put_sample(o, &sample);
		}
	}
}

static void put_duration(
    const struct output *o, const struct rows *rows, size_t i)
{
	const struct metric_route *row = &rows->all->routes[i];
	struct sample sample = sample_of(
	    rows, i, "tenantry_request_duration_seconds_bucket");
	uint64_t sum = 0, buckets[METRIC_BUCKETS];

	for (size_t b = 0; b < METRIC_BUCKETS; b++)
		sum += buckets[b] = metric_read(&row->buckets[b]);
	if (sum == 0)
		return;
	sum = 0;
	for (size_t b = 0; b < METRIC_BUCKETS; b++) {
		bool is_last = b == METRIC_BUCKETS - 1;

		sum += buckets[b];
		sample.labels[2] = (struct label){ "le",
			is_last ? "+Inf"
				: seconds(o, (uint64_t)metric_buckets[b]) };
		sample.value = number(o, sum);
		put_sample(o, &sample);
	}
	sample.labels[2] = (struct label){ NULL, NULL };
	sample.name = "tenantry_request_duration_seconds_sum";
	sample.value = seconds(o, metric_read(&row->microseconds));
	put_sample(o, &sample);
	sample.name = "tenantry_request_duration_seconds_count";
	sample.value = number(o, sum);
	put_sample(o, &sample);
}

/* --- the rest ------------------------------------------------------------- */

static void put_alone(
    const struct output *o, const char *name, struct label label, uint64_t n)
{
	const struct sample sample = { name, { label }, number(o, n) };

	put_sample(o, &sample);
}

static void put_database(const struct output *o, const struct metrics *all)
{
	static const char errors[] = "tenantry_database_errors_total";
	static const char retries[] = "tenantry_transaction_retries_total";
	static const char *const kinds[METRIC_ERRORS] = {
		[METRIC_UNAVAILABLE] = "unavailable",
		[METRIC_LOST] = "lost",
		[METRIC_BUSY] = "timeout",
		[METRIC_CONFLICT] = "deadlock",
		[METRIC_UNEXPECTED] = "unexpected",
	};

	begin(o, errors, "counter", "Errors of the database by kind.");
	for (size_t i = 0; i < METRIC_ERRORS; i++)
		put_alone(o, errors, (struct label){ "kind", kinds[i] },
		    metric_read(&all->errors[i]));
	begin(o, retries, "counter", "Transactions that were run again.");
	put_alone(o, retries, (struct label){ NULL, NULL },
	    metric_read(&all->retries));
}

static void put_heads(const struct output *o, const struct metrics *all)
{
	static const char name[] = "tenantry_audit_heads_total";

	begin(o, name, "counter",
	    "Heads of audit trails that were due, by what became of them.");
	put_alone(o, name, (struct label){ "result", "written" },
	    metric_read(&all->heads_written));
	put_alone(o, name, (struct label){ "result", "failed" },
	    metric_read(&all->heads_failed));
}

static void put_licences(const struct output *o, const struct metrics *all)
{
	static const char name[] = "tenantry_licenses";
	static const char *const states[METRIC_STATES] = { "active", "expiring",
		"grace", "expired", "revoked", "over_limit" };

	if (metric_read(&all->licences_at) == 0)
		return;
	begin(o, name, "gauge", "Licenses in force by state.");
	for (size_t i = 0; i < METRIC_STATES; i++)
		put_alone(o, name, (struct label){ "state", states[i] },
		    metric_read(&all->licences[i]));
}

/* Counted together with the licences. */
static void put_mails(const struct output *o, const struct metrics *all)
{
	static const char waiting[] = "tenantry_outbox_mails";
	static const char age[] = "tenantry_outbox_oldest_seconds";
	const struct label none = { NULL, NULL };

	if (metric_read(&all->licences_at) == 0)
		return;
	begin(o, waiting, "gauge", "Mails that wait to be sent.");
	put_alone(o, waiting, none, metric_read(&all->mails));
	begin(o, age, "gauge", "How long the oldest of them has waited.");
	put_alone(o, age, none, metric_read(&all->mail_age));
}

static void put_build(const struct output *o)
{
	static const char name[] = "tenantry_build_info";
	const struct sample sample = { name,
		{ { "version", TENANTRY_VERSION },
		    { "commit", version_commit } },
		"1" };

	begin(o, name, "gauge", "The program, always 1.");
	put_sample(o, &sample);
}

static void put_all(const struct output *o, const struct rows *rows)
{
	put_build(o);
	put_requests(o, rows);
	begin(o, "tenantry_request_duration_seconds", "histogram",
	    "How long requests took, from their first byte to their last.");
	for (size_t i = 0; i <= rows->table.count; i++)
		put_duration(o, rows, i);
	put_database(o, rows->all);
	put_heads(o, rows->all);
	put_licences(o, rows->all);
	put_mails(o, rows->all);
}

bool metrics_write(struct json_writer *out, struct arena *mem, bool is_json)
{
	const struct output o = { out, mem, is_json };
	const struct rows rows = { modules_routes(mem), metric_all() };

	if (rows.all == NULL)
		return false;
	if (!is_json) {
		put_all(&o, &rows);
		return true;
	}
	json_open_object(out);
	json_key(out, "metrics");
	json_open_list(out);
	put_all(&o, &rows);
	json_close_list(out);
	json_close_object(out);
	return true;
}
