#!/usr/bin/env bats
# PATCH /v1/organizations/{id}.
# shellcheck disable=SC2154

setup() {
	load helper
	load tenancy
	load cgi
	load hold
	load writes
}

teardown() {
	release_row
}

# change KEY BODY [CURL ARGUMENT...]
change() {
	KEY=$1 api PATCH "/v1/organizations/$ORG" --data "$2" "${@:3}"
}

named() { # NAME
	echo "{\"displayName\": $(json_text "$1")}"
}

name_of() {
	sql "SELECT display_name FROM organizations WHERE id = '$ORG'"
}

@test "an admin renames and gets the organization with its new tag" {
	local name slug answered tag

	new_tenant
	name=$(unique Renamed)
	slug=$(sql "SELECT name FROM organizations WHERE id = '$ORG'")
	change "$OWNER_KEY" "$(named " $name ")"
	expect_status 200
	expect_tag 2
	expect_json ".organization.metadata | .id == \"$ORG\" and
	    .displayName == \"$name\" and .name == \"$slug\" and
	    .version == 2"
	answered=$body tag=$(header ETag)
	expect_audit 1 organization.rename Organization "$ORG"
	KEY=$OWNER_KEY api GET "/v1/organizations/$slug" \
	    --header "If-None-Match: $tag"
	expect_status 304
	KEY=$OWNER_KEY api GET "/v1/organizations/$slug"
	[ "$body" = "$answered" ]
}

@test "a change to what is so already, or of nothing, changes nothing" {
	local before

	new_tenant
	before=$(sql "SELECT version, write_count, modified_at
	    FROM organizations WHERE id = '$ORG'")
	for text in '{}' '{"name": "a"}' "$(named " $ORG_NAME ")"; do
		change "$OWNER_KEY" "$text"
		expect_status 200
		expect_tag 1
		expect_json ".organization.metadata.displayName == \"$ORG_NAME\""
	done
	[ "$(sql "SELECT version, write_count, modified_at
	    FROM organizations WHERE id = '$ORG'")" = "$before" ]
	expect_audit 0 organization.rename Organization "$ORG"
	# other letters of the same name are another name to show
	change "$OWNER_KEY" "$(named "${ORG_NAME^^}")"
	expect_tag 2
}

@test "another organization's name is 409 and changes nothing" {
	new_tenant
	new_stranger
	for name in "$STRANGER_NAME" "${STRANGER_NAME^^}"; do
		change "$OWNER_KEY" "$(named "$name")"
		expect_type 409 name-in-use
	done
	[ "$(name_of)" = "$ORG_NAME" ]
}

@test "a wrong body of a change is 400" {
	new_tenant
	expect_bodies 400 "$OWNER_KEY" PATCH "/v1/organizations/$ORG" <<-'END'
	{
	[]
	{"displayName": null}
	{"displayName": ""}
	{"displayName": "  "}
	{"displayName": 1}
	{"displayName": ["a"]}
	{"displayName": "a\u200bb"}
	{"displayName": "a", "displayName": "a"}
	{"displayName": "a"} x
	END
	change "$OWNER_KEY" ''
	expect_problem 400
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG?x=1" --data '{}'
	expect_problem 400
	[ "$(name_of)" = "$ORG_NAME" ]
}

@test "only an admin of the organization changes it" {
	new_tenant
	new_member
	new_stranger
	join_project "$MEMBER_EMAIL" admin "$PROJECT" "$ORG"
	for caller in "$MEMBER_KEY:403" "$STRANGER_KEY:404" :401 \
	    "$(add_key --user "$OWNER_EMAIL" --role user):403" \
	    "$(add_key --user "$OWNER_EMAIL" --project "$PROJECT"):403"; do
		change "${caller%:*}" "$(named "$(unique Mine)")"
		expect_problem "${caller#*:}"
		change "${caller%:*}" '{'
		expect_problem "${caller#*:}"
	done
	[ "$(name_of)" = "$ORG_NAME" ]
	change "$TENANTRY_API_KEY" "$(named "$(unique By)")"
	expect_status 200
}

@test "a change takes If-Match and an idempotency key" {
	local tag key

	new_tenant
	tag=$(organization_tag)
	key=$(unique key)
	for replayed in '' true; do
		change "$OWNER_KEY" "$(named "One $key")" \
		    --header "Idempotency-Key: $key" --header "If-Match: $tag"
		expect_status 200
		[ "$(header Idempotency-Replayed)" = "$replayed" ]
		expect_json ".organization.metadata.version == 2"
	done
	change "$OWNER_KEY" "$(named "Two $key")" --header "If-Match: $tag"
	expect_type 412 precondition-failed
	change "$OWNER_KEY" '{}' --header "If-Match: $tag"
	expect_type 412 precondition-failed
	change "$OWNER_KEY" "$(named "Two $key")" --header 'If-Match: *'
	expect_tag 3
	settings 'require_if_match = on'
	KEY=$OWNER_KEY cgi_send PATCH "/v1/organizations/$ORG" '{}'
	expect_type 428 precondition-required
}

@test "8 clients that give one name at once change it once" {
	new_tenant
	KEY=$OWNER_KEY api_many 8 PATCH "/v1/organizations/$ORG" \
	    --data "$(named "$(unique Race)")"
	[ "$(count_codes 200)" = 8 ]
	expect_audit 1 organization.rename Organization "$ORG"
	KEY=$OWNER_KEY api_many 8 PATCH "/v1/organizations/$ORG" \
	    --data "$(named "$(unique Race) {}")"
	[ "$(count_codes 200)" = 8 ]
	expect_audit 9 organization.rename Organization "$ORG"
	[[ $(organization_tag) == '"10-'* ]]
}

@test "a change that waited is refused if the caller lost the role meanwhile" {
	new_tenant
	new_member
	settings 'deadline = 60'
	sql "UPDATE organization_bindings SET role = 'admin'
	    WHERE user_id = '$(user_id "$MEMBER_EMAIL")'"
	meanwhile "UPDATE organization_bindings SET role = 'user'
	    WHERE user_id = '$(user_id "$MEMBER_EMAIL")'" "$MEMBER_KEY" \
	    PATCH "/v1/organizations/$ORG" "$(named "$(unique Late)")"
	expect_problem 403
	[ "$(name_of)" = "$ORG_NAME" ]
}
