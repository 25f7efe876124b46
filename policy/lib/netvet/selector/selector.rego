# METADATA
# title: Label selectors
# description: |
#   The API's LabelSelector, `{matchLabels?, matchExpressions?}`, as the API server understands it:
#   requirements are ANDed, NotIn and DoesNotExist match objects that lack the key, `{}` matches all,
#   null members are as absent. A selector that the API server refuses, be it not for its spelling of a key or value,
#   matches nothing.
package lib.netvet.selector

# Holds when an object with these labels is selected.
matches(selector, labels) if {
	object.subset(labels, _plain(selector)) # for speed
} else if {
	not _plain(selector) # for speed
	[pairs, rest] := _split(selector)
	object.subset(labels, pairs)
	not _refuses(rest, labels)
}

# Holds when b matches every label set that a matches.
implies(a, b) if object.subset(_plain(a), _plain(b)) # for speed

implies(a, b) if {
	[have, _] := _split(a)
	[want, rest] := _split(b)
	object.subset(have, want)
	narrow := normal(a)
	every key, wide in rest { _meet({narrow[key], wide}) == narrow[key] }
}

implies(a, _) if contradictory(a)

# Holds when some label set is matched by both.
overlaps(a, b) if {
	[a_pairs, a_rest] := _split(a)
	[b_pairs, b_rest] := _split(b)
	object.union(a_pairs, b_pairs) == object.union(b_pairs, a_pairs)
	every key, allowed in a_rest { _meet({allowed, object.get(normal(b), key, allowed)}) != _never }
	every key, allowed in b_rest { _meet({allowed, object.get(normal(a), key, allowed)}) != _never }
}

# Holds when no label set is matched.
contradictory(selector) if normal(selector) == {"": _never}

# Holds of what the API server takes for a selector.
valid(selector) if _plain(selector)

else if _requirements(selector)

# The part of a selector that is about one key.
about(selector, key) := {
	"matchLabels": {k: value | some k, value in selector.matchLabels; k == key},
	"matchExpressions": [e | some e in selector.matchExpressions; e.key == key],
}

# What each key may be: absent or not, and one of the values `in` or none of those `not_in`.
# Selectors of equal meaning have equal objects; those that match nothing share one.
normal(selector) := {key: {"absent": false, "in": {value}} | some key, value in pairs} if {
	pairs := _plain(selector)
} else := allowed if {
	rows := _requirements(selector)
	allowed := {key: _meet({r[1] | some r in rows; r[0] == key}) | some [key, _] in rows}
	every x in allowed { x != _never }
} else := {"": _never}

# The [key, value] pairs of which every matching label set carries at least one; undefined where there are none such.
anchors(selector) := {[key, pairs[key]]} if {
	[pairs, _] := _split(selector)
	key := min(object.keys(pairs))
} else := {[key, value] | some value in allowed[key]["in"]} if {
	allowed := normal(selector)
	[_, key] := min({[count(x["in"]), k] | some k, x in allowed; not x.absent})
}

# The selector as kubectl prints it.
describe(selector) := concat(",", [text | some [_, text] in sort(texts)]) if {
	_requirements(selector)
	texts := {[key, sprintf("%s=%s", [key, _text(value)])] | some key, value in selector.matchLabels} | {[e.key, text] |
		some e in selector.matchExpressions
		text := sprintf(_formats[e.operator], [e.key, concat(",", sort([_text(v) | some v in e.values]))])
	}
} else := "<error>"

_formats := {"In": "%s in (%s)", "NotIn": "%s notin (%s)", "Exists": "%s%s", "DoesNotExist": "!%s%s"}

# The labels that metadata gives, as the API server reads them.
labels(written) := written if {
	is_object(written)
	not null in written
} else := {key: _text(value) | some key, value in written} if {
	is_object(written)
} else := {}

# The labels that every matching label set has, key by key: those asked for by value.
pairs(selector) := have if {
	have := _plain(selector) # for speed
} else := _split(selector)[0]

# What matching labels contain, which one built-in call decides, and whatever else is allowed.
_split(selector) := [pairs, {}] if {
	pairs := _plain(selector)
} else := [pairs, object.remove(allowed, object.keys(pairs))] if {
	allowed := normal(selector)
	pairs := {key: value | some key, x in allowed; not x.absent; count(x["in"]) == 1; some value in x["in"]}
}

# The labels of a selector that has nothing else, as most.
_plain(selector) := pairs if {
	is_object(selector)
	object.get(selector, "matchExpressions", []) == []
	pairs := object.get(selector, "matchLabels", {})
	is_object(pairs)
	every value in pairs { is_string(value) }
}

_never := {"absent": false, "in": set()}

# All requirements as {[key, allowed]}; undefined where the API server refuses one.
_requirements(selector) := pairs | rest if {
	is_object(selector)
	labels := _member(selector, "matchLabels", {})
	is_object(labels)
	every value in labels { _text(value) }
	pairs := {[key, {"absent": false, "in": {_text(value)}}] | some key, value in labels}
	expressions := _member(selector, "matchExpressions", [])
	is_array(expressions)
	every e in expressions { _allowed(e) }
	rest := {[e.key, _allowed(e)] | some e in expressions}
}

_member(parent, key, fallback) := fallback if object.get(parent, key, null) == null

else := parent[key]

# What one expression allows its key to be; undefined where the API server refuses it.
_allowed(e) := _meaning(e.operator, {_text(value) | some value in values}) if {
	is_string(e.key)
	e.key != ""
	values := _member(e, "values", [])
	is_array(values)
	every value in values { _text(value) }
}

# The API server reads a null in the place of a string as "".
_text(value) := value if is_string(value)

_text(null) := ""

_meaning("In", values) := {"absent": false, "in": values} if values != set()

_meaning("NotIn", values) := {"absent": true, "not_in": values} if values != set()

_meaning("Exists", values) := {"absent": false, "not_in": values} if values == set()

_meaning("DoesNotExist", values) := {"absent": true, "in": values} if values == set()

# What several requirements on one key allow together.
_meet(xs) := x if {
	count(xs) == 1
	some x in xs
} else := {"absent": _absent(xs), "in": intersection(listed) - union({x.not_in | some x in xs})} if {
	listed := {x["in"] | some x in xs}
	count(listed) > 0
} else := {"absent": _absent(xs), "not_in": union({x.not_in | some x in xs})}

_absent(xs) := min({x.absent | some x in xs})

_refuses(rest, labels) if {
	some key, allowed in rest
	not _allows(allowed, object.get(labels, key, null))
}

# A null value is that of an absent key.
_allows(allowed, value) if value in allowed["in"]

_allows(allowed, value) if {
	not is_null(value)
	not value in allowed.not_in
}

_allows(allowed, value) if {
	is_null(value)
	allowed.absent
}
