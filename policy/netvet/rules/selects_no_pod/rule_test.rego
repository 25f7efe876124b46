package netvet.rules.selects_no_pod_test

import data.netvet.rules.selects_no_pod

_policy(name, label_selector) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": name, "namespace": "shop"},
	"spec": {"podSelector": label_selector},
}

_web := {"matchLabels": {"app": "web"}}

_pod(namespace, labels) := {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": namespace, "labels": labels}}

_set(resources) := {"resources": resources, "sight": "set"}

_found := {[fault.details.resource.name, fault.msg] | some fault in selects_no_pod.violation}

_said(rest) := sprintf("no pod in sight in namespace shop has app=web, so the policy applies to nobody%s", [rest])

test_both_policies_of_a_group if {
	_found == {["a", _said("")], ["b", _said("")]} with input as _set([_policy("a", _web), _policy("b", _web), _pod("shop", {"app": "cart"})])
}

test_instead[name] if {
	some name, example in {
		"near": {"pods": [_pod("shop", {"app": "webs"}), _pod("bank", {"app": "web"})], "want": "; the nearest label there is app=webs"},
		"elsewhere": {"pods": [_pod("shop", {}), _pod("yard", {"app": "web"}), _pod("bank", {"app": "web"})], "want": ""},
		"nowhere": {"pods": [_pod("shop", {})], "want": ""},
	}
	_found == {["a", _said(example.want)]} with input as _set(array.concat(example.pods, [_policy("a", _web)]))
}

# Where they are is advice.
test_pods_elsewhere if {
	resources := [_policy("a", _web), _pod("shop", {}), _pod("yard", {"app": "web"}), _pod("bank", {"app": "web"})]
	advice := {fault.details.remediation | some fault in selects_no_pod.violation} with input as _set(resources)
	advice == {"If pods of another namespace are meant, the policy has to be in it. Pods with these labels are in:\n\n- bank\n- yard"}
	none := {fault.details.remediation | some fault in selects_no_pod.violation} with input as _set(array.slice(resources, 0, 2))
	none == set()
}

test_fix if {
	faults := selects_no_pod.violation with input as _set([_policy("a", _web), _pod("shop", {"name": "web"})])
	{fault.details.fix[0].value | some fault in faults} == {{"name": "web"}}
}

test_near_misses[name] if {
	some name, resources in {
		"matches": [_policy("a", _web), _pod("shop", {"app": "web"})],
		"every pod": [_policy("a", {}), _pod("shop", {})],
		"no workload in sight": [_policy("a", _web)],
		"another namespace's workload": [_policy("a", _web), _pod("bank", {"app": "cart"})],
		"labels made later": [_policy("a", {"matchLabels": {"pod-template-hash": "1"}}), _pod("shop", {"app": "web"})],
	}
	_found == set() with input as _set(resources)
}

test_sights if {
	resources := [_policy("a", _web), _pod("shop", {"app": "cart"})]
	_found == set() with input as {"resources": resources, "sight": "document"}
	_found == set() with input as {"resources": resources, "sight": "fragment"}
	_found == set() with input as {"resources": resources, "sight": "set", "scope": [1]}
	_found == set() with input as {"review": {"object": _policy("a", _web)}}
}
