#!/usr/bin/env bats
# How the database reads: by an index, in the order of the list, whatever the
# size of the tables.

setup() {
	load helper
	load tenancy
}

# fill N: N more projects in ORG and N more organizations for its owner,
# inserted in the reverse of their order.
fill() {
	local n

	for ((n = $1; n > 0; n--)); do
		printf '%s\n' "$n"
	done | awk -v org="$ORG" -v user="$(user_id "$OWNER_EMAIL")" \
	    -v tag="$(unique t | tr -cd 'A-Z0-9' | cut -c 1-8)" '
	    {
		id = sprintf("00%-8s%016d", tag, $1)
		gsub(" ", "0", id)
		low = tolower(id)
		printf "INSERT INTO projects (id, organization_id, name," \
		    " display_name, name_key, secret_key, created_at," \
		    " modified_at) VALUES (\"%s\", \"%s\", \"p-%s\", \"P %s\"," \
		    " \"p %s\", \"%s\", NOW(3), NOW(3));\n", id, org, low, low,
		    low, id
		printf "INSERT INTO organizations (id, name, display_name," \
		    " name_key, created_at, modified_at) VALUES (\"%s\"," \
		    " \"o-%s\", \"O %s\", \"o %s\", NOW(3), NOW(3));\n", id,
		    low, low, low
		printf "INSERT INTO organization_bindings VALUES (\"%s\"," \
		    " \"%s\", \"admin\", NOW(3));\n", user, id
	    }' > "$BATS_TEST_TMPDIR/fill.sql"
	sql "source $BATS_TEST_TMPDIR/fill.sql"
}

# Whether the ids that a jq filter picks from the answer ascend.
expect_ascending() { # FILTER
	[ "$(json "[$1] | . == (sort | unique) and length > 300")" = true ]
}

@test "every statement is read by an index, in its order" {
	new_tenant
	fill 300
	sql "ANALYZE TABLE projects, organizations, organization_bindings,
	    project_bindings, users, api_keys"
	run "$CTL" check --plans --conf "$TENANTRY_CONF"
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"by an index"* ]]
}

@test "long lists come in the order of their ids" {
	new_tenant
	fill 400
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

@test "a plan that reads a whole table is named" {
	new_tenant
	fill 300
	sql "ALTER TABLE projects DROP KEY projects_name"
	run "$CTL" check --plans --conf "$TENANTRY_CONF"
	sql "ALTER TABLE projects ADD UNIQUE KEY projects_name (name)"
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"reads a whole "* ]]
}
