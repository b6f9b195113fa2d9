#!/usr/bin/env bats
# The lists, the tree and GET /v1/organizations/{name-or-id}.
# shellcheck disable=SC2154

setup() {
	load helper
	load tenancy
}

context_lists='/v1/organizations/accounts /v1/organizations/projects
    /v1/organizations/users'
trees='/v1/organizations/accounts/all /v1/organizations/projects/all'

@test "a user of nothing has empty lists, never null" {
	new_user "$(unique nobody)@example.org"
	for path in /v1/organizations $trees; do
		KEY=$USER_KEY api GET $path
		expect_status 200
		expect_json '. == {"organizations": []}'
	done
}

@test "organizations are those of the caller, in the order of creation" {
	new_tenant
	first=$ORG
	KEY=$OWNER_KEY new_org
	new_stranger
	KEY=$OWNER_KEY api GET /v1/organizations
	expect_status 200
	expect_json "[.organizations[].metadata.id] == [\"$first\", \"$ORG\"]"
}

@test "a system administrator's lists show only where he belongs" {
	new_tenant
	api GET /v1/organizations
	expect_json "[.organizations[].metadata.id] | index(\"$ORG\") | not"
	api GET /v1/organizations/accounts/all
	expect_json "[.organizations[].organization.metadata.id]
	    | index(\"$ORG\") | not"
}

@test "a member and a viewer see their organization" {
	new_tenant
	new_member
	new_viewer
	for key in "$MEMBER_KEY" "$VIEWER_KEY"; do
		KEY=$key api GET /v1/organizations
		expect_json "[.organizations[].metadata.id] == [\"$ORG\"]"
	done
}

@test "accounts and projects are one list, with the secrets for an admin" {
	new_tenant
	for path in /v1/organizations/accounts /v1/organizations/projects; do
		KEY=$OWNER_KEY api GET $path
		expect_status 200
		expect_json "[.accounts[].metadata.id] == [\"$PROJECT\"]"
		expect_json '.accounts[0].spec.secretKey | length == 26'
	done
}

@test "users are listed with their role and without a secret" {
	new_tenant
	new_member
	KEY=$OWNER_KEY api GET /v1/organizations/users
	expect_status 200
	expect_json "[.users[] | {(.spec.email): .spec.role}] | add ==
	    {\"$OWNER_EMAIL\": \"admin\", \"$MEMBER_EMAIL\": \"user\"}"
	expect_json '.users[0] | .kind == "User" and
	    (.spec | has("activeAccount") and has("nextLoginAccount")
	    and has("requestedMFA"))'
	[[ $body != *password* ]]
	[[ $body != *'$y$'* ]]
}

@test "the context's lists are for admins only" {
	new_tenant
	new_member
	new_viewer
	new_user "$(unique alone)@example.org"
	for path in $context_lists; do
		for key in "$MEMBER_KEY" "$VIEWER_KEY" "$USER_KEY"; do
			KEY=$key api GET "$path"
			expect_problem 403
		done
	done
}

@test "an admin of a project is no admin of its organization" {
	new_tenant
	new_member
	join_project "$MEMBER_EMAIL" admin "$PROJECT" "$ORG"
	for path in $context_lists; do
		KEY=$MEMBER_KEY api GET "$path"
		expect_problem 403
	done
}

@test "every list is 401 without a credential" {
	for path in /v1/organizations $context_lists $trees; do
		KEY='' api GET "$path"
		expect_problem 401
		[ -n "$(header WWW-Authenticate)" ]
	done
}

@test "the tree has all projects for an admin and bound ones for others" {
	new_tenant
	new_member
	new_viewer
	install_licence "$(issue --type growth)"
	KEY=$OWNER_KEY api POST /v1/projects --data '{"displayName": "Two"}'
	expect_status 201
	second=$(json .account.metadata.id)
	for path in $trees; do
		KEY=$OWNER_KEY api GET "$path"
		expect_status 200
		expect_json "[.organizations[0].accounts[].metadata.id] ==
		    [\"$PROJECT\", \"$second\"]"
		KEY=$VIEWER_KEY api GET "$path"
		expect_json "[.organizations[0].accounts[].metadata.id] ==
		    [\"$PROJECT\"]"
		expect_json '.organizations[0].accounts[0].spec
		    | (has("secretKey") or has("alternateSecretKeys")) | not'
		KEY=$MEMBER_KEY api GET "$path"
		expect_json ".organizations | length == 1 and
		    .[0].organization.metadata.id == \"$ORG\" and
		    .[0].accounts == []"
	done
}

@test "the admin of a project sees its secret in the tree" {
	new_tenant
	new_member
	join_project "$MEMBER_EMAIL" admin "$PROJECT" "$ORG"
	KEY=$MEMBER_KEY api GET /v1/organizations/accounts/all
	expect_json '.organizations[0].accounts[0].spec.secretKey | length == 26'
}

@test "each project of a tree is judged by its own binding" {
	new_tenant
	new_member
	first=$PROJECT
	install_licence "$(issue --type enterprise)"
	KEY=$OWNER_KEY api POST /v1/projects --data '{"displayName": "Two"}'
	second=$(json .account.metadata.id)
	KEY=$OWNER_KEY api POST /v1/projects --data '{"displayName": "Three"}'
	third=$(json .account.metadata.id)
	KEY=$OWNER_KEY api POST /v1/projects --data '{"displayName": "Four"}'
	expect_status 201
	join_project "$MEMBER_EMAIL" viewer "$first" "$ORG"
	join_project "$MEMBER_EMAIL" admin "$second" "$ORG"
	join_project "$MEMBER_EMAIL" user "$third" "$ORG"
	KEY=$MEMBER_KEY api GET /v1/organizations/accounts/all
	expect_json ".organizations[0].accounts |
	    map([.metadata.id, (.spec | has(\"secretKey\"))]) ==
	    [[\"$first\", false], [\"$second\", true], [\"$third\", false]]"
	key=$(add_key --user "$MEMBER_EMAIL" --role user)
	KEY=$key api GET /v1/organizations/accounts/all
	expect_json '[.organizations[0].accounts[].spec | has("secretKey")] ==
	    [false, false, false]'
}

@test "an admin's key for a project he is not bound to shows its secret" {
	new_tenant
	sql "DELETE FROM project_bindings WHERE project_id = '$PROJECT'"
	key=$(add_key --user "$OWNER_EMAIL" --project "$PROJECT")
	KEY=$key api GET /v1/organizations/accounts/all
	expect_json '.organizations[0].accounts[0].spec.secretKey | length == 26'
	key=$(add_key --user "$OWNER_EMAIL" --project "$PROJECT" --role user)
	KEY=$key api GET /v1/organizations/accounts/all
	expect_json '.organizations[0].accounts | length == 1'
	expect_json '.organizations[0].accounts[0].spec | has("secretKey") | not'
}

@test "a tree of several organizations keeps them apart" {
	new_tenant
	one=$ORG
	KEY=$OWNER_KEY new_org
	KEY=$OWNER_KEY api GET /v1/organizations/projects/all
	expect_json "[.organizations[].organization.metadata.id] ==
	    [\"$one\", \"$ORG\"]"
	expect_json '[.organizations[].accounts | length] == [1, 1]'
}

@test "the tree is also CSV, a row a project, and a JSON value a line" {
	local second lines

	new_tenant
	new_member
	install_licence "$(issue --type enterprise)"
	KEY=$OWNER_KEY api POST /v1/projects --data '{"displayName": "=1+1"}'
	expect_status 201
	second=$(jq -r .account.metadata.id "$body_file")
	for path in $trees; do
		KEY=$OWNER_KEY api GET "$path" --header 'Accept: text/csv'
		expect_status 200
		[ "$(header Content-Type)" = 'text/csv; charset=utf-8' ]
		[ "$(header Vary)" = Accept ]
		mapfile -t lines < <(tr -d '\r' < "$body_file")
		[ ${#lines[@]} = 3 ]
		[[ ${lines[0]} == '"organization.metadata.id",'* ]]
		[[ ${lines[0]} == *',"accounts.metadata.id",'* ]]
		[[ ${lines[0]} != *[sS]ecret* ]]
		[[ ${lines[1]} == "\"$ORG\","*",\"$PROJECT\","* ]]
		[[ ${lines[2]} == "\"$ORG\","*",\"$second\","*",\"'=1+1\","* ]]
		# who is bound to no project has an empty one
		KEY=$MEMBER_KEY api GET "$path" --header 'Accept: text/csv'
		expect_status 200
		mapfile -t lines < <(tr -d '\r' < "$body_file")
		[ ${#lines[@]} = 2 ]
		[[ ${lines[1]} == "\"$ORG\","*',"",""' ]]
		[ "$(tr -cd , <<< "${lines[0]}")" = "$(tr -cd , <<< "${lines[1]}")" ]
		KEY=$OWNER_KEY api GET "$path" \
		    --header 'Accept: application/x-ndjson'
		expect_status 200
		[ "$(wc -l < "$body_file")" = 1 ]
		expect_json ".organization.metadata.id == \"$ORG\" and
		    [.accounts[].metadata.id] == [\"$PROJECT\", \"$second\"]"
	done
	KEY=$OWNER_KEY new_org
	KEY=$OWNER_KEY api GET "$path" --header 'Accept: application/x-ndjson'
	expect_status 200
	[ "$(jq -c '.accounts | length' "$body_file")" = $'2\n1' ]
	[ "$(wc -l < "$body_file")" = 2 ]
}

@test "lists carry no ETag" {
	new_tenant
	KEY=$OWNER_KEY api GET /v1/organizations
	[ -z "$(header ETag)" ]
}

@test "a list that streams is whole and valid JSON" {
	new_tenant
	fill_projects 1000
	KEY=$OWNER_KEY api GET /v1/organizations/projects
	expect_status 200
	expect_json '.accounts | length == 1001'
	expect_json '[.accounts[].metadata.id] | . == sort'
}

# Whether the ids that a jq filter picks from the answer ascend.
expect_ascending() { # FILTER
	[ "$(json "[$1] | . == (sort | unique) and length > 300")" = true ]
}

# No statement has an ORDER BY: docs/decisions/0007.
@test "long lists come in the order of their ids" {
	new_tenant
	fill_projects 400
	sql "INSERT INTO organizations (id, name, display_name, name_key,
	    created_at, modified_at) SELECT id, CONCAT('o-', name), name, name,
	    created_at, modified_at FROM projects
	    WHERE organization_id = '$ORG' AND id <> '$PROJECT'
	    ORDER BY id DESC;
	    INSERT INTO organization_bindings (user_id, organization_id, role,
	    created_at) SELECT '$(user_id "$OWNER_EMAIL")', id, 'admin',
	    created_at FROM organizations WHERE name LIKE 'o-s-${ORG,,}-%'
	    ORDER BY id DESC"
	KEY=$OWNER_KEY api GET /v1/organizations
	expect_ascending '.organizations[].metadata.id'
	header=(--header "X-Organization-ID: $ORG")
	KEY=$OWNER_KEY api GET /v1/organizations/projects "${header[@]}"
	expect_ascending '.accounts[].metadata.id'
	KEY=$OWNER_KEY api GET /v1/organizations/projects/all
	expect_ascending '.organizations[].organization.metadata.id'
	expect_ascending ".organizations[] | select(
	    .organization.metadata.id == \"$ORG\") | .accounts[].metadata.id"
}

# --- one organization ---------------------------------------------------------

@test "a member reads an organization by id and by slug" {
	new_tenant
	new_member
	slug=$(sql "SELECT name FROM organizations WHERE id = '$ORG'")
	for name in "$ORG" "$slug"; do
		KEY=$MEMBER_KEY api GET "/v1/organizations/$name"
		expect_status 200
		expect_json ".organization.metadata.id == \"$ORG\""
		[[ $(header ETag) == \"*\" ]]
		[[ $(header Cache-Control) == 'private, no-cache' ]]
	done
}

@test "an organization's slug serves as its id on every route" {
	new_tenant
	slug=$(sql "SELECT name FROM organizations WHERE id = '$ORG'")
	path=/v1/organizations/$slug
	KEY=$OWNER_KEY api PATCH "$path/metadata" \
	    --data "{\"displayName\": \"$(unique Slug)\"}"
	expect_status 200
	KEY=$OWNER_KEY api PUT "$path/license" \
	    --data "$(licence_body "$(issue --type growth)")"
	expect_status 204
	[ "$(sql "SELECT licence_type FROM licences
	    WHERE organization_id = '$ORG'")" = growth ]
	api PUT "$path/license" --data '{"createLicenseType": "enterprise"}'
	expect_status 204
	new_stranger
	KEY=$STRANGER_KEY api PATCH "$path/metadata" \
	    --data '{"displayName": "x"}'
	expect_problem 404
	KEY=$STRANGER_KEY api PUT "$path/license" --data '{}'
	expect_problem 404
	KEY=$STRANGER_KEY api DELETE "$path"
	expect_problem 403
	KEY=$OWNER_KEY api DELETE "$path"
	expect_status 204
	KEY=$OWNER_KEY api GET "$path"
	expect_problem 404
}

@test "a foreign, unknown or malformed organization is 404" {
	new_tenant
	new_stranger
	slug=$(sql "SELECT name FROM organizations WHERE id = '$ORG'")
	for name in "$ORG" "$slug" 01ARZ3NDEKTSV4RRFFQ69G5FAV no-such-one \
	    "${ORG}X" "%27%20OR%201=1" "$(printf 'x%.0s' {1..300})"; do
		KEY=$STRANGER_KEY api GET "/v1/organizations/$name"
		expect_problem 404
	done
}

@test "a path with bytes outside of ASCII or white space names nothing" {
	new_tenant
	for name in "$ORG%C3%A9" %C3%A9 %E6%BC%A2 "$ORG%20" "%20$ORG"; do
		KEY=$OWNER_KEY api GET "/v1/organizations/$name"
		expect_problem 404
		KEY=$OWNER_KEY api PATCH "/v1/organizations/$name/metadata" \
		    --data '{"displayName": "Other"}'
		expect_problem 404
		KEY=$OWNER_KEY api DELETE "/v1/organizations/$name"
		expect_problem 403
	done
	expect_key_status "$OWNER_KEY" 200 GET "/v1/organizations/$ORG"
}

@test "the display name is no name of the path" {
	new_tenant
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG/metadata" \
	    --data '{"displayName": "Shown '"$ORG"'"}'
	expect_status 200
	KEY=$OWNER_KEY api GET "/v1/organizations/Shown%20$ORG"
	expect_problem 404
}

@test "a system administrator reads any organization" {
	new_tenant
	api GET "/v1/organizations/$ORG"
	expect_status 200
}

@test "an ETag that matches is answered 304 without a body" {
	new_tenant
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG"
	etag=$(header ETag)
	for match in "$etag" "\"other\", $etag" "W/$etag" '*'; do
		KEY=$OWNER_KEY api GET "/v1/organizations/$ORG" \
		    --header "If-None-Match: $match"
		expect_status 304
		[ -z "$body" ]
		[ "$(header ETag)" = "$etag" ]
	done
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG" \
	    --header 'If-None-Match: "other"'
	expect_status 200
}

@test "the ETag changes with a rename" {
	new_tenant
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG"
	etag=$(header ETag)
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$(unique New)\"}"
	expect_status 200
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG" \
	    --header "If-None-Match: $etag"
	expect_status 200
	[ "$(header ETag)" != "$etag" ]
}

@test "each resource says when it was created, as the database has it" {
	local table member path created

	new_tenant
	new_member
	KEY=$OWNER_KEY api POST /v1/api-keys --data '{"description": "a"}'
	expect_status 201
	KEY=$OWNER_KEY api POST /v1/invitations \
	    --data '{"email": "a@example.org", "role": "user"}'
	expect_status 201
	KEY=$OWNER_KEY api PATCH "/v1/projects/$PROJECT" \
	    --data '{"displayName": "Other"}'
	expect_status 200
	while read -r table member path; do
		KEY=$OWNER_KEY api GET "$path"
		expect_status 200
		while read -r id created; do
			[ "$created" = "$(sql "SELECT CONCAT(LEFT(DATE_FORMAT(
			    created_at, '%Y-%m-%dT%H:%i:%s.%f'), 23), 'Z')
			    FROM $table WHERE id = '$id'")" ]
		done < <(jq -r ".${member}[].metadata | .id + \" \" + .dateCreated" \
		    <<< "$body")
	done <<-'EOF'
		organizations organizations /v1/organizations
		projects accounts /v1/projects
		users users /v1/organizations/users
		api_keys apiKeys /v1/api-keys
		invitations invitations /v1/invitations
	EOF
	KEY=$OWNER_KEY api GET /v1/projects --header 'Accept: text/csv'
	[[ $body == *'"metadata.dateModified","metadata.dateCreated"'* ]]
}
