# METADATA
# description: >-
#   Two items in a list of peers, one of namespaces and one of pods: the API reads them as alternatives, where one peer with both
#   selectors may have been meant.
package lib.netvet.pair

import data.lib.netvet.selector

# The rule's only two peers as one, where the first selects namespaces and the second some of the pods.
in_order(rule) := _joined(rule.peers[0], rule.peers[1]) if count(rule.peers) == 2

# The same in either order.
either(rule) := peer if {
	peer := in_order(rule)
} else := _joined(rule.peers[1], rule.peers[0]) if {
	count(rule.peers) == 2
}

# The two as one where they name what everybody runs under these labels in that namespace.
known(rule, policy_namespace) := peer if {
	peer := either(rule)
	some [label, home] in _homes
	home != policy_namespace
	asks(peer.podSelector, label)
	names(peer, home)
}

# The peer's namespaces are all there are, or bear this name under whatever key.
names(peer, _) if selector.normal(peer.namespaceSelector) == {}

names(peer, name) if name in selector.normal(peer.namespaceSelector)[_]["in"]

# The selector asks for this [key, value], or for one of several values with this among them.
asks(label_selector, [key, value]) if value in object.get(selector.normal(label_selector), [key, "in"], set())

_joined(namespaces, pods) := object.union(namespaces, pods) if {
	_only(namespaces, "namespaceSelector")
	_only(pods, "podSelector")
	selector.normal(pods.podSelector) != {}
}

_only(peer, key) if {
	is_object(peer[key])
	count(peer) == 1
}

# By their own manifests: kubernetes/ingress-nginx, prometheus-community/helm-charts, prometheus-operator/kube-prometheus,
# openshift/cluster-monitoring-operator.
_homes := {
	[["app", "ingress-nginx"], "ingress-nginx"],
	[["app.kubernetes.io/name", "ingress-nginx"], "ingress-nginx"],
	[["app", "prometheus"], "monitoring"],
	[["app", "prometheus"], "prometheus"],
	[["app.kubernetes.io/name", "prometheus"], "monitoring"],
	[["app.kubernetes.io/name", "prometheus"], "openshift-monitoring"],
	[["app.kubernetes.io/name", "prometheus"], "prometheus"],
	[["prometheus", "k8s"], "monitoring"],
}
