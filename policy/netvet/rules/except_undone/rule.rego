# METADATA
# title: An exception is undone by another rule
# description: |
#   `except` takes addresses out of its own ipBlock and of nothing else. Policies add up: where another rule, or another policy that selects the same pods,
#   admits the addresses, they are admitted, and the exception does nothing.
#   Told where the other rule names no peers, or a wider ipBlock, for one of the same ports at least; or the excepted range itself, for all of the same ports.
#   A rule for a part of the range, or for fewer ports, opens what its author means to open, and is not told. Nor is a rule for everything: allow-all-egress
#   or allow-all-ingress tells it.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation
#   - ref: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/#NetworkPolicySpec
# custom:
#   severity: error
#   category: exposure
#   scope: namespace
#   kinds: [NetworkPolicy]
#   needs: [Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob]
#   after: [rejected-by-api-server, rules-without-policy-type]
#   guide: []
#   parameters: {}
#   remediation: |
#     Make the same exception wherever the range is admitted, or take it out here if it is to be admitted:
#
#     - ipBlock:
#         cidr: 0.0.0.0/0
#         except:
#           - 10.0.0.0/8
package netvet.rules.except_undone

import data.lib.netvet.cidr
import data.lib.netvet.finding
import data.lib.netvet.networkpolicy
import data.lib.netvet.port
import data.lib.netvet.selection
import data.lib.netvet.workload

metadata := rego.metadata.chain()

violation contains finding.advised(finding.at(i, path, message), _advice(other, except)) if {
	some [i, direction, k, p, block] in _excepting
	i in networkpolicy.reviewed
	some n, except in block.except
	[_, _, other, whom] := min(_undoing(i, direction, k, except))
	path := array.concat(networkpolicy.peer_path(direction, k, p), ["ipBlock", "except", n])
	message := sprintf("the exception of %s is undone by %s of policy %s: %s", [
		except,
		_place(other),
		networkpolicy.all[other.policy].name,
		_effect(direction, except, port.describe(other.ports), whom),
	])
}

_effect("Ingress", except, ports, whom) := sprintf("%s may open connections to %s of %s", [except, ports, whom])

_effect("Egress", except, ports, whom) := sprintf("%s may open connections to %s of %s", [whom, ports, except])

_excepting := [row | some row in networkpolicy.blocks; is_array(row[4].except); row[4].except != []]

# Whatever undoes it, first the policy's own rules, then those of policies for all of the same pods, then those of policies for some of the pods in sight.
_undoing(i, direction, k, except) := {[rank, networkpolicy.all[grant.policy].name, grant, whom] |
	group := networkpolicy.all[i].group
	ports := networkpolicy.all[i].rules[direction][k].ports
	some [other, whom] in _groups(group)
	some grant in _grants[[other, direction]]
	_undoes(grant, ports, except)
	rank := _rank(i, grant.policy, other, group)
}

_rank(i, j, other, group) := 0 if {
	i == j
} else := 1 if {
	other in selection.wider(group)
} else := 2

# The groups that select the same pods, with how messages call these.
_groups(group) := {[other, selection.describe(group)] | some other in selection.wider(group)} | {[other, workload.describe({w})] |
	some w in (selection.pods(group) - workload.host_network)
	pod := workload.all[w]
	some other in (selection.selecting(pod.namespace, pod.labels) - selection.wider(group))
}

# What rules that name addresses, or ports alone, admit, by group and direction.
_grants := {key: {row[1] | some row in _rows; row[0] == key} | some key in {row[0] | some row in _rows}}

_rows := array.concat(
	[[[networkpolicy.all[i].group, direction], {"policy": i, "direction": direction, "rule": k, "peer": p, "block": block, "ports": ports}] |
		_excepting != []
		some [i, direction, k, p, block] in networkpolicy.blocks_in(networkpolicy.all)
		ports := networkpolicy.all[i].rules[direction][k].ports
	],
	[[[networkpolicy.all[i].group, direction], {"policy": i, "direction": direction, "rule": k, "peer": "", "block": {}, "ports": rule.ports}] |
		_excepting != []
		some [i, direction, k, rule] in networkpolicy.without_peers_in(networkpolicy.all)
		rule.ports != []
	],
)

_undoes(grant, ports, _) if {
	grant.block == {}
	port.overlaps(grant.ports, ports)
}

_undoes(grant, ports, except) if {
	cidr.includes(grant.block.cidr, except)
	not cidr.includes(except, grant.block.cidr)
	not _excludes(grant.block, except)
	port.overlaps(grant.ports, ports)
}

_undoes(grant, ports, except) if {
	cidr.includes(grant.block.cidr, except)
	cidr.includes(except, grant.block.cidr)
	port.implies(ports, grant.ports)
}

_excludes(block, except) if {
	some other in block.except
	cidr.includes(other, except)
}

_place(grant) := sprintf("spec.%s[%d]", [networkpolicy.directions[grant.direction].rules, grant.rule])

_advice(grant, except) := sprintf("Make the same exception in NetworkPolicy %s, at %s.%s[%d].ipBlock:\n\nexcept:\n  - %s", [
	networkpolicy.all[grant.policy].name,
	_place(grant),
	networkpolicy.directions[grant.direction].peers,
	grant.peer,
	except,
]) if {
	grant.block.cidr != except
} else := sprintf("Take out the exception, if %s is to be admitted; else take %s out of NetworkPolicy %s, or name its peers.", [
	except,
	_place(grant),
	networkpolicy.all[grant.policy].name,
])
