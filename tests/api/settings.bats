#!/usr/bin/env bats
# Settings that are off, or have a default that the service of the tests keeps:
# each request is a process of its own, as plain CGI, with other settings.
# shellcheck disable=SC2030,SC2031,SC2154

setup() {
	load helper
	load tenancy
	load writes
	load invitations
	load cgi
}

# --- direct_add ---------------------------------------------------------------

# add_user KEY ADDRESS ROLE
add_user() {
	KEY=$1 cgi_send POST /v1/organizations/users \
	    "{\"email\": \"$2\", \"role\": \"$3\"}"
}

@test "with direct_add an admin adds a user whose address is proved at once" {
	local user

	new_house
	new_user "$(unique known)@example.org"
	user=$(user_id "$USER_EMAIL")
	add_user "$OWNER_KEY" "$USER_EMAIL" user
	expect_status 202
	settings 'direct_add = on'
	add_user "$OWNER_KEY" "${USER_EMAIL^^}" user
	expect_status 201
	[[ $(header Location) == */v1/organizations/users/"$user" ]]
	expect_json "(keys == [\"user\"]) and .user.metadata.id == \"$user\" and
	    .user.spec.role == \"user\""
	expect_audit 1 member.add User "$user"
	# its invitation of before is used up
	[ "$(sql "SELECT state FROM invitations
	    WHERE organization_id = '$ORG'")" = accepted ]
	add_user "$OWNER_KEY" "$USER_EMAIL" user
	expect_type 409 already-a-member
}

@test "with direct_add whose address is not proved is invited, and a limit holds" {
	new_house
	settings 'direct_add = on'
	add_user "$OWNER_KEY" "$(unique nobody)@example.org" user
	expect_status 202
	new_user "$(unique unproved)@example.org"
	sql "UPDATE users SET is_email_unproved = 1 WHERE email = '$USER_EMAIL'"
	add_user "$OWNER_KEY" "$USER_EMAIL" user
	expect_status 202
	new_user "$(unique late)@example.org"
	sql "UPDATE licences SET limit_users = 3 WHERE organization_id = '$ORG'"
	add_user "$OWNER_KEY" "$USER_EMAIL" user
	expect_type 409 seat-limit
	sql "UPDATE licences SET limit_users = 0,
	    expires_at = UTC_TIMESTAMP(3) - INTERVAL 15 DAY
	    WHERE organization_id = '$ORG'"
	add_user "$OWNER_KEY" "$USER_EMAIL" user
	expect_type 403 license-expired
}

@test "with direct_add nobody but an admin adds users" {
	local key

	new_house
	new_member
	new_user "$(unique known)@example.org"
	settings 'direct_add = on'
	add_user "$MEMBER_KEY" "$USER_EMAIL" user
	expect_status 403
	key=$(bound_key "$OWNER_EMAIL" user "$ORG")
	add_user "$key" "$USER_EMAIL" user
	expect_status 403
	key=$(bound_key "$OWNER_EMAIL" admin "$ORG" "$PROJECT")
	add_user "$key" "$USER_EMAIL" admin
	expect_status 403
	[ "$(sql "SELECT COUNT(*) FROM organization_bindings
	    WHERE organization_id = '$ORG'")" = 2 ]
}

# --- grace_days, expiring_days ------------------------------------------------

# ends INTERVAL: the licence of ORG ends at that distance from now.
ends() {
	sql "UPDATE licences SET expires_at = UTC_TIMESTAMP(3) + INTERVAL $1
	    WHERE organization_id = '$ORG'"
}

# expect_state STATE: of the licence of ORG, where it is read and where asked.
expect_state() {
	KEY=$OWNER_KEY cgi GET "/v1/organizations/$ORG/license" < /dev/null
	expect_json ".license.state == \"$1\""
	KEY=$OWNER_KEY cgi GET /v1/check QUERY_STRING=need=admin < /dev/null
	expect_json ".license.state == \"$1\""
}

# make_project STATUS: with the state of the licence that the answer tells.
make_project() { # STATUS STATE
	KEY=$OWNER_KEY cgi_send POST /v1/projects \
	    "{\"displayName\": \"$(unique Grown)\"}"
	expect_status "$1"
	[ "$(header X-License-State)" = "$2" ]
}

# One that limits nothing.
new_licensed() {
	new_house
	sql "UPDATE licences SET limit_projects = 0, limit_users = 0
	    WHERE organization_id = '$ORG'"
}

@test "a licence works grace_days behind its end, and no longer" {
	new_licensed
	settings 'grace_days = 3'
	ends '-71 HOUR'
	expect_state grace
	[ "$(json .license.state)" = grace ]
	make_project 201 grace
	ends '-73 HOUR'
	expect_state expired
	make_project 403 expired
	expect_type 403 license-expired
	KEY=$OWNER_KEY cgi_send POST /v1/invitations \
	    "{\"email\": \"$(unique guest)@example.org\", \"role\": \"user\"}"
	expect_type 403 license-expired
	settings 'grace_days = 90'
	ends '-89 DAY'
	make_project 201 grace
	ends '-91 DAY'
	make_project 403 expired
	settings 'grace_days = 0'
	ends '-1 SECOND'
	expect_state expired
	make_project 403 expired
}

@test "the end of the grace is shown as grace_days has it" {
	local days

	new_licensed
	sql "UPDATE licences SET expires_at = '2090-01-01 00:00:00.000'
	    WHERE organization_id = '$ORG'"
	for days in 0 3 31; do
		settings "grace_days = $days"
		KEY=$OWNER_KEY cgi GET "/v1/organizations/$ORG/license" \
		    < /dev/null
		expect_json ".license.graceEndsAt == \"$(date -u -d \
		    "2090-01-01 $days days" +%FT%T.000Z)\""
	done
}

@test "a licence says expiring_days before its end that it ends" {
	new_licensed
	settings 'expiring_days = 3'
	ends '73 HOUR'
	expect_state active
	ends '71 HOUR'
	expect_state expiring
	make_project 201 expiring
	settings 'expiring_days = 90'
	ends '89 DAY'
	expect_state expiring
	settings 'expiring_days = 0'
	ends '1 HOUR'
	expect_state active
}

@test "tenantryctl keeps to grace_days when it adds a member" {
	new_licensed
	new_user "$(unique added)@example.org"
	settings 'grace_days = 3'
	ends '-73 HOUR'
	TENANTRY_CONF=$CONF run ctl member add --user "$USER_EMAIL" \
	    --org "$ORG" --role user
	[ "$status" = 1 ]
	[[ $output == *'has expired'* ]]
	ends '-71 HOUR'
	TENANTRY_CONF=$CONF ctl member add --user "$USER_EMAIL" --org "$ORG" \
	    --role user
}

@test "metrics count the states of licences with the days that are set" {
	local run=$BATS_TEST_TMPDIR/run before after

	# count_in STATE: metrics of their own, counted anew
	count_in() {
		rm -rf "$run"
		mkdir -m 700 "$run"
		KEY='' cgi GET /metrics HTTP_HOST=localhost < /dev/null
		sed -n "s/^tenantry_licenses{state=\"$1\"} //p" "$body_file"
	}
	new_licensed
	ends '-80 HOUR'
	settings 'grace_days = 3650' "run_dir = $run"
	before=$(count_in expired)
	settings 'grace_days = 3' "run_dir = $run"
	after=$(count_in expired)
	echo "$before expired with 3650 days, $after with 3"
	[ "$after" -gt "$before" ]
}
