#!/usr/bin/env bats
# The pages /sign-in and /doctor in Chromium and Firefox, wide and on a telephone.
# Pictures are in build/BUILD/console.
# shellcheck disable=SC2154,SC2164

setup_file() {
	cd "$TENANTRY_ROOT/tests/console"
	./install.sh > "$BATS_FILE_TMPDIR/npm.log" 2>&1 || {
		cat "$BATS_FILE_TMPDIR/npm.log"
		return 1
	}
}

setup() {
	load ../api/helper
	cd "$TENANTRY_ROOT/tests/console"
	export SHOTS=$TENANTRY_ROOT/build/${BUILD:-release}/console
}

# A wrong password of before would be waited for.
browse() { # WIDTH THEME
	sql 'DELETE FROM login_failures'
	URL=$TENANTRY_URL LOGIN=$TENANTRY_LOGIN PASSWORD=$TENANTRY_PASSWORD \
	    timeout -s KILL 100 node pages.mjs "$@"
}

@test "a system administrator signs in and reads the doctor's page" {
	browse 1280 light
}

@test "the same on a telephone in the dark" {
	browse 390 dark
}

@test "the same in Firefox" {
	BROWSER=firefox browse 1280 light
}

@test "the same in Firefox on a telephone in the dark" {
	BROWSER=firefox browse 390 dark
}
