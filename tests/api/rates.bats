#!/usr/bin/env bats
# How many requests a network address may send to the public routes that look at
# an invitation's token.  Each request is a process of its own, as plain CGI.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154

setup() {
	load helper
	load tenancy
	load writes
	load cgi
	# nobody else's, and of this test
	printf -v address '2001:db8:%x:%x:' "$BATS_TEST_NUMBER" \
	    $((BASHPID % 65535 + 1))
	group="address = '$address:/64'"
	settings 'invitation_rate = 3'
}

# look [NAME=VALUE...]: at a token that is nobody's.
look() {
	KEY='' cgi_send POST /v1/invitations/lookup \
	    '{"token": "01JDA5T8N2Q6W4K0ZVX7B3MRCE_none"}' \
	    REMOTE_ADDR="$address:1" "$@"
}

# expect_let_through LEFT
expect_let_through() {
	expect_type 404 token-dead
	[ "$(header RateLimit-Policy)" = '"lookup";q=3;w=60' ]
	[[ $(header RateLimit) == "\"lookup\";r=$1;t="* ]]
}

# The rows of the address, by their route.
counted() {
	sql "SELECT GROUP_CONCAT(route, requests ORDER BY route) FROM rates
	    WHERE $group"
}

@test "more lookups than the limit are 429, for every address of a client" {
	local wait

	look
	expect_let_through 2
	look REMOTE_ADDR="$address:2"
	expect_let_through 1
	look
	expect_let_through 0
	look REMOTE_ADDR="$address:3"
	expect_type 429 throttled
	wait=$(header Retry-After)
	[ "$wait" -ge 1 ] && [ "$wait" -le 60 ]
	[ "$(header RateLimit)" = "\"lookup\";r=0;t=$wait" ]
	grep -q ' status=429 code=throttled cause=rate ' "$log_file"
	# before the body is looked at
	KEY='' cgi_send POST /v1/invitations/lookup '{' REMOTE_ADDR="$address:1"
	expect_status 429
	# another client
	look REMOTE_ADDR="2001:db8:ffff:${address#*:*:*:}:1"
	expect_let_through 2
	[ "$(counted)" = lookup3 ]
}

@test "the count begins anew a minute after its first request" {
	look
	sql "UPDATE rates SET requests = 3 WHERE $group"
	look
	expect_status 429
	sql "UPDATE rates SET began_at = began_at - INTERVAL 50 SECOND
	    WHERE $group"
	look
	expect_status 429
	[ "$(header Retry-After)" -le 10 ]
	sql "UPDATE rates SET began_at = began_at - INTERVAL 10 SECOND
	    WHERE $group"
	look
	expect_let_through 2
	# a clock that was set back
	sql "UPDATE rates SET requests = 3, began_at = began_at + INTERVAL 1 DAY
	    WHERE $group"
	look
	expect_let_through 2
}

@test "accepting counts on its own, and only without a credential" {
	accept_none() {
		KEY='' cgi_send POST /v1/invitations/accept \
		    '{"token": "none", "password": "secret-secret"}' \
		    REMOTE_ADDR="$address:1" "$@"
	}
	new_login
	look
	accept_none
	expect_type 404 token-dead
	[[ $(header RateLimit) == '"accept";r=2;t='* ]]
	[ "$(counted)" = accept1,lookup1 ]
	sql "UPDATE rates SET requests = 3 WHERE $group"
	accept_none
	expect_status 429
	accept_none HTTP_AUTHORIZATION="Basic $(pair '%s:%s' "$USER_EMAIL" \
	    "$USER_PASSWORD")"
	expect_type 404 token-dead
	[ -z "$(header RateLimit)" ]
	[ "$(counted)" = accept3,lookup3 ]
}

@test "other routes are not counted" {
	KEY='' cgi GET /v1/version REMOTE_ADDR="$address:1" < /dev/null
	expect_status 200
	[ -z "$(header RateLimit)" ]
	cgi GET /v1/organizations REMOTE_ADDR="$address:1" < /dev/null
	expect_status 200
	[ "$(counted)" = NULL ]
}

@test "with 0 nothing is counted" {
	settings 'invitation_rate = 0'
	for _ in 1 2 3 4; do
		look
		expect_type 404 token-dead
	done
	[ -z "$(header RateLimit)" ]
	[ "$(counted)" = NULL ]
}

@test "a proxy on this machine that hides its clients has no limit" {
	for _ in 1 2 3 4; do
		look REMOTE_ADDR=127.0.0.1 HTTP_X_FORWARDED_FOR="$address:1"
		expect_type 404 token-dead
		[ -z "$(header RateLimit)" ]
	done
}

@test "of 8 lookups at once the limit is let through" {
	local pids=() i

	for i in {1..8}; do
		(
			BATS_TEST_TMPDIR=$(mktemp -d "$BATS_TEST_TMPDIR/XXXXXX")
			look
			echo "$status_code" > "$BATS_TEST_TMPDIR/../code.$i"
		) 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	[ "$(cat "$BATS_TEST_TMPDIR"/code.* | grep -c 404)" = 3 ]
	[ "$(cat "$BATS_TEST_TMPDIR"/code.* | grep -c 429)" = 5 ]
}

# look_at SOCKET: as look(), by the worker there.
look_at() {
	socket=$1 KEY='' ask POST /v1/invitations/lookup REMOTE_ADDR="$address:1" \
	    <<< '{"token": "01JDA5T8N2Q6W4K0ZVX7B3MRCE_none"}'
	codes+=" $status_code"
}

@test "two workers count together, and as one with plain CGI" {
	local first codes='' i pid

	load worker
	worker_start
	first=$WORKER
	socket=$BATS_TEST_TMPDIR/second.sock
	worker_start
	look_at "$BATS_TEST_TMPDIR/worker.sock"
	look_at "$BATS_TEST_TMPDIR/second.sock"
	look_at "$BATS_TEST_TMPDIR/worker.sock"
	for i in worker second; do
		look_at "$BATS_TEST_TMPDIR/$i.sock"
	done
	[ "$codes" = ' 404 404 404 429 429' ]
	look
	expect_type 429 throttled
	kill -TERM "$first" "$WORKER"
	for pid in "$first" "$WORKER"; do
		within 10 has_ended "$pid"
	done
	[ "$(counted)" = lookup3 ]
}

@test "what is over is removed, and no address stays" {
	look
	sql "UPDATE rates SET began_at = began_at - INTERVAL 61 SECOND
	    WHERE $group"
	ctl purge
	[ "$(counted)" = NULL ]
}

@test "if it cannot be counted the public routes are 503" {
	sql "CREATE TRIGGER rates_refused BEFORE INSERT ON rates FOR EACH ROW
	    IF NEW.$group THEN
	    SIGNAL SQLSTATE '45000'; END IF"
	look
	sql "DROP TRIGGER rates_refused"
	expect_problem 503
	look
	expect_let_through 2
}
