#!/usr/bin/env bats
# tenantryctl import: an organization comes back from its export.
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

setup() {
	load helper
	load tenancy
	load writes
	load invitations
	load tool
	file=$BATS_TEST_TMPDIR/export
}

# new_export: ORG with two projects, labels, a member with a project and one who
# is invited; its export is the file.
new_export() {
	new_house
	new_member
	join_project "$MEMBER_EMAIL" viewer "$PROJECT" "$ORG"
	GUEST=$(unique guest)@example.org
	invite "$OWNER_KEY" "$GUEST" admin
	expect_status 201
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG" \
	    --data '{"labels": {"team": "blue", "a/b": "\"c\\"}}'
	expect_status 200
	KEY=$OWNER_KEY api PATCH "/v1/projects/$SECOND" \
	    --data '{"displayName": "Größe 2", "labels": {"env": "test"}}'
	expect_status 200
	ctl export --org "$ORG" > "$file"
}

# forget ORGANIZATION: as if it had never been here.
forget() {
	ctl org delete "$1"
	ctl purge --org "$1" --now
	sql "DELETE FROM audit_events WHERE organization_id = '$1'
	    OR chain_id = '$1'; DELETE FROM audit_chains WHERE id = '$1'"
}

# shown: what the API shows of the organization and its projects, but secrets.
shown() {
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG" &&
	    expect_status 200 && jq -cS . "$body_file" &&
	    KEY=$OWNER_KEY api GET /v1/organizations/projects \
	        --header "X-Organization-ID: $ORG" && expect_status 200 &&
	    jq -cS '.accounts[].spec |= {}' "$body_file"
}

import() {
	"$CTL" import --conf "$TENANTRY_CONF" --user "$OWNER_EMAIL" "$@" "$file"
}

# expect_followed: the changes say all that there is now.
expect_followed() {
	OWNER_KEY=$OWNER_KEY USERS='' run python3 \
	    "$TENANTRY_ROOT/tests/api/replay.py" "$ORG" 0
	[[ $status == 0 && $output == *', 0 differences' ]] || {
		echo "$output"
		return 1
	}
}

# seal: the last line of the file is right again.
seal() {
	local sum

	head -n -1 "$file" > "$file.new"
	sum=$(sha256sum < "$file.new")
	printf '{"lines":%d,"sha256":"%s"}\n' "$(wc -l < "$file.new")" \
	    "${sum%% *}" >> "$file.new"
	mv "$file.new" "$file"
}

# refused TEXT: the import says so, and nothing is there.
refused() {
	run --separate-stderr import
	[[ $status == 1 && $stderr == *"$1"* ]] || {
		echo "$status: $stderr"
		return 1
	}
	[ "$(sql "SELECT COUNT(*) FROM organizations WHERE id = '$ORG'")" = 0 ]
}

@test "organization, projects and labels are the same after a round trip" {
	local before secrets sum

	new_export
	before=$(shown)
	[[ $before == *'Größe 2'* && $before == *'"team":"blue"'* ]]
	secrets="SELECT GROUP_CONCAT(secret_key) FROM projects
	    WHERE organization_id = '$ORG'"
	was=$(sql "$secrets")
	sum=$(tail -n 1 "$file" | jq -r .sha256)
	forget "$ORG"
	run import --json
	[ "$status" = 0 ]
	[ "$(jq -c . <<< "$output")" = "{\"organizationId\":\"$ORG\",$(
	)\"projects\":2,\"members\":1,\"invitations\":2,\"leftOut\":0}" ]
	[ "$(shown)" = "$before" ]
	# of secret keys none was in the file
	[ "$(sql "$secrets")" != "$was" ]
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG/license"
	expect_json '.license.licenseType == "free"'
	# the members of before are invited, with their projects
	KEY=$OWNER_KEY api GET /v1/invitations \
	    --header "X-Organization-ID: $ORG"
	expect_json "[.invitations[].spec | [.email, .role]] | sort ==
	    ([[\"$GUEST\", \"admin\"], [\"$MEMBER_EMAIL\", \"user\"]] | sort)"
	[ "$(sql "SELECT project_id, p.role FROM invitation_projects p
	    JOIN invitations i ON i.id = p.invitation_id
	    WHERE i.organization_id = '$ORG'")" = "$PROJECT	viewer" ]
	expect_key_status "$MEMBER_KEY" 404 GET "/v1/organizations/$ORG"
	# the chain begins with the import and the hash of the file
	ctl audit verify --org "$ORG"
	[ "$(sql "SELECT action, detail FROM audit_events
	    WHERE chain_id = '$ORG' AND seq = 1")" = \
	    "organization.import	$sum" ]
	expect_followed
}

@test "an invitation of an import works once it is sent again" {
	local id

	new_export
	forget "$ORG"
	import
	id=$(sql "SELECT id FROM invitations WHERE organization_id = '$ORG'
	    AND email = '$MEMBER_EMAIL'")
	backdate
	KEY=$OWNER_KEY api POST "/v1/invitations/$id/resend" --data '{}'
	expect_status 200
	expect_invited
	set_password "$MEMBER_EMAIL" 'a long secret'
	accept "$MEMBER_EMAIL:a long secret"
	expect_status 200
	KEY=$MEMBER_KEY api GET "/v1/projects/$PROJECT"
	expect_status 200
}

@test "with --trusted who has an account here is a member at once" {
	new_export
	forget "$ORG"
	import --trusted
	[ "$(sql "SELECT COUNT(*) FROM organization_bindings
	    WHERE organization_id = '$ORG'")" = 2 ]
	[ "$(sql "SELECT member_count FROM organizations
	    WHERE id = '$ORG'")" = 2 ]
	expect_key_status "$MEMBER_KEY" 200 GET "/v1/projects/$PROJECT"
	expect_followed
	[ "$(sql "SELECT email FROM invitations
	    WHERE organization_id = '$ORG'")" = "$GUEST" ]
}

@test "--trusted trusts the file, and no account of an unproved address" {
	new_export
	forget "$ORG"
	sql "UPDATE users SET is_email_unproved = 1
	    WHERE email = '$MEMBER_EMAIL'"
	import --trusted
	expect_key_status "$MEMBER_KEY" 404 GET "/v1/organizations/$ORG"
	[ "$(sql "SELECT COUNT(*) FROM invitations
	    WHERE organization_id = '$ORG'")" = 2 ]
	# nor one that is spelled in another way
	forget "$ORG"
	sql "UPDATE users SET is_email_unproved = 0, email = 'strasse-$GUEST',
	    email_key = 'strasse-$GUEST' WHERE email = '$MEMBER_EMAIL'"
	sed -i "s/\"$MEMBER_EMAIL\"/\"straße-$GUEST\"/" "$file"
	seal
	import --trusted
	expect_key_status "$MEMBER_KEY" 404 GET "/v1/organizations/$ORG"
}

@test "a dry run says the same and keeps nothing" {
	new_export
	forget "$ORG"
	run import --dry-run --json
	[ "$status" = 0 ]
	[ "$(jq .projects <<< "$output")" = 2 ]
	[ "$(rows_of "$ORG")" = 0 ]
	[ "$(sql "SELECT COUNT(*) FROM audit_events
	    WHERE organization_id = '$ORG'")" = 0 ]
	import
}

@test "what is known here is refused: ids and names, also of what was purged" {
	local slug

	new_export
	run --separate-stderr import
	[ "$status" = 1 ]
	[[ $stderr == *'line 2: an organization of that id or name is known'* ]]
	ctl org delete "$ORG"
	ctl purge --org "$ORG" --now
	refused 'line 2: an organization of that id or name is known'
	sql "DELETE FROM audit_events WHERE organization_id = '$ORG';
	    DELETE FROM audit_chains WHERE id = '$ORG'"
	# a project's slug that the file has twice
	cp "$file" "$file.good"
	slug=$(sed -n '/"kind":"project"/p' "$file" | tail -n 1 | jq -r .name)
	sed "/\"kind\":\"project\"/s/\"name\":\"[^\"]*\"/\"name\":\"$slug\"/" \
	    "$file.good" > "$file"
	seal
	refused 'a project of that id or name is known here'
	# that another organization has it meanwhile is no hindrance
	cp "$file.good" "$file"
	KEY=$OWNER_KEY new_org
	sql "UPDATE projects SET name = '$slug' WHERE id = '$PROJECT'"
	run import
	[ "$status" = 0 ]
}

@test "a file that is cut, changed or no export is refused" {
	new_export
	forget "$ORG"
	cp "$file" "$file.good"
	for bend in 'head -n -1' 'sed s/viewer/admin/' 'head -c -1' 'tail -n +2' \
	    'sed 3d' 'cat - /etc/hostname' 'tr -d \n' 'head -c 0'; do
		$bend < "$file.good" > "$file"
		refused 'is no whole export'
	done
	rm "$file"
	refused 'cannot be read'
	# right sums over lines that no export has
	while read -r from to; do
		sed "s/$from/$to/" "$file.good" > "$file"
		seal
		refused line
	done <<-'EOT'
	"kind":"project" "kind":"thing"
	"role":"viewer" "role":"owner"
	"role":"user" "role":"viewer"
	"version":1 "version":0
	"labels":{"env" "labels":{" env"
	"createdAt":"20 "createdAt":"x20
	"displayName":"Gr "displayName":"\\u200b
	EOT
	sed "2s/\"name\":\"/\"name\":\"-/" "$file.good" > "$file"
	seal
	refused 'line 2: id, name or version'
	sed 2d "$file.good" > "$file"
	seal
	refused 'does not come first'
	sed '/"kind":"project"/d' "$file.good" > "$file"
	seal
	refused 'none of its projects'
}

@test "an import makes no slug that is a word of a path or the id of another" {
	local slug other

	new_export
	forget "$ORG"
	cp "$file" "$file.good"
	other=$(sql "SELECT LOWER(id) FROM organizations LIMIT 1")
	for slug in changes license accounts "$other"; do
		sed "2s/\"name\":\"[^\"]*\"/\"name\":\"$slug\"/" \
		    "$file.good" > "$file"
		seal
		import
		[ "$(sql "SELECT name = LOWER(id) FROM organizations
		    WHERE id = '$ORG'")" = 1 ]
		forget "$ORG"
	done
}

# --- people of a CSV file -----------------------------------------------------

# invite_all [OPTION...]: those of the file.
invite_all() {
	run --separate-stderr "$CTL" import-members --conf "$TENANTRY_CONF" \
	    --org "$ORG" --user "$OWNER_EMAIL" "$@" "$file"
}

@test "people of a CSV file are invited, and get links that work" {
	new_house
	MARK=$(unique csv)
	printf '\xef\xbb\xbfname,address,role\r\n%s\r\n%s\r\n%s' \
	    "Ada,$MARK-1@example.org,admin" \
	    "\"King, \"\"Ada\"\"\",\"$MARK-2@example.org\",user" \
	    ",$MARK-3@example.org,user" > "$file"
	invite_all --dry-run
	[ "$status$output$stderr" = 0 ]
	[ "$(invitation_count)" = 0 ]
	invite_all
	[ "$status" = 0 ]
	[ "${#lines[@]}" = 3 ]
	[[ ${lines[1]} == "$MARK-2@example.org "*'/#/accept/'* ]]
	[ "$(sql "SELECT GROUP_CONCAT(CONCAT(email, ' ', role) ORDER BY email)
	    FROM invitations WHERE organization_id = '$ORG'")" = \
	    "$MARK-1@example.org admin,$MARK-2@example.org user,$(
	)$MARK-3@example.org user" ]
	# no account was made
	[ "$(sql "SELECT COUNT(*) FROM users WHERE email LIKE '$MARK%'")" = 0 ]
	TOKEN=${lines[1]##*/}
	expect_lookup 200
	# once more: each is said, none is doubled
	invite_all
	[ "$status" = 1 ]
	[ "$(grep -c 'record [234]' <<< "$stderr")" = 3 ]
	[ "$(invitation_count)" = 3 ]
}

@test "nobody is invited by a CSV file in which a row is wrong" {
	local row

	new_house
	for row in 'a,b' 'a,b,user' 'a,x@example.org,owner' \
	    'a,x@example.org,user,more' 'a,x@example.org,"user' \
	    'a,x@example.org,"user"x' 'a"b,x@example.org,user' \
	    'a,x@example.org,viewer'; do
		printf 'a,good@example.org,user\n%s\n' "$row" > "$file"
		invite_all
		[[ $status == 1 && $stderr == *'record 2: '* ]]
		[ "$(invitation_count)" = 0 ]
	done
	printf 'a\0b' > "$file"
	invite_all
	[[ $status == 1 && $stderr == *'is no text'* ]]
	head -c 1100000 /dev/zero | tr '\0' a > "$file"
	invite_all
	[[ $status == 1 && $stderr == *'longer than 1 MiB'* ]]
}

@test "a license that has no room for all is said for each who is left out" {
	new_tenant
	sql "UPDATE licences SET limit_users = 2 WHERE organization_id = '$ORG'"
	printf 'a,%s-%d@example.org,user\n' "$(unique x)" 1 "$(unique x)" 2 \
	    > "$file"
	invite_all
	[[ $status == 1 && $stderr == *'record 2:'* ]]
	[ "$(invitation_count)" = 1 ]
}
