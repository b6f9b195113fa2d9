#!/usr/bin/env bats
# docs/findings.md says which test holds each finding: the tests that it names
# are there, and no finding is left out.

PAGE=$BATS_TEST_DIRNAME/../docs/findings.md

# Every row as "ID TEXT", ID the first cell and TEXT the last.
rows() {
	sed -n 's/^| \([SCMVP][0-9]*\) |.*| \([^|]*\) |$/\1 \2/p' "$PAGE"
}

# The tests that a text names, as "FILE NAME".
named_tests() {
	grep -o '`tests/[^`]*`: "[^"]*"' |
	    sed 's/^`\([^`]*\)`: "\(.*\)"$/\1 \2/'
}

@test "every finding has a row" {
	local wanted

	wanted=$(
		printf 'S%d\n' {1..14}
		printf 'C%d\n' {1..19}
		printf 'M%d\n' {1..3}
		printf 'V%d\n' {1..7}
		printf 'P%d\n' {1..13}
	)
	diff <(sort <<< "$wanted") <(rows | cut -d ' ' -f 1 | sort)
}

@test "every row names a test, or says why it waits" {
	local id text

	while read -r id text; do
		echo "$id: $text"
		[[ $text == Waits:* ]] ||
		    [ -n "$(named_tests <<< "$text")" ]
	done < <(rows)
}

# Those that are left out need the web server of the instance, or attack it.
@test "make databases runs every suite but those about the web server" {
	local file

	cd "$BATS_TEST_DIRNAME/.."
	for file in tests/store/*.c tests/walk/walk.c tests/databases/*.bats \
	    tests/api/*.bats tests/faults/{deep,single_short}.bats; do
		[[ $file != */lighttpd.bats && $file != */security.bats ]] ||
		    continue
		tools/databases.sh files | grep -qxF "$file" || {
			echo "$file is not run"
			return 1
		}
	done
	diff <(tools/databases.sh files | sort) \
	    <(tools/databases.sh files | sort -u)
	# the short cut has the store, a real caller and the login
	for file in tests/store/*.c tests/walk/walk.c tests/databases/login.bats; do
		tools/databases.sh files short | grep -qxF "$file"
	done
	# all of them are there
	{
		tools/databases.sh files
		tools/databases.sh files short
	} | xargs ls > /dev/null
}

@test "every test that a row names is there" {
	local file name count=0

	while read -r file name; do
		echo "$file: $name"
		cd "$BATS_TEST_DIRNAME/.."
		[ -f "$file" ]
		case $file in
		# a C test is run only if a list names it, or another calls it
		*.c)
			grep -q "[ *]$name(" "$file"
			grep -Eq "(^|[^A-Za-z0-9_])$name[,)]" "$file" ||
			    [ "$(cat tests/walk/*.c |
			        grep -cE "(^|[^A-Za-z0-9_])$name(\(|[,)])")" -gt 1 ]
			;;
		*) grep -qF "\"$name\"" "$file" || grep -qF "'$name'" "$file" ;;
		esac
		count=$((count + 1))
	done < <(rows | named_tests)
	[ "$count" -ge 50 ]
}
