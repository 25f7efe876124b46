package lib.netvet.namespace_test

import data.lib.netvet.namespace

_namespace(name, labels) := {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}

test_the_later_of_two_objects_is_kept if {
	twice := {"resources": [_namespace("shop", {"team": "a"}), _namespace("shop", {"team": "b"}), _namespace("bank", {})]}
	namespace.visible == {"shop": 1, "bank": 2} with input as twice
	namespace.labels("shop") == {"team": "b", "kubernetes.io/metadata.name": "shop"} with input as twice
}
