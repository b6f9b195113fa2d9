#!/usr/bin/env bats
# A cluster of three nodes in short: it starts, a node dies, nothing is lost.
# cluster_nodes.bats has the long form.

# shellcheck disable=SC2154  # set by helper.bash

setup_file() {
	load helper
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
}

teardown() {
	local n

	for n in 1 2 3; do
		sql "$n" 'SET GLOBAL read_only = 0' 2> /dev/null || true
	done
}

make_read_only() { # N...
	local n

	for n in "$@"; do
		sql "$n" 'SET GLOBAL read_only = 1'
	done
}

@test "init has run once, and says so the second time" {
	run "$CTL" init --conf "$TENANTRY_CONF"
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"0 applied now"* ]]
	[[ $output == *"none made"* ]]
	[ "$(sql 1 'SELECT COUNT(*) FROM tenantry.users')" = 1 ]
}

@test "what is written on one address is read on the other" {
	for i in 1 2 3 4 5 6 7 8 9 10; do
		create "$URL_1" "$name $i"
		expect_status 200
		id=$(jq -r .organization.metadata.id <<< "$body")
		call "$URL_2" GET "/v1/organizations/$id"
		expect_status 200
		call "$URL_1" PATCH "/v1/organizations/$id/metadata" \
		    --data "{\"displayName\": \"$name $i b\"}"
		expect_status 200
		call "$URL_2" GET "/v1/organizations/$id"
		[ "$(jq -r .organization.metadata.displayName <<< "$body")" = \
		    "$name $i b" ]
	done
}

@test "one name created on both addresses at once is made once" {
	pids=()
	for i in 1 2 3 4 5 6 7 8; do
		url=$URL_1
		[ $((i % 2)) = 0 ] || url=$URL_2
		curl --silent --noproxy '*' --max-time 30 --output /dev/null \
		    --write-out '%{http_code}\n' \
		    --header "X-Api-Key: $TENANTRY_API_KEY" \
		    --data "$(create_body "$name")" "$url/v1/organizations" \
		    > "$BATS_TEST_TMPDIR/$i.code" 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	cat "$BATS_TEST_TMPDIR"/*.code
	[ "$(cat "$BATS_TEST_TMPDIR"/*.code | grep -c 200)" = 1 ]
	[ "$(cat "$BATS_TEST_TMPDIR"/*.code | grep -c 409)" = 7 ]
	[ "$(sql 3 "SET SESSION wsrep_sync_wait = 1; SELECT COUNT(*)
	    FROM tenantry.organizations WHERE display_name = '$name'")" = 1 ]
}

@test "renames of one organization on all nodes at once each count once" {
	create "$URL_1" "$name"
	id=$(jq -r .organization.metadata.id <<< "$body")
	pids=()
	for i in $(seq 30); do
		url=$URL_1
		[ $((i % 2)) = 0 ] || url=$URL_2
		curl --silent --noproxy '*' --max-time 30 --output /dev/null \
		    --write-out '%{http_code}\n' --request PATCH \
		    --header "X-Api-Key: $TENANTRY_API_KEY" \
		    --data "{\"displayName\": \"$name $i\"}" \
		    "$url/v1/organizations/$id/metadata" \
		    > "$BATS_TEST_TMPDIR/$i.code" 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	sort "$BATS_TEST_TMPDIR"/*.code | uniq -c
	done=$(cat "$BATS_TEST_TMPDIR"/*.code | grep -c 200)
	[ "$done" -gt 0 ]
	[ "$(cat "$BATS_TEST_TMPDIR"/*.code | grep -cv '200\|503')" = 0 ]
	row=$(rows 2 | grep "^organization	$id")
	echo "$row"
	[ "$(cut -f 4 <<< "$row")" = $((1 + done)) ]
	[ "$(cut -f 6 <<< "$row")" = "$done" ]
}

# with_hosts HOST...: the settings, with other hosts.
with_hosts() {
	other=$BATS_TEST_TMPDIR/other.conf
	sed "s|^db_hosts = .*|db_hosts = $*|" "$TENANTRY_CONF" > "$other"
	cp "${TENANTRY_CONF%.conf}-admin.conf" "${other%.conf}-admin.conf"
	chmod 600 "$other" "${other%.conf}-admin.conf"
}

@test "hosts that are not there are passed over" {
	with_hosts /nowhere.sock 127.0.0.1:1 "$NODE_2_SOCKET" localhost:2
	for i in 1 2 3 4 5 6; do
		run "$CTL" check --conf "$other"
		echo "$output"
		[ "$status" = 0 ]
	done
}

@test "where no host is there, that is said in time" {
	with_hosts /nowhere.sock 127.0.0.1:1 /elsewhere.sock
	SECONDS=0
	run "$CTL" check --conf "$other"
	echo "$output"
	[ "$status" != 0 ]
	[ "$SECONDS" -lt 10 ]
}

@test "where one node still takes writes, all writes go there" {
	make_read_only 1 2
	for i in 1 2 3 4 5 6; do
		create "$URL_1" "$name $i"
		expect_status 200
		create "$URL_2" "$name $i b"
		expect_status 200
	done
}

@test "where all nodes only read, reads go on and writes are 503" {
	make_read_only 1 2 3
	for url in "$URL_1" "$URL_2"; do
		create "$url" "$name"
		expect_unavailable
		call "$url" GET /v1/organizations
		expect_status 200
	done
	[ "$(sql 1 "SELECT COUNT(*) FROM tenantry.organizations
	    WHERE display_name = '$name'")" = 0 ]
}

@test "writes come back by themselves when a node takes them again" {
	make_read_only 1 2 3
	create "$URL_1" "$name"
	expect_unavailable
	sql 2 'SET GLOBAL read_only = 0'
	create "$URL_1" "$name"
	expect_status 200
}

@test "kill -9 of a node under load loses nothing and does nothing twice" {
	n=$(busiest_node)
	ledger_start
	kill -KILL "$(pid_of "$n")"
	sleep 7
	ledger_judge $((n % 3 + 1))
	record "kill -9 of one node (short)"
	expect_nothing_lost
	has_size $((n % 3 + 1)) 2
}

@test "the dead node comes back, is a member and has all rows" {
	for n in 1 2 3; do
		[ -n "$(pid_of "$n")" ] || cluster node-start "$n"
	done
	has_size 1 3
	nodes_are_equal
	read_environment
	[ "$NODE_1_PID $NODE_2_PID $NODE_3_PID" = \
	    "$(pid_of 1) $(pid_of 2) $(pid_of 3)" ]
}
