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
#   after: [rules-without-policy-type, or-peers, namespace-label]
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
import data.lib.netvet.namespace
import data.lib.netvet.networkpolicy
import data.lib.netvet.platform
import data.lib.netvet.selection
import data.lib.netvet.selector
import data.lib.netvet.service

metadata := rego.metadata.chain()

violation contains finding.graded(i, path, message, severity) if {
	some i in networkpolicy.reviewed
	some k
	rule := networkpolicy.all[i].rules.Egress[k]
	policy := networkpolicy.all[i]
	some j, kind in dns.inert(rule, policy.namespace)
	peer := rule.peers[j]
	path := array.concat(["spec", "egress", k, "to", j], _place[kind])
	severity := _severity[kind]
	message := _message(kind, peer, policy.namespace)
}

_place := {"pods": [], "service": ["ipBlock", "cidr"]}

_severity := {"pods": "error", "service": "warning"}

_message("pods", peer, policy_namespace) := sprintf("%s cannot be the cluster's DNS, which is %s; the rule lets no name resolve", [
	_described(peer, policy_namespace),
	_where(peer, policy_namespace),
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
_where(peer, policy_namespace) := _server(min(sought)) if {
	sought := {server |
		some server in (dns.labelled(peer) & platform.dns_servers)
		not dns.could_be(peer, policy_namespace, server)
	}
	count(sought) > 0
} else := _server(min(dns.servers))

_server(server) := selection.describe([server.namespace, {"matchLabels": server.labels}])

_service(address) := "by default the address of the Service of the cluster's DNS" if {
	address in platform.dns_service_addresses
} else := sprintf("the address of Service %s/%s, the cluster's DNS", [found.namespace, found.name]) if {
	found := service.all[dns.services[address]]
}
