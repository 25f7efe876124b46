# METADATA
# description: >-
#   Which policies could let pods connect: an index, so that a rule about one connection does not scan the policies of all others.
package lib.netvet.grant

import data.lib.netvet.namespace
import data.lib.netvet.networkpolicy
import data.lib.netvet.selection
import data.lib.netvet.selector
import data.lib.netvet.workload

# The groups, [namespace, podSelector], that may select the far pods and admit the near ones in the direction; among others that do neither, but
# few of them. Both are groups, too.
candidates(far, direction, near) := {group |
	some key in _keys(far, direction, near)
	some group in _index[key]
}

# The groups that admit anything, by whom they select ("from") and by whom they admit ("to"): at the rarest label that all those pods carry, and under
# its key.
_index := {key: {row[1] | some row in _rows; row[0] == key} | some key in {row[0] | some row in _rows}}

_rows := [[[scope, place], group] | some [scope, label_selector, group] in _entries; some place in _places(scope, label_selector)]

_entries := [[scope, label_selector, policy.group] |
	some policy in networkpolicy.all
	some direction, rules in policy.rules
	some rule in rules
	some [scope, label_selector] in ({[["from", direction, policy.namespace], policy.selector]} | _targets(rule, direction, policy.namespace))
]

_places(scope, label_selector) := {pair, pair[0]} if {
	[_, pair] := min({[_demand[[scope, key, value]], [key, value]] | some key, value in selector.pairs(label_selector)})
} else := {place | some anchor in anchors; some place in {anchor, anchor[0]}} if {
	anchors := selector.anchors(label_selector)
} else := {["", ""], ""}

_demand := {place: count({row[1] | some row in _demand_rows; row[0] == place}) | some place in {row[0] | some row in _demand_rows}}

_demand_rows := [[[scope, key, value], i] | some i, [scope, label_selector, _] in _entries; some key, value in selector.pairs(label_selector)]

_targets(rule, direction, own) := {[["to", direction, own, name], object.get(peer, "podSelector", {})] |
	some peer in rule.peers
	some name in _targeted(peer, own)
} | {[["to", direction, own, "*"], {}] | rule.peers == []}

_targeted(peer, own) := {own} if {
	not peer.namespaceSelector
	not peer.ipBlock
} else := names if {
	names := {name | some [_, name] in namespace.meant(peer.namespaceSelector)}
	count(names) > 0
} else := {"*"}

# Where to look for groups that may select or admit the same pods: by the labels of the pods in sight; else by those required, and under other keys.
_keys(far, direction, near) := _places_of(["from", direction, far[0]], far) if {
	selector.anchors(far[1])
} else := {key | some name in {near[0], "*"}; some key in _places_of(["to", direction, far[0], name], near)}

_places_of(scope, group) := {[scope, place] | some place in _carried(group)} if {
	selector.anchors(group[1])
	count(selection.subjects(group)) > 0
} else := {[scope, place] | some place in _required(group[1])} | {[scope, key] |
	some key in _keys_of[scope]
	not key in {place[0] | some place in _required(group[1])}
}

_carried(group) := {["", ""]} | {[key, value] | some i in selection.subjects(group); some key, value in workload.all[i].labels}

_required(label_selector) := ({["", ""]} | {[key, value] | some key, value in selector.pairs(label_selector)}) | {anchor |
	some anchor in selector.anchors(label_selector)
}

_keys_of := {scope: {row[1] | some row in _key_rows; row[0] == scope} | some scope in {row[0] | some row in _key_rows}}

_key_rows := {row[0] | some row in _rows; is_string(row[0][1])}
