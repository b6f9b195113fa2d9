/*
 * What a command found, on standard output: as text in columns or lines, or
 * with --json as JSON, from the same field table.
 */
#ifndef TENANTRY_CTL_PRINT_H
#define TENANTRY_CTL_PRINT_H

#include "ctl/ctl.h"
#include "edge/json.h"
#include "store/listing.h"

/* One struct: a line for each member, or an object. */
void print_one(
    const struct ctl *ctl, const struct field_table *table, const void *row);

/* The first row of a listing, as text or as JSON; CTL_FAILED: it has none. */
int print_single(
    struct ctl *ctl, enum listing_id id, const struct listing_filter *filter);

/* With --json the first row of a listing, what a write left; else nothing. */
int print_result(
    struct ctl *ctl, enum listing_id id, const struct listing_filter *filter);

/*
 * Prints all rows of a listing: a head and a line for each, or a list of
 * objects.  Reads page by page, so that memory does not grow with the rows, and
 * no statement stays open while a pager waits.
 */
int print_list(
    struct ctl *ctl, enum listing_id id, const struct listing_filter *filter);

/* The same of the organization or project that is named, if there is one. */
int print_list_of(
    struct ctl *ctl, enum listing_id id, const struct ctl_names *names);

#endif
