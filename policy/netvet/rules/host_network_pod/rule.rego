# METADATA
# title: Policies do not apply to pods in the node's network
# description: |
#   Pods with `hostNetwork: true` have the addresses of their nodes. Whether policies apply to them is left open by the API; most network plugins neither
#   isolate them nor match them by their labels. So a policy that selects such pods leaves them open, and a peer that counts on their labels does not
#   admit them: their traffic comes from the nodes.
#   Told of a policy once for all policies with the same podSelector; of one for every pod, only once in a namespace. Told of a peer where all pods in
#   sight that it matches are such pods, or where it names pods of which some are.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-and-hostnetwork-pods
# custom:
#   severity: warning
#   category: correctness
#   scope: workloads
#   kinds: [NetworkPolicy]
#   needs: [Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob, Namespace]
#   after: [rules-without-policy-type]
#   guide: []
#   parameters: {}
#   remediation: |
#     Guard the node's network by other means. To admit traffic of such pods, admit the addresses of their nodes:
#
#     - ipBlock:
#         cidr: 10.0.0.0/16
package netvet.rules.host_network_pod

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.networkpolicy
import data.lib.netvet.selection
import data.lib.netvet.selector
import data.lib.netvet.workload

metadata := rego.metadata.chain()

violation contains finding.at(i, ["spec", "podSelector"], message) if {
	some group in _groups
	i := min({[networkpolicy.all[k].name, k] | some k in selection.policies[group]})[1]
	i in networkpolicy.reviewed
	message := sprintf("the policy selects %s in the node's network, where most network plugins apply no policy", [
		workload.describe(selection.pods(group) & workload.host_network),
	])
}

violation contains finding.at(i, networkpolicy.peer_path(direction, k, p), message) if {
	some [i, direction, k, p, peer] in _peers
	i in networkpolicy.reviewed
	groups := selection.of_peer(peer, host.namespaces[i])
	pods := union({selection.pods(group) | some group in groups})
	unmatched := pods & workload.host_network
	count(unmatched) > 0
	_relies(peer, pods - unmatched)
	message := sprintf("%s is in the node's network and has its address, so on most network plugins the peer does not admit it", [
		workload.describe(unmatched),
	])
}

_groups := {group |
	_likely
	some w in workload.host_network
	pod := workload.all[w]
	some group in selection.selecting(pod.namespace, pod.labels)
}

# Reviewing a policy, a look at the namespaces tells whether there may be such pods.
_likely if not host.sparing

_likely if host.on_nodes(host.wanted[_])

_homes := {workload.all[w].namespace | some w in workload.host_network}

# Most peers cannot mean such pods.
_peers := {row |
	_likely
	count(_homes) > 0
	some row in networkpolicy.selecting
	_near(row)
}

_near(row) if row[4].namespaceSelector

_near(row) if host.namespaces[row[0]] in _homes

# It is for these pods, or there are no others.
_relies(_, set())

_relies(peer, _) if selector.normal(peer.podSelector) != {}
