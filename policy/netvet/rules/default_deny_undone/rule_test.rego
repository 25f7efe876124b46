package netvet.rules.default_deny_undone_test

import data.netvet.rules.default_deny_undone

_policy(name, spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": name, "namespace": "shop"},
	"spec": object.union(object.remove({"podSelector": {}}, object.keys(spec)), spec),
}

_deny := _policy("deny", {"policyTypes": ["Egress", "Ingress"]})

_out(rules) := _policy("out", {"policyTypes": ["Egress"], "egress": rules})

_found := {concat(".", [sprintf("%v", [step]) | some step in array.concat([fault.details.resource.name], fault.details.path)]) |
	some fault in default_deny_undone.violation
}

_block(cidr) := {"ipBlock": {"cidr": cidr}}

_but(cidr) := {"ipBlock": {"cidr": cidr, "except": ["192.0.2.0/24"]}}

test_undone[name] if {
	some name, example in {
		"everything": {"policy": _out([{}]), "want": {"deny.spec.policyTypes.0"}},
		"ingress": {"policy": _policy("in", {"ingress": [{}]}), "want": {"deny.spec.policyTypes.1"}},
		"both": {"policy": _policy("both", {"ingress": [{}], "egress": [{}]}), "want": {"deny.spec.policyTypes.0", "deny.spec.policyTypes.1"}},
		"every address": {"policy": _out([{"to": [_block("0.0.0.0/0"), _block("::/0")]}]), "want": {"deny.spec.policyTypes.0"}},
		"one family": {"policy": _out([{"to": [_block("0.0.0.0/0")]}]), "want": set()},
		"but for some": {"policy": _out([{"to": [_but("0.0.0.0/0"), _block("::/0")]}]), "want": set()},
		"on a port": {"policy": _out([{"to": [_block("0.0.0.0/0"), _block("::/0")], "ports": [{"port": 443}]}]), "want": set()},
		"everyone on a port": {"policy": _out([{"ports": [{"port": 443}]}]), "want": set()},
		"some peers": {"policy": _out([{"to": [{"namespaceSelector": {}}]}]), "want": set()},
		"some pods": {"policy": _policy("web", {"podSelector": {"matchLabels": {"app": "web"}}, "ingress": [{}]}), "want": set()},
		"ignored": {"policy": _policy("in", {"policyTypes": ["Egress"], "ingress": [{}]}), "want": set()},
		"another namespace": {"policy": object.union(_out([{}]), {"metadata": {"namespace": "bank"}}), "want": set()},
	}
	_found == example.want with input as {"resources": [_deny, example.policy], "sight": "set"}
	_found == example.want with input as [{"contents": _deny}, {"contents": example.policy}]
}

test_what_denies[name] if {
	some name, example in {
		"one direction": {"spec": {"policyTypes": ["Egress"]}, "want": {"a.spec.policyTypes.0"}},
		"the other": {"spec": {"policyTypes": ["Ingress"]}, "want": set()},
		"types inferred": {"spec": {"ingress": []}, "want": set()},
		"some pods": {"spec": {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Egress"]}, "want": set()},
		"with a rule": {"spec": {"policyTypes": ["Egress"], "egress": [{"ports": [{"port": 53}]}]}, "want": set()},
	}
	_found == example.want with input as {"resources": [_policy("a", example.spec), _out([{}])], "sight": "set"}
}

test_types_inferred if {
	_found == {"a.spec.podSelector"} with input as {"resources": [_policy("a", {}), _policy("in", {"ingress": [{}]})], "sight": "set"}
}

test_addresses_that_are_no_pods if {
	resources := [_deny, _out([{"to": [_block("0.0.0.0/0"), _block("::/0")]}])]
	_found == set() with input as {"resources": resources, "sight": "set", "parameters": {"platform": ["cilium"]}}
}

test_only_what_is_under_review if {
	_found == set() with input as {"resources": [_deny, _out([{}])], "sight": "set", "scope": [1]}
	_found == set() with input as {"resources": [_deny], "sight": "document"}
}

test_files_that_name_no_namespace if {
	nowhere := [object.remove(policy, ["metadata"]) | some policy in [_deny, _out([{}])]]
	count(default_deny_undone.violation) == 1 with input as {"resources": nowhere, "files": ["a", "a"]}
	count(default_deny_undone.violation) == 0 with input as {"resources": nowhere, "files": ["a", "b"]}
	count(default_deny_undone.violation) == 1 with input as {"resources": [_deny, _out([{}])], "files": ["a", "b"]}
}

test_a_policy_type_twice if {
	twice := _policy("deny", {"policyTypes": ["Ingress", "Egress", "Egress"]})
	_found == {"deny.spec.policyTypes.1"} with input as {"resources": [twice, _out([{}])]}
}
