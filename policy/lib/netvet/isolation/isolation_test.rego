package lib.netvet.isolation_test

import data.lib.netvet.isolation

_pod(name, spec) := {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop", "labels": {"app": name}}, "spec": spec}

_resources := [
	_pod("web", {}),
	_pod("api", {}),
	_pod("agent", {"hostNetwork": true}),
	{
		"apiVersion": "networking.k8s.io/v1",
		"kind": "NetworkPolicy",
		"metadata": {"name": "web", "namespace": "shop"},
		"spec": {"podSelector": {"matchLabels": {"app": "web"}}},
	},
	object.union(_pod("agent", {"hostNetwork": true}), {"metadata": {"namespace": "agents"}}),
]

test_open if {
	isolation.open("shop", "Ingress") == {1} with input as {"resources": _resources}
	isolation.open("shop", "Egress") == {0, 1} with input as {"resources": _resources}
	isolation.open("yard", "Egress") == set() with input as {"resources": _resources}
}

test_workloads if {
	isolation.workloads == {"shop": {0, 1}} with input as {"resources": _resources}
}

test_exempt if {
	own := {"kube-system", "kube-public", "kube-node-lease"}
	isolation.exempt == own with input as {"resources": []}
	isolation.exempt == own | {"shop"} with input as {"resources": [], "parameters": {"exempt_namespaces": ["shop"]}}
}
