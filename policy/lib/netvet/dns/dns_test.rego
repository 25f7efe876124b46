package lib.netvet.dns_test

import data.lib.netvet.dns

_kube_dns := {"podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}

_coredns := {"podSelector": {"matchLabels": {"app": "coredns"}}}

_in(peer, name) := object.union(peer, {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}})

_called(peer, name) := object.union(peer, {"namespaceSelector": {"matchLabels": {"name": name}}})

_labelled(peer) := object.union(peer, {"namespaceSelector": {"matchLabels": {"team": "platform"}}})

_block(block) := {"ipBlock": {"cidr": block}}

_both := [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]

_rule(peers) := {"peers": peers, "ports": _both}

_policy(name, selector, rules) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": name, "namespace": "shop"},
	"spec": {"podSelector": selector, "policyTypes": ["Egress"], "egress": rules},
}

_pod(namespace, name, labels) := {
	"apiVersion": "v1",
	"kind": "Pod",
	"metadata": {"name": name, "namespace": namespace, "labels": labels},
}

_kube_system(labels) := {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system", "labels": labels}}

_upstream := {"namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}, "port": 53}

_openshift := {"namespace": "openshift-dns", "labels": {"dns.operator.openshift.io/daemonset-dns": "default"}, "port": 5353}

_nothing := {"resources": []}

_dns_in_sight := {"resources": [_pod("kube-system", "coredns", {"k8s-app": "kube-dns", "app": "dns"}), _kube_system({})]}

_openshift_in_sight := {"resources": [_pod("openshift-dns", "a", _openshift.labels), _pod("openshift-dns", "b", _openshift.labels)]}

test_servers if {
	dns.servers == {_upstream, _openshift} with input as _nothing
	dns.servers == {_upstream} with input as _dns_in_sight
	dns.servers == {_openshift} with input as object.union(_dns_in_sight, {"parameters": {"platform": ["openshift"]}})
	dns.servers == {_upstream, _openshift} with input as object.union(_dns_in_sight, {"sight": "fragment"})
}

test_admits[name] if {
	some name, example in {
		"namespace and label": {"rule": _rule([_in(_kube_dns, "kube-system")])},
		"namespace": {"rule": _rule([_in({}, "kube-system")])},
		"another label": {"rule": _rule([_in(_coredns, "kube-system")]), "input": _nothing},
		"another label of the pod in sight": {"rule": _rule([_in({"podSelector": {"matchLabels": {"app": "dns"}}}, "kube-system")])},
		"whose label nobody knows": {"rule": _rule([_labelled({})]), "input": _nothing},
		"anybody": {"rule": _rule([])},
		"one of several": {"rule": _rule([_kube_dns, _in({}, "kube-system")])},
		"everything": {"rule": {"peers": [], "ports": []}},
		"all of a namespace that may be it": {"rule": {"peers": [_called({}, "kube-system")], "ports": []}, "input": _nothing},
		"named port": {"rule": {"peers": [_in({}, "kube-system")], "ports": [{"protocol": "UDP", "port": "dns"}]}},
		"named port of the Helm chart": {"rule": {"peers": [_in({}, "kube-system")], "ports": [{"protocol": "UDP", "port": "udp-53"}]}},
		"range of ports": {"rule": {"peers": [_in({}, "kube-system")], "ports": [{"protocol": "UDP", "port": 1, "endPort": 53}]}},
		"all ports of the protocol": {"rule": {"peers": [_in({}, "kube-system")], "ports": [{"protocol": "UDP"}]}},
		"any namespace": {"rule": {"peers": [{"namespaceSelector": {}}], "ports": []}},
		"OpenShift's port": {"rule": {"peers": [_in({}, "openshift-dns")], "ports": [{"protocol": "UDP", "port": 5353}]}, "input": _nothing},
		"IPv6": {"rule": _rule([_block("::/0")])},
		"half a private range left": {"rule": _rule([{"ipBlock": {
			"cidr": "0.0.0.0/0",
			"except": ["10.0.0.0/9", "172.16.0.0/12", "192.168.0.0/16"],
		}}])},
		"private range": {"rule": _rule([_block("0.0.0.0/0")])},
		"private range on every port": {"rule": {"peers": [_block("10.0.0.0/8")], "ports": []}},
		"one private range left": {"rule": _rule([{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}])},
		"an address": {"rule": _rule([_block("10.1.2.3/32")])},
		"the address of the Service on every port": {"rule": {"peers": [_block("10.96.0.10/32")], "ports": []}},
		"node-local on every port": {"rule": {"peers": [_block("169.254.20.10/32")], "ports": []}},
		"cache on the address of the Service": {
			"rule": _rule([_in({}, "openshift-dns"), _block("172.30.0.10/32")]),
			"input": {"resources": [], "parameters": {"platform": ["node-local-dns"]}},
		},
		"node-local": {"rule": _rule([_block("169.254.20.10/32")]), "input": {"resources": [], "parameters": {"platform": ["cilium"]}}},
	}
	dns.admits(example.rule, "shop", "UDP") with input as object.get(example, "input", _dns_in_sight)
}

test_admits_no[name] if {
	some name, example in {
		"own namespace": {"rule": _rule([_kube_dns]), "input": _nothing},
		"another namespace": {"rule": _rule([_in(_kube_dns, "dns")]), "input": _nothing},
		"a label that it lacks": {"rule": _rule([_in(_coredns, "kube-system")])},
		"a namespace that lacks the label": {"rule": _rule([_called({}, "kube-system")])},
		"TCP": {"rule": {"peers": [], "ports": [{"port": 53}]}},
		"another port": {"rule": {"peers": [], "ports": [{"protocol": "UDP", "port": 5353}]}},
		"all ports of some namespace": {"rule": {"peers": [_labelled({})], "ports": []}, "input": _nothing},
		"all ports of some pods": {"rule": {"peers": [_in(_coredns, "kube-system")], "ports": []}, "input": _nothing},
		"port before the range": {"rule": {"peers": [], "ports": [{"protocol": "UDP", "port": 54, "endPort": 60}]}},
		"another name": {"rule": {"peers": [], "ports": [{"protocol": "UDP", "port": "dns-tcp"}, {"protocol": "UDP", "port": "syslog"}]}},
		"OpenShift's port elsewhere": {
			"rule": {"peers": [], "ports": [{"protocol": "UDP", "port": 5353}]},
			"input": {"resources": [], "parameters": {"platform": ["eks"]}},
		},
		"no private range left, by halves": {"rule": _rule([{"ipBlock": {
			"cidr": "0.0.0.0/0",
			"except": ["10.0.0.0/9", "10.128.0.0/9", "172.16.0.0/12", "192.168.0.0/16"],
		}}])},
		"malformed": {"rule": {"peers": [{"ipBlock": "10.0.0.0/8"}, {"ipBlock": {"cidr": 10}}, {"podSelector": "kube-dns"}, 7], "ports": _both}},
		"malformed ports": {"rule": {"peers": [], "ports": [53, {"protocol": 17, "port": 53}, {"protocol": "UDP", "port": [53]}]}},
		"every port of an address": {"rule": {"peers": [_block("10.1.2.3/32")], "ports": []}},
		"every port of an IPv6 address": {"rule": {"peers": [_block("fd00::7/128")], "ports": []}},
		"the address of the Service": {"rule": _rule([_block("10.96.0.10/32")])},
		"the address of the Service, and pods that listen on another port": {
			"rule": _rule([_in({}, "openshift-dns"), _block("172.30.0.10/32")]),
			"input": _nothing,
		},
		"public address": {"rule": _rule([_block("203.0.113.53/32")])},
		"no private range left": {"rule": _rule([{"ipBlock": {
			"cidr": "0.0.0.0/0",
			"except": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
		}}])},
		"blocks match no pods": {"rule": _rule([_block("0.0.0.0/0")]), "input": {"resources": [], "parameters": {"platform": ["cilium"]}}},
		"no object": {"rule": _rule(["kube-dns"])},
	}
	not dns.admits(example.rule, "shop", "UDP") with input as object.get(example, "input", _dns_in_sight)
}

test_own_namespace_is_that_of_dns if {
	dns.admits(_rule([_kube_dns]), "kube-system", "UDP") with input as _dns_in_sight
}

test_inert[name] if {
	some name, example in {
		"own namespace": {"peers": [_kube_dns], "want": {0: "pods"}, "input": _nothing},
		"another namespace": {"peers": [_in(_kube_dns, "dns")], "want": {0: "pods"}, "input": _nothing},
		"beside a resolver of one's own": {"peers": [_coredns, _kube_dns], "want": {1: "pods"}, "input": _nothing},
		"a label that it lacks": {"peers": [_in(_coredns, "kube-system")], "want": {0: "pods"}},
		"of a platform that is not": {"peers": [_in({}, "openshift-dns")], "want": {0: "pods"}},
		"usual address": {"peers": [_block("10.96.0.10/32")], "want": {0: "service"}},
		"address of a Service in sight": {"peers": [_block("10.0.0.53/32"), _block("fd00:0::35/128")], "want": {0: "service", 1: "service"}},
		"found": {"peers": [_in(_kube_dns, "kube-system")], "want": {}},
		"one found": {"peers": [_block("10.96.0.10/32"), _kube_dns, _in({}, "kube-system")], "want": {}},
		"anybody": {"peers": [], "want": {}},
		"network of the Service": {"peers": [_block("10.96.0.0/12")], "want": {}},
		"resolver of one's own": {"peers": [_coredns], "want": {}},
		"told by or-peers": {"peers": [_labelled({}), _kube_dns], "want": {}},
		"told by namespace-label": {"peers": [_called({}, "kube-system"), _coredns, _kube_dns], "want": {}},
		"cache on the node": {
			"peers": [_block("10.96.0.10/32")],
			"want": {},
			"input": {"resources": [], "parameters": {"platform": ["node-local-dns"]}},
		},
	}
	services := [
		{
			"apiVersion": "v1",
			"kind": "Service",
			"metadata": {"name": "kube-dns", "namespace": "kube-system"},
			"spec": {"selector": {"k8s-app": "kube-dns"}, "clusterIP": "10.0.0.53", "clusterIPs": ["10.0.0.53", "fd00::35"]},
		},
		{
			"apiVersion": "v1",
			"kind": "Service",
			"metadata": {"name": "headless", "namespace": "kube-system"},
			"spec": {"selector": {"k8s-app": "kube-dns"}, "clusterIP": "None"},
		},
	]
	in_sight := {"resources": array.concat(_dns_in_sight.resources, services)}
	dns.inert(_rule(example.peers), "shop") == example.want with input as object.get(example, "input", in_sight)
}

# A cache on the node may answer by the labels of its pods.
test_cache_could_be_dns if {
	cache := {"podSelector": {"matchLabels": {"k8s-app": "node-local-dns"}}}
	dns.could_be(object.union(cache, _in({}, "kube-system")), "shop", _upstream) with input as _dns_in_sight
	not dns.could_be(object.union(_coredns, _in({}, "kube-system")), "shop", _upstream) with input as _dns_in_sight
	not dns.could_be(object.union(cache, _in({}, "openshift-dns")), "shop", _openshift) with input as _openshift_in_sight
}

test_what_lets_pods_ask if {
	dns.peers(_upstream) == [_in(_kube_dns, "kube-system")] with input as _nothing
	dns.ports(_openshift) == [{"protocol": "UDP", "port": 5353}, {"protocol": "TCP", "port": 5353}]
	dns.server == _upstream with input as _nothing
	dns.server == _openshift with input as _openshift_in_sight
	dns.server == _openshift with input as {"resources": [], "parameters": {"platform": ["openshift"]}}
	cached := {"resources": [], "parameters": {"platform": ["node-local-dns"]}}
	dns.peers(_upstream) == [_in(_kube_dns, "kube-system"), _block("169.254.20.10/32")] with input as cached
}

test_inert_is_for_dns_ports if {
	dns.inert({"peers": [_kube_dns], "ports": [{"port": 9153}]}, "shop") == {} with input as _nothing
	dns.inert({"peers": [_kube_dns], "ports": []}, "shop") == {} with input as _nothing
}

test_apart[name] if {
	some name, example in {
		"named": {"peers": [_in({}, "kube-system"), _kube_dns], "ports": [], "want": true},
		"named otherwise, in the other order": {"peers": [_kube_dns, _called({}, "kube-system")], "ports": [], "want": true},
		"any namespace": {"peers": [{"namespaceSelector": {}}, _kube_dns], "ports": [], "want": true},
		"by the port": {"peers": [_labelled({}), _kube_dns], "ports": _both, "want": true},
		"another port": {"peers": [_labelled({}), _kube_dns], "ports": [{"port": 80}], "want": false},
		"another namespace": {"peers": [_in({}, "backend"), _kube_dns], "ports": _both, "want": false},
		"another label": {"peers": [_labelled({}), _coredns], "ports": _both, "want": false},
	}
	found := {true | dns.apart(example, "shop")} with input as _nothing
	found == {true | example.want}
}

test_apart_in_the_namespace_of_dns if not dns.apart(_rule([_in({}, "kube-system"), _kube_dns]), "kube-system")

test_misses if {
	dns.misses(_rule([_labelled({}), _kube_dns]), "shop", "UDP") with input as _nothing
	dns.misses(_rule([_kube_dns]), "shop", "TCP") with input as _nothing
	dns.misses({"peers": [_called({}, "kube-system")], "ports": []}, "shop", "UDP") with input as _dns_in_sight
	not dns.misses({"peers": [_called(_coredns, "kube-system")], "ports": []}, "shop", "UDP") with input as _dns_in_sight
	not dns.misses({"peers": [_kube_dns], "ports": [{"port": 53}]}, "shop", "UDP") with input as _nothing
	dns.misses(_rule([_block("10.96.0.10/32")]), "shop", "UDP") with input as _nothing
	not dns.misses(_rule([_in({}, "openshift-dns"), _block("172.30.0.10/32")]), "shop", "UDP") with input as _nothing
	not dns.misses(_rule([_in({}, "kube-system")]), "shop", "UDP") with input as _nothing
	not dns.misses(_rule([_called({}, "kube-system")]), "shop", "UDP") with input as {"resources": [_kube_system({"name": "kube-system"})]}
}

_web := {"matchLabels": {"app": "web"}}

_egress(peers) := [{"to": peers, "ports": _both}]

_off_port := _egress([_in({}, "openshift-dns")])

test_groups if {
	policies := {"resources": [
		_policy("a", {}, _egress([_in({}, "kube-system")])),
		_policy("b", _web, _egress([_kube_dns])),
		_policy("c", {"matchLabels": {"app": "db"}}, [{"to": [_coredns]}]),
	]}
	dns.granted(["shop", {}], "UDP") with input as policies
	not dns.granted(["shop", _web], "UDP") with input as policies
	dns.misdirected(["shop", _web], "UDP") with input as policies
	not dns.misdirected(["shop", {}], "UDP") with input as policies
	not dns.misdirected(["shop", {"matchLabels": {"app": "db"}}], "UDP") with input as policies
}

test_off_port[name] if {
	some name, example in {
		"OpenShift's pods on the Service's port": {"peer": _in({}, "openshift-dns"), "ports": _both, "want": {_openshift}},
		"others on OpenShift's port": {"peer": _in(_kube_dns, "kube-system"), "ports": [{"protocol": "UDP", "port": 5353}], "want": {_upstream}},
		"TCP": {"peer": _in({}, "kube-system"), "ports": [{"port": 53}], "want": set()},
		"either port": {"peer": _in({}, "openshift-dns"), "ports": array.concat(_both, [{"protocol": "UDP", "port": 5353}]), "want": set()},
		"SCTP": {"peer": _in({}, "kube-system"), "ports": [{"protocol": "SCTP", "port": 53}], "want": set()},
		"not for DNS": {"peer": _in({}, "openshift-dns"), "ports": [{"port": 9154}], "want": set()},
		"any namespace": {"peer": {"namespaceSelector": {}}, "ports": _both, "want": set()},
		"own namespace": {"peer": _kube_dns, "ports": _both, "want": set()},
	}
	policy := _policy("a", _web, [{"to": [example.peer], "ports": example.ports}])
	dns.off_port(["shop", _web]) == example.want with input as {"resources": [policy]}
}

test_lacking[name] if {
	some name, example in {
		"nobody in sight": {"others": [], "want": {"pods with app=web in namespace shop"}},
		"a workload": {"others": [_pod("shop", "x", {"app": "web"})], "want": {"Pod shop/x"}},
		"granted to more pods": {"others": [_policy("b", {}, _egress([_in({}, "kube-system")]))], "want": set()},
		"meant for more pods": {"others": [_policy("b", {}, _egress([_kube_dns]))], "want": set()},
		"meant for more pods, by the wrong port": {"others": [_policy("b", {}, _off_port)], "want": set()},
		"meant for this pod, by the wrong port": {
			"others": [_policy("b", {"matchLabels": {"tier": "front"}}, _off_port), _pod("shop", "x", {"app": "web", "tier": "front"})],
			"want": set(),
		},
		"meant for other pods, by the wrong port": {
			"others": [_policy("b", {"matchLabels": {"app": "db"}}, _off_port)],
			"want": {"pods with app=web in namespace shop"},
		},
		"granted to some": {
			"others": [
				_policy("b", {"matchLabels": {"tier": "front"}}, _egress([_in({}, "kube-system")])),
				_pod("shop", "x", {"app": "web", "tier": "front"}),
				_pod("shop", "y", {"app": "web"}),
			],
			"want": {"Pod shop/y"},
		},
		"workloads without need": {
			"others": [object.union(_pod("shop", "x", {"app": "web"}), {"spec": {"dnsPolicy": "Default"}})],
			"want": set(),
		},
	}
	policy := _policy("a", _web, [{"to": [_coredns]}])
	found := {whom | whom := dns.lacking(["shop", _web], "UDP")} with input as {"resources": array.concat([policy], example.others)}
	found == example.want
}

test_lacking_where_each_has_the_wrong_port if {
	policies := {"resources": [
		_policy("a", _web, _off_port),
		_policy("b", {"matchLabels": {"tier": "front"}}, _off_port),
		_pod("shop", "x", {"app": "web", "tier": "front"}),
	]}
	dns.lacking(["shop", _web], "UDP") == "Pod shop/x" with input as policies
	dns.lacking(["shop", {"matchLabels": {"tier": "front"}}], "UDP") == "Pod shop/x" with input as policies
}

# What the API server refuses of a rule for DNS, or drops, is told by itself.
test_amiss[name] if {
	some name, example in {
		"a protocol": [{"ports": [{"protocol": "udp", "port": 53}]}, true],
		"a port": [{"ports": [{"protocol": "UDP", "port": "53"}]}, true],
		"a field of a port": [{"ports": [{"prot": "UDP", "port": 53}]}, true],
		"a field of a peer": [{"to": [{"podSelector": {}, "namespace": "kube-system"}], "ports": [{"port": 53}]}, true],
		"a field of the rule": [{"too": [], "to": [{"podSelector": {}}], "ports": [{"port": 53}]}, true],
		"no peer": [{"to": [{}], "ports": [{"port": 53}]}, true],
		"a block": [{"to": [{"ipBlock": {"cidr": "10.96.0.10"}}], "ports": [{"port": 53}]}, true],
		"nothing": [{"to": [{"podSelector": {}}], "ports": [{"port": 53}]}, false],
		"another port": [{"ports": [{"protocol": "udp", "port": 80}]}, false],
	}
	[rule, amiss] := example
	count({protocol | some protocol in ["UDP", "TCP"]; dns.misdirected(["shop", {}], protocol)}) == 2 * to_number(amiss) with input as {"resources": [
		_policy("a", {}, [{}, rule]),
		_policy("b", {}, [{"to": [{"from": []}]}]),
	]}
}

test_nobody if {
	dns.nobody == "no policy" with input as {"resources": [], "sight": "set"}
	dns.nobody == "no policy in sight" with input as {"resources": [], "sight": "document"}
	not dns.nobody with input as {"resources": [], "sight": "fragment"}
}

# By what the peers say alone.
test_ever_inert[name] if {
	some name, example in {
		"in the policy's own namespace": {"peer": _kube_dns, "want": true},
		"in another": {"peer": _in(_kube_dns, "dns"), "want": true},
		"another label": {"peer": _in(_coredns, "kube-system"), "want": false},
		"by a label of the namespace": {"peer": _labelled(_kube_dns), "want": false},
		"by a label that somebody may add": {"peer": _called(_coredns, "kube-system"), "want": false},
		"a private range": {"peer": _block("10.0.0.0/8"), "want": false},
		"the address of a Service": {"peer": _block("10.1.2.3/32"), "want": false},
		"the address of its Service by default": {"peer": _block("10.96.0.10/32"), "want": true},
		"a public address": {"peer": _block("8.8.8.8/32"), "want": true},
	}
	every input_ in [_nothing, _dns_in_sight] {
		_true(example.want) == {true | dns.ever_inert(_rule([example.peer]), "shop")} with input as input_
		_true(example.want) == {true | dns.ever_inert(_rule([_kube_dns, example.peer]), "shop")} with input as input_
	}
}

_true(want) := {true | want}

test_ever_inert_in_the_namespace_of_dns if {
	not dns.ever_inert(_rule([_kube_dns]), "kube-system") with input as _nothing
	dns.ever_inert(_rule([_in(_kube_dns, "dns")]), "kube-system") with input as _nothing
	dns.ever_inert(_rule([_block("8.8.8.8/32")]), "kube-system") with input as _nothing
}

# That no namespace has both names is told of the label, until somebody sets it.
test_ever_inert_but_told_otherwise if {
	not dns.ever_inert(_rule([_twice_named("kube-system")]), "shop") with input as _nothing
	dns.ever_inert(_rule([_twice_named("bank")]), "shop") with input as _nothing
}

_twice_named(name) := {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop", "name": name}}}

# Reviewing a policy, its own rule is enough, among the servers that are there.
test_granting[name] if {
	some name, example in {
		"the server": {"rules": [{"to": [_in(_kube_dns, "kube-system")], "ports": _both}], "pods": {"k8s-app": "kube-dns"}, "want": true},
		"one of several peers": {"rules": [{"to": [_coredns, _in(_kube_dns, "kube-system")], "ports": _both}], "pods": {"k8s-app": "kube-dns"}, "want": true},
		"one of several rules": {
			"rules": [{"to": [_coredns], "ports": []}, {"to": [_in(_kube_dns, "kube-system")], "ports": _both}],
			"pods": {"k8s-app": "kube-dns"},
			"want": true,
		},
		"by a label of its pods": {
			"rules": [{"to": [_in(_coredns, "kube-system")], "ports": _both}],
			"pods": {"k8s-app": "kube-dns", "app": "coredns"},
			"want": true,
		},
		"by a label that they have not": {"rules": [{"to": [_in(_coredns, "kube-system")], "ports": _both}], "pods": {"k8s-app": "kube-dns"}, "want": false},
		"another port": {"rules": [{"to": [_in(_kube_dns, "kube-system")], "ports": [{"port": 80}]}], "pods": {"k8s-app": "kube-dns"}, "want": false},
		"the other protocol": {"rules": [{"to": [_in(_kube_dns, "kube-system")], "ports": [_both[1]]}], "pods": {"k8s-app": "kube-dns"}, "want": false},
		"every port": {"rules": [{"to": [_in(_kube_dns, "kube-system")], "ports": []}], "pods": {"k8s-app": "kube-dns"}, "want": true},
		"a port by name": {
			"rules": [{"to": [_in(_kube_dns, "kube-system")], "ports": [{"protocol": "UDP", "port": "dns"}]}],
			"pods": {"k8s-app": "kube-dns"},
			"want": true,
		},
		"no server in sight": {"rules": [{"to": [_in(_kube_dns, "kube-system")], "ports": _both}], "pods": {"app": "other"}, "want": true},
		"no rules": {"rules": [], "pods": {"k8s-app": "kube-dns"}, "want": false},
	}
	policy := {"namespace": "shop", "rules": {"Egress": [{"peers": rule.to, "ports": rule.ports} | some rule in example.rules]}}
	review := {"review": {"object": _policy("a", {}, example.rules)}}
	inventory := _kept({"kube-system": example.pods})
	{true | dns.granting(policy, "UDP")} == {true | example.want} with input as review with data.inventory as inventory
	not dns.granting(policy, "UDP") with input as {"resources": []}

	# As any rule is judged.
	{true | some rule in policy.rules.Egress; dns.admits(rule, "shop", "UDP")} == {true | example.want} with input as review with data.inventory as inventory
}

# What Gatekeeper keeps: a pod of these labels in each namespace.
_kept(pods) := {
	"cluster": {"v1": {"Namespace": {name: object.union(_kube_system({}), {"metadata": {"name": name}}) | some name, _ in pods}}},
	"namespace": object.union(
		{name: {"v1": {"Pod": {"dns": _pod(name, "dns", labels)}}} | some name, labels in pods},
		{"shop": {"networking.k8s.io/v1": {"NetworkPolicy": {"b": _policy("b", {}, [])}}}},
	),
}

# Each server by its port, where it is in sight, or none is.
test_granting_among_servers[name] if {
	some name, example in {
		"its own port": {"kept": {"openshift-dns": _openshift.labels}, "ports": dns.ports(_openshift), "want": true},
		"the port of the other": {"kept": {"openshift-dns": _openshift.labels}, "ports": _both, "want": false},
		"beside the other": {
			"kept": {"openshift-dns": _openshift.labels, "kube-system": _upstream.labels}, "ports": dns.ports(_openshift),
			"want": true,
		},
		"the other is in sight": {"kept": {"kube-system": _upstream.labels}, "ports": dns.ports(_openshift), "want": false},
		"none is in sight": {"kept": {}, "ports": dns.ports(_openshift), "want": true},
	}
	peer := _in({"podSelector": {"matchLabels": _openshift.labels}}, "openshift-dns")
	rules := [{"to": [peer], "ports": example.ports}, {"to": [_in(_kube_dns, "kube-system")], "ports": [{"port": 9153}]}]
	policy := {"namespace": "shop", "rules": {"Egress": [{"peers": rule.to, "ports": rule.ports} | some rule in rules]}}
	review := {"review": {"object": _policy("a", {}, rules)}}
	{true | dns.granting(policy, "UDP")} == {true | example.want} with input as review with data.inventory as _kept(example.kept)
	{true | some rule in policy.rules.Egress; dns.admits(rule, "shop", "UDP")} == {true | example.want} with input as review
		with data.inventory as _kept(example.kept)
}

# Without a look at anything else it is among the servers that the platform may have.
test_granting_alone if {
	rule := {"to": [_in(_kube_dns, "kube-system")], "ports": _both}
	policy := {"namespace": "shop", "rules": {"Egress": [_rule(rule.to)]}}
	alone := {"review": {"object": _policy("a", {}, [rule])}, "parameters": {"inventory": false}}
	dns.granting(policy, "UDP") with input as alone with data.inventory as _kept({"kube-system": {"app": "other"}})
	not dns.granting({"namespace": "shop", "rules": {"Egress": [_rule([_coredns])]}}, "UDP") with input as alone
}

# Reviewing a policy, servers are looked for where it looks at all.
test_servers_under_review[name] if {
	some name, example in {
		"the one": {"kept": {"kube-system": _upstream.labels}, "want": {_upstream}},
		"the other": {"kept": {"openshift-dns": _openshift.labels}, "want": {_openshift}},
		"both": {"kept": {"kube-system": _upstream.labels, "openshift-dns": _openshift.labels}, "want": {_upstream, _openshift}},
		"other pods": {"kept": {"kube-system": {"app": "other"}}, "want": {_upstream, _openshift}},
		"in another namespace": {"kept": {"dns": _upstream.labels}, "want": {_upstream, _openshift}},
		"none": {"kept": {}, "want": {_upstream, _openshift}},
	}
	rules := [{"to": [_in({}, place) | some place in ["kube-system", "openshift-dns", "dns"]]}]
	dns.servers == example.want with input as {"review": {"object": _policy("a", {}, rules)}} with data.inventory as _kept(example.kept)
	dns.servers == {_upstream, _openshift} with input as {"review": {"object": _policy("a", {}, [])}} with data.inventory as _kept(example.kept)
}

# Where no policy is kept nobody knows what else is not.
test_servers_under_review_in_a_fragment if {
	rules := [{"to": [_in(_coredns, "kube-system")], "ports": _both}]
	kept := _kept({"kube-system": _upstream.labels})
	inventory := object.union(object.remove(kept, ["namespace"]), {"namespace": object.remove(kept.namespace, ["shop"])})
	dns.servers == {_upstream, _openshift} with input as {"review": {"object": _policy("a", {}, rules)}} with data.inventory as inventory
	dns.inert(_rule(rules[0].to), "shop") == {} with input as {"review": {"object": _policy("a", {}, rules)}} with data.inventory as inventory
}

# Under review as among all objects: what is inert.
test_inert_under_review[name] if {
	some name, example in {
		"found": {"peers": [_in(_kube_dns, "kube-system")], "pods": _upstream.labels, "want": {}},
		"one found": {"peers": [_kube_dns, _in(_kube_dns, "kube-system")], "pods": _upstream.labels, "want": {}},
		"found beside the address of the Service": {"peers": [_block("10.96.0.10/32"), _in(_kube_dns, "kube-system")], "pods": _upstream.labels, "want": {}},
		"by the namespace alone": {"peers": [_in({}, "kube-system")], "pods": _upstream.labels, "want": {}},
		"own namespace": {"peers": [_kube_dns], "pods": _upstream.labels, "want": {0: "pods"}},
		"another namespace": {"peers": [_in(_kube_dns, "dns")], "pods": _upstream.labels, "want": {0: "pods"}},
		"a label that they have not": {"peers": [_in(_coredns, "kube-system")], "pods": _upstream.labels, "want": {0: "pods"}},
		"a label that they have": {"peers": [_in(_coredns, "kube-system")], "pods": {"k8s-app": "kube-dns", "app": "coredns"}, "want": {}},
		"no server in sight": {"peers": [_in(_kube_dns, "kube-system")], "pods": {"app": "other"}, "want": {}},
	}
	policy := _policy("a", {}, [{"to": example.peers, "ports": _both}])
	inventory := _kept({"kube-system": example.pods})
	dns.inert(_rule(example.peers), "shop") == example.want with input as {"review": {"object": policy}} with data.inventory as inventory
	everything := [policy, inventory.cluster.v1.Namespace["kube-system"], inventory.namespace["kube-system"].v1.Pod.dns]
	dns.inert(_rule(example.peers), "shop") == example.want with input as {"resources": everything}
}
