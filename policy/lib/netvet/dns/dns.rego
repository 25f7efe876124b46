# METADATA
# description: Whether a rule lets pods ask the cluster's DNS.
package lib.netvet.dns

import data.lib.netvet.cidr
import data.lib.netvet.namespace
import data.lib.netvet.networkpolicy
import data.lib.netvet.platform
import data.lib.netvet.port
import data.lib.netvet.selection
import data.lib.netvet.selector
import data.lib.netvet.workload

# Where DNS may answer: the servers in sight, with their own labels; else those that the platform is known to have.
servers := _visible if {
	count(_visible) > 0
} else := platform.dns_servers

_visible := {server |
	some known in platform.dns_servers
	some i in selection.pods([known.namespace, {"matchLabels": known.labels}])
	server := object.union(known, {"labels": workload.all[i].labels, "visible": true})
}

# A group of policies together lets its pods ask the cluster's DNS over the protocol.
granted(group, protocol) if {
	some i in selection.policies[group]
	policy := networkpolicy.all[i]
	some rule in policy.rules.Egress
	admits(rule, policy.namespace, protocol)
}

# A rule of the group means the cluster's DNS and misses it, for a reason that is told at the peer itself.
misdirected(group) if {
	some i in selection.policies[group]
	some rule in networkpolicy.all[i].rules.Egress
	some server in platform.dns_servers
	admits_port(rule, "UDP", server)
	some peer in rule.peers
	_misses(rule, peer, server)
}

# The egress rule admits the protocol on the DNS port of something that could be the cluster's DNS.
admits(rule, policy_namespace, protocol) if {
	some server in servers
	admits_port(rule, protocol, server)
	_could_reach(rule, policy_namespace, server)
}

# The rule's ports admit the protocol on the server's DNS port, whoever the peers are.
admits_port(rule, protocol, server) if port.admits(rule.ports, protocol, server.port, [
	{"name": "dns", "containerPort": server.port, "protocol": "UDP"},
	{"name": "dns-tcp", "containerPort": server.port, "protocol": "TCP"},
])

# The rule lists a DNS port: it was written for DNS.
intended(rule) if {
	some entry in rule.ports
	entry.port in {53, "dns", "dns-tcp"}
}

intended(rule) if {
	some server in servers
	some entry in rule.ports
	entry.port == server.port
}

# The peer could be a DNS server of that kind.
could_be(peer, _, _) if could_be_address(peer.ipBlock)

could_be(peer, policy_namespace, server) if {
	not peer.ipBlock
	_namespace_could_be(peer, policy_namespace, server)
	_pods_could_be(peer, server)
}

# A cluster's DNS has a private address. Where ipBlocks match no pods, only a resolver on the node is left.
could_be_address(block) if {
	not platform.ip_blocks_miss_pods
	some range in {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"}
	cidr.overlaps(block.cidr, range)
	not _excluded(block, range)
}

could_be_address(block) if {
	some range in {"100.64.0.0/10", "169.254.0.0/16"}
	cidr.includes(range, block.cidr)
}

# The peer names DNS pods by a label that only they carry, or their namespace by its name under any key that people use for it.
names(peer) if {
	some server in platform.dns_servers
	some key, value in server.labels
	peer.podSelector.matchLabels[key] == value
}

names(peer) if {
	some server in platform.dns_servers
	some [_, server.namespace] in namespace.meant(peer.namespaceSelector)
}

_misses(rule, peer, _) if {
	intended(rule)
	names(peer)
}

_misses(_, peer, server) if some [_, server.namespace] in namespace.misnamed(peer.namespaceSelector)

_could_reach(rule, _, _) if rule.peers == []

_could_reach(rule, policy_namespace, server) if {
	some peer in rule.peers
	could_be(peer, policy_namespace, server)
	_plausible(rule, peer, server)
}

# A rule for other ports too was not written for DNS: it counts where its selectors match what DNS is known to carry.
_plausible(rule, _, _) if intended(rule)

_plausible(_, peer, _) if peer.ipBlock

_plausible(_, peer, server) if {
	selector.matches(object.get(peer, "podSelector", {}), server.labels)
	selector.matches(object.get(peer, "namespaceSelector", {}), namespace.supposed(server.namespace))
}

_namespace_could_be(peer, policy_namespace, server) if {
	not peer.namespaceSelector
	policy_namespace == server.namespace
}

_namespace_could_be(peer, _, server) if namespace.could_match(peer.namespaceSelector, server.namespace)

_pods_could_be(peer, _) if not peer.podSelector

_pods_could_be(peer, server) if {
	peer.podSelector
	not server.visible
}

_pods_could_be(peer, server) if {
	server.visible
	selector.matches(peer.podSelector, server.labels)
}

_excluded(block, range) if {
	some except in block.except
	cidr.includes(except, range)
}
