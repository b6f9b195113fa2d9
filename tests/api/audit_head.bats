#!/usr/bin/env bats
# GET /v1/audit-events/head and …/download, the trail of a deleted organization,
# and the head in the log.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

setup() {
	load helper
	load tenancy
	load writes
}

new_label() { # VALUE
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG" \
	    --data "{\"labels\": {\"a\": \"$1\"}}"
	expect_status 200
}

# verifies FILE: the head in it is signed, and fits the trail of ORG.
verifies() {
	run -0 ctl audit verify --org "$ORG" --head "$1"
}

claims() { # FILE
	cut -d . -f 2 "$1" | tr -- '-_' '+/' |
	    sed 's/$/===/' | base64 -di 2> /dev/null
}

# --- head ---------------------------------------------------------------------

@test "the head is the newest row, signed" {
	new_tenant
	new_label 1
	KEY=$OWNER_KEY api GET /v1/audit-events/head
	expect_status 200
	[ "$(header Content-Type)" = application/jose ]
	[ "$(header Cache-Control)" = no-store ]
	[ "$(claims "$body_file" | jq -r '"\(.org) \(.seq) \(.hash) \(.at)"')" = \
	    "$(sql "SELECT CONCAT_WS(' ', chain_id, seq, LOWER(HEX(hash)),
	        DATE_FORMAT(chain_at, '%Y-%m-%dT%H:%i:%s.%fZ'))
	        FROM audit_events WHERE chain_id = '$ORG' AND seq = 2")" ]
	cp "$body_file" "$BATS_TEST_TMPDIR/head"
	new_label 2
	verifies "$BATS_TEST_TMPDIR/head"
	KEY=$OWNER_KEY api HEAD /v1/audit-events/head
	expect_status 200
	KEY=$OWNER_KEY api HEAD /v1/audit-events
	expect_status 200
	[ "$(header Content-Type)" = application/json ]
}

@test "the head is for admins of the organization" {
	local key

	new_tenant
	new_member
	new_stranger
	KEY=$MEMBER_KEY api GET /v1/audit-events/head
	expect_problem 403 'needs an admin'
	KEY=$STRANGER_KEY api GET "/v1/audit-events/head?organization=$ORG"
	expect_problem 403 'no organization of that id'
	key=$(bound_key "$OWNER_EMAIL" admin "$ORG" "$PROJECT")
	KEY=$key api GET /v1/audit-events/head
	expect_problem 403 'needs an admin'
	KEY='' api GET /v1/audit-events/head
	expect_problem 401
	KEY=$OWNER_KEY api GET '/v1/audit-events/head?x=1'
	expect_problem 400
}

@test "without a key there is no head, and the file ends with the rows" {
	load cgi
	new_tenant
	settings 'head_signing_key ='
	KEY=$OWNER_KEY cgi GET /v1/audit-events/head
	expect_problem 501 'head_signing_key'
	expect_json '.type == "urn:tenantry:problem:no-head-key"'
	KEY=$OWNER_KEY cgi GET /v1/audit-events/download
	expect_status 200
	[ "$(wc -l < "$body_file")" = 2 ]
	KEY=$OWNER_KEY cgi_send PATCH "/v1/organizations/$ORG" \
	    '{"labels": {"a": "1"}}'
	expect_status 200
	[ "$(grep -c ' head=' "$log_file")" = 0 ]
}

# --- download -----------------------------------------------------------------

@test "the file has the rows of the list and the signed head behind them" {
	local i

	new_tenant
	for i in 1 2 3; do new_label "$i"; done
	KEY=$OWNER_KEY api GET /v1/audit-events --header 'Accept: text/csv'
	expect_status 200
	cp "$body_file" "$BATS_TEST_TMPDIR/list"
	KEY=$OWNER_KEY api GET /v1/audit-events/download
	expect_status 200
	[[ $(header Content-Type) == text/csv* ]]
	[ "$(header Content-Disposition)" = \
	    'attachment; filename="audit-events.csv"' ]
	head -n -1 "$body_file" | cmp - "$BATS_TEST_TMPDIR/list"
	python3 -c 'import csv, sys
row = list(csv.DictReader(open(sys.argv[1], newline="")))[-1]
assert row["action"] == "audit.head" and row["seq"] == "4", row
print(row["description"])' "$body_file" > "$BATS_TEST_TMPDIR/head"
	verifies "$BATS_TEST_TMPDIR/head"
	KEY=$OWNER_KEY api GET \
	    '/v1/audit-events/download?resource-kind=Account'
	[ "$(wc -l < "$body_file")" = 2 ]
	for i in limit=1 after= x=1 'min-date=2026-01-02&max-date=2026-01-01' \
	    organization="$ORG&organization=$ORG"; do
		KEY=$OWNER_KEY api GET "/v1/audit-events/download?$i"
		expect_problem 400
	done
	KEY=$OWNER_KEY api HEAD /v1/audit-events/download
	expect_status 200
}

# --- a deleted organization ---------------------------------------------------

@test "the trail of a deleted organization is for its former admins" {
	local path

	new_tenant
	new_member
	new_stranger
	new_label 1
	for path in '' /head /download; do
		path=/v1/audit-events$path
		KEY=$OWNER_KEY api GET "$path?organization=$ORG"
		expect_status 200
		KEY=$MEMBER_KEY api GET "$path?organization=$ORG"
		expect_problem 403 'needs an admin'
	done
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_status 204
	for path in '' /head /download; do
		path=/v1/audit-events$path
		KEY=$OWNER_KEY api GET "$path?organization=$ORG"
		expect_status 200
		api GET "$path?organization=$ORG"
		expect_status 200
		KEY=$OWNER_KEY api GET "$path"
		expect_problem 403
		KEY=$MEMBER_KEY api GET "$path?organization=$ORG"
		expect_problem 403 'no organization of that id'
		KEY=$STRANGER_KEY api GET "$path?organization=$ORG"
		expect_problem 403 'no organization of that id'
		KEY=$STRANGER_KEY api GET "$path?organization=nobody"
		expect_problem 403 'no organization of that id'
	done
	KEY=$OWNER_KEY api GET "/v1/audit-events?organization=$ORG&limit=2"
	expect_json '[.auditEvents[].action] == ["organization.delete",
	    "organization.label"]'
	# the link names it, too
	path=$(header Link)
	path=${path#*<"$link_base"}
	KEY=$OWNER_KEY api GET "${path%%>*}"
	expect_json '[.auditEvents[].action] == ["organization.create"]'
	KEY=$STRANGER_KEY api GET "${path%%>*}"
	expect_problem 403
}

@test "a header that names another organization than the query is 404" {
	new_tenant
	KEY=$OWNER_KEY new_org
	KEY=$OWNER_KEY api GET "/v1/audit-events?organization=$ORG" \
	    --header "X-Organization-ID: $ORG"
	expect_status 200
	expect_json '.auditEvents | length == 1'
	local first=$ORG
	KEY=$OWNER_KEY new_org
	KEY=$OWNER_KEY api GET "/v1/audit-events?organization=$first" \
	    --header "X-Organization-ID: $ORG"
	expect_problem 404 'two different'
}

# --- the log ------------------------------------------------------------------

heads_in_log() {
	service_log | grep -c "org=$ORG head=" || true
}

@test "a write puts the head into the log, once a day" {
	! is_plain_cgi || skip 'the log is not this one'
	local i

	new_tenant
	for i in 1 2 3 4 5 6; do new_label "$i"; done
	[ "$(heads_in_log)" = 1 ]
	service_log | sed -n "s/.* org=$ORG head=//p" > "$BATS_TEST_TMPDIR/head"
	verifies "$BATS_TEST_TMPDIR/head"
	# the workers have asked within the hour: this one is new
	load cgi
	KEY=$OWNER_KEY cgi_send PATCH "/v1/organizations/$ORG" \
	    '{"labels": {"a": "x"}}'
	[ "$(grep -c ' head=' "$log_file")" = 0 ]
	sql "UPDATE organizations SET head_logged_at = head_logged_at
	    - INTERVAL 86401 SECOND WHERE id = '$ORG'"
	KEY=$OWNER_KEY cgi_send PATCH "/v1/organizations/$ORG" \
	    '{"labels": {"a": "y"}}'
	sed -n "s/.* org=$ORG head=//p" "$log_file" > "$BATS_TEST_TMPDIR/head"
	[ -s "$BATS_TEST_TMPDIR/head" ]
	verifies "$BATS_TEST_TMPDIR/head"
	# reading is no write
	sql "UPDATE organizations SET head_logged_at = NULL WHERE id = '$ORG'"
	KEY=$OWNER_KEY cgi GET "/v1/organizations/$ORG"
	[ "$(grep -c ' head=' "$log_file")" = 0 ]
}

heads_counted() { # RESULT
	KEY='' api GET /metrics
	sed -n "s/^tenantry_audit_heads_total{result=\"$1\"} //p" "$body_file"
}

@test "metrics count heads that are in the log, and those that are not" {
	! is_plain_cgi || skip 'the log is not this one'
	local written failed refuse='no_head_is_logged'

	written=$(heads_counted written) failed=$(heads_counted failed)
	new_tenant
	new_label 1
	[ "$(heads_counted written)" = $((written + 1)) ]
	sql "CREATE TRIGGER $refuse BEFORE UPDATE ON organizations FOR EACH ROW
	    BEGIN IF NOT NEW.head_logged_at <=> OLD.head_logged_at THEN
	    SIGNAL SQLSTATE '45000'; END IF; END"
	new_tenant
	new_label 1
	sql "DROP TRIGGER $refuse"
	[ "$(heads_in_log)" = 0 ]
	[ "$(heads_counted failed)" = $((failed + 1)) ]
	[ "$(heads_counted written)" = $((written + 1)) ]
}
