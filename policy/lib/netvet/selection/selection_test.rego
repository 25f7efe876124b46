package lib.netvet.selection_test

import data.lib.netvet.selection

_policy(name, spec) := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name, "namespace": "shop"}, "spec": spec}

_web := {"matchLabels": {"app": "web"}}

_policies := {"resources": [
	_policy("web", {"podSelector": _web, "policyTypes": ["Ingress", "Egress"]}),
	_policy("web-too", {"podSelector": _web, "policyTypes": ["Ingress"]}),
	_policy("everything", {"podSelector": {"matchExpressions": []}, "policyTypes": ["Egress"], "egress": [{}]}),
	_policy("refused", {"podSelector": {"matchLabels": {"app": 1}}}),
]}

# A policy isolates every pod, even where it admits everything.
test_isolated_namespaces if {
	selection.isolated_namespaces == {["shop", "Egress"]} with input as _policies
}

test_isolating if {
	groups := {["shop", _web], ["shop", {"matchExpressions": []}]}
	selection.isolators(groups, "Ingress") == {0, 1} with input as _policies
	selection.isolators(groups, "Egress") == {0, 2} with input as _policies
}
