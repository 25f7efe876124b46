package netvet.rules.missing_dns_test

import data.netvet.rules.missing_dns

_policy(name, selector, rules) := {
	"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
	"metadata": {"name": name, "namespace": "shop"},
	"spec": {"podSelector": selector, "policyTypes": ["Egress"], "egress": rules},
}

_elsewhere(policy) := object.union(policy, {"metadata": {"namespace": "other"}})

_pod(name, labels, spec) := {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop", "labels": labels}, "spec": spec}

_web := {"matchLabels": {"app": "web"}}

_to_api := {"to": [{"podSelector": {"matchLabels": {"app": "api"}}}]}

_peers := [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}, "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}]

_dns := {"to": _peers, "ports": [{"protocol": "UDP", "port": 53}]}

_faulty := _policy("web", _web, [_to_api])

# Enough to make a set of what is otherwise a lone document.
_bystander := {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "none"}}

_message(whom) := sprintf("no policy lets %s ask the cluster's DNS over UDP, so names do not resolve", [whom])

_lacking := _message("pods with app=web in namespace shop")

_in(resources) := {"resources": array.concat(resources, [_bystander])}

test_finding if {
	violations := missing_dns.violation with input as _in([_faulty])
	violations == {{"msg": _lacking, "details": {
		"remediation": concat("\n", [
			"Add a rule to spec.egress, or a policy of its own for every pod of the namespace:",
			"",
			"- to:",
			"    - namespaceSelector:",
			"        matchLabels:",
			"          kubernetes.io/metadata.name: kube-system",
			"      podSelector:",
			"        matchLabels:",
			"          k8s-app: kube-dns",
			"  ports:",
			"    - protocol: UDP",
			"      port: 53",
			"    - protocol: TCP",
			"      port: 53",
		]),
		"fix": [{"op": "add", "path": ["spec", "egress", 1], "value": {"to": _peers, "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]}}],
		"index": 0,
		"path": ["spec", "egress"],
		"severity": "error",
		"resource": {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "namespace": "shop", "name": "web"},
	}}}
}

# Alone, it says so, and gives no fix: another may grant DNS.
test_lone_document if {
	some violation in missing_dns.violation with input as {"resources": [_faulty]}
	violation.msg == "no policy in sight lets pods with app=web in namespace shop ask the cluster's DNS over UDP, so names do not resolve"
	not violation.details.fix
}

test_no_list_no_fix if {
	policy := json.patch(_faulty, [{"op": "replace", "path": "/spec/egress", "value": _to_api}])
	some violation in missing_dns.violation with input as _in([policy])
	not violation.details.fix
}

# Who knows addresses may do without names.
test_by_address[name] if {
	few := {"to": [{"ipBlock": {"cidr": "10.1.2.0/24"}}, {"ipBlock": {"cidr": "fd00:1:2::/64"}}], "ports": [{"port": 5432}]}
	api_server := {"ports": [{"port": 6443}]}
	some name, example in {
		"few addresses": {"rules": [few], "want": "warning"},
		"one address": {"rules": [{"to": [{"ipBlock": {"cidr": "10.1.2.3/32"}}]}], "want": "warning"},
		"one of IPv6": {"rules": [{"to": [{"ipBlock": {"cidr": "fd00::3/128"}}]}], "want": "warning"},
		"many": {"rules": [{"to": [{"ipBlock": {"cidr": "10.1.0.0/23"}}], "ports": [{"port": 80}]}], "want": "error"},
		"many of IPv6": {"rules": [{"to": [{"ipBlock": {"cidr": "fd00::/63"}}], "ports": [{"port": 80}]}], "want": "error"},
		"few and pods": {"rules": [few, _to_api], "want": "error"},
		"few or pods": {"rules": [{"to": array.concat(few.to, _to_api.to), "ports": few.ports}], "want": "error"},
		"the API server": {"rules": [api_server], "want": "warning"},
		"the API server and few addresses": {"rules": [few, api_server], "want": "warning"},
		"the API server behind its Service": {"rules": [{"ports": [{"port": 6443}, {"port": 443}]}], "want": "warning"},
		"the API server and another port": {"rules": [{"ports": [{"port": 6443}, {"port": 8443}]}], "want": "error"},
		"the API server and all ports": {"rules": [{"ports": [{"port": 6443}, {"protocol": "SCTP"}]}], "want": "error"},
		"HTTPS": {"rules": [{"ports": [{"port": 443}]}], "want": "error"},
	}
	severities := {violation.details.severity | some violation in missing_dns.violation} with input as _in([_policy("web", _web, example.rules)])
	severities == {example.want}
}

test_by_address_of_all_policies if {
	policies := [_policy("web", _web, [{"ports": [{"port": 6443}]}]), _policy("all", {}, [{"ports": [{"port": 80}]}])]
	severities := {violation.details.severity | some violation in missing_dns.violation} with input as _in(policies)
	severities == {"error"}
}

# The port is that of the server which is meant.
test_fix_of_the_wrong_port if {
	openshift := {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "openshift-dns"}}}
	some violation in missing_dns.violation with input as _in([_policy("web", _web, [{"to": [openshift], "ports": _dns.ports}])])
	{entry.port | some entry in violation.details.fix[0].value.ports} == {5353}
}

# With less in sight the rule says less.
test_sight[name] if {
	some name, example in {
		"set": {"input": _in([_faulty]), "want": {"error"}},
		"lone document": {"input": {"resources": [_faulty]}, "want": {"warning"}},
		"lone document of an array": {"input": [{"path": "web.yaml", "contents": _faulty}], "want": {"warning"}},
		"fragment": {"input": _faulty, "want": set()},
		"fragment of several": {"input": {"apiVersion": "v1", "kind": "List", "items": [_faulty, _bystander]}, "want": set()},
		"request": {"input": {"review": {"operation": "CREATE", "object": _faulty}}, "want": set()},
		"not under review": {"input": object.union(_in([_faulty]), {"scope": [1]}), "want": set()},
	}
	severities := {violation.details.severity | some violation in missing_dns.violation} with input as example.input
	severities == example.want
}

# At admission the other policies are in the inventory.
test_inventory[name] if {
	some name, example in {
		"none grants DNS": {"others": {"api": _policy("api", {}, [_to_api])}, "want": {_lacking}},
		"another grants DNS": {"others": {"dns": _policy("dns", {}, [_dns])}, "want": set()},
		"the one under review granted it": {"others": {"web": _policy("web", _web, [_dns])}, "want": {_lacking}},
	}
	messages := {violation.msg | some violation in missing_dns.violation} with input as {"review": {"operation": "UPDATE", "object": _faulty}}
		with data.inventory as {"namespace": {"shop": {"networking.k8s.io/v1": {"NetworkPolicy": example.others}}}}
	messages == example.want
}

test_deletion_is_no_fault if {
	violations := missing_dns.violation with input as {"review": {"operation": "DELETE", "object": _faulty, "oldObject": _faulty}}
		with data.inventory as {"namespace": {"shop": {"networking.k8s.io/v1": {"NetworkPolicy": {"web": _faulty}}}}}
	violations == set()
}

# What else the policy says decides whether its pods need DNS at all.
test_egress[name] if {
	some name, example in {
		"some": {"spec": {"egress": [_to_api]}, "want": {_lacking}},
		"some, by default": {"spec": {"policyTypes": null, "egress": [_to_api]}, "want": {_lacking}},
		"none": {"spec": {"egress": []}, "want": set()},
		"none in so many words": {"spec": {"egress": null}, "want": set()},
		"not isolated": {"spec": {"policyTypes": ["Ingress"], "egress": [_to_api]}, "want": set()},
		"all": {"spec": {"egress": [{}]}, "want": set()},
		"nobody can be selected": {
			"spec": {
				"podSelector": {"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]},
				"egress": [_to_api],
			},
			"want": set(),
		},
	}
	policy := json.patch(_faulty, [{"op": "add", "path": ["spec", key], "value": value} | some key, value in example.spec])
	messages := {violation.msg | some violation in missing_dns.violation} with input as _in([policy])
	messages == example.want
}

# One more rule of the policy that lets its pods ask.
test_granted[name] if {
	some name, rule in {
		"DNS": _dns,
		"to anybody": {"ports": _dns.ports},
		"in a range of ports": {"to": _peers, "ports": [{"protocol": "UDP", "port": 50, "endPort": 60}]},
		"by the port's name": {"to": _peers, "ports": [{"protocol": "UDP", "port": "dns"}]},
		"on every port": {"to": _peers},
		"on every port of UDP": {"to": _peers, "ports": [{"protocol": "UDP"}]},
		"in every namespace": {"to": [{"namespaceSelector": {}}]},
		"by another label of pods nobody sees": {"to": [object.union(_peers[0], {"podSelector": {"matchLabels": {"app": "coredns"}}})], "ports": _dns.ports},
		"at any address": {"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]},
		"at any address but one": {"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}}]},
		"at any IPv6 address": {"to": [{"ipBlock": {"cidr": "::/0"}}]},
		"at an address within the cluster": {"to": [{"ipBlock": {"cidr": "10.244.0.0/16"}}]},
		"from the cache on the node": {"to": [{"ipBlock": {"cidr": "169.254.20.10/32"}}], "ports": _dns.ports},
		"on OpenShift": {
			"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "openshift-dns"}}}],
			"ports": [{"protocol": "UDP", "port": 5353}],
		},
	}
	violations := missing_dns.violation with input as _in([_policy("web", _web, [_to_api, rule])])
	violations == set()
}

test_not_granted[name] if {
	some name, rule in {
		"before the range of ports": {"to": _peers, "ports": [{"protocol": "UDP", "port": 54, "endPort": 60}]},
		"by another name": {"to": _peers, "ports": [{"protocol": "UDP", "port": "metrics"}]},
		"over SCTP": {"to": _peers, "ports": [{"protocol": "SCTP", "port": 53}]},
		"at public addresses": {"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]}}]},
		"at a public resolver": {"to": [{"ipBlock": {"cidr": "192.0.2.53/32"}}], "ports": _dns.ports},
		"by other pods": {"to": [{"podSelector": {"matchLabels": {"app": "resolver"}}}], "ports": _dns.ports},
		"in another namespace": {"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]},
	}
	messages := {violation.msg | some violation in missing_dns.violation} with input as _in([_policy("web", _web, [_to_api, rule])])
	messages == {_lacking}
}

test_over_tcp_alone[name] if {
	some name, entry in {"no protocol": {"port": 53}, "TCP": {"protocol": "TCP", "port": 53}, "all of TCP": {}}
	policy := _policy("web", _web, [_to_api, {"to": _peers, "ports": [entry]}])
	messages := {violation.msg | some violation in missing_dns.violation} with input as _in([policy])
	messages == {concat("", [_lacking, "; it is admitted over TCP only, which a port without a protocol means"])}
}

# A range that the port of DNS happens to be in was not written for it.
test_over_a_range_of_tcp if {
	policy := _policy("web", _web, [_to_api, {"to": _peers, "ports": [{"port": 1, "endPort": 65535}]}])
	messages := {violation.msg | some violation in missing_dns.violation} with input as _in([policy])
	messages == {_lacking}
}

# The platform says where DNS is, and whether addresses match pods.
test_platform[name] if {
	some name, example in {
		"addresses": {"platform": ["eks"], "rule": {"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}, "want": set()},
		"addresses on Cilium": {"platform": ["eks", "cilium"], "rule": {"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}, "want": {_lacking}},
		"port 53 on OpenShift": {"platform": ["openshift"], "rule": {"ports": _dns.ports}, "want": {_lacking}},
		"port 5353 on OpenShift": {"platform": ["openshift"], "rule": {"ports": [{"protocol": "UDP", "port": 5353}]}, "want": set()},
		"port 5353 elsewhere": {"platform": ["aks"], "rule": {"ports": [{"protocol": "UDP", "port": 5353}]}, "want": {_lacking}},
	}
	messages := {violation.msg | some violation in missing_dns.violation} with input as object.union(
		_in([_policy("web", _web, [_to_api, example.rule])]),
		{"parameters": {"platform": example.platform}},
	)
	messages == example.want
}

# Policies add up: whose selector admits every pod of this one's, grants to all of them.
test_another_policy[name] if {
	some name, example in {
		"for the same pods": {"policy": _policy("dns", _web, [_dns]), "want": set()},
		"for every pod": {"policy": _policy("dns", {}, [_dns]), "want": set()},
		"for more pods": {"policy": _policy("dns", {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "api"]}]}, [_dns]), "want": set()},
		"for some of the pods": {"policy": _policy("dns", {"matchLabels": {"app": "web", "tier": "front"}}, [_dns]), "want": {_lacking}},
		"for other pods": {"policy": _policy("dns", {"matchLabels": {"app": "api"}}, [_dns]), "want": {_lacking}},
		"in another namespace": {"policy": _elsewhere(_policy("dns", {}, [_dns])), "want": {_lacking}},
		"that ignores its rules": {
			"policy": json.patch(_policy("dns", {}, [_dns]), [{"op": "replace", "path": "/spec/policyTypes", "value": ["Ingress"]}]),
			"want": {_lacking},
		},
		"in another file": {"policy": _policy("dns", {}, [_dns]), "files": ["web.yaml", "dns.yaml"], "want": set()},
	}
	asked := [{"path": path, "contents": [_faulty, example.policy][k]} | some k, path in object.get(example, "files", ["all.yaml", "all.yaml"])]
	messages := {violation.msg | some violation in missing_dns.violation} with input as asked
	messages == example.want
}

# With workloads in sight it is theirs to lack DNS.
test_workloads[name] if {
	some name, example in {
		"one": {"others": [_pod("a", {"app": "web"}, {})], "want": {_message("Pod shop/a")}},
		"two": {"others": [_pod("b", {"app": "web"}, {}), _pod("a", {"app": "web"}, {})], "want": {_message("Pod shop/a and 1 more")}},
		"others": {"others": [_pod("a", {"app": "api"}, {})], "want": {_lacking}},
		"in another namespace": {"others": [_elsewhere(_pod("a", {"app": "web"}, {}))], "want": {_lacking}},
		"granted by a narrower selector": {
			"others": [_policy("dns", {"matchLabels": {"tier": "front"}}, [_dns]), _pod("a", {"app": "web", "tier": "front"}, {})],
			"want": set(),
		},
		"granted to one of two": {
			"others": [
				_policy("dns", {"matchLabels": {"tier": "front"}}, [_dns]),
				_pod("a", {"app": "web", "tier": "front"}, {}),
				_pod("b", {"app": "web"}, {}),
			],
			"want": {_message("Pod shop/b")},
		},
		"in the node's network": {"others": [_pod("a", {"app": "web"}, {"hostNetwork": true})], "want": set()},
		"with the node's DNS": {"others": [_pod("a", {"app": "web"}, {"dnsPolicy": "Default"})], "want": set()},
		"with a DNS of its own": {"others": [_pod("a", {"app": "web"}, {"dnsPolicy": "None"})], "want": set()},
		"with the cluster's DNS": {"others": [_pod("a", {"app": "web"}, {"dnsPolicy": "ClusterFirst"})], "want": {_message("Pod shop/a")}},
		"one of two with the node's DNS": {
			"others": [_pod("a", {"app": "web"}, {"dnsPolicy": "Default"}), _pod("b", {"app": "web"}, {})],
			"want": {_message("Pod shop/b")},
		},
	}
	messages := {violation.msg | some violation in missing_dns.violation} with input as _in(array.concat([_faulty], example.others))
	messages == example.want
}

_server := {
	"apiVersion": "v1", "kind": "Pod",
	"metadata": {"name": "kube-dns", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns", "app": "dns"}},
}

# Peers that ask for the DNS pods by a label of their choice, with those pods in sight.
test_dns_pods_in_sight[name] if {
	some name, example in {
		"one of theirs": {"label": {"app": "dns"}, "ports": _dns.ports, "want": set()},
		"one of theirs, on every port": {"label": {"app": "dns"}, "ports": [], "want": set()},
		"none of theirs: dns-peer-inert tells": {"label": {"app": "coredns"}, "ports": _dns.ports, "want": set()},
		"none of theirs, on every port": {"label": {"app": "coredns"}, "ports": [], "want": {_lacking}},
	}
	peer := {"namespaceSelector": _peers[0].namespaceSelector, "podSelector": {"matchLabels": example.label}}
	policy := _policy("web", _web, [_to_api, {"to": [peer], "ports": example.ports}])
	messages := {violation.msg | some violation in missing_dns.violation} with input as _in([policy, _server])
	messages == example.want
}

test_dns_in_ones_own_namespace if {
	policy := json.patch(_policy("web", _web, [{"to": [{"podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}], "ports": _dns.ports}]), [{
		"op": "replace",
		"path": "/metadata/namespace",
		"value": "kube-system",
	}])
	violations := missing_dns.violation with input as _in([policy])
	violations == set()
}

# Of several policies with one selector the first by name speaks, unless it denies everything.
test_one_finding_a_selector if {
	policies := [_policy("b", _web, [_to_api]), _policy("c", _web, [_to_api]), _policy("a", _web, [])]
	names := [violation.details.resource.name | some violation in missing_dns.violation] with input as _in(policies)
	names == ["b"]
}

# Rules that mean DNS and miss it are found fault with for themselves.
test_told_by_another_rule[name] if {
	some name, peers in {
		"or-peers": [{"namespaceSelector": _peers[0].namespaceSelector}, {"podSelector": _peers[0].podSelector}],
		"namespace-label": [{"namespaceSelector": {"matchLabels": {"name": "kube-system"}}, "podSelector": _peers[0].podSelector}],
		"dns-peer-inert": [{"podSelector": _peers[0].podSelector}],
	}
	policy := _policy("web", _web, [_to_api, {"to": peers, "ports": _dns.ports}])
	violations := missing_dns.violation with input as _in([policy])
	violations == set()
}
