# METADATA
# title: The schema of NetworkPolicies
# description: |
#   All fields of networking.k8s.io/v1 NetworkPolicy and their types, and what in an object is of another type or no field at all. Null is good
#   for any type: it means that the field is not given.
package lib.netvet.schema

import data.lib.netvet.host
import data.lib.netvet.likeness
import data.lib.netvet.networkpolicy

# The fields of each mapping, and their types: string, boolean, int32, int64, time, port (a number or name), strings (a mapping of any keys to
# strings), any, the name of another mapping, or a list of these, "[]string".
types := {
	"NetworkPolicy": {"apiVersion": "string", "kind": "string", "metadata": "ObjectMeta", "spec": "NetworkPolicySpec"},
	"ObjectMeta": {
		"name": "string", "generateName": "string", "namespace": "string", "labels": "strings", "annotations": "strings",
		"finalizers": "[]string", "ownerReferences": "[]OwnerReference", "managedFields": "[]ManagedFieldsEntry",
		"uid": "string", "resourceVersion": "string", "generation": "int64", "selfLink": "string",
		"creationTimestamp": "time", "deletionTimestamp": "time", "deletionGracePeriodSeconds": "int64",
	},
	"OwnerReference": {
		"apiVersion": "string", "kind": "string", "name": "string", "uid": "string",
		"controller": "boolean", "blockOwnerDeletion": "boolean",
	},
	"ManagedFieldsEntry": {
		"manager": "string", "operation": "string", "apiVersion": "string", "time": "time",
		"fieldsType": "string", "fieldsV1": "any", "subresource": "string",
	},
	"NetworkPolicySpec": {
		"podSelector": "LabelSelector", "policyTypes": "[]string",
		"ingress": "[]NetworkPolicyIngressRule", "egress": "[]NetworkPolicyEgressRule",
	},
	"NetworkPolicyIngressRule": {"from": "[]NetworkPolicyPeer", "ports": "[]NetworkPolicyPort"},
	"NetworkPolicyEgressRule": {"to": "[]NetworkPolicyPeer", "ports": "[]NetworkPolicyPort"},
	"NetworkPolicyPeer": {"podSelector": "LabelSelector", "namespaceSelector": "LabelSelector", "ipBlock": "IPBlock"},
	"NetworkPolicyPort": {"protocol": "string", "port": "port", "endPort": "int32"},
	"IPBlock": {"cidr": "string", "except": "[]string"},
	"LabelSelector": {"matchLabels": "strings", "matchExpressions": "[]LabelSelectorRequirement"},
	"LabelSelectorRequirement": {"key": "string", "operator": "string", "values": "[]string"},
}

# The policies worth looking at: the host may have seen that there is nothing unusual about the others, or the API server.
suspects := {i | some i in networkpolicy.reviewed; host.suspect(i)} if {
	host.admission
} else := networkpolicy.reviewed & host.unusual

# The mappings that these policies are made of by type, as [policy, path, mapping]. An item that is null is an empty one.
parts := {type: [[i, path, mapping] | some [i, path, of, mapping] in _mappings; of == type] | some type, _ in types}

# Values of another type than the schema's, as [policy, path, type, value].
mistyped contains [i, array.concat(path, [key]), type, value] if {
	some [i, path, of, mapping] in _mappings
	fields := types[of]
	some key, value in mapping
	type := fields[key]
	not type_name(value) in _kinds(type)
}

mistyped contains [i, array.concat(path, [key, n]), type, item] if {
	some [i, path, of, mapping] in _mappings
	some key, list in mapping
	is_array(list)
	startswith(types[of][key], "[]")
	type := trim_prefix(types[of][key], "[]")
	some n, item in list
	not type_name(item) in _kinds(type)
}

mistyped contains [i, array.concat(path, [key, name]), "string", text] if {
	some [i, path, of, mapping] in _mappings
	some key in {"ObjectMeta": ["labels", "annotations"], "LabelSelector": ["matchLabels"]}[of]
	is_object(mapping[key])
	some name, text in mapping[key]
	not type_name(text) in _kinds("string")
}

mistyped contains [i, array.concat(path, [key]), type, value] if {
	some of, number_fields in {"ObjectMeta": ["generation", "deletionGracePeriodSeconds"], "NetworkPolicyPort": ["port", "endPort"]}
	some [i, path, mapping] in parts[of]
	some key in number_fields
	value := mapping[key]
	is_number(value)
	type := types[of][key]
	not _whole(value, _most[type])
}

mistyped contains [i, array.concat(path, [key]), "time", value] if {
	some of, times in {"ObjectMeta": ["creationTimestamp", "deletionTimestamp"], "ManagedFieldsEntry": ["time"]}
	some [i, path, mapping] in parts[of]
	some key in times
	value := mapping[key]
	is_string(value)
	not regex.match(_time, value)
}

# Keys that are no fields, in what somebody wrote, as [policy, path of the mapping, its type, key].
unknown contains [i, path, of, key] if {
	some [i, path, of, mapping] in _mappings
	some key in (object.keys(mapping) - object.keys(types[of]))
	host.source(host.object_at(i))
}

# Mappings that lack what such a key was meant for, as [policy, path]: those that hold it, and of ports in a peer the rule.
unfinished := {[i, path] | some [i, path, _, _] in unknown} | {[i, array.slice(path, 0, 3)] |
	some [i, path, "NetworkPolicyPeer", key] in unknown
	key in {"ports", "port", "protocol", "endPort"}
}

# The rules in which there is such a mapping, as [policy, direction, number].
unfinished_rules := {[i, direction, path[2]] |
	some [i, path] in unfinished
	count(path) > 2
	some direction, keys in networkpolicy.directions
	path[1] == keys.rules
}

# Fields that a policy's spec or metadata lacks because they stand elsewhere, or under a name that is none, as [policy, field].
astray contains [i, key] if {
	some [i, _, place, key] in unknown
	place in {"NetworkPolicy", "ObjectMeta"}
	types.NetworkPolicySpec[key]
}

astray contains [i, key] if {
	some [i, _, "NetworkPolicy", key] in unknown
	types.ObjectMeta[key]
}

astray contains [i, "policyTypes"] if some [i, _, _, "policyTypes"] in unknown

astray contains [i, "podSelector"] if {
	some [i, _, "NetworkPolicySpec", key] in unknown
	types.LabelSelector[key]
}

astray contains [i, meant(place, key)] if {
	some [i, _, place, key] in unknown
	place in {"NetworkPolicySpec", "ObjectMeta"}
}

# The field of a mapping that such a key was meant for, if it is not one of another mapping.
meant(place, key) := field if {
	field := _synonyms[place][key]
} else := likeness.nearest(key, object.keys(types[place]))

# Names of the same thing in other places.
_synonyms := {
	"NetworkPolicySpec": {"selector": "podSelector", "endpointSelector": "podSelector", "types": "policyTypes"},
	"NetworkPolicyPort": {"number": "port", "targetPort": "port", "containerPort": "port"},
	"IPBlock": {"exclude": "except", "block": "cidr"},
	"LabelSelector": {"labels": "matchLabels"},
	"LabelSelectorRequirement": {"op": "operator", "label": "key"},
}

# Level by level, since Rego has no recursion.
_mappings := [row | some level in [_policies, _metadata_and_spec, _rules, _peers, _selectors, _requirements]; some row in level]

_policies := [[i, [], "NetworkPolicy", host.object_at(i)] | some i in suspects]

_metadata_and_spec := _below(_policies)

_rules := _below(_metadata_and_spec)

_peers := _below(_rules)

_selectors := _below(_peers)

_requirements := _below(_selectors)

_below(mappings) := array.concat(
	[[i, array.concat(path, [key]), type, value] |
		some [i, path, of, mapping] in mappings
		some key, value in mapping
		is_object(value)
		type := types[of][key]
		types[type]
	],
	[[i, array.concat(path, [key, n]), type, value] |
		some [i, path, of, mapping] in mappings
		some key, list in mapping
		is_array(list)
		startswith(types[of][key], "[]")
		type := trim_prefix(types[of][key], "[]")
		types[type]
		some n, item in list
		value := _item(item)
		is_object(value)
	],
)

_item(value) := {} if {
	is_null(value)
} else := value

# What a type looks like in JSON.
_kinds(type) := {"array", "null"} if {
	startswith(type, "[]")
} else := object.get(
	{
		"string": {"string", "null"},
		"time": {"string", "null"},
		"boolean": {"boolean", "null"},
		"int32": {"number", "null"},
		"int64": {"number", "null"},
		"port": {"number", "string", "null"},
		"any": {"object", "array", "string", "number", "boolean", "null"},
	},
	type, {"object", "null"},
)

_whole(number, most) if {
	floor(number) == number
	number <= most
	number >= -1 - most
}

_most := {"int32": 2147483647, "port": 2147483647, "int64": 9223372036854775807}

# RFC 3339, the days that each month has included, as Go reads it.
_time := sprintf("^(%s)T%s$", [
	concat("|", [
		`[0-9]{4}-(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])`,
		`[0-9]{4}-(0[469]|11)-(0[1-9]|[12][0-9]|30)`,
		`[0-9]{4}-02-(0[1-9]|1[0-9]|2[0-8])`,
		`([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29`,
	]),
	`([01]?[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.,][0-9]+)?(Z|[+-]([01][0-9]|2[0-4]):[0-5][0-9])`,
])
