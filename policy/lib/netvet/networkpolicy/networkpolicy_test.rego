package lib.netvet.networkpolicy_test

import data.lib.netvet.networkpolicy

_policy(spec) := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "a", "namespace": "shop"}, "spec": spec}

test_written_is_without_defaults if {
	networkpolicy.written(0) == {"egress": []} with input as {"resources": [_policy({"egress": []})]}
	networkpolicy.written(0) == {} with input as {"resources": [_policy("none")]}
}

test_egress_only[name] if {
	some name, example in {
		"rules": {"spec": {"egress": [{}]}, "want": {0}},
		"empty policyTypes": {"spec": {"egress": [{}], "policyTypes": []}, "want": {0}},
		"null policyTypes": {"spec": {"egress": [{}], "policyTypes": null}, "want": {0}},
		"no rules": {"spec": {"egress": []}, "want": {0}},
		"policyTypes": {"spec": {"egress": [{}], "policyTypes": ["Ingress", "Egress"]}, "want": set()},
		"policyTypes of egress": {"spec": {"egress": [{}], "policyTypes": ["Egress"]}, "want": set()},
		"ingress denied in so many words": {"spec": {"egress": [{}], "ingress": []}, "want": set()},
		"an ingress key": {"spec": {"egress": [{}], "ingress": null}, "want": set()},
		"ingress rules": {"spec": {"egress": [{}], "ingress": [{}]}, "want": set()},
		"neither": {"spec": {"podSelector": {}}, "want": set()},
	}
	networkpolicy.egress_only == example.want with input as {"resources": [_policy(example.spec)]}
}

test_what_a_cluster_keeps_does_not_show_its_text if {
	kept := object.union(_policy({"egress": [{}]}), {"metadata": {"uid": "1"}})
	networkpolicy.egress_only == set() with input as {"resources": [kept]}
}

test_ignores[name] if {
	some name, example in {
		"egress": {"spec": {"policyTypes": ["Ingress"], "egress": [{}]}, "want": {"Egress"}},
		"ingress": {"spec": {"policyTypes": ["Egress"], "ingress": [null]}, "want": {"Ingress"}},
		"no rules": {"spec": {"policyTypes": ["Ingress"], "egress": []}, "want": set()},
		"in effect": {"spec": {"policyTypes": ["Ingress", "Egress"], "ingress": [{}], "egress": [{}]}, "want": set()},
		"by default": {"spec": {"policyTypes": [], "ingress": [{}], "egress": [{}]}, "want": set()},
		"refused": {"spec": {"policyTypes": ["ingress"], "ingress": [{}]}, "want": set()},
	}
	{direction | some direction in ["Ingress", "Egress"]; networkpolicy.ignores(0, direction)} == example.want with input as {"resources": [_policy(example.spec)]}
}
