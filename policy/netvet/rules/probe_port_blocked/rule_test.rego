package netvet.rules.probe_port_blocked_test

import data.netvet.rules.probe_port_blocked

_policy(name, spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": name, "namespace": "shop"},
	"spec": object.union({"policyTypes": ["Ingress"]}, spec),
}

_pod(labels, spec) := {
	"apiVersion": "v1",
	"kind": "Pod",
	"metadata": {"name": "web", "namespace": "shop", "labels": labels},
	"spec": object.union(
		{"containers": [{
			"name": "web",
			"ports": [{"name": "http", "containerPort": 8080}],
			"livenessProbe": {"httpGet": {"port": "http"}},
		}]},
		spec,
	),
}

_web := _pod({"app": "web"}, {})

_service := {
	"apiVersion": "v1",
	"kind": "Service",
	"metadata": {"name": "web", "namespace": "shop"},
	"spec": {"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]},
}

test_rules[name] if {
	some name, [spec, wanted] in {
		"deny": [{"podSelector": {}}, {"note"}],
		"other port": [{"podSelector": {}, "ingress": [{"ports": [{"port": 80}]}]}, {"note"}],
		"other protocol": [{"podSelector": {}, "ingress": [{"ports": [{"port": 8080, "protocol": "UDP"}]}]}, {"note"}],
		"port": [{"podSelector": {}, "ingress": [{"ports": [{"port": 8080}]}]}, set()],
		"name": [{"podSelector": {}, "ingress": [{"ports": [{"port": "http"}]}]}, set()],
		"other name": [{"podSelector": {}, "ingress": [{"ports": [{"port": "web"}]}]}, {"note"}],
		"peers and all ports": [{"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}]}]}, set()],
		"other pods": [{"podSelector": {"matchLabels": {"app": "api"}}}, set()],
		"egress": [{"podSelector": {}, "policyTypes": ["Egress"]}, set()],
	}
	faults := probe_port_blocked.violation with input as {"resources": [_policy("a", spec), _web]}
	{fault.details.severity | some fault in faults} == wanted
}

# What one policy admits is admitted, whichever others isolate.
test_policies_add_up if {
	every app, faults in {"web": 0, "api": 1} {
		count(probe_port_blocked.violation) == faults with input as {"resources": [
			_policy("deny", {"podSelector": {}}),
			_policy("allow", {"podSelector": {"matchLabels": {"app": app}}, "ingress": [{}]}),
			_web,
		]}
	}
}

test_probers[name] if {
	some name, [pod, parameters, severity] in {
		"kubelet": [_pod({}, {}), {}, "note"],
		"load balancer": [_web, {}, "warning"],
		"mesh": [_pod({"istio.io/dataplane-mode": "ambient"}, {}), {}, "warning"],
		"plugin": [_pod({}, {}), {"kubelet_exempt": false}, "warning"],
	}
	faults := probe_port_blocked.violation with input as {
		"resources": [_policy("deny", {"podSelector": {}}), _service, pod],
		"parameters": parameters,
	}
	{fault.details.severity | some fault in faults} == {severity}
}

# One port, one finding, at the first of its probes.
test_place if {
	faults := probe_port_blocked.violation with input as {"resources": [_policy("deny", {"podSelector": {}}), _pod({}, {"containers": [{
		"livenessProbe": {"tcpSocket": {"port": 80}},
		"readinessProbe": {"tcpSocket": {"port": 80}},
		"startupProbe": {"tcpSocket": {"port": 81}},
	}]})]}
	{[fault.details.index, fault.details.path] | some fault in faults} == {
		[1, ["spec", "containers", 0, "livenessProbe", "tcpSocket", "port"]],
		[1, ["spec", "containers", 0, "startupProbe", "tcpSocket", "port"]],
	}
}

test_host_network if {
	count(probe_port_blocked.violation) == 0 with input as {"resources": [_policy("deny", {"podSelector": {}}), _pod({}, {"hostNetwork": true})]}
}

# A pod is spoken of where it is under review; without the policies, nothing is known of it.
test_scope if {
	resources := [_policy("deny", {"podSelector": {}}), _web]
	count(probe_port_blocked.violation) == 1 with input as {"resources": resources, "scope": [1]}
	count(probe_port_blocked.violation) == 0 with input as {"resources": resources, "scope": [0]}
	count(probe_port_blocked.violation) == 0 with input as {"resources": [_web], "sight": "document"}
	count(probe_port_blocked.violation) == 0 with input as _web
}

test_remedy[name] if {
	some name, example in {
		"kubelet": [_pod({}, {}), {}, "Nothing need be done, unless somebody else asks TCP 8080."],
		"load balancer": [_web, {}, _lines(
			"Admit the addresses that the checks come from, as the load balancer's provider gives them, in place of those of the example, in",
			"NetworkPolicy web", "192.0.2.0/24",
		)],
		"mesh": [
			_pod({"istio.io/dataplane-mode": "ambient"}, {}), {},
			_lines("Admit the address that the probes come from, in", "a policy that selects Pod shop/web", "169.254.7.127/32"),
		],
		"plugin": [
			_pod({}, {}), {"kubelet_exempt": false},
			_lines("Admit the addresses of the nodes, in place of those of the example, in", "a policy that selects Pod shop/web", "192.0.2.0/24"),
		],
	}
	[pod, parameters, want] := example
	faults := probe_port_blocked.violation with input as {
		"resources": [_policy("deny", {"podSelector": {}}), _policy("web", {"podSelector": {"matchLabels": {"app": "web"}}}), _service, pod],
		"parameters": parameters,
	}
	{fault.details.remediation | some fault in faults} == {want}
}

_lines(who, where, block) := concat("\n", [
	sprintf("%s spec.ingress of %s:", [who, where]),
	"",
	"- from:",
	"    - ipBlock:",
	sprintf("        cidr: %s", [block]),
	"  ports:",
	"    - protocol: TCP",
	"      port: 8080",
])
