package lib.netvet.finding_test

import data.lib.netvet.finding

_policy := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "web"}}

_details := {
	"index": 0,
	"resource": {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "namespace": "", "name": "web"},
	"path": ["spec", "egress", 0],
}

test_at if {
	got := finding.at(0, ["spec", "egress", 0], "it is wrong") with input as {"resources": [_policy]}
	got == {"msg": "it is wrong", "details": _details}
}

test_at_tells_the_file if {
	got := finding.at(0, ["spec", "egress", 0], "it is wrong") with input as [{"path": "web.yaml", "contents": _policy}]
	got == {"msg": "it is wrong", "details": object.union(_details, {"file": "web.yaml"})}
}

test_graded if {
	got := finding.graded(0, ["spec", "egress", 0], "it is wrong", "note") with input as {"resources": [_policy]}
	got == {"msg": "it is wrong", "details": object.union(_details, {"severity": "note"})}
}

test_advised if {
	got := finding.advised(finding.at(0, ["spec"], "it is wrong"), "write it so") with input as {"resources": [_policy]}
	got.details.remediation == "write it so"
	got.details.path == ["spec"]
}

test_mended if {
	operations := [{"op": "remove", "path": ["spec", "egress", 0]}]
	got := finding.mended(finding.graded(0, ["spec"], "it is wrong", "note"), operations) with input as {"resources": [_policy]}
	got.details.fix == operations
	got.details.severity == "note"
}

_waiving := object.union(_policy, {"metadata": {"annotations": {"ignore.netvet.dev/some-rule": "agreed"}}})

# Gatekeeper refuses whatever it is told of.
test_of_what_gatekeeper_is_to_let_pass_nothing_is_said if {
	allowing := {"suppressible": ["some-rule"]}
	not finding.at(0, ["spec"], "it is wrong") with input as {"review": {"object": _waiving}, "parameters": allowing}
	finding.at(0, ["spec"], "it is wrong") with input as {"review": {"object": _policy}, "parameters": allowing}
	finding.at(0, ["spec"], "it is wrong") with input as {"review": {"object": _waiving}}
}

test_place if {
	finding.place(["spec", "ingress", 0, "from", 12]) == "spec.ingress[0].from[12]"
	finding.place(["spec"]) == "spec"
}

test_graded_as_the_constraint_asks if {
	asked := {"review": {"object": _policy}, "parameters": {"severities": ["error"]}}
	finding.graded(0, ["spec"], "it is wrong", "error") with input as asked
	not finding.graded(0, ["spec"], "it is wrong", "note") with input as asked
}
