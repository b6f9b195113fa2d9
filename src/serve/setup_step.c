#include "serve/setup_step.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "edge/name.h"
#include "edge/password.h"
#include "resource/module.h"
#include "serve/setup_settings.h"
#include "store/admin.h"
#include "store/grant.h"
#include "store/migrate.h"
#include "store/vacant.h"

enum {
	PASSWORD_MIN = 8,
	PART_TICKS = 5000000 /* of a long step, in a request */
};

static const char *const stage_names[SETUP_STAGES] = { "code", "folder",
	"database", "tables", "administrator", "end", "done" };

const char *setup_stage_name(enum setup_stage stage)
{
	return stage_names[stage];
}

/* --- the database --------------------------------------------------------- */

static void open_store(
    struct setup *setup, const struct db_settings *settings, struct store *st)
{
	struct db *db = db_open(settings);

	store_init(st, db, setup->rq->mem);
	st->now = clock_now();
	st->request_id = setup->rq->id;
	db_begin_request(db);
}

static void close_store(struct store *st)
{
	struct db *db = st->db;

	store_release(st);
	db_close(db);
}

/* Of the account that makes the tables, once settings are loaded. */
static void open_database(struct setup *setup)
{
	struct route_table routes;

	if (setup->db != NULL)
		return;
	open_store(setup, &setup->config.migration, &setup->store);
	setup->db = setup->store.db;
	routes = modules_routes(setup->rq->mem);
	setup->store.reserved = modules_reserved(setup->rq->mem, &routes);
}

/* What the server says, for who has the code. */
static bool say_database(struct setup *setup, struct store *st, enum err err)
{
	const char *why = db_error(st->db);

	if (setup->fault.code == err && setup->fault.detail[0] != '\0')
		return false;
	(void)fault_set(&setup->fault, err, "the database says: %.260s",
	    *why != '\0' ? why : err_info(err)->title);
	return false;
}

/* The service's account must come in too; it need not see a table yet. */
static bool try_service(struct setup *setup)
{
	struct store service;
	int64_t users;
	bool good = true;
	enum err err;

	if (strcmp(setup->config.db.user, setup->config.migration.user) == 0)
		return true;
	open_store(setup, &setup->config.db, &service);
	err = vacant_count_users(&service, &users);
	if (err == ERR_UNAVAILABLE)
		good = say_database(setup, &service, err);
	close_store(&service);
	return good;
}

static bool do_database(struct setup *setup)
{
	enum err err;
	bool good;

	good = setup_settings_write(setup);
	if (good) {
		open_database(setup);
		if ((err = vacant_check(&setup->store, &setup->fault)))
			good = say_database(setup, &setup->store, err);
	}
	if (good && try_service(setup))
		return true;
	setup_settings_remove(setup);
	return false;
}

/* --- tables --------------------------------------------------------------- */

/* The service's account gets what it needs; doctor says what is missing. */
static void fit_rights(struct setup *setup)
{
	struct grant_report *report;
	struct store service;
	size_t applied;

	if (strcmp(setup->config.db.user, setup->config.migration.user) == 0)
		return;
	report = arena_alloc(setup->rq->mem, sizeof(*report));
	open_store(setup, &setup->config.db, &service);
	if (!grant_compare(&service, &setup->store, report))
		(void)grant_apply(&setup->store, report, &applied);
	close_store(&service);
}

static bool do_tables(struct setup *setup)
{
	struct migrate_part part = { .until = clock_tick() + PART_TICKS };
	enum err err = migrate_some(&setup->store, &part, &setup->fault);

	if (err)
		return say_database(setup, &setup->store, err);
	if (part.is_done)
		fit_rights(setup);
	return true;
}

/* --- the administrator ---------------------------------------------------- */

static bool refuse(struct setup *setup, const char *what, const char *why)
{
	(void)fault_set(&setup->fault, ERR_BAD_FIELD, "the %s %s", what, why);
	return false;
}

static bool read_login(struct setup *setup, struct name *login)
{
	const char *text = form_value(&setup->form, "login");
	size_t length = strlen(text);
	const char *wrong = strchr(text, '@') != NULL
	    ? name_make_email(text, length, login)
	    : name_make_login(text, length, login);

	return wrong == NULL || refuse(setup, "login", wrong);
}

static bool read_password(struct setup *setup, char hash[PASSWORD_HASH_SIZE])
{
	const char *password = form_value(&setup->form, "password");
	size_t length = strlen(password);

	if (length < PASSWORD_MIN || length > PASSWORD_MAX)
		return refuse(setup, "password", "must have 8 to 256 bytes");
	if (strcmp(password, form_value(&setup->form, "again")) != 0)
		return refuse(setup, "password",
		    "was not typed twice the same: type both again");
	return password_hash(password, hash) ||
	    refuse(setup, "password",
		"cannot be hashed: there is too little"
		" memory; try again");
}

/* The database may not have answered when the stage was found out. */
static bool do_end(struct setup *setup)
{
	int64_t users;
	enum err err = vacant_count_users(&setup->store, &users);

	if (err)
		return say_database(setup, &setup->store, err);
	if (users == 0) {
		(void)fault_set(&setup->fault, ERR_UNAVAILABLE,
		    "the administrator is not made yet: load this page again");
		return false;
	}
	return setup_settings_finish(setup);
}

static bool do_administrator(struct setup *setup)
{
	char hash[PASSWORD_HASH_SIZE], id[ULID_SIZE];
	struct name login;
	const struct admin_new_user user = {
		.login = &login,
		.display_name = "Administrator",
		.password_hash = hash,
		.is_system_admin = true,
	};
	enum err err;

	if (!read_login(setup, &login) || !read_password(setup, hash))
		return false;
	/* so that one who was made is known to be ours */
	setup->code.has_administrator = true;
	if (!setup_code_save(setup->rq->mem, &setup->code))
		return refuse(setup, "file of the code", "cannot be written");
	err = admin_user_insert(&setup->store, &user, NULL, id);
	if (err)
		return say_database(setup, &setup->store, err);
	return setup_settings_finish(setup);
}

/* --- which is next -------------------------------------------------------- */

/* The pending settings and the database that they name. */
static enum setup_stage find_by_database(struct setup *setup)
{
	struct schema_state state = { 0, 0 };
	int64_t users = 0;
	enum err err;

	if (!setup_settings_load(setup))
		return SETUP_DATABASE;
	open_database(setup);
	if ((err = vacant_count_users(&setup->store, &users)) ||
	    (err = migrate_version(&setup->store, &state.version))) {
		(void)say_database(setup, &setup->store, err);
		/* other settings would meet its user, and be refused */
		return setup->code.has_administrator ? SETUP_END
						     : SETUP_DATABASE;
	}
	setup->version = state.version;
	if (users > 0 && !setup->code.has_administrator) {
		(void)vacant_check(&setup->store, &setup->fault);
		return SETUP_DATABASE;
	}
	if (state.version < schema_version_known())
		return SETUP_TABLES;
	return users > 0 ? SETUP_END : SETUP_ADMINISTRATOR;
}

enum setup_stage setup_stage_find(struct setup *setup)
{
	if (setup->place.address != NULL && !setup->code.is_closed)
		return SETUP_FOLDER;
	if (access(setup->place.pending, F_OK) != 0)
		return SETUP_DATABASE;
	return find_by_database(setup);
}

/* The browser could not read the folder, says its own script. */
static bool do_folder(struct setup *setup)
{
	if (strcmp(form_value(&setup->form, "folder"), "closed") != 0) {
		(void)fault_set(&setup->fault, ERR_BAD_FIELD,
		    "the browser has not asked for the folder's address: allow"
		    " scripts for this page");
		return false;
	}
	setup->code.is_closed = true;
	return setup_code_save(setup->rq->mem, &setup->code) ||
	    refuse(setup, "file of the code", "cannot be written");
}

bool setup_step(struct setup *setup, enum setup_stage stage)
{
	static bool (*const steps[SETUP_STAGES])(struct setup *) = {
		[SETUP_FOLDER] = do_folder,
		[SETUP_DATABASE] = do_database,
		[SETUP_TABLES] = do_tables,
		[SETUP_ADMINISTRATOR] = do_administrator,
		[SETUP_END] = do_end,
	};

	return steps[stage] != NULL && steps[stage](setup);
}

void setup_release(struct setup *setup)
{
	if (setup->db != NULL)
		close_store(&setup->store);
	setup->db = NULL;
	if (setup->is_loaded)
		config_release(&setup->config);
	setup->is_loaded = false;
}
