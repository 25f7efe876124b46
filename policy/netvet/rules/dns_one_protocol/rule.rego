# METADATA
# title: DNS is admitted over UDP only
# description: |
#   Pods may ask the cluster's DNS over UDP, but no policy that selects them admits TCP. An answer that does not fit into a datagram, as of a headless
#   Service with many pods, comes truncated, and the resolver asks again over TCP: look-ups fail for some names only, and later than the day of the roll-out.
#   Policies add up: TCP in another policy for the same pods is as good.
# related_resources:
#   - ref: https://www.rfc-editor.org/rfc/rfc7766
#   - ref: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
# custom:
#   severity: warning
#   category: connectivity
#   scope: namespace
#   kinds: [NetworkPolicy]
#   needs: [Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob, Namespace]
#   after: [rejected-by-api-server, unknown-field, rules-without-policy-type, or-peers, namespace-label, dns-peer-inert, missing-dns]
#   guide: [pattern 2, pattern 3, pattern 7, mistake 1, practice 5]
#   parameters: {}
#   remediation: |
#     Admit both protocols in the rule:
#
#     ports:
#       - protocol: UDP
#         port: 53
#       - protocol: TCP
#         port: 53
package netvet.rules.dns_one_protocol

import data.lib.netvet.dns
import data.lib.netvet.finding
import data.lib.netvet.networkpolicy
import data.lib.netvet.platform
import data.lib.netvet.selection

metadata := rego.metadata.chain()

violation contains finding.mended(finding.at(i, path, message), [{"op": "add", "path": array.concat(path, [count(ports)]), "value": tcp}]) if {
	nobody := dns.nobody
	some i, policy in networkpolicy.judged
	networkpolicy.admits(policy, "Egress")
	not dns.granting(policy, "TCP") # for speed
	group := policy.group
	not dns.granted(group, "TCP")
	[_, first, k] := _first(group)
	first == i
	path := ["spec", "egress", k, "ports"]
	ports := policy.rules.Egress[k].ports
	tcp := {"protocol": "TCP", "port": _port(ports)}
	message := sprintf("%s lets %s ask the cluster's DNS over TCP, so answers too long for UDP do not arrive", [nobody, dns.lacking(group, "TCP")])
}

# Of the group's rules that admit DNS over UDP, the first of the first policy by name. Peers that miss DNS are another fault.
_first(group) := min({[policy.name, i, k] |
	some i in selection.policies[group]
	policy := networkpolicy.all[i]
	some k, rule in policy.rules.Egress
	_admits_udp(rule, policy.namespace)
})

_admits_udp(rule, policy_namespace) if dns.admits(rule, policy_namespace, "UDP")

_admits_udp(rule, policy_namespace) if dns.misses(rule, policy_namespace, "UDP")

# The port that the rule lists for DNS, by number; else where it is.
_port(ports) := min(numbers) if {
	numbers := {entry.port | some entry in ports; is_number(entry.port); entry.port in platform.dns_ports}
	count(numbers) > 0
} else := platform.dns_server.port
