# METADATA
# title: Without a podSelector the policy selects every pod
# description: |
#   A spec that lacks `podSelector` is valid: the policy then selects every pod of its namespace. So a policy that was written for one application
#   isolates all of them.
#
#   `podSelector: {}` says that every pod is meant and draws nothing, nor does `podSelector:` without a value. A selector that is misspelt, or stands beside
#   `spec`, or whose labels stand directly below `spec`, is told by unknown-field. Objects without a spec, such as what tests expect, and those read from
#   a cluster are not judged.
# related_resources:
#   - ref: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/#NetworkPolicySpec
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-resource
# custom:
#   severity: error
#   category: correctness
#   scope: source
#   kinds: [NetworkPolicy]
#   needs: []
#   after: [unknown-field]
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
import data.lib.netvet.schema
import data.lib.netvet.selection

metadata := rego.metadata.chain()

violation contains finding.at(i, ["spec", "podSelector"], message) if {
	some i in networkpolicy.reviewed
	spec := networkpolicy.written(i)
	not "podSelector" in object.keys(spec)
	host.resources[i].spec == spec
	host.source(host.resources[i])
	not [i, "podSelector"] in schema.astray
	message := sprintf("there is no podSelector in spec: the policy selects %s", [selection.describe(networkpolicy.all[i].group)])
}
