#!/usr/bin/env bats
# The database only reads: a replica, or a primary that is being replaced
# (error 1290; 1836 is the same of MySQL).
#
# shellcheck disable=SC2154  # set by helper.bash

setup() {
	load helper
	new_org
	sql 'SET GLOBAL read_only = 1'
}

teardown() {
	sql 'SET GLOBAL read_only = 0'
}

@test "reads go on" {
	api GET "/v1/organizations/$ORG"
	expect_status 200
	api GET /readyz
	expect_status 200
}

@test "each write is 503 with Retry-After and does nothing" {
	events=$(sql 'SELECT COUNT(*) FROM audit_events')
	name=$(unique Never)
	api POST /v1/organizations --data "$(jq -n --arg name "$name" \
	    '{organizationName: $name, accountName: "First", eulaAccepted: true}')"
	expect_problem 503
	[[ $(header Retry-After) == [1-9]* ]]
	api PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$name\"}"
	expect_problem 503
	[[ $(header Retry-After) == [1-9]* ]]
	api DELETE "/v1/organizations/$ORG"
	expect_problem 503
	[ "$(sql 'SELECT COUNT(*) FROM audit_events')" = "$events" ]
	[ "$(sql "SELECT display_name FROM organizations
	    WHERE id = '$ORG'")" = "$ORG_NAME" ]
}

@test "it does not wait for what will not come" {
	api PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$(unique Never)\"}" --max-time 5
	expect_problem 503
}

@test "writes come back by themselves" {
	api DELETE "/v1/organizations/$ORG"
	expect_problem 503
	sql 'SET GLOBAL read_only = 0'
	api DELETE "/v1/organizations/$ORG"
	[[ $status_code == 20[04] ]]
}
