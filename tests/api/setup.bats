#!/usr/bin/env bats
# The first run without a shell: a program without settings serves /setup alone.
# By plain CGI and without a script; with Apache: tests/shared_host.bats.
# shellcheck disable=SC2154,SC2034,SC2030,SC2031

bats_require_minimum_version 1.5.0

setup() {
	load helper
	load cgi
	place=$BATS_TEST_TMPDIR/private
	mkdir -m 755 "$place"
	CONF=$place/tenantry.conf
	jar=$BATS_TEST_TMPDIR/cookie
	: > "$jar"
	base=setup_$((RANDOM))_$BATS_TEST_NUMBER
	sql "CREATE DATABASE $base"
	sql "CREATE USER $base@localhost IDENTIFIED BY 'geheim \"%&+ä'"
	sql "GRANT ALL PRIVILEGES ON $base.* TO $base@localhost"
}

teardown() {
	[ -z "${setup_server:-}" ] || stop_setup_server
	sql "DROP DATABASE IF EXISTS $base"
	sql "DROP USER IF EXISTS $base@localhost"
	sql "DROP USER IF EXISTS ${base}_m@localhost"
}

# of the owner's browser, which keeps the cookie
visit() { # METHOD [NAME=VALUE...] < BODY
	local method=$1 cookie

	shift
	cookie=$(cat "$jar")
	KEY='' cgi "$method" /setup SCRIPT_NAME=/app/tenantry.fcgi \
	    REQUEST_URI=/app/setup HTTP_HOST=localhost \
	    HTTP_ACCEPT='text/html' ${cookie:+"HTTP_COOKIE=$cookie"} "$@"
	cookie=$(header Set-Cookie)
	[ -z "$cookie" ] || echo "${cookie%%;*}" > "$jar"
}

page() {
	visit GET "$@" < /dev/null
}

# The body of a form: NAME=VALUE...
encoded() {
	local field and=''

	for field; do
		printf '%s%s=%s' "$and" "${field%%=*}" \
		    "$(printf %s "${field#*=}" | jq -sRr @uri)"
		and='&'
	done
}

# The value of a field of the page.
value() { # NAME
	sed -n "s/.*name=\"$1\" value=\"\([^\"]*\)\".*/\1/p" "$body_file"
}

# send [NAME=VALUE...]: the form of the last page, as a browser sends it, or
# another step of it.
send() {
	local text fields=("token=$(value token)")

	[[ ${1:-} == step=* ]] || fields+=("step=$(value step)")
	text=$(encoded "${fields[@]}" "$@")
	visit POST CONTENT_TYPE=application/x-www-form-urlencoded \
	    CONTENT_LENGTH="${#text}" HTTP_ORIGIN=http://localhost \
	    < <(printf %s "$text")
}

expect_page() { # STATUS TEXT
	if [ "$status_code" != "$1" ] || [[ $body != *"$2"* ]]; then
		echo "expected $1 $2"
		show_answer
		return 1
	fi
	[ "$(header Content-Type)" = 'text/html; charset=utf-8' ]
	[ "$(header Cache-Control)" = no-store ]
}

# On to the page that the form leads to.
expect_next() { # TEXT
	[ "$status_code" = 303 ] || {
		show_answer
		return 1
	}
	[ "$(header Location)" = /app/setup ]
	page
	expect_page 200 "$1"
}

code() {
	sed -n 's/^code = //p' "$place"/setup-code*
}

give_code() {
	page
	expect_page 200 'Only the owner'
	send "code=$(code)"
	expect_next "${1:-The database</h1>}"
}

give_database() {
	send "name=$base" "user=$base" 'password=geheim "%&+ä' \
	    "socket=$database_socket" "$@"
}

make_tables() {
	local n=0

	expect_next 'The tables</h1>'
	while [[ $body == *'The tables</h1>'* ]]; do
		send
		[ "$status_code" = 303 ]
		page
		[ $((n++)) -lt 30 ]
	done
	expect_page 200 'The first administrator</h1>'
}

give_administrator() {
	send login=ada@acme.example 'password=lang genug ü' \
	    'again=lang genug ü'
}

served() { # PATH [NAME=VALUE...]: by the program that was set up
	KEY='' cgi GET "$1" SCRIPT_NAME=/app/tenantry.fcgi \
	    REQUEST_URI="/app$1" HTTP_HOST=localhost "${@:2}" < /dev/null
}

# --- the way ------------------------------------------------------------------

@test "without settings a browser is led to the page, and others get 503" {
	KEY='' cgi GET / HTTP_ACCEPT=text/html SCRIPT_NAME=/app/tenantry.fcgi \
	    REQUEST_URI=/app/ < /dev/null
	expect_status 303
	[ "$(header Location)" = /app/setup ]
	[ "$(header Vary)" = Accept ]
	for path in /healthz /readyz /v1/organizations /doctor /; do
		cgi GET "$path" < /dev/null
		expect_problem 503 'open /setup in a browser'
	done
	cgi_send POST /v1/session '{}' HTTP_ACCEPT=text/html
	expect_problem 503 'not set up yet'
	# none of that makes a code
	[ -z "$(ls "$place")" ]
	# the page has its slash or not
	page PATH_INFO=/setup/ REQUEST_URI=/app/setup/
	expect_page 200 'Only the owner'
}

@test "the whole way by forms: the service then serves, and the page is gone" {
	local path key

	give_code
	give_database
	make_tables
	give_administrator
	expect_page 200 'Tenantry is set up</h1>'
	[[ $body == *'href="/app/sign-in?to=doctor"'* && $body == *'href="/app/"'* ]]
	grep -qi '^set-cookie: tenantry-setup=; .*Max-Age=0' "$headers"
	# what is left, and for whom
	[ "$(cd "$place" && find . -type f -printf '%m %P\n' | sort -k 2)" = \
	    "$(printf '%s\n' '600 keys/check-signing.pem' \
		'644 keys/check-signing.pem.pub' '600 keys/head-signing.pem' \
		'644 keys/head-signing.pem.pub' '644 keys/licence-public.pem' \
		'600 keys/licence-signing.pem' '600 tenantry.conf')" ]
	[ "$(stat -c %a "$place/keys" "$place/log" "$place/run" |
	    sort -u)" = 700 ]
	grep -qx 'public_prefix = /app' "$CONF"
	run ! grep -q method_override "$CONF"
	served /readyz
	expect_status 200
	served /doctor HTTP_AUTHORIZATION="Basic $(printf %s \
	    'ada@acme.example:lang genug ü' | base64 -w 0)"
	expect_status 200
	expect_json '[.checks[] | select(.state == "fail")] == []'
	# who was made may do everything, and has no key
	[ "$(sql "SELECT CONCAT(email, ' ', is_system_admin, ' ',
	    (SELECT COUNT(*) FROM $base.api_keys)) FROM $base.users")" = \
	    'ada@acme.example 1 0' ]
	[ "$(sql "SELECT COUNT(*) FROM $base.audit_events
	    WHERE action = 'user.create'")" = 1 ]
	# for ever
	page
	expect_problem 404
	send step=code code=00
	expect_problem 404
	sql "DELETE FROM $base.audit_events"
	sql "DELETE FROM $base.users"
	page
	expect_problem 404
}

@test "the page's headers let nothing in, and its hashes are right" {
	local policy hash part

	page
	policy=$(header Content-Security-Policy)
	hash=$(perl -0777 -ne 'print $1 if m{<style>(.*?)</style>}s' \
	    "$body_file" | openssl dgst -sha256 -binary | base64)
	[[ $policy == *"style-src 'sha256-$hash'"* ]]
	[[ $policy != *script-src* && $policy != *unsafe* ]]
	for part in "default-src 'none'" "base-uri 'none'" \
	    "form-action 'self'" "frame-ancestors 'none'" \
	    "require-trusted-types-for 'script'"; do
		[[ $policy == *"$part"* ]]
	done
	send "code=$(code)"
	page
	policy=$(header Content-Security-Policy)
	hash=$(perl -0777 -ne 'print $1 if m{<script>(.*?)</script>}s' \
	    "$body_file" | openssl dgst -sha256 -binary | base64)
	[[ $policy == *"script-src 'sha256-$hash'; connect-src 'self'"* ]]
	[[ $policy != *unsafe* ]]
	# of the others that keep an address to oneself, each takes the Origin
	# from a form, too
	[ "$(header Referrer-Policy)" = same-origin ]
	[ "$(header X-Content-Type-Options)" = nosniff ]
}

@test "two accounts: the second one's password lies in a file of its own" {
	sql "CREATE USER ${base}_m@localhost IDENTIFIED BY 'zweites'"
	sql "GRANT ALL PRIVILEGES ON $base.* TO ${base}_m@localhost
	    WITH GRANT OPTION"
	sql "REVOKE ALL PRIVILEGES ON $base.* FROM $base@localhost"
	sql "GRANT EXECUTE ON $base.* TO $base@localhost"
	give_code
	give_database "migration_user=${base}_m" migration_password=falsch
	expect_page 503 'Access denied'
	give_database "migration_user=${base}_m" migration_password=zweites
	make_tables
	give_administrator
	expect_page 200 'Tenantry is set up</h1>'
	run ! grep -q zweites "$CONF"
	[ "$(stat -c %a "$place/tenantry-admin.conf")" = 600 ]
	served /readyz
	expect_status 200
	# by table, as migrate grants it
	[ "$(sql "SELECT GROUP_CONCAT(privilege_type ORDER BY 1)
	    FROM information_schema.table_privileges
	    WHERE table_schema = '$base' AND table_name = 'audit_events'
	    AND grantee = CONCAT('\\'', '$base', '\\'@\\'localhost\\'')")" = \
	    INSERT,SELECT ]
}

@test "where a filter holds methods back, method_override is turned on" {
	give_code
	give_database override=on
	make_tables
	give_administrator
	expect_page 200 'Tenantry is set up</h1>'
	grep -qx 'method_override = on' "$CONF"
	# what the page's script looks at: these arrive, with an id
	rm "$CONF"
	for method in PUT PATCH DELETE; do
		visit "$method" CONTENT_LENGTH=0 < /dev/null
		expect_problem 405
		[ -n "$(header X-Request-Id)" ]
		[ "$(header Allow)" = 'GET, HEAD, POST, OPTIONS' ]
	done
}

# --- the code -----------------------------------------------------------------

@test "the code has 128 bits, is the owner's alone to read, and stays" {
	local first

	page
	[ "$(stat -c %a "$place/setup-code")" = 600 ]
	first=$(code)
	[[ $first =~ ^([0-9a-f]{4}-){7}[0-9a-f]{4}$ ]]
	[[ $body != *"$first"* && $(cat "$log_file") != *"$first"* ]]
	page
	[ "$(code)" = "$first" ]
	# nothing else is looked at before it
	send step=database "name=$base"
	expect_page 200 'Only the owner'
	send step=end
	expect_page 200 'Only the owner'
	[ "$(ls "$place")" = setup-code ]
	# typed another way it is the same
	send "code= $(tr -d - <<< "${first^^}")  "
	expect_status 303
}

@test "a wrong code is counted, ten make a new one, and haste is not looked at" {
	local first i

	page
	first=$(code)
	send code="${first%?}"
	expect_page 403 'After 9 more there is a new code'
	send code=00
	expect_page 429 'Wait a second'
	[ "$(header Retry-After)" = 1 ]
	# the right one is never too early
	send "code=$first"
	expect_status 303
	: > "$jar"
	for i in {1..9}; do
		page
		[ "$(code)" = "$first" ]
		# a second ago
		sed -i 's/^last = .*/last = 1/' "$place/setup-code"
		send code=00
		expect_page 403 'This code is wrong'
	done
	sed -i 's/^last = .*/last = 1/' "$place/setup-code"
	send code="${first}0"
	expect_page 403 'open the file again'
	[ "$(code)" != "$first" ]
	[ "$(stat -c %a "$place/setup-code")" = 600 ]
	send "code=$first"
	expect_status 403
	sed -i 's/^last = .*/last = 1/' "$place/setup-code"
	send "code=$(code)"
	expect_status 303
}

@test "a second visitor sees the first page only, whatever was done" {
	local owner

	give_code
	give_database
	expect_next 'The tables</h1>'
	owner=$(cat "$jar")
	: > "$jar"
	page
	expect_page 200 'Only the owner'
	[[ $body != *"$base"* ]]
	send step=tables
	expect_page 200 'Only the owner'
	echo 'tenantry-setup=AAAAAAAAAAAAAAAAAAAAAAAAAAA' > "$jar"
	page
	expect_page 200 'Only the owner'
	[ "$(sql "SELECT COUNT(*) FROM information_schema.tables
	    WHERE table_schema = '$base'")" = 0 ]
	# the owner goes on
	echo "$owner" > "$jar"
	page
	expect_page 200 'The tables</h1>'
	# who gives the code later takes over
	: > "$jar"
	give_code 'The tables</h1>'
	echo "$owner" > "$jar"
	page
	expect_page 200 'Only the owner'
}

@test "a form of another page, or without the page's token, does nothing" {
	local text

	page
	text="step=code&code=$(code)"
	visit POST CONTENT_TYPE=application/x-www-form-urlencoded \
	    CONTENT_LENGTH="${#text}" HTTP_ORIGIN=https://evil.example \
	    < <(printf %s "$text")
	expect_problem 403
	visit POST CONTENT_TYPE=application/x-www-form-urlencoded \
	    CONTENT_LENGTH="${#text}" HTTP_SEC_FETCH_SITE=cross-site \
	    < <(printf %s "$text")
	expect_problem 403
	visit POST CONTENT_TYPE=application/json \
	    CONTENT_LENGTH="${#text}" < <(printf %s "$text")
	expect_problem 415
	for text in 'a=%zz' 'a=%00' 'a=%ff' 'a=1&a=2'; do
		visit POST CONTENT_TYPE=application/x-www-form-urlencoded \
		    CONTENT_LENGTH="${#text}" < <(printf %s "$text")
		expect_problem 400 'the form'
	done
	give_code
	text=$(encoded step=database token=0000 "name=$base" "user=$base")
	visit POST CONTENT_TYPE=application/x-www-form-urlencoded \
	    CONTENT_LENGTH="${#text}" < <(printf %s "$text")
	expect_status 303
	[ ! -e "$place/tenantry-new.conf" ]
}

@test "without TLS the page is for this machine alone; with it the cookie is Secure" {
	page HTTP_HOST=example.org REMOTE_ADDR=192.0.2.1
	expect_page 403 'encrypted connection'
	[ -z "$(ls "$place")" ]
	page HTTP_X_FORWARDED_FOR=192.0.2.1
	expect_page 403 'encrypted connection'
	page HTTP_HOST=example.org REMOTE_ADDR=192.0.2.1 HTTPS=on
	expect_page 200 'Only the owner'
	text="step=code&code=$(code)"
	visit POST CONTENT_TYPE=application/x-www-form-urlencoded HTTPS=on \
	    CONTENT_LENGTH="${#text}" < <(printf %s "$text")
	expect_status 303
	[[ $(header Set-Cookie) =~ ^__Secure-tenantry-setup=[A-Za-z0-9_-]{27}\;\ Path=/app/setup\;\ HttpOnly\;\ SameSite=Strict\;\ Secure$ ]]
}

# --- the database -------------------------------------------------------------

@test "a database with tables of another program is refused by their names" {
	sql "CREATE TABLE $base.wp_posts (id INT)"
	sql "CREATE TABLE $base.users (id INT)"
	give_code
	give_database
	expect_page 409 'tables of another program: wp_posts, users'
	[ ! -e "$place/tenantry-new.conf" ]
	[ "$(sql "SELECT COUNT(*) FROM information_schema.tables
	    WHERE table_schema = '$base'")" = 2 ]
	[[ $body == *"value=\"$base\""* && $body != *geheim* ]]
}

@test "the database of an existing installation is refused, and left alone" {
	local before

	give_code
	give_database
	make_tables
	give_administrator
	before=$(sql "SELECT COUNT(*) FROM $base.audit_events")
	rm "$CONF" # its settings are lost
	: > "$jar"
	give_code
	give_database
	expect_page 409 'an installation of Tenantry with 1 users'
	[ ! -e "$place/tenantry-new.conf" ]
	[ "$(sql "SELECT COUNT(*) FROM $base.audit_events")" = "$before" ]
	[ "$(sql "SELECT COUNT(*) FROM $base.users")" = 1 ]
}

@test "what is wrong with the database is said, and nothing is kept" {
	give_code
	send "name=$base" "user=$base" password=wrong "socket=$database_socket"
	expect_page 503 'Access denied'
	[[ $body != *'value="wrong"'* ]]
	send "name=$base" "user=$base" socket="$BATS_TEST_TMPDIR/none.sock"
	expect_page 503 'none.sock'
	send "name=" "user=$base" "socket=$database_socket"
	expect_page 422 'name of the database is missing'
	send "name=$base" "user=$base" password=' x' "socket=$database_socket"
	expect_page 422 'begins or ends with a space'
	send "name=$base" "user=$base" $'password=x\nlog_file = /tmp/x' \
	    "socket=$database_socket"
	expect_page 422 'control character'
	send "name=$base" "user=$base" host=127.0.0.1 port=99999
	expect_page 503 'db_port must be a number'
	[ "$(ls "$place")" = setup-code ]
}

# --- stopped half-way ---------------------------------------------------------

@test "a set-up that was stopped goes on, at each step" {
	give_code
	give_database
	expect_next 'The tables</h1>'
	[ "$(stat -c %a "$place/tenantry-new.conf")" = 600 ]
	# some of the tables: as a run that was killed leaves them
	send
	sql "DELETE FROM $base.schema_migrations ORDER BY version DESC LIMIT 3"
	: > "$jar"
	give_code 'The tables</h1>'
	[[ $body == *"of $(find "$TENANTRY_ROOT/schema" -maxdepth 1 \
	    -name '*.sql' | wc -l) parts"* ]]
	send
	page
	while [[ $body == *'The tables</h1>'* ]]; do
		[[ $body != *role=\"alert\"* ]] || {
			show_answer
			return 1
		}
		send
		page
	done
	expect_page 200 'The first administrator</h1>'
	: > "$jar"
	give_code 'The first administrator</h1>'
	# the settings cannot be put into their place: a folder cannot be made
	: > "$place/run"
	give_administrator
	expect_page 503 "run: Not a directory"
	[ ! -e "$CONF" ]
	[ "$(sql "SELECT COUNT(*) FROM $base.users")" = 1 ]
	page
	expect_page 200 'The administrator is made'
	rm "$place/run"
	send
	expect_page 200 'Tenantry is set up</h1>'
	served /readyz
	expect_status 200
	[ "$(sql "SELECT COUNT(*) FROM $base.users")" = 1 ]
}

# step [PROGRAM]: the form of the page as it stands, filled in.  False: there is
# none any more.
step() {
	local PROGRAM=${1-$PROGRAM}

	case $body in
	*'Only the owner'*) send "code=$(code)" ;;
	*'The database</h1>'*) give_database ;;
	*'The first administrator</h1>'*) give_administrator ;;
	*'The tables</h1>'* | *'The administrator is made'*) send ;;
	*) return 1 ;;
	esac
}

# killer MILLISECONDS: a program that is killed so long after its start.
killer() {
	printf '#!/bin/sh\nexec timeout -s KILL 0.%03d %q\n' "$1" "$PROGRAM" \
	    > "$BATS_TEST_TMPDIR/killer.new"
	chmod 755 "$BATS_TEST_TMPDIR/killer.new"
	mv "$BATS_TEST_TMPDIR/killer.new" "$BATS_TEST_TMPDIR/killer"
	echo "$BATS_TEST_TMPDIR/killer"
}

# Each page ten times, later and later: 2 ms after the start, 3, 5 and so on.
@test "a set-up that is killed at any moment goes on, and makes one of each" {
	local title='' before tries=0 killed=0 at n

	for ((n = 0; n < 200; n++)); do
		page
		[ "$status_code" = 200 ] || break
		before=$title
		title=$(sed -n 's/.*<h1>\(.*\)<\/h1>.*/\1/p' "$body_file")
		[ "$title" = "$before" ] || tries=0 at=2
		if [ $((tries++)) -lt 10 ]; then
			step "$(killer "$at")" || break
			at=$((at * 3 / 2))
		else
			step || break
		fi
		[ -n "$status_code" ] || killed=$((killed + 1))
	done
	echo "# killed $killed times" >&3
	[ "$killed" -ge 6 ]
	[ -e "$CONF" ] && [ ! -e "$place/tenantry-new.conf" ]
	page
	expect_status 404
	served /readyz
	expect_status 200
	[ "$(sql "SELECT COUNT(*) FROM $base.users")" = 1 ]
	run -0 "$CTL" check --deep --conf "$CONF"
}

@test "a database that is away at the end loses nothing that was typed" {
	give_code
	give_database
	make_tables
	: > "$place/run"
	give_administrator
	expect_page 503 "run: Not a directory"
	rm "$place/run"
	sql "ALTER USER $base@localhost ACCOUNT LOCK"
	page
	expect_page 503 'The settings file</h1>'
	# no form of the database: it would find the administrator there
	send step=database "name=$base" "user=$base" \
	    'password=geheim "%&+ä' "socket=$database_socket"
	expect_status 303
	page
	send
	expect_page 503 'The database says'
	[ -e "$place/tenantry-new.conf" ] && [ ! -e "$CONF" ]
	sql "ALTER USER $base@localhost ACCOUNT UNLOCK"
	page
	expect_page 200 'The administrator is made'
	send
	expect_page 200 'Tenantry is set up</h1>'
	[ "$(sql "SELECT COUNT(*) FROM $base.users")" = 1 ]
}

@test "who sends the last form twice is led to where it leads" {
	local text i pids=()

	give_code
	give_database
	make_tables
	text=$(encoded "step=$(value step)" "token=$(value token)" \
	    login=ada@acme.example 'password=lang genug' 'again=lang genug')
	for i in 1 2 3; do
		(
			BATS_TEST_TMPDIR=$(mktemp -d "$BATS_TEST_TMPDIR/XXXXXX")
			visit POST CONTENT_LENGTH="${#text}" \
			    CONTENT_TYPE=application/x-www-form-urlencoded \
			    HTTP_ORIGIN=http://localhost < <(printf %s "$text")
			echo "$status_code $(header Location)" \
			    > "$BATS_TEST_TMPDIR/../sent.$i"
		) 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	sort "$BATS_TEST_TMPDIR"/sent.*
	[ "$(grep -cx '200 ' "$BATS_TEST_TMPDIR"/sent.* | grep -c ':1$')" = 1 ]
	# one that comes after the end finds no page any more
	run ! grep -vx -e '200 ' -e '404 ' \
	    -e '303 /app/sign-in?to=doctor' "$BATS_TEST_TMPDIR"/sent.*
	[ "$(sql "SELECT COUNT(*) FROM $base.users")" = 1 ]
	[ "$(cd "$place" && echo *)" = 'keys log run tenantry.conf' ]
}

@test "the administrator's login and password are looked at" {
	give_code
	give_database
	make_tables
	send login=ada password=kurz again=kurz
	expect_page 422 'must have 8 to 256 bytes'
	[[ $body == *'value="ada"'* ]]
	send login=ada password='lang genug' again='lang genau'
	expect_page 422 'not typed twice the same'
	send login='a b' password='lang genug' again='lang genug'
	expect_page 422 'The login'
	[ "$(sql "SELECT COUNT(*) FROM $base.users")" = 0 ]
	[ ! -e "$CONF" ]
	send login=ada password='lang genug' again='lang genug'
	expect_page 200 'Tenantry is set up</h1>'
	[ "$(sql "SELECT email FROM $base.users")" = ada ]
}

# --- where it lies ------------------------------------------------------------

@test "a folder that has an address is asked for by the browser first" {
	local root=$BATS_TEST_TMPDIR/www name
	local at=(DOCUMENT_ROOT="$root" SCRIPT_FILENAME="$root/x/tenantry.fcgi"
	    SCRIPT_NAME=/x/tenantry.fcgi REQUEST_URI=/x/setup)

	mkdir "$root"
	mv "$place" "$root/my tenantry"
	place="$root/my tenantry" CONF="$root/my tenantry/tenantry.conf"
	page "${at[@]}"
	# nobody can guess the file's name, nor have it listed
	name=$(cd "$place" && ls setup-code*)
	[[ $name =~ ^setup-code-[0-9a-f]{32}$ ]]
	[[ $body != *"$name"* && $body == *setup-code-'<'* ]]
	[ -e "$place/index.html" ]
	[ "$(wc -l <<< "$name")" = 1 ]
	send() {
		local text

		text=$(encoded "step=$(value step)" "token=$(value token)" "$@")
		visit POST CONTENT_TYPE=application/x-www-form-urlencoded \
		    CONTENT_LENGTH="${#text}" "${at[@]}" \
		    < <(printf %s "$text")
	}
	send "code=$(code)"
	expect_status 303
	[ "$(header Location)" = /x/setup ]
	page "${at[@]}"
	expect_page 200 'Where the settings will lie</h1>'
	[[ $body == *'data-address="/my%20tenantry/setup-probe.txt"'* ]]
	grep -q tenantry-setup-probe "$place/setup-probe.txt"
	# without the browser's answer there is no way on
	send
	expect_page 422 'allow scripts'
	send folder=open
	expect_page 422 'allow scripts'
	send folder=closed
	expect_status 303
	page "${at[@]}"
	expect_page 200 'The database</h1>'
}

@test "a folder outside of what is served needs no asking, however it is named" {
	local root=$BATS_TEST_TMPDIR/www

	mkdir -p "$root/app" "$root-private"
	CONF=$root-private/tenantry.conf
	page DOCUMENT_ROOT="$root" SCRIPT_FILENAME="$root/app/tenantry.fcgi"
	[ -e "$root-private/setup-code" ]
	# a link into what is served does not hide it
	ln -s "$root/app" "$BATS_TEST_TMPDIR/link"
	CONF=$BATS_TEST_TMPDIR/link/tenantry.conf
	page DOCUMENT_ROOT="$root"
	[ -e "$root/app/index.html" ]
	[ ! -e "$root/app/setup-code" ]
}

@test "a folder that the program may not write to is said so" {
	CONF=$BATS_TEST_TMPDIR/none/tenantry.conf
	page
	expect_page 503 'is not there'
	[[ $body != *"$BATS_TEST_TMPDIR"* ]]
	grep -q "$BATS_TEST_TMPDIR/none" "$log_file"
	CONF=/proc/tenantry.conf
	page
	expect_page 503 'cannot write'
	[[ $body != */proc* ]]
}

@test "a code file that is a link, or was emptied, is not trusted" {
	: > "$BATS_TEST_TMPDIR/other"
	ln -s "$BATS_TEST_TMPDIR/other" "$place/setup-code"
	page
	expect_page 503 'cannot write'
	[ ! -s "$BATS_TEST_TMPDIR/other" ]
	rm "$place/setup-code"
	(umask 077 && : > "$place/setup-code")
	page
	expect_page 200 'Only the owner'
	[[ $(code) =~ ^([0-9a-f]{4}-){7}[0-9a-f]{4}$ ]]
}

@test "many first visitors at one time find one code" {
	local root=$BATS_TEST_TMPDIR/www i pids=() name

	mkdir -p "$root/private"
	place=$root/private CONF=$root/private/tenantry.conf
	for i in {1..12}; do
		env -i GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET \
		    PATH_INFO=/setup SCRIPT_NAME=/app REMOTE_ADDR=127.0.0.1 \
		    HTTP_HOST=localhost TENANTRY_CONF="$CONF" \
		    DOCUMENT_ROOT="$root" "$PROGRAM" \
		    > "$BATS_TEST_TMPDIR/$i" 2> /dev/null < /dev/null 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	page DOCUMENT_ROOT="$root"
	expect_page 200 'Only the owner'
	name=$(cd "$place" && echo setup-code-*)
	[[ $name =~ ^setup-code-[0-9a-f]{32}$ ]]
	grep -ql 'Only the owner' "$BATS_TEST_TMPDIR"/{1..12}
	send "code=$(code)"
	expect_status 303
}

# --- as FastCGI ---------------------------------------------------------------

# browse PATH [CURL ARGUMENT...]
browse() {
	body_file=$BATS_TEST_TMPDIR/body headers=$BATS_TEST_TMPDIR/headers
	status_code=$(curl -s --noproxy '*' --max-time 30 -o "$body_file" \
	    -D "$headers" -w '%{http_code}' --cookie "$BATS_TEST_TMPDIR/jar" \
	    --cookie-jar "$BATS_TEST_TMPDIR/jar" --header 'Accept: text/html' \
	    "${@:2}" "$setup_url$1")
	read_body
}

@test "FastCGI: workers without settings serve when there are some" {
	local i n=0

	load setup_server
	start_setup_server "$BATS_TEST_TMPDIR"
	visit() {
		browse /setup
	}
	send() {
		local text fields=("token=$(value token)" "step=$(value step)")

		text=$(encoded "${fields[@]}" "$@")
		browse /setup --data "$text"
	}
	browse /setup
	expect_page 200 'Only the owner'
	send "code=$(code)"
	expect_next 'Where the settings will lie</h1>'
	browse /../private/setup-probe.txt --path-as-is
	expect_status 403
	browse /setup
	send folder=closed
	expect_next 'The database</h1>'
	give_database
	make_tables
	give_administrator
	expect_page 200 'Tenantry is set up</h1>'
	# both workers, whichever it was that wrote them
	for i in {1..6}; do
		browse /readyz
		expect_status 200
		browse /setup
		expect_status 404
	done
	[ "$(pgrep -c -P "$(pgrep -P "$setup_server" lighttpd)")" = 2 ]
	stop_setup_server
}
