#!/usr/bin/env bats
# GET /v1/organizations/{id}/license and …/license/history.
# shellcheck disable=SC2154

setup() {
	load helper
	load tenancy
	load writes
}

# licence KEY [CURL ARGUMENT...]
licence() {
	KEY=$1 api GET "/v1/organizations/$ORG/license" "${@:2}"
}

history_of() { # KEY [QUERY]
	KEY=$1 api GET "/v1/organizations/$ORG/license/history${2-}"
}

@test "an admin reads the licence, its limits, use and end" {
	local key owner

	new_tenant
	new_member
	owner=$(user_id "$OWNER_EMAIL")
	licence "$OWNER_KEY"
	expect_status 200
	expect_tag 'l[0-9]{13}'
	[ "$(header Cache-Control)" = 'private, no-cache' ]
	expect_json ".license | .licenseType == \"free\" and
	    .limits == {projects: 1, users: 0} and
	    .usage == {projects: 1, users: 2, invited: 0} and
	    .expiresAt == null and .graceEndsAt == null and
	    .daysLeft == null and .state == \"active\" and
	    .installedBy == \"$owner\" and (.kid | length) == 43"
	key=$(issue --type growth --users 9 --expires 2090-01-01T00:00:00Z)
	install_licence "$key"
	licence "$OWNER_KEY"
	expect_json ".license | .licenseType == \"growth\" and
	    .limits == {projects: 3, users: 9} and .daysLeft > 20000 and
	    .expiresAt == \"2090-01-01T00:00:00.000Z\" and
	    .graceEndsAt == \"2090-01-15T00:00:00.000Z\" and
	    .installedBy == \"$owner\" and (keys | length) == 12"
	[[ $body != *"$key"* ]]
}

@test "a member who is no admin reads type, state and days of the licence" {
	new_tenant
	new_member
	new_viewer
	for key in "$MEMBER_KEY" "$VIEWER_KEY" \
	    "$(add_key --user "$OWNER_EMAIL" --role user)" \
	    "$(add_key --user "$OWNER_EMAIL" --project "$PROJECT")"; do
		licence "$key"
		expect_status 200
		expect_json '.license == {licenseType: "free", daysLeft: null,
		    state: "active"}'
		history_of "$key"
		expect_problem 403
	done
	licence ''
	expect_problem 401
}

@test "a foreign or unknown organization's licence is 404" {
	new_tenant
	new_stranger
	for id in "$STRANGER_ORG" 01ARZ3NDEKTSV4RRFFQ69G5FAV nobody; do
		for path in license license/history; do
			KEY=$OWNER_KEY api GET "/v1/organizations/$id/$path"
			expect_type 404 no-resource
		done
	done
}

# becomes STATE DAYS ASSIGNMENT: the licence with this change has this state.
becomes() {
	sql "UPDATE licences SET $3 WHERE organization_id = '$ORG'"
	licence "$OWNER_KEY"
	expect_json ".license | .state == \"$1\" and .daysLeft == $2"
}

@test "the state of a licence follows from end, use and revocation" {
	local now='UTC_TIMESTAMP(3)'

	new_tenant
	becomes active 16 "expires_at = $now + INTERVAL 15 DAY + INTERVAL 1 HOUR"
	becomes expiring 14 "expires_at = $now + INTERVAL 14 DAY"
	becomes grace 0 "expires_at = $now - INTERVAL 13 DAY"
	becomes expired 0 "expires_at = $now - INTERVAL 14 DAY"
	new_place
	becomes over_limit null 'limit_projects = 1'
	sql "UPDATE licence_claims SET revoked_at = $now
	    WHERE organization_id = '$ORG'"
	becomes revoked null 'limit_projects = 0'
}

@test "within the grace of a licence projects are made, behind it none" {
	new_tenant
	install_licence "$(issue --type growth)"
	for days in 13:201 14:403; do
		sql "UPDATE licences SET expires_at = UTC_TIMESTAMP(3)
		    - INTERVAL ${days%:*} DAY WHERE organization_id = '$ORG'"
		KEY=$OWNER_KEY api POST /v1/projects \
		    --data "{\"displayName\": \"Day ${days%:*}\"}"
		expect_status "${days#*:}"
	done
}

@test "the tag of a licence changes with it and differs by role" {
	local tag

	new_tenant
	new_member
	licence "$OWNER_KEY"
	tag=$(header ETag)
	licence "$OWNER_KEY" --header "If-None-Match: $tag"
	expect_status 304
	licence "$MEMBER_KEY" --header "If-None-Match: $tag"
	expect_status 200
	install_licence "$(issue --type growth)"
	licence "$OWNER_KEY" --header "If-None-Match: $tag"
	expect_status 200
}

@test "a licence is installed over the one whose tag was read, and no other" {
	local tag org text

	new_tenant
	org=$(organization_tag)
	licence "$OWNER_KEY"
	tag=$(header ETag)
	for form in "If-Match: $tag:204" "If-Match: $tag:412" \
	    "If-Match: ${tag/l/x}:412" 'If-Match: "l9-a":412' \
	    "If-Match: $org:204" "If-None-Match: $org:412" \
	    "If-None-Match: $tag:204"; do
		text=$(licence_body "$(issue --type growth)")
		KEY=$OWNER_KEY api PUT "/v1/organizations/$ORG/license" \
		    --data "$text" --header "${form%:*}"
		echo "$form"
		expect_status "${form##*:}"
	done
	licence "$OWNER_KEY"
	KEY=$OWNER_KEY api PUT "/v1/organizations/$ORG/license" \
	    --data "$text" --header "If-None-Match: $(header ETag)"
	expect_type 412 precondition-failed
}

@test "the history tells who installed which licence when" {
	local owner admin

	new_tenant
	owner=$(user_id "$OWNER_EMAIL")
	admin=$(sql "SELECT user_id FROM api_keys
	    WHERE digest = UNHEX(SHA2('$TENANTRY_API_KEY', 256))")
	history_of "$OWNER_KEY"
	expect_status 200
	expect_json ".history | length == 1 and .[0].licenseType == \"free\" and
	    .[0].installedBy == \"$owner\""
	install_licence "$(issue --type growth)"
	api PUT "/v1/organizations/$ORG/license" \
	    --data '{"createLicenseType": "enterprise"}'
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$(unique Other)\"}"
	history_of "$OWNER_KEY"
	expect_json "[.history[] | .licenseType // \"-\", .installedBy] ==
	    [\"-\", \"$owner\", \"growth\", \"$owner\", \"enterprise\",
	    \"$admin\"] and
	    ([.history[].installedAt] | . == sort)"
	licence "$OWNER_KEY"
	expect_json ".license.id == \"$(sql "SELECT id FROM licences
	    WHERE organization_id = '$ORG'")\""
	history_of "$OWNER_KEY" '?limit=2'
	expect_json '.history | length == 2'
	KEY=$OWNER_KEY api GET "$(next_page)"
	expect_json '.history | map(.licenseType) == ["enterprise"]'
	history_of "$OWNER_KEY" '?q=a'
	expect_problem 400
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG/license/history" \
	    --header 'Accept: text/csv'
	[[ $body == '"id","licenseId","licenseType","installedBy","installedAt"'* ]]
}

# --- X-License-State ----------------------------------------------------------

# label KEY VALUE: a write in ORG that is no growth.
label() {
	KEY=$1 api PATCH "/v1/organizations/$ORG" \
	    --data "{\"labels\": {\"n\": \"$2\"}}"
}

# tells STATE ASSIGNMENT: with this change of the licence a write says so.
tells() {
	sql "UPDATE licences SET $2 WHERE organization_id = '$ORG'"
	label "$OWNER_KEY" "$1"
	expect_status 200
	[ "$(header X-License-State)" = "$1" ]
}

@test "a write tells an admin the state of the licence, in no statement more" {
	local now='UTC_TIMESTAMP(3)' id

	new_tenant
	tells active "expires_at = $now + INTERVAL 15 DAY"
	tells expiring "expires_at = $now + INTERVAL 14 DAY"
	tells grace "expires_at = $now - INTERVAL 13 DAY"
	tells expired "expires_at = $now - INTERVAL 15 DAY"
	new_place
	tells over_limit 'limit_projects = 1'
	sql "UPDATE licence_claims SET revoked_at = $now
	    WHERE organization_id = '$ORG'"
	tells revoked 'limit_projects = 0'
	id=$(header X-Request-Id)
	# the read, the begin with the lock, the change with its row, COMMIT
	[[ $(grep -hs "id=$id " "$served_log"/*) == *' queries=4'* ]]
}

@test "also a refusal tells an admin the state of the licence" {
	new_tenant
	sql "UPDATE licences SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 20 DAY
	    WHERE organization_id = '$ORG'"
	KEY=$OWNER_KEY api POST /v1/projects --data '{"displayName": "More"}'
	expect_type 403 license-expired
	[ "$(header X-License-State)" = expired ]
}

@test "who is no admin is told nothing of the licence by a write" {
	new_tenant
	new_member
	new_stranger
	label "$MEMBER_KEY" a
	expect_problem 403
	[ "$(header X-License-State)" = '' ]
	label "$STRANGER_KEY" a
	expect_problem 404
	[ "$(header X-License-State)" = '' ]
	label tny_wrong a
	expect_problem 401
	[ "$(header X-License-State)" = '' ]
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG"
	expect_status 200
	[ "$(header X-License-State)" = '' ]
}

@test "an installation tells the state of the licence that it has installed" {
	new_tenant
	sql "UPDATE licences SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 20 DAY
	    WHERE organization_id = '$ORG'"
	KEY=$OWNER_KEY api PUT "/v1/organizations/$ORG/license" --data \
	    "$(licence_body "$(issue --type growth \
	        --expires "$(date -u -d '+10 days' +%FT%TZ)")")"
	expect_status 204
	[ "$(header X-License-State)" = expiring ]
	# a dry run installs nothing
	KEY=$OWNER_KEY api PUT "/v1/organizations/$ORG/license?dryRun=true" \
	    --data "$(licence_body "$(issue --type growth)")"
	expect_status 200
	[ "$(header X-License-State)" = expiring ]
}
