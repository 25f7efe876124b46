# METADATA
# title: Rules of a direction that policyTypes leaves out are ignored
# description: |
#   `policyTypes`, once written, is all that counts: ingress rules without the type Ingress, or egress rules without the type Egress, are kept
#   by the API server and heeded by nobody. The policy does not isolate its pods in that direction, so what the rules do not list is not
#   denied; and where another policy does isolate them, what the rules list is not admitted.
#   An empty list is no rule, so `egress: []` beside the type Ingress alone draws nothing here.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-resource
#   - ref: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/#NetworkPolicySpec
# custom:
#   severity: error
#   category: correctness
#   scope: object
#   kinds: [NetworkPolicy]
#   needs: []
#   after: []
#   guide: []
#   parameters: {}
#   remediation: |
#     Add the direction to spec.policyTypes, or take the rules out. With rules of both directions:
#
#     policyTypes:
#       - Ingress
#       - Egress
package netvet.rules.rules_without_policy_type

import data.lib.netvet.finding
import data.lib.netvet.networkpolicy
import data.lib.netvet.selection

metadata := rego.metadata.chain()

violation contains finding.mended(finding.at(i, ["spec", keys.rules], message), fix) if {
	some direction, keys in networkpolicy.directions
	some i in (networkpolicy.reviewed - networkpolicy.isolating[direction])
	networkpolicy.ignores(i, direction)
	fix := [{"op": "add", "path": ["spec", "policyTypes", count(networkpolicy.written(i).policyTypes)], "value": direction}]
	message := sprintf("policyTypes leaves out %s, so these rules are ignored: the policy neither restricts nor admits connections %s %s", [
		direction,
		_ends[direction],
		selection.describe_any(networkpolicy.all[i].group),
	])
}

_ends := {"Ingress": "to", "Egress": "from"}
