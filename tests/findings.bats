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

@test "every test that a row names is there" {
	local file name count=0

	while read -r file name; do
		echo "$file: $name"
		cd "$BATS_TEST_DIRNAME/.."
		[ -f "$file" ]
		case $file in
		*.c) grep -q "[ *]$name(" "$file" ;;
		*) grep -qF "\"$name\"" "$file" || grep -qF "'$name'" "$file" ;;
		esac
		count=$((count + 1))
	done < <(rows | named_tests)
	[ "$count" -ge 50 ]
}
