# METADATA
# title: An ingress rule admits every address
# description: |
#   An ipBlock 0.0.0.0/0 or ::/0 is the internet and everything else that has an address: nodes, other networks of the company, and on most plugins
#   the cluster's own pods. Blocks that add up to it, in one rule or in several for the same ports, are the same. It is an error where one of the ports is
#   not for everybody, such as a database's (parameter sensitive_ports).
#   An exception counts where it takes a network away: with the private ranges excepted, a rule for clients on the internet is silent here. One that
#   takes away single addresses, or such as no host has, changes nothing. Pods that are a public front on purpose say so by the annotation
#   `ignore.netvet.dev/world-open-ingress` and its reason.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-resource
#   - ref: https://www.iana.org/assignments/iana-ipv4-special-registry/iana-ipv4-special-registry.xhtml
# custom:
#   severity: error
#   category: exposure
#   scope: object
#   kinds: [NetworkPolicy]
#   needs: []
#   after: [rejected-by-api-server, unknown-field, rules-without-policy-type, allow-all-ingress]
#   guide: []
#   parameters: {}
#   remediation: |
#     Name the networks that the clients have:
#
#     - ipBlock:
#         cidr: 198.51.100.0/24
#
#     For clients on the internet alone, except what is not the internet:
#
#     - ipBlock:
#         cidr: 0.0.0.0/0
#         except:
#           - 10.0.0.0/8
#           - 172.16.0.0/12
#           - 192.168.0.0/16
#           - 100.64.0.0/10
#           - 169.254.0.0/16
#     - ipBlock:
#         cidr: ::/0
#         except:
#           - fc00::/7
#           - fe80::/10
package netvet.rules.world_open_ingress

import data.lib.netvet.exposure
import data.lib.netvet.finding
import data.lib.netvet.networkpolicy
import data.lib.netvet.schema
import data.lib.netvet.selection
import data.lib.netvet.selector
import data.lib.netvet.world

metadata := rego.metadata.chain()

violation contains finding.graded(i, path, message, _severity(i, ports)) if {
	some [i, ports], families in world.open_ingress
	i in networkpolicy.reviewed
	policy := networkpolicy.all[i]
	not selector.contradictory(policy.selector)
	[k, p] := min({place | some place in families})
	block := array.concat(networkpolicy.peer_path("Ingress", k, p), ["ipBlock"])
	not [i, block] in schema.unfinished
	path := array.concat(block, ["cidr"])
	message := sprintf("every %saddress may open connections to %s of %s", [
		_family(object.keys(families)),
		exposure.describe(i, ports),
		selection.describe(policy.group),
	])
}

_family({4}) := "IPv4 "

_family({6}) := "IPv6 "

_family({4, 6}) := ""

_severity(i, ports) := "error" if {
	some entry in ports
	count(exposure.services(i, entry)) > 0
} else := "warning"
