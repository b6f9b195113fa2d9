#!/usr/bin/env bats
# Work that is more than a request, and is cut off in the middle: a purge, the
# tables of a migration and of the set-up, a file that streams, a mail that has no
# place on the disk; and a clock that goes back while a session and a rotated key
# live.  A mail run that is killed is in tests/api/mail.bats.
#
# shellcheck disable=SC2030,SC2031,SC2034,SC2154  # set by single.bash

bats_require_minimum_version 1.5.0

setup_file() {
	load instance
	instance_begin
}

teardown_file() {
	load instance
	instance_end
}

setup() {
	load single
	single_setup
	load ../api/writes
}

teardown() {
	single_mend
	sql 'DROP TRIGGER IF EXISTS slow_purge'
	[ -z "${base:-}" ] || sql "DROP DATABASE IF EXISTS $base"
	within 30 is_ready
}

# --- a purge ------------------------------------------------------------------

# new_large: a tenant with 450 projects, some slices of a purge, which is deleted.
new_large() {
	new_tenant
	fill_projects 450
	sql "UPDATE licences SET limit_projects = 0
	    WHERE organization_id = '$ORG'"
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_status 204
}

# A slice of its projects stands still in the middle.
slow_purge() {
	sql "CREATE TRIGGER slow_purge BEFORE DELETE ON projects
	    FOR EACH ROW SET @slow = IF(OLD.display_name LIKE 'Many %50',
	        SLEEP(20), 0)"
}

is_in_slice() {
	# a worker looks for such work when it has written
	api POST /v1/organizations --data "$(create_body "$(unique Write)")"
	is_in_transaction
}

# What a killed client has left is rolled back.
nobody_is_in_transaction() {
	! is_in_transaction
}

projects_left() {
	sql "SELECT COUNT(*) FROM projects WHERE organization_id = '$ORG'"
}

# Gone for everybody, and what is left of it is what is to be purged still.
expect_half_purged() {
	echo "left: $(projects_left)"
	[ "$(projects_left)" -gt 0 ]
	[ "$(sql "SELECT COUNT(*) FROM audit_events WHERE action =
	    'organization.purge' AND resource_id = '$ORG'")" = 0 ]
	for KEY in "$OWNER_KEY" "$TENANTRY_API_KEY"; do
		api GET "/v1/organizations/$ORG"
		expect_problem 404
	done
	unset KEY
	expect_sound
}

# All of it goes, once.
expect_purged() {
	sql 'DROP TRIGGER slow_purge'
	ctl purge --org "$ORG" --now
	[ "$(rows_of "$ORG")" = 0 ]
	[ "$(sql "SELECT COUNT(*) FROM audit_events WHERE action =
	    'organization.purge' AND resource_id = '$ORG'")" = 1 ]
	run -0 ctl audit verify
	expect_sound
}

@test "a worker that is killed inside a slice of a purge leaves the rest of it" {
	new_large
	slow_purge
	sql "UPDATE organizations SET purge_after = UTC_TIMESTAMP(3)
	    WHERE id = '$ORG'"
	within 40 is_in_slice
	process worker | xargs kill -KILL
	sql "$(sql "SELECT CONCAT('KILL ', GROUP_CONCAT(id SEPARATOR '; KILL '))
	    FROM information_schema.processlist WHERE state = 'User sleep'")"
	within 30 has_all_workers
	sql "UPDATE organizations SET purge_after = '2099-01-01'
	    WHERE id = '$ORG' AND purge_after IS NOT NULL"
	within 10 nobody_is_in_transaction
	expect_half_purged
	expect_purged
}

@test "a purge by the tool that is killed inside a slice goes on" {
	new_large
	slow_purge
	timeout -s KILL 60 "$CTL" purge --conf "$TENANTRY_CONF" --org "$ORG" \
	    --now 3>&- &
	tool=$!
	within 20 is_in_transaction
	kill -KILL "$(pgrep -P "$tool")"
	wait "$tool" || true
	sql "$(sql "SELECT CONCAT('KILL ', GROUP_CONCAT(id SEPARATOR '; KILL '))
	    FROM information_schema.processlist WHERE state = 'User sleep'")"
	within 10 nobody_is_in_transaction
	expect_half_purged
	expect_purged
}

# --- tables -------------------------------------------------------------------

# Another database of the same accounts.
new_base() {
	local owner

	owner=$(admin_setting migration_user)
	base=work_$RANDOM$RANDOM
	sql "CREATE DATABASE $base CHARACTER SET utf8mb4;
	    GRANT ALL PRIVILEGES ON $base.* TO '$owner'@'localhost'
	        WITH GRANT OPTION;
	    GRANT EXECUTE ON $base.* TO 'tenantry'@'localhost'"
	CONF=$BATS_TEST_TMPDIR/base.conf
	sed "s/^db_name *=.*/db_name = $base/" "$TENANTRY_CONF" > "$CONF"
	chmod 600 "$CONF"
	cp -p "$admin_conf" "${CONF%.conf}-admin.conf"
}

# killed_after MILLISECONDS COMMAND...: false: it had ended before.
killed_after() {
	local pid

	"${@:2}" > "$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	pid=$!
	sleep "$(printf '0.%03d' "$1")"
	kill -KILL "$pid" 2> /dev/null || return 1
	! wait "$pid"
}

# The check passes only where all of it was done.
is_migrated() {
	"$CTL" check --conf "$CONF" > /dev/null 2>&1 || return
	[ "$(sql "SELECT (SELECT COUNT(*) FROM $base.schema_steps),
	    MAX(version) FROM $base.schema_migrations")" = \
	    "0	$("$CTL" --version --json | jq .schema)" ] || {
		echo 'the check passes too early'
		cuts=-1
	}
}

@test "a migration that is killed at any moment goes on" {
	new_base
	for ((cuts = 0; cuts < 60; cuts++)); do
		killed_after $((20 + RANDOM % 100)) \
		    "$CTL" migrate --conf "$CONF" || break
		# it was killed behind the last table, among the grants
		! is_migrated || break
		# the time that workers of before are given is over
		sql "UPDATE $base.schema_migrations SET applied_at = '2026-01-01'
		    WHERE version = 0" 2> /dev/null || true
	done
	echo "# killed $cuts times" >&3
	[ "$cuts" -ge 3 ]
	run -0 timeout -s KILL 60 "$CTL" migrate --conf "$CONF"
	run -0 "$CTL" check --deep --conf "$CONF"
	is_migrated
}

# --- a file that streams ------------------------------------------------------

# cut_download FILE: after the first bytes the database is killed.
cut_download() {
	: > "$1"
	curl --silent --no-buffer --max-time 60 --noproxy '*' --output "$1" \
	    --header "X-Api-Key: $OWNER_KEY" --limit-rate 4M \
	    --header "X-Organization-ID: $ORG" \
	    "$TENANTRY_URL/v1/audit-events/download" 3>&- &
	client=$!
	until [ -s "$1" ] || ! kill -0 "$client" 2> /dev/null; do :; done
	database_kill
	wait "$client" || true
}

# What else a client sees of it, by web server: tests/hosts/host.bats.
@test "a CSV file that breaks off with the database has no head behind it" {
	new_tenant
	# of before the chain: they have no place in it
	sql "INSERT INTO audit_events (id, at, action, resource_kind,
	    resource_id, request_id, detail, organization_id)
	    SELECT CONCAT('00', LPAD(seq, 24, '0')), UTC_TIMESTAMP(3), 'filler',
	    'x', 'x', 'x', REPEAT('x', 400), '$ORG' FROM $(numbers 60000)"
	KEY=$OWNER_KEY api GET /v1/audit-events/download \
	    --header "X-Organization-ID: $ORG"
	expect_status 200
	whole=$BATS_TEST_TMPDIR/whole cut=$BATS_TEST_TMPDIR/cut
	cp "$body_file" "$whole"
	tail -n 1 "$whole" | grep -q audit.head
	# now and then all of it is under way before the database has gone
	for _ in 1 2 3 4 5; do
		cut_download "$cut"
		database_start
		within 30 is_ready
		[ "$(stat -c %s "$cut")" = "$(stat -c %s "$whole")" ] || break
	done
	[ "$(stat -c %s "$cut")" -lt "$(stat -c %s "$whole")" ]
	run ! grep audit.head "$cut"
	# what has come is as it is
	cmp --bytes "$(stat -c %s "$cut")" "$cut" "$whole"
	grep -q 'cut=1' "$STATE/log/tenantry.log"
	sql "DELETE FROM audit_events WHERE action = 'filler'"
	expect_recovered
}

# --- a full disk --------------------------------------------------------------

fill_outbox() { # FROM COUNT
	sql "INSERT INTO outbox (id, kind, user_id, state, created_at, due_at,
	    last_error, ended_at) SELECT CONCAT('00', LPAD(seq + $1 - 1, 24, '0')),
	    'reset', (SELECT id FROM users LIMIT 1), 'sent', UTC_TIMESTAMP(3),
	    UTC_TIMESTAMP(3), REPEAT('x', 200), UTC_TIMESTAMP(3)
	    FROM $(numbers "$2")"
}

# As disk_is_full, of the table that a mail is entered into.
no_space_for_mails() {
	local size file=$STATE/data/tenantry/outbox.ibd from=1 count

	while size=$(stat -c %s "$file") &&
	    [ "$size" -lt $((DISK_MIB * 1024 * 1024)) ]; do
		fill_outbox "$from" 10000
		from=$((from + 10000))
	done
	prlimit --pid "$(process database)" --fsize="$size:"
	for count in 5000 500 50 5 1; do
		while fill_outbox "$from" "$count" 2> /dev/null; do
			from=$((from + count))
		done
	done
}

invite_by_mail() {
	KEY=$OWNER_KEY api POST /v1/invitations --header "X-Organization-ID: $ORG" \
	    --data "{\"email\": \"$1\", \"role\": \"user\"}"
}

@test "an invitation whose mail has no place on the disk is not made" {
	new_tenant
	install_licence "$(issue --type enterprise)"
	printf 'mail = /bin/true\nmail_from = a@example.org\npublic_prefix = %s\n' \
	    "$TENANTRY_URL" >> "$TENANTRY_CONF"
	restarted=yes
	restart_web
	restart_database_for_limits
	no_space_for_mails
	made=0
	refused=0
	while [ "$refused" = 0 ]; do
		address=$(unique full)@example.org
		invite_by_mail "$address"
		if [ "$status_code" = 201 ]; then
			made=$((made + 1))
			[ "$made" -lt 60 ]
		else
			expect_unavailable
			refused=1
		fi
	done
	[ "$(sql "SELECT COUNT(*) FROM invitations
	    WHERE organization_id = '$ORG'")" = "$made" ]
	[ "$(sql "SELECT COUNT(*) FROM outbox
	    WHERE organization_id = '$ORG'")" = "$made" ]
	[ "$(sql "SELECT COUNT(*) FROM audit_events WHERE
	    organization_id = '$ORG' AND action = 'invitation.create'")" = \
	    "$made" ]
	expect_sound
	disk_has_space
	invite_by_mail "$address"
	expect_status 201
	[ "$(sql "SELECT COUNT(*) FROM outbox
	    WHERE organization_id = '$ORG'")" = $((made + 1)) ]
	sql "DELETE FROM outbox WHERE id LIKE '00%'"
	sed -i '/^\(mail\|mail_from\|public_prefix\) = /d' "$TENANTRY_CONF"
	expect_sound
}

# --- the clock ----------------------------------------------------------------

sign_in() {
	KEY='' api POST /v1/session --header 'X-Requested-With: test' \
	    --header 'Content-Type: application/json' \
	    --data "{\"login\": \"$USER_EMAIL\",
	    \"password\": \"$USER_PASSWORD\"}"
	expect_status 201
	token=$(header Set-Cookie)
	token=${token#*=}
	token=${token%%;*}
}

session_is() { # STATUS
	KEY='' api GET /v1/users/me --header "Cookie: tenantry=$token"
	expect_status "$1"
}

key_is() { # KEY STATUS
	KEY=$1 api GET "/v1/organizations/$ORG"
	expect_status "$2"
}

# begin_with_clock: program and database have the clock of set_clock, and show it.
begin_with_clock() {
	program_with_clock
	database_with_clock
	restarted=yes
	restart "$STATE/program" 4
	set_clock -3600
	[ "$(sql 'SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(),
	    FROM_UNIXTIME('"$(date +%s)"')) BETWEEN 3500 AND 3700')" = 1 ]
	set_clock +0
}

@test "a session lives through a clock that steps back, and ends at its time" {
	begin_with_clock
	new_login
	sign_in
	session_is 200
	for offset in -3600 +0 -7200 -60 +0; do
		set_clock "$offset"
		session_is 200
	done
	# one that begins in what is the past, within the time that it may rest
	set_clock -1200
	sign_in
	session_is 200
	set_clock +0
	session_is 200
	set_clock +40d
	session_is 401
	set_clock +0
	sign_in
	session_is 200
	expect_sound
}

@test "of a key that is rotated one at least is good, whatever the clock does" {
	begin_with_clock
	new_tenant
	KEY=$OWNER_KEY api POST /v1/api-keys --data \
	    '{"description": "a", "owner": "organization", "role": "admin"}'
	expect_status 201
	old=$(json .key) id=$(json .apiKey.metadata.id)
	KEY=$OWNER_KEY api POST "/v1/api-keys/$id/rotate" \
	    --data '{"overlap": 1800}'
	expect_status 201
	new=$(json .key)
	for offset in +0 -3600 -60 +0; do
		set_clock "$offset"
		key_is "$new" 200
		key_is "$old" 200
	done
	set_clock +3600
	key_is "$new" 200
	key_is "$old" 401
	# rotated in the past of the others: it is no key of before its time
	set_clock -3600
	KEY=$new api POST "/v1/api-keys" --data \
	    '{"description": "b", "role": "user"}'
	KEY=$OWNER_KEY api POST /v1/api-keys --data \
	    '{"description": "c", "owner": "organization", "role": "user"}'
	expect_status 201
	id=$(json .apiKey.metadata.id)
	KEY=$OWNER_KEY api POST "/v1/api-keys/$id/rotate" --data '{"overlap": 60}'
	expect_status 201
	third=$(json .key)
	key_is "$third" 200
	set_clock +0
	key_is "$third" 200
	expect_sound
}
