package netvet.rules.dns_one_protocol_test

import data.netvet.rules.dns_one_protocol

_web := {"matchLabels": {"app": "web"}}

_policy(name, selector, rules) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": name, "namespace": "shop"},
	"spec": {"podSelector": selector, "policyTypes": ["Egress"], "egress": rules},
}

_kube_system := {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}

_mislabelled := {"namespaceSelector": {"matchLabels": {"name": "kube-system"}}}

_kube_dns := {"podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}

_udp(peers) := {"to": peers, "ports": [{"protocol": "UDP", "port": 53}]}

_tcp(peers) := {"to": peers, "ports": [{"port": 53}]}

_pod(name, labels) := {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop", "labels": labels}}

# The name of the object, and the path.
_found := {[fault.details.resource.name, concat(".", [sprintf("%v", [step]) | some step in fault.details.path])] |
	some fault in dns_one_protocol.violation
}

test_scopes if {
	policy := _policy("a", _web, [{"to": [_kube_dns]}, _udp([_kube_system])])
	_found == set() with input as policy
	_found == set() with input as {"resources": [policy], "sight": "fragment"}
	_found == {["a", "spec.egress.1.ports"]} with input as {"resources": [policy], "sight": "document"}
	_found == {["a", "spec.egress.1.ports"]} with input as {"resources": [policy], "sight": "set"}
}

# TCP is added on the port that the rule lists for DNS, whatever else it lists, and else on that of the DNS there is.
test_the_port_that_the_fix_adds[name] if {
	some name, [entries, port] in {
		"DNS on another port": [[{"protocol": "UDP", "port": 8080}, {"protocol": "UDP", "port": 5353}], 5353],
		"a name beside the number": [[{"protocol": "UDP", "port": "zone"}, {"protocol": "UDP", "port": 5353}], 5353],
		"all of UDP": [[{"protocol": "UDP"}], 53],
	}
	faults := dns_one_protocol.violation with input as {"resources": [_policy("a", _web, [{"ports": entries}])], "sight": "set"}
	{[step.value.protocol, step.value.port] | some fault in faults; some step in fault.details.fix} == {["TCP", port]}
}

_cases := {
	"right peer": {"rules": [_udp([_kube_system])], "want": {"spec.egress.0.ports"}},
	"any peer": {"rules": [_udp([])], "want": {"spec.egress.0.ports"}},
	"two peers for one": {"rules": [_udp([_mislabelled, _kube_dns])], "want": {"spec.egress.0.ports"}},
	"mislabelled": {"rules": [_udp([_mislabelled])], "want": {"spec.egress.0.ports"}},
	"own namespace": {"rules": [_udp([_kube_dns])], "want": {"spec.egress.0.ports"}},
	"two rules": {"rules": [{}, _udp([])], "want": set()},
	"the first of two": {"rules": [_udp([_kube_dns]), _udp([])], "want": {"spec.egress.0.ports"}},
	"all of UDP": {"rules": [{"ports": [{"protocol": "UDP"}]}], "want": {"spec.egress.0.ports"}},
	"TCP in another rule": {"rules": [_udp([_kube_system]), _tcp([_kube_system])], "want": set()},
	"TCP that misses": {"rules": [_udp([_kube_system]), _tcp([_kube_dns])], "want": set()},
	"TCP elsewhere": {"rules": [_udp([_kube_system]), {"to": [{"podSelector": {}}]}], "want": {"spec.egress.0.ports"}},
	"everything": {"rules": [{}], "want": set()},
	"TCP only": {"rules": [_tcp([_kube_system])], "want": set()},
	"neither": {"rules": [{"to": [_kube_system], "ports": [{"port": 443}]}], "want": set()},
	"nothing": {"rules": [], "want": set()},
}

# Each in a namespace of its own.
test_rules[name] if {
	unlabelled := {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system"}}
	policies := [object.union(_policy("a", _web, example.rules), {"metadata": {"namespace": name}}) | some name, example in _cases]
	violation := dns_one_protocol.violation with input as {"resources": array.concat(policies, [unlabelled])}
	some name, example in _cases
	places := {sprintf("%s.%s.%d.%s", fault.details.path) | some fault in violation; fault.details.resource.namespace == name}
	places == example.want
}

test_other_policies[name] if {
	some name, example in {
		"for the same pods": {"other": _policy("b", _web, [_tcp([])]), "want": set()},
		"for the same pods, UDP too": {"other": _policy("0", _web, [_udp([])]), "want": {["0", "spec.egress.0.ports"]}},
		"for more pods": {"other": _policy("b", {}, [_tcp([])]), "want": set()},
		"for fewer pods": {"other": _policy("b", {"matchLabels": {"app": "web", "tier": "front"}}, [_tcp([])]), "want": {["a", "spec.egress.0.ports"]}},
		"for other pods": {"other": _policy("b", {"matchLabels": {"app": "db"}}, [_tcp([])]), "want": {["a", "spec.egress.0.ports"]}},
	}
	_found == example.want with input as {"resources": [_policy("a", _web, [_udp([])]), example.other]}
}

test_workloads[name] if {
	some name, example in {
		"some have TCP": {"pods": [_pod("x", {"app": "web", "tier": "front"}), _pod("y", {"app": "web"})], "want": {["a", "spec.egress.0.ports"]}},
		"all have TCP": {"pods": [_pod("x", {"app": "web", "tier": "front"})], "want": set()},
		"none asks the cluster's DNS": {"pods": [object.union(_pod("x", {"app": "web"}), {"spec": {"hostNetwork": true}})], "want": set()},
	}
	policies := [_policy("a", _web, [_udp([])]), _policy("b", {"matchLabels": {"tier": "front"}}, [_tcp([])])]
	_found == example.want with input as {"resources": array.concat(policies, example.pods)}
}

test_only_reviewed_policies_speak if {
	policies := [_policy("a", _web, [_udp([])]), _policy("b", _web, [_udp([])])]
	_found == {["a", "spec.egress.0.ports"]} with input as {"resources": policies, "scope": [0]}
	_found == set() with input as {"resources": policies, "scope": [1]}
}
