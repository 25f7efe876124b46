package manifest

import (
	"errors"
	"fmt"
)

// fault is an error at a place of the text, given by offsets.
type fault struct {
	from, to int
	err      error

	// bound says that the fault is a limit, so that no other reader of the same text can do better.
	bound bool
}

// limits is what is left for one file.
type limits struct {
	Options
	values  int
	aliased int
}

// value counts one value.
func (l *limits) value(at int) *fault {
	if l.values++; l.values > l.MaxValues {
		return &fault{from: at, to: at + 1, bound: true, err: fmt.Errorf("this file holds more than %d values; split it", l.MaxValues)}
	}
	return nil
}

// alias counts the values that an alias repeats.
func (l *limits) alias(at, values int) *fault {
	l.aliased = min(l.aliased+values, l.MaxAliased+1)
	if l.aliased > l.MaxAliased {
		return &fault{from: at, to: at + 1, bound: true, err: fmt.Errorf("the aliases of this file repeat more than %d values, which would fill the memory; write the values out", l.MaxAliased)}
	}
	return nil
}

// deep is the fault of a value that is nested too deeply.
func (l *limits) deep(at int) *fault {
	return &fault{from: at, to: at + 1, bound: true, err: fmt.Errorf("lists and mappings are nested more than %d deep here; no Kubernetes object is. Remove the nesting", l.MaxDepth)}
}

var errTooComplex = errors.New("this document is too large for a full YAML parser, which it needs from here on: for an anchor, a tag, folded text, or because something is wrong. Write it in plain YAML or JSON, or split it with --- lines")

// maxErrors bounds the errors of one file, and maxTwice the keys given twice in one document: more help nobody.
const (
	maxErrors = 1000
	maxTwice  = 100
)
