# METADATA
# description: The ports that Prometheus reads metrics from, by its operator's monitors and by the annotations that people tell it to look for.
package lib.netvet.scrape

import data.lib.netvet.host
import data.lib.netvet.mesh
import data.lib.netvet.selection
import data.lib.netvet.selector
import data.lib.netvet.service
import data.lib.netvet.workload

# Each port of pods that an object has read: [object, path, workload, number]. It is TCP.
targets := array.concat(array.concat(_of_service_monitors, _of_pod_monitors), array.concat(_of_pods, _of_services))

# The same by workload: the numbers.
ports := {w: {row[3] | some row in targets; row[2] == w} | some w in {row[2] | some row in targets}}

_monitors(kind) := {i |
	some i in host.of_kind[kind]
	resource := host.resources[i]
	startswith(resource.apiVersion, "monitoring.coreos.com/")
}

# The namespaces in sight that a monitor looks into.
_namespaces(i) := object.keys(workload.in_namespace) if {
	host.resources[i].spec.namespaceSelector.any == true
} else := {name | some name in names} if {
	names := host.resources[i].spec.namespaceSelector.matchNames
	count(names) > 0
} else := {host.namespaces[i]}

_of_service_monitors := [[i, ["spec", "endpoints", e, key], w, number] |
	some i in _monitors("ServiceMonitor")
	spec := host.resources[i].spec
	some name in _namespaces(i)
	some s in service.in_namespace[name]
	selector.matches(object.get(spec, "selector", {}), selector.labels(object.get(host.resources[s], ["metadata", "labels"], {})))
	some e, endpoint in spec.endpoints
	some key in ["port", "targetPort"]
	some entry in service.all[s].ports
	_same(key, endpoint[key], entry)
	some w in selection.pods([name, {"matchLabels": service.all[s].selector}])
	number := service.pod_port(entry, workload.container_ports(w))
]

# An endpoint names the port of a Service, or that of the pods where it leads.
_same("port", wanted, entry) if wanted == entry.name

_same("targetPort", wanted, entry) if wanted == object.get(entry, "targetPort", entry.port)

_of_pod_monitors := [[i, ["spec", "podMetricsEndpoints", e, key], w, number] |
	some i in _monitors("PodMonitor")
	spec := host.resources[i].spec
	some name in _namespaces(i)
	some w in selection.pods([name, object.get(spec, "selector", {})])
	some e, endpoint in spec.podMetricsEndpoints
	some key in ["port", "portNumber", "targetPort"]
	number := _number(endpoint[key], w)
]

_number(port, _) := port if is_number(port)

_number(port, w) := min(numbers) if {
	is_string(port)
	numbers := {declared.containerPort | some declared in workload.container_ports(w); declared.name == port}
}

_annotation := "prometheus.io/port"

_asked(annotations) := to_number(annotations[_annotation]) if {
	annotations["prometheus.io/scrape"] == "true"
	regex.match(`^[0-9]{1,5}$`, annotations[_annotation])
}

# Istio has metrics of its sidecar and the application's read from one port, whatever the annotation says.
_of_pods := [[i, array.concat(pod.path, ["metadata", "annotations", _annotation]), i, number] |
	some i, pod in workload.all
	number := _asked(pod.annotations)
	not i in mesh.members["istio-sidecar"]
]

_of_services := [[s, ["metadata", "annotations", _annotation], w, number] |
	some s, entry in service.all
	number := _asked(host.metadata(host.resources[s]).annotations)
	some w in (selection.pods([entry.namespace, {"matchLabels": entry.selector}]) - mesh.members["istio-sidecar"])
]
