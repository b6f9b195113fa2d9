#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edge/config.h"
#include "edge/config_web.h"
#include "edge/crypto.h"
#include "edge/crypto_key.h"

#define DATABASE "db_socket = /tmp/db.sock\ndb_user = tenantry\n"
#define KID "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

/* A folder for each test, with the files that tests write. */
struct place {
	char folder[64], conf[96], private_key[96], public_key[96], other[96];
	struct config config;
	struct fault fault;
};

static int place_setup(void **state)
{
	static struct place place;

	memset(&place, 0, sizeof(place));
	strcpy(place.folder, "/tmp/tenantry-config-XXXXXX");
	if (mkdtemp(place.folder) == NULL)
		return -1;
	snprintf(place.conf, sizeof(place.conf), "%s/a.conf", place.folder);
	snprintf(place.private_key, sizeof(place.private_key), "%s/key",
	    place.folder);
	snprintf(place.public_key, sizeof(place.public_key), "%s/key.pub",
	    place.folder);
	snprintf(
	    place.other, sizeof(place.other), "%s/other.pem", place.folder);
	*state = &place;
	return 0;
}

static int place_teardown(void **state)
{
	struct place *place = *state;

	config_release(&place->config);
	unlink(place->conf);
	unlink(place->private_key);
	unlink(place->public_key);
	unlink(place->other);
	unsetenv("TENANTRY_CONF");
	return rmdir(place->folder);
}

#define IN_PLACE(test_) \
	cmocka_unit_test_setup_teardown(test_, place_setup, place_teardown)

static void put(const char *path, const char *text, size_t length, mode_t mode)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

	assert_true(file >= 0);
	assert_int_equal(fchmod(file, mode), 0);
	assert_int_equal(write(file, text, length), (int)length);
	assert_int_equal(close(file), 0);
}

static bool load(struct place *place, const char *text)
{
	put(place->conf, text, strlen(text), 0600);
	place->fault.detail[0] = '\0';
	return config_load(&place->config, place->conf, &place->fault);
}

/* Refused, with a fault that names the file and says `why`. */
static void refused(struct place *place, const char *text, const char *why)
{
	if (load(place, text)) {
		config_release(&place->config);
		fail_msg("taken: %s", text);
	}
	if (strstr(place->fault.detail, why) == NULL)
		fail_msg("\"%s\" lacks \"%s\"", place->fault.detail, why);
	assert_non_null(strstr(place->fault.detail, place->folder));
}

/* --- the process ---------------------------------------------------------- */

/* The first test: the limit of a process without rights is lowered once. */
static void what_was_read_leaves_no_core(void **state)
{
	struct place *place = *state;
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_CORE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_CORE, &limit), 0);
	assert_true(load(place, DATABASE));
	assert_int_equal(getrlimit(RLIMIT_CORE, &limit), 0);
	assert_true(limit.rlim_cur <= 1);
	assert_true(limit.rlim_max <= 1);
}

/* --- lines ---------------------------------------------------------------- */

static void what_is_not_set_has_its_default(void **state)
{
	struct place *place = *state;
	const struct config *config = &place->config;

	assert_true(load(place, DATABASE));
	assert_string_equal(config->path, place->conf);
	assert_string_equal(config->db.hosts.list[0].socket, "/tmp/db.sock");
	assert_string_equal(config->db.name, "tenantry");
	assert_null(config->db.hosts.list[0].name);
	assert_null(config->db.password);
	assert_null(config->db.tls_ca);
	assert_int_equal(config->db.hosts.list[0].port, 3306);
	assert_int_equal(config->db.deadline, 10);
	assert_int_equal(config->db.read_wait, 700);
	assert_null(config->migration.user);
	assert_int_equal(config->db_idle, 30);
	assert_int_equal(config->workers, 4);
	assert_int_equal(config->max_body, 65536);
	assert_int_equal(config->deadline, 10);
	assert_int_equal(config->create_status, 200);
	assert_false(config->require_if_match);
	assert_null(config->public_prefix);
	assert_false(config->method_override);
	assert_string_equal(config->cors_origins, "");
	assert_null(config->signing_key_path);
	assert_false(config->ring.has_signer);
	assert_int_equal(config->ring.trusted_count, 0);
	assert_int_equal(config->ring.revoked_count, 0);
	assert_string_equal(config->ring.issuer, "tenantry");
	assert_int_equal(config->log_level, LEVEL_INFO);
	assert_null(config->log_file);
	assert_true(config->log_addresses);
	assert_string_equal(config->run_dir, "/run/tenantry");
	assert_int_equal(config->licence_days.grace, 14);
	assert_int_equal(config->licence_days.expiring, 14);
	assert_false(config->direct_add);
	assert_int_equal(config->create_rate, 0);
	assert_int_equal(config->max_organizations, 0);
	assert_int_equal(config->invitation_rate, 10); /* a minute */
	assert_int_equal(config->reset_rate, 20);      /* an hour */
	assert_int_equal(config->session_idle, 30 * 60);
	assert_int_equal(config->session_life, 8 * 60 * 60);
	assert_false(config->shared_origin);
	assert_false(config->sessions_on_shared_origin);
	assert_int_equal(config->idempotency_max, 100000);
	assert_int_equal(config->restore_days, 30);
	assert_int_equal(config->audit_days, 0); /* never cut */
	assert_null(config->mail);
	assert_null(config->mail_from);
	assert_int_equal(config->mail_deadline, 60);
	assert_int_equal(config->mail_language, LETTER_ENGLISH);
	assert_false(config->invite_links);
	assert_null(config->metrics_token);
	assert_null(config->check_key_path);
	assert_null(config->head_key_path);
}

static void every_kind_of_value_is_read(void **state)
{
	struct place *place = *state;
	const struct config *config = &place->config;

	assert_true(load(place,
	    "# a comment = none\r\n\n"
	    "\tdb_host=db.example.org  \r\n"
	    "db_user = tenantry\n"
	    "db_port =\t3307\n"
	    "db_password = a # b = \"c\"\n"
	    "migration_user = owner\n"
	    "migration_password = d\n"
	    "workers = 2\nmax_body = 2048\ndeadline = 5\n"
	    "create_status = 201\nlog_level = debug\n"
	    "require_if_match = on\n"
	    "method_override = on\ndb_idle = 0\n"
	    "log_addresses = off\n"
	    "grace_days = 0\nexpiring_days = 3650\ndirect_add = on\n"
	    "create_rate = 5\nmax_organizations_per_user = 3\n"
	    "licence_revoked = " KID "  " KID "\n"
	    "licence_issuer = example\n"
	    "run_dir = /tmp"));
	assert_string_equal(config->db.hosts.list[0].name, "db.example.org");
	assert_int_equal(config->db.hosts.list[0].port, 3307);
	assert_string_equal(config->db.password, "a # b = \"c\"");
	assert_string_equal(
	    config->migration.hosts.list[0].name, "db.example.org");
	assert_int_equal(config->migration.hosts.list[0].port, 3307);
	assert_string_equal(config->migration.user, "owner");
	assert_string_equal(config->migration.password, "d");
	assert_string_equal(config->db.user, "tenantry");
	assert_int_equal(config->workers, 2);
	assert_int_equal(config->max_body, 2048);
	assert_int_equal(config->db.deadline, 5);
	assert_int_equal(config->create_status, 201);
	assert_true(config->require_if_match);
	assert_true(config->method_override);
	assert_false(config->log_addresses);
	assert_int_equal(config->db_idle, 0);
	assert_int_equal(config->log_level, LEVEL_DEBUG);
	assert_int_equal(config->ring.revoked_count, 2);
	assert_string_equal(config->ring.revoked[1], KID);
	assert_string_equal(config->ring.issuer, "example");
	assert_string_equal(config->run_dir, "/tmp");
	assert_int_equal(config->licence_days.grace, 0);
	assert_int_equal(config->licence_days.expiring, 3650);
	assert_true(config->direct_add);
	assert_int_equal(config->create_rate, 5);
	assert_int_equal(config->max_organizations, 3);
}

/* Some editors put one before the text. */
static void a_byte_order_mark_is_skipped(void **state)
{
	struct place *place = *state;

	assert_true(
	    load(place, "\xEF\xBB\xBF# a comment\n" DATABASE "workers = 2\n"));
	assert_int_equal(place->config.workers, 2);
	config_release(&place->config);
	assert_true(load(place, "\xEF\xBB\xBF" DATABASE));
	config_release(&place->config);
	/* only one, and only at the beginning */
	refused(place, "\xEF\xBB\xBF\xEF\xBB\xBF# a\n" DATABASE, "form");
	refused(place, DATABASE "\xEF\xBB\xBF# a\n", "form");
}

static void an_empty_value_is_as_if_not_set(void **state)
{
	struct place *place = *state;

	assert_true(load(place,
	    DATABASE "db_host =\nworkers =  \nlog_level =\nrun_dir =\n"
		     "licence_revoked =\nlicence_signing_key =\n"));
	assert_null(place->config.db.hosts.list[0].name);
	assert_int_equal(place->config.workers, 4);
	assert_string_equal(place->config.run_dir, "/run/tenantry");
	assert_null(place->config.signing_key_path);
}

static void wrong_lines_are_refused(void **state)
{
	static const struct {
		const char *line, *why;
	} wrong[] = {
		{ "worker = 4", "unknown key \"worker\"" },
		{ "Workers = 4", "unknown key" },
		{ "db user = x", "unknown key" },
		{ "= 4", "unknown key" },
		{ "workers 4", "key = value" },
		{ "workers", "key = value" },
		{ "[section]", "key = value" },
		{ "workers = four", "workers must be a number" },
		{ "workers = 0", "from 1 to 1024" },
		{ "workers = 1025", "from 1 to 1024" },
		{ "workers = -4", "workers must be a number" },
		{ "workers = +4", "workers must be a number" },
		{ "workers = 4 # many", "workers must be a number" },
		{ "workers = 0x4", "workers must be a number" },
		{ "workers = 4.0", "workers must be a number" },
		{ "workers = 99999999999999999999", "workers must be" },
		{ "db_read_wait = 60001", "db_read_wait must be" },
		{ "db_port = 0", "db_port must be" },
		{ "db_port = 65536", "db_port must be" },
		{ "max_body = 64k", "max_body must be" },
		{ "max_body = 1", "max_body must be" },
		{ "deadline = 0", "deadline must be" },
		{ "deadline = 1000", "deadline must be" },
		{ "create_status = 202", "from 200 to 201" },
		{ "require_if_match = yes", "must be on or off" },
		{ "require_if_match = ON", "must be on or off" },
		{ "db_idle = 86401", "from 0 to 86400" },
		{ "method_override = yes", "must be on or off" },
		{ "method_override = ON", "must be on or off" },
		{ "method_override = 1", "must be on or off" },
		{ "grace_days = 3651", "grace_days must be" },
		{ "expiring_days = -1", "expiring_days must be" },
		{ "direct_add = 1", "must be on or off" },
		{ "create_rate = 100001", "create_rate must be" },
		{ "max_organizations_per_user = x", "from 0 to 1000000" },
		{ "log_level = loud", "debug, info, warn or error" },
		{ "log_level = INFO", "debug, info, warn or error" },
		{ "licence_revoked = abc", "no key id" },
		{ "licence_revoked = " KID "A", "no key id" },
		{ "licence_revoked = " KID "," KID, "no key id" },
		{ "db_user = twice", "line 2 already" },
		{ "run_dir = /tmp\x01", "control character" },
		{ "run_dir = /t\tmp", "control character" },
		{ "run_dir = /tmp\x7f", "control character" },
		{ "run_dir = /tmp/\xe9", "run_dir is not valid UTF-8" },
		{ "licence_issuer = \xc0\xaf", "not valid UTF-8" },
		{ "licence_issuer = \xed\xa0\x80", "not valid UTF-8" },
		{ "licence_issuer = ab\xe2\x82", "not valid UTF-8" },
	};
	struct place *place = *state;

	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		char text[256];

		snprintf(text, sizeof(text), DATABASE "%s\n", wrong[i].line);
		refused(place, text, wrong[i].why);
		assert_non_null(strstr(place->fault.detail, "a.conf:3: "));
	}
}

static void more_revoked_keys_than_fit_are_refused(void **state)
{
	struct place *place = *state;
	char text[1024] = DATABASE "licence_revoked =";

	for (int i = 0; i < LICENCE_KEYS_MAX; i++)
		strcat(text, " " KID);
	assert_true(load(place, text));
	config_release(&place->config);
	strcat(text, " " KID);
	refused(place, text, "16 key ids at most");
}

static void what_does_not_fit_together_is_refused(void **state)
{
	struct place *place = *state;

	refused(place, "", "db_socket");
	refused(place, "db_user = tenantry\n", "db_socket");
	refused(place, "db_socket =\ndb_user = tenantry\n", "db_socket");
	refused(place, "db_socket = /tmp/db.sock\n", "db_user is not set");
	refused(place, DATABASE "db_hosts = /tmp/a.sock /tmp/b.sock\n",
	    "in place of");
	refused(place, "db_host = a\ndb_hosts = b\ndb_user = tenantry\n",
	    "in place of");
	refused(place, "db_hosts = a a\ndb_user = tenantry\n", "twice");
	refused(place, "db_hosts = a:b\ndb_user = tenantry\n", "host:port");
	refused(place, DATABASE "migration_password = x\n",
	    "without migration_user");
	refused(place, DATABASE "public_prefix = https://example.org/\n",
	    "must not end");
}

static void an_origin_is_as_a_browser_writes_it(void **state)
{
	static const char *const good[] = { "https://a.example",
		"http://localhost:3000", "http://127.0.0.1:81", "http://[::1]",
		"https://a:80", "http://a:443", "https://a:4430",
		"chrome-extension://abcdef" };
	static const char *const bad[] = { "", "null", "*", "a.example",
		"//a.example", "https://", "https:///x", "HTTPS://a",
		"https://A", "https://a:443", "http://a:80", "http://[::1",
		"1http://a" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_int_equal(
		    config_origin_length(good[i]), strlen(good[i]));
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (config_origin_length(bad[i]) != 0)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(config_origin_length("https://a/b"), 9);
	assert_int_equal(config_origin_length("https://a:8443/b"), 14);
}

static void a_prefix_is_a_url_or_a_path(void **state)
{
	static const char *const good[] = { "/app", "/~me/a.b", "/a/b%20c",
		"https://example.org", "http://example.org:81/app" };
	static const char *const bad[] = { "app", "/a b", "/a//b", "/a/../b",
		"//example.org", "https://example.org/a?b", "/a#b", "ftp://a",
		"https://:1", "https://EXAMPLE.org", "javascript:1" };
	struct place *place = *state;
	struct config *config = &place->config;
	char text[200];

	for (size_t i = 0; i < COUNT_OF(good) + COUNT_OF(bad); i++) {
		bool is_good = i < COUNT_OF(good);
		const char *prefix = is_good ? good[i]
					     : bad[i - COUNT_OF(good)];

		snprintf(text, sizeof(text), DATABASE "public_prefix = %s\n",
		    prefix);
		assert_true(load(place, text));
		assert_string_equal(
		    is_good ? config->public_prefix : config->bad_prefix,
		    prefix);
		assert_null(
		    is_good ? config->bad_prefix : config->public_prefix);
		config_release(config);
	}
	assert_true(load(place, DATABASE));
}

static void both_accounts_reach_all_hosts(void **state)
{
	struct place *place = *state;
	const struct config *config = &place->config;

	assert_true(load(place,
	    "db_hosts = /tmp/a.sock db.example.org:3307\n"
	    "db_user = tenantry\nmigration_user = owner\n"));
	assert_int_equal(config->db.hosts.count, 2);
	assert_int_equal(config->migration.hosts.count, 2);
	assert_string_equal(config->db.hosts.list[0].socket, "/tmp/a.sock");
	assert_string_equal(
	    config->migration.hosts.list[1].name, "db.example.org");
	assert_int_equal(config->migration.hosts.list[1].port, 3307);
}

/* --- files ---------------------------------------------------------------- */

static void a_file_that_cannot_be_read_is_refused(void **state)
{
	struct place *place = *state;

	assert_false(config_load(&place->config, place->conf, &place->fault));
	assert_non_null(strstr(place->fault.detail, strerror(ENOENT)));
	assert_false(config_load(&place->config, place->folder, &place->fault));
	assert_non_null(strstr(place->fault.detail, strerror(EISDIR)));
	assert_false(config_load(&place->config, "/dev/null", &place->fault));
}

static void a_nul_byte_is_refused(void **state)
{
	static const char text[] = DATABASE "\0workers = 1\n";
	struct place *place = *state;

	put(place->conf, text, sizeof(text) - 1, 0600);
	assert_false(config_load(&place->config, place->conf, &place->fault));
	assert_non_null(strstr(place->fault.detail, "NUL"));
}

static void a_password_is_not_for_others_to_read(void **state)
{
	static const char text[] = DATABASE "db_password = x\n";
	static const char other[] = DATABASE
	    "migration_user = x\nmigration_password = x\n";
	static const mode_t open_modes[] = { 0644, 0604, 0602, 0666, 0660, 0620,
		0610 };
	struct place *place = *state;

	for (size_t i = 0; i < COUNT_OF(open_modes); i++) {
		put(place->conf, text, strlen(text), open_modes[i]);
		assert_false(
		    config_load(&place->config, place->conf, &place->fault));
		assert_non_null(strstr(place->fault.detail, "chmod 600"));
	}
	put(place->conf, other, strlen(other), 0644);
	assert_false(config_load(&place->config, place->conf, &place->fault));
	put(place->conf, DATABASE, strlen(DATABASE), 0644);
	assert_true(config_load(&place->config, place->conf, &place->fault));
}

/* Root lends a file to a group; another's group may be everybody. */
static void a_group_may_read_only_what_is_roots(void **state)
{
	static const char text[] = DATABASE "db_password = x\n";
	struct place *place = *state;
	bool is_root = geteuid() == 0;

	put(place->conf, text, strlen(text), 0640);
	assert_int_equal(
	    config_load(&place->config, place->conf, &place->fault), is_root);
	if (is_root) {
		config_release(&place->config);
		assert_int_equal(chown(place->conf, 1, 0), 0);
		assert_false(
		    config_load(&place->config, place->conf, &place->fault));
	}
	assert_non_null(strstr(place->fault.detail, "chmod 600"));
}

static void paths_are_seen_from_the_folder_of_the_settings(void **state)
{
	static const char text[] = "db_user = x\ndb_socket = s/db.sock\n"
				   "run_dir = /abs/run\nlog_file = a.log\n"
				   "licence_signing_key = key\n"
				   "licence_public_keys = key.pub\n";
	struct place *place = *state;
	const struct config *config = &place->config;
	char path[96];

	assert_true(load(place, text));
	snprintf(path, sizeof(path), "%s/s/db.sock", place->folder);
	assert_string_equal(config->db.hosts.list[0].socket, path);
	snprintf(path, sizeof(path), "%s/a.log", place->folder);
	assert_string_equal(config->log_file, path);
	assert_string_equal(config->signing_key_path, place->private_key);
	assert_string_equal(config->public_key_paths, place->public_key);
	assert_string_equal(config->run_dir, "/abs/run");
}

static void the_environment_names_the_file_where_no_argument_does(void **state)
{
	struct place *place = *state;

	put(place->conf, DATABASE, strlen(DATABASE), 0600);
	assert_int_equal(setenv("TENANTRY_CONF", place->conf, 1), 0);
	assert_true(config_load(&place->config, NULL, &place->fault));
	config_release(&place->config);
	assert_int_equal(setenv("TENANTRY_CONF", place->other, 1), 0);
	assert_true(config_load(&place->config, place->conf, &place->fault));
	config_release(&place->config);
	assert_false(config_load(&place->config, NULL, &place->fault));
}

/* --- licence keys --------------------------------------------------------- */

static void load_with_key(struct place *place)
{
	char text[512];

	snprintf(text, sizeof(text), DATABASE "licence_signing_key = %s\n",
	    place->private_key);
	assert_true(load(place, text));
}

static void a_signing_key_is_made_once(void **state)
{
	struct place *place = *state;
	struct stat status;
	char kid[CRYPTO_KID_SIZE];
	bool made;

	load_with_key(place);
	assert_false(place->config.ring.has_signer);
	assert_true(
	    config_make_signing_key(&place->config, &made, &place->fault));
	assert_true(made);
	assert_true(place->config.ring.has_signer);
	assert_int_equal(place->config.ring.trusted_count, 1);
	strcpy(kid, place->config.ring.signer.public_key.kid);
	assert_int_equal(stat(place->private_key, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(stat(place->public_key, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0644);
	config_release(&place->config);

	load_with_key(place);
	assert_true(place->config.ring.has_signer);
	assert_string_equal(place->config.ring.trusted[0].kid, kid);
	assert_true(
	    config_make_signing_key(&place->config, &made, &place->fault));
	assert_false(made);
}

static void a_key_that_appeared_meanwhile_is_not_replaced(void **state)
{
	struct place *place = *state;
	bool made;

	load_with_key(place);
	put(place->private_key, "mine", 4, 0600);
	assert_false(
	    config_make_signing_key(&place->config, &made, &place->fault));
	assert_false(made);
	assert_false(place->config.ring.has_signer);
	assert_non_null(strstr(place->fault.detail, strerror(EEXIST)));
	assert_string_equal(
	    config_read_file(&place->config, place->private_key), "mine");
}

static void a_signing_key_needs_a_place(void **state)
{
	struct place *place = *state;
	bool made;

	assert_true(load(place, DATABASE));
	assert_false(
	    config_make_signing_key(&place->config, &made, &place->fault));
	assert_non_null(strstr(place->fault.detail, "licence_signing_key"));
	config_release(&place->config);
	assert_true(
	    load(place, DATABASE "licence_signing_key = /nonexistent/key\n"));
	assert_false(
	    config_make_signing_key(&place->config, &made, &place->fault));
}

/* As on a disk that is full: a part is taken, and the rest is refused. */
static void a_signing_key_that_is_cut_is_not_left(void **state)
{
	struct place *place = *state;
	struct rlimit whole, part;
	bool made = false, good;
	char text[256];

	snprintf(text, sizeof(text), DATABASE "licence_signing_key = %s\n",
	    place->private_key);
	assert_true(load(place, text));
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &whole), 0);
	part = whole;
	part.rlim_cur = 8;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &part), 0);
	errno = 0;
	good = config_make_signing_key(&place->config, &made, &place->fault);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &whole), 0);
	assert_false(good);
	assert_false(made);
	assert_non_null(strstr(place->fault.detail, strerror(EFBIG)));
	assert_int_equal(access(place->private_key, F_OK), -1);
	assert_int_equal(access(place->public_key, F_OK), -1);
}

static void a_signing_key_is_private(void **state)
{
	struct place *place = *state;
	char text[512];
	bool made;

	load_with_key(place);
	assert_true(
	    config_make_signing_key(&place->config, &made, &place->fault));
	config_release(&place->config);
	assert_int_equal(chmod(place->private_key, 0644), 0);
	snprintf(text, sizeof(text), DATABASE "licence_signing_key = %s\n",
	    place->private_key);
	refused(place, text, "chmod 600");
	/* a public key signs nothing */
	snprintf(text, sizeof(text), DATABASE "licence_signing_key = %s\n",
	    place->public_key);
	assert_int_equal(chmod(place->public_key, 0600), 0);
	refused(place, text, "no private Ed25519 key");
}

static void the_missing_public_key_is_made_with_the_signing_key(void **state)
{
	struct place *place = *state;
	char text[512];
	bool made;

	snprintf(text, sizeof(text),
	    DATABASE "licence_signing_key = %s\nlicence_public_keys = %s\n",
	    place->private_key, place->other);
	assert_true(load(place, text));
	assert_true(
	    config_make_signing_key(&place->config, &made, &place->fault));
	assert_int_equal(access(place->other, R_OK), 0);
	assert_int_equal(access(place->public_key, F_OK), -1);
	config_release(&place->config);
	assert_true(load(place, text));
	assert_int_equal(place->config.ring.trusted_count, 1);
	config_release(&place->config);
	assert_int_equal(unlink(place->other), 0);
	refused(place, text, strerror(ENOENT));
}

static void public_keys_must_be_there_and_be_keys(void **state)
{
	struct place *place = *state;
	char text[512];

	snprintf(text, sizeof(text), DATABASE "licence_public_keys = %s\n",
	    place->other);
	refused(place, text, strerror(ENOENT));
	put(place->other, "no key\n", 7, 0644);
	refused(place, text, "no public Ed25519 key");
	put(place->other, "", 0, 0644);
	refused(place, text, "no public Ed25519 key");
	/* only one of two can be the one that is made later */
	assert_int_equal(unlink(place->other), 0);
	snprintf(text, sizeof(text),
	    DATABASE "licence_signing_key = %s\nlicence_public_keys = %s\n"
		     "licence_public_keys = %s\n",
	    place->private_key, place->public_key, place->other);
	refused(place, text, strerror(ENOENT));
}

static void each_kind_of_token_has_a_key_of_its_own(void **state)
{
	struct place *place = *state;
	struct config *config = &place->config;
	char text[512];
	bool made;

	snprintf(text, sizeof(text), DATABASE "check_signing_key = %s\n",
	    place->private_key);
	assert_true(load(place, text));
	assert_false(config->check_signer.is_there);
	assert_true(config_make_token_key(config, config->check_key_path,
	    &config->check_signer, &made, &place->fault));
	assert_true(made);
	assert_int_equal(access(place->public_key, R_OK), 0);
	config_release(config);
	assert_true(load(place, text));
	assert_true(config->check_signer.is_there);
	assert_true(config_make_token_key(config, config->check_key_path,
	    &config->check_signer, &made, &place->fault));
	assert_false(made);
	config_release(config);
	snprintf(text, sizeof(text),
	    DATABASE "check_signing_key = %s\nhead_signing_key = %s\n",
	    place->private_key, place->private_key);
	refused(place, text, "need a key each");
	snprintf(text, sizeof(text),
	    DATABASE "licence_public_keys = %s\nhead_signing_key = %s\n",
	    place->public_key, place->private_key);
	refused(place, text, "need a key each");
}

/* A folder's name may have spaces; 0.1.0 had them between two paths. */
static void a_list_of_paths_is_one_path_a_line(void **state)
{
	struct place *place = *state;
	char text[512], spaced[128], *pem;
	struct crypto_private_key key;
	struct arena mem;

	arena_init(&mem);
	crypto_private_key_make(&key);
	pem = crypto_public_key_print(&mem, &key.public_key);
	put(place->other, pem, strlen(pem), 0644);
	crypto_private_key_make(&key);
	(void)snprintf(spaced, sizeof(spaced), "%s b.pem", place->other);
	pem = crypto_public_key_print(&mem, &key.public_key);
	put(spaced, pem, strlen(pem), 0644);
	arena_release(&mem);
	snprintf(text, sizeof(text),
	    DATABASE "licence_public_keys = %s\nlicence_public_keys = %s\n",
	    spaced, place->other);
	assert_true(load(place, text));
	assert_int_equal(place->config.ring.trusted_count, 2);
	config_release(&place->config);
	assert_int_equal(unlink(spaced), 0);
	/* the first is there, the whole is not: two, and one is missing */
	snprintf(
	    text, sizeof(text), DATABASE "licence_public_keys = %s\n", spaced);
	refused(place, text, "b.pem: No such file");
	assert_null(strstr(place->fault.detail, spaced));
}

static void a_public_half_that_cannot_be_written_leaves_no_key(void **state)
{
	struct place *place = *state;
	bool made = true;
	char text[512];

	snprintf(text, sizeof(text),
	    DATABASE "licence_signing_key = %s\n"
		     "licence_public_keys = none/key.pub\n",
	    place->private_key);
	assert_true(load(place, text));
	assert_false(
	    config_make_signing_key(&place->config, &made, &place->fault));
	assert_false(made);
	assert_non_null(strstr(place->fault.detail, "none/key.pub"));
	assert_non_null(strstr(place->fault.detail, strerror(ENOENT)));
	/* the folder is empty behind this: see the teardown */
	assert_int_equal(access(place->private_key, F_OK), -1);
}

static void as_many_keys_are_trusted_as_fit(void **state)
{
	struct place *place = *state;
	struct crypto_private_key key;
	struct arena mem;
	char path[96], *pem, *text;

	arena_init(&mem);
	text = arena_text(&mem, DATABASE "licence_public_keys =");
	for (int i = 0; i <= LICENCE_KEYS_MAX; i++) {
		crypto_private_key_make(&key);
		pem = crypto_public_key_print(&mem, &key.public_key);
		snprintf(path, sizeof(path), "%s/%d", place->folder, i);
		put(path, pem, strlen(pem), 0644);
		if (i < LICENCE_KEYS_MAX)
			text = arena_print(&mem, "%s %d", text, i);
	}
	/* the same key twice is one */
	assert_true(load(place, arena_print(&mem, "%s 0\n", text)));
	assert_int_equal(place->config.ring.trusted_count, LICENCE_KEYS_MAX);
	config_release(&place->config);
	refused(place,
	    arena_print(&mem, "%s %d\n", text, (int)LICENCE_KEYS_MAX),
	    "one licence key too many (16)");
	for (int i = 0; i <= LICENCE_KEYS_MAX; i++) {
		snprintf(path, sizeof(path), "%s/%d", place->folder, i);
		assert_int_equal(unlink(path), 0);
	}
	arena_release(&mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_PLACE(what_was_read_leaves_no_core),
		IN_PLACE(what_is_not_set_has_its_default),
		IN_PLACE(every_kind_of_value_is_read),
		IN_PLACE(a_byte_order_mark_is_skipped),
		IN_PLACE(an_empty_value_is_as_if_not_set),
		IN_PLACE(wrong_lines_are_refused),
		IN_PLACE(more_revoked_keys_than_fit_are_refused),
		IN_PLACE(an_origin_is_as_a_browser_writes_it),
		IN_PLACE(a_prefix_is_a_url_or_a_path),
		IN_PLACE(both_accounts_reach_all_hosts),
		IN_PLACE(what_does_not_fit_together_is_refused),
		IN_PLACE(a_file_that_cannot_be_read_is_refused),
		IN_PLACE(a_nul_byte_is_refused),
		IN_PLACE(a_password_is_not_for_others_to_read),
		IN_PLACE(a_group_may_read_only_what_is_roots),
		IN_PLACE(paths_are_seen_from_the_folder_of_the_settings),
		IN_PLACE(the_environment_names_the_file_where_no_argument_does),
		IN_PLACE(a_signing_key_is_made_once),
		IN_PLACE(a_key_that_appeared_meanwhile_is_not_replaced),
		IN_PLACE(a_signing_key_needs_a_place),
		IN_PLACE(a_signing_key_that_is_cut_is_not_left),
		IN_PLACE(a_signing_key_is_private),
		IN_PLACE(each_kind_of_token_has_a_key_of_its_own),
		IN_PLACE(the_missing_public_key_is_made_with_the_signing_key),
		IN_PLACE(public_keys_must_be_there_and_be_keys),
		IN_PLACE(a_list_of_paths_is_one_path_a_line),
		IN_PLACE(a_public_half_that_cannot_be_written_leaves_no_key),
		IN_PLACE(as_many_keys_are_trusted_as_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
