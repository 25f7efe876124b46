package netvet.rules.any_namespace_peer_test

import data.netvet.rules.any_namespace_peer

_policy(spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": object.union(object.remove({"podSelector": {"matchLabels": {"app": "web"}}}, object.keys(spec)), spec),
}

_text(path) := concat(".", [sprintf("%v", [step]) | some step in path])

_found := {[_text(fault.details.path), fault.details.severity, fault.msg] | some fault in any_namespace_peer.violation}

_web := "pods with app=web in namespace shop"

_any := {"namespaceSelector": {}}

_some := {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "a"}}}

test_ingress[name] if {
	some name, example in {
		"every port": {"peer": _any, "ports": [], "want": ["warning", sprintf("every pod of any namespace may open connections to every port of %s", [_web])]},
		"a port": {"peer": _any, "ports": [{"port": 80}], "want": ["warning", sprintf("every pod of any namespace may open connections to TCP 80 of %s", [_web])]},
		"some pods": {
			"peer": _some, "ports": [{"port": 80}],
			"want": ["note", sprintf("pods with app=a of any namespace may open connections to TCP 80 of %s", [_web])],
		},
		"DNS": {
			"peer": _any, "ports": [{"port": 53}],
			"want": ["warning", sprintf("every pod of any namespace may open connections to TCP 53 of %s", [_web])],
		},
		"some pods to a sensitive port": {
			"peer": _some, "ports": [{"port": 22}],
			"want": ["note", sprintf("pods with app=a of any namespace may open connections to TCP 22 (SSH) of %s", [_web])],
		},
		"a sensitive port and another": {
			"peer": _any, "ports": [{"port": 22}, {"port": 80}],
			"want": ["warning", sprintf("every pod of any namespace may open connections to TCP 22 (SSH), TCP 80 of %s", [_web])],
		},
	}
	want := array.concat(["spec.ingress.0.from.1"], example.want)
	_found == {want} with input as _policy({"ingress": [{"from": [{"podSelector": {}}, example.peer], "ports": example.ports}]})
}

test_egress[name] if {
	some name, example in {
		"every port": {"peer": _any, "ports": [], "want": ["warning", sprintf("%s may open connections to every port of every pod of any namespace", [_web])]},
		"some pods": {
			"peer": _some, "ports": [],
			"want": ["note", sprintf("%s may open connections to every port of pods with app=a of any namespace", [_web])],
		},
		"DNS": {
			"peer": _any, "ports": [{"port": 53, "protocol": "UDP"}],
			"want": ["note", sprintf("%s may open connections to UDP 53 of every pod of any namespace", [_web])],
		},
		"DNS and another": {
			"peer": _any, "ports": [{"port": 53}, {"port": 80}],
			"want": ["warning", sprintf("%s may open connections to TCP 53, TCP 80 of every pod of any namespace", [_web])],
		},
		"a sensitive port": {
			"peer": _any, "ports": [{"port": 5432}],
			"want": ["warning", sprintf("%s may open connections to TCP 5432 (PostgreSQL) of every pod of any namespace", [_web])],
		},
	}
	want := array.concat(["spec.egress.0.to.0"], example.want)
	_found == {want} with input as _policy({"policyTypes": ["Egress"], "egress": [{"to": [example.peer], "ports": example.ports}]})
}

test_near_misses[name] if {
	some name, spec in {
		"the own namespace": {"ingress": [{"from": [{"podSelector": {}}]}]},
		"one namespace": {"ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "a"}}}]}]},
		"a sensitive port": {"ingress": [{"from": [_any], "ports": [{"port": 22}]}]},
		"not in effect": {"ingress": [{"from": [_any]}], "policyTypes": ["Egress"]},
		"no pod": {"ingress": [{"from": [_any]}], "podSelector": {"matchLabels": {"app": 7}}},
		"one peer written as two": {"ingress": [{"from": [_any, {"podSelector": {"matchLabels": {"app": "prometheus"}}}]}]},
		"labels without matchLabels": {"ingress": [{"from": [{"namespaceSelector": {"team": "a"}}]}]},
		"pods without matchLabels": {"ingress": [{"from": [{"namespaceSelector": {}, "podSelector": {"app": "a"}}]}]},
		"a misspelt selector": {"ingress": [{"from": [{"namespaceSelector": {}, "podselector": {}}]}]},
	}
	_found == set() with input as _policy(spec)
}

# One object is enough; others neither add anything nor take anything away.
test_the_same_in_every_scope if {
	policy := _policy({"ingress": [{"from": [_any]}]})
	want := any_namespace_peer.violation with input as policy
	count(want) == 1
	any_namespace_peer.violation == want with input as {"resources": [policy], "sight": "document"}
	any_namespace_peer.violation == want with input as {"resources": [policy, _policy({})], "sight": "set"}
	any_namespace_peer.violation == set() with input as {"resources": [policy], "scope": []}
}

# With more in sight, or-peers may tell of these.
test_half_of_a_peer_in_a_fragment if {
	policy := _policy({"ingress": [{"from": [_any, {"podSelector": {"matchLabels": {"app": "api"}}}]}]})
	_found == set() with input as policy
	_found == set() with input as {"resources": [policy]}
	pod := {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "api", "namespace": "bank", "labels": {"app": "api"}}}
	_found == set() with input as {"resources": [policy, pod]}
}

# Of two peers that are both meant, the one speaks for itself.
test_beside_another_peer if {
	beside := _policy({"ingress": [{"from": [_any, {"podSelector": {}}]}]})
	{path | some [path, _, _] in _found} == {"spec.ingress.0.from.0"} with input as beside
	misspelt := _policy({"ingress": [{"from": [_any, {"podselector": {}}]}]})
	{path | some [path, _, _] in _found} == {"spec.ingress.0.from.0"} with input as misspelt
}
