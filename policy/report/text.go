package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
)

// Text writes the report for reading: file by file, each finding with the lines at fault. What holds for every finding of a
// rule (why it matters, the remedy, where to read more) stands with the first one only; of notes it is left to the rule's page. Where there are
// many findings, a table of the rules comes before the summary. Suppressed findings are counted, not shown.
// Characters that a terminal would obey are spelled out.
func Text(w io.Writer, r *lint.Report, o TextOptions) error {
	t := text{TextOptions: o, explained: map[string]bool{}}
	entries := open(r)
	for i, e := range entries {
		if i > 0 {
			t.b.WriteByte('\n')
		}
		if e.finding != nil {
			t.finding(e.finding)
		} else {
			t.unread(e.err)
		}
	}
	if len(entries) > 0 {
		t.b.WriteByte('\n')
	}
	if len(entries) > many {
		t.overview(entries)
	}
	t.summary(r)
	return write(w, "text report", t.b.String())
}

// many is the number of findings that the last screen does not show.
const many = 12

// open gives the entries that are not suppressed.
func open(r *lint.Report) []entry {
	return slices.DeleteFunc(entriesOf(r), func(e entry) bool { return e.finding != nil && e.finding.Suppressed != "" })
}

type text struct {
	TextOptions
	b         strings.Builder
	at        cursor
	last      manifest.Span   // of the finding before
	explained map[string]bool // rules whose reason was given, and remedies that were
}

// entry is a finding or an error of the reader.
type entry struct {
	span    manifest.Span
	finding *lint.Finding
	err     *manifest.Error
}

// entriesOf gives all findings and errors, by place.
func entriesOf(r *lint.Report) []entry {
	entries := make([]entry, 0, len(r.Findings)+len(r.Errors))
	for _, e := range r.Errors {
		entries = append(entries, entry{span: e.Span, err: e})
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		entries = append(entries, entry{span: f.Span, finding: f})
	}
	slices.SortStableFunc(entries, func(a, b entry) int {
		return cmp.Or(
			cmp.Compare(a.span.File, b.span.File),
			cmp.Compare(a.span.Start.Line, b.span.Start.Line),
			cmp.Compare(a.span.Start.Column, b.span.Start.Column),
		)
	})
	return entries
}

func styleOf(s policy.Severity) style {
	switch s {
	case policy.Error:
		return red
	case policy.Warning:
		return yellow
	default:
		return cyan
	}
}

// heading writes where and what; the message, wrapped, follows on the same line. A line breaks behind the place if what names the fault
// does not fit beside it.
func (t *text) heading(s manifest.Span, label string, color style, rule, message string) {
	place := Harmless(s.String())
	what, painted := label, t.paint(color, label)
	if rule != "" {
		what += " " + rule
		painted += " " + t.paint(bold, rule)
	}
	used := cells(place) + 1 + cells(what) + 1
	t.b.WriteString(t.paint(bold, place))
	if used > t.width() {
		t.b.WriteString("\n  ")
		used = 2 + cells(what) + 1
	} else {
		t.b.WriteByte(' ')
	}
	t.b.WriteString(painted + ":")
	var b strings.Builder
	hang(&b, Harmless(message), 2, t.width(), used+1)
	if text := b.String(); strings.HasPrefix(text, "\n") {
		t.b.WriteString(text)
	} else {
		t.b.WriteString(" " + text)
	}
}

func (t *text) finding(f *lint.Finding) {
	t.heading(f.Span, f.Severity.String(), styleOf(f.Severity), f.Rule.ID, f.Message)
	span := f.Span
	if f.Severity == policy.Note && span.End.Line > span.Start.Line {
		span.End = span.Start // its first line is enough
	}
	if f.Span != t.last {
		t.snippet(&t.b, span, f.Resource.Lines(span.Start.Line, lastLine(f.Span)), styleOf(f.Severity), &t.at)
	}
	t.last = f.Span
	first := t.once("why " + f.Rule.ID)
	if f.Severity == policy.Note {
		if len(f.Fix) > 0 {
			t.fix(f)
		}
		if first {
			t.docs(f.Rule)
		}
		return
	}
	t.detail("in", subject(f))
	if first {
		t.detail("why", gist(f.Rule.Description))
	}
	t.fix(f)
	if first {
		t.docs(f.Rule)
	}
}

func (t *text) docs(r *policy.Rule) {
	command := t.program() + " rules " + r.ID
	if t.Explain != nil {
		command = t.Explain(r)
	}
	t.detail("docs", command)
}

func (t *text) unread(e *manifest.Error) {
	message, rest, _ := strings.Cut(strings.TrimSpace(e.Err.Error()), "\n")
	t.heading(e.Span, "unread", red, "", message)
	for line := range strings.Lines(rest) {
		t.b.WriteString("  ")
		hang(&t.b, Harmless(line), 2, t.width(), 2)
	}
}

func (t *text) once(key string) bool {
	if t.explained[key] {
		return false
	}
	t.explained[key] = true
	return true
}

const detailIndent = 8

func (t *text) detail(label, body string) {
	if body == "" {
		return
	}
	t.b.WriteString(t.label(label, dim))
	hang(&t.b, Harmless(body), detailIndent, t.width(), detailIndent)
}

func (t *text) label(label string, color style) string {
	return "  " + t.paint(color, fmt.Sprintf("%-5s", label)) + " "
}

// subject names the object at fault and the place in it.
func subject(f *lint.Finding) string {
	id := f.Resource.ID
	name := id.Name
	if id.Namespace != "" {
		name = id.Namespace + "/" + name
	}
	subject := strings.TrimSpace(id.Kind + " " + name)
	if path := f.Path.String(); path != "" {
		subject += ", " + path
	}
	if f.Resource.Source != "" {
		subject += ", made from " + f.Resource.Source
	}
	return subject
}

// gistLength is the number of bytes from which on a reason is cut after its sentence.
const gistLength = 320

var sentenceEnd = regexp.MustCompile("[.] +[^a-z]")

// gist is the beginning of a description: whole sentences of its first paragraph.
func gist(description string) string {
	paragraph, _, _ := strings.Cut(strings.TrimSpace(description), "\n\n")
	paragraph = strings.Join(strings.Fields(paragraph), " ")
	if len(paragraph) <= gistLength {
		return paragraph
	}
	end := len(paragraph)
	for i, stop := range sentenceEnd.FindAllStringIndex(paragraph, -1) {
		if i > 0 && stop[0] >= gistLength {
			break
		}
		end = stop[0] + 1
	}
	return paragraph[:end]
}

// overview counts the findings of each rule, gravest and most frequent first.
func (t *text) overview(entries []entry) {
	type row struct {
		rule     *policy.Rule
		severity policy.Severity
		n        int
	}
	index := map[string]int{}
	var rows []row
	for _, e := range entries {
		if e.finding == nil {
			continue
		}
		key := e.finding.Rule.ID + " " + e.finding.Severity.String()
		i, known := index[key]
		if !known {
			i = len(rows)
			index[key] = i
			rows = append(rows, row{rule: e.finding.Rule, severity: e.finding.Severity})
		}
		rows[i].n++
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.severity, b.severity), cmp.Compare(b.n, a.n), cmp.Compare(a.rule.ID, b.rule.ID))
	})
	numbers, names := 0, 0
	for _, r := range rows {
		numbers, names = max(numbers, len(fmt.Sprint(r.n))), max(names, len(r.rule.ID))
	}
	for _, r := range rows {
		lead := fmt.Sprintf("  %*d %-7s %-*s", numbers, r.n, r.severity, names, r.rule.ID)
		title := Harmless(r.rule.Title)
		if room := t.width() - len(lead) - 2; room < minimalTitle {
			title = ""
		} else {
			title = "  " + window(cellsOf(title), 0, room)
		}
		line := strings.TrimRight(lead+title, " ")
		t.b.WriteString(strings.Replace(line, r.severity.String(), t.paint(styleOf(r.severity), r.severity.String()), 1) + "\n")
	}
	if len(rows) > 0 {
		t.b.WriteByte('\n')
	}
}

func (t *text) summary(r *lint.Report) {
	s := r.Summary
	for _, n := range r.Notices {
		t.remark("See to it", yellow, n.String())
	}
	if n := len(r.Errors); n > 0 {
		t.remark("Not read", red, fmt.Sprintf("see the %s above. The verdict says nothing of what stands there.", choose(n, "place", fmt.Sprintf("%d places", n))))
	}
	if len(r.Unjudged) > 0 {
		t.remark("Not judged", yellow, strings.Join(unjudged(r), ", ")+". They may admit or deny what the NetworkPolicies do not: the verdict is incomplete.")
	}

	var found []string
	for _, f := range tally(r) {
		found = append(found, t.paint(styleOf(f.severity), count(f.n, f.severity.String())))
	}
	verdict := strings.Join(found, ", ")
	switch {
	case verdict == "" && s.Objects == 0:
		verdict = t.paint(yellow, "Nothing to judge")
	case verdict == "":
		verdict = t.paint(green, "No findings")
	}
	line := fmt.Sprintf("%s%s; %s", verdict, inFiles(s), coverage(s))
	hang(&t.b, line, 2, t.width(), 0)
}

// inFiles says how many were read: none of a cluster.
func inFiles(s lint.Summary) string {
	if s.Files == 0 && s.Objects > 0 {
		return ""
	}
	return " in " + count(s.Files, "file")
}

type tallied struct {
	severity policy.Severity
	n        int
}

// tally counts the findings of each severity that has some, gravest first.
func tally(r *lint.Report) []tallied {
	counts := []tallied{{policy.Error, r.Summary.Errors}, {policy.Warning, r.Summary.Warnings}, {policy.Note, r.Summary.Notes}}
	return slices.DeleteFunc(counts, func(c tallied) bool { return c.n == 0 })
}

// coverage says what was judged, and what was not.
func coverage(s lint.Summary) string {
	line := count(s.Objects, "object")
	if s.Skipped > 0 {
		line += fmt.Sprintf("; %s skipped (no Kubernetes %s)", count(s.Skipped, "document"), choose(s.Skipped, "object", "objects"))
	}
	if s.Suppressed > 0 {
		line += fmt.Sprintf("; %s suppressed", count(s.Suppressed, "finding"))
	}
	if s.Known > 0 {
		line += fmt.Sprintf("; %s known to the baseline", count(s.Known, "finding"))
	}
	return line
}

// unjudged counts the objects that were not judged, by kind.
func unjudged(r *lint.Report) []string {
	var kinds []string
	for _, kind := range slices.Sorted(maps.Keys(r.Unjudged)) {
		kinds = append(kinds, fmt.Sprintf("%d %s", r.Unjudged[kind], kind))
	}
	return kinds
}

func (t *text) remark(label string, color style, body string) {
	t.b.WriteString(t.paint(color, label) + ": ")
	hang(&t.b, Harmless(body), 2, t.width(), len(label)+2)
}

func count(n int, noun string) string { return fmt.Sprintf("%d %s", n, choose(n, noun, noun+"s")) }

func choose(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
