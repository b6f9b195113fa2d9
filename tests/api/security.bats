#!/usr/bin/env bats
# What an attacker tries first: the OWASP API Security Top 10 (2023), as far as
# no other file has it (docs/security.md says which has), header injection, and
# the headers of every kind of answer.
# shellcheck disable=SC2015,SC2030,SC2031,SC2034,SC2086,SC2154

setup() {
	load helper
	load tenancy
	load cgi
}

teardown() {
	[ -z "${listener:-}" ] || kill "$listener" 2> /dev/null || true
}

nobody=01ARZ3NDEKTSV4RRFFQ69G5FAV

# --- the description ----------------------------------------------------------

# operations: "method path" of every one.
operations() {
	description | jq -r '.paths | to_entries[] | .key as $path |
	    .value | keys_unsorted[] |
	    select(IN("get", "post", "put", "patch", "delete")) |
	    "\(ascii_upcase) \($path)"'
}

# whose METHOD PATH: whom an operation is for.  One that is not here fails the
# tests that ask.
whose() {
	case "$1 $2" in
	'GET /v1/version' | 'GET /v1/openapi.json' | 'GET /healthz' | \
	    'GET /health' | 'GET /readyz' | 'GET /.well-known/jwks.json' | \
	    'GET /v1/permissions' | \
	    'GET /metrics')
		echo public ;;
	'GET /v1/organizations' | 'POST /v1/organizations' | 'GET /v1/users/me' | \
	    'GET /v1/organizations/'*/all | *' /v1/organizations/verify' | \
	    'PUT /v1/accept-eula')
		echo anyone ;;
	'GET /v1/organizations/{id}' | 'GET /v1/organizations/{id}/license')
		echo member ;;
	'GET /v1/organizations/{id}/license/history' | *'{id}/export')
		echo admin ;;
	'PATCH /v1/projects' | 'PATCH /v1/accounts' | *'/next-login')
		echo named-by-body ;;
	*'/current' | *' /v1/users' | *' /v1/users/{userId}' | *' /v1/secret-keys'*)
		echo current ;;
	*'/restore')
		echo former-admin ;;
	'POST /v1/session')
		echo sign-in ;;
	*' /v1/session' | *' /v1/session/confirm' | *' /v1/sessions'* | \
	    'PATCH /v1/users/me' | *'/me/password' | *'/me/email' | \
	    *'/me/erase' | *'/me/export')
		echo person ;;
	*'/leave' | *'/purge' | *'/decline' | *'{id}/accept' | *'/me/invitations')
		echo person ;;
	'POST /v1/invitations/accept')
		echo signs-in ;;
	'POST /v1/invitations/lookup' | *' /v1/password-resets'* | \
	    'POST /v1/users/confirm')
		echo token ;;
	*' /v1/invitations')
		echo inviter ;;
	*' /v1/invitations/'*)
		echo invitation ;;
	'GET /v1/projects' | 'GET /v1/accounts' | *' /v1/api-keys' | \
	    'GET /v1/check')
		echo member-of-context ;;
	*' /v1/api-keys/'*)
		echo key ;;
	'GET /v1/projects/{id}' | 'GET /v1/accounts/{id}')
		echo project-member ;;
	'DELETE /v1/projects/{id}' | 'DELETE /v1/accounts/{id}')
		echo project-owner ;;
	*' /v1/projects/'* | *' /v1/accounts/'*)
		echo project-admin ;;
	*' /v1/organizations/users/{id}')
		echo admin-of-context ;;
	*' /doctor' | 'GET /v1/system/'*)
		echo system ;;
	*' /v1/system/'*)
		echo system-write ;;
	'PUT /v1/organization-license' | 'POST /v1/projects' | \
	    'POST /v1/check' | 'GET /v1/audit-events'* | \
	    'POST /v1/organizations/users' | \
	    'POST /v1/accounts' | 'GET /v1/organizations/'*)
		echo admin-of-context ;;
	*' /v1/organizations/{id}'*)
		echo admin ;;
	*)
		echo unknown ;;
	esac
}

body_of() { # METHOD PATH: one that is right
	case "$1 $2" in
	*license) echo '{"licenseKey": "none"}' ;;
	'POST /v1/organizations') create_body "$(unique Walk)" ;;
	*/system/users/*) echo '{"disabled": true}' ;;
	*/erase) echo '{"password": "none", "confirm": "none"}' ;;
	*'/users/{'*) echo '{"role": "user"}' ;;
	*/check) echo '{"credential": "none", "need": "user"}' ;;
	*/rotate) echo '{"overlap": 0}' ;;
	*/api-keys*) echo '{"description": "Walk"}' ;;
	*/leave | */resend | */restore) echo '{}' ;;
	*/name) echo '{"name": "Walk"}' ;;
	*/purge) echo '{"slug": "none"}' ;;
	*/lookup | */accept | */decline) echo '{"token": "none"}' ;;
	*/invitations | */users) echo '{"email": "a@example.org",
	    "role": "user"}' ;;
	*/session) echo '{"login": "none", "password": "none"}' ;;
	*/me/email) echo '{"email": "a@example.org", "password": "none"}' ;;
	*/confirm) echo '{"password": "none"}' ;;
	*/password) echo '{"current": "none", "new": "none none"}' ;;
	*/next-login) echo "{\"accountId\": \"$PROJECT\"}" ;;
	'PATCH /v1/projects' | 'PATCH /v1/accounts')
		echo "{\"id\": \"$PROJECT\", \"displayName\": \"Walk\"}" ;;
	*) echo '{"displayName": "'"$(unique Walk)"'"}' ;;
	esac
}

# Sets owner, key_id and invited: the ids of the tenant's owner, of OWNER_KEY and
# of an invitation; and secret_key, that of PROJECT.
find_owner() {
	KEY=$OWNER_KEY api POST /v1/invitations --data \
	    "{\"email\": \"$(unique guest)@example.org\", \"role\": \"user\"}"
	expect_status 201
	invited=$(json .invitation.metadata.id)
	read -r owner key_id secret_key < <(sql "SELECT k.user_id, k.id,
	    p.secret_key FROM api_keys k JOIN projects p ON p.id = '$PROJECT'
	    WHERE k.digest = UNHEX(SHA2('$OWNER_KEY', 256))")
}

# place PATH: with the ids of ORG, of its project, its owner and its owner's key.
place() {
	case $1 in
	*/api-keys/*) echo "${1/\{id\}/$key_id}" ;;
	*/secret-keys/*) echo "${1/\{key\}/$secret_key}" ;;
	*/invitations/*) echo "${1/\{id\}/$invited}" ;;
	*/organizations/users/* | */system/users/*)
		echo "${1/\{id\}/$owner}" ;;
	/v1/projects/* | /v1/accounts/* | /v1/users/{*)
		set -- "${1/\{id\}/$PROJECT}"
		echo "${1/\{userId\}/$owner}"
		;;
	*) echo "${1/\{id\}/$ORG}" ;;
	esac
}

# expect_walk ROLE STATUSES_BY_CLASS
#
# Every operation on ORG, with its ids in path and header, is answered to KEY by
# one of the statuses given as "class=ERE".  A body is `[]`, which is 400 for
# those who may send one.
expect_walk() {
	local role=$1 method path class rule wanted arguments count=0

	shift
	find_owner
	while read -r method path; do
		class=$(whose "$method" "$path")
		wanted=''
		for rule; do
			[[ ${rule%%=*} != "$class" ]] || wanted=${rule#*=}
		done
		# what may be done is not done to the organization itself
		[[ "$method" != DELETE || " $wanted " != *204* ]] || continue
		arguments=(--header "X-Organization-ID: $ORG")
		[[ $method == GET || $method == DELETE ]] ||
		    arguments+=(--data '[]')
		api "$method" "$(place "$path")" "${arguments[@]}"
		[[ -n $wanted && $status_code =~ ^($wanted)$ ]] || {
			echo "$role: $method $path ($class) is $status_code," \
			    "not ${wanted:-known}"
			return 1
		}
		count=$((count + 1))
	done < <(operations)
	[ "$count" -ge 38 ]
}

# --- 1: object level authorization --------------------------------------------

state_of() { # ORGANIZATION
	sql "SELECT display_name, version, write_count FROM organizations
	    WHERE id = '$1'"
	rows_of "$1"
}

@test "bola: no operation does anything with a foreign id in path or header" {
	local method path before key arguments foreign

	new_tenant
	new_stranger
	find_owner
	before=$(state_of "$ORG")
	foreign=$(add_key --user "$(sql "SELECT email FROM users u JOIN
	    organization_bindings b ON b.user_id = u.id
	    WHERE b.organization_id = '$STRANGER_ORG'")" \
	    --org "$STRANGER_ORG" --role admin)
	[[ $foreign == tny_* ]]
	while read -r method path; do
		case $(whose "$method" "$path") in
		public | anyone | system | token | signs-in | sign-in) continue ;;
		esac
		for header in "X-Organization-ID: $ORG" \
		    "X-Bindplane-Account-ID: $PROJECT"; do
			for key in "$STRANGER_KEY" "$foreign"; do
				arguments=(--header "$header")
				[[ $method == GET || $method == DELETE ]] ||
				    arguments+=(--data
				        "$(body_of "$method" "$path")")
				KEY=$key api "$method" \
				    "$(place "$path")" "${arguments[@]}"
				[[ $status_code == 40[34] ]] || {
					echo "$method $path"
					show_answer
					return 1
				}
				[[ $body != *"$ORG_NAME"* ]]
			done
		done
	done < <(operations)
	[ "$(state_of "$ORG")" = "$before" ]
}

# --- 2: authentication --------------------------------------------------------

# queries_of ID: how many statements that request took, by the log.
queries_of() {
	within 5 grep -qsF "id=$1 " "$served_log"/{tenantry,server}.log
	service_log | grep -F "id=$1 " | sed 's/.*queries=\([0-9]*\).*/\1/'
}

# The work of a hash is compared by tests/unit/test_password.c.
@test "timing: an unknown key or login takes the statements of a known one" {
	local id disabled login i=4

	new_login
	id=$(unique timing)
	KEY=$USER_KEY api GET /v1/organizations --header "X-Request-Id: $id-1"
	expect_status 200
	KEY=tny_$(unique none) api GET /v1/organizations \
	    --header "X-Request-Id: $id-2"
	expect_unauthenticated
	[ "$(queries_of "$id-1")" = 1 ]
	with_password "$USER_EMAIL" wrong --header "X-Request-Id: $id-3"
	expect_unauthenticated
	with_password "$(unique nobody)@example.org" wrong \
	    --header "X-Request-Id: $id-4"
	expect_unauthenticated
	[ "$(queries_of "$id-3")" -ge 1 ]
	[ "$(queries_of "$id-3")" = "$(queries_of "$id-4")" ]
	# nor does it tell of a user who may not, even by the right password
	ctl user disable --email "$USER_EMAIL"
	disabled=$USER_EMAIL
	KEY=$USER_KEY api GET /v1/organizations --header "X-Request-Id: $id-0"
	expect_unauthenticated
	# the second statement is the log's: it finds out why
	[ "$(queries_of "$id-0")" = 2 ]
	[ "$(queries_of "$id-2")" = 2 ]
	new_user "$(unique plain)@example.org"
	for login in "$disabled" "$USER_EMAIL"; do
		i=$((i + 1))
		with_password "$login" "$USER_PASSWORD" \
		    --header "X-Request-Id: $id-$i"
		expect_unauthenticated
		[ "$(queries_of "$id-$i")" = "$(queries_of "$id-4")" ]
	done
}

# --- 3: property level authorization ------------------------------------------

@test "properties: what a client may not set is not set" {
	local name

	new_user "$(unique setter)@example.org"
	name=$(unique Set)
	KEY=$USER_KEY api POST /v1/organizations --data "$(create_body "$name" \
	    "+ {id: \"$nobody\", is_system_admin: true, isSystemAdmin: true,
	    role: \"admin\", version: 99, write_count: 99, slug: \"mine\",
	    name: \"mine\", userId: \"$nobody\", secretKey: \"$nobody\",
	    created_at: \"2000-01-01\", limits: {projects: 99},
	    metadata: {id: \"$nobody\", version: 99, name: \"mine\"},
	    spec: {secretKey: \"$nobody\"}}")"
	expect_status 200
	expect_json ".organization.metadata.id != \"$nobody\" and
	    .organization.metadata.version == 1 and
	    .organization.metadata.name != \"mine\" and
	    .account.spec.secretKey != \"$nobody\" and
	    .account.metadata.id != \"$nobody\""
	[ "$(sql "SELECT is_system_admin FROM users
	    WHERE email = '$USER_EMAIL'")" = 0 ]
	ORG=$(json .organization.metadata.id)
	KEY=$USER_KEY api GET /doctor
	expect_problem 403
	KEY=$USER_KEY api PATCH "/v1/organizations/$ORG/metadata" --data \
	    "$(jq -n --arg name "$name 2" '{displayName: $name, name: "mine",
	    id: "'"$nobody"'", version: 99, labels: {a: "b"}}')"
	expect_status 200
	KEY=$USER_KEY api GET "/v1/organizations/$ORG"
	expect_json '.organization.metadata | .version == 2 and
	    .name != "mine" and .labels == {}'
	KEY=$USER_KEY api POST /v1/projects --data \
	    '{"displayName": "Second", "organizationId": "'"$nobody"'"}'
	expect_problem 409
}

@test "properties: __proto__ and constructor are members like any other" {
	new_tenant
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG/metadata" --data \
	    '{"__proto__": {"displayName": "a"}, "constructor": {"prototype": 1}}'
	expect_problem 400 displayName
}

# --- 4: resources -------------------------------------------------------------

@test "resources: a header that is very long is refused, and the next is heard" {
	local long

	long=$(head -c 100000 /dev/zero | tr '\0' a)
	KEY='' api GET /healthz --header @<(echo "X-Long: $long")
	[[ $status_code == 4[0-9][0-9] ]]
	KEY='' api GET "/healthz?a=$long"
	[[ $status_code == 4[0-9][0-9] ]]
	KEY='' api GET /healthz
	expect_status 200
}

@test "resources: very many headers, parameters or segments end no worker" {
	local many before

	before=$(process worker | sort)
	for i in {1..300}; do
		echo "X-Many-$i: a"
	done > "$BATS_TEST_TMPDIR/many"
	KEY='' api GET /healthz --header "@$BATS_TEST_TMPDIR/many"
	[[ $status_code == 200 || $status_code == 4[0-9][0-9] ]]
	many=$(printf 'a=b&%.0s' {1..1500})
	KEY='' api GET "/healthz?$many"
	[[ $status_code == 200 || $status_code == 4[0-9][0-9] ]]
	many=$(printf '/a%.0s' {1..1500})
	KEY='' api GET "/v1$many"
	[[ $status_code == 4[0-9][0-9] ]]
	[ "$(process worker | sort)" = "$before" ]
}

@test "resources: a body of brackets or of numbers alone is 400 at once" {
	local text

	for text in '[' '{"a":' '[1,' '{"a":[' '-' '1' '"\u0000'; do
		printf -- "${text//%/%%}%.0s" {1..8000} |
		    head -c 60000 > "$BATS_TEST_TMPDIR/nested"
		api PUT /v1/organizations/verify \
		    --data-binary "@$BATS_TEST_TMPDIR/nested"
		expect_problem 400
	done
}

# --- 5: function level authorization ------------------------------------------

# What every key is answered: a body that names no project, and what is for a
# person.
of_all='sign-in=403 named-by-body=400 person=403 signs-in=403 token=400 former-admin=400'

@test "roles: without a credential every operation but the public is 401" {
	new_tenant
	KEY='' expect_walk nobody public=200 anyone=401 member=401 \
	    member-of-context=401 project-member=401 project-admin=401 \
	    project-owner=401 key=401 admin-of-context=401 admin=401 \
	    sign-in=403 system=401 system-write=401 named-by-body=401 current=401 person=401 signs-in=400 \
	    token=400 inviter=401 invitation=401 former-admin=401
}

@test "roles: a stranger has what is anyone's, and nothing of another's" {
	new_tenant
	new_stranger
	# the header is refused before the path is looked at
	KEY=$STRANGER_KEY expect_walk stranger public=200 'anyone=20[04]|400' \
	    member=403 member-of-context=403 project-member=403 \
	    project-admin=403 project-owner=403 key=403 admin-of-context=403 \
	    admin=403 system=403 system-write=403 $of_all current=403 inviter=403 \
	    invitation=403
}

@test "roles: a member reads the organization, and no more" {
	new_tenant
	new_member
	KEY=$MEMBER_KEY expect_walk member public=200 'anyone=20[04]|400' \
	    member=200 'member-of-context=200|400' project-member=404 \
	    project-admin=404 project-owner=404 key=404 admin-of-context=403 \
	    admin=403 system=403 system-write=403 $of_all current=403 inviter=403 \
	    invitation=404
}

@test "roles: a viewer reads the organization and the project, and no more" {
	new_tenant
	new_viewer
	KEY=$VIEWER_KEY expect_walk viewer public=200 'anyone=20[04]|400' \
	    member=200 'member-of-context=200|400' project-member=200 \
	    project-admin=403 project-owner=403 key=404 admin-of-context=403 \
	    admin=403 system=403 system-write=403 $of_all current=403 inviter=403 \
	    invitation=404
}

@test "roles: the admin of a project is a member of its organization, no more" {
	new_tenant
	new_user "$(unique project)@example.org"
	join_organization "$USER_EMAIL" user "$ORG"
	join_project "$USER_EMAIL" admin "$PROJECT" "$ORG"
	KEY=$USER_KEY expect_walk project-admin public=200 'anyone=20[04]|400' \
	    member=200 'member-of-context=200|400' project-member=200 \
	    'project-admin=200|204|400' project-owner=403 key=404 \
	    admin-of-context=403 admin=403 system=403 system-write=403 $of_all \
	    'current=200|204|400' 'inviter=200|400' invitation=404
}

@test "roles: an admin has his organization, and not the system" {
	new_tenant
	KEY=$OWNER_KEY expect_walk admin public=200 'anyone=20[04]|400' member=200 \
	    'member-of-context=200|400' project-member=200 \
	    'project-admin=200|204|400' project-owner=204 'key=204|400' \
	    'admin-of-context=200|204|400' 'admin=200|204|400' system=403 system-write=403 \
	    $of_all 'current=200|204|400' 'inviter=200|400' \
	    'invitation=200|204|400'
}

@test "roles: a system administrator has it all, but not the keys of others" {
	new_tenant
	expect_walk system public=200 'anyone=20[04]|400' member=200 \
	    'member-of-context=200|400' project-member=200 \
	    'project-admin=200|204|400' project-owner=204 key=404 \
	    'admin-of-context=200|204|400' 'admin=200|204|400' system=200 system-write=400 \
	    $of_all 'current=200|204|400' 'inviter=200|400' \
	    'invitation=200|204|400'
}

# --- 9: inventory -------------------------------------------------------------

@test "inventory: every file and test that docs/security.md names is there" {
	local file name found=0

	while read -r file name; do
		found=$((found + 1))
		cd "$TENANTRY_ROOT"
		[ -n "$(compgen -G "tests/$file")$(compgen -G \
		    "tests/api/$file")$(compgen -G "src/$file")" ] || {
			echo "$file is not there"
			return 1
		}
		[ -z "$name" ] ||
		    grep -qE "^(@test .*$name|static void $name\()" \
		    tests/"$file" tests/api/"$file" 2> /dev/null || {
			echo "$file has no test \"$name\""
			return 1
		}
	done < <(perl -0777 -ne 'while (/`(?:tests\/)?([a-z_*\/]+\.(?:bats|c))`(?: "([^"]+)")?/g)
	    { my ($file, $name) = ($1, $2 // ""); $name =~ s/\s+/ /g;
	    print "$file $name\n" }' \
	    "$TENANTRY_ROOT/docs/security.md")
	[ "$found" -ge 40 ]
}

# --- 7 and 10: nothing is fetched ---------------------------------------------

# listen: accepts on the loopback interface and writes a line for each
# connection.  Sets listener, its port and the file caught.
listen() {
	caught=$BATS_TEST_TMPDIR/caught
	: > "$caught"
	perl -MIO::Socket::INET -e '
	    my $socket = IO::Socket::INET->new(Listen => 5,
		LocalAddr => "127.0.0.1", Proto => "tcp") or die;
	    open(my $out, ">", $ARGV[0]) or die;
	    $out->autoflush(1);
	    print $out $socket->sockport, "\n";
	    while (my $peer = $socket->accept) {
		print $out "connection\n";
		close $peer;
	    }' "$caught" > /dev/null 2>&1 3>&- &
	listener=$!
	within 10 test -s "$caught"
	port=$(cat "$caught")
}

@test "fetch: no URL in a licence key, a name or a header is ever called" {
	local key payload url

	new_tenant
	listen
	url=http://127.0.0.1:$port/key
	payload=$(pair '{"iss":"%s","licenseType":"free"}' "$url")
	for key in jku x5u kid; do
		key=$(pair '{"alg":"EdDSA","%s":"%s"}' "$key" "$url")
		install_licence "$(tr -d = <<< "$key.$payload.AAAA")"
		expect_problem 400
	done
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$url\"}" --header "Origin: $url" \
	    --header "Referer: $url" --header "X-Forwarded-Host: $url" \
	    --header "Forwarded: for=$url"
	is_refused_by_rules || expect_status 200
	KEY=$OWNER_KEY api GET "/v1/organizations?url=$url&callback=$url"
	is_refused_by_rules || expect_status 200
	[ "$(wc -l < "$caught")" = 1 ]
	# and a connection would have been seen
	(exec 4<> "/dev/tcp/127.0.0.1/$port")
	is_caught() {
		grep -q connection "$caught"
	}
	within 5 is_caught
}

# --- 8: configuration ---------------------------------------------------------

# expect_sound_headers: what holds for every answer of the program.
expect_sound_headers() {
	[ "$(header X-Content-Type-Options)" = nosniff ] &&
	    [ -n "$(header X-Request-Id)" ] &&
	    [ -z "$(header Set-Cookie)$(header X-Powered-By)" ] &&
	    [[ ! $(header Server) =~ [0-9]\.[0-9] ]] &&
	    [ -z "$(header Access-Control-Allow-Origin)" ] || {
		show_answer
		return 1
	}
}

@test "headers: every kind of answer has those that it needs, and no other" {
	local etag

	new_tenant
	for path in /healthz /readyz /v1/version /v1/openapi.json \
	    /.well-known/jwks.json; do
		KEY='' api GET "$path"
		expect_status 200
		expect_sound_headers
	done
	# there are no cookies, for a login neither
	with_password "$TENANTRY_LOGIN" "$TENANTRY_PASSWORD" \
	    --header 'Cookie: session=a'
	expect_status 200
	expect_sound_headers
	api GET "/v1/organizations/$ORG"
	expect_status 200
	expect_sound_headers
	etag=$(header ETag)
	api GET "/v1/organizations/$ORG" --header "If-None-Match: $etag"
	expect_status 304
	[ -z "$(header Content-Type)" ]
	expect_sound_headers
	api OPTIONS /v1/organizations
	expect_status 204
	expect_sound_headers
	api GET /v1/organizations
	expect_sound_headers
	api GET /v1/organizations/accounts/all
	expect_sound_headers
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$(unique Renamed)\"}"
	expect_status 200
	expect_sound_headers
	api DELETE "/v1/organizations/$ORG"
	expect_status 204
	expect_sound_headers
	while read -r expected arguments; do
		read -ra arguments <<< "$arguments"
		KEY='' api "${arguments[@]}"
		expect_problem "$expected"
		expect_sound_headers
	done <<-'END'
	401 GET /v1/organizations
	404 GET /v1/nothing
	405 PATCH /v1/organizations
	406 GET /v1/version --header Accept:text/html
	415 POST /v1/organizations --form a=b
	END
	api POST /v1/organizations --data '{'
	expect_problem 400
	expect_sound_headers
	api DELETE "/v1/organizations/$nobody"
	expect_problem 403
	expect_sound_headers
}

# What a proxy in front has looked at is the one with the hyphens.  lighttpd
# gives both to the program, under one name; others leave such a header out.
@test "headers: in another spelling none stands in for one of ours" {
	local name spelled

	new_tenant
	new_second_organization
	# If-Match may be there more than once: its fields are one list
	for name in X-Organization-ID X-Bindplane-Account-ID X-Api-Key \
	    X-Bindplane-Api-Key Idempotency-Key; do
		for spelled in "${name//-/_}" "${name//-/.}"; do
			KEY=$OWNER_KEY api GET /v1/organizations/accounts \
			    --header "$spelled: $SECOND_ORG" \
			    --header "$name: $FIRST_ORG"
			[[ $body != *"$SECOND_PROJECT"* ]]
			[[ ${WEB_HOST-lighttpd} != lighttpd* ]] ||
			    expect_problem 400 'was sent more than once'
		done
	done
}

@test "methods: TRACE, TRACK, CONNECT and inventions do nothing" {
	local method

	for method in TRACE TRACK DEBUG PROPFIND MOVE LINK PURGE; do
		api "$method" /v1/organizations --header 'X-Echo: told-back'
		[[ $status_code == 40[035] || $status_code == 501 ]]
		[[ $body != *told-back* ]]
	done
}

@test "methods: no header and no parameter makes a request another method" {
	local header

	new_tenant
	for header in X-HTTP-Method-Override X-HTTP-Method X-Method-Override; do
		# where it is switched on: tests/hosts/host.bats
		[ "${WEB_HOST:-} $header" != \
		    'apache-modsecurity X-HTTP-Method-Override' ] || continue
		KEY=$OWNER_KEY api POST "/v1/organizations/$ORG" \
		    --header "$header: DELETE" --data '{}'
		expect_problem 405
		KEY=$OWNER_KEY api GET "/v1/organizations/$ORG?_method=DELETE" \
		    --header "$header: DELETE"
		expect_status 200
	done
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG"
	expect_status 200
}

@test "host: no name that a client calls the service by comes back" {
	new_tenant
	for header in Host X-Forwarded-Host X-Host; do
		KEY='' api GET / --header "$header: evil.example"
		[ "$(grep -ci evil "$headers")" = 0 ]
		KEY='' api GET /v1/openapi.json --header "$header: evil.example"
		[ "$(cat "$headers" "$body_file" | grep -ci evil)" = 0 ]
	done
	api POST /v1/organizations --data "$(create_body "$(unique Host)")" \
	    --header 'Host: evil.example' --header 'X-Forwarded-Proto: evil'
	expect_status 200
	[ "$(grep -ci evil "$headers")" = 0 ]
	[[ $(header Location) == /* ]]
	[[ $(header Location) != //* ]]
}

# --- injection into headers ---------------------------------------------------

@test "injection: no value of a client's begins a header line of its own" {
	local value

	for value in $'a\r\nX-Evil: b' $'a\nX-Evil: b' $'a\rX-Evil: b' \
	    'a%0d%0aX-Evil: b' $'a\xe5\x98\x8a\xe5\x98\x8dX-Evil: b'; do
		settings 'cors_origins = http://a'
		cgi GET /v1/organizations HTTP_X_REQUEST_ID="$value" \
		    HTTP_ORIGIN="http://$value" < /dev/null
		expect_status 200
		[ "$(grep -aic '^x-evil' "$headers")" = 0 ]
		[ -z "$(header Access-Control-Allow-Origin)" ]
		[[ $(header X-Request-Id) =~ ^[0-9A-Z]{26}$ ]]
		CONF=$TENANTRY_CONF cgi_send POST /v1/organizations \
		    "$(create_body "$(unique Evil)")" SCRIPT_NAME="/$value"
		[[ $value == *[$'\r\n']* ]] || expect_status 200
		[[ $value != *[$'\r\n']* ]] || expect_problem 404
		[ "$(grep -aic '^x-evil' "$headers")" = 0 ]
	done
}

@test "injection: neither the path nor the query reaches a header" {
	for path in '/v1/%0d%0aX-Evil:%20b' '/v1/organizations/%0aX-Evil:b' \
	    '/healthz?%0d%0aX-Evil:%20b' '/docs/%0d%0aX-Evil:%20b' \
	    '//evil.example/%2f..' '/docs%0d%0aX-Evil:b'; do
		api GET "$path"
		[ "$(grep -aic '^x-evil\|^location:.*evil' "$headers")" = 0 ]
	done
}

# --- secrets in the process ---------------------------------------------------

@test "secrets: neither command line nor environment of a process has one" {
	local pid secrets file kind

	secrets=("$TENANTRY_API_KEY" "$TENANTRY_PASSWORD")
	while read -r file; do
		secrets+=("$file")
	done < <(sed -n 's/^ *[a-z]*_password *= *//p' "$TENANTRY_CONF" \
	    "${TENANTRY_CONF%.conf}-admin.conf")
	[ "${#secrets[@]}" -ge 4 ]
	for kind in worker web database; do
		[ -n "$(process "$kind")" ] ||
		    { is_plain_cgi && [ "$kind" = worker ]; }
		for pid in $(process "$kind"); do
			for file in cmdline environ; do
				for secret in "${secrets[@]}"; do
					[ "$(grep -caF -e "$secret" \
					    "/proc/$pid/$file")" = 0 ]
				done
			done
		done
	done
}

@test "rights: no worker comes to more of them by running a program" {
	local pid

	[ -n "$(process worker)" ] || is_plain_cgi
	for pid in $(process worker); do
		grep -qE '^NoNewPrivs:[[:space:]]+1$' "/proc/$pid/status"
	done
}

@test "secrets: a worker that dies leaves no core" {
	local pid

	for pid in $(process worker); do
		grep -qE '^Max core file size +[01] +[01] ' "/proc/$pid/limits" || {
			cat "/proc/$pid/limits"
			return 1
		}
	done
}

# lacks NEEDED HAVE: the 403 says so.
lacks() {
	expect_status 403
	expect_json ".needed == \"$1\" and .have == \"$2\""
}

@test "a 403 says what was needed, and what the caller has" {
	local key org

	new_tenant
	new_member
	new_viewer
	new_stranger
	org=/v1/organizations/$ORG
	KEY=$MEMBER_KEY api PATCH "$org" --data '{"labels": {}}'
	lacks admin user
	KEY=$VIEWER_KEY api PATCH "/v1/projects/$PROJECT" \
	    --data '{"displayName": "A"}'
	lacks project-admin viewer
	# what is foreign has the words of what is not there
	KEY=$STRANGER_KEY api DELETE "$org"
	lacks admin none
	KEY=$STRANGER_KEY api DELETE /v1/organizations/01ARZ3NDEKTSV4RRFFQ69G5FAV
	lacks admin none
	KEY=$OWNER_KEY api GET /v1/system/users
	lacks system-admin none
	key=$(add_key --user "$OWNER_EMAIL" --role user)
	KEY=$key api PATCH "$org" --data '{"labels": {}}'
	lacks admin user
	KEY=$key api POST /v1/organizations --data "$(create_body "$(unique A)")"
	lacks unbound-admin-key user
	key=$(add_key --user "$OWNER_EMAIL" --org "$ORG")
	KEY=$key api POST /v1/organizations --data "$(create_body "$(unique A)")"
	lacks unbound-admin-key bound-key
	KEY=$OWNER_KEY api PATCH /v1/users/me --data '{"displayName": "A"}'
	lacks person api-key
	key=$(ctl key add --owner organization --org "$ORG" --role admin)
	KEY=$key api DELETE "$org"
	lacks manage service-key
	KEY=$key api PATCH "$org" --data '{"displayName": "A"}'
	lacks manage service-key
	KEY=$MEMBER_KEY api POST /v1/api-keys \
	    --data '{"description": "a", "owner": "organization"}'
	lacks admin user
	KEY=$OWNER_KEY api PUT "$org/license" \
	    --data '{"createLicenseType": "growth"}'
	lacks system-admin admin
	# a refusal for another reason names no right
	KEY='' api POST /v1/session --data '{"login": "a", "password": "b"}'
	expect_status 403
	expect_json 'has("needed") | not'
}
