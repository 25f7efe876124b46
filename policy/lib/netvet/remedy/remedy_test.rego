package lib.netvet.remedy_test

import data.lib.netvet.remedy

test_rule if {
	ports := [{"protocol": "UDP", "port": 53}]
	remedy.rule("Egress", [remedy.peer("kube-system", {"k8s-app": "kube-dns"}), {"ipBlock": {"cidr": "169.254.20.10/32"}}], ports) == concat("\n", [
		"- to:",
		"    - namespaceSelector:",
		"        matchLabels:",
		"          kubernetes.io/metadata.name: kube-system",
		"      podSelector:",
		"        matchLabels:",
		"          k8s-app: kube-dns",
		"    - ipBlock:",
		"        cidr: 169.254.20.10/32",
		"  ports:",
		"    - protocol: UDP",
		"      port: 53",
	])
	remedy.rule("Ingress", [{"podSelector": {}}], []) == "- from:\n    - podSelector: {}"
	remedy.rule("Ingress", [], ports) == "- ports:\n    - protocol: UDP\n      port: 53"
	remedy.rule("Ingress", [], [{"port": 1, "endPort": 9}]) == "- ports:\n    - protocol: TCP\n      port: 1\n      endPort: 9"
}

test_item_lines if {
	expression := {"key": "a", "operator": "Exists"}
	remedy.item_lines({"podSelector": {"matchExpressions": [expression]}}) == concat("\n", [
		"- podSelector:",
		`    matchExpressions: [{"key":"a","operator":"Exists"}]`,
	])
}

# What YAML would read as something else stands in quotes.
test_scalars if {
	every value in ["web", "v1.2", "10.0.0.0/8", "fd00::1/128", "A_b-c", "1a"] {
		remedy.item_lines({"a": value}) == sprintf("- a: %s", [value])
	}
	every value in ["1", "1.5", "1e3", "0x1F", "yes", "No", "TRUE", "null", "", "::/0", "a:", "-a", "a b", "12:30", "2026-01-01"] {
		remedy.item_lines({"a": value}) == sprintf(`- a: "%s"`, [value])
	}
	remedy.item_lines({"a": 53, "b": true}) == "- a: 53\n  b: true"
}

_policy(name, spec) := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name, "namespace": "shop"}, "spec": spec}

test_answers if {
	[web, api] := [{"matchLabels": {"app": "web"}}, {"matchLabels": {"app": "api"}}]
	elsewhere := {"podSelector": web, "namespaceSelector": {}}
	policies := {"resources": [
		_policy("api", {"podSelector": api, "policyTypes": ["Egress"], "egress": [{}, {"to": [elsewhere, {"podSelector": web}], "ports": [{"port": 80}]}]}),
		_policy("all", {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": [{"podSelector": web}]}]}),
	]}
	remedy.answers("Ingress", ["shop", web]) == {{"peers": [{"podSelector": api}], "ports": [{"port": 80}]}} with input as policies
	remedy.answers("Egress", ["shop", web]) == set() with input as policies
	remedy.answers("Ingress", ["shop", api]) == set() with input as policies
	remedy.answers("Ingress", ["bank", web]) == set() with input as policies
}
