# Runs of tenantryctl, for the tests of its commands.
#
# shellcheck shell=bash
# shellcheck disable=SC2154  # bats sets them

# tool STATUS MESSAGE ARGUMENT...: the exit status, and what the message has on
# standard error.
tool() {
	local expected=$1 message=$2

	shift 2
	run --separate-stderr "$CTL" "$@"
	if [ "$status" != "$expected" ] || [[ $stderr != *"$message"* ]]; then
		echo "$*: $status $output $stderr"
		return 1
	fi
}

# with ARGUMENT...: the settings of the instance before them.
with() {
	local expected=$1 message=$2

	shift 2
	tool "$expected" "$message" --conf "$TENANTRY_CONF" "$@"
}

# counts ACTION RESOURCE-ID: how many audit rows there are.
events() {
	sql "SELECT COUNT(*) FROM audit_events WHERE action = '$1'
	    AND resource_id = '$2'"
}

# own_database: an empty one, for what is about all users.  Sets own_conf.
own_database() {
	local name=own_$BATS_TEST_NUMBER

	own_conf=$BATS_TEST_TMPDIR/own.conf
	sql "DROP DATABASE IF EXISTS $name; CREATE DATABASE $name
	    CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci;
	    GRANT ALL ON $name.* TO tenantry@localhost;
	    GRANT ALL ON $name.* TO tenantry_migration@localhost"
	sed "s/^ *db_name *=.*/db_name = $name/" "$TENANTRY_CONF" > "$own_conf"
	chmod 600 "$own_conf"
}

drop_own_database() {
	[ -z "${own_conf:-}" ] ||
	    sql "DROP DATABASE IF EXISTS own_$BATS_TEST_NUMBER"
}

# with_own ARGUMENT...: tenantryctl on it; with refused=1 it has to say that it
# takes no last administrator away.
with_own() {
	if [ -z "${refused:-}" ]; then
		"$CTL" "$@" --conf "$own_conf"
		return
	fi
	run --separate-stderr "$CTL" "$@" --conf "$own_conf"
	if [ "$status" != 1 ] ||
	    [[ $stderr != *'last usable system'*--force* ]]; then
		echo "$*: $status $output $stderr"
		return 1
	fi
}
