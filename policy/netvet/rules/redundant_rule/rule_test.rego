package netvet.rules.redundant_rule_test

import data.netvet.rules.redundant_rule

_policy(name, spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": name, "namespace": "shop"},
	"spec": object.union(object.remove({"podSelector": {}}, object.keys(spec)), spec),
}

_web := {"matchLabels": {"app": "web"}}

_from(peers, ports) := {"from": peers, "ports": ports}

_ingress(rules) := {"policyTypes": ["Ingress"], "ingress": rules}

_found := {concat(".", [sprintf("%v", [step]) | some step in array.concat([fault.details.resource.name], fault.details.path)]) |
	some fault in redundant_rule.violation
}

# The same of all that is in sight, or of each while Gatekeeper asks about it and keeps the others.
_told(resources) := found if {
	# regal ignore:with-outside-test-context
	found := _found with input as _set(resources)
	found == union({_told_of(resource, resources) | some resource in resources})
}

_told_of(resource, resources) := found if {
	kept := {namespace: {"networking.k8s.io/v1": {"NetworkPolicy": {object.metadata.name: object |
		some object in resources
		object.metadata.namespace == namespace
	}}} |
		some namespace in {object.metadata.namespace | some object in resources}
	}

	# regal ignore:with-outside-test-context
	found := _found with input as {"review": {"object": resource}} with data.inventory.namespace as kept
}

_pods(labels) := {"podSelector": {"matchLabels": labels}}

_block(cidr) := {"ipBlock": {"cidr": cidr}}

_p80 := [{"port": 80}]

# A rule, one beside it in the same policy, and whether the first is covered by it.
test_rules[name] if {
	some name, example in {
		"fewer ports": [_from([_pods({"app": "a"})], _p80), _from([_pods({"app": "a"})], []), true],
		"other ports": [_from([_pods({"app": "a"})], _p80), _from([_pods({"app": "a"})], [{"port": 81}]), false],
		"fewer peers": [_from([_pods({"app": "a"})], _p80), _from([_pods({"app": "b"}), _pods({"app": "a"})], _p80), true],
		"more peers": [_from([_pods({"app": "a"}), _pods({"app": "b"})], _p80), _from([_pods({"app": "a"})], _p80), false],
		"narrower peers": [_from([_pods({"app": "a", "tier": "b"})], _p80), _from([_pods({"tier": "b"})], _p80), true],
		"every pod": [_from([_pods({"app": "a"})], _p80), _from([{"podSelector": {}}], _p80), true],
		"a namespace": [
			_from([object.union(_pods({"app": "a"}), {"namespaceSelector": {"matchLabels": {"team": "a"}}})], _p80),
			_from([{"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "Exists"}]}}], _p80),
			true,
		],
	}
	[narrow, wide, covered] := example
	{"a.spec.ingress.0" | covered} == _told([_policy("a", _ingress([narrow, wide]))]) & {"a.spec.ingress.0"}
	{"a.spec.ingress.1" | covered} == _found & {"a.spec.ingress.1"} with input as _policy("a", _ingress([wide, narrow]))
}

test_rules_of_everybody_and_of_nobody[name] if {
	some name, example in {
		"no peers": [_from([_pods({"app": "a"})], _p80), _from([], _p80), true],
		"neither has peers": [_from([], _p80), _from([], [{"port": 80}, {"port": 81}]), true],
		"only the narrow has none": [_from([], _p80), _from([_pods({"app": "a"})], _p80), false],
		"everything": [_from([_pods({"app": "a"})], _p80), {}, false],
		"a peer that is refused": [_from([{}], _p80), _from([{"podSelector": {}}], _p80), false],
		"a peer that admits nobody": [
			_from([{"podSelector": {"matchLabels": {"app": "a"}, "matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}}], _p80),
			_from([{"podSelector": {}}], _p80),
			false,
		],
	}
	[narrow, wide, covered] := example
	{"a.spec.ingress.0" | covered} == _told([_policy("a", _ingress([narrow, wide]))]) & {"a.spec.ingress.0"}
	{"a.spec.ingress.1" | covered} == _found & {"a.spec.ingress.1"} with input as _policy("a", _ingress([wide, narrow]))
}

test_rules_of_blocks[name] if {
	some name, example in {
		"a block": [_from([_block("10.1.0.0/16")], _p80), _from([_block("10.0.0.0/8")], _p80), true],
		"host bits, which are refused": [_from([_block("10.1.1.0/24")], _p80), _from([_block("10.1.0.5/16")], _p80), false],
		"a block of IPv6": [_from([_block("fd00:1::/32")], _p80), _from([_block("fd00::/8")], _p80), true],
		"another block": [_from([_block("10.1.0.0/16")], _p80), _from([_block("10.2.0.0/16"), _block("10.1.0.0/24")], _p80), false],
	}
	[narrow, wide, covered] := example
	{"a.spec.ingress.0" | covered} == _told([_policy("a", _ingress([narrow, wide]))]) & {"a.spec.ingress.0"}
	{"a.spec.ingress.1" | covered} == _found & {"a.spec.ingress.1"} with input as _policy("a", _ingress([wide, narrow]))
}

_rule := _from([_pods({"app": "a"})], _p80)

_other := _from([_pods({"app": "b"})], _p80)

_set(resources) := {"resources": resources, "sight": "set"}

test_of_two_alike_the_later if {
	_told([_policy("a", _ingress([_rule, _rule, _other]))]) == {"a.spec.ingress.1"}
	_told([_policy("b", _ingress([_rule])), _policy("a", _ingress([_rule]))]) == {"b.metadata.name"}
}

_of(selector, spec) := object.union({"podSelector": selector}, spec)

test_policies[name] if {
	some name, example in {
		"more rules": {"other": _policy("b", _of(_web, _ingress([_rule, _other]))), "want": {"a.metadata.name"}},
		"a wider rule": {"other": _policy("b", _of(_web, _ingress([_from(_rule.from, [])]))), "want": {"a.metadata.name"}},
		"wider pods": {"other": _policy("b", _of({}, _ingress([_rule, _other]))), "want": {"a.metadata.name"}},
		"narrower pods": {"other": _policy("b", _of({"matchLabels": {"app": "web", "tier": "a"}}, _ingress([_rule, _other]))), "want": {"b.spec.ingress.0"}},
		"other pods": {"other": _policy("b", _of({"matchLabels": {"app": "api"}}, _ingress([_rule, _other]))), "want": set()},
		"another namespace": {"other": object.union(_policy("b", _of(_web, _ingress([_rule]))), {"metadata": {"namespace": "bank"}}), "want": set()},
		"another rule": {"other": _policy("b", _of(_web, _ingress([_other]))), "want": set()},
		"both directions": {"other": _policy("b", _of(_web, {"policyTypes": ["Ingress", "Egress"], "ingress": [_rule]})), "want": {"a.metadata.name"}},
		"the other direction": {"other": _policy("b", _of(_web, {"policyTypes": ["Egress"], "egress": [{"to": _rule.from}]})), "want": set()},
	}
	_told([example.other, _narrow]) == example.want
}

_narrow := _policy("a", object.union({"podSelector": _web}, _ingress([_rule])))

test_replaced if _found == set() with input as _set([_policy("a", _of(_web, _ingress([_rule, _other]))), _narrow])

# Its rule is covered, but it isolates egress, too.
test_a_policy_that_isolates_more if {
	more := _policy("a", {"policyTypes": ["Ingress", "Egress"], "ingress": [_rule]})
	_told([more, _policy("b", _ingress([_rule, _other]))]) == {"b.spec.ingress.0"}
}

test_denies[name] if {
	some name, example in {
		"alike": {"other": {"podSelector": _web, "policyTypes": ["Ingress"]}, "want": {"b.metadata.name"}},
		"of every pod": {"other": {"policyTypes": ["Ingress", "Egress"]}, "want": {"b.metadata.name"}},
		"of the other direction": {"other": {"policyTypes": ["Egress"]}, "want": set()},
		"with rules": {"other": _ingress([_rule]), "want": set()},
	}
	deny := _policy("b", {"podSelector": _web, "policyTypes": ["Ingress"]})
	_told([deny, _policy("a", example.other)]) == example.want
}

test_fix if {
	fixes := {fault.details.fix | some fault in redundant_rule.violation} with input as _policy("a", _ingress([_rule, _rule]))
	fixes == {[{"op": "remove", "path": ["spec", "ingress", 1]}]}
	unsure := {fault.details.fix | some fault in redundant_rule.violation} with input as _policy("a", {"ingress": [_rule, _rule]})
	unsure == {[]}
}

test_only_what_is_under_review if {
	resources := [_policy("a", _ingress([_rule])), _policy("b", _ingress([_rule, _other])), _policy("c", _ingress([_from([], _p80), _rule]))]
	_found == set() with input as {"resources": resources, "scope": []}
	count(_found) == 1 with input as {"resources": resources, "scope": [0]}
}

test_files_that_name_no_namespace[name] if {
	some name, example in {
		"rules": {"specs": [_ingress([_rule]), {"policyTypes": ["Ingress", "Egress"], "ingress": [_rule]}]},
		"denies": {"specs": [{"policyTypes": ["Ingress"]}, {"policyTypes": ["Ingress"]}]},
	}
	resources := [object.union(object.remove(_policy("", spec), ["metadata"]), {"metadata": {"name": ["a", "b"][n]}}) | some n, spec in example.specs]
	count(_found) == 1 with input as {"resources": resources, "files": ["x", "x"]}
	_found == set() with input as {"resources": resources, "files": ["x", "y"]}
}

_excepting(excepts) := {"ipBlock": {"cidr": "10.0.0.0/8", "except": excepts}}

test_exceptions[name] if {
	some name, example in {
		"undone by a block": [_from([_block("10.0.0.0/8")], _p80), set()],
		"undone by a rule without peers": [_from([], _p80), set()],
		"made there, too": [_from([_excepting(["10.1.0.0/16"])], []), {"a.spec.ingress.0"}],
		"of fewer": [_from([_excepting(["10.1.1.0/24"])], []), set()],
	}
	[wide, want] := example
	rule := _from([_excepting(["10.1.0.0/16"])], _p80)
	want == _found & {"a.spec.ingress.0"} with input as _policy("a", _ingress([rule, wide]))
}

test_world if {
	world := _from([_block("::/0")], [])
	_found == set() with input as _policy("a", _ingress([_from([_block("fd00::/8")], _p80), world]))
	_found == set() with input as _policy("a", _ingress([_from([_block("::/0")], _p80), world]))
	_found == set() with input as _policy("a", _ingress([_from([_block("::/0")], _p80), _from([], _p80)]))
	egress := {"policyTypes": ["Egress"], "egress": [{"to": [_block("fd00::/8")]}, {"to": [_block("::/0")]}]}
	_found == {"a.spec.egress.0"} with input as _policy("a", egress)
	covered := [_from([_block("fd00::/8")], _p80), world, _from([_block("fc00::/7")], _p80)]
	_found == {"a.spec.ingress.0"} with input as _policy("a", _ingress(covered))
}

# As unknown-field tells.
test_a_field_that_is_none if {
	peer := _pods({"app": "a"})
	_found == set() with input as _policy("a", _ingress([_from([object.union(peer, {"ports": []})], _p80), _from([peer], [])]))
	_found == set() with input as _policy("a", _ingress([_from([peer], [{"number": 80}]), _from([peer], [])]))
	_found == set() with input as _policy("a", _ingress([_from([peer], _p80), _from([peer], [{"number": 80}])]))
}

# What a policy's own rules cover is told of it alone and in any company.
test_a_rule_covered_by_its_own_policy[name] if {
	some name, others in {
		"alone": [],
		"beside one that covers the rule": [_policy("a", {"policyTypes": ["Ingress", "Egress"], "ingress": [_rule]})],
		"beside one that covers the policy": [_policy("a", _ingress([_from([], []), _from([], _p80), _other]))],
	}
	policy := _policy("c", _ingress([_from([], _p80), _rule]))
	messages := {fault.msg |
		some fault in redundant_rule.violation
		fault.details.resource.name == "c"
		fault.details.path[0] == "spec"
	} with input as _set(array.concat([policy], others))
	messages == {"the rule changes nothing: spec.ingress[0] admits the same or more"}
}
