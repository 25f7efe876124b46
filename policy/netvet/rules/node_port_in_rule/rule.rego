# METADATA
# title: A rule lists the node's port of a Service
# description: |
#   A rule admits a port on which nodes receive for a Service that is in sight, its nodePort. By the time that policies of the Service's pods apply,
#   it has become the port of the pod. Nothing listens on the node's port there, and the rule admits nothing by it.
#
#   Not told of egress to addresses: nodes of this or another cluster are reached by that port. Nor where the rule admits the pods' own port as well.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/
# custom:
#   severity: warning
#   category: connectivity
#   scope: object
#   kinds: [NetworkPolicy]
#   needs: [Service, Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob, Namespace]
#   after: [rules-without-policy-type]
#   guide: []
#   parameters: {}
#   remediation: |
#     Write the port on which the pods listen, which is the Service's targetPort:
#
#     ports:
#       - protocol: TCP
#         port: 8080
package netvet.rules.node_port_in_rule

import data.lib.netvet.destination
import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.namespace
import data.lib.netvet.networkpolicy
import data.lib.netvet.port
import data.lib.netvet.selection
import data.lib.netvet.selector
import data.lib.netvet.service
import data.lib.netvet.workload

metadata := rego.metadata.chain()

violation contains fault if {
	some entry in networkpolicy.distinct_ports
	is_number(entry.port)
	entry.port >= 30000
	some [i, direction, k, p] in networkpolicy.port_places[entry]
	i in networkpolicy.reviewed
	policy := networkpolicy.judged[i]
	[number, s, leads] := min({[number, s, leads] |
		some number in _node_ports(entry)
		some s in service.by_node_port[number]
		some leads in service.all[s].ports
		leads.nodePort == number
		port.protocol(leads) == port.protocol(entry)
		_of(policy, direction, k, service.all[s])
	})
	not _served(service.all[s], port.protocol(entry), number)
	own := _own(service.all[s], leads)
	not port.could_admit(policy.rules[direction][k].ports, port.protocol(entry), own)
	path := networkpolicy.port_path(direction, k, p)
	fault := _with(
		finding.at(i, path, sprintf("%d is the node's port of Service %s/%s, which leads to %v of the pods: the rule admits nothing by it", [
			number,
			host.namespaces[s],
			host.names[s],
			own,
		])),
		path, entry, own,
	)
}

_node_ports(entry) := {entry.port} if {
	not entry.endPort
} else := {number |
	some range in port.ranges([entry], port.protocol(entry))
	some number, _ in service.by_node_port
	number >= range[0]
	number <= range[1]
}

# The rule's ports are those of pods that the Service may select.
_of(policy, "Ingress", _, selecting) if {
	selecting.namespace == policy.namespace
	selector.overlaps(policy.selector, {"matchLabels": selecting.selector})
}

_of(policy, "Egress", k, selecting) if {
	peers := policy.rules.Egress[k].peers
	count(peers) > 0
	every peer in peers { not peer.ipBlock }
	some peer in peers
	selector.overlaps(object.get(peer, "podSelector", {}), {"matchLabels": selecting.selector})
	_there(peer, policy.namespace, selecting.namespace)
}

_there(peer, policy_namespace, name) if {
	not peer.namespaceSelector
	name == policy_namespace
}

_there(peer, _, name) if namespace.could_match(peer.namespaceSelector, name)

_pods(selecting) := selection.pods([selecting.namespace, {"matchLabels": selecting.selector}])

_served(selecting, transport, number) if {
	some w in _pods(selecting)
	destination.serves(w, transport, number)
}

# The port of the pods, by number where they are in sight, else as the Service has it.
_own(selecting, leads) := min(numbers) if {
	numbers := {number | some w in _pods(selecting); number := service.pod_port(leads, workload.container_ports(w))}
	count(numbers) > 0
} else := service.pod_port(leads, []) if {
	service.pod_port(leads, [])
} else := leads.targetPort

_with(fault, path, entry, own) := finding.mended(fault, [{"op": "replace", "path": array.concat(path, ["port"]), "value": own}]) if {
	not entry.endPort
} else := fault
