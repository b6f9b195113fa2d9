#!/usr/bin/env bats
# The page that signs in without a script.
# shellcheck disable=SC2154,SC2034

setup() {
	load helper
	load tenancy
	load cgi
	jar=$BATS_TEST_TMPDIR/jar
}

# sign_in LOGIN PASSWORD [CURL ARGUMENT...]: as the page's form does it.
sign_in() {
	KEY='' api POST /sign-in --data-urlencode "login=$1" \
	    --data-urlencode "password=$2" --cookie-jar "$jar" \
	    --header 'Content-Type: application/x-www-form-urlencoded' "${@:3}"
}

with_session() { # PATH [CURL ARGUMENT...]
	KEY='' api GET "$1" --cookie "$jar" "${@:2}"
}

@test "the page is a form without a script, under a policy" {
	local hash

	KEY='' api GET /sign-in --header 'Accept: text/html'
	expect_status 200
	[ "$(header Content-Type)" = 'text/html; charset=utf-8' ]
	[ "$(header Cache-Control)" = no-store ]
	hash=$(perl -0ne 'print $1 if m{<style>(.*?)</style>}s' "$body_file" |
	    openssl dgst -sha256 -binary | base64)
	[ "$(header Content-Security-Policy)" = "default-src 'none'; style-src 'sha256-$hash'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'" ]
	[[ $body == *'<form method="post">'* && $body != *'<script'* ]]
	[[ $body == *'name="to" value=""'* ]]
	KEY='' api GET '/sign-in?to=doctor'
	[[ $body == *'name="to" value="doctor"'* ]]
	KEY='' api GET '/sign-in?to=//evil.example'
	[[ $body == *'name="to" value=""'* ]]
	# with a slash it is the same page
	KEY='' api GET '/sign-in/?to=doctor'
	expect_status 200
	[[ $body == *'name="to" value="doctor"'* ]]
	KEY='' api GET /sign-in//
	expect_problem 404
	KEY='' api PUT /sign-in --data ''
	expect_problem 405
	[ "$(header Allow)" = 'GET, HEAD, POST, OPTIONS' ]
}

@test "a system administrator signs in and reads the doctor's page" {
	sign_in "$TENANTRY_LOGIN" "$TENANTRY_PASSWORD" --data to=doctor
	expect_status 303
	[ "$(header Location)" = "$prefix/doctor" ]
	[[ $(header Set-Cookie) == "$cookie_name="*"$cookie_rest" ]]
	with_session /doctor --header 'Accept: text/html'
	expect_status 200
	[[ $body == *'<h1>Tenantry doctor: '* ]]
	with_session /v1/session
	expect_status 200
	# what writes wants the headers of a script, as with any session
	KEY='' api POST /v1/session/confirm --cookie "$jar" --data '{}'
	expect_problem 403
}

@test "everybody else comes to the console, wherever the form says" {
	new_login
	sign_in "$USER_EMAIL" "$USER_PASSWORD" --data to=//evil.example
	expect_status 303
	[ "$(header Location)" = "$prefix/" ]
	with_session /doctor --header 'Accept: text/html'
	expect_problem 403
}

@test "a wrong password is one text for all causes, counted, and logged" {
	local unknown

	new_login
	follow_only_the_test
	sign_in "$USER_EMAIL" wrong
	expect_status 401
	unknown=$(grep 'role="alert"' "$body_file")
	[[ $unknown == *wrong* ]]
	[[ $body == *"value=\"$USER_EMAIL\""* && $body != *'value="wrong"'* ]]
	[ -z "$(header Set-Cookie)" ]
	# no browser opens a box of its own
	[ "$(header WWW-Authenticate)" = 'Bearer realm="tenantry"' ]
	sign_in "nobody-$RANDOM@acme.example" wrong
	expect_status 401
	[ "$(grep 'role="alert"' "$body_file")" = "$unknown" ]
	sign_in '"><script>' ''
	is_refused_by_rules || {
		expect_status 401
		[[ $body == *'value="&quot;&gt;&lt;script&gt;"'* ]]
	}
	for _ in {1..12}; do
		sign_in "$USER_EMAIL" wrong
		[ "$status_code" = 401 ] || break
	done
	expect_status 429
	[ "$(header Retry-After)" -ge 1 ]
	[ "$(header Content-Type)" = 'text/html; charset=utf-8' ]
	sign_in "$USER_EMAIL" "$USER_PASSWORD"
	expect_status 429
	service_log | grep -q 'route=/sign-in status=401 .*cause=password'
}

@test "no other page signs anybody in" {
	new_login
	sign_in "$USER_EMAIL" "$USER_PASSWORD" \
	    --header 'Origin: https://evil.example'
	expect_problem 403
	for site in cross-site same-site; do
		sign_in "$USER_EMAIL" "$USER_PASSWORD" \
		    --header "Sec-Fetch-Site: $site"
		expect_problem 403
	done
	[ -z "$(header Set-Cookie)" ]
	sign_in "$USER_EMAIL" "$USER_PASSWORD" \
	    --header 'Sec-Fetch-Site: same-origin'
	expect_status 303
	# and JSON has its own way, with its own rules
	KEY='' api POST /sign-in --header 'Content-Type: application/json' \
	    --data '{}'
	expect_problem 415
	sign_in "$USER_EMAIL" "$USER_PASSWORD" --data login=other
	expect_problem 400
}

@test "where no cookie is safe the page says so and has no form" {
	KEY='' cgi GET /sign-in HTTP_HOST=example.org REMOTE_ADDR=192.0.2.1 \
	    < /dev/null
	expect_status 403
	[[ $body == *'need TLS'* && $body != *'<form'* ]]
	KEY='' cgi GET /sign-in HTTPS=on HTTP_HOST=example.org \
	    SCRIPT_NAME=/~ada REQUEST_URI=/~ada/sign-in < /dev/null
	expect_status 403
	[[ $body != *'<form'* ]]
	KEY='' cgi_send POST /sign-in 'login=a&password=b' HTTPS=on \
	    HTTP_HOST=example.org SCRIPT_NAME=/~ada \
	    REQUEST_URI=/~ada/sign-in \
	    CONTENT_TYPE=application/x-www-form-urlencoded
	expect_status 403
	KEY='' cgi GET /sign-in HTTPS=on HTTP_HOST=example.org \
	    SCRIPT_NAME=/app REQUEST_URI=/app/sign-in < /dev/null
	expect_status 200
}
