package netvet.rules.all_ports_test

import data.netvet.rules.all_ports

_policy(spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": object.union(object.remove({"podSelector": {"matchLabels": {"app": "web"}}}, object.keys(spec)), spec),
}

_text(path) := concat(".", [sprintf("%v", [step]) | some step in path])

_found := {[_text(fault.details.path), fault.msg] | some fault in all_ports.violation}

_to_web(ports) := sprintf("the peers of this rule may open connections to %s of pods with app=web in namespace shop", [ports])

_peers := [{"podSelector": {}}]

test_every_form_of_no_ports[name] if {
	some name, rule in {
		"absent": {"from": _peers},
		"null": {"from": _peers, "ports": null},
		"empty": {"from": _peers, "ports": []},
		"in the peer": {"from": [{"podSelector": {}, "ports": [{"port": 80}]}]},
	}
	_found == {["spec.ingress.0", _to_web("every port")]} with input as {"review": {"object": _policy({"ingress": [rule]})}}
	told := rule != {"from": _peers} # by empty-list-allows-all or unknown-field
	count(_found) == 1 - to_number(told) with input as _policy({"ingress": [rule]})
}

# As unknown-field tells.
test_a_misspelt_port if {
	wrong := [{"number": 80}]
	_found == set() with input as _policy({"ingress": [{"from": _peers, "ports": wrong}]})
	_found == {["spec.ingress.0.ports.1", _to_web("every TCP port")]} with input as _policy({"ingress": [{"from": _peers, "ports": array.concat(wrong, [{}])}]})
}

test_every_form_of_a_protocol[name] if {
	some name, example in {
		"no port": {"port": {"protocol": "TCP"}, "want": "every TCP port"},
		"nothing": {"port": {}, "want": "every TCP port"},
		"UDP": {"port": {"protocol": "UDP"}, "want": "every UDP port"},
		"a range": {"port": {"port": 1, "endPort": 65535}, "want": "every TCP port"},
	}
	ports := [{"port": 80}, example.port]
	_found == {["spec.ingress.0.ports.1", _to_web(example.want)]} with input as _policy({"ingress": [{"from": _peers, "ports": ports}]})
}

test_egress if {
	want := "pods with app=web in namespace shop may open connections to every port of the peers of this rule"
	_found == {["spec.egress.0", want]} with input as _policy({"policyTypes": ["Egress"], "egress": [{"to": _peers}]})
	want_tcp := "pods with app=web in namespace shop may open connections to every TCP port of the peers of this rule"
	_found == {["spec.egress.0.ports.0", want_tcp]} with input as _policy({"policyTypes": ["Egress"], "egress": [{"to": _peers, "ports": [{}]}]})
}

test_near_misses[name] if {
	some name, spec in {
		"ports": {"ingress": [{"from": _peers, "ports": [{"port": 80}]}]},
		"a narrower range": {"ingress": [{"from": _peers, "ports": [{"port": 2, "endPort": 65535}]}]},
		"another narrower range": {"ingress": [{"from": _peers, "ports": [{"port": 1, "endPort": 65534}]}]},
		"no peers": {"ingress": [{}]},
		"no peers, a protocol": {"ingress": [{"ports": [{}]}]},
		"a peer that is refused": {"ingress": [{"from": [{}]}]},
		"a peer that is none": {"ingress": [{"from": ["web"], "ports": [{}]}]},
		"a port that is none": {"ingress": [{"from": _peers, "ports": ["http"]}]},
		"a protocol that is refused": {"ingress": [{"from": _peers, "ports": [{"protocol": "ICMP"}]}]},
		"not in effect": {"ingress": [{"from": _peers}], "policyTypes": ["Egress"]},
		"no pod": {"ingress": [{"from": _peers}], "podSelector": {"matchLabels": {"app": 7}}},
	}
	_found == set() with input as _policy(spec)
}

# One object is enough; others neither add anything nor take anything away.
test_the_same_in_every_scope if {
	policy := _policy({"ingress": [{"from": _peers}, {"from": _peers, "ports": [{}]}]})
	want := all_ports.violation with input as policy
	count(want) == 2
	all_ports.violation == want with input as {"resources": [policy], "sight": "document"}
	all_ports.violation == want with input as {"resources": [policy, _policy({})], "sight": "set"}
	all_ports.violation == set() with input as {"resources": [policy], "scope": []}
}
