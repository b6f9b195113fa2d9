# What every API test uses.  A test file begins with `load helper`.
#
# The instance is started by `make test`; it exports TENANTRY_URL,
# TENANTRY_API_KEY, TENANTRY_LOGIN, TENANTRY_PASSWORD, TENANTRY_CONF (of its
# service.env), TENANTRY_STATE (its folder), TENANTRY_ROOT (the sources) and CTL
# (tenantryctl).  To run one file:
#
#     make test TESTS=tests/api/create.bats
#
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # set for, or by, the test file

: "${TENANTRY_URL:?this is run by make test}"
: "${DB_ADMIN:=$(id -un)}" # the account that may do all in the database

# The path that the program is mounted at.
prefix=${TENANTRY_URL#*://}
case $prefix in
*/*) prefix=/${prefix#*/} ;;
*) prefix='' ;;
esac

# Links in answers begin with the mount, or with the address that the settings give
# where a proxy ends TLS; the cookie of a session is called by it.
link_base=$prefix cookie_name=tenantry
cookie_rest="; Path=$prefix/; HttpOnly; SameSite=Strict"
if [[ $TENANTRY_URL == https:* ]]; then
	link_base=$TENANTRY_URL cookie_name=__Secure-tenantry
	[ -n "$prefix" ] || cookie_name=__Host-tenantry
	cookie_rest="; Path=$prefix/; Secure; HttpOnly; SameSite=Strict"
fi

# For what is sent byte by byte; with a proxy that ends TLS, that of the web server
# behind it.
server_port=${TENANTRY_URL%"$prefix"}
server_port=${HOST_PLAIN_PORT:-${server_port##*:}}

# The settings, the log folder and the program of whoever answers there: the
# instance, or with `make hosts` another web server (tools/hosts.sh), which has
# copies of its own.
served_conf=${HOST_CONF:-$TENANTRY_CONF}
served_log=${HOST_LOG:-$TENANTRY_STATE/log}
served_program=${HOST_PROGRAM:-$PROGRAM}

# A process costs more than anything else here, so that what is called often
# starts as few as it can: bash's own words before sed, tr and awk, and one jq
# where several things are asked of an answer.
settings_text=$'\n'$(< "$TENANTRY_CONF")
database_socket=${settings_text#*$'\n'db_socket = }
database_socket=${NODE_SOCKET:-${database_socket%%$'\n'*}}

# bats follows each command of each function to tell where a test failed, at 0.5 ms
# a command: only those of the test itself are worth it.  To be called in setup()
# where the file loads this one outside of it, when its tests are not there yet.
follow_only_the_test() {
	! declare -F "${BATS_TEST_NAME:-}" > /dev/null ||
	    { set +T && declare -ft "$BATS_TEST_NAME"; }
}
follow_only_the_test

# For the recording of requests (request.c).
export BATS_TEST_DESCRIPTION

# The address that request N of those at once goes to.  Several web servers of one
# service (tests/faults/cluster_races.bats) are asked in turn.
url_of() { # N: sets url
	# shellcheck disable=SC2206  # a word each
	local urls=(${FRONT_URLS:-$TENANTRY_URL})

	url=${urls[$1 % ${#urls[@]}]}
}

# In place of curl, which takes ten times as long to start; but where a test has a
# curl of its own in the way (tests/hosts/post-only).
request_program=$TENANTRY_ROOT/build/tests/request
http_client=$request_program
[ "${WEB_HOST:-}" != apache-modsecurity ] || http_client=curl

# --- requests -----------------------------------------------------------------

# api METHOD PATH [CURL ARGUMENT...]
#
# One request.  Sets status_code, body (text), body_file and headers (files).
# Sends the system administrator's key, or KEY where that is set; KEY='' sends
# none.  The path goes out as it is written.
api() {
	local method=$1 path=$2 key=${KEY-$TENANTRY_API_KEY} arguments=() url

	shift 2
	headers=$BATS_TEST_TMPDIR/headers
	body_file=$BATS_TEST_TMPDIR/body
	: > "$headers"
	: > "$body_file"
	if [ "$method" = HEAD ]; then
		arguments+=(--head)
	else
		arguments+=(--request "$method")
	fi
	[ -z "$key" ] || arguments+=(--header "X-Api-Key: $key")
	url_of "$SRANDOM"
	problem=$("$http_client" --silent --show-error --path-as-is --max-time 60 \
	    --noproxy '*' --dump-header "$headers" --output "$body_file" \
	    --write-out '%{http_code}' "${arguments[@]}" "$@" \
	    "$url$path") || {
		status_code=${problem%%$'\n'*}
		echo "no answer: $method $path (status $status_code)" >&2
		return 1
	}
	status_code=${problem%%$'\n'*}
	[ "$method" != HEAD ] || : > "$body_file"
	read_body
	problem=${problem#"$status_code"} problem_body=$body
	problem=${problem#$'\n'}
}

# Sets body, without line feeds at its end and up to the first byte 0.
read_body() {
	body=''
	IFS= read -r -d '' body < "$body_file" || true
	while [[ $body == *$'\n' ]]; do
		body=${body%$'\n'}
	done
}

# api_many N METHOD PATH [CURL ARGUMENT...]
#
# The same request N times at once.  Sets codes: the N statuses, sorted, a
# space between.  `{}` in an argument becomes the number of the request.
api_many() {
	local n=$1 method=$2 path=$3 key=${KEY-$TENANTRY_API_KEY} i pids=()
	local folder url

	shift 3
	folder=$(mktemp -d "$BATS_TEST_TMPDIR/many.XXXXXX")
	for ((i = 1; i <= n; i++)); do
		url_of "$i"
		"$http_client" --silent --path-as-is --max-time 60 --noproxy '*' \
		    --output "$folder/$i.body" --write-out '%{http_code}\n' \
		    --dump-header "$folder/$i.headers" \
		    --request "$method" --header "X-Api-Key: $key" \
		    "${@//\{\}/$i}" "$url${path//\{\}/$i}" \
		    > "$folder/$i.code" 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}" || true
	codes=$(sort "$folder"/*.code | tr '\n' ' ')
	codes=${codes% }
}

# count_codes STATUS: how many answers of api_many had it.
count_codes() {
	tr ' ' '\n' <<< "$codes" | grep -cx "$1" || true
}

# description: that of the API, as it is served.
description() {
	curl --silent --show-error --noproxy '*' "$TENANTRY_URL/v1/openapi.json"
}

# --- answers ------------------------------------------------------------------

show_answer() {
	echo "status: $status_code"
	cat "$headers"
	echo "$body"
}

# json FILTER: what jq's filter makes of the body; fails on null and false.
json() {
	jq -er "$1" "$body_file"
}

# expect_json FILTER: the filter is true for the body.
expect_json() {
	jq -e "$1" "$body_file" > /dev/null || {
		echo "not true: $1"
		show_answer
		return 1
	}
}

# header NAME: the value of a response header; empty where it is absent.
header() {
	local lines line name=${1,,}

	# Called as $(header ...): bats need not follow each line of the loop.
	[ "$BASH_SUBSHELL" = 0 ] || trap - DEBUG
	mapfile -t lines < "$headers"
	for line in "${lines[@]}"; do
		[[ ${line,,} == "$name":* ]] || continue
		line=${line#*:}
		line=${line%$'\r'}
		echo "${line#"${line%%[! ]*}"}"
	done
}

expect_status() {
	[ "$status_code" = "$1" ] || {
		echo "expected status $1"
		show_answer
		return 1
	}
}

# Sets problem_lacks, problem_status, problem_type and problem_detail of the
# answer; false: it is no problem document.
is_problem() {
	if [ "$problem_body" != "$body" ] || [ -z "$problem" ]; then
		problem=$("$request_program" --judge "$headers" "$body_file")
		problem_body=$body
	fi
	[ -n "$problem" ] || return 1
	IFS=$'\037' read -r problem_lacks problem_status problem_type \
	    problem_detail <<< "$problem"
}

# expect_problem STATUS [TEXT]
#
# The answer is a problem document of that status: content type, members, the
# request id as instance, not to be stored; its detail contains TEXT.
expect_problem() {
	expect_status "$1" || return
	if ! is_problem || [ "$problem_lacks$problem_status" != "$1" ]; then
		echo "expected a problem document: ${problem_lacks-none}"
		show_answer
		return 1
	fi
	[ -z "${2:-}" ] || [[ $problem_detail == *"$2"* ]] || {
		echo "expected a detail with: $2"
		show_answer
		return 1
	}
}

# --- things to test with ------------------------------------------------------

# unique PREFIX: a text that no other test uses.
unique() {
	printf '%s-%08x%04x\n' "$1" "$SRANDOM" $((SRANDOM & 0xffff))
}

# new_org [NAME]
#
# An organization with its first project, made by the caller of KEY.  Sets ORG
# and PROJECT (ids), ORG_NAME (its display name).
new_org() {
	ORG_NAME=${1:-$(unique Org)}
	api POST /v1/organizations --data "{\"organizationName\":
	    $(json_text "$ORG_NAME"), \"accountName\": \"First\",
	    \"eulaAccepted\": true}"
	[[ $status_code == 20[01] ]] || {
		show_answer
		return 1
	}
	read -r ORG PROJECT < <(json '[.organization, .account | .metadata.id] |
	    join(" ")')
}

# json_text TEXT: as a JSON string.
json_text() {
	if [[ $1 == *[!A-Za-z0-9\ ._@-]* ]]; then
		jq -n --arg text "$1" '$text'
	else
		printf '"%s"\n' "$1"
	fi
}

# ctl ARGUMENT...: tenantryctl on the instance's settings.
ctl() {
	TENANTRY_CONF=$TENANTRY_CONF "$CTL" "$@"
}

# The file of the migration account, and a value in it.
admin_conf=${TENANTRY_CONF%.conf}-admin.conf

admin_setting() { # KEY
	sed -n "s/^$1 = //p" "$admin_conf"
}

# new_user EMAIL [OPTION...]
#
# A user made by `tenantryctl user add`.  Sets USER_EMAIL and USER_KEY.
new_user() {
	USER_EMAIL=$1
	shift
	USER_KEY=$("$CTL" user add --conf "$TENANTRY_CONF" \
	    --email "$USER_EMAIL" "$@")
	USER_KEY=${USER_KEY##*$'\n'}
	[[ $USER_KEY == tny_* ]] || {
		echo "no API key for $USER_EMAIL: $USER_KEY"
		return 1
	}
}

# --- behind the service -------------------------------------------------------

# sql STATEMENT...: as the database's administrator; a row a line, tabs between.
sql() {
	local socket status=0

	"$TENANTRY_ROOT/build/tests/sql" "$database_socket" "$DB_ADMIN" "$*" ||
	    status=$?
	# on a cluster: a read there waits for what was written here
	for socket in ${NODE_SOCKETS-}; do
		"$TENANTRY_ROOT/build/tests/sql" "$socket" "$DB_ADMIN" \
		    'SELECT COUNT(*) FROM schema_migrations' > /dev/null
	done
	return "$status"
}

# numbers N: a table with the column seq, 1 to N, for a statement of `sql`.
numbers() {
	local counts='SELECT 0 UNION ALL SELECT i + 1 FROM'

	echo "(WITH RECURSIVE a (i) AS ($counts a WHERE i < 999),
	    b (i) AS ($counts b WHERE i < $1 DIV 1000)
	    SELECT 1000 * b.i + a.i + 1 AS seq FROM a, b
	    WHERE 1000 * b.i + a.i < $1) numbers"
}

# Whether the database is a MySQL (`make databases`).
is_mysql() {
	[ "$(sql "SELECT VERSION() LIKE '%MariaDB%'")" = 0 ]
}

# lock_waiters: the connections that wait for a row, one a line.  innodb_trx of
# MySQL fails on a query with bytes that are no text.
lock_waiters() {
	sql "SELECT DISTINCT
	    /*M! trx_mysql_thread_id FROM information_schema.innodb_trx
	        WHERE trx_state = 'LOCK WAIT' */
	    /*!80001 t.processlist_id FROM performance_schema.data_lock_waits w
	        JOIN performance_schema.threads t
	        ON t.thread_id = w.requesting_thread_id */"
}

# process database|web|worker: the pids, one a line; those of the web server
# that is asked.
process() {
	if [ "$1" != database ] && [ -n "${HOST_CONF:-}" ]; then
		"$TENANTRY_ROOT/tools/hosts.sh" pids "$WEB_HOST" 3>&-
	else
		"$TENANTRY_ROOT/tools/instance.sh" pids
	fi | sed -n "s/^$1 //p"
}

# What the program has written: where no file has its name, the web server has
# put it into its own log.
service_log() {
	cat "$served_log/tenantry.log" 2> /dev/null ||
	    cat "$served_log/server.log"
}

# The methods which are none of the API's that the web server passes on.
foreign_methods() {
	case ${WEB_HOST:-lighttpd} in
	lighttpd*) echo TRACE PROPFIND ;;
	apache-modsecurity) ;;
	*) echo PROPFIND ;;
	esac
}

# The rules of mod_security refuse what they know as an attack, before the
# program is asked.
is_refused_by_rules() {
	[ "${WEB_HOST:-}$status_code" = apache-modsecurity403 ] &&
	    [ -z "$(header X-Request-Id)" ]
}

# An Apache whose settings are the user's .htaccess alone.
is_htaccess() {
	[[ ${WEB_HOST:-} == apache-@(shared|userdir) ]]
}

# Under plain CGI nothing is kept from one request to the next.
is_plain_cgi() {
	[ "${HOST_WORKERS_FROM:-}" = request ]
}

# The database stands still (connects and statements hang) and goes on.
database_freeze() {
	kill -STOP "$(process database)"
}

database_thaw() {
	kill -CONT "$(process database)"
}

# The database ends in an orderly way, ends at once, and comes back.
database_stop() {
	"$TENANTRY_ROOT/tools/instance.sh" database-stop 3>&-
}

database_kill() {
	kill -KILL "$(process database)"
}

database_start() {
	"$TENANTRY_ROOT/tools/instance.sh" database-start 3>&-
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

is_ready() {
	api GET /readyz && [ "$status_code" = 200 ]
}
