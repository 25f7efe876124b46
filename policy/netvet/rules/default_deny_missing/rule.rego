# METADATA
# title: A namespace has no policy for every pod
# description: |
#   A pod that no policy selects in a direction is open in that direction. Where a namespace lacks a policy whose podSelector is empty,
#   whatever is deployed next, or mislabelled, is open until somebody writes a policy for it. Such a policy isolates also where it admits
#   something; it need not deny all. Each direction counts for itself.
#   One finding tells of a namespace, at its Namespace object, else at its first policy, else at its first workload. Only sets of
#   objects are judged, and namespaces of which more than one object is in sight: one alone does not show that it is all there is.
#   kube-system, kube-public and kube-node-lease are exempt, and pods in the node's network, which policies do not isolate, do not count.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-policies
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation
# custom:
#   severity: warning
#   category: exposure
#   scope: namespace
#   kinds: [Namespace, NetworkPolicy, Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob]
#   needs: []
#   after: []
#   guide: [practice 1]
#   parameters: {}
#   remediation: |
#     Deny by default, in the namespace, and admit what is needed by further policies, the cluster's DNS first:
#
#     apiVersion: networking.k8s.io/v1
#     kind: NetworkPolicy
#     metadata:
#       name: default-deny
#     spec:
#       podSelector: {}
#       policyTypes:
#         - Ingress
#         - Egress
package netvet.rules.default_deny_missing

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.isolation
import data.lib.netvet.namespace
import data.lib.netvet.networkpolicy
import data.lib.netvet.selection
import data.lib.netvet.workload

metadata := rego.metadata.chain()

violation contains finding.at(i, ["metadata", "name"], message) if {
	host.sight == "set"
	namespace.may_anchor # for speed
	some name in ((selection.namespaces | object.keys(isolation.workloads)) - isolation.exempt)
	missing := [direction | some direction in ["Ingress", "Egress"]; not [name, direction] in selection.isolated_namespaces]
	count(missing) > 0
	i := _anchor(name)
	i in host.reviewed
	_has_company(name)
	message := sprintf("no policy isolates every pod in namespace %s for %s: connections %s are unrestricted", [
		name,
		concat(" or ", [networkpolicy.adjective(direction) | some direction in missing]),
		_ends({direction: _open(name, direction) | some direction in missing}),
	])
}

# Where the finding stands.
_anchor(name) := i if {
	i := namespace.anchor(name)
} else := min({[pod.kind, pod.name, i] | some i in isolation.workloads[name]; pod := workload.all[i]})[2]

# Something else of the namespace is in sight: a policy or workload alone does not show that it is all there is.
_has_company(name) if namespace.visible[name]

_has_company(name) if count(_objects[name]) > 1

# What is in sight of each namespace; of several objects with one name, the cluster keeps one.
_objects := {name: {row | some row in _object_rows; row[0] == name} | some name in {row[0] | some row in _object_rows}}

_object_rows := {[host.namespaces[i], host.resources[i].kind, name] | some i, name in host.names}

_ends(open) := sprintf("to and from %s", [open.Egress]) if {
	open.Ingress == open.Egress
} else := concat(", and ", [sprintf("%s %s", [end, open[direction]]) |
	some [direction, end] in [["Ingress", "to"], ["Egress", "from"]]
])

# The workloads in sight that no policy isolates in the direction.
_open(name, direction) := pods if {
	pods := workload.describe(isolation.open(name, direction))
} else := "pods that no policy isolates"
