package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/netvet/netvet/policy/lint"
)

// fix shows what mends a finding: the lines to change in its file, where the rule knows them, in place of the code that the remedy shows.
// A remedy is told once.
func (t *text) fix(f *lint.Finding) {
	changed := hunks(f)
	remedy, rest := f.Remediation, ""
	if len(changed) > 0 {
		remedy, rest = advice(remedy)
	}
	first := remedy != "" && t.once("fix "+f.Rule.ID+" "+remedy)
	if first {
		var b strings.Builder
		t.markdown(&b, remedy, detailIndent, "")
		t.b.WriteString(t.label("fix", green) + b.String()[detailIndent:])
	} else if len(changed) > 0 {
		t.b.WriteString("  " + t.paint(green, "fix") + "\n")
	}
	for _, h := range changed {
		t.hunk(h)
	}
	if first {
		t.markdown(&t.b, rest, detailIndent, "")
	}
}

// advice gives what a remedy says before it shows code, and after.
func advice(remediation string) (before, after string) {
	var told [2][]string
	met := 0
	for _, b := range blocks(remediation) {
		if b.code {
			met = 1
			continue
		}
		told[met] = append(told[met], strings.Join(b.lines, " "))
	}
	if len(told[0]) == 0 {
		told[0] = []string{"Write it so:"}
	}
	return strings.Join(told[0], "\n\n"), strings.Join(told[1], "\n\n")
}

// hunk is a run of lines of a file, and what a fix makes of them.
type hunk struct {
	first      int // number of the first line
	before     []string
	old, mends []string
}

// hunks gives the lines that the finding's fix changes.
func hunks(f *lint.Finding) []hunk {
	var found []hunk
	edits := f.Edits()
	for len(edits) > 0 {
		// Edits that touch the same lines make one hunk.
		n, first, last := 1, edits[0].Span.Start.Line, edits[0].Span.End.Line
		for n < len(edits) && edits[n].Span.Start.Line <= last+1 {
			last = max(last, edits[n].Span.End.Line)
			n++
		}
		old := f.Resource.Lines(first, last)
		h := hunk{first: first, old: old, mends: strings.Split(rewritten(old, first, edits[:n]), "\n")}
		found = append(found, h.trimmed(f))
		edits = edits[n:]
	}
	return found
}

// rewritten gives the lines with the edits made.
func rewritten(lines []string, first int, edits []lint.Edit) string {
	var b strings.Builder
	text := strings.Join(lines, "\n")
	starts := make([]int, len(lines))
	for i := 1; i < len(lines); i++ {
		starts[i] = starts[i-1] + len(lines[i-1]) + 1
	}
	at := 0
	offset := func(line, column int) int {
		if line-first >= len(lines) {
			return len(text)
		}
		n := starts[line-first]
		for ; column > 1 && n < len(text); column-- {
			_, size := utf8.DecodeRuneInString(text[n:])
			n += size
		}
		return n
	}
	for _, edit := range edits {
		b.WriteString(text[at:offset(edit.Span.Start.Line, edit.Span.Start.Column)] + edit.Text)
		at = offset(edit.Span.End.Line, edit.Span.End.Column)
	}
	return b.String() + text[at:]
}

// trimmed leaves out the lines at both ends that stay, but for one before.
func (h hunk) trimmed(f *lint.Finding) hunk {
	for len(h.old) > 0 && len(h.mends) > 0 && h.old[0] == h.mends[0] {
		h.first++
		h.old, h.mends = h.old[1:], h.mends[1:]
	}
	for len(h.old) > 0 && len(h.mends) > 0 && h.old[len(h.old)-1] == h.mends[len(h.mends)-1] {
		h.old, h.mends = h.old[:len(h.old)-1], h.mends[:len(h.mends)-1]
	}
	if h.first > f.Resource.Span(nil).Start.Line {
		h.before = f.Resource.Lines(h.first-1, h.first-1)
	}
	return h
}

// hunkLines is the number of old or new lines from which on a hunk is cut.
const hunkLines = 24

// hunk writes the lines as a diff, in the columns of the snippets: behind the mark, a line stands as it stands in the file.
func (t *text) hunk(h hunk) {
	gutter := max(len(fmt.Sprint(h.first+len(h.old))), 3)
	room := t.width() - gutter - len("  | ")
	line := func(number, mark, text string, color style) {
		row := cellsOf(strings.TrimRight(text, " \t\r"))
		if number != "" {
			number = t.paint(dim, fmt.Sprintf(" %*s", gutter, number))
		} else {
			number = strings.Repeat(" ", gutter+1)
		}
		t.b.WriteString(strings.TrimRight(number+" "+t.paint(color, mark)+" "+t.paint(color, window(row, 0, room)), " ") + "\n")
	}
	for i, text := range h.before {
		line(fmt.Sprint(h.first-len(h.before)+i), "|", text, dim)
	}
	for i, text := range clipped(h.old) {
		line(fmt.Sprint(h.first+i), "-", text, red)
	}
	for _, text := range clipped(h.mends) {
		line("", "+", text, green)
	}
}

func clipped(lines []string) []string {
	if len(lines) <= hunkLines {
		return lines
	}
	return append(slices.Clone(lines[:hunkLines-1]), fmt.Sprintf("(%d more lines)", len(lines)-hunkLines+1))
}
