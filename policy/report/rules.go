package report

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netvet/netvet/policy"
)

// Rules lists rules as a table. Each takes one line, unless a width is set that it would exceed.
func Rules(w io.Writer, rules []*policy.Rule, o TextOptions) error {
	rows := [][5]string{{"RULE", "SEVERITY", "CATEGORY", "SCOPE", "TITLE"}}
	for _, r := range rules {
		rows = append(rows, [5]string{r.ID, r.Severity.String(), r.Category, string(r.Scope), r.Title})
	}
	var widths [4]int
	for i, row := range rows {
		for j := range row {
			row[j] = Harmless(row[j])
		}
		rows[i] = row
		for j := range widths {
			widths[j] = max(widths[j], cells(row[j]))
		}
	}

	var b strings.Builder
	for i, row := range rows {
		indent := 0
		for j, size := range widths {
			style := plain
			switch {
			case i == 0:
				style = bold
			case j == 0:
				style = bold
			case j == 1:
				style = styleOf(rules[i-1].Severity)
			}
			b.WriteString(o.paint(style, row[j]) + strings.Repeat(" ", size-cells(row[j])+2))
			indent += size + 2
		}
		title := row[len(row)-1]
		if i == 0 {
			b.WriteString(o.paint(bold, title) + "\n")
			continue
		}
		if o.Width == 0 || o.width()-indent < minimalTitle {
			b.WriteString(title + "\n")
			continue
		}
		hang(&b, title, indent, o.width(), indent)
	}
	return write(w, "list of rules", b.String())
}

// minimalTitle is the least room for titles in which breaking them reads better than running over.
const minimalTitle = 24

// Explain writes a page about one rule, with its examples, for a terminal.
func Explain(w io.Writer, r *policy.Rule, o TextOptions) error {
	var b strings.Builder
	b.WriteString(o.paint(bold, Harmless(r.ID)) + ": ")
	hang(&b, Harmless(r.Title), 2, o.width(), cells(r.ID)+2)
	fact := func(label, value string) {
		if value != "" {
			b.WriteString("  " + o.paint(dim, fmt.Sprintf("%-9s", label)) + " ")
			hang(&b, Harmless(value), 12, o.width(), 12)
		}
	}
	b.WriteString("\n  " + o.paint(dim, fmt.Sprintf("%-9s", "severity")) + " " + o.paint(styleOf(r.Severity), r.Severity.String()) + "\n")
	fact("category", r.Category)
	fact("scope", scopes[r.Scope])
	fact("reviews", strings.Join(r.Kinds, ", "))
	fact("looks at", strings.Join(r.Needs, ", "))
	fact("guide", strings.Join(r.Guide, ", "))

	section := func(title string) { b.WriteString("\n" + o.paint(bold, title) + "\n\n") }
	b.WriteByte('\n')
	o.markdown(&b, r.Description, 0, "\n")
	if r.Remediation != "" {
		section("What to write instead")
		o.markdown(&b, r.Remediation, 0, "\n")
	}
	if r.Bad != "" {
		section("Bad: netvet tells of it")
		o.example(&b, r.ID, r.Bad)
	}
	if r.Good != "" {
		section("Good: netvet is silent")
		o.example(&b, r.ID, r.Good)
	}
	if len(r.Parameters) > 0 {
		section("Parameters")
		for _, name := range slices.Sorted(maps.Keys(r.Parameters)) {
			b.WriteString(o.paint(bold, Harmless(name)) + " ")
			parameter := r.Parameters[name]
			hang(&b, Harmless(fmt.Sprintf("(%s): %s", parameterType(parameter), parameter.Description)), 2, o.width(), cells(name)+1)
		}
	}
	if len(r.References) > 0 {
		section("References")
		for _, reference := range r.References {
			b.WriteString("- " + Harmless(reference) + "\n")
		}
	}
	return write(w, "explanation of "+r.ID, b.String())
}

// parameterType is the type of a parameter with its default, as JSON.
func parameterType(p policy.Parameter) string {
	value, err := json.Marshal(p.Default)
	if err != nil || p.Default == nil {
		return p.Type
	}
	return p.Type + ", default " + string(value)
}

// scopes says in words what a rule has to see.
var scopes = map[policy.Scope]string{
	policy.Object:    "object: the one object is enough",
	policy.Namespace: "namespace: needs the policies of the namespace",
	policy.Workloads: "workloads: needs workloads, Services or Namespaces as well",
	policy.Source:    "source: needs the manifest as written, not as the API server returns it",
}

// exampleLines is the length up to which a terminal shows whole documents of an example; it shows the first in any case.
const exampleLines = 45

func (o TextOptions) example(b *strings.Builder, id, manifest string) {
	documents := strings.Split(strings.TrimSpace(manifest), "\n---\n")
	shown, lines := 0, 0
	for _, document := range documents {
		lines += strings.Count(document, "\n") + 1
		if shown > 0 && lines > exampleLines {
			break
		}
		if shown > 0 {
			b.WriteString(codeIndent + "---\n")
		}
		for line := range strings.Lines(document) {
			o.exampleLine(b, strings.TrimRight(line, "\r\n"))
		}
		shown++
	}
	if hidden := len(documents) - shown; hidden > 0 {
		b.WriteString("\n" + o.paint(dim, fmt.Sprintf("(%s: %s rules %s -f markdown)", count(hidden, "more document"), o.program(), id)) + "\n")
	}
}

// exampleLine writes a line; what the example's author expects to be said of it follows as a comment.
func (o TextOptions) exampleLine(b *strings.Builder, line string) {
	indent, text, messages := expectations(line)
	text = Harmless(indent + text)
	if strings.HasPrefix(strings.TrimSpace(text), "#") {
		text = o.paint(dim, text)
	}
	b.WriteString(strings.TrimRight(codeIndent+text, " ") + "\n")
	for _, message := range messages {
		margin := codeIndent + strings.Repeat(" ", len(indent)) + "#"
		for i, part := range wrap(Harmless(message), o.width()-len(margin)-3, 0) {
			mark := " ^ "
			if i > 0 {
				mark = "   "
			}
			b.WriteString(o.paint(cyan, margin+mark+part) + "\n")
		}
	}
}

var wanted = regexp.MustCompile(`^( *(?:- +)*)(.*?)\s*# want((?: +(?:(?:error|warning|note) +)?"(?:[^"\\]|\\.)*")+)\s*$`)

var expected = regexp.MustCompile(`(?:(error|warning|note) +)?("(?:[^"\\]|\\.)*")`)

// expectations takes apart a line of a rule's bad.yaml, at the end of which stands what is said of it.
func expectations(line string) (indent, text string, messages []string) {
	m := wanted.FindStringSubmatch(line)
	if m == nil {
		return "", line, nil
	}
	for _, item := range expected.FindAllStringSubmatch(m[3], -1) {
		message := item[2]
		if text, err := strconv.Unquote(message); err == nil {
			message = text
		}
		if item[1] != "" {
			message = item[1] + ": " + message
		}
		messages = append(messages, message)
	}
	return m[1], m[2], messages
}

// plainExample turns expectations into comments below their lines.
func plainExample(manifest string) string {
	var b strings.Builder
	for line := range strings.Lines(manifest) {
		indent, text, messages := expectations(strings.TrimRight(line, "\r\n"))
		b.WriteString(indent + text + "\n")
		for _, message := range messages {
			b.WriteString(strings.Repeat(" ", len(indent)) + "# ^ " + message + "\n")
		}
	}
	return b.String()
}

// RulesMarkdown writes a page of documentation in Markdown: a table of the rules, then a section for each.
func RulesMarkdown(w io.Writer, rules []*policy.Rule) error {
	var b strings.Builder
	b.WriteString("# Rules\n\n| Rule | Severity | Category | Scope | What is wrong |\n|---|---|---|---|---|\n")
	for _, r := range rules {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s | %s |\n", r.ID, r.ID, r.Severity, r.Category, r.Scope, strings.ReplaceAll(r.Title, "|", `\|`))
	}
	for _, r := range rules {
		b.WriteString("\n")
		ruleMarkdown(&b, r, "##")
	}
	return write(w, "list of rules", b.String())
}

// ExplainMarkdown writes a page about one rule in Markdown.
func ExplainMarkdown(w io.Writer, r *policy.Rule) error {
	var b strings.Builder
	ruleMarkdown(&b, r, "#")
	return write(w, "explanation of "+r.ID, b.String())
}

func ruleMarkdown(b *strings.Builder, r *policy.Rule, level string) {
	fmt.Fprintf(b, "%s %s\n\n**%s** (%s, %s, %s)\n\n%s\n", level, r.ID, r.Title, r.Severity, r.Category, r.Scope, strings.TrimSpace(fenced(r.Description)))
	if r.Remediation != "" {
		fmt.Fprintf(b, "\n%s# What to write instead\n\n%s\n", level, strings.TrimSpace(fenced(r.Remediation)))
	}
	for _, example := range []struct{ title, manifest string }{{"Bad", plainExample(r.Bad)}, {"Good", r.Good}} {
		if example.manifest != "" {
			fmt.Fprintf(b, "\n%s# %s\n\n```yaml\n%s\n```\n", level, example.title, strings.TrimSpace(example.manifest))
		}
	}
	if len(r.Parameters) > 0 {
		fmt.Fprintf(b, "\n%s# Parameters\n\n", level)
		for _, name := range slices.Sorted(maps.Keys(r.Parameters)) {
			fmt.Fprintf(b, "- `%s` (%s): %s\n", name, parameterType(r.Parameters[name]), r.Parameters[name].Description)
		}
	}
	if len(r.References)+len(r.Guide) > 0 {
		fmt.Fprintf(b, "\n%s# References\n\n", level)
		for _, g := range r.Guide {
			fmt.Fprintf(b, "- The guide's %s\n", g)
		}
		for _, reference := range r.References {
			if strings.HasPrefix(reference, "https://") {
				reference = "<" + reference + ">"
			}
			fmt.Fprintf(b, "- %s\n", reference)
		}
	}
}

// RulesJSON writes the rules as one JSON object {"version": 1, "rules": […]}, the rules being those of package policy.
func RulesJSON(w io.Writer, rules []*policy.Rule) error {
	list := struct {
		Version int           `json:"version"`
		Rules   []policy.Rule `json:"rules"`
	}{jsonVersion, make([]policy.Rule, 0, len(rules))}
	for _, r := range rules {
		rule := *r
		for _, field := range []*[]string{&rule.Kinds, &rule.Needs, &rule.After, &rule.Guide, &rule.References} {
			if *field == nil {
				*field = []string{}
			}
		}
		if rule.Parameters == nil {
			rule.Parameters = map[string]policy.Parameter{}
		}
		list.Rules = append(list.Rules, rule)
	}
	if err := writeJSON(w, list); err != nil {
		return fmt.Errorf("write list of rules: %w", err)
	}
	return nil
}

func write(w io.Writer, what, text string) error {
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("write %s: %w", what, err)
	}
	return nil
}
