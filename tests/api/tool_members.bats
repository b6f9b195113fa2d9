#!/usr/bin/env bats
# tenantryctl member and org: who belongs to an organization, and which there
# are.
#
# shellcheck disable=SC2154  # bats sets them

setup() {
	load helper
	load tenancy
	load tool
}

# a tenant whose licence allows some more
new_large_tenant() {
	new_tenant || return
	install_licence "$(issue --type enterprise --users "${1:-0}")"
	expect_status 204
}

# role_of EMAIL [PROJECT]: in ORG, or in the project.
role_of() {
	if [ -n "${2:-}" ]; then
		sql "SELECT role FROM project_bindings WHERE project_id = '$2'
		    AND user_id = '$(user_id "$1")'"
	else
		sql "SELECT role FROM organization_bindings
		    WHERE organization_id = '$ORG'
		    AND user_id = '$(user_id "$1")'"
	fi
}

@test "a member is added, changed and removed, each with its audit row" {
	new_large_tenant
	new_user "$(unique one)@example.org"
	id=$(user_id "$USER_EMAIL")
	expect_key_status "$USER_KEY" 404 GET "/v1/organizations/$ORG"
	with 0 '' member add --org "$ORG" --user "$USER_EMAIL" --role user --json
	jq -e --arg id "$id" --arg login "$USER_EMAIL" 'del(.since) == {id: $id,
	    login: $login, role: "user", projects: 0, disabledAt: null}' \
	    <<< "$output"
	expect_key_status "$USER_KEY" 200 GET "/v1/organizations/$ORG"
	expect_key_status "$USER_KEY" 403 GET /v1/organizations/users
	with 0 '' member role --org "$ORG" --user "$USER_EMAIL" --role admin
	expect_key_status "$USER_KEY" 200 GET /v1/organizations/users
	expect_json '.users | length == 2'
	with 0 '' member role --org "$ORG" --user "$USER_EMAIL" --role admin
	with 0 '' member remove --org "$ORG" --user "$USER_EMAIL"
	expect_key_status "$USER_KEY" 404 GET "/v1/organizations/$ORG"
	[ -z "$(role_of "$USER_EMAIL")" ]
	for action in add role remove; do
		[ "$(events member.$action "$id")" = 1 ]
	done
	[ "$(sql "SELECT COUNT(DISTINCT organization_id), MAX(organization_id)
	    FROM audit_events WHERE resource_id = '$id'
	    AND action LIKE 'member.%'")" = "1	$ORG" ]
}

@test "a member of a project is one of its organization" {
	new_large_tenant
	new_user "$(unique one)@example.org"
	with 0 '' member add --project "$PROJECT" --user "$USER_EMAIL" \
	    --role viewer
	[ "$(role_of "$USER_EMAIL") $(role_of "$USER_EMAIL" "$PROJECT")" = \
	    'user viewer' ]
	KEY=$USER_KEY api GET /v1/organizations/accounts/all
	expect_json ".organizations[0].accounts[0].metadata.id == \"$PROJECT\""
	with 0 '' member role --project "$PROJECT" --user "$USER_EMAIL" \
	    --role admin
	KEY=$USER_KEY api GET /v1/organizations/accounts/all
	expect_json '.organizations[0].accounts[0].spec.secretKey | length == 26'
	set_active_project "$USER_EMAIL" "$PROJECT"
	with 0 '' member remove --project "$PROJECT" --user "$USER_EMAIL"
	[ "$(role_of "$USER_EMAIL"),$(role_of "$USER_EMAIL" "$PROJECT")" = \
	    user, ]
	[ "$(sql "SELECT active_project_id IS NULL FROM users
	    WHERE email = '$USER_EMAIL'")" = 1 ]
	[ "$(sql "SELECT COUNT(*) FROM users WHERE
	    active_project_id = '$PROJECT'")" = 1 ]
}

@test "with the membership go its projects, its keys and the active project" {
	new_large_tenant
	new_viewer
	key=$(add_key --user "$USER_EMAIL" --org "$ORG")
	set_active_project "$USER_EMAIL" "$PROJECT"
	expect_key_status "$key" 200 GET "/v1/organizations/$ORG"
	broken=$(ctl check --deep 2>&1) || true # other tests have left broken rows
	with 0 '' member remove --org "$ORG" --user "$USER_EMAIL"
	expect_key_status "$key" 401 GET /v1/organizations
	expect_key_status "$VIEWER_KEY" 200 GET /v1/organizations
	expect_json '.organizations == []'
	[ -z "$(role_of "$USER_EMAIL" "$PROJECT")" ]
	[ "$(sql "SELECT active_project_id IS NULL FROM users
	    WHERE email = '$USER_EMAIL'")" = 1 ]
	[ "$(ctl check --deep 2>&1)" = "$broken" ]
}

@test "member says what is wrong and changes nothing" {
	new_large_tenant
	new_member
	before=$(rows_of "$ORG")
	user=(--user "$MEMBER_EMAIL" --role user)
	with 1 'has the role user in the organization already' member add \
	    --org "$ORG" "${user[@]}"
	with 1 'has no role in the project' member role --project "$PROJECT" \
	    "${user[@]}"
	with 1 'has no role in the project' member remove \
	    --project "$PROJECT" --user "$MEMBER_EMAIL"
	new_user "$(unique one)@example.org"
	with 1 'has no role in the organization' member role --org "$ORG" \
	    --user "$USER_EMAIL" --role user
	with 1 'has no role in the organization' member remove --org "$ORG" \
	    --user "$USER_EMAIL"
	with 2 'must be admin or user' member add --org "$ORG" \
	    --user "$USER_EMAIL" --role viewer
	with 2 'must be admin, user or viewer' member add \
	    --project "$PROJECT" --user "$USER_EMAIL" --role owner
	with 1 'there is no organization' member add --org "$PROJECT" "${user[@]}"
	with 1 'there is no project' member add --project "$ORG" "${user[@]}"
	with 1 'there is no user' member add --org "$ORG" --role user \
	    --user "$(unique no)@example.org"
	[ "$(rows_of "$ORG")" = "$before" ]
}

@test "the licence limits who is added" {
	new_large_tenant 2
	new_user "$(unique one)@example.org"
	with 0 '' member add --org "$ORG" --user "$USER_EMAIL" --role user
	new_user "$(unique two)@example.org"
	with 1 'allows 2 members, and there are 2' member add --org "$ORG" \
	    --user "$USER_EMAIL" --role user
	with 1 'allows 2 members' member add --project "$PROJECT" \
	    --user "$USER_EMAIL" --role viewer
	[ -z "$(role_of "$USER_EMAIL")" ]
	install_licence "$(issue --type enterprise)"
	sql "UPDATE licences SET expires_at = '2020-01-01'
	    WHERE organization_id = '$ORG'"
	with 1 'license has expired' member add --org "$ORG" \
	    --user "$USER_EMAIL" --role user
}

@test "an organization keeps its last usable admin" {
	new_large_tenant
	new_member
	for words in "role --role user" remove; do
		# shellcheck disable=SC2086 # words
		with 1 "last usable admin of the organization" member $words \
		    --org "$ORG" --user "$OWNER_EMAIL"
		[ "$(role_of "$OWNER_EMAIL")" = admin ]
	done
	# one that is disabled is of no use
	new_user "$(unique other)@example.org"
	with 0 '' member add --org "$ORG" --user "$USER_EMAIL" --role admin
	with 0 '' user disable --email "$USER_EMAIL"
	with 1 'last usable admin' member remove --org "$ORG" \
	    --user "$OWNER_EMAIL"
	with 0 '' user enable --email "$USER_EMAIL"
	with 0 '' member role --org "$ORG" --user "$OWNER_EMAIL" --role user
	with 1 'last usable admin' member remove --org "$ORG" \
	    --user "$USER_EMAIL"
	with 0 '' member remove --org "$ORG" --user "$USER_EMAIL" --force
}

@test "member list and org show count what there is" {
	new_large_tenant 7
	new_viewer
	slug=$(sql "SELECT name FROM organizations WHERE id = '$ORG'")
	with 0 '' member list --org "$slug" --json
	jq -e --arg owner "$OWNER_EMAIL" --arg viewer "$USER_EMAIL" \
	    'map({login, role, projects}) == [
	    {login: $owner, role: "admin", projects: 1},
	    {login: $viewer, role: "user", projects: 1}]' <<< "$output"
	with 0 '' member list --org "$ORG"
	[ "${#lines[@]}" = 3 ]
	for name in "$ORG" "$slug"; do
		with 0 '' org show "$name" --json
		jq -e --arg id "$ORG" --arg slug "$slug" --arg name "$ORG_NAME" \
		    'del(.createdAt) == {id: $id, name: $slug,
		    displayName: $name, licenseType: "enterprise",
		    projects: 1, projectLimit: 0, members: 2, memberLimit: 7,
		    licenseExpiresAt: null, deletedAt: null}' <<< "$output"
	done
	with 0 '' org show "$ORG"
	grep -Eqx 'memberLimit +7' <<< "$output"
	with 1 'there is no organization' org show "$PROJECT"
	with 1 'there is no organization' org show 'a b'
	with 0 '' org list --json
	jq -e --arg id "$ORG" 'any(.[]; .id == $id and .members == 2)' \
	    <<< "$output"
	[ "$(jq length <<< "$output")" = \
	    "$(sql 'SELECT COUNT(*) FROM organizations')" ]
}
