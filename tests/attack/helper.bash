# What the tests with outside tools use: requests made from the description of
# the API, and what the tools' reports say.
#
# Each tool is bounded in time and speaks with the loopback interface only.
#
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # set for, or by, the test file

authority=${TENANTRY_URL#*://}
authority=${authority%%/*}

# bounded SECONDS COMMAND...: its output in BATS_TEST_TMPDIR/tool.log.
bounded() {
	local seconds=$1 status=0

	shift
	tool_log=$BATS_TEST_TMPDIR/tool.log
	env -u http_proxy -u https_proxy -u all_proxy -u HTTP_PROXY \
	    -u HTTPS_PROXY -u ALL_PROXY HOME="$BATS_TEST_TMPDIR" \
	    timeout -k 10 "$seconds" "$@" > "$tool_log" 2>&1 < /dev/null 3>&- ||
	    status=$?
	[ "$status" = 0 ] || {
		echo "exit status $status of: $1"
		tail -n 20 "$tool_log"
		return 1
	}
}

# --- the description ----------------------------------------------------------

# place PATH: with the ids of ORG, PROJECT, MEMBER, KEY_ID, INVITATION_ID and
# SECRET_KEY.  A test that makes no user, key and invitation of its own has ORG
# there, which is no id of them.
place() {
	case $1 in
	*/invitations/*) echo "${1/\{id\}/${INVITATION_ID-$ORG}}" ;;
	*/api-keys/*) echo "${1/\{id\}/${KEY_ID-$ORG}}" ;;
	*/organizations/users/* | /v1/system/users/*)
		echo "${1/\{id\}/${MEMBER-$ORG}}"
		;;
	/v1/users/\{userId\}) echo "/v1/users/${MEMBER-$ORG}" ;;
	*/secret-keys/*) echo "${1/\{key\}/${SECRET_KEY-$ORG}}" ;;
	/v1/projects/* | /v1/accounts/*)
		set -- "${1/\{id\}/$PROJECT}"
		echo "${1/\{userId\}/${MEMBER-$ORG}}"
		;;
	*) echo "${1/\{id\}/$ORG}" ;;
	esac
}

# described METHOD: its paths.  One with something else in braces fails, as
# nobody knows what to put there.
described() {
	local path

	while read -r path; do
		path=$(place "$path")
		[[ $path != *[{}]* ]] || return
		echo "$path"
	done < <(description | jq -r --arg method "${1,,}" '.paths | to_entries[] |
	    select(.value[$method]) | .key')
}

# --- sqlmap -------------------------------------------------------------------

# run_sqlmap REQUEST_FILE: tries every place that is marked by a star.  What it
# would not send, or not mark, preprocess.py makes of headers of other names.
run_sqlmap() {
	local scripts=$BATS_TEST_TMPDIR/scripts

	mkdir -p "$scripts" # it wants a package
	touch "$scripts/__init__.py"
	cp "$BATS_TEST_DIRNAME/preprocess.py" "$scripts"
	bounded 300 sqlmap -r "$1" --ignore-stdin --batch --disable-coloring \
	    --level=2 --risk=1 --technique=BEUST --dbms=MySQL --time-sec=2 \
	    --timeout=20 \
	    --ignore-code='*' --flush-session --answers='URI injections=N' \
	    --preprocess="$scripts/preprocess.py" \
	    --output-dir="$BATS_TEST_TMPDIR/sqlmap"
}

# finds_injection REQUEST_FILE: the report names a place that is injectable.
finds_injection() {
	run_sqlmap "$1" || return
	grep -q 'sqlmap identified the following injection' "$tool_log" || {
		tail -n 40 "$tool_log"
		return 1
	}
}

# expect_not_injectable REQUEST_FILE PLACES
#
# The report says of each of so many marked places that it is not injectable, and
# of none that it is.
expect_not_injectable() {
	local clean

	[ "$(tr -cd '*' < "$1" | wc -c)" = "$2" ] || {
		echo "not $2 marks in:"
		cat "$1"
		return 1
	}
	run_sqlmap "$1" || return
	clean=$(grep -cE "#[0-9]+\*' does not seem to be injectable" \
	    "$tool_log" || true)
	if [ "$clean" != "$2" ] || grep -qiE \
	    'is vulnerable|sqlmap identified|might be injectable' "$tool_log" ||
	    ! grep -q 'all tested parameters do not appear to be injectable' \
	    "$tool_log"; then
		echo "$clean of $2 places are not injectable"
		grep -E 'injectable|vulnerable|identified|Payload' "$tool_log"
		return 1
	fi
}

# write_request FILE METHOD PATH BODY [HEADER...]: BODY may be empty.
write_request() {
	local file=$1 body=$4

	{
		printf '%s %s HTTP/1.1\r\nHost: %s\r\n' "$2" "$3" "$authority"
		shift 4
		[ $# = 0 ] || printf '%s\r\n' "$@"
		[ -z "$body" ] || printf 'Content-Type: application/json\r\n'
		printf '\r\n%s' "$body"
	} > "$file"
}

# --- what the service says of it ----------------------------------------------

log_lines() {
	wc -l < "$TENANTRY_STATE/log/tenantry.log"
}

# expect_no_defect FROM: no answer of 5xx and no error since that line of the
# log.
expect_no_defect() {
	local lines

	lines=$(tail -n "+$(($1 + 1))" "$TENANTRY_STATE/log/tenantry.log" |
	    grep -E ' status=5|level=error' || true)
	[ -z "$lines" ] || {
		head -n 5 <<< "$lines"
		return 1
	}
}
