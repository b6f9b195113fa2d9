#include "resource/metrics.h"

#include <stdio.h>

#include "base/metric.h"
#include "ctl/commands.h"
#include "resource/module.h"

static enum err flush(void *context, const char *data, size_t length)
{
	(void)context;
	return fwrite(data, 1, length, stdout) == length ? ERR_NONE
							 : ERR_INTERNAL;
}

int run_metrics(struct ctl *ctl)
{
	const struct route_table routes = modules_routes(&ctl->mem);
	const char *run_dir = ctl->config.run_dir;
	bool is_json = ctl->options[OPTION_JSON] != NULL;
	struct json_writer out;
	char buffer[4096];

	metrics_open(run_dir, &routes, true);
	if (metric_all() == NULL)
		return ctl_fail("no program with the routes of this tool has"
				" counted in %s (run_dir), or its counters"
				" cannot be read",
		    run_dir);
	metrics_refresh(&ctl->store);
	json_start(&out, buffer, sizeof(buffer), flush, NULL);
	(void)metrics_write(&out, &ctl->mem, is_json);
	if (is_json)
		json_bytes(&out, "\n", 1);
	metric_close();
	return out.failed || flush(NULL, buffer, out.used) ? CTL_FAILED
							   : CTL_DONE;
}
