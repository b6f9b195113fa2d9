#!/usr/bin/env bats
# The pages of the set-up in Chromium, wide and on a telephone: with scripts, all
# the way; and what they say without.  Pictures are in build/BUILD/console.
# shellcheck disable=SC2016,SC2154,SC2164,SC2030,SC2031

setup_file() {
	cd "$TENANTRY_ROOT/tests/console"
	npm ci --no-audit --no-fund > "$BATS_FILE_TMPDIR/npm.log" 2>&1 || {
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
	start_setup_server "$BATS_TEST_TMPDIR"
}

teardown() {
	stop_setup_server
	sql "DROP DATABASE IF EXISTS $base"
	sql "DROP USER IF EXISTS $base@localhost"
}

browse() { # WIDTH THEME
	URL=$setup_url PLACE=$place BASE=$base SOCKET=$database_socket \
	    CHROMIUM=$(command -v chromium) \
	    timeout -s KILL 100 node setup.mjs "$@"
	grep -qx "db_name = $base" "$place/tenantry.conf"
	run ! grep -q method_override "$place/tenantry.conf"
}

@test "the set-up on a wide screen, to the end" {
	browse 1280 light
}

@test "the set-up on a telephone in the dark, to the end" {
	browse 390 dark
}
