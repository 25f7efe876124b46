package netvet.rules.default_namespace_test

import data.netvet.rules.default_namespace

_policy(metadata) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": metadata,
	"spec": {"podSelector": {"matchLabels": {"app": "web"}}},
}

_found := {fault.msg | some fault in default_namespace.violation}

test_namespaces[name] if {
	some name, example in {
		"default": {"metadata": {"namespace": "default"}, "want": {"the policy is for pods with app=web in namespace default, which is everybody's"}},
		"another": {"metadata": {"namespace": "shop"}, "want": set()},
		"one that is called like it": {"metadata": {"namespace": "default-shop"}, "want": set()},
		"none": {"metadata": {"name": "a"}, "want": set()},
		"no metadata": {"metadata": null, "want": set()},
	}
	_found == example.want with input as _policy(example.metadata)
}

test_admission if {
	count(_found) == 1 with input as {"review": {"object": _policy({"name": "a", "namespace": "default"}), "namespace": "default"}}
}

# One object is enough; others neither add anything nor take anything away.
test_the_same_in_every_scope if {
	policy := _policy({"name": "a", "namespace": "default"})
	want := default_namespace.violation with input as policy
	count(want) == 1
	default_namespace.violation == want with input as {"resources": [policy], "sight": "document"}
	default_namespace.violation == want with input as {"resources": [policy, {}], "sight": "set"}
	default_namespace.violation == set() with input as {"resources": [policy], "scope": []}
}
