package netvet.rules.rules_without_policy_type_test

import data.netvet.rules.rules_without_policy_type

_policy(spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": object.union(object.remove({"podSelector": {}}, object.keys(spec)), spec),
}

_rules := [{"ports": [{"port": 80}]}]

_found := {concat(".", fault.details.path) | some fault in rules_without_policy_type.violation}

test_ignored[name] if {
	some name, example in {
		"egress": {"spec": {"policyTypes": ["Ingress"], "egress": _rules}, "want": {"spec.egress"}},
		"ingress": {"spec": {"policyTypes": ["Egress"], "ingress": _rules}, "want": {"spec.ingress"}},
		"a rule that admits everything": {"spec": {"policyTypes": ["Ingress"], "egress": [{}]}, "want": {"spec.egress"}},
	}
	_found == example.want with input as _policy(example.spec)
}

test_near_misses[name] if {
	some name, spec in {
		"named": {"policyTypes": ["Ingress", "Egress"], "ingress": _rules, "egress": _rules},
		"inferred": {"ingress": _rules, "egress": _rules},
		"inferred from an empty list": {"policyTypes": [], "ingress": _rules, "egress": _rules},
		"inferred from null": {"policyTypes": null, "egress": _rules},
		"no rules": {"policyTypes": ["Ingress"], "egress": []},
		"null": {"policyTypes": ["Ingress"], "egress": null},
		"a type that is refused": {"policyTypes": ["ingress"], "ingress": _rules},
	}
	_found == set() with input as _policy(spec)
}

# What other policies say changes nothing: the message speaks of this one.
test_the_same_in_every_scope if {
	policy := _policy({"policyTypes": ["Ingress"], "egress": _rules})
	deny := object.union(_policy({"policyTypes": ["Egress"]}), {"metadata": {"name": "deny"}})
	want := rules_without_policy_type.violation with input as policy
	count(want) == 1
	rules_without_policy_type.violation == want with input as {"resources": [policy], "sight": "document"}
	rules_without_policy_type.violation == want with input as {"resources": [policy, deny], "sight": "set"}
}

test_only_what_is_under_review if {
	policy := _policy({"policyTypes": ["Ingress"], "egress": _rules})
	rules_without_policy_type.violation == set() with input as {"resources": [policy], "scope": []}
}

test_fix if {
	fixes := {fault.details.fix | some fault in rules_without_policy_type.violation} with input as _policy({"policyTypes": ["Ingress"], "egress": _rules})
	fixes == {[{"op": "add", "path": ["spec", "policyTypes", 1], "value": "Egress"}]}
}
