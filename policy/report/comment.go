package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
)

// commentBytes bounds the Markdown report: GitHub refuses comments of more than 65,536 characters.
const commentBytes = 60_000

// Markdown writes a summary fit for the comment on a pull request: the findings as a table, gravest first, then how to mend each kind. It stays
// below 60,000 bytes and says what it leaves out. Text from manifests cannot become links, images, mentions or markup. Suppressed findings are counted.
func Markdown(w io.Writer, r *lint.Report, o FileOptions) error {
	var b strings.Builder
	entries := open(r)
	fmt.Fprintf(&b, "### netvet: %s\n\n", headline(r))
	if n := len(r.Errors); n > 0 {
		fmt.Fprintf(&b, "**%s could not be read.** The verdict says nothing of what stands there.\n\n", count(n, "place"))
	}
	if len(r.Unjudged) > 0 {
		fmt.Fprintf(&b, "**The verdict is incomplete:** %s may admit or deny what the NetworkPolicies do not.\n\n", markdownText(strings.Join(unjudged(r), ", ")))
	}

	noticed := 0
	for ; noticed < len(r.Notices) && noticed < commentNotices; noticed++ {
		fmt.Fprintf(&b, "- See to it: %s\n", markdownText(clip(r.Notices[noticed].String(), messageBytes)))
	}
	if rest := len(r.Notices) - noticed; rest > 0 {
		fmt.Fprintf(&b, "- …and %d more like these\n", rest)
	}
	if noticed > 0 {
		b.WriteString("\n")
	}

	slices.SortStableFunc(entries, func(x, y entry) int { return cmp.Compare(gravity(x), gravity(y)) })
	left := commentBytes - b.Len() - commentTail
	told, rows := 0, strings.Builder{}
	for _, e := range entries {
		row := o.row(e)
		if rows.Len()+len(row) > left {
			break
		}
		rows.WriteString(row)
		told++
	}
	if len(entries) > 0 {
		b.WriteString("| | Place | Rule | What is wrong |\n|---|---|---|---|\n" + rows.String() + "\n")
	}
	if rest := entries[told:]; len(rest) > 0 {
		fmt.Fprintf(&b, "…and %d more that do not fit: %s. `netvet lint` tells all.\n\n", len(rest), census(rest))
	}

	told = 0
	rules := rulesOf(entries)
	for _, rule := range rules {
		section := remedySection(rule)
		if b.Len()+len(section)+commentTail > commentBytes {
			break
		}
		b.WriteString(section)
		told++
	}
	if rest := rules[told:]; len(rest) > 0 {
		fmt.Fprintf(&b, "…and how to mend %s: `netvet rules RULE` tells.\n\n", count(len(rest), "more kind"))
	}

	b.WriteString(coverage(r.Summary) + "\n")
	return write(w, "Markdown report", b.String())
}

// commentNotices is the number of notices that are told.
const commentNotices = 10

// commentTail is room for the lines that say what is left out, and for the last one.
const commentTail = 1_000

// headline is the verdict in a few words.
func headline(r *lint.Report) string {
	var found []string
	for _, f := range tally(r) {
		found = append(found, count(f.n, f.severity.String()))
	}
	verdict := strings.Join(found, ", ")
	switch {
	case verdict == "" && r.Summary.Objects == 0:
		verdict = "nothing to judge"
	case verdict == "":
		verdict = "no findings"
	}
	return verdict + inFiles(r.Summary)
}

// gravity orders entries: what could not be read, errors, warnings, notes.
func gravity(e entry) policy.Severity {
	if e.finding == nil {
		return 0
	}
	return e.finding.Severity
}

// census counts entries by gravity.
func census(entries []entry) string {
	counts := map[policy.Severity]int{}
	for _, e := range entries {
		counts[gravity(e)]++
	}
	var parts []string
	for _, s := range slices.Sorted(maps.Keys(counts)) {
		noun := "unread place"
		if s != 0 {
			noun = s.String()
		}
		parts = append(parts, count(counts[s], noun))
	}
	return strings.Join(parts, ", ")
}

// messageBytes bounds a message in the table: names in manifests may be of any length.
const messageBytes = 600

// row is the line of the table about an entry.
func (o FileOptions) row(e entry) string {
	place := o.name(e.span.File)
	if e.span.Start.Line > 0 {
		place = fmt.Sprintf("%s:%d", place, e.span.Start.Line)
	}
	severity, rule, message := "unread", "", ""
	if f := e.finding; f != nil {
		severity, rule, message = f.Severity.String(), markdownCode(f.Rule.ID), f.Message
	} else {
		message = e.err.Err.Error()
	}
	return fmt.Sprintf("| %s | %s | %s | %s |\n", severity, markdownCode(clip(place, messageBytes)), rule, markdownText(clip(message, messageBytes)))
}

// clip cuts text that is too long, between characters.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most] + ellipsis
}

func rulesOf(entries []entry) []*policy.Rule {
	var rules []*policy.Rule
	for _, e := range entries {
		if f := e.finding; f != nil && !slices.Contains(rules, f.Rule) {
			rules = append(rules, f.Rule)
		}
	}
	return rules
}

// remedySection tells why a rule's findings matter and what to write instead, folded away.
func remedySection(r *policy.Rule) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<details><summary><code>%s</code>: %s</summary>\n\n", r.ID, markdownText(r.Title))
	if r.Description != "" {
		b.WriteString(gist(r.Description) + "\n\n")
	}
	if r.Remediation != "" {
		b.WriteString(strings.TrimSpace(fenced(r.Remediation)) + "\n\n")
	}
	b.WriteString("</details>\n\n")
	return b.String()
}

// markdownText spells text of strangers so that no reader of Markdown makes anything of it: no markup, HTML, link, mention or reference.
func markdownText(text string) string {
	var b strings.Builder
	text = Harmless(text)
	for i, r := range text {
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case strings.ContainsRune("\\`*_[]|~$#!", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
		// GitHub and GitLab look for mentions, references and addresses in what is left after the markup.
		if strings.ContainsRune("@#!~&%$", r) && !strings.HasPrefix(text[i+1:], " ") && i+1 < len(text) || r == ':' && strings.HasPrefix(text[i+1:], "//") ||
			r == '.' && i >= 3 && strings.EqualFold(text[i-3:i], "www") {
			b.WriteString("&#8203;")
		}
	}
	return b.String()
}

// markdownCode sets text of strangers as code, which may stand in a table: a pipe would end the cell even there.
func markdownCode(text string) string {
	text = strings.ReplaceAll(Harmless(text), "|", `\|`)
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		text = " " + text + " "
	}
	return fence + text + fence
}
