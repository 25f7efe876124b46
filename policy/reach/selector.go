package reach

import (
	"slices"
	"strings"
)

// selector is the API's LabelSelector as a list of requirements, all of which must hold.
type selector struct {
	requirements []requirement
	nothing      bool // refused by the API server: selects nothing
}

type requirement struct {
	key      string
	operator operator
	values   []string
}

type operator uint8

const (
	in operator = iota
	notIn
	exists
	doesNotExist
)

var operators = map[string]operator{"In": in, "NotIn": notIn, "Exists": exists, "DoesNotExist": doesNotExist}

// readSelector reads a selector; one that is absent selects everything.
func readSelector(n node) (s selector) {
	if !n.mapping() {
		return selector{nothing: true}
	}
	labels := n.to("matchLabels")
	texts := labels.texts()
	if object, _ := labels.value.(map[string]any); !labels.absent() && (object == nil || len(texts) < len(object)) {
		s.nothing = true
	}
	for key, value := range texts {
		s.requirements = append(s.requirements, requirement{key, in, []string{value}})
	}
	slices.SortFunc(s.requirements, func(a, b requirement) int { return strings.Compare(a.key, b.key) })
	expressions := n.to("matchExpressions")
	s.nothing = s.nothing || !expressions.list()
	for _, e := range expressions.items() {
		r, ok := readRequirement(e)
		s.requirements = append(s.requirements, r)
		s.nothing = s.nothing || !ok
	}
	return s
}

func readRequirement(n node) (r requirement, ok bool) {
	if !n.mapping() {
		return r, false
	}
	r.key = n.to("key").text()
	if r.key == "" {
		n.refuse("an expression needs a key")
		return r, false
	}
	r.operator, ok = operators[n.to("operator").text()]
	if !ok {
		n.to("operator").refuse("want In, NotIn, Exists or DoesNotExist")
		return r, false
	}
	values := n.to("values")
	ok = ok && values.list()
	for _, v := range values.items() {
		if _, isText := v.value.(string); !isText && !v.absent() {
			v.refuse("want a string")
			ok = false
		}
		r.values = append(r.values, v.text())
	}
	if wants := r.operator == in || r.operator == notIn; wants != (len(r.values) > 0) {
		if wants {
			values.refuse("In and NotIn need a value")
		} else {
			values.refuse("Exists and DoesNotExist take no values")
		}
		ok = false
	}
	return r, ok
}

func (s selector) matches(labels map[string]string) bool {
	for _, r := range s.requirements {
		value, has := labels[r.key]
		switch r.operator {
		case in:
			has = has && slices.Contains(r.values, value)
		case notIn:
			has = !has || !slices.Contains(r.values, value)
		case doesNotExist:
			has = !has
		}
		if !has {
			return false
		}
	}
	return !s.nothing
}

// key is equal for selectors written alike, whether as labels or expressions.
func (s selector) key() string {
	if s.nothing {
		return "!"
	}
	var b strings.Builder
	for _, r := range s.requirements {
		b.WriteByte(byte('0' + r.operator))
		b.WriteString(r.key)
		for _, v := range r.values {
			b.WriteByte('=')
			b.WriteString(v)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// String gives the selector as kubectl prints it, "" if it selects everything.
func (s selector) String() string {
	if s.nothing {
		return "<refused>"
	}
	texts := make([]string, len(s.requirements))
	for i, r := range s.requirements {
		switch {
		case r.operator == in && len(r.values) == 1:
			texts[i] = r.key + "=" + r.values[0]
		case r.operator == in:
			texts[i] = r.key + " in (" + strings.Join(r.values, ",") + ")"
		case r.operator == notIn:
			texts[i] = r.key + " notin (" + strings.Join(r.values, ",") + ")"
		case r.operator == exists:
			texts[i] = r.key
		default:
			texts[i] = "!" + r.key
		}
	}
	return strings.Join(texts, ",")
}

// labelIndex finds what carries which labels. Things are numbered.
type labelIndex struct {
	pairs map[[2]string]set
	keys  map[string]set
}

func newLabelIndex() *labelIndex {
	return &labelIndex{pairs: map[[2]string]set{}, keys: map[string]set{}}
}

// add enters a thing; numbers ascend.
func (x *labelIndex) add(n int, labels map[string]string) {
	for key, value := range labels {
		pair := x.pairs[[2]string{key, value}]
		pair.add(n)
		x.pairs[[2]string{key, value}] = pair
		any := x.keys[key]
		any.add(n)
		x.keys[key] = any
	}
}

// selected are the things within that the selector matches.
func (x *labelIndex) selected(s selector, within set) set {
	if s.nothing {
		return set{}
	}
	for _, r := range s.requirements {
		var found set
		switch r.operator {
		case in, notIn:
			for _, v := range r.values {
				found = found.or(x.pairs[[2]string{r.key, v}])
			}
		default:
			found = x.keys[r.key]
		}
		if r.operator == in || r.operator == exists {
			within = within.and(found)
		} else {
			within = within.minus(found)
		}
		if within.empty() {
			return within
		}
	}
	return within
}
