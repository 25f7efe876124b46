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
