package netvet.rules.namespace_unset_test

import data.netvet.rules.namespace_unset

_policy(metadata) := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": {}}

_found := {fault.msg | some fault in namespace_unset.violation}

_said(name) := sprintf("no namespace: where the request names none, the policy goes to namespace %s", [name])

test_namespaces[name] if {
	some name, example in {
		"absent": {"metadata": {"name": "a"}, "want": {_said("default")}},
		"null": {"metadata": {"name": "a", "namespace": null}, "want": {_said("default")}},
		"empty": {"metadata": {"name": "a", "namespace": ""}, "want": {_said("default")}},
		"no metadata": {"metadata": null, "want": {_said("default")}},
		"misspelt, as unknown-field tells": {"metadata": {"name": "a", "nameSpace": "shop"}, "want": set()},
		"another field that is none": {"metadata": {"name": "a", "owner": "shop"}, "want": {_said("default")}},
		"given": {"metadata": {"name": "a", "namespace": "shop"}, "want": set()},
		"default": {"metadata": {"name": "a", "namespace": "default"}, "want": set()},
	}
	_found == example.want with input as _policy(example.metadata)
}

test_the_namespace_of_the_request if {
	_found == {_said("shop")} with input as {"resources": [_policy({"name": "a"})], "parameters": {"namespace": "shop"}}
}

test_admission if {
	_found == set() with input as {"review": {"object": _policy({"name": "a"}), "namespace": "shop"}}
}

# One object is enough; others neither add anything nor take anything away.
test_the_same_in_every_scope if {
	policy := _policy({"name": "a"})
	want := namespace_unset.violation with input as policy
	count(want) == 1
	namespace_unset.violation == want with input as {"resources": [policy], "sight": "document"}
	namespace_unset.violation == want with input as {"resources": [policy, {}], "sight": "set"}
	namespace_unset.violation == set() with input as {"resources": [policy], "scope": []}
}
