package netvet.rules.policy_types_missing_test

import data.netvet.rules.policy_types_missing

_policy(name, spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": name, "namespace": "shop"},
	"spec": object.union({"podSelector": {}}, spec),
}

_web := {"podSelector": {"matchLabels": {"app": "web"}}}

# The types that are inferred.
_found := [fault.details.fix[0].value | some fault in policy_types_missing.violation]

_set(resources) := {"resources": resources, "sight": "set"}

test_inferred[name] if {
	some name, example in {
		"nothing": {"spec": {}, "want": ["Ingress"]},
		"null": {"spec": {"policyTypes": null}, "want": ["Ingress"]},
		"ingress rules": {"spec": {"policyTypes": [], "ingress": [{}]}, "want": ["Ingress"]},
		"ingress and egress rules": {"spec": {"ingress": [{}], "egress": [{}]}, "want": ["Ingress", "Egress"]},
		"ingress denied in so many words": {"spec": {"ingress": [], "egress": [{}]}, "want": ["Ingress", "Egress"]},
		"egress without a value": {"spec": {"egress": null}, "want": ["Ingress"]},
	}
	_found == [example.want] with input as _set([_policy("a", example.spec)])
	_found == [example.want] with input as {"resources": [_policy("a", example.spec)], "sight": "document"}
}

test_near_misses[name] if {
	some name, spec in {
		"named": {"policyTypes": ["Ingress"], "egress": [{}]},
		"egress alone": {"egress": [{}]},
		"no egress rules": {"egress": []},
		"no egress rules, but of ingress": {"ingress": [{}], "egress": []},
		"no list": {"policyTypes": "Ingress"},
		"misspelt": {"policytypes": ["Ingress"]},
	}
	_found == [] with input as _set([_policy("a", spec)])
	_found == [] with input as {"resources": [_policy("a", spec)], "sight": "document"}
	_found == [] with input as _policy("a", spec)
}

test_without_a_spec if {
	_found == [] with input as object.remove(_policy("a", {}), ["spec"])
}

# Egress alone is no fault where another policy isolates ingress of the same pods; in a fragment it may be one.
test_egress_alone_beside_a_deny if {
	egress := _policy("egress", object.union(_web, {"egress": [{}]}))
	deny := _policy("deny", {"policyTypes": ["Ingress"]})
	_found == [["Ingress", "Egress"]] with input as _set([egress, deny])
	elsewhere := object.union(deny, {"metadata": {"namespace": "bank"}})
	_found == [] with input as _set([egress, elsewhere])
	_found == [["Ingress"]] with input as _policy("a", {"ingress": [{}]})
	_found == [] with input as _policy("a", {"egress": null})
}

test_only_as_written if {
	policy := _policy("a", {})
	_found == [] with input as object.union(policy, {"metadata": {"uid": "1"}})
	_found == [] with input as {"review": {"object": policy, "namespace": "shop"}}
	_found == [] with input as {"resources": [policy], "scope": []}
}
