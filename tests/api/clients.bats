#!/usr/bin/env bats
# Programs of others: a shared cache in front, and clients that log in only when
# they are asked to.
# shellcheck disable=SC2016,SC2154,SC2030,SC2031

setup_file() {
	load helper
	# shellcheck source=tools/process.bash
	. "$TENANTRY_ROOT/tools/process.bash"
	CACHE_PORT=$(free_port)
	export CACHE_PORT
	mkdir -p "$BATS_FILE_TMPDIR/varnish"
	# with its built-in rules; one that asks the service's own web server
	PATH=$PATH:/usr/sbin varnishd -F -j none -n "$BATS_FILE_TMPDIR/varnish" \
	    -a "127.0.0.1:$CACHE_PORT" -b "127.0.0.1:$server_port" \
	    -s malloc,16m > "$BATS_FILE_TMPDIR/varnish.log" 2>&1 3>&- &
	echo $! > "$BATS_FILE_TMPDIR/varnish.pid"
	within 30 cache_answers || {
		cat "$BATS_FILE_TMPDIR/varnish.log"
		return 1
	}
}

teardown_file() {
	kill "$(cat "$BATS_FILE_TMPDIR/varnish.pid")"
}

cache_answers() {
	curl --silent --fail --noproxy '*' --max-time 5 --output /dev/null \
	    "http://127.0.0.1:$CACHE_PORT$prefix/healthz"
}

setup() {
	load helper
	load tenancy
}

# --- a shared cache -----------------------------------------------------------

# What is behind the cache; the name of the host stays.
through_cache() {
	local name=${TENANTRY_URL#http://}

	TENANTRY_URL=http://${name%%:*}:$CACHE_PORT$prefix
}

@test "cache: it keeps what may be kept" {
	through_cache
	for _ in 1 2 3; do
		KEY='' api GET /v1/openapi.json
		expect_status 200
	done
	# the request that filled it, and this one
	[[ $(header X-Varnish) == *' '* ]]
}

# paths_read: every path that is read with a credential, its names filled in.
paths_read() {
	local path

	for path in $(description | jq -r '.paths | to_entries[] |
	    select(.value.get | . != null and .security != []) | .key' |
	    grep -vx '/metrics'); do
		path=${path//\{userId\}/$(user_id "$MEMBER_EMAIL")}
		case $path in
		/v1/organizations/users/*)
			path=${path/\{id\}/$(user_id "$MEMBER_EMAIL")}
			;;
		/v1/organizations/*) path=${path/\{id\}/$ORG} ;;
		/v1/projects/* | /v1/accounts/* | /v1/organizations/accounts/*)
			path=${path/\{id\}/$PROJECT}
			;;
		/v1/invitations/*) path=${path/\{id\}/$INVITED} ;;
		esac
		# of a key, an event: nothing that is there
		echo "$path" | sed "s/{[A-Za-z]*}/$ORG/g"
	done
}

@test "cache: nothing that is read is given to a second caller, in any role" {
	local path key read=0

	new_tenant
	new_member
	new_viewer
	new_stranger
	KEY=$OWNER_KEY api POST /v1/invitations --data \
	    "{\"email\": \"$(unique guest)@example.org\", \"role\": \"user\"}"
	INVITED=$(json .invitation.metadata.id)
	paths=$(paths_read)
	[ "$(wc -l <<< "$paths")" -ge 25 ]
	through_cache
	for path in $paths; do
		echo "$path"
		for key in "$TENANTRY_API_KEY" "$OWNER_KEY" "$MEMBER_KEY" \
		    "$VIEWER_KEY"; do
			for _ in 1 2; do
				KEY=$key api GET "$path"
			done
			[[ $(header X-Varnish) != *' '* ]]
			[ "$key$status_code" != "${OWNER_KEY}200" ] ||
			    read=$((read + 1))
			KEY='' api GET "$path"
			# what a session can do is told to everybody
			[[ $status_code == 401 && $body != *"$ORG"* &&
			    $body != *@example.org* ]]
			KEY=$STRANGER_KEY api GET "$path"
			[[ $body != *"$ORG"* || $path == *"$ORG"* &&
			    $status_code == 40[34] ]]
		done
	done
	# the owner was shown the most of them
	echo "read: $read"
	[ "$read" -ge 18 ]
}

# --- who is asked for login and password --------------------------------------

# Each sends nothing at first, and what it has once a 401 asks for it.  The list
# has the organization of the user.
logs_in() { # COMMAND...
	local text

	text=$(env "no_proxy=*" LOGIN="$USER_EMAIL" PASSWORD="$USER_PASSWORD" \
	    URL="$TENANTRY_URL/v1/organizations" \
	    NETLOC="$(cut -d / -f 3 <<< "$TENANTRY_URL")" \
	    timeout 60 "$@") || {
		echo "failed: $*"
		return 1
	}
	jq -e ".organizations[0].metadata.id == \"$ORG\"" <<< "$text"
}

@test "clients: curl, wget, lynx, urllib and LWP log in when they are asked" {
	new_login
	KEY=$USER_KEY new_org
	logs_in sh -c 'curl --silent --anyauth --user "$LOGIN:$PASSWORD" "$URL"'
	logs_in sh -c 'wget --quiet --no-proxy --output-document=- \
	    --user="$LOGIN" --password="$PASSWORD" "$URL"'
	logs_in sh -c 'lynx -source -auth="$LOGIN:$PASSWORD" "$URL"'
	logs_in python3 -c '
import os, urllib.request
e = os.environ
known = urllib.request.HTTPPasswordMgr()
known.add_password("tenantry", e["URL"], e["LOGIN"], e["PASSWORD"])
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
    urllib.request.HTTPBasicAuthHandler(known))
print(opener.open(e["URL"]).read().decode())'
	logs_in perl -MLWP::UserAgent -e '
		my $agent = LWP::UserAgent->new;
		$agent->credentials($ENV{NETLOC}, "tenantry", $ENV{LOGIN},
		    $ENV{PASSWORD});
		my $answer = $agent->get($ENV{URL});
		die $answer->status_line unless $answer->is_success;
		print $answer->decoded_content;'
}

# --- scripts for the reference ------------------------------------------------

# JSON with the type of a form, as curl sends it; no header but the login.
scripted() { # METHOD PATH [BODY]
	curl --silent --fail-with-body --noproxy '*' --max-time 60 \
	    --user "$USER_EMAIL:$USER_PASSWORD" --request "$1" \
	    "$TENANTRY_URL$2" ${3+--data "$3"}
}

@test "clients: scripts for the reference change secret keys and add users" {
	local new first

	new_login
	KEY=$USER_KEY new_org
	first=$(scripted GET /v1/secret-keys | jq -r .defaultSecretKey)
	new=$(scripted POST /v1/secret-keys '' | jq -r .secretKey)
	scripted POST "/v1/secret-keys/$new/name" '{"name": "Edge"}'
	scripted POST "/v1/secret-keys/$new/default" ''
	scripted GET "/v1/secret-keys?any=1" | jq -e --arg new "$new" \
	    --arg first "$first" '. == {defaultSecretKey: $new,
	    alternateSecretKeys: [$first],
	    names: [{secretKey: $new, name: "Edge"}]}'
	scripted DELETE "/v1/secret-keys/$first"
	scripted GET /v1/organizations/accounts/all | jq -e --arg new "$new" \
	    '.organizations[0].accounts[0].spec ==
	    {secretKey: $new, alternateSecretKeys: []}'
	scripted POST /v1/users "{\"email\": \"$USER_EMAIL\", \"name\": \"\",
	    \"create\": false}" | jq -e '.updates[0].status == "unchanged"'
	scripted GET /v1/users/me |
	    jq -e --arg org "$ORG" '.memberships[0].organization.id == $org'
}

# is MEMBERS [JQ]: an object of the answer has exactly these members.
is() {
	jq -e --arg members "$1" "${2:-.} | keys == (\$members |
	    split(\" \") | sort)" <<< "$answer" > /dev/null || {
		echo "$answer"
		return 1
	}
}

# What a fresh installation of the reference is asked for, in this order, by the
# scripts of its vendor: a login without @, JSON with the type of a form, members
# and paths as they send them.
@test "clients: the vendor's set-up of an installation runs as it is" {
	local name answer project org mixed

	USER_EMAIL=$(unique int-test-user) USER_PASSWORD=$(unique tfp)
	ctl user add --login "$USER_EMAIL" > /dev/null
	ctl user password --login "$USER_EMAIL" <<< "$USER_PASSWORD"
	name=$(unique Vendor)
	answer=$(scripted PUT /v1/accept-eula '')
	[ -z "$answer" ]
	answer=$(scripted PUT /v1/organizations/verify \
	    "{\"organizationName\": \"$name\"}")
	[ "$answer" = '{"inUse":false}' ]
	answer=$(scripted POST /v1/organizations "{\"organizationName\": \"$name\",
	    \"accountName\": \"Initial\", \"eulaAccepted\": true}")
	is 'account organization'
	is 'apiVersion kind metadata spec status' .organization
	is 'apiVersion kind metadata spec status' .account
	is 'dateCreated dateModified displayName hash id labels name version' \
	    .organization.metadata
	jq -e '.organization | .apiVersion == "bindplane.observiq.com/v1" and
	    .kind == "Organization" and .spec == {parameters: []}' <<< "$answer"
	jq -e '.account | .kind == "Account" and
	    (.spec.secretKey | test("^[0-9A-HJKMNP-TV-Z]{26}$"))' <<< "$answer"
	is 'alternateSecretKeys secretKey' .account.spec
	# a new one has not changed since
	jq -e '[.organization, .account | .metadata |
	    .dateCreated == .dateModified] | all' <<< "$answer"
	org=$(jq -r .organization.metadata.id <<< "$answer")
	project=$(jq -r .account.metadata.id <<< "$answer")
	answer=$(scripted PUT /v1/organizations/verify \
	    "{\"organizationName\": \"$name\"}")
	[ "$answer" = '{"inUse":true}' ]
	# lists: parameters that are not known do not matter
	for mixed in accounts projects; do
		answer=$(scripted GET "/v1/organizations/$mixed?offset=0&sort=name")
		is accounts
		answer=$(scripted GET "/v1/organizations/$mixed/all?x=1&x=2")
		is organizations
		is 'accounts organization' '.organizations[0]'
	done
	answer=$(scripted GET '/v1/organizations?limit=5&any=1')
	is organizations
	answer=$(scripted GET '/v1/organizations/users?any=1')
	is users
	is 'activeAccount email nextLoginAccount requestedMFA role' \
	    '.users[0].spec'
	answer=$(scripted GET "/v1/projects?any=1")
	is accounts
	answer=$(scripted PATCH /v1/projects "{\"metadata\":
	    {\"id\": \"$project\"}, \"displayName\": \"Renamed\"}")
	[ "$(jq -r .account.metadata.displayName <<< "$answer")" = Renamed ]
	answer=$(scripted PATCH /v1/accounts/next-login \
	    "{\"accountId\": \"$project\"}")
	[ "$(jq -r .user.spec.nextLoginAccount <<< "$answer")" = "$project" ]
	answer=$(scripted GET /v1/users)
	is users
	answer=$(scripted GET "/v1/users/$(jq -r '.users[0].metadata.id' \
	    <<< "$answer")")
	is user
	answer=$(scripted PATCH "/v1/organizations/$org/metadata" \
	    "{\"displayName\": \"$name 2\"}")
	[ -z "$answer" ]
	answer=$(scripted DELETE "/v1/organizations/$org")
	[ -z "$answer" ]
}

# Its chart probes /health, its command line asks for the version, its collector
# for the audit trail; all of them by a key in the older header, too.
@test "clients: the vendor's probes, command line and collector are answered" {
	local answer header

	new_login
	KEY=$USER_KEY new_org
	[ "$(curl --silent --noproxy '*' --output /dev/null \
	    --write-out '%{http_code}' --header 'Accept: */*' \
	    "$TENANTRY_URL/health")" = 200 ]
	answer=$(curl --silent --noproxy '*' "$TENANTRY_URL/v1/version")
	is 'commit schema tag version'
	for header in X-Bindplane-Api-Key X-Api-Key; do
		KEY='' api GET "/v1/audit-events?min-date=2020-01-01%2000:00:00.000000%2B00" \
		    --header "$header: $USER_KEY"
		expect_status 200
		answer=$body
		is auditEvents
		is 'account action configuration description hash id requestId resourceKind resourceName seq timestamp user' \
		    '.auditEvents[0]'
	done
	# an error's words are where its clients look for them
	KEY='' api GET /v1/organizations --header 'X-Bindplane-Api-Key: tny_no'
	expect_status 401
	expect_json '.errors | length == 1 and (.[0] | type == "string")'
}
