# METADATA
# title: A rule lists the port of a Service, not that of its pods
# description: |
#   A rule admits a port that a Service of the pods has, and the Service sends it on to another port of the pods, on which no rule admits the same peers.
#   Policies see connections as they arrive at the pods, on practically every network plugin. No container listens on the Service's port, and connections
#   to the pods' are dropped.
#
#   Told where the pods are in sight, and none of them is known to serve the port: a container may listen without declaring it, so that the port counts as
#   wrong only where a Service leads it elsewhere.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/
# custom:
#   severity: error
#   category: connectivity
#   scope: workloads
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
package netvet.rules.service_port_not_pod_port

import data.lib.netvet.destination
import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.networkpolicy
import data.lib.netvet.port
import data.lib.netvet.selection
import data.lib.netvet.service
import data.lib.netvet.workload

metadata := rego.metadata.chain()

violation contains finding.mended(fault, [{"op": "replace", "path": array.concat(path, ["port"]), "value": min(targets)}]) if {
	host.sight == "set"
	some entry in networkpolicy.distinct_ports
	service.shifts(port.protocol(entry), entry.port)
	not entry.endPort
	some [i, direction, k, p] in networkpolicy.port_places[entry]
	i in networkpolicy.reviewed
	transport := port.protocol(entry)
	pods := destination.pods(i, direction, k)
	every w in pods { _elsewhere(w, transport, entry.port) }
	led := {[w, s, target] | some w in pods; some [s, target] in _targets(w, transport, entry.port)}
	count(led) > 0
	policy := networkpolicy.judged[i]
	not _admitted(policy.group, direction, policy.rules[direction][k].peers, [transport, led])
	[namespace, name] := min({[host.namespaces[s], host.names[s]] | some [_, s, _] in led})
	targets := {target | some [_, _, target] in led}
	path := networkpolicy.port_path(direction, k, p)
	fault := finding.graded(
		i, path, sprintf("%d is the port of Service %s/%s, which leads to %s of %s; nothing listens on %d there, so the rule admits nothing by it", [
			entry.port,
			namespace,
			name,
			concat(" and ", [sprintf("%d", [target]) | some target in targets]),
			workload.describe(pods),
			entry.port,
		]),
		_severity,
	)
}

# Objects arrive at admission in any order.
_severity := "warning" if {
	host.admission
} else := "error"

# Nothing says that the pods serve the port, and something says what they serve.
_elsewhere(w, transport, number) if {
	not destination.serves(w, transport, number)
	_known(w, transport, number)
}

_known(w, transport, number) if count(_targets(w, transport, number)) > 0

_known(w, _, _) if count(workload.container_ports(w)) > 0

# Where the workload's Services lead the port: [Service, port of the pods].
_targets(w, transport, number) := {[s, target] |
	some [s, entry] in destination.services(w)
	entry.port == number
	port.protocol(entry) == transport
	target := service.pod_port(entry, workload.container_ports(w))
}

# The policies of the same pods admit the same peers to the port where it leads.
_admitted(group, direction, peers, [transport, led]) if {
	some i in selection.isolators(selection.wider(group), direction)
	some rule in networkpolicy.all[i].rules[direction]
	rule.peers in [[], peers]
	some [w, _, target] in led
	port.admits(rule.ports, transport, target, workload.container_ports(w))
}
