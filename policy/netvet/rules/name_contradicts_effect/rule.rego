# METADATA
# title: A policy's name says the opposite of what it does
# description: |
#   The name, or the description in the annotation `kubernetes.io/description`, says deny, isolate or only, and the policy admits everything in that
#   direction; or it says allow, and the policy admits nothing. Whoever reads the list of policies takes it for its opposite. A name of nothing but words
#   such as default-deny-all contradicts also a policy that admits something other than DNS wherever it isolates.
#   Words count, not parts of them. Where no direction is named, all that the policy isolates must contradict. What is said both ways, such as
#   deny-ingress-allow-egress, draws nothing.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-policies
#   - ref: https://kubernetes.io/docs/reference/labels-annotations-taints/#description
# custom:
#   severity: warning
#   category: correctness
#   scope: object
#   kinds: [NetworkPolicy]
#   needs: []
#   after: [rules-without-policy-type, allow-all-ingress, allow-all-egress, default-deny-undone, deny-egress-without-effect]
#   guide: [pattern 1]
#   parameters: {}
#   remediation: |
#     Rename the policy, or write what the name says. Nothing is admitted by
#
#     spec:
#       podSelector: {}
#       policyTypes:
#         - Ingress
#         - Egress
package netvet.rules.name_contradicts_effect

import data.lib.netvet.dns
import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.networkpolicy
import data.lib.netvet.selection
import data.lib.netvet.world

metadata := rego.metadata.chain()

violation contains finding.at(i, text.path, message) if {
	some i in (_suspects & networkpolicy.reviewed)
	some text in _texts(i)
	[claim, effect] := _contradiction(i, text)
	message := sprintf("the %s says %s, but the policy %s %s", [text.source, claim, effect, selection.describe(networkpolicy.all[i].group)])
}

# Few policies can contradict any name.
_suspects := ({i | some [i, _] in world.open} | {i |
	some i, policy in networkpolicy.all
	_empty(policy)
}) | {i | some i, policy in networkpolicy.all; contains(policy.name, "deny")}

_empty(policy) if [] in policy.rules

# The words of the name; and the first sentence of the description, which says it with its first words or not at all.
_texts(i) := {{"source": "name", "path": ["metadata", "name"], "words": words, "first": words} |
	words := _words(networkpolicy.all[i].name)
} | {{"source": "description", "path": ["metadata", "annotations", _description], "words": words, "first": array.slice(words, 0, 2)} |
	words := _words(split(host.object_at(i).metadata.annotations[_description], ".")[0])
}

_description := "kubernetes.io/description"

_words(text) := [word | some word in regex.split(`[^a-z]+`, lower(text)); word != ""]

# What the text says, and what the policy does instead.
_contradiction(i, text) := [_restriction(text.first), sprintf("admits anyone, on every port, %s", [_ends(directions)])] if {
	_restriction(text.first)
	directions := _meant(i, text.words)
	every direction in directions { [i, direction] in world.open }
} else := ["deny all", sprintf("admits some connections %s", [_ends(directions)])] if {
	_denies_all(text.words)
	directions := _meant(i, text.words)
	every direction in directions { _admits(networkpolicy.all[i].rules[direction]) }
} else := [claim, sprintf("admits no connections %s", [_ends(directions)])] if {
	claim := [word | some word in text.first; word in _allowing][0]
	count({word | some word in text.words} & (_denying | _negating)) == 0
	directions := _meant(i, text.words)
	every direction in directions { networkpolicy.all[i].rules[direction] == [] }
	not _told(i)
}

_ends(directions) := concat(" and ", [{"Ingress": "to", "Egress": "from"}[direction] | some direction in ["Ingress", "Egress"]; direction in directions])

# The word that promises a restriction. "egress-only" speaks of the direction.
_restriction(words) := [word | some word in words; word in _denying][0] if {
	count({word | some word in words} & _allowing) == 0
} else := "only" if {
	some k, "only" in words
	not _of_direction(words, k)
}

_of_direction(words, k) if _directions[words[k - 1]]

_denying := {"deny", "denies", "denied", "isolate", "isolates", "isolated", "isolation"}

_allowing := {"allow", "allows", "allowed", "permit", "permits", "permitted"}

_negating := {"no", "not", "none", "nobody", "nothing", "never", "without", "other", "others"}

# Such a name leaves nothing to be admitted.
_denies_all(words) if {
	"deny" in words
	{"all", "everything", "any"} & {word | some word in words} != set()
	every word in words { word in _plain }
}

_plain := {"deny", "all", "everything", "any", "default", "traffic", "network", "policy", "netpol", "np", "by", "and"} | object.keys(_directions)

_directions := {
	"ingress": "Ingress",
	"inbound": "Ingress",
	"incoming": "Ingress",
	"egress": "Egress",
	"outbound": "Egress",
	"outgoing": "Egress",
}

# The direction that is named, if the policy isolates it; else all that it isolates.
_meant(i, words) := directions if {
	isolated := object.keys(networkpolicy.all[i].rules)
	named := {_directions[word] | some word in words}
	directions := {direction | some direction in isolated; _named(direction, named)}
	count(directions) > 0
}

_named(_, set())

_named(direction, named) if direction in named

_admits(rules) if {
	some rule in rules
	not dns.intended(rule)
}

# What is ignored, or does not deny, is told where it stands.
_told(i) if {
	some direction, _ in networkpolicy.directions
	networkpolicy.ignores(i, direction)
}

_told(i) if networkpolicy.empty_egress(i)
