# METADATA
# title: Without a podSelector the policy selects every pod
# description: |
#   A spec that lacks `podSelector` is valid: the policy then selects every pod of its namespace. Mostly the selector is there and stands at the
#   wrong depth, where the API server drops it: its labels directly below `spec`, or the whole of it beside `spec` or in a rule. So a policy for one
#   application isolates all of them.
#
#   `podSelector: {}` says that every pod is meant and draws nothing, nor does `podSelector:` without a value, unless its labels are at the wrong depth.
#   Objects without a spec, such as what tests expect, and those read from a cluster are not judged.
# related_resources:
#   - ref: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/#NetworkPolicySpec
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-resource
# custom:
#   severity: error
#   category: correctness
#   scope: source
#   kinds: [NetworkPolicy]
#   needs: []
#   after: []
#   guide: []
#   parameters: {}
#   remediation: |
#     Name the pods in spec:
#
#     spec:
#       podSelector:
#         matchLabels:
#           app: web
#
#     If every pod is meant, say so: podSelector: {}
package netvet.rules.missing_pod_selector

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.networkpolicy
import data.lib.netvet.selection

metadata := rego.metadata.chain()

violation contains finding.mended(finding.at(i, ["spec", "podSelector"], message), _fix(elsewhere)) if {
	some i in networkpolicy.reviewed
	spec := networkpolicy.written(i)
	object.get(spec, "podSelector", null) == null
	host.resources[i].spec == spec
	host.source(host.resources[i])
	elsewhere := array.concat(_bare(spec), _misplaced(i))
	_amiss(spec, elsewhere)
	message := sprintf("there is no podSelector in spec%s: the policy selects %s", [
		_but(elsewhere),
		selection.describe(networkpolicy.all[i].group),
	])
}

# A podSelector without a value is meant to be empty, unless what belongs below it is elsewhere.
_amiss(spec, _) if not "podSelector" in object.keys(spec)

_amiss(_, elsewhere) if elsewhere != []

# Selectors at the wrong depth: where, what they say, and what to take away there.
_bare(spec) := [{"at": ["spec", min(object.keys(found))], "selector": found, "paths": [["spec", key] | some key, _ in found]} |
	found := {key: spec[key] | some key in ["matchLabels", "matchExpressions"]}
	found != {}
]

_misplaced(i) := [{"at": path, "selector": found, "paths": [path]} |
	some parent in array.concat([[], ["metadata"]], [networkpolicy.path(direction, k) | some direction, k; networkpolicy.all[i].rules[direction][k]])
	path := array.concat(parent, ["podSelector"])
	found := object.get(host.resources[i], path, null)
	is_object(found)
]

_but([]) := ""

_but(elsewhere) := sprintf(", but at %s", [finding.place(elsewhere[0].at)]) if elsewhere != []

# The only one that there is can be meant.
_fix(elsewhere) := array.concat(
	[{"op": "remove", "path": path} | some path in elsewhere[0].paths],
	[{"op": "add", "path": ["spec", "podSelector"], "value": elsewhere[0].selector}],
) if {
	count(elsewhere) == 1
} else := []
