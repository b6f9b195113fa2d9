#include "edge/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "edge/config_file.h"
#include "edge/config_keys.h"
#include "edge/config_whole.h"
#include "edge/harden.h"
#include "edge/name.h"

#ifndef TENANTRY_DEFAULT_CONF
#define TENANTRY_DEFAULT_CONF "/etc/tenantry/tenantry.conf"
#endif

/* --- the keys ------------------------------------------------------------- */

enum type {
	TYPE_TEXT,
	TYPE_PATH,
	TYPE_PATHS, /* one a line: the key may be repeated */
	TYPE_INT,
	TYPE_UNSIGNED,
	TYPE_SIZE,
	TYPE_LEVEL,
	TYPE_SWITCH,
	TYPE_REVOKED,
	TYPE_LANGUAGE
};

struct key {
	const char *name;
	enum type type;
	size_t offset; /* in struct config */
	long min, max; /* of a number */
};

#define AT(member_) .offset = offsetof(struct config, member_)
#define TEXT(name_, member_) \
	{ \
		name_, TYPE_TEXT, AT(member_) \
	}
#define PATH(name_, member_) \
	{ \
		name_, TYPE_PATH, AT(member_) \
	}
#define RANGE(min_, max_) .min = (min_), .max = (max_)

static const struct key keys[] = {
	PATH("db_socket", db_socket),
	TEXT("db_host", db_host),
	{ "db_port", TYPE_UNSIGNED, AT(db_port), RANGE(1, 65535) },
	TEXT("db_hosts", db_hosts),
	{ "db_read_wait", TYPE_INT, AT(db.read_wait), RANGE(0, 60000) },
	PATH("db_tls_ca", db.tls_ca),
	TEXT("db_name", db.name),
	TEXT("db_user", db.user),
	TEXT("db_password", db.password),
	{ "db_idle", TYPE_INT, AT(db_idle), RANGE(0, 86400) },
	TEXT("migration_user", migration.user),
	TEXT("migration_password", migration.password),
	TEXT("metrics_token", metrics_token),
	{ "workers", TYPE_INT, AT(workers), RANGE(1, 1024) },
	{ "max_body", TYPE_SIZE, AT(max_body), RANGE(256, 16 << 20) },
	{ "deadline", TYPE_INT, AT(deadline), RANGE(1, 300) },
	{ "create_status", TYPE_INT, AT(create_status), RANGE(200, 201) },
	{ "require_if_match", TYPE_SWITCH, AT(require_if_match) },
	{ "idempotency_max", TYPE_INT, AT(idempotency_max),
	    RANGE(0, 100000000) },
	{ "restore_days", TYPE_INT, AT(restore_days), RANGE(0, 3650) },
	{ "audit_days", TYPE_INT, AT(audit_days), RANGE(0, 36500) },
	{ "grace_days", TYPE_INT, AT(licence_days.grace), RANGE(0, 3650) },
	{ "expiring_days", TYPE_INT, AT(licence_days.expiring),
	    RANGE(0, 3650) },
	{ "direct_add", TYPE_SWITCH, AT(direct_add) },
	{ "invitation_rate", TYPE_INT, AT(invitation_rate), RANGE(0, 100000) },
	{ "reset_rate", TYPE_INT, AT(reset_rate), RANGE(0, 100000) },
	{ "create_rate", TYPE_INT, AT(create_rate), RANGE(0, 100000) },
	{ "max_organizations_per_user", TYPE_INT, AT(max_organizations),
	    RANGE(0, 1000000) },
	TEXT("mail", mail),
	TEXT("mail_from", mail_from),
	{ "mail_deadline", TYPE_INT, AT(mail_deadline), RANGE(1, 240) },
	{ "mail_language", TYPE_LANGUAGE, AT(mail_language) },
	{ "invite_links", TYPE_SWITCH, AT(invite_links) },
	TEXT("public_prefix", public_prefix),
	{ "method_override", TYPE_SWITCH, AT(method_override) },
	TEXT("cors_origins", cors_origins),
	{ "session_idle", TYPE_INT, AT(session_idle), RANGE(60, 86400) },
	{ "session_life", TYPE_INT, AT(session_life), RANGE(60, 2592000) },
	{ "shared_origin", TYPE_SWITCH, AT(shared_origin) },
	{ "sessions_on_shared_origin", TYPE_SWITCH,
	    AT(sessions_on_shared_origin) },
	PATH("licence_signing_key", signing_key_path),
	{ "licence_public_keys", TYPE_PATHS, AT(public_key_paths) },
	{ "licence_revoked", TYPE_REVOKED, AT(ring.revoked) },
	TEXT("licence_issuer", ring.issuer),
	PATH("check_signing_key", check_key_path),
	PATH("head_signing_key", head_key_path),
	{ "log_level", TYPE_LEVEL, AT(log_level) },
	PATH("log_file", log_file),
	{ "log_addresses", TYPE_SWITCH, AT(log_addresses) },
	PATH("run_dir", run_dir),
};

enum { KEY_COUNT = sizeof(keys) / sizeof(keys[0]) };

static void set_defaults(struct config *config)
{
	memset(config, 0, sizeof(*config));
	arena_init(&config->mem);
	config->db_port = DB_HOST_PORT;
	config->db.name = "tenantry";
	config->db_idle = 30;
	config->db.read_wait = 700;
	config->workers = 4;
	config->max_body = 64 * 1024;
	config->deadline = 10;
	config->create_status = 200;
	config->idempotency_max = 100000;
	config->restore_days = 30;
	config->licence_days = (struct licence_days)LICENCE_DAYS_DEFAULT;
	config->invitation_rate = 10;
	config->reset_rate = 20;
	config->mail_deadline = 60;
	config->session_idle = 1800;
	config->session_life = 28800;
	config->cors_origins = "";
	config->bad_origins = "";
	config->public_key_paths = "";
	config->ring.issuer = "tenantry";
	config->log_level = LEVEL_INFO;
	config->log_addresses = true;
	config->run_dir = "/run/tenantry";
}

/* --- lines ---------------------------------------------------------------- */

struct reader {
	struct config *config;
	struct fault *fault;
	int line;
	int seen[KEY_COUNT]; /* the line of each key, 0 = not yet */
};

static bool complain(struct reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool complain(struct reader *reader, const char *format, ...)
{
	char what[sizeof(reader->fault->detail)];
	va_list args;

	va_start(args, format);
	if (vsnprintf(what, sizeof(what), format, args) < 0)
		what[0] = '\0';
	va_end(args);
	(void)fault_set(reader->fault, ERR_INTERNAL, "%.200s:%d: %s",
	    reader->config->path, reader->line, what);
	return false;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The text without white space at its ends; cut in place. */
static char *trim(char *text)
{
	size_t length;

	while (is_space(*text))
		text++;
	length = strlen(text);
	while (length > 0 && is_space(text[length - 1]))
		length--;
	text[length] = '\0';
	return text;
}

static bool has_control(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7F)
			return true;
	}
	return false;
}

static bool set_number(
    struct reader *reader, const struct key *key, const char *value, void *at)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(value, &end, 10);
	if (errno != 0 || *end != '\0' || value[0] < '0' || value[0] > '9' ||
	    number < key->min || number > key->max)
		return complain(reader, "%s must be a number from %ld to %ld",
		    key->name, key->min, key->max);
	if (key->type == TYPE_INT)
		*(int *)at = (int)number;
	else if (key->type == TYPE_UNSIGNED)
		*(unsigned *)at = (unsigned)number;
	else
		*(size_t *)at = (size_t)number;
	return true;
}

static bool is_kid(const char *text)
{
	return strspn(text,
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		   "0123456789-_") == CRYPTO_KID_SIZE - 1 &&
	    text[CRYPTO_KID_SIZE - 1] == '\0';
}

static bool set_revoked(struct reader *reader, char *value)
{
	struct licence_ring *ring = &reader->config->ring;
	const char *word;

	while ((word = strtok_r(value, " ", &value)) != NULL) {
		if (!is_kid(word))
			return complain(reader,
			    "\"%.60s\" is no key id: 43"
			    " characters of base64url",
			    word);
		if (ring->revoked_count == LICENCE_KEYS_MAX)
			return complain(reader,
			    "licence_revoked takes %d key"
			    " ids at most",
			    LICENCE_KEYS_MAX);
		memcpy(ring->revoked[ring->revoked_count++], word,
		    CRYPTO_KID_SIZE);
	}
	return true;
}

/* So that settings and what they name can be moved as one folder. */
static const char *see_path(struct config *config, const char *path)
{
	return config_file_beside(&config->mem, config->path, path);
}

static void add_path(struct config *config, const char **list, const char *path)
{
	*list = arena_print(&config->mem, "%s%s%s", *list,
	    **list == '\0' ? "" : "\n", see_path(config, path));
}

/*
 * A path may have spaces in it.  Settings of 0.1.0 may have several paths with
 * spaces between: the first of them is a file, and the whole is none.
 */
static void add_paths(struct config *config, const char **list, char *value)
{
	char *rest = arena_text(&config->mem, value);
	char *path = strtok_r(rest, " ", &rest);

	if (access(see_path(config, value), F_OK) == 0 ||
	    access(see_path(config, path), F_OK) != 0) {
		add_path(config, list, value);
		return;
	}
	do
		add_path(config, list, path);
	while ((path = strtok_r(rest, " ", &rest)) != NULL);
}

static bool set_value(struct reader *reader, const struct key *key, char *value)
{
	void *at = (char *)reader->config + key->offset;

	switch (key->type) {
	case TYPE_TEXT:
		*(const char **)at = value;
		return true;
	case TYPE_PATH:
		*(const char **)at = see_path(reader->config, value);
		return true;
	case TYPE_PATHS:
		add_paths(reader->config, at, value);
		return true;
	case TYPE_LEVEL:
		return log_level_parse(value, at) ||
		    complain(reader, "%s must be debug, info, warn or error",
			key->name);
	case TYPE_SWITCH:
		*(bool *)at = strcmp(value, "on") == 0;
		return *(bool *)at || strcmp(value, "off") == 0 ||
		    complain(reader, "%s must be on or off", key->name);
	case TYPE_REVOKED:
		return set_revoked(reader, value);
	case TYPE_LANGUAGE:
		return letter_language(value, at) ||
		    complain(reader, "%s must be en or de", key->name);
	default:
		return set_number(reader, key, value, at);
	}
}

static bool set(struct reader *reader, const char *name, char *value)
{
	size_t i = 0;

	while (i < KEY_COUNT && strcmp(keys[i].name, name) != 0)
		i++;
	if (i == KEY_COUNT)
		return complain(reader,
		    "unknown key \"%.40s\"; conf/"
		    "tenantry.conf.example lists them",
		    name);
	if (reader->seen[i] != 0 && keys[i].type != TYPE_PATHS)
		return complain(reader, "%s stands on line %d already", name,
		    reader->seen[i]);
	reader->seen[i] = reader->line;
	if (has_control(value))
		return complain(reader,
		    "the value of %s contains a control"
		    " character",
		    name);
	/* Values come to clients as JSON and in licence keys. */
	if (!name_is_utf8(value, strlen(value)))
		return complain(
		    reader, "the value of %s is not valid UTF-8", name);
	return *value == '\0' || set_value(reader, &keys[i], value);
}

static bool read_line(struct reader *reader, char *line)
{
	char *equals;

	line = trim(line);
	if (*line == '\0' || *line == '#')
		return true;
	equals = strchr(line, '=');
	if (equals == NULL)
		return complain(reader, "not of the form key = value");
	*equals = '\0';
	return set(reader, trim(line), trim(equals + 1));
}

static bool read_lines(struct reader *reader, char *text)
{
	while (text != NULL) {
		char *end = strchr(text, '\n');

		if (end != NULL)
			*end++ = '\0';
		reader->line++;
		if (!read_line(reader, text))
			return false;
		text = end;
	}
	return true;
}

/* --- the whole ------------------------------------------------------------ */

static bool read_settings(struct config *config, struct fault *fault)
{
	struct reader reader = { .config = config, .fault = fault };
	struct config_file file;
	char *text = config_file_read(&config->mem, config->path, &file);

	if (text == NULL)
		return config_refuse(config, fault, strerror(errno));
	if (strlen(text) != file.length)
		return config_refuse(config, fault, "contains a NUL byte");
	text += text_skip_mark(text, file.length) - text;
	return read_lines(&reader, text) &&
	    config_whole_check(config, file.is_open, fault);
}

/* --- load and release ----------------------------------------------------- */

/* A default that is no absolute path is seen from the program's folder. */
char *config_path(struct arena *mem)
{
	const char *path = getenv("TENANTRY_CONF"), *program;

	if (path != NULL && *path != '\0')
		return arena_text(mem, path);
	program = config_file_program(mem);
	return config_file_beside(
	    mem, program == NULL ? "" : program, TENANTRY_DEFAULT_CONF);
}

bool config_load(struct config *config, const char *path, struct fault *fault)
{
	harden_process();
	set_defaults(config);
	config->path = path != NULL && *path != '\0'
	    ? arena_text(&config->mem, path)
	    : config_path(&config->mem);
	if (read_settings(config, fault) && config_keys_read(config, fault))
		return true;
	config_release(config);
	return false;
}

char *config_read_file(struct config *config, const char *path)
{
	struct config_file file;

	return config_file_read(&config->mem, path, &file);
}

void config_release(struct config *config)
{
	config_keys_forget(config);
	arena_release(&config->mem);
}
