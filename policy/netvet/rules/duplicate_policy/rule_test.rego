package netvet.rules.duplicate_policy_test

import data.netvet.rules.duplicate_policy

_policy(meta, app) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": meta,
	"spec": {"podSelector": {"matchLabels": {"app": app}}, "policyTypes": ["Ingress"]},
}

_shop := {"name": "a", "namespace": "shop"}

_unset := {"name": "a"}

_found := {[fault.details.index, fault.details.severity] | some fault in duplicate_policy.violation}

test_twice[name] if {
	some name, example in {
		"one file": {"metas": [_shop, _shop], "files": ["x", "x"], "apps": ["web", "api"], "want": {[1, "error"]}},
		"one file, the same spec": {"metas": [_shop, _shop], "files": ["x", "x"], "apps": ["web", "web"], "want": {[1, "note"]}},
		"one file, no namespace": {"metas": [_unset, _unset], "files": ["x", "x"], "apps": ["web", "api"], "want": {[1, "error"]}},
		"two files": {"metas": [_shop, _shop], "files": ["x", "y"], "apps": ["web", "api"], "want": {[1, "warning"]}},
		"two files, the same spec": {"metas": [_shop, _shop], "files": ["x", "y"], "apps": ["web", "web"], "want": {[1, "note"]}},
		"two files, no namespace": {"metas": [_unset, _unset], "files": ["x", "y"], "apps": ["web", "api"], "want": set()},
		"two files, no namespace, the same spec": {"metas": [_unset, _unset], "files": ["x", "y"], "apps": ["web", "web"], "want": set()},
		"three": {"metas": [_shop, _shop, _shop], "files": ["x", "x", "y"], "apps": ["web", "api", "db"], "want": {[1, "error"], [2, "warning"]}},
		"two namespaces": {"metas": [_shop, _unset], "files": ["x", "x"], "apps": ["web", "api"], "want": set()},
		"two names": {"metas": [_shop, {"name": "b", "namespace": "shop"}], "files": ["x", "x"], "apps": ["web", "api"], "want": set()},
		"made by the server": {"metas": [{"generateName": "a"}, {"generateName": "a"}], "files": ["x", "x"], "apps": ["web", "api"], "want": set()},
		"no names": {"metas": [{}, {}], "files": ["x", "x"], "apps": ["web", "api"], "want": set()},
	}
	resources := [_policy(meta, example.apps[n]) | some n, meta in example.metas]
	_found == example.want with input as {"resources": resources, "files": example.files, "sight": "set"}
	_found == example.want with input as [{"path": example.files[n], "contents": resource} | some n, resource in resources]
}

# Whoever names no files has all in one.
test_without_files if {
	resources := [_policy(_shop, "web"), _policy(_shop, "api")]
	_found == {[1, "error"]} with input as {"resources": resources}
	_found == set() with input as {"resources": resources, "scope": [0]}
}

test_the_other_file_is_named if {
	said := {fault.msg | some fault in duplicate_policy.violation} with input as {
		"resources": [_policy(_shop, "web"), _policy(_shop, "api")],
		"files": ["x.yaml", "y.yaml"],
	}
	said == {concat("", [
		"NetworkPolicy shop/a is there twice, also in x.yaml: ",
		"the one that is applied later overwrites the other, which selects pods with app=web in namespace shop",
	])}
}
