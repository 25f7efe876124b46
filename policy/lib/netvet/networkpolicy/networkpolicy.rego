# METADATA
# description: NetworkPolicies with the API server's defaults applied; the only place that applies them.
package lib.netvet.networkpolicy

import data.lib.netvet.cidr
import data.lib.netvet.host

# The keys of each direction in the API: where its rules stand and where a rule's peers stand.
directions := {
	"Ingress": {"rules": "ingress", "peers": "from"},
	"Egress": {"rules": "egress", "peers": "to"},
}

# Every visible NetworkPolicy by index. Policies of one group, [namespace, podSelector], select the same pods. rules holds, for each direction
# that the policy isolates, its rules in the order written, each {"peers": […], "ports": […]}; an empty list stands for everything. A direction
# that the policy leaves alone is missing.
all := _under_review if {
	host.alone
} else := {i: policy |
	some i, _ in _objects
	policy := _policy(i, object.get(host.names, i, ""), host.namespaces[i])
}

_policy(i, name, namespace) := {
	"index": i,
	"name": name,
	"namespace": namespace,
	"selector": pods,
	"group": [namespace, pods],
	"rules": _rules(spec, host.is_decoded(i)),
} if {
	spec := written(i)
	pods := _selector(spec)
}

_objects := {i: object |
	some i in host.of_kind.NetworkPolicy
	object := host.resources[i]
	_known(object)
}

_known(object) if {
	is_string(object.apiVersion)
	startswith(object.apiVersion, "networking.k8s.io/")
}

# Those under review. At admission they are known without the others, and of a sound policy most rules need no more.
judged := _under_review if {
	host.admission
} else := all if {
	object.keys(all) - host.reviewed == set()
} else := {i: all[i] | some i in (host.reviewed & object.keys(all))}

_under_review := {0: {
	"index": 0,
	"name": host.decoded.metadata.name,
	"namespace": host.decoded.metadata.namespace,
	"selector": host.decoded.spec.podSelector,
	"group": [host.decoded.metadata.namespace, host.decoded.spec.podSelector],
	"rules": {direction: rules |
		some direction in host.decoded.spec.policyTypes
		peers := directions[direction].peers
		rules := [{"peers": object.get(rule, peers, []), "ports": object.get(rule, "ports", [])} | some rule in _read[direction]]
	},
}} if {
	_read
} else := {i: policy |
	some i in host.reviewed
	object := host.object_at(i)
	object.kind == "NetworkPolicy"
	_known(object)
	policy := _policy(i, host.name(object), host.namespace(object))
}

# The rules of the policy under review as the API server has read them: everything is where it belongs, and of the right type.
_read := {direction: host.decoded.spec[directions[direction].rules] | some direction in host.decoded.spec.policyTypes} if {
	host.decoded.kind == "NetworkPolicy"
	host.decoded.apiVersion == "networking.k8s.io/v1"
	host.decoded.spec.policyTypes[0]
}

reviewed := {0} if {
	_read
} else := object.keys(judged)

# The policies, by index, that a later one of their namespace and name replaces: of both, the cluster keeps the later. They have no effect.
replaced := {i | some indexes in namesakes; last := max(indexes); some i in indexes; i < last}

# The policies of one namespace and name, where there are several. Those that the API server names are none.
namesakes := {key: indexes |
	some key in {row[0] | some row in _named}
	indexes := {row[1] | some row in _named; row[0] == key}
	count(indexes) > 1
}

_named := [[[policy.namespace, policy.name], i] |
	some i, policy in all
	host.resources[i].metadata.name == policy.name
	policy.name != ""
]

# The selector and rules of a spec that is not among the visible objects; decoded as host.decoded is.
of_spec(spec, decoded) := {"selector": _selector(spec), "rules": _rules(spec, decoded)} if is_object(spec)

# The spec as it stands in the object, without defaults.
written(i) := spec if {
	spec := host.object_at(i).spec
	is_object(spec)
} else := {}

# The policies, by index, whose text speaks of egress alone. For want of policyTypes they isolate ingress all the same.
egress_only := {i |
	some i, policy in all
	policy.rules.Ingress == []
	spec := written(i)
	object.get(spec, "policyTypes", []) in [[], null]
	{"ingress", "egress"} & object.keys(spec) == {"egress"}
}

# The policy's text lists no egress rule, as if to deny egress, and for want of the type it leaves egress alone.
empty_egress(i) if {
	spec := written(i)
	spec.egress == []
	types(spec) == {"Ingress"}
}

# The policy has rules for a direction that its policyTypes leave out. With a type that the API server refuses there is no policy.
ignores(i, direction) if {
	not all[i].rules[direction]
	spec := written(i)
	count(_list(spec, directions[direction].rules)) > 0
	every type in spec.policyTypes { directions[type] }
}

# The policies, by index, that isolate the direction.
isolating := {direction: {i | some i; all[i].rules[direction]} | some direction, _ in directions}

# The policy types in effect: without policyTypes, Ingress, and Egress where there is an egress rule.
types(spec) := listed if {
	is_array(spec.policyTypes)
	listed := {type | some type in spec.policyTypes}
	listed != set()
} else := {spec.policyTypes} if {
	not spec.policyTypes in [null, []]
} else := {"Ingress", "Egress"} if {
	count(_list(spec, "egress")) > 0
} else := {"Ingress"}

# What the rules of the policies under review are made of, as rows that lead with the place: the policy's index, the direction, the rule's number, and
# the peer's or port's. Rules without peers, and without ports, which admit all of them.
without_peers := [[0, direction, k, {"peers": [], "ports": object.get(rule, "ports", [])}] |
	some direction, k
	rule := _read[direction][k]
	object.get(rule, directions[direction].peers, []) == []
] if {
	_read
} else := without_peers_in(judged)

without_peers_in(policies) := [[i, direction, k, policies[i].rules[direction][k]] |
	some i, direction, k
	policies[i].rules[direction][k].peers == []
]

without_ports := [[i, direction, k, judged[i].rules[direction][k]] | some i, direction, k; judged[i].rules[direction][k].ports == []]

# Peers by what they hold: ipBlocks that the API server takes, and selectors of pods or namespaces.
blocks := [[0, direction, k, p, block] |
	some direction, keys in directions
	block := _read[direction][k][keys.peers][p].ipBlock
] if {
	_read
} else := blocks_in(judged)

blocks_in(policies) := [[i, direction, k, p, block] |
	some i, direction, k, p
	block := policies[i].rules[direction][k].peers[p].ipBlock
	is_object(block)
	not refuses(i, policies[i].rules[direction][k].peers[p])
]

selecting := [[0, direction, k, p, peer] |
	some direction, keys in directions
	peer := _read[direction][k][keys.peers][p]
	not peer.ipBlock
] if {
	_read
} else := selecting_in(judged)

selecting_in(policies) := [[i, direction, k, p, peer] |
	some i, direction, k, p
	peer := policies[i].rules[direction][k].peers[p]
	is_object(peer)
	not peer.ipBlock
]

# Which of the rows have a selector of pods, and which one of namespaces.
of_pods := {r | some r; _ := selecting[r][4].podSelector}

of_namespaces := {r | some r; _ := selecting[r][4].namespaceSelector}

# What they ask of namespaces, each once, and the rows of each: there are far fewer of them than peers, so decide on them first.
namespace_selectors := {label_selector | label_selector := selecting[_][4].namespaceSelector}

by_namespace_selector := {label_selector: {selecting[r] | some r; selecting[r][4].namespaceSelector == label_selector} |
	some label_selector in namespace_selectors
}

# Their selectors that have expressions, as most have not: [policy, direction, rule, peer, key, selector].
expressive := [array.concat(array.slice(selecting[r], 0, 4), [key, selecting[r][4][key]]) |
	some r, key
	_ := selecting[r][4][key].matchExpressions[0]
	key in {"podSelector", "namespaceSelector"}
]

# The API server refuses this peer of the policy, for what its ipBlock is or stands beside, or since it is empty. Most policies are known to hold
# nothing of the kind.
refuses(i, peer) if {
	host.suspect(i)
	not _takes(peer)
	peer.ipBlock != null
}

refuses(i, {}) if host.suspect(i)

# What the ports are, each once, and the places [policy, direction, rule, port] of each: there are far fewer of them than places, so decide on them first.
distinct_ports := {entry | entry := _read[_][_].ports[_]} if {
	_read
} else := {entry | entry := judged[_].rules[_][_].ports[_]}

port_places := {entry: {[i, direction, k, p] | some i, direction, k, p; judged[i].rules[direction][k].ports[p] == entry} |
	some entry in distinct_ports
}

# The author of the rule wrote out an empty list of peers or ports, or its key without a value, as if to admit nobody.
emptied(i, direction, k, key) if {
	object.get(written(i)[directions[direction].rules][k], key, "") in [[], null]
	host.source(host.object_at(i))
}

# The place of a peer, as a finding names it, and that of a port.
peer_path(direction, k, p) := ["spec", directions[direction].rules, k, directions[direction].peers, p]

port_path(direction, k, p) := ["spec", directions[direction].rules, k, "ports", p]

# The rule that names neither peers nor ports.
everything := {"peers": [], "ports": []}

# The policy admits something in the direction.
admits(policy, direction) if count(policy.rules[direction]) > 0

# How messages call policies: the first by name, and how many more.
describe(indexes) := sprintf("%s%s", [min({all[i].name | some i in indexes}), _more(count(indexes) - 1)])

_more(0) := ""

_more(n) := sprintf(" (and %d more)", [n]) if n > 0

# The place of a rule, as a finding names it.
path(direction, k) := ["spec", directions[direction].rules, k]

# How messages call the direction.
adjective(direction) := lower(direction)

_rules(spec, decoded) := {direction: rules |
	some direction in types(spec)
	keys := directions[direction]
	rules := [{"peers": object.get(rule, keys.peers, []), "ports": object.get(rule, "ports", [])} |
		some rule in spec[keys.rules]
	]
} if {
	not _irregular(spec, decoded)
} else := {direction: [_rule(rule, keys) | some rule in _list(spec, keys.rules)] |
	some direction in types(spec)
	keys := directions[direction]
}

# Nulls, or values of the wrong type, somewhere in the rules: rare, dear to look for, and dearer to mend. The API server leaves none.
_irregular(spec, false) if {
	not host.regular
	_odd(spec)
}

_odd(spec) if {
	some key in {"ingress", "egress", "policyTypes"}
	not is_array(object.get(spec, key, []))
}

_odd(spec) if {
	some rule in spec[directions[_].rules]
	not is_object(rule)
}

_odd(spec) if {
	list := spec[directions[_].rules][_][_]
	not is_array(list)
}

_odd(spec) if null in spec[directions[_].rules][_][_]

_odd(spec) if null in spec[directions[_].rules][_][_][_]

# One that is no mapping is taken for its only peer, likewise: the API server refuses it, and it admits nothing.
_rule(rule, keys) := {
	"peers": [_present(peer) | some peer in _list(rule, keys.peers)],
	"ports": [_present(entry) | some entry in _list(rule, "ports")],
} if {
	is_object(_present(rule))
} else := {"peers": [rule], "ports": []}

_takes(peer) if {
	{"podSelector", "namespaceSelector"} & object.keys(peer) == set()
	block := peer.ipBlock
	is_string(block.cidr)
	not cidr.objection(block.cidr)
	every except in _list(block, "except") {
		not cidr.objection(except)
		cidr.includes(block.cidr, except)
		not cidr.includes(except, block.cidr)
	}
}

# Null stands for no value. A list's member without a value has all defaults.
_present(item) := {key: value | some key, value in item; value != null} if {
	is_object(item)
} else := {} if {
	is_null(item)
} else := item

# One that the API server refuses stays as it is: it selects nothing.
_selector(spec) := selector if {
	selector := spec.podSelector
	selector != null
} else := {}

# What should be a list and is none, a common slip, is taken for its only member: the API server refuses it, and it does not mean everything.
_list(parent, key) := parent[key] if {
	is_array(parent[key])
} else := [parent[key]] if {
	parent[key] != null
} else := []
