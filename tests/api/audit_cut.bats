#!/usr/bin/env bats
# audit_days: tenantryctl purge cuts the trail, and what is left verifies.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

setup() {
	load helper
	load tenancy
	load writes
	load cgi
	settings 'audit_days = 10'
	cp "$admin_conf" "${CONF%.conf}-admin.conf"
	chmod 600 "${CONF%.conf}-admin.conf"
}

new_label() { # VALUE
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG" \
	    --data "{\"labels\": {\"a\": \"$1\"}}"
	expect_status 200
}

cut_ctl() {
	TENANTRY_CONF=$CONF "$CTL" "$@"
}

# new_trail: 5 rows, of which the first 3 are made older than audit_days, chained
# anew as the program does.
new_trail() {
	local i

	new_tenant
	for i in 1 2 3 4; do new_label "$i"; done
	age 3
}

# age SEQ: rows of ORG up to it are of 2020.  The chain is hashed anew.
age() { # SEQ
	local i newest=5

	sql "UPDATE audit_events SET chain_at = '2020-01-01' + INTERVAL seq SECOND
	    WHERE chain_id = '$ORG' AND seq <= $1"
	for ((i = 1; i <= newest; i++)); do
		sql "UPDATE audit_events e LEFT JOIN audit_events b
		    ON b.chain_id = e.chain_id AND b.seq = e.seq - 1
		    SET e.hash = UNHEX(SHA2(CONCAT_WS('\n', 'tenantry-audit-1',
		    e.chain_id, e.seq, DATE_FORMAT(e.chain_at,
		    '%Y-%m-%dT%H:%i:%s.%fZ'), COALESCE(LOWER(HEX(b.hash)),
		    REPEAT('0', 64)), e.id, COALESCE(e.organization_id, ''),
		    COALESCE(e.user_id, ''), COALESCE(e.key_id, ''),
		    COALESCE(e.session_id, ''), e.action, e.resource_kind,
		    e.resource_id, COALESCE(e.project_id, ''), e.request_id,
		    e.detail, e.change_json), 256))
		    WHERE e.chain_id = '$ORG' AND e.seq = $i"
	done
	sql "UPDATE organizations o JOIN audit_events e ON e.chain_id = o.id
	    AND e.seq = o.audit_seq SET o.audit_hash = e.hash,
	    o.audit_at = e.chain_at WHERE o.id = '$ORG'"
	run -0 ctl audit verify --org "$ORG"
}

rows() {
	sql "SELECT GROUP_CONCAT(seq ORDER BY seq) FROM audit_events
	    WHERE chain_id = '$ORG'"
}

broken() { # NAME: what check --deep says of it
	ctl check --deep 2>&1 | grep -F "$ORG" || true
}

@test "purge cuts what is older than audit_days, and the rest verifies" {
	local last

	new_trail
	ctl audit head --org "$ORG" > "$BATS_TEST_TMPDIR/head"
	last=$(sql "SELECT LOWER(HEX(hash)) FROM audit_events
	    WHERE chain_id = '$ORG' AND seq = 3")
	[ "$(cut_ctl purge --json | jq .events)" = 3 ]
	[ "$(rows)" = 4,5 ]
	[ "$(sql "SELECT CONCAT(seq, ' ', LOWER(HEX(hash)), ' ', at)
	    FROM audit_beginnings WHERE chain_id = '$ORG'")" = \
	    "3 $last 2020-01-01 00:00:03.000000" ]
	run -0 ctl audit verify --org "$ORG" --head "$BATS_TEST_TMPDIR/head"
	[ "$output" = '1 chains, 2 rows, 0 problems' ]
	[ -z "$(broken)" ]
	# it goes on behind it
	new_label 5
	run -0 ctl audit verify --org "$ORG" --head "$BATS_TEST_TMPDIR/head"
	[ "$output" = '1 chains, 3 rows, 0 problems' ]
	# a head of what was cut cannot be compared any more, and is no problem
	sql "SELECT head FROM audit_beginnings WHERE chain_id = '$ORG'" \
	    > "$BATS_TEST_TMPDIR/beginning"
	run -0 ctl audit verify --org "$ORG" --head "$BATS_TEST_TMPDIR/beginning"
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG/changes?after=2"
	expect_problem 410
	expect_json '.next == 6'
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG/changes?after=3"
	expect_json '[.changes[].seq] == [4, 5, 6]'
	KEY=$OWNER_KEY api GET /v1/audit-events
	expect_json '[.auditEvents[].seq] == [6, 5, 4]'
	# a second time there is nothing more
	run -0 cut_ctl purge --json
	[ "$(jq .events <<< "$output")" = 0 ]
	[ "$(rows)" = 4,5,6 ]
}

@test "a trail that is older as a whole keeps its newest row" {
	new_trail
	age 5
	cut_ctl purge
	[ "$(rows)" = 5 ]
	run -0 ctl audit verify --org "$ORG"
	[ "$output" = '1 chains, 1 rows, 0 problems' ]
	[ -z "$(broken)" ]
}

@test "what a purge that was stopped has left goes with the next" {
	new_trail
	sql "REPLACE INTO audit_beginnings SELECT chain_id, seq, chain_at, hash,
	    NULL FROM audit_events WHERE chain_id = '$ORG' AND seq = 2"
	# rows before the beginning do not count
	run -1 ctl audit verify --org "$ORG"
	[[ $output == *"$ORG 2: the beginning behind this row is not signed as one"* ]]
	[[ $output == *'1 chains, 3 rows, 1 problems' ]]
	[ -z "$(broken)" ]
	cut_ctl purge
	[ "$(rows)" = 4,5 ]
	run -0 ctl audit verify --org "$ORG"
}

@test "a head that is for whoever asks is no beginning" {
	local head

	new_trail
	head=$(ctl audit head --org "$ORG")
	new_label 5
	sql "REPLACE INTO audit_beginnings SELECT chain_id, seq, chain_at, hash,
	    '$head' FROM audit_events WHERE chain_id = '$ORG' AND seq = 5;
	    DELETE FROM audit_events WHERE chain_id = '$ORG' AND seq <= 5"
	run -1 ctl audit verify --org "$ORG"
	[[ $output == *"$ORG 5: the beginning behind this row is not signed as one"* ]]
}

@test "a beginning that nobody has signed, or another row, is found" {
	new_trail
	cut_ctl purge
	# whoever can write the table cuts one more row off
	sql "REPLACE INTO audit_beginnings SELECT e.chain_id, e.seq, e.chain_at,
	    e.hash, b.head FROM audit_events e JOIN audit_beginnings b
	    ON b.chain_id = e.chain_id WHERE e.chain_id = '$ORG' AND e.seq = 4;
	    DELETE FROM audit_events WHERE chain_id = '$ORG' AND seq = 4"
	run -1 ctl audit verify --org "$ORG"
	[[ $output == *"$ORG 4: the beginning behind this row is not signed as one"* ]]
	sql "DELETE FROM audit_beginnings WHERE chain_id = '$ORG'"
	run -1 ctl audit verify --org "$ORG"
	[[ $output == *"$ORG 1: 4 rows are missing"* ]]
	[ -n "$(broken)" ]
}

@test "an export of a trail that was cut is checked by the script of the page" {
	local script=$BATS_TEST_TMPDIR/check.sh pem=$BATS_TEST_TMPDIR/head.pem
	local forged=$BATS_TEST_TMPDIR/forged hash

	new_trail
	cut_ctl purge
	openssl pkey -pubout -out "$pem" \
	    -in "$(sed -n 's/^[ 	]*head_signing_key *= *//p' "$TENANTRY_CONF")"
	ctl audit export --org "$ORG" > "$BATS_TEST_TMPDIR/export"
	sed -n '/^#!\/bin\/sh/,/^```/p' "$TENANTRY_ROOT/docs/audit.md" |
	    sed '$d' > "$script"
	run -0 sh "$script" "$BATS_TEST_TMPDIR/export"
	[ "$output" = '2 rows are as they were written' ]
	run -0 sh "$script" "$BATS_TEST_TMPDIR/export" "$pem"
	# one more row is cut off, with the head that stands at the end
	hash=$(sed -n 2p "$BATS_TEST_TMPDIR/export" | jq -r .hash)
	for token in beginning head; do
		token=$(jq -r "select(.$token) | .$token" \
		    "$BATS_TEST_TMPDIR/export")
		echo "{\"after\":4,\"before\":\"$hash\",\"beginning\":\"$token\"}" \
		    > "$forged"
		sed 1,2d "$BATS_TEST_TMPDIR/export" >> "$forged"
		run -0 sh "$script" "$forged"
		run -1 sh "$script" "$forged" "$pem"
		[ "$output" = 'the beginning is not signed as one' ]
	done
	sed 2d "$BATS_TEST_TMPDIR/export" > "$BATS_TEST_TMPDIR/lacks"
	run -1 sh "$script" "$BATS_TEST_TMPDIR/lacks"
	[[ $output == 'row 4: missing'* ]]
	sed 1d "$BATS_TEST_TMPDIR/export" > "$BATS_TEST_TMPDIR/begins"
	run -1 sh "$script" "$BATS_TEST_TMPDIR/begins"
	[[ $output == 'row 1: missing'* ]]
}

@test "the service's account cannot cut, and without the setting nobody does" {
	new_trail
	rm "${CONF%.conf}-admin.conf"
	if [ "$(sql "SELECT COUNT(*) FROM information_schema.table_privileges
	    WHERE table_schema = 'tenantry' AND table_name = 'audit_events'
	    AND privilege_type = 'DELETE'
	    AND grantee LIKE '''tenantry''@%'")" = 0 ]; then
		run -1 cut_ctl purge
		[[ $output == *'the audit trail could not be cut'* ]]
	fi
	[ "$(rows)" = 1,2,3,4,5 ]
	settings 'audit_days = 0'
	cut_ctl purge
	[ "$(rows)" = 1,2,3,4,5 ]
}
