#include "edge/config_check.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edge/config_admin.h"
#include "edge/config_file.h"
#include "edge/config_mail.h"

enum {
	MODE_BITS = 07777,
	MODE_STICKY = 01000, /* POSIX has a name for it only with XSI */
	MODE_NOT_MINE = S_IRWXG | S_IRWXO,
	MODE_WRITABLE = S_IWGRP | S_IWOTH
};

static unsigned mode_of(const struct stat *status)
{
	return (unsigned)status->st_mode & MODE_BITS;
}

/* Others must not change it; that they read it is no matter here. */
static void check_unwritable(
    const char *check, const char *path, struct findings *out)
{
	struct stat status;

	if (stat(path, &status) != 0) {
		finding_add(
		    out, check, FINDING_WARN, "%s: %s", path, strerror(errno));
		finding_remedy(
		    out, "correct the path, or make the file readable");
		return;
	}
	if ((status.st_mode & MODE_WRITABLE) == 0) {
		finding_add(out, check, FINDING_OK, "%s, mode %04o", path,
		    mode_of(&status));
		return;
	}
	finding_add(out, check, FINDING_FAIL,
	    "%s has mode %04o: others may change it", path, mode_of(&status));
	finding_remedy(out, "chmod go-w %s", path);
}

/*
 * Whoever may write to the folder of a file may put another into its place,
 * but where the sticky bit keeps him from it.
 */
static void check_folder(
    const char *check, const char *path, struct findings *out)
{
	char *folder = arena_text(out->mem, path);
	char *slash = strrchr(folder, '/');
	struct stat status;

	if (slash == NULL)
		folder = arena_text(out->mem, ".");
	else
		slash[slash == folder] = '\0';
	if (stat(folder, &status) == 0 && (status.st_mode & MODE_STICKY) != 0)
		finding_add(out, check, FINDING_OK, "%s, mode %04o", folder,
		    mode_of(&status));
	else
		check_unwritable(check, folder, out);
}

static void check_settings(const struct config *config, struct findings *out)
{
	check_unwritable("settings-file", config->path, out);
	check_folder("settings-folder", config->path, out);
}

/* It may do what the program must never do, so no worker should know it. */
static void check_migration_account(
    const struct config *config, struct findings *out)
{
	static const char check[] = "migration-account";
	const char *path = config_admin_path(config, out->mem);
	struct stat status;
	mode_t others;

	if (config->has_migration) {
		finding_add(out, check, FINDING_WARN,
		    "migration_user and migration_password are in %s, which"
		    " every worker reads",
		    config->path);
		finding_remedy(out, "move both lines to %s (mode 0600)", path);
		return;
	}
	if (stat(path, &status) != 0) {
		finding_add(out, check, FINDING_WARN,
		    "there is no %s: one account of the database does"
		    " everything, or the schema is applied elsewhere",
		    path);
		finding_remedy(out,
		    "if the host gives a second account, write its"
		    " migration_user and migration_password into that file"
		    " (mode 0600)");
		return;
	}
	others = status.st_mode & MODE_NOT_MINE;
	if (others == 0 || (others == S_IRGRP && status.st_uid == 0)) {
		check_unwritable(check, path, out);
		return;
	}
	finding_add(out, check, FINDING_FAIL,
	    "%s has mode %04o: others may read the password", path,
	    mode_of(&status));
	finding_remedy(out, "chmod 600 %s", path);
}

/* A key that signs, and what it means that the settings name none. */
struct private_key {
	const char *check, *path, *none;
	bool is_there;
};

static void check_private_key(
    struct findings *out, const struct private_key *key)
{
	if (key->path == NULL) {
		finding_add(out, key->check, FINDING_OK, "%s", key->none);
		return;
	}
	if (key->is_there) {
		check_unwritable(key->check, key->path, out);
		return;
	}
	finding_add(
	    out, key->check, FINDING_WARN, "%s is not there yet", key->path);
	finding_remedy(out, "tenantryctl init");
}

static void check_signing_keys(
    const struct config *config, struct findings *out)
{
	const struct private_key keys[] = {
		{ "signing-key", config->signing_key_path,
		    "licence_signing_key is not set: licence keys are verified,"
		    " none are issued",
		    config->ring.has_signer },
		{ "check-key", config->check_key_path,
		    "check_signing_key is not set: POST /v1/check gives no"
		    " tokens",
		    config->check_signer.is_there },
		{ "head-key", config->head_key_path,
		    "head_signing_key is not set: heads of the audit trail are"
		    " not signed",
		    config->head_signer.is_there },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		check_private_key(out, &keys[i]);
}

static void check_public_keys(const struct config *config, struct findings *out)
{
	char *rest = arena_text(out->mem, config->public_key_paths), *path;

	while ((path = strtok_r(rest, "\n", &rest)) != NULL)
		check_unwritable("public-key", path, out);
}

static void check_program(struct findings *out)
{
	const char *path = config_file_program(out->mem);

	if (path == NULL) {
		finding_add(out, "program-file", FINDING_WARN,
		    "unknown: the system does not tell where the program lies");
		finding_remedy(
		    out, "see yourself that nobody else may write to it");
		return;
	}
	check_unwritable("program-file", path, out);
	check_folder("program-folder", path, out);
}

static void check_run_folder(const struct config *config, struct findings *out)
{
	const char *path = config->run_dir;
	struct stat status;

	if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode) ||
	    access(path, W_OK) != 0) {
		finding_add(out, "run-folder", FINDING_WARN,
		    "%s cannot be written to: how many workers hash passwords"
		    " at one time is not limited",
		    path);
		finding_remedy(out,
		    "make the folder as the program's user (mkdir -m 700), or"
		    " set run_dir");
		return;
	}
	if ((status.st_mode & MODE_NOT_MINE) == 0) {
		finding_add(out, "run-folder", FINDING_OK, "%s, mode %04o",
		    path, mode_of(&status));
		return;
	}
	finding_add(out, "run-folder",
	    (status.st_mode & MODE_WRITABLE) ? FINDING_FAIL : FINDING_WARN,
	    "%s has mode %04o: it is not the program's alone", path,
	    mode_of(&status));
	finding_remedy(out, "chmod 700 %s", path);
}

/* As log_open() does it, but that no file is made. */
static bool can_be_written(struct arena *mem, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct stat status;

	if (stat(path, &status) == 0) {
		errno = EISDIR;
		return !S_ISDIR(status.st_mode) && access(path, W_OK) == 0;
	}
	if (errno != ENOENT)
		return false;
	path = slash == NULL ? "."
	    : slash == path  ? "/"
			     : arena_copy(mem, path, (size_t)(slash - path));
	return access(path, W_OK | X_OK) == 0;
}

static void check_log_file(const struct config *config, struct findings *out)
{
	const char *path = config->log_file;
	struct stat status;

	if (path != NULL && !can_be_written(out->mem, path)) {
		finding_add(out, "log-file", FINDING_FAIL,
		    "%s cannot be written: %s; the program does not start"
		    " without its log",
		    path, strerror(errno));
		finding_remedy(out,
		    "make its folder as the program's user, or set log_file");
		return;
	}
	if (path == NULL || stat(path, &status) != 0 ||
	    (status.st_mode & S_IRWXO) == 0) {
		finding_add(out, "log-file", FINDING_OK, "%s",
		    path == NULL ? "the web server's own (log_file is not set)"
				 : path);
		return;
	}
	finding_add(out, "log-file", FINDING_WARN,
	    "%s has mode %04o: every user of the machine may use it", path,
	    mode_of(&status));
	finding_remedy(out, "chmod o= %s", path);
}

static bool is_this_machine(const char *host)
{
	return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
	    strncmp(host, "127.", 4) == 0;
}

/* The client library takes this name for a Unix socket. */
static bool is_port_unused(const struct db_host *host)
{
	return host->socket == NULL && strcmp(host->name, "localhost") == 0 &&
	    host->port != DB_HOST_PORT;
}

static void warn_of_port(const struct db_host *host, struct findings *out)
{
	finding_add(out, "database-way", FINDING_WARN,
	    "localhost means the server's Unix socket: port %u is not used",
	    host->port);
	finding_remedy(out,
	    "write 127.0.0.1 for localhost, or set db_socket in its place");
}

static void warn_of_network(const struct db_host *host, struct findings *out)
{
	finding_add(out, "database-way", FINDING_WARN,
	    "what goes to the host %s and back is not encrypted", host->name);
	finding_remedy(out, "set db_tls_ca, unless the network is private");
}

static void check_database_way(
    const struct config *config, struct findings *out)
{
	const struct db_hosts *hosts = &config->db.hosts;

	for (size_t i = 0; i < hosts->count; i++) {
		const struct db_host *host = &hosts->list[i];

		if (host->socket != NULL)
			finding_add(out, "database-way", FINDING_OK,
			    "the socket %s", host->socket);
		else if (is_port_unused(host))
			warn_of_port(host, out);
		else if (is_this_machine(host->name) ||
		    config->db.tls_ca != NULL)
			finding_add(out, "database-way", FINDING_OK,
			    "the host %s", host->name);
		else
			warn_of_network(host, out);
	}
}

static void check_web(const struct config *config, struct findings *out)
{
	if (config->bad_prefix != NULL) {
		finding_add(out, "public-prefix", FINDING_FAIL,
		    "public_prefix is ignored: %s is neither a URL like"
		    " https://example.org/app nor a path like /app",
		    config->bad_prefix);
		finding_remedy(out,
		    "write one of the two, without a slash at its end, or leave"
		    " public_prefix out");
	}
	if (*config->bad_origins == '\0')
		return;
	finding_add(out, "cors-origins", FINDING_FAIL,
	    "of cors_origins these are ignored, since no browser sends them:"
	    " %s",
	    config->bad_origins);
	finding_remedy(out,
	    "write scheme://host or scheme://host:port in lower case, a space"
	    " between two, no slash at the end, no default port");
}

static void check_origin(const struct config *config, struct findings *out)
{
	if (!config->sessions_on_shared_origin)
		return;
	finding_add(out, "shared-origin", FINDING_WARN,
	    "sessions_on_shared_origin is on: if pages of others have the"
	    " host name of this service, they can act as whoever has signed"
	    " in");
	finding_remedy(out,
	    "give the service a host name of its own, and leave the setting"
	    " out");
}

void config_check(const struct config *config, struct findings *out)
{
	check_web(config, out);
	check_origin(config, out);
	check_settings(config, out);
	check_migration_account(config, out);
	check_signing_keys(config, out);
	check_public_keys(config, out);
	check_program(out);
	check_run_folder(config, out);
	check_log_file(config, out);
	check_database_way(config, out);
	config_mail_look(config, out);
}

static bool is_inside(const char *path, const char *root)
{
	size_t length = strlen(root);

	while (length > 1 && root[length - 1] == '/')
		length--;
	return path != NULL && length > 1 && strncmp(path, root, length) == 0 &&
	    path[length] == '/';
}

/* The setting of a private key that lies there, or NULL. */
static const char *key_inside(const struct config *config, const char *root)
{
	if (is_inside(config->signing_key_path, root))
		return "licence_signing_key";
	if (is_inside(config->check_key_path, root))
		return "check_signing_key";
	return is_inside(config->head_key_path, root) ? "head_signing_key"
						      : NULL;
}

void config_check_web_root(
    const struct config *config, const char *root, struct findings *out)
{
	bool settings = is_inside(config->path, root);
	const char *key = key_inside(config, root);

	if (!settings && key == NULL) {
		finding_add(out, "web-root", FINDING_OK,
		    "neither settings nor signing key lie below %s", root);
		return;
	}
	finding_add(out, "web-root", FINDING_FAIL,
	    "the %s lies below %s, where the web server serves files from",
	    settings ? "settings file" : "signing key", root);
	finding_remedy(out, "move it elsewhere and name it in %s",
	    settings ? "TENANTRY_CONF" : key);
}
