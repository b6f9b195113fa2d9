# The client that keeps a ledger, for tests of a cluster and of one instance.
# Who loads this has `read_environment`, which exports TENANTRY_URLS and
# TENANTRY_API_KEY, and `rows`, which prints what ledger.py judges by.
#
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # set for, or by, the test file

# What ledger.py judges by.  An API key of which the end is past is none.
ledger_rows="SELECT 'organization', o.id, o.display_name, o.version,
    (SELECT COUNT(*) FROM audit_events a WHERE a.organization_id = o.id
        AND a.action = 'organization.create'),
    (SELECT COUNT(*) FROM audit_events a WHERE a.organization_id = o.id
        AND a.action = 'organization.rename') FROM organizations o;
    SELECT 'write', request_id, action FROM audit_events
        WHERE request_id LIKE 'ledger-%';
    SELECT 'state', 'labels', id, REPLACE(COALESCE(labels, '{}'), ' ', '')
        FROM organizations;
    SELECT 'state', 'deleted', id, deleted_at IS NOT NULL FROM organizations;
    SELECT 'state', 'licence', organization_id, licence_type FROM licences;
    SELECT 'state', 'project', id, display_name FROM projects;
    SELECT 'state', 'invitation', id, state FROM invitations;
    SELECT 'state', 'member', CONCAT(organization_id, ':', user_id), role
        FROM organization_bindings;
    SELECT 'state', 'key', id, 'alive' FROM api_keys
        WHERE expires_at IS NULL OR expires_at > UTC_TIMESTAMP(3);
    SELECT 'state', 'secret', secret_key, project_id FROM secret_keys"

# Removes STATE, unless FAULTS_KEEP is set; false where a sanitizer reported.
drop_state() { # REPORT...
	local file bad=0

	for file; do
		[ -e "$file" ] || continue
		head -n 40 "$file"
		bad=1
	done
	if [ -n "${FAULTS_KEEP:-}" ]; then
		echo "kept: $STATE"
	else
		rm -rf "$STATE"
	fi
	return "$bad"
}

# ledger_start [SECONDS]: begins, with so many quiet seconds before what is
# done to the database.
ledger_start() {
	ledger=$BATS_TEST_TMPDIR/ledger
	read_environment
	python3 "$ROOT/tests/faults/ledger.py" run "$ledger" \
	    > "$ledger.log" 2>&1 3>&- &
	ledger_pid=$!
	sleep "${1:-2}"
}

# ledger_judge ARGUMENT...: ends the client and compares with what `rows` prints.
ledger_judge() {
	kill -TERM "$ledger_pid"
	wait "$ledger_pid" || cat "$ledger.log"
	rows "$@" > "$ledger.rows"
	python3 "$ROOT/tests/faults/ledger.py" judge "$ledger" \
	    < "$ledger.rows" > "$ledger.figures" || true
	cat "$ledger.figures"
}

figure() { # NAME
	sed -n "s/^$1=//p" "$ledger.figures"
}

# The client's own promises: what was acknowledged is there, once; what was
# refused is not; who reads after a write sees it; every refusal is a 503 that
# says when to come back, but where the web server had to answer in place of a
# worker.
expect_nothing_lost() { # [by-web-server]
	local name

	[ "$(figure acknowledged)" -gt "${LEDGER_LEAST:-50}" ]
	for name in lost twice done_but_refused stale \
	    ${1:-failed_otherwise}; do
		[ "$name" != by-web-server ] || continue
		[ "$(figure "$name")" = 0 ] || {
			echo "$name is not 0"
			return 1
		}
	done
}

# at_most NAME SECONDS: only where times are judged.
at_most() {
	[ -z "${FAULTS_FIGURES:-}" ] ||
	    awk -v is="$(figure "$1")" -v most="$2" \
	    'BEGIN { exit !(is <= most) }' || {
		echo "$1 is $(figure "$1"), above $2"
		return 1
	}
}

# record FAULT: its row for docs/reliability.md.
record() {
	local row

	row="| $1 | $(figure requests) | $(figure acknowledged) |"
	row+=" $(figure lost) | $(figure twice) | $(figure stale) |"
	row+=" $(figure failed) | $(figure read_failing) |"
	row+=" $(figure read_gap) | $(figure write_gap) |"
	echo "# $row" >&3
	[ -z "${FAULTS_FIGURES:-}" ] || echo "$row" >> "$FAULTS_FIGURES"
}
