# Places for hashing passwords, which are locks of bytes of a file.
# shellcheck shell=bash disable=SC2154 # the helper sets them

# hold_slots BYTE...: another process has them; it is HOLDER.
hold_slots() {
	local said=$BATS_TEST_TMPDIR/held

	rm -f "$said"
	perl -MFcntl -e '
	    $| = 1;
	    open(my $file, "+<", shift) or die "open: $!";
	    for (@ARGV) {
		fcntl($file, F_SETLK, pack("s s x4 q q l x4", F_WRLCK, 0,
		    $_, 1, 0)) or die "fcntl: $!";
	    }
	    print "held\n";
	    sleep 100' "$(lock_file)" "$@" > "$said" 3>&- &
	HOLDER=$!
	within 10 grep -q held "$said"
}

release_slots() {
	[ -n "${HOLDER:-}" ] || return 0
	kill "$HOLDER" 2> /dev/null || true
	wait "$HOLDER" 2> /dev/null || true
	HOLDER=''
}

lock_file() {
	sed -n 's/^ *run_dir *= *\(.*\)/\1\/hashing.lock/p' "$served_conf"
}
