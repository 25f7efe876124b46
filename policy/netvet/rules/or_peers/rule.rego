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

import data.lib.netvet.dns
import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.namespace
import data.lib.netvet.networkpolicy
import data.lib.netvet.pair
import data.lib.netvet.selection
import data.lib.netvet.workload

metadata := rego.metadata.chain()

violation contains finding.mended(finding.graded(i, path, message, severity), _fix(severity, path, meant)) if {
	some r in (networkpolicy.of_namespaces - networkpolicy.of_pods)
	[i, direction, k, _, _] := networkpolicy.selecting[r]
	i in networkpolicy.reviewed
	rule := networkpolicy.all[i].rules[direction][k]
	count(rule.peers) == 2
	{object.keys(peer) | some peer in rule.peers; is_object(peer)} == {{"namespaceSelector"}, {"podSelector"}}
	policy := networkpolicy.all[i]
	[meant, severity, why] := _meant(rule, policy.namespace)
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

# The two as one peer, how grave it is, and what says so.
_meant(rule, policy_namespace) := [meant, "error", ""] if {
	meant := _certain(rule, policy_namespace)
} else := [meant, severity, why] if {
	meant := pair.in_order(rule)
	not _dns_elsewhere(rule, meant)
	[severity, why] := _grade(meant.namespaceSelector, meant.podSelector, policy_namespace)
}

_certain(rule, policy_namespace) := meant if {
	meant := dns.apart(rule, policy_namespace)
} else := pair.known(rule, policy_namespace)

# Together they are not DNS either, as is told at the peer.
_dns_elsewhere(rule, meant) if {
	dns.intended(rule)
	count(dns.labelled(meant)) > 0
}

# What is meant goes by the pods in sight. A fragment does not show them.
_grade(namespaces, pods, policy_namespace) := [_with_pods_in_sight, why] if {
	seen := _seen(namespaces, pods)
	count(seen) > 0
	_alternative_missing(namespaces, pods, policy_namespace)
	why := sprintf("; the pods in sight with these labels are those of %s", [workload.describe(seen)])
} else := ["warning", ""] if {
	host.sight != "fragment"
	_alternative_missing(namespaces, pods, policy_namespace)
}

# Admission sees pods in any order.
_with_pods_in_sight := "warning" if {
	host.admission
} else := "error"

# The second item admits nobody in sight whom the first leaves out.
_alternative_missing(_, pods, policy_namespace) if count(selection.pods([policy_namespace, pods])) == 0

_alternative_missing(namespaces, _, policy_namespace) if namespace.matches(namespaces, policy_namespace)

_seen(namespaces, pods) := {i |
	host.sight == "set"
	some name, _ in workload.in_namespace
	namespace.means(namespaces, name)
	some i in selection.pods([name, pods])
}
