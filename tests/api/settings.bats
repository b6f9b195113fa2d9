#!/usr/bin/env bats
# Settings that are off, or have a default that the service of the tests keeps:
# each request is a process of its own, as plain CGI, with other settings.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154

setup() {
	load helper
	load tenancy
	load writes
	load invitations
	load cgi
	load worker
	WORKERS=()
}

teardown() {
	[ ${#WORKERS[@]} = 0 ] || kill -KILL "${WORKERS[@]}" 2> /dev/null || true
	sql 'DROP TRIGGER IF EXISTS slow_creation'
}

# create KEY NAME [NAME=VALUE...]: an organization, with CONF.
create() {
	local key=$1 name=$2

	shift 2
	KEY=$key cgi_send POST /v1/organizations "$(create_body "$name")" "$@"
}

# created_by USER-ID: how many organizations there are of that creator.
created_by() {
	sql "SELECT COUNT(*) FROM organizations WHERE created_by = '$1'"
}

# --- max_organizations_per_user -----------------------------------------------

@test "a user creates as many organizations as max_organizations_per_user says" {
	local owner

	new_tenant # before there was a limit
	owner=$(user_id "$OWNER_EMAIL")
	[ "$(created_by "$owner")" = 1 ]
	settings 'max_organizations_per_user = 2'
	create "$OWNER_KEY" "$(unique Second)"
	expect_status 200
	[ "$(created_by "$owner")" = 2 ]
	name=$(unique Third)
	create "$OWNER_KEY" "$name"
	expect_type 409 organization-limit 'until it is purged'
	expect_json '.limits == [{"name": "organizations", "allowed": 2,
	    "current": 2}]'
	# nothing of it is left, and another user may have the name
	[ "$(sql "SELECT COUNT(*) FROM organizations
	    WHERE display_name = '$name'")" = 0 ]
	new_user "$(unique other)@example.org"
	create "$USER_KEY" "$name"
	expect_status 200
	# a lower limit refuses, and takes nothing away
	settings 'max_organizations_per_user = 1'
	create "$OWNER_KEY" "$(unique Fourth)"
	expect_json '.limits[0] | .allowed == 1 and .current == 2'
	settings 'max_organizations_per_user = 0'
	create "$OWNER_KEY" "$(unique Fourth)"
	expect_status 200
}

@test "one that is deleted counts, and one that is purged does not" {
	new_tenant
	settings 'max_organizations_per_user = 1'
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_status 204
	create "$OWNER_KEY" "$(unique Next)"
	expect_type 409 organization-limit
	ctl purge --now --org "$ORG"
	create "$OWNER_KEY" "$(unique Next)"
	expect_status 200
}

@test "whose organization it was counts, not who is its admin" {
	new_tenant
	new_user "$(unique admin)@example.org"
	join_organization "$USER_EMAIL" admin "$ORG"
	settings 'max_organizations_per_user = 1'
	create "$USER_KEY" "$(unique Own)"
	expect_status 200
	KEY=$USER_KEY api DELETE \
	    "/v1/organizations/users/$(user_id "$OWNER_EMAIL")" \
	    --header "X-Organization-ID: $ORG"
	expect_status 204
	create "$OWNER_KEY" "$(unique Next)"
	expect_type 409 organization-limit
}

@test "system administrators are not counted" {
	settings 'max_organizations_per_user = 1' 'create_rate = 1'
	for _ in 1 2 3; do
		create "$TENANTRY_API_KEY" "$(unique System)"
		expect_status 200
		[ -z "$(header RateLimit)" ]
	done
}

@test "the answer to a creation is kept, also when no other may be made" {
	local key text

	new_user "$(unique keeper)@example.org"
	settings 'max_organizations_per_user = 1' 'create_rate = 1'
	key=$(unique key)
	text=$(create_body "$(unique Kept)")
	KEY=$USER_KEY cgi_send POST /v1/organizations "$text" \
	    HTTP_IDEMPOTENCY_KEY="$key"
	expect_status 200
	ORG=$(json .organization.metadata.id)
	KEY=$USER_KEY cgi_send POST /v1/organizations "$text" \
	    HTTP_IDEMPOTENCY_KEY="$key"
	expect_status 200
	[ "$(header Idempotency-Replayed)" = true ]
	expect_json ".organization.metadata.id == \"$ORG\""
}

@test "of 12 creations of a user at once the last one that may be is made" {
	local pids=() i codes

	new_tenant
	settings 'max_organizations_per_user = 2'
	# so that the next one counts before this one is there
	sql "CREATE TRIGGER slow_creation BEFORE INSERT ON organizations
	    FOR EACH ROW SET @slow = IF(NEW.created_by =
	    '$(user_id "$OWNER_EMAIL")', SLEEP(0.5), 0)"
	for i in {1..12}; do
		(
			BATS_TEST_TMPDIR=$(mktemp -d "$BATS_TEST_TMPDIR/XXXXXX")
			on_node "$i"
			create "$OWNER_KEY" "$(unique Race) $i"
			echo "$status_code $(jq -r '.type // "made"' \
			    "$body_file")" > "$BATS_TEST_TMPDIR/../code.$i"
		) 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	codes=$(sort "$BATS_TEST_TMPDIR"/code.* | uniq -c | tr -s ' ')
	echo "$codes"
	[ "$codes" = " 1 200 made
 11 409 urn:tenantry:problem:organization-limit" ]
	[ "$(created_by "$(user_id "$OWNER_EMAIL")")" = 2 ]
	# What was locked was changed, too: on a cluster that is what is compared
	# at COMMIT.  A lock alone is of its node, and two that commit at one time
	# on two nodes would both be made.
	[ "$(sql "SELECT write_count FROM users
	    WHERE email = '$OWNER_EMAIL'")" = 1 ]
}

# Each worker has a connection of its own, and answers one request after another.
@test "of 20 creations over four workers the last one that may be is made" {
	local pids=() i codes n text

	new_tenant
	settings 'max_organizations_per_user = 2'
	for n in 1 2 3 4; do
		socket=$BATS_TEST_TMPDIR/worker-$n.sock
		worker_start
		WORKERS+=("$WORKER")
	done
	for i in {1..20}; do
		text=$(create_body "$(unique Race) $i")
		(
			socket=$BATS_TEST_TMPDIR/worker-$((i % 4 + 1)).sock
			BATS_TEST_TMPDIR=$(mktemp -d "$BATS_TEST_TMPDIR/XXXXXX")
			KEY=$OWNER_KEY ask POST /v1/organizations \
			    CONTENT_TYPE=application/json \
			    CONTENT_LENGTH="$(printf %s "$text" | wc -c)" \
			    < <(printf %s "$text")
			echo "$status_code $(sed '1,/^\r$/d' "$answer" |
			    jq -r '.type // "made"')" \
			    > "$BATS_TEST_TMPDIR/../code.$i"
		) 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	codes=$(sort "$BATS_TEST_TMPDIR"/code.* | uniq -c | tr -s ' ')
	echo "$codes"
	[ "$codes" = " 1 200 made
 19 409 urn:tenantry:problem:organization-limit" ]
	[ "$(created_by "$(user_id "$OWNER_EMAIL")")" = 2 ]
}

@test "without a limit no row is locked for it" {
	new_tenant
	[ "$(sql "SELECT write_count FROM users
	    WHERE email = '$OWNER_EMAIL'")" = 0 ]
	settings 'max_organizations_per_user = 2'
	create "$OWNER_KEY" "$(unique Second)"
	expect_status 200
	[ "$(sql "SELECT write_count FROM users
	    WHERE email = '$OWNER_EMAIL'")" = 1 ]
}

@test "the schema's migration takes the creators from the trail" {
	local fill=$TENANTRY_ROOT/schema/023_creators.sql owner

	new_tenant
	owner=$(user_id "$OWNER_EMAIL")
	sql "UPDATE organizations SET created_by = NULL WHERE id = '$ORG'"
	sql "$(sed -n '/^UPDATE/,$p' "$fill")"
	[ "$(created_by "$owner")" = 1 ]
}

# --- create_rate --------------------------------------------------------------

# expect_created LEFT
expect_created() {
	expect_status 200
	[ "$(header RateLimit-Policy)" = '"organizations";q=2;w=3600' ]
	[[ $(header RateLimit) == "\"organizations\";r=$1;t="* ]]
}

# The row of that user: how many, "" where there is none.
rate_of() { # USER-ID
	sql "SELECT COALESCE(SUM(requests), '') FROM rates
	    WHERE route = 'organizations' AND address = '$1'"
}

@test "more creations of a user in an hour than create_rate are 429" {
	local user wait name

	new_login
	user=$(user_id "$USER_EMAIL")
	settings 'create_rate = 2'
	create "$USER_KEY" "$(unique First)"
	expect_created 1
	# by another address and credential
	create '' "$(unique Second)" REMOTE_ADDR=192.0.2.7 \
	    HTTP_AUTHORIZATION="Basic $(pair '%s:%s' "$USER_EMAIL" \
	    "$USER_PASSWORD")"
	expect_created 0
	name=$(unique Third)
	create "$USER_KEY" "$name"
	expect_type 429 throttled 'this user'
	wait=$(header Retry-After)
	[ "$wait" -gt 60 ] && [ "$wait" -le 3600 ]
	[ "$(header RateLimit)" = "\"organizations\";r=0;t=$wait" ]
	grep -q ' status=429 code=throttled cause=rate ' "$log_file"
	[ "$(created_by "$user")" = 2 ]
	[ "$(rate_of "$user")" = 2 ]
	new_user "$(unique other)@example.org"
	create "$USER_KEY" "$name"
	expect_created 1
}

@test "a creation that fails counts, and one that is wrong does not" {
	new_tenant
	settings 'create_rate = 2'
	KEY=$OWNER_KEY cgi_send POST /v1/organizations '{}'
	expect_status 400
	[ -z "$(rate_of "$(user_id "$OWNER_EMAIL")")" ]
	create "$OWNER_KEY" "$ORG_NAME"
	expect_type 409 name-in-use
	[[ $(header RateLimit) == '"organizations";r=1;t='* ]]
	# who may not create is not counted either
	create "$(bound_key "$OWNER_EMAIL" admin "$ORG")" "$(unique Bound)"
	expect_status 403
	[ "$(rate_of "$(user_id "$OWNER_EMAIL")")" = 1 ]
}

@test "the count of creations ends after an hour, and is removed" {
	local user at

	new_user "$(unique hourly)@example.org"
	user=$(user_id "$USER_EMAIL")
	at="route = 'organizations' AND address = '$user'"
	settings 'create_rate = 1'
	create "$USER_KEY" "$(unique First)"
	expect_status 200
	sql "UPDATE rates SET began_at = began_at - INTERVAL 3590 SECOND
	    WHERE $at"
	ctl purge
	create "$USER_KEY" "$(unique Second)"
	expect_status 429
	[ "$(header Retry-After)" -le 10 ]
	sql "UPDATE rates SET began_at = began_at - INTERVAL 10 SECOND
	    WHERE $at"
	create "$USER_KEY" "$(unique Second)"
	expect_status 200
	sql "UPDATE rates SET began_at = began_at - INTERVAL 3601 SECOND
	    WHERE $at"
	ctl purge
	[ -z "$(rate_of "$user")" ]
}

@test "by default creations are not counted" {
	new_tenant
	KEY=$OWNER_KEY new_org
	[ -z "$(header RateLimit)" ]
	[ -z "$(rate_of "$(user_id "$OWNER_EMAIL")")" ]
}

@test "where creations cannot be counted none is made" {
	local user

	new_user "$(unique barred)@example.org"
	user=$(user_id "$USER_EMAIL")
	settings 'create_rate = 2'
	sql "CREATE TRIGGER rates_refused BEFORE INSERT ON rates FOR EACH ROW
	    IF NEW.address = '$user' THEN
	    SIGNAL SQLSTATE '45000'; END IF"
	create "$USER_KEY" "$(unique Barred)"
	sql "DROP TRIGGER rates_refused"
	expect_problem 503
	[ "$(created_by "$user")" = 0 ]
	create "$USER_KEY" "$(unique Barred)"
	expect_created 1
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
