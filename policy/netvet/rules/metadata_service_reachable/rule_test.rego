package netvet.rules.metadata_service_reachable_test

import data.netvet.rules.metadata_service_reachable

_policy(spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": object.union(object.remove({"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Egress"]}, object.keys(spec)), spec),
}

_to(block, ports) := _policy({"egress": [{"to": [{"ipBlock": block}], "ports": ports}]})

_text(path) := concat(".", [sprintf("%v", [step]) | some step in path])

_found := {[_text(fault.details.path), fault.details.severity, fault.msg, object.get(fault.details, "fix", [])] |
	some fault in metadata_service_reachable.violation
}

_said(addresses) := sprintf(
	"pods with app=web in namespace shop may ask the cloud's metadata service, at %s, for what the node knows, such as its credentials",
	[addresses],
)

_except(value) := [{"op": "add", "path": ["spec", "egress", 0, "to", 0, "ipBlock", "except"], "value": value}]

_place := "spec.egress.0.to.0.ipBlock.cidr"

test_blocks[name] if {
	some name, example in {
		"the world": {"block": {"cidr": "0.0.0.0/0"}, "want": {[_place, "warning", _said("169.254.169.254"), _except(["169.254.169.254/32"])]}},
		"other exceptions": {
			"block": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]},
			"want": {[_place, "warning", _said("169.254.169.254"), _except(["10.0.0.0/8", "169.254.169.254/32"])]},
		},
		"exceptions null": {"block": {"cidr": "0.0.0.0/0", "except": null}, "want": {[_place, "warning", _said("169.254.169.254"), _except(["169.254.169.254/32"])]}},
		"IPv6": {"block": {"cidr": "::/0"}, "want": {[_place, "warning", _said("fd00:ec2::254"), _except(["fd00:ec2::254/128"])]}},
		"the address": {"block": {"cidr": "169.254.169.254/32"}, "want": {[_place, "warning", _said("169.254.169.254"), []]}},
		"the address of IPv6": {"block": {"cidr": "fd00:ec2::254/128"}, "want": {[_place, "warning", _said("fd00:ec2::254"), []]}},
		"excepted": {"block": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}, "want": set()},
		"private": {"block": {"cidr": "10.0.0.0/8"}, "want": set()},
	}
	_found == example.want with input as _to(example.block, [])
}

# Another rule admits what the first excepts.
test_an_exception_is_its_own_block_s if {
	blocks := [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}}, {"ipBlock": {"cidr": "128.0.0.0/1"}}]
	{path | some [path, _, _, _] in _found} == {"spec.egress.0.to.1.ipBlock.cidr"} with input as _policy({"egress": [{"to": blocks}]})
}

test_no_peers[name] if {
	some name, example in {
		"HTTP": {"ports": [{"port": 443}, {"port": 80}], "want": {["spec.egress.0", "warning", _said("169.254.169.254 and fd00:ec2::254"), []]}},
		"HTTPS": {"ports": [{"port": 443}], "want": set()},
		"everything, which is another fault": {"ports": [], "want": set()},
	}
	_found == example.want with input as _policy({"egress": [{"ports": example.ports}]})
}

test_near_misses[name] if {
	some name, spec in {
		"ingress": {"ingress": [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}, {"ports": [{"port": 80}]}], "policyTypes": ["Ingress"]},
		"not in effect": {"egress": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}, {"ports": [{"port": 80}]}], "policyTypes": ["Ingress"]},
		"no pod": {"egress": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}, {"ports": [{"port": 80}]}], "podSelector": {"matchLabels": {"app": 7}}},
	}
	_found == set() with input as _policy(spec)
}

_on(platforms, policy) := {"resources": [policy], "parameters": {"platform": platforms}}

_severities := {severity | some [_, severity, _, _] in _found}

test_platforms if {
	world := _to({"cidr": "0.0.0.0/0"}, [])
	_severities == {"error"} with input as _on(["gke"], world)
	_severities == {"warning"} with input as _on(["calico"], world)
	_severities == {"error"} with input as _on(["eks"], _policy({"egress": [{"ports": [{"port": 80}]}]}))
	_severities == {"warning"} with input as _on(["eks"], _to({"cidr": "169.254.169.254/32"}, []))
	_severities == set() with input as _on(["aks"], _to({"cidr": "::/0"}, []))
}

# Each block is told by itself; others neither add anything nor take anything away.
test_the_same_in_every_scope if {
	policy := _policy({"egress": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}, {"ports": [{"port": 80}]}]})
	want := metadata_service_reachable.violation with input as policy
	count(want) == 2
	metadata_service_reachable.violation == want with input as {"resources": [policy], "sight": "document"}
	metadata_service_reachable.violation == want with input as {"resources": [policy, _policy({})], "sight": "set"}
	metadata_service_reachable.violation == set() with input as {"resources": [policy], "scope": []}
}

# As empty-list-allows-all tells.
test_no_peers_written_out if {
	policy := _policy({"egress": [{"to": null, "ports": [{"port": 80}]}]})
	count(_found) == 0 with input as policy
	count(_found) == 1 with input as {"review": {"object": policy}}
}

# As unknown-field tells.
test_misspelt_peers if {
	count(_found) == 0 with input as _policy({"egress": [{"too": [], "ports": [{"port": 80}]}]})
	count(_found) == 0 with input as _policy({"egress": [{"ports": [{"number": 443}]}]})
	count(_found) == 1 with input as _policy({"egress": [{"too": [], "ports": [{"port": 80}]}, {"ports": [{"port": 80}]}]})
}
