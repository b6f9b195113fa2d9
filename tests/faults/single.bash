# What is done to a single instance by single.bats, and in short by
# single_short.bats.  Each begins with a sound instance and ends with one.
#
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # set for, or by, the test file

load instance

single_setup() {
	read_environment
	load ../api/helper
	load ../api/tenancy
	all_figures=()
	LEDGER_LEAST=5
}

# What a test has begun is ended, and what it has stopped goes on, whatever it
# came to.  Its own rows and settings are for the test file to undo.
single_mend() {
	[ -z "${ledger_pid:-}" ] || kill -TERM "$ledger_pid" 2> /dev/null || true
	unset DATABASE_ROOT
	if [ -n "${restarted:-}" ]; then
		restart "$PROGRAM" 4
	fi
	database_start
	go_on
	disk_has_space
}

# --- figures of several ledgers -----------------------------------------------

# Puts those of the last ledger aside.
keep_figures() {
	local kept=$BATS_TEST_TMPDIR/figures.${#all_figures[@]}

	cp "$ledger.figures" "$kept"
	all_figures+=("$kept")
}

# Of all that were kept, as if of one ledger: `record` takes it from there.
sum_figures() {
	awk -F = '!/^#/ {
		if ($1 ~ /_gap$|_failing$|^slowest$/)
			sum[$1] = $2 > sum[$1] ? $2 : sum[$1] + 0
		else
			sum[$1] += $2
	    }
	    END { for (name in sum) print name "=" sum[name] }' \
	    "${all_figures[@]}" > "$ledger.figures"
}

# --- states -------------------------------------------------------------------

has_all_workers() {
	[ "$(process worker | wc -l)" = "${WORKERS:-4}" ]
}

# The instance answers by all of its workers, writes too, and all is sound.
expect_recovered() {
	within 30 is_ready
	within 30 has_all_workers
	api_many 24 GET /v1/organizations
	[ "$(count_codes 200)" = 24 ] || {
		echo "$codes"
		return 1
	}
	api_many 8 POST /v1/organizations \
	    --data "$(create_body "$(unique Again) {}")"
	[ "$(count_codes 200)" = 8 ] || {
		echo "$codes"
		return 1
	}
	expect_sound
}

# All that failed was answered with 5xx (or, where a worker was killed, not in
# JSON); no client was left without an answer.
expect_only_server_errors() {
	! grep '^# [0-9]* x ' "$ledger.figures" | grep -v 'x [a-z]*:50[0-9]:'
}

# expect_problem 503, with a time to come back.
expect_unavailable() {
	expect_problem 503 || return
	[[ $(header Retry-After) =~ ^[1-9][0-9]?$ ]] || {
		echo 'expected Retry-After'
		show_answer
		return 1
	}
}

# timed METHOD PATH [CURL ARGUMENT...]: api, and took, in milliseconds.
timed() {
	local start=${EPOCHREALTIME//[!0-9]/}

	api "$@"
	took=$(((${EPOCHREALTIME//[!0-9]/} - start) / 1000))
}

rename_to() { # NAME
	timed PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$1\"}"
}

# --- the database is killed ---------------------------------------------------

database_is_gone() {
	[ -z "$(process database)" ]
}

# kill_database TIMES: each at another moment of what is being committed.
kill_database() {
	local i

	for ((i = 1; i <= $1; i++)); do
		ledger_start "1.$((RANDOM % 10))$((RANDOM % 10))"
		database_kill
		within 5 database_is_gone
		database_start
		within 30 is_ready
		sleep 0.3
		ledger_judge
		expect_nothing_lost
		keep_figures
	done
	sum_figures
	expect_recovered
}

# --- workers are killed -------------------------------------------------------

kill_a_worker() {
	local workers signal=KILL

	mapfile -t workers < <(process worker)
	[ ${#workers[@]} != 0 ] || return 1
	[ $((RANDOM % 2)) = 0 ] || signal=TERM
	kill "-$signal" "${workers[RANDOM % ${#workers[@]}]}" 2> /dev/null
}

# kill_workers TIMES: any, with any signal, at any moment.
kill_workers() {
	local i

	ledger_start
	for ((i = 1; i <= $1; i++)); do
		within 10 kill_a_worker
		sleep "0.0$((RANDOM % 10))"
	done
	within 30 has_all_workers
	sleep 1
	ledger_judge
	# what the web server says in place of a worker is its own, but it says
	# when to come back
	expect_nothing_lost by-web-server
	expect_only_server_errors
	[ "$(grep -c 'without Retry-After' "$ledger.figures")" = 0 ]
	expect_recovered
}

# --- clients that go ----------------------------------------------------------

# create_and_go SECONDS NAME [CURL ARGUMENT...]: leaves then, whatever has come.
create_and_go() {
	curl --silent --noproxy '*' --max-time "$1" \
	    --header "X-Api-Key: $TENANTRY_API_KEY" --output /dev/null \
	    --data "$(create_body "$2")" "${@:3}" \
	    "$TENANTRY_URL/v1/organizations" || true
}

# go_away NUMBER NAME [CURL ARGUMENT...]: every fourth with a part of its request
# sent, so that nothing is done, the others at any moment; a write takes some
# milliseconds.
go_away() {
	if [ $(($1 % 4)) = 2 ]; then
		create_and_go 0.02 "${@:2}" --header 'Content-Length: 5000'
	else
		create_and_go "0.00$((1 + RANDOM % 5))" "${@:2}"
	fi
}

# One organization and one audit event each.
expect_one_effect_each() { # PREFIX TIMES
	[ "$(sql "SELECT COUNT(*) FROM organizations
	    WHERE display_name LIKE '$1 %'")" = "$2" ]
	[ "$(sql "SELECT COUNT(*) FROM audit_events
	    WHERE action = 'organization.create'
	    AND detail LIKE '$1 %'")" = "$2" ]
	expect_sound
}

# vanish TIMES: without a key.  Sets vanished_after and vanished_before, how
# often the write was done when the client asked again, and how often not.
vanish() {
	local i prefix

	prefix=$(unique Gone)
	vanished_after=0 vanished_before=0
	for ((i = 1; i <= $1; i++)); do
		go_away "$i" "$prefix $i"
		api POST /v1/organizations --data "$(create_body "$prefix $i")"
		if [ "$status_code" = 200 ]; then
			vanished_before=$((vanished_before + 1))
		else
			expect_problem 409
			expect_json '.type == "urn:tenantry:problem:name-in-use"'
			vanished_after=$((vanished_after + 1))
		fi
	done
	expect_one_effect_each "$prefix" "$1"
}

# --- and come again with their key --------------------------------------------

with_key() { # NAME
	echo "Idempotency-Key: ${1// /-}"
}

# Writes whose name ends with "slow" stand still in their transaction.
slow_down() {
	sql "CREATE TRIGGER slow_audit BEFORE INSERT ON audit_events
	    FOR EACH ROW SET @slow = IF(NEW.detail LIKE '% slow', SLEEP(0.5), 0)"
}

# What a test that failed half-way may have left, too.
go_on() {
	kill -CONT "$(process web)" || true
	sql 'DROP TRIGGER IF EXISTS slow_audit'
}

is_in_transaction() {
	[ -n "$(sql "SELECT id FROM information_schema.processlist
	    WHERE state = 'User sleep'")" ]
}

is_done() { # NAME
	[ -n "$(sql "SELECT id FROM organizations
	    WHERE display_name = '$1'")" ]
}

is_under_way() { # NAME
	is_in_transaction || is_done "$1"
}

# Goes between COMMIT and the answer: the web server is stopped during the
# transaction, so that it cannot answer.  Adds to certain where it had not: on a
# busy machine it may have been quicker.
go_after_commit() { # NAME
	local client web

	web=$(process web)
	create_and_go 30 "$1" --header "$(with_key "$1")" 3>&- &
	client=$!
	within 10 is_under_way "$1"
	kill -STOP "$web"
	within 10 is_done "$1"
	! pkill -KILL -P "$client" || certain=$((certain + 1))
	wait "$client" || true
	kill -CONT "$web"
}

# Sets replayed.
ask_again() { # NAME
	while api POST /v1/organizations --data "$(create_body "$1")" \
	    --header "$(with_key "$1")" && [ "$status_code" = 409 ]; do
		expect_json '.type ==
		    "urn:tenantry:problem:idempotency-key-in-use"'
	done
	expect_status 200
	replayed=$(header Idempotency-Replayed)
	[ "$(json .organization.metadata.id)" = "$(sql "SELECT id
	    FROM organizations WHERE display_name = '$1'")" ]
	expect_json '.account.spec.secretKey | length == 26'
}

# vanish_with_key TIMES: every fourth goes between COMMIT and the answer, the
# others as go_away says.  Sets vanished_after, vanished_before and certain.
vanish_with_key() {
	local i name prefix

	prefix=$(unique Keyed)
	vanished_after=0 vanished_before=0 certain=0
	slow_down
	for ((i = 1; i <= $1; i++)); do
		name="$prefix $i"
		if [ $((i % 4)) = 0 ]; then
			name+=' slow'
			go_after_commit "$name"
		else
			go_away "$i" "$name" --header "$(with_key "$name")"
		fi
		ask_again "$name"
		if [ "$replayed" = true ]; then
			vanished_after=$((vanished_after + 1))
		else
			[ $((i % 4)) != 0 ]
			vanished_before=$((vanished_before + 1))
			ask_again "$name"
			[ "$replayed" = true ]
		fi
	done
	go_on
	expect_one_effect_each "$prefix" "$1"
	echo "# done before the second request: $vanished_after, of them" \
	    "$certain between COMMIT and the answer; not: $vanished_before" >&3
	[ "$certain" -gt 0 ]
}

# --- the disk is full ---------------------------------------------------------

# Without a disk of its own, and without root, a full one is a limit to the size
# of files, above that of the redo log and the system tablespace, which the
# server writes at full size from the start.  The audit trail grows up to it.
DISK_MIB=33

fill_audit_trail() { # FROM COUNT
	sql "INSERT INTO audit_events (id, at, action, resource_kind,
	    resource_id, request_id, detail) SELECT CONCAT('00',
	    LPAD(seq + $1 - 1, 24, '0')), UTC_TIMESTAMP(3), 'filler', 'x', 'x', 'x',
	    REPEAT('x', 450) FROM $(numbers "$2")"
}

empty_audit_trail() {
	sql "DELETE FROM audit_events WHERE action = 'filler'"
}

# A server whose write fails, rather than being ended by the signal.
restart_database_for_limits() {
	database_stop
	(
		trap '' XFSZ
		database_start
	)
	within 20 is_ready
}

disk_is_full() {
	local size file=$STATE/data/tenantry/audit_events.ibd from=1

	while size=$(stat -c %s "$file") &&
	    [ "$size" -lt $((DISK_MIB * 1024 * 1024)) ]; do
		fill_audit_trail "$from" 10000
		from=$((from + 10000))
	done
	prlimit --pid "$(process database)" --fsize="$size:"
	# what the file has kept free
	for count in 5000 500 50; do
		while fill_audit_trail "$from" "$count" 2> /dev/null; do
			from=$((from + count))
		done
	done
}

disk_has_space() {
	prlimit --pid "$(process database)" --fsize=unlimited:
}

is_refused() {
	api POST /v1/organizations --data "$(create_body "$(unique Full)")"
	[ "$status_code" != 200 ]
}

# --- the clock ----------------------------------------------------------------

# A program whose clock is what the file $clock says: +0, -3600 (seconds), …
program_with_clock() {
	for library in /usr/lib/*/faketime/libfaketime.so.1; do :; done
	[ -e "$library" ] || {
		echo 'no libfaketime: make faults installs it'
		return 1
	}
	clock=$STATE/clock
	echo +0 > "$clock"
	cat > "$STATE/program" <<-END
	#!/bin/sh
	export LD_PRELOAD=$library FAKETIME_TIMESTAMP_FILE=$clock
	export FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1
	export NO_FAKE_STAT=1 # else its own files seem to be new ones
	export ASAN_OPTIONS="\$ASAN_OPTIONS:verify_asan_link_order=0"
	exec $PROGRAM
	END
	chmod 755 "$STATE/program"
}

# The database with that clock, too: what ends at a time ends by the database's.
database_with_clock() {
	local at=$STATE/clocked/usr

	mkdir -p "$at/sbin"
	ln -sfn /usr/lib "$at/lib"
	ln -sfn /usr/share "$at/share"
	cat > "$at/sbin/mariadbd" <<-END
	#!/bin/sh
	export LD_PRELOAD=${library%.so.1}MT.so.1
	export FAKETIME_TIMESTAMP_FILE=$clock FAKETIME_NO_CACHE=1
	export FAKETIME_DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1
	exec /usr/sbin/mariadbd "\$@"
	END
	chmod 755 "$at/sbin/mariadbd"
	export DATABASE_ROOT=$STATE/clocked
}

# restart PROGRAM WORKERS
restart() {
	instance stop
	sed -i "s/^workers = .*/workers = $2/" "$TENANTRY_CONF"
	PROGRAM=$1 instance start
	WORKERS=$2
}

# The settings are read anew.
restart_web() {
	instance stop
	instance start
}

set_clock() { # OFFSET
	# never read while it is half written
	echo "$1" > "$clock.new"
	mv "$clock.new" "$clock"
}

# The program's own idea of the time, in seconds since 1970.
clock_says() {
	new_org
	date -d "$(json .organization.metadata.dateModified)" +%s
}

# make_ids COUNT: ids in the order in which they were made, into $ids.
make_ids() {
	local i

	for ((i = 0; i < $1; i++)); do
		new_org
		json .organization.metadata.id
		json .account.metadata.id
		header X-Request-Id >> "$ids.requests"
	done >> "$ids"
}
