#!/usr/bin/env bats
# From 0.1.0 with its data to the program of now, under load: the schema is
# brought up while workers of 0.1.0 serve, then the program's file is replaced, and
# each worker goes over to it by itself.  Run by `make faults`; 0.1.0 is built from
# the history.
#
# shellcheck disable=SC2154  # set by instance.bash

RELEASE=d6fb645531bb3be70851de08cd3c43e388ef42bc

setup_file() {
	load instance
	git -C "$ROOT" cat-file -e "$RELEASE^{commit}" 2> /dev/null ||
	    skip 'no history with 0.1.0 here'
	STATE=$(mktemp -d /tmp/tenantry-upgrade.XXXXXX)
	export STATE PORT TENANTRY_STATE=$STATE OLD=$STATE/0.1.0
	export NEW_PROGRAM=$PROGRAM NEW_CTL=$CTL
	mkdir "$OLD" "$STATE/bin"
	git -C "$ROOT" archive "$RELEASE" | tar -x -C "$OLD"
	env -u MAKEFLAGS -u MAKELEVEL -u BUILD -u PROGRAM -u CTL \
	    -u STATE -u PORT make -C "$OLD" all > "$STATE/build.log" 2>&1 || {
		tail -n 20 "$STATE/build.log"
		return 1
	}
	cp "$OLD/cgi-bin/tenantry.fcgi" "$STATE/bin/tenantry.fcgi"
	PORT=$(free_port)
	export PROGRAM=$STATE/bin/tenantry.fcgi
	CTL=$OLD/build/tenantryctl old_instance start
}

teardown_file() {
	load instance
	[ -d "${OLD:-}" ] || return 0
	old_instance stop
	drop_state
}

# Its own tools: the folder is as 0.1.0 leaves it.
old_instance() {
	"$OLD/tools/instance.sh" "$@" < /dev/null 3>&-
}

setup() {
	load instance
	read_environment
	load ../api/helper
}

teardown() {
	[ -z "${ledger_pid:-}" ] || kill -TERM "$ledger_pid" 2> /dev/null || true
}


# Every worker, as one that is asked may be any of them.
all_are_new() {
	local i

	for ((i = 0; i < 16; i++)); do
		api GET /v1/version && [ "$status_code" = 200 ] &&
		    [[ $body == *'"schema":'"$schema"'}'* ]] || return
	done
}

@test "an upgrade from 0.1.0 under load loses nothing and is 503 for 10 s at most" {
	CTL=$NEW_CTL
	schema=$("$CTL" --version --json | jq .schema)
	# projects, too, whose counts the new schema has
	for i in 1 2 3 4 5 6 7 8; do
		api POST /v1/organizations --data "{\"organizationName\":
		    \"Before $i\", \"accountName\": \"a\",
		    \"eulaAccepted\": true}"
		expect_status 200
	done
	api GET /v1/version
	expect_json '.version == "0.1.0" and .schema == 3'
	LEDGER_TENANTS=0 ledger_start 3
	ctl migrate > "$BATS_TEST_TMPDIR/migrate" 2>&1 || {
		cat "$BATS_TEST_TMPDIR/migrate"
		return 1
	}
	# those that nobody writes in have a chain, too
	[ "$(sql "SELECT COUNT(*) FROM organizations WHERE audit_seq = 0")" = 0 ]
	[ "$(sql "SELECT COUNT(*) FROM audit_events
	    WHERE action = 'audit.genesis'")" -ge 8 ]
	cp "$NEW_PROGRAM" "$STATE/bin/new"
	mv "$STATE/bin/new" "$STATE/bin/tenantry.fcgi"
	within 10 all_are_new
	sleep 3
	ledger_judge
	record 'upgrade from 0.1.0'
	expect_nothing_lost
	[ "$(grep -c '^# [0-9]* x [a-z]*:503:schema-mismatch' \
	    "$ledger.figures")" -gt 0 ]
	[ "$(grep '^# [0-9]* x ' "$ledger.figures" |
	    grep -vc ':503:schema-mismatch')" = 0 ]
	at_most read_failing 10
	at_most write_gap 10
	expect_sound
	run -0 ctl audit verify
	[[ $output == *', 0 problems'* ]]
}

@test "what was there before the upgrade is served, and the ledger's writes go on" {
	CTL=$NEW_CTL
	api GET /v1/organizations
	expect_json '[.organizations[].metadata.displayName |
	    select(startswith("Before"))] | length == 8'
	ledger_start 4
	ledger_judge
	expect_nothing_lost
	[ "$(figure failed)" = 0 ]
	[ "$(figure kinds)" -ge 12 ]
	expect_sound
	run -0 ctl audit verify
	[[ $output == *', 0 problems'* ]]
}
