# METADATA
# description: Service meshes, by the labels that put pods into them.
package lib.netvet.mesh

import data.lib.netvet.namespace

# The pod is in Istio's mesh without a sidecar. Its own label overrides that of its namespace.
ambient(pod) if _dataplane_mode(pod) == "ambient"

# In ambient mode the kubelet's probes come from here, so that the node's other traffic does not pass for them.
# https://istio.io/latest/docs/ambient/usage/networkpolicy/
ambient_probe_address := "169.254.7.127"

_mode := "istio.io/dataplane-mode"

_dataplane_mode(pod) := object.union(namespace.labels(pod.namespace), pod.labels)[_mode]
