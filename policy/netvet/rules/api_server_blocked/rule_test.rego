package netvet.rules.api_server_blocked_test

import data.netvet.rules.api_server_blocked

_policy(spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": object.union({"podSelector": {}, "policyTypes": ["Egress"]}, spec),
}

_pod(spec) := {
	"apiVersion": "v1",
	"kind": "Pod",
	"metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"}},
	"spec": object.union({"serviceAccountName": "web"}, spec),
}

_binding := {
	"apiVersion": "rbac.authorization.k8s.io/v1",
	"kind": "ClusterRoleBinding",
	"metadata": {"name": "web"},
	"roleRef": {"kind": "ClusterRole", "name": "view"},
	"subjects": [{"kind": "ServiceAccount", "name": "web", "namespace": "shop"}],
}

_count := count(api_server_blocked.violation)

test_rules[name] if {
	some name, example in {
		"deny": {"rules": [], "want": 1},
		"everything": {"rules": [{}], "want": 0},
		"the port": {"rules": [{"ports": [{"port": 443}]}], "want": 0},
		"the other port": {"rules": [{"ports": [{"port": 6443}]}], "want": 0},
		"minikube's": {"rules": [{"ports": [{"port": 8443}]}], "want": 0},
		"MicroK8s's": {"rules": [{"ports": [{"port": 16443}]}], "want": 0},
		"another port": {"rules": [{"ports": [{"port": 5432}]}], "want": 1},
		"another protocol": {"rules": [{"ports": [{"port": 443, "protocol": "UDP"}]}], "want": 1},
		"addresses": {"rules": [{"to": [{"podSelector": {}}, {"ipBlock": {"cidr": "10.0.0.0/8"}}]}], "want": 0},
		"pods": {"rules": [{"to": [{"namespaceSelector": {}}]}], "want": 1},
		"the API server by its label": {
			"rules": [{"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "openshift-kube-apiserver"}}}]}],
			"want": 0,
		},
		"addresses on another port, pods on this": {
			"rules": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": [{"port": 80}]}, {"to": [{"podSelector": {}}], "ports": [{"port": 443}]}],
			"want": 1,
		},
	}
	_count == example.want with input as {"resources": [_policy({"egress": example.rules}), _pod({}), _binding]}
}

test_pods[name] if {
	some name, example in {
		"another account": {"spec": {"serviceAccountName": "other"}, "want": 0},
		"no token": {"spec": {"automountServiceAccountToken": false}, "want": 0},
		"of the node": {"spec": {"hostNetwork": true}, "want": 0},
		"bound": {"spec": {}, "want": 1},
	}
	_count == example.want with input as {"resources": [_policy({}), _pod(example.spec), _binding]}
}

test_isolation if {
	_count == 0 with input as {"resources": [_policy({"policyTypes": ["Ingress"]}), _pod({}), _binding]}
	_count == 0 with input as {"resources": [_policy({"podSelector": {"matchLabels": {"app": "db"}}}), _pod({}), _binding]}
	_count == 0 with input as {"resources": [_policy({}), object.union(_policy({"egress": [{}]}), {"metadata": {"name": "b"}}), _pod({}), _binding]}
}

test_sight if {
	resources := [_policy({}), _pod({}), _binding]
	_count == 1 with input as {"resources": resources}
	_count == 0 with input as {"resources": resources, "sight": "fragment"}
	_count == 0 with input as {"resources": resources, "scope": [0, 2]}
	_count == 0 with input as {"resources": [_pod({})], "sight": "document"}
}

test_message if {
	some fault in api_server_blocked.violation with input as {"resources": [_policy({}), _pod({}), _binding]}
	fault.details.path == ["spec", "serviceAccountName"]
	startswith(fault.msg, "ClusterRoleBinding web lets service account shop/web use the API, but a isolates egress, ")
}
