package netvet.rules.mesh_ports_test

import data.netvet.rules.mesh_ports

_policy(name, spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": name, "namespace": "shop"},
	"spec": object.union(object.remove({"podSelector": {}, "policyTypes": ["Egress"]}, object.keys(spec)), spec),
}

_namespace(metadata) := {"apiVersion": "v1", "kind": "Namespace", "metadata": object.union({"name": "shop"}, metadata)}

_pod(labels) := {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop", "labels": labels}, "spec": {}}

_injected := _namespace({"labels": {"istio-injection": "enabled"}})

_ambient := _namespace({"labels": {"istio.io/dataplane-mode": "ambient"}})

_system(key) := {"namespaceSelector": {"matchLabels": {key: "istio-system"}}}

_named := _system("kubernetes.io/metadata.name")

_paths := {fault.details.path | some fault in mesh_ports.violation}

_count := count(mesh_ports.violation)

# What the text of one policy says by itself.
test_webhook[name] if {
	some name, example in {
		"webhook": {"rule": {"to": [_named], "ports": [{"port": 15017}]}, "want": 1},
		"under another label": {"rule": {"to": [_system("name")], "ports": [{"port": 15017}]}, "want": 1},
		"of old": {"rule": {"to": [_named], "ports": [{"port": 15010}, {"port": 15011}]}, "want": 2},
		"right": {"rule": {"to": [_named], "ports": [{"port": 15012}]}, "want": 0},
		"both": {"rule": {"to": [_named], "ports": [{"port": 15012}, {"port": 15017}]}, "want": 0},
		"a range": {"rule": {"to": [_named], "ports": [{"port": 15010, "endPort": 15011}]}, "want": 0},
		"metrics": {"rule": {"to": [_named], "ports": [{"port": 15014}]}, "want": 0},
		"somewhere else": {"rule": {"to": [{"podSelector": {}}], "ports": [{"port": 15017}]}, "want": 0},
	}
	policy := _policy("a", {"egress": [example.rule]})
	_count == example.want with input as policy
	_count == example.want with input as {"resources": [policy], "sight": "document"}
}

test_webhook_of_ingress if {
	policy := _policy("a", {"policyTypes": ["Ingress"], "ingress": [{"from": [_named], "ports": [{"port": 15017}]}]})
	_count == 0 with input as {"resources": [policy]}
}

test_webhook_is_told_once if {
	policy := _policy("a", {"egress": [{"to": [_named], "ports": [{"port": 15017}]}]})
	_paths == {["spec", "egress", 0, "ports", 0]} with input as {"resources": [policy, _injected, _pod({})]}
	_count == 0 with input as {"resources": [policy, _injected, _pod({})], "scope": [1]}
}

# What lets sidecars call istiod.
test_control_plane[name] if {
	ports := [{"port": 15012}]
	some name, example in {
		"nothing": {"rules": [], "want": 1},
		"everything": {"rules": [{}], "want": 0},
		"the port": {"rules": [{"ports": ports}], "want": 0},
		"another port": {"rules": [{"to": [_named], "ports": [{"port": 8080}]}], "want": 1},
		"another protocol": {"rules": [{"to": [_named], "ports": [{"port": 15012, "protocol": "UDP"}]}], "want": 1},
		"the namespace": {"rules": [{"to": [_named]}], "want": 0},
		"any namespace": {"rules": [{"to": [{"namespaceSelector": {}}], "ports": ports}], "want": 0},
		"the namespace under another label, told there": {"rules": [{"to": [_system("name")], "ports": ports}], "want": 0},
		"addresses": {"rules": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": ports}], "want": 0},
		"one's own namespace": {"rules": [{"to": [{"podSelector": {}}], "ports": ports}], "want": 1},
		"another namespace": {"rules": [{"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "store"}}}], "ports": ports}], "want": 1},
	}
	_count == example.want with input as {"resources": [_policy("a", {"egress": example.rules}), _injected, _pod({})]}
}

# That its pods are in the mesh, one of them may be the only one to say.
test_a_pod_says_so_itself if {
	policy := _policy("a", {"podSelector": {"matchLabels": {"app": "web"}}})
	pod := _pod({"app": "web", "sidecar.istio.io/inject": "true"})
	_count == 1 with input as {"resources": [policy, pod]}
	kept := {"namespace": {"shop": {"v1": {"Pod": {"web": pod}}, "networking.k8s.io/v1": {"NetworkPolicy": {"a": policy}}}}}
	_count == 1 with input as {"review": {"object": policy}} with data.inventory as kept
}

test_within_istio_system if {
	moved := [{"op": "replace", "path": "/metadata/namespace", "value": "istio-system"}]
	policy := json.patch(_policy("a", {"egress": [{"to": [{"podSelector": {}}], "ports": [{"port": 15012}]}]}), moved)
	pod := json.patch(_pod({"sidecar.istio.io/inject": "true"}), moved)
	_count == 0 with input as {"resources": [policy, pod]}
}

# Told of the policy that admits something, at its rules; else of the first, at its types.
test_anchor if {
	denies := [_policy("b", {}), _policy("a", {})]
	[fault.details.resource.name | some fault in mesh_ports.violation] == ["a"] with input as {"resources": array.concat(denies, [_injected, _pod({})])}
	_paths == {["spec", "policyTypes"]} with input as {"resources": array.concat(denies, [_injected, _pod({})])}
	admits := _policy("c", {"egress": [{"ports": [{"port": 80}]}]})
	[fault.details.resource.name | some fault in mesh_ports.violation] == ["c"] with input as {"resources": array.concat(denies, [admits, _injected, _pod({})])}
	_paths == {["spec", "egress"]} with input as {"resources": array.concat(denies, [admits, _injected, _pod({})])}
	grants := _policy("d", {"egress": [{}]})
	_count == 0 with input as {"resources": array.concat(denies, [grants, _injected, _pod({})])}
}

test_who_is_cut_off if {
	deny := _policy("a", {})
	_count == 0 with input as {"resources": [deny, _namespace({}), _pod({})]}
	_count == 1 with input as {"resources": [deny, _namespace({}), _pod({"sidecar.istio.io/inject": "true"})]}
	_count == 0 with input as {"resources": [_policy("a", {"policyTypes": ["Ingress"]}), _injected, _pod({})]}
	_count == 0 with input as {"resources": [_policy("a", {"podSelector": {"matchLabels": {"app": "db"}}}), _injected, _pod({})]}
	_count == 0 with input as {"resources": [deny, _injected, _pod({})], "sight": "fragment"}
	_count == 0 with input as {"resources": [deny, _injected, _pod({})], "scope": [1, 2]}
	_count == 1 with input as {"resources": [deny, _pod({})], "parameters": {"platform": ["istio-sidecar"]}}
	linkerd := _namespace({"annotations": {"linkerd.io/inject": "enabled"}})
	_count == 1 with input as {"resources": [deny, linkerd, _pod({})]}
	allowed := _policy("a", {"egress": [{"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "linkerd"}}}], "ports": [{"port": 8086}]}]})
	_count == 0 with input as {"resources": [allowed, linkerd, _pod({})]}
}

test_captured[name] if {
	policy := _policy("a", {"policyTypes": ["Ingress"], "ingress": [{"ports": [{"port": 15006}]}]})
	some name, example in {
		"no mesh": {"resources": [policy, _namespace({})], "want": 0},
		"by the namespace": {"resources": [policy, _injected], "want": 1},
		"by the pod": {"resources": [policy, _pod({"sidecar.istio.io/inject": "true"})], "want": 1},
		"not the pod": {"resources": [policy, _injected, _pod({"sidecar.istio.io/inject": "false"})], "want": 0},
		"by a peer": {"resources": [_policy("a", {"policyTypes": ["Ingress"], "ingress": [{"ports": [{"port": 15001}]}, {"from": [_named]}]})], "want": 1},
		"a range": {"resources": [_policy("a", {"policyTypes": ["Ingress"], "ingress": [{"ports": [{"port": 15006, "endPort": 15006}]}]}), _injected], "want": 0},
		"another port": {"resources": [_policy("a", {"policyTypes": ["Ingress"], "ingress": [{"ports": [{"port": 15008}]}]}), _injected], "want": 0},
	}
	_count == example.want with input as {"resources": example.resources}
	_count == 0 with input as {"resources": example.resources, "scope": []}
}

test_captured_by_the_platform if {
	policy := _policy("a", {"policyTypes": ["Ingress"], "ingress": [{"ports": [{"port": 15006}]}]})
	_count == 1 with input as {"resources": [policy, _namespace({})], "parameters": {"platform": ["istio-sidecar"]}}
}

_receiving(rules) := _policy("a", {"policyTypes": ["Ingress"], "ingress": rules})

test_inbound[name] if {
	app := [{"port": 8080}]
	some name, example in {
		"anybody": {"rules": [{"ports": app}], "want": 1},
		"the namespace": {"rules": [{"from": [{"podSelector": {}}], "ports": app}], "want": 1},
		"the namespace by its name": {
			"rules": [{"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}}], "ports": app}],
			"want": 1,
		},
		"somebody outside the mesh": {
			"rules": [{"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "store"}}}], "ports": app}],
			"want": 0,
		},
		"addresses": {"rules": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": app}], "want": 0},
		"every port": {"rules": [{"from": [{"podSelector": {}}]}], "want": 0},
		"UDP": {"rules": [{"ports": [{"port": 53, "protocol": "UDP"}]}], "want": 0},
		"nothing": {"rules": [], "want": 0},
		"both": {"rules": [{"ports": [{"port": 8080}, {"port": 15008}]}], "want": 0},
		"by another rule": {"rules": [{"ports": app}, {"from": [{"podSelector": {}}], "ports": [{"port": 15008}]}], "want": 0},
		"two rules": {"rules": [{"ports": app}, {"ports": [{"port": 8081}]}], "want": 1},
	}
	_count == example.want with input as {"resources": [_receiving(example.rules), _ambient]}
}

test_inbound_of_whom if {
	policy := _receiving([{"ports": [{"port": 8080}]}])
	_count == 1 with input as {"resources": [policy, _ambient, _pod({})]}
	_count == 0 with input as {"resources": [policy, _ambient, _pod({"istio.io/dataplane-mode": "none"})]}
	_count == 1 with input as {"resources": [policy, _namespace({}), _pod({"istio.io/dataplane-mode": "ambient"})]}
	_count == 0 with input as {"resources": [policy, _injected, _pod({})]}
	_count == 0 with input as {"resources": [policy, _ambient], "sight": "fragment"}
	_count == 0 with input as {"resources": [policy, _ambient], "scope": [1]}
	other := _policy("b", {"policyTypes": ["Ingress"], "ingress": [{"ports": [{"port": 15008}]}]})
	_count == 0 with input as {"resources": [policy, other, _ambient]}
	_count == 1 with input as {"resources": [policy, object.union(other, {"metadata": {"namespace": "store"}}), _ambient]}
	_count == 1 with input as {"resources": [policy, _namespace({"annotations": {"linkerd.io/inject": "enabled"}})]}
}

test_fixes if {
	some fault in mesh_ports.violation with input as {"resources": [_receiving([{"ports": [{"port": 8080}]}]), _ambient]}
	fault.details.fix == [{"op": "add", "path": ["spec", "ingress", 0, "ports", 1], "value": {"protocol": "TCP", "port": 15008}}]
	some other in mesh_ports.violation with input as {"resources": [_policy("a", {}), _injected, _pod({})]}
	contains(other.details.remediation, "port: 15012")
}
