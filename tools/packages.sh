#!/usr/bin/env bash
# Names the Debian packages that are missing and installs them where it may.
#
#   packages.sh SET...   sets: run, test, hosts, cluster, faults, lint, openapi,
#                        browsers, bench, fuzz, attack, corpora
#
# What is looked for is the tool, header or library itself; the package is only
# where Debian has it.  So a tool from elsewhere counts, and other systems learn
# what they lack.
set -euo pipefail

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# set      kind     what                               Debian package
needs='
run        command  gcc                                gcc
run        file     stdlib.h                           libc6-dev
run        command  make                               make
run        command  pkg-config                         pkg-config
run        file     fcgiapp.h                          libfcgi-dev
run        library  mysqlclient|libmariadb|mariadb     libmariadb-dev
run        library  json-c                             libjson-c-dev
run        library  libcrypto                          libssl-dev
run        library  libutf8proc                        libutf8proc-dev
run        library  libcrypt                           libcrypt-dev
run        command  mariadbd                           mariadb-server-core
run        command  mariadb-install-db                 mariadb-server-core
run        command  mariadb                            mariadb-client-core
run        command  lighttpd                           lighttpd
run        command  curl                               curl
test       command  bats                               bats
test       command  jq                                 jq
test       command  perl                               perl
test       command  pkill                              procps
test       library  cmocka                             libcmocka-dev
test       command  valgrind                           valgrind
test       command  readelf                            binutils
test       command  openssl                            openssl
test       command  varnishd                           varnish
test       command  wget                               wget
test       command  lynx                               lynx
test       command  python3                            python3
test       file     perl5/LWP/UserAgent.pm             libwww-perl
test       command  php                                php8.2-cli
test       command  logrotate                          logrotate
test       command  fail2ban-regex                     fail2ban
test       command  lnav                               lnav
test       command  goaccess                           goaccess
test       command  postfix                            postfix
test       command  patch                              patch
test       file     unicode/emoji/emoji-test.txt       unicode-data
hosts      command  apache2                            apache2-bin
hosts      file     apache2/modules/mod_fcgid.so       libapache2-mod-fcgid
hosts      file     apache2/modules/mod_security2.so   libapache2-mod-security2
hosts      file     modsecurity-crs/owasp-crs.load     modsecurity-crs
hosts      file     lighttpd/mod_deflate.so            lighttpd-mod-deflate
hosts      command  node                               nodejs
hosts      command  nginx                              nginx-light
hosts      command  spawn-fcgi                         spawn-fcgi
hosts      file     apache2/suexec                      apache2-suexec-pristine
hosts      command  systemd-analyze                    systemd
hosts      command  systemd-socket-activate            systemd
cluster    command  wsrep_sst_mariabackup              mariadb-server
cluster    file     galera/libgalera_smm.so            galera-4
cluster    command  mariabackup                        mariadb-backup
cluster    command  socat                              socat
cluster    command  ss                                 iproute2
cluster    command  python3                            python3-minimal
faults     command  slowhttptest                       slowhttptest
faults     file     faketime/libfaketime.so.1          libfaketime
attack     command  sqlmap                             sqlmap
attack     command  ffuf                               ffuf
attack     command  wapiti                             wapiti
attack     command  python3                            python3
lint       command  clang                              clang
lint       command  clang-format                       clang-format
lint       command  clang-tidy                         clang-tidy
lint       command  cppcheck                           cppcheck
lint       command  shellcheck                         shellcheck
lint       command  mandoc                             mandoc
lint       command  promtool                           prometheus
browsers   command  chromium                           chromium
browsers   command  firefox-esr                        firefox-esr
browsers   command  node                               nodejs
browsers   command  npm                                npm
browsers   command  javac                              openjdk-17-jdk-headless
openapi    command  node                               nodejs
openapi    command  npm                                npm
bench      command  python3                            python3
bench      command  wrk                                wrk
bench      command  ab                                 apache2-utils
bench      command  strace                             strace
bench      command  gnuplot                            gnuplot-nox
bench      command  apache2                            apache2-bin
bench      file     apache2/modules/mod_fcgid.so       libapache2-mod-fcgid
bench      command  nginx                              nginx-light
bench      command  go                                 golang-go
bench      file     go-sql-driver/mysql/driver.go      golang-github-go-sql-driver-mysql-dev
bench      command  node                               nodejs
bench      command  npm                                npm
bench      command  php-fpm8.2                         php8.2-fpm
bench      file     php/20220829/mysqli.so             php8.2-mysql
corpora    library  cmocka                             libcmocka-dev
corpora    command  node                               nodejs
corpora    command  npm                                npm
corpora    command  bzcat                              bzip2
corpora    file     unicode/NormalizationTest.txt.bz2  unicode-data
corpora    file     wfuzz/wordlist/Injections          wfuzz
corpora    file     python3/dist-packages/cryptography_vectors python3-cryptography-vectors
fuzz       command  clang                              clang
fuzz       clang    fuzzer                             libclang-rt-14-dev
fuzz       command  afl-clang-fast                     afl++
fuzz       command  afl-fuzz                           afl++
'

has() {
	local kind=$1 what=$2 folder name

	case $kind in
	command)
		command -v "$what" > /dev/null
		;;
	library)
		for name in ${what//|/ }; do
			pkg-config --exists "$name" 2> /dev/null && return
		done
		return 1
		;;
	clang) # what -fsanitize= links
		printf 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
		    clang -x c -fsanitize="$what" -o /dev/null - 2> /dev/null
		;;
	file)
		for folder in /usr/local/include /usr/include /usr/lib \
		    /usr/lib/*-linux-gnu* /usr/share \
		    /usr/share/gocode/src/github.com; do
			[ -e "$folder/$what" ] && return
		done
		return 1
		;;
	esac
}

missing() {
	local wanted=" $* " set kind what package

	while read -r set kind what package; do
		[[ -n $set && $wanted == *" $set "* ]] || continue
		has "$kind" "$what" || echo "$package"
	done <<< "$needs" | awk '!seen[$0]++'
}

# The packages of these would start a server, now and at every boot.  This
# program is here to run private ones, so that those stay off.
readonly policy=/usr/sbin/policy-rc.d
readonly servers='lighttpd apache2 nginx mariadb php-fpm8.2 fail2ban postfix'

# Of MariaDB only the package mariadb-server has a service, and this.
is_there() { # SERVER
	local command=${1/#mariadb/mariadbd-safe}

	command -v "${command/#fail2ban/fail2ban-server}" > /dev/null
}

install_packages() {
	local as_root=() quiet=(-qq -o Dpkg::Use-Pty=0) new=() server

	[ "$(id -u)" = 0 ] || as_root=(sudo -n)
	for server in $servers; do
		is_there "$server" || new+=("$server")
	done
	if [ ${#new[@]} != 0 ] && [ ! -e "$policy" ]; then
		trap '"${as_root[@]}" rm -f "$policy"' EXIT
		printf '#!/bin/sh\nexit 101\n' |
		    "${as_root[@]}" tee "$policy" > /dev/null
		"${as_root[@]}" chmod 755 "$policy"
	fi
	"${as_root[@]}" apt-get "${quiet[@]}" update
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get "${quiet[@]}" \
	    -o Acquire::Retries=3 -y --no-install-recommends install "$@" \
	    < /dev/null | sed -n 's/^Setting up \([^ ]*\).*/      \1/p'
	for server in "${new[@]}"; do
		if is_there "$server" && command -v systemctl > /dev/null; then
			[[ $server != php-fpm* ]] || server=php${server#php-fpm}-fpm
			"${as_root[@]}" systemctl disable "$server" \
			    > /dev/null 2>&1 || true
		fi
	done
	if [ -e "$policy" ] && [ -n "$(trap -p EXIT)" ]; then
		"${as_root[@]}" rm -f "$policy"
		trap - EXIT
	fi
}

if [ $# = 0 ]; then
	sed -n '4,5s/^# *//p' "$0" >&2
	exit 2
fi
mapfile -t packages < <(missing "$@")
if [ ${#packages[@]} = 0 ]; then
	echo "[1/6] packages: all there"
	exit
fi
echo "[1/6] packages missing: ${packages[*]}"
if ! command -v apt-get > /dev/null; then
	echo "Install them (these are Debian's names) and try again." >&2
	exit 1
fi
if [ "$(id -u)" != 0 ] && ! sudo -n true 2> /dev/null; then
	echo "Installing needs root.  Type this, then try again:" >&2
	echo "  sudo apt-get install --no-install-recommends ${packages[*]}" >&2
	exit 1
fi
echo "      installing them with apt-get"
install_packages "${packages[@]}"
mapfile -t packages < <(missing "$@")
if [ ${#packages[@]} != 0 ]; then
	echo "still missing after the installation: ${packages[*]}" >&2
	exit 1
fi
