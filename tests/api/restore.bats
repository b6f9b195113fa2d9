#!/usr/bin/env bats
# Deleted organizations: GET /v1/organizations?state=deleted, POST …/restore,
# POST …/purge, and the same by the tool.
# shellcheck disable=SC2030,SC2031,SC2154

bats_require_minimum_version 1.5.0

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

# new_house: a tenant with a member of its project, a key and an invitation, and
# PASSWORD for the owner.
new_house() {
	new_tenant || return
	PASSWORD=$(unique secret)
	set_password "$OWNER_EMAIL" "$PASSWORD" 2> /dev/null
	new_member || return
	join_project "$MEMBER_EMAIL" viewer "$PROJECT" "$ORG"
	SLUG=$(sql "SELECT name FROM organizations WHERE id = '$ORG'")
}

delete_it() {
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_status 204
}

restore() { # KEY [BODY]
	KEY=$1 api POST "/v1/organizations/$ORG/restore" --data "${2-}"
}

# purge [SLUG]: by the owner.
purge() {
	KEY='' api POST "/v1/organizations/$ORG/purge" \
	    --user "$OWNER_EMAIL:$PASSWORD" --data "{\"slug\": \"${1-$SLUG}\"}"
}

list_deleted() { # KEY [QUERY]
	KEY=$1 api GET "/v1/organizations?state=deleted${2-}"
	expect_status 200
}

# All that can be seen of the tenant, but for times and versions of roles.
shown() {
	sql "SELECT name, display_name FROM organizations WHERE id = '$ORG'
	    UNION ALL SELECT id, secret_key FROM projects
	    WHERE organization_id = '$ORG'
	    UNION ALL SELECT user_id, CONCAT(role, created_at)
	    FROM organization_bindings WHERE organization_id = '$ORG'
	    UNION ALL SELECT CONCAT(user_id, project_id),
	    CONCAT(role, created_at) FROM project_bindings
	    WHERE organization_id = '$ORG'
	    UNION ALL SELECT id, jti FROM licences
	    WHERE organization_id = '$ORG'"
}

# columns_of_house: "table column" of each that says whose organization a row is:
# by its name, or by a foreign key.  The trail and the claims of licence keys stay.
columns_of_house() {
	sql "SELECT CONCAT(c.table_name, ' ', c.column_name)
	    FROM information_schema.columns c JOIN information_schema.tables t
	    ON t.table_schema = c.table_schema AND t.table_name = c.table_name
	    AND t.table_type = 'BASE TABLE'
	    LEFT JOIN information_schema.key_column_usage k
	    ON k.table_schema = c.table_schema AND k.table_name = c.table_name
	    AND k.column_name = c.column_name
	    AND k.referenced_table_name = 'organizations'
	    WHERE c.table_schema = DATABASE()
	    AND (c.column_name LIKE '%organization\\_id'
	        OR k.column_name IS NOT NULL)
	    AND c.table_name NOT IN ('audit_events', 'licence_claims')
	    GROUP BY 1 ORDER BY 1"
}

# rows_of_house: how many rows each of them has of ORG, "table column count".
rows_of_house() {
	local table column text=''

	while read -r table column; do
		text+="${text:+ UNION ALL }SELECT '$table $column', COUNT(*)
		    FROM $table WHERE $column = '$ORG'"
	done < <(columns_of_house)
	sql "$text" | tr '\t' ' '
}

# Rows in every table that has an organization, and its own.
rows_left() {
	local all

	all=$(rows_of_house) || return
	[ "$(wc -l <<< "$all")" -ge 11 ] || return
	awk -v own="$(sql "SELECT COUNT(*) FROM organizations
	    WHERE id = '$ORG'")" '{ sum += $3 } END { print sum + own }' \
	    <<< "$all"
}

# furnish: a row of ORG in each table that can have one.
furnish() {
	local guest

	add_key --user "$OWNER_EMAIL" --org "$ORG" > /dev/null
	guest=$(unique guest)@example.org
	KEY=$OWNER_KEY api POST /v1/invitations --data "{\"role\": \"user\",
	    \"email\": \"$guest\", \"projects\":
	    [{\"id\": \"$PROJECT\", \"role\": \"user\"}]}"
	expect_status 201
	KEY=$OWNER_KEY api POST /v1/secret-keys --data '' \
	    --header "X-Bindplane-Account-ID: $PROJECT"
	expect_status 200
	# a mail of that invitation that waits, and who has looked at the house
	sql "INSERT INTO outbox (id, kind, organization_id, invitation_id,
	    state, created_at, due_at) SELECT id, 'invitation',
	    organization_id, id, 'failed', created_at, created_at
	    FROM invitations WHERE organization_id = '$ORG'"
	api GET "/v1/organizations/$ORG"
	expect_status 200
	within 10 is_read
}

is_read() {
	[ "$(sql "SELECT COUNT(*) FROM security_events
	    WHERE organization_id = '$ORG'")" -ge 1 ]
}

@test "a restored organization is as it was" {
	local before tag

	new_house
	before=$(shown)
	KEY=$OWNER_KEY api GET "/v1/organizations/users/$(user_id "$MEMBER_EMAIL")"
	tag=$(header ETag)
	delete_it
	restore "$OWNER_KEY"
	expect_status 200
	expect_json ".organization.metadata.id == \"$ORG\" and
	    .organization.metadata.version == 2 and
	    .notRestored == {members: 0, invitations: 0, apiKeys: 0}"
	[ -n "$(header ETag)" ]
	[ "$(shown)" = "$before" ]
	KEY=$MEMBER_KEY api GET "/v1/projects/$PROJECT"
	expect_status 200
	KEY=$OWNER_KEY api PATCH \
	    "/v1/organizations/users/$(user_id "$MEMBER_EMAIL")" \
	    --data '{"role": "admin"}' --header "If-Match: $tag"
	expect_problem 412
	[ "$(sql "SELECT GROUP_CONCAT(action ORDER BY id)
	    FROM audit_events WHERE organization_id = '$ORG'
	    AND action <> 'organization.create'")" = \
	    organization.delete,organization.restore ]
	# that of its admin, and not of another one
	restore "$OWNER_KEY"
	expect_status 200
	expect_json '.organization.metadata.version == 2'
	restore "$MEMBER_KEY"
	expect_problem 403
	# and once more all of it
	delete_it
	restore "$OWNER_KEY"
	expect_json '.organization.metadata.version == 3'
	[ "$(shown)" = "$before" ]
	run ctl check --deep
	echo "$output"
	[[ $output != *"$ORG"* ]]
}

@test "keys come back when that is asked for, expired ones and invitations not" {
	local live ended key

	new_house
	live=$(add_key --user "$OWNER_EMAIL" --org "$ORG")
	ended=$(add_key --user "$MEMBER_EMAIL" --project "$PROJECT")
	sql "UPDATE api_keys SET expires_at = UTC_TIMESTAMP(3)
	    WHERE digest = UNHEX(SHA2('$ended', 256))"
	KEY=$OWNER_KEY api POST /v1/invitations \
	    --data '{"email": "a@example.org", "role": "user"}'
	expect_status 201
	delete_it
	restore "$OWNER_KEY" '{}'
	expect_json '.notRestored == {members: 0, invitations: 1, apiKeys: 1}'
	expect_key_status "$live" 401 GET /v1/organizations
	KEY=$OWNER_KEY api GET '/v1/invitations?state=revoked'
	expect_json '.invitations | length == 1'
	# what has not come back once does not come back with the next
	key=$(add_key --user "$OWNER_EMAIL" --org "$ORG")
	sql "UPDATE api_keys SET expires_at = '2100-01-01'
	    WHERE digest = UNHEX(SHA2('$key', 256))"
	delete_it
	restore "$OWNER_KEY" '{"keys": true}'
	expect_json '.notRestored == {members: 0, invitations: 0, apiKeys: 0}'
	expect_key_status "$key" 200 GET /v1/organizations
	[ "$(sql "SELECT expires_at FROM api_keys
	    WHERE digest = UNHEX(SHA2('$key', 256))")" = \
	    '2100-01-01 00:00:00.000' ]
	expect_key_status "$live" 401 GET /v1/organizations
	expect_key_status "$ended" 401 GET /v1/organizations
	[ "$(sql "SELECT COUNT(*) FROM api_keys WHERE organization_id = '$ORG'
	    AND (ended_from IS NOT NULL OR expires_at > '9000-01-01')")" = 0 ]
}

# in_session TOKEN BODY: restores with that session.
in_session() {
	KEY='' api POST "/v1/organizations/$ORG/restore" --data "$2" \
	    --header "Cookie: tenantry=$1" --header 'X-Requested-With: a' \
	    --header 'Content-Type: application/json'
}

@test "step-up: an old session restores an organization, but not its keys" {
	local token

	new_house
	delete_it
	KEY='' api POST /v1/session --header 'X-Requested-With: a' \
	    --header 'Content-Type: application/json' --data "{\"login\":
	    \"$OWNER_EMAIL\", \"password\": \"$PASSWORD\"}"
	expect_status 201
	token=$(header Set-Cookie)
	token=${token#*=}
	token=${token%%;*}
	sql "UPDATE sessions SET confirmed_at = UTC_TIMESTAMP(3)
	    - INTERVAL 11 MINUTE WHERE digest = UNHEX(SHA2('$token', 256))"
	in_session "$token" '{"keys": true}'
	expect_type 403 step-up
	in_session "$token" '{"keys": false}'
	expect_status 200
	delete_it
	sql "UPDATE sessions SET confirmed_at = UTC_TIMESTAMP(3)
	    - INTERVAL 9 MINUTE WHERE digest = UNHEX(SHA2('$token', 256))"
	in_session "$token" '{"keys": true}'
	expect_status 200
}

@test "who was disabled meanwhile does not come back, but for the only admin" {
	local key

	new_house
	key=$(add_key --user "$MEMBER_EMAIL" --org "$ORG")
	delete_it
	ctl user disable --email "$MEMBER_EMAIL" --force
	restore "$OWNER_KEY" '{"keys": true}'
	expect_json '.notRestored == {members: 1, invitations: 0, apiKeys: 1}'
	[ "$(sql "SELECT GROUP_CONCAT(role) FROM organization_bindings
	    WHERE organization_id = '$ORG'")" = admin ]
	ctl user enable --email "$MEMBER_EMAIL"
	expect_key_status "$key" 401 GET /v1/organizations
	delete_it
	ctl user disable --email "$OWNER_EMAIL" --force
	expect_key_status "$OWNER_KEY" 401 POST \
	    "/v1/organizations/$ORG/restore" --data ''
	restore "$TENANTRY_API_KEY"
	expect_status 200
	[ "$(sql "SELECT GROUP_CONCAT(role) FROM organization_bindings
	    WHERE organization_id = '$ORG'")" = admin ]
}

@test "those who were admins and system administrators restore, nobody else" {
	new_house
	new_stranger
	narrow=$(add_key --user "$OWNER_EMAIL" --role user)
	new_user "$(unique other)@example.org"
	join_organization "$USER_EMAIL" admin "$ORG"
	delete_it
	for key in "$MEMBER_KEY" "$STRANGER_KEY" "$narrow"; do
		restore "$key"
		expect_problem 404
		detail=$(json .detail)
		ORG=01ARZ3NDEKTSV4RRFFQ69G5FAV restore "$key"
		expect_problem 404
		[ "$(json .detail)" = "$detail" ]
		list_deleted "$key"
		[ "$body" = '{"organizations":[]}' ]
	done
	restore ''
	expect_problem 401
	for key in "$USER_KEY" "$TENANTRY_API_KEY"; do
		restore "$key"
		expect_status 200
		delete_it
	done
	ORG=$SLUG restore "$OWNER_KEY"
	expect_status 200
	for text in '{"keys": 1}' '[' '[]'; do
		restore "$OWNER_KEY" "$text"
		expect_problem 400
	done
}

@test "the deleted ones are listed for those who were their admins" {
	local first second

	new_house
	first=$ORG
	KEY=$OWNER_KEY new_org
	second=$ORG
	KEY=$OWNER_KEY new_org
	for ORG in "$first" "$second"; do delete_it; done
	list_deleted "$OWNER_KEY"
	[ "$(ids_of organizations)" = "$first $second" ]
	expect_json ".organizations[0].status |
	    .deletedBy == \"$(user_id "$OWNER_EMAIL")\" and
	    (.deletedAt | length == 24) and .purgeAfter > .deletedAt"
	[ "$(KEY=$OWNER_KEY pages organizations \
	    '/v1/organizations?state=deleted&limit=1')" = "$first $second" ]
	list_deleted "$OWNER_KEY" "&q=${ORG_NAME:0:5}"
	list_deleted "$OWNER_KEY" '&q=nothing+of+that'
	expect_json '.organizations == []'
	list_deleted "$TENANTRY_API_KEY"
	[[ " $(ids_of organizations) " == *" $first $second "* ]]
	[ "$(pages organizations '/v1/organizations?state=deleted&limit=500')" = \
	    "$(list_deleted "$TENANTRY_API_KEY" && ids_of organizations)" ]
	KEY=$OWNER_KEY api GET '/v1/organizations?state=active'
	expect_json '.organizations | length == 1 and .[0].status == {}'
	KEY=$OWNER_KEY api GET '/v1/organizations?state=gone'
	expect_problem 400
}

@test "a licence that another organization has got meanwhile is over" {
	local licence jti

	new_house
	licence=$(issue --type growth)
	install_licence "$licence"
	expect_status 204
	jti=$(sql "SELECT jti FROM licences WHERE organization_id = '$ORG'")
	delete_it
	ctl licence release "$jti"
	restore "$OWNER_KEY"
	expect_status 200
	[ "$(sql "SELECT expires_at < '2000-01-01' FROM licences
	    WHERE organization_id = '$ORG'")" = 1 ]
	KEY=$OWNER_KEY api POST /v1/projects --data '{"displayName": "Second"}'
	expect_problem 403
	new_tenant
	install_licence "$licence"
	expect_status 204
}

@test "a licence that is in force elsewhere by now does not come back" {
	local licence house key

	new_house
	licence=$(issue --type growth)
	install_licence "$licence"
	delete_it
	ctl licence release "$(sql "SELECT jti FROM licences
	    WHERE organization_id = '$ORG'")"
	house=$ORG key=$OWNER_KEY
	new_tenant
	install_licence "$licence"
	expect_status 204
	ORG=$house
	restore "$key"
	expect_status 200
	[ "$(sql "SELECT expires_at < '2000-01-01' FROM licences
	    WHERE organization_id = '$ORG'")" = 1 ]
}

@test "a purge leaves no row but audit events and claims" {
	local empty house

	new_house
	furnish
	house=$(rows_of_house)
	sql "UPDATE licences SET limit_projects = 0
	    WHERE organization_id = '$ORG'"
	fill_projects 250
	delete_it
	# what is 0 at last was not 0 before: roles lie aside once it is deleted
	empty=$(cat <(echo "$house") <(rows_of_house) | sort |
	    awk '{ sum[$1 " " $2] += $3 }
		END { for (i in sum) if (sum[i] == 0) print i }')
	echo "without a row: $empty"
	[ -z "$empty" ]
	[ "$(rows_left)" -gt 250 ]
	run -1 ctl purge --org "$ORG" --json
	[[ $output == *' is not purged: its time has not come '* ]]
	[ "$(rows_left)" -gt 250 ]
	ctl purge --org "$SLUG" --now
	[ "$(rows_left)" = 0 ]
	# the newest row of the trail is known still
	[ "$(ctl audit verify --org "$ORG")" = '1 chains, 6 rows, 0 problems' ]
	[ "$(sql "SELECT GROUP_CONCAT(action ORDER BY id)
	    FROM audit_events WHERE organization_id = '$ORG'")" = \
	    "organization.create,key.create,invitation.create,$(
	    )secret-key.create,organization.delete,organization.purge" ]
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_status 204
	restore "$OWNER_KEY"
	expect_problem 404
	# once more is harmless, and what never was is an error
	for now in '' --now; do
		run --separate-stderr ctl purge --org "$ORG" --json $now
		[ "$status" = 0 ]
		[ "$stderr" = "tenantryctl: the organization $ORG is purged$(
		    ) already" ]
		[ "$output" = \
		    '{"organizations":0,"ended":0,"events":0}' ]
		for never in 01ARZ3NDEKTSV4RRFFQ69G5FAV \
		    00000000000000000000000000 "$SLUG" 'a b' ''; do
			run ctl purge --org "$never" $now
			[ "$status" = 1 ]
			[[ $output == *'no deleted organization'* ]]
		done
	done
	[ "$(ctl audit verify --org "$ORG")" = '1 chains, 6 rows, 0 problems' ]
	KEY=$OWNER_KEY new_org "$ORG_NAME"
}

@test "what is due goes in slices after ordinary writes" {
	new_house
	sql "UPDATE licences SET limit_projects = 0
	    WHERE organization_id = '$ORG'"
	fill_projects 150
	delete_it
	restore "$OWNER_KEY"
	expect_status 200
	delete_it
	# as if the days were over; nothing else is due
	ctl purge
	sql "UPDATE organizations SET purge_after = UTC_TIMESTAMP(3)
	    WHERE id = '$ORG'"
	before=$(rows_left)
	old=$ORG
	new_tenant
	left=$(ORG=$old rows_left)
	for _ in 1 2 3 4; do
		# a hundred, and at last the row of the organization
		[ "$left" -le "$before" ]
		[ $((before - left)) -le $((100 + (left == 0))) ]
		before=$left
		KEY=$OWNER_KEY cgi_send PATCH "/v1/organizations/$ORG" \
		    "{\"displayName\": \"$(unique Next)\"}"
		expect_status 200
		left=$(ORG=$old rows_left)
	done
	[ "$left" = 0 ]
	[ "$(sql "SELECT COUNT(*) FROM audit_events
	    WHERE organization_id = '$old'
	    AND action = 'organization.purge' AND user_id IS NULL")" = 1 ]
}

@test "a purge by its admin frees the name at once" {
	new_house
	purge
	expect_type 409 not-deleted
	KEY=$OWNER_KEY api POST "/v1/organizations/$ORG/purge" \
	    --data "{\"slug\": \"$SLUG\"}"
	expect_type 403 not-for-keys
	set_password "$MEMBER_EMAIL" "$PASSWORD" 2> /dev/null
	OWNER_EMAIL=$MEMBER_EMAIL purge
	expect_problem 403
	delete_it
	OWNER_EMAIL=$MEMBER_EMAIL purge
	expect_problem 404
	for slug in "$ORG" "$SLUG-" nothing; do
		purge "$slug"
		expect_type 400 bad-field
	done
	for text in '' '{}' '{"slug": ""}' '{"slug": null}'; do
		KEY='' api POST "/v1/organizations/$ORG/purge" \
		    --user "$OWNER_EMAIL:$PASSWORD" --data "$text"
		expect_problem 400
	done
	list_deleted "$OWNER_KEY"
	expect_json '.organizations | length == 1'
	purge
	expect_status 202
	[ -z "$body" ]
	restore "$OWNER_KEY"
	expect_problem 404
	list_deleted "$OWNER_KEY"
	expect_json '.organizations == []'
	api PUT /v1/organizations/verify \
	    --data "{\"organizationName\": $(json_text "$ORG_NAME")}"
	expect_json '.inUse == false'
	[ "$(sql "SELECT COUNT(*) FROM audit_events
	    WHERE organization_id = '$ORG' AND action = 'organization.purge'
	    AND user_id = '$(user_id "$OWNER_EMAIL")'")" = 1 ]
	old=$ORG
	KEY=$OWNER_KEY new_org "$ORG_NAME"
	[ "$ORG" != "$old" ]
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$old"
	expect_status 204
}

@test "a restore and a purge are sent again with their keys" {
	new_house
	delete_it
	for replayed in '' true; do
		KEY=$OWNER_KEY api POST "/v1/organizations/$ORG/restore" \
		    --data '' --header 'Idempotency-Key: a'
		expect_status 200
		[ "$(header Idempotency-Replayed)" = "$replayed" ]
		expect_json ".organization.metadata.id == \"$ORG\""
	done
	delete_it
	for replayed in '' true; do
		KEY='' api POST "/v1/organizations/$ORG/purge" \
		    --user "$OWNER_EMAIL:$PASSWORD" \
		    --data "{\"slug\": \"$SLUG\"}" --header 'Idempotency-Key: a'
		expect_status 202
		[ "$(header Idempotency-Replayed)" = "$replayed" ]
	done
}

@test "the tool deletes, restores and purges" {
	new_house
	key=$(add_key --user "$OWNER_EMAIL" --org "$ORG")
	run ctl org restore "$ORG"
	[ "$status" = 1 ]
	# what is not deleted, or not any more, is not purged
	run ctl purge --org "$ORG" --now
	expect_key_status "$key" 200 GET "/v1/organizations/$ORG"
	[ "$(ctl org delete "$SLUG" --json | jq -r .id)" = "$ORG" ]
	expect_key_status "$OWNER_KEY" 404 GET "/v1/organizations/$ORG"
	list_deleted "$OWNER_KEY"
	expect_json '.organizations[0].status.deletedBy == ""'
	[ "$(ctl org restore "$SLUG" --keys --json | jq .deletedAt)" = null ]
	expect_key_status "$key" 200 GET "/v1/organizations/$ORG"
	ctl org delete "$ORG"
	run ctl org restore "$ORG"
	[ "$status" = 0 ]
	[[ $output == *'not restored: 1 API keys'* ]]
	ctl org delete "$ORG"
	# as the first slice of a purge leaves it
	sql "UPDATE organizations SET is_restorable = NULL WHERE id = '$ORG'"
	run ctl org restore "$ORG"
	[ "$status" = 1 ]
	[[ $output == *'is being purged: it cannot be restored'* ]]
	[ "$(sql "SELECT deleted_at IS NOT NULL FROM organizations
	    WHERE id = '$ORG'")" = 1 ]
	sql "UPDATE organizations SET is_restorable = 1 WHERE id = '$ORG'"
	ctl purge --org "$ORG" --now
	run ctl org show "$ORG"
	[ "$status" = 1 ]
	[ "$(sql "SELECT GROUP_CONCAT(action ORDER BY id) FROM audit_events
	    WHERE organization_id = '$ORG' AND user_id IS NULL
	    AND action LIKE 'organization.%'")" = \
	    "organization.delete,organization.restore,$(
	    )organization.delete,organization.restore,$(
	    )organization.delete,organization.purge" ]
}

# --- at the same time ---------------------------------------------------------

# next_house: another organization of the owner, deleted.
next_house() {
	KEY=$OWNER_KEY new_org
	SLUG=$(sql "SELECT name FROM organizations WHERE id = '$ORG'")
	delete_it
}

@test "of a restore and a purge at once one wins" {
	local path

	new_house
	for _ in {1..20}; do
		next_house
		path=/v1/organizations/$ORG
		at_once "$OWNER_KEY" POST "$path/restore" '{}' \
		    "$OWNER_EMAIL:$PASSWORD" POST "$path/purge" \
		    "{\"slug\": \"$SLUG\"}"
		echo "$codes"
		KEY=$OWNER_KEY api GET "$path"
		case $codes in
		'200 409') expect_status 200 ;;
		'404 202') expect_status 404 ;;
		*) false ;;
		esac
	done
}

# The tool purges it, slice by slice, while it is restored: all of it is there
# again, or none of it.
@test "of a restore and a purge of several slices by the tool one wins" {
	local i purging before status

	new_house
	for i in {1..20}; do
		KEY=$OWNER_KEY new_org
		sql "UPDATE licences SET limit_projects = 0
		    WHERE organization_id = '$ORG'"
		fill_projects 250
		before=$(shown)
		delete_it
		ctl purge --org "$ORG" --now > "$BATS_TEST_TMPDIR/purge" 2>&1 \
		    3>&- &
		purging=$!
		# now before the first slice, now behind it
		sleep "$(printf '0.0%02d' "$i")"
		restore "$OWNER_KEY"
		status=0
		wait "$purging" || status=$?
		echo "$status_code $status $(cat "$BATS_TEST_TMPDIR/purge")"
		case $status_code in
		200)
			[ "$status" = 1 ]
			[ "$(shown)" = "$before" ]
			[ "$(sql "SELECT project_count FROM organizations
			    WHERE id = '$ORG'")" = 251 ]
			;;
		404)
			[ "$status" = 0 ]
			[ "$(rows_left)" = 0 ]
			;;
		*) false ;;
		esac
		KEY=$OWNER_KEY api GET "/v1/organizations/$ORG"
		expect_status "$status_code"
	done
	run ctl check --deep
	[[ $output != *"$ORG"* ]]
}

@test "a restore that waits for a purge finds nothing" {
	new_house
	delete_it
	settings
	meanwhile "UPDATE organizations SET is_restorable = NULL,
	    name = LOWER(id), name_key = CONCAT(X'00', id)
	    WHERE id = '$ORG'" "$OWNER_KEY" POST \
	    "/v1/organizations/$ORG/restore" '{}'
	expect_problem 404
	[ "$(sql "SELECT COUNT(*) FROM organization_bindings
	    WHERE organization_id = '$ORG'")" = 0 ]
}

@test "of many restores at once one is made, and all are answered" {
	new_house
	delete_it
	KEY=$OWNER_KEY api_many 6 POST "/v1/organizations/$ORG/restore" --data ''
	[ "$(count_codes 200)" = 6 ]
	[ "$(sql "SELECT COUNT(*), MAX(o.version) FROM audit_events a
	    JOIN organizations o ON o.id = a.organization_id
	    WHERE o.id = '$ORG' AND action = 'organization.restore'")" = '1	2' ]
}

@test "a rename that waits for a delete changes nothing" {
	new_house
	settings
	for key in "$OWNER_KEY" "$TENANTRY_API_KEY"; do
		meanwhile "UPDATE organizations SET deleted_at =
		    UTC_TIMESTAMP(3), purge_after = '2099-01-01',
		    is_restorable = 1 WHERE id = '$ORG'" "$key" PATCH \
		    "/v1/organizations/$ORG/metadata" \
		    "{\"displayName\": \"$(unique Late)\"}"
		expect_problem 404
		[ "$(sql "SELECT display_name FROM organizations
		    WHERE id = '$ORG'")" = "$ORG_NAME" ]
		sql "UPDATE organizations SET deleted_at = NULL,
		    purge_after = NULL, is_restorable = NULL
		    WHERE id = '$ORG'"
	done
}

@test "a name is either another's or comes back with a restore" {
	local path

	new_house
	new_stranger
	path=/v1/organizations/$ORG
	for _ in {1..20}; do
		delete_it
		at_once "$OWNER_KEY" POST "$path/restore" '{}' \
		    "$STRANGER_KEY" PATCH \
		    "/v1/organizations/$STRANGER_ORG/metadata" \
		    "{\"displayName\": \"$ORG_NAME\"}"
		[ "$codes" = '200 409' ]
	done
	# purged it is free, and then it does not come back
	for _ in {1..20}; do
		KEY=$OWNER_KEY new_org
		SLUG=$(sql "SELECT name FROM organizations WHERE id = '$ORG'")
		delete_it
		at_once "$OWNER_EMAIL:$PASSWORD" POST \
		    "/v1/organizations/$ORG/purge" "{\"slug\": \"$SLUG\"}" \
		    "$STRANGER_KEY" PATCH \
		    "/v1/organizations/$STRANGER_ORG/metadata" \
		    "{\"displayName\": \"$ORG_NAME\"}"
		[[ $codes = '202 409' || $codes = '202 200' ]]
		restore "$OWNER_KEY"
		expect_problem 404
	done
}
