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

# new_person: as new_login, but without an API key and without the time that two
# processes and a hash take: the password is that of the instance's person.
new_person() {
	local id

	id=$(unique 01SESS | tr a-z A-Z | tr -dc A-Z0-9)00000000000000000000
	id=${id:0:26}
	id=${id//[ILOU]/0}
	USER_EMAIL=$(unique person)@example.org
	USER_PASSWORD=$TENANTRY_PASSWORD
	USER_ID=$id
	sql "INSERT INTO users (id, name, display_name, email, email_key,
	    password_hash, created_at, modified_at) SELECT '$id',
	    LOWER('$id'), 'Person', '$USER_EMAIL', '$USER_EMAIL',
	    password_hash, NOW(3), NOW(3) FROM users
	    WHERE email = '$TENANTRY_LOGIN'"
}

# sign_in [EMAIL] [CURL ARGUMENT...]: by the person who was made last.  Sets token.
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
	new_person
	sign_in
	expect_status 201
	[ "${#token}" = 27 ]
}

# The same with an API key.
begin_login() {
	new_login
	sign_in
	expect_status 201
}

# as TOKEN METHOD PATH [CURL ARGUMENT...]: with that session.
as() {
	KEY='' api "$2" "$3" --header "Cookie: $cookie_name=$1" \
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

	new_person
	id=$(user_id "$USER_EMAIL")
	sign_in
	expect_status 201
	expect_json ".user.metadata.id == \"$id\" and
	    .user.spec.email == \"$USER_EMAIL\" and
	    (.expiresAt | test(\"^20.*Z$\"))"
	[ "$(header Cache-Control)" = no-store ]
	[ "$(header Set-Cookie)" = \
	    "$cookie_name=$token$cookie_rest" ]
	as "$token" GET /v1/session
	expect_status 200
	expect_json ".user.metadata.id == \"$id\" and .expiresAt != null"
	as "$token" GET /v1/users/me
	expect_json ".user.metadata.id == \"$id\""
	as "$token" DELETE /v1/session
	expect_status 204
	[[ $(header Set-Cookie) == "$cookie_name=; Path=$prefix/; Max-Age=0;"* ]]
	# replayed, in whichever worker
	for _ in 1 2 3 4 5 6; do
		expect_ended "$token"
	done
	[ "$(sql "SELECT GROUP_CONCAT(action ORDER BY id) FROM security_events
	    WHERE user_id = '$id'")" = session.create,session.end ]
}

@test "without a session it is told what the service can do" {
	local is_tls=false

	[[ $TENANTRY_URL != https:* ]] || is_tls=true
	KEY='' api GET /v1/session
	expect_problem 401
	expect_json '.features == {mail: false, links: true, tls: '"$is_tls"',
	    methodOverride: '"$([ "${WEB_HOST:-}" = apache-modsecurity ] &&
	        echo true || echo false)"'}'
	new_login
	KEY='' api GET /v1/session --user "$USER_EMAIL:$USER_PASSWORD"
	expect_status 200
	expect_json '.expiresAt == null'
	KEY=$USER_KEY api GET /v1/session
	expect_type 403 not-for-keys
}

@test "a wrong password is refused and throttled as with Basic" {
	local right=

	new_person
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

# times_of: when the session was used last, and when it ends without use.
times_of() {
	sql "SELECT CONCAT(seen_at, ' ', idle_ends_at) FROM sessions
	    WHERE digest = UNHEX(SHA2('$token', 256))"
}

# is_logged ID
is_logged() {
	service_log | grep -qF "id=$1 "
}

@test "the use of a session is entered once a minute, not with each request" {
	local before n

	begin
	set_session "$token" "seen_at = $(ago '20 SECOND'), idle_ends_at =
	    UTC_TIMESTAMP(3) + INTERVAL 20 MINUTE"
	before=$(times_of)
	for ((n = 0; n < 8; n++)); do
		expect_live "$token"
	done
	[ "$(times_of)" = "$before" ]
	set_session "$token" "seen_at = $(ago '61 SECOND')"
	before=$(times_of)
	expect_live "$token"
	within 5 eval '[ "$(times_of)" != "$before" ]'
}

@test "a session is found by one statement, the same as a key" {
	local id path

	begin
	for path in /v1/organizations /v1/organizations/accounts/all \
	    /v1/users/me; do
		id=$(unique cookie)
		as "$token" GET "$path" --header "X-Request-Id: $id"
		expect_status 200
		within 5 is_logged "$id"
		service_log | grep -F "id=$id " | grep ' queries=1$'
	done
	id=$(unique cookie)
	as "${token%?????}00000" GET /v1/organizations \
	    --header "X-Request-Id: $id"
	expect_problem 401
	within 5 is_logged "$id"
	service_log | grep -F "id=$id " | grep ' queries=1$'
}

@test "a disabled user and a changed password end the sessions" {
	begin
	ctl user disable --email "$USER_EMAIL"
	expect_ended "$token"
	ctl user enable --email "$USER_EMAIL"
	expect_ended "$token"
	sign_in
	expect_live "$token"
	# whoever disables, and also while the row of the session is there
	sql "UPDATE users SET disabled_at = UTC_TIMESTAMP(3)
	    WHERE email = '$USER_EMAIL'"
	expect_ended "$token"
	sql "UPDATE users SET disabled_at = NULL WHERE email = '$USER_EMAIL'"
	expect_live "$token"
	set_password "$USER_EMAIL" another
	expect_ended "$token"
}

# --- cookies ------------------------------------------------------------------

@test "of several cookies of our name one that is valid counts" {
	local fixed name=$cookie_name other=__Host-tenantry

	begin
	for cookies in "$name=$token; $name=eve" \
	    "$name=eve; $name=$token" "a=b; $name=; $name=$token" \
	    "$name=${token/[a-z]/0}; $name=$token;x"; do
		KEY='' api GET /v1/users/me --header "Cookie: $cookies"
		expect_status 200
	done
	# that of the other kind of address, too
	[ "$name" = tenantry ] || other=tenantry
	for cookies in "x$name=$token" "$other=$token" "${name/tenantry/Tenantry}=$token" \
	    "x=$name=$token" "$name = $token"; do
		KEY='' api GET /v1/users/me --header "Cookie: $cookies"
		expect_problem 401
	done
	# a token that was there before is never the one of the session
	fixed=$token
	sign_in "$USER_EMAIL" --header "Cookie: $cookie_name=$fixed"
	expect_status 201
	[ "$token" != "$fixed" ]
}

@test "the cookie counts before Basic for a script, behind it else" {
	local other

	begin_login
	other=$USER_EMAIL
	new_login
	KEY='' api GET /v1/users/me --header "Cookie: $cookie_name=$token" \
	    --user "$USER_EMAIL:$USER_PASSWORD" --header "$script"
	expect_json ".user.spec.email == \"$other\""
	KEY='' api GET /v1/users/me --header "Cookie: $cookie_name=$token" \
	    --user "$USER_EMAIL:$USER_PASSWORD"
	expect_json ".user.spec.email == \"$USER_EMAIL\""
	# one that has ended is not made good by what comes behind it
	KEY='' api GET /v1/users/me --header "Cookie: $cookie_name=ended" \
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
	KEY='' api POST /v1/organizations --header "Cookie: $cookie_name=$token" \
	    --data "$(create_body "$(unique Forged)")" "${arguments[@]}"
}

@test "cross-site: a page of another origin writes nothing with a session" {
	[ "${WEB_HOST:-}" != apache-modsecurity ] ||
	    skip 'its rules refuse other types'
	begin
	forge "$json_type" "$script" 'Sec-Fetch-Site: cross-site'
	expect_type 403 cross-site
	[[ $(header Vary) == Origin,*(' ')Sec-Fetch-Site ]]
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
	[ "${WEB_HOST:-}" != apache-modsecurity ] ||
	    skip 'its rules refuse other types'
	new_person
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

# --- all sessions -------------------------------------------------------------

@test "a person sees and ends their own sessions, and no others" {
	local first id other

	begin
	other=$token
	begin_login
	first=$token
	sign_in
	as "$token" GET /v1/sessions
	expect_status 200
	expect_json '[.sessions[] | .current] == [false, true] and
	    (.sessions[0] | keys == ["createdAt", "current", "expiresAt", "id",
	    "lastSeenAt"])'
	id=$(json '.sessions[0].id')
	as "$other" DELETE "/v1/sessions/$id"
	expect_type 404 no-resource
	expect_live "$first"
	as "$token" DELETE "/v1/sessions/$id"
	expect_status 204
	expect_ended "$first"
	as "$token" DELETE "/v1/sessions/$id"
	expect_status 404
	# everywhere
	sign_in
	first=$token
	sign_in
	as "$token" DELETE /v1/sessions
	expect_status 204
	[[ $(header Set-Cookie) == *Max-Age=0* ]]
	expect_ended "$first"
	expect_ended "$token"
	expect_live "$other"
	KEY=$USER_KEY api GET /v1/users/me
	expect_status 200
}

# --- the password once more ---------------------------------------------------

confirm() { # PASSWORD
	as "$token" POST /v1/session/confirm --data "{\"password\": \"$1\"}"
}

# of_old: the password of the session was given long ago.
of_old() {
	set_session "$token" "confirmed_at = $(ago '11 MINUTE')"
}

@test "a password that is given again makes a new token" {
	local old

	begin
	of_old
	old=$token
	confirm wrong
	expect_problem 401 'not that of the caller'
	expect_json 'has("features") | not'
	[ "$(failures_of "$USER_EMAIL")" = 1 ]
	expect_live "$old"
	confirm "$USER_PASSWORD"
	expect_status 204
	token=$(header Set-Cookie)
	token=${token#*=}
	token=${token%%;*}
	expect_ended "$old"
	expect_live "$token"
	as "$token" GET /v1/sessions
	expect_json '.sessions | length == 1'
	KEY='' api POST /v1/session/confirm --user "$USER_EMAIL:$USER_PASSWORD" \
	    --data "{\"password\": \"$USER_PASSWORD\"}"
	expect_status 403
}

@test "step-up: what counts wants a password of the last minutes" {
	local call

	new_tenant
	new_person
	join_organization "$USER_EMAIL" admin "$ORG"
	sign_in
	of_old
	in="X-Organization-ID: $ORG"
	new_member=$(user_id "$USER_EMAIL")
	KEY=$OWNER_KEY api POST /v1/invitations \
	    --data '{"email": "c@b.example", "role": "admin"}'
	invited=$(json .invitation.metadata.id)
	while read -r call; do
		eval "as $token $call"
		expect_type 403 step-up
	done <<-END
		POST /v1/api-keys --header '$in' --data '{"description": "a"}'
		DELETE /v1/organizations/$ORG
		DELETE /v1/projects/$PROJECT
		DELETE /v1/accounts/$PROJECT
		POST /v1/organizations/$ORG/purge --data '{"slug": "a"}'
		PUT /v1/users/me/password --data '{"current": "a", "new": "b"}'
		POST /v1/invitations --header '$in' --data '{"email": "a@b.example", "role": "admin"}'
		POST /v1/organizations/users --header '$in' --data '{"email": "a@b.example", "role": "admin"}'
		DELETE /v1/organizations/users/$new_member --header '$in'
		POST /v1/invitations/$invited/resend --data '{}'
	END
	# neither a dry run nor what makes no admin
	as "$token" DELETE "/v1/projects/$PROJECT?dryRun=true"
	[ "$status_code" != 403 ]
	as "$token" DELETE "/v1/organizations/$ORG?dryRun=true"
	expect_status 200
	as "$token" POST /v1/invitations --header "$in" \
	    --data '{"email": "a@b.example", "role": "user"}'
	expect_status 201
	# keys and Basic are not asked
	KEY='' api POST /v1/api-keys --header "$in" --header "$json_type" \
	    --user "$USER_EMAIL:$USER_PASSWORD" --data '{"description": "a"}'
	expect_status 201
	set_session "$token" 'confirmed_at = UTC_TIMESTAMP(3)'
	as "$token" POST /v1/api-keys --header "$in" \
	    --data '{"description": "b"}'
	expect_status 201
	[[ $(json .key) == tny_u* ]]
}

@test "step-up: a role, a leaving admin and a system administrator" {
	local other

	new_tenant
	new_person
	other=$(user_id "$USER_EMAIL")
	join_organization "$USER_EMAIL" user "$ORG"
	new_person
	join_organization "$USER_EMAIL" admin "$ORG"
	sign_in
	of_old
	in="X-Organization-ID: $ORG"
	as "$token" PATCH "/v1/organizations/users/$other" --header "$in" \
	    --data '{"role": "admin"}'
	expect_type 403 step-up
	as "$token" PATCH "/v1/organizations/users/$other" --header "$in" \
	    --data '{"role": "user"}'
	expect_status 200
	as "$token" POST "/v1/organizations/$ORG/leave" \
	    --data "{\"successor\": \"$other\"}"
	expect_type 403 step-up
	as "$token" POST "/v1/organizations/$ORG/leave" --data '{}'
	expect_status 204
	sql "UPDATE users SET is_system_admin = 1 WHERE email = '$USER_EMAIL'"
	as "$token" GET /doctor
	expect_type 403 step-up
	set_session "$token" 'confirmed_at = UTC_TIMESTAMP(3)'
	as "$token" GET /doctor
	expect_status 200
	sql "UPDATE users SET is_system_admin = 0 WHERE email = '$USER_EMAIL'"
}

@test "the trail and the log say by which session a write was made" {
	local line

	new_tenant
	new_person
	KEY=$OWNER_KEY api POST /v1/invitations \
	    --data "{\"email\": \"$USER_EMAIL\", \"role\": \"admin\"}"
	invited=$(json '.link | split("/") | last')
	sign_in
	session=$(sql "SELECT id FROM sessions WHERE user_id = '$USER_ID'")
	as "$token" POST /v1/invitations/accept \
	    --data "{\"token\": \"$invited\"}"
	expect_status 200
	as "$token" DELETE "/v1/organizations/$ORG"
	expect_status 204
	as "$token" POST "/v1/organizations/$ORG/restore" --data '{}'
	expect_status 200
	line=$(service_log | grep "id=$(header X-Request-Id) ")
	[[ $line == *" user=$USER_ID key=session "* ]]
	[ "$(sql "SELECT GROUP_CONCAT(action ORDER BY id) FROM audit_events
	    WHERE user_id = '$USER_ID' AND session_id = '$session'
	    AND key_id IS NULL")" = \
	    invitation.accept,organization.delete,organization.restore ]
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	KEY=$OWNER_KEY api POST "/v1/organizations/$ORG/restore" --data '{}'
	expect_status 200
	[ "$(sql "SELECT COUNT(*) FROM audit_events e JOIN api_keys k
	    ON k.id = e.key_id WHERE e.organization_id = '$ORG' AND
	    e.action = 'organization.restore'")" = 1 ]
}

@test "only the same session is shown the key of a write again" {
	local made first

	new_tenant
	begin
	join_organization "$USER_EMAIL" user "$ORG"
	make_once() {
		as "$1" POST /v1/api-keys --header 'Idempotency-Key: one' \
		    --header "X-Organization-ID: $ORG" \
		    --data '{"description": "Once"}'
		expect_status 201
	}
	make_once "$token"
	made=$body first=$token
	make_once "$first"
	[ "$(header Idempotency-Replayed)" = true ]
	[ "$body" = "$made" ]
	sign_in
	make_once "$token"
	[ "$(header Idempotency-Replayed)" = true ]
	expect_json '.apiKey != null and .key == null'
}

# --- oneself ------------------------------------------------------------------

@test "a person changes the name and the password" {
	local first id new

	begin_login
	first=$token
	id=$(user_id "$USER_EMAIL")
	sign_in
	as "$token" PATCH /v1/users/me --data '{"displayName": " Ada King "}'
	expect_status 200
	expect_json '.user.metadata | .displayName == "Ada King" and
	    .version == 2'
	[[ $(sql "SELECT detail FROM audit_events WHERE resource_id = '$id'
	    AND action = 'user.rename'") != *Ada* ]]
	as "$token" PATCH /v1/users/me --data '{"displayName": ""}'
	expect_status 400
	KEY=$USER_KEY api PATCH /v1/users/me --data '{"displayName": "Eve"}'
	expect_type 403 not-for-keys
	new=$(unique secret)
	as "$token" PUT /v1/users/me/password \
	    --data "{\"current\": \"wrong\", \"new\": \"$new\"}"
	expect_problem 401
	as "$token" PUT /v1/users/me/password \
	    --data "{\"current\": \"$USER_PASSWORD\", \"new\": \"short\"}"
	expect_type 400 bad-field
	as "$token" PUT /v1/users/me/password \
	    --data "{\"current\": \"$USER_PASSWORD\", \"new\": \"$new\"}"
	expect_status 204
	expect_ended "$first"
	expect_live "$token"
	KEY=$USER_KEY api GET /v1/users/me
	expect_status 200
	with_password "$USER_EMAIL" "$USER_PASSWORD"
	expect_status 401
	USER_PASSWORD=$new sign_in
	expect_status 201
}

# --- by address ---------------------------------------------------------------

# cgi_sign_in [NAME=VALUE...]: at an address of its own.
cgi_sign_in() {
	KEY='' cgi_send POST /v1/session \
	    "{\"login\": \"$USER_EMAIL\", \"password\": \"$USER_PASSWORD\"}" \
	    HTTP_HOST=api.example.org REMOTE_ADDR=192.0.2.7 \
	    CONTENT_TYPE=application/json HTTP_X_REQUESTED_WITH=test "$@"
}

@test "the cookie's name and path follow from TLS and mount" {
	new_person
	cgi_sign_in HTTPS=on REQUEST_URI=/v1/session
	expect_status 201
	[[ $(header Set-Cookie) == "__Host-tenantry="*"; Path=/; Secure; HttpOnly; SameSite=Strict" ]]
	token=$(header Set-Cookie)
	token=${token%%;*}
	KEY='' cgi GET /v1/users/me HTTPS=on HTTP_COOKIE="$token" \
	    REQUEST_URI=/v1/users/me
	expect_status 200
	# below a path it would be a neighbour's
	KEY='' cgi GET /v1/users/me HTTPS=on HTTP_COOKIE="$token" \
	    REQUEST_URI=/app/v1/users/me SCRIPT_NAME=/app
	expect_status 401
	# as the browser sees it, and not as the program is called
	cgi_sign_in HTTPS=on REQUEST_URI=/app/v1/session \
	    SCRIPT_NAME=/cgi-bin/tenantry.fcgi
	[[ $(header Set-Cookie) == "__Secure-tenantry="*"; Path=/app/; Secure; "* ]]
	settings 'public_prefix = https://api.example.org/api'
	cgi_sign_in REQUEST_URI=/v1/session
	[[ $(header Set-Cookie) == "__Secure-tenantry="*"; Path=/api/; Secure; "* ]]
}

@test "nobody signs in without TLS, or where neighbours have the origin" {
	new_person
	cgi_sign_in
	expect_type 403 no-sign-in
	expect_json '.detail | contains("public_prefix = https://api.example.org")'
	cgi_sign_in HTTP_X_FORWARDED_PROTO=https
	expect_type 403 no-sign-in
	cgi_sign_in REMOTE_ADDR=127.0.0.1 HTTP_HOST=localhost
	expect_status 201
	[[ $(header Set-Cookie) == "tenantry="* ]]
	cgi_sign_in REMOTE_ADDR=127.0.0.1 HTTP_HOST=localhost \
	    HTTP_X_FORWARDED_FOR=192.0.2.7
	expect_type 403 no-sign-in
	cgi_sign_in HTTPS=on SCRIPT_NAME=/~ada/app \
	    REQUEST_URI=/~ada/app/v1/session
	expect_type 403 shared-origin
	settings 'shared_origin = on'
	cgi_sign_in HTTPS=on
	expect_type 403 shared-origin
	settings 'shared_origin = on' 'sessions_on_shared_origin = on'
	cgi_sign_in HTTPS=on
	expect_status 201
	settings 'public_prefix = http://api.example.org'
	cgi_sign_in HTTPS=on
	expect_type 403 no-sign-in
}

# --- secrets ------------------------------------------------------------------

@test "passwords and tokens are in no log, table or stored answer" {
	local old new

	begin
	old=$token
	new=$(unique secret)
	confirm "$USER_PASSWORD"
	token=$(header Set-Cookie)
	token=${token#*=}
	token=${token%%;*}
	as "$token" PUT /v1/users/me/password --header 'Idempotency-Key: a' \
	    --data "{\"current\": \"$USER_PASSWORD\", \"new\": \"$new\"}"
	expect_status 204
	USER_PASSWORD=typed-wrongly sign_in "$new@example.org"
	expect_status 401
	mariadb-dump --no-defaults --socket="$database_socket" \
	    --user="$DB_ADMIN" --skip-extended-insert --skip-lock-tables \
	    tenantry sessions security_events idempotency_keys login_failures \
	    audit_events > "$BATS_TEST_TMPDIR/dump"
	service_log > "$BATS_TEST_TMPDIR/log"
	# the person is there, so that the dump is not empty
	grep -q "$(user_id "$USER_EMAIL")" "$BATS_TEST_TMPDIR/dump"
	for secret in "$old" "$token" "$USER_PASSWORD" "$new" typed-wrongly; do
		! grep -qF "$secret" "$BATS_TEST_TMPDIR"/{dump,log}
	done
}
