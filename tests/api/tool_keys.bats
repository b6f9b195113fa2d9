#!/usr/bin/env bats
# tenantryctl key: add, list and revoke.
#
# shellcheck disable=SC2154  # bats sets them

setup() {
	load helper
	load tenancy
	load tool
}

key_id() { # KEY
	sql "SELECT id FROM api_keys WHERE digest = UNHEX(SHA2('$1', 256))"
}

# --- add ----------------------------------------------------------------------

@test "key add makes no key that could not work" {
	new_tenant
	new_member
	new_user "$(unique stranger)@example.org"
	before=$(sql 'SELECT COUNT(*) FROM api_keys')
	with 1 'is no member of the organization' key add \
	    --user "$USER_EMAIL" --org "$ORG"
	with 1 'is no member of the organization' key add \
	    --user "$USER_EMAIL" --project "$PROJECT"
	with 1 'has no role in the project' key add \
	    --user "$MEMBER_EMAIL" --project "$PROJECT"
	[ "$(sql 'SELECT COUNT(*) FROM api_keys')" = "$before" ]
	# an admin has a role in every project, and the slug names it as well
	slug=$(sql "SELECT name FROM organizations WHERE id = '$ORG'")
	for place in "--org $ORG" "--org $slug" "--project $PROJECT"; do
		# shellcheck disable=SC2086 # two words
		key=$(add_key --user "$OWNER_EMAIL" $place)
		expect_key_status "$key" 200 GET "/v1/organizations/$ORG"
	done
	join_project "$MEMBER_EMAIL" viewer "$PROJECT" "$ORG"
	[[ $(add_key --user "$MEMBER_EMAIL" --project "$PROJECT") == tny_* ]]
}

# make_keys COUNT COLUMNS VALUES: so many rows behind the service.
make_keys() {
	sql "INSERT INTO api_keys (id, digest, $2, created_at)
	    SELECT CONCAT('0K', LEFT('${ORG:6}000000000000000000', 20),
	        LPAD(seq, 4, '0')), UNHEX(SHA2(CONCAT('$ORG', seq), 256)),
	        $3, UTC_TIMESTAMP(3) FROM $(numbers "$1")"
}

@test "key add keeps to the limit of live keys that the API has" {
	local columns='user_id, organization_id, expires_at' user id

	new_tenant
	user=$(user_id "$OWNER_EMAIL")
	make_keys 24 "$columns" "'$user', '$ORG', NULL"
	with 0 '' key add --user "$OWNER_EMAIL" --org "$ORG" --json
	id=$(jq -r .id <<< "$output")
	with 1 'the owner has 25 live API keys there, and 25 are allowed' key add \
	    --user "$OWNER_EMAIL" --org "$ORG"
	[ "$(sql "SELECT COUNT(*) FROM api_keys WHERE user_id = '$user'
	    AND organization_id = '$ORG'")" = 25 ]
	# the limit is of one owner in one place
	for other in "--owner organization --org $ORG" \
	    "--user $OWNER_EMAIL --project $PROJECT" "--user $OWNER_EMAIL"; do
		# shellcheck disable=SC2086 # words
		with 0 '' key add $other
	done
	# one that has ended does not count
	sql "UPDATE api_keys SET expires_at = UTC_TIMESTAMP(3)
	    WHERE id = '$id'"
	with 0 '' key add --user "$OWNER_EMAIL" --org "$ORG"
	with 1 '25 live API keys there' key add --user "$OWNER_EMAIL" --org "$ORG"
}

@test "key add keeps to the limit of live service keys" {
	new_tenant
	make_keys 24 'user_id, organization_id, role' "NULL, '$ORG', 'user'"
	with 0 '' key add --owner organization --org "$ORG"
	with 1 'the organization has 25 live API keys there, and 25 are allowed' key add \
	    --owner organization --org "$ORG"
	with 0 '' key add --owner organization --project "$PROJECT"
}

@test "of several key adds at once no more are made than the limit allows" {
	local pids=() made=0

	new_tenant
	make_keys 23 'user_id, organization_id' \
	    "'$(user_id "$OWNER_EMAIL")', '$ORG'"
	for i in 1 2 3 4 5 6; do
		ctl key add --user "$OWNER_EMAIL" --org "$ORG" > /dev/null 2>&1 \
		    3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		! wait "$pid" || made=$((made + 1))
	done
	[ "$made" = 2 ]
}

@test "key add prints JSON that has the key and its id" {
	login=$(unique login)
	with 0 '' user add --login "$login" --json
	jq -e --arg login "$login" '.login == $login and (.id | length == 26)
	    and (.key | startswith("tny_"))' <<< "$output"
	with 0 '' key add --user "$login" --json
	key=$(jq -r .key <<< "$output")
	[ "$(jq -r .id <<< "$output")" = "$(key_id "$key")" ]
	expect_key_status "$key" 200 GET /v1/organizations
}

# --- list ---------------------------------------------------------------------

@test "key list shows each key but not the key itself" {
	new_tenant
	new_member
	key=$(add_key --user "$OWNER_EMAIL" --project "$PROJECT" --role viewer \
	    --expires 2099-01-02T03:04:05Z)
	id=$(key_id "$key")
	with 0 '' key list --user "$OWNER_EMAIL" --json
	jq -e --arg id "$id" --arg user "$OWNER_EMAIL" --arg org "$ORG" \
	    --arg project "$PROJECT" 'length == 2 and
	    (.[1] | del(.createdAt)) == {id: $id, user: $user,
	    organizationId: $org, projectId: $project, role: "viewer",
	    lastUsedOn: null, manage: false, description: null,
	    expiresAt: "2099-01-02T03:04:05.000Z"} and
	    .[0].organizationId == null and .[0].expiresAt == null' <<< "$output"
	[[ $output != *"$key"* && $output != *tny_* ]]
	with 0 '' key list --org "$ORG"
	[ "${#lines[@]}" = 2 ]
	[[ ${lines[1]} == "$id  $OWNER_EMAIL"*"$ORG"*"$PROJECT"*viewer* ]]
	with 0 '' key list --user "$MEMBER_EMAIL" --org "$ORG" --json
	jq -e '. == []' <<< "$output"
	with 0 '' key list --json
	[ "$(jq length <<< "$output")" = \
	    "$(sql 'SELECT COUNT(*) FROM api_keys')" ]
	with 1 'there is no user' key list --user "$(unique no)@example.org"
	with 1 'there is no organization' key list --org "$(unique no)"
	with 1 'there is no organization' key list --org 'ä'
}

# --- service keys -------------------------------------------------------------

@test "key add makes a service key of an organization or a project" {
	new_tenant
	with 0 '' key add --owner organization --org "$ORG" --json
	key=$(jq -r .key <<< "$output") id=$(jq -r .id <<< "$output")
	[[ $key == tny_s* ]]
	expect_key_status "$key" 200 GET "/v1/projects/$PROJECT"
	expect_key_status "$key" 403 GET /v1/organizations/users
	[ "$(sql "SELECT detail FROM audit_events WHERE resource_id = '$id'
	    AND organization_id = '$ORG'")" = 'for the organization' ]
	key=$(add_key --owner organization --org "$ORG" --role admin --manage \
	    --name 'Nightly run')
	expect_key_status "$key" 200 GET /v1/organizations/users
	expect_key_status "$key" 200 GET '/v1/api-keys?owner=organization'
	expect_json '[.apiKeys[].spec | [.description, .role, .manage]] ==
	    [["", "user", false], ["Nightly run", "admin", true]]'
	key=$(add_key --owner organization --project "$PROJECT" --role viewer)
	expect_key_status "$key" 200 GET "/v1/projects/$PROJECT"
	# a user's key has a name, too
	with 0 '' key add --user "$OWNER_EMAIL" --name Laptop
	[ "$(sql "SELECT COUNT(*) FROM api_keys WHERE description = 'Laptop'
	    AND user_id = '$(user_id "$OWNER_EMAIL")'")" = 1 ]
}

@test "key add says what is wrong with a service key and makes none" {
	new_tenant
	before=$(sql 'SELECT COUNT(*) FROM api_keys')
	with 2 'needs --org or --project' key add --owner organization
	with 2 '--owner must be organization' key add --owner me --org "$ORG"
	with 2 '--owner must be organization' key add --owner '' --org "$ORG"
	with 2 'exclude each other' key add --owner organization \
	    --user "$OWNER_EMAIL" --org "$ORG"
	with 2 'exclude each other' key add --owner organization \
	    --org "$ORG" --project "$PROJECT"
	with 2 '--role must be' key add --owner organization --org "$ORG" \
	    --role owner
	with 2 '--name' key add --owner organization --org "$ORG" --name ''
	with 2 '--manage is for' key add --user "$OWNER_EMAIL" --manage
	with 1 'there is no organization' key add --owner organization \
	    --org "$(unique no)"
	with 2 '--owner must be organization' key list --owner "$ORG"
	[ "$(sql 'SELECT COUNT(*) FROM api_keys')" = "$before" ]
}

@test "service keys are listed and revoked" {
	new_tenant
	key=$(add_key --owner organization --org "$ORG" --role admin --manage \
	    --name Robot)
	id=$(key_id "$key")
	with 0 '' key list --owner organization --org "$ORG" --json
	jq -e --arg id "$id" --arg org "$ORG" '(.[0] | del(.createdAt)) ==
	    {id: $id, user: null, organizationId: $org, projectId: null,
	    role: "admin", expiresAt: null, lastUsedOn: null, manage: true,
	    description: "Robot"} and length == 1' <<< "$output"
	with 0 '' key list --org "$ORG"
	[[ $output == *"$id"*admin*yes*Robot* ]]
	with 0 '' key list --user "$OWNER_EMAIL" --json
	[[ $output != *"$id"* ]]
	# what it has invited to goes with it
	KEY=$key api POST /v1/invitations --data \
	    "{\"email\": \"$(unique guest)@example.org\", \"role\": \"user\"}"
	expect_status 201
	invitation=$(json .invitation.metadata.id)
	with 0 '' key revoke "$id" --json
	jq -e --arg id "$id" --arg org "$ORG" '. == {id: $id, userId: null,
	    organizationId: $org}' <<< "$output"
	expect_key_status "$key" 401 GET /v1/organizations
	[ "$(sql "SELECT state FROM invitations
	    WHERE id = '$invitation'")" = revoked ]
	[ "$(sql "SELECT detail FROM audit_events WHERE resource_id = '$id'
	    AND action = 'key.revoke'")" = 'of the organization' ]
}

# --- revoke -------------------------------------------------------------------

@test "a key that is revoked is refused at once" {
	new_login
	second=$(add_key --user "$USER_EMAIL")
	id=$(key_id "$second")
	expect_key_status "$second" 200 GET /v1/organizations
	with 0 '' key revoke "$id"
	expect_key_status "$second" 401 GET /v1/organizations
	expect_key_status "$USER_KEY" 200 GET /v1/organizations
	[ "$(events key.revoke "$id")" = 1 ]
	with 1 'there is no such API key' key revoke "$id"
	with 1 'there is no such API key' key revoke nonsense
	# a key that leaked is known, its id is not
	id=$(key_id "$USER_KEY")
	with 0 '' key revoke - --json <<< "$USER_KEY"
	jq -e --arg id "$id" '.id == $id and .organizationId == null' \
	    <<< "$output"
	expect_key_status "$USER_KEY" 401 GET /v1/organizations
	with 1 'there is no such API key' key revoke - <<< "$USER_KEY"
	with 1 'must begin with an API key' key revoke - < /dev/null
}

# expect_last ARGUMENT...: the command takes nobody's last administrator away.
expect_last() {
	with 1 'last usable admin of the organization' "$@" || return
	[[ $stderr == *--force* ]]
}

@test "the last way in of the last admin is not revoked" {
	new_tenant
	id=$(key_id "$OWNER_KEY")
	expect_last key revoke "$id"
	expect_key_status "$OWNER_KEY" 200 GET "/v1/organizations/$ORG"
	# neither an end, nor another role, nor other bounds do
	new_stranger
	join_organization "$OWNER_EMAIL" user "$STRANGER_ORG"
	add_key --user "$OWNER_EMAIL" --expires 2099-01-01T00:00:00Z
	add_key --user "$OWNER_EMAIL" --role user
	add_key --user "$OWNER_EMAIL" --project "$PROJECT"
	add_key --user "$OWNER_EMAIL" --org "$STRANGER_ORG"
	expect_last key revoke "$id"
	bound=$(add_key --user "$OWNER_EMAIL" --org "$ORG")
	with 0 '' key revoke "$id"
	expect_last key revoke "$(key_id "$bound")"
	# a password does, and so does another admin
	set_password "$OWNER_EMAIL" 'a password'
	with 0 '' key revoke "$(key_id "$bound")"
	expect_last user disable --email "$OWNER_EMAIL"
	new_user "$(unique other)@example.org"
	join_organization "$USER_EMAIL" admin "$ORG"
	with 0 '' user disable --email "$OWNER_EMAIL"
	expect_last key revoke "$(key_id "$USER_KEY")"
	expect_last user disable --email "$USER_EMAIL"
	with 0 '' key revoke "$(key_id "$USER_KEY")" --force
	expect_key_status "$USER_KEY" 401 GET /v1/organizations
}

@test "a key that is nobody's last way in is always revoked" {
	new_tenant
	new_member
	with 0 '' key revoke "$(key_id "$MEMBER_KEY")"
	# the organization has no usable admin already, and does not lose one
	with 0 '' user disable --email "$OWNER_EMAIL" --force
	key=$(add_key --user "$OWNER_EMAIL" --org "$ORG")
	with 0 '' key revoke "$(key_id "$key")"
	# a key bound to an organization that the user has left
	new_user "$(unique left)@example.org"
	join_organization "$USER_EMAIL" user "$ORG"
	key=$(add_key --user "$USER_EMAIL" --org "$ORG")
	sql "DELETE FROM organization_bindings
	    WHERE user_id = '$(user_id "$USER_EMAIL")'"
	with 0 '' key revoke "$(key_id "$key")"
}

# Each of two that race sees the other as usable, unless they wait for a lock.
@test "of two last admins that are disabled at once one stays" {
	new_tenant
	new_user "$(unique other)@example.org"
	join_organization "$USER_EMAIL" admin "$ORG"
	for _ in 1 2 3; do
		pids=()
		for email in "$OWNER_EMAIL" "$USER_EMAIL"; do
			ctl user disable --email "$email" 2> /dev/null 3>&- &
			pids+=($!)
		done
		for pid in "${pids[@]}"; do
			wait "$pid" || true
		done
		[ "$(sql "SELECT COUNT(*) FROM users WHERE disabled_at IS NULL
		    AND email IN ('$OWNER_EMAIL', '$USER_EMAIL')")" = 1 ]
		for email in "$OWNER_EMAIL" "$USER_EMAIL"; do
			ctl user enable --email "$email"
		done
	done
}

@test "key check says what POST /v1/check says" {
	new_tenant
	new_member
	with 0 '' key check --org "$ORG" --role user --json <<< "$MEMBER_KEY"
	KEY=$OWNER_KEY api POST /v1/check --data \
	    "{\"credential\": \"$MEMBER_KEY\", \"need\": \"user\"}"
	[ "$output" = "$body" ]
	with 1 '' key check --org "$ORG" --role admin <<< "$MEMBER_KEY"
	[ "$output" = role ]
	with 0 '' key check --org "$ORG" --role admin --project "$PROJECT" \
	    <<< "$OWNER_KEY"
	[ "$output" = ok ]
	with 1 '' key check --org "$ORG" --role user <<< none
	[ "$output" = unknown ]
	with 2 'need must be' key check --org "$ORG" --role viewer \
	    <<< "$OWNER_KEY"
	with 1 'no organization' key check --org "$(unique no)" --role user \
	    <<< "$OWNER_KEY"
}
