package netvet.rules.mixed_label_style_test

import data.netvet.rules.mixed_label_style

_policy(name, spec) := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name, "namespace": "shop"}, "spec": spec}

_by(key) := {"podSelector": {"matchLabels": {key: "web"}}}

_from(peer) := {"podSelector": {"matchLabels": {"app": "web"}}, "ingress": [{"from": [peer]}]}

_set(resources) := {"resources": resources, "sight": "set"}

_found := {[fault.details.index, fault.msg] | some fault in mixed_label_style.violation}

_said(labels) := sprintf("selectors in namespace shop know one thing by several labels: %s", [labels])

test_pairs[name] if {
	some name, example in {
		"name": {"keys": ["app", "app.kubernetes.io/name"], "want": {[0, _said("app in a, app.kubernetes.io/name in b")]}},
		"the label of add-ons": {"keys": ["k8s-app", "app"], "want": set()},
		"component": {"keys": ["app.kubernetes.io/component", "component"], "want": {[0, _said("app.kubernetes.io/component in a, component in b")]}},
		"instance": {"keys": ["release", "app.kubernetes.io/instance"], "want": {[0, _said("app.kubernetes.io/instance in b, release in a")]}},
		"version": {"keys": ["version", "app.kubernetes.io/version"], "want": {[0, _said("app.kubernetes.io/version in b, version in a")]}},
		"part": {"keys": ["part-of", "app.kubernetes.io/part-of"], "want": {[0, _said("app.kubernetes.io/part-of in b, part-of in a")]}},
		"one": {"keys": ["app", "app"], "want": set()},
		"different things": {"keys": ["app", "app.kubernetes.io/component"], "want": set()},
		"labels of one's own": {"keys": ["tier", "layer"], "want": set()},
	}
	_found == example.want with input as _set([_policy(["a", "b"][i], _by(key)) | some i, key in example.keys])
}

test_selectors[name] if {
	some name, example in {
		"both in one": {"spec": {"podSelector": {"matchLabels": {"app": "a", "app.kubernetes.io/name": "a"}}}, "want": 1},
		"expressions": {
			"spec": {"podSelector": {"matchLabels": {"app": "a"}, "matchExpressions": [{"key": "app.kubernetes.io/name", "operator": "Exists"}]}},
			"want": 1,
		},
		"a peer": {"spec": _from({"podSelector": {"matchLabels": {"app.kubernetes.io/name": "a"}}}), "want": 1},
		"expressions of a peer": {"spec": _from({"podSelector": {"matchExpressions": [{"key": "app.kubernetes.io/name", "operator": "Exists"}]}}), "want": 1},
		"a peer elsewhere": {"spec": _from({"podSelector": {"matchLabels": {"app.kubernetes.io/name": "a"}}, "namespaceSelector": {}}), "want": 0},
		"a namespace": {"spec": _from({"namespaceSelector": {"matchLabels": {"app.kubernetes.io/name": "a"}}}), "want": 0},
		"refused": {"spec": {"podSelector": {"matchLabels": "app", "matchExpressions": "app.kubernetes.io/name"}}, "want": 0},
	}
	count(mixed_label_style.violation) == example.want with input as _set([_policy("a", example.spec)])
}

test_namespaces_apart if {
	_found == set() with input as _set([_policy("a", _by("app")), object.union(_policy("b", _by("app.kubernetes.io/name")), {"metadata": {"namespace": "bank"}})])
}

test_each_label if {
	specs := {
		"a": {"podSelector": {"matchLabels": {"app": "a", "release": "a"}}},
		"b": {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "a", "instance": "a"}}},
	}
	count(mixed_label_style.violation) == 2 with input as _set([_policy(name, spec) | some name, spec in specs])
}

test_the_anchor if {
	policies := [_policy("c", _by("app")), _policy("b", _by("app.kubernetes.io/name")), _policy("a", _by("app"))]
	want := _said("app in a (and 1 more), app.kubernetes.io/name in b")
	_found == {[2, want]} with input as _set(policies)
	namespace := {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
	_found == {[3, want]} with input as _set(array.concat(policies, [namespace]))
	mixed_label_style.violation == set() with input as object.union(_set(policies), {"scope": [0, 1]})
}

# A fragment does not show which policy is the first.
test_sight if {
	both := {"podSelector": {"matchLabels": {"app": "a", "app.kubernetes.io/name": "a"}}}
	count(mixed_label_style.violation) == 1 with input as {"resources": [_policy("a", both)], "sight": "document"}
	mixed_label_style.violation == set() with input as {"resources": [_policy("a", both)], "sight": "fragment"}
}
