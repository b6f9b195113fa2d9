#!/usr/bin/env bats
# What `tenantryctl check --deep` finds.  Each invariant is broken by one row,
# behind the service's back and without the database's own checks, and mended.
#
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154  # set by the helpers

setup_file() {
	load instance
	instance_begin
}

teardown_file() {
	load instance
	instance_end
}

setup() {
	load instance
	read_environment
	load ../api/helper
	load ../api/tenancy
	new_tenant
	OWNER=$(user_id "$OWNER_EMAIL")
	mend=()
}

# What a test broke, the next one finds whole.
teardown() {
	local statement

	for statement in "${mend[@]}"; do
		meddle "$statement"
	done
	expect_sound
}

nowhere=01ARZ3NDEKTSV4RRFFQ69G5FAV

# The tables with the columns that a row has no default for.
bindings='organization_bindings (user_id, organization_id, role, created_at)'
project_bindings='project_bindings (user_id, project_id, organization_id, role,
    created_at)'

# Statements without the checks that keep rows sound; what they count is right.
meddle() {
	sql "SET foreign_key_checks = 0, unique_checks = 0
	    /*M! , check_constraint_checks = 0 */; $1; $count_rows"
}

# What is also said of an audit row that a test has changed: it breaks its chain.
of_chains='audit rows that do not fit the row before\|organizations whose newest audit row'

# breaks_with STATEMENT MENDING TEXT ID...: the one line of the report has the
# text and the ids.
breaks_with() {
	local text=$3 id

	mend=("$2")
	meddle "$1"
	shift 3
	run ctl check --deep
	echo "$output"
	[ "$status" = 1 ]
	[[ $output != *'invariants hold'* ]]
	[ "$(grep '^broken: ' <<< "$output" | grep -v "$of_chains" |
	    grep -vc "^broken: $text (")" = 0 ]
	grep -q "^broken: $text (" <<< "$output"
	for id; do
		grep -q "^broken: .*$id" <<< "$output"
	done
}

# Another project in ORG, which its first licence does not allow.
second_project() {
	install_licence "$(issue --type growth)"
	expect_status 204
	KEY=$OWNER_KEY api POST /v1/projects --data '{"displayName": "Second"}'
	expect_status 201
	second=$(sql "SELECT id FROM projects WHERE organization_id = '$ORG'
	    AND display_name = 'Second'")
}

@test "sound rows hold, and that is said" {
	new_member
	new_viewer
	second_project
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$(unique Ünï)\"}"
	expect_status 200
	add_key --user "$OWNER_EMAIL" --project "$PROJECT" --role viewer
	set_password "$OWNER_EMAIL" secret-secret
	ctl user disable --email "$OWNER_EMAIL" --force # the only admin
	new_org
	api DELETE "/v1/organizations/$ORG"
	api POST "/v1/organizations/$ORG/restore" --data ''
	api DELETE "/v1/organizations/$ORG"
	run ctl check --deep
	[ "$status" = 0 ]
	[[ $output == *"all "*" invariants hold"* ]]
}

@test "without --deep rows are not looked at" {
	mend=("DELETE FROM organization_bindings WHERE user_id = '$nowhere'")
	meddle "INSERT INTO $bindings VALUES ('$nowhere', '$ORG',
	    'user', UTC_TIMESTAMP(3))"
	run ctl check
	[ "$status" = 0 ]
}

@test "where the database cannot be reached nothing is said to hold" {
	database_stop
	run ctl check --deep
	database_start
	[ "$status" = 1 ]
	[[ $output != *'invariants hold'* ]]
}

@test "an organization binding without its user" {
	breaks_with "INSERT INTO $bindings VALUES ('$nowhere',
	    '$ORG', 'user', UTC_TIMESTAMP(3))" \
	    "DELETE FROM organization_bindings WHERE user_id = '$nowhere'" \
	    'organization bindings that lack an end' "$nowhere/$ORG"
}

@test "an organization binding without its organization" {
	breaks_with "INSERT INTO $bindings VALUES ('$OWNER',
	    '$nowhere', 'user', UTC_TIMESTAMP(3))" \
	    "DELETE FROM organization_bindings
	    WHERE organization_id = '$nowhere'" \
	    'organization bindings that lack an end' "$OWNER/$nowhere"
}

@test "a project binding without its project" {
	breaks_with "INSERT INTO $project_bindings VALUES ('$OWNER', '$nowhere',
	    '$ORG', 'user', UTC_TIMESTAMP(3))" \
	    "DELETE FROM project_bindings WHERE project_id = '$nowhere'" \
	    'project bindings that lack an end' "$OWNER/$nowhere"
}

@test "a project binding of who is no member" {
	new_user "$(unique other)@example.org"
	other=$(user_id "$USER_EMAIL")
	breaks_with "INSERT INTO $project_bindings VALUES ('$other',
	    '$PROJECT', '$ORG', 'user', UTC_TIMESTAMP(3))" \
	    "DELETE FROM project_bindings WHERE user_id = '$other'" \
	    'project bindings of who is no member' "$other/$PROJECT"
}

@test "a role that is none" {
	! is_mysql || skip 'MySQL checks the rows of every session'
	breaks_with "UPDATE project_bindings SET role = 'owner'
	    WHERE project_id = '$PROJECT'" \
	    "UPDATE project_bindings SET role = 'admin'
	    WHERE project_id = '$PROJECT'" \
	    'bindings with an unknown role' "$OWNER/$PROJECT"
}

@test "counts that are not those of the rows" {
	local column

	for column in project_count member_count; do
		count_rows="UPDATE organizations SET $column = $column + 1
		    WHERE id = '$ORG'" breaks_with 'SELECT 1' \
		    "UPDATE organizations SET $column = 1 WHERE id = '$ORG'" \
		    'organizations whose counts of projects and members are wrong' \
		    "$ORG"
		meddle "$mend"
		mend=()
	done
}

@test "a project without its organization" {
	breaks_with "INSERT INTO projects (id, organization_id, name,
	    display_name, name_key, secret_key, created_at, modified_at)
	    VALUES ('$nowhere', '$nowhere', 'nowhere', 'No', 'no', '$nowhere',
	    UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))" \
	    "DELETE FROM projects WHERE organization_id = '$nowhere'" \
	    'projects without an organization' "$nowhere"
}

@test "an organization without a project" {
	new_org
	breaks_with "SET foreign_key_checks = 1;
	    DELETE FROM projects WHERE id = '$PROJECT'" \
	    "SET foreign_key_checks = 1;
	    DELETE FROM organizations WHERE id = '$ORG';
	    DELETE FROM audit_events WHERE organization_id = '$ORG'" \
	    'organizations without a project' "$ORG"
}

@test "an organization without a licence" {
	breaks_with "CREATE TABLE kept SELECT * FROM licences
	    WHERE organization_id = '$ORG';
	    DELETE FROM licences WHERE organization_id = '$ORG'" \
	    'INSERT INTO licences SELECT * FROM kept; DROP TABLE kept' \
	    'organizations that have not one licence' "$ORG"
}

@test "a licence without its organization" {
	breaks_with "INSERT INTO licences SELECT '$nowhere', '$nowhere', jti,
	    kid, licence_type, limit_projects, limit_users, issued_at,
	    expires_at, installed_at FROM licences
	    WHERE organization_id = '$ORG'" \
	    "DELETE FROM licences WHERE organization_id = '$nowhere'" \
	    'licences without their organization or claim' "$nowhere"
}

@test "a licence that its organization has not claimed" {
	breaks_with "UPDATE licences SET jti = CONCAT(jti, '-b')
	    WHERE organization_id = '$ORG'" \
	    "UPDATE licences SET jti = TRIM(TRAILING '-b' FROM jti)
	    WHERE organization_id = '$ORG'" \
	    'licences without their organization or claim' "$ORG"
}

@test "a claim that has outlived its organization, and a revoked one" {
	sql "INSERT INTO licence_claims (jti, organization_id, claimed_at,
	    revoked_at) VALUES ('gone', '$nowhere', UTC_TIMESTAMP(3), NULL),
	    ('nobody', '', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))"
	expect_sound
	sql "DELETE FROM licence_claims WHERE jti IN ('gone', 'nobody')"
}

@test "a deleted organization that has a member" {
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_status 204
	breaks_with "INSERT INTO $bindings VALUES ('$OWNER', '$ORG', 'admin',
	    UTC_TIMESTAMP(3))" \
	    "DELETE FROM organization_bindings WHERE organization_id = '$ORG'" \
	    'organizations that are deleted in part' "$ORG"
}

@test "an organization that says it has another creator" {
	breaks_with "UPDATE organizations SET created_by = '$nowhere'
	    WHERE id = '$ORG'" \
	    "UPDATE organizations SET created_by = '$OWNER'
	    WHERE id = '$ORG'" \
	    'organizations with another creator than their trail has' "$ORG"
	# not known: it was made before there was the column, or is an import
	sql "UPDATE organizations SET created_by = NULL WHERE id = '$ORG'"
	expect_sound
}

@test "an organization without an admin" {
	breaks_with "UPDATE organization_bindings SET role = 'user'
	    WHERE organization_id = '$ORG'" \
	    "UPDATE organization_bindings SET role = 'admin'
	    WHERE organization_id = '$ORG'" \
	    'organizations without an admin' "$ORG"
}

@test "more projects than licensed" {
	second_project
	breaks_with "UPDATE licences SET limit_projects = 1
	    WHERE organization_id = '$ORG'" \
	    "UPDATE licences SET limit_projects = 0
	    WHERE organization_id = '$ORG'" \
	    'organizations with more projects than licensed' "$ORG"
}

@test "more users than licensed" {
	new_member
	breaks_with "UPDATE licences SET limit_users = 1
	    WHERE organization_id = '$ORG'" \
	    "UPDATE licences SET limit_users = 0
	    WHERE organization_id = '$ORG'" \
	    'organizations with more users than licensed' "$ORG"
}

@test "as many projects and users as licensed" {
	sql "UPDATE licences SET limit_projects = 1, limit_users = 1
	    WHERE organization_id = '$ORG'"
	expect_sound
}

@test "two organizations of one name" {
	first=$ORG_NAME
	new_org
	breaks_with "ALTER TABLE organizations DROP KEY organizations_name_key;
	    UPDATE organizations SET display_name = UPPER('$first'),
	    name_key = LOWER('$first') WHERE id = '$ORG'" \
	    "UPDATE organizations SET display_name = '$ORG_NAME',
	    name_key = LOWER('$ORG_NAME') WHERE id = '$ORG';
	    ALTER TABLE organizations
	    ADD UNIQUE KEY organizations_name_key (name_key)" \
	    'names that are in use twice' "$ORG"
}

@test "an organization that is found by another name" {
	breaks_with "UPDATE organizations SET name_key = 'other'
	    WHERE id = '$ORG'" \
	    "UPDATE organizations SET name_key = LOWER('$ORG_NAME')
	    WHERE id = '$ORG'" \
	    'organizations with the key of another name' "$ORG"
}

@test "an organization whose name nobody could give" {
	breaks_with "UPDATE organizations SET display_name = ' $ORG_NAME'
	    WHERE id = '$ORG'" \
	    "UPDATE organizations SET display_name = '$ORG_NAME'
	    WHERE id = '$ORG'" \
	    'organizations with the key of another name' "$ORG"
}

@test "a project that is found by another name" {
	breaks_with "UPDATE projects SET name_key = 'FIRST'
	    WHERE id = '$PROJECT'" \
	    "UPDATE projects SET name_key = 'first' WHERE id = '$PROJECT'" \
	    'projects with the key of another name' "$PROJECT"
}

@test "a user who is found by another login" {
	breaks_with "UPDATE users SET email_key = CONCAT('x', email_key)
	    WHERE id = '$OWNER'" \
	    "UPDATE users SET email_key = LOWER(email) WHERE id = '$OWNER'" \
	    'users with the key of another login' "$OWNER"
}

@test "slugs that no name makes" {
	slug=$(sql "SELECT name FROM organizations WHERE id = '$ORG'")
	for bad in -a a- a--b A a_b '' verify; do
		breaks_with "UPDATE organizations SET name = '$bad'
		    WHERE id = '$ORG'" \
		    "UPDATE organizations SET name = '$slug'
		    WHERE id = '$ORG'" \
		    'malformed slugs' "$ORG"
	done
}

@test "an API key of a project in another organization" {
	add_key --user "$OWNER_EMAIL" --project "$PROJECT"
	key=$(sql "SELECT id FROM api_keys WHERE project_id = '$PROJECT'")
	project=$PROJECT org=$ORG
	new_org
	breaks_with "UPDATE api_keys SET organization_id = '$ORG'
	    WHERE id = '$key'" \
	    "UPDATE api_keys SET organization_id = '$org'
	    WHERE project_id = '$project'" \
	    'API keys without their user, organization or project' "$key"
}

@test "an API key of a project without an organization" {
	add_key --user "$OWNER_EMAIL" --project "$PROJECT"
	key=$(sql "SELECT id FROM api_keys WHERE project_id = '$PROJECT'")
	breaks_with "UPDATE api_keys SET organization_id = NULL
	    WHERE id = '$key'" \
	    "UPDATE api_keys SET organization_id = '$ORG'
	    WHERE id = '$key'" \
	    'API keys without their user, organization or project' "$key"
}

@test "an API key without its user" {
	add_key --user "$OWNER_EMAIL" --org "$ORG"
	key=$(sql "SELECT id FROM api_keys WHERE organization_id = '$ORG'")
	breaks_with "UPDATE api_keys SET user_id = '$nowhere'
	    WHERE id = '$key'" \
	    "UPDATE api_keys SET user_id = '$OWNER' WHERE id = '$key'" \
	    'API keys without their user, organization or project' "$key"
}

@test "a service key without an organization, or without a role" {
	add_key --owner organization --org "$ORG"
	key=$(sql "SELECT id FROM api_keys WHERE organization_id = '$ORG'")
	expect_sound
	breaks_with "UPDATE api_keys SET organization_id = NULL
	    WHERE id = '$key'" \
	    "UPDATE api_keys SET organization_id = '$ORG' WHERE id = '$key'" \
	    'API keys without their user, organization or project' "$key"
	meddle "${mend[0]}"
	breaks_with "UPDATE api_keys SET role = NULL WHERE id = '$key'" \
	    "UPDATE api_keys SET role = 'user' WHERE id = '$key'" \
	    'API keys without their user, organization or project' "$key"
}

@test "an API key that is later than the key that made it" {
	key=$(add_key --user "$OWNER_EMAIL" --org "$ORG")
	maker=$(sql "SELECT id FROM api_keys WHERE organization_id = '$ORG'")
	KEY=$key api POST /v1/api-keys --data '{"description": "made"}'
	expect_status 201
	made=$(json .apiKey.metadata.id)
	expect_sound
	breaks_with "UPDATE api_keys SET expires_at = '2090-01-01'
	    WHERE id = '$maker'" \
	    "UPDATE api_keys SET expires_at = NULL WHERE id = '$maker'" \
	    'API keys that are later than the key that made them' "$made"
}

# invite: a pending invitation of ORG, with a project.  Sets INVITED; invited, the
# condition; forget_it, which mends by removing both rows.
invite() {
	KEY=$OWNER_KEY api POST /v1/invitations --data \
	    "{\"email\": \"$(unique guest)@example.org\", \"role\": \"user\",
	    \"projects\": [{\"id\": \"$PROJECT\", \"role\": \"user\"}]}"
	expect_status 201
	INVITED=$(json .invitation.metadata.id)
	invited="WHERE id = '$INVITED'"
	forget_it="DELETE FROM invitation_projects
	    WHERE invitation_id = '$INVITED'; DELETE FROM invitations $invited"
}

@test "an invitation that is found by another address" {
	invite
	breaks_with "UPDATE invitations SET email_key = 'other',
	    pending_key = 'other' $invited" "$forget_it" \
	    'invitations with the key of another address' "$INVITED"
}

@test "an invitation that has ended and holds its address" {
	invite
	breaks_with "UPDATE invitations SET state = 'declined',
	    ended_at = UTC_TIMESTAMP(3) $invited" \
	    "$forget_it" \
	    'invitations that have ended and can still be accepted, or in another address' \
	    "$INVITED"
}

@test "an invitation whose end does not fit its state" {
	for bad in 'ended_at = UTC_TIMESTAMP(3)' \
	    "accepted_by = '$nowhere'" \
	    "state = 'accepted', pending_key = NULL,
	        ended_at = UTC_TIMESTAMP(3)"; do
		invite
		breaks_with "UPDATE invitations SET $bad $invited" \
		    "$forget_it" \
		    'invitations whose end does not fit their state' "$INVITED"
		meddle "${mend[0]}"
	done
}

@test "an invitation by nobody, and a project of none" {
	invite
	breaks_with "UPDATE invitations SET invited_by = NULL $invited" \
	    "UPDATE invitations SET invited_by = '$OWNER' $invited" \
	    'invitations that lack an end' "$INVITED"
	meddle "${mend[0]}"
	sql "UPDATE invitations SET invited_by = NULL,
	    invited_by_key = '$nowhere' $invited"
	expect_sound
	sql "UPDATE invitations SET invited_by = '$OWNER',
	    invited_by_key = NULL $invited"
	breaks_with "UPDATE invitations SET invited_by = '$nowhere' $invited" \
	    "$forget_it" \
	    'invitations that lack an end' "$INVITED"
	meddle "${mend[0]}"
	breaks_with "INSERT INTO invitation_projects (invitation_id, project_id,
	    organization_id, role) VALUES ('$nowhere', '$PROJECT', '$ORG',
	    'user')" "DELETE FROM invitation_projects
	    WHERE invitation_id = '$nowhere'" \
	    'invitations that lack an end' "$nowhere/$PROJECT"
}

# queue KIND COLUMN VALUE: sets queued, which enters a mail to the owner, and
# unmail, which mends.
queue() {
	unmail="DELETE FROM outbox WHERE id = '$nowhere'"
	queued="INSERT INTO outbox (id, kind, user_id, state, created_at, due_at
	    $2) VALUES ('$nowhere', '$1', '$OWNER', 'queued',
	    UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) $3)"
}

@test "a mail whose end does not fit its state" {
	queue reset ', ended_at' ', UTC_TIMESTAMP(3)'
	breaks_with "$queued" "$unmail" \
	    'mails whose end does not fit their state' "$nowhere"
	meddle "$unmail"
	queue reset ', digest' ", REPEAT('d', 32)"
	breaks_with "$queued" "$unmail" \
	    'mails whose end does not fit their state' "$nowhere"
}

@test "a mail that is about nothing" {
	for kind in old new invitation; do
		queue "$kind" '' ''
		breaks_with "$queued" "$unmail" \
		    'mails that lack what their kind is about' "$nowhere"
		meddle "$unmail"
	done
	queue reset '' ''
	breaks_with "${queued/"'$OWNER'"/NULL}" "$unmail" \
	    'mails that lack what their kind is about' "$nowhere"
}

@test "a change of address with the key of another one" {
	breaks_with "INSERT INTO address_changes (user_id, id, email, email_key,
	    created_at) VALUES ('$OWNER', '$nowhere', 'a@example.org', 'b',
	    UTC_TIMESTAMP(3))" "DELETE FROM address_changes
	    WHERE user_id = '$OWNER'" \
	    'address changes whose key is not that of their address' "$OWNER"
}

@test "an invitation whose creation is not in the audit trail" {
	invite
	breaks_with "UPDATE audit_events SET action = 'invitation.made'
	    WHERE resource_id = '$INVITED'" \
	    "UPDATE audit_events SET action = 'invitation.create'
	    WHERE resource_id = '$INVITED'" \
	    'invitations whose creation is not in the audit trail' "$INVITED"
}

@test "an active project where the user is no member" {
	new_stranger
	breaks_with "UPDATE users SET active_project_id = '$STRANGER_PROJECT'
	    WHERE id = '$OWNER'" \
	    "UPDATE users SET active_project_id = '$PROJECT'
	    WHERE id = '$OWNER'" \
	    'users with an active project where they are no members' "$OWNER"
}

@test "an active project that is not there" {
	breaks_with "UPDATE users SET active_project_id = '$nowhere'
	    WHERE id = '$OWNER'" \
	    "UPDATE users SET active_project_id = '$PROJECT'
	    WHERE id = '$OWNER'" \
	    'users with an active project where they are no members' "$OWNER"
}

@test "a next project where the user is no member" {
	new_stranger
	breaks_with "UPDATE users SET
	    next_login_project_id = '$STRANGER_PROJECT' WHERE id = '$OWNER'" \
	    "UPDATE users SET next_login_project_id = NULL
	    WHERE id = '$OWNER'" \
	    'users with a next project where they are no members' "$OWNER"
}

# without_event ACTION RESOURCE TEXT
without_event() {
	breaks_with "UPDATE audit_events SET action = 'hidden'
	    WHERE action = '$1' AND resource_id = '$2'" \
	    "UPDATE audit_events SET action = '$1' WHERE action = 'hidden'" \
	    "$3" "$2"
}

@test "an organization whose creation is not in the audit trail" {
	without_event organization.create "$ORG" \
	    'organizations whose creation is not in the audit trail'
}

@test "a rename that is not in the audit trail" {
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$(unique Other)\"}"
	expect_status 200
	without_event organization.rename "$ORG" \
	    'organizations whose version is not that of the changes'
}

@test "a rename in the audit trail that was not done" {
	breaks_with "UPDATE organizations SET version = 0 WHERE id = '$ORG'" \
	    "UPDATE organizations SET version = 1 WHERE id = '$ORG'" \
	    'organizations whose version is not that of the changes' "$ORG"
}

@test "a project whose creation is not in the audit trail" {
	second_project
	without_event project.create "$second" \
	    'projects whose creation is not in the audit trail'
	# nor where it is as old as the organization
	mend+=("UPDATE projects SET created_at = modified_at
	    WHERE id = '$second'")
	sql "UPDATE projects SET created_at = (SELECT created_at
	    FROM organizations WHERE id = '$ORG') WHERE id = '$second'"
	run ctl check --deep
	[[ $output == *"creation is not in the audit trail (1): $second"* ]]
}

@test "a licence whose installation is not in the audit trail" {
	install_licence "$(issue --type growth)"
	expect_status 204
	without_event licence.install \
	    "$(sql "SELECT id FROM licences WHERE organization_id = '$ORG'")" \
	    'licences whose installation is not in the audit trail'
}

@test "a user whose creation is not in the audit trail" {
	without_event user.create "$OWNER" \
	    'users and keys whose creation is not in the audit trail'
}

@test "a key whose creation is not in the audit trail" {
	without_event key.create \
	    "$(sql "SELECT id FROM api_keys WHERE user_id = '$OWNER'")" \
	    'users and keys whose creation is not in the audit trail'
}

@test "a key that took the place of another is in the row of that rotation" {
	local old new

	KEY=$OWNER_KEY api POST /v1/api-keys --data \
	    '{"description": "a", "owner": "organization", "role": "user"}'
	expect_status 201
	old=$(json .apiKey.metadata.id)
	KEY=$OWNER_KEY api POST "/v1/api-keys/$old/rotate" --data '{"overlap": 0}'
	expect_status 201
	new=$(json .apiKey.metadata.id)
	expect_sound
	breaks_with "UPDATE audit_events SET change_json =
	    REPLACE(change_json, '$new', '$old') WHERE resource_id = '$old'
	    AND action = 'key.rotate'" \
	    "UPDATE audit_events SET change_json =
	    REPLACE(change_json, '\"key\":\"$old\"', '\"key\":\"$new\"')
	    WHERE resource_id = '$old' AND action = 'key.rotate'" \
	    'users and keys whose creation is not in the audit trail' "$new"
}

@test "an organization that is there, and deleted by the audit trail" {
	breaks_with "INSERT INTO audit_events (id, at, organization_id,
	    action, resource_kind, resource_id, request_id)
	    VALUES ('$nowhere', UTC_TIMESTAMP(3), '$ORG',
	    'organization.delete', 'Organization', '$ORG', 'x')" \
	    "DELETE FROM audit_events WHERE id = '$nowhere'" \
	    'organizations that the audit trail tells otherwise of' "$ORG"
}

@test "an organization of the audit trail that is lost" {
	new_org
	breaks_with "SET foreign_key_checks = 1;
	    DELETE FROM organizations WHERE id = '$ORG'" \
	    "DELETE FROM audit_events WHERE organization_id = '$ORG'" \
	    'organizations that the audit trail tells otherwise of' "$ORG"
}

@test "a project of the audit trail that is lost" {
	second_project
	breaks_with "SET foreign_key_checks = 1;
	    DELETE FROM projects WHERE id = '$second'" \
	    "SET foreign_key_checks = 1;
	    DELETE FROM organizations WHERE id = '$ORG';
	    DELETE FROM audit_events WHERE organization_id = '$ORG'" \
	    'projects of the audit trail that are not there' "$second"
}

@test "an audit row that is not as it was written" {
	breaks_with "UPDATE audit_events SET detail = CONCAT(detail, 'x')
	    WHERE chain_id = '$ORG'" \
	    "UPDATE audit_events SET detail = LEFT(detail,
	    CHAR_LENGTH(detail) - 1) WHERE chain_id = '$ORG'" \
	    'audit rows that do not fit the row before' \
	    "$(sql "SELECT id FROM audit_events WHERE chain_id = '$ORG'")"
}

@test "an organization whose newest audit row is missing" {
	breaks_with "UPDATE audit_events SET chain_id = NULL
	    WHERE chain_id = '$ORG'" \
	    "UPDATE audit_events SET chain_id = '$ORG'
	    WHERE organization_id = '$ORG'" \
	    'organizations whose newest audit row is not the one that they name' \
	    "$ORG"
}

@test "ids that are none" {
	key=$(sql "SELECT id FROM api_keys WHERE user_id = '$OWNER'")
	for bad in 81ARZ3NDEKTSV4RRFFQ69G5FAV 01arz3ndektsv4rrffq69g5fav \
	    01ARZ3NDEKTSV4RRFFQ69G5FA 01ARZ3NDEKTSV4RRFFQ69G5FAU; do
		breaks_with "UPDATE projects SET secret_key = '$bad'
		    WHERE id = '$PROJECT'" \
		    "UPDATE projects SET secret_key = '$nowhere'
		    WHERE id = '$PROJECT'" \
		    'malformed ids' "$bad"
	done
}

@test "a project that shows another list of secret keys than it has" {
	breaks_with "UPDATE projects SET alternate_secret_keys = '[\"$nowhere\"]'
	    WHERE id = '$PROJECT'" \
	    "UPDATE projects SET alternate_secret_keys = NULL
	    WHERE id = '$PROJECT'" \
	    'projects that show other secret keys than they have' "$PROJECT"
}

# --- idempotency keys ---------------------------------------------------------

# create_with_key: leaves one row.  KEY_ID is what a report calls it, EVENT the
# audit event of its write, CREATED the organization.
create_with_key() {
	sql "$forget_keys"
	KEY=$OWNER_KEY api POST /v1/organizations \
	    --header 'Idempotency-Key: one' \
	    --data "$(create_body "$(unique Keyed)")"
	expect_status 200
	CREATED=$(json .organization.metadata.id)
	KEY_ID=$(sql "SELECT LOWER(HEX(LEFT(digest, 8))) FROM idempotency_keys")
	EVENT=$(sql "SELECT id FROM audit_events
	    WHERE action = 'organization.create' AND resource_id = '$CREATED'")
	expect_sound
}

forget_keys='DELETE FROM idempotency_keys'

@test "idempotency keys of every write are sound" {
	install_licence "$(issue --type growth)"
	sql "$forget_keys"
	KEY=$OWNER_KEY
	keyed=(--header 'Idempotency-Key: one')
	api POST /v1/organizations "${keyed[@]}" \
	    --data "$(create_body "$(unique Keyed)")"
	other=$(json .organization.metadata.id)
	api PATCH "/v1/organizations/$ORG/metadata" "${keyed[@]}" \
	    --data "{\"displayName\": \"$(unique Keyed)\"}"
	for path in "/v1/organizations/$ORG/license" \
	    /v1/organization-license; do
		api PUT "$path" "${keyed[@]}" --header "X-Organization-ID: $ORG" \
		    --data "$(licence_body "$(issue --type growth)")"
	done
	for path in /v1/projects /v1/accounts; do
		api POST $path "${keyed[@]}" --header "X-Organization-ID: $ORG" \
		    --data "{\"displayName\": \"$(unique Keyed)\"}"
	done
	api DELETE "/v1/organizations/$other" "${keyed[@]}"
	# whose answer has a secret beside it when it is made, and none at its end
	api POST /v1/invitations "${keyed[@]}" --header "X-Organization-ID: $ORG" \
	    --data "{\"email\": \"$(unique keyed)@example.org\",
	    \"role\": \"user\"}"
	expect_status 201
	api DELETE "/v1/invitations/$(json .invitation.metadata.id)" \
	    "${keyed[@]}"
	[ "$(sql 'SELECT COUNT(*) FROM idempotency_keys')" = 9 ]
	expect_sound
}

@test "an idempotency key whose answer is not sound" {
	for bad in 'status = NULL' 'status = 500' 'status = 204' \
	    'resource_id = NULL' "beside_id = 'x'" "sealed = '{}'"; do
		create_with_key
		breaks_with "UPDATE idempotency_keys SET $bad" "$forget_keys" \
		    'idempotency keys without a sound answer' "$KEY_ID"
	done
}

@test "an idempotency key of a write that changed nothing" {
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$ORG_NAME\"}" \
	    --header 'Idempotency-Key: nothing'
	expect_status 200
	[ "$(sql 'SELECT COUNT(*) FROM idempotency_keys')" != 0 ]
	expect_sound
}

@test "an idempotency key whose write is not in the audit trail" {
	create_with_key
	breaks_with "UPDATE idempotency_keys
	    SET created_at = created_at + INTERVAL 1 SECOND" "$forget_keys" \
	    'idempotency keys whose write is not in the audit trail' "$KEY_ID"
	create_with_key
	breaks_with "UPDATE idempotency_keys
	    SET resource_id = '$nowhere'" "$forget_keys" \
	    'idempotency keys whose write is not in the audit trail' "$KEY_ID"
}

@test "idempotency keys that are not purged" {
	create_with_key
	sql "UPDATE audit_events SET at = at - INTERVAL 25 HOUR
	    WHERE id = '$EVENT';
	    UPDATE idempotency_keys SET created_at =
	    (SELECT at FROM audit_events WHERE id = '$EVENT')"
	expect_sound
	later="INSERT INTO idempotency_keys (digest, fingerprint, status,
	    created_at) SELECT RANDOM_BYTES(32), RANDOM_BYTES(32), 204, at
	    FROM (SELECT MAX(at) AS at FROM audit_events) a,"
	sql "$later $(numbers 1000)"
	expect_sound
	breaks_with "$later $(numbers 1)" "$forget_keys" \
	    'idempotency keys of a day ago, after 1000 later ones' "$KEY_ID"
}

@test "of many breaks the first five are told, and how many there are" {
	breaks_with "INSERT INTO $bindings SELECT
	    CONCAT(LEFT('$nowhere', 25), seq), '$ORG', 'user', UTC_TIMESTAMP(3)
	    FROM $(numbers 7)" \
	    "DELETE FROM organization_bindings
	    WHERE user_id LIKE CONCAT(LEFT('$nowhere', 25), '_')" \
	    'organization bindings that lack an end'
	[[ $output == *'(7): '* ]]
	[ "$(grep -o "/$ORG" <<< "$output" | wc -l)" = 5 ]
	[[ $output == *', ...' ]]
}

@test "what is left of an erased user is told" {
	breaks_with "UPDATE users SET erased_at = NOW(3), disabled_at = NOW(3)
	    WHERE id = '$OWNER'" "UPDATE users SET erased_at = NULL,
	    disabled_at = NULL WHERE id = '$OWNER'" \
	    'erased users of whom something is left' "$OWNER"
}

# teardown asks whether it is.
@test "what an erase and an import leave is sound" {
	local file=$BATS_TEST_TMPDIR/export

	new_member
	ctl user erase --email "$MEMBER_EMAIL"
	new_member
	fill_projects 3
	ctl export --org "$ORG" > "$file"
	ctl org delete "$ORG"
	ctl purge --org "$ORG" --now
	sql "DELETE FROM audit_events WHERE organization_id = '$ORG'
	    OR chain_id = '$ORG'; DELETE FROM audit_chains WHERE id = '$ORG'"
	ctl import --user "$OWNER_EMAIL" "$file"
	[ "$(sql "SELECT project_count FROM organizations
	    WHERE id = '$ORG'")" = 4 ]
}
