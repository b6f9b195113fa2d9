#!/usr/bin/env bats
# tenantryctl user: add, list, password, email, disable and enable.
#
# shellcheck disable=SC2154  # bats sets them

setup() {
	load helper
	load tenancy
	load tool
	screen=$BATS_TEST_TMPDIR/screen
}

teardown() {
	[ -z "${TERMINAL:-}" ] || kill "$TERMINAL" 2> /dev/null || true
	drop_own_database
	[ -z "${MANY:-}" ] || sql "DELETE FROM users WHERE id LIKE '$MANY%'"
}

# --- users --------------------------------------------------------------------

@test "user add says what is wrong and makes nobody" {
	new_user "$(unique one)@example.org"
	before=$(sql 'SELECT COUNT(*) FROM users')
	with 2 'the e-mail address is not' user add --email nobody
	with 2 'the e-mail address is empty' user add --email ' '
	with 2 'has an @' user add --login a@example.org
	with 2 'the login is empty' user add --login ''
	with 2 'longer than 64' user add --login "$(printf '%065d' 0)"
	for login in 'a b' 'a:b' 'ä' 'a/b'; do
		with 2 'the login contains something else' user add \
		    --login "$login"
	done
	with 2 'the name is empty' user add --email a@example.org --name ''
	with 1 'already' user add --email "${USER_EMAIL^^}"
	[ "$(sql 'SELECT COUNT(*) FROM users')" = "$before" ]
}

@test "a slug that is taken gives way to the user's id" {
	name=$(unique Twin)
	new_user "$(unique one)@example.org" --name "$name"
	one=$(user_id "$USER_EMAIL")
	new_user "$(unique two)@example.org" --name "$name"
	two=$(user_id "$USER_EMAIL")
	[ "$(sql "SELECT name FROM users WHERE id = '$one'")" = "${name,,}" ]
	[ "$(sql "SELECT name FROM users WHERE id = '$two'")" = "${two,,}" ]
}

@test "user password takes one line of 1 to 256 bytes and nothing else" {
	new_user "$(unique one)@example.org"
	stored() { sql "SELECT password_hash FROM users WHERE email = '$USER_EMAIL'"; }
	for text in '' '\n' '\r\n' 'a\0b\n' "$(printf '%0257d' 0)\n"; do
		with 1 '1 to 256 bytes' user password --email "$USER_EMAIL" \
		    < <(printf '%b' "$text")
		[ "$(stored)" = NULL ]
	done
	for text in 'last line' "$(printf '%0256d' 0)\r\n" 'one\ntwo\n'; do
		before=$(stored)
		with 0 '' user password --email "$USER_EMAIL" \
		    < <(printf '%b' "$text")
		[ "$(stored)" != "$before" ]
	done
	with 1 'there is no user' user password \
	    --email "$(unique no)@example.org" <<< secret
}

@test "a disabled user is told of" {
	new_user "$(unique one)@example.org"
	with 0 '' user disable --email "$USER_EMAIL"
	with 0 'disabled already' user disable --email "$USER_EMAIL"
	with 0 'warning: this user is disabled' user password \
	    --email "$USER_EMAIL" <<< secret
	[ "$(events user.disable "$(user_id "$USER_EMAIL")")" = 1 ]
	with 0 '' user enable --email "$USER_EMAIL"
	# what became of the user, and nothing that the text for people repeats
	[ "$(sql "SELECT GROUP_CONCAT(CONCAT(action, ' ', change_json)
	    ORDER BY seq SEPARATOR ' ') FROM audit_events
	    WHERE resource_id = '$(user_id "$USER_EMAIL")'
	    AND resource_kind = 'User'")" = \
	    'user.create {"state":"active"} user.disable {"state":"disabled"} user.password {} user.enable {"state":"active"}' ]
}

# The vendor's scripts use these three, unchanged.
@test "a login without an @ works as the vendor's scripts use it" {
	for pair in admin:admin tfu:tfp int-test-user:int-test-password; do
		login=${pair%:*}
		ctl user add --login "$login" --system-admin |
		    tail -n 1 | grep -q '^tny_' ||
		    [ -n "$(user_id "$login")" ]
		set_login_password "$login" "${pair#*:}"
		KEY='' api POST /v1/organizations -u "$pair" --data \
		    '{"organizationName": "'"$(unique "$login")"'", "accountName": "project", "eulaAccepted":true}'
		expect_status 200
		with_password "${login^^}" "${pair#*:}"
		expect_status 200
		with_password "$login" wrong
		expect_status 401
	done
	# the login is where others have their e-mail address
	KEY='' api GET /v1/organizations/users -u "$pair" \
	    --header "X-Organization-ID: $(sql "SELECT organization_id
	    FROM organization_bindings WHERE user_id = '$(user_id "$login")'
	    ORDER BY created_at DESC LIMIT 1")"
	expect_json ".users[0].spec.email == \"$login\""
}

@test "a login is taken once, however it is written" {
	login=$(unique login)
	with 0 '' user add --login "$login"
	with 1 'already' user add --login "${login^^}"
	with 0 '' user password --login "${login^}" <<< 'long enough'
	with_password "$login" 'long enough'
	expect_status 200
	with 2 '--login takes one without' user password --email "$login"
}

set_login_password() { # LOGIN PASSWORD
	ctl user password --login "$1" <<< "$2" 2> /dev/null
}

@test "a password of less than 8 bytes is set with a warning" {
	login=$(unique login)
	with 0 '' user add --login "$login"
	for text in a 1234567 äöü; do
		with 0 'less than 8 bytes' user password --login "$login" \
		    <<< "$text"
		with_password "$login" "$text"
		expect_status 200
	done
	for text in 12345678 äöüß; do
		with 0 '' user password --login "$login" <<< "$text"
		[ -z "$stderr" ]
	done
	# an editor's byte order mark is no part of it
	printf '\xEF\xBB\xBF%s\n' 'marked one' |
	    ctl user password --login "$login"
	with_password "$login" 'marked one'
	expect_status 200
}

@test "user email gives a login its address" {
	login=$(unique login)
	address=$login@example.org
	with 0 '' user add --login "$login"
	set_login_password "$login" 'a password'
	with 2 'the e-mail address is not' user email --login "$login" \
	    --to nobody
	with 1 'there is no user' user email --login "no-$login" \
	    --to "$address"
	with 0 '' user email --login "$login" --to "${address^}" --json
	jq -e --arg address "${address^}" '.login == $address' <<< "$output"
	with_password "$address" 'a password'
	expect_status 200
	with_password "$login" 'a password'
	expect_status 401
	[ "$(events user.email "$(user_id "${address^}")")" = 1 ]
	with 0 '' user add --login "$login"
	with 1 'already' user email --login "$login" --to "$address"
}

@test "who is disabled is refused at once, and let in again at once" {
	new_login
	with_password "$USER_EMAIL" "$USER_PASSWORD"
	expect_status 200
	with 0 '' user disable --email "$USER_EMAIL" --json
	jq -e '.disabledAt | startswith("20")' <<< "$output"
	with_password "$USER_EMAIL" "$USER_PASSWORD"
	expect_status 401
	KEY=$USER_KEY api GET /v1/organizations
	expect_status 401
	with 0 '' user enable --email "$USER_EMAIL" --json
	jq -e '.disabledAt == null' <<< "$output"
	with_password "$USER_EMAIL" "$USER_PASSWORD"
	expect_status 200
	KEY=$USER_KEY api GET /v1/organizations
	expect_status 200
	with 0 'is not disabled' user enable --email "$USER_EMAIL"
	[ "$(events user.enable "$(user_id "$USER_EMAIL")")" = 1 ]
	with 1 'there is no user' user enable --email "$(unique no)@example.org"
}

@test "user list shows each user, as text and as JSON" {
	new_login
	id=$(user_id "$USER_EMAIL")
	with 0 '' user list
	head -n 1 <<< "$output" | grep -Eq '^id +login +displayName +systemAdmin'
	grep -Eq "^$id  $USER_EMAIL +[^ ]+ +no +yes +1 +0 +20.* -\$" <<< "$output"
	with 0 '' user list --json
	jq -e --arg id "$id" --arg login "$USER_EMAIL" 'map(select(.id == $id))
	    == [{id: $id, login: $login, displayName: ($login | split("@")[0]),
	    systemAdmin: false, hasPassword: true, keys: 1, organizations: 0,
	    createdAt: map(select(.id == $id))[0].createdAt,
	    disabledAt: null}]' <<< "$output"
	[ "$(jq length <<< "$output")" = "$(sql 'SELECT COUNT(*) FROM users')" ]
	jq -e 'map(.id) == (map(.id) | sort)' <<< "$output"
}

# memory_of PID: the most that it has had, in KiB.
memory_of() {
	awk '/^VmHWM/ { print $2 }' "/proc/$1/status"
}

# The list ends in a pipe whose reader stops: after the first row, and before
# the last ones.
@test "user list of 10,000 users takes no more memory than a page of it" {
	MANY=7ZZZZZZZZZZZZZZZZZZZZ
	sql "INSERT INTO users (id, name, display_name, email, email_key,
	    created_at, modified_at) SELECT CONCAT('$MANY', n),
	    LOWER(CONCAT('$MANY', n)), REPEAT('x', 100),
	    CONCAT(REPEAT('y', 60), n, '@example.org'),
	    CONCAT(REPEAT('y', 60), n, '@example.org'), UTC_TIMESTAMP(3),
	    UTC_TIMESTAMP(3) FROM (SELECT LPAD(seq, 5, '0') AS n
	    FROM $(numbers 10000)) t"
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	"$CTL" user list --json --conf "$TENANTRY_CONF" \
	    > "$BATS_TEST_TMPDIR/pipe" 3>&- &
	pid=$!
	exec 7< "$BATS_TEST_TMPDIR/pipe"
	IFS= read -r row <&7
	within 5 test "$(memory_of $pid)" -gt 1000
	first=$(memory_of $pid)
	for ((i = 2; i < 9500; i++)); do
		IFS= read -r row <&7
	done
	last=$(memory_of $pid)
	cat <&7 > "$BATS_TEST_TMPDIR/rest"
	wait $pid
	tail -n 1 "$BATS_TEST_TMPDIR/rest" | grep -q "\"${MANY}10000\".*}]"
	echo "first $first, last $last KiB"
	[ $((last - first)) -lt 2048 ]
}

# --- the last usable system administrator -------------------------------------

# A database of its own, since others' system administrators count.
@test "the last usable system administrator is kept" {
	own_database
	with_own init > /dev/null
	refused=1 with_own user disable --email admin@localhost
	with_own user add --login second --system-admin
	# it has a key without an end
	with_own user disable --email admin@localhost
	with_own user enable --email admin@localhost
	id=$(with_own key list --user second --json | jq -r '.[0].id')
	with_own key revoke "$id"
	refused=1 with_own user disable --email admin@localhost
	# nor does one that ends, is of another role, or is disabled count
	with_own key add --user second --expires 2099-01-01T00:00:00Z
	refused=1 with_own user disable --email admin@localhost
	with_own key add --user second --role user
	refused=1 with_own user disable --email admin@localhost
	with_own user password --login second <<< 'a password'
	with_own user disable --login second
	refused=1 with_own user disable --email admin@localhost
	with_own user disable --email admin@localhost --force
	# and the way back
	with_own user enable --email admin@localhost
}

# Whoever has no password is a way in by a key alone.
@test "the last key of the last system administrator is kept" {
	own_database
	with_own init > /dev/null
	with_own user add --login second --system-admin
	with_own user disable --email admin@localhost
	id=$(with_own key list --user second --json | jq -r '.[0].id')
	refused=1 with_own key revoke "$id"
	with_own key list --user second --json | jq -e 'length == 1'
	# the key itself, read from standard input, is kept as well
	key=$(with_own key add --user second --expires 2099-01-01T00:00:00Z |
	    tail -n 1)
	[[ $key == tny_* ]]
	refused=1 with_own key revoke "$id"
	# one with an end is no way in for ever, and may go
	with_own key revoke - <<< "$key"
	# another one without an end is
	with_own key add --user second
	with_own key revoke "$id"
	id=$(with_own key list --user second --json | jq -r '.[0].id')
	refused=1 with_own key revoke "$id"
	with_own key revoke "$id" --force --json |
	    jq -e --arg id "$id" '.id == $id'
	with_own key list --user second --json | jq -e '. == []'
	# and the way back
	with_own user enable --email admin@localhost
	refused=1 with_own user disable --email admin@localhost
}

# --- a terminal ---------------------------------------------------------------

# at_terminal: `user password` at a terminal of its own, with descriptor 7 as
# its keys; the settings of the terminal are shown when it has ended.  (A shell
# lets what it starts in the background ignore SIGINT.)
at_terminal() {
	mkfifo "$BATS_TEST_TMPDIR/keys"
	# shellcheck disable=SC2016 # of the shell at the terminal
	COMMAND="trap : INT; '$CTL' user password --conf '$TENANTRY_CONF' \
	    --email '$USER_EMAIL'; echo status \$?; stty -a" \
	    env --default-signal=INT script --quiet --command 'sh -c "$COMMAND"' /dev/null \
	    < "$BATS_TEST_TMPDIR/keys" > "$screen" 2>&1 3>&- &
	TERMINAL=$!
	exec 7> "$BATS_TEST_TMPDIR/keys"
	within 20 grep -q 'password: ' "$screen"
}

has_ended() {
	grep -q 'status' "$screen" && grep -q 'columns' "$screen"
}

@test "a password that is typed is not shown" {
	new_user "$(unique one)@example.org"
	secret=$(unique secret)
	at_terminal
	printf '%s\n' "$secret" >&7
	within 20 has_ended
	cat "$screen"
	grep -q 'status 0' "$screen"
	grep -Eq '(^|[ ;])echo([ ;]|$)' "$screen"
	run grep "$secret" "$screen"
	[ "$status" = 1 ]
	KEY='' api GET /v1/organizations --user "$USER_EMAIL:$secret"
	expect_status 200
}

@test "a prompt that is interrupted leaves the terminal its echo" {
	new_user "$(unique one)@example.org"
	at_terminal
	# again where it came between the prompt and the read
	for _ in {1..5}; do
		printf '\003' >&7
		! within 3 has_ended || break
	done
	cat "$screen"
	grep -Eq 'status (1|130)' "$screen"
	grep -Eq '(^|[ ;])echo([ ;]|$)' "$screen"
	[ "$(sql "SELECT password_hash IS NULL FROM users
	    WHERE email = '$USER_EMAIL'")" = 1 ]
}
