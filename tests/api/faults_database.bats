#!/usr/bin/env bats
# What the service does while its database refuses, hangs, ends, forgets or is
# meddled with, and that the same workers go on afterwards.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helper
load tenancy

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

# Ends every connection of the program's.
kill_connections() {
	local id

	for id in $(app_connections); do
		sql "KILL $id" 2> /dev/null || true # it may just have ended
	done
}

# Connects workers, as many as the web server employs, so that there is
# something to break.
connect_workers() {
	api_many 24 GET /v1/organizations
	[ "$(app_connections | wc -l)" -ge 1 ]
}

waits_for_lock() {
	[ "$(lock_waiters)" != '' ]
}

nobody_waits() {
	[ "$(lock_waiters)" = '' ]
}

# --- refused ------------------------------------------------------------------

@test "a stopped database is 503 within 2 s; the same workers go on after it" {
	connect_workers
	database_stop
	timed GET /v1/organizations
	expect_unavailable unavailable
	expect_within 2
	timed POST /v1/organizations --data "$(create_body "$(unique Not)")"
	expect_unavailable unavailable
	expect_within 2
	expect_alive_not_ready
	api_many 16 GET /v1/organizations
	[ "$(count_codes 503)" = 16 ]
	expect_log 'level=error msg="database: error 2002'
	database_start
	expect_recovered
}

@test "a database that is killed is 503 within 2 s, and comes back" {
	connect_workers
	database_kill
	within 5 test -z "$(process database)"
	timed GET /v1/organizations
	expect_unavailable unavailable
	expect_within 2
	expect_alive_not_ready
	database_start
	expect_recovered
}

# routes_described: METHOD, path with an id, and whether it works without the
# database: what is public and takes no body.
routes_described() {
	description | jq -r '.paths | to_entries[] | .key as $path |
	    .value | to_entries[] |
	    select(.key | test("^(get|put|post|patch|delete)$")) |
	    "\(.key | ascii_upcase) \($path) \(.value |
	    .security == [] and (has("requestBody") | not))"' |
	    sed 's/{[^}]*}/01ARZ3NDEKTSV4RRFFQ69G5FAV/g'
}

@test "without a database every route that needs it is 503, none hangs" {
	# what is public looks at its body before it looks into the database
	local any_token='{"token": "01ARZ3NDEKTSV4RRFFQ69G5FAV_0123456789ABCDEFGHJKMNPQRSTVWXYZ"}'

	database_stop
	[ "$(routes_described | grep -c false)" -ge 16 ]
	while read -r method path needs_none; do
		echo "$method $path"
		data=()
		case $method in
		POST | PUT | PATCH) data=(--data "$any_token") ;;
		esac
		timed "$method" "$path" "${data[@]}"
		expect_within 2
		if [ "$needs_none" = true ] && [ "$path" != /readyz ]; then
			expect_status 200
			continue
		fi
		expect_unavailable unavailable
		[ "$path" != /readyz ] || continue
		KEY='' timed "$method" "$path" "${data[@]}" \
		    --user "$TENANTRY_LOGIN:$TENANTRY_PASSWORD"
		expect_unavailable unavailable
		expect_within 2
	done < <(routes_described)
}

@test "without a database what needs none is told as ever" {
	database_stop
	KEY='' api GET /v1/organizations
	expect_problem 401
	api GET /v1/nonsense
	expect_problem 404
	api DELETE /v1/organizations
	expect_problem 405
	api OPTIONS /v1/organizations
	expect_status 204
	head -c 70000 /dev/zero | tr '\0' ' ' > "$BATS_TEST_TMPDIR/large"
	api POST /v1/organizations --data-binary "@$BATS_TEST_TMPDIR/large"
	expect_problem 413
	api GET /v1/organizations --header 'Accept: text/html'
	expect_problem 406
}

@test "a wrong key is not called wrong while nobody can know" {
	local before

	before=$(sql 'SELECT COUNT(*) FROM login_failures')
	database_stop
	KEY=tny_0000000000000000000000000000000000000000 \
	    api GET /v1/organizations
	expect_unavailable unavailable
	KEY='' api GET /v1/organizations --user "$TENANTRY_LOGIN:wrong"
	expect_unavailable unavailable
	database_start
	within 20 is_ready
	[ "$(sql 'SELECT COUNT(*) FROM login_failures')" = "$before" ]
}

# Other clients that hold connections of the program's account.  One that comes
# while the last free place is taken by an administrator tries again.
hold_connections() { # N
	local i socket password fifo=$BATS_TEST_TMPDIR/session

	socket=$(sed -n 's/^ *db_socket *= *//p' "$TENANTRY_CONF")
	password=$(sed -n 's/^ *db_password *= *//p' "$TENANTRY_CONF")
	mkfifo "$fifo"
	for ((i = 0; i < $1; i++)); do
		for _ in {1..50}; do
			MYSQL_PWD=$password mariadb --no-defaults \
			    --socket="$socket" --user=tenantry tenantry && break
			sleep 0.1
		done < "$fifo" > /dev/null 2>&1 3>&- &
		session=$!
	done
	exec 7> "$fifo"
}

holds_connections() { # N
	[ "$(app_connections | wc -l)" = "$1" ]
}

@test "a database at its connection cap is 503 within 2 s" {
	sql "SET GLOBAL max_connections = 10"
	kill_connections
	within 10 holds_connections 0
	hold_connections 10
	within 10 holds_connections 10
	timed GET /v1/organizations
	expect_unavailable unavailable
	expect_within 2
	timed POST /v1/organizations --data "$(create_body "$(unique Not)")"
	expect_unavailable unavailable
	expect_within 2
	expect_alive_not_ready
	expect_log 'database: error 1040'
	close_session
	within 10 holds_connections 0
	expect_recovered
}

@test "an account at its connection cap is 503 within 2 s" {
	sql "ALTER USER tenantry@localhost WITH MAX_USER_CONNECTIONS 3"
	kill_connections
	within 10 holds_connections 0
	hold_connections 3
	within 10 holds_connections 3
	timed GET /v1/organizations
	expect_unavailable unavailable
	expect_within 2
	expect_alive_not_ready
	expect_log 'database: error 1226'
	close_session
	within 10 holds_connections 0
	sql "ALTER USER tenantry@localhost WITH MAX_USER_CONNECTIONS 0"
	expect_recovered
}

@test "workers that are connected go on at the cap" {
	connect_workers
	sql "ALTER USER tenantry@localhost WITH MAX_USER_CONNECTIONS 1"
	api_many 16 GET /v1/organizations
	echo "$codes"
	[ "$(count_codes 200)" -ge 1 ]
	[ $(($(count_codes 200) + $(count_codes 503))) = 16 ]
}

# --- hangs --------------------------------------------------------------------

@test "a database that hangs is 503 within the deadline" {
	connect_workers
	database_freeze
	timed GET /v1/organizations
	expect_unavailable
	expect_within $((DEADLINE + 1))
	timed GET /healthz
	expect_status 200
	expect_within 2
	timed GET /readyz
	expect_unavailable
	expect_within $((DEADLINE + 1))
	timed POST /v1/organizations --data "$(create_body "$(unique Not)")"
	expect_unavailable
	expect_within $((DEADLINE + 1))
	database_thaw
	expect_recovered
}

@test "of many requests to a database that hangs none is left without answer" {
	connect_workers
	database_freeze
	start=$SECONDS
	api_many 12 GET /v1/organizations
	[ "$(count_codes 503)" = 12 ]
	# three for each worker, one after the other
	[ $((SECONDS - start)) -le $((3 * DEADLINE)) ]
	database_thaw
	expect_recovered
}

@test "a write that was sent to a database that hangs is not done twice" {
	connect_workers
	name=$(unique Frozen)
	database_freeze
	api POST /v1/organizations --data "$(create_body "$name")"
	expect_unavailable
	database_thaw
	within 20 is_ready
	[ "$(sql "SELECT COUNT(*) FROM organizations
	    WHERE display_name = '$name'")" = 0 ]
	expect_recovered
}

@test "a write whose row is locked is 503 within the deadline, reads go on" {
	new_tenant
	open_session
	in_session "BEGIN; UPDATE organizations
	    SET write_count = write_count + 1 WHERE id = '$ORG'"
	name=$(unique Blocked)
	KEY=$OWNER_KEY timed PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$name\"}"
	expect_unavailable busy
	expect_within $((DEADLINE + 1))
	KEY=$OWNER_KEY timed GET "/v1/organizations/$ORG"
	expect_status 200
	expect_json ".organization.metadata.displayName == \"$ORG_NAME\""
	expect_within 2
	in_session ROLLBACK
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$name\"}"
	expect_status 200
	expect_recovered
}

@test "a write goes on when the row is free in time" {
	new_tenant
	open_session
	in_session "BEGIN; UPDATE organizations
	    SET write_count = write_count + 1 WHERE id = '$ORG'"
	name=$(unique Patient)
	KEY=$OWNER_KEY later PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$name\"}"
	within 2 waits_for_lock
	in_session ROLLBACK
	answer
	expect_status 200
	[ "$(sql "SELECT display_name FROM organizations
	    WHERE id = '$ORG'")" = "$name" ]
}

@test "a list that breaks off is not valid JSON" {
	new_tenant
	fill_projects 60000
	database=$(process database)
	list=$BATS_TEST_TMPDIR/list
	# now and then all of it may be under way before the database stands
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		: > "$list"
		curl --silent --no-buffer --max-time 60 --noproxy '*' \
		    --header "X-Api-Key: $OWNER_KEY" --output "$list" \
		    "$TENANTRY_URL/v1/organizations/accounts" 3>&- &
		request=$!
		until [ -s "$list" ] || ! kill -0 "$request"; do :; done
		kill -STOP "$database"
		wait "$request" || true
		kill -CONT "$database"
		if ! jq -e . "$list" > /dev/null 2>&1; then
			broken=yes
			break
		fi
		[ "$(jq '.accounts | length' "$list")" = 60001 ]
	done
	[ "${broken:-}" = yes ]
	[ "$(head -c 13 "$list")" = '{"accounts":[' ]
	expect_log 'cut=1'
	sql "DELETE FROM organizations WHERE id = '$ORG'"
	expect_recovered
}

# --- deadlocks ----------------------------------------------------------------

deadlocks() { # since the database was started
	sql "SELECT count FROM information_schema.innodb_metrics
	    WHERE name = 'lock_deadlocks'"
}

@test "a write that loses a deadlock is done again" {
	new_tenant
	licence=$(issue --type growth)
	open_session
	# more rows than the service's transaction: that one is the victim
	in_session "BEGIN;
	    INSERT INTO login_failures SELECT UNHEX(SHA2(CONCAT(table_name,
	    ordinal_position, table_schema), 256)), '192.0.2.9', 1,
	    UTC_TIMESTAMP(3) FROM information_schema.columns
	    WHERE table_schema = 'tenantry';
	    SELECT * FROM licences WHERE organization_id = '$ORG' FOR UPDATE"
	KEY=$OWNER_KEY later PUT "/v1/organizations/$ORG/license" \
	    --data "$(licence_body "$licence")"
	within 2 waits_for_lock
	deadlocks=$(deadlocks)
	in_session "UPDATE organizations SET write_count = write_count + 1
	    WHERE id = '$ORG'"
	in_session ROLLBACK
	answer
	expect_status 204
	[ "$(deadlocks)" -gt "$deadlocks" ]
	[ "$(grep -c ERROR "$BATS_TEST_TMPDIR/session.out")" = 0 ]
	[ "$(sql "SELECT licence_type FROM licences
	    WHERE organization_id = '$ORG'")" = growth ]
	[ "$(sql "SELECT COUNT(*) FROM audit_events
	    WHERE organization_id = '$ORG' AND action = 'licence.install'")" = 1 ]
}

@test "a write that deadlocks every time is 503 and leaves nothing" {
	new_tenant
	sql "CREATE TRIGGER broken_audit BEFORE INSERT ON audit_events FOR EACH
	    ROW SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213"
	before=$(rows_of "$ORG")
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_unavailable busy
	[ "$(rows_of "$ORG")" = "$before" ]
	name=$(unique Not)
	KEY=$OWNER_KEY api POST /v1/organizations \
	    --data "$(create_body "$name")"
	expect_unavailable busy
	[ "$(sql "SELECT COUNT(*) FROM organizations
	    WHERE display_name = '$name'")" = 0 ]
}

# --- connections that end -----------------------------------------------------

@test "connections killed between requests are not noticed by anyone" {
	new_tenant
	connect_workers
	KEY=$OWNER_KEY api GET /v1/organizations/accounts/all
	expected=$(json '.organizations[0].accounts | tojson')
	for _ in 1 2 3; do
		kill_connections
		KEY=$OWNER_KEY api GET /v1/organizations/accounts/all
		expect_status 200
		expect_json '.organizations | length == 1'
		[ "$(json '.organizations[0].accounts | tojson')" = "$expected" ]
		kill_connections
		KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG/metadata" \
		    --data "{\"displayName\": \"$ORG_NAME\"}"
		expect_status 200
		kill_connections
		KEY='' api GET /v1/organizations \
		    --user "$TENANTRY_LOGIN:$TENANTRY_PASSWORD"
		expect_status 200
	done
	kill_connections
	api_many 24 GET /v1/organizations
	[ "$(count_codes 200)" = 24 ]
	kill_connections
	expect_recovered
}

@test "connections that the database closed for idleness are not noticed" {
	sql "SET GLOBAL wait_timeout = 1"
	kill_connections
	api_many 24 GET /v1/organizations # each answer has a connection
	[ "$(count_codes 200)" = 24 ]
	within 20 holds_connections 0
	api_many 16 POST /v1/organizations \
	    --data "$(create_body "$(unique Idle) {}")"
	[ "$(count_codes 200)" = 16 ]
	within 20 holds_connections 0
	api_many 16 GET /v1/organizations
	[ "$(count_codes 200)" = 16 ]
	[ "$(process worker | sort)" = "$workers" ]
}

# A creation waits for the creator's row, when all its other rows are written.
block_creation() {
	new_user "$(unique creator)@example.org"
	open_session
	in_session "BEGIN; SELECT * FROM users
	    WHERE id = '$(user_id "$USER_EMAIL")' FOR UPDATE"
	name=$(unique Half)
	KEY=$USER_KEY later POST /v1/organizations \
	    --data "$(create_body "$name")"
	within 2 waits_for_lock
}

rows_by_name() { # NAME: of the organization, and of what it would have
	sql "SELECT (SELECT COUNT(*) FROM organizations
	    WHERE display_name = '$1') + (SELECT COUNT(*) FROM audit_events
	    WHERE detail = '$1') + (SELECT COUNT(*) FROM projects p
	    LEFT JOIN organizations o ON o.id = p.organization_id
	    WHERE o.id IS NULL)"
}

@test "a write whose connection is killed in the middle is done once" {
	block_creation
	sql "KILL $(lock_waiters)"
	in_session ROLLBACK
	answer
	expect_status 200
	[ "$(sql "SELECT COUNT(*) FROM organizations
	    WHERE display_name = '$name'")" = 1 ]
	[ "$(rows_by_name "$name")" = 2 ]
	expect_recovered
}

@test "a write whose connection is killed again and again leaves no row" {
	block_creation
	while kill -0 "$request" 2> /dev/null; do
		for id in $(lock_waiters); do
			sql "KILL $id" 2> /dev/null || true
		done
		sleep 0.05
	done
	answer
	expect_unavailable
	[ "$(rows_by_name "$name")" = 0 ]
	in_session ROLLBACK
	[ "$(rows_by_name "$name")" = 0 ]
	expect_recovered
}

@test "a write whose statement an administrator ends is 503 and leaves no row" {
	block_creation
	sql "KILL QUERY $(lock_waiters)"
	answer
	expect_unavailable
	in_session ROLLBACK
	[ "$(rows_by_name "$name")" = 0 ]
	expect_recovered
}

# A database that stops ends its connections one by one.  Where the one that
# holds the lock is ended first, the write may still come to its end.
@test "a write that a stop of the database meets is done whole or not at all" {
	block_creation
	database_stop
	answer
	expect_unavailable outcome-unknown
	close_session
	database_start
	within 20 is_ready
	[[ $(rows_by_name "$name") =~ ^(0|2)$ ]]
	expect_recovered
}

@test "a write that a freeze of the database meets in the middle leaves no row" {
	block_creation
	database_freeze
	answer
	expect_unavailable
	database_thaw
	# the server ends what is over time, before the row is free for it
	within 20 nobody_waits
	in_session ROLLBACK
	within 20 is_ready
	[ "$(rows_by_name "$name")" = 0 ]
	expect_recovered
}

commits() { # the connection that waits to commit
	sql "SELECT id FROM information_schema.processlist
	    WHERE user = 'tenantry' AND info = 'COMMIT'"
}

waits_to_commit() {
	[ "$(commits)" != '' ]
}

block_commit() {
	! is_mysql || skip 'MySQL has nothing that holds a COMMIT back'
	new_tenant
	open_session
	in_session 'BACKUP STAGE START; BACKUP STAGE BLOCK_COMMIT'
	name=$(unique Renamed)
	KEY=$OWNER_KEY later PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$name\"}"
	within 2 waits_to_commit
}

@test "a commit that is cut is 503 and says that the outcome is unknown" {
	block_commit
	sql "KILL $(commits)"
	answer
	expect_unavailable outcome-unknown
	in_session 'BACKUP STAGE END'
	expect_recovered
}

@test "a commit that takes too long is 503 and not done later either" {
	block_commit
	answer
	expect_unavailable
	type=$(json .type)
	in_session 'BACKUP STAGE END'
	close_session
	# the same connections begin other transactions
	api_many 24 POST /v1/organizations \
	    --data "$(create_body "$(unique Next) {}")"
	[ "$(count_codes 200)" = 24 ]
	[[ $type == *outcome-unknown ]] || [ "$(sql "SELECT display_name
	    FROM organizations WHERE id = '$ORG'")" = "$ORG_NAME" ]
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$name\"}"
	expect_status 200
}

@test "through a crash of the database no answer was a lie" {
	connect_workers
	folder=$BATS_TEST_TMPDIR
	for client in 1 2 3; do
		for ((i = 0; i < 400; i++)); do
			name=crash-$client-$i
			[ ! -e "$folder/enough" ] || break
			curl --silent --max-time 60 --noproxy '*' \
			    --header "X-Api-Key: $TENANTRY_API_KEY" \
			    --data "$(create_body "$name")" \
			    --output "$folder/$name.json" \
			    --write-out "$name %{http_code}\n" \
			    "$TENANTRY_URL/v1/organizations" 3>&-
		done > "$folder/client.$client" 3>&- &
		clients+=($!)
	done
	within 20 grep -q ' 200' "$folder/client.1"
	within 20 grep -q ' 200' "$folder/client.3"
	database_kill
	within 20 grep -q ' 503' "$folder/client.2"
	database_start
	within 20 is_ready
	touch "$folder/enough"
	wait "${clients[@]}"
	sql "SELECT display_name FROM organizations
	    WHERE display_name LIKE 'crash-%'" | sort > "$folder/there"
	cat "$folder"/client.* > "$folder/answers"
	awk '$2 == 200 { print $1 }' "$folder/answers" | sort > "$folder/yes"
	awk '$2 != 200 && $2 != 503' "$folder/answers" > "$folder/odd"
	awk '$2 == 503 { print $1 }' "$folder/answers" |
	    while read -r name; do
		    jq -e '.type | endswith("outcome-unknown") | not' \
		        "$folder/$name.json" > /dev/null && echo "$name"
	    done | sort > "$folder/no"
	[ ! -s "$folder/odd" ]
	[ -s "$folder/yes" ]
	[ -s "$folder/no" ]
	[ -z "$(comm -23 "$folder/yes" "$folder/there")" ]
	[ -z "$(comm -12 "$folder/no" "$folder/there")" ]
	expect_recovered
}

# --- meddled with -------------------------------------------------------------

@test "a database without a schema is not ready" {
	renamed=schema_migrations
	sql "RENAME TABLE $renamed TO gone"
	api GET /readyz
	expect_unavailable
	expect_problem 503 'schema 0'
	api GET /healthz
	expect_status 200
}

@test "a table that is missing is 500, and only the log says which" {
	new_tenant
	renamed=licences
	sql "RENAME TABLE $renamed TO gone"
	KEY=$OWNER_KEY api POST /v1/projects --data '{"displayName": "P"}'
	expect_problem 500
	expect_discreet
	[[ $body != *licences* ]]
	expect_log 'level=error msg="database: error 1146'
	api GET /v1/organizations
	expect_status 200
}

@test "a password that has expired, or an account that is locked, is 503" {
	local password change

	password=$(sed -n 's/^db_password = //p' "$TENANTRY_CONF")
	for change in 'PASSWORD EXPIRE' 'ACCOUNT LOCK'; do
		sql "ALTER USER tenantry@localhost $change"
		kill_connections
		api GET /v1/organizations
		expect_unavailable unavailable
		expect_alive_not_ready
		api GET /readyz
		expect_problem 503
		expect_discreet
		sql "ALTER USER tenantry@localhost IDENTIFIED BY '$password';
		    ALTER USER tenantry@localhost ACCOUNT UNLOCK"
		expect_recovered
	done
}

@test "privileges that are missing are 503, and only the log says which" {
	new_tenant
	sql "REVOKE INSERT ON tenantry.audit_events FROM tenantry@localhost"
	kill_connections
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG/metadata" \
	    --data '{"displayName": "Not"}'
	expect_unavailable unavailable
	expect_discreet
	[[ $body != *denied* && $body != *tenantry@* ]]
	expect_log 'level=error msg="database: error 1142'
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG"
	expect_status 200
	expect_json ".organization.metadata.displayName == \"$ORG_NAME\""
	sql "REVOKE SELECT ON tenantry.organizations FROM tenantry@localhost"
	kill_connections
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG"
	expect_unavailable unavailable
	expect_discreet
	sql "GRANT INSERT ON tenantry.audit_events TO tenantry@localhost;
	    GRANT SELECT ON tenantry.organizations TO tenantry@localhost"
	kill_connections
	expect_recovered
}

@test "an account without any privilege is 503: the service is not set up" {
	sql "REVOKE ALL PRIVILEGES, GRANT OPTION FROM tenantry@localhost"
	kill_connections
	api GET /v1/organizations
	expect_unavailable unavailable
	expect_log 'database: error 1044'
	expect_alive_not_ready
}

@test "a database that is read only is 503 for writes and answers reads" {
	new_tenant
	sql "SET GLOBAL read_only = 1"
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG/metadata" \
	    --data '{"displayName": "Not"}'
	expect_unavailable unavailable
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG"
	expect_status 200
	expect_json ".organization.metadata.displayName == \"$ORG_NAME\""
	sql "SET GLOBAL read_only = 0"
	expect_recovered
}

# A MariaDB that starts deletes the temporary tables in its tmpdir, also those of
# another one.
@test "the instance's database keeps its temporary tables to itself" {
	[ "$(sql 'SELECT @@tmpdir')" = "$TENANTRY_STATE/tmp" ]
}
