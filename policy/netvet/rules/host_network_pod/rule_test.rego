package netvet.rules.host_network_pod_test

import data.netvet.rules.host_network_pod

_policy(name, spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": name, "namespace": "shop"},
	"spec": object.union(object.remove({"podSelector": {"matchLabels": {"app": "api"}}}, object.keys(spec)), spec),
}

_web := {"matchLabels": {"app": "web"}}

_pod(name, labels, on_host) := {
	"apiVersion": "v1",
	"kind": "Pod",
	"metadata": {"name": name, "namespace": "shop", "labels": labels},
	"spec": {"hostNetwork": on_host},
}

_host := _pod("host", {"app": "web"}, true)

_other := _pod("other", {"app": "web"}, false)

_found := {concat(".", [sprintf("%v", [step]) | some step in array.concat([fault.details.resource.name], fault.details.path)]) |
	some fault in host_network_pod.violation
}

test_selected[name] if {
	some name, example in {
		"all such": {"selector": _web, "pods": [_host], "want": {"a.spec.podSelector"}},
		"some such": {"selector": _web, "pods": [_host, _other], "want": {"a.spec.podSelector"}},
		"every pod": {"selector": {}, "pods": [_host, _other], "want": {"a.spec.podSelector"}},
		"none such": {"selector": _web, "pods": [_other], "want": set()},
		"others": {"selector": {"matchLabels": {"app": "api"}}, "pods": [_host], "want": set()},
	}
	policies := [_policy("b", {"podSelector": example.selector}), _policy("a", {"podSelector": example.selector})]
	_found == example.want with input as {"resources": array.concat(policies, example.pods), "sight": "set"}
}

_peers := {
	"of one application": {"podSelector": _web},
	"every pod": {"podSelector": {}},
	"a namespace": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}},
	"one application in a namespace": {"podSelector": _web, "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}},
	"any namespace": {"namespaceSelector": {}},
	"another namespace": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "bank"}}},
	"another application": {"podSelector": {"matchLabels": {"app": "cart"}}},
}

test_peers[name] if {
	some name, want in {
		"of one application": [true, true],
		"every pod": [true, false],
		"a namespace": [true, false],
		"one application in a namespace": [true, true],
		"any namespace": [false, false],
		"another namespace": [false, false],
		"another application": [false, false],
	}
	policy := _policy("a", {"ingress": [{}, {"from": [_peers[name]]}]})
	path := "a.spec.ingress.1.from.0"
	_found == {path | want[0]} with input as {"resources": [policy, _host], "sight": "set"}
	_found == {path | want[1]} with input as {"resources": [policy, _host, _other], "sight": "set"}
	_found == set() with input as {"resources": [policy, _other], "sight": "set"}
}

test_only_what_is_under_review if {
	policy := _policy("a", {"podSelector": _web, "ingress": [{"from": [{"podSelector": _web}]}]})
	count(_found) == 2 with input as {"resources": [policy, _host], "sight": "set"}
	_found == set() with input as {"resources": [policy, _host], "sight": "set", "scope": [1]}
}

# The only such pods are those of another namespace.
test_pods_elsewhere if {
	away := object.union(_host, {"metadata": {"namespace": "bank"}})
	peer := {"podSelector": _web, "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "bank"}}}
	policy := _policy("a", {"ingress": [{"from": [peer, {"podSelector": _web}]}]})
	_found == {"a.spec.ingress.0.from.0"} with input as {"resources": [policy, away], "sight": "set"}
}
