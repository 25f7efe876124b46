# METADATA
# description: >-
#   The pods that traffic from outside the cluster goes to, by Ingresses, routes and Services of type LoadBalancer or NodePort, and who hands it to them:
#   "controller", an Ingress controller or a gateway, whose pods may run anywhere; "outside", clients, load balancers and nodes, which have addresses
#   and no labels.
package lib.netvet.backend

import data.lib.netvet.host
import data.lib.netvet.namespace
import data.lib.netvet.prober
import data.lib.netvet.selection
import data.lib.netvet.selector
import data.lib.netvet.service
import data.lib.netvet.workload

# Each place in an object that names a Service's port: [object, path, [namespace, Service], port, source]. The port is a number or a name; "" is all.
references := array.concat(array.concat(_ingresses, _routes), array.concat(_openshift, _services))

_ingresses := [[i, path, [host.namespaces[i], backend.service.name], port, source] |
	some i in host.of_kind.Ingress
	resource := host.resources[i]
	startswith(resource.apiVersion, "networking.k8s.io/")
	source := _source(resource)
	some [path, backend] in array.concat(
		[[["spec", "defaultBackend", "service"], object.get(resource, ["spec", "defaultBackend"], {})]],
		[[["spec", "rules", r, "http", "paths", p, "backend", "service"], entry.backend] |
			some r, rule in resource.spec.rules
			some p, entry in rule.http.paths
		],
	)
	some port in backend.service.port
]

_source(ingress) := "outside" if {
	prober.balanced(ingress)
} else := "controller"

_route_kinds := {"HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute"}

# A route whose parent is a Service directs a mesh's traffic within the cluster.
_routes := [[i, path, [object.get(backend, "namespace", host.namespaces[i]), backend.name], backend.port, "controller"] |
	some kind in _route_kinds
	some i in host.of_kind[kind]
	resource := host.resources[i]
	startswith(resource.apiVersion, "gateway.networking.k8s.io/")
	not "Service" in {parent.kind | some parent in resource.spec.parentRefs}
	some r, rule in resource.spec.rules
	some b, backend in rule.backendRefs
	object.get(backend, "kind", "Service") == "Service"
	path := ["spec", "rules", r, "backendRefs", b]
]

# OpenShift's router goes by the ports of the pods; a Route's port names one of the Service's all the same.
_openshift := [[i, path, [host.namespaces[i], target.name], object.get(resource, ["spec", "port", "targetPort"], ""), "controller"] |
	some i in host.of_kind.Route
	resource := host.resources[i]
	startswith(resource.apiVersion, "route.openshift.io/")
	some [path, target] in array.concat(
		[[["spec", "to"], resource.spec.to]],
		[[["spec", "alternateBackends", b], backend] | some b, backend in resource.spec.alternateBackends],
	)
	object.get(target, "kind", "Service") == "Service"
]

_services := [[i, ["spec", "ports", p], [entry.namespace, entry.name], listed.port, "outside"] |
	some i, entry in service.all
	host.resources[i].spec.type in {"LoadBalancer", "NodePort"}
	some p, listed in entry.ports
]

# Where the traffic goes: [workload, the Service's port, number on the pods].
pods(name, wanted) := {[w, entry, number] |
	found := service.all[service.by_name[name]]
	some entry in found.ports
	wanted in {"", entry.port, object.get(entry, "name", null), object.get(entry, "targetPort", null)}
	some w in (selection.pods([found.namespace, {"matchLabels": found.selector}]) - workload.host_network)
	number := service.pod_port(entry, workload.container_ports(w))
}

# The peers, none standing for anybody, could be the source of the traffic.
admits([], _, _)

admits(peers, _, _) if {
	some peer in peers
	peer.ipBlock
}

admits(peers, policy_namespace, "controller") if {
	some peer in peers
	is_object(peer)
	_could_be_controller(peer, policy_namespace)
}

# Words by which people, and projects, call what takes traffic in.
_words := `ingress|gateway|router|proxy|traefik|haproxy|contour|envoy|kong|istio|ambassador|emissary|apisix|tunnel|cloudflared|edge|entry`

# It says so.
_could_be_controller(peer, _) if {
	regex.match(_words, lower(json.marshal([object.get(peer, key, {}) | some key in ["namespaceSelector", "podSelector"]])))
}

_could_be_controller(_, policy_namespace) if regex.match(_words, lower(policy_namespace))

# Its pods in sight do.
_could_be_controller(peer, policy_namespace) if {
	some name in _namespaces(peer, policy_namespace)
	some w in selection.pods([name, object.get(peer, "podSelector", {})])
	_in_front(w)
}

# It is of some namespace that could hold the controller, and not of pods that are known for something else.
_could_be_controller(peer, policy_namespace) if {
	peer.namespaceSelector
	not regex.match(`prometheus|grafana|monitoring|kube-dns`, json.marshal(object.get(peer, "podSelector", {})))
	not _all_in_sight(_namespaces(peer, policy_namespace))
}

_all_in_sight(names) if {
	count(names) > 0
	every name in names { workload.in_namespace[name] }
}

# The namespaces that the peer names, or its own; none where it might be any.
_namespaces(peer, policy_namespace) := {policy_namespace} if {
	not peer.namespaceSelector
} else := {name |
	some [key, name] in namespace.meant(peer.namespaceSelector)
	key == namespace.name_label
}

_in_front(w) if {
	pod := workload.all[w]
	regex.match(_words, lower(concat(" ", array.concat(
		[pod.name, selector.describe({"matchLabels": pod.labels})],
		[container.image | some container in pod.spec.containers],
	))))
}
