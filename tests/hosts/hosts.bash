# The web server under test, for tests/hosts/*.bats.
#
# With HOST_CONF set (`make hosts`) the host runs already; else the test file
# starts WEB_HOST on the instance and stops it at its end.  Either way TENANTRY_URL
# is where the program is mounted, and HOST_* are the values of its host.env.
#
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # set for, or by, the test file

host_tool() {
	"$TENANTRY_ROOT/tools/hosts.sh" "$@" 3>&-
}

host_begin() {
	local line

	: "${WEB_HOST:?the name of a host; hosts.sh list names them}"
	if [ -z "${HOST_CONF:-}" ]; then
		host_tool start "$WEB_HOST" > /dev/null || return
		while read -r line; do
			export "${line?}"
		done < "$TENANTRY_STATE/hosts/$WEB_HOST/host.env"
		export HOST_IS_OURS=yes
	fi
	[ "$WEB_HOST" != apache-modsecurity ] ||
	    PATH=$TENANTRY_ROOT/tests/hosts/post-only:$PATH
}

host_end() {
	[ -z "${HOST_IS_OURS:-}" ] || host_tool stop "$WEB_HOST"
}

# fact KEY TEXT: what docs/hosts.md says of this host, once the test has passed.
fact() {
	[ -z "${HOST_FACTS:-}" ] || printf '%s\t%s\n' "$1" "$2" >> "$HOST_FACTS"
}

# Only a client of this host needs to override (see post-only/curl).
is_post_only() {
	[ "$WEB_HOST" = apache-modsecurity ]
}

sockets_of() { # PID: how many sockets it has open
	find "/proc/$1/fd" -lname 'socket:*' 2> /dev/null | wc -l
}

# The worker with a request in hand: beside the socket that it listens to, and
# maybe a connection to the database, it has the web server's.
busy_worker() {
	local pid

	for pid in $(process worker); do
		echo "$(sockets_of "$pid") $pid"
	done | sort -rn | head -n 1 | cut -d ' ' -f 2
}

# A request whose statement hangs, in the background.  Sets request (its pid)
# and busy (the worker's).
begin_hanging_request() {
	database_freeze
	curl --silent --noproxy '*' --max-time 60 \
	    --output "$BATS_TEST_TMPDIR/hanging.body" \
	    --dump-header "$BATS_TEST_TMPDIR/hanging.headers" \
	    --write-out '%{http_code}' --header "X-Api-Key: $TENANTRY_API_KEY" \
	    "$TENANTRY_URL/v1/organizations" \
	    > "$BATS_TEST_TMPDIR/hanging.code" 3>&- &
	request=$!
	within 5 has_busy_worker
}

has_busy_worker() {
	local most=2

	[ "$HOST_WORKERS_FROM" != request ] || most=1
	busy=$(busy_worker)
	[ -n "$busy" ] && [ "$(sockets_of "$busy")" -gt "$most" ]
}

# Sets status_code, headers, body_file as `api` does.
end_hanging_request() {
	wait "$request" || true
	headers=$BATS_TEST_TMPDIR/hanging.headers
	body_file=$BATS_TEST_TMPDIR/hanging.body
	status_code=$(cat "$BATS_TEST_TMPDIR/hanging.code")
	body=$(tr -d '\0' < "$body_file")
}

# A process that only waits to be reaped is gone, too.
is_gone() { # PID
	! readlink "/proc/$1/exe" > /dev/null
}

# change_settings KEY VALUE: as an editor does it, with a new file.
change_settings() {
	sed "/^ *$1 *=/d" "$HOST_CONF" > "$HOST_CONF.new"
	echo "$1 = $2" >> "$HOST_CONF.new"
	chown --reference="$HOST_CONF" "$HOST_CONF.new"
	chmod 600 "$HOST_CONF.new"
	mv "$HOST_CONF.new" "$HOST_CONF"
}

# The front server's own error is a problem document too.
expect_json_error() {
	if [[ $status_code != [45]* ||
	    $(header Content-Type) != application/problem+json* ]] ||
	    ! jq -e ".status == $status_code and (.errors[0] | length > 0)" \
	    "$body_file" > /dev/null; then
		echo "expected a problem document"
		show_answer
		return 1
	fi
}

# padded_body SIZE: a good body of a new organization, of so many bytes.
padded_body() {
	local text

	text=$(jq -nc --arg name "$(unique Padded)" \
	    '{organizationName: $name, accountName: "a", eulaAccepted: true}')
	printf '%s%*s' "$text" $(($1 - ${#text})) ''
}
