/*
 * The FastCGI (and plain CGI) program: settings, log, gateway, service, and
 * the loop over requests.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "edge/config.h"
#include "serve/serve.h"

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

static int run(const struct config *config, char **arguments, int64_t started)
{
	static struct renew renew;
	struct gateway *gateway = gateway_open();
	struct service *service;

	if (gateway == NULL) {
		fprintf(stderr,
		    "tenantry.fcgi: to be started by a web server"
		    " (FastCGI or CGI)\n");
		return EXIT_FAILURE;
	}
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

int main(int count, char **arguments)
{
	int64_t started = clock_now();
	static struct config config;
	struct fault fault = { .code = ERR_NONE };
	int status;

	(void)count; /* of a CGI program they are the client's: not looked at */
	if (!config_load(&config, NULL, &fault) || service_check(&fault)) {
		fprintf(stderr, "tenantry.fcgi: %s\n", fault.detail);
		status = renew_is_trial() ? EXIT_FAILURE : give_up();
	} else if (!log_open(config.log_level, config.log_file)) {
		fprintf(stderr,
		    "tenantry.fcgi: the log file cannot be"
		    " opened: %s\n",
		    config.log_file);
		status = renew_is_trial() ? EXIT_FAILURE : give_up();
	} else {
		status = renew_is_trial() ? EXIT_SUCCESS
					  : run(&config, arguments, started);
	}
	config_release(&config);
	return status;
}
