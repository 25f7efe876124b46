package lib.netvet.selection_test

import data.lib.netvet.selection

_policy(name, spec) := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name, "namespace": "shop"}, "spec": spec}

_web := {"matchLabels": {"app": "web"}}

_policies := {"resources": [
	_policy("web", {"podSelector": _web, "policyTypes": ["Ingress", "Egress"]}),
	_policy("web-too", {"podSelector": _web, "policyTypes": ["Ingress"]}),
	_policy("everything", {"podSelector": {"matchExpressions": []}, "policyTypes": ["Egress"], "egress": [{}]}),
	_policy("refused", {"podSelector": {"matchLabels": {"app": 1}}}),
]}

# A policy isolates every pod, even where it admits everything.
test_isolated_namespaces if {
	selection.isolated_namespaces == {["shop", "Egress"]} with input as _policies
}

test_of_every_pod if {
	selection.of_every_pod == {2} with input as _policies
}

test_isolating if {
	groups := {["shop", _web], ["shop", {"matchExpressions": []}]}
	selection.isolators(groups, "Ingress") == {0, 1} with input as _policies
	selection.isolators(groups, "Egress") == {0, 2} with input as _policies
}

_expression(key, operator, values) := {"matchExpressions": [{"key": key, "operator": operator, "values": values}]}

# One selector of each kind, by what it is called here.
_selectors := {
	"all": {},
	"all, in so many words": {"matchLabels": {}, "matchExpressions": null},
	"app=web": _web,
	"app=web,tier=front": {"matchLabels": {"app": "web", "tier": "front"}},
	"app in (web)": _expression("app", "In", ["web"]),
	"app in (web,api)": _expression("app", "In", ["web", "api"]),
	"app notin (db)": _expression("app", "NotIn", ["db"]),
	"app": _expression("app", "Exists", []),
	"!app": _expression("app", "DoesNotExist", []),
	"app=web,!app": object.union(_web, _expression("app", "DoesNotExist", [])),
	"refused": "app=web",
}

_labels := {"nothing": {}, "web": {"app": "web"}, "front": {"app": "web", "tier": "front"}, "api": {"app": "api"}, "db": {"app": "db", "tier": "front"}}

_pod(name, labels) := {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop", "labels": labels}}

# Everything twice, in two namespaces.
_everything := {"resources": [object.union(resource, {"metadata": {"namespace": namespace}}) |
	some namespace in ["shop", "other"]
	some resource in array.concat(
		[_policy(name, {"podSelector": label_selector}) | some name, label_selector in _selectors],
		[_pod(name, labels) | some name, labels in _labels],
	)
]}

# The names of the objects of namespace shop.
_named(indexes) := {_everything.resources[i].metadata.name | some i in indexes; _everything.resources[i].metadata.namespace == "shop"}

# What each group selects, and no more.
_selected := {
	"all": object.keys(_labels),
	"all, in so many words": object.keys(_labels),
	"app=web": {"web", "front"},
	"app=web,tier=front": {"front"},
	"app in (web)": {"web", "front"},
	"app in (web,api)": {"web", "front", "api"},
	"app notin (db)": {"nothing", "web", "front", "api"},
	"app": {"web", "front", "api", "db"},
	"!app": {"nothing"},
	"app=web,!app": set(),
	"refused": set(),
}

test_pods[name] if {
	some name, want in _selected
	pods := selection.pods(["shop", _selectors[name]]) with input as _everything
	_named(pods) == want
	count(pods) == count(want)
}

test_pods_of_a_namespace_without_any[name] if {
	some name, label_selector in _selectors
	selection.pods(["none", label_selector]) == set() with input as _everything
}

test_selecting[name] if {
	some name, labels in _labels
	groups := selection.selecting("shop", labels) with input as _everything
	groups == {["shop", _selectors[selecting]] | some selecting, pods in _selected; name in pods}
}

test_selecting_in_a_namespace_without_policies if {
	selection.selecting("none", {"app": "web"}) == set() with input as _everything
}

# Whom each group's pods are selected by, by what the selectors mean.
_wider := {
	"all": set(),
	"all, in so many words": set(),
	"app=web": {"app in (web)", "app in (web,api)", "app notin (db)", "app"},
	"app=web,tier=front": {"app=web", "app in (web)", "app in (web,api)", "app notin (db)", "app"},
	"app in (web)": {"app=web", "app in (web,api)", "app notin (db)", "app"},
	"app in (web,api)": {"app notin (db)", "app"},
	"app notin (db)": set(),
	"app": set(),
	"!app": {"app notin (db)"},
}

test_wider[name] if {
	some name, others in _wider
	groups := selection.wider(["shop", _selectors[name]]) with input as _everything
	groups == {["shop", _selectors[wider]] | some wider in ({"all", "all, in so many words", name} | others)}
}

test_wider_of_a_group_that_selects_nothing[name] if {
	some name in ["app=web,!app", "refused"]
	not selection.wider(["shop", _selectors[name]]) with input as _everything
}

test_policies if {
	policies := selection.policies with input as _policies
	policies == {
		["shop", _web]: {0, 1},
		["shop", {"matchExpressions": []}]: {2},
		["shop", {"matchLabels": {"app": 1}}]: {3},
	}
	selection.namespaces == {"shop"} with input as _policies
	selection.namespaces == set() with input as {"resources": []}
}

test_describe if {
	selection.describe(["shop", {}]) == "every pod in namespace shop"
	selection.describe(["shop", {"matchLabels": null}]) == "every pod in namespace shop"
	selection.describe(["shop", _web]) == "pods with app=web in namespace shop"
	selection.describe_any(["shop", {}]) == "any pod in namespace shop"
	selection.describe_any(["shop", _web]) == "pods with app=web in namespace shop"
}

test_policies_do_not_apply_to_pods_in_the_nodes_network if {
	pod := {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "shop", "labels": {"app": "web"}}, "spec": {}}
	resources := [pod, object.union(pod, {"metadata": {"name": "b"}, "spec": {"hostNetwork": true}})]
	selection.pods(["shop", _web]) == {0, 1} with input as {"resources": resources}
	selection.subjects(["shop", _web]) == {0} with input as {"resources": resources}
}

_running(name, app, spec) := {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop", "labels": {"app": app}}, "spec": spec}

_egress_alone := {"egress": [{}]}

test_cut_off if {
	every_pod := "any pod in namespace shop"
	alone := {"resources": [_policy("a", _egress_alone)]}
	selection.cut_off(["shop", {}]) == {"whom": every_pod, "partly": false} with input as alone
	denied := {"resources": array.concat(alone.resources, [_policy("b", {"podSelector": null})])}
	not selection.cut_off(["shop", {}]) with input as denied
	some_denied := {"resources": array.concat(alone.resources, [_policy("b", {"podSelector": _web})])}
	but := "any pod in namespace shop; other policies isolate, and may admit somebody to, some of them"
	selection.cut_off(["shop", {}]) == {"whom": but, "partly": true} with input as some_denied
	selection.cut_off(["shop", {"matchLabels": {"app": "api"}}]) == {"whom": "pods with app=api in namespace shop", "partly": false} with input as some_denied
	two_alone := {"resources": array.concat(alone.resources, [_policy("b", _egress_alone)])}
	selection.cut_off(["shop", {}]) == {"whom": every_pod, "partly": false} with input as two_alone
	pods := [_running("p", "web", {}), _running("q", "api", {}), _running("r", "node", {"hostNetwork": true})]
	selection.cut_off(["shop", {}]) == {"whom": "Pod shop/q", "partly": false} with input as {"resources": array.concat(some_denied.resources, pods)}
	not selection.cut_off(["shop", {}]) with input as {"resources": array.concat(denied.resources, pods)}
}

_namespace(name, team) := {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"team": team}}}

test_named if {
	sight := {"resources": [_namespace("bank", "a"), _namespace("yard", "b"), _policy("a", {}), _running("p", "web", {})]}
	by_name := {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["bank", "elsewhere"]}]}
	selection.named(by_name) == {"bank", "elsewhere"} with input as sight
	selection.named(object.union(by_name, {"matchLabels": {"team": "b"}})) == {"elsewhere"} with input as sight
	selection.named({"matchLabels": {"team": "b"}}) == {"yard", "shop"} with input as sight
	selection.named({"matchLabels": {"team": "c"}}) == set() with input as sight
	selection.named({}) == set() with input as sight
}

test_carried if {
	sight := {"resources": [_running("p", "web", {})]}
	selection.carried("shop", "app", "web") with input as sight
	not selection.carried("bank", "app", "web") with input as sight
	not selection.carried("shop", "app", "api") with input as sight
}

test_of_peer if {
	selection.of_peer({"podSelector": _web}, "shop") == {["shop", _web]} with input as _policies
	bank := {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "bank"}}}
	selection.of_peer(bank, "shop") == {["bank", {}]} with input as _policies
	selection.of_peer(object.union(bank, {"podSelector": _web}), "shop") == {["bank", _web]} with input as _policies
	selection.of_peer({"podSelector": _web, "namespaceSelector": {}}, "shop") == set() with input as _policies
	selection.of_peer({}, "shop") == set() with input as _policies
}

test_carried_by_pods if {
	selection.carried("shop", "app", "web") with input as {"resources": [_pod("a", {"app": "web"})]}
	not selection.carried("shop", "app", "api") with input as {"resources": [_pod("a", {"app": "web"})]}
	inventory := {"namespace": {"shop": {"v1": {"Pod": {"a": _pod("a", {"app": "web"})}}}}}
	selection.carried("shop", "app", "web") with input as {"review": {"object": _policy("a", {})}} with data.inventory as inventory
	not selection.carried("shop", "app", "api") with input as {"review": {"object": _policy("a", {})}} with data.inventory as inventory
}
