# METADATA
# title: The API server refuses the policy
# description: |
#   Something in the policy is not valid for networking.k8s.io/v1: a port that is none, a protocol that Kubernetes does not know, a block of
#   addresses with bits set beyond its length, an empty peer, a selector whose operator, key or value is wrong, a name that is none, a value of
#   another type than the field's. The API server refuses all of the policy, so nothing of it applies; what an older version of it does, stays.
#   This follows Kubernetes 1.37. Before 1.36 servers took blocks with bits set beyond their length, with leading zeros, and IPv4 addresses in the
#   form of IPv6, and warned; objects that hold such blocks stay, and cannot be changed or restored in new clusters.
# related_resources:
#   - ref: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/
#   - ref: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
#   - ref: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
#   - ref: https://github.com/kubernetes/enhancements/tree/master/keps/sig-network/4858-ip-cidr-validation
# custom:
#   severity: error
#   category: validity
#   scope: object
#   kinds: [NetworkPolicy]
#   needs: []
#   after: []
#   guide: []
#   parameters: {}
#   remediation: |
#     Write what the API server takes: ports from 1 to 65535 as numbers, or names of ports with a letter; protocols TCP, UDP and SCTP;
#     blocks of addresses in CIDR notation without bits beyond their length; peers that hold a selector or an ipBlock, not both;
#     policyTypes Ingress and Egress. `kubectl apply --dry-run=server` asks a server.
package netvet.rules.rejected_by_api_server

import data.lib.netvet.cidr
import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.networkpolicy
import data.lib.netvet.port
import data.lib.netvet.schema
import data.lib.netvet.spelling

metadata := rego.metadata.chain()

violation contains _mended(finding.at(i, path, message), path, better) if {
	count(schema.suspects) > 0 # for speed
	some [i, path, what, better] in _refused
	message := sprintf("%s, so the API server refuses the policy", [what])
}

_mended(fault, path, better) := finding.mended(finding.advised(fault, remedy), [{"op": "replace", "path": path, "value": better}]) if {
	not is_null(better)
	remedy := sprintf("Write %s%s", [_key(path), _yaml(better)])
} else := fault

_key(path) := sprintf("%s: ", [path[count(path) - 1]]) if {
	is_string(path[count(path) - 1])
} else := ""

_yaml(value) := value if {
	is_string(value)
	not contains(value, ":")
} else := json.marshal(value)

# What is refused, as [policy, path, what it is, what can only have been meant], or null where that is open.
_refused contains [i, path, what, better] if {
	some [i, path, type, value] in schema.mistyped
	what := sprintf("%s must be %s, not %s", [_last(path), _type(type), _describe(value)])
	better := _cast(type, value)
}

_refused contains [i, path, sprintf("the %s %s %s", [thing, _quoted(name), fault]), null] if {
	some [i, path, thing, name, fault] in _misspelt
}

_refused contains [i, ["metadata", "name"], "it has neither metadata.name nor metadata.generateName", null] if {
	some i in schema.suspects
	_text(_metadata(i), "name") == ""
	_text(_metadata(i), "generateName") == ""
	not [i, ["metadata"]] in schema.unfinished
}

_refused contains [i, ["metadata", "annotations"], "the annotations are larger than 256 KiB together", null] if {
	some i in schema.suspects
	texts := [text | some key, value in _annotations(i); some text in [key, value]; is_string(text)]
	sum([count(text) | some text in texts]) * 4 > 262144
	sum([count(hex.encode(text)) | some text in texts]) / 2 > 262144
}

_refused contains [i, ["metadata", "finalizers"], "the finalizers orphan and foregroundDeletion exclude each other", null] if {
	some i in schema.suspects
	{"orphan", "foregroundDeletion"} - {name | some name in _items(_metadata(i), "finalizers")} == set()
}

_refused contains [i, array.concat(path, [field]), sprintf("the owner reference has no %s", [field]), null] if {
	some [i, path, owner] in schema.parts.OwnerReference
	some field in ["apiVersion", "kind", "name", "uid"]
	_text(owner, field) == ""
	not [i, path] in schema.unfinished
}

_refused contains [i, array.concat(path, ["apiVersion"]), what, null] if {
	some [i, path, owner] in schema.parts.OwnerReference
	version := _text(owner, "apiVersion")
	not regex.match(`^[^/]*/?[^/]+$`, version)
	version != ""
	what := sprintf("the apiVersion %s is no group/version", [_quoted(version)])
}

_refused contains [i, path, "an Event owns nothing", null] if {
	some [i, path, owner] in schema.parts.OwnerReference
	trim_left(_text(owner, "apiVersion"), "/") == "v1"
	_text(owner, "kind") == "Event"
}

_refused contains [i, ["metadata", "ownerReferences"], "more than one owner has controller: true", null] if {
	some i in schema.suspects
	controllers := {_without_nulls(owner) | some owner in _items(_metadata(i), "ownerReferences"); owner.controller == true}
	count(controllers) > 1
}

_refused contains [i, array.concat(path, ["operator"]), what, better] if {
	some [i, path, expression] in schema.parts.LabelSelectorRequirement
	operator := _text(expression, "operator")
	not operator in _operators
	not _missing(i, path, operator)
	what := sprintf("the operator %s is none of In, NotIn, Exists and DoesNotExist", [_quoted(operator)])
	better := _only({known | some known in _operators; lower(known) == lower(trim_space(operator))})
}

_refused contains [i, array.concat(path, ["values"]), sprintf("the operator %s has no values to compare with", [expression.operator]), null] if {
	some [i, path, expression] in schema.parts.LabelSelectorRequirement
	expression.operator in {"In", "NotIn"}
	object.get(expression, "values", null) in {null, []}
	not [i, path] in schema.unfinished
}

_refused contains [i, array.concat(path, ["values"]), sprintf("the operator %s takes no values", [expression.operator]), null] if {
	some [i, path, expression] in schema.parts.LabelSelectorRequirement
	expression.operator in {"Exists", "DoesNotExist"}
	count(_items(expression, "values")) > 0
}

_refused contains [i, array.concat(path, ["protocol"]), what, better] if {
	some [i, path, entry] in schema.parts.NetworkPolicyPort
	is_string(entry.protocol)
	not port.protocol(entry)
	what := sprintf("the protocol %s is none of TCP, UDP and SCTP", [_quoted(entry.protocol)])
	better := _only({"TCP", "UDP", "SCTP"} & {upper(trim_space(entry.protocol))})
}

_refused contains [i, array.concat(path, [field]), sprintf("the %s %d is none: ports are 1 to 65535", [field, number]), null] if {
	some [i, path, entry] in schema.parts.NetworkPolicyPort
	is_number(entry.port)
	some field in ["port", "endPort"]
	number := entry[field]
	is_number(number)
	not _is_port(number)
}

_refused contains [i, array.concat(path, ["port"]), what, better] if {
	some [i, path, entry] in schema.parts.NetworkPolicyPort
	is_string(entry.port)
	what := sprintf("the port %s %s", [_quoted(entry.port), spelling.port_name(entry.port)])
	better := _only({number |
		regex.match(`^[1-9][0-9]{0,4}$`, entry.port)
		number := to_number(entry.port)
		_is_port(number)
	})
}

_refused contains [i, array.concat(path, ["endPort"]), what, null] if {
	some [i, path, entry] in schema.parts.NetworkPolicyPort
	is_number(entry.endPort)
	what := _end_fault(entry)
}

_refused contains [i, path, "the peer is empty: it has no selector and no ipBlock", null] if {
	some [i, path, peer] in schema.parts.NetworkPolicyPeer
	count(_given(peer)) == 0
	not [i, path] in schema.unfinished
}

_refused contains [i, path, sprintf("the peer has an ipBlock and a %s, which exclude each other", [concat(" and a ", sort(others))]), null] if {
	some [i, path, peer] in schema.parts.NetworkPolicyPeer
	"ipBlock" in _given(peer)
	others := _given(peer) - {"ipBlock"}
	count(others) > 0
}

_refused contains [i, array.concat(path, ["cidr"]), "the ipBlock has no cidr", null] if {
	some [i, path, block] in schema.parts.IPBlock
	_text(block, "cidr") == ""
	not [i, path] in schema.unfinished
}

_refused contains [i, array.concat(path, ["cidr"]), what, better] if {
	some [i, path, block] in schema.parts.IPBlock
	block.cidr != ""
	[what, better] := _block_fault(block.cidr)
}

_refused contains [i, path, what, better] if {
	some [i, path, _, except] in _excepts
	[what, better] := _block_fault(except)
}

_refused contains [i, path, what, null] if {
	some [i, path, block, except] in _excepts
	outer := cidr.lenient(block)
	inner := cidr.lenient(except)
	what := _except_fault(inner, outer)
}

_refused contains [i, ["spec", "policyTypes"], sprintf("policyTypes holds %d items, and may hold two", [count(listed)]), null] if {
	some [i, listed] in _policy_types
	count(listed) > 2
}

_refused contains [i, ["spec", "policyTypes", n], what, better] if {
	some [i, listed] in _policy_types
	count(listed) <= 2
	some n, given in listed
	type := _string(given)
	not networkpolicy.directions[type]
	what := sprintf("the policy type %s is none of Ingress and Egress", [_quoted(type)])
	better := _only({known | some known, _ in networkpolicy.directions; lower(known) == lower(trim_space(type))})
}

_types := {
	"string": "a string", "boolean": "true or false", "port": "a whole number or a name", "int32": "a whole number",
	"int64": "a whole number", "time": "a time such as 2026-01-02T03:04:05Z",
}

_type(type) := "a list" if {
	startswith(type, "[]")
} else := object.get(_types, type, "a mapping")

_last(path) := path[count(path) - 1] if {
	is_string(path[count(path) - 1])
} else := sprintf("%s[%d]", [path[count(path) - 2], path[count(path) - 1]])

_describe(value) := "a mapping" if {
	is_object(value)
} else := "a list" if {
	is_array(value)
} else := sprintf("the string %s", [_quoted(value)]) if {
	is_string(value)
} else := sprintf("%v", [value])

# An item that lacks its dash, and a number in quotes.
_cast(type, value) := [value] if {
	startswith(type, "[]")
	value != {}
	value != ""
	not is_array(value)
} else := to_number(value) if {
	type == "int32"
	is_string(value)
	regex.match(`^[1-9][0-9]{0,4}$`, value)
} else := null

# Names, as [policy, path, what names are called, name, what is wrong with it].
_misspelt contains [i, ["metadata", "name"], "name", name, spelling.subdomain(name)] if {
	some i in schema.suspects
	name := _text(_metadata(i), "name")
	name != ""
}

_misspelt contains [i, ["metadata", "generateName"], "generateName", prefix, fault] if {
	some i in schema.suspects
	prefix := _text(_metadata(i), "generateName")
	prefix != ""
	fault := _prefix_fault(prefix, _text(_metadata(i), "name"))
}

_misspelt contains [i, ["metadata", "namespace"], "namespace", name, spelling.dns_label(name)] if {
	some i in schema.suspects
	name := _text(_metadata(i), "namespace")
	name != ""
}

_misspelt contains [i, array.concat(path, [key]), "label key", key, spelling.label_key(key)] if some [i, path, key, _] in _labels

_misspelt contains [i, array.concat(path, [key]), "label value", value, spelling.label_value(value)] if {
	some [i, path, key, value] in _labels
	is_string(value)
}

_misspelt contains [i, ["metadata", "annotations", key], "annotation key", key, spelling.label_key(lower(key))] if {
	some i in schema.suspects
	some key in object.keys(_annotations(i))
}

_misspelt contains [i, ["metadata", "finalizers", n], "finalizer", name, _finalizer_fault(name)] if {
	some i in schema.suspects
	some n, given in _items(_metadata(i), "finalizers")
	name := _string(given)
}

_misspelt contains [i, array.concat(path, ["key"]), "label key", key, spelling.label_key(key)] if {
	some [i, path, expression] in schema.parts.LabelSelectorRequirement
	key := _text(expression, "key")
	not _missing(i, path, key)
}

_misspelt contains [i, array.concat(path, ["values", n]), "label value", value, spelling.label_value(value)] if {
	some [i, path, expression] in schema.parts.LabelSelectorRequirement
	some n, value in _items(expression, "values")
	is_string(value)
}

_finalizer_fault(name) := fault if {
	fault := spelling.label_key(name)
} else := "has no domain and is none of Kubernetes' own" if {
	not contains(name, "/")
	not name in {"kubernetes", "orphan", "foregroundDeletion"}
}

# The server goes on from the first 58 characters.
_prefix_fault(prefix, name) := fault if {
	fault := spelling.prefix(prefix)
} else := spelling.subdomain(concat("", [substring(prefix, 0, 58), "a"])) if {
	name == ""
}

# It stands there under a name that is none.
_missing(i, path, "") if [i, path] in schema.unfinished

_operators := {"In", "NotIn", "Exists", "DoesNotExist"}

_end_fault(entry) := sprintf("endPort %d has no port to begin with", [entry.endPort]) if {
	object.get(entry, "port", null) == null
} else := sprintf("endPort %d needs a number to begin with, and the port is %s", [entry.endPort, _quoted(entry.port)]) if {
	is_string(entry.port)
} else := sprintf("endPort %d is less than the port, %d", [entry.endPort, entry.port]) if {
	_is_port(entry.endPort)
	is_number(entry.port)
	entry.endPort < entry.port
}

_is_port(number) if {
	number >= 1
	number <= 65535
}

_given(peer) := {field | some field in ["podSelector", "namespaceSelector", "ipBlock"]; not is_null(object.get(peer, field, null))}

_except_fault(inner, outer) := sprintf("the exception %s leaves nothing of the block %s", [inner, outer]) if {
	cidr.includes(inner, outer)
} else := sprintf("the exception %s is not within the block %s", [inner, outer]) if {
	not cidr.includes(outer, inner)
}

_block_fault(text) := [sprintf("the block %s %s", [_quoted(text), fault]), _better_block(text)] if {
	is_string(text)
	fault := cidr.objection(text)
}

_better_block(text) := block if {
	block := cidr.lenient(text)
} else := block if {
	block := cidr.of_host(text)
} else := null

_policy_types contains [i, listed] if {
	some i in schema.suspects
	listed := _items(networkpolicy.written(i), "policyTypes")
	count(listed) > 0
}

# The exceptions with the block that they are left out of, where that is one.
_excepts contains [i, array.concat(path, ["except", n]), block.cidr, except] if {
	some [i, path, block] in schema.parts.IPBlock
	is_string(block.cidr)
	cidr.lenient(block.cidr)
	some n, given in _items(block, "except")
	except := _string(given)
}

# As [policy, path of the mapping, key, value].
_labels contains [i, array.concat(path, ["labels"]), key, value] if {
	some [i, path, given] in schema.parts.ObjectMeta
	some key, value in _members(given, "labels")
}

_labels contains [i, array.concat(path, ["matchLabels"]), key, value] if {
	some [i, path, selector] in schema.parts.LabelSelector
	some key, value in _members(selector, "matchLabels")
}

_metadata(i) := host.metadata(host.object_at(i))

_annotations(i) := _members(_metadata(i), "annotations")

# A list; values of another type are told of as such.
_items(parent, key) := parent[key] if {
	is_object(parent)
	is_array(parent[key])
} else := []

_members(parent, key) := parent[key] if {
	is_object(parent)
	is_object(parent[key])
} else := {}

# The server keeps one of several that are the same.
_without_nulls(mapping) := {key: value | some key, value in mapping; not is_null(value)}

# A string, which is empty where it is not given. Undefined for other types.
_text(parent, key) := _string(object.get(parent, key, null))

_string(null) := ""

_string(value) := value if is_string(value)

_only(values) := value if {
	count(values) == 1
	some value in values
} else := null

_quoted(text) := sprintf("%q", [text]) if {
	count(text) <= 80
} else := sprintf("%q…", [substring(text, 0, 64)])
