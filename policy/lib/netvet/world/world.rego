# METADATA
# description: ipBlocks that hold every address of IPv4 or IPv6.
package lib.netvet.world

import data.lib.netvet.cidr
import data.lib.netvet.networkpolicy
import data.lib.netvet.platform

# The blocks that are the whole world, whatever they except, as rows of networkpolicy.blocks with the family, 4 or 6, at the end.
all := [array.concat(row, [family]) |
	some row in _large
	endswith(row[4].cidr, "/0")
	family := cidr.family(row[4].cidr)
]

# The [policy, direction] pairs in which the policy admits everything: by a rule that names nothing, or, where ipBlocks match pods, by all addresses.
open := {[i, direction] | some [i, direction, _, rule] in networkpolicy.without_peers_in(networkpolicy.all); rule.ports == []} | {key |
	not platform.ip_blocks_miss_pods
	some key in {[row[0], row[1]] | some row in _on_every_port}
	{row[5] | some row in _on_every_port; [row[0], row[1]] == key} == {4, 6}
}

_on_every_port := {row | some row in all; object.get(row[4], "except", []) == []; networkpolicy.all[row[0]].rules[row[1]][row[2]].ports == []}

# The ingress rules that admit every address of a family, by [policy, ports]: {family: [rule, peer]}, the place of the first such block. Several blocks
# may add up to the world, be it in several rules for the same ports.
open_ingress := {key: families |
	some key, blocks in _unrestricted
	families := {family: min({block[0] | some block in blocks; block[2] == family}) |
		some family in covered({block[1] | some block in blocks})
	}
	count(families) > 0
}

# The families of which these blocks hold every address that a host may have.
covered(blocks) := {cidr.family(block) | some block in blocks; endswith(block, "/0")} | {family |
	some family, world in {4: "0.0.0.0/0", 6: "::/0"}
	pieces := {block | some block in blocks; cidr.family(block) == family}
	count(pieces) > 1
	cidr.covers(pieces | _no_hosts, world)
}

# The block of this row is told by world-open-ingress.
opens([i, "Ingress", k, _, block, _]) if {
	_unreal(block)
	open_ingress[_key(i, k)]
}

# Of smaller ones it takes hundreds to make a world.
_large := [row | some row in networkpolicy.blocks_in(networkpolicy.all); is_string(row[4].cidr); regex.match(`/[0-8]$`, row[4].cidr)]

# What rules for the same ports of a policy admit without a real exception.
_unrestricted := {key: {row[1] | some row in _rows; row[0] == key} | some key in {row[0] | some row in _rows}}

_rows := [[_key(row[0], row[2]), [[row[2], row[3]], block.cidr, family]] |
	some row in _large
	row[1] == "Ingress"
	block := row[4]
	_unreal(block)
	family := cidr.family(block.cidr)
]

_key(i, k) := [i, networkpolicy.all[i].rules.Ingress[k].ports]

# What the block excepts takes away no more than single addresses, or such as no host has.
_unreal(block) if {
	every except in [except | some except in block.except] { _negligible(except) }
}

# Defined for all, so that it is asked once of each.
_negligible(except) if {
	cidr.includes(split(except, "/")[0], except)
} else if {
	some range in _no_hosts
	cidr.includes(range, except)
} else := false

# IANA's registries of special-purpose addresses: this network, loopback, link-local, multicast, reserved.
_no_hosts := {"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "::/127", "fe80::/10", "ff00::/8"}
