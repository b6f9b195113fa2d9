/*
 * The FastCGI (and plain CGI) program: settings, log, gateway, service, and
 * the loop over requests.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "edge/config.h"
#include "serve/serve.h"

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
	int status = EXIT_FAILURE;

	if (!config_load(&config, NULL, &fault))
		fprintf(stderr, "tenantry.fcgi: %s\n", fault.detail);
	else if (!log_open(config.log_level, config.log_file))
		fprintf(stderr,
		    "tenantry.fcgi: the log file cannot be"
		    " opened: %s\n",
		    config.log_file);
	else
		status = run(&config);
	config_release(&config);
	return status;
}
