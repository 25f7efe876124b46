package netvet.rules.ingress_backend_blocked_test

import data.netvet.rules.ingress_backend_blocked

_policy(name, spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": name, "namespace": "shop"},
	"spec": object.union({"podSelector": {}, "policyTypes": ["Ingress"]}, spec),
}

_pod(name) := {
	"apiVersion": "v1",
	"kind": "Pod",
	"metadata": {"name": name, "namespace": "shop", "labels": {"app": "web", "pod": name}},
	"spec": {"containers": [{"image": "web"}]},
}

_service(type, ports) := {
	"apiVersion": "v1",
	"kind": "Service",
	"metadata": {"name": "web", "namespace": "shop"},
	"spec": {"type": type, "selector": {"app": "web"}, "ports": ports},
}

_ports := [{"port": 80, "targetPort": 8080}]

_ingress := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "Ingress",
	"metadata": {"name": "web", "namespace": "shop"},
	"spec": {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}},
}

_controller := {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}}}

_address := {"ipBlock": {"cidr": "192.0.2.0/24"}}

# What is admitted, and by which way traffic does not come in.
test_ways[name] if {
	some name, example in {
		"nobody": {"rules": [], "want": {"Ingress", "Service"}},
		"anybody": {"rules": [{}], "want": set()},
		"a controller": {"rules": [{"from": [_controller]}], "want": {"Service"}},
		"addresses": {"rules": [{"from": [_address]}], "want": set()},
		"the port": {"rules": [{"ports": [{"port": 8080}]}], "want": set()},
		"the port of the Service": {"rules": [{"ports": [{"port": 80}]}], "want": {"Ingress", "Service"}},
		"another protocol": {"rules": [{"ports": [{"port": 8080, "protocol": "UDP"}]}], "want": {"Ingress", "Service"}},
		"a controller to the port, addresses to another": {
			"rules": [{"from": [_controller], "ports": [{"port": 8080}]}, {"from": [_address], "ports": [{"port": 80}]}],
			"want": {"Service"},
		},
	}
	resources := [_policy("a", {"ingress": example.rules}), _pod("a"), _service("LoadBalancer", _ports), _ingress]
	found := {fault.details.resource.kind | some fault in ingress_backend_blocked.violation} with input as {"resources": resources}
	found == example.want
}

test_policies_add_up if {
	others := [_policy("b", {"ingress": [{}]}), _policy("b", {"podSelector": {"matchLabels": {"app": "db"}}, "ingress": [{}]})]
	resources := [_policy("a", {}), _pod("a"), _service("ClusterIP", _ports), _ingress]
	count(ingress_backend_blocked.violation) == 0 with input as {"resources": array.concat(resources, [others[0]])}
	count(ingress_backend_blocked.violation) == 1 with input as {"resources": array.concat(resources, [others[1]])}
	egress := _policy("a", {"policyTypes": ["Egress"]})
	count(ingress_backend_blocked.violation) == 0 with input as {"resources": array.concat([egress], array.slice(resources, 1, 4))}
}

test_several if {
	resources := [_policy("a", {}), _pod("b"), _pod("a"), _service("NodePort", [{"port": 80}, {"port": 81, "protocol": "UDP"}])]
	found := {[fault.details.path, fault.msg] | some fault in ingress_backend_blocked.violation} with input as {"resources": resources}
	text := "sends traffic to %s of Pod shop/a and 1 more, but a isolates its ingress, and no rule opens the port to addresses, from which it comes"
	found == {
		[["spec", "ports", 0], sprintf(text, ["TCP 80"])],
		[["spec", "ports", 1], sprintf(text, ["UDP 81"])],
	}
}

test_one_of_two_pods if {
	policy := _policy("a", {"podSelector": {"matchLabels": {"pod": "b"}}})
	some fault in ingress_backend_blocked.violation with input as {"resources": [policy, _pod("b"), _pod("a"), _service("NodePort", [{"port": 80}])]}
	startswith(fault.msg, "sends traffic to TCP 80 of Pod shop/b, but a ")
}

# One finding for a Service's port, wherever the object names it again, at the first place.
test_one_finding_for_a_port if {
	backend := _ingress.spec.defaultBackend
	twice := json.patch(_ingress, [{"op": "replace", "path": "/spec", "value": {"rules": [{"http": {"paths": [{"backend": backend}, {"backend": backend}]}}]}}])
	resources := [_policy("a", {}), _pod("a"), _service("ClusterIP", _ports), twice]
	found := {fault.details.path | some fault in ingress_backend_blocked.violation} with input as {"resources": resources}
	found == {["spec", "rules", 0, "http", "paths", 0, "backend", "service"]}
}

test_places_are_those_of_the_object if {
	other := json.patch(_ingress, [
		{"op": "replace", "path": "/metadata/name", "value": "other"},
		{"op": "replace", "path": "/spec", "value": {"rules": [{"http": {"paths": [{"backend": _ingress.spec.defaultBackend}]}}]}},
	])
	resources := [_policy("a", {}), _pod("a"), _service("ClusterIP", _ports), _ingress, other]
	found := {[fault.details.index, fault.details.path[1]] | some fault in ingress_backend_blocked.violation} with input as {"resources": resources}
	found == {[3, "defaultBackend"], [4, "rules"]}
}

test_sight if {
	resources := [_policy("a", {}), _pod("a"), _service("ClusterIP", _ports), _ingress]
	count(ingress_backend_blocked.violation) == 1 with input as {"resources": resources}
	count(ingress_backend_blocked.violation) == 0 with input as {"resources": resources, "sight": "fragment"}
	count(ingress_backend_blocked.violation) == 0 with input as {"resources": resources, "scope": [0, 1, 2]}
	count(ingress_backend_blocked.violation) == 0 with input as {"resources": array.slice(resources, 1, 4)}
	count(ingress_backend_blocked.violation) == 0 with input as {"resources": [_ingress], "sight": "document"}
}

test_remedy if {
	resources := [_policy("a", {}), _pod("a"), _service("LoadBalancer", _ports)]
	some fault in ingress_backend_blocked.violation with input as {"resources": resources}
	endswith(fault.details.remediation, concat("\n", [
		"- from:",
		"    - ipBlock:",
		"        cidr: 0.0.0.0/0",
		"  ports:",
		"    - protocol: TCP",
		"      port: 8080",
	]))
	through := array.concat(array.slice(resources, 0, 2), [_service("ClusterIP", _ports), _ingress])
	some other in ingress_backend_blocked.violation with input as {"resources": through}
	contains(other.details.remediation, "kubernetes.io/metadata.name: ingress-nginx")
}
