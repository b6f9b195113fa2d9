#!/usr/bin/env bats
# How the program serves the console: addresses, headers, compression, size.
# What the page does: console.bats (`make browser`).
# shellcheck disable=SC2154

load ../api/helper

# page [CURL ARGUMENT...]: the page itself.
page() {
	KEY='' api GET / "$@"
}

# The folder of the files, as the page names it.
folder() {
	page
	expect_status 200
	files=${body#*href=\"}
	files=/${files%%/mark.svg*}
	[[ $files =~ ^/console/[0-9a-f]{16}$ ]]
}

@test "the page needs no credential, and a browser asks for it each time" {
	page
	expect_status 200
	[ "$(header Content-Type)" = 'text/html; charset=utf-8' ]
	[ "$(header Cache-Control)" = 'private, no-cache' ]
	[ "$(header X-Content-Type-Options)" = nosniff ]
	[ "$(header Referrer-Policy)" = no-referrer ]
	[ "$(header Vary)" = Accept-Encoding ]
	[[ $body == '<!DOCTYPE html>'* ]]
}

@test "its policy allows nothing that is not the program's own, and no markup as text" {
	local policy

	page
	policy=$(header Content-Security-Policy)
	for part in "default-src 'none'" "script-src 'self'" "style-src 'self'" \
	    "base-uri 'none'" "form-action 'none'" "frame-ancestors 'none'" \
	    "require-trusted-types-for 'script'" 'trusted-types lit-html'; do
		[[ "; $policy;" == *"; $part;"* ]]
	done
	[[ $policy != *unsafe* ]]
	# no script or style within the page, and no address with a host
	run grep -E '<style|style=|<script[^>]*>[^<]| on[a-z]+=|//' <<< "$body"
	[ "$status" = 1 ]
}

@test "an unchanged page is 304, also to a cache that has it compressed" {
	local tag compressed

	page
	tag=$(header ETag)
	page --header 'Accept-Encoding: gzip'
	compressed=$(header ETag)
	[ "$compressed" != "$tag" ]
	page --header "If-None-Match: $tag"
	expect_status 304
	[ -z "$body" ]
	[ "$(header Cache-Control)" = 'private, no-cache' ]
	page --header 'Accept-Encoding: gzip' --header "If-None-Match: $compressed"
	expect_status 304
	page --header 'If-None-Match: "C-0"'
	expect_status 200
}

@test "files are kept for ever below a folder that has a digest of all of them" {
	local name types=''

	folder
	for name in app.js console.css mark.svg; do
		KEY='' api GET "$files/$name"
		expect_status 200
		[ "$(header Cache-Control)" = 'public, max-age=31536000, immutable' ]
		[ "$(header X-Content-Type-Options)" = nosniff ]
		types+="$(header Content-Type) "
	done
	[ "$types" = 'text/javascript; charset=utf-8 text/css; charset=utf-8 image/svg+xml ' ]
}

@test "what is vendored is served byte for byte, as it is and compressed" {
	folder
	KEY='' api GET "$files/lit-html.js"
	[ "$(header Content-Encoding)" = '' ]
	cmp "$body_file" "$TENANTRY_ROOT/htdocs/console/lit-html.js"
	KEY='' api GET "$files/lit-html.js" --header 'Accept-Encoding: br, gzip;q=0.5'
	[ "$(header Content-Encoding)" = gzip ]
	[ "$(header Content-Length)" = "$(stat -c %s "$body_file")" ]
	gzip -dc "$body_file" | cmp - "$TENANTRY_ROOT/htdocs/console/lit-html.js"
	for none in 'gzip;q=0' 'gzip; q=0.00' 'br' 'xgzip' ''; do
		KEY='' api HEAD "$files/lit-html.js" --header "Accept-Encoding: $none"
		expect_status 200
		[ "$(header Content-Encoding)" = '' ]
	done
}

@test "the other files are as in the sources, without the lines of comments" {
	local name

	folder
	cd "$TENANTRY_ROOT/htdocs/console"
	for name in *.js *.css; do
		[ "$name" != lit-html.js ] || continue
		KEY='' api GET "$files/$name"
		expect_status 200
		# the lines keep their numbers
		perl -0pe 's{^\t*//.*$}{}mg; s{^\t*/\*[^*\n]*\*/$}{}mg' "$name" |
		    cmp - "$body_file"
	done
}

@test "HEAD has the headers of GET" {
	local got

	folder
	for path in / "$files/app.js"; do
		KEY='' api GET "$path"
		got=$(grep -viE '^(X-Request-Id|Date):' "$headers")
		KEY='' api HEAD "$path"
		[ "$(grep -viE '^(X-Request-Id|Date):' "$headers")" = "$got" ]
	done
}

@test "what is not there is 404: another digest, another file, a slash too many" {
	folder
	for path in "$files/nothing.js" "$files/" "$files" "$files/app.js/" \
	    "/console/0000000000000000/app.js" "$files/index.html" \
	    "$files/README.md" "$files/..%2fapp.js" // /console; do
		KEY='' api GET "$path"
		expect_problem 404
	done
}

@test "a style sheet and a logo beside the settings are served, and read each time" {
	local beside=${served_conf%/*} tag
	theme=$beside/theme.css logo=$beside/logo.png

	KEY='' api GET /console/theme.css
	expect_status 200
	[ "$(header Content-Type)" = 'text/css; charset=utf-8' ]
	[ "$(header Content-Length)" = 0 ]
	KEY='' api GET /console/logo.png
	expect_problem 404
	echo ':root { --accent: #123456; }' > "$theme"
	head -c 300000 /dev/urandom > "$logo"
	KEY='' api GET /console/theme.css --header 'Accept-Encoding: gzip'
	expect_status 200
	[ "$(header Content-Encoding)" = '' ]
	[ "$(header Cache-Control)" = 'private, no-cache' ]
	cmp "$body_file" "$theme"
	tag=$(header ETag)
	KEY='' api GET /console/theme.css --header "If-None-Match: $tag"
	expect_status 304
	KEY='' api GET /console/logo.png
	expect_status 200
	[ "$(header Content-Type)" = image/png ]
	cmp "$body_file" "$logo"
	# no other file of the folder, and no other folder
	for path in tenantry.conf theme.css/ ..%2ftheme.css logo.svg; do
		KEY='' api GET "/console/$path"
		expect_problem 404
	done
}

teardown() {
	rm -f "${theme-}" "${logo-}"
}

@test "other methods are 405 with those that there are" {
	local method

	folder
	for path in / "$files/app.js"; do
		for method in POST PUT DELETE; do
			KEY='' api "$method" "$path" --data '{}'
			expect_problem 405
			[ "$(header Allow)" = 'GET, HEAD, OPTIONS' ]
		done
		KEY='' api OPTIONS "$path"
		expect_status 204
		[ "$(header Allow)" = 'GET, HEAD, OPTIONS' ]
	done
}

@test "the mount without its slash leads to the one with it, and to no other host" {
	load ../api/cgi
	cgi GET '' SCRIPT_NAME=/app REQUEST_URI='/app?x=1' < /dev/null
	expect_status 308
	[ "$(header Location)" = /app/ ]
	cgi GET / SCRIPT_NAME=/app REQUEST_URI=/app/ < /dev/null
	expect_status 200
	[[ $body == *'href="console/'* ]]
	cgi GET / SCRIPT_NAME=/app/v1 REQUEST_URI=/app/v1/ < /dev/null
	expect_problem 404
	# to a browser a backslash is a slash
	for uri in '//evil.example' '/\evil.example' 'http://evil.example/app'; do
		cgi GET '' SCRIPT_NAME=/app REQUEST_URI="$uri" < /dev/null
		expect_problem 404
	done
	# what is in no URI begins no header of the answer
	for uri in $'/app\r\nSet-Cookie: a=b' $'/app\x10' '/app b' '/äpp'; do
		cgi GET '' SCRIPT_NAME=/app REQUEST_URI="$uri" < /dev/null
		expect_problem 404
		[ -z "$(header Set-Cookie)" ]
	done
}

@test "all of it, in both languages, is below 60 KB compressed, and lit-html is what npm has" {
	local total file

	page --header 'Accept-Encoding: gzip'
	total=$(header Content-Length)
	folder
	cd "$TENANTRY_ROOT/htdocs/console"
	for file in *.js *.css *.svg; do
		KEY='' api GET "$files/$file" --header 'Accept-Encoding: gzip'
		expect_status 200
		[ "$(header Content-Encoding)" = gzip ]
		total=$((total + $(header Content-Length)))
	done
	echo "$total bytes"
	[ "$total" -le 61440 ]
	grep -F "\`$(sha256sum < lit-html.js | cut -d ' ' -f 1)\`" README.md
}

@test "every word is there in both languages, and each that is asked for" {
	cd "$TENANTRY_ROOT/htdocs/console"
	words() { # FILE...
		grep -ohE '^	"[^"]+":' "$@" | tr -d '\t":' | sort
	}
	asked() {
		grep -ohE '\bt\("[^"]+"' ./*.js | cut -d '"' -f 2
		grep -ohE '\bplural\("[^"]+"' ./*.js | cut -d '"' -f 2 |
		    sed 's/.*/&.one\n&.many/'
	}
	for file in en*.js; do
		diff <(words "$file") <(words "de${file#en}")
	done
	[ -z "$(words en*.js | uniq -d)" ]
	missing=$(comm -13 <(words en*.js) <(asked | sort -u))
	echo "$missing"
	[ -z "$missing" ]
}
