package netvet.rules.any_source_on_port_test

import data.netvet.rules.any_source_on_port

_policy(spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": object.union(object.remove({"podSelector": {"matchLabels": {"app": "web"}}}, object.keys(spec)), spec),
}

_text(path) := concat(".", [sprintf("%v", [step]) | some step in path])

_found := {[_text(fault.details.path), fault.msg] | some fault in any_source_on_port.violation}

_said(ports) := sprintf("anyone, from any namespace and from outside the cluster, may open connections to %s of pods with app=web in namespace shop", [ports])

test_every_form_of_no_peers[name] if {
	some name, rule in {
		"absent": {"ports": [{"port": 80}]},
		"null": {"ports": [{"port": 80}], "from": null},
		"empty": {"ports": [{"port": 80}], "from": []},
		"another key": {"ports": [{"port": 80}], "form": [{"podSelector": {}}]},
	}
	_found == {["spec.ingress.0", _said("TCP 80")]} with input as {"review": {"object": _policy({"ingress": [rule]})}}
	told := object.keys(rule) != {"ports"} # by empty-list-allows-all or unknown-field
	count(_found) == 1 - to_number(told) with input as _policy({"ingress": [rule]})
}

test_ports[name] if {
	some name, example in {
		"several": {"ports": [{"port": 80}, {"port": 53, "protocol": "UDP"}], "want": {["spec.ingress.0", _said("TCP 80, UDP 53")]}},
		"all of TCP": {"ports": [{}], "want": {["spec.ingress.0", _said("every TCP port")]}},
		"a sensitive one": {"ports": [{"port": 22}], "want": set()},
		"a sensitive one among others": {"ports": [{"port": 22}, {"port": 80}], "want": {["spec.ingress.0.ports.1", _said("TCP 80")]}},
		"refused": {"ports": [{"port": 0}], "want": set()},
	}
	_found == example.want with input as _policy({"ingress": [{"ports": example.ports}]})
}

test_near_misses[name] if {
	some name, spec in {
		"peers": {"ingress": [{"from": [{"podSelector": {}}], "ports": [{"port": 80}]}]},
		"no ports, which is another fault": {"ingress": [{}]},
		"egress": {"egress": [{"ports": [{"port": 80}]}], "policyTypes": ["Egress"]},
		"not in effect": {"ingress": [{"ports": [{"port": 80}]}], "policyTypes": ["Egress"]},
		"no pod": {"ingress": [{"ports": [{"port": 80}]}], "podSelector": {"matchLabels": {"app": 7}}},
	}
	_found == set() with input as _policy(spec)
}

# One object is enough; others neither add anything nor take anything away.
test_the_same_in_every_scope if {
	policy := _policy({"ingress": [{"ports": [{"port": 80}]}]})
	want := any_source_on_port.violation with input as policy
	count(want) == 1
	any_source_on_port.violation == want with input as {"resources": [policy], "sight": "document"}
	any_source_on_port.violation == want with input as {"resources": [policy, _policy({})], "sight": "set"}
	any_source_on_port.violation == set() with input as {"resources": [policy], "scope": []}
}
