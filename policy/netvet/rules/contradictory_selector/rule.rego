# METADATA
# title: A selector that nothing can match
# description: |
#   All that `matchLabels` and `matchExpressions` ask for must hold together. Here they ask for what excludes each other, such as a label that has one
#   value and is not among others that hold it, or is there and is not. As the podSelector of a policy it leaves the policy without pods; as a peer's it
#   admits nobody.
#   What the API server refuses is told elsewhere.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#resources-that-support-set-based-requirements
# custom:
#   severity: error
#   category: correctness
#   scope: object
#   kinds: [NetworkPolicy]
#   needs: []
#   after: [rules-without-policy-type]
#   guide: []
#   parameters: {}
#   remediation: |
#     Take out one of the requirements. For one of several values of a label write a single expression:
#
#     matchExpressions:
#       - key: app
#         operator: In
#         values: [web, api]
package netvet.rules.contradictory_selector

import data.lib.netvet.finding
import data.lib.netvet.networkpolicy
import data.lib.netvet.selector

metadata := rego.metadata.chain()

violation contains finding.at(i, path, message) if {
	some [i, path, label_selector, effect] in _selectors
	i in networkpolicy.reviewed
	selector.contradictory(label_selector)
	selector.valid(label_selector)
	keys := {expression.key | some expression in label_selector.matchExpressions}
	conflicts := [selector.describe(part) | some key in keys; part := selector.about(label_selector, key); selector.contradictory(part)]
	message := sprintf("nothing can match %s, so the %s", [concat(" and ", conflicts), effect])
}

# Without expressions nothing is excluded.
_selectors contains [i, ["spec", "podSelector"], label_selector, "policy selects no pod"] if {
	some i
	_ := networkpolicy.all[i].selector.matchExpressions[0]
	label_selector := networkpolicy.all[i].selector
}

_selectors contains [i, path, label_selector, "peer admits nobody"] if {
	some [i, direction, k, p, key, label_selector] in networkpolicy.expressive
	path := array.concat(networkpolicy.peer_path(direction, k, p), [key])
}
