#!/usr/bin/env bats
# The chain of the audit trail: tenantryctl audit list, verify, head, export, and
# the script of docs/audit.md.  All tests share an organization; its rows are put
# back before each.
# shellcheck disable=SC1091,SC2030,SC2031,SC2034,SC2154

bats_require_minimum_version 1.5.0

setup() {
	load helper
	load tenancy
	kept=kept_audit.kept_rows
	[ -e "$BATS_FILE_TMPDIR/org" ] || make_trail
	read -r ORG OWNER_EMAIL OWNER_KEY NEWEST < "$BATS_FILE_TMPDIR/org"
	head=$BATS_FILE_TMPDIR/head
	export_file=$BATS_FILE_TMPDIR/export
	columns=$(< "$BATS_FILE_TMPDIR/columns")
}

teardown_file() {
	load helper
	sql 'DROP DATABASE IF EXISTS kept_audit'
}

# A name with characters of two bytes and more, a member, and labels.
make_trail() {
	local name

	new_tenant
	name=$(unique 'Grüße "\\ 日本')
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG/metadata" \
	    --data "$(jq -nc --arg name "$name" '{displayName: $name}')"
	expect_status 200
	for i in 1 2 3; do
		KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG" \
		    --data "{\"labels\": {\"a\": \"$i\"}}"
		expect_status 200
	done
	# what the database computes is not written
	columns=$(sql "SELECT GROUP_CONCAT(CONCAT('\`', column_name, '\`'))
	    FROM information_schema.columns WHERE table_schema = 'tenantry'
	    AND table_name = 'audit_events'
	    AND COALESCE(generation_expression, '') = ''")
	echo "$columns" > "$BATS_FILE_TMPDIR/columns"
	sql "DROP DATABASE IF EXISTS kept_audit; CREATE DATABASE kept_audit;
	    CREATE TABLE $kept AS SELECT $columns FROM audit_events
	    WHERE organization_id = '$ORG'"
	ctl audit head --org "$ORG" > "$BATS_FILE_TMPDIR/head"
	ctl audit export --org "$ORG" > "$BATS_FILE_TMPDIR/export"
	echo "$ORG $OWNER_EMAIL $OWNER_KEY $(sql "SELECT audit_seq
	    FROM organizations WHERE id = '$ORG'")" > "$BATS_FILE_TMPDIR/org"
}

# tamper SQL: with whole rows before.
tamper() {
	sql "DELETE FROM audit_events WHERE organization_id = '$ORG'
	        OR chain_id = '$ORG';
	    INSERT INTO audit_events ($columns) SELECT $columns FROM $kept; $1"
}

# finds TEXT...: verify fails, and says each.
finds() {
	local text

	run -1 ctl audit verify --org "$ORG" "${with[@]}"
	echo "$output"
	for text; do
		[[ $output == *"$ORG $text"* ]]
	done
}

# rewrite SET: changes the newest row as somebody does who writes to the database
# and knows how rows are hashed, and names it as the newest.
rewrite() {
	tamper "UPDATE audit_events e JOIN audit_events p
	        ON p.chain_id = e.chain_id AND p.seq = e.seq - 1
	        SET $1 WHERE e.chain_id = '$ORG' AND e.seq = $NEWEST;
	    UPDATE audit_events e JOIN audit_events p
	        ON p.chain_id = e.chain_id AND p.seq = e.seq - 1
	        SET e.hash = UNHEX(SHA2(CONCAT_WS('\n', 'tenantry-audit-1',
	            e.chain_id, e.seq,
	            DATE_FORMAT(e.chain_at, '%Y-%m-%dT%H:%i:%s.%fZ'),
	            LOWER(HEX(p.hash)), e.id, COALESCE(e.organization_id, ''),
	            COALESCE(e.user_id, ''), COALESCE(e.key_id, ''),
	            COALESCE(e.session_id, ''), e.action, e.resource_kind,
	            e.resource_id, COALESCE(e.project_id, ''), e.request_id,
	            e.detail, e.change_json), 256))
	        WHERE e.chain_id = '$ORG' AND e.seq = $NEWEST;
	    UPDATE organizations o JOIN audit_events e
	        ON e.chain_id = o.id AND e.seq = o.audit_seq
	        SET o.audit_hash = e.hash, o.audit_at = e.chain_at
	        WHERE o.id = '$ORG'"
}

# What names the newest row, as it was.
name_newest() {
	sql "UPDATE organizations o JOIN $kept e ON e.seq = $NEWEST
	    SET o.audit_seq = e.seq, o.audit_hash = e.hash,
	    o.audit_at = e.chain_at WHERE o.id = '$ORG'"
}

@test "verify passes a trail that nobody has touched" {
	tamper ''
	[ "$NEWEST" -ge 5 ]
	run -0 ctl audit verify --org "$ORG" --head "$head"
	[ "$output" = "1 chains, $NEWEST rows, 0 problems" ]
	run -0 ctl audit verify --org "$ORG" --json
	[ "$output" = "{\"chains\":1,\"rows\":$NEWEST,\"problems\":0}" ]
}

@test "a change has sorted members, names and labels as they became" {
	run -0 jq -r "select(.seq == $NEWEST) | .change" "$export_file"
	[[ $output == '{"labels":{"a":"3"},"name":"Grüße '* ]]
	jq -e 'keys == ["labels", "name"]' <<< "$output"
}

@test "verify finds a row that was changed" {
	tamper "UPDATE audit_events SET detail = 'other'
	    WHERE chain_id = '$ORG' AND seq = 2"
	finds '2: the row is not as it was written'
}

@test "verify finds a row that was given to somebody else" {
	tamper "UPDATE audit_events SET user_id = '$ORG'
	    WHERE chain_id = '$ORG' AND seq = 3"
	finds '3: the row is not as it was written'
}

@test "verify finds a row that was removed" {
	tamper "DELETE FROM audit_events WHERE chain_id = '$ORG' AND seq = 3"
	finds '3: 1 rows are missing'
}

@test "verify finds two rows that were exchanged" {
	tamper "UPDATE audit_events SET seq = 99 WHERE chain_id = '$ORG'
	        AND seq = 2;
	    UPDATE audit_events SET seq = 2 WHERE chain_id = '$ORG' AND seq = 3;
	    UPDATE audit_events SET seq = 3 WHERE chain_id = '$ORG' AND seq = 99"
	finds '2: the row is not' '3: the row is not' '3: the row is not later'
}

@test "verify finds a row that was put in behind the newest" {
	tamper "UPDATE $kept SET id = CONCAT('7', SUBSTR(id, 2)), seq = seq + 1
	        WHERE seq = $NEWEST;
	    INSERT INTO audit_events ($columns) SELECT $columns FROM $kept
	        WHERE seq > $NEWEST"
	run ctl audit verify --org "$ORG"
	sql "UPDATE $kept k JOIN audit_events e ON e.chain_id = k.chain_id
	        AND e.seq = $NEWEST SET k.id = e.id, k.seq = e.seq
	        WHERE k.seq > $NEWEST"
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"$ORG $((NEWEST + 1)): the row is newer than"* ]]
}

@test "verify finds a row that was put in without a place" {
	tamper "UPDATE audit_events SET chain_id = NULL, seq = NULL
	    WHERE chain_id = '$ORG' AND seq = $NEWEST"
	finds '0: there are 1 rows without a chain' \
	    "$NEWEST: the end is cut: 1 rows"
}

@test "verify finds a cut end" {
	tamper "DELETE FROM audit_events WHERE chain_id = '$ORG'
	    AND seq > $((NEWEST - 2))"
	finds "$((NEWEST - 1)): the end is cut: 2 rows are missing"
}

@test "verify finds by a head that an end was cut and the newest row changed" {
	tamper "DELETE FROM audit_events WHERE chain_id = '$ORG'
	    AND seq = $NEWEST; UPDATE organizations o JOIN audit_events e
	    ON e.chain_id = o.id AND e.seq = o.audit_seq - 1
	    SET o.audit_seq = e.seq, o.audit_hash = e.hash,
	    o.audit_at = e.chain_at WHERE o.id = '$ORG'"
	run -0 ctl audit verify --org "$ORG"
	with=(--head "$head")
	finds "$NEWEST: the row that the head names is missing"
	name_newest
}

@test "verify finds by a head alone that the newest row was written anew" {
	rewrite "e.detail = 'other'"
	run -0 ctl audit verify --org "$ORG"
	with=(--head "$head")
	finds "$NEWEST: the row is another one than the head names"
	[[ $output == *', 1 problems' ]]
	name_newest
}

@test "verify finds a row that is as old as the one before" {
	rewrite 'e.chain_at = p.chain_at'
	finds "$NEWEST: the row is not later than the one before"
	[[ $output == *', 1 problems' ]]
	name_newest
}

@test "verify finds that a chain is gone" {
	tamper "DELETE FROM audit_events WHERE chain_id = '$ORG'"
	finds '0: the chain is gone'
	tamper "DELETE FROM audit_events WHERE chain_id = '$ORG';
	    UPDATE organizations SET audit_seq = 0 WHERE id = '$ORG'"
	finds '0: the chain is gone'
	sql "UPDATE organizations SET audit_seq = $NEWEST WHERE id = '$ORG'"
}

@test "verify takes no head of another chain, and none that is not signed" {
	tamper ''
	ctl audit head --org 00000000000000000000000000 > "$head.other"
	run -1 ctl audit verify --org "$ORG" --head "$head.other"
	[[ $output == *'the head is of another organization'* ]]
	sed 's/.$/x/' "$head" > "$head.forged"
	run -1 --separate-stderr ctl audit verify --org "$ORG" \
	    --head "$head.forged"
	[[ $stderr == *'is no head that this service has signed'* ]]
}

@test "the script of the page checks an export without the program" {
	local script=$BATS_TEST_TMPDIR/check.sh pem=$BATS_TEST_TMPDIR/head.pem

	sed -n '/^#!\/bin\/sh/,/^```/p' "$TENANTRY_ROOT/docs/audit.md" |
	    sed '$d' > "$script"
	[ "$(wc -l < "$script")" -le 60 ]
	openssl pkey -pubout -out "$pem" \
	    -in "$(sed -n 's/^[ 	]*head_signing_key *= *//p' "$TENANTRY_CONF")"
	run -0 sh "$script" "$export_file" "$pem"
	[ "$output" = "$NEWEST rows are as they were written" ]
	jq -c 'if .seq == 3 then .detail = "other" else . end' \
	    "$export_file" > "$script.1"
	run -1 sh "$script" "$script.1"
	[ "$output" = 'row 3: changed' ]
	sed 3d "$export_file" > "$script.2"
	run -1 sh "$script" "$script.2"
	[ "$output" = 'row 3: missing, or not in its place' ]
	sed "${NEWEST}d" "$export_file" > "$script.3"
	run -1 sh "$script" "$script.3" "$pem"
	[ "$output" = 'head: the row that it names is missing or another one' ]
}

# block WORD: that of docs/audit.md with a line that begins so.
block() {
	awk -v word="$1" '/^```/ { if (is_it) exit; text = ""; next }
	    { text = text $0 "\n" } index($0, word) == 1 { is_it = 1 }
	    END { printf "%s", text }' "$TENANTRY_ROOT/docs/audit.md"
}

@test "an admin without a shell makes a file of the API that the script checks" {
	local folder=$BATS_TEST_TMPDIR key="X-Api-Key: $OWNER_KEY" org=$ORG
	local url=$TENANTRY_URL kind hash

	block '#!/bin/sh' > "$folder/check.sh"
	openssl pkey -pubout -out "$folder/head.pem" \
	    -in "$(sed -n 's/^[ 	]*head_signing_key *= *//p' "$TENANTRY_CONF")"
	block after=0 > "$folder/make.sh"
	[ "$(grep -c changes.ndjson "$folder/make.sh")" = 2 ]
	(cd "$folder" && . ./make.sh)
	cd "$folder"
	run -0 sh check.sh trail.ndjson head.pem
	[ "$output" = "$NEWEST rows are as they were written" ]
	# it is the file that the tool prints
	diff <(jq -cS 'del(.head)' "$export_file" | grep -v '^{}$' |
	    jq -cS 'with_entries(select(.value != ""))') \
	    <(jq -cS 'del(.head)' trail.ndjson | grep -v '^{}$' |
	        jq -cS 'with_entries(select(.value != "" and .value != null))')
	jq -c 'if .seq == 3 then .detail = "other" else . end' \
	    trail.ndjson > changed
	run -1 sh check.sh changed head.pem
	[ "$output" = 'row 3: changed' ]
	# the CSV has the same rows, numbers and hashes
	KEY=$OWNER_KEY api GET "/v1/audit-events/download?organization=$ORG"
	expect_status 200
	for kind in $(jq -r 'select(.seq) | "\(.id),\(.seq),\(.hash)"' trail.ndjson); do
		hash=${kind##*,}
		grep -F "\"${kind%%,*}\"" "$body_file" | grep -qF "\"$hash\""
	done
}

# Labels that differ, so that each is a write.
@test "writes at the same time never get the same place" {
	local n=40 i

	tamper ''
	for i in 1 2 3 4; do
		KEY=$OWNER_KEY api_many $((n / 4)) PATCH \
		    "/v1/organizations/$ORG" --data "{\"labels\":{\"n\":\"$i-{}\"}}"
	done
	[ "$(sql "SELECT COUNT(*) = MAX(seq) AND COUNT(*) = $NEWEST + $n
	    FROM audit_events WHERE chain_id = '$ORG'")" = 1 ]
	run -0 ctl audit verify --org "$ORG" --head "$head"
}

# The last test: the user does not come back.
@test "a user who is erased leaves a trail that verifies and shows no name" {
	ctl audit list --org "$ORG" | grep -F "$OWNER_EMAIL"
	sql "DELETE FROM users WHERE email = '$OWNER_EMAIL'"
	run -0 ctl audit list --org "$ORG"
	[[ $output == *'erased user'* ]]
	[[ $output != *"$OWNER_EMAIL"* ]]
	run -0 ctl audit verify --org "$ORG" --head "$head"
}
