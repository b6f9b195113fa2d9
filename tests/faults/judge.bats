#!/usr/bin/env bats
# What the ledger's judge says of a broken promise: it must not overlook one.

# shellcheck disable=SC2016  # of sed

setup() {
	ledger=$BATS_TEST_TMPDIR/ledger
	rows=$BATS_TEST_TMPDIR/rows
	cat > "$ledger" <<-'END'
	{"begin": 0, "end": 1, "urls": ["a"], "answers": [], "stale": [],
	"organizations": [{"create": "done", "id": "O", "name": "b", "renames":
	    [{"name": "c", "outcome": "done"}]},
	    {"create": "not", "id": null, "name": "z", "renames": []}],
	"writes": [
	    {"request": "ledger-1-1", "action": "key.create",
	    "organization": "T", "outcome": "done"},
	    {"request": "ledger-1-2", "action": "key.revoke",
	    "organization": "T", "outcome": "not"},
	    {"request": "ledger-1-3", "action": "member.role",
	    "organization": "T", "outcome": "unknown"}],
	"states": {"key K": ["alive"], "key L": ["-"], "labels T": ["x", "y"]},
	"feeds": [{"organization": "T", "is_complete": true,
	    "rows": [[1, "other", "organization.create"],
	    [2, "ledger-1-1.0", "key.create"]]}]}
	END
	printf '%s\n' 'organization	O	c	2	1	1' \
	    'write	ledger-1-1.2	key.create' \
	    'state	key	K	alive' 'state	labels	T	y' > "$rows"
}

judge() {
	run python3 "$BATS_TEST_DIRNAME/ledger.py" judge "$ledger" < "$rows"
	echo "$output"
}

# finds FIGURE JQ-OF-LEDGER|'' SED-OF-ROWS|'': so changed it is a break.
finds() {
	setup
	[ -z "$2" ] || { jq "$2" "$ledger" > "$ledger.new" &&
	    mv "$ledger.new" "$ledger"; }
	[ -z "$3" ] || sed -i "$3" "$rows"
	judge
	[ "$status" = 1 ]
	grep -qx "$1=1" <<< "$output"
}

@test "judge: what is as it was acknowledged is no break" {
	judge
	[ "$status" = 0 ]
	for name in lost twice done_but_refused stale; do
		grep -qx "$name=0" <<< "$output"
	done
	# nobody knows whether this was done
	echo 'write	ledger-1-3.0	member.role' >> "$rows"
	judge
	[ "$status" = 0 ]
}

@test "judge: a write that is lost" {
	finds lost '' '/^organization/d'
	finds lost '' '/^organization/s/	c	/	b	/'
	finds lost '' '/^write/d'
	finds lost '' 's/alive/ended/'
	finds lost '' '/^state	key/d'
	finds lost '' 's/	y$/	v/'
	finds lost '' '$a state	key	L	alive'
}

@test "judge: a write that was done twice" {
	finds twice '' '/^organization/s/2	1	1$/3	1	2/'
	finds twice '' '/^write/s/$/\nwrite	ledger-1-1.1	key.create/'
	finds twice '' '$a write	ledger-1-3.0	member.role\nwrite	ledger-1-3.1	member.role'
}

@test "judge: a write that was refused, and done" {
	finds done_but_refused '' '$a organization	Z	z	1	1	0'
	finds done_but_refused '' '$a write	ledger-1-2.0	key.revoke'
}

@test "judge: a feed that leaves a write out, or tells one twice" {
	finds lost 'del(.feeds[0].rows[1])' ''
	finds lost 'del(.feeds[0].rows[0])' ''
	finds twice '.feeds[0].rows += [[3, "ledger-1-1.1", "key.create"]]' ''
	finds done_but_refused \
	    '.feeds[0].rows += [[3, "ledger-1-2.0", "key.revoke"]]' ''
	finds stale '.stale = [["O", 404, null]]' ''
}

@test "judge: a feed that the end cut off may end early" {
	jq 'del(.feeds[0].rows[1]) | .feeds[0].is_complete = false' "$ledger" \
	    > "$ledger.new"
	mv "$ledger.new" "$ledger"
	judge
	[ "$status" = 0 ]
}
