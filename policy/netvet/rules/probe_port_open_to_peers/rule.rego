# METADATA
# title: A probe's port is open to pods that do not probe
# description: |
#   A rule opens a port to other pods, and all that is known to ask it is the kubelet, for a liveness, readiness or startup probe. The kubelet on the pod's
#   own node is exempt from policies and needs no rule; the pods that are admitted do not check health. The rule does nothing for the probe, and lets them
#   see more than they need.
#
#   Told where the pods have a Service, which leads to other ports, and no monitor or annotation has metrics read from this one.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/
#   - ref: https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
# custom:
#   severity: note
#   category: connectivity
#   scope: workloads
#   kinds: [NetworkPolicy]
#   needs: [Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob, Service, ServiceMonitor, PodMonitor, Namespace]
#   after: [rules-without-policy-type]
#   guide: [mistake 3]
#   parameters: {}
#   remediation: |
#     Leave the port out. Where a load balancer asks it, too, open it to the load balancer's addresses:
#
#     - from:
#         - ipBlock:
#             cidr: 198.51.100.0/24
#       ports:
#         - protocol: TCP
#           port: 8081
package netvet.rules.probe_port_open_to_peers

import data.lib.netvet.destination
import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.networkpolicy
import data.lib.netvet.port
import data.lib.netvet.scrape
import data.lib.netvet.selection
import data.lib.netvet.selector
import data.lib.netvet.service
import data.lib.netvet.workload

metadata := rego.metadata.chain()

violation contains finding.at(i, networkpolicy.port_path("Ingress", k, p), message) if {
	host.sight == "set"
	some entry in networkpolicy.distinct_ports
	port.protocol(entry) == "TCP"
	not entry.endPort
	some [i, "Ingress", k, p] in networkpolicy.port_places[entry]
	i in networkpolicy.reviewed
	_applications(networkpolicy.judged[i].rules.Ingress[k].peers)
	pods := selection.pods(networkpolicy.judged[i].group)
	count(pods) > 0
	numbers := {number | some w in pods; number := _number(entry.port, w)}
	count(numbers) == 1
	some number in numbers
	every w in pods { _only_probed(w, number) }
	message := sprintf("only the kubelet is known to ask TCP %d of %s, for the %s probe, and needs no rule; the pods that this admits do not check health", [
		number,
		workload.describe(pods),
		concat(" and ", {_names[probe.type] | some w in pods; some probe in workload.probes(w); probe.number == number}),
	])
}

_names := {"livenessProbe": "liveness", "readinessProbe": "readiness", "startupProbe": "startup"}

_number(named, _) := named if is_number(named)

_number(named, w) := min(numbers) if {
	is_string(named)
	numbers := {declared.containerPort | some declared in workload.container_ports(w); declared.name == named}
}

# Pods, and none that read metrics or hand traffic on.
_applications(peers) if {
	count(peers) > 0
	every peer in peers {
		not peer.ipBlock
		selector.normal(peer.podSelector) != {}
		not regex.match(`prometheus|grafana|monitor|metrics|alloy|otel|telemetry|datadog|ingress|gateway|health|probe|blackbox`, json.marshal(peer))
	}
}

# A probe asks the port, Services lead to others, and no metrics are read from it.
_only_probed(w, number) if {
	not number in object.get(scrape.ports, w, set())
	some probe in workload.probes(w)
	probe.number == number
	led := {target | some [_, entry] in destination.services(w); target := service.pod_port(entry, workload.container_ports(w))}
	count(led) > 0
	not number in led
	names := {declared.name | some declared in workload.container_ports(w); declared.containerPort == number}
	every name in names { not regex.match(`metric|prom`, name) }
}
