# METADATA
# title: Pods that use the API cannot reach the API server
# description: |
#   A binding lets the pods' service account use the API, and policies isolate their egress without a rule that could admit the API server: its
#   machines have addresses and no labels, so that an ipBlock, or a rule without peers, has to admit them, on the port on which they listen, mostly
#   443 or 6443. Selectors of pods or namespaces do not, on most network plugins, even where the API server runs as a pod.
#
#   A note, since a binding does not prove that the pods ask. Not told of pods without their account's token. Bindings are looked at where the input holds
#   RoleBindings and ClusterRoleBindings; a cluster is not asked for them, since few may read them.
# related_resources:
#   - ref: https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/
# custom:
#   severity: note
#   category: connectivity
#   scope: workloads
#   kinds: [Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob, DeploymentConfig, Rollout]
#   needs: [NetworkPolicy]
#   after: []
#   guide: []
#   parameters: {}
#   remediation: |
#     Admit the addresses of the API server, as `kubectl get endpointslices -n default` shows them, on their port:
#
#     - to:
#         - ipBlock:
#             cidr: 192.0.2.10/32
#       ports:
#         - protocol: TCP
#           port: 6443
#
#     Where the pods do not use the API, set automountServiceAccountToken: false.
package netvet.rules.api_server_blocked

import data.lib.netvet.account
import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.networkpolicy
import data.lib.netvet.port
import data.lib.netvet.selection
import data.lib.netvet.workload

metadata := rego.metadata.chain()

violation contains finding.at(i, array.concat(pod.path, ["spec", "serviceAccountName"]), message) if {
	host.sight == "set"
	count(account.bindings) > 0
	some i in (workload.reviewed - workload.host_network)
	pod := workload.all[i]
	binding := min(account.bindings[account.of(i)])
	isolating := selection.isolators(selection.selecting(pod.namespace, pod.labels), "Egress")
	count(isolating) > 0
	not _admitted(isolating)
	message := sprintf("%s %s lets service account %s use the API, but %s isolates egress, and no rule admits the API server: an address, on TCP 443 or 6443", [
		host.resources[binding].kind,
		host.names[binding],
		concat("/", account.of(i)),
		networkpolicy.describe(isolating),
	])
}

# 8443 and 16443 are minikube's and MicroK8s's.
_ports := {443, 6443, 8443, 16443}

_admitted(policies) if {
	some i in policies
	some rule in networkpolicy.all[i].rules.Egress
	some number in _ports
	port.could_admit(rule.ports, "TCP", number)
	_could_be(rule.peers)
}

_could_be([])

_could_be(peers) if {
	some peer in peers
	peer.ipBlock
}

# Some plugin may find it by its labels.
_could_be(peers) if contains(json.marshal(peers), "apiserver")
