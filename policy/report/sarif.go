package report

import (
	"fmt"
	"io"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
)

// The SARIF object model, as far as it is used: https://docs.oasis-open.org/sarif/sarif/v2.1.0/.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool               sarifTool                `json:"tool"`
		Invocations        []sarifInvocation        `json:"invocations"`
		OriginalURIBaseIDs map[string]sarifArtifact `json:"originalUriBaseIds"`
		ColumnKind         string                   `json:"columnKind"`
		NewlineSequences   []string                 `json:"newlineSequences"`
		Results            []sarifResult            `json:"results"`
		Properties         map[string]string        `json:"properties"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string            `json:"name"`
		Version        string            `json:"version"`
		Semantic       string            `json:"semanticVersion,omitempty"`
		InformationURI string            `json:"informationUri"`
		Rules          []sarifDescriptor `json:"rules"`
		Notifications  []sarifDescriptor `json:"notifications"`
	}
	sarifDescriptor struct {
		ID                   string         `json:"id"`
		ShortDescription     *sarifMessage  `json:"shortDescription,omitempty"`
		FullDescription      *sarifMessage  `json:"fullDescription,omitempty"`
		Help                 *sarifMessage  `json:"help,omitempty"`
		HelpURI              string         `json:"helpUri,omitempty"`
		DefaultConfiguration sarifLevel     `json:"defaultConfiguration"`
		Properties           map[string]any `json:"properties,omitempty"`
	}
	sarifLevel struct {
		Level string `json:"level"`
	}
	sarifMessage struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifInvocation struct {
		ExecutionSuccessful bool                `json:"executionSuccessful"`
		Execution           []sarifNotification `json:"toolExecutionNotifications"`
		Configuration       []sarifNotification `json:"toolConfigurationNotifications"`
	}
	sarifNotification struct {
		Descriptor sarifReference  `json:"descriptor"`
		Level      string          `json:"level"`
		Message    sarifMessage    `json:"message"`
		Locations  []sarifLocation `json:"locations,omitempty"`
	}
	sarifReference struct {
		ID    string `json:"id"`
		Index int    `json:"index"`
	}
	sarifResult struct {
		RuleID              string             `json:"ruleId"`
		RuleIndex           int                `json:"ruleIndex"`
		Level               string             `json:"level"`
		Message             sarifMessage       `json:"message"`
		Locations           []sarifLocation    `json:"locations"`
		PartialFingerprints map[string]string  `json:"partialFingerprints"`
		Suppressions        []sarifSuppression `json:"suppressions"`
		Fixes               []sarifFix         `json:"fixes,omitempty"`
	}
	sarifFix struct {
		Description sarifMessage  `json:"description"`
		Changes     []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		Artifact     sarifArtifact      `json:"artifactLocation"`
		Replacements []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		Deleted  sarifRegion  `json:"deletedRegion"`
		Inserted sarifContent `json:"insertedContent"`
	}
	sarifContent struct {
		Text string `json:"text"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI         string        `json:"uri,omitempty"`
		URIBaseID   string        `json:"uriBaseId,omitempty"`
		Description *sarifMessage `json:"description,omitempty"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
		EndLine     int `json:"endLine,omitempty"`
		EndColumn   int `json:"endColumn,omitempty"`
	}
	sarifLogical struct {
		Name               string `json:"name,omitempty"`
		FullyQualifiedName string `json:"fullyQualifiedName"`
		Kind               string `json:"kind"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Status        string `json:"status"`
		Justification string `json:"justification"`
	}
)

const (
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

	// sarifBase stands for the folder that relative names are given from; viewers ask for it, or know it.
	sarifBase = "%SRCROOT%"

	// sarifFingerprint names the fingerprint of a finding and how it is computed: another computation is another version.
	sarifFingerprint = "netvetFault/v1"
)

// The notifications, by their index.
const (
	unreadNotification = iota
	unjudgedNotification
	skippedNotification
	noticeNotification
)

var sarifNotifications = [...]sarifDescriptor{
	unreadNotification: sarifNotice("unread", "error", "A document could not be read",
		"The verdict says nothing of what stands there. Mend the document, or leave its file out."),
	unjudgedNotification: sarifNotice("not-judged", "warning", "Policies of a kind that netvet does not judge",
		"They may admit or deny what the NetworkPolicies do not: the verdict is incomplete."),
	skippedNotification: sarifNotice("skipped", "note", "A document is no Kubernetes object",
		"It is left out. If it should be one, give it an apiVersion and a kind."),
	noticeNotification: sarifNotice("notice", "warning", "Something to see to in the configuration, the baseline or a suppression",
		"It does not say any more what it was written for."),
}

func sarifNotice(id, level, title, text string) sarifDescriptor {
	return sarifDescriptor{
		ID:                   id,
		ShortDescription:     &sarifMessage{Text: title},
		FullDescription:      &sarifMessage{Text: text},
		Help:                 &sarifMessage{Text: text},
		DefaultConfiguration: sarifLevel{level},
	}
}

// SARIF writes the report as a log of the Static Analysis Results Interchange Format, version 2.1.0. Columns count UTF-16 code units. Relative
// names of files are below the base %SRCROOT%. Documents that could not be read are notifications, and the execution is then no success.
func SARIF(w io.Writer, r *lint.Report, o FileOptions) error {
	s := sarif{FileOptions: o, index: map[string]int{}}
	results := make([]sarifResult, 0, len(r.Findings))
	rules := s.rules(r.Findings)
	for i := range r.Findings {
		results = append(results, s.result(&r.Findings[i]))
	}
	log := sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{{
		Tool: sarifTool{sarifDriver{
			Name: "netvet", Version: strings.TrimPrefix(Version(), "v"), Semantic: semantic(Version()), InformationURI: "https://" + module,
			Rules: rules, Notifications: sarifNotifications[:],
		}},
		Invocations: []sarifInvocation{{ExecutionSuccessful: len(r.Errors) == 0, Execution: s.notifications(r), Configuration: notices(r)}},
		OriginalURIBaseIDs: map[string]sarifArtifact{
			sarifBase: {Description: &sarifMessage{Text: "The folder that netvet ran in, or the checkout of the repository around it."}},
		},
		ColumnKind:       "utf16CodeUnits",
		NewlineSequences: []string{"\r\n", "\n", "\r"},
		Results:          results,
		Properties:       map[string]string{"bundle": r.Policy},
	}}}
	if err := writeJSON(w, log); err != nil {
		return fmt.Errorf("write SARIF report: %w", err)
	}
	return nil
}

// semantic is a version of Go's as Semantic Versioning writes it; "" for a build that has none.
func semantic(version string) string {
	if number, found := strings.CutPrefix(version, "v"); found {
		return number
	}
	return ""
}

type sarif struct {
	FileOptions
	index  map[string]int // of the rules, by ID
	rulers rulers
}

// rules describes the rules that the findings are of, by ID.
func (s *sarif) rules(findings []lint.Finding) []sarifDescriptor {
	known := map[string]*policy.Rule{}
	for i := range findings {
		known[findings[i].Rule.ID] = findings[i].Rule
	}
	described := make([]sarifDescriptor, 0, len(known))
	for _, id := range slices.Sorted(maps.Keys(known)) {
		s.index[id] = len(described)
		described = append(described, sarifRule(known[id]))
	}
	return described
}

func sarifRule(r *policy.Rule) sarifDescriptor {
	d := sarifDescriptor{
		ID:                   r.ID,
		ShortDescription:     &sarifMessage{Text: sarifText(r.Title)},
		DefaultConfiguration: sarifLevel{r.Severity.String()},
		Properties:           map[string]any{"tags": []string{r.Category, "kubernetes", "networkpolicy"}},
	}
	if r.Description != "" {
		d.FullDescription = &sarifMessage{Text: sarifText(gist(r.Description))}
	}
	if text := strings.TrimSpace(r.Description + "\n\n" + r.Remediation); text != "" {
		short := *r
		short.Bad, short.Good, short.Parameters = firstDocument(r.Bad), firstDocument(r.Good), nil
		var b strings.Builder
		ruleMarkdown(&b, &short, "#")
		d.Help = &sarifMessage{Text: sarifText(text), Markdown: b.String()}
	}
	for _, reference := range r.References {
		if strings.HasPrefix(reference, "https://") {
			d.HelpURI = reference
			break
		}
	}
	return d
}

// firstDocument is what of a rule's manifests makes a short example.
func firstDocument(manifest string) string {
	first, _, _ := strings.Cut(manifest, "\n---\n")
	return first
}

// sarifText escapes what a plain message would take for a link.
func sarifText(text string) string {
	if !strings.Contains(text, "](") {
		return text
	}
	return strings.NewReplacer("[", `\[`, "]", `\]`).Replace(text)
}

func (s *sarif) result(f *lint.Finding) sarifResult {
	id := f.Resource.ID
	name := id.Name
	if id.Namespace != "" {
		name = id.Namespace + "/" + name
	}
	place := sarifLogical{Name: id.Name, FullyQualifiedName: strings.TrimPrefix(id.Kind+"/"+name, "/"), Kind: "object"}
	if path := f.Path.String(); path != "" {
		place.FullyQualifiedName += "." + path
	}
	result := sarifResult{
		RuleID:              f.Rule.ID,
		RuleIndex:           s.index[f.Rule.ID],
		Level:               f.Severity.String(),
		Message:             sarifMessage{Text: sarifText(f.Message)},
		Locations:           []sarifLocation{{Physical: s.physical(f.Span), Logical: []sarifLogical{place}}},
		PartialFingerprints: map[string]string{sarifFingerprint: f.Fingerprint()},
		Suppressions:        []sarifSuppression{},
	}
	if region := result.Locations[0].Physical.Region; region != nil {
		region.StartColumn, region.EndColumn = s.rulers.span(f.Resource, f.Span)
		region.EndLine = f.Span.End.Line
	}
	if edits := f.Edits(); len(edits) > 0 {
		result.Fixes = []sarifFix{s.fix(f, edits)}
	}
	if f.Suppressed != "" {
		kind := "inSource"
		if f.Waiver != nil {
			kind = "external"
		}
		result.Suppressions = append(result.Suppressions, sarifSuppression{Kind: kind, Status: "accepted", Justification: f.Suppressed})
	}
	return result
}

// fix gives the edits, all of which are to be made.
func (s *sarif) fix(f *lint.Finding, edits []lint.Edit) sarifFix {
	change := sarifChange{Artifact: s.artifact(f.Span.File)}
	var measure rulers
	for _, edit := range edits {
		start, end := measure.span(f.Resource, edit.Span)
		change.Replacements = append(change.Replacements, sarifReplacement{
			Deleted:  sarifRegion{StartLine: edit.Span.Start.Line, StartColumn: start, EndLine: edit.Span.End.Line, EndColumn: end},
			Inserted: sarifContent{edit.Text},
		})
	}
	description, _ := advice(f.Remediation)
	return sarifFix{Description: sarifMessage{Text: sarifText(description)}, Changes: []sarifChange{change}}
}

// physical gives the file, and the line where the span starts, if that is known.
func (s *sarif) physical(span manifest.Span) sarifPhysical {
	p := sarifPhysical{Artifact: s.artifact(span.File)}
	if span.Start.Line > 0 {
		p.Region = &sarifRegion{StartLine: span.Start.Line}
	}
	return p
}

func (s *sarif) artifact(file string) sarifArtifact {
	name := s.name(file)
	if filepath.IsAbs(filepath.FromSlash(name)) {
		return sarifArtifact{URI: (&url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(name, "/")}).String()}
	}
	// A colon in the first part of a relative reference would end a scheme; ./ before it says that it does not.
	return sarifArtifact{URI: (&url.URL{Path: name}).String(), URIBaseID: sarifBase}
}

// notify makes a notification.
func notify(index int, text string, locations ...sarifLocation) sarifNotification {
	d := sarifNotifications[index]
	return sarifNotification{
		Descriptor: sarifReference{d.ID, index},
		Level:      d.DefaultConfiguration.Level,
		Message:    sarifMessage{Text: sarifText(text)},
		Locations:  locations,
	}
}

func (s *sarif) notifications(r *lint.Report) []sarifNotification {
	list := make([]sarifNotification, 0, len(r.Errors)+len(r.Skipped)+len(r.Unjudged))
	for _, e := range r.Errors {
		list = append(list, notify(unreadNotification, e.Err.Error(), sarifLocation{Physical: s.physical(e.Span)}))
	}
	for _, kind := range slices.Sorted(maps.Keys(r.Unjudged)) {
		list = append(list, notify(unjudgedNotification, fmt.Sprintf("%d %s: they may admit or deny what the NetworkPolicies do not", r.Unjudged[kind], kind)))
	}
	for _, skipped := range r.Skipped {
		list = append(list, notify(skippedNotification, skipped.Reason, sarifLocation{Physical: s.physical(skipped.Span)}))
	}
	return list
}

func notices(r *lint.Report) []sarifNotification {
	list := make([]sarifNotification, 0, len(r.Notices))
	for _, n := range r.Notices {
		list = append(list, notify(noticeNotification, n.String()))
	}
	return list
}
