#!/usr/bin/env bats
# Licence keys: PUT /v1/organization-license and …/{id}/license.
# shellcheck disable=SC2154

setup() {
	load helper
	load tenancy
}

own() { # KEY BODY: route 1
	KEY=$1 api PUT /v1/organization-license --data "$2"
}

by_id() { # KEY BODY: route 4
	KEY=$1 api PUT "/v1/organizations/$ORG/license" --data "$2"
}

licence_of() { # COLUMN
	sql "SELECT $1 FROM licences WHERE organization_id = '$ORG'"
}

# What an installation would change: the lock's count, events and claims.
written() {
	sql "SELECT o.write_count, o.version, l.id, l.installed_at,
	    (SELECT COUNT(*) FROM audit_events WHERE organization_id = o.id),
	    (SELECT GROUP_CONCAT(jti, COALESCE(revoked_at, '')) FROM
	        licence_claims WHERE organization_id = o.id)
	    FROM organizations o JOIN licences l ON l.organization_id = o.id
	    WHERE o.id = '$ORG'"
}

# The licence is still the one of the creation.
expect_unchanged() {
	[ "$(licence_of licence_type)" = free ]
	[ "$(licence_of limit_projects)" = 1 ]
}

@test "an admin installs a key in the organization of the context" {
	new_tenant
	own "$OWNER_KEY" "$(licence_body "$(issue --type growth --users 9)")"
	expect_status 204
	[ -z "$body" ]
	[ "$(licence_of licence_type)" = growth ]
	[ "$(licence_of limit_projects)" = 3 ]
	[ "$(licence_of limit_users)" = 9 ]
}

@test "an admin installs a key by the organization's id" {
	new_tenant
	by_id "$OWNER_KEY" "$(licence_body "$(issue --type enterprise)")"
	expect_status 204
	[ "$(licence_of licence_type)" = enterprise ]
	[ "$(licence_of limit_projects)" = 0 ]
}

@test "an installation is an audit event" {
	new_tenant
	install_licence "$(issue --type growth)"
	[ "$(sql "SELECT COUNT(*) FROM audit_events
	    WHERE organization_id = '$ORG'")" = 2 ]
}

@test "the same key again is 204" {
	new_tenant
	licence=$(issue --type growth)
	install_licence "$licence"
	expect_status 204
	before=$(written)
	install_licence "$licence"
	expect_status 204
	own "$OWNER_KEY" "$(licence_body "$licence")"
	expect_status 204
	by_id "$TENANTRY_API_KEY" "$(licence_body "$licence")"
	expect_status 204
	[ "$(written)" = "$before" ]
}

@test "the same key again is replayed by its Idempotency-Key" {
	new_tenant
	licence=$(issue --type growth)
	install_licence "$licence"
	key=$(unique key)
	for replayed in '' true; do
		KEY=$OWNER_KEY api PUT "/v1/organizations/$ORG/license" \
		    --data "$(licence_body "$licence")" \
		    --header "Idempotency-Key: $key"
		expect_status 204
		[ "$(header Idempotency-Replayed)" = "$replayed" ]
	done
}

@test "a key stays refused elsewhere when its organization is deleted" {
	new_tenant
	licence=$(issue --type growth)
	install_licence "$licence"
	expect_status 204
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_status 204
	new_tenant
	install_licence "$licence"
	expect_problem 400 'installed in another organization'
	by_id "$TENANTRY_API_KEY" "$(licence_body "$licence")"
	expect_problem 400 'installed in another organization'
	KEY=$OWNER_KEY api POST /v1/organizations --data "$(create_body \
	    "$(unique Again)" "+ {licenseKey: \"$licence\"}")"
	expect_problem 400 'installed in another organization'
	expect_unchanged
}

@test "what a system administrator replaces by id is revoked for admins" {
	new_tenant
	licence=$(issue --type enterprise)
	install_licence "$licence"
	expect_status 204
	by_id "$TENANTRY_API_KEY" '{"createLicenseType": "free"}'
	expect_status 204
	for route in own by_id; do
		$route "$OWNER_KEY" "$(licence_body "$licence")"
		expect_problem 400 'has been revoked'
	done
	expect_unchanged
	KEY=$OWNER_KEY api POST /v1/organizations --data "$(create_body \
	    "$(unique Again)" "+ {licenseKey: \"$licence\"}")"
	expect_problem 400
	install_licence "$(issue --type growth)"
	expect_status 204
}

@test "what an admin replaces is not revoked" {
	local route

	for route in own by_id; do
		new_tenant
		licence=$(issue --type growth)
		"$route" "$OWNER_KEY" "$(licence_body "$licence")"
		"$route" "$OWNER_KEY" \
		    "$(licence_body "$(issue --type enterprise)")"
		expect_status 204
		"$route" "$OWNER_KEY" "$(licence_body "$licence")"
		expect_status 204
		[ "$(licence_of licence_type)" = growth ]
	done
}

@test "a system administrator frees a revoked key by installing it" {
	new_tenant
	licence=$(issue --type growth)
	install_licence "$licence"
	by_id "$TENANTRY_API_KEY" '{"createLicenseType": "free"}'
	by_id "$TENANTRY_API_KEY" "$(licence_body "$licence")"
	expect_status 204
	[ "$(licence_of licence_type)" = growth ]
	install_licence "$(issue --type enterprise)"
	install_licence "$licence"
	expect_status 204
	[ "$(licence_of licence_type)" = growth ]
}

@test "a licence in force that is revoked stops growth and nothing else" {
	new_tenant
	licence=$(issue --type growth)
	install_licence "$licence"
	sql "UPDATE licence_claims SET revoked_at = UTC_TIMESTAMP(3)
	    WHERE organization_id = '$ORG'"
	KEY=$OWNER_KEY api POST /v1/projects --data '{"displayName": "Two"}'
	expect_problem 403 'license has been revoked'
	expect_json '.type == "urn:tenantry:problem:license-expired"'
	install_licence "$licence"
	expect_problem 400 'has been revoked'
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG"
	expect_status 200
	install_licence "$(issue --type growth)"
	expect_status 204
	KEY=$OWNER_KEY api POST /v1/projects --data '{"displayName": "Two"}'
	expect_status 201
}

@test "a key that another organization has claimed is 400" {
	new_tenant
	licence=$(issue --type growth)
	install_licence "$licence"
	expect_status 204
	new_tenant
	install_licence "$licence"
	expect_problem 400
	expect_unchanged
}

@test "a claim outlives the next key" {
	new_tenant
	licence=$(issue --type growth)
	install_licence "$licence"
	install_licence "$(issue --type enterprise)"
	expect_status 204
	new_tenant
	install_licence "$licence"
	expect_problem 400
}

@test "a key for another organization is 400" {
	new_tenant
	new_stranger
	licence=$(issue --type growth --org "$STRANGER_ORG")
	install_licence "$licence"
	expect_problem 400
	expect_unchanged
	install_licence "$(issue --type growth --org "$ORG")"
	expect_status 204
}

@test "an expired key is 400" {
	new_tenant
	licence=$(issue --type growth --expires 2020-01-01T00:00:00Z)
	install_licence "$licence"
	expect_problem 400 expired
	own "$OWNER_KEY" "$(licence_body "$licence")"
	expect_problem 400 expired
	expect_unchanged
}

@test "a key whose limit is below what there is, is 409 and changes nothing" {
	new_tenant
	install_licence "$(issue --type growth)"
	new_member
	KEY=$OWNER_KEY api POST /v1/projects --data '{"displayName": "Two"}'
	expect_status 201
	licence=$(issue --type growth --projects 1 --users 1)
	for route in own by_id; do
		$route "$OWNER_KEY" "$(licence_body "$licence")"
		expect_problem 409
		expect_json '.limits | sort_by(.name) ==
		    [{"name": "projects", "allowed": 1, "current": 2},
		    {"name": "users", "allowed": 1, "current": 2}]'
	done
	[ "$(licence_of limit_projects)" = 3 ]
	[ "$(sql "SELECT COUNT(*) FROM licence_claims
	    WHERE organization_id = '$ORG'")" = 2 ]
}

@test "only the limit that does not fit is named" {
	new_tenant
	new_member
	install_licence "$(issue --type free --users 1)"
	expect_problem 409 'users: 1 allowed, 2 in use'
	expect_json '[.limits[].name] == ["users"]'
	expect_json '.detail | contains("of type free") and
	    contains("projects:") == false'
}

@test "a key that is none, or is changed, is 400" {
	new_tenant
	good=$(issue --type growth)
	IFS=. read -r head claims signature <<< "$good"
	none=$(printf '{"alg":"none"}' | base64 -w 0 | tr '+/' '-_' | tr -d =)
	for licence in '' ' ' x a.b a.b.c "$head.$claims" "$head.$claims." \
	    "$none.$claims." "$none.$claims.$signature" "$good=" "$good.x" \
	    "$head.${claims%???}AAA.$signature" "é.$claims.$signature"; do
		echo "$licence"
		for route in own by_id; do
			$route "$OWNER_KEY" "$(licence_body "$licence")"
			expect_problem 400
		done
	done
	expect_unchanged
}

@test "a malformed body is 400" {
	new_tenant
	for text in '' '{' '{}' '[]' '{"licenseKey": 1}' '{"licenseKey": null}' \
	    '{"licenseKey": "a", "licenseKey": "a"}'; do
		echo "$text"
		for route in own by_id; do
			$route "$OWNER_KEY" "$text"
			expect_problem 400
		done
	done
}

@test "licenseKey and createLicenseType exclude each other" {
	new_tenant
	by_id "$TENANTRY_API_KEY" "$(jq -n --arg k "$(issue --type growth)" \
	    '{licenseKey: $k, createLicenseType: "growth"}')"
	expect_problem 400
	expect_unchanged
}

@test "createLicenseType is for system administrators" {
	new_tenant
	by_id "$OWNER_KEY" '{"createLicenseType": "enterprise"}'
	expect_problem 403
	expect_unchanged
	by_id "$TENANTRY_API_KEY" '{"createLicenseType": "enterprise"}'
	expect_status 204
	[ "$(licence_of licence_type)" = enterprise ]
}

@test "createLicenseType of an unknown type is 400" {
	new_tenant
	for type in '"platinum"' '""' 1 '"Free"'; do
		by_id "$TENANTRY_API_KEY" "{\"createLicenseType\": $type}"
		expect_problem 400
	done
}

@test "createLicenseType is not of the context's route" {
	new_tenant
	own "$OWNER_KEY" '{"createLicenseType": "growth"}'
	expect_problem 400
}

@test "createLicenseType below what there is, is 409" {
	new_tenant
	install_licence "$(issue --type growth)"
	KEY=$OWNER_KEY api POST /v1/projects --data '{"displayName": "Two"}'
	by_id "$TENANTRY_API_KEY" '{"createLicenseType": "free"}'
	expect_problem 409
	expect_json '.limits[0] | .allowed == 1 and .current == 2'
}

@test "a member, a viewer and a project's admin install nothing" {
	new_tenant
	new_member
	join_project "$MEMBER_EMAIL" admin "$PROJECT" "$ORG"
	new_viewer
	text=$(licence_body "$(issue --type growth)")
	for key in "$MEMBER_KEY" "$VIEWER_KEY"; do
		own "$key" "$text"
		expect_problem 403
		by_id "$key" "$text"
		expect_problem 403
	done
	expect_unchanged
}

@test "a foreign or unknown organization is 404" {
	new_tenant
	new_stranger
	text=$(licence_body "$(issue --type growth)")
	by_id "$STRANGER_KEY" "$text"
	expect_problem 404
	for id in 01ARZ3NDEKTSV4RRFFQ69G5FAV nonsense; do
		KEY=$OWNER_KEY api PUT "/v1/organizations/$id/license" \
		    --data "$text"
		expect_problem 404
		api PUT "/v1/organizations/$id/license" --data "$text"
		expect_problem 404
	done
	expect_unchanged
}

@test "without an organization in the context it is 500 and says so" {
	new_user "$(unique alone)@example.org"
	own "$USER_KEY" "$(licence_body "$(issue --type growth)")"
	expect_problem 500 'organization could not be determined'
}

@test "without a credential it is 401" {
	new_tenant
	own '' '{'
	expect_problem 401
	by_id '' '{'
	expect_problem 401
}

@test "an expired licence can be replaced, read and deleted" {
	new_tenant
	sql "UPDATE licences SET expires_at = '2020-01-01'
	    WHERE organization_id = '$ORG'"
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG"
	expect_status 200
	install_licence "$(issue --type growth)"
	expect_status 204
	sql "UPDATE licences SET expires_at = '2020-01-01'
	    WHERE organization_id = '$ORG'"
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_status 204
}

# --- dry run ------------------------------------------------------------------

@test "a dry run tells what a licence would allow, and installs nothing" {
	local before growth

	new_tenant
	growth=$(licence_body "$(issue --type growth)")
	before=$(sql "SELECT id FROM licences WHERE organization_id = '$ORG'")
	for path in /v1/organization-license "/v1/organizations/$ORG/license"; do
		KEY=$OWNER_KEY api PUT "$path?dryRun=true" --data "$growth" \
		    --header 'Idempotency-Key: one'
		expect_status 200
		[ "$body" = '{"dryRun":true,"keys":[],"wouldRemove":{},'\
'"limits":[{"name":"projects","allowed":3,"current":1},'\
'{"name":"users","allowed":0,"current":1}]}' ]
	done
	[ "$(sql "SELECT id FROM licences
	    WHERE organization_id = '$ORG'")" = "$before" ]
	# its key is not claimed: another organization may install it
	new_stranger
	KEY=$STRANGER_KEY api PUT "/v1/organizations/$STRANGER_ORG/license" \
	    --data "$growth"
	expect_status 204
	KEY=$OWNER_KEY api PUT "/v1/organization-license?dryRun=true" \
	    --data "$growth"
	expect_problem 400
}

@test "a dry run of a licence that is too small is 409, too" {
	new_tenant
	install_licence "$(issue --type growth)"
	KEY=$OWNER_KEY api POST /v1/projects --data '{"displayName": "Second"}'
	expect_status 201
	KEY=$OWNER_KEY api PUT "/v1/organization-license?dryRun=true" \
	    --data "$(licence_body "$(issue --type free)")"
	expect_problem 409
	expect_json '.limits == [{"name": "projects", "allowed": 1,
	    "current": 2}]'
}
