// Package lint asks a policy about resources.
package lint

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/manifest"
)

// Linter is a policy made ready to be asked. It is immutable and safe for concurrent use.
type Linter struct {
	config     *resolved
	rules      map[string]*policy.Rule // those that are asked
	parameters map[string]any          // for all files
	namespace  string                  // of objects that name none
	most       int                     // policies in a run
	groups     int                     // judged at the same time
	digest     string
	query      rego.PreparedEvalQuery
}

// New compiles the policy. It fails on rules or parameters that the policy does not have, and on Rego that does not compile.
func New(ctx context.Context, p *policy.Policy, config Config) (*Linter, error) {
	resolved, err := config.resolve(p)
	if err != nil {
		return nil, err
	}
	l := &Linter{
		config: resolved,
		rules:  resolved.asked(),
		most:   cmp.Or(config.MaxPolicies, defaultMaxPolicies),
		groups: max(1, config.Parallel),
		digest: p.Digest(),
	}
	if err := l.set(p, config); err != nil {
		return nil, err
	}
	compiler, err := l.compile(p)
	if err != nil {
		return nil, fmt.Errorf("compile policy: %w", err)
	}
	l.query, err = rego.New(rego.Compiler(compiler), rego.Query("data.netvet.findings")).PrepareForEval(ctx)
	if err != nil {
		return nil, fmt.Errorf("prepare policy: %w", err)
	}
	return l, nil
}

// Lint gives what the policy says of the resources. What could not be read stands in the report, too; rules that look at other objects then
// give no more than warnings, since what they miss may be among it.
func (l *Linter) Lint(ctx context.Context, set *manifest.Set) (*Report, error) {
	if err := l.bound(set.Resources); err != nil {
		return nil, err
	}
	report := &Report{
		Policy:   l.digest,
		Errors:   slices.Clone(set.Errors),
		Skipped:  slices.Clone(set.Skipped),
		Unjudged: unjudged(set.Resources),
	}
	groups, err := l.split(set.Resources)
	if err != nil {
		return nil, err
	}
	resources, err := values(set.Resources, runtime.GOMAXPROCS(0))
	if err != nil {
		return nil, fmt.Errorf("take in resources: %w", err)
	}
	seen := seen{regular: regular(set.Resources), unusual: unusual(set.Resources), files: files(set.Resources)}
	found := make([][]Finding, len(groups))
	errs := make([]error, len(groups))
	var wait sync.WaitGroup
	for i, group := range groups {
		wait.Go(func() { found[i], errs[i] = l.ask(ctx, set, resources, seen, group) })
	}
	wait.Wait()
	for _, err := range append([]error{ctx.Err()}, errs...) {
		if err != nil {
			return nil, fmt.Errorf("evaluate policy: %w", err)
		}
	}
	for i := range groups {
		report.Findings = append(report.Findings, found[i]...)
	}
	l.settle(report, set)
	return report, nil
}

// bound keeps hostile input from exhausting memory: policies cost far more to judge than to write.
func (l *Linter) bound(resources []*manifest.Resource) error {
	policies := 0
	for _, resource := range resources {
		if resource.ID.Kind == "NetworkPolicy" {
			policies++
		}
	}
	if policies > l.most {
		return fmt.Errorf("%d NetworkPolicies are more than the %d that one run judges: lint the namespaces in several runs", policies, l.most)
	}
	return nil
}

// seen is what Go sees faster of the resources than Rego does, or alone: their files.
type seen struct{ regular, unusual, files *ast.Term }

// ask evaluates the policy with the resources of one group under review.
func (l *Linter) ask(ctx context.Context, set *manifest.Set, terms *ast.Term, seen seen, group group) ([]Finding, error) {
	input := ast.NewObject(
		ast.Item(ast.InternedTerm("resources"), terms),
		ast.Item(ast.InternedTerm("scope"), ast.ArrayTerm(group.scope...)),
		ast.Item(ast.InternedTerm("parameters"), group.parameters),
		ast.Item(ast.InternedTerm("regular"), seen.regular),
		ast.Item(ast.InternedTerm("unusual"), seen.unusual),
		ast.Item(ast.InternedTerm("files"), seen.files),
	)
	results, err := l.query.Eval(ctx, rego.EvalParsedInput(input))
	if err != nil || len(results) == 0 {
		return nil, err
	}
	answers, _ := results[0].Expressions[0].Value.([]any)
	var findings []Finding
	for _, answer := range answers {
		finding, err := l.judge(set, answer)
		if err != nil {
			return nil, err
		}
		findings = append(findings, finding)
	}
	return findings, nil
}

// compile leaves out the rules that are not asked. Parsing takes a third of the time from start to finding, so all cores share it.
func (l *Linter) compile(p *policy.Policy) (*ast.Compiler, error) {
	sources, unasked := p.Sources(), map[string]bool{}
	for _, rule := range p.Rules() {
		unasked[strings.ReplaceAll(rule.Package, ".", "/")] = l.rules[rule.ID] == nil
	}
	maps.DeleteFunc(sources, func(name, _ string) bool { return unasked[path.Dir(name)] })
	files := slices.Sorted(maps.Keys(sources))
	parsed := make([]*ast.Module, len(files))
	errs := make([]error, len(files))
	var next atomic.Int64
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(files)); i = next.Add(1) - 1 {
				parsed[i], errs[i] = ast.ParseModuleWithOpts(files[i], sources[files[i]], ast.ParserOptions{ProcessAnnotation: true})
			}
		})
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	modules := map[string]*ast.Module{}
	for i, file := range files {
		modules[file] = parsed[i]
	}
	capabilities := ast.CapabilitiesForThisVersion()
	capabilities.Builtins = slices.DeleteFunc(capabilities.Builtins, func(b *ast.Builtin) bool { return slices.Contains(outside, b.Name) })
	compiler := ast.NewCompiler().WithCapabilities(capabilities)
	if p.BuiltIn() {
		compiler = compiler.WithSkipStages(provenStages...)
	}
	compiler.Compile(modules)
	for _, err := range compiler.Errors {
		if name, undefined := strings.CutPrefix(err.Message, "undefined function "); undefined && slices.Contains(outside, name) {
			err.Message += ", which rules may not call: a verdict depends on the resources alone, and tells nobody of them"
		}
	}
	if compiler.Failed() {
		return nil, compiler.Errors
	}
	return compiler, nil
}

// What would tell others of the resources, or make the verdict depend on more than these. Rules come from bundles, too.
var outside = []string{ast.HTTPSend.Name, ast.NetLookupIPAddr.Name, ast.OPARuntime.Name}

// What only looks for mistakes in the rules takes a third of the time to compile. The tests look for those in the built-in ones.
var provenStages = []ast.StageID{
	ast.StageCheckDeprecatedBuiltins,
	ast.StageCheckDuplicateImports,
	ast.StageCheckKeywordOverrides,
	ast.StageCheckRecursion,
	ast.StageCheckRuleConflicts,
	ast.StageCheckTypes,
	ast.StageCheckUndefinedFuncs,
	ast.StageCheckUnsafeBuiltins,
	ast.StageCheckUnusedImports,
	ast.StageCheckVoidCalls,
}

func compareSpans(a, b manifest.Span) int {
	return cmp.Or(
		cmp.Compare(a.File, b.File),
		cmp.Compare(a.Start.Line, b.Start.Line),
		cmp.Compare(a.Start.Column, b.Start.Column),
	)
}
