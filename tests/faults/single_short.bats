#!/usr/bin/env bats
# Of single.bats what fits into a minute.
#
# shellcheck disable=SC2154  # set by single.bash

setup_file() {
	load instance
	instance_begin
}

teardown_file() {
	load instance
	instance_end
}

setup() {
	load single
	single_setup
}

teardown() {
	single_mend
	within 30 is_ready
}

@test "kill -9 of the database under load loses nothing" {
	kill_database 2
	record 'kill -9 of a single database (short)'
}

@test "kill -9 and SIGTERM of workers under load lose nothing" {
	kill_workers 12
	record 'kill -9 or SIGTERM of a worker (short)'
}

@test "clients that go without the answer and ask again have one effect" {
	vanish 20
}

@test "clients that come again with their key find what was done" {
	vanish_with_key 10
}

@test "a full disk is 503 for writes, and they come back by themselves" {
	restart_database_for_limits
	ledger_start
	disk_is_full
	within 20 is_refused
	expect_unavailable
	api GET /v1/organizations
	expect_status 200
	disk_has_space
	api POST /v1/organizations --data "$(create_body "$(unique Space)")"
	expect_status 200
	ledger_judge
	record 'disk full (short)'
	expect_nothing_lost
	empty_audit_trail
	expect_sound
}
