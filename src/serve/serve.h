/*
 * The pipeline of one request: accept, request, route, identify, permit,
 * decode, handle, respond, log, reset.
 */
#ifndef TENANTRY_SERVE_SERVE_H
#define TENANTRY_SERVE_SERVE_H

#include "edge/config.h"
#include "edge/renew.h"
#include "http/route.h"
#include "serve/head_log.h"
#include "serve/identify.h"
#include "serve/key_use.h"
#include "serve/openapi.h"
#include "store/schema.h"

struct service {
	const struct config *config;
	struct gateway *gateway;
	struct db *db;
	struct store store;
	struct route_table routes; /* of all modules */
	struct schema_watch watch;
	struct arena mem; /* of the request in hand */
	struct identify identify;
	struct openapi_kept openapi;
	struct key_use key_use;
	struct head_log head_log;
	char buffer[RESPONSE_BUFFER_SIZE];
};

/*
 * ERR_INTERNAL, with the reason, if routes or statements are not sound: those
 * of the program, or those that are given, the statements up to a NULL.
 */
enum err service_check(struct fault *fault);
enum err service_check_of(const struct route_table *table,
    const struct statement *const *statements, struct fault *fault);

/* Config and gateway must outlive the service.  No connection is made. */
void service_init(struct service *service, const struct config *config,
    struct gateway *gateway);
void service_release(struct service *service);

/* Answers the request that the gateway has accepted, whatever it is. */
void serve(struct service *service);

/*
 * The request's line in the log; `call` NULL: it came to none.  `queries` of
 * the database.
 */
void serve_log(const struct request *rq, const struct route_match *match,
    const struct response *rs, const struct call *call, unsigned queries);

/* Serves until there is no request to come. */
void service_run(struct service *service, struct renew *renew);

/* Answers 500 to the one request of a CGI program that has no settings. */
void serve_failure(struct gateway *gateway);

#endif
