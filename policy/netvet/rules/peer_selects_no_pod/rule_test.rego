package netvet.rules.peer_selects_no_pod_test

import data.netvet.rules.peer_selects_no_pod

_policy(peers) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": {"podSelector": {}, "ingress": [{"from": peers}]},
}

_pod(namespace, labels) := {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": namespace, "labels": labels}}

_pods := {"podSelector": {"matchLabels": {"app": "web"}}}

_in(name) := object.union(_pods, {"namespaceSelector": {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": name}]}})

_set(resources) := {"resources": resources, "sight": "set"}

_found := {fault.msg | some fault in peer_selects_no_pod.violation}

_said(where, rest) := sprintf("no pod in sight in namespace %s has app=web, so the peer admits nobody%s", [where, rest])

test_found[name] if {
	some name, example in {
		"own namespace": {"peers": [_pods], "pods": [_pod("shop", {"app": "api"})], "want": _said("shop", "")},
		"own namespace, pods elsewhere": {
			"peers": [_pods],
			"pods": [_pod("shop", {}), _pod("bank", {"app": "web"}), _pod("yard", {"app": "web"})],
			"want": _said("shop", ""),
		},
		"named": {"peers": [_in(["bank"])], "pods": [_pod("bank", {"app": "wed"}), _pod("shop", {})], "want": _said("bank", "")},
		"two named": {"peers": [_in(["bank", "yard"])], "pods": [_pod("bank", {}), _pod("yard", {})], "want": _said("bank, yard", "")},
		"beside one that is met": {"peers": [{"podSelector": {}}, _pods], "pods": [_pod("shop", {})], "want": _said("shop", "")},
	}
	_found == {example.want} with input as _set(array.concat(example.pods, [_policy(example.peers)]))
}

# That some pod meets a part of it is not enough.
test_partly_met[name] if {
	some name, asked in {
		"two labels": {"matchLabels": {"app": "web", "tier": "front"}},
		"an expression": {"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "tier", "operator": "Exists"}]},
	}
	count(_found) == 1 with input as _set([_pod("shop", {"app": "web"}), _policy([{"podSelector": asked}])])
}

test_near_misses[name] if {
	some name, example in {
		"met": {"peers": [_pods], "pods": [_pod("shop", {"app": "web"})]},
		"met by two labels": {
			"peers": [{"podSelector": {"matchLabels": {"app": "web", "tier": "front"}}}],
			"pods": [_pod("shop", {"app": "web", "tier": "front"})],
		},
		"every pod": {"peers": [{"podSelector": {}}], "pods": [_pod("shop", {})]},
		"no workload in sight": {"peers": [_pods], "pods": [_pod("bank", {})]},
		"one of two in sight": {"peers": [_in(["bank", "yard"])], "pods": [_pod("bank", {})]},
		"one of two met": {"peers": [_in(["bank", "yard"])], "pods": [_pod("bank", {}), _pod("yard", {"app": "web"})]},
		"namespaces alone": {"peers": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}}], "pods": [_pod("shop", {})]},
		"namespaces of any name": {"peers": [object.union(_pods, {"namespaceSelector": {}})], "pods": [_pod("shop", {})]},
		"meant as one": {"peers": [{"namespaceSelector": {"matchLabels": {"team": "a"}}}, _pods], "pods": [_pod("shop", {})]},
		"a label that nobody sets": {
			"peers": [object.union(_pods, {"namespaceSelector": {"matchLabels": {"name": "bank", "kubernetes.io/metadata.name": "bank"}}})],
			"pods": [_pod("bank", {})],
		},
	}
	_found == set() with input as _set(array.concat(example.pods, [_policy(example.peers)]))
}

test_what_everybody_runs_elsewhere_is_told_otherwise if {
	peers := [
		{"podSelector": {"matchLabels": {"app": "prometheus"}}},
		{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}},
	]
	_found == set() with input as _set([_policy(peers), _pod("shop", {})])
}

test_dns_is_told_otherwise if {
	policy := object.union(_policy([]), {"spec": {"policyTypes": ["Egress"], "egress": [{
		"to": [{"podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}],
		"ports": [{"port": 53, "protocol": "UDP"}],
	}]}})
	_found == set() with input as _set([policy, _pod("shop", {})])
}

test_fix if {
	mended := {fault.details.fix | some fault in peer_selects_no_pod.violation} with input as _set([_policy([_pods]), _pod("shop", {"app": "webs"})])
	mended == {[{"op": "replace", "path": ["spec", "ingress", 0, "from", 0, "podSelector", "matchLabels"], "value": {"app": "webs"}}]}
	unsure := {fault.details.fix | some fault in peer_selects_no_pod.violation} with input as _set([
		_policy([_pods]),
		_pod("shop", {"app": "webs"}),
		_pod("bank", {"app": "web"}),
	])
	unsure == {[]}
	two := {fault.details.fix | some fault in peer_selects_no_pod.violation} with input as _set([
		_policy([_in(["bank", "yard"])]),
		_pod("bank", {"app": "webs"}),
		_pod("yard", {"app": "webs"}),
	])
	two == {[]}
}

test_advice if {
	advice := {fault.details.remediation | some fault in peer_selects_no_pod.violation} with input as _set([
		_policy([_pods]),
		_pod("shop", {}),
		_pod("bank", {"app": "web"}),
	])
	{contains(text, "kubernetes.io/metadata.name: bank") | some text in advice} == {true}
}

test_sights if {
	resources := [_policy([_pods]), _pod("shop", {})]
	_found == set() with input as {"resources": resources, "sight": "document"}
	_found == set() with input as {"resources": resources, "sight": "fragment"}
	_found == set() with input as {"resources": resources, "sight": "set", "scope": [1]}
	count(_found) == 1 with input as {"resources": resources, "sight": "set", "scope": [0]}
}

# Where the pods are is advice, and the message the same in any sight.
test_pods_elsewhere if {
	by_expression := {"podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]}}
	advice := {text |
		some peer in [_pods, by_expression]
		texts := {fault.details.remediation | some fault in peer_selects_no_pod.violation} with input as _set([
			_policy([peer]),
			_pod("shop", {}),
			_pod("yard", {"app": "web"}),
			_pod("bank", {"app": "web"}),
		])
		some text in texts
	}
	count(advice) == 2
	every text in advice { startswith(text, "Name the namespace that the pods are in, bank or yard") }
	none := {fault.details.remediation | some fault in peer_selects_no_pod.violation} with input as _set([_policy([by_expression]), _pod("shop", {})])
	none == set()
}
