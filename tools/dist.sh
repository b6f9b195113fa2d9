#!/usr/bin/env bash
# Makes a tarball in build/, the same bytes from the same commit and compiler.
#
#   dist.sh source VERSION    the committed tree
#   dist.sh binary VERSION    what a shared host needs; built with BUILD=portable
set -euo pipefail
unset CDPATH
export LC_ALL=C

cd "$(dirname "$0")/.."
version=$2
portable=build/portable
work=''
trap '[ -z "$work" ] || rm -rf "$work"' EXIT

is_checkout() {
	[ "$(git rev-parse --show-toplevel 2> /dev/null)" = "$PWD" ]
}

# Of the files in the tarball: the commit's time, else that of the version.
timestamp() {
	if is_checkout; then
		git log -1 --format=%ct
	else
		stat -c %Y src/base/version.h
	fi
}

done_with() {
	echo "$1: $(stat -c %s "$1") bytes"
}

source_tarball() {
	local name=tenantry-$version

	is_checkout || {
		echo 'dist.sh: no checkout: the sources are the tarball itself' >&2
		exit 1
	}
	mkdir -p build
	git archive --format=tar --prefix="$name/" HEAD |
	    gzip -n -9 > "build/$name.tar.gz.new"
	mv -f "build/$name.tar.gz.new" "build/$name.tar.gz"
	done_with "build/$name.tar.gz"
}

# What became part of the programs keeps its terms.
copy_licences() { # FOLDER
	local package file

	for package in libfcgi-dev libmariadb-dev libjson-c-dev libutf8proc-dev \
	    libssl-dev libcrypt-dev zlib1g-dev; do
		file=/usr/share/doc/$package/copyright
		[ -r "$file" ] || {
			echo "dist.sh: the licence of $package is missing" >&2
			exit 1
		}
		install -m 644 "$file" "$1/$package.txt"
	done
	install -m 644 htdocs/console/LICENSE "$1/lit-html.txt"
	# what those refer to
	for file in LGPL-2.1 Apache-2.0; do
		install -m 644 "/usr/share/common-licenses/$file" \
		    "$1/$file.txt"
	done
}

binary_tarball() {
	local name file place

	name=tenantry-$version-linux-$(uname -m)
	work=$(mktemp -d)
	mkdir -p "$work/$name"
	(
		cd "$work/$name"
		install -d -m 755 bin licences
		install -d -m 700 keys log run
	)
	install -m 755 $portable/tenantry.fcgi $portable/tenantryctl \
	    "$work/$name/bin"
	find conf htdocs schema docs/man -type f | sort |
	    while read -r file; do
		place=${file#docs/}
		install -D -m 644 "$file" "$work/$name/$place"
	done
	# as it is shown to the web server: uploaded, it needs no edit
	(
		cd "$work/$name"
		install -d -m 755 web
		install -m 644 conf/htaccess.example web/.htaccess
		install -m 755 conf/tenantry.fcgi.example web/tenantry.fcgi
		cp -R conf/errors htdocs/docs web
	)
	# for who unpacks it within the document root
	for place in . keys log run; do
		install -m 644 conf/htaccess.deny \
		    "$work/$name/$place/.htaccess"
	done
	install -m 644 tools/shared-host.conf \
	    "$work/$name/tenantry.conf.example"
	install -m 644 docs/shared-host.md "$work/$name/README-shared-host.md"
	install -m 644 LICENSE CHANGELOG.md "$work/$name"
	copy_licences "$work/$name/licences"
	find "$work/$name" -type d ! -perm 700 -exec chmod 755 {} +
	tar --create --directory="$work" --sort=name --format=ustar \
	    --mtime="@$(timestamp)" --owner=0 --group=0 --numeric-owner "$name" |
	    gzip -n -9 > "build/$name.tar.gz.new"
	mv -f "build/$name.tar.gz.new" "build/$name.tar.gz"
	done_with "build/$name.tar.gz"
}

case ${1:-} in
source) source_tarball ;;
binary) binary_tarball ;;
*)
	sed -n '4,5s/^# *//p' "$0" >&2
	exit 2
	;;
esac
