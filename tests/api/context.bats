#!/usr/bin/env bats
# The organization of the context, on every route that has one: the key's,
# else the header's, else the active project's, else the only one, else none.
# shellcheck disable=SC2154

setup() {
	load helper
	load tenancy
}

# The licence comes first: the free one has no place for the projects.
context_routes='licence accounts projects users create-project create-account'
context_lists='accounts projects users'

unknown_id=01ARZ3NDEKTSV4RRFFQ69G5FAV
not_yours='that this credential may use'
no_context='organization could not be determined from the context'

# ask ROUTE KEY [CURL ARGUMENT...]
ask() {
	local route=$1 key=$2

	shift 2
	case $route in
	licence)
		KEY=$key api PUT /v1/organization-license "$@" \
		    --data "$(licence_body "$LICENCE")"
		;;
	create-*)
		KEY=$key api POST "/v1/${route#create-}s" "$@" \
		    --data "{\"displayName\": \"$(unique Made)\"}"
		;;
	*)
		KEY=$key api GET "/v1/organizations/$route" "$@"
		;;
	esac
}

# The organizations of what a route has answered or done.
reached() { # ROUTE
	case $1 in
	licence)
		expect_status 204 && sql "SELECT organization_id FROM licences
		    WHERE limit_users = $LICENCE_MARK"
		;;
	accounts | projects)
		expect_status 200 && sql "SELECT DISTINCT organization_id
		    FROM projects WHERE id IN ($(json \
		    '[.accounts[].metadata.id | "'"'\(.)'"'"] | join(",")'))"
		;;
	users)
		# no two organizations of a test have the same members
		expect_status 200 && sql "SELECT organization_id FROM (
		    SELECT organization_id,
		        GROUP_CONCAT(user_id ORDER BY user_id) AS members
		    FROM organization_bindings GROUP BY organization_id) o
		    WHERE members = '$(json \
		    '[.users[].metadata.id] | sort | join(",")')'"
		;;
	create-*)
		expect_status 201 && sql "SELECT organization_id FROM projects
		    WHERE id = '$(json .account.metadata.id)'"
		;;
	esac
}

# Two organizations of one owner are told apart by a member of the second.
mark_second_organization() {
	new_user "$(unique second)@example.org"
	join_organization "$USER_EMAIL" user "$SECOND_ORG"
}

new_tenant_of_two() {
	new_tenant
	new_second_organization
	mark_second_organization
}

# expect_context ORGANIZATION KEY [CURL ARGUMENT...]: on every route.
expect_context() {
	local organization=$1 route got

	shift
	# every installation is an event, so that the mark is a new one
	LICENCE_MARK=$(sql 'SELECT 1000 + COUNT(*) FROM audit_events')
	LICENCE=$(issue --type enterprise --users "$LICENCE_MARK")
	for route in $context_routes; do
		ask "$route" "$@"
		got=$(reached "$route") || true
		[ "$got" = "$organization" ] || {
			echo "$route: expected $organization, got $got"
			return 1
		}
	done
}

fingerprint() {
	sql "SELECT COUNT(*), SUM(CRC32(id)) FROM licences UNION ALL
	    SELECT COUNT(*), SUM(CRC32(id)) FROM projects UNION ALL
	    SELECT COUNT(*), SUM(CRC32(jti)) FROM licence_claims UNION ALL
	    SELECT COUNT(*), SUM(CRC32(id)) FROM audit_events"
}

# expect_refusal STATUS DETAIL KEY [CURL ARGUMENT...]: on every route of
# ROUTES, and nothing has changed.
expect_refusal() {
	local status=$1 detail=$2 route before

	shift 2
	before=$(fingerprint)
	LICENCE=${LICENCE:-$(issue --type enterprise)}
	for route in ${ROUTES:-$context_routes}; do
		ask "$route" "$@"
		expect_refused "$status" "$detail" || {
			echo "$route $*"
			return 1
		}
	done
	[ "$(fingerprint)" = "$before" ]
}

# expect_no_context KEY [CURL ARGUMENT...]
expect_no_context() {
	ROUTES=licence expect_refusal 500 "$no_context" "$@"
	ROUTES="$context_lists create-project create-account" \
	    expect_refusal 403 "$no_context" "$@"
}

by_organization() { # ID: sets named
	named=(--header "X-Organization-ID: $1")
}

by_project() { # ID: sets named
	named=(--header "X-Bindplane-Account-ID: $1")
}

by_both() { # PROJECT ORGANIZATION: sets named
	named=(--header "X-Bindplane-Account-ID: $1"
	    --header "X-Organization-ID: $2")
}

# --- 1: the key ---------------------------------------------------------------

@test "an organization's key decides, not the active project" {
	new_tenant_of_two
	key=$(add_key --user "$OWNER_EMAIL" --org "$SECOND_ORG")
	expect_context "$SECOND_ORG" "$key"
}

@test "a header beside an organization's key may name the same" {
	new_tenant_of_two
	key=$(add_key --user "$OWNER_EMAIL" --org "$SECOND_ORG")
	by_organization "$SECOND_ORG"
	expect_context "$SECOND_ORG" "$key" "${named[@]}"
	by_project "$SECOND_PROJECT"
	expect_context "$SECOND_ORG" "$key" "${named[@]}"
	by_both "$SECOND_PROJECT" "$SECOND_ORG"
	expect_context "$SECOND_ORG" "$key" "${named[@]}"
}

@test "a header beside a bound key that names another organization is 403" {
	new_tenant_of_two
	key=$(add_key --user "$OWNER_EMAIL" --org "$FIRST_ORG")
	by_organization "$SECOND_ORG"
	expect_refusal 403 "$not_yours" "$key" "${named[@]}"
	by_project "$SECOND_PROJECT"
	expect_refusal 403 "$not_yours" "$key" "${named[@]}"
	by_both "$SECOND_PROJECT" "$SECOND_ORG"
	expect_refusal 403 "$not_yours" "$key" "${named[@]}"
}

@test "one right header does not excuse another beside a bound key" {
	new_tenant_of_two
	key=$(add_key --user "$OWNER_EMAIL" --org "$FIRST_ORG")
	LICENCE=$(issue --type enterprise)
	for pair in "$FIRST_PROJECT $SECOND_ORG" "$SECOND_PROJECT $FIRST_ORG" \
	    "$FIRST_PROJECT $unknown_id" "$unknown_id $FIRST_ORG"; do
		# shellcheck disable=SC2086 # two words
		by_both $pair
		for route in $context_routes; do
			ask "$route" "$key" "${named[@]}"
			[[ $status_code == 40[03] ]]
			expect_problem "$status_code"
		done
	done
}

@test "a bound key cannot probe for foreign ids by a header" {
	new_tenant
	new_stranger
	key=$(add_key --user "$OWNER_EMAIL" --org "$ORG")
	for name in by_organization by_project; do
		$name "$unknown_id"
		expect_refusal 403 '' "$key" "${named[@]}"
		detail=$(json .detail)
		for id in "$STRANGER_ORG" "$STRANGER_PROJECT" nonsense; do
			$name "$id"
			expect_refusal 403 "$detail" "$key" "${named[@]}"
		done
	done
}

@test "a project's key has a context, and no admin's rights in it" {
	new_tenant_of_two
	set_active_project "$OWNER_EMAIL"
	key=$(add_key --user "$OWNER_EMAIL" --project "$SECOND_PROJECT")
	expect_refusal 403 admin "$key"
	by_both "$SECOND_PROJECT" "$SECOND_ORG"
	expect_refusal 403 admin "$key" "${named[@]}"
}

@test "a header beside a project's key that names another project is 403" {
	new_tenant_of_two
	LICENCE=$(issue --type enterprise)
	ask licence "$OWNER_KEY"
	ask create-project "$OWNER_KEY"
	expect_status 201
	other=$(json .account.metadata.id)
	key=$(add_key --user "$OWNER_EMAIL" --project "$FIRST_PROJECT")
	for id in "$other" "$SECOND_PROJECT" "$unknown_id"; do
		by_project "$id"
		expect_refusal 403 "$not_yours" "$key" "${named[@]}"
	done
}

@test "the key of a user who has left its organization is 403" {
	new_tenant
	new_member
	sql "UPDATE organization_bindings SET role = 'admin'
	    WHERE user_id = '$(user_id "$MEMBER_EMAIL")'"
	key=$(add_key --user "$MEMBER_EMAIL" --org "$ORG")
	expect_context "$ORG" "$key"
	sql "DELETE FROM organization_bindings
	    WHERE user_id = '$(user_id "$MEMBER_EMAIL")'"
	expect_refusal 403 '' "$key"
	by_organization "$ORG"
	expect_refusal 403 '' "$key" "${named[@]}"
}

@test "a key of an organization that is deleted is 401, not another context" {
	new_tenant_of_two
	set_active_project "$OWNER_EMAIL" "$FIRST_PROJECT"
	of_organization=$(add_key --user "$OWNER_EMAIL" --org "$SECOND_ORG")
	of_project=$(add_key --user "$OWNER_EMAIL" --project "$SECOND_PROJECT")
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$SECOND_ORG"
	expect_status 204
	expect_refusal 401 '' "$of_organization"
	expect_refusal 401 '' "$of_project"
	by_organization "$FIRST_ORG"
	expect_refusal 401 '' "$of_organization" "${named[@]}"
}

# --- 2: the headers -----------------------------------------------------------

@test "a header decides, not the active project" {
	new_tenant_of_two
	by_organization "$SECOND_ORG"
	expect_context "$SECOND_ORG" "$OWNER_KEY" "${named[@]}"
	by_project "$SECOND_PROJECT"
	expect_context "$SECOND_ORG" "$OWNER_KEY" "${named[@]}"
}

@test "headers that agree are one" {
	new_tenant_of_two
	by_both "$SECOND_PROJECT" "$SECOND_ORG"
	expect_context "$SECOND_ORG" "$OWNER_KEY" "${named[@]}"
}

@test "headers that contradict each other are 400" {
	new_tenant_of_two
	by_both "$FIRST_PROJECT" "$SECOND_ORG"
	expect_refusal 400 'two different' "$OWNER_KEY" "${named[@]}"
	by_both "$SECOND_PROJECT" "$FIRST_ORG"
	expect_refusal 400 'two different' "$OWNER_KEY" "${named[@]}"
}

@test "a header with login and password is as one with a key" {
	new_tenant_of_two
	set_password "$OWNER_EMAIL" 'a good secret'
	login=(--user "$OWNER_EMAIL:a good secret")
	expect_context "$FIRST_ORG" '' "${login[@]}"
	by_organization "$SECOND_ORG"
	expect_context "$SECOND_ORG" '' "${login[@]}" "${named[@]}"
	by_both "$FIRST_PROJECT" "$SECOND_ORG"
	expect_refusal 400 'two different' '' "${login[@]}" "${named[@]}"
	by_project "$unknown_id"
	expect_refusal 403 "$not_yours" '' "${login[@]}" "${named[@]}"
}

@test "an admin of the organization may name a project he is not bound to" {
	new_tenant_of_two
	sql "DELETE FROM project_bindings WHERE project_id = '$SECOND_PROJECT'"
	by_project "$SECOND_PROJECT"
	expect_context "$SECOND_ORG" "$OWNER_KEY" "${named[@]}"
}

@test "what a header names must be the caller's: else 403, all alike" {
	new_tenant
	new_stranger
	ROUTES='licence users create-project'
	for id in "$STRANGER_ORG" "$unknown_id" "$PROJECT" nonsense "${ORG}0" \
	    "${ORG%?}" "$(tr '[:upper:]' '[:lower:]' <<< "$ORG")" \
	    "$ORG, $ORG" "' OR '1'='1" '%' null "$(unique x)"; do
		by_organization "$id"
		expect_refusal 403 "$not_yours" "$OWNER_KEY" "${named[@]}"
	done
	for id in "$STRANGER_PROJECT" "$unknown_id" "$ORG" nonsense \
	    "${PROJECT}0" "$PROJECT $PROJECT"; do
		by_project "$id"
		expect_refusal 403 "$not_yours" "$OWNER_KEY" "${named[@]}"
	done
}

@test "a header with bytes outside of ASCII, or a very long one, is 403" {
	new_tenant
	ROUTES='licence users create-project'
	for id in "${ORG}é" é $'\xff\xfe' '漢字' "$(printf 'x%.0s' {1..3000})"; do
		by_organization "$id"
		expect_refusal 403 "$not_yours" "$OWNER_KEY" "${named[@]}"
		by_project "$id"
		expect_refusal 403 "$not_yours" "$OWNER_KEY" "${named[@]}"
	done
}

@test "a wrong header is 403 also where there is no other context" {
	new_tenant
	new_user "$(unique alone)@example.org"
	by_organization "$ORG"
	expect_refusal 403 "$not_yours" "$USER_KEY" "${named[@]}"
	by_project "$unknown_id"
	expect_refusal 403 "$not_yours" "$USER_KEY" "${named[@]}"
}

@test "one's own header does not open another's" {
	new_tenant
	new_stranger
	by_both "$STRANGER_PROJECT" "$ORG"
	expect_refusal 403 "$not_yours" "$OWNER_KEY" "${named[@]}"
	by_both "$unknown_id" "$ORG"
	expect_refusal 403 "$not_yours" "$OWNER_KEY" "${named[@]}"
	# as an unknown one: nothing is told of the foreign organization
	by_both "$PROJECT" "$STRANGER_ORG"
	expect_refusal 400 'two different' "$OWNER_KEY" "${named[@]}"
	by_both "$PROJECT" "$unknown_id"
	expect_refusal 400 'two different' "$OWNER_KEY" "${named[@]}"
}

@test "a member may name his organization and is no admin by that" {
	new_tenant
	new_member
	by_organization "$ORG"
	expect_refusal 403 'needs an admin' "$MEMBER_KEY" "${named[@]}"
}

@test "a member may not name a project that he is not bound to" {
	new_tenant
	new_member
	by_project "$PROJECT"
	expect_refusal 403 "$not_yours" "$MEMBER_KEY" "${named[@]}"
	by_both "$PROJECT" "$ORG"
	expect_refusal 403 "$not_yours" "$MEMBER_KEY" "${named[@]}"
}

@test "who is bound to a project may name it and is no admin by that" {
	new_tenant
	for role in viewer user admin; do
		new_member
		join_project "$MEMBER_EMAIL" $role "$PROJECT" "$ORG"
		by_project "$PROJECT"
		expect_refusal 403 'needs an admin' "$MEMBER_KEY" "${named[@]}"
	done
}

@test "an admin's other organization lends him nothing where he is a member" {
	new_tenant
	new_stranger
	join_organization "$OWNER_EMAIL" user "$STRANGER_ORG"
	by_organization "$STRANGER_ORG"
	expect_refusal 403 'needs an admin' "$OWNER_KEY" "${named[@]}"
}

@test "an empty header is none" {
	new_tenant_of_two
	set_active_project "$OWNER_EMAIL" "$SECOND_PROJECT"
	expect_context "$SECOND_ORG" "$OWNER_KEY" \
	    --header 'X-Organization-ID;' --header 'X-Bindplane-Account-ID;'
	set_active_project "$OWNER_EMAIL"
	expect_no_context "$OWNER_KEY" --header 'X-Organization-ID;' \
	    --header 'X-Bindplane-Account-ID;'
}

@test "a deleted organization or its project in a header is 403" {
	new_tenant_of_two
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$SECOND_ORG"
	expect_status 204
	by_organization "$SECOND_ORG"
	expect_refusal 403 "$not_yours" "$OWNER_KEY" "${named[@]}"
	by_project "$SECOND_PROJECT"
	expect_refusal 403 "$not_yours" "$OWNER_KEY" "${named[@]}"
}

@test "without a valid credential a header is not looked at" {
	new_tenant
	by_organization "$ORG"
	expect_refusal 401 '' '' "${named[@]}"
	by_both "$PROJECT" "$unknown_id"
	expect_refusal 401 '' tny_nobody "${named[@]}"
}

@test "a header does not lend rights to a route that names its organization" {
	new_tenant
	new_stranger
	by_both "$PROJECT" "$ORG"
	KEY=$OWNER_KEY api GET "/v1/organizations/$STRANGER_ORG" "${named[@]}"
	expect_problem 404
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$STRANGER_ORG" \
	    "${named[@]}"
	expect_problem 403
	by_both "$STRANGER_PROJECT" "$STRANGER_ORG"
	KEY=$STRANGER_KEY api DELETE "/v1/organizations/$ORG" "${named[@]}"
	expect_problem 403
}

# --- 3: the active project ----------------------------------------------------

@test "the active project decides among several organizations" {
	new_tenant_of_two
	expect_context "$FIRST_ORG" "$OWNER_KEY"
	set_active_project "$OWNER_EMAIL" "$SECOND_PROJECT"
	expect_context "$SECOND_ORG" "$OWNER_KEY"
}

@test "the active project may be where the caller is no admin: 403" {
	new_tenant
	new_stranger
	join_organization "$OWNER_EMAIL" user "$STRANGER_ORG"
	set_active_project "$OWNER_EMAIL" "$STRANGER_PROJECT"
	expect_refusal 403 'needs an admin' "$OWNER_KEY"
}

@test "an active project in an organization that the user has left is none" {
	new_tenant_of_two
	new_stranger
	set_active_project "$OWNER_EMAIL" "$STRANGER_PROJECT"
	expect_no_context "$OWNER_KEY"
	sql "DELETE FROM organization_bindings WHERE organization_id =
	    '$FIRST_ORG' AND user_id = '$(user_id "$OWNER_EMAIL")'"
	set_active_project "$OWNER_EMAIL" "$FIRST_PROJECT"
	expect_context "$SECOND_ORG" "$OWNER_KEY"
}

@test "with the organization of the active project goes the context" {
	new_tenant_of_two
	KEY=$OWNER_KEY new_org
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$FIRST_ORG"
	expect_status 204
	expect_no_context "$OWNER_KEY"
}

# --- 4: the only organization -------------------------------------------------

@test "without an active project the only organization decides" {
	new_tenant
	set_active_project "$OWNER_EMAIL"
	expect_context "$ORG" "$OWNER_KEY"
}

@test "the only one that is left decides" {
	new_tenant_of_two
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$FIRST_ORG"
	expect_status 204
	expect_context "$SECOND_ORG" "$OWNER_KEY"
}

@test "the only organization of a member is his context: no admin, 403" {
	new_tenant
	new_member
	expect_refusal 403 'needs an admin' "$MEMBER_KEY"
}

# --- 5: none ------------------------------------------------------------------

@test "of several organizations none is guessed" {
	new_tenant_of_two
	set_active_project "$OWNER_EMAIL"
	expect_no_context "$OWNER_KEY"
}

@test "a role in one of several organizations is not guessed either" {
	new_tenant
	new_stranger
	join_organization "$OWNER_EMAIL" user "$STRANGER_ORG"
	set_active_project "$OWNER_EMAIL"
	expect_no_context "$OWNER_KEY"
}

@test "a user without an organization has no context" {
	new_user "$(unique alone)@example.org"
	expect_no_context "$USER_KEY"
}

# --- system administrators ----------------------------------------------------

@test "a system administrator may name any organization and project" {
	new_tenant
	new_user "$(unique system)@example.org" --system-admin
	by_organization "$ORG"
	expect_context "$ORG" "$USER_KEY" "${named[@]}"
	by_project "$PROJECT"
	expect_context "$ORG" "$USER_KEY" "${named[@]}"
	by_both "$PROJECT" "$ORG"
	expect_context "$ORG" "$USER_KEY" "${named[@]}"
}

@test "naming an organization does not make a system administrator a member" {
	new_tenant
	new_user "$(unique system)@example.org" --system-admin
	by_both "$PROJECT" "$ORG"
	for path in '' /accounts/all /projects/all; do
		KEY=$USER_KEY api GET "/v1/organizations$path" "${named[@]}"
		expect_status 200
		expect_json '.organizations == []'
	done
}

@test "a system administrator who names none has no context but his own" {
	new_tenant
	new_user "$(unique system)@example.org" --system-admin
	expect_no_context "$USER_KEY"
	OWNER_KEY=$USER_KEY OWNER_EMAIL=$USER_EMAIL
	KEY=$OWNER_KEY new_org
	expect_context "$ORG" "$OWNER_KEY"
}

@test "for a system administrator too a header must name what is there" {
	new_tenant
	new_stranger
	new_user "$(unique system)@example.org" --system-admin
	for id in "$unknown_id" nonsense "$PROJECT" é; do
		by_organization "$id"
		expect_refusal 403 '' "$USER_KEY" "${named[@]}"
	done
	by_project "$ORG"
	expect_refusal 403 '' "$USER_KEY" "${named[@]}"
	by_both "$PROJECT" "$STRANGER_ORG"
	expect_refusal 400 'two different' "$USER_KEY" "${named[@]}"
}

@test "a system administrator's bound key stays where it is bound" {
	new_tenant
	new_stranger
	new_user "$(unique system)@example.org" --system-admin
	key=$(add_key --user "$USER_EMAIL" --org "$ORG")
	expect_context "$ORG" "$key"
	by_organization "$STRANGER_ORG"
	expect_refusal 403 "$not_yours" "$key" "${named[@]}"
}

@test "a system administrator's key of a lesser role is no admin anywhere" {
	new_tenant
	new_user "$(unique system)@example.org" --system-admin
	by_organization "$ORG"
	for role in user viewer; do
		key=$(add_key --user "$USER_EMAIL" --role $role)
		expect_refusal 403 'needs an admin' "$key" "${named[@]}"
	done
}
