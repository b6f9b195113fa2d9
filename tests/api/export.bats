#!/usr/bin/env bats
# Exports: of a person, GET /v1/users/me/export; of an organization, GET
# /v1/organizations/{id}/export and tenantryctl export.
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

setup() {
	load helper
	load tenancy
	load writes
	load invitations
	load tool
}

# export_me: by USER_EMAIL.
export_me() {
	KEY='' api GET /v1/users/me/export \
	    --user "$USER_EMAIL:$USER_PASSWORD"
}

# lines_of KIND: of the export in the body, as a list.
lines_of() {
	jq -c -s "map(select(.kind == \"$1\"))" "$body_file"
}

# expect_whole FILE: the last line has the count and the sum of those before.
expect_whole() {
	local sum

	sum=$(head -n -1 "$1" | sha256sum)
	[ "$(tail -n 1 "$1")" = "{\"lines\":$(($(wc -l < "$1") - 1)),$(
	)\"sha256\":\"${sum%% *}\"}" ]
}

# no_secrets FILE: of all that is secret in the database of ORG and of the user.
no_secrets() {
	local secret

	while read -r secret; do
		! grep -qiF -- "$secret" "$1" || {
			echo "in the export: $secret"
			return 1
		}
	done < <(sql "SELECT LOWER(HEX(digest)) FROM api_keys
	    UNION SELECT LOWER(HEX(digest)) FROM sessions
	    UNION SELECT LOWER(HEX(digest)) FROM invitations
	    UNION SELECT secret_key FROM projects
	        WHERE secret_key NOT IN (SELECT id FROM organizations)
	    UNION SELECT secret_key FROM secret_keys
	    UNION SELECT password_hash FROM users
	        WHERE password_hash IS NOT NULL")
	! grep -q 'tny_\|hash\|digest\|secret' "$1"
}

@test "a person takes along all that there is of the person" {
	local id key person

	new_house
	new_login
	person=$USER_EMAIL
	id=$(user_id "$USER_EMAIL")
	join_organization "$USER_EMAIL" admin "$ORG"
	join_project "$USER_EMAIL" viewer "$PROJECT" "$ORG"
	guest=$(unique guest)@example.org
	invite "$USER_KEY" "$guest" user '' --header "X-Organization-ID: $ORG"
	expect_status 201
	key=$(add_key --user "$USER_EMAIL" --org "$ORG" --name 'For the export')
	with_password "$USER_EMAIL" wrong
	expect_status 401
	with_password "$USER_EMAIL" wrong
	# a right one forgets those of its own address
	sql "UPDATE login_failures SET address = '192.0.2.7'
	    WHERE login_digest = UNHEX(SHA2('$person', 256))"
	sql "INSERT INTO address_changes (user_id, id, email, email_key,
	    created_at) VALUES ('$id', '$id', 'new-$person', 'new-$person',
	    UTC_TIMESTAMP(3));
	    INSERT INTO outbox (id, kind, user_id, change_id, state,
	    created_at, due_at, ended_at) VALUES ('$id', 'new', '$id', '$id',
	    'sent', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))"
	new_house
	invite "$OWNER_KEY" "$person" admin
	expect_status 201
	USER_EMAIL=$person
	export_me
	expect_status 200
	[ "$(header Cache-Control)" = no-store ]
	expect_json ".user | .id == \"$id\" and .email == \"$USER_EMAIL\" and
	    .systemAdmin == false"
	expect_json '[.memberships[].role] == ["admin"] and
	    [.projectRoles[].role] == ["viewer"] and
	    .rolesInDeletedOrganizations == []'
	expect_json '[.apiKeys[].description] | contains(["For the export"])'
	expect_json "[.invitationsMade[].email] == [\"$guest\"] and
	    [.invitationsReceived[] | .email, .role] ==
	    [\"$USER_EMAIL\", \"admin\"]"
	expect_json '.sessions == [] and
	    [.securityEvents[].action] == ["password.failure"] and
	    [.loginFailures[].failures] == [2]'
	expect_json "[.addressChanges[].email] == [\"new-$person\"] and
	    [.mails[] | .about, .state] == [\"new\", \"sent\"]"
	[[ $body != *"$key"* ]]
	no_secrets "$body_file"
	# nothing of anybody else
	[[ $body != *"$OWNER_EMAIL"* ]]
	KEY=$(add_key --user "$person") api GET /v1/users/me/export
	expect_type 403 not-for-keys
	KEY='' api GET /v1/users/me/export
	expect_problem 401
}

@test "each table that has something of a user is in the export of one" {
	local known="api_keys deleted_bindings invitations organization_bindings
	    project_bindings security_events sessions users login_failures
	    address_changes outbox"
	local table

	# idempotency keys live for a day and have ids alone
	for table in $(sql "SELECT DISTINCT table_name
	    FROM information_schema.columns WHERE table_schema = 'tenantry'
	    AND column_name IN ('user_id', 'invited_by', 'accepted_by')
	    AND table_name NOT IN ('idempotency_keys', 'audit_events')"); do
		[[ " ${known//$'\n'/ } " == *[[:space:]]"$table"[[:space:]]* ]]
	done
}

@test "the export of an organization is whole and has no secret" {
	new_house
	new_member
	join_project "$MEMBER_EMAIL" viewer "$PROJECT" "$ORG"
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG" \
	    --data '{"labels": {"team": "blue \"one\""}}'
	expect_status 200
	invite "$OWNER_KEY" "$(unique guest)@example.org" user
	add_key --owner organization --org "$ORG" --role admin > /dev/null
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG/export"
	expect_status 200
	[ "$(header Content-Type)" = application/x-ndjson ]
	[[ $(header Content-Disposition) == *"\"$ORG.ndjson\"" ]]
	expect_whole "$body_file"
	no_secrets "$body_file"
	[ "$(head -n 1 "$body_file" | jq -r '.format, .organizationId')" = \
	    "tenantry-export-1"$'\n'"$ORG" ]
	[ "$(lines_of organization | jq -c '[.[] | .id, .displayName,
	    .labels]')" = \
	    "[\"$ORG\",\"$ORG_NAME\",{\"team\":\"blue \\\"one\\\"\"}]" ]
	[ "$(lines_of project | jq length)" = 2 ]
	[ "$(lines_of member | jq -c '[.[].email] | sort')" = \
	    "$(jq -nc --arg a "$OWNER_EMAIL" --arg b "$MEMBER_EMAIL" \
	    '[$a, $b] | sort')" ]
	[ "$(lines_of projectRole | jq length)" = 2 ]
	[ "$(lines_of invitation | jq -r '.[].role')" = user ]
	[ "$(lines_of apiKey | jq length)" = 1 ]
	# the tool's is the same, but for the time in its head and the sum
	ctl export --org "$ORG" > "$BATS_TEST_TMPDIR/tool"
	expect_whole "$BATS_TEST_TMPDIR/tool"
	[ "$(tail -n +2 "$BATS_TEST_TMPDIR/tool" | head -n -1)" = \
	    "$(tail -n +2 "$body_file" | head -n -1)" ]
}

@test "an organization of many projects is exported in one stream" {
	new_tenant
	fill_projects 2000
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG/export"
	expect_status 200
	expect_whole "$body_file"
	[ "$(lines_of project | jq length)" = 2001 ]
	KEY=$OWNER_KEY api HEAD "/v1/organizations/$ORG/export"
	expect_status 200
}

@test "only an admin of it exports an organization" {
	local key

	new_house
	new_member
	new_stranger
	KEY='' api GET "/v1/organizations/$ORG/export"
	expect_problem 401
	expect_key_status "$MEMBER_KEY" 403 GET "/v1/organizations/$ORG/export"
	expect_key_status "$STRANGER_KEY" 404 \
	    GET "/v1/organizations/$ORG/export"
	key=$(add_key --owner organization --org "$ORG" --role admin)
	expect_key_status "$key" 403 GET "/v1/organizations/$ORG/export"
	key=$(add_key --owner organization --org "$ORG" --role admin --manage)
	expect_key_status "$key" 200 GET "/v1/organizations/$ORG/export"
	with 1 'there is no organization' export --org nobody
	with 2 '' export
}

@test "a session gives its password again for an export" {
	local token path

	new_house
	new_login
	join_organization "$USER_EMAIL" admin "$ORG"
	KEY='' api POST /v1/session --header 'X-Requested-With: test' \
	    --header 'Content-Type: application/json' --data \
	    "{\"login\": \"$USER_EMAIL\", \"password\": \"$USER_PASSWORD\"}"
	expect_status 201
	token=$(header Set-Cookie)
	token=${token#*=} token=${token%%;*}
	for path in users/me "organizations/$ORG"; do
		sql "UPDATE sessions SET confirmed_at = UTC_TIMESTAMP(3)
		    WHERE user_id = '$(user_id "$USER_EMAIL")'"
		KEY='' api GET "/v1/$path/export" \
		    --header "Cookie: $cookie_name=$token" \
		    --header 'X-Requested-With: test'
		expect_status 200
		sql "UPDATE sessions SET confirmed_at = UTC_TIMESTAMP(3)
		    - INTERVAL 11 MINUTE
		    WHERE user_id = '$(user_id "$USER_EMAIL")'"
		KEY='' api GET "/v1/$path/export" \
		    --header "Cookie: $cookie_name=$token" \
		    --header 'X-Requested-With: test'
		expect_type 403 step-up
	done
}
