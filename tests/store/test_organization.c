#include "store.h"

/* --- create --------------------------------------------------------------- */

static void all_of_an_organization_is_made_at_once(void **state)
{
	struct bed *bed = *state;
	struct creation creation;
	struct organization_create *in = creation_of(
	    bed, &creation, name_of(bed, "Harbour Works"), 3);
	const char *id = in->organization.id, *user = bed->user_id;

	assert_int_equal(
	    organization_create(&bed->st, &bed->asker, in), ERR_NONE);
	assert_int_equal(rows_of(bed, id), 5);
	assert_int_equal(
	    number(bed,
		"SELECT COUNT(*) AS value FROM organization_bindings b"
		" JOIN project_bindings p USING (user_id, organization_id)"
		" JOIN users u ON u.id = b.user_id"
		" AND u.active_project_id = p.project_id"
		" WHERE b.organization_id = '%s' AND b.user_id = '%s'"
		" AND b.role = 'admin' AND p.role = 'admin'",
		id, user),
	    1);
	assert_int_equal(number(bed,
			     "SELECT COUNT(*) AS value FROM audit_events"
			     " WHERE organization_id = '%s' AND user_id = '%s'"
			     " AND action = 'organization.create'",
			     id, user),
	    1);
	assert_int_equal(in->organization.version, 1);
	assert_true(ulid_is_valid(in->project.id));
	assert_true(ulid_is_valid(in->project.secret_key));
	assert_string_not_equal(in->project.id, in->project.secret_key);
	assert_string_equal(in->project.display_name, "First");
}

static void an_active_project_stays(void **state)
{
	struct bed *bed = *state;
	struct creation one, two;

	make_organization(bed, &one, name_of(bed, "One"));
	strcpy(bed->asker.caller.active_project_id, one.in.project.id);
	make_organization(bed, &two, name_of(bed, "Two"));
	assert_int_equal(
	    number(bed,
		"SELECT COUNT(*) AS value FROM users WHERE id = '%s'"
		" AND active_project_id = '%s'",
		bed->user_id, one.in.project.id),
	    1);
}

/* Nothing but what stood there before. */
static void assert_not_created(
    struct bed *bed, struct organization_create *in, enum err err)
{
	int64_t events = number(
	    bed, "SELECT COUNT(*) AS value FROM audit_events");

	assert_int_equal(organization_create(&bed->st, &bed->asker, in), err);
	assert_int_equal(bed->fault.code, err);
	assert_int_equal(rows_of(bed, in->organization.id), 0);
	assert_int_equal(
	    number(bed, "SELECT COUNT(*) AS value FROM audit_events"), events);
}

static void a_name_is_taken_in_every_way_of_writing_it(void **state)
{
	struct bed *bed = *state;
	struct creation one, other;
	/* with sharp s, in capitals, with spaces before, with a wide s */
	const char *same[] = { "stra\xc3\x9f\x65", "STRASSE", "  Strasse",
		"\xef\xbd\x93trasse" };

	make_organization(bed, &one, name_of(bed, same[0]));
	for (size_t i = 0; i < COUNT_OF(same); i++)
		assert_not_created(bed,
		    creation_of(bed, &other, name_of(bed, same[i]), 3),
		    ERR_NAME_IN_USE);
	make_organization(bed, &other, name_of(bed, "Strasse 2"));
}

static void a_taken_slug_gives_way_to_the_id(void **state)
{
	struct bed *bed = *state;
	struct creation one, other;
	char lower[ULID_SIZE];

	make_organization(bed, &one, name_of(bed, "A-B"));
	make_organization(bed, &other, name_of(bed, "A+B"));
	for (size_t i = 0; i < ULID_SIZE; i++) {
		char c = other.in.organization.id[i];

		lower[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	assert_string_not_equal(
	    one.in.organization.name, other.in.organization.name);
	assert_string_equal(other.in.organization.name, lower);
	assert_int_equal(number(bed,
			     "SELECT COUNT(*) AS value FROM organizations"
			     " WHERE id = '%s' AND name = '%s'",
			     other.in.organization.id, lower),
	    1);
}

static void a_creator_who_went_away_creates_nothing(void **state)
{
	struct bed *bed = *state;
	struct creation creation;
	struct organization_create *in = creation_of(
	    bed, &creation, name_of(bed, "Ghost"), 3);

	script(bed, "DELETE FROM users WHERE id = '%s'", bed->user_id);
	assert_not_created(bed, in, ERR_NOT_CREATED);
}

static void a_licence_claimed_elsewhere_creates_nothing(void **state)
{
	struct bed *bed = *state;
	struct creation one, other;
	struct organization_create *in;

	make_organization(bed, &one, name_of(bed, "One"));
	in = creation_of(bed, &other, name_of(bed, "Other"), 3);
	strcpy(other.licence.jti, one.licence.jti);
	assert_not_created(bed, in, ERR_BAD_LICENCE);
}

static void a_limit_below_nothing_is_refused_by_the_schema(void **state)
{
	struct bed *bed = *state;
	struct creation creation;
	struct organization_create *in = creation_of(
	    bed, &creation, name_of(bed, "Less"), -1);

	assert_int_equal(
	    organization_create(&bed->st, &bed->asker, in), ERR_INTERNAL);
	assert_int_equal(rows_of(bed, in->organization.id), 0);
}

/* --- rename --------------------------------------------------------------- */

static int64_t version_of(struct bed *bed)
{
	return number(bed,
	    "SELECT version AS value FROM organizations WHERE id = '%s'",
	    bed->asker.caller.organization_id);
}

static enum err rename_to(struct bed *bed, const char *text)
{
	struct name name;

	make_name(&name, text);
	return organization_rename(&bed->st, &bed->asker, &name);
}

static void a_rename_shows_in_version_and_audit_trail(void **state)
{
	struct bed *bed = *state;
	struct creation creation;
	const char *name = name_of(bed, "New");

	make_organization(bed, &creation, name_of(bed, "Old"));
	assert_int_equal(rename_to(bed, name), ERR_NONE);
	assert_int_equal(version_of(bed), 2);
	assert_int_equal(
	    number(bed,
		"SELECT COUNT(*) AS value FROM audit_events e"
		" JOIN organizations o ON o.id = e.organization_id"
		" AND o.display_name = e.detail"
		" WHERE o.id = '%s' AND o.display_name = '%s'"
		" AND o.name = '%s' AND e.action = 'organization.rename'",
		creation.in.organization.id, name,
		creation.in.organization.name),
	    1);
}

static void ones_own_name_is_not_in_use(void **state)
{
	struct bed *bed = *state;
	struct creation creation;

	make_organization(bed, &creation, name_of(bed, "Own"));
	assert_int_equal(rename_to(bed, name_of(bed, "OWN")), ERR_NONE);
	assert_int_equal(version_of(bed), 2);
}

static void a_rename_to_the_name_it_has_writes_nothing(void **state)
{
	struct bed *bed = *state;
	struct creation creation;
	const char *id = creation.in.organization.id;

	make_organization(bed, &creation, name_of(bed, "Own"));
	assert_int_equal(rename_to(bed, name_of(bed, "Own")), ERR_NONE);
	assert_int_equal(number(bed,
			     "SELECT version + write_count AS value"
			     " FROM organizations WHERE id = '%s'",
			     id),
	    2);
	assert_int_equal(number(bed,
			     "SELECT COUNT(*) AS value FROM audit_events"
			     " WHERE organization_id = '%s'",
			     id),
	    1);
	/* no lock is left behind */
	script(bed, "UPDATE organizations SET version = 7 WHERE id = '%s'", id);
	/* a version that is not there is told also where nothing changes */
	bed->asker.expected_version = 1;
	assert_int_equal(rename_to(bed, name_of(bed, "Own")), ERR_PRECONDITION);
}

static void a_rename_to_anothers_name_changes_nothing(void **state)
{
	struct bed *bed = *state;
	struct creation one, other;

	make_organization(bed, &one, name_of(bed, "One"));
	make_organization(bed, &other, name_of(bed, "Other"));
	assert_int_equal(rename_to(bed, name_of(bed, "ONE")), ERR_NAME_IN_USE);
	assert_int_equal(version_of(bed), 1);
	/* the lock's count is a change of the same transaction */
	assert_int_equal(number(bed,
			     "SELECT write_count AS value FROM organizations"
			     " WHERE id = '%s'",
			     other.in.organization.id),
	    1);
}

/* --- the lock ------------------------------------------------------------- */

static void who_is_no_admin_any_more_is_refused_under_the_lock(void **state)
{
	static const enum err unknown[] = { ERR_NO_RESOURCE, ERR_FORBIDDEN };
	struct bed *bed = *state;
	struct creation creation;

	make_organization(bed, &creation, name_of(bed, "Lost"));
	script(bed,
	    "UPDATE organization_bindings SET role = 'user'"
	    " WHERE user_id = '%s'",
	    bed->user_id);
	for (size_t i = 0; i < COUNT_OF(unknown); i++) {
		bed->asker.ask.unknown = unknown[i];
		assert_int_equal(rename_to(bed, "Not"), unknown[i]);
	}
	assert_int_equal(version_of(bed), 1);
	/* the database is asked whether it is so */
	script(bed, "UPDATE users SET is_system_admin = 1 WHERE id = '%s'",
	    bed->user_id);
	bed->asker.caller.is_system_admin = true;
	strcpy(bed->asker.caller.organization_role, "user");
	assert_int_equal(rename_to(bed, name_of(bed, "Yes")), ERR_NONE);
}

static void a_locked_organization_is_busy_and_stays_as_it_is(void **state)
{
	struct bed *bed = *state;
	struct creation creation;
	const char *id = creation.in.organization.id;

	make_organization(bed, &creation, name_of(bed, "Locked"));
	assert_int_equal(db_begin(bed->eye), ERR_NONE);
	script(bed,
	    "UPDATE organizations SET write_count = write_count + 1"
	    " WHERE id = '%s'",
	    id);
	begin_request(bed);
	assert_int_equal(rename_to(bed, name_of(bed, "Free")), ERR_BUSY);
	db_rollback(bed->eye);
	begin_request(bed);
	assert_int_equal(version_of(bed), 1);
	assert_int_equal(rename_to(bed, name_of(bed, "Free")), ERR_NONE);
}

/* --- versions ------------------------------------------------------------- */

static void a_write_may_expect_the_version_there_is(void **state)
{
	struct bed *bed = *state;
	struct creation creation;

	make_organization(bed, &creation, name_of(bed, "One"));
	bed->asker.expected_version = 1;
	assert_int_equal(rename_to(bed, name_of(bed, "Two")), ERR_NONE);
	assert_int_equal(version_of(bed), 2);
	bed->asker.expected_version = 2;
	assert_int_equal(rename_to(bed, name_of(bed, "Three")), ERR_NONE);
}

static void another_version_than_expected_changes_nothing(void **state)
{
	static const int64_t others[] = { VERSION_NONE, 1, 3, INT64_MAX };
	struct bed *bed = *state;
	struct creation creation;

	make_organization(bed, &creation, name_of(bed, "One"));
	assert_int_equal(rename_to(bed, name_of(bed, "Two")), ERR_NONE);
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		bed->asker.expected_version = others[i];
		assert_int_equal(
		    rename_to(bed, name_of(bed, "Three")), ERR_PRECONDITION);
		assert_int_equal(bed->fault.code, ERR_PRECONDITION);
	}
	assert_int_equal(version_of(bed), 2);
}

/* Neither says of an organization that is another's which version it has. */
static void the_right_to_write_comes_before_the_version(void **state)
{
	struct bed *bed = *state;
	struct creation creation;

	make_organization(bed, &creation, name_of(bed, "One"));
	script(bed,
	    "UPDATE organization_bindings SET role = 'user'"
	    " WHERE organization_id = '%s'",
	    creation.in.organization.id);
	bed->asker.ask.unknown = ERR_NO_RESOURCE;
	for (int64_t version = VERSION_NONE; version <= 1; version++) {
		bed->asker.expected_version = version;
		assert_int_equal(
		    rename_to(bed, name_of(bed, "Two")), ERR_NO_RESOURCE);
	}
	assert_int_equal(version_of(bed), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_BED(all_of_an_organization_is_made_at_once),
		IN_BED(an_active_project_stays),
		IN_BED(a_name_is_taken_in_every_way_of_writing_it),
		IN_BED(a_taken_slug_gives_way_to_the_id),
		IN_BED(a_creator_who_went_away_creates_nothing),
		IN_BED(a_licence_claimed_elsewhere_creates_nothing),
		IN_BED(a_limit_below_nothing_is_refused_by_the_schema),
		IN_BED(a_rename_shows_in_version_and_audit_trail),
		IN_BED(ones_own_name_is_not_in_use),
		IN_BED(a_rename_to_the_name_it_has_writes_nothing),
		IN_BED(a_rename_to_anothers_name_changes_nothing),
		IN_BED(who_is_no_admin_any_more_is_refused_under_the_lock),
		IN_BED(a_locked_organization_is_busy_and_stays_as_it_is),
		IN_BED(a_write_may_expect_the_version_there_is),
		IN_BED(another_version_than_expected_changes_nothing),
		IN_BED(the_right_to_write_comes_before_the_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
