package reach

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Table is what reports show: workloads, of which some may have no connection, and connections.
type Table struct {
	Workloads   []*Workload
	Connections iter.Seq[Connection]
}

// Table is everything.
func (r *Reach) Table() Table { return Table{r.Workloads(), r.Connections()} }

// Text writes the connections as a table for reading. Ranges of addresses that differ in nothing else stand in one line.
func Text(w io.Writer, t Table) error {
	lines := [][]string{{"FROM", "TO", "PORTS"}}
	for _, l := range t.lines() {
		lines = append(lines, l.text[:])
	}
	return write(w, "table of connections", columns(lines))
}

// Markdown writes the same table for a pull request or a page.
func Markdown(w io.Writer, t Table) error {
	var b strings.Builder
	b.WriteString("| From | To | Ports |\n|---|---|---|\n")
	for _, l := range t.lines() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", cell(l.text[0]), cell(l.text[1]), cell(l.text[2]))
	}
	return write(w, "Markdown table of connections", b.String())
}

// CSV writes a line for each connection and interval of ports: from, to, protocol, first port, last port.
func CSV(w io.Writer, t Table) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"from", "to", "protocol", "first", "last"}); err != nil {
		return fmt.Errorf("write CSV of connections: %w", err)
	}
	for c := range t.Connections {
		for protocol, list := range c.Ports.by {
			for _, i := range list {
				row := []string{c.From.String(), c.To.String(), Protocol(protocol).String(), strconv.Itoa(i.First), strconv.Itoa(i.Last)}
				if err := out.Write(row); err != nil {
					return fmt.Errorf("write CSV of connections: %w", err)
				}
			}
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write CSV of connections: %w", err)
	}
	return nil
}

type jsonPeer struct {
	ID string `json:"id"`
}

type jsonConnection struct {
	From    string `json:"from"`
	To      string `json:"to"`
	Ports   Ports  `json:"ports"`
	Partial bool   `json:"partial,omitempty"`
}

func (c Connection) json() jsonConnection {
	return jsonConnection{c.From.String(), c.To.String(), c.Ports, c.Partial}
}

// JSON writes {"version": 1, "peers": [{"id"}], "connections": [{"from", "to", "ports": {"TCP": ["80", "9000-9010"]}}]}, indented.
// Fields may be added to it, not renamed. "partial" marks connections that not all pods of a workload have.
func JSON(w io.Writer, t Table) error {
	report := struct {
		Version     int              `json:"version"`
		Peers       []jsonPeer       `json:"peers"`
		Connections []jsonConnection `json:"connections"`
	}{1, []jsonPeer{}, []jsonConnection{}}
	for _, w := range t.Workloads {
		report.Peers = append(report.Peers, jsonPeer{w.String()})
	}
	outside := map[Range]bool{}
	var ranges []Range
	for c := range t.Connections {
		report.Connections = append(report.Connections, c.json())
		for _, p := range []Peer{c.From, c.To} {
			if p.Workload == nil && !outside[p.Addresses] {
				outside[p.Addresses] = true
				ranges = append(ranges, p.Addresses)
			}
		}
	}
	slices.SortFunc(ranges, Range.compare)
	for _, r := range ranges {
		report.Peers = append(report.Peers, jsonPeer{r.String()})
	}
	return writeJSON(w, "JSON of connections", report)
}

// line is a connection, or several that differ in a range of addresses alone: from, to and ports.
type line struct {
	text  [3]string
	first Change
	more  []Change // of the other ranges
}

func (t Table) lines() []line {
	return linesOf(func(yield func(Change) bool) {
		for c := range t.Connections {
			if !yield(Change{Connection: c}) {
				return
			}
		}
	})
}

func linesOf(changes iter.Seq[Change]) (lines []line) {
	type key struct {
		text   [3]string
		gained bool
	}
	at := map[key]int{}
	for c := range changes {
		l := line{text: [3]string{c.From.String(), c.To.String(), c.Ports.String()}, first: c}
		if c.Partial {
			l.text[2] += " (some pods)"
		}
		outside := 0
		switch {
		case c.To.Workload == nil:
			outside = 1
		case c.From.Workload != nil:
			lines = append(lines, l)
			continue
		}
		k := key{l.text, c.Gained}
		k.text[outside] = ""
		if i, found := at[k]; found {
			lines[i].more = append(lines[i].more, c)
			continue
		}
		at[k] = len(lines)
		lines = append(lines, l)
	}
	for i, l := range lines {
		if len(l.more) == 0 {
			continue
		}
		all := l.first.outside()
		for _, c := range l.more {
			all = append(all, c.outside()...)
		}
		outside := 0
		if l.first.To.Workload == nil {
			outside = 1
		}
		lines[i].text[outside] = addresses(unite(all)).String()
	}
	return lines
}

// columns aligns all columns but the last.
func columns(lines [][]string) string {
	var widths []int
	for _, line := range lines {
		for i, text := range line {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			line[i] = printable(text)
			widths[i] = max(widths[i], utf8.RuneCountInString(line[i]))
		}
	}
	var b strings.Builder
	for _, line := range lines {
		for i, text := range line {
			b.WriteString(text)
			if i < len(line)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text)+2))
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// printable spells out characters that a terminal would obey.
func printable(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}

// cell keeps a text within its cell of a Markdown table.
func cell(s string) string {
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", "&lt;", "[", `\[`, "`", "\\`", "*", `\*`, "_", `\_`).Replace(printable(s))
}

func writeJSON(w io.Writer, what string, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write %s: %w", what, err)
	}
	return write(w, what, b.String())
}

func write(w io.Writer, what, text string) error {
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("write %s: %w", what, err)
	}
	return nil
}
