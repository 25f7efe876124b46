package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Join adds rules of one's own to a policy: a file system with OWNER/rules/NAME/rule.rego (package OWNER.rules.NAME), and libraries in packages
// of their own, such as lib/acme/team/team.rego. OWNER is one word, an organisation's or a team's. What the policy has is not replaced: a rule
// that says something else under the same name would mislead whoever reads the findings. The exception is lib/netvet/parameters, in which
// settings may stand, as Preset writes them.
func Join(p *Policy, own fs.FS) (*Policy, error) {
	joined, err := p.with(own)
	if err == nil && len(joined.sources) == len(p.sources) {
		err = errors.New("there is no Rego to add")
	}
	for name, source := range joined.sources {
		if _, before := p.sources[name]; before {
			continue
		}
		if segments := packageOf(source); name != presetFile && ours(segments) {
			err = errors.Join(err, fmt.Errorf("%s: package %s is netvet's own: a rule of yours is OWNER/rules/NAME/rule.rego, package OWNER.rules.NAME",
				name, strings.Join(segments, ".")))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("join policies: %w", err)
	}
	return joined, nil
}

func ours(segments []string) bool {
	return len(segments) == 0 || segments[0] == "netvet" || segments[0] == "main" ||
		segments[0] == "lib" && (len(segments) == 1 || segments[1] == "netvet")
}

// word is what owners, rules and parameters are called, so that every host can refer to them.
var word = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// packageOf gives the segments of a module's package; none if the first line that says something is not "package a.b.c".
func packageOf(source string) []string {
	for line := range strings.Lines(source) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if name, ok := strings.CutPrefix(line, "package "); ok {
			return strings.Split(strings.TrimSpace(name), ".")
		}
		return nil
	}
	return nil
}

// Owners that would be something else to OPA, or to the entry.
var notOwners = []string{"data", "input", "lib", "main", "system"}

// misplaced tells of a module that would never be asked, the silence of which would pass for a clean verdict.
func (p *Policy) misplaced(name string) error {
	segments := packageOf(p.sources[name])
	folder := strings.Join(segments, "/")
	isRule := len(segments) > 2 && segments[1] == "rules" && !slices.Contains(notOwners, segments[0]) && word.MatchString(segments[0])
	if path.Base(name) == ruleFile {
		if !isRule || len(segments) != 3 || !word.MatchString(segments[2]) || path.Dir(name) != folder {
			return fmt.Errorf("package %s would never be asked: a rule is OWNER/rules/NAME/rule.rego, package OWNER.rules.NAME", strings.Join(segments, "."))
		}
		return nil
	}
	if isRule {
		if rule := path.Join(segments[0], segments[1], segments[2], ruleFile); p.sources[rule] == "" {
			return fmt.Errorf("it is in package %s, but there is no %s", strings.Join(segments, "."), rule)
		}
	}
	return nil
}

// unknownImport tells of a library that is not there, what is taken from which would be undefined without a word.
func (p *Policy) unknownImport(name string) error {
	for _, folder := range p.imports[name] {
		known := len(p.packages[folder])+len(p.packages[path.Dir(folder)]) > 0 || folder == path.Dir(presetFile)
		if strings.HasPrefix(folder, "lib/") && !known {
			return fmt.Errorf("it imports data.%s, but there is no such library", strings.ReplaceAll(folder, "/", "."))
		}
	}
	return nil
}

// Where settings stand in every host: input has them in some alone.
const (
	presetFile    = "lib/netvet/parameters/parameters.rego"
	presetPackage = "lib.netvet.parameters"
)

// Parameters are those of all rules, by name.
func (p *Policy) Parameters() map[string]Parameter {
	all := map[string]Parameter{}
	for _, rule := range p.rules {
		maps.Copy(all, rule.Parameters)
	}
	return all
}

// agree refuses parameters of one name that are not the same one.
func (p *Policy) agree() error {
	seen := map[string]*Rule{}
	for _, rule := range p.rules {
		for _, name := range slices.Sorted(maps.Keys(rule.Parameters)) {
			other, twice := seen[name]
			if twice && !reflect.DeepEqual(rule.Parameters[name], other.Parameters[name]) {
				return fmt.Errorf("parameter %s of %s is another one than that of %s: call yours something else", name, rule.ID, other.ID)
			}
			seen[name] = rule
		}
	}
	return nil
}

// UnknownParameterError is a setting of a parameter that no rule reads.
type UnknownParameterError struct{ Name string }

// Error names the parameter.
func (e *UnknownParameterError) Error() string { return fmt.Sprintf("unknown parameter %q", e.Name) }

// CheckParameters tells of settings that no rule reads, or that are not of their parameter's type.
func (p *Policy) CheckParameters(settings map[string]any) error {
	declared := p.Parameters()
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		parameter, found := declared[name]
		if !found {
			return &UnknownParameterError{Name: name}
		}
		if err := parameter.Check(settings[name]); err != nil {
			return fmt.Errorf("parameter %s: %w", name, err)
		}
	}
	return nil
}

// Preset gives the policy with other defaults of its parameters. They become Rego of the policy's, so that they are in force in every host.
func (p *Policy) Preset(settings map[string]any) (*Policy, error) {
	if err := p.CheckParameters(settings); err != nil {
		return nil, err
	}
	if len(settings) == 0 {
		return p, nil
	}
	all := p.Settings()
	maps.Copy(all, settings)
	var b strings.Builder
	b.WriteString("# METADATA\n# description: What the rules' parameters are set to.\npackage " + presetPackage + "\n")
	for _, name := range slices.Sorted(maps.Keys(all)) {
		value, err := json.Marshal(all[name])
		if err != nil {
			return nil, fmt.Errorf("parameter %s: %w", name, err)
		}
		fmt.Fprintf(&b, "\n%s := %s\n", name, value)
	}
	bare := &Policy{rules: p.rules, sources: p.Sources()}
	delete(bare.sources, presetFile)
	return bare.with(fstest.MapFS{presetFile: &fstest.MapFile{Data: []byte(b.String())}})
}

// Settings are what the policy itself sets parameters to, as Preset does.
func (p *Policy) Settings() map[string]any {
	settings := map[string]any{}
	maps.Copy(settings, p.settings)
	return settings
}

func (p *Policy) readSettings() (map[string]any, error) {
	settings := map[string]any{}
	source, found := p.sources[presetFile]
	if !found {
		return settings, nil
	}
	module, err := ast.ParseModule(presetFile, source)
	if err != nil {
		return nil, err
	}
	for _, rule := range module.Rules {
		name := rule.Head.Name.String()
		value, isConstant := constant(rule)
		if _, twice := settings[name]; twice || !isConstant {
			return nil, fmt.Errorf("line %d: settings are NAME := VALUE, once each, the value as in JSON", rule.Loc().Row)
		}
		settings[name] = value
	}
	return settings, nil
}

// constant gives the value of a rule that always has the same, as JSON decodes.
func constant(rule *ast.Rule) (value any, ok bool) {
	head := rule.Head
	always := rule.Else == nil && len(rule.Body) == 1 && rule.Body[0].Equal(ast.NewExpr(ast.BooleanTerm(true)))
	if !always || head.Value == nil || !head.Value.IsGround() || len(head.Args) > 0 || len(head.Ref()) != 1 {
		return nil, false
	}
	given, err := ast.JSON(head.Value.Value)
	if err != nil {
		return nil, false
	}
	text, err := json.Marshal(given)
	if err != nil || json.Unmarshal(text, &value) != nil {
		return nil, false
	}
	same, err := ast.InterfaceToValue(value)
	return value, err == nil && same.Compare(head.Value.Value) == 0 // JSON has no sets
}

// preset makes what the policy sets the defaults of its rules' parameters.
func (p *Policy) preset() error {
	settings, err := p.readSettings()
	if err != nil || len(settings) == 0 {
		return err
	}
	p.settings = settings
	if err := p.CheckParameters(settings); err != nil {
		return err
	}
	for i, rule := range p.rules {
		changed := *rule
		changed.Parameters = maps.Clone(rule.Parameters)
		for name, parameter := range changed.Parameters {
			if value, set := settings[name]; set {
				parameter.Default = value
				changed.Parameters[name] = parameter
			}
		}
		p.rules[i] = &changed
	}
	return nil
}
