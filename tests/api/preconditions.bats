#!/usr/bin/env bats
# If-Match: a write is made only where its sender has seen what he changes.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154

setup() {
	load helper
	load tenancy
	load cgi
	load hold
}

teardown() {
	release_row
}

# new_place: a tenant with room for projects; ETAG is its entity tag.
new_place() {
	new_tenant || return
	install_licence "$(issue --type growth)" || return
	LICENCE=$(issue --type growth)
	ETAG=$(etag)
}

etag() {
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG" && header ETag
}

version() {
	sql "SELECT version FROM organizations WHERE id = '$ORG'"
}

# rename IF-MATCH [CURL ARGUMENT...]: with DATA, else to a new name.
rename() {
	KEY=${CALLER-$OWNER_KEY} api PATCH "/v1/organizations/$ORG/metadata" \
	    --data "${DATA-{\"displayName\": \"$(unique New)\"\}}" \
	    --header "If-Match: $1" "${@:2}"
}

expect_failed() {
	expect_problem 412 'If-Match'
	expect_json '.type == "urn:tenantry:problem:precondition-failed"'
}

# each_write [CURL ARGUMENT...]: one of each route that writes in ORG, deleting
# it at last; prints the statuses.
each_write() {
	local o=/v1/organizations statuses=() KEY=$OWNER_KEY

	api PATCH "$o/$ORG/metadata" "$@" \
	    --data "{\"displayName\": \"$(unique New)\"}"
	statuses+=("$status_code")
	for path in "$o/$ORG/license" /v1/organization-license; do
		api PUT "$path" "$@" --data "$(licence_body "$LICENCE")"
		statuses+=("$status_code")
	done
	for path in /v1/projects /v1/accounts; do
		api POST "$path" "$@" \
		    --data "{\"displayName\": \"$(unique Project)\"}"
		statuses+=("$status_code")
	done
	api DELETE "$o/$ORG" "$@"
	echo "${statuses[*]} $status_code"
}

@test "the ETag begins with the version" {
	new_place
	[[ $ETAG =~ ^\"1-[0-9a-f]{32}\"$ ]]
	rename "$ETAG"
	[[ $(etag) =~ ^\"2-[0-9a-f]{32}\"$ ]]
}

@test "read, change with the ETag, change with the old one: 412" {
	new_place
	rename "$ETAG"
	expect_status 200
	rename "$ETAG"
	expect_failed
	[ "$(version)" = 2 ]
	rename "$(etag)"
	expect_status 200
}

@test "every write in an organization takes the ETag, and refuses an old one" {
	local before

	new_place
	before=$(rows_of "$ORG")
	rename "$ETAG"
	[ "$(each_write --header "If-Match: $ETAG")" = \
	    '412 412 412 412 412 412' ]
	[ "$(version)" = 2 ]
	[ "$(rows_of "$ORG")" = "$before" ]
	# the rename has changed it for those that follow
	ETAG=$(etag)
	[ "$(each_write --header "If-Match: $ETAG, \"3${ETAG:2}")" = \
	    '200 204 204 201 201 204' ]
}

@test "what changes nothing that the ETag tells of leaves it as it is" {
	new_place
	KEY=$OWNER_KEY api POST /v1/projects \
	    --data "{\"displayName\": \"$(unique Project)\"}"
	expect_status 201
	install_licence "$LICENCE"
	[ "$(etag)" = "$ETAG" ]
	rename "$ETAG"
	expect_status 200
}

@test "a list of tags matches where one of them does" {
	new_place
	for form in '"a", %s' '%s,"b"' ' , "a" ,%s,, "b,c"' '"","!", %s' \
	    'W/"a", %s' 'W/%s'; do
		# shellcheck disable=SC2059
		form=$(printf "$form" "$(etag)")
		echo "$form"
		rename "$form"
		expect_status 200
	done
	# two fields are one list, whoever joins them; nginx refuses two itself
	[ "${HOST_SERVER:-}" != nginx ] || return 0
	rename "$(etag)" --header 'If-Match: "other"'
	expect_status 200
	rename '"other"' --header "If-Match: $(etag)"
	expect_status 200
	rename '"other"' --header 'If-Match: "another"'
	expect_failed
}

@test "a star matches what there is" {
	new_place
	rename '*'
	expect_status 200
	rename ' * '
	expect_status 200
	[ "$(each_write --header 'If-Match: *')" = '200 204 204 201 201 204' ]
}

@test "what a web server hangs onto a tag when it compresses is seen through" {
	new_place
	for form in 'W/"%s"' '"%s-gzip"' 'W/"%s-gzip"' '"%s-br"' '"%s;gzip"' \
	    '"%s-zstd"' '"%s-deflate"' '"a", "%s-gzip"'; do
		# shellcheck disable=SC2059
		form=$(printf "$form" "$(etag | tr -d '"')")
		echo "$form"
		rename "$form"
		expect_status 200
		rename "$form"
		expect_failed
	done
}

@test "tags that are another's or malformed do not match" {
	local bare

	new_place
	bare=${ETAG//\"/}
	for form in "W/W/$ETAG" "w/$ETAG" "W/ $ETAG" "\"$bare-gzipx\"" \
	    "\"$bare-\"" "\"${bare}gzip\"" "\"$bare-GZIP\"" "$bare" "\"$bare" "$bare\"" '"*"' '""' \
	    '"' '"a"' ',' 'W/' "$ETAG *" "*, $ETAG" "$ETAG \"a\"" \
	    "$ETAG, \"a" "$ETAG, b" "x, $ETAG" "\"a b\", $ETAG" \
	    "\"0${bare}\"" "\" ${bare}\"" "\"${bare} \"" "\"${bare}0\"" \
	    "\"${bare:0:20}\"" "\"${bare^^}\"" "\"${bare:0:2}\"" '"1"' \
	    "\"-${bare}\"" "\"+${bare}\"" "\"2${bare:1}\"" "\"0${bare:1}\"" \
	    "\"-1${bare:1}\"" "\"18446744073709551617${bare:1}\"" \
	    "$(printf '"x%.0s",' {1..500})"; do
		echo "$form"
		rename "$form"
		expect_failed
	done
	[ "$(version)" = 1 ]
}

@test "an organization that is to be created has no ETag: 412" {
	new_place
	for form in '*' "$ETAG" '"a"' a; do
		KEY=$OWNER_KEY api POST /v1/organizations \
		    --header "If-Match: $form" \
		    --data "$(create_body "$(unique New)")"
		expect_failed
	done
	KEY='' api POST /v1/organizations --header 'If-Match: *' \
	    --data "$(create_body "$(unique New)")"
	expect_problem 401
}

@test "another organization's ETag does not match" {
	local other

	new_place
	rename "$ETAG"
	other=$(etag)
	KEY=$OWNER_KEY new_org
	rename "$other"
	expect_failed
}

@test "what takes no If-Match takes no notice of it" {
	new_place
	for form in 'If-Match: "a"' 'If-None-Match: *'; do
		KEY=$OWNER_KEY api PUT /v1/organizations/verify \
		    --header "$form" --data '{"organizationName": "a"}'
		expect_status 200
	done
}

@test "a read has its preconditions as well" {
	local path

	new_place
	for method in GET HEAD; do
		KEY=$OWNER_KEY api $method "/v1/organizations/$ORG" \
		    --header 'If-Match: "a"'
		expect_status 412
		for form in "$ETAG" "\"a\", $ETAG" '*'; do
			KEY=$OWNER_KEY api $method "/v1/organizations/$ORG" \
			    --header "If-Match: $form"
			expect_status 200
		done
		# If-Match is asked first
		KEY=$OWNER_KEY api $method "/v1/organizations/$ORG" \
		    --header 'If-Match: "a"' --header "If-None-Match: $ETAG"
		expect_status 412
		KEY=$OWNER_KEY api $method "/v1/organizations/$ORG" \
		    --header "If-Match: $ETAG" --header "If-None-Match: $ETAG"
		expect_status 304
	done
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG" \
	    --header 'If-Match: "a"'
	expect_failed
	# a list has no tag: only the star names it
	for path in /v1/organizations /v1/organizations/accounts/all \
	    /v1/organizations/users /v1/organizations/projects; do
		KEY=$OWNER_KEY api GET "$path" --header "If-Match: $ETAG"
		expect_failed
		KEY=$OWNER_KEY api GET "$path" --header 'If-Match: *'
		expect_status 200
		KEY=$OWNER_KEY api GET "$path" --header "If-None-Match: $ETAG"
		expect_status 200
		KEY=$OWNER_KEY api GET "$path" --header 'If-None-Match: *'
		expect_status 304
		[ ! -s "$body_file" ]
	done
	KEY='' api GET /v1/organizations --header 'If-Match: "a"'
	expect_problem 401
	for path in /healthz /v1/version; do
		KEY='' api GET "$path" --header 'If-Match: "a"'
		expect_failed
	done
}

@test "If-None-Match stops a write of what has the tag" {
	new_place
	for form in '*' "$ETAG" "W/$ETAG" "\"a\", $ETAG" \
	    "\"${ETAG//\"/}-gzip\""; do
		echo "$form"
		[ "$(each_write --header "If-None-Match: $form")" = \
		    '412 412 412 412 412 412' ]
	done
	[ "$(version)" = 1 ]
	rename '*' --header "If-None-Match: $ETAG"
	expect_failed
	rename "$ETAG" --header 'If-None-Match: "a"'
	expect_status 200
	# the tag of before is another one
	[ "$(each_write --header "If-None-Match: $ETAG")" = \
	    '200 204 204 201 201 204' ]
	# what is created is not there yet
	KEY=$OWNER_KEY api POST /v1/organizations --header 'If-None-Match: *' \
	    --data "$(create_body "$(unique New)")"
	expect_status 200
}

# Through a web server that drops empty fields it is none.
@test "an empty If-Match is no leave to write" {
	new_place
	KEY=$OWNER_KEY cgi_send PATCH "/v1/organizations/$ORG/metadata" \
	    "{\"displayName\": \"$(unique New)\"}" HTTP_IF_MATCH=
	expect_failed
	[ "$(version)" = 1 ]
}

# --- the order of checks ------------------------------------------------------

@test "credential, permission and body come before If-Match" {
	new_place
	new_stranger
	new_member
	for caller in "$STRANGER_KEY:404" "$MEMBER_KEY:403" ':401'; do
		CALLER=${caller%:*} rename '"old"'
		expect_problem "${caller#*:}"
	done
	DATA='{' rename '"old"'
	expect_problem 400
	for text in '{}' '{"licenseKey": "a.b.c"}' '{"licenseKey": ""}'; do
		KEY=$OWNER_KEY api PUT "/v1/organizations/$ORG/license" \
		    --header 'If-Match: "old"' --data "$text"
		expect_problem 400
	done
}

@test "If-Match comes before what stands in the way" {
	local text

	new_place
	new_stranger
	text="{\"displayName\": \"$STRANGER_NAME\"}"
	DATA=$text rename "$ETAG"
	expect_problem 409
	DATA=$text rename '"old"'
	expect_failed
	[ "$(version)" = 1 ]
}

@test "an organization that is gone is gone, whatever If-Match says" {
	new_place
	new_stranger
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	for form in "$ETAG" '*' '"a"'; do
		rename "$form"
		expect_problem 404
		KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG" \
		    --header "If-Match: $form"
		expect_status 204
		KEY=$STRANGER_KEY api DELETE "/v1/organizations/$ORG" \
		    --header "If-Match: $form"
		expect_problem 403
	done
}

# --- at once ------------------------------------------------------------------

@test "of four changes at once with the same ETag one is made, the others 412" {
	new_place
	for round in 1 2 3 4 5; do
		KEY=$OWNER_KEY api_many 4 PATCH \
		    "/v1/organizations/$ORG/metadata" \
		    --header "If-Match: $(etag)" \
		    --data "{\"displayName\": \"$(unique New) {}\"}"
		echo "$codes"
		[ "$codes" = '200 412 412 412' ]
		[ "$(version)" = $((round + 1)) ]
	done
}

# The first look is at what was committed, the second under the lock.
@test "a change that comes between the look and the write is noticed" {
	local request

	new_place
	settings 'deadline = 60'
	hold_row
	(
		KEY=$OWNER_KEY cgi_send PATCH \
		    "/v1/organizations/$ORG/metadata" \
		    "{\"displayName\": \"$(unique New)\"}" \
		    HTTP_IF_MATCH="$ETAG"
	) 3>&- 8>&- &
	request=$!
	within 20 wait_for_locks 1
	echo "UPDATE organizations SET version = 7 WHERE id = '$ORG'; COMMIT;" \
	    >&8
	wait "$request"
	grep -q '^Status: 412' "$BATS_TEST_TMPDIR/cgi.headers"
	[ "$(version)" = 7 ]
}

@test "with an idempotency key the replay comes before the old ETag" {
	new_place
	text="{\"displayName\": \"$(unique New)\"}"
	for replayed in '' true true; do
		KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG/metadata" \
		    --header "If-Match: $ETAG" \
		    --header 'Idempotency-Key: one' --data "$text"
		expect_status 200
		[ "$(header Idempotency-Replayed)" = "$replayed" ]
	done
	[ "$(version)" = 2 ]
	rename "$ETAG" --header 'Idempotency-Key: two'
	expect_failed
	rename "$(etag)" --header 'Idempotency-Key: two'
	expect_status 200
	[ -z "$(header Idempotency-Replayed)" ]
}

# --- require_if_match ---------------------------------------------------------

# wanting METHOD PATH TEXT [NAME=VALUE...]: where If-Match is required.
wanting() {
	settings 'require_if_match = on'
	KEY=${CALLER-$OWNER_KEY} cgi_send "$@"
}

@test "where it is required a write without it is 428" {
	local o=/v1/organizations name licence

	new_place
	name="{\"displayName\": \"$(unique New)\"}"
	licence=$(licence_body "$LICENCE" | jq -c .)
	for write in "PATCH $o/$ORG/metadata $name" \
	    "PUT $o/$ORG/license $licence" \
	    "PUT /v1/organization-license $licence" \
	    "POST /v1/projects $name" "POST /v1/accounts $name" \
	    "DELETE $o/$ORG "; do
		read -r method path text <<< "$write"
		wanting "$method" "$path" "$text"
		expect_problem 428 'If-Match'
		expect_json '.type ==
		    "urn:tenantry:problem:precondition-required"'
	done
	wanting PATCH "$o/$ORG/metadata" "$name" HTTP_IF_MATCH='"old"'
	expect_failed
	wanting PATCH "$o/$ORG/metadata" "$name" HTTP_IF_MATCH="$ETAG"
	expect_status 200
	wanting POST /v1/projects "$name" HTTP_IF_MATCH='*'
	expect_status 201
}

@test "where it is required creating and reading need none" {
	new_place
	wanting POST /v1/organizations "$(create_body "$(unique New)")"
	expect_status 200
	wanting GET "/v1/organizations/$ORG" ''
	expect_status 200
	wanting PUT /v1/organizations/verify '{"organizationName": "a"}'
	expect_status 200
}

@test "where it is required 401, 403, 404 and 400 come before" {
	local path=/v1/organizations/$ORG/metadata

	new_place
	new_stranger
	new_member
	path=/v1/organizations/$ORG/metadata
	for caller in "$STRANGER_KEY:404" "$MEMBER_KEY:403" ':401'; do
		CALLER=${caller%:*} wanting PATCH "$path" '{"displayName": "a"}'
		expect_problem "${caller#*:}"
	done
	wanting PATCH "$path" '{'
	expect_problem 400
}

@test "off is the default, and no other word is taken" {
	new_place
	settings 'require_if_match = off'
	KEY=$OWNER_KEY cgi_send PATCH "/v1/organizations/$ORG/metadata" \
	    "{\"displayName\": \"$(unique New)\"}"
	expect_status 200
	for word in yes 1 ON true; do
		settings "require_if_match = $word"
		run "$CTL" check --conf "$CONF"
		[ "$status" != 0 ]
		[[ $output == *'require_if_match must be on or off'* ]]
	done
}
