package lib.netvet.platform_test

import data.lib.netvet.platform

_on(names) := {"resources": [], "parameters": {"platform": names}}

_upstream := {"namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}, "port": 53}

_openshift := {"namespace": "openshift-dns", "labels": {"dns.operator.openshift.io/daemonset-dns": "default"}, "port": 5353}

# What each platform changes.
test_platforms[name] if {
	everywhere := {
		"dns": {_upstream, _openshift},
		"told": {_upstream},
		"node": set(),
		"metadata": {"169.254.169.254", "fd00:ec2::254"},
		"says": set(),
	}
	some name, example in {
		"": {},
		"kubernetes": {"dns": {_upstream}},
		"aks": {"dns": {_upstream}, "metadata": {"169.254.169.254"}, "says": {"cloud"}},
		"eks": {"dns": {_upstream}, "metadata": {"169.254.169.254", "fd00:ec2::254"}, "says": {"cloud"}},
		"gke": {
			"dns": {_upstream}, "metadata": {"169.254.169.254"}, "says": {"cloud"},
			"node": {"169.254.20.10", "169.254.169.254"},
		},
		"k3s": {"dns": {_upstream}},
		"openshift": {"dns": {_openshift}, "told": {_openshift}},
		"rke2": {"dns": {_upstream}},
		"calico": {},
		"cilium": {"says": {"ip blocks miss pods"}},
		"istio-ambient": {"says": {"mesh"}},
		"istio-sidecar": {"says": {"mesh"}},
		"linkerd": {"says": {"mesh"}},
		"node-local-dns": {"node": {"169.254.20.10"}, "says": {"cache"}},
		"dual-stack": {"says": {"dual stack"}},
	}
	found := {
		"dns": platform.dns_servers,
		"told": {platform.dns_server},
		"node": platform.dns_node_addresses,
		"metadata": platform.metadata_addresses,
		"says": _said(name),
	} with input as _on([name])
	found == object.union(everywhere, example)
}

_said(name) := union({
	{"cloud" | platform.cloud},
	{"ip blocks miss pods" | platform.ip_blocks_miss_pods},
	{"cache" | platform.node_local_dns},
	{"dual stack" | platform.dual_stack},
	{"mesh" | platform.meshes[name]},
})

# Several at once add up; those that say nothing of DNS take nothing away.
test_several if {
	platform.dns_servers == {_openshift} with input as _on(["openshift", "cilium"])
	platform.dns_servers == {_upstream, _openshift} with input as _on(["openshift", "gke"])
	platform.dns_server == _upstream with input as _on(["openshift", "gke"])
	platform.known_dns_servers == {_upstream, _openshift} with input as _on(["openshift"])
	platform.ip_blocks_miss_pods with input as _on(["eks", "cilium"])
}

test_dns_ports if platform.dns_ports == {53, 5353, "dns", "dns-tcp", "udp-53", "tcp-53"}

# Policies get copied from platform to platform.
test_service_addresses if {
	every name in ["", "eks"] {
		platform.dns_service_addresses == {
			"10.96.0.10", "fd00:10:96::a", "10.0.0.10", "10.100.0.10", "172.20.0.10", "34.118.224.10", "10.43.0.10", "172.30.0.10", "10.152.183.10",
		} with input as _on([name])
	}
}

test_dns_cache if platform.dns_cache == {"namespace": "kube-system", "labels": {"k8s-app": "node-local-dns"}}

test_is if {
	platform.is("eks") with input as _on(["eks"])
	not platform.is("eks") with input as _on(["aks"])
}

test_meshes if {
	platform.meshes["istio-sidecar"].control_ports == {15012}
	platform.meshes["istio-ambient"].inbound_port == 15008
	platform.meshes.linkerd.inbound_port == 4143
	platform.mesh_port_names == {"http-envoy-prom", "linkerd-proxy", "linkerd-admin"}
}

test_metadata_addresses if {
	both := {"169.254.169.254", "fd00:ec2::254"}
	platform.metadata_addresses == both with input as _on([])
	platform.metadata_addresses == both with input as _on(["calico"])
	platform.metadata_addresses == both with input as _on(["gke", "eks"])
	platform.metadata_addresses == {"169.254.169.254"} with input as _on(["aks", "cilium"])
	platform.cloud with input as _on(["calico", "aks"])
	not platform.cloud with input as _on(["openshift"])
	platform.dual_stack with input as _on(["dual-stack"])
	not platform.dual_stack with input as _on([])
}
