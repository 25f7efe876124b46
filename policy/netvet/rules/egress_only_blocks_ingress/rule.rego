# METADATA
# title: A policy of egress rules alone also blocks ingress
# description: |
#   Without `policyTypes` a policy isolates ingress, whatever it says; Egress is added where there are egress rules. A policy that was
#   written for egress alone therefore denies every connection to its pods as well, apart from what other policies admit.
#   It is silent where another visible policy isolates the same pods for ingress and means it, such as a default-deny beside an egress
#   rule: then this policy denies nothing more. With the workloads in sight, that is decided pod by pod.
#   Where the other policies isolate ingress for some of the namespace's pods only, and no workload in sight tells whether any is left,
#   it is a warning; otherwise an error.
# related_resources:
#   - ref: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/#NetworkPolicySpec
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation
# custom:
#   severity: error
#   category: correctness
#   scope: source
#   kinds: [NetworkPolicy]
#   needs: [Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob]
#   after: []
#   guide: [mistake 1, pattern 5, pattern 7]
#   parameters: {}
#   remediation: |
#     Say that the policy is about egress:
#
#     policyTypes:
#       - Egress
#
#     If denying ingress is meant, say so: policyTypes: [Ingress, Egress].
package netvet.rules.egress_only_blocks_ingress

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.networkpolicy
import data.lib.netvet.selection
import data.lib.netvet.selector
import data.lib.netvet.workload

metadata := rego.metadata.chain()

violation contains finding.graded(i, ["spec", "egress"], message, said.severity) if {
	host.sight != "fragment"
	some i in (networkpolicy.egress_only & networkpolicy.reviewed)
	host.source(host.resources[i])
	policy := networkpolicy.all[i]
	count(policy.rules.Egress) > 0
	not selector.contradictory(policy.selector)
	said := _effect(policy.group)
	message := sprintf("without policyTypes the policy isolates ingress, too, and admits nobody to %s", [said.whom])
}

# The groups that isolate ingress and mean it.
_meant := {group |
	some group, members in selection.policies
	some i in members
	networkpolicy.all[i].rules.Ingress
	not i in networkpolicy.egress_only
}

_meant_namespaces := {group[0] | some group in _meant}

# Whom the policy cuts off; undefined where nobody is left.
_effect(group) := {"whom": workload.describe(pods), "severity": "error"} if {
	count(selection.pods(group)) > 0
	pods := {i |
		some i in selection.pods(group)
		pod := workload.all[i]
		not i in workload.host_network
		count(selection.selecting(pod.namespace, pod.labels) & _meant) == 0
	}
	count(pods) > 0
} else := {"whom": concat("", [selection.describe_any(group), _but_for(group)]), "severity": _severity(group)} if {
	count(selection.pods(group)) == 0
	count(selection.wider(group) & _meant) == 0
}

_severity(group) := "warning" if {
	_partly(group)
} else := "error"

_but_for(group) := "; other policies isolate, and may admit somebody to, some of them" if {
	_partly(group)
} else := ""

# Others isolate some of the namespace's pods; whether any is left is out of sight.
_partly(group) if {
	selector.normal(group[1]) == {}
	group[0] in _meant_namespaces
}
