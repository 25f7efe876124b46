# METADATA
# description: Service meshes, by the labels and annotations that put pods into them, or by the parameter platform.
package lib.netvet.mesh

import data.lib.netvet.host
import data.lib.netvet.namespace
import data.lib.netvet.platform
import data.lib.netvet.selection
import data.lib.netvet.selector
import data.lib.netvet.workload

# The pod is in Istio's mesh without a sidecar. Its own label overrides that of its namespace.
ambient(pod) if _dataplane_mode(pod) == "ambient"

# In ambient mode the kubelet's probes come from here, so that the node's other traffic does not pass for them.
ambient_probe_address := platform.meshes["istio-ambient"].probe_address

_mode := "istio.io/dataplane-mode"

_dataplane_mode(pod) := object.union(namespace.labels(pod.namespace), pod.labels)[_mode]

# The namespaces whose pods each mesh takes in, unless a pod says otherwise: mesh -> names.
namespaces := {
	"istio-ambient": (_labelled(_mode, {"ambient"}) | _presumed("istio-ambient")),
	"istio-sidecar": (_injecting | _presumed("istio-sidecar")),
	"linkerd": ({name | some name, value in _annotated["linkerd.io/inject"]; value in _linkerd_yes} | _presumed("linkerd")),
}

# A revision of Istio stands for injection too, but where the namespace says no, or is without sidecars.
_injecting := _labelled("istio-injection", {"enabled"}) | {name |
	some name, _ in namespace.visible
	labels := namespace.labels(name)
	labels["istio.io/rev"]
	not labels["istio-injection"]
	not labels[_mode]
}

_linkerd_yes := {"enabled", "ingress"}

_labelled(key, values) := {name | some name, _ in namespace.visible; namespace.labels(name)[key] in values}

_annotated := {"linkerd.io/inject": {name: value |
	some name, i in namespace.visible
	value := host.metadata(host.resources[i]).annotations["linkerd.io/inject"]
}}

# Where the mesh is in use and the namespace is not in sight, its pods may be taken to be in it; but not what the cluster itself runs.
_presumed(name) := {space |
	platform.is(name)
	some space in (selection.namespaces | object.keys(workload.in_namespace))
	not namespace.visible[space]
	not regex.match(`^(kube|openshift|istio)-|^linkerd|^default$`, space)
}

# Where host.sparing holds: pods that the policy selects may be in a mesh.
likely(_) if {
	some name, _ in platform.meshes
	platform.is(name)
}

likely(policy) if {
	some key in {_mode, "istio-injection", "istio.io/rev"}
	namespace.labels(policy.namespace)[key]
}

likely(policy) if host.namespace_object(policy.namespace).metadata.annotations[_linkerd]

likely(policy) if selector.pairs(policy.selector) == {}

likely(policy) if {
	some [version, kind, id, labels] in host.carrying(policy.namespace, selector.pairs(policy.selector))
	annotations := host.of_pods(policy.namespace, [version, kind, id], "annotations")
	object.filter(object.union(labels, annotations), _keys) != {}
}

# The workloads in each mesh, by index. A pod in the node's network is in none.
members := {name: pods |
	some name, _ in namespaces
	pods := ((_of(name) | _joining[name]) - _leaving[name]) - workload.host_network
}

_of(name) := union({object.get(workload.in_namespace, space, set()) | some space in namespaces[name]})

_joining := {
	"istio-ambient": {i | some [i, "ambient"] in _marks("labels", _mode)},
	"istio-sidecar": ({i | some [i, "true"] in _inject} | {i | some [i, _] in _marks("annotations", "sidecar.istio.io/status")}),
	"linkerd": ({i | some [i, value] in _marks("annotations", _linkerd); value in _linkerd_yes} | {i |
		some [i, _] in _marks("labels", "linkerd.io/control-plane-ns")
	}),
}

_leaving := {
	"istio-ambient": {i | some [i, value] in _marks("labels", _mode); value != "ambient"},
	"istio-sidecar": {i | some [i, "false"] in _inject},
	"linkerd": {i | some [i, value] in _marks("annotations", _linkerd); not value in _linkerd_yes},
}

# What each pod says of sidecars: the label counts, and where there is none the annotation that came before it.
_inject := labelled | {mark | some mark in _marks("annotations", _sidecar); not mark[0] in {i | some [i, _] in labelled}} if {
	labelled := _marks("labels", _sidecar)
}

_sidecar := "sidecar.istio.io/inject"

_linkerd := "linkerd.io/inject"

# The [workload, value] of all that carry the key. Most pods carry none, and one pass finds that out.
_marks(place, key) := {[row[0], row[3]] | some row in _rows; row[1] == place; row[2] == key}

_rows := [[i, place, key, value] |
	some i, pod in workload.all
	some place in ["labels", "annotations"]
	some key, value in object.filter(pod[place], _keys)
]

_keys := {_mode, _sidecar, _linkerd, "sidecar.istio.io/status", "linkerd.io/control-plane-ns"}

# The ports on which the workload's pods receive what other pods of their meshes send.
inbound_ports(w) := {platform.meshes[name].inbound_port | some name, workloads in members; w in workloads}
