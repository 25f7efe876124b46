package lib.netvet.cloud_test

import data.lib.netvet.cloud

_policy(block, ports) := {"resources": [{
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": {
		"policyTypes": ["Ingress", "Egress"],
		"ingress": [{"from": [{"ipBlock": block}]}],
		"egress": [{}, {"to": [{"podSelector": {}}, {"ipBlock": block}], "ports": ports}],
	},
}]}

_v4 := "169.254.169.254"

_v6 := "fd00:ec2::254"

test_reached[name] if {
	some name, example in {
		"the world": {"block": {"cidr": "0.0.0.0/0"}, "want": {_v4}},
		"the world of IPv6": {"block": {"cidr": "::/0"}, "want": {_v6}},
		"link-local": {"block": {"cidr": "169.254.0.0/16"}, "want": {_v4}},
		"the address": {"block": {"cidr": "169.254.169.254/32"}, "want": {_v4}},
		"unique local": {"block": {"cidr": "FD00::/16"}, "want": {_v6}},
		"half the world": {"block": {"cidr": "128.0.0.0/1", "except": ["192.168.0.0/16"]}, "want": {_v4}},
	}
	cloud.reached == {[0, 1, 1]: example.want} with input as _policy(example.block, [])
}

test_not_reached[name] if {
	some name, block in {
		"excepted": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]},
		"excepted at large": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]},
		"the other half": {"cidr": "0.0.0.0/1"},
		"private": {"cidr": "10.0.0.0/8"},
		"a neighbour": {"cidr": "169.254.169.253/32"},
		"refused": {"cidr": "0.0.0.0/00"},
		"no string": {"cidr": 7},
	}
	cloud.reached == {} with input as _policy(block, [])
}

test_ports[name] if {
	some name, example in {
		"HTTP": {"ports": [{"port": 443}, {"port": 80}], "want": 1},
		"a range": {"ports": [{"port": 1, "endPort": 1024}], "want": 1},
		"TCP": {"ports": [{}], "want": 1},
		"another": {"ports": [{"port": 443}], "want": 0},
		"another protocol": {"ports": [{"port": 80, "protocol": "UDP"}], "want": 0},
		"a name, which no address has": {"ports": [{"port": "http"}], "want": 0},
	}
	count(cloud.reached) == example.want with input as _policy({"cidr": "0.0.0.0/0"}, example.ports)
}
