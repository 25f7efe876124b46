# METADATA
# title: A list of private ranges is incomplete
# description: |
#   An ipBlock excepts private ranges, so that it stands for the internet, and misses some: RFC 1918 has three, and pods, nodes and load balancers have
#   addresses in 100.64.0.0/10, 169.254.0.0/16, fc00::/7 and fe80::/10 as well. What is missing is admitted.
#   Told where a rule excepts at least two of these ranges, of those that the ipBlock holds; parts that add up to a range are the range. Where
#   metadata-service-reachable tells of an ipBlock, 169.254.0.0/16 is left to it.
# related_resources:
#   - ref: https://www.iana.org/assignments/iana-ipv4-special-registry/iana-ipv4-special-registry.xhtml
#   - ref: https://www.iana.org/assignments/iana-ipv6-special-registry/iana-ipv6-special-registry.xhtml
# custom:
#   severity: note
#   category: exposure
#   scope: object
#   kinds: [NetworkPolicy]
#   needs: []
#   after: [rejected-by-api-server, rules-without-policy-type, metadata-service-reachable]
#   guide: [pattern 6]
#   parameters: {}
#   remediation: |
#     Except all ranges that are not the internet's:
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
package netvet.rules.private_range_incomplete

import data.lib.netvet.cidr
import data.lib.netvet.cloud
import data.lib.netvet.finding
import data.lib.netvet.networkpolicy
import data.lib.netvet.port
import data.lib.netvet.selection
import data.lib.netvet.selector

metadata := rego.metadata.chain()

violation contains finding.mended(finding.at(i, path, message), fix) if {
	some [place, listed] in _blocks
	[i, direction, k, p, block] := place
	i in networkpolicy.reviewed
	missing := {range | some range in cidr.private; cidr.includes(block.cidr, range)} - (listed | _told(i, direction, k, p))
	count(missing) > 0
	count(_by_rule[[i, direction, k]]) > 1
	policy := networkpolicy.all[i]
	not selector.contradictory(policy.selector)
	path := array.concat(networkpolicy.peer_path(direction, k, p), ["ipBlock", "except"])
	fix := [{"op": "add", "path": path, "value": array.concat(block.except, sort(missing))}]
	message := _message(direction, concat(", ", sort(missing)), port.describe(policy.rules[direction][k].ports), selection.describe(policy.group))
}

# The ipBlocks with exceptions, and the private ranges among these.
_blocks := [[row, _listed(row[4].except)] |
	some row in networkpolicy.blocks
	is_array(row[4].except)
	row[4].except != []
	every except in row[4].except { cidr.valid(except) }
]

_by_rule := {key: {range | some row in _rows; row[0] == key; some range in row[1]} | some key in {row[0] | some row in _rows}}

_rows := [[array.slice(place, 0, 3), listed] | some [place, listed] in _blocks]

_listed(excepts) := {range | some range in cidr.private; _covers(excepts, range)}

_covers(excepts, range) if {
	some except in excepts
	cidr.includes(except, range)
}

_covers(excepts, range) if {
	parts := {except | some except in excepts; cidr.includes(range, except)}
	count(parts) > 1
	cidr.covers(parts, range)
}

_told(i, "Egress", k, p) := {"169.254.0.0/16"} if {
	"169.254.169.254" in cloud.reached[[i, k, p]]
} else := set()

_told(_, "Ingress", _, _) := set()

_message("Ingress", ranges, ports, own) := sprintf("addresses in %s, which is not the internet, may open connections to %s of %s", [ranges, ports, own])

_message("Egress", ranges, ports, own) := sprintf("%s may open connections to %s of addresses in %s, which is not the internet", [own, ports, ranges])
