# A port of 127.0.0.1 for a server that a script is about to start.
#
# shellcheck shell=bash

# Prints one that nobody listens on now, below the ports that the kernel hands
# out for outgoing connections.
free_port() {
	local port

	while port=$((20000 + RANDOM % 12000)); do
		(exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null ||
		    { echo "$port"; return; }
	done
}
