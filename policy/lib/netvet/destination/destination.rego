# METADATA
# description: The pods whose ports a rule speaks of. For ingress they are the policy's own, for egress those of its peers.
package lib.netvet.destination

import data.lib.netvet.namespace
import data.lib.netvet.networkpolicy
import data.lib.netvet.port
import data.lib.netvet.selection
import data.lib.netvet.service
import data.lib.netvet.workload

# The workloads in sight, by index, where they may be taken for all there are. Undefined where the rule speaks of addresses, of namespaces that it
# does not name, or of pods of which none is in sight.
pods(i, "Ingress", _) := selected if {
	selected := selection.pods(networkpolicy.judged[i].group)
	count(selected) > 0
}

pods(i, "Egress", k) := union({admitted | some admitted in by_peer}) if {
	policy := networkpolicy.judged[i]
	peers := policy.rules.Egress[k].peers
	count(peers) > 0
	by_peer := [admitted | some peer in peers; admitted := _of(peer, policy.namespace)]
	count(by_peer) == count(peers)
}

_of(peer, policy_namespace) := admitted if {
	is_object(peer)
	not peer.ipBlock
	admitted := union({selection.pods([name, object.get(peer, "podSelector", {})]) | some name in _namespaces(peer, policy_namespace)})
	count(admitted) > 0
}

_namespaces(peer, policy_namespace) := {policy_namespace} if {
	not peer.namespaceSelector
} else := {name |
	some [key, name] in namespace.meant(peer.namespaceSelector)
	key == namespace.name_label
	namespace.matches(peer.namespaceSelector, name)
}

# A number is a port of the workload: a container declares it, a probe asks it, or a Service leads to it.
serves(w, transport, number) if {
	some declared in workload.container_ports(w)
	declared.containerPort == number
	port.protocol(declared) == transport
}

serves(w, "TCP", number) if {
	some probe in workload.probes(w)
	probe.number == number
}

serves(w, transport, number) if {
	some [_, entry] in services(w)
	port.protocol(entry) == transport
	service.pod_port(entry, workload.container_ports(w)) == number
}

# The Services of the workload with their ports, [Service, port].
services(w) := {[s, entry] |
	pod := workload.all[w]
	some s in service.selecting(pod.namespace, pod.labels)
	some entry in service.all[s].ports
}
