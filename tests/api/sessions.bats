#!/usr/bin/env bats
# Sessions of browsers: sign-in, the cookie, its ends, and what a page of another
# origin or a neighbour can do.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154

setup() {
	load helper
	load tenancy
	load writes
	load cgi
}

json_type='Content-Type: application/json'
script='X-Requested-With: test'

# sign_in [EMAIL] [CURL ARGUMENT...]: by the person of new_login.  Sets token.
sign_in() {
	local email=${1:-$USER_EMAIL}

	KEY='' api POST /v1/session --header "$json_type" --header "$script" \
	    --data "{\"login\": \"$email\", \"password\": \"$USER_PASSWORD\"}" \
	    "${@:2}"
	token=$(header Set-Cookie)
	token=${token#*=}
	token=${token%%;*}
}

# begin: a new person who has signed in.
begin() {
	new_login
	sign_in
	expect_status 201
	[ "${#token}" = 27 ]
}

# as TOKEN METHOD PATH [CURL ARGUMENT...]: with that session.
as() {
	KEY='' api "$2" "$3" --header "Cookie: tenantry=$1" \
	    --header "$script" --header "$json_type" "${@:4}"
}

# expect_ended TOKEN
expect_ended() {
	as "$1" GET /v1/users/me
	expect_problem 401 'session has ended'
}

expect_live() { # TOKEN
	as "$1" GET /v1/users/me
	expect_status 200
}

# set_session TOKEN ASSIGNMENT: of its row.
set_session() {
	sql "UPDATE sessions SET $2 WHERE digest = UNHEX(SHA2('$1', 256))"
}

ago() { # INTERVAL
	echo "UTC_TIMESTAMP(3) - INTERVAL $1"
}

# --- sign in and out ----------------------------------------------------------

@test "a person signs in, is who they are, and signs out" {
	local id

	new_login
	id=$(user_id "$USER_EMAIL")
	sign_in
	expect_status 201
	expect_json ".user.metadata.id == \"$id\" and
	    .user.spec.email == \"$USER_EMAIL\" and
	    (.expiresAt | test(\"^20.*Z$\"))"
	[ "$(header Cache-Control)" = no-store ]
	[ "$(header Set-Cookie)" = \
	    "tenantry=$token; Path=$prefix/; HttpOnly; SameSite=Strict" ]
	as "$token" GET /v1/session
	expect_status 200
	expect_json ".user.metadata.id == \"$id\" and .expiresAt != null"
	as "$token" GET /v1/users/me
	expect_json ".user.metadata.id == \"$id\""
	as "$token" DELETE /v1/session
	expect_status 204
	[[ $(header Set-Cookie) == "tenantry=; Path=$prefix/; Max-Age=0;"* ]]
	# replayed, in whichever worker
	for _ in 1 2 3 4 5 6; do
		expect_ended "$token"
	done
	[ "$(sql "SELECT GROUP_CONCAT(action ORDER BY id) FROM security_events
	    WHERE user_id = '$id'")" = session.create,session.end ]
}

@test "without a session it is told what the service can do" {
	KEY='' api GET /v1/session
	expect_problem 401
	expect_json '.features == {mail: false, links: true, tls: false,
	    methodOverride: false}'
	new_login
	KEY='' api GET /v1/session --user "$USER_EMAIL:$USER_PASSWORD"
	expect_status 200
	expect_json '.expiresAt == null'
	KEY=$USER_KEY api GET /v1/session
	expect_type 403 not-for-keys
}

@test "a wrong password is refused and throttled as with Basic" {
	local right=

	new_login
	right=$USER_PASSWORD
	for _ in 1 2 3 4 5 6; do
		USER_PASSWORD=wrong sign_in
		[ "$status_code" != 201 ]
	done
	expect_status 429
	with_password "$USER_EMAIL" wrong
	expect_status 429
	[ -z "$token" ]
	USER_PASSWORD=$right sign_in
	expect_status 429
	# what was typed is kept nowhere, the first failure is an event
	[ "$(sql "SELECT COUNT(*) FROM security_events WHERE action =
	    'password.failure' AND user_id = '$(user_id "$USER_EMAIL")'")" = 1 ]
	sign_in "$(unique nobody)@example.org"
	expect_problem 401
}

@test "of more than 20 sessions the oldest end" {
	local first second

	begin
	first=$token
	sign_in
	second=$token
	sql "INSERT INTO sessions (id, user_id, digest, epoch, created_at,
	    seen_at, idle_ends_at, ends_at, confirmed_at)
	    SELECT CONCAT(LEFT(s.id, 23), LPAD(seq, 3, 'Z')), user_id,
	    UNHEX(SHA2(CONCAT(s.id, seq), 256)), epoch, created_at, seen_at,
	    idle_ends_at, ends_at, confirmed_at FROM $(numbers 18), sessions s
	    WHERE digest = UNHEX(SHA2('$second', 256))"
	expect_live "$first"
	sign_in
	expect_status 201
	expect_ended "$first"
	expect_live "$second"
	expect_live "$token"
}

# --- the end ------------------------------------------------------------------

@test "a session ends when nobody uses it, and at its time" {
	begin
	set_session "$token" "seen_at = $(ago '2 MINUTE'), idle_ends_at =
	    UTC_TIMESTAMP(3) + INTERVAL 1 MINUTE"
	expect_live "$token"
	# its use was entered after the answer
	within 5 eval '[ "$(sql "SELECT COUNT(*) FROM sessions WHERE digest =
	    UNHEX(SHA2('\''$token'\'', 256)) AND idle_ends_at >
	    UTC_TIMESTAMP(3) + INTERVAL 29 MINUTE")" = 1 ]'
	set_session "$token" "idle_ends_at = $(ago '1 SECOND')"
	expect_ended "$token"
	set_session "$token" "idle_ends_at = UTC_TIMESTAMP(3) +
	    INTERVAL 1 MINUTE, ends_at = $(ago '1 SECOND')"
	expect_ended "$token"
	sign_in
	expect_live "$token"
}

@test "a disabled user and a changed password end the sessions" {
	begin
	ctl user disable --email "$USER_EMAIL"
	expect_ended "$token"
	ctl user enable --email "$USER_EMAIL"
	expect_ended "$token"
	sign_in
	expect_live "$token"
	set_password "$USER_EMAIL" another
	expect_ended "$token"
}

# --- cookies ------------------------------------------------------------------

@test "of several cookies of our name one that is valid counts" {
	local fixed

	begin
	for cookies in "tenantry=$token; tenantry=eve" \
	    "tenantry=eve; tenantry=$token" "a=b; tenantry=; tenantry=$token" \
	    "tenantry=${token/[a-z]/0}; tenantry=$token;x"; do
		KEY='' api GET /v1/users/me --header "Cookie: $cookies"
		expect_status 200
	done
	for cookies in "xtenantry=$token" "__Host-tenantry=$token" \
	    "Tenantry=$token" "x=tenantry=$token" "tenantry = $token"; do
		KEY='' api GET /v1/users/me --header "Cookie: $cookies"
		expect_problem 401
	done
	# a token that was there before is never the one of the session
	fixed=$token
	sign_in "$USER_EMAIL" --header "Cookie: tenantry=$fixed"
	expect_status 201
	[ "$token" != "$fixed" ]
}

@test "the cookie counts before Basic for a script, behind it else" {
	local other

	begin
	other=$USER_EMAIL
	new_login
	KEY='' api GET /v1/users/me --header "Cookie: tenantry=$token" \
	    --user "$USER_EMAIL:$USER_PASSWORD" --header "$script"
	expect_json ".user.spec.email == \"$other\""
	KEY='' api GET /v1/users/me --header "Cookie: tenantry=$token" \
	    --user "$USER_EMAIL:$USER_PASSWORD"
	expect_json ".user.spec.email == \"$USER_EMAIL\""
	# one that has ended is not made good by what comes behind it
	KEY='' api GET /v1/users/me --header 'Cookie: tenantry=ended' \
	    --user "$USER_EMAIL:$USER_PASSWORD" --header "$script"
	expect_problem 401 'session has ended'
	# a key in a header counts before all
	KEY=$USER_KEY as "$token" GET /v1/users/me --header "X-Api-Key: $USER_KEY"
	expect_json ".user.spec.email == \"$USER_EMAIL\""
}

# --- other origins ------------------------------------------------------------

# forge FIELD...: an organization is created with the session, and these fields.
forge() {
	local arguments=()

	for field; do
		arguments+=(--header "$field")
	done
	KEY='' api POST /v1/organizations --header "Cookie: tenantry=$token" \
	    --data "$(create_body "$(unique Forged)")" "${arguments[@]}"
}

@test "cross-site: a page of another origin writes nothing with a session" {
	begin
	forge "$json_type" "$script" 'Sec-Fetch-Site: cross-site'
	expect_type 403 cross-site
	[ "$(header Vary)" = 'Origin, Sec-Fetch-Site' ]
	forge "$json_type" "$script" 'Sec-Fetch-Site: same-site'
	expect_type 403 cross-site
	forge "$json_type" "$script" 'Origin: https://evil.example'
	expect_type 403 cross-site
	forge "$json_type"
	expect_type 403 cross-site
	forge "$script"
	expect_type 403 cross-site
	forge "$script" 'Content-Type: application/jsonx'
	expect_type 403 cross-site
	as "$token" DELETE /v1/session --header 'Sec-Fetch-Site: cross-site'
	expect_type 403 cross-site
	forge 'Content-Type: application/json; charset=utf-8' "$script" \
	    "Origin: ${TENANTRY_URL%"$prefix"}"
	expect_status 200
}

@test "cross-site: no page of another origin signs anybody in" {
	new_login
	for field in 'Sec-Fetch-Site: cross-site' 'Sec-Fetch-Site: same-site' \
	    'Origin: https://evil.example'; do
		sign_in "$USER_EMAIL" --header "$field"
		expect_type 403 cross-site
	done
	# without the header 403 comes before the type
	KEY='' api POST /v1/session --header 'Content-Type: text/plain' \
	    --data '{}'
	expect_type 403 cross-site
	KEY='' api POST /v1/session --header 'Content-Type: text/plain' \
	    --header "$script" --data '{}'
	expect_type 415 media-type
	[ "$(sql "SELECT COUNT(*) FROM sessions
	    WHERE user_id = '$(user_id "$USER_EMAIL")'")" = 0 ]
}
