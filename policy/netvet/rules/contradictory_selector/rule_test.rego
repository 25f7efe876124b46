package netvet.rules.contradictory_selector_test

import data.netvet.rules.contradictory_selector

_policy(spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": spec,
}

_never := {"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}

_found := {concat(".", [sprintf("%v", [step]) | some step in fault.details.path]) | some fault in contradictory_selector.violation}

test_places[name] if {
	some name, example in {
		"policy": {"spec": {"podSelector": _never}, "want": {"spec.podSelector"}},
		"pods": {"spec": {"ingress": [{"from": [{"podSelector": {}}, {"podSelector": _never}]}]}, "want": {"spec.ingress.0.from.1.podSelector"}},
		"namespaces": {"spec": {"egress": [{}, {"to": [{"namespaceSelector": _never}]}]}, "want": {"spec.egress.1.to.0.namespaceSelector"}},
		"both": {
			"spec": {"ingress": [{"from": [{"podSelector": _never, "namespaceSelector": _never}]}]},
			"want": {"spec.ingress.0.from.0.podSelector", "spec.ingress.0.from.0.namespaceSelector"},
		},
		"ignored": {"spec": {"policyTypes": ["Egress"], "ingress": [{"from": [{"podSelector": _never}]}]}, "want": set()},
	}
	_found == example.want with input as _policy(object.union({"podSelector": {}}, example.spec))
}

test_near_misses[name] if {
	some name, label_selector in {
		"everything": {},
		"labels": {"matchLabels": {"app": "web"}},
		"expressions that meet": {"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "app", "operator": "Exists"}]},
		"no label": {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]},
		"refused": {"matchExpressions": [{"key": "app", "operator": "In"}]},
		"refused as a whole": {"matchExpressions": ["app"]},
	}
	_found == set() with input as _policy({"podSelector": label_selector, "ingress": [{"from": [{"podSelector": label_selector}]}]})
}

test_the_same_in_every_scope if {
	policy := _policy({"podSelector": _never})
	want := contradictory_selector.violation with input as policy
	count(want) == 1
	contradictory_selector.violation == want with input as {"resources": [policy], "sight": "set"}
	contradictory_selector.violation == want with input as {"review": {"object": policy}}
	contradictory_selector.violation == set() with input as {"resources": [policy], "scope": []}
}
