#!/usr/bin/env bats
# Every 409 of a limit says which limit, how much, and what to do.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154

setup() {
	load helper
	load tenancy
	load cgi
	load invitations
	load writes
}

# expect_limit TYPE NAME ALLOWED CURRENT WORDS: the numbers in `limits` and, but
# for what all members are, in the detail; and what to do.
expect_limit() {
	local words

	expect_type 409 "$1"
	expect_json ".limits == [{name: \"$2\", allowed: $3, current: $4}]"
	[[ $(json .detail) =~ (^|[^0-9])$3([^0-9]|$) ]]
	[[ $(json .detail) == *"$5"* ]]
	tried+=" $1"
}

owner() { # METHOD PATH [BODY]
	KEY=$OWNER_KEY api "$1" "$2" --data "${3:-}"
}

# put_keys COUNT KIND USER: live ones behind the service, with KIND in their ids.
put_keys() {
	sql "INSERT INTO api_keys (id, digest, organization_id, user_id, role,
	        created_at)
	    SELECT CONCAT('00', LEFT('${ORG:6}0000000000000000', 15), '$2',
	        LPAD(seq, 8, '0')), UNHEX(SHA2(CONCAT('$ORG$2', seq), 256)),
	        '$ORG', $3, 'user', UTC_TIMESTAMP(3) FROM $(numbers "$1")"
}

project_limit() {
	sql "UPDATE licences SET limit_projects = 1, limit_users = 2
	    WHERE organization_id = '$ORG'"
	owner POST /v1/projects '{"displayName": "One more"}'
	expect_limit limit-reached projects 1 1 'install another license'
}

seat_limit() {
	owner POST /v1/invitations '{"email": "a@example.org", "role": "user"}'
	expect_status 201
	owner POST /v1/invitations '{"email": "b@example.org", "role": "user"}'
	expect_limit seat-limit users 2 2 'install a larger license'
	# of a system administrator, who adds without asking
	new_user "$(unique direct)@example.org"
	api POST /v1/organizations/users --header "X-Organization-ID: $ORG" \
	    --data "{\"email\": \"$USER_EMAIL\", \"role\": \"user\"}"
	expect_limit seat-limit users 2 2 'remove a member'
}

licence_limit() {
	sql "UPDATE organizations SET member_count = 9 WHERE id = '$ORG'"
	owner PUT "/v1/organizations/$ORG/license" \
	    "{\"licenseKey\": \"$(issue --type growth --users 4)\"}"
	sql "UPDATE organizations SET member_count = 1 WHERE id = '$ORG'"
	expect_type 409 limit-reached
	expect_json '[.limits[] | select(.name == "users")] |
	    length == 1 and .[0].allowed == 4 and .[0].current >= 9'
}

invitation_limit() {
	sql "UPDATE licences SET limit_users = 0 WHERE organization_id = '$ORG'"
	OWNER=$(user_id "$OWNER_EMAIL")
	fill_invitations 999
	owner POST /v1/invitations '{"email": "c@example.org", "role": "user"}'
	expect_limit invitation-limit invitations 1000 1000 'revoke some'
}

key_limit() {
	put_keys 25 P "'$(user_id "$OWNER_EMAIL")'"
	owner POST /v1/api-keys '{"description": "more"}'
	expect_limit key-limit apiKeys 25 25 'delete one first'
	put_keys 26 S NULL # as a rotation may leave behind
	owner POST /v1/api-keys '{"description": "more", "owner":
	    "organization", "role": "user"}'
	expect_limit key-limit apiKeys 25 26 'delete one first'
}

secret_key_limit() {
	for _ in {1..9}; do
		owner POST /v1/secret-keys '{}'
		expect_status 200
	done
	owner POST /v1/secret-keys '{}'
	expect_limit secret-key-limit secretKeys 10 10 'delete one first'
}

organization_limit() {
	local text

	settings 'max_organizations_per_user = 1'
	text="{\"organizationName\": \"$(unique More)\", \"accountName\": \"a\",
	    \"eulaAccepted\": true}"
	KEY=$OWNER_KEY cgi POST /v1/organizations \
	    CONTENT_LENGTH="${#text}" <<< "$text"
	expect_limit organization-limit organizations 1 1 'until it is purged'
}

@test "a limit that stands in the way is named with its numbers" {
	local tried=''

	new_tenant
	project_limit
	seat_limit
	licence_limit
	invitation_limit
	key_limit
	secret_key_limit
	organization_limit
	# no other problem is of a limit
	[ "$(tr ' ' '\n' <<< "${tried# }" | sort -u)" = "$(sed -n \
	    's/^| 409 | `\(limit-reached\|[a-z-]*-limit\)`.*/\1/p' \
	    "$TENANTRY_ROOT/docs/errors.md" | sort)" ]
}

@test "who may not know how many members there are is told of no number" {
	local admin

	new_tenant
	sql "UPDATE licences SET limit_users = 2 WHERE organization_id = '$ORG'"
	admin=$(unique project-admin)@example.org
	new_user "$admin"
	admin=$USER_KEY
	join_organization "$USER_EMAIL" user "$ORG"
	join_project "$USER_EMAIL" admin "$PROJECT" "$ORG"
	KEY=$admin api POST /v1/invitations --data "{\"email\":
	    \"d@example.org\", \"role\": \"user\", \"projects\":
	    [{\"id\": \"$PROJECT\", \"role\": \"user\"}]}"
	expect_type 409 seat-limit 'install a larger license'
	expect_json '(has("limits") | not) and (.detail | test("[0-9]") | not)'
}
