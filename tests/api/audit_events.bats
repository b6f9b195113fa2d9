#!/usr/bin/env bats
# GET /v1/audit-events.
# shellcheck disable=SC2154

setup() {
	load helper
	load tenancy
	load writes
}

events() { # [QUERY [CURL ARGUMENT...]]: of the owner
	KEY=$OWNER_KEY api GET "/v1/audit-events${1:+?$1}" "${@:2}"
}

new_label() { # VALUE
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG" \
	    --data "{\"labels\": {\"a\": \"$1\"}}"
	expect_status 200
}

# Rows of before the chain, each MS milliseconds after 2020-01-02 03:04:05.
old_rows() { # MS...
	local ms i=0

	for ms; do
		i=$((i + 1))
		sql "INSERT INTO audit_events (id, at, organization_id, action,
		    resource_kind, resource_id, request_id, detail)
		    VALUES ('0${ORG:1:24}$i', '2020-01-02 03:04:05' + INTERVAL
		    $ms * 1000 MICROSECOND, '$ORG', 'old', 'Organization',
		    '$ORG', 'old', 'row $i')"
	done
}

actions() {
	json '[.auditEvents[].description] | join(" ")'
}

@test "the trail is listed as it is in the chain, the newest first" {
	local row

	new_tenant
	new_label 1
	KEY=$OWNER_KEY api PATCH "/v1/projects/$PROJECT" \
	    --header 'X-Request-Id: renames' --data '{"displayName": "Ä B"}'
	expect_status 200
	row=$(sql "SELECT id, DATE_FORMAT(chain_at, '%Y-%m-%dT%H:%i:%s.%fZ'),
	    LOWER(HEX(hash)) FROM audit_events WHERE organization_id = '$ORG'
	    ORDER BY seq DESC LIMIT 1")
	events 'unknown=1'
	expect_status 200
	expect_json "[.auditEvents[].seq] == [3, 2, 1] and
	    (.auditEvents[0] | keys_unsorted) == [\"id\", \"timestamp\",
	        \"resourceName\", \"description\", \"resourceKind\",
	        \"configuration\", \"action\", \"user\", \"account\", \"seq\",
	        \"hash\", \"requestId\"] and
	    (.auditEvents[0] | [.id, .timestamp, .hash] | join(\"\t\")) ==
	        \"$row\" and
	    (.auditEvents[0] | del(.id, .timestamp, .hash)) == {
	        resourceName: \"Ä B\", description: \"Ä B\",
	        resourceKind: \"Account\", configuration: \"\",
	        action: \"project.rename\", user: \"$OWNER_EMAIL\",
	        account: \"Ä B\", seq: 3, requestId: \"renames\"} and
	    .auditEvents[2].action == \"organization.create\" and
	    .auditEvents[1].account == \"\""
}

@test "reading the trail writes nothing to it" {
	new_tenant
	events
	expect_status 200
	events
	expect_json '.auditEvents | length == 1'
}

@test "who is gone is an erased user" {
	new_tenant
	sql "UPDATE audit_events SET user_id = '$ORG'
	    WHERE organization_id = '$ORG'"
	events
	expect_json '[.auditEvents[].user] == ["erased user"]'
}

@test "rows of before the chain stand behind it" {
	new_tenant
	old_rows 1 2
	events
	expect_json '[.auditEvents[] | [.seq, .hash == ""]] ==
	    [[1, false], [0, true], [0, true]] and
	    [.auditEvents[].timestamp][1:] == ["2020-01-02T03:04:05.002000Z",
	        "2020-01-02T03:04:05.001000Z"]'
}

@test "dates narrow the list, in each form, and are inclusive" {
	new_tenant
	old_rows 0 250 999 1000 86400000
	events 'min-date=20200102030405&max-date=20200102030405'
	[ "$(actions)" = 'row 3 row 2 row 1' ]
	events 'min-date=2020-01-01+20:04:05.250000-07&max-date=2020-01-02'
	[ "$(actions)" = 'row 4 row 3 row 2' ]
	events 'min-date=2020-01-02T03:04:05.251Z&max-date=2020-01-02T05:04:06+02:00'
	[ "$(actions)" = 'row 4 row 3' ]
	events 'since=2020-01-03&max-date=2020-01-03&min-date='
	[ "$(actions)" = 'row 5' ]
	events 'max-date=2020-01-02+03:04:05.000000+00'
	[ "$(actions)" = 'row 1' ]
	events 'min-date=2020-01-02&max-date=2020-01-01'
	expect_type 400 bad-request 'max-date is before min-date'
	events 'max-date=2020-01-02&since=20200103000000'
	expect_type 400 bad-request 'max-date is before since'
	events 'min-date=2020-02-30'
	expect_type 400 bad-request 'must be a date and time'
}

@test "user, kind and configuration narrow the list" {
	local id

	new_tenant
	id=$(user_id "$OWNER_EMAIL")
	new_label 1
	old_rows 1
	for user in "$OWNER_EMAIL" "${OWNER_EMAIL^^}" "$id" "${id,,}"; do
		events "user=$user"
		expect_json '[.auditEvents[].seq] == [2, 1]'
	done
	events 'user=nobody@example.org'
	expect_json '.auditEvents == []'
	events 'user=%C3%A4'
	expect_json '.auditEvents == []'
	events 'resource-kind=Organization'
	expect_json '.auditEvents | length == 3'
	events 'resource-kind=Configuration'
	expect_json '.auditEvents == []'
	events 'resource-kind=%C3%A4'
	expect_json '.auditEvents == []'
	events 'configuration-name=a'
	expect_json '.auditEvents == []'
	events 'configuration-name=&resource-kind=&user='
	expect_json '.auditEvents | length == 3'
}

@test "pages have each row once, also where two have one time" {
	local all next='/v1/audit-events?limit=2' seen=''

	new_tenant
	new_label 1
	old_rows 5 5 5 7 5
	events
	all=$(json '[.auditEvents[].id] | join(" ")')
	while [ -n "$next" ]; do
		KEY=$OWNER_KEY api GET "$next"
		expect_status 200
		seen+=" $(json '[.auditEvents[].id] | join(" ")')"
		next=$(next_page)
	done
	[ "$(wc -w <<< "$all")" = 7 ]
	[ "$seen" = " $all" ]
	events 'limit=6'
	[[ $(header Link) == *rel=\"next\"* ]]
	events 'limit=7'
	[ -z "$(header Link)" ]
}

@test "the trail is for admins of the organization, and ends at its border" {
	new_tenant
	new_member
	new_viewer
	new_stranger
	for key in "$MEMBER_KEY" "$VIEWER_KEY"; do
		KEY=$key api GET /v1/audit-events
		expect_type 403 forbidden
	done
	KEY=$STRANGER_KEY api GET /v1/audit-events
	expect_json ".auditEvents | length > 0 and
	    all(.[]; .resourceName != \"$ORG_NAME\")"
	KEY=$STRANGER_KEY api GET /v1/audit-events \
	    --header "X-Organization-ID: $ORG"
	expect_type 403 forbidden
}

@test "a key of a project gets what was done in that project" {
	local key reader

	new_place
	KEY=$OWNER_KEY api PATCH "/v1/projects/$SECOND" \
	    --data '{"displayName": "Elsewhere"}'
	KEY=$OWNER_KEY api PATCH "/v1/projects/$PROJECT" \
	    --data '{"displayName": "Here"}'
	key=$(bound_key "$OWNER_EMAIL" admin "$ORG" "$PROJECT")
	KEY=$key api GET /v1/audit-events
	expect_json '[.auditEvents[].account] == ["Here"]'
	reader=$(bound_key "$OWNER_EMAIL" viewer "$ORG" "$PROJECT")
	KEY=$reader api GET /v1/audit-events
	expect_type 403 forbidden
}

@test "a poll each 50 ms under four writers loses and doubles nothing" {
	new_tenant
	OWNER_KEY=$OWNER_KEY run timeout -s KILL 100 python3 \
	    "$TENANTRY_ROOT/tests/api/writers.py" "$ORG" 4 600 .05
	echo "$output"
	[ "$output" = '601 rows, each once' ]
}

# The request of the vendor's collector: the newest timestamp and a microsecond,
# as Go's 2006-01-02 15:04:05.000000-07 in a form.
@test "who polls with the newest time and a microsecond gets each row once" {
	local from='2020-01-01+00%3A00%3A00.000000%2B00' pids=() seen='' i

	new_tenant
	for i in 1 2 3 4; do
		(
			BATS_TEST_TMPDIR=$BATS_TEST_TMPDIR/$i
			mkdir "$BATS_TEST_TMPDIR"
			for j in 1 2 3 4 5; do
				new_label "$i-$j"
			done
		) &
		pids+=($!)
	done
	poll() {
		events "min-date=$from"
		expect_status 200
		seen+=$(json '[.auditEvents[].seq] | sort | map("\(.) ") | add // ""')
		from=$(json '.auditEvents[0].timestamp // empty |
		    capture("^(?<s>.*)[.](?<us>[0-9]+)Z$") |
		    ((.us | tonumber) + 1) as $us |
		    ((.s + "Z" | fromdate) + ($us / 1000000 | floor) |
		        strftime("%Y-%m-%d+%H%%3A%M%%3A%S")) +
		    "." + ("00000\($us % 1000000)" | .[-6:]) + "%2B00"' |
		    grep . || echo "$from")
	}
	for i in 1 2 3 4 5 6; do
		poll
	done
	wait "${pids[@]}"
	poll
	[ "$seen" = "$(seq -s ' ' 21) " ]
}
