package netvet.rules.missing_pod_selector_test

import data.netvet.rules.missing_pod_selector

_policy(members) := object.union(
	{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "a", "namespace": "shop"}},
	members,
)

_web := {"matchLabels": {"app": "web"}}

_ingress := [{"ports": [{"port": 80}]}]

_found := {fault.msg | some fault in missing_pod_selector.violation}

_said := {"there is no podSelector in spec: the policy selects every pod in namespace shop"}

test_missing[name] if {
	some name, policy in {
		"a rule": {"spec": {"ingress": _ingress}},
		"nothing": {"spec": {}},
		"in a rule": {"spec": {"egress": [{}, {"podSelector": _web}]}},
		"another field that is none": {"spec": {"order": 1}, "policyTypes": ["Egress"]},
	}
	_found == _said with input as _policy(policy)
}

# As unknown-field tells.
test_at_the_wrong_depth[name] if {
	some name, policy in {
		"labels": {"spec": {"matchLabels": {"app": "web"}}},
		"expressions": {"spec": {"matchExpressions": []}},
		"beside spec": {"podSelector": _web, "spec": {}},
		"in metadata": {"metadata": {"name": "a", "podSelector": _web}, "spec": {}},
		"misspelt": {"spec": {"podselector": _web}},
	}
	_found == set() with input as _policy(policy)
}

test_near_misses[name] if {
	some name, policy in {
		"empty": {"spec": {"podSelector": {}}},
		"without a value": {"spec": {"podSelector": null, "ingress": _ingress}},
		"there, and elsewhere": {"podSelector": _web, "spec": {"podSelector": _web}},
		"refused": {"spec": {"podSelector": "app=web"}},
		"no mapping": {"spec": "podSelector"},
		"no spec": {"podSelector": _web},
		"a spec without a value": {"spec": null},
		"from a cluster": {"metadata": {"uid": "1"}, "spec": {}},
	}
	_found == set() with input as _policy(policy)
}

# It concerns no other object.
test_the_same_in_every_scope if {
	policy := _policy({"spec": {}})
	_found == _said with input as {"resources": [policy], "sight": "document"}
	_found == _said with input as {"resources": [policy, object.union(_policy({}), {"metadata": {"namespace": "b", "uid": "1"}})], "sight": "set"}
	_found == set() with input as {"resources": [policy], "scope": []}
	_found == set() with input as {"review": {"object": policy, "namespace": "shop"}}
}
