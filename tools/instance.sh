#!/usr/bin/env bash
# A private instance: MariaDB on a Unix socket, the schema, the first user and
# the web server, all below one folder.
#
#   instance.sh run              in the foreground until Ctrl-C
#   instance.sh start | stop     in the background
#   instance.sh database-start | database-stop
#   instance.sh pids             "database PID", "web PID", "worker PID", ...
#   instance.sh sql [ARGUMENT…]  the mariadb client as administrator
#
# Settings come from the environment: STATE (the folder), PORT, BUILD, PROGRAM
# and CTL (the two programs); `make run` and `make start` set them.  With LOGIN
# and PASSWORD a system administrator of that login is made.
# DATABASE_OPTIONS are more options for the database, DATABASE_ROOT is the folder
# of another server (databases.sh).
#
# Only processes that this script started are ever signalled (process.bash).
set -euo pipefail
unset CDPATH
umask 077
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

root=$(cd "$(dirname "$0")/.." && pwd)
environment=service.env
port=${PORT:-8080}
url=http://127.0.0.1:$port
state=${STATE:-var}
# shellcheck source=tools/lib.sh
. "$root/tools/lib.sh"

# --- the database -------------------------------------------------------------

# The client waits for ever where its server ends at the wrong moment.
database_answers() {
	recall database || return 0 # ended: stop waiting
	limit=10 administrator -e 'select 1' > /dev/null 2>&1
}

database_start() {
	local server install sizes

	make_run_folder
	find_server
	if ! recall database; then
		if [ ! -d "$state/data" ]; then
			say "[3/6] database: creating it in $state/data"
			create_database
		fi
		say "[3/6] database: starting (socket $socket)"
		# shellcheck disable=SC2086  # several, or none
		become_detached database "$log/mariadbd.log" \
		    ${DATABASE_UNDER:-} "${server[@]}" \
		    --user="$user" --datadir="$state/data" --tmpdir="$state/tmp" \
		    --socket="$socket" --pid-file="$run/db.pid" \
		    --log-error="$log/mariadbd.log" \
		    --skip-networking --skip-name-resolve --skip-log-bin \
		    --local-infile=0 --secure-file-priv="$run/work" \
		    --innodb-buffer-pool-size=64M "${sizes[@]}" \
		    ${DATABASE_OPTIONS:-} --character-set-server=utf8mb4 \
		    --collation-server=utf8mb4_unicode_520_ci &
		started database $!
	fi
	if ! wait_for 60 database_answers || ! recall database; then
		show_log "$log/mariadbd.log"
		fail "the database does not start"
	fi
}

database_stop() {
	local pid

	if recall database; then
		say "stopping the database"
		# A MariaDB that is told to end while it starts may hang.
		kill -CONT "$pid" 2> /dev/null || true
		wait_for 20 database_answers || true
		recall database && end_process "$pid" TERM 30
	fi
	rm -f "$state/database.process"
}

# --- schema, first user, keys -------------------------------------------------

prepare() {
	local credentials

	say '[4/6] schema, first user, licence key'
	credentials=$(init_service) || exit
	printf "TENANTRY_URL=%s\n%s\nTENANTRY_CONF=%s\n" "$url" \
	    "$credentials" "$conf" > "$state/service.env.new"
	mv "$state/service.env.new" "$state/service.env"
	rm -f "$state/init.out"
	find "$state/keys" -type f -exec chmod 600 {} +
}

# The vendor's scripts log in as admin:admin and the like.
make_login() {
	local login=${LOGIN:-} name=--login

	[ -n "$login" ] || return 0
	[[ $login != *@* ]] || name=--email
	"$ctl" user list --json --conf "$conf" | grep -iqF "\"login\":\"$login\"" ||
	    "$ctl" user add "$name" "$login" --system-admin --conf "$conf" \
	        > /dev/null || fail "LOGIN=$login is no login"
	"$ctl" user password "$name" "$login" --conf "$conf" <<< "$PASSWORD" ||
	    fail "PASSWORD= is no password"
	say "login $login with its password is a system administrator"
}

# --- commands -----------------------------------------------------------------

is_running() {
	recall database && recall web
}

stop_all() {
	web_stop
	database_stop
	drop_run_folder
}

# Whatever ends this shell from here on ends the instance too.
stop_at_exit() {
	local status=$?

	trap '' INT TERM HUP PIPE
	[ -z "$step" ] || kill -TERM -- "-$step" 2> /dev/null || true
	exec 9>> "$state/lock"
	flock -w 60 9 || true
	stop_all
	exit "$status"
}

# The steps run in a process group of their own while this shell only waits: so
# a signal is heard at once, and between two steps of nothing.
step=''

start_steps() {
	if recall web; then
		web_stop # its database is gone
	fi
	database_start
	write_settings db_socket "$socket" "$run/work"
	grant_accounts
	prepare
	make_login
	web_start
	say "[6/6] ready: $url"
}

start_all() {
	check_programs
	check_port PORT "$port"
	[ -z "${LOGIN:-}" ] || [ -n "${PASSWORD:-}" ] ||
	    fail "LOGIN= needs PASSWORD="
	# lighttpd takes what follows the space for an argument.
	[[ $program != *[[:space:]]* ]] ||
	    fail "lighttpd cannot start $program, whose path has a space:" \
	    "move the sources, or install the program (make install)"
	if ! recall web && port_is_taken; then
		fail "port $port is taken; choose another one with PORT="
	fi
	trap stop_at_exit EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP PIPE
	set -m
	(set +m && start_steps) < /dev/null &
	step=$!
	set +m
	wait "$step"
	step=''
	name_state
}

command_start() {
	lock_state
	if is_running; then
		say "already running at $(service TENANTRY_URL)"
		make_login
		return
	fi
	start_all
	trap - EXIT INT TERM HUP PIPE
	say "login, password and API key are in $state/service.env"
}

command_stop() {
	if [ ! -d "$state" ]; then
		say "nothing runs in $state"
		return
	fi
	lock_state
	if ! is_running && ! recall database &&
	    ! recall web && [ -z "$(workers)" ]; then
		drop_run_folder
		say "nothing runs in $state"
		return
	fi
	stop_all
	say "stopped; the data stay in $state"
}

show_welcome() {
	local key name

	key=$(service TENANTRY_API_KEY)
	name=Acme-$(random_hex | cut -c 1-4)
	cat <<-END

	Tenantry answers at $url    its API is explained at $url/docs/
	API key of the system administrator:  $key
	Login and password are in $state/service.env

	Create an organization, list yours, ask whether a name is in use:

	curl -H 'X-Api-Key: $key' $url/v1/organizations -d '{"organizationName": "$name", "accountName": "First project", "eulaAccepted": true}'
	curl -H 'X-Api-Key: $key' $url/v1/organizations
	curl -H 'X-Api-Key: $key' -X PUT $url/v1/organizations/verify -d '{"organizationName": "$name"}'

	Ctrl-C stops everything.
	END
}

command_run() {
	lock_state
	if is_running; then
		fail "already running at $(service TENANTRY_URL);" \
		    "\`make stop\` ends it"
	fi
	start_all
	unlock_state
	show_welcome
	trap 'say; exit 0' INT TERM HUP PIPE
	while recall web; do
		sleep 1 &
		wait $! || true
	done
	# `make stop` has removed the record.
	[ ! -e "$state/web.process" ] || web_fail "the web server has ended"
}

name_state
case ${1:-} in
run) command_run ;;
start) command_start ;;
stop) command_stop ;;
database-start) lock_state && database_start ;;
database-stop) lock_state && database_stop ;;
pids) show_pids database web ;;
sql) shift && administrator "$@" ;;
*)
	sed -n '5,9s/^# *//p' "$0" >&2
	exit 2
	;;
esac
