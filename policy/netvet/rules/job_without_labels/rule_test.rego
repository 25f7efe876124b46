package netvet.rules.job_without_labels_test

import data.netvet.rules.job_without_labels

_policy(spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "NetworkPolicy",
	"metadata": {"name": "a", "namespace": "shop"},
	"spec": object.union({"podSelector": {}, "policyTypes": ["Ingress"]}, spec),
}

_job(template) := {
	"apiVersion": "batch/v1",
	"kind": "Job",
	"metadata": {"name": "seed", "namespace": "shop"},
	"spec": {"template": template},
}

_count := count(job_without_labels.violation)

test_policies[name] if {
	some name, example in {
		"deny": {"spec": {}, "want": 1},
		"some is admitted": {"spec": {"ingress": [{"ports": [{"port": 80}]}]}, "want": 1},
		"everything is admitted": {"spec": {"ingress": [{}]}, "want": 0},
		"everything is admitted the other way": {"spec": {"policyTypes": ["Ingress", "Egress"], "egress": [{}]}, "want": 1},
		"of some": {"spec": {"podSelector": {"matchLabels": {"app": "web"}}}, "want": 0},
		"by what they lack": {"spec": {"podSelector": {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}}, "want": 0},
		"every pod, in other words": {"spec": {"podSelector": {"matchLabels": {}}}, "want": 1},
	}
	_count == example.want with input as {"resources": [_policy(example.spec), _job({})]}
}

test_one_of_two_policies_admits_everything if {
	_count == 0 with input as {"resources": [_policy({}), object.union(_policy({"ingress": [{}]}), {"metadata": {"name": "b"}}), _job({})]}
}

test_labels[name] if {
	some name, example in {
		"none": {"labels": {}, "want": 1},
		"of Kubernetes": {
			"labels": {"controller-uid": "a", "batch.kubernetes.io/controller-uid": "a", "job-name": "seed", "batch.kubernetes.io/job-name": "seed"},
			"want": 1,
		},
		"one of one's own": {"labels": {"job-name": "seed", "app": "seed"}, "want": 0},
	}
	_count == example.want with input as {"resources": [_policy({}), _job({"metadata": {"labels": example.labels}})]}
}

test_selected_by_name[name] if {
	some name in ["job-name", "batch.kubernetes.io/job-name"]
	selecting := object.union(_policy({"podSelector": {"matchLabels": {name: "seed"}}}), {"metadata": {"name": "b"}})
	_count == 0 with input as {"resources": [_policy({}), selecting, _job({})]}
	pod := {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "seed", "namespace": "shop"}, "spec": {}}
	_count == 0 with input as {"resources": [_policy({}), selecting, pod]}
	cron := {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "seed", "namespace": "shop"}, "spec": {"jobTemplate": {"spec": {"template": {}}}}}
	_count == 1 with input as {"resources": [_policy({}), selecting, cron]}
}

test_owned_by_somebody_out_of_sight if {
	job := json.patch(_job({}), [{"op": "add", "path": "/metadata/ownerReferences", "value": [{"kind": "CronJob", "name": "seed"}]}])
	_count == 0 with input as {"resources": [_policy({}), job]}
}

test_host_network if _count == 0 with input as {"resources": [_policy({}), _job({"spec": {"hostNetwork": true}})]}

test_sight if {
	resources := [_policy({}), _job({})]
	_count == 0 with input as {"resources": resources, "sight": "fragment"}
	_count == 0 with input as {"resources": resources, "scope": [0]}
	_count == 0 with input as _job({})
	_count == 0 with input as {"resources": [_job({})], "sight": "document"}
}

test_fix[name] if {
	some name, example in {
		"no metadata": {"template": {}, "path": ["metadata"], "value": {"labels": {"app.kubernetes.io/name": "seed"}}},
		"no labels": {"template": {"metadata": {"annotations": {}}}, "path": ["metadata", "labels"], "value": {"app.kubernetes.io/name": "seed"}},
		"empty labels": {"template": {"metadata": {"labels": {}}}, "path": ["metadata", "labels", "app.kubernetes.io/name"], "value": "seed"},
	}
	some fault in job_without_labels.violation with input as {"resources": [_policy({}), _job(example.template)]}
	fault.details.fix == [{"op": "add", "path": array.concat(["spec", "template"], example.path), "value": example.value}]
}

test_generated_name if {
	job := json.patch(_job({}), [{"op": "replace", "path": "/metadata", "value": {"generateName": "seed-", "namespace": "shop"}}])
	some fault in job_without_labels.violation with input as {"resources": [_policy({}), job]}
	fault.details.fix[0].value == {"labels": {"app.kubernetes.io/name": "seed"}}
}
