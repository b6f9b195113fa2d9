#!/usr/bin/env bats
# Nodes that die, hang, are cut off or restarted, one after the other, while a
# client writes and reads and keeps its ledger.  Run by `make faults`.
#
# shellcheck disable=SC2154  # set by helper.bash

# Wires that can be pulled need root.
setup_file() {
	load helper
	! unshare --net true 2> /dev/null || export CLUSTER_NETWORK=own
	cluster_begin
}

teardown_file() {
	load helper
	cluster_end
}

setup() {
	load helper
	read_environment
	name="Cluster $BATS_TEST_NUMBER $RANDOM$RANDOM"
	start_missing_nodes
}

# A test that failed half-way must not break the next.
teardown() {
	local pid

	for n in 1 2 3; do
		pid=$(pid_of "$n")
		[ -z "$pid" ] || kill -CONT "$pid"
		[ -z "${CLUSTER_NETWORK:-}" ] || cluster join "$n"
	done
	[ -z "${ledger_pid:-}" ] || kill -TERM "$ledger_pid" 2> /dev/null || true
}

start_missing_nodes() {
	for n in 1 2 3; do
		[ -n "$(pid_of "$n")" ] || cluster node-start "$n"
	done
	for n in 1 2 3; do
		within 20 has_size "$n" 3
	done
}

# Without a network of its own a node can be told to hear nobody.
cut_off() { # NODE
	if [ -n "${CLUSTER_NETWORK:-}" ]; then
		cluster cut "$1"
		fault='network cut of one node'
	else
		sql "$1" "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=1'"
		fault='one node isolated (no network of its own without root)'
	fi
}

let_in() { # NODE
	if [ -n "${CLUSTER_NETWORK:-}" ]; then
		cluster join "$1"
	else
		sql "$1" "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=0'"
	fi
}

# with_settings NAME SED-COMMAND METHOD PATH [BODY]: a program of other settings,
# in its CGI life.  Sets answer; its log is NAME.log.
with_settings() {
	local settings=$BATS_TEST_TMPDIR/$1.conf

	sed "$2" "$TENANTRY_CONF" > "$settings"
	chmod 600 "$settings"
	answer=$(printf '%s' "${5:-}" | env -i TENANTRY_CONF="$settings" \
	    GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD="$3" SCRIPT_NAME= \
	    PATH_INFO="$4" REQUEST_URI="$4" QUERY_STRING= \
	    CONTENT_LENGTH="$(printf '%s' "${5:-}" | wc -c)" \
	    CONTENT_TYPE=application/json SERVER_PROTOCOL=HTTP/1.1 \
	    REMOTE_ADDR=127.0.0.1 HTTP_X_API_KEY="$TENANTRY_API_KEY" \
	    "$PROGRAM" 2> "$BATS_TEST_TMPDIR/$1.log" | tr -d '\r')
}

# One that knows one node only.
alone() { # NODE METHOD PATH [BODY]
	local node=NODE_$1_SOCKET

	with_settings alone "s|^db_hosts = .*|db_hosts = ${!node}|" "${@:2}"
}

expect_alone_unavailable() {
	echo "$answer"
	grep -q '^Status: 503' <<< "$answer" || return
	grep -q '^Retry-After: [1-9]' <<< "$answer"
}

@test "kill -9 of each node in turn under load" {
	ledger_start
	for n in 1 2 3; do
		kill -KILL "$(pid_of "$n")"
		sleep 6
		cluster node-start "$n"
		sleep 2
	done
	ledger_judge 1
	record 'kill -9 of each node in turn'
	expect_nothing_lost
	at_most read_failing 1
	at_most write_gap 6
	nodes_are_equal
}

@test "a node that hangs and goes on" {
	n=$(busiest_node)
	other=$((n % 3 + 1))
	ledger_start
	kill -STOP "$(pid_of "$n")"
	sleep 8
	has_size "$other" 2
	kill -CONT "$(pid_of "$n")"
	# the node itself still believes what it knew before
	within 20 has_size "$other" 3
	within 20 has_size "$n" 3
	sleep 2
	ledger_judge "$other"
	record 'a node hangs for 8 s (SIGSTOP)'
	expect_nothing_lost
	at_most read_failing 1
	at_most write_gap 6
	nodes_are_equal
}

@test "with db_read_wait = 0 a read waits for the cluster" {
	create "$URL_1" "$name"
	expect_status 200
	n=$(busiest_node)
	kill -STOP "$(pid_of "$n")"
	with_settings patient '1i db_read_wait = 0' \
	    GET "/v1/organizations/$(jq -r .organization.metadata.id <<< "$body")"
	kill -CONT "$(pid_of "$n")"
	echo "$answer"
	cat "$BATS_TEST_TMPDIR/patient.log"
	grep -q '^Status: 200' <<< "$answer"
	grep -qF "$name" <<< "$answer"
	[ "$(grep -c 'keeps a read waiting' \
	    "$BATS_TEST_TMPDIR/patient.log")" = 0 ]
}

@test "a node cut off from the others takes no write and answers 503" {
	n=$(busiest_node)
	other=$((n % 3 + 1))
	ledger_start
	cut_off "$n"
	# before it knows, and when it knows
	alone "$n" POST /v1/organizations "$(create_body "$name 0")"
	expect_alone_unavailable
	within 20 has_state "$n" non-Primary
	for i in 1 2 3 4 5; do
		alone "$n" POST /v1/organizations "$(create_body "$name $i")"
		expect_alone_unavailable
		alone "$n" GET /v1/organizations
		expect_alone_unavailable
	done
	sleep 3
	let_in "$n"
	within 20 has_size "$other" 3
	within 20 has_size "$n" 3
	sleep 2
	ledger_judge "$other"
	record "$fault"
	expect_nothing_lost
	at_most read_failing 1
	at_most write_gap 6
	[ "$(sql "$other" "SELECT COUNT(*) FROM tenantry.organizations
	    WHERE display_name LIKE '$name%'")" = 0 ]
	nodes_are_equal
}

@test "three nodes cut off from each other answer 503 and find together again" {
	[ -n "${CLUSTER_NETWORK:-}" ] ||
	    skip 'no network of its own for a node without root'
	ledger_start
	for n in 1 2 3; do
		cut_off "$n"
	done
	for n in 1 2 3; do
		within 20 has_state "$n" non-Primary
	done
	for url in "$URL_1" "$URL_2"; do
		create "$url" "$name"
		expect_unavailable
		call "$url" GET /v1/organizations
		expect_unavailable
	done
	for n in 1 2 3; do
		let_in "$n"
	done
	for n in 1 2 3; do
		within 30 has_size "$n" 3
	done
	sleep 2
	ledger_judge 1
	record 'network cut of all three from each other'
	expect_nothing_lost
	[ "$(sql 1 "SELECT COUNT(*) FROM tenantry.organizations
	    WHERE display_name = '$name'")" = 0 ]
	nodes_are_equal
}

@test "a node told to end under load, without being drained" {
	n=$(busiest_node)
	ledger_start
	kill -TERM "$(pid_of "$n")"
	within 30 has_size $((n % 3 + 1)) 2
	sleep 2
	ledger_judge $((n % 3 + 1))
	record 'SIGTERM of one node, not drained'
	expect_nothing_lost
	at_most read_failing 1
}

@test "a rolling restart of all three" {
	ledger_start
	for n in 1 2 3; do
		cluster node-restart "$n"
		sleep 2
	done
	ledger_judge 2
	record 'rolling restart of all three, drained'
	expect_nothing_lost
	[ $(($(figure failed) * 1000)) -le "$(figure requests)" ]
	nodes_are_equal
}

@test "the last of three takes no write and answers 503 until another is back" {
	n=$(busiest_node)
	a=$((n % 3 + 1))
	b=$((a % 3 + 1))
	create "$URL_1" "$name"
	expect_status 200
	kill -KILL "$(pid_of "$a")" "$(pid_of "$b")"
	within 20 has_state "$n" non-Primary
	for url in "$URL_1" "$URL_2"; do
		create "$url" "$name lost"
		expect_unavailable
		call "$url" GET /v1/organizations
		expect_unavailable
	done
	cluster node-start "$a"
	for url in "$URL_1" "$URL_2"; do
		create "$url" "$name $url"
		expect_status 200
	done
	[ "$(sql "$n" "SELECT COUNT(*) FROM tenantry.organizations
	    WHERE display_name = '$name lost'")" = 0 ]
	cluster node-start "$b"
	nodes_are_equal
}

@test "all three killed at once: the cluster starts again with all rows" {
	ledger_start
	sleep 2
	kill -KILL "$(pid_of 1)" "$(pid_of 2)" "$(pid_of 3)"
	sleep 1
	kill -TERM "$ledger_pid"
	wait "$ledger_pid" || true
	cluster start
	rows 1 > "$ledger.rows"
	python3 "$ROOT/tests/faults/ledger.py" judge "$ledger" \
	    < "$ledger.rows" > "$ledger.figures" || true
	cat "$ledger.figures"
	record 'kill -9 of all three at once'
	expect_nothing_lost
	nodes_are_equal
	for url in "$URL_1" "$URL_2"; do
		create "$url" "$name $url"
		expect_status 200
	done
}
