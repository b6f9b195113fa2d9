#!/usr/bin/env bats
# DELETE /v1/organizations/{id}.
# shellcheck disable=SC2154

setup() {
	load helper
	load tenancy
}

teardown() {
	sql "DROP TRIGGER IF EXISTS broken_delete"
}

@test "a deleted organization leaves no row but audit events and users" {
	new_tenant
	new_member
	add_key --user "$OWNER_EMAIL" --org "$ORG" > /dev/null
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_status 204
	[ -z "$body" ]
	[ "$(rows_of "$ORG")" = 0 ]
	[ "$(sql "SELECT GROUP_CONCAT(action ORDER BY id SEPARATOR ' ')
	    FROM audit_events WHERE organization_id = '$ORG'")" = \
	    'organization.create key.create organization.delete' ]
	[ "$(sql "SELECT COUNT(*) FROM users WHERE email IN
	    ('$OWNER_EMAIL', '$MEMBER_EMAIL')")" = 2 ]
	[ "$(sql "SELECT active_project_id IS NULL FROM users
	    WHERE email = '$OWNER_EMAIL'")" = 1 ]
}

@test "the name of a deleted organization is free again" {
	new_tenant
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_status 204
	KEY=$OWNER_KEY new_org "$ORG_NAME"
}

@test "a deleted organization's key is dead" {
	new_tenant
	key=$(add_key --user "$OWNER_EMAIL" --org "$ORG")
	expect_key_status "$key" 200 GET /v1/organizations
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_status 204
	expect_key_status "$key" 401 GET /v1/organizations
}

@test "a second delete is 403" {
	new_tenant
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_problem 403
}

@test "a member, a viewer and a stranger delete nothing" {
	new_tenant
	new_member
	new_viewer
	new_stranger
	for key in "$MEMBER_KEY" "$VIEWER_KEY" "$STRANGER_KEY"; do
		KEY=$key api DELETE "/v1/organizations/$ORG"
		expect_problem 403
	done
	expect_key_status "$OWNER_KEY" 200 GET "/v1/organizations/$ORG"
}

@test "unknown, malformed and foreign ids look alike: 403" {
	new_tenant
	new_stranger
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$STRANGER_ORG"
	expect_problem 403
	foreign=$(json .detail)
	for id in 01ARZ3NDEKTSV4RRFFQ69G5FAV nonsense "${ORG}0"; do
		KEY=$OWNER_KEY api DELETE "/v1/organizations/$id"
		expect_problem 403
		[ "$(json .detail)" = "$foreign" ]
	done
}

@test "the slug deletes as the id does, and only for its admin" {
	new_tenant
	slug=$(sql "SELECT name FROM organizations WHERE id = '$ORG'")
	new_stranger
	KEY=$STRANGER_KEY api DELETE "/v1/organizations/$slug"
	expect_problem 403
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$slug"
	expect_status 204
	[ "$(rows_of "$ORG")" = 0 ]
}

@test "a system administrator may delete" {
	new_tenant
	api DELETE "/v1/organizations/$ORG"
	expect_status 204
}

@test "without a credential it is 401" {
	new_tenant
	KEY='' api DELETE "/v1/organizations/$ORG"
	expect_problem 401
}

@test "a delete that breaks at the audit event deletes nothing" {
	new_tenant
	before=$(rows_of "$ORG")
	sql "CREATE TRIGGER broken_delete BEFORE INSERT ON audit_events
	    FOR EACH ROW SIGNAL SQLSTATE '45000'"
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_problem 500
	[ "$(rows_of "$ORG")" = "$before" ]
}

@test "of 8 deletes at once exactly one succeeds" {
	new_tenant
	KEY=$OWNER_KEY api_many 8 DELETE "/v1/organizations/$ORG"
	echo "$codes"
	[ "$(count_codes 204)" = 1 ]
	[ "$(count_codes 403)" = 7 ]
}
