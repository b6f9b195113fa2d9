#!/usr/bin/env bats
# The pages of the set-up in Chromium and Firefox, wide and on a telephone: with
# scripts, all the way; and what they say without.  Pictures are in
# build/BUILD/console.
# shellcheck disable=SC2016,SC2154,SC2164,SC2030,SC2031

setup_file() {
	cd "$TENANTRY_ROOT/tests/console"
	./install.sh > "$BATS_FILE_TMPDIR/npm.log" 2>&1 || {
		cat "$BATS_FILE_TMPDIR/npm.log"
		return 1
	}
}

setup() {
	load ../api/helper
	load ../api/setup_server
	cd "$TENANTRY_ROOT/tests/console"
	export SHOTS=$TENANTRY_ROOT/build/${BUILD:-release}/console
	base=setup_browser_$RANDOM
	sql "CREATE DATABASE $base"
	sql "CREATE USER $base@localhost IDENTIFIED BY 'geheim'"
	sql "GRANT ALL PRIVILEGES ON $base.* TO $base@localhost"
}

teardown() {
	stop_setup_server
	sql "DROP DATABASE IF EXISTS $base"
	sql "DROP USER IF EXISTS $base@localhost"
}

browse() { # WIDTH THEME [open]
	URL=$setup_url PLACE=$place BASE=$base SOCKET=$database_socket \
	    timeout -s KILL 100 node setup.mjs "$@"
}

@test "the set-up on a wide screen, to the end" {
	start_setup_server "$BATS_TEST_TMPDIR"
	browse 1280 light
	grep -qx "db_name = $base" "$place/tenantry.conf"
	run ! grep -q method_override "$place/tenantry.conf"
}

# console.bats has them on an installation that others use, and on a large one.
@test "the five flows on the empty installation that the set-up leaves" {
	[ "${CONSOLE:-all}" = all ] || skip 'of `make browser`'
	load ../api/tenancy
	start_setup_server "$BATS_TEST_TMPDIR"
	browse 1280 light
	[ "$(sql "SELECT COUNT(*) FROM $base.organizations")" = 0 ]
	export TENANTRY_CONF=$place/tenantry.conf TENANTRY_URL=$setup_url
	new_login
	# its database has another name
	printf '#!/bin/sh\nexec "%s" "$1" "$2" "USE %s; $3"\n' \
	    "$TENANTRY_ROOT/build/tests/sql" "$base" > "$BATS_TEST_TMPDIR/sql"
	chmod 755 "$BATS_TEST_TMPDIR/sql"
	LOGIN=$USER_EMAIL PASSWORD=$USER_PASSWORD CONSOLE=short \
	    TENANTRY_LOGIN=ada@acme.example TENANTRY_PASSWORD='lang genug' \
	    GROWTH_KEY=$(issue --type growth) \
	    SMALL_KEY=$(issue --type growth --users 3) \
	    SQL=$BATS_TEST_TMPDIR/sql SQL_SOCKET=$database_socket \
	    SQL_USER=$DB_ADMIN THEME=$place/theme.css \
	    timeout -s KILL 240 node console.mjs 1280 light
}

@test "the set-up on a telephone in the dark, where a filter holds methods back" {
	start_setup_server "$BATS_TEST_TMPDIR" '$HTTP["url"] =~ "^/private/" {
	    url.access-deny = ( "" ) }
	$HTTP["request-method"] =~ "^(PUT|PATCH|DELETE)$" {
	    url.access-deny = ( "" ) }'
	browse 390 dark
	grep -qx "db_name = $base" "$place/tenantry.conf"
	grep -qx 'method_override = on' "$place/tenantry.conf"
}

@test "the set-up in Firefox, to the end" {
	start_setup_server "$BATS_TEST_TMPDIR"
	BROWSER=firefox browse 1280 light
	grep -qx "db_name = $base" "$place/tenantry.conf"
}

@test "a folder that can be read from outside stops the set-up" {
	start_setup_server "$BATS_TEST_TMPDIR" ''
	browse 1280 light open
	[ ! -e "$place/tenantry.conf" ]
	[ ! -e "$place/tenantry-new.conf" ]
}
