# METADATA
# description: What a selector that matches no pod in sight was probably meant to match. Asked of few selectors, it may cost something.
package lib.netvet.nearmiss

import data.lib.netvet.host
import data.lib.netvet.likeness
import data.lib.netvet.selection
import data.lib.netvet.selector
import data.lib.netvet.workload

# The group matches none of the pods of its namespace, some of which are in sight, and no others seem to be made out of sight.
empty(group) if {
	not _met(group) # for speed
	count(workload.in_namespace[group[0]]) > 0
	selector.valid(group[1])
	count(selection.pods(group)) == 0
	not selector.contradictory(group[1])
	_positive(group[1])
	not _made_later(group)
	not _operated(group)
}

# Reviewing a policy: it matches some pod, or nothing is said of it.
_met([name, label_selector]) if {
	host.sparing
	host.selects(name, label_selector)
}

_met([_, label_selector]) if {
	host.sparing
	not _positive(label_selector)
}

# What only excludes may be there for pods to come.
_positive(label_selector) if {
	some allowed in selector.normal(label_selector)
	not allowed.absent
}

_made_later([_, label_selector]) if {
	some key, _ in selector.normal(label_selector)
	workload.added_later(key)
}

# Operators make pods of objects of their own kinds, and label them as these are, or with their names.
_operated(group) if {
	some [key, value] in _asked(group[1])
	some mark in _marks[group[0]]
	mark in [[key, value], value]
}

_marks := {name: {row[1] | some row in _mark_rows; row[0] == name} | some name in {row[0] | some row in _mark_rows}}

_mark_rows := [[host.namespaces[i], mark] |
	some i, resource in host.resources
	group := split(resource.apiVersion, "/")[0]
	contains(group, ".")
	not endswith(group, ".k8s.io")
	not workload.all[i]
	some mark in array.concat([host.names[i]], [[key, value] | some key, value in host.metadata(resource).labels])
]

# What of the selector no pod of the namespace meets, as messages call it; all of it where each part is met by some pod.
lacking([name, label_selector]) := concat(", ", sort(parts)) if {
	allowed := selector.normal(label_selector)
	parts := {selector.describe(selector.about(label_selector, key)) |
		some key, x in allowed
		every value in x["in"] { not selection.carried(name, key, value) }
	}
	count(parts) > 0
} else := selector.describe(label_selector)

# What the pods carry that is nearest to one of these: [key, value asked for, key, value carried].
label([name, label_selector]) := [key, value, carried[0], carried[1]] if {
	[key, value] := min({pair | some pair in _absent(name, label_selector); _near(name, pair)})
	carried := _near(name, [key, value])
}

# Where pods match: the names of other namespaces.
elsewhere([name, label_selector]) := {other |
	some other, _ in workload.in_namespace
	other != name
	count(selection.pods([other, label_selector])) > 0
}

# The workloads of the namespace whose own labels match, while those of their pods don't.
controllers(group) := {i |
	some i in workload.in_namespace[group[0]]
	selector.matches(group[1], selector.labels(object.get(host.metadata(host.resources[i]), "labels", {})))
}

# What to write in place of the labels asked for, if then some pod matches.
mended([name, label_selector]) := labels if {
	[key, value, near_key, near_value] := label([name, label_selector])
	label_selector.matchLabels[key] == value
	labels := object.union(object.remove(label_selector.matchLabels, [key]), {near_key: near_value})
	narrowed := object.remove(label_selector, ["matchLabels"])
	count(selection.pods([name, object.union(narrowed, {"matchLabels": labels})])) > 0
}

_asked(label_selector) := {[key, value] | some key, allowed in selector.normal(label_selector); some value in allowed["in"]}

_absent(name, label_selector) := {[key, value] | some [key, value] in _asked(label_selector); not selection.carried(name, key, value)}

_near(name, [key, value]) := [key, near] if {
	near := likeness.kin(value, _values[[name, key]])
} else := [likeness.kin(key, _keys[[name, value]]), value] if {
	_telling(value)
} else := [min(_keys[[name, value]]), value] if {
	_telling(value)
}

# Many labels have such values, and nothing else in common.
_telling(value) if not value in {"", "true", "false", "enabled", "disabled", "yes", "no", "allow", "deny"}

_pairs := {[pod.namespace, key, value] | some pod in workload.all; some key, value in pod.labels}

_values := {key: {row[1] | some row in _value_rows; row[0] == key} | some key in {row[0] | some row in _value_rows}}

_value_rows := [[[name, key], value] | some [name, key, value] in _pairs]

_keys := {key: {row[1] | some row in _key_rows; row[0] == key} | some key in {row[0] | some row in _key_rows}}

_key_rows := [[[name, value], key] | some [name, key, value] in _pairs]
