#!/usr/bin/env bash
# The packages of the tests in this folder, once.  Two files of tests run side by
# side: `npm ci` removes what is there, also what the other one is reading.
set -euo pipefail

cd "$(dirname "$0")"
exec 9< package-lock.json
flock 9
# npm writes this file last
[ node_modules/.package-lock.json -nt package-lock.json ] ||
    npm ci --no-audit --no-fund
