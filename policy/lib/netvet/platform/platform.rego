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

# What is known of each. A platform that lacks a fact says nothing about it.
#   dns_servers            the pods of the cluster's DNS, and the port on which the pods themselves listen
#   dns_service_addresses  the addresses that the Service of DNS has unless the installation says otherwise
#   dns_node_addresses     the addresses on the node itself at which a resolver answers
#   metadata_addresses     where the cloud's metadata service answers
#   ip_blocks              whether an ipBlock may match a pod
#   families               the families of addresses that pods have
#   mesh                   the mesh's namespace; the ports of its control plane that proxies call; the port on which proxies receive from one another;
#                          those that are captured within the pod, where no policy sees them; the names of the proxies' ports; where the
#                          kubelet's probes come from
_facts := {
	# kubernetes/kubernetes, cluster/addons/dns/coredns/coredns.yaml.base. kubeadm gives DNS the tenth address of the Services, by default
	# 10.96.0.0/12 (cmd/kubeadm/app/constants/constants.go, cmd/kubeadm/app/apis/kubeadm/v1beta4/defaults.go); kind those of
	# fd00:10:96::/112 for IPv6 (kubernetes-sigs/kind, pkg/apis/config/v1alpha4/default.go).
	"kubernetes": {
		"dns_servers": {_upstream},
		"dns_service_addresses": {"10.96.0.10", "fd00:10:96::a"},
	},
	# https://learn.microsoft.com/azure/aks/configure-kubenet (dns-service-ip), https://learn.microsoft.com/en-us/azure/virtual-machines/instance-metadata-service
	"aks": {
		"dns_servers": {_upstream},
		"dns_service_addresses": {"10.0.0.10"},
		"metadata_addresses": {"169.254.169.254"},
	},
	# awslabs/amazon-eks-ami, bootstrap.sh: 172.20.0.10 where the VPC is in 10.0.0.0/8, else 10.100.0.10.
	# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
	"eks": {
		"dns_servers": {_upstream},
		"dns_service_addresses": {"10.100.0.10", "172.20.0.10"},
		"metadata_addresses": {"169.254.169.254", "fd00:ec2::254"},
	},
	# The tenth of 34.118.224.0/20, the range of Services that GKE manages: https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips.
	# With Cloud DNS the metadata server on the node resolves: https://cloud.google.com/kubernetes-engine/docs/how-to/cloud-dns. NodeLocal DNSCache
	# is the default of Autopilot: https://cloud.google.com/kubernetes-engine/docs/how-to/nodelocal-dns-cache.
	# https://cloud.google.com/compute/docs/metadata/querying-metadata
	"gke": {
		"dns_servers": {_upstream},
		"dns_service_addresses": {"34.118.224.10"},
		"dns_node_addresses": {"169.254.20.10", "169.254.169.254"},
		"metadata_addresses": {"169.254.169.254"},
	},
	# https://docs.k3s.io/cli/server (cluster-dns), k3s-io/k3s manifests/coredns.yaml
	"k3s": {
		"dns_servers": {_upstream},
		"dns_service_addresses": {"10.43.0.10"},
	},
	# openshift/cluster-dns-operator, assets/dns/daemonset.yaml and pkg/operator/controller/controller_dns_daemonset.go; the tenth address of
	# serviceNetwork, by default 172.30.0.0/16: https://docs.redhat.com/documentation/openshift_container_platform (install-config.yaml)
	"openshift": {
		"dns_servers": {{
			"namespace": "openshift-dns",
			"labels": {"dns.operator.openshift.io/daemonset-dns": "default"},
			"port": 5353,
		}},
		"dns_service_addresses": {"172.30.0.10"},
	},
	# rancher/rke2-charts, rke2-coredns; https://docs.rke2.io/reference/server_config (cluster-dns)
	"rke2": {
		"dns_servers": {_upstream},
		"dns_service_addresses": {"10.43.0.10"},
	},
	# https://docs.tigera.io/calico/latest/network-policy/policy-rules/external-ips-policy
	"calico": {"ip_blocks": "pods"},
	# Addresses of pods and, unless configured, of nodes match no ipBlock: https://docs.cilium.io/en/stable/network/kubernetes/policy/
	"cilium": {"ip_blocks": "no pods"},
	# https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio; 15017 is istiod's webhook, which the API server calls.
	# istio/istio, manifests/charts/istio-control/istio-discovery/files/injection-template.yaml
	"istio-sidecar": {"mesh": {
		"namespace": "istio-system",
		"control_ports": {15012},
		"captured_ports": {15001, 15006},
		"port_names": {"http-envoy-prom"},
	}},
	# https://istio.io/latest/docs/ambient/usage/networkpolicy/
	"istio-ambient": {"mesh": {
		"namespace": "istio-system",
		"inbound_port": 15008,
		"probe_address": "169.254.7.127",
	}},
	# Between meshed pods the port is the proxy's: https://linkerd.io/2/common-errors/network-policy/. Proxies call destination, identity and policy:
	# linkerd/linkerd2, charts/linkerd-control-plane/templates and charts/partials/templates/_proxy.tpl
	"linkerd": {"mesh": {
		"namespace": "linkerd",
		"control_ports": {8080, 8086, 8090},
		"inbound_port": 4143,
		"port_names": {"linkerd-proxy", "linkerd-admin"},
	}},
	# kubernetes/kubernetes, cluster/addons/dns/nodelocaldns: a cache on each node, which may listen on the address of the Service, too.
	"node-local-dns": {"dns_node_addresses": {"169.254.20.10"}},
	# https://kubernetes.io/docs/concepts/services-networking/dual-stack/
	"dual-stack": {"families": {4, 6}},
	# No platform of the parameter, but met: https://microk8s.io/docs/addon-dns
	"": {"dns_service_addresses": {"10.152.183.10"}},
}

_upstream := {"namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}, "port": 53}

# Whatever the platforms named say together; where none of them speaks of it, what any does.
_of(key) := union({fact | some name in _chosen; fact := _facts[name][key]}) if {
	some name in _chosen
	_facts[name][key]
} else := _any(key)

_any(key) := union({fact | some name; fact := _facts[name][key]})

# Where the cluster's DNS pods may be, their labels, and the port on which the pods themselves listen: of the platforms named, else of all.
dns_servers := _of("dns_servers")

# Those of all platforms: whoever looks for one of them looks for DNS.
known_dns_servers := _any("dns_servers")

# The one to tell people of: that of the platform named, else what most clusters run.
dns_server := _upstream if {
	_upstream in dns_servers
} else := min(dns_servers)

# The pods of NodeLocal DNSCache. They are in the node's network; some plugins hand them, by their labels, what is sent to the Service of DNS.
# kubernetes/kubernetes cluster/addons/dns/nodelocaldns; https://docs.cilium.io/en/stable/network/kubernetes/local-redirect-policy/
dns_cache := {"namespace": "kube-system", "labels": {"k8s-app": "node-local-dns"}}

# What the pods call the port: upstream's manifests, and the Helm chart of CoreDNS.
dns_port_names := {"UDP": {"dns", "udp-53"}, "TCP": {"dns-tcp", "tcp-53"}}

# Ports that a rule for DNS lists, by number or by name.
dns_ports := union({names | some names in dns_port_names}) | {server.port | some server in known_dns_servers}

# Addresses that Services of the cluster's DNS have by default, on any platform: policies get copied from one to the next.
dns_service_addresses := _any("dns_service_addresses")

# The addresses at which the node itself resolves names, on the platforms named.
dns_node_addresses := {address | some name in _chosen; some address in _facts[name].dns_node_addresses}

# A cache on each node may listen on the address of the Service of DNS.
node_local_dns if is("node-local-dns")

# Where the cloud's metadata service answers, over HTTP: of the platforms named, else of all.
metadata_addresses := _of("metadata_addresses")

# A managed platform, whose nodes are a cloud's.
cloud if {
	some name in _chosen
	_facts[name].metadata_addresses
}

# An ipBlock never matches pods: Cilium says so; elsewhere it does, or nobody knows.
ip_blocks_miss_pods if {
	some name in _chosen
	_facts[name].ip_blocks == "no pods"
}

# Pods have addresses of both families.
dual_stack if {
	some name in _chosen
	_facts[name].families == {4, 6}
}

# What is known of a mesh, by its name in the parameter.
meshes := {name: fact.mesh | some name, fact in _facts; fact.mesh}

# The names of the ports that meshes add to pods.
mesh_port_names := union({mesh.port_names | some mesh in meshes})
