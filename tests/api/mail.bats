#!/usr/bin/env bats
# Mails that invite: the outbox, and `tenantryctl mail send` with a program in
# place of sendmail that takes them, fails, hangs, or is not there.  Requests go
# to the program as plain CGI, with settings of the test.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154

setup() {
	load helper
	load tenancy
	load writes
	load cgi
	load invitations
	load mail
	load hold
	mail_on
	new_house
	guest=$(unique guest)@example.org
}

teardown() {
	release_row
}

# by_mail [MEMBERS [NAME=VALUE...]]: the owner invites the guest.  Sets INVITED.
by_mail() {
	local members=${1-}

	[ $# = 0 ] || shift
	KEY=$OWNER_KEY cgi_send POST /v1/invitations \
	    "{\"email\": \"$guest\", \"role\": \"user\"$members}" "$@"
	[ "$status_code" != 201 ] ||
	    INVITED=$(json .invitation.metadata.id)
}

# again: INVITED is sent again, a minute later.
again() {
	backdate
	KEY=$OWNER_KEY cgi_send POST "/v1/invitations/$INVITED/resend" ''
}

# expect_mail STATE [REASON]: of INVITED, as its admins see it.
expect_mail() {
	KEY=$OWNER_KEY cgi GET "/v1/invitations/$INVITED" < /dev/null
	expect_json ".invitation.status | .mailState == \"$1\" and
	    (.failedReason // \"\" | contains(\"${2-}\"))"
}

expect_joined() {
	accept '' '"password": "correct horse battery"'
	expect_status 201
}

@test "an invitation goes by mail where there is mail, and is accepted with it" {
	by_mail
	expect_status 201
	expect_json '(has("link") | not) and
	    .invitation.spec.delivery == "mail" and
	    .invitation.status.mailState == "queued"'
	send 0 --json
	[ "$output" = '{"sent":1,"failed":0,"dropped":0}' ]
	expect_mail sent
	[ "$(mail_count)" = 1 ]
	[ "$(cat "$mails/args.1")" = $'-oi\n-i\n-f\nservice@tenantry.example\n--\n'"$guest" ]
	token_of 1 accept
	token_is_nowhere "$TOKEN"
	expect_joined
	# the token proves the address
	[ "$(sql "SELECT is_email_unproved FROM users
	    WHERE email = '$guest'")" = 0 ]
	send 0
	[ "$(mail_count)" = 1 ]
	expect_audit 1 invitation.create Invitation "$INVITED"
	[ "$(sql "SELECT COUNT(*) FROM audit_events WHERE resource_id = '$INVITED'
	    AND action = 'invitation.send' AND user_id IS NULL")" = 1 ]
	ctl audit verify --org "$ORG"
	run ctl check --deep
	[[ $output != *mails* ]]
}

@test "the mail is a message of two parts, with nothing of strangers in its head" {
	KEY=$OWNER_KEY api PATCH "/v1/organizations/$ORG" --data \
	    '{"displayName": "Größe <b>&\"x</b> =?UTF-8?Q?x?="}'
	expect_status 200
	by_mail
	sql "UPDATE users u JOIN invitations i ON i.invited_by = u.id
	    SET u.display_name = 'Your bank: open evil.example'
	    WHERE i.id = '$INVITED'"
	send 0
	[ "$(mail_field 1 Subject)" = Invitation ]
	[[ $(part 1 plain) == '“Your bank: open evil.example” invites you '* ]]
	[ "$(mail_field 1 To)" = "<$guest>" ]
	[ "$(mail_field 1 From)" = '<service@tenantry.example>' ]
	[ "$(mail_field 1 Auto-Submitted)" = auto-generated ]
	[[ $(mail_field 1 Message-ID) =~ ^\<[0-9A-Z]{26}@tenantry.example\>$ ]]
	date --date "$(mail_field 1 Date)" > /dev/null
	[ "$(awk 'length > 78' "$mails/mail.1")" = '' ]
	[ "$(LC_ALL=C grep -cP '[^\x20-\x7e]' "$mails/mail.1")" = 0 ]
	[[ $(part 1 plain) == *'“Größe <b>&"x</b> =?UTF-8?Q?x?=”'* ]]
	[[ $(part 1 html) == *'“Größe &lt;b&gt;&amp;&quot;x&lt;/b&gt;'* ]]
	[[ $(part 1 html) == *'<a href="https://tenantry.example/t/#/accept/'* ]]
}

@test "mail_language = de: German, with its letters in the subject's encoding" {
	local asked

	settings "$(grep '^mail = ' "$CONF")" 'mail_from = s@tenantry.example' \
	    'public_prefix = https://tenantry.example/t' 'mail_language = de'
	by_mail
	send 0
	[ "$(mail_field 1 Subject)" = Einladung ]
	[[ $(part 1 plain) == '„'*'“ lädt Sie in die Organisation „'* ]]
	new_login
	KEY='' cgi_send POST /v1/password-resets "{\"email\": \"$USER_EMAIL\"}"
	expect_status 202
	send 0
	asked=$(mail_field 2 Subject)
	[ "$(perl -MEncode -e 'print encode("UTF-8",
	    decode("MIME-Header", shift))' "$asked")" = 'Neues Passwort wählen' ]
}

@test "a link is given only where invite_links is on" {
	by_mail ', "delivery": "link"'
	expect_problem 403 invite_links
	[ "$(invitation_count)" = 0 ]
	echo 'invite_links = on' >> "$CONF"
	by_mail ', "delivery": "link"'
	expect_status 201
	expect_json '.link | startswith("https://tenantry.example/t/#/accept/")'
	send 0
	[ "$(mail_count)" = 0 ]
	expect_mail none
}

@test "without mail: none is queued, and the reason is said" {
	settings 'mail = off'
	by_mail ', "delivery": "mail"'
	expect_status 201
	expect_json '.invitation.status | .mailState == "none" and
	    (.failedReason | contains("sends no mail"))'
	[ "$(sql "SELECT COUNT(*) FROM outbox
	    WHERE organization_id = '$ORG'")" = 0 ]
	send 1
	[[ $stderr == *'mail is off'* ]]
}

@test "sent again: another token, and the first one is dead" {
	local first

	by_mail
	send 0
	token_of 1 accept
	first=$TOKEN
	again
	expect_status 200
	expect_json '.invitation.status.mailState == "queued"'
	expect_lookup 404
	send 0
	token_of 2 accept
	[ "$TOKEN" != "$first" ]
	expect_lookup 200
	TOKEN=$first
	expect_lookup 404
}

@test "sent again before the first went out: one mail" {
	by_mail
	again
	expect_status 200
	send 0
	[ "$(mail_count)" = 1 ]
	token_of 1 accept
	expect_lookup 200
}

@test "one that is revoked, or whose organization is deleted, gets no mail" {
	by_mail
	KEY=$OWNER_KEY api DELETE "/v1/invitations/$INVITED"
	expect_status 204
	guest=$(unique other)@example.org
	by_mail
	KEY=$OWNER_KEY api DELETE "/v1/organizations/$ORG"
	expect_status 204
	send 0 --json
	[ "$output" = '{"sent":0,"failed":0,"dropped":2}' ]
	[ "$(mail_count)" = 0 ]
}

@test "one that expired before it was sent fails, and says so" {
	by_mail
	expire "$INVITED"
	send 1
	[ "$(mail_count)" = 0 ]
	expect_mail failed expired
}

@test "the life of a token begins with its sending" {
	by_mail
	sql "UPDATE invitations SET expires_at = expires_at - INTERVAL 23 HOUR
	    WHERE id = '$INVITED'"
	send 0
	[ "$(sql "SELECT TIMESTAMPDIFF(HOUR, UTC_TIMESTAMP(3)
	    - INTERVAL 1 MINUTE, expires_at) FROM invitations
	    WHERE id = '$INVITED'")" = 24 ]
}

@test "a sendmail that fails is tried again later, with another token" {
	# shellcheck disable=SC2016
	sendmail_does "$keep"'; echo "queue of $6 is full" >&2; exit 75'
	by_mail
	send 1
	[[ $stderr == *'exit status 75: queue of is full'* ]]
	expect_mail queued 'tried again'
	[ "$(outbox "state, attempts, last_error,
	    due_at > UTC_TIMESTAMP(3) + INTERVAL 1 MINUTE")" = \
	    $'queued\t1\texit status 75: queue of is full\t1' ]
	# not yet
	send 0
	[ "$(mail_count)" = 1 ]
	token_of 1 accept
	sendmail_does "$keep"
	make_due
	send 0
	expect_mail sent
	expect_lookup 404
	token_of 2 accept
	expect_joined
}

@test "eight failures are the end; an address that is refused is it at once" {
	sendmail_does 'exit 75'
	by_mail
	for _ in 1 2 3 4 5 6 7; do
		send 1
		make_due
	done
	expect_mail queued
	send 1
	expect_mail failed 'not tried again'
	make_due
	send 0
	sendmail_does 'echo "no such user" >&2; exit 67'
	guest=$(unique other)@example.org
	by_mail
	send 1
	expect_mail failed 'refused the address'
	[ "$(outbox "attempts, ended_at IS NULL")" = $'1\t0' ]
	# an admin sends it again
	sendmail_does "$keep"
	again
	expect_status 200
	send 0
	expect_mail sent
}

@test "a sendmail that is not there loses nothing, whatever it takes" {
	rm "$sendmail"
	by_mail
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		send 1
		make_due
	done
	[[ $stderr == *'cannot be run'* ]]
	expect_mail queued
	[ "$(outbox attempts)" = 0 ]
	printf 'nothing that runs\n' > "$sendmail"
	send 1
	sendmail_does "$keep"
	make_due
	send 0
	expect_mail sent
}

@test "a sendmail that hangs is ended with its children" {
	# shellcheck disable=SC2016
	sendmail_does 'sleep 1000 & echo "$!" > "$folder/pid"; cat > /dev/null; wait'
	by_mail
	echo 'mail_deadline = 2' >> "$CONF"
	send 1
	[[ $stderr == *'took more than 2 s'* ]]
	within 5 test ! -e "/proc/$(cat "$mails/pid")"
	expect_mail queued
}

@test "a sender that dies after its claim: one further mail, the first token dead" {
	local first

	# shellcheck disable=SC2016
	sendmail_does "$keep"'; kill -KILL "$PPID"'
	by_mail
	run timeout -s KILL 60 env TENANTRY_CONF="$CONF" "$CTL" mail send
	[ "$status" = 137 ]
	token_of 1 accept
	expect_lookup 200
	first=$TOKEN
	sendmail_does "$keep"
	# its claim lasts
	send 0
	[ "$(mail_count)" = 1 ]
	make_due
	send 0
	[ "$(mail_count)" = 2 ]
	expect_lookup 404
	token_of 2 accept
	[ "$TOKEN" != "$first" ]
	expect_joined
	send 0
	[ "$(mail_count)" = 2 ]
}

@test "senders that die each time do not send a mail for ever" {
	local i

	# shellcheck disable=SC2016
	sendmail_does "$keep"'; kill -KILL "$PPID"'
	by_mail
	for i in {1..8}; do
		run timeout -s KILL 60 env TENANTRY_CONF="$CONF" "$CTL" mail send
		[ "$status" = 137 ]
		make_due
	done
	send 1
	[ "$(mail_count)" = 8 ]
	[[ $stderr == *'its senders were ended'* ]]
	expect_mail failed 'again and again'
	make_due
	send 0
	[ "$(mail_count)" = 8 ]
	token_of 8 accept
	expect_lookup 200
	# however many there were
	guest=$(unique other)@example.org
	by_mail
	sql "UPDATE outbox SET attempts = 60 WHERE invitation_id = '$INVITED'"
	send 1
	expect_mail failed
}

@test "several senders at once send each mail once" {
	local i pids=()

	for i in {1..12}; do
		guest=$(unique "g$i")@example.org
		by_mail
		expect_status 201
	done
	for i in 1 2 3 4; do
		timeout -s KILL 120 env TENANTRY_CONF="$CONF" "$CTL" mail send \
		    > "$BATS_TEST_TMPDIR/sender.$i" 2>&1 3>&- &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || {
			cat "$BATS_TEST_TMPDIR"/sender.*
			return 1
		}
	done
	[ "$(mail_count)" = 12 ]
	[ "$(tail -qn 1 "$mails"/args.* | sort -u | wc -l)" = 12 ]
	[ "$(sql "SELECT GROUP_CONCAT(DISTINCT state, attempts) FROM outbox
	    WHERE organization_id = '$ORG'")" = sent1 ]
	ctl audit verify --org "$ORG"
}

# The sender holds the entry of the index and waits for the row; who holds the row
# takes that entry away.
@test "a sender that loses a deadlock looks again, and sends" {
	local id sender

	by_mail
	id=$(outbox id)
	sql "UPDATE outbox SET due_at = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR,
	    claim = 'another' WHERE id = '$id'"
	hold_row outbox "$id"
	timeout -s KILL 60 env TENANTRY_CONF="$CONF" "$CTL" mail send --json \
	    > "$BATS_TEST_TMPDIR/sent" 2>&1 3>&- 8>&- &
	sender=$!
	within 10 wait_for_locks 1
	holder_runs "UPDATE outbox SET due_at = UTC_TIMESTAMP(3)
	    WHERE id = '$id'"
	holder_runs COMMIT
	release_row
	wait "$sender" || {
		cat "$BATS_TEST_TMPDIR/sent"
		return 1
	}
	[ "$(mail_count)" = 1 ]
}

@test "mail send takes so many as --limit says" {
	for _ in 1 2 3; do
		guest=$(unique many)@example.org
		by_mail
	done
	send 0 --limit 2
	[ "$(mail_count)" = 2 ]
	send 2 --limit 0
	send 2 --limit many
}

@test "an address that a program could take for another gets no mail" {
	for guest in "root,$(unique a)@example.org" "$(unique 'a%b')@example.org" \
	    "-oQ$(unique a)@example.org" "$(unique a)|x@example.org" \
	    "$(unique a)..b@example.org"; do
		by_mail
		expect_status 201
		send 1
		expect_mail failed 'of this form'
	done
	[ "$(mail_count)" = 0 ]
	guest=$(unique "o'neil+ü")@example.org
	by_mail
	send 0
	[ "$(mail_field 1 To)" = "<$guest>" ]
}

@test "more than 60 mails in an hour of an organization are 429" {
	by_mail
	sql "INSERT INTO outbox (id, kind, organization_id, invitation_id, state,
	    created_at, due_at, ended_at) SELECT CONCAT('00', LEFT('${ORG:6}0000000000000000', 16),
	    LPAD(seq, 8, '0')), 'invitation', '$ORG', '$INVITED', 'sent',
	    UTC_TIMESTAMP(3) - INTERVAL 30 MINUTE, UTC_TIMESTAMP(3),
	    UTC_TIMESTAMP(3) FROM $(numbers 59)"
	guest=$(unique other)@example.org
	by_mail
	expect_type 429 throttled '60 mails'
	[ "$(header Retry-After)" -gt 1700 ] && [ "$(header Retry-After)" -le 1800 ]
	[ "$(invitation_count)" = 1 ]
	again
	expect_status 429
	# a link is no mail, and a system administrator is not counted
	echo 'invite_links = on' >> "$CONF"
	by_mail ', "delivery": "link"'
	expect_status 201
	guest=$(unique third)@example.org
	KEY=$TENANTRY_API_KEY cgi_send POST /v1/invitations \
	    "{\"email\": \"$guest\", \"role\": \"user\"}" \
	    HTTP_X_ORGANIZATION_ID="$ORG"
	expect_status 201
	sql "UPDATE outbox SET created_at = created_at - INTERVAL 31 MINUTE
	    WHERE organization_id = '$ORG' AND state = 'sent'"
	guest=$(unique fourth)@example.org
	by_mail
	expect_status 201
}

@test "of many at the last mail of the hour one is let through" {
	local i pids=()

	by_mail
	sql "INSERT INTO outbox (id, kind, organization_id, invitation_id, state,
	    created_at, due_at, ended_at) SELECT CONCAT('00', LEFT('${ORG:6}0000000000000000', 16),
	    LPAD(seq, 8, '0')), 'invitation', '$ORG', '$INVITED', 'sent',
	    UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3)
	    FROM $(numbers 58)"
	for i in {1..8}; do
		(
			BATS_TEST_TMPDIR=$(mktemp -d "$BATS_TEST_TMPDIR/XXXXXX")
			guest=$(unique "at$i")@example.org
			by_mail
			echo "$status_code" > "$BATS_TEST_TMPDIR/../code.$i"
		) 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	[ "$(cat "$BATS_TEST_TMPDIR"/code.* | grep -c 201)" = 1 ]
	[ "$(cat "$BATS_TEST_TMPDIR"/code.* | grep -c 429)" = 7 ]
}

@test "system administrators see the outbox, and no token or address in it" {
	by_mail
	cgi GET /v1/system/outbox QUERY_STRING=state=queued < /dev/null
	expect_status 200
	expect_json ".outbox[-1] | .kind == \"invitation\" and
	    .state == \"queued\" and .organizationId == \"$ORG\" and
	    .invitationId == \"$INVITED\" and .endedAt == null and
	    (has(\"lastError\") | not)"
	[ "$(grep -cF "$guest" "$body_file")" = 0 ]
	KEY=$OWNER_KEY cgi GET /v1/system/outbox < /dev/null
	expect_problem 403
	KEY='' cgi GET /v1/system/outbox < /dev/null
	expect_problem 401
	run ctl mail list --json
	[ "$(jq -r ".[] | select(.organizationId == \"$ORG\") | .state" \
	    <<< "$output")" = queued ]
}

# listed_error: the text of the invitation's mail in the list of mails.
listed_error() {
	cgi GET /v1/system/outbox < /dev/null
	expect_status 200
	json "[.outbox[] | select(.invitationId == \"$INVITED\")] | last |
	    \"\(.state) \(.attempts) \(.lastError // \"\")\""
}

@test "what a mail failed of is in the outbox and on the invitation" {
	sendmail_does 'echo "the queue is full" >&2; exit 75'
	by_mail
	send 1
	[[ $(listed_error) == 'queued 1 exit status 75: the queue is full' ]]
	expect_mail queued
	sendmail_does 'echo "no such user" >&2; exit 67'
	make_due
	send 1
	[[ $(listed_error) == 'failed 2 exit status 67: no such user' ]]
	expect_mail failed 'refused the address'
	[ "$(grep -cF "$guest" "$body_file")" = 1 ] # of its admins
	cgi GET /v1/system/outbox < /dev/null
	[ "$(grep -cF "$guest" "$body_file")" = 0 ]
}

@test "the doctor says what keeps mails from going out" {
	doctor() { # CHECK STATE TEXT
		run env TENANTRY_CONF="$CONF" "$CTL" doctor
		[[ $output == *"$2"*"$1: "*"$3"* ]] || {
			echo "$output"
			return 1
		}
	}
	doctor mail ok 'sends, from service@tenantry.example'
	by_mail
	doctor outbox ok '1 mails wait'
	sql "UPDATE outbox SET due_at = due_at - INTERVAL 20 MINUTE,
	    created_at = created_at - INTERVAL 20 MINUTE
	    WHERE organization_id = '$ORG'"
	doctor outbox warn 'since 20 min'
	doctor outbox warn 'let cron run'
	# it is tried, and that is what there is to look at
	sendmail_does 'echo "the queue is full" >&2; exit 75'
	send 1
	doctor outbox warn 'last: exit status 75: the queue is full'
	doctor outbox warn 'tried again: see tenantryctl mail list'
	[[ $output != *'let cron run'* ]]
	make_due
	sendmail_does 'echo "no such user" >&2; exit 67'
	send 1
	doctor outbox warn 'last: exit status 67: no such user'
	rm "$sendmail"
	doctor mail fail 'cannot be run'
	settings
	doctor mail ok 'mail is off'
}

@test "settings of mail that do not fit each other are refused" {
	refused() { # TEXT LINE...
		local text=$1

		shift
		settings "$@"
		run env TENANTRY_CONF="$CONF" "$CTL" mail send
		[ "$status" = 1 ] && [[ $output == *"$text"* ]] || {
			echo "$output"
			return 1
		}
	}
	refused 'absolute path' 'mail = sendmail'
	refused mail_from 'mail = /bin/true'
	refused mail_from 'mail = /bin/true' 'mail_from = a,b@example.org'
	refused public_prefix 'mail = /bin/true' 'mail_from = a@example.org'
	refused public_prefix 'mail = /bin/true' 'mail_from = a@example.org' \
	    'public_prefix = /t'
	refused 'en or de' 'mail_language = fr'
}

@test "what is sent goes after a week, what waits stays" {
	by_mail
	send 0
	sql "UPDATE outbox SET ended_at = ended_at - INTERVAL 8 DAY
	    WHERE invitation_id = '$INVITED'"
	guest=$(unique other)@example.org
	by_mail
	sql "UPDATE outbox SET created_at = created_at - INTERVAL 8 DAY
	    WHERE invitation_id = '$INVITED'"
	ctl purge
	[ "$(sql "SELECT GROUP_CONCAT(state) FROM outbox
	    WHERE organization_id = '$ORG'")" = queued ]
}
