#!/usr/bin/env bash
# A private cluster: three nodes of MariaDB Galera, replicating over loopback
# and serving on Unix sockets, and two web servers, all below one folder.
#
#   cluster.sh start | stop      all of it
#   cluster.sh node-start N      one node that has ended comes back
#   cluster.sh node-stop N       one node is drained and ended in an orderly way
#   cluster.sh node-restart N    both
#   cluster.sh cut N | join N    pulls the wire of node N, and puts it back
#   cluster.sh pids              "node-1 PID", ..., "front-1 PID", "worker PID"
#   cluster.sh sql N [ARGUMENT…] the mariadb client as administrator of node N
#
# Settings come from the environment: STATE (the folder), PORT (and PORT + 1)
# of the web servers, GALERA_PORT (the first of nine ports in a row; PORT + 100
# where it is not set), BUILD, PROGRAM and CTL; `make cluster` sets them.  With
# CLUSTER_NETWORK=own the nodes get a network of their own, for `cut`
# (network.bash); else they replicate over loopback.
#
# STATE/cluster.env tells addresses, credentials and the nodes' pids; all else is
# in STATE/cluster, so that an instance of `make start` may share the folder.
set -euo pipefail
unset CDPATH
umask 077
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

root=$(cd "$(dirname "$0")/.." && pwd)
environment=../cluster.env
first_port=${PORT:-8080}
network=${CLUSTER_NETWORK:-loopback}
state=${STATE:-var}
nodes='1 2 3'
fronts='1 2'
# shellcheck source=tools/lib.sh
. "$root/tools/lib.sh"
# shellcheck source=tools/network.bash
. "$root/tools/network.bash"
check_port PORT "$first_port"
galera_port=${GALERA_PORT:-$((first_port + 100))}
check_port GALERA_PORT "$galera_port"

# --- whose functions lib.sh's are ---------------------------------------------

use_top() {
	state=$top
	name_state
}

use_node() { # N
	state=$top/node-$1
	name_state
	conf=$top/tenantry.conf
}

use_front() { # K
	state=$top/front-$1
	name_state
	port=$((first_port + $1 - 1))
	url=http://127.0.0.1:$port
}

# --- one node -----------------------------------------------------------------

library() {
	local path

	for path in /usr/lib/galera/libgalera_smm.so \
	    /usr/lib/*/galera-4/libgalera_smm.so \
	    /usr/lib*/galera*/libgalera_smm.so; do
		[ ! -e "$path" ] || { echo "$path"; return; }
	done
	fail "no libgalera_smm.so: is the package galera-4 there?"
}

address() { # N: where it replicates
	if [ "$network" = own ]; then
		network_address "$1"
	else
		echo 127.0.0.1
	fi
}

# A node that leaves is missed after 2 s.  Shorter, and a busy machine loses
# nodes that are there; with Galera's own 5 s every commit stands for over 6 s.
write_node_settings() { # N
	local at

	at=$(address "$1")
	cat > "$state/node.cnf" <<-END
	[mariadbd]
	user = $user
	datadir = $state/data
	tmpdir = $state/tmp
	socket = $socket
	pid-file = $run/db.pid
	log-error = $log/mariadbd.log
	skip-networking
	skip-name-resolve
	local-infile = 0
	secure-file-priv = $run/work
	character-set-server = utf8mb4
	collation-server = utf8mb4_unicode_520_ci
	innodb-buffer-pool-size = 64M
	innodb-log-file-size = 32M
	default-storage-engine = InnoDB
	innodb-autoinc-lock-mode = 2
	binlog-format = ROW
	wsrep-on = ON
	wsrep-provider = $(library)
	wsrep-cluster-name = tenantry
	wsrep-node-name = node-$1
	wsrep-node-address = $at:$((galera_port + $1 - 1))
	wsrep-cluster-address = gcomm://$(address 1):$galera_port,$(address 2):$((galera_port + 1)),$(address 3):$((galera_port + 2))
	wsrep-sst-receive-address = $at:$((galera_port + $1 + 5))
	wsrep-sst-method = mariabackup
	wsrep-sst-auth = $user:
	wsrep-slave-threads = 2
	wsrep-provider-options = "gmcast.listen_addr=tcp://$at:$((galera_port + $1 - 1));ist.recv_addr=$at:$((galera_port + $1 + 2));gcache.size=32M;evs.keepalive_period=PT0.5S;evs.inactive_check_period=PT0.3S;evs.suspect_timeout=PT2S;evs.inactive_timeout=PT6S"
	END
}

# Where the cluster's history stood, as the node knows it: "UUID:NUMBER".
# After an unclean end only InnoDB knows.
position() {
	local saved number

	saved=$(sed -n 's/^uuid: *//p' "$state/data/grastate.dat" 2> /dev/null)
	number=$(sed -n 's/^seqno: *//p' "$state/data/grastate.dat" 2> /dev/null)
	if [ "$number" = -1 ] || [ -z "$number" ]; then
		: > "$log/recover.log"
		mariadbd --defaults-file="$state/node.cnf" \
		    --log-error="$log/recover.log" --wsrep-recover \
		    < /dev/null > /dev/null 2>&1 || true
		sed -n 's/.*Recovered position: *//p' "$log/recover.log" |
		    tail -n 1
		return
	fi
	echo "$saved:$number"
}

status_of() { # NAME: of the node in use
	administrator --batch --skip-column-names \
	    -e "SHOW STATUS LIKE '$1'" 2> /dev/null | cut -f 2
}

is_member() {
	recall database || return 0 # ended: stop waiting
	[ "$(status_of wsrep_ready)" = ON ]
}

# Where the nodes that run have lost the majority, a node that joins them would
# wait for all the others.  The processes of the others have ended, as is known
# here, where all are on one machine: no second majority can be somewhere else,
# and the most advanced of those that run goes on as the cluster.
revive() {
	local n pid at best='' most=-1

	for n in $nodes; do
		use_node "$n"
		recall database || continue
		case $(status_of wsrep_cluster_status) in
		Primary) return ;;
		non-Primary) ;;
		*) continue ;; # starts, or hangs
		esac
		at=$(status_of wsrep_last_committed)
		if [ "${at:-0}" -gt "$most" ]; then
			most=${at:-0}
			best=$n
		fi
	done
	[ -n "$best" ] || return 0
	say "node $best: goes on as the cluster"
	use_node "$best"
	administrator -e "SET GLOBAL wsrep_provider_options = 'pc.bootstrap=YES'"
	wait_for 10 is_member
}

# node_start N [OPTION...]: returns when it is a member.
node_start() {
	local n=$1 at pid

	shift
	revive
	use_node "$n"
	! recall database || return 0
	say "node $n: starting"
	write_node_settings "$n"
	at=$(position)
	[ -z "$at" ] || set -- "$@" "--wsrep-start-position=$at"
	set -- mariadbd --defaults-file="$state/node.cnf" "$@"
	[ "$network" != own ] ||
	    set -- nsenter --net="/run/netns/$(namespace "$n")" "$@"
	become_detached database "$log/mariadbd.log" "$@" &
	started database $!
	if ! wait_for 15 is_member; then
		revive
		use_node "$n"
	fi
	if ! wait_for 75 is_member || ! recall database; then
		show_log "$log/mariadbd.log"
		fail "node $n does not join"
	fi
}

node_end() { # N
	local pid

	use_node "$1"
	if recall database; then
		say "node $1: stopping"
		kill -CONT "$pid" 2> /dev/null || true
		end_process "$pid" TERM 30
	fi
	rm -f "$state/database.process"
}

# What runs is finished, what comes is answered with 1047, on which the program
# goes to another node: so that nobody notices.
node_drain() { # N
	use_node "$1"
	recall database || return 0
	say "node $1: draining"
	administrator -e 'SET GLOBAL wsrep_reject_queries = ALL' \
	    > "$log/drain.log" 2>&1 || show_log "$log/drain.log"
	sleep 1
}

# --- all nodes ----------------------------------------------------------------

# The data of all three begin as copies of a node that was a cluster by itself
# for a moment, so that no state has to go over the wire.
create_nodes() {
	local n

	say 'creating three databases'
	use_node 1
	rm -rf "$state/data"
	create_database
	node_start 1 --wsrep-new-cluster
	node_end 1
	for n in 2 3; do
		rm -rf "$top/node-$n/data" "$top/node-$n/data.new"
		cp -a "$top/node-1/data" "$top/node-$n/data.new"
		mv "$top/node-$n/data.new" "$top/node-$n/data"
	done
}

# With no node up, the one that knows most begins.
most_advanced() {
	local n at best='' most=-2

	for n in $nodes; do
		use_node "$n"
		write_node_settings "$n"
		at=$(position)
		at=${at##*:}
		if [ "${at:--1}" -gt "$most" ]; then
			most=${at:--1}
			best=$n
		fi
	done
	echo "$best"
}

any_node() {
	local n pid

	for n in $nodes; do
		use_node "$n"
		! recall database || return 0
	done
	return 1
}

free_galera_ports() {
	local port

	for ((port = galera_port; port < galera_port + 9; port++)); do
		! port_is_taken ||
		    fail "port $port is taken; choose others with GALERA_PORT="
	done
}

nodes_start() {
	local n first=''

	for n in $nodes; do
		use_node "$n"
		make_run_folder
	done
	if ! any_node; then
		if [ "$network" = own ]; then
			network_create
		else
			free_galera_ports
		fi
		# the last that create_nodes makes
		[ -d "$top/node-3/data" ] || create_nodes
		first=$(most_advanced)
		use_node "$first"
		rm -f "$state/data/gvwstate.dat"
		sed -i 's/^safe_to_bootstrap:.*/safe_to_bootstrap: 1/' \
		    "$state/data/grastate.dat"
		node_start "$first" --wsrep-new-cluster
	fi
	for n in $nodes; do
		node_start "$n"
	done
}

# --- settings, first user -----------------------------------------------------

node_sockets() {
	local n sockets=()

	for n in $nodes; do
		use_node "$n"
		sockets+=("$socket")
	done
	echo "${sockets[*]}"
}

write_environment() { # CREDENTIALS
	local n pid file=$home/cluster.env

	{
		printf 'TENANTRY_URLS="http://127.0.0.1:%d http://127.0.0.1:%d"\n' \
		    "$first_port" $((first_port + 1))
		printf '%s\nTENANTRY_CONF=%s\n' "$1" "$top/tenantry.conf"
		for n in $nodes; do
			use_node "$n"
			recall database || pid=''
			printf 'NODE_%d_PID=%s\nNODE_%d_SOCKET=%s\n' \
			    "$n" "$pid" "$n" "$socket"
		done
	} > "$file.new"
	mv "$file.new" "$file"
}

prepare() {
	local credentials

	say 'schema, first user, licence key'
	use_node 1
	grant_accounts
	use_top
	credentials=$(init_service) || exit
	write_environment "$credentials"
	rm -f "$top/init.out"
}

# --- web servers --------------------------------------------------------------

front_start() { # K
	use_front "$1"
	! recall web || return 0
	! port_is_taken || fail "port $port is taken; choose another with PORT="
	make_run_folder
	cp "$top/tenantry.conf" "$conf"
	set_setting run_dir "$run/work"
	chmod 600 "$conf"
	web_start
}

# --- commands -----------------------------------------------------------------

stop_all() {
	local k n

	for k in $fronts; do
		use_front "$k"
		web_stop
		drop_run_folder
	done
	for n in 3 2 1; do
		node_end "$n"
		drop_run_folder
	done
	network_remove
	rm -f "$top/ports"
}

# A start that fails or is interrupted leaves nothing behind.
stop_at_exit() {
	local status=$?

	trap '' INT TERM HUP
	stop_all
	exit "$status"
}

command_start() {
	local hosts k

	check_programs
	mkdir -p "$top/keys" "$top/run"
	echo "$first_port $galera_port $network" > "$top/ports"
	chmod 700 "$top"
	trap stop_at_exit EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	nodes_start
	hosts=$(node_sockets)
	use_top
	write_settings db_hosts "$hosts" "$run"
	prepare
	for k in $fronts; do
		front_start "$k"
	done
	trap - EXIT INT TERM HUP
	say "ready: http://127.0.0.1:$first_port http://127.0.0.1:$((first_port + 1))"
	say "credentials and the nodes' pids are in $home/cluster.env"
}

refresh_environment() {
	use_top
	write_environment "$(grep -E \
	    '^TENANTRY_(API_KEY|LOGIN|PASSWORD)=' "$home/cluster.env")"
}

is_node() {
	[[ " $nodes " == *" ${1:-} "* ]] || fail "N must be one of $nodes"
}

command_node_start() { # N
	is_node "${1:-}"
	[ -d "$top/node-$1/data" ] || fail "no cluster in $top"
	node_start "$1"
	refresh_environment
	say "node $1: is a member (pid $(sed -n "s/^NODE_$1_PID=//p" \
	    "$home/cluster.env"))"
}

command_node_stop() { # N
	is_node "${1:-}"
	[ -d "$top/node-$1/data" ] || fail "no cluster in $top"
	node_drain "$1"
	node_end "$1"
}

command_wire() { # N down|up
	is_node "${1:-}"
	[ "$network" = own ] || fail "the nodes have no network of their own"
	network_wire "$1" "$2"
}

command_pids() {
	local n k pid

	for n in $nodes; do
		use_node "$n"
		! recall database || echo "node-$n $pid"
	done
	for k in $fronts; do
		use_front "$k"
		show_pids web | sed "s/^web/front-$k/"
	done
}

name_state
home=$state
top=$home/cluster
mkdir -p "$top" 2> /dev/null || fail "cannot create $top"
use_top
# What the start was told holds until the stop.
if [ -s "$top/ports" ]; then
	read -r first_port galera_port network < "$top/ports"
fi
case ${1:-} in
start) lock_state && command_start ;;
stop)
	lock_state
	stop_all
	say "stopped; the data stay in $top"
	;;
node-start) lock_state && command_node_start "${2:-}" ;;
node-stop) lock_state && command_node_stop "${2:-}" ;;
node-restart)
	lock_state
	command_node_stop "${2:-}"
	command_node_start "$2"
	;;
cut) command_wire "${2:-}" down ;;
join) command_wire "${2:-}" up ;;
pids) command_pids ;;
sql) use_node "${2:-1}" && shift 2 && administrator "$@" ;;
*)
	sed -n '5,11s/^# *//p' "$0" >&2
	exit 2
	;;
esac
