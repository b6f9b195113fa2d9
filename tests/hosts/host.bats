#!/usr/bin/env bats
# The traps of one web server, WEB_HOST: what it keeps from the program, changes or
# cuts, and what happens when workers die.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

setup_file() {
	load ../api/helper
	load hosts
	host_begin
}

teardown_file() {
	load ../api/helper
	load hosts
	host_end
}

setup() {
	load ../api/helper
	load ../api/tenancy
	load hosts
}

teardown() {
	settings_back
	database_thaw
}

# --- requests -----------------------------------------------------------------

@test "each way of saying who calls arrives" {
	for name in X-Api-Key: X-Bindplane-Api-Key: 'Authorization: Bearer' \
	    'authorization: bearer'; do
		KEY='' api GET /v1/organizations \
		    --header "$name $TENANTRY_API_KEY"
		expect_status 200
		KEY='' api GET /v1/organizations --header "$name tny_wrong"
		expect_problem 401
	done
	KEY='' api GET /v1/organizations \
	    --user "$TENANTRY_LOGIN:$TENANTRY_PASSWORD"
	expect_status 200
	KEY='' api GET /v1/organizations
	expect_problem 401
	fact authorization arrives
}

# slow_peers COUNT REQUEST SECONDS: so many connections that send the request,
# then a byte a second, and read nothing; in the background, as PEERS.
slow_peers() {
	perl -MIO::Socket::INET -e '
		my ($port, $count, $request, $seconds) = @ARGV;
		$SIG{PIPE} = "IGNORE";
		$request =~ s/\\r\\n/\r\n/g;
		my @peers = map { IO::Socket::INET->new(
		    PeerAddr => "127.0.0.1", PeerPort => $port) } 1 .. $count;
		syswrite $_, $request for @peers;
		for (1 .. $seconds) {
			sleep 1;
			syswrite $_, "a" for @peers;
		}' "$server_port" "$1" "$2" "$3" 3>&- &
	PEERS=$!
}

# others_are_served SECONDS: five times, each within so many.
others_are_served() {
	sleep 1
	for _ in {1..5}; do
		api GET /healthz --max-time "$1"
		expect_status 200
		api GET /v1/organizations --max-time "$1"
		expect_status 200
	done
	kill "$PEERS"
	wait "$PEERS" || true
}

@test "slow bodies keep no worker from others" {
	slow_peers 12 "POST $prefix/v1/organizations/verify HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Type: application/json\\r\\nContent-Length: 1000\\r\\n\\r\\n" 60
	others_are_served 8
}

# A list of 3 MB, more than sockets hold.  mod_fcgid holds a process for each.
@test "slow readers keep no worker from others" {
	local most=8

	# without mod_buffer others wait for a process: docs/shared-host.md
	! is_htaccess && [ "$WEB_HOST" != apache-modsecurity ] || most=50
	new_tenant
	fill_projects 5000
	slow_peers 8 "GET $prefix/v1/organizations/projects HTTP/1.1\\r\\nHost: localhost\\r\\nX-Api-Key: $OWNER_KEY\\r\\n\\r\\n" 60
	others_are_served "$most"
}

@test "a key in the query or as a CGI name is no credential" {
	KEY='' api GET "/v1/organizations?X-Api-Key=$TENANTRY_API_KEY"
	expect_problem 401
	KEY='' api GET "/v1/organizations?$TENANTRY_API_KEY"
	expect_problem 401
	KEY='' api GET /v1/organizations \
	    --header "HTTP_AUTHORIZATION: Bearer $TENANTRY_API_KEY"
	expect_problem 401
}

sign_in() {
	KEY='' api POST /v1/session --header "$type" --header "$script" --data \
	    "{\"login\": \"$TENANTRY_LOGIN\",
	    \"password\": \"$TENANTRY_PASSWORD\"}"
}

# An address on this machine, so that a cookie needs no TLS; with TLS its name
# binds it to the host.
@test "a session is begun, used and ended" {
	local cookie script='X-Requested-With: test'
	local type='Content-Type: application/json'

	sign_in
	expect_status 201
	cookie=$(header Set-Cookie)
	[[ $cookie == "$cookie_name="*"$cookie_rest" ]]
	cookie=${cookie%%;*}
	KEY='' api GET /v1/session --header "Cookie: $cookie"
	expect_status 200
	KEY='' api DELETE /v1/session --header "Cookie: $cookie" \
	    --header "$script" --header "$type"
	expect_status 204
	KEY='' api GET /v1/session --header "Cookie: $cookie"
	expect_problem 401
}

has_no_sign_in() {
	sign_in
	[ "$status_code" = 403 ]
}

@test "beside the pages of neighbours nobody signs in, unless the setting says so" {
	local script='X-Requested-With: test' type='Content-Type: application/json'

	[ "$WEB_HOST" = apache-userdir ] || return 0
	cp -p "$HOST_CONF" "$BATS_TEST_TMPDIR/settings"
	change_settings sessions_on_shared_origin off
	within 20 has_no_sign_in
	expect_problem 403 'other people'
	[[ $problem_type == *:shared-origin ]]
	settings_back
	within 20 signs_in
}

settings_back() {
	[ -e "$BATS_TEST_TMPDIR/settings" ] || return 0
	cp -p "$BATS_TEST_TMPDIR/settings" "$HOST_CONF.new"
	mv "$HOST_CONF.new" "$HOST_CONF"
}

signs_in() {
	sign_in
	[ "$status_code" = 201 ]
}

@test "through the proxy for TLS a caller is not of this machine, and gets no metrics" {
	[[ $TENANTRY_URL == https:* ]] || return 0
	KEY='' api GET /metrics
	expect_status 403
	KEY='' api GET /healthz
	[[ $(header Strict-Transport-Security) == max-age=* ]]
	[ "$(header Server)" = nginx ]
	# links and the description have the address of the proxy
	new_org
	[ "$(header Location)" = "$TENANTRY_URL/v1/organizations/$ORG" ]
}

@test "HEAD, OPTIONS, PUT, PATCH and DELETE arrive" {
	api HEAD /v1/organizations
	expect_status 200
	KEY='' api HEAD /v1/organizations
	expect_status 401
	api OPTIONS /v1/organizations
	expect_status 204
	[[ $(header Allow) == *POST* ]]
	new_org
	api PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$ORG_NAME two\"}"
	expect_status 200
	api PUT /v1/organizations/verify \
	    --data "{\"organizationName\": \"$ORG_NAME two\"}"
	expect_json .inUse
	api PUT /v1/organizations/verify \
	    --data "{\"organizationName\": \"$ORG_NAME\"}"
	expect_json '.inUse == false'
	api DELETE "/v1/organizations/$ORG"
	expect_status 204
	api GET "/v1/organizations/$ORG"
	expect_problem 404
	api DELETE /v1/organizations
	expect_problem 405
	if is_post_only; then
		fact methods 'HEAD, OPTIONS; PUT, PATCH, DELETE by override'
	else
		fact methods 'HEAD, OPTIONS, PUT, PATCH, DELETE'
	fi
}

@test "mod_security refuses PUT, PATCH and DELETE with a problem document" {
	is_post_only || return 0
	export CURL_AS_IS=yes
	for method in PUT PATCH DELETE; do
		api $method /v1/organizations/verify --data '{}'
		expect_status 403
		expect_json_error
	done
	# JSON under the type of a form, which the rules take apart
	api POST /v1/organizations --data "$(create_body "$(unique Org)")"
	expect_status 403
	expect_json_error
	api POST /v1/organizations --data "$(create_body "$(unique Org)")" \
	    --header 'Content-Type: application/json'
	[[ $status_code == 20[01] ]]
}

@test "the override of a method follows the setting" {
	new_tenant
	new_member
	export CURL_AS_IS=yes
	KEY=$MEMBER_KEY api POST "/v1/organizations/$ORG" --data '' \
	    --header 'X-HTTP-Method-Override: DELETE'
	if is_post_only; then
		expect_problem 403
		api GET /v1/organizations \
		    --header 'X-HTTP-Method-Override: DELETE'
		expect_status 200
		api POST /v1/organizations/verify --data '{}' \
		    --header 'X-HTTP-Method-Override: GET'
		expect_problem 400 X-HTTP-Method-Override
		api POST "/v1/organizations/$ORG" --data '' \
		    --header 'X-HTTP-Method-Override: DELETE' \
		    --header 'X-Request-Id: overridden'
		expect_status 204
		within 5 grep -q 'id=overridden method=DELETE override=1' \
		    "$HOST_LOG"/*.log
	else
		expect_problem 405
		api POST "/v1/organizations/$ORG" --data '' \
		    --header 'X-HTTP-Method-Override: DELETE'
		expect_problem 405
		[ "$(rows_of "$ORG")" != 0 ]
	fi
}

# --- paths --------------------------------------------------------------------

@test "links begin with the mount and lead there" {
	local path

	new_org
	path=$(header Location)
	[ "$path" = "$link_base/v1/organizations/$ORG" ]
	[ -z "$(header X-Location)" ]
	expect_json '.account.spec.secretKey | length == 26'
	api GET "${path#"$link_base"}"
	expect_status 200
	expect_json ".organization.metadata.id == \"$ORG\""
	fact mount "${prefix:-/}"
}

@test "other mounts of the configuration work too" {
	local rest=${TENANTRY_URL%"$prefix"}

	case $WEB_HOST in
	apache-fcgid | apache-modsecurity) set -- '' ;;
	nginx) set -- /tenantry ;;
	apache-shared | apache-userdir) set -- "$HOST_MOUNT/tenantry.fcgi" ;;
	*) return 0 ;;
	esac
	TENANTRY_URL=$rest$1 new_org
	is_htaccess ||
	    [ "$(header Location)" = "$1/v1/organizations/$ORG" ]
	TENANTRY_URL=$rest$1 api GET "/v1/organizations/$ORG"
	expect_status 200
	TENANTRY_URL=$rest$1 api GET "/v1/nothing"
	expect_problem 404
}

@test "a path that can be read in two ways is refused" {
	for path in /v1//organizations //v1/organizations \
	    /v1/organizations/a%2Fb /v1/organizations%2faccounts \
	    /v1/./organizations /v1/x/../organizations \
	    /v1/x/%2e%2e/organizations /v1/%2E/organizations \
	    /v1/organizations/ /v1/organizations%00 \
	    /v1/organizations/..%2forganizations; do
		echo "$path"
		api GET "$path"
		[[ $status_code == 40[034] ]]
		[[ $(header Content-Type) == application/problem+json* ]] ||
		    [ "$path" = /v1/organizations%00 ]
		[[ $body != *'"organizations"'* ]]
	done
	fact paths 'refused: `//`, `%2F`, `%00`, `.` and `..`'
}

@test "the query is none of the path's business" {
	api GET '/v1/organizations?a=%2Fb//c&v1'
	expect_status 200
	api GET '/v1/organizations?'
	expect_status 200
}

@test "a percent-encoded name is the name" {
	api GET /v1/%6Frganizations
	[[ $status_code == 200 ]]
	# once, not twice
	api GET /v1/%256Frganizations
	is_refused_by_rules || expect_problem 404
	api GET /v1/organizations/%e2%82%ac%20x
	expect_problem 404
	api GET /v1/organizations/users --header 'X-Organization-ID: €'
	expect_problem 403
}

@test "the console is at the mount, with its policy, compressed, under any mount" {
	local files tag

	KEY='' api GET / --header 'Accept-Encoding: gzip' --compressed
	expect_status 200
	[[ $(header Content-Security-Policy) == *"trusted-types lit-html"* ]]
	[ "$(header Cache-Control)" = 'private, no-cache' ]
	tag=$(header ETag)
	files=${body#*href=\"}
	files=/${files%%/mark.svg*}
	KEY='' api GET / --header 'Accept-Encoding: gzip' \
	    --header "If-None-Match: $tag"
	expect_status 304
	KEY='' api GET "$files/app.js" --header 'Accept-Encoding: gzip' --compressed
	expect_status 200
	[ "$(header Content-Encoding)" = gzip ]
	perl -0pe 's{^\t*//.*$}{}mg; s{^\t*/\*[^*\n]*\*/$}{}mg' \
	    "$TENANTRY_ROOT/htdocs/console/app.js" | cmp - "$body_file"
	# the folder of .htaccess without its slash is Apache's to answer
	[ -n "$prefix" ] && ! is_htaccess || return 0
	KEY='' api GET ''
	[[ $status_code == 30[18] ]]
	[[ $(header Location) == *"$prefix/" ]]
}

@test "the pages come with a policy where the web server has them" {
	case $WEB_HOST in lighttpd | nginx) ;; *) return 0 ;; esac
	KEY='' api GET /docs/
	expect_status 200
	[[ $(header Content-Security-Policy) == *"default-src 'none'"* ]]
	[ "$(header X-Content-Type-Options)" = nosniff ]
	[ "$(header Referrer-Policy)" = no-referrer ]
}

# --- bodies -------------------------------------------------------------------

@test "a body up to max_body is read whole, the next byte is the program's 413" {
	padded_body 65536 > "$BATS_TEST_TMPDIR/in"
	api POST /v1/organizations --data-binary "@$BATS_TEST_TMPDIR/in"
	[[ $status_code == 20[01] ]]
	for size in 65537 131000; do
		padded_body $size > "$BATS_TEST_TMPDIR/in"
		api POST /v1/organizations \
		    --data-binary "@$BATS_TEST_TMPDIR/in"
		expect_problem 413 '65536 bytes'
	done
}

@test "a large body is refused as a problem document, and nothing of it done" {
	local before

	before=$(sql 'SELECT COUNT(*) FROM organizations')
	padded_body 1000000 > "$BATS_TEST_TMPDIR/in"
	api POST /v1/organizations --data-binary "@$BATS_TEST_TMPDIR/in" \
	    --header Expect:
	if is_htaccess; then
		# FcgidMaxRequestLen 131072, which the user cannot change
		expect_status 500
		expect_json_error
		fact body "the program's 413 up to 131072 bytes, then Apache's 500"
	else
		expect_problem 413 '65536 bytes'
		fact body "the program's 413 (tried to 1 MB)"
	fi
	[ "$(sql 'SELECT COUNT(*) FROM organizations')" = "$before" ]
}

@test "a body in chunks is taken whole or refused, never cut" {
	local before

	padded_body 60000 > "$BATS_TEST_TMPDIR/in"
	before=$(sql 'SELECT COUNT(*) FROM organizations')
	api POST /v1/organizations --data-binary "@$BATS_TEST_TMPDIR/in" \
	    --header 'Transfer-Encoding: chunked'
	case $status_code in
	20[01]) fact chunks 'taken' ;;
	411 | 400)
		expect_json_error
		[ "$(sql 'SELECT COUNT(*) FROM organizations')" = "$before" ]
		fact chunks "refused ($status_code)"
		;;
	*) show_answer && false ;;
	esac
	for size in 70000 1200000; do
		before=$(sql 'SELECT COUNT(*) FROM organizations')
		padded_body $size > "$BATS_TEST_TMPDIR/in"
		api POST /v1/organizations \
		    --data-binary "@$BATS_TEST_TMPDIR/in" \
		    --header 'Transfer-Encoding: chunked' --header Expect:
		expect_json_error
		[ "$(sql 'SELECT COUNT(*) FROM organizations')" = "$before" ]
	done
}

@test "a body that ends early does nothing" {
	local name

	name=$(unique Early)
	exec 5<> "/dev/tcp/127.0.0.1/$server_port"
	printf 'POST %s/v1/organizations HTTP/1.1\r\nHost: localhost\r\n' \
	    "$prefix" >&5
	printf 'X-Api-Key: %s\r\nContent-Length: 500\r\n\r\n' \
	    "$TENANTRY_API_KEY" >&5
	printf '{"organizationName": "%s", "accountName": "a", "eulaAccepted": true}' \
	    "$name" >&5
	exec 5>&-
	within 10 is_ready
	[ "$(sql "SELECT COUNT(*) FROM organizations
	    WHERE display_name = '$name'")" = 0 ]
}

@test "what the web server itself refuses is a problem document too" {
	head -c 5000000 /dev/zero > "$BATS_TEST_TMPDIR/sent"
	api PUT /v1/organizations/verify --header Expect: \
	    --data-binary "@$BATS_TEST_TMPDIR/sent"
	expect_json_error
	# of a shared host Apache says so before it has read .htaccess
	KEY='' api GET /healthz --header "X-Large: $(printf 'x%.0s' {1..40000})"
	[[ $status_code == 4* ]] && is_htaccess || expect_json_error
	KEY=$(printf 'x%.0s' {1..20000}) api GET /v1/organizations
	[[ $status_code == 4* ]] && is_htaccess || expect_json_error
}

# --- an answer that breaks off ----------------------------------------------------

# break_off: reads a file of 30 MB, and ends the program's connections to the
# database after the first bytes.  Sets status: curl's.
break_off() {
	cut=$BATS_TEST_TMPDIR/cut status=0
	: > "$cut"
	curl --silent --no-buffer --noproxy '*' --max-time 60 --output "$cut" \
	    --write-out '%{http_code}' --header "X-Api-Key: $OWNER_KEY" \
	    --header "X-Organization-ID: $ORG" \
	    "$TENANTRY_URL/v1/audit-events/download" \
	    > "$BATS_TEST_TMPDIR/code" 3>&- &
	request=$!
	until [ -s "$cut" ] || ! kill -0 "$request" 2> /dev/null; do :; done
	sql "$(sql "SELECT COALESCE(GROUP_CONCAT('KILL ', id SEPARATOR ';'),
	    'DO 0') FROM information_schema.processlist
	    WHERE user = 'tenantry' AND command <> 'Sleep'")" || true
	wait "$request" || status=$?
}

@test "an answer that breaks off is no whole one for the client" {
	local cut status whole

	new_tenant
	sql "INSERT INTO audit_events (id, at, action, resource_kind,
	    resource_id, request_id, detail, organization_id)
	    SELECT CONCAT('00', LPAD(seq, 24, '0')), UTC_TIMESTAMP(3), 'filler',
	    'x', 'x', 'x', REPEAT('x', 400), '$ORG' FROM $(numbers 60000)"
	KEY=$OWNER_KEY api GET /v1/audit-events/download \
	    --header "X-Organization-ID: $ORG"
	expect_status 200
	whole=$(stat -c %s "$body_file")
	# now and then all of it is under way before the connections have gone
	for _ in 1 2 3 4 5 6; do
		break_off
		echo "status $status: $(stat -c %s "$cut") of $whole bytes"
		[ "$(stat -c %s "$cut")" = "$whole" ] || break
	done
	sql "DELETE FROM audit_events WHERE action = 'filler'"
	[ "$(stat -c %s "$cut")" -lt "$whole" ]
	[ "$(cat "$BATS_TEST_TMPDIR/code")" = 200 ]
	! grep -q audit.head "$cut"
	# Apache ends it as it does a whole one, whatever its modules have read
	case $HOST_SERVER.$HOST_WORKERS_FROM in
	apache.server | apache.request)
		[ "$status" = 0 ]
		fact cut 'ends without its last line'
		;;
	*)
		[ "$status" != 0 ]
		fact cut 'the connection breaks off'
		;;
	esac
}

# --- workers ------------------------------------------------------------------

@test "each request leaves a line in the log" {
	local id

	id=$(unique id)
	api GET /v1/organizations --header "X-Request-Id: $id"
	[ "$(header X-Request-Id)" = "$id" ]
	within 5 grep -q "id=$id method=GET route=/v1/organizations status=200" \
	    "$HOST_LOG"/*.log
	fact log "$(basename "$(grep -l "id=$id " "$HOST_LOG"/*.log)")"
}

@test "a worker that dies early is an error as JSON, and the next request works" {
	local died

	begin_hanging_request
	kill -KILL "$busy"
	database_thaw
	end_hanging_request
	died=$status_code
	[[ $died == 50[0-4] ]]
	expect_json_error
	[[ $WEB_HOST == lighttpd-* ]] || [ "$(header Retry-After)" = 1 ]
	within 10 is_ready
	case $HOST_WORKERS_FROM in
	unix | tcp) fact death "$died as JSON; nobody starts a new one" ;;
	*) fact death "$died as JSON; a new one starts" ;;
	esac
}

@test "a worker that is told to end finishes its answer" {
	local attempt stayed

	# A worker of one request gives up connecting after a second, which a
	# loaded machine may need to find it.
	for attempt in {1..8}; do
		stayed=no
		begin_hanging_request
		kill -TERM "$busy" || true
		sleep 0.1 # time in which it could do wrong
		[ ! -e "/proc/$busy/exe" ] || stayed=yes
		database_thaw
		end_hanging_request
		is_plain_cgi && [ "$status_code" = 503 ] || break
		echo "attempt $attempt: not found in time"
	done
	[ "$stayed" = yes ]
	expect_status 200
	within 5 is_gone "$busy"
	within 10 is_ready
	fact term 'finishes its answer'
}
