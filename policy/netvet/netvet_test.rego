package netvet_test

import data.netvet

_policy(annotations) := {
	"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
	"metadata": {"name": "web", "namespace": "shop", "annotations": annotations},
}

_resource := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "namespace": "shop", "name": "web"}

# A rule has annotations of its own before those of its package.
_rules(scope, details) := {"some_rule": {
	"metadata": [{"path": ["metadata"]}, {"annotations": {"custom": {"severity": "error", "scope": scope}}}],
	"violation": {{"msg": "it is wrong", "details": object.union({"index": 0, "resource": _resource, "path": ["spec"]}, details)}},
}}

_finding := {"rule": "some-rule", "severity": "error", "message": "it is wrong", "resource": _resource, "path": ["spec"], "index": 0}

test_finding if {
	netvet.findings == {_finding} with input as {"resources": [_policy({})]} with netvet.rules as _rules("object", {})
}

test_file_of_an_array if {
	netvet.findings == {object.union(_finding, {"file": "a.yaml"})} with input as [{"path": "a.yaml", "contents": _policy({})}]
		with netvet.rules as _rules("object", {"file": "a.yaml"})
}

test_no_rules if {
	netvet.findings == set() with input as {"resources": [_policy({})]} with netvet.rules as {}
}

# What stands below the rules and is none, such as their tests, is neither run nor reported.
test_what_is_no_rule if {
	netvet.findings == set() with input as {"resources": [_policy({})]} with netvet.rules as {"some_rule_test": {"test_it": true}}
}

test_rules_of_others if {
	found := netvet.findings with input as {"resources": [_policy({"ignore.netvet.dev/acme-corp-some-rule": "agreed"})]}
		with netvet.rules as {}
		with data.acme_corp.rules as _rules("object", {})
	found == {object.union(_finding, {"rule": "acme-corp-some-rule", "suppressed": "agreed"})}
}

# Others may have packages of that form for purposes of their own.
test_what_only_looks_like_a_rule if {
	netvet.findings == set() with input as {"resources": [_policy({})]}
		with netvet.rules as {}
		with data.acme.rules as {"some_rule": {"violation": {{"msg": "it is wrong", "details": {}}}}}
		with data.other.rules as {"some_rule": {"metadata": [{"annotations": {"title": "x"}}], "violation": {"it is wrong"}}}
		with data.listed.rules as ["some_rule"]
}

# The package's annotations count, not those of whatever it stands in.
test_nearest_annotations if {
	rules := {"some_rule": object.union(_rules("object", {}).some_rule, {"metadata": [
		{"path": ["acme", "rules", "some_rule", "metadata"]},
		{"annotations": {"custom": {"severity": "note", "scope": "object"}}},
		{"annotations": {"custom": {"severity": "error", "team": "network"}}},
	]})}
	found := netvet.findings with input as {"resources": [_policy({})]} with netvet.rules as {} with data.acme.rules as rules
	{finding.severity | some finding in found} == {"note"}
}

test_severity[name] if {
	some name, example in {
		"of the metadata": {"scope": "workloads", "details": {}, "admission": false, "want": "error"},
		"stated": {"scope": "workloads", "details": {"severity": "note"}, "admission": false, "want": "note"},
		"at admission, of the one object": {"scope": "object", "details": {}, "admission": true, "want": "error"},
		"at admission, of its source": {"scope": "source", "details": {}, "admission": true, "want": "error"},
		"at admission, of others": {"scope": "namespace", "details": {}, "admission": true, "want": "warning"},
		"at admission, of workloads": {"scope": "workloads", "details": {}, "admission": true, "want": "warning"},
		"at admission, stated": {"scope": "workloads", "details": {"severity": "error"}, "admission": true, "want": "warning"},
		"at admission, slight": {"scope": "workloads", "details": {"severity": "note"}, "admission": true, "want": "note"},
	}
	asked := {false: {"resources": [_policy({})]}, true: {"review": {"object": _policy({})}}}[example.admission]
	severities := {finding.severity | some finding in netvet.findings} with input as asked
		with netvet.rules as _rules(example.scope, example.details)
	severities == {example.want}
}

test_suppressed[name] if {
	some name, example in {
		"reason": {"annotations": {"ignore.netvet.dev/some-rule": " on purpose\n"}, "want": {"on purpose"}},
		"no reason": {"annotations": {"ignore.netvet.dev/some-rule": " "}, "want": set()},
		"another rule": {"annotations": {"ignore.netvet.dev/some_rule": "on purpose"}, "want": set()},
		"no string": {"annotations": {"ignore.netvet.dev/some-rule": true}, "want": set()},
		"annotations that are none": {"annotations": "ignore.netvet.dev/some-rule", "want": set()},
	}
	found := netvet.findings with input as {"resources": [_policy(example.annotations)]} with netvet.rules as _rules("object", {})
	{object.remove(finding, ["suppressed"]) | some finding in found} == {_finding}
	{finding.suppressed | some finding in found} == example.want
}

test_not_suppressed_at_admission if {
	found := netvet.findings with input as {"review": {"object": _policy({"ignore.netvet.dev/some-rule": "on purpose"})}}
		with netvet.rules as _rules("object", {})
	found == {_finding}
}

test_suppressed_at_admission_where_the_cluster_allows_it if {
	request := {"request": {"object": _policy({"ignore.netvet.dev/some-rule": "on purpose"})}, "parameters": {"suppressible": ["some-rule"]}}
	found := netvet.findings with input as request with netvet.rules as _rules("object", {})
	{finding.suppressed | some finding in found} == {"on purpose"}
}

# The name that the rule has now comes first.
test_suppressed_under_a_former_name[name] if {
	some name, example in {
		"old": {"annotations": {"ignore.netvet.dev/old-rule": "on purpose"}, "want": {"on purpose"}},
		"both": {"annotations": {"ignore.netvet.dev/old-rule": "then", "ignore.netvet.dev/some-rule": "now"}, "want": {"now"}},
		"new without a reason": {
			"annotations": {"ignore.netvet.dev/old-rule": "then", "ignore.netvet.dev/some-rule": ""},
			"want": {"then"},
		},
		"another": {"annotations": {"ignore.netvet.dev/other-rule": "on purpose"}, "want": set()},
	}
	rules := json.patch(_rules("object", {}), [{
		"op": "add",
		"path": ["some_rule", "metadata", 1, "annotations", "custom", "formerly"],
		"value": ["old-rule"],
	}])
	found := netvet.findings with input as {"resources": [_policy(example.annotations)]} with netvet.rules as rules
	{finding.suppressed | some finding in found} == example.want
}
