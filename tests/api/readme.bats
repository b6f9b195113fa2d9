#!/usr/bin/env bats
# The table of routes in README.md: it names each route, and its lines work from
# top to bottom.
# shellcheck disable=SC2016,SC2034,SC2154 # used by the lines; set by helpers

setup() {
	load helper
	load tenancy
}

# lines: the calls of the table, as they stand there.
lines() {
	sed -n '/^## Routes/,/^## /s/^| `\(curl .*\)` | .* | .* |$/\1/p' \
	    "$TENANTRY_ROOT/README.md"
}

# The aliases of a route, and the methods that only show that they arrive.
others='post /v1/organizations/verify|(put|patch|delete) /doctor|get /health'
others+='|[a-z]+ (/v1/accounts|/v1/organizations/accounts)(/.*)?'

# The routes of the lines, as the description writes them.
routes_of_lines() {
	lines | sed -E 's/.* -X ([A-Z]+) .*/\L\1 &/; t path
	    s/.* -d .*/post &/; t path
	    s/^/get /
	    : path
	    s/^([a-z]+) .*\$url([^ ]*).*/\1 \2/
	    s/\$user/{userId}/; s/\$(spare|first)/{key}/; s/\$[a-z]+/{id}/
	    s/((organizations|system).*)\{userId\}/\1{id}/' | sort -u
}

# sample_answers: each JSON answer below Calls, as it stands there.
sample_answers() {
	sed -n '/^## Calls/,/^## Routes/s/^{.*}$/&/p' "$TENANTRY_ROOT/README.md"
}

# members: the names of all members of a JSON text, by their places.
members() {
	jq -c '[paths | map(if type == "number" then 0 else . end)] | unique'
}

# The ids and times of the samples are of their day; what there is, is of now.
@test "the answers that the README shows have the members of true ones" {
	local name

	mapfile -t shown < <(sample_answers)
	[ "${#shown[@]}" = 6 ]
	name=$(unique Harbour)
	true_answers() {
		api POST /v1/organizations --data "$(create_body "$name")"
		expect_status 200
		echo "$body"
		api GET "/v1/organizations/$(json .organization.metadata.id)"
		echo "$body"
		api PUT /v1/organizations/verify \
		    --data "{\"organizationName\": \"$name\"}"
		echo "$body"
		api POST /v1/organizations --data "$(create_body "$name")"
		expect_status 409
		echo "$body"
		api POST /v1/organizations --data "$(create_body "$name 2")"
		echo "$body"
		KEY='' api GET /healthz
		echo "$body"
	}
	diff <(printf '%s\n' "${shown[@]}" | members) <(true_answers | members)
}

@test "the README has a line for each route" {
	KEY='' api GET /v1/openapi.json
	diff -u <(jq -r '.paths | to_entries[] | .key as $path | .value |
	    keys[] | "\(.) \($path)"' "$body_file" |
	    grep -vxE "$others" | sort) <(routes_of_lines)
}

# The instance sends no mail: what wants one is 409, and no token of a mail is
# there.  tests/api/mail_tokens.bats has the answers with mail.
is_without_mail() { # LINE
	case $1 in
	*/users/me/email* | *'/password-resets -d'*) [ "$status_code" = 409 ] ;;
	*'$mailed'*) [ "$status_code" = 404 ] ;;
	*) false ;;
	esac
}

# What a line makes is what the lines below it are about.
take_ids() {
	case $1 in
	*'"accountName"'*)
		org=$(json .organization.metadata.id)
		slug=$(json .organization.metadata.name)
		in="X-Organization-ID: $org"
		new_login
		login=$USER_EMAIL secret=$USER_PASSWORD
		join_organization "$USER_EMAIL" admin "$org"
		user=$(user_id "$USER_EMAIL")
		new_login
		guest=$USER_EMAIL password=$USER_PASSWORD
		# the caller is a system administrator, who adds at once
		sql "UPDATE users SET is_email_unproved = 1
		    WHERE email = '$guest'"
		license=$(issue --type growth)
		;;
	*/v1/sessions) session=$(json '.sessions[0].id') ;;
	*invitations*resend* | *guest*role*)
		token=$(json '.link | split("/") | last')
		invitation=$(json .invitation.metadata.id)
		# as if a minute had passed
		sql "UPDATE invitations SET sent_at = sent_at - INTERVAL 61
		    SECOND WHERE id = '$invitation';
		    UPDATE users SET is_email_unproved = 0
		    WHERE email = '$guest'"
		;;
	*'"Second project"'*)
		project=$(json .account.metadata.id)
		first=$(json .account.spec.secretKey)
		;;
	*'/secret-keys -d'*) spare=$(json .secretKey) ;;
	*/leave*) # another person who may purge
		login=$TENANTRY_LOGIN secret=$TENANTRY_PASSWORD
		;;
	*'"Deployment"'*) id=$(json .apiKey.metadata.id) ;;
	esac
}

@test "the lines of the README work from top to bottom" {
	local line org in user login secret license project id count=0
	local guest password invitation token first spare slug
	local mailed=none session jar=$BATS_TEST_TMPDIR/jar json='Content-Type: application/json'
	local url=$TENANTRY_URL name key="X-Api-Key: $TENANTRY_API_KEY"

	name=$(unique Harbour)
	body_file=$BATS_TEST_TMPDIR/body
	curl() {
		command curl --silent --show-error --max-time 60 \
		    --output "$body_file" --write-out '%{http_code}' "$@"
	}
	while read -r line; do
		status_code=$(eval "${line//Harbour Works/$name}")
		[[ $status_code == 2?? ]] || is_without_mail "$line" || {
			echo "$status_code: $line"
			cat "$body_file"
			return 1
		}
		take_ids "$line"
		count=$((count + 1))
	done < <(lines)
	[ "$count" -ge 30 ]
}
