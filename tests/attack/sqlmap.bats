#!/usr/bin/env bats
# sqlmap over every path id, header and body member that the description names.
# shellcheck disable=SC2034,SC2154

setup_file() {
	load ../api/helper
	load ../api/tenancy
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
	export ORG PROJECT MEMBER KEY_ID INVITATION_ID
	LICENCE=$(issue --type enterprise)
	export LICENCE
}

setup() {
	load ../api/helper
	load ../api/tenancy
	load helper
	from=$(log_lines)
	request=$BATS_TEST_TMPDIR/request
}

nobody=01ARZ3NDEKTSV4RRFFQ69G5FAV

# --- the description ----------------------------------------------------------

# operations: "method path" of all that want a credential.
operations() {
	description | jq -r '.paths | to_entries[] | .key as $path |
	    .value | to_entries[] |
	    select(.value.security != []) | "\(.key | ascii_upcase) \($path)"'
}

# A body of which every member is in place, so that none hides another; each
# text marked.  The second form, where there is one, has the other words.
body_of() { # METHOD PATH FORM
	case "$1 $2 $3" in
	'POST /v1/organizations 1')
		echo '{"organizationName": "Attacked*", "accountName": "First*",
		    "eulaAccepted": true, "licenseType": "free*"}' ;;
	'POST /v1/organizations 2')
		echo '{"organizationName": "Attacked*", "projectName": "First*",
		    "eulaAccepted": true, "licenseKey": "'"$LICENCE"'*"}' ;;
	*/license' 1' | */organization-license' 1')
		echo '{"licenseKey": "'"$LICENCE"'*"}' ;;
	*/license' 2')
		echo '{"createLicenseType": "enterprise*"}' ;;
	*/verify' 1' | */metadata' 2')
		echo '{"organizationName": "Attacked*"}' ;;
	P*'/users/{'*' 1')
		echo '{"role": "admin*"}' ;;
	'POST /v1/api-keys 1')
		echo '{"description": "Attacked*", "owner": "me*", "role": "user*",
		    "projectId": "'"$PROJECT"'*", "expiresIn": 3600}' ;;
	'PATCH /v1/api-keys/{id} 1')
		echo '{"description": "Attacked*"}' ;;
	'POST /v1/invitations 1' | 'POST /v1/organizations/users 1')
		echo '{"email": "other@example.org*", "role": "user*",
		    "projects": [{"id": "'"$PROJECT"'*", "role": "user*"}],
		    "delivery": "link*", "expiresIn": 3600}' ;;
	*/resend' 1')
		echo '{"delivery": "link*"}' ;;
	*/decline' 1')
		echo '{"token": "'"$nobody"'_attacked*"}' ;;
	'POST /v1/invitations/accept 1')
		echo '{"token": "'"$nobody"'_attacked*", "displayName": "A*",
		    "password": "attacked*"}' ;;
	*/rotate' 1')
		echo '{"overlap": 0}' ;;
	*/verify' 2' | */metadata' 1' | \
	    'POST /v1/projects 1' | 'POST /v1/accounts 1' | \
	    'PATCH /v1/projects/{id} 1' | 'PATCH /v1/accounts/{id} 1')
		echo '{"displayName": "Attacked*"}' ;;
	esac
}

# members_of METHOD PATH [other]: the members of its body that are texts, or
# booleans and numbers, in the description.
members_of() {
	description | jq -r --arg path "$2" --arg method "${1,,}" \
	    --arg type "${3:-text}" '
	    . as $document | def own: if has("$ref") then .["$ref"] as $ref |
		$document | getpath($ref | ltrimstr("#/") | split("/"))
		else . end;
	    .paths[$path][$method] | select(has("requestBody")) |
	    .requestBody | own | .content["application/json"].schema | own |
	    .properties | to_entries[] |
	    select((.value.type | IN("boolean", "integer")) ==
		($type == "other")) |
	    .key' | sort
}

header_names() { # METHOD PATH
	description | jq -r --arg path "$2" --arg method "${1,,}" '. as $document |
	    .paths[$path][$method].parameters[]? |
	    if has("$ref") then .["$ref"] as $ref | $document |
		getpath($ref | ltrimstr("#/") | split("/")) else . end |
	    select(.in == "header") | .name'
}

# --- one operation ------------------------------------------------------------

header_line() { # NAME: marked, with a value that is right
	case $1 in
	X-Bindplane-Account-ID) echo "$1: $PROJECT*" ;;
	X-Organization-ID) echo "$1: $ORG*" ;;
	If-None-Match) echo "X-As-$1: \"attacked*\"" ;;
	*) echo "$1: attacked*" ;;
	esac
}

# A delete that succeeds could be tried once only.
target() { # METHOD PATH
	local ORG="$ORG*" PROJECT="$PROJECT*" MEMBER="$MEMBER*" KEY_ID="$KEY_ID*"
	local INVITATION_ID="$INVITATION_ID*"

	[[ $1 != DELETE ]] || ORG="$nobody*" PROJECT="$nobody*" \
	    MEMBER="$nobody*" KEY_ID="$nobody*" INVITATION_ID="$nobody*"
	place "$2"
}

attack() { # METHOD PATH FORM
	local lines=("X-Api-Key: $TENANTRY_API_KEY") name marks

	while read -r name; do
		lines+=("$(header_line "$name")")
	done < <(header_names "$1" "$2")
	[[ $(target "$1" "$2") != *[{}]* ]]
	write_request "$request" "$1" "$(target "$1" "$2")" \
	    "$(body_of "$1" "$2" "$3")" "${lines[@]}"
	marks=$(tr -cd '*' < "$request" | wc -c)
	echo "# $1 $2: $marks places" >&3
	expect_not_injectable "$request" "$marks"
}

attack_all() { # ERE of "METHOD PATH"
	local method path count=0

	while read -r method path; do
		attack "$method" "$path" 1
		[ -z "$(body_of "$method" "$path" 2)" ] ||
		    attack "$method" "$path" 2
		count=$((count + 1))
	done < <(operations | grep -xE "$1")
	[ "$count" -gt 0 ]
	expect_no_defect "$from"
}

# --- the tool itself ----------------------------------------------------------

teardown() {
	[ -z "${double:-}" ] || kill "$double"
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

@test "every text member of every described body is attacked" {
	local method path found=0

	while read -r method path; do
		[ -n "$(members_of "$method" "$path")" ] || continue
		found=$((found + 1))
		diff -u <(members_of "$method" "$path") <(for form in 1 2; do
			body_of "$method" "$path" "$form" |
			    jq -r 'to_entries[] | select(.value |
				type == "string" and endswith("*")) | .key'
		done | sort -u)
	done < <(operations)
	[ "$found" -ge 8 ]
}

@test "an operation that is attacked succeeds with what stands in its places" {
	local method path lines name

	while read -r method path; do
		[[ $method != DELETE ]] || continue
		lines=()
		while read -r name; do
			[[ $name == X-[BO]* ]] || continue
			lines+=(--header "$(header_line "$name" | tr -d '*')")
		done < <(header_names "$method" "$path")
		[ -z "$(body_of "$method" "$path" 1)" ] || lines+=(--data
		    "$(body_of "$method" "$path" 1 | tr -d '*')")
		api "$method" "$(target "$method" "$path" | tr -d '*')" \
		    "${lines[@]}"
		[[ $status_code == 2* || $status_code == 409 ]] || {
			echo "$method $path"
			show_answer
			return 1
		}
	done < <(operations)
}

# --- the service --------------------------------------------------------------

@test "sqlmap: nothing to inject into what is read" {
	attack_all 'GET .*'
}

@test "sqlmap: nothing to inject into creations" {
	attack_all 'POST .*'
}

@test "sqlmap: nothing to inject into licences" {
	attack_all 'PUT .*licen[cs]e'
}

@test "sqlmap: nothing to inject into the other changes" {
	attack_all '(PATCH|DELETE) .*|PUT .*(verify|doctor|users/.*)'
}

@test "sqlmap: every operation is in one of these lists" {
	run grep -vxE 'GET .*|POST .*|PUT .*licen[cs]e|(PATCH|DELETE) .*|PUT .*(verify|doctor|users/.*)' \
	    <(operations)
	[ "$status" = 1 ]
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

@test "sqlmap: nothing to inject into a member that is no text" {
	local method path value

	[ "$(while read -r method path; do
		members_of "$method" "$path" other
	done < <(operations) | sort -u | paste -sd ' ')" = \
	    'eulaAccepted expiresIn manage overlap' ]
	for value in 'true*' '"true*"'; do
		write_request "$request" POST /v1/organizations \
		    '{"organizationName": "Attacked", "accountName": "First",
			"eulaAccepted": '"$value"'}' \
		    "X-Api-Key: $TENANTRY_API_KEY"
		expect_not_injectable "$request" 1
	done
	for value in '60*' '"60*"'; do
		write_request "$request" PATCH "/v1/api-keys/$KEY_ID" \
		    '{"expiresIn": '"$value"'}' "X-Api-Key: $TENANTRY_API_KEY"
		expect_not_injectable "$request" 1
		write_request "$request" POST "/v1/api-keys/$KEY_ID/rotate" \
		    '{"overlap": '"$value"'}' "X-Api-Key: $TENANTRY_API_KEY"
		expect_not_injectable "$request" 1
	done
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
