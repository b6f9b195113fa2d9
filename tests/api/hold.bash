# A row that is held, so that a write stands still in the middle.
#
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # set for, or by, the test file

HOLDER=''

# hold_row [TABLE ID]: a session of the database's administrator locks the row,
# of ORG where none is named, until release_row, which the test's teardown calls
# too.
hold_row() {
	local database fifo=$BATS_TEST_TMPDIR/hold
	local table=${1-organizations} id=${2-$ORG}

	rm -f "$fifo"
	database=$(sed -n 's/^ *db_socket *= *//p' "$TENANTRY_CONF")
	mkfifo "$fifo"
	mariadb --no-defaults --socket="$database" --user="$(id -un)" \
	    --batch --skip-column-names --unbuffered tenantry \
	    < "$fifo" > "$BATS_TEST_TMPDIR/held" 3>&- &
	HOLDER=$!
	exec 8> "$fifo"
	echo "START TRANSACTION; SELECT id FROM $table
	    WHERE id = '$id' FOR UPDATE;" >&8
	within 10 grep -q "$id" "$BATS_TEST_TMPDIR/held"
}

# holder_runs STATEMENT: in the transaction that holds the row.
holder_runs() {
	echo "$1;" >&8
}

release_row() {
	[ -n "$HOLDER" ] || return 0
	exec 8>&-
	wait "$HOLDER" || true
	HOLDER=''
}

# wait_for_locks COUNT: so many transactions wait for a lock, or more: a worker
# that clears away what has ended may wait, too.  0: none does.
wait_for_locks() {
	local waiting

	waiting=$(lock_waiters | wc -l)
	[ "$waiting" -ge "$1" ] && [[ $1 != 0 || $waiting = 0 ]]
}
