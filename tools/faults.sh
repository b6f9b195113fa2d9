#!/usr/bin/env bash
# Runs tests/faults and puts what was measured into docs/reliability.md.
#
#   faults.sh [FILE...]      all of them where no file is named
#
# Times are judged here (with slack), which `make test` does not do.  The last
# line is "N passed, N failed"; the table is written only where none failed.
set -euo pipefail
unset CDPATH

cd "$(dirname "$0")/.."
figures=$PWD/build/faults.figures
document=docs/reliability.md
# shellcheck source=tools/result.bash
. tools/result.bash

table() {
	echo "$(date -u +%Y-%m-%d), $(nproc) cores, $(mariadbd --version |
	    sed 's/.*Ver \([0-9.]*\).*/MariaDB \1/'), times in seconds:"
	echo
	echo '| fault | requests | writes acknowledged | lost | twice | stale reads | answers 503 | reads failing for | longest time without a read | longest time without a write |'
	echo '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |'
	cat "$figures"
}

# The soak takes as long as it is told to.
files=("$@")
[ $# != 0 ] || mapfile -t files < <(
    printf '%s\n' tests/faults/*.bats | grep -v /soak)
mkdir -p build
: > "$figures"
export FAULTS_FIGURES=$figures BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-300}
status=0
# Its last line stays the last.
# One at a time, as they are timed.
JOBS=1 tools/test.sh "${files[@]}" | tee build/faults.out | sed -u '$d' || status=$?
cat "$figures"
if [ "$status" = 0 ] && [ $# = 0 ]; then
	table | write_between "$document" figures
	echo "the figures are in $document"
fi
tail -n 1 build/faults.out
exit "$status"
