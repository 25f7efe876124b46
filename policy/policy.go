// Package policy holds netvet's rules and what is known about each: the Rego sources below this folder are the rules,
// their annotations the documentation.
package policy

import "fmt"

// Severity says how grave a finding is.
type Severity int

// The severities, from grave to slight. The zero value is none of them.
const (
	Error   Severity = iota + 1 // what the manifest says and what it does differ, or it opens or breaks what it must not
	Warning                     // likely a fault; the author may have a reason
	Note                        // advice
)

var severityNames = [...]string{Error: "error", Warning: "warning", Note: "note"}

// String gives "error", "warning" or "note".
func (s Severity) String() string {
	if s < Error || s > Note {
		return fmt.Sprintf("Severity(%d)", int(s))
	}
	return severityNames[s]
}

// ParseSeverity reads "error", "warning" or "note".
func ParseSeverity(text string) (Severity, error) {
	for s := Error; s <= Note; s++ {
		if severityNames[s] == text {
			return s, nil
		}
	}
	return 0, fmt.Errorf("unknown severity %q: want error, warning or note", text)
}

// MarshalText writes the severity's name.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the severity's name.
func (s *Severity) UnmarshalText(text []byte) (err error) {
	*s, err = ParseSeverity(string(text))
	return err
}

// Rule is what a rule's annotations say of it.
type Rule struct {
	ID          string   // as in reports, annotations and configuration: missing-dns
	Title       string   // one line, no full stop
	Description string   // what goes wrong, in which circumstances; Markdown
	Remediation string   // what to write instead
	Severity    Severity // the gravest that the rule gives
	Category    string   // correctness, exposure, connectivity, validity or practice
	Scope       string   // object, namespace, workloads or source: what the rule has to see
	Kinds       []string // the kinds it reviews
	Needs       []string // the other kinds it looks at
	References  []string // where the fact comes from
	Guide       []string // what of the published guide it holds: "mistake 1", "pattern 5", "practice 1"

	// Bad and Good are the rule's own manifests: what draws the finding, and near misses that do not.
	Bad, Good []byte
}

// Policy is a set of rules and the Rego that decides them.
type Policy struct{}

// Default gives the rules that come with netvet.
func Default() *Policy { return &Policy{} }

// Rules lists the rules by ID.
func (p *Policy) Rules() []*Rule { return nil }
