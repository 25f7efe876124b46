# What Gatekeeper keeps, for policies under review.
package lib.netvet.host_test

import data.lib.netvet.host

_labelled_pod(name, metadata) := object.union(_pod("shop", name), {"metadata": metadata})

_making(kind, name, metadata) := {"apiVersion": "apps/v1", "kind": kind, "metadata": object.union({"name": name, "namespace": "shop"}, metadata)}

_owned(kind, name) := {"ownerReferences": [{"kind": kind, "name": name, "controller": true}]}

_template(labels) := {"spec": {"template": {"metadata": {"labels": labels}}}}

_selecting(name, label_selector) := object.union(_policy(name), {"spec": {"podSelector": label_selector}})

_app(name) := {"matchLabels": {"app": name}}

# One workload of each shape, and what a controller has made of one.
_apps := {
	"cluster": {"v1": {"Namespace": {"shop": _namespace("shop", {"team": "shop"}), "web": _namespace("web", {})}}},
	"namespace": {
		"shop": {
			"apps/v1": {
				"Deployment": {"web": object.union(_making("Deployment", "web", {}), _template({"app": "web", "tier": "front"}))},
				"ReplicaSet": {"web-1": object.union(_making("ReplicaSet", "web-1", _owned("Deployment", "web")), _template({"app": "web", "hash": "1"}))},
			},
			"batch/v1": {"CronJob": {"night": object.union(_making("CronJob", "night", {}), {"spec": {"jobTemplate": _template({"app": "night"})}})}},
			"networking.k8s.io/v1": {"NetworkPolicy": {
				"all": _selecting("all", {}),
				"web": _selecting("web", _app("web")),
				"front": _selecting("front", {"matchLabels": {"tier": "front"}}),
				"api": _selecting("api", _app("api")),
			}},
			"v1": {
				"Pod": {
					"web-1-a": _labelled_pod("web-1-a", object.union(_owned("ReplicaSet", "web-1"), {"labels": {"app": "web"}})),
					"api": _labelled_pod("api", {"labels": {"app": "api"}}),
					"orphan": _labelled_pod("orphan", object.union(_owned("ReplicaSet", "gone"), {"labels": {"app": "orphan"}})),
				},
				"Service": {"web": {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"}}},
			},
		},
		"web": {"v1": {"Pod": {"a": object.union(_pod("web", "a"), {"metadata": {"labels": {"app": "web"}}})}}},
	},
}

test_sparing[name] if {
	some name, example in {
		"a policy": {"input": {"review": {"object": _policy("a")}}, "want": true},
		"another kind": {"input": {"review": {"object": _pod("shop", "a")}}, "want": false},
		"alone": {"input": {"review": {"object": _policy("a")}, "parameters": {"inventory": false}}, "want": false},
		"no review": {"input": _policy("a"), "want": false},
	}
	{true | host.sparing} == {true | example.want} with input as example.input with data.inventory as _apps
}

test_sparing_needs_an_inventory if not host.sparing with input as {"review": {"object": _policy("a")}}

test_the_object_under_review_is_known_by_itself if {
	host.object_at(0) == _policy("a") with input as {"review": {"object": _policy("a")}}
	host.object_at(1) == _policy("b") with input as {"resources": [_policy("a"), _policy("b")]}
	host.object_at(1) == _policy("b") with input as _list
}

test_kept[name] if {
	to_web := {"spec": {"egress": [{"to": [_labelled({"kubernetes.io/metadata.name": "web"})]}]}}
	some name, example in {
		"its own": {"object": _policy("a"), "namespace": "shop", "want": true},
		"one that it names": {"object": object.union(_policy("a"), to_web), "namespace": "web", "want": true},
		"another": {"object": _policy("a"), "namespace": "web", "want": false},
		"one that is not": {"object": _policy("a"), "namespace": "none", "want": false},
		"that of the request": {"object": {"kind": "NetworkPolicy", "metadata": {"name": "a"}}, "namespace": "web", "want": true},
	}
	got := {objects | objects := host.kept(example.namespace)} with input as {"review": {"object": example.object, "namespace": "web"}}
		with data.inventory as _apps
	got == {_apps.namespace[example.namespace] | example.want}
}

# Nor does it take time to find out what else is looked at.
test_kept_of_its_own_namespace_needs_no_peers if {
	review := {"review": {"object": _policy("a")}}
	host.kept("shop") == _apps.namespace.shop with input as review with data.inventory as _apps with host.wanted as set()
	not host.kept("web") with input as review with data.inventory as _apps with host.wanted as set()
	host.kept("web") == _apps.namespace.web with input as review with data.inventory as _apps with host.wanted as {"web"}
}

test_namespace_object if {
	review := {"review": {"object": _policy("a"), "namespaceObject": {"metadata": {"name": "shop", "labels": {"team": "new"}}}}}
	host.namespace_object("shop").metadata.labels == {"team": "new"} with input as review with data.inventory as _apps
	host.namespace_object("web") == _namespace("web", {}) with input as review with data.inventory as _apps
	not host.namespace_object("none") with input as review with data.inventory as _apps
}

test_carrying[name] if {
	some name, example in {
		"a template": {"labels": {"app": "web"}, "want": {["apps/v1", "Deployment", "web", {"app": "web", "tier": "front"}]}},
		"a template of a job": {"labels": {"app": "night"}, "want": {["batch/v1", "CronJob", "night", {"app": "night"}]}},
		"a pod": {"labels": {"app": "api"}, "want": {["v1", "Pod", "api", {"app": "api"}]}},
		"a pod whose controller is out of sight": {"labels": {"app": "orphan"}, "want": {["v1", "Pod", "orphan", {"app": "orphan"}]}},
		"what a controller makes": {"labels": {"hash": "1"}, "want": set()},
		"two labels": {"labels": {"app": "web", "tier": "front"}, "want": {["apps/v1", "Deployment", "web", {"app": "web", "tier": "front"}]}},
		"nobody": {"labels": {"app": "web", "tier": "back"}, "want": set()},
		"nobody, by the other label": {"labels": {"app": "api", "tier": "front"}, "want": set()},
		"no label": {"labels": {}, "want": set()},
	}
	host.carrying("shop", example.labels) == example.want with input as {"review": {"object": _policy("a")}} with data.inventory as _apps
}

_with(kind, object) := {"namespace": {"shop": {"v1": {kind: {"a": object}}}}}

_network := {"spec": {"hostNetwork": true}}

test_on_nodes[name] if {
	some name, example in {
		"a pod": {"inventory": _with("Pod", _network), "want": true},
		"a template": {"inventory": _with("DaemonSet", {"spec": {"template": _network}}), "want": true},
		"a template of a job": {"inventory": _with("CronJob", {"spec": {"jobTemplate": {"spec": {"template": _network}}}}), "want": true},
		"nobody": {"inventory": _apps, "want": false},
		"a pod that says no": {"inventory": _with("Pod", {"spec": {"hostNetwork": false}}), "want": false},
		"a template that says no": {"inventory": _with("Job", {"spec": {"template": {"spec": {"hostNetwork": false}}}}), "want": false},
		"another kind": {"inventory": _with("Widget", {"spec": {"template": _network}}), "want": false},
		"a template of a job that says no": {
			"inventory": _with("CronJob", {"spec": {"jobTemplate": {"spec": {"template": {"spec": {"hostNetwork": false}}}}}}),
			"want": false,
		},
	}
	{true | host.on_nodes("shop")} == {true | example.want} with input as {"review": {"object": _policy("a")}} with data.inventory as example.inventory
}

_on_node(object_) := object.union(object_, {"spec": {"template": _network}})

# Workloads called by their label, and not; one pod network beside the node's; and what only looks like a workload.
_called := {"namespace": {"shop": {
	"apps/v1": {
		"DaemonSet": {
			"node": _on_node(_template({"app": "node"})),
			"agent": _on_node(_template({"app": "probe"})),
			"both": _on_node(_template({"app": "both"})),
		},
		"Deployment": {
			"web": _template({"app": "web", "tier": "front"}),
			"both": _template({"app": "both"}),
			"tier": _template({"app": "other"}),
		},
		"ReplicaSet": {"made": object.union({"metadata": _owned("Deployment", "web")}, _template({"app": "made"}))},
		"StatefulSet": {"db-0": _template({"app": "db"}), "bare": {"spec": {"template": {"metadata": {}}}}},
	},
	"batch/v1": {"CronJob": {
		"night": {"spec": {"jobTemplate": _template({"app": "night"})}},
		"sweep": {"spec": {"jobTemplate": _on_node(_template({"app": "sweep"}))}},
	}},
	"example.com/v1": {"Widget": {"widget": _template({"app": "widget"})}},
	"v1": {"Pod": {
		"solo": {"metadata": {"labels": {"app": "solo"}}},
		"probe": {"metadata": {"labels": {"app": "probe"}}},
		"host": object.union({"metadata": {"labels": {"app": "host"}}}, _network),
	}},
}}}

test_selects_and_runs[name] if {
	some name, example in {
		"called by its label": {"selector": _app("web"), "selects": true, "runs": true},
		"called otherwise": {"selector": _app("db"), "selects": true, "runs": true},
		"by another of its labels": {"selector": {"matchLabels": {"tier": "front"}}, "selects": true, "runs": true},
		"by two of its labels": {"selector": {"matchLabels": {"app": "web", "tier": "front"}}, "selects": true, "runs": true},
		"one label of two": {"selector": {"matchLabels": {"app": "web", "tier": "back"}}, "selects": false, "runs": false},
		"the name of one that has another label": {"selector": _app("tier"), "selects": false, "runs": false},
		"the name of one that has none": {"selector": _app("bare"), "selects": false, "runs": false},
		"one of one value": {"selector": _expression("app", "In", ["web"]), "selects": true, "runs": true},
		"an expression that is met": {"selector": object.union(_app("web"), _expression("tier", "In", ["back", "front"])), "selects": true, "runs": true},
		"an expression that is not": {"selector": object.union(_app("web"), _expression("tier", "NotIn", ["front"])), "selects": false, "runs": false},
		"an expression that one called otherwise does not meet": {
			"selector": object.union(_app("db"), _expression("tier", "In", ["back", "front"])),
			"selects": false, "runs": false,
		},
		"what a controller in sight makes": {"selector": _app("made"), "selects": false, "runs": false},
		"no workload": {"selector": _app("widget"), "selects": false, "runs": false},
		"a job": {"selector": _app("night"), "selects": true, "runs": true},
		"a pod": {"selector": _app("solo"), "selects": true, "runs": true},
		"in the node's network": {"selector": _app("node"), "selects": true, "runs": false},
		"a pod in the node's network": {"selector": _app("host"), "selects": true, "runs": false},
		"a job in the node's network": {"selector": _app("sweep"), "selects": true, "runs": false},
		"two of one name, one in the node's network": {"selector": _app("both"), "selects": true, "runs": true},
		"two of one label, one in the node's network": {"selector": _app("probe"), "selects": true, "runs": true},
		"refused": {"selector": "app=web", "selects": false, "runs": false},
	}
	review := {"review": {"object": _policy("a")}}
	{true | host.selects("shop", example.selector)} == {true | example.selects} with input as review with data.inventory as _called
	{true | host.runs("shop", example.selector)} == {true | example.runs} with input as review with data.inventory as _called

	# What they are called makes no difference.
	every call in ["selects", "runs"] {
		renamed := _renamed(_called)
		{true | _asked(call, example.selector)} == {true | example[call]} with input as review with data.inventory as renamed
	}
}

_asked("selects", label_selector) if host.selects("shop", label_selector)

_asked("runs", label_selector) if host.runs("shop", label_selector)

# Owners keep their names.
_renamed(inventory) := {"namespace": {"shop": {version: {kind: {_new_name(kind, id): made | some id, made in objects} |
	some kind, objects in kinds
} |
	some version, kinds in inventory.namespace.shop
}}}

_new_name(kind, id) := id if {
	kind == "Deployment"
	id == "web"
} else := sprintf("x-%s", [id])

# A selector without a label that is asked for by value is none to look for.
test_selects_by_labels[name] if {
	some name, label_selector in {
		"every pod": {},
		"no labels": {"matchLabels": {}},
		"an expression": _expression("app", "In", ["web", "db"]),
	}
	review := {"review": {"object": _policy("a")}}
	not host.selects("shop", label_selector) with input as review with data.inventory as _called
	not host.runs("shop", label_selector) with input as review with data.inventory as _called
}

test_of_pods[name] if {
	metadata := {"labels": {"app": "web"}, "annotations": {"a": "b"}}
	some name, example in {
		"a pod": {"row": ["v1", "Pod", "a"], "inventory": _with("Pod", {"metadata": metadata})},
		"a template": {"row": ["v1", "Job", "a"], "inventory": _with("Job", {"spec": {"template": {"metadata": metadata}}})},
		"a template of a job": {
			"row": ["v1", "CronJob", "a"],
			"inventory": _with("CronJob", {"spec": {"jobTemplate": {"spec": {"template": {"metadata": metadata}}}}}),
		},
	}
	review := {"review": {"object": _policy("a")}}
	host.of_pods("shop", example.row, "labels") == {"app": "web"} with input as review with data.inventory as example.inventory
	host.of_pods("shop", example.row, "annotations") == {"a": "b"} with input as review with data.inventory as example.inventory
}

test_of_pods_that_have_none[name] if {
	some name, object_ in {
		"no metadata": {},
		"no annotations": {"metadata": {"labels": {"app": "web"}}},
		"null": {"metadata": {"annotations": null}},
	}
	host.of_pods("shop", ["v1", "Pod", "a"], "annotations") == {} with input as {"review": {"object": _policy("a")}} with data.inventory as _with("Pod", object_)
}

# What a policy sees of its namespace: with all in place whatever may concern the same pods, else everything.
test_review_of_a_policy_sees_what_is_related[name] if {
	some name, example in {
		"its pods": {
			"spec": {"podSelector": _app("web")},
			"want": {["NetworkPolicy", "all"], ["NetworkPolicy", "front"], ["NetworkPolicy", "web"], ["Deployment", "web"], ["Service", "web"]},
		},
		"peers": {
			"spec": {"podSelector": _app("web"), "ingress": [{"from": [{"podSelector": _app("api")}, {"ipBlock": {"cidr": "192.0.2.0/24"}}]}]},
			"want": {
				["NetworkPolicy", "all"], ["NetworkPolicy", "front"], ["NetworkPolicy", "web"], ["NetworkPolicy", "api"],
				["Deployment", "web"], ["Service", "web"], ["Pod", "api"],
			},
		},
		"peers elsewhere": {
			"spec": {"podSelector": _app("night"), "egress": [{"to": [object.union(_labelled({"kubernetes.io/metadata.name": "web"}), {"podSelector": _app("web")})]}]},
			"want": {["NetworkPolicy", "all"], ["NetworkPolicy", "front"], ["CronJob", "night"], ["Service", "web"], ["Pod", "a"]},
		},
		"labels that nobody has": {"spec": {"podSelector": _app("cart")}, "want": _everything},
		"expressions that nobody meets": {
			"spec": {"podSelector": object.union(_app("web"), {"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["front"]}]})},
			"want": _everything,
		},
		"peers that nobody is": {"spec": {"podSelector": _app("web"), "egress": [{"to": [{"podSelector": _app("cart")}]}]}, "want": _everything},
		"every pod": {"spec": {"podSelector": {}}, "want": _everything},
		"no selector": {"spec": {"podSelector": null}, "want": _everything},
	}
	object_ := object.union(_policy("new"), {"spec": example.spec})
	resources := host.resources with input as {"review": {"object": object_}} with data.inventory as _apps
	{[r.kind, r.metadata.name] | some i, r in resources; i > 0; r.kind != "Namespace"} == example.want
}

_everything := {[kind, name] |
	some kinds in _apps.namespace.shop
	some kind, objects in kinds
	some name, _ in objects
}

# Where nobody knows of a namespace, nor is it known what belongs to it.
test_review_without_its_namespace_sees_everything if {
	object_ := _selecting("new", _app("web"))
	resources := host.resources with input as {"review": {"object": object_}} with data.inventory as object.remove(_apps, ["cluster"])
	{[r.kind, r.metadata.name] | some i, r in resources; i > 0} == _everything
}
