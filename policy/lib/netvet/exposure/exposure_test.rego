package lib.netvet.exposure_test

import data.lib.netvet.exposure

_selecting(pods) := {"resources": [{
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": {"podSelector": pods},
}]}

_web := _selecting({"matchLabels": {"app": "web"}})

test_services[name] if {
	some name, example in {
		"number": {"port": {"port": 22}, "want": {"SSH"}},
		"TCP": {"port": {"port": 22, "protocol": "TCP"}, "want": {"SSH"}},
		"another protocol": {"port": {"port": 22, "protocol": "UDP"}, "want": set()},
		"UDP": {"port": {"port": 11211, "protocol": "UDP"}, "want": {"memcached"}},
		"name": {"port": {"port": "mysql"}, "want": {"MySQL"}},
		"another name": {"port": {"port": "http"}, "want": set()},
		"range": {"port": {"port": 20, "endPort": 23}, "want": {"SSH", "Telnet"}},
		"a range that starts after": {"port": {"port": 23, "endPort": 30}, "want": {"Telnet"}},
		"a range that ends before": {"port": {"port": 1, "endPort": 22}, "want": {"SSH"}},
		"every port": {"port": {}, "want": set()},
		"every port by range": {"port": {"port": 1, "endPort": 65535}, "want": set()},
		"refused": {"port": {"port": 22, "endPort": 20}, "want": set()},
		"no port": {"port": "22", "want": set()},
	}
	exposure.services(0, example.port) == example.want with input as _web
}

# Pods that are chosen by their labels are not the kubelet.
test_kubelet if {
	exposure.services(0, {"port": 10250}) == {"kubelet"} with input as _selecting({"matchLabels": {}})
	exposure.services(0, {"port": 10250}) == set() with input as _web
	exposure.services(0, {"port": 10250, "endPort": 12000}) == {"memcached"} with input as _web
}

test_the_parameter[name] if {
	some name, example in {
		"protocol and service": {"text": "8443/UDP Back office", "port": {"port": 8443, "protocol": "UDP"}, "want": {"Back office"}},
		"service": {"text": "8443 Back office", "port": {"port": 8443}, "want": {"Back office"}},
		"port alone": {"text": "8443", "port": {"port": 8443}, "want": {"8443"}},
		"lower case": {"text": "8443/sctp", "port": {"port": 8443, "protocol": "SCTP"}, "want": {"8443"}},
		"name": {"text": "admin", "port": {"port": "admin"}, "want": {"admin"}},
		"name and protocol": {"text": "admin/udp console", "port": {"port": "admin"}, "want": set()},
		"the default no more": {"text": "8443", "port": {"port": 22}, "want": set()},
		"nothing": {"text": "", "port": {"port": 22}, "want": set()},
	}
	asked := object.union(_web, {"parameters": {"sensitive_ports": [example.text]}})
	exposure.services(0, example.port) == example.want with input as asked
}

test_describe if {
	exposure.describe(0, []) == "every port" with input as _web
	exposure.describe(0, [{"port": 443}, {"port": 20, "endPort": 25}]) == "TCP 443, TCP 20-25 (SSH, Telnet)" with input as _web
	exposure.describe_one(0, {"port": "ssh"}) == "TCP ssh (SSH)" with input as _web
	exposure.others(0, [{"port": 22}, {"port": 443}, {"port": "ssh"}, {}, {"port": 0}]) == [1, 3] with input as _web
}

_policy(peer) := {"resources": [{
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": {"ingress": [{"from": [{"podSelector": {}}, peer]}]},
}]}

_name := "kubernetes.io/metadata.name"

test_any_namespace[name] if {
	some name, example in {
		"empty": {"peer": {"namespaceSelector": {}}, "want": "every"},
		"empty by meaning": {"peer": {"namespaceSelector": {"matchLabels": {}, "matchExpressions": []}}, "want": "every"},
		"null members": {"peer": {"namespaceSelector": {"matchLabels": null}}, "want": "every"},
		"every namespace has it": {"peer": {"namespaceSelector": {"matchExpressions": [{"key": _name, "operator": "Exists"}]}}, "want": "every"},
		"all pods": {"peer": {"namespaceSelector": {}, "podSelector": {}}, "want": "every"},
		"pods null": {"peer": {"namespaceSelector": {}, "podSelector": null}, "want": "every"},
		"some pods": {"peer": {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "a"}}}, "want": "some"},
	}
	[row[5] | some row in exposure.any_namespace] == [example.want] with input as _policy(example.peer)
}

test_not_any_namespace[name] if {
	some name, peer in {
		"own": {"podSelector": {}},
		"some": {"namespaceSelector": {"matchLabels": {"team": "a"}}},
		"others": {"namespaceSelector": {"matchExpressions": [{"key": _name, "operator": "NotIn", "values": ["kube-system"]}]}},
		"a label": {"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "Exists"}]}},
		"none": {"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "In", "values": []}]}},
		"no pods": {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": 7}}},
		"a list": {"namespaceSelector": []},
		"an address": {"ipBlock": {"cidr": "0.0.0.0/0"}},
	}
	exposure.any_namespace == [] with input as _policy(peer)
}
