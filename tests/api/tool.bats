#!/usr/bin/env bats
# tenantryctl by itself: what it takes, what it says, and its exit status.  Keys
# of users are in credentials.bats, migrations in migrate.bats; users,
# keys and members in tool_users.bats, tool_keys.bats and tool_members.bats.
#
# shellcheck disable=SC2154  # bats sets them

setup() {
	load helper
	load tenancy
	load tool
}

# --- the words ----------------------------------------------------------------

@test "help is asked for, and usage is told where words are wrong" {
	tool 0 '' --help
	[[ $output == *'licence issue --type'* ]]
	tool 0 '' user --help
	tool 0 '' user add --help
	[[ $output == 'usage: tenantryctl [--conf FILE] user add (--email E | --login L)'* ]]
	tool 2 'usage:'
	tool 2 'unknown command' nonsense
	tool 2 'unknown command' user
	tool 2 'usage:' --nonsense
	tool 2 'usage:' user add --nonsense
	tool 2 '--email or --login is missing' user add
	tool 2 '--to is missing' user email --login a
	tool 2 '--email and --login exclude each other' user add --login a \
	    --email a@example.org
	tool 2 '--role is missing' member add --user a --org b
	tool 2 '--org or --project is missing' member add --user a --role user
	tool 2 'an argument too many' check surplus
	tool 2 'an argument is missing' licence show
}

@test "settings that are not there are told" {
	tool 1 /nonexistent/a.conf check --conf /nonexistent/a.conf
}

# Copies of the settings; the second is that of the migration account.
own_settings() {
	conf=$BATS_TEST_TMPDIR/a.conf
	own_admin=$BATS_TEST_TMPDIR/a-admin.conf
	cp -p "$TENANTRY_CONF" "$conf"
	cp -p "$admin_conf" "$own_admin"
}

@test "the migration account's file is refused where others may read it" {
	own_settings
	chmod 644 "$own_admin"
	tool 1 'chmod 600 it' migrate --conf "$conf"
	run "$CTL" doctor --conf "$conf"
	[ "$status" = 1 ]
	[[ $output == *'fail  migration-account:'*'a-admin.conf has mode 0644'* ]]
	chmod 600 "$own_admin"
	echo 'workers = 4' >> "$own_admin"
	tool 1 'has another key' migrate --conf "$conf"
	echo 'migration_password = x' > "$own_admin"
	tool 1 'migration_user is not set' migrate --conf "$conf"
}

@test "settings of 0.1.0, with both accounts in one file, work with a warning" {
	own_settings
	cat "$own_admin" >> "$conf"
	rm "$own_admin"
	tool 0 '' migrate --conf "$conf"
	run "$CTL" doctor --conf "$conf"
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *'warn  migration-account:'*'every worker reads'* ]]
}

@test "one account for everything is taken, with a warning" {
	own_settings
	sed "s/^db_user .*/db_user = $(admin_setting migration_user)/
	    s/^db_password .*/db_password = $(admin_setting migration_password)/" \
	    "$TENANTRY_CONF" > "$conf"
	rm "$own_admin"
	tool 0 '' migrate --conf "$conf"
	run "$CTL" doctor --conf "$conf"
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *'warn  migration-account:'*'one account'* ]]
	[[ $output == *'warn  rights:'*'may do more'* ]]
}

# --- rights -------------------------------------------------------------------

@test "an account of 0.1.0 works with a warning, and migrate narrows it" {
	sql "GRANT SELECT, INSERT, UPDATE, DELETE ON tenantry.*
	    TO tenantry@localhost"
	run "$CTL" doctor --conf "$TENANTRY_CONF"
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *'warn  rights:'*'may do more'*'REVOKE'* ]]
	run "$CTL" migrate --conf "$TENANTRY_CONF"
	echo "$output"
	[[ $output == *"done: REVOKE SELECT, INSERT, UPDATE, DELETE ON"* ]]
	run "$CTL" doctor --conf "$TENANTRY_CONF"
	[[ $output == *'ok    rights:'* ]]
}

@test "rights that are missing are named, and migrate gives them back" {
	local table

	for table in audit_events users; do
		sql "REVOKE ALL ON tenantry.$table FROM tenantry@localhost"
		run "$CTL" doctor --conf "$TENANTRY_CONF"
		echo "$output"
		[ "$status" = 1 ]
		[[ $output == *'fail  rights:'*"GRANT SELECT"*"$table"* ]]
		"$CTL" migrate --conf "$TENANTRY_CONF"
		run "$CTL" doctor --conf "$TENANTRY_CONF"
		[[ $output == *'ok    rights:'* ]]
	done
}

@test "lines that migrate may not run are printed, and are right" {
	sql "GRANT UPDATE, DELETE ON tenantry.audit_events
	    TO tenantry@localhost;
	    REVOKE INSERT ON tenantry.licences FROM tenantry@localhost;
	    REVOKE GRANT OPTION ON tenantry.*
	    FROM '$(admin_setting migration_user)'@localhost"
	"$CTL" migrate --conf "$TENANTRY_CONF" > "$BATS_TEST_TMPDIR/lines"
	cat "$BATS_TEST_TMPDIR/lines"
	[ "$(wc -l < "$BATS_TEST_TMPDIR/lines")" = 2 ]
	sql "$(cat "$BATS_TEST_TMPDIR/lines")
	    GRANT GRANT OPTION ON tenantry.*
	    TO '$(admin_setting migration_user)'@localhost"
	run "$CTL" doctor --conf "$TENANTRY_CONF"
	echo "$output"
	[[ $output == *'ok    rights:'* ]]
}

@test "the service's account writes no trail anew and makes no administrator" {
	local app password

	app=$(sed -n 's/^db_user = //p' "$TENANTRY_CONF")
	password=$(sed -n 's/^db_password = //p' "$TENANTRY_CONF")
	as_service() { # SQL
		mariadb --no-defaults --user="$app" --socket="$(sed -n \
		    's/^db_socket = //p' "$TENANTRY_CONF")" tenantry \
		    --password="$password" --execute "$1" 2>&1
	}
	for change in 'UPDATE users SET is_system_admin = 1' \
	    'INSERT INTO users (id, is_system_admin) VALUES (1, 1)' \
	    'DELETE FROM audit_events' "UPDATE audit_events SET detail = 'x'" \
	    'DELETE FROM schema_migrations' 'DELETE FROM users' \
	    'SELECT 1 FROM schema_steps' 'DROP TABLE users'; do
		run as_service "$change"
		echo "$change: $output"
		[ "$status" = 1 ]
		[[ $output == *denied* ]]
	done
	as_service "UPDATE users SET disabled_at = NULL WHERE id = 'x'"
	as_service 'SELECT COUNT(*) FROM audit_events'
}

@test "an answer that cannot be written is a failure" {
	run bash -c '"$CTL" check --conf "$TENANTRY_CONF" > /dev/full'
	[ "$status" = 1 ]
	[[ $output == *'standard output cannot be written'* ]]
}

@test "init may be run again" {
	with 0 'there are users already: none made' init
	[ -z "$output" ]
}

@test "migrate names the organizations whose slug is a word of a path by now" {
	new_org
	tool 0 '' migrate
	[[ $output$stderr != *'has the slug'* ]]
	# as a release that did not know the word has made it
	sql "UPDATE organizations SET name = 'history' WHERE id = '$ORG'"
	tool 0 "organization $ORG has the slug history" migrate
	[ "$(grep -o 'has the slug' <<< "$output$stderr" | wc -l)" = 1 ]
	sql "UPDATE organizations SET name = LOWER(id) WHERE id = '$ORG'"
}

@test "both programs say their version, commit, schema and libraries" {
	version=$(sed -n 's/.*TENANTRY_VERSION "\(.*\)"/\1/p' \
	    "$TENANTRY_ROOT/src/base/version.h")
	schema=$(sql 'SELECT MAX(version) FROM schema_migrations')
	commit=$(git -C "$TENANTRY_ROOT" rev-parse HEAD 2> /dev/null |
	    cut -c 1-12)
	for program in "$CTL" "$PROGRAM"; do
		run --separate-stderr "$program" --version < /dev/null
		[ "$status" = 0 ]
		[ -z "$stderr" ]
		[ "${lines[0]}" = "${program##*/} $version" ]
		[ "${lines[1]}" = "commit ${commit:-unknown}" ]
		[ "${lines[2]}" = "schema $schema" ]
		for name in libfcgi libmariadb json-c openssl utf8proc \
		    libxcrypt; do
			grep -Eq "^$name [0-9]+\.[0-9]" <<< "$output"
		done
		run --separate-stderr "$program" --version --json < /dev/null
		jq -e --arg program "${program##*/}" --arg version "$version" \
		    --argjson schema "$schema" '.program == $program and
		    .version == $version and .schema == $schema and
		    (.libraries | length == 6)' <<< "$output"
	done
	# it needs no settings, and says so if it cannot print
	TENANTRY_CONF=/nonexistent/a.conf tool 0 '' --version
	run bash -c '"$CTL" --version > /dev/full'
	[ "$status" = 1 ]
	run bash -c '"$PROGRAM" --version > /dev/full < /dev/null'
	[ "$status" = 1 ]
}

# A CGI program gets words of the query as arguments.
@test "a client's --version is a request like another" {
	load cgi
	run --separate-stderr env -i GATEWAY_INTERFACE=CGI/1.1 \
	    REQUEST_METHOD=GET PATH_INFO=/healthz QUERY_STRING=--version \
	    TENANTRY_CONF="$TENANTRY_CONF" "$PROGRAM" --version < /dev/null
	[ "$status" = 0 ]
	[[ $output == *'{"status":"alive"}' ]]
	[[ $output != *libfcgi* ]]
}

@test "a database that is away is told by each command that needs it" {
	conf=$BATS_TEST_TMPDIR/a.conf
	sed 's/^ *db_socket *=.*/db_socket = \/nonexistent\/db.sock/' \
	    "$TENANTRY_CONF" > "$conf"
	chmod 600 "$conf"
	for words in check migrate init 'user add --login a' \
	    'user password --email a@example.org' 'user disable --login a' \
	    'user enable --login a' 'user email --login a --to a@example.org' \
	    'user list' 'org list' 'org show a' 'key list' 'key revoke 01ARZ3NDEKTSV4RRFFQ69G5FAV' \
	    'key add --user a' 'member list --org a' \
	    'member add --user a --org a --role user' \
	    'member role --user a --org a --role user' \
	    'member remove --user a --org a'; do
		# shellcheck disable=SC2086
		tool 1 /nonexistent/db.sock --conf "$conf" $words <<< secret
		[[ $stderr == *'tenantryctl: the database: '* ]]
		[ -z "$output" ]
	done
	tool 0 '' --conf "$conf" licence issue --type free
}

# --- licences -----------------------------------------------------------------

@test "licence show tells what licence issue was told" {
	new_org
	key=$(issue --type growth --projects 7 --users 0 --org "$ORG" \
	    --expires 2099-01-02T03:04:05Z)
	with 0 '' licence show "$key"
	for line in 'state +valid' 'type +growth' 'projects +7' \
	    'users +no limit' "organization +$ORG" 'starts +at once' \
	    'expires +2099-01-02T03:04:05.000Z' 'jti +[0-9A-Z]{26}'; do
		grep -Eqx "$line" <<< "$output"
	done
	with 0 'has passed already' license issue --type free \
	    --expires 2001-01-01T00:00:00Z
	with 0 '' license show "${output##*$'\n'}"
	grep -Eqx 'state +expired' <<< "$output"
	grep -Eqx 'organization +any' <<< "$output"
	with 1 'wrong signature' licence show "${key%?????}AAAAA"
}

@test "a licence key is revoked, and released for another organization" {
	new_tenant
	key=$(issue --type growth)
	jti=$(ctl licence show "$key" | sed -n 's/^jti *//p')
	with 1 'no organization has installed' licence release "$jti"
	install_licence "$key"
	expect_status 204
	with 1 "in force in the organization $ORG" licence release "$jti"
	with 0 '' licence revoke "$jti" --json
	jq -e --arg jti "$jti" --arg org "$ORG" \
	    '. == {jti: $jti, organizationId: $org}' <<< "$output"
	with 0 'revoked already' licence revoke "$jti"
	[ "$(events licence.revoke "$jti")" = 1 ]
	# no growth, as if it had expired
	new_user "$(unique one)@example.org"
	with 1 'license has been revoked' member add --org "$ORG" \
	    --user "$USER_EMAIL" --role user
	install_licence "$(issue --type enterprise)"
	expect_status 204
	install_licence "$key"
	expect_status 400
	first=$ORG
	new_tenant
	install_licence "$key"
	expect_status 400
	with 0 '' licence release "$jti" --json
	jq -e --arg org "$first" '.organizationId == $org' <<< "$output"
	install_licence "$key"
	expect_status 204
	for text in '' 'a b' 'ä' "$(printf '%065d' 0)"; do
		with 2 'no jti' licence revoke "$text"
		with 2 'no jti' licence release "$text"
	done
}

@test "licence issue says what is wrong and signs nothing" {
	with 2 'google-enterprise' licence issue --type nonsense
	for limit in -1 x '' 1x 1000000001 99999999999999999999; do
		with 2 'must be numbers' licence issue --type free \
		    --projects "$limit"
		[ -z "$output" ]
	done
	with 2 'must be a time' licence issue --type free --expires soon
	with 2 'must be the id' licence issue --type free --org nonsense
	grep -v '^licence_signing_key' "$TENANTRY_CONF" \
	    > "$BATS_TEST_TMPDIR/a.conf"
	chmod 600 "$BATS_TEST_TMPDIR/a.conf"
	tool 1 'no signing key' licence issue --type free \
	    --conf "$BATS_TEST_TMPDIR/a.conf"
	[ -z "$output" ]
}
