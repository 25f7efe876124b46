# METADATA
# description: The cloud's metadata service, which gives whoever asks on a node what the node knows, credentials among it.
package lib.netvet.cloud

import data.lib.netvet.networkpolicy
import data.lib.netvet.peer
import data.lib.netvet.platform
import data.lib.netvet.port

# The addresses of the service that egress rules admit by an ipBlock, by [policy, rule, peer].
reached := {[i, k, p]: addresses |
	some row in networkpolicy.blocks
	row[1] == "Egress"
	is_string(row[4].cidr)
	regex.match(`/[0-8]$|^169\.|^[fF][dD]`, row[4].cidr) # no other block holds one of them, and most are others
	[i, _, k, p, _] := row
	rule := networkpolicy.judged[i].rules.Egress[k]
	asks(rule)
	addresses := {address | some address in platform.metadata_addresses; peer.admits_address(rule.peers[p], address)}
	count(addresses) > 0
}

# The rule admits HTTP, by which the service answers.
asks(rule) if port.admits(rule.ports, "TCP", 80, [])
