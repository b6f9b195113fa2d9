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

@test "a second delete is 204 to whoever made the first, else 403" {
	new_tenant
	new_stranger
	bound=$(add_key --user "$OWNER_EMAIL" --org "$ORG")
	viewer=$(add_key --user "$OWNER_EMAIL" --role viewer)
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_status 204
	for _ in 1 2; do
		KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
		expect_status 204
	done
	for key in "$viewer" "$STRANGER_KEY"; do
		KEY=$key api DELETE "/v1/organizations/$ORG"
		expect_problem 403
	done
	KEY=$bound api DELETE "/v1/organizations/$ORG"
	expect_problem 401
	api DELETE "/v1/organizations/$ORG" # a system administrator
	expect_status 204
	[ "$(sql "SELECT COUNT(*) FROM audit_events
	    WHERE organization_id = '$ORG'
	    AND action = 'organization.delete'")" = 1 ]
}

@test "a dry run tells what would go, and removes nothing" {
	local before

	new_tenant
	new_member
	KEY=$OWNER_KEY api POST /v1/api-keys --data '{"description": "One"}'
	before=$(rows_of "$ORG")
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG?dryRun=true" \
	    --header 'Idempotency-Key: one'
	expect_status 200
	expect_json '.dryRun == true and .limits == [] and
	    (.keys | map([.description, (.id | length), (.hint | length)])) ==
		[["One", 26, 4]] and
	    .wouldRemove == {"organizations": 1, "projects": 1, "members": 2,
		"projectRoles": 1, "apiKeys": 1}'
	[ "$(rows_of "$ORG")" = "$before" ]
	[ "$(sql "SELECT COUNT(*) FROM audit_events
	    WHERE organization_id = '$ORG'
	    AND action = 'organization.delete'")" = 0 ]
	# what tells of other tenants is for system administrators
	api DELETE "/v1/organizations/$ORG?dryRun=true"
	expect_json '.wouldRemove.usersWithoutOrganization == 2'
	# nor is an answer kept
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG?dryRun=false" \
	    --header 'Idempotency-Key: one'
	expect_status 204
	[ -z "$(header Idempotency-Replayed)" ]
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG?dryRun=true"
	expect_status 200
	expect_json '.wouldRemove == {} and .keys == []'
}

@test "a dry run is refused as the act is" {
	new_tenant
	new_member
	KEY=$MEMBER_KEY api DELETE "/v1/organizations/$ORG?dryRun=true"
	expect_problem 403
	KEY='' api DELETE "/v1/organizations/$ORG?dryRun=true"
	expect_problem 401
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG?dryRun=true" \
	    --header 'If-Match: "7"'
	expect_problem 412
	for query in dryRun= dryRun=1 dryRun=TRUE dryRun=true\&dryRun=true \
	    dryrun=true dryRun=true\&x=1; do
		KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG?$query"
		expect_problem 400
	done
	expect_key_status "$OWNER_KEY" 200 GET "/v1/organizations/$ORG"
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

@test "of 8 deletes at once one is made, and all are told that it is gone" {
	new_tenant
	KEY=$OWNER_KEY api_many 8 DELETE "/v1/organizations/$ORG"
	echo "$codes"
	[ "$(count_codes 204)" = 8 ]
	[ "$(sql "SELECT COUNT(*) FROM audit_events
	    WHERE organization_id = '$ORG'
	    AND action = 'organization.delete'")" = 1 ]
}
