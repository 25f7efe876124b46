package netvet.rules.dns_to_anywhere_test

import data.netvet.rules.dns_to_anywhere

_policy(name, egress) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": name, "namespace": "shop"},
	"spec": {"podSelector": {}, "policyTypes": ["Egress"], "egress": egress},
}

_udp := [{"protocol": "UDP", "port": 53}]

test_rules[name] if {
	some name, example in {
		"no peers": {"rule": {"ports": _udp}, "want": {["ports", 0]}},
		"TCP, second": {"rule": {"ports": [{"port": 80}, {"port": 53}]}, "want": {["ports", 1]}},
		"by name": {"rule": {"ports": [{"protocol": "UDP", "port": "dns"}]}, "want": {["ports", 0]}},
		"OpenShift's": {"rule": {"ports": [{"protocol": "UDP", "port": 5353}]}, "want": {["ports", 0]}},
		"IPv4": {"rule": {"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": _udp}, "want": {["ports", 0]}},
		"IPv6": {"rule": {"to": [{"ipBlock": {"cidr": "::/0"}}], "ports": _udp}, "want": {["ports", 0]}},
		"the internet": {"rule": {"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}], "ports": _udp}, "want": {["ports", 0]}},
		"among other peers": {"rule": {"to": [{"podSelector": {}}, {"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": _udp}, "want": {["ports", 0]}},
		"half": {"rule": {"to": [{"ipBlock": {"cidr": "0.0.0.0/1"}}], "ports": _udp}, "want": set()},
		"any namespace": {"rule": {"to": [{"namespaceSelector": {}}], "ports": _udp}, "want": set()},
		"SCTP": {"rule": {"ports": [{"protocol": "SCTP", "port": 53}]}, "want": set()},
		"another port": {"rule": {"ports": [{"port": 853}]}, "want": set()},
		"every port": {"rule": {}, "want": set()},
	}
	found := {array.slice(fault.details.path, 3, 5) | some fault in dns_to_anywhere.violation} with input as {"resources": [_policy("a", [example.rule])]}
	found == example.want
}

# It holds whatever else there is, but for a policy of the same pods that admits everything.
test_sight if {
	policy := _policy("a", [{"ports": _udp}])
	count(dns_to_anywhere.violation) == 1 with input as policy
	count(dns_to_anywhere.violation) == 1 with input as {"resources": [policy], "sight": "document"}
	count(dns_to_anywhere.violation) == 1 with input as {"resources": [policy, _policy("b", [{"ports": [{"port": 80}]}])]}
	count(dns_to_anywhere.violation) == 1 with input as {"resources": [policy, _policy("b", [{"to": [{"podSelector": {}}]}])]}
	count(dns_to_anywhere.violation) == 0 with input as {"resources": [policy, _policy("b", [{}])]}
	count(dns_to_anywhere.violation) == 0 with input as {"resources": [policy], "scope": []}
	ingress := {"spec": {"policyTypes": ["Ingress", "Egress"], "ingress": [{}]}}
	count(dns_to_anywhere.violation) == 1 with input as {"resources": [object.union(policy, ingress)]}
}

test_ingress if {
	ingress := {"spec": {"policyTypes": ["Ingress"], "ingress": [{"ports": _udp}, {"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": _udp}]}}
	count(dns_to_anywhere.violation) == 0 with input as {"resources": [object.union(_policy("a", []), ingress)]}
}

test_remedy_is_the_platforms if {
	policy := _policy("a", [{"ports": _udp}])
	some fault in dns_to_anywhere.violation with input as {"resources": [policy], "parameters": {"platform": ["openshift"]}}
	contains(fault.details.remediation, "dns.operator.openshift.io/daemonset-dns: default")
	contains(fault.details.remediation, "port: 5353")
}

# As empty-list-allows-all tells.
test_no_peers_written_out if {
	policy := _policy("a", [{"to": [], "ports": _udp}])
	count(dns_to_anywhere.violation) == 0 with input as policy
	count(dns_to_anywhere.violation) == 1 with input as {"review": {"object": policy}}
}

# As unknown-field tells.
test_misspelt_peers if {
	count(dns_to_anywhere.violation) == 0 with input as _policy("a", [{"too": [], "ports": _udp}])
	count(dns_to_anywhere.violation) == 1 with input as _policy("a", [{"too": [], "ports": _udp}, {"ports": _udp}])
}
