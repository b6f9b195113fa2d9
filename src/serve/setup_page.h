/*
 * The pages of a set-up.  Knows what is asked, not what is done with it.
 */
#ifndef TENANTRY_SERVE_SETUP_PAGE_H
#define TENANTRY_SERVE_SETUP_PAGE_H

#include "http/response.h"
#include "serve/setup_step.h"

/*
 * The page of a stage; `setup->fault` of a step that was refused comes first.
 * `status` is the answer's.
 */
enum err setup_page(struct response *rs, const struct setup *setup,
    enum setup_stage stage, int status);

/* There is nothing to type: what stands in the way, and what to do. */
enum err setup_page_refused(
    struct response *rs, int status, const char *what, const char *todo);

/* What every form of the pages sends back, of who has the cookie's token. */
const char *setup_page_token(struct arena *mem, const char *token);

/* What the file has in it that a browser asks for. */
#define SETUP_PROBE_NAME "setup-probe.txt"
#define SETUP_PROBE_TEXT "tenantry-setup-probe"

#endif
