# METADATA
# description: What to write instead, as the lines that people paste.
package lib.netvet.remedy

import data.lib.netvet.networkpolicy
import data.lib.netvet.selector

# A rule of the direction. Without peers, or ports, it has no such list.
rule(direction, peers, ports) := sprintf("- %s", [concat("\n  ", array.concat(
	_list(networkpolicy.directions[direction].peers, [item_lines(peer) | some peer in peers]),
	_list("ports", [_port_lines(port) | some port in ports]),
))])

_list(_, []) := []

_list(key, items) := array.concat([sprintf("%s:", [key])], [sprintf("  %s", [line]) | some item in items; some line in split(item, "\n")]) if {
	count(items) > 0
}

_port_lines(port) := sprintf("- %s", [concat("\n  ", [sprintf("%s: %v", [key, given[key]]) |
	given := object.union({"protocol": "TCP"}, port)
	some key in ["protocol", "port", "endPort"]
])])

# An item of a list, a mapping of two levels at most before those of labels.
item_lines(item) := sprintf("- %s", [concat("\n  ", [line | some key, value in item; some line in _lines(key, value)])])

# Selectors over several lines; what is deeper, in the form that JSON has.
_lines(key, value) := [sprintf("%s: %s", [key, _scalar(value)])] if not is_object(value)

_lines(key, value) := array.concat([sprintf("%s:", [key])], [sprintf("  %s", [line]) | some k, v in value; some line in _inner(k, v)]) if {
	is_object(value)
	count(value) > 0
}

_lines(key, {}) := [sprintf("%s: {}", [key])]

_inner(key, value) := array.concat([sprintf("%s:", [key])], [sprintf("  %s: %s", [k, _scalar(v)]) | some k, v in value]) if {
	is_object(value)
} else := [sprintf("%s: %s", [key, _scalar(value)])]

# YAML reads a plain word as it stands, but for numbers, truths and what has signs.
_scalar(value) := value if {
	is_string(value)
	regex.match(`^[A-Za-z0-9]([A-Za-z0-9_./:-]*[A-Za-z0-9])?$`, value)
	regex.match(`[A-Za-z/]`, value)
	not regex.match(`^(?i)(null|true|false|yes|no|on|off|y|n|0x.*|0o.*|[0-9.]+e[0-9.]+|\.inf|\.nan)$`, value)
} else := json.marshal(value)

# The rules that would admit what rules of the other direction, for pods of the namespace, say of these pods by the same selector: [{"peers", "ports"}].
answers(direction, group) := object.get(_calls, [[direction, group]], set())

_calls := {key: {row[1] | some row in _rows; row[0] == key} | some key in {row[0] | some row in _rows}}

_rows := [[[other, [policy.namespace, peer.podSelector]], {"peers": [{"podSelector": policy.selector}], "ports": policy.rules[direction][k].ports}] |
	some [i, direction, k, _, peer] in networkpolicy.selecting_in(networkpolicy.all)
	not peer.namespaceSelector
	policy := networkpolicy.all[i]
	selector.normal(policy.selector) != {}
	some other, _ in networkpolicy.directions
	other != direction
]

# The peer that is all pods with these labels in that namespace.
peer(namespace, labels) := {
	"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
	"podSelector": {"matchLabels": labels},
}
