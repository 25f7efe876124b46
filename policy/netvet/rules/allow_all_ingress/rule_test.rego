package netvet.rules.allow_all_ingress_test

import data.netvet.rules.allow_all_ingress

_web := {"matchLabels": {"app": "web"}}

_policy(spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": object.union(object.remove({"podSelector": _web}, object.keys(spec)), spec),
}

# The paths of the findings with their severities.
_found := {[concat(".", [sprintf("%v", [step]) | some step in fault.details.path]), fault.details.severity] |
	some fault in allow_all_ingress.violation
}

test_every_form_of_everything[name] if {
	some name, rule in {
		"empty": {},
		"null": null,
		"null lists": {"from": null, "ports": null},
		"empty lists": {"from": [], "ports": []},
	}
	_found == {["spec.ingress.0", "warning"]} with input as _policy({"ingress": [rule]})
}

test_near_misses[name] if {
	some name, spec in {
		"peers": {"ingress": [{"from": [{"podSelector": {}}]}]},
		"ports": {"ingress": [{"ports": [{"port": 80}]}]},
		"all of TCP": {"ingress": [{"ports": [{"protocol": "TCP"}]}]},
		"no rules": {"ingress": []},
		"not in effect": {"policyTypes": ["Egress"], "ingress": [{}]},
		"egress": {"policyTypes": ["Egress"], "egress": [{}]},
		"a selector that is refused": {"podSelector": {"matchLabels": {"app": 1}}, "ingress": [{}]},
	}
	_found == set() with input as _policy(spec)
}

test_each_rule_is_told if {
	_found == {["spec.ingress.0", "warning"], ["spec.ingress.2", "warning"]} with input as _policy({"ingress": [{}, {"ports": [{"port": 80}]}, {}]})
}

test_every_pod_is_an_error[name] if {
	some name, selector in {"empty": {}, "null": null, "empty members": {"matchLabels": {}, "matchExpressions": []}}
	_found == {["spec.ingress.0", "error"]} with input as _policy({"podSelector": selector, "ingress": [{}]})
}

# One object is enough; others neither add anything nor take anything away.
test_the_same_in_every_scope if {
	policy := _policy({"ingress": [{}]})
	deny := object.union(_policy({}), {"metadata": {"name": "deny"}})
	want := allow_all_ingress.violation with input as policy
	count(want) == 1
	allow_all_ingress.violation == want with input as {"resources": [policy], "sight": "document"}
	allow_all_ingress.violation == want with input as {"resources": [policy, deny], "sight": "set"}
}

test_only_what_is_under_review if {
	allow_all_ingress.violation == set() with input as {"resources": [_policy({"ingress": [{}]})], "scope": []}
}

# As rejected-by-api-server tells.
test_no_list if {
	_found == set() with input as _policy({"ingress": {}})
}

# As unknown-field tells.
test_a_misspelt_key if {
	rule := {"form": [{"podSelector": {}}]}
	_found == set() with input as _policy({"ingress": [rule]})
	count(_found) == 1 with input as _policy({"ingress": [rule, {}]})
}

_remedies := {object.get(fault.details, "remediation", "") | some fault in allow_all_ingress.violation}

_from(peer, port) := concat("\n", [
	"- from:",
	"    - podSelector:",
	"        matchLabels:",
	sprintf("          %s", [peer]),
	"  ports:",
	"    - protocol: TCP",
	sprintf("      port: %d", [port]),
])

# Other policies say who connects; the pods, to which ports.
test_remedy if {
	policy := _policy({"ingress": [{}]})
	_remedies == {""} with input as policy
	egress := [{"to": [{"podSelector": {"matchLabels": {"app": "web"}}}], "ports": [{"port": 8080}]}]
	client := object.union(_policy({}), {
		"metadata": {"name": "client"},
		"spec": {"podSelector": {"matchLabels": {"app": "client"}}, "policyTypes": ["Egress"], "egress": egress},
	})
	known := sprintf("Name who may connect, and to which port. By policies of their own these do:\n\n%s", [_from("app: client", 8080)])
	_remedies == {known} with input as {"resources": [policy, client]}
	pod := {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"}}, "spec": {"containers": [
		{"name": "web", "ports": [{"name": "http", "containerPort": 8080}]},
	]}}
	first := "Name who may connect, in place of app: api, and to which of the ports of Pod shop/web:"
	_remedies == {sprintf("%s\n\n%s", [first, _from("app: api", 8080)])} with input as {"resources": [policy, pod]}
	_remedies == {""} with input as {"resources": [_policy({"podSelector": {}, "ingress": [{}]}), pod]}
	_remedies == {""} with input as {"resources": [policy, object.union(pod, {"spec": {"containers": []}})]}
}
