# METADATA
# description: Which workloads policies isolate, and where a policy for every pod is not asked for.
# custom:
#   parameters:
#     exempt_namespaces:
#       type: array
#       description: Namespaces that need no policy for every pod, besides those of Kubernetes itself.
#       default: []
package lib.netvet.isolation

import data.lib.netvet.host
import data.lib.netvet.selection
import data.lib.netvet.workload

exempt := {"kube-system", "kube-public", "kube-node-lease"} | {name | some name in host.parameter("exempt_namespaces", [])}

# The workloads of each namespace, by index, but for those that policies do not isolate.
workloads := {name: pods |
	some name, indexes in workload.in_namespace
	pods := indexes - workload.host_network
	count(pods) > 0
}

# Those of a namespace that no policy isolates in the direction.
open(name, direction) := {i |
	some i in workloads[name]
	count(selection.isolators(selection.selecting(name, workload.all[i].labels), direction)) == 0
}
