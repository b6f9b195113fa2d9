#!/usr/bin/env bats
# A person is erased: POST /v1/users/me/erase, tenantryctl user erase.
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

setup() {
	load helper
	load tenancy
	load writes
	load invitations
	load tool
}

teardown() {
	drop_own_database
	sql "DROP TRIGGER IF EXISTS seen_organization;
	    DROP TRIGGER IF EXISTS seen_user;
	    DROP TABLE IF EXISTS seen_locks"
	[ -z "${MANY:-}" ] || sql "DELETE FROM organizations
	    WHERE id LIKE '$MANY%'"
}

# erase [BODY [CURL ARGUMENT...]]: by MEMBER_EMAIL with PASSWORD.
erase() {
	local body=${1-"{\"password\": \"$PASSWORD\",
	    \"confirm\": \"$MEMBER_EMAIL\"}"}

	KEY='' api POST "/v1/users/me/erase" --user "$MEMBER_EMAIL:$PASSWORD" \
	    --data "$body" "${@:2}"
}

dry_run() {
	KEY='' api POST '/v1/users/me/erase?dryRun=true' \
	    --user "$MEMBER_EMAIL:$PASSWORD" --data ''
}

# new_person: a member of ORG with a password, whose name, address, login of
# keys and invitations have MARK in them.  Sets MEMBER, its id.
new_person() {
	MARK=$(unique mark)
	PASSWORD=$(unique secret)
	new_user "$MARK@example.org" --name "Name $MARK" || return
	MEMBER_EMAIL=$USER_EMAIL MEMBER_KEY=$USER_KEY
	set_password "$MEMBER_EMAIL" "$PASSWORD"
	MEMBER=$(user_id "$MEMBER_EMAIL")
	join_organization "$MEMBER_EMAIL" admin "$ORG"
	join_project "$MEMBER_EMAIL" viewer "$PROJECT" "$ORG"
}

# text_columns: those that can hold a text or bytes, "table column" a line.
text_columns() {
	sql "SELECT CONCAT(table_name, ' ', column_name)
	    FROM information_schema.columns WHERE table_schema = 'tenantry'
	    AND table_name IN (SELECT table_name FROM information_schema.tables
	        WHERE table_schema = 'tenantry' AND table_type = 'BASE TABLE')
	    AND (character_maximum_length IS NOT NULL OR data_type = 'json')" |
	    LC_ALL=C sort
}

# columns_with EXPRESSION: the columns of which it is true of some row; `#` in it
# is the column as a text in lower case.
columns_with() {
	local table column query='' text

	while read -r table column; do
		text="LOWER(CONVERT(\`$column\` USING utf8mb4))"
		query+="${query:+ UNION ALL }SELECT '$table $column' FROM DUAL
		    WHERE EXISTS (SELECT 1 FROM \`$table\`
		    WHERE ${1//#/$text})"
	done < <(text_columns)
	sql "$query" | LC_ALL=C sort
}

# full_life: all that the service can come to hold of the person: memberships,
# invitations made, received and accepted, keys, sessions, failures, answers.
full_life() {
	local first=$ORG

	new_house
	new_person
	set_active_project "$MEMBER_EMAIL" "$PROJECT"
	invite "$MEMBER_KEY" "$(unique guest)@example.org" user '' \
	    --header "X-Organization-ID: $ORG" \
	    --header "Idempotency-Key: $MARK"
	expect_status 201
	KEY=$MEMBER_KEY api POST /v1/api-keys \
	    --header "X-Organization-ID: $ORG" \
	    --data "{\"owner\": \"me\", \"description\": \"Key $MARK\"}"
	expect_status 201
	PERSON_KEY=$(json .key)
	KEY='' api POST /v1/session --header 'X-Requested-With: test' \
	    --header 'Content-Type: application/json' --data \
	    "{\"login\": \"$MEMBER_EMAIL\", \"password\": \"$PASSWORD\"}"
	expect_status 201
	with_password "$MEMBER_EMAIL" wrong
	expect_status 401
	# one that waits for an answer, and one that was accepted
	for what in wait accept; do
		new_house
		invite "$OWNER_KEY" "$MEMBER_EMAIL" user
		expect_status 201
		expect_invited
		[ "$what" = wait ] || {
			accept "$MEMBER_EMAIL:$PASSWORD"
			expect_status 200
		}
	done
	# an address that waits to be confirmed, and the mails about it
	sql "INSERT INTO address_changes (user_id, id, email, email_key,
	    created_at) VALUES ('$MEMBER', '$MEMBER', 'new-$MARK@example.org',
	    'new-$MARK@example.org', UTC_TIMESTAMP(3));
	    INSERT INTO outbox (id, kind, user_id, change_id, state,
	    created_at, due_at) VALUES ('$MEMBER', 'new', '$MEMBER', '$MEMBER',
	    'queued', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) + INTERVAL 1 DAY)"
	# a member of one that is deleted
	new_house
	join_organization "$MEMBER_EMAIL" user "$ORG"
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_status 204
}

@test "nothing of an erased person is left in any column of a text" {
	local kept

	full_life
	# the mark is found where it is
	[[ $(columns_with "LOCATE('$MARK', #)") == *'users display_name'*'users email'* ]]
	dry_run
	expect_status 200
	expect_json '.dryRun and .lastAdminOf == [] and .removed == {
	    memberships: 2, projectRoles: 1, apiKeys: 2, sessions: 1,
	    invitations: 3}'
	erase
	expect_status 200
	expect_json '.dryRun == false and .removed.memberships == 2'
	[ -z "$(columns_with "LOCATE('$MARK', #)")" ]
	# the id is left where the trail, and what others have, names it
	kept=$(columns_with "# = LOWER('$MEMBER')")
	[ "$kept" = $'audit_events actor_id\naudit_events resource_id
audit_events user_id\nusers id\nusers name' ]
	[ "$(columns_with "LOCATE(LOWER('$MEMBER'), #)
	    AND # <> LOWER('$MEMBER')")" = $'audit_events change_json
audit_events detail\nusers email_key' ]
	[ "$(failures_of "$MEMBER_EMAIL")" = 0 ]
	[ "$(sql "SELECT display_name, email, password_hash,
	    active_project_id IS NULL, disabled_at = erased_at
	    FROM users WHERE id = '$MEMBER'")" = \
	    $'erased user\terased user\tNULL\t1\t1' ]
}

# sent_to ADDRESS: invites it to another organization.
sent_to() {
	new_house
	invite "$OWNER_KEY" "$1" user
	expect_status 201
}

export_invitations() { # EXPECTED: how many were received
	KEY='' api GET /v1/users/me/export --user "$MEMBER_EMAIL:$PASSWORD"
	expect_status 200
	expect_json ".invitationsReceived | length == $1"
}

@test "who has not proved an address reaches no invitation to it" {
	new_house
	new_person
	sent_to "$MEMBER_EMAIL"
	export_invitations 1
	sql "UPDATE users SET is_email_unproved = 1 WHERE id = '$MEMBER'"
	export_invitations 0
	dry_run
	expect_json '.removed.invitations == 0'
	erase
	expect_status 200
	[ "$(sql "SELECT state FROM invitations
	    WHERE organization_id = '$ORG'")" = pending ]
}

@test "an invitation to another spelling is another person's" {
	new_house
	new_person
	sql "UPDATE users SET email = 'strasse-$MEMBER_EMAIL',
	    email_key = 'strasse-$MEMBER_EMAIL' WHERE id = '$MEMBER'"
	sent_to "straße-$MEMBER_EMAIL"
	MEMBER_EMAIL=strasse-$MEMBER_EMAIL
	[ "$(sql "SELECT email_key FROM invitations
	    WHERE organization_id = '$ORG'")" = "$MEMBER_EMAIL" ]
	export_invitations 0
	erase
	expect_status 200
	[ "$(sql "SELECT state FROM invitations
	    WHERE organization_id = '$ORG'")" = pending ]
}

# Also of a key that is bound nowhere, by which nobody is a member any more.
@test "the trail names the service keys that go with a key of the person" {
	local key

	new_house
	new_person
	KEY=$MEMBER_KEY api POST /v1/api-keys \
	    --header "X-Organization-ID: $ORG" \
	    --data '{"owner": "organization", "description": "Nightly"}'
	expect_status 201
	key=$(json .apiKey.metadata.id)
	[ "$(sql "SELECT m.organization_id FROM api_keys k JOIN api_keys m
	    ON m.id = k.made_by WHERE k.id = '$key'")" = NULL ]
	erase
	expect_status 200
	[ "$(sql "SELECT COUNT(*) FROM api_keys WHERE id = '$key'")" = 0 ]
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG/changes"
	expect_json ".changes[-1] | .action == \"member.leave\" and
	    .change.keys == [\"$key\"]"
}

# A new column of a text has its line in tests/api/text_columns: whoever adds
# one says there whether an erase has to remove it, and adds it to full_life.
@test "of each column it is known whether it holds something of a person" {
	local known

	known=$(sed -nE 's/^([a-z_]+ [a-z_]+) (person|trail|none)$/\1/p' \
	    "$BATS_TEST_DIRNAME/text_columns")
	[ "$(text_columns)" = "$known" ] || {
		diff <(text_columns) <(echo "$known")
		return 1
	}
}

@test "no credential of an erased person works, and the name is free" {
	full_life
	erase
	expect_status 200
	expect_key_status "$MEMBER_KEY" 401 GET /v1/organizations
	expect_key_status "$PERSON_KEY" 401 GET /v1/organizations
	with_password "$MEMBER_EMAIL" "$PASSWORD"
	expect_problem 401
	with_password 'erased user' "$PASSWORD"
	expect_problem 401
	erase
	expect_problem 401
	# a new account of that address is another person
	new_user "$MEMBER_EMAIL"
	[ "$(user_id "$MEMBER_EMAIL")" != "$MEMBER" ]
	expect_key_status "$USER_KEY" 200 GET /v1/organizations
	expect_json '.organizations == []'
}

@test "the audit trail shows an erased user, and is not changed" {
	local before after

	new_house
	new_person
	KEY=$MEMBER_KEY api PATCH "/v1/organizations/$ORG" \
	    --data "{\"displayName\": \"$(unique Renamed)\"}"
	expect_status 200
	before=$(ctl audit export --org "$ORG" | grep -v '"head"' | sha256sum)
	erase
	expect_status 200
	after=$(ctl audit export --org "$ORG" | grep -v '"head"' |
	    head -n -1 | sha256sum)
	[ "$before" = "$after" ]
	ctl audit verify --org "$ORG"
	KEY=$OWNER_KEY api GET /v1/audit-events
	expect_status 200
	expect_json '.auditEvents[0] | .action == "member.leave" and
	    .user == "erased user" and .resourceName == "erased user"'
	expect_json '.auditEvents[1] | .action == "organization.rename" and
	    .user == "erased user"'
	[[ $(ctl audit list --org "$ORG") == *'erased user'* ]]
	KEY=$OWNER_KEY api GET /v1/organizations/users
	expect_json "[.users[].metadata.id] | index(\"$MEMBER\") == null"
	KEY=$OWNER_KEY api GET "/v1/organizations/users/$MEMBER"
	expect_problem 404
}

@test "the last usable admin is told of which organizations, and stays" {
	local alone

	new_house
	new_person
	KEY=$MEMBER_KEY new_org
	alone=$ORG
	dry_run
	expect_status 200
	expect_json "[.lastAdminOf[].id] == [\"$alone\"]"
	erase
	expect_type 409 last-admin '1 organizations'
	expect_json ".organizations == [{id: \"$alone\",
	    name: .organizations[0].name,
	    displayName: \"$ORG_NAME\"}]"
	expect_key_status "$MEMBER_KEY" 200 GET /v1/organizations
	expect_json '.organizations | length == 2'
	with 1 'make another member' user erase --email "$MEMBER_EMAIL"
	[[ $stderr == *'last usable admin of the organization'* ]]
	with 0 '' user erase --email "$MEMBER_EMAIL" --force
	[ "$(sql "SELECT COUNT(*) FROM organization_bindings
	    WHERE organization_id = '$alone'")" = 0 ]
	[ "$(sql "SELECT member_count FROM organizations
	    WHERE id = '$alone'")" = 0 ]
	KEY=$TENANTRY_API_KEY api DELETE "/v1/organizations/$alone"
	expect_status 204
}

@test "an erase wants the person, the password and the login" {
	local body

	new_house
	new_person
	for body in '' '{}' "{\"password\": \"$PASSWORD\"}" \
	    "{\"confirm\": \"$MEMBER_EMAIL\"}" \
	    "{\"password\": \"$PASSWORD\", \"confirm\": \"$OWNER_EMAIL\"}" \
	    "{\"password\": \"$PASSWORD\", \"confirm\": \"nobody\"}" \
	    "{\"password\": 1, \"confirm\": \"$MEMBER_EMAIL\"}"; do
		erase "$body"
		expect_problem 400
	done
	erase "{\"password\": \"wrong\", \"confirm\": \"$MEMBER_EMAIL\"}"
	expect_problem 401
	KEY=$MEMBER_KEY api POST /v1/users/me/erase --data "{\"password\":
	    \"$PASSWORD\", \"confirm\": \"$MEMBER_EMAIL\"}"
	expect_type 403 not-for-keys
	# the login may be typed in other letters
	erase "{\"password\": \"$PASSWORD\", \"confirm\": \"${MEMBER_EMAIL^^}\"}"
	expect_status 200
}

@test "an erase by a session takes the cookie away and wants a new password" {
	local token

	new_house
	new_person
	KEY='' api POST /v1/session --header 'X-Requested-With: test' \
	    --header 'Content-Type: application/json' --data \
	    "{\"login\": \"$MEMBER_EMAIL\", \"password\": \"$PASSWORD\"}"
	expect_status 201
	token=$(header Set-Cookie)
	token=${token#*=} token=${token%%;*}
	sql "UPDATE sessions SET confirmed_at = UTC_TIMESTAMP(3)
	    - INTERVAL 11 MINUTE WHERE user_id = '$MEMBER'"
	for status in 403 200; do
		KEY='' api POST /v1/users/me/erase \
		    --header "Cookie: $cookie_name=$token" \
		    --header 'X-Requested-With: test' \
		    --header 'Content-Type: application/json' --data \
		    "{\"password\": \"$PASSWORD\",
		    \"confirm\": \"$MEMBER_EMAIL\"}"
		expect_status "$status"
		sql "UPDATE sessions SET confirmed_at = UTC_TIMESTAMP(3)
		    WHERE user_id = '$MEMBER'"
	done
	[[ $(header Set-Cookie) == "$cookie_name=;"* ]]
}

@test "the tool erases, also who has no password, and not twice" {
	new_house
	new_member
	MEMBER=$(user_id "$MEMBER_EMAIL")
	with 0 '' user erase --email "$MEMBER_EMAIL" --json
	[ "$(jq -r .login <<< "$output")" = 'erased user' ]
	with 1 'there is no user' user erase --email "$MEMBER_EMAIL"
	[ "$(events user.erase "$MEMBER")" = 1 ]
	[ "$(events member.leave "$MEMBER")" = 1 ]
	[ "$(sql "SELECT user_id FROM audit_events WHERE action = 'user.erase'
	    AND resource_id = '$MEMBER'")" = NULL ]
	expect_key_status "$MEMBER_KEY" 401 GET /v1/organizations
}

@test "the last usable system administrator is not erased" {
	own_database
	with_own init > "$BATS_TEST_TMPDIR/init"
	keys="SELECT COUNT(*) FROM own_$BATS_TEST_NUMBER.api_keys"
	[ "$(sql "$keys")" = 1 ]
	refused=1 with_own user erase --email admin@localhost
	# nothing went before it was refused, also of who has a password besides
	[ "$(sql "$keys")" = 1 ]
	sql "UPDATE own_$BATS_TEST_NUMBER.users SET password_hash = '*'"
	refused=1 with_own user erase --email admin@localhost
	[ "$(sql "$keys")" = 1 ]
	with_own user erase --email admin@localhost --force
}

# in_many: 2,000 organizations of ids that begin with MANY, of which MEMBER is an
# admin in each third and a user in the others; OWNER is another admin of all.
in_many() {
	MANY=00${MEMBER:10:10}
	sql "INSERT INTO organizations (id, name, display_name, name_key,
	    member_count, created_at, modified_at) SELECT CONCAT('$MANY',
	    LPAD(seq, 14, '0')), CONCAT(LOWER('$MANY'), LPAD(seq, 14, '0')),
	    CONCAT('$MANY', seq), CONCAT('$MANY', seq), 2, NOW(3), NOW(3)
	    FROM $(numbers 2000);
	    INSERT INTO organization_bindings (user_id, organization_id, role,
	    created_at) SELECT '$MEMBER', id, IF(RIGHT(id, 6) % 3 = 0, 'admin',
	    'user'), NOW(3) FROM organizations WHERE id LIKE '$MANY%'
	    UNION ALL SELECT '$(user_id "$OWNER_EMAIL")', id, 'admin', NOW(3)
	    FROM organizations WHERE id LIKE '$MANY%'"
	ALONE=${MANY}00000000001500
}

# only_admin ROLE: of OWNER in ALONE, where MEMBER is an admin.
only_admin() {
	sql "UPDATE organization_bindings SET role = '$1'
	    WHERE organization_id = '$ALONE'
	    AND user_id = '$(user_id "$OWNER_EMAIL")'"
}

# watch_locks: which rows of organizations and users writes change, in which
# order, and in which transaction; also what is rolled back.
watch_locks() {
	sql "CREATE TABLE seen_locks (seq INT AUTO_INCREMENT PRIMARY KEY,
	        kind CHAR(1), id CHAR(26), client BIGINT) ENGINE = MyISAM;
	    CREATE TRIGGER seen_organization BEFORE UPDATE ON organizations
	    FOR EACH ROW INSERT INTO seen_locks (kind, id, client)
	        VALUES ('o', NEW.id, CONNECTION_ID());
	    CREATE TRIGGER seen_user BEFORE UPDATE ON users FOR EACH ROW
	    INSERT INTO seen_locks (kind, id, client)
	        VALUES ('u', NEW.id, CONNECTION_ID())"
}

# locked KIND: how many different rows.
locked() {
	sql "SELECT COUNT(DISTINCT id) FROM seen_locks WHERE kind = '$1'"
}

# out_of_order KIND: of how many rows a smaller one was locked later.
out_of_order() {
	sql "SELECT COUNT(*) FROM (SELECT id, LAG(id) OVER (ORDER BY seq) AS
	    before_it FROM seen_locks WHERE kind = '$1') x WHERE id < before_it"
}

# An order of locks is what saves two such writes from a deadlock: organizations
# by their ids, then users (docs/architecture.md).
@test "an admin of many of 2,000 organizations is disabled, or of none" {
	local before how

	new_house
	new_person
	in_many
	only_admin user
	before=$(sql "SELECT disabled_at, session_epoch FROM users
	    WHERE id = '$MEMBER'")
	watch_locks
	with 1 "last usable admin of the organization ${ALONE,,}" \
	    user disable --email "$MEMBER_EMAIL"
	[[ $stderr == *--force* ]]
	api PATCH "/v1/system/users/$MEMBER" --data '{"disabled": true}'
	expect_type 409 last-admin "${ALONE,,}"
	# both have looked at all of them, and nothing is left of it
	[ "$(locked o)" = 2001 ]
	[ "$(sql "SELECT disabled_at, session_epoch FROM users
	    WHERE id = '$MEMBER'")" = "$before" ]
	[ "$(sql "SELECT SUM(write_count) FROM organizations
	    WHERE id LIKE '$MANY%'")" = 0 ]
	[ "$(events user.disable "$MEMBER")" = 0 ]
	expect_key_status "$MEMBER_KEY" 200 GET /v1/organizations
	only_admin admin
	for how in tool route; do
		sql "TRUNCATE seen_locks"
		if [ "$how" = tool ]; then
			with 0 '' user disable --email "$MEMBER_EMAIL"
		else
			api PATCH "/v1/system/users/$MEMBER" \
			    --data '{"disabled": true}'
			expect_status 200
		fi
		[ "$(locked o)" = 2001 ]
		[ "$(out_of_order o)" = 0 ]
		[ "$(sql "SELECT MIN(IF(kind = 'u', seq, NULL)) >
		    MAX(IF(kind = 'o', seq, NULL)) FROM seen_locks")" = 1 ]
		expect_key_status "$MEMBER_KEY" 401 GET /v1/organizations
		ctl user enable --email "$MEMBER_EMAIL"
	done
}

# Each of 2,000 memberships goes in a transaction of its own, and what was
# stopped in the middle goes on.
@test "a person in 2,000 organizations is erased, also if it is stopped" {
	local left

	new_house
	new_person
	in_many
	only_admin user
	erase
	expect_type 409 last-admin '1 organizations'
	expect_json ".organizations == [{id: \"$ALONE\",
	    name: \"${ALONE,,}\", displayName: \"${MANY}1500\"}]"
	[ "$(sql "SELECT COUNT(*) FROM organization_bindings
	    WHERE user_id = '$MEMBER'")" = 2001 ]
	only_admin admin
	watch_locks
	timeout -s KILL 0.4 "$CTL" user erase \
	    --conf "$TENANTRY_CONF" --email "$MEMBER_EMAIL" || true
	left=$(sql "SELECT COUNT(*) FROM organization_bindings
	    WHERE user_id = '$MEMBER'")
	[ "$left" -gt 0 ]
	until erase && [ "$status_code" = 200 ]; do
		expect_problem 503 'send it again'
	done
	[ "$(sql "SELECT COUNT(*) FROM organization_bindings
	    WHERE user_id = '$MEMBER'")" = 0 ]
	[ "$(sql "SELECT COUNT(*), COUNT(DISTINCT organization_id)
	    FROM audit_events WHERE action = 'member.leave'
	    AND resource_id = '$MEMBER'")" = $'2001\t2001' ]
	[ "$(sql "SELECT MIN(member_count), MAX(member_count)
	    FROM organizations WHERE id LIKE '$MANY%'")" = $'1\t1' ]
	# none before it in the order, and the person's row at last
	[ "$(locked o)" = 2001 ]
	[ "$(out_of_order o)" = 0 ]
	[ "$(sql "SELECT id FROM seen_locks ORDER BY seq DESC LIMIT 1")" = \
	    "$MEMBER" ]
}
