#!/usr/bin/env bats
# Mixed traffic against an instance of its own for MINUTES, and then: is memory
# flat, has no descriptor been left open, is nothing lost, are all rows sound?
# `make soak` runs it; the ledger's client (ledger.py) sends the traffic, and each
# minute a line for each worker is shown.
#
# shellcheck disable=SC2154  # set by the helpers

load instance

readonly ALLOWED=256 # KiB that a worker may grow by

# A line for each worker: pid, RSS, what of it is the worker's alone and in no
# file (both in KiB), descriptors.  PSS would not do: it falls and rises with
# what other processes of the machine share of the libraries.
sample() {
	local pid files

	for pid in $(process worker | sort); do
		files=("/proc/$pid/fd/"*)
		awk -v pid="$pid" -v files="${#files[@]}" '
		    /^Rss:/ { rss = $2 } /^Anonymous:/ { own = $2 }
		    END { print pid, rss, own, files }' \
		    "/proc/$pid/smaps_rollup"
	done > "$BATS_FILE_TMPDIR/last"
}

show() { # MINUTE
	awk -v minute="$1" '{
		printf "  %6s  worker %-8s RSS %6d KiB  own %6d KiB  %3d descriptors\n",
		    minute, $1, $2, $3, $4 }' "$BATS_FILE_TMPDIR/last" >&"${SHOW:-3}"
}

# The first minute is compared with the last.
soak() {
	local minute

	for ((minute = 1; minute <= ${MINUTES:-30}; minute++)); do
		sleep 60
		kill -0 "$ledger_pid" || return
		sample
		[ "$minute" != 1 ] ||
		    cp "$BATS_FILE_TMPDIR/last" "$BATS_FILE_TMPDIR/first"
		show "$minute"
	done
}

setup_file() {
	[ "${MINUTES:-30}" -ge 2 ]
	instance_begin
	load ../api/helper
	export LEDGER_MIXERS=2 LEDGER_PAUSE=${LEDGER_PAUSE:-0.01}
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR ledger_start 0
	soak || { kill "$ledger_pid"; return 1; }
	ledger_judge
	sleep 1
	sample # with no request under way
	show end
	sed -n 's/^\(requests\|writes\|mixed\|slowest\)=/  &/p' \
	    "$ledger.figures" >&"${SHOW:-3}"
	export ledger
}

teardown_file() {
	instance_end
}

setup() {
	read_environment
	load ../api/helper
	cd "$BATS_FILE_TMPDIR" || return
}

# flat COLUMN: no worker differs by more than ALLOWED.
flat() {
	join first last | awk -v column="$1" -v allowed="$ALLOWED" '{
		grown = $(column + 3) - $column
		print $1, "grew by", grown, "KiB"
		if (grown > allowed || grown < -allowed)
			bad = 1
	    }
	    END { exit bad || NR == 0 }'
}

@test "the workers are those of the first minute" {
	diff <(cut -d ' ' -f 1 first) <(cut -d ' ' -f 1 last)
}

@test "RSS is within 256 KiB of the first minute's, each worker" {
	flat 2
}

@test "own memory is within 256 KiB of the first minute's, each worker" {
	flat 3
}

@test "no descriptor was left open" {
	join first last | awk '{
		print $1, "had", $4, "and has", $7
		if ($7 > $4)
			bad = 1
	    }
	    END { exit bad || NR == 0 }'
}

@test "nothing is lost, nothing twice, no read is stale" {
	expect_nothing_lost
}

@test "every answer was the expected one" {
	[ "$(figure failed)" = 0 ]
}

@test "all invariants hold" {
	expect_sound
}

@test "no sanitizer has reported" {
	[ -z "$(find "$STATE/log" -name 'sanitizer*')" ]
}
