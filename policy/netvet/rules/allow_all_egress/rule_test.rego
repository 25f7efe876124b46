package netvet.rules.allow_all_egress_test

import data.netvet.rules.allow_all_egress

_web := {"matchLabels": {"app": "web"}}

_policy(spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": object.union(object.remove({"podSelector": _web}, object.keys(spec)), spec),
}

# The paths of the findings.
_found := {concat(".", [sprintf("%v", [step]) | some step in fault.details.path]) |
	some fault in allow_all_egress.violation
}

test_every_form_of_everything[name] if {
	some name, rule in {
		"empty": {},
		"null": null,
		"null lists": {"to": null, "ports": null},
		"empty lists": {"to": [], "ports": []},
	}
	_found == {"spec.egress.0"} with input as _policy({"egress": [rule]})
}

test_near_misses[name] if {
	some name, spec in {
		"peers": {"egress": [{"to": [{"podSelector": {}}]}]},
		"ports": {"egress": [{"ports": [{"port": 80}]}]},
		"all of TCP": {"egress": [{"ports": [{"protocol": "TCP"}]}]},
		"no rules": {"egress": []},
		"not in effect": {"policyTypes": ["Ingress"], "egress": [{}]},
		"ingress": {"policyTypes": ["Ingress", "Egress"], "ingress": [{}]},
		"a selector that is refused": {"podSelector": {"matchLabels": {"app": 1}}, "egress": [{}]},
	}
	_found == set() with input as _policy(spec)
}

test_each_rule_is_told if {
	_found == {"spec.egress.0", "spec.egress.2"} with input as _policy({"egress": [{}, {"ports": [{"port": 80}]}, {}]})
}

test_every_pod if {
	_found == {"spec.egress.0"} with input as _policy({"podSelector": {}, "egress": [{}]})
}

# One object is enough; others neither add anything nor take anything away.
test_the_same_in_every_scope if {
	policy := _policy({"egress": [{}]})
	deny := object.union(_policy({}), {"metadata": {"name": "deny"}})
	want := allow_all_egress.violation with input as policy
	count(want) == 1
	allow_all_egress.violation == want with input as {"resources": [policy], "sight": "document"}
	allow_all_egress.violation == want with input as {"resources": [policy, deny], "sight": "set"}
}

test_only_what_is_under_review if {
	allow_all_egress.violation == set() with input as {"resources": [_policy({"egress": [{}]})], "scope": []}
}

# As rejected-by-api-server tells.
test_no_list if {
	_found == set() with input as _policy({"egress": {}})
}

# As unknown-field tells.
test_a_misspelt_key if {
	rule := {"too": [{"podSelector": {}}]}
	_found == set() with input as _policy({"egress": [rule]})
	count(_found) == 1 with input as _policy({"egress": [rule, {}]})
}

_remedies := {fault.details.remediation | some fault in allow_all_egress.violation}

_to(peer, port) := concat("\n", [
	"- to:",
	"    - podSelector:",
	"        matchLabels:",
	sprintf("          app: %s", [peer]),
	"  ports:",
	"    - protocol: TCP",
	sprintf("      port: %d", [port]),
])

# Other policies say whom these pods may ask; where DNS is, the platform.
test_remedy if {
	policy := _policy({"egress": [{}]})
	every text in _remedies {
		startswith(text, sprintf("Name the destinations and their ports, the cluster's DNS among them:\n\n%s\n- to:", [_to("api", 8080)]))
		contains(text, "k8s-app: kube-dns")
	} with input as policy
	count(_remedies) == 1 with input as policy
	ingress := [{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}], "ports": [{"port": 5432}]}]
	db := object.union(_policy({}), {
		"metadata": {"name": "db"},
		"spec": {"podSelector": {"matchLabels": {"app": "db"}}, "policyTypes": ["Ingress"], "ingress": ingress},
	})
	known := "Name the destinations and their ports, the cluster's DNS among them; by policies of their own these admit the pods:"
	found := _remedies with input as {"resources": [policy, db], "parameters": {"platform": ["openshift"]}}
	count(found) == 1
	every text in found {
		startswith(text, sprintf("%s\n\n%s\n- to:", [known, _to("db", 5432)]))
		contains(text, "port: 5353")
	}
}
