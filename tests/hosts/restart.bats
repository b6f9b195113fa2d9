#!/usr/bin/env bats
# The web server WEB_HOST is told to read its configuration anew while a write
# stands still in a worker.  mod_fcgid then sends its workers SIGTERM and, three
# seconds later, SIGKILL.
# shellcheck disable=SC2030,SC2031,SC2154

setup_file() {
	load ../api/helper
	load hosts
	host_begin
}

teardown_file() {
	load ../api/helper
	load hosts
	host_end
}

setup() {
	load ../api/helper
	load ../api/tenancy
	load ../api/hold
	load hosts
	cp -p "$HOST_CONF" "$BATS_TEST_TMPDIR/settings"
	slow_down
}

# A later test finds the settings as they were.
teardown() {
	release_row
	cp -p "$BATS_TEST_TMPDIR/settings" "$HOST_CONF.new"
	mv "$HOST_CONF.new" "$HOST_CONF"
}

is_mod_fcgid() {
	[ "$HOST_SERVER $HOST_WORKERS_FROM" = 'apache server' ]
}

restart() {
	local signal=USR1

	[ "$HOST_SERVER" != nginx ] || signal=HUP
	kill "-$signal" "$(process web)"
}

# Time enough for the test: it is the web server that cuts, not the program.
slow_down() {
	change_settings deadline 40
	restart
	within 20 is_ready
}

# begin_write METHOD PATH [CURL ARGUMENT...]: in the background, until it waits
# for the row of ORG.  Sets request (its pid) and busy (the worker's).
begin_write() {
	hold_row
	curl --silent --noproxy '*' --max-time 60 --output /dev/null \
	    --write-out '%{http_code}' --header "X-Api-Key: $TENANTRY_API_KEY" \
	    --request "$1" "$TENANTRY_URL$2" "${@:3}" \
	    > "$BATS_TEST_TMPDIR/code" 3>&- 8>&- &
	request=$!
	within 10 wait_for_locks 1 && has_busy_worker
}

# Sets status_code: 000 where the answer was cut.
end_write() {
	wait "$request" || true
	status_code=$(cat "$BATS_TEST_TMPDIR/code")
}

# A worker holds SIGTERM back until its answer is out.
has_been_told() {
	local pending

	pending=$(sed -n 's/^ShdPnd:\t*//p' "/proc/$busy/status" 2> /dev/null)
	((0x0$pending >> 14 & 1))
}

# The write in hand is cut, and nothing of it runs on in the database.
restart_cuts() {
	restart
	within 30 is_gone "$busy" || return
	end_write
	[[ $status_code == 50[0-4] || $status_code == 000 ]] || return
	release_row
	within 10 wait_for_locks 0
}

rename() { # NAME
	begin_write PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$1\"}"
}

# What is there of a rename: name, version, audit rows.
written() {
	sql "SELECT display_name, version, (SELECT COUNT(*) FROM audit_events
	    WHERE organization_id = o.id AND action = 'organization.rename')
	    FROM organizations o WHERE id = '$ORG'"
}

# A machine that is busy may need more than the three seconds.
finishes() {
	local name

	release_row # of a try before
	new_org
	name=$(unique Renamed)
	rename "$name" || return
	restart
	! is_mod_fcgid || within 10 has_been_told
	release_row
	end_write
	within 20 is_ready
	[ "$status_code" = 200 ] && [ "$(written)" = "$name"$'\t2\t1' ]
}

@test "a restart lets a request that is soon done finish" {
	within 60 finishes
	is_mod_fcgid || fact restart 'a request in hand is finished'
}

@test "a restart that cuts a request leaves nothing half done" {
	local name before

	is_mod_fcgid || return 0
	new_org
	before=$(rows_of "$ORG")
	begin_write DELETE "/v1/organizations/$ORG"
	restart_cuts
	[ "$(rows_of "$ORG")" = "$before" ]
	within 20 is_ready
	api DELETE "/v1/organizations/$ORG"
	expect_status 204
	# what was sent goes on without its caller: all of it or nothing
	new_org
	before=$(written)
	name=$(unique Cut)
	rename "$name"
	restart_cuts
	[[ $(written) == "$before" || $(written) == "$name"$'\t2\t1' ]]
	within 20 is_ready
	api PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$name 2\"}"
	expect_status 200
	fact restart 'a request in hand has 3 s, then it is cut'
}
