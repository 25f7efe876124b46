package netvet.rules.default_deny_missing_test

import data.netvet.rules.default_deny_missing

_policy(name, spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": name, "namespace": "shop"},
	"spec": object.union(object.remove({"podSelector": {}}, object.keys(spec)), spec),
}

_web := _policy("web", {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress", "Egress"]})

_api := _policy("api", {"podSelector": {"matchLabels": {"app": "api"}}, "policyTypes": ["Ingress"]})

_pod(name, labels) := {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop", "labels": labels}}

_namespace(name) := {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}

_said(directions, ends) := sprintf("no policy isolates every pod in namespace shop for %s: connections %s are unrestricted", [directions, ends])

_nobody := _said("ingress or egress", "to and from pods that no policy isolates")

# Of a set: [index, message] for each finding.
_found := {[fault.details.index, fault.msg] |
	some fault in default_deny_missing.violation
}

_set(resources) := {"resources": resources, "sight": "set"}

test_sets_only if {
	default_deny_missing.violation == set() with input as _web
	default_deny_missing.violation == set() with input as {"resources": [_web], "sight": "document"}
	default_deny_missing.violation == set() with input as {"resources": [_web, _api], "sight": "fragment"}
	count(default_deny_missing.violation) == 1 with input as {"resources": [_web, _api], "sight": "set"}
}

test_isolated[name] if {
	some name, policies in {
		"by one policy": [_policy("b", {"policyTypes": ["Ingress", "Egress"]})],
		"by two": [_policy("b", {"policyTypes": ["Ingress"]}), _policy("c", {"policyTypes": ["Egress"]})],
		"by one that admits everything": [_policy("b", {"ingress": [{}], "egress": [{}]})],
		"by a selector that is empty by meaning": [_policy("b", {
			"podSelector": {"matchLabels": {}, "matchExpressions": null},
			"policyTypes": ["Ingress", "Egress"],
		})],
	}
	_found == set() with input as _set(array.concat([_web], policies))
}

test_missing[name] if {
	some name, example in {
		"egress": {"policy": _policy("a", {}), "want": _said("egress", "from pods that no policy isolates")},
		"ingress": {"policy": _policy("a", {"policyTypes": ["Egress"]}), "want": _said("ingress", "to pods that no policy isolates")},
		"both": {"policy": _policy("a", {"podSelector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]}}), "want": _nobody},
		"a selector that matches nothing": {"policy": _policy("a", {"podSelector": {"matchLabels": {"app": 1}}}), "want": _nobody},
		"another namespace": {"policy": object.union(_policy("a", {}), {"metadata": {"namespace": "kube-public"}}), "want": null},
	}
	_found == {[0, message] | message := example.want; message != null} with input as _set([example.policy, _web])
}

test_the_anchor if {
	_found == {[1, _nobody]} with input as _set([_web, _api])
	_found == {[2, _nobody]} with input as _set([_web, _api, _namespace("shop")])
	_found == {[1, _said("ingress or egress", "to and from Pod shop/a and 1 more")]} with input as _set([_pod("b", {}), _pod("a", {})])
}

# The anchor does not move into the group that is under review.
test_only_what_is_under_review if {
	resources := [_web, _api]
	default_deny_missing.violation == set() with input as {"resources": resources, "scope": [0], "sight": "set"}
	count(default_deny_missing.violation) == 1 with input as {"resources": resources, "scope": [1], "sight": "set"}
}

test_workloads_are_named_by_direction if {
	ends := "to Pod shop/other, and from Pod shop/api and 1 more"
	pods := [_pod("web", {"app": "web"}), _pod("api", {"app": "api"}), _pod("other", {})]
	_found == {[1, _said("ingress or egress", ends)]} with input as _set(array.concat([_web, _api], pods))
	_found == {[0, _nobody]} with input as _set([_web, _pod("web", {"app": "web"})])
}

# One object does not show that it is all there is; the same name twice is one object.
test_company if {
	_found == set() with input as _set([_web, _namespace("other")])
	_found == set() with input as _set([_web, _web])
	_found == set() with input as _set([_pod("a", {}), _namespace("other")])
	_found == {[1, _nobody]} with input as _set([_web, _namespace("shop")])
	config := {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "shop"}}
	_found == {[0, _nobody]} with input as _set([_web, config])
	_found == set() with input as _set([config, _namespace("shop")])
}

test_pods_that_policies_do_not_isolate if {
	agent := object.union(_pod("a", {}), {"spec": {"hostNetwork": true}})
	_found == set() with input as _set([agent, _namespace("shop")])
	_found == {[1, _nobody]} with input as _set([agent, _web])
}

test_exempt if {
	resources := [_web, _api]
	exempt := {"exempt_namespaces": ["shop"]}
	default_deny_missing.violation == set() with input as {"resources": resources, "sight": "set", "parameters": exempt}
	moved := [object.union(policy, {"metadata": {"namespace": "kube-system"}}) | some policy in resources]
	_found == set() with input as _set(moved)
}
