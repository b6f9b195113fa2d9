#!/usr/bin/env bats
# POST /v1/organizations/{id}/leave.
# shellcheck disable=SC2154

setup() {
	load helper
	load tenancy
	load cgi
	load hold
	load writes
}

teardown() {
	release_row
}

# leave EMAIL [BODY [CURL ARGUMENT...]]: by PASSWORD.
leave() {
	KEY='' api POST "/v1/organizations/$ORG/leave" \
	    --user "$1:$PASSWORD" --data "${2-}" "${@:3}"
}

# new_team: a tenant, an admin and a member with passwords: ADMIN, MEMBER_EMAIL
# and their ids ADMIN_ID and MEMBER.  The owner has a key alone.
new_team() {
	PASSWORD=$(unique secret)
	new_tenant || return
	new_member || return
	ADMIN=$MEMBER_EMAIL
	new_member || return
	sql "UPDATE organization_bindings SET role = 'admin'
	    WHERE user_id = '$(user_id "$ADMIN")'"
	set_password "$ADMIN" "$PASSWORD" 2> /dev/null
	set_password "$MEMBER_EMAIL" "$PASSWORD" 2> /dev/null
	ADMIN_ID=$(user_id "$ADMIN") MEMBER=$(user_id "$MEMBER_EMAIL")
}

role_of() { # ID
	sql "SELECT role FROM organization_bindings
	    WHERE organization_id = '$ORG' AND user_id = '$1'"
}

@test "who leaves loses projects, keys and active project, and is no member" {
	local bound

	new_team
	join_project "$MEMBER_EMAIL" user "$PROJECT" "$ORG"
	sql "UPDATE users SET active_project_id = '$PROJECT',
	    next_login_project_id = '$PROJECT' WHERE id = '$MEMBER'"
	bound=$(add_key --user "$MEMBER_EMAIL" --org "$ORG")
	leave "$MEMBER_EMAIL"
	expect_status 204
	[ ! -s "$body_file" ]
	[ -z "$(role_of "$MEMBER")" ]
	expect_key_status "$bound" 401 GET /v1/organizations
	expect_key_status "$MEMBER_KEY" 200 GET /v1/organizations
	expect_json '.organizations == []'
	[ "$(sql "SELECT active_project_id IS NULL, next_login_project_id IS NULL,
	    (SELECT COUNT(*) FROM project_bindings WHERE user_id = u.id)
	    FROM users u WHERE id = '$MEMBER'")" = '1	1	0' ]
	expect_audit 1 member.leave User "$MEMBER" "$MEMBER_EMAIL"
	# once more, it is done already; a key is not the person
	leave "$MEMBER_EMAIL"
	expect_status 204
	ORG=$(sql "SELECT name FROM organizations WHERE id = '$ORG'") \
	    leave "$MEMBER_EMAIL"
	expect_status 204
	expect_audit 1 member.leave User "$MEMBER" "$MEMBER_EMAIL"
	KEY=$MEMBER_KEY api POST "/v1/organizations/$ORG/leave" --data ''
	expect_type 404 no-resource
	# for an admin the member is gone
	KEY=$OWNER_KEY api DELETE "/v1/organizations/users/$MEMBER"
	expect_status 204
	expect_audit 1 member.leave User "$MEMBER" "$MEMBER_EMAIL"
}

@test "the last usable admin does not leave without a successor" {
	new_team
	leave "$ADMIN"
	expect_status 204
	set_password "$OWNER_EMAIL" "$PASSWORD" 2> /dev/null
	leave "$OWNER_EMAIL"
	expect_type 409 last-admin
	leave "$OWNER_EMAIL" "{\"successor\": \"$MEMBER\"}"
	expect_status 204
	[ "$(role_of "$MEMBER")" = admin ]
	[ -z "$(role_of "$(user_id "$OWNER_EMAIL")")" ]
	expect_audit 1 member.leave User "$(user_id "$OWNER_EMAIL")"
	expect_audit 0 member.role User "$MEMBER"
	leave "$MEMBER_EMAIL"
	expect_type 409 last-admin
}

@test "a successor who cannot be an admin keeps the admin there" {
	local stranger

	new_team
	new_stranger
	stranger=$(sql "SELECT user_id FROM organization_bindings
	    WHERE organization_id = '$STRANGER_ORG'")
	KEY=$OWNER_KEY api DELETE \
	    "/v1/organizations/users/$(user_id "$ADMIN")"
	set_password "$OWNER_EMAIL" "$PASSWORD" 2> /dev/null
	for id in "$stranger" 01ARZ3NDEKTSV4RRFFQ69G5FAV nobody; do
		leave "$OWNER_EMAIL" "{\"successor\": \"$id\"}"
		expect_type 409 not-a-member
	done
	leave "$OWNER_EMAIL" \
	    "{\"successor\": \"$(user_id "$OWNER_EMAIL")\"}"
	expect_type 400 bad-field 'another member'
	sql "UPDATE users SET disabled_at = UTC_TIMESTAMP(3)
	    WHERE id = '$MEMBER'"
	leave "$OWNER_EMAIL" "{\"successor\": \"$MEMBER\"}"
	expect_type 409 last-admin
	[ "$(role_of "$MEMBER") $(role_of "$(user_id "$OWNER_EMAIL")")" = \
	    'user admin' ]
	for text in '{"successor": 1}' '{"successor": ["a"]}' '[]' '{'; do
		leave "$OWNER_EMAIL" "$text"
		expect_problem 400
	done
}

@test "a member who is no admin has no successor, but may leave" {
	new_team
	leave "$MEMBER_EMAIL" "{\"successor\": \"$ADMIN_ID\"}"
	expect_problem 403 'only an admin'
	[ "$(role_of "$MEMBER")" = user ]
	leave "$MEMBER_EMAIL" '{"successor": null}'
	expect_status 204
}

@test "only a member leaves, and only as a person" {
	new_team
	new_stranger
	for key in "$OWNER_KEY" "$MEMBER_KEY"; do
		KEY=$key api POST "/v1/organizations/$ORG/leave" --data ''
		expect_type 403 not-for-keys
	done
	KEY=$STRANGER_KEY api POST "/v1/organizations/$ORG/leave" --data ''
	expect_type 404 no-resource
	KEY='' api POST "/v1/organizations/$ORG/leave" --data ''
	expect_problem 401
	for id in "$STRANGER_ORG" 01ARZ3NDEKTSV4RRFFQ69G5FAV nobody; do
		ORG=$id leave "$MEMBER_EMAIL"
		expect_type 404 no-resource
	done
	# a system administrator is no member by that
	KEY='' api POST "/v1/organizations/$ORG/leave" --data '' \
	    --user "$TENANTRY_LOGIN:$TENANTRY_PASSWORD"
	expect_type 404 no-resource
	[ "$(role_of "$MEMBER") $(role_of "$ADMIN_ID")" = 'user admin' ]
}

@test "leaving takes If-Match and an idempotency key" {
	local tag

	new_team
	KEY=$MEMBER_KEY api GET /v1/organizations/users/me
	tag=$(header ETag)
	leave "$MEMBER_EMAIL" '' --header 'If-Match: "m9-a"'
	expect_type 412 precondition-failed
	for replayed in '' true; do
		leave "$MEMBER_EMAIL" '' --header "If-Match: $tag" \
		    --header 'Idempotency-Key: a'
		expect_status 204
		[ "$(header Idempotency-Replayed)" = "$replayed" ]
	done
	expect_audit 1 member.leave User "$MEMBER" "$MEMBER_EMAIL"
}

@test "a dry run of leaving tells what would go and refuses as the act" {
	new_team
	join_project "$MEMBER_EMAIL" user "$PROJECT" "$ORG"
	add_key --user "$MEMBER_EMAIL" --org "$ORG"
	KEY='' api POST "/v1/organizations/$ORG/leave?dryRun=true" --data '' \
	    --user "$MEMBER_EMAIL:$PASSWORD"
	expect_status 200
	expect_json '.dryRun and (.keys | length) == 1 and
	    .wouldRemove == {members: 1, projectRoles: 1, apiKeys: 1}'
	[ "$(role_of "$MEMBER")" = user ]
	KEY=$OWNER_KEY api DELETE \
	    "/v1/organizations/users/$(user_id "$OWNER_EMAIL")"
	KEY='' api POST "/v1/organizations/$ORG/leave?dryRun=true" --data '' \
	    --user "$ADMIN:$PASSWORD"
	expect_type 409 last-admin
}

@test "of two admins who leave at once one stays" {
	local path

	new_team
	set_password "$OWNER_EMAIL" "$PASSWORD" 2> /dev/null
	path=/v1/organizations/$ORG/leave
	for _ in 1 2 3; do
		at_once "$ADMIN:$PASSWORD" POST "$path" '{}' \
		    "$OWNER_EMAIL:$PASSWORD" POST "$path" '{}'
		echo "$codes"
		[[ $codes = '204 409' || $codes = '409 204' ]]
		[ "$(sql "SELECT COUNT(*) FROM organization_bindings
		    WHERE organization_id = '$ORG' AND role = 'admin'")" = 1 ]
		sql "INSERT IGNORE INTO organization_bindings (user_id,
		    organization_id, role, created_at) SELECT id, '$ORG',
		    'admin', UTC_TIMESTAMP(3) FROM users
		    WHERE email IN ('$ADMIN', '$OWNER_EMAIL')"
	done
}

@test "who leaves and is removed at once goes once" {
	new_team
	for n in 1 2 3 4 5; do
		at_once "$MEMBER_EMAIL:$PASSWORD" POST \
		    "/v1/organizations/$ORG/leave" '{}' \
		    "$OWNER_KEY" DELETE "/v1/organizations/users/$MEMBER" ''
		echo "$codes"
		[[ $codes =~ ^(204|403|404)\ 204$ ]]
		[ "$(sql "SELECT COUNT(*) FROM audit_events
		    WHERE organization_id = '$ORG' AND resource_id = '$MEMBER'
		    AND action IN ('member.leave', 'member.remove')")" = "$n" ]
		[ -z "$(role_of "$MEMBER")" ]
		join_organization "$MEMBER_EMAIL" user "$ORG"
	done
}
