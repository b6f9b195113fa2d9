#!/usr/bin/env bats
# wapiti on the pages and, with a credential, on the routes that are read.
# shellcheck disable=SC2154,SC2030,SC2031

setup() {
	load ../api/helper
	load ../api/tenancy
	load helper
	from=$(log_lines)
	report=$BATS_TEST_TMPDIR/report.json
}

# Those that need a server on the internet (ssrf, xxe) and those that load
# lists from there (nikto, wapp) are left out.
modules=backup,blindsql,cookieflags,crlf,csp,exec,file,htaccess,methods
modules+=,permanentxss,redirect,shellshock,sql,xss

# run_wapiti URL [ARGUMENT...]
run_wapiti() {
	bounded 240 wapiti -u "$1" -m "$modules" -d 2 -v 0 \
	    --flush-session --store-session "$BATS_TEST_TMPDIR/session" \
	    --store-config "$BATS_TEST_TMPDIR/config" --no-bugreport \
	    --max-scan-time 100 --max-attack-time 20 -S normal \
	    -f json -o "$report" "${@:2}"
	[ -s "$report" ]
}

findings() {
	jq -c '.vulnerabilities, .anomalies | to_entries[] |
	    select(.value | length > 0) |
	    {(.key): [.value[] | {method, path, info}]}' "$report"
}

expect_no_findings() {
	local text

	text=$(findings)
	[ -z "$text" ] || {
		echo "$text"
		return 1
	}
}

teardown() {
	[ -z "${double:-}" ] || kill "$double"
	[ -z "${setup_server:-}" ] || stop_setup_server
}

@test "wapiti finds a fault where there is one" {
	local wanted=$modules

	python3 "$BATS_TEST_DIRNAME/vulnerable.py" \
	    > "$BATS_TEST_TMPDIR/port" 2> /dev/null 3>&- &
	double=$!
	within 10 test -s "$BATS_TEST_TMPDIR/port"
	modules=xss
	run_wapiti "http://127.0.0.1:$(cat "$BATS_TEST_TMPDIR/port")/?name=one"
	modules=$wanted
	findings | grep -q 'Cross Site Scripting'
	run expect_no_findings
	[ "$status" = 1 ]
}

@test "wapiti: no finding on the pages" {
	run_wapiti "$TENANTRY_URL/docs/"
	expect_no_findings
	expect_no_defect "$from"
}

@test "wapiti: no finding on the routes that are read" {
	local path starts=()

	modules=${modules/,csp/} # JSON that no browser may take for a page

	new_tenant
	described GET > "$BATS_TEST_TMPDIR/paths"
	echo /v1/nothing >> "$BATS_TEST_TMPDIR/paths"
	while read -r path; do
		# as below
		KEY=$OWNER_KEY api GET "$path"
		[ "$status_code" != 403 ] || continue
		starts+=(-s "$TENANTRY_URL$path?limit=1&after=a&next=/a")
	done < "$BATS_TEST_TMPDIR/paths"
	[ "${#starts[@]}" -ge 22 ]
	run_wapiti "$TENANTRY_URL/v1/organizations?limit=1" \
	    "${starts[@]}" -H "X-Api-Key: $OWNER_KEY"
	expect_no_findings
	expect_no_defect "$from"
}

# Not /doctor: wapiti takes the 501 of a strange method for a way around 403.
@test "wapiti: no finding on the console and the pages of signing in" {
	run_wapiti "$TENANTRY_URL/" -s "$TENANTRY_URL/sign-in?to=doctor" \
	    -s "$TENANTRY_URL/sign-in?to=/elsewhere" \
	    -s "$TENANTRY_URL/?a=b"
	expect_no_findings
	expect_no_defect "$from"
}

@test "wapiti: no finding on the set-up" {
	load ../api/setup_server
	start_setup_server "$BATS_TEST_TMPDIR"
	run_wapiti "$setup_url/setup" -s "$setup_url/setup?code=a"
	expect_no_findings
	# its forms were posted, and nothing was set up
	[ ! -e "$place/tenantry.conf" ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' --noproxy '*' \
	    "$setup_url/setup")" = 200 ]
}
