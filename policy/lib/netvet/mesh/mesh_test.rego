package lib.netvet.mesh_test

import data.lib.netvet.mesh

_input := {"resources": [{
	"apiVersion": "v1",
	"kind": "Namespace",
	"metadata": {"name": "meshed", "labels": {"istio.io/dataplane-mode": "ambient"}},
}]}

test_ambient if {
	mesh.ambient({"namespace": "meshed", "labels": {}}) with input as _input
	mesh.ambient({"namespace": "shop", "labels": {"istio.io/dataplane-mode": "ambient"}}) with input as _input
	not mesh.ambient({"namespace": "meshed", "labels": {"istio.io/dataplane-mode": "none"}}) with input as _input
	not mesh.ambient({"namespace": "shop", "labels": {}}) with input as _input
}

test_ambient_probe_address if net.cidr_contains("169.254.0.0/16", mesh.ambient_probe_address)
