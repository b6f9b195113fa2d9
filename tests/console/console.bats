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
	    THEME=${served_conf%/*}/theme.css SMALL_KEY=$(issue --type growth --users 3) \
	    timeout -s KILL 290 node console.mjs "$@"
}

# fill_members COUNT: so many more members of ORG behind the service.
fill_members() {
	sql "INSERT INTO users (id, name, display_name, email, email_key,
	    created_at, modified_at) SELECT CONCAT('00',
	        LEFT('${ORG:6}0000000000000000', 16), LPAD(seq, 8, '0')),
	        CONCAT('m-', LOWER('$ORG'), '-', seq), CONCAT('Member ', seq),
	        CONCAT('member', seq, '.', LOWER('$ORG'), '@example.org'),
	        CONCAT('member', seq, '.', LOWER('$ORG'), '@example.org'),
	        UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) FROM $(numbers "$1");
	    INSERT INTO organization_bindings (user_id, organization_id, role,
	        created_at) SELECT id, '$ORG', 'user', UTC_TIMESTAMP(3)
	        FROM users WHERE name LIKE CONCAT('m-', LOWER('$ORG'), '-%');
	    $count_rows WHERE id = '$ORG'"
}

# fill_organizations COUNT: so many more, of the user USER_EMAIL too.
fill_organizations() {
	sql "INSERT INTO organizations (id, name, display_name, name_key,
	        created_at, modified_at) SELECT CONCAT('00',
	        LEFT('${ORG:6}0000000000000000', 16), LPAD(seq, 8, '0')),
	        CONCAT('l-', LOWER('$ORG'), '-', seq),
	        CONCAT('Large ', seq, ' $ORG'),
	        LOWER(CONCAT('Large ', seq, ' $ORG')),
	        UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) FROM $(numbers "$1");
	    INSERT INTO organization_bindings (user_id, organization_id, role,
	        created_at) SELECT '$(user_id "$USER_EMAIL")', id, 'user',
	        UTC_TIMESTAMP(3) FROM organizations
	        WHERE name LIKE CONCAT('l-', LOWER('$ORG'), '-%');
	    UPDATE organizations SET member_count = 1
	        WHERE name LIKE CONCAT('l-', LOWER('$ORG'), '-%')"
}

# First of all, so that the flows of the others are those of a large installation.
# setup.bats has them on an empty one.
@test "100,000 projects, 10,000 members, 1,000 organizations" {
	[ "${CONSOLE:-all}" = all ] || skip 'of `make browser`'
	new_login
	KEY=$USER_KEY new_org
	sql "UPDATE licences SET limit_users = 0, limit_projects = 0
	    WHERE organization_id = '$ORG'"
	fill_projects 100000
	fill_members 10000
	fill_organizations 1000
	LOGIN=$USER_EMAIL PASSWORD=$USER_PASSWORD LARGE=$ORG \
	    timeout -s KILL 240 node console.mjs 1280 light
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

@test "in German" {
	[ "${CONSOLE:-all}" = all ] || skip 'of `make browser`'
	browse 1280 light de
}

@test "in German in Firefox, on a telephone in the dark" {
	BROWSER=firefox browse 390 dark de
}

@test "the JavaScript of docs/integrate.md in a page" {
	load ../api/integrate
	new_login
	KEY=$USER_KEY new_org
	block js 'const service' > "$BATS_TEST_TMPDIR/snippet.js"
	grep -q location.assign "$BATS_TEST_TMPDIR/snippet.js"
	ORG=$ORG SNIPPET=$BATS_TEST_TMPDIR/snippet.js LOGIN=$USER_EMAIL \
	    PASSWORD=$USER_PASSWORD timeout -s KILL 110 \
	    node console.mjs 1280 light
}

# The instance sends mail as long as this runs.
by_mail() { # WIDTH THEME
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
	    timeout -s KILL 160 node console.mjs "$@"
}

@test "by mail" {
	by_mail 1280 light
}

@test "by mail in Firefox, on a telephone" {
	[ "${CONSOLE:-all}" = all ] || skip 'of `make browser`'
	BROWSER=firefox by_mail 390 light
}

teardown() {
	[ ! -e "$BATS_TEST_TMPDIR/before.conf" ] ||
	    cp -p "$BATS_TEST_TMPDIR/before.conf" "$TENANTRY_CONF"
}
