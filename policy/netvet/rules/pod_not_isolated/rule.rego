# METADATA
# title: No policy isolates a workload
# description: |
#   A pod that no policy selects in a direction is open in that direction, whatever the policies for its neighbours say. A label that was mistyped or
#   renamed is enough.
#   Where a namespace lacks a policy for every pod, default-deny-missing says so for all of them. This rule speaks of the namespaces that are exempt there,
#   Kubernetes' own and those of the parameter exempt_namespaces: of workloads that are left out while policies isolate others in the same direction.
#   Pods in the node's network, which policies do not isolate, do not count, and only sets of objects are judged.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation
# custom:
#   severity: warning
#   category: exposure
#   scope: workloads
#   kinds: [Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob]
#   needs: [NetworkPolicy]
#   after: [default-deny-missing]
#   guide: [practice 1]
#   parameters: {}
#   remediation: |
#     Write a policy that selects the workload's pods, or one for every pod of the namespace:
#
#     spec:
#       podSelector: {}
#       policyTypes:
#         - Ingress
#         - Egress
package netvet.rules.pod_not_isolated

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.isolation
import data.lib.netvet.networkpolicy
import data.lib.netvet.workload

metadata := rego.metadata.chain()

violation contains finding.at(i, ["metadata", "name"], message) if {
	host.sight == "set"
	some name in isolation.exempt
	some i in (isolation.workloads[name] & host.reviewed)
	directions := [direction | some direction in ["Ingress", "Egress"]; _left_out(i, name, direction)]
	count(directions) > 0
	message := sprintf("no policy isolates %s for %s, while policies of namespace %s isolate others: its connections are unrestricted", [
		workload.describe({i}),
		concat(" or ", [networkpolicy.adjective(direction) | some direction in directions]),
		name,
	])
}

_left_out(i, name, direction) if {
	[name, direction] in _isolating
	i in isolation.open(name, direction)
}

_isolating := {[policy.namespace, direction] | some policy in networkpolicy.all; some direction, _ in policy.rules}
