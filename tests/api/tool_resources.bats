#!/usr/bin/env bats
# What an administrator does by a route, done by tenantryctl: organizations,
# projects, secret keys, licences, API keys; by the statements of the routes.
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

bats_require_minimum_version 1.5.0

setup() {
	load helper
	load tenancy
	load tool
}

# count TABLE: its rows of ORG.
count() {
	sql "SELECT COUNT(*) FROM $1 WHERE organization_id = '$ORG'"
}

# newest ORGANIZATION: the newest row of its trail: action, user, key, subject.
newest() {
	sql "SELECT CONCAT_WS(' ', action, COALESCE(user_id, 'nobody'),
	    COALESCE(key_id, 'no-key'), resource_id)
	    FROM audit_events WHERE organization_id = '$1'
	    ORDER BY seq DESC LIMIT 1"
}

# chain_holds ROWS: the chain of ORG is right, and has so many.
chain_holds() {
	[ "$(ctl audit verify --org "$ORG")" = "1 chains, $1 rows, 0 problems" ]
}

# --- all of them --------------------------------------------------------------

# A new route has its line in tests/api/tool_routes: the command that does the
# same, or why there is none.
@test "of each route it is known by which command the tool does the same" {
	local help operation rest

	[ "$(description | jq -r '.paths[][] | objects | .operationId //
	    empty' | LC_ALL=C sort)" = \
	    "$(cut -d ' ' -f 1 "$BATS_TEST_DIRNAME/tool_routes")" ]
	help=$(ctl --help)
	while read -r operation rest; do
		case $rest in
		'- '?*) ;;
		*) grep -qE "^ +(tenantryctl )?$rest( |$)" <<< "$help" || {
			echo "$operation: there is no command $rest"
			return 1
		} ;;
		esac
	done < "$BATS_TEST_DIRNAME/tool_routes"
	# of what has ids the tool prints JSON, too
	while read -r rest; do
		[[ $rest != *'['*--json* ]] || continue
		case $rest in
		migrate | check* | doctor | export* | 'audit export'* | \
		    'audit head'* | 'user password'*) ;;
		*) echo "$rest takes no --json" && return 1 ;;
		esac
	done < <(sed -n 's/^  //p' <<< "$help")
}

# --- organizations ------------------------------------------------------------

@test "the tool creates an organization for a user, renames and labels it" {
	local name id

	name=$(unique House)
	new_user "$(unique founder)@example.org"
	with 0 '' org create --user "$USER_EMAIL" --name "$name" --json
	ORG=$(jq -r .id <<< "$output")
	jq -e --arg name "$name" '.displayName == $name and .projects == 1
	    and .members == 1 and .licenseType == "free"' <<< "$output"
	[ "$(newest "$ORG")" = \
	    "organization.create $(user_id "$USER_EMAIL") no-key $ORG" ]
	KEY=$USER_KEY api GET "/v1/organizations/$ORG"
	expect_status 200
	KEY=$USER_KEY api GET /v1/projects
	expect_json '[.accounts[].metadata.displayName] == ["Default"]'
	KEY=$USER_KEY api PATCH "/v1/organizations/$ORG" \
	    --data '{"labels": {"team": "ops"}}'
	expect_status 200
	# the name is taken, and nothing is left of the other one
	with 1 'name' org create --user "$USER_EMAIL" --name "$name"
	with 1 'no user' org create --user nobody@example.org --name Other
	with 1 'type' org create --user "$USER_EMAIL" --name "$(unique X)" \
	    --type nonsense
	with 2 '--name' org create --user "$USER_EMAIL" --name ''
	with 2 '--first' org create --user "$USER_EMAIL" --name "$(unique X)" \
	    --first ' '
	[ "$(sql "SELECT COUNT(*) FROM organizations
	    WHERE created_by = '$(user_id "$USER_EMAIL")'")" = 1 ]
	with 0 '' org create --user "$USER_EMAIL" --name "$name 2" \
	    --first Staging --type growth
	id=${lines[-1]}
	[ "$(sql "SELECT CONCAT(p.display_name, ' ', l.licence_type)
	    FROM projects p JOIN licences l USING (organization_id)
	    WHERE p.organization_id = '$id'")" = 'Staging growth' ]
	with 0 '' org rename "$ORG" --name "$name 3" --json
	[ "$(jq -r .displayName <<< "$output")" = "$name 3" ]
	[ "$(newest "$ORG")" = "organization.rename nobody no-key $ORG" ]
	with 0 '' org rename "$ORG" --name "$name 3"
	with 1 'name' org rename "$ORG" --name "$name 2"
	with 1 'control' org rename "$ORG" --name $'a\nb'
	with 0 '' org label "$ORG" --labels '{"team": "dev", "tier": "1"}'
	[ "$(newest "$ORG")" = "organization.label nobody no-key $ORG" ]
	KEY=$USER_KEY api GET "/v1/organizations/$ORG"
	expect_json ".organization.metadata |
	    .displayName == \"$name 3\" and .version == 4 and
	    .labels == {team: \"dev\", tier: \"1\"}"
	for labels in '' '[]' '{"a": 1}' '{}, "displayName": "Other"' \
	    '{"-bad-": "x"}'; do
		run ctl org label "$ORG" --labels "$labels"
		[ "$status" != 0 ]
	done
	with 0 '' org label "$ORG" --labels '{}'
	KEY=$USER_KEY api GET "/v1/organizations/$ORG"
	expect_json ".organization.metadata | .displayName == \"$name 3\" and
	    (.labels // {}) == {}"
	chain_holds 5
}

# --- projects -----------------------------------------------------------------

@test "the tool creates, renames, labels, shows and deletes projects" {
	local id key

	new_tenant
	sql "UPDATE licences SET limit_projects = 2
	    WHERE organization_id = '$ORG'"
	with 0 '' project create --org "$ORG" --name Staging \
	    --labels '{"tier": "2"}' --json
	id=$(jq -r .id <<< "$output")
	jq -e --arg org "$ORG" '.displayName == "Staging" and
	    .organizationId == $org and .labels == {tier: "2"}' <<< "$output"
	[ "$(newest "$ORG")" = "project.create nobody no-key $id" ]
	KEY=$OWNER_KEY api GET "/v1/projects/$id"
	expect_json '.account.metadata.displayName == "Staging" and
	    (.account.spec.secretKey | length == 26)'
	with 1 'allows no further project' project create --org "$ORG" \
	    --name Third
	with 1 'no organization' project create --org nothing --name Third
	sql "UPDATE licences SET limit_projects = 0
	    WHERE organization_id = '$ORG'"
	with 1 'has a project of that name' project create --org "$ORG" \
	    --name staging
	[ "$(count projects)" = 2 ]
	with 0 '' project rename "$id" --name Rehearsal --json
	[ "$(jq -r .displayName <<< "$output")" = Rehearsal ]
	[ "$(newest "$ORG")" = "project.rename nobody no-key $id" ]
	with 0 '' project label "$id" --labels '{}'
	[ "$(newest "$ORG")" = "project.label nobody no-key $id" ]
	with 0 '' project show "$id"
	[[ $output == *Rehearsal* ]]
	[ "$(ctl project list --org "$ORG" --json |
	    jq -c '[.[] | [.id, .labels]]')" = \
	    "[[\"$PROJECT\",{}],[\"$id\",{}]]" ]
	for command in 'show' 'rename --name A' 'label --labels {}' delete; do
		# shellcheck disable=SC2086 # words
		with 1 'there is no project' project $command "$ORG"
	done
	key=$(add_key --user "$OWNER_EMAIL" --project "$id")
	with 0 '' project delete "$id" --json
	[ "$(jq -r .id <<< "$output")" = "$id" ]
	[ "$(newest "$ORG")" = "project.delete nobody no-key $id" ]
	expect_key_status "$key" 401 GET /v1/projects
	with 1 'there is no project' project delete "$id"
	with 1 'at least one project' project delete "$PROJECT"
	[ "$(sql "SELECT project_count FROM organizations
	    WHERE id = '$ORG'")" = 1 ]
	run ctl check --deep
	[[ $output != *"$ORG"* ]]
}

@test "of many project creates at once by tool and route the limit's are made" {
	local pids=() made=0 pid

	new_tenant
	sql "UPDATE licences SET limit_projects = 6
	    WHERE organization_id = '$ORG'"
	for i in 1 2 3 4 5 6; do
		ctl project create --org "$ORG" --name "T$i" > /dev/null 2>&1 \
		    3>&- &
		pids+=($!)
	done
	KEY=$OWNER_KEY api_many 6 POST /v1/projects \
	    --data '{"displayName": "R{}"}'
	for pid in "${pids[@]}"; do
		! wait "$pid" || made=$((made + 1))
	done
	[ $((made + $(count_codes 201))) = 5 ]
	[ "$(count projects)" = 6 ]
	chain_holds 6
}

@test "the tool lists the members of a project with their roles there" {
	new_tenant
	new_member
	join_project "$MEMBER_EMAIL" viewer "$PROJECT" "$ORG"
	[ "$(ctl member list --project "$PROJECT" --json |
	    jq -c 'map({(.login): .role}) | add')" = \
	    "$(jq -nc --arg o "$OWNER_EMAIL" --arg m "$MEMBER_EMAIL" \
		'{($o): "admin", ($m): "viewer"}')" ]
	[[ $(ctl member list --project "$PROJECT") == *viewer* ]]
	with 1 'no project' member list --project "$ORG"
	with 2 'exclude each other' member list --project "$PROJECT" --org "$ORG"
}

# --- secret keys --------------------------------------------------------------

@test "the tool makes, names, prefers and deletes secret keys" {
	local first other

	new_tenant
	first=$(sql "SELECT secret_key FROM projects WHERE id = '$PROJECT'")
	other=$(ctl secret-key create --project "$PROJECT")
	[ "${#other}" = 26 ]
	[ "$(newest "$ORG")" = "secret-key.create nobody no-key $PROJECT" ]
	with 0 '' secret-key name --project "$PROJECT" --name Spare "$other"
	shown=$(ctl secret-key list --project "$PROJECT" --json)
	jq -e --arg first "$first" --arg other "$other" '
	    map({(.secretKey): [.default, .name]}) | add ==
	    {($first): [true, null], ($other): [false, "Spare"]}' <<< "$shown"
	with 1 'default' secret-key delete --project "$PROJECT" "$first"
	with 0 '' secret-key default --project "$PROJECT" - <<< "$other"
	KEY=$OWNER_KEY api GET "/v1/projects/$PROJECT"
	expect_json ".account.spec == {secretKey: \"$other\",
	    alternateSecretKeys: [\"$first\"]}"
	with 0 '' secret-key delete --project "$PROJECT" "$first" --json
	[ "$(jq -r .id <<< "$output")" = "$PROJECT" ]
	[ "$(ctl secret-key list --project "$PROJECT" --json | jq length)" = 1 ]
	# of another project it is none
	first=$ORG
	new_tenant
	for command in default delete 'name --name A'; do
		# shellcheck disable=SC2086 # words
		with 1 'nothing of that name' secret-key $command \
		    --project "$PROJECT" "$other"
	done
	[ "$(sql "SELECT GROUP_CONCAT(action ORDER BY seq)
	    FROM audit_events WHERE action LIKE 'secret-key.%'
	    AND organization_id IN ('$ORG', '$first')")" = \
	    "secret-key.create,secret-key.name,$(
	    )secret-key.default,secret-key.delete" ]
	for i in 2 3 4 5 6 7 8 9 10; do
		ctl secret-key create --project "$PROJECT" > /dev/null
	done
	with 1 'keys' secret-key create --project "$PROJECT"
	# what cannot be printed is not made
	sql "DELETE FROM secret_keys WHERE project_id = '$PROJECT'"
	run sh -c '"$1" --conf "$2" secret-key create --project "$3" \
	    > /dev/full' sh "$CTL" "$TENANTRY_CONF" "$PROJECT"
	[ "$status" = 1 ]
	[[ $output == *'nothing was made'* ]]
	[ "$(sql "SELECT COUNT(*) FROM secret_keys
	    WHERE project_id = '$PROJECT'")" = 0 ]
}

# --- licences -----------------------------------------------------------------

@test "the tool installs a licence key and tells what was installed" {
	local first second jti

	new_tenant
	with 0 '' licence issue --type growth --json
	first=$(jq -r .key <<< "$output") jti=$(jq -r .jti <<< "$output")
	[ "$(ctl licence show "$first" --json | jq -c \
	    '[.state, .licenseType, .jti, .organizationId, .expiresAt]')" = \
	    "[\"valid\",\"growth\",\"$jti\",null,null]" ]
	with 0 '' licence install --org "$ORG" "$first" --json
	[ "$(jq -r .licenseType <<< "$output")" = growth ]
	[[ $(newest "$ORG") == 'licence.install nobody no-key '* ]]
	with 0 '' licence install --org "$ORG" "$first"
	second=$(ctl licence issue --type enterprise --projects 9)
	with 0 '' licence install --org "$ORG" "$second"
	# as by a system administrator: the one before is over
	install_licence "$first"
	expect_problem 400
	[ "$(ctl licence history --org "$ORG" --json | jq -c \
	    '[.[].licenseType]')" = '[null,"growth","enterprise"]' ]
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG/license/history"
	[ "$(json '[.history[] | [.id, .licenseId, .licenseType]]')" = \
	    "$(ctl licence history --org "$ORG" --json |
		jq '[.[] | [.id, .licenseId, .licenseType]]')" ]
	with 1 'signature' licence install --org "$ORG" "${first%?????}AAAAA"
	with 1 'no organization' licence install --org nothing "$second"
	fill_projects 3
	first=$(ctl licence issue --type free --projects 2)
	with 1 'projects: 2 allowed, 4 in use' licence install --org "$ORG" \
	    "$first"
	[ "$(sql "SELECT licence_type FROM licences
	    WHERE organization_id = '$ORG'")" = enterprise ]
	chain_holds 3
}

# --- API keys -----------------------------------------------------------------

@test "the tool rotates a key of a user, a service key, and one bound nowhere" {
	local old new id where

	new_tenant
	for where in "--user $OWNER_EMAIL --org $ORG" \
	    "--owner organization --org $ORG" "--user $OWNER_EMAIL"; do
		# shellcheck disable=SC2086 # words
		old=$(add_key $where --name Nightly)
		id=$(sql "SELECT id FROM api_keys
		    WHERE digest = UNHEX(SHA2('$old', 256))")
		new=$(ctl key rotate "$id")
		[[ $new == tny_* && $new != "$old" ]]
		expect_key_status "$new" 200 GET /v1/organizations
		expect_key_status "$old" 200 GET /v1/organizations
		[ "$(sql "SELECT CONCAT(a.description, a.user_id <=> b.user_id,
		    a.organization_id <=> b.organization_id,
		    a.expires_at > UTC_TIMESTAMP() + INTERVAL 23 HOUR,
		    b.expires_at IS NULL) FROM api_keys a JOIN api_keys b
		    ON b.digest = UNHEX(SHA2('$new', 256))
		    WHERE a.id = '$id'")" = Nightly1111 ]
		with 1 'taken the place of this one' key rotate "$id"
		old=$new
		new=$(ctl key rotate --overlap 0 - --json <<< "$old" |
		    jq -r .key)
		expect_key_status "$old" 401 GET /v1/organizations
		expect_key_status "$new" 200 GET /v1/organizations
		with 1 'there is no such API key' key rotate "$ORG"
	done
	with 2 'seconds' key rotate "$id" --overlap 1d
	with 1 'overlap must be' key rotate - --overlap 604801 <<< "$new"
	[ "$(sql "SELECT GROUP_CONCAT(DISTINCT action) FROM audit_events
	    WHERE organization_id = '$ORG' AND user_id IS NULL
	    AND action NOT LIKE 'key.create'")" = key.rotate ]
	ctl audit verify --org "$ORG"
	# what cannot be printed is not made
	run sh -c 'printf %s "$3" | "$1" --conf "$2" key rotate - > /dev/full' \
	    sh "$CTL" "$TENANTRY_CONF" "$new"
	[ "$status" = 1 ]
	[[ $output == *'nothing was made'* ]]
	[ "$(sql "SELECT expires_at IS NULL FROM api_keys
	    WHERE digest = UNHEX(SHA2('$new', 256))")" = 1 ]
}

@test "of many rotations of one key at once one is made" {
	local id pids=() made=0 pid

	new_tenant
	id=$(sql "SELECT id FROM api_keys WHERE digest = UNHEX(SHA2('$(
	    add_key --user "$OWNER_EMAIL" --org "$ORG")', 256))")
	for _ in 1 2 3 4 5 6; do
		ctl key rotate "$id" > /dev/null 2>&1 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		! wait "$pid" || made=$((made + 1))
	done
	[ "$made" = 1 ]
	[ "$(count api_keys)" = 2 ]
}

@test "the tool says anew what a key is for, and lets it end earlier" {
	local key id

	new_tenant
	key=$(add_key --user "$OWNER_EMAIL" --org "$ORG" --name Old)
	id=$(sql "SELECT id FROM api_keys
	    WHERE digest = UNHEX(SHA2('$key', 256))")
	with 2 '--name or --expires-in' key change "$id"
	with 0 '' key change "$id" --name New --json
	jq -e --arg id "$id" '.id == $id and .description == "New" and
	    .expiresAt == null' <<< "$output"
	with 0 '' key change - --expires-in 3600 <<< "$key"
	[ "$(sql "SELECT CONCAT(description, expires_at BETWEEN
	    UTC_TIMESTAMP() + INTERVAL 3500 SECOND
	    AND UTC_TIMESTAMP() + INTERVAL 3601 SECOND) FROM api_keys
	    WHERE id = '$id'")" = New1 ]
	with 1 'shorter' key change "$id" --expires-in 7200
	for wrong in 0 -1 1h 1.5 '' 99999999999; do
		run ctl key change "$id" --expires-in "$wrong"
		[ "$status" != 0 ]
	done
	[ "$(sql "SELECT COUNT(*) FROM audit_events WHERE resource_id = '$id'
	    AND user_id IS NULL AND action <> 'key.create'")" = 2 ]
}

@test "the last way in of the last admin gets no end without --force" {
	local id

	new_tenant
	id=$(sql "SELECT id FROM api_keys
	    WHERE digest = UNHEX(SHA2('$OWNER_KEY', 256))")
	with 1 '--force does it' key change "$id" --expires-in 3600
	[ "$(sql "SELECT expires_at IS NULL FROM api_keys
	    WHERE id = '$id'")" = 1 ]
	with 0 '' key change "$id" --expires-in 3600 --force
	[ "$(sql "SELECT expires_at IS NULL FROM api_keys
	    WHERE id = '$id'")" = 0 ]
}
