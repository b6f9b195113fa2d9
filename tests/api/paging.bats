#!/usr/bin/env bats
# Lists by pages, by filters, as CSV and as a JSON value a line.
# shellcheck disable=SC2154

setup() {
	load helper
	load tenancy
	load writes
}

# the member of each list that has its rows
list_of() { # PATH
	case $1 in
	*/users*) echo users ;;
	*/accounts* | */projects*) echo accounts ;;
	*) echo organizations ;;
	esac
}

ids() { # PATH
	ids_of "$(list_of "$1")"
}

# make_rows N: N more projects, members and organizations of the owner.
make_rows() {
	local user

	new_tenant
	user=$(user_id "$OWNER_EMAIL")
	sql "INSERT INTO projects (id, organization_id, name, display_name,
	        name_key, secret_key, created_at, modified_at)
	    SELECT CONCAT(LEFT('$PROJECT', 22), LPAD(seq, 4, '0')), '$ORG',
	        CONCAT('$ORG-p-', seq), CONCAT('Acme ', seq),
	        CONCAT('acme ', seq), '$PROJECT', UTC_TIMESTAMP(3),
	        UTC_TIMESTAMP(3) FROM $(numbers "$1");
	    INSERT INTO users (id, name, display_name, email, email_key,
	        created_at, modified_at, disabled_at)
	    SELECT CONCAT(LEFT('$ORG', 22), LPAD(seq, 4, '0')),
	        CONCAT('$ORG-u-', seq), 'User', CONCAT('$ORG-', seq, '@x.org'),
	        LOWER(CONCAT('$ORG-', seq, '@x.org')), UTC_TIMESTAMP(3),
	        UTC_TIMESTAMP(3), IF(seq = 2, UTC_TIMESTAMP(3), NULL)
	    FROM $(numbers "$1");
	    INSERT INTO organization_bindings (user_id, organization_id, role,
	        created_at)
	    SELECT CONCAT(LEFT('$ORG', 22), LPAD(seq, 4, '0')), '$ORG',
	        IF(seq = 1, 'admin', 'user'), UTC_TIMESTAMP(3)
	    FROM $(numbers "$1");
	    INSERT INTO organizations (id, name, display_name, name_key,
	        created_at, modified_at)
	    SELECT CONCAT(LEFT('$ORG', 21), 'Z', LPAD(seq, 4, '0')),
	        CONCAT('$ORG-o-', seq), CONCAT('$ORG ', seq),
	        LOWER(CONCAT('$ORG ', seq)), UTC_TIMESTAMP(3),
	        UTC_TIMESTAMP(3) FROM $(numbers "$1");
	    INSERT INTO organization_bindings (user_id, organization_id, role,
	        created_at)
	    SELECT '$user', CONCAT(LEFT('$ORG', 21), 'Z', LPAD(seq, 4, '0')),
	        'user', UTC_TIMESTAMP(3) FROM $(numbers "$1")"
	# the context is no longer the only organization
	context=(--header "X-Organization-ID: $ORG")
}

lists='/v1/organizations /v1/organizations/accounts /v1/organizations/projects
    /v1/organizations/users'

@test "the pages of a list have each of its rows once, in its order" {
	local path size

	make_rows 7
	set_active_project "$OWNER_EMAIL" "$PROJECT"
	export KEY=$OWNER_KEY
	for path in $lists; do
		api GET "$path"
		expect_status 200
		[ -z "$(header Link)" ]
		all=$(ids "$path") list=$(list_of "$path")
		[ "$(wc -w <<< "$all")" = 8 ]
		for size in 1 3 8 9; do
			echo "$path by $size"
			[ "$(pages "$list" "$path?limit=$size")" = "$all" ]
		done
		api GET "$path?limit=8"
		[ -z "$(header Link)" ]
		api GET "$path?limit=3"
		[ "$(ids "$path" | wc -w)" = 3 ]
		[[ $(header Vary) == *Accept* ]]
		[[ $(header Cache-Control) == no-store ]]
		api HEAD "$path?limit=3"
		expect_status 200
		[[ $(header Link) == *'rel="next"' ]]
	done
}

@test "the users of a project are paged, and a cursor is of one project" {
	local all cursor path other

	make_rows 7
	other=$(sql "SELECT MAX(id) FROM projects WHERE organization_id = '$ORG'
	    AND id <> '$PROJECT'")
	sql "INSERT INTO project_bindings (user_id, project_id, organization_id,
	    role, created_at) SELECT b.user_id, p.id, '$ORG', 'user',
	    UTC_TIMESTAMP(3) FROM organization_bindings b JOIN projects p
	    ON p.id IN ('$PROJECT', '$other') LEFT JOIN project_bindings x
	    ON x.user_id = b.user_id AND x.project_id = p.id
	    WHERE b.organization_id = '$ORG' AND x.user_id IS NULL"
	set_active_project "$OWNER_EMAIL" "$PROJECT"
	export KEY=$OWNER_KEY
	for path in "/v1/projects/$PROJECT/users" /v1/users; do
		api GET "$path"
		expect_status 200
		all=$(ids_of users)
		[ "$(wc -w <<< "$all")" = 8 ]
		for size in 1 3 8; do
			[ "$(pages users "$path?limit=$size")" = "$all" ]
		done
		api GET "$path?limit=3"
		cursor=$(header Link)
		cursor=${cursor#*after=} cursor=${cursor%>*}
		[ ${#cursor} = 94 ]
		api GET "${path/$PROJECT/$other}?limit=3&after=$cursor" \
		    --header "X-Bindplane-Account-ID: $other"
		expect_problem 400 'after is no cursor of this list'
		# nor with the other's id put in
		api GET "$path?limit=3&after=${cursor:0:52}$other${cursor:78}"
		expect_status 200
		expect_json '.users == []'
	done
}

@test "a link has the list's own parameters alone, however they were written" {
	local path=/v1/organizations/accounts more

	make_rows 3
	set_active_project "$OWNER_EMAIL" "$PROJECT"
	export KEY=$OWNER_KEY
	more=$(printf '%5000s' '')
	api GET "$path?limit=1&%61fter=&other=${more// /x}"
	expect_status 200
	more=$(next_page)
	[[ $more == "$path"?limit=1\&after=* ]]
	api GET "$more"
	expect_status 200
	# blanks around a filter are none of it
	more=$(printf '%600s' '')
	api GET "$path?limit=1&q=${more// /%20}A"
	expect_status 200
	[[ $(next_page) == "$path"?limit=1\&q=A\&after=* ]]
}

@test "rows that come and go between two pages leave neither gap nor double" {
	make_rows 5
	set_active_project "$OWNER_EMAIL" "$PROJECT"
	export KEY=$OWNER_KEY
	api GET "/v1/organizations/accounts"
	all=$(ids /accounts)
	api GET "/v1/organizations/accounts?limit=2"
	first=$(ids /accounts)
	next=$(next_page)
	# the last of the page, and one behind it
	sql "DELETE FROM projects WHERE organization_id = '$ORG' AND id IN
	    ('${first#* }', '$(cut -d ' ' -f 4 <<< "$all")')"
	[ "$(pages accounts "$next")" = "$(cut -d ' ' -f 3,5- <<< "$all")" ]
	# the link keeps what else the list was asked
	api GET "/v1/organizations/accounts?x=1&q=ACME&limit=1"
	[[ $(next_page) == '/v1/organizations/accounts?limit=1&q=ACME&after='* ]]
	[ "$(pages accounts "/v1/organizations/accounts?q=ACME&limit=1" | wc -w)" = \
	    "$(sql "SELECT COUNT(*) FROM projects WHERE
	        organization_id = '$ORG' AND name_key LIKE 'acme%'")" ]
}

@test "a cursor is good for its list, filters and caller alone" {
	local path

	make_rows 4
	set_active_project "$OWNER_EMAIL" "$PROJECT"
	new_stranger
	export KEY=$OWNER_KEY
	api GET "/v1/organizations/accounts?limit=2"
	next=$(next_page)
	cursor=${next##*after=}
	api GET "$next"
	expect_status 200
	# the size of a page is no part of it
	api GET "/v1/organizations/accounts?after=$cursor&limit=1"
	expect_status 200
	api GET "/v1/organizations/accounts?after=$cursor"
	expect_status 200
	for path in "/v1/organizations/accounts?after=$cursor&q=a" \
	    "/v1/organizations/projects?after=$cursor" \
	    "/v1/organizations/users?after=$cursor" \
	    "/v1/organizations?after=$cursor" \
	    "/v1/organizations/accounts?after=${cursor%?}" \
	    "/v1/organizations/accounts?after=${cursor}0" \
	    "/v1/organizations/accounts?after=${cursor:0:26}" \
	    "/v1/organizations/accounts?after=${cursor,,}" \
	    "/v1/organizations/accounts?after=%27"; do
		echo "$path"
		api GET "$path"
		expect_problem 400 'after is no cursor of this list'
	done
	KEY=$STRANGER_KEY
	api GET "$next"
	expect_problem 400 'after is no cursor of this list'
	# who may not see the list is not told of its cursors
	KEY=tny_wrong
	api GET "/v1/organizations/accounts?after=x"
	expect_problem 401
	new_member
	KEY=$MEMBER_KEY
	api GET "/v1/organizations/accounts?after=x" "${context[@]}"
	expect_problem 403
}

@test "a cursor is good for its caller in its organization, to the last digit" {
	local other

	make_rows 4
	new_stranger
	sql "INSERT INTO organization_bindings (user_id, organization_id, role,
	        created_at) SELECT id, '$ORG', 'admin', UTC_TIMESTAMP(3)
	    FROM users WHERE email = '$USER_EMAIL'"
	export KEY=$STRANGER_KEY
	api GET "/v1/organizations/users?limit=2" "${context[@]}"
	cursor=$(next_page)
	cursor=${cursor##*after=}
	api GET "/v1/organizations/users?after=$cursor" "${context[@]}"
	expect_status 200
	# another admin of the same organization
	KEY=$OWNER_KEY
	api GET "/v1/organizations/users?after=$cursor" "${context[@]}"
	expect_problem 400 'after is no cursor of this list'
	# the same admin in another organization
	KEY=$STRANGER_KEY
	api GET "/v1/organizations/users?after=$cursor" \
	    --header "X-Organization-ID: $STRANGER_ORG"
	expect_problem 400 'after is no cursor of this list'
	# each digit of the digest counts
	other=${cursor%?}$(tr 0-9a-f 1-9a-f0 <<< "${cursor: -1}")
	api GET "/v1/organizations/users?after=$other" "${context[@]}"
	expect_problem 400 'after is no cursor of this list'
}

@test "q, role and state choose rows; what is asked wrongly is 400" {
	local user

	make_rows 4
	set_active_project "$OWNER_EMAIL" "$PROJECT"
	user=${ORG:0:22}
	export KEY=$OWNER_KEY
	api GET '/v1/organizations/accounts?q=aCmE%20'
	[ "$(ids /accounts | wc -w)" = 4 ]
	api GET '/v1/organizations/accounts?q=acme+3'
	[ "$(ids /accounts)" = "${PROJECT:0:22}0003" ]
	# no pattern, and no prefix in the middle
	for q in %25 _cme cme acme+33; do
		api GET "/v1/organizations/accounts?q=$q"
		expect_json '.accounts == []'
	done
	api GET "/v1/organizations?q=$ORG+2"
	[ "$(ids /organizations)" = "${ORG:0:21}Z0002" ]
	api GET "/v1/organizations/users?q=$ORG-4@"
	[ "$(ids /users)" = "${user}0004" ]
	api GET '/v1/organizations/users?state=disabled'
	[ "$(ids /users)" = "${user}0002" ]
	api GET '/v1/organizations/users?state=active&role=admin'
	[ "$(ids /users | wc -w)" = 2 ]
	api GET "/v1/organizations/users?state=active&role=user&q=$ORG"
	[ "$(ids /users)" = "${user}0003 ${user}0004" ]
	api GET "/v1/organizations/users?q="
	[ "$(ids /users | wc -w)" = 5 ]
	for query in 'limit=0' 'limit=1001' 'limit=x' 'limit=' \
	    'q=%E2%80%AE' 'role=owner' 'role=' 'state=Active'; do
		echo "$query"
		api GET "/v1/organizations/users?$query"
		expect_problem 400
	done
	# clients of the reference system send more
	api GET '/v1/organizations/users?sort=name&x=%zz'
	expect_status 200
}

@test "of a parameter that is sent twice the first counts, as clients are used to" {
	make_rows 4
	export KEY=$OWNER_KEY
	api GET '/v1/organizations/users?limit=1&sort=name&limit=2&sort=name'
	expect_status 200
	[ "$(ids /users | wc -w)" = 1 ]
	api GET '/v1/organizations/users?limit=x&limit=2'
	expect_problem 400
}

@test "a list comes as CSV and as a JSON value a line" {
	local path

	make_rows 3
	set_active_project "$OWNER_EMAIL" "$PROJECT"
	export KEY=$OWNER_KEY
	sql "UPDATE projects SET display_name = '=1+1 \"x\",\ny'
	    WHERE organization_id = '$ORG' AND name_key = 'acme 1'"
	for path in $lists; do
		api GET "$path"
		all=$(ids "$path")
		api GET "$path" --header 'Accept: application/x-ndjson'
		expect_status 200
		[ "$(header Content-Type)" = application/x-ndjson ]
		[[ $(header Vary) == *Accept* ]]
		[ "$(jq -r .metadata.id "$body_file" | tr '\n' ' ')" = "$all " ]
		[ "$(wc -l < "$body_file")" = 4 ]
		api GET "$path" --header 'Accept: text/csv'
		expect_status 200
		[[ $(header Content-Type) == text/csv* ]]
		[[ $body == '"metadata.id","metadata.name","metadata.displayName"'* ]]
		[[ $body != *secretKey* && $body != *"$PROJECT\",\"$PROJECT"* ]]
		[ "$(python3 -c 'import csv, sys
with open(sys.argv[1], newline="") as file:
    print(*[row["metadata.id"] for row in csv.DictReader(file)])' \
		    "$body_file")" = "$all" ]
	done
	api GET '/v1/organizations/accounts?q=acme+1' --header 'Accept: text/csv'
	[[ $body == *$'"\'=1+1 ""x"",\ny","{}"'* ]]
	[[ $body == *$'"\r' ]]
	api GET '/v1/organizations/accounts?limit=2' \
	    --header 'Accept: application/x-ndjson'
	[ "$(wc -l < "$body_file")" = 2 ]
	[[ $(header Link) == *'rel="next"' ]]
}

@test "the best of what Accept names is sent, JSON at a tie" {
	local accept type

	export KEY=$TENANTRY_API_KEY
	while read -r type accept; do
		api GET /v1/organizations --header "Accept: $accept"
		expect_status 200
		echo "$accept"
		[[ $(header Content-Type) == "$type"* ]]
	done <<-'END'
	application/json */*
	application/json text/csv, application/json
	application/json text/csv;q=0.5, */*;q=0.5
	application/json text/html, */*;q=0.8
	text/csv text/csv, application/json;q=0.9
	text/csv text/*, application/json;q=0
	text/csv application/json;q=0.30, text/csv;q=0.31
	application/x-ndjson application/x-ndjson, text/csv;q=0.999
	application/json application/*
	END
	api GET /v1/organizations --header 'Accept: text/html'
	expect_problem 406 text/csv
	# what is no list is JSON only, and so is a problem
	api GET /v1/version --header 'Accept: text/csv'
	expect_problem 406
	api GET '/v1/organizations?limit=0' --header 'Accept: text/csv'
	expect_problem 400
}

@test "the link of a list with an empty filter is taken" {
	local link

	new_tenant
	fill_projects 3
	export KEY=$OWNER_KEY
	api GET '/v1/projects?q=&limit=1'
	expect_status 200
	link=$(header Link)
	link=${link#*<"$link_base"}
	api GET "${link%%>*}"
	expect_status 200
	api GET "${link%%>*}&q="
	expect_status 200
}
