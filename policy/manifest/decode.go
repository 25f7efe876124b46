package manifest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Decode reads the objects of one file: YAML documents, JSON values, and Lists, of which it gives the items. The name of the file
// is only used in positions.
//
// Set.Errors names each document that could not be read, and a file without a Kubernetes object; the other documents are in
// Set.Resources. Errors and resources come in the order of the text.
func Decode(file string, data []byte, options Options) *Set {
	return decode(file, data, options.withDefaults(), true)
}

var errEmpty = errors.New("no Kubernetes object: the file is empty")

// decoder reads one file.
type decoder struct {
	*tree
	limits limits
	set    *Set
	last   *Error // what is said instead of errors that are too many
	named  bool   // the user named the file; else it was met in a directory
	origin string // Resource.Source of the document being read
}

func decode(file string, data []byte, options Options, named bool) *Set {
	d := &decoder{tree: &tree{source: &source{file: file}}, limits: limits{Options: options}, set: &Set{Files: 1}, named: named}
	if int64(len(data)) > options.MaxFileBytes {
		d.set.Errors = append(d.set.Errors, fileError(file, tooLarge(options.MaxFileBytes)))
		return d.set
	}
	text, err := decodeText(data)
	if err != nil {
		d.set.Errors = append(d.set.Errors, fileError(file, err))
		return d.set
	}
	d.source.text, d.source.simple = text, isSimple(text)
	d.marks = make([]mark, 0, len(text)/24+8)
	d.file()
	if d.set.objects == 0 && len(d.set.Errors) == 0 && len(d.set.Skipped) == 0 {
		d.empty()
	}
	slices.SortStableFunc(d.set.Errors, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Span.Start.Line, b.Span.Start.Line), cmp.Compare(a.Span.Start.Column, b.Span.Start.Column))
	})
	if d.full() {
		d.set.Errors = append(d.set.Errors, d.last)
	}
	return d.set
}

func fileError(file string, err error) *Error { return &Error{Span: Span{File: file}, Err: err} }

func tooLarge(limit int64) error {
	if limit%(1<<20) == 0 {
		return fmt.Errorf("the file is larger than the limit of %d MiB; split it", limit>>20)
	}
	return fmt.Errorf("the file is larger than the limit of %d bytes; split it", limit)
}

// file reads all documents. A file that starts with a brace is taken for a stream of JSON values for as long as it is one, as in
// kubectl.
func (d *decoder) file() {
	text, at := d.source.text, 0
	for valid := d.source.valid(); valid; {
		start := at
		for start < len(text) && strings.IndexByte(" \t\r\n", text[start]) >= 0 {
			start++
		}
		if start == len(text) || text[start] != '{' {
			break
		}
		r := &jsonReader{tree: d.tree, limits: &d.limits, text: text, pos: start}
		before, counted := len(d.marks), d.limits.values
		value, root, err := r.read()
		if err != nil {
			d.marks = d.marks[:before]
			if err.bound || strings.HasSuffix(d.source.file, ".json") && findTemplate(text, start, len(text), err.from) == nil {
				d.fail(err)
				return
			}
			d.limits.values = counted
			break
		}
		at = r.pos
		if len(r.twice) > 0 {
			d.failAll(d.source.faults(start, r.twice))
			continue
		}
		d.object(root, value)
	}
	if at > 0 && strings.TrimSpace(text[at:]) == "" {
		return
	}
	for c := range split(text, at) {
		if d.full() {
			return
		}
		d.chunk(c)
	}
}

// valid says whether the whole text may be given to a reader that does not check characters.
func (s *source) valid() bool { return s.simple || checkText(s.text, 0, len(s.text)) == nil }

// chunk reads one document.
func (d *decoder) chunk(c chunk) {
	text := d.source.text
	d.origin = origin(text[c.from:c.to])
	if c.broken != nil {
		d.unread(c, c.broken)
		return
	}
	if !d.source.simple {
		if err := checkText(text, c.from, c.to); err != nil {
			d.unread(c, err)
			return
		}
	}
	hard := c.from
	if d.source.simple {
		plain := &plainReader{tree: d.tree, limits: &d.limits, text: text, pos: c.from, end: c.to}
		value, root, ok := plain.read()
		switch {
		case ok && root >= 0:
			d.object(root, value)
			return
		case ok:
			return // nothing but comments
		}
		hard = plain.pos
	}
	library := &libraryReader{tree: d.tree, limits: &d.limits, text: text, from: c.from, to: c.to, hard: hard}
	value, root, err := library.read()
	switch {
	case err != nil && !err.bound:
		if template := findTemplate(text, c.from, c.to, err.from); template != nil {
			err = template
		}
		d.unread(c, err)
	case err != nil:
		d.fail(err)
	case len(library.twice) > 0:
		if !d.named && !looksLikeObject(text[c.from:c.to]) {
			d.skip(c.from, c.to, "no Kubernetes object, and it gives a key twice")
			return
		}
		d.failAll(d.source.faults(c.from, library.twice))
	case root >= 0:
		d.object(root, value)
	}
}

// unread records a document that could not be read. In a directory, one that was never meant to be a Kubernetes object is skipped.
func (d *decoder) unread(c chunk, err *fault) {
	if !d.named && !looksLikeObject(d.source.text[c.from:c.to]) {
		at := skipSpace(d.source.text[:c.to], c.from)
		d.skip(at, at, "no Kubernetes object, and it cannot be read: "+err.err.Error())
		return
	}
	d.fail(err)
}

func (d *decoder) fail(f *fault) {
	d.add(d.source.span(f.from, f.to), f.err)
}

// add records an error, or that there are too many.
func (d *decoder) add(span Span, err error) {
	if len(d.set.Errors) < maxErrors {
		d.set.Errors = append(d.set.Errors, &Error{Span: span, Err: err})
	} else if d.last == nil {
		d.last = &Error{Span: span, Err: fmt.Errorf("this file has more than %d errors, and not all of the rest is read. Mend the first ones", maxErrors)}
	}
}

// full says that there are too many errors to go on.
func (d *decoder) full() bool { return d.last != nil }

func (d *decoder) failAll(faults []fault) {
	for i := range faults {
		d.fail(&faults[i])
	}
}

// skip records a document that is no Kubernetes object: an error in a file that the user named.
func (d *decoder) skip(from, to int, reason string) {
	span := d.source.span(from, to)
	if d.named {
		d.add(span, errors.New("no Kubernetes object: "+reason))
		return
	}
	d.set.Skipped = append(d.set.Skipped, Skipped{Span: span, Reason: reason})
}

// empty records that there is no document.
func (d *decoder) empty() {
	if !d.named {
		d.skip(0, 0, "the file is empty")
		return
	}
	d.add(d.source.span(0, 0), errEmpty)
}
