/*
 * The FastCGI (and plain CGI) program: settings, log, gateway, service, and
 * the loop over requests.
 */
#include <stdio.h>
#include <stdlib.h>

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

static int run(const struct config *config)
{
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
	while (gateway_accept(gateway))
		serve(service);
	service_release(service);
	free(service);
	return EXIT_SUCCESS;
}

int main(void)
{
	static struct config config;
	struct fault fault = { .code = ERR_NONE };
	int status;

	if (!config_load(&config, NULL, &fault)) {
		fprintf(stderr, "tenantry.fcgi: %s\n", fault.detail);
		status = give_up();
	} else if (!log_open(config.log_level, config.log_file)) {
		fprintf(stderr,
		    "tenantry.fcgi: the log file cannot be"
		    " opened: %s\n",
		    config.log_file);
		status = give_up();
	} else {
		status = run(&config);
	}
	config_release(&config);
	return status;
}
