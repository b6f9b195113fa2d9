#!/usr/bin/env bats
# The JavaScript of docs/integrate.md as it stands there: an application of
# express, and what a page in a browser fetches.  Run by `make check-openapi`,
# which installs the packages.
# shellcheck disable=SC2154,SC2016

modules=$TENANTRY_ROOT/build/openapi
folder=$modules/integrate

load ../api/helper
load ../api/tenancy
load ../api/integrate

setup() {
	follow_only_the_test
	new_tenant
	service_key
	mkdir -p "$folder"
	cd "$folder" || return
	block js '// tenantry.mjs' > tenantry.mjs
	{
		block js 'import express'
		echo 'const server = application.listen(0, "127.0.0.1", () =>
		    console.log(server.address().port));'
	} > application.mjs
	start_application
}

start_application() {
	rm -f port
	node application.mjs > port 2> errors 3>&- &
	application=$!
	wait_for_port
}

teardown() {
	kill "$application"
	cat "$folder/errors"
}

wait_for_port() {
	local i

	for ((i = 0; i < 200; i++)); do
		kill -0 "$application"
		[ ! -s port ] || { read -r port < port && return; }
		sleep 0.1
	done
	return 1
}

# hello STATUS [CURL ARGUMENT...]
hello() {
	local status=$1

	shift
	status_code=$(curl --silent --noproxy '*' --output answer \
	    --write-out '%{http_code}' "$@" "http://127.0.0.1:$port/api/hello")
	cat answer
	[ "$status_code" = "$status" ]
}

queries() {
	cat "$served_log"/*.log | grep -c 'method=POST route=/v1/check'
}

@test "integrate: the middleware lets in who may, and asks once for a key" {
	local before

	hello 401
	hello 403 --header 'X-Api-Key: none'
	jq -e '.error == "unknown"' answer
	before=$(queries)
	hello 200 --header "X-Api-Key: $OWNER_KEY"
	jq -e --arg id "$(user_id "$OWNER_EMAIL")" '.user == $id' answer
	hello 200 --header "X-Api-Key: $OWNER_KEY"
	[ "$(queries)" = $((before + 1)) ]
}

@test "integrate: the token of a signed-in browser lets its person in" {
	local jar=$BATS_TEST_TMPDIR/jar password token

	password=$(unique password)
	ctl user password --email "$OWNER_EMAIL" <<< "$password"
	curl --silent --fail --noproxy '*' --cookie-jar "$jar" \
	    --header 'Content-Type: application/json' \
	    --header 'X-Requested-With: fetch' "$TENANTRY_URL/v1/session" \
	    --data "{\"login\": \"$OWNER_EMAIL\", \"password\": \"$password\"}"
	token=$(curl --silent --fail --noproxy '*' --cookie "$jar" \
	    --header 'Accept: application/jwt' \
	    --header "X-Organization-ID: $ORG" "$TENANTRY_URL/v1/check?need=user")
	hello 200 --header "Authorization: Bearer $token"
	jq -e --arg id "$(user_id "$OWNER_EMAIL")" '.user == $id' answer
	hello 401 --header "Authorization: Bearer ${token%?????}AAAAA"
	hello 401 --header "Authorization: Bearer $(issue --type growth)"
	# another question, another organization
	token=$(curl --silent --fail --noproxy '*' --cookie "$jar" \
	    --header 'Accept: application/jwt' \
	    --header "X-Organization-ID: $ORG" "$TENANTRY_URL/v1/check?need=admin")
	hello 401 --header "Authorization: Bearer $token"
	KEY=$OWNER_KEY new_org
	token=$(curl --silent --fail --noproxy '*' --cookie "$jar" \
	    --header 'Accept: application/jwt' \
	    --header "X-Organization-ID: $ORG" "$TENANTRY_URL/v1/check?need=user")
	hello 401 --header "Authorization: Bearer $token"
}

@test "integrate: without an answer the middleware lets nobody in" {
	kill "$application"
	TENANTRY_URL=http://127.0.0.1:1 start_application
	hello 503 --header "X-Api-Key: $OWNER_KEY"
}
