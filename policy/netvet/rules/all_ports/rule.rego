# METADATA
# title: A rule admits its peers on every port
# description: |
#   A rule that names peers and no ports admits them on every port and protocol: what else listens in the pods, a debugger or a metrics endpoint, is
#   open to them, too. `ports` missing, null and `[]` all mean so, and an entry without a port means all of its protocol's. An empty
#   list that somebody wrote out is told by empty-list-allows-all.
#   It is a note, since between pods that trust one another it is often meant.
# related_resources:
#   - ref: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/#NetworkPolicySpec
# custom:
#   severity: note
#   category: exposure
#   scope: object
#   kinds: [NetworkPolicy]
#   needs: []
#   after: [unknown-field, rules-without-policy-type, empty-list-allows-all]
#   guide: []
#   parameters: {}
#   remediation: |
#     Name the ports that the peers need, beside the peers:
#
#     ports:
#       - protocol: TCP
#         port: 8080
package netvet.rules.all_ports

import data.lib.netvet.finding
import data.lib.netvet.networkpolicy
import data.lib.netvet.port
import data.lib.netvet.schema
import data.lib.netvet.selection
import data.lib.netvet.selector

metadata := rego.metadata.chain()

violation contains finding.at(i, networkpolicy.path(direction, k), message) if {
	some [i, direction, k, rule] in networkpolicy.without_ports
	i in networkpolicy.reviewed
	not networkpolicy.emptied(i, direction, k, "ports")
	not [i, networkpolicy.path(direction, k)] in schema.unfinished
	_named(rule.peers)
	message := _message(networkpolicy.all[i], direction, "every port")
}

violation contains finding.at(i, networkpolicy.port_path(direction, k, p), message) if {
	some entry in networkpolicy.distinct_ports
	_every(entry)
	some [i, direction, k, p] in networkpolicy.port_places[entry]
	i in networkpolicy.reviewed
	not [i, networkpolicy.port_path(direction, k, p)] in schema.unfinished
	_named(networkpolicy.all[i].rules[direction][k].peers)
	message := _message(networkpolicy.all[i], direction, port.describe_one(entry))
}

# Entries that are all ports of a protocol.
_every(entry) if not entry.port

_every(entry) if {
	entry.endPort == 65535
	entry.port == 1
}

# There are peers that the API server knows.
_named(peers) if {
	some peer in peers
	is_object(peer)
	count(peer) > 0
}

_message(policy, "Ingress", ports) := sprintf("the peers of this rule may open connections to %s of %s", [ports, _pods(policy)])

_message(policy, "Egress", ports) := sprintf("%s may open connections to %s of the peers of this rule", [_pods(policy), ports])

_pods(policy) := selection.describe(policy.group) if not selector.contradictory(policy.selector)
