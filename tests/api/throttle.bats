#!/usr/bin/env bats
# What slows guessing down: waits by login and address, places for hashing.
# shellcheck disable=SC2154

setup() {
	load helper
	load slots
	load tenancy
	load cgi
}

teardown() {
	release_slots
	sql 'DELETE FROM login_failures'
}

# --- waits --------------------------------------------------------------------

@test "bad passwords are slowed down, known login or not" {
	new_login
	for login in "$USER_EMAIL" "$(unique no)@example.org"; do
		for _ in {1..5}; do
			with_password "$login" wrong
			expect_unauthenticated
		done
		[ "$(failures_of "$login")" = 5 ]
		# so that a slow machine does not outlive the first, short wait
		set_failures "$login" 9 0
		with_password "$login" wrong
		expect_throttled
		[ "$(header Retry-After)" -le 32 ]
		# what is not hashed is not counted
		[ "$(failures_of "$login")" = 9 ]
	done
}

@test "a fifth bad password brings a wait, which grows up to 15 minutes" {
	new_login
	set_failures "$USER_EMAIL" 4 0
	with_password "$USER_EMAIL" wrong
	expect_unauthenticated
	last=1
	for failures in 6 9 12 15 4000000000; do
		set_failures "$USER_EMAIL" $failures 0
		with_password "$USER_EMAIL" wrong
		expect_throttled
		wait=$(header Retry-After)
		[ "$wait" -gt "$last" ] || [ "$wait" -gt 800 ]
		last=$wait
	done
	[ "$last" -gt 600 ]
	[ "$last" -le 900 ]
}

@test "while a login waits, the right password waits too" {
	new_login
	set_failures "$USER_EMAIL" 12 0
	with_password "$USER_EMAIL" "$USER_PASSWORD"
	expect_throttled
	with_password "${USER_EMAIL^^}" "$USER_PASSWORD"
	expect_throttled
}

@test "a wait shuts out neither the user's key nor another login" {
	new_login
	throttled=$USER_EMAIL key=$USER_KEY
	new_login
	set_failures "$throttled" 12 0
	with_password "$throttled" wrong
	expect_throttled
	expect_key_status "$key" 200 GET /v1/organizations
	with_password "$USER_EMAIL" "$USER_PASSWORD"
	expect_status 200
}

@test "guessing from one address does not lock the user out of another" {
	new_login
	set_failures "$USER_EMAIL" 15 0
	with_password "$USER_EMAIL" "$USER_PASSWORD"
	expect_throttled
	with_password "$USER_EMAIL" "$USER_PASSWORD" --interface 127.0.0.2
	expect_status 200
	# that success is not one of the guesser's
	with_password "$USER_EMAIL" "$USER_PASSWORD"
	[ "$(failures_of "$USER_EMAIL" 127.0.0.1)" = 15 ]
}

@test "an address that the client only claims counts for nothing" {
	new_login
	set_failures "$USER_EMAIL" 15 0
	for header in 'X-Forwarded-For: 192.0.2.7' 'Forwarded: for=192.0.2.7' \
	    'X-Real-IP: 192.0.2.7' 'Remote-Addr: 192.0.2.7' \
	    'Client-IP: 192.0.2.7'; do
		with_password "$USER_EMAIL" wrong --header "$header"
		expect_throttled
	done
	login=$(unique no)@example.org
	with_password "$login" wrong --header 'X-Forwarded-For: 192.0.2.7'
	expect_unauthenticated
	[ "$(failures_of "$login" 192.0.2.7)" = 0 ]
	[ "$(failures_of "$login" 127.0.0.1)" = 1 ]
}

@test "a success after the wait forgets the failures" {
	new_login
	set_failures "$USER_EMAIL" 6 10
	with_password "$USER_EMAIL" "$USER_PASSWORD"
	expect_status 200
	[ "$(failures_of "$USER_EMAIL")" = 0 ]
}

@test "failures of more than 15 minutes ago do not count again" {
	new_login
	set_failures "$USER_EMAIL" 50 901
	with_password "$USER_EMAIL" wrong
	expect_unauthenticated
	[ "$(failures_of "$USER_EMAIL")" = 1 ]
	with_password "$USER_EMAIL" "$USER_PASSWORD"
	expect_status 200
}

@test "a malformed login is no failure of anybody" {
	before=$(sql 'SELECT COUNT(*) FROM login_failures')
	for text in 'no body:x' ':x' 'a@b@c:x' "$(printf 'x%.0s' {1..300})@e.org:x"
	do
		with_authorization "Basic $(pair %s "$text")"
		expect_unauthenticated
	done
	[ "$(sql 'SELECT COUNT(*) FROM login_failures')" = "$before" ]
}

# fill_failures COUNT SECONDS: of other logins, the last so long ago.
fill_failures() {
	sql "INSERT INTO login_failures (login_digest, address, failures,
	    last_at) SELECT UNHEX(SHA2(CONCAT('filler $2 ', seq), 256)),
	    '192.0.2.1', 1, UTC_TIMESTAMP(3) - INTERVAL $2 SECOND
	    FROM $(numbers $1)"
}

@test "the table of failures is capped, and the newest stay" {
	fill_failures 10100 60
	login=$(unique no)@example.org
	for _ in 1 2 3; do
		with_password "$login" wrong
		expect_unauthenticated
	done
	[ "$(sql 'SELECT COUNT(*) FROM login_failures')" -le 10000 ]
	[ "$(sql 'SELECT COUNT(*) FROM login_failures')" -gt 9000 ]
	[ "$(failures_of "$login")" = 3 ]
}

@test "old failures are purged from the table" {
	fill_failures 150 901
	fill_failures 20 800
	for _ in 1 2; do
		with_password "$(unique no)@example.org" wrong
		expect_unauthenticated
	done
	[ "$(sql 'SELECT COUNT(*) FROM login_failures')" = 22 ]
}

# --- slots for hashing --------------------------------------------------------

# Of 4 workers 2 hash (record locks on the bytes 0 and 1), and 1 waits (1000).

slot_is_taken() { # BYTE
	perl -MFcntl -e '
	    open(my $file, "+<", shift) or die "open: $!";
	    my $lock = pack("s s x4 q q l x4", F_WRLCK, 0, shift, 1, 0);
	    fcntl($file, F_GETLK, $lock) or die "fcntl: $!";
	    exit(unpack("s", $lock) == F_UNLCK)' "$(lock_file)" "$1"
}

# expect_busy: there was no place, and that says nothing about the password.
expect_busy() {
	expect_problem 503 'the password was not checked' || return
	expect_json '.type == "urn:tenantry:problem:busy"' || return
	[ "$(header Retry-After)" -ge 1 ]
}

# Whoever has a link could keep all workers busy else.
@test "the password of a new account is hashed in one of these places too" {
	new_tenant
	KEY=$OWNER_KEY api POST /v1/invitations \
	    --data "{\"email\": \"$(unique guest)@example.org\", \"role\": \"user\"}"
	expect_status 201
	token=$(json .link)
	token=${token##*/}
	hold_slots 0 1 1000
	KEY='' api POST /v1/invitations/accept --data \
	    "{\"token\": \"$token\", \"password\": \"secret-secret\"}"
	expect_problem 503 'nothing was done'
	[ "$(header Retry-After)" = 1 ]
	release_slots
	KEY='' api POST /v1/invitations/accept --data \
	    "{\"token\": \"$token\", \"password\": \"secret-secret\"}"
	expect_status 201
}

@test "where half of the workers hash and one waits, the next is 503" {
	new_login
	hold_slots 0 1 1000
	with_password "$USER_EMAIL" "$USER_PASSWORD"
	expect_busy
	with_password "$(unique no)@example.org" wrong
	expect_busy
	expect_key_status "$USER_KEY" 200 GET /v1/organizations
	[ "$(failures_of "$USER_EMAIL")" = 0 ]
	release_slots
	with_password "$USER_EMAIL" "$USER_PASSWORD"
	expect_status 200
}

@test "one free slot is enough" {
	new_login
	hold_slots 0 1000
	with_password "$USER_EMAIL" "$USER_PASSWORD"
	expect_status 200
	with_password "$USER_EMAIL" wrong
	expect_unauthenticated
}

@test "who waits for a slot in vain is 503 within the deadline" {
	new_login
	hold_slots 0 1
	with_password "$USER_EMAIL" "$USER_PASSWORD" --max-time 20
	expect_busy
	[ "$(failures_of "$USER_EMAIL")" = 0 ]
	# and has left the waiting place
	run slot_is_taken 1000
	[ "$status" = 1 ]
}

# new_crowd COUNT: so many people, crowd1 and on, with the password of the
# instance's person.
new_crowd() {
	CROWD=$(unique crowd)
	sql "INSERT INTO users (id, name, display_name, email, email_key,
	    password_hash, created_at, modified_at)
	    SELECT CONCAT('7CRWD', LPAD(CONV(SUBSTR('$CROWD', 7), 16, 10), 18,
	        '0'), LPAD(seq, 3, '0')), CONCAT('$CROWD-', seq), 'Crowd',
	    CONCAT('$CROWD-', seq, '@example.org'),
	    CONCAT('$CROWD-', seq, '@example.org'), u.password_hash, NOW(3),
	    NOW(3) FROM $(numbers "$1") JOIN users u
	    ON u.email = '$TENANTRY_LOGIN'"
}

# Nobody of them has failed: who finds no place is told to come again, never to
# have tried too often, and is let in when the others are done.
@test "right logins that come at once are let in, at the latest the second time" {
	for count in 8 16 25; do
		new_crowd "$count"
		KEY='' api_many "$count" GET /v1/organizations --user \
		    "$CROWD-{}@example.org:$TENANTRY_PASSWORD"
		echo "$count: $codes"
		[ $(($(count_codes 200) + $(count_codes 503))) = "$count" ]
		# half of the workers hash, as soon as they can
		[ "$(count_codes 200)" -ge 2 ]
		for ((i = 1; i <= count; i++)); do
			with_password "$CROWD-$i@example.org" \
			    "$TENANTRY_PASSWORD"
			expect_status 200
		done
	done
	[ "$(sql 'SELECT COUNT(*) FROM login_failures')" = 0 ]
	sql "DELETE FROM users WHERE id LIKE '7CRWD%'"
}

wait_for_slot() {
	local request code=$BATS_TEST_TMPDIR/waited

	hold_slots 0 1
	curl --silent --noproxy '*' --max-time 30 --output /dev/null \
	    --write-out '%{http_code}' --user "$USER_EMAIL:$USER_PASSWORD" \
	    "$TENANTRY_URL/v1/organizations" > "$code" 3>&- &
	request=$!
	within 5 slot_is_taken 1000
	release_slots
	wait "$request" || true
	[ "$(cat "$code")" = 200 ]
}

@test "who waits gets the slot that becomes free" {
	new_login
	# the wait is one second: a busy machine may need another try
	within 20 wait_for_slot
}

@test "a password that was just used needs no slot" {
	new_login
	for _ in {1..8}; do
		with_password "$USER_EMAIL" "$USER_PASSWORD"
		expect_status 200
	done
	hold_slots 0 1 1000
	# one of the workers knows it; which one answers is not ours to say
	remembered() {
		with_password "$USER_EMAIL" "$USER_PASSWORD" &&
		    [ "$status_code" = 200 ]
	}
	if is_plain_cgi; then
		! remembered
		expect_busy
	else
		within 10 remembered
	fi
}

# A crowd of made-up logins from one address; sets codes.
guess_many() { # COUNT [CURL ARGUMENT...]
	KEY='' api_many "$1" GET /v1/organizations \
	    --user "$(unique crowd)-{}@example.org:wrong" "${@:2}"
}

@test "a crowd that guesses neither hangs nor starves a caller with a key" {
	new_login
	(
		guess_many 40
		echo "$codes" > "$BATS_TEST_TMPDIR/codes"
	) 3>&- &
	crowd=$!
	asked=0
	while [ "$asked" -lt 5 ] || kill -0 "$crowd" 2> /dev/null; do
		expect_key_status "$USER_KEY" 200 GET /v1/organizations
		asked=$((asked + 1))
	done
	wait "$crowd"
	codes=$(cat "$BATS_TEST_TMPDIR/codes")
	echo "$codes"
	refused=$(count_codes 401)
	[ "$refused" -ge 1 ]
	[ $((refused + $(count_codes 503))) = 40 ]
	[ "$(sql 'SELECT COALESCE(SUM(failures), 0) FROM login_failures')" = \
	    "$refused" ]
}

# --- addresses ----------------------------------------------------------------

# fail_from ADDRESS FAILURES SECONDS: of other logins, the last so long ago.
fail_from() {
	sql "INSERT INTO login_failures (login_digest, address, failures,
	    last_at) VALUES (UNHEX(SHA2('$(unique other)', 256)), '$1', $2,
	    UTC_TIMESTAMP(3) - INTERVAL $3 SECOND)"
}

@test "an address with 10 failures does not wait for a place, nor get the last" {
	new_login
	fail_from 127.0.0.1 9 60
	hold_slots 0 1
	with_password "$USER_EMAIL" wrong --max-time 20
	expect_busy
	release_slots
	fail_from 127.0.0.1 1 60
	hold_slots 0
	with_password "$USER_EMAIL" "$USER_PASSWORD"
	expect_busy
	# from elsewhere the last place is there
	with_password "$USER_EMAIL" "$USER_PASSWORD" --interface 127.0.0.2
	expect_status 200
	release_slots
	with_password "$USER_EMAIL" "$USER_PASSWORD"
	expect_status 200
}

# last_failure SECONDS: the last from anywhere was so long ago.
last_failure() {
	sql "UPDATE login_failures
	    SET last_at = UTC_TIMESTAMP(3) - INTERVAL $1 SECOND"
}

# is_busy_within_2_s LOGIN PASSWORD: on a machine slower than that, again.
is_busy_within_2_s() {
	last_failure 0
	with_password "$@" && [ "$status_code" = 503 ]
}

@test "an address with 50 failures has one attempt in 2 s, for a new login" {
	new_login
	fail_from 127.0.0.1 50 60
	login=$(unique no)@example.org
	with_password "$login" wrong
	expect_unauthenticated
	within 30 is_busy_within_2_s "$USER_EMAIL" "$USER_PASSWORD"
	expect_busy
	[ "$(header Retry-After)" = 2 ]
	# one that has failed is 429 for itself
	with_password "$login" wrong
	expect_throttled
	[ "$(header Retry-After)" -gt 800 ]
	last_failure 60
	with_password "$USER_EMAIL" "$USER_PASSWORD"
	expect_status 200
}

@test "guessing with a new login each time is slowed" {
	local start=$SECONDS failures

	for _ in {1..6}; do
		guess_many 20
	done
	failures=$(sql 'SELECT SUM(failures) FROM login_failures')
	echo "$failures failures in $((SECONDS - start)) s; $codes"
	[ "$failures" -lt 100 ]
	[ "$failures" -le $((55 + (SECONDS - start) / 2)) ]
	[ "$(count_codes 429)" = 0 ]
}

# cgi_login ADDRESS PASSWORD [NAME=VALUE...]
cgi_login() {
	KEY='' cgi GET /v1/organizations REMOTE_ADDR="$1" \
	    HTTP_AUTHORIZATION="Basic $(pair %s "$USER_EMAIL:$2")" \
	    "${@:3}" < /dev/null
}

@test "an IPv6 client is its /64, an IPv4 client the same in both forms" {
	settings
	new_login
	for i in {1..5}; do
		cgi_login "2001:db8:0:1::$i" wrong
		expect_unauthenticated
	done
	[ "$(failures_of "$USER_EMAIL" 2001:db8:0:1::/64)" = 5 ]
	sql 'UPDATE login_failures SET failures = 12'
	cgi_login 2001:db8:0:1:ffff::9 wrong
	expect_throttled
	cgi_login 2001:db8:0:2::1 "$USER_PASSWORD"
	expect_status 200
	cgi_login ::ffff:192.0.2.7 wrong
	cgi_login 192.0.2.7 wrong
	[ "$(failures_of "$USER_EMAIL" 192.0.2.7)" = 2 ]
	[ "$(failures_of "$USER_EMAIL" ::%)" = 0 ]
}

@test "a proxy on this machine that hides its clients is not one of them" {
	settings
	new_login
	fail_from 127.0.0.1 60 60
	with_password "$USER_EMAIL" wrong
	cgi_login 127.0.0.1 "$USER_PASSWORD"
	expect_throttled
	for header in X_FORWARDED_FOR=198.51.100.1 FORWARDED=for=198.51.100.1 \
	    'VIA=1.1 proxy'; do
		cgi_login 127.0.0.1 "$USER_PASSWORD" "HTTP_$header"
		expect_status 200
	done
	# from elsewhere that says nothing
	fail_from 192.0.2.9 60 60
	cgi_login 192.0.2.9 wrong HTTP_X_FORWARDED_FOR=198.51.100.1
	cgi_login 192.0.2.9 "$USER_PASSWORD" HTTP_X_FORWARDED_FOR=198.51.100.1
	expect_throttled
}

# guess_until FILE LOOPS: made-up logins, until the file is there.
guess_until() {
	local loop

	for ((loop = 0; loop < $2; loop++)); do
		while [ ! -e "$1" ]; do
			curl --silent --noproxy '*' --max-time 30 \
			    --interface 127.0.0.2 --output /dev/null \
			    --user "$(unique "guess$loop")@example.org:wrong" \
			    "$TENANTRY_URL/v1/organizations" || true
		done &
	done
	wait
}

# served_beside_guessers LOOPS: four people log in from another address, four times
# each; who finds every place for hashing taken (503) tries again.
served_beside_guessers() {
	local over=$BATS_TEST_TMPDIR/over.$1

	guess_until "$over" "$1" 3>&- &
	guesser=$!
	codes=''
	for _ in {1..4}; do
		new_login
		for _ in {1..4}; do
			within 20 is_let_in
		done
	done
	touch "$over"
	wait "$guesser"
	echo "$1: $codes"
	[ "$(count_codes 200)" = 16 ]
	[[ $codes =~ ^(\ (200|503))+$ ]]
}

is_let_in() {
	with_password "$USER_EMAIL" "$USER_PASSWORD"
	codes+=" $status_code"
	[ "$status_code" = 200 ]
}

@test "guessing from one address is no 429 for a right login from another" {
	for loops in 4 8 16; do
		served_beside_guessers $loops
	done
}

@test "too little memory for hashing is 503, and no failure" {
	local kib

	[ "$BUILD" != sanitize ] || skip 'a sanitizer needs all addresses'
	settings
	new_login
	# what the program itself needs; hashing takes 16 MiB more
	for ((kib = 8000; kib < 60000; kib += 1000)); do
		(
			ulimit -v "$kib"
			KEY=$USER_KEY cgi GET /v1/organizations < /dev/null
			[ "$status_code" = 200 ]
		) && break
	done 2> /dev/null
	[ "$kib" -lt 60000 ]
	kib=$((kib + 2000))
	(
		ulimit -v "$kib"
		cgi_login 192.0.2.8 "$USER_PASSWORD"
		expect_busy
		[[ $(json .detail) == *memory* ]]
	)
	[ "$(failures_of "$USER_EMAIL")" = 0 ]
	cgi_login 192.0.2.8 "$USER_PASSWORD"
	expect_status 200
}
