package lint

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/netvet/netvet/policy/manifest"
)

// Edit is a change of a file's text: what stands in Span becomes Text.
type Edit struct {
	Span manifest.Span
	Text string
}

// editedLine is the length in bytes up to which lines are edited: dumps of clusters may be one line of megabytes.
const editedLine = 1 << 14

// Edits gives the finding's fix as changes of the text of its file, in order and apart from each other. They keep the rest of the text, comments
// and indentation included, and leave the object exactly as Apply does, which was tried. It gives none where there is no fix or no text, or
// where the text is written in a way (anchors, complex keys) in which the fix cannot be made with certainty.
func (f Finding) Edits() []Edit {
	root := f.Resource.Span(nil)
	if len(f.Fix) == 0 || root.Start.Line == 0 {
		return nil
	}
	mended, err := Apply(f.Resource.Object, f.Fix)
	if err != nil {
		return nil
	}
	e := editor{resource: f.Resource, first: root.Start.Line, lines: f.Resource.Lines(root.Start.Line, root.End.Line)}
	e.indent, e.dash = e.style(nil, f.Resource.Object)
	e.change(nil, f.Resource.Object, mended)
	slices.SortStableFunc(e.edits, func(a, b Edit) int {
		return cmp.Or(comparePositions(a.Span.Start, b.Span.Start), comparePositions(a.Span.End, b.Span.End))
	})
	if e.failed || !e.makes(root, mended) {
		return nil
	}
	return e.edits
}

// editor collects the changes that turn one object into another.
type editor struct {
	resource *manifest.Resource
	first    int      // the number of lines[0]
	lines    []string // of the object
	indent   int      // by which mappings are indented below their keys
	dash     int      // by which lists are
	edits    []Edit
	failed   bool
}

// makes tries the edits: the text that they leave must be read as the object that is wanted.
func (e *editor) makes(root manifest.Span, mended map[string]any) bool {
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", root.Start.Column-1))
	at := root.Start
	for _, edit := range e.edits {
		if comparePositions(edit.Span.Start, at) < 0 || comparePositions(edit.Span.End, root.End) > 0 && edit.Span.End.Line != root.End.Line {
			return false
		}
		b.WriteString(e.text(at, edit.Span.Start) + edit.Text)
		at = edit.Span.End
	}
	if comparePositions(at, root.End) < 0 {
		b.WriteString(e.text(at, root.End))
	}
	set := manifest.Decode(e.resource.File, []byte(b.String()), manifest.Options{})
	return len(set.Errors) == 0 && len(set.Resources) == 1 && reflect.DeepEqual(set.Resources[0].Object, mended)
}

// change edits the value at the path.
func (e *editor) change(path manifest.Path, old, wanted any) {
	if e.failed || reflect.DeepEqual(old, wanted) {
		return
	}
	switch old := old.(type) {
	case map[string]any:
		if wanted, same := wanted.(map[string]any); same && overlap(old, wanted) {
			e.mapping(path, old, wanted)
			return
		}
	case []any:
		if wanted, same := wanted.([]any); same && len(old) > 0 && len(wanted) > 0 {
			e.list(path, old, wanted)
			return
		}
	}
	e.replace(path, wanted)
}

func overlap(a, b map[string]any) bool {
	for key := range a {
		if _, both := b[key]; both {
			return true
		}
	}
	return false
}

func (e *editor) mapping(path manifest.Path, old, wanted map[string]any) {
	flow := e.inFlow(path)
	children := e.children(path, old)
	for _, key := range sortedKeys(old) {
		if value, kept := wanted[key]; kept {
			e.change(below(path, key), old[key], value)
		} else {
			e.remove(children, e.resource.Span(below(path, key)), flow)
		}
	}
	for _, key := range sortedKeys(wanted) {
		if _, had := old[key]; had {
			continue
		}
		if flow {
			e.insert(children[len(children)-1].End, ", "+e.key(key, children[0])+": "+e.flow(wanted[key], children[0]))
			continue
		}
		before := e.before(path, old, key, children)
		column := children[0].Start.Column
		e.insert(e.endOfLine(last(before)), "\n"+strings.Repeat(" ", column-1)+e.entry(key, wanted[key], column-1))
	}
}

// before gives the entry that a new one is written behind: the last that is usually written before it, or the last of all.
func (e *editor) before(path manifest.Path, old map[string]any, key string, children []manifest.Span) manifest.Span {
	best := children[len(children)-1]
	rank := keyRank(key)
	if rank < 0 {
		return best
	}
	found := false
	for sibling := range old {
		span := e.resource.Span(below(path, sibling))
		if r := keyRank(sibling); r >= 0 && r < rank && (!found || comparePositions(span.Start, best.Start) > 0) {
			best, found = span, true
		}
	}
	return best
}

func (e *editor) list(path manifest.Path, old, wanted []any) {
	flow := e.inFlow(path)
	children := make([]manifest.Span, len(old))
	for i := range old {
		children[i] = e.resource.Span(below(path, i))
	}
	for _, s := range align(old, wanted) {
		both := min(s.oldTo-s.oldFrom, s.newTo-s.newFrom)
		for i := range both {
			e.change(below(path, s.oldFrom+i), old[s.oldFrom+i], wanted[s.newFrom+i])
		}
		for i := s.oldFrom + both; i < s.oldTo; i++ {
			e.removeItem(children, i, flow)
		}
		for i := s.newFrom + both; i < s.newTo; i++ {
			e.insertItem(children, s.oldTo, wanted[i], flow)
		}
	}
}

func (e *editor) removeItem(children []manifest.Span, i int, flow bool) {
	span := children[i]
	if !flow {
		if span.Start.Column = e.dashOf(span); e.failed {
			return
		}
	}
	e.remove(children, span, flow)
}

// insertItem puts an item before item i, or last.
func (e *editor) insertItem(children []manifest.Span, i int, value any, flow bool) {
	if flow {
		if i == 0 {
			e.insert(children[0].Start, e.flow(value, children[0])+", ")
		} else {
			e.insert(children[i-1].End, ", "+e.flow(value, children[0]))
		}
		return
	}
	dash := e.dashOf(children[0])
	if e.failed {
		return
	}
	margin := strings.Repeat(" ", dash-1)
	item := margin + "- " + e.block(value, dash+1)
	if i > 0 {
		e.insert(e.endOfLine(last(children[i-1])), "\n"+item)
		return
	}
	if strings.TrimLeft(e.text(manifest.Position{Line: children[0].Start.Line, Column: 1}, manifest.Position{Line: children[0].Start.Line, Column: dash}), " ") != "" {
		e.failed = true
		return
	}
	e.insert(manifest.Position{Line: children[0].Start.Line, Column: dash}, "- "+e.block(value, dash+1)+"\n"+margin)
}

// remove takes out a child that has siblings: its lines, or, on a line that is shared, all up to the next.
func (e *editor) remove(children []manifest.Span, span manifest.Span, flow bool) {
	i := slices.IndexFunc(children, func(c manifest.Span) bool { return c.End == span.End })
	if i < 0 {
		e.failed = true
		return
	}
	lead := e.text(manifest.Position{Line: span.Start.Line, Column: 1}, span.Start)
	switch {
	case !flow && strings.TrimSpace(lead) == "" && span.Start.Line > e.first:
		e.cut(e.endOfLine(span.Start.Line-1), e.endOfLine(last(span)))
	case i+1 < len(children):
		e.cut(children[i].Start, children[i+1].Start)
	case flow && i > 0:
		e.cut(children[i-1].End, span.End)
	default:
		e.failed = true
	}
}

// replace writes another value.
func (e *editor) replace(path manifest.Path, value any) {
	if len(path) == 0 {
		e.failed = true
		return
	}
	span := e.resource.Span(path)
	flow := e.inFlow(path[:len(path)-1])
	if _, isItem := path[len(path)-1].(int); isItem {
		text := e.block(value, span.Start.Column-1)
		if flow {
			text = e.flow(value, span)
		}
		e.put(span.Start, span.End, text)
		return
	}
	colon := e.colonOf(path)
	if e.failed {
		return
	}
	text := " " + e.flow(value, span)
	if !flow {
		text = e.value(value, span.Start.Column-1)
	}
	e.put(colon, span.End, text)
}

func (e *editor) put(from, to manifest.Position, text string) {
	span := manifest.Span{File: e.resource.File, Start: from, End: to}
	if comparePositions(from, to) > 0 {
		e.failed = true
		return
	}
	e.edits = append(e.edits, Edit{Span: span, Text: text})
}

func (e *editor) insert(at manifest.Position, text string) { e.put(at, at, text) }
func (e *editor) cut(from, to manifest.Position)           { e.put(from, to, "") }

// children gives the places of a mapping's entries, in the order of the text.
func (e *editor) children(path manifest.Path, value map[string]any) []manifest.Span {
	spans := make([]manifest.Span, 0, len(value))
	for key := range value {
		spans = append(spans, e.resource.Span(below(path, key)))
	}
	slices.SortFunc(spans, func(a, b manifest.Span) int { return comparePositions(a.Start, b.Start) })
	return spans
}

// colonOf gives the place behind the colon of an entry.
func (e *editor) colonOf(path manifest.Path) manifest.Position {
	start := e.resource.Span(path).Start
	rest := e.rest(start)
	key, _ := path[len(path)-1].(string)
	for _, spelled := range []string{key, quote(key), "'" + key + "'"} {
		if after, found := strings.CutPrefix(rest, spelled); found && strings.HasPrefix(strings.TrimLeft(after, " "), ":") {
			colon := strings.Index(after, ":") + 1
			return manifest.Position{Line: start.Line, Column: start.Column + utf8.RuneCountInString(spelled+after[:colon])}
		}
	}
	e.failed = true
	return start
}

// inFlow says whether the collection at the path is written in brackets, on the line of its key.
func (e *editor) inFlow(path manifest.Path) bool {
	at := e.resource.Span(path).Start
	if len(path) > 0 {
		if _, isKey := path[len(path)-1].(string); isKey {
			at = e.colonOf(path)
		}
	}
	rest := strings.TrimLeft(e.rest(at), " ")
	if rest != "" && strings.ContainsRune("&*!", rune(rest[0])) {
		e.failed = true
	}
	return strings.HasPrefix(rest, "{") || strings.HasPrefix(rest, "[")
}

// dashOf gives the column of the dash before an item.
func (e *editor) dashOf(item manifest.Span) int {
	lead := []rune(e.text(manifest.Position{Line: item.Start.Line, Column: 1}, item.Start))
	i := len(lead) - 1
	for i >= 0 && lead[i] == ' ' {
		i--
	}
	if i < 0 || lead[i] != '-' {
		e.failed = true
		return 1
	}
	return i + 1
}

// style finds how the object indents: mappings below their keys, and dashes below theirs.
func (e *editor) style(path manifest.Path, value any) (indent, dash int) {
	entries, _ := value.(map[string]any)
	for _, key := range sortedKeys(entries) {
		child := below(path, key)
		column := e.resource.Span(child).Start.Column
		switch inner := entries[key].(type) {
		case map[string]any:
			if spans := e.children(child, inner); len(spans) > 0 && indent == 0 && spans[0].Start.Line > e.resource.Span(child).Start.Line {
				indent = spans[0].Start.Column - column
			}
			innerIndent, innerDash := e.style(child, inner)
			indent, dash = cmp.Or(indent, innerIndent), cmp.Or(dash, innerDash)
		case []any:
			if len(inner) == 0 || dash != 0 {
				continue
			}
			if item := e.resource.Span(below(child, 0)); item.Start.Line > e.resource.Span(child).Start.Line {
				if at := e.dashOf(item); !e.failed {
					dash = at - column + 1 // 0 stands for unknown
				}
				e.failed = false
			}
		}
	}
	if len(path) > 0 {
		return indent, dash
	}
	if indent <= 0 {
		indent = 2
	}
	if dash <= 0 {
		dash = 3
	}
	return indent, dash - 1
}

// line gives the text of a line of the object.
func (e *editor) line(n int) string {
	if n < e.first || n-e.first >= len(e.lines) || len(e.lines[n-e.first]) > editedLine {
		e.failed = true
		return ""
	}
	return e.lines[n-e.first]
}

func (e *editor) endOfLine(n int) manifest.Position {
	return manifest.Position{Line: n, Column: utf8.RuneCountInString(e.line(n)) + 1}
}

// rest gives the line from a place on.
func (e *editor) rest(at manifest.Position) string { return e.text(at, e.endOfLine(at.Line)) }

// text gives what stands between two places.
func (e *editor) text(from, to manifest.Position) string {
	var b strings.Builder
	for n := from.Line; n <= to.Line; n++ {
		if n == to.Line && to.Column == 1 && n-e.first >= len(e.lines) {
			break // behind the last line
		}
		line := e.line(n)
		start, end := 0, len(line)
		if n == from.Line {
			start = offset(line, from.Column)
		}
		if n == to.Line {
			end = max(offset(line, to.Column), start)
		}
		b.WriteString(line[start:end])
		if n < to.Line {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// offset gives the byte at which a column starts.
func offset(line string, column int) int {
	for i := range line {
		if column--; column == 0 {
			return i
		}
	}
	return len(line)
}

// last is the last line that has a character of the span.
func last(s manifest.Span) int {
	if s.End.Column <= 1 && s.End.Line > s.Start.Line {
		return s.End.Line - 1
	}
	return s.End.Line
}

func below(path manifest.Path, step any) manifest.Path {
	return append(slices.Clone(path), step)
}

func comparePositions(a, b manifest.Position) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

// segment is a part of two lists in which they differ.
type segment struct{ oldFrom, oldTo, newFrom, newTo int }

// align finds the segments between the items that both lists have in the same order (a longest common subsequence).
func align(old, wanted []any) []segment {
	common := make([][]int, len(old)+1)
	for i := range common {
		common[i] = make([]int, len(wanted)+1)
	}
	for i := len(old) - 1; i >= 0; i-- {
		for j := len(wanted) - 1; j >= 0; j-- {
			if reflect.DeepEqual(old[i], wanted[j]) {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var segments []segment
	i, j := 0, 0
	for i < len(old) || j < len(wanted) {
		s := segment{oldFrom: i, newFrom: j}
		for i < len(old) || j < len(wanted) {
			if i < len(old) && j < len(wanted) && reflect.DeepEqual(old[i], wanted[j]) {
				break
			}
			if j == len(wanted) || i < len(old) && common[i+1][j] >= common[i][j+1] {
				i++
			} else {
				j++
			}
		}
		if s.oldTo, s.newTo = i, j; s.oldTo > s.oldFrom || s.newTo > s.newFrom {
			segments = append(segments, s)
		}
		if i < len(old) && j < len(wanted) {
			i, j = i+1, j+1
		}
	}
	return segments
}
