package netvet.rules.node_port_in_rule_test

import data.netvet.rules.node_port_in_rule

_policy(spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "web", "namespace": "shop"},
	"spec": object.union({"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"]}, spec),
}

_admitting(entries) := _policy({"ingress": [{"ports": entries}]})

_service(entry) := {
	"apiVersion": "v1",
	"kind": "Service",
	"metadata": {"name": "web", "namespace": "shop"},
	"spec": {"type": "NodePort", "selector": {"app": "web"}, "ports": [entry]},
}

_web := _service({"port": 80, "targetPort": 8080, "nodePort": 30080})

_pod(container) := {
	"apiVersion": "v1",
	"kind": "Pod",
	"metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"}},
	"spec": {"containers": [container]},
}

_values := {object.get(fault.details, "fix", [{"value": "no fix"}])[0].value | some fault in node_port_in_rule.violation}

test_ports[name] if {
	some name, example in {
		"the node's": {"entries": [{"port": 30080}], "want": {8080}},
		"in a range": {"entries": [{"port": 30000, "endPort": 32767}], "want": {"no fix"}},
		"at the ends of a range": {"entries": [{"port": 30080, "endPort": 30080}], "want": {"no fix"}},
		"before a range": {"entries": [{"port": 30081, "endPort": 32767}], "want": set()},
		"after a range": {"entries": [{"port": 30000, "endPort": 30079}], "want": set()},
		"in a range of nearly everything": {"entries": [{"port": 1024, "endPort": 65535}], "want": set()},
		"another": {"entries": [{"port": 30081}], "want": set()},
		"another protocol": {"entries": [{"port": 30080, "protocol": "UDP"}], "want": set()},
		"a name": {"entries": [{"port": "http"}], "want": set()},
		"refused": {"entries": [{"port": 30000, "endPort": "32767"}], "want": set()},
		"both": {"entries": [{"port": 30080}, {"port": 8080}], "want": set()},
	}
	_values == example.want with input as {"resources": [_admitting(example.entries), _web]}
}

# The least that nodes hand out.
test_low_port if {
	service := _service({"port": 80, "targetPort": 8080, "nodePort": 29999})
	_values == set() with input as {"resources": [_admitting([{"port": 29999}]), service]}
	lowest := _service({"port": 80, "targetPort": 8080, "nodePort": 30000})
	_values == {8080} with input as {"resources": [_admitting([{"port": 30000}]), lowest]}
}

test_pods[name] if {
	some name, example in {
		"by name": {"container": {"ports": [{"name": "http", "containerPort": 9000}]}, "want": {9000}},
		"without the name": {"container": {}, "want": {"http"}},
		"that serve it": {"container": {"ports": [{"containerPort": 30080}]}, "want": set()},
	}
	service := _service({"port": 80, "targetPort": "http", "nodePort": 30080})
	_values == example.want with input as {"resources": [_admitting([{"port": 30080}]), service, _pod(example.container)]}
}

test_sight if {
	policy := _admitting([{"port": 30080}])
	_values == set() with input as policy
	_values == set() with input as {"resources": [policy], "sight": "document"}
	_values == set() with input as {"resources": [policy, _web], "scope": [1]}
	_values == {8080} with input as {"resources": [policy, _web], "sight": "fragment"}
	other := json.patch(policy, [{"op": "replace", "path": "/metadata/namespace", "value": "store"}])
	_values == set() with input as {"resources": [other, _web]}
}

test_peers[name] if {
	some name, example in {
		"own namespace": {"peers": [{"podSelector": {"matchLabels": {"app": "web"}}}], "want": {8080}},
		"one of two": {"peers": [{"podSelector": {"matchLabels": {"app": "db"}}}, {"namespaceSelector": {}}], "want": {8080}},
		"any namespace": {"peers": [{"namespaceSelector": {}}], "want": {8080}},
		"other pods": {"peers": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "db"}}}], "want": set()},
		"another namespace": {"peers": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "store"}}}], "want": set()},
		"addresses, too": {"peers": [{"namespaceSelector": {}}, {"ipBlock": {"cidr": "10.0.0.0/8"}}], "want": set()},
		"anybody": {"peers": [], "want": set()},
	}
	policy := _policy({"policyTypes": ["Egress"], "egress": [{"to": example.peers, "ports": [{"port": 30080}]}]})
	_values == example.want with input as {"resources": [policy, _web]}
}
