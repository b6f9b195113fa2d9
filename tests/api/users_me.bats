#!/usr/bin/env bats
# Oneself: GET /v1/users/me.
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

setup() {
	load helper
	load tenancy
	load writes
}

# me KEY|LOGIN:PASSWORD [CURL ARGUMENT...]
me() {
	local who=()

	case $1 in
	*:*)
		who=(--user "$1")
		set -- '' "${@:2}"
		;;
	esac
	KEY=$1 api GET /v1/users/me "${who[@]}" "${@:2}"
}

# two_homes: OWNER, admin of ORG with PROJECT and SECOND, bound to both, and
# `user` of STRANGER_ORG.
two_homes() {
	new_place || return
	new_stranger || return
	join_project "$OWNER_EMAIL" viewer "$SECOND" "$ORG"
	join_organization "$OWNER_EMAIL" user "$STRANGER_ORG"
	set_active_project "$OWNER_EMAIL" "$PROJECT"
}

@test "a person sees the account, the organizations and the projects" {
	two_homes
	set_password "$OWNER_EMAIL" 'a long secret'
	for who in "$OWNER_KEY" "$OWNER_EMAIL:a long secret"; do
		me "$who"
		expect_status 200
		expect_json ".user | .metadata.id ==
		    \"$(user_id "$OWNER_EMAIL")\" and
		    .spec.email == \"$OWNER_EMAIL\" and
		    .spec.activeAccount == \"$PROJECT\" and
		    (.spec | has(\"role\") | not)"
		expect_json ".emailProved and (keys ==
		    [\"emailProved\", \"memberships\", \"user\"])"
		expect_json "[.memberships[] | {id: .organization.id, role,
		    projects}] == [
		    {id: \"$ORG\", role: \"admin\", projects: [
		        {id: \"$SECOND\", role: \"viewer\",
		            effectiveRole: \"admin\"},
		        {id: \"$PROJECT\", role: \"admin\",
		            effectiveRole: \"admin\"}]},
		    {id: \"$STRANGER_ORG\", role: \"user\", projects: []}]"
	done
	[[ $(header ETag) == '"o'* ]]
	[ "$(header Cache-Control)" = 'private, no-cache' ]
	[[ $body != *secretKey* && $body != *password* ]]
}

@test "an organization is named by id, name and display name" {
	new_tenant
	me "$OWNER_KEY"
	expect_json ".memberships[0].organization == {id: \"$ORG\",
	    name: \"$(sql "SELECT name FROM organizations
	    WHERE id = '$ORG'")\", displayName: \"$ORG_NAME\"}"
	[ "$(json '.memberships | length')" = 1 ]
}

@test "who is no member of anything has no memberships" {
	new_login
	me "$USER_EMAIL:$USER_PASSWORD"
	expect_status 200
	expect_json '.memberships == [] and .user.spec.activeAccount == ""'
	# a system administrator sees the own ones, too
	api GET /v1/users/me
	expect_status 200
	[[ $body != *"$USER_EMAIL"* ]]
}

@test "a key that is bound shows where it is bound" {
	two_homes
	me "$(bound_key "$OWNER_EMAIL" user "$STRANGER_ORG")"
	expect_status 200
	expect_json "[.memberships[].organization.id] == [\"$STRANGER_ORG\"] and
	    .user.spec.activeAccount == \"\""
	[[ $body != *"$ORG"* && $body != *"$PROJECT"* ]]
	me "$(bound_key "$OWNER_EMAIL" admin "$ORG" "$SECOND")"
	expect_json "[.memberships[] | .organization.id,
	    .projects[].id] == [\"$ORG\", \"$SECOND\"] and
	    .user.spec.activeAccount == \"\""
	[[ $body != *"$PROJECT"* && $body != *"$STRANGER_ORG"* ]]
	me "$(bound_key "$OWNER_EMAIL" admin "$ORG" "$PROJECT")"
	expect_json ".user.spec.activeAccount == \"$PROJECT\""
	# what it may not use it does not show: an admin who is not bound there
	sql "DELETE FROM project_bindings WHERE project_id = '$PROJECT'"
	for role in admin user; do
		me "$(add_key --user "$OWNER_EMAIL" --role "$role")"
		[[ $role$body == admin*"$PROJECT"* ||
		    ($role == user && $body != *"$PROJECT"*) ]]
	done
	# where its user is no member there is nothing to show
	new_user "$(unique out)@example.org"
	me "$(bound_key "$USER_EMAIL" admin "$ORG")"
	expect_json '.memberships == []'
}

@test "an address that nobody has proved is not proved, a login is none" {
	new_login
	sql "UPDATE users SET is_email_unproved = 1 WHERE id =
	    '$(user_id "$USER_EMAIL")'"
	me "$USER_KEY"
	expect_json '.emailProved == false'
	sql "UPDATE users SET is_email_unproved = 0, email = '$(unique me)'
	    WHERE email = '$USER_EMAIL'"
	me "$USER_KEY"
	expect_json '.emailProved == false'
}

@test "a change of what is shown changes the entity tag" {
	local tag

	two_homes
	me "$OWNER_KEY"
	tag=$(header ETag)
	me "$OWNER_KEY" --header "If-None-Match: $tag"
	expect_status 304
	sql "UPDATE project_bindings SET role = 'user'
	    WHERE project_id = '$SECOND'"
	me "$OWNER_KEY" --header "If-None-Match: $tag"
	expect_status 200
	[ "$(header ETag)" != "$tag" ]
}

@test "many organizations and projects take one statement" {
	local id

	new_house_of_many
	id=$(unique me)
	me "$OWNER_KEY" --header "X-Request-Id: $id"
	expect_status 200
	expect_json '(.memberships | length == 31) and
	    ([.memberships[] | select(.projects | length == 41)] |
	    length == 1)'
	within 5 grep -qsF "id=$id " "$served_log"/{tenantry,server}.log
	[[ $(service_log | grep -F "id=$id ") == *queries=1* ]]
}

# new_house_of_many: OWNER is a member of 31 organizations, of the first with 41
# projects.
new_house_of_many() {
	local owner

	new_tenant || return
	fill_projects 40
	owner=$(user_id "$OWNER_EMAIL")
	sql "INSERT INTO project_bindings (user_id, project_id,
	    organization_id, role, created_at) SELECT '$owner', id, '$ORG',
	    'user', UTC_TIMESTAMP(3) FROM projects
	    WHERE organization_id = '$ORG' AND id <> '$PROJECT'"
	sql "INSERT INTO organizations (id, name, display_name, name_key,
	    created_at, modified_at) SELECT CONCAT('00',
	    LEFT('${ORG:6}0000000000000000', 16), LPAD(seq, 8, '0')),
	    CONCAT('m-', LOWER('$ORG'), '-', seq),
	    CONCAT('Many ', seq, ' $ORG'), CONCAT('many ', seq, ' $ORG'),
	    UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) FROM $(numbers 30)"
	sql "INSERT INTO organization_bindings (user_id, organization_id, role,
	    created_at) SELECT '$owner', id, 'user', UTC_TIMESTAMP(3)
	    FROM organizations WHERE name LIKE CONCAT('m-', LOWER('$ORG'), '-%')"
}

@test "nobody is shown without a credential, and nobody is removed" {
	KEY='' api GET /v1/users/me
	expect_problem 401
	new_tenant
	KEY=$OWNER_KEY api GET '/v1/users/me?x=1'
	expect_problem 400
	for method in DELETE PUT POST; do
		KEY=$OWNER_KEY api $method /v1/users/me --data '{}'
		expect_problem 405
		[[ $(header Allow) == *GET* && $(header Allow) != *"$method"* ]]
	done
}
