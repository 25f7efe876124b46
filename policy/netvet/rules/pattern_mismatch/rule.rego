# METADATA
# title: A policy is not of the pattern that it claims
# description: |
#   The annotation `netvet.dev/pattern` names one of the guide's patterns, for whoever reads the policy. This rule holds the policy, together with those
#   that select the same pods, to what the name promises:
#
#   | Pattern | The policy |
#   |---|---|
#   | namespace-isolation | selects every pod; both directions isolated; peers in its own namespace, but for DNS; the pods reach one another, and DNS |
#   | tier-isolation | selects one tier; both directions isolated; peers chosen, those of its namespace by the same key as its own pods; ports listed |
#   | microservice-isolation | selects one service; both directions isolated; somebody admitted; peers chosen; ports listed; the pods reach DNS |
#   | database-access | selects one database; ingress isolated; somebody admitted; peers of ingress chosen; ports listed |
#   | multi-namespace | some peer in another namespace; peers chosen; ports listed |
#   | external-only | selects some pods; ingress isolated; peers of ingress outside; ports listed; no other policy admits pods to its pods |
#   | deny-all | selects every pod; both directions isolated; it admits nothing itself |
#   | service-mesh | both directions isolated; peers chosen, or the mesh's namespace; ports listed; the pods reach the mesh's control plane, and DNS |
#
#   Peers are chosen that select pods by their labels, in namespaces that are the policy's own or selected by label, too; and outside that are blocks of
#   addresses without the private ranges. In Istio's ambient mode pods need no control plane.
#
#   A direction is isolated by this policy or by another one that selects all of its pods. A rule for DNS lists ports of DNS alone. Whatever other policies
#   could still add is told only where all of them are in sight.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/
# custom:
#   severity: error
#   category: practice
#   scope: namespace
#   kinds: [NetworkPolicy]
#   needs: [Namespace]
#   after: []
#   guide: [practice 3, pattern 1, pattern 2, pattern 3, pattern 4, pattern 5, pattern 6, pattern 7, pattern 8]
#   parameters: {}
#   remediation: |
#     Mend the policy, or name the pattern that it follows. `netvet rules pattern-mismatch` has what each demands.
package netvet.rules.pattern_mismatch

import data.lib.netvet.cidr
import data.lib.netvet.dns
import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.likeness
import data.lib.netvet.namespace
import data.lib.netvet.networkpolicy
import data.lib.netvet.platform
import data.lib.netvet.port
import data.lib.netvet.selection
import data.lib.netvet.selector

metadata := rego.metadata.chain()

violation contains finding.at(i, path, message) if {
	some [i, path, text] in _lacks
	message := sprintf("claims to be %s, but %s", [_claims[i], text])
}

violation contains finding.at(i, _claim, message) if {
	some i, name in _claims
	not _patterns[name]
	message := sprintf("claims to be %s, which is no pattern%s", [name, _nearest(name)])
}

# Where the claim is; whatever no line of the policy is to blame for is told there.
_claim := ["metadata", "annotations", "netvet.dev/pattern"]

_claims := {i: name | some i in networkpolicy.reviewed; name := host.object_at(i).metadata.annotations[_claim[2]]; is_string(name)}

_nearest(name) := sprintf("; %s is", [nearest]) if {
	nearest := likeness.nearest(name, object.keys(_patterns))
} else := sprintf(": they are %s", [concat(", ", sort(object.keys(_patterns)))])

# Which pods, which directions have to be isolated, who the peers may be, and what else.
_patterns := {
	"namespace-isolation": {"pods": "every", "isolated": _both, "peers": "own namespace", "more": {"itself", "dns"}},
	"tier-isolation": {"pods": "some", "isolated": _both, "peers": "chosen", "more": {"ports", "one key"}},
	"microservice-isolation": {"pods": "some", "isolated": _both, "peers": "chosen", "more": {"ports", "somebody", "dns"}},
	"database-access": {"pods": "some", "isolated": {"Ingress"}, "peers": "chosen", "more": {"ports", "somebody"}},
	"multi-namespace": {"pods": "", "isolated": set(), "peers": "chosen", "more": {"ports", "elsewhere"}},
	"external-only": {"pods": "some", "isolated": {"Ingress"}, "peers": "outside", "more": {"ports", "no pods"}},
	"deny-all": {"pods": "every", "isolated": _both, "peers": "none", "more": set()},
	"service-mesh": {"pods": "", "isolated": _both, "peers": "chosen or mesh", "more": {"ports", "mesh", "dns"}},
}

_both := {"Ingress", "Egress"}

_pattern(i) := _patterns[_claims[i]]

# What the policy is not, as [policy, path, text].
_lacks contains [i, ["spec", "podSelector"], text] if {
	some i, _ in _claims
	_pattern(i).pods == "every"
	not _of_every_pod(i)
	text := sprintf("it selects %s alone", [selection.describe(networkpolicy.all[i].group)])
}

_lacks contains [i, ["spec", "podSelector"], text] if {
	some i, _ in _claims
	_pattern(i).pods == "some"
	_of_every_pod(i)
	text := sprintf("it selects %s", [selection.describe(networkpolicy.all[i].group)])
}

_lacks contains [i, _claim, text] if {
	host.sight == "set"
	some i, _ in _claims
	group := networkpolicy.all[i].group
	some direction in _pattern(i).isolated
	count(selection.isolators(selection.wider(group), direction)) == 0
	text := sprintf("no policy isolates %s for %s", [selection.describe_any(group), networkpolicy.adjective(direction)])
}

_lacks contains [i, _place(direction, k), sprintf("%s admits %s", [_rule_name(direction, k), _anybody(direction)])] if {
	some [i, direction, k, rule] in _rules
	rule.peers == []
	not _pattern(i).peers == "none"
}

_lacks contains [i, _place(direction, k), sprintf("%s admits something", [_rule_name(direction, k)])] if {
	some i, _ in _claims
	_pattern(i).peers == "none"
	some direction, rules in networkpolicy.all[i].rules
	some k, _ in rules
}

_lacks contains [i, _place(direction, k), sprintf("%s has no ports", [_rule_name(direction, k)])] if {
	some [i, direction, k, rule] in _rules
	rule.ports == []
	"ports" in _pattern(i).more
}

_lacks contains [i, path, sprintf("%s is %s", [trim_prefix(finding.place(path), "spec."), objection])] if {
	some [i, direction, k, rule] in _rules
	some p, peer in rule.peers
	objection := _objection(_pattern(i).peers, peer, networkpolicy.all[i].namespace)
	path := array.concat(_place(direction, k), [networkpolicy.directions[direction].peers, p])
}

_lacks contains [i, _claim, "its peers are not told apart by the label that tells its own pods apart"] if {
	some i, _ in _claims
	"one key" in _pattern(i).more
	own := object.keys(selector.normal(networkpolicy.all[i].selector))
	keys := {object.keys(selector.normal(peer.podSelector)) | some peer in _peers(i); not peer.namespaceSelector}
	count(intersection(keys | {own})) == 0
	own != set()
}

_lacks contains [i, _claim, "it admits nobody"] if {
	some i, _ in _claims
	"somebody" in _pattern(i).more
	count(object.get(networkpolicy.all[i].rules, "Ingress", [])) == 0
}

_lacks contains [i, _claim, "no peer is in another namespace"] if {
	some i, _ in _claims
	"elsewhere" in _pattern(i).more
	every peer in _peers(i) { _stays(peer, networkpolicy.all[i].namespace) }
}

_lacks contains [i, _claim, "no policy lets its pods ask the cluster's DNS"] if {
	some i, others in _together
	"dns" in _pattern(i).more
	every j in others { not dns.granted(networkpolicy.all[j].group, "UDP") }
}

_lacks contains [i, _claim, text] if {
	some i, others in _together
	"itself" in _pattern(i).more
	own := networkpolicy.all[i].namespace
	some direction in _both
	every j in others { not _admits_all_of(j, direction, own) }
	text := sprintf("no policy admits the pods of namespace %s to one another for %s", [own, networkpolicy.adjective(direction)])
}

_lacks contains [i, _claim, sprintf("%s admits pods to the same pods", [networkpolicy.describe(openers)])] if {
	some i, others in _together
	"no pods" in _pattern(i).more
	openers := {j |
		some j in (others - {i})
		some rule in networkpolicy.all[j].rules.Ingress
		_admits_pods(rule.peers)
	}
}

_lacks contains [i, _claim, "no policy lets its pods call the control plane of a mesh"] if {
	not platform.is("istio-ambient")
	some i, others in _together
	"mesh" in _pattern(i).more
	every mesh in platform.meshes { not _calls(others, mesh) }
}

_of_every_pod(i) if selector.normal(networkpolicy.all[i].selector) == {}

# The rules whose peers and ports count: those of the directions that the pattern is about, but for DNS.
_rules contains [i, direction, k, rule] if {
	some i, _ in _claims
	some direction, rules in networkpolicy.all[i].rules
	_concerns(_pattern(i), direction)
	some k, rule in rules
	not _for_dns(direction, rule)
}

_concerns(pattern, direction) if direction in pattern.isolated

_concerns(pattern, _) if pattern.isolated == set()

_for_dns("Egress", rule) if {
	count(rule.ports) > 0
	every entry in rule.ports { entry.port in platform.dns_ports }
}

_place(direction, k) := ["spec", networkpolicy.directions[direction].rules, k]

_rule_name(direction, k) := sprintf("%s[%d]", [networkpolicy.directions[direction].rules, k])

_anybody("Ingress") := "anybody"

_anybody("Egress") := "connections to anybody"

# What is wrong with a peer, to follow "is".
_objection("own namespace", peer, own) := sprintf("not the pods of namespace %s", [own]) if not _at_home(peer, own)

_objection("chosen", peer, _) := _no_choice(peer)

_objection("chosen or mesh", peer, _) := text if {
	not _of_mesh(peer)
	text := _no_choice(peer)
}

_objection("outside", peer, _) := "no block of addresses" if {
	not peer.ipBlock
} else := sprintf("not outside alone: it admits addresses of %s", [concat(", ", sort(private))]) if {
	admitted := cidr.subtract(peer.ipBlock.cidr, object.get(peer.ipBlock, "except", []))
	private := {range | some range in cidr.private; some part in admitted; cidr.overlaps(range, part)}
	count(private) > 0
}

_no_choice(peer) := "a block of addresses" if {
	peer.ipBlock
} else := sprintf("every pod of namespaces with %s", [selector.describe(peer.namespaceSelector)]) if {
	selector.normal(object.get(peer, "podSelector", {})) == {}
	selector.normal(peer.namespaceSelector) != {}
} else := "every pod of every namespace" if {
	selector.normal(object.get(peer, "podSelector", {})) == {}
	peer.namespaceSelector
} else := "every pod of its own namespace" if {
	selector.normal(object.get(peer, "podSelector", {})) == {}
} else := "pods of any namespace" if {
	selector.normal(peer.namespaceSelector) == {}
}

_at_home(peer, _) if {
	not peer.ipBlock
	not peer.namespaceSelector
}

_at_home(peer, own) if _names(peer) == {own}

# The namespaces that a peer names, where it names all that it can be in.
_names(peer) := selector.normal(peer.namespaceSelector)[namespace.name_label]["in"]

_of_mesh(peer) if {
	some mesh in platform.meshes
	_names(peer) == {mesh.namespace}
}

_stays(peer, _) if peer.ipBlock

_stays(peer, own) if _at_home(peer, own)

_peers(i) := {peer | some row in _rules; row[0] == i; some peer in row[3].peers}

# What other policies for the same pods can add, where they are in sight.
_together[i] := {j | some group in selection.wider(networkpolicy.all[i].group); some j in selection.policies[group]} if {
	host.sight == "set"
	some i, _ in _claims
}

_admits_all_of(j, direction, own) if {
	some rule in networkpolicy.all[j].rules[direction]
	rule.ports == []
	_admits_namespace(rule.peers, own)
}

_admits_namespace([], _)

_admits_namespace(peers, own) if {
	some peer in peers
	not peer.ipBlock
	selector.normal(object.get(peer, "podSelector", {})) == {}
	_takes_in(peer, own)
}

_takes_in(peer, _) if not peer.namespaceSelector

_takes_in(peer, own) if namespace.matches(peer.namespaceSelector, own)

_admits_pods([])

_admits_pods(peers) if {
	some peer in peers
	not peer.ipBlock
}

_calls(others, mesh) if {
	every number in mesh.control_ports {
		some j in others
		some rule in networkpolicy.all[j].rules.Egress
		port.could_admit(rule.ports, "TCP", number)
		_reaches(rule.peers, mesh.namespace)
	}
}

_reaches([], _)

_reaches(peers, name) if {
	some peer in peers
	namespace.could_match(peer.namespaceSelector, name)
}
