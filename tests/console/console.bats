#!/usr/bin/env bats
# The console in Chromium and Firefox: `make browser` in all sizes and themes; of
# `make browsers`, which .ci/run runs, one size alone (CONSOLE=short).  Pictures
# of every view are in build/BUILD/console.
# shellcheck disable=SC2016,SC2154,SC2164

setup_file() {
	cd "$TENANTRY_ROOT/tests/console"
	./install.sh > "$BATS_FILE_TMPDIR/npm.log" 2>&1 || {
		cat "$BATS_FILE_TMPDIR/npm.log"
		return 1
	}
}

setup() {
	load ../api/helper
	load ../api/tenancy
	cd "$TENANTRY_ROOT/tests/console"
	export SHOTS=$TENANTRY_ROOT/build/${BUILD:-release}/console
	export SQL=$TENANTRY_ROOT/build/tests/sql SQL_SOCKET=$database_socket
	export SQL_USER=$DB_ADMIN
}

# browse WIDTH THEME [LANGUAGE]: a person without an organization, and a licence.
browse() {
	[ "${CONSOLE:-all}" = all ] || [ "$1 $2" = '1280 light' ] ||
	    skip 'of `make browser`'
	new_login
	LOGIN=$USER_EMAIL PASSWORD=$USER_PASSWORD \
	    GROWTH_KEY=$(issue --type growth) \
	    SMALL_KEY=$(issue --type growth --users 3) \
	    timeout -s KILL 240 node console.mjs "$@"
}

@test "the five flows on a wide screen, by roles and labels" {
	browse 1280 light
}

@test "the same in the dark" {
	browse 1280 dark
}

@test "the same on a telephone" {
	browse 390 light
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

@test "a list of 2,500 projects" {
	[ "${CONSOLE:-all}" = all ] || skip 'of `make browser`'
	new_login
	KEY=$USER_KEY new_org
	fill_projects 2500
	LOGIN=$USER_EMAIL PASSWORD=$USER_PASSWORD LARGE=yes \
	    timeout -s KILL 110 node console.mjs 1280 light
}

@test "in German" {
	[ "${CONSOLE:-all}" = all ] || skip 'of `make browser`'
	browse 1280 light de
}

# The instance sends mail as long as this runs.
@test "by mail" {
	has_mail() {
		KEY='' api GET /v1/session
		json '.features.mail' > /dev/null
	}
	[ -z "${WEB_HOST:-}" ] || skip 'a host has settings of its own'
	load ../api/cgi
	load ../api/mail
	mail_on
	cp -p "$TENANTRY_CONF" "$BATS_TEST_TMPDIR/before.conf"
	printf '%s\n' "mail = $sendmail" 'mail_from = service@tenantry.example' \
	    "public_prefix = $TENANTRY_URL" >> "$TENANTRY_CONF"
	within 30 has_mail
	new_login
	KEY=$USER_KEY new_org
	sql "UPDATE licences SET limit_users = 0 WHERE organization_id = '$ORG'"
	LOGIN=$USER_EMAIL PASSWORD=$USER_PASSWORD MAILS=$mails CTL=$CTL \
	    timeout -s KILL 110 node console.mjs 1280 light
}

teardown() {
	[ ! -e "$BATS_TEST_TMPDIR/before.conf" ] ||
	    cp -p "$BATS_TEST_TMPDIR/before.conf" "$TENANTRY_CONF"
}
