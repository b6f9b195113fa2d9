# Processes that a script starts, records, recognizes and ends, and ports for
# them; nothing else is ever signalled.  Each is recorded in a file NAME.process
# of the folder $state with its start time, so that a pid which has gone to
# another program since is told apart.
#
# shellcheck shell=bash
# shellcheck disable=SC2154  # state is set by the script that reads this

# Tries a command every 50 ms until it succeeds; false after so many seconds.
wait_for() {
	local end=$((SECONDS + $1 + 1))

	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

read -r boot < /proc/sys/kernel/random/boot_id

# Sets birth: when a process started, as something that no other process can
# share; nothing where it has ended (a zombie has).
find_birth() { # PID
	local line fields

	birth=''
	{ read -r line < "/proc/$1/stat"; } 2> /dev/null || return 0
	read -ra fields <<< "${line##*) }"
	[[ ${fields[0]} == [ZX] ]] || birth=${fields[19]}@$boot
}

# Sets pid: of what become_detached recorded; false where it has ended.
recall() { # NAME
	local recorded birth

	pid=''
	[ -s "$state/$1.process" ] || return 1
	read -r pid recorded < "$state/$1.process" || return 1
	find_birth "$pid"
	[ -n "$birth" ] && [ "$birth" = "$recorded" ]
}

is_gone() { # PID BIRTH
	local birth

	find_birth "$1"
	[ "$birth" != "$2" ]
}

# Ends a process: a signal, repeated as one that is just starting may lose it,
# patience, and in the end KILL.
end_process() { # PID SIGNAL SECONDS
	local birth end=$((SECONDS + $3))

	find_birth "$1"
	[ -n "$birth" ] || return 0
	while [ "$SECONDS" -lt "$end" ]; do
		kill "-$2" "$1" 2> /dev/null || true
		kill -CONT "$1" 2> /dev/null || true
		! wait_for 2 is_gone "$1" "$birth" || return 0
	done
	kill -KILL "$1" 2> /dev/null || true
	wait_for 5 is_gone "$1" "$birth" || true
}

# Waits until the process of become_detached has recorded itself.
started() { # NAME PID
	wait_for 10 has_recorded "$1" "$2"
}

has_recorded() {
	grep -q "^$2 " "$state/$1.process" 2> /dev/null
}

# Replaces this (sub)shell by a program of its own session that holds nothing
# of the caller's: no terminal, no pipe, no descriptor, no folder.  It records
# itself first, so that there is no moment in which it runs unrecorded.
become_detached() { # NAME LOG PROGRAM ARGUMENT...
	local birth log=$2 fd

	find_birth "$BASHPID"
	echo "$BASHPID $birth" > "$state/$1.process"
	shift 2
	cd /
	exec < /dev/null >> "$log" 2>&1
	for fd in /proc/self/fd/*; do
		fd=${fd##*/}
		[ "$fd" -le 2 ] || eval "exec $fd>&-"
	done
	exec setsid "$@"
}

# The pids of the processes that have a text in their environment, one a line:
# what a web server started (and more of it, when one died).
pids_with_mark() { # TEXT
	local birth file

	while read -r file; do
		file=${file%/environ}
		find_birth "${file#/proc/}"
		[ -z "$birth" ] || echo "${file#/proc/}"
	done < <(grep -lsF "$1" /proc/[0-9]*/environ)
}

# Prints a port of 127.0.0.1 that nobody listens on now, below those that the
# kernel hands out for outgoing connections.
free_port() {
	local port

	while port=$((20000 + RANDOM % 12000)); do
		(exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null ||
		    { echo "$port"; return; }
	done
}
