#include "edge/config_whole.h"

#include <string.h>

#include "edge/config_mail.h"
#include "edge/config_web.h"

bool config_refuse(
    const struct config *config, struct fault *fault, const char *what)
{
	(void)fault_set(fault, ERR_INTERNAL, "%.200s: %s", config->path, what);
	return false;
}

/* A list of servers, or the one of the older settings. */
static bool read_hosts(struct config *config, struct fault *fault)
{
	struct db_hosts *hosts = &config->db.hosts;
	const char *why;

	if (config->db_hosts == NULL) {
		hosts->count = 1;
		hosts->list[0] = (struct db_host){ config->db_socket,
			config->db_host, config->db_port };
		return config->db_socket != NULL || config->db_host != NULL ||
		    config_refuse(config, fault,
			"none of db_socket, db_host and db_hosts is set");
	}
	if (config->db_socket != NULL || config->db_host != NULL)
		return config_refuse(config, fault,
		    "db_hosts stands in place of db_socket and db_host");
	if (db_hosts_parse(hosts, config->db_hosts, &why))
		return true;
	return config_refuse(
	    config, fault, arena_print(&config->mem, "db_hosts %s", why));
}

static bool check_fit(struct config *config, bool is_open, struct fault *fault)
{
	bool has_password = config->db.password != NULL ||
	    config->migration.password != NULL;
	const char *prefix = config->public_prefix, *wrong;

	if (has_password && is_open)
		return config_refuse(config, fault,
		    "holds a password and others than"
		    " its owner may use it: chmod 600 it");
	if (!read_hosts(config, fault))
		return false;
	if (config->db.user == NULL)
		return config_refuse(config, fault, "db_user is not set");
	if (config->migration.password != NULL &&
	    config->migration.user == NULL)
		return config_refuse(config, fault,
		    "migration_password is set"
		    " without migration_user");
	if (prefix != NULL && prefix[strlen(prefix) - 1] == '/')
		return config_refuse(config, fault,
		    "public_prefix must not end with"
		    " a slash");
	config_web_check(config);
	wrong = config_mail_check(config);
	return wrong == NULL || config_refuse(config, fault, wrong);
}

/* The migrations' account reaches the same database. */
static void share_settings(struct config *config)
{
	struct db_settings shared = config->db;

	config->has_migration = config->migration.user != NULL;
	shared.user = config->migration.user;
	shared.password = config->migration.password;
	config->migration = shared;
	config->db.deadline = config->deadline;
	config->migration.deadline = config->deadline;
}

bool config_whole_check(
    struct config *config, bool is_open, struct fault *fault)
{
	if (!check_fit(config, is_open, fault))
		return false;
	share_settings(config);
	return true;
}
