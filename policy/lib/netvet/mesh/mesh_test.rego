package lib.netvet.mesh_test

import data.lib.netvet.mesh

_input := {"resources": [{
	"apiVersion": "v1",
	"kind": "Namespace",
	"metadata": {"name": "meshed", "labels": {"istio.io/dataplane-mode": "ambient"}},
}]}

test_ambient if {
	mesh.ambient({"namespace": "meshed", "labels": {}}) with input as _input
	mesh.ambient({"namespace": "shop", "labels": {"istio.io/dataplane-mode": "ambient"}}) with input as _input
	not mesh.ambient({"namespace": "meshed", "labels": {"istio.io/dataplane-mode": "none"}}) with input as _input
	not mesh.ambient({"namespace": "shop", "labels": {}}) with input as _input
}

test_ambient_probe_address if net.cidr_contains("169.254.0.0/16", mesh.ambient_probe_address)

_namespace(metadata) := {"apiVersion": "v1", "kind": "Namespace", "metadata": object.union({"name": "shop"}, metadata)}

_pod(metadata) := {"apiVersion": "v1", "kind": "Pod", "metadata": object.union({"name": "web", "namespace": "shop"}, metadata), "spec": {}}

_labels(labels) := {"labels": labels}

_annotations(annotations) := {"annotations": annotations}

# Which meshes a pod is in, by what its namespace and it say.
test_members[name] if {
	some name, example in {
		"nothing": {"namespace": {}, "pod": {}, "want": set()},
		"injection": {"namespace": _labels({"istio-injection": "enabled"}), "pod": {}, "want": {"istio-sidecar"}},
		"no injection": {"namespace": _labels({"istio-injection": "disabled", "istio.io/rev": "a"}), "pod": {}, "want": set()},
		"a revision": {"namespace": _labels({"istio.io/rev": "a"}), "pod": {}, "want": {"istio-sidecar"}},
		"a revision without sidecars": {
			"namespace": _labels({"istio.io/rev": "a", "istio.io/dataplane-mode": "ambient"}), "pod": {},
			"want": {"istio-ambient"},
		},
		"a pod's label": {"namespace": {}, "pod": _labels({"sidecar.istio.io/inject": "true"}), "want": {"istio-sidecar"}},
		"a pod's annotation": {"namespace": {}, "pod": _annotations({"sidecar.istio.io/inject": "true"}), "want": {"istio-sidecar"}},
		"a pod that leaves": {
			"namespace": _labels({"istio-injection": "enabled"}), "pod": _annotations({"sidecar.istio.io/inject": "false"}),
			"want": set(),
		},
		"the label before the annotation": {
			"namespace": {},
			"pod": object.union(_labels({"sidecar.istio.io/inject": "true"}), _annotations({"sidecar.istio.io/inject": "false"})),
			"want": {"istio-sidecar"},
		},
		"injected": {"namespace": {}, "pod": _annotations({"sidecar.istio.io/status": "{}"}), "want": {"istio-sidecar"}},
		"ambient": {"namespace": _labels({"istio.io/dataplane-mode": "ambient"}), "pod": {}, "want": {"istio-ambient"}},
		"an ambient pod": {"namespace": {}, "pod": _labels({"istio.io/dataplane-mode": "ambient"}), "want": {"istio-ambient"}},
		"a pod that is not": {
			"namespace": _labels({"istio.io/dataplane-mode": "ambient"}), "pod": _labels({"istio.io/dataplane-mode": "none"}),
			"want": set(),
		},
		"Linkerd": {"namespace": _annotations({"linkerd.io/inject": "enabled"}), "pod": {}, "want": {"linkerd"}},
		"Linkerd for ingress": {"namespace": {}, "pod": _annotations({"linkerd.io/inject": "ingress"}), "want": {"linkerd"}},
		"no Linkerd": {"namespace": _annotations({"linkerd.io/inject": "enabled"}), "pod": _annotations({"linkerd.io/inject": "disabled"}), "want": set()},
		"Linkerd off": {"namespace": _annotations({"linkerd.io/inject": "disabled"}), "pod": {}, "want": set()},
		"with Linkerd's proxy": {"namespace": {}, "pod": _labels({"linkerd.io/control-plane-ns": "linkerd"}), "want": {"linkerd"}},
	}
	resources := [_namespace(example.namespace), _pod(example.pod)]
	found := {mesh_name | some mesh_name, workloads in mesh.members; 1 in workloads} with input as {"resources": resources}
	found == example.want
}

test_host_network if {
	pod := object.union(_pod(_labels({"sidecar.istio.io/inject": "true"})), {"spec": {"hostNetwork": true}})
	mesh.members["istio-sidecar"] == set() with input as {"resources": [_namespace({}), pod]}
}

# The mesh is in use, and whether the namespace is in it cannot be seen.
test_presumed[name] if {
	some name in ["istio-sidecar", "istio-ambient", "linkerd"]
	pods := [_pod({}), _pod({"namespace": "kube-system"}), _pod({"namespace": "other"})]
	mesh.namespaces[name] == {"shop", "other"} with input as {"resources": pods, "parameters": {"platform": [name]}}
	mesh.namespaces[name] == {"other"} with input as {"resources": array.concat(pods, [_namespace({})]), "parameters": {"platform": [name]}}
	mesh.namespaces[name] == set() with input as {"resources": pods, "parameters": {"platform": ["eks"]}}
}

test_inbound_ports if {
	resources := [_pod(_labels({"istio.io/dataplane-mode": "ambient"})), _pod(_annotations({"linkerd.io/inject": "enabled"})), _pod({})]
	mesh.inbound_ports(0) == {15008} with input as {"resources": resources}
	mesh.inbound_ports(1) == {4143} with input as {"resources": resources}
	mesh.inbound_ports(2) == set() with input as {"resources": resources}
}

# Reviewing a policy, what tells that pods may be in a mesh.
test_likely[name] if {
	some name, example in {
		"nothing": {"namespace": {}, "pod": {}, "platform": [], "want": false},
		"the platform": {"namespace": {}, "pod": {}, "platform": ["linkerd"], "want": true},
		"another platform": {"namespace": {}, "pod": {}, "platform": ["eks"], "want": false},
		"a label of the namespace": {"namespace": _labels({"istio-injection": "enabled"}), "pod": {}, "platform": [], "want": true},
		"another label": {"namespace": _labels({"team": "shop"}), "pod": {}, "platform": [], "want": false},
		"an annotation of the namespace": {"namespace": _annotations({"linkerd.io/inject": "enabled"}), "pod": {}, "platform": [], "want": true},
		"a label of a pod": {"namespace": {}, "pod": _labels({"sidecar.istio.io/inject": "true"}), "platform": [], "want": true},
	}
	policy := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "a", "namespace": "shop"}}
	input_ := {"review": {"object": policy}, "parameters": {"platform": example.platform}}
	inventory := {"cluster": {"v1": {"Namespace": {"shop": _namespace(example.namespace)}}}, "namespace": {"shop": {"v1": {"Pod": {"web": _pod(example.pod)}}}}}
	{true | mesh.likely("shop")} == {true | example.want} with input as input_ with data.inventory as inventory
}
