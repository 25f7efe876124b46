package lib.netvet.nearmiss_test

import data.lib.netvet.nearmiss

_deployment(namespace, name, own, labels) := {
	"apiVersion": "apps/v1",
	"kind": "Deployment",
	"metadata": {"name": name, "namespace": namespace, "labels": own},
	"spec": {"template": {"metadata": {"labels": labels}}},
}

_sight := {"resources": [
	_deployment("shop", "web", {"app": "front"}, {"app.kubernetes.io/name": "web", "tier": "front", "exposed": "true"}),
	_deployment("shop", "api", {}, {"app": "payments-api", "tier": "back"}),
	_deployment("bank", "ledger", {}, {"app": "ledger"}),
]}

_labels(labels) := ["shop", {"matchLabels": labels}]

test_empty[name] if {
	some name, example in {
		"nothing has it": {"group": _labels({"app": "cart"}), "want": true},
		"never together": {"group": _labels({"app": "payments-api", "tier": "front"}), "want": true},
		"one has it": {"group": _labels({"tier": "front"}), "want": false},
		"everything": {"group": ["shop", {}], "want": false},
		"a namespace out of sight": {"group": ["yard", {"matchLabels": {"app": "cart"}}], "want": false},
		"excluding": {"group": ["shop", {"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}], "want": false},
		"excluding, of what is there": {
			"group": ["shop", {"matchExpressions": [{"key": "role", "operator": "Exists"}, {"key": "tier", "operator": "DoesNotExist"}]}],
			"want": true,
		},
		"contradictory": {"group": _labels_never, "want": false},
		"refused": {"group": ["shop", {"matchLabels": {"app": 1}}], "want": false},
		"labels made later": {"group": _labels({"app": "cart", "pod-template-hash": "1"}), "want": false},
	}
	{true | nearmiss.empty(example.group)} == {true | example.want} with input as _sight
}

_labels_never := ["shop", {"matchLabels": {"app": "cart"}, "matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}]

_kafka(api, name, labels) := {"apiVersion": api, "kind": "Kafka", "metadata": {"name": name, "namespace": "shop", "labels": labels}}

test_operators_make_pods[name] if {
	some name, example in {
		"its name": {"object": _kafka("kafka.strimzi.io/v1", "cart", {}), "want": false},
		"its label": {"object": _kafka("kafka.strimzi.io/v1", "a", {"app": "cart"}), "want": false},
		"another label": {"object": _kafka("kafka.strimzi.io/v1", "a", {"team": "cart"}), "want": true},
		"of Kubernetes": {"object": _kafka("networking.k8s.io/v1", "cart", {}), "want": true},
		"of Kubernetes, without a dot": {"object": _kafka("v1", "cart", {}), "want": true},
	}
	sight := {"resources": array.concat(_sight.resources, [example.object])}
	{true | nearmiss.empty(_labels({"app": "cart"}))} == {true | example.want} with input as sight
}

test_a_rollout_is_a_workload if {
	rollout := object.union(_deployment("shop", "cart", {}, {"app": "basket"}), {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout"})
	nearmiss.empty(_labels({"app": "cart"})) with input as {"resources": array.concat(_sight.resources, [rollout])}
}

test_lacking if {
	nearmiss.lacking(_labels({"app": "cart", "tier": "front", "team": "a"})) == "app=cart, team=a" with input as _sight
	several := {"matchLabels": {"tier": "front"}, "matchExpressions": [{"key": "app", "operator": "In", "values": ["cart", "basket"]}]}
	nearmiss.lacking(["shop", several]) == "app in (basket,cart)" with input as _sight
	some_there := {"matchLabels": {"tier": "front"}, "matchExpressions": [{"key": "app", "operator": "In", "values": ["cart", "payments-api"]}]}
	nearmiss.lacking(["shop", some_there]) == "app in (cart,payments-api),tier=front" with input as _sight
	nearmiss.lacking(_labels({"app": "payments-api", "tier": "front"})) == "app=payments-api,tier=front" with input as _sight
}

test_label[name] if {
	some name, example in {
		"a slip in the value": {"asked": {"tier": "frnt"}, "want": ["tier", "frnt", "tier", "front"]},
		"a part of the value": {"asked": {"app": "payments"}, "want": ["app", "payments", "app", "payments-api"]},
		"a slip in the key": {"asked": {"teir": "back"}, "want": ["teir", "back", "tier", "back"]},
		"another key": {"asked": {"app": "web"}, "want": ["app", "web", "app.kubernetes.io/name", "web"]},
		"a key unlike it": {"asked": {"component": "web"}, "want": ["component", "web", "app.kubernetes.io/name", "web"]},
		"the first of two": {"asked": {"app": "web", "tier": "frnt"}, "want": ["app", "web", "app.kubernetes.io/name", "web"]},
		"the one that has a near one": {"asked": {"app": "cart", "tier": "frnt"}, "want": ["tier", "frnt", "tier", "front"]},
	}
	nearmiss.label(_labels(example.asked)) == example.want with input as _sight
}

test_no_label_near[name] if {
	some name, labels in {
		"unlike": {"app": "cart"},
		"a value that says nothing": {"internal": "true"},
		"of another namespace": {"app": "ledger"},
	}
	not nearmiss.label(_labels(labels)) with input as _sight
}

test_elsewhere if {
	nearmiss.elsewhere(_labels({"app": "ledger"})) == {"bank"} with input as _sight
	nearmiss.elsewhere(["bank", {"matchLabels": {"app": "ledger"}}]) == set() with input as _sight
}

test_controllers if {
	nearmiss.controllers(_labels({"app": "front"})) == {0} with input as _sight
	nearmiss.controllers(_labels({"app": "back"})) == set() with input as _sight
}

test_mended if {
	nearmiss.mended(_labels({"app": "web", "tier": "front"})) == {"app.kubernetes.io/name": "web", "tier": "front"} with input as _sight
	not nearmiss.mended(_labels({"app": "web", "tier": "back"})) with input as _sight
	not nearmiss.mended(["shop", {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]}]) with input as _sight
	not nearmiss.mended(_labels({"app": "cart"})) with input as _sight
}

# Reviewing a policy, before anything else: some pod is there.
test_met if {
	policy := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "a", "namespace": "shop"}}
	inventory := {"namespace": {"shop": {"apps/v1": {"Deployment": {"web": _deployment("shop", "web", {}, {"app": "web"})}}}}}
	not nearmiss.empty(_labels({"app": "web"})) with input as {"review": {"object": policy}} with data.inventory as inventory
	every nobody in [{}, {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}] {
		not nearmiss.empty(["shop", nobody]) with input as {"review": {"object": policy}} with data.inventory as inventory
	}
	nearmiss.empty(_labels({"app": "cart"})) with input as {"review": {"object": policy}} with data.inventory as inventory
	not_web := ["shop", {"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "tier", "operator": "Exists"}]}]
	nearmiss.empty(not_web) with input as {"review": {"object": policy}} with data.inventory as inventory
}
