package lib.netvet.namespace_test

import data.lib.netvet.namespace

_namespace(name, labels) := {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}

test_the_later_of_two_objects_is_kept if {
	twice := {"resources": [_namespace("shop", {"team": "a"}), _namespace("shop", {"team": "b"}), _namespace("bank", {})]}
	namespace.visible == {"shop": 1, "bank": 2} with input as twice
	namespace.labels("shop") == {"team": "b", "kubernetes.io/metadata.name": "shop"} with input as twice
}

test_label_without_a_value if {
	namespace.labels("shop") == {"team": "", "kubernetes.io/metadata.name": "shop"} with input as {"resources": [_namespace("shop", {"team": null})]}
}

_by_name(name) := {"matchLabels": {"kubernetes.io/metadata.name": name}}

_sight := {"resources": [_namespace("shop", {"name": "store", "team": "a"}), _namespace("bank", null)]}

test_could_match if {
	namespace.could_match({"matchLabels": {"team": "a"}}, "shop") with input as _sight
	not namespace.could_match({"matchLabels": {"team": "b"}}, "shop") with input as _sight
	not namespace.could_match({"matchLabels": {"team": "a"}}, "bank") with input as _sight
	namespace.could_match({"matchLabels": {"team": "a"}}, "out-of-sight") with input as _sight
	not namespace.could_match(_by_name("shop"), "out-of-sight") with input as _sight
}

# Whatever labels it has, or gets.
test_could_ever_match if {
	namespace.could_ever_match({"matchLabels": {"team": "b"}}, "shop") with input as _sight
	namespace.could_ever_match(_by_name("shop"), "shop") with input as _sight
	not namespace.could_ever_match(_by_name("shop"), "bank") with input as _sight
}

test_mistaken if {
	namespace.mistaken("name") with input as _sight
	not namespace.mistaken("team") with input as _sight
	not namespace.mistaken("kubernetes.io/metadata.name") with input as _sight
	not namespace.mistaken("name") with input as object.union(_sight, {"parameters": {"namespace_labels": ["name"]}})
}

test_meant if {
	label_selector := {
		"matchLabels": {"name": "shop", "team": "a", "kubernetes.io/metadata.name": "bank"},
		"matchExpressions": [
			{"key": "ns", "operator": "In", "values": ["a", "b"]},
			{"key": "namespace", "operator": "NotIn", "values": ["c"]},
			{"key": "team", "operator": "In", "values": ["d"]},
			{"key": "kubernetes.io/name", "operator": "Exists"},
		],
	}
	want := {["name", "shop"], ["kubernetes.io/metadata.name", "bank"], ["ns", "a"], ["ns", "b"]}
	namespace.meant(label_selector) == want with input as _sight
	namespace.meant({"matchLabels": {"nickname": "x"}}) == set() with input as _sight
	nicknamed := object.union(_sight, {"parameters": {"namespace_labels": ["nickname"]}})
	namespace.meant({"matchLabels": {"nickname": "x"}}) == {["nickname", "x"]} with input as nicknamed
}

test_means if {
	namespace.means(_by_name("shop"), "shop") with input as _sight
	namespace.means({"matchLabels": {"team": "a"}}, "shop") with input as _sight
	namespace.means({"matchLabels": {"name": "bank"}}, "bank") with input as _sight
	namespace.means({}, "out-of-sight") with input as _sight
	not namespace.means({"matchLabels": {"team": "a"}}, "bank") with input as _sight
	not namespace.means({"matchLabels": {"team": "a"}}, "out-of-sight") with input as _sight
}

test_unset if {
	namespace.unset("name", "shop") with input as _sight
	not namespace.unset("name", "store") with input as _sight
	not namespace.unset("team", "shop") with input as _sight
	not namespace.unset("kubernetes.io/metadata.name", "shop") with input as _sight
	not namespace.unset("name", "shop") with input as object.union(_sight, {"parameters": {"namespace_labels": ["name"]}})
}

test_unset_where_gatekeeper_keeps_namespaces if {
	kept := _cluster({"store": _namespace("store", {"name": "store"}), "shop": _namespace("shop", {})})
	not namespace.unset("name", "store") with input as _reviewing with data.inventory as kept
	namespace.unset("name", "shop") with input as _reviewing with data.inventory as kept
}

test_cluster_sets_labels if {
	set_by_cluster := object.union(_sight, {"parameters": {"namespace_labels": ["name"]}})
	namespace.could_match({"matchLabels": {"name": "bank"}}, "bank") with input as set_by_cluster
	not namespace.could_match({"matchLabels": {"name": "bank"}}, "bank") with input as _sight
	namespace.could_match({"matchLabels": {"name": "bank"}}, "out-of-sight") with input as _sight
	not namespace.could_match({"matchLabels": {"name": "bank"}}, "out-of-sight") with input as set_by_cluster
	namespace.labels("out-of-sight") == {"kubernetes.io/metadata.name": "out-of-sight", "name": "out-of-sight"} with input as set_by_cluster
	namespace.supposed("bank").name == "bank" with input as set_by_cluster
}

test_everywhere if {
	namespace.everywhere("kubernetes.io/metadata.name")
	not namespace.everywhere("name")
	namespace.everywhere("name") with input as {"resources": [], "parameters": {"namespace_labels": ["name"]}}
}

test_malformed if {
	malformed := {"resources": [
		_namespace("shop", "team=a"),
		{"apiVersion": "v1", "kind": "Namespace", "metadata": null},
		{"apiVersion": "example.com/v1", "kind": "Namespace", "metadata": {"name": "other"}},
	]}
	namespace.visible == {"shop": 0, "": 1} with input as malformed
	namespace.labels("shop") == {"kubernetes.io/metadata.name": "shop"} with input as malformed
	namespace.meant("name=shop") == set()
	namespace.meant({"matchLabels": "name", "matchExpressions": [null, {"operator": "In", "key": "name", "values": "shop"}]}) == set()
	not namespace.could_match("name=shop", "shop") with input as malformed
}

test_supposed if {
	namespace.supposed("bank") == {"kubernetes.io/metadata.name": "bank"} with input as _sight
	namespace.supposed("x") == {key: "x" | some key in ["kubernetes.io/metadata.name", "name", "ns", "namespace", "kubernetes.io/name"]} with input as _sight
}

test_describe if {
	namespace.describe({}) == "any namespace"
	namespace.describe({"matchLabels": {"team": "a", "env": "b"}}) == "namespaces with env=b,team=a"
}

test_anchor if {
	policies := [{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name, "namespace": of}} |
		some [name, of] in [["b", "shop"], ["a", "shop"], ["c", "bank"], ["d", "bank"]]
	]
	bank := {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "bank"}}
	anchors := [i | some name in ["shop", "bank"]; i := namespace.anchor(name)] with input as {"resources": array.concat(policies, [bank])}
	anchors == [1, 4]
	not namespace.anchor("yard") with input as {"resources": policies}
}

_reviewing := {"review": {"object": {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "a", "namespace": "shop"}}}}

_cluster(objects) := {"cluster": {"v1": {"Namespace": objects}}, "namespace": {}}

test_reviewing_a_policy if {
	inventory := _cluster({"shop": _namespace("shop", {"team": "a"})})
	namespace.seen("shop") with input as _reviewing with data.inventory as inventory
	not namespace.seen("bank") with input as _reviewing with data.inventory as inventory
	labels := namespace.labels("shop") with input as _reviewing with data.inventory as inventory
	labels == {"team": "a", "kubernetes.io/metadata.name": "shop"}
}

# Reviewing a policy, a finding about its namespace stands at the Namespace in sight.
test_may_anchor if {
	namespace.may_anchor with input as {"resources": []}
	namespace.may_anchor with input as _reviewing with data.inventory as _cluster({})
	not namespace.may_anchor with input as _reviewing with data.inventory as _cluster({"shop": _namespace("shop", {})})
}
