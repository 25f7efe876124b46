# METADATA
# title: An ingress rule admits everyone to every port
# description: |
#   An ingress rule that names neither peers nor ports admits every source, in any namespace and outside the cluster, to every port.
#   `- {}` is such a rule; so is one whose `from` and `ports` are missing, null or `[]`. Policies add up, so no other policy takes anything
#   of it back: the rest of the policy, and every other policy's ingress rules for the same pods, are without effect.
#   For a policy of every pod it is an error, since it undoes the namespace's isolation; for a narrower one it is a warning. Pods that are
#   a public front on purpose say so by the annotation `ignore.netvet.dev/allow-all-ingress` and its reason.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#allow-all-ingress-traffic
#   - ref: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/#NetworkPolicySpec
# custom:
#   severity: error
#   category: exposure
#   scope: object
#   kinds: [NetworkPolicy]
#   needs: []
#   after: [rejected-by-api-server, unknown-field, rules-without-policy-type]
#   guide: [mistake 2, pattern 2]
#   parameters: {}
#   remediation: |
#     Name who may connect, and to which port:
#
#     ingress:
#       - from:
#           - podSelector:
#               matchLabels:
#                 app: api
#         ports:
#           - protocol: TCP
#             port: 8080
#
#     For a public front name at least the port.
package netvet.rules.allow_all_ingress

import data.lib.netvet.finding
import data.lib.netvet.networkpolicy
import data.lib.netvet.port
import data.lib.netvet.remedy
import data.lib.netvet.schema
import data.lib.netvet.selection
import data.lib.netvet.selector
import data.lib.netvet.workload

metadata := rego.metadata.chain()

violation contains _advised(finding.graded(i, networkpolicy.path("Ingress", k), message, _severity(policy)), i) if {
	some i in networkpolicy.reviewed
	some k
	networkpolicy.all[i].rules.Ingress[k] == networkpolicy.everything
	is_array(networkpolicy.written(i).ingress)
	not [i, networkpolicy.path("Ingress", k)] in schema.unfinished
	policy := networkpolicy.all[i]
	not selector.contradictory(policy.selector)
	pods := selection.describe(policy.group)
	message := sprintf("anyone, from any namespace and from outside the cluster, may open connections to every port of %s", [pods])
}

# Who is to connect, other policies tell; to which ports, the pods.
_advised(fault, i) := finding.advised(fault, sprintf("Name who may connect, and to which port. By policies of their own these do:\n\n%s", [
	concat("\n", [remedy.rule("Ingress", rule.peers, rule.ports) | some rule in answers]),
])) if {
	answers := remedy.answers("Ingress", networkpolicy.all[i].group)
	count(answers) > 0
} else := finding.advised(fault, sprintf("Name who may connect, in place of app: api, and to which of the ports of %s:\n\n%s", [
	workload.describe(pods),
	remedy.rule("Ingress", [{"podSelector": {"matchLabels": {"app": "api"}}}], ports),
])) if {
	selector.normal(networkpolicy.all[i].selector) != {}
	pods := selection.pods(networkpolicy.all[i].group)
	ports := [{"protocol": port.protocol(entry), "port": entry.containerPort} |
		some entry in {entry | some w in pods; some entry in workload.container_ports(w)}
	]
	count(ports) > 0
} else := fault

_severity(policy) := "error" if {
	selector.normal(policy.selector) == {}
} else := "warning"
