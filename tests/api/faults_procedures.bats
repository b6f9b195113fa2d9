#!/usr/bin/env bats
# A database without our procedures (a shared host may not allow them): every
# write works as before, by single statements.

setup() {
	load helper
	load tenancy
	drop_procedures
}

teardown() {
	"$CTL" migrate --conf "$TENANTRY_CONF" > /dev/null 2>&1
}

drop_procedures() {
	local name

	for name in $(sql "SELECT specific_name FROM information_schema.routines
	    WHERE routine_schema = DATABASE()"); do
		sql "DROP PROCEDURE $name"
	done
}

@test "organizations are created without procedures" {
	new_tenant
	KEY=$OWNER_KEY api GET /v1/organizations
	expect_status 200
	expect_json '.organizations | length == 1'
	[ "$(sql "SELECT COUNT(*) FROM audit_events
	    WHERE organization_id = '$ORG'
	    AND action = 'organization.create'")" = 1 ]
	[ "$(sql "SELECT active_project_id FROM users
	    WHERE email = '$OWNER_EMAIL'")" = "$PROJECT" ]
}

@test "a name in use is 409 without procedures" {
	new_tenant
	KEY=$OWNER_KEY api POST /v1/organizations \
	    --data "$(create_body "$ORG_NAME")"
	expect_problem 409
}

@test "organizations are renamed without procedures" {
	new_tenant
	name=$(unique Plain)
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$name\"}"
	expect_status 200
	[ "$(sql "SELECT display_name FROM organizations
	    WHERE id = '$ORG'")" = "$name" ]
}

@test "the check notes a missing procedure and passes" {
	run "$CTL" check --conf "$TENANTRY_CONF"
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"no procedure organization_create_3"* ]]
	[[ $output == *"no procedure organization_rename_5"* ]]
}

@test "a procedure with other parameters fails the check" {
	sql "CREATE PROCEDURE organization_rename_5(IN one INT) SELECT one"
	run "$CTL" check --conf "$TENANTRY_CONF"
	sql "DROP PROCEDURE organization_rename_5"
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"the procedure has other parameters"* ]]
}

@test "migrate puts the procedures back" {
	run "$CTL" migrate --conf "$TENANTRY_CONF"
	[ "$status" = 0 ]
	[ "$(sql "SELECT COUNT(*) FROM information_schema.routines
	    WHERE routine_schema = DATABASE()")" = 3 ]
	run "$CTL" check --conf "$TENANTRY_CONF"
	[ "$status" = 0 ]
	[[ $output != *"no procedure"* ]]
}

@test "migrate says so where procedures are not allowed, and goes on" {
	account=$(admin_setting migration_user)
	name=$(sed -n 's/^db_name = //p' "$TENANTRY_CONF")
	sql "REVOKE CREATE ROUTINE ON \`$name\`.* FROM '$account'@'localhost'"
	run "$CTL" migrate --conf "$TENANTRY_CONF"
	sql "GRANT ALL PRIVILEGES ON \`$name\`.* TO '$account'@'localhost'"
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"does without"* ]]
	# nothing has failed
	[[ $output != *level=* ]]
}
