#!/usr/bin/env bats
# A migration that was cut off anywhere goes on when it is run again, and ends
# in the schema of one that nothing disturbed.
# shellcheck disable=SC2154

load helper

WHOLE=tenantry_whole # made by one run
DATABASE=tenantry_cut

setup_file() {
	make_database "$WHOLE" > /dev/null
	migrate "$WHOLE"
}

teardown_file() {
	sql "DROP DATABASE IF EXISTS $WHOLE; DROP DATABASE IF EXISTS $DATABASE"
}

setup() {
	follow_only_the_test
	make_database "$DATABASE"
}

# The accounts of the instance, on an empty database of this name.
make_database() { # NAME
	local owner

	owner=$(admin_setting migration_user)
	sql "DROP DATABASE IF EXISTS $1;
	    CREATE DATABASE $1 CHARACTER SET utf8mb4;
	    GRANT ALL PRIVILEGES ON $1.* TO '$owner'@'localhost'
		WITH GRANT OPTION;
	    GRANT EXECUTE ON $1.*
		TO '$(setting db_user)'@'localhost'"
	sed "s/^db_name *=.*/db_name = $1/" "$TENANTRY_CONF" \
	    > "$BATS_FILE_TMPDIR/$1.conf"
	chmod 600 "$BATS_FILE_TMPDIR/$1.conf"
	cp -p "$admin_conf" "$BATS_FILE_TMPDIR/$1-admin.conf"
}

setting() { # KEY
	sed -n "s/^$1 = //p" "$TENANTRY_CONF"
}

migrate() { # NAME
	"$CTL" migrate --conf "$BATS_FILE_TMPDIR/$1.conf"
}

# Every table as the server would make it, but those that a test has added.
shape() { # NAME
	local table

	for table in $(sql "SELECT table_name FROM information_schema.tables
	    WHERE table_schema = '$1' AND table_name <> 'cuts'
	    ORDER BY table_name"); do
		sql "SHOW CREATE TABLE $1.$table"
	done
}

expect_whole() {
	diff <(shape "$WHOLE") <(shape "$DATABASE")
	[ "$(sql "SELECT COUNT(*) FROM $DATABASE.schema_steps")" = 0 ]
	diff <(sql "SELECT version, name, oldest_program
		FROM $WHOLE.schema_migrations") \
	    <(sql "SELECT version, name, oldest_program
		FROM $DATABASE.schema_migrations")
	run "$CTL" check --conf "$BATS_FILE_TMPDIR/$DATABASE.conf"
	[ "$status" = 0 ] || {
		echo "$output"
		return 1
	}
}

# How many statements the files have.
statements() { # FILE...
	cat "$@" | grep -c ';$'
}

# The connection ends when a statement is to be recorded for the first time,
# after it was carried out.
cut_each_statement() {
	sql "CREATE TABLE $DATABASE.schema_steps
	    LIKE $WHOLE.schema_steps;
	    CREATE TABLE $DATABASE.cuts (version INT, step INT) ENGINE=MyISAM;
	    CREATE TRIGGER $DATABASE.cut BEFORE INSERT
	    ON $DATABASE.schema_steps FOR EACH ROW BEGIN
		IF NOT EXISTS (SELECT 1 FROM $DATABASE.cuts WHERE
		    version = NEW.version AND step = NEW.step) THEN
			INSERT INTO $DATABASE.cuts
			    VALUES (NEW.version, NEW.step);
			KILL CONNECTION_ID();
		END IF;
	    END"
}

# Runs it until it is done.  Sets cut: how often it was not.
migrate_until_done() { # [WHAT SQL DOES AFTER EACH CUT]
	cut=0
	while ! migrate "$DATABASE" > "$BATS_TEST_TMPDIR/out" 2>&1; do
		cut=$((cut + 1))
		[ "$cut" -lt 500 ] || {
			cat "$BATS_TEST_TMPDIR/out"
			return 1
		}
		[ -z "${1:-}" ] || sql "$1"
	done
	sql "DROP TRIGGER $DATABASE.cut"
}

@test "migrate: the connection is killed after each statement in turn" {
	cut_each_statement
	migrate_until_done
	[ "$cut" = "$(statements "$TENANTRY_ROOT"/schema/*.sql)" ]
	expect_whole
}

# 0.1.0 kept no record of statements, and knew the first three files.
@test "migrate: a database that 0.1.0 left anywhere in the middle goes on" {
	cut_each_statement
	migrate_until_done "DELETE FROM $DATABASE.schema_steps
	    WHERE version <= 3"
	[ "$cut" = "$(statements "$TENANTRY_ROOT"/schema/*.sql)" ]
	expect_whole
}

# announced: what the row says that a program must know, and the newest migration.
announced() {
	sql "SELECT (SELECT oldest_program FROM $DATABASE.schema_migrations
	    WHERE version = 0), MAX(version) FROM $DATABASE.schema_migrations"
}

is_announced() {
	[[ $(announced) != NULL* ]]
}

# What the migrations need of a program, as their heads say it.
needed() {
	local needed migration

	needed=$(sed -n 's/^-- Oldest program: //p' \
	    "$TENANTRY_ROOT"/schema/*.sql | sort -n | tail -n 1)
	# of those without that line only the program itself may go on
	for migration in $(grep -L '^-- Oldest program' \
	    "$TENANTRY_ROOT"/schema/0*.sql); do
		migration=$(basename "$migration")
		migration=$((10#${migration%%_*}))
		[ "$migration" -le "$needed" ] || needed=$migration
	done
	echo "$needed"
}

# As a run leaves it that was cut off after it had announced.
announce() { # TIME OLDEST
	sql "INSERT INTO $DATABASE.schema_migrations (version, name, applied_at,
	    oldest_program) VALUES (0, 'migrate', $1, $2)"
}

@test "migrate: programs of before are told, and are given time to hear it" {
	migrate "$DATABASE"
	[ "$(announced | cut -f 1)" = NULL ]
	sql "DELETE FROM $DATABASE.schema_migrations WHERE version > 3"
	migrate "$DATABASE" 3>&- &
	within 10 is_announced
	[ "$(announced)" = "$(needed)	3" ]
	wait $!
	expect_whole
}

@test "migrate: a run that goes on does not tell it anew" {
	migrate "$DATABASE"
	sql "DELETE FROM $DATABASE.schema_migrations WHERE version > 3"
	announce "'2026-01-01'" "$(needed)"
	sql "CREATE TABLE $DATABASE.cuts (at DATETIME(3));
	    CREATE TRIGGER $DATABASE.told BEFORE DELETE
	    ON $DATABASE.schema_migrations FOR EACH ROW
	    INSERT INTO $DATABASE.cuts VALUES (OLD.applied_at)"
	migrate "$DATABASE"
	sql "DROP TRIGGER $DATABASE.told"
	[ "$(sql "SELECT at FROM $DATABASE.cuts")" = '2026-01-01 00:00:00.000' ]
	expect_whole
}

@test "migrate: what needs more tells it anew, and the row is never away" {
	migrate "$DATABASE"
	sql "DELETE FROM $DATABASE.schema_migrations WHERE version > 3"
	announce "'2026-01-01'" 4
	sql "CREATE TABLE $DATABASE.cuts (oldest INT, is_new BOOL);
	    CREATE TRIGGER $DATABASE.told BEFORE DELETE
	    ON $DATABASE.schema_migrations FOR EACH ROW
	    INSERT INTO $DATABASE.cuts VALUES (OLD.oldest_program,
	    OLD.applied_at > '2026-01-02')"
	migrate "$DATABASE"
	sql "DROP TRIGGER $DATABASE.told"
	[ "$(sql "SELECT * FROM $DATABASE.cuts")" = "$(needed)	1" ]
	expect_whole
}

@test "migrate: a clock that was ahead makes nobody wait for it" {
	migrate "$DATABASE"
	sql "DELETE FROM $DATABASE.schema_migrations WHERE version > 3"
	announce 'UTC_TIMESTAMP(3) + INTERVAL 1 DAY' "$(needed)"
	timeout -s KILL 60 "$CTL" migrate --conf "$BATS_FILE_TMPDIR/$DATABASE.conf"
	expect_whole
}

@test "migrate: the server gives a run up in a minute whose host has died" {
	sql "CREATE TABLE $DATABASE.cuts (seconds INT)"
	migrate "$DATABASE"
	sql "DELETE FROM $DATABASE.schema_migrations WHERE version > 3;
	    CREATE TRIGGER $DATABASE.told BEFORE INSERT
	    ON $DATABASE.schema_migrations FOR EACH ROW
	    INSERT INTO $DATABASE.cuts VALUES (@@wait_timeout)"
	migrate "$DATABASE"
	sql "DROP TRIGGER $DATABASE.told"
	[ "$(sql "SELECT DISTINCT seconds FROM $DATABASE.cuts")" = 60 ]
	expect_whole
}

@test "migrate: what a later program has announced is its own to end" {
	migrate "$DATABASE"
	announce 'UTC_TIMESTAMP(3)' 999
	run migrate "$DATABASE"
	[ "$status" = 1 ]
	[[ $output == *'was begun'*'run tenantryctl migrate of that program'* ]]
	[ "$(announced | cut -f 1)" = 999 ]
}

@test "migrate: 002 was cut between its statements by 0.1.0" {
	migrate "$DATABASE"
	sql "USE $DATABASE;
	    DROP TABLE schema_steps, idempotency_keys;
	    DELETE FROM schema_migrations WHERE version > 1;
	    ALTER TABLE projects ADD UNIQUE KEY projects_organization
		(organization_id, id);
	    ALTER TABLE projects DROP PRIMARY KEY, ADD PRIMARY KEY (id)"
	# what later migrations have made is there still: they look too
	run migrate "$DATABASE"
	echo "$output"
	[ "$status" = 0 ]
	[ "$(sql "SELECT GROUP_CONCAT(column_name ORDER BY seq_in_index)
	    FROM information_schema.statistics WHERE table_name = 'projects'
	    AND table_schema = '$DATABASE' AND index_name = 'PRIMARY'")" = \
	    organization_id,id ]
	[ "$(sql "SELECT COUNT(*) FROM information_schema.statistics
	    WHERE table_schema = '$DATABASE'
	    AND index_name = 'projects_organization'")" = 0 ]
}

# statements_in_turn: "FILE NUMBER WORD TABLE" of each, a line each.
statements_in_turn() {
	awk 'FNR == 1 { n = 0; is_begun = 0 }
	    !is_begun && /^[A-Z]/ {
		n++
		is_begun = 1
		table = $1 == "UPDATE" ? $2 : $1 == "INSERT" ? $4 : $3
		sub(/;$/, "", table)
		file = FILENAME
		sub(/.*\//, "", file)
		sub(/\.sql$/, "", file)
		print file, n, $1, table
	    }
	    /;$/ { is_begun = 0 }' "$TENANTRY_ROOT"/schema/0*.sql
}

# right give|take RIGHT: of the migration account.
right() {
	local owner

	owner="'$(admin_setting migration_user)'@'localhost'"
	case $1 in
	give) sql "GRANT $2 ON $DATABASE.* TO $owner" ;;
	take) sql "REVOKE $2 ON $DATABASE.* FROM $owner" ;;
	esac
}

# own_tables GRANT TO, own_tables REVOKE FROM: what `migrate` does by itself, so
# that a right is missing for a statement of a file and for nothing before it.
own_tables() {
	local table

	for table in schema_migrations schema_steps; do
		sql "$1 CREATE, INSERT, UPDATE, DELETE ON $DATABASE.$table
		    $2 '$(admin_setting migration_user)'@'localhost'"
	done
}

# refused RIGHT: a run ends, and says which right is missing.
refused() {
	run migrate "$DATABASE"
	if [ "$status" != 1 ] || [[ $output != *"$1 command denied"* ]]; then
		echo "without $1: $status $output"
		return 1
	fi
}

cuts() {
	sql "SELECT COUNT(*) FROM $DATABASE.cuts"
}

# record_definition FILE NUMBER WORD: the statement that was cut before its record gets one,
# so that the next one is what the right is missing for.
record_definition() {
	case $3 in
	CREATE | ALTER)
		sql "INSERT INTO $DATABASE.schema_steps
		    VALUES ($((10#${1%%_*})), $2, UTC_TIMESTAMP(3))"
		;;
	esac
}

# The word that a statement begins with is the right that it needs.  Each is run
# without it, then with it, and cut before its record, so that the next one has
# its turn.
@test "migrate: the right for each statement in turn is missing, then given" {
	local file number word table count=0

	cut_each_statement
	own_tables GRANT TO
	while read -r file number word table <&5; do
		echo "$file $number $word"
		right take "$word"
		refused "$word"
		[[ $output == *"$file.sql, statement $number: "* ]]
		[ "$(cuts)" = "$count" ]
		right give "$word"
		run migrate "$DATABASE"
		count=$((count + 1))
		[ "$(cuts)" = "$count" ]
		record_definition "$file" "$number" "$word"
	done 5< <(statements_in_turn)
	[ "$count" = "$(statements "$TENANTRY_ROOT"/schema/*.sql)" ]
	migrate_until_done
	expect_whole
	own_tables REVOKE FROM
}

# Of these a server asks for some: MySQL for REFERENCES, MariaDB for none.
@test "migrate: other rights are named where they are missing, or not needed" {
	local right missing=(INDEX REFERENCES DROP TRIGGER 'CREATE VIEW')

	for right in "${missing[@]}"; do
		right take "$right"
	done
	for _ in "${missing[@]}"; do
		run migrate "$DATABASE"
		[ "$status" != 0 ] || break
		[[ $output =~ (INDEX|REFERENCES|DROP|TRIGGER|CREATE VIEW)\ command ]]
		right give "${BASH_REMATCH[1]}"
	done
	migrate "$DATABASE"
	right take SELECT
	refused SELECT
	right give 'ALL PRIVILEGES'
	migrate "$DATABASE"
	expect_whole
}

# tables_made: the tables that the migrations make, and the two of their own.
tables_made() {
	printf '%s\n' schema_migrations schema_steps
	statements_in_turn | awk '$3 == "CREATE" { print $4 }'
}

tables_there() {
	sql "SELECT GROUP_CONCAT(table_name) FROM information_schema.tables
	    WHERE table_schema = '$DATABASE'"
}

@test "migrate: another program's table of any of our names is named at first" {
	local table count=0

	while read -r table <&5; do
		sql "CREATE TABLE $DATABASE.$table (id INT)"
		run migrate "$DATABASE"
		echo "$table: $output"
		[ "$status" = 1 ]
		[[ $output == *'another program'*": $table;"* ]]
		[ "$(tables_there)" = "$table" ]
		sql "DROP TABLE $DATABASE.$table"
		count=$((count + 1))
	done 5< <(tables_made)
	# each table that there is in the end
	[ "$count" = "$(shape "$WHOLE" | grep -c 'CREATE TABLE')" ]
	# several at once, one of them a view
	sql "CREATE TABLE $DATABASE.projects (id INT);
	    CREATE VIEW $DATABASE.users AS SELECT 1 AS one"
	run migrate "$DATABASE"
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *'another program'*': users, projects;'* ]]
	sql "DROP VIEW $DATABASE.users; DROP TABLE $DATABASE.projects"
	migrate "$DATABASE"
	expect_whole
}

@test "migrate: one of another program is named where it came in between" {
	cut_each_statement
	for _ in 1 2; do
		run migrate "$DATABASE"
		[ "$status" = 1 ]
	done
	sql "CREATE TABLE $DATABASE.audit_events (id INT)"
	run migrate "$DATABASE"
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *'another program'*': audit_events;'* ]]
	sql "DROP TABLE $DATABASE.audit_events"
	migrate_until_done
	expect_whole
}

@test "migrate: every table of the schema is named in schema/README.md" {
	local table

	for table in $(sql "SELECT table_name FROM information_schema.tables
	    WHERE table_schema = '$WHOLE'"); do
		grep -q "^| \`$table\` |" "$TENANTRY_ROOT/schema/README.md" ||
		    { echo "$table"; return 1; }
	done
}
