/*
 * The counters of this host and the states of all licenses, as text for
 * Prometheus or as JSON.
 */
#ifndef TENANTRY_RESOURCE_METRICS_H
#define TENANTRY_RESOURCE_METRICS_H

#include "edge/json.h"
#include "http/route.h"
#include "store/store.h"

/*
 * Opens the counters (base/metric.h) for the routes of this program; to be
 * asked once, before the first request.
 */
void metrics_open(
    const char *run_dir, const struct route_table *routes, bool is_reader);

/*
 * Counts the licenses anew where that is a minute ago.  If the database does
 * not answer, the numbers of before stay.
 */
void metrics_refresh(struct store *st);

/* Writes all; false: there are no counters, and nothing is written. */
bool metrics_write(struct json_writer *out, struct arena *mem, bool is_json);

#endif
