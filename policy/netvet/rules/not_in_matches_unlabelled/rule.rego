# METADATA
# title: A peer that excludes a label's values admits what lacks the label
# description: |
#   NotIn holds of every value but those listed, and also where there is no such label at all; DoesNotExist holds there alone. So the peer admits pods, or
#   the pods of namespaces, that nobody ever labelled: whatever is deployed next, and whatever lost its label by a slip.
#   It is the peers' selectors that admit; a policy's own podSelector of this kind isolates unlabelled pods, too, which is the safe side. Not told
#   where something else in the selector asks for the label, nor of labels that every namespace bears.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#set-based-requirement
# custom:
#   severity: note
#   category: correctness
#   scope: object
#   kinds: [NetworkPolicy]
#   needs: [Namespace]
#   after: [rules-without-policy-type, contradictory-selector, namespace-label]
#   guide: []
#   parameters: {}
#   remediation: |
#     Name who is admitted rather than who is not, or ask for the label as well:
#
#     matchExpressions:
#       - key: role
#         operator: Exists
#       - key: role
#         operator: NotIn
#         values: [batch]
package netvet.rules.not_in_matches_unlabelled

import data.lib.netvet.finding
import data.lib.netvet.namespace
import data.lib.netvet.networkpolicy
import data.lib.netvet.selector

metadata := rego.metadata.chain()

violation contains finding.at(i, path, message) if {
	some [i, direction, k, p, selects, label_selector] in networkpolicy.expressive
	some e, expression in label_selector.matchExpressions
	expression.operator in {"NotIn", "DoesNotExist"}
	i in networkpolicy.reviewed
	key := expression.key
	not _everywhere(selects, key)
	not _told(selects, label_selector, expression)
	selector.normal(label_selector)[key].absent
	path := array.concat(networkpolicy.peer_path(direction, k, p), [selects, "matchExpressions", e])
	message := sprintf("%s also holds of %s without the label %s, and admits them", [
		selector.describe({"matchExpressions": [expression]}),
		_lacking[selects],
		key,
	])
}

_lacking := {"podSelector": "pods", "namespaceSelector": "namespaces"}

# That no namespace has the label, namespace-label tells.
_told("namespaceSelector", label_selector, expression) if {
	some name in expression.values
	namespace.unset(expression.key, name)
	namespace.could_match(label_selector, name)
}

_everywhere("namespaceSelector", key) if namespace.everywhere(key)
