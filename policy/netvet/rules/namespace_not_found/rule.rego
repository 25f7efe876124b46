# METADATA
# title: A peer names a namespace that is not there
# description: |
#   A namespaceSelector asks for `kubernetes.io/metadata.name`, and no Namespace in sight bears the name. No pod is in it, so the peer admits nobody of
#   it. Mostly the name is misspelt, or that of another stage of the same application.
#   Told only where Namespaces other than the policy's own are in sight. Names that every cluster has are exempt, and namespaces of which other objects are
#   in sight. Names by which well-known add-ons are installed are exempt, too, unless the Namespace kube-system is in sight: then all of them are.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#targeting-a-namespace-by-its-name
#   - ref: https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#automatic-labelling
# custom:
#   severity: warning
#   category: correctness
#   scope: workloads
#   kinds: [NetworkPolicy]
#   needs: [Namespace]
#   after: [rules-without-policy-type, contradictory-selector]
#   guide: []
#   parameters:
#     other_namespaces:
#       type: array
#       description: Namespaces that the cluster has besides those in sight.
#       default: []
#   remediation: |
#     Name a namespace that exists:
#
#     namespaceSelector:
#       matchLabels:
#         kubernetes.io/metadata.name: shop
#
#     If it is made elsewhere, lint its manifest, too, or name it in the parameter other_namespaces.
package netvet.rules.namespace_not_found

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.likeness
import data.lib.netvet.namespace
import data.lib.netvet.networkpolicy
import data.lib.netvet.selector

metadata := rego.metadata.chain()

violation contains finding.mended(finding.at(i, path, message), _fix(path, name)) if {
	host.sight == "set"
	some label_selector in networkpolicy.namespace_selectors
	some [place, name] in _named(label_selector)
	not namespace.seen(name) # for speed
	not name in _known
	selector.valid(label_selector)
	not selector.contradictory(label_selector)
	some [i, direction, k, p, _] in networkpolicy.by_namespace_selector[label_selector]
	i in networkpolicy.reviewed
	count(object.keys(namespace.visible) - {networkpolicy.judged[i].namespace}) > 0
	name != networkpolicy.judged[i].namespace
	path := array.concat(networkpolicy.peer_path(direction, k, p), array.concat(["namespaceSelector"], place))
	message := sprintf("no Namespace in sight is called %s, so the peer admits nobody there%s", [name, _instead(name)])
}

_named(label_selector) := {[["matchLabels", namespace.name_label], name] |
	name := label_selector.matchLabels[namespace.name_label]
} | {[["matchExpressions", e, "values", v], name] |
	some e
	label_selector.matchExpressions[e].key == namespace.name_label
	label_selector.matchExpressions[e].operator == "In"
	some v, name in label_selector.matchExpressions[e].values
}

_known := union({
	object.keys(namespace.visible),
	{"default", "kube-node-lease", "kube-public", "kube-system"},
	{name | some name in host.parameter("other_namespaces", [])},
	{name | name := object.remove(host.namespaces, object.get(host.of_kind, "Namespace", set()))[_]},
	_add_ons,
})

# Where add-ons are installed by their own instructions, mostly by somebody else than who writes policies.
_add_ons := set() if {
	namespace.visible["kube-system"]
} else := {
	"argocd", "calico-system", "cert-manager", "external-secrets", "flux-system", "gatekeeper-system",
	"gmp-system", "ingress-nginx", "istio-ingress", "istio-system", "keda", "kyverno", "linkerd", "linkerd-viz",
	"longhorn-system", "metallb-system", "monitoring", "nginx-ingress", "observability", "openshift-dns",
	"openshift-ingress", "openshift-monitoring", "openshift-user-workload-monitoring", "prometheus",
	"tigera-operator", "traefik", "vault", "velero",
}

_instead(name) := sprintf("; the nearest is %s", [nearest]) if {
	nearest := likeness.kin(name, object.keys(namespace.visible))
} else := ""

_fix(path, name) := [{"op": "replace", "path": path, "value": nearest}] if {
	nearest := likeness.nearest(name, object.keys(namespace.visible))
} else := []
