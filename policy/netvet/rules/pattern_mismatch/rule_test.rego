package netvet.rules.pattern_mismatch_test

import data.netvet.rules.pattern_mismatch

_policy(name, pattern, spec) := {
	"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
	"metadata": {"name": name, "namespace": "shop", "annotations": {"netvet.dev/pattern": pattern}},
	"spec": spec,
}

_other(name, spec) := {
	"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
	"metadata": {"name": name, "namespace": "shop"},
	"spec": spec,
}

# What is told of the policies as a set.
_said := {fault.msg | some fault in pattern_mismatch.violation}

_places := {fault.details.path | some fault in pattern_mismatch.violation}

_set(policies) := {"resources": policies, "sight": "set"}

_lacks(pattern, texts) := {sprintf("claims to be %s, but %s", [pattern, text]) | some text in texts}

_labels(labels) := {"matchLabels": labels}

_web := _labels({"app": "web"})

_api := {"podSelector": _labels({"app": "api"})}

_named(name) := _labels({"kubernetes.io/metadata.name": name})

_ports := [{"port": 8080}]

_dns := {"ports": [{"protocol": "UDP", "port": 53}, {"port": 53}]}

_both := ["Ingress", "Egress"]

_deny := _other("deny", {"podSelector": {}, "policyTypes": _both})

_allow_dns := _other("dns", {"podSelector": {}, "policyTypes": ["Egress"], "egress": [_dns]})

test_the_name_of_the_pattern if {
	_said == {"claims to be denyall, which is no pattern; deny-all is"} with input as _policy("a", "denyall", {})
	startswith(min(_said), "claims to be , which is no pattern: they are database-access, deny-all, ") with input as _policy("a", "", {})
	_said == set() with input as _policy("a", 7, {})
	_said == set() with input as object.remove(_policy("a", "", {}), ["metadata"])
	_places == {["metadata", "annotations", "netvet.dev/pattern"]} with input as _policy("a", "x", {})
}

test_the_places if {
	_places == {["spec", "podSelector"]} with input as _policy("a", "deny-all", {"podSelector": _web})
	_places == {["spec", "egress", 0]} with input as _policy("a", "deny-all", {"podSelector": {}, "egress": [_dns]})
	_places == {["spec", "ingress", 1, "from", 0]} with input as _policy("a", "database-access", object.union(
		_from([_api]),
		{"ingress": [{"from": [_api], "ports": _ports}, {"from": [{"namespaceSelector": {}}], "ports": _ports}]},
	))
	_places == {["metadata", "annotations", "netvet.dev/pattern"]} with input as _policy("a", "database-access", {"podSelector": _web})
}

test_only_what_is_under_review if {
	_said == set() with input as {"resources": [_policy("a", "x", {})], "scope": []}
}

_deny_all(spec) := _policy("a", "deny-all", object.union({"podSelector": {}}, spec))

test_denies_all[name] if {
	some name, [policies, texts] in {
		"sound": [[_deny_all({"policyTypes": _both})], set()],
		"completed": [[_deny_all({}), _other("b", {"podSelector": {}, "policyTypes": ["Egress"]})], set()],
		"completed for some": [
			[_deny_all({}), _other("b", {"podSelector": _web, "policyTypes": ["Egress"]})],
			{"no policy isolates any pod in namespace shop for egress"},
		],
		"some pods": [[_deny_all({"podSelector": _web, "policyTypes": _both})], {"it selects pods with app=web in namespace shop alone"}],
		"rules": [[_deny_all({"policyTypes": _both, "ingress": [_api], "egress": [_dns]})], {"ingress[0] admits something", "egress[0] admits something"}],
	}
	_said == _lacks("deny-all", texts) with input as _set(policies)
}

# Without all policies in sight, what others may add is not told.
test_sights if {
	half := _deny_all({})
	_said == set() with input as {"resources": [half], "sight": "document"}
	_said == set() with input as half
	_said == _lacks("deny-all", {"ingress[0] admits something"}) with input as object.union(half, {"spec": {"ingress": [_api]}})
	service := {"podSelector": _web, "ingress": [{"from": [_api], "ports": _ports}]}
	every pattern in ["microservice-isolation", "service-mesh", "database-access"] {
		_said == set() with input as _policy("a", pattern, service)
	}
}

_namespace(spec) := _policy("a", "namespace-isolation", object.union({"podSelector": {}}, spec))

_home := {"ingress": [{"from": [{"podSelector": {}}]}], "egress": [{"to": [{"podSelector": {}}]}, _dns]}

test_namespace_isolation[name] if {
	some name, [policies, texts] in {
		"sound": [[_namespace(_home)], set()],
		"by name": [[_namespace({"ingress": [{"from": [{"namespaceSelector": _named("shop")}]}], "egress": _home.egress})], set()],
		"some pods": [[_namespace(object.union(_home, {"podSelector": _web}))], {"it selects pods with app=web in namespace shop alone"}],
		"no DNS": [[_namespace(object.union(_home, {"egress": [{"to": [{"podSelector": {}}]}]}))], {"no policy lets its pods ask the cluster's DNS"}],
		"anybody": [
			[_namespace({"ingress": [{"ports": _ports}], "egress": _home.egress})],
			{"ingress[0] admits anybody", "no policy admits the pods of namespace shop to one another for ingress"},
		],
		"everybody": [[_namespace({"ingress": [{}], "egress": _home.egress})], {"ingress[0] admits anybody"}],
		"anywhere": [[_namespace({"ingress": _home.ingress, "egress": [{}]})], {"egress[0] admits connections to anybody"}],
		"another namespace": [
			[_namespace({"ingress": array.concat(_home.ingress, [{"from": [{"namespaceSelector": _named("other")}]}]), "egress": _home.egress})],
			{"ingress[1].from[0] is not the pods of namespace shop"},
		],
		"a block": [
			[_namespace({"ingress": array.concat(_home.ingress, [{"from": [{"ipBlock": {"cidr": "::/0"}}]}]), "egress": _home.egress})],
			{"ingress[1].from[0] is not the pods of namespace shop"},
		],
		"addresses alone": [
			[_namespace({"ingress": [{"from": [{"ipBlock": {"cidr": "::/0"}}]}], "egress": _home.egress})],
			{"ingress[0].from[0] is not the pods of namespace shop", "no policy admits the pods of namespace shop to one another for ingress"},
		],
		"some of the pods": [
			[_namespace({"ingress": [{"from": [_api]}], "egress": [{"to": [{"podSelector": {}}], "ports": _ports}, _dns]})],
			{sprintf("no policy admits the pods of namespace shop to one another for %s", [direction]) | some direction in ["ingress", "egress"]},
		],
		"a port of DNS and another": [
			[_namespace({"ingress": _home.ingress, "egress": array.concat(_home.egress, [{"ports": [{"port": 53}, {"port": 80}]}])})],
			{"egress[2] admits connections to anybody"},
		],
	}
	_said == _lacks("namespace-isolation", texts) with input as _set(policies)
}

_tier(spec) := _policy("a", "tier-isolation", object.union({"podSelector": _labels({"tier": "web"}), "policyTypes": _both}, spec))

_front := {"podSelector": _labels({"tier": "front"})}

test_tier_isolation[name] if {
	some name, [policies, texts] in {
		"sound": [[_tier({"ingress": [{"from": [_front], "ports": _ports}], "egress": [_dns]})], set()],
		"isolated by another": [[_tier({"policyTypes": ["Ingress"]}), _deny], set()],
		"not isolated": [[_tier({"policyTypes": ["Ingress"]})], {"no policy isolates pods with tier=web in namespace shop for egress"}],
		"every pod": [[_policy("a", "tier-isolation", {"podSelector": {"matchExpressions": []}, "policyTypes": _both})], {"it selects every pod in namespace shop"}],
		"another key": [
			[_tier({"ingress": [{"from": [_api], "ports": _ports}]})],
			{"its peers are not told apart by the label that tells its own pods apart"},
		],
		"another key in another namespace": [[_tier({"ingress": [{"from": [object.union(_api, {"namespaceSelector": _named("other")})], "ports": _ports}]})], set()],
		"no ports": [[_tier({"ingress": [{"from": [_front]}]})], {"ingress[0] has no ports"}],
		"the peers": [
			[_tier({"egress": [{"ports": _ports, "to": [
				{"podSelector": {}}, {"namespaceSelector": {}}, {"namespaceSelector": _named("a")}, {"ipBlock": {"cidr": "::/0"}},
				object.union(_front, {"namespaceSelector": {}}),
			]}]})],
			{
				"egress[0].to[0] is every pod of its own namespace", "egress[0].to[1] is every pod of every namespace",
				"egress[0].to[2] is every pod of namespaces with kubernetes.io/metadata.name=a", "egress[0].to[3] is a block of addresses",
				"egress[0].to[4] is pods of any namespace", "its peers are not told apart by the label that tells its own pods apart",
			},
		],
	}
	_said == _lacks("tier-isolation", texts) with input as _set(policies)
}

# A policy of its pattern beside others.
_case(pattern, spec, others) := array.concat([_policy("a", pattern, spec)], others)

_from(peers) := {"podSelector": _web, "ingress": [{"from": peers, "ports": _ports}]}

test_microservice_isolation[name] if {
	some name, [policies, texts] in {
		"sound": [_case("microservice-isolation", object.union(_from([_api]), {"egress": [_dns]}), []), set()],
		"nobody calls": [
			_case("microservice-isolation", {"podSelector": _web, "policyTypes": _both}, [_allow_dns]),
			{"it admits nobody"},
		],
		"no DNS": [
			_case("microservice-isolation", object.union(_from([_api]), {"policyTypes": _both}), []),
			{"no policy lets its pods ask the cluster's DNS"},
		],
	}
	_said == _lacks("microservice-isolation", texts) with input as _set(policies)
}

test_database_access[name] if {
	some name, [policies, texts] in {
		"sound": [_case("database-access", object.union(_from([_api]), {"egress": [{}]}), []), set()],
		"beside another policy": [_case("database-access", _from([_api]), [_other("b", {"podSelector": {}, "ingress": [{"from": [_api]}]})]), set()],
		"egress alone": [
			_case("database-access", {"podSelector": _web, "policyTypes": ["Egress"]}, []),
			{"it admits nobody", "no policy isolates pods with app=web in namespace shop for ingress"},
		],
	}
	_said == _lacks("database-access", texts) with input as _set(policies)
}

test_multi_namespace[name] if {
	some name, [policies, texts] in {
		"sound": [_case("multi-namespace", _from([_api, object.union(_api, {"namespaceSelector": _named("other")})]), []), set()],
		"every pod": [
			_case("multi-namespace", {"podSelector": {}, "ingress": _from([object.union(_api, {"namespaceSelector": _named("other")})]).ingress}, []),
			set(),
		],
		"its own": [
			_case("multi-namespace", _from([_api, object.union(_api, {"namespaceSelector": _named("shop")})]), []),
			{"no peer is in another namespace"},
		],
		"addresses": [
			_case("multi-namespace", _from([{"ipBlock": {"cidr": "::/0"}}]), []),
			{"no peer is in another namespace", "ingress[0].from[0] is a block of addresses"},
		],
	}
	_said == _lacks("multi-namespace", texts) with input as _set(policies)
}

_outside(peers) := _policy("a", "external-only", {"podSelector": _web, "ingress": [{"from": peers, "ports": _ports}], "egress": [{}]})

test_external_only[name] if {
	some name, [policies, texts] in {
		"sound": [[_outside([{"ipBlock": {"cidr": "192.0.2.0/24"}}, {"ipBlock": {"cidr": "8.0.0.0/7", "except": ["8.8.8.8/32"]}}]), _deny], set()],
		"private": [
			[_outside([{"ipBlock": {"cidr": "10.0.0.0/7", "except": ["10.0.0.0/9"]}}])],
			{"ingress[0].from[0] is not outside alone: it admits addresses of 10.0.0.0/8"},
		],
		"pods": [[_outside([_api])], {"ingress[0].from[0] is no block of addresses"}],
		"anybody": [[_outside([])], {"ingress[0] admits anybody"}],
		"pods by another policy": [
			[_outside([{"ipBlock": {"cidr": "192.0.2.0/24"}}]), _other("b", {"podSelector": {}, "ingress": [{"from": [_api]}]})],
			{"b admits pods to the same pods"},
		],
		"anybody by another policy": [
			[_outside([{"ipBlock": {"cidr": "192.0.2.0/24"}}]), _other("b", {"podSelector": _web, "ingress": [{"ports": _ports}]})],
			{"b admits pods to the same pods"},
		],
		"blocks by another policy": [
			[_outside([{"ipBlock": {"cidr": "192.0.2.0/24"}}]), _other("b", {"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]})],
			set(),
		],
		"pods of others": [
			[_outside([{"ipBlock": {"cidr": "192.0.2.0/24"}}]), _other("b", {"podSelector": _labels({"app": "api"}), "ingress": [{"from": [_api]}]})],
			set(),
		],
	}
	_said == _lacks("external-only", texts) with input as _set(policies)
}

_mesh(egress) := _policy("a", "service-mesh", {
	"podSelector": _web,
	"ingress": [{"from": [_api, {"namespaceSelector": _named("istio-system")}], "ports": _ports}],
	"egress": array.concat(egress, [_dns]),
})

_control(name, numbers) := {"to": [{"namespaceSelector": _named(name)}], "ports": [{"port": number} | some number in numbers]}

test_service_mesh[name] if {
	some name, [policies, texts] in {
		"Istio": [[_mesh([_control("istio-system", [15012])])], set()],
		"Linkerd": [[_mesh([_control("linkerd", [8080, 8086, 8090])])], set()],
		"some ports of Linkerd": [[_mesh([_control("linkerd", [8080, 8086])])], {"no policy lets its pods call the control plane of a mesh"}],
		"the port of the webhook": [[_mesh([_control("istio-system", [15017])])], {"no policy lets its pods call the control plane of a mesh"}],
		"the port of another namespace": [
			[_mesh([]), _other("b", {"podSelector": {}, "egress": [_control("other", [15012])]})],
			{"no policy lets its pods call the control plane of a mesh"},
		],
		"by another policy": [[_mesh([]), _other("b", {"podSelector": {}, "egress": [_control("istio-system", [15012])]})], set()],
		"anywhere by another policy": [[_mesh([]), _other("b", {"podSelector": {}, "egress": [{}]})], set()],
		"every pod of another namespace": [
			[_mesh([_control("istio-system", [15012]), _control("other", [80])])],
			{"egress[1].to[0] is every pod of namespaces with kubernetes.io/metadata.name=other"},
		],
	}
	_said == _lacks("service-mesh", texts) with input as _set(policies)
}

test_ambient if {
	_said == set() with input as object.union(_set([_mesh([])]), {"parameters": {"platform": ["istio-ambient"]}})
}
