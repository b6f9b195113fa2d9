#!/usr/bin/env bats
# API keys that belong to an organization: service keys.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2153,SC2154

UNKNOWN=01ARZ3NDEKTSV4RRFFQ69G5FAV

setup() {
	load helper
	load tenancy
	load cgi
	load hold
	load writes
	load invitations
}

teardown() {
	release_row
}

# service_body [MEMBERS]: of a new service key, as `"role": "admin"`.
service_body() {
	echo "{\"description\": \"Robot\", \"owner\": \"organization\"${1:+, $1}}"
}

# make_service [MEMBERS] [CURL ARGUMENT...]: by the owner of ORG.  Sets NEW_KEY
# and NEW_ID.
make_service() {
	KEY=$OWNER_KEY api POST /v1/api-keys --data "$(service_body "${1-}")" \
	    "${@:2}"
	expect_status 201 || return
	read -r NEW_ID NEW_KEY < <(json '[.apiKey.metadata.id, .key] |
	    join(" ")')
}

# new_robots: a tenant with two projects, and a service key of each role: ADMIN_,
# USER_ and VIEWER_KEY, and MANAGER_KEY, an admin that may manage.
new_robots() {
	new_place || return
	make_service '"role": "admin"' || return
	ADMIN_KEY=$NEW_KEY ADMIN_ID=$NEW_ID
	make_service || return
	ROBOT_KEY=$NEW_KEY
	make_service '"role": "viewer"' || return
	VIEWER_KEY=$NEW_KEY
	make_service '"role": "admin", "manage": true' || return
	MANAGER_KEY=$NEW_KEY MANAGER_ID=$NEW_ID
}

# expect_actor ACTION KEY_ID: the last row of the trail of ORG with that action
# is by this key and by no user.
expect_actor() {
	local row

	row=$(sql "SELECT CONCAT(COALESCE(user_id, '-'), ' ', key_id)
	    FROM audit_events WHERE organization_id = '$ORG'
	    AND action = '$1' ORDER BY id DESC LIMIT 1")
	[ "$row" = "- $2" ] || {
		echo "$1 is by: $row"
		return 1
	}
}

# bindings_of PROJECT
bindings_of() {
	sql "SELECT COUNT(*) FROM project_bindings WHERE project_id = '$1'"
}

# --- make ---------------------------------------------------------------------

@test "a service key belongs to the organization and to no user" {
	new_place
	make_service
	[[ $NEW_KEY == tny_s* && ${#NEW_KEY} = 43 ]]
	owner=$(user_id "$OWNER_EMAIL") maker=$(key_id "$OWNER_KEY")
	expect_json ".apiKey | .spec == {description: \"Robot\",
	    hint: \"${NEW_KEY: -4}\", owner: \"organization\", role: \"user\",
	    organizationId: \"$ORG\", projectId: \"\", manage: false,
	    expiresAt: null} and .status.createdBy == \"$owner\" and
	    .status.madeBy == \"$maker\" and .status.state == \"active\" and
	    .metadata.displayName == \"Robot\""
	[ "$(header Location)" = "$link_base/v1/api-keys/$NEW_ID" ]
	expect_audit 1 key.create Key "$NEW_ID"
	[ "$(sql "SELECT user_id IS NULL FROM api_keys
	    WHERE id = '$NEW_ID'")" = 1 ]
	make_service "\"role\": \"admin\", \"manage\": true, \"expiresIn\": 60,
	    \"projectId\": \"$PROJECT\""
	expect_json ".apiKey.spec | .role == \"admin\" and .manage and
	    .projectId == \"$PROJECT\" and .expiresAt != null"
}

@test "a service key counts as a member with its own role" {
	new_robots
	for key in "$ADMIN_KEY" "$ROBOT_KEY" "$VIEWER_KEY"; do
		KEY=$key api GET /v1/organizations
		[ "$(ids_of organizations)" = "$ORG" ]
		KEY=$key api GET "/v1/organizations/$ORG"
		expect_status 200
		KEY=$key api GET /v1/projects
		[ "$(ids_of accounts)" = "$SECOND $PROJECT" ] ||
		    [ "$(ids_of accounts)" = "$PROJECT $SECOND" ]
		KEY=$key api GET /v1/organizations/projects/all
		expect_json ".organizations | length == 1 and
		    (.[0].accounts | length == 2)"
		[ "$key" = "$ADMIN_KEY" ] || [[ $body != *secretKey* ]]
	done
	KEY=$ADMIN_KEY api GET "/v1/projects/$PROJECT"
	expect_json '.account.spec.secretKey | length == 26'
	expect_key_status "$ADMIN_KEY" 200 GET /v1/organizations/users
	expect_json '.users | length == 1'
	for key in "$ROBOT_KEY" "$VIEWER_KEY"; do
		expect_key_status "$key" 403 GET /v1/organizations/users
		expect_key_status "$key" 403 POST /v1/projects \
		    --data '{"displayName": "No"}'
		expect_key_status "$key" 403 PATCH "/v1/projects/$PROJECT" \
		    --data '{"labels": {}}'
	done
}

@test "a service key has no rights outside of its organization and project" {
	new_robots
	new_stranger
	make_service "\"role\": \"admin\", \"projectId\": \"$SECOND\""
	for key in "$MANAGER_KEY" "$NEW_KEY"; do
		expect_key_status "$key" 404 GET \
		    "/v1/organizations/$STRANGER_ORG"
		expect_key_status "$key" 404 GET "/v1/projects/$STRANGER_PROJECT"
		expect_key_status "$key" 403 GET /v1/projects \
		    --header "X-Organization-ID: $STRANGER_ORG"
		expect_key_status "$key" 403 POST /v1/organizations \
		    --data "$(create_body "$(unique Never)")"
	done
	# admin of its project, and no more than a member of the organization
	KEY=$NEW_KEY api GET /v1/projects
	[ "$(ids_of accounts)" = "$SECOND" ]
	expect_json '.accounts[0].spec.secretKey | length == 26'
	expect_key_status "$NEW_KEY" 404 GET "/v1/projects/$PROJECT"
	expect_key_status "$NEW_KEY" 200 PATCH "/v1/projects/$SECOND" \
	    --data '{"labels": {"a": "b"}}'
	expect_key_status "$NEW_KEY" 403 GET /v1/organizations/users
	expect_key_status "$NEW_KEY" 200 GET "/v1/organizations/$ORG"
}

@test "only an admin of the organization makes a service key" {
	new_place
	new_member
	password=$(unique secret)
	set_password "$OWNER_EMAIL" "$password"
	for key in "$MEMBER_KEY" \
	    "$(add_key --user "$OWNER_EMAIL" --org "$ORG" --role user)" \
	    "$(add_key --user "$OWNER_EMAIL" --project "$PROJECT")"; do
		KEY=$key api POST /v1/api-keys --data "$(service_body)"
		expect_type 403 forbidden 'needs an admin'
	done
	KEY='' api POST /v1/api-keys --data "$(service_body)" \
	    --user "$OWNER_EMAIL:$password"
	expect_status 201
	expect_json '.apiKey.status | has("madeBy") | not'
}

@test "a service key makes no keys" {
	new_robots
	for key in "$ADMIN_KEY" "$MANAGER_KEY" "$ROBOT_KEY"; do
		for text in '{"description": "a"}' "$(service_body)" '{}'; do
			KEY=$key api POST /v1/api-keys --data "$text"
			expect_type 403 forbidden 'makes no API keys'
		done
	done
}

@test "a body that makes no service key is 400" {
	new_place
	expect_bodies 400 "$OWNER_KEY" POST /v1/api-keys <<-END
	{"description": "a", "owner": null}
	{"description": "a", "owner": ""}
	{"description": "a", "owner": "$ORG"}
	{"description": "a", "owner": ["organization"]}
	{"description": "a", "manage": true}
	{"description": "a", "owner": "me", "manage": true}
	{"description": "a", "owner": "organization", "manage": null}
	{"description": "a", "owner": "organization", "manage": "true"}
	{"description": "a", "owner": "organization", "manage": 1}
	{"description": "a", "owner": "organization", "role": "owner"}
	{"description": "a", "owner": "organization", "expiresIn": 0}
	{"owner": "organization"}
	END
	KEY=$OWNER_KEY api POST /v1/api-keys \
	    --data "$(service_body "\"projectId\": \"$UNKNOWN\"")"
	expect_problem 404
	[ "$(sql "SELECT COUNT(*) FROM api_keys WHERE user_id IS NULL
	    AND organization_id = '$ORG'")" = 0 ]
}

@test "an organization has 25 live service keys in each project and without" {
	new_place
	for project in '' "$PROJECT"; do
		sql "INSERT INTO api_keys (id, digest, organization_id, role,
		    project_id, created_at)
		    SELECT CONCAT('00', LEFT('${ORG:6}0000000000000000', 15),
		        IF('$project' = '', 'S', 'P'), 'K', LPAD(seq, 7, '0')),
		        UNHEX(SHA2(CONCAT('$ORG$project', seq), 256)), '$ORG',
		        'user', NULLIF('$project', ''), UTC_TIMESTAMP(3)
		    FROM $(numbers 24)"
		member=${project:+\"projectId\": \"$project\"}
		make_service "$member"
		KEY=$OWNER_KEY api POST /v1/api-keys \
		    --data "$(service_body "$member")"
		expect_type 409 key-limit
		sql "UPDATE api_keys SET expires_at = '2020-01-01'
		    WHERE id = '$NEW_ID'"
		make_service "$member"
	done
	# they are none of a user's
	KEY=$OWNER_KEY api POST /v1/api-keys --data '{"description": "mine"}'
	expect_status 201
}

# --- list ---------------------------------------------------------------------

@test "an admin lists the service keys, and a member sees none" {
	new_robots
	new_member
	KEY=$OWNER_KEY api GET '/v1/api-keys?owner=organization'
	expect_json '.apiKeys | length == 4 and
	    all(.[]; .spec.owner == "organization")'
	[[ $body != *tny_* ]]
	KEY=$OWNER_KEY api GET '/v1/api-keys?owner=organization&state=rotated'
	expect_json '.apiKeys == []'
	KEY=$OWNER_KEY api GET /v1/api-keys
	expect_json ".apiKeys | length >= 4"
	KEY=$OWNER_KEY api GET '/v1/api-keys?owner=me'
	expect_json 'all(.apiKeys[]; .spec.owner != "organization")'
	KEY=$MEMBER_KEY api GET '/v1/api-keys?owner=organization'
	expect_json '.apiKeys == []'
	KEY=$MEMBER_KEY api GET /v1/api-keys
	[[ $body != *"$ADMIN_ID"* ]]
	# nothing is a service key's own
	KEY=$ADMIN_KEY api GET '/v1/api-keys?owner=me'
	expect_json '.apiKeys == []'
	KEY=$ADMIN_KEY api GET '/v1/api-keys?owner=organization'
	expect_json '.apiKeys | length == 4'
	KEY=$ROBOT_KEY api GET /v1/api-keys
	expect_json '.apiKeys == []'
}

@test "service keys come as CSV" {
	new_place
	make_service
	KEY=$OWNER_KEY api GET '/v1/api-keys?owner=organization' \
	    --header 'Accept: text/csv'
	expect_status 200
	[[ $body == *'"spec.manage"'*"\"$NEW_ID\""*'"organization"'*'"false"'* ]]
}

@test "pages of a list belong to the organization of a service key" {
	new_robots
	KEY=$ADMIN_KEY pages=$(KEY=$ADMIN_KEY pages accounts '/v1/projects?limit=1')
	KEY=$ADMIN_KEY api GET '/v1/projects?limit=1'
	next=$(next_page)
	[ -n "$next" ]
	# another key with the same bounds goes on, a person does not
	expect_key_status "$MANAGER_KEY" 200 GET "$next"
	expect_key_status "$OWNER_KEY" 400 GET "$next"
	expect_key_status "$ROBOT_KEY" 400 GET "$next"
	[ "$(wc -w <<< "$pages")" = 2 ]
}

# --- rotate, change, revoke ---------------------------------------------------

@test "an admin rotates a service key, a key only itself and keys it made" {
	new_robots
	other=$(add_key --user "$OWNER_EMAIL")
	for key in "$other" "$ADMIN_KEY" "$ROBOT_KEY"; do
		KEY=$key api POST "/v1/api-keys/$MANAGER_ID/rotate" --data '{}'
		expect_problem 403
	done
	# by itself
	KEY=$MANAGER_KEY api POST "/v1/api-keys/$MANAGER_ID/rotate" \
	    --data '{"overlap": 0}'
	expect_status 201
	expect_json ".apiKey | .metadata.id != \"$MANAGER_ID\" and
	    .spec.owner == \"organization\" and .spec.role == \"admin\" and
	    .spec.manage and .spec.description == \"Robot\" and
	    .status.createdBy == \"$(user_id "$OWNER_EMAIL")\""
	next=$(json .key) id=$(json .apiKey.metadata.id)
	[[ $next == tny_s* ]]
	expect_key_status "$MANAGER_KEY" 401 GET /v1/organizations
	expect_key_status "$next" 200 GET /v1/organizations
	expect_actor key.rotate "$MANAGER_ID"
	# it has taken the place of a key that the owner's key made
	KEY=$OWNER_KEY api POST "/v1/api-keys/$id/rotate" --data '{}'
	expect_status 201
	KEY=$OWNER_KEY api POST "/v1/api-keys/$id/rotate" --data '{}'
	expect_type 409 already-rotated
	password=$(unique secret)
	set_password "$OWNER_EMAIL" "$password"
	KEY='' api POST "/v1/api-keys/$ADMIN_ID/rotate" --data '{}' \
	    --user "$OWNER_EMAIL:$password"
	expect_status 201
}

@test "admins change and revoke a service key, whoever made it" {
	new_robots
	new_member
	other=$(add_key --user "$OWNER_EMAIL")
	expect_key_status "$MEMBER_KEY" 404 PATCH "/v1/api-keys/$ADMIN_ID" \
	    --data '{"description": "No"}'
	expect_key_status "$other" 200 PATCH "/v1/api-keys/$ADMIN_ID" \
	    --data '{"description": "Nightly", "expiresIn": 60}'
	expect_json '.apiKey | .spec.description == "Nightly" and
	    .status.state == "expiring" and .spec.owner == "organization"'
	expect_key_status "$MANAGER_KEY" 200 PATCH "/v1/api-keys/$ADMIN_ID" \
	    --data '{"description": "By a robot"}'
	expect_actor key.change "$MANAGER_ID"
	# a personal key stays its user's
	personal=$(add_key --user "$OWNER_EMAIL" --org "$ORG")
	expect_key_status "$MANAGER_KEY" 403 DELETE \
	    "/v1/api-keys/$(key_id "$personal")"
	expect_key_status "$MEMBER_KEY" 404 DELETE "/v1/api-keys/$ADMIN_ID"
	expect_key_status "$other" 204 DELETE "/v1/api-keys/$ADMIN_ID"
	expect_key_status "$other" 204 DELETE "/v1/api-keys/$ADMIN_ID"
	expect_key_status "$ADMIN_KEY" 401 GET /v1/organizations
	expect_key_status "$MANAGER_KEY" 204 DELETE "/v1/api-keys/$MANAGER_ID"
	expect_key_status "$MANAGER_KEY" 401 GET /v1/organizations
}

@test "a service key goes with its project and its organization" {
	new_place
	make_service "\"projectId\": \"$SECOND\""
	expect_key_status "$OWNER_KEY" 200 DELETE \
	    "/v1/projects/$SECOND?dryRun=true"
	expect_json ".keys == [{id: \"$NEW_ID\", hint: \"${NEW_KEY: -4}\",
	    description: \"Robot\", lastUsedOn: null}]"
	expect_key_status "$OWNER_KEY" 204 DELETE "/v1/projects/$SECOND"
	expect_key_status "$NEW_KEY" 401 GET /v1/organizations
	make_service '"role": "admin", "manage": true'
	expect_key_status "$NEW_KEY" 204 DELETE "/v1/organizations/$ORG"
	expect_actor organization.delete "$NEW_ID"
	expect_key_status "$NEW_KEY" 401 GET /v1/organizations
}

@test "a service key ends with the key that made it, and outlives its maker" {
	new_place
	new_member
	password=$(unique secret)
	set_password "$MEMBER_EMAIL" "$password"
	member=$(user_id "$MEMBER_EMAIL")
	sql "UPDATE organization_bindings SET role = 'admin'
	    WHERE user_id = '$member'"
	KEY='' api POST /v1/api-keys --user "$MEMBER_EMAIL:$password" \
	    --data "$(service_body)"
	expect_status 201
	by_password=$(json .key)
	KEY=$MEMBER_KEY api POST /v1/api-keys --data "$(service_body)"
	by_key=$(json .key)
	expect_key_status "$OWNER_KEY" 204 DELETE \
	    "/v1/organizations/users/$member"
	expect_key_status "$by_password" 200 GET /v1/organizations
	[ "$(ids_of organizations)" = "$ORG" ]
	expect_key_status "$by_key" 200 GET /v1/organizations
	sql "DELETE FROM api_keys WHERE id = '$(key_id "$MEMBER_KEY")'"
	expect_key_status "$by_key" 401 GET /v1/organizations
	expect_key_status "$by_password" 200 GET /v1/organizations
}

@test "service keys do not count as the last usable admin" {
	new_tenant
	make_service '"role": "admin", "manage": true'
	expect_key_status "$OWNER_KEY" 409 DELETE \
	    "/v1/api-keys/$(key_id "$OWNER_KEY")"
	expect_key_status "$NEW_KEY" 409 DELETE \
	    "/v1/organizations/users/$(user_id "$OWNER_EMAIL")"
}

# --- manage -------------------------------------------------------------------

@test "without manage an admin's service key reaches no members, keys, licence" {
	new_robots
	new_member
	member=$(user_id "$MEMBER_EMAIL")
	invite "$OWNER_KEY" "$(unique guest)@example.org" user
	expect_invited
	while read -r method path text; do
		KEY=$ADMIN_KEY api "$method" "$path" --data "$text"
		expect_type 403 forbidden 'may not manage'
	done <<-END
	PATCH /v1/organizations/users/$member {"role": "admin"}
	DELETE /v1/organizations/users/$member
	POST /v1/organizations/users {"email": "b@example.org", "role": "user"}
	POST /v1/invitations {"email": "b@example.org", "role": "user"}
	POST /v1/invitations/$INVITED/resend {}
	DELETE /v1/invitations/$INVITED
	PUT /v1/projects/$PROJECT/users/$member {"role": "user"}
	DELETE /v1/projects/$PROJECT/users/$member
	POST /v1/api-keys/$MANAGER_ID/rotate {}
	PATCH /v1/api-keys/$MANAGER_ID {"description": "a"}
	DELETE /v1/api-keys/$MANAGER_ID
	PUT /v1/organization-license {"licenseKey": "a.b.c"}
	PUT /v1/organizations/$ORG/license {"licenseKey": "a.b.c"}
	PATCH /v1/organizations/$ORG {"displayName": "Another"}
	PATCH /v1/organizations/$ORG/metadata {"displayName": "Another"}
	DELETE /v1/organizations/$ORG
	DELETE /v1/organizations/$ORG?dryRun=true
	DELETE /v1/projects/$SECOND
	END
	[ "$(audit_count)" = 6 ]
	# all else is an admin's
	for path in organizations/users invitations api-keys \
	    "organizations/$ORG/license" "projects/$PROJECT/users"; do
		expect_key_status "$ADMIN_KEY" 200 GET "/v1/$path"
	done
	expect_key_status "$ADMIN_KEY" 200 PATCH "/v1/organizations/$ORG" \
	    --data '{"labels": {"a": "b"}}'
	expect_key_status "$ADMIN_KEY" 200 PATCH "/v1/projects/$SECOND" \
	    --data '{"displayName": "Renamed"}'
}

@test "with manage a service key does what an admin does" {
	new_robots
	new_member
	member=$(user_id "$MEMBER_EMAIL")
	KEY=$MANAGER_KEY
	name=$(unique Renamed)
	while read -r status method path text; do
		api "$method" "$path" --data "$text"
		expect_status "$status"
	done <<-END
	200 PATCH /v1/organizations/users/$member {"role": "admin"}
	201 PUT /v1/projects/$PROJECT/users/$member {"role": "user"}
	204 DELETE /v1/projects/$PROJECT/users/$member
	204 DELETE /v1/organizations/users/$member
	200 PATCH /v1/organizations/$ORG/metadata {"displayName": "$name"}
	200 PATCH /v1/organizations/$ORG {"displayName": "$name again"}
	204 DELETE /v1/projects/$SECOND
	END
	api PUT /v1/organization-license \
	    --data "$(licence_body "$(issue --type growth --org "$ORG")")"
	expect_status 204
	api GET "/v1/organizations/$ORG/license"
	expect_json ".license.installedBy == \"$MANAGER_ID\""
	api GET "/v1/organizations/$ORG/license/history"
	expect_json ".history[-1].installedBy == \"$MANAGER_ID\""
	for action in member.role member.add member.remove \
	    organization.rename project.delete licence.install; do
		expect_actor "$action" "$MANAGER_ID"
	done
}

@test "what a service key creates is bound to nobody" {
	new_robots
	KEY=$OWNER_KEY install_licence "$(issue --type growth --org "$ORG")"
	KEY=$ADMIN_KEY api POST /v1/projects --data '{"displayName": "Made"}'
	expect_status 201
	project=$(json .account.metadata.id)
	[ "$(bindings_of "$project")" = 0 ]
	expect_actor project.create "$ADMIN_ID"
	expect_key_status "$ADMIN_KEY" 200 GET "/v1/projects/$project"
	expect_key_status "$OWNER_KEY" 200 GET "/v1/projects/$project"
	expect_key_status "$ROBOT_KEY" 200 GET "/v1/projects/$project"
}

@test "routes of a person are not for service keys" {
	new_robots
	for key in "$MANAGER_KEY" "$VIEWER_KEY"; do
		KEY=$key api POST "/v1/organizations/$ORG/leave" --data ''
		expect_type 403 not-for-keys
		KEY=$key api PATCH /v1/projects/next-login \
		    --data "{\"accountId\": \"$PROJECT\"}"
		expect_type 403 not-for-keys
		KEY=$key api GET /v1/users/me/invitations
		expect_type 403 not-for-keys
		KEY=$key api POST /v1/invitations/accept \
		    --data '{"token": "a"}'
		expect_type 403 not-for-keys
	done
	# nobody is behind it
	expect_key_status "$MANAGER_KEY" 404 GET /v1/organizations/users/me
}

# --- invitations --------------------------------------------------------------

@test "a service key that may manage invites, as long as it is there" {
	new_robots
	invite "$MANAGER_KEY" "$(unique guest)@example.org" admin
	expect_status 201
	expect_invited
	expect_json ".invitation.status.invitedBy ==
	    {id: \"$MANAGER_ID\", displayName: \"Robot\"}"
	expect_actor invitation.create "$MANAGER_ID"
	expect_key_status "$OWNER_KEY" 200 GET "/v1/invitations/$INVITED"
	expect_json ".invitation.status.invitedBy.id == \"$MANAGER_ID\""
	expect_lookup 200
	expect_json '.invitedBy == {displayName: "Robot"}'
	# the key that replaces it takes it over
	KEY=$MANAGER_KEY api POST "/v1/api-keys/$MANAGER_ID/rotate" \
	    --data '{"overlap": 60}'
	expect_status 201
	next=$(json .apiKey.metadata.id) next_key=$(json .key)
	sql "DELETE FROM api_keys WHERE id = '$MANAGER_ID'"
	accept '' "\"password\": \"$(unique secret)\""
	expect_status 201
	# a key that is revoked takes its pending ones along
	invite "$next_key" "$(unique guest)@example.org" user
	expect_invited
	expect_key_status "$OWNER_KEY" 204 DELETE "/v1/api-keys/$next"
	[ "$(state_of "$INVITED")" = revoked ]
	expect_lookup 404
	expect_key_status "$OWNER_KEY" 200 GET "/v1/invitations/$INVITED"
	expect_json ".invitation.status.invitedBy ==
	    {id: \"$next\", displayName: \"\"}"
}

@test "an invitation by a service key that has ended is dead" {
	new_robots
	invite "$MANAGER_KEY" "$(unique guest)@example.org" user
	expect_invited
	sql "UPDATE api_keys SET expires_at = '2020-01-01'
	    WHERE id = '$MANAGER_ID'"
	expect_lookup 404
	accept '' "\"password\": \"$(unique secret)\""
	expect_type 404 token-dead
}

@test "an invitation that a service key sends again is its own" {
	new_robots
	invite "$OWNER_KEY" "$(unique guest)@example.org" user
	expect_invited
	backdate
	invitation POST "$MANAGER_KEY" "/$INVITED/resend"
	expect_status 200
	expect_json ".invitation.status.invitedBy ==
	    {id: \"$MANAGER_ID\", displayName: \"Robot\"}"
	[ "$(sql "SELECT invited_by IS NULL FROM invitations
	    WHERE id = '$INVITED'")" = 1 ]
}

# --- the same for all callers -------------------------------------------------

@test "a write of a service key is sent again with its idempotency key" {
	new_robots
	for key in "$ADMIN_KEY" "$ADMIN_KEY" "$MANAGER_KEY"; do
		KEY=$key api PATCH "/v1/projects/$PROJECT" \
		    --header 'Idempotency-Key: one' \
		    --data "{\"labels\": {\"by\": \"${key:5:8}\"}}"
		expect_status 200
		[ "$key" != "$ADMIN_KEY" ] || replayed=$(header \
		    Idempotency-Replayed)
	done
	[ "$replayed" = true ]
	[ "$(sql "SELECT COUNT(DISTINCT user_id) FROM idempotency_keys
	    WHERE user_id IN ('$ADMIN_ID', '$MANAGER_ID')")" = 2 ]
	KEY=$ADMIN_KEY api PATCH "/v1/projects/$PROJECT" \
	    --header 'Idempotency-Key: one' --data '{"labels": {}}'
	expect_problem 422
}

@test "a service key has If-Match as everybody" {
	new_robots
	KEY=$ADMIN_KEY api GET "/v1/organizations/$ORG"
	tag=$(header ETag)
	expect_key_status "$ADMIN_KEY" 200 PATCH "/v1/organizations/$ORG" \
	    --data '{"labels": {"a": "b"}}' --header "If-Match: $tag"
	expect_key_status "$ADMIN_KEY" 412 PATCH "/v1/organizations/$ORG" \
	    --data '{"labels": {"a": "c"}}' --header "If-Match: $tag"
	expect_key_status "$MANAGER_KEY" 412 PATCH \
	    "/v1/organizations/$ORG/metadata" \
	    --data '{"displayName": "No"}' --header "If-Match: $tag"
	[ "$(sql "SELECT display_name FROM organizations
	    WHERE id = '$ORG'")" = "$ORG_NAME" ]
}

@test "a write that waited is refused if its service key ended meanwhile" {
	new_place
	settings 'deadline = 60'
	make_service '"role": "admin", "manage": true'
	for statement in "UPDATE api_keys SET expires_at = UTC_TIMESTAMP(3)
	        - INTERVAL 1 SECOND WHERE id = '$NEW_ID'" \
	    "DELETE FROM api_keys WHERE id = '$NEW_ID'"; do
		meanwhile "$statement" "$NEW_KEY" PATCH \
		    "/v1/projects/$PROJECT" '{"labels": {"a": "b"}}'
		expect_problem 401
		sql "UPDATE api_keys SET expires_at = NULL
		    WHERE id = '$NEW_ID'"
	done
	make_service '"role": "admin", "manage": true'
	meanwhile "DELETE FROM api_keys WHERE id = '$NEW_ID'" "$NEW_KEY" \
	    PATCH "/v1/organizations/$ORG/metadata" '{"displayName": "No"}'
	expect_problem 404
	[ "$(sql "SELECT labels IS NULL FROM projects
	    WHERE id = '$PROJECT'")" = 1 ]
	[ "$(sql "SELECT display_name FROM organizations
	    WHERE id = '$ORG'")" = "$ORG_NAME" ]
}

@test "the log has the id of a service key and no user" {
	new_place
	make_service
	id=$(unique robot)
	KEY=$NEW_KEY api GET /v1/projects --header "X-Request-Id: $id"
	line=$(service_log | grep -F "id=$id ")
	[[ $line == *" key=$NEW_ID org=$ORG "* && $line != *user=* ]]
	[[ $line == *' queries=1' ]]
	sql "UPDATE api_keys SET expires_at = '2020-01-01'
	    WHERE id = '$NEW_ID'"
	KEY=$NEW_KEY api GET /v1/projects --header "X-Request-Id: $id.2"
	expect_problem 401
	service_log | grep -F "id=$id.2 " | grep ' cause=expired '
	within 15 eval '[ -n "$(sql "SELECT last_used_on FROM api_keys
	    WHERE id = '"'$NEW_ID'"'")" ]'
}
