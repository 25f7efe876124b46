package lib.netvet.grant_test

import data.lib.netvet.grant

_policy(name, spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": name, "namespace": "shop"},
	"spec": spec,
}

_app(app) := {"matchLabels": {"app": app}}

_out(pods, peers) := _policy("out", {"podSelector": pods, "policyTypes": ["Egress"], "egress": [{"to": peers}]})

_pod(name, labels) := {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop", "labels": labels}, "spec": {}}

_crowd := [_out(_app(sprintf("other-%d", [n])), [{"podSelector": _app("web")}]) | some n in numbers.range(1, 9)]

_asked := {group[1] | some group in grant.candidates(["shop", _app("api")], "Egress", ["shop", _app("web")])}

_among_the_crowd(resources) := {"resources": array.concat(resources, _crowd)}

# Whoever may select the api pods is among the candidates, and of the nine that cannot, none.
test_by_whom_they_select[name] if {
	some name, [selector, pods, found] in {
		"the label": [_app("api"), [], true],
		"the label among others": [{"matchLabels": {"app": "api", "tier": "back"}}, [], true],
		"one of several values": [{"matchExpressions": [{"key": "app", "operator": "In", "values": ["api", "mail"]}]}, [], true],
		"another value": [_app("mail"), [], false],
		"another key": [{"matchLabels": {"tier": "back"}}, [], true],
		"every pod": [{}, [], true],
		"a label that the pod in sight carries": [{"matchLabels": {"tier": "back"}}, [_pod("api", {"app": "api", "tier": "back"})], true],
		"a label that it does not carry": [{"matchLabels": {"tier": "top"}}, [_pod("api", {"app": "api", "tier": "back"})], false],
	}
	resources := array.concat([_out(selector, [{"podSelector": _app("web")}])], pods)
	_asked == {selector | found} with input as _among_the_crowd(resources)
}

# Where whoever asks is any pod, it is gone by whom the policies admit.
test_by_whom_they_admit[name] if {
	some name, [peers, found] in {
		"the label": [[{"podSelector": _app("web")}], true],
		"another label": [[{"podSelector": _app("db")}], false],
		"another key": [[{"podSelector": {"matchLabels": {"tier": "front"}}}], true],
		"its namespace by name": [[{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}}], true],
		"another namespace": [[{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "mail"}}}], false],
		"namespaces by another label": [[{"namespaceSelector": {"matchLabels": {"team": "a"}}}], true],
		"addresses": [[{"ipBlock": {"cidr": "10.0.0.0/8"}}], true],
		"anybody": [[], true],
	}
	resources := [
		_out(_app("api"), peers),
		_out(_app("mail"), [{"podSelector": _app("db")}]),
	]
	groups := grant.candidates(["shop", {}], "Egress", ["shop", _app("web")]) with input as {"resources": resources}
	{group[1] | some group in groups} == {_app("api") | found}
}

test_each_direction_is_apart if {
	admitting := _policy("in", {"podSelector": _app("api"), "policyTypes": ["Ingress"], "ingress": [{}]})
	_asked == set() with input as _among_the_crowd([admitting])
}
