#!/usr/bin/env bats
# Users of the project of the context: /v1/users.
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

setup() {
	load helper
	load tenancy
	load writes
	load invitations
}

# users METHOD KEY PATH [CURL ARGUMENT...]: of PROJECT
users() {
	KEY=$2 api "$1" "/v1/users$3" \
	    --header "X-Bindplane-Account-ID: $PROJECT" "${@:4}"
}

# new_bound: a tenant with a member who is bound to its project: id.
new_bound() {
	new_tenant || return
	new_member || return
	id=$(user_id "$MEMBER_EMAIL")
	KEY=$OWNER_KEY api PUT "/v1/projects/$PROJECT/users/$id" \
	    --data '{"role": "viewer"}'
	expect_status 201
}

@test "the users of the project of the context are those of the project" {
	new_bound
	KEY=$OWNER_KEY api GET "/v1/projects/$PROJECT/users/$id"
	one=$body
	users GET "$OWNER_KEY" "/$id"
	expect_status 200
	[ "$body" = "$one" ]
	[[ $(header ETag) == '"b'* ]]
	KEY=$OWNER_KEY api GET "/v1/projects/$PROJECT/users"
	all=$body
	users GET "$OWNER_KEY" ''
	expect_status 200
	[ "$body" = "$all" ]
	users GET "$OWNER_KEY" '?limit=1'
	[[ $(header Link) == *'/v1/users?'* ]]
	users GET "$MEMBER_KEY" ''
	expect_problem 403
}

@test "a user is taken out of the project of the context once" {
	new_bound
	users DELETE "$OWNER_KEY" "/$id" --header 'If-Match: "b1"'
	expect_problem 412
	users DELETE "$OWNER_KEY" "/$id?dryRun=true"
	expect_status 200
	for _ in 1 2; do
		users DELETE "$OWNER_KEY" "/$id"
		expect_status 204
	done
	users GET "$OWNER_KEY" "/$id"
	expect_problem 404
	expect_audit 1 member.remove User "$id"
}

# --- adding -------------------------------------------------------------------

# add KEY ADDRESS [MEMBERS [CURL ARGUMENT...]]: to PROJECT.
add() {
	users POST "$1" '' --data "{\"email\": \"$2\"${3-}}" "${@:4}"
}

# new_room: a tenant whose licence has room: OWNER, and PROJECT's admin ADMIN_KEY.
new_room() {
	new_house || return
	new_user "$(unique lead)@example.org" || return
	ADMIN_KEY=$USER_KEY ADMIN_EMAIL=$USER_EMAIL
	join_organization "$USER_EMAIL" user "$ORG"
	join_project "$USER_EMAIL" admin "$PROJECT" "$ORG"
}

@test "a member of the organization is added to the project at once" {
	new_room
	new_member
	id=$(user_id "$MEMBER_EMAIL")
	add "$ADMIN_KEY" "${MEMBER_EMAIL^^}" ', "name": "Any", "create": true'
	expect_status 200
	expect_json ".updates | length == 1 and (.[0] |
	    .status == \"added\" and .before == null and
	    (.reason | length > 0) and .resource.kind == \"User\" and
	    .resource.metadata.id == \"$id\" and
	    .resource.spec.role == \"user\" and
	    (keys == [\"before\", \"reason\", \"resource\", \"status\"]))"
	users GET "$ADMIN_KEY" "/$id"
	expect_status 200
	expect_audit 1 member.add User "$id" "$ADMIN_EMAIL"
	# once more is no change
	add "$ADMIN_KEY" "$MEMBER_EMAIL"
	expect_status 200
	expect_json ".updates[0] | .status == \"unchanged\" and
	    .resource.metadata.id == \"$id\""
	expect_audit 1 member.add User "$id" "$ADMIN_EMAIL"
	[ "$(invitation_count)" = 0 ]
}

@test "a member who is in the project keeps the role there" {
	new_room
	new_viewer
	add "$ADMIN_KEY" "$USER_EMAIL"
	expect_json '.updates[0] | .status == "unchanged" and
	    .resource.spec.role == "viewer"'
}

@test "an address that is no member's is invited, known or not, alike" {
	local known unknown queries=() number

	new_room
	new_user "$(unique known)@example.org"
	for address in "$USER_EMAIL" "$(unique new)@example.org"; do
		number=$(unique add)
		add "$ADMIN_KEY" "$address" '' --header "X-Request-Id: $number"
		expect_status 200
		expect_json ".updates[0] | .status == \"invited\" and
		    .before == null and .resource.kind == \"Invitation\" and
		    .resource.spec == {email: \"$address\", role: \"user\",
		    projects: [{id: \"$PROJECT\", role: \"user\"}],
		    delivery: \"link\"} and .resource.status.state == \"pending\""
		[[ $body != *accept/* ]]
		known=$unknown
		unknown=$(sed "s/$address/x/g; s/[0-9a-f]\{64\}/h/g
		    s/01[0-9a-z]\{24\}/i/Ig; s/\"20[^\"]*Z\"/t/g" "$body_file")
		within 5 grep -qsF "id=$number " "$served_log"/*.log
		queries+=("$(service_log | grep -F "id=$number " |
		    sed 's/.*queries=\([0-9]*\).*/\1/')")
	done
	[ "$known" = "$unknown" ]
	[ "${queries[0]}" = "${queries[1]}" ]
	[ "$(sql "SELECT COUNT(*) FROM organization_bindings b JOIN users u
	    ON u.id = b.user_id WHERE b.organization_id = '$ORG'
	    AND u.email = '$USER_EMAIL'")" = 0 ]
	add "$ADMIN_KEY" "$USER_EMAIL"
	expect_type 409 already-invited
}

@test "who is invited so comes into the project" {
	new_room
	new_login
	add "$ADMIN_KEY" "$USER_EMAIL"
	INVITED=$(json '.updates[0].resource.metadata.id')
	backdate
	invitation POST "$ADMIN_KEY" "/$INVITED/resend" \
	    --data '{"delivery": "link"}'
	expect_invited
	accept "$USER_EMAIL:$USER_PASSWORD"
	expect_status 200
	users GET "$ADMIN_KEY" "/$(user_id "$USER_EMAIL")"
	expect_json '.user.spec.role == "user"'
}

@test "a system administrator is told of an address without an account" {
	new_room
	address=$(unique new)@example.org
	for more in '' ', "create": false'; do
		add "$TENANTRY_API_KEY" "$address" "$more"
		expect_type 422 no-account 'create as true'
	done
	[ "$(invitation_count)" = 0 ]
	add "$TENANTRY_API_KEY" "$address" ', "create": true'
	expect_json '.updates[0].status == "invited"'
	# nobody else is
	add "$OWNER_KEY" "$(unique new)@example.org" ', "create": false'
	expect_json '.updates[0].status == "invited"'
	new_user "$(unique known)@example.org"
	add "$TENANTRY_API_KEY" "$USER_EMAIL"
	expect_json '.updates[0].status == "invited"'
}

@test "who is no admin of the project adds nobody to it" {
	new_room
	new_viewer
	new_stranger
	for key in "$VIEWER_KEY" "$STRANGER_KEY" \
	    "$(add_key --user "$OWNER_EMAIL" --role user)"; do
		add "$key" "$OWNER_EMAIL"
		expect_problem 403
	done
	PROJECT=$SECOND
	add "$ADMIN_KEY" "$OWNER_EMAIL"
	expect_problem 403
	[ "$(invitation_count)" = 0 ]
}

@test "an addition that is no address is 400" {
	new_room
	expect_bodies 400 "$OWNER_KEY" POST /v1/users <<'EOF'
{}
{"email": ""}
{"email": null}
{"email": "admin"}
{"email": "a@b", "create": "yes"}
{"email": 1}
[
EOF
	[ "$(invitation_count)" = 0 ]
}

@test "a licence without a seat keeps members, and invites nobody" {
	new_room
	new_member
	sql "UPDATE licences SET limit_users = 3 WHERE organization_id = '$ORG'"
	add "$ADMIN_KEY" "$(unique new)@example.org"
	expect_type 409 seat-limit
	add "$ADMIN_KEY" "$MEMBER_EMAIL"
	expect_json '.updates[0].status == "added"'
}

@test "an addition that is sent again is made once, and is shown by right" {
	new_room
	new_member
	for address in "$MEMBER_EMAIL" "$(unique new)@example.org"; do
		for replayed in '' true; do
			add "$ADMIN_KEY" "$address" '' \
			    --header "Idempotency-Key: ${address%@*}"
			expect_status 200
			[ "$(header Idempotency-Replayed)" = "$replayed" ]
			expect_json ".updates[0].resource.spec.email ==
			    \"$address\""
			[ -n "$replayed" ] || first=$(json '.updates[0].status')
			expect_json ".updates[0].status == \"$first\""
		done
	done
	[ "$(invitation_count)" = 1 ]
	expect_audit 1 member.add User "$(user_id "$MEMBER_EMAIL")" \
	    "$ADMIN_EMAIL"
	sql "UPDATE project_bindings SET role = 'viewer' WHERE user_id =
	    '$(user_id "$ADMIN_EMAIL")'"
	add "$ADMIN_KEY" "$MEMBER_EMAIL" '' \
	    --header "Idempotency-Key: ${MEMBER_EMAIL%@*}"
	expect_status 200
	expect_json '.updates == [{resource: null, status: null, reason: null,
	    before: null}]'
}

@test "a member who is added twice at once is added once" {
	new_room
	new_member
	at_once "$ADMIN_KEY" POST /v1/users "{\"email\": \"$MEMBER_EMAIL\"}" \
	    "$ADMIN_KEY" POST /v1/users "{\"email\": \"$MEMBER_EMAIL\"}"
	[ "$codes" = '200 200' ]
	expect_audit 1 member.add User "$(user_id "$MEMBER_EMAIL")" \
	    "$ADMIN_EMAIL"
}
