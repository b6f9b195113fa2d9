#!/usr/bin/env bats
# The rule of roles: rights are the least of the role that the user has there
# and of the role of the key.  Every kind of user, with every role and place of
# a key, calls every route; what is right is computed from the rule (roles.bash).
# shellcheck disable=SC2153,SC2154

setup() {
	load helper
	load tenancy
}

# make_people: USER_… is the id of each kind of user; a second project.
make_people() {
	local kind options

	new_stranger
	USER_stranger=$(sql "SELECT user_id FROM organization_bindings
	    WHERE organization_id = '$STRANGER_ORG'")
	for kind in user project-admin viewer system system-member; do
		options=()
		[[ $kind != system* ]] || options=(--system-admin)
		new_user "$(unique "$kind")@example.org" "${options[@]}"
		declare -g "USER_${kind//-/_}=$(user_id "$USER_EMAIL")"
		case $kind in
		user | system-member | project-admin | viewer)
			join_organization "$USER_EMAIL" user "$ORG" ;;
		esac
		case $kind in
		project-admin) join_project "$USER_EMAIL" admin "$PROJECT" "$ORG" ;;
		viewer) join_project "$USER_EMAIL" viewer "$PROJECT" "$ORG" ;;
		esac
	done
	USER_admin=$(user_id "$OWNER_EMAIL")
	install_licence "$(issue --type growth)"
	KEY=$OWNER_KEY api POST /v1/projects --data '{"displayName": "Two"}'
	SECOND=$(json .account.metadata.id)
	sql "DELETE FROM project_bindings
	    WHERE user_id = '$USER_admin' AND organization_id = '$ORG'"
}

# What each answer shows of ORG: user, role, place and the projects.
shown_trees() {
	jq -r --arg org "$ORG" --arg first "$PROJECT" '
	    (input_filename | split("/")[-1] | split(".")[1:]) +
	    [[.organizations[] | select(.organization.metadata.id == $org)] |
	    if . == [] then "-" else [.[0].accounts[] |
	    (if .metadata.id == $first then "first" else "second" end) +
	    (if .spec | has("secretKey") then "+" else "" end)] | join(" ")
	    end] | join(" ")' "$answers"/tree.*
}

shown_lists() {
	jq -r --arg org "$ORG" '
	    (input_filename | split("/")[-1] | split(".")[1:]) +
	    [[.organizations[].metadata.id] |
	    if index($org) then "there" else "-" end] | join(" ")' \
	    "$answers"/list.*
}

roles() {
	bash "$BATS_TEST_DIRNAME/roles.bash" "$@"
}

@test "every user with every key has the least of both roles on every route" {
	new_tenant
	make_people
	export ORG PROJECT SECOND STRANGER_ORG USER_admin USER_user \
	    USER_project_admin USER_viewer USER_system USER_system_member \
	    USER_stranger
	sql "$(roles keys)"
	answers=$BATS_TEST_TMPDIR/answers
	mkdir "$answers"
	roles requests "$answers" > "$BATS_TEST_TMPDIR/requests"
	curl --config "$BATS_TEST_TMPDIR/requests" > "$BATS_TEST_TMPDIR/codes"
	roles statuses < "$BATS_TEST_TMPDIR/codes"
	shown_trees > "$BATS_TEST_TMPDIR/shown"
	roles tree < "$BATS_TEST_TMPDIR/shown"
	shown_lists > "$BATS_TEST_TMPDIR/shown"
	roles list < "$BATS_TEST_TMPDIR/shown"
	# and nothing was changed on the way
	[ "$(sql "SELECT version FROM organizations WHERE id = '$ORG'")" = 1 ]
}

@test "a key with a role below admin creates no organization" {
	new_tenant
	for role in user viewer; do
		key=$(add_key --user "$OWNER_EMAIL" --role $role)
		KEY=$key api POST /v1/organizations \
		    --data "$(create_body "$(unique Key)")"
		expect_problem 403 'role below admin'
		! grep -q secretKey "$body_file"
	done
	key=$(add_key --user "$OWNER_EMAIL" --role admin)
	KEY=$key api POST /v1/organizations \
	    --data "$(create_body "$(unique Key)")"
	expect_status 200
}
