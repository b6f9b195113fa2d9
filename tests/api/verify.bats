#!/usr/bin/env bats
# PUT (and POST) /v1/organizations/verify.
# shellcheck disable=SC2154

setup() {
	load helper
	load tenancy
}

verify() { # NAME
	KEY=${KEY-$TENANTRY_API_KEY} api "${METHOD:-PUT}" \
	    /v1/organizations/verify \
	    --data "$(jq -n --arg name "$1" '{organizationName: $name}')"
}

@test "a free name is not in use" {
	verify "$(unique Free)"
	expect_status 200
	expect_json '. == {"inUse": false}'
}

@test "a name in use is found however it is written" {
	new_org "$(unique Straße)"
	for name in "$ORG_NAME" "${ORG_NAME^^}" " $ORG_NAME" \
	    "${ORG_NAME/ß/SS}" "${ORG_NAME/S/Ｓ}"; do
		verify "$name"
		expect_status 200
		expect_json '. == {"inUse": true}'
	done
}

@test "a byte order mark before the body is skipped" {
	printf '\xef\xbb\xbf{"organizationName": "%s"}' "$(unique Marked)" \
	    > "$BATS_TEST_TMPDIR/body-sent"
	api PUT /v1/organizations/verify \
	    --data-binary "@$BATS_TEST_TMPDIR/body-sent"
	expect_status 200
}

@test "a form-encoded body is told so" {
	api PUT /v1/organizations/verify --data 'organizationName=Acme&x=1'
	expect_problem 400 'form-encoded'
	expect_json '.detail | contains("send a JSON object")'
}

@test "a foreign organization's name is in use too" {
	new_tenant
	new_user "$(unique alone)@example.org"
	KEY=$USER_KEY verify "$ORG_NAME"
	expect_json '.inUse == true'
}

@test "POST is accepted, and displayName for organizationName" {
	METHOD=POST verify "$(unique Free)"
	expect_status 200
	api PUT /v1/organizations/verify --data '{"displayName": "free again"}'
	expect_status 200
}

@test "a deleted organization's name is in use until it is purged" {
	new_tenant
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_status 204
	verify "$ORG_NAME"
	expect_json .inUse
	ctl purge --org "$ORG" --now
	verify "$ORG_NAME"
	expect_json '.inUse == false'
}

@test "invalid input is 400" {
	for text in '' '{' '{}' '[]' '{"organizationName": 1}' \
	    '{"organizationName": null}' '{"organizationName": ""}' \
	    '{"organizationName": "a\u200bb"}' '{"organizationName": true}' \
	    '{"organizationName": "a", "organizationName": "a"}'; do
		echo "$text"
		for method in PUT POST; do
			api $method /v1/organizations/verify --data "$text"
			expect_problem 400
		done
	done
}

@test "101 code points are no name" {
	verify "$(printf 'é%.0s' {1..101})"
	expect_problem 400
}

@test "without a credential it is 401, whatever the body" {
	KEY='' verify "$(unique Free)"
	expect_problem 401
	KEY='' api PUT /v1/organizations/verify --data '{'
	expect_problem 401
}
