package lib.netvet.service_test

import data.lib.netvet.service

_service(name, namespace, selector) := {
	"apiVersion": "v1",
	"kind": "Service",
	"metadata": {"name": name, "namespace": namespace},
	"spec": {"selector": selector, "ports": [{"port": 80}]},
}

_services := {"resources": [
	_service("web", "shop", {"app": "web"}),
	_service("front", "shop", {"app": "web", "tier": "front"}),
	_service("elsewhere", "other", {"app": "web"}),
	_service("headless", "shop", {}),
	{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "external"}, "spec": {"type": "ExternalName"}},
	{"apiVersion": "serving.knative.dev/v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"selector": {"app": "web"}}},
]}

test_selecting if {
	service.selecting("shop", {"app": "web"}) == {0} with input as _services
	service.selecting("shop", {"app": "web", "tier": "front"}) == {0, 1} with input as _services
	service.selecting("shop", {"tier": "front"}) == set() with input as _services
	service.selecting("other", {"app": "web", "tier": "front"}) == {2} with input as _services
	service.all[0].ports == [{"port": 80}] with input as _services
}

test_selector_of_no_labels if {
	service.all == {} with input as {"resources": [_service("a", "shop", selector) | some selector in [null, {}, "app=web", 7, ["app"]]]}
}

test_pod_port[name] if {
	some name, [entry, number] in {
		"number": [{"port": 80, "targetPort": 8080}, 8080],
		"absent": [{"port": 80}, 80],
		"zero, as its absence is kept": [{"port": 80, "targetPort": 0}, 80],
		"name": [{"port": 80, "targetPort": "http"}, 8080],
		"name of that protocol": [{"port": 53, "targetPort": "dns", "protocol": "UDP"}, 5353],
	}
	service.pod_port(entry, _ports) == number
}

test_no_pod_port if {
	not service.pod_port({"port": 80, "targetPort": "web"}, _ports)
	not service.pod_port({"port": 53, "targetPort": "dns"}, _ports)
}

_ports := [{"name": "http", "containerPort": 8080}, {"name": "dns", "containerPort": 5353, "protocol": "UDP"}, {"containerPort": 9090}]

_object(name, spec) := {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop"}, "spec": spec}

test_one_address_of_several if {
	of_one := [_object(name, {"clusterIP": "10.0.0.1"}) | some name in ["b", "a"]]
	service.by_address == {"10.0.0.1/32": 1} with input as {"resources": of_one}
}

test_by_address if {
	resources := [
		_object("a", {"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1", "fd00:0::1"]}),
		_object("b", {"clusterIP": "None", "selector": {"app": "b"}}),
		_object("c", {"selector": {"app": "c"}}),
		object.union(_object("d", {"clusterIP": "10.0.0.4"}), {"apiVersion": "serving.knative.dev/v1"}),
	]
	service.by_address == {"10.0.0.1/32": 0, "fd00::1/128": 0} with input as {"resources": resources}
}

test_by_node_port if {
	resources := [
		_object("a", {"selector": {"app": "a"}, "ports": [{"port": 80, "nodePort": 30080}, {"port": 81}]}),
		_object("b", {"selector": {"app": "b"}, "ports": [{"port": 80, "nodePort": 30080}, {"port": 81, "nodePort": "30081"}]}),
	]
	service.by_node_port == {30080: {0, 1}} with input as {"resources": resources}
}

test_shifted if {
	ports := [
		{"port": 80, "targetPort": 8080}, {"port": 81, "targetPort": "http"}, {"port": 82, "protocol": "UDP", "targetPort": 53},
		{"port": 83, "targetPort": 83}, {"port": 84}, {"port": 85, "targetPort": null}, {"port": 86, "targetPort": 0},
	]
	service.shifted == {["TCP", 80], ["TCP", 81], ["UDP", 82]} with input as {"resources": [_object("a", {"selector": {"app": "a"}, "ports": ports})]}
}

test_by_name if {
	resources := [_object("a", {"selector": {"app": "a"}}), _object("b", {"selector": {"app": "b"}}), _object("a", {"selector": {"app": "c"}})]
	service.by_name == {["shop", "a"]: 2, ["shop", "b"]: 1} with input as {"resources": resources}
}

test_in_namespace if {
	other := object.union(_object("c", {"selector": {"app": "c"}}), {"metadata": {"namespace": "store"}})
	resources := [_object("a", {"selector": {"app": "a"}}), _object("b", {"selector": {"app": "b"}}), other]
	service.in_namespace == {"shop": {0, 1}, "store": {2}} with input as {"resources": resources}
}

test_shifts[name] if {
	some name, example in {
		"to another": {"port": {"port": 80, "targetPort": 8080}, "want": true},
		"to one by name": {"port": {"port": 80, "targetPort": "http"}, "want": true},
		"to the same": {"port": {"port": 80, "targetPort": 80}, "want": false},
		"unsaid": {"port": {"port": 80}, "want": false},
		"null": {"port": {"port": 80, "targetPort": null}, "want": false},
		"zero": {"port": {"port": 80, "targetPort": 0}, "want": false},
		"another port": {"port": {"port": 81, "targetPort": 8080}, "want": false},
		"another protocol": {"port": {"port": 80, "protocol": "UDP", "targetPort": 8080}, "want": false},
	}
	shifting := _object("a", {"selector": {"app": "a"}, "ports": [example.port]})
	{true | service.shifts("TCP", 80)} == {true | example.want} with input as {"resources": [shifting]}
	policy := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "a", "namespace": "shop"}}
	inventory := {"namespace": {"shop": {"v1": {"Service": {"a": shifting}}}}}
	{true | service.shifts("TCP", 80)} == {true | example.want} with input as {"review": {"object": policy}} with data.inventory as inventory
}

# Reviewing a policy, the Services of the namespaces that it looks at.
test_shifts_where_the_policy_looks[name] if {
	some name, example in {
		"its own namespace": {"kept": ["shop"], "want": true},
		"the one that its peer names": {"kept": ["bank"], "want": true},
		"another": {"kept": ["hr"], "want": false},
	}
	shifting := _object("a", {"selector": {"app": "a"}, "ports": [{"port": 81}, {"port": 80, "targetPort": 8080}]})
	policy := {
		"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "a", "namespace": "shop"},
		"spec": {"egress": [{"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "bank"}}}]}]},
	}
	inventory := {"namespace": {kept: {"v1": {"Service": {"a": shifting}}} | some kept in example.kept}}
	{true | service.shifts("TCP", 80)} == {true | example.want} with input as {"review": {"object": policy}} with data.inventory as inventory
	not service.shifts("TCP", 81) with input as {"review": {"object": policy}} with data.inventory as inventory
}
