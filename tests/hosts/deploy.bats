#!/usr/bin/env bats
# Program and settings are replaced while the web server WEB_HOST runs.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

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
	load hosts
	jobs=()
}

# No load outlives its test.
teardown() {
	touch "$BATS_TEST_TMPDIR/stop"
	[ ${#jobs[@]} = 0 ] || wait "${jobs[@]}"
	database_thaw
}

@test "a database that hangs is the program's 503, long before the server's limit" {
	change_settings deadline 2
	within 10 has_deadline_2
	database_thaw
	fact hang "the program's 503"
}

# A new deadline is seen once the workers have taken over the settings.
has_deadline_2() {
	local start=$SECONDS

	database_freeze
	api GET /v1/organizations --header 'Authorization:'
	database_thaw
	expect_problem 503 && [ -n "$(header Retry-After)" ] &&
	    [ $((SECONDS - start)) -le 4 ]
}

# Requests one after the other until the file `stop` is there; each status.
load_host() {
	while [ ! -e "$BATS_TEST_TMPDIR/stop" ]; do
		curl --silent --noproxy '*' --max-time 30 --output /dev/null \
		    --write-out '%{http_code}\n' \
		    --header "X-Api-Key: $TENANTRY_API_KEY" \
		    "$TENANTRY_URL/v1/organizations" || true
	done > "$BATS_TEST_TMPDIR/load.$1"
}

# Who shares a socket is woken by each request.  Of a server's own workers only
# those are asked that it has use for, and mod_fcgid starts a process of the new
# program and asks the old no more.
new_program_answers() {
	local pid old=0 new=0

	[ "$(cat "$BATS_TEST_TMPDIR"/load.* | wc -l)" -gt 20 ] || return
	for pid in $(process worker); do
		case $(readlink "/proc/$pid/exe") in
		*'(deleted)') old=$((old + 1)) ;;
		*) new=$((new + 1)) ;;
		esac
	done
	case $HOST_WORKERS_FROM in
	request) ;;
	server) [ "$new" -gt 0 ] ;;
	*) [ "$new" -gt 0 ] && [ "$old" = 0 ] ;;
	esac
}

@test "a program that is replaced under load fails no request" {
	for i in 1 2; do
		load_host $i 3>&- &
		jobs[i]=$!
	done
	cp -p "$HOST_PROGRAM" "$HOST_PROGRAM.new"
	mv "$HOST_PROGRAM.new" "$HOST_PROGRAM"
	within 20 new_program_answers
	touch "$BATS_TEST_TMPDIR/stop"
	wait "${jobs[@]}"
	cat "$BATS_TEST_TMPDIR"/load.* | sort | uniq -c
	[ "$(cat "$BATS_TEST_TMPDIR"/load.* | sort -u)" = 200 ]
	fact deploy 'no request fails'
}

# create_with STATUS [OTHER]: as many creations at once as reach most workers.
# Each has the status, or some have the other.
create_with() {
	local count

	api_many 16 POST /v1/organizations \
	    --data "$(create_body "$(unique Org) {}")"
	count=$(count_codes "$1")
	[ "$count" -gt 0 ] || return
	[ $# = 1 ] || count=$((count + $(count_codes "$2")))
	[ "$count" = 16 ]
}

refuses_settings() {
	api GET /healthz
	grep -qs 'going on with the old' "$HOST_LOG"/*.log
}

@test "changed settings are taken over, faulty ones are not" {
	change_settings create_status 201
	within 20 create_with 201
	[ "$HOST_WORKERS_FROM" != request ] || return 0
	change_settings create_status 202
	within 20 refuses_settings
	# a worker that was not asked before goes on with what was first
	create_with 201 200
	change_settings create_status 200
	within 30 create_with 200
}
