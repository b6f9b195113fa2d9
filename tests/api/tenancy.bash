# Tenants and their people, for the tests of roles.
#
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # set for, or by, the test file

# new_tenant: a user who is nothing but the admin of a new organization.  Sets
# OWNER_EMAIL and OWNER_KEY, and what new_org sets.
new_tenant() {
	new_user "$(unique owner)@example.org" || return
	OWNER_EMAIL=$USER_EMAIL
	OWNER_KEY=$USER_KEY
	KEY=$OWNER_KEY new_org
}

# Counts anew what was inserted behind the service; a WHERE may follow.
count_rows="UPDATE organizations SET project_count = (SELECT COUNT(*)
        FROM projects p WHERE p.organization_id = organizations.id),
    member_count = (SELECT COUNT(*) FROM organization_bindings b
        WHERE b.organization_id = organizations.id)"

# fill_projects COUNT: so many more projects in ORG behind the service, 0.6 KB
# each in a list, inserted in the reverse of their order.
fill_projects() {
	sql "INSERT INTO projects (id, organization_id, name, display_name,
	    name_key, secret_key, created_at, modified_at)
	    SELECT CONCAT('00', LEFT('${ORG:6}0000000000000000', 16),
	        LPAD(seq, 8, '0')), '$ORG',
	        CONCAT('s-', LOWER('$ORG'), '-', seq), CONCAT('Many ', seq),
	        CONCAT('many ', seq), '$ORG', UTC_TIMESTAMP(3),
	        UTC_TIMESTAMP(3) FROM $(numbers "$1") ORDER BY seq DESC;
	    $count_rows WHERE id = '$ORG'"
}

user_id() { # EMAIL
	sql "SELECT id FROM users WHERE email = '$1'"
}

# join_organization EMAIL ROLE ORGANIZATION
join_organization() {
	sql "INSERT INTO organization_bindings (user_id, organization_id, role,
	    created_at) VALUES ((SELECT id FROM users WHERE email = '$1'), '$3',
	    '$2', UTC_TIMESTAMP(3)); $count_rows WHERE id = '$3'"
}

# join_project EMAIL ROLE PROJECT ORGANIZATION
join_project() {
	sql "INSERT INTO project_bindings (user_id, project_id,
	    organization_id, role, created_at) VALUES ((SELECT id FROM users
	    WHERE email = '$1'), '$3', '$4', '$2', UTC_TIMESTAMP(3))"
}

# new_member: a user of ORG with the role `user`.  Sets MEMBER_EMAIL and
# MEMBER_KEY.
new_member() {
	new_user "$(unique member)@example.org" || return
	MEMBER_EMAIL=$USER_EMAIL
	MEMBER_KEY=$USER_KEY
	join_organization "$MEMBER_EMAIL" user "$ORG"
}

# new_viewer: a user of ORG who may look at PROJECT.  Sets VIEWER_KEY.
new_viewer() {
	new_user "$(unique viewer)@example.org" || return
	VIEWER_KEY=$USER_KEY
	join_organization "$USER_EMAIL" user "$ORG"
	join_project "$USER_EMAIL" viewer "$PROJECT" "$ORG"
}

# new_stranger: the admin of another organization.  Sets STRANGER_KEY and
# STRANGER_ORG, STRANGER_PROJECT.
new_stranger() {
	local org=$ORG project=$PROJECT name=$ORG_NAME

	new_user "$(unique stranger)@example.org" || return
	STRANGER_KEY=$USER_KEY
	KEY=$STRANGER_KEY new_org || return
	STRANGER_ORG=$ORG STRANGER_PROJECT=$PROJECT STRANGER_NAME=$ORG_NAME
	ORG=$org PROJECT=$project ORG_NAME=$name
}

# add_key ARGUMENT...: prints a new key of `tenantryctl key add`.
add_key() {
	ctl key add "$@" | tail -n 1
}

# bound_key EMAIL ROLE ORGANIZATION [PROJECT]: a key that `key add` would not
# make, as its user has no rights there (any more).
bound_key() {
	local key

	key=$(add_key --user "$1" --role "$2")
	sql "UPDATE api_keys SET organization_id = '$3',
	    project_id = NULLIF('${4-}', '')
	    WHERE digest = UNHEX(SHA2('$key', 256))"
	echo "$key"
}

# issue ARGUMENT...: prints a licence key of `tenantryctl licence issue`.
issue() {
	ctl licence issue "$@" 2> /dev/null | tail -n 1
}

licence_body() { # LICENCE_KEY
	jq -n --arg key "$1" '{licenseKey: $key}'
}

# install_licence LICENCE_KEY: into ORG, by its owner.
install_licence() {
	KEY=$OWNER_KEY api PUT "/v1/organizations/$ORG/license" \
	    --data "$(licence_body "$1")"
}

create_body() { # NAME [JQ FILTER]
	local text

	text="{\"organizationName\": $(json_text "$1"),
	    \"accountName\": \"First\", \"eulaAccepted\": true}"
	if [ $# = 1 ]; then echo "$text"; else jq ". $2" <<< "$text"; fi
}

# expect_key_status KEY STATUS METHOD PATH [CURL ARGUMENT...]
expect_key_status() {
	local key=$1 status=$2

	shift 2
	KEY=$key api "$@"
	expect_status "$status"
}

# rows_of ORGANIZATION: how many rows of it there are in all tables that it
# takes with it.
rows_of() {
	sql "SELECT (SELECT COUNT(*) FROM organizations WHERE id = '$1')
	    + (SELECT COUNT(*) FROM projects WHERE organization_id = '$1')
	    + (SELECT COUNT(*) FROM licences WHERE organization_id = '$1')
	    + (SELECT COUNT(*) FROM organization_bindings
	        WHERE organization_id = '$1')
	    + (SELECT COUNT(*) FROM project_bindings
	        WHERE organization_id = '$1')
	    + (SELECT COUNT(*) FROM secret_keys WHERE organization_id = '$1')
	    + (SELECT COUNT(*) FROM api_keys WHERE organization_id = '$1')"
}

# new_second_organization: another one of the tenant's owner.  The first is
# FIRST_ORG with FIRST_PROJECT, where the owner is active; the second
# SECOND_ORG with SECOND_PROJECT.
new_second_organization() {
	FIRST_ORG=$ORG FIRST_PROJECT=$PROJECT
	KEY=$OWNER_KEY new_org || return
	SECOND_ORG=$ORG SECOND_PROJECT=$PROJECT
	ORG=$FIRST_ORG PROJECT=$FIRST_PROJECT
}

# set_active_project EMAIL [PROJECT]: none where none is given.
set_active_project() {
	sql "UPDATE users SET active_project_id = NULLIF('${2-}', '')
	    WHERE email = '$1'"
}

# set_password EMAIL PASSWORD
set_password() {
	ctl user password --email "$1" <<< "$2"
}

# --- credentials --------------------------------------------------------------

# new_login: a user with a password.  Sets USER_EMAIL, USER_KEY, USER_PASSWORD.
new_login() {
	new_user "$(unique login)@example.org" || return
	USER_PASSWORD=$(unique secret)
	set_password "$USER_EMAIL" "$USER_PASSWORD"
}

# with_password LOGIN PASSWORD [CURL ARGUMENT...]
with_password() {
	KEY='' api GET /v1/organizations --user "$1:$2" "${@:3}"
}

# with_authorization VALUE [CURL ARGUMENT...]: the header as it stands.
with_authorization() {
	KEY='' api GET /v1/organizations --header "Authorization: $1" "${@:2}"
}

pair() { # printf's FORMAT ARGUMENT...: in base64
	# shellcheck disable=SC2059
	printf "$@" | base64 --wrap=0
}

# A 401 that names the schemes.
expect_unauthenticated() {
	expect_problem 401 || return
	[[ $(header WWW-Authenticate) == 'Basic '*'Bearer '* ]] || {
		show_answer
		return 1
	}
}

expect_throttled() {
	expect_problem 429 || return
	[[ $(header Retry-After) =~ ^[1-9][0-9]*$ ]] || {
		show_answer
		return 1
	}
}

failures_of() { # LOGIN [ADDRESS]
	sql "SELECT COALESCE(SUM(failures), 0) FROM login_failures
	    WHERE login_digest = UNHEX('$(printf %s "$1" | sha256sum |
	        cut -d ' ' -f 1)') AND address LIKE '${2-%}'"
}

# set_failures LOGIN FAILURES SECONDS: so many from here, the last so long ago.
set_failures() {
	sql "REPLACE INTO login_failures (login_digest, address, failures,
	    last_at) VALUES (UNHEX(SHA2('$1', 256)), '127.0.0.1', $2,
	    UTC_TIMESTAMP(3) - INTERVAL $3 SECOND)"
}
