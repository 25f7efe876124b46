package netvet.rules.namespace_label_test

import data.netvet.rules.namespace_label

_policy(spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": object.union({"podSelector": {}}, spec),
}

_from(label_selector) := _policy({"ingress": [{"from": [{"namespaceSelector": label_selector}]}]})

_namespace(name, labels) := {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}

_expression(key, operator, values) := {"matchExpressions": [{"key": key, "operator": operator, "values": values}]}

# The severities by path.
_found[concat("/", [sprintf("%v", [step]) | some step in fault.details.path])] := fault.details.severity if {
	some fault in namespace_label.violation
}

_at(severity, place) := {sprintf("spec/ingress/0/from/0/namespaceSelector/%s", [place]): severity}

test_scopes[name] if {
	some name, example in {
		"fragment": {"sight": "fragment", "others": [], "want": {}},
		"fragment with its Namespace": {"sight": "fragment", "others": [_namespace("web", {})], "want": {}},
		"document": {"sight": "document", "others": [], "want": _at("warning", "matchLabels/name")},
		"set": {"sight": "set", "others": [_namespace("api", {"name": "api"})], "want": _at("warning", "matchLabels/name")},
		"Namespace in sight": {"sight": "set", "others": [_namespace("web", {"team": "a"})], "want": _at("error", "matchLabels/name")},
		"Namespace with another value": {"sight": "set", "others": [_namespace("web", {"name": "site"})], "want": _at("error", "matchLabels/name")},
		"Namespace with the label": {"sight": "set", "others": [_namespace("web", {"name": "web"})], "want": {}},
		"another with the label": {"sight": "set", "others": [_namespace("web", {}), _namespace("web-2", {"name": "web"})], "want": {}},
	}
	policy := _from({"matchLabels": {"name": "web"}})
	_found == example.want with input as {"resources": array.concat([policy], example.others), "sight": example.sight}
}

test_plain_conftest_says_nothing if _found == {} with input as _from({"matchLabels": {"name": "web"}})

test_requirements[name] if {
	some name, example in {
		"ns": {"selector": {"matchLabels": {"ns": "api"}}, "want": _at("warning", "matchLabels/ns")},
		"namespace": {"selector": {"matchLabels": {"namespace": "web"}}, "want": _at("error", "matchLabels/namespace")},
		"kubernetes.io/name": {"selector": {"matchLabels": {"kubernetes.io/name": "web"}}, "want": _at("error", "matchLabels/kubernetes.io/name")},
		"right key": {"selector": {"matchLabels": {"kubernetes.io/metadata.name": "web"}}, "want": {}},
		"other key": {"selector": {"matchLabels": {"app": "web"}}, "want": {}},
		"In": {"selector": _expression("name", "In", ["api"]), "want": _at("warning", "matchExpressions/0")},
		"In, one in sight": {"selector": _expression("name", "In", ["web", "api"]), "want": _at("error", "matchExpressions/0")},
		"In, one labelled": {"selector": _expression("name", "In", ["db"]), "want": {}},
		"NotIn": {"selector": _expression("name", "NotIn", ["web"]), "want": _at("error", "matchExpressions/0")},
		"NotIn, out of sight": {"selector": _expression("name", "NotIn", ["api"]), "want": _at("warning", "matchExpressions/0")},
		"NotIn, labelled": {"selector": _expression("name", "NotIn", ["db"]), "want": {}},
		"NotIn, left out otherwise": {
			"selector": object.union(_expression("name", "NotIn", ["web"]), {"matchLabels": {"team": "b"}}),
			"want": {},
		},
		"Exists": {"selector": {"matchExpressions": [{"key": "name", "operator": "Exists"}]}, "want": {}},
		"DoesNotExist": {"selector": {"matchExpressions": [{"key": "name", "operator": "DoesNotExist"}]}, "want": {}},
		"no object": {"selector": "web", "want": {}},
		"empty": {"selector": {}, "want": {}},
	}
	others := [_namespace("web", {"team": "a"}), _namespace("database", {"name": "db"})]
	_found == example.want with input as {"resources": array.concat([_from(example.selector)], others)}
}

test_cluster_labels if {
	policy := _from({"matchLabels": {"name": "web"}})
	_found == {} with input as {"resources": [policy, _namespace("web", {})], "parameters": {"namespace_labels": ["name"]}}
}

test_directions if {
	peer := {"podSelector": {"matchLabels": {"name": "x"}}, "namespaceSelector": {"matchLabels": {"name": "web"}}}
	rules := {"ingress": [{"from": [{"podSelector": {}}, peer]}], "egress": [{}, {"to": [peer]}]}
	ingress := {"spec/ingress/0/from/1/namespaceSelector/matchLabels/name": "warning"}
	egress := {"spec/egress/1/to/0/namespaceSelector/matchLabels/name": "warning"}
	_found == object.union(ingress, egress) with input as {"resources": [_policy(rules)]}
	_found == ingress with input as {"resources": [_policy(object.union(rules, {"policyTypes": ["Ingress"]}))]}
	_found == egress with input as {"resources": [_policy(object.union(rules, {"policyTypes": ["Egress"]}))]}
}

_given(label_selector) := {"sight": "set", "resources": [{
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": {"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": label_selector}]}]},
}]}

_fixes := {fault.details.fix | some fault in namespace_label.violation}

test_fix if {
	at := ["spec", "ingress", 0, "from", 0, "namespaceSelector"]
	name := "kubernetes.io/metadata.name"
	_fixes == {[
		{"op": "remove", "path": array.concat(at, ["matchLabels", "name"])},
		{"op": "add", "path": array.concat(at, ["matchLabels", name]), "value": "bank"},
	]} with input as _given({"matchLabels": {"name": "bank"}})
	_fixes == {[]} with input as _given({"matchLabels": {"name": "bank", name: "yard"}})
	_fixes == {[
		{"op": "replace", "path": array.concat(at, ["matchExpressions", 0, "key"]), "value": name},
	]} with input as _given({"matchExpressions": [{"key": "name", "operator": "In", "values": ["bank", "yard"]}]})
}
