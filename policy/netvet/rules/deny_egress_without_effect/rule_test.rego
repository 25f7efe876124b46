package netvet.rules.deny_egress_without_effect_test

import data.netvet.rules.deny_egress_without_effect

_policy(spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": object.union({"podSelector": {}}, spec),
}

_both := [{"op": "add", "path": ["spec", "policyTypes"], "value": ["Ingress", "Egress"]}]

_fixes := [fault.details.fix | some fault in deny_egress_without_effect.violation]

test_fix[name] if {
	some name, example in {
		"egress alone": {"spec": {"egress": []}, "want": []},
		"egress alone, types empty": {"spec": {"egress": [], "policyTypes": []}, "want": []},
		"both denied": {"spec": {"egress": [], "ingress": []}, "want": _both},
		"ingress rules": {"spec": {"egress": [], "ingress": [{}]}, "want": _both},
		"the type Ingress": {"spec": {"egress": [], "policyTypes": ["Ingress"]}, "want": _both},
	}
	_fixes == [example.want] with input as _policy(example.spec)
}

test_near_misses[name] if {
	some name, spec in {
		"the type Egress": {"egress": [], "policyTypes": ["Egress"]},
		"a rule": {"egress": [{}]},
		"a rule that is ignored": {"egress": [{}], "policyTypes": ["Ingress"]},
		"null": {"egress": null},
		"no list of rules": {},
		"no list of ingress rules": {"ingress": []},
		"misspelt types": {"egress": [], "types": ["Egress"]},
		"a type that is refused": {"egress": [], "policyTypes": ["ingress"]},
	}
	_fixes == [] with input as _policy(spec)
}

# It concerns no other object: one that denies egress to the same pods does not give this list an effect.
test_the_same_in_every_scope if {
	policy := _policy({"egress": []})
	deny := object.union(_policy({"policyTypes": ["Egress"]}), {"metadata": {"name": "deny"}})
	want := deny_egress_without_effect.violation with input as policy
	count(want) == 1
	deny_egress_without_effect.violation == want with input as {"resources": [policy], "sight": "document"}
	deny_egress_without_effect.violation == want with input as {"resources": [policy, deny], "sight": "set"}
	_fixes == [] with input as {"resources": [policy], "scope": []}
}

test_only_as_written if {
	policy := _policy({"egress": []})
	_fixes == [] with input as object.union(policy, {"metadata": {"uid": "1"}})
	_fixes == [] with input as {"review": {"object": policy, "namespace": "shop"}}
}
