#!/usr/bin/env bats
# Labels of organizations and projects.
# shellcheck disable=SC2154

setup() {
	load helper
	load tenancy
	load writes
}

# label organizations|projects LABELS [CURL ARGUMENT...]
label() {
	local id=$ORG

	[ "$1" = organizations ] || id=$PROJECT
	KEY=$OWNER_KEY api PATCH "/v1/$1/$id" --data "{\"labels\": $2}" "${@:3}"
}

@test "labels are set whole, are shown everywhere, and raise the version" {
	local kind one many id

	new_tenant
	for kind in organizations:organization projects:account; do
		one=${kind#*:} kind=${kind%:*} many=${one}s id=$ORG
		[ "$kind" = organizations ] || id=$PROJECT
		label "$kind" '{"tier": "gold", "example.org/team": " Ünder 42 "}'
		expect_status 200
		expect_json ".$one.metadata | .version == 2 and .labels ==
		    {\"example.org/team\": \"Ünder 42\", tier: \"gold\"} and
		    .displayName != null"
		KEY=$OWNER_KEY api GET "/v1/$kind/$id"
		expect_json ".$one.metadata.labels.tier == \"gold\""
		for query in '' '?limit=1'; do
			KEY=$OWNER_KEY api GET "/v1/$kind$query"
			expect_json ".${many}[0].metadata.labels.tier == \"gold\""
		done
		KEY=$OWNER_KEY api GET "/v1/$kind" --header 'Accept: text/csv'
		[[ $body == *'"{""example.org/team"":""Ünder 42"",""tier"":""gold""}"'* ]]
		label "$kind" '{"tier": ""}'
		expect_json ".$one.metadata | .version == 3 and
		    .labels == {tier: \"\"}"
	done
	KEY=$OWNER_KEY api GET /v1/organizations/projects/all
	expect_json '.organizations[0] | .organization.metadata.labels ==
	    {tier: ""} and .accounts[0].metadata.labels == {tier: ""}'
	expect_audit 2 organization.label Organization "$ORG"
	expect_audit 2 project.label Account "$PROJECT"
}

@test "the same labels in another order change nothing" {
	local before tag

	new_tenant
	for kind in organizations projects; do
		label "$kind" '{"a": "1", "b": "2"}'
		expect_status 200
		tag=$(header ETag) before=$(audit_count)
		for labels in '{"b": "2", "a": "1"}' '{"b": " 2", "a": "1\n"}'; do
			label "$kind" "$labels" --header "If-Match: $tag"
			expect_status 200
			[ "$(header ETag)" = "$tag" ]
		done
		[ "$(audit_count)" = "$before" ]
	done
}

@test "null and an empty object take all labels away, and a name leaves them" {
	new_tenant
	for kind in organizations:organization projects:account; do
		one=${kind#*:} kind=${kind%:*} id=$ORG
		[ "$kind" = organizations ] || id=$PROJECT
		for none in null '{}'; do
			label "$kind" '{"a": "1"}'
			KEY=$OWNER_KEY api PATCH "/v1/$kind/$id" \
			    --data "{\"displayName\": \"$(unique Named)\"}"
			expect_json ".$one.metadata.labels == {a: \"1\"}"
			label "$kind" "$none"
			expect_status 200
			expect_json ".$one.metadata.labels == {}"
			label "$kind" "$none"
			expect_status 200
		done
		KEY=$OWNER_KEY api GET "/v1/$kind/$id"
		expect_json ".$one.metadata | .version == 7 and .labels == {}"
	done
	KEY=$OWNER_KEY api PATCH "/v1/projects/$PROJECT" \
	    --data '{"displayName": "Both", "labels": {"b": "2"}}'
	expect_json '.account.metadata | .displayName == "Both" and
	    .labels == {b: "2"} and .version == 8'
	expect_audit 3 project.rename Account "$PROJECT"
}

@test "labels that are none are 400 and say which" {
	local long text

	new_tenant
	long=$(printf 'a%.0s' {1..64})
	while IFS='|' read -r text words; do
		for kind in organizations projects; do
			label "$kind" "$text"
			expect_type 400 bad-field "$words"
		done
	done <<-END
	""|must be an object
	["a"]|must be an object
	{"a": 1}|strings as values
	{"a": null}|strings as values
	{"a": {"b": "c"}}|strings as values
	{"": "a"}|a key is
	{"-a": "a"}|a key is
	{"a-": "a"}|a key is
	{"a b": "a"}|a key is
	{"é": "a"}|a key is
	{"/a": "a"}|a key is
	{"a/": "a"}|a key is
	{"A/b": "a"}|a key is
	{"a..b/c": "a"}|a key is
	{"a/b/c": "a"}|a key is
	{"$long": "a"}|a key is
	{"env": "$long"}|of env is longer than 63
	{"env": "a\\u0007"}|of env
	{"env": "a\\u200bb"}|of env
	END
	text=$(jq -n -c '[range(33) | {"k\(.)": "v"}] | add')
	label projects "$text"
	expect_type 400 bad-field 'more than 32'
	label projects '{"a": "1", "a": "2"}'
	expect_type 400 bad-body
	KEY=$OWNER_KEY api GET "/v1/projects/$PROJECT"
	expect_json '.account.metadata | .version == 1 and .labels == {}'
}

@test "32 labels of the greatest length are kept" {
	local text

	new_tenant
	text=$(jq -n -c '("a" * 63) as $part |
	    "\($part).\($part).\($part).\("b" * 61)" as $prefix |
	    [range(32) | {"\($prefix)/\("k" * 61)\(. + 10)":
		("🦉" * 63)}] | add')
	for kind in organizations:organization projects:account; do
		label "${kind%:*}" "$text"
		expect_status 200
		[ "$(jq -c ".${kind#*:}.metadata.labels" "$body_file")" = "$text" ]
	done
	KEY=$OWNER_KEY api GET /v1/projects?limit=1000
	[ "$(jq -c '.accounts[0].metadata.labels' "$body_file")" = "$text" ]
}

@test "a project is made with labels" {
	local path

	new_tenant
	install_licence "$(issue --type growth)"
	KEY=$OWNER_KEY api POST /v1/projects \
	    --data '{"displayName": "Two", "labels": {"b": "2", "a": "1"}}'
	expect_status 201
	expect_json '.account.metadata.labels == {a: "1", b: "2"}'
	path=$(header Location)
	KEY=$OWNER_KEY api GET "${path#"$link_base"}"
	expect_json '.account.metadata.labels == {a: "1", b: "2"}'
	KEY=$OWNER_KEY api POST /v1/projects \
	    --data '{"displayName": "Three", "labels": {"a b": "2"}}'
	expect_type 400 bad-field 'a key is'
	KEY=$OWNER_KEY api POST /v1/projects \
	    --data '{"displayName": "Three", "labels": null}'
	expect_status 201
	expect_json '.account.metadata.labels == {}'
}
