#!/usr/bin/env bats
# What holds for every route: bodies, content negotiation, problem documents,
# caching, paths, and the request log.  What follows from the route table, as
# methods and the order of checks, is walked along it: tests/walk.
# shellcheck disable=SC2034,SC2154

setup() {
	load helper
	load tenancy
	load cgi
}

teardown() {
	[ -z "${TRIGGER:-}" ] || sql "DROP TRIGGER IF EXISTS $TRIGGER"
}

verify=/v1/organizations/verify
unknown=01ARZ3NDEKTSV4RRFFQ69G5FAV

# --- helpers ------------------------------------------------------------------

# What GET and HEAD must agree on.
lasting_headers() {
	tr -d '\r' < "$headers" | grep -i '^[a-z-]*:' |
	    grep -vi '^\(date\|transfer-encoding\|accept-ranges\):' | sort
}

# make_body BYTES: sets sent to a file of acceptable JSON of that length.
make_body() {
	sent=$BATS_TEST_TMPDIR/sent
	printf '{"organizationName": "a"%*s}' "$(($1 - 25))" '' > "$sent"
	[ "$(wc -c < "$sent")" = "$1" ]
}

# verify_file FILE: the bytes of the file as the body.
verify_file() {
	api PUT "$verify" --data-binary "@$1"
}

# verify_text FORMAT: printf's output as the body.
verify_text() {
	# shellcheck disable=SC2059  # a format is meant
	printf -- "$1" > "$BATS_TEST_TMPDIR/text"
	verify_file "$BATS_TEST_TMPDIR/text"
}

count_organizations() { # NAME
	sql "SELECT COUNT(*) FROM organizations WHERE display_name = '$1'"
}

is_logged() { # ID
	service_log | grep -qF "id=$1 "
}

# expect_logged ID TEXT: exactly one line of that request, and it has TEXT.
expect_logged() {
	local lines

	within 5 is_logged "$1"
	lines=$(service_log | grep -F "id=$1 ")
	[[ $(wc -l <<< "$lines") == 1 && $lines == *"id=$1 $2"* ]] || {
		echo "expected one line with: $2"
		echo "$lines"
		return 1
	}
}

# --- the order of checks ------------------------------------------------------

@test "order: an unknown path is 404 before everything else" {
	make_body 65537
	for KEY in '' tny_wrong "$TENANTRY_API_KEY"; do
		api GET /v1/nothing
		expect_problem 404
	done
	for method in OPTIONS DELETE POST $(foreign_methods); do
		KEY='' api "$method" /v1/nothing --header 'Accept: text/html' \
		    --header 'Content-Length: 0'
		expect_problem 404
	done
	api POST /v1/nothing --data-binary "@$sent"
	expect_problem 404
	api POST /v1/nothing --form a=b
	expect_problem 404
}

@test "order: 413 and 411 come before 415" {
	make_body 65537
	api PUT "$verify" --form "a=<$sent"
	expect_problem 413
	cgi PUT "$verify" CONTENT_TYPE='multipart/form-data; boundary=x' \
	    < /dev/null
	expect_problem 411
}

@test "order: the body comes before the state" {
	new_tenant
	new_stranger
	for filter in '| .eulaAccepted = false' '| del(.accountName)' \
	    '| .licenseType = "platinum"' '| .licenseKey = "a.b.c"'; do
		KEY=$OWNER_KEY api POST /v1/organizations \
		    --data "$(create_body "$ORG_NAME" "$filter")"
		expect_problem 400
	done
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$STRANGER_NAME\",
	    \"organizationName\": \"Other\"}"
	expect_problem 400
	# at the limit of the free licence
	KEY=$OWNER_KEY api POST /v1/projects --data '{"displayName": ""}'
	expect_problem 400
	KEY=$OWNER_KEY api POST /v1/projects --data '{"displayName": "Second"}'
	expect_problem 409
}

# --- methods ------------------------------------------------------------------

@test "a method in lower case is another method" {
	cgi get /healthz < /dev/null
	expect_problem 405
	cgi options /healthz < /dev/null
	expect_problem 405
}

# Apache keeps the length that a program tells to itself, and tells one of its own
# of a body that has come at once, which is never so with HEAD.
expect_headers_of_get() {
	[[ ${HOST_SERVER:-} != apache || -n $(header Content-Length) ]] ||
	    sed -i '/^Content-Length:/d' "$BATS_TEST_TMPDIR/get"
	lasting_headers | diff "$BATS_TEST_TMPDIR/get" -
}

@test "HEAD of a failure has the status and headers of GET" {
	local path key

	while read -r path key; do
		KEY=$key api GET "$path" --header 'X-Request-Id: the-same'
		[ "$status_code" -ge 400 ]
		lasting_headers > "$BATS_TEST_TMPDIR/get"
		KEY=$key api HEAD "$path" --header 'X-Request-Id: the-same'
		expect_headers_of_get
	done <<-END
	/v1/nothing
	/v1/organizations tny_wrong
	$verify $TENANTRY_API_KEY
	/v1/organizations/$unknown $TENANTRY_API_KEY
	END
}

@test "HEAD sends no body: the connection goes on with the next answer" {
	exec 9<> "/dev/tcp/127.0.0.1/$server_port"
	printf '%s %s HTTP/1.1\r\nHost: a\r\n%s\r\n' \
	    HEAD "$prefix/v1/version" '' \
	    GET "$prefix/v1/nothing" $'Connection: close\r\n' >&9
	timeout 20 cat <&9 > "$BATS_TEST_TMPDIR/both"
	exec 9>&-
	grep -A1 $'^\r$' "$BATS_TEST_TMPDIR/both" | sed -n 2p |
	    grep -q '^HTTP/1.1 404'
}

# --- bodies -------------------------------------------------------------------

@test "max_body bytes are taken, one more is 413" {
	make_body 65536
	verify_file "$sent"
	expect_status 200
	make_body 65537
	verify_file "$sent"
	expect_problem 413 65536
}

@test "a body of more than 2,000 values is 400, also with a wrong key" {
	local values

	values=$(printf '{"":{}},%.0s' {1..8000})
	sent=$BATS_TEST_TMPDIR/sent
	printf '{"organizationName": "a", "more": [%s]}' "${values%,}" > "$sent"
	[ "$(wc -c < "$sent")" -lt 65536 ]
	verify_file "$sent"
	expect_problem 400 'too many values'
	KEY=tny_wrong verify_file "$sent"
	expect_problem 401
}

# queries_of_verify BYTES: what the log says of a verification of that size.
queries_of_verify() {
	make_body "$1"
	cgi PUT "$verify" CONTENT_LENGTH="$1" < "$sent"
	expect_status 200
	sed -n 's/.* queries=\([0-9]*\).*/\1/p' "$log_file"
}

@test "a body over 4 KiB is decoded when its caller is known, not before" {
	local small large

	# the statement that answers a small one asks for the caller as well
	small=$(queries_of_verify 4096)
	large=$(queries_of_verify 4097)
	[ "$large" = $((small + 1)) ]
}

@test "max_body of the settings counts" {
	settings 'max_body = 256'
	make_body 256
	cgi PUT "$verify" CONTENT_LENGTH=256 < "$sent"
	expect_status 200
	make_body 257
	cgi PUT "$verify" CONTENT_LENGTH=257 < "$sent"
	expect_problem 413 256
}

@test "a body in chunks counts like any other" {
	make_body 65536
	api PUT "$verify" --data-binary "@$sent" \
	    --header 'Transfer-Encoding: chunked'
	case ${WEB_HOST:-} in
	apache-cgi) # which passes no body without a length on
		expect_problem 411
		return
		;;
	apache-proxy) # the same, but for a body that has come at once
		[ "$status_code" = 200 ] || expect_problem 411
		return
		;;
	esac
	expect_status 200
	make_body 65537
	api PUT "$verify" --data-binary "@$sent" \
	    --header 'Transfer-Encoding: chunked'
	expect_problem 413
	printf '' > "$sent"
	api PUT "$verify" --data-binary "@$sent" \
	    --header 'Transfer-Encoding: chunked'
	expect_problem 400
}

@test "without a body a PUT is 400, a DELETE and a GET are not" {
	new_org
	api PUT "$verify" # where no length is none: 411
	[[ $status_code == 4[01][01] ]]
	expect_problem "$status_code"
	api PUT "$verify" --header 'Content-Length: 0'
	expect_problem 400
	api GET "/v1/organizations/$ORG"
	expect_status 200
	api DELETE "/v1/organizations/$ORG"
	expect_status 204
}

@test "a POST without a length is refused in the same shape" {
	api POST /v1/organizations
	[[ $status_code == 411 || ${HOST_SERVER:-}$status_code == apache400 ]]
	expect_json ".status == $status_code and (.errors[0] | length > 0)"
}

@test "a body where none is asked for is not looked at" {
	make_body 65537
	new_org
	cgi GET /v1/organizations CONTENT_LENGTH=65537 < "$sent"
	expect_status 200
	cgi GET /healthz CONTENT_LENGTH=9 CONTENT_TYPE=multipart/form-data \
	    < "$sent"
	expect_status 200
	api DELETE "/v1/organizations/$ORG" --data '{"broken'
	expect_status 204
}

@test "a client that goes away within its body creates nothing" {
	local name text

	name=$(unique Gone)
	text=$(create_body "$name")
	exec 9<> "/dev/tcp/127.0.0.1/$server_port"
	printf 'POST %s HTTP/1.1\r\nHost: a\r\n%s%s\r\n\r\n%s' \
	    "$prefix/v1/organizations" \
	    "X-Api-Key: $TENANTRY_API_KEY"$'\r\n' \
	    "Content-Length: $((${#text} + 1))" "$text" >&9
	exec 9>&-
	api GET /healthz
	expect_status 200
	[ "$(count_organizations "$name")" = 0 ]
}

@test "any Content-Type but a multipart one is taken" {
	local type text='{"organizationName": "a"}'

	for type in application/json application/x-www-form-urlencoded \
	    'application/json; charset=iso-8859-1' text/plain \
	    application/octet-stream garbage multipartish/form-data ''; do
		api PUT "$verify" --data "$text" --header "Content-Type: $type"
		is_refused_by_rules || expect_status 200
	done
	for type in 'multipart/form-data; boundary=x' multipart/mixed \
	    'MultiPart/Form-Data' multipart/; do
		api PUT "$verify" --data "$text" --header "Content-Type: $type"
		# which cannot read such a body either
		[ "${WEB_HOST:-}$status_code" = apache-modsecurity500 ] ||
		    is_refused_by_rules || expect_problem 415
	done
}

# --- JSON ---------------------------------------------------------------------

@test "JSON that RFC 8259 does not have is 400" {
	local text head='{"organizationName": "a"'

	for text in ' ' "{'organizationName': 'a'}" '{organizationName: "a"}' \
	    "$head,}" "$head" "$head}}" "$head} {}" "$head}x" "$head}," \
	    "$head, \"x\"}" "$head, \"x\": }" "$head \"x\": 1}" \
	    "/* */ $head}" "$head} // end" "$head, \"x\": NaN}" \
	    "$head, \"x\": Infinity}" "$head, \"x\": -Infinity}" \
	    "$head, \"x\": -}" "$head, \"x\": 01}" "$head, \"x\": +1}" \
	    "$head, \"x\": .5}" "$head, \"x\": 1.}" "$head, \"x\": 0x1}" \
	    "$head, \"x\": 1e}" "$head, \"x\": True}" "$head, \"x\": nil}" \
	    "$head, \"x\": [1,]}" "$head, \"x\": [1 2]}" "$head, \"x\": [}" \
	    "$head, \"x\": \"\\\\x41\"}" "$head, \"x\": \"\\\\u12\"}" \
	    "$head, \"x\": \"\\\\u12G4\"}" "$head, \"x\": \"a\\nb\"}" \
	    "$head, \"x\": \"a\\tb\"}" "$head, \"x\": \"open}" \
	    "$head\\xef\\xbb\\xbf}"; do
		echo "$text"
		verify_text "$text"
		expect_problem 400
	done
}

@test "JSON that is no object is 400" {
	for text in '[]' '[{"organizationName": "a"}]' '"a"' 1 null true \
	    '""' -0; do
		verify_text "$text"
		expect_problem 400
	done
}

@test "a duplicate member is 400, however it is written and wherever" {
	local head='{"organizationName": "a"'

	for text in "$head, \"organizationName\": \"a\"}" \
	    "$head, \"\\\\u006frganizationName\": \"b\"}" \
	    "$head, \"x\": 1, \"x\": 1}" "$head, \"x\": {\"a\": 1, \"a\": 2}}" \
	    "$head, \"x\": [{\"a\": 1, \"b\": 2, \"a\": 3}]}" \
	    "$head, \"\": 1, \"\": 2}"; do
		echo "$text"
		verify_text "$text"
		expect_problem 400 duplicate
	done
	verify_text "$head, \"x\": {\"a\": 1}, \"y\": {\"a\": 1}, \"a\": 1}"
	expect_status 200
	verify_text "$head, \"ORGANIZATIONNAME\": \"b\"}"
	expect_status 200
}

@test "invalid UTF-8, NUL and lone surrogates are 400" {
	local bad

	for bad in '\xff' '\x80' '\xc3' '\xc0\xaf' '\xe0\x80\xaf' \
	    '\xed\xa0\x80' '\xf4\x90\x80\x80' '\xf8\x88\x80\x80\x80' \
	    '\xe2\x82' '\0' '\\u0000' '\\ud800' '\\udc00' '\\ud800x' \
	    '\\ud800\\u0041' '\\ud800\\ud800' '\\udc00\\ud800'; do
		echo "$bad"
		verify_text "{\"organizationName\": \"a$bad\"}"
		expect_problem 400
		verify_text "{\"organizationName\": \"a\", \"x$bad\": 1}"
		expect_problem 400
	done
	verify_text '{"organizationName": "a"}\0'
	expect_problem 400
	verify_text '\xff\xfe{\0}\0'
	expect_problem 400
	verify_text '{"organizationName": "\\ud83d\\ude00 \xf0\x9f\x98\x80"}'
	expect_status 200
}

@test "32 levels are taken, 33 are 400" {
	local open close head='{"organizationName": "a", "x": '

	open=$(printf '[%.0s' {1..31}) close=$(printf ']%.0s' {1..31})
	verify_text "$head$open$close}"
	expect_status 200
	verify_text "${head}[$open$close]}"
	expect_problem 400
	open=$(printf '{"a":%.0s' {1..31}) close=$(printf '}%.0s' {1..31})
	verify_text "$head${open}1$close}"
	expect_status 200
	verify_text "$head{\"a\":${open}1$close}}"
	expect_problem 400
	printf '%60000s' '' | tr ' ' '[' > "$BATS_TEST_TMPDIR/deep"
	verify_file "$BATS_TEST_TMPDIR/deep"
	expect_problem 400
}

@test "unknown members of any value are ignored" {
	local value

	for value in null true '[]' '{}' '""' -0 1e5 1.5E-3 \
	    123456789012345678901234567890 -99999999999999999999 \
	    1e400 '"\\/\\b\\f\\n\\r\\t\\u00e9"' '"\x7f"'; do
		echo "$value"
		verify_text "{\"organizationName\": \"a\", \"x\": $value}"
		expect_status 200
	done
	verify_text '\r\n\t {\n"organizationName"\t:\r"a" } \n'
	expect_status 200
}

@test "a huge number where a text belongs is 400" {
	for value in 123456789012345678901234567890 1e400 -1; do
		verify_text "{\"organizationName\": $value}"
		expect_problem 400 organizationName
	done
}

# --- Accept -------------------------------------------------------------------

@test "406 only where Accept rules JSON out" {
	for range in '*/*' 'application/*' application/json \
	    application/problem+json APPLICATION/JSON \
	    'text/html, */*;q=0.1' 'application/json;q=0.001' \
	    'text/html;q=0.9,application/*;q=0.5' '*/*;q=0, application/json' \
	    'application/*;q=0, application/json;q=1' \
	    'text/html;q=0, */*' 'application/json ; q=0.5' \
	    'application/json;charset=utf-8' '' \
	    'application/json;profile="a;q=0"' 'text/html;x="a,b",*/*' \
	    'application/json;x="\",q=0";q=1' 'text/html;x="open, */*' \
	    'application/json;x="a;q=0,b"; q=0.5'; do
		echo "$range"
		api GET /v1/version --header "Accept: $range"
		is_refused_by_rules || expect_status 200
	done
	for range in text/html 'text/*' application/xml '*/*;q=0' \
	    'application/*;q=0' 'application/json;q=0' \
	    'application/json;q=0.000' 'application/json; Q=0' \
	    'application/json;q=0, */*' 'application/*;q=0, */*' \
	    'application/jsonx' 'text/html, image/*;q=0.5' json \
	    'application/json;x="a,b";q=0' 'application/json;x="\"";q=0' \
	    'text/html;x="*/*"' 'text/html;x=", */*"'; do
		echo "$range"
		api GET /v1/version --header "Accept: $range"
		is_refused_by_rules || expect_problem 406
	done
}

@test "two Accept fields are one list" {
	api GET /v1/version --header 'Accept: text/html' \
	    --header 'Accept: application/json'
	expect_status 200
}

@test "health routes take any Accept, and have two names" {
	for path in /healthz /health /readyz; do
		for range in text/plain text/html 'application/json;q=0'; do
			KEY='' api GET "$path" --header "Accept: $range"
			expect_status 200
			[ "$(header Content-Type)" = application/json ]
		done
	done
	KEY='' api GET /health
	expect_json '. == {"status": "alive"}'
}

@test "the version names tag and commit" {
	KEY='' api GET /v1/version
	expect_json '.tag == "v" + .version and (.schema | type == "number")'
	expect_json ".commit == \"$(git -C "$TENANTRY_ROOT" rev-parse HEAD \
	    2> /dev/null | cut -c 1-12)\" or .commit == \"unknown\""
	[ ! -e "$TENANTRY_ROOT/.git" ] || expect_json '.commit != "unknown"'
}

@test "a body with a Content-Encoding is 415, identity is none" {
	for coding in gzip br x-gzip 'gzip, identity' unknown; do
		api PUT "$verify" --data '{"organizationName": "a"}' \
		    --header "Content-Encoding: $coding"
		is_refused_by_rules || expect_problem 415 Content-Encoding
	done
	printf '{"organizationName": "a"}' | gzip > "$BATS_TEST_TMPDIR/gz"
	api PUT "$verify" --data-binary "@$BATS_TEST_TMPDIR/gz" \
	    --header 'Content-Encoding: gzip'
	is_refused_by_rules || expect_problem 415 Content-Encoding
	for coding in identity Identity; do
		api PUT "$verify" --data '{"organizationName": "a"}' \
		    --header "Content-Encoding: $coding"
		is_refused_by_rules || expect_status 200
	done
}

# --- query ------------------------------------------------------------------

# --- request id ---------------------------------------------------------------

@test "X-Request-Id is echoed where it is acceptable" {
	local id

	for id in a A.b_c-9 "$(printf 'x%.0s' {1..64})"; do
		api GET /v1/version --header "X-Request-Id: $id"
		[ "$(header X-Request-Id)" = "$id" ]
		api GET /v1/nothing --header "X-Request-Id: $id"
		[ "$(header X-Request-Id)" = "$id" ]
		expect_problem 404
	done
}

@test "an X-Request-Id that is not acceptable is replaced" {
	local id

	for id in "$(printf 'x%.0s' {1..65})" 'a b' a/b é '<script>' 'a,b' \
	    'a"b' 'a=b' 'a%0ab' '' ; do
		api GET /v1/nothing --header "X-Request-Id: $id"
		expect_problem 404
		[[ $(header X-Request-Id) =~ ^[0-9A-HJKMNP-TV-Z]{26}$ ]]
	done
}

@test "each request without an id gets one of its own" {
	for _ in 1 2 3 4 5 6; do
		api GET /healthz
		header X-Request-Id
	done > "$BATS_TEST_TMPDIR/ids"
	[ "$(sort -u "$BATS_TEST_TMPDIR/ids" | wc -l)" = 6 ]
}

# --- problem documents --------------------------------------------------------

# Apache takes no length from programs that it runs or asks itself.
has_length() {
	case ${WEB_HOST:-} in apache-cgi | apache-proxy) return ;; esac
	[ "$(header Content-Length)" = "$(wc -c < "$body_file")" ]
}

@test "every failure is a problem document with the same members" {
	local title

	new_org
	make_body 65537
	while read -r code method path arguments; do
		eval "api $method $path $arguments"
		expect_problem "$code"
		expect_json '[keys_unsorted[] | select(
		    . != "limits" and . != "needed" and . != "have")] ==
		    ["type", "title", "status", "detail", "instance", "errors"]'
		expect_json '.type | test("^urn:tenantry:problem:[a-z-]+$")'
		expect_json '.errors == [.detail]'
		[ "$(header X-Content-Type-Options)" = nosniff ]
		has_length
		title=$(json '.type + .title')
		eval "api $method $path $arguments"
		[ "$(json '.type + .title')" = "$title" ]
	done <<-END
	400 PUT $verify --data {
	403 DELETE /v1/organizations/$unknown
	404 GET /v1/organizations/$unknown
	404 GET /v1/nothing
	405 DELETE /healthz
	406 GET /v1/version --header Accept:text/html
	409 POST /v1/organizations --data '$(create_body "$ORG_NAME" | tr -d '\n')'
	413 PUT $verify --data-binary @$sent
	415 PUT $verify --form a=b
	END
}

basic='Basic realm="tenantry", charset="UTF-8"'
bearer='Bearer realm="tenantry"'

# Apache makes one field of the two.
challenges() {
	header WWW-Authenticate | sed 's/", Bearer/"\nBearer/'
}

@test "401 has a field for each scheme, Basic first" {
	for KEY in '' tny_wrong; do
		api GET /v1/organizations
		expect_problem 401
		[ "$(challenges)" = "$basic"$'\n'"$bearer" ]
		[ "${HOST_SERVER:-}" = apache ] ||
		    [ "$(header WWW-Authenticate | wc -l)" = 2 ]
	done
	api GET /v1/organizations --header 'Sec-Fetch-Mode: navigate'
	[ "$(challenges)" = "$basic"$'\n'"$bearer" ]
	unset KEY
	api GET "/v1/organizations/$unknown"
	[ -z "$(header WWW-Authenticate)" ]
}

@test "401 to a script of a page opens no box of the browser's" {
	for field in 'X-Requested-With: XMLHttpRequest' 'X-Requested-With: x' \
	    'Sec-Fetch-Mode: cors' 'Sec-Fetch-Mode: no-cors' \
	    'Sec-Fetch-Mode: same-origin'; do
		for KEY in '' tny_wrong; do
			api GET /v1/organizations --header "$field"
			expect_problem 401
			[ "$(header WWW-Authenticate)" = "$bearer" ]
		done
	done
	KEY='' api GET /v1/organizations --header 'X-Requested-With: x' \
	    --header 'Sec-Fetch-Mode: navigate'
	[ "$(header WWW-Authenticate)" = "$bearer" ]
}

@test "no SQL and no file name reach a client whose request breaks" {
	local word name

	name=$(unique Broken)
	TRIGGER=broken_http
	sql "CREATE TRIGGER $TRIGGER BEFORE INSERT ON audit_events
	    FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
	    'INSERT INTO secret.table at /var/lib/mysql/file.ibd'"
	api POST /v1/organizations --data "$(create_body "$name")" \
	    --header 'X-Request-Id: broken-http'
	sql "DROP TRIGGER $TRIGGER"
	expect_problem 500
	for word in INSERT secret mysql /var .ibd SQL 45000 audit_events; do
		[[ $body != *"$word"* ]]
	done
	[ "$(count_organizations "$name")" = 0 ]
	expect_logged broken-http 'method=POST route=/v1/organizations status=500'
}

# --- caching ------------------------------------------------------------------

@test "Cache-Control: a resource may be kept, a credential and a failure not" {
	new_org
	[ "$(header Cache-Control)" = no-store ]
	api GET "/v1/organizations/$ORG"
	[ "$(header Cache-Control)" = 'private, no-cache' ]
	api PUT "$verify" --data '{"organizationName": "a"}'
	[ "$(header Cache-Control)" = no-store ]
	api PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$(unique New)\"}"
	[ "$(header Cache-Control)" = no-store ]
	api DELETE "/v1/organizations/$ORG"
	[ "$(header Cache-Control)" = no-store ]
}

@test "public documents may be kept, and have an entity tag" {
	local path etag

	for path in /v1/openapi.json /.well-known/jwks.json; do
		KEY='' api GET "$path"
		expect_status 200
		etag=$(header ETag)
		[[ $etag =~ ^\"[a-z]-[0-9a-f]{32}\"$ ]]
		for form in "$etag" "W/$etag" "${etag%?}-gzip\"" '*'; do
			KEY='' api GET "$path" --header "If-None-Match: $form"
			expect_status 304
			[ ! -s "$body_file" ]
			[ "$(header ETag)" = "$etag" ]
			[ "$(header Cache-Control)" = 'public, max-age=300' ]
		done
		KEY='' api GET "$path" --header 'If-None-Match: "j-1"'
		expect_status 200
		KEY='' api GET "$path" --header 'If-Match: "j-1"'
		expect_problem 412
	done
}

@test "If-None-Match that has the ETag is 304, in each of its forms" {
	local etag form

	new_org
	api GET "/v1/organizations/$ORG"
	etag=$(header ETag)
	[[ $etag =~ ^\"[^\"]+\"$ ]]
	for form in "$etag" '*' "W/$etag" "\"other\", $etag" \
	    "$etag,\"other\"" "\"a\",W/$etag ,\"b\"" \
	    "${etag%?}-gzip\"" "${etag%?}-br\"" "${etag%?};gzip\"" \
	    "W/${etag%?}-gzip\""; do
		for method in GET HEAD; do
			api "$method" "/v1/organizations/$ORG" \
			    --header "If-None-Match: $form"
			echo "$form"
			expect_status 304
			[ ! -s "$body_file" ]
			[ "$(header ETag)" = "$etag" ]
			[ "$(header Cache-Control)" = 'private, no-cache' ]
			[ -z "$(header Content-Type)" ]
		done
	done
}

# Where the web server hands both on, and does not join them itself.
@test "two If-None-Match parameters of one request are one list" {
	local etag other='HTTP_IF_NONE_MATCH="other"'

	load worker
	settings
	worker_start
	new_org
	api GET "/v1/organizations/$ORG"
	etag=$(header ETag)
	for pair in "$other HTTP_IF_NONE_MATCH=$etag" \
	    "HTTP_IF_NONE_MATCH=$etag $other" \
	    "$other HTTP_IF_NONE_MATCH=W/\"x\",$etag"; do
		# shellcheck disable=SC2086 # two words
		ask GET "/v1/organizations/$ORG" $pair < /dev/null
		[ "$status_code" = 304 ]
	done
	ask GET "/v1/organizations/$ORG" "$other" "$other" < /dev/null
	[ "$status_code" = 200 ]
	worker_kill
}

@test "two If-None-Match fields are one list" {
	local etag

	new_org
	api GET "/v1/organizations/$ORG"
	etag=$(header ETag)
	api GET "/v1/organizations/$ORG" --header 'If-None-Match: "other"' \
	    --header "If-None-Match: $etag"
	# lighttpd hands the first of them on and no other, nginx refuses two
	case ${WEB_HOST:-lighttpd} in
	lighttpd*) expect_status 200 ;;
	nginx*)
		expect_status 400
		[ -z "$(header X-Request-Id)" ]
		return
		;;
	*) expect_status 304 ;;
	esac
	api GET "/v1/organizations/$ORG" --header "If-None-Match: $etag" \
	    --header 'If-None-Match: "other"'
	expect_status 304
	api GET "/v1/organizations/$ORG" --header 'If-None-Match: "one"' \
	    --header 'If-None-Match: "other"'
	expect_status 200
}

@test "If-None-Match that has it not is 200" {
	local etag form

	new_org
	api GET "/v1/organizations/$ORG"
	etag=$(header ETag)
	for form in '"other"' "${etag//\"/}" "${etag:0:10}\"" "\"x${etag:1}" \
	    "${etag%?}x\"" '"*"' '""' "${etag^^}" 'W/' \
	    "${etag%?}-gzipx\"" "${etag%?}-\"" "$etag \"open"; do
		[ "$form" != "$etag" ]
		api GET "/v1/organizations/$ORG" \
		    --header "If-None-Match: $form"
		echo "$form"
		expect_status 200
		[ "$(header ETag)" = "$etag" ]
	done
}

@test "If-None-Match opens nothing" {
	new_tenant
	new_stranger
	KEY=$STRANGER_KEY api GET "/v1/organizations/$ORG" \
	    --header 'If-None-Match: *'
	expect_problem 404
	KEY='' api GET "/v1/organizations/$ORG" --header 'If-None-Match: *'
	expect_problem 401
	KEY=$STRANGER_KEY api PATCH "/v1/organizations/$ORG/metadata" \
	    --header 'If-None-Match: *' \
	    --data "{\"displayName\": \"$(unique New)\"}"
	expect_problem 404
}

@test "the ETag lasts as long as the representation" {
	local etag

	new_org
	api GET "/v1/organizations/$ORG"
	etag=$(header ETag)
	api GET "/v1/organizations/$ORG"
	[ "$(header ETag)" = "$etag" ]
	api PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$(unique New)\"}"
	api GET "/v1/organizations/$ORG" --header "If-None-Match: $etag"
	expect_status 200
	[ "$(header ETag)" != "$etag" ]
}

@test "two roles share an ETag only where they share the representation" {
	local etag text

	new_tenant
	new_member
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG"
	etag=$(header ETag) text=$body
	KEY=$MEMBER_KEY api GET "/v1/organizations/$ORG"
	expect_status 200
	[ "$([ "$body" = "$text" ] && echo same)" = \
	    "$([ "$(header ETag)" = "$etag" ] && echo same)" ]
}

# --- paths --------------------------------------------------------------------

@test "a path that only resembles one of ours is 404" {
	local path

	for path in /v1%2Fversion /v1%2fversion /v1/./version \
	    /v1/../v1/version /v1/%2e/version /v1/%2E%2E/v1/version \
	    /v1//version //v1/version /v1/version/ /v1/version// /V1/version \
	    /v1/Version /v1/version%20 /v1/version%3Fa /v1/version%2F \
	    '/v1/version;a=1' '/v1\version' /v1 /v1/ /v2/version /version \
	    /healthz/ /healthz/x /v1/organizations/ "/v1/organizations/$unknown/" \
	    "/v1/organizations/$unknown/nothing" /v1/a/b/c/d/e/f/g/h/i/j \
	    "/v1/$(printf 'x%.0s' {1..6000})" '/v1/{id}' /.well-known/ \
	    /v1/organizations/accounts/all/x /index.html /docs/../healthz \
	    /metrics/ /console/ /console/theme.css/; do
		echo "$path"
		api GET "$path"
		if [ "${HOST_SERVER:-}" = apache ]; then
			# which refuses some, and gives others to nobody
			[[ $status_code == 40[034] ]]
			[[ $(header Content-Type) == application/problem+json* ]] ||
			    is_htaccess
		else
			expect_problem 404
		fi
	done
}

@test "a path with a byte that no path has is refused" {
	local path

	for path in /v1/version%00 /v1/%00/version /v1/organizations/a%0ab \
	    /v1/organizations/%ff /v1/version%0d%0aX-Injected:1; do
		echo "$path"
		api GET "$path"
		is_refused_by_rules || [[ $status_code == 40[04] ]]
		# some before .htaccess is read
		is_htaccess ||
		    expect_json '.errors[0] | length > 0'
		[ -z "$(header X-Injected)" ]
	done
}

@test "percent-encoded letters are the letters" {
	local slug

	api GET /v1/versio%6E
	expect_status 200
	api GET /%76%31/version
	expect_status 200
	new_org
	api GET "/v1/organizations/$(printf '%%%x' "'${ORG:0:1}")${ORG:1}"
	expect_status 200
	expect_json ".organization.metadata.id == \"$ORG\""
	slug=$(json .organization.metadata.name)
	api GET "/v1/organizations/$(printf '%%%x' "'${slug:0:1}")${slug:1}"
	expect_status 200
	# decoded once, not twice
	api GET "/v1/organizations/%25$(printf '%x' "'${ORG:0:1}")${ORG:1}"
	expect_problem 404
}

@test "an id in the path is a value, whatever is in it" {
	local id

	for id in "'" '%27%20OR%20%271%27=%271' '%22' '%25' '*' '%3B--' \
	    '%5C' "$(printf 'A%.0s' {1..2000})" '%C3%A9' '%F0%9F%98%80'; do
		echo "$id"
		api GET "/v1/organizations/$id"
		is_refused_by_rules || expect_problem 404
		api DELETE "/v1/organizations/$id"
		is_refused_by_rules || expect_problem 403
	done
}

@test "a header that names no possible id is refused like an unknown one" {
	local name id

	new_tenant
	for name in X-Organization-ID X-Bindplane-Account-ID; do
		for id in "$unknown" é "'" '%' "$(printf 'A%.0s' {1..2000})" \
		    $'\xff'; do
			KEY=$OWNER_KEY api GET /v1/organizations/projects \
			    --header "$name: $id"
			expect_problem 403
			KEY=$OWNER_KEY api PUT /v1/organization-license \
			    --header "$name: $id" --data '{"licenseKey": "a"}'
			expect_problem 403
		done
	done
}

@test "unknown query parameters change nothing and identify nobody" {
	local query

	for query in '?' '?x=1' '?x=1&x=2&limit=-1' '?a=..//%2F%2e' \
	    '?%27%20OR%201=1' '?REQUEST_METHOD=DELETE' "?$(printf 'x%.0s' {1..3000})"; do
		echo "$query"
		api GET "/v1/version$query"
		is_refused_by_rules || expect_status 200
	done
	for query in "api_key=$TENANTRY_API_KEY" \
	    "X-Api-Key=$TENANTRY_API_KEY" "access_token=$TENANTRY_API_KEY"; do
		KEY='' api GET "/v1/organizations?$query"
		expect_problem 401
	done
}

# --- the log ------------------------------------------------------------------

@test "log: one line a request, with method, pattern, status, time and queries" {
	local id method path text code arguments

	new_org
	while IFS='|' read -r method path code text; do
		id=$(unique log)
		arguments=(--header "X-Request-Id: $id")
		[ "$method" != PUT ] || arguments+=(--data '{')
		[[ ${WEB_HOST:-} != apache-modsecurity || $method != [PD]* ]] ||
		    text=${text/ / override=1 }
		api "$method" "$path" "${arguments[@]}"
		expect_status "$code"
		expect_logged "$id" "$text"
		service_log | grep -F "id=$id " | grep -Eq \
		    '^time=[0-9TZ:.-]+ level=info id=[^ ]+ method=[A-Z]+( override=1)? route=[^ ]+ status=[0-9]+ code=[a-z-]+( cause=[a-z-]+)?( user=[0-9A-Z]{26} key=[0-9A-Z]{26}( org=[0-9A-Z]{26})?)? from=[0-9a-f.:]+ us=[0-9]+ queries=[0-9]+$'
	done <<-END
	GET|/healthz|200|method=GET route=/healthz status=200 code=ok
	HEAD|/v1/version|200|method=HEAD route=/v1/version status=200 code=ok
	OPTIONS|/v1/version|204|method=OPTIONS
	GET|/v1/nothing|404|method=GET route=- status=404 code=no-route
	GET|/v1/organizations/$ORG|200|method=GET route=/v1/organizations/{id} status=200 code=ok
	GET|/v1/organizations/$unknown|404|method=GET route=/v1/organizations/{id} status=404 code=no-resource
	PUT|$verify|400|method=PUT route=$verify status=400 code=bad-body
	DELETE|/v1/organizations/$ORG|204|method=DELETE route=/v1/organizations/{id} status=204 code=ok
	END
}

# expect_caller ID CODE WORDS: the line of that request has them, in this order.
expect_caller() {
	within 5 is_logged "$1"
	service_log | grep -F "id=$1 " |
	    grep -qE " code=$2$3( org=[0-9A-Z]{26})? from=127\.0\.0\.1 us=[0-9]+ " || {
		service_log | grep -F "id=$1 "
		return 1
	}
}

@test "log: every decision says of whom and from where, by ids alone" {
	local id user key

	new_tenant
	new_stranger
	new_login
	id=$(unique who)
	key=$(sql "SELECT CONCAT(' user=', user_id, ' key=', id) FROM api_keys
	    WHERE digest = UNHEX(SHA2('$OWNER_KEY', 256))")
	user=$(sql "SELECT id FROM users WHERE email = '$OWNER_EMAIL'")
	[[ $key == " user=$user key="* ]]
	KEY=$OWNER_KEY
	api GET "/v1/organizations/$ORG" --header "X-Request-Id: $id-1"
	expect_caller "$id-1" ok "$key"
	api GET "/v1/organizations/$STRANGER_ORG" \
	    --header "X-Request-Id: $id-2"
	expect_caller "$id-2" no-resource " cause=membership$key"
	api DELETE "/v1/organizations/$STRANGER_ORG" \
	    --header "X-Request-Id: $id-3"
	expect_caller "$id-3" forbidden " cause=membership$key"
	api PATCH "/v1/organizations/$ORG/metadata" --data '{' \
	    --header "X-Request-Id: $id-4"
	expect_caller "$id-4" bad-body "$key"
	api PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$(unique Renamed)\"}" \
	    --header "X-Request-Id: $id-5"
	expect_caller "$id-5" ok "$key"
	api POST /v1/organizations --header "X-Request-Id: $id-6" \
	    --data "$(create_body "$(unique Who)")"
	expect_caller "$id-6" ok "$key"
	with_password "$USER_EMAIL" "$USER_PASSWORD" \
	    --header "X-Request-Id: $id-7"
	user=$(sql "SELECT id FROM users WHERE email = '$USER_EMAIL'")
	expect_caller "$id-7" ok " user=$user key=password"
	# of who is not known nothing is said but from where
	with_password "$USER_EMAIL" wrong --header "X-Request-Id: $id-8"
	expect_caller "$id-8" unauthenticated ' cause=password'
	KEY=tny_wrong api GET /v1/organizations \
	    --header "X-Request-Id: $id-9"
	expect_caller "$id-9" unauthenticated ' cause=key'
	KEY='' api GET /v1/version --header "X-Request-Id: $id-10"
	expect_caller "$id-10" ok ''
	[ "$(service_log | grep -cF -e "$USER_EMAIL" -e "$OWNER_EMAIL")" = 0 ]
}

@test "log: an address is one, or none, and is left out where that is wanted" {
	cgi GET /healthz REMOTE_ADDR='2001:db8::7' < /dev/null
	grep -q ' code=ok from=2001:db8::7 us=' "$log_file"
	cgi GET /healthz REMOTE_ADDR='192.0.2.7" user=root key="x' < /dev/null
	grep -q ' code=ok from=- us=' "$log_file"
	settings 'log_addresses = off'
	cgi GET /v1/organizations < /dev/null
	expect_status 200
	grep -qE ' code=ok user=[0-9A-Z]{26} key=[0-9A-Z]{26} us=' "$log_file"
	[ "$(grep -c from= "$log_file")" = 0 ]
}

@test "log: a read is one query, a public route none" {
	local path id

	new_org
	for path in /v1/organizations /v1/organizations/accounts/all \
	    "/v1/organizations/$ORG"; do
		id=$(unique read)
		api GET "$path" --header "X-Request-Id: $id"
		expect_status 200
		within 5 is_logged "$id"
		service_log | grep -F "id=$id " | grep -q ' queries=1$'
	done
	for path in /healthz /v1/version /.well-known/jwks.json; do
		id=$(unique public)
		api GET "$path" --header "X-Request-Id: $id"
		within 5 is_logged "$id"
		service_log | grep -F "id=$id " | grep -q ' queries=0$'
	done
}

@test "log: a mistyped API key is refused without a query" {
	local id

	id=$(unique mistyped)
	KEY=tny_u$(printf 'A%.0s' {1..38}) api GET /v1/organizations \
	    --header "X-Request-Id: $id"
	expect_problem 401
	within 5 is_logged "$id"
	service_log | grep -F "id=$id " | grep -q ' cause=key .*queries=0$'
}

@test "log: what a client sends cannot write a line of its own" {
	local id

	id=$(unique forged)
	cgi "GET\" id=$id status=200"$'\n'"level=error" /healthz < /dev/null
	expect_problem 405
	[ "$(wc -l < "$log_file")" = 1 ]
	[ "$(grep -c '^level' "$log_file")" = 0 ]
	# nor a field of the line that the request has
	[ "$(grep -cF "$id" "$log_file")" = 0 ]
	grep -q ' method=- ' "$log_file"
}

@test "log: neither key nor password nor body is in it" {
	local name secret

	name=$(unique Secretive)
	api POST /v1/organizations --data "$(create_body "$name")" \
	    --header 'X-Request-Id: secretive'
	expect_status 200
	secret=$(json .account.spec.secretKey)
	KEY='' api GET /v1/organizations?token=queried-token \
	    --user "$TENANTRY_LOGIN:$TENANTRY_PASSWORD"
	expect_status 200
	KEY='' api GET /v1/organizations --user "$TENANTRY_LOGIN:wrong-password" \
	    --header 'X-Request-Id: secretive-2'
	within 5 is_logged secretive-2
	for word in "$TENANTRY_API_KEY" "$TENANTRY_PASSWORD" "$name" "$secret" \
	    queried-token wrong-password; do
		[ "$(service_log | grep -cF -- "$word")" = 0 ]
		[ "$(grep -cF -- "$word" "$served_log/access.log")" = 0 ]
	done
}

@test "log: a success has no code of a failure, also after a new password" {
	local secret i

	secret=$(unique password)
	new_user "$(unique login)@example.org"
	ctl user password --email "$USER_EMAIL" <<< "$secret"
	for _ in {1..12}; do
		KEY='' api GET /v1/organizations --user "$USER_EMAIL:$secret"
		expect_status 200
	done
	# the same password: what the workers remember no longer fits its hash
	ctl user password --email "$USER_EMAIL" <<< "$secret"
	for i in {1..12}; do
		KEY='' api GET /v1/organizations --user "$USER_EMAIL:$secret" \
		    --header "X-Request-Id: $USER_EMAIL-$i"
		expect_status 200
	done
	within 5 is_logged "$(header X-Request-Id)"
	[ "$(service_log | grep -c 'status=200 code=unauthenticated')" = 0 ]
}
