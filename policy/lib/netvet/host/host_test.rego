package lib.netvet.host_test

import data.lib.netvet.host

_policy(name) := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name, "namespace": "shop"}}

_namespace(name, labels) := {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}

_pod(namespace, name) := {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace}}

_list := {"apiVersion": "v1", "kind": "List", "items": [_policy("a"), _policy("b")]}

# What kubectl prints of one kind: the items leave out what the list says.
_typed_list := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicyList", "metadata": {"resourceVersion": ""}, "items": [
	object.remove(_policy("a"), ["apiVersion", "kind"]),
	object.remove(_policy("b"), ["apiVersion", "kind"]),
]}

_bare := {"metadata": {"name": "a", "namespace": "shop"}}

# What each form of input hands over, without Gatekeeper's inventory.
_forms := {
	"envelope": {
		"input": {"resources": [_policy("a"), _policy("b")]},
		"want": {"resources": [_policy("a"), _policy("b")], "reviewed": {0, 1}, "sight": "set"},
	},
	"envelope of one": {
		"input": {"resources": [_policy("a")]},
		"want": {"resources": [_policy("a")], "reviewed": {0}, "sight": "document"},
	},
	"envelope of none": {
		"input": {"resources": []},
		"want": {"resources": [], "reviewed": set(), "sight": "set"},
	},
	"envelope with scope": {
		"input": {"resources": [_policy("a"), _policy("b")], "scope": [1]},
		"want": {"resources": [_policy("a"), _policy("b")], "reviewed": {1}, "sight": "set"},
	},
	"envelope with an empty scope": {
		"input": {"resources": [_policy("a")], "scope": []},
		"want": {"resources": [_policy("a")], "reviewed": set(), "sight": "document"},
	},
	"envelope with a scope that is none": {
		"input": {"resources": [_policy("a")], "scope": null},
		"want": {"resources": [_policy("a")], "reviewed": {0}, "sight": "document"},
	},
	"envelope that states its sight": {
		"input": {"resources": [_policy("a")], "sight": "fragment"},
		"want": {"resources": [_policy("a")], "reviewed": {0}, "sight": "fragment"},
	},
	"envelope of anything": {
		"input": {"resources": [null, "a", 1, [], {"kind": 1}]},
		"want": {"resources": [null, "a", 1, [], {"kind": 1}], "reviewed": {4}, "sight": "set"},
	},
	"document": {
		"input": _policy("a"),
		"want": {"resources": [_policy("a")], "reviewed": {0}, "sight": "fragment"},
	},
	"Kustomization": {
		"input": {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": ["a.yaml"]},
		"want": {
			"resources": [{"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": ["a.yaml"]}],
			"reviewed": {0}, "sight": "fragment",
		},
	},
	"document of something else": {
		"input": {"replicas": 3, "review": "daily", "request": {"cpu": 1}},
		"want": {"resources": [], "reviewed": set(), "sight": "fragment"},
	},
	"List as a document": {
		"input": _list,
		"want": {"resources": [_policy("a"), _policy("b")], "reviewed": {0, 1}, "sight": "fragment"},
	},
	"NetworkPolicyList as a document": {
		"input": _typed_list,
		"want": {"resources": [_policy("a"), _policy("b")], "reviewed": {0, 1}, "sight": "fragment"},
	},
	"kind that ends in List and is none": {
		"input": {"apiVersion": "example.com/v1", "kind": "AllowList", "metadata": {"name": "a"}, "spec": {}, "items": [_policy("a")]},
		"want": {
			"resources": [{"apiVersion": "example.com/v1", "kind": "AllowList", "metadata": {"name": "a"}, "spec": {}, "items": [_policy("a")]}],
			"reviewed": {0}, "sight": "fragment",
		},
	},
	"List with items that are no objects": {
		"input": {"apiVersion": "v1", "kind": "List", "items": [null, "a", _bare, _policy("b")]},
		"want": {"resources": [_policy("b")], "reviewed": {0}, "sight": "fragment"},
	},
	"List without items": {
		"input": {"apiVersion": "v1", "kind": "List", "items": null},
		"want": {"resources": [{"apiVersion": "v1", "kind": "List", "items": null}], "reviewed": {0}, "sight": "fragment"},
	},
	"typed list without apiVersion": {
		"input": {"kind": "NetworkPolicyList", "items": [_bare, _policy("b")]},
		"want": {"resources": [_policy("b")], "reviewed": {0}, "sight": "fragment"},
	},
	"array": {
		"input": [
			{"path": "a.yaml", "contents": _policy("a")},
			{"path": "b.yaml", "contents": null},
			{"path": "b.yaml", "contents": _list},
			{"path": "values.yaml", "contents": {"replicas": 3}},
			{"path": "words.json", "contents": ["a"]},
			{"path": "empty.yaml"},
			null,
		],
		"want": {"resources": [_policy("a"), _policy("a"), _policy("b")], "reviewed": {0, 1, 2}, "sight": "set"},
	},
	"array of one": {
		"input": [{"path": "a.yaml", "contents": _policy("a")}, {"path": "a.yaml", "contents": null}],
		"want": {"resources": [_policy("a")], "reviewed": {0}, "sight": "document"},
	},
	"review": {
		"input": {"review": {"operation": "CREATE", "object": _policy("a")}, "parameters": {}},
		"want": {"resources": [_policy("a")], "reviewed": {0}, "sight": "fragment"},
	},
	"review by audit": {
		"input": {"review": {"object": _policy("a"), "operation": ""}},
		"want": {"resources": [_policy("a")], "reviewed": {0}, "sight": "fragment"},
	},
	# Gatekeeper copies oldObject.
	"review of a deletion": {
		"input": {"review": {"operation": "DELETE", "object": _policy("a"), "oldObject": _policy("a")}},
		"want": {"resources": [_policy("a")], "reviewed": set(), "sight": "fragment"},
	},
	"AdmissionReview": {
		"input": {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {"operation": "CREATE", "object": _policy("a")}},
		"want": {"resources": [_policy("a")], "reviewed": {0}, "sight": "fragment"},
	},
	"AdmissionReview without operation": {
		"input": {"request": {"object": _policy("a")}},
		"want": {"resources": [_policy("a")], "reviewed": {0}, "sight": "fragment"},
	},
	"AdmissionReview of a deletion": {
		"input": {"request": {"operation": "DELETE", "object": null, "oldObject": _policy("a")}},
		"want": {"resources": [], "reviewed": set(), "sight": "fragment"},
	},
	"AdmissionReview of a deletion with the object": {
		"input": {"request": {"operation": "DELETE", "object": _policy("a")}},
		"want": {"resources": [_policy("a")], "reviewed": set(), "sight": "fragment"},
	},
	"kind that is no string": {
		"input": {"apiVersion": "v1", "kind": 1, "items": []},
		"want": {"resources": [], "reviewed": set(), "sight": "fragment"},
	},
	"null": {"input": null, "want": {"resources": [], "reviewed": set(), "sight": "set"}},
	"string": {"input": "a", "want": {"resources": [], "reviewed": set(), "sight": "set"}},
}

test_forms[name] if {
	some name, form in _forms
	got := {"resources": host.resources, "reviewed": host.reviewed, "sight": host.sight} with input as form.input
	got == form.want
}

test_admission[name] if {
	some name, form in _forms
	admission := {true | host.admission} with input as form.input
	admission == {true | regex.match(`^(review|AdmissionReview)`, name); not name == "AdmissionReview of a deletion"}
}

_labelled(label) := {"namespaceSelector": {"matchLabels": label}}

_expression(key, operator, values) := {"matchExpressions": [{"key": key, "operator": operator, "values": values}]}

# A policy whose peers name three namespaces: by name, by names, and by a label.
_reviewed := object.union(_policy("a"), {"spec": {
	"podSelector": {},
	"ingress": [{"from": [_labelled({"kubernetes.io/metadata.name": "web"}), {"podSelector": {}}]}, null],
	"egress": [
		{"to": [{"namespaceSelector": {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["dns"]}]}}]},
		{"to": [_labelled({"team": "data"}), {"namespaceSelector": {}}, "all"]},
	],
}})

_old := object.union(_reviewed, {"metadata": {"resourceVersion": "1"}, "spec": {"ingress": null}})

_inventory := {
	"cluster": {"v1": {"Namespace": {
		"shop": _namespace("shop", {"team": "shop"}),
		"lake": _namespace("lake", {"team": "data"}),
		"hr": _namespace("hr", {"team": "people"}),
		"bare": _namespace("bare", null),
	}}},
	"namespace": {
		"shop": {
			"networking.k8s.io/v1": {"NetworkPolicy": {"a": _old, "b": _policy("b")}},
			"v1": {"Pod": {"a": _pod("shop", "a")}},
		},
		"web": {"v1": {"Pod": {"a": _pod("web", "a")}}},
		"dns": {"v1": {"Pod": {"a": _pod("dns", "a")}}},
		"lake": {"v1": {"Pod": {"a": _pod("lake", "a")}}},
		"hr": {"v1": {"Pod": {"a": _pod("hr", "a")}}},
		"bare": {"v1": {"Pod": {"a": _pod("bare", "a")}}},
	},
}

_named(resources) := {[r.kind, object.get(r.metadata, "namespace", ""), r.metadata.name] | some r in resources}

# Those of the namespace under review and those that its peers name; the old state of the object is left out.
test_review_sees_what_matters if {
	resources := host.resources with input as {"review": {"operation": "UPDATE", "object": _reviewed, "oldObject": _old}} with data.inventory as _inventory
	resources[0] == _reviewed
	count(resources) == 10
	_named(resources) == {
		["NetworkPolicy", "shop", "a"], ["NetworkPolicy", "shop", "b"], ["Pod", "shop", "a"],
		["Pod", "web", "a"], ["Pod", "dns", "a"], ["Pod", "lake", "a"],
		["Namespace", "", "shop"], ["Namespace", "", "lake"], ["Namespace", "", "hr"], ["Namespace", "", "bare"],
	}
}

# By the name of a namespace under any key: rules know which people take for its name.
test_review_sees_namespaces_that_peers_mean[name] if {
	some name, label_selector in {
		"label": {"matchLabels": {"ns": "hr"}},
		"expression": {"matchExpressions": [{"key": "ns", "operator": "In", "values": ["x", "hr", 1]}]},
	}
	policy := object.union(_policy("a"), {"spec": {"egress": [{"to": [{"namespaceSelector": label_selector}]}]}})
	resources := host.resources with input as {"review": {"object": policy}} with data.inventory as _inventory
	{r.metadata.namespace | some r in resources; r.kind == "Pod"} == {"shop", "hr"}
}

test_review_does_not_see_namespaces_that_peers_leave_out if {
	label_selector := {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["hr", "web", "dns", "lake", "bare"]}]}
	policy := object.union(_policy("a"), {"spec": {"egress": [{"to": [{"namespaceSelector": label_selector}]}]}})
	resources := host.resources with input as {"review": {"object": policy}} with data.inventory as _inventory
	{r.metadata.namespace | some r in resources; r.kind == "Pod"} == {"shop"}
}

# The policy's own namespace, and those that its peers select or mean.
test_wanted[name] if {
	data_team := {"matchLabels": {"team": "data"}}
	some name, example in {
		"its name": [{"matchLabels": {"kubernetes.io/metadata.name": "web"}}, {"web"}],
		"one of its names": [_expression("kubernetes.io/metadata.name", "In", ["web", "hr", "none"]), {"web", "hr"}],
		"a name that none has": [{"matchLabels": {"kubernetes.io/metadata.name": "none"}}, set()],
		"its name, and a label that it lacks": [{"matchLabels": {"kubernetes.io/metadata.name": "web", "team": "data"}}, {"web"}],
		"a label": [data_team, {"lake"}],
		"a label, and every name but one": [object.union(data_team, _expression("kubernetes.io/metadata.name", "NotIn", ["lake"])), set()],
		"a label, and every name but another": [object.union(data_team, _expression("kubernetes.io/metadata.name", "NotIn", ["hr"])), {"lake"}],
		"some label": [{"matchExpressions": [{"key": "team", "operator": "Exists"}]}, {"lake", "hr"}],
		"every namespace": [{}, set()],
		"refused": ["team=data", set()],
	}
	[label_selector, found] := example
	policy := object.union(_policy("a"), {"spec": {"egress": [{"to": [{"namespaceSelector": label_selector}]}]}})
	host.wanted == {"shop"} | found with input as {"review": {"object": policy}} with data.inventory as _inventory
}

test_review_with_an_inventory_is_a_set if {
	review := {"review": {"object": _reviewed}}
	host.reviewed == {0} with input as review with data.inventory as _inventory
	host.sight == "set" with input as review with data.inventory as _inventory
	host.sight == "set" with input as {"request": {"object": _reviewed}} with data.inventory as _inventory
}

# Whether policies are synchronised at all shows by the first that is.
test_review_without_policies_in_the_inventory_is_a_fragment[name] if {
	some name, inventory in {
		"nothing": {},
		"cluster": {"cluster": _inventory.cluster},
		"no namespace": {"namespace": {}},
		"pods": {"namespace": object.remove(_inventory.namespace, ["shop"])},
	}
	host.sight == "fragment" with input as {"review": {"object": _reviewed}} with data.inventory as inventory
}

test_an_inventory_says_nothing_of_other_input if {
	host.sight == "fragment" with input as _policy("a") with data.inventory as _inventory
	host.resources == [_policy("a")] with input as _policy("a") with data.inventory as _inventory
}

test_review_of_a_new_object_without_a_name if {
	object := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"generateName": "a", "namespace": "shop"}}
	resources := host.resources with input as {"review": {"operation": "CREATE", "object": object}} with data.inventory as _inventory
	resources[0] == object
	count(resources) == 8
}

test_review_of_a_namespace_sees_what_is_in_it if {
	object := _namespace("shop", {"team": "new"})
	resources := host.resources with input as {"review": {"operation": "UPDATE", "object": object}} with data.inventory as _inventory
	resources[0] == object
	_named(resources) == {
		["NetworkPolicy", "shop", "a"], ["NetworkPolicy", "shop", "b"], ["Pod", "shop", "a"],
		["Namespace", "", "shop"], ["Namespace", "", "lake"], ["Namespace", "", "hr"], ["Namespace", "", "bare"],
	}
	count(resources) == 7
}

# Gatekeeper hands over the namespace without saying what kind of object it is.
test_review_brings_its_namespace[name] if {
	some name, inventory in {"synchronised": _inventory, "not synchronised": {}}
	fresh := {"metadata": {"name": "shop", "labels": {"team": "new"}}}
	resources := host.resources with input as {"review": {"object": _policy("a"), "namespaceObject": fresh}} with data.inventory as inventory
	[r | some r in resources; r.kind == "Namespace"; r.metadata.name == "shop"] == [_namespace("shop", {"team": "new"})]
}

test_review_without_a_namespace_object[name] if {
	some name, none in {"null": null, "empty": {}}
	host.resources == [_policy("a")] with input as {"review": {"object": _policy("a"), "namespaceObject": none}}
}

# gator keeps what names no namespace among what belongs to none.
test_review_sees_what_names_no_namespace if {
	unplaced := {name: {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name}} | some name in ["a", "b"]}
	inventory := object.union(_inventory, {"cluster": {"networking.k8s.io/v1": {"NetworkPolicy": unplaced}}})
	resources := host.resources with input as {"review": {"object": unplaced.a}} with data.inventory as inventory
	[r | some r in resources; r.kind == "NetworkPolicy"] == [unplaced.a, unplaced.b]
	count(resources) == 6

	placed := host.resources with input as {"review": {"object": _policy("a"), "namespace": "shop"}} with data.inventory as inventory
	count([r | some r in placed; r.kind == "NetworkPolicy"]) == 4
	namespaces := {host.namespace(r) | some r in placed; not r.metadata.namespace; r.kind != "Namespace"} with input as {"review": {
		"object": _policy("a"),
		"namespace": "shop",
	}}
		with data.inventory as inventory
	namespaces == {"default"}
}

test_source[name] if {
	some name, example in {
		"file": {"input": {}, "metadata": {}, "want": true},
		"read from a cluster": {"input": {}, "metadata": {"uid": "1"}, "want": false},
		"read from a cluster without its uid": {"input": {}, "metadata": {"resourceVersion": "1"}, "want": false},
		"at admission": {"input": {"review": {"object": _policy("a")}}, "metadata": {}, "want": false},
	}
	object := {"metadata": example.metadata}
	count({true | host.source(object)}) == to_number(example.want) with input as example.input
}

_read(object_) := object.union(object_, {"metadata": {"uid": "1"}})

# What the API server has read: the object under review as Gatekeeper hands it over, and any object by index.
test_decoded[name] if {
	some name, example in {
		"a review": {"input": {"review": {"operation": "CREATE", "object": _read(_policy("a"))}}, "decoded": true, "is_decoded": true},
		"an audit": {"input": {"review": {"object": _read(_policy("a"))}}, "decoded": true, "is_decoded": true},
		"a deletion": {"input": {"review": {"operation": "DELETE", "object": _read(_policy("a"))}}, "decoded": false, "is_decoded": true},
		"a review of a manifest": {"input": {"review": {"operation": "CREATE", "object": _policy("a")}}, "decoded": false, "is_decoded": false},
		"an AdmissionReview": {"input": {"request": {"operation": "CREATE", "object": _read(_policy("a"))}}, "decoded": false, "is_decoded": true},
		"a document": {"input": _read(_policy("a")), "decoded": false, "is_decoded": false},
		"an envelope": {"input": {"resources": [_read(_policy("a"))]}, "decoded": false, "is_decoded": false},
	}
	{object_ | object_ := host.decoded} == {_read(_policy("a")) | example.decoded} with input as example.input
	host.is_decoded(0) == example.is_decoded with input as example.input
}

test_is_decoded_by_index if {
	review := {"review": {"object": _policy("a")}}
	kept := {"namespace": {"shop": {"networking.k8s.io/v1": {"NetworkPolicy": {"b": _read(_policy("b")), "c": _policy("c")}}}}}
	decoded := [host.is_decoded(i) | some i, _ in host.resources] with input as review with data.inventory as kept
	decoded == [false, true, false]
}

test_alone[name] if {
	some name, example in {
		"told so": {"input": {"review": {"object": _policy("a")}, "parameters": {"inventory": false}}, "want": true},
		"told so, by the API server": {"input": {"request": {"object": _policy("a")}, "parameters": {"inventory": false}}, "want": true},
		"free to look": {"input": {"review": {"object": _policy("a")}, "parameters": {"inventory": true}}, "want": false},
		"not told": {"input": {"review": {"object": _policy("a")}}, "want": false},
		"no review": {"input": {"resources": [_policy("a")], "parameters": {"inventory": false}}, "want": false},
	}
	{true | host.alone} == {true | example.want} with input as example.input
}

test_parameter[name] if {
	some name, example in {
		"set": {"input": {"resources": [], "parameters": {"platform": ["gke"]}}, "want": ["gke"]},
		"set at admission": {"input": {"review": {"object": {}}, "parameters": {"platform": ["gke"]}}, "want": ["gke"]},
		"not set": {"input": {"resources": [], "parameters": {"other": 1}}, "want": ["default"]},
		"no parameters": {"input": {"resources": []}, "want": ["default"]},
		"null": {"input": {"resources": [], "parameters": null}, "want": ["default"]},
	}
	host.parameter("platform", ["default"]) == example.want with input as example.input
}

test_origin if {
	combined := [
		{"contents": null, "path": "none.yaml"},
		{"contents": _policy("a"), "path": "a.yaml"},
		{"contents": _list, "path": "b.yaml"},
		{"contents": _policy("c")},
	]
	origins := [host.origin(i) | some i, _ in host.resources] with input as combined
	origins == [{"index": 0, "file": "a.yaml"}, {"index": 1, "file": "b.yaml"}, {"index": 2, "file": "b.yaml"}, {"index": 3}]
	host.origin(0) == {"index": 0} with input as _policy("a")
	host.origin(0) == {"index": 0} with input as {"resources": [_policy("a")]}
}

test_name[name] if {
	some name, example in {
		"name": {"metadata": {"name": "a", "generateName": "b-"}, "want": "a"},
		"generated": {"metadata": {"generateName": "b-"}, "want": "b-*"},
		"generated for an empty name": {"metadata": {"name": "", "generateName": "b-"}, "want": "b-*"},
		"empty": {"metadata": {"name": "", "generateName": ""}, "want": ""},
		"number": {"metadata": {"name": 1}, "want": ""},
		"generated from a number": {"metadata": {"generateName": 1}, "want": ""},
		"neither": {"metadata": {}, "want": ""},
		"metadata is null": {"metadata": null, "want": ""},
		"metadata is a string": {"metadata": "a", "want": ""},
	}
	host.name({"metadata": example.metadata}) == example.want
}

test_namespace[name] if {
	some name, example in {
		"written": {"input": {"resources": []}, "object": _policy("a"), "want": "shop"},
		"missing": {"input": {"resources": []}, "object": {"metadata": {}}, "want": "default"},
		"empty": {"input": {"resources": []}, "object": {"metadata": {"namespace": ""}}, "want": "default"},
		"no metadata": {"input": {"resources": []}, "object": {}, "want": "default"},
		"metadata not an object": {"input": {"resources": []}, "object": {"metadata": "a"}, "want": "default"},
		"by parameter": {"input": {"resources": [], "parameters": {"namespace": "prod"}}, "object": {}, "want": "prod"},
		"written, and a parameter": {"input": {"resources": [], "parameters": {"namespace": "prod"}}, "object": _policy("a"), "want": "shop"},
		"of the review": {"input": {"review": {"namespace": "shop", "object": {"kind": "Pod"}}}, "object": {"kind": "Pod"}, "want": "shop"},
		"of the request": {"input": {"request": {"namespace": "shop", "object": {"kind": "Pod"}}}, "object": {"kind": "Pod"}, "want": "shop"},
		"of a review without": {"input": {"review": {"namespace": "", "object": {"kind": "Pod"}}}, "object": {"kind": "Pod"}, "want": "default"},
		"null": {"input": {"resources": []}, "object": {"metadata": {"namespace": null}}, "want": "default"},
		"of no namespace": {"input": {"resources": []}, "object": _namespace("shop", {}), "want": ""},
	}
	host.namespace(example.object) == example.want with input as example.input
}

test_of_kind if {
	resources := [_policy("a"), {"kind": "Pod"}, null, {"kind": null}, _policy("b"), {}]
	host.of_kind == {"NetworkPolicy": {0, 4}, "Pod": {1}, null: {3}} with input as {"resources": resources}
}

test_names_and_namespaces if {
	resources := [_policy("a"), {"metadata": {"generateName": "web-"}}, null, {"metadata": {"name": "b", "namespace": null}}, {}]
	host.names == {0: "a", 1: "web-*", 3: "b"} with input as {"resources": resources}
	host.namespaces == {0: "shop", 1: "default", 3: "default", 4: "default"} with input as {"resources": resources}
}

test_identity[name] if {
	some name, example in {
		"policy": {"object": _policy("a"), "want": {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "namespace": "shop", "name": "a"}},
		"nameless": {"object": {"apiVersion": "v1", "kind": "Pod"}, "want": {"apiVersion": "v1", "kind": "Pod", "namespace": "", "name": ""}},
		"generated": {
			"object": {"kind": "Pod", "metadata": {"generateName": "web-"}},
			"want": {"apiVersion": "", "kind": "Pod", "namespace": "", "name": "web-*"},
		},
	}
	host.identity(0) == example.want with input as {"resources": [example.object]}
}

test_regular if {
	host.regular with input as {"resources": [], "regular": true}
	not host.regular with input as {"resources": [], "regular": false}
	not host.regular with input as {"resources": []}
	not host.regular with input as {"apiVersion": "v1", "kind": "Pod", "regular": true}
}

test_parameter[name] if {
	some name, example in {
		"from neither": {"input": {"resources": []}, "data": {}, "want": "default"},
		"from data": {"input": {"resources": []}, "data": {"colour": "red"}, "want": "red"},
		"from input": {"input": {"resources": [], "parameters": {"colour": "blue"}}, "data": {}, "want": "blue"},
		"input overrides data": {"input": {"resources": [], "parameters": {"colour": "blue"}}, "data": {"colour": "red"}, "want": "blue"},
		"data that is none": {"input": {"resources": []}, "data": ["red"], "want": "default"},
		"input that is none": {"input": {"resources": [], "parameters": null}, "data": {"colour": "red"}, "want": "red"},
		"a document has none": {"input": object.union(_policy("a"), {"parameters": 1}), "data": {"colour": "red"}, "want": "red"},
	}
	host.parameter("colour", "default") == example.want with input as example.input with data.lib.netvet.parameters as example.data
}

_waiving(reason) := object.union(_policy("a"), {"metadata": {"annotations": {"ignore.netvet.dev/some-rule": reason}}})

test_suppression[name] if {
	some name, example in {
		"with a reason": {"object": _waiving(" agreed "), "want": {"agreed"}},
		"with an empty reason": {"object": _waiving(" "), "want": set()},
		"with no text": {"object": _waiving(true), "want": set()},
		"without": {"object": _policy("a"), "want": set()},
		"annotations are none": {"object": object.union(_policy("a"), {"metadata": {"annotations": "agreed"}}), "want": set()},
	}
	{reason | reason := host.suppression(0, "some-rule")} == example.want with input as {"resources": [example.object]}
}

test_suppressible if {
	host.suppressible("some-rule") with input as {"resources": []}
	not host.suppressible("some-rule") with input as {"review": {"object": _policy("a")}}
	host.suppressible("some-rule") with input as {"request": {"object": _policy("a")}, "parameters": {"suppressible": ["some-rule"]}}
	not host.suppressible("some-rule") with input as {"request": {"object": _policy("a")}, "parameters": {"suppressible": ["another-rule"]}}
}

test_waived if {
	allowing := {"suppressible": ["some-rule"]}
	host.waived(0) with input as {"review": {"object": _waiving("agreed")}, "parameters": allowing}
	not host.waived(0) with input as {"review": {"object": _waiving("")}, "parameters": allowing}
	not host.waived(0) with input as {"review": {"object": _waiving("agreed")}}
	not host.waived(0) with input as {"review": {"object": _waiving("agreed")}, "parameters": {"suppressible": ["another-rule"]}}
	not host.waived(0) with input as {"request": {"object": _waiving("agreed")}, "parameters": allowing}
	not host.waived(0) with input as {"resources": [_waiving("agreed")], "parameters": allowing}
}

test_told if {
	asked := {"review": {"object": _policy("a")}}
	host.told("note") with input as asked
	host.told("error") with input as object.union(asked, {"parameters": {"severities": ["error"]}})
	not host.told("note") with input as object.union(asked, {"parameters": {"severities": ["error", "warning"]}})
	host.told("note") with input as {"resources": [], "parameters": {"severities": ["error"]}}
}

test_inventory_left_alone if {
	asked := {"review": {"object": _policy("a")}, "parameters": {"inventory": false}}
	inventory := {"namespace": {"shop": {"networking.k8s.io/v1": {"NetworkPolicy": {"b": _policy("b")}}}}}
	host.resources == [_policy("a")] with input as asked with data.inventory as inventory
	host.sight == "fragment" with input as asked with data.inventory as inventory
	host.sight == "set" with input as object.remove(asked, ["parameters"]) with data.inventory as inventory
}

test_unusual if {
	resources := [{"kind": "Pod"}, {"kind": "Node"}]
	host.unusual == {1} with input as {"resources": resources, "unusual": [1]}
	host.unusual == set() with input as {"resources": resources, "unusual": []}
	host.unusual == {0, 1} with input as {"resources": resources}
	host.unusual == {0, 1} with input as {"resources": resources, "unusual": true}
	host.unusual == {0} with input as {"apiVersion": "v1", "kind": "Pod", "unusual": []}
}

test_file if {
	object := {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}
	host.file(1) == "b.yaml" with input as {"resources": [object, object], "files": ["a.yaml", "b.yaml"]}
	host.file(1) == "b.yaml" with input as [{"path": "a.yaml", "contents": object}, {"path": "b.yaml", "contents": object}]
	not host.file(0) with input as {"resources": [object]}
	not host.file(0) with input as object
}

test_together if {
	unset := {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}
	set_ := {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "shop"}}
	given := {"resources": [unset, unset, unset, set_, set_], "files": ["x", "x", "y", "x", "y"]}
	host.together(0, 1) with input as given
	not host.together(0, 2) with input as given
	host.together(3, 4) with input as given
	not host.together(0, 4) with input as given
	not host.together(4, 0) with input as given
	host.together(0, 2) with input as object.remove(given, ["files"])
}

test_suspect if {
	host.suspect(1) with input as {"resources": [{}, {}], "unusual": [1]}
	not host.suspect(0) with input as {"resources": [{}, {}], "unusual": [1]}
	host.suspect(0) with input as {"resources": [{}, {}]}
	host.suspect(0) with input as {"review": {"object": _policy("a")}}
	not host.suspect(0) with input as {"review": {"object": _read(_policy("a"))}}
	not host.suspect(0) with input as {"request": {"object": _read(_policy("a"))}}
	host.suspect(0) with input as {"resources": [_read(_policy("a"))]}
	host.suspect(0) with input as _read(_policy("a"))
}

# The Namespace of the request is newer than what is kept of it.
test_namespace_labelled[name] if {
	some name, [labels, want] in {
		"elsewhere": [{"team": "b"}, true],
		"in the request": [{"team": "a"}, true],
		"by another value": [{"team": "c"}, false],
		"no longer": [{"tier": "old"}, false],
		"by another key": [{"name": "b"}, false],
	}
	kept := {"cluster": {"v1": {"Namespace": {
		"shop": {"metadata": {"name": "shop", "labels": {"tier": "old"}}},
		"store": {"metadata": {"name": "store", "labels": {"team": "b"}}},
	}}}}
	fresh := {"metadata": {"name": "shop", "labels": {"team": "a"}}}
	some key, value in labels
	{true | host.namespace_labelled(key, value)} == {true | want} with input as {"review": {
		"object": _policy("a"),
		"namespaceObject": fresh,
	}}
		with data.inventory as kept
}
