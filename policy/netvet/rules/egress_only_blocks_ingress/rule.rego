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
#   after: [unknown-field]
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
import data.lib.netvet.schema
import data.lib.netvet.selection

metadata := rego.metadata.chain()

violation contains finding.mended(finding.graded(i, ["spec", "egress"], message, severity), fix) if {
	host.sight != "fragment"
	some i in (networkpolicy.egress_only & networkpolicy.reviewed)
	host.source(host.resources[i])
	{[i, "policyTypes"], [i, "ingress"]} & schema.astray == set()
	policy := networkpolicy.all[i]
	count(policy.rules.Egress) > 0
	left := selection.cut_off(policy.group)
	severity := _severities[left.partly]
	message := sprintf("without policyTypes the policy isolates ingress, too, and admits nobody to %s", [left.whom])
	fix := [{"op": "add", "path": ["spec", "policyTypes"], "value": ["Egress"]}]
}

# Where others isolate some of the namespace's pods, whether any is left is out of sight.
_severities := {true: "warning", false: "error"}
