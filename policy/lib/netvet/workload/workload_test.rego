package lib.netvet.workload_test

import data.lib.netvet.workload

_probed(container) := {"resources": [{"kind": "Job", "spec": {"template": {"spec": {"containers": [container]}}}}]}

_ports := [{"name": "http", "containerPort": 8080}, {"containerPort": 9090}]

test_probes[name] if {
	some name, [container, type, handler, number] in {
		"number": [{"livenessProbe": {"httpGet": {"port": 80}}}, "livenessProbe", "httpGet", 80],
		"number as text": [{"livenessProbe": {"httpGet": {"port": "80"}}}, "livenessProbe", "httpGet", 80],
		"name": [{"readinessProbe": {"tcpSocket": {"port": "http"}}, "ports": _ports}, "readinessProbe", "tcpSocket", 8080],
		"gRPC": [{"startupProbe": {"grpc": {"port": 9090, "service": "ready"}}}, "startupProbe", "grpc", 9090],
		"no other host": [{"livenessProbe": {"httpGet": {"port": 80, "host": ""}}}, "livenessProbe", "httpGet", 80],
	}
	probes := workload.probes(0) with input as _probed(container)
	probes == {{
		"type": type,
		"number": number,
		"path": ["spec", "template", "spec", "containers", 0, type, handler, "port"],
	}}
}

test_no_probes[name] if {
	some name, container in {
		"none": {"name": "web"},
		"command": {"livenessProbe": {"exec": {"command": ["true"]}}},
		"other host": {"livenessProbe": {"httpGet": {"port": 80, "host": "example.com"}}},
		"undeclared name": {"livenessProbe": {"httpGet": {"port": "https"}}, "ports": _ports},
		"no port": {"livenessProbe": {"httpGet": {"path": "/"}}},
		"nonsense": {"livenessProbe": {"httpGet": {"port": true}}},
		"no mapping": {"livenessProbe": {"httpGet": "80", "tcpSocket": 80}, "readinessProbe": null},
	}
	workload.probes(0) == set() with input as _probed(container)
}

# Whatever the API server would say of it: one number to a port.
test_ambiguous_port[name] if {
	some name, [port, number] in {"text": ["80", 80], "number": [80, 80], "twice the name": ["http", 1]}
	ports := [{"name": "80", "containerPort": 2}, {"name": 80, "containerPort": 3}, {"name": "http", "containerPort": 1}, {"name": "http", "containerPort": 4}]
	probes := workload.probes(0) with input as _probed({"livenessProbe": {"httpGet": {"port": port}}, "ports": ports})
	{probe.number | some probe in probes} == {number}
}

# A name is looked for in the probe's own container; sidecars are probed, other init containers never.
test_probes_of_each_container if {
	probes := workload.probes(0) with input as {"resources": [{"kind": "Pod", "spec": {
		"containers": [
			{"ports": [{"name": "http", "containerPort": 1}]},
			{"ports": [{"name": "http", "containerPort": 2}], "livenessProbe": {"httpGet": {"port": "http"}}},
		],
		"initContainers": [
			{"restartPolicy": "Always", "startupProbe": {"tcpSocket": {"port": 3}}},
			{"livenessProbe": {"tcpSocket": {"port": 4}}},
		],
	}}]}
	{[probe.number, probe.path] | some probe in probes} == {
		[2, ["spec", "containers", 1, "livenessProbe", "httpGet", "port"]],
		[3, ["spec", "initContainers", 0, "startupProbe", "tcpSocket", "port"]],
	}
}

test_uses_cluster_dns[name] if {
	some name, spec in {"no word of it": {}, "first": {"dnsPolicy": "ClusterFirst"}, "null": {"dnsPolicy": null}}
	workload.dns_clients == {0} with input as {"resources": [{"kind": "Pod", "spec": spec}]}
}

test_uses_other_dns[name] if {
	some name, spec in {
		"own": {"dnsPolicy": "None"},
		"the node's": {"dnsPolicy": "Default"},
		"in the node's network": {"hostNetwork": true, "dnsPolicy": "ClusterFirstWithHostNet"},
	}
	workload.dns_clients == set() with input as {"resources": [{"kind": "Pod", "spec": spec}]}
}

_deployment(name, labels) := {
	"apiVersion": "apps/v1",
	"kind": "Deployment",
	"metadata": {"name": name, "namespace": "shop"},
	"spec": {"template": {"metadata": {"labels": labels}, "spec": {"containers": [{"ports": [{"containerPort": 80}]}]}}},
}

_owned(owner) := {
	"apiVersion": "v1",
	"kind": "Pod",
	"metadata": {"name": "owned", "namespace": "shop", "ownerReferences": [owner]},
	"spec": {},
}

_workloads := {"resources": [
	_deployment("web", {"app": "web"}),
	_owned({"kind": "Deployment", "name": "web", "controller": true}),
	_owned({"kind": "Deployment", "name": "api", "controller": true}),
	_owned({"kind": "Deployment", "name": "web"}),
	{"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "night"}, "spec": {"jobTemplate": {"spec": {"template": {"metadata": {"labels": null}}}}}},
	{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "none"}},
]}

# What a visible controller owns is its controller's.
test_all if {
	object.keys(workload.all) == {0, 2, 3, 4} with input as _workloads
	workload.all[0].labels == {"app": "web"} with input as _workloads
	workload.all[0].path == ["spec", "template"] with input as _workloads
	workload.container_ports(0) == [{"containerPort": 80}] with input as _workloads
	workload.all[4].labels == {} with input as _workloads
	workload.all[4].path == ["spec", "jobTemplate", "spec", "template"] with input as _workloads
}

test_in_namespace if workload.in_namespace == {"shop": {0, 2, 3}, "default": {4}} with input as _workloads

test_reviewed if workload.reviewed == {2} with input as object.union(_workloads, {"scope": [1, 2, 99]})

test_kinds if {"Pod", "CronJob", "DeploymentConfig"} - workload.kinds == set()

test_describe if {
	workload.describe({0}) == "Deployment shop/web" with input as _workloads
	workload.describe({0, 2, 4}) == "CronJob default/night and 2 more" with input as _workloads
}

_template := {"metadata": {"labels": {"app": "web"}}, "spec": {"hostNetwork": true}}

test_every_kind[kind] if {
	some kind, spec in object.union(
		{kind: {"template": _template} | some kind in workload.kinds},
		{"CronJob": {"jobTemplate": {"spec": {"template": _template}}}, "Pod": _template.spec},
	)
	resource := {"kind": kind, "metadata": {"name": "web", "labels": {"app": "web"}}, "spec": spec}
	all := workload.all with input as {"resources": [resource]}
	all[0].kind == kind
	all[0].labels == {"app": "web"}
	workload.host_network == {0} with input as {"resources": [resource]}
	object.get(resource, array.concat(all[0].path, ["spec", "hostNetwork"]), false)
}

test_malformed_template[name] if {
	some name, resource in {
		"none": {"kind": "Job", "spec": {"tasks": []}},
		"null": {"kind": "Job", "spec": {"template": null}},
		"text": {"kind": "Job", "spec": {"template": "web"}},
		"spec is text": {"kind": "CronJob", "spec": "web"},
		"kind is a number": {"kind": 7, "spec": {"template": {}}},
	}
	workload.all == {} with input as {"resources": [resource]}
}

test_label_without_a_value if {
	all := workload.all with input as {"resources": [{"kind": "Pod", "metadata": {"labels": {"app": null}}}]}
	all[0].labels == {"app": ""}
}

test_malformed_pod[name] if {
	some name, pod in {
		"bare": {"kind": "Pod"},
		"text": {"kind": "Pod", "metadata": "web", "spec": "web"},
		"null": {"kind": "Pod", "metadata": {"labels": null, "ownerReferences": null}, "spec": null},
		"containers": {"kind": "Pod", "metadata": {"labels": [], "ownerReferences": [null]}, "spec": {"containers": "web", "initContainers": [null]}},
	}
	all := workload.all with input as {"resources": [pod]}
	all[0].labels == {}
	workload.dns_clients == {0} with input as {"resources": [pod]}
	workload.container_ports(0) == [] with input as {"resources": [pod]}
	workload.probes(0) == set() with input as {"resources": [pod]}
}

# A Deployment's ReplicaSets, and their pods, as kubectl reads them from a cluster.
test_owned_by_what_is_owned if {
	replica_set := {
		"kind": "ReplicaSet",
		"metadata": {"name": "web-1", "namespace": "shop", "ownerReferences": [{"kind": "Deployment", "name": "web", "controller": true}]},
		"spec": {"template": _template},
	}
	pod := _owned({"kind": "ReplicaSet", "name": "web-1", "controller": true})
	object.keys(workload.all) == {0} with input as {"resources": [_deployment("web", {}), replica_set, pod]}
	object.keys(workload.all) == {0} with input as {"resources": [replica_set, pod]}
	object.keys(workload.all) == {0, 1} with input as {"resources": [pod, object.union(replica_set, {"metadata": {"namespace": "other"}})]}
}

test_added_later if {
	workload.added_later("pod-template-hash")
	workload.added_later("service.istio.io/canonical-name")
	workload.added_later("linkerd.io/control-plane-ns")
	not workload.added_later("app.kubernetes.io/name")
	not workload.added_later("istio")
}
