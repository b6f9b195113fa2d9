#!/usr/bin/env bats
# tenantryctl invitation: an admin without a browser, or a script, invites.
#
# shellcheck disable=SC2030,SC2031,SC2154  # bats sets them

setup() {
	load helper
	load tenancy
	load tool
	load writes
	load invitations
}

# create ADDRESS ROLE [OPTION...]: into ORG, by its owner.
create() {
	with 0 '' invitation create --org "$ORG" --user "$OWNER_EMAIL" \
	    --to "$1" --role "$2" "${@:3}"
}

# take_link: TOKEN of the output's last line, and INVITED.
take_link() {
	LINK=${output##*$'\n'}
	[[ $LINK == */#/accept/* ]] || {
		echo "no link: $output"
		return 1
	}
	TOKEN=${LINK##*/}
	INVITED=${TOKEN%%_*}
}

@test "the tool invites, and its link works" {
	new_house
	new_login
	create "$USER_EMAIL" user
	take_link
	[ "$(state_of "$INVITED")" = pending ]
	accept "$USER_EMAIL:$USER_PASSWORD"
	expect_status 200
	expect_json ".organization.metadata.id == \"$ORG\""
	[ "$(state_of "$INVITED")" = accepted ]
	[ "$(events invitation.create "$INVITED")" = 1 ]
	[ "$(sql "SELECT request_id FROM audit_events WHERE
	    action = 'invitation.create' AND resource_id = '$INVITED'")" = \
	    tenantryctl ]
}

@test "the tool invites into a project" {
	new_house
	new_login
	with 0 '' invitation create --project "$SECOND" \
	    --user "$OWNER_EMAIL" --to "$USER_EMAIL" --role viewer --json
	TOKEN=$(jq -r '.link | split("/") | last' <<< "$output")
	[ "$(jq -r '.id' <<< "$output")" = "${TOKEN%%_*}" ]
	accept "$USER_EMAIL:$USER_PASSWORD"
	expect_status 200
	[ "$(sql "SELECT b.role, p.role FROM organization_bindings b
	    JOIN project_bindings p ON p.user_id = b.user_id
	    AND p.project_id = '$SECOND'
	    WHERE b.organization_id = '$ORG'
	    AND b.user_id = '$(user_id "$USER_EMAIL")'")" = 'user	viewer' ]
}

@test "the tool lists invitations" {
	new_house
	with 0 '' invitation list --org "$ORG" --json
	[ "$output" = '[]' ]
	create one@example.org user
	take_link
	with 0 '' invitation list --org "$ORG" --json
	jq -e --arg id "$INVITED" --arg by "$OWNER_EMAIL" '
	    (.[0] | del(.expiresAt)) == {id: $id, email: "one@example.org",
	    role: "user", state: "pending", invitedBy: $by}' <<< "$output"
	with 0 '' invitation list --org "$ORG"
	[[ $output == *"$INVITED"*pending* && $output != *"$TOKEN"* ]]
}

@test "the tool sends again: the old link is dead" {
	new_house
	create two@example.org user
	take_link
	with 1 'less than 60 s' invitation resend "$INVITED"
	[ -z "$output" ]
	backdate
	old=$TOKEN
	with 0 '' invitation resend "$INVITED"
	take_link
	[ "$TOKEN" != "$old" ]
	expect_lookup 200
	TOKEN=$old
	expect_lookup 404
	[ "$(events invitation.resend "$INVITED")" = 1 ]
}

@test "the tool revokes once, and an accepted one is not revoked" {
	new_house
	create three@example.org user
	take_link
	for _ in 1 2; do
		with 0 '' invitation revoke "$INVITED"
	done
	expect_lookup 404
	[ "$(events invitation.revoke "$INVITED")" = 1 ]
	[ "$(sql "SELECT user_id IS NULL FROM audit_events
	    WHERE action = 'invitation.revoke'
	    AND resource_id = '$INVITED'")" = 1 ]
	sql "UPDATE invitations SET state = 'accepted', accepted_by = '$OWNER'
	    WHERE id = '$INVITED'"
	with 1 'accepted, declined or revoked' invitation revoke "$INVITED"
	with 1 'accepted, declined or revoked' invitation resend "$INVITED"
	sql "UPDATE invitations SET state = 'revoked', accepted_by = NULL
	    WHERE id = '$INVITED'"
}

@test "the tool revokes what a disabled user has invited, and resends it not" {
	new_house
	new_user "$(unique admin)@example.org"
	join_organization "$USER_EMAIL" admin "$ORG"
	with 0 '' invitation create --org "$ORG" --user "$USER_EMAIL" \
	    --to four@example.org --role user
	take_link
	backdate
	ctl user disable --email "$USER_EMAIL"
	with 1 'may not give this any longer' invitation resend "$INVITED"
	with 1 'who may sign in' invitation create --org "$ORG" \
	    --user "$USER_EMAIL" --to five@example.org --role user
	with 0 '' invitation revoke "$INVITED" --json
	jq -e --arg id "$INVITED" '. == {id: $id,
	    email: "four@example.org"}' <<< "$output"
}

@test "the tool invites nobody whom the routes would refuse" {
	new_house
	new_member
	with 1 'must be an admin' invitation create --org "$ORG" \
	    --user "$MEMBER_EMAIL" --to five@example.org --role user
	with 1 'a member of the organization has this address' \
	    invitation create --org "$ORG" --user "$OWNER_EMAIL" \
	    --to "$MEMBER_EMAIL" --role user
	create six@example.org user
	with 1 'pending invitation' invitation create --org "$ORG" \
	    --user "$OWNER_EMAIL" --to six@example.org --role user
	sql "UPDATE licences SET limit_users = 1 WHERE organization_id = '$ORG'"
	with 1 'the license allows 1 users' invitation create --org "$ORG" \
	    --user "$OWNER_EMAIL" --to seven@example.org --role user
	with 2 'email' invitation create --org "$ORG" \
	    --user "$OWNER_EMAIL" --to nobody --role user
	with 2 '--role must be' invitation create --org "$ORG" \
	    --user "$OWNER_EMAIL" --to seven@example.org --role viewer
	for id in 01ARZ3NDEKTSV4RRFFQ69G5FAV "' OR 1" ''; do
		with 1 'no such invitation' invitation resend "$id"
		with 1 'no such invitation' invitation revoke "$id"
	done
	[ "$(invitation_count)" = 1 ]
}
