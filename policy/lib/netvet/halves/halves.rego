# METADATA
# description: One peer that was written as two, an item of namespaces and an item of pods.
package lib.netvet.halves

import data.lib.netvet.dns
import data.lib.netvet.host
import data.lib.netvet.namespace
import data.lib.netvet.pair
import data.lib.netvet.selection
import data.lib.netvet.selector
import data.lib.netvet.workload

# The rule's only two peers as the one that was meant, how grave it is that they are two, and what says so. Undefined where both are meant.
of(rule, policy_namespace) := [meant, "error", ""] if {
	meant := _certain(rule, policy_namespace)
} else := [meant, severity, why] if {
	meant := pair.in_order(rule)
	not _dns_elsewhere(rule, meant)
	[severity, why] := _grade(meant.namespaceSelector, meant.podSelector, policy_namespace)
}

# The two are one peer, or may turn out to be with more in sight than a fragment.
suspected(rule, policy_namespace) if of(rule, policy_namespace)

suspected(rule, _) if {
	host.sight == "fragment"
	pair.in_order(rule)
}

_certain(rule, policy_namespace) := meant if {
	meant := dns.apart(rule, policy_namespace)
} else := pair.known(rule, policy_namespace)

# Together they are not DNS either, as is told at the peer.
_dns_elsewhere(rule, meant) if {
	dns.intended(rule)
	count(dns.labelled(meant)) > 0
}

# What is meant goes by the pods in sight. A fragment does not show them.
_grade(namespaces, pods, policy_namespace) := [_with_pods_in_sight, why] if {
	_in_sight(namespaces)
	seen := _seen(namespaces, pods)
	count(seen) > 0
	_alternative_missing(namespaces, pods, policy_namespace)
	why := sprintf("; the pods in sight with these labels are those of %s", [workload.describe(seen)])
} else := ["warning", ""] if {
	host.sight != "fragment"
	_in_sight(namespaces)
	_alternative_missing(namespaces, pods, policy_namespace)
}

# Admission shows the namespaces that a peer names, not all there are.
_in_sight(_) if not host.admission

_in_sight(namespaces) if selector.normal(namespaces) != {}

# Admission sees pods in any order.
_with_pods_in_sight := "warning" if {
	host.admission
} else := "error"

# The second item admits nobody in sight whom the first leaves out.
_alternative_missing(_, pods, policy_namespace) if count(selection.pods([policy_namespace, pods])) == 0

_alternative_missing(namespaces, _, policy_namespace) if namespace.matches(namespaces, policy_namespace)

_seen(namespaces, pods) := {i |
	host.sight == "set"
	some name, _ in workload.in_namespace
	namespace.means(namespaces, name)
	some i in selection.pods([name, pods])
}
