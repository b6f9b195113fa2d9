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
# and CTL (the two programs); `make run` and `make start` set them.
#
# Only processes that this script started are ever signalled (process.bash).
set -euo pipefail
umask 077
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

root=$(cd "$(dirname "$0")/.." && pwd)
user=$(id -un)
build=${BUILD:-release}
port=${PORT:-8080}
url=http://127.0.0.1:$port
state=${STATE:-var}
program=$(realpath -m "${PROGRAM:-$root/cgi-bin/tenantry.fcgi}")
ctl=$(realpath -m "${CTL:-$root/build/tenantryctl}")

# shellcheck source=tools/process.bash
. "$root/tools/process.bash"

# --- small things -------------------------------------------------------------

say() {
	echo "$*"
}

fail() {
	echo "tenantry: $*" >&2
	exit 1
}

# The end of a log, for a failure's message.
show_log() {
	[ ! -s "$1" ] || { echo "--- the end of $1:"; tail -n 15 "$1"; } >&2
}

random_hex() {
	od -An -N24 -v -tx1 /dev/urandom | tr -d ' \n'
}

setting() { # KEY: its value in the settings file
	sed -n "s/^ *$1 *= *//p" "$conf" | tail -n 1
}

set_setting() { # KEY VALUE
	[ "$(setting "$1")" != "$2" ] || return 0
	awk -v key="$1" -v line="$1 = $2" '
	    $1 == key { if (!done++) print line; next }
	    { print }
	    END { if (!done) print line }' "$conf" > "$conf.new"
	mv "$conf.new" "$conf"
}

service() { # NAME: its value in service.env
	[ ! -e "$state/service.env" ] ||
	    sed -n "s/^$1=//p" "$state/service.env"
}

# --- the folder ---------------------------------------------------------------

# Names without touching anything.
name_state() {
	state=$(realpath -m "$state")
	[[ $state != *[[:space:]\"\'\\\#]* ]] ||
	    fail "the path of STATE must be free of spaces and quotes: $state"
	conf=$state/tenantry.conf
	log=$state/log
	run=$state/run
	[ ! -s "$state/run.path" ] || run=$(cat "$state/run.path")
	socket=$run/db.sock
}

# One command at a time; whoever comes second waits.
lock_state() {
	mkdir -p "$state" 2> /dev/null || fail "cannot create $state"
	[ -w "$state" ] || fail "cannot write to $state: whose is it?"
	exec 9>> "$state/lock"
	flock -w 120 9 || fail "another start or stop is busy with $state"
}

unlock_state() {
	exec 9>&-
}

# Sockets have a path of 107 bytes at most ("/app.sock-99" is the longest name
# here): a deep folder gets a short one elsewhere until the stop.
make_run_folder() {
	mkdir -p "$log" "$state/keys"
	chmod 700 "$state" "$log" "$state/keys"
	run=$state/run
	if [ ${#run} -gt 95 ]; then
		run=$(cat "$state/run.path" 2> /dev/null || true)
		if [ -z "$run" ] || [ ! -O "$run" ]; then
			run=$(mktemp -d /tmp/tenantry.XXXXXX)
			echo "$run" > "$state/run.path"
		fi
	fi
	mkdir -p "$run/work"
	chmod 700 "$run" "$run/work"
	socket=$run/db.sock
	[ -s "$state/instance" ] || random_hex > "$state/instance"
}

drop_run_folder() {
	[ -s "$state/run.path" ] || return 0
	rm -rf "$(cat "$state/run.path")"
	rm -f "$state/run.path"
}

write_settings() {
	if [ ! -s "$conf" ]; then
		cat > "$conf.new" <<-END
		# Made by the first start; conf/tenantry.conf.example explains each key.
		# A start keeps what stands here, but for db_socket and run_dir.
		db_socket = $socket
		db_name = tenantry
		db_user = tenantry
		db_password = $(random_hex)
		migration_user = tenantry_migration
		migration_password = $(random_hex)
		workers = 4
		licence_signing_key = $state/keys/licence-signing.pem
		licence_public_keys = $state/keys/licence-public.pem
		log_level = info
		run_dir = $run/work
		END
		mv "$conf.new" "$conf"
	fi
	set_setting db_socket "$socket"
	set_setting run_dir "$run/work"
	chmod 600 "$conf"
}

# --- the database -------------------------------------------------------------

administrator() {
	${limit:+timeout --foreground -s KILL "$limit"} \
	    mariadb --no-defaults --connect-timeout=5 --socket="$socket" --user="$user" \
	    --default-character-set=utf8mb4 "$@"
}

# The client waits for ever where its server ends at the wrong moment.
database_answers() {
	recall database || return 0 # ended: stop waiting
	limit=10 administrator -e 'select 1' > /dev/null 2>&1
}

create_database() {
	say "[3/6] database: creating it in $state/data"
	rm -rf "$state/data.new"
	mariadb-install-db --no-defaults --force --user="$user" \
	    --datadir="$state/data.new" --skip-test-db \
	    --auth-root-authentication-method=socket \
	    --auth-root-socket-user="$user" \
	    > "$log/mariadb-install-db.log" 2>&1 < /dev/null ||
	    { show_log "$log/mariadb-install-db.log"; fail "no database"; }
	mv "$state/data.new" "$state/data"
}

database_start() {
	make_run_folder
	if ! recall database; then
		[ -d "$state/data" ] || create_database
		say "[3/6] database: starting (socket $socket)"
		become_detached database "$log/mariadbd.log" mariadbd --no-defaults \
		    --user="$user" --datadir="$state/data" \
		    --socket="$socket" --pid-file="$run/db.pid" \
		    --log-error="$log/mariadbd.log" \
		    --skip-networking --skip-name-resolve --skip-log-bin \
		    --local-infile=0 --secure-file-priv="$run/work" \
		    --innodb-buffer-pool-size=64M --innodb-log-file-size=32M \
		    --character-set-server=utf8mb4 \
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

# The program may only read and write rows; the schema has its own account.
# Passwords go through standard input, out of sight of `ps`.
grant_accounts() {
	local name app app_password owner owner_password

	name=$(setting db_name)
	app=$(setting db_user)
	app_password=$(setting db_password)
	owner=$(setting migration_user)
	owner_password=$(setting migration_password)
	administrator <<-END
	CREATE DATABASE IF NOT EXISTS \`$name\` CHARACTER SET utf8mb4
	    COLLATE utf8mb4_unicode_520_ci;
	CREATE USER IF NOT EXISTS '$app'@'localhost';
	ALTER USER '$app'@'localhost' IDENTIFIED BY '$app_password';
	GRANT SELECT, INSERT, UPDATE, DELETE, EXECUTE ON \`$name\`.* TO '$app'@'localhost';
	CREATE USER IF NOT EXISTS '$owner'@'localhost';
	ALTER USER '$owner'@'localhost' IDENTIFIED BY '$owner_password';
	GRANT ALL PRIVILEGES ON \`$name\`.* TO '$owner'@'localhost';
	END
}

# --- schema, first user, keys -------------------------------------------------

# Prints NAME=value of the first administrator: as made by `init`, else as
# known since then, else (service.env was lost) anew.
administrator_credentials() {
	local made=$state/init.out login key password

	login=$(sed -n 's/^login=//p' "$made")
	password=$(sed -n 's/^password=//p' "$made")
	key=$(sed -n 's/^key=//p' "$made")
	login=${login:-$(service TENANTRY_LOGIN)}
	login=${login:-admin@localhost}
	password=${password:-$(service TENANTRY_PASSWORD)}
	key=${key:-$(service TENANTRY_API_KEY)}
	if [ -z "$password" ]; then
		password=$(random_hex)
		"$ctl" user password --conf "$conf" --email "$login" \
		    <<< "$password" > /dev/null || return
	fi
	if [ -z "$key" ]; then
		key=$("$ctl" key add --conf "$conf" --user "$login" |
		    tail -n 1) || return
	fi
	printf 'TENANTRY_API_KEY=%s\nTENANTRY_LOGIN=%s\n' "$key" "$login"
	printf 'TENANTRY_PASSWORD=%s\n' "$password"
}

prepare() {
	local made=$state/init.out credentials

	say '[4/6] schema, first user, licence key'
	# An earlier start may have ended between init and service.env.
	touch "$made"
	"$ctl" init --conf "$conf" >> "$made" < /dev/null ||
	    fail "tenantryctl init failed"
	credentials=$(administrator_credentials) ||
	    fail "no credentials for the first user"
	printf "TENANTRY_URL=%s\n%s\nTENANTRY_CONF=%s\n" "$url" \
	    "$credentials" "$conf" > "$state/service.env.new"
	mv "$state/service.env.new" "$state/service.env"
	rm -f "$made"
	find "$state/keys" -type f -exec chmod 600 {} +
}

# --- the web server -----------------------------------------------------------

port_is_taken() {
	(exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null
}

# lighttpd starts the workers and puts this mark into their environment.
workers() {
	local mark

	mark=TENANTRY_WORKER_OF=$(cat "$state/instance" 2> /dev/null) || return 0
	pids_with_mark "$mark"
}

export_web_settings() {
	export TENANTRY_PROGRAM=$program TENANTRY_CONF=$conf
	export TENANTRY_HTDOCS=$root/htdocs TENANTRY_ERRORS=$root/conf/errors
	export TENANTRY_RUN=$run TENANTRY_LOG=$log TENANTRY_PORT=$port
	export TENANTRY_WORKERS TENANTRY_INSTANCE
	export TENANTRY_ASAN_OPTIONS='' TENANTRY_UBSAN_OPTIONS=''
	TENANTRY_WORKERS=$(setting workers)
	TENANTRY_WORKERS=${TENANTRY_WORKERS:-4}
	TENANTRY_INSTANCE=$(cat "$state/instance")
	if [ "$build" = sanitize ]; then
		TENANTRY_ASAN_OPTIONS=log_path=$log/sanitizer:detect_leaks=1
		TENANTRY_UBSAN_OPTIONS=log_path=$log/sanitizer:print_stacktrace=1
	fi
}

# lighttpd writes its pid when it has the port.
web_has_port() {
	recall web || return 0 # ended: stop waiting
	[ -s "$run/lighttpd.pid" ]
}

web_is_ready() {
	recall web || return 0
	[ "$(curl -s -o /dev/null -w '%{http_code}' --noproxy '*' --max-time 5 \
	    "$url/readyz")" = 200 ]
}

web_fail() {
	show_log "$log/lighttpd.log"
	show_log "$log/tenantry.log"
	fail "$1"
}

web_start() {
	local pid

	for pid in $(workers); do # of a web server that was killed
		end_process "$pid" TERM 2
	done
	say "[5/6] web server: starting on $url"
	rm -f "$run"/app.sock-* "$run/lighttpd.pid"
	export_web_settings
	become_detached web "$log/lighttpd.log" \
	    lighttpd -D -f "$root/conf/lighttpd.conf" &
	started web $!
	if ! wait_for 20 web_has_port || ! recall web; then
		web_fail "the web server does not start"
	fi
	if ! wait_for 30 web_is_ready || ! recall web; then
		web_fail "the program does not become ready ($url/readyz)"
	fi
}

# A worker finishes its answer and ends.  The signal that lighttpd sends it may
# fall into a gap of libfcgi's, so it is repeated.
workers_stop() {
	local end=$((SECONDS + 12)) pid pids

	while [ "$SECONDS" -lt "$end" ]; do
		pids=$(workers)
		[ -n "$pids" ] || return 0
		for pid in $pids; do
			kill -TERM "$pid" 2> /dev/null || continue
			kill -CONT "$pid" 2> /dev/null || continue
		done
		sleep 0.3
	done
	for pid in $(workers); do
		end_process "$pid" KILL 1
	done
}

web_stop() {
	local pid

	if recall web; then
		say "stopping the web server"
		end_process "$pid" INT 15
	fi
	workers_stop
	rm -f "$state/web.process" "$run"/app.sock-* "$run/lighttpd.pid"
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

	trap '' INT TERM HUP
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
	write_settings
	grant_accounts
	prepare
	web_start
	say "[6/6] ready: $url"
}

start_all() {
	local file

	for file in "$program" "$ctl"; do
		[ -x "$file" ] || fail "$file is missing: run make first"
	done
	if ! recall web && port_is_taken; then
		fail "port $port is taken; choose another one with PORT="
	fi
	trap stop_at_exit EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
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
		return
	fi
	start_all
	trap - EXIT INT TERM HUP
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
	trap 'echo; exit 0' INT TERM HUP
	while recall web; do
		sleep 1 &
		wait $! || true
	done
	# `make stop` has removed the record.
	[ ! -e "$state/web.process" ] || web_fail "the web server has ended"
}

command_pids() {
	local name pid

	for name in database web; do
		! recall $name || echo "$name $pid"
	done
	for pid in $(workers); do
		echo "worker $pid"
	done
}

name_state
case ${1:-} in
run) command_run ;;
start) command_start ;;
stop) command_stop ;;
database-start) lock_state && database_start ;;
database-stop) lock_state && database_stop ;;
pids) command_pids ;;
sql) shift && administrator "$@" ;;
*)
	sed -n '5,9s/^# *//p' "$0" >&2
	exit 2
	;;
esac
