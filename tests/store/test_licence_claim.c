#include "store.h"

#include "store/licence.h"
#include "store/project.h"

/* An organization whose licence has the jti that is returned. */
static const char *make_licensed(struct bed *bed, struct creation *creation)
{
	make_organization(bed, creation, name_of(bed, "Licensed"));
	return creation->licence.jti;
}

static int64_t events_of(struct bed *bed, const char *action, const char *jti)
{
	return number(bed,
	    "SELECT COUNT(*) AS value FROM audit_events"
	    " WHERE action = '%s' AND detail = '%s'",
	    action, jti);
}

static enum err install(struct bed *bed, const char *jti)
{
	struct licence_use use = { 0 };
	struct licence licence = { .type = "growth" };

	memset(licence.kid, 'A', sizeof(licence.kid) - 1);
	strcpy(licence.jti, jti);
	licence.issued_at = bed->st.now;
	bed->asker.ask.scope = SCOPE_NAMED;
	return licence_install(&bed->st, &bed->asker, &licence, &use, false);
}

static const char *new_jti(struct bed *bed)
{
	char *jti = arena_alloc(&bed->mem, ULID_SIZE);

	ulid_make(&bed->st.ids, (uint64_t)bed->st.now, jti);
	return jti;
}

static void a_revoked_licence_in_force_is_known_as_such(void **state)
{
	struct bed *bed = *state;
	struct creation creation;
	struct licence_claim was;
	struct licence_use use = { 0 };
	const char *jti = make_licensed(bed, &creation);

	assert_int_equal(licence_revoke(&bed->st, jti, &was), ERR_NONE);
	assert_string_equal(was.organization_id, creation.in.organization.id);
	assert_string_equal(was.licence_id, creation.licence.id);
	assert_int_equal(was.revoked_at, 0);
	assert_int_equal(events_of(bed, "licence.revoke", jti), 1);
	assert_int_equal(
	    licence_use_find(&bed->st, creation.in.organization.id, &use),
	    ERR_NONE);
	assert_true(use.is_revoked);
}

static void a_key_that_is_revoked_twice_has_one_event(void **state)
{
	struct bed *bed = *state;
	struct creation creation;
	struct licence_claim was;
	const char *jti = make_licensed(bed, &creation);
	int64_t revoked_at = bed->st.now;

	assert_int_equal(licence_revoke(&bed->st, jti, &was), ERR_NONE);
	bed->st.now += 5000;
	assert_int_equal(licence_revoke(&bed->st, jti, &was), ERR_NONE);
	assert_int_equal(was.revoked_at, revoked_at);
	assert_int_equal(events_of(bed, "licence.revoke", jti), 1);
}

static void a_key_is_revoked_before_anybody_has_installed_it(void **state)
{
	struct bed *bed = *state;
	struct creation creation;
	struct licence_claim was;
	const char *jti = new_jti(bed);

	(void)make_licensed(bed, &creation);
	assert_int_equal(licence_revoke(&bed->st, jti, &was), ERR_NONE);
	assert_string_equal(was.organization_id, "");
	assert_int_equal(events_of(bed, "licence.revoke", jti), 1);
	assert_int_equal(install(bed, jti), ERR_BAD_LICENCE);
	assert_non_null(strstr(bed->fault.detail, "revoked"));
	/* the lock asks the database whether it is so */
	script(bed, "UPDATE users SET is_system_admin = 1 WHERE id = '%s'",
	    bed->asker.caller.user_id);
	bed->asker.caller.is_system_admin = true;
	assert_int_equal(install(bed, jti), ERR_NONE);
	assert_int_equal(number(bed,
			     "SELECT COUNT(*) AS value FROM licence_claims"
			     " WHERE jti = '%s' AND organization_id = '%s'"
			     " AND revoked_at IS NULL",
			     jti, creation.in.organization.id),
	    1);
	/* what was replaced by id is revoked in its place */
	assert_int_equal(number(bed,
			     "SELECT COUNT(*) AS value FROM licence_claims"
			     " WHERE jti = '%s' AND revoked_at IS NOT NULL",
			     creation.licence.jti),
	    1);
}

static void a_released_key_may_be_installed_elsewhere(void **state)
{
	struct bed *bed = *state;
	struct creation one, other;
	struct licence_claim was;
	const char *jti = make_licensed(bed, &one);

	script(bed, "DELETE FROM organizations WHERE id = '%s'",
	    bed->asker.caller.organization_id);
	make_organization(bed, &other, name_of(bed, "Other"));
	assert_int_equal(install(bed, jti), ERR_BAD_LICENCE);
	assert_int_equal(licence_release(&bed->st, jti, &was), ERR_NONE);
	assert_string_equal(was.organization_id, one.in.organization.id);
	assert_string_equal(was.licence_id, "");
	assert_int_equal(events_of(bed, "licence.release", jti), 1);
	assert_int_equal(install(bed, jti), ERR_NONE);
}

static void a_licence_in_force_is_not_released(void **state)
{
	struct bed *bed = *state;
	struct creation creation;
	struct licence_claim was;
	const char *jti = make_licensed(bed, &creation);

	assert_int_equal(licence_release(&bed->st, jti, &was), ERR_REFERENCE);
	assert_string_equal(was.organization_id, creation.in.organization.id);
	assert_int_equal(number(bed,
			     "SELECT COUNT(*) AS value FROM licence_claims"
			     " WHERE jti = '%s'",
			     jti),
	    1);
	assert_int_equal(events_of(bed, "licence.release", jti), 0);
	jti = new_jti(bed);
	assert_int_equal(licence_release(&bed->st, jti, &was), ERR_NO_RESOURCE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_BED(a_revoked_licence_in_force_is_known_as_such),
		IN_BED(a_key_that_is_revoked_twice_has_one_event),
		IN_BED(a_key_is_revoked_before_anybody_has_installed_it),
		IN_BED(a_released_key_may_be_installed_elsewhere),
		IN_BED(a_licence_in_force_is_not_released),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
