#!/usr/bin/env bats
# PATCH /v1/projects/next-login.
# shellcheck disable=SC2154

setup() {
	load helper
	load tenancy
	load writes
}

# next LOGIN PROJECT [CURL ARGUMENT...]: by the person of new_place_of_person.
next() {
	KEY='' api PATCH /v1/projects/next-login --user "$1:$USER_PASSWORD" \
	    --data "{\"accountId\": \"$2\"}" "${@:3}"
}

# new_place_of_person: a tenant, and in it a user of PROJECT with a password.
new_place_of_person() {
	new_place || return
	new_login || return
	join_organization "$USER_EMAIL" user "$ORG"
	join_project "$USER_EMAIL" viewer "$PROJECT" "$ORG"
}

next_of() { # EMAIL
	sql "SELECT COALESCE(next_login_project_id, '-'), version FROM users
	    WHERE email = '$1'"
}

@test "a person says which project comes next" {
	local id

	new_place_of_person
	id=$(user_id "$USER_EMAIL")
	next "$USER_EMAIL" "$PROJECT"
	expect_status 200
	expect_tag u2
	expect_json ".user | .metadata.id == \"$id\" and
	    .metadata.version == 2 and .spec.email == \"$USER_EMAIL\" and
	    .spec.nextLoginAccount == \"$PROJECT\" and .spec.role == \"user\""
	[[ $body != *password* && $body != *tny_* ]]
	expect_audit 1 user.next-login User "$id" "$USER_EMAIL"
	# once more is no change
	next "$USER_EMAIL" "$PROJECT" --header "If-Match: $(header ETag)"
	expect_status 200
	expect_tag u2
	join_project "$USER_EMAIL" user "$SECOND" "$ORG"
	next "$USER_EMAIL" "$SECOND" --header 'If-Match: "u1-a"'
	expect_type 412 precondition-failed
	KEY='' api PATCH /v1/accounts/next-login \
	    --user "$USER_EMAIL:$USER_PASSWORD" \
	    --data "{\"accountId\": \"$SECOND\"}" \
	    --header "If-Match: $(organization_tag)"
	expect_json ".user.spec.nextLoginAccount == \"$SECOND\""
	[ "$(next_of "$USER_EMAIL")" = "$SECOND	3" ]
	expect_audit 2 user.next-login User "$id" "$USER_EMAIL"
}

@test "an API key does not say which project comes next" {
	new_place_of_person
	for key in "$USER_KEY" "$OWNER_KEY" \
	    "$(add_key --user "$USER_EMAIL" --project "$PROJECT")"; do
		KEY=$key api PATCH /v1/projects/next-login \
		    --data "{\"accountId\": \"$PROJECT\"}"
		expect_type 403 not-for-keys 'send login and password'
	done
	[ "$(next_of "$USER_EMAIL")" = '-	1' ]
}

@test "a project that is not the person's does not come next" {
	new_stranger
	new_place_of_person
	for id in "$SECOND" "$STRANGER_PROJECT" "$ORG" \
	    01ARZ3NDEKTSV4RRFFQ69G5FAV nobody; do
		next "$USER_EMAIL" "$id"
		expect_type 404 no-resource
	done
	# a system administrator is no member by that
	KEY='' api PATCH /v1/projects/next-login \
	    --user "$TENANTRY_LOGIN:$TENANTRY_PASSWORD" \
	    --data "{\"accountId\": \"$PROJECT\"}"
	expect_type 404 no-resource
	for text in '{}' '{"accountId": null}' '{"accountId": ""}' \
	    '{"accountId": 1}' "{\"id\": \"$PROJECT\"}" '{' ''; do
		KEY='' api PATCH /v1/projects/next-login --data "$text" \
		    --user "$USER_EMAIL:$USER_PASSWORD"
		expect_problem 400
	done
	KEY='' api PATCH /v1/projects/next-login \
	    --data "{\"accountId\": \"$PROJECT\"}"
	expect_problem 401
	[ "$(next_of "$USER_EMAIL")" = '-	1' ]
}

@test "a choice of the next project that is sent again is made once" {
	new_place_of_person
	for replayed in '' true; do
		next "$USER_EMAIL" "$PROJECT" --header 'Idempotency-Key: a'
		expect_status 200
		[ "$(header Idempotency-Replayed)" = "$replayed" ]
	done
	[ "$(next_of "$USER_EMAIL")" = "$PROJECT	2" ]
}
