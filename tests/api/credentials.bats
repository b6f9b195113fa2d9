#!/usr/bin/env bats
# Who calls: API keys and passwords, and what a bound key may do.  Each kind of
# credential on each route is tests/walk.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

setup() {
	load helper
	load tenancy
}

teardown() {
	sql 'DELETE FROM login_failures'
}

lists='/v1/organizations /v1/organizations/accounts/all
    /v1/organizations/projects/all'
unknown_id=01ARZ3NDEKTSV4RRFFQ69G5FAV

# --- forms --------------------------------------------------------------------

@test "an API key is taken from each of its headers" {
	for header in 'X-Bindplane-Api-Key:' 'X-Api-Key:' \
	    'x-bindplane-api-key:' 'Authorization: Bearer' \
	    'authorization: bearer' 'Authorization: BEARER' \
	    'Authorization: Bearer  '; do
		KEY='' api GET /v1/organizations \
		    --header "$header $TENANTRY_API_KEY"
		expect_status 200
	done
}

@test "login and password are taken as Basic, the scheme in any case" {
	new_login
	for scheme in Basic basic BASIC bAsIc 'Basic  '; do
		with_authorization "$scheme $(pair '%s:%s' "$USER_EMAIL" \
		    "$USER_PASSWORD")"
		expect_status 200
	done
	with_password "$TENANTRY_LOGIN" "$TENANTRY_PASSWORD"
	expect_status 200
}

@test "the login is an e-mail address in any case, the password is not" {
	new_login
	with_password "${USER_EMAIL^^}" "$USER_PASSWORD"
	expect_status 200
	with_password "$USER_EMAIL" "${USER_PASSWORD^^}"
	expect_unauthenticated
}

@test "a password may hold colons, spaces, UTF-8 and 256 bytes" {
	new_login
	for password in 'a:b:c' ':' ' in between ' 'pässwörter 漢字' \
	    "$(printf 'x%.0s' {1..256})"; do
		set_password "$USER_EMAIL" "$password"
		with_password "$USER_EMAIL" "$password"
		expect_status 200
	done
	with_password "$USER_EMAIL" "$(printf 'x%.0s' {1..255})"
	expect_unauthenticated
	with_password "$USER_EMAIL" "$(printf 'x%.0s' {1..257})"
	expect_unauthenticated
}

@test "a key in the query string or in a cookie is none" {
	key=$TENANTRY_API_KEY
	for query in "api_key=$key" "apiKey=$key" "key=$key" \
	    "X-Api-Key=$key" "X-Bindplane-Api-Key=$key" "x_api_key=$key" \
	    "access_token=$key" "token=$key" "HTTP_X_API_KEY=$key" \
	    "Authorization=Bearer%20$key"; do
		KEY='' api GET "/v1/organizations?$query"
		expect_unauthenticated
	done
	KEY='' api GET /v1/organizations --header "Cookie: X-Api-Key=$key"
	expect_unauthenticated
}

# --- wrong and malformed ------------------------------------------------------

@test "a key that is none is 401" {
	new_tenant
	new_login
	secret=$(sql "SELECT secret_key FROM projects WHERE id = '$PROJECT'")
	digest=$(printf %s "$OWNER_KEY" | sha256sum | cut -d ' ' -f 1)
	for key in x tny_ "${OWNER_KEY}x" "${OWNER_KEY%?}" "${OWNER_KEY#tny_}" \
	    "${OWNER_KEY^^}" "$OWNER_KEY $OWNER_KEY" "$OWNER_KEY, x" \
	    "Bearer $OWNER_KEY" "$secret" "$digest" "$ORG" "$USER_PASSWORD" \
	    "$(issue --type growth)" "' OR ''='" 'é' $'\xff' \
	    "$(printf 'x%.0s' {1..6000})"; do
		KEY=$key api GET /v1/organizations
		expect_unauthenticated
		KEY='' api GET /v1/organizations \
		    --header "X-Bindplane-Api-Key: $key"
		expect_unauthenticated
		with_authorization "Bearer $key"
		expect_unauthenticated
	done
	KEY='' api GET /v1/organizations --header 'X-Api-Key;'
	expect_unauthenticated
}

@test "a key of before is good, though it begins as a new one does" {
	local old

	new_user "$(unique old)@example.org"
	old=tny_u$(printf '%s' "$USER_KEY" | sha256sum | cut -c 1-31)
	expect_key_status "$old" 401 GET /v1/organizations
	sql "UPDATE api_keys SET digest = UNHEX(SHA2('$old', 256))
	    WHERE digest = UNHEX(SHA2('$USER_KEY', 256))"
	expect_key_status "$old" 200 GET /v1/organizations
}

@test "an Authorization header that is no credential is 401" {
	new_login
	good=$(pair '%s:%s' "$USER_EMAIL" "$USER_PASSWORD")
	for value in Basic 'Basic ' Bearer 'Bearer ' "$good" "Basic$good" \
	    "Basic:$good" "Basic,$good" "Token $good" "Bearer $good" \
	    "Digest username=\"$USER_EMAIL\"" "Basic $USER_KEY" \
	    "$USER_KEY" "Bearer$USER_KEY" "Bearer $USER_KEY x" \
	    "Bearer \"$USER_KEY\"" "Bearer=$USER_KEY" "Basic $good, x" \
	    "Basic $USER_EMAIL:$USER_PASSWORD" "X Bearer $USER_KEY"; do
		with_authorization "$value"
		expect_unauthenticated
	done
}

@test "a refusal says what is wrong with the credential" {
	new_login
	with_authorization "$USER_KEY"
	expect_problem 401 'write Bearer'
	[[ $body != *"$USER_KEY"* ]]
	KEY='' api GET /v1/organizations
	expect_problem 401 'a credential is needed'
	with_authorization 'Bearer tny_wrong'
	expect_problem 401 'wrong, expired or disabled'
	with_password "$USER_EMAIL" wrong-wrong
	expect_problem 401 'wrong, expired or disabled'
}

@test "Basic that is no base64, or no pair, is 401" {
	new_login
	good=$(pair '%s:%s' "$USER_EMAIL" "$USER_PASSWORD")
	user=$USER_EMAIL password=$USER_PASSWORD
	for text in '!!!!' '====' '=' A AA AAA 'A===' "${good}A" "=$good" \
	    "${good:0:8} ${good:8}" "${good:0:8}!${good:8}" "${good}====" \
	    "$good$good" \
	    "$(pair %s "$user")" "$(pair %s :)" "$(pair ':%s' "$password")" \
	    "$(pair '%s:' "$user")" "$(pair '%s;%s' "$user" "$password")" \
	    "$(pair '%s:%s\n' "$user" "$password")" \
	    "$(pair '%s: %s' "$user" "$password")" \
	    "$(pair '%s:%s\0' "$user" "$password")" \
	    "$(pair '%s:%s\0x' "$user" "$password")" \
	    "$(pair '%s\0:%s' "$user" "$password")" \
	    "$(pair '\0%s:%s' "$user" "$password")" \
	    "$(pair '\xff:%s' "$password")" \
	    "$(pair '%s\xff:%s' "$user" "$password")" \
	    "$(pair 'x%.0s' {1..300})" \
	    "$(pair '%s@example.org:%s' "$(printf 'x%.0s' {1..300})" x)"; do
		with_authorization "Basic $text"
		expect_unauthenticated
	done
	with_authorization "Basic $good"
	expect_status 200
}

@test "of two credentials a wrong one is not excused by the other" {
	new_login
	with_password "$USER_EMAIL" "$USER_PASSWORD" \
	    --header 'X-Api-Key: tny_wrong'
	expect_unauthenticated
	with_password "$USER_EMAIL" "$USER_PASSWORD" \
	    --header 'X-Bindplane-Api-Key: tny_wrong'
	expect_unauthenticated
	with_authorization "Bearer $USER_KEY" --header 'X-Api-Key: wrong'
	expect_problem 400 'different keys'
}

# The web server makes one of them, which is none, or hands both over.
@test "two credentials of one kind are none" {
	new_login
	KEY='' api GET /v1/organizations --header "X-Api-Key: $USER_KEY" \
	    --header "X-Api-Key: $USER_KEY"
	[[ $status_code == 40[01] ]]
	with_authorization "Bearer $USER_KEY" \
	    --header "Authorization: Bearer $USER_KEY"
	[[ $status_code == 40[01] ]]
}

@test "with a key the password beside it is not looked at" {
	new_login
	api GET /v1/organizations --user "$USER_EMAIL:wrong"
	expect_status 200
	[ "$(failures_of "$USER_EMAIL")" = 0 ]
}

@test "nobody can tell a wrong password from an unknown login" {
	new_login
	with_password "$USER_EMAIL" wrong
	expect_unauthenticated
	wrong=$(json 'del(.instance)')
	known=$USER_EMAIL
	new_user "$(unique plain)@example.org"
	without=$USER_EMAIL
	new_login
	ctl user disable --email "$USER_EMAIL"
	for login in "$(unique no)@example.org" "$without" "$USER_EMAIL" \
	    nobody "x'@example.org" "$known.org"; do
		with_password "$login" "$USER_PASSWORD"
		expect_unauthenticated
		[ "$(json 'del(.instance)')" = "$wrong" ]
	done
}

# --- the life of a key --------------------------------------------------------

@test "a key is good until it expires" {
	new_user "$(unique expiring)@example.org"
	key=$(add_key --user "$USER_EMAIL" --expires 2099-12-31T23:59:59Z)
	expect_key_status "$key" 200 GET /v1/organizations
	sql "UPDATE api_keys SET expires_at = UTC_TIMESTAMP(3)
	    WHERE digest = UNHEX(SHA2('$key', 256))"
	KEY=$key api GET /v1/organizations
	expect_unauthenticated
	expect_key_status "$USER_KEY" 200 GET /v1/organizations
}

@test "a key may be made that has expired, with a warning: it is 401" {
	new_user "$(unique expired)@example.org"
	run --separate-stderr "$CTL" key add --conf "$TENANTRY_CONF" \
	    --user "$USER_EMAIL" --expires 2020-01-01T00:00:00Z
	[ "$status" = 0 ]
	[[ $stderr == *warning* ]]
	for path in $lists "/v1/organizations/$unknown_id"; do
		KEY=$output api GET "$path"
		expect_unauthenticated
	done
}

@test "every credential of a disabled user is refused at once" {
	new_tenant
	set_password "$OWNER_EMAIL" 'a good secret'
	bound=$(add_key --user "$OWNER_EMAIL" --org "$ORG")
	of_project=$(add_key --user "$OWNER_EMAIL" --project "$PROJECT")
	# the workers know the password by now
	for _ in {1..8}; do
		with_password "$OWNER_EMAIL" 'a good secret'
		expect_status 200
	done
	ctl user disable --email "$OWNER_EMAIL" --force # the only admin
	with_password "$OWNER_EMAIL" 'a good secret'
	expect_unauthenticated
	for key in "$OWNER_KEY" "$bound" "$of_project"; do
		KEY=$key api GET /v1/organizations
		expect_unauthenticated
		KEY=$key api DELETE "/v1/organizations/$ORG"
		expect_unauthenticated
	done
	[ "$(sql "SELECT COUNT(*) FROM organizations WHERE id = '$ORG'")" = 1 ]
	KEY='' api DELETE "/v1/organizations/$ORG" \
	    --user "$OWNER_EMAIL:a good secret"
	expect_unauthenticated
}

@test "a changed password is asked for at once, though the old was just used" {
	new_login
	for _ in {1..8}; do
		with_password "$USER_EMAIL" "$USER_PASSWORD"
		expect_status 200
	done
	set_password "$USER_EMAIL" 'another secret'
	with_password "$USER_EMAIL" "$USER_PASSWORD"
	expect_unauthenticated
	KEY='' api POST /v1/organizations --user "$USER_EMAIL:$USER_PASSWORD" \
	    --data "$(create_body "$(unique Never)")"
	expect_unauthenticated
	with_password "$USER_EMAIL" 'another secret'
	expect_status 200
	with_password "$USER_EMAIL" "$USER_PASSWORD"
	expect_unauthenticated
}

@test "a remembered password opens nobody else's account" {
	new_login
	first=$USER_EMAIL password=$USER_PASSWORD
	new_login
	for _ in {1..4}; do
		with_password "$first" "$password"
		expect_status 200
		with_password "$USER_EMAIL" "$USER_PASSWORD"
		expect_status 200
	done
	with_password "$USER_EMAIL" "$password"
	expect_unauthenticated
	with_password "$first" "$USER_PASSWORD"
	expect_unauthenticated
}

@test "a new password leaves the user's keys alone" {
	new_login
	set_password "$USER_EMAIL" 'another secret'
	expect_key_status "$USER_KEY" 200 GET /v1/organizations
}

@test "no key and no password is at rest in the database" {
	new_login
	bound=$(add_key --user "$USER_EMAIL" --role viewer)
	tables=$(sql "SELECT table_name FROM information_schema.tables
	    WHERE table_schema = 'tenantry'")
	for table in $tables; do
		sql "SELECT * FROM $table"
	done > "$BATS_TEST_TMPDIR/all"
	grep -qF "$USER_EMAIL" "$BATS_TEST_TMPDIR/all"
	for secret in "$USER_KEY" "$bound" "${bound#tny_}" "$USER_PASSWORD"; do
		run grep -cF -e "$secret" "$BATS_TEST_TMPDIR/all"
		[ "$output" = 0 ]
	done
}

# --- bound keys ---------------------------------------------------------------

@test "an organization's key has its user's rights within" {
	new_tenant
	key=$(add_key --user "$OWNER_EMAIL" --org "$ORG")
	for name in "$ORG" accounts projects users accounts/all; do
		expect_key_status "$key" 200 GET "/v1/organizations/$name"
	done
	KEY=$key api PUT /v1/organization-license \
	    --data "$(licence_body "$(issue --type growth)")"
	expect_status 204
	KEY=$key api POST /v1/projects --data '{"displayName": "Two"}'
	expect_status 201
	KEY=$key api PATCH "/v1/organizations/$ORG/metadata" \
	    --data "{\"displayName\": \"$(unique Renamed)\"}"
	expect_status 200
	KEY=$key api DELETE "/v1/organizations/$ORG"
	expect_status 204
}

@test "an organization's key has no rights in another one of its user" {
	new_tenant
	new_second_organization
	KEY=$(add_key --user "$OWNER_EMAIL" --org "$FIRST_ORG")
	export KEY
	api GET "/v1/organizations/$FIRST_ORG"
	expect_status 200
	for path in "/v1/organizations/$SECOND_ORG" \
	    "/v1/projects/$SECOND_PROJECT"; do
		api GET "$path"
		expect_problem 404
		api PATCH "$path" --data '{"displayName": "Reached"}'
		expect_problem 404
	done
	for header in "X-Organization-ID: $SECOND_ORG" \
	    "X-Bindplane-Account-ID: $SECOND_PROJECT"; do
		api GET /v1/organizations/projects --header "$header"
		expect_problem 403
	done
}

@test "a system administrator's bound key makes no licence" {
	new_tenant
	new_user "$(unique system)@example.org" --system-admin
	KEY=$(add_key --user "$USER_EMAIL" --org "$ORG") \
	    api PUT "/v1/organizations/$ORG/license" \
	    --data '{"createLicenseType": "enterprise"}'
	expect_problem 403
}

@test "a key with the role admin creates an organization" {
	new_tenant
	KEY=$(add_key --user "$OWNER_EMAIL" --role admin) \
	    api POST /v1/organizations --data "$(create_body "$(unique Key)")"
	expect_status 200
}

# --- tenantryctl key add ------------------------------------------------------

# refuse_key STATUS ARGUMENT...: a message, and no key.
refuse_key() {
	local expected=$1

	shift
	# shellcheck disable=SC2031 # bats sets them here
	run --separate-stderr "$CTL" key add --conf "$TENANTRY_CONF" "$@"
	# shellcheck disable=SC2031
	if [ "$status" != "$expected" ] || [ -n "$output" ] ||
	    [[ $stderr != *tenantryctl:* && $stderr != *usage:* ]]; then
		echo "key add $*: $status $output $stderr"
		return 1
	fi
}

@test "key add says what is wrong with its arguments and makes no key" {
	new_tenant
	before=$(sql 'SELECT COUNT(*) FROM api_keys')
	refuse_key 2
	refuse_key 2 --org "$ORG"
	refuse_key 2 --user
	refuse_key 2 --user ''
	refuse_key 2 --user 'no body'
	refuse_key 1 --user "$(unique nobody)"
	refuse_key 1 --user "$(unique no)@example.org"
	refuse_key 2 --user "$OWNER_EMAIL" --org "$ORG" --project "$PROJECT"
	for role in '' owner Admin ' admin' admin,user; do
		refuse_key 2 --user "$OWNER_EMAIL" --role "$role"
	done
	for time in '' soon 2030 2030-01-01 2030-13-01T00:00:00Z \
	    '2030-01-01 00:00:00' 2030-01-01T00:00:00 -1; do
		refuse_key 2 --user "$OWNER_EMAIL" --expires "$time"
	done
	for id in '' "$unknown_id" "$PROJECT" nonsense; do
		refuse_key 1 --user "$OWNER_EMAIL" --org "$id"
	done
	for id in '' "$unknown_id" "$ORG" nonsense; do
		refuse_key 1 --user "$OWNER_EMAIL" --project "$id"
	done
	refuse_key 2 --user "$OWNER_EMAIL" surplus
	refuse_key 2 --user "$OWNER_EMAIL" --email "$OWNER_EMAIL"
	refuse_key 2 --user "$OWNER_EMAIL" --nonsense
	[ "$(sql 'SELECT COUNT(*) FROM api_keys')" = "$before" ]
}

@test "key add prints a key of at least 160 bits, each time another" {
	new_user "$(unique many)@example.org"
	one=$(add_key --user "$USER_EMAIL")
	two=$(add_key --user "$USER_EMAIL")
	[[ $one =~ ^tny_u[A-Za-z0-9_-]{38}$ ]]
	[ "$one" != "$two" ]
	for key in "$one" "$two" "$USER_KEY"; do
		expect_key_status "$key" 200 GET /v1/organizations
	done
}

# --- secrets ------------------------------------------------------------------

@test "no secret stands in a log or in the body of an error" {
	new_login
	mark=$(unique agent)
	agent=(--user-agent "$mark")
	wrong_password=$(unique guessed)
	wrong_key=tny_$(unique none)
	right=$(pair '%s:%s' "$USER_EMAIL" "$USER_PASSWORD")
	wrong=$(pair '%s:%s' "$USER_EMAIL" "$wrong_password")
	KEY=$USER_KEY api GET /v1/organizations "${agent[@]}"
	expect_status 200
	with_authorization "Basic $right" "${agent[@]}"
	expect_status 200
	expect_quiet() {
		local secret

		for secret in "${secrets[@]}"; do
			if grep -F -e "$secret" "$body_file" "$headers"; then
				return 1
			fi
		done
	}
	secrets=("$USER_KEY" "$USER_PASSWORD" "$right" "$wrong_key"
	    "$wrong_password" "$wrong")
	KEY=$USER_KEY api GET /v1/organizations/users "${agent[@]}"
	expect_problem 403
	expect_quiet
	KEY=$wrong_key api GET /v1/organizations "${agent[@]}"
	expect_unauthenticated
	expect_quiet
	for value in "Bearer $wrong_key" "Basic $wrong" "Basic $right=" \
	    "Token $USER_KEY"; do
		with_authorization "$value" "${agent[@]}"
		expect_unauthenticated
		expect_quiet
	done
	KEY='' api GET "/v1/organizations?api_key=$USER_KEY" "${agent[@]}"
	expect_unauthenticated
	expect_quiet
	set_failures "$USER_EMAIL" 12 0
	with_authorization "Basic $wrong" "${agent[@]}"
	expect_throttled
	expect_quiet
	# the web server writes its log every few seconds
	all_are_logged() {
		[ "$(grep -cF "$mark" "$served_log/access.log")" = 10 ]
	}
	within 30 all_are_logged
	grep -qF "id=$(header X-Request-Id) " "$served_log"/*.log
	for secret in "${secrets[@]}"; do
		run grep -rlF -e "$secret" "$served_log"
		[ "$status" = 1 ]
	done
}

@test "two key headers with different keys are 400, whichever is right" {
	for pair in "tny_wrong $TENANTRY_API_KEY" "$TENANTRY_API_KEY tny_wrong" \
	    'tny_a tny_b'; do
		KEY='' api GET /v1/organizations \
		    --header "X-Api-Key: ${pair% *}" \
		    --header "X-Bindplane-Api-Key: ${pair#* }"
		expect_problem 400 'different keys'
	done
	api GET /v1/organizations \
	    --header "X-Bindplane-Api-Key: $TENANTRY_API_KEY"
	expect_status 200
	# a key with Bearer is one, whichever is right
	for pair in "tny_wrong $TENANTRY_API_KEY" "$TENANTRY_API_KEY tny_wrong"; do
		for name in X-Api-Key X-Bindplane-Api-Key; do
			KEY='' api GET /v1/organizations \
			    --header "$name: ${pair% *}" \
			    --header "Authorization: Bearer ${pair#* }"
			expect_problem 400 "$name and Authorization have different keys"
		done
	done
	api GET /v1/organizations \
	    --header "Authorization: bearer $TENANTRY_API_KEY"
	expect_status 200
	# beside a key the rest is not looked at: a proxy's own token, a password
	api GET /v1/organizations --header 'Authorization: Bearer eyJhbGciOiJ9'
	expect_status 200
	api GET /v1/organizations --user a:b
	expect_status 200
}
