# METADATA
# title: Two peers admit more than the one that was meant
# description: |
#   A list of peers holds an item that selects namespaces and, right after it, an item that selects pods. Items are alternatives: the first admits
#   every pod of those namespaces, and the second looks for its pods in the policy's own namespace only. One item with both selectors admits the pods
#   of those namespaces that carry the labels. A dash too many makes the difference.
#
#   Certain where the pods are known to run in that namespace, such as the cluster's DNS, or where only that namespace has pods of these labels.
#   Not told where both were meant: the second item selects every pod of the policy's own namespace or pods that are in sight there, or the list has
#   other items.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors
# custom:
#   severity: error
#   category: correctness
#   scope: object
#   kinds: [NetworkPolicy]
#   needs: [Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob, Namespace]
#   after: [rules-without-policy-type]
#   guide: [pattern 2, pattern 3, pattern 5, pattern 7, mistake 1]
#   parameters: {}
#   remediation: |
#     Make it one item, without a dash before the podSelector:
#
#     - namespaceSelector:
#         matchLabels:
#           kubernetes.io/metadata.name: kube-system
#       podSelector:
#         matchLabels:
#           k8s-app: kube-dns
package netvet.rules.or_peers

import data.lib.netvet.finding
import data.lib.netvet.halves
import data.lib.netvet.namespace
import data.lib.netvet.networkpolicy
import data.lib.netvet.selection

metadata := rego.metadata.chain()

violation contains finding.mended(finding.graded(i, path, message, severity), _fix(severity, path, meant)) if {
	some r in (networkpolicy.of_namespaces - networkpolicy.of_pods)
	[i, direction, k, _, _] := networkpolicy.selecting[r]
	i in networkpolicy.reviewed
	rule := networkpolicy.judged[i].rules[direction][k]
	count(rule.peers) == 2
	{object.keys(peer) | some peer in rule.peers; is_object(peer)} == {{"namespaceSelector"}, {"podSelector"}}
	policy := networkpolicy.judged[i]
	[meant, severity, why] := halves.of(rule, policy.namespace)
	peers := networkpolicy.directions[direction].peers
	path := array.concat(networkpolicy.path(direction, k), [peers, 1])
	message := sprintf("two peers, not one: admits traffic %s every pod in %s, and %s %s%s", [
		peers,
		namespace.describe(meant.namespaceSelector),
		peers,
		selection.describe([policy.namespace, meant.podSelector]),
		why,
	])
}

# Sure of it, the one peer in place of the two.
_fix("error", path, meant) := [
	{"op": "remove", "path": path},
	{"op": "replace", "path": array.concat(array.slice(path, 0, count(path) - 1), [0]), "value": meant},
]

_fix("warning", _, _) := []
