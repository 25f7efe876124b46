# METADATA
# title: A connection is admitted on one side only
# description: |
#   A connection needs the egress of the pod that opens it and the ingress of the pod that receives it. Here one side has a rule for it, and
#   on the other side policies isolate all the pods that the rule names while none of them admits the connection. So the rule has no effect.
#   Most often a default-deny of both directions is followed by policies that admit ingress only.
#   It speaks where the policies of the other side are in sight. Pods in sight are gone by; where none are, the selectors decide: isolated are those pods
#   whom a policy surely selects, and what any policy might admit counts as admitted.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation
# custom:
#   severity: warning
#   category: correctness
#   scope: workloads
#   kinds: [NetworkPolicy]
#   needs: [Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob, Namespace]
#   after: [or-peers, namespace-label, dns-peer-inert, peer-selects-no-pod, egress-only-blocks-ingress]
#   guide: [pattern 7]
#   parameters: {}
#   remediation: |
#     Admit the connection on the other side, too. To the ingress rule of a policy for app: web belongs an egress rule in a policy that selects
#     the peers, and the reverse:
#
#     spec:
#       podSelector:
#         matchLabels:
#           app: api
#       policyTypes: [Egress]
#       egress:
#         - to:
#             - podSelector:
#                 matchLabels:
#                   app: web
#           ports:
#             - protocol: TCP
#               port: 80
package netvet.rules.one_sided_allow

import data.lib.netvet.dns
import data.lib.netvet.finding
import data.lib.netvet.grant
import data.lib.netvet.host
import data.lib.netvet.kept
import data.lib.netvet.namespace
import data.lib.netvet.nearmiss
import data.lib.netvet.networkpolicy
import data.lib.netvet.pair
import data.lib.netvet.port
import data.lib.netvet.remedy
import data.lib.netvet.selection
import data.lib.netvet.selector
import data.lib.netvet.workload

metadata := rego.metadata.chain()

# near: the pods of the policy, far: those of a peer; each named as a group is, [namespace, podSelector].
violation contains finding.advised(finding.at(i, path, message), advice) if {
	host.sight == "set"
	some i in networkpolicy.reviewed
	some direction, k
	rule := networkpolicy.judged[i].rules[direction][k]
	policy := networkpolicy.judged[i]
	not [i, direction, k] in _plain # for speed
	near := policy.group
	named := _fars(rule, policy.namespace)
	every far in named { _cut_off(far, _other[direction], near, rule.ports) }
	_real(near)
	fars := {far | some far in named; not nearmiss.empty(far)} # as peer-selects-no-pod tells
	fars != set()
	not _told(rule, direction, policy.namespace)
	path := array.concat(networkpolicy.path(direction, k), [networkpolicy.directions[direction].peers])
	message := _message(direction, near, fars, rule.ports)
	advice := _advice(_other[direction], near, fars, rule.ports)
}

# Reviewing a policy: the rules of which nothing is to be said, as a look at few objects shows.
_plain contains [i, direction, k] if {
	host.sparing
	some i, policy in networkpolicy.judged
	some direction, rules in policy.rules
	some k, rule in rules
	_without_fault(rule, direction, policy)
}

_without_fault(rule, _, _) if rule.peers == []

_without_fault(rule, _, _) if {
	some peer in rule.peers
	peer.ipBlock
}

_without_fault(rule, direction, policy) if {
	some peer in rule.peers
	_named(peer) # for speed
	some far in selection.of_peer(peer, policy.namespace)
	_welcome(far, _other[direction], policy.group, rule.ports)
}

# The peer's namespaces are known by their names.
_named(peer) if not peer.namespaceSelector # for speed

_named(peer) if selector.normal(peer.namespaceSelector)[namespace.name_label]["in"] # for speed

# No policy isolates the pods, or one admits the connection to pods that it selects for sure.
_welcome(far, _, near, _) if {
	far[0] != near[0]
	not kept.any(far[0])
}

_welcome(far, direction, near, ports) if {
	some other in ({policy | some policy in networkpolicy.judged; policy.namespace == far[0]} | kept.alike(far[0], far[1]))
	some rule in other.rules[direction]
	_surely_overlap(rule.ports, ports)
	_surely_reaches(rule, far[0], near)
	_surely_meets(far, other.selector)
}

_surely_overlap(a, b) if {
	some entry in a
	entry in b
	port.describe_one(entry)
}

_surely_overlap(a, b) if {
	[] in {a, b} # for speed
	port.overlaps(a, b)
}

_surely_reaches(rule, _, _) if rule.peers == []

_surely_reaches(rule, own, near) if {
	some peer in rule.peers
	not peer.ipBlock
	_in_namespace(peer, own, near[0])
	selector.implies(near[1], object.get(peer, "podSelector", {}))
}

_surely_meets(far, pods) if selector.implies(far[1], pods)

_surely_meets(far, pods) if {
	selector.implies(pods, far[1])
	host.runs(far[0], pods)
}

# The rule that belongs to the other side.
_advice(direction, near, fars, ports) := sprintf("Admit the connection on the other side, too, in spec.%s of a policy for %s:\n\n%s", [
	networkpolicy.directions[direction].rules,
	_list(fars),
	remedy.rule(direction, [_peer(near, fars)], ports),
])

_peer([name, pods], fars) := {"podSelector": pods} if {
	{far[0] | some far in fars} == {name}
} else := {"namespaceSelector": {"matchLabels": {namespace.name_label: name}}, "podSelector": pods}

_other := {"Ingress": "Egress", "Egress": "Ingress"}

# Others find fault with the peers themselves.
_told(rule, _, _) if pair.either(rule)

_told(rule, _, _) if {
	some peer in rule.peers
	some [key, value] in namespace.meant(peer.namespaceSelector)
	namespace.unset(key, value)
}

_told(rule, "Egress", policy_namespace) if count(dns.inert(rule, policy_namespace)) > 0

# The pods of all the peers. Undefined where a peer's namespaces may be out of sight, or it is no pods at all.
_fars(rule, own) := union({fars | some fars in found}) if {
	{p | rule.peers[p].ipBlock} == set()
	found := [groups | some peer in rule.peers; groups := selection.of_peer(peer, own); groups != set()]
	count(found) == count(rule.peers)
	found != []
}

# Cheap questions first: most often a policy for just these pods admits the connection.
_cut_off(far, direction, near, ports) if {
	selection.namespaces[far[0]]
	not _admits(far, direction, near, ports)
	count(_isolators(far, direction)) > 0
	_real(far)
	not _open(far, direction, near, ports)
}

# The policies that isolate all of the pods, unless one that forgot to name its types does so by mistake, as is told there.
_isolators(far, direction) := policies if {
	policies := selection.isolators(selection.wider(far), direction) - _mistaken[direction]
	count(policies) > 0
} else := union(found) if {
	found := {policies |
		some i in selection.subjects(far)
		pod := workload.all[i]
		policies := selection.isolators(selection.selecting(pod.namespace, pod.labels), direction) - _mistaken[direction]
	}
	not set() in found
}

_mistaken := {"Ingress": networkpolicy.egress_only, "Egress": set()}

# A rule of a policy for some of the pods could admit the others.
_open(far, direction, near, ports) if {
	some group in grant.candidates(far, direction, near)
	selector.overlaps(far[1], group[1])
	_meet(group, far)
	_admits(group, direction, near, ports)
}

_meet(_, far) if count(selection.subjects(far)) == 0

_meet(group, far) if count(selection.subjects(far) & selection.pods(group)) > 0

_admits(group, direction, near, ports) if {
	some i in selection.policies[group]
	some rule in networkpolicy.all[i].rules[direction]
	_reaches(rule, group[0], near)
	port.overlaps(rule.ports, ports)
}

_reaches(rule, _, _) if rule.peers == []

_reaches(rule, _, _) if {
	some peer in rule.peers
	dns.could_be_address(peer.ipBlock)
}

_reaches(rule, own, near) if {
	some peer in rule.peers
	not peer.ipBlock
	_in_namespace(peer, own, near[0])
	_among(object.get(peer, "podSelector", {}), near)
}

_in_namespace(peer, own, name) if {
	not peer.namespaceSelector
	own == name
}

_in_namespace(peer, _, name) if namespace.could_match(peer.namespaceSelector, name)

_in_namespace(peer, _, name) if namespace.means(peer.namespaceSelector, name)

_among(label_selector, near) if {
	count(selection.subjects(near)) == 0
	selector.overlaps(label_selector, near[1])
}

_among(label_selector, near) if {
	some i in selection.subjects(near)
	selector.matches(label_selector, workload.all[i].labels)
}

# There may be such pods, and not in the node's network alone.
_real(group) if {
	not selector.contradictory(group[1])
	count(selection.pods(group)) == 0
}

_real(group) if count(selection.subjects(group)) > 0

_message(direction, near, fars, ports) := sprintf(_messages[direction], [
	_list(fars),
	selection.describe_any(near),
	_on(ports),
	_isolating(fars, _other[direction]),
])

_messages := {
	"Ingress": "admits %s, but no policy lets them connect to %s%s: %s isolates their egress, so nothing gets through",
	"Egress": "admits connections to %s, but no policy there admits %s%s: %s isolates their ingress, so nothing gets through",
}

_list(fars) := concat(" and ", sort([selection.describe(far) | some far in fars])) if {
	count(fars) < 3
} else := sprintf("%s and %d others", [min({selection.describe(far) | some far in fars}), count(fars) - 1])

_on([]) := ""

_on(ports) := " on these ports" if ports != []

_isolating(fars, direction) := networkpolicy.describe({i | some far in fars; some i in _isolators(far, direction)})
