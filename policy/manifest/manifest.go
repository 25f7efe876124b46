// Package manifest reads Kubernetes manifests into resources that remember the line and column of every value.
package manifest

import (
	"fmt"
)

// ID names a Kubernetes object as the API server would.
type ID struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name"`
}

// Position is a place in a file. Line and Column count from 1; Column counts characters (code points).
type Position struct {
	Line   int
	Column int
}

// Span is the part of a file from Start up to, but not including, End.
type Span struct {
	File       string
	Start, End Position
}

// String gives file:line:column.
func (s Span) String() string { return fmt.Sprintf("%s:%d:%d", s.File, s.Start.Line, s.Start.Column) }

// Path leads from the root of an object to one of its values: strings name the keys of mappings, ints count the items of lists from 0.
type Path []any

// Error is a document, or a part of one, that could not be read.
type Error struct {
	Span Span
	Err  error
}

func (e *Error) Error() string { return e.Span.String() + ": " + e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

// Resource is one Kubernetes object as its source states it. It is read-only.
type Resource struct {
	ID     ID
	Object map[string]any // JSON types: map[string]any, []any, string, bool, int64, float64, nil
	File   string
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
}
