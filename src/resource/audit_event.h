/*
 * What the routes of the audit trail share: a row as it is listed, and how a
 * request asks for rows.
 */
#ifndef TENANTRY_RESOURCE_AUDIT_EVENT_H
#define TENANTRY_RESOURCE_AUDIT_EVENT_H

#include "resource/module.h"

enum { AUDIT_LOGIN_SIZE = 1017 }; /* 254 characters of 4 bytes, and the NUL */

struct audit_event {
	char id[ULID_SIZE];
	char timestamp[28];
	char resource_name[AUDIT_LOGIN_SIZE];
	char kind[21];
	char configuration[2];
	char action[41];
	char user[AUDIT_LOGIN_SIZE];
	char account[NAME_DISPLAY_SIZE];
	int64_t seq;
	char hash[65];
	char request_id[65];
	int64_t version; /* it has none */
	char description[2001];
};

extern const struct resource audit_event_resource;

/*
 * In the order of the trail, the newest first; all have the same values.  The
 * one for a request reads by the index of its first filter.
 */
extern const struct statement audit_event_list, audit_event_list_of_project,
    audit_event_list_of_actor, audit_event_list_of_kind;
extern const struct operation audit_event_operation;
const struct statement *audit_event_choose(const struct call *call);

/* ERR_BAD_REQUEST: the dates are the wrong way round. */
enum err audit_event_judge(struct call *call, const void *row);

/* Which rows, and of which organization: what a page takes but its begin. */
extern const struct query_table audit_event_filters;

#endif
