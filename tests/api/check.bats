#!/usr/bin/env bats
# POST and GET /v1/check: what an API key may do, as JSON and as a signed token.
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

UNKNOWN=01ARZ3NDEKTSV4RRFFQ69G5FAV

setup() {
	load helper
	load tenancy
	load writes
	load cgi
	new_place
}

# check_body CREDENTIAL NEED [PROJECT]
check_body() {
	printf '{"credential": "%s", "need": "%s"%s}' "$1" "$2" \
	    "${3:+, \"project\": \"$3\"}"
}

# ask CREDENTIAL NEED [PROJECT]: by ASKER, else by the owner of ORG.
ask() {
	KEY=${ASKER-$OWNER_KEY} api POST /v1/check --data "$(check_body "$@")"
}

# expect_reason REASON CREDENTIAL NEED [PROJECT]
expect_reason() {
	ask "${@:2}"
	expect_status 200
	expect_json ".reason == \"$1\" and .allowed == (\"$1\" == \"ok\")"
}

# make_robot MEMBERS: a service key of ORG.  Sets ROBOT.
make_robot() {
	KEY=$OWNER_KEY api POST /v1/api-keys --data "{\"description\": \"Robot\",
	    \"owner\": \"organization\"${1:+, $1}}"
	expect_status 201
	ROBOT=$(json .key)
}

# change_key KEY ASSIGNMENT
change_key() {
	sql "UPDATE api_keys SET $2 WHERE digest = UNHEX(SHA2('$1', 256))"
}

@test "check: the answer says who, where, which role, and what the licence allows" {
	new_viewer
	ask "$VIEWER_KEY" viewer "$PROJECT"
	expect_status 200
	expect_json ". == {allowed: true, reason: \"ok\",
	    user: \"$(user_id "$USER_EMAIL")\", key: \"$(key_id "$VIEWER_KEY")\",
	    organization: \"$ORG\", role: \"user\", projectRole: \"viewer\",
	    license: {licenseType: \"free\", state: \"over_limit\",
	    limits: {projects: 1, users: 0}, usage: {projects: 2, users: 2}}}"
	[ "$(header Cache-Control)" = no-store ]
	[ "$(header Vary)" = Accept ]
	make_robot '"role": "viewer"'
	ask "$ROBOT" user
	expect_json 'has("user") | not'
	expect_json '.allowed == false and .reason == "role" and
	    .role == "viewer" and .projectRole == null'
}

@test "check: roles are the least of the user's and of the key's" {
	local low bound

	new_viewer
	expect_reason ok "$OWNER_KEY" admin
	expect_reason ok "$OWNER_KEY" admin "$SECOND"
	expect_reason ok "$VIEWER_KEY" user
	expect_reason role "$VIEWER_KEY" admin
	expect_reason role "$VIEWER_KEY" user "$PROJECT"
	expect_reason role "$VIEWER_KEY" viewer "$SECOND"
	low=$(bound_key "$OWNER_EMAIL" user "$ORG")
	expect_reason role "$low" admin
	expect_reason role "$low" admin "$PROJECT"
	# one that is bound to a project: an admin there, and none elsewhere
	bound=$(bound_key "$OWNER_EMAIL" admin "$ORG" "$PROJECT")
	expect_reason ok "$bound" admin "$PROJECT"
	expect_reason ok "$bound" user
	expect_reason role "$bound" admin
	expect_reason project "$bound" viewer "$SECOND"
}

@test "check: a key that has ended says how, and a licence that has ended stops all" {
	local key

	new_stranger
	expect_reason project "$OWNER_KEY" viewer "$STRANGER_PROJECT"
	expect_reason project "$OWNER_KEY" viewer "$UNKNOWN"
	new_member
	key=$(add_key --user "$MEMBER_EMAIL")
	expect_reason ok "$key" user
	change_key "$key" 'rotated_at = UTC_TIMESTAMP(3),
	    expires_at = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR'
	expect_reason ok "$key" user
	change_key "$key" 'expires_at = UTC_TIMESTAMP(3)'
	expect_reason rotated "$key" user
	change_key "$MEMBER_KEY" 'expires_at = UTC_TIMESTAMP(3)'
	expect_reason expired "$MEMBER_KEY" user
	sql "UPDATE users SET disabled_at = UTC_TIMESTAMP(3)
	    WHERE email = '$MEMBER_EMAIL'"
	expect_reason disabled "$MEMBER_KEY" user
	sql "UPDATE licences SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 13 DAY
	    WHERE organization_id = '$ORG'"
	expect_reason ok "$OWNER_KEY" user
	sql "UPDATE licences SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 15 DAY
	    WHERE organization_id = '$ORG'"
	expect_reason license "$OWNER_KEY" user
	expect_json '.license.state == "expired" and .role == "admin"'
	KEY=$OWNER_KEY api GET '/v1/check?need=admin'
	expect_json '.reason == "license" and .allowed == false'
}

@test "check: an unknown and a foreign credential are told alike" {
	local credential bound id i=0

	new_stranger
	bound=$(bound_key "$OWNER_EMAIL" admin "$STRANGER_ORG")
	id=$(unique check)
	for credential in "$STRANGER_KEY" "$bound" "$TENANTRY_API_KEY" \
	    "$(unique tny_u)" "$(unique tny_s)" none ' ' é; do
		i=$((i + 1))
		KEY=$OWNER_KEY api POST /v1/check --header "X-Request-Id: $id-$i" \
		    --data "$(check_body "$credential" user)"
		expect_status 200
		[ "$body" = '{"allowed":false,"reason":"unknown"}' ] || {
			echo "$credential"
			show_answer
			return 1
		}
	done
	# and in one statement each
	within 5 grep -qsF "id=$id-$i " "$served_log"/{tenantry,server}.log
	[ "$(service_log | grep -F "id=$id-" | grep -c 'queries=1$')" = "$i" ]
}

@test "check: a key that is not bound counts in each organization of its user" {
	local asker

	new_stranger
	asker=$(bound_key "$(sql "SELECT email FROM users WHERE id =
	    (SELECT user_id FROM organization_bindings WHERE organization_id =
	    '$STRANGER_ORG')")" admin "$STRANGER_ORG")
	ASKER=$asker expect_reason unknown "$OWNER_KEY" user
	join_organization "$OWNER_EMAIL" user "$STRANGER_ORG"
	ASKER=$asker expect_reason ok "$OWNER_KEY" user
	expect_json ".organization == \"$STRANGER_ORG\" and .role == \"user\""
	ASKER=$asker expect_reason role "$OWNER_KEY" admin
	# the headers say which organization an unbound key asks for
	KEY=$STRANGER_KEY api POST /v1/check --header "X-Organization-ID: $ORG" \
	    --data "$(check_body "$OWNER_KEY" user)"
	expect_problem 403
}

@test "check: admins and service keys ask, a service key of a project about it" {
	new_member
	ASKER=$MEMBER_KEY ask "$OWNER_KEY" user
	expect_problem 403 'needs a service key'
	ASKER=$(bound_key "$OWNER_EMAIL" admin "$ORG" "$PROJECT") \
	    ask "$OWNER_KEY" user
	expect_problem 403 'needs a service key'
	make_robot '"role": "viewer"'
	ASKER=$ROBOT expect_reason ok "$OWNER_KEY" admin
	make_robot "\"role\": \"viewer\", \"projectId\": \"$PROJECT\""
	ASKER=$ROBOT expect_reason ok "$OWNER_KEY" admin "$PROJECT"
	for project in '' "$SECOND" "$UNKNOWN"; do
		ASKER=$ROBOT ask "$OWNER_KEY" user "$project"
		expect_problem 403 'bound to a project'
	done
	ASKER='' ask "$OWNER_KEY" user
	expect_unauthenticated
}

@test "check: what is absent, null, empty or no role is 400" {
	expect_bodies 400 "$OWNER_KEY" POST /v1/check <<-END
	{"need": "user"}
	{"credential": null, "need": "user"}
	{"credential": "", "need": "user"}
	{"credential": ["a"], "need": "user"}
	{"credential": "a"}
	{"credential": "a", "need": null}
	{"credential": "a", "need": ""}
	{"credential": "a", "need": "owner"}
	{"credential": "a", "need": "viewer"}
	{"credential": "a", "need": "user", "project": null}
	{"credential": "a", "need": "user", "project": ""}
	END
	for query in need= need=owner need=viewer project= 'project=a&project=a'; do
		KEY=$OWNER_KEY api GET "/v1/check?$query"
		expect_problem 400
	done
}

@test "check: an idempotency key and If-Match mean nothing" {
	local rows

	rows=$(sql 'SELECT COUNT(*) FROM idempotency_keys')
	for _ in 1 2; do
		KEY=$OWNER_KEY api POST /v1/check --header 'Idempotency-Key: same' \
		    --header 'If-Match: "none"' \
		    --data "$(check_body "$OWNER_KEY" user)"
		expect_status 200
		[ -z "$(header Idempotency-Replayed)" ]
	done
	[ "$(sql 'SELECT COUNT(*) FROM idempotency_keys')" = "$rows" ]
}

@test "check: a caller asks for itself, by any credential" {
	new_viewer
	KEY=$VIEWER_KEY api GET /v1/check
	expect_status 200
	expect_json ".reason == \"ok\" and .role == \"user\" and
	    .projectRole == null and .license.state == \"over_limit\" and
	    (.license | has(\"limits\") or has(\"usage\") | not)"
	KEY=$VIEWER_KEY api GET "/v1/check?need=user&project=$PROJECT"
	expect_json '.reason == "role" and .projectRole == "viewer"'
	KEY=$VIEWER_KEY api GET "/v1/check?project=$PROJECT"
	expect_json '.reason == "ok"'
	KEY=$VIEWER_KEY api GET "/v1/check?project=$SECOND"
	expect_json '.reason == "role" and .projectRole == null'
	KEY=$OWNER_KEY api GET "/v1/check?need=admin&project=$SECOND"
	expect_json '.reason == "ok" and .license.usage.projects == 2'
	make_robot "\"projectId\": \"$PROJECT\""
	KEY=$ROBOT api GET "/v1/check?need=user&project=$PROJECT"
	expect_json '.reason == "ok" and (has("user") | not)'
	KEY=$ROBOT api GET "/v1/check?need=user&project=$SECOND"
	expect_json '.reason == "project"'
	set_password "$OWNER_EMAIL" "$(unique secret)$ORG"
	KEY='' api GET /v1/check
	expect_unauthenticated
}

# --- permissions ---------------------------------------------------------------

@test "permissions: they name each route, its need, and the roles that are enough" {
	KEY='' api GET /v1/permissions
	expect_status 200
	[[ $(header Cache-Control) == public* && -n $(header ETag) ]]
	expect_json '.permissions | map(select(.path == "/v1/check")) == [
	    {method: "POST", path: "/v1/check", target: "organization",
	    need: "admin-or-service-key", roles: ["admin"], serviceKeys: "yes"},
	    {method: "GET", path: "/v1/check", target: "organization",
	    need: "member", roles: ["user", "admin"], serviceKeys: "yes"}]'
	expect_json '.permissions | (map(select(.path ==
	    "/v1/projects/{id}" and .method == "GET"))[0] |
	    .target == "project" and .roles == ["viewer", "user", "admin"]) and
	    (map(select(.path == "/v1/organizations/{id}/leave"))[0] |
	    .need == "person" and .serviceKeys == "no") and
	    (map(select(.path == "/v1/api-keys/{id}" and
	    .method == "DELETE"))[0] | .serviceKeys == "manage")'
	json '.permissions[] | "\(.method | ascii_downcase) \(.path)"' |
	    sort > "$BATS_TEST_TMPDIR/said"
	diff "$BATS_TEST_TMPDIR/said" <(description | jq -r '.paths |
	    to_entries[] | .key as $path | .value | keys[] | "\(.) \($path)"' |
	    sort)
}

# --- the token ----------------------------------------------------------------

decode64() {
	local text

	text=$(tr -- '-_' '+/')
	while [ $((${#text} % 4)) != 0 ]; do text+="="; done
	base64 --decode <<< "$text"
}

# verify TOKEN TYP: by the published key of that type alone.  Sets claims.
verify() {
	local folder=$BATS_TEST_TMPDIR x

	IFS=. read -r first second third <<< "$1"
	x=$(KEY='' api GET /.well-known/jwks.json && json ".keys[] |
	    select(.typ == \"$2\" and .kid == \"$(decode64 <<< "$first" |
	        jq -r .kid)\") | .x") || return
	# SubjectPublicKeyInfo of Ed25519 (RFC 8410) has this before the key
	{
		printf '\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00'
		decode64 <<< "$x"
	} > "$folder/key"
	printf %s "$first.$second" > "$folder/text"
	decode64 <<< "$third" > "$folder/signature"
	openssl pkeyutl -verify -rawin -pubin -keyform DER \
	    -inkey "$folder/key" -in "$folder/text" \
	    -sigfile "$folder/signature" || return
	claims=$(decode64 <<< "$second")
}

token() { # CREDENTIAL NEED [PROJECT]
	KEY=$OWNER_KEY api POST /v1/check --header 'Accept: application/jwt' \
	    --data "$(check_body "$@")"
	expect_status 200
	[ "$(header Content-Type)" = application/jwt ]
	TOKEN=$body
}

@test "check: a token says the same for five minutes, by a key of its own" {
	token "$OWNER_KEY" admin "$PROJECT"
	verify "$TOKEN" check+jwt
	[ "$(decode64 <<< "${TOKEN%%.*}" | jq -r '.alg + " " + .typ')" = \
	    'EdDSA check+jwt' ]
	jq -e --arg sub "$(user_id "$OWNER_EMAIL")" ".aud == \"$ORG\" and
	    .sub == \$sub and .need == \"admin\" and
	    .project == \"$PROJECT\" and .allowed and .reason == \"ok\" and
	    .exp - .iat == 300 and (.iat - now | fabs) < 60 and
	    (.jti | length) == 26 and .iss == \"tenantry\"" <<< "$claims"
	token none user
	verify "$TOKEN" check+jwt
	jq -e '.allowed == false and .reason == "unknown" and
	    (has("sub") or has("project") | not)' <<< "$claims"
	# a project that is none is not signed, however long
	expect_reason project "$OWNER_KEY" viewer "a b"
	token "$OWNER_KEY" user "$(printf '%05000d' 0)"
	verify "$TOKEN" check+jwt
	jq -e '.reason == "project" and (has("project") | not)' <<< "$claims"
	KEY=$OWNER_KEY api GET /v1/check --header 'Accept: application/jwt'
	[ "$(header Vary)" = Accept ]
	verify "$body" check+jwt
	# JSON at a tie
	KEY=$OWNER_KEY api GET /v1/check \
	    --header 'Accept: application/jwt, application/json'
	expect_json .allowed
}

# taken_as KIND TOKEN: what takes tokens of that kind takes this one; 1: it says
# that this is another one, 2: anything else.  What takes a check is an
# application, with the key that has the type check+jwt.
taken_as() {
	local text

	case $1 in
	licence)
		KEY=$OWNER_KEY api PUT "/v1/organizations/$ORG/license" \
		    --data "$(licence_body "$2")"
		[ "$status_code" != 204 ] || return 0
		expect_type 400 bad-license || return 2
		return 1
		;;
	head)
		printf '%s\n' "$2" > "$BATS_TEST_TMPDIR/head"
		text=$(ctl audit verify --org "$ORG" \
		    --head "$BATS_TEST_TMPDIR/head" 2>&1) && return 0
		[[ $text == *'is no head that this service has signed'* ]] ||
		    return 2
		return 1
		;;
	check) verify "$2" check+jwt || return 1 ;;
	esac
}

@test "check: licence, head and check tokens are not taken for one another" {
	local kind as typ
	declare -A made types=([licence]=JWT [head]=head+jwt [check]=check+jwt)

	made[licence]=$(issue --type growth)
	KEY=$OWNER_KEY api GET /v1/audit-events/head
	expect_status 200
	made[head]=$body
	token "$OWNER_KEY" admin
	made[check]=$TOKEN
	for kind in licence head check; do
		for as in licence head check; do
			echo "$kind as $as"
			run taken_as "$as" "${made[$kind]}"
			echo "$output"
			[ "$status" = "$([ "$kind" = "$as" ]; echo $?)" ]
		done
		# one key of the set has its kid and its type
		for typ in "${types[@]}"; do
			if [ "$typ" = "${types[$kind]}" ]; then
				verify "${made[$kind]}" "$typ"
			else
				run ! verify "${made[$kind]}" "$typ"
			fi
		done
	done
}

@test "check: without a key that signs, a token is 406 and JSON comes" {
	settings 'check_signing_key ='
	KEY=$OWNER_KEY cgi GET /v1/check HTTP_ACCEPT=application/jwt
	expect_problem 406
	KEY=$OWNER_KEY cgi GET /v1/check \
	    HTTP_ACCEPT='application/jwt, application/json;q=0.1'
	expect_status 200
	expect_json .allowed
	KEY='' cgi GET /.well-known/jwks.json
	expect_json '[.keys[].typ] == ["JWT", "head+jwt"]'
}
