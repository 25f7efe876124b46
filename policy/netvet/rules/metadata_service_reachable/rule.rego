# METADATA
# title: The cloud's metadata service is reachable
# description: |
#   On the nodes of a cloud, a metadata service answers HTTP at a link-local address and hands out what the node knows: with older versions of it, or
#   enough hops, the node's credentials to whoever asks. An egress rule reaches it by an ipBlock that holds the address and does not except it, or by
#   naming no peers; an exception counts for its own ipBlock alone, as policies add up. Rules for other ports than 80 do not reach it.
#   An error where the parameter platform names a managed platform. Rules for everything are told by allow-all-egress. Pods that need the
#   service say so by the annotation `ignore.netvet.dev/metadata-service-reachable` and its reason; an ipBlock of the address alone is a warning everywhere.
# related_resources:
#   - ref: https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html
#   - ref: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
# custom:
#   severity: error
#   category: exposure
#   scope: namespace
#   kinds: [NetworkPolicy]
#   needs: []
#   after: [rejected-by-api-server, unknown-field, rules-without-policy-type, empty-list-allows-all, allow-all-egress]
#   guide: []
#   parameters: {}
#   remediation: |
#     Except the address wherever it is admitted:
#
#     - ipBlock:
#         cidr: 0.0.0.0/0
#         except:
#           - 169.254.169.254/32
#     - ipBlock:
#         cidr: ::/0
#         except:
#           - fd00:ec2::254/128
#
#     A rule without peers needs peers: these two, and the namespaces that the pods talk to.
package netvet.rules.metadata_service_reachable

import data.lib.netvet.cloud
import data.lib.netvet.finding
import data.lib.netvet.networkpolicy
import data.lib.netvet.platform
import data.lib.netvet.schema
import data.lib.netvet.selection
import data.lib.netvet.selector

metadata := rego.metadata.chain()

violation contains fault if {
	some [i, k, p], addresses in cloud.reached
	i in networkpolicy.reviewed
	place := array.concat(networkpolicy.peer_path("Egress", k, p), ["ipBlock"])
	block := networkpolicy.judged[i].rules.Egress[k].peers[p].ipBlock
	told := finding.graded(i, array.concat(place, ["cidr"]), _message(i, addresses), _severity(block))
	fault := _mended(told, place, block, sort([_block(address) | some address in addresses]))
}

violation contains finding.graded(i, networkpolicy.path("Egress", k), _message(i, platform.metadata_addresses), _cloud_severity) if {
	some [i, "Egress", k, rule] in networkpolicy.without_peers
	i in networkpolicy.reviewed
	rule.ports != []
	not networkpolicy.emptied(i, "Egress", k, "to")
	not [i, "Egress", k] in schema.unfinished_rules
	cloud.asks(rule)
}

_message(i, addresses) := sprintf("%s may ask the cloud's metadata service, at %s, for what the node knows, such as its credentials", [
	selection.describe(policy.group),
	concat(" and ", sort(addresses)),
]) if {
	policy := networkpolicy.judged[i]
	not selector.contradictory(policy.selector)
}

_severity(block) := "warning" if {
	_alone(block)
} else := _cloud_severity

_cloud_severity := "error" if {
	platform.cloud
} else := "warning"

# The address by itself is there on purpose, and cannot be excepted from itself.
_alone(block) if regex.match(`/(32|128)$`, block.cidr)

_mended(fault, _, block, _) := fault if _alone(block)

_mended(fault, place, block, blocks) := finding.mended(fault, [{
	"op": "add",
	"path": array.concat(place, ["except"]),
	"value": array.concat([except | some except in block.except], blocks),
}]) if {
	not _alone(block)
}

_block(address) := concat("", [address, "/128"]) if {
	contains(address, ":")
} else := concat("", [address, "/32"])
