# METADATA
# description: Who, besides the kubelet, asks pods over the network whether they are well.
package lib.netvet.prober

import data.lib.netvet.host
import data.lib.netvet.port
import data.lib.netvet.service
import data.lib.netvet.workload

# The Services and Ingresses in sight, as messages call them, whose load balancers check the number on the workload's pods.
load_balancers(w, number) := {name |
	pod := workload.all[w]
	some i in service.selecting(pod.namespace, pod.labels)
	some check in (_own(i) | object.get(_backends, [[pod.namespace, service.all[i].name]], set()))
	number in _numbers(check, service.all[i].ports, workload.container_ports(w))
	name := sprintf("%s %s/%s", [check.object.kind, pod.namespace, host.name(check.object)])
}

# The port that an annotation names; else those that the traffic goes to.
_numbers(check, ports, container_ports) := _annotated(check.object) if {
	count(_annotated(check.object)) > 0
} else := {number |
	some entry in ports
	check.port in {"", entry.port, object.get(entry, "name", null)}
	port.protocol(entry) == "TCP"
	number := service.pod_port(entry, container_ports)
}

_annotated(object) := {to_number(value) |
	some key, value in host.metadata(object).annotations
	regex.match(`health-?(check|probe)[-_]port$`, key)
	regex.match(`^[0-9]{1,5}$`, value)
}

_own(i) := {{"object": host.resources[i], "port": ""} | _balances(host.resources[i])}

# Where the traffic's policy is local, the node answers in place of the pods.
_balances(object) if {
	object.spec.type == "LoadBalancer"
	not object.spec.externalTrafficPolicy == "Local"
}

_balances(object) if {
	object.spec.type == "LoadBalancer"
	count(_annotated(object)) > 0
}

# [namespace, Service] -> what Ingresses send there through load balancers that check pods.
_backends := {key: {row[1] | some row in _rows; row[0] == key} | some key in {row[0] | some row in _rows}}

_rows := [[[host.namespaces[i], backend.name], {"object": object, "port": named}] |
	some i in host.of_kind.Ingress
	object := host.resources[i]
	balanced(object)
	some backend in _services(object)
	some named in backend.port
]

_services(ingress) := [backend.service |
	some backend in array.concat([object.get(ingress.spec, "defaultBackend", {})], [path.backend | some rule in ingress.spec.rules; some path in rule.http.paths])
]

# Controllers that make load balancers with health checks, by class and by the prefix of their annotations.
_controllers := {
	"alb": "alb.ingress.kubernetes.io/",
	"azure/application-gateway": "appgw.ingress.kubernetes.io/",
	"azure-application-gateway": "appgw.ingress.kubernetes.io/",
	"gce": "ingress.gcp.kubernetes.io/",
	"gce-internal": "ingress.gcp.kubernetes.io/",
}

# The Ingress is made into a load balancer of the cloud, which sends traffic, too, from its own addresses.
balanced(ingress) if _controllers[ingress.spec.ingressClassName]

balanced(ingress) if _controllers[host.metadata(ingress).annotations["kubernetes.io/ingress.class"]]

balanced(ingress) if {
	some key, _ in host.metadata(ingress).annotations
	some prefix in _controllers
	startswith(key, prefix)
}
