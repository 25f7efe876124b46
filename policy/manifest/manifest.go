// Package manifest reads Kubernetes manifests into resources that remember the line and column of every value.
package manifest

import (
	"fmt"
	"strings"
)

// ID names a Kubernetes object as the API server would. Where the API server makes the name up, Name is metadata.generateName and "*".
type ID struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name"`
}

const generated = "*" // no character of names

// Generated tells whether the API server makes the object's name up, so that no two objects share it.
func (id ID) Generated() bool { return strings.HasSuffix(id.Name, generated) }

// Position is a place in a file. Line and Column count from 1; Column counts characters (code points).
type Position struct {
	Line   int
	Column int
}

// Span is the part of a file from Start up to, but not including, End. Start and End are zero where the whole file is meant, or
// where there is no file.
type Span struct {
	File       string
	Start, End Position
}

// String gives file:line:column, or only the file if no place in it is known.
func (s Span) String() string {
	if s.Start.Line == 0 {
		return s.File
	}
	return fmt.Sprintf("%s:%d:%d", s.File, s.Start.Line, s.Start.Column)
}

// Path leads from the root of an object to one of its values: strings name the keys of mappings, ints count the items of lists from 0.
type Path []any

// String gives the path as kubectl explains fields: spec.ingress[0].from. Keys that are no plain words are quoted: metadata.labels["a.b/c"].
func (p Path) String() string {
	var b strings.Builder
	for i, step := range p {
		switch step := step.(type) {
		case string:
			switch {
			case !isPlainWord(step):
				fmt.Fprintf(&b, "[%q]", step)
			case i > 0:
				b.WriteString("." + step)
			default:
				b.WriteString(step)
			}
		default:
			fmt.Fprintf(&b, "[%v]", step)
		}
	}
	return b.String()
}

// isPlainWord says whether a key can stand in a path as it is.
func isPlainWord(key string) bool {
	for i := range len(key) {
		if c := key[i]; !isWord(c) || c == '.' || c == '/' {
			return false
		}
	}
	return key != ""
}

// Error is a document, or a part of one, that could not be read.
type Error struct {
	Span Span
	Err  error
}

// Error gives the place, then what is wrong there and what to do.
func (e *Error) Error() string { return e.Span.String() + ": " + e.Err.Error() }

// Unwrap gives the error without its place.
func (e *Error) Unwrap() error { return e.Err }

// Resource is one Kubernetes object as its source states it. It is read-only.
type Resource struct {
	ID     ID
	Object map[string]any // JSON types: map[string]any, []any, string, bool, int64, float64, nil
	File   string

	// Source is the chart's template that Helm made the object from, as its comment "# Source: chart/templates/web.yaml" tells, or "".
	Source string

	tree *tree // nil if the object was not read from text
	root int   // index of the object's mark
}

// Skipped is a document or file that is no Kubernetes object.
type Skipped struct {
	Span   Span
	Reason string
}

// Set is what one reading gave.
type Set struct {
	Resources []*Resource
	Errors    []*Error
	Skipped   []Skipped
	Files     int // files read

	// LeftOut are files that were not read although they were asked for: excluded by a pattern, listed but deleted, links that lead nowhere.
	LeftOut []Skipped

	objects int // Kubernetes objects and Lists met, whether they could be read or not
}
