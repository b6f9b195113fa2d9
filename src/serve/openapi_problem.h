/*
 * Which problems a route may answer with, as the row, its plans and its words
 * say it, and how the description shows them.
 */
#ifndef TENANTRY_SERVE_OPENAPI_PROBLEM_H
#define TENANTRY_SERVE_OPENAPI_PROBLEM_H

#include "serve/openapi_document.h"

/* The words of a route that has none are empty. */
const struct describe *openapi_words(const struct route *route);

/* Writes a response for each status that is no success. */
void openapi_put_problems(struct document *d, const struct route *route);

#endif
