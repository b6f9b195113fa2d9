#!/usr/bin/env bash
# Turns files into C arrays, so that the programs need no files at run time.
#
#   embed.sh schema FILE.sql... OUT.c      (NNN_name.sql, in order of version)
#   embed.sh invariants FILE.sql... OUT.c  (schema/invariants/README.md)
#   embed.sh console FILE... OUT.c         (what the console's page loads)
#   embed.sh commit OUT.c                  (of the checkout, else of the tarball)
set -euo pipefail

# The bytes of a file as character constants, closed by a NUL.
bytes() {
	od -An -v -tx1 "$1" | sed "s/ \(..\)/'\\\\x\1',/g"
	printf "'\\\\0'\\n"
}

schema() {
	local file name rows='' version oldest

	echo '#include "store/schema.h"'
	for file; do
		name=$(basename "$file")
		version=$((10#${name%%_*}))
		oldest=$(sed -n 's/^-- Oldest program: 0*\([0-9]*\)$/\1/p' "$file")
		printf '\nstatic const char text_%d[] = {\n' "$version"
		bytes "$file"
		echo '};'
		rows+=$(printf '\t{ %d, %d, "%s", text_%d, sizeof(text_%d) - 1 },' \
		    "$version" "${oldest:-$version}" "$name" "$version" \
		    "$version")$'\n'
	done
	printf '\nconst struct schema_file schema_files[] = {\n%s};\n' "$rows"
	printf 'const size_t schema_file_count = %d;\n' $#
}

# The first line says what is wrong with a row that the statement gives.
invariants() {
	local file name broken make table rows='' pointers=''
	local -i n=0

	printf '#include "edge/name.h"\n#include "store/deep.h"\n'
	for file; do
		name=$(basename "$file" .sql)
		broken=$(sed -n '1s/^-- \([A-Za-z0-9 ,]*\)$/\1/p' "$file")
		make=$(sed -n 's/^-- Name made by: \([a-z_]*\)$/\1/p' "$file")
		if [ -z "$broken" ]; then
			echo "$file: the first line is not \"-- words\"" >&2
			return 1
		fi
		table=deep_id_table
		[ -z "$make" ] || table=deep_name_table
		printf '\nstatic const char text_%s[] = {\n' "$name"
		sed '/^-- /d' "$file" | bytes -
		echo '};'
		rows+=$(printf '\tDEEP_INVARIANT(text_%s, %s, %s, "%s"),' \
		    "$name" "$table" "${make:-NULL}" "$broken")$'\n'
		pointers+=$'\t'"&deep_invariants[$((n++))].statement,"$'\n'
	done
	printf '\nconst struct invariant deep_invariants[] = {\n%s};\n' "$rows"
	printf '\nconst struct statement *const deep_statements[] = {\n'
	printf '%s\tNULL,\n};\nconst int deep_count = %d;\n' "$pointers" $#
}

# What it is, and what the page calls it.
type_of() { # FILE
	case $1 in
	*.html) echo 'text/html; charset=utf-8' ;;
	*.css) echo 'text/css; charset=utf-8' ;;
	*.js) echo 'text/javascript; charset=utf-8' ;;
	*.svg) echo 'image/svg+xml' ;;
	*)
		echo "$1: of no known type" >&2
		return 1
		;;
	esac
}

# What a browser does not need: a line of the console's own modules and style
# sheets that has a comment alone becomes an empty one, so that the numbers of
# the lines stay.  What is vendored keeps its every byte.
lean() { # FILE DIGEST
	case $1 in
	*/lit-html.js) cat "$1" ;;
	*.js) sed 's,^\t*//.*,,' "$1" ;;
	*.css) sed 's,^\t*/\*[^*]*\*/$,,' "$1" ;;
	*) sed "s/@DIGEST@/$2/g" "$1" ;;
	esac
}

# Each file plain and compressed.  `@DIGEST@` in the page becomes the digest of
# all of them, which is the folder that the others are called in.
console() {
	local file name type digest length short all rows='' text
	local -i n=0

	all=$(sha256sum -- "$@" | cut -d ' ' -f 1 | sha256sum)
	all=${all:0:16}
	text=$(mktemp)
	echo '#include "http/asset.h"'
	for file; do
		name=$(basename "$file")
		type=$(type_of "$name")
		lean "$file" "$all" > "$text"
		length=$(wc -c < "$text")
		digest=$(sha256sum < "$text")
		printf '\nstatic const char plain_%d[] = {\n' "$n"
		bytes "$text"
		printf '};\nstatic const char gzip_%d[] = {\n' "$n"
		gzip -9n < "$text" > "$text.gz"
		bytes "$text.gz"
		echo '};'
		short=$(wc -c < "$text.gz")
		[ "$name" != index.html ] || name=
		rows+=$(printf '\t{ "%s", "%s", plain_%d, %d, gzip_%d, %d, "%.32s" },' \
		    "$name" "$type" "$n" "$length" "$n" "$short" \
		    "$digest")$'\n'
		n+=1
	done
	rm -f "$text" "$text.gz"
	printf '\nconst struct asset console_assets[] = {\n%s};\n' "$rows"
	printf 'const size_t console_asset_count = %d;\n' "$n"
	printf 'const char console_digest[] = "%s";\n' "$all"
}

# `git archive` puts its commit into src/base/commit (.gitattributes).
commit() {
	local id

	id=$(cat src/base/commit)
	[[ $id =~ ^[0-9a-f]{40}$ ]] || id=''
	if [ "$(git rev-parse --show-toplevel 2> /dev/null)" = "$PWD" ]; then
		id=$(git rev-parse HEAD)
	fi
	id=${id:0:12}
	echo '#include "base/version.h"'
	echo
	echo "const char version_commit[] = \"${id:-unknown}\";"
}

kind=$1
out=${*: -1}
set -- "${@:2:$#-2}"
mkdir -p "$(dirname "$out")"
temporary=$(mktemp "$out.XXXXXX")
trap 'rm -f "$temporary"' EXIT
"$kind" "$@" > "$temporary"
chmod 644 "$temporary"
# This one is asked for each time: the same commit makes nothing anew.
[ "$kind" != commit ] || ! cmp -s "$temporary" "$out" || exit 0
mv "$temporary" "$out"
