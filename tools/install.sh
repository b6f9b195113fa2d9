#!/usr/bin/env bash
# Installs, removes, or lists what an installation consists of.
#
#   install.sh install|uninstall|list
#
# From the environment: DESTDIR (put before every path), PREFIX, SYSCONFDIR, and
# the built PROGRAM and CTL.  `list` prints mode, source and place of each file.
set -euo pipefail
unset CDPATH
export LC_ALL=C

cd "$(dirname "$0")/.."
prefix=${PREFIX:-/usr/local}
sysconfdir=${SYSCONFDIR:-/etc}
destdir=${DESTDIR:-}
share=$prefix/share
own=("$sysconfdir/tenantry" "$prefix/lib/tenantry" "$share/tenantry"
    "$share/doc/tenantry")

list() {
	local file

	echo "755 ${CTL:-build/tenantryctl} $prefix/bin/tenantryctl"
	echo "755 ${PROGRAM:-cgi-bin/tenantry.fcgi} $prefix/lib/tenantry/tenantry.fcgi"
	find conf htdocs schema -type f | sort | while read -r file; do
		echo "644 $file $share/tenantry/$file"
	done
	for file in docs/man/*.[1-8]; do
		echo "644 $file $share/man/man${file##*.}/${file##*/}"
	done
	file=tools/completion/tenantryctl
	echo "644 $file $share/bash-completion/completions/tenantryctl"
	for file in LICENSE CHANGELOG.md docs/operations.md; do
		echo "644 $file $share/doc/tenantry/${file##*/}"
	done
	# Its copy will hold passwords, and a copy has the mode of what it is of.
	for file in tenantry tenantry-admin; do
		echo "600 conf/$file.conf.example $sysconfdir/tenantry/$file.conf.example"
	done
}

# What names installed places is written with those of this installation.
localized() { # FILE
	case $1 in
	conf/* | docs/*)
		sed -e "s,/usr/local/\(bin\|lib\|share\),$prefix/\1,g" \
		    -e "s,/etc/tenantry,$sysconfdir/tenantry,g" "$1"
		;;
	*) cat "$1" ;;
	esac
}

install_files() {
	local mode source place

	list | while read -r mode source place; do
		localized "$source" |
		    install -D -m "$mode" /dev/stdin "$destdir$place"
	done
}

# Settings, keys and whatever else is not of the list stays.
uninstall_files() {
	local mode source place

	list | while read -r mode source place; do
		rm -f "$destdir$place"
	done
	for place in "${own[@]}"; do
		[ ! -d "$destdir$place" ] ||
		    find "$destdir$place" -depth -type d -empty -delete
	done
}

case ${1:-} in
install) install_files ;;
uninstall) uninstall_files ;;
list) list ;;
*)
	sed -n '4s/^# *//p' "$0" >&2
	exit 2
	;;
esac
