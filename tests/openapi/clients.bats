#!/usr/bin/env bats
# Clients that are generated from the description as it is served: what the
# generators make of it, and the clients against the running service.  Run by
# `make check-openapi`, which installs the generators.
# shellcheck disable=SC2154,SC2016

modules=$TENANTRY_ROOT/build/openapi
folder=$modules/clients

load ../api/helper
load ../api/cgi
load ../api/tenancy

# From here on, a description with the address of this instance.  What a
# generator says goes to NAME.log, its end to NAME.status.
setup_file() {
	local here=$TENANTRY_ROOT/tests/openapi

	rm -rf "$folder"
	mkdir -p "$folder"
	settings "public_prefix = $TENANTRY_URL"
	cgi GET /v1/openapi.json < /dev/null
	cp "$body_file" "$folder/openapi.json"
	cd "$folder" || return
	echo '{"type": "module"}' > package.json
	generate_all
	jq -r -f "$here/bodies.jq" openapi.json > bodies.ts
	cp "$here/use.ts" "$here/tsconfig.json" "$here/verify.mjs" .
	generate compile "$modules/node_modules/.bin/tsc" -p .
}

generate_all() {
	local bin=$modules/node_modules/.bin

	echo 'extends: spectral:oas' > spectral.yaml
	generate types "$bin/openapi-typescript" openapi.json -o types.ts
	generate oazapfts "$bin/oazapfts" openapi.json oazapfts.ts
	generate orval "$bin/orval" --input openapi.json --output orval.ts \
	    --client fetch
	generate zod "$bin/openapi-zod-client" openapi.json -o zod.ts \
	    --export-schemas
	generate postman "$bin/openapi2postmanv2" -s openapi.json \
	    -o postman.json
	generate spectral "$bin/spectral" lint -r spectral.yaml openapi.json
}

generate() { # NAME COMMAND...
	local name=$1

	shift
	"$@" > "$name.log" 2>&1 < /dev/null && echo 0 > "$name.status" ||
	    echo 1 > "$name.status"
}

setup() {
	cd "$folder" || return
}

expect_generated() { # NAME FILE
	tail -n 60 "$1.log"
	[ "$(cat "$1.status")" = 0 ]
	[ -s "$2" ]
}

# Code without its comments, in which no value may be of any type.  A reason of a
# check is called so.
expect_types() { # FILE
	! sed 's,/\*\*.*\*/,,; /\/\*\*/,/\*\//d' "$1" |
	    sed "s/[\"']unknown[\"']//g; s/^ *unknown: ,$//" |
	    sed 's/description: [`"].*[`"],$//; /description: `/,/`,$/d' |
	    sed "$2" |
	    grep -nwE 'any|unknown'
}

@test "generated: spectral finds no error" {
	cat spectral.log
	grep -q '(0 errors, ' spectral.log
	[ "$(cat spectral.status)" = 0 ]
}

# Any further header of an answer is unknown to it.  What a row of the trail has
# changed has members by its action (docs/audit.md).
@test "generated: openapi-typescript keeps every type" {
	expect_generated types types.ts
	expect_types types.ts '/^ *\[name: string\]: unknown;$/d; /^ *change: {$/,/^ *};$/d'
}

@test "generated: oazapfts keeps every type" {
	expect_generated oazapfts oazapfts.ts
	expect_types oazapfts.ts '/^ *change: {$/,/^ *};$/d'
}

# An object without described members is one of any members.
@test "generated: orval keeps every type" {
	expect_generated orval orval.ts
	expect_types orval.ts 's/{ \[key: string\]: unknown }//'
}

@test "generated: openapi-zod-client keeps every type" {
	expect_generated zod zod.ts
	expect_types zod.ts ''
}

@test "generated: openapi-to-postmanv2 makes requests with their bodies" {
	expect_generated postman postman.json
	diff -u <(jq -r '. as $document | .paths[][] | select(has("requestBody")) |
	    .requestBody["$ref"] as $ref | $document |
	    getpath($ref | ltrimstr("#/") | split("/")) |
	    .content[].schema["$ref"] as $ref | $document |
	    getpath($ref | ltrimstr("#/") | split("/")) |
	    (if .oneOf then .oneOf[0]["$ref"] as $ref | $document |
		getpath($ref | ltrimstr("#/") | split("/")) else . end) |
	    .properties | keys | join(" ")' openapi.json | sort) \
	    <(jq -r '.. | .request? | objects | .body.raw // empty | fromjson |
	    keys | join(" ")' postman.json | sort)
}

# Without public_prefix, as `make run` has it, the server is a path.
@test "generated: all of them take a description whose server is a path" {
	mkdir path
	cd path
	curl -sf "$TENANTRY_URL/v1/openapi.json" > openapi.json
	[[ $(jq -r '.servers[0].url' openapi.json) = /* ]]
	diff <(jq 'del(.servers)' openapi.json) \
	    <(jq 'del(.servers)' ../openapi.json)
	generate_all
	grep -q '(0 errors, ' spectral.log
	expect_generated types types.ts
	expect_generated oazapfts oazapfts.ts
	expect_generated orval orval.ts
	expect_generated zod zod.ts
	expect_generated postman postman.json
}

# Wrong bodies stand behind @ts-expect-error: that they compile is an error.
@test "generated: right bodies compile and wrong ones do not" {
	[ "$(grep -c '@ts-expect-error' bodies.ts)" -ge 300 ]
	expect_generated compile out/use.js
	[ ! -s compile.log ]
}

@test "generated: clients do and are refused what is described" {
	run node out/use.js
	echo "$output"
	[ "$status" = 0 ]
	[[ $output = *'fetch keys oazapfts axios zod' ]]
}

# verified TYP TOKEN: by the published keys of that type alone.
verified() {
	node verify.mjs jwks.json "$1" '' "$2"
}

@test "jose verifies a check and a licence, each by its own key alone" {
	local check licence typ

	new_org
	KEY='' api GET /.well-known/jwks.json
	cp "$body_file" jwks.json
	api POST /v1/check --header "X-Organization-ID: $ORG" \
	    --header 'Accept: application/jwt' --data \
	    "{\"credential\": \"$TENANTRY_API_KEY\", \"need\": \"admin\"}"
	expect_status 200
	check=$body
	node verify.mjs jwks.json check+jwt "$ORG" "$check" |
	    jq -e ".allowed and .aud == \"$ORG\" and .need == \"admin\""
	run ! node verify.mjs jwks.json check+jwt 01ARZ3NDEKTSV4RRFFQ69G5FAV \
	    "$check"
	licence=$(issue --type growth)
	verified JWT "$licence" | jq -e '.licenseType == "growth"'
	for typ in JWT head+jwt; do
		run ! verified "$typ" "$check"
	done
	for typ in check+jwt head+jwt; do
		run ! verified "$typ" "$licence"
	done
}
