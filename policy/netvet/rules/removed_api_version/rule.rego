# METADATA
# title: A NetworkPolicy that no API server takes
# description: |
#   NetworkPolicies are served as networking.k8s.io/v1 alone. extensions/v1beta1, where they began, went with Kubernetes 1.16; other versions and
#   groups of Kubernetes never had them, and the kind is spelt NetworkPolicy. kubectl finds no such kind, applies the rest of the file, and the pods
#   stay as open as they are without the policy.
#   NetworkPolicies of other projects, such as Calico's, are kinds of their own. The report counts them as not judged.
# related_resources:
#   - ref: https://kubernetes.io/docs/reference/using-api/deprecation-guide/#networkpolicy-v116
#   - ref: https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/
# custom:
#   severity: error
#   category: validity
#   scope: source
#   kinds: [NetworkPolicy]
#   needs: []
#   after: []
#   guide: []
#   parameters: {}
#   remediation: |
#     Write
#
#     apiVersion: networking.k8s.io/v1
#     kind: NetworkPolicy
package netvet.rules.removed_api_version

import data.lib.netvet.finding
import data.lib.netvet.host

metadata := rego.metadata.chain()

violation contains finding.mended(fault, fix) if {
	not host.admission
	some kind, objects in host.of_kind
	is_string(kind)
	lower(kind) in {"networkpolicy", "networkpolicies"}
	some i in (objects & host.reviewed)
	object := host.resources[i]
	[kind, object.apiVersion] != ["NetworkPolicy", "networking.k8s.io/v1"]
	is_string(object.apiVersion)
	_of_kubernetes(split(object.apiVersion, "/")[0])
	wrong := {field | some field, right in _served; object[field] != right}
	version := sprintf("%s%s", [object.apiVersion, _since(object.apiVersion)])
	fault := finding.at(i, [max(wrong)], sprintf("no API server serves the kind %s in %s: the policy is not applied", [object.kind, version]))
	fix := [{"op": "replace", "path": [field], "value": _served[field]} | some field in wrong]
}

_served := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}

# Groups without a dot are Kubernetes' own, too.
_of_kubernetes(group) if not contains(group, ".")

_of_kubernetes(group) if endswith(lower(group), "k8s.io")

_of_kubernetes(group) if endswith(lower(group), "kubernetes.io")

_since("extensions/v1beta1") := " since Kubernetes 1.16"

_since(version) := "" if version != "extensions/v1beta1"
