#!/usr/bin/env bats
# What the time of an answer tells: for pairs of requests that must be told apart
# by nobody, the medians of 200 tries of each, one after the other in turn, as the
# program's own log has them.  `make timing`; not part of `make test`, since a busy
# machine has other medians.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load ../api/helper
load ../api/tenancy
load ../api/cgi
load ../api/mail

TRIES=${TRIES:-200}
ROOM=25 # per cent, of the smaller median

setup() {
	follow_only_the_test
	times=$BATS_TEST_TMPDIR/times
	mkdir "$times"
}

# took NAME: notes the microseconds of the last request.
took() {
	sed -n 's/.* us=\([0-9]*\) .*/\1/p' "$log_file" | tail -n 1 >> "$times/$1"
}

median() { # NAME
	sort -n "$times/$1" | awk '{ all[NR] = $1 }
	    END { print all[int((NR + 1) / 2)] }'
}

# alike NAME NAME: their medians are.
alike() {
	local first second

	[ "$(wc -l < "$times/$1")" = "$TRIES" ]
	[ "$(wc -l < "$times/$2")" = "$TRIES" ]
	first=$(median "$1") second=$(median "$2")
	echo "# $BATS_TEST_DESCRIPTION: $1 $first us, $2 $second us" >&3
	[ $((first * 100)) -le $((second * (100 + ROOM))) ]
	[ $((second * 100)) -le $((first * (100 + ROOM))) ]
}

@test "timing: a reset for an address with an account and for one without" {
	mail_on 'reset_rate = 0'
	new_login
	for ((i = 0; i < TRIES; i++)); do
		# a mail is sent three times an hour: as if each were the first
		sql "DELETE FROM outbox WHERE user_id IS NOT NULL"
		KEY='' cgi_send POST /v1/password-resets \
		    "{\"email\": \"$USER_EMAIL\"}"
		[ "$status_code" = 202 ]
		took known
		KEY='' cgi_send POST /v1/password-resets \
		    "{\"email\": \"nobody-$i@example.org\"}"
		[ "$status_code" = 202 ]
		took unknown
	done
	alike known unknown
}

# made_by METHOD PATH BODY: by the owner, in ORG.
made_by() {
	KEY=$OWNER_KEY cgi_send "$1" "$2" "$3" HTTP_X_ORGANIZATION_ID="$ORG"
}

# Both routes: for an address with an account, and for one without.
invite_both() { # PATH STATUS
	local known

	new_tenant
	for ((i = 0; i < TRIES; i++)); do
		known=$(unique known)@example.org
		sql "INSERT INTO users (id, name, display_name, email, email_key,
		    version, created_at, modified_at) VALUES
		    (UPPER(SUBSTR(SHA2('$known', 256), 1, 26)),
		    '${known%@*}', 'Known', '$known', '$known', 1, NOW(3), NOW(3))"
		made_by POST "$1" "{\"email\": \"$known\", \"role\": \"user\"}"
		[ "$status_code" = "$2" ]
		took known
		made_by POST "$1" \
		    "{\"email\": \"$(unique none)@example.org\", \"role\": \"user\"}"
		[ "$status_code" = "$2" ]
		took unknown
	done
	alike known unknown
}

@test "timing: inviting an address with an account and one without" {
	settings
	invite_both /v1/invitations 201
}

@test "timing: adding an address with an account and one without" {
	settings
	invite_both /v1/organizations/users 202
}

@test "timing: adding to a project an address with an account and one without" {
	settings
	invite_both /v1/users 200
}

# invited EMAIL: the id of an invitation of it, by the owner.
invited() {
	made_by POST /v1/invitations "{\"email\": \"$1\", \"role\": \"user\"}"
	json .invitation.metadata.id
}

# resent NAME INVITATION: not within a minute of the one before.
resent() {
	sql "UPDATE invitations SET sent_at = sent_at - INTERVAL 1 HOUR
	    WHERE id = '$2'"
	made_by POST "/v1/invitations/$2/resend" ''
	[ "$status_code" = 200 ] || return
	took "$1"
}

@test "timing: resending to an address with an account and to one without" {
	local known unknown

	settings
	new_login
	known=$USER_EMAIL
	new_tenant
	known=$(invited "$known")
	unknown=$(invited "$(unique none)@example.org")
	for ((i = 0; i < TRIES; i++)); do
		resent known "$known"
		resent unknown "$unknown"
	done
	alike known unknown
}

# both_refused STATUS METHOD BODY FOREIGN UNKNOWN: the owner asks for a path with
# a foreign id and for one with an id that is not there; or creates a project,
# where both are ids of organizations.
both_refused() {
	local i name value

	for ((i = 0; i < TRIES; i++)); do
		for name in foreign unknown; do
			value=$4
			[ "$name" = foreign ] || value=$5
			case $value in
			/*) KEY=$OWNER_KEY cgi_send "$2" "$value" "$3" ;;
			*) KEY=$OWNER_KEY cgi_send "$2" /v1/projects "$3" \
			    HTTP_X_ORGANIZATION_ID="$value" ;;
			esac
			[ "$status_code" = "$1" ] || return
			took "$name"
		done
	done
	alike foreign unknown
}

@test "timing: resending an invitation of others and one that is not there" {
	local foreign

	settings
	new_tenant
	foreign=$(invited "$(unique other)@example.org")
	new_tenant
	both_refused 404 POST '' "/v1/invitations/$foreign/resend" \
	    /v1/invitations/01ARZ3NDEKTSV4RRFFQ69G5FAV/resend
}

@test "timing: creating in an organization of others and in none" {
	local foreign

	settings
	new_tenant
	foreign=$ORG
	new_tenant
	both_refused 403 POST '{"displayName": "Another"}' "$foreign" \
	    01ARZ3NDEKTSV4RRFFQ69G5FAV
}

@test "timing: a token that was never made and one that was used" {
	local used

	settings 'invitation_rate = 0'
	new_tenant
	made_by POST /v1/invitations '{"email": "grace@example.org", "role": "user"}'
	used=$(json '.link | split("/") | last')
	made_by DELETE "/v1/invitations/$(json .invitation.metadata.id)" ''
	for ((i = 0; i < TRIES; i++)); do
		KEY='' cgi_send POST /v1/invitations/lookup "{\"token\": \"$used\"}"
		[ "$status_code" = 404 ]
		took used
		KEY='' cgi_send POST /v1/invitations/lookup \
		    "{\"token\": \"${used%????????}AAAAAAAA\"}"
		[ "$status_code" = 404 ]
		took unknown
	done
	alike used unknown
}

@test "timing: a check of a key of others and of one that is not there" {
	local foreign

	settings
	new_tenant
	foreign=$OWNER_KEY
	new_tenant
	for ((i = 0; i < TRIES; i++)); do
		made_by POST /v1/check \
		    "{\"credential\": \"$foreign\", \"need\": \"user\"}"
		[ "$body" = '{"allowed":false,"reason":"unknown"}' ]
		took foreign
		made_by POST /v1/check \
		    "{\"credential\": \"$(unique tny_u)\", \"need\": \"user\"}"
		[ "$body" = '{"allowed":false,"reason":"unknown"}' ]
		took unknown
	done
	alike foreign unknown
}

# The worst of some: a change is looked for each 500 ms, and its own write is in.
@test "timing: who waits for a change has it 600 ms after it" {
	local after=1 begin took worst=0 listener

	new_tenant
	for ((i = 0; i < 20; i++)); do
		"$http_client" --silent --max-time 60 --noproxy '*' \
		    --output "$times/heard" --header "X-Api-Key: $OWNER_KEY" \
		    "$TENANTRY_URL/v1/organizations/$ORG/changes?after=$after&wait=8" 3>&- &
		listener=$!
		sleep "0.3$((RANDOM % 10))"
		KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG" \
		    --data "{\"labels\": {\"a\": \"$i\"}}"
		expect_status 200
		begin=${EPOCHREALTIME/./}
		wait "$listener"
		took=$((${EPOCHREALTIME/./} - begin))
		[ "$took" -le "$worst" ] || worst=$took
		jq -e ".next == $after + 1" "$times/heard"
		after=$((after + 1))
	done
	echo "# $BATS_TEST_DESCRIPTION: the worst of 20 waits $worst us" >&3
	[ "$worst" -le 600000 ]
}

@test "timing: an organization of others and one that is not there" {
	local foreign

	settings
	new_tenant
	foreign=$ORG
	new_tenant
	for ((i = 0; i < TRIES; i++)); do
		KEY=$OWNER_KEY cgi GET "/v1/organizations/$foreign" < /dev/null
		[ "$status_code" = 404 ]
		took foreign
		KEY=$OWNER_KEY cgi GET \
		    /v1/organizations/01ARZ3NDEKTSV4RRFFQ69G5FAV < /dev/null
		[ "$status_code" = 404 ]
		took unknown
	done
	alike foreign unknown
}

@test "timing: a login with another password and one that is nobody's" {
	settings
	new_login
	for ((i = 0; i < TRIES; i++)); do
		sql 'DELETE FROM login_failures'
		KEY='' cgi GET /v1/organizations HTTP_AUTHORIZATION="Basic $(
		    printf %s "$USER_EMAIL:wrong" | base64 -w 0)" < /dev/null
		[ "$status_code" = 401 ]
		took known
		KEY='' cgi GET /v1/organizations HTTP_AUTHORIZATION="Basic $(
		    printf %s "nobody-$i@example.org:wrong" | base64 -w 0)" \
		    < /dev/null
		[ "$status_code" = 401 ]
		took unknown
	done
	alike known unknown
}

@test "timing: sending again to an address with an account and to one without" {
	local -A email id
	local kind

	settings
	new_login
	email[known]=$USER_EMAIL
	email[unknown]=$(unique none)@example.org
	new_tenant
	for kind in known unknown; do
		made_by POST /v1/invitations \
		    "{\"email\": \"${email[$kind]}\", \"role\": \"user\"}"
		[ "$status_code" = 201 ]
		id[$kind]=$(json .invitation.metadata.id)
	done
	for ((i = 0; i < TRIES; i++)); do
		# each is sent once a minute at most
		sql "UPDATE invitations SET sent_at = sent_at - INTERVAL 1 HOUR
		    WHERE organization_id = '$ORG'"
		for kind in known unknown; do
			made_by POST "/v1/invitations/${id[$kind]}/resend" '{}'
			[ "$status_code" = 200 ]
			took $kind
		done
	done
	alike known unknown
}

@test "timing: creating a project of a name that others use and of a free one" {
	settings
	new_tenant
	fill_projects "$TRIES"
	sql "UPDATE projects SET name = LOWER(REPLACE(display_name, ' ', '-'))
	    WHERE organization_id = '$ORG' AND display_name LIKE 'Many %'"
	new_tenant
	sql "UPDATE licences SET limit_projects = 0
	    WHERE organization_id = '$ORG'"
	for ((i = 1; i <= TRIES; i++)); do
		made_by POST /v1/projects "{\"displayName\": \"Many $i\"}"
		[ "$status_code" = 201 ]
		took used
		made_by POST /v1/projects "{\"displayName\": \"Free $i\"}"
		[ "$status_code" = 201 ]
		took free
	done
	alike used free
}
