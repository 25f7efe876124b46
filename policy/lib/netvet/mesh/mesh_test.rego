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

_web := {"matchLabels": {"app": "web"}}

_sidecar := {"sidecar.istio.io/inject": "true"}

# Reviewing a policy, what tells that pods which it selects may be in a mesh.
test_likely[name] if {
	some name, example in {
		"nothing": {"want": false},
		"the platform": {"platform": ["linkerd"], "want": true},
		"another platform": {"platform": ["eks"], "want": false},
		"injection in the namespace": {"namespace": _labels({"istio-injection": "enabled"}), "want": true},
		"a revision in the namespace": {"namespace": _labels({"istio.io/rev": "a"}), "want": true},
		"ambient in the namespace": {"namespace": _labels({"istio.io/dataplane-mode": "ambient"}), "want": true},
		"another label of the namespace": {"namespace": _labels({"team": "shop"}), "want": false},
		"an annotation of the namespace": {"namespace": _annotations({"linkerd.io/inject": "enabled"}), "want": true},
		"another annotation of the namespace": {"namespace": _annotations({"sidecar.istio.io/inject": "true"}), "want": false},
		"a label": {"pod": _labels(_sidecar), "want": true},
		"an annotation": {"pod": _annotations({"linkerd.io/inject": "enabled"}), "want": true},
		"a label beside annotations that are null": {"pod": object.union(_labels(_sidecar), {"annotations": null}), "want": true},
		"a label of the dataplane": {"pod": _labels({"istio.io/dataplane-mode": "ambient"}), "want": true},
		"a proxy": {"pod": _labels({"linkerd.io/control-plane-ns": "linkerd"}), "want": true},
		"a sidecar": {"pod": _annotations({"sidecar.istio.io/status": "{}"}), "want": true},
		"another label": {"pod": _labels({"mesh": "true"}), "want": false},
		"a label of a pod that is not selected": {"pod": _labels(object.union(_sidecar, {"app": "api"})), "want": false},
		"an annotation of a pod that is not selected": {"pod": object.union(_labels({"app": "api"}), _annotations(_sidecar)), "want": false},
		"every pod": {"selector": {}, "want": true},
		"no label by its value": {"selector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]}, "want": true},
	}
	policy := {"namespace": "shop", "selector": object.get(example, "selector", _web)}
	pod := _pod(object.union(_labels({"app": "web"}), object.get(example, "pod", {})))
	review := {
		"review": {"object": _policy},
		"parameters": {"platform": object.get(example, "platform", [])},
	}
	every objects in [{"v1": {"Pod": {"web": pod}}}, {"apps/v1": {"Deployment": {"web": _deployment(pod)}}}] {
		got := {true | mesh.likely(policy)} with input as review with data.inventory as {
			"cluster": {"v1": {"Namespace": {"shop": _namespace(object.get(example, "namespace", {}))}}},
			"namespace": {"shop": objects},
		}
		got == {true | example.want}
	}
}

_policy := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "a", "namespace": "shop"}}

_deployment(pod) := {
	"apiVersion": "apps/v1",
	"kind": "Deployment",
	"metadata": {"name": "web", "namespace": "shop"},
	"spec": {"template": {"metadata": object.filter(pod.metadata, ["labels", "annotations"])}},
}

# A pod of the policy in a mesh is never overlooked.
test_members_are_likely[name] if {
	some name, metadata in {
		"a label": _labels({"app": "web", "sidecar.istio.io/inject": "true"}),
		"an annotation": object.union(_labels({"app": "web"}), _annotations({"sidecar.istio.io/inject": "true"})),
		"injected": object.union(_labels({"app": "web"}), _annotations({"sidecar.istio.io/status": "{}"})),
		"ambient": _labels({"app": "web", "istio.io/dataplane-mode": "ambient"}),
		"Linkerd": object.union(_labels({"app": "web"}), _annotations({"linkerd.io/inject": "ingress"})),
		"with Linkerd's proxy": _labels({"app": "web", "linkerd.io/control-plane-ns": "linkerd"}),
	}
	inventory := {"namespace": {"shop": {"v1": {"Pod": {"web": _pod(metadata)}}}}}
	members := {mesh_name | some mesh_name, workloads in mesh.members; 1 in workloads} with input as {"review": {"object": _policy}}
		with data.inventory as inventory
	count(members) == 1
	mesh.likely({"namespace": "shop", "selector": _web}) with input as {"review": {"object": _policy}} with data.inventory as inventory
}
