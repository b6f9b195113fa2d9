#!/usr/bin/env bats
# POST /v1/organizations and POST /v1/projects.
# shellcheck disable=SC2154

setup() {
	load helper
	load tenancy
}

teardown() {
	[ -z "${TRIGGER:-}" ] || sql "DROP TRIGGER IF EXISTS $TRIGGER"
}

@test "the vendor's own call creates an organization" {
	sql "DELETE FROM organizations WHERE name_key = 'init'"
	run curl --silent --noproxy '*' --output "$BATS_TEST_TMPDIR/answer" \
	    --write-out '%{http_code}' \
	    -u "$TENANTRY_LOGIN:$TENANTRY_PASSWORD" \
	    "$TENANTRY_URL/v1/organizations" -X POST \
	    -d '{"organizationName": "init", "accountName": "project", "eulaAccepted":true}'
	[ "$output" = 200 ]
	jq -e '.organization.metadata.displayName == "init" and
	    .account.metadata.displayName == "project"' "$BATS_TEST_TMPDIR/answer"
}

@test "a created organization has the shape of a resource, and a location" {
	name=$(unique Shape)
	api POST /v1/organizations --data "$(create_body "$name")"
	expect_status 200
	expect_json '.organization | .apiVersion == "bindplane.observiq.com/v1"
	    and .kind == "Organization" and .spec == {"parameters": []}
	    and .status == {}'
	expect_json '.organization.metadata | (.id | test("^[0-9A-HJKMNP-TV-Z]{26}$"))
	    and .labels == {} and .version == 1
	    and (.hash | test("^[0-9a-f]{64}$"))
	    and (.name | test("^[A-Za-z0-9][A-Za-z0-9._-]{0,61}[A-Za-z0-9]$"))
	    and (.dateModified | test("^[0-9-]{10}T[0-9:]{8}\\.[0-9]{3}Z$"))'
	expect_json '.account.kind == "Account" and
	    (.account.spec.secretKey | length == 26)'
	[[ $(header Location) == "$link_base/v1/organizations/$(json .organization.metadata.id)" ]]
}

@test "a creation leaves one row in each table and three bindings" {
	new_tenant
	[ "$(rows_of "$ORG")" = 5 ]
	[ "$(sql "SELECT COUNT(*) FROM licence_claims
	    WHERE organization_id = '$ORG'")" = 1 ]
	[ "$(sql "SELECT COUNT(*) FROM audit_events
	    WHERE organization_id = '$ORG'")" = 1 ]
	[ "$(sql "SELECT active_project_id FROM users
	    WHERE email = '$OWNER_EMAIL'")" = "$PROJECT" ]
}

@test "a second creation keeps the active project" {
	new_tenant
	first=$PROJECT
	KEY=$OWNER_KEY new_org
	[ "$(sql "SELECT active_project_id FROM users
	    WHERE email = '$OWNER_EMAIL'")" = "$first" ]
}

@test "projectName is accepted for accountName" {
	api POST /v1/organizations --data "$(jq -n --arg n "$(unique P)" \
	    '{organizationName: $n, projectName: "Second", eulaAccepted: true}')"
	expect_status 200
	expect_json '.account.metadata.displayName == "Second"'
}

@test "unknown members are ignored and names trimmed" {
	name=$(unique Trim)
	api POST /v1/organizations --data "$(create_body "  $name  " '+ {x: [1]}')"
	expect_status 200
	expect_json ".organization.metadata.displayName == \"$name\""
}

@test "a missing or wrong member is 400" {
	name=$(unique Wrong)
	for filter in '| del(.organizationName)' '| del(.accountName)' \
	    '| del(.eulaAccepted)' '| .eulaAccepted = false' \
	    '| .eulaAccepted = "true"' '| .eulaAccepted = null' \
	    '| .organizationName = ""' '| .organizationName = "  "' \
	    '| .organizationName = 7' '| .organizationName = null' \
	    '| .organizationName = []' '| .accountName = {}' \
	    '| .accountName = ""' '| .licenseType = "platinum"' \
	    '| .licenseType = 3' '| .licenseKey = "no.such.key"' \
	    '| .organizationName = "a\u200bb"' \
	    '| .organizationName = "a\u202eb"' '| .organizationName = "a\u0007b"' \
	    '| .organizationName = ("x" * 101)'; do
		echo "$filter"
		api POST /v1/organizations --data "$(create_body "$name" "$filter")"
		expect_problem 400
	done
	[ "$(sql "SELECT COUNT(*) FROM organizations
	    WHERE display_name = '$name'")" = 0 ]
}

@test "malformed JSON is 400" {
	for text in '' '{' '[]' 'null' '"x"' '{"a":1,}' "{'a':1}" 'NaN' \
	    '{} {}' '{"organizationName":"a","organizationName":"b"}' \
	    '{"a":"\ud800"}' '{"a":"\u0000"}' '{"a":01}' \
	    $'{"organizationName":"\xff"}' \
	    "$(printf '[%.0s' {1..40})$(printf ']%.0s' {1..40})"; do
		echo "$text"
		api POST /v1/organizations --data-binary "$text"
		expect_problem 400
	done
}

@test "a hundred code points are a name" {
	name=$(unique L)
	while [ ${#name} -lt 100 ]; do
		name+=é
	done
	api POST /v1/organizations --data "$(create_body "$name")"
	expect_status 200
	expect_json '.organization.metadata.displayName | length == 100'
}

@test "a name in use is 409, however it is written" {
	name=$(unique Straße)
	api POST /v1/organizations --data "$(create_body "$name")"
	expect_status 200
	for other in "$name" "${name^^}" "${name/ß/ss}" " $name " \
	    "${name/S/Ｓ}"; do
		api POST /v1/organizations --data "$(create_body "$other")"
		expect_problem 409
	done
}

@test "no word of a path becomes a slug, the id stands in its place" {
	local words word number=0

	words=$(description | jq -r '.paths | keys[] | split("/")[] |
	    select(test("^[a-z0-9-]+$"))' | sort -u)
	# the contract's own, of which some stand in no path
	words=$(printf '%s\n' $words all audit changes current deleted history \
	    invitations keys leave license me members new next-login restore \
	    roles settings switch | sort -u)
	for word in $words; do
		api POST /v1/organizations --data "$(create_body "$word !")"
		expect_status 200
		[[ $body =~ \"id\":\"([0-9A-Z]{26})\",\"name\":\"([^\"]*)\" ]]
		[ "${BASH_REMATCH[2]}" = "${BASH_REMATCH[1],,}" ]
		number=$((number + 1))
	done
	[ "$number" -ge 20 ]
}

@test "without a credential nothing is created" {
	KEY='' api POST /v1/organizations --data "$(create_body "$(unique No)")"
	expect_problem 401
}

@test "a licenseType other than free is 403 without a licenseKey" {
	new_user "$(unique poor)@example.org"
	name=$(unique Poor)
	for type in growth enterprise google google-enterprise; do
		KEY=$USER_KEY api POST /v1/organizations --data \
		    "$(create_body "$name" "+ {licenseType: \"$type\"}")"
		expect_problem 403
	done
	KEY=$USER_KEY api POST /v1/organizations --data \
	    "$(create_body "$name" '+ {licenseType: "free"}')"
	expect_status 200
}

@test "a system administrator may choose the licenseType" {
	name=$(unique Rich)
	api POST /v1/organizations --data \
	    "$(create_body "$name" '+ {licenseType: "enterprise"}')"
	expect_status 200
	[ "$(sql "SELECT licence_type FROM licences WHERE organization_id =
	    '$(json .organization.metadata.id)'")" = enterprise ]
}

@test "a licenseKey is used instead of a generated licence" {
	new_user "$(unique keyed)@example.org"
	licence=$(issue --type growth --projects 7)
	name=$(unique Keyed)
	KEY=$USER_KEY api POST /v1/organizations --data "$(create_body "$name" \
	    "+ {licenseType: \"growth\", licenseKey: \"$licence\"}")"
	expect_status 200
	[ "$(sql "SELECT limit_projects FROM licences WHERE organization_id =
	    '$(json .organization.metadata.id)'")" = 7 ]
	# and it is claimed now
	KEY=$USER_KEY api POST /v1/organizations --data "$(create_body \
	    "$(unique Again)" "+ {licenseKey: \"$licence\"}")"
	expect_problem 400
}

@test "an expired licenseKey creates nothing" {
	licence=$(issue --type growth --expires 2020-01-01T00:00:00Z)
	name=$(unique Late)
	api POST /v1/organizations --data \
	    "$(create_body "$name" "+ {licenseKey: \"$licence\"}")"
	expect_problem 400
	[ "$(sql "SELECT COUNT(*) FROM organizations
	    WHERE display_name = '$name'")" = 0 ]
}

@test "of 32 creations of one name at once exactly one succeeds" {
	name=$(unique Race)
	api_many 32 POST /v1/organizations --data "$(create_body "$name")"
	echo "$codes"
	[ "$(count_codes 200)" = 1 ]
	[ "$(count_codes 409)" = 31 ]
	[ "$(sql "SELECT COUNT(*) FROM organizations
	    WHERE display_name = '$name'")" = 1 ]
}

# --- broken statement by statement --------------------------------------------

all_counts() {
	sql "SELECT (SELECT COUNT(*) FROM organizations),
	    (SELECT COUNT(*) FROM projects), (SELECT COUNT(*) FROM licences),
	    (SELECT COUNT(*) FROM licence_claims),
	    (SELECT COUNT(*) FROM organization_bindings),
	    (SELECT COUNT(*) FROM project_bindings),
	    (SELECT COUNT(*) FROM audit_events)"
}

# break_creation EVENT TABLE: the creation fails at it and leaves nothing.
break_creation() {
	new_user "$(unique broken)@example.org"
	TRIGGER=broken_$2
	before=$(all_counts)
	sql "CREATE TRIGGER $TRIGGER BEFORE $1 ON $2 FOR EACH ROW
	    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'broken by the test'"
	name=$(unique Broken)
	KEY=$USER_KEY api POST /v1/organizations --data "$(create_body "$name")"
	expect_problem 500
	[[ $body != *"broken by the test"* ]]
	[ "$(all_counts)" = "$before" ]
	[ "$(sql "SELECT active_project_id IS NULL FROM users
	    WHERE email = '$USER_EMAIL'")" = 1 ]
	sql "DROP TRIGGER $TRIGGER"
	KEY=$USER_KEY api POST /v1/organizations --data "$(create_body "$name")"
	expect_status 200
}

@test "a creation that breaks at the organization leaves nothing" {
	break_creation INSERT organizations
}

@test "a creation that breaks at the project leaves nothing" {
	break_creation INSERT projects
}

@test "a creation that breaks at the licence leaves nothing" {
	break_creation INSERT licences
}

@test "a creation that breaks at the licence's claim leaves nothing" {
	break_creation INSERT licence_claims
}

@test "a creation that breaks at the organization's binding leaves nothing" {
	break_creation INSERT organization_bindings
}

@test "a creation that breaks at the project's binding leaves nothing" {
	break_creation INSERT project_bindings
}

@test "a creation that breaks at the active project leaves nothing" {
	break_creation UPDATE users
}

@test "a creation that breaks at the audit event leaves nothing" {
	break_creation INSERT audit_events
}

# --- projects -----------------------------------------------------------------

@test "an admin creates a project within the licence" {
	new_tenant
	install_licence "$(issue --type growth)"
	expect_status 204
	for path in /v1/projects /v1/accounts; do
		KEY=$OWNER_KEY api POST $path --data \
		    "{\"displayName\": \"Of $path\"}"
		expect_status 201
		expect_json '.account.kind == "Account"'
		[[ $(header Location) == "$link_base/v1/projects/$(json .account.metadata.id)" ]]
	done
	[ "$(sql "SELECT COUNT(*) FROM projects
	    WHERE organization_id = '$ORG'")" = 3 ]
}

@test "a project over the licence's limit is 409 and names the limit" {
	new_tenant
	KEY=$OWNER_KEY api POST /v1/projects --data '{"displayName": "Two"}'
	expect_problem 409
	expect_json '.limits == [{"name": "projects", "allowed": 1, "current": 1}]'
	expect_json '.detail | contains("of type free")
	    and contains("projects: 1 allowed, 1 in use")'
	expect_json ".detail | contains(\"PUT /v1/organizations/$ORG/license\")"
}

@test "an empty optional member counts as absent" {
	for member in licenseKey licenseType; do
		for value in '""' null; do
			api POST /v1/organizations --data "$(create_body \
			    "$(unique Empty)" "+ {$member: $value}")"
			expect_status 200
		done
	done
}

@test "a project of a name that its organization has is 409" {
	new_tenant
	install_licence "$(issue --type growth)"
	KEY=$OWNER_KEY api POST /v1/projects --data '{"displayName": "fIRST"}'
	expect_problem 409
	expect_json 'has("limits") | not'
}

@test "a project is created by admins only" {
	new_tenant
	new_member
	new_viewer
	install_licence "$(issue --type growth)"
	for key in "$MEMBER_KEY" "$VIEWER_KEY"; do
		KEY=$key api POST /v1/projects --data '{"displayName": "Mine"}'
		expect_problem 403
	done
	KEY='' api POST /v1/projects --data '{"displayName": "Mine"}'
	expect_problem 401
}

@test "a project without an organization in the context is 403" {
	new_user "$(unique alone)@example.org"
	KEY=$USER_KEY api POST /v1/projects --data '{"displayName": "Mine"}'
	expect_problem 403
}

@test "a malformed project is 400" {
	new_tenant
	for text in '{' '{}' '{"displayName": ""}' '{"displayName": 1}' \
	    '{"displayName": null}' '{"displayName": "a\u202eb"}'; do
		KEY=$OWNER_KEY api POST /v1/projects --data "$text"
		expect_problem 400
	done
}

@test "of 32 projects at the last free place exactly one is created" {
	new_tenant
	install_licence "$(issue --type growth --projects 2)"
	expect_status 204
	KEY=$OWNER_KEY api_many 32 POST /v1/projects \
	    --data '{"displayName": "Last {}"}'
	echo "$codes"
	[ "$(count_codes 201)" = 1 ]
	[ "$(count_codes 409)" = 31 ]
	[ "$(sql "SELECT COUNT(*) FROM projects
	    WHERE organization_id = '$ORG'")" = 2 ]
}

@test "no project under an expired licence: 403 that says why" {
	new_tenant
	install_licence "$(issue --type growth)"
	sql "UPDATE licences SET expires_at = '2020-01-01'
	    WHERE organization_id = '$ORG'"
	KEY=$OWNER_KEY api POST /v1/projects --data '{"displayName": "Late"}'
	expect_problem 403 expired
}
