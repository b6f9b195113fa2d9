#!/usr/bin/env bats
# GET /metrics: counters that all workers share, for Prometheus.
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

setup() {
	load helper
	load tenancy
	load cgi
}

scrape() { # [CURL ARGUMENT...]: into the file METRICS
	KEY='' api GET /metrics "$@"
	METRICS=$body_file
}

# value METRIC: the number of a line that begins so; 0: there is none.
value() {
	awk -v name="$1 " 'index($0, name) == 1 { n = $NF } END { print n + 0 }' \
	    "$METRICS"
}

# by_route: `ROUTE STATUS COUNT` of the scrape, over all methods.
by_route() {
	sed -n 's/^tenantry_requests_total{.*route="\(.*\)",status="\(.*\)"} /\1 \2 /p' \
	    "$METRICS" | awk '{ n[$1 " " $2] += $3 }
	    END { for (k in n) print k, n[k] }' | sort
}

# differences OLD NEW: of two results of by_route.
differences() {
	awk 'NR == FNR { old[$1 " " $2] = $3; next }
	    { n = $3 - old[$1 " " $2]; if (n) print $1, $2, n }' "$1" "$2"
}

# requests: 10,000 of many kinds through all workers, some at once.
requests() {
	local i config=$BATS_TEST_TMPDIR/requests

	for i in {1..1200}; do
		for path in /v1/organizations "/v1/organizations/$ORG" \
		    /v1/organizations/none /healthz /v1/nowhere /v1/projects \
		    "/v1/projects/$PROJECT" '/v1/organizations?limit=0'; do
			echo "url = \"$TENANTRY_URL$path\""
			echo 'output = /dev/null'
		done
	done > "$config"
	curl --silent --noproxy '*' --parallel --parallel-max 8 \
	    --header "X-Api-Key: $OWNER_KEY" --config "$config" 3>&-
	curl --silent --noproxy '*' --header "X-Api-Key: $OWNER_KEY" \
	    --request PATCH --data '{"displayName": ""}' --output /dev/null \
	    "$TENANTRY_URL/v1/organizations/$ORG/metadata?x=[1-400]" 3>&-
}

@test "metrics: the counters agree with the log over all workers" {
	local old=$BATS_TEST_TMPDIR/old new=$BATS_TEST_TMPDIR/new line

	new_tenant
	# the answer is out before it is counted
	sleep 0.2
	scrape
	expect_status 200
	by_route > "$old"
	line=$(service_log | wc -l)
	requests
	sleep 0.2
	scrape
	by_route > "$new"
	# of the two scrapes the first is counted, and not yet the second
	service_log | tail -n "+$((line + 1))" |
	    sed -n 's/.* route=\([^ ]*\) status=\([0-9]*\) .*/\1 \2/p' |
	    grep -v '^/metrics ' | sort | uniq -c |
	    awk '{ print $2, $3, $1 }' > "$BATS_TEST_TMPDIR/logged"
	[ "$(awk '{ n += $3 } END { print n }' "$BATS_TEST_TMPDIR/logged")" = 10000 ]
	diff "$BATS_TEST_TMPDIR/logged" \
	    <(differences "$old" "$new" | grep -v '^/metrics ')
	[ "$(wc -l < "$BATS_TEST_TMPDIR/logged")" -ge 8 ]
}

@test "metrics: what is shown is the text format of Prometheus" {
	scrape
	[ "$(header Content-Type)" = 'text/plain; version=0.0.4; charset=utf-8' ]
	# each number has a family, which is said once and before it; the sum of
	# a histogram is that of its last bucket, and its buckets only grow
	awk '
	    /^# HELP / { if (help[$3]++) print "twice: " $0; next }
	    /^# TYPE / { type[$3] = $4; if (!help[$3]) print "no help: " $0; next }
	    !/^[a-z_]+(\{([a-z]+="[^"\\]*",?)+\})? [0-9]+(\.[0-9]+)?$/ {
		print "malformed: " $0 }
	    { name = $1; sub(/\{.*/, "", name); family = name
	      if (!(family in type)) sub(/_(bucket|sum|count)$/, "", family)
	      if (!(family in type)) print "no type: " $0
	      if (seen[$1]++ && $1 !~ /\{/) print "twice: " $0
	      all++ }
	    name ~ /_bucket$/ { if ($NF < last) print "falls: " $0
	      last = $NF }
	    name ~ /_count$/ { if ($NF != last) print "count: " $0; last = 0 }
	    END { if (all < 20) print "only", all }' "$METRICS" \
	    > "$BATS_TEST_TMPDIR/wrong"
	cat "$BATS_TEST_TMPDIR/wrong"
	[ ! -s "$BATS_TEST_TMPDIR/wrong" ]
}

@test "metrics: a system administrator reads them from anywhere, nobody else" {
	KEY=$TENANTRY_API_KEY api GET /v1/system/metrics
	expect_status 200
	[ "$(header Content-Type)" = 'text/plain; version=0.0.4; charset=utf-8' ]
	METRICS=$body_file
	[ "$(value 'tenantry_requests_total{method="GET",route="/v1/system/metrics",status="200"}')" -ge 0 ]
	grep -q '^tenantry_requests_total{' "$METRICS"
	new_tenant
	KEY=$OWNER_KEY api GET /v1/system/metrics
	expect_problem 403
	KEY='' api GET /v1/system/metrics
	expect_problem 401
}

@test "metrics: they survive a worker that is killed" {
	local before pid

	is_plain_cgi && skip 'no worker stays'
	[ "${HOST_WORKERS_FROM:-server}" = server ] || skip 'nobody starts another'
	for _ in {1..5}; do
		KEY='' api GET /healthz
	done
	sleep 0.2
	scrape
	before=$(value 'tenantry_requests_total{method="GET",route="/healthz",status="200"}')
	KEY='' api GET /healthz
	for pid in $(process worker); do
		kill -KILL "$pid"
	done
	within 10 answers_again
	scrape
	[ "$(value 'tenantry_requests_total{method="GET",route="/healthz",status="200"}')" -gt "$before" ]
}

answers_again() {
	KEY='' api GET /healthz && [ "$status_code" = 200 ]
}

@test "metrics: as plain CGI each process adds to what is there" {
	settings "run_dir = $BATS_TEST_TMPDIR/run" 'metrics_token = secret-token'
	mkdir -m 700 "$BATS_TEST_TMPDIR/run"
	echo old > "$BATS_TEST_TMPDIR/run/metrics-0123456789abcdef"
	for _ in 1 2 3; do
		KEY='' cgi GET /healthz
	done
	KEY='' cgi GET /metrics HTTP_HOST=localhost
	expect_status 200
	METRICS=$body_file
	[ "$(value 'tenantry_requests_total{method="GET",route="/healthz",status="200"}')" = 3 ]
	[ "$(value 'tenantry_request_duration_seconds_count{method="GET",route="/healthz"}')" = 3 ]
	# those of a program with other routes have gone
	[ "$(echo "$BATS_TEST_TMPDIR/run"/metrics-*)" != \
	    "$BATS_TEST_TMPDIR/run/metrics-0123456789abcdef" ]
	[ "$(find "$BATS_TEST_TMPDIR/run" -name 'metrics-*' | wc -l)" = 1 ]
	# from elsewhere by the token alone
	KEY='' cgi GET /metrics HTTP_HOST=example.org REMOTE_ADDR=192.0.2.1
	expect_problem 403 metrics_token
	KEY='' cgi GET /metrics REMOTE_ADDR=192.0.2.1 \
	    HTTP_AUTHORIZATION='Bearer secret-tokem'
	expect_problem 403
	KEY='' cgi GET /metrics REMOTE_ADDR=192.0.2.1 \
	    HTTP_AUTHORIZATION='Bearer secret-token'
	expect_status 200
	METRICS=$body_file
	[ "$(value 'tenantry_requests_total{method="GET",route="/metrics",status="403"}')" = 2 ]
	METRICS=$BATS_TEST_TMPDIR/tool
	"$CTL" metrics --conf "$CONF" > "$METRICS"
	[ "$(value 'tenantry_requests_total{method="GET",route="/metrics",status="403"}')" = 2 ]
	"$CTL" metrics --conf "$CONF" --json | jq -e '.metrics[] |
	    select(.name == "tenantry_requests_total" and
	    .labels == {method: "GET", route: "/metrics", status: "403"}) |
	    .value == 2'
}

@test "metrics: without a run folder nothing is counted, and that is said" {
	settings "run_dir = $BATS_TEST_TMPDIR/none"
	KEY='' cgi GET /healthz
	expect_status 200
	KEY='' cgi GET /metrics HTTP_HOST=localhost
	expect_problem 503 run_dir
}

@test "metrics: licences are counted by state, errors of the database by kind" {
	local was now grace

	settings "run_dir = $BATS_TEST_TMPDIR/run"
	mkdir -m 700 "$BATS_TEST_TMPDIR/run"
	new_tenant
	sql "UPDATE licences SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 1 DAY
	    WHERE organization_id = '$ORG'"
	KEY='' cgi GET /metrics HTTP_HOST=localhost
	METRICS=$body_file
	was=$(sql "SELECT COUNT(*) FROM licences l JOIN organizations o
	    ON o.id = l.organization_id AND o.deleted_at IS NULL")
	[ "$(awk '/^tenantry_licenses/ { n += $NF } END { print n }' \
	    "$METRICS")" = "$was" ]
	grace=$(value 'tenantry_licenses{state="grace"}')
	[ "$grace" -ge 1 ]
	[ "$(value 'tenantry_database_errors_total{kind="unavailable"}')" = 0 ]
	# the same for a minute, also where the database is away
	settings "run_dir = $BATS_TEST_TMPDIR/run" \
	    "db_socket = $BATS_TEST_TMPDIR/none.sock"
	cgi GET /v1/organizations
	expect_status 503
	KEY='' cgi GET /metrics HTTP_HOST=localhost
	expect_status 200
	METRICS=$body_file
	[ "$(value 'tenantry_licenses{state="grace"}')" = "$grace" ]
	[ "$(value 'tenantry_database_errors_total{kind="unavailable"}')" -ge 1 ]
}

@test "metrics: they say how many mails wait, and since when" {
	settings "run_dir = $BATS_TEST_TMPDIR/run" 'metrics_token = secret-token'
	mkdir -m 700 "$BATS_TEST_TMPDIR/run"
	new_tenant
	KEY='' cgi GET /metrics HTTP_HOST=localhost
	METRICS=$body_file
	before=$(value tenantry_outbox_mails)
	sql "INSERT INTO outbox (id, kind, user_id, state, created_at, due_at)
	    VALUES ('$ORG', 'reset', '$(user_id "$OWNER_EMAIL")', 'queued',
	    UTC_TIMESTAMP(3) - INTERVAL 2 HOUR, UTC_TIMESTAMP(3))"
	rm "$BATS_TEST_TMPDIR/run"/metrics-* # what was counted is good for a minute
	KEY='' cgi GET /metrics HTTP_HOST=localhost
	sql "DELETE FROM outbox WHERE id = '$ORG'"
	[ "$(value tenantry_outbox_mails)" = $((before + 1)) ]
	[ "$(value tenantry_outbox_oldest_seconds)" -ge 7200 ]
}
