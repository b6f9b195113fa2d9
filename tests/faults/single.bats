#!/usr/bin/env bats
# A single instance that loses its database, its workers, its disk, its time.
# What happens to one request is in tests/api/faults_*.bats; this is under load,
# many times.
#
# shellcheck disable=SC2030,SC2031,SC2034,SC2154  # set by single.bash

setup_file() {
	load instance
	instance_begin
}

teardown_file() {
	load instance
	instance_end
}

setup() {
	load single
	single_setup
	helpers=()
}

teardown() {
	local pid

	for pid in "${helpers[@]}"; do
		kill -TERM "$pid" 2> /dev/null || true
	done
	chmod -R u+w "$STATE/data"
	single_mend
	[ -z "${limits:-}" ] || sql "SET GLOBAL wait_timeout = 28800;
	    ALTER USER tenantry@localhost WITH MAX_USER_CONNECTIONS 0"
	within 30 is_ready
}

@test "kill -9 of the database, 20 times under load" {
	kill_database 20
	record 'kill -9 of a single database, 20 times'
}

@test "kill -9 and SIGTERM of workers, 200 times under load" {
	kill_workers 200
	record 'kill -9 or SIGTERM of a worker, 200 times'
}

@test "clients that go without the answer and ask again, 200 times" {
	vanish 200
	echo "# done before the second request: $vanished_after," \
	    "not: $vanished_before" >&3
	[ "$vanished_after" -gt 0 ]
	[ "$vanished_before" -ge 50 ]
}

@test "clients that go without the answer and come again with their key, 200 times" {
	vanish_with_key 200
	[ "$vanished_before" -ge 50 ]
}

@test "a full disk is 503, reads go on, and writes come back by themselves" {
	restart_database_for_limits
	ledger_start
	disk_is_full
	within 20 is_refused
	expect_unavailable
	new_name=$(unique Full)
	timed POST /v1/organizations --data "$(create_body "$new_name")"
	expect_unavailable
	[ "$took" -lt 11000 ]
	timed GET /v1/organizations
	expect_status 200
	sleep 2
	disk_has_space
	api POST /v1/organizations --data "$(create_body "$new_name")"
	expect_status 200
	sleep 2
	ledger_judge
	record 'disk full'
	expect_nothing_lost
	[ "$(figure failed)" -gt 0 ]
	empty_audit_trail
	expect_recovered
}

# Files that may not be written, and a server that does not try; root may write
# to any file.
@test "a read-only data folder is 503 for writes, reads go on, and it comes back" {
	new_org
	database_stop
	find "$STATE/data" -name '*.ibd' -exec chmod a-w {} + -o \
	    -name 'ib*' -type f -exec chmod a-w {} +
	DATABASE_OPTIONS=--innodb-read-only database_start
	within 20 is_ready
	events=$(sql 'SELECT COUNT(*) FROM audit_events')
	name=$(unique Not)
	rename_to "$name"
	expect_unavailable
	[ "$took" -lt 2000 ]
	api POST /v1/organizations --data "$(create_body "$name")"
	expect_unavailable
	api DELETE "/v1/organizations/$ORG"
	expect_unavailable
	api GET "/v1/organizations/$ORG"
	expect_status 200
	expect_json ".organization.metadata.displayName == \"$ORG_NAME\""
	[ "$(sql 'SELECT COUNT(*) FROM audit_events')" = "$events" ]
	expect_sound
	database_stop
	chmod -R u+w "$STATE/data"
	database_start
	within 20 is_ready
	rename_to "$name"
	expect_status 200
	expect_recovered
}

# Ends every connection of the program's, which are older than a new limit.
cut_connections() {
	local id

	for id in $(sql "SELECT id FROM information_schema.processlist
	    WHERE user = 'tenantry'"); do
		sql "KILL $id" 2> /dev/null || true # it may just have ended
	done
}

# The least that MariaDB takes for max_connections is 10, so it is the account
# that may have three.
@test "three connections for four workers are 200 or 503, and it comes back" {
	limits=yes
	sql 'ALTER USER tenantry@localhost WITH MAX_USER_CONNECTIONS 3'
	cut_connections
	ledger_start 5
	ledger_judge
	sql 'ALTER USER tenantry@localhost WITH MAX_USER_CONNECTIONS 0'
	record 'three connections for four workers'
	expect_nothing_lost
	[ "$(figure failed)" -gt 0 ]
	expect_recovered
}

connections_that_ended() {
	sql "SELECT variable_value FROM information_schema.global_status
	    WHERE variable_name = 'Aborted_clients'"
}

@test "connections that end after 1 s without use are not noticed" {
	limits=yes
	sql 'SET GLOBAL wait_timeout = 1'
	cut_connections
	before=$(connections_that_ended)
	LEDGER_WRITERS=2 LEDGER_READERS=0 LEDGER_TENANTS=0 LEDGER_PAUSE=2.5 \
	    ledger_start 20
	ledger_judge
	[ "$(connections_that_ended)" -ge $((before + 5)) ]
	sql 'SET GLOBAL wait_timeout = 28800'
	record 'wait_timeout = 1'
	expect_nothing_lost
	[ "$(figure failed)" = 0 ]
	expect_recovered
}

lock_is_held() {
	sql "SELECT id FROM information_schema.processlist
	    WHERE info LIKE '%SLEEP(30)%' AND id <> CONNECTION_ID()" | grep -q .
}

@test "a lock held for 30 s is 503 for its row within the deadline, no other's" {
	new_org
	sql "BEGIN; UPDATE organizations SET write_count = write_count + 1
	    WHERE id = '$ORG'; SELECT SLEEP(30); ROLLBACK" \
	    > /dev/null 3>&- &
	helpers+=($!)
	within 5 lock_is_held
	ledger_start 0
	while lock_is_held; do
		rename_to "$(unique Locked)"
		[ "$status_code" != 200 ] || break
		expect_unavailable
		[ "$took" -lt 11000 ]
		refused=$((${refused:-0} + 1))
	done
	[ "$refused" -ge 2 ]
	ledger_judge
	record 'a lock held for 30 s, of one row'
	expect_nothing_lost
	[ "$(figure failed)" = 0 ]
	name=$(unique Unlocked)
	rename_to "$name"
	expect_status 200
	expect_recovered
}

@test "ids stay unique and in order when the clock steps back an hour" {
	program_with_clock
	restarted=yes
	restart "$STATE/program" 1
	ids=$BATS_TEST_TMPDIR/ids
	make_ids 20
	before=$(clock_says)
	set_clock -3600
	[ "$(clock_says)" -lt $((before - 3500)) ]
	make_ids 20
	set_clock +0
	make_ids 20
	[ "$(wc -l < "$ids")" = 120 ]
	sort -cu "$ids"
	sort -cu "$ids.requests"
	expect_sound
}

@test "ids of several workers stay unique when the clock steps back an hour" {
	program_with_clock
	restarted=yes
	restart "$STATE/program" 4
	ledger_start
	for offset in -3600 +0 -3600 -1800 +0; do
		set_clock "$offset"
		sleep 1
	done
	ledger_judge
	record 'the clock steps back an hour, and on'
	expect_nothing_lost
	[ "$(figure failed)" = 0 ]
	expect_recovered
}

@test "a deploy of a time to come is taken over once" {
	program_with_clock
	restarted=yes
	restart "$STATE/program" 1
	ids=$BATS_TEST_TMPDIR/ids
	set_clock -3600
	make_ids 1
	started=$(grep -c 'starting over' "$STATE/log/tenantry.log" || true)
	cp -p "$TENANTRY_CONF" "$TENANTRY_CONF.new"
	mv "$TENANTRY_CONF.new" "$TENANTRY_CONF"
	for _ in {1..5}; do
		sleep 1
		make_ids 1
	done
	[ "$(grep -c 'starting over' "$STATE/log/tenantry.log")" \
	    = $((started + 1)) ]
}

@test "licences are judged by the time that the program has" {
	program_with_clock
	restarted=yes
	restart "$STATE/program" 1
	new_tenant
	licence=$(issue --type growth \
	    --expires "$(date -u -d '+30 minutes' +%Y-%m-%dT%H:%M:%SZ)")
	set_clock -3600
	install_licence "$licence"
	expect_problem 400 'issued in the future'
	set_clock +0
	install_licence "$licence"
	expect_status 204
	KEY=$OWNER_KEY api POST /v1/projects --data '{"displayName": "Early"}'
	expect_status 201
	# behind the days of grace
	set_clock +15d
	KEY=$OWNER_KEY api POST /v1/projects --data '{"displayName": "Late"}'
	expect_problem 403
	[ "$(sql "SELECT COUNT(*) FROM projects WHERE display_name = 'Late'
	    AND organization_id = '$ORG'")" = 0 ]
	install_licence "$licence"
	expect_problem 400
	# what is there can be read and renamed
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG"
	expect_status 200
	KEY=$OWNER_KEY rename_to "$(unique Renamed)"
	expect_status 200
	set_clock +0
	KEY=$OWNER_KEY api POST /v1/projects --data '{"displayName": "Late"}'
	expect_status 201
	expect_sound
}

# slow_clients OPTION...: sixty for ten seconds, many more than workers.
slow_clients() {
	slowhttptest -c 60 -r 60 -i 1 -l 10 -p 3 "$@" \
	    > "$BATS_TEST_TMPDIR/slow" 2>&1 3>&- &
	helpers+=($!)
	slow=$!
}

# others_are_served: meanwhile; each within two seconds.
others_are_served() {
	local served=0

	while kill -0 "$slow" 2> /dev/null; do
		timed GET "/v1/organizations/$ORG"
		expect_status 200
		[ "$took" -lt 2000 ]
		rename_to "$(unique Served)"
		expect_status 200
		[ "$took" -lt 2000 ]
		served=$((served + 2))
		sleep 0.05
	done
	cat "$BATS_TEST_TMPDIR/slow"
	echo "# $1: $served other requests" >&3
	[ "$served" -ge 20 ]
}

@test "slow headers, slow bodies and slow readers keep no worker from others" {
	new_org
	workers=$(process worker | sort)
	slow_clients -H -u "$TENANTRY_URL/v1/organizations"
	others_are_served 'slow headers'
	slow_clients -B -u "$TENANTRY_URL/v1/organizations" -s 4096 -x 24
	others_are_served 'slow bodies'
	slow_clients -X -w 10 -y 20 -n 5 -z 32 -k 3 \
	    -u "$TENANTRY_URL/v1/openapi.json"
	others_are_served 'slow readers'
	[ "$(process worker | sort)" = "$workers" ]
	expect_recovered
}
