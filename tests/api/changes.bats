#!/usr/bin/env bats
# GET /v1/organizations/{id}/changes: what a copy is made from.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

setup() {
	load helper
	load tenancy
	load writes
	sql_command="$TENANTRY_ROOT/build/tests/sql $database_socket $DB_ADMIN"
}

changes() { # [QUERY]: of the owner
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG/changes${1:+?$1}"
}

new_label() { # VALUE
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG" \
	    --data "{\"labels\": {\"a\": \"$1\"}}"
	expect_status 200
}

@test "a copy is rebuilt from the changes of a thousand random writes" {
	local i USERS=''

	new_tenant
	for i in 1 2 3 4; do
		new_user "$(unique "person$i")@example.org"
		USERS+=${USERS:+$'\n'}"$USER_EMAIL $USER_KEY"
	done
	SQL=$sql_command OWNER_KEY=$OWNER_KEY USERS=$USERS run python3 \
	    "$TENANTRY_ROOT/tests/api/replay.py" "$ORG" 1000
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *', 0 differences' ]]
	run -0 ctl audit verify --org "$ORG"
}

# before_the_chain: ORG is as a database of 0.1.0 has it after its migration.
before_the_chain() {
	sql "UPDATE organizations SET audit_seq = 0, audit_at = NULL,
	    audit_hash = NULL WHERE id = '$ORG'; UPDATE audit_events
	    SET chain_id = NULL, seq = NULL, chain_at = NULL, hash = NULL,
	    change_json = NULL WHERE organization_id = '$ORG'"
}

# old_tenant: an organization as 0.1.0 leaves it, and USERS for replay.py.
old_tenant() {
	USERS=''
	new_tenant
	new_member
	new_viewer
	fill_projects "$1"
	sql "UPDATE projects SET display_name = 'Größe \"<\\\\>'
	    WHERE organization_id = '$ORG' LIMIT 1"
	KEY=$OWNER_KEY api POST /v1/api-keys --data '{"description": "a",
	    "role": "user", "expiresIn": 100000}'
	expect_status 201
	sql "UPDATE licences SET limit_projects = 0, limit_users = 0
	    WHERE organization_id = '$ORG'"
	before_the_chain
	for _ in 1 2 3; do
		new_user "$(unique person)@example.org"
		USERS+=${USERS:+$'\n'}"$USER_EMAIL $USER_KEY"
	done
}

replay() { # COUNT [lists]
	SQL=$sql_command OWNER_KEY=$OWNER_KEY USERS=$USERS run python3 \
	    "$TENANTRY_ROOT/tests/api/replay.py" "$ORG" "$@"
	echo "$output"
}

@test "a copy of an organization of 0.1.0 begins with the first row, without a gap" {
	old_tenant 3
	replay 100
	[ "$status" = 0 ]
	[[ $output == *', 0 differences' ]]
	changes 'limit=1'
	expect_json '.changes[0] | .action == "audit.genesis" and .seq == 1 and
	    (.change | keys) == ["events", "keys", "license", "members", "name",
	        "projects", "roles", "version"]'
	run -0 ctl audit verify --org "$ORG"
}

@test "one with lists that are too long for a row begins with those of the API" {
	old_tenant 2000
	new_label 1
	changes 'limit=1'
	expect_json '.changes[0].change | .projects == null and has("projects") and
	    (.members | length) == 3'
	replay 0
	[[ $output == *'the lists were to be read: projects'* ]]
	before_the_chain
	replay 5 lists
	[ "$status" = 0 ]
	[[ $output == *', 0 differences' ]]
	run -0 ctl audit verify --org "$ORG"
}

# chains_to_begin: organizations without one.
chains_to_begin() {
	sql "SELECT COUNT(*) FROM organizations WHERE audit_seq = 0"
}

@test "migrate begins the chains of organizations that are only read, while others write" {
	local i

	new_tenant
	# more than two slices, of which nobody writes in
	sql "INSERT INTO organizations (id, name, display_name, name_key,
	        labels, created_at, modified_at, project_count, member_count)
	    SELECT CONCAT('01', RIGHT('$ORG', 18), LPAD(seq, 6, '0')),
	        LOWER(CONCAT('old-', RIGHT('$ORG', 18), seq)),
	        CONCAT('Old $ORG ', seq), CONCAT('old $ORG ', seq), '{}',
	        UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), 0, 0
	    FROM $(numbers 250)"
	before_the_chain
	[ "$(chains_to_begin)" -gt 250 ]
	KEY=$OWNER_KEY api GET /v1/audit-events/head
	expect_problem 404
	changes
	expect_json '.next == 0'
	for i in {1..20}; do
		KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG" \
		    --data "{\"labels\": {\"a\": \"$i\"}}" || true
	done > "$BATS_TEST_TMPDIR/writes" 3>&- &
	run -0 --separate-stderr ctl migrate
	wait $!
	[[ $output$stderr =~ 'the audit chain of '[0-9]+' organizations begins now' ]]
	[ "$(chains_to_begin)" = 0 ]
	[ "$(sql "SELECT COUNT(*) FROM audit_events
	    WHERE action = 'audit.genesis' AND seq = 1 AND organization_id
	    LIKE CONCAT('01', RIGHT('$ORG', 18), '%')")" = 250 ]
	[ "$(sql "SELECT COUNT(*) FROM audit_events
	    WHERE action = 'audit.genesis' AND organization_id = '$ORG'")" = 1 ]
	KEY=$OWNER_KEY api GET /v1/audit-events/head
	expect_status 200
	changes
	expect_json '.changes[0].action == "audit.genesis" and .next == 21'
	# not of all: other tests have spoilt chains
	run -0 ctl audit verify --org "$ORG"
	run -0 ctl audit verify --org "01${ORG: -18}000250"
	# there is nothing left to do
	run -0 --separate-stderr ctl migrate
	[[ $output$stderr != *'audit chain'* ]]
	sql "DELETE FROM organizations WHERE display_name LIKE 'Old $ORG %';
	    DELETE FROM audit_events WHERE organization_id
	    LIKE CONCAT('01', RIGHT('$ORG', 18), '%') AND seq = 1
	    AND organization_id <> '$ORG'"
}

@test "of a thousand writes at once each has a number, and no reader misses one" {
	new_tenant
	OWNER_KEY=$OWNER_KEY run timeout -s KILL 300 python3 \
	    "$TENANTRY_ROOT/tests/api/writers.py" "$ORG" 8 1000
	echo "$output"
	[ "$status" = 0 ]
	[ "$output" = '1001 rows, each once' ]
	[ "$(sql "SELECT CONCAT(COUNT(*), ' ', COUNT(DISTINCT seq), ' ',
	    MIN(seq), ' ', MAX(seq)) FROM audit_events
	    WHERE chain_id = '$ORG'")" = '1001 1001 1 1001' ]
	run -0 ctl audit verify --org "$ORG"
}

# --- who, and what ------------------------------------------------------------

@test "changes are for admins and keys that are admins" {
	local key

	new_tenant
	new_member
	new_stranger
	changes
	expect_status 200
	KEY=$MEMBER_KEY api GET "/v1/organizations/$ORG/changes"
	expect_problem 403 'needs an admin'
	KEY=$STRANGER_KEY api GET "/v1/organizations/$ORG/changes"
	expect_problem 404 'no organization of that id'
	KEY=$STRANGER_KEY api GET /v1/organizations/01ARZ3NDEKTSV4RRFFQ69G5FAV/changes
	expect_problem 404 'no organization of that id'
	KEY='' api GET "/v1/organizations/$ORG/changes"
	expect_problem 401
	for key in '"role": "admin"' '"role": "user"' \
	    "\"role\": \"admin\", \"projectId\": \"$PROJECT\""; do
		KEY=$OWNER_KEY api POST /v1/api-keys --data \
		    "{\"description\": \"a\", \"owner\": \"organization\", $key}"
		expect_status 201
		KEY=$(json .key) api GET "/v1/organizations/$ORG/changes"
		case $key in
		'"role": "admin"') expect_status 200 ;;
		*) expect_problem 403 'needs an admin' ;;
		esac
	done
}

@test "a row has ids, and what became of it, and nothing about a person" {
	new_tenant
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG" \
	    --header 'X-Request-Id: labels' \
	    --data '{"labels": {"b": "2", "a": "1"}}'
	expect_status 200
	changes
	expect_status 200
	[[ $(header Cache-Control) == no-store ]]
	expect_json ".next == 2 and (.changes | length) == 2 and
	    (.changes[1] | del(.at, .hash, .id)) == {seq: 2,
	        user: \"$(user_id "$OWNER_EMAIL")\",
	        key: \"$(sql "SELECT k.id FROM api_keys k JOIN users u
	            ON u.id = k.user_id WHERE u.email = '$OWNER_EMAIL'")\",
	        action: \"organization.label\", kind: \"Organization\",
	        resource: \"$ORG\", request: \"labels\",
	        change: {labels: {a: \"1\", b: \"2\"}, name: \"$ORG_NAME\"}} and
	    .changes[0].change == {licenseType: \"free\",
	        limits: {projects: 1, users: 0}, name: \"$ORG_NAME\",
	        project: {id: \"$PROJECT\", name: \"First\"}, role: \"admin\"}"
	[[ $body != *"$OWNER_EMAIL"* ]]
	json '.changes[].at' | while read -r at; do
		[[ $at == *.??????Z ]]
	done
}

@test "limit and next give page after page, and the end is empty" {
	local i

	new_tenant
	for i in 1 2 3 4; do new_label "$i"; done
	changes 'limit=2'
	expect_json '[.changes[].seq] == [1, 2] and .next == 2'
	changes 'limit=2&after=2'
	expect_json '[.changes[].seq] == [3, 4] and .next == 4'
	changes 'limit=2&after=4'
	expect_json '[.changes[].seq] == [5] and .next == 5'
	changes 'after=5'
	expect_json '. == {changes: [], next: 5}'
	for i in after=-1 after=x after= wait=1.5 limit=0 limit=1001 other=1 \
	    'after=1&after=2'; do
		changes "$i"
		expect_problem 400
	done
}

@test "what was cut is 410, and next is where to go on" {
	new_tenant
	new_label 1
	new_label 2
	new_label 3
	sql "DELETE FROM audit_events WHERE chain_id = '$ORG' AND seq <= 2"
	changes
	expect_problem 410 'read what you keep anew'
	expect_json '.type == "urn:tenantry:problem:changes-gone" and .next == 4'
	changes 'after=1'
	expect_problem 410
	changes 'after=2'
	expect_json '[.changes[].seq] == [3, 4]'
	# a database that was put back knows less than the reader
	changes 'after=5'
	expect_problem 410
	expect_json '.next == 4'
}

@test "the changes of a deleted organization are for its former admins" {
	new_tenant
	new_member
	new_stranger
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_status 204
	changes
	expect_json '.changes[-1].action == "organization.delete"'
	api GET "/v1/organizations/$ORG/changes?after=1"
	expect_json '[.changes[].action] == ["organization.delete"]'
	KEY=$MEMBER_KEY api GET "/v1/organizations/$ORG/changes"
	expect_problem 404
	KEY=$STRANGER_KEY api GET "/v1/organizations/$ORG/changes"
	expect_problem 404
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG"
	expect_problem 404
	KEY=$OWNER_KEY api POST "/v1/organizations/$ORG/purge" --data '{}'
	expect_problem 403
}

# --- wait ---------------------------------------------------------------------

lock_of_places() {
	local run_dir

	run_dir=$(sed -n 's/^ *run_dir *= *//p' "${CONF:-$served_conf}")
	stat -c %i "$run_dir/hashing.lock"
}

# places_taken COUNT: so many wait for changes.
places_taken() {
	[ "$(grep -c ":$(lock_of_places) 20[0-9][0-9] 20[0-9][0-9]$" \
	    /proc/locks)" = "$1" ]
}

# listen AFTER: in the background, as LISTENER; its answer goes to $heard.
listen() {
	heard=$BATS_TEST_TMPDIR/heard
	"$http_client" --silent --max-time 60 --noproxy '*' --output "$heard" \
	    --header "X-Api-Key: $OWNER_KEY" \
	    "$TENANTRY_URL/v1/organizations/$ORG/changes?after=$1&wait=8" 3>&- &
	LISTENER=$!
}

@test "who waits gets the change that comes, and more than a quarter do not wait" {
	! is_plain_cgi || skip 'nobody waits'
	new_tenant
	within 20 places_taken 0
	listen 1
	within 20 places_taken 1
	# of four workers one may wait: this one is answered
	changes 'after=1&wait=8'
	expect_json '. == {changes: [], next: 1}'
	places_taken 1
	kill -0 "$LISTENER"
	new_label 1
	# that is looked at each 500 ms; the end of the wait is 8 s away
	(sleep 3 && touch "$BATS_TEST_TMPDIR/later") 3>&- &
	wait "$LISTENER"
	[ ! -e "$BATS_TEST_TMPDIR/later" ]
	jq -e '.next == 2 and [.changes[].action] == ["organization.label"]' \
	    "$heard"
	within 20 places_taken 0
	listen 2
	within 20 places_taken 1
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_status 204
	# the former admin is asked again, and still may
	wait "$LISTENER"
	jq -e '[.changes[].action] == ["organization.delete"]' "$heard"
}

@test "a key that ends while it waits gets nothing" {
	! is_plain_cgi || skip 'nobody waits'
	new_tenant
	KEY=$OWNER_KEY api POST /v1/api-keys --data '{"description": "a",
	    "owner": "organization", "role": "admin"}'
	expect_status 201
	local key id
	read -r key id < <(json '"\(.key) \(.apiKey.metadata.id)"')
	within 20 places_taken 0
	OWNER_KEY=$key listen 2
	within 20 places_taken 1
	KEY=$OWNER_KEY api DELETE "/v1/api-keys/$id"
	expect_status 204
	wait "$LISTENER"
	jq -e '.status == 401' "$heard"
}

@test "a worker that waits answers on SIGTERM, then ends" {
	load cgi
	load worker
	new_tenant
	settings
	worker_start
	perl "$worker" ask "$socket" GET "/v1/organizations/$ORG/changes" \
	    QUERY_STRING='after=1&wait=8' HTTP_X_API_KEY="$OWNER_KEY" \
	    < /dev/null > "$BATS_TEST_TMPDIR/heard" 3>&- &
	LISTENER=$!
	within 20 places_taken 1
	kill -TERM "$WORKER"
	wait "$LISTENER"
	grep -q '^Status: 200' "$BATS_TEST_TMPDIR/heard"
	grep -q '{"changes":\[\],"next":1}' "$BATS_TEST_TMPDIR/heard"
	expect_end 5
}

@test "plain CGI answers at once, whatever wait says" {
	load cgi
	new_tenant
	KEY=$OWNER_KEY cgi GET "/v1/organizations/$ORG/changes" \
	    QUERY_STRING='after=1&wait=8'
	expect_status 200
	expect_json '. == {changes: [], next: 1}'
	[ "$(grep -c 'queries=2' "$log_file")" = 1 ]
}
