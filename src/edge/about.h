/*
 * What a program answers to --version: its release and commit, the schema that
 * it needs, and the libraries that it runs with.
 */
#ifndef TENANTRY_EDGE_ABOUT_H
#define TENANTRY_EDGE_ABOUT_H

#include <stdbool.h>

/* Prints lines, or JSON.  False if standard output cannot be written. */
bool about_print(const char *program, int schema, bool as_json);

#endif
