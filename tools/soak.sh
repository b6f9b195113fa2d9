#!/usr/bin/env bash
# Mixed traffic against an instance of its own for a long time, and then: is
# memory flat, has no descriptor been left open, is nothing lost, are all rows
# sound?
#
#   soak.sh MINUTES
#
# The ledger's client (tests/faults/ledger.py) sends the traffic.  A table shows
# each minute; the last line is "N passed, N failed".
set -uo pipefail
unset CDPATH

cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tools/port.bash
. tools/port.bash
minutes=${1:-30}
[[ $minutes =~ ^[1-9][0-9]*$ ]] || { sed -n '6s/^# *//p' "$0" >&2; exit 2; }
if [ "$minutes" -lt 2 ]; then
	echo 'soak: two minutes at least: the first is compared with the last' >&2
	exit 2
fi
readonly ALLOWED=256 # KiB that a worker may grow by
export BUILD=${BUILD:-release} CTL=${CTL:-build/tenantryctl}
export PROGRAM=${PROGRAM:-cgi-bin/tenantry.fcgi}
STATE=$(mktemp -d /tmp/tenantry-soak.XXXXXX) || exit 1
export STATE
client='' passed=0 failed=0

finish() {
	trap '' INT TERM HUP
	[ -z "$client" ] || kill -TERM "$client" 2> /dev/null
	tools/instance.sh stop > /dev/null
	rm -rf "$STATE"
}

workers() {
	tools/instance.sh pids | sed -n 's/^worker //p' | sort
}

# A line for each worker: pid, RSS, what of it is the worker's alone and in no
# file (both in KiB), descriptors.  PSS would not do: it falls and rises with
# what other processes of the machine share of the libraries.
sample() {
	local pid files

	for pid in $(workers); do
		files=("/proc/$pid/fd/"*)
		awk -v pid="$pid" -v files="${#files[@]}" '
		    /^Rss:/ { rss = $2 } /^Anonymous:/ { own = $2 }
		    END { print pid, rss, own, files }' \
		    "/proc/$pid/smaps_rollup"
	done
}

show() { # MINUTE FILE
	awk -v minute="$1" '{
		printf "%6s  worker %-8s RSS %6d KiB  own %6d KiB  %3d descriptors\n",
		    minute, $1, $2, $3, $4 }' "$2"
}

check() { # WHAT COMMAND...
	local what=$1

	shift
	if "$@" > "$STATE/check.out" 2>&1; then
		passed=$((passed + 1))
		echo "  ok: $what"
	else
		failed=$((failed + 1))
		echo "  FAILED: $what"
		sed 's/^/    /' "$STATE/check.out"
	fi
}

# --- what must be true --------------------------------------------------------

same_workers() {
	diff <(cut -d ' ' -f 1 "$STATE/first") <(cut -d ' ' -f 1 "$STATE/last")
}

# flat COLUMN: no worker differs by more than ALLOWED.
flat() {
	join "$STATE/first" "$STATE/last" |
	    awk -v column="$1" -v allowed="$ALLOWED" '{
		grown = $(column + 3) - $column
		print $1, "grew by", grown, "KiB"
		if (grown > allowed || grown < -allowed)
			bad = 1
	    }
	    END { exit bad || NR == 0 }'
}

no_descriptors_left() {
	join "$STATE/first" "$STATE/last" | awk '{
		print $1, "had", $4, "and has", $7
		if ($7 > $4)
			bad = 1
	    }
	    END { exit bad || NR == 0 }'
}

rows() {
	tools/instance.sh sql --batch --skip-column-names tenantry -e "
	    SELECT o.id, o.display_name, o.version,
	    (SELECT COUNT(*) FROM audit_events a WHERE a.organization_id = o.id
	        AND a.action = 'organization.create'),
	    (SELECT COUNT(*) FROM audit_events a WHERE a.organization_id = o.id
	        AND a.action = 'organization.rename') FROM organizations o"
}

# The ledger's judgement.
nothing_lost() {
	rows > "$STATE/rows" &&
	    python3 tests/faults/ledger.py judge "$STATE/ledger" \
	        < "$STATE/rows" | tee "$STATE/figures"
}

every_answer_expected() {
	cat "$STATE/figures"
	grep -qx 'failed=0' "$STATE/figures"
}

no_reports() {
	! ls "$STATE"/log/sanitizer* 2> /dev/null
}

# --- the run ------------------------------------------------------------------

trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
PORT=$(free_port)
export PORT
tools/instance.sh start > "$STATE/start.log" 2>&1 < /dev/null ||
    { cat "$STATE/start.log"; exit 1; }
key=$(sed -n 's/^TENANTRY_API_KEY=//p' "$STATE/service.env")
echo "soaking for $minutes minutes, $(nproc) cores"
TENANTRY_URLS=http://127.0.0.1:$PORT TENANTRY_API_KEY=$key LEDGER_MIXERS=2 \
    LEDGER_PAUSE=${LEDGER_PAUSE:-0.01} \
    python3 tests/faults/ledger.py run "$STATE/ledger" < /dev/null &
client=$!
for ((minute = 1; minute <= minutes; minute++)); do
	sleep 60 &
	wait $!
	kill -0 "$client" 2> /dev/null || { echo 'the client has ended'; exit 1; }
	sample > "$STATE/last"
	[ "$minute" != 1 ] || cp "$STATE/last" "$STATE/first"
	show "$minute" "$STATE/last"
done
kill -TERM "$client"
wait "$client"
client=''
sleep 1
sample > "$STATE/last" # with no request under way
show end "$STATE/last"
check 'the workers are those of the first minute' same_workers
check "RSS within $ALLOWED KiB of the first minute, each worker" flat 2
check "own memory within $ALLOWED KiB of it, each worker" flat 3
check 'no descriptor was left open' no_descriptors_left
check 'nothing lost, nothing twice, no stale read' nothing_lost
check 'every answer was the expected one' every_answer_expected
check 'all invariants hold' "$CTL" check --deep --conf "$STATE/tenantry.conf"
check 'no report of a sanitizer' no_reports
sed -n 's/^\(requests\|writes\|mixed\|slowest\)=/  &/p' "$STATE/figures"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
