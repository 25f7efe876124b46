package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
)

// GitHub writes the report as workflow commands, which GitHub turns into annotations of the lines at fault, followed by the summary. Suppressed
// findings are left out. GitHub shows ten errors, ten warnings and ten notices of a step.
func GitHub(w io.Writer, r *lint.Report, o FileOptions) error {
	var b strings.Builder
	for _, e := range open(r) {
		if e.finding == nil {
			command(&b, "error", o.name(e.span.File), e.span, "unread", e.err.Err.Error())
			continue
		}
		f := e.finding
		message := f.Message
		if f.Remediation != "" {
			message += "\n\n" + strings.TrimSpace(f.Remediation)
		}
		command(&b, commands[f.Severity], o.name(f.Span.File), f.Span, f.Rule.ID, message+"\n\nnetvet rules "+f.Rule.ID)
	}
	for _, n := range r.Notices {
		fmt.Fprintf(&b, "::notice title=netvet::%s\n", escapeData(n.String()))
	}
	t := text{TextOptions: TextOptions{Width: unlimited}}
	t.summary(r)
	b.WriteString(t.b.String())
	return write(w, "GitHub annotations", b.String())
}

var commands = map[policy.Severity]string{policy.Error: "error", policy.Warning: "warning", policy.Note: "notice"}

// unlimited is a width that no line has.
const unlimited = 1 << 20

// command writes a workflow command. Of a span of several lines GitHub would mark the last, so it gets the first alone.
func command(b *strings.Builder, name, file string, s manifest.Span, title, message string) {
	fmt.Fprintf(b, "::%s file=%s", name, escapeProperty(file))
	if s.Start.Line > 0 {
		fmt.Fprintf(b, ",line=%d", s.Start.Line)
		if s.End.Line == s.Start.Line && s.End.Column > s.Start.Column {
			fmt.Fprintf(b, ",col=%d,endColumn=%d", s.Start.Column, s.End.Column)
		}
	}
	fmt.Fprintf(b, ",title=%s::%s\n", escapeProperty("netvet "+title), escapeData(message))
}

func escapeData(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.ReplaceAll(Harmless(line), "%", "%25")
	}
	return strings.Join(lines, "%0A")
}

func escapeProperty(text string) string {
	return strings.NewReplacer("%", "%25", ":", "%3A", ",", "%2C").Replace(Harmless(text))
}
