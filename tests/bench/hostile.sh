#!/usr/bin/env bash
# What callers see beside slow bodies, slow readers, guessers and junk, as a
# table on standard output (about two minutes):
#
#   hostile.sh [BEFORE]
#
# BEFORE is another built checkout; its program and its configurations are
# measured first, and each cell then has both figures.  SECONDS_EACH (8) is the
# time of one row.
set -euo pipefail
unset CDPATH
export LC_ALL=C

cd "$(dirname "$0")/../.."
readonly here=$PWD
seconds=${SECONDS_EACH:-8}
scratch=$(mktemp -d /tmp/tenantry-hostile.XXXXXX)
chmod 711 "$scratch" # the hosts run as another account
tree='' STATE=''

finish() {
	trap '' INT TERM HUP
	if [ -n "$STATE" ]; then
		"$tree/tools/hosts.sh" stop apache-proxy || true
		"$tree/tools/instance.sh" stop > /dev/null || true
	fi
	rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

ctl() {
	"$CTL" "$@" --conf "$TENANTRY_CONF"
}

sql() {
	local socket

	socket=$(sed -n 's/^ *db_socket *= *//p' "$TENANTRY_CONF")
	mariadb --no-defaults --socket="$socket" --user="$(id -un)" --batch \
	    --skip-column-names tenantry --execute "$*"
}

new_user() { # LOGIN: prints a key
	ctl user add --email "$1@example.org" | tail -n 1
}

# 12,000 projects in the owner's organization, some 7.9 MB as a list.
fill_list() { # KEY
	local id

	id=$(curl --silent --fail --noproxy '*' -H "X-Api-Key: $1" \
	    "$TENANTRY_URL/v1/organizations" --data '{"organizationName":
	    "Large", "accountName": "First", "eulaAccepted": true}' |
	    jq -r .organization.metadata.id)
	sql "INSERT INTO projects (id, organization_id, name, display_name,
	    name_key, secret_key, created_at, modified_at)
	    SELECT CONCAT('00', LEFT('${id:6}0000000000000000', 19),
	        LPAD(seq, 5, '0')), '$id', CONCAT('many-', seq),
	        CONCAT('Many ', seq), CONCAT('many ', seq), '$id',
	        UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) FROM seq_1_to_12000;
	    UPDATE organizations SET project_count = 12001 WHERE id = '$id'"
}

# Settings of hostile.py, from a started instance.
settings() {
	local owner key i logins=()

	owner=$(new_user owner)
	key=$(new_user caller)
	fill_list "$owner"
	for i in {1..10}; do
		new_user "login$i" > /dev/null
		echo "secret $i" | ctl user password --email \
		    "login$i@example.org" > /dev/null
		logins+=("login$i@example.org" "secret $i")
	done
	jq -n --arg lighttpd "$TENANTRY_URL" --arg apache "$1" \
	    --arg owner "$owner" --arg key "$key" '{
		urls: {lighttpd: $lighttpd, "apache-proxy": $apache},
		owner_key: $owner, key: $key,
		logins: [$ARGS.positional | _nwise(2)]}' \
	    --args "${logins[@]}"
}

# measure NAME TREE: rows to NAME.json
measure() {
	local proxy

	tree=$2
	export STATE=$scratch/$1 PORT PROGRAM=$tree/cgi-bin/tenantry.fcgi
	export CTL=$tree/build/tenantryctl
	PORT=$(. "$here/tools/process.bash" && free_port)
	"$tree/tools/instance.sh" start > "$scratch/$1.log" 2>&1 ||
	    { cat "$scratch/$1.log" >&2; exit 1; }
	set -a
	# shellcheck disable=SC1091
	. "$STATE/service.env"
	set +a
	proxy=$("$tree/tools/hosts.sh" start apache-proxy)
	settings "$proxy" > "$scratch/settings"
	tests/bench/hostile.py "$seconds" < "$scratch/settings" \
	    > "$scratch/$1.json"
	"$tree/tools/hosts.sh" stop apache-proxy
	"$tree/tools/instance.sh" stop > /dev/null
	STATE=''
}

[ -z "${1:-}" ] || measure before "$(cd "$1" && pwd)"
measure after "$here"
[ -s "$scratch/before.json" ] || cp "$scratch/after.json" "$scratch/before.json"
jq -rn --slurpfile before "$scratch/before.json" \
    --slurpfile after "$scratch/after.json" --arg both "${1:-}" '
    def ms: if . >= 9.95 then round else . * 10 | round / 10 end | tostring;
    def seen: "\(.p50 | ms) / \(.p99 | ms)" +
	if .failed > 0 then ", \(.failed) of \(.asked) failed" else "" end;
    def codes: [.codes | to_entries[] | "\(.value) × \(.key)"] | join(", ");
    def cell(f): if $both == "" then (.[1] | f) else
	(.[0] | f) as $old | (.[1] | f) as $new |
	if $old == "" then "" else "\($old) → **\($new)**" end end;
    "| host | beside | /healthz, p50 / p99 in ms | a key, p50 / p99 in ms | the logins |",
    "| --- | --- | --- | --- | --- |",
    ([$before[0], $after[0]] | transpose[] |
	"| \(.[1].host) | \(.[1].what) | \(cell(.healthz | seen)) | \(cell(.key |
	seen)) | \(cell(codes)) |")'
