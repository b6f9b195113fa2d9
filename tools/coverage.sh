#!/usr/bin/env bash
# Sums up what the tests of a coverage build have executed.
#
#   coverage.sh build/coverage
set -euo pipefail
unset CDPATH

cd "$(dirname "$0")/.."
# gcov names each source again for every object that has a part of it; only
# the line right below a file of this project counts.
find "$1/src" "$1/cgi-bin" -name '*.gcda' -exec gcov -n {} + 2> /dev/null |
    awk -F "[:% ']+" '
	/^File / { file = $2 }
	/^Lines executed/ && file ~ /^(src|cgi-bin)\/.*\.c$/ {
		lines[file] = $NF; hit[file] = $3 * $NF / 100; file = ""
	}
	END {
		for (f in lines) {
			printf "%6.1f %% of %4d lines  %s\n",
			    100 * hit[f] / lines[f], lines[f], f | "sort -k 6"
			all += lines[f]; done += hit[f]
		}
		close("sort -k 6")
		if (!all) exit 1
		printf "%6.1f %% of %4d lines  together\n", 100 * done / all, all
	}'
