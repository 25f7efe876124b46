# METADATA
# title: A rule or policy that another one covers
# description: |
#   Policies add up. What another rule admits to the same pods or more, from the same peers or more, on the same ports or more, a rule need not admit
#   again; and a policy of which all rules are covered so by one other, which isolates the same pods, changes nothing. Neither does harm, but whoever
#   takes the rule out to close a connection finds it open.
#   Only what follows from the selectors and ports alone is told, whatever pods there are. A rule that admits everything covers all the others, as
#   allow-all-ingress and allow-all-egress tell, and so do all addresses, as world-open-ingress tells, and an exception that is undone, as except-undone
#   does; a rule for DNS may well be in each policy that needs it; and a policy without rules counts as covered
#   only by another one without rules: a default deny is worth its lines beside policies that isolate all pods, too. Policies of different files that
#   name no namespace are not compared.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation
# custom:
#   severity: note
#   category: correctness
#   scope: namespace
#   kinds: [NetworkPolicy]
#   needs: []
#   after: [unknown-field, rules-without-policy-type, allow-all-ingress, allow-all-egress, default-deny-undone,
#     name-contradicts-effect, world-open-ingress, except-undone]
#   guide: []
#   parameters: {}
#   remediation: Take one of the two out.
package netvet.rules.redundant_rule

import data.lib.netvet.cidr
import data.lib.netvet.dns
import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.kept
import data.lib.netvet.networkpolicy
import data.lib.netvet.peer
import data.lib.netvet.platform
import data.lib.netvet.port
import data.lib.netvet.schema
import data.lib.netvet.selection
import data.lib.netvet.selector
import data.lib.netvet.world

metadata := rego.metadata.chain()

violation contains finding.at(i, ["metadata", "name"], message) if {
	_likely # for speed
	some i in networkpolicy.reviewed
	others := _redundant[i]
	message := sprintf("the policy changes nothing: %s isolates the same pods, and admits the same or more", [_named(min(others))])
}

violation contains finding.mended(finding.at(i, networkpolicy.path(direction, k), message), _fix(i, direction, k)) if {
	_likely # for speed
	some [i, direction, k], covers in _covers
	i in networkpolicy.reviewed
	not [i, direction, k] in _told
	wide := _wide([i, direction, k], covers - _told)
	message := sprintf("the rule changes nothing: %s admits the same or more", [_named_place(wide, i)])
}

# Reviewing a policy: rules of it may be covered, by a rule of its own, or by one of a policy that selects its pods, too.
_likely if not host.sparing

_likely if {
	some policy in networkpolicy.judged
	some direction, rules in policy.rules
	some k, rule in rules
	not dns.intended(rule)
	some n, other in rules
	n != k # for speed
	not dns.intended(other)
	_peers_imply(rule.peers, other.peers, policy.namespace)
	port.implies(rule.ports, other.ports)
}

_likely if {
	some policy in networkpolicy.judged
	some other in kept.wider(policy.namespace, policy.selector)
	_comparable(policy.rules, other.rules)
}

# Both have rules of one direction, other than those for DNS, or the policy has none at all.
_comparable(directions, _) if {
	every rules in directions { rules == [] }
}

_comparable(directions, others) if {
	some direction, rules in directions
	rules != []
	some other in others[direction]
	not dns.intended(other)
}

_named([name, _]) := name

# What is told of the rule: one of its own policy, whatever other policies are in sight, else one of a policy that is to stay.
_wide(r, covers) := min(own)[1] if {
	own := {[_order(s), s] | some s in covers; s[0] == r[0]; _counts(r, s)}
	count(own) > 0
} else := min(others)[1] if {
	not _redundant[r[0]]
	others := {[_order(s), s] | some s in covers; not _redundant[s[0]]; _counts(r, s)}
	count(others) > 0
}

# Others tell of these, and what they cover is no fault of its own: rules open to the world, and those that lack what has another name.
_told := {array.slice(row, 0, 3) | some row in world.all; world.opens(row)} | schema.unfinished_rules

# By the names of their policies, of two that cover each other the later is told.
_order([i, _, k]) := [networkpolicy.all[i].name, i, k]

_counts(r, s) if not r in object.get(_covers, [s], set())

_counts(r, s) if _order(s) < _order(r)

_named_place([i, direction, k], i) := finding.place(networkpolicy.path(direction, k))

_named_place([j, direction, k], i) := sprintf("%s of %s", [finding.place(networkpolicy.path(direction, k)), networkpolicy.all[j].name]) if j != i

# Without policyTypes the last egress rule is what isolates.
_fix(i, direction, k) := [{"op": "remove", "path": networkpolicy.path(direction, k)}] if {
	count(networkpolicy.written(i).policyTypes) > 0
} else := []

# The policies that others cover, by [name, index].
_redundant := {i: others |
	some i, candidates in _policy_covers
	others := {[networkpolicy.all[j].name, j] | some j in candidates; _policy_counts(i, j)}
	count(others) > 0
}

_policy_counts(i, j) if not i in object.get(_policy_covers, j, set())

_policy_counts(i, j) if [networkpolicy.all[j].name, j] < [networkpolicy.all[i].name, i]

_policy_covers := {i: others |
	some i in ({r[0] | some r, _ in _covers} | _denies)
	others := {j | some j in _sharing(i); j != i; host.together(i, j); _isolates_as(j, networkpolicy.all[i].rules)}
	count(others) > 0
}

# The policies without rules.
_denies := {i |
	some members in selection.policies
	some i in members
	every rules in networkpolicy.all[i].rules { rules == [] }
}

# The policies that cover each of its rules; without any, those that select the same pods.
_sharing(i) := union({selection.policies[group] | some group in selection.wider(networkpolicy.all[i].group)}) if {
	i in _denies
} else := intersection({{s[0] | some s in object.get(_covers, [[i, direction, k]], set())} |
	some direction, rules in networkpolicy.all[i].rules
	some k, _ in rules
})

_isolates_as(j, directions) if {
	every direction, rules in directions { _as_narrow(networkpolicy.all[j].rules[direction], rules) }
}

_as_narrow(_, rules) if rules != []

_as_narrow([], [])

# The rules, by [policy, direction, rule], that cover each rule.
_covers := {r: wide |
	some [r, rule, _] in _rules
	r[0] in _suspects
	places := _sought(rule)
	candidates := {s | some group in _groups[r[0]]; some place in places; some s in _filed[[group, r[1], place]]; s != r}
	wide := {s |
		some s in candidates
		host.together(r[0], s[0])
		other := networkpolicy.all[s[0]].rules[s[1]][s[2]]
		_implies(rule, other, host.namespaces[s[0]])
		not _undoes(other, rule)
	}
	count(wide) > 0
}

# The groups, by their first policies, that select the same pods as the policy or more.
_groups := {i: groups |
	some i in _suspects
	groups := {min(selection.policies[group]) | some group in selection.wider(networkpolicy.all[i].group)}
}

# The policies of which a rule could be covered at all: their pods are those of others, too, or may be, or they have several rules.
_suspects := {i |
	some members in selection.policies
	some i in members
	_suspect(members, i)
}

_suspect(members, _) if count(members) > 1

_suspect(_, i) if count({direction | _plain[i][[_, direction, _]]}) < count(_plain[i])

_suspect(_, i) if {
	own := _keys[i]
	some keys in _keys_in[host.namespaces[i]]
	keys != own # for speed
	_may_be_wider(keys, own)
}

_may_be_wider(_, "others")

_may_be_wider("others", _)

_may_be_wider(keys, own) if {
	is_set(own)
	is_set(keys)
	keys - own == set()
}

# The keys of the labels that policies ask for.
_keys := {i: keys | some i, _ in _plain; keys := _keys_of(networkpolicy.all[i].selector)}

_keys_of(pods) := object.keys(pods.matchLabels) if {
	object.keys(pods) == {"matchLabels"} # for speed
} else := set() if {
	pods == {} # for speed
} else := "others"

_keys_in := {name: {row[1] | some row in _key_rows; row[0] == name} | some name in {row[0] | some row in _key_rows}}

_key_rows := [[host.namespaces[i], keys] | some i, keys in _keys]

# The rules, by policy, but for those that others tell of, and those for DNS.
_plain := {i: rules |
	some members in selection.policies
	some i in members
	rules := {[i, direction, k] | some direction, k; networkpolicy.all[i].rules[direction][k]} - (_everything | _for_dns)
	count(rules) > 0
}

_everything := {[i, direction, k] | some [i, direction, k, rule] in networkpolicy.without_peers_in(networkpolicy.all); rule.ports == []}

_for_dns := {[i, direction, k] | some i, direction, k; networkpolicy.all[i].rules[direction][k].ports[_].port in platform.dns_ports}

# It admits what the rule takes exception to, as except-undone tells.
_undoes(other, rule) if {
	some excepting in rule.peers
	some except in excepting.ipBlock.except
	_admits(other, except)
}

_admits(rule, _) if rule.peers == []

_admits(rule, except) if {
	some admitting in rule.peers
	cidr.includes(admitting.ipBlock.cidr, except)
	every other in [other | some other in admitting.ipBlock.except] { not cidr.includes(other, except) }
}

_implies(narrow, wide, own) if {
	port.implies(narrow.ports, wide.ports)
	_peers_imply(narrow.peers, wide.peers, own)
}

_peers_imply(_, [], _)

_peers_imply(narrow, wide, own) if {
	narrow != []
	every a in narrow {
		some b in wide
		peer.implies(a, b, own)
		not peer.implies(a, {}, own)
	}
}

# Rules by group, direction, and a mark of each peer.
_filed := {key: {row[1] | some row in _rows_by_place; row[0] == key} | some key in {row[0] | some row in _rows_by_place}}

_rows_by_place := [[[group, r[1], place], r] | some [r, rule, group] in _rules; some place in _places(rule)]

# The rules of the namespaces in which one could be covered, and the first policy of their group.
_rules := [[[i, direction, k], networkpolicy.all[i].rules[direction][k], min(members)] |
	some group, members in selection.policies
	group[0] in _namespaces
	some i in members
	some [_, direction, k] in _plain[i]
]

_namespaces := {host.namespaces[i] | some i in _suspects}

_places(rule) := {_place(p) | some p in rule.peers} if {
	rule.peers != []
} else := {"all"}

# A peer that another one implies bears one of its marks.
_place(p) := min({[key, value] | some key, value in p.podSelector.matchLabels}) if {
	count(p.podSelector.matchLabels) > 0 # for speed
} else := ["block", cidr.canonical(p.ipBlock.cidr)] if {
	p.ipBlock
} else := "none"

_sought(rule) := {"all", "none"} | {[key, value] | some key, value in selector.pairs(rule.peers[0].podSelector)} if {
	rule.peers[0].podSelector
} else := {"all"} | {["block", wide] | some wide in cidr.supernets(rule.peers[0].ipBlock.cidr, _lengths)} if {
	rule.peers[0].ipBlock
} else := {"all", "none"}

_lengths := {to_number(split(row[4].cidr, "/")[1]) | some row in networkpolicy.blocks_in(networkpolicy.all); cidr.valid(row[4].cidr)}
