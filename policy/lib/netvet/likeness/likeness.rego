# METADATA
# description: What somebody may have meant who wrote a word that is none.
package lib.netvet.likeness

# The first of the words that differs in case and punctuation only, else in about one letter: left out, added, changed or swapped.
nearest(text, words) := word if {
	word := min({w | some w in words; _folded(w) == _folded(text)})
} else := word if {
	word := min({w | some w in words; _alike(w, text)})
}

# The same of names, else the first that begins or ends with the one given, or it with them: "prod" may mean "production", and "web" "shop-web".
kin(text, words) := nearest(text, words) if {
	nearest(text, words)
} else := min({w | some w in words; _part(w, text)})

_part(a, b) if {
	min([count(a), count(b)]) > 2
	some [whole, part] in [[a, b], [b, a]]
	strings.any_prefix_match(whole, part)
}

_part(a, b) if {
	min([count(a), count(b)]) > 2
	some [whole, part] in [[a, b], [b, a]]
	strings.any_suffix_match(whole, sprintf("-%s", [part]))
}

_folded(text) := regex.replace(lower(text), `[^a-z0-9]+`, "")

# Short words are alike by chance.
_alike(a, b) if {
	count(b) > 3
	abs(count(a) - count(b)) <= 1
	count(_shortened(a) & _shortened(b)) > 0
}

# The word, and what is left of it without any one letter.
_shortened(text) := {text} | {concat("", [substring(text, 0, i), substring(text, i + 1, -1)]) |
	some i in numbers.range(0, count(text) - 1)
}
