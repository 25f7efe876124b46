# METADATA
# description: Whether a rule lets pods ask the cluster's DNS.
package lib.netvet.dns

import data.lib.netvet.cidr
import data.lib.netvet.host
import data.lib.netvet.namespace
import data.lib.netvet.networkpolicy
import data.lib.netvet.pair
import data.lib.netvet.platform
import data.lib.netvet.port
import data.lib.netvet.remedy
import data.lib.netvet.schema
import data.lib.netvet.selection
import data.lib.netvet.selector
import data.lib.netvet.service
import data.lib.netvet.workload

# Where DNS may answer: with all in sight, the servers in sight; else those that the platform is known to have.
servers := _visible if {
	count(_visible) > 0
} else := platform.dns_servers

_visible := {server | some server in platform.dns_servers; count(_seen(server)) > 0}

# The server to tell people of: one in sight, else the platform's.
server := platform.dns_server if {
	platform.dns_server in servers
} else := min(servers)

# What lets pods ask a server: the peers, a resolver on the node among them where the platform has one, and the ports.
peers(asked) := array.concat(
	[remedy.peer(asked.namespace, asked.labels)],
	[{"ipBlock": {"cidr": sprintf("%s/32", [address])}} | some address in platform.dns_node_addresses],
)

ports(asked) := [{"protocol": protocol, "port": asked.port} | some protocol in ["UDP", "TCP"]]

# The labels of each pod in sight that is such a server.
_seen(server) := {labels | some [_, _, _, labels] in host.carrying(server.namespace, server.labels)} if {
	host.sparing
	host.sight == "set"
} else := {workload.all[i].labels | some i in selection.pods([server.namespace, {"matchLabels": server.labels}])} if {
	host.sight == "set"
} else := set()

# The servers that peers name as remedies do, if such pods are in sight.
_named(peers) := {server |
	some server in platform.dns_servers
	remedy.peer(server.namespace, server.labels) in peers
	host.selects(server.namespace, {"matchLabels": server.labels})
}

# The policy by itself lets its pods ask the cluster's DNS over the protocol: at admission no need to look for others that do.
granting(policy, protocol) if {
	host.sparing
	some rule in policy.rules.Egress
	some server in _named(rule.peers) # for speed
	{"protocol": protocol, "port": server.port} in rule.ports
}

granting(policy, protocol) if {
	host.admission
	some rule in policy.rules.Egress
	admits(rule, policy.namespace, protocol)
}

# A group of policies together lets its pods ask the cluster's DNS over the protocol.
granted(group, protocol) if {
	some i in selection.policies[group]
	policy := networkpolicy.all[i]
	some rule in policy.rules.Egress
	admits(rule, policy.namespace, protocol)
}

# A rule of the group means the cluster's DNS and misses it, for a reason that is told at the peer or port itself.
misdirected(group, protocol) if {
	some i in selection.policies[group]
	policy := networkpolicy.all[i]
	some k, rule in policy.rules.Egress
	_misdirects(i, k, rule, policy.namespace, protocol)
}

_misdirects(_, _, rule, policy_namespace, protocol) if misses(rule, policy_namespace, protocol)

# The API server refuses the rule for DNS, or drops a part of it.
_misdirects(i, k, rule, _, _) if {
	some entry in rule.ports
	some wanted in platform.dns_ports
	sprintf("%v", [entry.port]) == sprintf("%v", [wanted])
	_amiss(i, k, rule) # regal ignore:non-loop-expression
}

_amiss(_, _, rule) if {
	some entry in rule.ports
	not port.describe_one(entry)
}

_amiss(i, _, rule) if {
	some peer in rule.peers
	networkpolicy.refuses(i, peer)
}

_amiss(i, k, _) if [i, "Egress", k] in schema.unfinished_rules

# The servers whose namespace a rule of the group for DNS names, on ports that are not theirs.
off_port(group) := {server |
	some i in selection.policies[group]
	some rule in networkpolicy.all[i].rules.Egress
	intended(rule)
	some peer in rule.peers
	some server in platform.known_dns_servers
	some [_, server.namespace] in namespace.meant(peer.namespaceSelector)
	every protocol in {"UDP", "TCP", "SCTP"} { not admits_port(rule, protocol, server) }
}

# How messages begin that say of no policy that it grants DNS. Beside an object by itself there may well be one that does; undefined in a fragment.
nobody := {"set": "no policy", "document": "no policy in sight"}[host.sight]

# How messages call the pods of the group that no policy means to let ask over the protocol: the workloads in sight, or with none of the
# group's pods in sight whoever its selector selects. Undefined where there are none.
lacking(group, protocol) := workload.describe(pods) if {
	pods := {i |
		some i in (selection.pods(group) & workload.dns_clients)
		pod := workload.all[i]
		_unmeant(group, selection.selecting(pod.namespace, pod.labels), protocol)
	}
	count(pods) > 0
} else := selection.describe_any(group) if {
	count(selection.pods(group)) == 0
	_unmeant(group, selection.wider(group), protocol)
}

_unmeant(group, groups, protocol) if {
	every other in groups {
		not granted(other, protocol)
		not misdirected(other, protocol)
		not _off_port_there(group, other)
	}
}

# That the port is wrong is told of the group whose rule it is.
_off_port_there(group, other) if {
	count(off_port(other)) > 0
	count(off_port(group)) == 0
}

# The egress rule admits the protocol on the DNS port of something that could be the cluster's DNS.
admits(rule, policy_namespace, protocol) if {
	some server in servers
	admits_port(rule, protocol, server)
	_could_reach(rule, policy_namespace, server)
}

# The rule's ports admit the protocol on the server's DNS port, whoever the peers are.
admits_port(rule, protocol, server) if port.admits(rule.ports, protocol, server.port, [container_port |
	some name in platform.dns_port_names[protocol]
	container_port := {"name": name, "containerPort": server.port, "protocol": protocol}
])

# The rule lists a DNS port: it was written for DNS.
intended(rule) if {
	some entry in rule.ports
	entry.port in platform.dns_ports
}

# The egress rule would admit the protocol, but its peers are not the DNS that they mean, and or-peers, namespace-label or dns-peer-inert says so.
misses(rule, policy_namespace, protocol) if {
	_told(rule, policy_namespace)
	some server in platform.dns_servers
	admits_port(rule, protocol, server)
}

_told(rule, policy_namespace) if apart(rule, policy_namespace)

_told(rule, _) if mislabelled(rule)

_told(rule, policy_namespace) if count(inert(rule, policy_namespace)) > 0

# The two peers of the rule as the one that they were meant to be: the cluster's DNS.
apart(rule, policy_namespace) := peer if {
	peer := pair.either(rule)
	some server in labelled(peer)
	server.namespace != policy_namespace
	_homely(rule, peer, server)
}

_homely(_, peer, server) if pair.names(peer, server.namespace)

_homely(rule, peer, server) if {
	intended(rule)
	count(namespace.meant(peer.namespaceSelector)) == 0
	_overlaps_home(peer, server)
}

# The servers whose label the peer asks for, on whichever platform.
labelled(peer) := {server |
	some server in platform.known_dns_servers
	some key, value in server.labels
	pair.asks(peer.podSelector, [key, value])
}

# A peer means the namespace of DNS by a label that the namespace has from nobody.
mislabelled(rule) if {
	some peer in rule.peers
	some server in platform.known_dns_servers
	some [key, server.namespace] in namespace.meant(peer.namespaceSelector)
	namespace.unset(key, server.namespace)
	_plausible_pods(rule, peer, server)
}

# The peers of a rule for DNS, by position, that mean the cluster's DNS and cannot be it, while no other peer can. "service": an address of its Service.
inert(rule, policy_namespace) := {k: kind |
	some k, peer in rule.peers
	kind := _inert(peer)
} if {
	intended(rule)
	not _reaches(rule, policy_namespace)
	not apart(rule, policy_namespace)
	not mislabelled(rule)
} else := {}

# An inert rule is so whatever objects there are, not just by those in sight.
ever_inert(rule, policy_namespace) if {
	every peer in rule.peers { not _ever_reaches(peer, policy_namespace) }
}

_ever_reaches(peer, _) if {
	could_be_address(peer.ipBlock)
	not _service_by_default(peer.ipBlock)
}

_ever_reaches(peer, policy_namespace) if {
	not peer.namespaceSelector
	peer.podSelector
	some server in platform.dns_servers
	policy_namespace == server.namespace
}

_ever_reaches(peer, _) if {
	some server in platform.dns_servers
	namespace.could_ever_match(peer.namespaceSelector, server.namespace)
}

# With the label on its namespace, which somebody may add.
_ever_reaches(peer, _) if {
	some server in platform.known_dns_servers
	some [key, server.namespace] in namespace.meant(peer.namespaceSelector)
	namespace.mistaken(key)
}

_service_by_default(block) if {
	some address in platform.dns_service_addresses
	cidr.includes(address, block.cidr)
}

_inert(peer) := "service" if {
	service_address(peer)
} else := "pods" if {
	names(peer)
}

_reaches(rule, _) if rule.peers == []

_reaches(rule, _) if {
	host.sparing
	count(_named(rule.peers)) > 0 # for speed
}

_reaches(rule, policy_namespace) if {
	some peer in rule.peers
	not service_address(peer)
	some server in servers
	could_be(peer, policy_namespace, server)
}

# The address of the Service of the cluster's DNS that the peer is, where no cache on the node listens there.
service_address(peer) := min(addresses) if {
	peer.ipBlock
	not platform.node_local_dns
	addresses := {address | some address in _service_addresses; cidr.includes(address, peer.ipBlock.cidr)}
	count(addresses) > 0
}

_service_addresses := platform.dns_service_addresses | object.keys(services)

# The cluster's DNS by the addresses of its Services in sight: address -> index of the Service.
services := {address: min({row[1] | some row in _addresses; row[0] == address}) | some [address, _] in _addresses}

_addresses := {[address, i] |
	some server in platform.known_dns_servers
	some i in service.selecting(server.namespace, server.labels)
	spec := host.resources[i].spec
	some address in ({spec.clusterIP} | {address | some address in spec.clusterIPs})
}

# The peer could be a DNS server of that kind.
could_be(peer, _, _) if could_be_address(peer.ipBlock)

could_be(peer, policy_namespace, server) if {
	is_object(peer)
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
	some range in _node_ranges
	cidr.includes(range, block.cidr)
}

_node_ranges := {"100.64.0.0/10", "169.254.0.0/16"}

# The peer names DNS pods by a label that only they carry, or their namespace by its name under any key that people use for it.
names(peer) if count(labelled(peer)) > 0

names(peer) if {
	some server in platform.known_dns_servers
	some [_, server.namespace] in namespace.meant(peer.namespaceSelector)
}

_could_reach(rule, _, _) if rule.peers == []

_could_reach(rule, policy_namespace, server) if {
	some peer in rule.peers
	could_be(peer, policy_namespace, server)
	_plausible(rule, peer, server)
}

# The address of the Service is no pod's, as is told of rules that reach no pods of DNS either.
_plausible(rule, peer, _) if {
	intended(rule)
	not service_address(peer)
}

# A rule for other ports too was not written for DNS: it counts where its selectors match what DNS is known to carry, and one address where DNS is
# known to answer.
_plausible(rule, peer, _) if {
	peer.ipBlock
	not intended(rule)
	not _other_host(peer.ipBlock.cidr)
}

_plausible(rule, peer, server) if {
	not peer.ipBlock
	_plausible_pods(rule, peer, server)
	selector.matches(object.get(peer, "namespaceSelector", {}), namespace.supposed(server.namespace))
}

_other_host(block) if {
	cidr.includes(split(block, "/")[0], block)
	not _resolver(block)
}

_resolver(block) if {
	some range in (_service_addresses | _node_ranges)
	cidr.includes(range, block)
}

_plausible_pods(rule, _, _) if intended(rule)

_plausible_pods(_, peer, server) if {
	some labels in (_seen(server) | {server.labels})
	selector.matches(object.get(peer, "podSelector", {}), labels)
}

_namespace_could_be(peer, policy_namespace, server) if {
	not peer.namespaceSelector
	policy_namespace == server.namespace
}

_namespace_could_be(peer, _, server) if namespace.could_match(peer.namespaceSelector, server.namespace)

_overlaps_home(peer, server) if selector.overlaps(peer.namespaceSelector, {"matchLabels": {namespace.name_label: server.namespace}})

_pods_could_be(peer, _) if not peer.podSelector

_pods_could_be(_, server) if count(_seen(server)) == 0

_pods_could_be(peer, server) if {
	some labels in _seen(server)
	selector.matches(peer.podSelector, labels)
}

_pods_could_be(peer, server) if {
	server.namespace == platform.dns_cache.namespace
	selector.matches(peer.podSelector, platform.dns_cache.labels)
}

_excluded(block, range) if cidr.covers(block.except, range)
