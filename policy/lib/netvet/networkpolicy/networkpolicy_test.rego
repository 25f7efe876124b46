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

# Read from the spec alone.
test_types_of_a_spec[name] if {
	some name, example in {
		"absent": {"spec": {}, "want": {"Ingress"}},
		"null": {"spec": {"policyTypes": null}, "want": {"Ingress"}},
		"empty": {"spec": {"policyTypes": []}, "want": {"Ingress"}},
		"absent, egress": {"spec": {"egress": [{}]}, "want": {"Ingress", "Egress"}},
		"null, egress": {"spec": {"policyTypes": null, "egress": [{}]}, "want": {"Ingress", "Egress"}},
		"empty, egress": {"spec": {"policyTypes": [], "egress": [{}]}, "want": {"Ingress", "Egress"}},
		"absent, egress []": {"spec": {"egress": []}, "want": {"Ingress"}},
		"absent, egress that is no list": {"spec": {"egress": {}}, "want": {"Ingress", "Egress"}},
		"one": {"spec": {"policyTypes": ["Egress"]}, "want": {"Egress"}},
		"one, egress": {"spec": {"policyTypes": ["Ingress"], "egress": [{}]}, "want": {"Ingress"}},
		"twice the same": {"spec": {"policyTypes": ["Egress", "Egress"]}, "want": {"Egress"}},
		"no list": {"spec": {"policyTypes": "Egress"}, "want": {"Egress"}},
		"an empty mapping": {"spec": {"policyTypes": {}}, "want": {{}}},
		"a mapping": {"spec": {"policyTypes": {"first": "Egress"}}, "want": {{"first": "Egress"}}},
		"what is refused": {"spec": {"policyTypes": ["egress", null]}, "want": {"egress", null}},
	}
	networkpolicy.types(example.spec) == example.want
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

# Specs as the API server hands them over: with defaults, and without nulls or empty lists.
_as_read := {
	"nothing": {"podSelector": {}, "policyTypes": ["Ingress"]},
	"labels": {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Egress"]},
	"one type of two with rules": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "egress": [{}]},
	"a direction that it leaves alone": {"podSelector": {}, "policyTypes": ["Ingress"], "egress": [{"to": [{"podSelector": {}}]}]},
	"ports alone": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"ports": [{"protocol": "TCP", "port": 80}, {"protocol": "UDP"}]}]},
	"peers alone": {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": [{"podSelector": {}}, {"ipBlock": {"cidr": "10.0.0.0/8"}}]}]},
	"the other direction's key": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"to": [{"podSelector": {}}]}]},
	"everything": _full,
}

_full := {
	"podSelector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]},
	"policyTypes": ["Egress", "Ingress"],
	"ingress": [
		{"from": [{"podSelector": {}}, {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}, {"namespaceSelector": {}}]},
		{"ports": [{"protocol": "TCP", "port": 80}]},
		{},
	],
	"egress": [
		{"to": [{"ipBlock": {"cidr": "::/0"}}], "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 80, "endPort": 90}]},
		{"to": [{"podSelector": {}, "namespaceSelector": {"matchLabels": {"team": "a"}}}]},
	],
}

_reading := {
	"judged": networkpolicy.judged,
	"reviewed": networkpolicy.reviewed,
	"without_peers": networkpolicy.without_peers,
	"without_ports": networkpolicy.without_ports,
	"blocks": networkpolicy.blocks,
	"selecting": networkpolicy.selecting,
	"of_pods": networkpolicy.of_pods,
	"of_namespaces": networkpolicy.of_namespaces,
	"by_namespace_selector": networkpolicy.by_namespace_selector,
	"expressive": networkpolicy.expressive,
	"distinct_ports": networkpolicy.distinct_ports,
	"port_places": networkpolicy.port_places,
}

_read(object_) := object.union(object_, {"metadata": {"uid": "1"}})

# Whether the API server has read the policy makes a difference to the time alone.
test_what_the_api_server_has_read_is_the_same[name] if {
	some name, spec in _as_read
	written := _reading with input as {"review": {"object": _policy(spec)}}
	written == _reading with input as {"review": {"object": _read(_policy(spec))}}
	written == _reading with input as {"request": {"object": _read(_policy(spec))}}
	written == _reading with input as {"resources": [_policy(spec)]}
}

test_what_the_api_server_has_read if {
	reading := _reading with input as {"review": {"object": _read(_policy(_full))}}
	[from, to] := [[rule.from | some rule in _full.ingress], [rule.to | some rule in _full.egress]]
	object.filter(reading, ["reviewed", "without_peers", "without_ports", "blocks", "selecting", "distinct_ports"]) == {
		"reviewed": {0},
		"without_peers": [[0, "Ingress", 1, {"peers": [], "ports": _full.ingress[1].ports}], [0, "Ingress", 2, _everything]],
		"without_ports": [
			[0, "Egress", 1, {"peers": to[1], "ports": []}],
			[0, "Ingress", 0, {"peers": from[0], "ports": []}],
			[0, "Ingress", 2, _everything],
		],
		"blocks": [[0, "Egress", 0, 0, {"cidr": "::/0"}], [0, "Ingress", 0, 1, from[0][1].ipBlock]],
		"selecting": [[0, "Egress", 1, 0, to[1][0]], [0, "Ingress", 0, 0, from[0][0]], [0, "Ingress", 0, 2, from[0][2]]],
		"distinct_ports": {{"protocol": "TCP", "port": 80}, {"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 80, "endPort": 90}},
	}
	reading.judged == {0: {
		"index": 0, "name": "a", "namespace": "shop", "selector": _full.podSelector, "group": ["shop", _full.podSelector],
		"rules": {
			"Ingress": [{"peers": from[0], "ports": []}, {"peers": [], "ports": _full.ingress[1].ports}, _everything],
			"Egress": [{"peers": to[0], "ports": _full.egress[0].ports}, {"peers": to[1], "ports": []}],
		},
	}}
}

# What it has taken is not looked at again.
test_what_the_api_server_has_taken if {
	refused := {"ipBlock": {"cidr": "10.0.0.1/8"}}
	policy := _policy({"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [refused]}]})
	networkpolicy.blocks == [[0, "Ingress", 0, 0, refused.ipBlock]] with input as {"review": {"object": _read(policy)}}
	networkpolicy.blocks == [] with input as {"review": {"object": policy}}
	networkpolicy.refuses(0, refused) with input as {"review": {"object": policy}}
	not networkpolicy.refuses(0, refused) with input as {"review": {"object": _read(policy)}}
	not networkpolicy.refuses(0, {}) with input as {"review": {"object": _read(policy)}}
}

# A uid alone does not make an object what the API server hands over.
test_read_from_elsewhere[name] if {
	read := _read(_policy(_full))
	some name, object_ in {
		"without types": _read(_policy({"podSelector": {}, "egress": [{"ports": [{"port": 53}]}]})),
		"no types": _read(_policy({"podSelector": {}, "policyTypes": [], "egress": [{}]})),
		"types that are null": _read(_policy({"podSelector": {}, "policyTypes": null, "ingress": [{}]})),
		"types that are no list": _read(_policy({"podSelector": {}, "policyTypes": "Egress", "egress": [{}]})),
		"without selector": _read(_policy({"policyTypes": ["Ingress"], "ingress": [{}]})),
		"without spec": _read(object.remove(_judged, ["spec"])),
		"without namespace": object.union(object.remove(read, ["metadata"]), {"metadata": {"name": "a", "uid": "1"}}),
		"without name": object.union(object.remove(read, ["metadata"]), {"metadata": {"generateName": "a-", "namespace": "shop", "uid": "1"}}),
		"another version": object.union(read, {"apiVersion": "networking.k8s.io/v1beta1"}),
		"another API": object.union(read, {"apiVersion": "crd.projectcalico.org/v1"}),
		"another kind": object.union(read, {"kind": "Pod"}),
	}
	reading := _reading with input as {"review": {"object": object_}}
	reading == _reading with input as {"resources": [object_]}
}

# Alone under review it is all that there is, and what is deleted is nothing.
test_all_alone[name] if {
	some name, object_ in {"a manifest": _policy(_full), "read": _read(_policy(_full)), "another kind": object.union(_judged, {"kind": "Pod"})}
	alone := {"review": {"operation": "UPDATE", "object": object_}, "parameters": {"inventory": false}}
	all := networkpolicy.all with input as alone
	all == networkpolicy.all with input as object.remove(alone, ["parameters"])
	all == networkpolicy.all with input as {"resources": [object_]}
	networkpolicy.all == {} with input as object.union(alone, {"review": {"operation": "DELETE"}})
	networkpolicy.judged == {} with input as object.union(alone, {"review": {"operation": "DELETE"}})
	networkpolicy.reviewed == set() with input as object.union(alone, {"review": {"operation": "DELETE"}})
}

# The same as among all, whether the API server has read it or not.
test_of_spec[name] if {
	some name, spec in _as_read
	policies := networkpolicy.all with input as {"resources": [_policy(spec)]}
	every decoded in [true, false] {
		networkpolicy.of_spec(spec, decoded) == object.filter(policies[0], ["selector", "rules"]) with input as {"resources": []}
	}
}

# Of manifests, nulls and slips are mended; the API server leaves none to look for.
test_of_spec_that_somebody_wrote[name] if {
	some name, example in {
		"no types": {"spec": {"egress": [{}]}, "want": {"selector": {}, "rules": {"Ingress": [], "Egress": [_everything]}}},
		"nulls": {
			"spec": {"podSelector": null, "policyTypes": null, "ingress": [null, {"from": [{"podSelector": {}, "ipBlock": null}], "ports": null}]},
			"want": {"selector": {}, "rules": {"Ingress": [_everything, {"peers": [{"podSelector": {}}], "ports": []}]}},
		},
		"no list": {"spec": {"ingress": {"ports": [{"port": 80}]}}, "want": {"selector": {}, "rules": {"Ingress": [{"peers": [], "ports": [{"port": 80}]}]}}},
		"refused": {"spec": {"podSelector": "app=web"}, "want": {"selector": "app=web", "rules": {"Ingress": []}}},
	}
	networkpolicy.of_spec(example.spec, false) == example.want with input as {"resources": []}
}

test_of_spec_is_not_looked_through_where_the_api_server_has_read_it if {
	spec := {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [{"podSelector": {}, "ipBlock": null}]}]}
	networkpolicy.of_spec(spec, true).rules.Ingress == [{"peers": spec.ingress[0].from, "ports": []}] with input as {"resources": []}
	networkpolicy.of_spec(spec, false).rules.Ingress == [{"peers": [{"podSelector": {}}], "ports": []}] with input as {"resources": []}
	networkpolicy.of_spec(spec, false).rules.Ingress[0].peers == spec.ingress[0].from with input as {"resources": [], "regular": true}
}

test_of_no_spec[spec] if {
	some spec in {null, "none", []}
	every decoded in [true, false] { not networkpolicy.of_spec(spec, decoded) }
}
