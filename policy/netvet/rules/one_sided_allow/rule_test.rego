package netvet.rules.one_sided_allow_test

import data.netvet.rules.one_sided_allow

_policy(name, spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": name, "namespace": "shop"},
	"spec": spec,
}

_in(name, policy) := object.union(policy, {"metadata": {"namespace": name}})

_pods(app) := {"podSelector": {"matchLabels": {"app": app}}}

_deny := _policy("deny", {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})

# web admits api on port 80.
_web := _policy("web", object.union(_pods("web"), {"policyTypes": ["Ingress"], "ingress": [{"from": [_pods("api")], "ports": [{"port": 80}]}]}))

# What the pods with this selector may connect to.
_egress(selector, rule) := _policy("out", object.union(selector, {"policyTypes": ["Egress"], "egress": [rule]}))

_pod(name, labels, spec) := {
	"apiVersion": "v1",
	"kind": "Pod",
	"metadata": {"name": name, "namespace": "shop", "labels": labels},
	"spec": spec,
}

# How many faults the rule finds with the policy of that index, and as many when Gatekeeper asks about it and keeps the others.
_faults(resources, i) := n if {
	# regal ignore:with-outside-test-context
	n := count(_found(i)) with input as {"resources": resources}

	# regal ignore:with-outside-test-context
	n == count(_found(0)) with input as {"review": {"object": resources[i]}} with data.inventory as _inventory(resources)
}

_found(i) := {fault | some fault in one_sided_allow.violation; fault.details.index == i}

_inventory(resources) := {
	"namespace": {namespace: {version: {kind: {object.metadata.name: object |
		some object in resources
		[object.metadata.namespace, object.apiVersion, object.kind] == [namespace, version, kind]
	} |
		some kind in {object.kind | some object in resources; object.apiVersion == version}
	} |
		some version in {object.apiVersion | some object in resources}
	} |
		some namespace in {object.metadata.namespace | some object in resources}
	},
	"cluster": {"v1": {"Namespace": {object.metadata.name: object | some object in resources; object.kind == "Namespace"}}},
}

_message := concat(" ", [
	"admits pods with app=api in namespace shop, but no policy lets them connect to pods with app=web in namespace shop",
	"on these ports: deny isolates their egress, so nothing gets through",
])

_path := ["spec", "ingress", 0, "from"]

test_place if {
	faults := one_sided_allow.violation with input as {"resources": [_web, _deny]}
	{[fault.msg, fault.details.index, fault.details.path] | some fault in faults} == {[_message, 0, _path]}
}

# Of peers that match no pod in sight peer-selects-no-pod tells.
test_peers_without_pods if {
	found := {fault.msg | some fault in one_sided_allow.violation} with input as {"resources": [_web, _deny, _pod("db", {"app": "db"}, {})]}
	found == set()
	both := _policy("web", object.union(_pods("web"), {"ingress": [{"from": [_pods("api"), _pods("db")], "ports": [{"port": 80}]}]}))
	pods := [_pod("db", {"app": "db"}, {}), _pod("web", {"app": "web"}, {})]
	left := {fault.msg | some fault in one_sided_allow.violation} with input as {"resources": array.concat([both, _deny], pods)}
	left == {replace(_message, "app=api", "app=db")}
}

# Whether the api pods' egress meets the ingress of the web pods, by selectors alone.
test_other_side[name] if {
	some name, [policy, faults] in {
		"pods and port": [_egress(_pods("api"), {"to": [_pods("web")], "ports": [{"port": 80}]}), 0],
		"other pods": [_egress(_pods("api"), {"to": [_pods("db")], "ports": [{"port": 80}]}), 1],
		"other port": [_egress(_pods("api"), {"to": [_pods("web")], "ports": [{"port": 81}]}), 1],
		"named port": [_egress(_pods("api"), {"to": [_pods("web")], "ports": [{"port": "http"}]}), 0],
		"everything": [_egress(_pods("api"), {}), 0],
		"one of several": [_egress({"podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["api", "mail"]}]}}, {"to": [_pods("web")]}), 0],
		"several others": [_egress({"podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["db", "mail"]}]}}, {"to": [_pods("web")]}), 1],
		"every pod's": [_egress({}, {"to": [{"podSelector": {}}]}), 0],
		"another's": [_egress(_pods("mail"), {}), 1],
		"whose is not known": [_egress({"podSelector": {"matchLabels": {"tier": "back"}}}, {"to": [_pods("web")]}), 0],
		"to whom is not known": [_egress(_pods("api"), {"to": [{"podSelector": {"matchLabels": {"tier": "front"}}}]}), 0],
	}
	_faults([_web, _deny, policy], 0) == faults
}

test_other_side_by_namespace_or_address[name] if {
	some name, [policy, faults] in {
		"own namespace by name": [_egress(_pods("api"), {"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}}]}), 0],
		"other namespace": [_egress(_pods("api"), {"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "billing"}}}]}), 1],
		"namespace by a label that may be there": [_egress(_pods("api"), {"to": [{"namespaceSelector": {"matchLabels": {"team": "a"}}}]}), 0],
		"private addresses": [_egress(_pods("api"), {"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}), 0],
		"public addresses": [_egress(_pods("api"), {"to": [{"ipBlock": {"cidr": "198.51.100.0/24"}}]}), 1],
	}
	_faults([_web, _deny, policy], 0) == faults
}

# Policies that admit the connection to others, or to nobody, or seem to.
test_nearly_admitted[name] if {
	some name, resources in {
		"a policy of pods that are not there": [
			_web, _deny, _pod("api", {"app": "api", "tier": "back"}, {}), _pod("web", {"app": "web"}, {}),
			_egress({"podSelector": {"matchLabels": {"app": "api", "tier": "top"}}}, {"to": [_pods("web")]}),
		],
		"a policy of pods that share a label": [
			_ingress([{"podSelector": {"matchLabels": {"app": "api", "tier": "back"}}}], [{"port": 80}]), _deny,
			_pod("api", {"app": "api", "tier": "back"}, {}), _pod("db", {"app": "db", "tier": "back"}, {}), _pod("web", {"app": "web"}, {}),
			_egress({"podSelector": {"matchLabels": {"app": "db", "tier": "back"}}}, {"to": [_pods("web")]}),
		],
		"a port that is none": [_ingress([_pods("api")], [{"port": 0}]), _deny, _egress(_pods("api"), {"to": [_pods("web")], "ports": [{"port": 0}]})],
		"a port that is none, of all": [_ingress([_pods("api")], [{"port": 0}]), _deny, _egress(_pods("api"), {"to": [_pods("web")]})],
		"the policy's own rule, in another namespace": [
			_policy("all", {"podSelector": {}, "ingress": [{}], "egress": [{"to": [{
				"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "billing"}},
				"podSelector": {},
			}]}]}),
			_in("billing", _deny),
		],
		"the policy itself, without others there": [
			_policy("web", object.union(_pods("web"), {"policyTypes": ["Ingress", "Egress"], "ingress": [{"from": [_pods("web")]}]})),
			_in("other", _deny),
		],
	}
	_faults(resources, 0) == 1
}

_ingress(peers, ports) := _policy("web", object.union(_pods("web"), {"policyTypes": ["Ingress"], "ingress": [{"from": peers, "ports": ports}]}))

# A peer of every pod is admitted where one of them is.
test_wide_peer[name] if {
	some name, [policy, faults] in {
		"some pods": [_egress(_pods("api"), {"to": [_pods("web")]}), 0],
		"some pods, by their namespace": [_egress(_pods("api"), {"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}}]}), 0],
		"under another key": [_egress(_pods("api"), {"to": [{"podSelector": {"matchLabels": {"tier": "front"}}}]}), 0],
		"everything": [_egress(_pods("api"), {}), 0],
		"any address": [_egress(_pods("api"), {"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}), 0],
		"other pods": [_egress(_pods("api"), {"to": [_pods("db")]}), 1],
		"other namespace": [_egress(_pods("api"), {"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "billing"}}}]}), 1],
	}
	web := _policy("web", object.union(_pods("web"), {"policyTypes": ["Ingress"], "ingress": [{"from": [{"podSelector": {}}]}]}))
	_faults([web, _deny, policy], 0) == faults
}

test_isolation[name] if {
	some name, [policies, faults] in {
		"nobody's": [[_web], 0],
		"of ingress": [[_web, _policy("deny", {"podSelector": {}, "policyTypes": ["Ingress"]})], 0],
		"of other pods": [[_web, _policy("deny", object.union(_pods("web"), {"policyTypes": ["Egress"]}))], 0],
		"of some of them": [[_web, _policy("deny", {"podSelector": {"matchLabels": {"app": "api", "tier": "back"}}, "policyTypes": ["Egress"]})], 0],
		"of more": [[_web, _policy("deny", {"podSelector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]}, "policyTypes": ["Egress"]})], 1],
		"in another namespace": [[_web, _in("billing", _deny)], 0],
	}
	_faults(policies, 0) == faults
}

# With pods in sight, all that are not in the node's network count, and they alone.
test_pods[name] if {
	api := _pod("api", {"app": "api", "tier": "back"}, {})
	web := _pod("web", {"app": "web", "tier": "front"}, {})
	tier := {"podSelector": {"matchLabels": {"tier": "back"}}}
	some name, [resources, faults] in {
		"isolated under another label": [[_web, _policy("deny", object.union(tier, {"policyTypes": ["Egress"]})), api], 1],
		"one of two isolated": [
			[
				_web,
				_policy("deny", object.union(tier, {"policyTypes": ["Egress"]})),
				api,
				_pod("other", {"app": "api"}, {}),
			],
			0,
		],
		"the other in the node's network": [
			[
				_web,
				_policy("deny", object.union(tier, {"policyTypes": ["Egress"]})),
				api,
				_pod("other", {"app": "api"}, {"hostNetwork": true}),
			],
			1,
		],
		"all in the node's network": [[_web, _deny, _pod("api", {"app": "api"}, {"hostNetwork": true})], 0],
		"the policy's own in the node's network": [[_web, _deny, _pod("web", {"app": "web"}, {"hostNetwork": true})], 0],
		"admitted under another label": [[_web, _deny, _egress(tier, {"to": [_pods("web")]}), api, web], 0],
		"under a label that none of them has": [[_web, _deny, _egress({"podSelector": {"matchLabels": {"tier": "top"}}}, {"to": [_pods("web")]}), api, web], 1],
		"to a label that the others have": [[_web, _deny, _egress(_pods("api"), {"to": [{"podSelector": {"matchLabels": {"tier": "front"}}}]}), api, web], 0],
		"to a label that none has": [[_web, _deny, _egress(_pods("api"), {"to": [{"podSelector": {"matchLabels": {"tier": "back"}}}]}), api, web], 1],
	}
	_faults(resources, 0) == faults
}

test_peers[name] if {
	some name, [peers, faults] in {
		"blocked": [[_pods("api")], 1],
		"all blocked": [[_pods("api"), _pods("db"), _pods("mail")], 1],
		"an address among them": [[_pods("api"), {"ipBlock": {"cidr": "198.51.100.0/24"}}], 0],
		"anyone": [[], 0],
		"never": [[{"podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": []}]}}], 0],
	}
	_faults([_deny, _policy("web", object.union(_pods("web"), {"policyTypes": ["Ingress"], "ingress": [{"from": peers}]}))], 1) == faults
}

test_namespaces[name] if {
	some name, [namespaces, label_selector, faults] in {
		"by name": [{}, {"matchLabels": {"kubernetes.io/metadata.name": "billing"}}, 1],
		"by name, without policies": [{}, {"matchLabels": {"kubernetes.io/metadata.name": "mail"}}, 0],
		"by name, of two": [{}, {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["billing", "mail"]}]}, 0],
		"by name, without the other label": [{"billing": {}}, {"matchLabels": {"kubernetes.io/metadata.name": "billing", "team": "a"}}, 0],
		"by label": [{"billing": {"team": "a"}, "shop": {}}, {"matchLabels": {"team": "a"}}, 1],
		"by label, which another may bear": [{"billing": {"team": "a"}}, {"matchLabels": {"team": "a"}}, 0],
		"by label, which all may bear": [{}, {"matchLabels": {"team": "a"}}, 0],
		"any": [{"billing": {}, "shop": {}}, {}, 0],
		"by a name that is not set": [{"billing": {}}, {"matchLabels": {"name": "billing"}}, 0],
		"by a name that is set": [{"billing": {"name": "billing"}, "shop": {}}, {"matchLabels": {"name": "billing"}}, 1],
	}
	objects := [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": n, "labels": labels}} | some n, labels in namespaces]
	web := _policy("web", object.union(_pods("web"), {"policyTypes": ["Egress"], "egress": [{"to": [{"namespaceSelector": label_selector}]}]}))
	_faults(array.concat([_in("billing", _deny), web], objects), 1) == faults
}

test_every_namespace_in_sight_bears_the_label if {
	bearing := [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"team": "a"}}} | some name in ["billing", "shop"]]
	peer := {"namespaceSelector": {"matchLabels": {"team": "a"}}}
	web := _egress(_pods("web"), {"to": [peer]})
	count(one_sided_allow.violation) == 1 with input as {"resources": array.concat([_in("billing", _deny), _deny, web], bearing)}
}

# Others speak of what the peers were meant to be, and of who isolates by mistake.
test_told_by_others[name] if {
	some name, [resources, faults] in {
		"two peers meant as one": [
			[_deny, _egress(_pods("web"), {"to": [
				{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}},
				_pods("api"),
			]})],
			0,
		],
		"the other way about": [
			[_deny, _egress(_pods("web"), {"to": [
				_pods("api"),
				{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}},
			]})],
			0,
		],
		"no DNS there": [
			[_deny, _egress(_pods("web"), {
				"to": [{"podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}],
				"ports": [{"port": 53, "protocol": "UDP"}],
			})],
			0,
		],
		"isolated by mistake": [
			[
				_egress(_pods("web"), {"to": [_pods("api")]}),
				_policy("api", object.union(_pods("api"), {"egress": [{}]})),
			],
			0,
		],
		"isolated on purpose": [
			[
				_egress(_pods("web"), {"to": [_pods("api")]}),
				_policy("api", object.union(_pods("api"), {"ingress": [], "egress": [{}]})),
			],
			1,
		],
	}
	count(one_sided_allow.violation) == faults with input as {"resources": resources}
}

# The two sides admit each other on different ports: neither rule has an effect.
test_both_sides if {
	api := _egress(_pods("api"), {"to": [_pods("web")], "ports": [{"port": 8080}]})
	faults := one_sided_allow.violation with input as {"resources": [_web, api]}
	{[fault.details.index, fault.details.path] | some fault in faults} == {[0, _path], [1, ["spec", "egress", 0, "to"]]}
}

test_scope if {
	count(one_sided_allow.violation) == 0 with input as {"resources": [_deny, _web], "scope": [0]}
	count(one_sided_allow.violation) == 1 with input as {"resources": [_deny, _web], "scope": [1]}
	both := _policy("web", object.union(_pods("web"), {"policyTypes": ["Ingress", "Egress"], "ingress": [{"from": [_pods("web")]}]}))
	count(one_sided_allow.violation) == 1 with input as {"resources": [both, _in("other", _deny)]}
	count(one_sided_allow.violation) == 0 with input as {"resources": [both], "sight": "document"}
	count(one_sided_allow.violation) == 0 with input as both
}

test_list[text] if {
	some text, apps in {
		"admits pods with app=a in namespace shop, but": ["a"],
		"admits pods with app=a in namespace shop and pods with app=b in namespace shop, but": ["b", "a"],
		"admits pods with app=a in namespace shop and 2 others, but": ["b", "a", "c"],
	}
	faults := one_sided_allow.violation with input as {"resources": [
		_deny,
		_policy("web", object.union(_pods("web"), {"policyTypes": ["Ingress"], "ingress": [{"from": [_pods(app) | some app in apps]}]})),
	]}
	every fault in faults { startswith(fault.msg, text) }
	count(faults) == 1
}

test_remedy if {
	remedies := {fault.details.remediation | some fault in one_sided_allow.violation} with input as {"resources": [_web, _deny]}
	remedies == {concat("\n", [
		"Admit the connection on the other side, too, in spec.egress of a policy for pods with app=api in namespace shop:",
		"",
		"- to:",
		"    - podSelector:",
		"        matchLabels:",
		"          app: web",
		"  ports:",
		"    - protocol: TCP",
		"      port: 80",
	])}
	elsewhere := _policy("web", object.union(_pods("web"), {"policyTypes": ["Egress"], "egress": [{"to": [
		object.union(_pods("api"), {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "back"}}}),
	]}]}))
	others := {fault.details.remediation | some fault in one_sided_allow.violation} with input as {"resources": [elsewhere, _in("back", _deny)]}
	others == {concat("\n", [
		"Admit the connection on the other side, too, in spec.ingress of a policy for pods with app=api in namespace back:",
		"",
		"- from:",
		"    - namespaceSelector:",
		"        matchLabels:",
		"          kubernetes.io/metadata.name: shop",
		"      podSelector:",
		"        matchLabels:",
		"          app: web",
	])}
}
