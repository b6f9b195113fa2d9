#!/usr/bin/env bash
# Runs tests against a private instance and counts them.
#
#   test.sh [FILE...]     all tests where no file is named
#
# A tests/unit/*.c or tests/store/*.c is a cmocka program that make has built, a
# tests/fuzz/*.c is fed with its corpus, a *.bats is a shell script.  All speak
# TAP.  The instance lives in a folder of its own below /tmp and is stopped and
# removed in any case; its logs and the TAP stay in build/BUILD/test-log.  The
# last line is "N passed, N failed".
#
# TEST_PORT fixes the instance's port, TEST_FILTER (an ERE) selects shell tests
# by name.
set -uo pipefail
unset CDPATH "${!MYSQL_@}" "${!MARIADB_@}"
export LC_ALL=C.UTF-8

cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tools/port.bash
. tools/port.bash
root=$PWD
build=${BUILD:-release}
out=$root/build/$build
logs=$out/test-log${WEB_HOST:+-$WEB_HOST}
CTL=$(realpath -m "${CTL:-build/tenantryctl}")
PROGRAM=$(realpath -m "${PROGRAM:-cgi-bin/tenantry.fcgi}")
export BUILD=$build CTL PROGRAM TENANTRY_ROOT=$root

passed=0 failed=0 skipped=0
[ "${WEB_HOST:-}" != apache-modsecurity ] || PATH=$root/tests/hosts/post-only:$PATH
state='' child='' instance_is_up=no

# --- the instance -------------------------------------------------------------

start_instance() {
	local line

	[ "$instance_is_up" = no ] || return 0
	PORT=${TEST_PORT:-$(free_port)}
	export STATE=$state PORT TENANTRY_STATE=$state
	tools/instance.sh start > "$logs/start.log" 2>&1 < /dev/null &
	child=$!
	if ! wait "$child"; then
		cat "$logs/start.log"
		return 1
	fi
	child=''
	instance_is_up=yes
	while read -r line; do
		export "${line?}"
	done < "$state/service.env"
	[ -z "${WEB_HOST:-}" ] || start_host
}

# With WEB_HOST set (`make hosts`) the requests go to another web server than the
# instance's own.
start_host() {
	local line

	tools/hosts.sh start "$WEB_HOST" > "$logs/host.log" 2>&1 < /dev/null ||
	    { cat "$logs/host.log"; return 1; }
	while read -r line; do
		export "${line?}"
	done < "$state/hosts/$WEB_HOST/host.env"
}

# Also those that a test has left.
stop_hosts() {
	local folder

	for folder in "$state"/hosts/*/; do
		STATE=$state tools/hosts.sh stop "$(basename "$folder")"
	done
}

stop_instance() {
	[ -n "$state" ] && [ -d "$state" ] || return 0
	stop_hosts
	STATE=$state tools/instance.sh stop > "$logs/stop.log" 2>&1 ||
	    { cat "$logs/stop.log"; failed=$((failed + 1)); }
	instance_is_up=no
	cp -R "$state/log/." "$logs/" 2> /dev/null
	rm -rf "$state"
}

end_tests() {
	trap '' INT TERM HUP
	if [ -n "$child" ]; then
		kill -TERM "$child" 2> /dev/null
		wait "$child"
	fi
	stop_instance
}

# --- one file -----------------------------------------------------------------

# Prints "passed failed skipped" of a TAP file.  A test that was planned but
# did not report, an end with a failure that no test reported, and a file
# without a test each count as failed.
count_tap() { # FILE STATUS
	awk -v status="$2" '
	    /^[ \t]*1\.\.[0-9]+/ { sub(/^[ \t]*1\.\./, ""); planned += $1 }
	    /^[ \t]*ok / { if (/# *skip/) s++; else p++ }
	    /^[ \t]*not ok / { f++ }
	    END {
		if (p + f + s < planned)
			f += planned - p - f - s
		if (p + f + s == 0 || (status != 0 && f == 0))
			f++
		print p + 0, f + 0, s + 0
	    }' "$1"
}

# What to read of a failed file: the failures with their notes, and the end
# where the program itself broke.
show_failures() { # FILE
	awk '/^[ \t]*not ok /{ show = 1 } /^[ \t]*ok /{ show = 0 }
	    show { print "    " $0 }' "$1"
	grep -q '^[ \t]*not ok ' "$1" || tail -n 20 "$1" | sed 's/^/    /'
}

run_file() { # FILE COMMAND...
	local file=$1 tap p f s status=0 start=$SECONDS

	shift
	tap=$logs/$(tr '/ ' '--' <<< "${file#tests/}").tap
	printf '  %-40s ' "$file"
	# In the background, so that an interrupt is heard at once; timeout
	# passes a signal on to everything the test has started.
	timeout -k 10 "${TEST_FILE_SECONDS:-900}" "$@" \
	    > "$tap" 2>&1 < /dev/null &
	child=$!
	wait "$child" || status=$?
	child=''
	read -r p f s < <(count_tap "$tap" "$status")
	passed=$((passed + p))
	failed=$((failed + f))
	skipped=$((skipped + s))
	printf '%4d passed' "$p"
	[ "$f" = 0 ] || printf ', %d failed (exit status %d)' "$f" "$status"
	[ "$s" = 0 ] || printf ', %d skipped' "$s"
	printf '  %ds\n' $((SECONDS - start))
	[ "$f" = 0 ] || show_failures "$tap"
}

# Short cut of `make hosts`: the traps of each host, without the API's tests,
# restarts with mod_fcgid and deploys with lighttpd only.
run_hosts() { # FILE
	local host hosts=${WEB_HOST:-}

	[ -n "$hosts" ] || case $1 in
	*/host.bats) hosts=$(tools/hosts.sh list) ;;
	*/restart.bats) hosts=apache-fcgid ;;
	*/compression.bats) hosts='lighttpd apache-fcgid nginx' ;;
	*) hosts=lighttpd ;;
	esac
	for host in $hosts; do
		WEB_HOST=$host run_file "$1 $host" bats --formatter tap "$1"
	done
}

run_program() { # tests/KIND/NAME.c
	CMOCKA_MESSAGE_OUTPUT=TAP run_file "$1" "$out/${1%.c}"
}

# A release is not what finds a read beyond the end.
run_corpus() { # tests/fuzz/NAME.c
	local name=${1#tests/fuzz/} programs=$out

	[ "$build" != release ] || programs=$root/build/sanitize
	run_file "$1" "$programs/${1%.c}" tests/fuzz/corpus/"${name%.c}"/*
}

run_bats() {
	run_file "$1" bats --formatter tap \
	    ${TEST_FILTER:+--filter "$TEST_FILTER"} "$1"
}

# --- all of them --------------------------------------------------------------

needs_instance() {
	[[ $1 == tests/store/* || $1 == tests/*/*.bats ||
	    $1 == tests/packaging.bats || $1 == tests/shared_host.bats ]] &&
	    [[ $1 != tests/faults/* && $1 != tests/databases/* ]]
}

list_tests() {
	local files=(tests/unit/*.c tests/store/*.c tests/architecture.bats
	    tests/hardening.bats tests/environment.bats tests/api/*.bats
	    tests/findings.bats tests/hosts/*.bats tests/packaging.bats
	    tests/shared_host.bats)

	mapfile -t -O "${#files[@]}" files < \
	    <(grep -l '^int LLVMFuzzerTestOneInput' tests/fuzz/*.c)
	if [ "$build" = release ]; then
		files+=(tests/instructions.bats)
	else # what is around the program is the same in each build
		mapfile -t files < <(printf '%s\n' "${files[@]}" | grep -v \
		    -e /environment -e /findings -e /shared_host \
		    -e /api/clients -e /hosts/compression)
	fi
	# Those that break the database come last.
	printf '%s\n' "${files[@]}" | grep -v '/faults[^/]*\.bats$'
	printf '%s\n' "${files[@]}" | grep '/faults[^/]*\.bats$'
	# The others of their folder take minutes: `make faults`.
	printf 'tests/faults/%s.bats\n' deep single_short cluster replica
}

# Under `make sanitize` a report is a failure, whoever wrote it.  The first is
# shown, as the others often say the same.
count_reports() {
	local file shown=no

	for file in "$logs"/sanitizer*; do
		echo "  sanitizer report: ${file#"$root"/}"
		if [ "$shown" = no ]; then
			head -n 60 "$file" | sed 's/^/    /'
			shown=yes
		else
			grep '^SUMMARY' "$file" | sed 's/^/    /'
		fi
		failed=$((failed + 1))
	done
}

run_all() {
	local file

	for file in "${tests[@]}"; do
		file=${file#"$root"/}
		if needs_instance "$file" && ! start_instance; then
			echo 'The instance does not start: what needs it is left out.'
			failed=$((failed + 1))
			return
		fi
		case $file in
		tests/fuzz/*.c) run_corpus "$file" ;;
		*.c) run_program "$file" ;;
		tests/hosts/*.bats) run_hosts "$file" ;;
		*) run_bats "$file" ;;
		esac
	done
}

rm -rf "$logs"
mkdir -p "$logs"
state=$(mktemp -d /tmp/tenantry-test.XXXXXX) || exit 1
trap end_tests EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

shopt -s nullglob
if [ "$build" = sanitize ]; then
	mkdir -p "$state/log"
	export ASAN_OPTIONS=log_path=$state/log/sanitizer:detect_leaks=1
	export UBSAN_OPTIONS=log_path=$state/log/sanitizer:print_stacktrace=1
	export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-300}
fi
export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-120}

tests=("$@")
[ $# != 0 ] || mapfile -t tests < <(list_tests)
echo "testing ($build), logs in ${logs#"$root"/}"
run_all
stop_instance
count_reports

total="$passed passed, $failed failed"
[ "$skipped" = 0 ] || total+=", $skipped skipped"
echo "$total"
[ "$failed" = 0 ]
