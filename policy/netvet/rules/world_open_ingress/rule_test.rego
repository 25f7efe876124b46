package netvet.rules.world_open_ingress_test

import data.netvet.rules.world_open_ingress

_policy(spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": object.union(object.remove({"podSelector": {"matchLabels": {"app": "web"}}}, object.keys(spec)), spec),
}

_block(cidr, excepts) := {"ipBlock": {"cidr": cidr, "except": excepts}}

_text(path) := concat(".", [sprintf("%v", [step]) | some step in path])

_found := {[_text(fault.details.path), fault.details.severity, fault.msg] | some fault in world_open_ingress.violation}

_said(p, severity, addresses, ports) := [
	sprintf("spec.ingress.0.from.%d.ipBlock.cidr", [p]),
	severity,
	sprintf("every %s may open connections to %s of pods with app=web in namespace shop", [addresses, ports]),
]

_v4 := _block("0.0.0.0/0", [])

_v6 := _block("::/0", [])

test_families[name] if {
	some name, example in {
		"IPv4": {"peers": [_v4], "want": {_said(0, "warning", "IPv4 address", "TCP 80")}},
		"IPv6": {"peers": [{"podSelector": {}}, _v6], "want": {_said(1, "warning", "IPv6 address", "TCP 80")}},
		"both": {"peers": [{"podSelector": {}}, _v6, _v4], "want": {_said(1, "warning", "address", "TCP 80")}},
		"halves": {"peers": [_block("128.0.0.0/1", []), _block("0.0.0.0/1", [])], "want": {_said(0, "warning", "IPv4 address", "TCP 80")}},
		"one excepted": {"peers": [_block("0.0.0.0/0", ["10.0.0.0/8"]), _v6], "want": {_said(1, "warning", "IPv6 address", "TCP 80")}},
		"no real exception": {"peers": [_block("0.0.0.0/0", ["192.0.2.1/32"])], "want": {_said(0, "warning", "IPv4 address", "TCP 80")}},
		"a real exception": {"peers": [_block("0.0.0.0/0", ["10.0.0.0/8"])], "want": set()},
		"one half": {"peers": [_block("0.0.0.0/1", [])], "want": set()},
	}
	_found == example.want with input as _policy({"ingress": [{"from": example.peers, "ports": [{"port": 80}]}]})
}

test_ports[name] if {
	some name, example in {
		"every port": {"ports": [], "want": {_said(0, "warning", "IPv4 address", "every port")}},
		"a port": {"ports": [{"port": 443}], "want": {_said(0, "warning", "IPv4 address", "TCP 443")}},
		"a sensitive one among others": {"ports": [{"port": 443}, {"port": 22}], "want": {_said(0, "error", "IPv4 address", "TCP 443, TCP 22 (SSH)")}},
	}
	_found == example.want with input as _policy({"ingress": [{"from": [_v4], "ports": example.ports}]})
}

test_near_misses[name] if {
	some name, spec in {
		"egress": {"egress": [{"to": [_v4]}], "policyTypes": ["Egress"]},
		"not in effect": {"ingress": [{"from": [_v4]}], "policyTypes": ["Egress"]},
		"no pod": {"ingress": [{"from": [_v4]}], "podSelector": {"matchLabels": {"app": 7}}},
	}
	_found == set() with input as _policy(spec)
}

# One object is enough; others neither add anything nor take anything away.
test_the_same_in_every_scope if {
	policy := _policy({"ingress": [{"from": [_v4]}]})
	want := world_open_ingress.violation with input as policy
	count(want) == 1
	world_open_ingress.violation == want with input as {"resources": [policy], "sight": "document"}
	world_open_ingress.violation == want with input as {"resources": [policy, _policy({})], "sight": "set"}
	world_open_ingress.violation == set() with input as {"resources": [policy], "scope": []}
}
