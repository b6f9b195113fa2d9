#!/usr/bin/env bats
# What the service does while its database refuses, forgets or is meddled with,
# and that the same workers go on afterwards.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helper
load tenancy
load faults

# --- refused ------------------------------------------------------------------

@test "a stopped database is 503 within 2 s; the same workers go on after it" {
	connect_workers
	database_stop
	timed GET /v1/organizations
	expect_unavailable unavailable
	expect_within 2
	timed POST /v1/organizations --data "$(create_body "$(unique Not)")"
	expect_unavailable unavailable
	expect_within 2
	expect_alive_not_ready
	api_many 16 GET /v1/organizations
	[ "$(count_codes 503)" = 16 ]
	expect_log 'level=error msg="database: error 2002'
	database_start
	expect_recovered
}

@test "a database that is killed is 503 within 2 s, and comes back" {
	connect_workers
	database_kill
	within 5 test -z "$(process database)"
	timed GET /v1/organizations
	expect_unavailable unavailable
	expect_within 2
	expect_alive_not_ready
	database_start
	expect_recovered
}

# routes_described: METHOD, path with an id, and whether it works without the
# database: what is public and takes no body.
routes_described() {
	description | jq -r '.paths | to_entries[] | .key as $path |
	    .value | to_entries[] |
	    select(.key | test("^(get|put|post|patch|delete)$")) |
	    "\(.key | ascii_upcase) \($path) \(.value |
	    .security == [] and (has("requestBody") | not))"' |
	    sed 's/{[^}]*}/01ARZ3NDEKTSV4RRFFQ69G5FAV/g'
}

@test "without a database every route that needs it is 503, none hangs" {
	# what is public looks at its body before it looks into the database
	local any_token='{"token": "01ARZ3NDEKTSV4RRFFQ69G5FAV_0123456789ABCDEFGHJKMNPQRSTVWXYZ",
	    "login": "nobody", "email": "nobody@example.org",
	    "password": "any password"}'

	database_stop
	[ "$(routes_described | grep -c false)" -ge 16 ]
	while read -r method path needs_none; do
		echo "$method $path"
		data=()
		case $method in
		POST | PUT | PATCH) data=(--data "$any_token") ;;
		esac
		[ "$path" != /v1/session ] ||
		    data+=(--header 'X-Requested-With: curl' --header
			'Content-Type: application/json')
		timed "$method" "$path" "${data[@]}"
		expect_within 2
		if [ "$needs_none" = true ] && [ "$path" != /readyz ]; then
			expect_status 200
			continue
		fi
		# mail is off, which is told without the database
		case $path in
		/v1/password-resets)
			expect_status 409
			continue
			;;
		esac
		expect_unavailable unavailable
		[ "$path" != /readyz ] || continue
		KEY='' timed "$method" "$path" "${data[@]}" \
		    --user "$TENANTRY_LOGIN:$TENANTRY_PASSWORD"
		expect_unavailable unavailable
		expect_within 2
	done < <(routes_described)
}

@test "without a database what needs none is told as ever" {
	database_stop
	KEY='' api GET /v1/organizations
	expect_problem 401
	api GET /v1/nonsense
	expect_problem 404
	api DELETE /v1/organizations
	expect_problem 405
	api OPTIONS /v1/organizations
	expect_status 204
	head -c 70000 /dev/zero | tr '\0' ' ' > "$BATS_TEST_TMPDIR/large"
	api POST /v1/organizations --data-binary "@$BATS_TEST_TMPDIR/large"
	expect_problem 413
	api GET /v1/organizations --header 'Accept: text/html'
	expect_problem 406
}

@test "a wrong key is not called wrong while nobody can know" {
	local before

	before=$(sql 'SELECT COUNT(*) FROM login_failures')
	database_stop
	KEY=tny_0000000000000000000000000000000000000000 \
	    api GET /v1/organizations
	expect_unavailable unavailable
	KEY='' api GET /v1/organizations --user "$TENANTRY_LOGIN:wrong"
	expect_unavailable unavailable
	database_start
	within 20 is_ready
	[ "$(sql 'SELECT COUNT(*) FROM login_failures')" = "$before" ]
}

@test "a database at its connection cap is 503 within 2 s" {
	sql "SET GLOBAL max_connections = 10"
	take_connections 10
	timed GET /v1/organizations
	expect_unavailable unavailable
	expect_within 2
	timed POST /v1/organizations --data "$(create_body "$(unique Not)")"
	expect_unavailable unavailable
	expect_within 2
	expect_alive_not_ready
	expect_log 'database: error 1040'
	give_connections_back
	expect_recovered
}

@test "an account at its connection cap is 503 within 2 s" {
	sql "ALTER USER tenantry@localhost WITH MAX_USER_CONNECTIONS 3"
	take_connections 3
	timed GET /v1/organizations
	expect_unavailable unavailable
	expect_within 2
	expect_alive_not_ready
	expect_log 'database: error 1226'
	give_connections_back
	sql "ALTER USER tenantry@localhost WITH MAX_USER_CONNECTIONS 0"
	expect_recovered
}

@test "workers that are connected go on at the cap" {
	connect_workers
	sql "ALTER USER tenantry@localhost WITH MAX_USER_CONNECTIONS 1"
	api_many 16 GET /v1/organizations
	echo "$codes"
	[ "$(count_codes 200)" -ge 1 ]
	[ $(($(count_codes 200) + $(count_codes 503))) = 16 ]
}

# --- meddled with -------------------------------------------------------------

@test "a database without a schema is not ready" {
	renamed=schema_migrations
	sql "RENAME TABLE $renamed TO gone"
	api GET /readyz
	expect_unavailable
	expect_problem 503 'schema 0'
	api GET /healthz
	expect_status 200
}

@test "a table that is missing is 500, and only the log says which" {
	new_tenant
	renamed=licences
	sql "RENAME TABLE $renamed TO gone"
	KEY=$OWNER_KEY api POST /v1/projects --data '{"displayName": "P"}'
	expect_problem 500
	expect_discreet
	[[ $body != *licences* ]]
	expect_log 'level=error msg="database: error 1146'
	api GET /v1/organizations
	expect_status 200
}

@test "a password that has expired, or an account that is locked, is 503" {
	local password change

	password=$(sed -n 's/^db_password = //p' "$TENANTRY_CONF")
	for change in 'PASSWORD EXPIRE' 'ACCOUNT LOCK'; do
		sql "ALTER USER tenantry@localhost $change"
		kill_connections
		api GET /v1/organizations
		expect_unavailable unavailable
		expect_alive_not_ready
		api GET /readyz
		expect_problem 503
		expect_discreet
		sql "ALTER USER tenantry@localhost IDENTIFIED BY '$password';
		    ALTER USER tenantry@localhost ACCOUNT UNLOCK"
		expect_recovered
	done
}

@test "privileges that are missing are 503, and only the log says which" {
	new_tenant
	sql "REVOKE INSERT ON tenantry.audit_events FROM tenantry@localhost"
	kill_connections
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG/metadata" \
	    --data '{"displayName": "Not"}'
	expect_unavailable unavailable
	expect_discreet
	[[ $body != *denied* && $body != *tenantry@* ]]
	expect_log 'level=error msg="database: error 1142'
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG"
	expect_status 200
	expect_json ".organization.metadata.displayName == \"$ORG_NAME\""
	sql "REVOKE SELECT ON tenantry.organizations FROM tenantry@localhost"
	kill_connections
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG"
	expect_unavailable unavailable
	expect_discreet
	sql "GRANT INSERT ON tenantry.audit_events TO tenantry@localhost;
	    GRANT SELECT ON tenantry.organizations TO tenantry@localhost"
	kill_connections
	expect_recovered
}

@test "an account without any privilege is 503: the service is not set up" {
	sql "REVOKE ALL PRIVILEGES, GRANT OPTION FROM tenantry@localhost"
	kill_connections
	api GET /v1/organizations
	expect_unavailable unavailable
	expect_log 'database: error 1044'
	expect_alive_not_ready
}

@test "a database that is read only is 503 for writes and answers reads" {
	new_tenant
	sql "SET GLOBAL read_only = 1"
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG/metadata" \
	    --data '{"displayName": "Not"}'
	expect_unavailable unavailable
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG"
	expect_status 200
	expect_json ".organization.metadata.displayName == \"$ORG_NAME\""
	sql "SET GLOBAL read_only = 0"
	expect_recovered
}

# A MariaDB that starts deletes the temporary tables in its tmpdir, also those of
# another one.
@test "the instance's database keeps its temporary tables to itself" {
	[ "$(sql 'SELECT @@tmpdir')" = "$TENANTRY_STATE/tmp" ]
}
