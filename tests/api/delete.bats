#!/usr/bin/env bats
# DELETE /v1/organizations/{id}.
# shellcheck disable=SC2154

setup() {
	load helper
	load tenancy
}

teardown() {
	sql "DROP TRIGGER IF EXISTS broken_delete"
}

@test "a deleted organization is there for nobody, and the trail has it" {
	local key method path

	new_tenant
	new_member
	join_project "$MEMBER_EMAIL" user "$PROJECT" "$ORG"
	sql "UPDATE users SET active_project_id = '$PROJECT',
	    next_login_project_id = '$PROJECT' WHERE email = '$MEMBER_EMAIL'"
	KEY=$OWNER_KEY api POST /v1/api-keys --data '{"description": "Old"}'
	bound=$(json .apiKey.metadata.id)
	KEY=$OWNER_KEY api POST /v1/invitations \
	    --data '{"email": "a@example.org", "role": "user"}'
	invitation=$(json .invitation.metadata.id)
	slug=$(sql "SELECT name FROM organizations WHERE id = '$ORG'")
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_status 204
	[ -z "$body" ]
	for key in "$OWNER_KEY" "$MEMBER_KEY" "$TENANTRY_API_KEY"; do
		while read -r method path data; do
			KEY=$key api "$method" "$path" ${data:+--data "$data"}
			expect_problem 404
		done <<-END
		GET /v1/organizations/$ORG
		GET /v1/organizations/$slug
		GET /v1/organizations/$ORG/license
		PATCH /v1/organizations/$ORG {"displayName":"Other"}
		PATCH /v1/organizations/$ORG/metadata {"displayName":"Other"}
		GET /v1/projects/$PROJECT
		DELETE /v1/projects/$PROJECT
		GET /v1/projects/$PROJECT/users
		DELETE /v1/api-keys/$bound
		GET /v1/invitations/$invitation
		DELETE /v1/invitations/$invitation
		END
		for path in "X-Organization-ID: $ORG" "X-Organization-ID: $slug" \
		    "X-Bindplane-Account-ID: $PROJECT"; do
			KEY=$key api GET /v1/projects --header "$path"
			expect_problem 403
		done
		for path in /v1/organizations /v1/organizations/accounts/all; do
			KEY=$key api GET "$path"
			expect_status 200
			[[ $body != *"$ORG"* ]]
		done
	done
	[ "$(sql "SELECT COUNT(*) FROM organizations WHERE id = '$ORG'
	    AND purge_after = deleted_at + INTERVAL 30 DAY
	    AND deleted_by = '$(user_id "$OWNER_EMAIL")'")" = 1 ]
	[ "$(sql "SELECT GROUP_CONCAT(action ORDER BY id SEPARATOR ' ')
	    FROM audit_events WHERE organization_id = '$ORG'")" = \
	    'organization.create key.create invitation.create'\
' organization.delete' ]
	[ "$(sql "SELECT COUNT(*) FROM users WHERE active_project_id IS NULL
	    AND next_login_project_id IS NULL AND email IN
	    ('$OWNER_EMAIL', '$MEMBER_EMAIL')")" = 2 ]
}

@test "the tool does nothing in a deleted organization but what is for it" {
	new_tenant
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_status 204
	for arguments in "member list --org $ORG" "org delete $ORG" \
	    "member add --user $OWNER_EMAIL --org $ORG --role user" \
	    "member add --user $OWNER_EMAIL --project $PROJECT --role user" \
	    "key add --user $OWNER_EMAIL --org $ORG" \
	    "key list --org $ORG"; do
		# shellcheck disable=SC2086
		run ctl $arguments
		[ "$status" = 1 ]
		[[ $output == *'there is no '* ]]
	done
	[ "$(ctl org show "$ORG" --json | jq .deletedAt)" != null ]
}

@test "the name and the slug of a deleted organization stay taken" {
	new_tenant
	new_stranger
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_status 204
	for key in "$OWNER_KEY" "$STRANGER_KEY"; do
		KEY=$key api POST /v1/organizations \
		    --data "$(create_body "$ORG_NAME")"
		expect_problem 409
		[[ $(json .type) == *:name-in-use ]]
		# only a former admin is told what has it
		[[ $key != "$OWNER_KEY" || $body == *'restore or purge'* ]]
		[[ $key != "$STRANGER_KEY" || $body != *deleted* ]]
		KEY=$key api PUT /v1/organizations/verify \
		    --data "{\"organizationName\": $(json_text "$ORG_NAME")}"
		expect_json .inUse
	done
	for path in "$STRANGER_ORG" "$STRANGER_ORG/metadata"; do
		for key in "$STRANGER_KEY" "$TENANTRY_API_KEY"; do
			KEY=$key api PATCH "/v1/organizations/$path" \
			    --data "{\"displayName\": \"$ORG_NAME\"}"
			expect_problem 409
			[[ $key != "$STRANGER_KEY" || $body != *deleted* ]]
			[[ $key == "$STRANGER_KEY" || $body == *deleted* ]]
		done
	done
}

@test "a deleted organization's key is dead" {
	new_tenant
	key=$(add_key --user "$OWNER_EMAIL" --org "$ORG")
	expect_key_status "$key" 200 GET /v1/organizations
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_status 204
	expect_key_status "$key" 401 GET /v1/organizations
}

@test "a second delete is 204 to those who were admins, else 403" {
	new_tenant
	new_member
	new_stranger
	new_user "$(unique other)@example.org"
	join_organization "$USER_EMAIL" admin "$ORG"
	slug=$(sql "SELECT name FROM organizations WHERE id = '$ORG'")
	bound=$(add_key --user "$OWNER_EMAIL" --org "$ORG")
	viewer=$(add_key --user "$OWNER_EMAIL" --role viewer)
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_status 204
	for key in "$OWNER_KEY" "$OWNER_KEY" "$USER_KEY" "$TENANTRY_API_KEY"; do
		for id in "$ORG" "$slug"; do
			KEY=$key api DELETE "/v1/organizations/$id"
			expect_status 204
		done
	done
	for key in "$viewer" "$STRANGER_KEY" "$MEMBER_KEY"; do
		KEY=$key api DELETE "/v1/organizations/$ORG"
		expect_problem 403
	done
	KEY=$bound api DELETE "/v1/organizations/$ORG"
	expect_problem 401
	[ "$(sql "SELECT COUNT(*) FROM audit_events
	    WHERE organization_id = '$ORG'
	    AND action = 'organization.delete'")" = 1 ]
}

@test "with restore_days 0 the name is free at once" {
	load cgi
	settings 'restore_days = 0'
	new_tenant
	KEY=$OWNER_KEY cgi DELETE "/v1/organizations/$ORG" < /dev/null
	expect_status 204
	expect_key_status "$OWNER_KEY" 404 POST "/v1/organizations/$ORG/restore" \
	    --data ''
	KEY=$OWNER_KEY api GET '/v1/organizations?state=deleted'
	expect_json '.organizations == []'
	old=$ORG
	KEY=$OWNER_KEY new_org "$ORG_NAME"
	[ "$ORG" != "$old" ]
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$old"
	expect_status 204
}

@test "a dry run tells what would go, and removes nothing" {
	local before

	new_tenant
	new_member
	KEY=$OWNER_KEY api POST /v1/api-keys --data '{"description": "One"}'
	before=$(rows_of "$ORG")
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG?dryRun=true" \
	    --header 'Idempotency-Key: one'
	expect_status 200
	expect_json '.dryRun == true and .limits == [] and
	    (.keys | map([.description, (.id | length), (.hint | length)])) ==
		[["One", 26, 4]] and
	    .wouldRemove == {"organizations": 1, "projects": 1, "members": 2,
		"projectRoles": 1, "apiKeys": 1}'
	[ "$(rows_of "$ORG")" = "$before" ]
	[ "$(sql "SELECT COUNT(*) FROM audit_events
	    WHERE organization_id = '$ORG'
	    AND action = 'organization.delete'")" = 0 ]
	# what tells of other tenants is for system administrators
	api DELETE "/v1/organizations/$ORG?dryRun=true"
	expect_json '.wouldRemove.usersWithoutOrganization == 2'
	# nor is an answer kept
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG?dryRun=false" \
	    --header 'Idempotency-Key: one'
	expect_status 204
	[ -z "$(header Idempotency-Replayed)" ]
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG?dryRun=true"
	expect_status 200
	expect_json '.wouldRemove == {} and .keys == []'
}

@test "a dry run is refused as the act is" {
	new_tenant
	new_member
	KEY=$MEMBER_KEY api DELETE "/v1/organizations/$ORG?dryRun=true"
	expect_problem 403
	KEY='' api DELETE "/v1/organizations/$ORG?dryRun=true"
	expect_problem 401
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG?dryRun=true" \
	    --header 'If-Match: "7"'
	expect_problem 412
	for query in dryRun= dryRun=1 dryRun=TRUE dryRun=true\&dryRun=true \
	    dryrun=true dryRun=true\&x=1; do
		KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG?$query"
		expect_problem 400
	done
	expect_key_status "$OWNER_KEY" 200 GET "/v1/organizations/$ORG"
}

@test "a member, a viewer and a stranger delete nothing" {
	new_tenant
	new_member
	new_viewer
	new_stranger
	for key in "$MEMBER_KEY" "$VIEWER_KEY" "$STRANGER_KEY"; do
		KEY=$key api DELETE "/v1/organizations/$ORG"
		expect_problem 403
	done
	expect_key_status "$OWNER_KEY" 200 GET "/v1/organizations/$ORG"
}

@test "unknown, malformed and foreign ids look alike: 403" {
	new_tenant
	new_stranger
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$STRANGER_ORG"
	expect_problem 403
	foreign=$(json .detail)
	for id in 01ARZ3NDEKTSV4RRFFQ69G5FAV nonsense "${ORG}0"; do
		KEY=$OWNER_KEY api DELETE "/v1/organizations/$id"
		expect_problem 403
		[ "$(json .detail)" = "$foreign" ]
	done
}

@test "the slug deletes as the id does, and only for its admin" {
	new_tenant
	slug=$(sql "SELECT name FROM organizations WHERE id = '$ORG'")
	new_stranger
	KEY=$STRANGER_KEY api DELETE "/v1/organizations/$slug"
	expect_problem 403
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$slug"
	expect_status 204
	expect_key_status "$OWNER_KEY" 404 GET "/v1/organizations/$ORG"
}

@test "a system administrator may delete" {
	new_tenant
	api DELETE "/v1/organizations/$ORG"
	expect_status 204
}

@test "without a credential it is 401" {
	new_tenant
	KEY='' api DELETE "/v1/organizations/$ORG"
	expect_problem 401
}

@test "a delete that breaks at the audit event deletes nothing" {
	new_tenant
	before=$(rows_of "$ORG")
	sql "CREATE TRIGGER broken_delete BEFORE INSERT ON audit_events
	    FOR EACH ROW SIGNAL SQLSTATE '45000'"
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_problem 500
	[ "$(rows_of "$ORG")" = "$before" ]
}

@test "of 8 deletes at once one is made, and all are told that it is gone" {
	new_tenant
	KEY=$OWNER_KEY api_many 8 DELETE "/v1/organizations/$ORG"
	echo "$codes"
	[ "$(count_codes 204)" = 8 ]
	[ "$(sql "SELECT COUNT(*) FROM audit_events
	    WHERE organization_id = '$ORG'
	    AND action = 'organization.delete'")" = 1 ]
}
