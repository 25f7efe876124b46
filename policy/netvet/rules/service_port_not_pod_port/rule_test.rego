package netvet.rules.service_port_not_pod_port_test

import data.netvet.rules.service_port_not_pod_port

_policy(name, spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": name, "namespace": "shop"},
	"spec": object.union({"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"]}, spec),
}

_pod(name, container) := {
	"apiVersion": "v1",
	"kind": "Pod",
	"metadata": {"name": name, "namespace": "shop", "labels": {"app": "web", "pod": name}},
	"spec": {"containers": [container]},
}

_service(ports) := {
	"apiVersion": "v1",
	"kind": "Service",
	"metadata": {"name": "web", "namespace": "shop"},
	"spec": {"selector": {"app": "web"}, "ports": ports},
}

_to_8080 := _service([{"port": 80, "targetPort": 8080}])

_peers := [{"podSelector": {}}]

_rule := {"from": _peers, "ports": [{"port": 80}]}

_found := {[fault.details.path, fault.details.severity] | some fault in service_port_not_pod_port.violation}

_error := {[["spec", "ingress", 0, "ports", 0], "error"]}

test_ports[name] if {
	some name, example in {
		"the Service's": {"entry": {"port": 80}, "want": _error},
		"the pods'": {"entry": {"port": 8080}, "want": set()},
		"another protocol": {"entry": {"port": 80, "protocol": "UDP"}, "want": set()},
		"a range": {"entry": {"port": 80, "endPort": 81}, "want": set()},
		"nobody's": {"entry": {"port": 81}, "want": set()},
		"malformed": {"entry": {"port": "80"}, "want": set()},
	}
	policy := _policy("a", {"ingress": [{"from": _peers, "ports": [example.entry]}]})
	_found == example.want with input as {"resources": [policy, _to_8080, _pod("a", {})]}
}

test_pods[name] if {
	some name, example in {
		"declare nothing": {"pods": [_pod("a", {})], "want": _error},
		"declare another": {"pods": [_pod("a", {"ports": [{"containerPort": 8080}]})], "want": _error},
		"declare it": {"pods": [_pod("a", {"ports": [{"containerPort": 80}]})], "want": set()},
		"are probed on it": {"pods": [_pod("a", {"livenessProbe": {"tcpSocket": {"port": 80}}})], "want": set()},
		"one of two declares it": {"pods": [_pod("a", {}), _pod("b", {"ports": [{"containerPort": 80}]})], "want": set()},
		"none in sight": {"pods": [], "want": set()},
	}
	resources := array.concat([_policy("a", {"ingress": [_rule]}), _to_8080], example.pods)
	_found == example.want with input as {"resources": resources}
}

# Of pods without a Service that leads the port elsewhere, what they declare tells.
test_pods_of_no_service[name] if {
	some name, example in {
		"declare another": {"container": {"ports": [{"containerPort": 9000}]}, "want": _error},
		"declare nothing": {"container": {}, "want": set()},
	}
	other := json.patch(_pod("b", example.container), [{"op": "replace", "path": "/metadata/labels", "value": {"tier": "front"}}])
	policy := json.patch(_policy("a", {"ingress": [_rule]}), [{"op": "replace", "path": "/spec/podSelector", "value": {}}])
	_found == example.want with input as {"resources": [policy, _to_8080, _pod("a", {}), other]}
}

test_no_pod_of_the_service_is_selected if {
	other := json.patch(_pod("b", {"ports": [{"containerPort": 9000}]}), [{"op": "replace", "path": "/metadata/labels", "value": {"app": "web2"}}])
	policy := json.patch(_policy("a", {"ingress": [_rule]}), [{"op": "replace", "path": "/spec/podSelector/matchLabels/app", "value": "web2"}])
	_found == set() with input as {"resources": [policy, _to_8080, other]}
}

test_admitted_otherwise[name] if {
	some name, example in {
		"by the same rule": {"rules": [{"from": _peers, "ports": [{"port": 80}, {"port": 8080}]}], "want": set()},
		"by another rule": {"rules": [_rule, {"from": _peers, "ports": [{"port": 8080}]}], "want": set()},
		"by another rule, to anybody": {"rules": [_rule, {"ports": [{"port": 8080}]}], "want": set()},
		"to other peers": {"rules": [_rule, {"from": [{"namespaceSelector": {}}], "ports": [{"port": 8080}]}], "want": _error},
		"another port": {"rules": [_rule, {"from": _peers, "ports": [{"port": 8081}]}], "want": _error},
	}
	_found == example.want with input as {"resources": [_policy("a", {"ingress": example.rules}), _to_8080, _pod("a", {})]}
}

test_admitted_by_another_policy if {
	policies := [_policy("a", {"ingress": [_rule]}), _policy("b", {"podSelector": {}, "ingress": [{"ports": [{"port": 8080}]}]})]
	_found == set() with input as {"resources": array.concat(policies, [_to_8080, _pod("a", {})])}
	elsewhere := json.patch(policies[1], [{"op": "replace", "path": "/metadata/namespace", "value": "store"}])
	_found == _error with input as {"resources": [policies[0], elsewhere, _to_8080, _pod("a", {})]}
	egress := _policy("b", {"policyTypes": ["Egress"], "egress": [{"ports": [{"port": 8080}]}]})
	_found == _error with input as {"resources": [policies[0], egress, _to_8080, _pod("a", {})]}
}

# What is not in sight may serve the port.
test_sight if {
	resources := [_policy("a", {"ingress": [_rule]}), _to_8080, _pod("a", {})]
	_found == set() with input as {"resources": resources, "sight": "fragment"}
	_found == set() with input as {"resources": resources, "scope": [1, 2]}
	_found == set() with input as {"resources": [resources[0], resources[2]]}
}

test_admission if {
	objects := {"namespace": {"shop": {
		"v1": {"Pod": {"a": _pod("a", {})}, "Service": {"web": _to_8080}},
		"networking.k8s.io/v1": {"NetworkPolicy": {"b": _policy("b", {})}},
	}}}
	review := {"object": _policy("a", {"ingress": [_rule]})}
	_found == {[["spec", "ingress", 0, "ports", 0], "warning"]} with input as {"review": review} with data.inventory as objects
}

test_fix if {
	some fault in service_port_not_pod_port.violation with input as {"resources": [_policy("a", {"ingress": [_rule]}), _to_8080, _pod("a", {})]}
	fault.details.fix == [{"op": "replace", "path": ["spec", "ingress", 0, "ports", 0, "port"], "value": 8080}]
}

# Of several Services the first by name, in whatever order they come.
test_services if {
	two := [_to_8080, object.union(_to_8080, {"metadata": {"name": "api"}})]
	policy := _policy("a", {"ingress": [_rule]})
	every services in [two, array.reverse(two)] {
		messages := {fault.msg | some fault in service_port_not_pod_port.violation} with input as {"resources": array.concat([policy, _pod("a", {})], services)}
		every message in messages { startswith(message, "80 is the port of Service shop/api, ") }
		count(messages) == 1
	}
}
