// Package prove holds rules to what every rule promises: four files, documentation, Rego that every host takes and whose tests pass, and findings
// where its manifests expect them and nowhere else.
package prove

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
)

// Report is what was found of the rules and libraries of one file system.
type Report struct {
	// Rules are the rules, by ID.
	Rules []*Result

	// Libraries are the other folders that hold Rego, by name.
	Libraries []*Result

	// Coverage tells of each file, by name, what the tests and manifests together exercise.
	Coverage []Coverage
}

// Result is what was found of one folder.
type Result struct {
	// Name is the rule's ID, or the library's folder.
	Name string

	// Expected counts the findings that bad.yaml expects, Sound the objects in good.yaml of the kinds that the rule reviews.
	Expected, Sound int

	// Tests counts the Rego tests that ran.
	Tests int

	// Faults are what is wrong, by file and line.
	Faults []Fault
}

// Fault is one thing that is wrong.
type Fault struct {
	File    string // below the root
	Line    int    // or 0 for the file as a whole
	Message string
}

// Coverage tells which lines of a file's rules something exercises.
type Coverage struct {
	File   string
	Lines  int     // that hold what can be exercised
	Missed []Range // by line
}

// Range is from one line to another, both included.
type Range struct{ First, Last int }

// Failed counts the folders in which something is wrong.
func (r *Report) Failed() int {
	failed := 0
	for _, result := range slices.Concat(r.Rules, r.Libraries) {
		if len(result.Faults) > 0 {
			failed++
		}
	}
	return failed
}

// Percent is the share of lines exercised, rounded down; 100 where there are none.
func (r *Report) Percent() int {
	lines, missed := 0, 0
	for _, c := range r.Coverage {
		lines += c.Lines
		missed += c.missed()
	}
	if lines == 0 {
		return 100
	}
	return (lines - missed) * 100 / lines
}

func (c Coverage) missed() int {
	n := 0
	for _, r := range c.Missed {
		n += r.Last - r.First + 1
	}
	return n
}

// prover is one proof.
type prover struct {
	policy   *policy.Policy
	tree     fs.FS
	linter   *lint.Linter
	modules  map[string]*ast.Module // all of the policy
	tests    map[string]*ast.Module // of the tree
	coverage *cover.Cover
	results  map[string]*Result // by folder
}

// Rules proves the rules and libraries that a file system holds; the policy, of which they are part, is what they run in: that which Join
// gave for the same file system. It fails where they cannot run at all, as for Rego that does not compile.
func Rules(ctx context.Context, p *policy.Policy, tree fs.FS) (*Report, error) {
	v := &prover{policy: p, tree: tree, coverage: cover.New(), results: map[string]*Result{}}
	var err error
	if v.linter, err = lint.New(ctx, p, lint.Config{}); err != nil {
		return nil, fmt.Errorf("prove rules: %w", err)
	}
	if err := v.parse(); err != nil {
		return nil, fmt.Errorf("prove rules: %w", err)
	}
	report := &Report{}
	rules := map[string]*policy.Rule{} // by folder
	for _, rule := range p.Rules() {
		rules[folderOf(rule)] = rule
	}
	for _, folder := range v.folders() {
		result := &Result{Name: folder}
		if rule := rules[folder]; rule != nil {
			result.Name = rule.ID
			report.Rules = append(report.Rules, result)
		} else {
			report.Libraries = append(report.Libraries, result)
		}
		v.results[folder] = result
	}
	if err := v.fit(); err != nil {
		return nil, fmt.Errorf("prove rules: %w", err)
	}
	entry, err := v.entry(ctx)
	if err != nil {
		return nil, fmt.Errorf("prove rules: %w", err)
	}
	for folder, rule := range rules {
		if v.results[folder] == nil {
			continue
		}
		v.files(folder)
		v.documentation(rule)
		v.parameters(rule)
		if err := v.manifests(ctx, rule, entry); err != nil {
			return nil, fmt.Errorf("prove rule %s: %w", rule.ID, err)
		}
	}
	if err := v.runTests(ctx); err != nil {
		return nil, fmt.Errorf("prove rules: %w", err)
	}
	for folder, result := range v.results {
		if rules[folder] != nil && result.Tests == 0 {
			v.fault(path.Join(folder, testFile), 0, "no tests: nothing in it has a name that begins with test_")
		}
		slices.SortFunc(result.Faults, func(a, b Fault) int {
			return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Message, b.Message))
		})
	}
	slices.SortFunc(report.Rules, func(a, b *Result) int { return cmp.Compare(a.Name, b.Name) })
	report.Coverage = v.covered()
	return report, nil
}

const (
	ruleFile = "rule.rego"
	testFile = "rule_test.rego"
	badFile  = "bad.yaml"
	goodFile = "good.yaml"
)

func folderOf(rule *policy.Rule) string { return strings.ReplaceAll(rule.Package, ".", "/") }

// fault notes what is wrong with a file.
func (v *prover) fault(file string, line int, format string, values ...any) {
	result := v.results[path.Dir(file)]
	result.Faults = append(result.Faults, Fault{file, line, fmt.Sprintf(format, values...)})
}

// folders are those of the tree that hold Rego, sorted.
func (v *prover) folders() []string {
	found := map[string]bool{}
	for name := range v.own() {
		found[path.Dir(name)] = true
	}
	for name := range v.tests {
		found[path.Dir(name)] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// own gives the modules that the tree holds, without tests.
func (v *prover) own() map[string]*ast.Module {
	own := map[string]*ast.Module{}
	for name, module := range v.modules {
		if _, err := fs.Stat(v.tree, name); err == nil {
			own[name] = module
		}
	}
	return own
}

// files wants the four, and no others.
func (v *prover) files(folder string) {
	entries, err := fs.ReadDir(v.tree, folder)
	if err != nil {
		v.fault(path.Join(folder, ruleFile), 0, "%v", err)
		return
	}
	wanted := []string{badFile, goodFile, ruleFile, testFile}
	for _, entry := range entries {
		i := slices.Index(wanted, entry.Name())
		if i < 0 {
			v.fault(path.Join(folder, entry.Name()), 0, "a rule is %s, %s, %s and %s, and nothing else", ruleFile, testFile, badFile, goodFile)
			continue
		}
		wanted = slices.Delete(wanted, i, i+1)
	}
	for _, name := range wanted {
		v.fault(path.Join(folder, name), 0, "it is missing: a rule is %s, %s, %s and %s", ruleFile, testFile, badFile, goodFile)
	}
}

var (
	categories = []string{"correctness", "exposure", "connectivity", "validity", "practice"}
	scopes     = []string{string(policy.Object), string(policy.Source), string(policy.Namespace), string(policy.Workloads)}
)

// documentation wants what reports and pages tell of a rule.
func (v *prover) documentation(rule *policy.Rule) {
	file := path.Join(folderOf(rule), ruleFile)
	wrong := func(format string, values ...any) { v.fault(file, 0, "METADATA: "+format, values...) }
	for key, text := range map[string]string{"title": rule.Title, "description": rule.Description, "custom.remediation": rule.Remediation} {
		if text == "" {
			wrong("%s is missing", key)
		}
	}
	if strings.HasSuffix(rule.Title, ".") {
		wrong("title is no sentence: leave the full stop out")
	}
	if !slices.Contains(categories, rule.Category) {
		wrong("custom.category is %q: want one of %s", rule.Category, strings.Join(categories, ", "))
	}
	if !slices.Contains(scopes, string(rule.Scope)) {
		wrong("custom.scope is %q: want one of %s", rule.Scope, strings.Join(scopes, ", "))
	}
	if len(rule.Kinds) == 0 {
		wrong("custom.kinds is missing: the kinds that the rule reviews")
	}
	if rule.Scope == policy.Workloads && len(rule.Needs) == 0 {
		wrong("custom.needs is missing: the kinds that the rule looks at besides those it reviews")
	}
	for _, name := range slices.Sorted(maps.Keys(rule.Parameters)) {
		parameter := rule.Parameters[name]
		if parameter.Description == "" {
			wrong("parameter %s has no description", name)
		}
		if err := parameter.Check(parameter.Default); err != nil {
			wrong("parameter %s: the default: %v", name, err)
		}
	}
	for _, other := range rule.After {
		if v.policy.Rule(other) == nil {
			wrong("custom.after: no rule is called %s", other)
		}
	}
}
