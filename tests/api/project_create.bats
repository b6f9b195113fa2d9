#!/usr/bin/env bats
# Creating a project: POST /v1/projects and /v1/accounts.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154

setup() {
	load helper
	load tenancy
	load cgi
	load hold
	load writes
}

teardown() {
	release_row
	[ -z "${BROKEN:-}" ] || sql 'DROP TRIGGER IF EXISTS broken_binding'
}

# add NAME [CURL ARGUMENT...]: a project of ORG, by its owner.  Sets ADDED.
add() {
	KEY=${BY:-$OWNER_KEY} api POST /v1/projects --data \
	    "{\"displayName\": $(json_text "$1")}" "${@:2}"
	ADDED=$(jq -r '.account.metadata.id // empty' "$body_file")
}

# licensed_tenant: with place for many projects.
licensed_tenant() {
	new_tenant
	install_licence "$(issue --type enterprise)"
}

projects() {
	sql "SELECT COUNT(*) FROM projects WHERE organization_id = '$ORG'"
}

# counted: as many as are counted, and their roles and audit rows.
counted() {
	sql "SELECT project_count, (SELECT COUNT(*) FROM project_bindings b
	        WHERE b.organization_id = o.id), (SELECT COUNT(*)
	        FROM audit_events a WHERE a.organization_id = o.id
	        AND a.action = 'project.create')
	    FROM organizations o WHERE o.id = '$ORG'"
}

@test "a project comes with its creator's role and an audit row" {
	licensed_tenant
	add Second
	expect_status 201
	[ "$(header Location)" = "$link_base/v1/projects/$ADDED" ]
	[ -z "$(header ETag)" ]
	expect_json '.account.kind == "Account" and
	    .account.metadata.displayName == "Second" and
	    (keys == ["account"])'
	[ "$(counted)" = $'2\t2\t1' ]
	[ "$(sql "SELECT role FROM project_bindings
	    WHERE project_id = '$ADDED'")" = admin ]
	[ "$(sql "SELECT CONCAT_WS('|', resource_id, project_id, detail,
	    change_json) FROM audit_events WHERE resource_id = '$ADDED'")" = \
	    "$ADDED|$ADDED|Second|{\"labels\":{},\"name\":\"Second\",\"role\":\"admin\"}" ]
	KEY=$OWNER_KEY api GET "/v1/projects/$ADDED"
	expect_status 200
}

@test "who has no role there makes a project and is not bound to it" {
	licensed_tenant
	BY=$TENANTRY_API_KEY add Second \
	    --header "X-Organization-ID: $ORG"
	expect_status 201
	[ "$(counted)" = $'2\t1\t1' ]
	[ "$(sql "SELECT JSON_EXTRACT(change_json, '\$.role') IS NULL
	    FROM audit_events WHERE resource_id = '$ADDED'")" = 1 ]
}

@test "a slug that another project has gives way to the id" {
	licensed_tenant
	name=$(unique Slug)
	slug=$(tr '[:upper:]' '[:lower:]' <<< "$name")
	add "$name"
	expect_json ".account.metadata.name == \"$slug\""
	add "$name!"
	expect_status 201
	[ "$(jq -r .account.metadata.name "$body_file")" = "${ADDED,,}" ]
	[ "$(sql "SELECT name FROM projects WHERE id = '$ADDED'")" = "${ADDED,,}" ]
}

@test "a slug that is taken between the read and the write gives way, too" {
	licensed_tenant
	name=$(unique Late)
	slug=$(tr '[:upper:]' '[:lower:]' <<< "$name")
	settings 'deadline = 60'
	meanwhile "UPDATE projects SET name = '$slug'
	    WHERE id = '$PROJECT'" "$OWNER_KEY" POST /v1/projects \
	    "{\"displayName\": \"$name\"}"
	expect_status 201
	[ "$(sql "SELECT name = LOWER(id) FROM projects
	    WHERE organization_id = '$ORG'
	    AND display_name = '$name'")" = 1 ]
	[ "$(counted)" = $'2\t2\t1' ]
}

@test "a slug does not tell what another organization has" {
	licensed_tenant
	name=$(unique Apart)
	slug=$(tr '[:upper:]' '[:lower:]' <<< "$name")
	add "$name"
	licensed_tenant
	add "$name"
	expect_status 201
	expect_json ".account.metadata.name == \"$slug\""
	KEY=$OWNER_KEY api POST /v1/organizations --data "$(create_body \
	    "$(unique Apart)" "+ {accountName: \"$name\"}")"
	expect_status 200
	expect_json ".account.metadata.name == \"$slug\""
}

@test "no word of a path becomes a slug" {
	licensed_tenant
	add current
	expect_status 201
	[ "$(jq -r .account.metadata.name "$body_file")" = "${ADDED,,}" ]
}

@test "a name is taken within its organization only" {
	licensed_tenant
	add Common
	expect_status 201
	add COMMON
	expect_type 409 name-in-use 'the organization has a project of that name'
	[ "$(counted)" = $'2\t2\t1' ]
	licensed_tenant
	add common
	expect_status 201
}

@test "of 8 clients that make one project at once one has made it" {
	licensed_tenant
	KEY=$OWNER_KEY api_many 8 POST /v1/projects \
	    --data '{"displayName": "Same"}'
	[ "$(count_codes 201)" = 1 ]
	[ "$(count_codes 409)" = 7 ]
	[ "$(counted)" = $'2\t2\t1' ]
}

@test "the limit is told, and nothing is left" {
	new_tenant
	install_licence "$(issue --type growth)"
	add Second
	add Third
	expect_status 201
	add Fourth
	expect_type 409 limit-reached \
	    'of type growth allows no further project (projects: 3 allowed, 3 in use)'
	expect_json '.limits == [{name: "projects", allowed: 3, current: 3}]'
	[ "$(counted)" = $'3\t3\t2' ]
	sql "UPDATE licences SET limit_projects = 0
	    WHERE organization_id = '$ORG'"
	add Fourth
	expect_status 201
}

@test "the last free place is given once" {
	new_tenant
	install_licence "$(issue --type growth)"
	add Second
	KEY=$OWNER_KEY api_many 8 POST /v1/projects \
	    --data '{"displayName": "Rival {}"}'
	[ "$(count_codes 201)" = 1 ]
	[ "$(count_codes 409)" = 7 ]
	[ "$(counted)" = $'3\t3\t2' ]
}

@test "behind the grace of a licence nothing grows" {
	licensed_tenant
	sql "UPDATE licences SET expires_at = UTC_TIMESTAMP(3)
	    - INTERVAL 14 DAY - INTERVAL 1 SECOND WHERE organization_id = '$ORG'"
	add Second
	expect_type 403 license-expired 'license has expired'
	[ "$(projects)" = 1 ]
	sql "UPDATE licences SET expires_at = UTC_TIMESTAMP(3)
	    - INTERVAL 13 DAY WHERE organization_id = '$ORG'"
	add Second
	expect_status 201
}

@test "an organization without a licence is a defect" {
	new_tenant
	sql "DELETE FROM licences WHERE organization_id = '$ORG'"
	add Second
	expect_problem 500
	[ "$(projects)" = 1 ]
}

@test "who is no admin makes none, whatever the body" {
	licensed_tenant
	new_member
	for body in '{"displayName": "Second"}' '{}' '{'; do
		KEY=$MEMBER_KEY api POST /v1/projects --data "$body"
		expect_problem 403
		KEY=wrong api POST /v1/projects --data "$body"
		expect_problem 401
	done
	[ "$(projects)" = 1 ]
}

@test "a creation takes the organization's tag, and is made once with a key" {
	licensed_tenant
	add Second --header 'If-Match: "9"'
	expect_problem 412
	add Second --header "If-Match: $(organization_tag)" \
	    --header 'Idempotency-Key: one'
	expect_status 201
	first=$body
	add Second --header "If-Match: $(organization_tag)" \
	    --header 'Idempotency-Key: one'
	expect_status 201
	[ "$(header Idempotency-Replayed)" = true ]
	[ "$(header Location)" = "$link_base/v1/projects/$ADDED" ]
	[ "$body" = "$first" ]
	add Third --header 'Idempotency-Key: one'
	expect_problem 422
	[ "$(counted)" = $'2\t2\t1' ]
}

@test "a creation that breaks leaves nothing" {
	licensed_tenant
	BROKEN=1
	sql "CREATE TRIGGER broken_binding BEFORE INSERT ON project_bindings
	    FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'broken'"
	add Second
	expect_problem 500
	sql 'DROP TRIGGER broken_binding'
	[ "$(counted)" = $'1\t1\t0' ]
}

@test "a licence that ends with the year 9999 is in force" {
	new_tenant
	install_licence "$(issue --type enterprise --expires 9999-12-31T23:59:59Z)"
	expect_status 204
	add Second
	expect_status 201
	[ "$(projects)" = 2 ]
}
