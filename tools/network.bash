# A network of their own for a cluster's nodes: a namespace for each, with one
# wire to a switch in another, so that a wire can be pulled.  Needs root.
# Clients do not notice, since they come through Unix sockets.
#
# shellcheck shell=bash
# shellcheck disable=SC2154  # galera_port, nodes: of the script that reads this

namespace() { # N|switch
	echo "tenantry-$galera_port-$1"
}

# 198.18.0.0/15 is for tests of networks; nobody else sees it.
network_address() { # N
	echo "198.18.0.$1"
}

network_create() {
	local n switch name

	network_remove
	switch=$(namespace switch)
	ip netns add "$switch"
	ip -n "$switch" link add name switch type bridge
	ip -n "$switch" link set switch up
	for n in $nodes; do
		name=$(namespace "$n")
		ip netns add "$name"
		ip -n "$switch" link add name "node-$n" type veth \
		    peer name wire netns "$name"
		ip -n "$switch" link set "node-$n" master switch up
		ip -n "$name" address add "$(network_address "$n")/24" dev wire
		ip -n "$name" link set wire up
		ip -n "$name" link set lo up
	done
}

network_remove() {
	local n name

	for n in $nodes switch; do
		name=$(namespace "$n")
		[ ! -e "/run/netns/$name" ] || ip netns delete "$name"
	done
}

# Pulled at the switch: the node's own end keeps its address, and is told only
# that the line is dead.
network_wire() { # N down|up
	ip -n "$(namespace switch)" link set "node-$1" "$2"
}
