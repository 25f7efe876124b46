# METADATA
# title: A namespace is selected by a label that Kubernetes does not set
# description: |
#   A namespaceSelector asks for `name`, `ns`, `namespace` or `kubernetes.io/name`, as if every namespace carried its name there. The API server
#   sets only `kubernetes.io/metadata.name`. Unless somebody labels the namespace, the peer admits nothing of it; and where NotIn should leave it out,
#   it is admitted.
#
#   Certain where the Namespace is in sight without the label. Not told where a Namespace in sight carries it.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#targeting-a-namespace-by-its-name
#   - ref: https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name
# custom:
#   severity: error
#   category: correctness
#   scope: workloads
#   kinds: [NetworkPolicy]
#   needs: [Namespace]
#   after: [rules-without-policy-type]
#   guide: [pattern 1, pattern 2, pattern 3, pattern 5, pattern 7, pattern 8, mistake 1]
#   parameters: {}
#   remediation: |
#     Select the namespace by the label that the API server sets:
#
#     namespaceSelector:
#       matchLabels:
#         kubernetes.io/metadata.name: kube-system
package netvet.rules.namespace_label

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.namespace
import data.lib.netvet.networkpolicy

metadata := rego.metadata.chain()

violation contains finding.mended(finding.graded(i, array.concat(path, place), message, severity), fix) if {
	host.sight != "fragment"
	some label_selector in networkpolicy.namespace_selectors
	some [place, operator, labels] in _faults(label_selector)
	[severity, fact] := _graded(labels)
	some [i, direction, k, p, _] in networkpolicy.by_namespace_selector[label_selector]
	i in networkpolicy.reviewed
	path := array.concat(networkpolicy.peer_path(direction, k, p), ["namespaceSelector"])
	fix := _fix(path, place, label_selector, labels)
	message := sprintf("%s the peer matches %s", [fact, _effect[operator]])
}

# The label that the API server sets, in place of the one that it does not.
_fix(path, place, label_selector, labels) := [
	{"op": "remove", "path": array.concat(path, place)},
	{"op": "add", "path": array.concat(path, ["matchLabels", namespace.name_label]), "value": name},
] if {
	place[0] == "matchLabels"
	not label_selector.matchLabels[namespace.name_label]
	some [_, name] in labels
} else := [{"op": "replace", "path": array.concat(path, array.concat(place, ["key"])), "value": namespace.name_label}] if {
	place[0] == "matchExpressions"
	count(object.get(label_selector, array.concat(place, ["values"]), [])) == count(labels)
} else := []

# What is wrong with a selector: where in it, how it asks, and for which labels.
_faults(label_selector) := {[place, operator, labels] |
	some [place, operator, asked] in _requirements(label_selector)
	labels := {[key, value] | some [key, value] in asked; namespace.unset(key, value); _matters(operator, label_selector, value)}
	count(labels) > 0
}

_requirements(label_selector) := {[["matchLabels", key], "In", {[key, value]}] |
	some key, value in label_selector.matchLabels
} | {[["matchExpressions", j], expression.operator, {[expression.key, value] | some value in expression.values}] |
	some j, expression in label_selector.matchExpressions
}

_matters("In", _, _)

# What else the selector asks for may leave the namespace out all the same.
_matters("NotIn", label_selector, name) if namespace.could_match(label_selector, name)

_graded(labels) := ["error", sprintf("there is %s, so", [_listed(seen)])] if {
	seen := {[key, name] | some [key, name] in labels; namespace.seen(name)}
	count(seen) > 0
} else := ["warning", sprintf("Kubernetes sets %s, so unless somebody else does,", [_listed(labels)])]

_listed(labels) := concat(", ", [sprintf("no label %s=%s on namespace %s", [key, name, name]) | some [key, name] in labels])

_effect := {"In": "no pod there", "NotIn": "the pods there all the same"}
