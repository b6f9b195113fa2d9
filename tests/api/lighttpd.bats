#!/usr/bin/env bats
# The instance's own lighttpd: what it serves itself, and which requests it lets
# through to be read by the program.
# shellcheck disable=SC2154

setup() {
	load helper
}

# --- pages --------------------------------------------------------------------

@test "pages: nothing is served but the files of /docs/, each by its own path" {
	local file

	KEY='' api GET /docs/
	expect_status 200
	[[ $(header Content-Security-Policy) == *"default-src 'none'"* ]]
	[[ $(header Content-Security-Policy) == *"frame-ancestors 'none'"* ]]
	[ "$(header X-Content-Type-Options)" = nosniff ]
	[ "$(header Referrer-Policy)" = no-referrer ]
	[ -z "$(header Server)$(header Set-Cookie)" ]
	for file in /docs/LICENSE/ /docs/index.html/a /docs/LICENSE/.git/HEAD \
	    /docs/nothing /docs/index.html~ /docs/.htaccess /docs/../README.md \
	    /docs/%2e%2e/README.md /.git/HEAD /conf/lighttpd.conf /README.md \
	    /cgi-bin/tenantry.fcgi /tenantry.conf /htdocs/docs/index.html; do
		KEY='' api GET "$file"
		[[ $status_code == 40[034] ]] || {
			echo "$file"
			show_answer
			return 1
		}
	done
}

# --- failures of its own ------------------------------------------------------

@test "a key over what the web server reads is refused, not answered" {
	KEY=$(printf 'x%.0s' {1..20000}) api GET /v1/organizations
	expect_status 431
	expect_json '.errors[0] | length > 0'
}

@test "a body beyond the web server's own limit is 413 in the same shape" {
	head -c 5000000 /dev/zero > "$BATS_TEST_TMPDIR/sent"
	api PUT /v1/organizations/verify --data-binary "@$BATS_TEST_TMPDIR/sent" \
	    --header 'Expect:'
	expect_status 413
	[[ $(header Content-Type) == application/problem+json* ]]
	expect_json '.status == 413 and (.errors[0] | length > 0)'
	[ -z "$(header Retry-After)" ]
}

@test "the web server's own failures have the same shape" {
	api FOO /healthz
	expect_status 501
	expect_json '.status == 501 and (.errors[0] | length > 0)'
	api GET /healthz --header "X-Large: $(printf 'x%.0s' {1..20000})"
	expect_status 431
	expect_json '.status == 431 and (.errors[0] | length > 0)'
	[[ $(header Content-Type) == application/problem+json* ]]
}

# --- request smuggling --------------------------------------------------------

# Sends the bytes to the web server and sets answers: the statuses of all the
# answers until it closes the connection, a space between.
send_raw() { # FORMAT of printf
	# shellcheck disable=SC2059  # a format is meant
	answers=$(printf -- "$1" | perl -MIO::Socket::INET -e '
	    my $socket = IO::Socket::INET->new(PeerAddr => $ARGV[0]) or die;
	    local $SIG{ALRM} = sub { print "open\n"; exit };
	    alarm 20;
	    local $/;
	    print $socket scalar <STDIN>;
	    my $all = <$socket>;
	    print "$1\n" while $all =~ m{HTTP/1\.[01] (\d+) }g;
	    ' "${TENANTRY_URL#*://}" | paste -sd ' ')
}

smuggled='GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
post='POST /v1/organizations/verify HTTP/1.1\r\nHost: a\r\n'

@test "smuggling: a length that can be read in two ways is refused" {
	local lines te=Transfer-Encoding cl=Content-Length

	for lines in \
	    "$cl: 5\r\n$te: chunked\r\n\r\n0\r\n\r\n" \
	    "$te: chunked\r\n$cl: 5\r\n\r\n0\r\n\r\n" \
	    "$cl: 0\r\n$cl: 63\r\n\r\n" "$cl: 63\r\n$cl: 0\r\n\r\n" \
	    "$cl: 0, 63\r\n\r\n" "$cl: +0\r\n\r\n" "$cl: -1\r\n\r\n" \
	    "$cl: 0x3f\r\n\r\n" "$cl: 6 3\r\n\r\n" "$cl : 63\r\n\r\n" \
	    "$te: xchunked\r\n\r\n0\r\n\r\n" \
	    "$te: chunked, identity\r\n\r\n0\r\n\r\n" \
	    "$te: identity\r\n\r\n" \
	    "$te: chunked\r\n$te: identity\r\n\r\n0\r\n\r\n" \
	    "$te : chunked\r\n$cl: 0\r\n\r\n" \
	    "$te: \x0bchunked\r\n\r\n0\r\n\r\n" \
	    "$te:\r\n chunked\r\n\r\n0\r\n\r\n" \
	    "$te: chunked\r\n\r\n-1\r\n\r\n" \
	    "$te: chunked\r\n\r\n0x0\r\n\r\n" \
	    "$te: chunked\r\n\r\nfffffffffffffffff\r\n\r\n"; do
		send_raw "$post$lines$smuggled"
		[[ $answers == 400 || $answers == 501 ]] || {
			echo "$lines: $answers"
			return 1
		}
	done
}

@test "smuggling: a line that ends or is cut in another way is refused" {
	local text

	for text in \
	    'POST /v1/organizations/verify HTTP/1.1\nHost: a\nContent-Length: 0\n\n' \
	    "${post}X-A: b\rContent-Length: 63\r\nContent-Length: 0\r\n\r\n" \
	    "${post}X-A: b\x00c\r\nContent-Length: 0\r\n\r\n" \
	    "${post}: b\r\nContent-Length: 0\r\n\r\n" \
	    "${post}X A: b\r\nContent-Length: 0\r\n\r\n" \
	    'GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n' \
	    'GET /healthz HTTP/1.1\r\n\r\n' \
	    'GET  /healthz HTTP/1.1\r\nHost: a\r\n\r\n' \
	    'GET /healthz\r\nHost: a\r\n\r\n' \
	    'GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 63\r\n\r\n'; do
		send_raw "$text$smuggled"
		[[ $answers == 40[05] || $answers == 505 ]] || {
			echo "$text: $answers"
			return 1
		}
	done
}

@test "smuggling: what both take in the same way is two requests" {
	local lines

	for lines in 'Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n' \
	    'Transfer-Encoding: chunked\r\n\r\n0;a=b\r\n\r\n' \
	    'X-A: b\r\n Content-Length: 63\r\nContent-Length: 0\r\n\r\n' \
	    'Content-Length: 0\r\n\r\n'; do
		send_raw "$post$lines$smuggled"
		[ "$answers" = '401 200' ] || {
			echo "$lines: $answers"
			return 1
		}
	done
}

@test "smuggling: CONNECT and the absolute form lead nowhere else" {
	send_raw 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
	[ "$answers" = 405 ]
	send_raw 'GET http://evil.example/healthz HTTP/1.1\r\nHost: a\r\n\r\n'
	[ "$answers" = 400 ]
}

@test "lighttpd: no parts of an answer or a file, so no 416" {
	local path range

	for path in /docs/ /healthz /v1/openapi.json; do
		for range in bytes=0-3 bytes=999999- bytes=-1; do
			api GET "$path" --header "Range: $range"
			expect_status 200
			[ -z "$(header Content-Range)" ]
			[ -z "$(header Accept-Ranges)" ]
		done
	done
}

# What docs/hosts.md says of HTTP/2, and of a transfer coding.
@test "lighttpd: its own 411 and 501 are problem documents that say why" {
	api POST /v1/organizations --http2-prior-knowledge \
	    --header Content-Length:
	expect_status 411
	expect_json '.status == 411 and (.detail | test("Content-Length"))'
	api PUT /v1/organizations/verify --http2-prior-knowledge
	expect_problem 400
	send_raw 'POST /v1/organizations HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\nConnection: close\r\n\r\n0\r\n\r\n'
	[ "$answers" = 501 ]
	jq -e '.detail | test("transfer coding")' \
	    "$TENANTRY_ROOT/conf/errors/problem.501.html"
}

# --- slow readers -------------------------------------------------------------

# waiting_in FOLDER: files for slow clients there that lighttpd has open, with a
# name or without.
waiting_in() {
	find "/proc/$(process web)/fd" \( -lname "$1/lighttpd-*" -o \
	    -lname "$1/#*" \) 2> /dev/null | wc -l
}

some_wait_in() {
	[ "$(waiting_in "$1")" -ge 1 ]
}

@test "what slow readers have not taken lies in a folder of its own" {
	local folder

	load tenancy
	folder=$(cat "$TENANTRY_STATE/run.path" 2> /dev/null ||
	    echo "$TENANTRY_STATE/run")
	new_tenant
	fill_projects 20000
	exec 9<> "/dev/tcp/127.0.0.1/$server_port"
	printf 'GET /v1/organizations/projects HTTP/1.1\r\nHost: a\r\nX-Api-Key: %s\r\n\r\n' \
	    "$OWNER_KEY" >&9
	within 10 some_wait_in "$folder/tmp"
	[ "$(waiting_in "$folder")" = 0 ]
	exec 9>&-
}
