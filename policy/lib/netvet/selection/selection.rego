# METADATA
# description: >-
#   Who selects which pod. Policies of one namespace with one podSelector form a group: what they say together is asked of
#   the group once, so that the cost grows with the number of different selectors, not of policies times pods.
package lib.netvet.selection

import data.lib.netvet.host
import data.lib.netvet.namespace
import data.lib.netvet.networkpolicy
import data.lib.netvet.selector
import data.lib.netvet.workload

# The policies of each group, by index, but for those that others replace. A group is named [namespace, podSelector].
policies := {key: members |
	some key in {key | key := networkpolicy.all[_].group}
	members := {i | some i; networkpolicy.all[i].group == key} - networkpolicy.replaced
	count(members) > 0
}

# The namespaces that have policies.
namespaces := {key[0] | some key; policies[key]}

# The policies, by index, that select every pod of their namespace.
of_every_pod := {i | some key; _required[key] == set(); selector.normal(key[1]) == {}; some i in policies[key]}

# The [namespace, direction] pairs in which a policy isolates every pod, whatever else it admits.
isolated_namespaces := {[networkpolicy.all[i].namespace, direction] |
	some i in of_every_pod
	some direction, _ in networkpolicy.all[i].rules
}

# The namespaces that a peer's selector of namespaces stands for: those that it names, or those whose labels in sight it asks for, and whichever else may
# carry them. None where they may all be out of sight.
named(label_selector) := {name |
	some name in selector.normal(label_selector)[namespace.name_label]["in"]
	namespace.could_match(label_selector, name)
} if {
	selector.normal(label_selector)[namespace.name_label]["in"]
} else := {name |
	some name in ((object.keys(namespace.visible) | namespaces) | object.keys(workload.in_namespace))
	namespace.could_match(label_selector, name)
} if {
	selector.anchors(label_selector)
	some name, _ in namespace.visible
	namespace.matches(label_selector, name)
} else := set()

# The pods of a peer in a policy of that namespace, as groups; none where their namespaces may all be out of sight.
of_peer(peer, own) := {[own, peer.podSelector]} if {
	not peer.namespaceSelector
} else := {[name, object.get(peer, "podSelector", {})] | some name in named(peer.namespaceSelector)}

# Some workload of the namespace carries the label.
carried(name, key, value) if {
	host.sparing
	host.selects(name, {"matchLabels": {key: value}})
}

carried(name, key, value) if {
	not host.sparing
	_carriers[[name, key, value]]
}

# The workloads that a group selects, by index.
pods([namespace, label_selector]) := {i |
	some i in _fewest(namespace, selector.pairs(label_selector))
	selector.matches(label_selector, workload.all[i].labels)
}

# Those of them that policies apply to.
subjects(group) := pods(group) - workload.host_network

# The workloads of a namespace that carry the rarest of these labels.
_fewest(namespace, pairs) := object.get(workload.in_namespace, namespace, set()) if {
	pairs == {}
} else := candidates if {
	[_, candidates] := min({[count(carriers), carriers] |
		some key, value in pairs
		carriers := object.get(_carriers, [[namespace, key, value]], set())
	})
}

_carriers := {place: {row[1] | some row in _label_rows; row[0] == place} | some place in {place | place := _label_rows[_][0]}}

_label_rows := [[[workload.all[i].namespace, key, value], i] | some i, key; value := workload.all[i].labels[key]]

# The groups of a namespace that select pods of these labels.
selecting(namespace, labels) := {candidate |
	some candidate in _candidates(namespace, labels)
	selector.matches(candidate[1], labels)
}

# The groups that select every pod that the given one selects, itself among them. Undefined of one that can select none.
wider([namespace, label_selector]) := {candidate |
	some candidate in _candidates(namespace, _certain(label_selector))
	selector.implies(label_selector, candidate[1])
} if {
	not selector.contradictory(label_selector)
}

# The policies of these groups, by index, that isolate the direction.
isolators(groups, direction) := union({policies[key] | some key in groups}) & networkpolicy.isolating[direction]

# Whom a policy of the group that speaks of egress alone cuts off from ingress: how messages call them, and whether they are but some, to a degree that
# is out of sight. Undefined where nobody is left: other policies isolate the same pods for ingress, and mean it.
cut_off(group) := {"whom": workload.describe(left), "partly": false} if {
	count(pods(group)) > 0
	left := {i |
		some i in subjects(group)
		pod := workload.all[i]
		count(selecting(pod.namespace, pod.labels) & _meaning_ingress) == 0
	}
	count(left) > 0
} else := {"whom": concat("", [describe_any(group), but]), "partly": but != ""} if {
	count(pods(group)) == 0
	count(wider(group) & _meaning_ingress) == 0
	but := _but_for(group)
}

_meaning_ingress := {group |
	some group, members in policies
	some i in members
	networkpolicy.all[i].rules.Ingress
	not i in networkpolicy.egress_only
}

_but_for(group) := "; other policies isolate, and may admit somebody to, some of them" if {
	selector.normal(group[1]) == {}
	group[0] in {key[0] | some key in _meaning_ingress}
} else := ""

# For each key that must have a value, one of the values it may have: whoever is wider admits it too.
_certain(label_selector) := {key: min(constraint["in"]) | some key, constraint in selector.normal(label_selector)}

# The groups of a namespace that may select such labels: those filed under one of them, and those that can be filed under none.
_candidates(namespace, labels) := object.get(_filed, [[namespace]], set()) | {candidate |
	some key, value in labels
	some candidate in _filed[[namespace, key, value]]
}

# Each group is filed under the rarest of the labels that its pods must have.
_filed := {place: {row[1] | some row in _file_rows; row[0] == place} | some place in {place | place := _file_rows[_][0]}}

_file_rows := array.concat(
	[[min({[_demand[place], place] | some place in places})[1], key] | some key, places in _required],
	[[place, key] | some key; _required[key] == set(); some place in _alternatives(key)],
)

# A group whose pods need not have any one label: one of several values of a key, or any labels at all.
_alternatives([namespace, label_selector]) := {[namespace, key, value] | some [key, value] in selector.anchors(label_selector)} if {
	selector.anchors(label_selector)
} else := {[namespace]}

_required := {key: {[key[0], name, value] | some name, value in selector.pairs(key[1])} | some key; policies[key]}

_demand := {place: count([1 | some row in _demand_rows; row == place]) | some place in {place | place := _demand_rows[_]}}

_demand_rows := [place | _required[_][place]]

# How messages call the pods of a group after a negation: "no policy admits every pod" would leave some.
describe_any([namespace, label_selector]) := sprintf("any pod in namespace %s", [namespace]) if {
	selector.normal(label_selector) == {}
} else := describe([namespace, label_selector])

# How messages call the pods of a group.
describe([namespace, label_selector]) := sprintf("every pod in namespace %s", [namespace]) if {
	selector.normal(label_selector) == {}
} else := sprintf("pods with %s in namespace %s", [selector.describe(label_selector), namespace])
