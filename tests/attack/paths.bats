#!/usr/bin/env bats
# ffuf: no path but the described ones and the pages of /docs/ gives anything.
# shellcheck disable=SC2154,SC2129

setup() {
	load ../api/helper
	load ../api/tenancy
	load helper
	from=$(log_lines)
	words=$BATS_TEST_TMPDIR/words
	report=$BATS_TEST_TMPDIR/report.json
	tried=0
}

teardown() {
	[ -z "${setup_server:-}" ] || stop_setup_server
}

# The pages, paths that the web server folds into / or /docs/, and metrics, which
# are for this machine.
harmless='200 /docs/(index\.html|README\.md|LICENSE)?'
harmless+='|403 /docs/(index\.html|README\.md|LICENSE)/.*'
harmless+='|200 /(health|metrics|sign-in)|302 (/docs)?/readyz/\.\./?|200 /docs/readyz/\.\./?'

# The words, and what an editor or an administrator leaves beside each file.
write_words() {
	local word end

	while read -r word; do
		echo "$word"
		[[ $word != */ && $word != *%* ]] || continue
		for end in '~' .bak .old .orig .save .swp .tmp .txt .zip .gz \
		    .tar.gz .1 .inc / /.git/HEAD; do
			echo "$word$end"
		done
	done < "$BATS_TEST_DIRNAME/words.txt" > "$words"
	(cd "$TENANTRY_ROOT" && find . -type f -not -path './build/*' \
	    -not -path './.git/*' -not -path './htdocs/docs/*' -printf '%P\n') |
	    head -n 2000 >> "$words"
	(cd "$TENANTRY_STATE" && find . -maxdepth 2 -type f -printf '%P\n') |
	    head -n 500 >> "$words"
	(cd "$TENANTRY_ROOT/htdocs" && find docs -type f -printf '%p\n' |
	    sed 's/$/.bak/') >> "$words"
}

# run_ffuf PREFIX [ARGUMENT...]
#
# Asks for PREFIX and every word.  The report is what was answered by anything
# but: not there, not for you, not understood.
run_ffuf() {
	local prefix=$1

	shift
	bounded 240 ffuf -u "$TENANTRY_URL$prefix/FUZZ" -w "$words" -ac=false \
	    -mc all -fc 400,401,404,405 -t 8 -maxtime 200 -s \
	    -o "$report" -of json "$@"
	[ -s "$report" ]
	tried=$((tried + $(wc -l < "$words")))
}

# found: status and path of all that the report names, sorted.
found() {
	jq -r --arg url "$TENANTRY_URL" '.results[] |
	    "\(.status) \(.url | ltrimstr($url))"' "$report" | sort
}

# expect_nothing_but ERE: of "STATUS PATH".
expect_nothing_but() {
	local rest

	rest=$(found | grep -vxE "$1" || true)
	[ -z "$rest" ] || {
		echo "$rest"
		return 1
	}
}

@test "ffuf finds what there is" {
	printf '%s\n' healthz nothing v1/version docs/index.html > "$words"
	run_ffuf ''
	[ "$(found)" = "200 /docs/index.html
200 /healthz
200 /v1/version" ]
	run expect_nothing_but '200 /(healthz|docs/.*)'
	[ "$status" = 1 ]
	[ "$output" = '200 /v1/version' ]
}

@test "ffuf: nothing lies at the root, with or without a credential" {
	write_words
	[ "$(wc -l < "$words")" -gt 1500 ]
	run_ffuf ''
	expect_nothing_but "$harmless"
	new_user "$(unique ffuf)@example.org"
	run_ffuf '' -H "X-Api-Key: $USER_KEY"
	expect_nothing_but "$harmless|403 /(doctor/?|v1/users)"
	expect_no_defect "$from"
}

# write_prefixes FILE: every path of the description and every folder that leads
# there.
write_prefixes() {
	local method

	for method in GET POST PUT PATCH DELETE; do
		described "$method" || return
	done > "$1.all"
	awk -F / '{
		path = ""
		for (i = 2; i <= NF; i++)
			print path = path "/" $i
	    }' "$1.all" | sort -u > "$1"
}

@test "ffuf: nothing lies below the routes but the described ones" {
	local prefix known count=0

	write_words
	# what only the files of this folder are called is tried at the root
	head -n 1500 "$words" > "$words.short"
	mv "$words.short" "$words"
	new_tenant
	write_prefixes "$BATS_TEST_TMPDIR/prefixes"
	known=$(described GET | sed 's/[.]/\\./g' | paste -sd '|')
	[[ $known == *"/v1/organizations/$ORG|"* ]]
	known+='|/v1/organizations/users/me'
	while read -r prefix; do
		run_ffuf "$prefix" -H "X-Api-Key: $OWNER_KEY"
		expect_nothing_but "(200|403) ($known)"
		count=$((count + 1))
	done < "$BATS_TEST_TMPDIR/prefixes"
	[ "$count" -ge 20 ]
	expect_no_defect "$from"
}

@test "ffuf: nothing lies in /docs/ but its pages" {
	write_words
	run_ffuf /docs
	expect_nothing_but "$harmless"
}

@test "ffuf: a name that is no method does nothing" {
	printf '%s\n' GETT get PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK \
	    TRACE TRACK DEBUG SEARCH PURGE LINK UNLINK REPORT VIEW > "$words"
	bounded 60 ffuf -u "$TENANTRY_URL/v1/organizations" -X FUZZ \
	    -w "$words" -mc all -fc 400,405,501 -t 4 -s -o "$report" -of json \
	    -H "X-Api-Key: $TENANTRY_API_KEY"
	[ -s "$report" ]
	[ "$(jq '.results | length' "$report")" = 0 ]
}

@test "ffuf: before the set-up there is nothing but its page" {
	load ../api/setup_server
	start_setup_server "$BATS_TEST_TMPDIR"
	TENANTRY_URL=$setup_url
	write_words
	echo setup >> "$words"
	run_ffuf ''
	stop_setup_server
	# the service is not set up: 503, whatever is asked for
	expect_nothing_but '503 .*|200 /setup'
	found | grep -x '200 /setup'
}
