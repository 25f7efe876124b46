# METADATA
# description: Namespaces and their labels as the API server knows them.
# custom:
#   parameters:
#     namespace_labels:
#       type: array
#       description: Keys, other than kubernetes.io/metadata.name, under which the cluster labels namespaces with their names.
#       default: []
package lib.netvet.namespace

import data.lib.netvet.host
import data.lib.netvet.networkpolicy
import data.lib.netvet.selector

# The visible Namespace objects: name -> index. Of two for one name, the later is what the cluster keeps.
visible := {name: max({row[1] | some row in _rows; row[0] == name}) | some name in {row[0] | some row in _rows}}

_rows := [[host.name(object), i] |
	some i in host.of_kind.Namespace
	object := host.resources[i]
	object.apiVersion == "v1"
]

# The Namespace is in sight.
seen(name) if {
	host.sparing
	host.namespace_object(name)
}

seen(name) if {
	not host.sparing
	visible[name]
}

# Where a finding about a namespace's policies stands: at the Namespace in sight, else at the first policy by name.
anchor(name) := i if {
	i := visible[name]
} else := _first[name]

# It may stand at an object under review: reviewing a policy, where the Namespace is in sight, it stands there.
may_anchor if not host.sparing

may_anchor if {
	some policy in networkpolicy.judged
	not seen(policy.namespace)
}

_first := {name: min({row[1] | some row in _policies; row[0] == name})[1] | some name in {row[0] | some row in _policies}}

_policies := [[policy.namespace, [policy.name, i]] | some i, policy in networkpolicy.all]

# The API server gives every Namespace this label, whether the manifest shows it or not, and no other.
name_label := "kubernetes.io/metadata.name"

# The keys under which every namespace carries its name: a cluster may set others, as the parameter says.
_name_keys := {name_label} | {key | some key in host.parameter("namespace_labels", [])}

# Every namespace has the label.
everywhere(key) if key in _name_keys

# The labels of a namespace: with its object out of sight, only those that are certain.
labels(name) := object.union(_written(name), {key: name | some key in _name_keys})

_written(name) := selector.labels(written) if {
	host.sparing
	written := host.namespace_object(name).metadata.labels
} else := selector.labels(written) if {
	not host.sparing
	written := host.metadata(host.resources[visible[name]]).labels
} else := {}

# The selector matches the namespace for certain, by the labels in sight.
matches(label_selector, name) if selector.matches(label_selector, labels(name))

# The selector may match the namespace: its object is out of sight, and but for the name nothing speaks against it.
could_match(label_selector, name) if {
	seen(name)
	matches(label_selector, name)
}

could_match(label_selector, name) if {
	not seen(name)
	could_ever_match(label_selector, name)
}

# The selector may match the namespace, whatever labels its object has.
could_ever_match(label_selector, name) if {
	selector.overlaps(label_selector, {"matchLabels": {key: name | some key in _name_keys}})
}

# Keys that people take for one of those.
_mistaken_keys := {"name", "ns", "namespace", "kubernetes.io/name"} - _name_keys

# The key stands for the namespace's name, set by the API server or so believed.
names_itself(key) if key in _name_keys

names_itself(key) if key in _mistaken_keys

# The labels that the namespace may well carry: those that people take for granted, with its object out of sight.
supposed(name) := labels(name) if {
	seen(name)
} else := {key: name | some key in (_mistaken_keys | _name_keys)}

# The key stands for the namespace's name, but nobody sets it unless somebody labels the namespace.
mistaken(key) if key in _mistaken_keys

# The names of namespaces that the selector means: {[key, value]}, whether the key is one that Kubernetes sets or not.
meant(label_selector) := {[key, value] |
	some key, value in label_selector.matchLabels
	names_itself(key)
} | {[expression.key, value] |
	some expression in label_selector.matchExpressions
	expression.operator == "In"
	names_itself(expression.key)
	some value in expression.values
}

# The selector matches the namespace for certain, or means it by its name.
means(label_selector, name) if matches(label_selector, name)

means(label_selector, name) if name in {value | some [_, value] in meant(label_selector)}

# The label is believed to name a namespace, no API server sets it, and no Namespace in sight carries it.
unset(key, value) if {
	key in _mistaken_keys
	not _carries(key, value)
}

_carries(key, value) if {
	host.sparing
	host.namespace_labelled(key, value)
}

_carries(key, value) if {
	not host.sparing
	[key, value] in _carried
}

_carried := {[key, value] | some name, _ in visible; some key, value in _written(name)}

# How messages call the namespaces that a selector matches.
describe(label_selector) := "any namespace" if {
	selector.normal(label_selector) == {}
} else := sprintf("namespaces with %s", [selector.describe(label_selector)])
