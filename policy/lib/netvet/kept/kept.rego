# METADATA
# description: >-
#   The other policies of a namespace, found in what Gatekeeper keeps by a field or two, where host.sparing holds. The policy under review is not among
#   them: what is kept of it is what it was before.
package lib.netvet.kept

import data.lib.netvet.host
import data.lib.netvet.networkpolicy
import data.lib.netvet.selector

# Some other policy is in sight there.
any(namespace) if {
	some id, _ in _objects(namespace)
	not _under_review(namespace, id)
}

# The selector and rules of the policies there that ask for one of the selector's labels; of those that select every pod where it asks for none.
alike(namespace, label_selector) := {_policy(namespace, id) |
	some id in _asking(namespace, label_selector)
	not _under_review(namespace, id)
}

# The same of the policies there that may select all the pods that the selector does, none of which is left out.
wider(namespace, label_selector) := {_policy(namespace, id) |
	pairs := selector.pairs(label_selector)
	some id in (_asking_alike(namespace, pairs) | _with_expressions(namespace))
	object.subset(pairs, selector.labels(object.get(_objects(namespace)[id], ["spec", "podSelector", "matchLabels"], {})))
	not _under_review(namespace, id)
}

# Without a spec, as only manifests are, it has that of the defaults.
_policy(namespace, id) := networkpolicy.of_spec(_objects(namespace)[id].spec, true) if {
	_objects(namespace)[id].metadata.uid
} else := networkpolicy.of_spec(_objects(namespace)[id].spec, false) if {
	_objects(namespace)[id].spec
} else := networkpolicy.of_spec({}, false)

_asking(namespace, label_selector) := {id |
	key := max(object.keys(pairs))
	_objects(namespace)[id].spec.podSelector.matchLabels[key] == pairs[key]
} if {
	pairs := selector.pairs(label_selector)
	pairs != {}
} else := {id | _objects(namespace)[id].spec.podSelector == {}}

# By one of the labels: those that ask for it, and those that leave its key open.
_asking_alike(namespace, pairs) := ({id | _objects(namespace)[id]} - {id |
	_objects(namespace)[id].spec.podSelector.matchLabels[key]
}) | {id | _objects(namespace)[id].spec.podSelector.matchLabels[key] == pairs[key]} if {
	key := max(object.keys(pairs))
} else := {id | _objects(namespace)[id]} - {id | _objects(namespace)[id].spec.podSelector.matchLabels[_]}

_with_expressions(namespace) := {id | _objects(namespace)[id].spec.podSelector.matchExpressions}

_objects(namespace) := host.kept(namespace)["networking.k8s.io/v1"].NetworkPolicy

_under_review(namespace, id) if {
	some policy in networkpolicy.judged
	policy.namespace == namespace
	policy.name == id
}
