# METADATA
# title: Pods with isolated egress cannot resolve names
# description: |
#   A policy lets its pods open connections, but no policy that selects the same pods lets them ask the cluster's DNS.
#   Applications connect to names, so nearly everything that the policy allows fails at the first look-up.
#   Policies add up: a separate policy that admits DNS to the same pods is as good. DNS needs UDP; TCP port 53 alone is an outage.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation
#   - ref: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
# custom:
#   severity: error
#   category: connectivity
#   scope: namespace
#   kinds: [NetworkPolicy]
#   needs: [Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob, Namespace]
#   after: [or-peers, namespace-label, dns-peer-inert]
#   guide: [mistake 1, practice 5]
#   parameters: {}
#   remediation: |
#     Add a rule to spec.egress, or a policy of its own for every pod of the namespace:
#
#     - to:
#         - namespaceSelector:
#             matchLabels:
#               kubernetes.io/metadata.name: kube-system
#           podSelector:
#             matchLabels:
#               k8s-app: kube-dns
#       ports:
#         - protocol: UDP
#           port: 53
#         - protocol: TCP
#           port: 53
package netvet.rules.missing_dns

import data.lib.netvet.dns
import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.networkpolicy
import data.lib.netvet.selection

metadata := rego.metadata.chain()

violation contains finding.graded(i, ["spec", "egress"], message, severity) if {
	severity := _severities[host.sight]
	some i in networkpolicy.reviewed
	policy := networkpolicy.all[i]
	networkpolicy.admits(policy, "Egress")
	group := policy.group
	not dns.granted(group, "UDP")
	_first(group) == i
	message := sprintf("no policy lets %s ask the cluster's DNS over UDP, so names do not resolve%s", [dns.lacking(group, "UDP"), _why(group)])
}

# With one object in sight, another may well grant DNS.
_severities := {"set": "error", "document": "warning"}

# Of several policies with the same selector that admit egress, the first by name speaks.
_first(group) := min({[networkpolicy.all[i].name, i] |
	some i in selection.policies[group]
	networkpolicy.admits(networkpolicy.all[i], "Egress")
})[1]

_why(group) := "; it is admitted over TCP only, which a port without a protocol means" if {
	dns.granted(group, "TCP")
} else := sprintf("; in namespace %s it listens on port %d", [server.namespace, server.port]) if {
	server := min(dns.off_port(group))
} else := ""
