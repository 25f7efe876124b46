package netvet.rules.or_peers_test

import data.netvet.rules.or_peers

_policy(namespace, spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": namespace},
	"spec": object.union({"podSelector": {}}, spec),
}

_namespaces(key, value) := {"namespaceSelector": {"matchLabels": {key: value}}}

_pods(key, value) := {"podSelector": {"matchLabels": {key: value}}}

_pod(namespace, labels) := {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "namespace": namespace, "labels": labels}}

_from(peers) := _policy("shop", {"ingress": [{"from": peers}]})

# The severities by path.
_found[concat(".", [sprintf("%v", [step]) | some step in fault.details.path])] := fault.details.severity if {
	some fault in or_peers.violation
}

_error := {"spec.ingress.0.from.1": "error"}

_warning := {"spec.ingress.0.from.1": "warning"}

_dns := [_namespaces("kubernetes.io/metadata.name", "kube-system"), _pods("k8s-app", "kube-dns")]

_unknown := [_namespaces("team", "a"), _pods("app", "web")]

# What one object shows is told in every scope, in the same words.
test_known_pairs_in_every_scope[name] if {
	some name, peers in {
		"dns": _dns,
		"dns, the other way round": [_dns[1], _dns[0]],
		"dns in any namespace": [{"namespaceSelector": {}}, _dns[1]],
		"ingress-nginx": [_pods("app.kubernetes.io/name", "ingress-nginx"), _namespaces("name", "ingress-nginx")],
		"prometheus": [_namespaces("team", "monitoring"), _pods("app", "prometheus")],
	}
	policy := _from(peers)
	_found == _error with input as policy
	want := or_peers.violation with input as policy
	every sight in {"document", "set", "fragment"} {
		or_peers.violation == want with input as {"resources": [policy], "sight": sight}
	}

	# Such pods in the policy's own namespace do not change it.
	or_peers.violation == want with input as {"resources": [policy, _pod("shop", peers[_].podSelector.matchLabels)]}
}

test_unknown_pairs_go_by_sight if {
	policy := _from(_unknown)
	_found == {} with input as policy
	_found == {} with input as {"resources": [policy, _pod("web", {"app": "web"})], "sight": "fragment"}
	_found == _warning with input as {"resources": [policy], "sight": "document"}
	_found == _warning with input as {"resources": [policy], "sight": "set"}
}

test_pods_in_sight[name] if {
	some name, example in {
		"only where the namespaces are": {"peers": [_namespaces("name", "web"), _pods("app", "web")], "pods": ["web"], "want": _error},
		"by a label in sight": {"peers": _unknown, "pods": ["labelled"], "want": _error},
		"in a third namespace": {"peers": _unknown, "pods": ["third"], "want": _warning},
		"in the own namespace": {"peers": _unknown, "pods": ["shop"], "want": {}},
		"in both": {"peers": _unknown, "pods": ["shop", "labelled"], "want": {}},
		"in the own, which the first admits": {"peers": [{"namespaceSelector": {}}, _pods("app", "web")], "pods": ["shop"], "want": _error},
		"in the own, by a label that it lacks": {"peers": [_namespaces("name", "shop"), _pods("app", "web")], "pods": ["shop"], "want": {}},
		"other pods": {"peers": _unknown, "pods": [], "want": _warning},
	}
	labelled := {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "labelled", "labels": {"team": "a"}}}
	pods := [_pod(namespace, {"app": "web"}) | some namespace in example.pods]
	others := [labelled, _pod("shop", {"app": "db"}), _pod("labelled", {"app": "db"})]
	_found == example.want with input as {"resources": array.concat([_from(example.peers)], array.concat(others, pods))}
}

test_near_misses[name] if {
	some name, policy in {
		"one peer": _from([object.union(_dns[0], _dns[1])]),
		"three peers": _from(array.concat(_dns, [_pods("app", "web")])),
		"every pod": _from([_namespaces("team", "a"), {"podSelector": {}}]),
		"pods first": _from([_unknown[1], _unknown[0]]),
		"pods twice": _from([_pods("app", "web"), _pods("app", "api")]),
		"dns from its own namespace": _policy("kube-system", {"ingress": [{"from": [_dns[1], _namespaces("team", "a")]}]}),
		"not in effect": _policy("shop", {"policyTypes": ["Egress"], "ingress": [{"from": _dns}]}),
		"in two lists": _policy("shop", {"ingress": [{"from": [_dns[0]]}, {"from": [_dns[1]]}]}),
		"no objects": _from(["kube-system", 1]),
		# Told by dns-peer-inert.
		"a namespace that is not that of DNS": _policy("shop", {"egress": [{
			"to": [_namespaces("kubernetes.io/metadata.name", "backend"), _dns[1]],
			"ports": [{"protocol": "UDP", "port": 53}],
		}]}),
	}
	_found == {} with input as {"resources": [policy]}
}

test_both_directions if {
	policy := _policy("shop", {"ingress": [{}, {"from": _dns}], "egress": [{"to": _dns}]})
	_found == {"spec.ingress.1.from.1": "error", "spec.egress.0.to.1": "error"} with input as policy
}

# Objects arrive one by one: the pods of the own namespace may come later.
test_admission if {
	review := {"review": {"object": _from([_namespaces("name", "web"), _pods("app", "web")]), "operation": "CREATE", "namespace": "shop"}}
	inventory := {"namespace": {
		"web": {"v1": {"Pod": {"x": _pod("web", {"app": "web"})}}},
		"shop": {"networking.k8s.io/v1": {"NetworkPolicy": {"b": _from([])}}},
	}}
	_found == _warning with input as review with data.inventory as inventory
}

_given(pods) := {"sight": "set", "resources": [{
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": [
		{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}},
		{"podSelector": {"matchLabels": pods}},
	]}]},
}]}

_fixes := {fault.details.fix | some fault in or_peers.violation}

test_fix_of_what_is_certain if {
	_fixes == {[
		{"op": "remove", "path": ["spec", "egress", 0, "to", 1]},
		{"op": "replace", "path": ["spec", "egress", 0, "to", 0], "value": {
			"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
			"podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
		}},
	]} with input as _given({"k8s-app": "kube-dns"})
	_fixes == {[]} with input as _given({"app": "web"})
}

# Of the namespaces of any name, admission shows but one.
test_admission_does_not_show_all_namespaces if {
	peers := [{"namespaceSelector": {}}, _pods("app", "web")]
	review := {"review": {"object": _from(peers), "operation": "CREATE", "namespace": "shop"}}
	every of in ["bank", "shop"] {
		inventory := {"namespace": object.union(
			{"shop": {"networking.k8s.io/v1": {"NetworkPolicy": {"b": object.union(_from([]), {"metadata": {"name": "b"}})}}}},
			{of: {"v1": {"Pod": {"x": _pod(of, {"app": "web"})}}}},
		)}
		_found == {} with input as review with data.inventory as inventory
	}
	_found == _error with input as {"resources": [_from(peers), _pod("bank", {"app": "web"})]}
}
