# METADATA
# title: A default deny that another policy takes back
# description: |
#   Policies add up, and none denies what another admits. A policy isolates every pod of the namespace and admits nobody; another one, for every pod as
#   well, admits everything in the same direction. Together they deny nothing: the namespace is as open as without them, while the default deny is there to
#   be seen. Everything is a rule without peers and ports, and so are all addresses, IPv4 and IPv6, on all ports.
#   Told at the policy that is meant to deny, unless the two are in different files and name no namespace.
#   What a policy for some pods admits is no concern of this rule.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-policies
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation
# custom:
#   severity: error
#   category: correctness
#   scope: namespace
#   kinds: [NetworkPolicy]
#   needs: []
#   after: [allow-all-ingress, allow-all-egress, world-open-ingress]
#   guide: [practice 1, mistake 2]
#   parameters: {}
#   remediation: |
#     Take the policy out that admits everything, or let it select the pods that need it:
#
#     podSelector:
#       matchLabels:
#         app: web
package netvet.rules.default_deny_undone

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.networkpolicy
import data.lib.netvet.selection
import data.lib.netvet.selector
import data.lib.netvet.world

metadata := rego.metadata.chain()

violation contains finding.at(i, _path(i, direction), message) if {
	some i
	policy := networkpolicy.judged[i]
	some direction
	policy.rules[direction] == []
	selector.normal(policy.selector) == {} # for speed
	i in selection.of_every_pod
	name := policy.namespace
	openers := {k | some k in _openers[[name, direction]]; host.together(i, k)}
	count(openers) > 0
	message := sprintf("denies no %s: %s admits %s %s", [
		networkpolicy.adjective(direction),
		networkpolicy.describe(openers),
		_everything[direction],
		selection.describe([name, {}]),
	])
}

_everything := {"Ingress": "connections from anyone to every port of", "Egress": "connections to anyone, on every port, from"}

_openers := {key: {row[1] | some row in _rows; row[0] == key} | some key in {row[0] | some row in _rows}}

_rows := [[[networkpolicy.all[i].namespace, direction], i] | some [i, direction] in world.open; i in selection.of_every_pod]

# The path of what should deny.
_path(i, direction) := ["spec", "policyTypes", min(places)] if {
	places := {n | networkpolicy.written(i).policyTypes[n] == direction}
	count(places) > 0
} else := ["spec", "podSelector"]
