# METADATA
# title: An ingress rule admits everyone to its ports
# description: |
#   An ingress rule that names ports and no peers admits every source: pods of any namespace, the nodes, and whatever reaches the pods from outside
#   the cluster. `from` missing, null and `[]` all mean so. Policies add up, so no other policy narrows it. An empty list that somebody wrote
#   out is told by empty-list-allows-all.
#   Ports that are not for everybody, such as a database's, are told by sensitive-port-open instead. Pods that are a public front on purpose say so by
#   the annotation `ignore.netvet.dev/any-source-on-port` and its reason.
# related_resources:
#   - ref: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/#NetworkPolicySpec
# custom:
#   severity: warning
#   category: exposure
#   scope: object
#   kinds: [NetworkPolicy]
#   needs: []
#   after: [unknown-field, rules-without-policy-type, sensitive-port-open, empty-list-allows-all]
#   guide: []
#   parameters: {}
#   remediation: |
#     Name who may connect, beside the ports:
#
#     - from:
#         - namespaceSelector:
#             matchLabels:
#               kubernetes.io/metadata.name: ingress-nginx
#           podSelector:
#             matchLabels:
#               app.kubernetes.io/name: ingress-nginx
#       ports:
#         - protocol: TCP
#           port: 8080
package netvet.rules.any_source_on_port

import data.lib.netvet.exposure
import data.lib.netvet.finding
import data.lib.netvet.networkpolicy
import data.lib.netvet.schema
import data.lib.netvet.selection
import data.lib.netvet.selector

metadata := rego.metadata.chain()

violation contains finding.at(i, _path(k, rule.ports, told), message) if {
	some [i, "Ingress", k, rule] in networkpolicy.without_peers
	i in networkpolicy.reviewed
	not networkpolicy.emptied(i, "Ingress", k, "from")
	not [i, networkpolicy.path("Ingress", k)] in schema.unfinished
	told := exposure.others(i, rule.ports)
	count(told) > 0
	policy := networkpolicy.all[i]
	not selector.contradictory(policy.selector)
	message := sprintf("anyone, from any namespace and from outside the cluster, may open connections to %s of %s", [
		exposure.describe(i, [rule.ports[p] | some p in told]),
		selection.describe(policy.group),
	])
}

# The rule; or, where another finding tells of some of its ports, the first of the others.
_path(k, ports, told) := networkpolicy.path("Ingress", k) if {
	count(told) == count(ports)
} else := networkpolicy.port_path("Ingress", k, told[0])
