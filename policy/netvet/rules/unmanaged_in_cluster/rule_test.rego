package netvet.rules.unmanaged_in_cluster_test

import data.netvet.rules.unmanaged_in_cluster

_policy(metadata) := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": {}}

_live(metadata) := _policy(object.union({"name": "a", "namespace": "shop", "uid": "5b0c7f0e"}, metadata))

_told := count(unmanaged_in_cluster.violation)

test_marks[name] if {
	some name, example in {
		"none": {"metadata": {}, "want": 1},
		"kubectl": {"metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"}}, "want": 1},
		"Helm": {"metadata": {"annotations": {"meta.helm.sh/release-name": "shop"}}, "want": 0},
		"Helm's label": {"metadata": {"labels": {"helm.sh/chart": "shop-1.0.0"}}, "want": 0},
		"Argo CD": {"metadata": {"annotations": {"argocd.argoproj.io/tracking-id": "shop:networking.k8s.io/NetworkPolicy:shop/a"}}, "want": 0},
		"Argo CD's label": {"metadata": {"labels": {"app.kubernetes.io/instance": "shop"}}, "want": 0},
		"Flux": {"metadata": {"labels": {"kustomize.toolkit.fluxcd.io/name": "shop"}}, "want": 0},
		"a tool": {"metadata": {"labels": {"app.kubernetes.io/managed-by": "terraform"}}, "want": 0},
		"no tool": {"metadata": {"labels": {"app.kubernetes.io/managed-by": ""}}, "want": 1},
		"null": {"metadata": {"labels": {"app.kubernetes.io/managed-by": null}}, "want": 1},
		"a key that begins like a mark": {"metadata": {"labels": {"app.kubernetes.io/instance-of": "shop"}}, "want": 1},
		"other labels": {"metadata": {"labels": {"app": "shop"}, "annotations": {"a": "b"}}, "want": 1},
		"an owner": {"metadata": {"ownerReferences": [{"kind": "Shop", "name": "a"}]}, "want": 0},
		"no owners": {"metadata": {"ownerReferences": []}, "want": 1},
		"no object": {"metadata": {"labels": "a"}, "want": 1},
	}
	_told == example.want with input as _live(example.metadata)
}

test_where_it_was_read[name] if {
	some name, example in {
		"a file": {"policy": _policy({"name": "a"}), "want": 0},
		"by uid": {"policy": _policy({"name": "a", "uid": "5b0c7f0e"}), "want": 1},
		"by version": {"policy": _policy({"name": "a", "resourceVersion": "7"}), "want": 1},
	}
	_told == example.want with input as example.policy
}

test_admission if {
	_told == 1 with input as {"review": {"object": _policy({"name": "a", "uid": "1"})}}
	_told == 0 with input as {"review": {"object": _policy({"name": "a"})}}
}

test_the_parameter if {
	policies := [
		_live({"labels": {"shop.example/origin": "a"}}),
		_live({"annotations": {"origin.example/repository": "a"}}),
		_live({"labels": {"shop.example/a": "b"}}),
	]
	marks := {"repository_marks": ["shop.example/origin", "origin.example/"]}
	{fault.details.index | some fault in unmanaged_in_cluster.violation} == {2} with input as {"resources": policies, "parameters": marks}
}

# One object is enough; others neither add anything nor take anything away.
test_the_same_in_every_scope if {
	policy := _live({})
	want := unmanaged_in_cluster.violation with input as policy
	count(want) == 1
	unmanaged_in_cluster.violation == want with input as {"resources": [policy], "sight": "document"}
	unmanaged_in_cluster.violation == want with input as {"resources": [policy, {}], "sight": "set"}
	unmanaged_in_cluster.violation == set() with input as {"resources": [policy], "scope": []}
}
