#!/usr/bin/env bats
# Browsers: `make browsers`.
# shellcheck disable=SC2154

setup_file() {
	cd "$TENANTRY_ROOT/tests/clients"
	npm ci --no-audit --no-fund > "$BATS_FILE_TMPDIR/npm.log" 2>&1 || {
		cat "$BATS_FILE_TMPDIR/npm.log"
		return 1
	}
}

setup() {
	load ../api/helper
	cd "$TENANTRY_ROOT/tests/clients"
	NAME=$(unique Evil)
	export NAME
}

@test "chromium is asked for a password, and no page of another site uses it" {
	node browsers.mjs chrome "$(command -v chromium)"
}

@test "firefox is asked for a password, and no page of another site uses it" {
	node browsers.mjs firefox "$(command -v firefox-esr)"
}

@test "Java's HttpClient logs in when it is asked" {
	load ../api/tenancy
	new_login
	KEY=$USER_KEY new_org
	LOGIN=$USER_EMAIL PASSWORD=$USER_PASSWORD \
	    URL=$TENANTRY_URL/v1/organizations run --separate-stderr java Login.java
	echo "$output $stderr"
	[ "$status" -eq 0 ]
	jq -e ".organizations[0].metadata.id == \"$ORG\"" <<< "$output"
}
