# METADATA
# title: Prometheus is not admitted to the port that it is told to read
# description: |
#   A ServiceMonitor or a PodMonitor of the Prometheus operator, or the annotation prometheus.io/port, has metrics read from a port of pods whose ingress
#   policies isolate, and no rule opens that port to anybody. The pods are well, and their dashboards and alerts are empty.
#
#   Not told of pods with a sidecar of Istio, which has metrics read from a port of its own, for annotations.
# related_resources:
#   - ref: https://prometheus-operator.dev/docs/developer/getting-started/
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/
# custom:
#   severity: note
#   category: connectivity
#   scope: workloads
#   kinds:
#     [ServiceMonitor, PodMonitor, Service, Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob, DeploymentConfig,
#     Rollout]
#   needs: [NetworkPolicy, Namespace]
#   after: []
#   guide: []
#   parameters: {}
#   remediation: |
#     Admit Prometheus to the port, by its labels and its namespace:
#
#     - from:
#         - namespaceSelector:
#             matchLabels:
#               kubernetes.io/metadata.name: monitoring
#           podSelector:
#             matchLabels:
#               app.kubernetes.io/name: prometheus
#       ports:
#         - protocol: TCP
#           port: 9090
package netvet.rules.metrics_scrape_blocked

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.mesh
import data.lib.netvet.networkpolicy
import data.lib.netvet.port
import data.lib.netvet.remedy
import data.lib.netvet.scrape
import data.lib.netvet.selection
import data.lib.netvet.workload

metadata := rego.metadata.chain()

violation contains finding.advised(finding.at(i, path, message), remediation) if {
	host.sight == "set"
	some [i, path, number] in {[row[0], row[1], row[3]] | some row in scrape.targets; row[0] in host.reviewed}
	blocked := {row[2] | some row in scrape.targets; [row[0], row[1], row[3]] == [i, path, number]; _blocked(row[2], number)}
	count(blocked) > 0
	message := sprintf("has metrics read from TCP %d of %s, but %s isolates its ingress, and no rule opens the port to anybody", [
		number,
		workload.describe(blocked),
		networkpolicy.describe(union({_isolators(w) | some w in blocked})),
	])
	remediation := sprintf("Admit Prometheus to the port, by its labels and its namespace:\n\n%s", [remedy.rule(
		"Ingress",
		[remedy.peer("monitoring", {"app.kubernetes.io/name": "prometheus"})],
		[{"protocol": "TCP", "port": number}],
	)])
}

_isolators(w) := selection.isolators(selection.selecting(pod.namespace, pod.labels), "Ingress") if pod := workload.all[w]

_blocked(w, number) if {
	not w in workload.host_network
	_isolators(w) != set()
	not _admitted(w, number)
}

# In a mesh, Prometheus may come to the port of the proxy.
_admitted(w, number) if {
	some i in _isolators(w)
	some rule in networkpolicy.all[i].rules.Ingress
	some open in ({number} | mesh.inbound_ports(w))
	port.admits(rule.ports, "TCP", open, workload.container_ports(w))
}
