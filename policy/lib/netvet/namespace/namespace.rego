# METADATA
# description: Namespaces and their labels as the API server knows them.
package lib.netvet.namespace

import data.lib.netvet.host
import data.lib.netvet.selector

# The visible Namespace objects: name -> index. Of two for one name, the later is what the cluster keeps.
visible := {name: max({row[1] | some row in _rows; row[0] == name}) | some name in {row[0] | some row in _rows}}

_rows := [[host.name(object), i] |
	some i, object in host.resources
	object.kind == "Namespace"
	object.apiVersion == "v1"
]

# The API server gives every Namespace this label, whether the manifest shows it or not, and no other.
name_label := "kubernetes.io/metadata.name"

# The labels of a namespace: with its object out of sight, only the one that is certain.
labels(name) := object.union(_written(name), {name_label: name})

_written(name) := host.metadata(host.resources[visible[name]]).labels if {
	is_object(host.metadata(host.resources[visible[name]]).labels)
} else := {}

# The selector matches the namespace for certain, by the labels in sight.
matches(label_selector, name) if selector.matches(label_selector, labels(name))

# The selector may match the namespace: its object is out of sight, and but for the name nothing speaks against it.
could_match(label_selector, name) if {
	visible[name]
	matches(label_selector, name)
}

could_match(label_selector, name) if {
	not visible[name]
	selector.overlaps(label_selector, {"matchLabels": {name_label: name}})
}

# Keys that people take for the namespace's name. A cluster may set some of them: the parameter says which.
_mistaken_keys := {"name", "ns", "namespace", "kubernetes.io/name"} - {key | some key in host.parameter("namespace_labels", [])}

# The key stands for the namespace's name, set by the API server or so believed.
names_itself(key) if key == name_label

names_itself(key) if key in _mistaken_keys

# The labels that the namespace may well carry: those that people take for granted, with its object out of sight.
supposed(name) := labels(name) if {
	visible[name]
} else := {key: name | some key in (_mistaken_keys | {name_label})}

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

# Those of them that no API server sets: the selector matches nothing unless somebody labels the namespace.
misnamed(label_selector) := {[key, value] | some [key, value] in meant(label_selector); key != name_label}
