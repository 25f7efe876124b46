# METADATA
# description: >-
#   Who selects which pod. Policies of one namespace with one podSelector form a group: what they say together is asked of
#   the group once, so that the cost grows with the number of different selectors, not of policies times pods.
package lib.netvet.selection

import data.lib.netvet.networkpolicy
import data.lib.netvet.selector
import data.lib.netvet.workload

# A group is named [namespace, podSelector].
group(policy) := [policy.namespace, policy.selector]

# The policies of each group, by index.
policies := {key: {row[1] | some row in _rows; row[0] == key} | some key in {row[0] | some row in _rows}}

_rows := [[group(policy), i] | some i, policy in networkpolicy.all]

# The namespaces that have policies.
namespaces := {key[0] | some key, _ in policies}

# The [namespace, direction] pairs in which a policy isolates every pod, whatever else it admits.
isolated_namespaces := {[key[0], direction] |
	some key, members in policies
	selector.normal(key[1]) == {}
	some i in members
	some direction, _ in networkpolicy.all[i].rules
}

# The workloads that a group selects, by index.
pods([namespace, label_selector]) := object.get(workload.in_namespace, namespace, set()) if {
	label_selector == {}
} else := {i |
	some anchor in selector.anchors(label_selector)
	some i in _carrying[[namespace, anchor]]
	selector.matches(label_selector, workload.all[i].labels)
} if {
	selector.anchors(label_selector)
} else := {i |
	some i in object.get(workload.in_namespace, namespace, set())
	selector.matches(label_selector, workload.all[i].labels)
}

# The groups of a namespace that select pods of these labels.
selecting(namespace, labels) := {candidate |
	some candidate in _candidates(namespace, {[key, value] | some key, value in labels})
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
isolators(groups, direction) := {i | some key in groups; some i in policies[key]; networkpolicy.all[i].rules[direction]}

# For each key that must have a value, one of the values it may have: whoever is wider admits it too.
_certain(label_selector) := {[key, min(constraint["in"])] | some key, constraint in selector.normal(label_selector)}

_candidates(namespace, pairs) := object.get(_unanchored, namespace, set()) | {candidate | some pair in pairs; some candidate in _anchored[[namespace, pair]]}

_anchored := {key: {row[1] | some row in _anchor_rows; row[0] == key} | some key in {row[0] | some row in _anchor_rows}}

_anchor_rows := [[[key[0], anchor], key] | some key, _ in policies; some anchor in selector.anchors(key[1])]

_unanchored := {namespace: {key | some key in _loose; key[0] == namespace} | some namespace in {key[0] | some key in _loose}}

_loose := {key | some key, _ in policies; not selector.anchors(key[1])}

_carrying := {key: {row[1] | some row in _label_rows; row[0] == key} | some key in {row[0] | some row in _label_rows}}

_label_rows := [[[pod.namespace, [key, value]], i] | some i, pod in workload.all; some key, value in pod.labels]

# How messages call the pods of a group.
describe([namespace, label_selector]) := sprintf("every pod in namespace %s", [namespace]) if {
	selector.normal(label_selector) == {}
} else := sprintf("pods with %s in namespace %s", [selector.describe(label_selector), namespace])
