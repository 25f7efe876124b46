# METADATA
# title: A peer is the pods of any namespace
# description: |
#   A namespaceSelector that is empty selects every namespace of the cluster, those of other teams and those that are yet to come among them. Without a
#   podSelector, or with an empty one, the peer is every pod there is: the policy keeps out hardly anybody but the world outside.
#   With a podSelector it is a note: the labels are the only barrier, and whoever may create pods, in a namespace of their own, may give them these labels.
#   So is egress to the ports of DNS alone. Where every port of an ingress rule is one that is not for everybody, sensitive-port-open tells it instead;
#   where the peer is half of one that was written as two, or-peers.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors
# custom:
#   severity: warning
#   category: exposure
#   scope: object
#   kinds: [NetworkPolicy]
#   needs: []
#   after: [unknown-field, rules-without-policy-type, or-peers, sensitive-port-open]
#   guide: []
#   parameters: {}
#   remediation: |
#     Name the namespace, by the label that each has, and the pods in it:
#
#     - namespaceSelector:
#         matchLabels:
#           kubernetes.io/metadata.name: monitoring
#       podSelector:
#         matchLabels:
#           app.kubernetes.io/name: prometheus
#
#     For the pods of the policy's own namespace, take the namespaceSelector out and leave a podSelector.
package netvet.rules.any_namespace_peer

import data.lib.netvet.exposure
import data.lib.netvet.finding
import data.lib.netvet.halves
import data.lib.netvet.networkpolicy
import data.lib.netvet.platform
import data.lib.netvet.schema
import data.lib.netvet.selection
import data.lib.netvet.selector

metadata := rego.metadata.chain()

violation contains finding.graded(i, networkpolicy.peer_path(direction, k, p), message, _severity(direction, pods, ports)) if {
	some [i, direction, k, p, peer, pods] in exposure.any_namespace
	i in networkpolicy.reviewed
	ports := networkpolicy.all[i].rules[direction][k].ports
	not _sensitive(i, direction, pods, ports)
	policy := networkpolicy.all[i]
	not halves.suspected(policy.rules[direction][k], policy.namespace)
	not _unfinished(i, networkpolicy.peer_path(direction, k, p))
	not selector.contradictory(policy.selector)
	message := _message(direction, _whom(peer, pods), exposure.describe(i, ports), selection.describe(policy.group))
}

# The ports that are not for everybody are told by another rule.
_sensitive(i, "Ingress", "every", ports) if {
	count(ports) > 0
	exposure.others(i, ports) == []
}

# Of a selector there may be left less than its author wrote.
_unfinished(i, path) if {
	some place in [path, array.concat(path, ["namespaceSelector"]), array.concat(path, ["podSelector"])]
	[i, place] in schema.unfinished
}

_severity(direction, pods, ports) := "note" if {
	pods == "some"
} else := "note" if {
	direction == "Egress"
	count(ports) > 0
	every entry in ports { entry.port in platform.dns_ports }
} else := "warning"

_message("Ingress", peers, ports, own) := sprintf("%s may open connections to %s of %s", [peers, ports, own])

_message("Egress", peers, ports, own) := sprintf("%s may open connections to %s of %s", [own, ports, peers])

_whom(_, "every") := "every pod of any namespace"

_whom(peer, "some") := sprintf("pods with %s of any namespace", [selector.describe(peer.podSelector)])
