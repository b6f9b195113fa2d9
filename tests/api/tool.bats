#!/usr/bin/env bats
# tenantryctl by itself: what it takes, what it says, and its exit status.  Keys
# of users are in credentials.bats, migrations in faults_procedures.bats.
#
# shellcheck disable=SC2154  # bats sets them

setup() {
	load helper
	load tenancy
	screen=$BATS_TEST_TMPDIR/screen
}

teardown() {
	[ -z "${TERMINAL:-}" ] || kill "$TERMINAL" 2> /dev/null || true
}

# tool STATUS MESSAGE ARGUMENT...: the exit status, and what the message has on
# standard error.
tool() {
	local expected=$1 message=$2

	shift 2
	run --separate-stderr "$CTL" "$@"
	if [ "$status" != "$expected" ] || [[ $stderr != *"$message"* ]]; then
		echo "$*: $status $output $stderr"
		return 1
	fi
}

# with ARGUMENT...: the settings of the instance before them.
with() {
	local expected=$1 message=$2

	shift 2
	tool "$expected" "$message" --conf "$TENANTRY_CONF" "$@"
}

# --- the words ----------------------------------------------------------------

@test "help is asked for, and usage is told where words are wrong" {
	tool 0 '' --help
	[[ $output == *'licence issue --type'* ]]
	tool 0 '' user --help
	tool 0 '' user add --help
	[[ $output == 'usage: tenantryctl [--conf FILE] user add --email'* ]]
	tool 2 'usage:'
	tool 2 'unknown command' nonsense
	tool 2 'unknown command' user
	tool 2 'usage:' --nonsense
	tool 2 'usage:' user add --nonsense
	tool 2 '--email is missing' user add
	tool 2 'an argument too many' check surplus
	tool 2 'an argument is missing' licence show
}

@test "settings that are not there, or have no migrating account, are told" {
	tool 1 /nonexistent/a.conf check --conf /nonexistent/a.conf
	grep -v '^migration_' "$TENANTRY_CONF" > "$BATS_TEST_TMPDIR/a.conf"
	chmod 600 "$BATS_TEST_TMPDIR/a.conf"
	tool 1 'migration_user is not set' migrate \
	    --conf "$BATS_TEST_TMPDIR/a.conf"
}

@test "an answer that cannot be written is a failure" {
	run bash -c '"$CTL" check --conf "$TENANTRY_CONF" > /dev/full'
	[ "$status" = 1 ]
	[[ $output == *'standard output cannot be written'* ]]
}

@test "init may be run again" {
	with 0 'there are users already: none made' init
	[ -z "$output" ]
}

@test "a database that is away is told by each command that needs it" {
	conf=$BATS_TEST_TMPDIR/a.conf
	sed 's/^ *db_socket *=.*/db_socket = \/nonexistent\/db.sock/' \
	    "$TENANTRY_CONF" > "$conf"
	chmod 600 "$conf"
	for words in check migrate init 'user add' 'user password' \
	    'user disable' 'key add --user a@example.org'; do
		[[ $words != user* ]] || words="$words --email a@example.org"
		# shellcheck disable=SC2086
		tool 1 /nonexistent/db.sock --conf "$conf" $words <<< secret
		[[ $stderr == *'tenantryctl: the database: '* ]]
		[ -z "$output" ]
	done
	tool 0 '' --conf "$conf" licence issue --type free
}

# --- users --------------------------------------------------------------------

@test "user add says what is wrong and makes nobody" {
	new_user "$(unique one)@example.org"
	before=$(sql 'SELECT COUNT(*) FROM users')
	with 2 'the e-mail address is not' user add --email nobody
	with 2 'the e-mail address is empty' user add --email ' '
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
	[ "$(sql "SELECT COUNT(*) FROM audit_events WHERE action = 'user.disable'
	    AND resource_id = '$(user_id "$USER_EMAIL")'")" = 1 ]
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

# --- licences -----------------------------------------------------------------

@test "licence show tells what licence issue was told" {
	new_org
	key=$(issue --type growth --projects 7 --users 0 --org "$ORG" \
	    --expires 2099-01-02T03:04:05Z)
	with 0 '' licence show "$key"
	for line in 'state +valid' 'type +growth' 'projects +7' \
	    'users +no limit' "organization +$ORG" 'starts +at once' \
	    'expires +2099-01-02T03:04:05.000Z' 'jti +[0-9A-Z]{26}'; do
		grep -Eqx "$line" <<< "$output"
	done
	with 0 'has passed already' license issue --type free \
	    --expires 2001-01-01T00:00:00Z
	with 0 '' license show "${output##*$'\n'}"
	grep -Eqx 'state +expired' <<< "$output"
	grep -Eqx 'organization +any' <<< "$output"
	with 1 'wrong signature' licence show "${key%?????}AAAAA"
}

@test "licence issue says what is wrong and signs nothing" {
	with 2 'google-enterprise' licence issue --type nonsense
	for limit in -1 x '' 1x 1000000001 99999999999999999999; do
		with 2 'must be numbers' licence issue --type free \
		    --projects "$limit"
		[ -z "$output" ]
	done
	with 2 'must be a time' licence issue --type free --expires soon
	with 2 'must be the id' licence issue --type free --org nonsense
	grep -v '^licence_signing_key' "$TENANTRY_CONF" \
	    > "$BATS_TEST_TMPDIR/a.conf"
	chmod 600 "$BATS_TEST_TMPDIR/a.conf"
	tool 1 'no signing key' licence issue --type free \
	    --conf "$BATS_TEST_TMPDIR/a.conf"
	[ -z "$output" ]
}
