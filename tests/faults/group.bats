#!/usr/bin/env bats
# MySQL Group Replication: three nodes, one of which takes writes, all in db_hosts.
# The primary is killed, hangs, is cut off from the others and is switched over while
# the ledger's client writes.
# Run by `make faults`, with the MySQL of `make databases` (tools/databases.sh); left
# out where that cannot be had.
#
# shellcheck disable=SC2030,SC2031,SC2034,SC2154,SC2317  # of, or for, the helpers

setup_file() {
	local n

	load instance
	DATABASE_ROOT=$("$ROOT/tools/databases.sh" get mysql 3>&-) ||
	    skip 'no MySQL of another suite here'
	SECRET=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
	GROUP=$(cat /proc/sys/kernel/random/uuid)
	PORT_1=$(free_port) PORT_2=$(free_port) PORT_3=$(free_port)
	GROUP_1=$(free_port) GROUP_2=$(free_port) GROUP_3=$(free_port)
	export DATABASE_ROOT SECRET GROUP PORT_1 PORT_2 PORT_3 GROUP_1 GROUP_2 \
	    GROUP_3
	! unshare --net true 2> /dev/null || export NETWORK=own
	[ -z "${NETWORK:-}" ] || network create
	DATABASE_UNDER=$(under 1) DATABASE_OPTIONS=$(options 1) \
	    instance_begin || return
	load ../api/helper # within
	for n in 2 3; do
		mkdir "$STATE/node-$n"
		node "$n" database-start
		on "$n" 'RESET BINARY LOGS AND GTIDS'
	done
	on 1 "CREATE USER repl@'%' IDENTIFIED BY '$SECRET';
	    GRANT REPLICATION SLAVE, CONNECTION_ADMIN, BACKUP_ADMIN,
	    GROUP_REPLICATION_STREAM ON *.* TO repl@'%';
	    SET GLOBAL group_replication_bootstrap_group = ON"
	for n in 1 2 3; do
		join_group "$n"
		on 1 'SET GLOBAL group_replication_bootstrap_group = OFF'
	done
	within 60 all_are_online
	sed -i "s|^db_socket = .*|db_hosts = $(socket 1) $(socket 2) $(socket 3)|" \
	    "$TENANTRY_CONF"
	sleep 3 # the workers see it with their next request
}

teardown_file() {
	local n

	load instance
	[ -n "${STATE:-}" ] || return 0
	for n in 2 3; do
		node "$n" database-stop
	done
	instance_end
	[ -z "${NETWORK:-}" ] || network remove
}

setup() {
	load instance
	read_environment
	load ../api/helper
	# in place of the helper's
	sql() {
		on "$(primary)" "USE tenantry; $*"
	}
}

teardown() {
	local n

	[ -z "${ledger_pid:-}" ] || kill -TERM "$ledger_pid" 2> /dev/null || true
	for n in 1 2 3; do
		kill -CONT "$(pid_of "$n")" 2> /dev/null || true
		[ -z "${NETWORK:-}" ] || network wire "$n" up
	done
}

# --- the nodes ----------------------------------------------------------------

# network create|remove|wire...: of the nodes, where this user may have one.
network() (
	nodes='1 2 3' galera_port=$GROUP_1
	# shellcheck source=tools/network.bash
	. "$ROOT/tools/network.bash"
	"network_$1" "${@:2}"
)

# What node N is started by.
under() {
	[ -z "${NETWORK:-}" ] ||
	    echo "nsenter --net=/run/netns/tenantry-$GROUP_1-$1"
}

host() { # N
	if [ -n "${NETWORK:-}" ]; then
		network address "$1"
	else
		echo 127.0.0.1
	fi
}

# Its own 5 s, after which a node that is missed is thrown out, are 1 s here.
options() { # N
	local port=PORT_$1 group=GROUP_$1

	echo "--server-id=$1 --log-bin=log --gtid-mode=ON" \
	    "--enforce-gtid-consistency=ON --skip-networking=0" \
	    "--bind-address=$(host "$1") --port=${!port}" \
	    "--report-host=$(host "$1")" \
	    "--plugin-load-add=group_replication.so" \
	    "--loose-group-replication-group-name=$GROUP" \
	    "--loose-group-replication-start-on-boot=OFF" \
	    "--loose-group-replication-local-address=$(host "$1"):${!group}" \
	    "--loose-group-replication-group-seeds=$(host 1):$GROUP_1,$(host 2):$GROUP_2,$(host 3):$GROUP_3" \
	    "--loose-group-replication-ip-allowlist=127.0.0.0/8,198.18.0.0/24" \
	    "--loose-group-replication-recovery-get-public-key=ON" \
	    "--loose-group-replication-member-expel-timeout=1" \
	    "--loose-group-replication-unreachable-majority-timeout=3" \
	    "--loose-group-replication-consistency=BEFORE_ON_PRIMARY_FAILOVER"
}

folder() { # N
	if [ "$1" = 1 ]; then echo "$STATE"; else echo "$STATE/node-$1"; fi
}

socket() { # N
	echo "$(folder "$1")/run/db.sock"
}

node() { # N database-start|database-stop
	STATE=$(folder "$1") DATABASE_UNDER=$(under "$1") \
	    DATABASE_OPTIONS=$(options "$1") instance "$2"
}

pid_of() { # N
	STATE=$(folder "$1") instance pids | sed -n 's/^database //p'
}

on() { # N STATEMENT...
	timeout -s KILL 60 mariadb --no-defaults --socket="$(socket "$1")" \
	    --user="$(id -un)" --default-character-set=utf8mb4 --batch \
	    --skip-column-names --execute "${*:2}"
}

join_group() { # N
	on "$1" "CHANGE REPLICATION SOURCE TO SOURCE_USER = 'repl',
	    SOURCE_PASSWORD = '$SECRET'
	    FOR CHANNEL 'group_replication_recovery';
	    START GROUP_REPLICATION"
}

# members N: "PORT STATE ROLE" of each, as this node knows them.
members() {
	on "$1" "SELECT member_port, member_state, member_role
	    FROM performance_schema.replication_group_members" 2> /dev/null
}

# Of those that serve, whichever is asked first.
primary() {
	local n port m

	for n in 1 2 3; do
		port=$(members "$n" | awk '$2 == "ONLINE" && $3 == "PRIMARY" {
		    print $1 }')
		for m in 1 2 3; do
			local at=PORT_$m

			[ "$port" != "${!at}" ] || { echo "$m"; return; }
		done
	done
	return 1
}

another_is_primary() { # THAN
	local is

	is=$(primary) && [ "$is" != "$1" ]
}

all_are_online() {
	[ "$(members "$(primary)" | grep -c ONLINE)" = 3 ]
}

all_have_same_rows() {
	local n all set

	all=$(rows)
	set=$(on "$(primary)" 'SELECT @@gtid_executed')
	[ -n "$all" ]
	for n in 1 2 3; do
		[ "$(on "$n" "SELECT WAIT_FOR_EXECUTED_GTID_SET('$set', 30)")" = 0 ]
		[ "$(on "$n" "USE tenantry; $ledger_rows")" = "$all" ] || {
			echo "node $n has other rows"
			return 1
		}
	done
}

# --- faults -------------------------------------------------------------------

@test "group: writes go to the primary, and all nodes have them" {
	for i in 1 2 3 4 5 6 7 8; do
		new_org
	done
	all_have_same_rows
	expect_sound
}

@test "group: a primary that is switched over under load" {
	old=$(primary)
	next=$((old % 3 + 1))
	ledger_start
	on "$old" "SELECT group_replication_set_as_primary('$(on "$next" \
	    'SELECT @@server_uuid')')"
	sleep 5
	ledger_judge
	record 'group replication: the primary switched over'
	[ "$(primary)" = "$next" ]
	# who still reads from the old primary may be behind, for a second
	for name in lost twice done_but_refused failed_otherwise; do
		[ "$(figure $name)" = 0 ]
	done
	all_have_same_rows
	expect_sound
	run ctl audit verify
	[ "$status" = 0 ]
}

@test "group: kill -9 of the primary under load" {
	old=$(primary)
	ledger_start
	kill -KILL "$(pid_of "$old")"
	within 60 another_is_primary "$old"
	sleep 6
	ledger_judge
	record 'group replication: kill -9 of the primary'
	expect_nothing_lost
	node "$old" database-start
	join_group "$old"
	within 60 all_are_online
	all_have_same_rows
	expect_sound
}

@test "group: a primary that hangs is thrown out, and takes no write afterwards" {
	old=$(primary)
	ledger_start
	kill -STOP "$(pid_of "$old")"
	for n in 1 2 3; do
		[ "$n" = "$old" ] || other=$n
	done
	within 60 has_lost_one "$other"
	sleep 6
	kill -CONT "$(pid_of "$old")"
	sleep 6
	ledger_judge
	record 'group replication: the primary hangs (SIGSTOP)'
	expect_nothing_lost
	# by itself, or by hand
	within 30 all_are_online || {
		on "$old" 'STOP GROUP_REPLICATION; START GROUP_REPLICATION'
		within 60 all_are_online
	}
	all_have_same_rows
	expect_sound
}

@test "group: a primary that is cut off from the others takes no write" {
	[ -n "${NETWORK:-}" ] ||
	    skip 'no network of its own for a node without root'
	old=$(primary)
	ledger_start
	network wire "$old" down
	within 60 another_is_primary "$old"
	other=$(primary)
	within 20 has_lost_one "$other"
	sleep 6
	[ "$(on "$old" 'SELECT @@super_read_only')" = 1 ]
	network wire "$old" up
	sleep 6
	ledger_judge
	record 'group replication: the primary cut off from the network'
	expect_nothing_lost
	within 30 all_are_online || {
		on "$old" 'STOP GROUP_REPLICATION; START GROUP_REPLICATION'
		within 60 all_are_online
	}
	all_have_same_rows
	expect_sound
}

has_lost_one() { # N
	[ "$(members "$1" | grep -c ONLINE)" = 2 ]
}
