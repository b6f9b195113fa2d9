#!/usr/bin/env bats
# A primary and its replica: reads and writes while one takes the other's place.
#
# shellcheck disable=SC2034,SC2153,SC2154,SC2317  # set by, or for, the helpers

# Both with a binary log, since each is the other's primary at some time.
database() { # 1|2 start|stop
	local folder=$STATE

	[ "$1" = 1 ] || folder=$STATE/replica
	STATE=$folder DATABASE_OPTIONS="$(options "$1")" instance "database-$2"
}

options() { # 1|2
	local port=PORT_$1

	echo "--server-id=$1 --log-bin=log --log-slave-updates" \
	    "--binlog-format=ROW --skip-networking=0" \
	    "--bind-address=127.0.0.1 --port=${!port}"
}

socket() { # 1|2
	if [ "$1" = 1 ]; then
		echo "$STATE/run/db.sock"
	else
		echo "$STATE/replica/run/db.sock"
	fi
}

on() { # 1|2 STATEMENT...
	mariadb --no-defaults --socket="$(socket "$1")" --user="$(id -un)" \
	    --default-character-set=utf8mb4 --batch --skip-column-names \
	    --execute "${*:2}"
}

follow() { # 1|2 1|2: the first is the replica of the second
	local port=PORT_$2

	on "$1" "SET GLOBAL read_only = 1;
	    SET GLOBAL gtid_slave_pos = @@gtid_current_pos;
	    CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${!port},
	    MASTER_USER = 'replica', MASTER_PASSWORD = '$SECRET',
	    MASTER_USE_GTID = slave_pos; START SLAVE"
}

# The second has all that the first has.
catch_up() { # 1|2 1|2
	local position

	position=$(on "$1" 'SELECT @@gtid_current_pos')
	[ "$(on "$2" "SELECT MASTER_GTID_WAIT('$position', 30)")" = 0 ]
}

# Nobody writes; the second has everything; the second is written to.
switch_over() { # 1|2 1|2
	on "$1" 'SET GLOBAL read_only = 1'
	catch_up "$1" "$2"
	on "$2" 'STOP SLAVE; RESET SLAVE ALL; SET GLOBAL read_only = 0'
	follow "$1" "$2"
	primary=$2
}

setup_file() {
	load instance
	PORT_1=$(free_port) PORT_2=$(free_port)
	SECRET=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
	export PORT_1 PORT_2 SECRET
	DATABASE_OPTIONS=$(options 1) instance_begin
	mkdir "$STATE/replica"
	database 2 start
	on 1 "CREATE USER replica@127.0.0.1 IDENTIFIED BY '$SECRET';
	    GRANT REPLICATION SLAVE ON *.* TO replica@127.0.0.1"
	follow 2 1
	catch_up 1 2
	sed -i "s|^db_socket = .*|db_hosts = $(socket 1) $(socket 2)|" \
	    "$TENANTRY_CONF"
	sleep 3 # the workers see it with their next request
}

teardown_file() {
	load instance
	database 2 stop
	instance_end
}

setup() {
	load instance
	read_environment
	load ../api/helper
	load ../api/tenancy
	primary=1
	# in place of the helper's
	sql() {
		on "$primary" "USE tenantry; $*"
	}
}

# Each test begins with the first as the primary.
teardown() {
	[ -z "${ledger_pid:-}" ] || kill -TERM "$ledger_pid" 2> /dev/null || true
	database 1 start
	[ "$primary" = 1 ] || switch_over 2 1
	on 1 'SET GLOBAL read_only = 0'
}

equal_rows() {
	local all

	catch_up "$primary" $((3 - primary))
	all=$(rows)
	[ -n "$all" ]
	[ "$all" = "$(primary=$((3 - primary)) && rows)" ]
}

@test "what one has the other has, and writes go to the primary" {
	for i in 1 2 3 4 5 6 7 8; do
		new_org
	done
	[ "$(on 2 'SELECT @@read_only')" = 1 ]
	equal_rows
	expect_sound
}

@test "a switch-over under load, and back, loses nothing" {
	ledger_start
	switch_over 1 2
	sleep 4
	switch_over 2 1
	sleep 4
	ledger_judge
	record 'switch-over to the replica, and back'
	# who still reads from the old primary may be behind, for a second
	for name in lost twice done_but_refused; do
		[ "$(figure $name)" = 0 ]
	done
	odd=$(grep '^# [0-9]* x ' "$ledger.figures" |
	    grep -v ':503:[a-z]\|:404:no-resource') || true
	[ -z "$odd" ]
	equal_rows
	expect_sound
}

@test "while nobody may be written to, writes are 503 and reads go on" {
	new_org
	on 1 'SET GLOBAL read_only = 1'
	catch_up 1 2
	name=$(unique Between)
	for i in 1 2 3 4 5 6 7 8; do
		api POST /v1/organizations --data "$(create_body "$name")"
		expect_problem 503
		[[ $(header Retry-After) == [1-9]* ]]
		api GET "/v1/organizations/$ORG"
		expect_status 200
	done
	switch_over 1 2
	api POST /v1/organizations --data "$(create_body "$name")"
	expect_status 200
	equal_rows
}

@test "soon after a switch-over nobody reads from the old primary" {
	new_org
	# every worker has a connection to it, and learns nothing from a write
	api_many 32 GET "/v1/organizations/$ORG"
	switch_over 1 2
	on 1 'STOP SLAVE'
	sql "UPDATE organizations SET version = 9 WHERE id = '$ORG'"
	sleep 2
	api_many 32 GET "/v1/organizations/$ORG"
	[ "$(cat "$BATS_TEST_TMPDIR"/many.*/*.body |
	    jq .organization.metadata.version | grep -cx 9)" = 32 ]
	sql "UPDATE organizations SET version = 1 WHERE id = '$ORG'"
	on 1 'START SLAVE'
	equal_rows
	expect_sound
}

@test "after a switch-over the old primary is not needed" {
	switch_over 1 2
	database 1 stop
	for i in 1 2 3 4 5 6 7 8; do
		new_org
		api GET "/v1/organizations/$ORG"
		expect_status 200
	done
	database 1 start
	equal_rows
}
