#!/usr/bin/env bats
# docs/shared-host.md, walked: an account of its own, the binary tarball in a
# folder with a space, an Apache that starts programs by suexec, a database
# account without routines.  Needs root, for the account.
# shellcheck disable=SC2154,SC2030,SC2031,SC2016,SC2034

bats_require_minimum_version 1.5.0

setup_file() {
	load api/helper
	load ../tools/process
	[ "$(id -u)" = 0 ] || skip 'needs root, for an account and for suexec'
	export version name account top home WALK_HOME WALK_RUN WALK_PORT
	export WALK_MODULES=${APACHE_MODULES:-/usr/lib/apache2/modules}
	version=$(sed -n 's/.*TENANTRY_VERSION "\(.*\)"/\1/p' \
	    "$TENANTRY_ROOT/src/base/version.h")
	name=tenantry-$version-linux-$(uname -m)
	account=walk$RANDOM
	top=$(mktemp -d /tmp/tenantry-walk.XXXXXX)
	chmod 755 "$top"
	WALK_HOME=$top/home WALK_RUN=$top/run WALK_PORT=$(free_port)
	home="$WALK_HOME/my tenantry"
	build dist-binary
	useradd --create-home --home-dir "$WALK_HOME" --shell /bin/sh "$account"
	chmod 711 "$WALK_HOME"
	# the account may pass to the database's socket, and read nothing else
	chmod 711 "$TENANTRY_STATE" "$(dirname "$(database_socket)")"
	as_account mkdir -p "$WALK_HOME/public_html"
	chmod 755 "$WALK_HOME/public_html"
	make_database walk geheim
	unpack
	start_apache
}

teardown_file() {
	load api/helper
	load ../tools/process
	[ -n "${top:-}" ] || return 0
	state=$top
	! recall web || end_process "$pid" TERM 15
	for pid in $(pgrep -u "$account" || true); do
		kill "$pid" || true
	done
	sleep 0.5
	administrator --execute 'DROP DATABASE IF EXISTS walk;
	    DROP DATABASE IF EXISTS walk_2; DROP DATABASE IF EXISTS walk_3;
	    DROP USER IF EXISTS walk@localhost, walk_2@localhost,
	    walk_3@localhost'
	userdel --force "$account" 2> /dev/null || true
	rm -rf "$top"
}

setup() {
	load api/helper
	load ../tools/process
	unset TENANTRY_CONF # the instance's
}

# make, without what the make that runs the tests was told.
build() {
	flock "$TENANTRY_ROOT/build" env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS \
	    -u BUILD -u STATE -u PORT \
	    -u PROGRAM -u CTL make -C "$TENANTRY_ROOT" --no-print-directory \
	    -j "$(nproc)" "$@" > "$BATS_FILE_TMPDIR/make.log" 2>&1 || {
		cat "$BATS_FILE_TMPDIR/make.log"
		return 1
	}
}

database_socket() {
	"$TENANTRY_ROOT/tools/instance.sh" sql --batch --skip-column-names \
	    --execute 'SELECT @@socket' 3>&-
}

administrator() {
	"$TENANTRY_ROOT/tools/instance.sh" sql "$@" 3>&-
}

# make_database NAME PASSWORD: as a control panel makes it, with an account that
# may make tables but no routines.
make_database() {
	administrator --execute "DROP DATABASE IF EXISTS $1; CREATE DATABASE $1;
	    CREATE OR REPLACE USER $1@localhost IDENTIFIED BY '$2';
	    GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, REFERENCES,
	    INDEX, ALTER, CREATE TEMPORARY TABLES, LOCK TABLES, CREATE VIEW,
	    SHOW VIEW ON $1.* TO $1@localhost"
}

# What the owner of the account types.
as_account() {
	(cd / && exec setpriv --reuid="$account" --regid="$account" \
	    --clear-groups env -i HOME="$WALK_HOME" LC_ALL=C.UTF-8 \
	    PATH=/usr/bin:/bin "$@" 3>&-)
}

# unpack [FOLDER]: steps 1 to 3 of the page.
unpack() {
	as_account sh -ec 'cd; tar xzf "$1"; mv "$2" "my tenantry"' - \
	    "$TENANTRY_ROOT/build/$name.tar.gz" "$name"
	as_account install -m 600 "$home/tenantry.conf.example" \
	    "$home/tenantry.conf"
	as_account sed -i -e "s,^#db_socket *=.*,db_socket = $(database_socket)," \
	    -e 's/change_me/walk/; s/change me/geheim/' \
	    -e "s,^#public_prefix.*,public_prefix = /~$account/app," \
	    "$home/tenantry.conf"
	as_account "$home/bin/tenantryctl" init > "$top/made" 2> "$top/errors"
}

# show FOLDER [SED...]: step 4, below public_html, with edits of the .htaccess.
show() {
	local place=$WALK_HOME/public_html/$1

	as_account mkdir -p "$place"
	as_account sed "s,^folder=.*,folder='$home'," \
	    "$home/conf/tenantry.fcgi.example" |
	    as_account tee "$place/tenantry.fcgi" > /dev/null
	as_account chmod 755 "$place/tenantry.fcgi"
	as_account sed -e '' "${@:2}" "$home/conf/htaccess.example" |
	    as_account tee "$place/.htaccess" > /dev/null
	as_account cp -R "$home/conf/errors" "$home/htdocs/docs" "$place"
	as_account chmod -R go+rX "$place"
}

answers_http() {
	curl -s -o /dev/null --noproxy '*' --max-time 2 \
	    "http://127.0.0.1:$WALK_PORT/"
}

start_apache() {
	local state=$top

	mkdir -m 755 "$WALK_RUN" "$WALK_RUN/fcgid"
	mkdir -p /var/log/apache2 # suexec ends without a log
	chown -R www-data: "$WALK_RUN"
	become_detached web "$top/console.log" apache2 -DFOREGROUND \
	    -f "$TENANTRY_ROOT/tests/shared_host.conf" 3>&- &
	started web $!
	wait_for 20 answers_http || {
		cat "$top/console.log" "$WALK_RUN/error.log"
		return 1
	}
}

made() { # NAME: what `init` printed
	sed -n "s/^$1=//p" "$top/made"
}

# get PATH [CURL ARGUMENT...]: sets status_code, body_file, headers.
get() {
	body_file=$BATS_TEST_TMPDIR/body headers=$BATS_TEST_TMPDIR/headers
	status_code=$(curl -s --noproxy '*' --max-time 30 -o "$body_file" \
	    -D "$headers" -w '%{http_code}' "${@:2}" \
	    "http://127.0.0.1:$WALK_PORT/~$account$1")
	body=$(cat "$body_file")
}

expect() { # STATUS [TEXT]
	if [ "$status_code" != "$1" ] || [[ $body != *"${2:-}"* ]]; then
		echo "expected $1 ${2:-}"
		cat "$headers" "$body_file"
		tail -n 5 "$WALK_RUN/error.log"
		return 1
	fi
}

# What every way of starting the program has to let through.
expect_service() { # FOLDER
	local key login password

	key=$(made key) login=$(made login) password=$(made password)
	get "/$1/readyz"
	expect 200 ready
	get "/$1/v1/organizations" --header "X-Api-Key: $key"
	expect 200 '"organizations"'
	get "/$1/v1/organizations" --header "Authorization: Bearer $key"
	expect 200 '"organizations"'
	get "/$1/v1/organizations" --user "$login:$password"
	expect 200 '"organizations"'
	get "/$1/v1/organizations" --user "$login:wrong"
	expect 401
	get "/$1/v1/organizations"
	expect 401
	get "/$1/v1/organizations" --header "X-Api-Key: $key" --data \
	    "{\"organizationName\": \"Walk $1\", \"accountName\": \"a\",
	    \"eulaAccepted\": true}"
	expect 200 "Walk $1"
	# by the name that it should have, and with the prefix of the settings
	grep -qi "^location: /~$account/app/v1/organizations/" "$headers"
	run ! grep -qi '^x-location' "$headers"
	get "/$1/doctor" --user "$login:$password"
	expect 200 '"checks"'
	jq -e '[.checks[] | select(.state == "fail")] == []' "$body_file" || {
		jq -c '.checks[] | select(.state == "fail")' "$body_file"
		return 1
	}
	jq -e '.checks[] | select(.check == "authorization" or
	    .check == "location") | .state == "ok"' "$body_file"
	# what the program made is the account's
	[ "$(stat -c %U "$home/log/tenantry.log")" = "$account" ]
}

# --- the steps ----------------------------------------------------------------

@test "shared host: init works in a folder with a space, without routines" {
	[[ $(made key) == tny_* ]]
	[ -s "$home/keys/licence-signing.pem" ]
	[ "$(stat -c %U "$home/keys/licence-signing.pem")" = "$account" ]
	as_account "$home/bin/tenantryctl" doctor
	as_account grep -c . "$home/log/tenantry.log" || true
}

@test "shared host: mod_fcgid under suexec, at /~user/app" {
	show app
	expect_service app
	[ "$(pgrep -c -u "$account" -f tenantry.fcgi)" -ge 1 ]
}

@test "shared host: plain CGI under suexec keeps Authorization" {
	show cgi -e 's/fcgid-script/cgi-script/'
	expect_service cgi
	jq -e '.checks[] | select(.check == "gateway") |
	    .detail | test("plain CGI")' "$body_file"
}

@test "shared host: where Options may not be set, the line goes" {
	show strict
	get /strict/readyz
	expect 500
	# the words that the page tells people to look for
	tail -n 1 "$WALK_RUN/error.log" | grep -q 'Option.* not allowed here'
	grep -q 'not allowed here' "$home/README-shared-host.md"
	show strict -e '/^Options/d'
	expect_service strict
}

@test "shared host: the page of the routes works in the same folder" {
	show app
	get /app/docs/
	expect 200 '<html'
	get /app/docs/docs.js
	expect 200 '/v1/openapi.json"'
	get /app/v1/openapi.json
	expect 200 '"openapi"'
}

@test "shared host: a tarball unpacked within the document root shows nothing" {
	local leak=$WALK_HOME/public_html/leak file

	as_account cp -R "$home" "$leak"
	as_account chmod -R a+rX "$leak" # the worst that could be
	for file in tenantry.conf keys/licence-signing.pem log/tenantry.log \
	    bin/tenantryctl conf/htaccess.example .htaccess; do
		[ -e "$leak/$file" ]
		get "/leak/$file"
		expect 403
	done
	# also of a part that was copied elsewhere
	as_account mv "$leak/keys" "$WALK_HOME/public_html/keys"
	get /keys/licence-signing.pem
	expect 403
	# and it is the file that does it
	as_account rm "$WALK_HOME/public_html/keys/.htaccess"
	get /keys/licence-signing.pem
	expect 200 'PRIVATE KEY'
	as_account rm -rf "$leak" "$WALK_HOME/public_html/keys"
}

# --- what the page says besides ------------------------------------------------

client_file() { # USER PASSWORD
	printf '[client]\nuser="%s"\npassword="%s"\nsocket="%s"\n' "$1" "$2" \
	    "$(database_socket)" |
	    as_account tee "$WALK_HOME/.tenantry.cnf" > /dev/null
	as_account chmod 600 "$WALK_HOME/.tenantry.cnf"
}

# The first sh block behind a heading of the page.
block() { # HEADING
	awk -v heading="$1" '
	    /^#/ { inside = index($0, heading) > 0 }
	    inside && /^```sh$/ { show = 1; next }
	    show && /^```$/ { exit }
	    show { print }' "$home/README-shared-host.md"
}

@test "shared host: a backup is restored under another account" {
	local other="$WALK_HOME/restored" dump="$WALK_HOME/tenantry-backup"

	show app
	get /app/v1/organizations --header "X-Api-Key: $(made key)" --data \
	    '{"organizationName": "Kept", "accountName": "a",
	    "eulaAccepted": true}'
	expect 200
	# the commands of the page, with this account's values
	block 'Back up' > "$top/backup.sh"
	grep -q mysqldump "$top/backup.sh"
	sed -i -e "s,^folder=.*,folder='$home'," -e "s,/home/user,$WALK_HOME," \
	    -e 's/NAME/walk/' "$top/backup.sh"
	client_file walk geheim
	as_account sh -eu "$top/backup.sh"
	as_account ls "$dump" | grep -q tenantry.sql
	run ! as_account grep -q DEFINER "$dump/tenantry.sql"
	[ "$(stat -c %a "$dump/tenantry.sql")" = 600 ]
	make_database walk_2 anders
	as_account cp -R "$home" "$other"
	as_account sed -i -e 's/= walk$/= walk_2/' -e 's/= geheim/= anders/' \
	    "$other/tenantry.conf"
	block 'Restore' > "$top/restore.sh"
	sed -i -e "s,^folder=.*,folder='$other'," -e "s,/home/user,$WALK_HOME," \
	    -e 's/NAME/walk_2/' "$top/restore.sh"
	client_file walk_2 anders
	as_account sh -eu "$top/restore.sh"
	as_account "$other/bin/tenantryctl" doctor
	as_account env -i GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET \
	    SCRIPT_NAME= PATH_INFO=/v1/organizations \
	    REQUEST_URI=/v1/organizations HTTP_X_API_KEY="$(made key)" \
	    "$other/bin/tenantry.fcgi" > "$top/answer"
	grep -q '"displayName":"Kept"' "$top/answer"
}

@test "shared host: the page lists the tables that the program makes" {
	local tables

	tables=$(administrator --batch --skip-column-names \
	    --execute 'SHOW TABLES FROM walk' | sort)
	[ -n "$tables" ]
	diff <(echo "$tables") <(awk '/^### The tables/ { inside = 1; next }
	    /^#/ { inside = 0 }
	    inside' "$home/README-shared-host.md" | grep -o '`[a-z_]*`' |
	    tr -d '`' | sort)
}

# what the start file prints when it is run by hand, as the page says
@test "shared host: the start file run by hand says what is wrong" {
	local start=$WALK_HOME/public_html/hand/tenantry.fcgi

	show hand
	block 'every answer is 500' > "$top/hand.sh"
	grep -q tenantry.fcgi "$top/hand.sh"
	sed -i "s,~/public_html/app,$WALK_HOME/public_html/hand," "$top/hand.sh"
	as_account sh "$top/hand.sh" | grep -q '^Status: 200'
	as_account chmod 644 "$home/tenantry.conf"
	as_account sh "$top/hand.sh" > "$top/said" 2>&1 || true
	as_account chmod 600 "$home/tenantry.conf"
	grep -q 'chmod 600' "$top/said"
	as_account sed -i "s,^folder=.*,folder=/nowhere," "$start"
	as_account sh "$top/hand.sh" > "$top/said" 2>&1 || true
	grep -q '/nowhere/bin/tenantry.fcgi' "$top/said"
}

@test "shared host: localhost with the socket elsewhere says which socket" {
	local copy="$home/localhost.conf"

	as_account sed -e '/^db_socket/d' -e 's/^db_host.*/db_host = localhost/' \
	    "$home/tenantry.conf" | as_account tee "$copy" > /dev/null
	as_account chmod 600 "$copy"
	run as_account "$home/bin/tenantryctl" check --conf "$copy"
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *socket* ]]
	grep -q 'SELECT @@socket' "$home/README-shared-host.md"
	# the page's first remedy, and its second: by the network, where this
	# database does not listen
	echo "db_socket = $(database_socket)" |
	    as_account tee -a "$copy" > /dev/null
	as_account "$home/bin/tenantryctl" check --conf "$copy"
	as_account sed -i -e '/^db_socket/d' -e 's/^db_host.*/db_host = 127.0.0.1/' \
	    -e '/^db_port/d' "$copy"
	echo 'db_port = 1' | as_account tee -a "$copy" > /dev/null
	run as_account "$home/bin/tenantryctl" check --conf "$copy"
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *127.0.0.1* && $output != *'through socket'* ]]
	as_account rm "$copy"
}

# --- set up by the page, without a shell ---------------------------------------

# upload FOLDER: the unpacked tarball as FTP brings it, without a right to run.
upload() {
	as_account rm -rf "$top_upload"
	as_account mkdir -p "$top_upload" "$(dirname "$1")"
	as_account tar xzf "$TENANTRY_ROOT/build/$name.tar.gz" -C "$top_upload"
	as_account mv "$top_upload/$name" "$1"
	as_account find "$1" -type d -exec chmod 755 {} +
	as_account find "$1" -type f -exec chmod 644 {} +
}

# form PATH [NAME=VALUE...]: the form of the last page, as a browser sends it.
form() {
	local path=$1 field fields=()

	shift
	for field in step token; do
		fields+=(--data-urlencode "$field=$(sed -n \
		    "s/.*name=\"$field\" value=\"\([^\"]*\)\".*/\1/p" \
		    "$body_file")")
	done
	for field; do
		fields+=(--data-urlencode "$field")
	done
	get "$path" --cookie "$jar" --cookie-jar "$jar" \
	    --header "Origin: http://127.0.0.1:$WALK_PORT" "${fields[@]}"
}

# set_up PATH FOLDER: from the code on, by curl, which runs no script.
set_up() {
	local path=$1 folder=$2 n=0

	page=(--cookie "$jar" --cookie-jar "$jar")
	get "$path" "${page[@]}"
	expect 200 'Only the owner'
	form "$path" "code=$(as_account sed -n 's/^code = //p' \
	    "$folder/$(as_account ls "$folder" | grep '^setup-code')")"
	expect 303
	get "$path" "${page[@]}"
	if [[ $body == *data-task=?folder* ]]; then
		form "$path" folder=closed
		expect 303
		get "$path" "${page[@]}"
	fi
	expect 200 'The database</h1>'
	form "$path" name=walk_3 user=walk_3 password=drittes \
	    "socket=$(database_socket)"
	expect 303
	get "$path" "${page[@]}"
	while [[ $body == *'The tables</h1>'* ]]; do
		form "$path"
		expect 303
		get "$path" "${page[@]}"
		[ $((n++)) -lt 30 ]
	done
	expect 200 'The first administrator</h1>'
	form "$path" login=chief password='lang genug' again='lang genug'
	expect 200 'Tenantry is set up</h1>'
	# nobody can sign in below /~name/
	expect 200 "href=\"/~$account${path%/setup}/doctor\""
}

@test "shared host: uploaded by file copy alone, set up by the page" {
	local web=$WALK_HOME/public_html/first folder=$WALK_HOME/tenantry
	local top_upload=$WALK_HOME/upload jar=$BATS_TEST_TMPDIR/jar

	make_database walk_3 drittes
	upload "$folder"
	as_account mv "$folder/web" "$web"
	# what a browser reads, and what to do about it
	get /first/setup --header 'Accept: text/html'
	[ "$status_code" -ge 500 ]
	[[ $body == *'chmod 755'* ]]
	grep -qi '^content-type: text/html' "$headers"
	get /first/v1/organizations
	[ "$status_code" -ge 500 ]
	grep -qi '^content-type: application/problem+json' "$headers"
	as_account chmod 755 "$web/tenantry.fcgi"
	# mod_fcgid holds back what ended at once
	within 20 setup_answers first
	expect 200 'Only the owner'
	[[ $body == *'Pages of other people'* ]]
	get /first/ --header 'Accept: text/html'
	expect 303
	grep -qi "^location: /~$account/first/setup" "$headers"
	set_up /first/setup "$folder"
	[ "$(as_account stat -c '%a %U' "$folder/tenantry.conf")" = \
	    "600 $account" ]
	[ "$(as_account stat -c %a "$folder/keys" "$folder/log" "$folder/run" |
	    sort -u)" = 700 ]
	as_account grep -qx "public_prefix = /~$account/first" \
	    "$folder/tenantry.conf"
	get /first/setup
	expect 404
	get /first/readyz
	expect 200 ready
	get /first/doctor --user 'chief:lang genug'
	expect 200 '"checks"'
	jq -e '[.checks[] | select(.state == "fail")] == []' "$body_file" || {
		jq -c '.checks[] | select(.state == "fail")' "$body_file"
		return 1
	}
	# the tool finds them too, and an error has the folder's own address
	as_account chmod u+x "$folder/bin/tenantryctl"
	as_account "$folder/bin/tenantryctl" check
	get /first/errors/none
	expect 404 '"type"'
	as_account rm -rf "$web" "$folder"
}

setup_answers() { # FOLDER
	get "/$1/setup"
	[ "$status_code" = 200 ]
}

@test "shared host: all of it within the document root, and nothing can be read" {
	local folder=$WALK_HOME/public_html/all file probe code
	local top_upload=$WALK_HOME/upload jar=$BATS_TEST_TMPDIR/jar

	make_database walk_3 drittes
	upload "$folder"
	as_account chmod 755 "$folder/web/tenantry.fcgi"
	within 20 setup_answers all/web
	code=$(as_account ls "$folder" | grep '^setup-code-')
	get "/all/$code"
	expect 403
	set_up /all/web/setup "$folder"
	for file in tenantry.conf keys/licence-signing.pem log/tenantry.log \
	    bin/tenantryctl web/../tenantry.conf; do
		get "/all/$file" --path-as-is
		[ "$status_code" = 403 ] || [ "$status_code" = 404 ]
		[[ $body != *drittes* && $body != *PRIVATE* ]]
	done
	[ -z "$(as_account find "$folder" -name 'setup-*')" ]
	get /all/web/setup
	expect 404
	get /all/web/readyz
	expect 200 ready
	as_account rm -rf "$folder"
}

@test "shared host: without its .htaccess the folder is seen to be open" {
	local folder=$WALK_HOME/public_html/all code address
	local top_upload=$WALK_HOME/upload jar=$BATS_TEST_TMPDIR/jar

	upload "$folder"
	as_account rm "$folder/.htaccess"
	as_account chmod 755 "$folder/web/tenantry.fcgi"
	within 20 setup_answers all/web
	code=$(as_account ls "$folder" | grep '^setup-code-')
	# its name is not listed, and its mode keeps the web server out
	get /all/
	[[ $body != *"$code"* ]]
	get "/all/$code"
	expect 403
	get /all/web/setup
	expect 200 'begins with <code>setup-code-<'
	[[ $body != *"$code"* ]]
	form /all/web/setup \
	    "code=$(as_account sed -n 's/^code = //p' "$folder/$code")"
	expect 303
	get /all/web/setup --cookie "$jar"
	expect 200 'data-task="folder"'
	# what the page's script is going to see
	address=$(sed -n 's/.*data-address="\([^"]*\)".*/\1/p' "$body_file")
	[ "$address" = "/~$account/all/setup-probe.txt" ]
	get "${address#"/~$account"}"
	expect 200 tenantry-setup-probe
	as_account rm -rf "$folder"
}
