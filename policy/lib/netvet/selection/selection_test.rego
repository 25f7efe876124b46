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

test_isolating if {
	isolating := selection.isolating with input as _policies
	isolating.Ingress == {["shop", _web], ["shop", {"matchLabels": {"app": 1}}]}
	isolating.Egress == {["shop", _web], ["shop", {"matchExpressions": []}]}
}

# A policy isolates every pod, even where it admits everything.
test_isolated_namespaces if {
	selection.isolated_namespaces == {"Ingress": set(), "Egress": {"shop"}} with input as _policies
}

test_isolated if {
	selection.isolated("shop", {"app": "web"}, "Ingress") with input as _policies
	not selection.isolated("shop", {"app": "api"}, "Ingress") with input as _policies
	selection.isolated("shop", {"app": "api"}, "Egress") with input as _policies
	not selection.isolated("other", {"app": "web"}, "Egress") with input as _policies
}
