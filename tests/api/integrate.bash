# For the tests of docs/integrate.md.
#
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154

# block LANGUAGE BEGINNING: the code of the page that begins so.
block() {
	awk -v fence="\`\`\`$1" -v begin="$2" '
	    $0 == "```" { inside = 0 }
	    inside && index($0, begin) == 1 { print_it = 1 }
	    inside && print_it { print }
	    !inside { print_it = 0 }
	    $0 == fence { inside = 1 }' \
	    "$TENANTRY_ROOT/docs/integrate.md"
}

# service_key: exports TENANTRY_KEY, an admin of the organization ORG, and
# TENANTRY_ORG.
service_key() {
	KEY=$OWNER_KEY api POST /v1/api-keys \
	    --header "X-Organization-ID: $ORG" --data '{"description":
	    "Application", "owner": "organization", "role": "admin",
	    "manage": true}'
	expect_status 201
	TENANTRY_KEY=$(json .key)
	export TENANTRY_KEY TENANTRY_ORG=$ORG
}
