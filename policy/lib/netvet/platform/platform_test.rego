package lib.netvet.platform_test

import data.lib.netvet.platform

_on(names) := {"resources": [], "parameters": {"platform": names}}

_namespaces(servers) := {server.namespace | some server in servers}

test_dns_servers if {
	_namespaces(platform.dns_servers) == {"kube-system", "openshift-dns"} with input as _on([])
	_namespaces(platform.dns_servers) == {"kube-system", "openshift-dns"} with input as _on(["cilium"])
	_namespaces(platform.dns_servers) == {"openshift-dns"} with input as _on(["openshift", "cilium"])
	_namespaces(platform.dns_servers) == {"kube-system", "openshift-dns"} with input as _on(["openshift", "gke"])
	_namespaces(platform.known_dns_servers) == {"kube-system", "openshift-dns"} with input as _on(["openshift"])
}

test_dns_ports if platform.dns_ports == {53, 5353, "dns", "dns-tcp", "udp-53", "tcp-53"}

test_service_addresses_are_addresses if {
	every address in platform.dns_service_addresses { net.cidr_contains("::/0", address) != net.cidr_contains("0.0.0.0/0", address) }
}

test_is if {
	platform.is("eks") with input as _on(["eks"])
	not platform.is("eks") with input as _on(["aks"])
	not platform.ip_blocks_miss_pods with input as _on(["eks"])
	platform.ip_blocks_miss_pods with input as _on(["eks", "cilium"])
	not platform.node_local_dns with input as _on(["eks"])
	platform.node_local_dns with input as _on(["node-local-dns"])
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
