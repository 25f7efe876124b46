# METADATA
# title: No rule admits anybody to a probe's port
# description: |
#   Policies isolate a pod's ingress, and none of them admits anybody to a port that its liveness, readiness or startup probe asks over the network.
#   The kubelet on the pod's own node is exempt from policies on every network plugin that follows the API, so its probes go through, and this is
#   a note. It is a warning where somebody else asks the same port: a cloud load balancer with health checks, made for a Service or an Ingress; Istio
#   in ambient mode, which has the kubelet's probes come from another address; or a network plugin that does not exempt the kubelet.
#   Pods that fail their checks are restarted, or get no traffic.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/
#   - ref: https://istio.io/latest/docs/ambient/usage/networkpolicy/
#   - ref: https://docs.cloud.google.com/kubernetes-engine/docs/concepts/ingress#health_checks
# custom:
#   severity: warning
#   category: connectivity
#   scope: workloads
#   kinds: [Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob, DeploymentConfig, Rollout]
#   needs: [NetworkPolicy, Service, Ingress, Namespace]
#   after: []
#   guide: [mistake 3]
#   parameters:
#     kubelet_exempt:
#       type: boolean
#       description: >-
#         The network plugin lets the kubelet reach the pods of its own node, as the API has it. False for Cilium with allow-localhost=policy,
#         and for releases of other plugins that were seen to drop probes.
#       default: true
#   remediation: |
#     Open the port to the addresses that the checks come from, and to no others; those of your load balancer stand in its provider's
#     documentation. Opening it to the application's peers does nothing for a probe. In Istio's ambient mode it is one address:
#
#     - from:
#         - ipBlock:
#             cidr: 169.254.7.127/32
#       ports:
#         - protocol: TCP
#           port: 8080
#
#     Where only the kubelet probes, nothing need be done.
package netvet.rules.probe_port_blocked

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.mesh
import data.lib.netvet.networkpolicy
import data.lib.netvet.port
import data.lib.netvet.prober
import data.lib.netvet.remedy
import data.lib.netvet.selection
import data.lib.netvet.workload

metadata := rego.metadata.chain()

violation contains finding.advised(finding.graded(i, path, message, severity), _advice(i, asker, isolating, number)) if {
	some i in (workload.reviewed - workload.host_network)
	pod := workload.all[i]
	isolating := selection.isolators(selection.selecting(pod.namespace, pod.labels), "Ingress")
	count(isolating) > 0
	probes := workload.probes(i)
	some number in {number | number := probes[_].number}
	not _admitted(isolating, number, workload.container_ports(i))
	asking := [[probe.path, _names[probe.type]] | some probe in probes; probe.number == number]
	[severity, effect, asker] := _effect(pod, number)
	message := sprintf("%s isolates ingress, and no rule admits anybody to TCP %d, the port of the %s probe; %s", [
		networkpolicy.describe(isolating),
		number,
		concat(" and ", {name | some [_, name] in asking}),
		effect,
	])
	path := min(asking)[0]
}

_names := {"livenessProbe": "liveness", "readinessProbe": "readiness", "startupProbe": "startup"}

_admitted(policies, number, container_ports) if {
	some i in policies
	some rule in networkpolicy.all[i].rules.Ingress
	port.admits(rule.ports, "TCP", number, container_ports)
}

# Who finds the port closed: how grave it is, what comes of it, and who it is.
_effect(pod, number) := ["warning", "the network plugin does not exempt the kubelet, so the probe fails", "node"] if {
	host.parameter("kubelet_exempt", true) == false
} else := ["warning", effect, "mesh"] if {
	mesh.ambient(pod)
	effect := sprintf("in Istio's ambient mode the kubelet asks from %s, which no plugin exempts, so the probe fails", [mesh.ambient_probe_address])
} else := ["warning", effect, "balancer"] if {
	asking := prober.load_balancers(pod.index, number)
	count(asking) > 0
	effect := sprintf("the kubelet on the pod's own node is exempt, but the health checks of %s fail", [min(asking)])
} else := ["note", "only the kubelet asks it, which is exempt on the pod's own node", "kubelet"]

_advice(_, "kubelet", _, number) := sprintf("Nothing need be done, unless somebody else asks TCP %d.", [number])

_advice(i, asker, isolating, number) := sprintf("%s\n\n%s", [
	sprintf(_admit[asker].text, [_place(i, isolating)]),
	remedy.rule("Ingress", [{"ipBlock": {"cidr": _admit[asker].block}}], [{"protocol": "TCP", "port": number}]),
])

_admit := {
	"mesh": {
		"text": "Admit the address that the probes come from, in spec.ingress of %s:",
		"block": sprintf("%s/32", [mesh.ambient_probe_address]),
	},
	"node": {
		"text": "Admit the addresses of the nodes, in place of those of the example, in spec.ingress of %s:",
		"block": "192.0.2.0/24",
	},
	"balancer": {
		"text": "Admit the addresses that the checks come from, as the load balancer's provider gives them, in place of those of the example, in spec.ingress of %s:",
		"block": "192.0.2.0/24",
	},
}

# What a policy for every pod admits is open on all of them.
_place(i, isolating) := sprintf("NetworkPolicy %s", [min(own)]) if {
	own := {networkpolicy.all[k].name | some k in (isolating - selection.of_every_pod)}
} else := sprintf("a policy that selects %s", [workload.describe({i})])
