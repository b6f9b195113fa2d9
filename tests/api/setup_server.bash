# A web server of its own for a program without settings: lighttpd with two
# workers at /app, the program's folder below the document root, and closed.
#
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2016  # set by the test file; lighttpd has its own $

# start_setup_server FOLDER [RULE]: sets setup_url, setup_server (a process) and
# place.  Another RULE of the web server in place of what closes the folder.
# SETUP_SECONDS: how long it lives at most.
start_setup_server() {
	local port closed='$HTTP["url"] =~ "^/private/" { url.access-deny = ( "" ) }'

	# shellcheck source=/dev/null
	. "$TENANTRY_ROOT/tools/process.bash"
	port=$(free_port)
	place=$1/www/private
	setup_url=http://127.0.0.1:$port/app
	mkdir -p "$place"
	cat > "$1/lighttpd.conf" <<-END
	server.modules = ( "mod_access", "mod_fastcgi" )
	server.document-root = "$1/www"
	server.bind = "127.0.0.1"
	server.port = $port
	${2-$closed}
	fastcgi.server = ( "/app" => (( "bin-path" => "$PROGRAM",
	    "socket" => "$1/app.sock", "max-procs" => 2,
	    "bin-environment" => ( "TENANTRY_CONF" => "$place/tenantry.conf" ),
	    "bin-copy-environment" => ( "ASAN_OPTIONS", "UBSAN_OPTIONS" ),
	    "check-local" => "disable" )) )
	END
	PATH=$PATH:/usr/sbin timeout -s KILL "${SETUP_SECONDS:-200}" lighttpd -D \
	    -f "$1/lighttpd.conf" > "$1/lighttpd.log" 2>&1 3>&- &
	setup_server=$!
	within 10 curl -s -o /dev/null --noproxy '*' "$setup_url/healthz" || {
		cat "$1/lighttpd.log"
		return 1
	}
}

# The web server ends its workers, and `timeout` passes the signal on.
stop_setup_server() {
	[ -n "${setup_server:-}" ] || return 0
	kill -TERM "$setup_server" || true
	wait "$setup_server" || true
	setup_server=''
}
