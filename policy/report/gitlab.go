package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
)

type gitlabIssue struct {
	Description string         `json:"description"`
	Check       string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"`
	Location    gitlabLocation `json:"location"`
}

type gitlabLocation struct {
	Path  string      `json:"path"`
	Lines gitlabLines `json:"lines"`
}

type gitlabLines struct {
	Begin int `json:"begin"`
	End   int `json:"end,omitempty"`
}

var gitlabSeverities = map[policy.Severity]string{policy.Error: "critical", policy.Warning: "major", policy.Note: "info"}

// GitLab writes the report as a code quality report of GitLab. Documents that could not be read are blockers. Suppressed findings are left out.
func GitLab(w io.Writer, r *lint.Report, o FileOptions) error {
	issues := make([]gitlabIssue, 0, len(r.Findings)+len(r.Errors))
	met := map[string]int{}
	add := func(check, severity, message, key string, s manifest.Span) {
		file := o.name(s.File)
		key = file + "\x00" + key
		met[key]++
		// GitLab drops all but the first of a fingerprint.
		hash := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", key, met[key]))
		issue := gitlabIssue{
			Description: check + ": " + message,
			Check:       check,
			Fingerprint: hex.EncodeToString(hash[:16]),
			Severity:    severity,
			Location:    gitlabLocation{Path: file, Lines: gitlabLines{Begin: max(s.Start.Line, 1)}},
		}
		if last := lastLine(s); last > s.Start.Line {
			issue.Location.Lines.End = last
		}
		issues = append(issues, issue)
	}
	for _, e := range open(r) {
		if f := e.finding; f != nil {
			add(f.Rule.ID, gitlabSeverities[f.Severity], f.Message, f.Fingerprint(), f.Span)
		} else {
			message := e.err.Err.Error()
			add("unread", "blocker", message, message, e.span)
		}
	}
	if err := writeJSON(w, issues); err != nil {
		return fmt.Errorf("write GitLab report: %w", err)
	}
	return nil
}
