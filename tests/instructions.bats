#!/usr/bin/env bats
# The work of single requests, counted in instructions: see
# tests/bench/instructions.sh, which also records anew.  Only for release
# builds: what others execute is their tools' affair.

setup_file() {
	export SCRIPT=$BATS_TEST_DIRNAME/bench/instructions.sh
	export RECORDED=$BATS_TEST_DIRNAME/bench/instructions.txt
	export COUNTED=$BATS_FILE_TMPDIR/counted
	export PROGRAM=${PROGRAM:-$BATS_TEST_DIRNAME/../cgi-bin/tenantry.fcgi}
	"$SCRIPT" count > "$COUNTED"
}

compare() {
	run "$1" compare "$COUNTED"
	printf '%s\n' "$output"
}

# Compares beside what is recorded as sed has changed it.
compare_with_changed() { # SED
	local folder=$BATS_TEST_TMPDIR/tests/bench

	mkdir -p "$folder"
	cp "$SCRIPT" "$folder/"
	sed "$1" "$RECORDED" > "$folder/instructions.txt"
	! cmp -s "$RECORDED" "$folder/instructions.txt" || return
	compare "$folder/instructions.sh"
}

@test "requests execute as many instructions as recorded" {
	compare "$SCRIPT"
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -ge 15 ]
}

@test "a program that has become slower is noticed" {
	# as recorded for a program of half the size
	compare_with_changed 's/^\(version [0-9]* \)[0-9]*/\15000/'
	[ "$status" -ne 0 ]
	[[ $output == *version*'OWN CODE DIFFERS'* ]]
}

@test "another status than recorded is noticed" {
	compare_with_changed 's/^healthz 200/healthz 503/'
	[ "$status" -ne 0 ]
	[[ $output == *healthz*'STATUS WAS 503'* ]]
}

@test "a request that is not recorded, or no more counted, is noticed" {
	compare_with_changed 's/^jwks /former /'
	[ "$status" -ne 0 ]
	[[ $output == *jwks*'NOT RECORDED'* ]]
	[[ $output == *'former  NOT COUNTED'* ]]
}

@test "code of another compiler may differ, but not by half" {
	own=$(awk '$1 == "version" { print $3 }' \
	    "$TENANTRY_ROOT/tests/bench/instructions.txt")
	compare_with_changed "s/^# compiler: .*/# compiler: OTHER 1/
	    s/^version 200 .*/version 200 $((own * 4 / 5)) 8000000/"
	[ "$status" -eq 0 ]
	compare_with_changed "s/^# compiler: .*/# compiler: OTHER 1/
	    s/^version 200 .*/version 200 $((own / 2)) 8000000/"
	[ "$status" -ne 0 ]
}
