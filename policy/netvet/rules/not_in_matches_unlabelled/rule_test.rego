package netvet.rules.not_in_matches_unlabelled_test

import data.netvet.rules.not_in_matches_unlabelled

_policy(spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": object.union({"podSelector": {}}, spec),
}

_not_in := {"key": "role", "operator": "NotIn", "values": ["db"]}

_exists := {"key": "role", "operator": "Exists"}

_from(selects, expressions) := _policy({"ingress": [{"from": [{selects: {"matchExpressions": expressions}}]}]})

_found := {concat(".", [sprintf("%v", [step]) | some step in fault.details.path]) | some fault in not_in_matches_unlabelled.violation}

test_admits[name] if {
	some name, example in {
		"pods": {"policy": _from("podSelector", [_not_in]), "want": {"spec.ingress.0.from.0.podSelector.matchExpressions.0"}},
		"namespaces": {"policy": _from("namespaceSelector", [_not_in]), "want": {"spec.ingress.0.from.0.namespaceSelector.matchExpressions.0"}},
		"no label": {
			"policy": _policy({"egress": [{"to": [{"podSelector": {"matchExpressions": [{"key": "role", "operator": "DoesNotExist"}]}}]}]}),
			"want": {"spec.egress.0.to.0.podSelector.matchExpressions.0"},
		},
		"another label asked for": {
			"policy": _from("podSelector", [{"key": "app", "operator": "Exists"}, _not_in]),
			"want": {"spec.ingress.0.from.0.podSelector.matchExpressions.1"},
		},
		"a pod's label of that name": {
			"policy": _from("podSelector", [{"key": "kubernetes.io/metadata.name", "operator": "DoesNotExist"}]),
			"want": {"spec.ingress.0.from.0.podSelector.matchExpressions.0"},
		},
	}
	_found == example.want with input as example.policy
}

test_near_misses[name] if {
	some name, policy in {
		"asked for": _from("podSelector", [_exists, _not_in]),
		"asked for by value": _from("podSelector", [{"key": "role", "operator": "In", "values": ["web", "db"]}, _not_in]),
		"one of several": _from("podSelector", [{"key": "role", "operator": "In", "values": ["web"]}]),
		"any value": _from("podSelector", [_exists]),
		"a label that all have": _from("namespaceSelector", [{"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["shop"]}]),
		"contradictory": _from("podSelector", [_exists, {"key": "role", "operator": "DoesNotExist"}]),
		"a label that no namespace has": _from("namespaceSelector", [{"key": "name", "operator": "NotIn", "values": ["bar"]}]),
		"refused": _from("podSelector", [{"key": "role", "operator": "NotIn", "values": []}]),
		"the policy's own": _policy({"podSelector": {"matchExpressions": [_not_in]}}),
		"ignored": _policy({"policyTypes": ["Egress"], "ingress": [{"from": [{"podSelector": {"matchExpressions": [_not_in]}}]}]}),
	}
	_found == set() with input as policy
}

test_the_cluster_labels_namespaces if {
	policy := _from("namespaceSelector", [_not_in])
	_found == set() with input as {"resources": [policy], "parameters": {"namespace_labels": ["role"]}}
	_found == set() with input as {"resources": [policy], "scope": []}
	count(_found) == 1 with input as {"resources": [policy], "sight": "set"}
}

# Only where namespace-label tells it.
test_labels_of_namespaces if {
	not_in := [{"key": "name", "operator": "NotIn", "values": ["bar"]}]
	count(_found) == 1 with input as _from("podSelector", not_in)
	elsewhere := object.union(_from("namespaceSelector", not_in), {"spec": {"ingress": [{"from": [{"namespaceSelector": {
		"matchLabels": {"kubernetes.io/metadata.name": "shop"},
		"matchExpressions": not_in,
	}}]}]}})
	count(_found) == 1 with input as elsewhere
	unlike := {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "bar", "labels": {"name": "bar"}}}
	count(_found) == 1 with input as {"resources": [_from("namespaceSelector", not_in), unlike]}
}
