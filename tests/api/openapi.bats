#!/usr/bin/env bats
# The description at /v1/openapi.json against the program: the same routes, the
# same members of bodies and resources, the same failures, in both directions;
# and real answers against the description.
# shellcheck disable=SC2154,SC2016

load helper
load cgi
load tenancy

setup() {
	follow_only_the_test
	api GET /v1/openapi.json
	expect_status 200
	document=$BATS_TEST_TMPDIR/openapi.json
	cp "$body_file" "$document"
}

teardown() {
	[ -z "${WORKER-}" ] || worker_kill
}

# --- the program --------------------------------------------------------------

# said WHAT: the lines of the program's own routes (tests/openapi/table.c).
said() {
	"$TENANTRY_ROOT/build/$BUILD/tests/openapi/table" |
	    sed -n "s/^$1 //p" | sort
}

# Each member of the resources as "kind part member".
members_of_resources() {
	said resource | sed 's/^\([A-Za-z]*\) .*/&\n\1 metadata hash/' | sort -u
}

# Each failure that a client can see, as "status code".
failures_of_program() {
	"$TENANTRY_ROOT/tools/errors.sh" codes | sort
}

# --- the description ----------------------------------------------------------

# describe FILTER: what it prints of the document, sorted.  `own` follows $ref.
describe() {
	jq -r '. as $document |
	    def own: if has("$ref") then .["$ref"] as $ref | $document |
		getpath($ref | ltrimstr("#/") | split("/")) else . end;
	    '"$1" "$document" | sort
}

operations='.paths | to_entries[] | .key as $path | .value | to_entries[] |
    .key as $method | .value'

# The two lists are the same and not empty.
expect_same() { # PROGRAM DESCRIPTION
	[ -n "$1" ]
	diff --label program --label description -u \
	    <(echo "$1") <(echo "$2")
}

# --- the program and its description ------------------------------------------

@test "openapi: the routes are those of the program" {
	[ "$(said route | wc -l)" -ge 50 ]
	expect_same "$(said route | cut -d ' ' -f 1,2 | sort)" \
	    "$(describe "$operations"' | "\($method) \($path)"')"
}

@test "openapi: the bodies have the program's members" {
	expect_same "$(said member)" "$(describe "$operations"' |
	    select(has("requestBody")) | .requestBody | own |
	    .content["application/json"].schema | own |
	    [(.oneOf // [.])[] | own] as $forms | $forms[] |
	    .properties | to_entries[] | .key as $key |
	    "\($method) \($path) \($key)" +
	    if .value.deprecated then " alias"
	    elif all($forms[]; .required | index([$key])) then " required"
	    else "" end')"
}

@test "openapi: a body that the program takes is described, and no other" {
	expect_same "$(said route | awk '$4 == "body" { print $1, $2 }')" \
	    "$(describe "$operations"' | select(has("requestBody")) |
		"\($method) \($path)"')"
}

@test "openapi: the query parameters are those of the program" {
	expect_same "$(said parameter)" "$(describe "$operations"' |
	    .parameters[]? | own | select(.in == "query") |
	    "\($method) \($path) \(.name)"')"
}

@test "openapi: what goes by the context takes its headers" {
	[ "$(describe '.paths["/v1/projects", "/v1/users", "/v1/secret-keys"].get |
	    [.parameters[] | own | select(.in == "header") | .name |
	    select(. == "X-Organization-ID" or . == "X-Bindplane-Account-ID")] |
	    length')" = $'2\n2\n2' ]
}

@test "openapi: the resources have the program's members" {
	expect_same "$(members_of_resources)" \
	    "$(describe '.components.schemas | to_entries[] |
		select(.value.properties.kind) | .key as $kind |
		.value.properties | to_entries[] |
		select(.key | IN("metadata", "spec", "status")) |
		.key as $part |
		.value | own | .properties // {} | keys_unsorted[] |
		"\($kind) \($part) \(.)"')"
}

@test "openapi: every failure of the program is described, and no other" {
	expect_same "$(failures_of_program)" \
	    "$(describe '.components.responses[].content[]?.examples |
		to_entries[] | "\(.value.value.status) \(.key)"')"
	expect_same "$(failures_of_program | cut -d ' ' -f 1 | sort -u)" \
	    "$(describe "$operations"' | .responses | keys[] |
		select(. >= "400")' | sort -u)"
}

# wordless FILTER: each operation of the document, changed by FILTER, that lacks
# what its row cannot say: a name of its own, a summary, a tag, what a success
# brings, an example of a body and of an answer.
wordless() {
	jq -r "$1"' | . as $document |
	    def own: if has("$ref") then .["$ref"] as $ref | $document |
		getpath($ref | ltrimstr("#/") | split("/")) else . end;
	    [.paths[][].operationId] as $names | [.tags[].name] as $tags |
	    .paths | to_entries[] | .key as $path | .value | to_entries[] |
	    "\(.key) \($path)" as $which | .value |
	    . as $operation |
	    (select([$names[] | select(. == $operation.operationId)] !=
		[$operation.operationId]) | "\($which): no name of its own"),
	    (select(.summary == "" or .summary == null) |
		"\($which): no summary"),
	    (select(.tags - $tags != [] or .tags == []) |
		"\($which): no tag"),
	    (.responses | to_entries[] | select(.key < "300") |
		.key as $status | .value |
		(select(.description == "") |
		    "\($which): \($status) is not described"),
		(.content["application/json"] // empty |
		    select(has("example") | not) |
		    "\($which): \($status) has no example")),
	    (.requestBody // empty | own |
		(select(.description | startswith(" ")) |
		    "\($which): the body is not described"),
		(select(.content[].examples == {}) |
		    "\($which): the body has no example"))' "$document"
}

@test "openapi: no operation is without its words" {
	run wordless .
	echo "$output"
	[ "$status" = 0 ]
	[ -z "$output" ]
}

@test "openapi: an operation without its words is found" {
	local fault get='.paths["/v1/projects/{id}"].get'

	for fault in "$get.summary = \"\"" "$get.tags = [\"Other\"]" \
	    "$get.operationId = \"renameProject\"" \
	    "$get.responses[\"200\"].description = \"\"" \
	    "del($get.responses[\"200\"].content[].example)" \
	    '.components.requestBodies.ChangeProject.description |= " " + .' \
	    '.components.requestBodies[].content[].examples = {}'; do
		run wordless "$fault"
		echo "$fault: $output"
		[ "$status" = 0 ]
		[ -n "$output" ]
	done
}

# conflicts METHOD PATH: the codes of its 409, from the plans of the route.
conflicts() {
	jq -r --arg method "$1" --arg path "$2" \
	    '.paths[$path][$method].responses["409"].description' "$document" |
	    sed -n 's/^- `\([a-z-]*\)`: .*/\1/p' | sort | paste -sd ' '
}

@test "openapi: a conflict names the causes of its own route" {
	[ "$(conflicts delete '/v1/projects/{id}')" = \
	    'idempotency-key-in-use last-project' ]
	[ "$(conflicts patch '/v1/projects/{id}')" = \
	    'idempotency-key-in-use name-in-use' ]
	[ "$(conflicts patch '/v1/organizations/users/{id}')" = \
	    'idempotency-key-in-use last-admin' ]
	[ "$(conflicts post /v1/api-keys)" = \
	    'idempotency-key-in-use key-limit' ]
}

@test "openapi: without a credential where the program wants none" {
	expect_same "$(said route | awk '$3 == "public" { print $2 }' | sort)" \
	    "$(describe "$operations"' | select(.security == [] or
		any(.security[]?; . == {})) | $path')"
}

@test "openapi: the version is the program's" {
	local version

	version=$(jq -r .info.version "$document")
	api GET /v1/version
	expect_json ".version == \"$version\""
}

# A client that is generated from it has this address built in.
@test "openapi: its server is the mount, from the root on" {
	local server path

	[ "$(jq '.servers | length' "$document")" = 1 ]
	server=$(jq -r '.servers[0].url' "$document")
	[ "$server" = "${link_base:-/}" ]
	path=${server%/}/healthz
	KEY='' api GET "${path#"$link_base"}"
	expect_status 200
	expect_json '.status == "alive"'
}

@test "openapi: its server is public_prefix where that is set" {
	settings 'public_prefix = https://api.example.org/tenants'
	cgi GET /v1/openapi.json SCRIPT_NAME=/cgi-bin/tenantry.fcgi < /dev/null
	expect_json '.servers[0].url == "https://api.example.org/tenants"'
}

@test "openapi: a mount of any bytes is a URL in it" {
	settings
	cgi GET /v1/openapi.json SCRIPT_NAME=$'/a b"\\\x01\xff/t.fcgi' < /dev/null
	expect_json '.servers[0].url == "/a%20b%22%5C%01%FF/t.fcgi"'
	cgi GET /openapi.json SCRIPT_NAME=/~me/v1 < /dev/null
	expect_json '.servers[0].url == "/~me"'
}

# --- what clients are generated from ------------------------------------------

# Each schema with what is wrong with its shape.  Generators make "any value" of
# a schema without a type and of branches that only say what is required.
shapes='
def schema($where; $branches):
    if has("$ref") then empty
    elif has("oneOf") and $branches then
	select(all(.oneOf[]; has("$ref")) | not) | "\($where): oneOf without names"
    else
	(select(has("type") | not) | "\($where): no type"),
	((keys - ["type", "description", "examples", "enum", "const", "default",
	    "pattern", "format", "minLength", "maxLength", "minimum", "maximum",
	    "minItems", "items", "required", "properties",
	    "additionalProperties", "deprecated"])[] | "\($where): \(.)"),
	(select(.type == "array" and (has("items") | not)) |
	    "\($where): no items"),
	(select(.required) | .required - (.properties | keys) | .[] |
	    "\($where): \(.) is required and not described"),
	(.items | objects | schema("\($where)[]"; false)),
	(.additionalProperties | objects | schema("\($where).*"; false)),
	(.properties | objects | to_entries[] |
	    .key as $key | .value | schema("\($where).\($key)"; false))
    end;
def shapes:
    (.components.schemas | to_entries[] | .key as $key | .value |
	schema($key; true)),
    (.components | .parameters, .headers | to_entries[] |
	.key as $key | .value.schema | schema($key; false)),
    (paths as $path | select($path[-1:] == ["content"]) | getpath($path)[] |
	.schema | schema($path | map(tostring) | join(" "); false));'

@test "openapi: its schemas are such that generators keep their types" {
	run jq -r "$shapes shapes" "$document"
	echo "$output"
	[ "$status" = 0 ]
	[ -z "$output" ]
}

@test "openapi: a schema that generators make nothing of is found" {
	local fault schema=.components.schemas.VerifyNameBody

	for fault in "$schema.anyOf = [{required: [\"displayName\"]}]" \
	    "$schema.oneOf = [{required: [\"displayName\"]}]" \
	    "del($schema.type)" "$schema.properties.a = {type: \"array\"}" \
	    "$schema.required += [\"other\"]" \
	    '.components.parameters.IfMatch.schema = {oneOf: [{"$ref": "a"}]}' \
	    '.paths["/readyz"].get.responses["200"].content[].schema = {}'; do
		run jq -r "$shapes $fault | shapes" "$document"
		echo "$fault: $output"
		[ "$status" = 0 ]
		[ -n "$output" ]
	done
}

# --- real answers -------------------------------------------------------------

# Whether a value is what a schema says.  A member that the schema does not name
# is a fault too, so that no answer says more than is described.
checker='
def at($ref): $document[0] | getpath($ref | ltrimstr("#/") | split("/"));
def faults($schema; $where):
    . as $value |
    if $schema | has("$ref") then
	faults(at($schema["$ref"]) + ($schema | del(.["$ref"])); $where)
    else
	(type | if . == "number" and ($value | floor) == $value
	    then ["number", "integer"] else [.] end) as $types |
	(select($schema.type and
	    ([$schema.type] | flatten | any(IN($types[])) | not)) |
	    "\($where): no \($schema.type)"),
	(select($schema | has("const")) | select($schema.const != $value) |
	    "\($where): not \($schema.const)"),
	(select($schema.enum) | select(IN($schema.enum[]) | not) |
	    "\($where): not one of \($schema.enum)"),
	(select($schema.pattern and type == "string") |
	    select(test($schema.pattern) | not) |
	    "\($where): \(.) is not like \($schema.pattern)"),
	(select($schema.minimum and type == "number") |
	    select(. < $schema.minimum) | "\($where): too small"),
	(select(type == "object") | $schema.required // [] | .[] |
	    select(in($value) | not) | "\($where): no \(.)"),
	(select($schema.oneOf) | select(([$schema.oneOf[] |
	    select([. as $one | $value | faults($one; $where)] == [])] |
	    length) != 1) | "\($where): not one of oneOf"),
	(select(type == "object" and $schema.properties) | keys_unsorted[] |
	    . as $key | if $schema.properties[$key] then $value[$key] |
		faults($schema.properties[$key]; "\($where).\($key)")
	    else "\($where): \($key) is not described" end),
	(select(type == "array" and $schema.items) | to_entries[] | .key as $i |
	    .value | faults($schema.items; "\($where)[\($i)]"))
    end;'

# What is wrong with an answer, by a response of the description: status, content
# type, headers and body.  Text is a string to the checker.
judge="$checker"'
def own: if has("$ref") then at(.["$ref"]) else . end;
def headers: [$head | splits("\r?\n") | capture("^(?<key>[^:]+): *(?<value>.*)$") |
    .key |= ascii_downcase] | from_entries;
headers as $headers |
($headers["content-type"] // "" | split(";")[0]) as $type |
$document[0].paths[$path][$method].responses[$status] |
if . == null then "not described" else
    own |
    (.headers | to_entries[] | select(.value | own | .required) |
	.key | select(($headers[ascii_downcase] // "") == "") | "no header \(.)"),
    if has("content") | not then $body | select(. != "") | "there is a body"
    elif .content[$type] == null then "not described: \($type)"
    else .content[$type].schema as $schema |
	(if $type | startswith("text/") then $body else
	    try ($body | fromjson) catch "no JSON" end) | faults($schema; "")
    end
end'

# The last answer is one that the description has for METHOD and PATH.
expect_described() { # METHOD PATH
	local faults

	faults=$(jq -rn --slurpfile document "$document" --arg method "$1" \
	    --arg path "$2" --arg status "$status_code" --rawfile head "$headers" \
	    --rawfile body "$body_file" "$judge") ||
	    faults='the answer could not be judged'
	[ -z "$faults" ] || {
		echo "$1 $2 $status_code: $faults"
		show_answer
		return 1
	}
}

@test "openapi: its examples are what it says" {
	run jq -r --slurpfile document "$document" "$checker"'
	    [.. | objects | select(has("content")) | .content[] |
		.schema as $schema | (.example, .examples[]?.value) |
		select(. != null) | faults($schema; "")] | .[]' "$document"
	echo "$output"
	[ "$status" = 0 ]
	[ -z "$output" ]
}

@test "openapi: the checker finds what is wrong" {
	local fault

	api GET /v1/version
	expect_described get /v1/version
	run ! expect_described get /v1/permissions
	run ! expect_described get /v1/nothing
	sed -i '/^X-Request-Id/d' "$headers"
	run expect_described get /v1/version
	[[ $output == *'no header X-Request-Id'* ]]

	for fault in '.account.kind = "Project"' '.account.extra = 1' \
	    'del(.account.metadata.id)' '.account.metadata.version = "1"' \
	    '.account.metadata.hash = "x"' '.account.spec.secretKey = 1'; do
		run jq -r --slurpfile document "$document" "$checker"'
		    .components.schemas.CreatedProject as $schema |
		    .paths["/v1/projects"].post.responses["201"].content[] |
		    .example | '"$fault"' | faults($schema; "")' "$document"
		echo "$fault: $output"
		[ "$status" = 0 ]
		[ -n "$output" ]
	done
}

@test "openapi: organizations answer as described" {
	local o=/v1/organizations

	new_org
	expect_described post $o
	api GET $o
	expect_described get $o
	expect_json ".organizations | map(.metadata.id) | index(\"$ORG\")"
	[ "$(json '.organizations[0] | keys | join(" ")')" = \
	    'apiVersion kind metadata spec status' ]
	api GET "$o/$ORG"
	expect_described get "$o/{id}"
	api GET "$o/$ORG" --header "If-None-Match: $(header ETag)"
	expect_status 304
	expect_described get "$o/{id}"
	api PUT $o/verify --data '{"organizationName": "Nobody"}'
	expect_described put $o/verify
	api POST $o/verify --data '{"organizationName": "Nobody"}'
	expect_described post $o/verify
	api PATCH "$o/$ORG" --data "{\"displayName\": \"$(unique One)\"}"
	expect_status 200
	expect_described patch "$o/{id}"
	api PATCH "$o/$ORG/metadata" \
	    --data "{\"displayName\": \"$(unique Other)\"}"
	expect_described patch "$o/{id}/metadata"
	api PUT "$o/$ORG/license" --data '{"createLicenseType": "growth"}'
	expect_described put "$o/{id}/license"
	api GET "$o/$ORG/license"
	expect_described get "$o/{id}/license"
	api GET "$o/$ORG/license/history"
	expect_described get "$o/{id}/license/history"
	api PUT "$o/$ORG/license?dryRun=true" \
	    --data '{"createLicenseType": "growth"}'
	expect_status 200
	expect_described put "$o/{id}/license"
	api DELETE "$o/$ORG?dryRun=true"
	expect_status 200
	expect_described delete "$o/{id}"
	api DELETE "$o/$ORG"
	expect_described delete "$o/{id}"
}

@test "openapi: projects and users answer as described" {
	local o=/v1/organizations path

	new_org
	api PUT "$o/$ORG/license" --data '{"createLicenseType": "growth"}'
	expect_status 204
	for path in /v1/projects /v1/accounts; do
		api POST "$path" --header "X-Organization-ID: $ORG" \
		    --data "{\"displayName\": \"$(unique Project)\"}"
		expect_status 201
		expect_described post "$path"
	done
	for path in $o/accounts $o/projects $o/users; do
		api GET "$path" --header "X-Organization-ID: $ORG"
		expect_status 200
		expect_described get "$path"
	done
	for path in $o/accounts/all $o/projects/all; do
		api GET "$path"
		expect_status 200
		expect_described get "$path"
	done
}

# answers STATUS METHOD PATTERN [CURL ARGUMENT...]: a call with `id`, `user` and
# `key` in the pattern's braces, answered with this status as described.
answers() {
	local path=${3/\{id\}/$id}

	path=${path/\{key\}/${key-}}
	api "$2" "${path/\{userId\}/$user}" "${@:4}"
	expect_status "$1"
	expect_described "${2,,}" "$3"
}

# new_person: `user`, the id of a member of ORG.
new_person() {
	new_user "$(unique person)@example.org"
	join_organization "$USER_EMAIL" user "$ORG"
	user=$(user_id "$USER_EMAIL")
}

# secret_keys_answer CURL ARGUMENT...: those of a project that has one.
secret_keys_answer() {
	local keys=/v1/secret-keys key

	answers 200 POST $keys --data '' "$@"
	key=$(json .secretKey)
	answers 204 POST "$keys/{key}/name" --data '{"name": "Edge"}' "$@"
	answers 200 GET $keys "$@"
	answers 304 GET $keys --header "If-None-Match: $(header ETag)" "$@"
	answers 204 POST "$keys/{key}/default" --data '' "$@"
	answers 409 DELETE "$keys/{key}" "$@"
	key=$(sql "SELECT MIN(secret_key) FROM secret_keys
	    WHERE project_id = '$id' AND secret_key <> '$key'")
	answers 204 DELETE "$keys/{key}" "$@"
}

@test "openapi: one project and its users answer as described" {
	local base id user in

	new_org
	new_person
	in="X-Organization-ID: $ORG"
	api PUT "/v1/organizations/$ORG/license" \
	    --data '{"createLicenseType": "growth"}'
	for base in /v1/projects /v1/accounts; do
		api POST "$base" --header "$in" --data '{"displayName": "Two"}'
		id=$(json .account.metadata.id)
		answers 200 GET "$base" --header "$in"
		answers 200 GET "$base/{id}"
		answers 304 GET "$base/{id}" \
		    --header "If-None-Match: $(header ETag)"
		answers 200 PATCH "$base/{id}" --data '{"displayName": "Three"}'
		answers 201 PUT "$base/{id}/users/{userId}" \
		    --data '{"role": "viewer"}'
		answers 200 PUT "$base/{id}/users/{userId}" \
		    --data '{"role": "admin"}'
		answers 200 GET "$base/{id}/users"
		answers 200 GET "$base/{id}/users/{userId}"
		answers 304 GET "$base/{id}/users/{userId}" \
		    --header "If-None-Match: $(header ETag)"
		of="X-Bindplane-Account-ID: $id"
		answers 200 GET /v1/users --header "$of"
		answers 200 GET '/v1/users/{userId}' --header "$of"
		answers 204 DELETE "$base/{id}/users/{userId}"
		answers 204 DELETE '/v1/users/{userId}' --header "$of"
		answers 200 POST /v1/users --header "$of" --data \
		    "{\"email\": \"$(unique new)@example.org\", \"create\": true}"
		answers 200 POST /v1/users --header "$of" \
		    --data "{\"email\": \"$USER_EMAIL\"}"
		secret_keys_answer --header "$of"
		answers 204 DELETE "$base/{id}"
		id=$PROJECT answers 409 DELETE "$base/{id}"
		id=$PROJECT user=$ORG answers 409 PUT \
		    "$base/{id}/users/{userId}" --data '{"role": "viewer"}'
	done
}

@test "openapi: a member answers as described" {
	local member='/v1/organizations/users/{id}' id user

	new_org
	new_person
	set -- --header "X-Organization-ID: $ORG"
	id=$user
	answers 200 GET "$member" "$@"
	answers 304 GET "$member" "$@" --header "If-None-Match: $(header ETag)"
	answers 200 PATCH "$member" "$@" --data '{"role": "admin"}'
	answers 204 DELETE "$member" "$@"
	id=me
	answers 200 GET "$member" "$@"
	id=$(json .user.metadata.id)
	answers 409 PATCH "$member" "$@" --data '{"role": "user"}'
}

@test "openapi: oneself answers as described" {
	local id user

	new_org
	new_person
	join_project "$USER_EMAIL" viewer "$PROJECT" "$ORG"
	KEY=$USER_KEY answers 200 GET /v1/users/me
	KEY=$USER_KEY answers 304 GET /v1/users/me \
	    --header "If-None-Match: $(header ETag)"
}

# Requests that want mail go to the program as plain CGI, with settings of the test.
@test "openapi: mails answer as described" {
	posts() { # STATUS PATH BODY [NAME=VALUE...]
		KEY='' cgi_send POST "$2" "$3" "${@:4}"
		expect_status "$1"
		expect_described post "$2"
	}
	load cgi
	load mail
	mail_on
	new_login
	answers 200 GET /v1/system/outbox
	KEY=$USER_KEY answers 403 GET /v1/system/outbox
	KEY='' answers 409 POST /v1/password-resets \
	    --data '{"email": "ada@example.org"}'
	KEY='' answers 404 POST /v1/password-resets/confirm \
	    --data '{"token": "none", "password": "secret-secret"}'
	KEY='' answers 404 POST /v1/users/confirm --data '{"token": "none"}'
	KEY='' answers 409 POST /v1/users/me/email --data \
	    '{"email": "ada@example.org", "password": "none"}' \
	    --user "$USER_EMAIL:$USER_PASSWORD"
	posts 202 /v1/users/me/email "{\"email\": \"new-$USER_EMAIL\",
	    \"password\": \"$USER_PASSWORD\"}" \
	    HTTP_AUTHORIZATION="Basic $(pair '%s:%s' "$USER_EMAIL" \
	    "$USER_PASSWORD")"
	answers 200 GET /v1/system/outbox
	send 0
	token_of 1 confirm
	posts 200 /v1/users/confirm "{\"token\": \"$TOKEN\"}"
	token_of 2 confirm
	posts 200 /v1/users/confirm "{\"token\": \"$TOKEN\"}"
	posts 202 /v1/password-resets "{\"email\": \"new-$USER_EMAIL\"}"
	send 0
	token_of 3 reset
	posts 204 /v1/password-resets/confirm "{\"token\": \"$TOKEN\",
	    \"password\": \"secret-secret\"}"
}

@test "openapi: sessions answer as described" {
	local id user token script=(--header 'X-Requested-With: test'
	    --header 'Content-Type: application/json')

	new_login
	set -- "${script[@]}" --data "{\"login\": \"$USER_EMAIL\",
	    \"password\": \"$USER_PASSWORD\"}"
	KEY='' answers 201 POST /v1/session "$@"
	token=$(header Set-Cookie)
	token=${token#*=}
	set -- "${script[@]}" --header "Cookie: $cookie_name=${token%%;*}"
	KEY='' answers 401 GET /v1/session
	KEY='' answers 200 GET /v1/session "$@"
	KEY='' answers 200 GET /v1/sessions "$@"
	id=$(json '.sessions[0].id')
	KEY='' answers 200 PATCH /v1/users/me "$@" \
	    --data '{"displayName": "Ada"}'
	KEY='' answers 401 POST /v1/session/confirm "$@" \
	    --data '{"password": "wrong"}'
	KEY='' answers 204 PUT /v1/accept-eula "$@"
	KEY='' answers 204 PUT /v1/users/me/password "$@" --data \
	    "{\"current\": \"$USER_PASSWORD\", \"new\": \"$USER_PASSWORD\"}"
	KEY='' answers 204 POST /v1/session/confirm "$@" \
	    --data "{\"password\": \"$USER_PASSWORD\"}"
	set -- --user "$USER_EMAIL:$USER_PASSWORD"
	KEY='' answers 204 DELETE "/v1/sessions/{id}" "$@"
	KEY='' answers 204 DELETE /v1/session "$@"
	KEY='' answers 204 DELETE /v1/sessions "$@"
}

@test "openapi: API keys answer as described" {
	local keys=/v1/api-keys in id user

	new_org
	in="X-Organization-ID: $ORG"
	answers 201 POST $keys --header "$in" --data '{"description": "One"}'
	id=$(json .apiKey.metadata.id)
	answers 200 PATCH "$keys/{id}" --data '{"expiresIn": 90000}'
	answers 201 POST "$keys/{id}/rotate" --data '{"overlap": 60}'
	answers 409 POST "$keys/{id}/rotate" --data '{"overlap": 60}'
	answers 200 GET $keys --header "$in"
	answers 204 DELETE "$keys/{id}"
}

@test "openapi: checks answer as described" {
	local in

	new_org
	in="X-Organization-ID: $ORG"
	answers 200 POST /v1/check --header "$in" --data \
	    "{\"credential\": \"$TENANTRY_API_KEY\", \"need\": \"user\"}"
	answers 200 POST /v1/check --header "$in" \
	    --data '{"credential": "none", "need": "user"}'
	answers 200 GET /v1/check --header "$in"
	answers 403 GET /v1/check --header 'X-Organization-ID: none'
}

@test "openapi: the audit trail answers as described" {
	local in

	new_org
	in="X-Organization-ID: $ORG"
	answers 200 GET /v1/audit-events --header "$in"
	api GET '/v1/audit-events?min-date=x' --header "$in"
	expect_status 400
	expect_described get /v1/audit-events
}

@test "openapi: invitations answer as described" {
	local invitations=/v1/invitations in id user token

	new_org
	new_login
	in="X-Organization-ID: $ORG"
	sql "UPDATE licences SET limit_users = 0 WHERE organization_id = '$ORG'"
	new_user "$(unique proved)@example.org"
	answers 201 POST /v1/organizations/users --header "$in" \
	    --data "{\"email\": \"$USER_EMAIL\", \"role\": \"user\"}"
	new_login
	sql "UPDATE users SET is_email_unproved = 1 WHERE email = '$USER_EMAIL'"
	answers 202 POST /v1/organizations/users --header "$in" \
	    --data "{\"email\": \"$USER_EMAIL\", \"role\": \"user\",
	    \"projects\": [{\"id\": \"$PROJECT\", \"role\": \"viewer\"}]}"
	id=$(json .invitation.metadata.id)
	token=$(json '.link | split("/") | last')
	sql "UPDATE users SET is_email_unproved = 0 WHERE email = '$USER_EMAIL'"
	answers 409 POST $invitations --header "$in" \
	    --data "{\"email\": \"$USER_EMAIL\", \"role\": \"user\"}"
	answers 200 GET $invitations --header "$in"
	answers 200 GET "$invitations/{id}"
	answers 429 POST "$invitations/{id}/resend" --data '{}'
	set -- --user "$USER_EMAIL:$USER_PASSWORD"
	KEY='' answers 200 POST $invitations/lookup \
	    --data "{\"token\": \"$token\"}"
	KEY='' answers 200 GET /v1/users/me/invitations "$@"
	KEY='' answers 409 POST $invitations/accept \
	    --data "{\"token\": \"$token\", \"password\": \"secret-secret\"}"
	KEY='' answers 200 POST "$invitations/{id}/accept" --data '' "$@"
	KEY='' answers 404 POST $invitations/decline \
	    --data "{\"token\": \"$token\"}" "$@"
	answers 409 DELETE "$invitations/{id}"
	answers 201 POST $invitations --header "$in" \
	    --data "{\"email\": \"$(unique new)@example.org\",
	    \"role\": \"user\", \"delivery\": \"mail\"}"
	id=$(json .invitation.metadata.id)
	sql "UPDATE invitations SET sent_at = sent_at - INTERVAL 61 SECOND
	    WHERE id = '$id'"
	answers 200 POST "$invitations/{id}/resend" \
	    --data '{"delivery": "link"}'
	token=$(json '.link | split("/") | last')
	KEY='' answers 201 POST $invitations/accept \
	    --data "{\"token\": \"$token\", \"password\": \"secret-secret\"}"
	answers 201 POST $invitations --header "$in" \
	    --data "{\"email\": \"$(unique new)@example.org\",
	    \"role\": \"admin\"}"
	id=$(json .invitation.metadata.id)
	answers 204 DELETE "$invitations/{id}"
}

@test "openapi: metrics answer as described" {
	KEY='' answers 200 GET /metrics
}

@test "openapi: public routes answer as described" {
	local path

	for path in /v1/version /v1/openapi.json /healthz /health /readyz \
	    /v1/permissions \
	    /.well-known/jwks.json; do
		KEY='' api GET "$path"
		expect_status 200
		expect_described get "$path"
	done
}

@test "openapi: the doctor's report is as described" {
	local method

	for method in get put patch delete; do
		api "${method^^}" /doctor --data ''
		expect_status 200
		expect_described "$method" /doctor
	done
}

@test "openapi: failures answer as described" {
	local o=/v1/organizations

	KEY='' api GET $o
	expect_status 401
	expect_described get $o
	api TRACE /healthz
	expect_status 405
	expect_described get /healthz
	api GET $o --header 'Accept: text/html'
	expect_status 406
	expect_described get $o
	api PUT $o/verify --form a=b
	expect_status 415
	expect_described put $o/verify
	api PUT $o/verify --data '{'
	expect_status 400
	expect_described put $o/verify
	head -c 70000 /dev/zero | tr '\0' ' ' > "$BATS_TEST_TMPDIR/large"
	api PUT $o/verify --data-binary "@$BATS_TEST_TMPDIR/large"
	expect_status 413
	expect_described put $o/verify
	api GET $o/00000000000000000000000000
	expect_status 404
	expect_described get "$o/{id}"
	api DELETE $o/00000000000000000000000000
	expect_status 403
	expect_described delete "$o/{id}"
	new_org
	api POST $o --data "{\"organizationName\": \"$ORG_NAME\",
	    \"accountName\": \"A\", \"eulaAccepted\": true}"
	expect_status 409
	expect_described post $o
	api POST /v1/projects --header "X-Organization-ID: $ORG" \
	    --data '{"displayName": "Second"}'
	expect_status 409
	expect_json '.limits | length == 1'
	expect_described post /v1/projects
}

# --- what a worker keeps of it ------------------------------------------------

@test "openapi: one worker answers below each mount with its own URL" {
	local mount

	load worker
	settings
	worker_start
	for mount in '' /app /app /other ''; do
		KEY='' ask GET /v1/openapi.json SCRIPT_NAME="$mount" < /dev/null
		[ "$status_code" = 200 ]
		[ "$(sed '1,/^\r$/d' "$answer" | jq -r '.servers[0].url')" = \
		    "${mount:-/}" ]
	done
}

# --- the page that shows it ---------------------------------------------------

@test "openapi: /docs/ is served with what it loads, nothing from elsewhere" {
	local page file

	KEY='' api GET /docs/
	expect_status 200
	[[ $(header Content-Type) == text/html* ]]
	[[ $(header Content-Security-Policy) == *"script-src 'self'"* ]]
	page=$body
	[[ $page != *'://'* ]]
	while read -r file; do
		KEY='' api GET "/docs/$file" --no-path-as-is
		expect_status 200
	done < <(grep -Eo '(src|href)="[^"]*"' <<< "$page" | cut -d '"' -f 2)
}
