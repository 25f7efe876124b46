package lib.netvet.destination_test

import data.lib.netvet.destination

_policy(spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": object.union({"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress", "Egress"]}, spec),
}

_pod(namespace, name) := {
	"apiVersion": "v1",
	"kind": "Pod",
	"metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
	"spec": {"containers": [{
		"ports": [{"name": "http", "containerPort": 8080}, {"containerPort": 53, "protocol": "UDP"}],
		"livenessProbe": {"tcpSocket": {"port": 9000}},
	}]},
}

_service := {
	"apiVersion": "v1",
	"kind": "Service",
	"metadata": {"name": "web", "namespace": "shop"},
	"spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 7000}, {"port": 81, "targetPort": "http"}]},
}

_pods := [_pod("shop", "web"), _pod("shop", "db"), _pod("store", "db")]

_named(name) := {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}

_db := {"podSelector": {"matchLabels": {"app": "db"}}}

test_ingress if {
	destination.pods(3, "Ingress", 0) == {0} with input as {"resources": array.concat(_pods, [_policy({})])}
	not destination.pods(0, "Ingress", 0) with input as {"resources": [_policy({}), _pod("store", "web")]}
}

test_egress[name] if {
	some name, example in {
		"own namespace": {"peers": [_db], "want": {{1}}},
		"another": {"peers": [object.union(_db, _named("store"))], "want": {{2}}},
		"all of another": {"peers": [_named("store")], "want": {{2}}},
		"both": {"peers": [_db, _named("store")], "want": {{1, 2}}},
		"none in sight": {"peers": [_db, _named("elsewhere")], "want": set()},
		"a namespace that lacks a label": {
			"peers": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "store", "team": "a"}}}],
			"want": set(),
		},
		"a name that nobody sets": {"peers": [{"namespaceSelector": {"matchLabels": {"name": "store"}}}], "want": set()},
		"any namespace": {"peers": [{"namespaceSelector": {}}], "want": set()},
		"addresses": {"peers": [_db, {"ipBlock": {"cidr": "10.0.0.0/8"}}], "want": set()},
		"no peers": {"peers": [], "want": set()},
		"no peer": {"peers": ["db"], "want": set()},
	}
	policy := _policy({"egress": [{"to": example.peers}]})
	found := {admitted | admitted := destination.pods(3, "Egress", 0)} with input as {"resources": array.concat(_pods, [policy])}
	found == example.want
}

test_serves if {
	resources := {"resources": array.concat(_pods, [_service])}
	every number in [8080, 9000, 7000] { destination.serves(0, "TCP", number) with input as resources }
	every number in [80, 81, 53] { not destination.serves(0, "TCP", number) with input as resources }
	destination.serves(0, "UDP", 53) with input as resources
	every number in [8080, 9000, 7000] { not destination.serves(0, "UDP", number) with input as resources }
	not destination.serves(1, "TCP", 7000) with input as resources
	count(destination.services(0)) == 2 with input as resources
	destination.services(2) == set() with input as resources
}
