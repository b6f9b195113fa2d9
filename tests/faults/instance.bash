# An instance of its own for a test file that would spoil the one of `make
# test`: below /tmp, begun by setup_file and ended by teardown_file.
#
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # set for, or by, the test file

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
load "$ROOT/tests/faults/ledger"
TENANTRY_ROOT=$ROOT
CTL=${CTL:-$ROOT/build/tenantryctl}
PROGRAM=${PROGRAM:-$ROOT/cgi-bin/tenantry.fcgi}
export TENANTRY_ROOT CTL PROGRAM

# shellcheck source=tools/process.bash
. "$ROOT/tools/process.bash"

# Held by whoever ends it, not by what it starts.
instance() {
	"$ROOT/tools/instance.sh" "$@" < /dev/null 3>&-
}

instance_begin() {
	STATE=$(mktemp -d /tmp/tenantry-faults.XXXXXX)
	PORT=$(free_port)
	export STATE PORT TENANTRY_STATE=$STATE
	instance start || return
	read_environment
}

# Fails where a sanitizer has reported.
instance_end() {
	instance stop
	drop_state "$STATE"/log/sanitizer*
}

read_environment() {
	local line

	while IFS= read -r line; do
		export "${line?}"
	done < "$STATE/service.env"
	# shellcheck disable=SC2153  # of service.env
	export TENANTRY_URLS=$TENANTRY_URL
}

rows() {
	sql "$ledger_rows"
}

# Every invariant of the rows holds.
expect_sound() {
	run ctl check --deep
	[ "$status" = 0 ] || {
		echo "$output"
		return 1
	}
}
