package lib.netvet.networkpolicy_test

import data.lib.netvet.networkpolicy

_policy(spec) := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "a", "namespace": "shop"}, "spec": spec}

test_written_is_without_defaults if {
	networkpolicy.written(0) == {"egress": []} with input as {"resources": [_policy({"egress": []})]}
	networkpolicy.written(0) == {} with input as {"resources": [_policy("none")]}
}

test_egress_only[name] if {
	some name, example in {
		"rules": {"spec": {"egress": [{}]}, "want": {0}},
		"empty policyTypes": {"spec": {"egress": [{}], "policyTypes": []}, "want": {0}},
		"null policyTypes": {"spec": {"egress": [{}], "policyTypes": null}, "want": {0}},
		"no rules": {"spec": {"egress": []}, "want": {0}},
		"policyTypes": {"spec": {"egress": [{}], "policyTypes": ["Ingress", "Egress"]}, "want": set()},
		"policyTypes of egress": {"spec": {"egress": [{}], "policyTypes": ["Egress"]}, "want": set()},
		"ingress denied in so many words": {"spec": {"egress": [{}], "ingress": []}, "want": set()},
		"an ingress key": {"spec": {"egress": [{}], "ingress": null}, "want": set()},
		"ingress rules": {"spec": {"egress": [{}], "ingress": [{}]}, "want": set()},
		"neither": {"spec": {"podSelector": {}}, "want": set()},
	}
	networkpolicy.egress_only == example.want with input as {"resources": [_policy(example.spec)]}
}

test_empty_egress[name] if {
	some name, example in {
		"without types": {"spec": {"egress": []}, "want": true},
		"ingress alone": {"spec": {"egress": [], "policyTypes": ["Ingress"]}, "want": true},
		"ingress rules": {"spec": {"egress": [], "ingress": [{}]}, "want": true},
		"both types": {"spec": {"egress": [], "policyTypes": ["Ingress", "Egress"]}, "want": false},
		"egress alone": {"spec": {"egress": [], "policyTypes": ["Egress"]}, "want": false},
		"a type that is refused": {"spec": {"egress": [], "policyTypes": ["Ingress", "egress"]}, "want": false},
		"null": {"spec": {"egress": null}, "want": false},
		"a rule": {"spec": {"egress": [{}], "policyTypes": ["Ingress"]}, "want": false},
		"no list": {"spec": {}, "want": false},
	}
	got := {true | networkpolicy.empty_egress(0)} with input as {"resources": [_policy(example.spec)]}
	got == {true | example.want}
}

test_ignores[name] if {
	some name, example in {
		"egress": {"spec": {"policyTypes": ["Ingress"], "egress": [{}]}, "want": {"Egress"}},
		"ingress": {"spec": {"policyTypes": ["Egress"], "ingress": [null]}, "want": {"Ingress"}},
		"no rules": {"spec": {"policyTypes": ["Ingress"], "egress": []}, "want": set()},
		"in effect": {"spec": {"policyTypes": ["Ingress", "Egress"], "ingress": [{}], "egress": [{}]}, "want": set()},
		"by default": {"spec": {"policyTypes": [], "ingress": [{}], "egress": [{}]}, "want": set()},
		"refused": {"spec": {"policyTypes": ["ingress"], "ingress": [{}]}, "want": set()},
	}
	{direction | some direction in ["Ingress", "Egress"]; networkpolicy.ignores(0, direction)} == example.want with input as {"resources": [_policy(example.spec)]}
}

# Which directions a policy isolates, and how many rules it has there: policyTypes × egress × ingress.
test_types[name] if {
	some name, example in {
		"nothing": {"spec": {}, "want": {"Ingress": 0}},
		"egress []": {"spec": {"egress": []}, "want": {"Ingress": 0}},
		"egress null": {"spec": {"egress": null}, "want": {"Ingress": 0}},
		"egress": {"spec": {"egress": [{}]}, "want": {"Ingress": 0, "Egress": 1}},
		"ingress []": {"spec": {"ingress": []}, "want": {"Ingress": 0}},
		"ingress": {"spec": {"ingress": [{}]}, "want": {"Ingress": 1}},
		"ingress, egress []": {"spec": {"ingress": [{}], "egress": []}, "want": {"Ingress": 1}},
		"ingress, egress": {"spec": {"ingress": [{}], "egress": [{}, {}]}, "want": {"Ingress": 1, "Egress": 2}},
		"[]": {"spec": {"policyTypes": []}, "want": {"Ingress": 0}},
		"[], egress []": {"spec": {"policyTypes": [], "egress": []}, "want": {"Ingress": 0}},
		"[], egress": {"spec": {"policyTypes": [], "egress": [{}]}, "want": {"Ingress": 0, "Egress": 1}},
		"[], ingress, egress": {"spec": {"policyTypes": [], "ingress": [{}], "egress": [{}]}, "want": {"Ingress": 1, "Egress": 1}},
		"null": {"spec": {"policyTypes": null}, "want": {"Ingress": 0}},
		"null, egress": {"spec": {"policyTypes": null, "egress": [null]}, "want": {"Ingress": 0, "Egress": 1}},
		"Ingress": {"spec": {"policyTypes": ["Ingress"]}, "want": {"Ingress": 0}},
		"Ingress, egress": {"spec": {"policyTypes": ["Ingress"], "egress": [{}]}, "want": {"Ingress": 0}},
		"Egress": {"spec": {"policyTypes": ["Egress"]}, "want": {"Egress": 0}},
		"Egress, ingress": {"spec": {"policyTypes": ["Egress"], "ingress": [{}]}, "want": {"Egress": 0}},
		"Egress, egress": {"spec": {"policyTypes": ["Egress"], "egress": [{}]}, "want": {"Egress": 1}},
		"both": {"spec": {"policyTypes": ["Egress", "Ingress"]}, "want": {"Ingress": 0, "Egress": 0}},
		"both, ingress and egress": {"spec": {"policyTypes": ["Ingress", "Egress"], "ingress": [{}], "egress": [{}]}, "want": {"Ingress": 1, "Egress": 1}},
		"twice the same": {"spec": {"policyTypes": ["Ingress", "Ingress"], "ingress": [{}]}, "want": {"Ingress": 1}},
		"unknown": {"spec": {"policyTypes": ["ingress", 7, null], "egress": [{}]}, "want": {}},
		"no list": {"spec": {"policyTypes": "Egress", "egress": [{}]}, "want": {"Egress": 1}},
		"spec is null": {"spec": null, "want": {"Ingress": 0}},
		"spec is a string": {"spec": "none", "want": {"Ingress": 0}},
	}
	policies := networkpolicy.all with input as {"resources": [_policy(example.spec)]}
	{direction: count(rules) | some direction, rules in policies[0].rules} == example.want
}

_everything := {"peers": [], "ports": []}

test_rule[name] if {
	some name, example in {
		"empty": {"rule": {}, "want": _everything},
		"null": {"rule": null, "want": _everything},
		"empty lists": {"rule": {"from": [], "ports": []}, "want": _everything},
		"null lists": {"rule": {"from": null, "ports": null}, "want": _everything},
		"the other direction's key": {"rule": {"to": [{"podSelector": {}}]}, "want": _everything},
		"peers": {"rule": {"from": [{"podSelector": {}}]}, "want": {"peers": [{"podSelector": {}}], "ports": []}},
		"ports": {"rule": {"ports": [{"port": 53}]}, "want": {"peers": [], "ports": [{"port": 53}]}},
		"null members": {
			"rule": {"from": [{"podSelector": {}, "ipBlock": null}], "ports": [{"port": 53, "protocol": null}]},
			"want": {"peers": [{"podSelector": {}}], "ports": [{"port": 53}]},
		},
		"members that are null": {"rule": {"from": [null], "ports": [null]}, "want": {"peers": [{}], "ports": [{}]}},
		"members that are no objects": {"rule": {"from": ["all"], "ports": [53]}, "want": {"peers": ["all"], "ports": [53]}},
		"no lists": {"rule": {"from": {"podSelector": {}}, "ports": 53}, "want": {"peers": [{"podSelector": {}}], "ports": [53]}},
		"members that are lists": {"rule": {"from": [[null]], "ports": [[null]]}, "want": {"peers": [[null]], "ports": [[null]]}},
		"string": {"rule": "all", "want": {"peers": ["all"], "ports": []}},
		"list": {"rule": [{"ports": [{"port": 53}]}], "want": {"peers": [[{"ports": [{"port": 53}]}]], "ports": []}},
	}
	policies := networkpolicy.all with input as {"resources": [_policy({"ingress": [{"from": ["first"]}, example.rule]})]}
	policies[0].rules.Ingress == [{"peers": ["first"], "ports": []}, example.want]
}

test_egress_rule if {
	policies := networkpolicy.all with input as {"resources": [_policy({"egress": [{"to": [{"podSelector": {}}], "from": [{}]}]})]}
	policies[0].rules.Egress == [{"peers": [{"podSelector": {}}], "ports": []}]
}

test_rules_that_are_no_list if {
	policies := networkpolicy.all with input as {"resources": [_policy({"ingress": {"from": [{"podSelector": {}}]}})]}
	policies[0].rules == {"Ingress": [{"peers": [{"podSelector": {}}], "ports": []}]}
}

# Of what the API server refuses nobody else speaks.
test_blocks[name] if {
	some name, example in {
		"taken": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16", "10.2.0.0/16"]}}, true],
		"an exception that is null": [{"ipBlock": {"cidr": "::/0", "except": null}}, true],
		"a field that is none": [{"ipBlock": {"cidr": "::/0", "excepts": []}, "ports": []}, true],
		"pods": [{"ipBlock": {"cidr": "10.0.0.0/8"}, "podSelector": {}}, false],
		"namespaces": [{"ipBlock": {"cidr": "10.0.0.0/8"}, "namespaceSelector": {}}, false],
		"no text": [{"ipBlock": {"cidr": 10}}, false],
		"no addresses": [{"ipBlock": {}}, false],
		"one address": [{"ipBlock": {"cidr": "10.0.0.1"}}, false],
		"bits beyond the length": [{"ipBlock": {"cidr": "10.0.0.1/8"}}, false],
		"an exception that is refused": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16", "10.2.0.1/16"]}}, false],
		"an exception elsewhere": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["192.168.0.0/16"]}}, false],
		"an exception of all": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.0.0.0/8"]}}, false],
		"no list of exceptions": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": "all"}}, false],
	}
	[peer, taken] := example
	policy := _policy({"ingress": [{"from": [peer]}]})
	count(networkpolicy.blocks) == to_number(taken) with input as policy
	count(networkpolicy.blocks) == 1 with input as {"resources": [policy], "unusual": []}
}

test_refuses if {
	networkpolicy.refuses(0, {}) with input as _policy({})
	networkpolicy.refuses(0, {"ipBlock": {"cidr": "10"}}) with input as _policy({})
	not networkpolicy.refuses(0, {"ipBlock": {"cidr": "10.0.0.0/8"}}) with input as _policy({})
	not networkpolicy.refuses(0, {"podSelector": {}}) with input as _policy({})
	not networkpolicy.refuses(0, {}) with input as {"resources": [_policy({})], "unusual": []}
}

test_selector[name] if {
	some name, example in {
		"absent": {"spec": {}, "want": {}},
		"null": {"spec": {"podSelector": null}, "want": {}},
		"empty": {"spec": {"podSelector": {}}, "want": {}},
		"labels": {"spec": {"podSelector": {"matchLabels": {"app": "web"}}}, "want": {"matchLabels": {"app": "web"}}},
		"refused": {"spec": {"podSelector": "app=web"}, "want": "app=web"},
	}
	policies := networkpolicy.all with input as {"resources": [_policy(example.spec)]}
	policies[0].selector == example.want
}

test_all_and_reviewed if {
	resources := [
		{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}},
		_policy({}),
		{"apiVersion": "cilium.io/v2", "kind": "NetworkPolicy"},
		{"apiVersion": "networking.k8s.io/v1", "kind": "Ingress"},
		{"apiVersion": 1, "kind": "NetworkPolicy"},
		null,
		{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"generateName": "b-"}},
	]
	all := networkpolicy.all with input as {"resources": resources}
	all == {
		1: {"index": 1, "name": "a", "namespace": "shop", "selector": {}, "group": ["shop", {}], "rules": {"Ingress": []}},
		6: {"index": 6, "name": "b-*", "namespace": "default", "selector": {}, "group": ["default", {}], "rules": {"Ingress": []}},
	}
	networkpolicy.reviewed == {1, 6} with input as {"resources": resources}
	networkpolicy.reviewed == {6} with input as {"resources": resources, "scope": [0, 6]}
}

test_admits if {
	policy := {"rules": {"Ingress": [_everything], "Egress": []}}
	networkpolicy.admits(policy, "Ingress")
	not networkpolicy.admits(policy, "Egress")
	not networkpolicy.admits({"rules": {}}, "Egress")
	networkpolicy.everything == _everything
}

test_words if {
	networkpolicy.path("Egress", 2) == ["spec", "egress", 2]
	networkpolicy.path("Ingress", 0) == ["spec", "ingress", 0]
	networkpolicy.adjective("Egress") == "egress"
}

test_describe if {
	policies := {"resources": [object.union(_policy({}), {"metadata": {"name": name}}) | some name in ["b", "a", "c"]]}
	networkpolicy.describe({0}) == "b" with input as policies
	networkpolicy.describe({0, 1, 2}) == "a (and 2 more)" with input as policies
}

_mixed := _policy({
	"policyTypes": ["Ingress", "Egress"],
	"ingress": [{}, {"from": [{"podSelector": {}}, {"ipBlock": {"cidr": "10.0.0.0/8"}}]}],
	"egress": [{"ports": [{"port": 53}, {"port": 54}]}, {"to": ["none", {"ipBlock": "none"}], "ports": [{}]}],
})

test_rows if {
	[[row[1], row[2]] | some row in networkpolicy.without_peers] == [["Egress", 0], ["Ingress", 0]] with input as {"resources": [_mixed]}
	[[row[1], row[2]] | some row in networkpolicy.without_ports] == [["Ingress", 0], ["Ingress", 1]] with input as {"resources": [_mixed]}
	networkpolicy.blocks == [[0, "Ingress", 1, 1, {"cidr": "10.0.0.0/8"}]] with input as {"resources": [_mixed]}
	networkpolicy.selecting == [[0, "Ingress", 1, 0, {"podSelector": {}}]] with input as {"resources": [_mixed]}
	networkpolicy.distinct_ports == {{"port": 53}, {"port": 54}, {}} with input as {"resources": [_mixed]}
	networkpolicy.port_places == {
		{"port": 53}: {[0, "Egress", 0, 0], [1, "Egress", 0, 0]},
		{"port": 54}: {[0, "Egress", 0, 1], [1, "Egress", 0, 1]},
		{}: {[0, "Egress", 1, 0], [1, "Egress", 1, 0]},
	} with input as {"resources": [_mixed, _mixed]}
}

test_namespace_selectors if {
	team := {"namespaceSelector": {"matchLabels": {"team": "a"}}}
	peers := [team, {"podSelector": {}}, object.union(team, {"podSelector": {}}), {"namespaceSelector": {}}]
	resources := [_policy({"ingress": [{"from": peers}]})]
	networkpolicy.of_pods == {1, 2} with input as {"resources": resources}
	networkpolicy.of_namespaces == {0, 2, 3} with input as {"resources": resources}
	networkpolicy.namespace_selectors == {{}, team.namespaceSelector} with input as {"resources": resources}
	networkpolicy.by_namespace_selector == {
		{}: {[0, "Ingress", 0, 3, peers[3]]},
		team.namespaceSelector: {[0, "Ingress", 0, 0, peers[0]], [0, "Ingress", 0, 2, peers[2]]},
	} with input as {"resources": resources}
}

test_expressive if {
	asking := {"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "tier", "operator": "Exists"}]}
	policy := _policy({"ingress": [{}, {"from": [
		{"podSelector": {"matchExpressions": []}, "namespaceSelector": asking},
		{"podSelector": {"matchExpressions": null}, "podselector": asking},
		{"podSelector": asking},
		{"podSelector": asking, "ipBlock": {"cidr": "10.0.0.0/8"}},
	]}]})
	networkpolicy.expressive == [
		[0, "Ingress", 1, 0, "namespaceSelector", asking],
		[0, "Ingress", 1, 2, "podSelector", asking],
	] with input as {"resources": [policy]}
}

test_isolating if {
	policies := [_policy({}), _policy({"egress": [{}]}), _policy({"policyTypes": ["Egress"]})]
	networkpolicy.isolating == {"Ingress": {0, 1}, "Egress": {1, 2}} with input as {"resources": policies}
}

test_places if {
	networkpolicy.peer_path("Ingress", 1, 2) == ["spec", "ingress", 1, "from", 2]
	networkpolicy.port_path("Egress", 0, 1) == ["spec", "egress", 0, "ports", 1]
}

test_replaced if {
	resources := [{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata} | some metadata in [
		{"namespace": "shop", "name": "a"},
		{"name": "a"},
		{"namespace": "shop", "name": "a"},
		{"namespace": "shop"},
		{"namespace": "shop"},
		{"namespace": "default", "name": "a"},
		{"namespace": "shop", "generateName": "b"},
		{"namespace": "shop", "generateName": "b"},
		{"namespace": "shop", "name": ""},
		{"namespace": "shop", "name": ""},
		{"namespace": "shop", "name": "b"},
	]]
	networkpolicy.namesakes == {["shop", "a"]: {0, 2}, ["default", "a"]: {1, 5}} with input as {"resources": resources}
	networkpolicy.replaced == {0, 1} with input as {"resources": resources}
}

test_emptied if {
	given := _policy({"egress": [{"to": [], "ports": null}, {"to": [{"podSelector": {}}]}]})
	networkpolicy.emptied(0, "Egress", 0, "to") with input as {"resources": [given]}
	networkpolicy.emptied(0, "Egress", 0, "ports") with input as {"resources": [given]}
	not networkpolicy.emptied(0, "Egress", 1, "to") with input as {"resources": [given]}
	not networkpolicy.emptied(0, "Egress", 1, "ports") with input as {"resources": [given]}
	not networkpolicy.emptied(0, "Egress", 0, "to") with input as {"resources": [object.union(given, {"metadata": {"uid": "1"}})]}
}

test_judged if {
	resources := [object.union(_judged, {"metadata": {"name": name}}) | some name in ["a", "b"]]
	judged := networkpolicy.judged with input as {"resources": resources, "scope": [1]}
	judged == {1: {"index": 1, "name": "b", "namespace": "shop", "selector": {}, "group": ["shop", {}], "rules": {"Ingress": []}}}
}

# At admission by itself: the same as among all.
test_judged_at_admission[name] if {
	some name, example in {
		"a policy": {"object": _judged, "want": 1},
		"another kind": {"object": object.union(_judged, {"kind": "Pod"}), "want": 0},
		"another API": {"object": object.union(_judged, {"apiVersion": "crd.projectcalico.org/v1"}), "want": 0},
	}
	judged := networkpolicy.judged with input as {"review": {"object": example.object}}
	judged == networkpolicy.all with input as {"review": {"object": example.object}}
	count(judged) == example.want
	networkpolicy.judged == {} with input as {"review": {"object": example.object, "operation": "DELETE"}}
}

_judged := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "a", "namespace": "shop"}, "spec": {"podSelector": {}}}
