#!/usr/bin/env bats
# The races of tests/api on a cluster: the requests that come at once are spread over
# both web servers, whose workers are connected to all nodes.  There is one right
# outcome of each, as on one server.
#
# shellcheck disable=SC2031,SC2154  # set by helper.bash

setup_file() {
	local n

	load helper
	cluster_begin || return
	# what a test looks up on one node was written on another
	for n in 1 2 3; do
		sql "$n" 'SET GLOBAL wsrep_sync_wait = 15'
	done
}

teardown_file() {
	load helper
	cluster_end
}

setup() {
	load helper
	read_environment
}

# races FILE [NAME]: the tests of the file that match, at least one of them.
races() {
	local at_once=' at once|at the same time|16 clients|while its (user|maker)|last seat|comes back'
	local outer=("${!BATS_@}")

	run env "${outer[@]/#/--unset=}" TENANTRY_ROOT="$ROOT" \
	    TENANTRY_URL="$URL_1" FRONT_URLS="$TENANTRY_URLS" \
	    TENANTRY_STATE="$STATE/cluster" NODE_SOCKET="$NODE_3_SOCKET" \
	    NODE_SOCKETS="$NODE_1_SOCKET $NODE_2_SOCKET $NODE_3_SOCKET" \
	    CTL="$CTL" PROGRAM="$PROGRAM" \
	    bats --formatter tap --filter "${2:-$at_once}" \
	    "$ROOT/tests/api/$1.bats"
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *$'\nok 1 '* ]]
}

@test "races of members" {
	races members
}

@test "races of who leaves" {
	races leave 'at once'
}

@test "races of invitations" {
	races invitations
}

@test "races of API keys" {
	races api_keys '(made|rotate one key|only key|revoke one key).* (at once|once|one does it)|maker is'
}

@test "races of projects" {
	races projects
}

@test "races of creations" {
	races create
}

@test "races of organizations that are renamed, deleted, restored and purged" {
	races organization_change
	races delete 'of 8 deletes at once'
	races restore 'restore and a purge|many restores at once|comes back with'
}

@test "races of those who come with an idempotency key or an ETag" {
	races idempotency 'eight at once'
	races preconditions 'at once with the same ETag'
}

@test "races of secret keys, of members of a project, and of a limit of rate" {
	races secret_keys 'at once'
	races context_users 'twice at once'
	races rates 'at once'
}

# Each request goes to any of the web servers, and its worker to any node.
@test "sessions and limits of rate are one for both web servers" {
	# the others look for one log, or are a page of one address
	races sessions '^(a (person|wrong|session ends|disabled|password)|without|of|the cookie|step-up:|only|nobody) '
	races rates .
}

# Each creation goes to another node than the one before.
@test "of a user's creations at once on all nodes the last one that may be is made" {
	races settings 'at once the last'
}

# node_says NODE COMMAND...: the tool, on one node.
node_says() {
	local conf=$BATS_TEST_TMPDIR/node-$1.conf socket=NODE_$1_SOCKET

	sed "s|^db_hosts = .*|db_hosts = ${!socket}|" "$TENANTRY_CONF" > "$conf"
	chmod 600 "$conf"
	"$CTL" "${@:2}" --conf "$conf"
}

@test "of a thousand writes at once on all nodes each has a place in the trail" {
	races changes 'a thousand writes at once'
}

@test "the trail of each organization is whole on each node" {
	[ "$(sql 1 'SELECT COUNT(*) FROM (SELECT 1 FROM tenantry.audit_events
	    WHERE chain_id IS NOT NULL
	    GROUP BY chain_id, seq HAVING COUNT(*) > 1) doubles')" = 0 ]
	for n in 1 2 3; do
		run node_says "$n" audit verify
		echo "node $n: $output"
		[ "$status" = 0 ]
	done
	nodes_are_equal
}
