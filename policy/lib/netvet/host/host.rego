# METADATA
# description: >-
#   What the host hands over: the Go program, an OPA server or `opa eval` ({"resources": …}), conftest (a document, or with
#   --combine an array of them), Gatekeeper ({"review": …} with data.inventory) and AdmissionReview. No other package reads input.
package lib.netvet.host

import data.lib.netvet.selector

# The visible objects. Within one query an object is named by its index here.
resources := input.resources if {
	_envelope
} else := [entry.object | some entry in _entries]

# The indexes of the objects to speak of; the others are there to be looked at.
reviewed := {i | some i in input.scope} if {
	_envelope
	is_array(input.scope)
} else := {0 | input.review.operation != "DELETE"} if {
	input.review.operation
} else := {0} if {
	input.review
} else := {i | some i, _ in resources}

# document: one object and there are no others; fragment: one object, and nobody knows what else there is; set: all that is relevant.
# What is concluded from an absence holds in a set only, and never in a fragment.
sight := input.sight if {
	_envelope
	input.sight
} else := "set" if {
	input.review
	data.inventory.namespace
} else := "fragment" if {
	_alone
} else := "document" if {
	count(resources) == 1
} else := "set"

# Objects arrive one by one at admission, in any order: what depends on others is at most a warning.
admission if input.review

admission if input.request

# An object as its author wrote it, before the API server filled in defaults and dropped empty lists.
source(object) if {
	not admission
	not object.metadata.uid
	not object.metadata.resourceVersion
}

parameter(name, default_value) := object.get(_parameters, name, default_value)

# Where the host found an object: its index, and its file where the host tells.
origin(i) := {"index": i, "file": _entries[i].file} if {
	_entries[i].file
} else := {"index": i}

metadata(object) := object.metadata if {
	is_object(object.metadata)
} else := {}

name(object) := metadata(object).name if {
	is_string(metadata(object).name)
} else := sprintf("%s*", [metadata(object).generateName]) if {
	is_string(metadata(object).generateName)
} else := ""

# The namespace that an object lives in: the request's where the manifest has none.
namespace(object) := "" if {
	object.kind in {"Namespace", "Node", "ClusterNetworkPolicy", "AdminNetworkPolicy", "BaselineAdminNetworkPolicy"}
} else := metadata(object).namespace if {
	metadata(object).namespace != ""
	is_string(metadata(object).namespace)
} else := input.review.namespace if {
	input.review.namespace != ""
} else := parameter("namespace", "default")

identity(i) := {
	"apiVersion": object.get(resources[i], "apiVersion", ""),
	"kind": object.get(resources[i], "kind", ""),
	"namespace": object.get(metadata(resources[i]), "namespace", ""),
	"name": name(resources[i]),
}

_parameters := input.parameters if {
	is_object(input.parameters)
} else := {}

# A Kustomization, too, has resources; but it says what it is.
_envelope if {
	is_array(input.resources)
	not input.apiVersion
	not input.kind
}

_alone if {
	is_object(input)
	not _list(input)
	not _envelope
}

_entries := array.concat([{"object": input.review.object}], _inventory) if {
	input.review
} else := [{"object": input.request.object}] if {
	is_object(input.request.object)
	input.request.operation != "DELETE"
} else := [] if {
	input.request
} else := [entry | some document in _documents; some entry in _expanded(document)]

_documents := input if {
	is_array(input)
} else := [{"contents": input}] if {
	not _envelope
} else := []

_expanded(document) := [object.union({"object": item}, _file(document)) |
	some member in document.contents.items
	item := object.union(_inherited(document.contents), member)
	_kubernetes(item)
] if {
	_list(document.contents)
} else := [object.union({"object": document.contents}, _file(document))] if {
	_kubernetes(document.contents)
} else := []

_file(document) := {"file": document.path} if {
	document.path
} else := {}

_list(object) if {
	endswith(object.kind, "List")
	is_array(object.items)
}

# The items of a NetworkPolicyList may leave out what the list says already.
_inherited(list) := {"apiVersion": list.apiVersion, "kind": trim_suffix(list.kind, "List")} if {
	list.kind != "List"
} else := {}

_kubernetes(object) if {
	is_string(object.apiVersion)
	is_string(object.kind)
}

# Only the namespace under review, those that its peers name, and the Namespaces: reading everything is slow.
_inventory := array.concat(
	[{"object": object} |
		some wanted in _wanted
		some version, kinds in data.inventory.namespace[wanted]
		some kind, names in kinds
		some name, object in names
		not _same(version, kind, wanted, name)
	],
	[{"object": object} |
		some name, object in _namespaces
		not _same("v1", "Namespace", "", name)
	],
)

_namespaces := object.union(
	{n.metadata.name: n | n := input.review.namespaceObject; n.metadata.name},
	object.get(data.inventory, ["cluster", "v1", "Namespace"], {}),
)

_same(version, kind, in_namespace, name) if {
	object := input.review.object
	object.apiVersion == version
	object.kind == kind
	object.metadata.name == name
	namespace(object) == in_namespace
}

_wanted contains namespace(input.review.object)

_wanted contains peer.namespaceSelector.matchLabels["kubernetes.io/metadata.name"] if some peer in _peers

_wanted contains name if {
	some peer in _peers
	count(peer.namespaceSelector) > 0
	some name, seen in _namespaces
	selector.matches(peer.namespaceSelector, object.get(metadata(seen), "labels", {}))
}

_peers contains peer if {
	some direction, peers in {"ingress": "from", "egress": "to"}
	some peer in input.review.object.spec[direction][_][peers]
}
