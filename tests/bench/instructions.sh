#!/usr/bin/env bash
# Counts the instructions of single requests in the life of plain CGI, without
# a database: a number that repeats exactly, so that a slower program shows
# itself where a clock would not tell.
#
#   instructions.sh count     "NAME STATUS OWN ALL" of each request
#   instructions.sh record    the same into instructions.txt beside this file
#   instructions.sh compare   each request beside what is recorded; false where
#                             one differs by more than is allowed.  A FILE of
#                             counts may be named, to count only once
#
# OWN is what the program's own code executes, ALL what main() and everything
# that it calls does, libraries included.  PROGRAM names the program.
set -euo pipefail
unset CDPATH
export LC_ALL=C

root=$(cd "$(dirname "$0")/../.." && pwd)
recorded=$root/tests/bench/instructions.txt
program=$(realpath "${PROGRAM:-$root/cgi-bin/tenantry.fcgi}")

# name     method  path                         variables and body
requests='
healthz    GET     /healthz
version    GET     /v1/version
openapi    GET     /v1/openapi.json
jwks       GET     /.well-known/jwks.json
preflight  OPTIONS /v1/organizations
unknown    GET     /v1/nothing/of/that/kind
method     DELETE  /v1/organizations
length     POST    /v1/organizations
large      POST    /v1/organizations            CONTENT_LENGTH=65537
early-end  POST    /v1/organizations            CONTENT_LENGTH=40 {"organizationName":
multipart  POST    /v1/organizations            CONTENT_TYPE=multipart/form-data {}
accept     GET     /v1/organizations            HTTP_ACCEPT=text/html
nobody     GET     /v1/organizations
away       GET     /v1/organizations            HTTP_X_API_KEY=tny_0123456789abcdefghijklmnopqrstuv
away-post  POST    /v1/organizations            HTTP_X_API_KEY=tny_0123456789abcdefghijklmnopqrstuv {"organizationName":"Harbour Works","accountName":"First project","eulaAccepted":true}
'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Always the same settings: reading them is counted too.
write_settings() {
	printf '%s\n' 'db_socket = nothing.sock' 'db_name = tenantry' \
	    'db_user = tenantry' 'db_password = none' 'run_dir = .' \
	    > "$folder/conf"
	chmod 600 "$folder/conf"
}

# Sums the costs of a callgrind file: of the program's own code, and of all.  A
# line behind "calls=" holds the cost of the callee, which is counted there.
sum_costs() { # FILE
	awk -v own="$program" '
	    /^ob=/ { is_own = substr($0, 4) == own; next }
	    /^calls=/ { is_call = 1; next }
	    /^[0-9+*-]/ {
		if (!is_call) {
			all += $2
			if (is_own) mine += $2
		}
		is_call = 0
	    }
	    END { print mine + 0, all + 0 }' "$1"
}

count_one() { # NAME METHOD PATH REST...
	local name=$1 method=$2 path=$3 variables=() body='' word status

	shift 3
	for word; do
		if [[ -z $body && $word =~ ^[A-Z_]+= ]]; then
			variables+=("$word")
		else
			body+=${body:+ }$word
		fi
	done
	printf '%s' "$body" > "$folder/body"
	[[ -z $body || ${variables[*]} == *CONTENT_LENGTH=* ]] ||
	    variables+=("CONTENT_LENGTH=${#body}")
	(
		cd "$folder"
		exec env -i PATH=/usr/bin:/bin GATEWAY_INTERFACE=CGI/1.1 \
		    REQUEST_METHOD="$method" SCRIPT_NAME= PATH_INFO="$path" \
		    REQUEST_URI="$path" SERVER_PROTOCOL=HTTP/1.1 \
		    HTTP_X_REQUEST_ID=instructions TENANTRY_CONF=conf \
		    "${variables[@]}" \
		    valgrind --quiet --tool=callgrind --compress-strings=no \
		    --compress-pos=no --toggle-collect=main \
		    --callgrind-out-file=costs "$program" \
		    < body > answer 2> errors
	) || { cat "$folder/errors" >&2; return 1; }
	status=$(sed -n '1s/^Status: \([0-9]*\).*/\1/p' "$folder/answer")
	echo "$name ${status:-200} $(sum_costs "$folder/costs")"
}

count() {
	local line words

	write_settings
	while read -r line; do
		read -ra words <<< "$line"
		[ ${#words[@]} = 0 ] || count_one "${words[@]}"
	done <<< "$requests"
}

# What the program was compiled with: its name and major version.
compiler() {
	readelf -p .comment "$program" |
	    sed -n 's/.*\(GCC\|clang\).* \([0-9]*\)\.[0-9.]*.*/\1 \2/p' |
	    sort | tail -n 1
}

record() {
	{
		echo "# Written by tests/bench/instructions.sh record."
		echo "# compiler: $(compiler)"
		echo "# request, status, instructions of its own, all"
		count
	} > "$folder/new"
	mv "$folder/new" "$recorded"
	chmod 644 "$recorded"
}

# Own code within 5 %, all of it within 15 %, as libraries change with the
# machine and its updates.  Another compiler than the recorded one makes other
# code: then only half as much again is too much.
compare() { # [FILE]
	if [ $# = 1 ]; then cat "$1"; else count; fi | awk -v is_same="$(grep -cFx "# compiler: $(compiler)" \
	    "$recorded")" '
	    function differs(now, then, percent) {
		if (!is_same)
			return now > 1.5 * then
		return now > then * (1 + percent / 100) ||
		    now < then * (1 - percent / 100)
	    }
	    function change(now, then) {
		return sprintf("%+.1f %%", 100 * (now - then) / then)
	    }
	    FNR == NR {
		if ($1 != "#") { status[$1] = $2; own[$1] = $3; all[$1] = $4 }
		next
	    }
	    {
		said = "as recorded"
		if (!($1 in own)) said = "NOT RECORDED"
		else if (status[$1] != $2) said = "STATUS WAS " status[$1]
		else if (differs($3, own[$1], 5)) said = "OWN CODE DIFFERS"
		else if (differs($4, all[$1], 15)) said = "LIBRARIES DIFFER"
		if (said != "as recorded") bad = 1
		printf "%-10s %s  own %d (%s)  all %d (%s)  %s\n", $1, $2, $3,
		    own[$1] ? change($3, own[$1]) : "new", $4,
		    all[$1] ? change($4, all[$1]) : "new", said
		seen[$1] = 1
	    }
	    END {
		for (name in own) if (!(name in seen)) {
			print name "  NOT COUNTED"; bad = 1
		}
		exit bad
	    }' "$recorded" -
}

case ${1:-} in
count | record | compare) "$@" ;;
*)
	sed -n '6,9s/^# *//p' "$0" >&2
	exit 2
	;;
esac
