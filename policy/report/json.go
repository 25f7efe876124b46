package report

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
)

// jsonVersion is the version of the JSON report. Within a version fields are added, never renamed or dropped.
const jsonVersion = 1

//go:embed schema.json
var schema []byte

// Schema is the JSON Schema (draft 2020-12) that describes what JSON writes.
func Schema() []byte { return slices.Clone(schema) }

type document struct {
	Version  int            `json:"version"`
	Tool     tool           `json:"tool"`
	Findings []finding      `json:"findings"`
	Errors   []problem      `json:"errors"`
	Skipped  []skipped      `json:"skipped"`
	Unjudged map[string]int `json:"unjudged"`
	Notices  []notice       `json:"notices"`
	Summary  summary        `json:"summary"`
}

type tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Bundle  string `json:"bundle"`
}

type finding struct {
	Rule        string          `json:"rule"`
	Severity    policy.Severity `json:"severity"`
	Message     string          `json:"message"`
	Remediation string          `json:"remediation"`
	File        string          `json:"file"`
	Line        int             `json:"line"`
	Column      int             `json:"column"`
	EndLine     int             `json:"endLine"`
	EndColumn   int             `json:"endColumn"`
	Object      manifest.ID     `json:"object"`
	Path        string          `json:"path"`
	Fix         []operation     `json:"fix"` // a JSON Patch (RFC 6902)
	Suppressed  string          `json:"suppressed"`
	Fingerprint string          `json:"fingerprint"`
	Source      string          `json:"source,omitempty"`
}

type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"` // a JSON Pointer (RFC 6901)
	Value *any   `json:"value,omitempty"`
}

// patch gives a fix as a JSON Patch.
func patch(fix []lint.Operation) []operation {
	steps := make([]operation, 0, len(fix))
	for _, o := range fix {
		step := operation{Op: o.Op, Path: pointer(o.Path)}
		if o.Op != "remove" {
			step.Value = &o.Value
		}
		steps = append(steps, step)
	}
	return steps
}

func pointer(path manifest.Path) string {
	var b strings.Builder
	for _, step := range path {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(fmt.Sprint(step)))
	}
	return b.String()
}

type problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

type skipped struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Reason string `json:"reason"`
}

type notice struct {
	Place   string `json:"place"`
	Message string `json:"message"`
}

type summary struct {
	Files      int `json:"files"`
	Objects    int `json:"objects"`
	Skipped    int `json:"skipped"`
	Unread     int `json:"unread"`
	Errors     int `json:"errors"`
	Warnings   int `json:"warnings"`
	Notes      int `json:"notes"`
	Suppressed int `json:"suppressed"`
	Known      int `json:"known"`
}

// JSON writes the report as one JSON object, which Schema describes. Equal reports give equal bytes.
func JSON(w io.Writer, r *lint.Report) error {
	d := document{
		Version:  jsonVersion,
		Tool:     tool{Name: "netvet", Version: Version(), Bundle: r.Policy},
		Findings: make([]finding, 0, len(r.Findings)),
		Errors:   make([]problem, 0, len(r.Errors)),
		Skipped:  make([]skipped, 0, len(r.Skipped)),
		Unjudged: r.Unjudged,
		Notices:  make([]notice, 0, len(r.Notices)),
		Summary:  summary(r.Summary),
	}
	if d.Unjudged == nil {
		d.Unjudged = map[string]int{}
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		d.Findings = append(d.Findings, finding{
			Rule:        f.Rule.ID,
			Severity:    f.Severity,
			Message:     f.Message,
			Remediation: f.Remediation,
			File:        f.Span.File,
			Line:        f.Span.Start.Line,
			Column:      f.Span.Start.Column,
			EndLine:     f.Span.End.Line,
			EndColumn:   f.Span.End.Column,
			Object:      f.Resource.ID,
			Path:        f.Path.String(),
			Fix:         patch(f.Fix),
			Suppressed:  f.Suppressed,
			Fingerprint: f.Fingerprint(),
			Source:      f.Resource.Source,
		})
	}
	for _, e := range r.Errors {
		d.Errors = append(d.Errors, problem{File: e.Span.File, Line: e.Span.Start.Line, Column: e.Span.Start.Column, Message: e.Err.Error()})
	}
	for _, s := range r.Skipped {
		d.Skipped = append(d.Skipped, skipped{File: s.Span.File, Line: s.Span.Start.Line, Column: s.Span.Start.Column, Reason: s.Reason})
	}
	for _, n := range r.Notices {
		d.Notices = append(d.Notices, notice(n))
	}
	if err := writeJSON(w, d); err != nil {
		return fmt.Errorf("write JSON report: %w", err)
	}
	return nil
}

// writeJSON leaves <, > and & readable: the output is no HTML.
func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
