# METADATA
# title: A port that is not for everybody is open to everybody
# description: |
#   An ingress rule admits every source, or pods of any namespace, to a port of a shell, a database, etcd, the kubelet, Docker or the like. Such services
#   often ask for no password, or give whoever gets in all there is; they are meant for a few clients that can be named.
#   By number or by name, alone or within a range of ports; the kubelet's only in policies of every pod, since pods that are chosen by their labels have
#   something else there. A rule without ports is told by allow-all-ingress, all-ports or any-namespace-peer, and one
#   whose peers are the internet by world-open-ingress.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors
#   - ref: https://kubernetes.io/docs/reference/networking/ports-and-protocols/
# custom:
#   severity: error
#   category: exposure
#   scope: object
#   kinds: [NetworkPolicy]
#   needs: []
#   after: [unknown-field, rules-without-policy-type]
#   guide: []
#   parameters: {}
#   remediation: |
#     Name the clients, beside the port:
#
#     - from:
#         - podSelector:
#             matchLabels:
#               app: orders
#       ports:
#         - protocol: TCP
#           port: 5432
package netvet.rules.sensitive_port_open

import data.lib.netvet.exposure
import data.lib.netvet.finding
import data.lib.netvet.networkpolicy
import data.lib.netvet.schema
import data.lib.netvet.selection
import data.lib.netvet.selector

metadata := rego.metadata.chain()

violation contains finding.at(i, networkpolicy.port_path("Ingress", k, p), message) if {
	some [i, k], who in _open
	not [i, networkpolicy.path("Ingress", k)] in schema.unfinished
	some p, entry in networkpolicy.all[i].rules.Ingress[k].ports
	not [i, networkpolicy.port_path("Ingress", k, p)] in schema.unfinished
	count(exposure.services(i, entry)) > 0
	policy := networkpolicy.all[i]
	not selector.contradictory(policy.selector)
	message := sprintf("%s may open connections to %s of %s", [who, exposure.describe_one(i, entry), selection.describe(policy.group)])
}

# The ingress rules under review that name nobody, and whom they admit.
_open := object.union(
	{[i, k]: "anyone, from any namespace and from outside the cluster," |
		some [i, "Ingress", k, _] in networkpolicy.without_peers
		i in networkpolicy.reviewed
	},
	{[i, k]: "pods of any namespace" |
		some [i, "Ingress", k, _, _, "every"] in exposure.any_namespace
		i in networkpolicy.reviewed
	},
)
