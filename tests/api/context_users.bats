#!/usr/bin/env bats
# Users of the project of the context: /v1/users.
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

setup() {
	load helper
	load tenancy
	load writes
}

# users METHOD KEY PATH [CURL ARGUMENT...]: of PROJECT
users() {
	KEY=$2 api "$1" "/v1/users$3" \
	    --header "X-Bindplane-Account-ID: $PROJECT" "${@:4}"
}

# new_bound: a tenant with a member who is bound to its project: id.
new_bound() {
	new_tenant || return
	new_member || return
	id=$(user_id "$MEMBER_EMAIL")
	KEY=$OWNER_KEY api PUT "/v1/projects/$PROJECT/users/$id" \
	    --data '{"role": "viewer"}'
	expect_status 201
}

@test "the users of the project of the context are those of the project" {
	new_bound
	KEY=$OWNER_KEY api GET "/v1/projects/$PROJECT/users/$id"
	one=$body
	users GET "$OWNER_KEY" "/$id"
	expect_status 200
	[ "$body" = "$one" ]
	[[ $(header ETag) == '"b'* ]]
	KEY=$OWNER_KEY api GET "/v1/projects/$PROJECT/users"
	all=$body
	users GET "$OWNER_KEY" ''
	expect_status 200
	[ "$body" = "$all" ]
	users GET "$OWNER_KEY" '?limit=1'
	[[ $(header Link) == *'/v1/users?'* ]]
	users GET "$MEMBER_KEY" ''
	expect_problem 403
}

@test "a user is taken out of the project of the context once" {
	new_bound
	users DELETE "$OWNER_KEY" "/$id" --header 'If-Match: "b1"'
	expect_problem 412
	users DELETE "$OWNER_KEY" "/$id?dryRun=true"
	expect_status 200
	for _ in 1 2; do
		users DELETE "$OWNER_KEY" "/$id"
		expect_status 204
	done
	users GET "$OWNER_KEY" "/$id"
	expect_problem 404
	expect_audit 1 member.remove User "$id"
}
