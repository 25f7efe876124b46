package netvet.rules.sensitive_port_open_test

import data.netvet.rules.sensitive_port_open

_policy(spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": object.union(object.remove({"podSelector": {"matchLabels": {"app": "db"}}}, object.keys(spec)), spec),
}

_text(path) := concat(".", [sprintf("%v", [step]) | some step in path])

_found := {[_text(fault.details.path), fault.msg] | some fault in sensitive_port_open.violation}

_anyone(port) := sprintf("anyone, from any namespace and from outside the cluster, may open connections to %s of pods with app=db in namespace shop", [port])

_pods(port) := sprintf("pods of any namespace may open connections to %s of pods with app=db in namespace shop", [port])

test_sources[name] if {
	some name, example in {
		"no peers": {"rule": {}, "want": {["spec.ingress.0.ports.1", _anyone("TCP 22 (SSH)")]}},
		"any namespace": {"rule": {"from": [{"namespaceSelector": {}}]}, "want": {["spec.ingress.0.ports.1", _pods("TCP 22 (SSH)")]}},
		"any namespace among others": {
			"rule": {"from": [{"podSelector": {}}, {"namespaceSelector": {}}]},
			"want": {["spec.ingress.0.ports.1", _pods("TCP 22 (SSH)")]},
		},
		"some pods of any namespace": {"rule": {"from": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "a"}}}]}, "want": set()},
		"the own namespace": {"rule": {"from": [{"podSelector": {}}]}, "want": set()},
		"the internet": {"rule": {"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}, "want": set()},
	}
	rule := object.union(example.rule, {"ports": [{"port": 8080}, {"port": 22}]})
	_found == example.want with input as _policy({"ingress": [rule]})
}

test_each_port_is_told if {
	want := {["spec.ingress.0.ports.0", _anyone("TCP 3306 (MySQL)")], ["spec.ingress.0.ports.1", _anyone("UDP 11000-12000 (memcached)")]}
	ports := [{"port": 3306}, {"port": 11000, "endPort": 12000, "protocol": "UDP"}]
	_found == want with input as _policy({"ingress": [{"ports": ports}]})
}

test_near_misses[name] if {
	some name, spec in {
		"every port": {"ingress": [{"ports": [{"protocol": "TCP"}]}]},
		"egress": {"egress": [{"ports": [{"port": 22}]}], "policyTypes": ["Egress"]},
		"egress to any namespace": {"egress": [{"to": [{"namespaceSelector": {}}], "ports": [{"port": 22}]}], "policyTypes": ["Egress"]},
		"not in effect": {"ingress": [{"ports": [{"port": 22}]}], "policyTypes": ["Egress"]},
		"no pod": {"ingress": [{"ports": [{"port": 22}]}], "podSelector": {"matchLabels": {"app": 7}}},
	}
	_found == set() with input as _policy(spec)
}

test_the_list_is_a_parameter if {
	policies := [_policy({"ingress": [{"ports": [{"port": 22}, {"port": 8443}]}]})]
	want := {["spec.ingress.0.ports.1", _anyone("TCP 8443 (Back office)")]}
	_found == want with input as {"resources": policies, "parameters": {"sensitive_ports": ["8443/TCP Back office"]}}
}

# One object is enough; others neither add anything nor take anything away.
test_the_same_in_every_scope if {
	policy := _policy({"ingress": [{"ports": [{"port": 22}]}, {"ports": [{"port": 22}], "from": [{"namespaceSelector": {}}]}]})
	want := sensitive_port_open.violation with input as policy
	count(want) == 2
	sensitive_port_open.violation == want with input as {"resources": [policy], "sight": "document"}
	sensitive_port_open.violation == want with input as {"resources": [policy, _policy({})], "sight": "set"}
	sensitive_port_open.violation == set() with input as {"resources": [policy], "scope": []}
}

# As unknown-field tells.
test_misspelt if {
	_found == set() with input as _policy({"ingress": [{"form": [], "ports": [{"port": 22}]}]})
	_found == {["spec.ingress.0.ports.1", _anyone("TCP 22 (SSH)")]} with input as _policy({"ingress": [{"ports": [{"port": 22, "prot": "UDP"}, {"port": 22}]}]})
}
