# METADATA
# title: An ipBlock names the address of a Service
# description: |
#   A peer is the cluster's own address of a Service that is in sight. Connections to it are sent on to one of the Service's pods before policies apply, on
#   almost every network plugin, and no connection comes from it: the peer admits nothing. Select the pods instead, and list the port on which they listen.
#
#   The address of the cluster's DNS is dns-peer-inert's to tell, since a cache on the node may listen there.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors
#   - ref: https://kubernetes.io/docs/reference/networking/virtual-ips/
# custom:
#   severity: warning
#   category: connectivity
#   scope: workloads
#   kinds: [NetworkPolicy]
#   needs: [Service, Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob]
#   after: [rejected-by-api-server, rules-without-policy-type, dns-peer-inert]
#   guide: []
#   parameters: {}
#   remediation: |
#     Select the Service's pods by the labels that the Service selects, and the port on which the pods listen:
#
#     - to:
#         - namespaceSelector:
#             matchLabels:
#               kubernetes.io/metadata.name: shop
#           podSelector:
#             matchLabels:
#               app: db
#       ports:
#         - port: 5432
#
#     A Service without a selector stands for addresses: write those of its EndpointSlices.
package netvet.rules.service_ip_in_ip_block

import data.lib.netvet.cidr
import data.lib.netvet.dns
import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.networkpolicy
import data.lib.netvet.remedy
import data.lib.netvet.service

metadata := rego.metadata.chain()

violation contains mended if {
	some [i, direction, k, p, block] in networkpolicy.blocks
	is_string(block.cidr)
	regex.match(`/(32|128)$`, block.cidr)
	i in networkpolicy.reviewed
	s := service.by_address[cidr.canonical(block.cidr)]
	not s in _dns
	path := array.concat(networkpolicy.peer_path(direction, k, p), ["ipBlock", "cidr"])
	fault := finding.at(i, path, sprintf(_messages[direction], [block.cidr, host.namespaces[s], host.names[s]]))
	mended := _mended(fault, s, direction, networkpolicy.peer_path(direction, k, p))
}

_dns := {s | some s in dns.services}

_messages := {
	"Egress": "%s is the address of Service %s/%s: by the time that policies apply, a connection there goes to what is behind it, so the peer admits nothing",
	"Ingress": "%s is the address of Service %s/%s, from which no connection comes: the peer admits nobody",
}

_mended(fault, s, direction, path) := finding.advised(
	finding.mended(fault, [{"op": "replace", "path": path, "value": peer}]),
	sprintf("Select the Service's pods, and the ports on which they listen:\n\n%s", [remedy.rule(direction, [peer], _ports(direction, selecting))]),
) if {
	selecting := service.all[s]
	peer := remedy.peer(selecting.namespace, selecting.selector)
} else := finding.advised(fault, sprintf("Service %s/%s selects no pods. Write the addresses of its EndpointSlices.", [host.namespaces[s], host.names[s]]))

_ports("Ingress", _) := []

_ports("Egress", selecting) := [{"protocol": object.get(entry, "protocol", "TCP"), "port": target} |
	some entry in selecting.ports
	target := [number | some number in [object.get(entry, "targetPort", 0), entry.port]; not number in {0, null}][0]
]
