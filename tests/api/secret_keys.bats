#!/usr/bin/env bats
# Secret keys of the project of the context: /v1/secret-keys.
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

setup() {
	load helper
	load tenancy
	load writes
}

# secret METHOD KEY PATH [CURL ARGUMENT...]: below /v1/secret-keys, of PROJECT.
secret() {
	local nothing=()

	[[ $1 != POST || $3 == */name ]] || nothing=(--data '')
	KEY=$2 api "$1" "/v1/secret-keys$3" "${nothing[@]}" \
	    --header "X-Bindplane-Account-ID: $PROJECT" "${@:4}"
}

# new_keys: a tenant whose project has one more secret key: FIRST and OTHER.
new_keys() {
	new_tenant || return
	FIRST=$(sql "SELECT secret_key FROM projects WHERE id = '$PROJECT'")
	secret POST "$OWNER_KEY" ''
	expect_status 200 || return
	OTHER=$(json .secretKey)
}

# expect_keys DEFAULT ALTERNATES: of PROJECT, as both of its reads show them;
# ALTERNATES with a space between.
expect_keys() {
	local shown="[\"${2// /\", \"}\"]"

	[ -n "$2" ] || shown='[]'
	secret GET "$OWNER_KEY" ''
	expect_status 200 || return
	expect_json ".defaultSecretKey == \"$1\" and
	    .alternateSecretKeys == $shown" || return
	KEY=$OWNER_KEY api GET "/v1/projects/$PROJECT"
	expect_json ".account.spec == {secretKey: \"$1\",
	    alternateSecretKeys: $shown}" || return
	KEY=$OWNER_KEY api GET /v1/projects
	expect_json "[.accounts[] | select(.metadata.id == \"$PROJECT\") |
	    .spec.alternateSecretKeys] == [$shown]"
}

# key_events ACTION: how many rows the trail has of PROJECT.
key_events() {
	sql "SELECT COUNT(*) FROM audit_events WHERE resource_id = '$PROJECT'
	    AND action = 'secret-key.$1'"
}

project_version() {
	sql "SELECT version FROM projects WHERE id = '$PROJECT'"
}

@test "a project has its first secret key as the default one" {
	new_tenant
	FIRST=$(sql "SELECT secret_key FROM projects WHERE id = '$PROJECT'")
	secret GET "$OWNER_KEY" '?x=1'
	expect_status 200
	expect_json ". == {defaultSecretKey: \"$FIRST\",
	    alternateSecretKeys: [], names: []}"
	expect_tag s1
	[ "$(header Cache-Control)" = no-store ]
	secret GET "$OWNER_KEY" '' --header "If-None-Match: $(header ETag)"
	expect_status 304
}

@test "a secret key is made beside the default one" {
	new_keys
	expect_json "keys == [\"secretKey\"]"
	[[ $OTHER =~ ^[0-9A-HJKMNP-TV-Z]{26}$ && $OTHER != "$FIRST" ]]
	[ "$(header Cache-Control)" = no-store ]
	expect_keys "$FIRST" "$OTHER"
	[ "$(project_version)" = 2 ]
	[ "$(key_events create)" = 1 ]
	# of another project there is none of it
	KEY=$OWNER_KEY api GET /v1/organizations/projects/all
	[ "$(grep -o "$OTHER" "$body_file" | wc -l)" = 1 ]
}

@test "another secret key becomes the default one, and the old one stays" {
	new_keys
	for _ in 1 2; do
		secret POST "$OWNER_KEY" "/$OTHER/default"
		expect_status 204
		[ -z "$body" ]
	done
	expect_keys "$OTHER" "$FIRST"
	[ "$(key_events default)" = 1 ]
	secret POST "$OWNER_KEY" "/$FIRST/default"
	expect_keys "$FIRST" "$OTHER"
}

@test "secret keys have names, the default one too" {
	new_keys
	for key in "$FIRST" "$OTHER" "$OTHER"; do
		secret POST "$OWNER_KEY" "/$key/name" \
		    --data '{"name": " Edge \"1\" "}'
		expect_status 204
	done
	secret GET "$OWNER_KEY" ''
	expect_json ".names == [
	    {secretKey: \"$FIRST\", name: \"Edge \\\"1\\\"\"},
	    {secretKey: \"$OTHER\", name: \"Edge \\\"1\\\"\"}]"
	[ "$(key_events name)" = 2 ]
	# the name goes with the key
	secret POST "$OWNER_KEY" "/$OTHER/default"
	expect_keys "$OTHER" "$FIRST"
	secret GET "$OWNER_KEY" ''
	expect_json '.names | length == 2'
	secret DELETE "$OWNER_KEY" "/$FIRST"
	secret GET "$OWNER_KEY" ''
	expect_json "[.names[].secretKey] == [\"$OTHER\"]"
}

@test "a body without a name that can be one is 400" {
	new_keys
	expect_bodies 400 "$OWNER_KEY" POST "/v1/secret-keys/$OTHER/name" <<'EOF'
{}
{"name": null}
{"name": ""}
{"name": 1}
{"name": "a\u0000"}
[
EOF
	[ "$(key_events name)" = 0 ]
}

@test "a secret key is deleted once, and again is 204" {
	new_keys
	secret DELETE "$OWNER_KEY" "/$OTHER?dryRun=true"
	expect_status 200
	expect_json '.wouldRemove.secretKeys == 1'
	secret DELETE "$OWNER_KEY" "/$OTHER" --header 'If-Match: "s1"'
	expect_type 412 precondition-failed
	for _ in 1 2; do
		secret DELETE "$OWNER_KEY" "/$OTHER"
		expect_status 204
	done
	expect_keys "$FIRST" ''
	[ "$(key_events delete)" = 1 ]
	secret POST "$OWNER_KEY" "/$OTHER/default"
	expect_type 404 no-resource
	secret POST "$OWNER_KEY" "/$OTHER/name" --data '{"name": "a"}'
	expect_type 404 no-resource
}

@test "the default secret key is not deleted" {
	new_keys
	secret DELETE "$OWNER_KEY" "/$FIRST"
	expect_type 409 default-secret-key 'make another one the default'
	secret POST "$OWNER_KEY" "/$OTHER/default"
	secret DELETE "$OWNER_KEY" "/$OTHER"
	expect_type 409 default-secret-key
	secret DELETE "$OWNER_KEY" "/$FIRST"
	expect_status 204
	expect_keys "$OTHER" ''
}

@test "a project has ten secret keys at most, also when many come at once" {
	local calls=()

	new_tenant
	for _ in {1..12}; do
		calls+=("$OWNER_KEY" POST /v1/secret-keys '{}')
	done
	at_once "${calls[@]}"
	[ "$(tr ' ' '\n' <<< "$codes" | sort | uniq -c |
	    tr -s ' \n' ' ')" = ' 9 200 3 409 ' ]
	secret POST "$OWNER_KEY" ''
	expect_type 409 secret-key-limit 'delete one first'
	secret GET "$OWNER_KEY" ''
	[ "$(json '.alternateSecretKeys | join(",")')" = "$(sql "SELECT
	    GROUP_CONCAT(secret_key ORDER BY id) FROM secret_keys
	    WHERE project_id = '$PROJECT'")" ]
	expect_json '.alternateSecretKeys | length == 9'
	secret DELETE "$OWNER_KEY" "/$(json '.alternateSecretKeys[4]')"
	secret POST "$OWNER_KEY" ''
	expect_status 200
}

@test "secret keys are for the admins of the project" {
	new_keys
	new_viewer
	new_member
	new_stranger
	for key in "$VIEWER_KEY" "$MEMBER_KEY" "$STRANGER_KEY" \
	    "$(add_key --user "$OWNER_EMAIL" --role user)"; do
		secret GET "$key" ''
		expect_problem 403
		secret POST "$key" ''
		expect_problem 403
		secret DELETE "$key" "/$OTHER"
		expect_problem 403
		[[ $body != *"$OTHER"* ]]
	done
	KEY=$VIEWER_KEY api GET "/v1/projects/$PROJECT"
	expect_json '.account.spec == {}'
	join_project "$MEMBER_EMAIL" admin "$PROJECT" "$ORG"
	secret GET "$MEMBER_KEY" ''
	expect_status 200
	expect_keys "$FIRST" "$OTHER"
}

@test "a secret key of another project is none of this one" {
	new_place
	secret POST "$OWNER_KEY" ''
	OTHER=$(json .secretKey)
	PROJECT=$SECOND
	secret DELETE "$OWNER_KEY" "/$OTHER"
	expect_type 404 no-resource
	secret POST "$OWNER_KEY" "/$OTHER/default"
	expect_type 404 no-resource
	secret GET "$OWNER_KEY" ''
	expect_json '.alternateSecretKeys == []'
	# without a header there are two
	KEY=$OWNER_KEY api GET /v1/secret-keys
	[[ $body != *"$SECOND"* ]]
}

@test "no secret key is in the trail, in a kept answer or in the log" {
	local at

	new_keys
	secret POST "$OWNER_KEY" "/$OTHER/name" --data '{"name": "Edge"}' \
	    --header 'Idempotency-Key: name'
	secret POST "$OWNER_KEY" "/$OTHER/default" \
	    --header 'Idempotency-Key: default'
	secret DELETE "$OWNER_KEY" "/$FIRST" --header 'Idempotency-Key: delete'
	expect_status 204
	[ "$(sql "SELECT COUNT(*) FROM audit_events WHERE detail LIKE '%$OTHER%'
	    OR detail LIKE '%$FIRST%' OR resource_id IN ('$OTHER', '$FIRST')")" \
	    = 0 ]
	[ "$(sql "SELECT GROUP_CONCAT(DISTINCT detail ORDER BY id)
	    FROM audit_events WHERE action = 'secret-key.create'
	    AND resource_id = '$PROJECT'")" = "secret key $(printf %s "$OTHER" |
	    sha256sum | head -c 16)" ]
	[ "$(sql "SELECT COUNT(*) FROM idempotency_keys WHERE resource_id IN
	    ('$OTHER', '$FIRST') OR sealed IS NOT NULL
	    AND created_at >= UTC_TIMESTAMP(3) - INTERVAL 1 MINUTE
	    AND user_id = '$(user_id "$OWNER_EMAIL")'")" = 0 ]
	at=$(service_log | grep -c "$OTHER" || true)
	[ "$at" = 0 ]
}

@test "a secret key is made once by the same request, and shown as it is now" {
	local first

	new_tenant
	secret POST "$OWNER_KEY" '' --header 'Idempotency-Key: make'
	expect_status 200
	first=$(json .secretKey)
	secret POST "$OWNER_KEY" '' --header 'Idempotency-Key: make'
	expect_status 200
	[ "$(header Idempotency-Replayed)" = true ]
	expect_json ".secretKey == \"$first\""
	secret DELETE "$OWNER_KEY" "/$first"
	secret POST "$OWNER_KEY" '' --header 'Idempotency-Key: make'
	expect_status 200
	expect_json '. == {secretKey: null}'
	[ "$(key_events create)" = 1 ]
}

@test "a change of secret keys is one of the project" {
	local tag

	new_keys
	KEY=$OWNER_KEY api GET "/v1/projects/$PROJECT"
	tag=$(header ETag)
	secret GET "$OWNER_KEY" ''
	secret POST "$OWNER_KEY" "/$OTHER/default" \
	    --header "If-Match: $(header ETag)"
	expect_status 204
	[ "$(project_version)" = 3 ]
	KEY=$OWNER_KEY api PATCH "/v1/projects/$PROJECT" \
	    --data '{"displayName": "New"}' --header "If-Match: $tag"
	expect_type 412 precondition-failed
}

@test "the secret keys go with their project" {
	new_place
	secret POST "$OWNER_KEY" ''
	KEY=$OWNER_KEY api DELETE "/v1/projects/$PROJECT"
	expect_status 204
	[ "$(sql "SELECT COUNT(*) FROM secret_keys
	    WHERE project_id = '$PROJECT'")" = 0 ]
}

@test "the trail says by a digest which secret key became what" {
	local digest first

	new_keys
	digest=$(printf %s "$OTHER" | sha256sum)
	first=$(printf %s "$FIRST" | sha256sum)
	secret POST "$OWNER_KEY" "/$OTHER/default"
	expect_status 204
	secret POST "$OWNER_KEY" "/$OTHER/name" --data '{"name": "Blue"}'
	expect_status 204
	secret DELETE "$OWNER_KEY" "/$FIRST"
	expect_status 204
	[ "$(sql "SELECT GROUP_CONCAT(change_json ORDER BY seq SEPARATOR ' ')
	    FROM audit_events WHERE resource_id = '$PROJECT'
	    AND action LIKE 'secret-key.%'")" = \
	    "{\"secretKey\":\"${digest:0:16}\",\"state\":\"alternate\"} \
{\"secretKey\":\"${digest:0:16}\",\"state\":\"default\"} \
{\"secretKey\":\"${digest:0:16}\"} \
{\"secretKey\":\"${first:0:16}\",\"state\":\"deleted\"}" ]
}
