#!/usr/bin/env bats
# The program started as plain CGI, once for each request.
# shellcheck disable=SC2030,SC2031,SC2154

setup() {
	load helper
	load tenancy
	load cgi
}

verify=/v1/organizations/verify

# Its signals are set up (SIGPIPE is ignored) and it sleeps.
waits() { # PID
	local ignored

	grep -q '^State:.S' "/proc/$1/status" || return
	ignored=$(sed -n 's/^SigIgn:.//p' "/proc/$1/status")
	((0x$ignored & 0x1000))
}

has_ended() { # PID
	! kill -0 "$1" 2> /dev/null
}

count_organizations() { # NAME
	sql "SELECT COUNT(*) FROM organizations WHERE display_name = '$1'"
}

# --- answers ------------------------------------------------------------------

@test "an answer is a Status line, headers, a blank line and JSON" {
	cgi GET /v1/version < /dev/null
	[ "$exit_status" = 0 ]
	[ "$(head -n 1 "$BATS_TEST_TMPDIR/cgi.answer")" = $'Status: 200\r' ]
	[ "$(grep -vc $'\r$' "$headers")" = 0 ]
	[ "$(header Content-Type)" = application/json ]
	[ "$(header Content-Length)" = "$(wc -c < "$body_file")" ]
	expect_json '.version | length > 0'
	[ "$(wc -l < "$log_file")" = 1 ]
	grep -q 'method=GET route=/v1/version status=200 code=ok' "$log_file"
}

@test "an organization is created, read, renamed and deleted" {
	local name

	name=$(unique Cgi)
	cgi_send POST /v1/organizations "$(create_body "$name")"
	expect_status 200
	[ "$exit_status" = 0 ]
	ORG=$(json .organization.metadata.id)
	[ "$(header Location)" = "/v1/organizations/$ORG" ]
	cgi GET "/v1/organizations/$ORG" < /dev/null
	expect_status 200
	expect_json ".organization.metadata.displayName == \"$name\""
	name=$(unique Renamed)
	cgi_send PATCH "/v1/organizations/$ORG/metadata" \
	    "{\"displayName\": \"$name\"}"
	expect_status 200
	[ ! -s "$body_file" ]
	api GET "/v1/organizations/$ORG"
	expect_json ".organization.metadata.displayName == \"$name\""
	cgi DELETE "/v1/organizations/$ORG" < /dev/null
	expect_status 204
	[ ! -s "$body_file" ]
	cgi GET "/v1/organizations/$ORG" < /dev/null
	expect_status 404
}

@test "an answer longer than the buffer comes whole" {
	new_tenant
	fill_projects 200
	KEY=$OWNER_KEY cgi GET /v1/organizations/projects < /dev/null
	[ "$exit_status" = 0 ]
	expect_status 200
	[ "$(wc -c < "$body_file")" -gt 49152 ]
	expect_json '.accounts | length == 201'
	KEY=$OWNER_KEY cgi HEAD /v1/organizations/projects < /dev/null
	expect_status 200
	[ ! -s "$body_file" ]
}

@test "HEAD has GET's headers and no body" {
	local length etag

	new_org
	cgi GET "/v1/organizations/$ORG" < /dev/null
	length=$(header Content-Length) etag=$(header ETag)
	cgi HEAD "/v1/organizations/$ORG" < /dev/null
	[ "$exit_status" = 0 ]
	expect_status 200
	[ "$(header Content-Length)" = "$length" ]
	[ "$(header ETag)" = "$etag" ]
	[ ! -s "$body_file" ]
	KEY='' cgi HEAD "/v1/organizations/$ORG" < /dev/null
	expect_status 401
	[ ! -s "$body_file" ]
}

@test "If-None-Match is answered by 304 without a body" {
	new_org
	cgi GET "/v1/organizations/$ORG" < /dev/null
	cgi GET "/v1/organizations/$ORG" \
	    HTTP_IF_NONE_MATCH="$(header ETag)" < /dev/null
	expect_status 304
	[ ! -s "$body_file" ]
}

@test "a failure is a problem document, and still a success of the process" {
	cgi GET /v1/nothing < /dev/null
	expect_problem 404
	[ "$exit_status" = 0 ]
	cgi DELETE /v1/version < /dev/null
	expect_problem 405
	[ "$exit_status" = 0 ]
	cgi_send PUT "$verify" '{'
	expect_problem 400
	[ "$exit_status" = 0 ]
	KEY=tny_wrong cgi GET /v1/organizations < /dev/null
	expect_problem 401
	[ "$exit_status" = 0 ]
	grep -q 'route=/v1/organizations status=401' "$log_file"
}

@test "a request without method or path is answered" {
	cgi '' /healthz < /dev/null
	expect_problem 405
	cgi GET '' < /dev/null
	expect_problem 404
	cgi GET healthz < /dev/null
	expect_problem 404
	[ "$exit_status" = 0 ]
}

# --- the mount ----------------------------------------------------------------

@test "mounted at a prefix, the path begins behind it and links with it" {
	cgi_send POST /v1/organizations "$(create_body "$(unique Prefix)")" \
	    SCRIPT_NAME=/cgi-bin/tenantry.fcgi
	expect_status 200
	[[ $(header Location) == /cgi-bin/tenantry.fcgi/v1/organizations/* ]]
	cgi GET /cgi-bin/tenantry.fcgi/v1/version \
	    SCRIPT_NAME=/cgi-bin/tenantry.fcgi < /dev/null
	expect_problem 404
}

@test "mounted at /v1, the /v1 is put back, and stands in links once" {
	cgi GET /version SCRIPT_NAME=/v1 < /dev/null
	expect_status 200
	cgi_send POST /organizations "$(create_body "$(unique Mount)")" \
	    SCRIPT_NAME=/v1
	expect_status 200
	[[ $(header Location) == /v1/organizations/* ]]
	cgi_send POST /organizations "$(create_body "$(unique Mount)")" \
	    SCRIPT_NAME=/tenants/v1
	expect_status 200
	[[ $(header Location) == /tenants/v1/organizations/* ]]
}

@test "mounted at /v1, neither a second /v1 nor what lies outside is there" {
	local path

	for path in /v1/version /healthz /readyz /.well-known/jwks.json ''; do
		cgi GET "$path" SCRIPT_NAME=/v1 < /dev/null
		expect_problem 404
	done
	# a name that only ends in the same letters is no mount at /v1
	cgi GET /version SCRIPT_NAME=/apiv1 < /dev/null
	expect_problem 404
}

@test "public_prefix begins links, whatever the mount" {
	local script

	settings 'public_prefix = https://api.example.org/tenants'
	for script in '' /cgi-bin/tenantry.fcgi; do
		cgi_send POST /v1/organizations \
		    "$(create_body "$(unique Public)")" SCRIPT_NAME="$script"
		expect_status 200
		[ "$(header Location)" = "https://api.example.org/tenants/v1/\
organizations/$(json .organization.metadata.id)" ]
	done
	cgi_send POST /organizations "$(create_body "$(unique Public)")" \
	    SCRIPT_NAME=/v1
	[[ $(header Location) == \
	    https://api.example.org/tenants/v1/organizations/* ]]
}

@test "what the server decoded away is refused by the raw path" {
	local raw

	for raw in /v1%2Fversion /v1%2fversion /v1/version%00 /v1/./version \
	    /v1/../v1/version /v1/%2E/version /v1/.%2e/v1/version \
	    /v1//version //v1/version /v1/version/ \
	    http://localhost/v1//version; do
		cgi GET /v1/version REQUEST_URI="$raw" < /dev/null
		expect_problem 404
	done
	for raw in /v1/version /v1/versio%6E '/v1/version?a=//../%2F%00' \
	    http://localhost/v1/version; do
		cgi GET /v1/version REQUEST_URI="$raw" < /dev/null
		expect_status 200
	done
}

@test "create_status makes a creation 201" {
	settings 'create_status = 201'
	cgi_send POST /v1/organizations "$(create_body "$(unique Created)")"
	expect_status 201
}

# --- credentials --------------------------------------------------------------

@test "a credential that a rewrite has moved is found" {
	local basic

	basic=$(printf %s "$TENANTRY_LOGIN:$TENANTRY_PASSWORD" | base64 -w 0)
	for name in HTTP_AUTHORIZATION REDIRECT_HTTP_AUTHORIZATION; do
		for value in "Bearer $TENANTRY_API_KEY" "Basic $basic"; do
			KEY='' cgi GET /v1/organizations "$name=$value" \
			    < /dev/null
			expect_status 200
		done
		KEY='' cgi GET /v1/organizations \
		    "$name=Bearer tny_wrong" < /dev/null
		expect_problem 401
	done
}

@test "Authorization wins over the one that was moved" {
	KEY='' cgi GET /v1/organizations \
	    "HTTP_AUTHORIZATION=Bearer tny_wrong" \
	    "REDIRECT_HTTP_AUTHORIZATION=Bearer $TENANTRY_API_KEY" < /dev/null
	expect_problem 401
}

@test "the query string is neither credential nor argument" {
	local query

	for query in "api_key=$TENANTRY_API_KEY" "X-Api-Key=$TENANTRY_API_KEY" \
	    "access_token=$TENANTRY_API_KEY"; do
		KEY='' cgi GET /v1/organizations QUERY_STRING="$query" \
		    < /dev/null
		expect_problem 401
	done
	# a server hands a query without "=" over as arguments (RFC 3875, 4.4)
	mkdir "$BATS_TEST_TMPDIR/bin"
	for query in --help --version -h "--conf=/nonexistent"; do
		printf '#!/bin/sh\nexec "%s" "%s"\n' "$PROGRAM" "$query" \
		    > "$BATS_TEST_TMPDIR/bin/tenantry"
		chmod +x "$BATS_TEST_TMPDIR/bin/tenantry"
		PROGRAM=$BATS_TEST_TMPDIR/bin/tenantry cgi GET /healthz \
		    QUERY_STRING="$query" < /dev/null
		expect_status 200
		expect_json '.status == "alive"'
	done
}

# --- bodies -------------------------------------------------------------------

@test "without CONTENT_LENGTH a body method is 411 and nothing is read" {
	local method

	for method in "POST /v1/organizations" "PUT $verify" \
	    "PATCH /v1/organizations/x/metadata"; do
		# shellcheck disable=SC2086  # two words
		cgi $method < <(create_body "$(unique Never)")
		expect_problem 411
		# shellcheck disable=SC2086
		cgi $method CONTENT_LENGTH= < /dev/null
		expect_problem 411
	done
	cgi GET /v1/organizations < /dev/null
	expect_status 200
	cgi DELETE /v1/organizations/x < /dev/null
	expect_problem 403
}

@test "a length that is no number is 400" {
	local length

	for length in -1 +24 24x 0x18 ' ' '24,24' 2.4e1 abc; do
		cgi PUT "$verify" CONTENT_LENGTH="$length" \
		    <<< '{"organizationName": "a"}'
		expect_problem 400
	done
}

@test "a length beyond all bounds is 413, not a negative number" {
	local length

	for length in 65537 4294967296 9223372036854775808 \
	    18446744073709551616 99999999999999999999999999999999; do
		cgi PUT "$verify" CONTENT_LENGTH="$length" \
		    <<< '{"organizationName": "a"}'
		expect_problem 413
	done
}

@test "a body that ends early is 400, and creates nothing" {
	local name text

	name=$(unique Cut)
	text=$(create_body "$name")
	cgi POST /v1/organizations CONTENT_LENGTH="$((${#text} + 1))" \
	    < <(printf %s "$text")
	expect_problem 400 "the body ended after ${#text} of"
	[ "$exit_status" = 0 ]
	cgi PUT "$verify" CONTENT_LENGTH=5 < /dev/null
	expect_problem 400
	[ "$(count_organizations "$name")" = 0 ]
}

@test "a body that ends early is told only to a caller who may send one" {
	new_tenant
	new_member
	KEY='' cgi PUT "$verify" CONTENT_LENGTH=9 < /dev/null
	expect_problem 401
	KEY=$MEMBER_KEY cgi PATCH "/v1/organizations/$ORG/metadata" \
	    CONTENT_LENGTH=9 < /dev/null
	expect_problem 403
	cgi PUT "$verify" CONTENT_LENGTH=9 HTTP_ACCEPT=text/html < /dev/null
	expect_problem 406
}

@test "nothing behind CONTENT_LENGTH is read or looked at" {
	local text='{"organizationName": "a"}' rest

	cgi PUT "$verify" CONTENT_LENGTH=${#text} \
	    < <(printf '%s} and more' "$text")
	expect_status 200
	# what is left in a file shows how far the program has read
	printf '%srest' "$text" > "$BATS_TEST_TMPDIR/input"
	{
		cgi PUT "$verify" CONTENT_LENGTH=${#text}
		rest=$(cat)
	} < "$BATS_TEST_TMPDIR/input"
	expect_status 200
	[ "$rest" = rest ]
	{
		cgi PUT "$verify" CONTENT_LENGTH=$((${#text} - 1))
		rest=$(cat)
	} < "$BATS_TEST_TMPDIR/input"
	expect_problem 400
	[ "$rest" = '}rest' ]
}

@test "a body that comes in pieces is put together" {
	local text='{"organizationName": "a"}'

	cgi PUT "$verify" CONTENT_LENGTH=${#text} < <(
		printf %s "${text:0:5}"
		sleep 0.2
		printf %s "${text:5}"
	)
	expect_status 200
}

@test "a client that does not read the answer is no defect" {
	new_org
	env -i GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET \
	    PATH_INFO=/v1/organizations TENANTRY_CONF="$TENANTRY_CONF" \
	    ASAN_OPTIONS="${ASAN_OPTIONS-}" HTTP_X_API_KEY="$TENANTRY_API_KEY" \
	    "$PROGRAM" 2> "$BATS_TEST_TMPDIR/log" < /dev/null | true
	[ "${PIPESTATUS[0]}" = 0 ]
}

@test "SIGTERM ends the wait for a body: 400, and nothing is created" {
	local pid name fifo=$BATS_TEST_TMPDIR/fifo code=0

	name=$(unique Waiting)
	mkfifo "$fifo"
	env -i GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=POST \
	    PATH_INFO=/v1/organizations CONTENT_LENGTH=200 \
	    TENANTRY_CONF="$TENANTRY_CONF" HTTP_X_API_KEY="$TENANTRY_API_KEY" \
	    "$PROGRAM" < "$fifo" > "$BATS_TEST_TMPDIR/out" 3>&- &
	pid=$!
	exec 7> "$fifo"
	create_body "$name" >&7
	within 10 waits "$pid"
	kill -TERM "$pid"
	within 10 has_ended "$pid"
	wait "$pid" || code=$?
	exec 7>&-
	[ "$code" = 0 ]
	grep -q '^Status: 400' "$BATS_TEST_TMPDIR/out"
	[ "$(count_organizations "$name")" = 0 ]
}

# --- settings -----------------------------------------------------------------

# expect_not_set_up TEXT: 500 to the client, who learns nothing; TEXT in the log.
expect_not_set_up() {
	expect_problem 500 'configuration cannot be read'
	[ "$exit_status" != 0 ]
	[[ $body != *"${CONF##*/}"* && $body != *password* ]]
	grep -qF -- "$1" "$log_file" || {
		echo "not in the log: $1"
		cat "$log_file"
		return 1
	}
	grep -qF "id=$(header X-Request-Id) " "$log_file"
}

@test "settings that are missing are 503, and the log names the file" {
	CONF=$BATS_TEST_TMPDIR/none cgi GET /healthz < /dev/null
	expect_problem 503 'the service is not set up yet: open /setup'
	[[ $body != *none* ]]
	grep -qF "$BATS_TEST_TMPDIR/none: No such file" "$log_file"
	grep -qF "id=$(header X-Request-Id) " "$log_file"
	CONF='' cgi GET /healthz \
	    TENANTRY_CONF="$BATS_TEST_TMPDIR/none" HTTP_X_REQUEST_ID=mine-1 \
	    < /dev/null
	expect_problem 503
	expect_json '.instance == "mine-1"'
}

@test "a folder for a settings file is no settings that are missing: 500" {
	CONF=$BATS_TEST_TMPDIR cgi GET /healthz < /dev/null
	CONF=none expect_not_set_up 'Is a directory'
	CONF=$BATS_TEST_TMPDIR cgi GET /setup < /dev/null
	expect_problem 500 'configuration cannot be read'
}

@test "settings with a fault are 500, and the log says which" {
	local fault

	while IFS='|' read -r line fault; do
		settings "$line"
		cgi GET /healthz < /dev/null
		echo "$line"
		expect_not_set_up "$fault"
	done <<-'END'
	colour = red|unknown key "colour"
	max_body = large|max_body must be a number from 256
	max_body = 0|max_body must be a number from 256
	deadline = -1|deadline must be a number from 1
	create_status = 404|create_status must be a number from 200
	log_level = loud|log_level must be debug, info, warn or error
	public_prefix = https://example.org/|public_prefix must not end with
	db_user =|db_user is not set
	log_file = /nonexistent/log|the log file cannot be opened: /nonexistent/log
	no line|not of the form key = value
	END
}

@test "a fault in the settings is named with its line" {
	settings 'colour = red'
	cgi GET /healthz < /dev/null
	expect_not_set_up "tenantry.conf:$(wc -l < "$CONF"): unknown key"
	settings
	echo 'db_name = other' >> "$CONF"
	cgi GET /healthz < /dev/null
	expect_not_set_up 'db_name stands on line'
}

@test "settings that everyone may read are 500" {
	settings
	chmod 604 "$CONF"
	cgi GET /healthz < /dev/null
	expect_not_set_up 'chmod 600'
}

@test "the answer to HEAD without settings has no body" {
	CONF=$BATS_TEST_TMPDIR/none cgi HEAD /healthz < /dev/null
	expect_status 503
	[ "$(header Content-Length)" -gt 0 ]
	[ ! -s "$body_file" ]
	CONF=$BATS_TEST_TMPDIR cgi HEAD /healthz < /dev/null
	expect_status 500
	[ "$(header Content-Length)" -gt 0 ]
	[ ! -s "$body_file" ]
}

@test "a database that is not there is 503, and the client learns no path" {
	settings "db_socket = $BATS_TEST_TMPDIR/no.sock"
	cgi GET /v1/organizations < /dev/null
	expect_problem 503
	[ "$exit_status" = 0 ]
	[ "$(header Retry-After)" -ge 1 ]
	[[ $body != *"$BATS_TEST_TMPDIR"* && $body != *.sock* ]]
	grep -q 'status=503 code=unavailable' "$log_file"
	cgi GET /healthz < /dev/null
	expect_status 200
	cgi GET /readyz < /dev/null
	expect_problem 503
}

@test "a password that the database refuses is 503, and is not told" {
	settings 'db_password = not-the-one'
	cgi GET /v1/organizations < /dev/null
	expect_problem 503
	[[ $body != *not-the-one* && $body != *denied* ]]
	[ "$(grep -c not-the-one "$log_file")" = 0 ]
}

@test "a log file takes the lines in place of standard error" {
	local file=$BATS_TEST_TMPDIR/own.log

	settings "log_file = $file"
	cgi GET /healthz < /dev/null
	cgi GET /v1/nothing < /dev/null
	[ ! -s "$log_file" ]
	[ "$(wc -l < "$file")" = 2 ]
	[ "$(stat -c %a "$file")" = 600 ]
	settings "log_file = $file" 'log_level = warn'
	cgi GET /v1/nothing < /dev/null
	[ "$(wc -l < "$file")" = 2 ]
}

@test "started by hand, the program says what it is for and fails" {
	run env -i TENANTRY_CONF="$TENANTRY_CONF" "$PROGRAM" < /dev/null
	[ "$status" = 1 ]
	[[ $output == *"started by a web server"* ]]
	[[ $output != *Status:* ]]
	run env -i TENANTRY_CONF=/nonexistent "$PROGRAM" < /dev/null
	[ "$status" = 1 ]
	[[ $output == *"No such file"* && $output != *Status:* ]]
}
