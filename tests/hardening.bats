#!/usr/bin/env bats
# What the compiler and the linker put into the programs against those who find
# a fault in them, and what the programs cannot do at all.  Looks at the release
# and the portable build, whatever build is tested.
# shellcheck disable=SC2015,SC2154

setup_file() {
	build all
	build BUILD=portable all
}

setup() {
	cd "$TENANTRY_ROOT" || return
	programs=(cgi-bin/tenantry.fcgi build/tenantryctl
	    build/portable/tenantry.fcgi build/portable/tenantryctl)
}

# make, without what the make that runs the tests was told.
build() {
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u BUILD -u STATE -u PORT \
	    -u PROGRAM -u CTL make -C "$TENANTRY_ROOT" --no-print-directory \
	    -j "$(nproc)" "$@" > "$BATS_FILE_TMPDIR/make.log" 2>&1 || {
		cat "$BATS_FILE_TMPDIR/make.log"
		return 1
	}
}

# each CHECK: the function succeeds for every program.
each() {
	local program

	[ "${#programs[@]}" -gt 0 ]
	for program in "${programs[@]}"; do
		[ -x "$program" ] && "$1" "$program" || {
			echo "not so in $program"
			return 1
		}
	done
}

# imports PROGRAM: the functions that it takes from libraries.
imports() {
	readelf --dyn-syms --wide "$1" | awk '$7 == "UND" { sub(/@.*/, "", $8)
	    print $8 }'
}

@test "hardening: the programs lie at another address each time" {
	is_pie() {
		readelf --file-header "$1" | grep -q 'Type: *DYN' &&
		    readelf --dynamic "$1" | grep -q 'FLAGS_1.*PIE'
	}
	each is_pie
}

@test "hardening: what the loader has resolved is read-only" {
	is_relro() {
		readelf --segments --wide "$1" | grep -q GNU_RELRO &&
		    readelf --dynamic "$1" | grep -q 'FLAGS_1.*NOW'
	}
	each is_relro
}

@test "hardening: neither the stack nor any segment is writable and executable" {
	is_nx() {
		readelf --segments --wide "$1" |
		    grep -q 'GNU_STACK .* RW  *0x' &&
		    [ "$(readelf --segments --wide "$1" |
			grep -cE '^ +(LOAD|GNU_STACK) .* RWE ')" = 0 ]
	}
	each is_nx
}

@test "hardening: a smashed stack is noticed" {
	has_canaries() {
		imports "$1" | grep -qx __stack_chk_fail
	}
	each has_canaries
}

@test "hardening: copies and prints know the size of their buffer" {
	is_fortified() {
		imports "$1" | grep -qx '__vsnprintf_chk' &&
		    imports "$1" | grep -qE '^__(memcpy|snprintf|fprintf)_chk$'
	}
	each is_fortified
}

@test "hardening: no library is looked for where the program says" {
	has_no_path() {
		[ "$(readelf --dynamic "$1" | grep -cE 'RPATH|RUNPATH')" = 0 ] &&
		    [ "$(readelf --dynamic "$1" | grep -c TEXTREL)" = 0 ]
	}
	each has_no_path
}

@test "hardening: no program has rights of its own" {
	has_no_rights() {
		[ ! -u "$1" ] && [ ! -g "$1" ]
	}
	each has_no_rights
}

@test "hardening: what the compiler has for stack and jumps is used" {
	local flag found=0

	for flag in -fstack-clash-protection -fcf-protection; do
		echo 'int x;' | "${CC:-cc}" -Werror "$flag" -x c -c \
		    -o "$BATS_TEST_TMPDIR/o" - 2> /dev/null || continue
		found=$((found + 1))
		grep -qe " $flag " build/release/flags
		grep -qe " $flag " build/portable/flags
	done
	[ "$(uname -m)" != x86_64 ] || [ "$found" = 2 ]
}

# The database's library connects, and libfcgi accepts; the programs' own code
# can do neither.  The service starts no other program than itself (renew.c), the
# tool the one that sends mail (ctl/sendmail.c), without a shell.
@test "hardening: the programs themselves open no connection and run no shell" {
	programs=(cgi-bin/tenantry.fcgi build/tenantryctl)
	calls_out() {
		imports "$1" | grep -xE 'connect|send|sendto|sendmsg|getaddrinfo|gethostbyname.*|system|popen|posix_spawn.*|exec[lv]p?e?|fexecve|dlopen|OSSL_HTTP_.*|BIO_.*connect.*'
	}
	check() {
		case $1 in
		*.fcgi) [ "$(calls_out "$1")" = execv ] ;;
		*) [ "$(calls_out "$1")" = execve ] ;;
		esac
	}
	each check
}
