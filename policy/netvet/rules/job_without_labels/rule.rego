# METADATA
# title: No policy can select the pods of a Job
# description: |
#   A policy isolates every pod of the namespace, and the pods of a Job or CronJob carry no label that somebody gave them. No policy can admit what
#   they need without admitting it to every pod of the namespace, nor can a peer let them in by a label. The labels that Kubernetes adds to pods of a
#   Job change with each run of a CronJob.
#
#   Not told where policies for every pod admit everything in that direction, nor where a policy selects the pods by the name of their Job.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-selector
#   - ref: https://kubernetes.io/docs/reference/labels-annotations-taints/#batch-kubernetes-io-job-name
# custom:
#   severity: note
#   category: connectivity
#   scope: workloads
#   kinds: [Job, CronJob]
#   needs: [NetworkPolicy]
#   after: []
#   guide: []
#   parameters: {}
#   remediation: |
#     Give the pod template a label, and select it:
#
#     template:
#       metadata:
#         labels:
#           app.kubernetes.io/name: report
package netvet.rules.job_without_labels

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.networkpolicy
import data.lib.netvet.selection
import data.lib.netvet.selector
import data.lib.netvet.workload

metadata := rego.metadata.chain()

violation contains finding.mended(finding.at(i, pod.path, message), fix) if {
	host.sight == "set"
	some kind in ["Job", "CronJob"]
	some i in (host.of_kind[kind] & workload.reviewed)
	pod := workload.all[i]
	object.keys(pod.labels) - _given == set()
	not host.resources[i].metadata.ownerReferences
	not i in workload.host_network
	groups := selection.selecting(pod.namespace, object.union(pod.labels, _added(pod)))
	every group in groups { selector.normal(group[1]) == {} }
	denied := {direction | some direction, _ in networkpolicy.directions; _denied(groups, direction)}
	count(denied) > 0
	isolating := union({selection.isolators(groups, direction) | some direction in denied})
	message := sprintf("%s isolates %s of every pod in namespace %s, and the pods of %s carry no label by which a policy could admit what they need", [
		networkpolicy.describe(isolating),
		concat(" and ", {networkpolicy.adjective(direction) | some direction in denied}),
		pod.namespace,
		workload.describe({i}),
	])
	fix := _labelled(host.resources[i], pod)
}

# By Kubernetes, for each Job.
_given := {"batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name", "controller-uid", "job-name"}

# What a policy may select the pods of one Job by.
_added(pod) := {"batch.kubernetes.io/job-name": pod.name, "job-name": pod.name} if {
	pod.kind == "Job"
} else := {}

# Policies isolate the direction, and none of them admits everything.
_denied(groups, direction) if {
	isolating := selection.isolators(groups, direction)
	count(isolating) > 0
	every i in isolating { not networkpolicy.everything in networkpolicy.all[i].rules[direction] }
}

# The name of the Job as a label, in as much of the template's metadata as there is.
_labelled(resource, pod) := [{"op": "add", "path": array.concat(pod.path, ["metadata", "labels", _key]), "value": _name(pod)}] if {
	is_object(object.get(resource, array.concat(pod.path, ["metadata", "labels"]), null))
} else := [{"op": "add", "path": array.concat(pod.path, ["metadata", "labels"]), "value": {_key: _name(pod)}}] if {
	is_object(object.get(resource, array.concat(pod.path, ["metadata"]), null))
} else := [{"op": "add", "path": array.concat(pod.path, ["metadata"]), "value": {"labels": {_key: _name(pod)}}}]

_key := "app.kubernetes.io/name"

# Without what the server appends.
_name(pod) := trim_right(pod.name, "*-")
