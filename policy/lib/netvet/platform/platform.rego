# METADATA
# description: What differs from one Kubernetes platform to the next, as data. The parameter `platform` selects, one name or several.
# custom:
#   parameters:
#     platform:
#       type: array
#       description: >-
#         The platforms in use, several at once: the distribution, the network plugin, the mesh, and what the cluster has besides. They say where DNS
#         answers, whether an ipBlock matches pods, and the like. Without one, whatever holds on any of them is taken to be possible.
#       enum: [kubernetes, aks, eks, gke, k3s, openshift, rke2, calico, cilium, istio-ambient, istio-sidecar, linkerd, node-local-dns, dual-stack]
#       default: []
package lib.netvet.platform

import data.lib.netvet.host

# The platform is one of those named in the parameter.
is(name) if name in _chosen

_chosen := {name | some name in host.parameter("platform", [])}

# Where the cluster's DNS pods may be, their labels, and the port on which the pods themselves listen: of the platforms named, else of all.
dns_servers := {server | some name in _chosen; some server in _dns_servers[name]} if {
	some name in _chosen
	_dns_servers[name]
} else := known_dns_servers

# Those of all platforms: whoever looks for one of them looks for DNS.
known_dns_servers := union({servers | some servers in _dns_servers})

# What the pods call the port: upstream's manifests, and the Helm chart of CoreDNS.
dns_port_names := {"UDP": {"dns", "udp-53"}, "TCP": {"dns-tcp", "tcp-53"}}

# Ports that a rule for DNS lists, by number or by name.
dns_ports := union({names | some names in dns_port_names}) | {server.port | some server in known_dns_servers}

# kubernetes/kubernetes cluster/addons/dns/coredns and kubeadm; the managed platforms keep the label for kubectl's sake.
_upstream := {{"namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}, "port": 53}}

_dns_servers := {
	"kubernetes": _upstream,
	"aks": _upstream,
	"eks": _upstream,
	"gke": _upstream,
	"k3s": _upstream,
	# rancher/rke2-charts, rke2-coredns
	"rke2": _upstream,
	# openshift/cluster-dns-operator, assets/dns/daemonset.yaml
	"openshift": {{
		"namespace": "openshift-dns",
		"labels": {"dns.operator.openshift.io/daemonset-dns": "default"},
		"port": 5353,
	}},
}

# Addresses that Services of the cluster's DNS have by default, on the Service networks that installers choose.
dns_service_addresses := {
	"10.96.0.10", # kubeadm
	"10.100.0.10", # EKS
	"172.20.0.10", # EKS
	"10.0.0.10", # AKS
	"10.43.0.10", # k3s, RKE2
	"10.152.183.10", # MicroK8s
	"172.30.0.10", # OpenShift
	"34.118.224.10", # GKE
	"fd00:10:96::a", # kind
}

# kubernetes/kubernetes cluster/addons/dns/nodelocaldns: a cache on each node, which may listen on the addresses above.
node_local_dns if is("node-local-dns")

# An ipBlock never matches pods: Cilium says so; elsewhere it does, or nobody knows.
ip_blocks_miss_pods if is("cilium")

# The cluster gives pods addresses of both families.
dual_stack if is("dual-stack")

# A managed platform, whose nodes are a cloud's.
cloud if {
	some name in _chosen
	_metadata_addresses[name]
}

# Where the cloud's metadata service answers, over HTTP: of the platforms named, else of all.
metadata_addresses := union({addresses | some name in _chosen; addresses := _metadata_addresses[name]}) if {
	cloud
} else := union({addresses | some addresses in _metadata_addresses})

_metadata_addresses := {
	# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
	"eks": {"169.254.169.254", "fd00:ec2::254"},
	# https://cloud.google.com/compute/docs/metadata/querying-metadata
	"gke": {"169.254.169.254"},
	# https://learn.microsoft.com/en-us/azure/virtual-machines/instance-metadata-service
	"aks": {"169.254.169.254"},
}
