# METADATA
# title: What the policy isolates is left to be inferred
# description: |
#   Without `policyTypes`, or with an empty list, the API server fills it in: Ingress always, and Egress where there is an egress rule. What the policy
#   denies then depends on what it admits: whoever takes out the last egress rule opens egress instead of closing it. Written out, it stays, and
#   readers need not know the rule.
#   Not told where the inference goes wrong already, as egress-only-blocks-ingress and deny-egress-without-effect tell, nor of objects
#   read from a cluster.
# related_resources:
#   - ref: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/#NetworkPolicySpec
# custom:
#   severity: note
#   category: correctness
#   scope: source
#   kinds: [NetworkPolicy]
#   needs: [Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob]
#   after: [unknown-field, egress-only-blocks-ingress, deny-egress-without-effect]
#   guide: []
#   parameters: {}
#   remediation: |
#     Name in spec what is isolated:
#
#     policyTypes:
#       - Ingress
#       - Egress
package netvet.rules.policy_types_missing

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.networkpolicy
import data.lib.netvet.schema
import data.lib.netvet.selection

metadata := rego.metadata.chain()

violation contains finding.mended(finding.at(i, ["spec", "policyTypes"], message), fix) if {
	some i in networkpolicy.reviewed
	spec := host.resources[i].spec
	object.get(spec, "policyTypes", null) in [null, []]
	host.source(host.resources[i])
	not [i, "policyTypes"] in schema.astray
	not _told(i)
	policy := networkpolicy.all[i]
	types := [direction | some direction in ["Ingress", "Egress"]; policy.rules[direction]]
	fix := [{"op": "add", "path": ["spec", "policyTypes"], "value": types}]
	message := sprintf("policyTypes is left to be inferred: as the rules are now, the policy isolates %s of %s", [
		concat(" and ", [networkpolicy.adjective(direction) | some direction in types]),
		selection.describe(policy.group),
	])
}

# As egress-only-blocks-ingress and deny-egress-without-effect decide.
_told(i) if networkpolicy.empty_egress(i)

_told(i) if {
	i in networkpolicy.egress_only
	_cuts_off(networkpolicy.all[i])
}

_cuts_off(_) if host.sight == "fragment"

_cuts_off(policy) if {
	count(policy.rules.Egress) > 0
	selection.cut_off(policy.group)
}
