# Invitations, for the tests of who invites and of who is invited.
#
# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154  # set for, or by, the test file

# new_house: a tenant whose licence has room: OWNER, PROJECT and SECOND.
new_house() {
	new_place || return
	OWNER=$(user_id "$OWNER_EMAIL")
	sql "UPDATE licences SET limit_users = 0, limit_projects = 0
	    WHERE organization_id = '$ORG'"
}

# invitation METHOD KEY PATH [CURL ARGUMENT...]: below /v1/invitations.
invitation() {
	local nothing=()

	[ "$1$#" != POST3 ] || nothing=(--data '')
	KEY=$2 api "$1" "/v1/invitations$3" "${nothing[@]}" "${@:4}"
}

# invite KEY ADDRESS ROLE [MEMBERS [CURL ARGUMENT...]]
invite() {
	KEY=$1 api POST /v1/invitations --data \
	    "{\"email\": \"$2\", \"role\": \"$3\"${4-}}" "${@:5}"
}

# expect_invited: the answer has a link.  Sets INVITED, LINK and TOKEN.
expect_invited() {
	local shown

	shown=$(json '.link as $link | .invitation.metadata.id |
	    select(. and $link) | . + " " + $link') || {
		show_answer
		return 1
	}
	INVITED=${shown% *} LINK=${shown#* }
	TOKEN=${LINK##*/}
}

# accept LOGIN:PASSWORD|'' [MEMBERS [CURL ARGUMENT...]]: by TOKEN.
accept() {
	local who=()

	[ -z "$1" ] || who=(--user "$1")
	KEY='' api POST /v1/invitations/accept --data \
	    "{\"token\": \"$TOKEN\"${2:+, $2}}" "${who[@]}" "${@:3}"
}

# expect_lookup STATUS: of TOKEN.
expect_lookup() {
	KEY='' api POST /v1/invitations/lookup --data "{\"token\": \"$TOKEN\"}"
	if [ "$1" = 404 ]; then
		expect_type 404 token-dead
	else
		expect_status "$1"
	fi
}

state_of() { # ID
	sql "SELECT state FROM invitations WHERE id = '$1'"
}

invitation_count() {
	sql "SELECT COUNT(*) FROM invitations WHERE organization_id = '$ORG'"
}

# backdate: those of ORG were sent more than a minute ago.
backdate() {
	sql "UPDATE invitations SET sent_at = sent_at - INTERVAL 61 SECOND
	    WHERE organization_id = '$ORG'"
}

expire() { # ID
	sql "UPDATE invitations SET expires_at = UTC_TIMESTAMP(3)
	    WHERE id = '$1'"
}

# fill_invitations COUNT: so many pending ones of ORG behind the service.
fill_invitations() {
	sql "INSERT INTO invitations (id, organization_id, email, email_key,
	    pending_key, role, delivery, digest, created_at, modified_at,
	    sent_at, expires_at, life, invited_by)
	    SELECT CONCAT('00', LEFT('${ORG:6}0000000000000000', 16),
	        LPAD(seq, 8, '0')), '$ORG', CONCAT('g', seq, '@example.org'),
	        CONCAT('g', seq, '@example.org'),
	        CONCAT('g', seq, '@example.org'), 'user', 'link',
	        UNHEX(SHA2(CONCAT('$ORG', seq), 256)), UTC_TIMESTAMP(3),
	        UTC_TIMESTAMP(3), UTC_TIMESTAMP(3),
	        UTC_TIMESTAMP(3) + INTERVAL 1 DAY, 86400, '$OWNER'
	    FROM $(numbers "$1") ORDER BY seq DESC;
	    INSERT INTO audit_events (id, at, user_id, organization_id, action,
	    resource_kind, resource_id, request_id) SELECT id, created_at,
	    invited_by, organization_id, 'invitation.create', 'Invitation', id,
	    'cli' FROM invitations WHERE organization_id = '$ORG'
	    AND id LIKE '00%'"
}

# expect_one_end ACTION: the trail has one end of INVITED, and it is this one.
expect_one_end() {
	[ "$(sql "SELECT GROUP_CONCAT(action) FROM audit_events
	    WHERE resource_id = '$INVITED' AND action IN ('invitation.accept',
	    'invitation.revoke', 'invitation.decline')")" = "invitation.$1" ]
}
