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
