# METADATA
# description: The service accounts of pods, and which of them somebody has let use the API.
package lib.netvet.account

import data.lib.netvet.host
import data.lib.netvet.workload

# The bindings in sight, by account: [namespace, name] -> indexes. Those that let pods be admitted, or pull images, let them ask for nothing.
bindings := {account: {row[1] | some row in _rows; row[0] == account} | some account in {row[0] | some row in _rows}}

_rows := [[[object.get(subject, "namespace", host.namespaces[i]), subject.name], i] |
	some kind in {"RoleBinding", "ClusterRoleBinding"}
	some i in host.of_kind[kind]
	binding := host.resources[i]
	startswith(binding.apiVersion, "rbac.authorization.k8s.io/")
	not regex.match(`:scc:|psp|pod-?security|image-(puller|builder)`, binding.roleRef.name)
	some subject in binding.subjects
	subject.kind == "ServiceAccount"
]

# The account of the workload's pods that are given its token.
of(w) := [pod.namespace, name] if {
	pod := workload.all[w]
	name := _name(pod.spec)
	not _without_token(pod.spec, object.get(_automount, [[pod.namespace, name]], true))
}

_name(spec) := spec.serviceAccountName if {
	spec.serviceAccountName != ""
} else := spec.serviceAccount if {
	spec.serviceAccount != ""
} else := "default"

# The pod's word counts before its account's.
_without_token(spec, account) if object.get(spec, "automountServiceAccountToken", account) == false

_automount := {[host.namespaces[i], host.names[i]]: host.resources[i].automountServiceAccountToken |
	some i in host.of_kind.ServiceAccount
}
