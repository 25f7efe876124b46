# METADATA
# title: Peers
# description: |
#   The API's NetworkPolicyPeer, `{podSelector?, namespaceSelector?, ipBlock?}`. Both selectors together are an AND;
#   a podSelector alone looks in the policy's own namespace, a namespaceSelector alone takes all pods. Null members
#   are as absent. A peer that the API server refuses, `{}` among them, admits nothing.
package lib.netvet.peer

import data.lib.netvet.cidr
import data.lib.netvet.selector

# Holds when the peer admits the pod, {"namespace", "namespace_labels", "labels"}.
admits_pod(peer, policy_namespace, pod) if {
	[namespaces, pods] := _selectors(peer, policy_namespace)
	selector.matches(namespaces, pod.namespace_labels)
	selector.matches(pods, pod.labels)
}

# Holds when the peer admits the address, or every address of a block.
admits_address(peer, address) if {
	[block, excepts] := _block(peer)
	cidr.includes(block, address)
	every e in excepts { not cidr.overlaps(e, address) }
}

# Holds when b admits every source that a admits, both in a policy of that namespace. Addresses are no pods.
implies(a, _, policy_namespace) if not _admits_any(a, policy_namespace)

implies(a, b, policy_namespace) if {
	[namespaces, pods] := _selectors(a, policy_namespace)
	[wide_namespaces, wide_pods] := _selectors(b, policy_namespace)
	selector.implies(pods, wide_pods)
	selector.implies(_named(namespaces), wide_namespaces)
}

implies(a, b, _) if {
	[block, excepts] := _block(a)
	every part in cidr.subtract(block, excepts) { admits_address(b, part) }
}

_admits_any(peer, policy_namespace) if {
	[namespaces, pods] := _selectors(peer, policy_namespace)
	not selector.contradictory(pods)
	not selector.contradictory(namespaces)
	not selector.contradictory(_named(namespaces))
}

_admits_any(peer, _) if {
	[block, excepts] := _block(peer)
	count(cidr.subtract(block, excepts)) > 0
}

_name := "kubernetes.io/metadata.name"

# [namespaces, pods] of a peer that has either; the own namespace is found by its name, which labels it.
_selectors(peer, policy_namespace) := [namespaces, pods] if {
	_absent(peer, "ipBlock")
	not _neither(peer)
	namespaces := _member(peer, "namespaceSelector", {"matchLabels": {_name: policy_namespace}})
	is_object(namespaces)
	pods := _member(peer, "podSelector", {})
	is_object(pods)
}

_neither(peer) if {
	_absent(peer, "namespaceSelector")
	_absent(peer, "podSelector")
}

# Every namespace bears its name as a label, whatever a selector asks.
_named(namespaces) := object.union(namespaces, {"matchExpressions": array.concat(
	[e | some e in namespaces.matchExpressions],
	[{"key": _name, "operator": "Exists"}],
)})

_block(peer) := [block, excepts] if {
	_neither(peer)
	block := peer.ipBlock.cidr
	cidr.valid(block)
	excepts := _member(peer.ipBlock, "except", [])
	is_array(excepts)
	every e in excepts {
		cidr.valid(e)
		cidr.includes(block, e)
	}
}

_absent(object_, key) if {
	is_object(object_)
	object.get(object_, key, null) == null
}

_member(object_, key, fallback) := fallback if _absent(object_, key)

else := object_[key]
