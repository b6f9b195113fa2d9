#!/usr/bin/env bats
# GET /doctor and `tenantryctl doctor`: what each looks at, seen once as it
# should be and once broken.
# shellcheck disable=SC2154,SC2034

bats_require_minimum_version 1.5.0

load helper
load tenancy

setup() {
	follow_only_the_test
	conf=$BATS_TEST_TMPDIR/tenantry.conf
	cp "$TENANTRY_CONF" "$conf"
	chmod 600 "$conf"
	# a copy of the tool that nobody else may write to, whatever the umask
	# that it was built under
	chmod 755 "$BATS_TEST_TMPDIR"
	mkdir -m 755 "$BATS_TEST_TMPDIR/tool"
	install -m 755 "$CTL" "$BATS_TEST_TMPDIR/tool"
	CTL=$BATS_TEST_TMPDIR/tool/${CTL##*/}
}

teardown() {
	sql "SET GLOBAL init_connect = ''"
	sql "ALTER USER tenantry@localhost WITH MAX_USER_CONNECTIONS 0"
	sql "ALTER DATABASE tenantry CHARACTER SET utf8mb4
	    COLLATE utf8mb4_unicode_520_ci"
}

# finding CHECK: "state detail | remedy" of the last answer.
finding() {
	jq -r --arg check "$1" '.checks[] | select(.check == $check) |
	    "\(.state) \(.detail) | \(.remedy)"' "$body_file"
}

# expect_finding CHECK PATTERN: as the shell matches.
expect_finding() {
	# shellcheck disable=SC2053  # a pattern
	[[ $(finding "$1") == $2 ]] || {
		echo "$1: expected $2"
		show_answer
		return 1
	}
}

# change KEY VALUE: of the copied settings.
change() {
	sed -i "/^$1 *=/d" "$conf"
	echo "$1 = $2" >> "$conf"
}

# doctor STATUS PATTERN: the tool on the copied settings ends so and prints it.
doctor() {
	run "$CTL" doctor --conf "$conf"
	echo "$output"
	[ "$status" = "$1" ]
	# shellcheck disable=SC2053  # a pattern
	[[ $output == $2 ]]
}

# cgi NAME=VALUE...: the report by plain CGI, with the given parameters.
cgi() {
	: > "$BATS_TEST_TMPDIR/headers"
	headers=$BATS_TEST_TMPDIR/headers
	body_file=$BATS_TEST_TMPDIR/body
	env -i PATH="$PATH" TENANTRY_CONF="$conf" GATEWAY_INTERFACE=CGI/1.1 \
	    ASAN_OPTIONS="${ASAN_OPTIONS-}" UBSAN_OPTIONS="${UBSAN_OPTIONS-}" \
	    REQUEST_METHOD=GET PATH_INFO=/doctor REQUEST_URI=/doctor \
	    HTTP_X_API_KEY="$TENANTRY_API_KEY" "$@" "$PROGRAM" \
	    < /dev/null > "$BATS_TEST_TMPDIR/answer" \
	    2> "$BATS_TEST_TMPDIR/err" || return
	tr -d '\r' < "$BATS_TEST_TMPDIR/answer" > "$BATS_TEST_TMPDIR/plain"
	sed '1,/^$/d' "$BATS_TEST_TMPDIR/plain" > "$body_file"
	body=$(cat "$body_file")
	status_code=$(sed -n 's/^Status: //p' "$BATS_TEST_TMPDIR/plain")
}

@test "a proxy's address in place of its clients' is a failure" {
	cgi REMOTE_ADDR=127.0.0.1 HTTP_HOST=localhost:8080
	expect_finding client-address 'ok REMOTE_ADDR is 127.0.0.1 | '
	cgi REMOTE_ADDR=192.0.2.1 HTTP_HOST=api.example.org \
	    HTTP_X_FORWARDED_FOR=198.51.100.1
	expect_finding client-address 'ok REMOTE_ADDR is 192.0.2.1 | '
	for header in X_FORWARDED_FOR=198.51.100.1 \
	    'FORWARDED=for=198.51.100.1;proto=https'; do
		for address in 127.0.0.1 ::1 10.1.2.3 192.168.7.1 fd00::5; do
			cgi REMOTE_ADDR="$address" HTTP_HOST=localhost \
			    "HTTP_$header"
			expect_finding client-address \
			    "fail REMOTE_ADDR is $address, a proxy's*mod_remoteip*"
		done
	done
	# realip has put it there and left the header as it was
	cgi REMOTE_ADDR=10.1.2.3 HTTP_X_FORWARDED_FOR='10.1.2.3, 10.9.9.9'
	expect_finding client-address 'ok *'
}

@test "a proxy on this machine that says nothing of itself is a warning" {
	for host in api.example.org 192.0.2.1:443 127.0.0.1.example.org; do
		cgi REMOTE_ADDR=127.0.0.1 HTTP_HOST="$host"
		expect_finding client-address "warn * was for $host: *"
	done
	cgi REMOTE_ADDR=::1 HTTP_HOST=localhost HTTP_VIA='1.1 proxy'
	expect_finding client-address 'warn *'
	for host in localhost LOCALHOST:80 127.0.0.1:8080 '[::1]:8080'; do
		cgi REMOTE_ADDR=127.0.0.1 HTTP_HOST="$host"
		expect_finding client-address 'ok *'
	done
}

# by_worker tcp|unix: the report of a worker that listens there.
by_worker() {
	perl -MIO::Socket::INET -MIO::Socket::UNIX -MPOSIX=dup2 -e '
		my ($kind, $path, $program) = @ARGV;
		my $socket = $kind eq "unix"
		    ? IO::Socket::UNIX->new(Local => $path, Listen => 5)
		    : IO::Socket::INET->new(LocalAddr => "127.0.0.1",
			Listen => 5);
		my $worker = fork // die;
		if ($worker == 0) {
			dup2(fileno $socket, 0);
			exec $program;
		}
		my $peer = $kind eq "unix"
		    ? IO::Socket::UNIX->new(Peer => $path)
		    : IO::Socket::INET->new(PeerAddr => "127.0.0.1",
			PeerPort => $socket->sockport);
		my $params = join "", map { my ($n, $v) = split /=/, $_, 2;
		    pack("CC", length $n, length $v) . $n . $v }
		    "REQUEST_METHOD=GET", "PATH_INFO=/doctor",
		    "HTTP_X_API_KEY=$ENV{TENANTRY_API_KEY}";
		print $peer map { pack("CCnnCx", 1, $$_[0], 1, length $$_[1],
		    0) . $$_[1] } [1, pack("nCx5", 1, 0)], [4, $params],
		    [4, ""], [5, ""];
		$peer->flush;
		my $answer = "";
		while ((read($peer, my $head, 8) // 0) == 8) {
			my ($type, $length, $more) = unpack "xCxxnC", $head;
			read $peer, my $content, $length + $more;
			$answer .= substr $content, 0, $length if $type == 6;
		}
		kill "TERM", $worker;
		waitpid $worker, 0;
		print $answer =~ s/.*?\r\n\r\n//sr;' \
	    "$1" "$BATS_TEST_TMPDIR/doctor.sock" "$PROGRAM" \
	    > "$body_file" 2> "$BATS_TEST_TMPDIR/worker.log" 3>&-
}

@test "a socket that others can connect to is a warning" {
	body_file=$BATS_TEST_TMPDIR/body
	headers=/dev/null
	by_worker unix
	expect_finding socket 'ok *'
	by_worker tcp
	expect_finding socket 'warn * TCP port*use a Unix socket*'
}

# --- who may ------------------------------------------------------------------

@test "doctor: is for system administrators" {
	local method

	new_tenant
	for method in GET PUT PATCH DELETE; do
		KEY='' api "$method" /doctor --data ''
		expect_problem 401
		KEY=$OWNER_KEY api "$method" /doctor --data ''
		expect_problem 403 'system administrator'
	done
}

@test "doctor: a key that is confined is not a system administrator's" {
	new_org
	KEY=$(add_key --user "$TENANTRY_LOGIN" --org "$ORG") api GET /doctor
	expect_problem 403
	KEY=$(add_key --user "$TENANTRY_LOGIN" --role user) api GET /doctor
	expect_problem 403
	KEY=$(add_key --user "$TENANTRY_LOGIN" --role admin) api GET /doctor
	expect_status 200
}

@test "doctor: a page, it has its slash or not" {
	api GET /doctor/ --header 'Accept: text/html'
	expect_status 200
	[ "$(header Content-Type)" = 'text/html; charset=utf-8' ]
	api POST /doctor/ --data '{}'
	expect_problem 405
	[[ $(header Allow) == *DELETE* ]]
}

@test "doctor: what it does not take" {
	api POST /doctor --data '{}'
	expect_problem 405
	[[ $(header Allow) == *DELETE* ]]
	api GET /doctor --header 'Accept: image/png'
	expect_problem 406
	api GET /doctor//
	expect_problem 404
	api PUT /doctor --form a=b
	expect_problem 415
	head -c 65537 /dev/zero > "$BATS_TEST_TMPDIR/large"
	api PUT /doctor --data-binary "@$BATS_TEST_TMPDIR/large"
	expect_problem 413
}

# --- how a request arrives ----------------------------------------------------

@test "doctor: a sound instance has nothing to mend" {
	local known='program|gateway|socket'

	KEY='' api GET /doctor --user "$TENANTRY_LOGIN:$TENANTRY_PASSWORD"
	expect_status 200
	[ "$(header Cache-Control)" = no-store ]
	expect_json '.checks | length > 15'
	# a developer's own files may be the group's; plain CGI, a TCP port, pages of
	# neighbours and a proxy whose client is on this machine are warned of
	case ${WEB_HOST:-} in
	apache-userdir) known+='|shared-origin' ;;
	nginx-tls) known+='|client-address' ;;
	esac
	expect_json 'all(.checks[] |
	    select(.check | test("^('"$known"')") | not);
	    .state == "ok" and .remedy == "" and (.detail | length > 0))'
	if [ -n "$(find "$served_program" "${served_program%/*}" -maxdepth 0 \
	    -perm /022)" ]; then
		expect_json '.state == "fail"'
	elif [[ ${HOST_WORKERS_FROM:-} == @(request|tcp) ||
	    $known != 'program|gateway|socket' ]]; then
		expect_json '.state == "warn"'
	else
		expect_json '.state == "ok"'
	fi
	expect_json '[.checks[].check] | length == (unique | length)'
	if is_plain_cgi; then
		expect_finding gateway 'warn plain CGI*'
	else
		expect_finding gateway 'ok FastCGI*'
	fi
	expect_finding path-info 'ok PATH_INFO is /doctor*'
}

@test "doctor: an Authorization that did not arrive is told, with the remedy" {
	api GET /doctor
	expect_finding authorization 'warn *|*CGIPassAuth*'
	KEY='' api GET /doctor \
	    --header "Authorization: Bearer $TENANTRY_API_KEY"
	expect_finding authorization 'ok Authorization arrives*'
}

@test "doctor: each method tells that it arrived, and changes nothing" {
	local method before

	before=$(sql "SELECT COUNT(*) FROM audit_events")
	for method in PUT PATCH DELETE; do
		api "$method" /doctor --data ''
		expect_status 200
		if [ "${WEB_HOST:-}" = apache-modsecurity ]; then
			expect_finding method "ok POST arrives*as $method*"
		else
			expect_finding method "ok $method arrives*"
		fi
	done
	api HEAD /doctor
	expect_status 200
	[ "$(sql "SELECT COUNT(*) FROM audit_events")" = "$before" ]
}

@test "doctor: a body of the largest size is seen whole" {
	head -c 65536 /dev/zero > "$BATS_TEST_TMPDIR/large"
	api PUT /doctor --data-binary "@$BATS_TEST_TMPDIR/large"
	expect_status 200
	expect_finding body 'ok a body of 65536 bytes arrived whole*'
}

@test "doctor: plain CGI is told apart" {
	cgi
	expect_status 200
	expect_finding gateway 'warn plain CGI*'
}

@test "doctor: the web server is named as it names itself" {
	cgi SERVER_SOFTWARE=Apache/2.4
	expect_finding front-server 'ok Apache/2.4, CGI/1.1*'
	cgi SERVER_SOFTWARE=$'bad\xff\x01name'
	expect_finding front-server 'ok bad??name*'
}

@test "doctor: Authorization behind a rewrite is seen" {
	cgi REDIRECT_HTTP_AUTHORIZATION="Bearer $TENANTRY_API_KEY"
	expect_finding authorization 'ok *REDIRECT_HTTP_AUTHORIZATION*'
}

@test "doctor: links that would not lead back are told, with the remedy" {
	cgi SCRIPT_NAME=/api/tenantry.fcgi REQUEST_URI='/api/doctor?a=b'
	expect_finding prefix 'warn links begin with /api/tenantry.fcgi, but*by /api |*public_prefix = /api'
	change public_prefix /api
	cgi SCRIPT_NAME=/api/tenantry.fcgi REQUEST_URI=/api/doctor
	expect_finding prefix 'ok links begin with /api (public_prefix)*'
	change public_prefix ''
	cgi SCRIPT_NAME=/api REQUEST_URI=/api/doctor
	expect_finding prefix 'ok links begin with /api |*'
}

@test "doctor: a path that was rewritten away is told" {
	cgi REQUEST_URI=/other/place
	expect_finding path-info 'warn *|*rewriting*'
	cgi REQUEST_URI=
	expect_finding path-info 'warn *no REQUEST_URI*'
}

@test "doctor: settings or key below the web root are a failure" {
	cgi DOCUMENT_ROOT="$BATS_TEST_TMPDIR/"
	expect_finding web-root 'fail the settings file*|*TENANTRY_CONF'
	expect_json '.state == "fail"'
	cgi DOCUMENT_ROOT="$TENANTRY_STATE/keys"
	expect_finding web-root 'fail the signing key*|*licence_signing_key'
	cgi DOCUMENT_ROOT="${BATS_TEST_TMPDIR%?}"
	expect_finding web-root 'ok *'
}

# --- settings and files -------------------------------------------------------

@test "doctor: the tool finds a sound instance sound" {
	run ctl doctor
	echo "$output"
	[ "$status" = 0 ]
	[[ $output != *warn* && $output != *fail* ]]
	[[ $output == *'GET /doctor'* ]]
}

@test "doctor: settings with a password that others may use are refused" {
	local mode

	for mode in 644 604 660 620 602; do
		chmod "$mode" "$conf"
		doctor 1 '*chmod 600*'
		if cgi; then return 1; fi
		grep -q '^Status: 500' "$BATS_TEST_TMPDIR/answer"
		grep -q 'chmod 600' "$BATS_TEST_TMPDIR/err"
	done
}

@test "doctor: a signing key that others may use is refused" {
	cp "$TENANTRY_STATE/keys/licence-signing.pem" "$BATS_TEST_TMPDIR/key"
	change licence_signing_key "$BATS_TEST_TMPDIR/key"
	chmod 660 "$BATS_TEST_TMPDIR/key"
	doctor 1 '*private key*chmod 600*'
	if cgi; then return 1; fi
	grep -q '^Status: 500' "$BATS_TEST_TMPDIR/answer"
	chmod 600 "$BATS_TEST_TMPDIR/key"
	doctor 0 "*ok    signing-key: $BATS_TEST_TMPDIR/key, mode 0600*"
}

@test "doctor: a signing key that is not there yet is told" {
	change licence_signing_key "$BATS_TEST_TMPDIR/none"
	doctor 0 '*warn  signing-key: *tenantryctl init*'
}

@test "doctor: a public key that others may change is a failure" {
	cp "$TENANTRY_STATE/keys/licence-public.pem" "$BATS_TEST_TMPDIR/public"
	change licence_public_keys "$BATS_TEST_TMPDIR/public"
	chmod 664 "$BATS_TEST_TMPDIR/public"
	doctor 1 '*fail  public-key: *chmod go-w *'
}

@test "doctor: a run folder that others may use is told" {
	local folder=$BATS_TEST_TMPDIR/run

	mkdir -m 700 "$folder"
	change run_dir "$folder"
	doctor 0 "*ok    run-folder: $folder, mode 0700*"
	chmod 750 "$folder"
	doctor 0 '*warn  run-folder: *chmod 700*'
	chmod 770 "$folder"
	doctor 1 '*fail  run-folder: *chmod 700*'
	rmdir "$folder"
	doctor 0 '*warn  run-folder: *mkdir -m 700*'
}

@test "doctor: settings that others may replace are a failure" {
	chmod 777 "$BATS_TEST_TMPDIR"
	doctor 1 '*fail  settings-folder: *chmod go-w*'
	chmod 1777 "$BATS_TEST_TMPDIR"
	doctor 0 '*ok    settings-folder: *'
}

@test "doctor: a program that others may change is a failure" {
	local folder=$BATS_TEST_TMPDIR/bin

	mkdir -m 755 "$folder"
	cp "$CTL" "$folder/tenantryctl"
	chmod 755 "$folder/tenantryctl"
	CTL=$folder/tenantryctl doctor 0 '*ok    program-file: *'
	chmod 757 "$folder/tenantryctl"
	CTL=$folder/tenantryctl doctor 1 '*fail  program-file: *'
	chmod 755 "$folder/tenantryctl"
	chmod 777 "$folder"
	CTL=$folder/tenantryctl doctor 1 '*fail  program-folder: *'
}

@test "doctor: a log that everybody may read is told" {
	change log_file "$BATS_TEST_TMPDIR/log"
	echo > "$BATS_TEST_TMPDIR/log"
	chmod 644 "$BATS_TEST_TMPDIR/log"
	doctor 0 '*warn  log-file: *chmod o= *'
}

# --- database -----------------------------------------------------------------

@test "doctor: product and version are the database's own" {
	local version product=MySQL

	version=$(sql 'SELECT VERSION()')
	[[ $version != *MariaDB* ]] || product=MariaDB
	doctor 0 "*ok    database: $product $version*"
}

@test "doctor: a database that does not answer is a failure" {
	change db_socket "$BATS_TEST_TMPDIR/none.sock"
	doctor 1 '*fail  database: *none.sock*db_socket*'
	[[ $output == *'ok    settings-file'* ]]
}

@test "doctor: a wrong password is a failure, and is not shown" {
	change db_password wrong-secret
	doctor 1 '*fail  database: *denied*'
	[[ $output != *wrong-secret* ]]
}

@test "doctor: a database far away without TLS is told" {
	change db_socket ''
	change db_host 192.0.2.1
	doctor 1 '*warn  database-way: *192.0.2.1*db_tls_ca*'
}

@test "doctor: fewer connections than workers are a failure" {
	sql "ALTER USER tenantry@localhost WITH MAX_USER_CONNECTIONS 50"
	change workers 49
	doctor 0 '*ok    connections: 49 workers;*50 of this account*'
	change workers 50
	doctor 0 '*warn  connections: *less than 50*'
	change workers 51
	doctor 1 '*fail  connections: *less than 50*'
	sql "ALTER USER tenantry@localhost WITH MAX_USER_CONNECTIONS 0"
	change workers 1000
	doctor 1 '*fail  connections: *'
}

@test "doctor: clocks that differ are told" {
	sql "SET GLOBAL init_connect = 'SET timestamp = UNIX_TIMESTAMP() + 10'"
	doctor 0 '*warn  clock: *s ahead of*time server*'
	sql "SET GLOBAL init_connect = 'SET timestamp = UNIX_TIMESTAMP() - 90'"
	doctor 1 '*fail  clock: *s behind*'
}

@test "doctor: a database of another character set is told" {
	sql "ALTER DATABASE tenantry CHARACTER SET latin1"
	doctor 0 '*warn  charset: utf8mb4 on the connection, latin1*'
}

@test "doctor: a schema that the program does not know is a failure" {
	sql "INSERT INTO schema_migrations (version, name, applied_at)
	    VALUES (1000, 'later.sql', UTC_TIMESTAMP(3))"
	run "$CTL" doctor --conf "$conf"
	sql "DELETE FROM schema_migrations WHERE version = 1000"
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *'fail  schema: '*install* ]]
	sql "UPDATE schema_migrations SET version = -version"
	run "$CTL" doctor --conf "$conf"
	sql "UPDATE schema_migrations SET version = -version"
	[ "$status" = 1 ]
	[[ $output == *'fail  schema: '*'tenantryctl migrate'* ]]
}

@test "doctor: a log that cannot be written fails, since nothing starts then" {
	local path folder=$BATS_TEST_TMPDIR/log

	for path in "$folder/none/tenantry.log" /proc/nothing/log "$folder"; do
		mkdir -p "$folder"
		change log_file "$path"
		doctor 1 "*fail  log-file: $path cannot be written: *set log_file*"
	done
	change log_file "$folder/tenantry.log"
	run "$CTL" doctor --conf "$conf"
	[[ $output == *"ok    log-file: $folder/tenantry.log"* ]]
	[ ! -e "$folder/tenantry.log" ]
}

@test "doctor: Apache without the lines that change X-Location back" {
	cgi SERVER_SOFTWARE=Apache
	expect_finding location 'warn *X-Location*mod_headers*'
	cgi SERVER_SOFTWARE=Apache HTTP_X_TENANTRY_LOCATION=renamed
	expect_finding location 'ok *'
	for server in lighttpd/1.4.69 nginx/1.22.1; do
		cgi SERVER_SOFTWARE=$server
		expect_finding location 'ok *'
	done
}

@test "doctor: a port beside localhost is said to be unused" {
	sed -i '/^db_socket/d' "$conf"
	change db_host localhost
	change db_port 3307
	run "$CTL" doctor --conf "$conf"
	[[ $output == *"warn  database-way: "*"port 3307 is not used"*127.0.0.1* ]]
	change db_host 127.0.0.1
	run "$CTL" doctor --conf "$conf"
	[[ $output == *"ok    database-way: the host 127.0.0.1"* ]]
}

@test "a public_prefix that is none, or leads elsewhere, is said" {
	load cgi
	settings 'public_prefix = app'
	cgi GET /v1/version < /dev/null
	expect_status 200
	run "$CTL" doctor --conf "$CONF"
	[ "$status" = 1 ]
	[[ $output == *'fail  public-prefix: '*': app is neither a URL'* ]]
	settings 'public_prefix = /wrong'
	cgi GET /doctor REQUEST_URI=/doctor < /dev/null
	expect_json '.checks[] | select(.check == "prefix") |
	    .state == "warn" and (.detail | contains("/wrong"))'
	settings 'public_prefix = https://example.org'
	cgi GET /doctor REQUEST_URI=/doctor < /dev/null
	expect_json '.checks[] | select(.check == "prefix") | .state == "ok"'
}

@test "doctor: whether people can sign in at this address is said" {
	local https='HTTPS=on HTTP_HOST=api.example.org REMOTE_ADDR=192.0.2.7'

	# shellcheck disable=SC2086
	{
		cgi $https
		expect_finding sign-in 'ok people can sign in*by TLS | '
		cgi ${https#* }
		expect_finding sign-in 'warn *need TLS*set public_prefix to*'
		cgi $https SCRIPT_NAME=/~ada REQUEST_URI=/~ada/doctor
		expect_finding sign-in 'warn people cannot*host name of its own*'
		[ -z "$(finding shared-origin)" ]
		change shared_origin on
		cgi $https
		expect_finding sign-in 'warn people cannot*host name of its own*'
		change sessions_on_shared_origin on
		cgi $https
	}
	expect_finding sign-in 'ok *'
	expect_finding shared-origin 'warn *can act as*leave the setting out'
	run "$CTL" doctor --conf "$conf"
	[[ $output == *'warn  shared-origin: '* ]]
}

# --- the page -------------------------------------------------------------------

# What Firefox and Chromium send, and lynx.
browsers=('text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
    'text/html, text/plain, text/sgml, text/css, */*;q=0.01' 'TEXT/HTML')

style_hash() { # of the style that the page has
	perl -0ne 'print $1 if m{<style>(.*?)</style>}s' "$body_file" |
	    openssl dgst -sha256 -binary | base64
}

@test "doctor: a browser gets a page with the same findings" {
	local accept text

	for accept in "${browsers[@]}"; do
		api GET /doctor --header "Accept: $accept"
		expect_status 200
		[ "$(header Content-Type)" = 'text/html; charset=utf-8' ]
		[ "$(header Cache-Control)" = no-store ]
	done
	[ "$(header Content-Security-Policy)" = "default-src 'none'; style-src 'sha256-$(
	    style_hash)'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'" ]
	[[ $body == '<!DOCTYPE html>'*'</html>'* ]]
	# nothing of it is run, loaded or sent
	run ! grep -qiE '<(script|img|link|form|iframe)|href=|src=|style="| on[a-z]+=' \
	    "$body_file"
	cp "$body_file" "$BATS_TEST_TMPDIR/page"
	api GET /doctor
	[ "$(header Content-Type)" = application/json ]
	[ "$(jq '.checks | length' "$body_file")" = \
	    "$(grep -c '<li class="' "$BATS_TEST_TMPDIR/page")" ]
	while read -r text; do
		grep -qF "<h2>$text</h2>" "$BATS_TEST_TMPDIR/page"
	done < <(jq -r '.checks[].check' "$body_file")
	[[ $(cat "$BATS_TEST_TMPDIR/page") == *"<h1>Tenantry doctor: $(
	    json .state)</h1>"* ]]
}

@test "doctor: JSON stays JSON, and only the GET has a page" {
	local accept

	for accept in '*/*' application/json 'application/*' \
	    'text/html, application/json' 'text/html;q=0, */*' '' ; do
		api GET /doctor --header "Accept: $accept"
		expect_status 200
		[ "$(header Content-Type)" = application/json ]
	done
	api GET /doctor --header 'Accept: image/png'
	expect_problem 406
	api PUT /doctor --header 'Accept: text/html' --data ''
	expect_problem 406
	api GET /v1/version --header 'Accept: text/html'
	expect_problem 406
	# the page is the system administrator's, as the report is
	KEY='' api GET /doctor --header 'Accept: text/html'
	expect_problem 401
	new_login
	KEY=$USER_KEY api GET /doctor --header 'Accept: text/html'
	expect_problem 403
}

@test "doctor: the page shows what is to be done first, and text as text" {
	cgi HTTP_ACCEPT=text/html SERVER_SOFTWARE='<b onclick="x">&lt;' \
	    PATH_INFO=/doctor REQUEST_URI=/other
	grep -q "^Content-Type: text/html" "$BATS_TEST_TMPDIR/plain"
	grep -qF '&lt;b onclick=&quot;x&quot;&gt;&amp;lt;' "$body_file"
	run ! grep -qF '<b onclick' "$body_file"
	[[ $(grep -o '<li class="[a-z]*"' "$body_file" | head -n 1) == *warn* ]]
	[[ $(grep -o '<li class="[a-z]*"' "$body_file" | tail -n 1) == *ok* ]]
	grep -q '<p class="todo">To do: ' "$body_file"
}
