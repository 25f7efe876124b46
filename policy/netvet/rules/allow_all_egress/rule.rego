# METADATA
# title: An egress rule admits every destination on every port
# description: |
#   An egress rule that names neither peers nor ports lets the pods connect to everything: pods of any namespace, the nodes, the cloud's
#   metadata service and the internet. `- {}` is such a rule; so is one whose `to` and `ports` are missing, null or `[]`. Policies add up,
#   so no other policy takes anything of it back: whoever takes over such a pod can carry data out and go on from there.
#   Pods that may connect to everything on purpose say so by the annotation `ignore.netvet.dev/allow-all-egress` and its reason.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#allow-all-egress-traffic
#   - ref: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/#NetworkPolicySpec
# custom:
#   severity: warning
#   category: exposure
#   scope: object
#   kinds: [NetworkPolicy]
#   needs: []
#   after: [rejected-by-api-server, unknown-field, rules-without-policy-type]
#   guide: [mistake 2]
#   parameters: {}
#   remediation: |
#     Name the destinations and their ports, the cluster's DNS among them:
#
#     egress:
#       - to:
#           - podSelector:
#               matchLabels:
#                 app: api
#         ports:
#           - protocol: TCP
#             port: 8080
#       - to:
#           - namespaceSelector:
#               matchLabels:
#                 kubernetes.io/metadata.name: kube-system
#             podSelector:
#               matchLabels:
#                 k8s-app: kube-dns
#         ports:
#           - protocol: UDP
#             port: 53
#           - protocol: TCP
#             port: 53
package netvet.rules.allow_all_egress

import data.lib.netvet.dns
import data.lib.netvet.finding
import data.lib.netvet.networkpolicy
import data.lib.netvet.remedy
import data.lib.netvet.schema
import data.lib.netvet.selection
import data.lib.netvet.selector

metadata := rego.metadata.chain()

violation contains finding.advised(finding.at(i, networkpolicy.path("Egress", k), message), remediation) if {
	some i in networkpolicy.reviewed
	some k
	networkpolicy.all[i].rules.Egress[k] == networkpolicy.everything
	is_array(networkpolicy.written(i).egress)
	not [i, networkpolicy.path("Egress", k)] in schema.unfinished
	policy := networkpolicy.all[i]
	not selector.contradictory(policy.selector)
	pods := selection.describe(policy.group)
	message := sprintf("%s may open connections to every port of anything, in any namespace and outside the cluster", [pods])
	[who, destinations] := _destinations(policy.group)
	rules := array.concat(destinations, [{"peers": dns.peers(dns.server), "ports": dns.ports(dns.server)}])
	remediation := sprintf("Name the destinations and their ports, the cluster's DNS among them%s:\n\n%s", [
		who,
		concat("\n", [remedy.rule("Egress", rule.peers, rule.ports) | some rule in rules]),
	])
}

# Where they are to connect to, other policies tell.
_destinations(group) := ["; by policies of their own these admit the pods", [rule | some rule in known]] if {
	known := remedy.answers("Egress", group)
	count(known) > 0
} else := ["", [{"peers": [{"podSelector": {"matchLabels": {"app": "api"}}}], "ports": [{"port": 8080}]}]]
