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
