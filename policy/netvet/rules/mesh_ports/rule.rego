# METADATA
# title: Policies shut out the service mesh
# description: |
#   A mesh has ports of its own, which policies have to admit, and others that no policy sees.
#
#   Sidecars of Istio get their configuration and certificates from istiod, on port 15012 of namespace istio-system; with egress isolated and nothing that
#   admits it, pods do not become ready. 15017 is istiod's webhook, which the API server calls and no pod. Linkerd's proxies need their control plane in
#   namespace linkerd likewise. Ports 15001 and 15006 are those to which Istio's sidecar diverts connections within the pod: policies see the application's
#   port, and a rule for these does nothing.
#   Between pods of a mesh without sidecars, Istio's ambient mode, and of Linkerd's, connections arrive on the mesh's port, 15008 and 4143, in place of the
#   application's; a rule that opens the latter alone lets nobody of the mesh in.
#
#   Decided by the labels and annotations that put pods or namespaces into a mesh, by peers that name istio-system, or by the parameter platform.
# related_resources:
#   - ref: https://istio.io/latest/docs/ops/deployment/application-requirements/
#   - ref: https://istio.io/latest/docs/ambient/usage/networkpolicy/
#   - ref: https://linkerd.io/2/common-errors/network-policy/
# custom:
#   severity: warning
#   category: connectivity
#   scope: object
#   kinds: [NetworkPolicy]
#   needs: [Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob, Namespace]
#   after: [rules-without-policy-type, namespace-label]
#   guide: [pattern 8]
#   parameters: {}
#   remediation: |
#     For sidecars of Istio, admit istiod in spec.egress:
#
#     - to:
#         - namespaceSelector:
#             matchLabels:
#               kubernetes.io/metadata.name: istio-system
#       ports:
#         - protocol: TCP
#           port: 15012
#
#     Between pods in ambient mode, add to the ports of the application
#
#     - protocol: TCP
#       port: 15008
package netvet.rules.mesh_ports

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.mesh
import data.lib.netvet.namespace
import data.lib.netvet.networkpolicy
import data.lib.netvet.platform
import data.lib.netvet.port
import data.lib.netvet.remedy
import data.lib.netvet.selection
import data.lib.netvet.workload

metadata := rego.metadata.chain()

_istio := platform.meshes["istio-sidecar"]

# A rule for istiod, by a port that proxies do not call.
violation contains finding.mended(fault, [{"op": "replace", "path": array.concat(path, ["port"]), "value": 15012}]) if {
	[i, k, p, entry] := _webhook[_]
	not _calls(i, "istio-sidecar")
	path := networkpolicy.port_path("Egress", k, p)
	fault := finding.at(i, path, sprintf(
		"port %d of istio-system is not the one that sidecars call: without 15012 they get neither configuration nor certificates",
		[entry.port],
	))
}

_webhook := {[i, k, p, entry] |
	some entry in networkpolicy.distinct_ports
	entry.port in {15010, 15011, 15017}
	not entry.endPort
	some [i, "Egress", k, p] in networkpolicy.port_places[entry]
	i in networkpolicy.reviewed
	some peer in networkpolicy.all[i].rules.Egress[k].peers
	_names(peer, _istio.namespace)
}

# Pods in a mesh whose control plane no policy admits: told of the first of their policies that admits something, else of the first.
violation contains finding.advised(finding.at(i, ["spec", key], message), remediation) if {
	host.sight == "set"
	_likely # for speed
	some [i, name] in {[row[0], row[1]] | some row in _cut_off}
	i in networkpolicy.reviewed
	not i in {row[0] | some row in _webhook}
	key := [key | some key in ["egress", "policyTypes"]; networkpolicy.written(i)[key]][0]
	message := sprintf("no policy lets the proxies of %s call %s in namespace %s%s, without which the pods do not get ready", [
		workload.describe({row[2] | some row in _cut_off; array.slice(row, 0, 2) == [i, name]}),
		_control[name].what,
		platform.meshes[name].namespace,
		_control[name].where,
	])
	remediation := sprintf("Admit it in spec.egress, of this policy or of one for every pod:\n\n%s", [remedy.rule(
		"Egress",
		[{"namespaceSelector": {"matchLabels": {namespace.name_label: platform.meshes[name].namespace}}}],
		[{"protocol": "TCP", "port": number} | some number in platform.meshes[name].control_ports],
	)])
}

# Reviewing a policy, a look at some objects tells whether there may be pods of a mesh.
_likely if not host.sparing

_likely if {
	some policy in networkpolicy.judged
	mesh.likely(policy) # for speed
}

_control := {
	"istio-sidecar": {"what": "istiod", "where": " on TCP 15012"},
	"linkerd": {"what": "the control plane", "where": ""},
}

_cut_off := {[i, name, w] |
	some name, _ in _control
	some w in mesh.members[name]
	pod := workload.all[w]
	isolating := selection.isolators(selection.selecting(pod.namespace, pod.labels), "Egress")
	count(isolating) > 0
	every j in isolating { not _calls(j, name) }
	i := min({[_order(j), networkpolicy.all[j].name, j] | some j in isolating})[2]
}

_order(i) := 0 if {
	networkpolicy.admits(networkpolicy.all[i], "Egress")
} else := 1

# The policy admits the mesh's control plane.
_calls(i, name) if {
	some rule in networkpolicy.all[i].rules.Egress
	some number in platform.meshes[name].control_ports
	port.could_admit(rule.ports, "TCP", number)
	_could_be_in(rule.peers, networkpolicy.all[i].namespace, platform.meshes[name].namespace)
}

_could_be_in([], _, _)

_could_be_in(peers, own, name) if {
	some peer in peers
	_could_be_there(peer, own, name)
}

_could_be_there(peer, _, _) if peer.ipBlock

_could_be_there(peer, _, name) if namespace.could_match(peer.namespaceSelector, name)

_could_be_there(peer, _, name) if _names(peer, name)

_could_be_there(peer, name, name) if not peer.namespaceSelector

_names(peer, name) if name in {value | some [_, value] in namespace.meant(peer.namespaceSelector)}

# Ports within the pod.
violation contains finding.at(i, networkpolicy.port_path(direction, k, p), message) if {
	some entry in networkpolicy.distinct_ports
	entry.port in _istio.captured_ports
	not entry.endPort
	some [i, direction, k, p] in networkpolicy.port_places[entry]
	i in networkpolicy.reviewed
	_sidecars(i)
	message := sprintf("Istio diverts connections to %d within the pod: policies see the port of the application, and this admits nothing", [entry.port])
}

_sidecars(_) if platform.is("istio-sidecar")

_sidecars(i) if _in_mesh(i, "istio-sidecar")

_sidecars(i) if {
	some rules in networkpolicy.all[i].rules
	some rule in rules
	some peer in rule.peers
	_names(peer, _istio.namespace)
}

# The policy's pods are in the mesh: those in sight, and with none in sight those of the namespace.
_in_mesh(i, name) if {
	selected := selection.pods(networkpolicy.all[i].group)
	count(selected) > 0
	every w in selected { w in mesh.members[name] }
}

_in_mesh(i, name) if {
	count(selection.pods(networkpolicy.all[i].group)) == 0
	networkpolicy.all[i].namespace in mesh.namespaces[name]
}

# A port of the application without that of the mesh: connections of the mesh's pods arrive on the latter.
violation contains finding.mended(fault, [{"op": "add", "path": array.concat(path, [count(rule.ports)]), "value": {"protocol": "TCP", "port": inbound}}]) if {
	host.sight == "set"
	_likely # for speed
	some name, facts in platform.meshes
	inbound := facts.inbound_port
	some [i, k] in _first_open
	_in_mesh(i, name)
	policy := networkpolicy.all[i]
	rule := policy.rules.Ingress[k]
	_from_mesh(rule.peers, policy.namespace, name)
	not _receives(policy.group, inbound)
	path := ["spec", "ingress", k, "ports"]
	fault := finding.at(i, path, sprintf("the pods are in %s, whose connections arrive on port %d, and no policy opens it: pods of the mesh do not get in", [
		_called[name],
		inbound,
	]))
}

_called := {"istio-ambient": "Istio's ambient mode", "linkerd": "Linkerd's mesh"}

# The first rule of each policy that opens TCP ports. In most clusters nothing is in such a mesh.
_first_open := {[i, k] |
	some i in networkpolicy.reviewed
	networkpolicy.all[i].namespace in _meshed
	k := min({k |
		some k, rule in networkpolicy.all[i].rules.Ingress
		some entry in rule.ports
		port.protocol(entry) == "TCP"
	})
}

_meshed := {space | some name, _ in _called; some space in mesh.namespaces[name]} | {workload.all[w].namespace |
	some name, _ in _called
	some w in mesh.members[name]
}

_from_mesh([], _, _)

_from_mesh(peers, own, name) if {
	some peer in peers
	not peer.ipBlock
	some space in mesh.namespaces[name]
	_could_be_there(peer, own, space)
}

_receives(group, number) if {
	some i in selection.isolators(selection.wider(group), "Ingress")
	some rule in networkpolicy.all[i].rules.Ingress
	port.admits(rule.ports, "TCP", number, [])
}
