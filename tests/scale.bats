#!/usr/bin/env bats
# What requests read of tables that grow: the short cut of `make scale`, with a
# database of its own.  Only for release builds, since nothing here is about the
# program's memory but the tool's own.

setup() {
	root=$BATS_TEST_DIRNAME/..
	state=$(mktemp -d /tmp/scale.XXXXXX)
}

teardown() {
	rm -rf "$state"
}

@test "no list, filter or read reads more rows where the tables are larger" {
	SCALE_STATE=$state timeout -s KILL 300 \
	    "$root/tests/bench/scale.py" --short > "$BATS_TEST_TMPDIR/out"
	cat "$BATS_TEST_TMPDIR/out"
	# the walk was over all lists, and the tool's commands
	[[ $(tail -n 1 "$BATS_TEST_TMPDIR/out") =~ \ ([0-9]+)\ counts,\ 0\ grow ]]
	[ "${BASH_REMATCH[1]}" -ge 100 ]
}
