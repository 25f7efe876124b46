package lib.netvet.peer_test

import data.lib.netvet.peer

_web := {"matchLabels": {"app": "web"}}

_shop := {"matchLabels": {"team": "shop"}}

_pod(namespace, labels) := {
	"namespace": namespace,
	"namespace_labels": {"kubernetes.io/metadata.name": namespace, "team": "shop"},
	"labels": labels,
}

_by_name(name) := {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}

_by_expression(operator) := {"namespaceSelector": {"matchExpressions": [{
	"key": "kubernetes.io/metadata.name",
	"operator": operator,
}]}}

test_admits_pod[name] if {
	some name, p in {
		"own namespace": {"podSelector": {}},
		"own namespace, by label": {"podSelector": _web},
		"null beside it": {"podSelector": _web, "namespaceSelector": null, "ipBlock": null},
		"every namespace": {"namespaceSelector": {}},
		"namespace by label": {"namespaceSelector": _shop, "podSelector": null},
		"namespace by name": _by_name("shop"),
		"both": {"namespaceSelector": _shop, "podSelector": _web},
	}
	peer.admits_pod(p, "shop", _pod("shop", {"app": "web"}))
}

test_does_not_admit_pod[name] if {
	some name, p in {
		"other namespace than the policy's": {"podSelector": {}},
		"other namespace": {"namespaceSelector": {"matchLabels": {"team": "blog"}}},
		"other name": _by_name("blog"),
		"both, pod does not match": {"namespaceSelector": _shop, "podSelector": {"matchLabels": {"app": "api"}}},
		"both, namespace does not match": {"namespaceSelector": {"matchLabels": {"team": "blog"}}, "podSelector": _web},
		"addresses": {"ipBlock": {"cidr": "0.0.0.0/0"}},
	}
	not peer.admits_pod(p, "blog", _pod("shop", {"app": "web"}))
}

# What the API server refuses, or does not even decode.
_refused := {
	"empty": {},
	"null members": {"podSelector": null, "namespaceSelector": null, "ipBlock": null},
	"null": null,
	"a string": "web",
	"a selector that is a string": {"podSelector": "app=web"},
	"a selector that is refused": {"podSelector": {"matchLabels": {"app": true}}},
	"a namespace selector that is a list": {"namespaceSelector": []},
	"a namespace selector that is refused": {"namespaceSelector": {"matchExpressions": "team"}},
	"block and selector": {"ipBlock": {"cidr": "0.0.0.0/0"}, "podSelector": {}},
	"block and namespace selector": {"ipBlock": {"cidr": "0.0.0.0/0"}, "namespaceSelector": {}},
	"block without cidr": {"ipBlock": {}},
	"block that is a string": {"ipBlock": "0.0.0.0/0"},
	"block of an address": {"ipBlock": {"cidr": "10.0.0.1"}},
	"block of a number": {"ipBlock": {"cidr": 10}},
	"except that is a string": {"ipBlock": {"cidr": "10.0.0.0/8", "except": "10.1.0.0/16"}},
	"except that is an address": {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.0.0.2"]}},
	"except outside": {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}},
	"except that is all": {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.0.0.0/8"]}},
}

test_refused_admits_nothing[name] if {
	some name, p in _refused
	not peer.admits_pod(p, "shop", _pod("shop", {"app": "web"}))
	not peer.admits_address(p, "10.0.0.1")
	peer.implies(p, {"podSelector": _web}, "shop")
	not peer.implies({"podSelector": _web}, p, "shop")
	not peer.implies({"ipBlock": {"cidr": "10.0.0.0/8"}}, p, "shop")
}

_private := {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16", "10.2.0.0/15"]}}

test_admits_address if {
	peer.admits_address(_private, "10.0.0.1")
	peer.admits_address(_private, "10.4.0.0/14")
	peer.admits_address({"ipBlock": {"cidr": "::/0", "except": null}}, "2001:db8::1")
}

test_does_not_admit_address if {
	not peer.admits_address(_private, "11.0.0.1")
	not peer.admits_address(_private, "10.1.2.3")
	not peer.admits_address(_private, "10.0.0.0/12")
	not peer.admits_address(_private, "2001:db8::1")
	not peer.admits_address({"podSelector": {}}, "10.0.0.1")
}

test_implies[name] if {
	some name, [a, b] in {
		"same": [{"podSelector": _web}, {"podSelector": _web}],
		"own pods": [{"podSelector": _web}, {"podSelector": {}}],
		"own namespace by its name": [{"podSelector": _web}, _by_name("shop")],
		"by its name the own namespace": [object.union(_by_name("shop"), {"podSelector": _web}), {"podSelector": _web}],
		"every namespace": [{"podSelector": _web}, {"namespaceSelector": {}}],
		"both": [{"namespaceSelector": _shop, "podSelector": _web}, {"namespaceSelector": _shop}],
		"every namespace has a name": [{"namespaceSelector": {}}, _by_expression("Exists")],
		"no namespace lacks a name": [_by_expression("DoesNotExist"), {"podSelector": _web}],
		"a selector that matches nothing": [
			{"podSelector": {"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}},
			{"ipBlock": {"cidr": "10.0.0.0/8"}},
		],
		"block": [{"ipBlock": {"cidr": "10.1.0.0/16"}}, {"ipBlock": {"cidr": "10.0.0.0/8"}}],
		"equal excepts": [_private, _private],
		"fewer excepts": [_private, {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}],
		"except in two parts": [_private, {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.2.0.0/16", "10.3.0.0/16"]}}],
		"half left by an except": [
			{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.0.0.0/9"]}},
			{"ipBlock": {"cidr": "10.128.0.0/9"}},
		],
		"block with nothing left": [
			{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.0.0.0/9", "10.128.0.0/9"]}},
			{"podSelector": _web},
		],
	}
	peer.implies(a, b, "shop")
}

test_does_not_imply[name] if {
	some name, [a, b] in {
		"wider pods": [{"podSelector": {}}, {"podSelector": _web}],
		"other namespace": [{"podSelector": {}}, _by_name("blog")],
		"namespaces by label": [{"podSelector": {}}, {"namespaceSelector": _shop}],
		"every namespace": [{"namespaceSelector": {}}, {"podSelector": {}}],
		"pods and addresses": [{"podSelector": {}}, {"ipBlock": {"cidr": "0.0.0.0/0"}}],
		"addresses and pods": [{"ipBlock": {"cidr": "10.0.0.0/8"}}, {"namespaceSelector": {}}],
		"wider block": [{"ipBlock": {"cidr": "10.0.0.0/8"}}, {"ipBlock": {"cidr": "10.1.0.0/16"}}],
		"more excepts": [{"ipBlock": {"cidr": "10.0.0.0/8"}}, _private],
		"other family": [{"ipBlock": {"cidr": "0.0.0.0/0"}}, {"ipBlock": {"cidr": "::/0"}}],
	}
	not peer.implies(a, b, "shop")
}
