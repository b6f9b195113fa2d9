#!/usr/bin/env bash
# The OpenAPI description against a linter, against generators of clients
# (tests/openapi/clients.bats), and against the requests and answers of the API
# tests, which are recorded while they run.  The last line is
# "N passed, N failed".
#
#   run.sh              all of it
#   run.sh CALLS    what was recorded in a file by `TENANTRY_CALLS=CALLS make test`
#                       in place of a run of the API tests
#
# The npm packages go to build/openapi, as tests/openapi/package-lock.json says;
# only this script and the generated clients use them.
# shellcheck disable=SC2016,SC2317 # awk's $ and sed's; called by a trap and others
set -uo pipefail
unset CDPATH
export LC_ALL=C.UTF-8

cd "$(dirname "$0")/../.." || exit 1
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

# Tests that make requests which are described in words only, or that the program
# takes in spite of what is described.
left_out_tests=(
	# taken from clients that do not know the types
	'an empty optional member counts as absent'
	'a link has the list'\''s own parameters alone, however they were written'
	'a member who is no admin has no successor, but may leave'
	'of a parameter that is sent twice the first counts, as clients are used to'
	# a request id that is no good is replaced
	'log: a success has no code of a failure, also after a new password'
	# a project that is none is a reason, not a fault of form
	'check: a token says the same for five minutes, by a key of its own'
)
# Operations that do not succeed on an instance that sends no mail:
# tests/api/openapi.bats compares their answers.
left_out_operations=(
	'POST /v1/password-resets' 'POST /v1/password-resets/confirm'
	'POST /v1/users/me/email' 'POST /v1/users/confirm'
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

test_names() {
	sed -n 's/^@test "\(.*\)" {$/\1/p' tests/api/*.bats
}

# In the background, so that an interrupt is heard at once.
run_tests() { # FILE...
	local follower

	tools/test.sh "$@" > "$work/tests" 2>&1 < /dev/null &
	child=$!
	tail -n +1 -f --pid="$child" "$work/tests" &
	follower=$!
	wait "$child"
	child=''
	wait "$follower"
	add_results "$work/tests"
}

# --- what was recorded -----------------------------------------------------

# A call is a line of file, test, method, path, status, findings.  The same
# finding is shown once, with the first test that had it.
calls() { # AWK CONDITION
	awk -F '\t' '
	    { unknown = $6 == "unknown" }
	    ('"$1"') && !seen[$3, $5, $6]++ {
		print $3, $4, $5 " in \"" $2 "\": " $6
	    }' "$work/judged"
}

# Operations without a right call that was answered well.
unchecked_operations() {
	jq -r '.paths | to_entries[] | .key as $path | .value | keys[] |
	    "\(ascii_upcase) \($path)"' "$document" |
	    while read -r method path; do
		awk -F '\t' -v method="$method" -v pattern="^$(sed \
		    's/[.]/[.]/g; s/{[^}]*}/[^\/]+/g' <<< "$path")$" '
		    $3 == method && $5 < 400 && $6 == "" {
			sub(/[?].*/, "", $4)
			if ($4 ~ pattern)
				found = 1
		    }
		    END { exit !found }' "$work/judged" ||
		    echo "$method $path"
	    done
}

judge() { # CALLS
	local without

	without=$(printf '%s\t' "${left_out_tests[@]}")
	node "$locked/calls.mjs" "$document" < "$1" 2> "$work/calls.err" |
	    awk -F '\t' -v without=$'\t'"$without" \
		'!index(without, "\t" $2 "\t")' > "$work/judged"
	echo "$(wc -l < "$work/judged") calls judged"
	verdict 'calls were judged' "$(cat "$work/calls.err"
	    [ -s "$work/judged" ] || echo none)"
	verdict 'answers are as described' \
	    "$(calls '$6 ~ /"location":\["response"/')"
	verdict 'requests that succeed are described' \
	    "$(calls '$6 ~ /"location":\["request"/')"
	# the pages are described nowhere, OPTIONS only in words
	verdict 'only what is described succeeds' "$(calls 'unknown && $5 < 400 &&
	    $3 != "OPTIONS" && $4 !~ "^/($|[?]|(docs|console)/|doctor/|sign-in|setup)"')"
	verdict 'each operation was called' "$(unchecked_operations |
	    grep -vxF "$(printf '%s\n' "${left_out_operations[@]}")")"
	verdict 'each name that is left out exists' "$(printf '%s\n' \
	    "${left_out_tests[@]}" | grep -vxFf <(test_names))"
}

# --- all of it ----------------------------------------------------------------

recorded=${1:-}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
work=$(mktemp -d /tmp/tenantry-openapi.XXXXXX) || exit 1
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
if [ -z "$recorded" ]; then
	recorded=$work/calls
	export TENANTRY_CALLS=$recorded
	run_tests tests/openapi/*.bats tests/api/*.bats
else
	run_tests tests/openapi/*.bats
fi
judge "$recorded"
finish
