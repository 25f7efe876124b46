# METADATA
# title: Two policies with one name
# description: |
#   A name belongs to one NetworkPolicy of a namespace. Whichever of the two is applied later overwrites the other, whose pods then have lost what it said
#   of them. Mostly a policy was copied, and its name left as it was.
#   Within one file it is an error. In two files it is a warning, as they may be alternatives, and nothing where they name no namespace, as they may be
#   meant for different ones. Where both say the same it is a note.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
#   - ref: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_apply/
# custom:
#   severity: error
#   category: correctness
#   scope: source
#   kinds: [NetworkPolicy]
#   needs: [NetworkPolicy]
#   after: []
#   guide: []
#   parameters: {}
#   remediation: |
#     Give the later one a name of its own. If the two are for different namespaces, name these:
#
#     metadata:
#       name: web
#       namespace: shop
package netvet.rules.duplicate_policy

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.networkpolicy
import data.lib.netvet.selection

metadata := rego.metadata.chain()

violation contains finding.graded(i, ["metadata", "name"], message, severity) if {
	some name, indexes in networkpolicy.namesakes
	some i in (indexes & networkpolicy.reviewed)
	earlier := max({k | some k in indexes; k < i})
	[severity, effect] := _effect(i, earlier)
	message := sprintf("NetworkPolicy %s/%s is there twice%s", [name[0], name[1], effect])
}

# Files of a host that tells of none are one.
_effect(i, earlier) := ["note", " with the same spec"] if {
	networkpolicy.written(i) == networkpolicy.written(earlier)
	host.together(i, earlier)
} else := ["error", sprintf(": this one overwrites the one before, which selects %s", [selection.describe(networkpolicy.all[earlier].group)])] if {
	not host.apart(i, earlier)
} else := ["warning", sprintf(", also in %s: the one that is applied later overwrites the other, which selects %s", [
	host.file(earlier),
	selection.describe(networkpolicy.all[earlier].group),
])] if {
	host.together(i, earlier)
}
