# METADATA
# title: A policy is in the namespace default
# description: |
#   Policies and pods that name no namespace end up in `default`, whosever they are: a policy there selects pods of people who do not know of it, and
#   its peers admit them. A namespace for each application keeps policies, and those who may change them, apart.
#   A policy that names no namespace at all is told by namespace-unset.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#initial-namespaces
# custom:
#   severity: note
#   category: practice
#   scope: object
#   kinds: [NetworkPolicy]
#   needs: []
#   after: []
#   guide: [practice 7]
#   parameters: {}
#   remediation: |
#     Give the application a namespace, and move its pods and policies there:
#
#     metadata:
#       namespace: shop
package netvet.rules.default_namespace

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.networkpolicy
import data.lib.netvet.selection

metadata := rego.metadata.chain()

violation contains finding.at(i, ["metadata", "namespace"], message) if {
	some i in networkpolicy.reviewed
	host.resources[i].metadata.namespace == "default"
	message := sprintf("the policy is for %s, which is everybody's", [selection.describe(networkpolicy.all[i].group)])
}
