# METADATA
# title: DNS is admitted to anybody
# description: |
#   A rule admits the DNS port to every address, by having no peers or by an ipBlock of everything. Whoever gets hold of a pod can send what he likes to
#   a server of his own on port 53, where a tunnel needs no more than that; and questions can go past the cluster's DNS, its logs and its filters.
#   The pods need their cluster's DNS only, which asks the others for them.
#
#   Not told where the pods may open connections to anything on every port all the same, nor of pods that are a resolver by their labels, which asks others.
# related_resources:
#   - ref: https://attack.mitre.org/techniques/T1071/004/
#   - ref: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
# custom:
#   severity: note
#   category: connectivity
#   scope: object
#   kinds: [NetworkPolicy]
#   needs: [Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob]
#   after: [unknown-field, rules-without-policy-type, empty-list-allows-all]
#   guide: [practice 5]
#   parameters: {}
#   remediation: |
#     Name the cluster's DNS as the only peer:
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
package netvet.rules.dns_to_anywhere

import data.lib.netvet.dns
import data.lib.netvet.finding
import data.lib.netvet.networkpolicy
import data.lib.netvet.platform
import data.lib.netvet.port
import data.lib.netvet.remedy
import data.lib.netvet.schema
import data.lib.netvet.selection
import data.lib.netvet.selector

metadata := rego.metadata.chain()

violation contains finding.advised(fault, remediation) if {
	some [i, k] in _anywhere
	i in networkpolicy.reviewed
	not networkpolicy.emptied(i, "Egress", k, "to")
	not [i, "Egress", k] in schema.unfinished_rules
	policy := networkpolicy.judged[i]
	listed := [[p, sprintf("%s %v", [protocol, entry.port])] |
		some p, entry in policy.rules.Egress[k].ports
		entry.port in platform.dns_ports
		protocol := port.protocol(entry)
		protocol in {"UDP", "TCP"}
	]
	count(listed) > 0
	not policy.group in _unbounded
	not regex.match(`dns|unbound|resolver`, selector.describe(policy.selector))
	fault := finding.at(i, networkpolicy.port_path("Egress", k, listed[0][0]), sprintf("%s may send anything to any server on %s: a tunnel needs no more", [
		selection.describe(policy.group),
		concat(" and ", {name | some [_, name] in listed}),
	]))
	remediation := sprintf("Name the cluster's DNS as the only peer:\n\n%s", [remedy.rule("Egress", dns.peers(dns.server), dns.ports(dns.server))])
}

# [policy, number] of the egress rules that leave the address open.
_anywhere := {[row[0], row[2]] | some row in networkpolicy.without_peers; row[1] == "Egress"} | {[row[0], row[2]] |
	some row in networkpolicy.blocks
	row[1] == "Egress"
	row[4].cidr in {"0.0.0.0/0", "::/0"}
}

# The groups of policies that admit everything.
_unbounded := {networkpolicy.all[row[0]].group |
	some row in networkpolicy.without_peers
	row[1] == "Egress"
	row[3].ports == []
}
