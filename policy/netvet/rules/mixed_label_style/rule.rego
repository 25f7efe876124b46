# METADATA
# title: The selectors of a namespace know one thing by several labels
# description: |
#   Some policies of the namespace select pods by `app`, others by `app.kubernetes.io/name`. A pod that carries one of the two is selected by half of
#   the policies, and a rule that was copied from the neighbour admits nobody. The same holds for the other labels that Kubernetes recommends and their
#   shorter forerunners: component, instance (release), part-of and version.
#   Counted are the policies' own podSelectors and those of peers in the same namespace. One finding tells of a namespace and a label, at its Namespace
#   object, else at its first policy.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
# custom:
#   severity: note
#   category: practice
#   scope: namespace
#   kinds: [Namespace, NetworkPolicy]
#   needs: []
#   after: []
#   guide: [practice 2]
#   parameters: {}
#   remediation: |
#     Choose one, give it to all pods of the namespace, and select by it alone:
#
#     podSelector:
#       matchLabels:
#         app.kubernetes.io/name: orders
package netvet.rules.mixed_label_style

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.namespace
import data.lib.netvet.networkpolicy

metadata := rego.metadata.chain()

violation contains finding.at(i, ["metadata", "name"], message) if {
	host.sight != "fragment"
	namespace.may_anchor # for speed
	some [name, _], keys in _keys
	count(keys) > 1
	i := namespace.anchor(name)
	i in host.reviewed
	message := sprintf("selectors in namespace %s know one thing by several labels: %s", [
		name,
		concat(", ", sort([sprintf("%s in %s", [key, networkpolicy.describe(_policies[[name, key]])]) | some key in keys])),
	])
}

# Labels for one thing: those that Kubernetes recommends, and what people write instead.
_meanings := {
	"app": "name",
	"app.kubernetes.io/name": "name",
	"component": "component",
	"app.kubernetes.io/component": "component",
	"instance": "instance",
	"release": "instance",
	"app.kubernetes.io/instance": "instance",
	"part-of": "part-of",
	"app.kubernetes.io/part-of": "part-of",
	"version": "version",
	"app.kubernetes.io/version": "version",
}

_keys := {place: {row[1] | some row in _rows; row[0] == place} | some place in {row[0] | some row in _rows}}

_rows := {[[name, _meanings[key]], key] | some [name, key] in {[networkpolicy.all[i].namespace, key] | some [i, key] in _uses}}

# The policies, by index, that use a key in a namespace. Few namespaces ask.
_policies := {place: {row[1] | some row in _policy_rows; row[0] == place} | some place in {row[0] | some row in _policy_rows}}

_policy_rows := [[[networkpolicy.all[i].namespace, key], i] | some [i, key] in _uses]

_uses := array.flatten([
	[[i, key] | some i; networkpolicy.all[i].selector.matchLabels[key]; _meanings[key]],
	[[i, key] | some i; key := networkpolicy.all[i].selector.matchExpressions[_].key; _meanings[key]],
	[[_selecting[r][0], key] | some r in _own; _selecting[r][4].podSelector.matchLabels[key]; _meanings[key]],
	[[_selecting[r][0], key] | some r in _own; key := _selecting[r][4].podSelector.matchExpressions[_].key; _meanings[key]],
])

# The peers, by row, in the policies' own namespaces.
_own := {r | some r; _ := _selecting[r][4].podSelector} - {r | some r; _ := _selecting[r][4].namespaceSelector}

_selecting := networkpolicy.selecting_in(networkpolicy.all)
