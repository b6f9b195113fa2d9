/*
 * Where a set-up writes: the folder that the settings file will be in, and
 * whether that folder has an address of its own on the web.
 */
#ifndef TENANTRY_SERVE_SETUP_PLACE_H
#define TENANTRY_SERVE_SETUP_PLACE_H

#include <stdbool.h>

#include "http/request.h"

struct setup_place {
	const char *settings; /* the file that is to be made */
	const char *pending;  /* its content until everything is done */
	const char *folder;   /* of both, absolute; NULL: it is not there */
	/*
	 * The path of the folder's address, URL-encoded, with a slash at its
	 * end; NULL: it lies outside of every folder that the web server is
	 * known to serve.
	 */
	const char *address;
};

/* Texts are in the arena of the request. */
void setup_place_find(struct request *rq, struct setup_place *place);

/* A file in that folder; in the arena. */
char *setup_place_file(
    struct request *rq, const struct setup_place *place, const char *name);

#endif
