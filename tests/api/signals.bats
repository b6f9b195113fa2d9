#!/usr/bin/env bats
# Signals, sent to a worker that listens on a socket of its own: none is lost,
# and none cuts an answer short.
# shellcheck disable=SC2154

setup() {
	load helper
	load tenancy
	load cgi
	load hold
	load worker
	# long enough for a lock to be held on a slow machine
	settings 'deadline = 60'
}

teardown() {
	release_row
	worker_kill
}

# --- busy ---------------------------------------------------------------------

# rename_held NAME: a rename of ORG that waits for the row.  Sets CLIENT.
rename_held() {
	printf '{"displayName": "%s"}' "$1" > "$BATS_TEST_TMPDIR/body"
	perl "$worker" ask "$socket" PATCH "/v1/organizations/$ORG/metadata" \
	    HTTP_X_API_KEY="$TENANTRY_API_KEY" < "$BATS_TEST_TMPDIR/body" \
	    > "$BATS_TEST_TMPDIR/renamed" 3>&- 8>&- &
	CLIENT=$!
	within 20 wait_for_locks 1
}

display_name() {
	sql "SELECT display_name FROM organizations WHERE id = '$ORG'"
}

@test "a busy worker finishes its answer on SIGTERM, then ends" {
	local name signal

	for signal in TERM USR1; do
		rm -f "$BATS_TEST_TMPDIR/hold"
		new_org
		name=$(unique Busy)
		worker_start
		hold_row
		rename_held "$name"
		kill "-$signal" "$WORKER"
		kill "-$signal" "$WORKER"
		# the signal is there, the worker goes on
		kill -0 "$WORKER"
		wait_for_locks 1
		[ ! -s "$BATS_TEST_TMPDIR/renamed" ]
		release_row
		wait "$CLIENT"
		grep -q '^Status: 200' "$BATS_TEST_TMPDIR/renamed"
		expect_end 5
		[ "$(display_name)" = "$name" ]
		grep -q 'route=/v1/organizations/{id}/metadata status=200' \
		    "$BATS_TEST_TMPDIR/worker.log"
	done
}

@test "a worker that was told to end takes no request that waits" {
	new_org
	worker_start
	hold_row
	rename_held "$(unique First)"
	perl "$worker" leave "$socket" /v1/version
	perl "$worker" leave "$socket" /v1/version
	kill -TERM "$WORKER"
	release_row
	wait "$CLIENT"
	grep -q '^Status: 200' "$BATS_TEST_TMPDIR/renamed"
	expect_end 5
	grep -q 'metadata status=200' "$BATS_TEST_TMPDIR/worker.log"
	[ "$(grep -c 'route=/v1/version' "$BATS_TEST_TMPDIR/worker.log")" = 0 ]
}

# The database goes on with a statement whose caller has died: all or nothing.
@test "a busy worker that is killed leaves nothing half done" {
	new_org
	worker_start
	hold_row
	name=$(unique Killed)
	rename_held "$name"
	kill -KILL "$WORKER"
	run wait "$CLIENT"
	[ "$status" != 0 ]
	release_row
	within 10 has_ended "$WORKER"
	api PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$(unique After)\"}"
	expect_status 200
	# the new name waited for the row: whatever was done stands before it
	[ "$(sql "SELECT version FROM organizations WHERE id = '$ORG'")" = \
	    $((2 + $(sql "SELECT COUNT(*) FROM audit_events
		WHERE organization_id = '$ORG' AND detail = '$name'"))) ]
}

# --- idle ---------------------------------------------------------------------

# end_workers COUNT idle|asked: nothing to complain of.
end_workers() {
	local seconds=1

	# leak detection takes its time at the end
	[ "$BUILD" != sanitize ] || seconds=5
	perl "$worker" end "$@" "$seconds" "$socket" "$PROGRAM" \
	    > "$BATS_TEST_TMPDIR/complaints" 2> "$BATS_TEST_TMPDIR/worker.log"
	[ ! -s "$BATS_TEST_TMPDIR/complaints" ] || {
		cat "$BATS_TEST_TMPDIR/complaints"
		return 1
	}
}

@test "an idle worker ends within a second: 200 of 200 after the start" {
	end_workers 200 idle
}

@test "an idle worker ends within a second: 200 of 200 after an answer" {
	end_workers 200 asked
	[ "$(grep -c 'status=200' "$BATS_TEST_TMPDIR/worker.log")" = 200 ]
}

@test "SIGUSR1 ends an idle worker too" {
	worker_start
	kill -USR1 "$WORKER"
	expect_end 5
}

# holds_a_peer: the worker has taken a connection.
holds_a_peer() {
	[ "$(find "/proc/$WORKER/fd" -lname 'socket:*' | wc -l)" -gt 1 ]
}

@test "a peer that says nothing does not keep a worker from its end" {
	local peer

	worker_start
	perl "$worker" silent "$socket" 3>&- &
	peer=$!
	within 10 holds_a_peer
	kill -TERM "$WORKER"
	within 10 has_ended "$WORKER" || {
		kill "$peer"
		false
	}
	kill "$peer"
	expect_end 1
}

@test "a peer that says nothing does not keep a worker from others" {
	local peer

	worker_start
	perl "$worker" silent "$socket" 3>&- &
	peer=$!
	within 10 answers
	kill "$peer"
	kill -TERM "$WORKER"
	expect_end 5
}

@test "a client that goes away ends no worker" {
	local pid

	worker_start
	pid=$WORKER
	for _ in 1 2 3; do
		perl "$worker" leave "$socket" /v1/openapi.json
		perl "$worker" leave "$socket" /v1/organizations \
		    HTTP_X_API_KEY="$TENANTRY_API_KEY"
	done
	within 10 answers
	kill -0 "$pid"
	kill -TERM "$WORKER"
	expect_end 5
}

@test "a garbled record ends no worker" {
	worker_start
	perl -MIO::Socket::UNIX -e '
		for my $noise ("GET / HTTP/1.1\r\n\r\n", "\x01" x 64,
		    "\x01\x01\x00\x01\x00\x08\x00\x00", "\xff" x 9) {
			my $peer = IO::Socket::UNIX->new(Peer => $ARGV[0]);
			print $peer $noise;
			close $peer;
		}' "$socket"
	within 10 answers
	kill -0 "$WORKER"
	kill -TERM "$WORKER"
	expect_end 5
}

# --- the instance's own -------------------------------------------------------

has_all_workers() {
	[ "$(process worker | wc -l)" = "$WORKERS" ]
}

@test "a worker of the web server that is told to end is replaced" {
	local pid

	WORKERS=$(process worker | wc -l)
	pid=$(process worker | head -n 1)
	kill -TERM "$pid"
	within 5 has_ended "$pid"
	for _ in {1..20}; do
		api GET /v1/organizations
		expect_status 200
	done
	within 20 has_all_workers
}
