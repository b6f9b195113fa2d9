#!/usr/bin/env bats
# The blocks of commands in README.md and docs/: each is run, here or by another
# test, or docs.blocks says why not.  What operations.md says is done on a database
# of its own: accounts, settings, web server, users, backup, rotation.
# shellcheck disable=SC1091,SC2016,SC2030,SC2031,SC2154

bats_require_minimum_version 1.5.0

ROOT=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
: "${CTL:=$ROOT/build/tenantryctl}" "${PROGRAM:=$ROOT/cgi-bin/tenantry.fcgi}"
# shellcheck source=tools/process.bash
. "$ROOT/tools/process.bash"

# Languages of blocks that are no commands.
data='^(css|ini|yaml|sql|c|json|js)$'

# blocks: PAGE, a tab, and the first line, of each block of commands.
blocks() {
	(cd "$ROOT" && awk -v data="$data" '
	    FNR == 1 { inside = 0 }
	    /^ *```/ {
		inside = !inside
		language = $0
		sub(/^ *```/, "", language)
		first = inside && language !~ data
		next
	    }
	    first && NF {
		sub(/^ */, "")
		# what a service answers
		if (!/^\{/)
			print FILENAME "\t" $0
		first = 0
	    }' README.md docs/*.md)
}

# rows: those of docs.blocks.
rows() {
	grep -v '^#' "$BATS_TEST_DIRNAME/docs.blocks"
}

# block PAGE BEGINNING: the whole of it.
block() {
	awk -v beginning="$2" '
	    /^ *```/ { inside = !inside; first = inside; show = 0; next }
	    first && NF {
		line = $0
		sub(/^ */, "", line)
		show = index(line, beginning) == 1
		first = 0
	    }
	    show { print }' "$ROOT/$1"
}

# How many rows of docs.blocks a block has.
rows_of_block() { # PAGE LINE
	local page begins count=0

	while IFS=$'\t' read -r page begins _; do
		[ "$page" = "$1" ] || continue
		[ "$begins" != '*' ] && [ "${2:0:${#begins}}" != "$begins" ] ||
		    count=$((count + 1))
	done < <(rows)
	echo "$count"
}

@test "docs: each block of commands is run, or it is said why not" {
	local page line missing=0

	while IFS=$'\t' read -r page line; do
		[ "$(rows_of_block "$page" "$line")" = 0 ] || continue
		echo "not in docs.blocks: $page: $line"
		missing=1
	done < <(blocks)
	[ "$missing" = 0 ]
	[ "$(blocks | wc -l)" -ge 50 ]
}

@test "docs: each row of the list has its block, and the test that it names runs it" {
	local page begins how file word stale=0

	while IFS=$'\t' read -r page begins how; do
		if [ "$begins" = '*' ]; then
			block=$(< "$ROOT/$page")
		else
			block=$(block "$page" "$begins")
		fi
		[ -n "$block" ] || { echo "no such block: $page $begins"; stale=1; }
		read -r how file word <<< "$how"
		case $how in
		run) ;;
		not) [ -n "$word" ] ;;
		by)
			[ -n "$word" ]
			[[ $block == *"$word"* ]] ||
			    { echo "not in the block: $word"; stale=1; }
			grep -qF -- "$word" "$ROOT/$file" ||
			    { echo "not in $file: $word"; stale=1; }
			;;
		*) false ;;
		esac
	done < <(rows)
	[ "$stale" = 0 ]
}

# --- a machine of its own -----------------------------------------------------

# The page's places and accounts become those of this test; what it does as
# another account is done as this one.
here() {
	sed -e "s,/etc/tenantry,$top/etc/tenantry,g" -e "s,-C / ,-C $top ,g" \
	    -e "s,/var/lib/tenantry,$top/var/lib/tenantry,g" \
	    -e "s,/run/mysqld/mysqld.sock,$STATE/run/db.sock,g" \
	    -e "s,/usr/local/lib/tenantry/tenantry.fcgi,$PROGRAM,g" \
	    -e "s,/usr/local/share/tenantry,$ROOT,g" -e "s,8080,$port,g"
}

shim() { # NAME LINES
	printf '#!/bin/bash\n%s\n' "$2" > "$top/bin/$1"
	chmod 755 "$top/bin/$1"
}

make_shims() {
	local at

	at="--no-defaults --socket=$STATE/run/db.sock --user=$(id -un)"

	shim sudo 'while [ "$1" = -u ]; do shift 2; done; exec "$@"'
	shim mariadb "exec $(command -v mariadb) $at \"\$@\""
	shim mariadb-dump "exec $(command -v mariadb-dump) $at \"\$@\""
	shim tenantryctl "TENANTRY_CONF=$top/etc/tenantry/tenantry.conf \
	    exec $CTL \"\$@\""
	shim chown ''
	shim install 'for a; do shift
	case $a in -o | -g) skip=1 ;; *)
		[ -n "$skip" ] || set -- "$@" "$a"; skip="" ;; esac; done
	exec /usr/bin/install "$@"'
	shim curl "exec $(command -v curl) --silent --show-error --fail-with-body \
	    --noproxy '*' --max-time 60 \"\$@\""
}

# walk PAGE < LINES: BEGINNING of a block of the page, or a line of the test's own
# behind `!`; carried out by one shell.
walk() {
	local line

	{
		echo 'set -eu'
		while IFS= read -r line; do
			if [[ $line == !* ]]; then
				echo "${line#!}"
			else
				grep -qF "$1	$line" \
				    "$BATS_TEST_DIRNAME/docs.blocks"
				echo "echo '--- ${line//\'/}' >&2"
				block "$1" "$line" | sed "s/\bID\b/\$org/g"
			fi || return
		done
	} | here > "$top/script"
	(
		cd "$top" || exit
		PATH=$top/bin:$PATH:/usr/sbin
		run timeout -s KILL 200 bash "$top/script" < /dev/null
		[ "$status" = 0 ] || {
			tail -n 15 <<< "$output" | cut -c 1-300
			return 1
		}
	)
}

setup_file() {
	STATE=$(mktemp -d /tmp/tenantry-docs.XXXXXX)
	top=$STATE/machine
	port=$(free_port)
	export STATE top port CTL PROGRAM
	mkdir -p "$top/bin" "$top/etc/tenantry" "$top/var/lib"
	make_shims
	"$ROOT/tools/instance.sh" database-start < /dev/null 3>&-
}

teardown_file() {
	local pid=$top/var/lib/tenantry/run/lighttpd.pid

	[ ! -s "$pid" ] || kill -TERM "$(cat "$pid")"
	"$ROOT/tools/instance.sh" database-stop < /dev/null 3>&-
	rm -rf "$STATE"
}

@test "docs: operations.md works from top to bottom" {
	walk docs/operations.md <<-'END'
	app=$(openssl rand
	data=/var/lib/tenantry
	sudo tenantryctl init
	sudo tee /etc/tenantry/lighttpd.env
	sudo -u www-data tenantryctl mail list
	key=$(sudo -u www-data
	sudo tenantryctl user add
	!made=$(curl -H "X-Api-Key: $key" http://127.0.0.1:8080/v1/organizations -d '{"organizationName": "Acme", "accountName": "a", "eulaAccepted": true}')
	!org=$(jq -r .organization.metadata.id <<< "$made")
	!api=http://127.0.0.1:8080/v1/organizations/$org
	!curl -H "X-Api-Key: $key" -X PUT $api/license -d '{"createLicenseType": "growth"}'
	sudo -u www-data tenantryctl key add --owner
	sudo -u www-data tenantryctl licence issue
	!tenantryctl user add --email ada@example.org
	sudo -u www-data tenantryctl user erase
	sudo -u www-data tenantryctl export
	!tenantryctl user add --email ada@example.org
	!echo 'Grace,grace@example.org,user' > people.csv
	!tenantryctl member add --org $org --user ada@example.org --role admin
	sudo -u www-data tenantryctl import-members
	mariadb tenantry -e
	!curl -H "X-Api-Key: $key" -X DELETE $api
	tenantryctl org restore ID
	tenantryctl purge
	(umask 077
	sudo mariadb -e 'CREATE DATABASE restored
	sudo sed -i -e "s,^licence_signing_key
	next=$(openssl rand
	!printf 'key=%s\norg=%s\n' "$key" "$org" > kept
	END
	[ -s "$top/tenantry.sql.gz" ]
	[ -s "$top/acme.ndjson" ]
	tar tzf "$top/tenantry-settings.tar.gz" | grep -q licence-signing.pem
	[ "$(find "$top/var/lib/tenantry/keys" -name 'licence-*' | wc -l)" = 4 ]
	grep -q '^db_user = tenantry_2$' "$top/etc/tenantry/tenantry.conf"
}

@test "docs: check.md, invitations.md and audit.md work on what operations.md made" {
	. "$top/kept"
	tell="!key=$key org=$org TENANTRY_URL=http://127.0.0.1:8080"
	walk docs/check.md <<-END
	$tell
	!SERVICE_KEY=\$key USERS_KEY=\$key
	!curl() { command curl -H "X-Organization-ID: \$org" "\$@" | tee check.json; }
	curl -H "X-Api-Key: \$SERVICE_KEY"
	END
	jq -e '.reason == "ok" and .allowed' "$top/check.json"
	walk docs/invitations.md <<-END
	$tell TENANTRY_API_KEY=$key
	key="X-Api-Key
	!tenantryctl member list --org $org > /dev/null
	!curl() { command curl "\$@" | tee answer; }
	!for i in \$(curl -H "\$key" -H "\$in" \$url/v1/invitations | jq -r '.invitations[].metadata.id'); do curl -H "\$key" -X DELETE \$url/v1/invitations/\$i; done
	curl -H "\$key" -H "\$in" \$url/v1/invitations
	!token=\$(jq -r .link answer); token=\${token##*/}
	curl \$url/v1/invitations/lookup
	curl \$url/v1/invitations/accept
	END
	walk docs/audit.md <<-END
	$tell
	!url=\$TENANTRY_URL raw=\$key key="X-Api-Key: \$key"
	!FILE=head.kept
	!tenantryctl audit head --org $org > FILE
	!curl() { command curl -H "X-Organization-ID: \$org" "\$@"; }
	curl -H "\$key" "\$url/v1/audit-events?min-date
	curl -H "\$key" "\$url/v1/organizations/\$org/changes
	tenantryctl audit verify
	!curl() { command curl "\$@"; }
	tenantryctl audit head
	tenantryctl audit export
	END
	grep -q '"action":"organization.create"' "$top/trail.ndjson"
	[ -s "$top/2026-12-01.head" ]
}
