package lib.netvet.world_test

import data.lib.netvet.world

# One policy, whose ingress rules are each a list of [cidr, excepts] and a port.
_policy(rules) := {"resources": [{
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": {"ingress": [{"from": [_peer(block) | some block in blocks], "ports": [{"port": port}]} | some [port, blocks] in rules]},
}]}

_peer([cidr, excepts]) := {"ipBlock": {"cidr": cidr, "except": excepts}}

_open(port) := {[0, [{"port": port}]]: {4: [0, 0]}}

test_open_ingress[name] if {
	some name, example in {
		"IPv4": {"rules": [[80, [["0.0.0.0/0", []]]]], "want": _open(80)},
		"halves": {"rules": [[80, [["0.0.0.0/1", []], ["128.0.0.0/1", []]]]], "want": _open(80)},
		"halves in two rules": {"rules": [[80, [["0.0.0.0/1", []]]], [80, [["128.0.0.0/1", []]]]], "want": _open(80)},
		"halves for two ports": {"rules": [[80, [["0.0.0.0/1", []]]], [81, [["128.0.0.0/1", []]]]], "want": {}},
		"all that hosts have": {"rules": [[80, [["0.0.0.0/1", []], ["128.0.0.0/2", []], ["192.0.0.0/3", []]]]], "want": _open(80)},
		"a hole": {"rules": [[80, [["0.0.0.0/1", []], ["128.0.0.0/2", []], ["208.0.0.0/4", []]]]], "want": {}},
		"one half": {"rules": [[80, [["0.0.0.0/1", []]]]], "want": {}},
		"a half of each family": {"rules": [[80, [["0.0.0.0/1", []], ["8000::/1", []]]]], "want": {}},
		"a single address": {"rules": [[80, [["0.0.0.0/0", ["192.0.2.7/32"]]]]], "want": _open(80)},
		"no hosts": {"rules": [[80, [["0.0.0.0/0", ["169.254.169.0/24", "127.0.0.0/8"]]]]], "want": _open(80)},
		"a real exception": {"rules": [[80, [["0.0.0.0/0", ["10.0.0.0/8"]]]]], "want": {}},
		"a real one among others": {"rules": [[80, [["0.0.0.0/0", ["192.0.2.7/32", "10.0.0.0/8"]]]]], "want": {}},
		"null": {"rules": [[80, [["0.0.0.0/0", null]]]], "want": _open(80)},
		"refused": {"rules": [[80, [["0.0.0.0/00", []], [7, []], ["0/0", []]]]], "want": {}},
		"both": {"rules": [[80, [["::/0", []], ["0.0.0.0/0", []]]]], "want": {[0, [{"port": 80}]]: {4: [0, 1], 6: [0, 0]}}},
	}
	world.open_ingress == example.want with input as _policy(example.rules)
}

test_covered if {
	world.covered({"::/1", "8000::/1"}) == {6}
	world.covered({"::/1", "8000::/2"}) == set()
	world.covered({"0.0.0.0/0", "::/1", "8000::/1"}) == {4, 6}
}

test_all_and_opens if {
	policy := _policy([[80, [["0.0.0.0/0", []], ["::/0", ["fc00::/7"]], ["10.0.0.0/8", []]]]])
	[[row[3], row[5]] | some row in world.all] == [[0, 4], [1, 6]] with input as policy
	[row[3] | some row in world.all; world.opens(row)] == [0] with input as policy
}

test_open[name] if {
	some name, example in {
		"no peers, no ports": {"rules": [{}], "want": {[0, "Egress"]}},
		"ports": {"rules": [{"ports": [{"port": 80}]}], "want": set()},
		"both families": {"rules": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}, {"to": [{"ipBlock": {"cidr": "::/0"}}]}], "want": {[0, "Egress"]}},
		"one family": {"rules": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}], "want": set()},
		"but for some": {"rules": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["192.0.2.0/24"]}}, {"ipBlock": {"cidr": "::/0"}}]}], "want": set()},
		"on a port": {"rules": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}, {"ipBlock": {"cidr": "::/0"}}], "ports": [{"port": 443}]}], "want": set()},
	}
	policy := {
		"apiVersion": "networking.k8s.io/v1",
		"kind": "NetworkPolicy",
		"metadata": {"name": "a", "namespace": "shop"},
		"spec": {"policyTypes": ["Egress"], "egress": example.rules},
	}
	world.open == example.want with input as {"resources": [policy]}
	on_cilium := {[0, "Egress"] | example.rules == [{}]}
	world.open == on_cilium with input as {"resources": [policy], "parameters": {"platform": ["cilium"]}}
}
