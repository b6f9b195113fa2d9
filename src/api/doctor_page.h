/*
 * The findings of the doctor as a page for a browser.  It has no script, image
 * or link, so that it can be read wherever it is shown.
 */
#ifndef TENANTRY_API_DOCTOR_PAGE_H
#define TENANTRY_API_DOCTOR_PAGE_H

#include "base/arena.h"
#include "http/response.h"
#include "model/finding.h"

/* 200 with the page; what needs a hand comes first. */
enum err doctor_page(struct response *rs, const struct findings *findings);

#endif
