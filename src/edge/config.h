/*
 * Settings: one file of `key = value` lines.  The only reader of environment
 * and settings file.
 */
#ifndef TENANTRY_EDGE_CONFIG_H
#define TENANTRY_EDGE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"
#include "edge/db.h"
#include "edge/licence_key.h"
#include "model/letter.h"

struct config {
	const char *db_socket; /* one server: a path, or NULL for db_host */
	const char *db_host;
	unsigned db_port;
	char *db_hosts;               /* several servers; cut up in db.hosts */
	struct db_settings db;        /* the program's account */
	struct db_settings migration; /* the one that may change the schema */
	bool has_migration; /* and that stands in the settings themselves */
	int db_idle; /* seconds after which the connection is closed; 0: not */
	int workers;
	size_t max_body;           /* bytes */
	int deadline;              /* seconds */
	int create_status;         /* 200 or 201 */
	bool require_if_match;     /* of writes in an organization */
	int idempotency_max;       /* kept answers a user; 0: any number */
	int restore_days;          /* a deleted organization; 0: not at all */
	int audit_days;            /* of the audit trail; 0: all */
	const char *metrics_token; /* NULL: none */
	const char *public_prefix; /* NULL: from SCRIPT_NAME */
	const char *bad_prefix;    /* what it is in place of that, or NULL */
	int invitation_rate;       /* a minute and address; 0: no limit */
	int reset_rate;            /* an hour and address; 0: no limit */
	int create_rate;           /* an hour and user; 0: no limit */
	int max_organizations;     /* that a user creates; 0: any number */
	const char *mail;          /* program and arguments; NULL: no mail */
	const char *mail_from;     /* an address */
	int mail_deadline;         /* seconds that the program has for a mail */
	enum letter_language mail_language;
	bool direct_add;      /* admins, too, add who has not agreed */
	bool invite_links;    /* beside mail; without it there are links only */
	bool method_override; /* POST may say that it is a PUT, ... */
	int session_idle, session_life; /* seconds */
	bool shared_origin; /* others' pages have the service's origin */
	bool sessions_on_shared_origin; /* all the same */
	const char *cors_origins;       /* separated by spaces; "" = none */
	const char *bad_origins;        /* those that are none; "" = none */
	const char *signing_key_path;   /* NULL: no signing */
	const char *public_key_paths;   /* a newline between */
	struct licence_ring ring;
	struct licence_days licence_days;
	const char *check_key_path; /* NULL: check gives no tokens */
	const char *head_key_path;  /* NULL: the trail's head is not signed */
	struct jws_signer check_signer, head_signer;
	enum level log_level;
	const char *log_file; /* NULL: standard error */
	bool log_addresses;   /* of clients */
	const char *run_dir;  /* writable, for lock files */
	const char *path;     /* of the file that was read */
	struct arena mem;     /* of the texts above */
};

/*
 * Reads the file `path`, else the one that TENANTRY_CONF in the environment
 * names, else the installed default.  Refuses unknown keys, wrong values, and
 * a file with a password that others than its owner may use (a group may read
 * what is root's); then reads the licence keys that it names (a signing key
 * file that does not exist yet is no error: has_signer is false).  Paths in it
 * are seen from its folder.  From then on the process leaves no core file,
 * which would hold all that.  False and a fault that names file, line and
 * remedy: for an administrator's eyes.
 */
bool config_load(struct config *config, const char *path, struct fault *fault);

void config_release(struct config *config);

/* Where config_load() looks without a path; in the arena. */
char *config_path(struct arena *mem);

/* A whole file, NUL-terminated, in the config's memory; NULL: errno says. */
char *config_read_file(struct config *config, const char *path);

/*
 * Makes the Ed25519 signing key at signing_key_path (mode 0600) and its public
 * half beside it (`.pub`, 0644) where no file is there, and puts it into the
 * ring.  False and a fault where that fails.
 */
bool config_make_signing_key(
    struct config *config, bool *made, struct fault *fault);

/*
 * The same for a key that signs tokens of one type: `path` and `signer` are
 * check_key_path and check_signer, or those of the head.
 */
bool config_make_token_key(struct config *config, const char *path,
    struct jws_signer *signer, bool *made, struct fault *fault);

#endif
