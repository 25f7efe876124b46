package netvet.rules.name_contradicts_effect_test

import data.netvet.rules.name_contradicts_effect

_open := [{}]

_some := [{"ports": [{"port": 80}]}]

_dns := [{"ports": [{"port": 53, "protocol": "UDP"}]}]

_policy(meta, rules) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": object.union({"namespace": "shop"}, meta),
	"spec": object.union({"podSelector": {}, "policyTypes": [type | some key, type in {"ingress": "Ingress", "egress": "Egress"}; rules[key]]}, rules),
}

_found := {fault.msg | some fault in name_contradicts_effect.violation}

_count := {true: 1, false: 0}

test_denies[text] if {
	some text, example in {
		"deny-all": [{"ingress": _open}, true],
		"web-is-isolated": [{"ingress": _open}, true],
		"isolation": [{"ingress": _open, "egress": _open}, true],
		"deny.egress": [{"ingress": [], "egress": _open}, true],
		"deny-egress": [{"ingress": _open, "egress": []}, false],
		"deny-outbound": [{"ingress": [], "egress": _open}, true],
		"deny": [{"ingress": _open, "egress": []}, false],
		"deny-some": [{"ingress": _some}, false],
		"deny-ingress-and-egress": [{"ingress": _open, "egress": []}, false],
		"denying": [{"ingress": _open}, false],
		"deny-a-allow-b": [{"ingress": _open}, false],
		"deny-ingress": [{"egress": _open}, false],
	}
	[rules, contradicted] := example
	count(_found) == _count[contradicted] with input as _policy({"name": text}, rules)
}

test_only[text] if {
	some text, example in {
		"only-web": [{"ingress": _open}, true],
		"allow-only-web": [{"ingress": _open}, true],
		"web-only": [{"ingress": _open}, true],
		"allow-ingress-only": [{"ingress": _open}, false],
		"only-web-in": [{"ingress": _some}, false],
	}
	[rules, contradicted] := example
	count(_found) == _count[contradicted] with input as _policy({"name": text}, rules)
}

test_denies_all[text] if {
	some text, example in {
		"default-deny-all": [{"ingress": _some, "egress": _some}, true],
		"default-deny-everything": [{"ingress": _some}, true],
		"deny-all-ingress": [{"ingress": _some, "egress": []}, true],
		"deny-all-egress": [{"ingress": _some, "egress": []}, false],
		"deny-all-traffic": [{"ingress": _some, "egress": []}, false],
		"deny-any": [{"egress": array.concat(_dns, _some)}, true],
		"default-deny": [{"ingress": _some}, false],
		"deny-all-from-outside": [{"ingress": _some}, false],
		"default-all": [{"ingress": _some}, false],
		"deny-all": [{"egress": _dns}, false],
	}
	[rules, contradicted] := example
	count(_found) == _count[contradicted] with input as _policy({"name": text}, rules)
}

test_allows[text] if {
	some text, example in {
		"allow-web": [{"ingress": []}, true],
		"allow-egress": [{"ingress": _some, "egress": []}, true],
		"permit-web": [{"ingress": [], "egress": []}, true],
		"allow-ingress": [{"ingress": _some, "egress": []}, false],
		"allow-db": [{"ingress": _some, "egress": []}, false],
		"allow-nothing": [{"ingress": []}, false],
		"deny-all-but-allowed": [{"ingress": []}, false],
		"allow-outgoing": [{"ingress": []}, false],
		"allowance": [{"ingress": []}, false],
	}
	[rules, contradicted] := example
	count(_found) == _count[contradicted] with input as _policy({"name": text}, rules)
}

test_descriptions[text] if {
	some text, example in {
		"Denies all ingress": [{"ingress": _open}, true],
		"Default deny": [{"ingress": _open}, true],
		"Allows web in. Other policies deny.": [{"ingress": []}, true],
		"Everybody may connect; others deny": [{"ingress": _open}, false],
		"Web is allowed by other policies": [{"ingress": []}, false],
	}
	[rules, contradicted] := example
	count(_found) == _count[contradicted] with input as _policy({"name": "a", "annotations": {"kubernetes.io/description": text}}, rules)
}

test_told_otherwise if {
	ignored := object.union(_policy({"name": "allow-egress"}, {"ingress": []}), {"spec": {"egress": _some}})
	_found == set() with input as object.union(ignored, {"metadata": {"name": "allow-web"}})
	_found == set() with input as {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "allow-web"}, "spec": {"egress": []}}
}

test_the_same_in_every_scope if {
	policy := _policy({"name": "deny"}, {"ingress": _open})
	count(_found) == 1 with input as {"resources": [policy], "sight": "set"}
	count(_found) == 1 with input as {"review": {"object": policy}}
	_found == set() with input as {"resources": [policy], "scope": []}
}
