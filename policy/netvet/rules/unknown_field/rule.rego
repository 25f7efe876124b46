# METADATA
# title: A field that NetworkPolicy does not have
# description: |
#   The schema of networking.k8s.io/v1 NetworkPolicy has no such field there: it is misspelt, stands at the wrong level, or comes from another
#   kind of policy. kubectl refuses the file, unless it is told not to validate; then, and where a tool applies it that does not ask for
#   validation, the API server drops the field, and what is left often allows more. `ports` in a peer leaves the rule open on all ports; labels
#   straight below podSelector, without matchLabels, select every pod.
#   A warning tells of a field that says nothing: one without a value, and `status`, which older servers gave.
#   Only the text that somebody wrote is judged: what is read from a cluster has no such fields any more.
# related_resources:
#   - ref: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/
#   - ref: https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation
# custom:
#   severity: error
#   category: validity
#   scope: source
#   kinds: [NetworkPolicy]
#   needs: []
#   after: [rejected-by-api-server]
#   guide: []
#   parameters: {}
#   remediation: |
#     Spell the field as the API does and indent it below the one that it belongs to, or remove what NetworkPolicies cannot say.
#     `kubectl explain networkpolicy.spec --recursive` lists the fields.
package netvet.rules.unknown_field

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.schema

metadata := rego.metadata.chain()

violation contains _mended(finding.graded(i, array.concat(path, [key]), message, severity), fix) if {
	some [i, path, place, key] in schema.unknown
	meant := _meant(place, key)
	effect := _effect(i, path, key, meant[1])
	message := sprintf("%s is no field of %s%s: kubectl refuses it; where it is dropped, %s", [key, _names[place], meant[0], effect])
	severity := _severity(i, path, key)
	fix := _fix(i, path, place, key)
}

_severity(i, path, key) := "warning" if {
	_worthless(i, path, key)
} else := "error"

_mended(fault, []) := fault

_mended(fault, fix) := finding.mended(fault, fix) if count(fix) > 0

_names := {
	"NetworkPolicy": "the object",
	"ObjectMeta": "metadata",
	"NetworkPolicySpec": "spec",
	"NetworkPolicyIngressRule": "an ingress rule",
	"NetworkPolicyEgressRule": "an egress rule",
	"NetworkPolicyPeer": "a peer",
	"NetworkPolicyPort": "a port",
	"IPBlock": "an ipBlock",
	"LabelSelector": "a label selector",
	"LabelSelectorRequirement": "an expression",
	"OwnerReference": "an owner reference",
	"ManagedFieldsEntry": "managed fields",
}

# What the field was meant to be, and what its loss does.
_meant(place, key) := [sprintf(", but of %s", [home]), effect] if {
	[home, effect] := _misplaced[place][key]
} else := [sprintf("; %s is", [field]), object.get(_losses, [place, field], _lost)] if {
	field := schema.meant(place, key)
} else := [", whose labels stand below matchLabels", _wider] if {
	place == "LabelSelector"
} else := ["", _lost]

_lost := "what it says is lost"

# What else there is may hold the rule together.
_effect(i, path, key, effect) := "nothing is lost" if {
	_worthless(i, path, key)
} else := "the selector is empty and selects everything" if {
	effect == _wider
	every field in ["matchLabels", "matchExpressions"] { object.get(_parent(i, path), field, null) in {null, [], {}} }
} else := "the other peers of the rule are admitted" if {
	effect == _all_peers
	count(_rule(i, path)[{"ingress": "from", "egress": "to"}[path[1]]]) > 0
} else := "the other ports of the rule are admitted" if {
	effect == _all_ports
	count(_rule(i, path).ports) > 0
} else := "the podSelector that is there holds" if {
	effect == _every_pod
	host.resources[i].spec.podSelector != null
} else := effect

_rule(i, path) := _parent(i, array.slice(path, 0, 3))

# What each field's absence does.
_losses := {
	"NetworkPolicySpec": {
		"podSelector": _every_pod,
		"policyTypes": "the directions are those that the rules imply",
		"ingress": "nothing is admitted by these rules",
		"egress": "nothing is admitted by these rules",
	},
	"NetworkPolicyIngressRule": {"from": _all_peers, "ports": _all_ports},
	"NetworkPolicyEgressRule": {"to": _all_peers, "ports": _all_ports},
	"NetworkPolicyPort": {
		"port": "all ports of the protocol are admitted",
		"protocol": "the port is one of TCP",
		"endPort": "only the first port of the range is admitted",
	},
	"IPBlock": {"cidr": "the block is empty and refused", "except": "nothing is left out of the block"},
	"LabelSelector": {"matchLabels": _wider, "matchExpressions": _wider},
	"NetworkPolicyPeer": {
		"podSelector": "the peer is every pod of the namespaces that are left, or empty and refused",
		"namespaceSelector": "the peer is looked for in the policy's own namespace, or empty and refused",
		"ipBlock": "the peer is empty and refused",
	},
}

_every_pod := "the policy selects every pod of its namespace"

_all_peers := "the rule admits all peers"

_all_ports := "the rule admits all ports"

_wider := "the selector asks for less than is meant and selects more"

_misplaced := {
	"NetworkPolicy": object.union(
		{field: ["spec", effect] | some field, effect in _losses.NetworkPolicySpec},
		{field: ["metadata", _lost] | some field in ["name", "namespace", "labels", "annotations"]},
	),
	"ObjectMeta": {field: ["spec", effect] | some field, effect in _losses.NetworkPolicySpec},
	"NetworkPolicySpec": {
		"from": ["a rule below ingress", "no rule admits these peers"],
		"to": ["a rule below egress", "no rule admits these peers"],
		"ports": ["a rule below ingress or egress", "no rule has these ports"],
		"namespaceSelector": ["a peer below from or to", "the policy holds for the pods of its own namespace, as every policy does"],
		"ipBlock": ["a peer below from or to", "no rule admits these addresses"],
		"matchLabels": ["podSelector", _every_pod],
		"matchExpressions": ["podSelector", _every_pod],
	},
	"NetworkPolicyIngressRule": _in_rule("from", "ingress", {"to": ["the rules of egress", _all_peers]}),
	"NetworkPolicyEgressRule": _in_rule("to", "egress", {"from": ["the rules of ingress", _all_peers]}),
	"NetworkPolicyPeer": object.union(
		{field: ["the rule that holds it", _all_ports] | some field in ["ports", "port", "protocol", "endPort"]},
		{
			"matchLabels": ["podSelector or namespaceSelector", "the peer selects more, or is empty and refused"],
			"matchExpressions": ["podSelector or namespaceSelector", "the peer selects more, or is empty and refused"],
			"namespace": _by_name,
			"namespaces": _by_name,
			"cidr": ["ipBlock", "the peer is empty and refused"],
			"except": ["ipBlock", "nothing is left out"],
			"from": ["a rule", _all_peers],
			"to": ["a rule", _all_peers],
		},
	),
	"LabelSelector": {"namespaceSelector": ["the peer that holds it", "the peer is looked for in the policy's own namespace"]},
}

_by_name := ["a namespaceSelector, by the label kubernetes.io/metadata.name", "the peer is looked for in the policy's own namespace"]

_in_rule(peers, direction, other) := object.union_n([
	{field: [sprintf("a peer below %s", [peers]), _all_peers] | some field in ["podSelector", "namespaceSelector", "ipBlock"]},
	{field: ["an item of ports", _all_ports] | some field in ["port", "protocol", "endPort"]},
	{"policyTypes": ["spec", _losses.NetworkPolicySpec.policyTypes], "matchLabels": ["podSelector", _all_peers], direction: ["spec", _lost]},
	other,
])

# What mends it, where that is certain; else nothing.
_fix(i, path, place, key) := [{"op": "remove", "path": array.concat(path, [key])}] if {
	_worthless(i, path, key)
} else := _moved(path, key, array.concat([home], [key]), _parent(i, path)[key]) if {
	# Beside spec, or in metadata, for want of indentation.
	home := _misplaced[place][key][0]
	count(path) < 2
	is_object(host.resources[i][home])
	_absent(host.resources[i][home], key)
} else := _moved(path, key, ["spec", "podSelector"], {key: _parent(i, path)[key]}) if {
	# Labels beside the selector that they belong to.
	place == "NetworkPolicySpec"
	{field | some field, _ in _parent(i, path); schema.types.LabelSelector[field]} == {key}
	object.get(_parent(i, path), "podSelector", null) == null
} else := _moved(path, key, array.concat(path, [field]), _of_type(type, _parent(i, path)[key])) if {
	not _misplaced[place][key]
	field := schema.meant(place, key)
	_absent(_parent(i, path), field)
	type := schema.types[place][field]
} else := _moved(path, key, array.concat(rule, [key]), _parent(i, path)[key]) if {
	# The only peer of its rule, of which something is left.
	place == "NetworkPolicyPeer"
	key == "ports"
	count(_parent(i, path)) > 1
	rule := array.slice(path, 0, count(path) - 2)
	count(_parent(i, array.slice(path, 0, count(path) - 1))) == 1
	_absent(_parent(i, rule), "ports")
} else := _moved(path, key, array.concat(path, [peers]), [{key: _parent(i, path)[key]}]) if {
	peers := {"NetworkPolicyIngressRule": "from", "NetworkPolicyEgressRule": "to"}[place]
	given := {field | some field in ["podSelector", "namespaceSelector", "ipBlock"]; not _absent(_parent(i, path), field)}
	given == {key}
	_absent(_parent(i, path), peers)
} else := _moved(path, key, array.concat(path, ["matchLabels"]), {key: _parent(i, path)[key]}) if {
	place == "LabelSelector"
	is_string(_parent(i, path)[key])
	object.keys(_parent(i, path)) - {"matchExpressions"} == {key}
} else := []

_worthless(i, path, key) if is_null(_parent(i, path)[key])

# Servers before 1.28 gave policies a status, which nothing reads.
_worthless(_, [], "status")

_moved(path, key, to, value) := [
	{"op": "remove", "path": array.concat(path, [key])},
	{"op": "add", "path": to, "value": value},
]

# One item where a list belongs.
_of_type(type, value) := [value] if {
	startswith(type, "[]")
	not is_array(value)
} else := value

_parent(i, path) := object.get(host.resources[i], path, null)

_absent(mapping, key) if not key in object.keys(mapping)
