# METADATA
# description: >-
#   What the host hands over: the Go program, an OPA server or `opa eval` ({"resources": …}), conftest (a document, or with
#   --combine an array of them), Gatekeeper ({"review": …} with data.inventory) and AdmissionReview. No other package reads input.
# custom:
#   parameters:
#     suppressible:
#       type: array
#       description: >-
#         The rules whose findings the authors of objects may suppress at admission, by the annotation ignore.netvet.dev/RULE with a reason.
#         Elsewhere they always may.
#       default: []
#     severities:
#       type: array
#       description: >-
#         The severities of which a constraint of Gatekeeper tells, from a rule that gives several: so that one constraint can deny, and another warn.
#       enum: [error, warning, note]
#       default: [error, warning, note]
#     inventory:
#       type: boolean
#       description: Whether a constraint of Gatekeeper looks at other objects than the one under review. For a rule that needs none it only takes time.
#       default: true
package lib.netvet.host

import data.lib.netvet.parameters
import data.lib.netvet.selector

# The visible objects. Within one query an object is named by its index here.
resources := input.resources if {
	_envelope
} else := [entry.object | some entry in _entries]

# The object of that index. At admission the one under review is known without the others, which take time to read.
object_at(i) := input.resources[i] if {
	_envelope
} else := _request.object if {
	i == 0
} else := resources[i]

# The indexes of the objects of each kind.
of_kind := {kind: {i | some i; resources[i].kind == kind} | some kind in {kind | kind := resources[_].kind}}

# The indexes of the objects to speak of; the others are there to be looked at. Of what is deleted there is nothing to say.
reviewed := {i | some i in input.scope} if {
	_envelope
	is_array(input.scope)
} else := {0 | not _request.operation == "DELETE"} if {
	_request
} else := {i | some i, object in resources; is_object(object)}

# The host has looked: no policy's spec holds a null, or a list that is none.
regular if {
	_envelope
	input.regular
}

# The objects that may hold what the API server refuses or does not know. Where the host has looked, it names them.
unusual := {i | some i in input.unusual} if {
	_looked
} else := {i | some i; is_object(resources[i])}

# Whether an object may be one of them, without a look at the others.
suspect(i) if {
	_looked
	i in unusual
}

suspect(i) if {
	not _looked
	not is_decoded(i)
}

_looked if {
	_envelope
	is_array(input.unusual)
}

# document: one object and there are no others; set: all that is relevant; fragment: nobody knows what else there is.
# What is concluded from an absence holds in a set only, and never in a fragment.
sight := input.sight if {
	_envelope
	is_string(input.sight)
} else := "set" if {
	_policies_synced
} else := "fragment" if {
	is_object(input)
	not _envelope
} else := "document" if {
	count(resources) == 1
} else := "set"

# Objects arrive one by one at admission, in any order: what depends on others is at most a warning.
admission if _request

# The object under review is all that is looked at.
alone if {
	_request
	not _looks_around
}

# A policy is under review, and what Gatekeeper keeps can be looked into: most questions need a few fields of many objects, which are found there sooner
# than in resources, for which all of each is read.
sparing if {
	_request.object.kind == "NetworkPolicy"
	_looks_around
	data.inventory
}

# What Gatekeeper keeps of a namespace that is looked at, by API version, kind and name.
kept(name) := data.inventory.namespace[name] if {
	name == namespace(_request.object)
} else := data.inventory.namespace[name] if {
	_peers[_].namespaceSelector.matchLabels[_] == name # for speed
} else := data.inventory.namespace[name] if {
	name in wanted
}

# The Namespace of that name.
namespace_object(name) := _request.namespaceObject if {
	_request.namespaceObject.metadata.name == name
} else := data.inventory.cluster.v1.Namespace[name]

# Some Namespace has the label.
namespace_labelled(key, value) if _request.namespaceObject.metadata.labels[key] == value

namespace_labelled(key, value) if {
	some name
	data.inventory.cluster.v1.Namespace[name].metadata.labels[key] == value
	namespace_object(name).metadata.labels[key] == value
}

# Where each kind keeps its pod template.
templates := {
	"CronJob": ["spec", "jobTemplate", "spec", "template"],
	"DaemonSet": ["spec", "template"],
	"Deployment": ["spec", "template"],
	"DeploymentConfig": ["spec", "template"],
	"Job": ["spec", "template"],
	"Pod": [],
	"ReplicaSet": ["spec", "template"],
	"ReplicationController": ["spec", "template"],
	"Rollout": ["spec", "template"],
	"StatefulSet": ["spec", "template"],
}

# The pods there that carry all of these labels, of which there is one at least, as [API version, kind, name, labels] of what makes them, but for those
# that a controller in sight has made: its template speaks for them.
carrying(name, pairs) := {[version, kind, id, labels] |
	key := max(object.keys(pairs)) # for speed
	some [version, kind, id] in _bearing(name, key, pairs[key])
	labels := of_pods(name, [version, kind, id], "labels")
	object.subset(labels, pairs)
	not _led(name, version, kind, id)
}

# Some pod there is selected, by one label at least that it has.
selects(name, label_selector) if count(_called(name, label_selector)) > 0

selects(name, label_selector) if {
	some [_, _, _, labels] in carrying(name, selector.pairs(label_selector))
	selector.matches(label_selector, labels)
}

# The same of a pod that is not in the node's network.
runs(name, label_selector) if {
	some row in _called(name, label_selector)
	not _on_node(name, row)
}

runs(name, label_selector) if {
	some [version, kind, id, labels] in carrying(name, selector.pairs(label_selector))
	selector.matches(label_selector, labels)
	not _on_node(name, [version, kind, id])
}

_on_node(name, row) if _template(name, row, ["spec", "hostNetwork"], false) == true

# Workloads are often called by one of their labels: those of them that are selected, as [API version, kind, name].
_called(name, label_selector) := {["apps/v1", kind, id] |
	some id in selector.pairs(label_selector)
	labels := kept(name)["apps/v1"][kind][id].spec.template.metadata.labels
	selector.matches(label_selector, labels)
	not _led(name, "apps/v1", kind, id)
}

_bearing(name, key, value) := ({[version, kind, id] |
	templates[kind] == ["spec", "template"]
	kept(name)[version][kind][id].spec.template.metadata.labels[key] == value
} | {[version, "CronJob", id] |
	kept(name)[version].CronJob[id].spec.jobTemplate.spec.template.metadata.labels[key] == value
}) | {[version, "Pod", id] | kept(name)[version].Pod[id].metadata.labels[key] == value}

# What the pods get as metadata: labels or annotations.
of_pods(name, row, place) := given if {
	given := _template(name, row, ["metadata", place], {})
	is_object(given)
} else := {}

_template(name, [version, kind, id], path, otherwise) := object.get(kept(name)[version][kind][id], array.concat(templates[kind], path), otherwise)

_led(name, version, kind, id) if {
	owner := kept(name)[version][kind][id].metadata.ownerReferences[_]
	owner.controller == true
	templates[owner.kind]
	kept(name)[_][owner.kind][owner.name]
}

# Some pod there is in the node's network.
on_nodes(name) if kept(name)[_].Pod[_].spec.hostNetwork == true

on_nodes(name) if {
	some kind
	templates[kind] == ["spec", "template"]
	kept(name)[_][kind][_].spec.template.spec.hostNetwork == true
}

on_nodes(name) if kept(name)[_].CronJob[_].spec.jobTemplate.spec.template.spec.hostNetwork == true

# An object as its author wrote it, before the API server filled in defaults and dropped empty lists.
source(object) if {
	not admission
	not object.metadata.uid
	not object.metadata.resourceVersion
}

# At admission, the object under review if the API server has read it: it holds neither nulls nor anything of the wrong type.
decoded := input.review.object if {
	input.review.object.metadata.uid
	not input.review.operation == "DELETE"
}

# The same of any object in sight.
is_decoded(i) if {
	admission
	object_at(i).metadata.uid
} else := false

# Settings of the rules: from the request, else from the data that conftest is given with -d, or a bundle carries.
parameter(name, default_value) := object.get(_parameters, name, default_value)

# Why the object's author lives with the findings of a rule. A reason that is empty does not count.
suppression(i, id) := reason if {
	annotation := metadata(object_at(i)).annotations[sprintf("ignore.netvet.dev/%s", [id])]
	is_string(annotation)
	reason := trim_space(annotation)
	reason != ""
}

# At admission it is for the cluster to say of which rules.
suppressible(_) if not admission

suppressible(id) if id in parameter("suppressible", [])

# Gatekeeper acts on all findings of a constraint alike.
told(_) if not input.review

told(severity) if severity in parameter("severities", ["error", "warning", "note"])

# Gatekeeper asks one rule and denies whatever it is told, so that of what is suppressed nothing is said.
waived(i) if {
	input.review
	some id in parameter("suppressible", [])
	suppression(i, id)
}

# Where the host found an object: its index, and its file where the host tells.
origin(i) := {"index": i, "file": _entries[i].file} if {
	not _request
	_entries[i].file
} else := {"index": i}

# The file of an object, where the host tells.
file(i) := input.files[i] if {
	_envelope
} else := _entries[i].file

# Both objects are meant for the same namespace, if they are for one by their names: in one file, as far as the host tells, or by their own word. Two
# files whose objects name none may be for different ones.
together(i, k) if not apart(i, k)

together(i, k) if {
	resources[i].metadata.namespace
	resources[k].metadata.namespace
}

# The two are from different files, as the host tells.
apart(i, k) if file(i) != file(k)

metadata(object) := object.metadata if {
	is_object(object.metadata)
} else := {}

name(object) := object.metadata.name if {
	is_string(object.metadata.name)
	object.metadata.name != ""
} else := sprintf("%s*", [object.metadata.generateName]) if {
	is_string(object.metadata.generateName)
	object.metadata.generateName != ""
} else := ""

# The names of the objects by index; of those that get one from the server, as far as it is known.
names := object.union(
	{i: sprintf("%s*", [prefix]) | some i; prefix := resources[i].metadata.generateName},
	{i: name | some i; name := resources[i].metadata.name},
)

# The namespace that each object lives in, by index; of no meaning for kinds that live in none. Where the manifest has none, the request's.
namespaces := object.union(_namespaces, {i: _unnamed | some i in _unplaced; is_object(resources[i])})

_unplaced := (({i | some i; resources[i]} - object.keys(_namespaces)) | {i | some i; _namespaces[i] == ""}) | {i | some i; _namespaces[i] == null}

_namespaces := {i: given | some i; given := resources[i].metadata.namespace}

# The same for any object; "" for the kinds that live in none.
namespace(resource) := "" if {
	resource.kind in {"Namespace", "Node", "ClusterNetworkPolicy", "AdminNetworkPolicy", "BaselineAdminNetworkPolicy"}
} else := given if {
	given := object.get(resource, ["metadata", "namespace"], "")
	not given in {"", null}
} else := _unnamed

# Of an object whose manifest has none.
_unnamed := _request.namespace if {
	not metadata(_request.object).namespace
	_request.namespace != ""
} else := parameter("namespace", "default")

identity(i) := {
	"apiVersion": object.get(object_at(i), "apiVersion", ""),
	"kind": object.get(object_at(i), "kind", ""),
	"namespace": object.get(metadata(object_at(i)), "namespace", ""),
	"name": name(object_at(i)),
}

_parameters := object.union(_given, input.parameters) if {
	is_object(input.parameters)
} else := _given

_given := parameters if {
	is_object(parameters)
} else := {}

# A Kustomization, too, has resources; but it says what it is.
_envelope if {
	is_array(input.resources)
	not input.apiVersion
	not input.kind
}

# What Gatekeeper or the API server asks about.
_request := input.review if {
	is_object(input.review.object)
} else := input.request if {
	is_object(input.request.object)
}

_entries := [{"object": _request.object}] if {
	alone
} else := array.concat([{"object": _request.object}], _inventory) if {
	_request
} else := [entry | some document in _documents; some entry in _expanded(document)]

_documents := input if {
	is_array(input)
} else := [{"contents": input}] if {
	not _envelope
} else := []

_expanded(document) := [object.union({"object": item}, _file(document)) |
	some member in document.contents.items
	is_object(member)
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
	is_string(object.kind)
	endswith(object.kind, "List")
	is_array(object.items)
	not object.spec
}

# The items of a NetworkPolicyList may leave out what the list says already.
_inherited(list) := {"apiVersion": list.apiVersion, "kind": trim_suffix(list.kind, "List")} if {
	list.kind != "List"
} else := {}

_kubernetes(object) if {
	is_string(object.apiVersion)
	is_string(object.kind)
}

# Gatekeeper keeps what it was told to synchronise. Without any policy there, nobody knows whether it was told of policies.
_policies_synced if {
	_request
	_looks_around
	data.inventory.namespace[_]["networking.k8s.io/v1"].NetworkPolicy
}

# The namespace under review, those that its peers name, and what belongs to no namespace: reading everything is slow.
_inventory := [{"object": object} |
	some object in array.concat(_request_namespace, array.concat(_namespaced, _cluster))
	not _same(object, _request.object)
]

_namespaced := [data.inventory.namespace[name][version][kind][id] | some [name, version, kind, id] in _related] if {
	_narrow
} else := [object |
	some name in wanted
	some kinds in data.inventory.namespace[name]
	some names in kinds
	some object in names
]

# Where all that the policy selects, or admits, is there, nothing is said of other pods, nor of policies that select none of the same. Where something
# is missing, what else there is may say why.
_narrow if {
	sparing
	every name in wanted {
		data.inventory.cluster.v1.Namespace[name]
		_sought(name) != set()
		every label_selector in _sought(name) { _found(name, label_selector) }
	}
}

_found(_, label_selector) if selector.normal(label_selector) == {}

_found(name, label_selector) if selects(name, label_selector)

# What the policy asks of pods of the namespace, for itself and as peers.
_sought(name) := {_own | name == namespace(_request.object)} | {object.get(peer, "podSelector", {}) | some peer in _peers; _looks_in(peer, name)}

_own := label_selector if {
	label_selector := _request.object.spec.podSelector
	label_selector != null
} else := {}

_looks_in(peer, name) if {
	not peer.namespaceSelector
	not peer.ipBlock
	name == namespace(_request.object)
}

_looks_in(peer, name) if selector.matches(peer.namespaceSelector, _namespace_labels(name))

# Other objects are few, or needed whatever the labels.
_related contains [name, version, kind, id] if {
	some name in wanted
	some version, kinds in kept(name)
	some kind, objects in kinds
	_whole(name, kind)
	some id, _ in objects
}

_related contains [name, version, kind, id] if {
	some name in wanted
	some label_selector in _sought(name)
	some [version, kind, id, _] in carrying(name, selector.pairs(label_selector))
}

_related contains [name, version, "NetworkPolicy", id] if {
	some name in wanted
	some version, kinds in kept(name)
	some id, _ in kinds.NetworkPolicy
	given := selector.pairs(kinds.NetworkPolicy[id].spec.podSelector)
	some label_selector in _sought(name)
	pairs := selector.pairs(label_selector)
	object.union(given, pairs) == object.union(pairs, given)
}

_whole(_, kind) if {
	not templates[kind]
	kind != "NetworkPolicy"
}

_whole(name, _) if selector.pairs(_sought(name)[_]) == {}

_cluster := [object |
	some kinds in data.inventory.cluster
	some names in kinds
	some object in names
	every fresh in _request_namespace { not _same(object, fresh) }
]

_looks_around if parameter("inventory", true)

# Newer than what is synchronised. Gatekeeper leaves out what kind of object it is.
_request_namespace := [object.union({"apiVersion": "v1", "kind": "Namespace"}, _request.namespaceObject) |
	_request.namespaceObject.metadata.name
]

_same(a, b) if {
	a.metadata.name == b.metadata.name
	a.kind == b.kind
	a.apiVersion == b.apiVersion
	namespace(a) == namespace(b)
}

# The namespaces that are looked at.
wanted contains namespace(_request.object)

wanted contains name(_request.object) if _request.object.kind == "Namespace"

wanted contains name if {
	some peer in _peers
	count(peer.namespaceSelector) > 0
	not peer.namespaceSelector.matchLabels["kubernetes.io/metadata.name"]
	some name, _ in data.inventory.namespace
	selector.matches(peer.namespaceSelector, _namespace_labels(name))
}

_peers contains peer if {
	some direction, peers in {"ingress": "from", "egress": "to"}
	some rule in _request.object.spec[direction]
	some peer in rule[peers]
	is_object(peer)
}

# Under whatever key: rules tell of peers that mean a namespace by a label which it does not have.
wanted contains name if {
	some peer in _peers
	some name in ({value | some value in peer.namespaceSelector.matchLabels} | {value |
		some expression in peer.namespaceSelector.matchExpressions
		expression.operator == "In"
		some value in expression.values
	})
	data.inventory.namespace[name]
}

_namespace_labels(name) := object.union(labels, {"kubernetes.io/metadata.name": name}) if {
	labels := {key: value | some key, value in data.inventory.cluster.v1.Namespace[name].metadata.labels}
}
