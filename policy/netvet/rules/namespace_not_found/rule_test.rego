package netvet.rules.namespace_not_found_test

import data.netvet.rules.namespace_not_found

_name := "kubernetes.io/metadata.name"

_policy(label_selector) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": {"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": label_selector}]}]},
}

_named(name) := {"matchLabels": {_name: name}}

_namespace(name) := {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}

_found := {[fault.msg, fault.details.fix] | some fault in namespace_not_found.violation}

_set(label_selector, namespaces) := {
	"resources": array.concat([_policy(label_selector)], [_namespace(name) | some name in namespaces]),
	"sight": "set",
}

_said(name, rest) := sprintf("no Namespace in sight is called %s, so the peer admits nobody there%s", [name, rest])

test_found[name] if {
	some name, example in {
		"unlike any": {"asked": "mill", "want": [_said("mill", ""), []]},
		"a slip": {"asked": "bnak", "want": [_said("bnak", "; the nearest is bank"), [{
			"op": "replace",
			"path": ["spec", "ingress", 0, "from", 0, "namespaceSelector", "matchLabels", _name],
			"value": "bank",
		}]]},
		"a part": {"asked": "bank-prod", "want": [_said("bank-prod", "; the nearest is bank"), []]},
	}
	_found == {example.want} with input as _set(_named(example.asked), ["bank", "shop"])
}

test_near_misses[name] if {
	some name, example in {
		"there": {"asked": "bank", "namespaces": ["bank"]},
		"the policy's own": {"asked": "shop", "namespaces": ["bank"]},
		"none in sight": {"asked": "mill", "namespaces": []},
		"only its own in sight": {"asked": "mill", "namespaces": ["shop"]},
		"of every cluster": {"asked": "default", "namespaces": ["bank"]},
		"of an add-on": {"asked": "monitoring", "namespaces": ["bank"]},
	}
	_found == set() with input as _set(_named(example.asked), example.namespaces)
}

# Whoever shows kube-system shows all.
test_all_in_sight if {
	count(_found) == 1 with input as _set(_named("monitoring"), ["kube-system"])
	_found == set() with input as _set(_named("kube-public"), ["kube-system"])
}

test_other_objects_live_there if {
	service := {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "mill", "namespace": "mill"}}
	given := _set(_named("mill"), ["bank"])
	_found == set() with input as object.union(given, {"resources": array.concat(given.resources, [service])})
	_found == set() with input as object.union(given, {"parameters": {"other_namespaces": ["mill"]}})
}

test_selectors[name] if {
	some name, example in {
		"one of several": {"selector": {"matchExpressions": [{"key": _name, "operator": "In", "values": ["bank", "mill"]}]}, "want": 1},
		"left out": {"selector": {"matchExpressions": [{"key": _name, "operator": "NotIn", "values": ["mill"]}]}, "want": 0},
		"another label": {"selector": {"matchLabels": {"team": "mill"}}, "want": 0},
		"another label among several": {"selector": {"matchExpressions": [{"key": "team", "operator": "In", "values": ["mill"]}]}, "want": 0},
		"contradictory": {"selector": object.union(_named("mill"), {"matchExpressions": [{"key": _name, "operator": "NotIn", "values": ["mill"]}]}), "want": 0},
		"refused": {"selector": object.union(_named("mill"), {"matchExpressions": [{"key": "a", "operator": "In"}]}), "want": 0},
	}
	count(_found) == example.want with input as _set(example.selector, ["bank"])
}

test_sights if {
	given := _set(_named("mill"), ["bank"])
	_found == set() with input as object.union(given, {"sight": "document"})
	_found == set() with input as object.union(given, {"sight": "fragment"})
	_found == set() with input as object.union(given, {"scope": [1]})
	count(_found) == 1 with input as object.union(given, {"scope": [0]})
}
