#!/usr/bin/env bats
# Clients that send slowly, do not read, or go away: none holds a worker for
# longer than `deadline`.
# shellcheck disable=SC2154

setup() {
	load helper
	load tenancy
	load cgi
	load worker
	settings 'deadline = 2'
	PEER=''
}

teardown() {
	[ -z "$PEER" ] || kill "$PEER" 2> /dev/null || true
	worker_kill
}

# drip SECONDS SIZE METHOD PATH [NAME=VALUE...]: in the background, as PEER;
# what it was answered goes to $dripped.
drip() {
	local seconds=$1 size=$2

	shift 2
	dripped=$BATS_TEST_TMPDIR/dripped
	perl "$worker" drip "$socket" "$seconds" "$size" "$@" > "$dripped" 3>&- &
	PEER=$!
}

# logged TEXT: the line of the log with it; fails where there is none.
logged() {
	grep -- "$1" "$worker_log"
}

# expect_seconds LEAST MOST: what the request of the logged line took.
expect_seconds() {
	local us

	us=$(sed 's/.* us=\([0-9]*\) .*/\1/' <<< "$line")
	echo "took $us us"
	[ "$us" -ge $(($1 * 1000000)) ]
	[ "$us" -lt $(($2 * 1000000)) ]
}

# What the database has sent to all clients since it began.
bytes_of_database() {
	sql "SHOW GLOBAL STATUS LIKE 'Bytes_sent'" | cut -f 2
}

# --- bodies -------------------------------------------------------------------

@test "a body that comes a byte at a time is 408 when the deadline is over" {
	worker_start
	drip 10 1000 PUT /v1/organizations/verify
	within 10 logged 'route=/v1/organizations/verify'
	line=$(logged 'route=/v1/organizations/verify')
	[[ $line == *' level=info '*'status=408 code=request-timeout '* ]]
	expect_seconds 2 4
	# the connection is closed, and the worker is there for others
	within 4 answers
	wait "$PEER"
	grep -q '^Status: 408' "$dripped"
	grep -q '"type":"urn:tenantry:problem:request-timeout"' "$dripped"
}

@test "a body that was refused does not hold the worker by going on" {
	worker_start
	drip 30 1000000 PUT /v1/organizations/verify
	within 5 logged 'status=413'
	within 5 answers
	kill -0 "$PEER" || grep -q '^Status: 413' "$dripped"
}

@test "the database has the whole deadline after a slow body" {
	worker_start
	new_org
	# 1.2 s of 2, and connections are made in the first half
	drip 5 7 PUT /v1/organizations/verify \
	    HTTP_X_API_KEY="$TENANTRY_API_KEY"
	within 10 logged 'route=/v1/organizations/verify'
	line=$(logged 'route=/v1/organizations/verify')
	expect_seconds 1 4
	[[ $line == *'status=400 code=bad-body '*'queries=1'* ]]
}

@test "plain CGI: a body that does not come is 408" {
	local start=$SECONDS

	cgi PUT /v1/organizations/verify CONTENT_LENGTH=1000 \
	    < <(printf '{"organ'; sleep 20)
	expect_problem 408 '7 of 1000 bytes'
	expect_json '.type == "urn:tenantry:problem:request-timeout"'
	[ $((SECONDS - start)) -lt 15 ]
}

# --- readers ------------------------------------------------------------------

# expect_gone: the list's client was given up, and that is no error of ours.
expect_gone() {
	within 10 logged 'route=/v1/organizations/projects'
	line=$(logged 'route=/v1/organizations/projects')
	[[ $line == *' level=info '*' code=client-gone '*' cut=1'* ]]
	! logged 'level=error'
}

@test "a client that does not read is given up after a time without progress" {
	new_tenant
	fill_projects 3000
	worker_start
	perl "$worker" unread "$socket" /v1/organizations/projects \
	    HTTP_X_API_KEY="$OWNER_KEY" 3>&- &
	PEER=$!
	expect_gone
	expect_seconds 2 5
	within 2 answers
}

@test "a client that reads slowly but goes on gets all of a list" {
	new_tenant
	fill_projects 3000
	worker_start
	perl "$worker" ask "$socket" GET /v1/organizations/projects \
	    HTTP_X_API_KEY="$OWNER_KEY" < /dev/null |
	    perl -e 'while (sysread STDIN, my $part, 100000) {
		syswrite STDOUT, $part;
		select undef, undef, undef, 0.2 }' > "$BATS_TEST_TMPDIR/list"
	line=$(logged 'route=/v1/organizations/projects')
	[[ $line == *'status=200 code=ok '* ]]
	sed '1,/^\r$/d' "$BATS_TEST_TMPDIR/list" > "$BATS_TEST_TMPDIR/body"
	[ "$(jq '.accounts | length' "$BATS_TEST_TMPDIR/body")" = 3001 ]
}

@test "a list whose client has gone is not read to its end" {
	local before

	new_tenant
	fill_projects 20000
	worker_start
	before=$(bytes_of_database)
	perl "$worker" leave "$socket" /v1/organizations/projects \
	    HTTP_X_API_KEY="$OWNER_KEY"
	expect_gone
	# 20,000 rows are more than 2 MB
	[ $(($(bytes_of_database) - before)) -lt 1000000 ]
	# the next request has a connection without the rest of them
	ask GET /v1/organizations < /dev/null
	[ "$status_code" = 200 ]
}

@test "HEAD of a long list stops once its status is known" {
	local before

	new_tenant
	fill_projects 20000
	worker_start
	before=$(bytes_of_database)
	KEY=$OWNER_KEY ask HEAD /v1/organizations/projects < /dev/null
	[ "$status_code" = 200 ]
	[ $(($(bytes_of_database) - before)) -lt 1000000 ]
	line=$(logged 'route=/v1/organizations/projects')
	[[ $line == *' code=ok '* && $line != *cut=1* ]]
	sed '1,/^\r$/d' "$answer" > "$BATS_TEST_TMPDIR/body"
	[ ! -s "$BATS_TEST_TMPDIR/body" ]
}

@test "plain CGI: a reader that does not read ends the program" {
	local start=$SECONDS

	new_tenant
	fill_projects 3000
	KEY=$OWNER_KEY cgi GET /v1/organizations/projects < /dev/null
	expect_status 200
	(
		env -i GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET \
		    SCRIPT_NAME= PATH_INFO=/v1/organizations/projects \
		    REMOTE_ADDR=127.0.0.1 TENANTRY_CONF="$CONF" \
		    HTTP_X_API_KEY="$OWNER_KEY" "$PROGRAM" 2> "$worker_log"
		touch "$BATS_TEST_TMPDIR/ended"
	) | (
		within 20 [ -e "$BATS_TEST_TMPDIR/ended" ]
	)
	[ -e "$BATS_TEST_TMPDIR/ended" ]
	[ $((SECONDS - start)) -lt 20 ]
	[[ $(logged 'route=') == *' level=info '*' code=client-gone '* ]]
}
