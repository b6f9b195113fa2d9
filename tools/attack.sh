#!/usr/bin/env bash
# Lets outside tools attack a private instance: sqlmap, ffuf, wapiti.
#
#   attack.sh [FILE...]      all of tests/attack where no file is named
#
# What each tool said stays in build/BUILD/test-log.  The last line is "N
# passed, N failed".
set -euo pipefail
unset CDPATH

cd "$(dirname "$0")/.."
files=("$@")
[ $# != 0 ] || files=(tests/attack/*.bats)
export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-400}
exec tools/test.sh "${files[@]}"
