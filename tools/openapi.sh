#!/usr/bin/env bash
# The OpenAPI description against a linter, against generators of clients
# (tests/openapi/clients.bats), and against the API tests: they run once through
# a proxy that validates each request and each answer.  The last line is
# "N passed, N failed".
#
#   openapi.sh         all of it
#   openapi.sh files   the test files that go through the proxy
#
# The npm packages go to build/openapi, as tests/openapi/package-lock.json says;
# only this script and the generated clients use them.
# shellcheck disable=SC2016,SC2317 # awk's $ and sed's; called by a trap and others
set -uo pipefail
unset CDPATH
export LC_ALL=C.UTF-8

cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tools/process.bash
. tools/process.bash
document=''
locked=tests/openapi
modules=$PWD/build/openapi
# shellcheck source=tools/result.bash
. tools/result.bash
child='' work=''

export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
export npm_config_update_notifier=false NO_UPDATE_NOTIFIER=1

# What does not go through the proxy, each with its reason: files that are not
# run, and tests that are run beside it.  Single calls that it cannot carry are
# known to can_be_proxied in tests/api/helper.bash.
left_out_files=(
	'tests/api/faults*'  # break the database: nothing is described of that
	'tests/api/signals*' # end workers under way, timed by the client
	'tests/api/cgi*'     # run the program without a web server
	'tests/api/slow*'    # are about bytes on the way, which it collects
	'tests/api/clients*' 'tests/api/origins*' # and whom it stands in for
	# are about the tool, the log, and the database
	'tests/api/tool*' 'tests/api/logs*' 'tests/api/migrate*'
	'tests/api/session.bats' 'tests/api/metrics*'
	# send what is no HTTP, or no credential, of a kind that is described
	'tests/api/http*' 'tests/api/credentials*' 'tests/api/throttle*'
	'tests/api/security*' 'tests/api/lighttpd*'
	'tests/api/forgeries*' # one refusal, thousands of times
)
left_out_tests=(
	# the proxy reads NaN, numbers like 01, invalid UTF-8 and marks differently
	'malformed JSON is 400'
	'a byte order mark before the body is skipped'
	# taken from clients that do not know the types, and described only in words
	'an empty optional member counts as absent'
	# described in words only: a union of types would be of no use to clients
	'a list comes as CSV and as a JSON value a line'
	'the list comes as CSV without secrets and as a JSON value a line'
	'keys come as CSV and as a JSON value a line'
	'service keys come as CSV'
	'the best of what Accept names is sent, JSON at a tie'
	'the list has pages, states and other forms'
	'the history tells who installed which licence when'
	'labels are set whole, are shown everywhere, and raise the version'
	# a token is a text, whatever it says; metrics are for this machine alone
	'check: a token says the same for five minutes, by a key of its own'
	'check: a token is no licence, and a licence no token'
	'openapi: metrics answer as described'
	# the proxy is another origin, and writes Host anew
	'cross-site: a page of another origin writes nothing with a session'
	# null in a replay where there is a resource: described in words as well
	'only the same credential is shown the key again'
	'what is gone is null in a replay, with the same status and Location'
	'a replay shows no more than the caller may see by now'
	'another key of the user is told no more than it may see'
	'a role that is given again with the same idempotency key is given once'
	'an addition that is sent again is made once, and is shown by right'
	'a user who was added at once is not shown by a replay'
	'a member who is no admin has no successor, but may leave'
	# bodies that are only looked at, of no type
	'doctor: a body of the largest size is seen whole'
	# one request goes beside the proxy, which writes the body of the other anew
	'while the first is under way the second is 409, and is told when'
	'the second waits for the first and is answered alike'
	'a client that goes away and comes again has its write made once'
	'no more answers are kept for a user than idempotency_max'
)
# Operations that cannot be called through it.
left_out_operations=(
	'GET /metrics' # for this machine alone
)

# --- results ------------------------------------------------------------------

# One check: ok where its output is empty.
verdict() { # NAME FINDINGS
	if [ -z "$2" ]; then
		passed=$((passed + 1))
		printf '  %-36s ok\n' "$1"
		return
	fi
	failed=$((failed + 1))
	printf '  %-36s FAILED\n' "$1"
	head -n 100 <<< "$2" | cut -c 1-500 | sed 's/^/    /'
}

finish() {
	total
	exit
}

clean_up() {
	trap '' INT TERM HUP
	if [ -n "$child" ]; then
		kill -TERM "$child" 2> /dev/null
		wait "$child"
	fi
	[ -z "$work" ] || rm -rf "$work"
}

# --- the packages -------------------------------------------------------------

install_modules() {
	[ ! -e "$modules/installed" ] ||
	    ! cmp -s "$modules/installed" "$locked/package-lock.json" || return 0
	rm -rf "$modules"
	mkdir -p "$modules"
	cp "$locked/package.json" "$locked/package-lock.json" "$modules/"
	(cd "$modules" && npm ci --ignore-scripts --no-audit --no-fund) \
	    > "$modules/npm.log" 2>&1 < /dev/null || return
	cp "$locked/package-lock.json" "$modules/installed"
}

# --- the linter ---------------------------------------------------------------

lint() {
	"$modules/node_modules/.bin/redocly" lint --config "$locked/redocly.yaml" \
	    "$document" > "$work/lint" 2>&1 < /dev/null || cat "$work/lint"
}

# --- the tests ----------------------------------------------------------------

# Sets files.
list_files() {
	local file pattern

	files=(tests/openapi/clients.bats)
	for file in tests/api/*.bats; do
		for pattern in "${left_out_files[@]}"; do
			# shellcheck disable=SC2053 # a pattern it is
			[[ $file != $pattern ]] || continue 2
		done
		files+=("$file")
	done
}

test_names() {
	sed -n 's/^@test "\(.*\)" {$/\1/p' "${files[@]}"
}

# Each lane of the tests has a proxy.  In the background, so that an interrupt is
# heard at once.
run_tests() {
	local follower

	TENANTRY_PRISM=$modules/node_modules/.bin/prism \
	    TENANTRY_DOCUMENT=$document TENANTRY_VIOLATIONS=$work/calls \
	    TENANTRY_BESIDE=$(printf '\n%s' "${left_out_tests[@]}")$'\n' \
	    tools/test.sh "${files[@]}" > "$work/tests" 2>&1 < /dev/null &
	child=$!
	tail -n +1 -f --pid="$child" "$work/tests" &
	follower=$!
	wait "$child"
	child=''
	wait "$follower"
	add_results "$work/tests"
}

# --- what the proxy found -----------------------------------------------------

# A call is a line of test, method, path, status, request id, violations.  The
# same finding is shown once, with the first test that had it.
calls() { # AWK CONDITION
	awk -F '\t' '
	    { unknown = $6 ~ /"Selected route not found"/ }
	    ('"$1"') && !seen[$2, $3, $4, $6]++ {
		print $2, $3, $4 " in \"" $1 "\": " $6
	    }' "$work/calls"
}

# Operations without a right call that was answered well.
unchecked_operations() {
	jq -r '.paths | to_entries[] | .key as $path | .value | keys[] |
	    "\(ascii_upcase) \($path)"' "$document" |
	    while read -r method path; do
		awk -F '\t' -v method="$method" -v pattern="^$(sed \
		    's/[.]/[.]/g; s/{[^}]*}/[^\/]+/g' <<< "$path")$" '
		    $2 == method && $4 < 400 && $6 == "" {
			sub(/[?].*/, "", $3)
			if ($3 ~ pattern)
				found = 1
		    }
		    END { exit !found }' "$work/calls" ||
		    echo "$method $path"
	    done
}

judge() {
	local count

	cat "$work"/calls.* > "$work/calls"
	count=$(grep -cv '"Selected route not found"' "$work/calls")
	echo "$count calls checked"
	verdict 'calls were checked' "$([ "$count" != 0 ] || echo none)"
	verdict 'answers are as described' \
	    "$(calls '$6 != "" && $6 !~ /^\[/ || $6 ~ /"location":\["response"/')"
	verdict 'requests that succeed are described' \
	    "$(calls '$4 < 400 && !unknown && $6 ~ /"location":\["request"/')"
	# the pages are described nowhere, OPTIONS only in words
	verdict 'only what is described succeeds' "$(calls 'unknown && $4 < 400 &&
	    $2 != "OPTIONS" && $3 != "/" && $3 !~ "^/docs/"')"
	verdict 'the program answered, not the proxy' \
	    "$(calls '$5 == "" && !unknown')"
	verdict 'each operation was called' "$(unchecked_operations |
	    grep -vxF "$(printf '%s\n' "${left_out_operations[@]}")")"
	verdict 'each name that is left out exists' "$(printf '%s\n' \
	    "${left_out_tests[@]}" | grep -vxFf <(test_names))"
}

# --- all of it ----------------------------------------------------------------

list_files
if [ "${1:-}" = files ]; then
	echo "${files[@]}"
	exit
fi
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
work=$(mktemp -d /tmp/tenantry-openapi.XXXXXX) || exit 1
: > "$work/calls.0"
: > "$work/tests"
document=$work/openapi.json
# On loopback without TLS the cookie has no prefix.
"build/${BUILD:-release}/tests/openapi/table" document |
    sed 's/"name":"__Host-tenantry"/"name":"tenantry"/' > "$document" || exit 1

echo 'checking the description'
if ! install_modules; then
	verdict 'npm packages' "$(tail -n 20 "$modules/npm.log")"
	finish
fi
verdict 'redocly lint' "$(lint)"
run_tests
judge
finish
