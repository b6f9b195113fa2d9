#!/usr/bin/env bats
# The database connections of the web server WEB_HOST's workers: few, and given back.
# shellcheck disable=SC2030,SC2031,SC2154

setup_file() {
	load ../api/helper
	load hosts
	host_begin
}

teardown_file() {
	load ../api/helper
	load hosts
	host_end
}

setup() {
	load ../api/helper
	load hosts
	holder=''
}

teardown() {
	[ -z "$holder" ] || kill "$holder" 2> /dev/null || true
	set_cap 0
}

set_cap() { # CONNECTIONS (0: any)
	sql "ALTER USER '$(user)'@'localhost' WITH MAX_USER_CONNECTIONS $1"
}

user() {
	sed -n 's/^ *db_user *= *//p' "$TENANTRY_CONF"
}

# One connection of the program's account, until the test's end.  Its database
# tells it from a worker that connects for its own work.
hold_connection() {
	local password socket

	password=$(sed -n 's/^ *db_password *= *//p' "$TENANTRY_CONF")
	socket=$(sed -n 's/^ *db_socket *= *//p' "$TENANTRY_CONF")
	MYSQL_PWD=$password mariadb --no-defaults --socket="$socket" \
	    --user="$(user)" --execute 'SELECT SLEEP(100)' information_schema \
	    > /dev/null 2>&1 3>&- &
	holder=$!
	within 10 is_held
}

is_held() {
	[ "$(sql "SELECT COUNT(*) FROM information_schema.processlist
	    WHERE user = '$(user)' AND db = 'information_schema'")" = 1 ]
}

is_connected() {
	[ "$(connections)" -gt 0 ]
}

connections() {
	sql "SELECT COUNT(*) FROM information_schema.processlist
	    WHERE user = '$(user)'"
}

has_none() {
	[ "$(connections)" = 0 ]
}

@test "a worker without requests gives its connection back" {
	api GET /v1/organizations
	expect_status 200
	[ "$HOST_WORKERS_FROM" = request ] || is_connected
	change_settings db_idle 1
	within 20 takes_settings_over
	# also those of the instance's own web server, in their 30 s
	within 45 has_none
	api GET /v1/organizations
	expect_status 200
	within 10 has_none
}

# A worker that has done so has closed its connection.
takes_settings_over() {
	api GET /v1/organizations
	expect_status 200
	[ "$HOST_WORKERS_FROM" = request ] || [ "$HOST_SERVER" = apache ] ||
	    grep -qs 'starting over' "$HOST_LOG"/*.log
}

@test "at the connection cap the answer is 503, and then it is 200 again" {
	change_settings db_idle 1
	within 45 has_none
	set_cap 1
	hold_connection
	api GET /v1/organizations
	expect_problem 503
	[ -n "$(header Retry-After)" ]
	KEY='' api GET /healthz
	expect_status 200
	api GET /readyz
	expect_status 503
	kill "$holder"
	within 10 lists # whichever worker has the one connection now
}

lists() {
	api GET /v1/organizations && [ "$status_code" = 200 ]
}
