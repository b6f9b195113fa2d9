#!/usr/bin/env bats
# Mails by a real sendmail: that of Postfix, whose postdrop is setgid, called by a
# user who has no rights.  Its settings and its queue are folders of the test, in a
# mount namespace: the machine's own are not touched, and no port is opened.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154

setup() {
	[ "$(id -u)" = 0 ] || skip 'needs root, for the mount namespace and setgid'
	load helper
	load tenancy
	load writes
	load cgi
	load invitations
	load mail
	place=$(mktemp -d /tmp/tenantry-postfix.XXXXXX)
	chmod 755 "$place"
	mkdir "$place/spool" "$place/lib"
	cp -r /etc/postfix "$place/etc"
	chown postfix "$place/lib"
	make_settings
	new_house
	guest=$(unique guest)@example.org
	sql "UPDATE outbox SET state = 'dropped',
	    ended_at = UTC_TIMESTAMP(3) WHERE state = 'queued'"
}

teardown() {
	[ -z "${place:-}" ] || rm -rf "$place"
}

make_settings() {
	settings 'mail = /usr/sbin/sendmail' 'mail_from = service@example.org' \
	    'public_prefix = https://tenantry.example/t'
	# as the user who sends can read it
	{
		grep -Ev '^(licence|check|head|log|db_socket)' "$CONF"
		echo "db_socket = $place/db.sock"
	} > "$place/tenantry.conf"
	: > "$place/db.sock"
	chmod 600 "$place/tenantry.conf"
	chown nobody "$place/tenantry.conf"
	cat > "$place/etc/main.cf" <<-END
	compatibility_level = 3.6
	queue_directory = /var/spool/postfix
	data_directory = /var/lib/postfix
	inet_interfaces = loopback-only
	inet_protocols = ipv4
	myhostname = mail.tenantry.example
	mydestination =
	alias_maps =
	virtual_mailbox_domains = example.org
	virtual_mailbox_base = /var/spool/postfix/mailboxes
	virtual_mailbox_maps = static:all/
	virtual_uid_maps = static:65534
	virtual_gid_maps = static:65534
	virtual_minimum_uid = 1
	default_transport = error:no other domain
	END
	cat > "$place/etc/master.cf" <<-END
	pickup unix n - n 1 1 pickup
	cleanup unix n - n - 0 cleanup
	qmgr unix n - n 300 1 qmgr
	rewrite unix - - n - - trivial-rewrite
	bounce unix - - n - 0 bounce
	defer unix - - n - 0 bounce
	trace unix - - n - 0 bounce
	error unix - - n - - error
	virtual unix - n n - - virtual
	END
}

# with_postfix SCRIPT: runs it where Postfix has the folders of the test.  What it
# leaves running ends with it.
with_postfix() {
	timeout -s KILL 120 unshare --mount --propagation private --pid --fork \
	    --kill-child --mount-proc bash -euc '
	    mount --bind "$1/etc" /etc/postfix
	    mount --bind "$1/spool" /var/spool/postfix
	    mount --bind "$1/lib" /var/lib/postfix
	    mount --bind "$2" "$1/db.sock"
	    mkdir -p /var/spool/postfix/mailboxes
	    chown nobody /var/spool/postfix/mailboxes
	    postfix set-permissions > /dev/null 2>&1 || true
	    send() {
		setpriv --reuid=nobody --regid=nogroup --clear-groups "$@" \
		    "$CTL" --conf "$place/tenantry.conf" mail send
	    }
	    place=$1
	    '"$1" postfix "$place" "$database_socket" 3>&- 8>&-
}

# The mail that was delivered, once it is there.
wait_for_mail='for i in {1..200}; do
    [ -z "$(ls /var/spool/postfix/mailboxes/all/new 2> /dev/null)" ] || break
    sleep 0.1
done'

by_mail() {
	KEY=$OWNER_KEY cgi_send POST /v1/invitations \
	    "{\"email\": \"$guest\", \"role\": \"user\"}"
	expect_status 201
	INVITED=$(json .invitation.metadata.id)
}

mail_state() {
	sql "SELECT mail_state FROM invitations WHERE id = '$INVITED'"
}

@test "postfix: a user without rights sends, and the mail arrives as it was written" {
	by_mail
	mails=$place
	with_postfix "postfix start; send; $wait_for_mail
	    cat /var/spool/postfix/mailboxes/all/new/* > '$place/mail.1'
	    postfix stop" > "$BATS_TEST_TMPDIR/out" 2>&1 || { cat "$BATS_TEST_TMPDIR/out"; return 1; }
	[ "$(mail_state)" = sent ]
	[ "$(mail_field 1 Delivered-To)" = "$guest" ]
	[ "$(mail_field 1 Return-Path)" = '<service@example.org>' ]
	[ "$(mail_field 1 Subject)" = Invitation ]
	[ "$(mail_field 1 To)" = "<$guest>" ]
	token_of 1 accept
	accept '' '"password": "correct horse battery"'
	expect_status 201
}

@test "postfix: while it is stopped its queue takes the mail" {
	by_mail
	mails=$place
	with_postfix "postfix start; postfix stop; send
	    [ -z \"\$(ls /var/spool/postfix/mailboxes/all/new 2> /dev/null)\" ]
	    postfix start; $wait_for_mail
	    cat /var/spool/postfix/mailboxes/all/new/* > '$place/mail.1'
	    postfix stop" > "$BATS_TEST_TMPDIR/out" 2>&1 || { cat "$BATS_TEST_TMPDIR/out"; return 1; }
	[ "$(mail_state)" = sent ]
	token_of 1 accept
}

@test "postfix: who may not gain the rights of postdrop fails, and nothing is lost" {
	echo 'mail_deadline = 5' >> "$place/tenantry.conf"
	by_mail
	with_postfix 'postfix start
	    ! send --no-new-privs
	    postfix stop' > "$BATS_TEST_TMPDIR/out" 2>&1 || { cat "$BATS_TEST_TMPDIR/out"; return 1; }
	[ "$(mail_state)" = queued ]
	[ "$(outbox attempts)" = 1 ]
	# postdrop says so and tries again and again
	[[ $(outbox last_error) == *'more than 5 s: '*postdrop*'Permission denied'* ]]
}
