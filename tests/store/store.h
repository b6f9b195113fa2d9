/*
 * What every test of the store needs: the settings of the instance, a store
 * over one connection, a second connection to look and meddle with, and a
 * user of its own, who goes with all that he made.
 */
#ifndef TENANTRY_TESTS_STORE_H
#define TENANTRY_TESTS_STORE_H

#include "../unit/unit.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "edge/config_admin.h"
#include "edge/name.h"
#include "store/admin.h"
#include "store/organization.h"

/* Seconds of a request: a statement lasts for 3, a lock is awaited for 2. */
enum { DEADLINE = 6 };

struct bed {
	struct config config;
	struct fault fault;
	struct arena mem;
	struct db *db;  /* of the store */
	struct db *eye; /* of the test */
	struct store st;
	struct asker asker; /* the user, as yet without an organization */
	char user_id[ULID_SIZE];
	struct name email; /* the user's login */
};

/* A new request: what came before does not count against its deadline. */
static inline void begin_request(struct bed *bed)
{
	db_begin_request(bed->db);
	db_begin_request(bed->eye);
	bed->st.now = clock_now();
	memset(&bed->fault, 0, sizeof(bed->fault));
}

/* Runs statements without result on the second connection. */
static inline void __attribute__((format(printf, 2, 3)))
script(struct bed *bed, const char *format, ...)
{
	char text[2048];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	assert_in_range(length, 1, sizeof(text) - 1);
	if (db_script(bed->eye, text, (size_t)length) != ERR_NONE)
		fail_msg("%s: %s", text, db_error(bed->eye));
}

/* SELECT … AS value on a connection. */
static inline int64_t number_on(struct db *db, const char *sql)
{
	struct statement_number row = { 0 };
	struct db_query query = { .text = sql, .is_once = true };
	struct db_target target = { { { &statement_number_table, &row } }, 1,
		0 };
	bool found = false;

	if (db_select_one(db, &query, &target, &found) != ERR_NONE || !found)
		fail_msg("%s: %s", sql, db_error(db));
	return row.value;
}

/* A number from the database, as the second connection sees it. */
static inline int64_t __attribute__((format(printf, 2, 3)))
number(struct bed *bed, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return number_on(bed->eye, text);
}

/* Ends a connection from outside, by its own account. */
static inline void kill_thread(struct bed *bed, int64_t id)
{
	struct db *killer = db_open(&bed->config.db);
	char text[64];

	snprintf(text, sizeof(text), "KILL %lld", (long long)id);
	if (db_script(killer, text, strlen(text)) != ERR_NONE)
		fail_msg("%s: %s", text, db_error(killer));
	db_close(killer);
}

/* The store's, as an administrator would. */
static inline void kill_connection(struct bed *bed)
{
	kill_thread(bed, number_on(bed->db, "SELECT CONNECTION_ID() AS value"));
}

static inline void make_name(struct name *name, const char *text)
{
	assert_null(name_make(text, strlen(text), name));
}

static inline void make_user(struct bed *bed)
{
	struct admin_new_user user = { .display_name = "Tester" };
	struct api_key key = { .user_id = NULL };
	struct ulid_clock clock = { 0 };
	char address[64], id[ULID_SIZE];

	ulid_make(&clock, (uint64_t)bed->st.now, id);
	snprintf(address, sizeof(address), "%s@example.org", id);
	assert_null(name_make_email(address, strlen(address), &bed->email));
	user.login = &bed->email;
	api_key_make(&key, KEY_TEXT_PERSONAL);
	bed->st.db = bed->eye; /* as the tool does */
	assert_int_equal(
	    admin_user_insert(&bed->st, &user, &key, bed->user_id), ERR_NONE);
	bed->st.db = bed->db;
	memcpy(bed->asker.caller.user_id, bed->user_id, ULID_SIZE);
	crypto_sha256(key.text, strlen(key.text), bed->asker.credential.digest);
}

static inline int bed_setup(void **state)
{
	static struct bed bed;

	memset(&bed, 0, sizeof(bed));
	if (!config_load(&bed.config, NULL, &bed.fault)) {
		print_error("%s\n", bed.fault.detail);
		return -1;
	}
	if (!config_load_admin(&bed.config, &bed.fault)) {
		print_error("%s\n", bed.fault.detail);
		return -1;
	}
	bed.config.db.deadline = DEADLINE;
	bed.config.migration.deadline = DEADLINE;
	arena_init(&bed.mem);
	bed.db = db_open(&bed.config.db);
	bed.eye = db_open(&bed.config.migration);
	store_init(&bed.st, bed.db, &bed.mem);
	bed.st.licence_days = bed.config.licence_days;
	bed.asker.fault = &bed.fault;
	begin_request(&bed);
	make_user(&bed);
	*state = &bed;
	return 0;
}

static inline int bed_teardown(void **state)
{
	struct bed *bed = *state;
	const char *user = bed->user_id;

	db_rollback(bed->db);
	db_rollback(bed->eye);
	begin_request(bed);
	script(bed,
	    "DELETE o FROM organizations o JOIN organization_bindings b"
	    " ON b.organization_id = o.id WHERE b.user_id = '%s';"
	    "DELETE FROM audit_events WHERE user_id = '%s'"
	    " OR resource_id = '%s' OR detail = 'for user %s';"
	    "DELETE FROM users WHERE id = '%s';"
	    "DELETE FROM login_failures",
	    user, user, user, user, user);
	store_release(&bed->st);
	db_close(bed->db);
	db_close(bed->eye);
	arena_release(&bed->mem);
	config_release(&bed->config);
	return 0;
}

#define IN_BED(test_) \
	cmocka_unit_test_setup_teardown(test_, bed_setup, bed_teardown)

/* What organization_create() is given. */
struct creation {
	struct name name, project_name;
	struct licence licence;
	struct organization_create in;
};

/* A creation by that name, with a licence for `projects`. */
static inline struct organization_create *creation_of(struct bed *bed,
    struct creation *creation, const char *name, int64_t projects)
{
	struct organization_create *in = &creation->in;
	struct asker asker = bed->asker; /* the test's own caller stays */

	memset(creation, 0, sizeof(*creation));
	make_name(&creation->name, name);
	make_name(&creation->project_name, "First");
	in->name = &creation->name;
	in->project_name = &creation->project_name;
	in->licence = &creation->licence;
	asker.ask = (struct caller_ask){ .scope = SCOPE_SELF };
	assert_int_equal(organization_plan(&bed->st, &asker, in), ERR_NONE);
	strcpy(creation->licence.type, "growth");
	memset(creation->licence.kid, 'A', sizeof(creation->licence.kid) - 1);
	ulid_make(&bed->st.ids, (uint64_t)bed->st.now, creation->licence.jti);
	creation->licence.limits.projects = projects;
	creation->licence.issued_at = bed->st.now;
	return in;
}

/* An organization; the asker is its admin and asks about it from now on. */
static inline void make_organization(
    struct bed *bed, struct creation *creation, const char *name)
{
	struct organization_create *in = creation_of(bed, creation, name, 3);

	assert_int_equal(
	    organization_create(&bed->st, &bed->asker, in), ERR_NONE);
	memcpy(
	    bed->asker.caller.organization_id, in->organization.id, ULID_SIZE);
	strcpy(bed->asker.caller.organization_role, "admin");
}

/* A name that no other test has used: the user's id stands in it. */
static inline const char *name_of(struct bed *bed, const char *prefix)
{
	return arena_print(&bed->mem, "%s %s", prefix, bed->user_id);
}

/* All rows of an organization that would go with it. */
static inline int64_t rows_of(struct bed *bed, const char *organization)
{
	return number(bed,
	    "SELECT (SELECT COUNT(*) FROM organizations WHERE id = '%s')"
	    " + (SELECT COUNT(*) FROM projects WHERE organization_id = '%s')"
	    " + (SELECT COUNT(*) FROM licences WHERE organization_id = '%s')"
	    " + (SELECT COUNT(*) FROM organization_bindings"
	    " WHERE organization_id = '%s')"
	    " + (SELECT COUNT(*) FROM project_bindings"
	    " WHERE organization_id = '%s') AS value",
	    organization, organization, organization, organization,
	    organization);
}

#endif
