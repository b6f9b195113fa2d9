#!/usr/bin/env bats
# The log says why each request was refused, `cause`, for the operator alone.
#
# shellcheck disable=SC2030,SC2031,SC2154  # bats sets them

setup() {
	load helper
	load slots
	load tenancy
	load writes
	load cgi
}

teardown() {
	release_slots
	sql 'DELETE FROM login_failures'
}

list=/v1/organizations
script='X-Requested-With: test'
json_type='Content-Type: application/json'

is_logged() { # ID
	service_log | grep -qF "id=$1 "
}

# said CAUSE STATUS FILE ID: the line of the log; the client is not told.
said() {
	grep -F "id=$4 " "$3" | grep -q " status=$2 code=$(
	    json .type | sed 's/.*://') cause=$1 " || {
		echo "expected the cause $1"
		grep -F "id=$4 " "$3"
		return 1
	}
	[[ $body != *cause* ]]
	echo "$1" >> "$BATS_TEST_TMPDIR/seen"
}

# expect_cause CAUSE STATUS METHOD PATH [CURL ARGUMENT...]
expect_cause() {
	local id cause=$1 code=$2

	shift 2
	id=$(unique why)
	api "$@" --header "X-Request-Id: $id"
	expect_problem "$code"
	within 5 is_logged "$id"
	service_log > "$BATS_TEST_TMPDIR/log"
	said "$cause" "$code" "$BATS_TEST_TMPDIR/log" "$id"
}

# expect_cgi_cause CAUSE STATUS METHOD PATH BODY [NAME=VALUE...]: as plain CGI.
expect_cgi_cause() {
	local id

	id=$(unique why)
	cgi_send "${@:3}" HTTP_X_REQUEST_ID="$id"
	expect_problem "$2"
	said "$1" "$2" "$log_file" "$id"
}

# The words of the program; "-" is none.
words() {
	sed -n 's/^\t\[CAUSE_.*\] = "\([a-z-]*[a-z]\)",$/\1/p' \
	    "$TENANTRY_ROOT/src/base/cause.c"
}

# A new cause fails at the end until something here is refused for it.
@test "log: every cause is said for what it is, for the operator alone" {
	local session cookie

	new_tenant
	new_stranger
	new_login
	# 401
	KEY='' expect_cause missing 401 GET "$list"
	KEY=tny_wrong expect_cause key 401 GET "$list"
	KEY='' expect_cause password 401 GET "$list" --user "$USER_EMAIL:wrong"
	KEY='' expect_cause password 401 GET "$list" \
	    --user "$(unique nobody)@example.org:wrong"
	KEY='' expect_cause password 401 GET "$list" \
	    --header 'Authorization: Basic ?'
	KEY='' expect_cause session 401 GET "$list" --header "$script" \
	    --header "Cookie: tenantry=${TENANTRY_API_KEY:0:27}"
	# 403
	KEY='' expect_cause cross-site 403 POST "$list" --data '{}' \
	    --user "$USER_EMAIL:$USER_PASSWORD" \
	    --header 'Sec-Fetch-Site: cross-site'
	KEY=$OWNER_KEY expect_cause membership 403 DELETE "$list/$STRANGER_ORG"
	KEY=$OWNER_KEY expect_cause membership 403 GET "$list/projects" \
	    --header "X-Organization-ID: $STRANGER_ORG"
	KEY=$OWNER_KEY expect_cause role 403 GET /doctor
	KEY=$USER_KEY expect_cause context 403 GET "$list/projects"
	bound=$(add_key --user "$OWNER_EMAIL" --org "$ORG")
	KEY=$bound expect_cause restricted 403 POST "$list" \
	    --data "$(create_body "$(unique Bound)")"
	KEY=$OWNER_KEY expect_cause restricted 403 GET /v1/session
	sql "UPDATE licences SET expires_at = '2020-01-01'
	    WHERE organization_id = '$ORG'"
	KEY=$OWNER_KEY expect_cause license 403 POST /v1/projects \
	    --data '{"displayName": "More"}'
	# a session whose password was given long ago
	join_organization "$USER_EMAIL" admin "$ORG"
	KEY='' api POST /v1/session --header "$json_type" --header "$script" \
	    --data "{\"login\": \"$USER_EMAIL\", \"password\": \"$USER_PASSWORD\"}"
	expect_status 201
	session=$(header Set-Cookie)
	session=${session#*=}
	cookie="Cookie: tenantry=${session%%;*}"
	sql "UPDATE sessions SET confirmed_at = UTC_TIMESTAMP(3) -
	    INTERVAL 11 MINUTE
	    WHERE digest = UNHEX(SHA2('${session%%;*}', 256))"
	KEY='' expect_cause step-up 403 DELETE "$list/$ORG" \
	    --header "$cookie" --header "$script" --header "$json_type"
	# no session begins without TLS but on this machine
	KEY='' expect_cgi_cause address 403 POST /v1/session \
	    "{\"login\": \"$USER_EMAIL\", \"password\": \"$USER_PASSWORD\"}" \
	    HTTP_HOST=api.example.org REMOTE_ADDR=192.0.2.7 \
	    CONTENT_TYPE=application/json HTTP_X_REQUESTED_WITH=test
	# 429, and what is 503
	set_failures "$USER_EMAIL" 12 0
	KEY='' expect_cause throttled 429 GET "$list" \
	    --user "$USER_EMAIL:wrong"
	sql 'DELETE FROM login_failures'
	settings 'invitation_rate = 1'
	lookup='{"token": "01JDA5T8N2Q6W4K0ZVX7B3MRCE_none"}'
	printf -v address '2001:db8:%x:%x::1' $((SRANDOM % 65536)) \
	    $((SRANDOM % 65536))
	KEY='' cgi_send POST /v1/invitations/lookup "$lookup" \
	    REMOTE_ADDR="$address"
	expect_status 404
	KEY='' expect_cgi_cause rate 429 POST /v1/invitations/lookup "$lookup" \
	    REMOTE_ADDR="$address"
	if ! is_plain_cgi; then
		hold_slots 0 1 1000
		KEY='' expect_cause busy 503 GET "$list" \
		    --user "$(unique nobody)@example.org:wrong"
		release_slots
	fi
	# a refusal that is an honest user's, whose script runs on
	sql "UPDATE api_keys SET expires_at = '2020-01-01'
	    WHERE digest = UNHEX(SHA2('$OWNER_KEY', 256))"
	KEY=$OWNER_KEY expect_cause expired 401 GET "$list"
	ctl user disable --email "$USER_EMAIL" --force
	KEY=$USER_KEY expect_cause disabled 401 GET "$list"
	KEY='' expect_cause disabled 401 GET "$list" \
	    --user "$USER_EMAIL:$USER_PASSWORD"
	KEY='' expect_cause password 401 GET "$list" --user "$USER_EMAIL:wrong"
	[ "$(service_log | grep -cE ' status=(401|403|429) .* cause=- ')" = 0 ]
	is_plain_cgi ||
	    diff <(words | sort) <(sort -u "$BATS_TEST_TMPDIR/seen")
}
