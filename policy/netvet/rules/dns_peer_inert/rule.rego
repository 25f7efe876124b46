# METADATA
# title: A rule for DNS does not reach the cluster's DNS
# description: |
#   A rule admits the DNS port, but none of its peers can be the cluster's DNS. A podSelector without a namespaceSelector looks in the policy's own
#   namespace, where there is no DNS; the pods of DNS carry other labels than the peer asks for, or live in another namespace; or the peer is an ipBlock of
#   the address of the Service of DNS: by the time that policies apply, most network plugins have replaced it by the address of a pod.
#
#   The address of the Service is right where NodeLocal DNSCache listens on it; the parameter platform with node-local-dns says so.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors
#   - ref: https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/
# custom:
#   severity: error
#   category: connectivity
#   scope: object
#   kinds: [NetworkPolicy]
#   needs: [Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob, Namespace, Service]
#   after: [rejected-by-api-server, rules-without-policy-type, or-peers, namespace-label]
#   guide: [mistake 1, practice 5]
#   parameters: {}
#   remediation: |
#     Select the pods of DNS in their own namespace, by one peer with both selectors:
#
#     - namespaceSelector:
#         matchLabels:
#           kubernetes.io/metadata.name: kube-system
#       podSelector:
#         matchLabels:
#           k8s-app: kube-dns
package netvet.rules.dns_peer_inert

import data.lib.netvet.dns
import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.namespace
import data.lib.netvet.networkpolicy
import data.lib.netvet.platform
import data.lib.netvet.remedy
import data.lib.netvet.selection
import data.lib.netvet.selector
import data.lib.netvet.service

metadata := rego.metadata.chain()

violation contains fault if {
	some i, policy in networkpolicy.judged
	some k, rule in policy.rules.Egress
	inert := dns.inert(rule, policy.namespace)
	some j, kind in inert
	peer := rule.peers[j]
	not networkpolicy.refuses(i, peer)
	path := networkpolicy.peer_path("Egress", k, j)
	message := _message(kind, peer, policy.namespace)
	meant := remedy.peer(_meant(peer, policy.namespace).namespace, _meant(peer, policy.namespace).labels)
	advised := finding.advised(
		finding.graded(i, array.concat(path, _place[kind]), message, _severity(kind, rule, policy.namespace)),
		sprintf("Select the pods of DNS in their own namespace, by one peer with both selectors:\n\n%s", [remedy.item_lines(meant)]),
	)
	fault := _mended(advised, [value | some value in inert], [{"op": "replace", "path": path, "value": meant}])
}

# Of several, one is enough; and a cache on the node may listen at the address of a Service.
_mended(fault, ["pods"], fix) := finding.mended(fault, fix)

_mended(fault, inert, _) := fault if inert != ["pods"]

_place := {"pods": [], "service": ["ipBlock", "cidr"]}

# Admission sees objects in any order, and refuses only what none of them could mend.
_severity("pods", rule, policy_namespace) := "warning" if {
	host.admission
	not dns.ever_inert(rule, policy_namespace)
} else := "error"

_severity("service", _, _) := "warning"

_message("pods", peer, policy_namespace) := sprintf("%s cannot be the cluster's DNS, which is %s; the rule lets no name resolve", [
	_described(peer, policy_namespace),
	selection.describe([_meant(peer, policy_namespace).namespace, {"matchLabels": _meant(peer, policy_namespace).labels}]),
])

_message("service", peer, _) := sprintf("%s is %s, and no pod's; unless NodeLocal DNSCache listens there, the rule lets no name resolve", [
	peer.ipBlock.cidr,
	_service(dns.service_address(peer)),
])

_described(peer, policy_namespace) := selection.describe([policy_namespace, peer.podSelector]) if {
	not peer.namespaceSelector
} else := sprintf("%s in %s", [_pods(object.get(peer, "podSelector", {})), namespace.describe(peer.namespaceSelector)])

_pods(label_selector) := "every pod" if {
	selector.normal(label_selector) == {}
} else := sprintf("pods with %s", [selector.describe(label_selector)])

# The server whose label the peer asks for in the wrong place; else whichever there is.
_meant(peer, policy_namespace) := min(sought) if {
	sought := {server |
		some server in (dns.labelled(peer) & platform.dns_servers)
		not dns.could_be(peer, policy_namespace, server)
	}
	count(sought) > 0
} else := dns.server

_service(address) := "by default the address of the Service of the cluster's DNS" if {
	address in platform.dns_service_addresses
} else := sprintf("the address of Service %s/%s, the cluster's DNS", [found.namespace, found.name]) if {
	found := service.all[dns.services[address]]
}
