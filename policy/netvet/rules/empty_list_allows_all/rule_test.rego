package netvet.rules.empty_list_allows_all_test

import data.netvet.rules.empty_list_allows_all

_policy(spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": object.union({"podSelector": {}}, spec),
}

_ports := [{"port": 80}]

_peers := [{"podSelector": {}}]

_found := {concat(".", [sprintf("%v", [step]) | some step in fault.details.path]) | some fault in empty_list_allows_all.violation}

test_empty[name] if {
	some name, example in {
		"from": {"spec": {"ingress": [{"from": [], "ports": _ports}]}, "want": {"spec.ingress.0.from"}},
		"to": {"spec": {"egress": [{"to": null, "ports": _ports}]}, "want": {"spec.egress.0.to"}},
		"ports": {"spec": {"ingress": [{"from": _peers, "ports": null}]}, "want": {"spec.ingress.0.ports"}},
		"ports of egress": {"spec": {"egress": [{}, {"to": _peers, "ports": []}]}, "want": {"spec.egress.1.ports"}},
	}
	_found == example.want with input as _policy(example.spec)
}

test_near_misses[name] if {
	some name, spec in {
		"no peers": {"ingress": [{"ports": _ports}]},
		"no ports": {"ingress": [{"from": _peers}]},
		"both given": {"ingress": [{"from": _peers, "ports": _ports}]},
		"neither, peers empty": {"ingress": [{"from": []}]},
		"neither, ports empty": {"ingress": [{"ports": []}]},
		"neither, both empty": {"egress": [{"to": [], "ports": []}]},
		"another direction's word": {"ingress": [{"to": [], "ports": _ports}]},
		"no rules": {"ingress": [], "egress": []},
		"ignored": {"policyTypes": ["Egress"], "ingress": [{"from": [], "ports": _ports}]},
	}
	_found == set() with input as _policy(spec)
}

test_the_same_in_every_scope if {
	policy := _policy({"ingress": [{"from": [], "ports": _ports}, {"from": _peers, "ports": []}]})
	count(_found) == 2 with input as {"resources": [policy], "sight": "document"}
	count(_found) == 2 with input as {"resources": [policy], "sight": "set"}
	_found == set() with input as {"resources": [policy], "scope": []}
	_found == set() with input as object.union(policy, {"metadata": {"resourceVersion": "1"}})
	_found == set() with input as {"review": {"object": policy, "namespace": "shop"}}
}
