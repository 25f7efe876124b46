# METADATA
# title: A peer matches none of the pods in sight
# description: |
#   A peer selects pods by labels that no pod template of its namespace has, so the rule admits nobody by it. A podSelector alone looks in the policy's own
#   namespace; that the pods are in another one is the most frequent reason, a misspelt label the second.
#   Told only where workloads are in sight in every namespace that the peer may stand for. Not told where an object of an operator's own kind bears the
#   label or has it for a name, nor where other rules find fault with the peer.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors
# custom:
#   severity: warning
#   category: correctness
#   scope: workloads
#   kinds: [NetworkPolicy]
#   needs: [Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob, Namespace]
#   after: [rules-without-policy-type, or-peers, namespace-label, dns-peer-inert, contradictory-selector, volatile-label]
#   guide: []
#   parameters: {}
#   remediation: |
#     Name the namespace that the pods are in, and the labels that they have:
#
#     - namespaceSelector:
#         matchLabels:
#           kubernetes.io/metadata.name: shop
#       podSelector:
#         matchLabels:
#           app: web
package netvet.rules.peer_selects_no_pod

import data.lib.netvet.dns
import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.namespace
import data.lib.netvet.nearmiss
import data.lib.netvet.networkpolicy
import data.lib.netvet.pair
import data.lib.netvet.remedy
import data.lib.netvet.selection
import data.lib.netvet.workload

metadata := rego.metadata.chain()

violation contains finding.mended(fault, _fix(groups, path)) if {
	host.sight == "set"
	some [i, direction, k, p, peer] in _candidates
	own := networkpolicy.judged[i].namespace
	groups := selection.of_peer(peer, own)
	groups != set()
	every group in groups { nearmiss.empty(group) }
	not _told(networkpolicy.judged[i].rules[direction][k], direction, own)
	path := networkpolicy.peer_path(direction, k, p)
	group := min(groups)
	message := sprintf("no pod in sight in namespace %s has %s, so the peer admits nobody%s", [
		concat(", ", sort([name | some [name, _] in groups])),
		nearmiss.lacking(group),
		_instead(group),
	])
	fault := _advised(finding.at(i, path, message), group)
}

_candidates := {networkpolicy.selecting[r] | some r in ((_own - _met) | _missing)}

# The peers of pods, by row: in the policy's own namespace, and elsewhere.
_own := networkpolicy.of_pods - networkpolicy.of_namespaces

_elsewhere := networkpolicy.of_pods & networkpolicy.of_namespaces

# Most peers ask for one label, and some pod has it.
_met := {r |
	some r in _own
	peer := networkpolicy.selecting[r][4]
	object.keys(peer.podSelector) == {"matchLabels"}
	count(peer.podSelector.matchLabels) == 1
	some key, value in peer.podSelector.matchLabels
	selection.carried(networkpolicy.judged[networkpolicy.selecting[r][0]].namespace, key, value)
}

# Elsewhere few different peers are named, and whom they select is the same for all policies.
_missing := {r |
	count(_unmet) > 0
	some r in _elsewhere
	networkpolicy.selecting[r][4] in _unmet
}

_unmet := {peer |
	some peer in {networkpolicy.selecting[r][4] | some r in _elsewhere}
	every group in selection.of_peer(peer, "") { nearmiss.empty(group) }
}

# Other rules find fault with the peers.
_told(rule, _, _) if pair.in_order(rule)

_told(rule, _, own) if pair.known(rule, own)

_told(rule, _, _) if {
	some peer in rule.peers
	some [key, value] in namespace.meant(peer.namespaceSelector)
	namespace.unset(key, value)
}

_told(rule, "Egress", own) if count(dns.inert(rule, own)) > 0

_instead(group) := sprintf("; %s has that on itself, not on its pods", [workload.describe(nearmiss.controllers(group))]) if {
	count(nearmiss.controllers(group)) > 0
} else := sprintf("; the nearest label there is %s=%s", [key, value]) if {
	[_, _, key, value] := nearmiss.label(group)
} else := ""

# Not every host shows other namespaces, so that the message says nothing of them.
_advised(fault, group) := finding.advised(fault, sprintf("Name the namespace that the pods are in, %s:\n\n%s", [_names(group), lines])) if {
	labels := group[1].matchLabels
	lines := remedy.item_lines(remedy.peer(min(nearmiss.elsewhere(group)), labels))
} else := finding.advised(fault, sprintf("Name the namespace that the pods are in, %s, by a namespaceSelector beside the podSelector.", [_names(group)])) if {
	count(nearmiss.elsewhere(group)) > 0
} else := fault

_names(group) := concat(" or ", sort(nearmiss.elsewhere(group)))

_fix(groups, path) := [{"op": "replace", "path": array.concat(path, ["podSelector", "matchLabels"]), "value": nearmiss.mended(group)}] if {
	count(groups) == 1
	some group in groups
	count(nearmiss.elsewhere(group)) == 0
} else := []
