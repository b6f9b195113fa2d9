#!/usr/bin/env bash
# Do the tests notice a defect?  Each patch in tests/mutants is one, in one
# line.
#
#   run.sh [NAME...]     all patches where no name is given
#   run.sh check         only whether each patch fits the sources of today
#
# The first line of a patch names the test files that are to fail, all where it
# is empty, and behind ` -- ` an ERE that selects shell tests by name; the
# second says what the defect is.  The patch is made in a copy of the tree that
# has the objects of the build, so that little is compiled.  A defect is caught
# where a test fails; that the compiler fails is a failure of the patch.
#
# JOBS= patches are tried at a time, each in a copy of its own.  First the named
# files run without a defect: what fails then would catch everything.
# CONTROL=no leaves that out.  The last line is "N passed, N failed".
set -uo pipefail
unset CDPATH
export LC_ALL=C.UTF-8

cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tools/result.bash
. tools/result.bash
root=$PWD
patches=$root/tests/mutants
work=$root/build/mutants
# The settings of the caller are not what the patches are about.
unset BUILD STATE PORT LOGIN PASSWORD PROGRAM CTL TEST_FILTER TENANTRY_CALLS \
    MAKEFLAGS MAKELEVEL

# --- a patch ------------------------------------------------------------------

files_of() { # PATCH
	sed -n '1{s/ -- .*//;p}' "$1"
}

filter_of() { # PATCH
	sed -n '1s/.* -- //p' "$1"
}

put() { # TREE PATCH [-R]
	patch --directory="$1" --strip=1 --fuzz=0 --silent --force \
	    --no-backup-if-mismatch --reject-file=- ${3:+"$3"} < "$2"
}

fits() { # PATCH
	patch --directory="$root" --strip=1 --fuzz=0 --silent --force \
	    --dry-run --reject-file=- < "$1" > /dev/null 2>&1
}

# One line is another one, in one file.
is_one_line() { # PATCH
	[ "$(grep -c '^@@ ' "$1")$(grep -c '^-[^-]' "$1")$(grep -c \
	    '^+[^+]' "$1")" = 111 ]
}

check() { # PATCH...
	local patch

	for patch in "$@"; do
		if fits "$patch" && is_one_line "$patch"; then
			passed=$((passed + 1))
			continue
		fi
		echo "  $(basename "$patch"): does not fit the sources, or is" \
		    "more than one line"
		failed=$((failed + 1))
	done
}

# --- a tree -------------------------------------------------------------------

# With the times of the files, so that nothing is made anew.
copy_tree() { # TREE
	rm -rf "$1"
	mkdir -p "$1"
	{
		git ls-files -z --cached --others --exclude-standard
		find build/release build/gen build/tests build/tenantryctl \
		    cgi-bin/tenantry.fcgi -type f \
		    -not -path '*/test-log/*' -print0
	} | xargs -0 cp --parents -p -t "$1"
}

# Programs of tests are made where a patch names them.
make_programs() { # TREE FILE...
	local tree=$1 targets=(all) file

	shift
	for file in "$@"; do
		[[ $file != *.c ]] || targets+=("build/release/${file%.c}")
	done
	[ $# != 0 ] || targets=(programs)
	make -C "$tree" --no-print-directory "${targets[@]}" \
	    > "$tree.make" 2>&1 < /dev/null
}

# run_tests TREE JOBS FILTER FILE...
run_tests() {
	local tree=$1 jobs=$2 filter=$3

	shift 3
	(cd "$tree" && JOBS=$jobs TEST_FILTER=$filter tools/test.sh "$@") \
	    > "$tree.test" 2>&1 < /dev/null
}

# The first test that failed, of those that said so themselves.
failure() { # TREE
	grep -hE '^[[:space:]]*not ok ' "$1"/build/release/test-log/*.tap \
	    2> /dev/null | sed -nE '1s/^[[:space:]]*not ok ([0-9]+ )?(- )?//p'
}

# --- a defect -----------------------------------------------------------------

try_patched() { # TREE PATCH
	local tree=$1 patch=$2 files status=0

	read -ra files < <(files_of "$patch")
	make_programs "$tree" "${files[@]}" || {
		echo 'does not compile'
		tail -n 5 "$tree.make"
		return 1
	}
	run_tests "$tree" 1 "$(filter_of "$patch")" "${files[@]}" || status=$?
	if [ "$status" != 0 ] && [ -n "$(failure "$tree")" ]; then
		echo "caught by: $(failure "$tree")"
		return
	fi
	echo "MISSED: $(sed -n 2p "$patch")"
	tail -n 3 "$tree.test"
	return 1
}

# A file that is as before must not look older than its object.
try() { # TREE PATCH
	local tree=$1 patch=$2 start=$SECONDS status=0 text file

	file=$(sed -n 's|^+++ b/||p' "$patch")
	if put "$tree" "$patch" > /dev/null; then
		text=$(try_patched "$tree" "$patch") || status=1
		cp "$root/$file" "$tree/$file"
	else
		text='does not fit the sources'
		status=1
	fi
	printf '  %-40s %s (%d s)\n' "$(basename "${patch%.patch}")" "$text" \
	    $((SECONDS - start))
	echo $((1 - status)) $status >> "$work/counts"
}

# --- all of them --------------------------------------------------------------

# The files of all patches; of a shell test as much as one of them asks for.
control() { # PATCH...
	local patch file filters status=0

	for patch in "$@"; do
		for file in $(files_of "$patch"); do
			echo "$file $(filter_of "$patch")"
		done
	done | sort -u > "$work/named"
	while read -r file; do
		filters=$(sed -n "s|^$file ||p" "$work/named" | paste -sd '|')
		[[ "|$filters|" != *'||'* ]] || filters=''
		make_programs "$work/1" "$file" &&
		    run_tests "$work/1" 1 "$filters" "$file" && continue
		echo "  $file fails without a defect, too:"
		tail -n 20 "$work/1.test"
		status=1
	done < <(cut -d ' ' -f 1 "$work/named" | sort -u)
	return "$status"
}

run_lane() { # LANE LANES PATCH...
	local lane=$1 lanes=$2 n=0 patch

	shift 2
	for patch in "$@"; do
		[ $((n++ % lanes)) != $((lane - 1)) ] ||
		    try "$work/$lane" "$patch"
	done
}

run_all() { # PATCH...
	local lane lanes=${JOBS:-$(nproc)} p f

	mkdir -p "$work"
	: > "$work/counts"
	for ((lane = 1; lane <= lanes; lane++)); do
		copy_tree "$work/$lane" || return
	done
	if [ "${CONTROL:-yes}" = yes ] && ! control "$@"; then
		failed=1
		return
	fi
	for ((lane = 1; lane <= lanes; lane++)); do
		run_lane "$lane" "$lanes" "$@" &
	done
	wait
	while read -r p f; do
		passed=$((passed + p))
		failed=$((failed + f))
	done < "$work/counts"
}

shopt -s nullglob
names=("$@")
[ "${1:-}" != check ] || names=()
chosen=("$patches"/*.patch)
[ ${#names[@]} = 0 ] || chosen=("${names[@]/#/$patches/}")
[ ${#names[@]} = 0 ] || chosen=("${chosen[@]/%/.patch}")
if [ "${1:-}" = check ]; then
	check "${chosen[@]}"
else
	echo "trying ${#chosen[@]} defects, in $work"
	run_all "${chosen[@]}"
fi
total
