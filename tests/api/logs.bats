#!/usr/bin/env bats
# The log and those who read it: logrotate, fail2ban, lnav and goaccess, with the
# files of conf/ and lines that the program has written.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

setup() {
	load helper
	load tenancy
	load cgi
	load worker
	folder=$BATS_TEST_TMPDIR/log
	mkdir -p "$folder"
	log=$folder/tenantry.log
	conf_folder=$TENANTRY_ROOT/conf
}

teardown() {
	worker_kill
}

# list STATUS [NAME=VALUE...]: a request for the list, of the worker.
list() {
	perl "$worker" ask "$socket" GET /v1/organizations "${@:2}" < /dev/null \
	    > "$BATS_TEST_TMPDIR/asked"
	grep -q "^Status: $1" "$BATS_TEST_TMPDIR/asked"
}

basic() { # LOGIN:PASSWORD
	echo "HTTP_AUTHORIZATION=Basic $(printf '%s' "$1" | base64 -w 0)"
}

# A line of each kind, from addresses that say which should be banned.
write_lines() {
	settings "log_file = $log"
	new_tenant
	new_login
	worker_start
	list 200 "HTTP_X_API_KEY=$OWNER_KEY" REMOTE_ADDR=192.0.2.1
	list 200 "$(basic "$USER_EMAIL:$USER_PASSWORD")" REMOTE_ADDR=192.0.2.2
	list 401 REMOTE_ADDR=192.0.2.3
	list 401 HTTP_X_API_KEY=tny_guess REMOTE_ADDR=198.51.100.1
	list 401 "$(basic "$USER_EMAIL:wrong")" REMOTE_ADDR=2001:db8::66
	sql "UPDATE api_keys SET expires_at = '2020-01-01'
	    WHERE digest = UNHEX(SHA2('$OWNER_KEY', 256))"
	list 401 "HTTP_X_API_KEY=$OWNER_KEY" REMOTE_ADDR=192.0.2.4
	ctl user disable --email "$USER_EMAIL"
	list 401 "$(basic "$USER_EMAIL:$USER_PASSWORD")" REMOTE_ADDR=192.0.2.5
	# a line is written behind its answer
	within 10 has_lists 7
}

has_lists() { # COUNT
	[ "$(lists "$log")" = "$1" ]
}

# lists FILE: the lines of lists in it.
lists() {
	grep -c ' route=/v1/organizations ' "$1"
}

@test "logs: logrotate takes the file, and the workers go on in a new one" {
	local rules=$folder/rules state=$folder/state

	write_lines
	sed "s,^/var/log/tenantry/tenantry.log,\"$log\"," \
	    "$conf_folder/logrotate/tenantry" > "$rules"
	chmod 644 "$rules"
	logrotate --debug --state "$state" "$rules" > "$folder/said" 2>&1
	run ! grep -i '^error' "$folder/said"
	chmod 755 "$folder"
	logrotate --force --state "$state" "$rules"
	[ "$(lists "$log.1")" = 7 ]
	[ ! -e "$log" ]
	sleep 1.1
	list 401 REMOTE_ADDR=192.0.2.7
	within 10 has_lists 1
	[ "$(lists "$log.1")" = 7 ]
	[ "$(stat -c %a "$log")" = 600 ]
	# and once more: the older one is packed, nothing is lost
	logrotate --force --state "$state" "$rules"
	[ "$(zcat "$log.2.gz" | lists /dev/stdin)" = 7 ]
	[ "$(lists "$log.1")" = 1 ]
}

@test "logs: fail2ban sees guessed keys and passwords, and nobody else" {
	local filter=$conf_folder/fail2ban/filter.d/tenantry.conf

	write_lines
	fail2ban-regex --out ip "$log" "$filter" > "$folder/banned"
	[ "$(sort "$folder/banned")" = $'198.51.100.1\n2001:db8::66' ] || {
		cat "$folder/banned"
		return 1
	}
	# the time of a line is read, with its zone
	fail2ban-regex "$log" "$filter" > "$folder/said"
	grep -q "\[$(wc -l < "$log")\] ^time=" "$folder/said"
	# both files are as fail2ban reads them
	mkdir -p "$folder/fail2ban"
	cp -R /etc/fail2ban/. "$folder/fail2ban"
	rm -f "$folder/fail2ban/jail.d"/* "$folder/fail2ban/jail.local"
	cp "$filter" "$folder/fail2ban/filter.d/"
	sed "s,^logpath .*,logpath = $log," \
	    "$conf_folder/fail2ban/jail.d/tenantry.conf" \
	    > "$folder/fail2ban/jail.d/tenantry.conf"
	fail2ban-client -c "$folder/fail2ban" -d > "$folder/dumped"
	grep -q "'tenantry', 'addlogpath'.*$log" "$folder/dumped"
	grep -q "'tenantry', 'maxretry', 30" "$folder/dumped"
}

# log_access: a refused request, and its line of the web server's log, which is
# written now and then, in $folder/access.log.  Other tests have made lines of
# what no log format knows, some of which are written only now.
log_access() {
	local source=$served_log/access.log before

	before=$(wc -l < "$source")
	KEY='' api GET /v1/organizations
	within 20 is_logged "$source" "$before"
}

is_logged() { # FILE COUNT
	tail -n +$(($2 + 1)) "$1" |
	    grep 'GET [^ ]*/v1/organizations 401' > "$folder/access.log"
}

@test "logs: lnav reads both logs, ours by its fields" {
	write_lines
	export HOME=$folder
	lnav -n -c ";SELECT jget(fields, '/cause') AS cause, count(*) AS n
	    FROM logfmt_log WHERE jget(fields, '/status') = 401
	    GROUP BY 1 ORDER BY 1" -c ':write-csv-to -' "$log" > "$folder/said"
	[ "$(grep , "$folder/said")" = $'cause,n\ndisabled,1\nexpired,1\nkey,1\nmissing,1\npassword,1' ] || {
		cat "$folder/said"
		return 1
	}
	lnav -i "$conf_folder/lnav/tenantry_access.json"
	log_access
	lnav -n -c ";SELECT cs_method, sc_status, c_ip, log_level
	    FROM tenantry_access WHERE cs_uri_stem LIKE '%/v1/organizations'" \
	    -c ':write-csv-to -' "$folder/access.log" > "$folder/said"
	grep -q '^GET,401,127.0.0.1,warning' "$folder/said"
}

# goaccess_counts CONF < LOG: valid and failed lines.
goaccess_counts() {
	goaccess --no-global-config --config-file="$conf_folder/goaccess/$1" \
	    - -o "$folder/report.json" > /dev/null 2>&1
	jq -r '.general | "\(.valid_requests) \(.failed_requests)"' \
	    "$folder/report.json"
}

@test "logs: goaccess reads both logs, by the command of its file" {
	local filter

	write_lines
	filter=$(sed -n "s/^# *\(grep .*\)/\1/p; s/^# *\(s\/ user.*\)/\1/p" \
	    "$conf_folder/goaccess/tenantry.conf" | sed 's/ |$//' |
	    sed "s,tenantry.log,$log,")
	[[ $filter == grep*sed*cause*org* ]]
	[ "$(eval "$filter" | goaccess_counts tenantry.conf)" = \
	    "$(grep -c ' id=' "$log") 0" ]
	jq -e '[.status_codes.data[] | .items[].data] |
	    any(test("401")) and any(test("200"))' "$folder/report.json"
	jq -e '[.hosts.data[].data] | index("2001:db8::66") != null' \
	    "$folder/report.json"
	log_access
	[[ $(goaccess_counts access.conf < "$folder/access.log") == *\ 0 ]]
	jq -e '.general.valid_requests > 0' "$folder/report.json"
}
