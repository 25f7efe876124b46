package lib.netvet.kept_test

import data.lib.netvet.kept
import data.lib.netvet.networkpolicy
import data.lib.netvet.selector

# Each selector in a policy whose name is that of the row, and which has a rule by which it is told from the others.
_selectors := {
	"every pod": {},
	"no labels": {"matchLabels": {}},
	"labels that are null": {"matchLabels": null},
	"null": null,
	"web": {"matchLabels": {"app": "web"}},
	"web, expressions that are null": {"matchLabels": {"app": "web"}, "matchExpressions": null},
	"front": {"matchLabels": {"tier": "front"}},
	"web, front": {"matchLabels": {"app": "web", "tier": "front"}},
	"api": {"matchLabels": {"app": "api"}},
	"api, front": {"matchLabels": {"app": "api", "tier": "front"}},
	"no value": {"matchLabels": {"app": ""}},
	"one of one": _expression("app", "In", ["web"]),
	"one of two": _expression("app", "In", ["web", "api"]),
	"one of others": _expression("app", "In", ["db"]),
	"not another": _expression("app", "NotIn", ["db"]),
	"some tier": {"matchExpressions": [{"key": "tier", "operator": "Exists"}]},
	"web of some tier": {"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "tier", "operator": "Exists"}]},
	"api of some tier": {"matchLabels": {"app": "api"}, "matchExpressions": [{"key": "tier", "operator": "Exists"}]},
	"front, one of two": object.union({"matchLabels": {"tier": "front"}}, _expression("app", "In", ["web", "api"])),
	"refused": "app=web",
}

_expression(key, operator, values) := {"matchExpressions": [{"key": key, "operator": operator, "values": values}]}

_policy(namespace, name, spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": name, "namespace": namespace},
	"spec": spec,
}

_marked(name) := [{"ports": [{"port": name}]}]

_written := {name: _policy("shop", name, {"podSelector": label_selector, "policyTypes": ["Ingress"], "ingress": _marked(name)}) |
	some name, label_selector in _selectors
}

_absent := _policy("shop", "absent", {"policyTypes": ["Ingress"], "ingress": _marked("absent")})

_inventory(policies) := {"namespace": {"shop": {"networking.k8s.io/v1": {"NetworkPolicy": policies}}}}

_everything := _inventory(object.union(_written, {"absent": _absent}))

_reviewing(name) := {"review": {"object": _policy("shop", name, {"podSelector": {}, "policyTypes": ["Ingress"]})}}

_names(policies) := {policy.rules.Ingress[0].ports[0].port | some policy in policies}

test_any[name] if {
	to_bank := [{"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "bank"}}}]}]
	some name, example in {
		"another": {"policies": {"shop": {"b": _policy("shop", "b", {})}}, "namespace": "shop", "want": true},
		"what it was before": {"policies": {"shop": {"a": _policy("shop", "a", {})}}, "namespace": "shop", "want": false},
		"both": {"policies": {"shop": {"a": _policy("shop", "a", {}), "b": _policy("shop", "b", {})}}, "namespace": "shop", "want": true},
		"none": {"policies": {"shop": {}}, "namespace": "shop", "want": false},
		"one of its name elsewhere": {"policies": {"bank": {"a": _policy("bank", "a", {})}}, "namespace": "bank", "want": true},
		"one elsewhere": {"policies": {"bank": {"b": _policy("bank", "b", {})}}, "namespace": "shop", "want": false},
		"a namespace that is not": {"policies": {"bank": {"b": _policy("bank", "b", {})}}, "namespace": "hr", "want": false},
	}
	review := {"review": {"object": _policy("shop", "a", {"podSelector": {}, "ingress": to_bank})}}
	inventory := {"namespace": {name: {"networking.k8s.io/v1": {"NetworkPolicy": policies}} | some name, policies in example.policies}}
	{true | kept.any(example.namespace)} == {true | example.want} with input as review with data.inventory as inventory
}

test_alike[name] if {
	some name, example in {
		"every pod": {"selector": {}, "want": {"every pod"}},
		"no labels": {"selector": {"matchLabels": {}}, "want": {"every pod"}},
		"an expression": {"selector": _expression("app", "NotIn", ["db"]), "want": {"every pod"}},
		"a label": {
			"selector": {"matchLabels": {"app": "web"}},
			"want": {"web", "web, expressions that are null", "web, front", "web of some tier"},
		},
		"one of one": {
			"selector": _expression("app", "In", ["web"]),
			"want": {"web", "web, expressions that are null", "web, front", "web of some tier"},
		},
		"one of two labels": {
			"selector": {"matchLabels": {"app": "web", "tier": "front"}},
			"want": {"front", "web, front", "api, front", "front, one of two"},
		},
		"a label that none asks for": {"selector": {"matchLabels": {"team": "a"}}, "want": set()},
		"a value that none asks for": {"selector": {"matchLabels": {"app": "db"}}, "want": set()},
	}
	_names(kept.alike("shop", example.selector)) == example.want with input as _reviewing("new") with data.inventory as _everything
}

test_alike_by_namespace if {
	kept.alike("bank", {}) == set() with input as _reviewing("new") with data.inventory as _everything
}

_of_every_pod := {"every pod", "no labels", "labels that are null", "null", "absent"}

test_wider[name] if {
	some name, example in {
		"every pod": {
			"selector": {},
			"want": (_of_every_pod | {"one of one", "one of two", "one of others", "not another", "some tier", "refused"}),
		},
		"a label": {
			"selector": {"matchLabels": {"app": "web"}},
			"want": (_of_every_pod | {
				"web", "web, expressions that are null", "web of some tier",
				"one of one", "one of two", "one of others", "not another", "some tier", "refused",
			}),
		},
		"two labels": {
			"selector": {"matchLabels": {"app": "web", "tier": "front"}},
			"want": (_of_every_pod | {
				"web", "web, expressions that are null", "web, front", "front", "web of some tier", "front, one of two",
				"one of one", "one of two", "one of others", "not another", "some tier", "refused",
			}),
		},
		"a label without a value": {
			"selector": {"matchLabels": {"app": ""}},
			"want": (_of_every_pod | {"no value", "one of one", "one of two", "one of others", "not another", "some tier", "refused"}),
		},
	}
	_names(kept.wider("shop", example.selector)) == example.want with input as _reviewing("new") with data.inventory as _everything
}

# Whatever the selector, no policy is left out that selects all its pods.
test_wider_leaves_out_none[name] if {
	asked := object.union(_selectors, {
		"db": {"matchLabels": {"app": "db"}},
		"three labels": {"matchLabels": {"app": "web", "team": "a", "tier": "front"}},
		"web, by both": object.union({"matchLabels": {"app": "web"}}, _expression("app", "In", ["web", "api"])),
		"front, no app": {"matchLabels": {"tier": "front"}, "matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]},
	})
	some name, label_selector in object.remove(asked, ["refused", "null"])
	wide := {other | some other, given in object.remove(_selectors, ["null"]); selector.implies(label_selector, given)} | {"null", "absent"}
	wide - _names(kept.wider("shop", label_selector)) == set() with input as _reviewing("new") with data.inventory as _everything
}

# What is kept of the policy under review is what it was before.
test_the_policy_under_review_is_none_of_them if {
	review := _reviewing("web")
	not "web" in _names(kept.alike("shop", {"matchLabels": {"app": "web"}})) with input as review with data.inventory as _everything
	not "web" in _names(kept.wider("shop", {"matchLabels": {"app": "web"}})) with input as review with data.inventory as _everything
	"web" in _names(kept.alike("shop", {"matchLabels": {"app": "web"}})) with input as _reviewing("new") with data.inventory as _everything
	"web" in _names(kept.wider("shop", {"matchLabels": {"app": "web"}})) with input as _reviewing("new") with data.inventory as _everything
}

# The same as among all, whether the API server has read it or not.
test_selector_and_rules[name] if {
	some name, spec in {
		"everything": {"podSelector": {}, "policyTypes": ["Egress", "Ingress"], "ingress": [{"from": [{"podSelector": {}}]}], "egress": [{}]},
		"nothing": {"podSelector": {}, "policyTypes": ["Ingress"]},
		"expressions": {"podSelector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]}, "policyTypes": ["Egress"]},
	}
	written := _policy("shop", "b", spec)
	policies := networkpolicy.all with input as {"resources": [written]}
	want := {object.filter(policies[0], ["selector", "rules"])}
	want == kept.wider("shop", {}) with input as _reviewing("new") with data.inventory as _inventory({"b": written})
	read := object.union(written, {"metadata": {"uid": "1"}})
	want == kept.wider("shop", {}) with input as _reviewing("new") with data.inventory as _inventory({"b": read})
}

test_manifests_are_mended[name] if {
	some name, example in {
		"no spec": {"policy": object.remove(_policy("shop", "b", {}), ["spec"]), "want": {"selector": {}, "rules": {"Ingress": []}}},
		"spec is null": {"policy": _policy("shop", "b", null), "want": {"selector": {}, "rules": {"Ingress": []}}},
		"nulls": {
			"policy": _policy("shop", "b", {"podSelector": null, "egress": [null]}),
			"want": {"selector": {}, "rules": {"Ingress": [], "Egress": [{"peers": [], "ports": []}]}},
		},
	}
	kept.wider("shop", {}) == {example.want} with input as _reviewing("new") with data.inventory as _inventory({"b": example.policy})
}
