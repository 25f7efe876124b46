package report

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/netvet/netvet/policy/manifest"
)

// longest is the number of source lines that a report quotes of one finding.
const longest = 4

// cell is one character of a source line as a terminal shows it.
type cell struct {
	text  string
	width int
}

func cellsOf(line string) []cell {
	row := make([]cell, 0, len(line))
	for i, r := range line {
		switch {
		case r == '\t':
			row = append(row, cell{strings.Repeat(" ", tabWidth), tabWidth})
		case r == utf8.RuneError && isBroken(line[i:]):
			row = append(row, cell{spellByte(line[i]), 4})
		case harmful(r):
			text := spell(r)
			row = append(row, cell{text, len(text)})
		default:
			row = append(row, cell{string(r), runeCells(r)})
		}
	}
	return row
}

func widthOf(row []cell) int {
	n := 0
	for _, c := range row {
		n += c.width
	}
	return n
}

// lastLine is the last line that has a character of the span.
func lastLine(s manifest.Span) int {
	if s.End.Column <= 1 && s.End.Line > s.Start.Line {
		return s.End.Line - 1
	}
	return max(s.End.Line, s.Start.Line)
}

// snippet quotes the lines of a span, the first of which is lines[0], and underlines what of its first line belongs to it.
func (o TextOptions) snippet(b *strings.Builder, s manifest.Span, lines []string, color style, at *cursor) {
	lines = lines[:min(len(lines), lastLine(s)-s.Start.Line+1)]
	for len(lines) > 1 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	if len(lines) == 0 {
		return
	}
	hidden := 0
	if len(lines) > longest+1 {
		hidden = len(lines) - longest
		lines = lines[:longest]
	}

	gutter := max(len(fmt.Sprint(s.Start.Line+len(lines)-1)), 3)
	room := o.width() - gutter - len("  | ")
	start := max(s.Start.Column-1, 0)
	line, dropped := excerpt(lines[0], start, at)
	first := cellsOf(line)
	from := min(start-dropped, len(first))
	to := from + beforeComment(first[from:])
	if s.End.Line == s.Start.Line {
		to = min(max(s.End.Column-1-dropped, from), len(first))
	}

	// A line that is too long is shown from shortly before the fault.
	skip := 0
	if widthOf(first[:to]) > room && widthOf(first[:from]) > room/2 {
		skip = from
		for lead := 0; skip > 0 && lead+first[skip-1].width < room/4; skip-- {
			lead += first[skip-1].width
		}
	}

	bar := o.paint(dim, "|")
	for i, line := range lines {
		row, before := first, dropped
		if i > 0 {
			line, before = excerpt(line, start, &cursor{})
			row = cellsOf(line)
		}
		text := window(row, max(dropped+skip-before, 0), room)
		number := o.paint(dim, fmt.Sprintf(" %*d", gutter, s.Start.Line+i))
		b.WriteString(strings.TrimRight(number+" "+bar+" "+text, " ") + "\n")
		if i == 0 {
			lead := widthOf(first[skip:from])
			if skip > 0 {
				lead = max(lead, len(ellipsis))
			}
			size := max(min(widthOf(first[from:to]), room-lead), 1)
			fmt.Fprintf(b, " %*s %s %s%s\n", gutter, "", bar, strings.Repeat(" ", lead), o.paint(color, strings.Repeat("^", size)))
		}
	}
	if hidden > 0 {
		fmt.Fprintf(b, " %*s %s %s\n", gutter, "", bar, o.paint(dim, fmt.Sprintf("(%d more lines)", hidden)))
	}
}

// beforeComment is the number of characters of a row up to a YAML comment and the space before it.
func beforeComment(row []cell) int {
	quote := ""
	for i, c := range row {
		switch {
		case quote != "":
			if c.text == quote {
				quote = ""
			}
		case c.text == "'" || c.text == `"`:
			quote = c.text
		case c.text == "#" && i > 0 && strings.TrimSpace(row[i-1].text) == "":
			for i > 0 && strings.TrimSpace(row[i-1].text) == "" {
				i--
			}
			return i
		}
	}
	return len(row)
}

// What of a line can be needed, in characters before and after the start of the fault: dumps of clusters may be one line of megabytes.
const (
	excerptBefore = 256
	excerptAfter  = 768
)

// excerpt is the part of a line that a window around character start can show, and the number of characters dropped before it.
func excerpt(line string, start int, at *cursor) (part string, dropped int) {
	line = strings.TrimRight(line, " \t\r\n")
	if len(line) <= excerptBefore+excerptAfter {
		return line, 0
	}
	from, dropped := at.advance(line, max(start-excerptBefore, 0))
	end := *at
	to, _ := end.advance(line, start+excerptAfter)
	return line[from:to], dropped
}

// cursor remembers the last character looked for: findings come in the order of their columns, so that a line is walked once, not once for each.
type cursor struct {
	line           string
	offset, passed int
}

// advance gives the offset of character n of a line, or its end if it has fewer, and the number of characters before that.
func (c *cursor) advance(line string, n int) (offset, passed int) {
	if c.line != line || c.passed > n {
		*c = cursor{line: line}
	}
	for i := range line[c.offset:] {
		if c.passed == n {
			c.offset += i
			return c.offset, c.passed
		}
		c.passed++
	}
	c.offset = len(line)
	return c.offset, c.passed
}

const ellipsis = "..."

// window is the part of a row from cell skip on that fits in room columns; dots stand for what is left out.
func window(row []cell, skip, room int) string {
	if skip > 0 && skip >= len(row) {
		return ellipsis
	}
	var b strings.Builder
	row = row[skip:]
	if skip > 0 {
		b.WriteString(ellipsis)
		taken := 0
		for len(row) > 0 && taken < len(ellipsis) {
			taken += row[0].width
			row = row[1:]
		}
		b.WriteString(strings.Repeat(" ", taken-len(ellipsis)))
		room -= taken
	}
	cut := widthOf(row) > room
	if cut {
		room -= len(ellipsis)
	}
	for _, c := range row {
		if room -= c.width; room < 0 {
			break
		}
		b.WriteString(c.text)
	}
	if cut {
		b.WriteString(ellipsis)
	}
	return b.String()
}
