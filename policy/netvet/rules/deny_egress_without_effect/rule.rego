# METADATA
# title: An empty list of egress rules does not deny egress
# description: |
#   `egress: []` stands for no rule, and no rule denies nothing by itself: what is denied is what the policy types isolate. Without `policyTypes` the
#   policy isolates ingress, and egress only where it has an egress rule; where `policyTypes` names Ingress alone, the same holds. So a policy written
#   to cut pods off from the network leaves them free to connect to anyone, and cuts others off from them.
#   Objects read from a cluster are not judged: the API server has dropped the empty list.
# related_resources:
#   - ref: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/#NetworkPolicySpec
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-deny-all-egress-traffic
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
#     Name the type:
#
#     policyTypes:
#       - Ingress
#       - Egress
#
#     If ingress should stay as it is, name Egress alone. If egress should stay open, take the list out.
package netvet.rules.deny_egress_without_effect

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.networkpolicy
import data.lib.netvet.schema
import data.lib.netvet.selection

metadata := rego.metadata.chain()

violation contains finding.mended(finding.at(i, ["spec", "egress"], message), _fix(i)) if {
	some i in networkpolicy.reviewed
	networkpolicy.empty_egress(i)
	host.source(host.resources[i])
	not [i, "policyTypes"] in schema.astray
	message := sprintf("without the policy type Egress an empty list denies nothing: %s %s", [
		"the policy isolates ingress alone, and does not restrict connections from",
		selection.describe_any(networkpolicy.all[i].group),
	])
}

# A policy that is about ingress, too, is to isolate both. One without a word of it may be about egress alone.
_fix(i) := [{"op": "add", "path": ["spec", "policyTypes"], "value": ["Ingress", "Egress"]}] if {
	not i in networkpolicy.egress_only
} else := []
