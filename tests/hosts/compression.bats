#!/usr/bin/env bats
# WEB_HOST with compression on: what it does to the entity tags is seen through.
# shellcheck disable=SC2154

setup_file() {
	load ../api/helper
	load hosts
	host_begin
	COMPRESSED_URL=$(host_tool start "$WEB_HOST-gz" | tail -n 1)
	export COMPRESSED_URL
	[[ $COMPRESSED_URL == http*://* ]]
}

teardown_file() {
	load ../api/helper
	load hosts
	host_tool stop "$WEB_HOST-gz"
	host_end
}

setup() {
	load ../api/helper
	load ../api/tenancy
	load hosts
	TENANTRY_URL=$COMPRESSED_URL
}

rename() { # CURL ARGUMENT...
	api PATCH "/v1/organizations/$ORG/metadata" --compressed \
	    --header 'Content-Type: application/json' \
	    --data "{\"displayName\": \"$(unique New)\"}" "$@"
}

@test "compressed: read, 304, write with the tag, 412 with the old one" {
	local tag

	new_org
	api GET "/v1/organizations/$ORG" --compressed
	expect_status 200
	[ "$(header Content-Encoding)" = gzip ]
	expect_json ".organization.metadata.id == \"$ORG\""
	tag=$(header ETag)
	echo "$tag"
	[ -n "$tag" ]
	api GET "/v1/organizations/$ORG" --compressed \
	    --header "If-None-Match: $tag"
	expect_status 304
	rename --header "If-Match: $tag"
	expect_status 200
	rename --header "If-Match: $tag"
	expect_status 412
	api GET "/v1/organizations/$ORG" --compressed \
	    --header "If-None-Match: $tag"
	expect_status 200
	rename --header "If-Match: $(header ETag)"
	expect_status 200
}

@test "compressed: the same with the fetch of node" {
	local override=no

	new_org
	! is_post_only || override=yes
	URL=$TENANTRY_URL/v1/organizations/$ORG OVERRIDE=$override \
	    node -e '
	const url = process.env.URL;
	const key = { "X-Api-Key": process.env.TENANTRY_API_KEY };
	const change = process.env.OVERRIDE === "yes"
	    ? [ "POST", { "X-HTTP-Method-Override": "PATCH" } ]
	    : [ "PATCH", {} ];
	const read = (more) => fetch(url, { headers: { ...key, ...more } });
	const rename = (tag, name) => fetch(url + "/metadata", {
		method: change[0],
		headers: { ...key, ...change[1], "If-Match": tag,
			"Content-Type": "application/json" },
		body: JSON.stringify({ displayName: name }),
	});
	(async () => {
		const first = await read({});
		const tag = first.headers.get("ETag");
		const name = (await first.json()).organization.metadata
		    .displayName;
		// else there is nothing that compression could change
		const seen = [ first.headers.get("Content-Encoding"),
			first.status,
			(await read({ "If-None-Match": tag })).status,
			(await rename(tag, name + " two")).status,
			(await rename(tag, name + " three")).status ];
		console.log(tag, seen.join(" "));
		process.exit(seen.join(" ") === "gzip 200 304 200 412" ? 0 : 1);
	})();'
}
