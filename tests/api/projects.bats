#!/usr/bin/env bats
# Projects and the users of a project: /v1/projects and /v1/accounts.
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

UNKNOWN=01ARZ3NDEKTSV4RRFFQ69G5FAV

setup() {
	load helper
	load tenancy
	load cgi
	load hold
	load writes
}

teardown() {
	release_row
	[ -z "${BROKEN:-}" ] || sql 'DROP TRIGGER IF EXISTS broken_audit'
}

# project METHOD KEY [CURL ARGUMENT...]: PROJECT.
project() {
	KEY=$2 api "$1" "/v1/projects/$PROJECT" "${@:3}"
}

# rename KEY NAME [CURL ARGUMENT...]: PROJECT.
rename() {
	project PATCH "$1" --data "{\"displayName\": $(json_text "$2")}" "${@:3}"
}

# binding METHOD KEY USER [CURL ARGUMENT...]: that user's role in PROJECT.
binding() {
	KEY=$2 api "$1" "/v1/projects/$PROJECT/users/$3" "${@:4}"
}

# put KEY USER ROLE [CURL ARGUMENT...]
put() {
	binding PUT "$1" "$2" --data "{\"role\": \"$3\"}" "${@:4}"
}

version() {
	sql "SELECT version FROM projects WHERE id = '$PROJECT'"
}

# new_people: a member without a role in PROJECT, a viewer, a user and an admin
# of PROJECT, and the admin of another organization: MEMBER_, VIEWER_, WORKER_,
# LEAD_ and STRANGER_KEY; MEMBER, VIEWER, WORKER and LEAD are their ids.
new_people() {
	new_viewer || return
	VIEWER_EMAIL=$USER_EMAIL VIEWER=$(user_id "$USER_EMAIL")
	new_member || return
	WORKER_KEY=$MEMBER_KEY WORKER=$(user_id "$MEMBER_EMAIL")
	join_project "$MEMBER_EMAIL" user "$PROJECT" "$ORG"
	new_member || return
	LEAD_KEY=$MEMBER_KEY LEAD_EMAIL=$MEMBER_EMAIL
	LEAD=$(user_id "$MEMBER_EMAIL")
	join_project "$MEMBER_EMAIL" admin "$PROJECT" "$ORG"
	new_member || return
	MEMBER=$(user_id "$MEMBER_EMAIL")
	new_stranger
}

# --- the list -----------------------------------------------------------------

@test "the list has the projects that the caller may use" {
	new_place
	new_people
	KEY=$OWNER_KEY api GET /v1/projects
	expect_status 200
	[ "$(ids_of accounts)" = "$SECOND $PROJECT" ]
	expect_json '.accounts[1] | .kind == "Account" and
	    .metadata.displayName == "First" and
	    (.spec.secretKey | length == 26)'
	all=$body
	KEY=$OWNER_KEY api GET /v1/accounts
	[ "$body" = "$all" ]
	KEY=$LEAD_KEY api GET /v1/projects
	[ "$(ids_of accounts)" = "$PROJECT" ]
	expect_json '.accounts[0].spec.secretKey | length == 26'
	for key in "$VIEWER_KEY" "$WORKER_KEY"; do
		KEY=$key api GET /v1/projects
		[ "$(ids_of accounts)" = "$PROJECT" ]
		[[ $body != *secretKey* ]]
	done
	KEY=$MEMBER_KEY api GET /v1/projects
	expect_status 200
	expect_json '. == {"accounts": []}'
	KEY='' api GET /v1/projects
	expect_problem 401
}

@test "a list without an organization in the context is 403" {
	new_tenant
	new_second_organization
	set_active_project "$OWNER_EMAIL"
	KEY=$OWNER_KEY api GET /v1/projects
	expect_problem 403
	KEY=$OWNER_KEY api GET /v1/projects \
	    --header "X-Organization-ID: $SECOND_ORG"
	expect_status 200
	[ "$(ids_of accounts)" = "$SECOND_PROJECT" ]
	new_user "$(unique alone)@example.org"
	KEY=$USER_KEY api GET /v1/projects
	expect_problem 403
}

@test "the pages have each project once, and q chooses" {
	new_tenant
	fill_projects 6
	new_stranger
	export KEY=$OWNER_KEY
	api GET /v1/projects
	[ -z "$(header Link)" ]
	all=$(ids_of accounts)
	[ "$(wc -w <<< "$all")" = 7 ]
	for size in 1 3 7; do
		[ "$(pages accounts "/v1/projects?limit=$size")" = "$all" ]
	done
	api GET '/v1/projects?limit=2'
	next=$(next_page)
	api GET '/v1/projects?q=MANY+3'
	expect_json '[.accounts[].metadata.displayName] == ["Many 3"]'
	api GET "/v1/projects?q=x&after=${next##*after=}"
	expect_problem 400 'after is no cursor of this list'
	KEY=$STRANGER_KEY api GET "$next"
	expect_problem 400 'after is no cursor of this list'
	api GET '/v1/projects?limit=0'
	expect_problem 400
	# clients of the reference system send more
	api GET '/v1/projects?sort=name'
	expect_status 200
	# the pages of a viewer have no gap where others' projects are
	new_viewer
	join_project "$USER_EMAIL" viewer "$(cut -d ' ' -f 4 <<< "$all")" "$ORG"
	KEY=$VIEWER_KEY
	[ "$(pages accounts '/v1/projects?limit=1')" = \
	    "$(cut -d ' ' -f 4,7 <<< "$all")" ]
}

@test "the list comes as CSV without secrets and as a JSON value a line" {
	new_place
	export KEY=$OWNER_KEY
	api GET /v1/projects --header 'Accept: text/csv'
	expect_status 200
	[[ $(header Content-Type) == text/csv* ]]
	[[ $body == '"metadata.id","metadata.name","metadata.displayName"'* ]]
	[[ $body == *"\"$SECOND\""*"\"$PROJECT\""* && $body != *secretKey* ]]
	api GET /v1/projects --header 'Accept: application/x-ndjson'
	[ "$(jq -r .metadata.id "$body_file" | tr '\n' ' ')" = \
	    "$SECOND $PROJECT " ]
}

# --- one ----------------------------------------------------------------------

@test "a project is read by those who may use it, and is 404 to others" {
	new_place
	new_people
	for key in "$OWNER_KEY" "$LEAD_KEY"; do
		project GET "$key"
		expect_status 200
		expect_json ".account | .metadata.id == \"$PROJECT\" and
		    .metadata.version == 1 and
		    (.spec.secretKey | length == 26)"
	done
	for key in "$WORKER_KEY" "$VIEWER_KEY"; do
		project GET "$key"
		expect_status 200
		expect_json ".account.metadata.id == \"$PROJECT\""
		[[ $body != *secretKey* ]]
	done
	for key in "$MEMBER_KEY" "$STRANGER_KEY"; do
		project GET "$key"
		expect_type 404 no-resource
	done
	for id in $UNKNOWN "$STRANGER_PROJECT" "${PROJECT,,}" first "$ORG"; do
		KEY=$OWNER_KEY api GET "/v1/projects/$id"
		expect_problem 404
	done
	project GET ''
	expect_problem 401
	project GET "$OWNER_KEY"
	all=$body
	KEY=$OWNER_KEY api GET "/v1/accounts/$PROJECT?sort=name"
	[ "$body" = "$all" ]
}

@test "a project has an ETag of its version, another one without the secrets" {
	new_place
	new_viewer
	project GET "$OWNER_KEY"
	expect_tag p1
	etag=$(header ETag)
	[[ $(header Cache-Control) == *no-store* ]]
	project GET "$OWNER_KEY" --header "If-None-Match: $etag"
	expect_status 304
	[ ! -s "$body_file" ]
	project GET "$OWNER_KEY" --header 'If-None-Match: "p9-a"'
	expect_status 200
	project GET "$OWNER_KEY" --header 'If-Match: "p9-a"'
	expect_type 412 precondition-failed
	project GET "$VIEWER_KEY"
	expect_tag p1
	[ "$(header ETag)" != "$etag" ]
	rename "$OWNER_KEY" "$(unique New)"
	project GET "$OWNER_KEY" --header "If-None-Match: $etag"
	expect_status 200
	expect_tag p2
}

# --- rename -------------------------------------------------------------------

@test "an admin of the project renames it; the slug stays" {
	new_place
	new_people
	project GET "$OWNER_KEY"
	slug=$(json .account.metadata.name)
	rename "$OWNER_KEY" ' Harbour '
	expect_status 200
	expect_tag p2
	expect_json ".account | .metadata.displayName == \"Harbour\" and
	    .metadata.name == \"$slug\" and .metadata.version == 2 and
	    (.spec.secretKey | length == 26)"
	etag=$(header ETag) answered=$body
	project GET "$OWNER_KEY"
	[ "$(header ETag)" = "$etag" ]
	[ "$body" = "$answered" ]
	expect_audit 1 project.rename Account "$PROJECT"
	KEY=$LEAD_KEY api PATCH "/v1/accounts/$PROJECT" \
	    --data '{"displayName": "Quay", "unknown": 1}'
	expect_status 200
	expect_tag p3
	expect_audit 1 project.rename Account "$PROJECT" "$LEAD_EMAIL"
	expect_audit 1 project.rename Account "$PROJECT"
}

@test "only an admin of the project renames it" {
	new_place
	new_people
	for caller in "$VIEWER_KEY:403" "$WORKER_KEY:403" "$MEMBER_KEY:404" \
	    "$STRANGER_KEY:404" :401; do
		rename "${caller%:*}" "$(unique New)"
		expect_problem "${caller#*:}"
	done
	for id in $UNKNOWN "$STRANGER_PROJECT" nothing; do
		KEY=$OWNER_KEY api PATCH "/v1/projects/$id" \
		    --data '{"displayName": "New"}'
		expect_problem 404
	done
	[ "$(version)" = 1 ]
	expect_audit 0 project.rename Account "$PROJECT"
}

@test "a project's name is its own in the organization, however it is written" {
	new_place
	before=$(audit_count)
	rename "$OWNER_KEY" 'MANY 1'
	expect_type 409 name-in-use
	[ "$(version)" = 1 ]
	[ "$(audit_count)" = "$before" ]
	rename "$OWNER_KEY" FIRST
	expect_status 200
	expect_json '.account.metadata.displayName == "FIRST"'
	# another organization's names are free
	new_stranger
	sql "UPDATE projects SET display_name = 'Theirs', name_key = 'theirs'
	    WHERE id = '$STRANGER_PROJECT'"
	rename "$OWNER_KEY" Theirs
	expect_status 200
}

@test "a rename to the name that it has changes nothing" {
	new_place
	project GET "$OWNER_KEY"
	etag=$(header ETag)
	before=$(audit_count)
	rename "$OWNER_KEY" ' First '
	expect_status 200
	[ "$(header ETag)" = "$etag" ]
	for replayed in '' true; do
		rename "$OWNER_KEY" First --header 'Idempotency-Key: same'
		expect_status 200
		[ "$(header Idempotency-Replayed)" = "$replayed" ]
	done
	[ "$(version)" = 1 ]
	[ "$(audit_count)" = "$before" ]
	# If-Match is asked all the same
	rename "$OWNER_KEY" First --header 'If-Match: "p7-a"'
	expect_type 412 precondition-failed
}

@test "a body with a wrong name is 400, and so is a query" {
	new_place
	long=$(printf 'a%.0s' {1..101})
	expect_bodies 400 "$OWNER_KEY" PATCH "/v1/projects/$PROJECT" <<-END
	{"displayName": null}
	{"displayName": ""}
	{"displayName": "  "}
	{"displayName": 5}
	{"displayName": ["a"]}
	{"displayName": "$long"}
	{"displayName": "a\\u0007"}
	{"displayName": "a", "displayName": "b"}
	["displayName"]
	"a"
	{
	END
	project PATCH "$OWNER_KEY" --data ''
	expect_problem 400
	KEY=$OWNER_KEY api PATCH "/v1/projects/$PROJECT?x=1" \
	    --data '{"displayName": "New"}'
	expect_problem 400
	[ "$(version)" = 1 ]
}

@test "If-Match takes the project's tag, the organization's, or a star" {
	new_place
	project GET "$OWNER_KEY"
	own=$(header ETag)
	rename "$OWNER_KEY" "$(unique New)" --header "If-Match: $own"
	expect_status 200
	rename "$OWNER_KEY" "$(unique New)" --header "If-Match: $own"
	expect_type 412 precondition-failed
	[ "$(version)" = 2 ]
	org=$(organization_tag)
	for tag in '*' "$org" "$own, $org" "$org"; do
		rename "$OWNER_KEY" "$(unique New)" --header "If-Match: $tag"
		expect_status 200
	done
	touch_organization
	rename "$OWNER_KEY" "$(unique New)" --header "If-Match: $org"
	expect_type 412 precondition-failed
	# the tag of another kind names nothing here, whatever its version
	project GET "$OWNER_KEY"
	tag=$(header ETag)
	for letter in m b k ''; do
		rename "$OWNER_KEY" "$(unique New)" \
		    --header "If-Match: ${tag/p/"$letter"}"
		expect_problem 412
	done
	[ "$(version)" = 6 ]
	rename "$OWNER_KEY" "$(unique New)" --header "If-None-Match: $tag"
	expect_problem 412
}

@test "role, body, tag and state are asked in this order" {
	new_place
	new_people
	for caller in "$VIEWER_KEY:403" "$STRANGER_KEY:404" :401; do
		project PATCH "${caller%:*}" --data '{' --header 'If-Match: "a"'
		expect_problem "${caller#*:}"
	done
	project PATCH "$OWNER_KEY" --data '{"displayName": 1}' \
	    --header 'If-Match: "a"'
	expect_problem 400
	rename "$OWNER_KEY" 'Many 1' --header 'If-Match: "p9-a"'
	expect_problem 412
	rename "$OWNER_KEY" 'Many 1' --header 'If-Match: *'
	expect_problem 409
}

@test "a rename that is sent again is made once" {
	new_place
	project GET "$OWNER_KEY"
	etag=$(header ETag)
	for replayed in '' true true; do
		rename "$OWNER_KEY" Again --header 'Idempotency-Key: one' \
		    --header "If-Match: $etag"
		expect_status 200
		[ "$(header Idempotency-Replayed)" = "$replayed" ]
		expect_json '.account.metadata.displayName == "Again"'
		expect_json '.account.spec.secretKey | length == 26'
	done
	[ "$(version)" = 2 ]
	expect_audit 1 project.rename Account "$PROJECT"
	rename "$OWNER_KEY" Other --header 'Idempotency-Key: one'
	expect_problem 422
}

@test "where a change needs If-Match, one without it is 428" {
	new_place
	new_member
	id=$(user_id "$MEMBER_EMAIL")
	org=$(organization_tag)
	settings 'require_if_match = on'
	export KEY=$OWNER_KEY
	while read -r method path text; do
		cgi_send "$method" "/v1/projects/$path" "$text"
		expect_type 428 precondition-required
		cgi_send "$method" "/v1/projects/$path" "$text" \
		    HTTP_IF_MATCH="$org"
		[[ $status_code == 20[014] ]] || {
			show_answer
			return 1
		}
	done <<-END
	PATCH $PROJECT {"displayName": "New"}
	PUT $PROJECT/users/$id {"role": "user"}
	DELETE $PROJECT/users/$id
	DELETE $PROJECT
	END
}

# --- rename by an id in the body ----------------------------------------------

# named KEY BODY [CURL ARGUMENT...]
named() {
	KEY=$1 api PATCH /v1/projects --data "$2" "${@:3}"
}

@test "the id in the body, as id or metadata.id, names the project" {
	local tag id

	new_place
	for id in "\"id\": \"$SECOND\"" "\"metadata\": {\"id\": \"$SECOND\"}" \
	    "\"id\": \"$SECOND\", \"metadata\": {\"id\": \"$SECOND\"}"; do
		named "$OWNER_KEY" "{$id, \"displayName\": \"$(unique By)\"}"
		expect_status 200
		expect_json ".account.metadata.id == \"$SECOND\""
	done
	expect_tag p4
	tag=$(header ETag)
	expect_audit 3 project.rename Account "$SECOND"
	KEY=$OWNER_KEY api PATCH /v1/accounts --header "If-Match: $tag" \
	    --data "{\"labels\": {\"a\": \"b\"}, \"id\": \"$SECOND\"}"
	expect_status 200
	expect_json '.account.metadata.labels == {a: "b"}'
	named "$OWNER_KEY" "{\"id\": \"$SECOND\", \"displayName\": \"Late\"}" \
	    --header "If-Match: $tag"
	expect_type 412 precondition-failed
	for replayed in '' true; do
		named "$OWNER_KEY" "{\"id\": \"$SECOND\",
		    \"displayName\": \"Again\"}" --header 'Idempotency-Key: b'
		expect_status 200
		[ "$(header Idempotency-Replayed)" = "$replayed" ]
	done
}

@test "a project named in the body is refused as one in the path" {
	local id

	new_place
	new_people
	for caller in "$VIEWER_KEY:403" "$STRANGER_KEY:404" :401; do
		for text in '"displayName": "New"' '"displayName": 1'; do
			named "${caller%:*}" "{\"id\": \"$PROJECT\", $text}"
			expect_problem "${caller#*:}"
		done
	done
	for id in 01ARZ3NDEKTSV4RRFFQ69G5FAV nobody "' OR '1'='1"; do
		named "$OWNER_KEY" "{\"id\": \"$id\", \"displayName\": \"New\"}"
		expect_type 404 no-resource
	done
	named "$STRANGER_KEY" "{\"id\": \"$STRANGER_PROJECT\"}" \
	    --header "X-Organization-ID: $STRANGER_ORG"
	expect_status 200
	named "$OWNER_KEY" "{\"id\": \"$PROJECT\"}" \
	    --header "X-Organization-ID: $STRANGER_ORG"
	expect_problem 403
	expect_bodies 400 "$OWNER_KEY" PATCH /v1/projects <<-END
	{}
	{"displayName": "New"}
	{"id": null}
	{"id": ""}
	{"id": 1}
	{"metadata": {}}
	{"metadata": "$PROJECT"}
	{"metadata": {"id": 1}}
	{"id": "$PROJECT", "metadata": {"id": "$SECOND"}}
	{"id": "$PROJECT", "displayName": ""}
	["$PROJECT"]
	{
	END
	named '' '{'
	expect_problem 401
	KEY=$OWNER_KEY api PATCH '/v1/projects?x=1' \
	    --data "{\"id\": \"$PROJECT\"}"
	expect_problem 400
}

@test "a large body names its project too, behind the credential" {
	local text

	new_place
	text=$(jq -n -c --arg id "$PROJECT" '{id: $id, displayName: "Large",
	    ignored: ("x" * 9000)}')
	named "$OWNER_KEY" "$text"
	expect_status 200
	expect_json ".account.metadata.id == \"$PROJECT\""
	named '' "$text"
	expect_problem 401
	named "$OWNER_KEY" "$text x"
	expect_problem 400
}

# --- the project of the context ------------------------------------------------

# current KEY [CURL ARGUMENT...]: renames; `changed` is the id of which project.
current() {
	KEY=$1 api PATCH /v1/projects/current \
	    --data "{\"displayName\": \"$(unique Current)\"}" "${@:2}"
	expect_status 200
	changed=$(json .account.metadata.id)
}

@test "current is the header's project, the key's, the active, the only one" {
	new_place
	new_member
	set_active_project "$OWNER_EMAIL"
	KEY=$OWNER_KEY api PATCH /v1/projects/current --data '{}'
	expect_problem 403 'project not in context'
	current "$OWNER_KEY" --header "X-Bindplane-Account-ID: $SECOND"
	[ "$changed" = "$SECOND" ]
	expect_tag p2
	KEY=$OWNER_KEY api PATCH /v1/accounts/current --data '{}' \
	    --header "X-Bindplane-Account-ID: $SECOND"
	expect_status 200
	expect_tag p2
	expect_audit 1 project.rename Account "$SECOND"
	current "$(add_key --user "$OWNER_EMAIL" --project "$SECOND")"
	[ "$changed" = "$SECOND" ]
	set_active_project "$OWNER_EMAIL" "$SECOND"
	current "$OWNER_KEY"
	[ "$changed" = "$SECOND" ]
	current "$OWNER_KEY" --header "X-Bindplane-Account-ID: $PROJECT"
	[ "$changed" = "$PROJECT" ]
	KEY=$MEMBER_KEY api PATCH /v1/accounts/current --data '{}'
	expect_problem 403 'project not in context'
	join_project "$MEMBER_EMAIL" admin "$SECOND" "$ORG"
	current "$MEMBER_KEY"
	[ "$changed" = "$SECOND" ]
	join_project "$MEMBER_EMAIL" viewer "$PROJECT" "$ORG"
	KEY=$MEMBER_KEY api PATCH /v1/accounts/current --data '{}'
	expect_problem 403 'project not in context'
}

@test "current is no project elsewhere, of nobody, or of a lower role" {
	new_place
	new_people
	set_active_project "$OWNER_EMAIL"
	for header in "X-Bindplane-Account-ID: $STRANGER_PROJECT" \
	    'X-Bindplane-Account-ID: 01ARZ3NDEKTSV4RRFFQ69G5FAV' \
	    'X-Bindplane-Account-ID: nobody' \
	    "X-Organization-ID: $STRANGER_ORG" "X-Organization-ID: $ORG"; do
		KEY=$OWNER_KEY api PATCH /v1/projects/current --data '{}' \
		    --header "$header"
		expect_problem 403
	done
	KEY=$(add_key --user "$OWNER_EMAIL" --project "$SECOND") api PATCH \
	    /v1/projects/current --data '{}' \
	    --header "X-Bindplane-Account-ID: $PROJECT"
	expect_problem 403
	KEY=$VIEWER_KEY api PATCH /v1/projects/current --data '{}'
	expect_problem 403 'needs an admin of the project'
	KEY='' api PATCH /v1/projects/current --data '{}'
	expect_problem 401
	new_user "$(unique alone)@example.org"
	KEY=$USER_KEY api PATCH /v1/projects/current --data '{}'
	expect_problem 403
}

# --- rename, at once ----------------------------------------------------------

@test "16 clients that rename one project are all served, one after another" {
	new_place
	before=$(audit_count)
	KEY=$OWNER_KEY api_many 16 PATCH "/v1/projects/$PROJECT" \
	    --data "{\"displayName\": \"$(unique New) {}\"}"
	echo "$codes"
	[ "$(count_codes 200)" = 16 ]
	[ "$(version)" = 17 ]
	[ "$(audit_count)" = $((before + 16)) ]
}

@test "of 16 renames at once with the same ETag one is made" {
	new_place
	before=$(audit_count)
	for round in 1 2 3; do
		project GET "$OWNER_KEY"
		KEY=$OWNER_KEY api_many 16 PATCH "/v1/projects/$PROJECT" \
		    --header "If-Match: $(header ETag)" \
		    --data "{\"displayName\": \"$(unique New) {}\"}"
		echo "$codes"
		[ "$(count_codes 200) $(count_codes 412)" = '1 15' ]
		[ "$(version)" = $((round + 1)) ]
	done
	[ "$(audit_count)" = $((before + 3)) ]
}

@test "of two projects that are given one name at once one gets it" {
	new_place
	for _ in 1 2 3 4 5; do
		same="{\"displayName\": \"$(unique Same)\"}"
		at_once "$OWNER_KEY" PATCH "/v1/projects/$PROJECT" "$same" \
		    "$OWNER_KEY" PATCH "/v1/projects/$SECOND" "$same"
		echo "$codes"
		[ "$codes" = '200 409' ] || [ "$codes" = '409 200' ]
	done
}

@test "a name that 8 clients give at once is one change" {
	new_place
	KEY=$OWNER_KEY api_many 8 PATCH "/v1/projects/$PROJECT" \
	    --data '{"displayName": "Same for all"}'
	[ "$(count_codes 200)" = 8 ]
	[ "$(version)" = 2 ]
	expect_audit 1 project.rename Account "$PROJECT"
}

# --- delete -------------------------------------------------------------------

@test "an admin of the organization deletes a project with all that it has" {
	new_place
	new_viewer
	key=$(add_key --user "$OWNER_EMAIL" --project "$PROJECT")
	set_active_project "$USER_EMAIL" "$PROJECT"
	sql "UPDATE users SET next_login_project_id = '$PROJECT'
	    WHERE email = '$USER_EMAIL'"
	expect_key_status "$key" 200 GET "/v1/projects/$PROJECT"
	project DELETE "$OWNER_KEY"
	expect_status 204
	[ ! -s "$body_file" ]
	expect_key_status "$key" 401 GET /v1/projects
	KEY=$OWNER_KEY api GET /v1/projects
	[ "$(ids_of accounts)" = "$SECOND" ]
	for key in "$OWNER_KEY" "$VIEWER_KEY"; do
		project GET "$key"
		expect_problem 404
	done
	[ "$(sql "SELECT (SELECT COUNT(*) FROM project_bindings
	        WHERE project_id = '$PROJECT') + (SELECT COUNT(*) FROM api_keys
	        WHERE project_id = '$PROJECT') + (SELECT COUNT(*) FROM users
	        WHERE '$PROJECT' IN (active_project_id,
	            next_login_project_id))")" = 0 ]
	expect_audit 1 project.delete Account "$PROJECT"
}

@test "a project that is gone is 204 to its admins and 404 to others" {
	new_place
	new_people
	project DELETE "$OWNER_KEY"
	expect_status 204
	for _ in 1 2; do
		project DELETE "$OWNER_KEY"
		expect_status 204
	done
	KEY=$OWNER_KEY api DELETE "/v1/accounts/$PROJECT"
	expect_status 204
	for key in "$STRANGER_KEY" "$MEMBER_KEY" "$LEAD_KEY"; do
		project DELETE "$key"
		expect_problem 404
	done
	for id in $UNKNOWN "$STRANGER_PROJECT" nothing; do
		KEY=$OWNER_KEY api DELETE "/v1/projects/$id"
		expect_problem 404
	done
	# the trail may have the id of a member, which is no project
	KEY=$OWNER_KEY api DELETE "/v1/projects/$MEMBER"
	expect_problem 404
	expect_audit 1 project.delete Account "$PROJECT"
}

@test "only an admin of the organization deletes a project" {
	new_place
	new_people
	for caller in "$LEAD_KEY:403" "$VIEWER_KEY:403" "$MEMBER_KEY:404" \
	    "$STRANGER_KEY:404" :401; do
		project DELETE "${caller%:*}"
		expect_problem "${caller#*:}"
	done
	KEY=$OWNER_KEY api DELETE "/v1/projects/$PROJECT?force=true"
	expect_problem 400
	[ "$(version)" = 1 ]
}

@test "the last project of an organization stays" {
	new_place
	KEY=$OWNER_KEY api DELETE "/v1/projects/$SECOND"
	expect_status 204
	project DELETE "$OWNER_KEY"
	expect_type 409 last-project
	expect_audit 0 project.delete Account "$PROJECT"
	[ "$(version)" = 1 ]
	# what is gone already is still 204
	KEY=$OWNER_KEY api DELETE "/v1/projects/$SECOND"
	expect_status 204
}

@test "of the last two projects that are deleted at once one stays" {
	for _ in 1 2 3; do
		new_place
		at_once "$OWNER_KEY" DELETE "/v1/projects/$PROJECT" '' \
		    "$OWNER_KEY" DELETE "/v1/projects/$SECOND" ''
		echo "$codes"
		[ "$codes" = '204 409' ] || [ "$codes" = '409 204' ]
		[ "$(sql "SELECT COUNT(*) FROM projects
		    WHERE organization_id = '$ORG'")" = 1 ]
	done
}

@test "8 clients that delete one project delete it once" {
	new_place
	KEY=$OWNER_KEY api_many 8 DELETE "/v1/projects/$PROJECT"
	[ "$(count_codes 204)" = 8 ]
	expect_audit 1 project.delete Account "$PROJECT"
}

@test "a delete takes If-Match, and is made once with an idempotency key" {
	new_place
	project GET "$OWNER_KEY"
	old=$(header ETag)
	rename "$OWNER_KEY" "$(unique New)"
	etag=$(header ETag)
	org=$(organization_tag)
	touch_organization
	for tag in "$old" "$org" '"a"'; do
		project DELETE "$OWNER_KEY" --header "If-Match: $tag"
		expect_type 412 precondition-failed
	done
	for replayed in '' true; do
		project DELETE "$OWNER_KEY" --header "If-Match: $etag" \
		    --header 'Idempotency-Key: gone'
		expect_status 204
		[ "$(header Idempotency-Replayed)" = "$replayed" ]
	done
	expect_audit 1 project.delete Account "$PROJECT"
}

@test "a write whose audit row fails leaves everything as it was" {
	new_place
	new_member
	id=$(user_id "$MEMBER_EMAIL")
	before=$(rows_of "$ORG")
	BROKEN=yes
	sql "CREATE TRIGGER broken_audit BEFORE INSERT ON audit_events
	    FOR EACH ROW SIGNAL SQLSTATE '45000'"
	rename "$OWNER_KEY" "$(unique New)"
	expect_problem 500
	put "$OWNER_KEY" "$id" user
	expect_problem 500
	project DELETE "$OWNER_KEY"
	expect_problem 500
	[ "$(version)" = 1 ]
	[ "$(rows_of "$ORG")" = "$before" ]
}

@test "a write that waited while its project was deleted is 404" {
	new_tenant
	new_member
	settings 'deadline = 60'
	id=$(user_id "$MEMBER_EMAIL") n=0
	fill_projects 3
	while read -r method path text; do
		n=$((n + 1))
		PROJECT=00${ORG:6:16}0000000$n
		meanwhile "DELETE FROM projects WHERE id = '$PROJECT'" \
		    "$OWNER_KEY" "$method" "/v1/projects/$PROJECT${path#-}" \
		    "$text"
		expect_problem 404
	done <<-END
	PATCH - {"displayName": "New"}
	PUT /users/$id {"role": "user"}
	DELETE -
	END
}

@test "a role of a user who was removed meanwhile is not given" {
	new_place
	new_member
	settings 'deadline = 60'
	id=$(user_id "$MEMBER_EMAIL")
	meanwhile "DELETE FROM organization_bindings WHERE user_id = '$id'" \
	    "$OWNER_KEY" PUT "/v1/projects/$PROJECT/users/$id" \
	    '{"role": "user"}'
	expect_type 409 not-a-member
}

# --- bounds -------------------------------------------------------------------

@test "a key reaches no further than its project and its role" {
	new_place
	key=$(add_key --user "$OWNER_EMAIL" --project "$SECOND")
	KEY=$key api GET /v1/projects
	[ "$(ids_of accounts)" = "$SECOND" ]
	for method in GET DELETE; do
		project "$method" "$key"
		expect_problem 404
	done
	rename "$key" "$(unique New)"
	expect_problem 404
	KEY=$key api PATCH "/v1/projects/$SECOND" \
	    --data '{"displayName": "Mine"}'
	expect_status 200
	KEY=$key api DELETE "/v1/projects/$SECOND"
	expect_problem 403
	key=$(add_key --user "$OWNER_EMAIL" --role viewer)
	project GET "$key"
	expect_status 200
	[[ $body != *secretKey* ]]
	rename "$key" "$(unique New)"
	expect_problem 403
	project DELETE "$key"
	expect_problem 403
	KEY=$key api GET "/v1/projects/$PROJECT/users"
	expect_problem 403
}

@test "a context other than the path's is 404, a foreign context 403" {
	new_tenant
	new_second_organization
	new_stranger
	id=$(user_id "$OWNER_EMAIL")
	export KEY=$OWNER_KEY
	while read -r method path text; do
		for form in "X-Organization-ID: $SECOND_ORG:404" \
		    "X-Bindplane-Account-ID: $SECOND_PROJECT:404" \
		    "X-Organization-ID: $STRANGER_ORG:403" \
		    "X-Bindplane-Account-ID: $STRANGER_PROJECT:403"; do
			api "$method" "/v1/projects/$FIRST_PROJECT${path#-}" \
			    --header "${form%:*}" ${text:+--data "$text"}
			expect_problem "${form##*:}" || {
				echo "$method $path $form"
				return 1
			}
		done
	done <<-END
	GET -
	PATCH - {"displayName": "New"}
	DELETE -
	GET /users
	GET /users/$id
	PUT /users/$id {"role": "user"}
	DELETE /users/$id
	END
	api GET "/v1/projects/$FIRST_PROJECT" \
	    --header "X-Organization-ID: $FIRST_ORG"
	expect_status 200
	# the organization that is active does not matter
	api GET "/v1/projects/$SECOND_PROJECT"
	expect_status 200
}

# --- users of a project -------------------------------------------------------

@test "the users of a project are those with a role in it" {
	new_place
	new_people
	owner=$(user_id "$OWNER_EMAIL")
	new_member
	other=$(user_id "$MEMBER_EMAIL")
	sql "UPDATE organization_bindings SET role = 'admin'
	    WHERE user_id = '$other'"
	join_project "$MEMBER_EMAIL" viewer "$PROJECT" "$ORG"
	for key in "$OWNER_KEY" "$LEAD_KEY"; do
		KEY=$key api GET "/v1/projects/$PROJECT/users"
		expect_status 200
		expect_json "[.users[] | [.metadata.id, .spec.role,
		    .spec.effectiveRole]] == ([
		    [\"$owner\", \"admin\", \"admin\"],
		    [\"$VIEWER\", \"viewer\", \"viewer\"],
		    [\"$WORKER\", \"user\", \"user\"],
		    [\"$LEAD\", \"admin\", \"admin\"],
		    [\"$other\", \"viewer\", \"admin\"]] | sort)"
		expect_json '.users[0].kind == "User"'
	done
	all=$(ids_of users)
	KEY=$OWNER_KEY
	[ "$(pages users "/v1/projects/$PROJECT/users?limit=2")" = "$all" ]
	api GET "/v1/projects/$PROJECT/users?q=$VIEWER_EMAIL"
	[ "$(ids_of users)" = "$VIEWER" ]
	api GET "/v1/accounts/$PROJECT/users?q=nobody-at-all"
	expect_json '. == {"users": []}'
	api GET "/v1/projects/$SECOND/users"
	expect_json '. == {"users": []}'
	api GET "/v1/projects/$PROJECT/users?x=1"
	expect_problem 400
}

@test "only an admin of the project sees and changes who is in it" {
	new_place
	new_people
	for caller in "$VIEWER_KEY:403" "$WORKER_KEY:403" "$MEMBER_KEY:404" \
	    "$STRANGER_KEY:404" :401; do
		key=${caller%:*}
		KEY=$key api GET "/v1/projects/$PROJECT/users"
		expect_problem "${caller#*:}"
		binding GET "$key" "$VIEWER"
		expect_problem "${caller#*:}"
		put "$key" "$VIEWER" admin
		expect_problem "${caller#*:}"
		binding DELETE "$key" "$VIEWER"
		expect_problem "${caller#*:}"
	done
	# not even their own role
	binding GET "$WORKER_KEY" "$WORKER"
	expect_problem 403
	[ "$(sql "SELECT role FROM project_bindings
	    WHERE user_id = '$VIEWER'")" = viewer ]
}

@test "a member gets a role in a project, changes it and loses it" {
	new_place
	new_member
	new_viewer
	id=$(user_id "$MEMBER_EMAIL")
	binding GET "$OWNER_KEY" "$id"
	expect_problem 404
	put "$OWNER_KEY" "$id" viewer
	expect_status 201
	expect_tag 'b[0-9]{13}'
	begun=$(header ETag)
	begun=${begun#'"b'} begun=${begun%%-*}
	[ "$(header Location)" = "$link_base/v1/projects/$PROJECT/users/$id" ]
	expect_json ".user | .kind == \"User\" and .metadata.id == \"$id\" and
	    .spec.role == \"viewer\" and .spec.effectiveRole == \"viewer\""
	expect_audit 1 member.add User "$id"
	etag=$(header ETag) answered=$body
	project GET "$MEMBER_KEY"
	expect_status 200
	binding GET "$OWNER_KEY" "$id"
	expect_status 200
	[ "$body" = "$answered" ]
	[ "$(header ETag)" = "$etag" ]
	binding GET "$OWNER_KEY" "$id" --header "If-None-Match: $etag"
	expect_status 304
	before=$(audit_count)
	put "$OWNER_KEY" "$id" viewer
	expect_status 200
	[ "$(header ETag)" = "$etag" ]
	[ "$(audit_count)" = "$before" ]
	put "$OWNER_KEY" "$id" admin
	expect_status 200
	expect_tag "b$((begun + 1))"
	expect_json '.user.spec.role == "admin"'
	expect_audit 1 member.role User "$id"
	rename "$MEMBER_KEY" "$(unique New)"
	expect_status 200
	binding DELETE "$OWNER_KEY" "$id"
	expect_status 204
	[ ! -s "$body_file" ]
	project GET "$MEMBER_KEY"
	expect_problem 404
	binding GET "$OWNER_KEY" "$id"
	expect_problem 404
	expect_audit 1 member.remove User "$id"
	# still a member of the organization
	expect_key_status "$MEMBER_KEY" 200 GET "/v1/organizations/$ORG"
	put "$OWNER_KEY" "$id" user
	expect_status 201
}

@test "an admin of a project alone may give and take roles in it" {
	new_place
	new_people
	put "$LEAD_KEY" "$MEMBER" admin
	expect_status 201
	binding DELETE "$MEMBER_KEY" "$VIEWER"
	expect_status 204
	binding DELETE "$MEMBER_KEY" "$LEAD"
	expect_status 204
	project GET "$LEAD_KEY"
	expect_problem 404
	# no role in the organization comes with it
	KEY=$MEMBER_KEY api GET /v1/organizations/users
	expect_problem 403
	put "$MEMBER_KEY" "$MEMBER" viewer
	expect_status 200
	put "$MEMBER_KEY" "$MEMBER" admin
	expect_problem 403
}

@test "an id that is no member is refused in the same words, whatever it is" {
	local stranger details=()

	new_place
	new_stranger
	stranger=$(sql "SELECT user_id FROM organization_bindings
	    WHERE organization_id = '$STRANGER_ORG'")
	for id in "$stranger" $UNKNOWN "$ORG" "$SECOND" nobody; do
		put "$OWNER_KEY" "$id" user
		expect_type 409 not-a-member
		details+=("$(json .detail)")
	done
	[ "$(printf '%s\n' "${details[@]}" | sort -u | wc -l)" = 1 ]
	[ "$(sql "SELECT COUNT(*) FROM project_bindings
	    WHERE project_id = '$PROJECT'")" = 1 ]
	for method in GET DELETE; do
		for id in "$stranger" $UNKNOWN nobody; do
			binding $method "$OWNER_KEY" "$id"
			expect_problem 404
		done
	done
}

@test "an unknown role is 400, and so is a query" {
	new_place
	new_member
	id=$(user_id "$MEMBER_EMAIL")
	expect_bodies 400 "$OWNER_KEY" PUT "/v1/projects/$PROJECT/users/$id" <<-'END'
	{}
	{"role": null}
	{"role": ""}
	{"role": "owner"}
	{"role": "Admin"}
	{"role": " user"}
	{"role": 1}
	{"role": ["user"]}
	{"role": "user", "role": "admin"}
	["user"]
	{
	END
	KEY=$OWNER_KEY api PUT "/v1/projects/$PROJECT/users/$id?x=1" \
	    --data '{"role": "user"}'
	expect_problem 400
	binding GET "$OWNER_KEY" "$id"
	expect_problem 404
}

@test "a role that was removed is 204 again, a role that never was is 404" {
	new_place
	new_people
	binding DELETE "$OWNER_KEY" "$MEMBER"
	expect_problem 404
	set_active_project "$VIEWER_EMAIL" "$PROJECT"
	sql "UPDATE users SET next_login_project_id = '$SECOND'
	    WHERE id = '$VIEWER'"
	for _ in 1 2 3; do
		binding DELETE "$OWNER_KEY" "$VIEWER"
		expect_status 204
	done
	expect_audit 1 member.remove User "$VIEWER"
	[ "$(sql "SELECT active_project_id IS NULL, next_login_project_id
	    FROM users WHERE id = '$VIEWER'")" = "1	$SECOND" ]
	# in another project it never was
	KEY=$OWNER_KEY api DELETE "/v1/projects/$SECOND/users/$VIEWER"
	expect_problem 404
	binding DELETE "$STRANGER_KEY" "$VIEWER"
	expect_problem 404
	KEY=$OWNER_KEY api DELETE "/v1/projects/$PROJECT/users/$WORKER?x=1"
	expect_problem 400
	sql "UPDATE users SET next_login_project_id = '$PROJECT'
	    WHERE id = '$WORKER'"
	binding DELETE "$OWNER_KEY" "$WORKER"
	[ "$(sql "SELECT next_login_project_id IS NULL FROM users
	    WHERE id = '$WORKER'")" = 1 ]
}

@test "a role in one project is none in another" {
	new_place
	new_people
	first=$PROJECT PROJECT=$SECOND
	binding GET "$OWNER_KEY" "$WORKER"
	expect_problem 404
	binding DELETE "$OWNER_KEY" "$WORKER"
	expect_problem 404
	put "$OWNER_KEY" "$WORKER" viewer
	expect_status 201
	binding DELETE "$OWNER_KEY" "$WORKER"
	expect_status 204
	PROJECT=$first
	binding GET "$OWNER_KEY" "$WORKER"
	expect_status 200
	expect_json '.user.spec.role == "user"'
}

@test "a key for the project does no more once its user has no role there" {
	new_place
	new_viewer
	key=$(add_key --user "$USER_EMAIL" --project "$PROJECT")
	expect_key_status "$key" 200 GET "/v1/projects/$PROJECT"
	binding DELETE "$OWNER_KEY" "$(user_id "$USER_EMAIL")"
	expect_status 204
	project GET "$key"
	expect_problem 404
}

@test "roles in a project take If-Match" {
	new_place
	new_member
	id=$(user_id "$MEMBER_EMAIL")
	org=$(organization_tag)
	# there is no role yet: the tag is the organization's
	for tag in '"a"' "\"b1${org:2}" "\"9${org:2}"; do
		put "$OWNER_KEY" "$id" user --header "If-Match: $tag"
		expect_type 412 precondition-failed
	done
	put "$OWNER_KEY" "$id" user --header "If-Match: $org"
	expect_status 201
	own=$(header ETag)
	put "$OWNER_KEY" "$id" viewer --header "If-Match: $own"
	expect_status 200
	# nor does the tag of a role fit one that was given after it had ended
	own=$(header ETag)
	binding DELETE "$OWNER_KEY" "$id"
	put "$OWNER_KEY" "$id" viewer
	expect_status 201
	put "$OWNER_KEY" "$id" user --header "If-Match: $own"
	expect_type 412 precondition-failed
	put "$OWNER_KEY" "$id" admin --header "If-Match: $own"
	expect_type 412 precondition-failed
	binding DELETE "$OWNER_KEY" "$id" --header "If-Match: $own"
	expect_type 412 precondition-failed
	put "$OWNER_KEY" "$id" user --header "If-Match: $org"
	expect_status 200
	own=$(header ETag)
	touch_organization
	binding DELETE "$OWNER_KEY" "$id" --header "If-Match: $org"
	expect_type 412 precondition-failed
	binding DELETE "$OWNER_KEY" "$id" --header "If-Match: $own"
	expect_status 204
}

@test "a role that is given again with the same idempotency key is given once" {
	new_place
	new_member
	id=$(user_id "$MEMBER_EMAIL")
	for replayed in '' true; do
		put "$OWNER_KEY" "$id" user --header 'Idempotency-Key: one'
		expect_status 201
		[ "$(header Idempotency-Replayed)" = "$replayed" ]
		[ "$(header Location)" = \
		    "$link_base/v1/projects/$PROJECT/users/$id" ]
		expect_json '.user.spec.role == "user"'
	done
	expect_audit 1 member.add User "$id"
	binding DELETE "$OWNER_KEY" "$id"
	# the status stays, though the role is gone
	put "$OWNER_KEY" "$id" user --header 'Idempotency-Key: one'
	expect_status 201
	[ "$(header Idempotency-Replayed)" = true ]
	[ "$body" = '{"user":null}' ]
	binding GET "$OWNER_KEY" "$id"
	expect_problem 404
}

@test "of 8 clients that give a role at once one has made it" {
	new_place
	new_member
	id=$(user_id "$MEMBER_EMAIL")
	for round in 1 2 3; do
		KEY=$OWNER_KEY api_many 8 PUT \
		    "/v1/projects/$PROJECT/users/$id" --data '{"role": "user"}'
		echo "$codes"
		[ "$(count_codes 201) $(count_codes 200)" = '1 7' ]
		expect_audit $round member.add User "$id"
		KEY=$OWNER_KEY api_many 8 DELETE \
		    "/v1/projects/$PROJECT/users/$id"
		[ "$(count_codes 204)" = 8 ]
		expect_audit $round member.remove User "$id"
	done
}

@test "a member who is removed while a project gives them a role has none" {
	new_place
	new_people
	at_once "$OWNER_KEY" DELETE "/v1/organizations/users/$VIEWER" '' \
	    "$LEAD_KEY" PUT "/v1/projects/$PROJECT/users/$VIEWER" \
	    '{"role": "admin"}' "$LEAD_KEY" DELETE \
	    "/v1/projects/$PROJECT/users/$WORKER" ''
	echo "$codes"
	[ "$codes" = '204 200 204' ] || [ "$codes" = '204 409 204' ]
	[ "$(sql "SELECT COUNT(*) FROM project_bindings
	    WHERE user_id = '$VIEWER'")" = 0 ]
	binding GET "$OWNER_KEY" "$VIEWER"
	expect_problem 404
}

# --- found by an attack -------------------------------------------------------

@test "a removal that a header contradicts is 404, and removes nothing" {
	new_place
	new_people
	put "$OWNER_KEY" "$MEMBER" viewer
	binding DELETE "$OWNER_KEY" "$MEMBER"
	expect_status 204
	put "$OWNER_KEY" "$MEMBER" viewer
	first=$ORG second=$STRANGER_ORG
	join_organization "$OWNER_EMAIL" user "$second"
	binding DELETE "$OWNER_KEY" "$MEMBER" --header "X-Organization-ID: $second"
	expect_type 404 no-resource
	binding DELETE "$OWNER_KEY" "$MEMBER" --header "X-Organization-ID: $first"
	expect_status 204
	binding DELETE "$OWNER_KEY" "$MEMBER" --header "X-Organization-ID: $first"
	expect_status 204
}

@test "a cursor of one project is none of another" {
	new_place
	new_people
	KEY=$OWNER_KEY api GET "/v1/projects/$PROJECT/users?limit=1"
	next=$(next_page)
	KEY=$OWNER_KEY api GET \
	    "/v1/projects/$SECOND/users?limit=1&after=${next##*after=}"
	expect_problem 400 'after is no cursor of this list'
}

@test "a project's admin is not told of other projects" {
	new_place
	new_people
	other=$SECOND
	set_active_project "$OWNER_EMAIL" "$other"
	KEY=$LEAD_KEY api GET "/v1/projects/$PROJECT/users"
	expect_status 200
	[[ $body != *$other* ]]
}
