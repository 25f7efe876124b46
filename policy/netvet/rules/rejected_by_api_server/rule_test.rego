package netvet.rules.rejected_by_api_server_test

import data.netvet.rules.rejected_by_api_server

_policy(spec) := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "web"}, "spec": spec}

_named(metadata) := object.union(object.remove(_policy({}), ["metadata"]), {"metadata": metadata})

_port(entry) := _policy({"ingress": [{"ports": [entry]}]})

_peer(peer) := _policy({"egress": [{"to": [peer]}]})

_expression(expression) := _policy({"podSelector": {"matchExpressions": [expression]}})

_owners(owners) := _named({"name": "web", "ownerReferences": owners})

_owner := {"apiVersion": "v1", "kind": "Pod", "name": "web", "uid": "a"}

# The last steps of the paths that are refused.
_places := {fault.details.path[count(fault.details.path) - 1] | some fault in rejected_by_api_server.violation}

_fixes := {operation.value | some fault in rejected_by_api_server.violation; some operation in fault.details.fix}

_long(n) := concat("", ["a" | some _ in numbers.range(1, n)])

test_types[name] if {
	some name, [policy, places, fixes] in {
		"a word for a list": [_policy({"policyTypes": "Egress"}), {"policyTypes"}, {["Egress"]}],
		"nothing for a list": [_policy({"policyTypes": {}, "ingress": ""}), {"policyTypes", "ingress"}, set()],
		"a mapping for a list": [_policy({"ingress": {"from": [{"podSelector": {}}]}}), {"ingress"}, {[{"from": [{"podSelector": {}}]}]}],
		"a list for a mapping": [_policy({"podSelector": []}), {"podSelector"}, set()],
		"a number for a label": [_policy({"podSelector": {"matchLabels": {"a": 1}}}), {"a"}, set()],
		"a text for a number": [_port({"port": 80, "endPort": "90"}), {"endPort"}, {90}],
		"a word for a number": [_port({"port": 80, "endPort": "last"}), {"endPort"}, set()],
		"a list for a number": [_port({"port": [80]}), {"port"}, set()],
		"a word for an item": [_policy({"ingress": ["from"]}), {0}, set()],
		"no metadata": [object.union(_policy({}), {"metadata": []}), {"metadata", "name"}, set()],
	}
	_places == places with input as policy
	_fixes == fixes with input as policy
}

test_what_is_told[message] if {
	some message, policy in {
		"policyTypes must be a list, not the string \"Egress\"": _policy({"policyTypes": "Egress"}),
		"policyTypes[0] must be a string, not 1": _policy({"policyTypes": [1]}),
		"podSelector must be a mapping, not a list": _policy({"podSelector": []}),
		"ingress must be a list, not a mapping": _policy({"ingress": {"from": []}}),
		sprintf("the label value \"%s\"… is longer than 63 characters", [_long(64)]): _named({"name": "web", "labels": {"a": _long(81)}}),
		sprintf("the label value \"%s\" is longer than 63 characters", [_long(80)]): _named({"name": "web", "labels": {"a": _long(80)}}),
	}
	{fault.msg | some fault in rejected_by_api_server.violation} == {sprintf("%s, so the API server refuses the policy", [message])} with input as policy
}

test_remedies[remedy] if {
	some remedy, policy in {
		"Write port: 80": _port({"port": "80"}),
		"Write protocol: TCP": _port({"protocol": "tcp"}),
		"Write policyTypes: [\"Egress\"]": _policy({"policyTypes": "Egress"}),
		"Write Egress": _policy({"policyTypes": ["egress"]}),
		"Write cidr: \"2001:db8::/32\"": _peer({"ipBlock": {"cidr": "2001:db8::1/32"}}),
	}
	{fault.details.remediation | some fault in rejected_by_api_server.violation} == {remedy} with input as policy
}

test_metadata[name] if {
	some name, [given, places] in {
		"empty": [{"name": "", "generateName": null}, {"name"}],
		"a prefix": [{"generateName": "web-"}, set()],
		"a prefix that no name can begin with": [{"generateName": "A-"}, {"generateName"}],
		"the same beside a name": [{"name": "web", "generateName": "A-"}, set()],
		"a prefix that is none": [{"name": "web", "generateName": "web."}, {"generateName"}],
		"a prefix that is cut": [{"generateName": concat("", [_long(56), "_b-"])}, {"generateName"}],
		"a name": [{"name": "Web"}, {"name"}],
		"a namespace": [{"name": "web", "namespace": "a.b"}, {"namespace"}],
		"the default namespace": [{"name": "web", "namespace": ""}, set()],
		"labels": [{"name": "web", "labels": {"a": "-", "b/": "c", "d": null}}, {"a", "b/"}],
		"annotations": [{"name": "web", "annotations": {"A/B": "c d", "a b": ""}}, {"a b"}],
		"finalizers": [{"name": "web", "finalizers": ["kubernetes", "a/b", "web", null]}, {2, 3}],
		"the finalizer": [{"name": "web", "finalizers": ["orphan"]}, set()],
		"two finalizers": [{"name": "web", "finalizers": ["orphan", "foregroundDeletion"]}, {"finalizers"}],
		"annotations of 256 KiB": [{"name": "web", "annotations": {"a": sprintf("%0262143d", [0])}}, set()],
		"annotations of more": [{"name": "web", "annotations": {"ab": sprintf("%0262143d", [0])}}, {"annotations"}],
		"annotations in two bytes a letter": [{"name": "web", "annotations": {"a": replace(sprintf("%0131072d", [0]), "0", "é")}}, {"annotations"}],
		"an unknown field for the name": [{"Name": "web"}, set()],
	}
	_places == places with input as _named(given)
}

test_no_name if {
	_places == {"name"} with input as object.remove(_policy({}), ["metadata"])
	_places == {"name"} with input as object.union(object.remove(_policy({}), ["metadata"]), {"metadata": {}})
}

test_owners[name] if {
	some name, [owners, places] in {
		"one": [[object.union(_owner, {"controller": true})], set()],
		"two": [[_owner, object.union(_owner, {"name": "api", "controller": true})], set()],
		"two controllers": [[object.union(_owner, {"controller": true}), object.union(_owner, {"name": "api", "controller": true})], {"ownerReferences"}],
		"one controller twice": [[object.union(_owner, {"controller": true}), object.union(_owner, {"controller": true, "blockOwnerDeletion": null})], set()],
		"nothing": [[null], {"apiVersion", "kind", "name", "uid"}],
		"no kind": [[object.remove(_owner, ["kind"])], {"kind"}],
		"another name of it": [[object.union(object.remove(_owner, ["kind"]), {"Kind": "Pod"})], set()],
		"no version": [[object.union(_owner, {"apiVersion": "apps/"})], {"apiVersion"}],
		"an Event": [[object.union(_owner, {"kind": "Event"})], {0}],
		"an Event of another group": [[object.union(_owner, {"kind": "Event", "apiVersion": "events.k8s.io/v1"})], set()],
	}
	_places == places with input as _owners(owners)
}

test_selectors[name] if {
	some name, [expression, places, fixes] in {
		"in": [{"key": "a", "operator": "in", "values": ["b"]}, {"operator"}, {"In"}],
		"Equals": [{"key": "a", "operator": "Equals", "values": ["b"]}, {"operator"}, set()],
		"nothing": [null, {"operator", "key"}, set()],
		"another name of the operator": [{"key": "a", "op": "Exists"}, set(), set()],
		"another name of the key": [{"Key": "a", "operator": "Exists"}, set(), set()],
		"a wrong key beside an unknown field": [{"key": "a b", "operator": "Exists", "kind": 1}, {"key"}, set()],
		"another name of the values": [{"key": "a", "operator": "In", "value": ["b"]}, set(), set()],
		"no values": [{"key": "a", "operator": "NotIn", "values": []}, {"values"}, set()],
		"values for nothing": [{"key": "a", "operator": "DoesNotExist", "values": ["b"]}, {"values"}, set()],
		"a value": [{"key": "a", "operator": "In", "values": ["b", "c d", null]}, {1}, set()],
		"good": [{"key": "a/b", "operator": "Exists", "values": []}, set(), set()],
	}
	_places == places with input as _expression(expression)
	_fixes == fixes with input as _expression(expression)
}

test_all_selectors if {
	wrong := {"matchLabels": {"a": "b c"}}
	{fault.details.path | some fault in rejected_by_api_server.violation} == {
		["spec", "podSelector", "matchLabels", "a"],
		["spec", "ingress", 0, "from", 0, "podSelector", "matchLabels", "a"],
		["spec", "ingress", 0, "from", 0, "namespaceSelector", "matchLabels", "a"],
		["spec", "egress", 0, "to", 0, "podSelector", "matchLabels", "a"],
		["spec", "egress", 0, "to", 0, "namespaceSelector", "matchLabels", "a"],
	} with input as _policy({
		"podSelector": wrong,
		"policyTypes": ["Ingress"],
		"ingress": [{"from": [{"podSelector": wrong, "namespaceSelector": wrong}]}],
		"egress": [{"to": [{"podSelector": wrong, "namespaceSelector": wrong}]}],
	})
}

test_ports[entry] if {
	some entry, [places, fixes] in {
		{"protocol": " udp", "port": 53}: [{"protocol"}, {"UDP"}],
		{"protocol": "ICMP"}: [{"protocol"}, set()],
		{"port": 0}: [{"port"}, set()],
		{"port": 65536}: [{"port"}, set()],
		{"port": "http"}: [set(), set()],
		{"port": "80"}: [{"port"}, {80}],
		{"port": "080"}: [{"port"}, set()],
		{"port": "70000"}: [{"port"}, set()],
		{"port": "HTTP"}: [{"port"}, set()],
	}
	_places == places with input as _port(entry)
	_fixes == fixes with input as _port(entry)
}

test_end_ports[entry] if {
	some entry, [places, fixes] in {
		{"protocol": "SCTP", "port": 1, "endPort": 65535}: [set(), set()],
		{"protocol": null, "port": null, "endPort": null}: [set(), set()],
		{"port": 80, "endPort": 65536}: [{"endPort"}, set()],
		{"port": 80, "endPort": 0}: [{"endPort"}, set()],
		{"port": 80, "endPort": 79}: [{"endPort"}, set()],
		{"port": 80, "endPort": 80}: [set(), set()],
		{"port": 0, "endPort": 0}: [{"port", "endPort"}, set()],
		{"port": "http", "endPort": 90}: [{"endPort"}, set()],
		{"port": "http", "endPort": 0}: [{"endPort"}, set()],
		{"endPort": 90}: [{"endPort"}, set()],
		{"endPort": 0}: [{"endPort"}, set()],
	}
	_places == places with input as _port(entry)
	_fixes == fixes with input as _port(entry)
}

test_peers[name] if {
	some name, [peer, places, fixes] in {
		"nothing": [null, {0}, set()],
		"empty": [{"podSelector": null}, {0}, set()],
		"an unknown field": [{"podselector": {}}, set(), set()],
		"both selectors": [{"podSelector": {}, "namespaceSelector": {}}, set(), set()],
		"a block and a selector": [{"ipBlock": {"cidr": "::/0"}, "podSelector": {}}, {0}, set()],
		"a block and no selector": [{"ipBlock": {"cidr": "::/0"}, "podSelector": null}, set(), set()],
		"no block": [{"ipBlock": {"except": ["x"]}}, {"cidr"}, set()],
		"an unknown field for it": [{"ipBlock": {"CIDR": "::/0"}}, set(), set()],
		"a wrong block": [{"ipBlock": {"cidr": "x", "except": ["x"]}}, {"cidr"}, set()],
		"host bits": [{"ipBlock": {"cidr": "10.0.0.1/8"}}, {"cidr"}, {"10.0.0.0/8"}],
		"an address": [{"ipBlock": {"cidr": "10.0.0.1"}}, {"cidr"}, {"10.0.0.1/32"}],
		"a network or an address": [{"ipBlock": {"cidr": "10.0.0.0"}}, {"cidr"}, set()],
		"exceptions": [
			{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16", "10.1.0.1/16", "10.0.0.0/8", "0.0.0.0/0", "11.0.0.0/16", "::/0", "x", null]}},
			{1, 2, 3, 4, 5, 6, 7}, {"10.1.0.0/16"},
		],
	}
	_places == places with input as _peer(peer)
	_fixes == fixes with input as _peer(peer)
}

test_policy_types[types] if {
	some types, [places, fixes] in {
		["Ingress", "Egress"]: [set(), set()],
		["Egress", "Egress"]: [set(), set()],
		["Ingress", "Egress", "ingress"]: [{"policyTypes"}, set()],
		["ingress", "Both"]: [{0, 1}, {"Ingress"}],
		[null]: [{0}, set()],
		[]: [set(), set()],
	}
	_places == places with input as _policy({"policyTypes": types})
	_fixes == fixes with input as _policy({"policyTypes": types})
}

# At admission and in a cluster, too; and only what is under review and may be unusual.
test_hosts if {
	wrong := _port({"port": 0})
	_places == {"port"} with input as {"review": {"object": wrong}}
	_places == {"port"} with input as object.union(wrong, {"metadata": {"uid": "a"}})
	_places == {"port"} with input as {"resources": [wrong]}
	_places == set() with input as {"resources": [wrong], "scope": []}
	_places == set() with input as {"resources": [wrong], "unusual": []}
	_places == set() with input as object.union(wrong, {"apiVersion": "crd.projectcalico.org/v1"})
}
