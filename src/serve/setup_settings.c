#include "serve/setup_settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edge/config_admin.h"
#include "edge/config_file.h"
#include "edge/config_web.h"
#include "http/cookie.h"

enum { MODE_FILE = 0600, MODE_FOLDER = 0700, SECONDS = 20 };

static bool refuse(struct setup *setup, const char *path, const char *what)
{
	(void)fault_set(&setup->fault, ERR_INTERNAL, "%.200s: %s", path, what);
	return false;
}

/* --- what is written ------------------------------------------------------ */

/* A field of the form and the setting that it becomes. */
struct row {
	const char *field, *key, *label;
	bool is_needed;
};

static const struct row service_rows[] = {
	{ "socket", "db_socket", "socket", false },
	{ "host", "db_host", "host", false },
	{ "port", "db_port", "port", false },
	{ "name", "db_name", "name of the database", true },
	{ "user", "db_user", "account", true },
	{ "password", "db_password", "password", false },
};
static const struct row admin_rows[] = {
	{ "migration_user", "migration_user", "account for the tables", false },
	{ "migration_password", "migration_password",
	    "password of the account for the tables", false },
};

enum {
	SERVICE_ROWS = sizeof(service_rows) / sizeof(service_rows[0]),
	ADMIN_ROWS = sizeof(admin_rows) / sizeof(admin_rows[0])
};

/* A line end would begin another setting; spaces at an end would be lost. */
static const char *wrong_with(const struct row *row, const char *value)
{
	size_t length = strlen(value);

	if (length == 0)
		return row->is_needed ? "is missing" : NULL;
	for (const char *at = value; *at != '\0'; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7F)
			return "has a control character";
	if (value[0] == ' ' || value[length - 1] == ' ')
		return "begins or ends with a space, which a settings file"
		       " cannot hold: give the account another one";
	return NULL;
}

/* "" for a row that does not count: a host beside a socket. */
static const char *value_of(const struct setup *setup, const struct row *row)
{
	bool has_socket = *form_value(&setup->form, "socket") != '\0';

	if (has_socket &&
	    (strcmp(row->field, "host") == 0 ||
		strcmp(row->field, "port") == 0))
		return "";
	return form_value(&setup->form, row->field);
}

/* Adds the lines of the rows to `*text`; false and the fault. */
static bool put_rows(struct setup *setup, const struct row *rows, size_t count,
    const char **text)
{
	for (size_t i = 0; i < count; i++) {
		const char *value = value_of(setup, &rows[i]);
		const char *wrong = wrong_with(&rows[i], value);

		if (wrong != NULL) {
			(void)fault_set(&setup->fault, ERR_BAD_FIELD,
			    "the %s %s", rows[i].label, wrong);
			return false;
		}
		if (*value != '\0')
			*text = arena_print(setup->rq->mem, "%s%s = %s\n",
			    *text, rows[i].key, value);
	}
	return true;
}

/*
 * The line of `public_prefix`, or "" if none is needed.  Without it links begin
 * with SCRIPT_NAME; behind a rewriting rule a browser sees another path.
 */
static const char *prefix_of(struct request *rq)
{
	const char *mount = cookie_mount(rq);
	const char *host = request_header(rq, "HTTP_HOST");
	const char *prefix;

	if (strcmp(mount, rq->prefix) == 0)
		return "";
	if (*mount != '\0')
		return arena_print(rq->mem, "public_prefix = %s\n", mount);
	prefix = arena_print(rq->mem, "%s%s",
	    cookie_is_tls(rq) ? "https://" : "http://",
	    host != NULL ? host : "");
	if (config_origin_length(prefix) != strlen(prefix))
		return "";
	return arena_print(rq->mem, "public_prefix = %s\n", prefix);
}

static const char head[] =
    "# Settings of Tenantry, written by its page /setup.  Keep the file to\n"
    "# yourself (mode 0600); conf/tenantry.conf.example explains every key.\n"
    "# Paths are seen from this file's folder.\n\n";

static const char rest[] = "\nlicence_signing_key = keys/licence-signing.pem\n"
			   "licence_public_keys = keys/licence-public.pem\n"
			   "check_signing_key = keys/check-signing.pem\n"
			   "head_signing_key = keys/head-signing.pem\n"
			   "run_dir = run\n"
			   "log_file = log/tenantry.log\n"
			   "workers = 3\n";

/* Whole or not at all, if this process is killed. */
static bool write_file(struct setup *setup, const char *path, const char *text)
{
	const char *part = arena_print(setup->rq->mem, "%s.part", path);

	return (config_file_write(
		    part, text, O_TRUNC | O_NOFOLLOW, MODE_FILE) &&
		   rename(part, path) == 0) ||
	    refuse(setup, path, strerror(errno));
}

static const char *admin_path(struct setup *setup, const char *path)
{
	const struct config config = { .path = path };

	return config_admin_path(&config, setup->rq->mem);
}

static bool write_both(struct setup *setup)
{
	const char *override = form_value(&setup->form, "override");
	const char *text = head, *admin = "";

	if (!put_rows(setup, service_rows, SERVICE_ROWS, &text) ||
	    !put_rows(setup, admin_rows, ADMIN_ROWS, &admin))
		return false;
	text = arena_print(setup->rq->mem, "%s%s%s%s", text, rest,
	    prefix_of(setup->rq),
	    strcmp(override, "on") == 0 ? "method_override = on\n" : "");
	if (*form_value(&setup->form, "migration_user") == '\0')
		(void)unlink(admin_path(setup, setup->place.pending));
	else if (!write_file(
		     setup, admin_path(setup, setup->place.pending), admin))
		return false;
	return write_file(setup, setup->place.pending, text);
}

bool setup_settings_load(struct setup *setup)
{
	struct config *config = &setup->config;

	if (!config_load(config, setup->place.pending, &setup->fault))
		return false;
	if (!config_load_admin(config, &setup->fault)) {
		config_release(config);
		return false;
	}
	config->db.deadline = config->migration.deadline = SECONDS;
	setup->is_loaded = true;
	return true;
}

/* As it was typed, whatever a settings file makes of it. */
static bool is_same(const char *typed, const char *read)
{
	return strcmp(typed, read != NULL ? read : "") == 0;
}

bool setup_settings_write(struct setup *setup)
{
	const struct config *config = &setup->config;

	if (!write_both(setup) || !setup_settings_load(setup))
		return false;
	if (is_same(form_value(&setup->form, "name"), config->db.name) &&
	    is_same(form_value(&setup->form, "user"), config->db.user) &&
	    is_same(
		form_value(&setup->form, "password"), config->db.password) &&
	    config->bad_prefix == NULL)
		return true;
	return refuse(setup, setup->place.pending,
	    "name, account or password cannot stand in a settings file");
}

void setup_settings_remove(struct setup *setup)
{
	(void)unlink(setup->place.pending);
	(void)unlink(admin_path(setup, setup->place.pending));
}

/* --- the end -------------------------------------------------------------- */

/* For this account alone, however they were uploaded. */
static bool make_folders(struct setup *setup)
{
	static const char *const names[] = { "keys", "log", "run" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *path = setup_place_file(
		    setup->rq, &setup->place, names[i]);

		/* the name with a slash is a folder's or nothing's */
		if ((mkdir(path, MODE_FOLDER) != 0 && errno != EEXIST) ||
		    chmod(arena_print(setup->rq->mem, "%s/", path),
			MODE_FOLDER) != 0)
			return refuse(setup, path, strerror(errno));
	}
	return true;
}

static bool make_keys(struct setup *setup)
{
	struct config *config = &setup->config;
	struct fault *fault = &setup->fault;
	bool made;

	return config_make_signing_key(config, &made, fault) &&
	    config_make_token_key(config, config->check_key_path,
		&config->check_signer, &made, fault) &&
	    config_make_token_key(config, config->head_key_path,
		&config->head_signer, &made, fault);
}

static bool move(struct setup *setup, const char *from, const char *to)
{
	if (access(to, F_OK) == 0)
		return refuse(setup, to, strerror(EEXIST));
	return rename(from, to) == 0 || refuse(setup, to, strerror(errno));
}

/*
 * The other account's file first: with the settings in place there is no
 * set-up any more that could go on.
 */
bool setup_settings_finish(struct setup *setup)
{
	const char *from = admin_path(setup, setup->place.pending);
	const char *to = admin_path(setup, setup->place.settings);

	if (!make_folders(setup) || !make_keys(setup) ||
	    (access(from, F_OK) == 0 && !move(setup, from, to)))
		return false;
	return move(setup, setup->place.pending, setup->place.settings);
}
