# METADATA
# title: An empty list admits all, not none
# description: |
#   `from: []`, `to: []` and `ports: []` in a rule mean what their absence means: every peer, every port. So does the key without a value, as a template
#   leaves it that had nothing to fill in. Whoever empties a list to admit nobody admits everybody.
#   A rule with neither peers nor ports is told of by allow-all-ingress and allow-all-egress. Objects read from a cluster are not judged: the API server
#   has dropped the empty list.
# related_resources:
#   - ref: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/#NetworkPolicySpec
# custom:
#   severity: warning
#   category: correctness
#   scope: source
#   kinds: [NetworkPolicy]
#   needs: []
#   after: [rules-without-policy-type, allow-all-ingress, allow-all-egress]
#   guide: []
#   parameters: {}
#   remediation: |
#     To admit nobody, take the rule out. To admit all, take the empty list out. Else name who is meant:
#
#     - from:
#         - podSelector:
#             matchLabels:
#               app: web
#       ports:
#         - protocol: TCP
#           port: 8080
package netvet.rules.empty_list_allows_all

import data.lib.netvet.finding
import data.lib.netvet.networkpolicy
import data.lib.netvet.port
import data.lib.netvet.selection

metadata := rego.metadata.chain()

violation contains finding.at(i, array.concat(networkpolicy.path(direction, k), [key]), message) if {
	some [i, direction, k, rule] in networkpolicy.without_peers
	rule.ports != []
	i in networkpolicy.reviewed
	key := networkpolicy.directions[direction].peers
	networkpolicy.emptied(i, direction, k, key)
	message := sprintf("an empty list of peers is every peer: %s on %s", [
		sprintf(_anyone[direction], [selection.describe(networkpolicy.all[i].group)]),
		port.describe(rule.ports),
	])
}

violation contains finding.at(i, array.concat(networkpolicy.path(direction, k), ["ports"]), message) if {
	some [i, direction, k, rule] in networkpolicy.without_ports
	rule.peers != []
	i in networkpolicy.reviewed
	networkpolicy.emptied(i, direction, k, "ports")
	message := sprintf("an empty list of ports is every port: %s", [
		sprintf(_every_port[direction], [selection.describe(networkpolicy.all[i].group)]),
	])
}

_anyone := {
	"Ingress": "anyone, inside the cluster or outside, may connect to %s",
	"Egress": "%s may connect to anyone, inside the cluster or outside,",
}

_every_port := {
	"Ingress": "the rule's peers may connect to all ports of %s",
	"Egress": "%s may connect to all ports of the rule's peers",
}
