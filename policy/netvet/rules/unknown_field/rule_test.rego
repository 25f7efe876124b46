package netvet.rules.unknown_field_test

import data.netvet.rules.unknown_field

_policy(spec) := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "web"}, "spec": spec}

_rule(rule) := _policy({"podSelector": {}, "ingress": [rule]})

_said := {fault.msg | some fault in unknown_field.violation}

_fixes := {fault.details.fix | some fault in unknown_field.violation}

_paths := {fault.details.path | some fault in unknown_field.violation}

_told(text) := {sprintf("%s: kubectl refuses it; where it is dropped, %s", text)}

_moved(from, to, value) := {[{"op": "remove", "path": from}, {"op": "add", "path": to, "value": value}]}

_peer := {"podSelector": {}}

test_misspelt if {
	_said == _told(["ingres is no field of spec; ingress is", "nothing is admitted by these rules"]) with input as _policy({"ingres": []})
	_fixes == _moved(["spec", "ingres"], ["spec", "ingress"], [1]) with input as _policy({"ingres": [1]})
	_fixes == _moved(["spec", "ingres"], ["spec", "ingress"], [{"from": []}]) with input as _policy({"ingres": {"from": []}})
	_paths == {["spec", "ingres"]} with input as _policy({"ingres": []})
	_fixes == set() with input as _policy({"ingres": [1], "ingress": []})
	_fixes == _moved(["spec", "selector"], ["spec", "podSelector"], {}) with input as _policy({"selector": {}})
	_said == _told(["order is no field of spec", "what it says is lost"]) with input as _policy({"order": 1})
	_fixes == set() with input as _policy({"order": "first"})
}

test_the_pod_selector if {
	_said == _told(["podselector is no field of spec; podSelector is", "the policy selects every pod of its namespace"]) with input as _policy({"podselector": {}})
	misplaced := "matchLabels is no field of spec, but of podSelector"
	_said == _told([misplaced, "the policy selects every pod of its namespace"]) with input as _policy({"matchLabels": {}})
	_said == _told([misplaced, "the podSelector that is there holds"]) with input as _policy({
		"matchLabels": {},
		"podSelector": {},
	})
	labels := {"app": "web"}
	moved := _moved(["spec", "matchLabels"], ["spec", "podSelector"], {"matchLabels": labels})
	_fixes == moved with input as _policy({"matchLabels": labels})
	_fixes == moved with input as _policy({"matchLabels": labels, "podSelector": null})
	_fixes == set() with input as _policy({"matchLabels": labels, "podSelector": {}})
	_fixes == set() with input as _policy({"matchLabels": labels, "matchExpressions": []})
	_fixes == set() with input as _policy({"order": labels})
	_fixes == set() with input as _rule({"from": [{"matchLabels": labels}]})
}

test_ports_in_a_peer if {
	peer := object.union(_peer, {"ports": [{"port": 1}]})
	all := _told(["ports is no field of a peer, but of the rule that holds it", "the rule admits all ports"])
	_said == all with input as _rule({"from": [peer]})
	_said == all with input as _rule({"from": [peer], "ports": []})
	other := _told(["ports is no field of a peer, but of the rule that holds it", "the other ports of the rule are admitted"])
	_said == other with input as _rule({"from": [peer], "ports": [{"port": 2}]})
	at := ["spec", "ingress", 0]
	_fixes == _moved(array.concat(at, ["from", 0, "ports"]), array.concat(at, ["ports"]), [{"port": 1}]) with input as _rule({"from": [peer]})
	_fixes == set() with input as _rule({"from": [peer], "ports": []})
	_fixes == set() with input as _rule({"from": [peer, _peer]})
	_fixes == set() with input as _rule({"from": [{"ports": [{"port": 1}]}]})
	_fixes == set() with input as _rule({"from": [object.union(_peer, {"port": 1})]})
}

test_a_peer_in_a_rule if {
	at := ["spec", "ingress", 0]
	all := _told(["podSelector is no field of an ingress rule, but of a peer below from", "the rule admits all peers"])
	_said == all with input as _rule(_peer)
	_said == _told(["podSelector is no field of an ingress rule, but of a peer below from", "the other peers of the rule are admitted"]) with input as _rule({
		"podSelector": {},
		"from": [_peer],
	})
	_fixes == _moved(array.concat(at, ["podSelector"]), array.concat(at, ["from"]), [_peer]) with input as _rule(_peer)
	_fixes == set() with input as _rule({"podSelector": {}, "from": []})
	_fixes == set() with input as _rule({"podSelector": {}, "namespaceSelector": {}})
	_fixes == set() with input as _rule({"port": 1})
	egress := ["spec", "egress", 0]
	_fixes == _moved(array.concat(egress, ["ipBlock"]), array.concat(egress, ["to"]), [{"ipBlock": 1}]) with input as _policy({"egress": [{"ipBlock": 1}]})
}

test_without_a_value if {
	policy := _policy({"podSelector": {"podSelector": null}})
	_said == _told(["podSelector is no field of a label selector, whose labels stand below matchLabels", "nothing is lost"]) with input as policy
	_fixes == {[{"op": "remove", "path": ["spec", "podSelector", "podSelector"]}]} with input as policy
}

test_severities if {
	{fault.details.severity | some fault in unknown_field.violation} == {"warning"} with input as object.union(_policy({"order": null}), {"status": {}})
	{fault.details.severity | some fault in unknown_field.violation} == {"error"} with input as _policy({"status": {}})
}

test_peers_of_the_other_direction if {
	from := "from is no field of an egress rule, but of the rules of ingress"
	alone := _policy({"egress": [{"from": [_peer]}]})
	_said == _told([from, "the rule admits all peers"]) with input as alone
	beside := _policy({"egress": [{"from": [_peer], "to": [_peer]}]})
	_said == _told([from, "the other peers of the rule are admitted"]) with input as beside
}

test_labels_in_a_selector if {
	empty := _told(["app is no field of a label selector, whose labels stand below matchLabels", "the selector is empty and selects everything"])
	_said == empty with input as _policy({"podSelector": {"app": "web", "matchExpressions": []}})
	fix := _moved(["spec", "podSelector", "app"], ["spec", "podSelector", "matchLabels"], {"app": "web"})
	_fixes == fix with input as _policy({"podSelector": {"app": "web", "matchExpressions": []}})
	wider := _told(["app is no field of a label selector, whose labels stand below matchLabels", "the selector asks for less than is meant and selects more"])
	_said == wider with input as _policy({"podSelector": {"app": "web", "matchLabels": {"a": "b"}}})
	_said == wider with input as _policy({"podSelector": {"app": "web", "matchExpressions": [1]}})
	_fixes == set() with input as _policy({"podSelector": {"app": "web", "matchLabels": {"a": "b"}}})
	_fixes == set() with input as _policy({"podSelector": {"app": "web", "tier": "front"}})
	_fixes == set() with input as _policy({"podSelector": {"app": {}}})
}

test_beside_spec if {
	beside := object.union(_policy({}), {"policyTypes": ["Egress"]})
	_said == _told(["policyTypes is no field of the object, but of spec", "the directions are those that the rules imply"]) with input as beside
	_fixes == _moved(["policyTypes"], ["spec", "policyTypes"], ["Egress"]) with input as beside
	_fixes == set() with input as object.union(beside, {"spec": {"policyTypes": []}})
	_fixes == set() with input as object.remove(beside, ["spec"])
	below := object.union(_policy({}), {"metadata": {"podSelector": {}}})
	_fixes == _moved(["metadata", "podSelector"], ["spec", "podSelector"], {}) with input as below
	_fixes == _moved(["labels"], ["metadata", "labels"], {"a": "b"}) with input as object.union(_policy({}), {"labels": {"a": "b"}})
	_fixes == {[{"op": "remove", "path": ["status"]}]} with input as object.union(_policy({}), {"status": {}})
	_fixes == set() with input as object.union(_policy({}), {"metadata": {"status": {}}})
	_fixes == set() with input as _rule({"policyTypes": []})
}

# Of all that is misplaced something is told.
test_places[name] if {
	some name, spec in {
		"from in egress": {"egress": [{"from": []}]},
		"to in ingress": {"ingress": [{"to": []}]},
		"a port in a rule": {"egress": [{"port": 1}]},
		"a namespace in a peer": {"ingress": [{"from": [{"namespace": "shop", "podSelector": {}}]}]},
		"labels in a peer": {"ingress": [{"from": [{"matchLabels": {}}]}]},
		"a block in a peer": {"ingress": [{"from": [{"cidr": "::/0"}]}]},
		"a peer in a selector": {"ingress": [{"from": [{"podSelector": {"namespaceSelector": {}}}]}]},
		"a peer in spec": {"ipBlock": {}},
		"a rule in spec": {"to": []},
	}
	some text in _said with input as _policy(spec)
	contains(text, ", but of ")
}

test_sources_only if {
	wrong := _policy({"ingres": []})
	count(_said) == 1 with input as {"resources": [wrong]}
	_said == set() with input as {"resources": [wrong], "scope": []}
	_said == set() with input as {"resources": [wrong], "unusual": []}
	_said == set() with input as {"review": {"object": wrong}}
	_said == set() with input as object.union(wrong, {"metadata": {"uid": "a"}})
	_said == set() with input as object.union(wrong, {"apiVersion": "crd.projectcalico.org/v1"})
	_said == set() with input as _policy({"ingress": [], "podSelector": {"matchLabels": {"ingres": "a"}}})
}
