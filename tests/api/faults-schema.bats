#!/usr/bin/env bats
# A worker serves no schema that it does not know.
# shellcheck disable=SC2154

load helper

setup() {
	follow_only_the_test
	api GET /v1/version
	known=$(json .schema)
	next=$((known + 1))
}

teardown() {
	sql "DELETE FROM schema_migrations WHERE version > $known"
	sql "UPDATE schema_migrations SET version = -version WHERE version < 0"
	within 15 serves
}

# add_schema [OLDEST PROGRAM]: as a later release's migration would.
add_schema() {
	sql "INSERT INTO schema_migrations (version, name, applied_at,
	    oldest_program) VALUES ($next, 'later.sql', UTC_TIMESTAMP(3),
	    ${1:-NULL})"
}

# Connections end, as they do when the database is restarted.
cut_connections() {
	local id

	for id in $(sql "SELECT id FROM information_schema.processlist
	    WHERE user = 'tenantry'"); do
		sql "KILL $id" || true
	done
}

# Each worker has its own connection: one answer says little.
all_answer() { # STATUS PATH
	api_many 24 GET "$2"
	[ "$(count_codes "$1")" = 24 ]
}

serves() {
	all_answer 200 /v1/organizations && all_answer 200 /readyz
}

refuses() {
	all_answer 503 /v1/organizations && all_answer 503 /readyz
}

@test "schema: a newer one is refused, by old connections too" {
	add_schema
	api GET /readyz
	expect_problem 503 "schema $next"
	expect_json '.type == "urn:tenantry:problem:schema-mismatch"'
	[ -n "$(header Retry-After)" ]
	within 15 refuses
	api GET /v1/organizations
	expect_problem 503 "this program knows $known"
}

@test "schema: a newer one is refused when a connection is opened" {
	add_schema
	cut_connections
	api_many 12 GET /v1/organizations
	[ "$(count_codes 503)" = 12 ]
	api POST /v1/organizations --data '{"organizationName": "Refused",
	    "accountName": "A", "eulaAccepted": true}'
	expect_problem 503 "schema $next"
	[ "$(sql "SELECT COUNT(*) FROM organizations
	    WHERE display_name = 'Refused'")" = 0 ]
}

@test "schema: a login is refused before its password is looked at" {
	add_schema
	cut_connections
	KEY='' api GET /v1/organizations --user 'nobody@example.org:wrong'
	expect_problem 503 "schema $next"
}

@test "schema: an older one is refused, with the remedy" {
	sql "UPDATE schema_migrations SET version = -version"
	cut_connections
	refuses
	api GET /readyz
	expect_problem 503 'tenantryctl migrate'
	api GET /v1/organizations
	expect_problem 503 "this program needs $known"
}

@test "schema: a newer one that old programs can work with is served" {
	add_schema "$known"
	cut_connections
	serves
}

@test "schema: what one migration takes away, a later one does not give back" {
	add_schema
	sql "INSERT INTO schema_migrations (version, name, applied_at,
	    oldest_program) VALUES ($next + 1, 'much_later.sql',
	    UTC_TIMESTAMP(3), $known)"
	cut_connections
	refuses
}

@test "schema: service goes on by itself when it fits again" {
	add_schema
	cut_connections
	refuses
	sql "DELETE FROM schema_migrations WHERE version > $known"
	within 5 serves
}

@test "schema: what needs no database is served all the same" {
	add_schema
	cut_connections
	refuses
	for path in /healthz /v1/version /v1/openapi.json; do
		api GET "$path"
		expect_status 200
	done
}

@test "schema: the tool's migration refuses to go back" {
	add_schema "$known"
	run ctl migrate
	[ "$status" = 1 ]
	[[ $output == *"newer than this program"* ]]
}

@test "schema: the tool writes nothing beside a newer one, and says why" {
	local command

	add_schema
	for command in 'user add --email later@example.org' 'mail list' purge; do
		# shellcheck disable=SC2086  # words
		run ctl $command
		echo "$output"
		[ "$status" = 1 ]
		[[ $output == *"needs a program for schema $next"* ]]
	done
	[ "$(sql "SELECT COUNT(*) FROM users
	    WHERE email = 'later@example.org'")" = 0 ]
	run ctl doctor
	[[ $output == *'fail  schema: '* ]]
}

@test "schema: a table from before the last column is brought up to date" {
	sql "ALTER TABLE schema_migrations DROP COLUMN oldest_program"
	cut_connections
	refuses
	ctl migrate
	within 15 serves
}

@test "schema: asking for it is no statement of the request" {
	local id i

	id=$(unique guarded)
	serves
	# longer than a worker's last good answer holds
	for i in {1..25}; do
		api GET /v1/organizations --header "X-Request-Id: $id.$i"
		expect_status 200
		sleep 0.3
	done
	within 5 grep -q "id=$id.25 " "$TENANTRY_STATE/log/tenantry.log"
	[ "$(grep -c "id=$id\..* queries=1$" \
	    "$TENANTRY_STATE/log/tenantry.log")" = 25 ]
}
