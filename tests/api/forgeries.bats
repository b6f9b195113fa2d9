#!/usr/bin/env bats
# Licence keys that are forged, worn out or meant for others: each by every route
# that takes one.  None is taken, and nothing in the database is another than
# before.  (What the parser makes of each is in tests/unit/test_licence_key.c.)
# shellcheck disable=SC2030,SC2031,SC2154

setup() {
	load helper
	load tenancy
	load cgi
	pem=$(sed -n 's/^ *licence_signing_key *= *//p' "$TENANTRY_CONF")
	now=$(date +%s)
	new_tenant
	kid=$(issue --type growth | cut -d . -f 1 | decode64 | jq -r .kid)
	head='{"alg":"EdDSA","kid":"'$kid'"}'
	new_members=',"organizationName":"Forged '$ORG'","accountName":"a",
	    "eulaAccepted":true'
	before=$(everything)
}

# --- making keys --------------------------------------------------------------

# One process, not three: thousands are made.
base64url() {
	local text

	text=$(base64 --wrap=0)
	text=${text//+/-}
	text=${text//\//_}
	printf %s "${text%%=*}"
}

decode64() {
	local text

	text=$(tr -- '-_' '+/')
	while [ $((${#text} % 4)) != 0 ]; do text+="="; done
	base64 --decode <<< "$text"
}

# signed PEM_FILE TEXT: the text and its Ed25519 signature behind a dot.
signed() {
	local text=$BATS_TEST_TMPDIR/text

	printf %s "$2" > "$text"
	printf '%s.%s' "$2" "$(openssl pkeyutl -sign -rawin -inkey "$1" \
	    -in "$text" | base64url)"
}

# forge HEADER CLAIMS [PEM_FILE]: the instance's own key signs, or the file's.
forge() {
	signed "${3-$pem}" \
	    "$(printf %s "$1" | base64url).$(printf %s "$2" | base64url)"
}

# hmac HEADER CLAIMS KEY_FILE
hmac() {
	local text

	text=$(printf %s "$1" | base64url).$(printf %s "$2" | base64url)
	printf '%s.%s' "$text" "$(printf %s "$text" | openssl dgst -sha256 \
	    -mac HMAC -macopt "hexkey:$(od -An -v -tx1 "$3" |
		tr -d ' \n')" -binary | base64url)"
}

# claims [MEMBERS]: good ones, with more behind.
claims() {
	printf '{"iss":"tenantry","jti":"%s","iat":%d,"licenseType":"growth"%s}' \
	    "$(unique forged)" "$((now - 60))" "${1:+,$1}"
}

# --- using them ---------------------------------------------------------------

# The rows that a licence has to do with, and how many there are of the others.
everything() {
	sql "SELECT * FROM licences WHERE organization_id = '$ORG';
	    SELECT * FROM organizations WHERE id = '$ORG';
	    SELECT COUNT(*) FROM licences; SELECT COUNT(*) FROM licence_claims;
	    SELECT COUNT(*) FROM organizations; SELECT COUNT(*) FROM projects;
	    SELECT COUNT(*) FROM audit_events;
	    SELECT COUNT(*) FROM idempotency_keys"
}

# in_body KEY [MEMBERS]: a JSON body with it, in the file sent.  Without a process:
# there are very many of these.
in_body() {
	local text=${1//\\/\\\\}

	text=${text//\"/\\\"}
	text=${text//$'\n'/\\n}
	text=${text//$'\r'/\\r}
	text=${text//$'\t'/\\t}
	sent=$BATS_TEST_TMPDIR/sent
	printf '{"licenseKey":"%s"%s}' "$text" "${2-}" > "$sent"
}

# by_every_route KEY FUNCTION [ARGUMENT...]: the function looks at each answer.
by_every_route() {
	local key=$1 route

	shift
	for route in "PUT /v1/organization-license" \
	    "PUT /v1/organizations/$ORG/license" "POST /v1/organizations"; do
		[[ $route == PUT* ]] || in_body "$key" "$new_members"
		[[ $route == POST* ]] || in_body "$key"
		KEY=$OWNER_KEY api "${route% *}" "${route#* }" \
		    --data-binary "@$sent"
		"$@" || {
			echo "$route: ${key:0:300}"
			return 1
		}
	done
}

# refused KEY WHY: by every route.
refused() {
	by_every_route "$1" expect_why 400 "$2"
}

expect_why() { # STATUS WHY
	[[ $status_code == "$1" && $body == *"\"status\":$1,\"detail\":\""*"$2"* ]] || {
		echo "expected $1 and: $2"
		show_answer
		return 1
	}
}

refused_claims() { # MEMBERS WHY
	refused "$(forge "$head" "$(claims "$1")")" "$2"
}

expect_nothing_changed() {
	diff <(echo "$before") <(everything)
}

# --- the forgeries ------------------------------------------------------------

@test "forgeries: what these tests sign is taken where nothing is wrong with it" {
	by_every_route "$(forge "$head" "$(claims)")" true
	[ "$(sql "SELECT licence_type FROM licences
	    WHERE organization_id = '$ORG'")" = growth ]
	expect_problem 400 'installed in another'
	[ "$(everything)" != "$before" ]
}

@test "forgeries: no algorithm but EdDSA, whatever the key says of itself" {
	local alg good x der=$BATS_TEST_TMPDIR/der public rsa text

	good=$(claims)
	public=$BATS_TEST_TMPDIR/public
	rsa=$BATS_TEST_TMPDIR/rsa
	openssl pkey -in "$pem" -pubout -out "$public"
	openssl pkey -in "$pem" -pubout -outform DER | tail -c 32 > "$der"
	x=$(base64url < "$der")
	for alg in none None NONE nOnE HS256 HS384 HS512 RS256 PS256 ES256 \
	    ed25519 ED25519 eddsa EDDSA '' 'EdDSA '; do
		text='{"alg":"'$alg'","kid":"'$kid'"}'
		refused "$(forge "$text" "$good")" EdDSA
	done
	for alg in none HS256; do
		text='{"alg":"'$alg'","kid":"'$kid'"}'
		refused "$(printf %s "$text" | base64url).$(printf %s "$good" |
		    base64url)." 'wrong length'
	done
	printf %s "$x" > "$BATS_TEST_TMPDIR/x"
	for text in "$public" "$der" "$BATS_TEST_TMPDIR/x"; do
		for alg in HS256 EdDSA; do
			refused "$(hmac '{"alg":"'$alg'","kid":"'"$kid"'"}' \
			    "$good" "$text")" 'wrong length'
		done
	done
	openssl genrsa -out "$rsa" 2048 2> /dev/null
	text=$(printf '{"alg":"RS256","kid":"%s"}' "$kid" | base64url)
	text+=.$(printf %s "$good" | base64url)
	refused "$text.$(printf %s "$text" |
	    openssl dgst -sha256 -sign "$rsa" | base64url)" 'wrong length'
	for text in '{"kid":"'"$kid"'"}' '{"alg":null,"kid":"'"$kid"'"}' \
	    '{"alg":["EdDSA"],"kid":"'"$kid"'"}' \
	    '{"alg":"none","alg":"EdDSA","kid":"'"$kid"'"}' \
	    '{"alg":"EdDSA","kid":"'"$kid"'","crit":["exp"]}' '[]' 'x' ''; do
		refused "$(forge "$text" "$good")" 'license key'
	done
	expect_nothing_changed
}

@test "forgeries: no key but a trusted one, whatever kid names" {
	local good stranger=$BATS_TEST_TMPDIR/stranger name x text

	good=$(claims)
	openssl genpkey -algorithm ed25519 -out "$stranger"
	x=$(openssl pkey -in "$stranger" -pubout -outform DER | tail -c 32 |
	    base64url)
	refused "$(forge "$head" "$good" "$stranger")" 'wrong signature'
	for name in "$(printf '{"crv":"Ed25519","kty":"OKP","x":"%s"}' "$x" |
	    openssl dgst -sha256 -binary | base64url)" "$x" '' ' ' '*' \
	    "${kid}x" "${kid%?}" "${kid,,}x" ../keys/licence-signing.pem \
	    ../../../../../../dev/null /dev/null /proc/self/environ \
	    "$pem" "file://$pem" http://127.0.0.1:1/key '%2e%2e%2fkey' \
	    "' OR ''='" "'; SELECT 1; --" '\u0000' "$kid\\u0000"; do
		text='{"alg":"EdDSA","kid":"'$name'"}'
		refused "$(forge "$text" "$good" "$stranger")" 'license key'
		refused "$(forge "$text" "$good")" 'license key'
	done
	for text in '{"alg":"EdDSA"}' '{"alg":"EdDSA","kid":1}' \
	    '{"alg":"EdDSA","kid":["'"$kid"'"]}' \
	    '{"alg":"EdDSA","kid":"x","kid":"'"$kid"'"}'; do
		refused "$(forge "$text" "$good")" 'license key'
	done
	for text in jwk jku x5u x5c; do
		text='{"alg":"EdDSA","kid":"'$kid'","'$text'":{"kty":"OKP",
		    "crv":"Ed25519","x":"'$x'"}}'
		refused "$(forge "$text" "$good" "$stranger")" 'wrong signature'
	done
	expect_nothing_changed
}

@test "forgeries: a revoked key signs nothing that is taken" {
	local key

	settings "licence_revoked = $kid"
	key=$(forge "$head" "$(claims)")
	for route in /v1/organization-license \
	    "/v1/organizations/$ORG/license"; do
		KEY=$OWNER_KEY cgi_send PUT "$route" "$(licence_body "$key")"
		expect_problem 400 revoked
	done
	KEY=$OWNER_KEY cgi_send POST /v1/organizations "$(create_body \
	    "$(unique Forged)" "+ {licenseKey: \"$key\"}")"
	expect_problem 400 revoked
	expect_nothing_changed
}

@test "forgeries: a key before or after its time is none" {
	local text

	refused_claims "\"exp\":$((now - 1))" expired
	refused_claims "\"exp\":1" expired
	refused_claims "\"nbf\":$((now + 3600))" 'not valid yet'
	for text in '"exp":0' '"exp":-1' '"exp":1e12' '"exp":1790000001.5' \
	    '"exp":"never"' '"exp":18446744073709551616' '"exp":1e400' \
	    '"nbf":"x"' '"nbf":-1' '"exp":1,"exp":9000000000'; do
		refused_claims "$text" 'license key'
	done
	expect_nothing_changed
}

@test "forgeries: a key for another organization is none" {
	local id name=$ORG_NAME

	new_stranger
	before=$(everything)
	refused_claims "\"org\":\"$STRANGER_ORG\"" 'another organization'
	for id in "${ORG,,}" "$ORG " "$name" '' '*' "%" "$ORG\\u0000"; do
		refused_claims "\"org\":\"$id\"" 'license key'
	done
	refused_claims "\"org\":[\"$ORG\"]" string
	refused_claims "\"org\":\"$STRANGER_ORG\",\"org\":\"$ORG\"" duplicate
	# a key for the organization itself is none of a new one
	in_body "$(forge "$head" "$(claims "\"org\":\"$ORG\"")")" \
	    "$new_members"
	KEY=$OWNER_KEY api POST /v1/organizations --data-binary "@$sent"
	expect_problem 400 'another organization'
	expect_nothing_changed
}

@test "forgeries: claims that are there twice or are none are refused" {
	local text

	for text in '"licenseType":"enterprise"' '"j\u0074i":"b"' \
	    '"limits":{},"limits":{}' '"x":1,"x":1' \
	    '"limits":{"users":1,"users":0}'; do
		refused_claims "$text" duplicate
	done
	for text in '' null '[]' '"a"' '{}' '{' '{"iss":"t"}' \
	    "$(claims)x" $'\xef\xbb\xbf'"$(claims)" \
	    "$(claims '"x":"'$'\xff''"')" "$(claims | sed s/growth/Growth/)" \
	    "$(claims | sed s/growth/platinum/)" \
	    "$(claims | sed 's/"jti":"/&..\//')" \
	    "$(claims | sed "s/\"jti\":\"/&' OR ''='/")" \
	    "$(claims | sed "s/\"jti\":\"/&$(printf 'x%.0s' {1..65})/")" \
	    "$(claims | sed 's/"iss":"tenantry"/"iss":""/')"; do
		refused "$(forge "$head" "$text")" 'license key'
	done
	expect_nothing_changed
}

@test "forgeries: a limit that is huge, negative or no whole number is refused" {
	local limit name

	for name in projects users; do
		for limit in -1 -0.5 1.0 1.5 1e3 1000000001 \
		    9223372036854775807 9223372036854775808 \
		    18446744073709551617 1e400 '"5"' true '[]' '{}'; do
			refused_claims "\"limits\":{\"$name\":$limit}" limit
		done
	done
	for limit in '[]' 5 '"{}"' true; do
		refused_claims "\"limits\":$limit" 'not an object'
	done
	expect_nothing_changed
}

@test "forgeries: a key in another spelling is none" {
	local good a b c last i digits

	digits=ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_
	good=$(forge "$head" "$(claims)")
	IFS=. read -r a b c <<< "$good"
	for text in "$good=" "$good==" "$a=.$b.$c" "$a.$b=.$c" \
	    "$a"$'\n'".$b.$c" "$a.${b:0:8} ${b:8}.$c" \
	    "$a.$b.${c:0:8}"$'\r\n'"${c:8}" "$a.$b.${c:0:8}!${c:8}" \
	    "$a.$b.${c:0:20}é${c:20}" "$a.$b.${c//[A-M]/+}" \
	    "$a.$b.${c//[A-M]//}" "$(tr -- '-_' '+/' <<< "$a.$b.${c}")+"; do
		refused "$text" base64url
	done
	# 64 bytes leave four bits unused
	last=${digits%%"${c: -1}"*}
	for i in 1 7 15; do
		refused "$a.$b.${c%?}${digits:${#last}+i:1}" base64url
	done
	for text in "$a" "$a.$b" "$good." ".$good" "$good.AA" "$good.$good" \
	    "$a..$b.$c" . ... "{\"payload\":\"$b\",\"protected\":\"$a\",
	    \"signature\":\"$c\"}"; do
		refused "$text" 'three parts'
	done
	for text in .. "$a.$b." "$a.$b.AAAA" "$a.$b.$c$c"; do
		refused "$text" 'license key'
	done
	KEY=$OWNER_KEY api PUT /v1/organization-license \
	    --data "$(licence_body '')"
	expect_problem 400 'is empty'
	expect_nothing_changed
}

@test "forgeries: a key of a mebibyte is refused unread" {
	local letter key size=1048576

	# above 131072 bytes Apache answers in the program's place
	! is_htaccess || size=120000
	for letter in A .; do
		key=$(head -c "$size" /dev/zero | tr '\0' "$letter")
		by_every_route "$key" expect_why 413 'over 65536 bytes'
		refused "${key:0:50000}" 'too long'
	done
	expect_nothing_changed
}
