package netvet.rules.pod_not_isolated_test

import data.netvet.rules.pod_not_isolated

_policy(types, label_selector) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "kube-system"},
	"spec": {"podSelector": label_selector, "policyTypes": types},
}

_web := {"matchLabels": {"app": "web"}}

_pod(name, spec) := {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "kube-system", "labels": {"app": name}}, "spec": spec}

_set(resources) := {"resources": resources, "sight": "set"}

_found := {fault.msg | some fault in pod_not_isolated.violation}

_said(directions) := {sprintf(
	"no policy isolates Pod kube-system/api for %s, while policies of namespace kube-system isolate others: its connections are unrestricted",
	[directions],
)}

test_directions[name] if {
	some name, example in {
		"both": {"policies": [_policy(["Ingress", "Egress"], _web)], "want": _said("ingress or egress")},
		"ingress": {"policies": [_policy(["Ingress"], _web)], "want": _said("ingress")},
		"egress": {"policies": [_policy(["Egress"], _web)], "want": _said("egress")},
		"ingress of the rest": {
			"policies": [
				_policy(["Ingress", "Egress"], _web),
				object.union(_policy(["Egress"], {"matchLabels": {"app": "api"}}), {"metadata": {"name": "b"}}),
			],
			"want": _said("ingress"),
		},
		"every pod": {"policies": [_policy(["Ingress", "Egress"], {})], "want": set()},
		"no policies": {"policies": [], "want": set()},
		"policies elsewhere": {"policies": [object.union(_policy(["Ingress"], _web), {"metadata": {"namespace": "kube-public"}})], "want": set()},
	}
	_found == example.want with input as _set(array.concat([_pod("web", {}), _pod("api", {})], example.policies))
}

test_the_node_s_network if {
	_found == set() with input as _set([_pod("api", {"hostNetwork": true}), _policy(["Ingress"], _web)])
}

# Where every pod needs a policy, default-deny-missing tells.
test_namespaces if {
	resources := [object.union(x, {"metadata": {"namespace": "shop"}}) | some x in [_pod("api", {}), _policy(["Ingress"], _web)]]
	_found == set() with input as _set(resources)
	exempt := {"exempt_namespaces": ["shop"]}
	want := {"no policy isolates Pod shop/api for ingress, while policies of namespace shop isolate others: its connections are unrestricted"}
	_found == want with input as object.union(_set(resources), {"parameters": exempt})
}

test_sets_only if {
	resources := [_pod("api", {}), _policy(["Ingress"], _web)]
	count(pod_not_isolated.violation) == 1 with input as _set(resources)
	pod_not_isolated.violation == set() with input as {"resources": resources, "sight": "fragment"}
	pod_not_isolated.violation == set() with input as {"resources": resources, "sight": "document"}
	pod_not_isolated.violation == set() with input as {"resources": resources, "sight": "set", "scope": [1]}
}
