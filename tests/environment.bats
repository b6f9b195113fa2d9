#!/usr/bin/env bats
# The shell that `make run` is called from, and the folder that the sources lie
# in: what people have in their environment must not break the first command.
# Starts an instance of its own.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

load ../tools/process

setup() {
	folder=$BATS_TEST_TMPDIR
	own=$folder/own
}

teardown() {
	STATE=$own "$TENANTRY_ROOT/tools/instance.sh" stop > /dev/null || true
}

# make, without what the make that runs the tests was told.
build() {
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u BUILD -u STATE -u PORT \
	    -u PROGRAM -u CTL make -C "$TENANTRY_ROOT" --no-print-directory "$@"
}

@test "environment: a PORT that is none fails before anything is made" {
	local tool port

	for tool in instance cluster; do
		for port in abc 0 65536 8080x ' '; do
			STATE=$folder/none PORT=$port \
			    run "$TENANTRY_ROOT/tools/$tool.sh" start
			echo "$output"
			[ "$status" = 1 ]
			[[ $output == *"PORT=$port is no port"* ]]
			[ ! -e "$folder/none/data" ]
			[ ! -e "$folder/none/run" ]
		done
	done
}

@test "environment: a path with a space is refused with what to do" {
	STATE="$folder/a b" run "$TENANTRY_ROOT/tools/instance.sh" start
	[ "$status" = 1 ]
	[[ $output == *"/a b has a space"*STATE=* ]]
	mkdir "$folder/a b"
	cp "$TENANTRY_ROOT/cgi-bin/tenantry.fcgi" "$folder/a b"
	STATE=$own PROGRAM="$folder/a b/tenantry.fcgi" \
	    run "$TENANTRY_ROOT/tools/instance.sh" start
	[ "$status" = 1 ]
	[[ $output == *"tenantry.fcgi, whose path has a space"* ]]
	[ ! -e "$own/data" ]
}

is_served() { # PORT
	[ "$(curl -s -o "$folder/answer" -w '%{http_code}' --noproxy '*' \
	    --max-time 5 "http://127.0.0.1:$1/readyz")" = 200 ]
}

pids_of_own() {
	STATE=$own "$TENANTRY_ROOT/tools/instance.sh" pids
}

runs_nothing() {
	[ -z "$(pids_of_own)" ]
}

# CDPATH leads a script's `cd tools` to another folder, and makes it print.
@test "environment: a foreign CDPATH and MYSQL_HOST change nothing; closing the terminal ends it all" {
	local port terminal

	port=$(free_port)
	mkdir -p "$folder/elsewhere/tools" "$folder/elsewhere/conf"
	cd "$TENANTRY_ROOT"
	CDPATH=$folder/elsewhere:. MYSQL_HOST=192.0.2.1 MYSQL_TCP_PORT=1 \
	    MYSQL_UNIX_PORT=/nonexistent STATE=$own PORT=$port \
	    setsid script --quiet --flush --command \
	    'bash tools/instance.sh run' "$folder/screen" \
	    < /dev/null > /dev/null 2>&1 3>&- &
	terminal=$!
	wait_for 60 is_served "$port" || {
		cat "$folder/screen"
		return 1
	}
	[ "$(pids_of_own | cut -d ' ' -f 1 | sort -u | tr '\n' ' ')" = \
	    'database web worker ' ]
	# the window is closed: nobody is left to read what is printed
	kill -KILL "$terminal"
	wait_for 30 runs_nothing || {
		pids_of_own
		tail "$folder/screen"
		return 1
	}
	[ -z "$(find "$own/run" -name '*.sock*')" ]
}

# The call is the vendor's, letter by letter.
@test "environment: LOGIN and PASSWORD make the login that the vendor's scripts use" {
	local port

	port=$(free_port)
	STATE=$own PORT=$port LOGIN=admin \
	    run "$TENANTRY_ROOT/tools/instance.sh" start
	[ "$status" != 0 ]
	[[ $output == *'LOGIN= needs PASSWORD='* ]]
	[ ! -e "$own/data" ]
	STATE=$own PORT=$port LOGIN=admin PASSWORD=admin \
	    "$TENANTRY_ROOT/tools/instance.sh" start 3>&-
	cd "$folder"
	curl -s -u admin:admin "http://127.0.0.1:$port/v1/organizations" -X POST -d '{"organizationName": "init", "accountName": "project", "eulaAccepted":true}' > answer
	grep -q '"organization":{.*"name":"init".*"account":{.*"name":"project"' \
	    answer
	# again, with another password, while it runs
	STATE=$own PORT=$port LOGIN=admin PASSWORD='int-test-password' \
	    "$TENANTRY_ROOT/tools/instance.sh" start 3>&-
	[ "$(curl -s -o answer -w '%{http_code}' -u admin:int-test-password \
	    "http://127.0.0.1:$port/v1/organizations")" = 200 ]
	[ "$(curl -s -o answer -w '%{http_code}' -u admin:admin \
	    "http://127.0.0.1:$port/v1/organizations")" = 401 ]
}

@test "environment: CFLAGS may ask for another level of _FORTIFY_SOURCE" {
	build BUILD=fortify CFLAGS=-D_FORTIFY_SOURCE=3 \
	    build/fortify/src/base/err.o
	grep -q -- '-D_FORTIFY_SOURCE=3' "$TENANTRY_ROOT/build/fortify/flags"
	run ! grep -q -- '-D_FORTIFY_SOURCE=2' \
	    "$TENANTRY_ROOT/build/fortify/flags"
	build BUILD=fortify build/fortify/src/base/err.o
	grep -q -- '-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2' \
	    "$TENANTRY_ROOT/build/fortify/flags"
	rm -rf "$TENANTRY_ROOT/build/fortify"
}

@test "environment: a checkout that turns line ends round has those of the commit" {
	local tree=$folder/tree

	if [ "$(git -C "$TENANTRY_ROOT" rev-parse --show-toplevel)" != \
	    "$TENANTRY_ROOT" ]; then
		skip 'the sources are no checkout'
	fi
	git clone --quiet --config core.autocrlf=true --config core.eol=crlf \
	    "$TENANTRY_ROOT" "$tree"
	cmp "$tree/tools/instance.sh" <(git -C "$TENANTRY_ROOT" show \
	    HEAD:tools/instance.sh)
	run grep -lr $'\r$' "$tree/tools" "$tree/Makefile" "$tree/conf"
	[ "$status" = 1 ]
	[ -z "$(git -C "$tree" status --porcelain)" ]
}
