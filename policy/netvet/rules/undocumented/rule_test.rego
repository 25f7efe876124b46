package netvet.rules.undocumented_test

import data.netvet.rules.undocumented

_policy(metadata) := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": {}}

test_descriptions[name] if {
	some name, example in {
		"a sentence": {"metadata": {"annotations": {"kubernetes.io/description": "Keeps the shop to itself."}}, "want": 0},
		"empty": {"metadata": {"annotations": {"kubernetes.io/description": ""}}, "want": 1},
		"blank": {"metadata": {"annotations": {"kubernetes.io/description": " \n"}}, "want": 1},
		"no string": {"metadata": {"annotations": {"kubernetes.io/description": 7}}, "want": 1},
		"another annotation": {"metadata": {"annotations": {"description": "Keeps the shop to itself."}}, "want": 1},
		"a label": {"metadata": {"labels": {"kubernetes.io/description": "shop"}}, "want": 1},
		"misspelt, as unknown-field tells": {"metadata": {"annotation": {"kubernetes.io/description": "Keeps the shop to itself."}}, "want": 0},
		"another field that is none": {"metadata": {"owner": "shop"}, "want": 1},
		"no annotations": {"metadata": {"annotations": null}, "want": 1},
		"no metadata": {"metadata": null, "want": 1},
	}
	count(undocumented.violation) == example.want with input as _policy(example.metadata)
}

test_policies_alone if {
	undocumented.violation == set() with input as {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
}

# One object is enough; others neither add anything nor take anything away.
test_the_same_in_every_scope if {
	policy := _policy({"name": "a"})
	want := undocumented.violation with input as policy
	count(want) == 1
	undocumented.violation == want with input as {"resources": [policy], "sight": "document"}
	undocumented.violation == want with input as {"resources": [policy, {}], "sight": "set"}
	undocumented.violation == set() with input as {"resources": [policy], "scope": []}
}
