package netvet.rules.metrics_scrape_blocked_test

import data.netvet.rules.metrics_scrape_blocked

_policy(spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": object.union({"podSelector": {}, "policyTypes": ["Ingress"]}, spec),
}

_pod(metadata, spec) := {
	"apiVersion": "v1",
	"kind": "Pod",
	"metadata": object.union({"name": "web", "namespace": "shop", "labels": {"app": "web"}}, metadata),
	"spec": object.union({"containers": [{"ports": [{"name": "metrics", "containerPort": 9090}]}]}, spec),
}

_annotated := _pod({"annotations": {"prometheus.io/scrape": "true", "prometheus.io/port": "9090"}}, {})

_count := count(metrics_scrape_blocked.violation)

test_rules[name] if {
	some name, example in {
		"deny": {"spec": {}, "want": 1},
		"another port": {"spec": {"ingress": [{"ports": [{"port": 80}]}]}, "want": 1},
		"another protocol": {"spec": {"ingress": [{"ports": [{"port": 9090, "protocol": "UDP"}]}]}, "want": 1},
		"the port": {"spec": {"ingress": [{"ports": [{"port": 9090}]}]}, "want": 0},
		"its name": {"spec": {"ingress": [{"ports": [{"port": "metrics"}]}]}, "want": 0},
		"somebody, on every port": {"spec": {"ingress": [{"from": [{"podSelector": {}}]}]}, "want": 0},
		"other pods": {"spec": {"podSelector": {"matchLabels": {"app": "db"}}}, "want": 0},
		"egress": {"spec": {"policyTypes": ["Egress"]}, "want": 0},
	}
	_count == example.want with input as {"resources": [_policy(example.spec), _annotated]}
}

test_mesh if {
	resources := [_policy({"ingress": [{"ports": [{"port": 15008}]}]}), _pod(
		{
			"labels": {"istio.io/dataplane-mode": "ambient"},
			"annotations": _annotated.metadata.annotations,
		},
		{},
	)]
	_count == 0 with input as {"resources": resources}
	_count == 1 with input as {"resources": [resources[0], _annotated]}
}

test_host_network if _count == 0 with input as {"resources": [_policy({}), object.union(_annotated, {"spec": {"hostNetwork": true}})]}

# One finding for an endpoint, whose pods are many.
test_endpoint if {
	monitor := {
		"apiVersion": "monitoring.coreos.com/v1",
		"kind": "PodMonitor",
		"metadata": {"name": "web", "namespace": "shop"},
		"spec": {"selector": {}, "podMetricsEndpoints": [{"port": "metrics"}, {"port": "metrics"}]},
	}
	open := object.union(_policy({"podSelector": {"matchLabels": {"tier": "front"}}, "ingress": [{}]}), {"metadata": {"name": "b"}})
	resources := [_policy({}), open, _pod({"name": "b"}, {}), _pod({"name": "a"}, {}), _pod({"name": "c", "labels": {"tier": "front"}}, {}), monitor]
	found := {[fault.details.path, fault.msg] | some fault in metrics_scrape_blocked.violation} with input as {"resources": resources}
	text := "has metrics read from TCP 9090 of Pod shop/a and 1 more, but a isolates its ingress, and no rule opens the port to anybody"
	found == {[["spec", "podMetricsEndpoints", 0, "port"], text], [["spec", "podMetricsEndpoints", 1, "port"], text]}
}

test_sight if {
	resources := [_policy({}), _annotated]
	_count == 1 with input as {"resources": resources}
	_count == 0 with input as {"resources": resources, "sight": "fragment"}
	_count == 0 with input as {"resources": resources, "scope": [0]}
	_count == 0 with input as {"resources": [_annotated], "sight": "document"}
	_count == 0 with input as _annotated
}

test_remedy if {
	some fault in metrics_scrape_blocked.violation with input as {"resources": [_policy({}), _annotated]}
	contains(fault.details.remediation, "port: 9090")
}
