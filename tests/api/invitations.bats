#!/usr/bin/env bats
# Invitations: /v1/invitations, and who is invited.
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

UNKNOWN=01ARZ3NDEKTSV4RRFFQ69G5FAV
DEAD=${UNKNOWN}_0123456789abcdefghjkmnpqrstvwxyz

setup() {
	load helper
	load tenancy
	load writes
	load invitations
}

# --- inviting -----------------------------------------------------------------

@test "an admin invites a person by a link, which is shown once" {
	new_house
	address=$(unique Guest)@example.org
	invite "$OWNER_KEY" "$address" user ", \"projects\":
	    [{\"id\": \"$SECOND\", \"role\": \"viewer\"},
	    {\"id\": \"$PROJECT\", \"role\": \"admin\"}]"
	expect_status 201
	expect_invited
	[ "$(header Location)" = "$link_base/v1/invitations/$INVITED" ]
	[ -z "$(header ETag)" ]
	[[ $LINK =~ ^"$link_base"/#/accept/[0-9A-HJKMNP-TV-Z]{26}_[0-9a-z]{32}$ ]]
	expect_json ".invitation | .kind == \"Invitation\" and
	    .metadata.name == \"${INVITED,,}\" and
	    .metadata.displayName == \"$address\" and .metadata.version == 1 and
	    (.metadata.hash | test(\"^[0-9a-f]{64}$\")) and
	    .spec == {email: \"$address\", role: \"user\", delivery: \"link\",
	        projects: [{id: \"$SECOND\", role: \"viewer\"},
	            {id: \"$PROJECT\", role: \"admin\"}]} and
	    (.status | del(.expiresAt)) == {state: \"pending\",
	        mailState: \"none\", invitedBy: {id: \"$OWNER\",
	        displayName: \"${OWNER_EMAIL%%@*}\"}}"
	made=$(json .invitation)
	expect_audit 1 invitation.create Invitation "$INVITED"
	invitation GET "$OWNER_KEY" "/$INVITED"
	expect_status 200
	expect_tag i1
	expect_json "(.invitation == $made) and (keys == [\"invitation\"])"
	invitation GET "$OWNER_KEY" "?state=pending"
	expect_json "(.invitations == [$made])"
	# by the clock of the database, a day
	[ "$(sql "SELECT TIMESTAMPDIFF(SECOND, sent_at, expires_at), life
	    FROM invitations WHERE id = '$INVITED'")" = '86400	86400' ]
}

@test "without mail an invitation by mail says so, and has no link" {
	new_house
	invite "$OWNER_KEY" "$(unique guest)@example.org" user \
	    ', "delivery": "mail", "expiresIn": 3600'
	expect_status 201
	expect_json '(keys == ["invitation"]) and .invitation.spec.delivery ==
	    "mail" and .invitation.status.mailState == "none" and
	    (.invitation.status.failedReason | test("no mail"))'
	INVITED=$(json .invitation.metadata.id)
	backdate
	invitation POST "$OWNER_KEY" "/$INVITED/resend" \
	    --data '{"delivery": "link"}'
	expect_status 200
	expect_invited
	expect_json '.invitation.spec.delivery == "link" and
	    (.invitation.status | has("failedReason") | not)'
	expect_lookup 200
}

@test "what is no invitation is 400" {
	new_house
	expect_bodies 400 "$OWNER_KEY" POST /v1/invitations <<-END
	{}
	{"email": "a@example.org"}
	{"role": "user"}
	{"email": "", "role": "user"}
	{"email": null, "role": "user"}
	{"email": "nobody", "role": "user"}
	{"email": "a@b@example.org", "role": "user"}
	{"email": "a b@example.org", "role": "user"}
	{"email": "a@exämple.org", "role": "user"}
	{"email": "a@example.org", "role": "viewer"}
	{"email": "a@example.org", "role": ""}
	{"email": "a@example.org", "role": null}
	{"email": "a@example.org", "role": "user", "delivery": ""}
	{"email": "a@example.org", "role": "user", "delivery": "post"}
	{"email": "a@example.org", "role": "user", "expiresIn": 3599}
	{"email": "a@example.org", "role": "user", "expiresIn": 2592001}
	{"email": "a@example.org", "role": "user", "expiresIn": null}
	{"email": "a@example.org", "role": "user", "expiresIn": "3600"}
	{"email": "a@example.org", "role": "user", "projects": null}
	{"email": "a@example.org", "role": "user", "projects": ""}
	{"email": "a@example.org", "role": "user", "projects": {}}
	{"email": "a@example.org", "role": "user", "projects": ["$PROJECT"]}
	{"email": "a@example.org", "role": "user", "projects": [{"id": "$PROJECT"}]}
	{"email": "a@example.org", "role": "user", "projects": [{"id": "x", "role": "user"}]}
	{"email": "a@example.org", "role": "user", "projects": [{"id": "$PROJECT", "role": "owner"}]}
	{"email": "a@example.org", "role": "user", "projects": [{"id": "$PROJECT", "role": "user"}, {"id": "$PROJECT", "role": "admin"}]}
	{"email": "a@example.org", "role": "user", "projects": [$(printf '{"id": "01ARZ3NDEKTSV4RRFFQ69G5F%02d", "role": "user"},' {10..26} | sed 's/,$//')]}
	END
	[ "$(invitation_count)" = 0 ]
	# a project that is not there, or of another organization
	new_stranger
	for id in $UNKNOWN "$STRANGER_PROJECT"; do
		invite "$OWNER_KEY" a@example.org user \
		    ", \"projects\": [{\"id\": \"$id\", \"role\": \"user\"}]"
		expect_type 404 no-resource
	done
	[ "$(invitation_count)" = 0 ]
}

@test "only admins invite, and a member is told before the body is read" {
	new_house
	new_member
	new_stranger
	for key in "$MEMBER_KEY:403" :401; do
		for body in '{"email": "a@example.org", "role": "user"}' '{}'; do
			KEY=${key%:*} api POST /v1/invitations --data "$body"
			expect_problem "${key#*:}"
			KEY=${key%:*} api POST "/v1/invitations?x=1" \
			    --data "$body"
			expect_problem "${key#*:}"
		done
		invitation GET "${key%:*}" ''
		expect_problem "${key#*:}"
	done
	key=$(add_key --user "$OWNER_EMAIL" --role user)
	invite "$key" a@example.org user
	expect_problem 403
	invite "$OWNER_KEY" "$(unique guest)@example.org" user
	expect_invited
	for key in "$MEMBER_KEY" "$STRANGER_KEY"; do
		invitation GET "$key" "/$INVITED"
		expect_type 404 no-resource
		invitation POST "$key" "/$INVITED/resend"
		expect_type 404 no-resource
		invitation DELETE "$key" "/$INVITED"
		expect_type 404 no-resource
	done
	for id in $UNKNOWN nobody "${INVITED,,}"; do
		invitation GET "$OWNER_KEY" "/$id"
		expect_type 404 no-resource
		invitation DELETE "$OWNER_KEY" "/$id"
		expect_type 404 no-resource
	done
	[ "$(state_of "$INVITED")" = pending ]
}

@test "a key that is bound to one organization reaches no invitation of another" {
	new_house
	invite "$OWNER_KEY" "$(unique guest)@example.org" user
	expect_invited
	backdate
	new_second_organization
	key=$(add_key --user "$OWNER_EMAIL" --org "$SECOND_ORG")
	invitation GET "$key" "/$INVITED"
	expect_type 404 no-resource
	invitation POST "$key" "/$INVITED/resend"
	expect_type 404 no-resource
	invitation DELETE "$key" "/$INVITED"
	expect_type 404 no-resource
	invitation GET "$key" ''
	expect_json '.invitations == []'
	expect_lookup 200
}

@test "an admin of a project invites into it as user, and sees no other" {
	new_house
	new_member
	join_project "$MEMBER_EMAIL" admin "$PROJECT" "$ORG"
	mine="[{\"id\": \"$PROJECT\", \"role\": \"admin\"}]"
	both="[{\"id\": \"$PROJECT\", \"role\": \"user\"},
	    {\"id\": \"$SECOND\", \"role\": \"user\"}]"
	invite "$MEMBER_KEY" "$(unique guest)@example.org" user \
	    ", \"projects\": $mine"
	expect_invited
	first=$INVITED
	invite "$MEMBER_KEY" a@example.org user
	expect_type 403 forbidden
	invite "$MEMBER_KEY" a@example.org admin ", \"projects\": $mine"
	expect_type 403 forbidden
	invite "$MEMBER_KEY" a@example.org user ", \"projects\": $both"
	expect_type 404 no-resource
	KEY=$MEMBER_KEY api POST /v1/organizations/users \
	    --data "{\"email\": \"a@example.org\", \"role\": \"user\",
	    \"projects\": $mine}"
	expect_problem 403
	# two of the organization: one names the project beside another one
	invite "$OWNER_KEY" "$(unique guest)@example.org" user
	hidden=$(json .invitation.metadata.id)
	invite "$OWNER_KEY" "$(unique guest)@example.org" user \
	    ", \"projects\": $both"
	mixed=$(json .invitation.metadata.id)
	invitation GET "$MEMBER_KEY" ''
	[ "$(ids_of invitations)" = "$first $mixed" ]
	[[ $body != *"$SECOND"* ]]
	invitation GET "$MEMBER_KEY" "/$hidden"
	expect_problem 404
	invitation GET "$MEMBER_KEY" "/$mixed"
	expect_json "[.invitation.spec.projects[].id] == [\"$PROJECT\"]"
	backdate
	for method in POST:/resend DELETE:; do
		invitation "${method%:*}" "$MEMBER_KEY" "/$mixed${method#*:}"
		expect_type 403 forbidden
		invitation "${method%:*}" "$MEMBER_KEY" "/$first${method#*:}"
		[[ $status_code == 20[04] ]]
	done
	[ "$(state_of "$mixed") $(state_of "$first")" = 'pending revoked' ]
	# a key of the project does the same for an admin of the organization
	key=$(add_key --user "$OWNER_EMAIL" --project "$PROJECT")
	invitation GET "$key" ''
	[ "$(ids_of invitations)" = "$first $mixed" ]
	invite "$key" a@example.org user ", \"projects\": $both"
	expect_problem 404
	# also where the admin has no role in the project itself
	sql "DELETE FROM project_bindings WHERE project_id = '$PROJECT'
	    AND user_id = '$OWNER'"
	invite "$key" "$(unique guest)@example.org" user \
	    ", \"projects\": [{\"id\": \"$PROJECT\", \"role\": \"user\"}]"
	expect_status 201
	expect_invited
	invitation DELETE "$key" "/$INVITED"
	expect_status 204
}

@test "POST of a user of the organization invites: 202, for every address" {
	new_house
	new_user "$(unique known)@example.org"
	for address in "$USER_EMAIL" "$(unique unknown)@example.org"; do
		KEY=$OWNER_KEY api POST /v1/organizations/users \
		    --data "{\"email\": \"$address\", \"role\": \"user\"}"
		expect_status 202
		[[ $(header Location) == "$link_base"/v1/invitations/* ]]
		expect_json "(keys == [\"invitation\", \"link\"]) and
		    .invitation.spec.email == \"$address\" and
		    .invitation.status.state == \"pending\""
		shapes+=$(json '[paths] | sort | tostring')
	done
	[ "$(sql "SELECT COUNT(*) FROM organization_bindings
	    WHERE organization_id = '$ORG'")" = 1 ]
}

@test "a system administrator adds a user whose address is proved at once" {
	new_house
	new_user "$(unique known)@example.org"
	invite "$OWNER_KEY" "$USER_EMAIL" user
	expect_invited
	user=$(user_id "$USER_EMAIL")
	# the seat of the invitation is that of the member
	sql "UPDATE licences SET limit_users = 2 WHERE organization_id = '$ORG'"
	add() { # ADDRESS ROLE [MEMBERS]
		api POST /v1/organizations/users \
		    --header "X-Organization-ID: $ORG" --data \
		    "{\"email\": \"$1\", \"role\": \"$2\"${3-}}"
	}
	add "$USER_EMAIL" user \
	    ", \"projects\": [{\"id\": \"$UNKNOWN\", \"role\": \"user\"}]"
	expect_type 404 no-resource
	add "${USER_EMAIL^^}" admin \
	    ", \"projects\": [{\"id\": \"$PROJECT\", \"role\": \"viewer\"}]"
	expect_status 201
	[ "$(header Location)" = "$link_base/v1/organizations/users/$user" ]
	expect_json "(keys == [\"user\"]) and .user.metadata.id == \"$user\" and
	    .user.spec.role == \"admin\" and
	    .user.spec.email == \"$USER_EMAIL\""
	[ "$(state_of "$INVITED")" = accepted ]
	[ "$(sql "SELECT b.role, p.role FROM organization_bindings b
	    JOIN project_bindings p ON p.user_id = b.user_id
	    WHERE b.user_id = '$user'")" = 'admin	viewer' ]
	expect_audit 1 member.add User "$user" "$TENANTRY_LOGIN"
	add "$USER_EMAIL" user
	expect_type 409 already-a-member
	expect_json ".userId == \"$user\""
	new_user "$(unique other)@example.org"
	add "$USER_EMAIL" user
	expect_type 409 seat-limit
	# whose address nobody has proved, who has none, and who is disabled
	sql "UPDATE licences SET limit_users = 0 WHERE organization_id = '$ORG';
	    UPDATE users SET is_email_unproved = 1 WHERE email = '$USER_EMAIL'"
	add "$USER_EMAIL" user
	expect_status 202
	add "$(unique nobody)@example.org" user
	expect_status 202
	new_user "$(unique disabled)@example.org"
	sql "UPDATE users SET disabled_at = UTC_TIMESTAMP(3)
	    WHERE email = '$USER_EMAIL'"
	add "$USER_EMAIL" user
	expect_status 202
}

@test "who is a member or invited already is refused, in any spelling" {
	new_house
	new_member
	invite "$OWNER_KEY" "${MEMBER_EMAIL^^}" user
	expect_type 409 already-a-member
	expect_json ".userId == \"$(user_id "$MEMBER_EMAIL")\""
	address=$(unique guest)
	invite "$OWNER_KEY" "$address@example.org" user
	expect_invited
	invite "$OWNER_KEY" "${address^^}@Example.ORG" admin
	expect_type 409 already-invited
	expect_json ".id == \"$INVITED\""
	# an entity tag that is not of now is told before
	invite "$OWNER_KEY" "${address^^}@Example.ORG" admin '' \
	    --header 'If-Match: "999"'
	expect_type 412 precondition-failed
	[ "$(invitation_count)" = 1 ]
	# an expired one gives way, and stays
	expire "$INVITED"
	first=$INVITED
	invite "$OWNER_KEY" "${address^^}@Example.ORG" admin
	expect_status 201
	expect_invited
	[ "$(invitation_count)" = 2 ]
	invitation GET "$OWNER_KEY" '?state=expired'
	[ "$(ids_of invitations)" = "$first" ]
	invitation GET "$OWNER_KEY" '?state=pending'
	[ "$(ids_of invitations)" = "$INVITED" ]
	# the expired one does not come back beside the new one
	backdate
	invitation POST "$OWNER_KEY" "/$first/resend"
	expect_type 409 already-invited
	expect_json ".id == \"$INVITED\""
}

@test "members and pending invitations fill the licence" {
	new_house
	install_licence "$(issue --type growth --users 3)"
	expect_status 204
	for _ in 1 2; do
		invite "$OWNER_KEY" "$(unique guest)@example.org" user
		expect_status 201
	done
	expect_invited
	invite "$OWNER_KEY" "$(unique guest)@example.org" user
	expect_type 409 seat-limit 'allows 3 users'
	new_user "$(unique plain)@example.org"
	run ctl member add --user "$USER_EMAIL" --org "$ORG" --role user
	[ "$status" = 1 ]
	install_licence "$(issue --type growth --users 2)"
	expect_type 409 limit-reached
	expect_json '.limits == [{name: "users", allowed: 2, current: 3}]'
	# an expired one has no seat, and needs one to be sent again
	expire "$INVITED"
	backdate
	last=$INVITED
	invite "$OWNER_KEY" "$(unique guest)@example.org" user
	expect_status 201
	invitation POST "$OWNER_KEY" "/$last/resend"
	expect_type 409 seat-limit
	sql "UPDATE licences SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 60 DAY
	    WHERE organization_id = '$ORG'"
	invite "$OWNER_KEY" "$(unique guest)@example.org" user
	expect_type 403 license-expired
	invitation POST "$OWNER_KEY" "/$last/resend"
	expect_type 403 license-expired
}

@test "an organization has at most 1,000 pending invitations" {
	new_house
	fill_invitations 1000
	invite "$OWNER_KEY" "$(unique guest)@example.org" user
	expect_type 409 invitation-limit
	sql "UPDATE invitations SET expires_at = UTC_TIMESTAMP(3)
	    WHERE organization_id = '$ORG' LIMIT 1"
	invite "$OWNER_KEY" "$(unique guest)@example.org" user
	expect_status 201
}

@test "the list has pages, states and other forms" {
	new_house
	fill_invitations 5
	KEY=$OWNER_KEY
	[ "$(pages invitations '/v1/invitations?limit=2')" = "$(sql "
	    SELECT GROUP_CONCAT(id ORDER BY id SEPARATOR ' ') FROM invitations
	    WHERE organization_id = '$ORG'")" ]
	api GET /v1/invitations?state=accepted
	expect_json '.invitations == []'
	invite "$OWNER_KEY" "Grace.$ORG@example.org" user
	api GET "/v1/invitations?q=GRACE.${ORG:0:20}"
	expect_json '.invitations | map(.spec.email) ==
	    ["Grace.'"$ORG"'@example.org"]'
	api GET "/v1/invitations?q=race.$ORG"
	expect_json '.invitations == []'
	for query in state=x limit=0 name=a; do
		api GET "/v1/invitations?$query"
		expect_problem 400
	done
	api GET /v1/invitations --header 'Accept: text/csv'
	expect_status 200
	[[ $body == '"metadata.id","metadata.name",'*'"spec.projects"'* ]]
	[ "$(wc -l < "$body_file")" = 7 ]
	api GET /v1/invitations --header 'Accept: application/x-ndjson'
	[ "$(jq -rs 'map(.status.state) | unique | join(" ")' "$body_file")" = \
	    pending ]
}

@test "an invitation that is made again with its key has the same link" {
	new_house
	address=$(unique guest)@example.org
	for replayed in '' true; do
		invite "$OWNER_KEY" "$address" user '' \
		    --header 'Idempotency-Key: a'
		expect_status 201
		[ "$(header Idempotency-Replayed)" = "$replayed" ]
		expect_invited
		links+=("$LINK")
	done
	[ "${links[0]}" = "${links[1]}" ]

	[ "$(invitation_count)" = 1 ]
}

# --- sending again, revoking --------------------------------------------------

@test "sending again makes a new token, and the old one is dead at once" {
	new_house
	invite "$OWNER_KEY" "$(unique guest)@example.org" user
	expect_invited
	old=$TOKEN
	invitation POST "$OWNER_KEY" "/$INVITED/resend"
	expect_type 429 throttled
	[[ $(header Retry-After) =~ ^([1-5]?[0-9]|60)$ ]]
	expect_lookup 200
	backdate
	invitation POST "$OWNER_KEY" "/$INVITED/resend"
	expect_status 200
	expect_invited
	[ "$TOKEN" != "$old" ]
	expect_json '.invitation.metadata.version == 2'
	expect_lookup 200
	TOKEN=$old expect_lookup 404
	expect_audit 1 invitation.resend Invitation "$INVITED"
	# an expired one is pending again
	expire "$INVITED"
	backdate
	invitation POST "$OWNER_KEY" "/$INVITED/resend" --data '{}'
	expect_status 200
	expect_invited
	expect_json '.invitation.status.state == "pending"'
	expect_lookup 200
	expect_bodies 400 "$OWNER_KEY" POST "/v1/invitations/$INVITED/resend" \
	    <<-'END'
	{"delivery": null}
	{"delivery": ""}
	{"delivery": "fax"}
	END
}

@test "who sends an invitation again is then the one who invites" {
	new_house
	new_member
	sql "UPDATE organization_bindings SET role = 'admin'
	    WHERE user_id = '$(user_id "$MEMBER_EMAIL")'"
	invite "$MEMBER_KEY" "$(unique guest)@example.org" admin
	expect_invited
	sql "UPDATE organization_bindings SET role = 'user'
	    WHERE user_id = '$(user_id "$MEMBER_EMAIL")'"
	expect_lookup 404
	backdate
	invitation POST "$OWNER_KEY" "/$INVITED/resend"
	expect_invited
	expect_json ".invitation.status.invitedBy.id == \"$OWNER\""
	expect_lookup 200
}

@test "a revoked invitation is dead, and revoking again is 204" {
	new_house
	invite "$OWNER_KEY" "$(unique guest)@example.org" user
	expect_invited
	for _ in 1 2; do
		invitation DELETE "$OWNER_KEY" "/$INVITED"
		expect_status 204
	done
	expect_audit 1 invitation.revoke Invitation "$INVITED"
	invitation DELETE "$OWNER_KEY" "/$INVITED?dryRun=true"
	expect_json '.dryRun and .wouldRemove == {}'
	expect_lookup 404
	accept '' '"password": "secret-secret"'
	expect_type 404 token-dead
	backdate
	invitation POST "$OWNER_KEY" "/$INVITED/resend"
	expect_type 409 not-pending
	invitation GET "$OWNER_KEY" "/$INVITED"
	expect_json '.invitation.status.state == "revoked"'
	# the address is free again
	invite "$OWNER_KEY" "$(json .invitation.spec.email)" user
	expect_status 201
}

@test "a change of an invitation takes If-Match" {
	new_house
	invite "$OWNER_KEY" "$(unique guest)@example.org" user
	expect_invited
	backdate
	invitation GET "$OWNER_KEY" "/$INVITED"
	tag=$(header ETag)
	invitation GET "$OWNER_KEY" "/$INVITED" --header "If-None-Match: $tag"
	expect_status 304
	invitation POST "$OWNER_KEY" "/$INVITED/resend" --data '' \
	    --header "If-Match: $tag"
	expect_status 200
	invitation DELETE "$OWNER_KEY" "/$INVITED" --header "If-Match: $tag"
	expect_type 412 precondition-failed
	invitation DELETE "$OWNER_KEY" "/$INVITED" \
	    --header "If-Match: $(organization_tag)"
	expect_status 204
}

# --- looking at one -----------------------------------------------------------

@test "the trail has each project of an invitation, the text for people some" {
	local i list

	new_house
	for i in {1..14}; do
		KEY=$OWNER_KEY api POST /v1/projects \
		    --data "{\"displayName\": \"Project $i\"}"
	done
	list=$(sql "SELECT GROUP_CONCAT(CONCAT('{\"id\": \"', id,
	    '\", \"role\": \"user\"}') SEPARATOR ', ') FROM (SELECT id
	    FROM projects WHERE organization_id = '$ORG' LIMIT 16) p")
	invite "$OWNER_KEY" a@example.org user ", \"projects\": [$list]"
	expect_status 201
	[ "$(sql "SELECT CONCAT(JSON_LENGTH(change_json, '$.projects'), ' ',
	    detail REGEXP ', user of [0-9A-Z]{26} and 5 more$') FROM audit_events
	    WHERE organization_id = '$ORG'
	    AND action = 'invitation.create'")" = '16 1' ]
}

@test "the token shows whose invitation it is, without the address" {
	new_house
	name=$(unique ällegro)
	invite "$OWNER_KEY" "$name@example.org" user \
	    ", \"projects\": [{\"id\": \"$PROJECT\", \"role\": \"viewer\"}]"
	expect_invited
	expect_lookup 200
	expect_json ".organization == {displayName: \"$ORG_NAME\"} and
	    .email == \"ä•••@example.org\" and .role == \"user\" and
	    .projects == [{id: \"$PROJECT\", role: \"viewer\"}] and
	    .invitedBy == {displayName: \"${OWNER_EMAIL%%@*}\"} and
	    (.expiresAt | test(\"Z$\")) and (length == 6)"
	[[ $(header Cache-Control) == *no-store* ]]
	# an account of the address changes nothing
	shown=$body
	new_user "$name@example.org"
	expect_lookup 200
	[ "$body" = "$shown" ]
	for TOKEN in $DEAD "$TOKEN " "${TOKEN^^}" x; do
		expect_lookup 404
	done
	expect_bodies 400 '' POST /v1/invitations/lookup <<-'END'
	{}
	{"token": ""}
	{"token": null}
	{"token": 1}
	END
}

@test "an expired token is dead, and so is one whose inviter may not any more" {
	new_house
	new_member
	member=$(user_id "$MEMBER_EMAIL")
	join_project "$MEMBER_EMAIL" admin "$PROJECT" "$ORG"
	invite "$MEMBER_KEY" "$(unique guest)@example.org" user \
	    ", \"projects\": [{\"id\": \"$PROJECT\", \"role\": \"user\"}]"
	expect_invited
	expect_lookup 200
	# each takes the right away, and gives it back
	for change in "project_bindings SET role = :'user':'admin'" \
	    "users SET disabled_at = :UTC_TIMESTAMP(3):NULL" \
	    "invitations SET role = :'admin':'user'" \
	    "invitations SET expires_at = :UTC_TIMESTAMP(3):
	        UTC_TIMESTAMP(3) + INTERVAL 1 DAY"; do
		IFS=: read -r -d '' set taken given <<< "$change" || true
		where="'$member' IN (user_id)"
		case $set in
		users*) where="id = '$member'" ;;
		invitations*) where="id = '$INVITED'" ;;
		esac
		sql "UPDATE $set $taken WHERE $where"
		expect_lookup 404
		accept '' '"password": "secret-secret"'
		expect_type 404 token-dead
		sql "UPDATE $set $given WHERE $where"
		expect_lookup 200
	done
}

# --- accepting ----------------------------------------------------------------

@test "a person without an account makes one by accepting" {
	new_house
	name=$(unique Guest)
	invite "$OWNER_KEY" "$name@example.org" user \
	    ", \"projects\": [{\"id\": \"$PROJECT\", \"role\": \"viewer\"}]"
	expect_invited
	expect_bodies 400 '' POST /v1/invitations/accept <<-END
	{"token": "$TOKEN"}
	{"token": "$TOKEN", "password": ""}
	{"token": "$TOKEN", "password": "short"}
	{"token": "$TOKEN", "password": "$(printf 'x%.0s' {1..257})"}
	{"token": "$TOKEN", "password": "secret-secret", "displayName": "\u202e"}
	{"password": "secret-secret"}
	END
	accept '' '"password": "secret-secret"'
	expect_status 201
	guest=$(user_id "$name@example.org")
	[ "$(header Location)" = "$link_base/v1/organizations/users/$guest" ]
	expect_json "(keys == [\"account\", \"organization\"]) and
	    .organization.metadata.id == \"$ORG\" and
	    .account.metadata.id == \"$PROJECT\" and
	    (.account.spec | has(\"secretKey\") | not)"
	with_password "$name@example.org" secret-secret
	expect_status 200
	[ "$(ids_of organizations)" = "$ORG" ]
	[ "$(sql "SELECT u.name = LOWER(u.id), u.display_name,
	    u.is_email_unproved, u.active_project_id, b.role, p.role
	    FROM users u JOIN organization_bindings b ON b.user_id = u.id
	    JOIN project_bindings p ON p.user_id = u.id
	    WHERE u.id = '$guest'")" = \
	    "1	$name	1	$PROJECT	user	viewer" ]
	expect_audit 1 invitation.accept Invitation "$INVITED" \
	    "$name@example.org"
	[ "$(sql "SELECT COUNT(*) FROM audit_events
	    WHERE action = 'user.create' AND resource_id = '$guest'")" = 1 ]
	invitation GET "$OWNER_KEY" "/$INVITED"
	expect_json ".invitation.status | .state == \"accepted\" and
	    .acceptedBy == \"$guest\""
	invitation DELETE "$OWNER_KEY" "/$INVITED"
	expect_type 409 not-pending
	invitation POST "$OWNER_KEY" "/$INVITED/resend"
	expect_type 409 not-pending
	# used, but by that person
	accept '' '"password": "secret-secret"'
	expect_type 404 token-dead
	accept "$name@example.org:secret-secret"
	expect_status 200
	expect_json ".organization.metadata.id == \"$ORG\""
	member=$(sql "DELETE FROM organization_bindings
	    WHERE user_id = '$guest'")
	accept "$name@example.org:secret-secret"
	expect_type 404 token-dead
}

@test "who has an account signs in to accept" {
	new_house
	new_login
	invite "$OWNER_KEY" "${USER_EMAIL^^}" admin
	expect_invited
	accept '' '"password": "secret-secret"'
	expect_type 409 sign-in
	accept "$USER_EMAIL:wrong-wrong"
	expect_unauthenticated
	KEY=$USER_KEY api POST /v1/invitations/accept \
	    --data "{\"token\": \"$TOKEN\"}"
	expect_type 403 not-for-keys
	KEY=tny_unknown api POST /v1/invitations/accept \
	    --data "{\"token\": \"$TOKEN\"}"
	expect_problem 401
	other=$USER_EMAIL:$USER_PASSWORD
	new_login
	accept "$USER_EMAIL:$USER_PASSWORD"
	expect_type 403 other-address
	[ "$(state_of "$INVITED")" = pending ]
	for _ in 1 2; do
		accept "$other"
		expect_status 200
		expect_json "(keys == [\"organization\"]) and
		    .organization.metadata.id == \"$ORG\""
	done
	[ "$(sql "SELECT role FROM organization_bindings
	    WHERE user_id = '$(user_id "${other%%:*}")'")" = admin ]
	expect_audit 1 invitation.accept Invitation "$INVITED" "${other%%:*}"
	accept "$USER_EMAIL:$USER_PASSWORD"
	expect_type 404 token-dead
}

@test "accepting never lowers a role" {
	new_house
	new_login
	join_organization "$USER_EMAIL" admin "$ORG"
	join_project "$USER_EMAIL" admin "$PROJECT" "$ORG"
	guest=$(user_id "$USER_EMAIL")
	sql "UPDATE organization_bindings SET role = 'user'
	    WHERE user_id = '$guest'"
	# invited before they were a member, behind the service
	sql "DELETE FROM organization_bindings WHERE user_id = '$guest'"
	invite "$OWNER_KEY" "$USER_EMAIL" user ", \"projects\":
	    [{\"id\": \"$PROJECT\", \"role\": \"viewer\"},
	    {\"id\": \"$SECOND\", \"role\": \"user\"}]"
	expect_invited
	join_organization "$USER_EMAIL" admin "$ORG"
	join_project "$USER_EMAIL" admin "$PROJECT" "$ORG"
	accept "$USER_EMAIL:$USER_PASSWORD"
	expect_status 200
	[ "$(sql "SELECT MAX(b.role), MAX(b.version), GROUP_CONCAT(p.role,
	    IF(p.version > 9, 'new', p.version) ORDER BY p.role) FROM organization_bindings b
	    JOIN project_bindings p ON p.user_id = b.user_id
	    WHERE b.user_id = '$guest'")" = 'admin	1	admin1,usernew' ]
	# a higher one is given
	sql "UPDATE organization_bindings SET role = 'user'
	    WHERE user_id = '$guest';
	    UPDATE project_bindings SET role = 'viewer'
	    WHERE user_id = '$guest';
	    UPDATE invitations SET state = 'pending', accepted_by = NULL,
	    ended_at = NULL, pending_key = email_key, role = 'admin'
	    WHERE id = '$INVITED'"
	accept "$USER_EMAIL:$USER_PASSWORD"
	[ "$(sql "SELECT MAX(b.role), MAX(b.version), GROUP_CONCAT(p.role,
	    IF(p.version > 9, 'new', p.version) ORDER BY p.role) FROM organization_bindings b
	    JOIN project_bindings p ON p.user_id = b.user_id
	    WHERE b.user_id = '$guest'")" = 'admin	2	usernew,viewer1' ]
}

@test "the address must be spelled as it was invited, but for ASCII case" {
	new_house
	new_login
	guest=$(user_id "$USER_EMAIL")
	name=$(unique stra)
	sql "UPDATE users SET email = '${name}ße@example.org',
	    email_key = '${name}sse@example.org' WHERE id = '$guest'"
	invite "$OWNER_KEY" "${name}sse@example.org" user
	expect_invited
	accept "${name}ße@example.org:$USER_PASSWORD"
	expect_type 403 other-address
	sign_in="${name}ße@example.org:$USER_PASSWORD"
	KEY='' api GET /v1/users/me/invitations --user "$sign_in"
	expect_json '.invitations == []'
}

@test "a licence that has ended lets nobody in" {
	new_house
	new_login
	invite "$OWNER_KEY" "$USER_EMAIL" user
	expect_invited
	sql "UPDATE licences SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 60 DAY
	    WHERE organization_id = '$ORG'"
	accept "$USER_EMAIL:$USER_PASSWORD"
	expect_type 403 license-expired
	sql "UPDATE licences SET expires_at = NULL, limit_users = 1
	    WHERE organization_id = '$ORG'"
	accept "$USER_EMAIL:$USER_PASSWORD"
	expect_type 409 seat-limit
	[ "$(state_of "$INVITED")" = pending ]
	# who is a member takes no further seat
	join_organization "$USER_EMAIL" user "$ORG"
	accept "$USER_EMAIL:$USER_PASSWORD"
	expect_status 200
}

@test "a project that is gone is left out" {
	new_house
	new_login
	invite "$OWNER_KEY" "$USER_EMAIL" user ", \"projects\":
	    [{\"id\": \"$SECOND\", \"role\": \"viewer\"},
	    {\"id\": \"$PROJECT\", \"role\": \"admin\"}]"
	expect_invited
	KEY=$OWNER_KEY api DELETE "/v1/projects/$SECOND"
	expect_status 204
	expect_lookup 200
	expect_json "[.projects[].id] == [\"$PROJECT\"]"
	accept "$USER_EMAIL:$USER_PASSWORD"
	expect_json ".account.metadata.id == \"$PROJECT\" and
	    (.account.spec.secretKey | length == 26)"
}

# --- without the token --------------------------------------------------------

@test "a person lists and accepts their invitations without the token" {
	new_house
	new_login
	sign_in=$USER_EMAIL:$USER_PASSWORD
	invite "$OWNER_KEY" "${USER_EMAIL^}" user
	expect_invited
	mine=$INVITED
	invite "$OWNER_KEY" "$(unique guest)@example.org" user
	other=$(json .invitation.metadata.id)
	KEY='' api GET /v1/users/me/invitations --user "$sign_in"
	expect_status 200
	expect_json ".invitations | length == 1 and
	    .[0].metadata.id == \"$mine\" and .[0].status.organization ==
	    {id: \"$ORG\", displayName: \"$ORG_NAME\"}"
	[[ $body != *"$TOKEN"* ]]
	KEY=$USER_KEY api GET /v1/users/me/invitations
	expect_type 403 not-for-keys
	KEY=$USER_KEY api POST "/v1/invitations/$mine/accept" --data ''
	expect_type 403 not-for-keys
	KEY='' api POST "/v1/invitations/$mine/accept" --data ''
	expect_problem 401
	for id in "$other" $UNKNOWN nobody; do
		KEY='' api POST "/v1/invitations/$id/accept" --data '' \
		    --user "$sign_in"
		expect_type 404 no-resource
	done
	# an address that nobody has proved is not enough
	sql "UPDATE users SET is_email_unproved = 1
	    WHERE email = '$USER_EMAIL'"
	KEY='' api GET /v1/users/me/invitations --user "$sign_in"
	expect_json '.invitations == []'
	KEY='' api POST "/v1/invitations/$mine/accept" --data '' \
	    --user "$sign_in"
	expect_type 403 not-proved
	sql "UPDATE users SET is_email_unproved = 0
	    WHERE email = '$USER_EMAIL'"
	for _ in 1 2; do
		KEY='' api POST "/v1/invitations/$mine/accept" --data '' \
		    --user "$sign_in"
		expect_status 200
		expect_json ".organization.metadata.id == \"$ORG\""
	done
	KEY='' api GET /v1/users/me/invitations --user "$sign_in"
	expect_json '.invitations == []'
}

@test "a person declines, and the token is dead" {
	new_house
	new_login
	sign_in=$USER_EMAIL:$USER_PASSWORD
	invite "$OWNER_KEY" "$USER_EMAIL" user
	expect_invited
	decline() {
		KEY=$1 api POST /v1/invitations/decline \
		    --data "{\"token\": \"$TOKEN\"}" "${@:2}"
	}
	decline "$USER_KEY"
	expect_type 403 not-for-keys
	decline ''
	expect_problem 401
	new_login
	decline '' --user "$USER_EMAIL:$USER_PASSWORD"
	expect_type 403 other-address
	decline '' --user "$sign_in"
	expect_status 204
	decline '' --user "$sign_in"
	expect_type 404 token-dead
	accept "$sign_in"
	expect_type 404 token-dead
	expect_audit 1 invitation.decline Invitation "$INVITED" \
	    "${sign_in%%:*}"
	invitation GET "$OWNER_KEY" "/$INVITED"
	expect_json '.invitation.status.state == "declined"'
	invitation DELETE "$OWNER_KEY" "/$INVITED"
	expect_status 204
	[ "$(state_of "$INVITED")" = declined ]
}

# --- other ways in and out ----------------------------------------------------

@test "becoming a member by another way uses the invitation up" {
	new_house
	new_login
	invite "$OWNER_KEY" "$USER_EMAIL" user
	expect_invited
	# the seat that it holds is the member's
	install_licence "$(issue --type growth --users 2)"
	expect_status 204
	ctl member add --user "$USER_EMAIL" --org "$ORG" --role user
	[ "$(state_of "$INVITED")" = accepted ]
	expect_lookup 404
	accept "$USER_EMAIL:$USER_PASSWORD"
	expect_status 200
}

@test "removing a member revokes the invitations by and for that person" {
	new_house
	for way in api tool; do
		new_member
		member=$(user_id "$MEMBER_EMAIL")
		sql "UPDATE organization_bindings SET role = 'admin'
		    WHERE user_id = '$member'"
		invite "$MEMBER_KEY" "$(unique guest)@example.org" user
		expect_invited
		by=$INVITED
		invite "$OWNER_KEY" "$(unique guest)@example.org" user
		expect_invited
		# one for their address, from before they were a member
		sql "UPDATE invitations SET email = '$MEMBER_EMAIL',
		    email_key = '$MEMBER_EMAIL', pending_key = '$MEMBER_EMAIL'
		    WHERE id = '$INVITED'"
		for_them=$INVITED
		invite "$OWNER_KEY" "$(unique guest)@example.org" user
		expect_invited
		if [ $way = api ]; then
			KEY=$OWNER_KEY api DELETE \
			    "/v1/organizations/users/$member"
			expect_status 204
		else
			ctl member remove --user "$MEMBER_EMAIL" --org "$ORG"
		fi
		[ "$(state_of "$by") $(state_of "$for_them")" = \
		    'revoked revoked' ]
		[ "$(state_of "$INVITED")" = pending ]
	done
}

@test "the invitations of a deleted organization are revoked" {
	new_house
	invite "$OWNER_KEY" "$(unique guest)@example.org" user \
	    ", \"projects\": [{\"id\": \"$PROJECT\", \"role\": \"viewer\"}]"
	expect_invited
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_status 204
	expect_lookup 404
	[ "$(sql "SELECT GROUP_CONCAT(state) FROM invitations
	    WHERE organization_id = '$ORG'")" = revoked ]
}

# --- at the same time ---------------------------------------------------------

@test "of many who accept one token at once without an account one gets in" {
	new_house
	invite "$OWNER_KEY" "$(unique guest)@example.org" user
	expect_invited
	requests=()
	for i in {1..8}; do
		requests+=('' POST /v1/invitations/accept "{\"token\":
		    \"$TOKEN\", \"password\": \"secret-secret-$i\"}")
	done
	at_once "${requests[@]}"
	[ "$(tr ' ' '\n' <<< "$codes" | grep -c 201)" = 1 ]
	[[ ! $codes =~ 500 ]] # 503: there was no place for hashing
	[ "$(sql "SELECT COUNT(*) FROM organization_bindings
	    WHERE organization_id = '$ORG'")" = 2 ]
	expect_one_end accept
}

@test "a person who accepts twice at once is a member once" {
	new_house
	new_login
	with_password "$USER_EMAIL" "$USER_PASSWORD"
	invite "$OWNER_KEY" "$USER_EMAIL" user
	expect_invited
	requests=()
	for _ in {1..6}; do
		requests+=("$USER_EMAIL:$USER_PASSWORD" POST
		    /v1/invitations/accept "{\"token\": \"$TOKEN\"}")
	done
	at_once "${requests[@]}"
	# 503: there was no place for hashing
	[[ $codes =~ ^(200|503)(\ (200|503))*$ && $codes == *200* ]]
	expect_one_end accept
}

@test "accepting and revoking at once: one of them has happened" {
	new_house
	for _ in {1..8}; do
		invite "$OWNER_KEY" "$(unique guest)@example.org" user
		expect_invited
		at_once '' POST /v1/invitations/accept "{\"token\": \"$TOKEN\",
		    \"password\": \"secret-secret\"}" \
		    "$OWNER_KEY" DELETE "/v1/invitations/$INVITED" ''
		case $(state_of "$INVITED"):$codes in
		'accepted:201 409') ends=accept members=1 ;;
		'revoked:404 204') ends=revoke members=0 ;;
		*) echo "$codes $(state_of "$INVITED")" && return 1 ;;
		esac
		[ "$(sql "SELECT COUNT(*) FROM users u
		    JOIN invitations i ON i.email_key = u.email_key
		    WHERE i.id = '$INVITED'")" = "$members" ]
		expect_one_end $ends
	done
}

@test "accepting and sending again at once: the old token works before or not" {
	new_house
	for _ in {1..8}; do
		invite "$OWNER_KEY" "$(unique guest)@example.org" user
		expect_invited
		backdate
		old=$TOKEN
		at_once '' POST /v1/invitations/accept "{\"token\": \"$old\",
		    \"password\": \"secret-secret\"}" \
		    "$OWNER_KEY" POST "/v1/invitations/$INVITED/resend" '{}'
		case $(state_of "$INVITED"):$codes in
		'accepted:201 409') ;;
		'pending:404 200')
			TOKEN=$(jq -r '.link | split("/") | last' \
			    "$BATS_TEST_TMPDIR/at_once/2")
			expect_lookup 200
			;;
		*) echo "$codes $(state_of "$INVITED")" && return 1 ;;
		esac
		TOKEN=$old expect_lookup 404
	done
}

@test "the last seat goes to one: two who invite, and one who is added" {
	new_house
	for _ in 1 2 3 4; do
		sql "DELETE FROM invitations WHERE organization_id = '$ORG';
		    UPDATE licences SET limit_users = 2
		    WHERE organization_id = '$ORG'"
		requests=()
		for i in {1..6}; do
			requests+=("$OWNER_KEY" POST /v1/invitations
			    "{\"email\": \"$(unique guest)@example.org\",
			    \"role\": \"user\"}")
		done
		at_once "${requests[@]}"
		[ "$(tr ' ' '\n' <<< "$codes" | sort | uniq -c |
		    tr -s ' \n' ' ')" = ' 1 201 5 409 ' ]
		[ "$(invitation_count)" = 1 ]
	done
}

@test "accepting keeps the last seat from a new invitation" {
	new_house
	new_login
	with_password "$USER_EMAIL" "$USER_PASSWORD"
	for _ in 1 2 3 4; do
		sql "DELETE FROM invitations WHERE organization_id = '$ORG';
		    DELETE FROM organization_bindings
		    WHERE user_id = '$(user_id "$USER_EMAIL")';
		    $count_rows WHERE id = '$ORG';
		    UPDATE licences SET limit_users = 2
		    WHERE organization_id = '$ORG'"
		invite "$OWNER_KEY" "$USER_EMAIL" user
		expect_invited
		at_once "$USER_EMAIL:$USER_PASSWORD" POST \
		    /v1/invitations/accept "{\"token\": \"$TOKEN\"}" \
		    "$OWNER_KEY" POST /v1/invitations "{\"email\":
		    \"$(unique guest)@example.org\", \"role\": \"user\"}"
		[ "$codes" = '200 409' ]
	done
}

@test "an invitation and a licence without its seat at once: one of them comes" {
	new_house
	for _ in {1..20}; do
		sql "DELETE FROM invitations WHERE organization_id = '$ORG';
		    UPDATE licences SET limit_users = 2
		    WHERE organization_id = '$ORG'"
		licence=$(issue --type growth --users 1 --projects 9)
		at_once "$OWNER_KEY" POST /v1/invitations \
		    "{\"email\": \"$(unique guest)@example.org\",
		    \"role\": \"user\"}" \
		    "$OWNER_KEY" PUT "/v1/organizations/$ORG/license" \
		    "$(licence_body "$licence")"
		echo "$codes"
		case $codes in
		'409 204') [ "$(invitation_count)" = 0 ] ;;
		'201 409') [ "$(invitation_count)" = 1 ] ;;
		*) false ;;
		esac
	done
}

@test "of two spellings of one address that are invited at once one is" {
	new_house
	for _ in 1 2 3 4; do
		address=$(unique guest)@example.org
		requests=()
		for spelling in "$address" "${address^^}" "${address^}"; do
			requests+=("$OWNER_KEY" POST /v1/invitations
			    "{\"email\": \"$spelling\", \"role\": \"user\"}"
			    "$OWNER_KEY" POST /v1/organizations/users
			    "{\"email\": \"$spelling\", \"role\": \"user\"}")
		done
		at_once "${requests[@]}"
		[ "$(tr ' ' '\n' <<< "$codes" | grep -c '20[12]')" = 1 ]
		[ "$(tr ' ' '\n' <<< "$codes" | grep -c 409)" = 5 ]
		[ "$(sql "SELECT COUNT(*) FROM invitations
		    WHERE email_key = LOWER('$address')")" = 1 ]
	done
}

# --- what must not be there ---------------------------------------------------

@test "token and address are in no log, trail or kept answer" {
	new_house
	address=$(unique secretive)@example.org
	invite "$OWNER_KEY" "$address" user '' --header 'Idempotency-Key: b'
	expect_invited
	backdate
	tokens=("$TOKEN")
	invitation POST "$OWNER_KEY" "/$INVITED/resend" --data '' \
	    --header 'Idempotency-Key: c'
	expect_invited
	tokens+=("$TOKEN")
	expect_lookup 200
	accept '' '"password": "secret-secret-secret"' \
	    --header 'Idempotency-Key: d'
	expect_status 201
	[ -z "$(header Idempotency-Replayed)" ]
	dump=$BATS_TEST_TMPDIR/dump
	for table in $(sql "SELECT table_name FROM information_schema.tables
	    WHERE table_schema = DATABASE()"); do
		sql "SELECT * FROM $table"
	done > "$dump"
	grep -qF "$address" "$dump"
	for token in "${tokens[@]}" secret-secret-secret; do
		run grep -raqF "${token#*_}" "$dump" "$served_log"
		[ "$status" = 1 ]
	done
	run grep -raqF "$address" "$served_log"
	[ "$status" = 1 ]
	[ "$(sql "SELECT COUNT(*) FROM audit_events
	    WHERE detail LIKE '%$address%'")" = 0 ]
}

@test "consistency checks hold for what these routes write" {
	new_house
	invite "$OWNER_KEY" "$(unique guest)@example.org" user \
	    ", \"projects\": [{\"id\": \"$PROJECT\", \"role\": \"viewer\"}]"
	expect_invited
	accept '' '"password": "secret-secret"'
	expect_status 201
	invite "$OWNER_KEY" "$(unique guest)@example.org" user
	expect_invited
	expire "$INVITED"
	run ctl check --deep
	echo "$output"
	[[ $output != *invitation* ]]
}

# --- what is said again -------------------------------------------------------

@test "an answer of before shows no project that the person has left" {
	new_house
	new_login
	invite "$OWNER_KEY" "$USER_EMAIL" user \
	    ", \"projects\": [{\"id\": \"$PROJECT\", \"role\": \"viewer\"}]"
	expect_invited
	accept "$USER_EMAIL:$USER_PASSWORD"
	expect_status 200
	expect_json ".account.metadata.id == \"$PROJECT\""
	sql "DELETE FROM project_bindings WHERE project_id = '$PROJECT'
	    AND user_id = '$(user_id "$USER_EMAIL")'"
	accept "$USER_EMAIL:$USER_PASSWORD"
	expect_status 200
	expect_json ".organization.metadata.id == \"$ORG\" and
	    (has(\"account\") | not)"
}

@test "a user who was added at once is not shown by a replay" {
	new_house
	new_user "$(unique known)@example.org"
	for replayed in '' true; do
		api POST /v1/organizations/users \
		    --header "X-Organization-ID: $ORG" \
		    --header "Idempotency-Key: $ORG" --data \
		    "{\"email\": \"$USER_EMAIL\", \"role\": \"user\"}"
		expect_status 201
		[ "$(header Idempotency-Replayed)" = "$replayed" ]
		[ "$(header Location)" = \
		    "$link_base/v1/organizations/users/$(user_id "$USER_EMAIL")" ]
	done
	[ "$body" = '{"user":null}' ]
}

@test "expired invitations are put away by the next one" {
	new_house
	fill_invitations 5
	sql "UPDATE invitations SET expires_at = UTC_TIMESTAMP(3)
	    WHERE organization_id = '$ORG'"
	invite "$OWNER_KEY" "$(unique guest)@example.org" user
	expect_invited
	[ "$(sql "SELECT COUNT(pending_key) FROM invitations
	    WHERE organization_id = '$ORG'")" = 1 ]
}

@test "a project's admin is told that no seat is left, not how many there are" {
	new_house
	new_member
	join_project "$MEMBER_EMAIL" admin "$PROJECT" "$ORG"
	sql "UPDATE licences SET limit_users = 2 WHERE organization_id = '$ORG'"
	invite "$MEMBER_KEY" "$(unique guest)@example.org" user \
	    ", \"projects\": [{\"id\": \"$PROJECT\", \"role\": \"user\"}]"
	expect_type 409 seat-limit
	[[ $(json .detail) != *[0-9]* ]]
	invite "$OWNER_KEY" "$(unique guest)@example.org" user
	expect_type 409 seat-limit
	[[ $(json .detail) == *'2 users'* ]]
}
