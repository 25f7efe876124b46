# METADATA
# title: An ipBlock of all addresses leaves out a family
# description: |
#   0.0.0.0/0 is every IPv4 address and no IPv6 address, ::/0 the reverse. In a cluster whose pods have both, half of the clients, or of the
#   destinations, are blocked although the policy seems to admit all.
#   A warning where the parameter platform says dual-stack, else a note. Not told of a policy that has ipBlocks of both families in that direction, or a
#   rule that names no peers, nor where world-open-ingress or metadata-service-reachable tells of the ipBlock.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/dual-stack/
# custom:
#   severity: warning
#   category: exposure
#   scope: object
#   kinds: [NetworkPolicy]
#   needs: []
#   after: [rejected-by-api-server, rules-without-policy-type, world-open-ingress, metadata-service-reachable]
#   guide: [pattern 6]
#   parameters: {}
#   remediation: |
#     Name both, each with its exceptions:
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
package netvet.rules.ipv4_only_world

import data.lib.netvet.cloud
import data.lib.netvet.finding
import data.lib.netvet.networkpolicy
import data.lib.netvet.platform
import data.lib.netvet.selection
import data.lib.netvet.selector
import data.lib.netvet.world

metadata := rego.metadata.chain()

violation contains finding.graded(i, path, message, _severity) if {
	some row in world.all
	[i, direction, k, p, block, family] := row
	i in networkpolicy.reviewed
	not world.opens(row)
	not _reaches_metadata(direction, [i, k, p])
	not _both(i, direction, block.cidr)
	policy := networkpolicy.all[i]
	not selector.contradictory(policy.selector)
	path := array.concat(networkpolicy.peer_path(direction, k, p), ["ipBlock", "cidr"])
	message := sprintf(_formats[direction], [block.cidr, 10 - family, selection.describe(policy.group)])
}

_formats := {
	"Ingress": "%s leaves out IPv%d: the policy admits none of its addresses to %s",
	"Egress": "%s leaves out IPv%d: the policy admits none of its addresses as a destination of %s",
}

_severity := "warning" if {
	platform.dual_stack
} else := "note"

_reaches_metadata("Egress", place) if cloud.reached[place]

# The policy speaks of the other family, or of all addresses.
_both(i, direction, block) if {
	other := networkpolicy.all[i].rules[direction][_].peers[_].ipBlock.cidr
	is_string(other)
	contains(other, ":") != contains(block, ":")
}

_both(i, direction, _) if networkpolicy.all[i].rules[direction][_].peers == []
