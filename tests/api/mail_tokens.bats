#!/usr/bin/env bats
# What a token of a mail lets its reader do: choose a new password, and agree to a
# change of address.  Requests go to the program as plain CGI, with mail on.
# shellcheck disable=SC1111,SC2030,SC2031,SC2034,SC2154

setup() {
	load helper
	load tenancy
	load writes
	load cgi
	load mail
	load hold
	mail_on
	new_login
	id=$(user_id "$USER_EMAIL")
}

teardown() {
	release_row
}

ask_reset() { # ADDRESS [NAME=VALUE...]
	KEY='' cgi_send POST /v1/password-resets "{\"email\": \"$1\"}" "${@:2}"
}

choose() { # PASSWORD: by TOKEN
	KEY='' cgi_send POST /v1/password-resets/confirm \
	    "{\"token\": \"$TOKEN\", \"password\": \"$1\"}"
}

ask_address() { # ADDRESS [PASSWORD]: by USER_EMAIL
	KEY='' cgi_send POST /v1/users/me/email \
	    "{\"email\": \"$1\", \"password\": \"${2-$USER_PASSWORD}\"}" \
	    HTTP_AUTHORIZATION="Basic $(pair '%s:%s' "$USER_EMAIL" \
	    "$USER_PASSWORD")"
}

agree() { # by TOKEN
	KEY='' cgi_send POST /v1/users/confirm "{\"token\": \"$TOKEN\"}"
}

# mail_to ADDRESS: the number of the mail to it.
mail_to() {
	local file

	file=$(grep -lxF "$1" "$mails"/args.*)
	echo "${file##*.}"
}

# sign_in: is USER_PASSWORD, or another, that of the address?
expect_password() { # STATUS PASSWORD [ADDRESS]
	with_password "${3-$USER_EMAIL}" "$2"
	expect_status "$1"
}

# queries of the last request, as the log has them.
queries() {
	sed -n 's/.* queries=\([0-9]*\).*/\1/p' "$log_file" | tail -n 1
}

security_events() { # ACTION
	sql "SELECT COUNT(*) FROM security_events WHERE user_id = '$id'
	    AND action = '$1'"
}

# --- resets -------------------------------------------------------------------

@test "a new password by mail: once, and sessions end while keys stay" {
	local chosen

	sql "INSERT INTO sessions (id, user_id, digest, epoch, created_at,
	    seen_at, idle_ends_at, ends_at, confirmed_at) VALUES ('$id', '$id',
	    UNHEX(SHA2('$id', 256)), 0, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3),
	    UTC_TIMESTAMP(3) + INTERVAL 1 HOUR,
	    UTC_TIMESTAMP(3) + INTERVAL 1 HOUR, UTC_TIMESTAMP(3))"
	ask_reset "$USER_EMAIL"
	expect_status 202
	[ -z "$body" ]
	send 0
	token_of 1 reset
	[ "$(tail -n 1 "$mails/args.1")" = "$USER_EMAIL" ]
	[[ $(part 1 plain) != *'personal API keys'* ]]
	token_is_nowhere "$TOKEN"
	chosen=$(unique chosen)
	choose "$chosen"
	expect_status 204
	expect_password 200 "$chosen"
	expect_password 401 "$USER_PASSWORD"
	[ "$(sql "SELECT COUNT(*) FROM sessions WHERE user_id = '$id'")" = 0 ]
	expect_key_status "$USER_KEY" 200 GET /v1/organizations
	choose "$(unique other)"
	expect_type 404 token-dead
	expect_password 200 "$chosen"
	[ "$(security_events password.reset-ask)" = 1 ]
	[ "$(security_events password.reset)" = 1 ]
}

@test "an address that nobody has: the same answer, the same statements, no mail" {
	local known unknown

	ask_reset "$USER_EMAIL"
	expect_status 202
	known=$(queries)
	ask_reset "$(unique nobody)@example.org"
	expect_status 202
	[ -z "$body" ]
	unknown=$(queries)
	[ "$known" -gt 3 ] && [ "$known" = "$unknown" ]
	# disabled, and over the limit: the same
	ctl user disable --email "$USER_EMAIL"
	ask_reset "$USER_EMAIL"
	[ "$(queries)" = "$known" ]
	# and nothing is kept, of which strangers could make any number
	[ "$(sql "SELECT COUNT(*) FROM outbox
	    WHERE kind = 'reset' AND user_id IS NULL")" = 0 ]
	[ "$(sql "SELECT COUNT(*) FROM outbox WHERE user_id = '$id'")" = 1 ]
	[ "$(sql "SELECT COUNT(*) FROM security_events
	    WHERE action = 'password.reset-ask' AND user_id IS NULL")" = 0 ]
	[ "$(security_events password.reset-ask)" = 1 ]
	send 0 --json
	[ "$output" = '{"sent":0,"failed":0,"dropped":1}' ]
	# it is in no list
	run ctl mail list --json
	[ "$(jq '[.[] | select(.kind == "reset" and .userId == "")] | length' \
	    <<< "$output")" = 0 ]
	run ctl check --deep
	[[ $output != *mails* ]]
}

@test "an account gets three mails of this kind an hour" {
	for _ in 1 2 3 4 5; do
		ask_reset "$USER_EMAIL"
		expect_status 202
	done
	# no more than that are there to be sent
	[ "$(sql "SELECT COUNT(*) FROM outbox WHERE user_id = '$id'")" = 3 ]
	send 0
	[ "$(mail_count)" = 3 ]
	sql "UPDATE outbox SET created_at = created_at - INTERVAL 61 MINUTE,
	    ended_at = ended_at - INTERVAL 61 MINUTE WHERE user_id = '$id'"
	ask_reset "${USER_EMAIL^^}"
	send 0
	[ "$(mail_count)" = 4 ]
	# to the address as the account has it
	[ "$(tail -n 1 "$mails/args.4")" = "$USER_EMAIL" ]
}

@test "resets that have piled up while nothing was sent are no burst of mails" {
	for _ in 1 2; do
		for _ in 1 2 3; do
			ask_reset "$USER_EMAIL"
		done
		sql "UPDATE outbox SET created_at =
		    created_at - INTERVAL 61 MINUTE WHERE user_id = '$id'"
	done
	send 0 --json
	[ "$output" = '{"sent":3,"failed":0,"dropped":3}' ]
	[ "$(mail_count)" = 3 ]
}

@test "of many requests at once three get a mail" {
	local i pids=()

	for i in {1..8}; do
		(
			BATS_TEST_TMPDIR=$(mktemp -d "$BATS_TEST_TMPDIR/XXXXXX")
			ask_reset "$USER_EMAIL"
			echo "$status_code" > "$BATS_TEST_TMPDIR/../code.$i"
		) 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	[ "$(cat "$BATS_TEST_TMPDIR"/code.* | grep -c 202)" = 8 ]
	send 0
	[ "$(mail_count)" = 3 ]
}

@test "a token is dead after an hour, another password, address or end of sessions" {
	reset_token() {
		sql "DELETE FROM outbox WHERE user_id = '$id'"
		rm -f "$mails"/*
		ask_reset "$USER_EMAIL"
		send 0
		token_of 1 reset
	}
	expect_dead() {
		choose 'some-password'
		expect_type 404 token-dead
	}
	reset_token
	sql "UPDATE outbox SET token_ends_at = UTC_TIMESTAMP(3)
	    WHERE user_id = '$id'"
	expect_dead
	reset_token
	set_password "$USER_EMAIL" another-password
	expect_dead
	reset_token
	KEY='' api DELETE /v1/sessions --user "$USER_EMAIL:another-password"
	expect_status 204
	expect_dead
	reset_token
	ctl user email --email "$USER_EMAIL" --to "new-$USER_EMAIL"
	expect_dead
	ctl user email --email "new-$USER_EMAIL" --to "$USER_EMAIL"
	reset_token
	ctl user disable --email "$USER_EMAIL"
	expect_dead
	ctl user enable --email "$USER_EMAIL"
	reset_token
	case $TOKEN in
	*0) TOKEN=${TOKEN%?}1 ;;
	*) TOKEN=${TOKEN%?}0 ;;
	esac
	expect_dead
}

@test "another reset takes the token of the first" {
	local first

	ask_reset "$USER_EMAIL"
	send 0
	token_of 1 reset
	first=$TOKEN
	ask_reset "$USER_EMAIL"
	send 0
	token_of 2 reset
	choose first-password
	expect_status 204
	TOKEN=$first
	choose second-password
	expect_type 404 token-dead
}

@test "an address that nobody had proved is proved, and personal keys end" {
	local bound maker made

	KEY=$USER_KEY new_org
	bound=$(add_key --user "$USER_EMAIL" --org "$ORG")
	maker=$(sql "SELECT id FROM api_keys
	    WHERE digest = UNHEX(SHA2('$bound', 256))")
	KEY=$bound api POST /v1/api-keys --data '{"description": "made"}'
	expect_status 201
	made=$(json .apiKey.metadata.id)
	sql "UPDATE users SET is_email_unproved = 1 WHERE id = '$id'"
	ask_reset "$USER_EMAIL"
	send 0
	token_of 1 reset
	[[ $(part 1 plain) == *'personal API keys'* ]]
	choose good-password
	expect_status 204
	expect_key_status "$USER_KEY" 401 GET /v1/organizations
	expect_key_status "$bound" 401 GET /v1/organizations
	[ "$(sql "SELECT is_email_unproved FROM users WHERE id = '$id'")" = 0 ]
	[ "$(sql "SELECT COUNT(*) FROM audit_events WHERE user_id = '$id'
	    AND action = 'key.revoke' AND organization_id = '$ORG'")" = 1 ]
	# what goes with the key is named, so that a copy can follow
	[ "$(sql "SELECT change_json FROM audit_events WHERE user_id = '$id'
	    AND action = 'key.revoke' AND organization_id = '$ORG'")" = \
	    "{\"key\":\"$maker\",\"keys\":[\"$made\"],\"owner\":\"$id\"}" ]
	ctl audit verify --org "$ORG"
	expect_password 200 good-password
}

@test "a key that somebody ends meanwhile holds no reset up" {
	local waiting

	KEY=$USER_KEY new_org
	sql "UPDATE users SET is_email_unproved = 1 WHERE id = '$id'"
	ask_reset "$USER_EMAIL"
	send 0
	token_of 1 reset
	hold_row
	echo "DELETE FROM api_keys WHERE user_id = '$id'; SELECT 'ended';" >&8
	within 10 grep -q ended "$BATS_TEST_TMPDIR/held"
	(
		choose good-password
		echo "$status_code" > "$BATS_TEST_TMPDIR/chosen"
	) 3>&- 8>&- &
	waiting=$!
	within 20 wait_for_locks 1
	echo 'COMMIT;' >&8
	wait "$waiting"
	[ "$(cat "$BATS_TEST_TMPDIR/chosen")" = 204 ]
	expect_password 200 good-password
}

@test "a key in an organization that was deleted holds no reset up, and ends" {
	KEY=$USER_KEY new_org
	add_key --user "$USER_EMAIL" --org "$ORG"
	KEY=$USER_KEY api DELETE "/v1/organizations/$ORG"
	expect_status 204
	[ "$(sql "SELECT COUNT(*) FROM api_keys WHERE user_id = '$id'
	    AND organization_id = '$ORG'")" = 1 ]
	sql "UPDATE users SET is_email_unproved = 1 WHERE id = '$id'"
	ask_reset "$USER_EMAIL"
	send 0
	token_of 1 reset
	choose good-password
	expect_status 204
	expect_password 200 good-password
	# a restore cannot bring it back
	[ "$(sql "SELECT COUNT(*) FROM api_keys WHERE user_id = '$id'")" = 0 ]
	ctl audit verify --org "$ORG"
}

@test "a password that is too short or long is refused, and the token is good still" {
	ask_reset "$USER_EMAIL"
	send 0
	token_of 1 reset
	choose short
	expect_problem 400 'from 8 to 256'
	choose "$(printf '%0257d' 0)"
	expect_problem 400
	choose long-enough
	expect_status 204
}

@test "a login without an address has no reset" {
	USER_EMAIL=$(unique login)
	ctl user add --login "$USER_EMAIL"
	ask_reset "$USER_EMAIL"
	expect_problem 400
	ask_reset ''
	expect_problem 400
}

@test "more than reset_rate requests an hour of an address are 429" {
	printf -v address '2001:db8:%x:%x::1' "$BATS_TEST_NUMBER" \
	    $((BASHPID % 65535 + 1))
	sed -i '/^reset_rate/d' "$CONF"
	echo 'reset_rate = 2' >> "$CONF"
	ask_reset "$(unique nobody)@example.org" REMOTE_ADDR="$address"
	expect_status 202
	[ "$(header RateLimit-Policy)" = '"password-resets";q=2;w=3600' ]
	[ "$(header RateLimit)" = '"password-resets";r=1;t=3600' ]
	ask_reset "$USER_EMAIL" REMOTE_ADDR="$address"
	expect_status 202
	ask_reset "$USER_EMAIL" REMOTE_ADDR="$address"
	expect_type 429 throttled
	[ "$(header Retry-After)" -gt 3500 ]
	# a minute is not enough, and does not remove the count
	sql "UPDATE rates SET began_at = began_at - INTERVAL 30 MINUTE
	    WHERE route = 'password-resets' AND address LIKE '${address%::1}%'"
	ctl purge
	ask_reset "$USER_EMAIL" REMOTE_ADDR="$address"
	expect_status 429
	[ "$(header Retry-After)" -le 1800 ]
	sql "UPDATE rates SET began_at = began_at - INTERVAL 30 MINUTE
	    WHERE route = 'password-resets' AND address LIKE '${address%::1}%'"
	ask_reset "$USER_EMAIL" REMOTE_ADDR="$address"
	expect_status 202
}

@test "without mail: 409 mail-off to everybody, and sign-in says what there is" {
	KEY='' cgi GET /v1/session < /dev/null
	expect_json '.features | .mail == true and .links == false'
	settings 'mail = off'
	ask_reset "$USER_EMAIL"
	expect_type 409 mail-off
	ask_reset "$(unique nobody)@example.org"
	expect_type 409 mail-off
	ask_address "$(unique new)@example.org"
	expect_type 409 mail-off
	KEY='' cgi GET /v1/session < /dev/null
	expect_json '.features | .mail == false and .links == true'
}

# --- addresses ----------------------------------------------------------------

# problems: those of the installation's chain.
problems() {
	{ ctl audit verify --org 00000000000000000000000000 || true; } |
	    sed -n 's/.* \([0-9]*\) problems$/\1/p'
}

@test "another address: when the readers of both have agreed" {
	local new before

	before=$(problems)
	[ -n "$before" ]
	new=$(unique new)@example.org
	ask_address "$new"
	expect_status 202
	send 0
	[ "$(mail_count)" = 2 ]
	[[ $(part "$(mail_to "$USER_EMAIL")" plain) == *"“$new”"* ]]
	[[ $(part "$(mail_to "$new")" plain) != *"$USER_EMAIL"* ]]
	token_of "$(mail_to "$new")" confirm
	token_is_nowhere "$TOKEN"
	agree
	expect_status 200
	expect_json '.state == "waiting"'
	# once more changes nothing
	agree
	expect_json '.state == "waiting"'
	expect_password 200 "$USER_PASSWORD"
	token_of "$(mail_to "$USER_EMAIL")" confirm
	agree
	expect_status 200
	expect_json '.state == "changed"'
	expect_password 401 "$USER_PASSWORD"
	expect_password 200 "$USER_PASSWORD" "$new"
	agree
	expect_type 404 token-dead
	[ "$(sql "SELECT COUNT(*) FROM audit_events WHERE resource_id = '$id'
	    AND action = 'user.email' AND user_id = '$id'")" = 1 ]
	[ "$(security_events email.ask)" = 1 ]
	[ "$(security_events email.change)" = 1 ]
	[ "$(sql "SELECT COUNT(*) FROM address_changes
	    WHERE user_id = '$id'")" = 0 ]
	# the chain of the installation, which tests before may have broken
	[ "$(problems)" = "$before" ]
}

@test "a login gets its first address by that one alone" {
	local new login

	login=$(unique login)
	ctl user add --login "$login"
	ctl user password --login "$login" <<< "$USER_PASSWORD"
	USER_EMAIL=$login
	new=$(unique first)@example.org
	ask_address "$new"
	expect_status 202
	send 0
	[ "$(mail_count)" = 1 ]
	token_of 1 confirm
	agree
	expect_json '.state == "changed"'
	expect_password 200 "$USER_PASSWORD" "$new"
	[ "$(sql "SELECT is_email_unproved FROM users
	    WHERE email = '$new'")" = 0 ]
}

@test "who has the address already is told by the last link alone" {
	local taken mine=$USER_EMAIL

	taken=$(unique taken)@example.org
	ask_address "$taken"
	expect_status 202
	send 0
	new_user "$taken"
	token_of "$(mail_to "$mine")" confirm
	agree
	expect_json '.state == "waiting"'
	token_of "$(mail_to "$taken")" confirm
	agree
	expect_type 409 name-in-use
	USER_EMAIL=$mine
	expect_password 200 "$USER_PASSWORD"
}

@test "another request takes the place of one that waits" {
	local first second

	first=$(unique first)@example.org
	second=$(unique second)@example.org
	ask_address "$first"
	send 0
	token_of "$(mail_to "$first")" confirm
	ask_address "$second"
	expect_status 202
	agree
	expect_type 404 token-dead
	ask_address "$(unique third)@example.org"
	# the mails of the second are about nothing now
	send 0 --json
	[ "$output" = '{"sent":2,"failed":0,"dropped":2}' ]
	[ "$(grep -lxF "$second" "$mails"/args.*)" = '' ]
	ask_address "$(unique fourth)@example.org"
	expect_type 429 throttled
	[ "$(header Retry-After)" = 3600 ]
}

@test "a change of password ends a change of address" {
	local new

	new=$(unique new)@example.org
	ask_address "$new"
	send 0
	set_password "$USER_EMAIL" another-password
	token_of "$(mail_to "$new")" confirm
	agree
	expect_type 404 token-dead
}

@test "a change of password ends one whose mails still wait, or failed" {
	local new login

	# who knows the old password asks; the owner then takes another one
	login=$(unique login)
	ctl user add --login "$login"
	ctl user password --login "$login" <<< "$USER_PASSWORD"
	USER_EMAIL=$login
	new=$(unique new)@example.org
	ask_address "$new"
	expect_status 202
	sendmail_does 'exit 75'
	send 1
	make_due
	sendmail_does "$keep"
	ctl user password --login "$login" <<< another-password
	send 0 --json
	[ "$output" = '{"sent":0,"failed":0,"dropped":1}' ]
	[ "$(mail_count)" = 0 ]
	expect_password 200 another-password "$login"
}

@test "what is wrong with an address or password is said, and nothing is sent" {
	ask_address "$(unique new)@example.org" wrong-password
	expect_problem 401 'not that of the caller'
	ask_address 'no address'
	expect_problem 400
	ask_address 'x@exämple.org'
	expect_problem 400 A-labels
	ask_address "$USER_EMAIL"
	expect_type 409 name-in-use 'your account already'
	KEY=$USER_KEY cgi_send POST /v1/users/me/email \
	    "{\"email\": \"x@example.org\", \"password\": \"$USER_PASSWORD\"}"
	expect_type 403 not-for-keys
	send 0
	[ "$(mail_count)" = 0 ]
	TOKEN=nothing
	agree
	expect_type 404 token-dead
}

@test "a change that nobody has confirmed is forgotten after a week" {
	ask_address "$(unique new)@example.org"
	sql "UPDATE address_changes SET created_at =
	    created_at - INTERVAL 8 DAY WHERE user_id = '$id'"
	ctl purge
	[ "$(sql "SELECT COUNT(*) FROM address_changes
	    WHERE user_id = '$id'")" = 0 ]
}
