#!/usr/bin/env bats
# What the server would decide for a session, set against the program: each
# answer and each row is right all the same.
# shellcheck disable=SC2154

load helper
load tenancy

setup() {
	follow_only_the_test
	workers=$(process worker | sort)
}

teardown() {
	database_start > /dev/null
	sql "SET GLOBAL init_connect = '', autocommit = 1, completion_type = 0,
	    sql_select_limit = 18446744073709551615,
	    max_join_size = 18446744073709551615, sql_big_selects = 1,
	    foreign_key_checks = 1, unique_checks = 1, sql_safe_updates = 0,
	    sql_auto_is_null = 0, sql_mode = DEFAULT, time_zone = 'SYSTEM',
	    lock_wait_timeout = DEFAULT, innodb_lock_wait_timeout = DEFAULT;
	    SET GLOBAL TRANSACTION READ WRITE;
	    SET GLOBAL TRANSACTION ISOLATION LEVEL REPEATABLE READ"
	cut_connections
	[ "$(process worker | sort)" = "$workers" ]
}

# Workers connect again, and meet what the server has become.
cut_connections() {
	local id

	for id in $(sql "SELECT id FROM information_schema.processlist
	    WHERE user = 'tenantry'"); do
		sql "KILL $id" || true
	done
}

# Reads, writes, refusals and throttling, as they are without.
expect_right() {
	local name i email

	cut_connections
	api GET /readyz
	expect_status 200
	api GET /doctor
	expect_json '.checks[] | select(.check == "session") | .state == "ok"'
	name=$(unique 'Zoë 🦊')
	new_org "$name"
	[ "$(json .organization.metadata.displayName)" = "$name" ]
	[ "$(sql "SELECT display_name FROM organizations
	    WHERE id = '$ORG'")" = "$name" ]
	# as bytes, whatever this client's own settings are
	[ "$(sql "SELECT HEX(display_name) FROM organizations
	    WHERE id = '$ORG'")" = \
	    "$(printf %s "$name" | od -An -v -tx1 | tr -d ' \n' |
	    tr a-f A-F)" ]
	api PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$name II\"}"
	expect_status 200
	api GET "/v1/organizations/$ORG"
	expect_json ".organization.metadata.displayName == \"$name II\""
	# more than a limit of 5 rows would give
	new_user "$(unique lister)@example.org"
	for i in 1 2 3 4 5 6; do
		KEY=$USER_KEY new_org "$(unique "$i")"
	done
	KEY=$USER_KEY api GET /v1/organizations
	expect_json '.organizations | length == 6'
	# what belongs to an organization goes with it
	KEY=$USER_KEY api DELETE "/v1/organizations/$ORG"
	expect_status 204
	ctl purge --org "$ORG" --now
	[ "$(sql "SELECT (SELECT COUNT(*) FROM projects
	    WHERE organization_id = '$ORG') + (SELECT COUNT(*)
	    FROM organization_bindings WHERE organization_id = '$ORG')
	    + (SELECT COUNT(*) FROM licences
	    WHERE organization_id = '$ORG')")" = 0 ]
	# failures are committed
	email=$(unique nobody)@example.org
	KEY='' api GET /v1/organizations --user "$email:wrong"
	expect_status 401
	[ "$(sql "SELECT COUNT(*) FROM login_failures WHERE login_digest =
	    UNHEX(SHA2('$email', 256))")" -ge 1 ]
}

@test "session: init_connect sets all of it otherwise" {
	sql "SET GLOBAL init_connect = 'SET NAMES latin1, autocommit = 0,
	    completion_type = 2, sql_select_limit = 5, foreign_key_checks = 0,
	    unique_checks = 0, sql_safe_updates = 1, time_zone = \"+05:00\",
	    sql_mode = \"PAD_CHAR_TO_FULL_LENGTH,ANSI_QUOTES\"'"
	expect_right
}

@test "session: the server's own settings are otherwise" {
	sql "SET GLOBAL autocommit = 0, completion_type = 2,
	    sql_select_limit = 5, max_join_size = 1, sql_big_selects = 0,
	    foreign_key_checks = 0, unique_checks = 0, sql_safe_updates = 1,
	    sql_auto_is_null = 1, time_zone = '+05:00',
	    sql_mode = 'ANSI_QUOTES', lock_wait_timeout = 1,
	    innodb_lock_wait_timeout = 1
	    /*M! , sql_mode = 'ANSI_QUOTES,SIMULTANEOUS_ASSIGNMENT' */;
	    SET GLOBAL TRANSACTION READ ONLY;
	    SET GLOBAL TRANSACTION ISOLATION LEVEL READ UNCOMMITTED"
	expect_right
}

# READ COMMITTED cannot write to a log of statements.
@test "session: the server logs statements, and overrules character sets" {
	database_stop > /dev/null
	DATABASE_OPTIONS="--log-bin=statements --binlog-format=STATEMENT \
	    --loose-skip-character-set-client-handshake" database_start > /dev/null
	expect_right
	api GET /doctor
	expect_json '.checks[] | select(.check == "isolation") |
	    .state == "warn" and (.detail | contains("REPEATABLE-READ"))'
	new_tenant
	install_licence "$(issue --type growth --projects 3 --org "$ORG")"
	KEY=$OWNER_KEY api_many 16 POST /v1/projects \
	    --data '{"displayName": "Project {}"}'
	[ "$(count_codes 201)" = 2 ]
	[ "$(count_codes 409)" = 14 ]
	[ "$(sql "SELECT COUNT(*) FROM projects
	    WHERE organization_id = '$ORG'")" = 3 ]
	database_stop > /dev/null
	database_start > /dev/null
	within 20 is_ready
	api GET /doctor
	expect_json '.checks[] | select(.check == "isolation") |
	    .state == "ok" and (.detail | contains("READ-COMMITTED"))'
}
