/*
 * The report of GET /doctor: how this request arrived, and the looks that the
 * tool shares (model/finding.h).
 */
#ifndef TENANTRY_API_DOCTOR_H
#define TENANTRY_API_DOCTOR_H

#include "api/call.h"

/* The report as JSON, or as a page for a browser. */
enum err doctor_report(struct call *call, struct response *rs);

#endif
