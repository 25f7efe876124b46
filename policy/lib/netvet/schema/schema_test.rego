package lib.netvet.schema_test

import data.lib.netvet.schema

_policy(spec) := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "web"}, "spec": spec}

_with_metadata(metadata) := object.union(_policy({}), {"metadata": metadata})

test_parts if {
	peer := {"podSelector": {"matchLabels": {"a": "b"}, "matchExpressions": [null, {"key": "c"}, "d"]}, "ipBlock": {"cidr": "::/0"}}
	policy := _policy({"podSelector": null, "ingress": [{"from": [peer], "ports": [{"port": 80}]}, 7], "egress": {"to": []}})
	{type: {[path, mapping] | some [0, path, mapping] in rows} | some type, rows in schema.parts} == {
		"NetworkPolicy": {[[], policy]},
		"ObjectMeta": {[["metadata"], {"name": "web"}]},
		"NetworkPolicySpec": {[["spec"], policy.spec]},
		"NetworkPolicyIngressRule": {[["spec", "ingress", 0], policy.spec.ingress[0]]},
		"NetworkPolicyEgressRule": set(),
		"NetworkPolicyPeer": {[["spec", "ingress", 0, "from", 0], peer]},
		"NetworkPolicyPort": {[["spec", "ingress", 0, "ports", 0], {"port": 80}]},
		"LabelSelector": {[["spec", "ingress", 0, "from", 0, "podSelector"], peer.podSelector]},
		"LabelSelectorRequirement": {
			[["spec", "ingress", 0, "from", 0, "podSelector", "matchExpressions", 0], {}],
			[["spec", "ingress", 0, "from", 0, "podSelector", "matchExpressions", 1], {"key": "c"}],
		},
		"IPBlock": {[["spec", "ingress", 0, "from", 0, "ipBlock"], {"cidr": "::/0"}]},
		"OwnerReference": set(),
		"ManagedFieldsEntry": set(),
	} with input as policy
}

test_mistyped[spec] if {
	some spec, want in {
		{"policyTypes": "Ingress"}: {[["spec", "policyTypes"], "[]string"]},
		{"policyTypes": [1, null]}: {[["spec", "policyTypes", 0], "string"]},
		{"ingress": {"from": []}}: {[["spec", "ingress"], "[]NetworkPolicyIngressRule"]},
		{"ingress": ["from"]}: {[["spec", "ingress", 0], "NetworkPolicyIngressRule"]},
		{"podSelector": {"matchLabels": {"a": 1, "b": null, "c": "d"}}}: {[["spec", "podSelector", "matchLabels", "a"], "string"]},
		{"podSelector": {"matchLabels": {"a": [], "b": {"c": 1}}}}: {[["spec", "podSelector", "matchLabels", name], "string"] | some name in ["a", "b"]},
		{"podSelector": {"matchLabels": []}}: {[["spec", "podSelector", "matchLabels"], "strings"]},
		{"ingress": [{"ports": [{"port": port} | some port in [true, 80.5, 2147483648, 2147483647, "a"]]}]}: {[path, "port"] |
			some i in [0, 1, 2]
			path := ["spec", "ingress", 0, "ports", i, "port"]
		},
		{"ingress": [{"ports": [{"endPort": "a"}, {"endPort": -2147483649}, {"endPort": -2147483648}]}]}: {[["spec", "ingress", 0, "ports", i, "endPort"], "int32"] |
			some i in [0, 1]
		},
		{"ingress": [{"ports": [80, 80.5]}]}: {[["spec", "ingress", 0, "ports", i], "NetworkPolicyPort"] | some i in [0, 1]},
		{"ingress": null, "egress": [{"to": null, "ports": [null]}, null], "other": 1}: set(),
	}
	want == {[path, type] | some [0, path, type, _] in schema.mistyped} with input as _policy(spec)
}

test_mistyped_metadata[given] if {
	some given, want in {
		{"generation": 9223372036854775807, "creationTimestamp": null, "managedFields": [{"fieldsV1": {"f:a": 1}}]}: set(),
		{"generation": 1.5, "deletionGracePeriodSeconds": "1"}: {"generation", "deletionGracePeriodSeconds"},
		{"creationTimestamp": "2028-02-29T03:04:05.5+01:00", "deletionTimestamp": "2026-02-29T03:04:05Z"}: {"deletionTimestamp"},
		{"creationTimestamp": "2026-04-31T03:04:05Z", "deletionTimestamp": 7}: {"creationTimestamp", "deletionTimestamp"},
		{"labels": [], "annotations": {"a": true}, "ownerReferences": [{"controller": true}], "name": "web"}: {"labels", "a"},
	}
	want == {path[count(path) - 1] | some [0, path, _, _] in schema.mistyped} with input as _with_metadata(given)
}

test_mistyped_managed_fields if {
	given := {"managedFields": [{"time": "now"}, {"time": null, "fieldsV1": 7, "manager": 7}], "ownerReferences": [7]}
	{path | some [0, path, _, _] in schema.mistyped} == {
		["metadata", "managedFields", 0, "time"],
		["metadata", "managedFields", 1, "manager"],
		["metadata", "ownerReferences", 0],
	} with input as _with_metadata(given)
}

test_the_value_is_told if {
	schema.mistyped == {[0, ["spec", "policyTypes"], "[]string", "Ingress"]} with input as _policy({"policyTypes": "Ingress"})
}

test_unknown if {
	spec := {"ingres": [], "podSelector": {"app": "web", "matchLabels": {"any": "key"}}, "ingress": [{"from": [{"podselector": {}}], "ports": [{"number": 80}]}]}
	schema.unknown == {
		[0, ["spec"], "NetworkPolicySpec", "ingres"],
		[0, ["spec", "podSelector"], "LabelSelector", "app"],
		[0, ["spec", "ingress", 0, "from", 0], "NetworkPolicyPeer", "podselector"],
		[0, ["spec", "ingress", 0, "ports", 0], "NetworkPolicyPort", "number"],
	} with input as _policy(spec)
	schema.unfinished == {[0, ["spec"]]} with input as _policy({"ingres": [], "egres": []})
}

test_unfinished if {
	rule := {"from": [{"podSelector": {}, "protocol": "TCP"}]}
	schema.unfinished == {[0, ["spec", "ingress", 0]], [0, ["spec", "ingress", 0, "from", 0]]} with input as _policy({"ingress": [rule]})
	schema.unfinished == {[0, ["spec", "egress", 1, "to", 0]]} with input as _policy({"egress": [{}, {"to": [{"from": []}]}]})
	schema.unfinished == {[0, ["spec", "ingress", 0, "from", 0, "podSelector"]]} with input as _policy({"ingress": [{"from": [{"podSelector": {"ports": "a"}}]}]})
}

test_unfinished_rules if {
	port := {"ports": [{"number": 80}]}
	schema.unfinished_rules == {[0, "Egress", 1], [0, "Ingress", 0]} with input as _policy({"order": 1, "ingress": [port], "egress": [{}, port]})
	schema.unfinished_rules == set() with input as _policy({"podSelector": {"matchLabels": {}, "app": {"b": "c"}}})
}

test_astray[name] if {
	some name, example in {
		"beside spec": [object.union(_policy({}), {"podSelector": {}, "status": {}}), {"podSelector"}],
		"in metadata": [_with_metadata({"egress": []}), {"egress"}],
		"in the object": [object.union(_policy({}), {"namespace": "shop"}), {"namespace"}],
		"misspelt in metadata": [_with_metadata({"annotation": {}}), {"annotations"}],
		"in a rule": [_policy({"ingress": [{"policyTypes": []}]}), {"policyTypes"}],
		"a peer in a rule": [_policy({"ingress": [{"podSelector": {}}]}), set()],
		"labels": [_policy({"matchLabels": {}}), {"podSelector"}],
		"labels in a peer": [_policy({"ingress": [{"from": [{"matchLabels": {}}]}]}), set()],
		"expressions": [_policy({"matchExpressions": []}), {"podSelector"}],
		"misspelt": [_policy({"podselector": {}, "types": [], "order": 1}), {"podSelector", "policyTypes"}],
		"misspelt in a rule": [_policy({"ingress": [{"types": []}]}), set()],
	}
	[policy, fields] := example
	{field | some [0, field] in schema.astray} == fields with input as policy
}

test_meant if {
	schema.meant("NetworkPolicyPort", "targetPort") == "port"
	schema.meant("NetworkPolicySpec", "ingres") == "ingress"
	not schema.meant("NetworkPolicySpec", "order")
}

# The API server drops such fields; a newer one may have others.
test_nothing_is_unknown_in_a_cluster if {
	schema.unknown == set() with input as object.union(_policy({"ingres": []}), {"metadata": {"uid": "a"}})
}

test_suspects if {
	resources := [_policy({"ingres": []}), _policy({"ingres": []}), {"apiVersion": "v1", "kind": "Service", "spec": {"ingres": []}}]
	schema.suspects == {0, 1} with input as {"resources": resources}
	schema.suspects == {1} with input as {"resources": resources, "unusual": [1]}
	schema.suspects == {0} with input as {"resources": resources, "scope": [0]}
	count(schema.unknown) == 1 with input as {"resources": resources, "unusual": [1]}
	schema.mistyped == set() with input as {"resources": [_policy({"policyTypes": 1})], "unusual": []}
}

# What the API server has read it has also checked.
test_suspects_at_admission[name] if {
	read := {"metadata": {"uid": "1"}}
	some name, example in {
		"a manifest": {"input": {"review": {"object": _policy({"policyTypes": 1})}}, "want": {0}},
		"read": {"input": {"review": {"object": object.union(_policy({"policyTypes": [1]}), read)}}, "want": set()},
		"read, in an AdmissionReview": {"input": {"request": {"object": object.union(_policy({"policyTypes": [1]}), read)}}, "want": set()},
		"a manifest that is deleted": {"input": {"review": {"operation": "DELETE", "object": _policy({"policyTypes": 1})}}, "want": set()},
		"another kind": {"input": {"review": {"object": {"apiVersion": "v1", "kind": "Pod", "spec": {"policyTypes": 1}}}}, "want": set()},
		"read from a file": {"input": {"resources": [object.union(_policy({"policyTypes": 1}), read)]}, "want": {0}},
	}
	schema.suspects == example.want with input as example.input
	{i | some [i, _, _, _] in schema.mistyped} == example.want with input as example.input
}

# The object under review alone, whatever else there is.
test_others_at_admission_are_none_of_them if {
	others := {name: object.union(_policy({"policyTypes": 1}), {"metadata": {"name": name, "namespace": "shop"}}) | some name in ["a", "b"]}
	inventory := {"namespace": {"shop": {"networking.k8s.io/v1": {"NetworkPolicy": others}}}}
	schema.suspects == {0} with input as {"review": {"object": others.a}} with data.inventory as inventory
	{i | some [i, _, _, _] in schema.mistyped} == {0} with input as {"review": {"object": others.a}} with data.inventory as inventory
}

test_mappings_where_lists_belong if {
	policy := _policy({"ingress": {"first": {"from": [{"podselector": {}}]}}})
	schema.mistyped == {[0, ["spec", "ingress"], "[]NetworkPolicyIngressRule", policy.spec.ingress]} with input as policy
	schema.unknown == set() with input as policy
	schema.parts.NetworkPolicyIngressRule == [] with input as policy
}

test_lists_where_none_belong if {
	schema.mistyped == {[0, ["spec"], "NetworkPolicySpec", []]} with input as _policy([])
	schema.mistyped == {[0, ["spec", "podSelector"], "LabelSelector", ["app"]]} with input as _policy({"podSelector": ["app"]})
	schema.unknown == {[0, ["spec"], "NetworkPolicySpec", "ports"]} with input as _policy({"ports": [{"port": 80}]})
	{type | some type, rows in schema.parts; rows != []} == {"NetworkPolicy", "ObjectMeta"} with input as _policy([{}])
}
