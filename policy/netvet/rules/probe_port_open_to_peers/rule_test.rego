package netvet.rules.probe_port_open_to_peers_test

import data.netvet.rules.probe_port_open_to_peers

_policy(rule) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "web", "namespace": "shop"},
	"spec": {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"], "ingress": [rule]},
}

_api := {"podSelector": {"matchLabels": {"app": "api"}}}

_pod(name, container) := {
	"apiVersion": "v1",
	"kind": "Pod",
	"metadata": {"name": name, "namespace": "shop", "labels": {"app": "web"}},
	"spec": {"containers": [object.union(object.remove(_container, object.keys(container)), container)]},
}

_container := {"ports": [{"name": "health", "containerPort": 8081}], "livenessProbe": {"tcpSocket": {"port": 8081}}}

_service(ports) := {
	"apiVersion": "v1",
	"kind": "Service",
	"metadata": {"name": "web", "namespace": "shop"},
	"spec": {"selector": {"app": "web"}, "ports": ports},
}

_resources(rule) := [_policy(rule), _pod("a", {}), _service([{"port": 80, "targetPort": 8080}])]

_count := count(probe_port_open_to_peers.violation)

test_ports[name] if {
	some name, example in {
		"the probe's": {"entry": {"port": 8081}, "want": 1},
		"by name": {"entry": {"port": "health"}, "want": 1},
		"another": {"entry": {"port": 8080}, "want": 0},
		"another name": {"entry": {"port": "http"}, "want": 0},
		"another protocol": {"entry": {"port": 8081, "protocol": "UDP"}, "want": 0},
		"a range": {"entry": {"port": 8081, "endPort": 8082}, "want": 0},
	}
	_count == example.want with input as {"resources": _resources({"from": [_api], "ports": [example.entry]})}
}

test_peers[name] if {
	some name, example in {
		"pods": {"peers": [_api], "want": 1},
		"pods of any namespace": {"peers": [object.union(_api, {"namespaceSelector": {}})], "want": 1},
		"anybody": {"peers": [], "want": 0},
		"addresses": {"peers": [_api, {"ipBlock": {"cidr": "10.0.0.0/8"}}], "want": 0},
		"every pod": {"peers": [{"podSelector": {}}], "want": 0},
		"a namespace": {"peers": [{"namespaceSelector": {}}], "want": 0},
		"Prometheus": {"peers": [{"podSelector": {"matchLabels": {"app": "prometheus"}}}], "want": 0},
		"one that may probe": {"peers": [_api, {"podSelector": {"matchLabels": {"app": "health-checker"}}}], "want": 0},
	}
	_count == example.want with input as {"resources": _resources({"from": example.peers, "ports": [{"port": 8081}]})}
}

_rule := {"from": [_api], "ports": [{"port": 8081}]}

test_pods[name] if {
	monitor := {
		"apiVersion": "monitoring.coreos.com/v1", "kind": "PodMonitor", "metadata": {"name": "web", "namespace": "shop"},
		"spec": {"selector": {}, "podMetricsEndpoints": [{"port": "health"}]},
	}
	elsewhere := [{"port": 80, "targetPort": 8080}]
	some name, example in {
		"probed": {"others": [_pod("a", {}), _service(elsewhere)], "want": 1},
		"both probed": {"others": [_pod("a", {}), _pod("b", {}), _service(elsewhere)], "want": 1},
		"one of two probed": {"others": [_pod("a", {}), _pod("b", {"livenessProbe": {}}), _service(elsewhere)], "want": 0},
		"not probed": {"others": [_pod("a", {"livenessProbe": {}}), _service(elsewhere)], "want": 0},
		"probed on another port": {"others": [_pod("a", {"livenessProbe": {"tcpSocket": {"port": 8082}}}), _service(elsewhere)], "want": 0},
		"none": {"others": [_service(elsewhere)], "want": 0},
		"without a Service": {"others": [_pod("a", {})], "want": 0},
		"served by a Service": {"others": [_pod("a", {}), _service([{"port": 80, "targetPort": "health"}])], "want": 0},
		"read": {"others": [_pod("a", {}), _service(elsewhere), monitor], "want": 0},
		"with a port of that name": {"others": [_pod("a", {"ports": [{"name": "metrics", "containerPort": 8081}]}), _service(elsewhere)], "want": 0},
		"with another port of that name": {"others": [_pod("a", {"ports": [{"name": "metrics", "containerPort": 9090}]}), _service(elsewhere)], "want": 1},
	}
	_count == example.want with input as {"resources": array.concat([_policy(_rule)], example.others)}
}

# A name that stands for two ports.
test_name_of_two_ports if {
	others := [_pod("a", {}), _pod("b", {"ports": [{"name": "health", "containerPort": 8082}], "livenessProbe": {"tcpSocket": {"port": 8082}}})]
	service := _service([{"port": 80, "targetPort": 8080}])
	_count == 0 with input as {"resources": array.concat([_policy({"from": [_api], "ports": [{"port": "health"}]}), service], others)}
}

test_egress if {
	policy := object.union(_policy({}), {"spec": {"policyTypes": ["Egress"], "egress": [{"to": [_api], "ports": [{"port": 8081}]}]}})
	_count == 0 with input as {"resources": [policy, _pod("a", {}), _service([{"port": 80, "targetPort": 8080}])]}
}

test_sight if {
	resources := _resources(_rule)
	_count == 0 with input as {"resources": resources, "sight": "fragment"}
	_count == 0 with input as {"resources": resources, "scope": [1, 2]}
	_count == 0 with input as {"resources": [resources[0]], "sight": "document"}
}
