# What the tests of a database that fails share: before each it is whole, and so
# it is afterwards.  To be loaded outside of setup(), which is here.
#
# shellcheck shell=bash
# shellcheck disable=SC2030,SC2031  # in subshells
# shellcheck disable=SC2034,SC2154  # set for, or by, the test file
# shellcheck disable=SC2119,SC2120  # with an argument in the test files

DEADLINE=6 # seconds; what the program allows a request here

# The workers read their settings when they start.
set_deadline() { # SECONDS or nothing for the default
	local old pid

	sed -i '/^deadline *=/d' "$TENANTRY_CONF"
	[ -z "$1" ] || echo "deadline = $1" >> "$TENANTRY_CONF"
	old=$(process worker)
	for pid in $old; do
		kill -TERM "$pid"
	done
	for pid in $old; do
		within 20 has_ended "$pid"
	done
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR within 20 has_all_workers
}

has_ended() { # PID
	! grep -qx "$1" <<< "$(process worker)"
}

has_all_workers() {
	is_ready && [ "$(process worker | wc -l)" = 4 ]
}

setup_file() {
	set_deadline "$DEADLINE"
}

teardown_file() {
	set_deadline ''
}

setup() {
	follow_only_the_test
	workers=$(process worker | sort)
	log=$TENANTRY_STATE/log/tenantry.log
	log_start=$(stat -c %s "$log")
	session=''
}

# Whatever a test did to the database, the next one finds it whole.
teardown() {
	touch "$BATS_TEST_TMPDIR/enough" # for clients in the background
	close_session
	database_thaw 2> /dev/null || true
	database_start > /dev/null
	sql "SET GLOBAL max_connections = 151, wait_timeout = 28800,
	    read_only = 0;
	    ALTER USER tenantry@localhost WITH MAX_USER_CONNECTIONS 0;
	    ALTER USER tenantry@localhost ACCOUNT UNLOCK;
	    GRANT EXECUTE ON tenantry.* TO tenantry@localhost;
	    DROP TRIGGER IF EXISTS broken_audit;
	    DELETE FROM schema_migrations WHERE version = 999" || true
	if [ -n "${renamed:-}" ]; then
		sql "RENAME TABLE gone TO $renamed" || true
	fi
	"$CTL" migrate --conf "$TENANTRY_CONF" || true # gives rights back
	within 20 is_ready
}

# --- requests -----------------------------------------------------------------

# timed METHOD PATH [CURL ARGUMENT...]: api, and took, in milliseconds.
timed() {
	local start=${EPOCHREALTIME//[!0-9]/}

	api "$@"
	took=$(((${EPOCHREALTIME//[!0-9]/} - start) / 1000))
}

expect_within() { # SECONDS
	[ "$took" -lt $(($1 * 1000)) ] || {
		echo "took $took ms"
		return 1
	}
}

# later METHOD PATH [CURL ARGUMENT...]: in the background, until `answer`.
later() {
	mkdir -p "$BATS_TEST_TMPDIR/later"
	(
		BATS_TEST_TMPDIR=$BATS_TEST_TMPDIR/later
		api "$@"
		echo "$status_code" > "$BATS_TEST_TMPDIR/code"
	) 3>&- 7>&- &
	request=$!
}

# Sets what api sets.
answer() {
	wait "$request"
	headers=$BATS_TEST_TMPDIR/later/headers
	body_file=$BATS_TEST_TMPDIR/later/body
	status_code=$(cat "$BATS_TEST_TMPDIR/later/code")
	body=$(cat "$body_file")
}

# No SQL, no name of the product, no path: there is a reason in the log.
expect_discreet() {
	! grep -Eiq 'select|insert|update |delete from|sql|maria|sock|/' \
	    "$body_file" || {
		echo "says too much:"
		show_answer
		return 1
	}
}

expect_unavailable() { # [TYPE]
	expect_problem 503 || return
	expect_discreet || return
	[[ $(header Retry-After) =~ ^[1-9][0-9]?$ ]] || {
		echo "expected Retry-After"
		show_answer
		return 1
	}
	[ -z "${1:-}" ] || expect_json ".type == \"urn:tenantry:problem:$1\""
}

expect_log() { # PATTERN
	tail -c "+$((log_start + 1))" "$log" | grep -q -- "$1" || {
		echo "not in the log: $1"
		tail -c "+$((log_start + 1))" "$log"
		return 1
	}
}

# The program is alive and says that it is not ready.
expect_alive_not_ready() {
	api GET /healthz
	expect_status 200
	api GET /readyz
	expect_unavailable
}

# All workers answer, each several times, and are those of before.
expect_recovered() {
	local wanted

	within 20 is_ready
	[ "$(process worker | sort)" = "$workers" ] || {
		echo "workers were started anew"
		return 1
	}
	api_many 24 GET /v1/organizations
	wanted=$(printf '200 %.0s' {1..24})
	[ "$codes" = "${wanted% }" ] || {
		echo "$codes"
		return 1
	}
	api_many 8 POST /v1/organizations \
	    --data "$(create_body "$(unique Again) {}")"
	[ "$(count_codes 200)" = 8 ] || {
		echo "$codes"
		return 1
	}
}

# --- behind the service -------------------------------------------------------

# A client of the administrator's that stays connected: what it is told runs
# in one session, so that it can hold locks.
open_session() {
	local socket fifo=$BATS_TEST_TMPDIR/session

	socket=$(sed -n 's/^ *db_socket *= *//p' "$TENANTRY_CONF")
	mkfifo "$fifo"
	mariadb --no-defaults --socket="$socket" --user="$(id -un)" --batch \
	    --unbuffered --skip-column-names --force tenantry \
	    < "$fifo" > "$BATS_TEST_TMPDIR/session.out" 2>&1 3>&- &
	session=$!
	exec 7> "$fifo"
	sessions_said=0
}

# Runs statements in the session and waits for their end.
in_session() {
	local mark

	sessions_said=$((sessions_said + 1))
	mark=said-$sessions_said
	echo "$1; SELECT '$mark';" >&7
	within 20 grep -q "^$mark\$" "$BATS_TEST_TMPDIR/session.out"
}

close_session() {
	[ -n "$session" ] || return 0
	exec 7>&-
	wait "$session" || true
	session=''
}

app_connections() {
	sql "SELECT id FROM information_schema.processlist
	    WHERE user = 'tenantry'"
}

# Ends every connection of the workers.
kill_connections() {
	local id

	for id in $(sql "SELECT id FROM information_schema.processlist
	    WHERE user = 'tenantry' AND
	    COALESCE(db, '') <> 'information_schema'"); do
		sql "KILL $id" 2> /dev/null || true # it may just have ended
	done
}

# Connects workers, as many as the web server employs, so that there is
# something to break.
connect_workers() {
	api_many 24 GET /v1/organizations
	[ "$(app_connections | wc -l)" -ge 1 ]
}

# Other clients take all places of the program's account, and keep them until
# give_connections_back.  Their database tells them from the workers, of which
# any may connect between two requests, for its own work: it is ended, and the
# client that found no place tries again.
take_connections() { # N
	local i socket password fifo=$BATS_TEST_TMPDIR/session

	socket=$(sed -n 's/^ *db_socket *= *//p' "$TENANTRY_CONF")
	password=$(sed -n 's/^ *db_password *= *//p' "$TENANTRY_CONF")
	mkfifo "$fifo"
	kill_connections
	for ((i = 0; i < $1; i++)); do
		for _ in {1..100}; do
			MYSQL_PWD=$password mariadb --no-defaults \
			    --socket="$socket" --user=tenantry \
			    information_schema && break
			sleep 0.1
		done < "$fifo" > /dev/null 2>&1 3>&- &
		session=$!
	done
	exec 7> "$fifo"
	within 10 are_taken "$1"
}

# Ends the connections of workers that stand in the way.
are_taken() { # N
	taken "$1" || { kill_connections && return 1; }
}

taken() { # N
	[ "$(sql "SELECT COUNT(*) FROM information_schema.processlist
	    WHERE user = 'tenantry' AND db = 'information_schema'")" = "$1" ]
}

give_connections_back() {
	close_session
	within 10 taken 0
}

holds_connections() { # N
	[ "$(app_connections | wc -l)" = "$1" ]
}

waits_for_lock() {
	[ "$(lock_waiters)" != '' ]
}

nobody_waits() {
	[ "$(lock_waiters)" = '' ]
}
