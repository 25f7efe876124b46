package netvet.rules.removed_api_version_test

import data.netvet.rules.removed_api_version

_object(version, kind) := {"apiVersion": version, "kind": kind, "metadata": {"name": "web"}}

_fixes := {fault.details.fix | some fault in removed_api_version.violation}

_fix(field, value) := {"op": "replace", "path": [field], "value": value}

_version := _fix("apiVersion", "networking.k8s.io/v1")

_kind := _fix("kind", "NetworkPolicy")

test_versions[version] if {
	some version, fixes in {
		"networking.k8s.io/v1": set(),
		"networking.k8s.io/v1beta1": {[_version]},
		"networking.k8s.io/V1": {[_version]},
		"networking.k8s.io": {[_version]},
		"Networking.K8s.io/v1": {[_version]},
		"networking.kubernetes.io/v1": {[_version]},
		"extensions/v1beta1": {[_version]},
		"v1": {[_version]},
		"": {[_version]},
		"projectcalico.org/v3": set(),
	}
	_fixes == fixes with input as {"resources": [_object(version, "NetworkPolicy")]}
}

test_kinds[kind] if {
	some kind, fixes in {
		"NetworkPolicy": set(),
		"networkPolicy": {[_kind]},
		"NetworkPolicies": {[_kind]},
		"NetworkPolicyList": set(),
		"Pod": set(),
	}
	_fixes == fixes with input as {"resources": [_object("networking.k8s.io/v1", kind)]}
}

test_both if {
	_fixes == {[_version, _kind]} with input as {"resources": [_object("v1", "networkpolicy")]}
	{fault.details.path | some fault in removed_api_version.violation} == {["kind"]} with input as {"resources": [_object("v1", "networkpolicy")]}
}

test_when if {
	{fault.msg | some fault in removed_api_version.violation} == {
		"no API server serves the kind NetworkPolicy in extensions/v1beta1 since Kubernetes 1.16: the policy is not applied",
		"no API server serves the kind NetworkPolicy in v1: the policy is not applied",
	} with input as {"resources": [_object("extensions/v1beta1", "NetworkPolicy"), _object("v1", "NetworkPolicy")]}
}

test_hosts if {
	old := _object("extensions/v1beta1", "NetworkPolicy")
	count(_fixes) == 1 with input as old
	_fixes == set() with input as {"review": {"object": old}}
	_fixes == set() with input as {"resources": [old], "scope": []}
	_fixes == set() with input as {"resources": [object.union(old, {"kind": 7}), object.union(old, {"apiVersion": 7}), 7]}
}
