#!/usr/bin/env bats
# Pages of other origins: what they may (CORS), and that none of them writes with
# a password that a browser has remembered.
# shellcheck disable=SC2034,SC2154

setup() {
	load helper
	load tenancy
	load cgi
}

verify=/v1/organizations/verify

# --- a password that a browser sends unasked ----------------------------------

evil=https://evil.example

# try FIELD...: an organization is created with login and password.  Sets what
# `api` does.
try() {
	local arguments=()

	for field; do
		arguments+=(--header "$field")
	done
	name=$(unique Forged)
	KEY='' api POST /v1/organizations --data "$(create_body "$name")" \
	    --user "$TENANTRY_LOGIN:$TENANTRY_PASSWORD" \
	    --header 'Content-Type: text/plain' "${arguments[@]}"
}

made() {
	sql "SELECT COUNT(*) FROM organizations WHERE display_name = '$name'"
}

# expect_cross_site FIELD...
expect_cross_site() {
	try "$@"
	echo "$*"
	[ "$(made)" = 0 ]
	! is_refused_by_rules || return 0
	expect_problem 403 'page of another origin'
	expect_json '.type == "urn:tenantry:problem:cross-site"'
	[[ $(header Vary) == Origin,*(' ')Sec-Fetch-Site ]]
	[ "$(made)" = 0 ]
}

other_scheme() {
	case $(own) in
	https:*) own | sed s/https/http/ ;;
	*) own | sed s/http/https/ ;;
	esac
}

own() {
	echo "${TENANTRY_URL%"$prefix"}"
}

@test "cross-site: a page of another site writes nothing with Basic" {
	expect_cross_site 'Sec-Fetch-Site: cross-site'
	expect_cross_site 'Sec-Fetch-Site: same-site'
	expect_cross_site 'Sec-Fetch-Site: cross-site' "Origin: $(own)"
	expect_cross_site "Sec-Fetch-Site: cross-site" "Origin: $evil"
	expect_cross_site "Origin: $evil"
	expect_cross_site 'Origin: null'
	expect_cross_site "Origin: $(own)1"
	expect_cross_site "Origin: $(other_scheme)"
	expect_cross_site "Origin: $(own)/"
	expect_cross_site "Origin: $evil" 'Sec-Fetch-Site: other'
}

@test "cross-site: curl, scripts and the service's own pages write with Basic" {
	for fields in 'X-Nothing: 1' "Origin: $(own)" \
	    'Sec-Fetch-Site: same-origin' 'Sec-Fetch-Site: none'; do
		try "$fields"
		! is_refused_by_rules || continue
		expect_status 200
		[ "$(made)" = 1 ]
		[[ $(header Vary) == Origin,*(' ')Sec-Fetch-Site ]]
	done
	try "Origin: $evil" 'Sec-Fetch-Site: same-origin'
	is_refused_by_rules || expect_status 200
}

@test "cross-site: a key cannot be sent unasked, and reading changes nothing" {
	local field

	for field in 'Sec-Fetch-Site: cross-site' "Origin: $evil"; do
		api PUT "$verify" --header "$field" \
		    --data '{"organizationName": "a"}'
		expect_status 200
		[ -z "$(header Vary)" ]
		KEY='' api PUT "$verify" --header "$field" \
		    --header "Authorization: Bearer $TENANTRY_API_KEY" \
		    --data '{"organizationName": "a"}'
		expect_status 200
		api PUT "$verify" --header "$field" --user a:b \
		    --data '{"organizationName": "a"}'
		expect_status 200
		for method in GET HEAD OPTIONS; do
			KEY='' api $method /v1/organizations \
			    --header "$field" \
			    --user "$TENANTRY_LOGIN:$TENANTRY_PASSWORD"
			[[ $status_code == 20[04] ]]
		done
	done
}

@test "cross-site: every unsafe method of every route is meant" {
	local path method

	while read -r method path; do
		KEY='' api "$method" "$path" --header "Origin: $evil" \
		    --user "$TENANTRY_LOGIN:wrong" --data '{'
		echo "$method $path"
		expect_problem 403
		expect_json '.type == "urn:tenantry:problem:cross-site"'
	done < <(KEY='' api GET /v1/openapi.json; jq -r '.paths | to_entries[] |
	    .key as $path | .value | keys_unsorted[] |
	    select(IN("post", "put", "patch", "delete")) |
	    "\(ascii_upcase) \($path | gsub("{[a-zA-Z]*}"; "nobody"))"' "$body_file")
}

@test "cross-site: it comes after 404 and 405, before 413, 415, 406 and 401" {
	head -c 70000 /dev/zero | tr '\0' ' ' > "$BATS_TEST_TMPDIR/large"
	set -- --user "$TENANTRY_LOGIN:wrong" --header "Origin: $evil"
	KEY='' api POST /v1/nothing --data '{' "$@"
	expect_problem 404
	KEY='' api PUT /v1/organizations --data '{' "$@"
	expect_problem 405
	KEY='' api PUT "$verify" --data-binary "@$BATS_TEST_TMPDIR/large" "$@"
	expect_problem 403
	KEY='' api PUT "$verify" --form a=b "$@"
	expect_problem 403
	KEY='' api PUT "$verify" --data '{' --header 'Accept: text/html' "$@"
	expect_problem 403
}

@test "cross-site: a listed origin and that of public_prefix may write with Basic" {
	local basic text='{"organizationName": "a"}' origin

	basic="Basic $(pair '%s:%s' "$TENANTRY_LOGIN" "$TENANTRY_PASSWORD")"
	settings 'cors_origins = https://a.example' \
	    'public_prefix = https://b.example:8443/app'
	for origin in https://a.example https://b.example:8443; do
		KEY='' cgi_send PUT "$verify" "$text" HTTP_ORIGIN="$origin" \
		    HTTP_AUTHORIZATION="$basic"
		expect_status 200
	done
	KEY='' cgi_send PUT "$verify" "$text" HTTP_ORIGIN=https://a.example \
	    HTTP_SEC_FETCH_SITE=cross-site HTTP_AUTHORIZATION="$basic"
	expect_status 200
	[ "$(header Access-Control-Allow-Origin)" = https://a.example ]
	[ -z "$(header Access-Control-Allow-Credentials)" ]
	for origin in https://b.example https://b.example:8443/app \
	    https://b.example:84431 http://b.example:8443; do
		KEY='' cgi_send PUT "$verify" "$text" HTTP_ORIGIN="$origin" \
		    HTTP_AUTHORIZATION="$basic"
		expect_problem 403
	done
	KEY='' cgi_send PUT "$verify" "$text" \
	    HTTP_ORIGIN=https://b.example:8443 \
	    HTTP_SEC_FETCH_SITE=same-site HTTP_AUTHORIZATION="$basic"
	expect_problem 403
}

@test "cross-site: the request's own origin is by host, port and scheme" {
	local basic text='{"organizationName": "a"}' origin https host

	basic="Basic $(pair '%s:%s' "$TENANTRY_LOGIN" "$TENANTRY_PASSWORD")"
	while read -r status origin host https; do
		KEY='' cgi_send PUT "$verify" "$text" HTTP_ORIGIN="$origin" \
		    HTTP_HOST="$host" HTTPS="$https" \
		    HTTP_AUTHORIZATION="$basic"
		echo "$status $origin $host $https"
		expect_status "$status"
	done <<-END
	200 http://a.example a.example
	200 http://a.example A.example off
	200 http://a.example:81 a.example:81
	200 https://a.example a.example on
	403 http://a.example a.example on
	403 https://a.example a.example
	403 http://a.example b.example
	403 http://a.example a.example:81
	403 http://a.example.evil a.example
	END
}

# The request itself comes by http then.
@test "cross-site: behind a proxy that ends TLS no page of http is the service's own" {
	local basic text='{"organizationName": "a"}'

	basic="Basic $(pair '%s:%s' "$TENANTRY_LOGIN" "$TENANTRY_PASSWORD")"
	settings 'public_prefix = https://a.example'
	KEY='' cgi_send PUT "$verify" "$text" HTTP_ORIGIN=http://a.example \
	    HTTP_HOST=a.example HTTP_AUTHORIZATION="$basic"
	expect_problem 403 'another origin'
	KEY='' cgi_send PUT "$verify" "$text" HTTP_ORIGIN=https://a.example \
	    HTTP_HOST=a.example HTTP_AUTHORIZATION="$basic"
	expect_status 200
}

# --- CORS ---------------------------------------------------------------------

preflight=(HTTP_ACCESS_CONTROL_REQUEST_METHOD=PUT
	HTTP_ACCESS_CONTROL_REQUEST_HEADERS=x-api-key)

has_cors_headers() {
	grep -qi '^Access-Control-' "$headers"
}

@test "cors: by default no origin is allowed, and none is told" {
	api GET /v1/version --header 'Origin: https://a.example'
	expect_status 200
	! has_cors_headers || false
	[ -z "$(header Vary)" ]
	KEY='' api OPTIONS "$verify" --header 'Origin: https://a.example' \
	    --header 'Access-Control-Request-Method: PUT'
	expect_status 204
	! has_cors_headers || false
}

@test "cors: the preflight of an allowed origin is told what it may" {
	settings 'cors_origins = https://a.example https://b.example:8443'
	for origin in https://a.example https://b.example:8443; do
		KEY='' cgi OPTIONS "$verify" HTTP_ORIGIN="$origin" \
		    "${preflight[@]}" < /dev/null
		expect_status 204
		[ ! -s "$body_file" ]
		[ "$(header Access-Control-Allow-Origin)" = "$origin" ]
		[[ $(header Access-Control-Allow-Methods) == *PUT* ]]
		[ "$(header Access-Control-Allow-Methods)" = "$(header Allow)" ]
		[ "$(header Access-Control-Allow-Headers)" = x-api-key ]
		[ "$(header Access-Control-Max-Age)" -gt 0 ]
		[ -z "$(header Access-Control-Allow-Credentials)" ]
		[ "$(header Vary)" = Origin ]
	done
}

@test "cors: an answer to an allowed origin may be read, a failure too" {
	settings 'cors_origins = https://a.example'
	cgi GET /v1/version HTTP_ORIGIN=https://a.example < /dev/null
	expect_status 200
	[ "$(header Access-Control-Allow-Origin)" = https://a.example ]
	[ "$(header Access-Control-Expose-Headers)" = "X-Request-Id, Location, \
ETag, Link, Retry-After, RateLimit, RateLimit-Policy, Idempotency-Replayed, \
X-License-State" ]
	[ "$(header Vary)" = Origin ]
	KEY='' cgi GET /v1/organizations HTTP_ORIGIN=https://a.example \
	    < /dev/null
	expect_problem 401
	[ "$(header Access-Control-Allow-Origin)" = https://a.example ]
	[ "$(header Vary)" = Origin ]
	cgi GET /v1/nothing HTTP_ORIGIN=https://a.example < /dev/null
	expect_problem 404
	[ "$(header Access-Control-Allow-Origin)" = https://a.example ]
}

@test "cors: an origin that is not in the list word for word is told nothing" {
	settings 'cors_origins = https://a.example https://b.example:8443'
	for origin in https://evil.example https://a.example.evil.example \
	    https://a.exampl http://a.example https://A.example null '*' \
	    https://a.example:443 https://a.example/ b.example:8443 \
	    https://b.example 'https://a.example https://b.example:8443' ''; do
		for method in OPTIONS GET; do
			echo "$method $origin"
			cgi "$method" /v1/version HTTP_ORIGIN="$origin" \
			    "${preflight[@]}" < /dev/null
			! has_cors_headers || false
			[ "$(header Vary)" = Origin ]
		done
	done
}

@test "cors: the header names asked for are granted as asked" {
	local names

	settings 'cors_origins = https://a.example'
	for names in traceparent 'content-type,x-api-key, traceparent' \
	    $'a ,\tb,, c' \
	    'x-anything_else.1' "$(printf 'x%.0s' {1..1024})"; do
		KEY='' cgi OPTIONS "$verify" HTTP_ORIGIN=https://a.example \
		    HTTP_ACCESS_CONTROL_REQUEST_METHOD=PUT \
		    HTTP_ACCESS_CONTROL_REQUEST_HEADERS="$names" < /dev/null
		expect_status 204
		[ "$(header Access-Control-Allow-Headers)" = "$names" ]
	done
	for names in 'a b' 'a, b c' 'a b;c' 'a"b' $'a\xffb' 'a(b)' \
	    "$(printf 'x%.0s' {1..1025})"; do
		KEY='' cgi OPTIONS "$verify" HTTP_ORIGIN=https://a.example \
		    HTTP_ACCESS_CONTROL_REQUEST_METHOD=PUT \
		    HTTP_ACCESS_CONTROL_REQUEST_HEADERS="$names" < /dev/null
		expect_status 204
		[ -z "$(header Access-Control-Allow-Headers)" ]
	done
	KEY='' cgi OPTIONS "$verify" HTTP_ORIGIN=https://b.example \
	    "${preflight[@]}" < /dev/null
	! has_cors_headers || false
}

@test "cors: an unknown path or method is told so that a page can read it" {
	settings 'cors_origins = https://a.example'
	for path in /v1/nothing /v1//organizations /v1/organizations/a%2Fb; do
		for method in GET OPTIONS DELETE; do
			cgi $method "$path" HTTP_ORIGIN=https://a.example \
			    REQUEST_URI="$path" < /dev/null
			expect_problem 404
			[ "$(header Access-Control-Allow-Origin)" = \
			    https://a.example ]
		done
	done
	cgi DELETE /healthz HTTP_ORIGIN=https://a.example < /dev/null
	expect_problem 405
	[ "$(header Access-Control-Allow-Origin)" = https://a.example ]
}

@test "cors: an origin that no browser sends is left out of the list, and said" {
	local bad

	settings 'cors_origins = null * https://b.example/ https://B.example a,b https://c.example:443 http://d.example:80 https:// https://e.example/x //f.example https://good.example:8443 http://[::1]:81'
	for origin in https://good.example:8443 'http://[::1]:81'; do
		cgi GET /v1/version HTTP_ORIGIN="$origin" < /dev/null
		[ "$(header Access-Control-Allow-Origin)" = "$origin" ]
	done
	for origin in null '*' https://b.example https://b.example/ \
	    https://B.example a,b a b https://c.example https://c.example:443; do
		cgi GET /v1/version HTTP_ORIGIN="$origin" < /dev/null
		expect_status 200
		! has_cors_headers || false
	done
	run "$CTL" doctor --conf "$CONF"
	bad='null * https://b.example/ https://B.example a,b https://c.example:443 http://d.example:80 https:// https://e.example/x //f.example'
	[[ $output == *'fail  cors-origins: '*": $bad"$'\n'* ]]
}
