package report

import (
	"path"
	"path/filepath"
	"strings"
	"unicode/utf16"

	"github.com/netvet/netvet/policy/manifest"
)

// FileOptions say how a format for another program names files. Their zero value leaves the names as they were given.
type FileOptions struct {
	// Root is the absolute path of the folder that the other program takes file names from: the checkout of a repository.
	Root string

	// Folder is the absolute path of the folder that relative names were given from; Root if empty.
	Folder string
}

// name gives a file's name from the root on. Files elsewhere, and standard input, keep their names.
func (o FileOptions) name(file string) string {
	if o.Root == "" || strings.HasPrefix(file, "<") {
		return file
	}
	full := filepath.FromSlash(file)
	if !filepath.IsAbs(full) {
		folder := o.Folder
		if folder == "" {
			folder = o.Root
		}
		full = filepath.Join(folder, full)
	}
	name, err := filepath.Rel(o.Root, full)
	if err != nil || name == ".." || strings.HasPrefix(name, ".."+string(filepath.Separator)) {
		return file
	}
	return path.Clean(filepath.ToSlash(name))
}

// ruler turns columns that count characters into columns that count UTF-16 code units. It remembers where it is, as findings come in the order
// of their columns: a line is walked once, not once for each.
type ruler struct {
	line                  string
	offset, passed, units int
}

func (m *ruler) column(line string, column int) int {
	if m.line != line || m.passed > column-1 {
		*m = ruler{line: line}
	}
	start := m.offset
	for i, r := range line[start:] {
		if m.offset = start + i; m.passed == column-1 {
			return m.units + 1
		}
		m.passed++
		m.units += max(utf16.RuneLen(r), 1)
	}
	m.offset = len(line)
	return m.units + column - m.passed
}

// rulers measure the start and the end of spans.
type rulers struct{ start, end ruler }

// span gives the columns of a span of a resource in UTF-16 code units.
func (m *rulers) span(r *manifest.Resource, s manifest.Span) (start, end int) {
	first := r.Lines(s.Start.Line, s.Start.Line)
	if len(first) == 0 {
		return s.Start.Column, s.End.Column
	}
	start = m.start.column(first[0], s.Start.Column)
	if s.End.Line == s.Start.Line {
		walked := m.start
		return start, walked.column(first[0], s.End.Column)
	}
	last := r.Lines(s.End.Line, s.End.Line)
	if len(last) == 0 { // behind the last line break of the file
		return start, s.End.Column
	}
	return start, m.end.column(last[0], s.End.Column)
}
