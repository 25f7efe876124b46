package netvet.rules.egress_only_blocks_ingress_test

import data.netvet.rules.egress_only_blocks_ingress

_egress := [{"ports": [{"port": 443}]}]

_web := {"matchLabels": {"app": "web"}}

_policy(name, spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": name, "namespace": "shop"},
	"spec": object.union(object.remove({"podSelector": _web}, object.keys(spec)), spec),
}

_faulty := _policy("web", {"egress": _egress})

_pod(name, labels, spec) := {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop", "labels": labels}, "spec": spec}

_said(whom) := sprintf("without policyTypes the policy isolates ingress, too, and admits nobody to %s", [whom])

# Of a set: [name, message, severity] for each finding.
_found := {[fault.details.resource.name, fault.msg, fault.details.severity] |
	some fault in egress_only_blocks_ingress.violation
}

_set(resources) := {"resources": resources, "sight": "set"}

test_scopes if {
	want := {["spec", "egress"]}
	{f.details.path | some f in egress_only_blocks_ingress.violation} == want with input as {"resources": [_faulty], "sight": "document"}
	{f.details.path | some f in egress_only_blocks_ingress.violation} == want with input as {"resources": [_faulty], "sight": "set"}
	egress_only_blocks_ingress.violation == set() with input as _faulty
	egress_only_blocks_ingress.violation == set() with input as {"resources": [_faulty], "scope": []}
}

test_alone_is_an_error if {
	_found == {["web", _said("pods with app=web in namespace shop"), "error"]} with input as _set([_faulty])
}

test_near_misses[name] if {
	some name, spec in {
		"policyTypes": {"policyTypes": ["Egress"], "egress": _egress},
		"both types": {"policyTypes": ["Ingress", "Egress"], "egress": _egress},
		"no ingress rules, written": {"ingress": [], "egress": _egress},
		"ingress rules": {"ingress": [{}], "egress": _egress},
		"no egress rules": {"egress": []},
		"a selector that matches nothing": {"egress": _egress, "podSelector": object.union(_web, {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]})},
	}
	_found == set() with input as _set([_policy("a", spec)])
}

test_the_author_is_not_the_api_server if {
	_found == set() with input as _set([object.union(_faulty, {"metadata": {"uid": "1"}})])
	admitted := {"review": {"object": _faulty, "operation": "CREATE", "namespace": "shop"}}
	egress_only_blocks_ingress.violation == set() with input as admitted
}

test_another_policy_isolates_the_same_pods[name] if {
	some name, other in {
		"the same selector": _policy("b", {"policyTypes": ["Ingress"]}),
		"every pod": _policy("b", {"podSelector": {"matchLabels": {}}, "policyTypes": ["Ingress", "Egress"]}),
		"with rules": _policy("b", {"ingress": [{"from": [{"podSelector": {}}]}]}),
		"a default-deny in its shortest form": _policy("b", {"podSelector": null}),
	}
	_found == set() with input as _set([_faulty, other])
}

test_another_policy_does_not[name] if {
	some name, other in {
		"about egress": _policy("b", {"policyTypes": ["Egress"]}),
		"other pods": _policy("b", {"podSelector": {"matchLabels": {"app": "api"}}}),
		"some of the pods": _policy("b", {"podSelector": {"matchLabels": {"app": "web", "tier": "front"}}}),
		"another namespace": object.union(_policy("b", {}), {"metadata": {"namespace": "bank"}}),
		"another fault": _policy("b", {"egress": []}),
	}
	_found == {["web", _said("pods with app=web in namespace shop"), "error"]} with input as _set([_faulty, other])
}

test_the_same_fault_twice_is_told_twice if {
	too := _policy("too", {"podSelector": {}, "egress": _egress})
	{row[0] | some row in _found} == {"web", "too"} with input as _set([_faulty, too])
}

test_some_pods_of_the_namespace_are_isolated_otherwise if {
	everyone := _policy("dns", {"podSelector": {}, "egress": _egress})
	whom := "any pod in namespace shop; other policies isolate, and may admit somebody to, some of them"
	_found == {["dns", _said(whom), "warning"]} with input as _set([everyone, _policy("web", {})])
	elsewhere := object.union(_policy("web", {}), {"metadata": {"namespace": "bank"}})
	_found == {["dns", _said("any pod in namespace shop"), "error"]} with input as _set([everyone, elsewhere])
}

test_with_workloads_in_sight if {
	everyone := _policy("dns", {"podSelector": {}, "egress": _egress})
	isolated := _pod("a", {"app": "web"}, {})
	_found == set() with input as _set([everyone, _policy("web", {}), isolated])
	_found == set() with input as _set([everyone, _policy("web", {}), isolated, _pod("b", {}, {"hostNetwork": true})])
	_found == {["dns", _said("Pod shop/b"), "error"]} with input as _set([everyone, _policy("web", {}), isolated, _pod("b", {}, {})])
}

# As unknown-field tells.
test_misspelt[field] if {
	some field in {"policytypes", "ingres"}
	_found == set() with input as _set([_policy("web", {"podSelector": {}, "egress": _egress, field: []})])
	{row[0] | some row in _found} == {"web"} with input as _set([_policy("web", {"podSelector": {}, "egress": _egress, "order": 1})])
}
