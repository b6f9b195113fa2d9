#!/usr/bin/env bats
# Members of an organization: /v1/organizations/users/{id}.
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

UNKNOWN=01ARZ3NDEKTSV4RRFFQ69G5FAV

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

# member METHOD KEY ID [CURL ARGUMENT...]
member() {
	KEY=$2 api "$1" "/v1/organizations/users/$3" "${@:4}"
}

# give KEY ID ROLE [CURL ARGUMENT...]
give() {
	member PATCH "$1" "$2" --data "{\"role\": \"$3\"}" "${@:4}"
}

# new_team: a tenant with a second admin and a member: OTHER_ and MEMBER_KEY,
# and the ids OWNER, OTHER and MEMBER.
new_team() {
	new_tenant || return
	new_member || return
	OTHER_KEY=$MEMBER_KEY OTHER_EMAIL=$MEMBER_EMAIL
	new_member || return
	sql "UPDATE organization_bindings SET role = 'admin'
	    WHERE user_id = '$(user_id "$OTHER_EMAIL")'"
	OWNER=$(user_id "$OWNER_EMAIL") OTHER=$(user_id "$OTHER_EMAIL")
	MEMBER=$(user_id "$MEMBER_EMAIL")
}

role_of() { # ID
	sql "SELECT role FROM organization_bindings
	    WHERE organization_id = '$ORG' AND user_id = '$1'"
}

# restore_admins: OWNER and OTHER are admins again.
restore_admins() {
	sql "INSERT INTO organization_bindings (user_id, organization_id, role,
	    created_at) SELECT id, '$ORG', 'admin', UTC_TIMESTAMP(3) FROM users
	    WHERE id IN ('$OWNER', '$OTHER')
	    ON DUPLICATE KEY UPDATE role = 'admin'"
}

# give_up PATCH|DELETE KEY ID: sets request, for at_once.
give_up() {
	request=("$2" "$1" "/v1/organizations/users/$3" '{"role": "user"}')
	[ "$1" = PATCH ] || request[3]=''
}

# admins: how many there are in ORG.
admins() {
	sql "SELECT COUNT(*) FROM organization_bindings
	    WHERE organization_id = '$ORG' AND role = 'admin'"
}

# --- read ---------------------------------------------------------------------

@test "an admin reads the role, the projects and the beginning of a membership" {
	new_team
	join_project "$MEMBER_EMAIL" viewer "$PROJECT" "$ORG"
	join_project "$OTHER_EMAIL" user "$PROJECT" "$ORG"
	member GET "$OWNER_KEY" "$MEMBER"
	expect_status 200
	expect_tag m1
	expect_json ".user.kind == \"User\" and
	    .user.metadata.id == \"$MEMBER\" and
	    .user.spec.email == \"$MEMBER_EMAIL\" and .role == \"user\" and
	    .projects == [{id: \"$PROJECT\", role: \"viewer\",
	    effectiveRole: \"viewer\"}] and
	    (.since | test(\"^20[0-9-]+T[0-9:]+[.][0-9]{3}Z$\"))"
	[[ $body != *password* && $body != *tny_* ]]
	member GET "$OWNER_KEY" "$OTHER"
	expect_json ".role == \"admin\" and .projects == [{id: \"$PROJECT\",
	    role: \"user\", effectiveRole: \"admin\"}]"
	# clients of the reference system send more
	member GET "$OWNER_KEY" "$OTHER?sort=name"
	expect_status 200
	member GET '' "$OTHER"
	expect_problem 401
}

@test "projects of another organization are not shown" {
	new_team
	new_stranger
	join_organization "$MEMBER_EMAIL" user "$STRANGER_ORG"
	join_project "$MEMBER_EMAIL" user "$STRANGER_PROJECT" "$STRANGER_ORG"
	set_active_project "$MEMBER_EMAIL" "$STRANGER_PROJECT"
	member GET "$OWNER_KEY" "$MEMBER"
	expect_json '.projects == []'
	[[ $body != *"$STRANGER_PROJECT"* ]]
}

@test "a user reads their own membership, by id or as me, and no other" {
	new_team
	for id in "$MEMBER" me; do
		member GET "$MEMBER_KEY" "$id"
		expect_status 200
		expect_json ".user.metadata.id == \"$MEMBER\" and
		    .role == \"user\" and .projects == []"
	done
	own=$body
	member GET "$OWNER_KEY" "$MEMBER"
	[ "$body" = "$own" ]
	member GET "$OWNER_KEY" me
	expect_json ".user.metadata.id == \"$OWNER\" and .role == \"admin\""
	# an id that is no member gets the same answer
	for id in "$OWNER" $UNKNOWN nobody; do
		member GET "$MEMBER_KEY" "$id"
		expect_type 403 forbidden
	done
}

@test "an id that is no member is 404 to an admin" {
	new_team
	new_stranger
	stranger=$(sql "SELECT user_id FROM organization_bindings
	    WHERE organization_id = '$STRANGER_ORG'")
	for id in "$stranger" $UNKNOWN nobody "$PROJECT" "${MEMBER,,}"; do
		member GET "$OWNER_KEY" "$id"
		expect_type 404 no-resource
		give "$OWNER_KEY" "$id" admin
		expect_type 404 no-resource
		member DELETE "$OWNER_KEY" "$id"
		expect_type 404 no-resource
	done
	[ "$(sql "SELECT COUNT(*) FROM organization_bindings
	    WHERE user_id = '$stranger'")" = 1 ]
}

@test "without an organization in the context, or in a foreign one, it is 403" {
	new_tenant
	new_second_organization
	new_stranger
	set_active_project "$OWNER_EMAIL"
	new_user "$(unique alone)@example.org"
	member GET "$USER_KEY" me
	expect_problem 403
	member GET "$OWNER_KEY" me
	expect_problem 403
	give "$OWNER_KEY" "$(user_id "$OWNER_EMAIL")" user
	expect_problem 403
	member DELETE "$OWNER_KEY" "$(user_id "$OWNER_EMAIL")"
	expect_problem 403
	for form in "X-Organization-ID: $STRANGER_ORG" \
	    "X-Bindplane-Account-ID: $STRANGER_PROJECT"; do
		member GET "$OWNER_KEY" me --header "$form"
		expect_problem 403
	done
	member GET "$OWNER_KEY" me --header "X-Organization-ID: $SECOND_ORG"
	expect_status 200
	expect_json ".projects[0].id == \"$SECOND_PROJECT\""
}

@test "the ETag of a member changes with the role" {
	new_team
	member GET "$OWNER_KEY" "$MEMBER"
	etag=$(header ETag)
	for key in "$OWNER_KEY" "$MEMBER_KEY"; do
		member GET "$key" "$MEMBER" --header "If-None-Match: $etag"
		expect_status 304
		[ ! -s "$body_file" ]
	done
	member GET "$OWNER_KEY" "$MEMBER" --header 'If-Match: "m9-a"'
	expect_problem 412
	give "$OWNER_KEY" "$MEMBER" admin
	answered=$(header ETag)
	member GET "$OWNER_KEY" "$MEMBER" --header "If-None-Match: $etag"
	expect_status 200
	expect_tag m2
	[ "${answered%%-*}" = '"m2' ]
}

# --- role ---------------------------------------------------------------------

@test "an admin changes a role, and it holds at once" {
	new_team
	give "$OWNER_KEY" "$MEMBER" admin
	expect_status 200
	expect_tag m2
	expect_json ".user | .metadata.id == \"$MEMBER\" and
	    .spec.role == \"admin\" and .spec.email == \"$MEMBER_EMAIL\""
	expect_audit 1 member.role User "$MEMBER"
	give "$MEMBER_KEY" "$OTHER" user
	expect_status 200
	expect_json '.user.spec.role == "user"'
	expect_audit 1 member.role User "$OTHER" "$MEMBER_EMAIL"
	give "$OTHER_KEY" "$MEMBER" user
	expect_problem 403
	KEY=$OTHER_KEY api GET /v1/organizations/users
	expect_problem 403
}

@test "giving a member the role they have changes nothing" {
	new_team
	member GET "$OWNER_KEY" "$MEMBER"
	etag=$(header ETag)
	before=$(audit_count)
	for tag in '*' "$etag"; do
		give "$OWNER_KEY" "$MEMBER" user --header "If-Match: $tag"
		expect_status 200
		expect_tag m1
		expect_json '.user.spec.role == "user"'
	done
	[ "$(audit_count)" = "$before" ]
	member GET "$OWNER_KEY" "$MEMBER"
	[ "$(header ETag)" = "$etag" ]
	# the last admin may be named an admin again
	member DELETE "$OWNER_KEY" "$OTHER"
	give "$OWNER_KEY" "$OWNER" admin
	expect_status 200
}

@test "only an admin changes and removes members" {
	new_team
	new_stranger
	join_project "$MEMBER_EMAIL" admin "$PROJECT" "$ORG"
	for caller in "$MEMBER_KEY:403" :401; do
		for id in "$OTHER" "$MEMBER" $UNKNOWN; do
			give "${caller%:*}" "$id" user
			expect_problem "${caller#*:}"
			member DELETE "${caller%:*}" "$id"
			expect_problem "${caller#*:}"
		done
	done
	give "$STRANGER_KEY" "$MEMBER" admin
	expect_problem 404
	key=$(add_key --user "$OWNER_EMAIL" --role user)
	give "$key" "$MEMBER" admin
	expect_problem 403
	member DELETE "$key" "$MEMBER"
	expect_problem 403
	key=$(add_key --user "$OWNER_EMAIL" --project "$PROJECT")
	give "$key" "$MEMBER" admin
	expect_problem 403
	[ "$(role_of "$OTHER") $(role_of "$MEMBER")" = 'admin user' ]
}

@test "an unknown role is 400, and so is a query" {
	new_team
	expect_bodies 400 "$OWNER_KEY" PATCH \
	    "/v1/organizations/users/$MEMBER" <<-'END'
	{}
	{"role": null}
	{"role": ""}
	{"role": "viewer"}
	{"role": "owner"}
	{"role": "ADMIN"}
	{"role": 1}
	{"role": true}
	{"role": {"role": "admin"}}
	{"role": "admin", "role": "admin"}
	["admin"]
	{"role": "admin"} x
	END
	member PATCH "$OWNER_KEY" "$MEMBER" --data ''
	expect_problem 400
	give "$OWNER_KEY" "$MEMBER?x=1" admin
	expect_problem 400
	member DELETE "$OWNER_KEY" "$MEMBER?x=1"
	expect_problem 400
	[ "$(role_of "$MEMBER")" = user ]
}

@test "a change of the role takes If-Match" {
	new_team
	member GET "$OWNER_KEY" "$MEMBER"
	own=$(header ETag)
	give "$OWNER_KEY" "$MEMBER" admin --header "If-Match: $own"
	expect_status 200
	give "$OWNER_KEY" "$MEMBER" user --header "If-Match: $own"
	expect_type 412 precondition-failed
	org=$(organization_tag)
	give "$OWNER_KEY" "$MEMBER" user --header "If-Match: \"a\", $org"
	expect_status 200
	expect_tag m3
	own=$(header ETag)
	touch_organization
	for tag in "$org" "${own/m/p}" "${own/m/}" '"m4-a"'; do
		give "$OWNER_KEY" "$MEMBER" admin --header "If-Match: $tag"
		expect_problem 412
		member DELETE "$OWNER_KEY" "$MEMBER" --header "If-Match: $tag"
		expect_problem 412
	done
	# role, body and tag come in this order
	give "$MEMBER_KEY" "$OTHER" user --header 'If-Match: "a"'
	expect_problem 403
	give "$OWNER_KEY" "$MEMBER" x --header 'If-Match: "a"'
	expect_problem 400
	member DELETE "$OWNER_KEY" "$MEMBER" --header "If-Match: $own"
	expect_status 204
}

@test "where a change needs If-Match, one without it is 428" {
	new_team
	settings 'require_if_match = on'
	export KEY=$OWNER_KEY
	for form in "PATCH:{\"role\": \"admin\"}" DELETE:; do
		cgi_send "${form%%:*}" "/v1/organizations/users/$MEMBER" \
		    "${form#*:}"
		expect_type 428 precondition-required
		cgi_send "${form%%:*}" "/v1/organizations/users/$MEMBER" \
		    "${form#*:}" HTTP_IF_MATCH='*'
		[[ $status_code == 20[04] ]]
	done
}

@test "a change that is sent again is made once" {
	new_team
	for replayed in '' true; do
		give "$OWNER_KEY" "$MEMBER" admin --header 'Idempotency-Key: a'
		expect_status 200
		[ "$(header Idempotency-Replayed)" = "$replayed" ]
		expect_json ".user.metadata.id == \"$MEMBER\""
	done
	expect_audit 1 member.role User "$MEMBER"
	give "$OWNER_KEY" "$MEMBER" user --header 'Idempotency-Key: a'
	expect_problem 422
	# a replay has the role and the tag of now
	give "$OWNER_KEY" "$MEMBER" user
	give "$OWNER_KEY" "$MEMBER" admin --header 'Idempotency-Key: a'
	expect_json '.user.spec.role == "user"'
	[[ $(header ETag) == '"m3-'* ]]
	for replayed in '' true; do
		member DELETE "$OWNER_KEY" "$MEMBER" \
		    --header 'Idempotency-Key: b'
		expect_status 204
		[ "$(header Idempotency-Replayed)" = "$replayed" ]
	done
	expect_audit 1 member.remove User "$MEMBER"
}

# --- removal ------------------------------------------------------------------

@test "a removed member loses their projects, keys and active project" {
	new_team
	new_stranger
	join_project "$MEMBER_EMAIL" user "$PROJECT" "$ORG"
	join_organization "$MEMBER_EMAIL" user "$STRANGER_ORG"
	sql "UPDATE users SET active_project_id = '$PROJECT',
	    next_login_project_id = '$PROJECT' WHERE id = '$MEMBER'"
	bound=$(add_key --user "$MEMBER_EMAIL" --org "$ORG")
	narrow=$(add_key --user "$MEMBER_EMAIL" --project "$PROJECT")
	other=$(add_key --user "$MEMBER_EMAIL" --org "$STRANGER_ORG")
	KEY=$MEMBER_KEY api POST /v1/api-keys --data '{"description": "Mine"}'
	expect_status 201
	made=$(json .key)
	expect_key_status "$made" 200 GET "/v1/projects/$PROJECT"
	member DELETE "$OWNER_KEY" "$MEMBER"
	expect_status 204
	[ ! -s "$body_file" ]
	for key in "$bound" "$narrow" "$made"; do
		expect_key_status "$key" 401 GET /v1/organizations
	done
	for key in "$other" "$MEMBER_KEY"; do
		expect_key_status "$key" 200 GET /v1/organizations
		[ "$(ids_of organizations)" = "$STRANGER_ORG" ]
	done
	expect_key_status "$MEMBER_KEY" 404 GET "/v1/projects/$PROJECT"
	[ -z "$(role_of "$MEMBER")" ]
	[ "$(sql "SELECT (SELECT COUNT(*) FROM project_bindings
	        WHERE user_id = u.id), (SELECT COUNT(*) FROM api_keys
	        WHERE user_id = u.id AND organization_id = '$ORG'),
	    u.active_project_id IS NULL, u.next_login_project_id IS NULL
	    FROM users u WHERE u.id = '$MEMBER'")" = '0	0	1	1' ]
	expect_audit 1 member.remove User "$MEMBER"
}

@test "removing a removed member is 204, also after they came back" {
	new_team
	new_stranger
	for round in 1 2; do
		for _ in 1 2; do
			member DELETE "$OWNER_KEY" "$MEMBER"
			expect_status 204
		done
		expect_audit $round member.remove User "$MEMBER"
		member GET "$OWNER_KEY" "$MEMBER"
		expect_problem 404
		give "$OWNER_KEY" "$MEMBER" user
		expect_problem 404
		[ $round = 2 ] || join_organization "$MEMBER_EMAIL" user "$ORG"
	done
	# another organization's trail does not count
	member DELETE "$STRANGER_KEY" "$MEMBER"
	expect_problem 404
}

@test "an admin who demotes or removes themselves is no admin at once" {
	new_team
	give "$OTHER_KEY" "$OTHER" user
	expect_status 200
	expect_json '.user.spec.role == "user"'
	member GET "$OTHER_KEY" "$OWNER"
	expect_problem 403
	give "$OWNER_KEY" "$OTHER" admin
	expect_tag m3
	member DELETE "$OTHER_KEY" "$OTHER"
	expect_status 204
	member GET "$OTHER_KEY" me
	expect_problem 403
	expect_audit 1 member.remove User "$OTHER" "$OTHER_EMAIL"
}

# --- the last admin -----------------------------------------------------------

@test "the last usable admin is neither demoted nor removed" {
	new_team
	# each statement leaves the other admin without a way in
	for state in "UPDATE users SET disabled_at = UTC_TIMESTAMP(3)
	        WHERE id = '$OTHER'" \
	    "UPDATE users SET disabled_at = NULL WHERE id = '$OTHER';
	    UPDATE api_keys SET expires_at = UTC_TIMESTAMP(3)
	        + INTERVAL 1 DAY WHERE user_id = '$OTHER'" \
	    "UPDATE api_keys SET expires_at = NULL, role = 'user'
	        WHERE user_id = '$OTHER'" \
	    "UPDATE organization_bindings SET role = 'user'
	        WHERE user_id = '$OTHER'"; do
		sql "$state"
		give "$OWNER_KEY" "$OWNER" user
		expect_type 409 last-admin
		member DELETE "$OWNER_KEY" "$OWNER"
		expect_type 409 last-admin
		[ "$(role_of "$OWNER")" = admin ]
	done
	expect_audit 0 member.role User "$OWNER"
	expect_audit 0 member.remove User "$OWNER"
	# a password is a way in
	sql "UPDATE organization_bindings SET role = 'admin'
	    WHERE user_id = '$OTHER'"
	set_password "$OTHER_EMAIL" "$(unique secret)" 2> /dev/null
	give "$OWNER_KEY" "$OWNER" user
	expect_status 200
}

@test "an admin without a way in may be demoted and removed" {
	new_team
	sql "UPDATE users SET disabled_at = UTC_TIMESTAMP(3)
	    WHERE id = '$OTHER'"
	give "$OWNER_KEY" "$OTHER" user
	expect_status 200
	give "$OWNER_KEY" "$OTHER" admin
	member DELETE "$OWNER_KEY" "$OTHER"
	expect_status 204
}

@test "of two admins who demote each other at once one stays" {
	new_team
	for _ in 1 2 3 4 5; do
		at_once "$OWNER_KEY" PATCH "/v1/organizations/users/$OTHER" \
		    '{"role": "user"}' "$OTHER_KEY" PATCH \
		    "/v1/organizations/users/$OWNER" '{"role": "user"}'
		echo "$codes"
		# the second is no admin any longer when its turn comes
		[[ $codes =~ ^200\ 40[39]$|^40[39]\ 200$ ]]
		[ "$(admins)" = 1 ]
		restore_admins
	done
}

@test "of two admins who give up their own role at once one stays" {
	new_team
	for form in PATCH:PATCH PATCH:DELETE DELETE:DELETE DELETE:PATCH; do
		give_up "${form%:*}" "$OWNER_KEY" "$OWNER"
		first=("${request[@]}")
		give_up "${form#*:}" "$OTHER_KEY" "$OTHER"
		at_once "${first[@]}" "${request[@]}"
		echo "$form: $codes"
		[[ $codes =~ ^20[04]\ 409$|^409\ 20[04]$ ]]
		[ "$(admins)" = 1 ]
		restore_admins
	done
}

# The role was right when the request began.
@test "a change that waited is refused if the caller lost the role meanwhile" {
	new_team
	settings 'deadline = 60'
	while read -r method text; do
		for statement in "UPDATE organization_bindings SET role = 'user'" \
		    "DELETE FROM organization_bindings"; do
			meanwhile "$statement WHERE user_id = '$OTHER'" \
			    "$OTHER_KEY" "$method" \
			    "/v1/organizations/users/$MEMBER" "$text"
			expect_problem 403
			[ "$(role_of "$MEMBER")" = user ]
			restore_admins
		done
	done <<-'END'
	PATCH {"role": "admin"}
	DELETE
	END
}

@test "8 clients that remove one member remove it once" {
	new_team
	KEY=$OWNER_KEY api_many 8 DELETE "/v1/organizations/users/$MEMBER"
	[ "$(count_codes 204)" = 8 ]
	expect_audit 1 member.remove User "$MEMBER"
}

@test "8 clients that give one role at once change it once" {
	new_team
	KEY=$OWNER_KEY api_many 8 PATCH "/v1/organizations/users/$MEMBER" \
	    --data '{"role": "admin"}'
	[ "$(count_codes 200)" = 8 ]
	expect_audit 1 member.role User "$MEMBER"
	member GET "$OWNER_KEY" "$MEMBER"
	expect_tag m2
	etag=$(header ETag)
	KEY=$OWNER_KEY api_many 8 PATCH "/v1/organizations/users/$MEMBER" \
	    --header "If-Match: $etag" --data '{"role": "user"}'
	[ "$(count_codes 200) $(count_codes 412)" = '1 7' ]
}

@test "what a key writes while its user is removed comes before or not at all" {
	new_team
	for n in 1 2 3 4 5; do
		before=$(audit_count)
		at_once "$OWNER_KEY" DELETE "/v1/organizations/users/$OTHER" '' \
		    "$OTHER_KEY" PATCH "/v1/organizations/$ORG" \
		    "{\"labels\": {\"n\": \"$n\"}}"
		echo "$codes"
		case $codes in
		'204 200') [ "$(audit_count)" = $((before + 2)) ] ;;
		'204 40'[34]) [ "$(audit_count)" = $((before + 1)) ] ;;
		*) false ;;
		esac
		KEY=$OTHER_KEY api GET "/v1/organizations/$ORG"
		expect_problem 404
		restore_admins
	done
}

@test "a key made while its user is removed does not stay" {
	new_team
	for _ in 1 2 3 4 5; do
		at_once "$OWNER_KEY" DELETE "/v1/organizations/users/$MEMBER" '' \
		    "$MEMBER_KEY" POST /v1/api-keys '{"description": "Late"}'
		echo "$codes"
		[[ $codes =~ ^204\ (201|403|404)$ ]]
		[ "$(sql "SELECT COUNT(*) FROM api_keys
		    WHERE organization_id = '$ORG'
		    AND user_id = '$MEMBER'")" = 0 ]
		join_organization "$MEMBER_EMAIL" user "$ORG"
	done
}
