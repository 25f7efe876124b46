package lint

import (
	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/manifest"
)

// Report is what one linting found. Findings are sorted by file, line, column and rule; errors by file, line and column.
type Report struct {
	// Policy identifies the rules that were asked: a digest of their sources.
	Policy string

	Findings []Finding

	// Errors are the documents that could not be read or judged. The verdict says nothing of them.
	Errors []*manifest.Error

	// Skipped are the documents that are no Kubernetes objects.
	Skipped []manifest.Skipped

	// Unjudged counts, by "kind.group", the objects of other policy kinds (CiliumNetworkPolicy, AdminNetworkPolicy…) in the input,
	// and of other projects' NetworkPolicies. That no server takes a NetworkPolicy of any other version is a finding.
	// Where there are any, the verdict is incomplete: they may admit or deny what the NetworkPolicies do not.
	Unjudged map[string]int

	// Known are findings that the baseline knows; Findings leaves them out.
	Known []Finding

	// Unseen are entries of the baseline of which the run can tell nothing: their files were not read, or their rules not asked.
	Unseen []Entry

	// Notices are what should be seen to in the configuration, the baseline and suppressions.
	Notices []Notice

	// Failed says that a finding, which is not suppressed, reaches the fail level.
	Failed bool

	Summary Summary

	level string  // Config.FailLevel
	dir   string  // of the baseline
	kept  []Entry // of the baseline, with what they look like now
}

// Finding is one fault at one place.
type Finding struct {
	Rule     *policy.Rule
	Severity policy.Severity

	// Message states the fault and its effect.
	Message string

	// Remediation says what to write instead. It is the rule's, unless the finding has a more concrete one.
	Remediation string

	// Resource is the object at fault, Path the place in it, Span the place in the file.
	Resource *manifest.Resource
	Path     manifest.Path
	Span     manifest.Span

	// Fix is what mends the object, where that is certain enough to be written down; nil elsewhere.
	Fix []Operation

	// Suppressed is the reason that the object's author, or a waiver, gave for living with the fault, or "".
	Suppressed string

	// Waiver is the waiver that suppresses the finding or, where Suppressed is "", the one that did until it expired; nil for none.
	Waiver *Waiver

	entry *Entry // of the baseline that has expired
}

// Summary counts what was read and found. Errors, Warnings and Notes leave out what is suppressed.
type Summary struct {
	Files      int // files read
	Objects    int // Kubernetes objects read
	Skipped    int // documents skipped
	Unread     int // documents that could not be read or judged
	Errors     int
	Warnings   int
	Notes      int
	Suppressed int
	Known      int // findings that the baseline knows
}
