package prove

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
)

// entry prepares the query by which conftest learns of findings.
func (v *prover) entry(ctx context.Context) (rego.PreparedEvalQuery, error) {
	compiler := ast.NewCompiler()
	if compiler.Compile(v.modules); compiler.Failed() {
		return rego.PreparedEvalQuery{}, compiler.Errors
	}
	return rego.New(rego.Compiler(compiler), rego.Query("{x.msg | some x in data.main.deny | data.main.warn}")).PrepareForEval(ctx)
}

// manifests wants the findings that bad.yaml expects, and none in good.yaml.
func (v *prover) manifests(ctx context.Context, rule *policy.Rule, entry rego.PreparedEvalQuery) error {
	folder := folderOf(rule)
	result := v.results[folder]
	bad, good := path.Join(folder, badFile), path.Join(folder, goodFile)
	expected := v.expectations(bad, rule)
	result.Expected = len(expected)
	if rule.Bad != "" {
		if len(expected) == 0 {
			v.fault(bad, 0, `it expects nothing: mark each fault at the end of its line with # want "message"`)
		}
		set := v.decode(bad, rule.Bad)
		found, err := v.lint(ctx, rule, set)
		if err != nil {
			return err
		}
		v.compare(bad, expected, found)
		if err := v.fixes(ctx, rule, set); err != nil {
			return err
		}
		if err := v.reaches(ctx, rule, entry, set); err != nil {
			return err
		}
	}
	if rule.Good != "" {
		set := v.decode(good, rule.Good)
		found, err := v.lint(ctx, rule, set)
		if err != nil {
			return err
		}
		v.compare(good, nil, found)
		for _, resource := range set.Resources {
			if slices.Contains(rule.Kinds, resource.ID.Kind) {
				result.Sound++
			}
		}
		if result.Sound == 0 {
			v.fault(good, 0, "it holds no near miss: no object is of a kind that the rule reviews (%s)", strings.Join(rule.Kinds, ", "))
		}
		if _, err := v.ask(ctx, entry, set); err != nil {
			return err
		}
	}
	return nil
}

// said is a finding as manifests expect it.
type said struct {
	line     int
	severity policy.Severity
	message  string
}

// A line may expect several findings: # want "message" warning "another". A severity that is left out is the rule's.
var (
	wantComment = regexp.MustCompile(`# want (.*)$`)
	wantItem    = regexp.MustCompile(`^\s*(error|warning|note)?\s*("(?:[^"\\]|\\.)*")`)
)

func (v *prover) expectations(file string, rule *policy.Rule) (expected []said) {
	for i, line := range strings.Split(rule.Bad, "\n") {
		comment := wantComment.FindStringSubmatch(strings.TrimRight(line, "\r"))
		if comment == nil {
			continue
		}
		for rest := comment[1]; strings.TrimSpace(rest) != ""; {
			item := wantItem.FindStringSubmatch(rest)
			message, err := "", error(nil)
			if item != nil {
				message, err = strconv.Unquote(item[2])
			}
			if item == nil || err != nil {
				v.fault(file, i+1, `no expectation: %s: want a message in quotes, after another severity where it is not the rule's`, rest)
				break
			}
			severity := rule.Severity
			if item[1] != "" {
				severity, _ = policy.ParseSeverity(item[1]) // the expression admits no others
			}
			expected = append(expected, said{i + 1, severity, message})
			rest = rest[len(item[0]):]
		}
	}
	return expected
}

// decode reads a manifest; what cannot be read is at fault.
func (v *prover) decode(file, text string) *manifest.Set {
	set := manifest.Decode(file, []byte(text), manifest.Options{})
	for _, err := range set.Errors {
		v.fault(file, err.Span.Start.Line, "%v", err.Err)
	}
	return set
}

// lint gives what the rule says.
func (v *prover) lint(ctx context.Context, rule *policy.Rule, set *manifest.Set) ([]said, error) {
	report, err := v.linter.Lint(ctx, set)
	if err != nil {
		return nil, err
	}
	var found []said
	for _, finding := range report.Findings {
		if finding.Rule.ID == rule.ID {
			found = append(found, said{finding.Span.Start.Line, finding.Severity, finding.Message})
		}
	}
	return found, nil
}

func (v *prover) compare(file string, expected, found []said) {
	for _, f := range found {
		if i := slices.Index(expected, f); i >= 0 {
			expected = slices.Delete(slices.Clone(expected), i, i+1)
		} else {
			v.fault(file, f.line, "says, unexpectedly: %s %q", f.severity, f.message)
		}
	}
	for _, e := range expected {
		v.fault(file, e.line, "does not say: %s %q", e.severity, e.message)
	}
}

// fixes wants each to mend its object, and where a rule names others that speak first, wants it to be silent of the same places.
func (v *prover) fixes(ctx context.Context, rule *policy.Rule, set *manifest.Set) error {
	report, err := v.linter.Lint(ctx, set)
	if err != nil {
		return err
	}
	var own []lint.Finding
	for _, finding := range report.Findings {
		if finding.Rule.ID == rule.ID {
			own = append(own, finding)
		}
	}
	for _, finding := range own {
		for _, earlier := range report.Findings {
			if slices.Contains(rule.After, earlier.Rule.ID) && finding.Resource == earlier.Resource && overlap(finding.Path, earlier.Path) {
				v.fault(finding.Resource.File, finding.Span.Start.Line, "repeats %s, which it says comes before it", earlier.Rule.ID)
			}
		}
		if finding.Fix == nil {
			continue
		}
		object, err := lint.Apply(finding.Resource.Object, finding.Fix)
		if err != nil {
			v.fault(finding.Resource.File, finding.Span.Start.Line, "the fix of %q does not fit: %v", finding.Message, err)
			continue
		}
		mended := &manifest.Set{}
		for _, resource := range set.Resources {
			if resource == finding.Resource {
				resource = &manifest.Resource{ID: resource.ID, Object: object, File: resource.File}
			}
			mended.Resources = append(mended.Resources, resource)
		}
		after, err := v.lint(ctx, rule, mended)
		if err != nil {
			return err
		}
		if len(after) != len(own)-1 {
			v.fault(finding.Resource.File, finding.Span.Start.Line, "the fix of %q leaves %d findings of %d; it should mend that one", finding.Message, len(after), len(own))
		}
	}
	return nil
}

// overlap: one path leads to the other, or into it.
func overlap(a, b manifest.Path) bool {
	n := min(len(a), len(b))
	return slices.Equal(a[:n], b[:n])
}

// reaches wants conftest to hear of the rule.
func (v *prover) reaches(ctx context.Context, rule *policy.Rule, entry rego.PreparedEvalQuery, set *manifest.Set) error {
	messages, err := v.ask(ctx, entry, set)
	if err != nil {
		return err
	}
	heard := slices.ContainsFunc(messages, func(message any) bool {
		text, _ := message.(string)
		return strings.HasPrefix(text, rule.ID+": ")
	})
	if v.results[folderOf(rule)].Expected > 0 && !heard {
		v.fault(path.Join(folderOf(rule), badFile), 0, "conftest hears nothing of the rule, by --combine")
	}
	return nil
}

// ask gives what conftest --combine hears of resources. What that exercises counts as covered.
func (v *prover) ask(ctx context.Context, entry rego.PreparedEvalQuery, set *manifest.Set) ([]any, error) {
	input := []any{}
	for _, resource := range set.Resources {
		input = append(input, map[string]any{"path": resource.File, "contents": resource.Object})
	}
	results, err := entry.Eval(ctx, rego.EvalInput(input), rego.EvalQueryTracer(v.coverage))
	if err != nil {
		return nil, fmt.Errorf("as conftest asks: %w", err)
	}
	if len(results) == 0 {
		return nil, nil
	}
	messages, _ := results[0].Expressions[0].Value.([]any)
	return messages, nil
}
