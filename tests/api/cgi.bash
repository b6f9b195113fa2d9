# The program as plain CGI: started once for each request, with nothing in its
# environment but what a web server would put there.
#
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # set for, or by, the test file

: "${PROGRAM:?this is run by make test}"

# cgi METHOD PATH [NAME=VALUE...] < BODY
#
# One request at /.  A later NAME=VALUE wins over an earlier one.  Sets what
# `api` sets, and exit_status and log_file (what the program wrote to standard
# error).  Sends the key as `api` does; CONF names another settings file.
cgi() {
	local method=$1 path=$2 key=${KEY-$TENANTRY_API_KEY}
	local answer=$BATS_TEST_TMPDIR/cgi.answer variables=()

	shift 2
	headers=$BATS_TEST_TMPDIR/cgi.headers
	body_file=$BATS_TEST_TMPDIR/cgi.body
	log_file=$BATS_TEST_TMPDIR/cgi.log
	[ -z "$key" ] || variables+=(HTTP_X_API_KEY="$key")
	exit_status=0
	env -i GATEWAY_INTERFACE=CGI/1.1 SERVER_PROTOCOL=HTTP/1.1 \
	    REQUEST_METHOD="$method" SCRIPT_NAME= PATH_INFO="$path" \
	    REMOTE_ADDR=127.0.0.1 TENANTRY_CONF="${CONF-$TENANTRY_CONF}" \
	    ASAN_OPTIONS="${ASAN_OPTIONS-}" UBSAN_OPTIONS="${UBSAN_OPTIONS-}" \
	    "${variables[@]}" "$@" "$PROGRAM" > "$answer" 2> "$log_file" ||
	    exit_status=$?
	split_answer "$answer" "$headers" "$body_file"
	status_code=$(header Status)
	read_body
}

# Header fields and body of an answer, into their files.
split_answer() { # ANSWER HEADERS BODY
	perl -e 'local $/;
	    my @parts = split /(?<=\r\n)\r\n/, <STDIN>, 2;
	    for my $file (@ARGV) {
		open my $out, ">", $file or die;
		print $out shift @parts // "";
	    }' "$2" "$3" < "$1"
}

# cgi_send METHOD PATH TEXT [NAME=VALUE...]: with TEXT as the body.
cgi_send() {
	local method=$1 path=$2 text=$3

	shift 3
	cgi "$method" "$path" \
	    CONTENT_LENGTH="$(printf %s "$text" | wc -c)" "$@" \
	    < <(printf %s "$text")
}

# settings [LINE...]: sets CONF to a copy of the instance's settings in which
# the lines stand in place of those of the same keys.
settings() {
	local line

	CONF=$BATS_TEST_TMPDIR/tenantry.conf
	(umask 077 && cp "$TENANTRY_CONF" "$CONF")
	for line; do
		sed -i "/^ *${line%%[ =]*} *=/d" "$CONF"
		echo "$line" >> "$CONF"
	done
}

# on_node NUMBER: of the nodes of a cluster (NODE_SOCKETS, by tests/faults) the next
# requests go to this one alone, counted around.  Behind settings(); with one server
# it does nothing.
on_node() {
	local sockets conf

	read -ra sockets <<< "${NODE_SOCKETS-}"
	[ ${#sockets[@]} != 0 ] || return 0
	conf=$BATS_TEST_TMPDIR/node.conf
	(umask 077 && sed "s|^db_hosts = .*|db_hosts = ${sockets[
	    $1 % ${#sockets[@]}]}|" "$CONF" > "$conf")
	CONF=$conf
}
