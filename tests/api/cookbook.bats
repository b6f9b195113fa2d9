#!/usr/bin/env bats
# The lines of docs/api.md, from top to bottom.
# shellcheck disable=SC2034,SC2154 # used by the lines; set by helpers

setup() {
	load helper
	load tenancy
}

page=$BATS_TEST_DIRNAME/../../docs/api.md

lines() {
	sed -n '/^```sh$/,/^```$/{/^```/d; p}' "$page"
}

# wanted: for each call, in the order of the page, the status that it says.  The
# two of a loop are called as often as the page makes them be.
wanted() {
	lines | awk '
	    /curl .*# [0-9]+$/ { print $NF; next }
	    /^for n in 1 2 3 4/ { for (i = 0; i < 4; i++) print "2.."; next }
	    /curl -D head/ { for (i = 0; i < 3; i++) print "2.."; next }
	    /curl / { print "2.." }'
}

@test "cookbook: the lines of docs/api.md answer what they say" {
	local status wanted i=0

	cd "$BATS_TEST_TMPDIR" || return
	lines > lines
	export name license
	name=$(unique Cookbook)
	license=$(issue --type enterprise)
	cat > run <<-'END'
	curl() {
		command curl --silent --noproxy '*' --max-time 60 \
		    --write-out '%{stderr}%{http_code}\n' "$@" 2>> codes
	}
	set -eu
	END
	run bash -c '. ./run; . ./lines' < /dev/null
	cut -c 1-200 <<< "$output"
	[ "$status" = 0 ]
	mapfile -t codes < codes
	while read -r wanted; do
		echo "call $i: ${codes[i]-none}, the page says $wanted"
		[[ ${codes[i]-none} =~ ^$wanted$ ]]
		i=$((i + 1))
	done < <(wanted)
	[ "$i" = "${#codes[@]}" ]
	[ "$i" -ge 40 ]
	# what the page says of the pages, and of a write that is sent again
	for i in 1 2 3 4; do
		[ "$(grep -cx "Stage $i" <<< "$output")" = 1 ]
	done
	[ "$(grep -o '"displayName":"Order 4711"' <<< "$output" | wc -l)" = 2 ]
	[ "$(grep -c 'Production' <<< "$output")" -ge 1 ]
}
