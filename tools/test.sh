#!/usr/bin/env bash
# Runs tests against a private instance and counts them.
#
#   test.sh [FILE...]     all tests where no file is named
#
# A tests/unit/*.c or tests/store/*.c is a cmocka program that make has built,
# tests/walk/walk.c one that speaks for itself, a tests/fuzz/*.c is fed with its
# corpus, a *.bats is a shell script.  All speak TAP.  Lanes, JOBS= of them (one for each processor), take the files in turn;
# each has an instance of its own in a folder below /tmp, which is stopped and
# removed in any case.  The instances' logs and the TAP stay in
# build/BUILD/test-log.  The last line is "N passed, N failed".
#
# TEST_PORT fixes the instance's port and leaves one lane; TEST_FILTER (an ERE)
# selects shell tests by name.  TENANTRY_CALLS names a file for the requests of
# shell tests and their answers (tests/api/request.c).
set -uo pipefail
unset CDPATH "${!MYSQL_@}" "${!MARIADB_@}"
export LC_ALL=C.UTF-8

cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tools/process.bash
. tools/process.bash
# shellcheck source=tools/result.bash
. tools/result.bash
root=$PWD
build=${BUILD:-release}
out=$root/build/$build
logs=$out/test-log${WEB_HOST:+-$WEB_HOST}
CTL=$(realpath -m "${CTL:-build/tenantryctl}")
PROGRAM=$(realpath -m "${PROGRAM:-cgi-bin/tenantry.fcgi}")
export BUILD=$build CTL PROGRAM TENANTRY_ROOT=$root

[ "${WEB_HOST:-}" != apache-modsecurity ] || PATH=$root/tests/hosts/post-only:$PATH
state='' child='' instance_is_up=no lanes=()
file_seconds=${TEST_FILE_SECONDS:-900}

# count PASSED FAILED SKIPPED: adds to the sums, from any lane.
count() {
	echo "$@" >> "$work/counts"
}

# --- the instance of a lane ---------------------------------------------------

start_instance() {
	local line

	[ "$instance_is_up" = no ] || return 0
	PORT=${TEST_PORT:-$(free_port)}
	export STATE=$state PORT TENANTRY_STATE=$state
	tools/instance.sh start > "$lane_logs/start.log" 2>&1 \
	    < /dev/null 7<&- 8>&- &
	child=$!
	if ! wait "$child"; then
		cat "$lane_logs/start.log"
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

	tools/hosts.sh start "$WEB_HOST" > "$lane_logs/host.log" 2>&1 \
	    < /dev/null 7<&- 8>&- ||
	    { cat "$lane_logs/host.log"; return 1; }
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
	STATE=$state tools/instance.sh stop > "$lane_logs/stop.log" 2>&1 ||
	    { cat "$lane_logs/stop.log"; count 0 1 0; }
	instance_is_up=no
	cp -R "$state/log/." "$lane_logs/" 2> /dev/null
	rm -rf "$state"
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

# A test may stop or kill whatever it likes, also the timeout that watches it:
# then the file is given up from here, with what its processes are doing.
watch_child() { # TAP
	local pause

	sleep $((file_seconds + 60)) &
	pause=$!
	trap 'kill "$pause"; exit' TERM
	wait "$pause"
	{
		echo 'not ok - the file does not end'
		ps -o pid,ppid,stat,wchan:24,etimes,args \
		    -p "$(pgrep -d , -g "$child")" | sed 's/^/# /'
	} >> "$1"
	kill -KILL -- "-$child"
}

wait_for_child() { # TAP
	local watch status=0

	watch_child "$1" > /dev/null 2>&1 7<&- 8>&- &
	watch=$!
	wait "$child" || status=$?
	kill "$watch" 2> /dev/null
	wait "$watch" 2> /dev/null
	return "$status"
}

# Prints the result in one piece, as other lanes print too.
run_file() { # FILE COMMAND...
	local file=$1 tap p f s status=0 start=$SECONDS

	shift
	tap=$logs/$(tr '/ ' '--' <<< "${file#tests/}").tap
	# In the background, so that an interrupt is heard at once; timeout
	# passes a signal on to everything the test has started.
	timeout -k 10 "$file_seconds" "$@" \
	    > "$tap" 2>&1 < /dev/null 7<&- 8>&- &
	child=$!
	wait_for_child "$tap" || status=$?
	child=''
	read -r p f s < <(count_tap "$tap" "$status")
	count "$p" "$f" "$s"
	{
		printf '  %-40s %4d passed' "$file" "$p"
		[ "$f" = 0 ] || printf ', %d failed (exit status %d)' "$f" "$status"
		[ "$s" = 0 ] || printf ', %d skipped' "$s"
		printf '  %ds\n' $((SECONDS - start))
		[ "$f" = 0 ] || show_failures "$tap"
	} > "$state.result"
	cat "$state.result"
	rm -f "$state.result"
}

run_host() { # FILE HOST
	WEB_HOST=$2 TENANTRY_CALLS='' run_file "$1 $2" bats --formatter tap \
	    ${TEST_FILTER:+--filter "$TEST_FILTER"} "$1"
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
	[[ $1 == tests/store/* || $1 == tests/walk/* || $1 == tests/*/*.bats ||
	    $1 == tests/packaging.bats || $1 == tests/shared_host.bats ]] &&
	    [[ $1 != tests/faults/* && $1 != tests/databases/* ]]
}

# Those that take long or wait much come first, and those that break the
# database of their lane last.  What is around the program, and what the database
# alone answers, is the same in each build.
list_tests() {
	local elsewhere='^$'

	[ "$build" = release ] ||
	    elsewhere='/(architecture|deep|docs|environment|judge|findings|hardening|instructions|packaging|scale|shared_host)\.|/api/clients\.|/console/serving\.|/hosts/compression\.'
	{
		# The others of this folder take minutes: `make faults`.
		printf 'tests/faults/%s.bats\n' cluster single_short replica deep judge
		printf '%s\n' tests/walk/walk.c tests/api/{http,forgeries}.bats
		printf '%s\n' tests/shared_host.bats tests/hosts/*.bats \
		    tests/packaging.bats tests/environment.bats tests/api/*.bats \
		    tests/console/serving.bats
		printf '%s\n' tests/*.bats tests/store/*.c tests/unit/*.c
		grep -l '^int LLVMFuzzerTestOneInput' tests/fuzz/*.c
	} | grep -Ev "$elsewhere|^tests/api/faults" | awk '!seen[$0]++'
	printf 'tests/api/faults%s.bats\n' _connections -schema _database \
	    _read_only
}

# A test of tests/hosts is run over several hosts.  `make hosts` names one;
# otherwise a short cut: the traps of each host, without the API's tests,
# restarts with mod_fcgid and deploys with lighttpd only.
with_hosts() {
	local file hosts

	while read -r file; do
		case ${WEB_HOST:-}$file in
		tests/hosts/host.bats) hosts=$(tools/hosts.sh list) ;;
		tests/hosts/restart.bats) hosts=apache-fcgid ;;
		tests/hosts/compression.bats) hosts='lighttpd apache-fcgid nginx' ;;
		*tests/hosts/*) hosts=${WEB_HOST:-lighttpd} ;;
		*) hosts='' ;;
		esac
		# shellcheck disable=SC2086  # a word each
		printf "$file %s\n" ${hosts:-''}
	done
}

# Under `make sanitize` a report is a failure, whoever wrote it.  The first is
# shown, as the others often say the same.
count_reports() {
	local file shown=no

	for file in "$logs"/*/sanitizer*; do
		echo "  sanitizer report: ${file#"$root"/}"
		if [ "$shown" = no ]; then
			head -n 60 "$file" | sed 's/^/    /'
			shown=yes
		else
			grep '^SUMMARY' "$file" | sed 's/^/    /'
		fi
		count 0 1 0
	done
}

run_test() { # FILE [HOST]
	if needs_instance "$1" && ! start_instance; then
		echo "The instance does not start: $1 is left out."
		count 0 1 0
		return
	fi
	case $1 in
	tests/fuzz/*.c) run_corpus "$1" ;;
	*.c) run_program "$1" ;;
	tests/hosts/*.bats) run_host "$1" "$2" ;;
	*) run_bats "$1" ;;
	esac
}

# --- lanes --------------------------------------------------------------------

# Takes the next of the files; all lanes read from one place in one list.
next_test() { # sets file and host
	local status=0

	flock 8
	read -r file host <&7 || status=$?
	flock -u 8
	return "$status"
}

end_lane() {
	trap '' INT TERM HUP
	if [ -n "$child" ]; then
		kill -TERM "$child" 2> /dev/null
		wait "$child"
	fi
	stop_instance
}

run_lane() { # NUMBER
	local file host

	state=$work/$1
	lane_logs=$logs/lane-$1
	mkdir -p "$state/log" "$lane_logs"
	trap end_lane EXIT
	trap 'exit 143' INT TERM HUP
	if [ "$build" = sanitize ]; then
		export ASAN_OPTIONS=log_path=$state/log/sanitizer:detect_leaks=1
		export UBSAN_OPTIONS=log_path=$state/log/sanitizer:print_stacktrace=1
	fi
	exec 8> "$work/lock"
	while next_test; do
		run_test "$file" "$host"
	done
	stop_instance
}

run_lanes() {
	local n

	exec 7< "$work/tests"
	for ((n = 1; n <= jobs; n++)); do
		run_lane "$n" &
		lanes+=($!)
	done
	wait "${lanes[@]}"
	lanes=()
}

end_tests() {
	trap '' INT TERM HUP
	if [ "${#lanes[@]}" != 0 ]; then
		kill -TERM "${lanes[@]}" 2> /dev/null
		wait "${lanes[@]}"
	fi
	rm -rf "$work"
}

rm -rf "$logs"
mkdir -p "$logs"
work=$(mktemp -d /tmp/tenantry-test.XXXXXX) || exit 1
chmod 711 "$work" # the hosts run as another account
trap end_tests EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

shopt -s nullglob
[ "$build" != sanitize ] || export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-300}
export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-120}

if [ $# = 0 ]; then list_tests; else printf '%s\n' "${@#"$root"/}"; fi |
    with_hosts > "$work/tests"
jobs=${JOBS:-$(nproc)}
[ -z "${TEST_PORT:-}" ] || jobs=1
tests=$(wc -l < "$work/tests")
[ "$jobs" -le "$tests" ] || jobs=$tests
echo "testing ($build, $jobs at a time), logs in ${logs#"$root"/}"
: > "$work/counts"
run_lanes
count_reports

read -r passed failed skipped < <(awk '{ p += $1; f += $2; s += $3 }
    END { print p + 0, f + 0, s + 0 }' "$work/counts")
total
