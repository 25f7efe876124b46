package lib.netvet.likeness_test

import data.lib.netvet.likeness

_words := {"podSelector", "policyTypes", "ingress", "egress", "to", "kube-system"}

test_nearest[text] if {
	some text, want in {
		"podselector": "podSelector",
		"pod_selector": "podSelector",
		"PolicyTypes": "policyTypes",
		"policyType": "policyTypes",
		"ingres": "ingress",
		"ingresss": "ingress",
		"imgress": "ingress",
		"inrgess": "ingress",
		"engress": "egress",
		"kubesystem": "kube-system",
		"To": "to",
	}
	likeness.nearest(text, _words) == want
}

test_nothing_near[text] if {
	some text in ["", "t", "too", "tt", "from", "selector", "gres", "ingreeess"]
	not likeness.nearest(text, _words)
}

test_the_first_of_several if {
	likeness.nearest("abcd", {"xbcd", "abcx"}) == "abcx"
	likeness.nearest("ABCD", {"abcx", "abcd"}) == "abcd"
	not likeness.nearest("abcd", set())
}

test_kin[text] if {
	some text, want in {
		"prodution": "production",
		"prod": "production",
		"web": "shop-web",
		"shop-web-v2": "shop-web",
		"all-staging": "staging",
	}
	likeness.kin(text, {"production", "shop-web", "staging"}) == want
}

test_no_kin[text] if {
	some text in ["", "st", "op-web", "eb", "ging", "other"]
	not likeness.kin(text, {"production", "shop-web", "staging"})
}
