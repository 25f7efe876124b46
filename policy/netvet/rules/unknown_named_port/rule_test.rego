package netvet.rules.unknown_named_port_test

import data.netvet.rules.unknown_named_port

_policy(spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "web", "namespace": "shop"},
	"spec": object.union({"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"]}, spec),
}

_admitting(entry) := _policy({"ingress": [{"ports": [entry]}]})

_pod := {
	"apiVersion": "v1",
	"kind": "Pod",
	"metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"}},
	"spec": {"containers": [{"ports": [
		{"name": "http", "containerPort": 8080},
		{"name": "dns", "containerPort": 53, "protocol": "UDP"},
		{"containerPort": 9000},
	]}]},
}

_service(entry) := {
	"apiVersion": "v1",
	"kind": "Service",
	"metadata": {"name": "web", "namespace": "shop"},
	"spec": {"selector": {"app": "web"}, "ports": [entry]},
}

_found := {[fault.msg, fault.details.severity, object.get(fault.details, "fix", [])] | some fault in unknown_named_port.violation}

test_names[name] if {
	some name, example in {
		"known": {"entry": {"port": "http"}, "want": 0},
		"known of UDP": {"entry": {"port": "dns", "protocol": "UDP"}, "want": 0},
		"unknown": {"entry": {"port": "rest"}, "want": 1},
		"of another protocol": {"entry": {"port": "dns"}, "want": 1},
		"a number": {"entry": {"port": 80}, "want": 0},
		"refused": {"entry": {"port": "80"}, "want": 0},
		"Istio's": {"entry": {"port": "http-envoy-prom"}, "want": 0},
	}
	count(_found) == example.want with input as {"resources": [_admitting(example.entry), _pod]}
}

_path := ["spec", "ingress", 0, "ports", 0]

test_fixes[name] if {
	some name, example in {
		"protocol": {"entry": {"port": "dns"}, "service": {"port": 53}, "want": [{"op": "add", "path": array.concat(_path, ["protocol"]), "value": "UDP"}]},
		"the Service's": {
			"entry": {"port": "web"}, "service": {"name": "web", "port": 80, "targetPort": "http"},
			"want": [{"op": "add", "path": array.concat(_path, ["port"]), "value": 8080}],
		},
		"the Service's of another protocol": {"entry": {"port": "web"}, "service": {"name": "web", "port": 80, "protocol": "UDP"}, "want": []},
		"the Service's other": {"entry": {"port": "web"}, "service": {"name": "http", "port": 80}, "want": []},
	}
	{fix | some [_, _, fix] in _found} == {example.want} with input as {"resources": [_admitting(example.entry), _service(example.service), _pod]}
}

test_sight if {
	policy := _admitting({"port": "rest"})
	count(_found) == 0 with input as policy
	count(_found) == 0 with input as {"resources": [policy], "sight": "document"}
	count(_found) == 0 with input as {"resources": [policy, _pod], "sight": "fragment"}
	count(_found) == 0 with input as {"resources": [policy, _pod], "scope": [1]}
	{severity | some [_, severity, _] in _found} == {"error"} with input as {"resources": [policy, _pod]}
	objects := {"namespace": {"shop": {"v1": {"Pod": {"web": _pod}}, "networking.k8s.io/v1": {"NetworkPolicy": {"b": {}}}}}}
	{severity | some [_, severity, _] in _found} == {"warning"} with input as {"review": {"object": policy}} with data.inventory as objects
}

_to(blocks) := _policy({"policyTypes": ["Egress"], "egress": [{"to": [{"ipBlock": {"cidr": block}} | some block in blocks], "ports": [{"port": "https"}]}]})

# Whatever else there is, addresses have no names; but private ones may be pods'.
test_addresses[name] if {
	some name, example in {
		"the world": {"blocks": ["0.0.0.0/0"], "platform": [], "want": {"error"}},
		"private": {"blocks": ["10.1.0.0/16"], "platform": [], "want": {"warning"}},
		"private and public": {"blocks": ["10.1.0.0/16", "192.0.2.0/24"], "platform": [], "want": {"warning"}},
		"private on Cilium": {"blocks": ["10.1.0.0/16"], "platform": ["cilium"], "want": {"error"}},
		"refused": {"blocks": ["10.1.0.0"], "platform": [], "want": set()},
		"none": {"blocks": [], "platform": [], "want": set()},
	}
	policy := _to(example.blocks)
	{severity | some [_, severity, _] in _found} == example.want with input as {"resources": [policy], "parameters": {"platform": example.platform}}
	count(_found) == count(example.want) with input as policy
}

test_addresses_of_numbers if {
	policy := json.patch(_to(["0.0.0.0/0"]), [{"op": "replace", "path": "/spec/egress/0/ports/0/port", "value": 443}])
	count(_found) == 0 with input as policy
}

test_addresses_of_ingress if {
	policy := _policy({"ingress": [{"from": [{"ipBlock": {"cidr": "192.0.2.0/24"}}], "ports": [{"port": "https"}]}]})
	count(_found) == 0 with input as policy
}
