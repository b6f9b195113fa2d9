#!/usr/bin/env bats
# The ways to log in to a database: its Unix socket, TCP with TLS, and TCP
# without.  On MySQL the account has that server's own kind of login
# (caching_sha2_password).  The portable program runs in a box that holds the C
# library and nothing else, as a host without client libraries.
#
# Runs on an instance of its own (`make databases`).
# shellcheck disable=SC2154  # set in setup_file


setup_file() {
	load ../faults/instance
	export box port options
	box=$(mktemp -d /tmp/tenantry-box.XXXXXX)
	build_portable
	make_box
	make_certificates
	port=$(free_port)
	# what comes later counts
	export DATABASE_OPTIONS="--skip-networking=0 --port=$port
	    --bind-address=127.0.0.1 --ssl-ca=$box/tls/ca.pem
	    --ssl-cert=$box/tls/server.pem --ssl-key=$box/tls/server.key"
	instance_begin
	load ../api/helper
	make_account
}

setup() {
	load ../faults/instance
	load ../api/helper
}

teardown_file() {
	load ../faults/instance
	instance_end
	rm -rf "$box"
}

build_portable() {
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u BUILD -u STATE -u PORT \
	    -u PROGRAM -u CTL make --no-print-directory -C "$ROOT" \
	    BUILD=portable all > "$BATS_FILE_TMPDIR/make.log" 2>&1 || {
		cat "$BATS_FILE_TMPDIR/make.log"
		return 1
	}
}

# What the program is linked to at run time, and the program.
make_box() {
	local file program=$ROOT/build/portable/tenantryctl

	for file in $(ldd "$program" | grep -o '/[^ ]*'); do
		install -D "$file" "$box$file"
	done
	install -D "$program" "$box/bin/tenantryctl"
	mkdir "$box/db"
}

make_certificates() {
	(
		mkdir -p "$box/tls"
		cd "$box/tls"
		openssl req -x509 -newkey rsa:2048 -nodes -days 2 \
		    -subj /CN=tests -keyout ca.key -out ca.pem
		openssl req -newkey rsa:2048 -nodes -subj /CN=database \
		    -keyout server.key -out server.csr
		openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key \
		    -CAcreateserial -days 2 -out server.pem -extfile \
		    <(echo 'subjectAltName = IP:127.0.0.1')
	) > /dev/null 2>&1
}

# Two of them: one that the server lets in only by TLS.
make_account() {
	sql "CREATE USER plain@127.0.0.1 IDENTIFIED BY 'Pass w:ord \"1';
	    CREATE USER tls@127.0.0.1 IDENTIFIED BY 'Pass w:ord \"1'
	        REQUIRE SSL;
	    CREATE USER plain@localhost IDENTIFIED BY 'Pass w:ord \"1';
	    GRANT ALL ON tenantry.* TO plain@127.0.0.1, tls@127.0.0.1,
	        plain@localhost"
}

# A box of its own, whoever runs the tests.
in_box() {
	local enter=(chroot)

	[ "$(id -u)" = 0 ] || enter=(unshare --map-root-user chroot)
	env -i PATH="$PATH" "${enter[@]}" "$box" /bin/tenantryctl "$@"
}

outside() {
	"$CTL" "$@"
}

# logs_in_by COMMAND USER LINE...: with a server that has forgotten who came
# before (it then wants the password itself), and with one that remembers.
logs_in_by() {
	local command=$1 user=$2

	shift 2
	printf '%s\n' "db_name = tenantry" "db_user = $user" \
	    'db_password = Pass w:ord "1' "migration_user = $user" \
	    'migration_password = Pass w:ord "1' "$@" > "$box/conf"
	chmod 600 "$box/conf"
	sql 'FLUSH PRIVILEGES'
	for _ in forgotten remembered; do
		run "$command" check --conf "$conf"
		echo "$command $user $*: $output"
		[ "$status" = 0 ]
		[[ $output == *"every statement fits"* ]]
	done
}

# The three ways for a program whose paths begin with a folder.
logs_in_by_all() { # COMMAND FOLDER
	local conf=$2/conf socket

	socket=$(sed -n 's/^ *db_socket *= *//p' "$TENANTRY_CONF")
	if [ "$1" = in_box ]; then
		ln -f "$socket" "$box/db/db.sock"
		socket=/db/db.sock
	fi
	logs_in_by "$1" plain "db_socket = $socket"
	logs_in_by "$1" tls 'db_host = 127.0.0.1' "db_port = $port" \
	    "db_tls_ca = $2/tls/ca.pem"
	logs_in_by "$1" plain 'db_host = 127.0.0.1' "db_port = $port"
}

@test "the account has the server's own kind of login" {
	is_mysql || skip 'about MySQL'
	[ "$(sql "SELECT DISTINCT plugin FROM mysql.user
	    WHERE user IN ('plain', 'tls')")" = caching_sha2_password ]
}

@test "the program logs in by socket, TLS and plain TCP" {
	logs_in_by_all outside "$box"
}

@test "the portable program does so where no client library is installed" {
	[ -z "$(find "$box" -name '*maria*' -o -name '*mysql*')" ]
	logs_in_by_all in_box ''
}

@test "the portable program is refused with a wrong password" {
	conf=/conf
	logs_in_by in_box plain 'db_host = 127.0.0.1' "db_port = $port"
	sed -i 's/^\(db\|migration\)_password.*/\1_password = wrong/' "$box/conf"
	run in_box check --conf /conf
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"Access denied"* ]]
}
