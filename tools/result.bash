# The results of tests: their sums, and pages that show what was measured.
#
# shellcheck shell=bash

passed=0 failed=0 skipped=0

# add_results FILE: its last line; where that is none, something failed.
add_results() {
	local p f s

	IFS=' ,' read -r p _ f _ s _ < <(tail -n 1 "$1") || true
	[[ $p/$f =~ ^[0-9]+/[0-9]+$ ]] || p=0 f=1 s=0
	passed=$((passed + p)) failed=$((failed + f))
	skipped=$((skipped + ${s:-0}))
}

# The last line of a script that runs tests; false where one failed.
total() {
	local line="$passed passed, $failed failed"

	[ "$skipped" = 0 ] || line+=", $skipped skipped"
	echo "$line"
	[ "$failed" = 0 ]
}

# write_between PAGE NAME: standard input, between the lines that begin with
# `<!-- NAME` and `<!-- end of NAME`, with an empty line before and after.
write_between() {
	local text

	text=$(cat)
	TEXT=$text awk -v name="$2" '
	    index($0, "<!-- end of " name) == 1 { skip = 0 }
	    !skip { print }
	    index($0, "<!-- " name) == 1 { printf "\n%s\n\n", ENVIRON["TEXT"]; skip = 1 }' \
	    "$1" > "$1.new"
	cat "$1.new" > "$1"
	rm "$1.new"
}
