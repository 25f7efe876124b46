# METADATA
# title: Traffic from outside does not get to the pods that it is for
# description: |
#   An Ingress, a route of the Gateway API or of OpenShift, or a Service of type LoadBalancer or NodePort sends traffic to pods, and the policies that isolate
#   their ingress admit nobody to that port who could hand it on. Clients see timeouts and errors of the gateway, while the pods are well.
#   An Ingress controller or a gateway is pods, mostly of another namespace. A load balancer and a node are addresses: no selector of pods admits them.
#
#   Not told where somebody admitted could be the source: an ipBlock, a namespace that is not in sight, pods that look like a controller by their labels,
#   names or images.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/
#   - ref: https://kubernetes.io/docs/concepts/services-networking/ingress/
#   - ref: https://gateway-api.sigs.k8s.io/guides/
# custom:
#   severity: warning
#   category: connectivity
#   scope: workloads
#   kinds: [Ingress, HTTPRoute, GRPCRoute, TCPRoute, TLSRoute, Route, Service]
#   needs: [NetworkPolicy, Namespace, Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController]
#   after: []
#   guide: []
#   parameters: {}
#   remediation: |
#     Admit the controller's pods by their labels and their namespace, or the addresses that the traffic comes from, to the port of the pods:
#
#     - from:
#         - namespaceSelector:
#             matchLabels:
#               kubernetes.io/metadata.name: ingress-nginx
#           podSelector:
#             matchLabels:
#               app.kubernetes.io/name: ingress-nginx
#       ports:
#         - protocol: TCP
#           port: 8080
package netvet.rules.ingress_backend_blocked

import data.lib.netvet.backend
import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.mesh
import data.lib.netvet.networkpolicy
import data.lib.netvet.port
import data.lib.netvet.remedy
import data.lib.netvet.selection
import data.lib.netvet.workload

metadata := rego.metadata.chain()

violation contains finding.advised(finding.at(i, path, message), remediation) if {
	host.sight == "set"
	some [i, source, name, wanted] in {[row[0], row[4], row[2], row[3]] | some row in backend.references}
	i in host.reviewed
	blocked := {[sprintf("%s %d", [transport, number]), w, transport, number] |
		some [w, entry, number] in backend.pods(name, wanted)
		transport := port.protocol(entry)
		not _admitted(w, [transport, number], source)
	}
	count(blocked) > 0
	path := min({row[1] | some row in backend.references; array.slice(row, 2, 5) == [name, wanted, source]; row[0] == i})
	isolating := union({_isolators(w) | some [_, w, _, _] in blocked})
	message := sprintf("sends traffic to %s of %s, but %s isolates its ingress, and no rule opens the port to %s", [
		concat(" and ", {address | some [address, _, _, _] in blocked}),
		workload.describe({w | some [_, w, _, _] in blocked}),
		networkpolicy.describe(isolating),
		_whom[source],
	])
	ports := [{"protocol": entry[0], "port": entry[1]} | some entry in {[transport, number] | some [_, _, transport, number] in blocked}]
	remediation := sprintf(_advice[source], [remedy.rule("Ingress", _peers[source], ports)])
}

_whom := {
	"controller": "pods that could be a controller's or a gateway's",
	"outside": "addresses, from which it comes",
}

_advice := {
	"controller": "Admit the controller's pods by their labels and their namespace. Those of ingress-nginx are\n\n%s",
	"outside": "Admit the addresses that the traffic comes from: those of clients, of the load balancer, or of the nodes. All of IPv4 is\n\n%s",
}

_peers := {
	"controller": [remedy.peer("ingress-nginx", {"app.kubernetes.io/name": "ingress-nginx"})],
	"outside": [{"ipBlock": {"cidr": "0.0.0.0/0"}}],
}

_isolators(w) := selection.isolators(selection.selecting(pod.namespace, pod.labels), "Ingress") if pod := workload.all[w]

_admitted(w, _, _) if _isolators(w) == set()

# In a mesh, traffic may arrive on the port of the proxy.
_admitted(w, [transport, number], source) if {
	some i in _isolators(w)
	policy := networkpolicy.all[i]
	some rule in policy.rules.Ingress
	some open in ({[transport, number]} | {["TCP", inbound] | some inbound in mesh.inbound_ports(w)})
	port.admits(rule.ports, open[0], open[1], workload.container_ports(w))
	backend.admits(rule.peers, policy.namespace, source)
}
