#!/usr/bin/env bats
# Idempotency-Key: a write that is sent again is made once.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154,SC2317

# Every route that writes.
ROUTES='create rename license context_license projects accounts delete'

setup() {
	load helper
	load tenancy
	load cgi
	load hold
	FIRST=''
}

teardown() {
	release_row
	[ -z "$FIRST" ] || wait "$FIRST" || true
	sql "DROP TRIGGER IF EXISTS broken_audit"
}

# new_place: a tenant with room for projects, and what each route is sent.
new_place() {
	new_tenant || return
	install_licence "$(issue --type growth)" || return
	NEW_NAME=$(unique New) LICENCE=$(issue --type growth)
}

# write ROUTE KEY [CURL ARGUMENT...]: by CALLER, else the owner, in ORG; with
# DATA, else what the route takes.
write() {
	local route=$1 idempotency=$2 path method data

	shift 2
	describe_write "$route"
	data=${DATA-$data}
	set -- --header "Idempotency-Key: $idempotency" "$@"
	[ -z "$data" ] || set -- --data "$data" "$@"
	KEY=${CALLER-$OWNER_KEY} api "$method" "$path" "$@"
}

# Sets method, path and data.
describe_write() { # ROUTE
	local o=/v1/organizations

	data="{\"displayName\": \"$NEW_NAME\"}"
	case $1 in
	create) method=POST path=$o data=$(create_body "$NEW_NAME") ;;
	rename) method=PATCH path=$o/$ORG/metadata ;;
	license)
		method=PUT path=$o/$ORG/license
		data=$(licence_body "$LICENCE")
		;;
	context_license)
		method=PUT path=/v1/organization-license
		data=$(licence_body "$LICENCE")
		;;
	projects) method=POST path=/v1/projects ;;
	accounts) method=POST path=/v1/accounts ;;
	delete) method=DELETE path=$o/$ORG data='' ;;
	esac
}

# rename KEY [NAME] [CURL ARGUMENT...]
rename() {
	NEW_NAME=${2:-$NEW_NAME} write rename "$1" "${@:3}"
}

expect_replayed() { # STATUS
	expect_status "$1"
	[ "$(header Idempotency-Replayed)" = true ] || {
		echo "not replayed"
		show_answer
		return 1
	}
	[ "$(header Cache-Control)" = no-store ]
}

expect_done() { # STATUS: for the first time
	expect_status "$1"
	[ -z "$(header Idempotency-Replayed)" ] || {
		echo "replayed"
		show_answer
		return 1
	}
}

# effects: how many writes the owner has made.
effects() {
	sql "SELECT COUNT(*) FROM audit_events
	    WHERE user_id = '$(user_id "$OWNER_EMAIL")'"
}

version() {
	sql "SELECT version FROM organizations WHERE id = '$ORG'"
}

# later METHOD PATH BODY [NAME=VALUE...]: as plain CGI with much time, in the
# background, until `answer_of_first`.
later() {
	settings 'deadline = 60'
	mkdir -p "$BATS_TEST_TMPDIR/first"
	(
		BATS_TEST_TMPDIR=$BATS_TEST_TMPDIR/first
		KEY=$OWNER_KEY cgi_send "$@"
	) 3>&- 8>&- &
	FIRST=$!
}

answer_of_first() {
	wait "$FIRST"
	FIRST=''
	headers=$BATS_TEST_TMPDIR/first/cgi.headers
	body_file=$BATS_TEST_TMPDIR/first/cgi.body
	status_code=$(header Status)
	body=$(cat "$body_file")
}

# rename_later KEY
rename_later() {
	later PATCH "/v1/organizations/$ORG/metadata" \
	    "{\"displayName\": \"$NEW_NAME\"}" HTTP_IDEMPOTENCY_KEY="$1"
}

# --- again --------------------------------------------------------------------

@test "a write that is sent again is answered as before, and made once" {
	local route before first location answered

	new_place
	for route in $ROUTES; do
		echo "$route"
		# another key, since that in force would change nothing
		NEW_NAME=$(unique New) LICENCE=$(issue --type growth)
		before=$(effects)
		write "$route" "key-$route"
		[[ $status_code == 20[014] ]] || show_answer
		expect_done "$status_code"
		first=$status_code location=$(header Location)
		answered=$body
		for _ in 1 2; do
			write "$route" "key-$route"
			expect_replayed "$first"
			[ "$(header Location)" = "$location" ]
			[ "$body" = "$answered" ]
		done
		[ "$(effects)" = $((before + 1)) ]
	done
}

# kept: all that is kept of answers.
kept() {
	sql "SELECT status, resource_id, beside_id, sealed
	    FROM idempotency_keys"
}

@test "what is kept of an answer are its status and ids" {
	local id name secret

	new_place
	sql 'DELETE FROM idempotency_keys'
	write projects one
	id=$(json .account.metadata.id) secret=$(json .account.spec.secretKey)
	name=$(json .account.metadata.displayName)
	[ "${#secret}" = 26 ]
	[ "$(kept)" = "201	$id	NULL	NULL" ]
	write create two
	[[ "$(kept)" == *"200	$(json .organization.metadata.id)	$(
	    json .account.metadata.id)	NULL"* ]]
	[[ "$(kept)" != *"$name"* ]]
	[[ "$(kept)" != *"$secret"* ]]
}

@test "a replay shows the resource as it is now" {
	local id path

	new_place
	write projects one
	id=$(json .account.metadata.id) path=$(header Location)
	KEY=$OWNER_KEY api PATCH "/v1/projects/$id" \
	    --data '{"displayName": "Renamed since"}'
	expect_done 200
	write projects one
	expect_replayed 201
	[ "$(header Location)" = "$path" ]
	expect_json '.account.metadata |
	    .displayName == "Renamed since" and .version == 2'
	write create two
	id=$(json .organization.metadata.id)
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$id/metadata" \
	    --data "{\"displayName\": \"$(unique Renamed)\"}"
	expect_done 200
	write create two
	expect_replayed 200
	expect_json ".organization.metadata.version == 2 and
	    .account.spec.secretKey != null"
}

@test "what is gone is null in a replay, with the same status and Location" {
	local id path

	new_place
	write projects one
	path=$(header Location) id=$(json .account.metadata.id)
	KEY=$OWNER_KEY api DELETE "/v1/projects/$id"
	expect_done 204
	write projects one
	expect_replayed 201
	[ "$(header Location)" = "$path" ]
	[ "$body" = '{"account":null}' ]
	write create two
	id=$(json .organization.metadata.id) path=$(header Location)
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$id"
	expect_done 204
	write create two
	expect_replayed 200
	[ "$(header Location)" = "$path" ]
	[ "$body" = '{"organization":null,"account":null}' ]
}

@test "a replay shows no more than the caller may see by now" {
	local org

	new_place
	write create one
	org=$(json .organization.metadata.id)
	sql "UPDATE organization_bindings SET role = 'user'
	    WHERE organization_id = '$org';
	    UPDATE project_bindings SET role = 'viewer'
	    WHERE organization_id = '$org'"
	write create one
	expect_replayed 200
	expect_json ".organization.metadata.id == \"$org\" and
	    (.account.metadata.id | length) == 26 and
	    (.account.spec | has(\"secretKey\") | not)"
	sql "DELETE FROM project_bindings WHERE organization_id = '$org'"
	write create one
	expect_replayed 200
	expect_json ".organization.metadata.id == \"$org\" and
	    .account == null"
	sql "DELETE FROM organization_bindings WHERE organization_id = '$org'"
	write create one
	expect_replayed 200
	[ "$body" = '{"organization":null,"account":null}' ]
}

@test "a replay has the links of where it is asked for" {
	local text

	new_place
	text=$(create_body "$NEW_NAME")
	KEY=$OWNER_KEY cgi_send POST /v1/organizations "$text" \
	    HTTP_IDEMPOTENCY_KEY=one
	expect_status 200
	[[ $(header Location) == /v1/organizations/* ]]
	KEY=$OWNER_KEY cgi_send POST /v1/organizations "$text" \
	    HTTP_IDEMPOTENCY_KEY=one SCRIPT_NAME=/cgi-bin/tenantry.fcgi
	expect_status 200
	[ "$(header Idempotency-Replayed)" = true ]
	[[ $(header Location) == /cgi-bin/tenantry.fcgi/v1/organizations/* ]]
}

@test "without a key, or with another, a write is made again" {
	new_place
	rename one
	rename two "$(unique Other)"
	expect_done 200
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$NEW_NAME\"}"
	expect_done 200
	rename one
	expect_replayed 200
	[ "$(version)" = 4 ]
}

@test "keys differ by case, and quotes are part of one" {
	new_place
	rename key
	for key in KEY '"key"' 'key"' key.; do
		rename "$key"
		expect_done 200
	done
	rename '"key"'
	expect_replayed 200
}

@test "a write of which the first name is no more is still replayed" {
	local name

	new_place
	name=$NEW_NAME
	rename one
	rename two "$(unique Other)"
	rename one "$name"
	expect_replayed 200
	[ "$(sql "SELECT display_name FROM organizations
	    WHERE id = '$ORG'")" != "$name" ]
}

@test "a password's user is the same caller as his key" {
	new_place
	set_password "$OWNER_EMAIL" "$NEW_NAME"
	rename one
	CALLER='' rename one "$NEW_NAME" --user "$OWNER_EMAIL:$NEW_NAME"
	expect_replayed 200
	CALLER='' rename two "$NEW_NAME" --user "$OWNER_EMAIL:$NEW_NAME"
	expect_done 200
	rename two
	expect_replayed 200
}

# --- another request ----------------------------------------------------------

@test "the same key with another body is 422 and changes nothing" {
	local route before

	new_place
	for route in create rename license context_license projects accounts; do
		echo "$route"
		NEW_NAME=$(unique New)
		write "$route" "key-$route"
		before=$(effects)
		NEW_NAME=$(unique Other) LICENCE=$(issue --type growth) \
		    write "$route" "key-$route"
		expect_problem 422 'Idempotency-Key'
		expect_json '.type ==
		    "urn:tenantry:problem:idempotency-key-reused"'
		[ "$(effects)" = "$before" ]
	done
	DATA='{' rename key-rename
	expect_problem 400
}

@test "the same key with another path is 422 and changes nothing" {
	local route first

	new_place
	first=$ORG
	KEY=$OWNER_KEY new_org
	for route in rename license delete; do
		NEW_NAME=$(unique New)
		write $route "key-$route"
		expect_done "$status_code"
		[[ $status_code == 20[04] ]]
		ORG=$first write $route "key-$route"
		expect_problem 422
	done
	[ "$(sql "SELECT version FROM organizations
	    WHERE id = '$first'")" = 1 ]
}

@test "the same key in another context is 422 and changes nothing" {
	local before

	new_place
	new_second_organization
	write projects one --header "X-Organization-ID: $FIRST_ORG"
	expect_done 201
	before=$(effects)
	for header in "X-Organization-ID: $SECOND_ORG" \
	    "X-Bindplane-Account-ID: $FIRST_PROJECT" 'X-None: none'; do
		write projects one --header "$header"
		expect_problem 422
	done
	[ "$(effects)" = "$before" ]
	write projects one --header "X-Organization-ID: $FIRST_ORG"
	expect_replayed 201
}

@test "a key counts for its route alone" {
	new_place
	write projects one
	expect_done 201
	NEW_NAME=$(unique Another) write accounts one
	expect_done 201
	rename one
	expect_done 200
	write license one
	expect_done 204
}

# --- another caller -----------------------------------------------------------

@test "a key counts for its caller alone" {
	new_place
	rename one
	CALLER=$TENANTRY_API_KEY rename one "$(unique Other)"
	expect_done 200
	[ "$(version)" = 3 ]
	new_stranger
	new_member
	for caller in "$STRANGER_KEY:404" "$MEMBER_KEY:403" ':401'; do
		CALLER=${caller%:*} rename one
		expect_problem "${caller#*:}"
	done
}

@test "another key of the user is told no more than it may see" {
	local lower elsewhere first

	new_place
	new_second_organization
	lower=$(add_key --user "$OWNER_EMAIL" --org "$ORG" --role viewer)
	elsewhere=$(add_key --user "$OWNER_EMAIL" --org "$SECOND_ORG")
	write projects one --header "X-Organization-ID: $ORG"
	expect_done 201
	first=$(json .account.metadata.id)
	CALLER=$lower write projects one --header "X-Organization-ID: $ORG"
	expect_replayed 201
	expect_json ".account.metadata.id == \"$first\" and
	    (.account.spec | has(\"secretKey\") | not)"
	CALLER=$elsewhere write projects one --header "X-Organization-ID: $ORG"
	expect_replayed 201
	[ "$body" = '{"account":null}' ]
	[[ $(header Location) == */v1/projects/$first ]]
	# nor does it make the write
	CALLER=$lower write projects two --header "X-Organization-ID: $ORG"
	expect_problem 403
}

@test "keys that are bound to two organizations make two requests" {
	local first second

	new_place
	new_second_organization
	first=$(add_key --user "$OWNER_EMAIL" --org "$ORG")
	second=$(add_key --user "$OWNER_EMAIL" --org "$SECOND_ORG")
	NEW_NAME=$(unique New)
	CALLER=$first write projects one
	expect_done 201
	CALLER=$second write projects one
	expect_problem 422
	CALLER=$first write projects one
	expect_replayed 201
}

@test "no more answers are kept for a user than idempotency_max" {
	local text

	new_place
	sql "DELETE FROM idempotency_keys
	    WHERE user_id = '$(user_id "$OWNER_EMAIL")'"
	settings 'idempotency_max = 2'
	for key in one two; do
		NEW_NAME=$(unique New)
		rename "$key"
		expect_done 200
	done
	text="{\"displayName\": \"$NEW_NAME\"}"
	KEY=$OWNER_KEY cgi_send PATCH "/v1/organizations/$ORG/metadata" \
	    "$text" HTTP_IDEMPOTENCY_KEY=three
	expect_problem 429 '2 answers are kept'
	expect_json '.type ==
	    "urn:tenantry:problem:too-many-idempotency-keys"'
	[ "$(header Retry-After)" = 3600 ]
	# what is kept is replayed, and without a key the write is made
	KEY=$OWNER_KEY cgi_send PATCH "/v1/organizations/$ORG/metadata" \
	    "$text" HTTP_IDEMPOTENCY_KEY=two
	expect_replayed 200
	KEY=$OWNER_KEY cgi_send PATCH "/v1/organizations/$ORG/metadata" "$text"
	expect_done 200
	settings 'idempotency_max = 0'
	KEY=$OWNER_KEY cgi_send PATCH "/v1/organizations/$ORG/metadata" \
	    "$text" HTTP_IDEMPOTENCY_KEY=three
	expect_done 200
}

@test "a user who was disabled is told nothing" {
	new_place
	rename one
	ctl user disable --email "$OWNER_EMAIL" --force # the only admin
	rename one
	expect_problem 401
}

@test "a deletion is replayed although nothing is left to delete" {
	new_place
	write delete one
	expect_done 204
	for _ in 1 2; do
		write delete one
		expect_replayed 204
		[ -z "$body" ]
	done
	write delete two
	expect_done 204
	new_stranger
	CALLER=$STRANGER_KEY write delete one
	expect_problem 403 'no permission'
	KEY=$OWNER_KEY new_org
	write delete one
	expect_problem 422
}

@test "a write is replayed for one who has lost the right to make it" {
	new_place
	rename one
	sql "UPDATE organization_bindings SET role = 'user'
	    WHERE organization_id = '$ORG'"
	rename one
	expect_replayed 200
	rename one "$(unique Other)"
	expect_problem 403
	rename two
	expect_problem 403
}

# --- keys that are none -------------------------------------------------------

@test "a key is 1 to 255 visible ASCII characters, else 400" {
	local key

	new_place
	for key in 'a b' $'a\tb' 'a, b' ä "$(printf 'k%.0s' {1..256})"; do
		echo "$key"
		rename "$key"
		expect_problem 400 Idempotency-Key
	done
	[ "$(version)" = 1 ]
	for key in k '!~' "$(printf 'k%.0s' {1..255})"; do
		rename "$key"
		expect_done 200
		rename "$key"
		expect_replayed 200
	done
}

@test "two keys in one request are 400" {
	new_place
	rename one "$NEW_NAME" --header 'Idempotency-Key: two'
	expect_problem 400
}

@test "a malformed key is told only to one who may write" {
	new_place
	new_stranger
	new_member
	for caller in "$STRANGER_KEY:404" "$MEMBER_KEY:403" ':401'; do
		CALLER=${caller%:*} rename 'a b'
		expect_problem "${caller#*:}"
	done
}

@test "what writes nothing takes no notice of a key" {
	local path

	new_place
	for path in /v1/organizations "/v1/organizations/$ORG"; do
		for _ in 1 2; do
			KEY=$OWNER_KEY api GET "$path" \
			    --header 'Idempotency-Key: a b'
			expect_done 200
		done
	done
	for name in "$ORG_NAME" "$NEW_NAME"; do
		KEY=$OWNER_KEY api PUT /v1/organizations/verify \
		    --header 'Idempotency-Key: one' \
		    --data "{\"organizationName\": \"$name\"}"
		expect_done 200
	done
}

# --- failures -----------------------------------------------------------------

@test "a write that fails is not kept" {
	local route before

	new_place
	before=$(effects)
	for route in $ROUTES; do
		echo "$route"
		NEW_NAME=$(unique New) LICENCE=$(issue --type growth)
		sql "CREATE TRIGGER broken_audit BEFORE INSERT ON audit_events
		    FOR EACH ROW SIGNAL SQLSTATE '45000'"
		write "$route" "key-$route"
		expect_problem 500
		sql "DROP TRIGGER broken_audit"
		[ "$(effects)" = "$before" ]
		write "$route" "key-$route"
		[[ $status_code == 20[014] ]]
		expect_done "$status_code"
		before=$((before + 1))
		[ "$(effects)" = "$before" ]
	done
}

@test "what was refused is judged anew" {
	new_place
	new_stranger
	NEW_NAME=$STRANGER_NAME
	write create one
	expect_problem 409
	KEY=$STRANGER_KEY api PATCH "/v1/organizations/$STRANGER_ORG" \
	    --data "{\"displayName\": \"$(unique Other)\"}"
	write create one
	expect_done 200
}

@test "a body that is refused takes no key" {
	new_place
	DATA='{' rename one
	expect_problem 400
	rename one
	expect_done 200
}

# --- at once ------------------------------------------------------------------

@test "of eight at once with one key one is made, and all are answered alike" {
	local before

	new_place
	before=$(effects)
	KEY=$OWNER_KEY api_many 8 POST /v1/organizations \
	    --header 'Idempotency-Key: one' --data "$(create_body "$NEW_NAME")"
	[ "$codes" = '200 200 200 200 200 200 200 200' ]
	[ "$(effects)" = $((before + 1)) ]
	[ "$(cat "$BATS_TEST_TMPDIR"/many.*/*.body |
	    jq -r '.organization.metadata.id' | sort -u | wc -l)" = 1 ]
	[ "$(cat "$BATS_TEST_TMPDIR"/many.*/*.headers |
	    grep -ci '^Idempotency-Replayed: true')" = 7 ]
}

@test "of eight at once with one key and different bodies one is made" {
	local before

	new_place
	before=$(effects)
	KEY=$OWNER_KEY api_many 8 POST /v1/organizations \
	    --header 'Idempotency-Key: one' \
	    --data "$(create_body "$NEW_NAME {}")"
	echo "$codes"
	[ "$(count_codes 200)" = 1 ]
	[ "$(count_codes 422)" = 7 ]
	[ "$(effects)" = $((before + 1)) ]
}

@test "eight at once with keys of their own are all made" {
	new_place
	KEY=$OWNER_KEY api_many 8 PATCH "/v1/organizations/$ORG/metadata" \
	    --header 'Idempotency-Key: key-{}' \
	    --data "{\"displayName\": \"$NEW_NAME {}\"}"
	[ "$(count_codes 200)" = 8 ]
	[ "$(version)" = 9 ]
}

@test "while the first is under way the second is 409, and is told when" {
	new_place
	hold_row
	rename_later one
	within 20 wait_for_locks 1
	rename one
	expect_problem 409 'under way'
	expect_json '.type == "urn:tenantry:problem:idempotency-key-in-use"'
	[ "$(header Retry-After)" = 1 ]
	wait_for_locks 1
	release_row
	answer_of_first
	expect_done 200
	rename one
	expect_replayed 200
	[ "$(version)" = 2 ]
}

@test "the second waits for the first and is answered alike" {
	new_place
	hold_row
	rename_later one
	within 20 wait_for_locks 1
	(
		within 20 wait_for_locks 2
		echo 'COMMIT;' >&8
	) 3>&- &
	rename one
	expect_replayed 200
	answer_of_first
	expect_done 200
	[ "$(version)" = 2 ]
}

@test "where the first is undone the second makes the write" {
	local connection

	new_place
	hold_row
	rename_later one
	within 20 wait_for_locks 1
	connection=$(lock_waiters)
	(
		within 20 wait_for_locks 2
		# the first must not try again
		pkill -KILL -P "$FIRST" || true
		sql "KILL $connection"
		echo 'COMMIT;' >&8
	) 3>&- &
	rename one
	expect_done 200
	rename one
	expect_replayed 200
	[ "$(version)" = 2 ]
	[ "$(sql "SELECT COUNT(*) FROM audit_events
	    WHERE organization_id = '$ORG'
	    AND action = 'organization.rename'")" = 1 ]
}

@test "a client that goes away and comes again has its write made once" {
	local i

	new_place
	for i in 1 2 3 4 5; do
		hold_row
		curl --silent --max-time 0.5 --noproxy '*' --request PATCH \
		    --header "X-Api-Key: $OWNER_KEY" \
		    --header "Idempotency-Key: key-$i" \
		    --data "{\"displayName\": \"$NEW_NAME $i\"}" \
		    "$TENANTRY_URL/v1/organizations/$ORG/metadata" 8>&- || true
		release_row
		rename "key-$i" "$NEW_NAME $i"
		while [ "$status_code" = 409 ]; do
			rename "key-$i" "$NEW_NAME $i"
		done
		expect_status 200
		[ "$(version)" = $((i + 1)) ]
	done
}

# --- a day --------------------------------------------------------------------

age_keys() { # HOURS
	sql "UPDATE idempotency_keys
	    SET created_at = created_at - INTERVAL $1 HOUR"
}

@test "after a day a key is new again" {
	new_place
	rename one
	age_keys 23
	rename one
	expect_replayed 200
	age_keys 2
	rename one "$(unique Other)"
	expect_done 200
	[ "$(version)" = 3 ]
	rename one
	expect_problem 422
}

old_keys() {
	sql "SELECT COUNT(*) FROM idempotency_keys
	    WHERE status = 299"
}

@test "answers older than a day are removed in passing" {
	local i=0

	new_place
	for age in 20 25 26 27; do
		sql "INSERT INTO idempotency_keys (digest, fingerprint, status,
		    created_at) VALUES (RANDOM_BYTES(32), RANDOM_BYTES(32), 299,
		    UTC_TIMESTAMP(3) - INTERVAL $age HOUR)"
	done
	while [ "$(old_keys)" != 1 ] && [ $((i += 1)) -le 400 ]; do
		rename "key-$i"
		expect_done 200
	done
	[ "$(old_keys)" = 1 ]
	sql "DELETE FROM idempotency_keys WHERE status = 299"
}

@test "what is kept does not show the key" {
	new_place
	rename very-special-key
	[ "$(sql "SELECT COUNT(*) FROM idempotency_keys
	    WHERE CONCAT_WS(' ', digest, fingerprint, sealed)
	    LIKE '%very-special-key%'")" = 0 ]
	[ "$(service_log | grep -c very-special-key)" = 0 ]
}

# lighttpd leaves empty fields out: then it is as if there were none.
@test "an empty Idempotency-Key is 400 where the web server hands it on" {
	local name

	name=$(unique Empty)
	cgi_send POST /v1/organizations "$(create_body "$name")" \
	    HTTP_IDEMPOTENCY_KEY=
	expect_problem 400 Idempotency-Key
	[ "$(sql "SELECT COUNT(*) FROM organizations
	    WHERE display_name = '$name'")" = 0 ]
}
