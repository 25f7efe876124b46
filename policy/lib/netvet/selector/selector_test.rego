package lib.netvet.selector_test

import data.lib.netvet.selector

_expression(key, operator, values) := {"matchExpressions": [{"key": key, "operator": operator, "values": values}]}

_bare(key, operator) := {"matchExpressions": [{"key": key, "operator": operator}]}

_web := {"matchLabels": {"app": "web"}}

_never := {"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}

# What the API server refuses, or does not even decode.
_refused := {
	"a string": "app=web",
	"null": null,
	"an array": [],
	"labels as an array": {"matchLabels": []},
	"labels as a string": {"matchLabels": "app"},
	"label that is a boolean": {"matchLabels": {"app": true}},
	"label that is a number": {"matchLabels": {"app": 1}},
	"expressions as an object": {"matchExpressions": {}},
	"expressions as a boolean": {"matchExpressions": false},
	"expression that is a string": {"matchExpressions": ["app"]},
	"expression that is null": {"matchExpressions": [null]},
	"no operator": {"matchExpressions": [{"key": "app"}]},
	"unknown operator": _expression("app", "Equals", ["web"]),
	"operator in lower case": _expression("app", "in", ["web"]),
	"operator that is null": _expression("app", null, []),
	"no key": {"matchExpressions": [{"operator": "Exists"}]},
	"key that is a number": _bare(1, "Exists"),
	"empty key": _bare("", "DoesNotExist"),
	"In nothing": _expression("app", "In", []),
	"In null": _expression("app", "In", null),
	"In without values": _bare("app", "In"),
	"In a string": _expression("app", "In", "web"),
	"In an object": _expression("app", "In", {"a": "web"}),
	"In a number": _expression("app", "In", ["web", 1]),
	"NotIn nothing": _expression("app", "NotIn", []),
	"Exists with values": _expression("app", "Exists", ["web"]),
	"DoesNotExist with values": _expression("app", "DoesNotExist", ["web"]),
}

_matching := {
	"everything": [{}, {"app": "web"}],
	"everything, no labels": [{}, {}],
	"null members": [{"matchLabels": null, "matchExpressions": null}, {"app": "web"}],
	"empty members": [{"matchLabels": {}, "matchExpressions": []}, {}],
	"one label": [_web, {"app": "web", "tier": "front"}],
	"null expressions beside labels": [object.union(_web, {"matchExpressions": null}), {"app": "web"}],
	"label without a value": [{"matchLabels": {"app": null}}, {"app": ""}],
	"In": [_expression("app", "In", ["web", "api"]), {"app": "api"}],
	"In a value left out": [_expression("app", "In", ["web", null]), {"app": ""}],
	"NotIn": [_expression("app", "NotIn", ["web"]), {"app": "api"}],
	"NotIn, key absent": [_expression("app", "NotIn", ["web"]), {}],
	"Exists": [_bare("app", "Exists"), {"app": ""}],
	"Exists with null values": [_expression("app", "Exists", null), {"app": "web"}],
	"Exists with no values": [_expression("app", "Exists", []), {"app": "web"}],
	"DoesNotExist": [_bare("app", "DoesNotExist"), {"tier": "front"}],
}

_not_matching := {
	"other value": [_web, {"app": "api"}],
	"key absent": [_web, {}],
	"one of two labels": [{"matchLabels": {"app": "web", "tier": "front"}}, {"app": "web"}],
	"In": [_expression("app", "In", ["web", "api"]), {"app": "db"}],
	"In, key absent": [_expression("app", "In", ["web", "api"]), {}],
	"NotIn": [_expression("app", "NotIn", ["web"]), {"app": "web"}],
	"Exists": [_bare("app", "Exists"), {"tier": "front"}],
	"DoesNotExist": [_bare("app", "DoesNotExist"), {"app": ""}],
	"labels hold, expressions don't": [
		object.union(_web, _bare("tier", "Exists")),
		{"app": "web"},
	],
	"expressions hold, labels don't": [
		object.union(_web, _bare("tier", "Exists")),
		{"app": "api", "tier": "front"},
	],
}

test_matches[name] if {
	some name, [s, labels] in _matching
	selector.matches(s, labels)
}

test_does_not_match[name] if {
	some name, [s, labels] in _not_matching
	not selector.matches(s, labels)
}

test_refused_matches_nothing[name] if {
	some name, s in _refused
	not selector.matches(s, {})
	not selector.matches(s, {"app": "web"})
	not selector.matches(s, {"app": true})
	selector.contradictory(s)
	selector.describe(s) == "<error>"
	selector.anchors(s) == set()
	selector.implies(s, _web)
	not selector.implies(_web, s)
	not selector.overlaps(s, {})
	not selector.overlaps({}, s)
}

_contradictions := {
	"label and DoesNotExist": _never,
	"label and other In": object.union(_web, _expression("app", "In", ["api"])),
	"label and NotIn": object.union(_web, _expression("app", "NotIn", ["web", "api"])),
	"disjoint In": {"matchExpressions": [
		{"key": "app", "operator": "In", "values": ["web"]},
		{"key": "app", "operator": "In", "values": ["api"]},
	]},
	"Exists and DoesNotExist": {"matchExpressions": [
		{"key": "app", "operator": "Exists"},
		{"key": "app", "operator": "DoesNotExist"},
	]},
}

test_contradictory[name] if {
	some name, s in _contradictions
	selector.contradictory(s)
	selector.normal(s) == selector.normal(_never)
	selector.implies(s, _web)
	not selector.overlaps(s, s)
}

test_not_contradictory[s] if {
	some s in {{}, _web, _bare("app", "DoesNotExist"), object.union(_web, _expression("app", "In", ["web", "api"]))}
	not selector.contradictory(s)
	selector.overlaps(s, s)
	selector.implies(s, s)
}

test_normal[name] if {
	some name, [s, normal] in {
		"everything": [{}, {}],
		"label": [_web, {"app": {"absent": false, "in": {"web"}}}],
		"In of one value": [_expression("app", "In", ["web", "web"]), {"app": {"absent": false, "in": {"web"}}}],
		"Exists": [_bare("app", "Exists"), {"app": {"absent": false, "not_in": set()}}],
		"DoesNotExist": [_bare("app", "DoesNotExist"), {"app": {"absent": true, "in": set()}}],
		"NotIn": [_expression("app", "NotIn", ["a", "b"]), {"app": {"absent": true, "not_in": {"a", "b"}}}],
		"In less NotIn": [
			{"matchExpressions": [
				{"key": "app", "operator": "In", "values": ["a", "b"]},
				{"key": "app", "operator": "NotIn", "values": ["b", "c"]},
			]},
			{"app": {"absent": false, "in": {"a"}}},
		],
		"NotIn and Exists": [
			{"matchExpressions": [
				{"key": "app", "operator": "NotIn", "values": ["a"]},
				{"key": "app", "operator": "NotIn", "values": ["b"]},
				{"key": "app", "operator": "Exists"},
			]},
			{"app": {"absent": false, "not_in": {"a", "b"}}},
		],
		"two keys": [
			object.union(_web, _bare("tier", "Exists")),
			{"app": {"absent": false, "in": {"web"}}, "tier": {"absent": false, "not_in": set()}},
		],
	}
	selector.normal(s) == normal
}

# Each selector implies those after it and, being satisfiable, overlaps them.
test_implies_wider if {
	chain := [
		{"matchLabels": {"app": "web", "tier": "front"}},
		_web,
		_expression("app", "In", ["web", "api"]),
		_expression("app", "NotIn", ["db"]),
		{},
	]
	every i, narrow in chain {
		every wide in array.slice(chain, i + 1, 5) {
			selector.implies(narrow, wide)
			not selector.implies(wide, narrow)
			selector.overlaps(narrow, wide)
			selector.overlaps(wide, narrow)
		}
	}
}

# Written in plain labels or in expressions, they mean the same.
test_plain_and_not[name] if {
	some name, [narrow, wide, want] in {
		"equal": [{"app": "web"}, {"app": "web"}, true],
		"fewer": [{"app": "web", "tier": "front"}, {"app": "web"}, true],
		"more": [{"app": "web"}, {"app": "web", "tier": "front"}, false],
		"none": [{"app": "web"}, {}, true],
		"of none": [{}, {"app": "web"}, false],
		"both none": [{}, {}, true],
		"another value": [{"app": "web"}, {"app": "api"}, false],
		"another key": [{"app": "web"}, {"tier": "web"}, false],
		"no value": [{"app": ""}, {"app": ""}, true],
	}
	every a in _spellings(narrow) {
		every b in _spellings(wide) {
			{true | selector.implies(a, b)} == {true | want}
		}
		{true | selector.matches(a, wide)} == {true | object.subset(wide, narrow)}
	}
}

_spellings(labels) := [
	{"matchLabels": labels},
	{"matchLabels": labels, "matchExpressions": []},
	{"matchLabels": labels, "matchExpressions": null},
	{"matchExpressions": [{"key": key, "operator": "In", "values": [value]} | some key, value in labels]},
	{"matchLabels": labels, "matchExpressions": [{"key": key, "operator": "Exists"} | some key, _ in labels]},
]

test_disjoint[name] if {
	some name, [a, b] in {
		"labels": [_web, {"matchLabels": {"app": "api"}}],
		"label and absence": [_web, _bare("app", "DoesNotExist")],
		"presence and absence": [_bare("app", "Exists"), _bare("app", "DoesNotExist")],
		"In and NotIn": [_expression("app", "In", ["a", "b"]), _expression("app", "NotIn", ["b", "a", "c"])],
	}
	not selector.overlaps(a, b)
	not selector.overlaps(b, a)
	not selector.implies(a, b)
}

test_absence_implies_not_in if {
	selector.implies(_bare("app", "DoesNotExist"), _expression("app", "NotIn", ["web"]))
	not selector.implies(_expression("app", "NotIn", ["web"]), _bare("app", "Exists"))
}

test_anchors if {
	selector.anchors(_web) == {["app", "web"]}
	selector.anchors(_expression("app", "In", ["a", "b"])) == {["app", "a"], ["app", "b"]}
	both := object.union({"matchLabels": {"tier": "front"}}, _expression("app", "In", ["a", "b"]))
	selector.anchors(both) == {["tier", "front"]}
}

test_no_anchors[s] if {
	some s in {{}, _bare("app", "Exists"), _bare("app", "DoesNotExist"), _expression("app", "NotIn", ["a"])}
	not selector.anchors(s)
}

test_describe[text] if {
	some text, s in {
		"": {},
		"app=web": _web,
		"app=": {"matchLabels": {"app": null}},
		"app in (api,web)": _expression("app", "In", ["web", "api"]),
		"app=web,tier notin (a,b),z": {"matchLabels": {"app": "web"}, "matchExpressions": [
			{"key": "tier", "operator": "NotIn", "values": ["b", "a"]},
			{"key": "z", "operator": "Exists"},
		]},
		"app,!gone": {"matchExpressions": [
			{"key": "gone", "operator": "DoesNotExist"},
			{"key": "app", "operator": "Exists"},
		]},
	}
	selector.describe(s) == text
}

test_labels[name] if {
	some name, [written, labels] in {
		"labels": [{"app": "web"}, {"app": "web"}],
		"without a value": [{"app": null, "tier": "front"}, {"app": "", "tier": "front"}],
		"null": [null, {}],
		"list": [["app"], {}],
	}
	selector.labels(written) == labels
}

test_pairs if {
	selector.pairs({}) == {}
	selector.pairs({"matchLabels": {"app": "web"}}) == {"app": "web"}
	selector.pairs({"matchLabels": {"app": "web"}, "matchExpressions": [
		{"key": "tier", "operator": "In", "values": ["front"]},
		{"key": "zone", "operator": "In", "values": ["a", "b"]},
		{"key": "debug", "operator": "DoesNotExist"},
	]}) == {"app": "web", "tier": "front"}
}

test_valid if {
	selector.valid({})
	selector.valid({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]})
	not selector.valid({"matchExpressions": [{"key": "app", "operator": "NotIn"}]})
	not selector.valid("app=web")
}

test_about if {
	web := {"key": "app", "operator": "In", "values": ["web"]}
	tier := {"key": "tier", "operator": "Exists"}
	given := {"matchLabels": {"app": "web", "team": "a"}, "matchExpressions": [web, tier]}
	selector.about(given, "app") == {"matchLabels": {"app": "web"}, "matchExpressions": [web]}
	selector.about(given, "tier") == {"matchLabels": {}, "matchExpressions": [tier]}
	selector.about({}, "tier") == {"matchLabels": {}, "matchExpressions": []}
}
