/*
 * The FastCGI (and plain CGI) program: settings, log, gateway, service, and
 * the loop over requests.
 */
#ifdef __linux__
#include <malloc.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "edge/about.h"
#include "edge/config.h"
#include "edge/crypto.h"
#include "edge/harden.h"
#include "serve/serve.h"
#include "serve/setup.h"
#include "store/schema.h"

/*
 * Without settings a FastCGI program ends, which its web server sees and tells;
 * a CGI program still owes its one request an answer.
 */
static int give_up(void)
{
	struct gateway *gateway = gateway_open();

	if (gateway != NULL && gateway_is_cgi(gateway))
		serve_failure(gateway);
	return EXIT_FAILURE;
}

/*
 * The C library of GNU takes the first large block that is given back as a sign
 * to keep so much from then on: in each worker, for one answer in a thousand.
 */
static void give_back_large_blocks(void)
{
#ifdef M_MMAP_THRESHOLD
	(void)mallopt(M_MMAP_THRESHOLD, 128 * 1024); /* as it begins */
#endif
}

static int no_gateway(void)
{
	fprintf(stderr,
	    "tenantry.fcgi: to be started by a web server (FastCGI or CGI)\n");
	return EXIT_FAILURE;
}

static int run(const struct config *config, char **arguments, int64_t started)
{
	static struct renew renew;
	struct gateway *gateway = gateway_open();
	struct service *service;

	if (gateway == NULL)
		return no_gateway();
	give_back_large_blocks();
	service = calloc(1, sizeof(*service));
	if (service == NULL)
		return EXIT_FAILURE;
	service_init(service, config, gateway);
	if (!gateway_is_cgi(gateway)) /* that ends before anything is new */
		renew_init(
		    &renew, arguments, config->path, started, clock_now());
	service_run(service, &renew);
	service_release(service);
	free(service);
	return EXIT_SUCCESS;
}

/*
 * By hand only: the arguments of a CGI program are the client's, from the query
 * of its request.
 */
static bool is_asked_version(int count, char **arguments)
{
	return count > 1 && strcmp(arguments[1], "--version") == 0 &&
	    gateway_open() == NULL;
}

static bool load(struct config *config)
{
	struct fault fault = { .code = ERR_NONE };

	if (config_load(config, NULL, &fault) && !service_check(&fault))
		return true;
	fprintf(stderr, "tenantry.fcgi: %s\n", fault.detail);
	return false;
}

/* Whether there are settings now; a trial of a worker makes none. */
static bool set_up(int *status)
{
	struct gateway *gateway = gateway_open();

	*status = gateway == NULL ? no_gateway() : EXIT_SUCCESS;
	return gateway != NULL && setup_run(gateway);
}

static int serve_with(
    const struct config *config, char **arguments, int64_t started)
{
	if (!log_open(config->log_level, config->log_file)) {
		fprintf(stderr,
		    "tenantry.fcgi: the log file cannot be"
		    " opened: %s\n",
		    config->log_file);
		return renew_is_trial() ? EXIT_FAILURE : give_up();
	}
	return renew_is_trial() ? EXIT_SUCCESS
				: run(config, arguments, started);
}

int main(int count, char **arguments)
{
	int64_t started = clock_now();
	static struct config config;
	bool is_loaded;
	int status;

	if (is_asked_version(count, arguments))
		return about_print("tenantry.fcgi", schema_version_known(),
			   count > 2 && strcmp(arguments[2], "--json") == 0)
		    ? EXIT_SUCCESS
		    : EXIT_FAILURE;
	harden_rights();
	crypto_without_texts();
	is_loaded = load(&config);
	if (!is_loaded && !renew_is_trial() && setup_is_due()) {
		if (!set_up(&status))
			return status;
		started = clock_now();
		is_loaded = load(&config);
	}
	if (is_loaded)
		status = serve_with(&config, arguments, started);
	else
		status = renew_is_trial() ? EXIT_FAILURE : give_up();
	config_release(&config);
	return status;
}
