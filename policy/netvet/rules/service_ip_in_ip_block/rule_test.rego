package netvet.rules.service_ip_in_ip_block_test

import data.netvet.rules.service_ip_in_ip_block

_policy(block) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "web", "namespace": "shop"},
	"spec": {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": [{"podSelector": {}}, {"ipBlock": {"cidr": block}}]}]},
}

_service(name, spec) := {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop"}, "spec": spec}

_db := _service("db", {"clusterIP": "10.0.0.7", "selector": {"app": "db"}, "ports": [
	{"port": 5432},
	{"port": 80, "targetPort": "metrics"},
	{"port": 81, "targetPort": 0, "protocol": "UDP"},
]})

test_blocks[name] if {
	some name, example in {
		"the address": {"block": "10.0.0.7/32", "want": 1},
		"another": {"block": "10.0.0.8/32", "want": 0},
		"a range": {"block": "10.0.0.7/31", "want": 0},
		"malformed": {"block": "10.0.0.07/32", "want": 0},
		"no string": {"block": 7, "want": 0},
	}
	count(service_ip_in_ip_block.violation) == example.want with input as {"resources": [_policy(example.block), _db]}
}

# Whoever sees no Service says nothing; whoever does needs nothing else.
test_sight if {
	policy := _policy("10.0.0.7/32")
	count(service_ip_in_ip_block.violation) == 0 with input as policy
	count(service_ip_in_ip_block.violation) == 0 with input as {"resources": [policy], "sight": "document"}
	count(service_ip_in_ip_block.violation) == 0 with input as {"resources": [policy, _db], "scope": [1]}
	count(service_ip_in_ip_block.violation) == 1 with input as {"resources": [policy, _db], "sight": "fragment"}
}

test_remedy if {
	some fault in service_ip_in_ip_block.violation with input as {"resources": [_policy("10.0.0.7/32"), _db]}
	fault.details.path == ["spec", "egress", 0, "to", 1, "ipBlock", "cidr"]
	fault.details.fix == [{"op": "replace", "path": ["spec", "egress", 0, "to", 1], "value": {
		"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}},
		"podSelector": {"matchLabels": {"app": "db"}},
	}}]
	endswith(fault.details.remediation, concat("\n", [
		"  ports:",
		"    - protocol: TCP",
		"      port: 5432",
		"    - protocol: TCP",
		"      port: metrics",
		"    - protocol: UDP",
		"      port: 81",
	]))
}

test_remedy_of_ingress_has_no_ports if {
	policy := object.union(_policy("10.0.0.7/32"), {"spec": {"policyTypes": ["Ingress"], "ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.7/32"}}]}]}})
	some fault in service_ip_in_ip_block.violation with input as {"resources": [policy, _db]}
	not contains(fault.details.remediation, "ports:")
}

test_remedy_without_selector if {
	some fault in service_ip_in_ip_block.violation with input as {"resources": [_policy("10.0.0.7/32"), _service("outside", {"clusterIP": "10.0.0.7"})]}
	not fault.details.fix
	fault.details.remediation == "Service shop/outside selects no pods. Write the addresses of its EndpointSlices."
}
