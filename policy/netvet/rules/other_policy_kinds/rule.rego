# METADATA
# title: Other kinds of policy have a say
# description: |
#   Policies of Cilium, Calico or Antrea, AdminNetworkPolicies and ClusterNetworkPolicies admit and deny connections, too, some of them before any
#   NetworkPolicy is asked. netvet does not judge them. Where such objects are in sight beside NetworkPolicies or workloads, what netvet says of these is
#   incomplete: a connection that it calls open may be denied, and one that it calls blocked may be admitted.
#   One finding tells of a namespace, and one of the whole cluster, at the first such object by kind and name.
# related_resources:
#   - ref: https://network-policy-api.sigs.k8s.io/api-overview/
#   - ref: https://docs.cilium.io/en/stable/network/kubernetes/policy/
#   - ref: https://docs.tigera.io/calico/latest/network-policy/get-started/calico-policy/calico-network-policy
# custom:
#   severity: note
#   category: practice
#   scope: workloads
#   kinds: [CiliumNetworkPolicy, CiliumClusterwideNetworkPolicy, GlobalNetworkPolicy, AdminNetworkPolicy, BaselineAdminNetworkPolicy, ClusterNetworkPolicy]
#   needs: [Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob]
#   after: []
#   guide: []
#   parameters: {}
#   remediation: |
#     Read these policies beside the findings, or test what the cluster does. Where one kind of policy does for both, write NetworkPolicies.
package netvet.rules.other_policy_kinds

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.networkpolicy
import data.lib.netvet.selection
import data.lib.netvet.workload

metadata := rego.metadata.chain()

violation contains finding.at(i, ["kind"], message) if {
	host.sight == "set"
	some namespace, objects in _by_namespace
	i := min(objects)[3]
	i in host.reviewed
	whom := _subject(namespace)
	message := sprintf("policies of other kinds (%s) decide about %s, too: what is said of connections there may be overruled", [
		concat(", ", {kind | some [kind, _, _, _] in objects}),
		whom,
	])
}

# What netvet speaks of; undefined where there is nothing.
_subject("") := "every namespace" if count(_spoken_of) > 0

_subject(namespace) := sprintf("namespace %s", [namespace]) if namespace in _spoken_of

_spoken_of := selection.namespaces | object.keys(workload.in_namespace)

# The policies of other kinds, as [kind, name, apiVersion, index], by namespace; those of the cluster under "".
_by_namespace := {namespace: {row[1] | some row in _rows; row[0] == namespace} | some namespace in {row[0] | some row in _rows}}

_rows := [[_namespace(kind, i), [kind, object.get(host.names, i, ""), version, i]] |
	some kind, _ in _kinds
	some i in (host.of_kind[kind] - object.keys(networkpolicy.all))
	version := host.resources[i].apiVersion
	is_string(version)
	split(version, "/")[0] in _groups
]

_namespace(kind, i) := host.namespaces[i] if {
	_kinds[kind] == "namespaced"
} else := ""

_kinds := {
	"AdminNetworkPolicy": "cluster",
	"BaselineAdminNetworkPolicy": "cluster",
	"CiliumClusterwideNetworkPolicy": "cluster",
	"CiliumNetworkPolicy": "namespaced",
	"ClusterNetworkPolicy": "cluster",
	"GlobalNetworkPolicy": "cluster",
	"NetworkPolicy": "namespaced",
}

# Each of the projects has a NetworkPolicy of its own, too.
_groups := {"cilium.io", "crd.antrea.io", "crd.projectcalico.org", "projectcalico.org", "policy.networking.k8s.io"}
