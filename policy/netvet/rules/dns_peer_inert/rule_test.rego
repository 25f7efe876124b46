package netvet.rules.dns_peer_inert_test

import data.lib.netvet.dns
import data.netvet.rules.dns_peer_inert
import data.netvet.rules.namespace_label
import data.netvet.rules.or_peers

_policy(namespace, rules) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": namespace},
	"spec": {"podSelector": {}, "policyTypes": ["Egress"], "egress": rules},
}

_both := [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]

_to(peers) := _policy("shop", [{"to": peers, "ports": _both}])

_pods(key, value) := {"podSelector": {"matchLabels": {key: value}}}

_kube_dns := _pods("k8s-app", "kube-dns")

_namespaces(key, value) := {"namespaceSelector": {"matchLabels": {key: value}}}

_named(name) := _namespaces("kubernetes.io/metadata.name", name)

_block(block) := {"ipBlock": {"cidr": block}}

_pod(namespace, labels) := {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "namespace": namespace, "labels": labels}}

_namespace(name, labels) := {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}

_coredns := _pod("kube-system", {"k8s-app": "kube-dns"})

# The severities by path.
_found[concat(".", [sprintf("%v", [step]) | some step in fault.details.path])] := fault.details.severity if {
	some fault in dns_peer_inert.violation
}

_error := {"spec.egress.0.to.0": "error"}

_warning := {"spec.egress.0.to.0.ipBlock.cidr": "warning"}

# What one object shows is told in every scope, in the same words, whatever else comes into sight.
test_one_object_is_enough if {
	policies := [_to(peers) |
		some peers in [
			[_kube_dns],
			[object.union(_kube_dns, _named("dns"))],
			[_block("10.96.0.10/32")],
			[_block("fd00:10:96:0::a/128")],
		]
	]
	want := _said with input as {"resources": policies, "sight": "fragment"}
	{[index, severity] | some [_, index, _, severity] in want} == {[0, "error"], [1, "error"], [2, "warning"], [3, "warning"]}
	service := {
		"apiVersion": "v1",
		"kind": "Service",
		"metadata": {"name": "kube-dns", "namespace": "kube-system"},
		"spec": {"selector": {"k8s-app": "kube-dns"}, "clusterIP": "10.96.0.10"},
	}
	openshift := _pod("openshift-dns", {"dns.operator.openshift.io/daemonset-dns": "default"})
	every others in [[], [_coredns, service, _namespace("kube-system", {})], [openshift, _pod("shop", {"k8s-app": "kube-dns"})]] {
		_said == want with input as {"resources": array.concat(policies, others), "sight": "set"}
	}
}

_said := {[fault.msg, fault.details.index, fault.details.path, fault.details.severity] | some fault in dns_peer_inert.violation}

# As rejected-by-api-server tells.
test_an_address_alone_is_refused if {
	_found == {} with input as _to([_block("10.96.0.10")])
	_found == _warning with input as _to([_block("10.96.0.10/32")])
}

# The remedy is the DNS that is meant, in place of the only peer at fault.
test_remedy[name] if {
	upstream := object.union(_named("kube-system"), _kube_dns)
	openshift := object.union(_named("openshift-dns"), _pods("dns.operator.openshift.io/daemonset-dns", "default"))
	some name, example in {
		"by its label": [[_kube_dns], [], {upstream}],
		"by the label of another platform": [[object.filter(openshift, {"podSelector"})], [], {openshift}],
		"by the pods in sight": [[object.union(_named("kube-system"), _pods("app", "dns"))], [_coredns], {upstream}],
		"by an address, where a cache may listen": [[_block("10.96.0.10/32")], [], set()],
		"one of several": [[_kube_dns, _block("10.96.0.10/32")], [], set()],
	}
	[peers, others, want] := example
	{fault.details.fix[0].value | some fault in dns_peer_inert.violation} == want with input as {"resources": array.concat([_to(peers)], others)}
	every fault in dns_peer_inert.violation { contains(fault.details.remediation, "kubernetes.io/metadata.name: ") } with input as {"resources": [_to(peers)]}
}

test_plain_conftest if _found == _error with input as _to([_kube_dns])

test_labels_go_by_the_pods_in_sight if {
	policy := _to([object.union(_pods("app", "coredns"), _named("kube-system"))])
	_found == {} with input as policy
	_found == {} with input as {"resources": [policy], "sight": "document"}
	_found == {} with input as {"resources": [policy, _pod("kube-system", {"app": "proxy"})]}
	_found == {} with input as {"resources": [policy, _coredns], "sight": "fragment"}
	_found == _error with input as {"resources": [policy, _coredns]}
	_found == {} with input as {"resources": [policy, _pod("kube-system", {"k8s-app": "kube-dns", "app": "coredns"})]}
}

test_platform[name] if {
	some name, example in {
		"another's": {"platform": ["openshift"], "peers": [object.union(_kube_dns, _named("kube-system"))], "want": _error},
		"its own": {"platform": ["openshift"], "peers": [_named("openshift-dns")], "want": {}},
		"one of two": {"platform": ["openshift", "eks"], "peers": [object.union(_kube_dns, _named("kube-system"))], "want": {}},
		"cache on the node": {"platform": ["node-local-dns"], "peers": [_block("10.96.0.10/32")], "want": {}},
		"no cache": {"platform": ["eks"], "peers": [_block("10.96.0.10/32")], "want": _warning},
	}
	_found == example.want with input as {"resources": [_to(example.peers)], "parameters": {"platform": example.platform}}
}

test_message_names_the_dns_there_is if {
	policy := _to([object.union(_kube_dns, _named("kube-system"))])
	messages := {fault.msg | some fault in dns_peer_inert.violation} with input as {"resources": [policy], "parameters": {"platform": ["openshift"]}}
	want := concat(" ", [
		"pods with k8s-app=kube-dns in namespaces with kubernetes.io/metadata.name=kube-system cannot be the cluster's DNS,",
		"which is pods with dns.operator.openshift.io/daemonset-dns=default in namespace openshift-dns; the rule lets no name resolve",
	])
	messages == {want}
}

_near_misses := {
	"right": _to([object.union(_kube_dns, _named("kube-system"))]),
	"one of several": _to([_kube_dns, _block("10.96.0.10/32"), _named("kube-system")]),
	"no peers": _to([]),
	"in kube-system": _policy("kube-system", [{"to": [_kube_dns], "ports": _both}]),
	"another port": _policy("shop", [{"to": [_kube_dns], "ports": [{"port": 9153}]}]),
	"every port": _policy("shop", [{"to": [_kube_dns]}]),
	"ingress": object.union(_policy("shop", []), {"spec": {"policyTypes": ["Ingress"], "ingress": [{"from": [_kube_dns], "ports": _both}]}}),
	"not in effect": object.union(_to([_kube_dns]), {"spec": {"policyTypes": ["Ingress"]}}),
	"resolver of one's own": _to([_pods("app", "unbound")]),
	"public resolver": _to([_block("203.0.113.53/32")]),
	"no objects": _to(["kube-dns"]),
	"told by or-peers": _to([_namespaces("team", "a"), _kube_dns]),
	"told by namespace-label": _to([object.union(_kube_dns, _namespaces("name", "kube-system"))]),
}

test_near_misses if {
	_found == {} with input as {"resources": array.concat([policy | some policy in _near_misses], [_namespace("kube-system", {})])}
}

# missing-dns is silent where a rule means DNS and misses it: then that is told here, by or-peers or by namespace-label.
_peers := [
	_kube_dns,
	_named("kube-system"),
	_named("backend"),
	_namespaces("name", "kube-system"),
	_namespaces("team", "a"),
	object.union(_kube_dns, _named("backend")),
	object.union(_pods("app", "coredns"), _named("kube-system")),
	object.union(_pods("app", "coredns"), _namespaces("name", "kube-system")),
	_block("10.96.0.10/32"),
]

# Each in a namespace of its own: every pair on the DNS port, and every peer on all ports.
_lists := array.concat(
	[{"to": [a, b], "ports": _both} | some a in _peers; some b in _peers],
	[{"to": [peer]} | some peer in _peers],
)

_for_dns := [_policy(sprintf("%d", [i]), [rule]) | some i, rule in _lists]

_misdirected := {policy.metadata.namespace |
	some policy in _for_dns
	dns.misdirected([policy.metadata.namespace, {}], "UDP")
}

_told := {fault.details.resource.namespace |
	some violation in [or_peers.violation, namespace_label.violation, dns_peer_inert.violation]
	some fault in violation
}

_untold := _misdirected - _told if count(_misdirected) > 10

_beside(others) := {"resources": array.concat(others, _for_dns)}

test_misdirected_is_told if _untold == set() with input as _beside([])

test_misdirected_in_a_document_is_told if {
	_untold == set() with input as object.union(_beside([]), {"sight": "document"})
}

test_misdirected_on_cilium_is_told if {
	_untold == set() with input as object.union(_beside([]), {"parameters": {"platform": ["cilium"]}})
}

test_misdirected_beside_dns_is_told if {
	_untold == set() with input as _beside([_coredns, _namespace("kube-system", {})])
}

test_misdirected_beside_a_labelled_namespace_is_told if {
	_untold == set() with input as _beside([_coredns, _namespace("kube-system", {"name": "kube-system"})])
}

test_misdirected_beside_another_labelled_namespace_is_told if {
	_untold == set() with input as _beside([_coredns, _namespace("kube-system", {}), _namespace("backend", {"name": "kube-system"})])
}

# At admission nothing is refused that another object, which may be on its way, would mend.
test_admission[name] if {
	some name, example in {
		"in the policy's own namespace": {"peers": [_kube_dns], "want": _error},
		"other pods than those in sight": {"peers": [object.union(_pods("app", "dns"), _named("kube-system"))], "want": {"spec.egress.0.to.0": "warning"}},
		"the address of the Service": {"peers": [_block("10.96.0.10/32")], "want": _warning},
	}
	inventory := {"namespace": {
		"kube-system": {"v1": {"Pod": {"x": _coredns}}},
		"shop": {"networking.k8s.io/v1": {"NetworkPolicy": {"b": object.union(_policy("shop", []), {"metadata": {"name": "b"}})}}},
	}}
	_found == example.want with input as {"review": {"operation": "CREATE", "object": _to(example.peers)}} with data.inventory as inventory
}
