package lib.netvet.pair_test

import data.lib.netvet.pair

_prometheus := {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "prometheus"}}}

_monitoring := {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}

_both := object.union(_monitoring, _prometheus)

test_in_order[name] if {
	some name, peers in {
		"other order": [_prometheus, _monitoring],
		"one peer": [_both],
		"none": [],
		"three": [_monitoring, _prometheus, _prometheus],
		"two of pods": [_prometheus, _prometheus],
		"both selectors in the second": [_monitoring, _both],
		"both selectors in the first": [_both, _prometheus],
		"every pod": [_monitoring, {"podSelector": {}}],
		"every pod, spelled out": [_monitoring, {"podSelector": {"matchLabels": {}, "matchExpressions": null}}],
		"no selectors": [{"namespaceSelector": "monitoring"}, _prometheus],
		"no objects": ["monitoring", 5],
		"block": [_monitoring, {"ipBlock": {"cidr": "192.0.2.0/24"}}],
	}
	not pair.in_order({"peers": peers})
}

test_in_order_is_one_peer if pair.in_order({"peers": [_monitoring, _prometheus]}) == _both

test_either if {
	pair.either({"peers": [_monitoring, _prometheus]}) == _both
	pair.either({"peers": [_prometheus, _monitoring]}) == _both
	not pair.either({"peers": [_prometheus, _prometheus]})
	not pair.either({"peers": [_prometheus, _monitoring, _monitoring]})
}

test_known if {
	pair.known({"peers": [_monitoring, _prometheus]}, "shop") == _both
	pair.known({"peers": [_prometheus, _monitoring]}, "shop") == _both
	pair.known({"peers": [_prometheus, {"namespaceSelector": {}}]}, "shop")
	pair.known({"peers": [{"namespaceSelector": {"matchLabels": {"team": "monitoring"}}}, _prometheus]}, "shop")
	not pair.known({"peers": [{"namespaceSelector": {"matchLabels": {"team": "shop"}}}, _prometheus]}, "shop")
	not pair.known({"peers": [_monitoring, {"podSelector": {"matchLabels": {"app": "web"}}}]}, "shop")
	not pair.known({"peers": [_monitoring, _prometheus]}, "monitoring")
}

test_asks if {
	listed := {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "api"]}]}
	pair.asks(listed, ["app", "web"])
	pair.asks({"matchLabels": {"app": "web"}}, ["app", "web"])
	not pair.asks(listed, ["app", "db"])
	not pair.asks(listed, ["tier", "web"])
	not pair.asks({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}, ["app", "web"])
}
