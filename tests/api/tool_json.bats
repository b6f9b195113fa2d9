#!/usr/bin/env bats
# Every command of tenantryctl that has --json prints JSON with it, and every
# command that prints a secret prints it before it is made, or makes none.
#
# shellcheck disable=SC2030,SC2031,SC2153,SC2154  # bats sets them

bats_require_minimum_version 1.5.0

setup() {
	load helper
	load tenancy
	load tool
	load writes
	load invitations
	load mail
	file=$BATS_TEST_TMPDIR/file
}

teardown() {
	drop_own_database
}

# --- JSON ---------------------------------------------------------------------

# commands_with_json: each by its words, a line each, as the help has them.
commands_with_json() {
	"$CTL" --help |
	    sed -n '/\[--json\]/s/^  \([a-z][a-z -]*[a-z]\) *[[(-].*/\1/p' |
	    sed 's/ --.*//' | sort
}

# shows STATUS FILTER ARGUMENT...: the command prints one JSON text, for which
# the filter is true.  The words before the first option are ticked off.
shows() {
	local expected=$1 filter=$2 words=()

	shift 2
	run --separate-stderr "$CTL" --conf "${conf:-$TENANTRY_CONF}" "$@" \
	    --json
	if [ "$status" != "$expected" ] ||
	    ! jq -es "length == 1 and (.[0] | $filter)" <<< "$output" \
	        > /dev/null; then
		echo "$*: $status $output $stderr"
		return 1
	fi
	words=("$1")
	case $1 in
	audit | user | org | project | secret-key | member | invitation | mail | \
	    licence | key)
		words+=("$2")
		;;
	esac
	echo "${words[*]}" >> "$BATS_TEST_TMPDIR/shown"
}

# With what is shown here each command has been called that has --json: a new one
# fails until it stands here.
@test "each command with --json prints one JSON text that says what it did" {
	local conf='' jti key project

	new_house
	# who, and where
	shows 0 '.key | startswith("tny_")' user add --login "$(unique json)"
	login=$(jq -r .login <<< "$output") id=$(jq -r .id <<< "$output")
	shows 0 ".login == \"$login@example.org\"" user email \
	    --login "$login" --to "$login@example.org"
	login=$login@example.org
	shows 0 '.disabledAt != null' user disable --email "$login"
	shows 0 '.disabledAt == null' user enable --email "$login"
	shows 0 "any(.[]; .id == \"$id\")" user list
	shows 0 'length > 0' org list
	shows 0 ".id == \"$ORG\"" org show "$ORG"
	shows 0 '.id | length == 26' org create --user "$OWNER_EMAIL" \
	    --name "$(unique json)"
	shows 0 ".id == \"$ORG\"" org rename "$ORG" --name "$(unique json)"
	shows 0 ".id == \"$ORG\"" org label "$ORG" --labels '{"team": "ops"}'
	# projects and their secret keys
	shows 0 '.id | length == 26' project create --org "$ORG" --name Tools
	project=$(jq -r .id <<< "$output")
	shows 0 "any(.[]; .id == \"$project\")" project list --org "$ORG"
	shows 0 ".id == \"$project\"" project show "$project"
	shows 0 ".id == \"$project\"" project rename "$project" --name Other
	shows 0 ".id == \"$project\"" project label "$project" --labels '{}'
	shows 0 '.key | length == 26' secret-key create --project "$project"
	key=$(jq -r .key <<< "$output")
	shows 0 'length == 2' secret-key list --project "$project"
	shows 0 '.id | length > 0' secret-key name --project "$project" \
	    --name Json "$key"
	shows 0 '.id | length > 0' secret-key default --project "$project" "$key"
	key=$(ctl secret-key create --project "$project")
	shows 0 '.id | length > 0' secret-key delete --project "$project" "$key"
	shows 0 ".id == \"$project\"" project delete "$project"
	# members: what was removed is shown as it was
	member=(--org "$ORG" --user "$login")
	shows 0 '.role == "user"' member add "${member[@]}" --role user
	shows 0 ".id == \"$id\" and .role == \"admin\"" member role \
	    "${member[@]}" --role admin
	shows 0 'length == 2' member list --org "$ORG"
	shows 0 ".id == \"$id\" and .login == \"$login\" and .role == \"admin\"" \
	    member remove "${member[@]}"
	[ "$(events member.remove "$id")" = 1 ]
	shows 0 '.role == "user" and .projects == 1' member add \
	    --project "$PROJECT" --user "$login" --role viewer
	shows 0 '.projects == 0' member remove --project "$PROJECT" \
	    --user "$login"
	# invitations
	shows 0 '.link | contains("/#/accept/")' invitation create --org "$ORG" \
	    --user "$OWNER_EMAIL" --to json@example.org --role user
	invited=$(jq -r .id <<< "$output")
	backdate
	shows 0 ".id == \"$invited\"" invitation resend "$invited"
	shows 0 'length == 1' invitation list --org "$ORG"
	shows 0 ".id == \"$invited\"" invitation revoke "$invited"
	printf 'Ada,json-2@example.org,user\n' > "$file"
	shows 0 '.email == "json-2@example.org" and .link != null' \
	    import-members --org "$ORG" --user "$OWNER_EMAIL" "$file"
	# keys
	shows 0 '.key | startswith("tny_")' key add --user "$login"
	key=$(jq -r .key <<< "$output") id=$(jq -r .id <<< "$output")
	shows 0 "any(.[]; .id == \"$id\")" key list --user "$login"
	shows 0 ".id == \"$id\"" key change "$id" --name Json
	shows 0 '.key | startswith("tny_")' key rotate "$id"
	key=$(jq -r .key <<< "$output") id=$(jq -r .id <<< "$output")
	shows 1 '.allowed == false' key check --org "$ORG" --role admin \
	    <<< "$key"
	shows 0 ".id == \"$id\"" key revoke "$id"
	# licences
	shows 0 '.key | length > 100' licence issue --type growth
	key=$(jq -r .key <<< "$output") jti=$(jq -r .jti <<< "$output")
	shows 0 '.licenseType == "growth"' licence install --org "$ORG" "$key"
	shows 0 'length == 2' licence history --org "$ORG"
	shows 0 ".jti == \"$jti\"" licence show "$key"
	shows 0 ".jti == \"$jti\"" licence revoke "$jti"
	install_licence "$(issue --type enterprise)"
	shows 0 ".jti == \"$jti\"" licence release "$jti"
	# the trail, counters, mails
	shows 0 'length > 5' audit list --org "$ORG"
	shows 0 '.problems == 0' audit verify --org "$ORG"
	shows 0 'length > 0' metrics
	shows 0 'type == "array"' mail list
	{
		cat "$TENANTRY_CONF"
		printf '%s\n' 'mail = /bin/true' 'mail_from = a@example.org' \
		    'public_prefix = https://example.org'
	} > "$BATS_TEST_TMPDIR/mail.conf"
	chmod 600 "$BATS_TEST_TMPDIR/mail.conf"
	cp -p "$admin_conf" "$BATS_TEST_TMPDIR/mail-admin.conf"
	conf=$BATS_TEST_TMPDIR/mail.conf shows 0 'has("sent")' mail send \
	    --limit 1
	# the whole of one goes and comes back
	ctl export --org "$ORG" > "$file"
	shows 0 ".id == \"$ORG\" and .deletedAt != null" org delete "$ORG"
	shows 0 ".id == \"$ORG\" and .deletedAt == null" org restore "$ORG"
	ctl org delete "$ORG"
	shows 0 '.organizations == 1' purge --org "$ORG" --now
	sql "DELETE FROM audit_events WHERE organization_id = '$ORG'
	    OR chain_id = '$ORG'; DELETE FROM audit_chains WHERE id = '$ORG'"
	shows 0 'type == "object"' import --user "$OWNER_EMAIL" "$file"
	shows 0 'type == "object"' user erase --email "$login"
	own_database
	conf=$own_conf shows 0 '.password != null' init
	diff <(commands_with_json) <(sort -u "$BATS_TEST_TMPDIR/shown")
}

# --- secrets ------------------------------------------------------------------

# without_output ARGUMENT...: runs with a full and with a closed output; both
# times it fails, says so, and prints nothing.
without_output() {
	local place

	for place in '> /dev/full' '>&-'; do
		run bash -c '"$CTL" "$@" '"$place" without "$@"
		if [ "$status" != 1 ] ||
		    [[ $output != *'nothing was made'* ]] ||
		    [[ $output == *tny_* || $output == */#/accept/* ]]; then
			echo "$* $place: $status $output"
			return 1
		fi
	done
	# a reader that has gone ends the program
	[ -p "$BATS_TEST_TMPDIR/gone" ] || mkfifo "$BATS_TEST_TMPDIR/gone"
	# shellcheck disable=SC2094 # a reader and a writer
	exec 8<> "$BATS_TEST_TMPDIR/gone" 9> "$BATS_TEST_TMPDIR/gone" 8>&-
	"$CTL" "$@" 2> /dev/null 3>&- >&9 || true
	exec 9>&-
}

# All that a secret, or its mail, could have changed.
made() {
	sql 'SELECT (SELECT COUNT(*) FROM users),
	    (SELECT COUNT(*) FROM api_keys),
	    (SELECT COUNT(*) FROM secret_keys),
	    (SELECT COUNT(*) FROM audit_events),
	    (SELECT COUNT(*) FROM outbox),
	    (SELECT GROUP_CONCAT(HEX(digest), sent_at, version ORDER BY id)
	    FROM invitations WHERE organization_id = '"'$ORG')"
}

@test "no command makes a secret that it cannot print, with --json or without" {
	export TENANTRY_CONF CTL
	new_house
	with 0 '' invitation create --org "$ORG" --user "$OWNER_EMAIL" \
	    --to first@example.org --role user --json
	invited=$(jq -r .id <<< "$output")
	backdate
	printf 'Ada,%s\nBob,%s\n' one@example.org,user two@example.org,admin \
	    > "$file"
	id=$(key_id "$(add_key --user "$OWNER_EMAIL")")
	before=$(made)
	for more in '' --json; do
		# shellcheck disable=SC2086 # none or one word
		for words in "user add --login $(unique login)" \
		    "user add --login $(unique login) --system-admin" \
		    "key add --user $OWNER_EMAIL" \
		    "key add --owner organization --org $ORG" \
		    "key rotate $id" "secret-key create --project $PROJECT" \
		    "invitation create --org $ORG --user $OWNER_EMAIL
		     --to second@example.org --role user" \
		    "invitation create --project $PROJECT --user $OWNER_EMAIL
		     --to second@example.org --role viewer" \
		    "invitation resend $invited" \
		    "import-members --org $ORG --user $OWNER_EMAIL $file"; do
			without_output $words $more
			[ "$(made)" = "$before" ]
		done
	done
	# the very same commands do it when they are heard
	with 0 '' invitation resend "$invited"
	with 0 '' import-members --org "$ORG" --user "$OWNER_EMAIL" "$file"
	[ "${#lines[@]}" = 2 ]
}

@test "the first administrator is not made if nobody can read the secrets" {
	own_database
	for more in '' --json; do
		for place in '> /dev/full' '>&-'; do
			run bash -c '"$CTL" init --conf "$1" $2 '"$place" \
			    init "$own_conf" "$more"
			[ "$status" = 1 ]
			[[ $output == *'nothing was made'* ]]
			[ "$(sql "SELECT COUNT(*) FROM
			    own_$BATS_TEST_NUMBER.users")" = 0 ]
		done
	done
	with_own init | grep -Eq '^password=.{24}$'
	with_own init 2>&1 | grep -q 'none made'
}

# Whoever hands a secret over does so by a handover, which the walk above has.
@test "every file of the tool that makes a secret is walked here" {
	cd "$TENANTRY_ROOT/src/ctl"
	[ "$(grep -l 'struct handover' ./*.c | sort | tr '\n' ' ')" = \
	    './act.c ./import_members.c ./invitation.c ./key.c ./setup.c ./user.c ' ]
	# nobody else makes one; the token of a mail goes to the mail's program
	# shellcheck disable=SC2143 # the pipeline may find none
	[ -z "$(grep -lE 'api_key_make|make_token\(|invitation_tool_create' ./*.c |
	    grep -vxF "$(grep -l 'struct handover' ./*.c)" |
	    grep -vx ./mail.c)" ]
}
