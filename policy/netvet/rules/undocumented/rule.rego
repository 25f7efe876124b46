# METADATA
# title: A policy does not say what it is for
# description: |
#   A policy shows which connections it admits, not why. Whoever comes to change it has to guess whom it protects and whether a peer is still needed.
#   The annotation `kubernetes.io/description` is the place that Kubernetes has for it: it stands beside the rules, in the cluster as in the repository.
#   An empty one says nothing.
# related_resources:
#   - ref: https://kubernetes.io/docs/reference/labels-annotations-taints/#description
# custom:
#   severity: note
#   category: practice
#   scope: object
#   kinds: [NetworkPolicy]
#   needs: []
#   after: [unknown-field]
#   guide: [practice 3]
#   parameters: {}
#   remediation: |
#     Say in a sentence what the policy is for:
#
#     metadata:
#       annotations:
#         kubernetes.io/description: Lets the shop's front end, and nothing else, ask the orders service.
package netvet.rules.undocumented

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.networkpolicy
import data.lib.netvet.schema

metadata := rego.metadata.chain()

violation contains finding.at(i, ["metadata", "name"], "no annotation kubernetes.io/description says what the policy is for") if {
	some i in networkpolicy.reviewed
	not _described(i)
	not [i, "annotations"] in schema.astray
}

_described(i) if {
	description := host.object_at(i).metadata.annotations["kubernetes.io/description"]
	is_string(description)
	trim_space(description) != ""
}
