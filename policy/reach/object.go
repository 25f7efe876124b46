package reach

import (
	"fmt"
	"math"

	"github.com/netvet/netvet/policy/manifest"
)

// Problem is a part of an object that the API server refuses, or that another object replaces. What is refused admits and selects nothing.
type Problem struct {
	Resource *manifest.Resource
	Path     manifest.Path
	Message  string
}

// Span is the place of the problem.
func (p Problem) Span() manifest.Span { return p.Resource.Span(p.Path) }

// String gives the place and the message.
func (p Problem) String() string { return p.Span().String() + ": " + p.Message }

// node is a value inside an object, with the way to it. Null is as absent everywhere but in the place of a label's value, where it is "".
type node struct {
	*reading
	at    *step
	value any
}

// step leads to a value from the one around it; nil is at the root. Most paths are never asked for.
type step struct {
	up    *step
	key   string
	index int // if there is no key
}

func (s *step) path() manifest.Path {
	switch {
	case s == nil:
		return nil
	case s.key == "":
		return append(s.up.path(), s.index)
	}
	return append(s.up.path(), s.key)
}

// reading collects what is wrong with one object.
type reading struct {
	resource *manifest.Resource
	problems *[]Problem
}

func (n node) refuse(format string, args ...any) {
	*n.problems = append(*n.problems, Problem{n.resource, n.at.path(), fmt.Sprintf(format, args...)})
}

// to leads to the value of a key, absent if this is no mapping.
func (n node) to(keys ...string) node {
	for _, key := range keys {
		object, _ := n.value.(map[string]any)
		n.value = object[key]
		n.at = &step{n.at, key, 0}
	}
	return n
}

func (n node) absent() bool { return n.value == nil }

// mapping tells whether the value is a mapping, or absent; if it is neither, that is a problem.
func (n node) mapping() bool {
	if _, ok := n.value.(map[string]any); !ok && !n.absent() {
		n.refuse("want a mapping")
		return false
	}
	return true
}

// list tells whether the value is a list, or absent.
func (n node) list() bool {
	_, ok := n.value.([]any)
	return ok || n.absent()
}

// items are the members of a list. What should be a list and is none is taken for its only member: it does not mean everything.
func (n node) items() []node {
	list, ok := n.value.([]any)
	switch {
	case n.absent():
		return nil
	case !ok:
		n.refuse("want a list")
		return []node{n}
	}
	nodes, steps := make([]node, len(list)), make([]step, len(list))
	for i, value := range list {
		steps[i] = step{n.at, "", i}
		nodes[i] = node{n.reading, &steps[i], value}
	}
	return nodes
}

func (n node) text() string {
	text, _ := n.value.(string)
	return text
}

// number gives a whole number.
func (n node) number() (int, bool) {
	switch v := n.value.(type) {
	case int64:
		return int(v), math.MinInt32 <= v && v <= math.MaxInt32
	case float64:
		return int(v), v == math.Trunc(v) && math.Abs(v) <= math.MaxInt32
	}
	return 0, false
}

// texts gives the string values of a mapping by key.
func (n node) texts() map[string]string {
	object, _ := n.value.(map[string]any)
	if !n.mapping() || len(object) == 0 {
		return nil
	}
	texts := make(map[string]string, len(object))
	for key, value := range object {
		text, ok := value.(string)
		if !ok && value != nil {
			n.to(key).refuse("want a string")
			continue
		}
		texts[key] = text
	}
	return texts
}
