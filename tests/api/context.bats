#!/usr/bin/env bats
# The organization of the context, where what there is changes.  That it is the
# key's, else the header's, else the active project's, else the only one, else
# none, for each caller and each route that has one, is tests/walk.
# shellcheck disable=SC2154

setup() {
	load helper
	load tenancy
}

# A read and two writes; the walk takes each route.  The licence comes first: the
# free one has no place for the project.
context_routes='licence users create-project'
context_lists='users'

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
		expect_problem "$status" "$detail" || {
			echo "$route $*"
			return 1
		}
	done
	[ "$(fingerprint)" = "$before" ]
}

# expect_no_context KEY [CURL ARGUMENT...]
expect_no_context() {
	ROUTES=licence expect_refusal 500 "$no_context" "$@"
	ROUTES="$context_lists create-project" \
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

# --- where what there is changes ------------------------------------------------

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

@test "a deleted organization or its project in a header is 403" {
	new_tenant_of_two
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$SECOND_ORG"
	expect_status 204
	by_organization "$SECOND_ORG"
	expect_refusal 403 "$not_yours" "$OWNER_KEY" "${named[@]}"
	by_project "$SECOND_PROJECT"
	expect_refusal 403 "$not_yours" "$OWNER_KEY" "${named[@]}"
}

@test "the slug of an organization serves in a header as its id does" {
	local slug foreign

	new_tenant_of_two
	slug=$(sql "SELECT name FROM organizations WHERE id = '$SECOND_ORG'")
	new_stranger
	foreign=$(sql "SELECT name FROM organizations
	    WHERE id = '$STRANGER_ORG'")
	by_organization "$slug"
	expect_context "$SECOND_ORG" "$OWNER_KEY" "${named[@]}"
	KEY=$OWNER_KEY api GET "/v1/organizations/$SECOND_ORG" "${named[@]}"
	expect_status 200
	KEY=$OWNER_KEY api GET "/v1/organizations/$FIRST_ORG" "${named[@]}"
	expect_problem 404 'two different organizations'
	for slug in "$foreign" no-such-slug "${foreign^^}"; do
		by_organization "$slug"
		expect_refusal 403 "$not_yours" "$OWNER_KEY" "${named[@]}"
	done
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$SECOND_ORG"
	expect_status 204
	slug=$(sql "SELECT name FROM organizations WHERE id = '$SECOND_ORG'")
	by_organization "$slug"
	expect_refusal 403 "$not_yours" "$OWNER_KEY" "${named[@]}"
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

@test "the only one that is left decides" {
	new_tenant_of_two
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$FIRST_ORG"
	expect_status 204
	expect_context "$SECOND_ORG" "$OWNER_KEY"
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
