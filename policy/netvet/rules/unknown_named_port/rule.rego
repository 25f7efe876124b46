# METADATA
# title: A rule lists a port by a name that its pods do not give
# description: |
#   A port may stand for a number by the name that a container gives it. Where no container of the pods has a port of that name and protocol, the rule admits
#   nothing by it: for ingress the pods are the policy's own, for egress those of the peers. The names of a Service's ports are no names of the pods' ports.
#   Addresses have no names at all: a rule of egress to an ipBlock admits nothing outside the cluster by a named port.
#
#   Told of pods in sight only; of egress, where the peers name their namespaces. A warning where the ipBlock is of private addresses, which may be pods',
#   and at admission, where objects arrive in any order. Ports that a mesh adds to pods count as theirs.
# related_resources:
#   - ref: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/
#   - ref: https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports
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
#     Write a name that the container gives the port, with its protocol, or the number:
#
#     ports:
#       - protocol: TCP
#         port: 8080
package netvet.rules.unknown_named_port

import data.lib.netvet.cidr
import data.lib.netvet.destination
import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.networkpolicy
import data.lib.netvet.platform
import data.lib.netvet.port
import data.lib.netvet.service
import data.lib.netvet.workload

metadata := rego.metadata.chain()

# Ports by a name that the API server takes: [policy, direction, rule, port, entry].
_named := [array.concat(place, [entry]) |
	some entry in networkpolicy.distinct_ports
	is_string(entry.port)
	port.name(entry)
	some place in networkpolicy.port_places[entry]
	place[0] in networkpolicy.reviewed
]

violation contains fault if {
	host.sight == "set"
	some [i, direction, k, p, entry] in _named
	not entry.port in platform.mesh_port_names
	pods := destination.pods(i, direction, k)
	transport := port.protocol(entry)
	every w in pods { not [entry.port, transport] in _ports(w) }
	[why, fix] := _why(pods, entry.port, transport)
	path := networkpolicy.port_path(direction, k, p)
	message := sprintf("%s, so the rule admits nothing by the name", [why])
	fault := _with(finding.graded(i, path, message, _severity), path, fix)
}

violation contains finding.graded(i, networkpolicy.port_path("Egress", k, p), message, severity) if {
	some [i, direction, k, p, entry] in _named
	direction == "Egress"
	blocks := {peer.ipBlock.cidr | some peer in networkpolicy.judged[i].rules.Egress[k].peers; cidr.valid(peer.ipBlock.cidr)}
	count(blocks) > 0
	severity := _of_addresses(blocks)
	message := sprintf("%s is the name of a port of pods, and addresses outside the cluster have none: of %s the rule admits nothing by it", [
		entry.port,
		concat(" and ", blocks),
	])
}

# Objects arrive at admission in any order.
_severity := "warning" if {
	host.admission
} else := "error"

# Private addresses may be pods'.
_of_addresses(blocks) := "warning" if {
	not platform.ip_blocks_miss_pods
	some block in blocks
	cidr.covers(cidr.private, block)
} else := "error"

_ports(w) := {[declared.name, port.protocol(declared)] | some declared in workload.container_ports(w)}

# What the name is, if anything, and what the port should be: {key: value}.
_why(pods, name, transport) := [why, {"protocol": other}] if {
	some other in ({"TCP", "UDP", "SCTP"} - {transport})
	some w in pods
	[name, other] in _ports(w)
	why := sprintf("%s is a port of protocol %s in %s, not %s", [name, other, workload.describe({w}), transport])
} else := [why, {"port": number}] if {
	found := {[s, number] |
		some w in pods
		some [s, entry] in destination.services(w)
		entry.name == name
		port.protocol(entry) == transport
		number := service.pod_port(entry, workload.container_ports(w))
	}
	[s, number] := min(found)
	why := sprintf("%s is a port of Service %s/%s, and no container of %s has a port of that name", [
		name,
		host.namespaces[s],
		host.names[s],
		workload.describe(pods),
	])
} else := [sprintf("no container of %s has a port named %s%s", [workload.describe(pods), name, _others(pods)]), {}]

_others(pods) := sprintf("; they have %s", [concat(" and ", names)]) if {
	names := {name | some w in pods; some [name, _] in _ports(w)}
	count(names) > 0
} else := ""

_with(fault, _, {}) := fault

_with(fault, path, fix) := finding.mended(fault, [{"op": "add", "path": array.concat(path, [key]), "value": value} | some key, value in fix]) if {
	count(fix) > 0
}
