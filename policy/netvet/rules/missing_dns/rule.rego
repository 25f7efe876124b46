# METADATA
# title: Pods with isolated egress cannot resolve names
# description: |
#   A policy lets its pods open connections, but no policy that selects the same pods lets them ask the cluster's DNS.
#   Applications connect to names, so nearly everything that the policy allows fails at the first look-up.
#   Policies add up: a separate policy that admits DNS to the same pods is as good. DNS needs UDP; TCP port 53 alone is an outage.
#
#   A warning for a lone document, beside which another may admit DNS, and where all that is admitted is a few addresses or the ports of the API server,
#   6443, and 443 beside it: who connects to these may do without names.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation
#   - ref: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
# custom:
#   severity: error
#   category: connectivity
#   scope: namespace
#   kinds: [NetworkPolicy]
#   needs: [Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob, Namespace]
#   after: [rejected-by-api-server, unknown-field, or-peers, namespace-label, dns-peer-inert]
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
import data.lib.netvet.platform
import data.lib.netvet.remedy
import data.lib.netvet.selection

metadata := rego.metadata.chain()

violation contains finding.advised(fault, remediation) if {
	nobody := dns.nobody
	some i, policy in networkpolicy.judged
	networkpolicy.admits(policy, "Egress")
	not dns.granting(policy, "UDP") # for speed
	group := policy.group
	not dns.granted(group, "UDP")
	_first(group) == i
	[severity, excuse] := _grade(group)
	message := sprintf("%s lets %s ask the cluster's DNS over UDP, so names do not resolve%s%s", [
		nobody,
		dns.lacking(group, "UDP"),
		_why(group),
		excuse,
	])
	server := _server(group)
	fault := _mended(finding.graded(i, ["spec", "egress"], message, severity), i, {"to": dns.peers(server), "ports": dns.ports(server)})
	remediation := sprintf("Add a rule to spec.egress, or a policy of its own for every pod of the namespace:\n\n%s", [
		remedy.rule("Egress", dns.peers(server), dns.ports(server)),
	])
}

# Who connects to a few addresses, or the API server, whose address every pod is told, may do without names.
_grade(group) := ["warning", ""] if {
	host.sight == "document"
} else := ["warning", "; all that is admitted is a few addresses, or the port of the API server, which may do without"] if {
	every rule in _rules(group) { _by_address(rule) }
} else := ["error", ""]

_rules(group) := [rule |
	some i in selection.isolators(selection.wider(group), "Egress")
	some rule in networkpolicy.all[i].rules.Egress
]

_by_address(rule) if {object.get(entry, "port", "") | some entry in rule.ports} - {443} == {6443}

_by_address(rule) if {
	count(rule.peers) > 0
	every peer in rule.peers { regex.match(`\.[0-9]+/(2[4-9]|3[0-2])$|:.*/(6[4-9]|[7-9][0-9]|1[0-2][0-9])$`, peer.ipBlock.cidr) }
}

# The server that the policy means on the wrong port, else the one there is.
_server(group) := min(dns.off_port(group)) if {
	count(dns.off_port(group)) > 0
} else := dns.server

# Certain where no other policy can grant it.
_mended(fault, i, rule) := finding.mended(fault, [{"op": "add", "path": ["spec", "egress", count(written)], "value": rule}]) if {
	host.sight == "set"
	written := networkpolicy.written(i).egress
	is_array(written)
} else := fault

# Of several policies with the same selector that admit egress, the first by name speaks.
_first(group) := min({[networkpolicy.all[i].name, i] |
	some i in selection.policies[group]
	networkpolicy.admits(networkpolicy.all[i], "Egress")
})[1]

_why(group) := "; it is admitted over TCP only, which a port without a protocol means" if {
	dns.granted(group, "TCP")
	some i in selection.policies[group]
	some rule in networkpolicy.all[i].rules.Egress
	some entry in rule.ports
	object.get(entry, "port", 53) in platform.dns_ports
} else := sprintf("; in namespace %s it listens on port %d", [server.namespace, server.port]) if {
	server := min(dns.off_port(group))
} else := ""
