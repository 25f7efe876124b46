# METADATA
# title: A policy selects none of the pods in sight
# description: |
#   The podSelector matches no pod template of the namespace, so the policy isolates nobody and admits nothing. Often a label is misspelt, or stands on the
#   Deployment itself and not on the template of its pods, or has another key there.
#   Told only where workloads of the namespace are in sight. Not told where an object of an operator's own kind bears the label or has it for a name: its pods
#   are made later. Nor where the selector asks for labels that controllers give pods as they make them.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-resource
#   - ref: https://kubernetes.io/docs/concepts/workloads/pods/#pod-templates
# custom:
#   severity: warning
#   category: correctness
#   scope: workloads
#   kinds: [NetworkPolicy]
#   needs: [Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob]
#   after: [contradictory-selector, volatile-label]
#   guide: []
#   parameters: {}
#   remediation: |
#     Select the pods by labels of their template. For
#
#     kind: Deployment
#     spec:
#       template:
#         metadata:
#           labels:
#             app: web
#
#     that is
#
#     podSelector:
#       matchLabels:
#         app: web
package netvet.rules.selects_no_pod

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.nearmiss
import data.lib.netvet.networkpolicy
import data.lib.netvet.selection
import data.lib.netvet.workload

metadata := rego.metadata.chain()

violation contains _advised(finding.mended(finding.at(i, ["spec", "podSelector"], message), _fix(group)), group) if {
	host.sight == "set"
	some i, policy in networkpolicy.judged
	group := policy.group
	nearmiss.empty(group)
	i in selection.policies[group]
	message := sprintf("no pod in sight in namespace %s has %s, so the policy applies to nobody%s", [
		group[0],
		nearmiss.lacking(group),
		_instead(group),
	])
}

_instead(group) := sprintf("; %s has that on itself, not on its pods", [workload.describe(nearmiss.controllers(group))]) if {
	count(nearmiss.controllers(group)) > 0
} else := sprintf("; the nearest label there is %s=%s", [key, value]) if {
	[_, _, key, value] := nearmiss.label(group)
} else := ""

# Not every host shows other namespaces, so that the message says nothing of them.
_advised(fault, group) := finding.advised(fault, sprintf("%s Pods with these labels are in:\n\n%s", [
	"If pods of another namespace are meant, the policy has to be in it.",
	concat("\n", [sprintf("- %s", [name]) | some name in nearmiss.elsewhere(group)]),
])) if {
	count(nearmiss.elsewhere(group)) > 0
} else := fault

_fix(group) := [{"op": "replace", "path": ["spec", "podSelector", "matchLabels"], "value": labels}] if {
	labels := nearmiss.mended(group)
} else := []
