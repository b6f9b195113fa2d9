#!/usr/bin/env bats
# What the service does while its database hangs, ends connections or a write in
# the middle, and that the same workers go on afterwards.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helper
load tenancy
load faults

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
# holds the lock is ended first, the write may still come to its end, and if that
# is cut in COMMIT, its outcome is unknown.
@test "a write that a stop of the database meets is done whole or not at all" {
	local type=unavailable

	block_creation
	database_stop
	answer
	! grep -q outcome-unknown "$body_file" || type=outcome-unknown
	expect_unavailable "$type"
	close_session
	database_start
	within 20 is_ready
	[[ $type$(rows_by_name "$name") =~ ^(unavailable0|outcome-unknown[02])$ ]]
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
