#!/usr/bin/env bash
# Every check that needs no running program; each tool counts as one test.  The
# last line is "N passed, N failed".
#
# `make lint` passes the compiler's flags (CHECK_FLAGS) and itself (MAKE).
set -uo pipefail
unset CDPATH
export LC_ALL=C.UTF-8 PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tools/result.bash
. tools/result.bash
make=${MAKE:-make}
flags=()
eval "flags=(${CHECK_FLAGS:--std=c11 -Isrc})"
jobs=$(nproc)
shopt -s nullglob
sources=(cgi-bin/*.c src/*/*.c tests/*/*.c)
headers=(src/*/*.h)
scripts=(tools/*.sh tools/*.bash tools/completion/* .ci/run tests/*/*.bash
    tests/*/*.sh)
output=$(mktemp)
trap 'rm -f "$output"' EXIT

check() { # NAME COMMAND...
	local name=$1 start=$SECONDS

	shift
	printf '  %-36s ' "$name"
	if "$@" > "$output" 2>&1 < /dev/null; then
		passed=$((passed + 1))
		printf 'ok  %ds\n' $((SECONDS - start))
	else
		failed=$((failed + 1))
		printf 'FAILED  %ds\n' $((SECONDS - start))
		head -n 200 "$output" | sed 's/^/    /'
	fi
}

build_with() { # COMPILER BUILD
	MAKEFLAGS='' $make --no-print-directory -j "$jobs" CC="$1" BUILD="$2" \
	    programs
}

headers_alone() {
	MAKEFLAGS='' $make --no-print-directory CC=gcc check-headers
}

# The program; in tests the macros of cmocka hide what is worth a finding.
tidy_all() {
	printf '%s\n' cgi-bin/*.c src/*/*.c |
	    xargs -P "$jobs" -I FILE clang-tidy --quiet FILE -- "${flags[@]}"
}

cppcheck_all() {
	cppcheck --quiet --std=c11 --language=c --library=posix \
	    --enable=warning,portability,performance --inline-suppr \
	    --error-exitcode=1 -j "$jobs" -Isrc -D_POSIX_C_SOURCE=200809L \
	    cgi-bin src
}

check 'gcc, warnings are errors' build_with gcc release
check 'clang, warnings are errors' build_with clang clang
check 'each header compiles alone' headers_alone
check 'clang-format' \
    clang-format --dry-run -Werror "${sources[@]}" "${headers[@]}"
check 'clang-tidy' tidy_all
check 'cppcheck' cppcheck_all
check 'shellcheck' shellcheck "${scripts[@]}"
check "the web servers' own tests" tools/hosts.sh check
check 'manuals' mandoc -Tlint -W warning docs/man/*.[1-8]

total
