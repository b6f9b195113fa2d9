# For the tests of docs/integrate.md.
#
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154

# block LANGUAGE BEGINNING: the code of the page that begins so; that of an item
# of a list without the spaces before it.
block() {
	awk -v fence="\`\`\`$1" -v begin="$2" '
	    inside { $0 = substr($0, indent + 1) }
	    !inside && match($0, /^ +```/) {
		indent = RLENGTH - 3
		$0 = substr($0, indent + 1)
	    }
	    $0 == "```" { inside = indent = 0 }
	    inside && index($0, begin) == 1 { print_it = 1 }
	    inside && print_it { print }
	    !inside { print_it = 0 }
	    $0 == fence { inside = 1 }' \
	    "$TENANTRY_ROOT/docs/integrate.md"
}

# service_key: makes a key as the page says.  Exports TENANTRY_KEY, an admin of
# the organization ORG, and TENANTRY_ORG.
service_key() {
	block sh 'curl -H "X-Api-Key' > "$BATS_TEST_TMPDIR/make-key"
	TENANTRY_KEY=$(TENANTRY_API_KEY=$OWNER_KEY ORG=$ORG \
	    sh "$BATS_TEST_TMPDIR/make-key" | jq -er .key)
	[[ $TENANTRY_KEY == tny_* ]]
	export TENANTRY_KEY TENANTRY_ORG=$ORG
}
