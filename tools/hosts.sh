#!/usr/bin/env bash
# The program under each web server that it is made for, on the database of a
# started instance (instance.sh), each as a server of its own on loopback.
#
#   hosts.sh list                the names of the hosts
#   hosts.sh start HOST          prints the URL that the program is mounted at
#   hosts.sh stop HOST
#                                HOST-gz is the host with compression on
#   hosts.sh pids HOST           "web PID", "worker PID", ...
#   hosts.sh check               each configuration by its server's own test
#   hosts.sh all [HOST…]         the API's tests over each, and the console
#   hosts.sh page                writes docs/hosts.md from the last runs of all;
#                                `all` does so where no host is named
#
# Settings come from the environment: STATE (the instance's folder), HOST_PORT (a
# free one where empty), HOSTS_AT_ONCE (for `all`; 3), PROGRAM, BUILD.  A host lives in STATE/hosts/HOST with
# copies of the program, the settings and conf/, as an installation would, and
# leaves its values in host.env there.  Started by root, it runs as www-data,
# since Apache does not serve as root.
set -euo pipefail
unset CDPATH
umask 022
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

# What the tests know is not for the environment of a web server.
unset TENANTRY_API_KEY TENANTRY_LOGIN TENANTRY_PASSWORD

root=$(cd "$(dirname "$0")/.." && pwd)
base=$(realpath -m "${STATE:-var}") # the instance
modules=${APACHE_MODULES:-/usr/lib/apache2/modules}

# shellcheck source=tools/lib.sh
. "$root/tools/lib.sh"
# shellcheck source=tools/result.bash
. "$root/tools/result.bash"

# --- the hosts ----------------------------------------------------------------

# name                 server    workers from   mount                  site
hosts='
lighttpd               lighttpd  server         /                      lighttpd.conf
lighttpd-unix          lighttpd  unix           /tenantry              lighttpd-socket.conf
lighttpd-tcp           lighttpd  tcp            /                      lighttpd-socket.conf
apache-fcgid           apache    server         /tenantry              apache/fcgid.conf
apache-shared          apache    server         /app                   apache/shared.conf
apache-userdir         apache    server         /~user/app             apache/shared.conf
apache-cgi             apache    request        /cgi-bin/tenantry.fcgi apache/cgi.conf
apache-proxy           apache    unix           /                      apache/proxy.conf
apache-modsecurity     apache    server         /tenantry              apache/modsecurity.conf
nginx                  nginx     unix           /                      nginx.conf
nginx-tls              nginx     unix           /                      nginx.conf
'

# Sets host, server, workers_from, mount, site, and the paths.
choose() { # HOST
	local name=${1%-gz}

	variant=${1#"$name"}
	read -r host server workers_from mount site < <(
	    awk -v name="$name" '$1 == name' <<< "$hosts") ||
	    fail "there is no host $1; hosts.sh list names them"
	[ "$mount" != / ] || mount=''
	state=$base/hosts/$host$variant
	run=$state/run
	log=$state/log
	conf=$state/tenantry.conf
	share=$state/share
}

# --- the folder ---------------------------------------------------------------

# The instance's, but for what differs.
make_settings() (
	umask 077
	cp "$base/tenantry.conf" "$conf"
	[ ! -f "$base/tenantry-admin.conf" ] ||
	    cp "$base/tenantry-admin.conf" "$state"
	set_setting workers 4
	set_setting run_dir "$run/work"
	set_setting licence_signing_key "$state/keys/licence-signing.pem"
	set_setting licence_public_keys "$state/keys/licence-public.pem"
	set_setting check_signing_key "$state/keys/check-signing.pem"
	set_setting head_signing_key "$state/keys/head-signing.pem"
	# spawn-fcgi throws its programs' standard error away
	[[ $workers_from != unix && $workers_from != tcp ]] ||
	    set_setting log_file "$log/tenantry.log"
	case $host in
	apache-shared | apache-userdir) set_setting public_prefix "$mount" ;;
	apache-modsecurity) set_setting method_override on ;;
	nginx-tls) set_setting public_prefix "$url" ;;
	esac
	[ "$host" != apache-userdir ] ||
	    set_setting sessions_on_shared_origin on
)

# Sets program: its copy.
make_tree() { # PROGRAM
	mkdir -p "$run/fcgid" "$log" "$state/lib" "$state/www" "$share"
	cp -R "$root/htdocs" "$root/conf" "$share/"
	program=$state/lib/tenantry.fcgi
	cp "$1" "$program"
	echo "host-$host$variant-$(cat "$base/instance" 2> /dev/null)" \
	    > "$state/instance"
}

make_folder() {
	rm -rf "$state"
	make_tree "$program"
	mkdir -m 700 "$run/work" "$run/tmp"
	[ -z "$variant" ] || compress "$share/conf"
	cp -R "$base/keys" "$state/keys"
	make_settings
	[ "$site" != apache/shared.conf ] || make_shared_folder
	[ "$host" != nginx-tls ] || make_certificate
	[ "$(id -u)" != 0 ] || give_to_www_data
}

# Compression of all that the program answers, which the configurations as they
# are shipped keep away: what a host may have switched on all the same.
compress() { # CONF
	sed -i '/no-gzip/d; /no-brotli/d' "$1/apache/common.conf" \
	    "$1/htaccess.example"
	cat >> "$1/apache/server.conf" <<-END
	LoadModule deflate_module "$modules/mod_deflate.so"
	<Location "/">
		SetOutputFilter DEFLATE
	</Location>
	END
	sed -i 's/gzip off;/gzip on; gzip_types application\/json; gzip_min_length 1;/' \
	    "$1/nginx.conf"
	[ "$server" = lighttpd ] || return 0
	cat >> "$1/$site" <<-END
	server.modules += ( "mod_deflate" )
	deflate.mimetypes = ( "application/json" )
	deflate.allowed-encodings = ( "gzip" )
	deflate.min-compress-size = 1
	END
}

# As the user of a shared host does it, by hand.
make_shared_folder() {
	local app=$state/www${mount/\~/} # mod_userdir: /~user/app

	mkdir -p "$app"
	cp "$share/conf/htaccess.example" "$app/.htaccess"
	cp -R "$share/conf/errors" "$app/errors"
	ln -s lib "$state/bin" # as the tarball calls it
	sed "s|^folder=.*|folder=$state|" \
	    "$share/conf/tenantry.fcgi.example" > "$app/tenantry.fcgi"
	chmod 755 "$app/tenantry.fcgi"
}

# Of this machine's names, for who is told of the file; the host with compression
# has that of the host without.
make_certificate() {
	if [ -n "$variant" ] &&
	    cp -p "$base/hosts/$host"/tls.* "$state" 2> /dev/null; then
		return
	fi
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
	    -nodes -days 30 -subj /CN=localhost \
	    -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' \
	    -keyout "$state/tls.key" -out "$state/tls.pem" 2> "$log/tls.log" ||
	    { cat "$log/tls.log" >&2; fail "no certificate"; }
}

# Others may pass the instance's folders then, but read nothing in them.
give_to_www_data() {
	chmod 711 "$base" "$base/hosts" "$(dirname "$(setting db_socket)")"
	chown -R www-data:www-data "$state"
}

# --- starting -----------------------------------------------------------------

# Puts what goes before a command that is to run as the host's user.
as_user=()
[ "$(id -u)" != 0 ] ||
    as_user=(setpriv --reuid=www-data --regid=www-data --clear-groups)

export_settings() {
	export_web_settings
	export TENANTRY_LIB=$state/lib TENANTRY_WWW=$state/www
	export TENANTRY_SHARE=$share/conf TENANTRY_SITE=$share/conf/$site
	export TENANTRY_MODULES=$modules TENANTRY_PREFIX=${mount:-/}
	export TENANTRY_SOCKET=$run/app.sock TENANTRY_SOCKET_PORT=0
	export ASAN_OPTIONS=$TENANTRY_ASAN_OPTIONS
	export UBSAN_OPTIONS=$TENANTRY_UBSAN_OPTIONS
	if [ "$workers_from" = tcp ]; then
		TENANTRY_SOCKET=127.0.0.1
		TENANTRY_SOCKET_PORT=$(free_port)
	fi
}

# The workers that the web server does not start itself.
spawn_workers() {
	local at=(-s "$TENANTRY_SOCKET" -M 0600)

	[ "$workers_from" != tcp ] ||
	    at=(-a "$TENANTRY_SOCKET" -p "$TENANTRY_SOCKET_PORT")
	(cd / && export TENANTRY_WORKER_OF=$TENANTRY_INSTANCE &&
	    exec "${as_user[@]}" spawn-fcgi "${at[@]}" -b 1024 -F 4 -- \
	    "$TENANTRY_PROGRAM") > "$log/spawn.log" 2>&1 < /dev/null ||
	    { cat "$log/spawn.log" >&2; fail "spawn-fcgi fails"; }
}

# Sets command: what starts the server in the foreground, after `-t` tests it.
find_command() {
	local module

	case $server in
	lighttpd) command=(lighttpd -D -f "$TENANTRY_SITE") ;;
	nginx)
		write_nginx_conf
		command=(nginx -e "$log/server.log" -p "$run" -c "$run/nginx.conf")
		;;
	apache)
		command=(apache2 -f "$TENANTRY_SHARE/apache/server.conf"
		    -DFOREGROUND)
		for module in $(apache_modules); do
			command+=(-C
			    "LoadModule ${module}_module $modules/mod_$module.so")
		done
		;;
	esac
}

# Those that the frame (apache/server.conf) does not load already.
apache_modules() {
	case $host in
	apache-fcgid) echo buffer fcgid reqtimeout ;;
	apache-shared) echo fcgid ;;
	apache-userdir) echo fcgid userdir ;;
	apache-cgi) echo cgid reqtimeout ;;
	apache-proxy) echo buffer proxy proxy_fcgi reqtimeout ;;
	apache-modsecurity) echo fcgid unique_id security2 ;;
	esac
}

# The frame around conf/nginx.conf, and the values in it.  With the proxy for TLS
# the site has a port that only the proxy is to know.
write_nginx_conf() {
	: > "$run/tls.conf"
	[ "$host" != nginx-tls ] || write_nginx_tls_conf
	cat > "$run/nginx.conf" <<-END
	daemon off;
	pid $run/nginx.pid;
	error_log $log/server.log;
	worker_processes 1;
	events { }
	http {
		client_body_temp_path $run/body;
		proxy_temp_path $run/proxy;
		fastcgi_temp_path $run/fastcgi;
		uwsgi_temp_path $run/uwsgi;
		scgi_temp_path $run/scgi;
		types { text/html html; text/css css; text/javascript js mjs; }
		include $run/site.conf;
		include $run/tls.conf;
	}
	END
	sed -e "s|unix:/run/tenantry/app.sock|unix:$TENANTRY_SOCKET|" \
	    -e "s|listen 127.0.0.1:8080|listen 127.0.0.1:${plain_port:-$port}|" \
	    -e "s|/usr/local/share/tenantry|$state/share|" \
	    -e "s|/var/log/nginx/tenantry|$log/access|" \
	    "$TENANTRY_SITE" > "$run/site.conf"
}

write_nginx_tls_conf() {
	sed -e "s|listen 443|listen 127.0.0.1:$port|" \
	    -e "s|server 127.0.0.1:8080|server 127.0.0.1:$plain_port|" \
	    -e "s|server_name .*;|server_name localhost;|" \
	    -e "s|/etc/ssl/certs/tenantry.pem|$state/tls.pem|" \
	    -e "s|/etc/ssl/private/tenantry.key|$state/tls.key|" \
	    -e "s|/usr/local/share/tenantry|$state/share|" \
	    -e "s|/var/log/nginx/tenantry|$log/access|" \
	    "$share/conf/nginx-tls.conf" > "$run/tls.conf"
}

start() {
	local command=() port=${HOST_PORT:-} address=127.0.0.1 url
	local scheme=http plain_port=''

	choose "$1"
	[ -s "$base/service.env" ] || fail "no instance is started in $base"
	if recall web; then
		sed -n 's/^TENANTRY_URL=//p' "$state/host.env"
		return
	fi
	[ ${#run} -le 90 ] || fail "the path of STATE is too long: $base"
	port=${port:-$(free_port)}
	# to the core rule set a numeric Host header is suspicious
	[ "$host" != apache-modsecurity ] || address=localhost
	if [ "$host" = nginx-tls ]; then
		scheme=https plain_port=$(free_port)
		export CURL_CA_BUNDLE=$state/tls.pem
	fi
	url=$scheme://$address:$port$mount
	make_folder
	export_settings
	find_command
	case $workers_from in unix | tcp) spawn_workers ;; esac
	become_detached web "$log/console.log" "${as_user[@]}" "${command[@]}" &
	started web $!
	if ! wait_for 20 web_is_ready || ! recall web; then
		tail -n 20 "$log"/*.log >&2
		stop "$1"
		fail "$host does not become ready ($url/readyz)"
	fi
	cat > "$state/host.env" <<-END
	TENANTRY_URL=$url
	WEB_HOST=$host
	HOST_SERVER=$server
	HOST_WORKERS_FROM=$workers_from
	HOST_MOUNT=$mount
	HOST_CONF=$conf
	HOST_PROGRAM=$TENANTRY_PROGRAM
	HOST_LOG=$log
	END
	[ "$host" != nginx-tls ] || cat >> "$state/host.env" <<-END
	HOST_PLAIN_PORT=$plain_port
	CURL_CA_BUNDLE=$state/tls.pem
	NODE_EXTRA_CA_CERTS=$state/tls.pem
	END
	say "$url"
}

# --- stopping -----------------------------------------------------------------

stop() {
	local web_signal=TERM

	choose "$1"
	[ -d "$state" ] || return 0
	[ "$server" != lighttpd ] || web_signal=INT
	web_stop > /dev/null
	mkdir -p "$base/log/$host"
	cp "$log"/* "$base/log/$host/" 2> /dev/null || true
	cp "$log"/sanitizer* "$base/log/" 2> /dev/null || true
}

# --- each server's own test ---------------------------------------------------

check_one() { # HOST
	local command=() port=8080 plain_port=''

	choose "$1"
	state=$scratch/$1
	run=$state/run log=$state/log conf=$state/tenantry.conf
	share=$state/share
	make_tree /bin/true # a program has to be there
	if [ "$host" = nginx-tls ]; then
		plain_port=8081
		make_certificate
	fi
	: > "$conf"
	[ "$(id -u)" != 0 ] || chown -R www-data:www-data "$state"
	export_settings
	find_command
	case $server in
	lighttpd) command=(lighttpd -tt -f "$TENANTRY_SITE") ;;
	nginx) command+=(-t) ;;
	apache) command+=(-t) ;;
	esac
	echo "$1"
	"${as_user[@]}" "${command[@]}"
}

check() {
	local name

	scratch=$(mktemp -d /tmp/tenantry-check.XXXXXX)
	trap 'rm -rf "$scratch"' EXIT
	chmod 755 "$scratch"
	for name in $(list); do
		(check_one "$name")
	done
}

# --- the API's tests over each ------------------------------------------------

# All but those which ask no web server (cgi, setup, signals and tool start the
# program and the tool themselves), are about the instance's own lighttpd (also openapi:
# the methods that it lets through), or break the database: that is the same
# behind every web server.
#
# For two hosts the rest is the same as over the one that they differ from by
# address and cookie alone: what has to do with these.
api_tests() { # HOST
	local file

	case $1 in
	apache-userdir | nginx-tls)
		printf 'tests/api/%s.bats\n' http origins forgeries \
		    sessions sign_in next_login invitations paging \
		    preconditions doctor
		return
		;;
	esac
	echo tests/walk/walk.c
	for file in tests/api/*.bats; do
		case $(basename "$file") in
		cgi.bats | setup.bats | signals.bats | tool.bats) ;;
		lighttpd.bats | openapi.bats | faults*) ;;
		*) echo "$file" ;;
		esac
	done
}

# Some hosts at one time, each on an instance of its own: much of a run is
# waiting.
run_hosts() { # FOLDER HOST...
	local out=$1 name files=()

	shift
	trap 'kill $(jobs -rp) 2> /dev/null; wait; exit 130' INT TERM HUP
	for name; do
		(choose "$name")
		rm -f "$out/$name".*
		while [ "$(jobs -rp | wc -l)" -ge "${HOSTS_AT_ONCE:-3}" ]; do
			wait -n || true
		done
		mapfile -t files < <(api_tests "$name")
		echo "    $name: log in ${out#"$root"/}/$name.out"
		JOBS=1 WEB_HOST=$name HOST_FACTS=$out/$name.facts CONSOLE=short \
		    BATS_TEST_TIMEOUT="${BATS_TEST_TIMEOUT:-300}" \
		    tools/test.sh "${files[@]}" tests/console/console.bats \
		    tests/hosts/*.bats > "$out/$name.out" 2>&1 &
	done
	wait
}

run_all() { # [HOST...]
	local name out=$root/build/$build/hosts before names=("$@")

	cd "$root"
	[ $# != 0 ] || mapfile -t names < <(list)
	mkdir -p "$out"
	run_hosts "$out" "${names[@]}"
	for name in "${names[@]}"; do
		echo "=== $name"
		cat "$out/$name.out"
		before=$failed
		add_results "$out/$name.out"
		printf 'tests\t%s\n' "$([ "$failed" = "$before" ] && echo pass ||
		    echo "$((failed - before)) fail")" >> "$out/$name.facts"
	done
	[ $# != 0 ] || write_page
	total
}

# A test that failed has told no fact.
told() { # FACTS KEY
	local text

	text=$(awk -F '\t' -v key="$2" '$1 == key { t = $2 } END { print t }' "$1")
	echo "${text:-**fails**}"
}

table() { # FOLDER KEY=TITLE...
	local folder=$1 name column

	shift
	printf '| host |'
	for column; do printf ' %s |' "${column#*=}"; done
	printf '\n| --- |'
	for column; do printf ' --- |'; done
	for name in $(list); do
		printf '\n| %s |' "$name"
		for column; do
			printf ' %s |' "$(told "$folder/$name.facts" \
			    "${column%%=*}")"
		done
	done
	printf '\n'
}

write_page() {
	local out=$root/build/$build/hosts

	{
		table "$out" mount='mounted at' tests='tests' \
		    authorization='Authorization' methods='methods' \
		    paths='ambiguous paths'
		echo
		table "$out" body='a body over max_body' \
		    chunks='a body in chunks' cut='an answer that breaks off' \
		    log='log lines in'
		echo
		table "$out" death='a worker dies early' \
		    term='a worker gets SIGTERM' \
		    restart='the web server is restarted' \
		    hang='the database hangs' deploy='the program is replaced'
	} | write_between "$root/docs/hosts.md" 'the tables'
	echo "docs/hosts.md is written from these runs"
}

list() {
	awk 'NF { print $1 }' <<< "$hosts"
}

case ${1:-} in
check) check ;;
all) shift && run_all "$@" ;;
page) write_page ;;
list) list ;;
start) start "${2:?a host}" ;;
stop) stop "${2:?a host}" ;;
pids) choose "${2:?a host}" && show_pids web ;;
*)
	sed -n '5,12s/^# *//p' "$0" >&2
	exit 2
	;;
esac
