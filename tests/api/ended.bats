#!/usr/bin/env bats
# What has ended: API keys, invitations and security events go after 90 days, the
# address of an invitation after 30, sessions after 7.
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

setup() {
	load helper
	load tenancy
	load writes
	load invitations
}

# ended_key DAYS: a key of the owner whose end was so many days ago; its id.
ended_key() {
	local id

	id=$(key_id "$(add_key --user "$OWNER_EMAIL")")
	sql "UPDATE api_keys SET expires_at = UTC_TIMESTAMP(3) -
	    INTERVAL $1 DAY WHERE id = '$id'"
	echo "$id"
}

# ended_invitation DAYS SET: one that ended so many days ago, by this SET; its id.
ended_invitation() {
	KEY=$OWNER_KEY api POST /v1/invitations --data "{\"email\":
	    \"$(unique gone)@example.org\", \"role\": \"user\"}"
	expect_status 201
	json .invitation.metadata.id
	sql "UPDATE invitations SET sent_at = UTC_TIMESTAMP(3) -
	    INTERVAL $1 + 1 DAY, $2 = UTC_TIMESTAMP(3) - INTERVAL $1 DAY,
	    state = IF('$2' = 'ended_at', 'declined', state),
	    pending_key = IF('$2' = 'ended_at', NULL, pending_key)
	    WHERE id = '$(json .invitation.metadata.id)'"
}

# kept ID: whether the row is there, and whether its address is.
kept() {
	sql "SELECT COUNT(*), COALESCE(SUM(email <> '' OR email_key <> ''), 0)
	    FROM invitations WHERE id = '$1'"
}

@test "API keys go 90 days after their end, with what they have made" {
	local young old

	new_tenant
	young=$(ended_key 89) old=$(ended_key 91)
	sql "UPDATE api_keys SET made_by = '$old', expires_at =
	    UTC_TIMESTAMP(3) - INTERVAL 92 DAY WHERE id = '$(ended_key 91)'"
	ctl purge
	[ "$(sql "SELECT GROUP_CONCAT(id) FROM api_keys WHERE expires_at IS NOT
	    NULL AND user_id = '$(user_id "$OWNER_EMAIL")'")" = "$young" ]
	KEY=$OWNER_KEY api GET /v1/organizations
	expect_status 200
}

@test "keys that the delete of their organization has ended stay with it" {
	local id

	new_tenant
	id=$(ended_key 91)
	sql "UPDATE api_keys SET ended_from = '9999-12-31' WHERE id = '$id'"
	ctl purge
	[ "$(sql "SELECT COUNT(*) FROM api_keys WHERE id = '$id'")" = 1 ]
}

@test "invitations lose their address after 30 days, and go after 90" {
	local kind young old gone

	new_tenant
	for kind in ended_at expires_at; do
		young=$(ended_invitation 29 "$kind")
		old=$(ended_invitation 31 "$kind")
		gone=$(ended_invitation 91 "$kind")
		ctl purge
		[ "$(kept "$young")" = '1	1' ]
		[ "$(kept "$old")" = '1	0' ]
		[ "$(kept "$gone")" = '0	0' ]
	done
	KEY=$OWNER_KEY api GET "/v1/invitations/$old"
	expect_status 200
	expect_json '.invitation | .spec.email == "" and
	    .status.state == "expired"'
	KEY=$OWNER_KEY api GET /v1/invitations
	expect_json '.invitations | length == 4'
	run ctl check --deep
	[[ $output == *'schema '* && $output != *"$old"* ]]
}

@test "an invitation without its address is not sent once more" {
	local id

	new_tenant
	id=$(ended_invitation 31 expires_at)
	ctl purge
	KEY=$OWNER_KEY api POST "/v1/invitations/$id/resend" --data '{}'
	expect_problem 409
	[ "$(kept "$id")" = '1	0' ]
}

@test "sessions go a week after their end, security events after 90 days" {
	local id when

	new_tenant
	id=$(user_id "$OWNER_EMAIL")
	for when in '6 DAY' '8 DAY' '89 DAY' '91 DAY'; do
		sql "INSERT INTO sessions (id, user_id, digest, epoch, created_at,
		    seen_at, idle_ends_at, ends_at, confirmed_at) SELECT
		    CONCAT(LEFT('$id', 22), '${when%% *}AA'), '$id',
		    UNHEX(SHA2('$id$when', 256)), 0, t, t, t, t, t FROM
		    (SELECT UTC_TIMESTAMP(3) - INTERVAL $when AS t) x"
		sql "INSERT INTO security_events (id, at, user_id, action,
		    request_id) VALUES (CONCAT(LEFT('$id', 22),
		    '${when%% *}AA'), UTC_TIMESTAMP(3) - INTERVAL $when, '$id',
		    'session.end', 'a')"
	done
	ctl purge
	[ "$(sql "SELECT COUNT(*), MAX(id LIKE '%6AA') FROM sessions
	    WHERE user_id = '$id'")" = '1	1' ]
	[ "$(sql "SELECT COUNT(*) FROM security_events WHERE user_id = '$id'
	    AND at > UTC_TIMESTAMP(3) - INTERVAL 90 DAY")" = 3 ]
	[ "$(sql "SELECT COUNT(*) FROM security_events
	    WHERE user_id = '$id'")" = 3 ]
}

@test "purge says how much has ended" {
	local key invitation

	new_tenant
	key=$(ended_key 0)
	invitation=$(ended_invitation 0 expires_at)
	ctl purge > /dev/null
	# by SQL alone: a worker looks for itself behind its answers
	sql "UPDATE api_keys SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 91 DAY
	    WHERE id = '$key';
	    UPDATE invitations SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 31 DAY,
	    sent_at = UTC_TIMESTAMP(3) - INTERVAL 32 DAY WHERE id = '$invitation'"
	[ "$(ctl purge --json | jq -c .)" = '{"organizations":0,"ended":2,"events":0}' ]
	[ "$(ctl purge --json | jq -c .)" = '{"organizations":0,"ended":0,"events":0}' ]
}
