package netvet.rules.ipv4_only_world_test

import data.netvet.rules.ipv4_only_world

_policy(spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": object.union(object.remove({"podSelector": {"matchLabels": {"app": "web"}}}, object.keys(spec)), spec),
}

_block(cidr, excepts) := {"ipBlock": {"cidr": cidr, "except": excepts}}

_v4 := _block("0.0.0.0/0", ["10.0.0.0/8"])

_v6 := _block("::/0", ["fc00::/7"])

_text(path) := concat(".", [sprintf("%v", [step]) | some step in path])

_found := {[_text(fault.details.path), fault.details.severity, fault.msg] | some fault in ipv4_only_world.violation}

_in(p, cidr, family) := [
	sprintf("spec.ingress.0.from.%d.ipBlock.cidr", [p]),
	"note",
	sprintf("%s leaves out IPv%d: the policy admits none of its addresses to pods with app=web in namespace shop", [cidr, family]),
]

_out := [
	"spec.egress.0.to.0.ipBlock.cidr",
	"note",
	"0.0.0.0/0 leaves out IPv6: the policy admits none of its addresses as a destination of pods with app=web in namespace shop",
]

test_ingress[name] if {
	some name, example in {
		"IPv4": {"rules": [{"from": [{"podSelector": {}}, _v4]}], "want": {_in(1, "0.0.0.0/0", 6)}},
		"IPv6": {"rules": [{"from": [_v6]}], "want": {_in(0, "::/0", 4)}},
		"both": {"rules": [{"from": [_v4, _v6]}], "want": set()},
		"both, by rules": {"rules": [{"from": [_v4]}, {"from": [_v6]}], "want": set()},
		"some of the other": {"rules": [{"from": [_v4, _block("2001:db8::/32", [])]}], "want": set()},
		"more of the same": {"rules": [{"from": [_v4, _block("192.0.2.0/24", [])]}], "want": {_in(0, "0.0.0.0/0", 6)}},
		"any source": {"rules": [{"from": [_v4]}, {"ports": [{"port": 80}]}], "want": set()},
		"open, which is another fault": {"rules": [{"from": [_block("0.0.0.0/0", [])]}], "want": set()},
		"half": {"rules": [{"from": [_block("0.0.0.0/1", ["10.0.0.0/8"])]}], "want": set()},
		"refused": {"rules": [{"from": [_block("0.0.0.0/00", ["10.0.0.0/8"]), _block(7, [])]}], "want": set()},
	}
	_found == example.want with input as _policy({"ingress": example.rules})
}

test_egress[name] if {
	some name, example in {
		"IPv4": {"peers": [_block("0.0.0.0/0", ["169.254.0.0/16"])], "ports": [], "want": {_out}},
		"another port than the metadata service's": {"peers": [_v4], "ports": [{"port": 443}], "want": {_out}},
		"the metadata service, which is another fault": {"peers": [_v4], "ports": [], "want": set()},
		"both": {"peers": [_v4, _v6], "ports": [{"port": 443}], "want": set()},
	}
	_found == example.want with input as _policy({"policyTypes": ["Egress"], "egress": [{"to": example.peers, "ports": example.ports}]})
}

# The other direction does not count, nor does another policy.
test_directions if {
	_found == {_in(0, "0.0.0.0/0", 6)} with input as _policy({"ingress": [{"from": [_v4]}], "egress": [{"to": [_block("2001:db8::/32", [])]}]})
}

test_dual_stack if {
	asked := {"resources": [_policy({"ingress": [{"from": [_v4]}]})], "parameters": {"platform": ["dual-stack"]}}
	{severity | some [_, severity, _] in _found} == {"warning"} with input as asked
}

test_near_misses[name] if {
	some name, spec in {
		"not in effect": {"ingress": [{"from": [_v4]}], "policyTypes": ["Egress"]},
		"no pod": {"ingress": [{"from": [_v4]}], "podSelector": {"matchLabels": {"app": 7}}},
	}
	_found == set() with input as _policy(spec)
}

# One object is enough; others neither add anything nor take anything away.
test_the_same_in_every_scope if {
	policy := _policy({"ingress": [{"from": [_v4]}]})
	want := ipv4_only_world.violation with input as policy
	count(want) == 1
	ipv4_only_world.violation == want with input as {"resources": [policy], "sight": "document"}
	ipv4_only_world.violation == want with input as {"resources": [policy, _policy({"ingress": [{"from": [_v6]}]})], "scope": [0], "sight": "set"}
	ipv4_only_world.violation == set() with input as {"resources": [policy], "scope": []}
}
