# What the tests of a cluster's faults use.  Each file starts a cluster of its
# own below /tmp and ends it.
#
# FAULTS_FIGURES names a file that gets a row for each fault; where it is set
# (by `make faults`), times are judged too, with slack for a busy machine.
#
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # set for, or by, the test file

load ledger

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
CTL=${CTL:-$ROOT/build/tenantryctl}
PROGRAM=${PROGRAM:-$ROOT/cgi-bin/tenantry.fcgi}

# --- the cluster --------------------------------------------------------------

cluster() {
	"$ROOT/tools/cluster.sh" "$@" < /dev/null 3>&-
}

# A port such that it, and the 20 behind it, are free.
free_ports() {
	local port first

	while first=$((20000 + RANDOM % 11000)); do
		for ((port = first; port < first + 20; port++)); do
			! (exec 4<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null ||
			    continue 2
		done
		echo "$first"
		return
	done
}

cluster_begin() {
	STATE=$(mktemp -d /tmp/tenantry-faults.XXXXXX)
	PORT=$(free_ports)
	GALERA_PORT=$((PORT + 10))
	export STATE PORT GALERA_PORT CTL PROGRAM
	cluster start || return
	read_environment
}

cluster_end() {
	cluster stop
	drop_state "$STATE"/cluster/front-*/log/sanitizer*
}

read_environment() {
	set -a
	# shellcheck source=/dev/null
	. "$STATE/cluster.env"
	set +a
	URL_1=${TENANTRY_URLS% *}
	URL_2=${TENANTRY_URLS#* }
}

pid_of() { # N
	cluster pids | sed -n "s/^node-$1 //p"
}

sql() { # N STATEMENT
	cluster sql "$1" --batch --skip-column-names -e "$2"
}

# within SECONDS COMMAND...: tries until it succeeds.
within() {
	local end=$((SECONDS + $1 + 1))

	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}

node_status() { # N NAME
	sql "$1" "SHOW STATUS LIKE '$2'" 2> /dev/null | cut -f 2
}

# The node serves, in a cluster of so many.
has_size() { # N NODES
	[ "$(node_status "$1" wsrep_cluster_size)" = "$2" ] || return
	[ "$(node_status "$1" wsrep_local_state_comment)" = Synced ] || return
	[ "$(node_status "$1" wsrep_ready)" = ON ] && has_state "$1" Primary
}

has_state() { # N STATE
	[ "$(node_status "$1" wsrep_cluster_status)" = "$2" ]
}

# The node that most of the program's connections lead to.
busiest_node() {
	local n

	for n in 1 2 3; do
		echo "$(sql "$n" "SELECT COUNT(*) FROM
		    information_schema.processlist WHERE user = 'tenantry'") $n"
	done | sort -rn | sed -n '1s/.* //p'
}

# The same rows on all three nodes.
nodes_are_equal() {
	local n sums=()

	for n in 1 2 3; do
		sums+=("$(rows "$n" | sort | cksum)")
	done
	[ "${sums[0]}" = "${sums[1]}" ] && [ "${sums[1]}" = "${sums[2]}" ]
}

# --- requests -----------------------------------------------------------------

# call URL METHOD PATH [CURL ARGUMENT...]: sets status_code, body, headers.
call() {
	local url=$1 method=$2 path=$3

	shift 3
	headers=$BATS_TEST_TMPDIR/headers
	status_code=$(curl --silent --show-error --max-time 30 --noproxy '*' \
	    --request "$method" --header "X-Api-Key: $TENANTRY_API_KEY" \
	    --dump-header "$headers" --output "$BATS_TEST_TMPDIR/body" \
	    --write-out '%{http_code}' "$@" "$url$path") || true
	body=$(cat "$BATS_TEST_TMPDIR/body")
}

expect_status() { # STATUS
	[ "$status_code" = "$1" ] || {
		echo "expected status $1, got $status_code"
		cat "$headers"
		echo "$body"
		return 1
	}
}

expect_unavailable() {
	expect_status 503 || return
	grep -qi '^Retry-After: [1-9]' "$headers" || {
		echo 'no Retry-After'
		cat "$headers"
		return 1
	}
}

create_body() { # NAME
	printf '{"organizationName":"%s","accountName":"First","eulaAccepted":true}' "$1"
}

create() { # URL NAME
	call "$1" POST /v1/organizations --data "$(create_body "$2")"
}

# --- the ledger ---------------------------------------------------------------

rows() { # N
	sql "$1" "SET SESSION wsrep_sync_wait = 1; USE tenantry; $ledger_rows"
}
