# What the scripts that run servers share: the run folder, the settings, the
# database's accounts, the first user, and the web server.  Sourced.
#
# The functions work on what these name:
#
#   root     the sources           state   the folder of one server
#   user     who runs this         run     its sockets
#   build    release, sanitize…    log     its logs
#   program  tenantry.fcgi         conf    the settings file
#   ctl      tenantryctl           socket  the database's
#   port     of the web server     url     http://127.0.0.1:port
#   share    the folder of htdocs and conf
#   environment   the file in state that tells addresses and credentials
#
# shellcheck shell=bash
# shellcheck disable=SC2154  # those names

# The client of a private database asks no other, whatever the caller's shell
# tells it.
unset "${!MYSQL_@}" "${!MARIADB_@}"

user=$(id -un)
build=${BUILD:-release}
program=$(realpath -m "${PROGRAM:-$root/cgi-bin/tenantry.fcgi}")
ctl=$(realpath -m "${CTL:-$root/build/tenantryctl}")
# shellcheck source=tools/process.bash
. "$root/tools/process.bash"

# --- small things -------------------------------------------------------------

# The terminal may be gone, and what is to be stopped must be stopped all the
# same.
say() {
	echo "$*" || true
}

fail() {
	echo "tenantry: $*" >&2
	exit 1
}

# The end of a log, for a failure's message.
show_log() {
	[ ! -s "$1" ] || { echo "--- the end of $1:"; tail -n 15 "$1"; } >&2
}

check_port() { # NAME VALUE: before anything is made
	[[ $2 =~ ^[1-9][0-9]{0,4}$ && $2 -le 65535 ]] ||
	    fail "$1=$2 is no port: give a number from 1 to 65535"
}

random_hex() {
	od -An -N24 -v -tx1 /dev/urandom | tr -d ' \n'
}

# The migration account, in the file beside the settings that no worker reads.
admin_conf() {
	echo "${conf%.conf}-admin.conf"
}

admin_setting() { # KEY
	sed -n "s/^ *$1 *= *//p" "$(admin_conf)" | tail -n 1
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

# Made by the first start; the next ones only say where things are.
write_settings() { # db_socket|db_hosts VALUE RUN-DIR
	if [ ! -s "$conf" ]; then
		cat > "$conf.new" <<-END
		# Made by the first start; conf/tenantry.conf.example explains each key.
		# A start keeps what stands here, but for $1 and run_dir.
		db_name = tenantry
		db_user = tenantry
		db_password = $(random_hex)
		workers = 4
		invitation_rate = 0
		reset_rate = 0
		licence_signing_key = $state/keys/licence-signing.pem
		licence_public_keys = $state/keys/licence-public.pem
		check_signing_key = $state/keys/check-signing.pem
		head_signing_key = $state/keys/head-signing.pem
		log_level = info
		END
		mv "$conf.new" "$conf"
	fi
	write_admin_settings
	set_setting "$1" "$2"
	set_setting run_dir "$3"
	chmod 600 "$conf"
}

# A folder of 0.1.0 has the account among the settings: it moves.
write_admin_settings() {
	local user password

	[ ! -s "$(admin_conf)" ] || return 0
	user=$(setting migration_user)
	password=$(setting migration_password)
	cat > "$(admin_conf).new" <<-END
	# The account that changes the schema; tenantryctl alone reads this file.
	migration_user = ${user:-tenantry_migration}
	migration_password = ${password:-$(random_hex)}
	END
	chmod 600 "$(admin_conf).new"
	mv "$(admin_conf).new" "$(admin_conf)"
	sed -i '/^ *migration_/d' "$conf"
}

service() { # NAME: its value in the file `environment`
	[ ! -e "$state/$environment" ] ||
	    sed -n "s/^$1=//p" "$state/$environment"
}

# --- the folder ---------------------------------------------------------------

# Names without touching anything.
name_state() {
	state=$(realpath -m "$state")
	[[ $state != *[[:space:]\"\'\\\#]* ]] ||
	    fail "$state has a space or a quote in its path:" \
	    "choose another folder for the data with STATE="
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
# here): a deep folder gets a short one elsewhere until the stop.  Both are closed
# to others when they are made; hosts.sh lets its web servers pass later.
make_run_folder() {
	mkdir -p "$log" "$state/keys" "$state/tmp"
	chmod 700 "$log" "$state/keys" "$state/tmp"
	[ -s "$state/instance" ] || chmod 700 "$state"
	run=$state/run
	if [ ${#run} -gt 95 ]; then
		run=$(cat "$state/run.path" 2> /dev/null || true)
		if [ -z "$run" ] || [ ! -O "$run" ]; then
			run=$(mktemp -d /tmp/tenantry.XXXXXX)
			echo "$run" > "$state/run.path"
		fi
	fi
	[ -d "$run" ] || { mkdir -p "$run" && chmod 700 "$run"; }
	mkdir -p "$run/work" "$run/tmp"
	chmod 700 "$run/work"
	socket=$run/db.sock
	[ -s "$state/instance" ] || random_hex > "$state/instance"
}

drop_run_folder() {
	[ -s "$state/run.path" ] || return 0
	rm -rf "$(cat "$state/run.path")"
	rm -f "$state/run.path"
}

# --- the database -------------------------------------------------------------

# Sets install: the command that makes the files of a database; server: the one
# that serves them; sizes: what each product calls a small log.  DATABASE_ROOT
# is a folder of tools/databases.sh with another server than the installed one.
find_server() {
	local at=${DATABASE_ROOT:-}

	server=(mariadbd --no-defaults) install=(mariadb-install-db --no-defaults)
	sizes=(--innodb-log-file-size=32M)
	if [ -x "$at/usr/sbin/mariadbd" ]; then
		server=("$at/usr/sbin/mariadbd" --no-defaults --basedir="$at/usr")
		install=("$at/usr/bin/mariadb-install-db" --no-defaults
		    --basedir="$at/usr")
	elif [ -n "$at" ]; then
		server=("$at/usr/sbin/mysqld" --no-defaults --basedir="$at/usr")
		install=("${server[@]}" --initialize-insecure)
		sizes=(--innodb-redo-log-capacity=64M --mysqlx=OFF
		    --init-file="$state/administrator.sql"
		    --plugin-load-add=auth_socket.so)
		return
	fi
	install+=(--force --skip-test-db --auth-root-authentication-method=socket
	    --auth-root-socket-user="$user")
}

# An empty one in $state/data, whose administrator is this user.  A database
# that starts deletes the temporary tables in its tmpdir, whosever they are: so
# each has a folder of its own.  Only MySQL reads administrator.sql, at each start;
# it is no write that other servers would have to follow.
create_database() {
	# shellcheck disable=SC2034  # find_server sets all three
	local server install sizes

	find_server
	rm -rf "$state/data.new"
	cat > "$state/administrator.sql" <<-END
	SET SESSION sql_log_bin = 0;
	CREATE USER IF NOT EXISTS '$user'@'localhost';
	ALTER USER '$user'@'localhost' IDENTIFIED WITH auth_socket;
	GRANT ALL ON *.* TO '$user'@'localhost' WITH GRANT OPTION;
	END
	"${install[@]}" --user="$user" --datadir="$state/data.new" \
	    --tmpdir="$state/tmp" > "$log/database-install.log" 2>&1 \
	    < /dev/null ||
	    { show_log "$log/database-install.log"; fail "no database"; }
	mv "$state/data.new" "$state/data"
}

# shellcheck disable=SC2120  # the arguments are the client's
administrator() {
	${limit:+timeout --foreground -s KILL "$limit"} \
	    mariadb --no-defaults --connect-timeout=5 --socket="$socket" --user="$user" \
	    --default-character-set=utf8mb4 "$@"
}

# The schema has its own account, which grants the program's what it needs of
# each table (`tenantryctl init`).
# Passwords go through standard input, out of sight of `ps`.
grant_accounts() {
	local name app app_password owner owner_password

	name=$(setting db_name)
	app=$(setting db_user)
	app_password=$(setting db_password)
	owner=$(admin_setting migration_user)
	owner_password=$(admin_setting migration_password)
	# shellcheck disable=SC2119
	administrator <<-END
	CREATE DATABASE IF NOT EXISTS \`$name\` CHARACTER SET utf8mb4
	    COLLATE utf8mb4_unicode_520_ci;
	CREATE USER IF NOT EXISTS '$app'@'localhost';
	ALTER USER '$app'@'localhost' IDENTIFIED BY '$app_password';
	GRANT EXECUTE ON \`$name\`.* TO '$app'@'localhost';
	CREATE USER IF NOT EXISTS '$owner'@'localhost';
	ALTER USER '$owner'@'localhost' IDENTIFIED BY '$owner_password';
	GRANT ALL PRIVILEGES ON \`$name\`.* TO '$owner'@'localhost'
	    WITH GRANT OPTION;
	END
}

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

# Schema, first user, licence key; prints the credentials.  The caller removes
# init.out when they are written, as a start may end before that.
init_service() {
	touch "$state/init.out"
	"$ctl" init --conf "$conf" >> "$state/init.out" < /dev/null ||
	    fail "tenantryctl init failed"
	administrator_credentials || fail "no credentials for the first user"
}

check_programs() {
	local file

	for file in "$program" "$ctl"; do
		[ -x "$file" ] || fail "$file is missing: run make first"
	done
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
	export TENANTRY_HTDOCS=$share/htdocs TENANTRY_ERRORS=$share/conf/errors
	export TENANTRY_RUN=$run TENANTRY_TMP=$run/tmp TENANTRY_LOG=$log TENANTRY_PORT=$port
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
	local pid share=$root

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
		end_process "$pid" "${web_signal:-INT}" 15
	fi
	workers_stop
	rm -f "$state/web.process" "$run"/app.sock-* "$run/lighttpd.pid"
}

# A line for each process of these names, and for each worker.
show_pids() { # NAME...
	local name pid

	for name; do
		! recall "$name" || echo "$name $pid"
	done
	for pid in $(workers); do
		echo "worker $pid"
	done
}
