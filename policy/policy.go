// Package policy holds netvet's rules and what is known about each: the Rego sources below this folder are the rules,
// their annotations the documentation.
package policy

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"path"
	"reflect"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

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
	ID          string   `json:"id"`          // as in reports, annotations and configuration: missing-dns
	Package     string   `json:"package"`     // of its Rego: netvet.rules.missing_dns, or acme.rules.team_label for rules of one's own
	Title       string   `json:"title"`       // one line, no full stop
	Description string   `json:"description"` // what goes wrong, in which circumstances; Markdown
	Remediation string   `json:"remediation"` // what to write instead
	Severity    Severity `json:"severity"`    // the gravest that the rule gives
	Category    string   `json:"category"`    // correctness, exposure, connectivity, validity or practice
	Scope       Scope    `json:"scope"`       // what the rule has to see
	Kinds       []string `json:"kinds"`       // the kinds it reviews
	Needs       []string `json:"needs"`       // the other kinds it looks at
	After       []string `json:"after"`       // the rules that speak first where both would tell of the same lines
	Guide       []string `json:"guide"`       // what of the published guide it holds: "mistake 1", "pattern 5", "practice 1"
	References  []string `json:"references"`  // where the facts come from; URLs

	// Formerly are IDs that the rule had before. They stand for it where people name rules: in configuration, flags, annotations and baselines.
	Formerly []string `json:"formerly,omitempty"`

	// Deprecated says, of a rule that a later release will not have, why, and what to use instead.
	Deprecated string `json:"deprecated,omitempty"`

	// Parameters are the settings that the rule, or a library it imports, reads, by name.
	Parameters map[string]Parameter `json:"parameters"`

	// Bad and Good are the rule's own manifests: what draws the finding, and near misses that do not.
	Bad  string `json:"bad"`
	Good string `json:"good"`
}

// Parameter is a setting of a rule. Rules that read a parameter of the same name mean the same setting.
type Parameter struct {
	Type        string   `json:"type"` // string, array (of strings), boolean or integer
	Description string   `json:"description"`
	Default     any      `json:"default"`
	Enum        []string `json:"enum,omitempty"` // the strings there are, where not any will do
}

// Check says whether the value is of the parameter's type, as Go programs write it or as JSON decodes.
func (p Parameter) Check(value any) error {
	ok := false
	var words []string
	switch p.Type {
	case "string":
		var word string
		word, ok = value.(string)
		words = []string{word}
	case "boolean":
		_, ok = value.(bool)
	case "integer":
		switch value := value.(type) {
		case int, int64:
			ok = true
		case float64: // as JSON has it
			ok = value == math.Trunc(value) && math.Abs(value) <= 1<<53
		}
	case "array":
		switch value := value.(type) {
		case []string:
			words, ok = value, true
		case []any:
			for _, item := range value {
				if word, isString := item.(string); isString {
					words = append(words, word)
				}
			}
			ok = len(words) == len(value)
		}
	}
	if !ok {
		return fmt.Errorf("%v is no %s: %s", value, p.Type, p.Description)
	}
	for _, word := range words {
		if len(p.Enum) > 0 && !slices.Contains(p.Enum, word) {
			return &UnknownValueError{Value: word, Enum: p.Enum}
		}
	}
	return nil
}

// UnknownValueError is a parameter's string that is none of those there are.
type UnknownValueError struct {
	Value string
	Enum  []string
}

// Error names the value, and those there are.
func (e *UnknownValueError) Error() string {
	return fmt.Sprintf("unknown value %q: want one of %s", e.Value, strings.Join(e.Enum, ", "))
}

// Scope is what a rule has to see to speak with certainty.
type Scope string

// The scopes, from narrow to wide.
const (
	Object    Scope = "object"    // the one object
	Source    Scope = "source"    // the one object, as its author wrote it
	Namespace Scope = "namespace" // the policies of its namespace
	Workloads Scope = "workloads" // workloads, Services or Namespaces as well
)

// WantsOthers says whether the scope is more than the one object.
func (s Scope) WantsOthers() bool { return s == Namespace || s == Workloads }

// Policy is a set of rules and the Rego that decides them. It is immutable.
type Policy struct {
	rules    []*Rule
	sources  map[string]string
	packages map[string][]string    // folder, which is the package's path -> its modules
	imports  map[string][]string    // module -> the folders of what it imports
	heads    map[string]annotations // of the modules that have been asked for theirs
	settings map[string]any         // of parameters
	builtIn  bool
}

//go:embed all:netvet all:lib main.rego
var embedded embed.FS

// Default gives the rules that come with netvet.
func Default() *Policy {
	p, _ := Open(embedded) // a test opens it: what is embedded cannot fail
	p.builtIn = true
	return p
}

// Open reads a policy from a file system whose root is laid out as netvet's own: netvet/rules/<rule>/rule.rego, lib/…
// Files whose names end in _test.rego are left out; fixtures may be missing, as they are from a bundle. The error joins everything that
// is wrong; the policy is then without the rules concerned.
func Open(fsys fs.FS) (*Policy, error) {
	p, err := new(Policy).with(fsys)
	if err != nil {
		return p, fmt.Errorf("open policy: %w", err)
	}
	return p, nil
}

// with gives the policy with what a file system holds.
func (p *Policy) with(fsys fs.FS) (*Policy, error) {
	joined := &Policy{
		rules: p.Rules(), sources: map[string]string{}, packages: map[string][]string{}, imports: map[string][]string{}, heads: map[string]annotations{},
	}
	maps.Copy(joined.sources, p.sources)
	var errs []error
	var added []string
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".rego" || strings.HasSuffix(name, "_test.rego") {
			return err
		}
		if _, taken := joined.sources[name]; taken {
			errs = append(errs, fmt.Errorf("%s is netvet's own: call yours something else", name))
			return nil
		}
		source, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		joined.sources[name] = string(source)
		added = append(added, name)
		return nil
	})
	for _, name := range slices.Sorted(maps.Keys(joined.sources)) {
		joined.packages[path.Dir(name)] = append(joined.packages[path.Dir(name)], name)
		joined.imports[name] = importsOf(joined.sources[name])
	}
	for _, name := range added {
		if err := joined.add(fsys, name); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	slices.SortFunc(joined.rules, func(a, b *Rule) int { return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Package, b.Package)) })
	for i := 1; i < len(joined.rules); i++ {
		if a, b := joined.rules[i-1], joined.rules[i]; a.ID == b.ID {
			errs = append(errs, fmt.Errorf("%s and %s are both called %s: call yours something else", a.Package, b.Package, a.ID))
		}
	}
	errs = append(errs, joined.checkNames())
	if err := joined.agree(); err != nil {
		errs = append(errs, err)
	} else if err := joined.preset(); err != nil {
		errs = append(errs, fmt.Errorf("%s: %w", presetFile, err))
	}
	return joined, errors.Join(append(errs, err)...)
}

// add takes in a module's rule, if it holds one.
func (p *Policy) add(fsys fs.FS, name string) error {
	if err := p.misplaced(name); err != nil {
		return err
	}
	if err := p.unknownImport(name); err != nil || path.Base(name) != ruleFile {
		return err
	}
	rule, err := p.readRule(fsys, path.Dir(name))
	if err == nil {
		p.rules = append(p.rules, rule)
	}
	return err
}

// Rules lists the rules by ID.
func (p *Policy) Rules() []*Rule { return slices.Clone(p.rules) }

// Rule gives the rule of that ID, or nil.
func (p *Policy) Rule(id string) *Rule {
	i, found := slices.BinarySearchFunc(p.rules, id, func(r *Rule, id string) int { return cmp.Compare(r.ID, id) })
	if !found {
		return nil
	}
	return p.rules[i]
}

// Named gives the rule that has the ID, or had it formerly, or nil. Of a rule that is asked for by a former ID, former is true.
func (p *Policy) Named(id string) (rule *Rule, former bool) {
	if rule := p.Rule(id); rule != nil {
		return rule, false
	}
	for _, rule := range p.rules {
		if slices.Contains(rule.Formerly, id) {
			return rule, true
		}
	}
	return nil, false
}

// checkNames sees to it that every ID, former ones too, means one rule.
func (p *Policy) checkNames() error {
	owners := map[string]string{}
	for _, rule := range p.rules {
		owners[rule.ID] = rule.ID
	}
	for _, rule := range p.rules {
		for _, id := range rule.Formerly {
			if other, taken := owners[id]; taken {
				return fmt.Errorf("rule %s: its former name %s is taken by %s", rule.ID, id, other)
			}
			owners[id] = rule.ID
		}
	}
	return nil
}

// Sources gives the Rego, by path below the policy's root.
func (p *Policy) Sources() map[string]string { return maps.Clone(p.sources) }

// BuiltIn says whether the rules are those that come with netvet, which its tests compile with every check there is.
func (p *Policy) BuiltIn() bool { return p.builtIn }

// Digest identifies the policy by its sources: "sha256:…".
func (p *Policy) Digest() string {
	hash := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(p.sources)) {
		fmt.Fprintf(hash, "%s\x00%d\x00%s", name, len(p.sources[name]), p.sources[name])
	}
	return "sha256:" + hex.EncodeToString(hash.Sum(nil))
}

const ruleFile = "rule.rego"

// RuleID gives the ID of the rule in a folder: netvet/rules/missing_dns holds missing-dns, acme/rules/team_label acme-team-label.
func RuleID(folder string) string {
	name := path.Base(folder)
	if owner := path.Dir(path.Dir(folder)); owner != "." && owner != "netvet" {
		name = path.Base(owner) + "_" + name
	}
	return strings.ReplaceAll(name, "_", "-")
}

// annotations are OPA's, with a rule's own under custom.
type annotations struct {
	Title       string              `json:"title"`
	Description string              `json:"description"`
	Related     []map[string]string `json:"related_resources"`
	Custom      struct {
		Remediation string               `json:"remediation"`
		Severity    Severity             `json:"severity"`
		Category    string               `json:"category"`
		Scope       Scope                `json:"scope"`
		Kinds       []string             `json:"kinds"`
		Needs       []string             `json:"needs"`
		After       []string             `json:"after"`
		Guide       []string             `json:"guide"`
		Formerly    []string             `json:"formerly"`
		Deprecated  string               `json:"deprecated"`
		Parameters  map[string]Parameter `json:"parameters"`
	} `json:"custom"`
}

func (p *Policy) readRule(fsys fs.FS, dir string) (*Rule, error) {
	name := path.Join(dir, ruleFile)
	a, err := p.annotations(name)
	if err != nil {
		return nil, err
	}
	if a.Custom.Severity == 0 {
		return nil, errors.New("METADATA: custom.severity is missing")
	}
	for _, start := range []string{"\nviolation ", "\nmetadata := rego.metadata.chain()"} {
		if !strings.Contains(p.sources[name], start) {
			return nil, errors.New("it would never be heard: a rule defines violation, and metadata := rego.metadata.chain()")
		}
	}
	var references []string
	for _, related := range a.Related {
		references = append(references, related["ref"])
	}
	parameters, err := p.parameters(name)
	if err != nil {
		return nil, err
	}
	bad, err := fixture(fsys, path.Join(dir, "bad.yaml"))
	if err != nil {
		return nil, err
	}
	good, err := fixture(fsys, path.Join(dir, "good.yaml"))
	if err != nil {
		return nil, err
	}
	return &Rule{
		ID:          RuleID(dir),
		Package:     strings.ReplaceAll(dir, "/", "."),
		Title:       a.Title,
		Description: strings.TrimSpace(a.Description),
		Remediation: strings.TrimSpace(a.Custom.Remediation),
		Severity:    a.Custom.Severity,
		Category:    a.Custom.Category,
		Scope:       a.Custom.Scope,
		Kinds:       a.Custom.Kinds,
		Needs:       a.Custom.Needs,
		After:       a.Custom.After,
		Guide:       a.Custom.Guide,
		Formerly:    a.Custom.Formerly,
		Deprecated:  strings.TrimSpace(a.Custom.Deprecated),
		References:  references,
		Parameters:  parameters,
		Bad:         bad,
		Good:        good,
	}, nil
}

// annotations reads the METADATA comment at the head of a module, in which a library may state parameters, and a rule all there is.
func (p *Policy) annotations(name string) (annotations, error) {
	if a, known := p.heads[name]; known {
		return a, nil
	}
	var a annotations
	if err := yaml.UnmarshalStrict(packageAnnotations([]byte(p.sources[name])), &a); err != nil {
		return a, fmt.Errorf("METADATA: %w", err)
	}
	p.heads[name] = a
	return a, nil
}

// parameters gives those of a module and of all that it imports.
func (p *Policy) parameters(name string) (map[string]Parameter, error) {
	all := map[string]Parameter{}
	for _, module := range p.Closure(name) {
		a, err := p.annotations(module)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", module, err)
		}
		for key, parameter := range a.Custom.Parameters {
			if !word.MatchString(key) {
				return nil, fmt.Errorf("%s: parameter %q: a name is of small letters, digits and _", module, key)
			}
			if other, twice := all[key]; twice && !reflect.DeepEqual(parameter, other) {
				return nil, fmt.Errorf("%s: parameter %s is another one than that of the same name elsewhere", module, key)
			}
			all[key] = parameter
		}
	}
	return all, nil
}

// importsOf gives the folders of the packages that a module imports.
func importsOf(source string) (folders []string) {
	for line := range strings.Lines(source) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "import" {
			continue
		}
		if name, ok := strings.CutPrefix(words[1], "data."); ok {
			folders = append(folders, strings.ReplaceAll(name, ".", "/"))
		}
	}
	return folders
}

// Closure names the modules that a module imports, directly or through others, by their paths below the policy's root; the module itself comes first.
func (p *Policy) Closure(name string) []string {
	closure := []string{name}
	for i := 0; i < len(closure); i++ {
		for _, folder := range p.imports[closure[i]] {
			for _, module := range p.packages[folder] {
				if !slices.Contains(closure, module) {
					closure = append(closure, module)
				}
			}
		}
	}
	return closure
}

func fixture(fsys fs.FS, name string) (string, error) {
	data, err := fs.ReadFile(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(data), err
}

// packageAnnotations gives the YAML of the METADATA comment at the head of a module.
func packageAnnotations(source []byte) []byte {
	var text bytes.Buffer
	inside := false
	for line := range bytes.Lines(source) {
		comment, isComment := bytes.CutPrefix(line, []byte("#"))
		switch {
		case bytes.Equal(bytes.TrimSpace(comment), []byte("METADATA")) && isComment:
			inside = true
		case inside && isComment:
			text.Write(bytes.TrimPrefix(comment, []byte(" ")))
		case inside:
			return text.Bytes()
		}
	}
	return text.Bytes()
}
