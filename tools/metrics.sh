#!/usr/bin/env bash
# The figures by which the house is judged, each with its limit if it has one
# (docs/decisions/0063-what-a-resource-costs.md).  The last line is "N passed, N
# failed"; a figure without a limit counts for neither.
#
#   metrics.sh
set -uo pipefail
unset CDPATH
export LC_ALL=C

cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tools/result.bash
. tools/result.bash

# lines FILE...: of all of them that are there.
lines() {
	cat "$@" 2> /dev/null | wc -l
}

# show WHAT FIGURE [LIMIT]
show() {
	local verdict=''

	if [ $# = 3 ]; then
		verdict="at most $3"
		if awk -v a="$2" -v b="$3" 'BEGIN { exit !(a != "" && a + 0 <= b) }'; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
			verdict+='  PASSED OVER'
		fi
	fi
	printf '  %-52s %8s  %s\n' "$1" "${2:-none}" "$verdict"
}

# strangers MODULE: files of src that name it, besides the one that is it.
strangers() {
	grep -lw "$1" src/*/*.[ch] | xargs grep -L "^const struct module $1 = " |
	    wc -l
}

# tests_of FILE REGEX: 0, or the status of those that fail; none is a failure.
tests_of() {
	bats --count --filter "$2" "$1" 2> /dev/null | grep -qvx 0 &&
	    bats --filter "$2" "$1" > /dev/null 2>&1
	echo $?
}

echo 'lines'
for pair in member:600 project_member:400 api_key:1200; do
	show "the resource ${pair%:*}, all its files" \
	    "$(lines src/resource/"${pair%:*}"{,_[a-z]*}.c)" "${pair#*:}"
done
show 'the longest file of src/resource' \
    "$(wc -l src/resource/*.c | sort -n | tail -n 2 | awk 'NR == 1 { print $1 }')" 500
show 'a file of src/resource, median' \
    "$(wc -l src/resource/*.c | sort -n | awk '{ n[NR] = $1 } END { print n[int(NR / 2)] }')" 250
for room in src/*/; do
	show "${room%/}" "$(lines "$room"*.[ch])"
done
show 'src without src/resource' \
    "$(find src -name '*.[ch]' -not -path '*/resource/*' -exec cat {} + | wc -l)"
show 'tools' "$(find tools -maxdepth 1 -type f -exec cat {} + | wc -l)" 3300

echo 'shape'
show 'files of src that name a module, but its own' "$(
	sed -n 's/^const struct module \(\w*\) = .*/\1/p' src/resource/*.c |
	    while read -r module; do strangers "$module"; done | sort -n | tail -n 1)" 1
show 'include rules that are broken' \
    "$(tests_of tests/architecture.bats 'include (arrow|that)')" 0

echo 'work'
# none, if nothing could be counted
show 'requests with other instructions than recorded' \
    "$(tests/bench/instructions.sh compare |
        awk '/[A-Z][A-Z]/ { n++ } END { if (NR) print n + 0 }')" 0
while IFS='|' read -r what figure most; do
	show "$what" "${figure%% *}" "$(grep -o '[0-9.]*' <<< "$most" | head -n 1)"
done < <(awk -F ' *[|] *' '
	/^[|] (memory of 4 workers|round trips of a read|processor time)/ {
		print $2 ", last bench|" $4 "|" $3
		n++
	}
	END { if (n != 3) print "figures of docs/benchmarks.md||3" }' \
    docs/benchmarks.md)
total
