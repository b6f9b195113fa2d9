#!/usr/bin/env bats
# For system administrators: /v1/system/organizations and /v1/system/users, and
# what they read leaves.
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

setup() {
	load helper
	load tenancy
	load writes
}

ROOT_ID() {
	sql "SELECT id FROM users WHERE email = '$TENANTRY_LOGIN'"
}

# disable KEY ID BODY
disable() {
	KEY=$1 api PATCH "/v1/system/users/$2" --data "$3" "${@:4}"
}

@test "a system administrator lists organizations, also deleted ones" {
	new_tenant
	api GET "/v1/system/organizations?q=${ORG_NAME^^}"
	expect_status 200
	expect_json ".organizations == [.organizations[0]] and
	    (.organizations[0] | .metadata.id == \"$ORG\" and
	    .metadata.displayName == \"$ORG_NAME\" and
	    .kind == \"SystemOrganization\" and
	    .status.state == \"active\" and .status.deletedAt == null and
	    .status.projects == 1 and .status.members == 1)"
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_status 204
	api GET "/v1/system/organizations?q=$ORG_NAME&state=active"
	expect_json '.organizations == []'
	api GET "/v1/system/organizations?q=$ORG_NAME&state=deleted"
	expect_json "[.organizations[].metadata.id] == [\"$ORG\"] and
	    .organizations[0].status.deletedAt != null"
	[[ $body != *[Kk]ey* ]]
	for query in state=gone q=a\&q=b other=1 limit=0; do
		api GET "/v1/system/organizations?$query"
		expect_problem 400
	done
}

@test "a system administrator lists users, not those who are erased" {
	new_user "$(unique seen)@example.org" --name 'Seen Person'
	id=$(user_id "$USER_EMAIL")
	api GET "/v1/system/users?q=${USER_EMAIL^^}"
	expect_status 200
	expect_json ".users == [.users[0]] and (.users[0] |
	    .metadata.id == \"$id\" and .spec == {email: \"$USER_EMAIL\"} and
	    .status.state == \"active\" and .status.disabledAt == null and
	    .status.systemAdmin == false and .status.memberships == 0)"
	ctl user disable --email "$USER_EMAIL"
	api GET "/v1/system/users?q=$USER_EMAIL&state=active"
	expect_json '.users == []'
	api GET "/v1/system/users?q=$USER_EMAIL&state=disabled"
	expect_json '[.users[].status.state] == ["disabled"]'
	ctl user erase --email "$USER_EMAIL"
	api GET "/v1/system/users?q=erased"
	expect_json '.users == []'
	api GET /v1/system/users
	expect_json "[.users[].metadata.id] | index(\"$id\") == null"
	disable "$TENANTRY_API_KEY" "$id" '{"disabled": false}'
	expect_problem 404
}

@test "the lists have pages, CSV and a JSON value a line" {
	local i all path

	for i in 1 2 3; do
		new_user "$(unique "paged$i")@example.org"
	done
	for path in users organizations; do
		[ "$path" = users ] || for i in 1 2 3; do new_tenant; done
		api GET "/v1/system/$path"
		all=$(ids_of "$path")
		[ "$(pages "$path" "/v1/system/$path?limit=100")" = "$all" ]
		[ "$(tr ' ' '\n' <<< "$all")" = \
		    "$(tr ' ' '\n' <<< "$all" | LC_ALL=C sort)" ]
		api GET "/v1/system/$path?limit=2" --header 'Accept: text/csv'
		expect_status 200
		[ "$(wc -l < "$body_file")" = 3 ]
		api GET "/v1/system/$path?limit=2" \
		    --header 'Accept: application/x-ndjson'
		[ "$(wc -l < "$body_file")" = 2 ]
	done
}

@test "nobody else is shown them" {
	local path

	new_tenant
	for path in users organizations; do
		KEY='' api GET "/v1/system/$path"
		expect_problem 401
		KEY=$OWNER_KEY api GET "/v1/system/$path"
		expect_problem 403 'system administrator'
		KEY=$(add_key --user "$TENANTRY_LOGIN" --role user) \
		    api GET "/v1/system/$path"
		expect_problem 403
		KEY=$(bound_key "$TENANTRY_LOGIN" admin "$ORG") \
		    api GET "/v1/system/$path"
		expect_problem 403
	done
	disable "$OWNER_KEY" "$(ROOT_ID)" '{"disabled": true}'
	expect_problem 403
}

@test "a user who is disabled is refused everywhere, and enabled again" {
	local id

	new_login
	id=$(user_id "$USER_EMAIL")
	with_password "$USER_EMAIL" "$USER_PASSWORD"
	expect_status 200
	for _ in 1 2; do
		disable "$TENANTRY_API_KEY" "$id" '{"disabled": true}'
		expect_status 200
		expect_json '.user.status | .state == "disabled" and
		    .disabledAt != null'
	done
	[[ $(header ETag) == '"y2-'* ]]
	expect_key_status "$USER_KEY" 401 GET /v1/organizations
	with_password "$USER_EMAIL" "$USER_PASSWORD"
	expect_problem 401
	disable "$TENANTRY_API_KEY" "$id" '{"disabled": false}'
	expect_status 200
	expect_json '.user.status | .state == "active" and .disabledAt == null'
	expect_key_status "$USER_KEY" 200 GET /v1/organizations
	[ "$(sql "SELECT GROUP_CONCAT(CONCAT(action, ' ', user_id =
	    '$(ROOT_ID)') ORDER BY id) FROM audit_events
	    WHERE resource_id = '$id' AND action LIKE 'user.%able'")" = \
	    'user.disable 1,user.enable 1' ]
	[ "$(sql "SELECT GROUP_CONCAT(change_json ORDER BY id)
	    FROM audit_events WHERE resource_id = '$id'
	    AND action LIKE 'user.%able'")" = \
	    '{"state":"disabled"},{"state":"active"}' ]
	for body in '{}' '{"disabled": null}' '{"disabled": "true"}' ''; do
		disable "$TENANTRY_API_KEY" "$id" "$body"
		expect_problem 400
	done
	disable "$TENANTRY_API_KEY" "$id" '{"disabled": true}' \
	    --header 'If-Match: "y1-0"'
	expect_problem 412
	for id in 01ARZ3NDEKTSV4RRFFQ69G5FAV nobody; do
		disable "$TENANTRY_API_KEY" "$id" '{"disabled": true}'
		expect_problem 404
	done
}

@test "the last usable admin of an organization is not disabled" {
	new_tenant
	disable "$TENANTRY_API_KEY" "$(user_id "$OWNER_EMAIL")" \
	    '{"disabled": true}'
	expect_type 409 last-admin 'last usable admin'
	expect_key_status "$OWNER_KEY" 200 GET /v1/organizations
	new_member
	sql "UPDATE organization_bindings SET role = 'admin'
	    WHERE user_id = '$(user_id "$MEMBER_EMAIL")'"
	disable "$TENANTRY_API_KEY" "$(user_id "$OWNER_EMAIL")" \
	    '{"disabled": true}'
	expect_status 200
	disable "$TENANTRY_API_KEY" "$(user_id "$MEMBER_EMAIL")" \
	    '{"disabled": true}'
	expect_type 409 last-admin
}

@test "a session of a system administrator gives its password again" {
	local token

	KEY='' api POST /v1/session --header 'X-Requested-With: test' \
	    --header 'Content-Type: application/json' --data "{\"login\":
	    \"$TENANTRY_LOGIN\", \"password\": \"$TENANTRY_PASSWORD\"}"
	expect_status 201
	token=$(header Set-Cookie)
	token=${token#*=} token=${token%%;*}
	KEY='' api GET /v1/system/users --header "Cookie: $cookie_name=$token" \
	    --header 'X-Requested-With: test'
	expect_status 200
	sql "UPDATE sessions SET confirmed_at = UTC_TIMESTAMP(3)
	    - INTERVAL 11 MINUTE
	    WHERE digest = UNHEX(SHA2('$token', 256))"
	KEY='' api GET /v1/system/users --header "Cookie: $cookie_name=$token" \
	    --header 'X-Requested-With: test'
	expect_type 403 step-up
}

@test "a read of an organization by a stranger who may is a security event" {
	local reads="SELECT COUNT(*) FROM security_events
	    WHERE action = 'organization.read' AND organization_id ="

	new_tenant
	expect_key_status "$OWNER_KEY" 200 GET "/v1/organizations/$ORG"
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG"
	new_stranger
	KEY=$STRANGER_KEY api GET "/v1/organizations/$ORG"
	expect_problem 404
	[ "$(sql "$reads '$ORG'")" = 0 ]
	for _ in 1 2 3; do
		api GET "/v1/organizations/$ORG"
		expect_status 200
	done
	api GET /v1/organizations/users --header "X-Organization-ID: $ORG"
	expect_status 200
	# the first in a quarter of an hour
	[[ $(sql "$reads '$ORG'") == [12] ]]
	[ "$(sql "SELECT DISTINCT user_id FROM security_events
	    WHERE organization_id = '$ORG'")" = "$(ROOT_ID)" ]
	[ "$(sql "$reads '$STRANGER_ORG'")" = 0 ]
	# of an organization that is purged nothing is left
	ctl org delete "$ORG"
	ctl purge --org "$ORG" --now
	[ "$(sql "$reads '$ORG'")" = 0 ]
	# its own
	new_org
	api GET "/v1/organizations/$ORG"
	expect_status 200
	[ "$(sql "$reads '$ORG'")" = 0 ]
}
