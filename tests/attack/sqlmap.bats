#!/usr/bin/env bats
# sqlmap over each path, parameter, body member and header that the description
# names.  ATTACK, an ERE of "METHOD PATH", chooses some of the operations.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154

# has_mail: the service has the settings with mail; has_no_mail: those of before.
has_mail() {
	KEY='' api GET /v1/session
	json .features.mail > /dev/null
}

has_no_mail() {
	! has_mail
}

# Without mail the routes that send one answer before any statement; and a person
# who asks for more than three changes of address in an hour is refused.
switch_mail_on() {
	cp -p "$TENANTRY_CONF" "$BATS_FILE_TMPDIR/before.conf"
	printf '#!/bin/sh\nexec cat > /dev/null\n' > "$BATS_FILE_TMPDIR/sendmail"
	chmod 755 "$BATS_FILE_TMPDIR/sendmail"
	printf '%s\n' "mail = $BATS_FILE_TMPDIR/sendmail" \
	    'mail_from = service@tenantry.example' 'invite_links = on' \
	    "public_prefix = $TENANTRY_URL" >> "$TENANTRY_CONF"
	within 30 has_mail
	sql "CREATE TRIGGER attack_outbox BEFORE INSERT ON outbox FOR EACH ROW
	    SET NEW.created_at = NEW.created_at - INTERVAL 2 HOUR"
}

teardown_file() {
	load ../api/helper
	sql 'DROP TRIGGER IF EXISTS attack_outbox'
	[ ! -e "$BATS_FILE_TMPDIR/before.conf" ] || {
		cp -p "$BATS_FILE_TMPDIR/before.conf" "$TENANTRY_CONF"
		within 30 has_no_mail
	}
}

setup_file() {
	load ../api/helper
	load ../api/tenancy
	switch_mail_on
	new_org # of the caller, who makes a key in it
	api PUT "/v1/organizations/$ORG/license" \
	    --data '{"createLicenseType": "enterprise"}'
	expect_status 204
	MEMBER=$(user_id "$TENANTRY_LOGIN")
	api POST /v1/api-keys --header "X-Organization-ID: $ORG" \
	    --data '{"description": "Attacked"}'
	expect_status 201
	KEY_ID=$(json .apiKey.metadata.id)
	api POST /v1/invitations --header "X-Organization-ID: $ORG" \
	    --data '{"email": "attacked@example.org", "role": "user"}'
	expect_status 201
	INVITATION_ID=$(json .invitation.metadata.id)
	SECRET_KEY=$(sql "SELECT secret_key FROM projects
	    WHERE id = '$PROJECT'")
	new_user "$(unique disabled)@example.org"
	DISABLED=$(user_id "$USER_EMAIL") # by a request; the spare one goes on
	export DISABLED
	new_user "$(unique spare)@example.org"
	SPARE=$(user_id "$USER_EMAIL")
	sql "INSERT INTO organization_bindings (user_id, organization_id, role,
	        created_at) VALUES ('$SPARE', '$ORG', 'user', UTC_TIMESTAMP(3));
	    UPDATE organizations SET member_count = 2 WHERE id = '$ORG'"
	set_password "$USER_EMAIL" 'a spare password'
	KEY='' api POST /v1/session --header 'Content-Type: application/json' \
	    --header 'X-Requested-With: a' --data "{\"login\":
	    \"$USER_EMAIL\", \"password\": \"a spare password\"}"
	expect_status 201
	COOKIE=$(header Set-Cookie)
	COOKIE=${COOKIE%%;*}
	# the attack lasts longer than a session is
	sql "UPDATE sessions SET confirmed_at = UTC_TIMESTAMP(3) + INTERVAL 1 DAY,
	    idle_ends_at = UTC_TIMESTAMP(3) + INTERVAL 1 DAY,
	    ends_at = UTC_TIMESTAMP(3) + INTERVAL 1 DAY
	    WHERE user_id = '$SPARE'"
	LICENCE=$(issue --type enterprise)
	# whose password nobody guesses
	new_user "$(unique mailed)@example.org"
	set_password "$USER_EMAIL" 'a password for mail'
	MAILED_LOGIN=$USER_EMAIL MAILED_PASSWORD='a password for mail'
	export MAILED_LOGIN MAILED_PASSWORD
	SESSION_ID=01ARZ3NDEKTSV4RRFFQ69G5FAV
	export ORG PROJECT MEMBER KEY_ID INVITATION_ID SECRET_KEY SPARE LICENCE \
	    SESSION_ID COOKIE
}

setup() {
	load ../api/helper
	load ../api/tenancy
	load helper
	from=$(log_lines)
	request=$BATS_TEST_TMPDIR/request
}

# --- the requests -------------------------------------------------------------

# write_requests: files in $requests, and their list, of what ATTACK chooses.
write_requests() {
	requests=$BATS_TEST_TMPDIR/requests
	list=$BATS_TEST_TMPDIR/list
	mkdir -p "$requests"
	description | AUTHORITY=$authority KEY=$TENANTRY_API_KEY \
	    LOGIN=$TENANTRY_LOGIN PASSWORD=$TENANTRY_PASSWORD \
	    python3 "$BATS_TEST_DIRNAME/requests.py" "$requests" |
	    awk -F '\t' -v chosen="${ATTACK:-}" '$3 " " $4 ~ chosen' > "$list"
	[ -s "$list" ]
}

# send_plain FILE: as it is without the stars.
send_plain() {
	local method target line args=() text

	exec 9< <(tr -d '*\r' < "$1")
	read -r method target _ <&9
	while IFS= read -r line <&9 && [ -n "$line" ]; do
		case $line in
		Host:*) ;;
		X-As-Basic:*) args+=(--user "${line#*: }") ;;
		X-As-*) args+=(--header "${line#X-As-}") ;;
		*) args+=(--header "$line") ;;
		esac
	done
	text=$(cat <&9)
	exec 9<&-
	[ -z "$text" ] || args+=(--data "$text")
	KEY='' api "$method" "$target" "${args[@]}"
}

# try_each LANE LANES: every so many-th request of the list, each in a time of
# its own.  What fails is in the lane's file, and the others are tried.
try_each() {
	local name marks method path rest n=0

	BATS_TEST_TMPDIR=$BATS_TEST_TMPDIR/$1
	mkdir -p "$BATS_TEST_TMPDIR"
	while IFS=$'\t' read -r name marks method path rest; do
		[ $((n++ % $2)) = $(($1 - 1)) ] || continue
		expect_not_injectable "$requests/$name" "$marks" \
		    > "$BATS_TEST_TMPDIR/said" 2>&1 || {
			echo "$method $path: $rest"
			cat "$BATS_TEST_TMPDIR/said"
		} >> "$BATS_TEST_TMPDIR/failed"
		echo "$name" >> "$BATS_TEST_TMPDIR/tried"
	done < "$list"
}

# --- the tool itself ----------------------------------------------------------

teardown() {
	[ -z "${double:-}" ] || kill "$double"
	[ -z "${setup_server:-}" ] || stop_setup_server
}

@test "sqlmap finds a fault in a path, a header and a body where there is one" {
	python3 "$BATS_TEST_DIRNAME/vulnerable.py" \
	    > "$BATS_TEST_TMPDIR/port" 2> /dev/null 3>&- &
	double=$!
	within 10 test -s "$BATS_TEST_TMPDIR/port"
	authority=127.0.0.1:$(cat "$BATS_TEST_TMPDIR/port")
	write_request "$request" POST '/things/one*' '{"name": "x"}'
	finds_injection "$request"
	write_request "$request" POST /things/x '{"name": "one*"}'
	finds_injection "$request"
	write_request "$request" POST /things/x '{"name": "x"}' 'X-Thing: one*'
	finds_injection "$request"
	run expect_not_injectable "$request" 1
	[ "$status" = 1 ]
	for header in 'X-As-If-None-Match: one*' 'X-As-Basic: one*:password'; do
		write_request "$request" POST /things/x '{"name": "x"}' \
		    "$header"
		finds_injection "$request"
	done
	write_request "$request" POST /things/x '' 'X-Other: one*'
	expect_not_injectable "$request" 1
}

# Each name that the description has, once an operation: of parameters, and of
# members of bodies.
names_of_description() {
	description | jq -r '. as $document |
	    def own: if type == "object" and has("$ref") then .["$ref"] as $ref |
		$document | getpath($ref | ltrimstr("#/") | split("/")) | own
		else . end;
	    def members: own | ((.properties // {}) | keys[]),
		((.allOf, .anyOf, .oneOf) // [] | .[] | members);
	    .paths | to_entries[] | .key as $path | (.value.parameters // []) as
		$shared | .value | to_entries[] | select(.key != "parameters") |
	    "\(.key | ascii_upcase)\t\($path)\t" + (
		(($shared + (.value.parameters // []))[] | own | .name),
		(.value | select(has("requestBody")) | .requestBody | own |
		    .content["application/json"].schema | members))' | sort -u
}

@test "each parameter, header and member of the description is tried" {
	unset ATTACK
	write_requests
	diff <(names_of_description) <(awk -F '\t' '{
		n = split($5, names, ",")
		for (i = 1; i <= n; i++)
			print $3 "\t" $4 "\t" names[i]
	    }' "$list" | sort -u)
	# a star for each name, or more: a member may be a list or an object
	awk -F '\t' '{ exit $2 < split($5, names, ",") }' "$list"
	[ "$(wc -l < "$list")" -gt 200 ]
}

# What is not done although it is asked for as described.  A cursor and If-Match
# are made up, a password and the token of a mail are not known, what is removed
# is there no more with the second try, an invitation was sent a moment ago, and
# who comes through a proxy signs in with TLS only and sees no metrics.  A login
# is tried by Basic, which goes the same way.
refused='400 GET [^ ]* after|412 .* [^ ]*If-[^ ]*|40[34] DELETE .*'
refused+='|400 PATCH /v1/api-keys/\{id\} [^ ]*expiresIn'
refused+='|401 POST /v1/session/confirm .*|401 PUT /v1/users/me/password .*'
refused+='|(401|429) POST /v1/users/me/email (password|X-Request-Id)'
refused+='|404 POST /v1/invitations/(accept|decline|lookup|\{id\}/accept) .*'
refused+='|404 POST /v1/(password-resets|users)/confirm .*'
refused+='|429 POST /v1/invitations/\{id\}/resend .*'
refused+='|403 (POST /v1/session|GET /metrics) .*'

@test "an operation that is tried is done with what stands in its places" {
	local name marks method path rest

	unset ATTACK
	write_requests
	while IFS=$'\t' read -r name marks method path rest; do
		send_plain "$requests/$name"
		[[ $status_code == 2* || $status_code == 409 &&
		    $body != *:mail-off* ]] ||
		    echo "$status_code $method $path $rest"
	done < "$list" > "$BATS_TEST_TMPDIR/others"
	run grep -vxE "$refused" "$BATS_TEST_TMPDIR/others"
	echo "$output"
	[ "$status" = 1 ]
}

# --- the service --------------------------------------------------------------

# looked_at ROUTE: it answered 2xx to some of what was tried.
looked_at() {
	tail -n "+$((from + 1))" "$TENANTRY_STATE/log/tenantry.log" |
	    grep -qE " route=$1 status=2" || {
		echo "$1 was never done"
		return 1
	}
}


@test "sqlmap: nothing to inject into any operation" {
	local lane lanes path pids=()

	write_requests
	lanes=$(nproc)
	for ((lane = 1; lane <= lanes; lane++)); do
		try_each "$lane" "$lanes" 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	cat "$BATS_TEST_TMPDIR"/*/failed 2> /dev/null || true
	[ -z "$(cat "$BATS_TEST_TMPDIR"/*/failed 2> /dev/null)" ]
	[ "$(cat "$BATS_TEST_TMPDIR"/*/tried | wc -l)" = "$(wc -l < "$list")" ]
	# which a wrong setting or password would end before any statement
	for path in /v1/password-resets /v1/users/me/email; do
		! cut -f 4 "$list" | grep -qx "$path" || looked_at "$path"
	done
	expect_no_defect "$from"
}

@test "sqlmap: nothing to inject into credentials" {
	local name

	for name in X-Api-Key X-Bindplane-Api-Key; do
		write_request "$request" GET /v1/organizations '' \
		    "$name: $TENANTRY_API_KEY*"
		expect_not_injectable "$request" 1
	done
	write_request "$request" GET /v1/organizations '' \
	    "Authorization: Bearer $TENANTRY_API_KEY*"
	expect_not_injectable "$request" 1
	# A password goes through crypt(3) and into no statement; bad ones for
	# a login that exists would only be throttled.
	write_request "$request" GET /v1/organizations '' \
	    "X-As-Basic: $TENANTRY_LOGIN*:$TENANTRY_PASSWORD"
	expect_not_injectable "$request" 1
	expect_no_defect "$from"
}

@test "sqlmap: nothing to inject into what is not of the description" {
	write_request "$request" GET '/v1/organizations?limit=1*&after=a*' '' \
	    "X-Api-Key: $TENANTRY_API_KEY" 'Cookie: session=a*' \
	    'Origin: http://a*' 'User-Agent: a*' 'Referer: http://a*' \
	    'X-Forwarded-For: 127.0.0.1*' 'X-HTTP-Method-Override: PUT*'
	expect_not_injectable "$request" 8
	expect_no_defect "$from"
}

@test "sqlmap: nothing to inject into the cookie of a session" {
	write_request "$request" GET /v1/session '' 'Cookie: tenantry=a*'
	expect_not_injectable "$request" 1
	# beside one that is live
	KEY='' api POST /v1/session --header 'Content-Type: application/json' \
	    --header 'X-Requested-With: a' --data "{\"login\":
	    \"$TENANTRY_LOGIN\", \"password\": \"$TENANTRY_PASSWORD\"}"
	expect_status 201
	cookie=$(header Set-Cookie)
	write_request "$request" GET /v1/session '' \
	    "Cookie: ${cookie%%;*}; tenantry=a*"
	expect_not_injectable "$request" 1
	expect_no_defect "$from"
}

# of_setup [CURL ARGUMENT...]: the page with the owner's cookie, in $page.
of_setup() {
	page=$BATS_TEST_TMPDIR/page
	curl --silent --show-error --noproxy '*' --max-time 20 --output "$page" \
	    --cookie-jar "$BATS_TEST_TMPDIR/jar" \
	    --cookie "$BATS_TEST_TMPDIR/jar" "$@" "$setup_url/setup"
}

of_page() { # NAME: the value of a hidden field
	sed -n "s/.*name=\"$1\" value=\"\([^\"]*\)\".*/\1/p" "$page"
}

write_form() { # BODY [HEADER...]
	write_request "$request" POST /app/setup '' \
	    'Content-Type: application/x-www-form-urlencoded' \
	    "Origin: http://$authority" "${@:2}"
	printf %s "$1" >> "$request"
}

# The account is right, so that the database's name is looked at; none of that
# name is there, so that no try ends the step.
@test "sqlmap: nothing to inject into the forms of the set-up" {
	local body cookie

	load ../api/setup_server
	SETUP_SECONDS=900 start_setup_server "$BATS_TEST_TMPDIR"
	authority=${setup_url#*://}
	authority=${authority%/app}
	write_form 'step=code*&token=a*&code=1*' 'Cookie: tenantry-setup=a*'
	expect_not_injectable "$request" 4

	of_setup
	of_setup --data "step=code&code=$(sed -n 's/^code = //p' \
	    "$place"/setup-code*)"
	of_setup
	of_setup --data "step=folder&token=$(of_page token)&folder=closed"
	of_setup
	grep -q 'The database</h1>' "$page"
	cookie=$(awk '$6 == "tenantry-setup" { print $7 }' \
	    "$BATS_TEST_TMPDIR/jar")
	body="step=database&token=$(of_page token)&name=absent*&user=$(
	    sed -n 's/^db_user = //p' "$TENANTRY_CONF")*&password=$(
	    sed -n 's/^db_password = //p' "$TENANTRY_CONF")*&host=localhost*"
	body+="&port=*&socket=$database_socket*"
	write_form "$body" "Cookie: tenantry-setup=$cookie"
	expect_not_injectable "$request" 6
	write_form "${body//\*/}&migration_user=a*" \
	    "Cookie: tenantry-setup=$cookie"
	expect_not_injectable "$request" 1
	# each try came as far as the database, and no further
	of_setup
	grep -q 'The database</h1>' "$page"
	[ ! -e "$place/tenantry.conf" ]
	grep -q 'set-up: database: ' "$BATS_TEST_TMPDIR/lighttpd.log"
	# an account, a database or a host that is none is said; all else is a defect
	run grep -E 'level=error|AddressSanitizer' "$BATS_TEST_TMPDIR/lighttpd.log"
	run grep -vE 'error (104[459]|1102|1698|200[1235]): ' <<< "$output"
	head -n 5 <<< "$output"
	[ -z "$output" ]
}
