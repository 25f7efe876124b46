package lib.netvet.halves_test

import data.lib.netvet.halves

_pod(namespace, labels) := {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "namespace": namespace, "labels": labels}}

_namespaces := {"namespaceSelector": {"matchLabels": {"team": "a"}}}

_pods := {"podSelector": {"matchLabels": {"app": "web"}}}

_rule(peers) := {"peers": peers, "ports": []}

_meant := object.union(_namespaces, _pods)

_labelled := {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "labelled", "labels": {"team": "a"}}}

test_known if {
	dns := {
		"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
		"podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
	}
	[one, other] := [object.filter(dns, {"namespaceSelector"}), object.filter(dns, {"podSelector"})]
	halves.of(_rule([one, other]), "shop") == [dns, "error", ""] with input as {"resources": [], "sight": "fragment"}
	halves.of(_rule([other, one]), "shop") == [dns, "error", ""] with input as {"resources": []}
	backend := {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "backend"}}}
	not halves.of({"peers": [backend, other], "ports": [{"port": 53}]}, "shop") with input as {"resources": []}
	ingress := {
		"namespaceSelector": {"matchLabels": {"team": "edge"}},
		"podSelector": {"matchLabels": {"app.kubernetes.io/name": "ingress-nginx"}},
	}
	peers := [object.filter(ingress, {"podSelector"}), {"namespaceSelector": {"matchLabels": {"name": "ingress-nginx"}}}]
	found := halves.of(_rule(peers), "shop") with input as {"resources": []}
	found[1] == "error"
}

test_by_the_pods_in_sight[name] if {
	some name, example in {
		"none": [[], [_meant, "warning", ""]],
		"there": [[_pod("labelled", {"app": "web"})], [_meant, "error", "; the pods in sight with these labels are those of Pod labelled/x"]],
		"in the own namespace": [[_pod("shop", {"app": "web"})], null],
		"in both": [[_pod("shop", {"app": "web"}), _pod("labelled", {"app": "web"})], null],
		"elsewhere": [[_pod("third", {"app": "web"})], [_meant, "warning", ""]],
	}
	[pods, want] := example
	_of(_rule([_namespaces, _pods])) == want with input as {"resources": array.concat([_labelled], pods)}
}

_of(rule) := found if {
	found := halves.of(rule, "shop")
} else := null

test_in_the_own_namespace_which_the_first_admits if {
	any := {"namespaceSelector": {}}
	found := halves.of(_rule([any, _pods]), "shop") with input as {"resources": [_labelled, _pod("shop", {"app": "web"})]}
	found[1] == "error"
}

test_suspected if {
	rule := _rule([_namespaces, _pods])
	halves.suspected(rule, "shop") with input as {"resources": []}
	halves.suspected(rule, "shop") with input as {"resources": [], "sight": "fragment"}
	not halves.suspected(rule, "shop") with input as {"resources": [_pod("shop", {"app": "web"}), _labelled]}
	not halves.suspected(_rule([_pods, _namespaces]), "shop") with input as {"resources": [], "sight": "fragment"}
}

test_not_meant if {
	not halves.of(_rule([_pods, _namespaces]), "shop") with input as {"resources": []}
	not halves.of(_rule([_namespaces, _pods, _pods]), "shop") with input as {"resources": []}
	not halves.of(_rule([_namespaces, _pods]), "shop") with input as {"resources": [], "sight": "fragment"}
}

# Objects arrive in any order: pods of the own namespace may be to come.
test_admission if {
	policy := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "a", "namespace": "shop"}}
	inventory := {"namespace": {
		"shop": {"networking.k8s.io/v1": {"NetworkPolicy": {"b": policy}}},
		"web": {"v1": {"Pod": {"x": _pod("web", {"app": "web"})}}},
	}}
	web := {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "web"}}}
	reviewed := object.union(policy, {"spec": {"ingress": [{"from": [object.union(web, _pods)]}]}})
	found := halves.of(_rule([web, _pods]), "shop") with input as {"review": {"object": reviewed, "namespace": "shop"}} with data.inventory as inventory
	array.slice(found, 1, 3) == ["warning", "; the pods in sight with these labels are those of Pod web/x"]
}

# Of the namespaces of any name, admission shows but one.
test_admission_does_not_show_all_namespaces if {
	any_namespace := {"namespaceSelector": {}}
	policy := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "a", "namespace": "shop"}, "spec": {}}
	every of in ["bank", "shop"] {
		inventory := {"namespace": object.union(
			{"shop": {"networking.k8s.io/v1": {"NetworkPolicy": {"b": object.union(policy, {"metadata": {"name": "b"}})}}}},
			{of: {"v1": {"Pod": {"x": _pod(of, {"app": "web"})}}}},
		)}
		not halves.of(_rule([any_namespace, _pods]), "shop") with input as {"review": {"object": policy}} with data.inventory as inventory
	}
	found := halves.of(_rule([any_namespace, _pods]), "shop") with input as {"resources": [policy, _pod("bank", {"app": "web"})]}
	found[1] == "error"
}
