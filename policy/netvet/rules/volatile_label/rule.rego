# METADATA
# title: A selector asks for a label that changes with every release
# description: |
#   Controllers label pods with the hash of their template or revision, or with an identifier of their own, and charts with their version. The
#   next rollout, the next run of a Job or the next release of the chart gives another value, and the selector matches nothing any more: a policy's
#   podSelector leaves the pods open, a peer's admits nobody.
#   `statefulset.kubernetes.io/pod-name`, which a pod keeps, draws nothing, nor does asking whether a label is there at all.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#pod-template-hash-label
#   - ref: https://helm.sh/docs/chart_best_practices/labels/
# custom:
#   severity: warning
#   category: correctness
#   scope: object
#   kinds: [NetworkPolicy]
#   needs: []
#   after: [rules-without-policy-type]
#   guide: []
#   parameters: {}
#   remediation: |
#     Select by labels that stay, such as those of the workload's own selector:
#
#     matchLabels:
#       app.kubernetes.io/name: web
#       app.kubernetes.io/instance: shop
package netvet.rules.volatile_label

import data.lib.netvet.finding
import data.lib.netvet.networkpolicy

metadata := rego.metadata.chain()

violation contains finding.at(i, array.concat(path, place), message) if {
	some [i, path, place, key, effect] in _asked
	i in networkpolicy.reviewed
	message := sprintf("%s has another value with each %s: then %s", [key, _causes[key], effect])
}

# What gives the label another value.
_causes := {
	"batch.kubernetes.io/controller-uid": "run of the Job",
	"chart": "version of the chart",
	"controller-revision-hash": "rollout",
	"controller-uid": "run of the Job",
	"helm.sh/chart": "version of the chart",
	"pod-template-generation": "rollout",
	"pod-template-hash": "rollout",
}

_asked := {[i, path, place, key, effect] |
	some [i, label_selector, path, effect] in _selectors
	some key, value in label_selector.matchLabels
	_varies(key, value)
	place := ["matchLabels", key]
} | {[i, path, place, expression.key, effect] |
	some [i, label_selector, path, effect] in _selectors
	some e, expression in label_selector.matchExpressions
	some value in expression.values
	_varies(expression.key, value)
	place := ["matchExpressions", e]
}

# Before there was helm.sh/chart, charts called the label by a word that others use, too.
_varies(key, _) if {
	_causes[key]
	key != "chart"
}

_varies("chart", value) if {
	is_string(value)
	regex.match(`-[0-9]+\.[0-9]+`, value)
}

# Those that might ask for such a label.
_selectors := array.concat(
	[[i, networkpolicy.all[i].selector, ["spec", "podSelector"], "the policy selects none of its pods"] | some i in _own],
	[[i, label_selector, array.concat(networkpolicy.peer_path(direction, k, p), [selects]), "the peer admits nobody"] |
		some [i, direction, k, p, selects, label_selector] in array.concat(networkpolicy.expressive, _of_peers)
	],
)

_own := {i | _ := networkpolicy.all[i].selector.matchLabels[key]; _causes[key]} | {i | networkpolicy.all[i].selector.matchExpressions}

_of_peers := [array.concat(array.slice(row, 0, 4), [selects, row[4][selects]]) |
	some r, selects
	_ := networkpolicy.selecting[r][4][selects].matchLabels[key]
	_causes[key]
	selects in {"podSelector", "namespaceSelector"}
	row := networkpolicy.selecting[r]
]
