#!/usr/bin/env bats
# Personal API keys: /v1/api-keys.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2153,SC2154

UNKNOWN=01ARZ3NDEKTSV4RRFFQ69G5FAV

# jq: how many seconds a key lives, and whether that is what it should be.
lives='def seconds: sub("[.][0-9]+Z$"; "Z") | fromdate;
    def life: (.spec.expiresAt | seconds) - (.status.createdAt | seconds);
    def about($n): . >= $n - 5 and . <= $n + 5;
    def endless: .spec | has("expiresAt") and .expiresAt == null;'

setup() {
	load helper
	load tenancy
	load cgi
	load hold
	load writes
}

teardown() {
	release_row
}

# make_key KEY BODY [CURL ARGUMENT...]: sets NEW_KEY and NEW_ID.
make_key() {
	KEY=$1 api POST /v1/api-keys --data "$2" "${@:3}"
	expect_status 201 || return
	read -r NEW_ID NEW_KEY < <(json '[.apiKey.metadata.id, .key] |
	    join(" ")')
}

# one METHOD KEY ID [CURL ARGUMENT...]
one() {
	KEY=$2 api "$1" "/v1/api-keys/$3" "${@:4}"
}

# change KEY ID BODY [CURL ARGUMENT...]
change() {
	one PATCH "$1" "$2" --data "$3" "${@:4}"
}

# rotate KEY ID [OVERLAP] [CURL ARGUMENT...]: sets NEW_KEY and NEW_ID where it
# is done.
rotate() {
	local text='{}'

	[ -z "${3-}" ] || text="{\"overlap\": $3}"
	KEY=$1 api POST "/v1/api-keys/$2/rotate" --data "$text" "${@:4}"
	[ "$status_code" != 201 ] ||
	    read -r NEW_ID NEW_KEY < <(json '[.apiKey.metadata.id, .key] |
	        join(" ")')
}

# listed KEY ID FILTER: that key in the list of KEY.
listed() {
	KEY=$1 api GET /v1/api-keys
	expect_status 200
	expect_json "$lives .apiKeys[] | select(.metadata.id == \"$2\") | $3"
}

# expect_alive KEY..., expect_dead KEY...: whether they are taken.
expect_alive() {
	local key

	for key; do
		expect_key_status "$key" 200 GET /v1/organizations || return
	done
}

expect_dead() {
	local key

	for key; do
		expect_key_status "$key" 401 GET /v1/organizations || return
	done
}

# new_team: a tenant with a second admin and a member: OTHER_ and MEMBER_KEY.
new_team() {
	new_place || return
	new_member || return
	OTHER_KEY=$MEMBER_KEY OTHER_EMAIL=$MEMBER_EMAIL
	new_member || return
	sql "UPDATE organization_bindings SET role = 'admin'
	    WHERE user_id = '$(user_id "$OTHER_EMAIL")'"
}

# fill_keys COUNT [PROJECT]: so many keys of the owner in ORG, behind the service.
fill_keys() {
	sql "INSERT INTO api_keys (id, digest, user_id, organization_id,
	    project_id, created_at)
	    SELECT CONCAT('00', LEFT('${ORG:6}0000000000000000', 16), 'K',
	        LPAD(seq, 7, '0')), UNHEX(SHA2(CONCAT('$ORG', seq), 256)),
	        '$(user_id "$OWNER_EMAIL")', '$ORG', NULLIF('${2-}', ''),
	        UTC_TIMESTAMP(3) FROM $(numbers "$1")"
}

keys_of() { # EMAIL
	sql "SELECT COUNT(*) FROM api_keys WHERE organization_id = '$ORG'
	    AND user_id = '$(user_id "$1")'"
}

# --- make ---------------------------------------------------------------------

@test "a key that is made works at once and is shown once" {
	new_place
	make_key "$OWNER_KEY" '{"description": " Nightly ", "unknown": 1}'
	owner=$(user_id "$OWNER_EMAIL") maker=$(key_id "$OWNER_KEY")
	[[ $NEW_KEY == tny_* ]]
	[ "$(header Location)" = "$link_base/v1/api-keys/$NEW_ID" ]
	[[ $(header Cache-Control) == *no-store* ]]
	expect_json ".apiKey | .kind == \"APIKey\" and
	    (.apiVersion | length > 0) and
	    .metadata.displayName == \"Nightly\" and
	    .metadata.name == \"${NEW_ID,,}\" and .metadata.labels == {} and
	    .metadata.version == 1 and (.metadata.hash | length == 64) and
	    (.metadata.dateModified | endswith(\"Z\")) and
	    .spec.description == \"Nightly\" and
	    .spec.hint == \"${NEW_KEY: -4}\" and .spec.owner == \"$owner\" and
	    .spec.role == \"\" and .spec.organizationId == \"$ORG\" and
	    .spec.projectId == \"\" and
	    .status.createdBy == \"$owner\" and
	    .status.madeBy == \"$maker\" and .status.state == \"active\""
	expect_json "$lives .apiKey | endless"
	expect_audit 1 key.create Key "$NEW_ID"
	KEY=$NEW_KEY api GET "/v1/projects/$PROJECT"
	expect_json '.account.spec.secretKey | length == 26'
	for key in "$OWNER_KEY" "$NEW_KEY"; do
		KEY=$key api GET /v1/api-keys
		expect_status 200
		[[ $body == *"$NEW_ID"* && $body != *tny_* ]]
	done
}

@test "a key that is made with a password has no maker" {
	new_tenant
	password=$(unique secret)
	set_password "$OWNER_EMAIL" "$password"
	KEY='' api POST /v1/api-keys --user "$OWNER_EMAIL:$password" \
	    --data '{"description": "By hand", "expiresIn": 3600}'
	expect_status 201
	expect_json "$lives .apiKey | (.status | has(\"madeBy\") | not) and
	    (life | about(3600)) and .status.state == \"expiring\""
	first=$(json .apiKey.metadata.id) key=$(json .key)
	expect_alive "$key"
	# its user rotates it, by the password too
	KEY='' api POST "/v1/api-keys/$first/rotate" --data '{"overlap": 0}' \
	    --user "$OWNER_EMAIL:$password"
	expect_status 201
	new=$(json .key)
	expect_dead "$key"
	expect_alive "$new"
	KEY='' api PATCH "/v1/api-keys/$(key_id "$OWNER_KEY")" \
	    --user "$OWNER_EMAIL:$password" --data '{"expiresIn": 60}'
	expect_status 200
}

@test "role, project and end narrow what the key may do" {
	new_place
	make_key "$OWNER_KEY" "{\"description\": \"a\", \"role\": \"viewer\",
	    \"projectId\": \"$SECOND\", \"expiresIn\": 864000}"
	expect_json "$lives .apiKey | .spec.role == \"viewer\" and
	    .spec.projectId == \"$SECOND\" and (life | about(864000)) and
	    .status.state == \"active\""
	KEY=$NEW_KEY api GET /v1/projects
	[ "$(ids_of accounts)" = "$SECOND" ]
	[[ $body != *secretKey* ]]
	expect_key_status "$NEW_KEY" 404 GET "/v1/projects/$PROJECT"
	expect_key_status "$NEW_KEY" 403 PATCH "/v1/projects/$SECOND" \
	    --data '{"displayName": "New"}'
	make_key "$OWNER_KEY" '{"description": "b", "role": "user"}'
	expect_key_status "$NEW_KEY" 403 GET /v1/organizations/users
	make_key "$OWNER_KEY" '{"description": "c", "role": "admin"}'
	expect_key_status "$NEW_KEY" 200 GET /v1/organizations/users
	sql "UPDATE api_keys SET expires_at = UTC_TIMESTAMP(3)
	    WHERE id = '$NEW_ID'"
	expect_dead "$NEW_KEY"
}

@test "nobody makes a key above their own role, or for a foreign project" {
	new_place
	new_viewer
	VIEWER_EMAIL=$USER_EMAIL
	new_stranger
	for role in user viewer; do
		make_key "$VIEWER_KEY" \
		    "{\"description\": \"a\", \"role\": \"$role\"}"
	done
	make_key "$VIEWER_KEY" \
	    "{\"description\": \"a\", \"projectId\": \"$PROJECT\"}"
	expect_key_status "$NEW_KEY" 200 GET "/v1/projects/$PROJECT"
	before=$(keys_of "$VIEWER_EMAIL")
	KEY=$VIEWER_KEY api POST /v1/api-keys \
	    --data '{"description": "a", "role": "admin"}'
	expect_type 403 forbidden
	for id in "$SECOND" "$STRANGER_PROJECT" $UNKNOWN nothing "$ORG"; do
		KEY=$VIEWER_KEY api POST /v1/api-keys --data \
		    "{\"description\": \"a\", \"projectId\": \"$id\"}"
		expect_type 404 no-resource
	done
	KEY='' api POST /v1/api-keys --data '{"description": "a"}'
	expect_problem 401
	[ "$(keys_of "$VIEWER_EMAIL")" = "$before" ]
	[ "$before" = 3 ]
}

@test "without an organization in the context there are no keys: 403" {
	new_tenant
	new_second_organization
	new_stranger
	set_active_project "$OWNER_EMAIL"
	new_user "$(unique alone)@example.org"
	for key in "$USER_KEY" "$OWNER_KEY"; do
		KEY=$key api POST /v1/api-keys --data '{"description": "a"}'
		expect_problem 403
		KEY=$key api GET /v1/api-keys
		expect_problem 403
	done
	KEY=$OWNER_KEY api GET /v1/api-keys \
	    --header "X-Organization-ID: $STRANGER_ORG"
	expect_problem 403
	make_key "$OWNER_KEY" '{"description": "a"}' \
	    --header "X-Organization-ID: $SECOND_ORG"
	expect_json ".apiKey.spec.organizationId == \"$SECOND_ORG\""
	KEY=$NEW_KEY api GET /v1/organizations
	[ "$(ids_of organizations)" = "$SECOND_ORG" ]
	# the path names the key's organization
	for form in "X-Organization-ID: $FIRST_ORG:404" \
	    "X-Organization-ID: $STRANGER_ORG:403"; do
		for method in PATCH DELETE; do
			one $method "$OWNER_KEY" "$NEW_ID" \
			    --header "${form%:*}" \
			    --data '{"description": "b"}'
			expect_problem "${form##*:}"
		done
		rotate "$OWNER_KEY" "$NEW_ID" 0 --header "${form%:*}"
		expect_problem "${form##*:}"
	done
	expect_alive "$NEW_KEY"
}

@test "a body that makes no key is 400, and so is a query" {
	new_place
	long=$(printf 'a%.0s' {1..101})
	expect_bodies 400 "$OWNER_KEY" POST /v1/api-keys <<-END
	{}
	{"description": null}
	{"description": ""}
	{"description": "  "}
	{"description": 5}
	{"description": "$long"}
	{"description": "a\\u0000"}
	{"description": "a", "role": null}
	{"description": "a", "role": ""}
	{"description": "a", "role": "owner"}
	{"description": "a", "role": 1}
	{"description": "a", "projectId": null}
	{"description": "a", "projectId": ""}
	{"description": "a", "projectId": 5}
	{"description": "a", "projectId": ["$PROJECT"]}
	{"description": "a", "expiresIn": null}
	{"description": "a", "expiresIn": ""}
	{"description": "a", "expiresIn": "60"}
	{"description": "a", "expiresIn": 0}
	{"description": "a", "expiresIn": -1}
	{"description": "a", "expiresIn": 1.5}
	{"description": "a", "expiresIn": true}
	{"description": "a", "expiresIn": 315360001}
	{"description": "a", "expiresIn": 1e300}
	{"description": "a", "expiresIn": 18446744073709551617}
	{"description": "a", "description": "b"}
	["a"]
	{
	END
	KEY=$OWNER_KEY api POST /v1/api-keys --data ''
	expect_problem 400
	KEY=$OWNER_KEY api POST '/v1/api-keys?x=1' \
	    --data '{"description": "a"}'
	expect_problem 400
	[ "$(keys_of "$OWNER_EMAIL")" = 0 ]
	make_key "$OWNER_KEY" '{"description": "a", "expiresIn": 315360000}'
	expect_json "$lives .apiKey | life | about(315360000)"
	make_key "$OWNER_KEY" '{"description": "a", "expiresIn": 1}'
	make_key "$OWNER_KEY" "{\"description\": \"${long%a}\"}"
}

@test "more than 25 live keys in one place are too many" {
	new_place
	fill_keys 24
	make_key "$OWNER_KEY" '{"description": "the last"}'
	id=$NEW_ID
	KEY=$OWNER_KEY api POST /v1/api-keys --data '{"description": "more"}'
	expect_type 409 key-limit
	[ "$(keys_of "$OWNER_EMAIL")" = 25 ]
	# each project has a place of its own, and so has each person
	make_key "$OWNER_KEY" \
	    "{\"description\": \"a\", \"projectId\": \"$PROJECT\"}"
	new_member
	make_key "$MEMBER_KEY" '{"description": "a"}'
	# an expired key does not count
	sql "UPDATE api_keys SET expires_at = UTC_TIMESTAMP(3)
	    - INTERVAL 1 SECOND WHERE organization_id = '$ORG' AND id < '01'
	    LIMIT 1"
	make_key "$OWNER_KEY" '{"description": "a"}'
	KEY=$OWNER_KEY api POST /v1/api-keys --data '{"description": "more"}'
	expect_type 409 key-limit
	one DELETE "$OWNER_KEY" "$id"
	make_key "$OWNER_KEY" '{"description": "a"}'
	# one that was rotated counts as long as it lives
	sql "DELETE FROM api_keys WHERE organization_id = '$ORG'
	    AND id < '01' AND expires_at IS NULL LIMIT 1"
	rotate "$OWNER_KEY" "$NEW_ID"
	expect_status 201
	KEY=$OWNER_KEY api POST /v1/api-keys --data '{"description": "more"}'
	expect_type 409 key-limit
}

@test "of 8 keys that are made at once in the last place one is made" {
	new_place
	fill_keys 24
	KEY=$OWNER_KEY api_many 8 POST /v1/api-keys \
	    --data '{"description": "At once {}"}'
	echo "$codes"
	[ "$(count_codes 201) $(count_codes 409)" = '1 7' ]
	[ "$(keys_of "$OWNER_EMAIL")" = 25 ]
}

# make_once [CURL ARGUMENT...]: with the same idempotency key each time.
make_once() {
	api POST /v1/api-keys --header 'Idempotency-Key: one' \
	    --data '{"description": "Once"}' "$@"
}

@test "a key that is made again with the same idempotency key is made once" {
	local key

	new_place
	KEY=$OWNER_KEY make_once
	expect_status 201
	NEW_ID=$(json .apiKey.metadata.id) key=$(json .key)
	for _ in 1 2; do
		KEY=$OWNER_KEY make_once
		expect_status 201
		[ "$(header Idempotency-Replayed)" = true ]
		[ "$(header Location)" = "$link_base/v1/api-keys/$NEW_ID" ]
		# the request brings what opens the key
		expect_json ".apiKey.metadata.id == \"$NEW_ID\" and
		    .key == \"$key\""
	done
	expect_alive "$key"
	[ "$(keys_of "$OWNER_EMAIL")" = 1 ]
	# the key is nowhere in the database
	[[ $(sql "SELECT * FROM idempotency_keys") == *"$NEW_ID"* ]]
	[[ $(sql "SELECT * FROM idempotency_keys") != *"${key#tny_}"* ]]
	KEY=$OWNER_KEY api POST /v1/api-keys \
	    --header 'Idempotency-Key: one' --data '{"description": "Two"}'
	expect_problem 422
}

@test "only the same credential is shown the key again" {
	new_place
	set_password "$OWNER_EMAIL" "$OWNER_EMAIL"
	KEY=$OWNER_KEY make_once
	NEW_ID=$(json .apiKey.metadata.id)
	KEY=$(add_key --user "$OWNER_EMAIL") make_once
	expect_status 201
	[ "$(header Idempotency-Replayed)" = true ]
	expect_json ".apiKey.metadata.id == \"$NEW_ID\" and .key == null"
	KEY='' make_once --user "$OWNER_EMAIL:$OWNER_EMAIL"
	expect_status 201
	expect_json ".apiKey.metadata.id == \"$NEW_ID\" and .key == null"
	# a revoked one is not shown at all
	KEY='' api DELETE "/v1/api-keys/$NEW_ID" \
	    --user "$OWNER_EMAIL:$OWNER_EMAIL"
	expect_status 204
	KEY=$OWNER_KEY make_once
	expect_status 201
	[ "$(header Idempotency-Replayed)" = true ]
	[ "$body" = '{"apiKey":null,"key":null}' ]
}

@test "with a password no key is kept, not even sealed" {
	new_place
	set_password "$OWNER_EMAIL" "$OWNER_EMAIL"
	KEY='' make_once --user "$OWNER_EMAIL:$OWNER_EMAIL"
	expect_status 201
	NEW_ID=$(json .apiKey.metadata.id)
	[ "$(sql "SELECT sealed IS NULL FROM idempotency_keys
	    WHERE resource_id = '$NEW_ID'")" = 1 ]
	KEY='' make_once --user "$OWNER_EMAIL:$OWNER_EMAIL"
	expect_status 201
	expect_json ".apiKey.metadata.id == \"$NEW_ID\" and .key == null"
}

@test "of 8 that make a key with one idempotency key one makes it" {
	new_place
	KEY=$OWNER_KEY api_many 8 POST /v1/api-keys \
	    --header 'Idempotency-Key: one' --data '{"description": "Once"}'
	echo "$codes"
	[ "$(count_codes 201)" = 8 ]
	[ "$(keys_of "$OWNER_EMAIL")" = 1 ]
}

@test "a key is made with the organization's tag or none" {
	new_place
	org=$(organization_tag)
	text='{"description": "a"}'
	for tag in "$org" '*'; do
		make_key "$OWNER_KEY" "$text" --header "If-Match: $tag"
	done
	touch_organization
	for tag in "$org" '"a"' "\"k${org:1}"; do
		KEY=$OWNER_KEY api POST /v1/api-keys --data "$text" \
		    --header "If-Match: $tag"
		expect_type 412 precondition-failed
	done
	[ "$(keys_of "$OWNER_EMAIL")" = 2 ]
}

# --- never wider --------------------------------------------------------------

@test "a key makes no key that is wider, later or stronger than itself" {
	new_place
	make_key "$OWNER_KEY" "{\"description\": \"a\", \"role\": \"user\",
	    \"projectId\": \"$PROJECT\", \"expiresIn\": 7200}"
	maker=$NEW_KEY maker_id=$NEW_ID
	end=$(json .apiKey.spec.expiresAt)
	make_key "$maker" '{"description": "b"}'
	expect_json ".apiKey | .spec.role == \"user\" and
	    .spec.projectId == \"$PROJECT\" and .spec.expiresAt == \"$end\" and
	    .spec.organizationId == \"$ORG\" and
	    .status.madeBy == \"$maker_id\""
	make_key "$maker" "{\"description\": \"c\", \"role\": \"viewer\",
	    \"projectId\": \"$PROJECT\", \"expiresIn\": 60}"
	expect_json "$lives .apiKey | .spec.role == \"viewer\" and
	    (life | about(60))"
	before=$(keys_of "$OWNER_EMAIL")
	for more in '"role": "admin"' '"expiresIn": 7300'; do
		KEY=$maker api POST /v1/api-keys \
		    --data "{\"description\": \"d\", $more}"
		expect_problem 403
	done
	# this key does not see another project
	KEY=$maker api POST /v1/api-keys \
	    --data "{\"description\": \"d\", \"projectId\": \"$SECOND\"}"
	[[ $status_code == 40[34] ]]
	[ "$(keys_of "$OWNER_EMAIL")" = "$before" ]
	# a viewer's key makes viewers only
	make_key "$OWNER_KEY" '{"description": "e", "role": "viewer"}'
	KEY=$NEW_KEY api POST /v1/api-keys \
	    --data '{"description": "f", "role": "user"}'
	expect_problem 403
	make_key "$NEW_KEY" '{"description": "f"}'
	expect_json '.apiKey.spec.role == "viewer"'
}

@test "a key is never more than its user is now" {
	new_team
	make_key "$OTHER_KEY" '{"description": "a", "role": "admin"}'
	expect_key_status "$NEW_KEY" 200 GET /v1/organizations/users
	KEY=$OWNER_KEY api PATCH \
	    "/v1/organizations/users/$(user_id "$OTHER_EMAIL")" \
	    --data '{"role": "user"}'
	expect_status 200
	expect_key_status "$NEW_KEY" 403 GET /v1/organizations/users
	KEY=$OTHER_KEY api POST /v1/api-keys \
	    --data '{"description": "a", "role": "admin"}'
	expect_problem 403
}

# --- list ---------------------------------------------------------------------

@test "an admin sees the keys of the organization, others their own" {
	new_team
	new_stranger
	join_organization "$MEMBER_EMAIL" user "$STRANGER_ORG"
	set_active_project "$MEMBER_EMAIL" "$STRANGER_PROJECT"
	elsewhere=$(key_id "$(add_key --user "$MEMBER_EMAIL" \
	    --org "$STRANGER_ORG")")
	make_key "$MEMBER_KEY" '{"description": "a"}' \
	    --header "X-Organization-ID: $ORG"
	member=$NEW_ID
	make_key "$OTHER_KEY" '{"description": "b"}'
	other=$NEW_ID
	KEY=$OWNER_KEY api GET /v1/api-keys
	expect_status 200
	# neither unbound ones nor those for other organizations
	[ "$(ids_of apiKeys)" = "$member $other" ]
	KEY=$MEMBER_KEY api GET /v1/api-keys \
	    --header "X-Organization-ID: $ORG"
	[ "$(ids_of apiKeys)" = "$member" ]
	KEY=$MEMBER_KEY api GET '/v1/api-keys?owner=me' \
	    --header "X-Organization-ID: $ORG"
	[ "$(ids_of apiKeys)" = "$(key_id "$MEMBER_KEY") $member" ]
	KEY=$MEMBER_KEY api GET /v1/api-keys
	[ "$(ids_of apiKeys)" = "$elsewhere" ]
	[[ $body != *digest* && $body != *tny_* ]]
	KEY=$OWNER_KEY api GET '/v1/api-keys?owner=me'
	[ "$(ids_of apiKeys)" = "$(key_id "$OWNER_KEY")" ]
	KEY=$OWNER_KEY api GET '/v1/api-keys?owner=organization'
	expect_json '. == {"apiKeys": []}'
	KEY='' api GET /v1/api-keys
	expect_problem 401
}

@test "a list of keys comes by pages and by state" {
	new_place
	fill_keys 6
	export KEY=$OWNER_KEY
	api GET '/v1/api-keys?owner=me'
	all=$(ids_of apiKeys)
	[ "$(wc -w <<< "$all")" = 7 ]
	for size in 1 3 7; do
		[ "$(pages apiKeys "/v1/api-keys?owner=me&limit=$size")" = "$all" ]
	done
	api GET '/v1/api-keys?limit=2'
	next=$(next_page)
	api GET "/v1/api-keys?state=active&after=${next##*after=}"
	expect_problem 400 'after is no cursor of this list'
	read -ra ids <<< "$all"
	sql "UPDATE api_keys SET expires_at = UTC_TIMESTAMP(3)
	    + INTERVAL 6 DAY WHERE id = '${ids[0]}';
	    UPDATE api_keys SET expires_at = UTC_TIMESTAMP(3)
	    - INTERVAL 1 DAY WHERE id = '${ids[1]}';
	    UPDATE api_keys SET expires_at = UTC_TIMESTAMP(3)
	    + INTERVAL 8 DAY WHERE id = '${ids[2]}'"
	rotate "$OWNER_KEY" "${ids[6]}"
	expect_status 201
	for form in "expiring:${ids[0]}" "expired:${ids[1]}" "rotated:${ids[6]}" \
	    "active:${ids[*]:2:4} $NEW_ID"; do
		api GET "/v1/api-keys?owner=me&state=${form%:*}"
		expect_status 200
		[ "$(ids_of apiKeys)" = "${form#*:}" ]
		expect_json "all(.apiKeys[].status.state; . == \"${form%:*}\")"
	done
	[ "$(pages apiKeys '/v1/api-keys?owner=me&state=active&limit=2')" = \
	    "${ids[*]:2:4} $NEW_ID" ]
	for query in limit=0 state= state=Active state=dead owner=you owner= \
	    x=1 state=active\&state=active; do
		api GET "/v1/api-keys?$query"
		expect_problem 400
	done
}

@test "keys come as CSV and as a JSON value a line" {
	new_place
	make_key "$OWNER_KEY" '{"description": "=1+1"}'
	export KEY=$OWNER_KEY
	api GET /v1/api-keys --header 'Accept: text/csv'
	expect_status 200
	[[ $(header Content-Type) == text/csv* ]]
	[[ $body == '"metadata.id","metadata.name"'*'"spec.description"'* ]]
	[[ $body == *"\"$NEW_ID\""*"\"'=1+1\""* && $body != *tny_* ]]
	api GET /v1/api-keys --header 'Accept: application/x-ndjson'
	[ "$(jq -r .metadata.id "$body_file" | tr '\n' ' ')" = \
	    "$NEW_ID " ]
}

@test "a key is not read alone: 405 with what there is" {
	new_place
	id=$(key_id "$OWNER_KEY")
	one GET "$OWNER_KEY" "$id"
	expect_problem 405
	for word in PATCH DELETE; do
		[[ $(header Allow) == *$word* ]]
	done
	[[ $(header Allow) != *GET* ]]
	one PUT "$OWNER_KEY" "$id" --data '{}'
	expect_problem 405
	KEY=$OWNER_KEY api GET "/v1/api-keys/$id/rotate"
	expect_problem 405
	[[ $(header Allow) == *POST* ]]
}

# The credential was good when the request began.
@test "a write that waited is refused if the credential ended meanwhile" {
	new_team
	settings 'deadline = 60'
	make_key "$MEMBER_KEY" '{"description": "a"}'
	member=$(user_id "$MEMBER_EMAIL")
	for statement in "UPDATE users SET disabled_at = UTC_TIMESTAMP(3)
	        WHERE id = '$member'" \
	    "UPDATE api_keys SET expires_at = UTC_TIMESTAMP(3)
	        - INTERVAL 1 SECOND WHERE id = '$NEW_ID'" \
	    "DELETE FROM api_keys WHERE id = '$NEW_ID'"; do
		meanwhile "$statement" "$NEW_KEY" POST /v1/api-keys \
		    '{"description": "b"}'
		expect_problem 401
		sql "UPDATE users SET disabled_at = NULL WHERE id = '$member';
		    UPDATE api_keys SET expires_at = NULL WHERE id = '$NEW_ID'"
	done
	[ "$(keys_of "$MEMBER_EMAIL")" = 0 ]
}

# Where no other question than that of the lock finds it out.
@test "a change that waited is refused if its key ended meanwhile" {
	new_place
	settings 'deadline = 60'
	make_key "$OWNER_KEY" '{"description": "a"}'
	meanwhile "UPDATE api_keys SET expires_at = UTC_TIMESTAMP(3)
	    - INTERVAL 1 SECOND WHERE id = '$NEW_ID'" "$NEW_KEY" PATCH \
	    "/v1/projects/$PROJECT" '{"displayName": "Meanwhile"}'
	expect_problem 401
}

@test "a key that waited does not outlive its maker's new end" {
	new_place
	settings 'deadline = 60'
	make_key "$OWNER_KEY" '{"description": "a"}'
	meanwhile "UPDATE api_keys SET version = version + 1,
	    expires_at = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR
	    WHERE id = '$NEW_ID'" "$NEW_KEY" POST /v1/api-keys \
	    '{"description": "b"}'
	expect_status 201
	expect_json "$lives .apiKey | life | about(3600)"
}

@test "a key for a project that was deleted meanwhile is not made" {
	new_place
	settings 'deadline = 60'
	meanwhile "DELETE FROM projects WHERE id = '$SECOND'" "$OWNER_KEY" \
	    POST /v1/api-keys \
	    "{\"description\": \"b\", \"projectId\": \"$SECOND\"}"
	expect_problem 404
	[ "$(keys_of "$OWNER_EMAIL")" = 0 ]
}

# --- rotate -------------------------------------------------------------------

@test "a rotated key works for its overlap, the new one is as the old one" {
	new_place
	make_key "$OWNER_KEY" "{\"description\": \"Deploy\", \"role\": \"user\",
	    \"projectId\": \"$PROJECT\", \"expiresIn\": 864000}"
	old=$NEW_KEY old_id=$NEW_ID
	rotate "$old" "$old_id" 3600
	expect_status 201
	[ "$NEW_KEY" != "$old" ]
	[ "$(header Location)" = "$link_base/v1/api-keys/$NEW_ID" ]
	expect_json "$lives .apiKey | .spec.description == \"Deploy\" and
	    .spec.role == \"user\" and .spec.projectId == \"$PROJECT\" and
	    .spec.organizationId == \"$ORG\" and (life | about(864000)) and
	    .spec.hint == \"${NEW_KEY: -4}\" and .status.state == \"active\" and
	    .status.madeBy == \"$(key_id "$OWNER_KEY")\""
	expect_audit 1 key.rotate Key "$old_id"
	expect_alive "$old" "$NEW_KEY"
	listed "$OWNER_KEY" "$old_id" '.status.state == "rotated" and
	    (life | about(3600))'
	sql "UPDATE api_keys SET expires_at = UTC_TIMESTAMP(3)
	    WHERE id = '$old_id'"
	expect_dead "$old"
	expect_alive "$NEW_KEY"
}

@test "the overlap is a day where none is said, never longer than the old end" {
	new_place
	make_key "$OWNER_KEY" '{"description": "a"}'
	old_id=$NEW_ID
	rotate "$OWNER_KEY" "$old_id"
	expect_status 201
	expect_json "$lives .apiKey | endless"
	listed "$OWNER_KEY" "$old_id" 'life | about(86400)'
	make_key "$OWNER_KEY" '{"description": "a", "expiresIn": 600}'
	old_id=$NEW_ID
	rotate "$OWNER_KEY" "$old_id" 604800
	expect_status 201
	expect_json "$lives .apiKey.spec.expiresAt and (.apiKey | life |
	    about(600))"
	listed "$OWNER_KEY" "$old_id" 'life | about(600)'
}

@test "with an overlap of 0 the old key is refused at once" {
	new_place
	make_key "$OWNER_KEY" '{"description": "a"}'
	old=$NEW_KEY old_id=$NEW_ID
	make_key "$old" '{"description": "child"}'
	child=$NEW_KEY
	rotate "$old" "$old_id" 0
	expect_status 201
	expect_dead "$old" "$child"
	expect_alive "$NEW_KEY"
	rotate "$OWNER_KEY" "$old_id"
	expect_problem 409
}

@test "keys that the old key made belong to the new key" {
	new_place
	make_key "$OWNER_KEY" '{"description": "a"}'
	old=$NEW_KEY old_id=$NEW_ID
	make_key "$old" '{"description": "child"}'
	child=$NEW_KEY child_id=$NEW_ID
	rotate "$old" "$old_id" 60
	expect_status 201
	listed "$OWNER_KEY" "$child_id" ".status.madeBy == \"$NEW_ID\""
	one DELETE "$OWNER_KEY" "$old_id"
	expect_status 204
	expect_alive "$child" "$NEW_KEY"
	change "$NEW_KEY" "$child_id" '{"description": "mine now"}'
	expect_status 200
	one DELETE "$OWNER_KEY" "$NEW_ID"
	expect_dead "$child" "$NEW_KEY"
}

@test "a key is rotated once, and not after its end" {
	new_place
	make_key "$OWNER_KEY" '{"description": "a"}'
	old=$NEW_KEY old_id=$NEW_ID
	rotate "$OWNER_KEY" "$old_id"
	expect_status 201
	before=$(keys_of "$OWNER_EMAIL")
	for key in "$OWNER_KEY" "$old"; do
		rotate "$key" "$old_id"
		expect_type 409 already-rotated
	done
	sql "UPDATE api_keys SET expires_at = UTC_TIMESTAMP(3)
	    - INTERVAL 1 DAY WHERE id = '$NEW_ID'"
	rotate "$OWNER_KEY" "$NEW_ID"
	expect_problem 409
	[ "$(keys_of "$OWNER_EMAIL")" = "$before" ]
}

@test "a rotated key does not live longer than its maker" {
	new_place
	make_key "$OWNER_KEY" '{"description": "a", "expiresIn": 3600}'
	maker=$NEW_KEY end=$(json .apiKey.spec.expiresAt)
	make_key "$maker" '{"description": "b"}'
	# as if it had been made an hour ago, to live for two
	sql "UPDATE api_keys SET created_at = created_at - INTERVAL 1 HOUR
	    WHERE id = '$NEW_ID'"
	rotate "$maker" "$NEW_ID"
	expect_status 201
	expect_json ".apiKey.spec.expiresAt == \"$end\""
}

@test "only its user rotates a key, and a key only itself and keys it made" {
	new_team
	new_stranger
	make_key "$MEMBER_KEY" '{"description": "a"}'
	first=$NEW_KEY first_id=$NEW_ID
	make_key "$MEMBER_KEY" '{"description": "b"}'
	second=$NEW_KEY second_id=$NEW_ID
	rotate "$OWNER_KEY" "$first_id"
	expect_type 403 forbidden
	# an admin may delete it, and does not get its successor by a password
	set_password "$OWNER_EMAIL" 'not for others'
	rotate '' "$first_id" '' --user "$OWNER_EMAIL:not for others"
	expect_type 403 forbidden
	new_member
	for key in "$STRANGER_KEY" "$MEMBER_KEY"; do
		rotate "$key" "$first_id"
		expect_type 404 no-resource
	done
	rotate "$first" "$second_id"
	expect_problem 403
	for id in $UNKNOWN nothing "$ORG"; do
		rotate "$first" "$id"
		expect_problem 404
	done
	rotate '' "$first_id"
	expect_problem 401
	expect_alive "$first" "$second"
	rotate "$first" "$first_id"
	expect_status 201
}

@test "an unbound key rotates itself and stays unbound" {
	new_tenant
	new_second_organization
	rotate "$OWNER_KEY" "$(key_id "$OWNER_KEY")" 0
	expect_status 201
	expect_json '.apiKey.spec.organizationId == ""'
	expect_dead "$OWNER_KEY"
	KEY=$NEW_KEY api GET /v1/organizations
	[ "$(ids_of organizations)" = "$FIRST_ORG $SECOND_ORG" ]
}

@test "an invalid overlap is 400, and so is a query" {
	new_place
	make_key "$OWNER_KEY" '{"description": "a"}'
	expect_bodies 400 "$OWNER_KEY" POST "/v1/api-keys/$NEW_ID/rotate" \
	    <<-'END'
	{"overlap": null}
	{"overlap": ""}
	{"overlap": "0"}
	{"overlap": -1}
	{"overlap": 0.5}
	{"overlap": 604801}
	{"overlap": true}
	{"overlap": [0]}
	{"overlap": 0, "overlap": 0}
	[]
	{
	END
	KEY=$OWNER_KEY api POST "/v1/api-keys/$NEW_ID/rotate?x=1" --data '{}'
	expect_problem 400
	expect_audit 0 key.rotate Key "$NEW_ID"
}

@test "a rotation that is sent again is made once" {
	local key=''

	new_place
	make_key "$OWNER_KEY" '{"description": "a"}'
	old_id=$NEW_ID
	for replayed in '' true; do
		KEY=$OWNER_KEY api POST "/v1/api-keys/$old_id/rotate" \
		    --data '{}' --header 'Idempotency-Key: one'
		expect_status 201
		[ "$(header Idempotency-Replayed)" = "$replayed" ]
		expect_json ".apiKey.metadata.id != \"$old_id\""
		[ "${key:=$(json .key)}" = "$(json .key)" ]
	done
	[ "$(keys_of "$OWNER_EMAIL")" = 2 ]
	expect_audit 1 key.rotate Key "$old_id"
}

@test "of 8 clients that rotate one key at once one does it" {
	new_place
	make_key "$OWNER_KEY" '{"description": "a"}'
	KEY=$OWNER_KEY api_many 8 POST "/v1/api-keys/$NEW_ID/rotate" \
	    --data '{"overlap": 60}'
	echo "$codes"
	[ "$(count_codes 201) $(count_codes 409)" = '1 7' ]
	[ "$(keys_of "$OWNER_EMAIL")" = 2 ]
}

# --- change -------------------------------------------------------------------

@test "description and end are changed, by its user or an admin" {
	new_team
	make_key "$MEMBER_KEY" '{"description": "a"}'
	change "$NEW_KEY" "$NEW_ID" '{"description": " b "}'
	expect_status 200
	expect_tag k2
	expect_json "$lives .apiKey | .metadata.displayName == \"b\" and
	    .spec.description == \"b\" and .metadata.version == 2 and endless"
	expect_json 'has("key") | not'
	expect_audit 1 key.change Key "$NEW_ID" "$MEMBER_EMAIL"
	# an admin uses the password: a key changes only itself and what it made
	change "$OWNER_KEY" "$NEW_ID" '{"expiresIn": 3600}'
	expect_problem 403
	password=$(unique secret)
	set_password "$OWNER_EMAIL" "$password"
	one PATCH '' "$NEW_ID" --user "$OWNER_EMAIL:$password" \
	    --data '{"expiresIn": 3600}'
	expect_status 200
	expect_tag k3
	expect_json "$lives .apiKey | .spec.description == \"b\" and
	    (life | about(3600)) and .status.state == \"expiring\""
	expect_audit 1 key.change Key "$NEW_ID"
	# it never gets longer
	end=$(json .apiKey.spec.expiresAt)
	one PATCH '' "$NEW_ID" --user "$OWNER_EMAIL:$password" \
	    --data '{"expiresIn": 7200}'
	expect_problem 400
	listed "$MEMBER_KEY" "$NEW_ID" ".spec.expiresAt == \"$end\""
	change "$MEMBER_KEY" "$NEW_ID" '{"description": "c", "expiresIn": 60}'
	expect_status 200
	expect_tag k4
}

@test "a change that changes nothing of a key writes nothing" {
	new_place
	make_key "$OWNER_KEY" '{"description": "a"}'
	before=$(audit_count)
	for text in '{"description": "a"}' '{"description": " a "}'; do
		change "$OWNER_KEY" "$NEW_ID" "$text"
		expect_status 200
		expect_tag k1
	done
	[ "$(audit_count)" = "$before" ]
}

@test "an invalid change of a key is 400, and so is a query" {
	new_place
	make_key "$OWNER_KEY" '{"description": "a"}'
	expect_bodies 400 "$OWNER_KEY" PATCH "/v1/api-keys/$NEW_ID" <<-'END'
	{"description": ""}
	{"description": 1}
	{"description": "a\u0007"}
	{"expiresIn": null}
	{"expiresIn": ""}
	{"expiresIn": 0}
	{"expiresIn": -5}
	{"expiresIn": 1.5}
	{"expiresIn": "60"}
	{"expiresIn": 315360001}
	[]
	{
	END
	change "$OWNER_KEY" "$NEW_ID?x=1" '{"description": "b"}'
	expect_problem 400
	one DELETE "$OWNER_KEY" "$NEW_ID?x=1"
	expect_problem 400
	listed "$OWNER_KEY" "$NEW_ID" '.metadata.version == 1 and endless'
}

@test "another user's key is 404, and a key changes only itself and keys it made" {
	new_team
	new_stranger
	make_key "$MEMBER_KEY" '{"description": "a"}'
	first=$NEW_KEY first_id=$NEW_ID
	make_key "$MEMBER_KEY" '{"description": "b"}'
	second_id=$NEW_ID
	unbound=$(key_id "$MEMBER_KEY")
	change "$first" "$second_id" '{"description": "x"}'
	expect_problem 403
	one DELETE "$first" "$second_id"
	expect_problem 403
	# a key of one organization does not see an unbound key
	change "$first" "$unbound" '{"description": "x"}'
	expect_problem 404
	# an admin has no say over an unbound key of somebody else
	for id in "$unbound" $UNKNOWN nothing; do
		change "$OWNER_KEY" "$id" '{"description": "x"}'
		expect_type 404 no-resource
		one DELETE "$OWNER_KEY" "$id"
		expect_type 404 no-resource
	done
	new_member
	for key in "$MEMBER_KEY" "$STRANGER_KEY"; do
		change "$key" "$first_id" '{"description": "x"}'
		expect_type 404 no-resource
		one DELETE "$key" "$first_id"
		expect_type 404 no-resource
	done
	change '' "$first_id" '{"description": "x"}'
	expect_problem 401
	one DELETE '' "$first_id"
	expect_problem 401
	expect_alive "$first"
	expect_audit 0 key.change Key "$first_id"
}

@test "keys take If-Match" {
	new_place
	make_key "$OWNER_KEY" '{"description": "a"}'
	change "$OWNER_KEY" "$NEW_ID" '{"description": "a"}'
	own=$(header ETag) org=$(organization_tag)
	change "$OWNER_KEY" "$NEW_ID" '{"description": "b"}' \
	    --header "If-Match: $own"
	expect_status 200
	change "$OWNER_KEY" "$NEW_ID" '{"description": "c"}' \
	    --header "If-Match: $own"
	expect_type 412 precondition-failed
	rotate "$OWNER_KEY" "$NEW_ID" 60 --header "If-Match: $own"
	expect_type 412 precondition-failed
	change "$OWNER_KEY" "$NEW_ID" '{"description": "d"}' \
	    --header "If-Match: $org"
	expect_status 200
	own=$(header ETag)
	touch_organization
	for tag in "$org" "${own/k/m}" "${own/k/}" '"a"'; do
		one DELETE "$OWNER_KEY" "$NEW_ID" --header "If-Match: $tag"
		expect_problem 412
	done
	expect_alive "$NEW_KEY"
	one DELETE "$OWNER_KEY" "$NEW_ID" --header "If-Match: $own"
	expect_status 204
}

@test "where a change needs If-Match, one without it is 428" {
	new_place
	make_key "$OWNER_KEY" '{"description": "a"}'
	settings 'require_if_match = on'
	export KEY=$OWNER_KEY
	while read -r method path text; do
		path=/v1/api-keys${path#-}
		cgi_send "$method" "$path" "$text"
		expect_type 428 precondition-required
		cgi_send "$method" "$path" "$text" HTTP_IF_MATCH='*'
		[[ $status_code == 20[014] ]] || {
			show_answer
			return 1
		}
	done <<-END
	POST - {"description": "b"}
	PATCH /$NEW_ID {"description": "b"}
	POST /$NEW_ID/rotate {"overlap": 60}
	DELETE /$NEW_ID
	END
}

# --- revoke -------------------------------------------------------------------

@test "a key that is revoked is refused at once, and 204 again" {
	new_team
	make_key "$MEMBER_KEY" '{"description": "a"}'
	one DELETE "$MEMBER_KEY" "$NEW_ID"
	expect_status 204
	[ ! -s "$body_file" ]
	expect_dead "$NEW_KEY"
	one DELETE "$NEW_KEY" "$NEW_ID"
	expect_problem 401
	for key in "$MEMBER_KEY" "$OWNER_KEY"; do
		one DELETE "$key" "$NEW_ID"
		expect_status 204
	done
	expect_audit 1 key.revoke Key "$NEW_ID" "$MEMBER_EMAIL"
	for text in '{"description": "b"}' '{"expiresIn": 5}'; do
		change "$MEMBER_KEY" "$NEW_ID" "$text"
		expect_problem 404
	done
	rotate "$MEMBER_KEY" "$NEW_ID"
	expect_problem 404
	new_stranger
	one DELETE "$STRANGER_KEY" "$NEW_ID"
	expect_problem 404
}

@test "a key revokes itself, and an admin revokes any key of the organization" {
	new_team
	make_key "$MEMBER_KEY" '{"description": "a"}'
	one DELETE "$NEW_KEY" "$NEW_ID"
	expect_status 204
	expect_dead "$NEW_KEY"
	one DELETE "$NEW_KEY" "$NEW_ID"
	expect_problem 401
	make_key "$MEMBER_KEY" '{"description": "a"}'
	one DELETE "$OWNER_KEY" "$NEW_ID"
	expect_problem 403
	password=$(unique secret)
	set_password "$OWNER_EMAIL" "$password"
	one DELETE '' "$NEW_ID" --user "$OWNER_EMAIL:$password"
	expect_status 204
	expect_dead "$NEW_KEY"
	expect_audit 1 key.revoke Key "$NEW_ID"
	expect_alive "$MEMBER_KEY"
}

@test "a revoked key takes along the keys it made, and the keys they made" {
	new_place
	keys=() ids=() maker=$OWNER_KEY
	for _ in 1 2 3 4; do
		make_key "$maker" '{"description": "a"}'
		keys+=("$NEW_KEY") ids+=("$NEW_ID") maker=$NEW_KEY
	done
	expect_alive "${keys[3]}"
	one DELETE "${keys[0]}" "${ids[1]}"
	expect_status 204
	expect_dead "${keys[@]:1}"
	expect_alive "${keys[0]}" "$OWNER_KEY"
	KEY=$OWNER_KEY api GET /v1/api-keys
	[ "$(ids_of apiKeys)" = "${ids[0]}" ]
}

@test "a key that expires takes along the keys it made" {
	new_place
	make_key "$OWNER_KEY" '{"description": "a"}'
	maker=$NEW_KEY maker_id=$NEW_ID
	make_key "$maker" '{"description": "b"}'
	made=$NEW_KEY
	make_key "$maker" '{"description": "c", "expiresIn": 3600}'
	change "$OWNER_KEY" "$maker_id" '{"expiresIn": 1}'
	expect_status 200
	sleep 1.1
	expect_dead "$maker" "$made" "$NEW_KEY"
}

@test "the only way in of the last admin is neither revoked nor shortened" {
	new_tenant
	new_member
	id=$(key_id "$OWNER_KEY")
	# the keys it made would end with it, and the others are no way in
	make_key "$OWNER_KEY" '{"description": "a"}'
	add_key --user "$OWNER_EMAIL" --role user
	add_key --user "$OWNER_EMAIL" --expires 2099-01-01T00:00:00Z
	one DELETE "$OWNER_KEY" "$id"
	expect_type 409 last-admin
	change "$OWNER_KEY" "$id" '{"expiresIn": 3600}'
	expect_type 409 last-admin
	expect_alive "$OWNER_KEY" "$NEW_KEY"
	expect_audit 0 key.revoke Key "$id"
	# but its description may change
	change "$OWNER_KEY" "$id" '{"description": "mine"}'
	expect_status 200
	one DELETE "$OWNER_KEY" "$NEW_ID"
	expect_status 204
	sql "UPDATE organization_bindings SET role = 'admin'
	    WHERE user_id = '$(user_id "$MEMBER_EMAIL")'"
	change "$OWNER_KEY" "$id" '{"expiresIn": 3600}'
	expect_status 200
	one DELETE "$OWNER_KEY" "$id"
	expect_status 204
}

@test "of two admins who revoke their only key at once one keeps it" {
	for _ in 1 2 3; do
		new_team
		at_once "$OWNER_KEY" DELETE \
		    "/v1/api-keys/$(key_id "$OWNER_KEY")" '' \
		    "$OTHER_KEY" DELETE \
		    "/v1/api-keys/$(key_id "$OTHER_KEY")" ''
		echo "$codes"
		[ "$codes" = '204 409' ] || [ "$codes" = '409 204' ]
		[ "$(sql "SELECT COUNT(*) FROM api_keys WHERE user_id IN (
		    '$(user_id "$OWNER_EMAIL")',
		    '$(user_id "$OTHER_EMAIL")')")" = 1 ]
	done
}

@test "8 clients that revoke one key revoke it once" {
	new_place
	make_key "$OWNER_KEY" '{"description": "a"}'
	KEY=$OWNER_KEY api_many 8 DELETE "/v1/api-keys/$NEW_ID"
	[ "$(count_codes 204)" = 8 ]
	expect_audit 1 key.revoke Key "$NEW_ID"
}

@test "a key made while its maker is revoked does not stay" {
	new_place
	for _ in 1 2 3 4 5; do
		make_key "$OWNER_KEY" '{"description": "a"}'
		at_once "$OWNER_KEY" DELETE "/v1/api-keys/$NEW_ID" '' \
		    "$NEW_KEY" POST /v1/api-keys '{"description": "b"}'
		echo "$codes"
		[[ $codes =~ ^204\ (201|401)$ ]]
		[ "$(keys_of "$OWNER_EMAIL")" = 0 ]
	done
}

@test "a key is revoked with its idempotency key once" {
	new_place
	make_key "$OWNER_KEY" '{"description": "a"}'
	for replayed in '' true; do
		one DELETE "$OWNER_KEY" "$NEW_ID" \
		    --header 'Idempotency-Key: one'
		expect_status 204
		[ "$(header Idempotency-Replayed)" = "$replayed" ]
	done
	expect_audit 1 key.revoke Key "$NEW_ID"
}

# --- found by an attack -------------------------------------------------------

@test "a key whose end was brought forward does not get its life back" {
	new_place
	make_key "$OWNER_KEY" '{"description": "a"}'
	sql "UPDATE api_keys SET created_at = created_at - INTERVAL 300 DAY
	    WHERE id = '$NEW_ID'"
	change "$OWNER_KEY" "$NEW_ID" '{"expiresIn": 3600}'
	expect_status 200
	end=$(json .apiKey.spec.expiresAt)
	for _ in 1 2; do
		rotate "$NEW_KEY" "$NEW_ID" 0
		expect_status 201
		expect_json ".apiKey.spec.expiresAt == \"$end\""
	done
}

@test "a successor ends with its maker, also if the old key had no end" {
	new_place
	make_key "$OWNER_KEY" '{"description": "a"}'
	maker=$NEW_ID
	make_key "$NEW_KEY" '{"description": "b"}'
	# as if the end had not reached what the key has made
	sql "UPDATE api_keys SET expires_at = UTC_TIMESTAMP(3) + INTERVAL 1 DAY
	    WHERE id = '$maker'"
	rotate "$NEW_KEY" "$NEW_ID" 0
	expect_status 201
	expect_json "$lives .apiKey | life | about(86400)"
}

@test "a key of a project sees the keys of that project" {
	new_place
	other=$SECOND
	make_key "$OWNER_KEY" "{\"description\": \"a\", \"projectId\": \"$other\"}"
	hidden=$NEW_ID
	make_key "$OWNER_KEY" "{\"description\": \"b\",
	    \"projectId\": \"$PROJECT\", \"role\": \"viewer\"}"
	for query in '' '?owner=me'; do
		KEY=$NEW_KEY api GET "/v1/api-keys$query"
		expect_status 200
		[ "$(ids_of apiKeys)" = "$NEW_ID" ]
	done
	for key in "$hidden" $UNKNOWN; do
		one DELETE "$NEW_KEY" "$key"
		expect_type 404 no-resource
	done
	# what is gone by another hand is not told either
	one DELETE "$OWNER_KEY" "$hidden"
	expect_status 204
	one DELETE "$NEW_KEY" "$hidden"
	expect_type 404 no-resource
}

@test "a key takes over a role that its user does not have" {
	new_place
	new_member
	make_key "$(add_key --user "$MEMBER_EMAIL" --org "$ORG" --role admin)" \
	    '{"description": "a"}'
	expect_json '.apiKey.spec.role == "admin"'
	expect_key_status "$NEW_KEY" 403 GET /v1/organizations/users
}

@test "a rotated key stays rotated when its description changes" {
	new_place
	make_key "$OWNER_KEY" '{"description": "a"}'
	old=$NEW_ID
	rotate "$OWNER_KEY" "$old"
	expect_status 201
	change "$OWNER_KEY" "$old" '{"description": "b", "expiresIn": 60}'
	expect_status 200
	expect_json '.apiKey.status.state == "rotated"'
}

@test "a key is not made for a project that its maker has just lost" {
	new_place
	new_member
	join_project "$MEMBER_EMAIL" admin "$PROJECT" "$ORG"
	settings 'deadline = 60'
	meanwhile "DELETE FROM project_bindings
	    WHERE user_id = '$(user_id "$MEMBER_EMAIL")'" \
	    "$MEMBER_KEY" POST /v1/api-keys \
	    "{\"description\": \"a\", \"projectId\": \"$PROJECT\"}"
	expect_problem 404
	[ "$(keys_of "$MEMBER_EMAIL")" = 0 ]
}

# The unbound key has no organization whose lock both would wait for.
@test "keys made while their unbound maker is replaced end with it" {
	new_place
	local made=() i

	for i in {1..24}; do
		made+=("$OWNER_KEY" POST /v1/api-keys "{\"description\": \"$i\"}")
	done
	at_once "${made[@]}" "$OWNER_KEY" POST \
	    "/v1/api-keys/$(key_id "$OWNER_KEY")/rotate" '{"overlap": 0}'
	[ "$(sql "SELECT COUNT(*) FROM api_keys WHERE rotated_at IS NOT NULL
	    AND user_id = '$(user_id "$OWNER_EMAIL")'")" = 1 ]
	[ "$(sql "SELECT COUNT(*) FROM api_keys c JOIN api_keys m
	    ON m.id = c.made_by WHERE m.rotated_at IS NOT NULL
	    AND (c.expires_at IS NULL OR c.expires_at > m.expires_at)")" = 0 ]
}

# --- when it was last used ----------------------------------------------------

# used_on KEY: the day in its row.
used_on() {
	sql "SELECT COALESCE(last_used_on, '') FROM api_keys
	    WHERE digest = UNHEX(SHA2('$1', 256))"
}

was_used_on() { # KEY DAY
	[ "$(used_on "$1")" = "$2" ]
}

@test "a key says on which day it was last used" {
	new_tenant
	make_key "$OWNER_KEY" '{"description": "Fresh"}'
	expect_json '.apiKey.status | has("lastUsedOn") and .lastUsedOn == null'
	today=$(sql 'SELECT UTC_DATE()')
	# a request that is refused uses it as well
	expect_key_status "$NEW_KEY" 404 GET "/v1/organizations/$UNKNOWN"
	within 15 was_used_on "$NEW_KEY" "$today"
	listed "$OWNER_KEY" "$NEW_ID" ".status.lastUsedOn == \"$today\""
	KEY=$OWNER_KEY api DELETE "/v1/api-keys/$NEW_ID?dryRun=true"
	expect_json ".keys[0].lastUsedOn == \"$today\""
}

@test "the day of a key's use is written once a day, after the answer" {
	new_tenant
	id=$(unique used)
	sql "UPDATE api_keys SET last_used_on = '2020-02-29'
	    WHERE digest = UNHEX(SHA2('$OWNER_KEY', 256))"
	KEY=$OWNER_KEY api GET /v1/organizations --header "X-Request-Id: $id"
	within 15 was_used_on "$OWNER_KEY" "$(sql 'SELECT UTC_DATE()')"
	# and is no query of the request
	service_log | grep -F "id=$id " | grep ' queries=1$'
	# later requests of the day leave the row alone
	sql "UPDATE api_keys SET last_used_on = '2999-12-31'
	    WHERE digest = UNHEX(SHA2('$OWNER_KEY', 256))"
	expect_alive "$OWNER_KEY" "$OWNER_KEY"
	was_used_on "$OWNER_KEY" 2999-12-31
}

@test "a request does not wait until its key's use can be written" {
	new_tenant
	sql "UPDATE api_keys SET last_used_on = NULL
	    WHERE digest = UNHEX(SHA2('$OWNER_KEY', 256))"
	hold_row
	echo "SELECT id FROM api_keys WHERE digest =
	    UNHEX(SHA2('$OWNER_KEY', 256)) FOR UPDATE;" >&8
	within 10 grep -q "$(key_id "$OWNER_KEY")" "$BATS_TEST_TMPDIR/held"
	expect_key_status "$OWNER_KEY" 200 GET /v1/organizations --max-time 2
	# the answer of plain CGI ends with its program
	is_plain_cgi || within 10 wait_for_locks 1
	within 10 wait_for_locks 0
	was_used_on "$OWNER_KEY" ''
	release_row
	expect_alive "$OWNER_KEY"
	within 15 was_used_on "$OWNER_KEY" "$(sql 'SELECT UTC_DATE()')"
}
