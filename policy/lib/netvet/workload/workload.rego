# METADATA
# description: The pods that the visible workloads make.
package lib.netvet.workload

import data.lib.netvet.host
import data.lib.netvet.selector

kinds := object.keys(host.templates)

# The visible workloads by index: labels, annotations and spec are those of the pods, path leads to the pod template.
# What a visible controller owns is left out: its template speaks for it.
all := {i: pod |
	some kind, path in host.templates
	some i in host.of_kind[kind]
	resource := host.resources[i]
	not i in _owned
	template := object.get(resource, path, null)
	is_object(template)
	pod := {
		"index": i,
		"kind": resource.kind,
		"name": object.get(host.names, i, ""),
		"namespace": host.namespaces[i],
		"labels": selector.labels(object.get(template, ["metadata", "labels"], {})),
		"annotations": object.get(template, ["metadata", "annotations"], {}),
		"path": path,
		"spec": object.get(template, "spec", {}),
	}
}

# Labels that pods get only when they are made: by controllers, the scheduler, meshes.
added_later(key) if key in {
	"apps.kubernetes.io/pod-index",
	"batch.kubernetes.io/controller-uid",
	"batch.kubernetes.io/job-completion-index",
	"batch.kubernetes.io/job-name",
	"controller-revision-hash",
	"controller-uid",
	"job-name",
	"pod-template-generation",
	"pod-template-hash",
	"statefulset.kubernetes.io/pod-name",
	"topology.kubernetes.io/region",
	"topology.kubernetes.io/zone",
}

added_later(key) if strings.any_suffix_match(split(key, "/")[0], ["istio.io", "linkerd.io"])

reviewed := host.reviewed & object.keys(all)

# The indexes of a namespace's workloads.
in_namespace := {name: {i | some i; all[i].namespace == name} | some name in {name | name := all[_].namespace}}

# NetworkPolicies neither isolate pods in the node's network nor match them by their labels, on most plugins.
host_network := {i | some i, pod in all; pod.spec.hostNetwork == true}

# The workloads whose pods ask the cluster's DNS, rather than the node's or one of their own.
dns_clients := (object.keys(all) - host_network) - {i | some i, pod in all; pod.spec.dnsPolicy in {"None", "Default"}}

# The containers that run as long as the pod does: sidecars are init containers that restart always.
_containers(i) := array.concat(
	[[container, ["spec", "containers", k]] | some k, container in all[i].spec.containers],
	[[container, ["spec", "initContainers", k]] |
		some k, container in all[i].spec.initContainers
		container.restartPolicy == "Always"
	],
)

container_ports(i) := [port | port := _containers(i)[_][0].ports[_]]

# The kubelet's probes that come to the pods over the network: {"type", "number", "path"}; number is the pod's port, which is TCP. A probe that
# runs a command or asks another host does not come to the pod.
probes(i) := {probe |
	some [container, path] in _containers(i)
	some type, handler
	port := container[type][handler].port
	type in {"livenessProbe", "readinessProbe", "startupProbe"}
	handler in {"httpGet", "tcpSocket", "grpc"}
	object.get(container[type][handler], "host", "") in {"", null}
	probe := {
		"type": type,
		"number": _number(port, container),
		"path": array.concat(all[i].path, array.concat(path, [type, handler, "port"])),
	}
}

# A port by number, or by the name that its container gives it.
_number(port, container) := port if {
	is_number(port)
} else := to_number(port) if {
	is_string(port)
	regex.match(`^[0-9]{1,5}$`, port)
} else := [container.ports[p].containerPort | some p; container.ports[p].name == port][0]

# How messages call workloads: the first by name, and how many more.
describe(indexes) := sprintf("%s %s/%s%s", array.concat(first, [_more(count(indexes) - 1)])) if {
	first := min({[all[i].kind, all[i].namespace, all[i].name] | some i in indexes})
}

_more(0) := ""

_more(n) := sprintf(" and %d more", [n]) if n > 0

_owned := {i |
	some i
	owner := host.resources[i].metadata.ownerReferences[_]
	owner.controller == true
	[owner.kind, owner.name, host.namespaces[i]] in _controllers
}

_controllers := {[kind, host.resources[i].metadata.name, host.namespaces[i]] | some kind in kinds; some i in host.of_kind[kind]}
