package lint_test

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
)

const (
	root     = ".." // policy/
	rulesDir = "netvet/rules"
)

// TestRules proves every rule folder; a new folder is proven by being there.
func TestRules(t *testing.T) {
	folders, err := fs.ReadDir(os.DirFS(root), rulesDir)
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	_, err = policy.Open(os.DirFS(root))
	require.NoError(t, err)
	everything := newLinter(t, lint.Config{})
	for _, folder := range folders {
		dir := path.Join(root, rulesDir, folder.Name())
		id := policy.RuleID(folder.Name())
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, []string{"bad.yaml", "good.yaml", "rule.rego", "rule_test.rego"}, names(t, dir), "a rule is four files")
			rule := policy.Default().Rule(id)
			require.NotNil(t, rule)
			assertDocumented(t, rule)
			assertParametersDeclared(t, rule, folder.Name())

			only := newLinter(t, lint.Config{Enable: []string{id}})
			bad := read(t, path.Join(dir, "bad.yaml"))
			want := wanted(t, rule, path.Join(dir, "bad.yaml"))
			require.NotEmpty(t, want, "bad.yaml expects nothing: mark each fault with # want \"message\"")
			assert.Equal(t, want, found(t, only, bad))

			good := read(t, path.Join(dir, "good.yaml"))
			assert.Empty(t, found(t, only, good), "good.yaml must stay silent")
			assert.True(t, slices.ContainsFunc(good.Resources, func(r *manifest.Resource) bool {
				return slices.Contains(rule.Kinds, r.ID.Kind)
			}), "good.yaml holds none of the rule's kinds")

			assertFixesMend(t, only, bad)
			assertOneFindingAFault(t, everything, bad)
			assertReachable(t, id, bad)
		})
	}
}

// A line may expect several findings: # want "message" warning "another". A severity that is left out is the rule's.
var (
	wantComment = regexp.MustCompile(`# want (.*)$`)
	wantItem    = regexp.MustCompile(`^\s*(error|warning|note)?\s*("(?:[^"\\]|\\.)*")`)
)

// wanted reads what a fixture expects: "line severity message", sorted.
func wanted(t *testing.T, rule *policy.Rule, file string) []string {
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	var want []string
	for i, line := range strings.Split(string(data), "\n") {
		comment := wantComment.FindStringSubmatch(line)
		if comment == nil {
			continue
		}
		for rest := comment[1]; strings.TrimSpace(rest) != ""; {
			item := wantItem.FindStringSubmatch(rest)
			require.NotNil(t, item, "%s:%d: not an expectation: %s", file, i+1, rest)
			message, err := strconv.Unquote(item[2])
			require.NoError(t, err)
			severity := item[1]
			if severity == "" {
				severity = rule.Severity.String()
			}
			want = append(want, fmt.Sprintf("%d %s %s", i+1, severity, message))
			rest = rest[len(item[0]):]
		}
	}
	slices.Sort(want)
	return want
}

func found(t *testing.T, linter *lint.Linter, set *manifest.Set) []string {
	report, err := linter.Lint(t.Context(), set)
	require.NoError(t, err)
	var lines []string
	for _, finding := range report.Findings {
		lines = append(lines, fmt.Sprintf("%d %s %s", finding.Span.Start.Line, finding.Severity, finding.Message))
	}
	slices.Sort(lines)
	return lines
}

var (
	categories = []string{"correctness", "exposure", "connectivity", "validity", "practice"}
	scopes     = []policy.Scope{policy.Object, policy.Source, policy.Namespace, policy.Workloads}
)

func assertDocumented(t *testing.T, rule *policy.Rule) {
	assert.NotEmpty(t, rule.Title, "title")
	assert.False(t, strings.HasSuffix(rule.Title, "."), "a title is no sentence: %s", rule.Title)
	assert.NotEmpty(t, rule.Description, "description")
	assert.NotEmpty(t, rule.Remediation, "remediation")
	assert.NotZero(t, rule.Severity, "severity")
	assert.Contains(t, categories, rule.Category)
	assert.Contains(t, scopes, rule.Scope)
	assert.NotEmpty(t, rule.Kinds, "kinds")
	if rule.Scope == policy.Workloads {
		assert.NotEmpty(t, rule.Needs, "a rule that looks at workloads needs other kinds")
	}
	assert.NotEmpty(t, rule.References, "related_resources")
	for name, parameter := range rule.Parameters {
		assert.NotEmpty(t, parameter.Description, name)
		assert.NoError(t, parameter.Check(parameter.Default), "the default of %s", name)
	}
	for _, other := range rule.After {
		assert.NotNil(t, policy.Default().Rule(other), "after: no rule is called %s", other)
	}
}

// assertParametersDeclared holds the annotations against the code: the parameters that the rule and the libraries it imports read, with their defaults.
func assertParametersDeclared(t *testing.T, rule *policy.Rule, folder string) {
	read := map[string]any{}
	for _, module := range closure(t, path.Join(rulesDir, folder, "rule.rego")) {
		ast.WalkTerms(module, func(term *ast.Term) bool {
			call, isCall := term.Value.(ast.Call)
			if isCall && strings.HasSuffix(call[0].String(), "parameter") && len(call) == 3 {
				name, isName := call[1].Value.(ast.String)
				require.True(t, isName, "%s: a parameter is read by its literal name", call)
				value, err := ast.JSON(call[2].Value)
				require.NoError(t, err, "%s: the default is a literal", call)
				read[string(name)] = value
			}
			return false
		})
	}
	delete(read, "namespace") // every rule's, and Config's own
	declared := map[string]any{}
	for name, parameter := range rule.Parameters { // those of the libraries, too
		declared[name] = parameter.Default
	}
	assert.Equal(t, read, declared, "parameters read by the rule and its libraries, and parameters declared, differ")
}

// closure gives a module and all that it imports.
func closure(t *testing.T, file string) []*ast.Module {
	var modules []*ast.Module
	for _, name := range policy.Default().Closure(file) {
		module, err := ast.ParseModule(name, policy.Default().Sources()[name])
		require.NoError(t, err)
		modules = append(modules, module)
	}
	return modules
}

// assertFixesMend: with its fix applied, an object draws the finding no more, nor another one of its rule.
func assertFixesMend(t *testing.T, linter *lint.Linter, set *manifest.Set) {
	before, err := linter.Lint(t.Context(), set)
	require.NoError(t, err)
	for _, finding := range before.Findings {
		if finding.Fix == nil {
			continue
		}
		object, err := lint.Apply(finding.Resource.Object, finding.Fix)
		require.NoError(t, err, "%s: the fix does not fit", finding.Span)
		mended := &manifest.Set{}
		for _, resource := range set.Resources {
			if resource == finding.Resource {
				resource = &manifest.Resource{ID: resource.ID, Object: object, File: resource.File}
			}
			mended.Resources = append(mended.Resources, resource)
		}
		after, err := linter.Lint(t.Context(), mended)
		require.NoError(t, err)
		assert.Len(t, after.Findings, len(before.Findings)-1, "%s: %s: the fix should mend it, and do no more", finding.Span, finding.Message)
	}
}

// assertOneFindingAFault: where a rule names others that speak first, it is silent on their lines.
func assertOneFindingAFault(t *testing.T, linter *lint.Linter, set *manifest.Set) {
	report, err := linter.Lint(t.Context(), set)
	require.NoError(t, err)
	for _, later := range report.Findings {
		for _, earlier := range report.Findings {
			if slices.Contains(later.Rule.After, earlier.Rule.ID) && later.Resource == earlier.Resource {
				assert.False(t, overlap(later.Path, earlier.Path), "%s: %s repeats %s", later.Span, later.Rule.ID, earlier.Rule.ID)
			}
		}
	}
}

// overlap: one path leads to the other, or into it.
func overlap(a, b manifest.Path) bool {
	n := min(len(a), len(b))
	return slices.Equal(a[:n], b[:n])
}

// assertReachable: data.main and data.netvet give the rule's findings for conftest's combined input.
func assertReachable(t *testing.T, id string, set *manifest.Set) {
	var input []any
	for _, resource := range set.Resources {
		input = append(input, map[string]any{"path": resource.File, "contents": resource.Object})
	}
	options := []func(*rego.Rego){rego.Input(input)}
	for name, source := range policy.Default().Sources() {
		options = append(options, rego.ParsedModule(parseAnnotated(t, name, source)))
	}
	for query, prefix := range map[string]string{
		"{x.msg | some x in data.main.deny | data.main.warn}": id + ": ",
		"{x.rule | some x in data.netvet.findings}":           id,
	} {
		results, err := rego.New(append(options, rego.Query(query))...).Eval(t.Context())
		require.NoError(t, err)
		assert.True(t, slices.ContainsFunc(results[0].Expressions[0].Value.([]any), func(x any) bool {
			return strings.HasPrefix(x.(string), prefix)
		}), "%s does not reach the rule", query)
	}
}

func parseAnnotated(t *testing.T, name, source string) *ast.Module {
	module, err := ast.ParseModuleWithOpts(name, source, ast.ParserOptions{ProcessAnnotation: true})
	require.NoError(t, err)
	return module
}

func names(t *testing.T, dir string) []string {
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var list []string
	for _, entry := range entries {
		list = append(list, entry.Name())
	}
	return list
}

func read(t *testing.T, paths ...string) *manifest.Set {
	set, err := manifest.Load(t.Context(), paths, manifest.Options{})
	require.NoError(t, err)
	require.Empty(t, set.Errors)
	return set
}

func newLinter(t *testing.T, config lint.Config) *lint.Linter {
	linter, err := lint.New(t.Context(), policy.Default(), config)
	require.NoError(t, err)
	return linter
}
