# METADATA
# title: A policy does not name its namespace
# description: |
#   Without metadata.namespace a policy goes to whatever namespace the request is for: that of the kubeconfig's context, or of the tool that applies it.
#   Applied somewhere else it selects no pod, or other pods, and the pods that it was written for stay open. Nothing tells.
#   Not told at admission, where every object has its namespace.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#setting-the-namespace-for-a-request
# custom:
#   severity: note
#   category: practice
#   scope: source
#   kinds: [NetworkPolicy]
#   needs: []
#   after: [unknown-field]
#   guide: [practice 7]
#   parameters: {}
#   remediation: |
#     Name the namespace:
#
#     metadata:
#       namespace: shop
#
#     Where Kustomize or Helm sets it, lint what they render.
package netvet.rules.namespace_unset

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.networkpolicy
import data.lib.netvet.schema

metadata := rego.metadata.chain()

violation contains finding.at(i, ["metadata"], message) if {
	some i in networkpolicy.reviewed
	object.get(host.resources[i], ["metadata", "namespace"], "") in {"", null}
	host.source(host.resources[i])
	not [i, "namespace"] in schema.astray
	message := sprintf("no namespace: where the request names none, the policy goes to namespace %s", [host.namespaces[i]])
}
