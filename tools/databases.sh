#!/usr/bin/env bash
# Other database servers than Debian 12's own, and the tests on them.
#
#   databases.sh all [FILE...]   the tests on each server (`make databases`)
#   databases.sh short           a short cut of it, a few minutes (.ci/run)
#   databases.sh get SERVER      the server's folder; made where it is missing
#   databases.sh list            the servers
#   databases.sh files [short]   what `all` or `short` runs
#
# The servers are those of Debian's unstable suite.  apt-get downloads them with
# all libraries into a folder of their own below DATABASES, which is kept:
# nothing is installed, no root is needed, and they run with their own C
# library.  Where the suite cannot be reached the server is left out, which
# counts as skipped.  The last line is "N passed, N failed".
set -euo pipefail
export LC_ALL=C.UTF-8

cd "$(dirname "$0")/.."
# shellcheck source=tools/result.bash
. tools/result.bash
build=${BUILD:-release}
folder=${DATABASES:-${XDG_CACHE_HOME:-$HOME/.cache}/tenantry/databases}
suite=${DATABASE_SUITE:-sid}

# server   the program   Debian packages
servers='
mysql      mysqld        mysql-server-core
mariadb    mariadbd      mariadb-server-core mariadb-client-core
'

# Those that break the database come last.  Left out are those about the web
# server and about hostile requests.
tests_all() {
	printf '%s\n' tests/store/*.c tests/walk/walk.c tests/api/*.bats |
	    grep -v '/faults[^/]*$\|/lighttpd\.\|/security\.'
	printf '%s\n' tests/api/faults*.bats tests/faults/{deep,single_short}.bats \
	    tests/databases/*.bats
}

tests_short() {
	printf '%s\n' tests/store/*.c tests/walk/walk.c \
	    tests/api/{create,lists,migrate,preconditions}.bats \
	    tests/databases/*.bats
}

say() {
	echo "$*" >&2
}

# --- a server's folder --------------------------------------------------------

# apt with state, cache and sources of its own, for which nothing is installed.
apt_options() { # FOLDER
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg

	mkdir -p "$1/lists/partial" "$1/cache/archives/partial"
	: > "$1/status"
	echo "deb [signed-by=$keyring] ${DEBIAN_MIRROR:-http://deb.debian.org/debian}" \
	    "$suite main" > "$1/sources.list"
	apt=(-qq -o "Dir::Etc::sourcelist=$1/sources.list"
	    -o Dir::Etc::sourceparts=/dev/null
	    -o Dir::Etc::preferences=/dev/null
	    -o Dir::Etc::preferencesparts=/dev/null
	    -o "Dir::State=$1" -o "Dir::State::status=$1/status"
	    -o "Dir::State::lists=$1/lists" -o "Dir::Cache=$1/cache"
	    -o APT::Install-Recommends=false -o APT::Sandbox::User=
	    -o Acquire::Languages=none -o Acquire::Retries=3
	    -o Debug::NoLocking=1)
}

# Has a program of the folder run with the libraries of the folder.
wrap() { # FOLDER PROGRAM
	mv "$1/$2" "$1/$2.real"
	cat > "$1/$2" <<-'END'
	#!/bin/sh
	program=$(realpath "$0")
	usr=${program%/*/*}
	exec "$usr"/lib*/ld-linux-*.so.* --library-path \
	    "$(echo "$usr"/lib/*-linux-gnu*)" "$program.real" "$@"
	END
	chmod 755 "$1/$2"
}

unpack() { # FOLDER PACKAGE...
	local made=$1 apt=() file

	shift
	apt_options "$made/apt"
	apt-get "${apt[@]}" update
	apt-get "${apt[@]}" -y --download-only install "$@"
	for file in "$made"/apt/cache/archives/*.deb; do
		dpkg-deb -x "$file" "$made"
	done
	rm -rf "$made/apt"
}

make_folder() { # SERVER PROGRAM PACKAGE...
	local server=$1 program=$2 made=$folder/$1.new

	shift 2
	say "databases: downloading $server of Debian's suite $suite" \
	    "into $folder/$server"
	rm -rf "$made"
	unpack "$made" "$@" > "$folder/$server.log" 2>&1 < /dev/null || {
		tail -n 5 "$folder/$server.log" >&2
		return 1
	}
	wrap "$made" "usr/sbin/$program"
	[ "$server" != mariadb ] || wrap "$made" usr/bin/my_print_defaults
	"$made/usr/sbin/$program" --no-defaults --version |
	    sed 's/.*Ver \([0-9.]*\).*/\1/' > "$made/version"
	mv "$made" "$folder/$server"
}

get() { # SERVER
	local program packages

	read -r _ program packages < <(
	    awk -v name="$1" '$1 == name' <<< "$servers") || {
		say "databases: there is no server $1; list names them"
		return 2
	}
	mkdir -p "$folder"
	exec 8> "$folder/lock"
	flock 8
	# shellcheck disable=SC2086  # several
	[ -s "$folder/$1/version" ] || make_folder "$1" "$program" $packages
	exec 8>&-
	echo "$folder/$1"
}

list() {
	awk 'NF { print $1 }' <<< "$servers"
}

# --- the tests ----------------------------------------------------------------

run_on() { # SERVER FILE...
	local name=$1 at out=build/$build/databases/$1.out

	shift
	at=$(get "$name") || {
		echo "SKIPPED: no $name (see above); $# files were not run on it"
		skipped=$((skipped + 1))
		return
	}
	echo "=== $name $(cat "$at/version")"
	DATABASE_ROOT=$at tools/test.sh "$@" 2>&1 | tee "$out" || true
	add_results "$out"
}

run_all() { # FILE...
	local name

	mkdir -p "build/$build/databases"
	for name in $(list); do
		run_on "$name" "$@"
	done
	total
}

files=()
case ${1:-} in
all)
	shift
	[ $# != 0 ] || mapfile -t files < <(tests_all)
	run_all "$@" "${files[@]}"
	;;
short)
	mapfile -t files < <(tests_short)
	run_all "${files[@]}"
	;;
get) get "${2:?a server}" ;;
list) list ;;
files) if [ "${2:-}" = short ]; then tests_short; else tests_all; fi ;;
*)
	sed -n '4,8s/^# *//p' "$0" >&2
	exit 2
	;;
esac
