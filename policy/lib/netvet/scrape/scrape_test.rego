package lib.netvet.scrape_test

import data.lib.netvet.scrape

_pod(namespace, annotations) := {
	"apiVersion": "v1",
	"kind": "Pod",
	"metadata": {"name": "web", "namespace": namespace, "labels": {"app": "web"}, "annotations": annotations},
	"spec": {"containers": [{"ports": [{"name": "metrics", "containerPort": 9090}]}]},
}

_service(annotations) := {
	"apiVersion": "v1",
	"kind": "Service",
	"metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"}, "annotations": annotations},
	"spec": {"selector": {"app": "web"}, "ports": [{"name": "web", "port": 80, "targetPort": 8080}, {"name": "prom", "port": 9000, "targetPort": "metrics"}]},
}

_monitor(kind, spec) := {
	"apiVersion": "monitoring.coreos.com/v1",
	"kind": kind,
	"metadata": {"name": "web", "namespace": "shop"},
	"spec": object.union({"selector": {"matchLabels": {"app": "web"}}}, spec),
}

_resources(monitor) := {"resources": [_pod("shop", {}), _pod("store", {}), _service({}), monitor]}

test_service_monitor[name] if {
	some name, example in {
		"port": {"spec": {"endpoints": [{"port": "prom"}]}, "want": {["port", 0, 9090]}},
		"port of the pods": {"spec": {"endpoints": [{"targetPort": "metrics"}, {"targetPort": 8080}]}, "want": {["targetPort", 0, 9090], ["targetPort", 0, 8080]}},
		"unknown port": {"spec": {"endpoints": [{"port": "metrics"}, {"targetPort": 80}]}, "want": set()},
		"other Services": {"spec": {"selector": {"matchLabels": {"app": "db"}}, "endpoints": [{"port": "prom"}]}, "want": set()},
		"named namespace": {"spec": {"namespaceSelector": {"matchNames": ["shop"]}, "endpoints": [{"port": "prom"}]}, "want": {["port", 0, 9090]}},
		"another namespace": {"spec": {"namespaceSelector": {"matchNames": ["store"]}, "endpoints": [{"port": "prom"}]}, "want": set()},
		"any namespace": {"spec": {"namespaceSelector": {"any": true}, "endpoints": [{"port": "prom"}]}, "want": {["port", 0, 9090]}},
	}
	found := {[row[1][3], row[2], row[3]] | some row in scrape.targets} with input as _resources(_monitor("ServiceMonitor", example.spec))
	found == example.want
}

test_pod_monitor[name] if {
	some name, example in {
		"by name": {"spec": {"podMetricsEndpoints": [{"port": "metrics"}]}, "want": {["port", 0, 9090]}},
		"by number": {"spec": {"podMetricsEndpoints": [{"portNumber": 7}, {"targetPort": 8}]}, "want": {["portNumber", 0, 7], ["targetPort", 0, 8]}},
		"unknown": {"spec": {"podMetricsEndpoints": [{"port": "web"}]}, "want": set()},
		"other pods": {"spec": {"selector": {"matchLabels": {"app": "db"}}, "podMetricsEndpoints": [{"port": "metrics"}]}, "want": set()},
		"another namespace": {"spec": {"namespaceSelector": {"matchNames": ["store"]}, "podMetricsEndpoints": [{"port": "metrics"}]}, "want": {["port", 1, 9090]}},
		"any namespace": {"spec": {"namespaceSelector": {"any": true}, "podMetricsEndpoints": [{"port": "metrics"}]}, "want": {["port", 0, 9090], ["port", 1, 9090]}},
	}
	found := {[row[1][3], row[2], row[3]] | some row in scrape.targets} with input as _resources(_monitor("PodMonitor", example.spec))
	found == example.want
}

test_other_monitors if {
	monitor := object.union(_monitor("PodMonitor", {"podMetricsEndpoints": [{"port": "metrics"}]}), {"apiVersion": "example.com/v1"})
	scrape.targets == [] with input as _resources(monitor)
}

_yes := {"prometheus.io/scrape": "true", "prometheus.io/port": "9090"}

test_annotations[name] if {
	some name, example in {
		"both": {"annotations": _yes, "want": 1},
		"not to be read": {"annotations": {"prometheus.io/scrape": "false", "prometheus.io/port": "9090"}, "want": 0},
		"a port alone": {"annotations": {"prometheus.io/port": "9090"}, "want": 0},
		"no number": {"annotations": {"prometheus.io/scrape": "true", "prometheus.io/port": "metrics"}, "want": 0},
		"in a mesh": {"annotations": object.union(_yes, {"sidecar.istio.io/inject": "true"}), "want": 0},
	}
	count(scrape.targets) == example.want with input as {"resources": [_pod("shop", example.annotations)]}
}

test_places_of_annotations if {
	scrape.targets == [[0, ["metadata", "annotations", "prometheus.io/port"], 0, 9090]] with input as {"resources": [_pod("shop", _yes)]}
	scrape.targets == [[1, ["metadata", "annotations", "prometheus.io/port"], 0, 9090]] with input as {"resources": [_pod("shop", {}), _service(_yes)]}
	scrape.targets == [] with input as {"resources": [_pod("shop", {"sidecar.istio.io/inject": "true"}), _service(_yes)]}
}

test_ports if {
	scrape.ports == {0: {9090, 8080}} with input as _resources(_monitor("ServiceMonitor", {"endpoints": [{"port": "prom"}, {"port": "web"}]}))
}
