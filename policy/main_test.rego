package main_test

import data.main

_finding(severity) := {
	"rule": "some-rule", "severity": severity, "message": "it is wrong", "path": ["spec"], "index": 0,
	"resource": {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "namespace": "shop", "name": severity},
}

test_results[name] if {
	some name, example in {
		"errors fail and the rest warns": {
			"findings": {_finding("error"), _finding("warning"), _finding("note")},
			"deny": {"some-rule: NetworkPolicy shop/error: it is wrong"},
			"warn": {"some-rule: NetworkPolicy shop/note: it is wrong", "some-rule: NetworkPolicy shop/warning: it is wrong"},
		},
		"what is suppressed is dropped": {
			"findings": {object.union(_finding(severity), {"suppressed": "on purpose"}) | some severity in ["error", "note"]},
			"deny": set(),
			"warn": set(),
		},
		# With --combine all files are reported as one.
		"the file is named": {
			"findings": {object.union(_finding("error"), {"file": "a.yaml"})},
			"deny": {"some-rule: a.yaml: NetworkPolicy shop/error: it is wrong"},
			"warn": set(),
		},
		"no namespace": {
			"findings": {object.union(_finding("note"), {"resource": {"namespace": "", "name": "web"}})},
			"deny": set(),
			"warn": {"some-rule: NetworkPolicy web: it is wrong"},
		},
	}
	{result.msg | some result in main.deny} == example.deny with data.netvet.findings as example.findings
	{result.msg | some result in main.warn} == example.warn with data.netvet.findings as example.findings
}

test_result_keeps_the_finding if {
	finding := _finding("error")
	main.deny == {object.union(finding, {"msg": "some-rule: NetworkPolicy shop/error: it is wrong"})} with data.netvet.findings as {finding}
}

test_entry_asks_the_rules if {
	found := main.deny | main.warn with input as [{"path": "web.yaml", "contents": {
		"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "web", "namespace": "shop"},
		"spec": {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": [{"podSelector": {}}]}]},
	}}]
	some result in found
	startswith(result.msg, "missing-dns: web.yaml: NetworkPolicy shop/web: ")
}
