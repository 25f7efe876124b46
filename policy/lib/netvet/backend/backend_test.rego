package lib.netvet.backend_test

import data.lib.netvet.backend

_object(api_version, kind, spec) := {"apiVersion": api_version, "kind": kind, "metadata": {"name": "web", "namespace": "shop"}, "spec": spec}

_ingress(spec) := _object("networking.k8s.io/v1", "Ingress", spec)

_to(port) := {"service": {"name": "web", "port": port}}

test_references[name] if {
	some name, example in {
		"Ingress": {
			"object": _ingress({"defaultBackend": _to({"number": 80}), "rules": [{"host": "a"}, {"http": {"paths": [{"backend": _to({"name": "http"})}]}}]}),
			"want": {
				[["spec", "defaultBackend", "service"], ["shop", "web"], 80, "controller"],
				[["spec", "rules", 1, "http", "paths", 0, "backend", "service"], ["shop", "web"], "http", "controller"],
			},
		},
		"Ingress by rules alone": {
			"object": _ingress({"rules": [{"http": {"paths": [{"backend": _to({"name": "http"})}]}}]}),
			"want": {[["spec", "rules", 0, "http", "paths", 0, "backend", "service"], ["shop", "web"], "http", "controller"]},
		},
		"Ingress to something else": {"object": _ingress({"defaultBackend": {"resource": {"kind": "Bucket"}}}), "want": set()},
		"Ingress by a load balancer": {
			"object": _ingress({"ingressClassName": "alb", "defaultBackend": _to({"number": 80})}),
			"want": {[["spec", "defaultBackend", "service"], ["shop", "web"], 80, "outside"]},
		},
		"another Ingress": {"object": _object("example.com/v1", "Ingress", {"defaultBackend": _to({"number": 80})}), "want": set()},
		"route": {
			"object": _object("gateway.networking.k8s.io/v1", "HTTPRoute", {"parentRefs": [{"name": "gateway"}], "rules": [
				{},
				{"backendRefs": [{"kind": "Other", "name": "a", "port": 1}, {"name": "web", "port": 80}, {"name": "web", "namespace": "store", "port": 81}]},
			]}),
			"want": {
				[["spec", "rules", 1, "backendRefs", 1], ["shop", "web"], 80, "controller"],
				[["spec", "rules", 1, "backendRefs", 2], ["store", "web"], 81, "controller"],
			},
		},
		"route of a mesh": {
			"object": _object("gateway.networking.k8s.io/v1", "GRPCRoute", {
				"parentRefs": [{"kind": "Service", "name": "web"}],
				"rules": [{"backendRefs": [{"name": "web", "port": 80}]}],
			}),
			"want": set(),
		},
		"another route": {"object": _object("example.com/v1", "TCPRoute", {"rules": [{"backendRefs": [{"name": "web", "port": 80}]}]}), "want": set()},
		"OpenShift": {
			"object": _object("route.openshift.io/v1", "Route", {
				"port": {"targetPort": "http"},
				"to": {"kind": "Service", "name": "web"},
				"alternateBackends": [{"kind": "Service", "name": "green"}, {"kind": "Other", "name": "red"}],
			}),
			"want": {
				[["spec", "to"], ["shop", "web"], "http", "controller"],
				[["spec", "alternateBackends", 0], ["shop", "green"], "http", "controller"],
			},
		},
		"OpenShift on every port": {
			"object": _object("route.openshift.io/v1", "Route", {"to": {"kind": "Service", "name": "web"}, "alternateBackends": []}),
			"want": {[["spec", "to"], ["shop", "web"], "", "controller"]},
		},
		"another Route": {"object": _object("serving.knative.dev/v1", "Route", {"to": {"name": "web"}, "alternateBackends": []}), "want": set()},
	}
	found := {array.slice(row, 1, 5) | some row in backend.references} with input as {"resources": [example.object]}
	found == example.want
}

test_references_of_services[name] if {
	some name, example in {
		"load balancer": {
			"object": _object("v1", "Service", {"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": 80}, {"port": 81}]}),
			"want": {[["spec", "ports", 0], ["shop", "web"], 80, "outside"], [["spec", "ports", 1], ["shop", "web"], 81, "outside"]},
		},
		"node port": {
			"object": _object("v1", "Service", {"type": "NodePort", "selector": {"app": "web"}, "ports": [{"port": 80}]}),
			"want": {[["spec", "ports", 0], ["shop", "web"], 80, "outside"]},
		},
		"within the cluster": {"object": _object("v1", "Service", {"type": "ClusterIP", "selector": {"app": "web"}, "ports": [{"port": 80}]}), "want": set()},
	}
	found := {array.slice(row, 1, 5) | some row in backend.references} with input as {"resources": [example.object]}
	found == example.want
}

test_pods[name] if {
	some name, example in {
		"by number": {"wanted": 80, "want": {[1, 8080]}},
		"by name": {"wanted": "admin", "want": {[1, 9000]}},
		"by the port of the pods": {"wanted": "http", "want": {[1, 8080]}},
		"all": {"wanted": "", "want": {[1, 8080], [1, 9000]}},
		"none": {"wanted": 82, "want": set()},
	}
	ports := [{"port": 80, "targetPort": "http"}, {"name": "admin", "port": 81, "targetPort": 9000}]
	service := _object("v1", "Service", {"selector": {"app": "web"}, "ports": ports})
	pod := _pod("shop", {"app": "web"}, "web")
	node := object.union(pod, {"spec": {"hostNetwork": true}})
	found := {[w, number] | some [w, _, number] in backend.pods(["shop", "web"], example.wanted)} with input as {"resources": [service, pod, node]}
	found == example.want
}

_pod(namespace, labels, image) := {
	"apiVersion": "v1",
	"kind": "Pod",
	"metadata": {"name": "a", "namespace": namespace, "labels": labels},
	"spec": {"containers": [{"image": image, "ports": [{"name": "http", "containerPort": 8080}]}]},
}

_named(name) := {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}

_labelled(peer, labels) := object.union(peer, {"podSelector": {"matchLabels": labels}})

# Whom peers leave in.
test_admits[name] if {
	some name, example in {
		"anybody": {"peers": [], "want": {"controller", "outside"}},
		"addresses": {"peers": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "want": {"controller", "outside"}},
		"any namespace": {"peers": [{"namespaceSelector": {}}], "want": {"controller"}},
		"a namespace out of sight": {"peers": [_named("edge")], "want": {"controller"}},
		"a namespace by a label": {"peers": [{"namespaceSelector": {"matchLabels": {"team": "a"}}}], "want": {"controller"}},
		"a namespace in sight": {"peers": [_named("store")], "want": set()},
		"a controller in sight": {"peers": [_named("front")], "want": {"controller"}},
		"not the controller in sight": {"peers": [_labelled(_named("front"), {"app": "other"})], "want": set()},
		"a name that says so": {"peers": [_labelled(_named("store"), {"app": "ingress-nginx"})], "want": {"controller"}},
		"known for something else": {"peers": [_labelled({"namespaceSelector": {}}, {"app": "prometheus"})], "want": set()},
		"own namespace": {"peers": [{"podSelector": {}}], "want": set()},
		"pods of one's own": {"peers": [_labelled({}, {"app": "api"})], "want": set()},
		"a gateway of one's own": {"peers": [_labelled({}, {"app": "gateway"})], "want": {"controller"}},
		"refused": {"peers": ["web"], "want": set()},
		"one of two": {"peers": [{"podSelector": {}}, _named("edge")], "want": {"controller"}},
	}
	found := {source | some source in {"controller", "outside"}; backend.admits(example.peers, "shop", source)} with input as {"resources": [
		_pod("shop", {"app": "web"}, "nginx"),
		_pod("store", {"app": "db"}, "postgres"),
		_pod("front", {"app": "front"}, "docker.io/library/traefik:v3"),
	]}
	found == example.want
}

# By its name or its labels, or the namespace's.
test_in_front if {
	backend.admits([{"podSelector": {}}], "shop", "controller") with input as {"resources": [_pod("shop", {"app": "envoy"}, "a")]}
	backend.admits([{"podSelector": {}}], "shop", "controller") with input as {"resources": [json.patch(_pod("shop", {}, "a"), [
		{"op": "replace", "path": "/metadata/name", "value": "Router"},
	])]}
	backend.admits([{"podSelector": {}}], "istio-ingress", "controller") with input as {"resources": [_pod("istio-ingress", {"app": "web"}, "a")]}
	not backend.admits([{"podSelector": {}}], "shop", "controller") with input as {"resources": [_pod("shop", {"app": "web"}, "a")]}
}
