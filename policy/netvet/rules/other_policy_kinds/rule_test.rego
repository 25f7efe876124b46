package netvet.rules.other_policy_kinds_test

import data.netvet.rules.other_policy_kinds

_object(version, kind, name) := {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": {}}

_policy := _object("networking.k8s.io/v1", "NetworkPolicy", "a")

_pod := _object("v1", "Pod", "a")

_cilium := _object("cilium.io/v2", "CiliumNetworkPolicy", "c")

_set(resources) := {"resources": resources, "sight": "set"}

_found := {[fault.details.index, fault.msg] | some fault in other_policy_kinds.violation}

_said(kinds, whom) := sprintf("policies of other kinds (%s) decide about %s, too: what is said of connections there may be overruled", [kinds, whom])

test_kinds[name] if {
	some name, example in {
		"Cilium": {"version": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "want": "namespace shop"},
		"Cilium, cluster": {"version": "cilium.io/v2", "kind": "CiliumClusterwideNetworkPolicy", "want": "every namespace"},
		"Calico": {"version": "projectcalico.org/v3", "kind": "NetworkPolicy", "want": "namespace shop"},
		"Calico's resource": {"version": "crd.projectcalico.org/v1", "kind": "NetworkPolicy", "want": "namespace shop"},
		"Calico, cluster": {"version": "projectcalico.org/v3", "kind": "GlobalNetworkPolicy", "want": "every namespace"},
		"Antrea": {"version": "crd.antrea.io/v1beta1", "kind": "NetworkPolicy", "want": "namespace shop"},
		"Antrea, cluster": {"version": "crd.antrea.io/v1beta1", "kind": "ClusterNetworkPolicy", "want": "every namespace"},
		"administrators": {"version": "policy.networking.k8s.io/v1alpha1", "kind": "AdminNetworkPolicy", "want": "every namespace"},
		"their defaults": {"version": "policy.networking.k8s.io/v1alpha1", "kind": "BaselineAdminNetworkPolicy", "want": "every namespace"},
		"cluster": {"version": "policy.networking.k8s.io/v1alpha2", "kind": "ClusterNetworkPolicy", "want": "every namespace"},
	}
	_found == {[0, _said(example.kind, example.want)]} with input as _set([_object(example.version, example.kind, "b"), _policy])
}

test_other_kinds[name] if {
	some name, object in {
		"Kubernetes'": _object("networking.k8s.io/v1", "NetworkPolicy", "b"),
		"egress gateways": _object("cilium.io/v2", "CiliumEgressGatewayPolicy", "b"),
		"somebody else's": _object("example.com/v1", "ClusterNetworkPolicy", "b"),
		"no version": _object(7, "CiliumNetworkPolicy", "b"),
	}
	_found == set() with input as _set([object, _policy])
}

test_something_is_said[name] if {
	some name, example in {
		"a policy": {"resources": [_policy], "want": 1},
		"a workload": {"resources": [_pod], "want": 1},
		"nothing": {"resources": [], "want": 0},
		"elsewhere": {"resources": [object.union(_policy, {"metadata": {"namespace": "bank"}})], "want": 0},
	}
	count(other_policy_kinds.violation) == example.want with input as _set(array.concat([_cilium], example.resources))
}

test_cluster_wide if {
	admin := _object("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy", "b")
	_found == set() with input as _set([admin])
	_found == {[0, _said("AdminNetworkPolicy", "every namespace")]} with input as _set([admin, _pod])
}

test_one_finding_a_namespace if {
	calico := _object("projectcalico.org/v3", "NetworkPolicy", "a")
	first := _object("cilium.io/v2", "CiliumNetworkPolicy", "b")
	_found == {[1, _said("CiliumNetworkPolicy, NetworkPolicy", "namespace shop")]} with input as _set([_cilium, first, calico, _policy])
	_found == set() with input as object.union(_set([_cilium, first, calico, _policy]), {"scope": [0, 2, 3]})
}

test_sets_only if {
	_found == set() with input as {"resources": [_cilium, _policy], "sight": "fragment"}
	_found == set() with input as {"resources": [_cilium, _policy], "sight": "document"}
}

# Of two alike, which is told does not depend on their order.
test_alike[n] if {
	two := [_object("crd.projectcalico.org/v1", "NetworkPolicy", "a"), _object("crd.antrea.io/v1beta1", "NetworkPolicy", "a")]
	own := _object("networking.k8s.io/v1", "NetworkPolicy", "b")
	some n, resources in [array.concat(two, [own]), array.concat([own], array.reverse(two))]
	versions := {fault.details.resource.apiVersion | some fault in other_policy_kinds.violation} with input as {"resources": resources}
	versions == {"crd.antrea.io/v1beta1"}
}
