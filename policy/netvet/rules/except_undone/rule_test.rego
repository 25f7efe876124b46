package netvet.rules.except_undone_test

import data.netvet.rules.except_undone

_policy(name, spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": name, "namespace": "shop"},
	"spec": object.union(object.remove({"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Egress"]}, object.keys(spec)), spec),
}

_block(cidr, excepts) := {"ipBlock": {"cidr": cidr, "except": excepts}}

# A rule for all that the range is not in, on port 443; and one of the policy's own.
_first := {"to": [_block("0.0.0.0/0", ["10.0.0.0/8"])], "ports": [{"port": 443}]}

_text(path) := concat(".", [sprintf("%v", [step]) | some step in path])

_found := {[_text(fault.details.path), fault.msg] | some fault in except_undone.violation}

_told(place, policy, whom, ports) := {[
	"spec.egress.0.to.0.ipBlock.except.0",
	sprintf("the exception of 10.0.0.0/8 is undone by %s of policy %s: %s may open connections to %s of 10.0.0.0/8", [place, policy, whom, ports]),
]}

_web := "pods with app=web in namespace shop"

test_other_rules[name] if {
	some name, example in {
		"a wider block": {"rule": {"to": [_block("8.0.0.0/6", [])]}, "want": "every port"},
		"a wider block for one of the ports": {"rule": {"to": [_block("0.0.0.0/0", [])], "ports": [{"port": 80}, {"port": 443}]}, "want": "TCP 80, TCP 443"},
		"a part excepted": {"rule": {"to": [_block("0.0.0.0/0", ["10.1.0.0/16"])]}, "want": "every port"},
		"the range": {"rule": {"to": [_block("10.0.0.0/8", [])], "ports": [{"port": 443}]}, "want": "TCP 443"},
		"the range for every port": {"rule": {"to": [_block("10.0.0.0/8", [])]}, "want": "every port"},
		"no peers": {"rule": {"ports": [{"port": 443}]}, "want": "TCP 443"},
	}
	_found == _told("spec.egress[1]", "a", _web, example.want) with input as _policy("a", {"egress": [_first, example.rule]})
}

test_near_misses[name] if {
	some name, rule in {
		"a part": {"to": [_block("10.1.0.0/16", [])]},
		"other ports": {"to": [_block("0.0.0.0/0", [])], "ports": [{"port": 80}]},
		"other ports without peers": {"ports": [{"port": 80}]},
		"the range for other ports": {"to": [_block("10.0.0.0/8", [])], "ports": [{"port": 80}]},
		"the same exception": {"to": [_block("0.0.0.0/0", ["10.0.0.0/8"])]},
		"other addresses": {"to": [_block("192.0.2.0/24", [])]},
		"pods": {"to": [{"podSelector": {}}]},
		"everything, which is another fault": {},
		"refused": {"to": [_block("0.0.0.0", [])]},
	}
	_found == set() with input as _policy("a", {"egress": [_first, rule]})
}

# A wider exception elsewhere undoes none; it is itself undone.
test_a_wider_exception if {
	paths := {path | some [path, _] in _found} with input as _policy("a", {"egress": [_first, {"to": [_block("0.0.0.0/0", ["10.0.0.0/7"])]}]})
	paths == {"spec.egress.1.to.0.ipBlock.except.0"}
}

# The range for some of the ports is opened on purpose.
test_the_range_for_fewer_ports if {
	every_port := {"to": [_block("0.0.0.0/0", ["10.0.0.0/8"])]}
	_found == set() with input as _policy("a", {"egress": [every_port, {"to": [_block("10.0.0.0/8", [])], "ports": [{"port": 443}]}]})
}

test_another_peer_of_the_rule if {
	rule := {"to": [_block("0.0.0.0/0", ["10.0.0.0/8"]), _block("10.0.0.0/7", [])], "ports": [{"port": 443}]}
	_found == _told("spec.egress[0]", "a", _web, "TCP 443") with input as _policy("a", {"egress": [rule]})
}

test_each_exception if {
	rule := {"to": [_block("0.0.0.0/0", ["10.0.0.0/8", "192.168.0.0/16"])]}
	paths := {path | some [path, _] in _found} with input as _policy("a", {"egress": [rule, {"to": [_block("192.0.0.0/8", [])]}]})
	paths == {"spec.egress.0.to.0.ipBlock.except.1"}
}

test_ingress if {
	rules := [{"from": [_block("0.0.0.0/0", ["10.0.0.0/8"])]}, {"from": [_block("0.0.0.0/0", [])], "ports": [{"port": 80}]}]
	want := {[
		"spec.ingress.0.from.0.ipBlock.except.0",
		"the exception of 10.0.0.0/8 is undone by spec.ingress[1] of policy a: 10.0.0.0/8 may open connections to TCP 80 of pods with app=web in namespace shop",
	]}
	_found == want with input as _policy("a", {"policyTypes": ["Ingress"], "ingress": rules})
}

_open := {"egress": [{"to": [_block("0.0.0.0/0", [])]}]}

_set(policies) := {"resources": array.concat([_policy("a", {"egress": [_first]})], policies), "scope": [0], "sight": "set"}

test_other_policies[name] if {
	some name, example in {
		"the same pods": {"policy": _policy("b", _open), "want": _told("spec.egress[0]", "b", _web, "every port")},
		"every pod": {"policy": _policy("b", object.union(_open, {"podSelector": {}})), "want": _told("spec.egress[0]", "b", _web, "every port")},
		"some of the pods": {"policy": _policy("b", object.union(_open, {"podSelector": {"matchLabels": {"app": "web", "tier": "front"}}})), "want": set()},
		"other pods": {"policy": _policy("b", object.union(_open, {"podSelector": {"matchLabels": {"app": "api"}}})), "want": set()},
		"the other direction": {"policy": _policy("b", {"policyTypes": ["Ingress"], "ingress": [{"from": [_block("0.0.0.0/0", [])]}]}), "want": set()},
		"not in effect": {"policy": _policy("b", object.union(_open, {"policyTypes": ["Ingress"]})), "want": set()},
	}
	_found == example.want with input as _set([example.policy])
}

# The own rules come first, so that more in sight does not change what is said; then the first policy by name.
test_the_first if {
	own := _policy("a", {"egress": [_first, {"to": [_block("0.0.0.0/0", [])]}]})
	_found == _told("spec.egress[1]", "a", _web, "every port") with input as {"resources": [own, _policy("Z", _open)], "scope": [0]}
	_found == _told("spec.egress[0]", "b", _web, "every port") with input as _set([_policy("c", _open), _policy("b", _open)])
}

_pod(spec) := {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "shop", "labels": {"app": "web", "tier": "front"}}, "spec": spec}

_front := _policy("Front", object.union(_open, {"podSelector": {"matchLabels": {"tier": "front"}}}))

test_pods_in_sight if {
	_found == set() with input as _set([_front])
	_found == _told("spec.egress[0]", "Front", "Pod shop/p", "every port") with input as _set([_front, _pod({})])
	_found == set() with input as _set([_front, _pod({"hostNetwork": true})])
	_found == _told("spec.egress[0]", "b", _web, "every port") with input as _set([_front, _policy("b", _open), _pod({})])
}

test_no_pod if {
	_found == set() with input as _policy("a", {"podSelector": {"matchLabels": {"app": 7}}, "egress": [_first, {"ports": [{"port": 443}]}]})
}

_advice := {fault.details.remediation | some fault in except_undone.violation}

_with_rule(rule) := _policy("a", {"egress": [_first, rule]})

test_advice if {
	_advice == {concat("\n", [
		"Make the same exception in NetworkPolicy a, at spec.egress[1].to[1].ipBlock:",
		"",
		"except:",
		"  - 10.0.0.0/8",
	])} with input as _with_rule({"to": [{"podSelector": {}}, _block("0.0.0.0/0", [])]})
	either := {"Take out the exception, if 10.0.0.0/8 is to be admitted; else take spec.egress[1] out of NetworkPolicy a, or name its peers."}
	_advice == either with input as _with_rule({"to": [_block("10.0.0.0/8", [])]})
	_advice == either with input as _with_rule({"ports": [{"port": 443}]})
}

test_only_what_is_under_review if {
	_found == set() with input as {"resources": [_policy("a", {"egress": [_first, {"ports": [{"port": 443}]}]})], "scope": []}
}
