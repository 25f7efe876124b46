package netvet.rules.volatile_label_test

import data.netvet.rules.volatile_label

_policy(spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": object.union(object.remove({"podSelector": {}}, object.keys(spec)), spec),
}

_found := {concat("|", [sprintf("%v", [step]) | some step in fault.details.path]) | some fault in volatile_label.violation}

test_keys[key] if {
	some key in [
		"pod-template-hash",
		"pod-template-generation",
		"controller-revision-hash",
		"controller-uid",
		"batch.kubernetes.io/controller-uid",
		"helm.sh/chart",
	]
	_found == {sprintf("spec|podSelector|matchLabels|%s", [key])} with input as _policy({"podSelector": {"matchLabels": {key: "1", "app": "web"}}})
}

test_places if {
	excluded := {"matchExpressions": [
		{"key": "app", "operator": "In", "values": ["web"]},
		{"key": "pod-template-hash", "operator": "NotIn", "values": ["1"]},
	]}
	peers := [{"podSelector": {}, "namespaceSelector": {"matchLabels": {"helm.sh/chart": "a-1.0"}}}, {"podSelector": excluded}]
	_found == {
		"spec|egress|1|to|0|namespaceSelector|matchLabels|helm.sh/chart",
		"spec|egress|1|to|1|podSelector|matchExpressions|1",
	} with input as _policy({"egress": [{}, {"to": peers}]})
}

test_near_misses[name] if {
	some name, labels in {
		"stays": {"statefulset.kubernetes.io/pod-name": "web-0"},
		"no version": {"chart": "web"},
		"a number": {"chart": "web-2"},
		"like one": {"my-pod-template-hash": "1"},
		"no string": {"chart": 1.5},
	}
	_found == set() with input as _policy({"podSelector": {"matchLabels": labels}})
}

test_version_of_a_chart if {
	count(_found) == 1 with input as _policy({"podSelector": {"matchLabels": {"chart": "web-1.2.3"}}})
}

test_any_value if {
	_found == set() with input as _policy({"podSelector": {"matchExpressions": [{"key": "pod-template-hash", "operator": "Exists"}]}})
}

test_the_same_in_every_scope if {
	policy := _policy({"podSelector": {"matchLabels": {"pod-template-hash": "1"}}})
	count(_found) == 1 with input as {"resources": [policy], "sight": "set"}
	count(_found) == 1 with input as {"review": {"object": policy}}
	_found == set() with input as {"resources": [policy], "scope": []}
	_found == set() with input as _policy({"policyTypes": ["Egress"], "ingress": [{"from": [policy.spec]}]})
}
