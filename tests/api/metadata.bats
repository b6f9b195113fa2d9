#!/usr/bin/env bats
# PATCH /v1/organizations/{id}/metadata.
# shellcheck disable=SC2154

setup() {
	load helper
	load tenancy
}

teardown() {
	sql "DROP TRIGGER IF EXISTS broken_rename"
}

rename_it() { # KEY BODY
	KEY=$1 api PATCH "/v1/organizations/$ORG/metadata" --data "$2"
}

@test "an admin renames; the slug stays and the version grows" {
	new_tenant
	name=$(unique Renamed)
	slug=$(sql "SELECT name FROM organizations WHERE id = '$ORG'")
	rename_it "$OWNER_KEY" "{\"displayName\": \" $name \"}"
	expect_status 200
	[ -z "$body" ]
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG"
	expect_json ".organization.metadata | .displayName == \"$name\" and
	    .name == \"$slug\" and .version == 2"
}

@test "organizationName is accepted for displayName" {
	new_tenant
	rename_it "$OWNER_KEY" "{\"organizationName\": \"$(unique N)\"}"
	expect_status 200
	name=$(unique Same)
	rename_it "$OWNER_KEY" \
	    "{\"organizationName\": \"$name\", \"displayName\": \"$name\"}"
	expect_status 200
}

@test "displayName and a different organizationName are 400" {
	new_tenant
	rename_it "$OWNER_KEY" '{"organizationName": "a", "displayName": "b"}'
	expect_problem 400
}

@test "renaming to one's own name succeeds, in any case" {
	new_tenant
	for name in "$ORG_NAME" "${ORG_NAME^^}"; do
		rename_it "$OWNER_KEY" "{\"displayName\": \"$name\"}"
		expect_status 200
	done
}

@test "renaming to the name it has changes nothing, with a key or without" {
	new_tenant
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG"
	etag=$(header ETag)
	before=$(sql "SELECT version, write_count, modified_at FROM organizations
	    WHERE id = '$ORG'")
	rename_it "$OWNER_KEY" "{\"displayName\": \" $ORG_NAME \"}"
	expect_status 200
	[ "$(sql "SELECT version, write_count, modified_at FROM organizations
	    WHERE id = '$ORG'")" = "$before" ]
	for replayed in '' true; do
		KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG/metadata" \
		    --data "{\"displayName\": \"$ORG_NAME\"}" \
		    --header "Idempotency-Key: same-$ORG"
		expect_status 200
		[ "$(header Idempotency-Replayed)" = "$replayed" ]
	done
	[ "$(sql "SELECT COUNT(*) FROM audit_events
	    WHERE organization_id = '$ORG'")" = 1 ]
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG" \
	    --header "If-None-Match: $etag"
	expect_status 304
}

@test "renaming to the name it has with an old ETag is 412" {
	new_tenant
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$ORG_NAME\"}" \
	    --header 'If-Match: "7-x"'
	expect_problem 412 'read it again'
}

@test "another organization's name is 409 and changes nothing" {
	new_tenant
	new_stranger
	for name in "$STRANGER_NAME" "${STRANGER_NAME^^}"; do
		rename_it "$OWNER_KEY" "{\"displayName\": \"$name\"}"
		expect_problem 409
	done
	[ "$(sql "SELECT CONCAT(display_name, ' ', version)
	    FROM organizations WHERE id = '$ORG'")" = "$ORG_NAME 1" ]
}

@test "the old name is free at once" {
	new_tenant
	rename_it "$OWNER_KEY" "{\"displayName\": \"$(unique New)\"}"
	expect_status 200
	KEY=$OWNER_KEY new_org "$ORG_NAME"
}

@test "invalid input is 400" {
	new_tenant
	for text in '' '{' '{}' '[]' '{"displayName": ""}' \
	    '{"displayName": "   "}' '{"displayName": 1}' \
	    '{"displayName": null}' '{"displayName": ["a"]}' \
	    '{"displayName": "a\u200bb"}' '{"displayName": "a\nb"}' \
	    '{"displayName": "a", "displayName": "a"}' '{"name": "a"}' \
	    "{\"displayName\": \"$(printf 'x%.0s' {1..101})\"}"; do
		echo "$text"
		rename_it "$OWNER_KEY" "$text"
		expect_problem 400
	done
}

@test "a member who is no admin is 403, also with a bad body" {
	new_tenant
	new_member
	new_viewer
	for key in "$MEMBER_KEY" "$VIEWER_KEY"; do
		rename_it "$key" '{"displayName": "Mine"}'
		expect_problem 403
		rename_it "$key" '{'
		expect_problem 403
	done
}

@test "a foreign, unknown or malformed id is 404, also with a bad body" {
	new_tenant
	new_stranger
	rename_it "$STRANGER_KEY" '{"displayName": "Mine"}'
	expect_problem 404
	for id in 01ARZ3NDEKTSV4RRFFQ69G5FAV nonsense; do
		KEY=$OWNER_KEY api PATCH "/v1/organizations/$id/metadata" \
		    --data '{'
		expect_problem 404
	done
}

@test "without a credential it is 401" {
	new_tenant
	rename_it '' '{"displayName": "Mine"}'
	expect_problem 401
}

@test "a system administrator may rename" {
	new_tenant
	rename_it "$TENANTRY_API_KEY" "{\"displayName\": \"$(unique By)\"}"
	expect_status 200
}

@test "a rename that breaks is 500 and changes nothing" {
	new_tenant
	sql "CREATE TRIGGER broken_rename BEFORE INSERT ON audit_events
	    FOR EACH ROW SIGNAL SQLSTATE '45000'"
	rename_it "$OWNER_KEY" "{\"displayName\": \"$(unique Not)\"}"
	expect_problem 500
	[ "$(sql "SELECT display_name FROM organizations
	    WHERE id = '$ORG'")" = "$ORG_NAME" ]
}

@test "of four renames to one name exactly one succeeds" {
	new_tenant
	ids=("$ORG")
	for _ in 2 3 4; do
		KEY=$OWNER_KEY new_org
		ids+=("$ORG")
	done
	name=$(unique Race)
	for id in "${ids[@]}"; do
		KEY=$OWNER_KEY api PATCH "/v1/organizations/$id/metadata" \
		    --data "{\"displayName\": \"$name\"}"
		echo "$status_code"
	done > "$BATS_TEST_TMPDIR/codes"
	[ "$(grep -c 200 "$BATS_TEST_TMPDIR/codes")" = 1 ]
	[ "$(grep -c 409 "$BATS_TEST_TMPDIR/codes")" = 3 ]
}

@test "a rename that waited is refused if its caller has gone meanwhile" {
	load cgi
	load hold
	load writes
	new_tenant
	settings 'deadline = 60'
	name=$(unique Late)
	owner=$(user_id "$OWNER_EMAIL")
	for statement in "UPDATE users SET disabled_at = UTC_TIMESTAMP(3)
	        WHERE id = '$owner'" \
	    "DELETE FROM api_keys WHERE user_id = '$owner'"; do
		meanwhile "$statement" "$OWNER_KEY" PATCH \
		    "/v1/organizations/$ORG/metadata" "{\"displayName\": \"$name\"}"
		expect_problem 404
		sql "UPDATE users SET disabled_at = NULL WHERE id = '$owner'"
	done
	release_row
	[ "$(sql "SELECT COUNT(*) FROM organizations
	    WHERE display_name = '$name'")" = 0 ]
}
