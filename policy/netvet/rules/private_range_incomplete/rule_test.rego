package netvet.rules.private_range_incomplete_test

import data.netvet.rules.private_range_incomplete

_policy(spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": object.union(object.remove({"podSelector": {"matchLabels": {"app": "web"}}}, object.keys(spec)), spec),
}

_from(blocks) := _policy({"ingress": [{"from": [{"ipBlock": block} | some block in blocks], "ports": [{"port": 443}]}]})

_text(path) := concat(".", [sprintf("%v", [step]) | some step in path])

_found := {[_text(fault.details.path), fault.msg] | some fault in private_range_incomplete.violation}

_said(p, ranges) := [
	sprintf("spec.ingress.0.from.%d.ipBlock.except", [p]),
	sprintf("addresses in %s, which is not the internet, may open connections to TCP 443 of pods with app=web in namespace shop", [ranges]),
]

_rfc1918 := ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]

_others := ["100.64.0.0/10", "169.254.0.0/16"]

_v4(excepts) := {"cidr": "0.0.0.0/0", "except": excepts}

_v6(excepts) := {"cidr": "::/0", "except": excepts}

test_lists[name] if {
	some name, example in {
		"RFC 1918": {"blocks": [_v4(_rfc1918)], "want": {_said(0, "100.64.0.0/10, 169.254.0.0/16")}},
		"two": {"blocks": [_v4(["10.0.0.0/8", "192.168.0.0/16"])], "want": {_said(0, "100.64.0.0/10, 169.254.0.0/16, 172.16.0.0/12")}},
		"one": {"blocks": [_v4(["10.0.0.0/8"])], "want": set()},
		"a range and what is none": {"blocks": [_v4(["10.0.0.0/8", "192.168.1.0/24"])], "want": set()},
		"all": {"blocks": [_v4(array.concat(_rfc1918, _others))], "want": set()},
		"wider": {"blocks": [_v4(array.concat(["10.0.0.0/7", "172.0.0.0/8", "192.168.0.0/16"], _others))], "want": set()},
		"parts": {"blocks": [_v4(array.concat(["10.0.0.0/9", "10.128.0.0/9", "172.16.0.0/12", "192.168.0.0/16"], _others))], "want": set()},
		"a part": {"blocks": [_v4(array.concat(["10.0.0.0/9", "10.128.0.0/10", "172.16.0.0/12", "192.168.0.0/16"], _others))], "want": {_said(0, "10.0.0.0/8")}},
		"too narrow": {"blocks": [_v4(array.concat(["10.0.0.0/8", "172.16.0.0/16", "192.168.0.0/16"], _others))], "want": {_said(0, "172.16.0.0/12")}},
		"a block that holds few": {"blocks": [{"cidr": "128.0.0.0/1", "except": ["172.16.0.0/12", "192.168.0.0/16"]}], "want": {_said(0, "169.254.0.0/16")}},
		"one of IPv6": {"blocks": [_v6(["fc00::/7"])], "want": set()},
		"IPv6 beside IPv4": {"blocks": [_v4(array.concat(_rfc1918, _others)), _v6(["fc00::/7"])], "want": {_said(1, "fe80::/10")}},
		"one in each family": {
			"blocks": [_v4(["10.0.0.0/8"]), _v6(["fc00::/7"])],
			"want": {_said(0, "100.64.0.0/10, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16"), _said(1, "fe80::/10")},
		},
		"refused": {"blocks": [_v4(["10.0.0.0/8", "172.16.0.0/12", "192.168/16"])], "want": set()},
		"no list": {"blocks": [_v4("10.0.0.0/8"), _v4(null), _v4([])], "want": set()},
	}
	_found == example.want with input as _from(example.blocks)
}

test_rules_count_by_themselves if {
	_found == set() with input as _policy({"ingress": [{"from": [{"ipBlock": _v4(["10.0.0.0/8"])}]}, {"from": [{"ipBlock": _v4(["172.16.0.0/12"])}]}]})
}

_to(excepts, ports) := _policy({"policyTypes": ["Egress"], "egress": [{"to": [{"ipBlock": _v4(excepts)}], "ports": ports}]})

_egress(ports, ranges) := {[
	"spec.egress.0.to.0.ipBlock.except",
	sprintf("pods with app=web in namespace shop may open connections to %s of addresses in %s, which is not the internet", [ports, ranges]),
]}

# The metadata service is told by its own rule.
test_egress if {
	_found == _egress("TCP 443", "100.64.0.0/10, 169.254.0.0/16") with input as _to(_rfc1918, [{"port": 443}])
	_found == _egress("TCP 80", "100.64.0.0/10") with input as _to(_rfc1918, [{"port": 80}])
	_found == set() with input as _to(array.concat(_rfc1918, ["100.64.0.0/10"]), [{"port": 80}])
}

test_fix if {
	fixes := {fault.details.fix | some fault in private_range_incomplete.violation} with input as _from([_v4(_rfc1918)])
	fixes == {[{"op": "add", "path": ["spec", "ingress", 0, "from", 0, "ipBlock", "except"], "value": array.concat(_rfc1918, _others)}]}
}

test_no_pod if {
	nobody := {"podSelector": {"matchLabels": {"app": 7}}}
	_found == set() with input as object.union(_from([_v4(_rfc1918)]), {"spec": nobody})
}

# One object is enough; others neither add anything nor take anything away.
test_the_same_in_every_scope if {
	policy := _from([_v4(_rfc1918)])
	want := private_range_incomplete.violation with input as policy
	count(want) == 1
	private_range_incomplete.violation == want with input as {"resources": [policy], "sight": "document"}
	private_range_incomplete.violation == want with input as {"resources": [policy, _policy({})], "sight": "set"}
	private_range_incomplete.violation == set() with input as {"resources": [policy], "scope": []}
}
