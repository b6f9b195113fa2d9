#!/usr/bin/env bats
# What is delivered: the installed tree, both tarballs, the manuals, the
# completion.  Runs against the instance's database, with a database of its own.
# shellcheck disable=SC2154,SC2030,SC2031

load api/helper

setup_file() {
	export folder=$BATS_FILE_TMPDIR
	export version
	version=$(sed -n 's/.*TENANTRY_VERSION "\(.*\)"/\1/p' \
	    "$TENANTRY_ROOT/src/base/version.h")
	export name
	name=tenantry-$version-linux-$(uname -m)
	build -C "$TENANTRY_ROOT" dist-binary
	tar xzf "$TENANTRY_ROOT/build/$name.tar.gz" -C "$folder"
}

teardown_file() {
	administrator --execute 'DROP DATABASE IF EXISTS packaged;
	    DROP USER IF EXISTS packaged@localhost'
}

# make, without what the make that runs the tests was told; one at a time, as
# shared_host.bats makes the same tarball.
build() {
	flock "$TENANTRY_ROOT/build" env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS \
	    -u BUILD -u STATE -u PORT \
	    -u PROGRAM -u CTL make --no-print-directory -j "$(nproc)" "$@" \
	    > "$BATS_FILE_TMPDIR/make.log" 2>&1 || {
		cat "$BATS_FILE_TMPDIR/make.log"
		return 1
	}
}

database_socket() {
	sed -n 's/^ *db_socket *= *//p' "$TENANTRY_CONF"
}

administrator() {
	mariadb --no-defaults --user="$(id -un)" \
	    --socket="$(database_socket)" "$@"
}

is_checkout() {
	[ "$(git -C "$TENANTRY_ROOT" rev-parse --show-toplevel)" = \
	    "$TENANTRY_ROOT" ]
}

# tree FOLDER: mode and name of each file.
tree() {
	(cd "$1" && find . -type f -printf '%m %P\n' | sort -k 2)
}

# expect_same WANTED GOT
expect_same() {
	diff <(echo "$1") <(echo "$2")
}

# cgi PROGRAM PATH [NAME=VALUE...]: one request in an empty environment.
cgi() {
	local program=$1 path=$2

	shift 2
	env -i GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET SCRIPT_NAME= \
	    ASAN_OPTIONS="${ASAN_OPTIONS-}" UBSAN_OPTIONS="${UBSAN_OPTIONS-}" \
	    PATH_INFO="$path" REQUEST_URI="$path" "$@" "$program" < /dev/null |
	    tr -d '\r'
}

# --- make install -------------------------------------------------------------

# What stands in the sources' folders is installed as it is there.
installed_tree() {
	local file share=usr/share

	{
		echo '755 usr/bin/tenantryctl'
		echo '755 usr/lib/tenantry/tenantry.fcgi'
		echo '600 etc/tenantry/tenantry-admin.conf.example'
		echo '600 etc/tenantry/tenantry.conf.example'
		echo "644 $share/bash-completion/completions/tenantryctl"
		echo "644 $share/man/man1/tenantryctl.1"
		echo "644 $share/man/man5/tenantry.conf.5"
		echo "644 $share/man/man8/tenantry.fcgi.8"
		for file in CHANGELOG.md LICENSE operations.md; do
			echo "644 $share/doc/tenantry/$file"
		done
		(cd "$TENANTRY_ROOT" && find conf htdocs schema -type f \
		    -printf "644 $share/tenantry/%p\n")
	} | sort -k 2
}

@test "packaging: install brings exactly its files, whatever the umask" {
	local place=$folder/installed

	(umask 077 && build -C "$TENANTRY_ROOT" install DESTDIR="$place" \
	    PREFIX=/usr)
	expect_same "$(installed_tree)" "$(tree "$place")"
}

@test "packaging: what is installed runs" {
	local place=$folder/installed

	build -C "$TENANTRY_ROOT" install DESTDIR="$place" PREFIX=/usr
	cd /
	"$place/usr/bin/tenantryctl" check --conf "$TENANTRY_CONF"
	cgi "$place/usr/lib/tenantry/tenantry.fcgi" /readyz \
	    TENANTRY_CONF="$TENANTRY_CONF" | grep -q '"ready"'
	# without settings it says which file it looked for
	TENANTRY_CONF=$folder/none.conf run "$place/usr/bin/tenantryctl" check
	[ "$status" = 1 ]
	[[ $output == *"none.conf: No such file"* ]]
}

@test "packaging: what is installed names the places of this installation" {
	local place=$folder/elsewhere sources=$folder/tenantry-$version share

	# the program is built anew for it: not the one that others test
	unpack_sources
	build -C "$sources" install DESTDIR="$place" PREFIX=/opt/tny \
	    SYSCONFDIR=/opt/etc
	share=$place/opt/tny/share
	run grep -rlE '/usr/local/(bin|lib|share)|[^t]/etc/tenantry' "$place" \
	    --include='*.[1-8]' --include='*.md' --include='*.conf*' \
	    --include='*.service'
	echo "$output"
	[ "$status" = 1 ]
	grep -qx 'ExecStart=/opt/tny/lib/tenantry/tenantry.fcgi' \
	    "$share/tenantry/conf/systemd/tenantry@.service"
	grep -q 'root /opt/tny/share/tenantry/htdocs;' \
	    "$share/tenantry/conf/nginx.conf"
	grep -q '^\.Pa /opt/etc/tenantry/tenantry.conf' \
	    "$share/man/man5/tenantry.conf.5"
	# and a program is not changed by it
	cmp "$sources/cgi-bin/tenantry.fcgi" \
	    "$place/opt/tny/lib/tenantry/tenantry.fcgi"
}

@test "packaging: uninstall leaves what others made, and nothing else" {
	local place=$folder/removed

	build -C "$TENANTRY_ROOT" install DESTDIR="$place" PREFIX=/usr
	touch "$place/etc/tenantry/tenantry.conf" "$place/usr/bin/other"
	build -C "$TENANTRY_ROOT" uninstall DESTDIR="$place" PREFIX=/usr
	[ "$(cd "$place" && find . -type f | sort)" = \
	    $'./etc/tenantry/tenantry.conf\n./usr/bin/other' ]
	[ -z "$(find "$place" -name tenantry -type d ! -path '*/etc/*')" ]
	# and again, where there is nothing to remove
	build -C "$TENANTRY_ROOT" uninstall DESTDIR="$place" PREFIX=/usr
}

# --- the source tarball -------------------------------------------------------

@test "packaging: the source tarball is the committed tree, twice the same" {
	local tarball=$TENANTRY_ROOT/build/tenantry-$version.tar.gz

	if ! is_checkout; then
		run build -C "$TENANTRY_ROOT" dist-source
		[ "$status" != 0 ]
		[[ $output == *'no checkout'* ]]
		return
	fi
	build -C "$TENANTRY_ROOT" dist-source
	cp "$tarball" "$folder/first.tar.gz"
	build -C "$TENANTRY_ROOT" dist-source
	cmp "$tarball" "$folder/first.tar.gz"
	expect_same "$(git -C "$TENANTRY_ROOT" ls-tree -r --name-only HEAD |
	    sort)" "$(tar tzf "$tarball" | grep -v '/$' |
	    sed "s,^tenantry-$version/,," | sort)"
}

# unpack_sources: once, and built, into $folder/tenantry-$version.
unpack_sources() {
	local sources=$folder/tenantry-$version

	[ ! -e "$sources/build/tenantryctl" ] || return 0
	if is_checkout; then
		build -C "$TENANTRY_ROOT" dist-source
		tar xzf "$TENANTRY_ROOT/build/tenantry-$version.tar.gz" \
		    -C "$folder"
	else
		mkdir "$sources"
		(cd "$TENANTRY_ROOT" && tar c --exclude=./build --exclude=./var .) |
		    tar x -C "$sources"
	fi
	build -C "$sources" all
}

@test "packaging: the source tarball builds in a folder of its own" {
	local sources=$folder/tenantry-$version

	unpack_sources
	"$sources/build/tenantryctl" --help | grep -q doctor
	cgi "$sources/cgi-bin/tenantry.fcgi" /healthz \
	    TENANTRY_CONF="$TENANTRY_CONF" | grep -q '"alive"'
	# it is no checkout, also where it lies within one
	run build -C "$sources" dist-source
	[ "$status" != 0 ]
	[[ $output == *'no checkout'* ]]
}

# --- the binary tarball -------------------------------------------------------

@test "packaging: the binary tarball has what a shared host needs, no more" {
	expect_same "$({
		echo '755 bin/tenantry.fcgi'
		echo '755 bin/tenantryctl'
		echo '644 tenantry.conf.example'
		echo '755 web/tenantry.fcgi'
		echo '644 web/.htaccess'
		printf '644 %s\n' CHANGELOG.md LICENSE README-shared-host.md
		printf '644 %s.htaccess\n' '' keys/ log/ run/
		printf '644 man/%s\n' tenantry.conf.5 tenantry.fcgi.8 \
		    tenantryctl.1
		printf '644 licences/%s.txt\n' Apache-2.0 LGPL-2.1 \
		    libcrypt-dev libfcgi-dev libjson-c-dev libmariadb-dev \
		    libssl-dev libutf8proc-dev lit-html zlib1g-dev
		(cd "$TENANTRY_ROOT" &&
		    find conf htdocs schema -type f -printf '644 %p\n'
		    cd conf && find errors -type f -printf '644 web/%p\n'
		    cd ../htdocs && find docs -type f -printf '644 web/%p\n')
	} | sort -k 2)" "$(tree "$folder/$name")"
	expect_same $'700 keys\n700 log\n700 run' "$(cd "$folder/$name" &&
	    find . -mindepth 1 -type d ! -perm 755 -printf '%m %P\n' | sort)"
	# no name of a person or a machine
	[ -z "$(tar tvzf "$TENANTRY_ROOT/build/$name.tar.gz" |
	    awk '$2 != "0/0"')" ]
}

@test "packaging: its programs need the C library and no other" {
	local program

	for program in tenantry.fcgi tenantryctl; do
		readelf -d "$folder/$name/bin/$program" > "$folder/needed"
		expect_same '' "$(sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' \
		    "$folder/needed" | grep -Ev '^(libc|libm|ld-linux[^.]*)\.so')"
		# and one of 2.34 or later, as its page says
		[ "$(objdump -T "$folder/$name/bin/$program" |
		    grep -o 'GLIBC_[0-9.]*' | { cat; echo GLIBC_2.34; } |
		    sort -Vu | tail -n 1)" = GLIBC_2.34 ]
	done
	grep -q 'glibc 2.34' "$folder/$name/README-shared-host.md"
}

@test "packaging: the binary tarball does not tell where it was built" {
	run grep -rlF "$TENANTRY_ROOT" "$folder/$name"
	[ "$status" = 1 ]
}

@test "packaging: the binary tarball is twice the same" {
	cp "$TENANTRY_ROOT/build/$name.tar.gz" "$folder/first.tar.gz"
	sleep 1.1 # a time of now would show
	build -C "$TENANTRY_ROOT" dist-binary
	cmp "$TENANTRY_ROOT/build/$name.tar.gz" "$folder/first.tar.gz"
}

# What is built already goes along, and is linked and packed there.
@test "packaging: the binary tarball is made in a folder with a space" {
	local copy="$BATS_TEST_TMPDIR/a folder"

	mkdir "$copy"
	tar -c -C "$TENANTRY_ROOT" --exclude=./build --exclude=./var \
	    --exclude=./.git --exclude=./cgi-bin/tenantry.fcgi . |
	    tar -x -C "$copy"
	tar -c -C "$TENANTRY_ROOT" build/gen build/portable |
	    tar -x -C "$copy"
	rm "$copy/build/portable/tenantryctl"
	touch "$copy/src/ctl/user.c"
	build -C "$copy" dist-binary
	grep -q 'link build/portable/tenantryctl' "$BATS_FILE_TMPDIR/make.log"
	tar -tzf "$copy/build/$name.tar.gz" | grep -qx "$name/bin/tenantryctl"
	"$copy/build/portable/tenantryctl" --version | grep -qF "$version"
}

# new_home FOLDER: the binary tarball with an empty database, its settings
# edited.
new_home() {
	administrator --execute "DROP DATABASE IF EXISTS packaged;
	    CREATE DATABASE packaged;
	    CREATE USER IF NOT EXISTS packaged@localhost
	    IDENTIFIED BY 'geheim';
	    GRANT ALL PRIVILEGES ON packaged.* TO packaged@localhost"
	mkdir -p "$(dirname "$1")"
	cp -a "$folder/$name" "$1"
	install -m 600 "$1/tenantry.conf.example" "$1/tenantry.conf"
	sed -i -e "s,^#db_socket *=.*,db_socket = $(database_socket)," \
	    -e 's/change_me/packaged/; s/change me/geheim/' \
	    "$1/tenantry.conf"
	unset TENANTRY_CONF # the instance's
}

@test "packaging: unpack, edit one file, init: it serves, wherever it lies" {
	local home=$folder/home/tenantry key

	new_home "$home"
	cd /
	"$home/bin/tenantryctl" init > "$folder/made"
	key=$(sed -n 's/^key=//p' "$folder/made")
	[[ $key == tny_* ]]
	[ -s "$home/keys/licence-signing.pem" ]
	cgi "$home/bin/tenantry.fcgi" /v1/organizations \
	    HTTP_X_API_KEY="$key" | tee "$folder/answer"
	grep -q '^Status: 200' "$folder/answer"
	grep -q '{"organizations":\[\]}' "$folder/answer"
	grep -q 'route=/v1/organizations status=200' "$home/log/tenantry.log"
	cgi "$home/bin/tenantry.fcgi" /v1/organizations \
	    HTTP_X_API_KEY=tny_wrong | grep -q '^Status: 401'
	run "$home/bin/tenantryctl" doctor
	echo "$output"
	[ "$status" = 0 ]
	# one account for everything is worth a word, and nothing else is
	[ "$(sed -n 's/^warn  *\([a-z-]*\):.*/\1/p' <<< "$output")" = \
	    $'migration-account\nrights' ]
	"$home/bin/tenantryctl" --version | grep -q '^libfcgi [0-9]'
	# moved as a whole it goes on
	mv "$home" "$folder/home/elsewhere"
	cgi "$folder/home/elsewhere/bin/tenantry.fcgi" /v1/organizations \
	    HTTP_X_API_KEY="$key" | grep -q '^Status: 200'
	# and says no where others may read its password
	chmod 644 "$folder/home/elsewhere/tenantry.conf"
	run cgi "$folder/home/elsewhere/bin/tenantry.fcgi" /healthz
	[[ $output == *'chmod 600'* && $output == *'Status: 500'* ]]
}

# --- an upgrade ---------------------------------------------------------------

# release NUMBER [LINE]: the next release in $sources, with a schema more.
release() {
	printf -- '-- %s\nCREATE TABLE later_%d (id INT PRIMARY KEY);\n' \
	    "${2-Adds a table.}" "$1" \
	    > "$sources/schema/$(printf '%03d' "$1")_later.sql"
	build -C "$sources" all
}

# serves PROGRAM, refuses PROGRAM TEXT: a caller's request.
serves() {
	cgi "$1" /v1/organizations HTTP_X_API_KEY="$key" \
	    TENANTRY_CONF="$home/tenantry.conf" | grep -q '^Status: 200'
}

refuses() {
	cgi "$1" /v1/organizations HTTP_X_API_KEY="$key" \
	    TENANTRY_CONF="$home/tenantry.conf" > "$folder/answer"
	grep -q '^Status: 503' "$folder/answer"
	grep -q "\"detail\":\"[^\"]*$2" "$folder/answer"
}

@test "packaging: an upgrade, with old and new programs side by side" {
	local home=$folder/upgrade/tenantry sources=$folder/tenantry-$version
	local old=$folder/upgrade/tenantry/bin/tenantry.fcgi
	local new=$sources/cgi-bin/tenantry.fcgi first key
	local migrate=("$sources/build/tenantryctl" migrate --conf
	    "$home/tenantry.conf")

	unpack_sources
	new_home "$home"
	key=$("$home/bin/tenantryctl" init | sed -n 's/^key=//p')
	first=$(cgi "$old" /v1/version | sed -n 's/.*"schema":\([0-9]*\).*/\1/p')
	serves "$old"
	# a release whose migration only adds: it comes before the program
	release $((first + 1)) "Oldest program: $first"
	refuses "$new" 'tenantryctl migrate'
	"${migrate[@]}"
	serves "$new"
	serves "$old"
	"${migrate[@]}" 2>&1 | grep -q ', 0 applied now'
	run "$home/bin/tenantryctl" migrate
	[ "$status" = 1 ]
	# one that the first release cannot go on with
	release $((first + 2))
	"${migrate[@]}"
	serves "$new"
	refuses "$old" "has schema $((first + 2))"
	# and a later one does not make it good
	release $((first + 3)) "Oldest program: $first"
	"${migrate[@]}"
	refuses "$old" "has schema $((first + 3))"
}

# --- units for systemd ---------------------------------------------------------

@test "systemd: the units are as systemd wants them, and closed" {
	local unit units=$BATS_TEST_TMPDIR

	for unit in tenantry.socket tenantry@.service; do
		sed "s,/usr/local/lib/tenantry/tenantry.fcgi,${PROGRAM:?}," \
		    "$TENANTRY_ROOT/conf/systemd/$unit" > "$units/$unit"
	done
	cp "$units/tenantry@.service" "$units/tenantry@1.service"
	cd "$units"
	run systemd-analyze verify --man=no ./tenantry.socket \
	    ./tenantry@1.service
	echo "$output"
	[ "$status" = 0 ]
	[ -z "$output" ]
	# 0 is no access to anything, 100 all of it; in tenths
	systemd-analyze security --offline=yes --threshold=20 \
	    ./tenantry@1.service > "$units/exposure" || {
		cat "$units/exposure"
		return 1
	}
	# what the units say of places is what make install does
	grep -q '^ExecStart=/usr/local/lib/tenantry/tenantry.fcgi$' \
	    "$TENANTRY_ROOT/conf/systemd/tenantry@.service"
	for unit in nginx.conf apache/proxy.conf; do
		grep -q "$(sed -n 's/^ListenStream=//p' \
		    "$TENANTRY_ROOT/conf/systemd/tenantry.socket")" \
		    "$TENANTRY_ROOT/conf/$unit"
	done
}

teardown() {
	[ -z "${activated:-}" ] || kill "$activated" || true
}

# The way of StandardInput=socket: a socket that systemd has made is standard
# input, and a first connection starts the program.
@test "systemd: a worker serves the socket that it is handed" {
	local socket=$BATS_TEST_TMPDIR/app.sock

	systemd-socket-activate --inetd --listen="$socket" \
	    -E TENANTRY_CONF="$TENANTRY_CONF" -E ASAN_OPTIONS -E UBSAN_OPTIONS \
	    "$PROGRAM" > "$BATS_TEST_TMPDIR/log" 2>&1 3>&- &
	activated=$!
	within 10 test -S "$socket"
	for _ in 1 2 3; do
		perl "$TENANTRY_ROOT/tests/api/worker.pl" ask "$socket" GET \
		    /v1/organizations "HTTP_X_API_KEY=$TENANTRY_API_KEY" \
		    < /dev/null > "$BATS_TEST_TMPDIR/answer"
		grep -q '^Status: 200' "$BATS_TEST_TMPDIR/answer"
	done
	# the same process all the time, which ends as it is told
	[ "$(readlink "/proc/$activated/exe")" = "$(realpath "$PROGRAM")" ]
	kill -TERM "$activated"
	wait "$activated"
	activated=''
}

# --- manuals and completion ---------------------------------------------------

# The words of each command in the tool's help, and of each of its options.
commands_of_program() {
	"$CTL" --help | sed -n 's/^  \([a-z]\)/\1/p'
}

# A command and its options, without what they take.
command_line() {
	perl -ne 'my @w = /^((?:[a-z][a-z-]* ?)+)/ ? split(" ", $1) : ();
	    my @o = /(--[a-z-]+)/g;
	    print join(" ", @w, sort @o), "\n"'
}

@test "manuals: tenantry.conf tells each key that the program knows, no other" {
	local keys

	keys=$(sed -n '/^static const struct key keys/,/^};/s/^[^"]*"\([a-z_]*\)".*/\1/p' \
	    "$TENANTRY_ROOT/src/edge/config.c" | sort)
	[ "$(wc -l <<< "$keys")" -gt 20 ]
	expect_same "$keys" "$(sed -n 's/^\.It Ic //p' \
	    "$TENANTRY_ROOT/docs/man/tenantry.conf.5" | sort)"
	# so does the example
	expect_same "$keys" "$(sed -n 's/^#\{0,1\}\([a-z_]*\) =.*/\1/p' \
	    "$TENANTRY_ROOT/conf/tenantry.conf.example" | sort -u)"
}

@test "manuals: what tenantry.conf calls a default is the program's" {
	local key value

	while read -r key value; do
		grep -A 12 "^\.It Ic $key\$" \
		    "$TENANTRY_ROOT/docs/man/tenantry.conf.5" |
		    grep -qF "${value%.}" || {
			echo "not told: $key = $value"
			return 1
		}
	done < <(sed -n 's/^#\([a-z_]*\) = \(..*\)/\1 \2/p' \
	    "$TENANTRY_ROOT/conf/tenantry.conf.example")
}

@test "manuals: tenantryctl tells each command and option, no other" {
	[ "$(commands_of_program | wc -l)" -ge 20 ]
	expect_same "$(commands_of_program | command_line | sort)" \
	    "$(sed -n 's/^\.It Cm //p' \
	    "$TENANTRY_ROOT/docs/man/tenantryctl.1" |
	    sed 's/Fl Fl \([a-z-]*\)/--\1/g; s/ Ar [a-z]*$//' |
	    command_line | sort)"
}

# offered WORD...: what completion offers for the last word.
offered() {
	# shellcheck disable=SC2034  # read by the function
	bash -c 'source "$1"; shift
	    COMP_WORDS=("$CTL" "$@"); COMP_CWORD=$#
	    _tenantryctl; printf "%s\n" "${COMPREPLY[@]}"' offered \
	    "$TENANTRY_ROOT/tools/completion/tenantryctl" "$@"
}

@test "completion: offers each command and option, no other" {
	local first second line options

	expect_same "$({ commands_of_program | cut -d ' ' -f 1
	    printf '%s\n' --conf --help --version; } | sort -u)" \
	    "$(offered '' | sort)"
	while read -r line; do
		read -r first second _ <<< "$line"
		options=$(grep -o -- '--[a-z-]*' <<< "$line" || true)
		if [[ $second == [a-z]* ]]; then
			offered "$first" '' | grep -qx "$second"
			options=$(printf '%s\n' "$options" --conf --help)
			expect_same "$(grep . <<< "$options" | sort)" \
			    "$(offered "$first" "$second" '' | sort)"
		fi
	done < <(commands_of_program)
	for first in user org project secret-key member licence key; do
		expect_same "$({ commands_of_program | awk -v group="$first" \
		    '$1 == group { print $2 }'
		    printf '%s\n' --conf --help; } | sort)" \
		    "$(offered "$first" '' | sort)"
	done
}

@test "completion: values and words that are half written" {
	expect_same 'doctor' "$(offered doc)"
	expect_same '--email' "$(offered user password --e)"
	expect_same 'viewer' "$(offered key add --user a --role v)"
	expect_same 'organization' "$(offered key add --owner o)"
	expect_same '--system-admin' \
	    "$(offered --conf file user add --email a@example.org --s)"
	expect_same '' "$(offered user add --email '')"
	touch "$BATS_TEST_TMPDIR/a.conf"
	expect_same "$BATS_TEST_TMPDIR/a.conf" \
	    "$(offered --conf "$BATS_TEST_TMPDIR/a.c")"
	expect_same "$(offered licence issue '')" "$(offered license issue '')"
}
