package netvet.rules.missing_pod_selector_test

import data.netvet.rules.missing_pod_selector

_policy(members) := object.union(
	{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "a", "namespace": "shop"}},
	members,
)

_web := {"matchLabels": {"app": "web"}}

_ingress := [{"ports": [{"port": 80}]}]

_found := {[fault.msg, object.get(fault.details, "fix", [])] | some fault in missing_pod_selector.violation}

_said(where) := sprintf("there is no podSelector in spec%s: the policy selects every pod in namespace shop", [where])

_moved(paths, value) := array.concat(
	[{"op": "remove", "path": path} | some path in paths],
	[{"op": "add", "path": ["spec", "podSelector"], "value": value}],
)

test_missing if {
	_found == {[_said(""), []]} with input as _policy({"spec": {"ingress": _ingress}})
	_found == {[_said(""), []]} with input as _policy({"spec": {}})
}

test_at_the_wrong_depth[name] if {
	some name, example in {
		"labels": {
			"policy": {"spec": {"matchLabels": {"app": "web"}}},
			"at": "spec.matchLabels",
			"fix": _moved([["spec", "matchLabels"]], _web),
		},
		"labels and expressions": {
			"policy": {"spec": {"podSelector": null, "matchLabels": {"app": "web"}, "matchExpressions": []}},
			"at": "spec.matchExpressions",
			"fix": _moved([["spec", "matchExpressions"], ["spec", "matchLabels"]], object.union(_web, {"matchExpressions": []})),
		},
		"beside spec": {
			"policy": {"podSelector": _web, "spec": {}},
			"at": "podSelector",
			"fix": _moved([["podSelector"]], _web),
		},
		"in metadata": {
			"policy": {"metadata": {"podSelector": _web}, "spec": {"podSelector": null}},
			"at": "metadata.podSelector",
			"fix": _moved([["metadata", "podSelector"]], _web),
		},
		"in a rule": {
			"policy": {"spec": {"egress": [{}, {"podSelector": _web}]}},
			"at": "spec.egress[1].podSelector",
			"fix": _moved([["spec", "egress", 1, "podSelector"]], _web),
		},
		"in two places": {
			"policy": {"podSelector": {}, "spec": {"matchLabels": {"app": "web"}}},
			"at": "spec.matchLabels",
			"fix": [],
		},
		"no selector": {"policy": {"podSelector": "app=web", "spec": {}}, "at": "", "fix": []},
	}
	_found == {[_said(_but(example.at)), example.fix]} with input as _policy(example.policy)
}

_but("") := ""

_but(place) := sprintf(", but at %s", [place]) if place != ""

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
	want := {[_said(""), []]}
	_found == want with input as {"resources": [policy], "sight": "document"}
	_found == want with input as {"resources": [policy, object.union(_policy({}), {"metadata": {"namespace": "b", "uid": "1"}})], "sight": "set"}
	_found == set() with input as {"resources": [policy], "scope": []}
	_found == set() with input as {"review": {"object": policy, "namespace": "shop"}}
}
