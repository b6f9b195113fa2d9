# A program in place of sendmail, and what it was given.
#
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # set for, or by, the test file

# sendmail_does LINES: what it does.  $folder is where it keeps mails: mail.N, with
# the arguments in args.N, N from 1 on.
sendmail_does() {
	printf '#!/bin/bash\nfolder=%q\n%s\n' "$mails" "$1" > "$sendmail.new"
	chmod 755 "$sendmail.new"
	mv "$sendmail.new" "$sendmail"
}

# shellcheck disable=SC2016
keep='n=1; until ( set -C; : > "$folder/args.$n" ) 2> /dev/null; do n=$((n + 1)); done
printf "%s\n" "$@" > "$folder/args.$n"; cat > "$folder/mail.$n"'

# mail_on [LINE...]: settings with mail, by a program that keeps what it gets.
mail_on() {
	mails=$BATS_TEST_TMPDIR/mails
	sendmail=$BATS_TEST_TMPDIR/sendmail
	mkdir -p "$mails"
	sendmail_does "$keep"
	settings "mail = $sendmail -oi" 'mail_from = service@tenantry.example' \
	    'public_prefix = https://tenantry.example/t' "$@"
	# what other tests have left
	sql "UPDATE outbox SET state = 'dropped',
	    ended_at = UTC_TIMESTAMP(3) WHERE state = 'queued'"
}

# send STATUS [ARGUMENT...]
send() {
	local expected=$1

	shift
	run --separate-stderr timeout -s KILL 120 env TENANTRY_CONF="$CONF" \
	    "$CTL" mail send "$@"
	[ "$status" = "$expected" ] || {
		echo "mail send: $status $output $stderr"
		return 1
	}
}

# mail_count: how many were taken.
mail_count() {
	find "$mails" -name 'mail.*' | wc -l
}

# part N TYPE: of mail N, decoded.
part() {
	perl -MMIME::QuotedPrint -0777 -ne '
	    my ($type) = "'"$2"'";
	    my ($boundary) = /boundary="([^"]+)"/ or die;
	    for (split /\n--\Q$boundary\E(?:--)?\n/) {
		next unless /^Content-Type: text\/$type;.*?\n\n(.*)/s;
		print decode_qp("$1\n");
	    }' "$mails/mail.$1"
}

# token_of N PAGE: sets TOKEN to that of the link to a page in mail N.
token_of() {
	local text

	text=$(part "$1" plain)
	[[ $text =~ https://tenantry.example/t/#/$2/([0-9A-Z]{26}_[0-9a-z]{32})$'\n' ]] || {
		echo "no link to $2 in: $text"
		return 1
	}
	TOKEN=${BASH_REMATCH[1]}
}

# mail_field N NAME: a header field, unfolded.
mail_field() {
	perl -0777 -ne 'my ($head) = split /\n\n/; $head =~ s/\n / /g;
	    print "$1\n" if $head =~ /^'"$2"': (.*)$/m' "$mails/mail.$1"
}

# make_due: what waits, or is claimed, is due now.
make_due() {
	sql "UPDATE outbox SET due_at = UTC_TIMESTAMP(3)
	    WHERE state = 'queued'"
}

# outbox [COLUMNS]: of the newest mail.
outbox() {
	sql "SELECT ${1-state} FROM outbox ORDER BY id DESC LIMIT 1"
}

# token_is_nowhere TOKEN: neither in the database nor in a log.
token_is_nowhere() {
	local secret=${1##*_} table

	for table in $(sql "SELECT table_name FROM information_schema.tables
	    WHERE table_schema = DATABASE()"); do
		! sql "SELECT * FROM $table" | grep -aF "$secret" || return 1
	done
	! service_log | grep -F "$secret" || return 1
	! grep -F "$secret" "$log_file"
}
