# A worker of the test's own, on a socket without a web server before it
# (worker.pl).
#
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # set for, or by, the test file

worker=$TENANTRY_ROOT/tests/api/worker.pl
socket=$BATS_TEST_TMPDIR/worker.sock
worker_log=$BATS_TEST_TMPDIR/worker.log
WORKER=''

worker_kill() {
	[ -z "$WORKER" ] || kill -KILL "$WORKER" 2> /dev/null || true
}

# worker_start: sets WORKER, the pid of a worker that answers at $socket.
worker_start() {
	TENANTRY_CONF=$CONF perl "$worker" run "$socket" "$PROGRAM" \
	    2> "$worker_log" < /dev/null 3>&- &
	WORKER=$!
	within 20 answers
}

# ask METHOD PATH [NAME=VALUE...] < BODY: sets status_code of the answer.
ask() {
	answer=$BATS_TEST_TMPDIR/answer
	perl "$worker" ask "$socket" "$@" HTTP_X_API_KEY="${KEY-$TENANTRY_API_KEY}" \
	    > "$answer" || return
	status_code=$(sed -n '1s/^Status: \([0-9]*\)\r$/\1/p' "$answer")
}

answers() {
	[ -S "$socket" ] && ask GET /healthz < /dev/null &&
	    [ "$status_code" = 200 ]
}

has_ended() { # PID
	! kill -0 "$1" 2> /dev/null
}

# expect_end SECONDS: the worker ends by itself, with success.
expect_end() {
	local code=0

	within "$1" has_ended "$WORKER" || {
		echo "the worker still runs"
		return 1
	}
	wait "$WORKER" || code=$?
	WORKER=''
	[ "$code" = 0 ] || {
		echo "exit status $code"
		return 1
	}
}
