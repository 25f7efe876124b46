package lib.netvet.account_test

import data.lib.netvet.account

_binding(kind, role, subjects) := {
	"apiVersion": "rbac.authorization.k8s.io/v1",
	"kind": kind,
	"metadata": {"name": "web", "namespace": "shop"},
	"roleRef": {"kind": "Role", "name": role},
	"subjects": subjects,
}

_subject := {"kind": "ServiceAccount", "name": "web", "namespace": "shop"}

test_bindings[name] if {
	some name, example in {
		"of a Role": {"binding": _binding("RoleBinding", "web", [_subject]), "want": {["shop", "web"]: {0}}},
		"of the cluster": {"binding": _binding("ClusterRoleBinding", "view", [_subject]), "want": {["shop", "web"]: {0}}},
		"of its own namespace": {"binding": _binding("RoleBinding", "web", [object.remove(_subject, ["namespace"])]), "want": {["shop", "web"]: {0}}},
		"of a user": {"binding": _binding("RoleBinding", "web", [{"kind": "User", "name": "web"}]), "want": {}},
		"of two": {
			"binding": _binding("RoleBinding", "web", [_subject, object.union(_subject, {"name": "api"})]),
			"want": {["shop", "web"]: {0}, ["shop", "api"]: {0}},
		},
		"to pull images": {"binding": _binding("RoleBinding", "system:image-puller", [_subject]), "want": {}},
		"to be admitted": {"binding": _binding("RoleBinding", "system:openshift:scc:anyuid", [_subject]), "want": {}},
		"of something else": {"binding": object.union(_binding("RoleBinding", "web", [_subject]), {"apiVersion": "example.com/v1"}), "want": {}},
		"of nobody": {"binding": _binding("RoleBinding", "web", null), "want": {}},
	}
	account.bindings == example.want with input as {"resources": [example.binding]}
}

_pod(spec) := {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}, "spec": spec}

_account(automount) := {
	"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "web", "namespace": "shop"},
	"automountServiceAccountToken": automount,
}

test_of if {
	account.of(0) == ["shop", "web"] with input as {"resources": [_pod({"serviceAccountName": "web"})]}
	account.of(0) == ["shop", "old"] with input as {"resources": [_pod({"serviceAccount": "old"})]}
	account.of(0) == ["shop", "default"] with input as {"resources": [_pod({"serviceAccountName": "", "serviceAccount": ""})]}
}

test_token[name] if {
	some name, example in {
		"none": {"spec": {"automountServiceAccountToken": false}, "others": [], "want": false},
		"none by the account": {"spec": {}, "others": [_account(false)], "want": false},
		"by the account": {"spec": {}, "others": [_account(true)], "want": true},
		"in spite of the account": {"spec": {"automountServiceAccountToken": true}, "others": [_account(false)], "want": true},
	}
	found := {true | account.of(0)} with input as {"resources": array.concat([_pod(object.union({"serviceAccountName": "web"}, example.spec))], example.others)}
	found == {true | example.want}
}
